//! The registers' part of a step: what is stored is in the registers by the same transaction (keeps I8).

use super::Loaded;
use crate::{
    failure::Failure,
    register::{
        Item, Number, State, Statement, Words, Written,
        intake::{self, Intake},
        subject_of,
    },
    rulebook::Rulebook,
    store::{Store, Tx, failure},
};
use samsyn_core::{
    id::{AuthorityId, DocumentId, OrgId},
    ledger::Ledger,
    sync::{Notice, Output},
};
use std::{collections::BTreeSet, sync::Arc};

/// Items that one step settles: a party that sends very many of a document before its genesis holds up nobody else for
/// long (keeps I6).
const SETTLED_PER_STEP: usize = 500;

/// What the driver knows of the registers.
pub(super) struct Registers {
    rulebook: Arc<Rulebook>,
    /// The documents that items of unknown kind wait for, with the authorities whose items they are.
    unsettled: BTreeSet<(DocumentId, AuthorityId)>,
    /// Those of them that have come, with items that no step has had room for yet.
    ready: BTreeSet<(DocumentId, AuthorityId)>,
}

/// Makes the items of a database from before there were registers, each with the day on which its commit was stored.
pub async fn complete(store: &Store, loaded: &mut Loaded, rulebook: &Rulebook) -> Result<(), Failure> {
    let unregistered = std::mem::take(&mut loaded.unregistered);
    let (ledger, own) = (loaded.machine.ledger(), loaded.machine.own());
    let items = unregistered.iter().flat_map(|stored| {
        let intake = Intake { ledger, own, rulebook, now_ms: stored.stored_ms };
        // Entries that it shares with another commit have used up positions too.
        let after = stored.position.saturating_sub(stored.commit.entries.len() as u64);
        intake.items(std::slice::from_ref(&stored.commit), after)
    });
    let items: Vec<Item> = items.collect();
    if items.is_empty() {
        return Ok(());
    }
    tracing::info!(items = items.len(), "the registers get what was stored before there were any");
    // All of it or nothing: the next start looks only at what was stored before the first item.
    let mut tx = store.begin().await?;
    store.put_register_items(&mut tx, &items).await?;
    tx.commit().await.map_err(failure)?;
    loaded.unsettled = store.unsettled_documents().await?;
    Ok(())
}

/// What a step changes in that, once it is durable.
#[derive(Default)]
pub(super) struct Change {
    new: BTreeSet<(DocumentId, AuthorityId)>,
    ready: BTreeSet<(DocumentId, AuthorityId)>,
    settled: BTreeSet<(DocumentId, AuthorityId)>,
}

impl Registers {
    pub(super) fn new(rulebook: Arc<Rulebook>, unsettled: BTreeSet<(DocumentId, AuthorityId)>) -> Self {
        // What was half settled when the process before ended is looked at again.
        Self { rulebook, ready: unsettled.clone(), unsettled }
    }

