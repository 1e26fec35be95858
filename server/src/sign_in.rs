//! Signing in: who somebody is, as the organisation's own OpenID Connect provider states it, and what that gives here.
//!
//! Persons are known to a session in memory, to its page and to the audit log; never to the store, the log file or another
//! party.

mod claims;
mod provider;
mod sessions;

pub(crate) use provider::{ANSWER_PATH, Attempt, Provider, Refusal};
pub(crate) use sessions::{Session, Sessions};

use claims::Claims;

use samsyn_core::id::AuthorityId;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what was released to the organisation. Every role does.
    Reader,
    /// Writes and releases.
    Coordinator,
    /// Approves or refuses what is to be released.
    Releaser,
    /// Keeps the register.
    Registrar,
    /// Disposes and exports.
    Archivist,
    /// The programme's office: what belongs to the programme and not to one party.
    Office,
    /// Runs the node.
    Admin,
}

/// A role at one authority, or at all of the organisation's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grant {
    pub role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<AuthorityId>,
}

/// Somebody who has signed in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// Stable at the provider.
    pub(crate) subject: String,
    /// As shown to the person.
    pub(crate) name: String,
    pub(crate) grants: BTreeSet<Grant>,
}

/// Names belong in no log.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("grants", &self.grants).finish_non_exhaustive()
    }
}
