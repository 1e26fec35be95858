//! From a document's standing facts to the row that lists show. Derived only: `samsynd rebuild` makes it anew.

use crate::{
    failure::Failure,
    store::{Store, Tx, WorkRow},
};
use samsyn_core::{
    commit::SaltedValue,
    date,
    document::{Fact, PathFacts},
    entry::DocumentKind,
    id::{DocumentId, FactId, HeaderHash, Path},
    ledger::{Founded, Ledger},
    prose::{self, Prose, ProseFact},
    value::{Value, ValueFault},
};
use std::collections::{BTreeMap, BTreeSet};

/// Stored values by header and index.
pub type Values = BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>;

/// Documents whose rows are written at once.
const DOCUMENTS_PER_BATCH: usize = 64;

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
        let headers: BTreeSet<HeaderHash> = founded.iter().flat_map(|(_, f)| standing_headers(f)).collect();
        let values = store.values_in(tx, &headers.into_iter().collect::<Vec<_>>()).await?;
        let mut rows = Vec::new();
        for (id, document) in &founded {
            match work_row(*id, document, &values) {
                Some(row) => rows.push(row),
                None => store.drop_work(tx, id).await?,
            }
        }
        store.put_works(tx, &rows).await?;
    }
    Ok(())
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

/// Joint prose at a path as everybody reads it: the merge of what stands.
pub fn joint_prose(admitted: &BTreeMap<FactId, Fact>, erased: impl Fn(&FactId) -> bool, values: &Values) -> Prose {
    let text = |id: &FactId, fact: &Fact| {
        let Some(outline) = &fact.value else { return Some(String::new()) };
        let salted = values.get(&id.header)?.get(&id.index).filter(|_| !erased(id))?;
        match salted.open(outline) {
            Ok(Value::Prose(text)) => Some(text),
            _ => None,
        }
    };
    let fact = |(id, fact): (&FactId, &Fact)| {
        (*id, ProseFact { text: text(id, fact), replaces: fact.replaces.clone(), author: fact.author.clone() })
    };
    prose::merge(&admitted.iter().map(fact).collect())
}

/// The row of a work; none for other kinds and for what is not admitted.
pub fn work_row(id: DocumentId, founded: &Founded<'_>, values: &Values) -> Option<WorkRow> {
    if founded.genesis.kind != DocumentKind::Work || !founded.verdict.admitted() {
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
    let updated_ms = founded.document.paths().flat_map(|(_, at)| at.admitted().values().map(|f| f.hlc_ms)).max();
    Some(WorkRow {
        document: id,
        owner: founded.genesis.owner.to_string(),
        public_number: text("/facts/public-number"),
        folded: fold(&title),
        search: fold(&format!("{title}\n{}\n{}", text("/facts/summary"), text("/facts/public-number"))),
        title,
        stage: word("/facts/stage"),
        form: word("/facts/form"),
        start,
        start_key: u64::from(first.0) * 10_000 + u64::from(first.1) * 100 + u64::from(first.2),
        conflicts: founded.document.conflicts().count() as u64,
        updated_ms: updated_ms.unwrap_or(0),
        terms,
    })
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
