//! From a working copy to a commit: the value difference through the release rules, signed and stored together with the
//! bridge's new base, one at a time for each working copy.

pub(crate) mod desk;
mod seen;
#[cfg(test)]
mod tests;

use crate::{
    driver::{Composed, Handle, Pen, now_ms, random},
    failure::Failure,
    secrecy::{self, Circumstances, Disclosed, HeldBack, Overruled, Proposed, scan::Words},
    store::{RequestRow, Store, WorkingCopyRow},
    working::{self, Bridge},
};
use automerge::{ActorId, Automerge};
use samsyn_client::{
    mark,
    model::{self, Draft},
};
use samsyn_core::{
    charter::Charter,
    code::Code,
    commit::{CommitBuilder, Statement},
    effect::Verdict,
    entry::{Audience, DocumentKind, Genesis, Outline, Purpose, Release},
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation, Name, OrgId, Path},
    limits, rules,
    value::Value,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

/// The act of sharing, as the one who publishes chose it.
#[derive(Debug, Clone)]
pub struct Act {
    pub purpose: Purpose,
    pub audience: Audience,
    pub authority: AuthorityId,
    pub role: Name,
}

/// How much of what differs is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    All,
    /// What differs at other paths stays a draft.
    Only(BTreeSet<Path>),
}

/// What came of publishing.
#[derive(Debug, Clone, Default)]
pub struct Published {
    pub commit: Option<HeaderHash>,
    pub document: Option<DocumentId>,
    pub paths: Vec<Path>,
    pub held: Vec<HeldBack>,
}

/// A working copy read from the store, with what others have stated since already imported.
#[derive(Debug)]
pub struct Opened {
    pub row: WorkingCopyRow,
    pub document: Automerge,
    pub bridge: Bridge,
    pub draft: Draft,
    charter: Charter,
    own: OrgId,
    genesis: Genesis,
}

/// Locks that are kept although nobody holds them.
const LOCKS_KEPT: usize = 1_024;

/// One lock for each working copy.
#[derive(Debug, Default)]
pub struct Locks(Mutex<BTreeMap<Incarnation, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    pub async fn lock(&self, id: Incarnation) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Ids come from devices: one that names many must not fill the memory.
            if locks.len() >= LOCKS_KEPT {
                locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            }
            locks.entry(id).or_default().clone()
        };
        lock.lock_owned().await
    }
}

/// Opens a working copy: loads it and imports what has been stated since. Hold its lock.
pub async fn open(driver: &Handle, store: &Store, row: WorkingCopyRow) -> Result<Opened, Failure> {
    let mut document = working::load(&row.automerge)?;
    let mut bridge = Bridge::decode(&row.bridge)?;
    let kind = model::kind(&document).map_err(working::failure)?;
    let (id, authority) = (row.document, row.authority.clone());
    let (charter, own, seen) = driver.query(move |machine, _| seen::snapshot(machine, id, now_ms())).await?;
    let mut row = row;
    // A cut or a refused genesis has taken the document's effect: the draft stands, and can be released as a new one.
    let refused = seen.as_ref().is_some_and(|s| matches!(s.verdict, Verdict::Refused(_)));
    if row.document.is_some() && seen.is_none() {
        return Err(Failure::new(
            Code::InputNotFound,
            "the document of this working copy is not here",
            "see 'samsynd verify'; it comes back from the other nodes",
        ));
    }
    if refused {
        row.document = None;
        bridge = Bridge::at(&document);
    }
    let seen = seen.filter(|_| !refused);
    let genesis = match &seen {
        Some(seen) => seen.genesis.clone(),
        None => Genesis { kind, owner: own.clone(), authority, archive_owner: own.clone(), body: None },
    };
    if let Some(seen) = seen {
        let standing = seen.standing(store).await?;
        if bridge.import(&mut document, &standing, || Ok(ActorId::from(random::<16>()?)))? {
            row.automerge = working::save(&document);
            row.bridge = bridge.encode();
            let saved = row.clone();
            driver.write(move |_| Ok(Composed { working_copy: Some(saved), ..Composed::default() })).await?;
        }
    }
    let draft = model::read(&document).map_err(working::failure)?;
    Ok(Opened { row, document, bridge, draft, charter, own, genesis })
}

impl Opened {
    pub fn kind(&self) -> DocumentKind {
        self.genesis.kind
    }

    /// Paths that differ from what is published.
    pub fn unpublished(&self) -> Vec<Proposed> {
        self.bridge.difference(&self.draft)
    }

