//! What becomes of values here when an erasure takes effect: the archive owner's own go; what another party has had
//! erased goes where every authority that has to do with the document says so, and is kept out of sight for those that
//! do not.

use crate::{
    failure::Failure,
    paper,
    register::intake::Intake,
    rulebook::{OnRequest, Rulebook},
    store::{Store, Tx},
};
use samsyn_core::{
    entry::Outline,
    id::{AuthorityId, DocumentId, FactId, OrgId, Path},
    ledger::{Founded, Ledger},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked for, and of whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) own: &'a OrgId,
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) now_ms: u64,
}

impl Request<'_> {
    /// Erases or keeps the values of facts whose erasure has taken effect.
    pub(crate) async fn carry_out(&self, store: &Store, tx: &mut Tx, erased: &BTreeSet<FactId>) -> Result<(), Failure> {
        if erased.is_empty() {
            return Ok(());
        }
        let mut by_document: BTreeMap<DocumentId, BTreeSet<FactId>> = BTreeMap::new();
        let mut gone = BTreeSet::new();
        for fact in erased {
            match self.ledger.record(&fact.header) {
                Some(record) => drop(by_document.entry(record.document).or_default().insert(*fact)),
                None => drop(gone.insert(*fact)),
            }
        }
        let papers = by_document.iter().flat_map(|(document, facts)| facts.iter().map(move |fact| (document, fact)));
        let papers: BTreeSet<(&DocumentId, &str)> =
            papers.filter_map(|(document, fact)| Some((document, paper::entry::of_path(self.path(fact)?)?))).collect();
        store.drop_papers(tx, papers.into_iter()).await?;
        for (document, mut facts) in by_document {
            let Some(founded) = self.ledger.document(&document) else {
                gone.extend(facts);
                continue;
            };
            // What this organisation has said to be gone is gone, though an older copy of its database has brought it back.
            if let Some(said) = founded.document.executed().get(self.own) {
                gone.extend(facts.intersection(said));
                facts.retain(|fact| !said.contains(fact));
            }
            // A draft for comment is kept by nobody: it ends in any case.
            let (drafts, facts): (BTreeSet<FactId>, _) =
                facts.into_iter().partition(|f| self.ledger.is_draft(&f.header));
            gone.extend(drafts);
            let registered = store.registered_in(tx, &document, &self.listed()).await?;
            let keepers = self.keepers(&document, &founded, registered);
            for keeper in &keepers {
                store.archive_values(tx, &document, keeper, &facts, self.now_ms).await?;
            }
            gone.extend(facts);
        }
        store.overwrite_later(tx).await?;
        store.erase_values(tx, &gone).await
    }

    fn path(&self, fact: &FactId) -> Option<&Path> {
        let Outline::Facts(facts) = self.ledger.record(&fact.header)?.outline.as_ref() else { return None };
        facts.get(usize::try_from(fact.index).ok()?).map(|fact| &fact.path)
    }

    /// The authorities that keep what another party has had erased.
    fn keepers(
        &self,
        document: &DocumentId,
        founded: &Founded<'_>,
        registered: BTreeSet<AuthorityId>,
    ) -> Vec<AuthorityId> {
        if founded.genesis.archive_owner == *self.own {
            return Vec::new();
        }
        let keeps = |id: &AuthorityId| {
            let rules = self.rulebook.of(id);
            rules.retention.on_request == OnRequest::Hold || rules.retention.held(document).is_some()
        };
        self.concerned(founded, registered).into_iter().filter(keeps).collect()
    }

    /// The authorities that have to do with a document: those in whose registers it is, and those that receive its kind
    /// today.
    pub(crate) fn concerned(&self, founded: &Founded<'_>, registered: BTreeSet<AuthorityId>) -> BTreeSet<AuthorityId> {
        if founded.space != self.ledger.county() {
            return registered; // it was meant for those alone (keeps I4)
        }
        let receivers = self.rulebook.receivers(Some(founded.genesis.kind), &self.intake().authorities());
        registered.into_iter().chain(receivers).collect()
    }

    /// Every authority that the charter names, closed ones too.
    pub(crate) fn listed(&self) -> BTreeSet<AuthorityId> {
        let (_, charter) = self.ledger.charters().in_force();
        let party = charter.party(self.own);
        let named = party.into_iter().flat_map(|p| &p.authorities).map(|a| a.id.clone());
        named.chain(self.intake().authorities()).collect()
    }

    fn intake(&self) -> Intake<'_> {
        Intake { ledger: self.ledger, own: self.own, rulebook: self.rulebook, now_ms: self.now_ms }
    }
}
