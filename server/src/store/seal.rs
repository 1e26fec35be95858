//! A hash over a row's columns, stored with it. SQLite has no checksum for its pages, and some columns would be believed
//! whatever they say: who may connect, what a draft is based on, what a list shows. A row that does not fit its seal is
//! damage, never served on.

use super::damaged;
use crate::failure::Failure;

/// Bytes of the hash that are kept: it guards against accidents, not against people.
const SEAL_BYTES: usize = 16;

/// A seal in the making. Each column is hashed with its length, so that none can pass for a part of its neighbour.
pub(super) struct Seal(blake3::Hasher);

impl Seal {
    pub(super) fn of(table: &str) -> Self {
        Self(blake3::Hasher::new()).text(table)
    }

    pub(super) fn bytes(mut self, column: &[u8]) -> Self {
        self.0.update(&(column.len() as u64).to_le_bytes()).update(column);
        self
    }

    pub(super) fn text(self, column: &str) -> Self {
        self.bytes(column.as_bytes())
    }

    pub(super) fn number(self, column: i64) -> Self {
        self.bytes(&column.to_le_bytes())
    }

    /// A column that may be NULL.
    pub(super) fn maybe(self, column: Option<&[u8]>) -> Self {
        match column {
            Some(column) => self.number(1).bytes(column),
            None => self.number(0),
        }
    }

    pub(super) fn close(self) -> Vec<u8> {
        self.0.finalize().as_bytes()[..SEAL_BYTES].to_vec()
    }

    /// Compares it with what is stored. A row without one was written before there were seals.
    pub(super) fn check(self, stored: Option<&[u8]>, what: &str) -> Result<(), Failure> {
        if stored.is_none_or(|s| s == self.close()) {
            return Ok(());
        }
        Err(damaged(&format!("{what} does not fit its seal")))
    }
}
