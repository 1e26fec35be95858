//! What has been erased by decision, what is kept of what others have erased, and how far erasing has come here.

use super::{RequestRow, Store, Tx, damaged, failure, seal::Seal, signed, unsigned};
use crate::{failure::Failure, retention::Retired};
use samsyn_core::{
    commit::SaltedValue,
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation},
};
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet};

/// One commit by which this organisation has erased values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisposalRow {
    pub commit: HeaderHash,
    pub at_ms: u64,
    pub authority: AuthorityId,
    pub document: DocumentId,
    pub facts: u64,
    pub why: DisposalReason,
}

/// By which right. Texts that somebody has written: the decision's number or the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalReason {
    pub decision: String,
    pub class: String,
    pub what: String,
    pub basis: String,
    /// The list that was decided on.
    pub plan: String,
}

/// A value that the archive owner has had erased, and that an authority here keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedValue {
    pub fact: FactId,
    pub document: DocumentId,
    pub authority: AuthorityId,
    pub moved_ms: u64,
}

impl Store {
    pub async fn put_disposal(&self, tx: &mut Tx, row: &DisposalRow) -> Result<(), Failure> {
        let sql = "INSERT INTO disposal (commit_hash, at_ms, authority, document, facts, body, seal) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let body = serde_json::to_string(&row.why).map_err(|_| damaged("a disposal"))?;
        let seal = seal(row, &body).close();
        let put = sqlx::query(sql)
            .bind(row.commit.0.to_vec())
            .bind(signed(row.at_ms))
            .bind(row.authority.to_string())
            .bind(row.document.0.to_vec())
            .bind(signed(row.facts))
            .bind(body)
            .bind(seal);
        put.execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }

    /// The latest first.
    pub async fn disposals(&self) -> Result<Vec<DisposalRow>, Failure> {
        let sql = "SELECT commit_hash, at_ms, authority, document, facts, body, seal FROM disposal \
                   ORDER BY at_ms DESC, commit_hash";
        sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?.iter().map(disposal).collect()
    }

