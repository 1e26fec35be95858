//! The posts of a year, in per cent of full time, and what those who lend staff have agreed to.

use super::{days, live, ordered, text};
use crate::record::Record;
use samsyn_core::date::Day;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resources {
    pub year: String,
    pub note: Option<String>,
    pub posts: Vec<Post>,
    /// Per cent of full time, of the posts whose share is known.
    pub percent: i64,
    /// Posts whose share is not known.
    pub missing: usize,
    pub published: Option<i64>,
    /// Published less the sum; none where either is not known.
    pub differs: Option<i64>,
    /// None where nobody has said anything of vacancies.
    pub vacant: Option<i64>,
    pub agreements: Vec<Agreement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Post {
    pub id: String,
    pub name: Option<String>,
    pub posts: Option<i64>,
    pub percent: Option<i64>,
    /// Posts that nobody has; none where nothing is said, which is not the same as zero.
    pub vacant: Option<i64>,
    pub note: Option<String>,
}

/// Somebody lends staff: decided each year, in writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agreement {
    pub id: String,
    /// Id of the post.
    pub role: Option<String>,
    /// `org:sundsvall`.
    pub organisation: Option<String>,
    pub percent: Option<i64>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub decided: Option<String>,
    pub state: AgreementState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgreementState {
    /// Nobody has decided it.
    Undecided,
    InForce,
    /// It has not begun.
    Coming,
    Ended,
    /// It does not say until when.
    Unknown,
}

pub fn read(record: &Record, year: &str, today: Day) -> Resources {
    let at = format!("/resources/{year}");
    let posts: Vec<Post> =
        ordered(record, &format!("{at}/roles")).into_iter().map(|id| post(record, &at, id)).collect();
    let percent = posts.iter().filter_map(|p| p.percent).fold(0, i64::saturating_add);
    let missing = posts.iter().filter(|p| p.percent.is_none()).count();
    let published = record.integer(&format!("{at}/published-total"));
    Resources {
        year: year.to_owned(),
        note: text(record, &format!("{at}/note")),
        percent,
        missing,
        published,
        differs: published.filter(|_| missing == 0).and_then(|total| total.checked_sub(percent)),
        vacant: posts.iter().filter_map(|p| p.vacant).reduce(i64::saturating_add),
        agreements: live(record, "/agreements").into_iter().map(|id| agreement(record, id, today)).collect(),
        posts,
    }
}

fn post(record: &Record, at: &str, id: String) -> Post {
    let at = format!("{at}/roles/{id}");
    Post {
        name: text(record, &format!("{at}/name")),
        posts: record.integer(&format!("{at}/posts")),
        percent: record.integer(&format!("{at}/percent")),
        vacant: record.integer(&format!("{at}/vacant")),
        note: text(record, &format!("{at}/note")),
        id,
    }
}

fn agreement(record: &Record, id: &str, today: Day) -> Agreement {
    let at = format!("/agreements/{id}");
    let (from, to) = (text(record, &format!("{at}/from")), text(record, &format!("{at}/to")));
    let decided = text(record, &format!("{at}/decided"));
    let begins = days(from.as_deref()).map(|(first, _)| first);
    let state = match days(to.as_deref()) {
        _ if days(decided.as_deref()).is_none() => AgreementState::Undecided,
        Some((_, last)) if last < today => AgreementState::Ended,
        _ if begins.is_some_and(|first| first > today) => AgreementState::Coming,
        Some(_) => AgreementState::InForce,
        None => AgreementState::Unknown,
    };
    Agreement {
        id: id.to_owned(),
        role: super::word(record, &format!("{at}/role")),
        organisation: text(record, &format!("{at}/organisation")),
        percent: record.integer(&format!("{at}/percent")),
        from,
        to,
        decided,
        state,
    }
}
