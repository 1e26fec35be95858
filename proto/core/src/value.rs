//! Values of facts, and the salted hash under which an outline names them.

use crate::{code::Code, date, id::ValueHash, limits};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The type of a value, written in the outline so that verdicts never need the value itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    Text,
    Prose,
    Integer,
    Boolean,
    Money,
    Date,
    Reference,
    References,
}

impl ValueType {
    /// Bytes that an encoded value of this type may have.
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Text => limits::TEXT_BYTES_MAX + 5,
            Self::Prose => limits::PROSE_BYTES_MAX + 5,
            Self::Integer | Self::Money => 9,
            Self::Boolean => 2,
            Self::Date => limits::DATE_BYTES_MAX + 5,
            Self::Reference => limits::REFERENCE_BYTES_MAX + 5,
            Self::References => limits::REFERENCES_MAX * (limits::REFERENCE_BYTES_MAX + 4) + 5,
        }
    }
}

/// What a fact states.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "value")]
pub enum Value {
    /// Short text without line structure, at most 8 KiB of UTF-8, no U+0000.
    Text(String),
    /// Text that several parties may write, at most 64 KiB of UTF-8, no U+0000.
    Prose(String),
    /// A whole number from 0 to 2^63-1 (PostgreSQL and SQLite keep no larger one).
    Integer(i64),
    Boolean(bool),
    /// Swedish öre, so that sums are exact.
    Money(i64),
    /// An imprecise date as the source wrote it.
    Date(String),
    /// An id with a kind before a colon: `org:rvn`, `partner:premicare`, `stage:ongoing`.
    Reference(String),
    References(BTreeSet<String>),
}

/// Why a value is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ValueFault {
    #[error("the value has not arrived")]
    Missing,
    #[error("the value is erased")]
    Erased,
    #[error("the value does not fit its hash")]
    Hash,
    #[error("the value does not fit its type")]
    Type,
}

impl ValueFault {
    pub fn code(self) -> Code {
        match self {
            Self::Missing => Code::ValueMissing,
            Self::Erased => Code::ValueErased,
            Self::Hash => Code::ValueHash,
            Self::Type => Code::ValueType,
        }
    }
}

impl Value {
    pub fn kind(&self) -> ValueType {
        match self {
            Self::Text(_) => ValueType::Text,
            Self::Prose(_) => ValueType::Prose,
            Self::Integer(_) => ValueType::Integer,
            Self::Boolean(_) => ValueType::Boolean,
            Self::Money(_) => ValueType::Money,
            Self::Date(_) => ValueType::Date,
            Self::Reference(_) => ValueType::Reference,
            Self::References(_) => ValueType::References,
        }
    }

    /// The bytes that are hashed and travel.
    pub fn encode(&self) -> Vec<u8> {
        borsh::to_vec(self).unwrap_or_else(|_| unreachable!("encoding to memory does not fail"))
    }

    /// Reads received bytes: they must be the one encoding of a legal value.
    pub fn decode(bytes: &[u8]) -> Result<Self, ValueFault> {
        let value: Self = borsh::from_slice(bytes).map_err(|_| ValueFault::Type)?;
        if bytes.len() > value.kind().bytes_max() {
            return Err(ValueFault::Type);
        }
        value.check().map_err(|_| ValueFault::Type)?;
        Ok(value)
    }

    /// The same rules for what people enter; the code says what is wrong.
    pub fn check(&self) -> Result<(), Code> {
        match self {
            Self::Text(text) => check_text(text, limits::TEXT_BYTES_MAX),
            Self::Prose(text) => check_text(text, limits::PROSE_BYTES_MAX),
            Self::Integer(n) | Self::Money(n) => (*n >= 0).then_some(()).ok_or(Code::InputNumber),
            Self::Boolean(_) => Ok(()),
            Self::Date(text) => date::parse(text).map(|_| ()).map_err(|_| Code::InputDate),
            Self::Reference(text) => check_reference(text),
            Self::References(set) if set.len() > limits::REFERENCES_MAX => Err(Code::InputTooLong),
            Self::References(set) => set.iter().try_for_each(|text| check_reference(text)),
        }
    }

    /// The hash that the outline names: BLAKE3 of the salt, then the encoded value.
    pub fn hash(salt: &[u8; 32], bytes: &[u8]) -> ValueHash {
        let mut hasher = blake3::Hasher::new_derive_key("samsyn v1 value");
        hasher.update(salt).update(bytes);
        ValueHash(*hasher.finalize().as_bytes())
    }

    /// The text of text-like values.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(t) | Self::Prose(t) | Self::Date(t) | Self::Reference(t) => Some(t),
            _ => None,
        }
    }
}

fn check_text(text: &str, bytes_max: usize) -> Result<(), Code> {
    if text.len() > bytes_max {
        return Err(Code::InputTooLong);
    }
    // SQLite keeps U+0000 and PostgreSQL refuses it: one such fact would wedge only some nodes (keeps I3, I6).
    if text.contains('\0') { Err(Code::InputCharacter) } else { Ok(()) }
}

fn check_reference(text: &str) -> Result<(), Code> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b':';
    if text.is_empty() || text.len() > limits::REFERENCE_BYTES_MAX || !text.bytes().all(legal) {
        return Err(Code::InputValue);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            "[^\0]{0,80}".prop_map(Value::Text),
            "[^\0]{0,200}".prop_map(Value::Prose),
            (0..=i64::MAX).prop_map(Value::Integer),
            any::<bool>().prop_map(Value::Boolean),
            (0..=i64::MAX).prop_map(Value::Money),
            Just(Value::Date("HT 2023".into())),
            "[a-z0-9:-]{1,40}".prop_map(Value::Reference),
            proptest::collection::btree_set("[a-z0-9:-]{1,20}", 0..8).prop_map(Value::References),
        ]
    }

    proptest! {
        #[test]
        fn every_value_reads_back_as_written(value in any_value()) {
            prop_assert_eq!(Value::decode(&value.encode()), Ok(value));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(value) = Value::decode(&bytes) {
                prop_assert_eq!(value.encode(), bytes);
            }
        }
    }

    #[test]
    fn nul_negative_numbers_and_long_text_are_no_values() {
        for value in [
            Value::Text("a\0b".into()),
            Value::Integer(-1),
            Value::Money(i64::MIN),
            Value::Text("x".repeat(limits::TEXT_BYTES_MAX + 1)),
            Value::Prose("x".repeat(limits::PROSE_BYTES_MAX + 1)),
            Value::Reference("Å".into()),
            Value::Date("i höst".into()),
        ] {
            assert_eq!(Value::decode(&value.encode()), Err(ValueFault::Type), "{:?}", value.kind());
        }
    }

    #[test]
    fn a_value_cannot_be_told_from_its_hash_without_the_salt() {
        let bytes = Value::Boolean(true).encode();
        assert_ne!(Value::hash(&[1; 32], &bytes), Value::hash(&[2; 32], &bytes));
    }
}
