//! Each authority's register of official documents: what it has received and what it has dispatched, from the moment its
//! node stored it; what is registered, with the authority's own number; what is kept in order; what is of minor
//! importance, and why. Written in the transaction that stores the commit, and only ever added to (keeps I8).

mod desk;
pub(crate) mod file_drop;
pub mod intake;
pub mod pattern;
mod public;

pub(crate) use desk::{Case, Decision, Desk, Order, Proposal, subject_of};
#[cfg(test)]
pub(crate) use desk::{allowed, check};
pub(crate) use intake::in_force;
pub use public::{Counterpart, Public};
pub use samsyn_client::calendar;

use samsyn_core::{
    entry::{Audience, DocumentKind, Purpose},
    id::{AuthorityId, DocumentId, HeaderHash, OrgId},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Stored by this node: received, whether or not anybody has opened it.
    Received,
    /// Released by this authority: drawn up and dispatched at once.
    Dispatched,
}

/// What is decided of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its document is not here yet, so that no rule fits: what it is shows when that arrives.
    Unsettled,
    ToRegister,
    /// Not secret, and kept so that it is seen without trouble when it came in or was drawn up.
    InOrder,
    Registered,
    /// Plainly of minor importance, for a reason that is told.
    Minor,
}

macro_rules! words {
    ($type:ident { $($name:ident => $text:literal,)* }) => {
        impl $type {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl FromStr for $type {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($text => Ok(Self::$name),)* _ => Err(()) }
            }
        }
    };
}

words!(Direction { Received => "received", Dispatched => "dispatched", });
words!(State {
    Unsettled => "unsettled",
    ToRegister => "to-register",
    InOrder => "in-order",
    Registered => "registered",
    Minor => "minor",
});

impl State {
    /// Somebody has still to decide.
    pub fn waits(self) -> bool {
        matches!(self, Self::Unsettled | Self::ToRegister)
    }
}

/// One released version of one document, in the register of one authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub authority: AuthorityId,
    /// In the order in which this node stored things; with the authority, the item's name here.
    pub position: u64,
    /// The last header of the commit: which version it is.
    pub tip: HeaderHash,
    pub document: DocumentId,
    pub direction: Direction,
    /// Who sent it; none where it was dispatched to all who share the space.
    pub counterpart: Option<OrgId>,
    /// Unknown until the document's genesis is here.
    pub kind: Option<DocumentKind>,
    pub purpose: Option<Purpose>,
    pub audience: Option<Audience>,
    /// How many facts were stated.
    pub facts: u64,
    /// When it was received here, or drawn up. Milliseconds since 1970.
    pub at_ms: u64,
    /// When its author released it, by the author's clock.
    pub released_ms: u64,
    /// Which text of the authority's rules put it where it is.
    pub rules: String,
    pub state: State,
}

/// What was decided of an item. Never changed: a correction is another one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From 1 for each item.
    pub nr: u64,
    pub at_ms: u64,
    pub state: State,
    /// The number, where it was registered.
    pub number: Option<Number>,
    pub words: Words,
}

/// A document's place in a register.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    /// Which register: an authority's own, or one that several share.
    pub register: String,
    /// The case, as the authority writes it.
    pub case: String,
    /// The document's number in the case, from 1.
    pub document: u64,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.case, self.document)
    }
}

/// The words of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// In short what it is about, as anybody may read it.
    pub subject: String,
    /// The same as only the authority reads it, where that says more.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub protected_subject: String,
    /// The counterpart is left out of what anybody may read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub counterpart_protected: bool,
    /// Of the authority's plan of classes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Why it is of minor importance, or what was corrected.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Which rules were in force.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rules: String,
}

/// How far a series of numbers has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub register: String,
    /// A number with `{n}` in place of what counts.
    pub template: String,
    /// 0: none was given yet.
    pub last: u64,
    /// Gives no number until somebody has confirmed which was the last.
    pub closed: bool,
}

/// What one decision writes.
#[derive(Debug, Clone, Default)]
pub struct Written {
    pub statements: Vec<(AuthorityId, u64, Statement)>,
    /// How a series goes on: it is there as it is said, or nothing is written.
    pub series: Option<(Series, u64)>,
}
