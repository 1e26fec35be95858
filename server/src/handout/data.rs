//! What a pack says, as `data.json` has it. Pages and lists are made from this and from nothing else, so that no passage
//! can be masked in one place and shown in another.

use samsyn_client::mark::Provision;
use samsyn_core::{
    entry::{Audience, DocumentKind, Purpose},
    id::{DocumentId, FactId, FederationId, HeaderHash, Path},
    value::Value,
};
use serde::{Deserialize, Serialize};

/// Of the pack's files: another number is another form.
pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub format: u32,
    pub made_ms: u64,
    pub federation: FederationId,
    pub federation_name: String,
    pub organisation: Named,
    pub authority: Named,
    pub objects: Vec<Object>,
    /// In the order of their numbers, from 1.
    pub maskings: Vec<Masking>,
}

/// An organisation or an authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    pub document: DocumentId,
    pub kind: DocumentKind,
    pub owner: Named,
    pub authority: Named,
    /// Of what was said above, by the entry that founded the document.
    pub proof: Level,
    /// By path as people read them, the latest of each path first.
    pub facts: Vec<Fact>,
    pub register: Vec<Item>,
}

/// What one organisation has stated at one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub fact: FactId,
    pub path: Path,
    pub label: String,
    pub organisation: Named,
    /// None where the release is not stored.
    pub released: Option<Released>,
    /// By the author's clock.
    pub stated_ms: u64,
    /// When this node stored it, which is when it was received or drawn up here.
    pub stored_ms: u64,
    pub effect: Effect,
    pub standing: bool,
    pub proof: Level,
    pub content: Content,
}

/// The act of sharing that a fact was part of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    pub authority: Named,
    pub role: String,
    pub purpose: Purpose,
    pub audience: Audience,
}

/// Whether the parties' rules count the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    Admitted,
    Pending,
    Refused,
}

/// How much of a fact the pack proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing: the author's signature on it is not here.
    None,
    /// That its author stated something of this document then.
    Entry,
    /// That its author stated something just there; not what.
    Place,
    /// What was stated.
    Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    Given(Value),
    /// A text of which some is masked.
    Part(Vec<Piece>),
    /// By the masking's number.
    Masked(u32),
    /// What stood at the path was taken away by this fact.
    Removed,
    /// No value is stored, for the reason that the code names.
    Gone(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    Given(String),
    /// By the masking's number.
    Masked(u32),
}

/// What the authority's register says of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub date: String,
    pub number: String,
    pub state: String,
    pub direction: String,
    pub counterpart: Vec<Piece>,
    pub subject: Vec<Piece>,
    /// As only the authority reads it, where that says more.
    pub protected_subject: Vec<Piece>,
    /// None where the counterpart is masked.
    pub version: Option<HeaderHash>,
}

/// What is not given. Never what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masking {
    pub number: u32,
    pub document: DocumentId,
    pub place: String,
    pub provisions: Vec<Provision>,
    /// As people cite them.
    pub cited: String,
    pub day: String,
    /// All of the passage, not only some words.
    pub whole: bool,
}

/// Which files the pack has, and who has made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    /// Of the program.
    pub version: String,
    pub made_ms: u64,
    pub federation: FederationId,
    /// The charter in force at the node.
    pub charter: samsyn_core::id::CharterHash,
    pub organisation: String,
    pub authority: String,
    pub files: Vec<ListedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedFile {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Data {
    pub fn masking(&self, number: u32) -> Option<&Masking> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.maskings.get(at)
    }
}

impl Fact {
    /// The numbers of the maskings in it.
    pub fn masked(&self) -> Vec<u32> {
        match &self.content {
            Content::Masked(number) => vec![*number],
            Content::Part(pieces) => masked(pieces),
            Content::Given(_) | Content::Removed | Content::Gone(_) => Vec::new(),
        }
    }
}

pub fn masked(pieces: &[Piece]) -> Vec<u32> {
    let number = |piece: &Piece| match piece {
        Piece::Masked(number) => Some(*number),
        Piece::Given(_) => None,
    };
    pieces.iter().filter_map(number).collect()
}
