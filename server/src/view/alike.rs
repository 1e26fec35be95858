//! Works that are like one: an index of the words of all works, which follows what changes once somebody has asked.

use super::{Eyes, Moment, View, records};
use crate::{
    driver::{Changed, Watch},
    failure::Failure,
};
use samsyn_client::{
    county::{
        similar::{Alike, Index, Profile},
        work,
    },
    record::Record,
};
use samsyn_core::{entry::DocumentKind, id::DocumentId};
use samsyn_wire::v1;
use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};
use tokio::sync::{Mutex, MutexGuard, Notify};

/// Works that an answer reads itself to be up to date; where more have changed it says that it has not seen all.
const READ_MAX: usize = 10;
/// Works that are read between two answers when many have changed.
const READ_BETWEEN: usize = 8;

/// An index for those whom everything was released to, and one for the public.
#[derive(Debug, Default)]
pub(super) struct Alikes {
    released: Words,
    public: Words,
    /// There is more to read than an answer does.
    behind: Notify,
}

/// What is known, and who reads what has changed: one at a time.
#[derive(Debug, Default)]
struct Words {
    index: RwLock<Index>,
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

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) works: Vec<(Alike, Arc<Record>)>,
    /// Works were left to be read: ask again.
    pub(crate) partial: bool,
}

impl Alikes {
    fn of(&self, eyes: Eyes) -> &Words {
        match eyes {
            Eyes::Public => &self.public,
            Eyes::Device | Eyes::Released => &self.released,
        }
    }
}

impl Words {
    fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
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
    /// The works that are most like what is asked about, as they stand now, without those that are named.
    pub(crate) async fn alike(
        &self,
        asked: &Profile,
        without: &BTreeSet<String>,
        eyes: Eyes,
    ) -> Result<Found, Failure> {
        let words = self.alike.of(eyes);
        words.begin(|| self.driver.watch()).await;
        let mut reader = self.reader(words).await?;
        if reader.unread.len() <= READ_MAX {
            self.read_some(&mut reader, words, eyes, READ_MAX).await?;
        }
        let partial = !reader.unread.is_empty();
        drop(reader);
        if partial {
            self.alike.behind.notify_one();
        }
        let found = tokio::task::block_in_place(|| words.index().alike(asked, without));
        let ids = found.iter().filter_map(|alike| alike.id.parse().ok()).collect();
        let records = self.these(ids, eyes).await?;
        let record = |alike: &Alike| alike.id.parse().ok().and_then(|id: DocumentId| records.get(&id)).cloned();
        let works = found.into_iter().filter_map(|alike| Some((record(&alike)?, alike))).map(|(r, a)| (a, r)).collect();
        Ok(Found { works, partial })
    }

    /// Forgets the words of what has changed, so that none outlives its erasure here (keeps I10).
    pub(super) async fn forget_words(&self) {
        for words in [&self.alike.released, &self.alike.public] {
            // What could not be asked now is asked by whoever looks next.
            self.reader(words).await.ok();
        }
    }

    /// Reads what an answer has left, a little at a time: others wait for no more than that.
    pub(crate) async fn read_words(self) {
        loop {
            self.alike.behind.notified().await;
            for eyes in [Eyes::Released, Eyes::Public] {
                if let Err(failure) = self.read_all(eyes).await {
                    tracing::debug!(%failure, "words of works are read when somebody asks again");
                }
            }
        }
    }

    async fn read_all(&self, eyes: Eyes) -> Result<(), Failure> {
        let words = self.alike.of(eyes);
        loop {
            let mut reader = self.reader(words).await?;
            if reader.unread.is_empty() {
                return Ok(());
            }
            self.read_some(&mut reader, words, eyes, READ_BETWEEN).await?;
        }
    }

    /// The reader, knowing what has changed until now.
    async fn reader<'a>(&self, words: &'a Words) -> Result<MutexGuard<'a, Reader>, Failure> {
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
            *words.index_mut() = Index::default();
            reader.unread = self.current(DocumentKind::Work, |_| true, &Moment::Now).await?.into_keys().collect();
            reader.everything = false;
        }
        Ok(reader)
    }

    /// Reads some of what is unread. What fails stays unread.
    async fn read_some(&self, reader: &mut Reader, words: &Words, eyes: Eyes, most: usize) -> Result<(), Failure> {
        let some: Vec<DocumentId> = reader.unread.iter().take(most).copied().collect();
        if some.is_empty() {
            return Ok(());
        }
        let asked = some.clone();
        let listed = self.driver.query(move |machine, _| {
            let listed = |id: &DocumentId| records::listed(machine.ledger(), id, DocumentKind::Work);
            asked.into_iter().filter(listed).collect()
        });
        // Not among what is kept for pages: all works at once would drive out the rest.
        for (id, work) in self.stated_all(listed.await?, eyes, &Moment::Now).await? {
            words.index_mut().put(id.to_string(), &work::profile(&records::read(work)?));
        }
        for id in some {
            reader.unread.remove(&id);
        }
        Ok(())
    }

    /// The same of a document or a draft, for devices and programs.
    pub(crate) async fn similar(&self, id: &str, eyes: Eyes) -> Result<v1::SimilarResponse, Failure> {
        let record = self.record(id, eyes, &Moment::Now).await?;
        let without = BTreeSet::from([record.id.clone()]);
        let found = self.alike(&work::profile(&record), &without, eyes).await?;
        let shown = |(alike, record): (Alike, Arc<Record>)| {
            let read = work::read(&record);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
            let score = (alike.score * 1_000.0) as u32;
            v1::SimilarWork {
                document_id: alike.id,
                title: read.title.unwrap_or_default(),
                owner: read.owner,
                stage: read.stage.unwrap_or_default(),
                score,
                words: alike.words,
                partners: alike.partners,
                target_groups: alike.target_groups,
            }
        };
        Ok(v1::SimilarResponse { works: found.works.into_iter().map(shown).collect(), partial: found.partial })
    }
}
