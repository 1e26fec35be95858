//! The bodies of the cooperation: who meets, by which rules, since when and until when, and who came after.

use super::{days, live, references, text, word};
use crate::record::Record;
use samsyn_core::date::Day;
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Body {
    pub id: String,
    pub name: Option<String>,
    /// `political`, `executive`, `county`, `programme`, `local`.
    pub level: Option<String>,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    pub replaces: Option<String>,
    pub replaced_by: Option<String>,
    pub escalates_to: Option<String>,
    /// `org:ange`.
    pub chair: Option<String>,
    pub vice_chair: Option<String>,
    pub members: BTreeSet<String>,
    pub seats: Option<i64>,
    pub quorum: Option<String>,
    pub majority: Option<String>,
    pub tie: Option<String>,
    /// Tried in this order where the members do not agree.
    pub on_disagreement: Vec<String>,
    /// On the day that was asked for. True also where nothing says since when or until when.
    pub in_force: bool,
}

/// Those in force first, each group by level, then name.
pub fn read(record: &Record, today: Day) -> Vec<Body> {
    let mut bodies: Vec<Body> = live(record, "/bodies").into_iter().map(|id| body(record, id, today)).collect();
    let level = |b: &Body| {
        let levels = ["political", "executive", "county", "programme", "local"];
        levels.iter().position(|l| Some(*l) == b.level.as_deref()).unwrap_or(levels.len())
    };
    bodies.sort_by_cached_key(|b| (!b.in_force, level(b), b.name.as_deref().map(str::to_lowercase)));
    bodies
}

fn body(record: &Record, id: &str, today: Day) -> Body {
    let at = format!("/bodies/{id}");
    let (said, named) =
        (|name: &str| text(record, &format!("{at}/{name}")), |name: &str| word(record, &format!("{at}/{name}")));
    let (valid_from, valid_to) = (said("valid-from"), said("valid-to"));
    let begun = days(valid_from.as_deref()).is_none_or(|(first, _)| first <= today);
    let over = days(valid_to.as_deref()).is_some_and(|(_, last)| last < today);
    let ways = live(record, &format!("{at}/rule/on-disagreement"));
    Body {
        id: id.to_owned(),
        name: said("name"),
        level: named("level"),
        valid_from,
        valid_to,
        replaces: named("replaces"),
        replaced_by: named("replaced-by"),
        escalates_to: named("escalates-to"),
        chair: said("chair"),
        vice_chair: said("vice-chair"),
        members: references(record, &format!("{at}/members")),
        seats: record.integer(&format!("{at}/seats")),
        quorum: named("rule/quorum"),
        majority: named("rule/majority"),
        tie: named("rule/tie"),
        on_disagreement: ways.into_iter().filter_map(|n| named(&format!("rule/on-disagreement/{n}"))).collect(),
        in_force: begun && !over,
    }
}
