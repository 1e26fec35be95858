//! From a working copy to a commit: the value difference through the release rules, signed and stored together with the
//! bridge's new base, one at a time for each working copy.

use crate::{
    driver::{Composed, Handle, Pen, random},
    failure::Failure,
    projection,
    secrecy::{self, Circumstances, Disclosed, HeldBack, Proposed},
    store::{Store, WorkingCopyRow},
    working::{self, Bridge, Standing},
};
use automerge::{ActorId, Automerge};
use samsyn_client::model::{self, Draft};
use samsyn_core::{
    charter::Charter,
    code::Code,
    commit::{CommitBuilder, Statement},
    effect::Verdict,
    entry::{Audience, DocumentKind, Genesis, Outline, Purpose, Release},
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation, Name, OrgId, Path},
    limits,
    prose::Prose,
    rules,
    sync::Machine,
    value::{Value, ValueFault, ValueType},
};
use std::{
    collections::BTreeMap,
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

/// One lock for each working copy.
#[derive(Debug, Default)]
pub struct Locks(Mutex<BTreeMap<Incarnation, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    pub async fn lock(&self, id: Incarnation) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone();
        lock.lock_owned().await
    }
}

/// Opens a working copy: loads it and imports what has been stated since. Hold its lock.
pub async fn open(driver: &Handle, store: &Store, row: WorkingCopyRow) -> Result<Opened, Failure> {
    let mut document = working::load(&row.automerge)?;
    let mut bridge = Bridge::decode(&row.bridge)?;
    let kind = model::kind(&document).map_err(working::failure)?;
    let (id, authority) = (row.document, row.authority.clone());
    let (charter, own, seen) = driver.query(move |machine, _| snapshot(machine, id)).await?;
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
        if bridge.import(&mut document, &standing, ActorId::from(random::<16>()?))? {
            row.automerge = document.save();
            row.bridge = bridge.encode();
            let saved = row.clone();
            driver.write(move |_| Ok(Composed { commit: None, working_copy: Some(saved) })).await?;
        }
    }
    let draft = model::read(&document).map_err(working::failure)?;
    Ok(Opened { row, document, bridge, draft, charter, own, genesis })
}

/// What the ledger knows of a document, taken out of the driver.
struct Seen {
    genesis: Genesis,
    verdict: Verdict,
    /// Per path: every admitted fact that has a value or is a removal, what it replaces and who stated it.
    paths: BTreeMap<Path, PathSeen>,
}

struct PathSeen {
    standing: Vec<FactId>,
    admitted: BTreeMap<FactId, samsyn_core::document::Fact>,
    erased: Vec<FactId>,
}

fn snapshot(machine: &Machine, document: Option<DocumentId>) -> (Charter, OrgId, Option<Seen>) {
    let ledger = machine.ledger();
    let charter = ledger.charters().in_force().1.clone();
    let seen = document.and_then(|id| ledger.document(&id)).map(|founded| Seen {
        genesis: founded.genesis.clone(),
        verdict: founded.verdict,
        paths: founded
            .document
            .paths()
            .filter(|(path, _)| rules::writable(&charter, founded.genesis, machine.own(), path))
            .map(|(path, at)| {
                let standing = at.standing().map(|(id, _)| *id).collect();
                let erased = at.admitted().keys().filter(|f| founded.document.erased().contains(f)).copied().collect();
                // History is only needed where it is merged.
                let prose =
                    at.admitted().values().any(|f| f.value.as_ref().is_some_and(|v| v.kind == ValueType::Prose));
                let admitted = if prose {
                    at.admitted().clone()
                } else {
                    at.standing().map(|(id, fact)| (*id, fact.clone())).collect()
                };
                (path.clone(), PathSeen { standing, admitted, erased })
            })
            .collect(),
    });
    (charter, machine.own().clone(), seen)
}