    /// Keeps the values of these facts for an authority, beside the document that they go from.
    pub async fn archive_values(
        &self,
        tx: &mut Tx,
        document: &DocumentId,
        authority: &AuthorityId,
        facts: &BTreeSet<FactId>,
        now_ms: u64,
    ) -> Result<(), Failure> {
        let sql = "INSERT INTO archive_value (header, idx, salt, bytes, document, authority, moved_ms) \
                   SELECT header, idx, salt, bytes, $3, $4, $5 FROM fact_value WHERE header = $1 AND idx = $2 \
                   ON CONFLICT (authority, header, idx) DO NOTHING";
        for fact in facts {
            let moved = sqlx::query(sql)
                .bind(fact.header.0.to_vec())
                .bind(i64::from(fact.index))
                .bind(document.0.to_vec())
                .bind(authority.to_string())
                .bind(signed(now_ms));
            moved.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    /// Puts back what was kept of facts whose erasure has lost its effect.
    pub async fn put_back_archived(&self, tx: &mut Tx, facts: &BTreeSet<FactId>) -> Result<(), Failure> {
        let back = "INSERT INTO fact_value (header, idx, salt, bytes) \
                    SELECT header, idx, salt, bytes FROM archive_value WHERE header = $1 AND idx = $2 \
                    ON CONFLICT (header, idx) DO NOTHING";
        for fact in facts {
            for sql in [back, "DELETE FROM archive_value WHERE header = $1 AND idx = $2"] {
                let moved = sqlx::query(sql).bind(fact.header.0.to_vec()).bind(i64::from(fact.index));
                moved.execute(&mut **tx).await.map_err(failure)?;
            }
        }
        Ok(())
    }

    /// Which of these authorities have a document in their registers.
    pub async fn registered_in(
        &self,
        tx: &mut Tx,
        document: &DocumentId,
        among: &BTreeSet<AuthorityId>,
    ) -> Result<BTreeSet<AuthorityId>, Failure> {
        registered(tx, document, among).await
    }

    /// The same, of what is stored.
    pub async fn registered(
        &self,
        document: &DocumentId,
        among: &BTreeSet<AuthorityId>,
    ) -> Result<BTreeSet<AuthorityId>, Failure> {
        registered(&mut *self.read.acquire().await.map_err(failure)?, document, among).await
    }

    /// Deletes the values of drafts for comment that have come to their end: no authority keeps them.
    pub async fn drop_lapsed(&self, tx: &mut Tx, lapsed: &BTreeSet<FactId>) -> Result<(), Failure> {
        if lapsed.is_empty() {
            return Ok(());
        }
        self.overwrite_later(tx).await?;
        self.erase_values(tx, lapsed).await
    }

    /// Has the next start write the database anew: what is deleted is overwritten where it stands, but copies that the
    /// database made of it while it moved rows about are not.
    pub async fn overwrite_later(&self, tx: &mut Tx) -> Result<(), Failure> {
        sqlx::query("DELETE FROM meta WHERE key = 'overwritten'").execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }

    /// What is kept of one document, or of all.
    pub async fn archived(&self, document: Option<&DocumentId>) -> Result<Vec<ArchivedValue>, Failure> {
        let columns = "SELECT header, idx, document, authority, moved_ms FROM archive_value";
        let rows = match document {
            Some(id) => {
                let sql = super::query(format!("{columns} WHERE document = $1 ORDER BY header, idx"));
                sql.bind(id.0.to_vec()).fetch_all(&self.read).await
            }
            None => super::query(format!("{columns} ORDER BY document, header, idx")).fetch_all(&self.read).await,
        };
        rows.map_err(failure)?.iter().map(archived).collect()
    }

    /// How many values each authority keeps.
    pub async fn archived_counts(&self) -> Result<BTreeMap<AuthorityId, u64>, Failure> {
        let sql = "SELECT authority, COUNT(*) FROM archive_value GROUP BY authority";
        let rows = sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?;
        let read = |row: &AnyRow| {
            let authority: String = row.try_get(0).map_err(failure)?;
            let authority = AuthorityId::new(&authority).map_err(|_| damaged("an archived value"))?;
            Ok((authority, unsigned(row.try_get(1).map_err(failure)?)))
        };
        rows.iter().map(read).collect()
    }

    /// The values themselves, as an authority keeps them: for whoever hands them out or checks them.
    pub async fn archived_values(
        &self,
        document: &DocumentId,
        authority: &AuthorityId,
    ) -> Result<BTreeMap<FactId, SaltedValue>, Failure> {
        let sql = "SELECT header, idx, salt, bytes FROM archive_value WHERE document = $1 AND authority = $2";
        let rows = sqlx::query(sql)
            .bind(document.0.to_vec())
            .bind(authority.to_string())
            .fetch_all(&self.read)
            .await
            .map_err(failure)?;
        rows.iter().map(super::log::value_row).collect()
    }

    /// All that an authority keeps.
    pub async fn archived_by(&self, authority: &AuthorityId) -> Result<Vec<(FactId, SaltedValue)>, Failure> {
        let sql = "SELECT header, idx, salt, bytes FROM archive_value WHERE authority = $1";
        let rows = sqlx::query(sql).bind(authority.to_string()).fetch_all(&self.read).await.map_err(failure)?;
        rows.iter().map(super::log::value_row).collect()
    }

    /// Destroys what an authority has kept of a document.
    pub async fn destroy_archived(
        &self,
        tx: &mut Tx,
        document: &DocumentId,
        authority: &AuthorityId,
    ) -> Result<(), Failure> {
        let delete = sqlx::query("DELETE FROM archive_value WHERE document = $1 AND authority = $2");
        let delete = delete.bind(document.0.to_vec()).bind(authority.to_string());
        delete.execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }

    /// Which erased values of each document are gone here altogether.
    pub async fn erasures_done(&self) -> Result<BTreeMap<DocumentId, [u8; 32]>, Failure> {
        let rows = sqlx::query("SELECT document, digest FROM erasure_done").fetch_all(&self.read).await;
        let read = |row: &AnyRow| {
            let id: Vec<u8> = row.try_get(0).map_err(failure)?;
            let id = DocumentId::from_slice(&id).map_err(|_| damaged("an erasure's row"))?;
            let digest: Vec<u8> = row.try_get(1).map_err(failure)?;
            Ok((id, digest.as_slice().try_into().map_err(|_| damaged("an erasure's row"))?))
        };
        rows.map_err(failure)?.iter().map(read).collect()
    }

    pub async fn put_erasure_done(&self, tx: &mut Tx, document: &DocumentId, digest: &[u8; 32]) -> Result<(), Failure> {
        let sql = "INSERT INTO erasure_done (document, digest) VALUES ($1, $2) \
                   ON CONFLICT (document) DO UPDATE SET digest = excluded.digest";
        sqlx::query(sql).bind(document.0.to_vec()).bind(digest.to_vec()).execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }

    /// Takes a working copy away for good. What was asked for it is asked for its successor.
    pub async fn retire_working_copy(&self, tx: &mut Tx, retired: &Retired) -> Result<(), Failure> {
        if let Some(successor) = retired.successor
            && let Some(row) = self.release_request_in(tx, &retired.id).await?
        {
            self.put_release_request(tx, &RequestRow { working_copy: successor, ..row }).await?;
        }
        for sql in [
            "DELETE FROM release_request WHERE working_copy = $1",
            "DELETE FROM working_copy WHERE id = $1",
            "INSERT INTO working_copy_retired (id) VALUES ($1) ON CONFLICT (id) DO NOTHING",
        ] {
            sqlx::query(sql).bind(retired.id.0.to_vec()).execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    pub async fn is_retired(&self, id: &Incarnation) -> Result<bool, Failure> {
        let sql = sqlx::query("SELECT id FROM working_copy_retired WHERE id = $1").bind(id.0.to_vec());
        Ok(sql.fetch_optional(&self.read).await.map_err(failure)?.is_some())
    }

    /// When each entry was stored here.
    pub async fn stored_times(&self) -> Result<BTreeMap<HeaderHash, u64>, Failure> {
        let rows = sqlx::query("SELECT hash, stored_ms FROM entry").fetch_all(&self.read).await.map_err(failure)?;
        let read = |row: &AnyRow| {
            let hash: Vec<u8> = row.try_get(0).map_err(failure)?;
            let hash = HeaderHash::from_slice(&hash).map_err(|_| damaged("an entry's hash"))?;
            Ok((hash, unsigned(row.try_get(1).map_err(failure)?)))
        };
        rows.iter().map(read).collect()
    }
}

async fn registered(
    connection: &mut AnyConnection,
    document: &DocumentId,
    among: &BTreeSet<AuthorityId>,
) -> Result<BTreeSet<AuthorityId>, Failure> {
    let mut found = BTreeSet::new();
    for authority in among {
        let sql = "SELECT 1 FROM register_item WHERE authority = $1 AND document = $2 LIMIT 1";
        let row = sqlx::query(sql).bind(authority.to_string()).bind(document.0.to_vec());
        if row.fetch_optional(&mut *connection).await.map_err(failure)?.is_some() {
            found.insert(authority.clone());
        }
    }
    Ok(found)
}

fn disposal(row: &AnyRow) -> Result<DisposalRow, Failure> {
    let bad = || damaged("a disposal");
    let (commit, document): (Vec<u8>, Vec<u8>) = (row.try_get(0).map_err(failure)?, row.try_get(3).map_err(failure)?);
    let authority: String = row.try_get(2).map_err(failure)?;
    let body: String = row.try_get(5).map_err(failure)?;
    let stored: Vec<u8> = row.try_get(6).map_err(failure)?;
    let row = DisposalRow {
        commit: HeaderHash::from_slice(&commit).map_err(|_| bad())?,
        at_ms: unsigned(row.try_get(1).map_err(failure)?),
        authority: AuthorityId::new(&authority).map_err(|_| bad())?,
        document: DocumentId::from_slice(&document).map_err(|_| bad())?,
        facts: unsigned(row.try_get(4).map_err(failure)?),
        why: serde_json::from_str(&body).map_err(|_| bad())?,
    };
    seal(&row, &body).check(Some(&stored), "a disposal")?;
    Ok(row)
}

fn archived(row: &AnyRow) -> Result<ArchivedValue, Failure> {
    let bad = || damaged("an archived value");
    let document: Vec<u8> = row.try_get(2).map_err(failure)?;
    let authority: String = row.try_get(3).map_err(failure)?;
    Ok(ArchivedValue {
        fact: super::log::fact_of(row)?,
        document: DocumentId::from_slice(&document).map_err(|_| bad())?,
        authority: AuthorityId::new(&authority).map_err(|_| bad())?,
        moved_ms: unsigned(row.try_get(4).map_err(failure)?),
    })
}

fn seal(row: &DisposalRow, body: &str) -> Seal {
    Seal::of("disposal")
        .bytes(&row.commit.0)
        .number(signed(row.at_ms))
        .text(row.authority.as_str())
        .bytes(&row.document.0)
        .number(signed(row.facts))
        .text(body)
}
