//! What nodes say to each other.

use crate::{
    charter_book::Signatures,
    commit::{SaltedValue, SignedCommit},
    id::{Digest, DocumentId, FactId, FederationId, HeaderHash, LogId, OrgId, SpaceId},
    ledger::Tip,
    sign::{Domain, LogKey, PublicKey, Signature},
};
use std::collections::BTreeMap;

/// One message on a stream, in either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// First on every stream, from both sides.
    Hello(Hello),
    /// Charter files with signatures, oldest first.
    Charters(Vec<CharterFile>),
    /// Level 1: what the sender has, per space that both belong to.
    Have(Vec<SpaceHave>),
    /// Level 2: the tips of whole organisations, where level 1 differs.
    Tips(Vec<OrgTips>),
    /// Single tips that have moved.
    Announce(Vec<LogTip>),
    /// A request for what leads to a tip.
    Want(Want),
    /// A contiguous range of one log, oldest first.
    Commits(Vec<SignedCommit>),
    /// A request for values that did not come with their outlines.
    WantValues(Vec<FactId>),
    Values(Vec<(FactId, SaltedValue)>),
    /// Signed times at which parties were in contact, latest of each.
    Contacts(Vec<Contact>),
    /// Digests per document, where states differ though all else is equal.
    DocumentDigests {
        space: SpaceId,
        digests: BTreeMap<DocumentId, Digest>,
    },
}

/// Who is speaking, and by which rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    pub federation: FederationId,
    /// Minor version of the protocol; unknown frames of a later one are skipped.
    pub minor: u32,
    /// Over the charter files and signatures that the sender has.
    pub charters: Digest,
    pub rule_sets: Vec<u32>,
    /// The sender's clock, in milliseconds since 1970.
    pub now_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterFile {
    pub bytes: Vec<u8>,
    pub signatures: Signatures,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceHave {
    pub space: SpaceId,
    pub organisations: BTreeMap<OrgId, OrgHave>,
    /// The state digest, compared only where everything else is equal.
    pub state: Digest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgHave {
    pub logs: Digest,
    /// Commits that the sender has of the organisation: shown, never used for sync.
    pub commits: u64,
}

/// The complete list of an organisation's tips in a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgTips {
    pub space: SpaceId,
    pub organisation: OrgId,
    pub tips: Vec<Tip>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogTip {
    pub log: LogId,
    pub seq: u64,
    pub hash: HeaderHash,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    pub log: LogId,
    pub tip: HeaderHash,
    /// Headers that the asker has, latest first and ever sparser.
    pub known: Vec<HeaderHash>,
}

/// A signed time: the party's node was running and connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub organisation: OrgId,
    /// Milliseconds since 1970 by the party's own clock.
    pub at_ms: u64,
    pub signature: Signature,
}

impl Contact {
    pub fn sign(federation: FederationId, organisation: OrgId, at_ms: u64, key: &LogKey) -> Self {
        let signature = key.sign(Domain::Contact, &Self::message(federation, &organisation, at_ms));
        Self { organisation, at_ms, signature }
    }

    pub fn fits(&self, federation: FederationId, key: PublicKey) -> bool {
        key.verify(Domain::Contact, &Self::message(federation, &self.organisation, self.at_ms), &self.signature)
    }

    fn message(federation: FederationId, organisation: &OrgId, at_ms: u64) -> Vec<u8> {
        [federation.0.as_slice(), organisation.as_str().as_bytes(), &[0], &at_ms.to_be_bytes()].concat()
    }
}
