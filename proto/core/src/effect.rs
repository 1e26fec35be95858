//! Effect: the status of each stored entry, recomputed from what is stored. Log acceptance is the other step
//! ([`crate::ledger::Ledger::verify`]); the two are never mixed.

use crate::{
    code::Code,
    id::{CharterHash, DocumentId, HeaderHash},
};
use std::fmt;

/// What an entry may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Something it depends on is not here, or is disputed.
    Pending(Missing),
    Admitted,
    Refused(Code),
}

/// What a pending entry waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    Charter(CharterHash),
    /// One of two valid successors: until an amendment sets one aside.
    Settlement(CharterHash),
    /// A rule set that this program does not know: until it is upgraded.
    RuleSet(u32),
    Genesis(DocumentId),
    /// The last header that a cut keeps: until then nobody can tell which headers come before it.
    Cut(HeaderHash),
}

impl Verdict {
    /// The code shown to people; none for what is admitted.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Admitted => None,
            Self::Refused(code) => Some(*code),
            Self::Pending(missing) => Some(match missing {
                Missing::Charter(_) => Code::PendingCharter,
                Missing::Settlement(_) => Code::PendingDisputed,
                Missing::RuleSet(_) => Code::PendingRules,
                Missing::Genesis(_) => Code::PendingGenesis,
                Missing::Cut(_) => Code::PendingCut,
            }),
        }
    }

    pub fn admitted(&self) -> bool {
        matches!(self, Self::Admitted)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admitted => f.write_str("admitted"),
            Self::Refused(code) => write!(f, "refused ({code})"),
            Self::Pending(missing) => write!(f, "pending ({missing})"),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Charter(hash) => write!(f, "charter {}", hash.short()),
            Self::Settlement(hash) => write!(f, "disputed charter {}", hash.short()),
            Self::RuleSet(number) => write!(f, "rule set {number}"),
            Self::Genesis(document) => write!(f, "genesis {}", document.short()),
            Self::Cut(header) => write!(f, "cut at {}", header.short()),
        }
    }
}