    /// Of the paths that are named only those that differ: what is kept of a request is bounded by the draft.
    pub fn named(&self, which: &Which) -> Option<BTreeSet<Path>> {
        match which {
            Which::All => None,
            Which::Only(_) => Some(self.proposed(which).into_iter().map(|p| p.path).collect()),
        }
    }

    fn proposed(&self, which: &Which) -> Vec<Proposed> {
        let mut proposed = self.unpublished();
        if let Which::Only(paths) = which {
            proposed.retain(|p| paths.contains(&p.path));
        }
        proposed
    }

    /// What is about to leave, to whom and as what, told apart from any other release.
    pub fn content(&self, act: &Act, which: &Which) -> String {
        let proposed = sorted(self.proposed(which));
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        let kind = format!("{:?} {:?} {}", act.purpose, act.audience, act.authority);
        part(kind.as_bytes());
        part(self.row.document.as_ref().map_or(&[][..], |id| &id.0));
        for p in proposed {
            part(p.path.as_str().as_bytes());
            part(&[u8::from(p.value.is_some())]);
            part(&p.value.as_ref().map(Value::encode).unwrap_or_default());
            replaced(&p, &mut part);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// All that differs from what is published, told apart from anything else: without to whom and as what it may leave.
    pub fn differing(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        for p in sorted(self.unpublished()) {
            part(p.path.as_str().as_bytes());
            part(&p.value.as_ref().map(Value::encode).unwrap_or_default());
            // What it takes the place of was looked at too.
            part(&self.bridge.based_on(&p.path).map(Value::encode).unwrap_or_default());
            replaced(&p, &mut part);
        }
        hasher.finalize().to_hex().to_string()
    }

    fn assess(
        &self,
        which: &Which,
        (words, overruled): (Option<&Words>, &Overruled),
    ) -> Result<Disclosed<Vec<Proposed>>, Vec<HeldBack>> {
        let proposed = self.proposed(which);
        let mut whole = self.draft.values();
        if let Which::Only(paths) = which {
            // The rest stays as it is published.
            whole.retain(|path, _| paths.contains(path));
            whole.extend(self.bridge.published_values().filter(|(path, _)| !paths.contains(path)));
        }
        let circumstances = Circumstances {
            charter: &self.charter,
            genesis: &self.genesis,
            author: &self.own,
            whole: &whole,
            words,
            overruled,
            marks: &mark::marks(&self.draft),
        };
        secrecy::assess(&circumstances, proposed)
    }

    /// Says what a publication would be, and publishes nothing.
    pub fn preview(&self, which: &Which, words: Option<&Words>) -> Published {
        let paths = self.proposed(which).into_iter().map(|p| p.path).collect();
        let held = self.assess(which, (words, &Overruled::default())).err().unwrap_or_default();
        Published { commit: None, document: self.row.document, paths, held }
    }

    /// Publishes what differs. Nothing differs: nothing is stated. The request that it answers is kept with it.
    pub async fn publish(
        self,
        driver: &Handle,
        act: Act,
        which: Which,
        (words, overruled): (Option<&Words>, &Overruled),
        answered: Option<RequestRow>,
    ) -> Result<Published, Failure> {
        let proposed = match self.assess(&which, (words, overruled)) {
            Ok(proposed) => proposed,
            Err(held) => return Ok(Published { held, document: self.row.document, ..Published::default() }),
        };
        if proposed.get().is_empty() {
            return Ok(Published { document: self.row.document, ..Published::default() });
        }
        let paths: Vec<Path> = proposed.get().iter().map(|p| p.path.clone()).collect();
        let salts = proposed.get().iter().map(|_| random::<32>()).collect::<Result<Vec<_>, _>>()?;
        let written = Arc::new(Mutex::new(None));
        let told = written.clone();
        let commit = driver
            .write(move |pen| {
                let composed = Composed { request: answered, ..self.compose(pen, &act, &proposed, salts)? };
                let document = composed.working_copy.as_ref().and_then(|r| r.document);
                *told.lock().unwrap_or_else(PoisonError::into_inner) = document;
                Ok(composed)
            })
            .await?;
        let document = *written.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(document), Some(commit)) = (document, commit) {
            tracing::info!(%document, %commit, facts = paths.len(), "published");
        }
        Ok(Published { commit, document, paths, held: Vec::new() })
    }

    /// One commit: the release, the genesis if this is the first, and the facts. With it the working copy's new base.
    fn compose(
        mut self,
        pen: &Pen<'_>,
        act: &Act,
        proposed: &Disclosed<Vec<Proposed>>,
        salts: Vec<[u8; 32]>,
    ) -> Result<Composed, Failure> {
        let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
        let release = Release {
            purpose: act.purpose,
            audience: act.audience,
            authority: act.authority.clone(),
            role: act.role.clone(),
        };
        builder.add(DocumentId::NONE, &Outline::Release(release));
        let document = self.row.document.unwrap_or_else(|| {
            DocumentId::from(builder.add(DocumentId::NONE, &Outline::Document(self.genesis.clone())))
        });
        let mut before = if self.row.document.is_some() { 1 } else { 2 };
        let mut statements = Vec::with_capacity(proposed.get().len());
        for (p, salt) in proposed.get().iter().zip(salts) {
            let (replaces, entries) = gathered(&mut builder, document, &p.path, p.replaces.clone());
            before += entries;
            statements.push(Statement { path: p.path.clone(), value: p.value.clone(), salt, replaces });
        }
        let entries = statements.len().div_ceil(limits::FACTS_PER_ENTRY_MAX);
        let mut rest = statements.into_iter();
        for _ in 0..entries {
            builder.facts(document, rest.by_ref().take(limits::FACTS_PER_ENTRY_MAX).collect());
        }
        let commit = builder.sign(pen.key);
        if commit.size_bytes() > limits::COMMIT_BYTES_MAX {
            return Err(Failure::new(
                Code::CommitTooLarge,
                "this is more than one release can hold (4 MiB)",
                "publish in smaller steps",
            ));
        }
        let hashes = commit.hashes();
        let ids: Vec<FactId> = (0..proposed.get().len())
            .map(|i| FactId {
                header: hashes[before + i / limits::FACTS_PER_ENTRY_MAX],
                index: u32::try_from(i % limits::FACTS_PER_ENTRY_MAX).unwrap_or(0),
            })
            .collect();
        let alone = self.unpublished().len() > proposed.get().len();
        self.bridge.published(&self.document, proposed, &ids, alone);
        self.row.document = Some(document);
        // The draft itself is what it was.
        self.row.bridge = self.bridge.encode();
        Ok(Composed { commit: Some(commit), working_copy: Some(self.row), ..Composed::default() })
    }
}

/// Which facts a statement takes the place of, for a hash: where others have said something since, it is another release.
fn replaced(proposed: &Proposed, part: &mut impl FnMut(&[u8])) {
    for fact in &proposed.replaces {
        part(&fact.header.0);
        part(&fact.index.to_le_bytes());
    }
}

fn sorted(mut proposed: Vec<Proposed>) -> Vec<Proposed> {
    proposed.sort_by(|a, b| a.path.cmp(&b.path));
    proposed
}

/// True if a draft says anything else than what this organisation knows to be published of it.
fn differs(row: &WorkingCopyRow) -> Result<bool, Failure> {
    let draft = model::read(&working::load(&row.automerge)?).map_err(working::failure)?;
    Ok(!Bridge::decode(&row.bridge)?.difference(&draft).is_empty())
}

/// What a fact replaces, as few names as one fact may have: where more stand, removals before it gather them, each with
/// the one before. Otherwise anybody could keep a joint text from ever being settled by stating it often enough. Also:
/// how many entries that took.
fn gathered(
    builder: &mut CommitBuilder,
    document: DocumentId,
    path: &Path,
    mut replaces: Vec<FactId>,
) -> (Vec<FactId>, usize) {
    let mut entries = 0;
    while replaces.len() > limits::REPLACES_MAX {
        let named: Vec<FactId> = replaces.drain(..limits::REPLACES_MAX).collect();
        let removal = Statement { path: path.clone(), value: None, salt: [0; 32], replaces: named };
        let header = builder.facts(document, vec![removal]);
        replaces.insert(0, FactId { header, index: 0 });
        entries += 1;
    }
    (replaces, entries)
}

/// Who a new document of a kind would belong to, and whether this organisation may found one.
pub fn may_found(charter: &Charter, own: &OrgId, kind: DocumentKind, authority: &AuthorityId) -> Result<(), Failure> {
    let genesis =
        Genesis { kind, owner: own.clone(), authority: authority.clone(), archive_owner: own.clone(), body: None };
    rules::may_found(charter, &genesis, own).map_err(|code| {
        Failure::new(
            code,
            format!("'{own}' may not found a document of this kind"),
            "roadmaps and the programme are founded by hosts of the programme office",
        )
    })
}
