//! What is left to do here once an erasure has taken effect: drafts remember earlier texts, and files what was deleted.
//! Only when both are gone does this node say to the others that it has executed the erasure (keeps I10).

use super::{Erasing, Retired, request::Request};
use crate::{
    audit::{Act, Audit},
    driver::{Changed, Composed, Handle, now_ms, random},
    failure::Failure,
    release::{self, desk::Desk},
    rulebook::Rulebook,
    store::{DisposalReason, DisposalRow, Store, WorkingCopyRow},
    working,
};
use automerge::ActorId;
use samsyn_client::model::Draft;
use samsyn_core::{
    code::Code,
    commit::CommitBuilder,
    entry::{Erasure, Outline},
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation, Path, SpaceId},
    ledger::{Founded, Ledger},
    limits::ERASED_FACTS_MAX,
};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long changes are gathered before they are looked at.
const LOOK_AFTER: Duration = Duration::from_secs(1);
/// How soon what could not be done is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How often drafts are made anew and files swept: a party that erases without end must not keep others from writing.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// Changed documents that are told apart.
const CHANGED_MAX: usize = 1_000;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Clerk {
    driver: Handle,
    store: Arc<Store>,
    rulebook: Arc<Rulebook>,
    desk: Arc<Desk>,
    audit: Option<Arc<Audit>>,
    /// Documents that are to be looked at; none: all.
    waiting: Option<BTreeSet<DocumentId>>,
    swept: Option<Instant>,
    /// For the metrics: documents of which erased values may still stand in drafts or files.
    unfinished: Arc<AtomicU64>,
}

/// A document from which something has been erased.
#[derive(Debug, Clone)]
struct Erased {
    document: DocumentId,
    space: SpaceId,
    /// Erased values, and the paths at which they stood.
    facts: BTreeSet<FactId>,
    paths: BTreeSet<Path>,
    /// What this organisation has not yet said that it has executed; nothing where it is the archive owner.
    unsaid: BTreeSet<FactId>,
}

impl Clerk {
    pub(crate) fn new(
        driver: Handle,
        store: Arc<Store>,
        rulebook: Arc<Rulebook>,
        desk: Arc<Desk>,
        audit: Option<Arc<Audit>>,
    ) -> Self {
        let (waiting, swept, unfinished) = (None, None, Arc::default());
        Self { driver, store, rulebook, desk, audit, waiting, swept, unfinished }
    }

    pub(crate) fn unfinished(&self) -> Arc<AtomicU64> {
        self.unfinished.clone()
    }

    /// Works for as long as the node runs.
    pub(crate) async fn follow(mut self) {
        let mut watch = self.driver.watch();
        // A fault is told once, until it is another one.
        let mut told = String::new();
        loop {
            let failures = self.work(false).await;
            let now = failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            if !now.is_empty() && now != told {
                tracing::warn!("an erasure is not carried out to its end, and is tried again: {now}");
            }
            told = now;
            let idle = self.waiting.as_ref().is_some_and(BTreeSet::is_empty);
            let changed = if idle {
                watch.next(CHANGED_MAX).await
            } else {
                let changed = tokio::time::timeout(AGAIN_AFTER, watch.next(CHANGED_MAX)).await;
                changed.unwrap_or_else(|_| Some(Changed::Documents(BTreeSet::new())))
            };
            match (changed, &mut self.waiting) {
                (None, _) => return std::future::pending().await, // the node is stopping
                (Some(Changed::Documents(ids)), Some(waiting)) => waiting.extend(ids),
                (Some(_), waiting) => *waiting = None,
            }
            tokio::time::sleep(LOOK_AFTER).await;
        }
    }

    /// One look at what waits; `whole` does all of it now, and writes the database anew. What failed is looked at again.
    pub(crate) async fn work(&mut self, whole: bool) -> Vec<Failure> {
        match self.look().await {
            Ok(erased) => self.carry_out(erased, whole).await,
            Err(failure) => vec![failure],
        }
    }

    /// True if something that has been erased may still stand in a draft or in the database's files.
    pub(crate) async fn has_work(&mut self) -> Result<bool, Failure> {
        let (erased, done) = (self.look().await?, self.store.erasures_done().await?);
        Ok(erased.iter().any(|e| done.get(&e.document) != Some(&e.digest())))
    }

