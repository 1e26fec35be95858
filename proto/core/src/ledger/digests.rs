//! The digest of each document, made no oftener than the size of the document warrants: made at once for each of twenty
//! thousand facts of one hostile document, it would keep every node from anything else for minutes (keeps I6).

use crate::id::{Digest, DocumentId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A document's digest is made anew when so many changes have come as there are entries divided by this.
const CHANGES_PER_DIGEST: usize = 8;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Digests {
    made: BTreeMap<DocumentId, Digest>,
    /// Changes of a document since its digest was made.
    stale: BTreeMap<DocumentId, usize>,
    /// Digests of stale documents as somebody has asked for them, until the next change. A cache: nothing depends on
    /// what is in it.
    asked: Mutex<BTreeMap<DocumentId, Digest>>,
}

impl Clone for Digests {
    fn clone(&self) -> Self {
        Self { made: self.made.clone(), stale: self.stale.clone(), asked: Mutex::default() }
    }
}

impl Digests {
    /// A document with so many entries has changed: true if its digest is to be made now.
    pub(super) fn changed(&mut self, id: DocumentId, entries: usize) -> bool {
        let changes = self.stale.remove(&id).unwrap_or(0) + 1;
        self.asked().remove(&id);
        let due = changes * CHANGES_PER_DIGEST >= entries;
        if !due {
            self.stale.insert(id, changes);
            self.made.entry(id).or_insert(Digest([0; 32])); // a document that is listed
        }
        due
    }

    pub(super) fn put(&mut self, id: DocumentId, digest: Digest) {
        self.made.insert(id, digest);
    }

    /// The digest as the document is now, made by `make` where it is not kept.
    pub(super) fn get(&self, id: &DocumentId, make: impl FnOnce() -> Digest) -> Option<Digest> {
        let made = self.made.get(id).copied()?;
        if !self.stale.contains_key(id) {
            return Some(made);
        }
        Some(*self.asked().entry(*id).or_insert_with(make))
    }

    fn asked(&self) -> MutexGuard<'_, BTreeMap<DocumentId, Digest>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
