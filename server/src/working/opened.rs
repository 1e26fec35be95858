//! Working copies as Automerge has them in memory, by the hash of what is stored of them. To read one costs more than all
//! else that a coordinator's change costs, and one change reads the same copy several times.

use automerge::{ActorId, Automerge};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Copies that are kept, and how many stored bytes of them; in memory each is several times as large.
const COPIES_MAX: usize = 16;
const BYTES_MAX: usize = 512 * 1024;
/// How long a copy is kept that nobody reads.
const KEPT: Duration = Duration::from_mins(1);

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Opened(Mutex<Vec<Copy>>);

struct Copy {
    hash: blake3::Hash,
    bytes: usize,
    used: Instant,
    document: Automerge,
}

impl Opened {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Copy>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy that reading these bytes would give, writing as an actor of its own as one that has been read does.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<Automerge> {
        let hash = blake3::hash(bytes);
        let mut kept = self.lock();
        let copy = kept.iter_mut().find(|copy| copy.hash == hash)?;
        copy.used = Instant::now();
        let document = copy.document.clone();
        drop(kept);
        Some(document.with_actor(ActorId::random()))
    }

    /// Keeps a copy that these bytes were read into or written from, in the place of those that nobody has read for longest.
    pub(super) fn keep(&self, bytes: &[u8], document: &Automerge) {
        if bytes.len() > BYTES_MAX {
            return;
        }
        let hash = blake3::hash(bytes);
        let copy = Copy { hash, bytes: bytes.len(), used: Instant::now(), document: document.clone() };
        let mut kept = self.lock();
        kept.retain(|copy| copy.hash != hash && copy.used.elapsed() <= KEPT);
        kept.push(copy);
        while kept.len() > COPIES_MAX || kept.iter().map(|copy| copy.bytes).sum::<usize>() > BYTES_MAX {
            let Some((oldest, _)) = kept.iter().enumerate().min_by_key(|(_, copy)| copy.used) else { break };
            kept.swap_remove(oldest);
        }
    }

    /// Gives back the memory of what nobody has read for a while.
    pub(super) fn tidy(&self) {
        self.lock().retain(|copy| copy.used.elapsed() <= KEPT);
    }

    /// Gives back all of it: something of one has been erased (keeps I10).
    pub(super) fn forget(&self) {
        self.lock().clear();
    }
}

/// What a draft says is for its authority alone.
impl std::fmt::Debug for Copy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copy").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::{ROOT, ReadDoc, transaction::Transactable};

    fn document(text: &str) -> Automerge {
        let mut document = Automerge::new();
        let mut tx = document.transaction();
        tx.put(ROOT, "text", text).expect("a value");
        tx.commit();
        document
    }

    #[test]
    fn what_is_kept_is_found_by_its_bytes_alone_and_two_who_find_it_do_not_write_as_one() {
        let document = document("opened.rs: ett");
        let (bytes, opened) = (document.save(), Opened::new());
        let find = |bytes: &[u8]| opened.find(bytes);
        assert!(find(&bytes).is_none());
        opened.keep(&bytes, &document);
        let (mut first, second) = (find(&bytes).expect("kept"), find(&bytes).expect("kept"));
        assert_eq!(first.get_heads(), document.get_heads());
        assert_ne!(first.get_actor(), second.get_actor(), "one actor's changes follow each other");
        let mut tx = first.transaction();
        tx.put(ROOT, "text", "opened.rs: två").expect("a value");
        tx.commit();
        let kept = find(&bytes).expect("kept");
        assert_eq!(kept.get_heads(), document.get_heads(), "nobody changes what others find");
        assert_eq!(kept.get(ROOT, "text").expect("read").expect("a value").0.as_str(), Some("opened.rs: ett"));
        assert!(find(&first.save()).is_none());
        opened.forget();
        assert!(find(&bytes).is_none());
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_latest_stay() {
        let (large, opened) = (document("x"), Opened::new());
        opened.keep(&vec![7; BYTES_MAX + 1], &large);
        assert!(opened.find(&vec![7; BYTES_MAX + 1]).is_none());
        let copies: Vec<Vec<u8>> = (0..20u8).map(|n| vec![n; 100]).collect();
        for copy in &copies {
            opened.keep(copy, &large);
            assert!(opened.find(&copies[0]).is_some(), "it is read all the time");
        }
        assert_eq!(copies.iter().filter(|copy| opened.find(copy).is_some()).count(), COPIES_MAX);
        assert!(opened.find(&copies[1]).is_none() && opened.find(&copies[19]).is_some());
        opened.keep(&vec![7; BYTES_MAX], &large);
        assert!(opened.find(&copies[19]).is_none(), "all the room is taken");
    }
}
