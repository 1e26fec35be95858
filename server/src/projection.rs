//! From a document's standing facts to the row that lists show. Derived only: `samsynd rebuild` makes it anew.

use crate::{
    failure::Failure,
    store::{Store, Tx, WorkRow},
};
use samsyn_client::schema::title_path;
use samsyn_core::{
    commit::SaltedValue,
    date,
    document::{Fact, PathFacts},
    entry::{Audience, DocumentKind},
    id::{DocumentId, FactId, HeaderHash, Path},
    ledger::{Founded, Ledger},
    prose::ProseFact,
    value::{Value, ValueFault},
};
use std::collections::{BTreeMap, BTreeSet};

/// Stored values by header and index.
pub type Values = BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>;

/// Documents whose rows are written at once.
const DOCUMENTS_PER_BATCH: usize = 64;

/// Characters of a title that decide its place in a list: the databases' indexes take no long ones.
const SORT_CHARS_MAX: usize = 200;

/// Writes the rows of changed documents.
pub async fn refresh(
    store: &Store,
    tx: &mut Tx,
    ledger: &Ledger,
    changed: &BTreeSet<DocumentId>,
) -> Result<(), Failure> {
    let changed: Vec<DocumentId> = changed.iter().copied().collect();
    for batch in changed.chunks(DOCUMENTS_PER_BATCH) {
        let founded: Vec<(DocumentId, Founded<'_>)> =
            batch.iter().filter_map(|id| Some((*id, ledger.document(id)?))).collect();
        let headers: BTreeSet<HeaderHash> = founded.iter().flat_map(|(_, f)| row_headers(f)).collect();
        let values = store.values_in(tx, &headers.into_iter().collect::<Vec<_>>()).await?;
        let (mut rows, mut gone) = (Vec::new(), Vec::new());
        for (id, document) in &founded {
            match work_row(ledger, *id, document, &values) {
                Some(row) => rows.push(row),
                None => gone.push(*id),
            }
        }
        store.drop_works(tx, &gone).await?;
        store.put_works(tx, &rows).await?;
    }
    Ok(())
}

/// The paths that a row shows.
const ROW_PATHS: [&str; 9] = [
    "/facts/title",
    "/facts/summary",
    "/facts/start",
    "/facts/stage",
    "/facts/form",
    "/facts/public-number",
    "/facts/partners",
    "/facts/target-groups",
    "/facts/criteria",
];

/// The headers whose values a row needs: a document may have any number of others, and is refreshed at every change.
fn row_headers(founded: &Founded<'_>) -> BTreeSet<HeaderHash> {
    let paths = ROW_PATHS.iter().filter_map(|path| founded.document.at(&Path::new(path).ok()?));
    paths.filter_map(|at| at.settled()).map(|(id, _)| id.header).collect()
}

/// The headers whose values a document's standing facts need.
pub fn standing_headers(founded: &Founded<'_>) -> BTreeSet<HeaderHash> {
    founded.document.paths().flat_map(|(_, at)| at.standing().map(|(id, _)| id.header).collect::<Vec<_>>()).collect()
}

/// A fact's value, or why it has none. A removal has none and no fault.
pub fn value_of(
    founded: &Founded<'_>,
    id: &FactId,
    at: &PathFacts,
    values: &Values,
) -> Result<Option<Value>, ValueFault> {
    let Some(outline) = at.admitted().get(id).and_then(|f| f.value.as_ref()) else { return Ok(None) };
    if founded.document.erased().contains(id) {
        return Err(ValueFault::Erased);
    }
    let salted = values.get(&id.header).and_then(|v| v.get(&id.index)).ok_or(ValueFault::Missing)?;
    salted.open(outline).map(Some)
}

/// The one settled value at a path; none where nothing stands, several do, or the value is not there.
pub fn settled(founded: &Founded<'_>, path: &str, values: &Values) -> Option<Value> {
    let at = founded.document.at(&Path::new(path).ok()?)?;
    let (id, _) = at.settled()?;
    value_of(founded, id, at, values).ok().flatten()
}

/// What a document is called: the first line of what settles it; none where it is unknown, in conflict or gone.
pub fn title(founded: &Founded<'_>, values: &Values) -> Option<String> {
    first_line(&settled(founded, title_path(founded.genesis.kind), values)?)
}

/// The first line of a title, whatever kind of text it is.
pub fn first_line(value: &Value) -> Option<String> {
    value.as_text().and_then(|text| text.lines().next()).map(ToOwned::to_owned)
}

/// The facts of a prose path with their texts, as far as they are there: the admitted ones, and those without effect that
/// they were written on.
pub fn prose_facts<'a>(
    admitted: impl Iterator<Item = (&'a FactId, &'a Fact)>,
    without_effect: &'a BTreeMap<FactId, Fact>,
    erased: impl Fn(&FactId) -> bool,
    values: &Values,
) -> BTreeMap<FactId, ProseFact> {
    let text = |id: &FactId, fact: &Fact| {
        let Some(outline) = &fact.value else { return Some(String::new()) };
        let salted = values.get(&id.header)?.get(&id.index).filter(|_| !erased(id))?;
        match salted.open(outline) {
            Ok(Value::Prose(text)) => Some(text),
            _ => None,
        }
    };
    let fact = |(id, fact): (&FactId, &Fact), in_effect| {
        let (replaces, author) = (fact.replaces.clone(), fact.author.clone());
        (*id, ProseFact { text: text(id, fact), replaces, author, in_effect })
    };
    let without_effect = without_effect.iter().map(|f| fact(f, false));
    admitted.map(|f| fact(f, true)).chain(without_effect).collect()
}

