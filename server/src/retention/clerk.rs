//! What is left to do here once an erasure has taken effect: drafts remember earlier texts, and files what was deleted.
//! Only when both are gone does this node say to the others that it has executed the erasure (keeps I10).

use super::{Erasing, request::Request};
use crate::{
    driver::{Composed, Handle, now_ms, random},
    failure::Failure,
    release::desk::Desk,
    rulebook::Rulebook,
    store::{Store, WorkingCopyRow},
    working::{self, Bridge},
};
use automerge::ActorId;
use samsyn_core::{
    commit::CommitBuilder,
    entry::{Erasure, Outline},
    id::{AuthorityId, DocumentId, FactId, Incarnation, SpaceId},
    ledger::{Founded, Ledger},
    limits::ERASED_FACTS_MAX,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// How often it is looked what is to be done.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Clerk {
    pub(crate) driver: Handle,
    pub(crate) store: Arc<Store>,
    pub(crate) rulebook: Arc<Rulebook>,
    pub(crate) desk: Arc<Desk>,
    /// Documents with nothing left to do: how much of each was erased, and said to be, when it was looked at.
    pub(crate) settled: Settled,
}

type Settled = BTreeMap<DocumentId, (usize, usize)>;

/// A document from which something has been erased.
#[derive(Debug, Clone)]
struct Erased {
    document: DocumentId,
    space: SpaceId,
    facts: BTreeSet<FactId>,
    /// How many facts erasures name.
    named: u64,
    /// Nothing is left that anybody has stated.
    all: bool,
    /// The authority that answers for it here, and what this organisation has not yet said that it has executed; none
    /// where it is the archive owner.
    unsaid: Option<(AuthorityId, BTreeSet<FactId>)>,
}

