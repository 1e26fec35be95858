//! One transaction for everything a step asks to keep.

use super::{Driver, now_ms};
use crate::{
    failure::Failure,
    projection,
    store::{WorkingCopyRow, failure},
};
use samsyn_core::sync::Output;

impl Driver {
    pub(super) async fn persist(&mut self, out: &Output, working_copies: &[WorkingCopyRow]) -> Result<(), Failure> {
        let nothing = out.persist.is_empty() && out.changes.documents.is_empty() && out.changes.erased.is_empty();
        if nothing && working_copies.is_empty() {
            return Ok(());
        }
        let ledger = self.machine.ledger();
        let mut tx = self.store.begin().await?;
        self.store.put_charters(&mut tx, ledger.charters(), &out.persist.charters).await?;
        let position = self.store.put_commits(&mut tx, &out.persist.commits, self.position, now_ms()).await?;
        let values = out.persist.values.iter().map(|(f, v)| (f.header, i64::from(f.index), v));
        self.store.put_values(&mut tx, values).await?;
        // What the ledger knows as erased goes, also where it came with a commit of this very step (keeps I10).
        self.store.erase_values(&mut tx, &out.changes.erased).await?;
        self.store.put_proofs(&mut tx, &out.persist.proofs).await?;
        projection::refresh(&self.store, &mut tx, ledger, &out.changes.documents).await?;
        for row in working_copies {
            self.store.put_working_copy(&mut tx, row).await?;
        }
        tx.commit().await.map_err(failure)?;
        self.position = position;
        Ok(())
    }
}
