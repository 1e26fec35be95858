//! Merges of joint texts for readers: a large one is made once for all who wait for it, and one at a time, so that no
//! number of readers of a hostile text costs more memory than one (keeps I6). Nothing is kept once the last reader has
//! its answer: a kept text could hold words that have been erased since (keeps I10).

use samsyn_core::{
    id::FactId,
    prose::{self, Prose, ProseFact},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::{sync::OnceCell, task::block_in_place};

/// Up to this many bytes of text, in all versions, a merge is made at once.
const SMALL_BYTES: usize = 256 * 1024;

/// What a merge is a function of, hashed: which facts, and whether each has effect and its text is there.
type Key = [u8; 32];

#[derive(Debug, Default)]
pub(super) struct Merges {
    under_way: Mutex<BTreeMap<Key, Weak<OnceCell<Prose>>>>,
    turn: tokio::sync::Mutex<()>,
}

impl Merges {
    /// The text as everybody reads it.
    pub(super) async fn merged(&self, facts: &BTreeMap<FactId, ProseFact>) -> Prose {
        self.read("merged", facts, prose::merge).await
    }

    /// The same text, with who wrote what from as far back as possible.
    pub(super) async fn attributed(&self, facts: &BTreeMap<FactId, ProseFact>) -> Prose {
        self.read("attributed", facts, prose::attribute).await
    }

    async fn read(
        &self,
        how: &str,
        facts: &BTreeMap<FactId, ProseFact>,
        merge: fn(&BTreeMap<FactId, ProseFact>) -> Prose,
    ) -> Prose {
        let bytes: usize = facts.values().filter_map(|f| f.text.as_ref()).map(String::len).sum();
        // It can take seconds, and must not hold up other calls.
        if bytes <= SMALL_BYTES {
            return block_in_place(|| merge(facts));
        }
        let waited_for = self.waited_for(how, facts);
        let made = waited_for.get_or_init(|| async {
            let _turn = self.turn.lock().await;
            block_in_place(|| merge(facts))
        });
        made.await.clone()
    }

    fn waited_for(&self, how: &str, facts: &BTreeMap<FactId, ProseFact>) -> Arc<OnceCell<Prose>> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(how.as_bytes());
        for (id, fact) in facts {
            let state = [u8::from(fact.text.is_some()), u8::from(fact.in_effect)];
            hasher.update(&id.header.0).update(&id.index.to_le_bytes()).update(&state);
        }
        let key = *hasher.finalize().as_bytes();
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|_, cell| cell.strong_count() > 0);
        under_way.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let cell = Arc::default();
            under_way.insert(key, Arc::downgrade(&cell));
            cell
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::id::{HeaderHash, OrgId};
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    static MADE: AtomicUsize = AtomicUsize::new(0);
    static AT_ONCE: AtomicUsize = AtomicUsize::new(0);

    fn slow(facts: &BTreeMap<FactId, ProseFact>) -> Prose {
        assert_eq!(AT_ONCE.fetch_add(1, Ordering::SeqCst), 0, "two large merges at once");
        std::thread::sleep(Duration::from_millis(200));
        AT_ONCE.fetch_sub(1, Ordering::SeqCst);
        MADE.fetch_add(1, Ordering::SeqCst);
        Prose::Empty { standing: prose::standing(facts) }
    }

    fn large(n: u8) -> BTreeMap<FactId, ProseFact> {
        let author = OrgId::new("timra").expect("an id");
        let fact = ProseFact { text: Some("å".repeat(SMALL_BYTES)), replaces: Vec::new(), author, in_effect: true };
        [(FactId { header: HeaderHash([n; 32]), index: 0 }, fact)].into()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn i6_readers_of_large_texts_share_one_merge_and_take_turns() {
        let merges = Arc::new(Merges::default());
        let begin = Arc::new(tokio::sync::Barrier::new(16));
        let readers = (0..16u8).map(|n| {
            let (merges, begin) = (Arc::clone(&merges), Arc::clone(&begin));
            tokio::spawn(async move {
                let facts = large(n % 2);
                begin.wait().await;
                (prose::standing(&facts), merges.read("merged", &facts, slow).await)
            })
        });
        for reader in readers.collect::<Vec<_>>() {
            let (standing, read) = reader.await.expect("a reader ends");
            assert_eq!(read.standing(), standing, "a reader is shown another text");
        }
        assert_eq!(MADE.load(Ordering::SeqCst), 2, "one merge for each of two texts");
        let mut gone = large(0);
        for fact in gone.values_mut() {
            fact.text = None;
        }
        assert_eq!(merges.waited_for("merged", &gone).get(), None);
        assert_eq!(merges.under_way.lock().expect("nobody panicked").len(), 1, "something is kept");
    }
}
