//! What becomes of values here when an erasure takes effect: the archive owner's own go; what another party has had
//! erased goes where this authority's rules say so, and is kept out of sight where they do not.

use crate::{
    failure::Failure,
    register::intake::Intake,
    rulebook::{OnRequest, Rulebook},
    store::{Store, Tx},
};
use samsyn_core::{
    id::{AuthorityId, DocumentId, FactId, OrgId},
    ledger::Ledger,
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

/// Who answers for a document here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It goes; the authority states it.
    Goes(AuthorityId),
    /// The authority keeps it until it decides for itself.
    Kept(AuthorityId),
}

impl Answer {
    pub(crate) fn authority(self) -> AuthorityId {
        match self {
            Self::Goes(authority) | Self::Kept(authority) => authority,
        }
    }
}

impl Request<'_> {
    /// Erases or keeps the values of facts whose erasure has taken effect.
    pub(crate) async fn carry_out(&self, store: &Store, tx: &mut Tx, erased: &BTreeSet<FactId>) -> Result<(), Failure> {
        let mut by_document: BTreeMap<DocumentId, BTreeSet<FactId>> = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        for fact in erased {
            match self.ledger.record(&fact.header) {
                Some(record) => drop(by_document.entry(record.document).or_default().insert(*fact)),
                None => drop(unknown.insert(*fact)),
            }
        }
        store.erase_values(tx, &unknown).await?;
        for (document, facts) in by_document {
            match self.answer(&document) {
                Some(Answer::Kept(authority)) => {
                    store.archive_values(tx, &document, &authority, &facts, self.now_ms).await?;
                }
                Some(Answer::Goes(_)) | None => store.erase_values(tx, &facts).await?,
            }
        }
        Ok(())
    }

    /// What the organisation answers for a document: kept, where any authority that has received it keeps it.
    pub(crate) fn answer(&self, document: &DocumentId) -> Option<Answer> {
        let genesis = self.ledger.document(document)?.genesis;
        if genesis.archive_owner == *self.own {
            return Some(Answer::Goes(genesis.authority.clone()));
        }
        let intake = Intake { ledger: self.ledger, own: self.own, rulebook: self.rulebook, now_ms: self.now_ms };
        let receivers = self.rulebook.receivers(Some(genesis.kind), &intake.authorities());
        let keeps = |id: &&AuthorityId| self.rulebook.of(id).retention.on_request == OnRequest::Hold;
        match receivers.iter().find(keeps) {
            Some(keeper) => Some(Answer::Kept(keeper.clone())),
            None => receivers.first().cloned().map(Answer::Goes),
        }
    }
}
