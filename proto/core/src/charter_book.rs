//! Which charter versions are in force. A pure function of the files and signatures that are known, whatever order
//! they came in (keeps I3): genesis needs every party's signature, an amendment those of a threshold of the previous
//! version's parties, and with two valid successors neither counts until a later amendment sets one aside.

use crate::{
    charter::{self, Charter, CharterError},
    code::Code,
    id::{CharterHash, FederationId, OrgId},
    limits,
    sign::{Domain, PublicKey, Signature},
};
use std::collections::{BTreeMap, BTreeSet};

/// One known file.
#[derive(Debug, Clone)]
pub struct Version {
    pub charter: Charter,
    pub bytes: Vec<u8>,
    /// Signatures that fit, one for each key that an organisation has signed with.
    pub signatures: BTreeMap<(OrgId, PublicKey), Signature>,
}

/// Signatures as they lie in files and frames: who says to have signed, and the bytes.
pub type Signatures = BTreeSet<(OrgId, Signature)>;

impl Version {
    /// The signatures to hand on.
    pub fn signatures(&self) -> Signatures {
        self.signatures.iter().map(|((org, _), s)| (org.clone(), *s)).collect()
    }

    fn signed_by(&self, org: &OrgId, key: PublicKey) -> bool {
        self.signatures.contains_key(&(org.clone(), key))
    }
}

/// Where a cited charter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The file is not here, or lacks signatures or its predecessor.
    Unknown,
    /// One of several valid successors of one version.
    Disputed,
    /// A valid successor that a later amendment has set aside.
    Rejected,
    /// In the chain that holds; the number counts from genesis, 0.
    InForce(usize),
}

/// What became of an offered file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// Nothing new.
    Known,
    /// Kept; the versions in force are as they were.
    Kept,
    /// The versions in force have changed.
    Changed,
}

/// Every known version, and the chain in force.
#[derive(Debug, Clone)]
pub struct CharterBook {
    federation: FederationId,
    versions: BTreeMap<CharterHash, Version>,
    chain: Vec<CharterHash>,
    disputed: BTreeSet<CharterHash>,
    rejected: BTreeSet<CharterHash>,
    /// Every version that enough parties have signed, step by step from genesis, in force or not.
    signed: BTreeSet<CharterHash>,
}

impl CharterBook {
    /// Opens the book with a genesis file that every one of its parties has signed.
    pub fn found(bytes: Vec<u8>, signatures: &Signatures) -> Result<Self, CharterError> {
        let charter = Charter::parse(&bytes)?;
        if charter.version != 1 {
            return Err(CharterError::new(Code::CharterPrevious, "a federation begins with charter version 1"));
        }
        let hash = charter::hash(&bytes);
        let mut version = Version { charter, bytes, signatures: BTreeMap::new() };
        for party in &version.charter.parties {
            let own: Vec<&Signature> = signatures.iter().filter(|(o, _)| *o == party.id).map(|(_, s)| s).collect();
            let Some(fits) = own.iter().find(|s| party.log_key.verify(Domain::Charter, &version.bytes, s)) else {
                return Err(if own.is_empty() {
                    let message = format!("the signature of '{}' is missing", party.id);
                    CharterError::new(Code::CharterThreshold, message)
                } else {
                    let message = format!("the signature of '{}' does not fit the file and its log_key", party.id);
                    CharterError::new(Code::CharterSignature, message)
                });
            };
            version.signatures.insert((party.id.clone(), party.log_key), **fits);
        }
        Ok(Self {
            federation: FederationId::of_genesis(hash),
            versions: BTreeMap::from([(hash, version)]),
            chain: vec![hash],
            disputed: BTreeSet::new(),
            rejected: BTreeSet::new(),
            signed: BTreeSet::from([hash]),
        })
    }

    pub fn federation(&self) -> FederationId {
        self.federation
    }

    /// Takes in an amendment, or more signatures for one. Signatures that do not fit are left out. A file that no
    /// party of this federation has signed is not kept, so that a stranger cannot fill the book; nor is one whose
    /// predecessor is not here: offer them oldest first.
    pub fn offer(&mut self, bytes: &[u8], signatures: &Signatures) -> Result<Offered, CharterError> {
        let hash = charter::hash(bytes);
        let before = (self.chain.clone(), self.disputed.clone(), self.rejected.clone());
        let mut version = match self.versions.get(&hash) {
            Some(known) => known.clone(),
            None => self.newcomer(bytes)?,
        };
        let count = version.signatures.len();
        let before_it = self.keys_before(&version.charter);
        for (org, signature) in signatures {
            let own = version.charter.party(org).map(|p| p.log_key);
            for key in before_it.get(org).into_iter().flatten().copied().chain(own) {
                if !version.signed_by(org, key) && key.verify(Domain::Charter, bytes, signature) {
                    version.signatures.insert((org.clone(), key), *signature);
                }
            }
        }
        let added = version.signatures.len() > count;
        if !version.signatures.keys().any(|(org, key)| before_it.get(org).is_some_and(|keys| keys.contains(key))) {
            return Err(CharterError::new(Code::CharterSignature, "no party of this federation has signed the file"));
        }
        if !self.versions.contains_key(&hash)
            && !self.complete(&version)
            && self.waiting() >= limits::CHARTERS_WAITING_MAX
        {
            let message = "too many amendments wait for signatures: offer it again when enough parties have signed it";
            return Err(CharterError::new(Code::CharterTooLarge, message));
        }
        self.versions.insert(hash, version);
        self.judge();
        let changed = before != (self.chain.clone(), self.disputed.clone(), self.rejected.clone());
        Ok(if changed {
            Offered::Changed
        } else if added {
            Offered::Kept
        } else {
            Offered::Known
        })
    }

