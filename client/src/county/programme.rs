//! What a programme's document says, read for people: plain structures made from one [`Record`], without I/O. What is
//! missing or contradicts itself stays so (`None`), and is never guessed; what is derived says how.
//!
//! One module for each part. Days and times come as arguments, so that any earlier day can be asked for.

pub mod bodies;
pub mod budget;
pub mod calendar;
pub mod goals;
pub mod learning;
pub mod papers;
pub mod resources;
pub mod risks;
pub mod sources;

use crate::record::Record;
use samsyn_core::date::{self, Day, Span};
use serde::Serialize;
use std::collections::BTreeSet;

/// Hours until a first answer, where the programme has not said.
const FIRST_ANSWER_HOURS: i64 = 36;
/// More than a year says nothing to anybody.
const FIRST_ANSWER_HOURS_MAX: i64 = 24 * 366;

/// The programme itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Programme {
    pub document_id: String,
    pub name: Option<String>,
    pub number: Option<String>,
    /// As written: `2021-07-01`.
    pub start: Option<String>,
    pub planned_years: Option<i64>,
    pub first_answer_hours: i64,
    /// `org:rvn`, …: who staffs its office.
    pub office: BTreeSet<String>,
}

pub fn read(record: &Record) -> Programme {
    let hours = record.integer("/programme/first-answer-hours").unwrap_or(FIRST_ANSWER_HOURS);
    Programme {
        document_id: record.id.clone(),
        name: text(record, "/programme/name"),
        number: text(record, "/programme/public-number"),
        start: text(record, "/programme/start"),
        planned_years: record.integer("/programme/planned-years"),
        first_answer_hours: hours.clamp(0, FIRST_ANSWER_HOURS_MAX),
        office: references(record, "/programme/office"),
    }
}

/// The years of which a part says something (`budget`, `resources`), the latest last.
pub fn years(record: &Record, part: &str) -> Vec<String> {
    live(record, &format!("/{part}")).into_iter().map(ToOwned::to_owned).collect()
}

/// The names one step below a path of which something stands: an item that was taken away is not there.
pub(crate) fn live<'a>(record: &'a Record, prefix: &str) -> BTreeSet<&'a str> {
    record.below(prefix)
}

fn text(record: &Record, path: &str) -> Option<String> {
    record.text(path).map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

fn word(record: &Record, path: &str) -> Option<String> {
    record.word(path).map(ToOwned::to_owned)
}

fn references(record: &Record, path: &str) -> BTreeSet<String> {
    record.references(path).into_iter().map(ToOwned::to_owned).collect()
}

/// Ids below a path, in the order that `order` gives them; what has none comes last, by id.
fn ordered(record: &Record, path: &str) -> Vec<String> {
    let mut ids: Vec<String> = live(record, path).into_iter().map(ToOwned::to_owned).collect();
    ids.sort_by_cached_key(|id| record.integer(&format!("{path}/{id}/order")).unwrap_or(i64::MAX));
    ids
}

/// The days that a written date may mean; none where it is missing, unknown or no date.
pub(crate) fn days(written: Option<&str>) -> Option<(Day, Day)> {
    match date::parse(written?) {
        Ok(Span::Days { first, last }) => Some((first, last)),
        Ok(Span::Unknown) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests;
