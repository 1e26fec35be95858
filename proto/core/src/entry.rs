//! Headers and outlines: what is signed, chained and never erased. Encoded with Borsh (one encoding for each value,
//! every byte accounted for); the bytes that came are kept and never encoded again.

use crate::{
    id::{
        AuthorityId, CharterHash, Digest, DocumentId, FactId, FederationId, HeaderHash, Incarnation, LogId, Name,
        OrgId, OutlineHash, Path, SpaceId, ValueHash,
    },
    limits,
    sign::PublicKey,
    value::ValueType,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The format that this crate writes and reads.
pub const FORMAT: u8 = 1;

/// One position in a log. Signed, as exact bytes, by the signature on its commit's last header.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Header {
    pub format: u8,
    pub federation: FederationId,
    /// The charter version the author writes under.
    pub charter: CharterHash,
    pub space: SpaceId,
    pub organisation: OrgId,
    pub incarnation: Incarnation,
    /// From 1, without gaps.
    pub seq: u64,
    pub link: Link,
    pub document: DocumentId,
    pub kind: Kind,
    pub outline_hash: OutlineHash,
    pub outline_bytes: u32,
    /// Milliseconds since 1970 with a logical part, as the author's clock had it: shown, never used for merging.
    pub hlc_ms: u64,
    /// True on the last header of a commit, which the signature is made on.
    pub end_of_commit: bool,
}

/// What a header stands on.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Link {
    /// The first header of a log: the one key that signs all of it, and the tips it knew of the organisation's
    /// earlier logs in the space.
    First { key: PublicKey, earlier: Vec<HeaderHash> },
    /// The header before.
    Next(HeaderHash),
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Kind {
    Space,
    Document,
    Release,
    Facts,
    Erasure,
    Receipt,
    Card,
}

/// What a header's outline says, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outline {
    Space(SpaceFounding),
    Document(Genesis),
    Release(Release),
    Facts(Vec<FactOutline>),
    Erasure(Erasure),
    Receipt(Receipt),
    Card(Card),
}

/// A smaller space: founded by the first entry of its first log; its members never change.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SpaceFounding {
    /// Random, so that the id cannot be guessed from the members.
    pub salt: [u8; 32],
    pub members: BTreeSet<OrgId>,
    pub purpose: Purpose,
    /// Milliseconds since 1970 after which both ends erase, if the purpose has an end.
    pub deadline_ms: Option<u64>,
}

/// The kinds of documents.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    Work,
    Roadmap,
    Decision,
    Indicators,
    Programme,
}

/// What founds a document. Verdicts and outcomes read only this and the charter.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Genesis {
    pub kind: DocumentKind,
    pub owner: OrgId,
    pub authority: AuthorityId,
    /// The one party whose erasure takes effect everywhere.
    pub archive_owner: OrgId,
    /// Only for decisions.
    pub body: Option<Body>,
}

/// A copy of the deciding body as it was when the decision was founded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Body {
    pub id: Name,
    pub secretary: OrgId,
    /// Who votes for each seat.
    pub seats: BTreeMap<Name, OrgId>,
    pub rules: BodyRules,
}

/// How a body decides.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BodyRules {
    pub quorum: Quorum,
    pub majority: Majority,
    /// The seat that decides a tie, if any.
    pub casting_seat: Option<Name>,
    /// True if the chair decides on disagreement before it is escalated.
    pub chair_decides: bool,
    pub escalates_to: Option<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Quorum {
    Half,
    Majority,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Majority {
    Simple,
    Consensus,
}

/// Why something is released.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    ForInformation,
    ForDecision,
    JointlyMaintained,
    ForComment,
}

/// To whom it is open once it has been received.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    Parties,
    Public,
}

/// First in a commit of facts: the act of sharing.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Release {
    pub purpose: Purpose,
    pub audience: Audience,
    pub authority: AuthorityId,
    /// The role that released, never a person.
    pub role: Name,
}

/// What is signed and kept of one fact.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FactOutline {
    pub path: Path,
    /// Absent where the fact removes what stood.
    pub value: Option<ValueOutline>,
    /// Facts at the same path that this one settles.
    pub replaces: Vec<FactId>,
}

/// What is signed and kept of a value.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ValueOutline {
    pub kind: ValueType,
    /// Bytes of the encoded value.
    pub bytes: u32,
    pub hash: ValueHash,
}

/// Which facts' values go. Takes effect everywhere if the document's archive owner states it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Erasure {
    pub authority: AuthorityId,
    pub facts: Vec<FactId>,
}

/// What a node has on its disk: one hash per organisation, and the logs that moved since its last receipt.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    pub level1: BTreeMap<OrgId, Digest>,
    pub moved: Vec<ReceiptLog>,
}

#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReceiptLog {
    pub organisation: OrgId,
    pub incarnation: Incarnation,
    pub seq: u64,
    pub tip: HeaderHash,
}

/// A party's own endpoints, further pins and authorities. Never decides a verdict.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Card {
    pub endpoints: Vec<String>,
    /// `blake3:<hex>` of the SubjectPublicKeyInfo.
    pub pins: Vec<String>,
    pub authorities: BTreeMap<AuthorityId, String>,
}

/// Why bytes are no header or outline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("a header or outline is past its limit")]
    TooLarge,
    #[error("the bytes are not a {0} of format {FORMAT}")]
    Malformed(&'static str),
}

