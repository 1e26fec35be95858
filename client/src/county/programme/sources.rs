//! What the sources say differently: each value with where it stands, and none of them preferred.

use super::{live, ordered, text};
use crate::record::Record;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    pub id: String,
    /// What it is about, in a few words.
    pub about: Option<String>,
    pub values: Vec<Sourced>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sourced {
    pub value: Option<String>,
    pub source: Option<String>,
}

pub fn read(record: &Record) -> Vec<Contradiction> {
    let contradiction = |id: String| {
        let at = format!("/contradictions/{id}");
        let value = |n: &str| Sourced {
            value: text(record, &format!("{at}/values/{n}/value")),
            source: text(record, &format!("{at}/values/{n}/source")),
        };
        Contradiction {
            about: text(record, &format!("{at}/about")),
            values: live(record, &format!("{at}/values")).into_iter().map(value).collect(),
            id,
        }
    };
    ordered(record, "/contradictions").into_iter().map(contradiction).collect()
}
