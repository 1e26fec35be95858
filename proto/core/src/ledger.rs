//! What a node knows, without values: charters, logs, the verdict on every entry, and each document's facts.
//!
//! Two steps, never mixed. [`Ledger::verify`] is log acceptance: it reads, and makes `VerifiedCommit`s. [`Ledger::apply`]
//! takes in a verified commit and recomputes the effect of what depends on it. Which verdicts result depends on what
//! has been applied and offered, never on the order (keeps I3).

mod accept;
mod bases;
mod digests;
mod have;
mod judge;
mod lapse;
mod stand;

pub use accept::{Refusal, Verified};
pub use stand::Later;

use crate::{
    charter::CharterError,
    charter_book::{CharterBook, Offered, Signatures},
    commit::{Entry, Proof, VerifiedCommit},
    digest,
    document::Document,
    effect::Verdict,
    entry::{DocumentKind, Genesis, Kind, Link, Outline, Release, SpaceFounding},
    id::{
        CharterHash, Digest, DocumentId, FactId, FederationId, HeaderHash, Incarnation, LogId, OrgId, OutlineHash,
        SpaceId,
    },
    sign::PublicKey,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One stored entry.
#[derive(Debug, Clone)]
pub struct Record {
    pub log: Arc<LogId>,
    pub seq: u64,
    pub previous: Option<HeaderHash>,
    /// Tips of the organisation's earlier logs, on a first header.
    pub earlier: Vec<HeaderHash>,
    pub key: PublicKey,
    pub charter: CharterHash,
    pub document: DocumentId,
    pub kind: Kind,
    pub outline: Arc<Outline>,
    pub outline_hash: OutlineHash,
    pub hlc_ms: u64,
    pub end_of_commit: bool,
    pub verdict: Verdict,
    /// The latest charter in force that this header or one before it cites, by its place in the chain.
    high_water: Option<usize>,
}

/// One log: its headers by position (several where it has forked) and its tips.
#[derive(Debug, Clone, Default)]
pub struct Log {
    headers: BTreeSet<(u64, HeaderHash)>,
    tips: BTreeMap<HeaderHash, u64>,
    forked: bool,
    commits: u64,
    /// The latest time that its author stated in anything but a receipt.
    content_ms: Option<u64>,
}

impl Log {
    pub fn tips(&self) -> &BTreeMap<HeaderHash, u64> {
        &self.tips
    }
    pub fn forked(&self) -> bool {
        self.forked
    }
    /// The highest position.
    pub fn seq(&self) -> u64 {
        self.headers.last().map_or(0, |(seq, _)| *seq)
    }
    /// Commits stored of this log, on all its branches.
    pub fn commits(&self) -> u64 {
        self.commits
    }
    /// When its author last stated something that is no receipt, by its clock.
    pub fn content_ms(&self) -> Option<u64> {
        self.content_ms
    }
    /// All headers, in order of position.
    pub fn headers(&self) -> impl Iterator<Item = &HeaderHash> {
        self.headers.iter().map(|(_, header)| header)
    }
    /// Headers at a position: more than one is a fork.
    pub fn at(&self, seq: u64) -> impl Iterator<Item = &HeaderHash> {
        self.headers.range((seq, HeaderHash([0; 32]))..=(seq, HeaderHash([0xff; 32]))).map(|(_, header)| header)
    }
}

/// What applying a commit or a charter changed.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Every entry whose verdict is new or another than before.
    pub verdicts: BTreeMap<HeaderHash, Verdict>,
    pub documents: BTreeSet<DocumentId>,
    /// A second commit at one position, with the header it rivals: evidence for the operator.
    pub forks: Vec<(HeaderHash, HeaderHash)>,
    /// Facts whose values are gone from now on.
    pub erased: BTreeSet<FactId>,
    /// Facts whose values go with the draft that they are of, which has come to its end.
    pub lapsed: BTreeSet<FactId>,
}

impl Changes {
    pub fn merge(&mut self, other: Self) {
        self.verdicts.extend(other.verdicts);
        self.documents.extend(other.documents);
        self.forks.extend(other.forks);
        self.erased.extend(other.erased);
        self.lapsed.extend(other.lapsed);
    }
}

/// A founded document: its genesis and its facts.
#[derive(Debug, Clone, Copy)]
pub struct Founded<'a> {
    pub genesis: &'a Genesis,
    pub space: SpaceId,
    pub verdict: Verdict,
    pub document: &'a Document,
}