impl Header {
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > limits::HEADER_BYTES_MAX {
            return Err(EntryError::TooLarge);
        }
        let header: Self = borsh::from_slice(bytes).map_err(|_| EntryError::Malformed("header"))?;
        let too_many_earlier =
            matches!(&header.link, Link::First { earlier, .. } if earlier.len() > limits::EARLIER_TIPS_MAX);
        let first = matches!(header.link, Link::First { .. });
        // No sequence number, time or size may be past what every store keeps.
        let too_large = i64::try_from(header.seq).is_err() || i64::try_from(header.hlc_ms).is_err();
        let misplaced = header.seq == 0 || first != (header.seq == 1);
        if header.format != FORMAT || too_many_earlier || too_large || misplaced {
            return Err(EntryError::Malformed("header"));
        }
        Ok(header)
    }

    /// The log of this header; `own` is its hash, which names the space that a founding header opens.
    pub fn log(&self, own: HeaderHash) -> LogId {
        let space =
            if self.kind == Kind::Space && self.space == SpaceId::FOUNDING { SpaceId(own.0) } else { self.space };
        LogId { space, organisation: self.organisation.clone(), incarnation: self.incarnation }
    }
}

impl Outline {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Space(_) => Kind::Space,
            Self::Document(_) => Kind::Document,
            Self::Release(_) => Kind::Release,
            Self::Facts(_) => Kind::Facts,
            Self::Erasure(_) => Kind::Erasure,
            Self::Receipt(_) => Kind::Receipt,
            Self::Card(_) => Kind::Card,
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Space(o) => encode(o),
            Self::Document(o) => encode(o),
            Self::Release(o) => encode(o),
            Self::Facts(o) => encode(o),
            Self::Erasure(o) => encode(o),
            Self::Receipt(o) => encode(o),
            Self::Card(o) => encode(o),
        }
    }

    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > limits::OUTLINE_BYTES_MAX {
            return Err(EntryError::TooLarge);
        }
        let outline = match kind {
            Kind::Space => Self::Space(decode(bytes)?),
            Kind::Document => Self::Document(decode(bytes)?),
            Kind::Release => Self::Release(decode(bytes)?),
            Kind::Facts => Self::Facts(decode(bytes)?),
            Kind::Erasure => Self::Erasure(decode(bytes)?),
            Kind::Receipt => Self::Receipt(decode(bytes)?),
            Kind::Card => Self::Card(decode(bytes)?),
        };
        if outline.within_limits() { Ok(outline) } else { Err(EntryError::TooLarge) }
    }

    fn within_limits(&self) -> bool {
        match self {
            Self::Space(o) => o.members.len() <= limits::SPACE_MEMBERS_MAX,
            Self::Document(o) => o.body.as_ref().is_none_or(|b| b.seats.len() <= limits::SEATS_MAX),
            Self::Facts(facts) => {
                facts.len() <= limits::FACTS_PER_ENTRY_MAX
                    && facts.iter().all(|f| f.replaces.len() <= limits::REPLACES_MAX)
            }
            Self::Erasure(o) => o.facts.len() <= limits::ERASED_FACTS_MAX,
            Self::Receipt(o) => o.moved.len() <= limits::RECEIPT_LOGS_MAX && o.level1.len() <= limits::PARTIES_MAX,
            Self::Card(o) => {
                let labels = || o.endpoints.iter().chain(&o.pins).chain(o.authorities.values());
                o.endpoints.len() <= limits::ENDPOINTS_MAX
                    && o.pins.len() <= limits::ENDPOINTS_MAX
                    && o.authorities.len() <= limits::SEATS_MAX
                    && labels().all(|l| l.len() <= limits::LABEL_BYTES_MAX)
            }
            Self::Release(_) => true,
        }
    }

    pub fn facts(&self) -> &[FactOutline] {
        if let Self::Facts(facts) = self { facts } else { &[] }
    }
}

/// The hash under which a header names its outline.
pub fn outline_hash(bytes: &[u8]) -> OutlineHash {
    OutlineHash(*blake3::hash(bytes).as_bytes())
}

fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).unwrap_or_else(|_| unreachable!("encoding to memory does not fail"))
}

fn decode<T: BorshDeserialize>(bytes: &[u8]) -> Result<T, EntryError> {
    borsh::from_slice(bytes).map_err(|_| EntryError::Malformed("outline"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(seq: u64, link: Link) -> Header {
        Header {
            format: FORMAT,
            federation: FederationId([1; 32]),
            charter: CharterHash([1; 32]),
            space: SpaceId([2; 32]),
            organisation: Name::new("timra").expect("a name"),
            incarnation: Incarnation([3; 16]),
            seq,
            link,
            document: DocumentId::NONE,
            kind: Kind::Card,
            outline_hash: OutlineHash([4; 32]),
            outline_bytes: 0,
            hlc_ms: 0,
            end_of_commit: true,
        }
    }

    /// Found by fuzzing: position 0 was taken for one that follows another.
    #[test]
    fn positions_in_a_log_begin_at_one() {
        let next = || Link::Next(HeaderHash([5; 32]));
        let first = || Link::First { key: PublicKey([6; 32]), earlier: Vec::new() };
        for (seq, link, legal) in [
            (0, next(), false),
            (0, first(), false),
            (1, next(), false),
            (1, first(), true),
            (2, next(), true),
            (2, first(), false),
            (i64::MAX.unsigned_abs(), next(), true),
            (i64::MAX.unsigned_abs() + 1, next(), false),
        ] {
            let header = header(seq, link);
            assert_eq!(Header::decode(&header.encode()).is_ok(), legal, "{header:?}");
        }
    }
}
