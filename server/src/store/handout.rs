//! Reads what is handed out: entries as they were signed, when they were stored, and values one after the other.

use super::{ROWS_PER_STATEMENT, Store, damaged, failure, log::raw_entry, query, unsigned};
use crate::failure::Failure;
use samsyn_core::{
    commit::{RawEntry, SaltedValue},
    id::{FactId, HeaderHash},
    sign::Signature,
};
use sqlx::Row;
use std::collections::BTreeMap;

/// An entry with what is known of it beside.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    pub raw: RawEntry,
    /// On the last of a commit.
    pub signature: Option<Signature>,
    pub stored_ms: u64,
}

impl Store {
    /// Entries without values, as far as they are stored.
    pub async fn stored_entries(&self, hashes: &[HeaderHash]) -> Result<BTreeMap<HeaderHash, StoredEntry>, Failure> {
        let mut found = BTreeMap::new();
        for chunk in hashes.chunks(ROWS_PER_STATEMENT) {
            let list = self.markers().list(chunk.len());
            let sql = format!("SELECT hash, header, outline, signature, stored_ms FROM entry WHERE hash IN ({list})");
            let select = chunk.iter().fold(query(sql), |select, hash| select.bind(hash.0.to_vec()));
            for row in select.fetch_all(&self.read).await.map_err(failure)? {
                let raw = raw_entry(&row, 0)?;
                let signature: Option<Vec<u8>> = row.try_get(3).map_err(failure)?;
                let signature = signature.map(|s| Signature::from_slice(&s)).transpose();
                let signature = signature.map_err(|_| damaged("a signature"))?;
                let stored_ms = unsigned(row.try_get(4).map_err(failure)?);
                found.insert(HeaderHash::of(&raw.header), StoredEntry { raw, signature, stored_ms });
            }
        }
        Ok(found)
    }

    /// Some values after one, in the order of their facts.
    pub async fn values_after(&self, after: Option<FactId>, limit: i64) -> Result<Vec<(FactId, SaltedValue)>, Failure> {
        let (header, index) = after.map_or((Vec::new(), -1), |fact| (fact.header.0.to_vec(), i64::from(fact.index)));
        let sql = "SELECT header, idx, salt, bytes FROM fact_value WHERE (header, idx) > ($1, $2) ORDER BY header, idx LIMIT $3";
        let rows = sqlx::query(sql).bind(header).bind(index).bind(limit).fetch_all(&self.read).await;
        let mut found = Vec::new();
        for row in rows.map_err(failure)? {
            found.push(super::log::value_row(&row)?);
        }
        Ok(found)
    }
}