    /// The keys of every party of the versions that a file amends, back to genesis (of genesis itself: its own). Which
    /// signatures are kept depends on these files alone, not on what else is in force just then (keeps I3).
    fn keys_before(&self, charter: &Charter) -> BTreeMap<OrgId, BTreeSet<PublicKey>> {
        let mut keys: BTreeMap<OrgId, BTreeSet<PublicKey>> = BTreeMap::new();
        let mut at = charter.previous.map_or(Some(charter), |p| self.versions.get(&p).map(|v| &v.charter));
        while let Some(version) = at {
            for party in &version.parties {
                keys.entry(party.id.clone()).or_default().insert(party.log_key);
            }
            at = version.previous.and_then(|p| self.versions.get(&p)).map(|v| &v.charter);
        }
        keys
    }

    /// True if enough parties have signed a version of a file that was itself signed as it should be.
    fn complete(&self, version: &Version) -> bool {
        let previous = version.charter.previous.filter(|p| self.signed.contains(p)).and_then(|p| self.versions.get(&p));
        previous.is_some_and(|p| amendment_fault(&p.charter, &p.charter, version).is_none())
    }

    /// How many versions wait for signatures. Bounded, so that one party cannot fill every node's book (keeps I6).
    fn waiting(&self) -> usize {
        self.versions.len() - self.signed.len()
    }

    fn newcomer(&self, bytes: &[u8]) -> Result<Version, CharterError> {
        let charter = Charter::parse(bytes)?;
        let Some(previous) = charter.previous else {
            return Err(CharterError::new(Code::CharterForeign, "this is the genesis of another federation"));
        };
        if !self.versions.contains_key(&previous) {
            let message = format!("the version it amends, {previous}, is not here");
            return Err(CharterError::new(Code::CharterPrevious, message));
        }
        if self.versions.len() >= limits::CHARTER_VERSIONS_MAX {
            return Err(CharterError::new(Code::CharterTooLarge, "too many charter versions are known"));
        }
        Ok(Version { charter, bytes: bytes.to_vec(), signatures: BTreeMap::new() })
    }

    pub fn status(&self, hash: &CharterHash) -> Status {
        if let Some(index) = self.chain.iter().position(|h| h == hash) {
            Status::InForce(index)
        } else if self.disputed.contains(hash) {
            Status::Disputed
        } else if self.rejected.contains(hash) {
            Status::Rejected
        } else {
            Status::Unknown
        }
    }

    pub fn get(&self, hash: &CharterHash) -> Option<&Version> {
        self.versions.get(hash)
    }

    pub fn versions(&self) -> impl Iterator<Item = (&CharterHash, &Version)> {
        self.versions.iter()
    }

    /// From genesis to the version in force.
    pub fn chain(&self) -> impl Iterator<Item = (&CharterHash, &Charter)> {
        self.chain.iter().filter_map(|h| Some((h, &self.versions.get(h)?.charter)))
    }

    pub fn disputed(&self) -> &BTreeSet<CharterHash> {
        &self.disputed
    }

    /// The version that new entries cite.
    pub fn in_force(&self) -> (CharterHash, &Charter) {
        let hash = self.chain[self.chain.len() - 1];
        (hash, &self.versions[&hash].charter)
    }

    /// Every key that an organisation has had in a version that was signed as its predecessors ask. Only ever grows: a
    /// dispute that comes later must not take a log's key away from those who have not stored it yet (keeps I3).
    pub fn keys_of(&self, org: &OrgId) -> BTreeSet<PublicKey> {
        self.signed.iter().filter_map(|h| self.versions.get(h)?.charter.party(org)).map(|p| p.log_key).collect()
    }

    /// Versions by number, so that each finds its predecessor judged.
    fn signed_versions(&self) -> BTreeSet<CharterHash> {
        let mut signed = BTreeSet::from([self.chain[0]]);
        let mut by_number: Vec<_> = self.versions.iter().collect();
        by_number.sort_by_key(|(_, v)| v.charter.version);
        for (hash, version) in by_number {
            let previous = version.charter.previous.filter(|p| signed.contains(p)).and_then(|p| self.versions.get(&p));
            if previous.is_some_and(|p| amendment_fault(&p.charter, &p.charter, version).is_none()) {
                signed.insert(*hash);
            }
        }
        signed
    }

