//! Identifiers: hashes of what they name, random incarnations, and short lower-case names.

use crate::limits::{NAME_BYTES_MAX, PATH_SEGMENTS_MAX};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::{fmt, io, str::FromStr, sync::Arc};

/// Text that is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("expected {expected} hexadecimal characters")]
    Hex { expected: usize },
    #[error("'{0}' is not an id: use 1 to 32 of a-z, 0-9 and -")]
    Name(String),
    #[error("'{0}' is not a path: use /segments of a-z, 0-9 and -, at most 8")]
    Path(String),
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, borsh::BorshSerialize, borsh::BorshDeserialize)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Reads the bytes of a stored or received id.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, $crate::id::IdError> {
                bytes.try_into().map(Self).map_err(|_| $crate::id::IdError::Hex { expected: $len * 2 })
            }
            /// The first eight hexadecimal characters: for people, never for comparing.
            pub fn short(&self) -> String {
                hex::encode(&self.0[..4])
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;
            fn from_str(text: &str) -> Result<Self, $crate::id::IdError> {
                let mut bytes = [0u8; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| $crate::id::IdError::Hex { expected: $len * 2 })?;
                Ok(Self(bytes))
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::id::IdError;
            fn try_from(text: String) -> Result<Self, $crate::id::IdError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use byte_id;

byte_id!(
    /// BLAKE3 of the genesis charter's file bytes: names a federation.
    FederationId,
    32
);
byte_id!(
    /// BLAKE3 of a charter file's bytes.
    CharterHash,
    32
);
byte_id!(
    /// A space: derived from the federation for the county, the founding header's hash for a smaller one.
    SpaceId,
    32
);
byte_id!(
    /// BLAKE3 of a genesis header; all zeros where an entry belongs to no document.
    DocumentId,
    32
);
byte_id!(
    /// BLAKE3 of a header's exact bytes, without signature.
    HeaderHash,
    32
);
byte_id!(
    /// BLAKE3 of an outline's exact bytes.
    OutlineHash,
    32
);
byte_id!(
    /// BLAKE3 of (salt, value).
    ValueHash,
    32
);
byte_id!(
    /// A digest over documents or logs, for comparing nodes.
    Digest,
    32
);
byte_id!(
    /// Sixteen random bytes that name one writing process of a node.
    Incarnation,
    16
);

impl FederationId {
    /// The federation that a genesis charter founds.
    pub fn of_genesis(charter: CharterHash) -> Self {
        Self(charter.0)
    }
}

impl SpaceId {
    /// What the founding header of a smaller space writes, since it cannot name its own hash.
    pub const FOUNDING: Self = Self([0; 32]);

    /// The space of every party of the charter.
    pub fn county(federation: FederationId) -> Self {
        Self(blake3::derive_key("samsyn v1 county space", &federation.0))
    }
}

impl DocumentId {
    /// Written by entries that belong to no document, and by a genesis, which cannot name its own hash.
    pub const NONE: Self = Self([0; 32]);
}

impl HeaderHash {
    pub fn of(header_bytes: &[u8]) -> Self {
        Self(*blake3::hash(header_bytes).as_bytes())
    }
}

impl From<HeaderHash> for DocumentId {
    fn from(hash: HeaderHash) -> Self {
        Self(hash.0)
    }
}

/// An organisation, an authority, a seat or a path segment: 1 to 32 of `a-z`, `0-9` and `-`.
/// Shared, since it is copied to wherever something is said of a party.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

/// A party of the federation.
pub type OrgId = Name;
/// A board within an organisation: an authority of its own.
pub type AuthorityId = Name;

impl Name {
    pub fn new(text: &str) -> Result<Self, IdError> {
        if !Self::is_legal(text) {
            return Err(IdError::Name(text.chars().take(64).collect()));
        }
        Ok(Self(text.into()))
    }
    fn is_legal(text: &str) -> bool {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(legal)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// None comes before it.
    pub(crate) fn first() -> Self {
        Self("-".into())
    }
}

impl FromStr for Name {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}
impl TryFrom<String> for Name {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(&text)
    }
}
impl From<Name> for String {
    fn from(name: Name) -> String {
        name.as_str().to_owned()
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl BorshSerialize for Name {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        BorshSerialize::serialize(self.as_str(), writer)
    }
}
impl BorshDeserialize for Name {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let text = String::deserialize_reader(reader)?;
        Self::new(&text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }
}

/// Where a fact belongs in its document: `/` before each segment, every segment a [`Name`], so that a path says
/// nothing secret (keeps I4).
/// Shared, since each fact of a document has one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(Arc<str>);

impl Path {
    pub fn new(text: &str) -> Result<Self, IdError> {
        let error = || IdError::Path(text.chars().take(64).collect());
        let rest = text.strip_prefix('/').ok_or_else(error)?;
        let mut count = 0;
        for segment in rest.split('/') {
            if !Name::is_legal(segment) {
                return Err(error());
            }
            count += 1;
        }
        if count > PATH_SEGMENTS_MAX {
            return Err(error());
        }
        Ok(Self(text.into()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn segments(&self) -> Vec<&str> {
        self.0[1..].split('/').collect()
    }
}

impl FromStr for Path {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}
impl TryFrom<String> for Path {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(&text)
    }
}
impl From<Path> for String {
    fn from(path: Path) -> String {
        path.as_str().to_owned()
    }
}
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl BorshSerialize for Path {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        BorshSerialize::serialize(self.as_str(), writer)
    }
}
impl BorshDeserialize for Path {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let text = String::deserialize_reader(reader)?;
        Self::new(&text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }
}

/// One fact: the header that states it and its place in that header's outline.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct FactId {
    pub header: HeaderHash,
    pub index: u32,
}

impl fmt::Debug for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fact({}.{})", self.header.short(), self.index)
    }
}
impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.header, self.index)
    }
}
impl FromStr for FactId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (header, index) = text.split_once('.').ok_or(IdError::Hex { expected: 64 })?;
        Ok(Self { header: header.parse()?, index: index.parse().map_err(|_| IdError::Hex { expected: 64 })? })
    }
}

/// One hash-chained sequence of headers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, BorshSerialize, BorshDeserialize)]
pub struct LogId {
    pub space: SpaceId,
    pub organisation: OrgId,
    pub incarnation: Incarnation,
}
