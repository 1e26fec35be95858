//! Risks: what they are judged to be, by whom they are handled, and which have occurred. A risk that nobody has judged
//! has no value: it is not a small one.

use super::{days, live, text, word};
use crate::record::Record;
use samsyn_core::date::Day;
use serde::Serialize;

/// Where the programme has not said: probability and consequence from 1 to 5.
const SCALE: i64 = 5;
/// A larger matrix is no picture any more.
pub const SCALE_MAX: i64 = 10;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Risks {
    /// Both go from 1 to this.
    pub scale: i64,
    pub risks: Vec<Risk>,
    pub deviations: Vec<Deviation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Risk {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub handling: Option<String>,
    /// `org:rvn`.
    pub owner: Option<String>,
    pub owner_role: Option<String>,
    /// Id of the body that it has been taken to.
    pub escalated_to: Option<String>,
    pub closed: Option<String>,
    /// Oldest first.
    pub assessments: Vec<Assessment>,
    pub probability: Option<i64>,
    pub consequence: Option<i64>,
    /// Probability times consequence, where both are within the scale.
    pub value: Option<i64>,
    pub trend: Option<Trend>,
    pub review: Review,
    /// The day of the next review, as written or reckoned.
    pub next_review: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assessment {
    pub id: String,
    pub date: Option<String>,
    pub probability: Option<i64>,
    pub consequence: Option<i64>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trend {
    Rising,
    Steady,
    Falling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Nobody has judged it.
    Never,
    Overdue,
    InTime,
    /// No day is set.
    Unset,
    Closed,
}

/// A risk that has occurred, or something else that went otherwise than planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    pub id: String,
    pub what: Option<String>,
    /// Id of the risk.
    pub risk: Option<String>,
    pub date: Option<String>,
    pub action: Option<String>,
    pub escalated_to: Option<String>,
    pub closed: Option<String>,
}

pub fn read(record: &Record, today: Day) -> Risks {
    let scale = record.integer("/risks/scale").unwrap_or(SCALE).clamp(2, SCALE_MAX);
    let months = record.integer("/risks/interval-months").and_then(|m| u16::try_from(m).ok());
    let mut risks: Vec<Risk> =
        live(record, "/risks/list").into_iter().map(|id| risk(record, id, scale, months, today)).collect();
    risks.sort_by_key(|risk| std::cmp::Reverse(risk.value));
    let mut deviations: Vec<Deviation> =
        live(record, "/deviations").into_iter().map(|id| deviation(record, id)).collect();
    deviations.sort_by_cached_key(|d| std::cmp::Reverse(days(d.date.as_deref())));
    Risks { scale, risks, deviations }
}

fn risk(record: &Record, id: &str, scale: i64, months: Option<u16>, today: Day) -> Risk {
    let at = format!("/risks/list/{id}");
    let field = |name: &str| text(record, &format!("{at}/{name}"));
    let assessments = assessments(record, &at);
    let latest = assessments.last();
    let closed = field("closed");
    let (next, review) = review(field("review"), latest, closed.is_some(), months, today);
    Risk {
        id: id.to_owned(),
        name: field("name"),
        description: field("description"),
        handling: field("handling"),
        owner: field("owner"),
        owner_role: field("owner-role"),
        escalated_to: word(record, &format!("{at}/escalated-to")),
        probability: latest.and_then(|a| a.probability),
        consequence: latest.and_then(|a| a.consequence),
        value: latest.and_then(|a| a.value(scale)),
        trend: trend(&assessments, scale),
        review,
        next_review: next,
        closed,
        assessments,
    }
}

fn assessments(record: &Record, at: &str) -> Vec<Assessment> {
    let assessment = |id: &str| {
        let at = format!("{at}/assessments/{id}");
        Assessment {
            id: id.to_owned(),
            date: text(record, &format!("{at}/date")),
            probability: record.integer(&format!("{at}/probability")),
            consequence: record.integer(&format!("{at}/consequence")),
            note: text(record, &format!("{at}/note")),
        }
    };
    let mut all: Vec<Assessment> = live(record, &format!("{at}/assessments")).into_iter().map(assessment).collect();
    // What has no date was made nobody knows when: it is before all that have one.
    all.sort_by_cached_key(|a| days(a.date.as_deref()));
    all
}

impl Assessment {
    fn value(&self, scale: i64) -> Option<i64> {
        let within = |n: Option<i64>| n.filter(|n| (1..=scale).contains(n));
        Some(within(self.probability)? * within(self.consequence)?)
    }
}

/// Between the last two that have a value.
fn trend(assessments: &[Assessment], scale: i64) -> Option<Trend> {
    let mut values = assessments.iter().rev().filter_map(|a| a.value(scale));
    let (now, before) = (values.next()?, values.next()?);
    Some(match now.cmp(&before) {
        std::cmp::Ordering::Greater => Trend::Rising,
        std::cmp::Ordering::Equal => Trend::Steady,
        std::cmp::Ordering::Less => Trend::Falling,
    })
}

/// The next review: the day that is written, else so many months after the last judgement.
fn review(
    written: Option<String>,
    latest: Option<&Assessment>,
    closed: bool,
    months: Option<u16>,
    today: Day,
) -> (Option<String>, Review) {
    let reckoned = || {
        let (_, last) = days(latest?.date.as_deref())?;
        Some(after(last, months?))
    };
    let next = days(written.as_deref()).map(|(_, last)| last).or_else(reckoned);
    let shown = written.or_else(|| next.map(iso));
    let review = match next {
        _ if closed => Review::Closed,
        Some(day) if day < today => Review::Overdue,
        _ if latest.is_none() => Review::Never,
        Some(_) => Review::InTime,
        None => Review::Unset,
    };
    (shown, review)
}

/// So many months later; the 31st becomes the last day of a shorter month.
fn after((year, month, day): Day, months: u16) -> Day {
    let count = u32::from(year) * 12 + u32::from(month) - 1 + u32::from(months);
    let year = u16::try_from(count / 12).unwrap_or(u16::MAX);
    let month = u8::try_from(count % 12 + 1).unwrap_or(12);
    let last = days(Some(&format!("{year:04}-{month:02}"))).map_or(28, |(_, (_, _, last))| last);
    (year, month, day.min(last))
}

fn iso((year, month, day): Day) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

fn deviation(record: &Record, id: &str) -> Deviation {
    let at = format!("/deviations/{id}");
    let field = |name: &str| text(record, &format!("{at}/{name}"));
    Deviation {
        id: id.to_owned(),
        what: field("what"),
        risk: word(record, &format!("{at}/risk")),
        date: field("date"),
        action: field("action"),
        escalated_to: word(record, &format!("{at}/escalated-to")),
        closed: field("closed"),
    }
}

impl Risks {
    /// How many open risks stand at each probability (rows) and consequence (columns), both from 1.
    pub fn matrix(&self) -> Vec<Vec<usize>> {
        let steps = || 1..=self.scale;
        let count = |p: i64, c: i64| {
            let here = |r: &&Risk| r.review != Review::Closed && r.probability == Some(p) && r.consequence == Some(c);
            self.risks.iter().filter(here).count()
        };
        steps().map(|p| steps().map(|c| count(p, c)).collect()).collect()
    }

    /// Open risks without a value: never judged, or beyond the scale.
    pub fn unvalued(&self) -> usize {
        self.risks.iter().filter(|r| r.review != Review::Closed && r.value.is_none()).count()
    }
}
