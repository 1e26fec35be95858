//! The charter: parties, keys and rules, as exact file bytes with detached signatures. This module reads one file;
//! [`crate::charter_book`] judges which versions are in force.

use crate::{
    code::Code,
    id::{AuthorityId, CharterHash, FederationId, HeaderHash, LogId, Name, OrgId},
    limits,
    sign::PublicKey,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One version of the charter, as its TOML file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// Of the file: 1.
    pub format: u32,
    /// What the parties call their cooperation.
    pub name: String,
    /// 1 for genesis, then one more for each amendment.
    pub version: u32,
    /// The file that this one amends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<CharterHash>,
    /// The number of the rule set by which every node judges entries that cite this version.
    pub rules: u32,
    /// The share of the previous version's parties that must sign an amendment.
    #[serde(default)]
    pub threshold: Threshold,
    /// Parties that host staff of the programme office.
    #[serde(default)]
    pub programme_office: BTreeSet<OrgId>,
    /// Valid successors of `previous`'s predecessor that this amendment sets aside, after two were signed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rejects: BTreeSet<CharterHash>,
    /// Words that values may use, by kind: `stage`, `form`, `target-group`, …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vocabulary: BTreeMap<Name, BTreeSet<Name>>,
    #[serde(rename = "party")]
    pub parties: Vec<Party>,
    /// What is kept of the logs of a party that loses its membership, key or right.
    #[serde(default, rename = "cut", skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<Cut>,
    /// For a joining party: who has decided to disclose the county space's history to it.
    #[serde(default, rename = "disclosure", skip_serializing_if = "Vec::is_empty")]
    pub disclosures: Vec<Disclosure>,
}

/// A party's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    pub id: OrgId,
    pub name: String,
    pub kind: PartyKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_number: Option<String>,
    /// Signs the party's logs and its charters.
    pub log_key: PublicKey,
    /// `blake3:<hex>` of the public keys that its node's TLS certificates may carry; two may live at once.
    pub pins: BTreeSet<String>,
    /// `https://host:port` where its node answers other nodes; may be empty for a node that only dials.
    #[serde(default)]
    pub endpoints: Vec<String>,
    #[serde(default, rename = "authority", skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<Authority>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartyKind {
    Region,
    Municipality,
    Other,
}

/// A board. Its validity binds where people enter things and in views; a verdict knows no dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    pub id: AuthorityId,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<AuthorityId>,
}

/// A share, such as 3/4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub of: u32,
    pub signers: u32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { signers: 3, of: 4 }
    }
}

impl Threshold {
    /// How many of `parties` must sign: the share, rounded up, and never none.
    pub fn needed(self, parties: usize) -> usize {
        let of = u64::from(self.of.max(1));
        let needed = (parties as u64 * u64::from(self.signers)).div_ceil(of);
        usize::try_from(needed).unwrap_or(parties).clamp(1, parties.max(1))
    }
}

/// What is kept of one organisation's logs: later headers and unlisted logs have no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    pub organisation: OrgId,
    #[serde(default)]
    pub kept: Vec<Kept>,
}

/// The last header kept of one log. The log is named by a tag, so that an outsider learns of no smaller space (I4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub log: LogTag,
    pub last: HeaderHash,
}

crate::id::byte_id!(
    /// BLAKE3 of a log's id: known to those who know the log.
    LogTag,
    32
);

impl LogTag {
    pub fn of(log: &LogId) -> Self {
        let bytes = borsh::to_vec(log).unwrap_or_else(|_| unreachable!("encoding to memory does not fail"));
        Self(blake3::derive_key("samsyn v1 log tag", &bytes))
    }
}

/// One party's decision to let a joining party read what the county space holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    pub organisation: OrgId,
    pub authority: AuthorityId,
    /// The authority's own reference to its decision.
    pub decision: String,
}

/// Why a file is no charter, or no version that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CharterError {
    pub code: Code,
    pub message: String,
}

impl CharterError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The hash that entries cite.
pub fn hash(bytes: &[u8]) -> CharterHash {
    CharterHash(*blake3::hash(bytes).as_bytes())
}

