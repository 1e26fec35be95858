//! Works that are like one, by the words of all works.

use super::{
    Eyes, Moment, View,
    followed::{Followed, Index},
};
use crate::failure::Failure;
use samsyn_client::{
    county::{
        similar::{self, Alike, Profile},
        work,
    },
    record::Record,
};
use samsyn_core::{entry::DocumentKind, id::DocumentId};
use samsyn_wire::v1;
use std::{collections::BTreeSet, sync::Arc};

/// Works that an answer reads itself to be up to date; where more have changed it says that it has not seen all.
const READ_MAX: usize = 10;

pub(super) type Alikes = Followed<similar::Index>;

impl Index for similar::Index {
    const KINDS: &[DocumentKind] = &[DocumentKind::Work];

    fn put(&mut self, record: &Record) {
        self.put(record.id.clone(), &work::profile(record));
    }

    fn remove(&mut self, document: &str) {
        self.remove(document);
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) works: Vec<(Alike, Arc<Record>)>,
    /// Works were left to be read: ask again.
    pub(crate) partial: bool,
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
        let partial = !self.read_few(&self.alike, eyes, READ_MAX).await?;
        let found = tokio::task::block_in_place(|| words.index().alike(asked, without));
        let ids = found.iter().filter_map(|alike| alike.id.parse().ok()).collect();
        let records = self.these(ids, eyes).await?;
        let record = |alike: &Alike| alike.id.parse().ok().and_then(|id: DocumentId| records.get(&id)).cloned();
        let works = found.into_iter().filter_map(|alike| Some((record(&alike)?, alike))).map(|(r, a)| (a, r)).collect();
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
