//! The files of papers that this organisation has made, as they were made.

use super::{Store, Tx, damaged, failure, signed};
use crate::failure::Failure;
use samsyn_core::id::DocumentId;
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::collections::BTreeMap;

impl Store {
    /// Keeps the files of a paper, by format; those that there are of it already stay.
    pub async fn keep_paper(
        &self,
        document: &DocumentId,
        paper: &str,
        files: &BTreeMap<String, Vec<u8>>,
        now_ms: u64,
    ) -> Result<(), Failure> {
        let mut tx = self.write.begin().await.map_err(failure)?;
        let sql = "INSERT INTO paper_file (document, paper, format, digest, bytes, made_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        for (format, bytes) in files {
            let insert = sqlx::query(sql)
                .bind(document.0.to_vec())
                .bind(paper)
                .bind(format.as_str())
                .bind(Sha256::digest(bytes).to_vec())
                .bind(bytes.as_slice())
                .bind(signed(now_ms));
            insert.execute(&mut *tx).await.map_err(failure)?;
        }
        tx.commit().await.map_err(failure)
    }

    /// A file as it was kept.
    pub async fn kept_paper(
        &self,
        document: &DocumentId,
        paper: &str,
        format: &str,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let sql = "SELECT digest, bytes FROM paper_file WHERE document = $1 AND paper = $2 AND format = $3";
        let query = sqlx::query(sql).bind(document.0.to_vec()).bind(paper).bind(format);
        let Some(row) = query.fetch_optional(&self.read).await.map_err(failure)? else { return Ok(None) };
        let (digest, bytes): (Vec<u8>, Vec<u8>) = (row.try_get(0).map_err(failure)?, row.try_get(1).map_err(failure)?);
        if Sha256::digest(&bytes).as_slice() == digest { Ok(Some(bytes)) } else { Err(damaged("a paper's file")) }
    }

    /// Deletes the files of papers whose entries have been erased.
    pub async fn drop_papers<'a>(
        &self,
        tx: &mut Tx,
        papers: impl Iterator<Item = (&'a DocumentId, &'a str)>,
    ) -> Result<(), Failure> {
        for (document, paper) in papers {
            let delete = sqlx::query("DELETE FROM paper_file WHERE document = $1 AND paper = $2");
            delete.bind(document.0.to_vec()).bind(paper).execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }
}