    /// Walks from genesis along the one valid successor, or the one that a later amendment has chosen.
    fn judge(&mut self) {
        let genesis = self.chain[0];
        let (mut chain, mut disputed, mut rejected) = (vec![genesis], BTreeSet::new(), BTreeSet::new());
        loop {
            let current = chain[chain.len() - 1];
            let successors = self.valid_successors(&current, &current);
            let next = match successors.as_slice() {
                [] => break,
                [only] => *only,
                several => {
                    let chosen: Vec<CharterHash> =
                        several.iter().copied().filter(|c| self.settles(&current, c, several)).collect();
                    let [one] = chosen.as_slice() else {
                        disputed.extend(several.iter().copied());
                        break;
                    };
                    rejected.extend(several.iter().copied().filter(|c| c != one));
                    *one
                }
            };
            chain.push(next);
        }
        (self.chain, self.disputed, self.rejected) = (chain, disputed, rejected);
        self.signed = self.signed_versions();
    }

    /// True if an amendment of `candidate`, signed by the last undisputed version's parties, sets all rivals aside.
    fn settles(&self, undisputed: &CharterHash, candidate: &CharterHash, rivals: &[CharterHash]) -> bool {
        self.valid_successors(candidate, undisputed).iter().any(|h| {
            let rejects = &self.versions[h].charter.rejects;
            rivals.iter().all(|r| r == candidate || rejects.contains(r))
        })
    }

    /// Amendments of `previous` with enough signatures of the parties of `electorate`.
    fn valid_successors(&self, previous: &CharterHash, electorate: &CharterHash) -> Vec<CharterHash> {
        let of = |h: &CharterHash| self.versions.get(h).map(|v| &v.charter);
        let (Some(before), Some(electors)) = (of(previous), of(electorate)) else { return Vec::new() };
        let amends =
            |v: &Version| v.charter.previous == Some(*previous) && amendment_fault(before, electors, v).is_none();
        self.versions.iter().filter(|(_, v)| amends(v)).map(|(h, _)| *h).collect()
    }

    /// Why a known file is not in force, for people.
    pub fn fault(&self, hash: &CharterHash) -> Option<CharterError> {
        let version = self.versions.get(hash)?;
        let previous = version.charter.previous?;
        match self.versions.get(&previous) {
            None => Some(CharterError::new(
                Code::CharterPrevious,
                format!("the version it amends, {previous}, is not here"),
            )),
            Some(before) => amendment_fault(&before.charter, &before.charter, version),
        }
    }
}

/// Judges an amendment against the version before it:
/// - its number follows;
/// - whoever loses its membership, key or office has a cut;
/// - whoever joins, or gets a key by joining, has signed with that key;
/// - enough of the electors have signed; for a joining party, signers that have recorded their disclosure.
fn amendment_fault(before: &Charter, electors: &Charter, version: &Version) -> Option<CharterError> {
    let after = &version.charter;
    let fail = |code, message: String| Some(CharterError::new(code, message));
    if before.version.checked_add(1) != Some(after.version) {
        return fail(Code::CharterVersion, format!("version {} does not follow {}", after.version, before.version));
    }
    for org in losers(before, after) {
        if !after.cuts.iter().any(|c| c.organisation == org) {
            return fail(
                Code::CharterCut,
                format!("'{org}' loses a key or right, and no cut says what is kept of its logs"),
            );
        }
    }
    let joining: Vec<_> = after.parties.iter().filter(|p| before.party(&p.id).is_none()).collect();
    if let Some(party) = joining.iter().find(|p| !version.signed_by(&p.id, p.log_key)) {
        return fail(Code::CharterSignature, format!("the joining party '{}' has not signed", party.id));
    }
    let discloses = |org: &OrgId| joining.is_empty() || after.disclosures.iter().any(|d| d.organisation == *org);
    let signers = electors.parties.iter().filter(|p| version.signed_by(&p.id, p.log_key) && discloses(&p.id)).count();
    let needed = electors.threshold.needed(electors.parties.len());
    if signers < needed {
        let what = if joining.is_empty() { "" } else { " (with a recorded disclosure to the joining party)" };
        return fail(Code::CharterThreshold, format!("{signers} of {needed} needed signatures{what}"));
    }
    None
}

/// Parties that an amendment takes a membership, key or office from.
fn losers(before: &Charter, after: &Charter) -> BTreeSet<OrgId> {
    let lost = |id: &OrgId, key: PublicKey| {
        let office = before.programme_office.contains(id) && !after.programme_office.contains(id);
        office || after.party(id).is_none_or(|p| p.log_key != key)
    };
    before.parties.iter().filter(|p| lost(&p.id, p.log_key)).map(|p| p.id.clone()).collect()
}