    async fn look(&mut self) -> Result<Vec<Erased>, Failure> {
        let (rulebook, waiting) = (self.rulebook.clone(), self.waiting.clone());
        let looked = self.driver.query(move |machine, _| {
            let (ledger, own) = (machine.ledger(), machine.own());
            let request = Request { ledger, own, rulebook: &rulebook, now_ms: now_ms() };
            look(&request, waiting.as_ref())
        });
        looked.await
    }

    async fn carry_out(&mut self, erased: Vec<Erased>, whole: bool) -> Vec<Failure> {
        let done = match self.store.erasures_done().await {
            Ok(done) => done,
            Err(failure) => return vec![failure],
        };
        let new: Vec<&Erased> = erased.iter().filter(|e| done.get(&e.document) != Some(&e.digest())).collect();
        let mut failures = Vec::new();
        let mut left: BTreeSet<DocumentId> = BTreeSet::new();
        if !new.is_empty() || whole {
            if !whole && self.swept.is_some_and(|at| at.elapsed() < SWEEP_EVERY) {
                self.waiting = Some(erased.iter().map(|e| e.document).collect());
                self.unfinished.store(new.len() as u64, Ordering::Relaxed);
                return failures;
            }
            self.swept = Some(Instant::now());
            for erased in &new {
                if let Err(failure) = self.forget(erased).await {
                    failures.push(failure);
                    left.insert(erased.document);
                }
            }
            if let Err(failure) = self.sweep(&new, &left, whole).await {
                failures.push(failure);
                left.extend(new.iter().map(|e| e.document));
            }
        }
        for erased in erased.iter().filter(|e| !left.contains(&e.document)).collect::<Vec<_>>() {
            if let Err(failure) = self.say(erased).await {
                failures.push(failure);
                left.insert(erased.document);
            }
        }
        self.unfinished.store(left.len() as u64, Ordering::Relaxed);
        self.waiting = Some(left);
        failures
    }

    /// Overwrites what deleted rows have left, and writes down for which documents that is done.
    async fn sweep(&self, new: &[&Erased], but: &BTreeSet<DocumentId>, whole: bool) -> Result<(), Failure> {
        if !self.store.sweep(whole).await? {
            let message = "another program reads the database, so its log still holds what was erased";
            return Err(Failure::new(
                Code::InUse,
                message,
                "let a backup or the like end, then start the node: it goes on",
            ));
        }
        failpoint!(FilesSwept);
        for erased in new.iter().filter(|e| !but.contains(&e.document)) {
            let done = Some((erased.document, erased.digest()));
            self.write(None, Erasing { done, ..Erasing::default() }).await?;
        }
        Ok(())
    }

    /// Makes the draft of a document anew, without its history.
    async fn forget(&self, erased: &Erased) -> Result<(), Failure> {
        if erased.paths.is_empty() {
            return Ok(()); // nothing of it has ever been in a working copy
        }
        let Some(row) = self.store.working_copy_of(&erased.document).await? else { return Ok(()) };
        let _lock = self.desk.lock(row.id).await;
        let Some(row) = self.store.working_copy(&row.id).await? else { return Ok(()) };
        let old = row.id;
        // First what others have stated since: unsent words stand on that, not on what was erased.
        let opened = release::open(&self.driver, &self.store, row).await?;
        let (facts, paths, actor) = (erased.facts.clone(), erased.paths.clone(), ActorId::from(random::<16>()?));
        let id = Incarnation(random::<16>()?);
        let made = tokio::task::spawn_blocking(move || {
            let kind = opened.kind();
            let (document, bridge, draft) = working::squash(&opened.document, &opened.bridge, (&facts, &paths), actor)?;
            let fresh = WorkingCopyRow {
                id,
                title: working::title(kind, &draft),
                automerge: document.save(),
                bridge: bridge.encode(),
                updated_ms: now_ms(),
                ..opened.row
            };
            Ok::<_, Failure>((!is_empty(&draft)).then_some(fresh))
        });
        let made = made.await;
        let fresh = made.map_err(|_| {
            Failure::new(Code::Failed, format!("the draft {old} could not be made anew"), "see the node's log")
        })??;
        tracing::info!(draft = %old, "a draft is made anew, since texts that it remembers have been erased");
        let retired = Some(Retired { id: old, successor: fresh.as_ref().map(|row| row.id) });
        failpoint!(DraftSquashed);
        self.write(fresh, Erasing { retired, ..Erasing::default() }).await?;
        failpoint!(DraftRetired);
        working::forget();
        Ok(())
    }