impl Seen {
    /// What stands at every path that this organisation may write, with values. A path whose value has not arrived is
    /// left out: it is imported when it is here.
    async fn standing(&self, store: &Store) -> Result<BTreeMap<Path, Standing>, Failure> {
        let mut headers: Vec<HeaderHash> =
            self.paths.values().flat_map(|p| p.admitted.keys().map(|f| f.header)).collect();
        headers.sort_unstable();
        headers.dedup();
        let values = store.values_of(&headers).await?;
        let stands = |(path, seen): (&Path, &PathSeen)| Some((path.clone(), seen.stands(&values)?));
        // A merge of hostile texts can take seconds: it must not hold up other calls.
        Ok(tokio::task::block_in_place(|| self.paths.iter().filter_map(stands).collect()))
    }
}

impl PathSeen {
    fn stands(&self, values: &projection::Values) -> Option<Standing> {
        let facts = self.standing.clone();
        let settled = |value| Some(Standing { facts: facts.clone(), value, contested: false });
        match self.standing.as_slice() {
            [] => None,
            [one] => match self.value(one, values) {
                Ok(value) => settled(value),
                Err(ValueFault::Missing) => None,
                Err(_) => settled(None),
            },
            _ => match self.merged(values) {
                Some(text) => settled(Some(Value::Prose(text))),
                None => Some(Standing { facts, value: None, contested: true }),
            },
        }
    }

    fn value(&self, id: &FactId, values: &projection::Values) -> Result<Option<Value>, ValueFault> {
        let Some(outline) = self.admitted.get(id).and_then(|f| f.value.as_ref()) else { return Ok(None) };
        if self.erased.contains(id) {
            return Err(ValueFault::Erased);
        }
        values.get(&id.header).and_then(|v| v.get(&id.index)).ok_or(ValueFault::Missing)?.open(outline).map(Some)
    }

    /// Joint prose: the merge of what stands, if it can be made.
    fn merged(&self, values: &projection::Values) -> Option<String> {
        match projection::joint_prose(&self.admitted, |f| self.erased.contains(f), values) {
            Prose::Merged(merged) => Some(merged.text),
            // Nothing to merge from: every version, one after the other, so that no publication loses anybody's words.
            Prose::SideBySide(apart) => {
                let texts: Option<Vec<String>> = apart.versions.into_iter().map(|v| v.text).collect();
                let mut texts = texts?;
                texts.retain(|t| !t.is_empty());
                texts.dedup();
                Some(texts.join("\n\n"))
            }
            Prose::Empty { .. } => None,
        }
    }
}

impl Opened {
    /// Paths that differ from what is published.
    pub fn unpublished(&self) -> Vec<Proposed> {
        self.bridge.difference(&self.draft)
    }

    fn assess(&self) -> Result<Disclosed<Vec<Proposed>>, Vec<HeldBack>> {
        let whole = self.draft.values();
        let circumstances =
            Circumstances { charter: &self.charter, genesis: &self.genesis, author: &self.own, whole: &whole };
        secrecy::assess(&circumstances, self.unpublished())
    }

    /// Says what a publication would be, and publishes nothing.
    pub fn preview(&self) -> Published {
        let paths = self.unpublished().into_iter().map(|p| p.path).collect();
        let held = self.assess().err().unwrap_or_default();
        Published { commit: None, document: self.row.document, paths, held }
    }

    /// Publishes what differs. Nothing differs: nothing is stated.
    pub async fn publish(self, driver: &Handle, act: Act) -> Result<Published, Failure> {
        let proposed = match self.assess() {
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
                let composed = self.compose(pen, &act, &proposed, salts)?;
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
        let statements: Vec<Statement> = proposed
            .get()
            .iter()
            .zip(salts)
            .map(|(p, salt)| Statement {
                path: p.path.clone(),
                value: p.value.clone(),
                salt,
                replaces: p.replaces.clone(),
            })
            .collect();
        let before = if self.row.document.is_some() { 1 } else { 2 };
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
        self.bridge.published(&self.document, proposed, &ids);
        self.row.document = Some(document);
        self.row.bridge = self.bridge.encode();
        self.row.automerge = self.document.save();
        Ok(Composed { commit: Some(commit), working_copy: Some(self.row) })
    }
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