/// See the module's documentation.
#[derive(Debug, Clone)]
pub struct Ledger {
    book: CharterBook,
    /// Shared: a tree of hashes moves its rows about, and a record is long.
    records: BTreeMap<HeaderHash, Arc<Record>>,
    without_effect: BTreeSet<HeaderHash>,
    logs: BTreeMap<LogId, Log>,
    documents: BTreeMap<DocumentId, Document>,
    by_document: BTreeMap<DocumentId, BTreeSet<HeaderHash>>,
    by_space: BTreeMap<SpaceId, BTreeMap<DocumentKind, BTreeSet<DocumentId>>>,
    lapses: lapse::Lapses,
    waiting_for_cut: BTreeMap<HeaderHash, BTreeSet<HeaderHash>>,
    digests: digests::Digests,
    missing_values: BTreeSet<FactId>,
    proofs: BTreeMap<HeaderHash, Proof>,
}

impl Ledger {
    pub fn new(book: CharterBook) -> Self {
        Self {
            book,
            records: BTreeMap::new(),
            without_effect: BTreeSet::new(),
            logs: BTreeMap::new(),
            documents: BTreeMap::new(),
            by_document: BTreeMap::new(),
            by_space: BTreeMap::new(),
            lapses: lapse::Lapses::default(),
            waiting_for_cut: BTreeMap::new(),
            digests: digests::Digests::default(),
            missing_values: BTreeSet::new(),
            proofs: BTreeMap::new(),
        }
    }

    pub fn federation(&self) -> FederationId {
        self.book.federation()
    }
    pub fn county(&self) -> SpaceId {
        SpaceId::county(self.federation())
    }
    pub fn charters(&self) -> &CharterBook {
        &self.book
    }
    pub fn record(&self, hash: &HeaderHash) -> Option<&Record> {
        self.records.get(hash).map(Arc::as_ref)
    }
    /// The release that an entry is part of: the first entry of its commit, where that is one.
    pub fn release_of(&self, hash: &HeaderHash) -> Option<&Release> {
        let mut at = self.record(hash)?;
        loop {
            if let Outline::Release(release) = at.outline.as_ref() {
                return Some(release);
            }
            let before = self.record(&at.previous?)?;
            if before.end_of_commit || !matches!(at.kind, Kind::Document | Kind::Facts) {
                return None;
            }
            at = before;
        }
    }

    pub fn records(&self) -> impl ExactSizeIterator<Item = (&HeaderHash, &Record)> {
        self.records.iter().map(|(hash, record)| (hash, record.as_ref()))
    }
    /// Stored entries that wait or are refused.
    pub fn without_effect(&self) -> impl Iterator<Item = (&HeaderHash, &Record)> {
        self.without_effect.iter().filter_map(|hash| Some((hash, self.record(hash)?)))
    }
    pub fn verdict(&self, hash: &HeaderHash) -> Option<Verdict> {
        self.records.get(hash).map(|r| r.verdict)
    }
    pub fn logs(&self) -> impl Iterator<Item = (&LogId, &Log)> {
        self.logs.iter()
    }
    pub fn log(&self, id: &LogId) -> Option<&Log> {
        self.logs.get(id)
    }
    /// Commits whose own signature has not been checked, or is wrong.
    pub fn unproven(&self) -> &BTreeMap<HeaderHash, Proof> {
        &self.proofs
    }
    /// Facts whose value has not arrived and is not erased.
    pub fn missing_values(&self) -> &BTreeSet<FactId> {
        &self.missing_values
    }

    /// Takes in a charter file or signatures; a change re-judges everything stored.
    pub fn offer_charter(&mut self, bytes: &[u8], signatures: &Signatures) -> Result<(Offered, Changes), CharterError> {
        let offered = self.book.offer(bytes, signatures)?;
        let changes = if offered == Offered::Changed { self.judge_all() } else { Changes::default() };
        Ok((offered, changes))
    }