    /// True if a step has something to do for the registers even where it stores nothing.
    pub(super) fn behind(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    pub(super) fn reload(&mut self, unsettled: BTreeSet<(DocumentId, AuthorityId)>) {
        self.ready.clone_from(&unsettled);
        self.unsettled = unsettled;
    }

    /// Writes the items of what a step stores, the first of them after a position, and settles those whose documents it
    /// brings.
    pub(super) async fn write(
        &self,
        store: &Store,
        tx: &mut Tx,
        (ledger, own): (&Ledger, &OrgId),
        out: &Output,
        (after, now_ms): (u64, u64),
    ) -> Result<Change, Failure> {
        let intake = Intake { ledger, own, rulebook: &self.rulebook, now_ms };
        let items = intake.items(&out.persist.commits, after);
        store.put_register_items(tx, &items).await?;
        if out.notices.iter().any(|notice| matches!(notice, Notice::CameBack { .. })) {
            tracing::warn!("series of register numbers are closed until their last numbers are confirmed");
            store.close_series(tx).await?;
            self.recover(store, tx, out, own).await?;
        }
        let mut change = Change { ready: self.came(ledger, out)?, ..Change::default() };
        let mut room = SETTLED_PER_STEP;
        for key in change.ready.clone() {
            let found = self.settle(store, tx, intake, &key, room).await?;
            if found < room {
                change.settled.insert(key.clone());
                change.ready.remove(&key);
            }
            room -= found;
            if room == 0 {
                break;
            }
        }
        let unknown = items.into_iter().filter(|i| i.kind.is_none());
        change.new = unknown.map(|i| (i.document, i.authority)).collect();
        Ok(change)
    }

    /// What has items to settle: documents that this step brings, and what earlier ones had no room for.
    fn came(&self, ledger: &Ledger, out: &Output) -> Result<BTreeSet<(DocumentId, AuthorityId)>, Failure> {
        let first = AuthorityId::new("0")?;
        let here = |id: &DocumentId| ledger.document(id).is_some();
        let mut ready: BTreeSet<_> = self.ready.iter().filter(|(id, _)| here(id)).cloned().collect();
        for id in out.changes.documents.iter().filter(|id| here(id)) {
            let waits = self.unsettled.range((*id, first.clone())..);
            ready.extend(waits.take_while(|(document, _)| document == id).cloned());
        }
        Ok(ready)
    }

    /// Settles some items of one document and authority, as they stand now: what somebody has decided stands. How many.
    async fn settle(
        &self,
        store: &Store,
        tx: &mut Tx,
        intake: Intake<'_>,
        (document, authority): &(DocumentId, AuthorityId),
        room: usize,
    ) -> Result<usize, Failure> {
        let items = store.unsettled_items(tx, authority, document, room).await?;
        let mut others = Vec::new();
        for item in &items {
            let Some((known, more)) = intake.settle(item) else { continue };
            let state = if item.state == State::Unsettled { known.state } else { item.state };
            store.settle_register_item(tx, &Item { state, ..known }).await?;
            others.extend(more);
        }
        store.put_register_items(tx, &others).await?;
        Ok(items.len())
    }

    /// After a restore: the numbers that this organisation had told the others come back with its own entries. The words and
    /// the reasons were told to nobody.
    async fn recover(&self, store: &Store, tx: &mut Tx, out: &Output, own: &OrgId) -> Result<(), Failure> {
        for told in out.persist.commits.iter().filter(|c| c.log.organisation == *own).flat_map(intake::numbers) {
            let items = store.register_items_of(tx, &told.authority, &told.document).await?;
            let version = |item: &Item| item.tip.to_string().starts_with(&told.version);
            let Some(item) = items.into_iter().find(|item| version(item) && item.state != State::Registered) else {
                continue;
            };
            let nr = store.statements_in(tx, &told.authority, item.position).await? + 1;
            let register = self.rulebook.of(&told.authority).register.register(&told.authority);
            let number = Number { register, ..told.number };
            let holder = store.holder_of(tx, &number).await?;
            let other = holder.filter(|held| *held != (told.authority.to_string(), item.position));
            let (state, reason) = match &other {
                None => (
                    State::Registered,
                    "Återställd: numret kom tillbaka från de andra parterna, orden gjorde det inte.".to_owned(),
                ),
                Some((authority, position)) => {
                    tracing::error!(%number, "a register number was given twice after a restore; a registrar must settle it");
                    (
                        State::ToRegister,
                        format!("Numret {number} har också getts till post {position} hos {authority}."),
                    )
                }
            };
            // Whether the counterpart was protected was told to nobody either.
            let words =
                Words { subject: subject_of(&item, ""), reason, counterpart_protected: true, ..Words::default() };
            let number = (state == State::Registered).then_some(number);
            let statement = Statement { nr, at_ms: told.at_ms, state, number, words };
            let statements = vec![(told.authority, item.position, statement)];
            store.put_register(tx, &Written { statements, series: None }).await?;
        }
        Ok(())
    }

    /// A step is durable.
    pub(super) fn done(&mut self, change: Change) {
        for key in &change.settled {
            self.unsettled.remove(key);
        }
        self.ready = change.ready;
        self.unsettled.extend(change.new);
    }
}
