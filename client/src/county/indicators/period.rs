//! Periods as the last segment of a value's path: `2025`, `2025-ht`, `2025-q3`, `2025-10`, and the same for one sex:
//! `2025-women`, `2025-q3-men`.

use samsyn_core::date::{self, Day, Span};
use serde::{Serialize, Serializer};

/// Whom a value is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    All,
    Women,
    Men,
}

/// A stretch of time, for all or for one sex. Sorted by when it begins, the shorter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    pub first: Day,
    pub last: Day,
    pub sex: Sex,
    /// Without the sex: `2025-q3`.
    pub written: String,
}

impl Period {
    /// Reads a path's segment, or what people write: `2025 Q3`, `HT 2025`, `2025-10, kvinnor`.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = crate::vocabulary::fold(text).replace(',', "-");
        let parts: Vec<&str> = folded.split('-').filter(|part| !part.is_empty()).collect();
        let (sex, parts) = match parts.split_last() {
            Some((&("women" | "kvinnor" | "flickor"), rest)) => (Sex::Women, rest),
            Some((&("men" | "man" | "pojkar"), rest)) => (Sex::Men, rest),
            Some((&("all" | "alla" | "totalt"), rest)) => (Sex::All, rest),
            _ => (Sex::All, parts.as_slice()),
        };
        let written = match parts {
            [term @ ("ht" | "vt"), year] => format!("{year}-{term}"),
            [_] | [_, _] => parts.join("-"),
            _ => return None,
        };
        let Ok(Span::Days { first, last }) = date::parse(&written) else { return None };
        // A span of years reads as two parts too, and is no period that repeats.
        (first.0 == last.0).then_some(Self { first, last, sex, written })
    }

    /// As it stands in a path.
    pub fn segment(&self) -> String {
        let sex = match self.sex {
            Sex::All => "",
            Sex::Women => "-women",
            Sex::Men => "-men",
        };
        format!("{}{sex}", self.written)
    }

    /// Both say something of the same days and the same people, and are not the same period.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.sex == other.sex
            && (self.first, self.last) != (other.first, other.last)
            && self.first <= other.last
            && other.first <= self.last
    }

    /// True if it had not ended on a day.
    pub fn ends_after(&self, today: Day) -> bool {
        self.last > today
    }

    pub fn begins_after(&self, today: Day) -> bool {
        self.first > today
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.segment())
    }
}
