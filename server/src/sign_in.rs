//! Signing in: who somebody is, as the organisation's own OpenID Connect provider or a certificate states it, and what that
//! gives here, for oneself or in another's place.
//!
//! Persons are known to a session in memory, to its page, to the audit log and to the files that say who has which role;
//! never to the store, the log file or another party.

mod certificate;
mod claims;
mod deputies;
mod provider;
mod sessions;

pub(crate) use certificate::{Certificates, Shown, provider as cryptography};
pub(crate) use deputies::{Change, Deputies, Deputy};
pub(crate) use provider::{ANSWER_PATH, Attempt, Provider, Refusal};
pub(crate) use sessions::{Held, Session, Sessions};

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

impl Role {
    /// As the configuration writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Coordinator => "coordinator",
            Self::Releaser => "releaser",
            Self::Registrar => "registrar",
            Self::Archivist => "archivist",
            Self::Office => "office",
            Self::Admin => "admin",
        }
    }
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
    /// All that somebody may do now, in another's place too.
    pub(crate) grants: BTreeSet<Grant>,
    /// What of it is in another's place.
    pub(crate) deputy: Vec<Deputy>,
}

impl Person {
    /// The same person with what she does in others' places; a row that gives nothing new says nothing.
    pub(crate) fn with(&self, rows: Vec<Deputy>) -> Self {
        let held = |grant: &Grant| {
            let own = |at: &Option<AuthorityId>| at.is_none() || *at == grant.authority;
            self.grants.iter().any(|has| has.role == grant.role && own(&has.authority))
        };
        let deputy: Vec<Deputy> = rows.into_iter().filter(|row| !held(&row.grant())).collect();
        let grants = self.grants.iter().cloned().chain(deputy.iter().map(Deputy::grant)).collect();
        Self { subject: self.subject.clone(), name: self.name.clone(), grants, deputy }
    }
}

/// Characters of a name that is shown.
const NAME_MAX: usize = 120;

/// What somebody is called: the first name in which anything is to be seen, or who it is.
fn called(names: impl IntoIterator<Item = String>, subject: &str) -> String {
    let visible = |name: &String| name.chars().any(char::is_alphanumeric);
    let name = names.into_iter().find(visible).unwrap_or_else(|| subject.to_owned());
    name.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()
}

/// Names belong in no log.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("grants", &self.grants).finish_non_exhaustive()
    }
}