impl Charter {
    /// Reads a charter file:
    /// - within [`limits::CHARTER_BYTES_MAX`], UTF-8, TOML of format 1, no unknown keys;
    /// - two or more parties, and no id, key or pin twice;
    /// - hosts, cuts and disclosures name known ids; version 1 and `previous` exclude each other.
    pub fn parse(bytes: &[u8]) -> Result<Self, CharterError> {
        let fail = |code, message: String| CharterError::new(code, message);
        if bytes.len() > limits::CHARTER_BYTES_MAX {
            return Err(fail(
                Code::CharterTooLarge,
                format!("a charter has at most {} bytes", limits::CHARTER_BYTES_MAX),
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|e| fail(Code::CharterMalformed, format!("not UTF-8: {e}")))?;
        let charter: Self = toml::from_str(text).map_err(|e| fail(Code::CharterMalformed, e.to_string()))?;
        charter.check()?;
        Ok(charter)
    }

    fn check(&self) -> Result<(), CharterError> {
        let fail = |code, message: String| CharterError::new(code, message);
        if self.format != 1 {
            let message = format!("charter format {} is unknown: this program reads format 1", self.format);
            return Err(fail(Code::CharterVersion, message));
        }
        if self.parties.len() < 2 {
            return Err(fail(Code::CharterParties, "a charter needs two or more parties".to_owned()));
        }
        let genesis_shape = (self.version == 1) == self.previous.is_none();
        let too_long = |t: &str| t.len() > limits::LABEL_BYTES_MAX;
        if self.parties.len() > limits::PARTIES_MAX || self.version == 0 || !genesis_shape || self.threshold.of == 0 {
            let message = "version 1 has no 'previous', every later version has one; threshold.of is at least 1";
            return Err(fail(Code::CharterMalformed, message.to_owned()));
        }
        let (mut ids, mut keys, mut pins) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for party in &self.parties {
            let row = format!("party '{}'", party.id);
            if !ids.insert(&party.id) {
                return Err(fail(Code::CharterDuplicate, format!("{row} stands twice")));
            }
            if !keys.insert(party.log_key) {
                return Err(fail(Code::CharterDuplicate, format!("{row}: its log_key is another party's too")));
            }
            for pin in &party.pins {
                let digits = pin.strip_prefix("blake3:").unwrap_or_default();
                let legal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                if digits.len() != 64 || !digits.bytes().all(legal) {
                    let message = format!("{row}: the pin '{pin}' is not 'blake3:' and 64 of 0-9 and a-f");
                    return Err(fail(Code::CharterMalformed, message));
                }
                if !pins.insert(pin) {
                    return Err(fail(Code::CharterDuplicate, format!("{row}: the pin {pin} is another party's too")));
                }
            }
            let sizes = party.endpoints.len() <= limits::ENDPOINTS_MAX && party.pins.len() <= limits::ENDPOINTS_MAX;
            if party.pins.is_empty() || !sizes || too_long(&party.name) || party.endpoints.iter().any(|e| too_long(e)) {
                let message = format!("{row}: needs 1 to {} pins and short names", limits::ENDPOINTS_MAX);
                return Err(fail(Code::CharterMalformed, message));
            }
        }
        if let Some(unknown) = self.programme_office.iter().find(|id| !ids.contains(id)) {
            return Err(fail(Code::CharterMalformed, format!("programme_office names '{unknown}', which is no party")));
        }
        Ok(())
    }

    pub fn party(&self, id: &OrgId) -> Option<&Party> {
        self.parties.iter().find(|p| p.id == *id)
    }

    /// The file text of a charter made by a program.
    pub fn to_toml(&self) -> Result<String, CharterError> {
        toml::to_string(self).map_err(|e| CharterError::new(Code::CharterMalformed, e.to_string()))
    }
}

/// The federation that a genesis file founds.
pub fn federation_of(genesis_bytes: &[u8]) -> FederationId {
    FederationId::of_genesis(hash(genesis_bytes))
}