    async fn write(&self, working_copy: Option<WorkingCopyRow>, erasing: Erasing) -> Result<(), Failure> {
        let composed = Composed { working_copy, erasing: Some(erasing), ..Composed::default() };
        self.driver.write(move |_| Ok(composed)).await.map(drop)
    }

    /// Tells the others what is gone here; not of what an authority keeps.
    async fn say(&self, erased: &Erased) -> Result<(), Failure> {
        if erased.unsaid.is_empty() {
            return Ok(());
        }
        let kept: BTreeSet<FactId> =
            self.store.archived(Some(&erased.document)).await?.into_iter().map(|value| value.fact).collect();
        let gone: Vec<FactId> = erased.unsaid.difference(&kept).copied().collect();
        let Some(authority) = self.answers(erased.document).await? else { return Ok(()) };
        let rules = self.rulebook.of(&authority);
        let basis = rules.retention.request_basis.clone();
        for facts in gone.chunks(ERASED_FACTS_MAX) {
            if let Some(audit) = self.audit.as_ref().filter(|_| !basis.is_empty()) {
                audit.write(
                    Act::Disposed {
                        authority: authority.as_str(),
                        decision: &basis,
                        plan: "",
                        rules: &rules.version,
                        documents: 1,
                        values: facts.len(),
                    },
                    None,
                )?;
            }
            let why = (!basis.is_empty()).then(|| DisposalReason {
                decision: basis.clone(),
                class: String::new(),
                what: "request".to_owned(),
                basis: basis.clone(),
                plan: String::new(),
            });
            let statement = Statement {
                document: erased.document,
                space: erased.space,
                authority: authority.clone(),
                facts: facts.to_vec(),
                why,
            };
            self.driver.write(move |pen| Ok(statement.compose(pen, Erasing::default()))).await?;
        }
        Ok(())
    }

    /// The authority in whose name the organisation answers for a document.
    async fn answers(&self, document: DocumentId) -> Result<Option<AuthorityId>, Failure> {
        let rulebook = self.rulebook.clone();
        let listed = self.driver.query(move |machine, _| {
            Request { ledger: machine.ledger(), own: machine.own(), rulebook: &rulebook, now_ms: now_ms() }.listed()
        });
        let registered = self.store.registered(&document, &listed.await?).await?;
        let rulebook = self.rulebook.clone();
        self.driver
            .query(move |machine, _| {
                let (ledger, own) = (machine.ledger(), machine.own());
                let request = Request { ledger, own, rulebook: &rulebook, now_ms: now_ms() };
                request.concerned(&ledger.document(&document)?, registered).into_iter().next()
            })
            .await
    }
}

/// That this organisation has executed an erasure.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) document: DocumentId,
    pub(crate) space: SpaceId,
    pub(crate) authority: AuthorityId,
    pub(crate) facts: Vec<FactId>,
    pub(crate) why: Option<DisposalReason>,
}

impl Statement {
    pub(crate) fn compose(self, pen: &crate::driver::Pen<'_>, erasing: Erasing) -> Composed {
        let Self { document, space, authority, facts, why } = self;
        let mut builder = CommitBuilder::new(pen.position(space), pen.hlc_ms);
        let count = facts.len() as u64;
        builder.add(document, &Outline::Erasure(Erasure { authority: authority.clone(), facts }));
        let signed = builder.sign(pen.key);
        // By this one the record finds which values it was: the last header's hash is settled when it is signed.
        let commit = signed.hashes().last().copied().unwrap_or(HeaderHash([0; 32]));
        let disposal = why.map(|why| DisposalRow { commit, at_ms: now_ms(), authority, document, facts: count, why });
        Composed { commit: Some(signed), erasing: Some(Erasing { disposal, ..erasing }), ..Composed::default() }
    }
}

