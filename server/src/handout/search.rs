//! Which documents say a word: plainly, in every text that the node holds.

use crate::{driver::Handle, failure::Failure, limits::PACK_FOUND_MAX, projection::fold, store::Store};
use samsyn_client::schema::title_path;
use samsyn_core::{
    commit::SaltedValue,
    document::PathFacts,
    id::{AuthorityId, DocumentId, FactId, HeaderHash, OrgId, Path},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Words that are looked for; further ones are left out.
const WORDS_MAX: usize = 10;
/// Values read at once.
const PAGE: i64 = 2_000;

/// A document that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) document: DocumentId,
    /// Empty where it has none, or several that differ.
    pub(crate) title: String,
    pub(crate) owner: OrgId,
}

/// Documents in which all the words stand, in one text or in several; and true if there are more than are shown.
/// What an authority keeps although it has been erased elsewhere is looked through too.
pub(super) async fn search(
    driver: &Handle,
    store: &Store,
    authority: &AuthorityId,
    text: &str,
) -> Result<(Vec<Found>, bool), Failure> {
    let folded = fold(text);
    let mut words: Vec<String> = folded.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect();
    // A letter stands in nearly every text: beside words it tells nothing apart.
    if words.iter().any(|word| word.chars().count() > 1) {
        words.retain(|word| word.chars().count() > 1);
    }
    let mut hits: Vec<BTreeSet<HeaderHash>> = vec![BTreeSet::new(); words.len()];
    for (fact, value) in store.archived_by(authority).await? {
        look(fact, &value, &words, &mut hits);
    }
    let mut after = None;
    loop {
        let page = store.values_after(after, PAGE).await?;
        tokio::task::block_in_place(|| page.iter().for_each(|(fact, value)| look(*fact, value, &words, &mut hits)));
        after = page.last().map(|(fact, _)| *fact);
        if page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            break;
        }
    }
    let mut found = driver.query(move |machine, _| fitting(machine.ledger(), hits)).await?;
    let more = found.len() > PACK_FOUND_MAX;
    found.truncate(PACK_FOUND_MAX);
    Ok((titled(store, found).await?, more))
}

fn look(fact: FactId, value: &SaltedValue, words: &[String], hits: &mut [BTreeSet<HeaderHash>]) {
    let Ok(value) = Value::decode(&value.bytes) else { return };
    let Some(text) = value.as_text().map(fold) else { return };
    for (_, hits) in words.iter().zip(hits).filter(|(word, _)| text.contains(word.as_str())) {
        hits.insert(fact.header);
    }
}

/// These documents with their titles, as far as they are here.
pub(super) async fn named(driver: &Handle, store: &Store, documents: &[DocumentId]) -> Result<Vec<Found>, Failure> {
    let documents = documents.to_vec();
    let found = driver.query(move |machine, _| {
        let of = |document: &DocumentId| untitled(machine.ledger(), *document);
        documents.iter().filter_map(of).collect::<Vec<_>>()
    });
    titled(store, found.await?).await
}

type Untitled = (DocumentId, OrgId, Option<(FactId, samsyn_core::entry::ValueOutline)>);

/// The documents of all these sets of headers; one more than are shown, where there are more.
fn fitting(ledger: &samsyn_core::ledger::Ledger, hits: Vec<BTreeSet<HeaderHash>>) -> Vec<Untitled> {
    let released = |header: &HeaderHash| !ledger.is_draft(header);
    let document =
        |header: HeaderHash| ledger.record(&header).filter(|_| released(&header)).map(|record| record.document);
    let mut of_words =
        hits.into_iter().map(|headers| headers.into_iter().filter_map(document).collect::<BTreeSet<_>>());
    let first = of_words.next().unwrap_or_default();
    let fitting = of_words.fold(first, |all, next| all.intersection(&next).copied().collect());
    fitting.into_iter().filter_map(|document| untitled(ledger, document)).take(PACK_FOUND_MAX + 1).collect()
}

fn untitled(ledger: &samsyn_core::ledger::Ledger, document: DocumentId) -> Option<Untitled> {
    let founded = ledger.document(&document)?;
    let title = Path::new(title_path(founded.genesis.kind))
        .ok()
        .and_then(|path| founded.document.at(&path))
        .and_then(PathFacts::settled);
    let title = title
        .filter(|(id, _)| !ledger.erased(id) && !ledger.is_draft(&id.header))
        .and_then(|(id, fact)| Some((*id, fact.value.clone()?)));
    Some((document, founded.genesis.owner.clone(), title))
}

async fn titled(store: &Store, found: Vec<Untitled>) -> Result<Vec<Found>, Failure> {
    let headers: Vec<_> = found.iter().filter_map(|(_, _, title)| Some(title.as_ref()?.0.header)).collect();
    let values = store.values_of(&headers).await?;
    let mut titles: BTreeMap<DocumentId, String> = BTreeMap::new();
    for (document, _, title) in &found {
        let opened =
            title.as_ref().and_then(|(id, outline)| values.get(&id.header)?.get(&id.index)?.open(outline).ok());
        titles.extend(opened.and_then(|value| Some((*document, value.as_text()?.to_owned()))));
    }
    let named = found.into_iter().map(|(document, owner, _)| Found {
        title: titles.remove(&document).unwrap_or_default(),
        document,
        owner,
    });
    let mut named: Vec<Found> = named.collect();
    named.sort_by_cached_key(|found| (fold(&found.title), found.document));
    Ok(named)
}