impl Clerk {
    /// Works for as long as the node runs.
    pub(crate) async fn follow(mut self) {
        // A fault is told once, until it is another one.
        let mut told = String::new();
        loop {
            let now = match self.work(false).await {
                Ok(()) => String::new(),
                Err(failure) => failure.to_string(),
            };
            if !now.is_empty() && now != told {
                tracing::warn!("an erasure is not carried out to its end, and is tried again: {now}");
            }
            told = now;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// One look; `whole` also writes the database anew.
    pub(crate) async fn work(&mut self, whole: bool) -> Result<(), Failure> {
        let (rulebook, settled) = (self.rulebook.clone(), std::mem::take(&mut self.settled));
        let looked = self.driver.query(move |machine, _| {
            let (ledger, own) = (machine.ledger(), machine.own());
            look(&Request { ledger, own, rulebook: &rulebook, now_ms: now_ms() }, settled)
        });
        let (erased, settled) = looked.await?;
        let done = self.store.erasures_done().await?;
        let new: Vec<&Erased> = erased.iter().filter(|e| done.get(&e.document) != Some(&e.named)).collect();
        for erased in &new {
            self.forget(erased).await?;
        }
        if !new.is_empty() || whole {
            if !self.store.sweep(whole).await? {
                return Ok(()); // somebody reads: the next look finds the same
            }
            for erased in &new {
                let done = (erased.document, erased.named);
                self.write(None, Erasing { done: Some(done), ..Erasing::default() }).await?;
            }
        }
        for erased in &erased {
            self.say(erased).await?;
        }
        self.settled = settled;
        Ok(())
    }

    /// Makes the draft of a document anew, or takes it away with the document.
    async fn forget(&self, erased: &Erased) -> Result<(), Failure> {
        let Some(row) = self.store.working_copy_of(&erased.document).await? else { return Ok(()) };
        let _lock = self.desk.lock(row.id).await;
        let Some(row) = self.store.working_copy(&row.id).await? else { return Ok(()) };
        let retired = Some(row.id);
        let fresh = if erased.all { None } else { Some(self.fresh(row, erased).await?) };
        self.write(fresh, Erasing { retired, ..Erasing::default() }).await
    }

    async fn fresh(&self, row: WorkingCopyRow, erased: &Erased) -> Result<WorkingCopyRow, Failure> {
        let id = next_id(&self.store, &erased.document, Some(row.id)).await?;
        let (facts, actor) = (erased.facts.clone(), ActorId::from(random::<16>()?));
        let made = tokio::task::spawn_blocking(move || {
            let bridge = Bridge::decode(&row.bridge)?;
            let (document, bridge) = working::squash(&working::load(&row.automerge)?, &bridge, &facts, actor)?;
            Ok::<_, Failure>(WorkingCopyRow {
                id,
                automerge: document.save(),
                bridge: bridge.encode(),
                updated_ms: now_ms(),
                ..row
            })
        });
        made.await.map_err(|_| {
            Failure::new(samsyn_core::code::Code::Failed, "a draft could not be made anew", "see the node's log")
        })?
    }

    async fn write(&self, working_copy: Option<WorkingCopyRow>, erasing: Erasing) -> Result<(), Failure> {
        let composed = Composed { working_copy, erasing: Some(erasing), ..Composed::default() };
        self.driver.write(move |_| Ok(composed)).await.map(drop)
    }

    /// Tells the others what is gone here; not of what an authority keeps.
    async fn say(&self, erased: &Erased) -> Result<(), Failure> {
        let Some((authority, unsaid)) = &erased.unsaid else { return Ok(()) };
        let kept: BTreeSet<FactId> =
            self.store.archived(Some(&erased.document)).await?.into_iter().map(|value| value.fact).collect();
        let gone: Vec<FactId> = unsaid.difference(&kept).copied().collect();
        for facts in gone.chunks(ERASED_FACTS_MAX) {
            let outline = Outline::Erasure(Erasure { authority: authority.clone(), facts: facts.to_vec() });
            let (space, document) = (erased.space, erased.document);
            self.driver
                .write(move |pen| {
                    let mut builder = CommitBuilder::new(pen.position(space), pen.hlc_ms);
                    builder.add(document, &outline);
                    Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
                })
                .await?;
        }
        Ok(())
    }
}

/// What has changed since it was settled, and what is settled once that is done.
fn look(request: &Request<'_>, mut settled: Settled) -> (Vec<Erased>, Settled) {
    let mut found = Vec::new();
    for (id, founded) in request.ledger.documents().filter(|(_, founded)| !founded.document.erased().is_empty()) {
        let said = founded.document.executed().get(request.own).map_or(0, BTreeSet::len);
        let now = (founded.document.erased().len(), said);
        if settled.get(&id) != Some(&now) {
            found.extend(erased(request, id, &founded));
            settled.insert(id, now);
        }
    }
    (found, settled)
}

/// How many facts of each document have been erased, as many as are named.
pub(crate) fn erased_counts(ledger: &Ledger) -> BTreeMap<DocumentId, u64> {
    let count = |(id, founded): (DocumentId, Founded<'_>)| (id, founded.document.erased().len() as u64);
    ledger.documents().map(count).filter(|(_, count)| *count > 0).collect()
}

fn erased(request: &Request<'_>, document: DocumentId, founded: &Founded<'_>) -> Option<Erased> {
    let facts: BTreeSet<FactId> =
        founded.document.erased().iter().filter(|fact| is_value_of(request.ledger, fact, &document)).copied().collect();
    let mut stated = founded.document.paths().flat_map(|(_, at)| at.admitted().iter());
    let all = stated.all(|(id, fact)| fact.value.is_none() || facts.contains(id));
    let said = founded.document.executed().get(request.own);
    let unsaid = if founded.genesis.archive_owner == *request.own {
        None
    } else {
        let authority = request.answer(&document)?.authority();
        Some((authority, facts.iter().filter(|fact| said.is_none_or(|said| !said.contains(fact))).copied().collect()))
    };
    let named = founded.document.erased().len() as u64;
    Some(Erased { document, space: founded.space, facts, named, all, unsaid })
}

/// An erasure may name anything: what is no value of the document is no business of anybody's.
fn is_value_of(ledger: &Ledger, fact: &FactId, document: &DocumentId) -> bool {
    let own = ledger.record(&fact.header).is_some_and(|record| record.document == *document);
    own && ledger.fact(fact).is_some_and(|outline| outline.value.is_some())
}

/// The id of a document's next working copy: it follows from the document, so that two calls at once make one row, and
/// is none that was taken away (`but` neither).
pub(crate) async fn next_id(
    store: &Store,
    document: &DocumentId,
    but: Option<Incarnation>,
) -> Result<Incarnation, Failure> {
    let mut id = [0; 16];
    id.copy_from_slice(&document.0[..16]);
    while but == Some(Incarnation(id)) || store.is_retired(&Incarnation(id)).await? {
        let next = blake3::hash(&id);
        id.copy_from_slice(&next.as_bytes()[..16]);
    }
    Ok(Incarnation(id))
}
