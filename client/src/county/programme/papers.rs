//! What the programme keeps and tells: stakeholders, governing documents with their versions, what is communicated in
//! which quarter, and the box that questions come into.

use super::{days, live, ordered, text, word};
use crate::record::Record;
use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Serialize;

const MINUTES_OF_HOUR: i64 = 60;

/// Somebody whom the programme concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stakeholder {
    pub id: String,
    pub name: Option<String>,
    /// `a` to `d`: influence times interest.
    pub category: Option<String>,
    pub relation: Option<String>,
    pub needs: Option<String>,
    pub treatment: Option<String>,
}

/// A document that governs the programme. Kept where its keeper keeps it: here stands what there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Governing {
    pub id: String,
    pub title: Option<String>,
    pub kind: Option<String>,
    /// Who registers it, as `org:rvn` or in words.
    pub registered_by: Option<String>,
    pub place: Option<String>,
    /// Oldest first; those without a date before all others.
    pub versions: Vec<Version>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    pub id: String,
    pub label: Option<String>,
    pub date: Option<String>,
    pub note: Option<String>,
}

/// One thing that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    pub id: String,
    /// `2026-Q1`.
    pub quarter: Option<String>,
    pub what: Option<String>,
    pub audience: Option<String>,
    pub channel: Option<String>,
    pub responsible: Option<String>,
}

/// A question that has come in, without who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    pub id: String,
    pub subject: Option<String>,
    /// `2026-11-23 14:05`, in Swedish time.
    pub received: Option<String>,
    pub answered: Option<String>,
    pub state: FirstAnswer,
}

/// Whether the first answer came in time, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "minutes")]
pub enum FirstAnswer {
    /// After so long.
    InTime(i64),
    /// So long after the last time.
    Late(i64),
    /// So long is left.
    Waiting(i64),
    /// So long ago was the last time.
    Overdue(i64),
    /// A time is missing or is none.
    Unknown,
}

pub fn stakeholders(record: &Record) -> Vec<Stakeholder> {
    let stakeholder = |id: &str| {
        let at = format!("/stakeholders/{id}");
        let field = |name: &str| text(record, &format!("{at}/{name}"));
        Stakeholder {
            id: id.to_owned(),
            name: field("name"),
            category: word(record, &format!("{at}/category")),
            relation: field("relation"),
            needs: field("needs"),
            treatment: field("treatment"),
        }
    };
    let mut all: Vec<Stakeholder> = live(record, "/stakeholders").into_iter().map(stakeholder).collect();
    all.sort_by_cached_key(|s| (s.category.is_none(), s.category.clone(), s.name.as_deref().map(str::to_lowercase)));
    all
}

pub fn governing(record: &Record) -> Vec<Governing> {
    let document = |id: String| {
        let at = format!("/documents/{id}");
        let field = |name: &str| text(record, &format!("{at}/{name}"));
        Governing {
            title: field("title"),
            kind: field("kind"),
            registered_by: field("registered-by"),
            place: field("place"),
            versions: versions(record, &at),
            id,
        }
    };
    ordered(record, "/documents").into_iter().map(document).collect()
}

fn versions(record: &Record, at: &str) -> Vec<Version> {
    let version = |id: &str| {
        let at = format!("{at}/versions/{id}");
        Version {
            id: id.to_owned(),
            label: text(record, &format!("{at}/label")),
            date: text(record, &format!("{at}/date")),
            note: text(record, &format!("{at}/note")),
        }
    };
    let mut versions: Vec<Version> = live(record, &format!("{at}/versions")).into_iter().map(version).collect();
    versions.sort_by_cached_key(|v| days(v.date.as_deref()));
    versions
}

/// By quarter, the earliest first.
pub fn messages(record: &Record) -> Vec<Message> {
    let message = |id: &str| {
        let at = format!("/communication/{id}");
        let field = |name: &str| text(record, &format!("{at}/{name}"));
        Message {
            id: id.to_owned(),
            quarter: field("quarter"),
            what: field("what"),
            audience: field("audience"),
            channel: field("channel"),
            responsible: field("responsible"),
        }
    };
    let mut messages: Vec<Message> = live(record, "/communication").into_iter().map(message).collect();
    messages.sort_by_cached_key(|m| (m.quarter.is_none(), days(m.quarter.as_deref())));
    messages
}

/// The latest first. `hours`: within which a first answer is promised, by the clock, holidays too.
pub fn questions(record: &Record, hours: i64, now_ms: u64) -> Vec<Question> {
    let question = |id: &str| {
        let at = format!("/contact/{id}");
        let field = |name: &str| text(record, &format!("{at}/{name}"));
        let (received, answered) = (field("received"), field("answered"));
        Question {
            id: id.to_owned(),
            subject: field("subject"),
            state: first_answer(received.as_deref(), answered.as_deref(), hours, now_ms),
            received,
            answered,
        }
    };
    let mut questions: Vec<Question> = live(record, "/contact").into_iter().map(question).collect();
    questions.sort_by(|a, b| b.received.cmp(&a.received));
    questions
}

fn first_answer(received: Option<&str>, answered: Option<&str>, hours: i64, now_ms: u64) -> FirstAnswer {
    let now = i64::try_from(now_ms / 60_000).unwrap_or(i64::MAX);
    let Some(received) = received.and_then(minutes) else { return FirstAnswer::Unknown };
    let promised = hours.saturating_mul(MINUTES_OF_HOUR);
    match answered.map(minutes) {
        Some(Some(answered)) if answered >= received => {
            let took = answered - received;
            if took <= promised { FirstAnswer::InTime(took) } else { FirstAnswer::Late(took - promised) }
        }
        Some(_) => FirstAnswer::Unknown,
        None => {
            let left = promised.saturating_sub(now.saturating_sub(received));
            if left >= 0 { FirstAnswer::Waiting(left) } else { FirstAnswer::Overdue(-left) }
        }
    }
}

/// Minutes since 1970 of a time as people write it: `2026-11-23 14:05`, in Swedish time.
pub fn minutes(text: &str) -> Option<i64> {
    let (day, time) = text.trim().split_once([' ', 'T'])?;
    let day: civil::Date = day.parse().ok()?;
    let (minute, None) = super::calendar::clock(time)? else { return None };
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    let zone = TimeZone::get("Europe/Stockholm").unwrap_or(TimeZone::UTC);
    let at: Timestamp = day.at(hour, minute, 0, 0).to_zoned(zone).ok()?.timestamp();
    Some(at.as_second().div_euclid(60))
}
