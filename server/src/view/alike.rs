//! Works that are like one: an index of the words of all works, kept as they change.

use super::{Eyes, Moment, View};
use crate::failure::Failure;
use samsyn_client::{
    county::{
        similar::{Alike, Index, Profile},
        work,
    },
    record::Record,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{Digest, DocumentId},
};
use samsyn_wire::v1;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::sync::{Mutex, MutexGuard};

/// Works that one answer reads to be up to date; where more have changed it says that it has not seen all.
const READ_MAX: usize = 200;

/// An index for those whom everything was released to, and one for the public.
#[derive(Debug, Default)]
pub(super) struct Alikes {
    released: Mutex<Kept>,
    public: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    index: Index,
    /// The state that each work was read in.
    read: BTreeMap<DocumentId, Digest>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) works: Vec<(Alike, Arc<Record>)>,
    /// Works were left to be read: ask again.
    pub(crate) partial: bool,
}

impl Alikes {
    async fn of(&self, eyes: Eyes) -> MutexGuard<'_, Kept> {
        match eyes {
            Eyes::Public => self.public.lock().await,
            Eyes::Device | Eyes::Released => self.released.lock().await,
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
        let current = self.current(DocumentKind::Work, |_| true, &Moment::Now).await?;
        let mut kept = self.alike.of(eyes).await;
        let gone: Vec<DocumentId> = kept.read.keys().filter(|id| !current.contains_key(id)).copied().collect();
        for id in gone {
            kept.read.remove(&id);
            kept.index.remove(&id.to_string());
        }
        let changed: Vec<(DocumentId, Digest)> =
            current.into_iter().filter(|(id, digest)| kept.read.get(id) != Some(digest)).collect();
        let partial = changed.len() > READ_MAX;
        // What is not read now may say something else than it did: nothing of it is told.
        for (id, _) in changed.iter().skip(READ_MAX) {
            kept.read.remove(id);
            kept.index.remove(&id.to_string());
        }
        for (id, digest) in changed.into_iter().take(READ_MAX) {
            let seen = if eyes == Eyes::Public { Eyes::Public } else { Eyes::Released };
            let record = match self.kept_or_read(id, Some(digest), seen, &Moment::Now).await {
                Ok(record) => record,
                // Not for these eyes.
                Err(failure) if failure.code == Code::InputNotFound => {
                    kept.index.remove(&id.to_string());
                    kept.read.insert(id, digest);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let missing = Code::ValueMissing.as_str();
            let whole = record.paths().flat_map(|(_, said)| said).all(|said| said.fault != missing);
            kept.index.put(id.to_string(), &work::profile(&record));
            // What lacks a value is read again.
            if whole {
                kept.read.insert(id, digest);
            }
        }
        let found = tokio::task::block_in_place(|| kept.index.alike(asked, without));
        drop(kept);
        let mut works = Vec::with_capacity(found.len());
        for alike in found {
            let record = self.record(&alike.id, eyes, &Moment::Now).await?;
            works.push((alike, record));
        }
        Ok(Found { works, partial })
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
