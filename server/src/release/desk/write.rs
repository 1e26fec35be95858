//! Writing into a working copy from a page: what is written stays a draft, and leaves through the gate like any other.

use super::{Desk, no_copy, open};
use crate::{
    driver::{Composed, now_ms, random},
    failure::Failure,
    limits::DRAFTS_MAX,
    register::in_force,
    retention::clerk,
    store::WorkingCopyRow,
    who::Who,
    working::{self, Bridge},
};
use automerge::ActorId;
use samsyn_client::model::{self, Draft};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{AuthorityId, DocumentId, Incarnation},
};

impl Desk {
    /// The authorities in force for which somebody writes, in the order of the charter.
    pub(crate) async fn writes_for(&self, who: Who<'_>) -> Result<Vec<AuthorityId>, Failure> {
        let all = self.driver.query(|machine, _| {
            let (_, charter) = machine.ledger().charters().in_force();
            in_force(charter, machine.own(), now_ms())
        });
        Ok(all.await?.into_iter().filter(|authority| who.may_edit(authority)).collect())
    }

    /// Begins a document as a draft of an authority: which working copy it is.
    pub(crate) async fn begin(
        &self,
        who: Who<'_>,
        kind: DocumentKind,
        authority: AuthorityId,
        change: impl FnOnce(&mut Draft),
    ) -> Result<Incarnation, Failure> {
        if !self.writes_for(who).await?.contains(&authority) {
            return Err(no_writer());
        }
        if self.store.drafts().await?.len() >= DRAFTS_MAX {
            let message = "this node has as many drafts that were never published as it may";
            return Err(Failure::new(Code::InputDrafts, message, "publish some of them first"));
        }
        let row = empty(Incarnation(random::<16>()?), kind, authority, None);
        let id = row.id;
        self.keep_row(row.clone()).await?;
        let _lock = self.lock(id).await;
        self.change(row, change).await?;
        Ok(id)
    }

    /// Changes the organisation's working copy of a document, which is made if there is none: which it is.
    pub(crate) async fn write_in(
        &self,
        who: Who<'_>,
        document: DocumentId,
        change: impl FnOnce(&mut Draft),
    ) -> Result<Incarnation, Failure> {
        let row = match self.store.working_copy_of(&document).await? {
            Some(row) => row,
            None => self.adopt(who, document).await?,
        };
        if !who.may_edit(&row.authority) {
            return Err(no_copy());
        }
        let _lock = self.lock(row.id).await;
        let row = self.copy(&row.id).await?;
        let id = row.id;
        self.change(row, change).await?;
        Ok(id)
    }

    /// What is written in another party's document is released by a board of this organisation.
    async fn adopt(&self, who: Who<'_>, document: DocumentId) -> Result<WorkingCopyRow, Failure> {
        let founded = self
            .driver
            .query(move |machine, _| {
                let ledger = machine.ledger();
                let genesis = ledger.document(&document).filter(|f| f.space == ledger.county())?.genesis.clone();
                let own = genesis.owner == *machine.own();
                Some((genesis, own))
            })
            .await?;
        let (genesis, own) = founded.ok_or_else(no_copy)?;
        let authority = match own {
            true => genesis.authority,
            false => self.writes_for(who).await?.into_iter().next().ok_or_else(no_writer)?,
        };
        if !who.may_edit(&authority) {
            return Err(no_writer());
        }
        let id = clerk::next_id(&self.store, &document).await?;
        let _lock = self.lock(id).await;
        if let Some(row) = self.store.working_copy_of(&document).await? {
            return Ok(row);
        }
        if self.store.is_retired(&id).await? {
            return Err(no_copy());
        }
        let row = empty(id, genesis.kind, authority, Some(document));
        self.keep_row(row.clone()).await?;
        Ok(row)
    }

    /// Hold its lock.
    async fn change(&self, row: WorkingCopyRow, change: impl FnOnce(&mut Draft)) -> Result<(), Failure> {
        let mut opened = open(&self.driver, &self.store, row).await?;
        let (kind, old, mut new) = (opened.kind(), opened.draft.clone(), opened.draft);
        change(&mut new);
        new.check().map_err(working::failure)?;
        opened.document.set_actor(ActorId::from(random::<16>()?));
        model::write(&mut opened.document, &old, &new).map_err(working::failure)?;
        let automerge = working::save(&opened.document);
        let title = working::title(kind, &new);
        self.keep_row(WorkingCopyRow { automerge, title, updated_ms: now_ms(), ..opened.row }).await
    }

    async fn keep_row(&self, row: WorkingCopyRow) -> Result<(), Failure> {
        self.driver.write(move |_| Ok(Composed { working_copy: Some(row), ..Composed::default() })).await.map(|_| ())
    }
}

fn empty(id: Incarnation, kind: DocumentKind, authority: AuthorityId, document: Option<DocumentId>) -> WorkingCopyRow {
    let empty = model::found(kind);
    WorkingCopyRow {
        id,
        kind: model::kind_name(kind).to_owned(),
        authority,
        document,
        title: String::new(),
        bridge: Bridge::at(&empty).encode(),
        automerge: empty.save(),
        updated_ms: now_ms(),
    }
}

fn no_writer() -> Failure {
    Failure::new(Code::RoleForbidden, "only those who write for an authority write here", "sign in as a coordinator")
}
