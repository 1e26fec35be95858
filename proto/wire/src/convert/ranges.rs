//! Commits and values: exact bytes go through untouched.

use super::{WireError, at_most, each};
use crate::v1;
use samsyn_core::{
    commit::{RawEntry, SaltedValue, SignedCommit},
    id::{FactId, HeaderHash},
    limits,
};

impl TryFrom<v1::Commits> for Vec<SignedCommit> {
    type Error = WireError;

    fn try_from(m: v1::Commits) -> Result<Self, WireError> {
        each(m.commits, TryInto::try_into)
    }
}

impl From<&[SignedCommit]> for v1::Commits {
    fn from(commits: &[SignedCommit]) -> Self {
        Self { commits: commits.iter().map(Into::into).collect() }
    }
}

impl TryFrom<v1::Commit> for SignedCommit {
    type Error = WireError;

    fn try_from(m: v1::Commit) -> Result<Self, WireError> {
        at_most("commit.entries", &m.entries, limits::COMMIT_HEADERS_MAX)?;
        let signature = super::signature("commit.signature", &m.signature)?;
        let commit = Self { entries: each(m.entries, entry)?, signature };
        let size = commit.size_bytes();
        if size > limits::COMMIT_BYTES_MAX {
            return Err(WireError::too_many("commit", size, limits::COMMIT_BYTES_MAX));
        }
        Ok(commit)
    }
}

fn entry(m: v1::Entry) -> Result<RawEntry, WireError> {
    at_most("entry.header", &m.header, limits::HEADER_BYTES_MAX)?;
    at_most("entry.outline", &m.outline, limits::OUTLINE_BYTES_MAX)?;
    at_most("entry.values", &m.values, limits::FACTS_PER_ENTRY_MAX)?;
    let values = each(m.values, |v| v.value.map(TryInto::try_into).transpose())?;
    Ok(RawEntry { header: m.header, outline: m.outline, values })
}

impl From<&SignedCommit> for v1::Commit {
    fn from(f: &SignedCommit) -> Self {
        let value = |v: &Option<SaltedValue>| v1::OptionalValue { value: v.as_ref().map(Into::into) };
        let entry = |e: &RawEntry| v1::Entry {
            header: e.header.clone(),
            outline: e.outline.clone(),
            values: e.values.iter().map(value).collect(),
        };
        Self { entries: f.entries.iter().map(entry).collect(), signature: f.signature.0.to_vec() }
    }
}

impl TryFrom<v1::SaltedValue> for SaltedValue {
    type Error = WireError;

    fn try_from(m: v1::SaltedValue) -> Result<Self, WireError> {
        at_most("value", &m.value, limits::VALUE_BYTES_MAX)?;
        let salt = m.salt.as_slice().try_into().map_err(|_| WireError::new("value.salt", "is not 32 bytes"))?;
        Ok(Self { salt, bytes: m.value })
    }
}

impl From<&SaltedValue> for v1::SaltedValue {
    fn from(f: &SaltedValue) -> Self {
        Self { salt: f.salt.to_vec(), value: f.bytes.clone() }
    }
}

impl TryFrom<v1::FactId> for FactId {
    type Error = WireError;

    fn try_from(m: v1::FactId) -> Result<Self, WireError> {
        Ok(Self { header: super::id("fact.header", &m.header, HeaderHash::from_slice)?, index: m.index })
    }
}

impl From<&FactId> for v1::FactId {
    fn from(f: &FactId) -> Self {
        Self { header: f.header.0.to_vec(), index: f.index }
    }
}

impl TryFrom<v1::WantValues> for Vec<FactId> {
    type Error = WireError;

    fn try_from(m: v1::WantValues) -> Result<Self, WireError> {
        at_most("want_values.facts", &m.facts, limits::VALUES_WANTED_MAX)?;
        each(m.facts, TryInto::try_into)
    }
}

impl From<&[FactId]> for v1::WantValues {
    fn from(facts: &[FactId]) -> Self {
        Self { facts: facts.iter().map(Into::into).collect() }
    }
}

impl TryFrom<v1::Values> for Vec<(FactId, SaltedValue)> {
    type Error = WireError;

    fn try_from(m: v1::Values) -> Result<Self, WireError> {
        at_most("values", &m.values, limits::VALUES_WANTED_MAX)?;
        each(m.values, |v| {
            let fact = super::present("values.fact", v.fact)?.try_into()?;
            Ok((fact, super::present("values.value", v.value)?.try_into()?))
        })
    }
}

impl From<&[(FactId, SaltedValue)]> for v1::Values {
    fn from(values: &[(FactId, SaltedValue)]) -> Self {
        let value = |(f, v): &(FactId, SaltedValue)| v1::FactValue { fact: Some(f.into()), value: Some(v.into()) };
        Self { values: values.iter().map(value).collect() }
    }
}
