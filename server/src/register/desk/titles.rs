//! What a document was called in just the version that a register is about, which may be called something else by now,
//! or not have been public then.

use super::Desk;
use crate::{failure::Failure, projection, register::Item, store::ItemRow};
use samsyn_client::schema::title_path;
use samsyn_core::{
    entry::{Audience, DocumentKind, FactOutline, Outline, Purpose, ValueOutline},
    id::{DocumentId, FactId, HeaderHash, Path},
    ledger::Ledger,
};
use std::collections::BTreeMap;

impl Desk {
    /// The titles that these versions themselves state, as far as their values are there.
    pub(super) async fn stated_titles(&self, items: &[&Item]) -> Result<BTreeMap<u64, String>, Failure> {
        let asked: Vec<(u64, HeaderHash, DocumentId)> = items.iter().map(|i| (i.position, i.tip, i.document)).collect();
        let stated = self.driver.query(move |machine, _| {
            let of = |(position, tip, document): (u64, HeaderHash, DocumentId)| {
                Some((position, stated_title(machine.ledger(), tip, &document)?))
            };
            asked.into_iter().filter_map(of).collect::<Vec<_>>()
        });
        let stated = stated.await?;
        let headers: Vec<HeaderHash> = stated.iter().map(|(_, (id, _))| id.header).collect();
        let values = self.store.values_of(&headers).await?;
        let opened = stated.into_iter().filter_map(|(position, (id, outline))| {
            match values.get(&id.header)?.get(&id.index)?.open(&outline) {
                Ok(value) => Some((position, projection::first_line(&value)?)),
                Err(_) => None,
            }
        });
        Ok(opened.collect())
    }

    /// Puts in place of the title that a document has now the one that its version stated, where it stated one.
    pub(super) async fn with_stated_titles(&self, mut rows: Vec<ItemRow>) -> Result<Vec<ItemRow>, Failure> {
        let items: Vec<&Item> = rows.iter().map(|row| &row.item).collect();
        let mut titles = self.stated_titles(&items).await?;
        for row in &mut rows {
            if let Some(title) = titles.remove(&row.item.position) {
                row.title = title;
            }
        }
        Ok(rows)
    }
}

/// Where in a commit the title of a document is stated, if it is.
fn stated_title(ledger: &Ledger, tip: HeaderHash, document: &DocumentId) -> Option<(FactId, ValueOutline)> {
    let founded = ledger.document(document)?;
    let path = title_path(founded.genesis.kind);
    let stated = stated(ledger, tip, document).into_iter().find(|(_, fact)| fact.path.as_str() == path);
    // What others state in a decision or in the roadmap does not say what it is called: as it is called now.
    let now = || founded.document.at(&Path::new(path).ok()?)?.settled().map(|(id, fact)| (*id, fact.value.clone()));
    let stated = stated.map(|(id, fact)| (id, fact.value));
    let listed = founded.genesis.kind == DocumentKind::Work;
    let (id, value) = stated.or_else(|| now().filter(|_| !listed))?;
    Some((id, value?))
}

/// All that a commit states of a document, in its order.
pub(crate) fn stated(ledger: &Ledger, tip: HeaderHash, document: &DocumentId) -> Vec<(FactId, FactOutline)> {
    let mut entries = Vec::new();
    let mut at = Some(tip);
    while let Some((header, record)) = at.and_then(|at| Some((at, ledger.record(&at)?))) {
        if header != tip && record.end_of_commit {
            break;
        }
        if let Outline::Facts(facts) = record.outline.as_ref()
            && record.document == *document
        {
            entries
                .push((0u32..).zip(facts).map(|(index, f)| (FactId { header, index }, f.clone())).collect::<Vec<_>>());
        }
        at = record.previous;
    }
    entries.into_iter().rev().flatten().collect()
}

/// In short what an item is about, in words that anybody may read: the title that this very version states, and only
/// where it was released to the public.
pub(crate) fn subject_of(item: &Item, title: &str) -> String {
    let kind = match item.kind {
        Some(DocumentKind::Work) => "Utvecklingsarbete",
        Some(DocumentKind::Roadmap) => "Färdplan",
        Some(DocumentKind::Decision) => "Beslut",
        Some(DocumentKind::Indicators) => "Indikatorer",
        Some(DocumentKind::Programme) => "Program",
        None => "Handling",
    };
    let what = match item.purpose {
        Some(Purpose::ForDecision) => ", underlag för beslut",
        // The draft itself is nobody's document: what it is called is not told.
        Some(Purpose::ForComment) => return "Synpunkter på ett utkast".to_owned(),
        _ => "",
    };
    if item.audience == Some(Audience::Public) && !title.is_empty() {
        format!("{kind}: {title}{what}")
    } else {
        format!("{kind}{what}")
    }
}
