//! What one node has made durable, in memory: what a store's tables would hold. A crash keeps this and nothing else.

use super::{county::File, random::Random};
use samsyn_core::{
    charter_book::{CharterBook, Signatures},
    commit::{Proof, RawEntry, SaltedValue, SignedCommit},
    effect::Verdict,
    entry::{Header, Link},
    id::{CharterHash, DocumentId, FactId, HeaderHash, Path},
    ledger::Ledger,
    sign::Signature,
    sync::Output,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One entry's row; the signature stands on a commit's last.
#[derive(Debug, Clone)]
struct Row {
    header: Vec<u8>,
    outline: Vec<u8>,
    signature: Option<Signature>,
    proof: Proof,
}

/// What every private text begins with: no value that anybody sends has it.
pub(super) const CANARY: &str = "kanarie-";

/// A working copy of a document's note: the text as its coordinators have it, and the text it was based on; and what is to
/// stay where it is: a private text, and the words that were typed and struck again, which a history would keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) text: String,
    pub(super) base: String,
    pub(super) private: String,
    pub(super) struck: String,
}

/// A field in a working copy, not released yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) word: String,
    /// Marked as secret: it stays until the mark is taken away.
    pub(super) marked: bool,
}

/// The first word of a value that was to stay at home.
pub(super) fn tells(value: &SaltedValue, secrets: &BTreeSet<String>) -> Option<String> {
    let words = value.bytes.split(|byte| !byte.is_ascii_alphanumeric());
    words.filter_map(|word| std::str::from_utf8(word).ok()).find(|word| secrets.contains(*word)).map(str::to_owned)
}

/// True if a value holds somebody's private text.
pub(super) fn holds_canary(value: &SaltedValue) -> bool {
    value.bytes.windows(CANARY.len()).any(|bytes| bytes == CANARY.as_bytes())
}

/// See the module's documentation. Cheap to copy: snapshots and clones do.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    genesis: Arc<File>,
    charters: Vec<(CharterHash, Vec<u8>, Signatures)>,
    rows: BTreeMap<HeaderHash, Arc<Row>>,
    /// Commits in order of arrival, by their last header.
    order: Vec<HeaderHash>,
    pub(super) values: BTreeMap<FactId, SaltedValue>,
    pub(super) notes: BTreeMap<DocumentId, Note>,
    pub(super) fields: BTreeMap<(DocumentId, Path), Field>,
    /// Verdicts as `Output.changes` told them, one by one: what pages show.
    pub(super) shown: BTreeMap<HeaderHash, Verdict>,
    /// Standing facts of changed documents: a projection as a server keeps it.
    pub(super) projection: BTreeMap<DocumentId, BTreeMap<Path, BTreeSet<FactId>>>,
}

impl Disk {
    pub(super) fn new(genesis: &File) -> Self {
        Self {
            genesis: Arc::new(genesis.clone()),
            charters: Vec::new(),
            rows: BTreeMap::new(),
            order: Vec::new(),
            values: BTreeMap::new(),
            notes: BTreeMap::new(),
            fields: BTreeMap::new(),
            shown: BTreeMap::new(),
            projection: BTreeMap::new(),
        }
    }

    /// What coordinators have not released: another machine, or one put back, begins without it.
    pub(super) fn forget_drafts(&mut self) {
        self.notes.clear();
        self.fields.clear();
    }

    /// Everything that a step asks to persist, in one transaction.
    pub(super) fn put(&mut self, out: &Output, ledger: &Ledger) {
        let mut versions: Vec<_> =
            out.persist.charters.iter().filter_map(|h| Some((h, ledger.charters().get(h)?))).collect();
        versions.sort_by_key(|(_, v)| v.charter.version);
        for (hash, version) in versions {
            let row = (*hash, version.bytes.clone(), version.signatures());
            match self.charters.iter_mut().find(|(h, _, _)| h == hash) {
                Some(known) => *known = row,
                None => self.charters.push(row),
            }
        }
        for commit in &out.persist.commits {
            let last = commit.entries.len() - 1;
            for (i, entry) in commit.entries.iter().enumerate() {
                let signature = (i == last).then_some(commit.signature);
                // Commits of an equivocating author may share their first headers.
                self.rows.entry(entry.hash).or_insert_with(|| {
                    let RawEntry { header, outline, .. } = entry.raw.clone();
                    Arc::new(Row { header, outline, signature, proof: commit.proof })
                });
                for (index, value) in (0u32..).zip(&entry.raw.values) {
                    let id = FactId { header: entry.hash, index };
                    self.values.extend(value.clone().map(|v| (id, v)));
                }
            }
            self.order.push(commit.tip().hash);
        }
        self.values.extend(out.persist.values.iter().cloned());
        for fact in &out.changes.erased {
            self.values.remove(fact);
        }
        for (tip, signature) in &out.persist.signatures {
            if let Some(row) = self.rows.get_mut(tip) {
                Arc::make_mut(row).signature = Some(*signature);
            }
        }
        for (tip, proof) in &out.persist.proofs {
            if let Some(row) = self.rows.get_mut(tip) {
                Arc::make_mut(row).proof = *proof;
            }
        }
        self.shown.extend(&out.changes.verdicts);
        for id in &out.changes.documents {
            self.projection.insert(*id, standing(ledger, id));
        }
    }

