//! What is looked through before a node serves: the parts of the database that nothing else reads at its start.

use super::{Backend, Store, check_works, failure, migrate, sqlite};
use crate::failure::Failure;
use samsyn_core::code::Code;
use sqlx::{AnyPool, Row, any::AnyPoolOptions};

impl Store {
    /// Refuses a database that is damaged anywhere: its pages and indexes by the database's own check, its schema against
    /// what the migrations make, and every row that has a seal. Charters, entries and values are checked by whoever
    /// loads them.
    pub async fn examine(&self) -> Result<(), Failure> {
        self.integrity().await?;
        self.check_schema().await?;
        self.devices().await?;
        self.working_copies().await?;
        self.release_requests().await?;
        self.check_register().await?;
        self.disposals().await?;
        check_works(&self.read).await
    }

    /// A statement that means something else would be run on rows that are whole.
    /// (PostgreSQL has checksums for its own catalogue.)
    async fn check_schema(&self) -> Result<(), Failure> {
        if !matches!(self.backend, Backend::Sqlite { .. }) {
            return Ok(());
        }
        let anew = AnyPoolOptions::new().max_connections(1).connect("sqlite::memory:").await.map_err(failure)?;
        migrate(&anew, sqlite::SCHEMA).await?;
        let (right, found) = (schema(&anew).await?, schema(&self.read).await?);
        anew.close().await;
        let different = right.iter().zip(&found).find(|(r, f)| r != f).map(|(r, _)| r.as_str());
        match different {
            None if right.len() == found.len() => Ok(()),
            other => Err(super::damaged(&format!("its schema is not what it was made as: {}", other.unwrap_or("")))),
        }
    }
}

async fn schema(pool: &AnyPool) -> Result<Vec<String>, Failure> {
    let sql = "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || COALESCE(sql, '') FROM sqlite_master ORDER BY 1";
    let rows = sqlx::query(sql).fetch_all(pool).await.map_err(failure)?;
    rows.iter().map(|row| row.try_get(0).map_err(failure)).collect()
}

/// What is derived can be derived again.
pub(super) fn derived(mut damage: Failure) -> Failure {
    if damage.code == Code::StoreDamaged {
        "run 'samsynd rebuild': it is derived from the commits".clone_into(&mut damage.remedy);
    }
    damage
}
