//! What lets anybody check that what a pack shows was stated by the organisation named: signed headers, outlines, and each
//! value that is given with its salt. Of what is masked neither value nor salt is here.

use super::data::Level;
use samsyn_core::{
    charter_book::Signatures,
    commit::SaltedValue,
    entry::ValueOutline,
    id::{HeaderHash, OrgId},
    sign::Signature,
    value::ValueType,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a value below which its length, which the outline states, may tell what it says.
const TELLING_BYTES: u32 = 64;

/// One charter file as exact text, with its signatures; oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CharterFile {
    pub text: String,
    pub signatures: Vec<Signed>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    pub organisation: OrgId,
    pub signature: String,
}

/// A run of headers with one signature, on the last.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    pub signature: String,
    pub entries: Vec<Entry>,
}

/// The exact bytes, in hexadecimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub header: String,
    /// Left out where it is about something else, or where the length of what is masked would tell what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<String>,
    /// Given values by their place in the outline.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<u32, Salted>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Salted {
    pub salt: String,
    pub bytes: String,
}

impl Salted {
    pub fn of(value: &SaltedValue) -> Self {
        Self { salt: hex::encode(value.salt), bytes: hex::encode(&value.bytes) }
    }

    pub fn read(&self) -> Option<SaltedValue> {
        let mut salt = [0; 32];
        hex::decode_to_slice(&self.salt, &mut salt).ok()?;
        Some(SaltedValue { salt, bytes: hex::decode(&self.bytes).ok()? })
    }
}

impl CharterFile {
    pub fn read(&self) -> Option<(Vec<u8>, Signatures)> {
        let read = |signed: &Signed| Some((signed.organisation.clone(), signed.signature.parse::<Signature>().ok()?));
        let signatures = self.signatures.iter().map(read).collect::<Option<BTreeSet<_>>>()?;
        Some((self.text.clone().into_bytes(), signatures))
    }
}

/// True if somebody who knows how long a masked value is may guess what it says: `red` and `yellow` differ.
pub fn length_tells(outline: &ValueOutline) -> bool {
    match outline.kind {
        ValueType::Integer | ValueType::Boolean | ValueType::Money => false,
        ValueType::Date | ValueType::Reference | ValueType::References => true,
        ValueType::Text | ValueType::Prose => outline.bytes < TELLING_BYTES,
    }
}

/// Headers whose outlines are not given.
pub type Withheld = BTreeSet<HeaderHash>;

/// What is proven of a fact.
pub fn level(signed: bool, outline: bool, shown: bool) -> Level {
    match (signed, outline, shown) {
        (false, ..) => Level::None,
        (true, false, _) => Level::Entry,
        (true, true, false) => Level::Place,
        (true, true, true) => Level::Value,
    }
}
