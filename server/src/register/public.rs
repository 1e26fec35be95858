//! What anybody may read of an item: date, number, counterpart and short subject; never a protected form of them.

use super::{Direction, calendar};
use crate::store::ItemRow;
use samsyn_core::id::OrgId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public<'a> {
    pub date: String,
    pub number: String,
    pub direction: Direction,
    pub counterpart: Counterpart<'a>,
    pub subject: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counterpart<'a> {
    Hidden,
    /// All who share the space.
    Parties,
    Party(&'a OrgId),
}

impl<'a> Public<'a> {
    pub fn of(row: &'a ItemRow) -> Self {
        let words = row.statement.as_ref().map(|s| &s.words);
        let counterpart = match &row.item.counterpart {
            // What nobody has found words for is not for anybody.
            _ if words.is_none_or(|w| w.counterpart_protected) => Counterpart::Hidden,
            Some(organisation) => Counterpart::Party(organisation),
            None => Counterpart::Parties,
        };
        Self {
            date: calendar::day(row.item.at_ms).to_string(),
            number: row.statement.as_ref().and_then(|s| s.number.as_ref()).map(ToString::to_string).unwrap_or_default(),
            direction: row.item.direction,
            counterpart,
            subject: words.map(|w| w.subject.as_str()).unwrap_or_default(),
        }
    }
}