    /// Takes in a verified commit. Applying one again changes nothing.
    pub fn apply(&mut self, commit: &VerifiedCommit) -> Changes {
        let mut changes = Changes::default();
        if self.records.contains_key(&commit.tip().hash) {
            return changes;
        }
        let log_id = Arc::new(commit.log.clone());
        if commit.proof != Proof::Own {
            self.proofs.insert(commit.tip().hash, commit.proof);
        }
        // Two commits of an equivocating author may share their first headers: those are stored once, or their facts
        // would count twice (keeps I3).
        let fresh: Vec<&Entry> = commit.entries.iter().filter(|e| !self.records.contains_key(&e.hash)).collect();
        self.place(commit, &fresh, &mut changes);
        let mut queue = BTreeSet::new();
        for entry in &fresh {
            self.insert(entry, &log_id, commit.key, &mut changes);
            queue.insert(entry.hash);
            queue.extend(self.waiting_for_cut.remove(&entry.hash).unwrap_or_default());
            if entry.header.document != DocumentId::NONE {
                self.by_document.entry(entry.header.document).or_default().insert(entry.hash);
            }
            if entry.header.kind == Kind::Space {
                self.await_end(log_id.space);
            }
            if entry.header.kind == Kind::Document {
                let id = DocumentId::from(entry.hash);
                if let Some(Outline::Document(genesis)) = self.record(&entry.hash).map(|r| r.outline.as_ref()) {
                    let kind = genesis.kind;
                    self.by_space.entry(log_id.space).or_default().entry(kind).or_default().insert(id);
                }
                let own = self.by_document.get(&id);
                queue.extend(own.into_iter().flatten().copied());
            }
        }
        // In order of position, so that each header finds its predecessor judged.
        for entry in &fresh {
            self.judge_into(entry.hash, &mut changes, &mut queue);
        }
        self.drain(queue, &mut changes);
        let new = commit.entries.iter().filter_map(|e| Some((e.hash, self.verdict(&e.hash)?)));
        changes.verdicts.extend(new);
        changes
    }

    fn place(&mut self, commit: &VerifiedCommit, fresh: &[&Entry], changes: &mut Changes) {
        let log = self.logs.entry(commit.log.clone()).or_default();
        if let Link::Next(previous) = commit.first().header.link {
            log.tips.remove(&previous);
        }
        for entry in fresh {
            let rival = log.at(entry.header.seq).next().copied();
            if let Some(rival) = rival {
                changes.forks.push((entry.hash, rival));
                log.forked = true;
            }
            log.headers.insert((entry.header.seq, entry.hash));
            if entry.header.kind != Kind::Receipt {
                log.content_ms = log.content_ms.max(Some(entry.header.hlc_ms));
            }
        }
        log.tips.insert(commit.tip().hash, commit.tip().header.seq);
        log.commits += 1;
    }

    fn insert(&mut self, entry: &Entry, log: &Arc<LogId>, key: PublicKey, changes: &mut Changes) {
        let (previous, earlier) = match &entry.header.link {
            Link::First { earlier, .. } => (None, earlier.clone()),
            Link::Next(previous) => (Some(*previous), Vec::new()),
        };
        let erased = self.documents.get(&entry.header.document).map(Document::erased);
        let of_ended_draft = self.ended_draft(&log.space, &log.organisation);
        for (index, fact) in (0u32..).zip(entry.outline.facts()) {
            let held = entry.raw.values.get(index as usize).is_some_and(Option::is_some);
            let id = FactId { header: entry.hash, index };
            if erased.is_some_and(|e| e.contains(&id)) {
                changes.erased.insert(id); // the erasure has come before what it erases
            } else if fact.value.is_some() && !held && !of_ended_draft {
                self.missing_values.insert(id);
            }
        }
        let record = Record {
            log: log.clone(),
            seq: entry.header.seq,
            previous,
            earlier,
            key,
            charter: entry.header.charter,
            document: entry.header.document,
            kind: entry.header.kind,
            outline: Arc::new(entry.outline.clone()),
            outline_hash: entry.header.outline_hash,
            hlc_ms: entry.header.hlc_ms,
            end_of_commit: entry.header.end_of_commit,
            verdict: Verdict::Pending(crate::effect::Missing::Charter(entry.header.charter)),
            high_water: None,
        };
        self.records.insert(entry.hash, Arc::new(record));
    }

    /// A value has been stored for a fact: true if it was missing.
    pub fn value_arrived(&mut self, fact: &FactId) -> bool {
        self.missing_values.remove(fact)
    }

    /// A value that was stored is gone (erased here, or found damaged).
    pub fn value_lost(&mut self, fact: FactId) {
        if !self.gone(&fact) {
            self.missing_values.insert(fact);
        }
    }

    /// What the background check of a commit's own signature found.
    pub fn set_proof(&mut self, tip: HeaderHash, proof: Proof) {
        if proof == Proof::Own {
            self.proofs.remove(&tip);
        } else {
            self.proofs.insert(tip, proof);
        }
    }

