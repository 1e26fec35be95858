//! Looking for words in documents of every kind. Which documents, says an index in memory; what is shown of them is read as
//! any page reads it, so that nothing shows here that does not show there.

use super::{
    Eyes, View,
    followed::{Followed, Index},
    node::page,
};
use crate::failure::Failure;
use samsyn_client::{
    county::found::{self, LETTERS_MIN, Part, Passage, Place, Sought},
    record::Record,
    schema,
};
use samsyn_core::{code::Code, entry::DocumentKind, id::DocumentId};
use samsyn_wire::v1;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes that may be looked for.
const TEXT_MAX: usize = 400;
const PAGE: u32 = 20;
const PAGE_MAX: u32 = 100;
/// How long an answer reads documents that have changed, before it says that it has not seen all.
const WAIT: Duration = Duration::from_secs(2);

pub(super) type Texts = Followed<found::Index>;

impl Index for found::Index {
    const KINDS: &'static [DocumentKind] = &schema::KINDS;

    fn put(&mut self, record: &Record) {
        self.put(record);
    }

    fn remove(&mut self, document: &str) {
        self.remove(document);
    }
}

impl View {
    /// Where words are said, as it stands now. Drafts are not looked through.
    pub(crate) async fn search(&self, request: &v1::SearchRequest, eyes: Eyes) -> Result<v1::SearchResponse, Failure> {
        let wrong = |message: String, remedy| Failure::new(Code::InputValue, message, remedy).field("text");
        if request.text.len() > TEXT_MAX {
            let message = format!("the words are longer than {TEXT_MAX} bytes together");
            return Err(wrong(message, "write fewer of them"));
        }
        let sought = Sought::new(&request.text);
        if sought.is_empty() {
            let message = format!("there is no word of {LETTERS_MIN} letters or more to look for");
            return Err(wrong(message, "write one word or several"));
        }
        let kind = match request.kind.map(|_| request.kind()) {
            None | Some(v1::DocumentKind::Unspecified) => None,
            Some(kind) => Some(
                DocumentKind::try_from(kind)
                    .map_err(|e| Failure::new(e.code, e.to_string(), "say which kind of document").field("kind"))?,
            ),
        };
        let size = if request.page_size == 0 { PAGE } else { request.page_size.min(PAGE_MAX) };
        let (most, from) = page(size, &request.page_token)?;
        let partial = !self.read_until(&self.texts, eyes, Instant::now() + WAIT).await?;
        let index = self.texts.of(eyes);
        let found = tokio::task::block_in_place(|| index.index().search(&sought, kind, from, most));
        let hits = self.hits(&found.places, &sought, eyes).await?;
        let next = from + found.places.len();
        let count = |(kind, total): (&DocumentKind, &u64)| v1::KindCount {
            kind: v1::DocumentKind::from(*kind).into(),
            total: *total,
        };
        Ok(v1::SearchResponse {
            hits,
            total: found.total,
            kinds: found.by_kind.iter().map(count).collect(),
            partial,
            next_page_token: if (next as u64) < found.total { next.to_string() } else { String::new() },
        })
    }

    /// What is shown of places, without those that have gone since they were found.
    async fn hits(&self, places: &[Place], sought: &Sought, eyes: Eyes) -> Result<Vec<v1::SearchHit>, Failure> {
        let id = |place: &Place| place.document.parse::<DocumentId>().ok();
        let mut ids: Vec<DocumentId> = places.iter().filter_map(id).collect();
        ids.sort_unstable();
        ids.dedup();
        let records = self.these(ids, eyes).await?;
        let hit = |place: &Place| Some(hit(records.get(&id(place)?)?, place, sought));
        Ok(places.iter().filter_map(hit).collect())
    }
}

fn hit(record: &Record, place: &Place, sought: &Sought) -> v1::SearchHit {
    let (title_path, title) = found::titled(record, &place.item).unwrap_or_default();
    let inside = !place.item.is_empty();
    v1::SearchHit {
        document_id: record.id.clone(),
        kind: v1::DocumentKind::from(record.kind).into(),
        owner: record.owner.clone(),
        item: place.item.clone(),
        title,
        document_title: found::title(record, "").filter(|_| inside).unwrap_or_default(),
        updated_ms: record.updated_ms,
        passages: found::passages(record, &place.item, sought).into_iter().map(passage).collect(),
        title_path,
    }
}

fn passage(passage: Passage) -> v1::SearchPassage {
    let part = |part: Part| v1::SearchPart { text: part.text, found: part.found };
    v1::SearchPassage {
        path: passage.path,
        parts: passage.parts.into_iter().map(part).collect(),
        stated_by: passage.by,
        stated_ms: passage.at_ms,
    }
}
