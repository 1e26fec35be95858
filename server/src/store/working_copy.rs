//! Working copies and their bridges: the organisation's own drafts.

use super::{Store, Tx, failure, seal::Seal, signed, unsigned};
use crate::failure::Failure;
use samsyn_core::id::{AuthorityId, DocumentId, Incarnation};
use sqlx::{Row, any::AnyRow};

/// One row. The id is sixteen random bytes; the first release maps it to a document.
#[derive(Debug, Clone)]
pub struct WorkingCopyRow {
    pub id: Incarnation,
    pub kind: String,
    pub authority: AuthorityId,
    pub document: Option<DocumentId>,
    /// For lists: as the draft has it.
    pub title: String,
    pub automerge: Vec<u8>,
    pub bridge: Vec<u8>,
    pub updated_ms: u64,
}

/// A working copy that was never published, without what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft {
    pub id: Incarnation,
    /// Of its Automerge document as stored.
    pub bytes: u64,
}

const COLUMNS: &str = "id, kind, authority, document, title, automerge, bridge, updated_ms, seal";

impl Store {
    pub async fn working_copies(&self) -> Result<Vec<WorkingCopyRow>, Failure> {
        let sql = super::query(format!("SELECT {COLUMNS} FROM working_copy ORDER BY updated_ms, id"));
        sql.fetch_all(&self.read).await.map_err(failure)?.iter().map(read).collect()
    }

    /// The authorities that have drafts.
    pub async fn draft_authorities(&self) -> Result<Vec<AuthorityId>, Failure> {
        let rows = sqlx::query("SELECT DISTINCT authority FROM working_copy ORDER BY authority");
        let read = |row: &AnyRow| {
            let authority: String = row.try_get(0).map_err(failure)?;
            AuthorityId::new(&authority).map_err(|_| super::damaged("a working copy's row"))
        };
        rows.fetch_all(&self.read).await.map_err(failure)?.iter().map(read).collect()
    }

    /// The working copies of some authorities that were changed last.
    pub async fn latest_working_copies(
        &self,
        authorities: &[AuthorityId],
        limit: u64,
    ) -> Result<Vec<Incarnation>, Failure> {
        if authorities.is_empty() {
            return Ok(Vec::new());
        }
        let markers: Vec<String> = (1..=authorities.len()).map(|n| format!("${n}")).collect();
        let mut sql = super::query(format!(
            "SELECT id FROM working_copy WHERE authority IN ({}) ORDER BY updated_ms DESC, id LIMIT ${}",
            markers.join(", "),
            authorities.len() + 1
        ));
        for authority in authorities {
            sql = sql.bind(authority.to_string());
        }
        let read = |row: &AnyRow| {
            let id: Vec<u8> = row.try_get(0).map_err(failure)?;
            Incarnation::from_slice(&id).map_err(|_| super::damaged("a working copy's row"))
        };
        sql.bind(signed(limit)).fetch_all(&self.read).await.map_err(failure)?.iter().map(read).collect()
    }

    pub async fn working_copy(&self, id: &Incarnation) -> Result<Option<WorkingCopyRow>, Failure> {
        let sql = super::query(format!("SELECT {COLUMNS} FROM working_copy WHERE id = $1")).bind(id.0.to_vec());
        sql.fetch_optional(&self.read).await.map_err(failure)?.as_ref().map(read).transpose()
    }

    /// Working copies that were never published.
    pub async fn drafts(&self) -> Result<Vec<Draft>, Failure> {
        let sql = "SELECT id, CAST(LENGTH(automerge) AS BIGINT) FROM working_copy WHERE document IS NULL";
        let rows = sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?;
        let draft = |row: &AnyRow| {
            let id: Vec<u8> = row.try_get(0).map_err(failure)?;
            let id = Incarnation::from_slice(&id).map_err(|_| super::damaged("a working copy's row"))?;
            Ok(Draft { id, bytes: unsigned(row.try_get(1).map_err(failure)?) })
        };
        rows.iter().map(draft).collect()
    }

    pub async fn working_copy_of(&self, document: &DocumentId) -> Result<Option<WorkingCopyRow>, Failure> {
        let sql =
            super::query(format!("SELECT {COLUMNS} FROM working_copy WHERE document = $1")).bind(document.0.to_vec());
        sql.fetch_optional(&self.read).await.map_err(failure)?.as_ref().map(read).transpose()
    }

    pub async fn put_working_copy(&self, tx: &mut Tx, row: &WorkingCopyRow) -> Result<(), Failure> {
        // One that was taken away for good does not come back, whoever still has it in hand.
        let retired = sqlx::query("SELECT 1 FROM working_copy_retired WHERE id = $1").bind(row.id.0.to_vec());
        if retired.fetch_optional(&mut **tx).await.map_err(failure)?.is_some() {
            tracing::warn!(draft = %row.id, "a draft that was made anew meanwhile is not written");
            return Ok(());
        }
        let sql = "INSERT INTO working_copy (id, kind, authority, document, title, automerge, bridge, updated_ms, seal) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET document = excluded.document, \
                   title = excluded.title, automerge = excluded.automerge, bridge = excluded.bridge, updated_ms = excluded.updated_ms, \
                   seal = excluded.seal";
        let put = sqlx::query(sql)
            .bind(row.id.0.to_vec())
            .bind(row.kind.clone())
            .bind(row.authority.to_string())
            .bind(row.document.map(|d| d.0.to_vec()))
            // A draft may hold what PostgreSQL refuses; this is for lists only, the draft keeps it.
            .bind(row.title.replace('\0', ""))
            .bind(row.automerge.clone())
            .bind(row.bridge.clone())
            .bind(signed(row.updated_ms))
            .bind(seal(row).close());
        put.execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<WorkingCopyRow, Failure> {
    let bad = || super::damaged("a working copy's row");
    let id: Vec<u8> = row.try_get(0).map_err(failure)?;
    let authority: String = row.try_get(2).map_err(failure)?;
    let document: Option<Vec<u8>> = row.try_get(3).map_err(failure)?;
    let stored: Option<Vec<u8>> = row.try_get(8).map_err(failure)?;
    let row = WorkingCopyRow {
        id: Incarnation::from_slice(&id).map_err(|_| bad())?,
        kind: row.try_get(1).map_err(failure)?,
        authority: AuthorityId::new(&authority).map_err(|_| bad())?,
        document: document.map(|d| DocumentId::from_slice(&d)).transpose().map_err(|_| bad())?,
        title: row.try_get(4).map_err(failure)?,
        automerge: row.try_get(5).map_err(failure)?,
        bridge: row.try_get(6).map_err(failure)?,
        updated_ms: unsigned(row.try_get(7).map_err(failure)?),
    };
    seal(&row).check(stored.as_deref(), &format!("the working copy {}", row.id))?;
    Ok(row)
}

/// A bridge that says something else would publish what nobody has written.
fn seal(row: &WorkingCopyRow) -> Seal {
    Seal::of("working_copy")
        .bytes(&row.id.0)
        .text(&row.kind)
        .text(row.authority.as_str())
        .maybe(row.document.as_ref().map(|d| d.0.as_slice()))
        .text(&row.title.replace('\0', "")) // as it is stored
        .bytes(&row.automerge)
        .bytes(&row.bridge)
        .number(signed(row.updated_ms))
}