    /// The outline of one fact.
    pub fn fact(&self, id: &FactId) -> Option<&crate::entry::FactOutline> {
        self.records.get(&id.header)?.outline.facts().get(id.index as usize)
    }

    /// True once the archive owner's erasure of the fact is admitted.
    pub fn erased(&self, fact: &FactId) -> bool {
        let document = self.records.get(&fact.header).map(|r| r.document);
        document.and_then(|d| self.documents.get(&d)).is_some_and(|d| d.erased().contains(fact))
    }

    /// A document whose genesis is stored.
    pub fn document(&self, id: &DocumentId) -> Option<Founded<'_>> {
        let record = self.records.get(&HeaderHash(id.0))?;
        let Outline::Document(genesis) = record.outline.as_ref() else { return None };
        let document = self.documents.get(id)?;
        Some(Founded { genesis, space: record.log.space, verdict: record.verdict, document })
    }

    /// Documents with an admitted genesis.
    pub fn documents(&self) -> impl Iterator<Item = (DocumentId, Founded<'_>)> {
        self.documents.keys().filter_map(|id| Some((*id, self.document(id)?))).filter(|(_, d)| d.verdict.admitted())
    }

    /// The documents that lie in a space, whatever the verdict on them is.
    pub fn documents_in(&self, space: &SpaceId) -> impl Iterator<Item = (DocumentId, Founded<'_>)> {
        self.ids_in(space).filter_map(|id| Some((*id, self.document(id)?)))
    }

    /// The same of one kind.
    pub fn documents_of(&self, space: &SpaceId, kind: DocumentKind) -> impl Iterator<Item = (DocumentId, Founded<'_>)> {
        let ids = self.by_space.get(space).and_then(|kinds| kinds.get(&kind));
        ids.into_iter().flatten().filter_map(|id| Some((*id, self.document(id)?)))
    }

    fn ids_in(&self, space: &SpaceId) -> impl Iterator<Item = &DocumentId> {
        self.by_space.get(space).into_iter().flat_map(BTreeMap::values).flatten()
    }

    /// Entries that belong to a document.
    pub fn entries_of(&self, document: &DocumentId) -> impl Iterator<Item = &HeaderHash> {
        self.by_document.get(document).into_iter().flatten()
    }

    /// How a smaller space was founded.
    pub fn space(&self, id: &SpaceId) -> Option<&SpaceFounding> {
        match self.records.get(&HeaderHash(id.0))?.outline.as_ref() {
            Outline::Space(founding) => Some(founding),
            _ => None,
        }
    }

    /// True if an organisation may read and write a space.
    pub fn member(&self, space: &SpaceId, org: &OrgId) -> bool {
        if *space == self.county() {
            return self.book.in_force().1.party(org).is_some();
        }
        self.space(space).is_some_and(|s| s.members.contains(org))
    }

    /// Spaces that an organisation is a member of.
    pub fn spaces_of(&self, org: &OrgId) -> BTreeSet<SpaceId> {
        let stored: BTreeSet<SpaceId> = self.logs.keys().map(|l| l.space).collect();
        stored.into_iter().chain([self.county()]).filter(|s| self.member(s, org)).collect()
    }

    /// The digest of one document's state.
    pub fn document_digest(&self, id: &DocumentId) -> Option<Digest> {
        self.digests.get(id, || self.make_digest(*id))
    }

    /// The (document, digest) pairs of a space, sorted.
    pub fn document_digests(&self, space: &SpaceId) -> BTreeMap<DocumentId, Digest> {
        self.ids_in(space).filter_map(|id| Some((*id, self.document_digest(id)?))).collect()
    }

    /// The state digest of a space.
    pub fn digest(&self, space: &SpaceId) -> Digest {
        digest::state(self.document_digests(space).iter())
    }

    fn refresh_digest(&mut self, id: DocumentId) {
        let entries = self.by_document.get(&id).map_or(0, BTreeSet::len);
        if self.digests.changed(id, entries) {
            self.digests.put(id, self.make_digest(id));
        }
    }

    fn make_digest(&self, id: DocumentId) -> Digest {
        let genesis = self.records.get(&HeaderHash(id.0)).map(|r| r.verdict);
        let empty = Document::default();
        digest::document(id, genesis.as_ref(), self.documents.get(&id).unwrap_or(&empty))
    }
}

/// A log's tip, for lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    pub incarnation: Incarnation,
    pub seq: u64,
    pub hash: HeaderHash,
}