impl Erased {
    /// Which values: a number would not tell another set of as many.
    fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for fact in &self.facts {
            hasher.update(&fact.header.0).update(&fact.index.to_le_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// Looks at these documents, or at all: a change of one must not cost more the more there are.
fn look(request: &Request<'_>, wanted: Option<&BTreeSet<DocumentId>>) -> Vec<Erased> {
    let look = |id, founded: Founded<'_>| {
        let any = founded.verdict.admitted() && !founded.document.erased().is_empty();
        any.then(|| erased(request, id, &founded)).flatten()
    };
    let ledger = request.ledger;
    let (found, spaces): (Vec<Erased>, BTreeSet<SpaceId>) = if let Some(ids) = wanted {
        let documents = || ids.iter().filter_map(|id| Some((*id, ledger.document(id)?)));
        let ended = documents().map(|(_, founded)| founded.space).filter(|space| ledger.has_ended(space));
        (documents().filter_map(|(id, founded)| look(id, founded)).collect(), ended.collect())
    } else {
        let found = ledger.documents().filter_map(|(id, founded)| look(id, founded));
        (found.collect(), ledger.lapsed_spaces().copied().collect())
    };
    let mut by_document: BTreeMap<DocumentId, Erased> = found.into_iter().map(|e| (e.document, e)).collect();
    // Of one document both a draft may have ended and a reply been erased: it is one piece of work.
    for lapsed in lapsed(ledger, &spaces).filter(|e| wanted.is_none_or(|ids| ids.contains(&e.document))) {
        match by_document.entry(lapsed.document) {
            Entry::Occupied(mut known) => known.get_mut().facts.extend(lapsed.facts),
            Entry::Vacant(place) => drop(place.insert(lapsed)),
        }
    }
    by_document.into_values().collect()
}

/// What has gone with drafts for comment that have come to their end: nothing is said of it to anybody.
fn lapsed(ledger: &Ledger, spaces: &BTreeSet<SpaceId>) -> impl Iterator<Item = Erased> {
    spaces.iter().flat_map(|space| {
        let mut by_document: BTreeMap<DocumentId, Erased> = BTreeMap::new();
        for fact in ledger.values_of_draft(space) {
            let Some(document) = ledger.record(&fact.header).map(|record| record.document) else { continue };
            let (facts, paths, unsaid) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            let new = || Erased { document, space: *space, facts, paths, unsaid };
            by_document.entry(document).or_insert_with(new).facts.insert(fact);
        }
        by_document.into_values()
    })
}

fn erased(request: &Request<'_>, document: DocumentId, founded: &Founded<'_>) -> Option<Erased> {
    let (mut facts, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for fact in founded.document.erased() {
        if let Some(path) = value_at(request.ledger, fact, &document) {
            facts.insert(*fact);
            paths.insert(path.clone());
        }
    }
    let own = founded.genesis.archive_owner == *request.own;
    let said = founded.document.executed().get(request.own);
    let unsaid = facts.iter().filter(|fact| !own && said.is_none_or(|said| !said.contains(fact))).copied().collect();
    (!facts.is_empty()).then_some(Erased { document, space: founded.space, facts, paths, unsaid })
}

/// An erasure may name anything: what is no value of the document is no business of anybody's.
fn value_at<'a>(ledger: &'a Ledger, fact: &FactId, document: &DocumentId) -> Option<&'a Path> {
    ledger.record(&fact.header).filter(|record| record.document == *document)?;
    ledger.fact(fact).filter(|outline| outline.value.is_some()).map(|outline| &outline.path)
}

fn is_empty(draft: &Draft) -> bool {
    draft.fields.is_empty() && draft.prose.values().all(String::is_empty) && draft.private.is_empty()
}

/// The id of a document's first working copy, or of the next where one was taken away: it follows from the document, so
/// that two calls at once make one row.
pub(crate) async fn next_id(store: &Store, document: &DocumentId) -> Result<Incarnation, Failure> {
    let mut id = [0; 16];
    id.copy_from_slice(&document.0[..16]);
    while store.is_retired(&Incarnation(id)).await? {
        let next = blake3::hash(&id);
        id.copy_from_slice(&next.as_bytes()[..16]);
    }
    Ok(Incarnation(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_set_of_as_many_facts_is_another_erasure() {
        let fact = |n: u8| FactId { header: samsyn_core::id::HeaderHash([n; 32]), index: 0 };
        let erased = |facts: [u8; 2]| Erased {
            document: DocumentId([0; 32]),
            space: SpaceId([0; 32]),
            facts: facts.map(fact).into(),
            paths: BTreeSet::new(),
            unsaid: BTreeSet::new(),
        };
        assert_ne!(erased([1, 2]).digest(), erased([1, 3]).digest());
        assert_eq!(erased([1, 2]).digest(), erased([2, 1]).digest());
    }
}
