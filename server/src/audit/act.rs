//! What is written down. No act has a field that a line has by itself: `number`, `at`, `person`, `after`.

use crate::sign_in::{Deputy, Grant};
use serde::Serialize;
use std::collections::BTreeSet;

/// What was done.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Act<'a> {
    /// The node has started.
    Started {
        version: &'a str,
    },
    /// The end of a line that was not written whole was set aside; what it was to tell did not happen.
    SetAside {
        bytes: u64,
        file: String,
    },
    SignedIn {
        grants: &'a BTreeSet<Grant>,
    },
    /// Somebody whom the provider knows was refused here.
    SignInRefused {
        code: &'a str,
    },
    SignedOut,
    /// Somebody is to act in another's place for a time.
    DeputyAdded {
        deputy: &'a Deputy,
    },
    /// A deputy is one no more, or will not be.
    DeputyRemoved {
        deputy: &'a Deputy,
    },
    /// The node has read who are deputies, at its start or after a change. `version` is the beginning of the file's hash.
    DeputiesRead {
        rows: usize,
        version: &'a str,
    },
    /// Somebody asks for a release that the authority wants approved. `device` is empty where a person has signed in.
    ReleaseAsked {
        #[serde(skip_serializing_if = "str::is_empty")]
        device: &'a str,
        about: Matter<'a>,
    },
    /// Somebody releases, or approves what another has asked for.
    Release {
        #[serde(skip_serializing_if = "str::is_empty")]
        device: &'a str,
        about: Matter<'a>,
    },
    /// A releaser lets out what the scanner has found.
    Overruled {
        #[serde(skip_serializing_if = "str::is_empty")]
        device: &'a str,
        about: Matter<'a>,
        /// Places and codes, never what stands there.
        found: &'a [String],
        reason: &'a str,
    },
    /// A secrecy mark is put on a field of a draft, or on all of it; without provisions it is taken away.
    Marked {
        #[serde(skip_serializing_if = "str::is_empty")]
        device: &'a str,
        about: Matter<'a>,
        place: &'a str,
        provisions: &'a [String],
    },
    ReleaseRefused {
        #[serde(skip_serializing_if = "str::is_empty")]
        device: &'a str,
        about: Matter<'a>,
    },
    /// A registrar decides on items of a register.
    Registered {
        /// Empty where a person has signed in.
        #[serde(skip_serializing_if = "str::is_empty")]
        device: &'a str,
        authority: &'a str,
        items: &'a [u64],
        state: &'a str,
        /// The number of the first of them.
        #[serde(skip_serializing_if = "Option::is_none")]
        registered_as: Option<&'a str>,
    },
    /// Values are erased by an authority's decision, or what was kept of another party's is destroyed.
    Disposed {
        authority: &'a str,
        decision: &'a str,
        /// The list that was decided on; empty where it is something that was kept.
        plan: &'a str,
        rules: &'a str,
        documents: usize,
        values: usize,
    },
    /// A pack was made for somebody who has asked for documents. Never who that is, or why.
    HandedOut {
        authority: &'a str,
        documents: &'a [String],
        maskings: usize,
        provisions: &'a [String],
    },
    /// Documents are written as a package for an archive. `package` is its name, `mets` the SHA-256 of its list of files.
    Archived {
        authority: &'a str,
        package: &'a str,
        mets: &'a str,
        documents: usize,
        /// Of these, with something marked as secret or protected in the register.
        secret: usize,
    },
    /// What was to be decided of a register did not come about.
    RegisterFailed {
        authority: &'a str,
        code: &'a str,
    },
    /// What the line before it told did not come about.
    ReleaseFailed {
        #[serde(skip_serializing_if = "str::is_empty")]
        device: &'a str,
        about: Matter<'a>,
        code: &'a str,
    },
}

impl Act<'_> {
    /// The authority for which something was done; none where it was done for none or for any.
    pub(super) fn authority(&self) -> Option<&str> {
        match self {
            Self::ReleaseAsked { about, .. }
            | Self::Release { about, .. }
            | Self::Overruled { about, .. }
            | Self::Marked { about, .. }
            | Self::ReleaseRefused { about, .. }
            | Self::ReleaseFailed { about, .. } => Some(about.authority),
            Self::Registered { authority, .. }
            | Self::Disposed { authority, .. }
            | Self::HandedOut { authority, .. }
            | Self::Archived { authority, .. }
            | Self::RegisterFailed { authority, .. } => Some(authority),
            Self::Started { .. }
            | Self::SetAside { .. }
            | Self::SignedIn { .. }
            | Self::SignInRefused { .. }
            | Self::SignedOut
            | Self::DeputyAdded { .. }
            | Self::DeputyRemoved { .. }
            | Self::DeputiesRead { .. } => None,
        }
    }
}

/// What a release is about. Titles are not told: a draft may hold anything.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Matter<'a> {
    pub(crate) working_copy: &'a str,
    pub(crate) authority: &'a str,
    /// Which text of the authority's rules; empty where it has none.
    pub(crate) rules: &'a str,
    /// Named recipients, and until when, where it does not go to all parties.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) to: &'a [String],
}
