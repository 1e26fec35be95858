//! Indexes in memory of what documents say, which follow what changes once somebody has asked. Nothing of them is ever
//! stored: what has been erased is gone from them with the document's next reading (keeps I10).

use super::{Eyes, Moment, View, records};
use crate::{
    driver::{Changed, Watch},
    failure::Failure,
};
use samsyn_client::record::Record;
use samsyn_core::{entry::DocumentKind, id::DocumentId};
use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};
use tokio::{
    sync::{Mutex, MutexGuard, Notify},
    time::Instant,
};

/// Documents that are read between two answers when many have changed.
const READ_BETWEEN: usize = 8;

/// What is kept of documents, to answer by.
pub(super) trait Index: Default + Send + Sync {
    /// The documents that are in it.
    const KINDS: &'static [DocumentKind];

    /// In the place of what was there of the document.
    fn put(&mut self, record: &Record);

    /// Nothing of it is kept.
    fn remove(&mut self, document: &str);
}

/// An index for those whom everything was released to, and one for the public.
#[derive(Debug, Default)]
pub(super) struct Followed<I> {
    released: Words<I>,
    public: Words<I>,
    /// There is more to read than an answer does.
    behind: Notify,
}

/// What is known, and who reads what has changed: one at a time.
#[derive(Debug, Default)]
pub(super) struct Words<I> {
    index: RwLock<I>,
    reader: Mutex<Reader>,
}

/// How far the index has come.
#[derive(Debug, Default)]
struct Reader {
    /// None until somebody asks: a node where nobody does keeps no words.
    watch: Option<Watch>,
    /// Nothing has been read yet, or more has changed than could be told.
    everything: bool,
    /// Documents of whatever kind that are to be read; nothing of them is in the index.
    unread: BTreeSet<DocumentId>,
}

impl<I> Followed<I> {
    pub(super) fn of(&self, eyes: Eyes) -> &Words<I> {
        match eyes {
            Eyes::Public => &self.public,
            Eyes::Device | Eyes::Released => &self.released,
        }
    }
}

impl<I> Words<I> {
    pub(super) fn index(&self) -> RwLockReadGuard<'_, I> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_mut(&self) -> RwLockWriteGuard<'_, I> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody asks.
    async fn begin(&self, watch: impl FnOnce() -> Watch) {
        let mut reader = self.reader.lock().await;
        if reader.watch.is_none() {
            *reader = Reader { watch: Some(watch()), everything: true, unread: BTreeSet::new() };
        }
    }
}

impl View {
    /// Brings an index up to date where few documents have changed; else they are read behind the answer. True if nothing
    /// is left to read.
    pub(super) async fn read_few<I: Index>(
        &self,
        followed: &Followed<I>,
        eyes: Eyes,
        few: usize,
    ) -> Result<bool, Failure> {
        let words = followed.of(eyes);
        words.begin(|| self.driver.watch()).await;
        let mut reader = self.reader(words).await?;
        if reader.unread.len() <= few {
            self.read_some(&mut reader, words, eyes, few).await?;
        }
        let whole = reader.unread.is_empty();
        drop(reader);
        if !whole {
            followed.behind.notify_one();
        }
        Ok(whole)
    }

    /// The same, but reads itself until a time whatever has changed.
    pub(super) async fn read_until<I: Index>(
        &self,
        followed: &Followed<I>,
        eyes: Eyes,
        until: Instant,
    ) -> Result<bool, Failure> {
        let words = followed.of(eyes);
        words.begin(|| self.driver.watch()).await;
        let whole = self.read_on(words, eyes, || Instant::now() < until).await?;
        if !whole {
            followed.behind.notify_one();
        }
        Ok(whole)
    }

    /// Forgets the words of what has changed, so that none outlives its erasure here (keeps I10).
    pub(super) async fn forget_words(&self) {
        self.forget_in(&self.alike).await;
        self.forget_in(&self.texts).await;
    }

    async fn forget_in<I: Index>(&self, followed: &Followed<I>) {
        for words in [&followed.released, &followed.public] {
            // What could not be asked now is asked by whoever looks next.
            self.reader(words).await.ok();
        }
    }

    /// Reads what answers have left, a little at a time: others wait for no more than that.
    pub(crate) async fn read_words(self) {
        tokio::join!(self.read_behind(&self.alike), self.read_behind(&self.texts));
    }

    async fn read_behind<I: Index>(&self, followed: &Followed<I>) {
        loop {
            followed.behind.notified().await;
            for eyes in [Eyes::Released, Eyes::Public] {
                if let Err(failure) = self.read_on(followed.of(eyes), eyes, || true).await {
                    tracing::debug!(%failure, "words of documents are read when somebody asks again");
                }
            }
        }
    }

    /// Reads what is unread, a little at a time, for as long as it may. True if nothing is left.
    async fn read_on<I: Index>(&self, words: &Words<I>, eyes: Eyes, may: impl Fn() -> bool) -> Result<bool, Failure> {
        loop {
            let mut reader = self.reader(words).await?;
            if reader.unread.is_empty() || !may() {
                return Ok(reader.unread.is_empty());
            }
            self.read_some(&mut reader, words, eyes, READ_BETWEEN).await?;
        }
    }

    /// The reader, knowing what has changed until now.
    async fn reader<'a, I: Index>(&self, words: &'a Words<I>) -> Result<MutexGuard<'a, Reader>, Failure> {
        let mut reader = words.reader.lock().await;
        match reader.watch.as_mut().and_then(Watch::so_far) {
            Some(Changed::Documents(ids)) => {
                let mut index = words.index_mut();
                for id in &ids {
                    index.remove(&id.to_string());
                }
                drop(index);
                reader.unread.extend(ids);
            }
            Some(Changed::Everything) => reader.everything = true,
            None => {}
        }
        if reader.everything {
            *words.index_mut() = I::default();
            reader.unread.clear();
            for kind in I::KINDS {
                reader.unread.extend(self.current(*kind, |_| true, &Moment::Now).await?.into_keys());
            }
            reader.everything = false;
        }
        Ok(reader)
    }

    /// Reads some of what is unread. What fails stays unread.
    async fn read_some<I: Index>(
        &self,
        reader: &mut Reader,
        words: &Words<I>,
        eyes: Eyes,
        most: usize,
    ) -> Result<(), Failure> {
        let some: Vec<DocumentId> = reader.unread.iter().take(most).copied().collect();
        if some.is_empty() {
            return Ok(());
        }
        let asked = some.clone();
        let listed = self.driver.query(move |machine, _| {
            let listed = |id: &DocumentId| I::KINDS.iter().any(|kind| records::listed(machine.ledger(), id, *kind));
            asked.into_iter().filter(listed).collect()
        });
        // Not among what is kept for pages: all documents at once would drive out the rest.
        for (_, document) in self.stated_all(listed.await?, eyes, &Moment::Now).await? {
            words.index_mut().put(&records::read(document)?);
        }
        for id in some {
            reader.unread.remove(&id);
        }
        Ok(())
    }
}
