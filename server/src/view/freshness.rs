//! The three clocks of each party, from what this node has, now and as it was known earlier.

use super::{Eyes, Moment, View};
use crate::failure::Failure;
use samsyn_client::county::freshness::Clocks;
use samsyn_core::{
    document::Document,
    id::{Digest, DocumentId, OrgId},
    ledger::Ledger,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Documents that are looked through before others get their turn.
const BATCH: usize = 500;

/// What each party says, by its id.
pub(crate) type Freshness = Arc<BTreeMap<String, Clocks>>;

/// The latest answer, for as long as the county is the same.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(Digest, bool, Freshness)>>);

impl View {
    /// The clocks of every party.
    pub(crate) async fn freshness(&self, eyes: Eyes, moment: &Moment) -> Result<Freshness, Failure> {
        let (digest, ids) = self
            .driver
            .query(|machine, _| {
                let ledger = machine.ledger();
                let ids: Vec<DocumentId> = ledger.documents_in(&ledger.county()).map(|(id, _)| id).collect();
                (ledger.digest(&ledger.county()), ids)
            })
            .await?;
        let (now, public) = (moment.ms().is_none(), eyes == Eyes::Public);
        let known = self.clocks.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stated = if let Some((_, _, known)) = known.filter(|(of, to, _)| now && *of == digest && *to == public) {
            known
        } else {
            let stated = self.stated(ids, eyes, moment).await?;
            if now {
                let kept = Some((digest, public, Arc::clone(&stated)));
                *self.clocks.0.lock().unwrap_or_else(PoisonError::into_inner) = kept;
            }
            stated
        };
        let mut clocks = BTreeMap::clone(&stated);
        for party in self.parties().await?.parties {
            let clocks = clocks.entry(party.id).or_default();
            // Contact leaves no trace: of the past nobody knows.
            clocks.contact_ms = party.last_contact_ms.filter(|_| now);
        }
        Ok(Arc::new(clocks))
    }

    async fn stated(&self, ids: Vec<DocumentId>, eyes: Eyes, moment: &Moment) -> Result<Freshness, Failure> {
        let mut all: BTreeMap<String, Clocks> = BTreeMap::new();
        for batch in ids.chunks(BATCH) {
            let (batch, moment) = (batch.to_vec(), moment.clone());
            let found = self.driver.query(move |machine, _| {
                let ledger = machine.ledger();
                let mut clocks: BTreeMap<OrgId, Clocks> = BTreeMap::new();
                let founded = batch.iter().filter_map(|id| ledger.document(id)).filter(|f| f.verdict.admitted());
                founded.for_each(|founded| look(ledger, &moment.of(founded.document), eyes, &mut clocks));
                clocks
            });
            for (org, found) in found.await? {
                let clocks = all.entry(org.to_string()).or_default();
                clocks.content_ms = clocks.content_ms.max(found.content_ms);
                clocks.attested_ms = clocks.attested_ms.max(found.attested_ms);
            }
        }
        Ok(Arc::new(all))
    }
}

/// What stands in a document, by who stated it. Numbers of registers say nothing about the work.
fn look(ledger: &Ledger, document: &Document, eyes: Eyes, clocks: &mut BTreeMap<OrgId, Clocks>) {
    for (path, at) in document.paths().filter(|(path, _)| !path.as_str().starts_with("/register/")) {
        let attests = path.as_str().starts_with("/attested/");
        for (_, fact) in at.standing().filter(|(id, _)| eyes.may_see(ledger, &id.header)) {
            let clocks = match clocks.get_mut(&fact.author) {
                Some(clocks) => clocks,
                None => clocks.entry(fact.author.clone()).or_default(),
            };
            let clock = if attests { &mut clocks.attested_ms } else { &mut clocks.content_ms };
            *clock = (*clock).max(Some(fact.hlc_ms));
        }
    }
}