/// Makes the rows of all works where there are not as many as there should be: a new version of the program has emptied
/// its caches.
pub async fn complete(store: &Store, ledger: &Ledger) -> Result<(), Failure> {
    let works = |founded: &Founded<'_>| is_listed(ledger, founded);
    let all: BTreeSet<DocumentId> = ledger.documents().filter(|(_, f)| works(f)).map(|(id, _)| id).collect();
    if store.stages(false).await?.values().sum::<u64>() == all.len() as u64 {
        return Ok(());
    }
    tracing::info!(works = all.len(), "the lists are made anew");
    let mut tx = store.begin().await?;
    store.clear_works(&mut tx).await?;
    refresh(store, &mut tx, ledger, &all).await?;
    tx.commit().await.map_err(crate::store::failure)
}

/// True if all that a row shows, and its title at least, has been released to the public.
fn is_public(ledger: &Ledger, founded: &Founded<'_>) -> bool {
    let at = |path: &str| founded.document.at(&Path::new(path).ok()?);
    let to_all = |header: &HeaderHash| ledger.release_of(header).is_some_and(|r| r.audience == Audience::Public);
    let mut shown = ROW_PATHS.iter().filter_map(|path| at(path)).flat_map(PathFacts::standing);
    at("/facts/title").is_some_and(|title| title.standing().len() > 0) && shown.all(|(id, _)| to_all(&id.header))
}

/// True for a work that lists show. What lies in a smaller space is in no list that others see too (keeps I4).
fn is_listed(ledger: &Ledger, founded: &Founded<'_>) -> bool {
    let here = founded.space == ledger.county() && founded.verdict.admitted();
    here && founded.genesis.kind == DocumentKind::Work && !is_disposed(founded)
}

/// True if all that stands has been erased: nobody has such a work in a list any more. Its page says what has become of it.
pub fn is_disposed(founded: &Founded<'_>) -> bool {
    let erased = founded.document.erased();
    let values = || {
        // A number that a registrar gives later says nothing about the work.
        let said = founded.document.paths().filter(|(path, _)| !path.as_str().starts_with("/register/"));
        said.flat_map(|(_, at)| at.standing()).filter(|(_, fact)| fact.value.is_some())
    };
    !erased.is_empty() && values().next().is_some() && values().all(|(id, _)| erased.contains(id))
}

/// The row of a work; none for other kinds, for what is not admitted and for what has been disposed of.
pub fn work_row(ledger: &Ledger, id: DocumentId, founded: &Founded<'_>, values: &Values) -> Option<WorkRow> {
    if !is_listed(ledger, founded) {
        return None;
    }
    let value = |path: &str| settled(founded, path, values);
    let text = |path: &str| value(path).and_then(|v| v.as_text().map(ToOwned::to_owned)).unwrap_or_default();
    let word = |path: &str| text(path).split_once(':').map(|(_, word)| word.to_owned()).unwrap_or_default();
    let title = text("/facts/title");
    let start = text("/facts/start");
    let (first, _) = date::parse(&start).unwrap_or(date::Span::Unknown).sort_key();
    let mut terms = BTreeSet::from([("party".to_owned(), founded.genesis.owner.to_string())]);
    for (path, kind) in
        [("/facts/partners", "party"), ("/facts/target-groups", "target-group"), ("/facts/criteria", "criterion")]
    {
        let Some(Value::References(references)) = value(path) else { continue };
        terms.extend(
            references.iter().filter_map(|r| r.split_once(':')).map(|(_, word)| (kind.to_owned(), word.to_owned())),
        );
    }
    Some(WorkRow {
        document: id,
        owner: founded.genesis.owner.to_string(),
        public_number: text("/facts/public-number"),
        folded: fold(&title).chars().take(SORT_CHARS_MAX).collect(),
        search: fold(&format!("{title}\n{}\n{}", text("/facts/summary"), text("/facts/public-number"))),
        title,
        stage: word("/facts/stage"),
        form: word("/facts/form"),
        start,
        start_key: u64::from(first.0) * 10_000 + u64::from(first.1) * 100 + u64::from(first.2),
        conflicts: founded.document.conflicts().count() as u64,
        updated_ms: updated_ms(founded),
        public: is_public(ledger, founded),
        terms,
    })
}

/// When what stands was last stated, by its authors' clocks; 0 where nothing stands. A work may have any number of
/// earlier facts, and its row is made anew at every change: they are not looked at.
pub fn updated_ms(founded: &Founded<'_>) -> u64 {
    let standing = founded.document.paths().flat_map(|(_, at)| at.standing());
    standing.map(|(_, fact)| fact.hlc_ms).max().unwrap_or(0)
}

/// Folds text for sorting and searching in Swedish, which no database here knows: lower case, and å, ä, ö after z in
/// that order (by code points that sort so in UTF-8).
pub fn fold(text: &str) -> String {
    let fold = |c: char| match c {
        'å' => '{',
        'ä' | 'æ' => '|',
        'ö' | 'ø' => '}',
        'é' | 'è' => 'e',
        'ü' => 'y',
        c => c,
    };
    text.to_lowercase().chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn titles_sort_as_swedes_expect() {
        let mut titles = ["Övik", "Zonen", "Ånge", "ärende", "Ada", "Äldre"];
        titles.sort_by_key(|t| fold(t));
        assert_eq!(titles, ["Ada", "Zonen", "Ånge", "Äldre", "ärende", "Övik"]);
    }
}
