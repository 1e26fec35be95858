//! One transaction for everything a step asks to keep.

use super::{Driver, now_ms};
use crate::{
    failure::Failure,
    projection,
    register::Written,
    retention::{Erasing, request::Request},
    store::{RequestRow, Tx, WorkingCopyRow, failure, silent},
    timing::{Laps, Part},
};
use samsyn_core::{commit::Proof, sync::Output};

/// Rows of the organisation's own that one step keeps.
#[derive(Debug, Default)]
pub(super) struct OwnRows {
    pub(super) working_copies: Vec<WorkingCopyRow>,
    pub(super) requests: Vec<RequestRow>,
    /// Decisions about what is in the registers.
    pub(super) register: Vec<Written>,
    pub(super) erasing: Vec<Erasing>,
}

impl Driver {
    pub(super) async fn persist(&mut self, out: &Output, own: &OwnRows) -> Result<(), Failure> {
        let nothing = out.persist.is_empty()
            && out.changes.documents.is_empty()
            && out.changes.erased.is_empty()
            && out.changes.lapsed.is_empty();
        let own_nothing = own.working_copies.is_empty()
            && own.requests.is_empty()
            && own.register.is_empty()
            && own.erasing.is_empty();
        // A store that has failed is left alone until it is tried again.
        let behind = self.registers.behind() && self.state.paused.is_none();
        if nothing && own_nothing && !behind {
            return Ok(());
        }
        let Some(patience) = self.store.patience() else { return self.transact(out, own).await };
        let done = tokio::time::timeout(patience, self.transact(out, own)).await;
        done.unwrap_or_else(|_| Err(silent(patience)))
    }

    async fn transact(&mut self, out: &Output, own: &OwnRows) -> Result<(), Failure> {
        failpoint!(PersistBefore);
        let mut laps = Laps::begin();
        let ledger = self.machine.ledger();
        let mut tx = self.store.begin().await?;
        failpoint!(PersistBegun);
        self.store.put_charters(&mut tx, ledger.charters(), &out.persist.charters).await?;
        failpoint!(PersistCharters);
        let now = now_ms();
        let position = self.store.put_commits(&mut tx, &out.persist.commits, self.position, now).await?;
        let values = out.persist.values.iter().map(|(f, v)| (f.header, i64::from(f.index), v));
        self.store.put_values(&mut tx, values).await?;
        failpoint!(PersistValues);
        // What the ledger knows as erased goes, also where it came with a commit of this very step (keeps I10).
        let request = Request { ledger, own: self.machine.own(), rulebook: self.registers.rulebook(), now_ms: now };
        request.carry_out(&self.store, &mut tx, &out.changes.erased).await?;
        self.store.drop_lapsed(&mut tx, &out.changes.lapsed).await?;
        self.store.put_signatures(&mut tx, &out.persist.signatures).await?;
        self.store.put_proofs(&mut tx, &out.persist.proofs).await?;
        failpoint!(PersistProofs);
        laps.done(Part::Log);
        projection::refresh(&self.store, &mut tx, ledger, &out.changes.documents).await?;
        failpoint!(PersistProjection);
        laps.done(Part::Projection);
        let (whose, when) = ((ledger, self.machine.own()), (self.position, now));
        let registers = self.registers.write(&self.store, &mut tx, whose, out, when).await?;
        for written in &own.register {
            self.store.put_register(&mut tx, written).await?;
        }
        laps.done(Part::Registers);
        for row in &own.requests {
            self.store.put_release_request(&mut tx, row).await?;
        }
        // First what goes: another working copy may take a place.
        for erasing in &own.erasing {
            self.put_erasing(&mut tx, erasing).await?;
        }
        for row in &own.working_copies {
            self.store.put_working_copy(&mut tx, row).await?;
            failpoint!(WorkingCopyPut);
        }
        failpoint!(PersistUncommitted);
        laps.done(Part::Own);
        // Whether or not it says that it was stored: where nobody knows, the pause forgets too.
        let spoiled = out.persist.proofs.values().any(|proof| *proof == Proof::Spoiled);
        let unchanged = out.persist.values.is_empty()
            && out.changes.erased.is_empty()
            && out.changes.lapsed.is_empty()
            && out.persist.signatures.is_empty();
        let done = tx.commit().await.map_err(failure);
        if spoiled || !unchanged {
            self.store.forget_ranges();
        }
        done?;
        laps.done(Part::Commit);
        self.state.timings.transaction(&laps);
        failpoint!(PersistCommitted);
        self.position = position;
        self.registers.done(registers);
        Ok(())
    }

    async fn put_erasing(&self, tx: &mut Tx, erasing: &Erasing) -> Result<(), Failure> {
        if let Some(row) = &erasing.disposal {
            self.store.put_disposal(tx, row).await?;
        }
        if let Some(retired) = &erasing.retired {
            self.store.retire_working_copy(tx, retired).await?;
        }
        if let Some((document, authority)) = &erasing.destroyed {
            self.store.destroy_archived(tx, document, authority).await?;
            self.store.overwrite_later(tx).await?;
        }
        if let Some((document, digest)) = &erasing.done {
            self.store.put_erasure_done(tx, document, digest).await?;
        }
        Ok(())
    }
}