    /// The ledger that a new process reads back; an error is damage.
    pub(super) fn load(&self) -> Result<Ledger, String> {
        let book =
            CharterBook::found(self.genesis.bytes.clone(), &self.genesis.signatures).map_err(|e| e.to_string())?;
        let mut ledger = Ledger::new(book);
        for (_, bytes, signatures) in &self.charters {
            ledger.offer_charter(bytes, signatures).map_err(|e| e.to_string())?;
        }
        for tip in &self.order {
            let commit = self.commit(tip, false).ok_or_else(|| format!("{} is not whole", tip.short()))?;
            let proof = self.rows[tip].proof;
            let restored = ledger.restore(commit, proof).map_err(|r| format!("{}: {}", tip.short(), r.code))?;
            if let Some(commit) = restored {
                ledger.apply(&commit);
            }
        }
        for fact in self.values.keys() {
            ledger.value_arrived(fact);
        }
        Ok(ledger)
    }

    pub(super) fn holds(&self, header: &HeaderHash) -> bool {
        self.rows.contains_key(header)
    }

    pub(super) fn commits(&self) -> &[HeaderHash] {
        &self.order
    }

    /// The whole commit that ends at a header, found along its links.
    pub(super) fn commit(&self, tip: &HeaderHash, with_values: bool) -> Option<SignedCommit> {
        let signature = self.rows.get(tip)?.signature?;
        let mut entries = Vec::new();
        let mut at = *tip;
        loop {
            let row = self.rows.get(&at)?;
            let values = if with_values { self.values_of(&at) } else { Vec::new() };
            entries.push(RawEntry { header: row.header.clone(), outline: row.outline.clone(), values });
            let Link::Next(previous) = Header::decode(&row.header).ok()?.link else { break };
            if self.rows.get(&previous).is_none_or(|r| r.signature.is_some()) {
                break;
            }
            at = previous;
        }
        entries.reverse();
        Some(SignedCommit { entries, signature })
    }

    fn values_of(&self, header: &HeaderHash) -> Vec<Option<SaltedValue>> {
        let mut values = Vec::new();
        let (first, last) = (FactId { header: *header, index: 0 }, FactId { header: *header, index: u32::MAX });
        for (id, value) in self.values.range(first..=last) {
            values.resize(id.index as usize, None);
            values.push(Some(value.clone()));
        }
        values
    }

    /// The commits of a range in frames of a few. A frame ends at a commit whose own signature is known to fit, since
    /// the receiver believes no further than the last one that does.
    pub(super) fn frames(&self, headers: &[HeaderHash], random: &mut Random) -> Vec<Vec<SignedCommit>> {
        let (mut frames, mut frame) = (Vec::new(), Vec::new());
        for hash in headers {
            let Some(row) = self.rows.get(hash).filter(|r| r.signature.is_some()) else { continue };
            frame.extend(self.commit(hash, true));
            if row.proof == Proof::Own && random.chance(40) {
                frames.push(std::mem::take(&mut frame));
            }
        }
        if !frame.is_empty() {
            frames.push(frame);
        }
        frames
    }

    /// Commits whose own signature is still to be checked: header bytes and signature.
    pub(super) fn unproven(&self, tip: &HeaderHash) -> Option<(&[u8], Signature)> {
        let row = self.rows.get(tip).filter(|r| r.proof == Proof::Chain)?;
        Some((&row.header, row.signature?))
    }

    /// A commit stored without any check: only for plants.
    pub(super) fn plant(&mut self, commit: &SignedCommit) {
        let (hashes, last) = (commit.hashes(), commit.entries.len() - 1);
        for (i, entry) in commit.entries.iter().enumerate() {
            let signature = (i == last).then_some(commit.signature);
            let (header, outline) = (entry.header.clone(), entry.outline.clone());
            self.rows.insert(hashes[i], Arc::new(Row { header, outline, signature, proof: Proof::Own }));
        }
        self.order.push(hashes[last]);
    }

    /// Forgets amendments: only for plants.
    pub(super) fn forget_charters(&mut self) {
        self.charters.clear();
    }

    /// Forgets the commits of a step, as if they had not been written: only for plants.
    pub(super) fn forget(&mut self, tips: &[HeaderHash]) {
        self.order.retain(|t| !tips.contains(t));
    }
}

/// Standing facts per path.
pub(super) fn standing(ledger: &Ledger, id: &DocumentId) -> BTreeMap<Path, BTreeSet<FactId>> {
    let Some(founded) = ledger.document(id) else { return BTreeMap::new() };
    let paths = founded.document.paths();
    paths.map(|(path, at)| (path.clone(), at.standing().map(|(id, _)| *id).collect())).collect()
}
