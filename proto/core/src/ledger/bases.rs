//! What facts were written on that has no effect.

use super::{Ledger, Record};
use crate::{
    document::Fact,
    entry::FactOutline,
    id::{DocumentId, FactId, HeaderHash, Path},
    value::ValueType,
};
use std::collections::BTreeMap;

impl Fact {
    pub(super) fn of(record: &Record, outline: &FactOutline) -> Self {
        Self {
            author: record.log.organisation.clone(),
            value: outline.value.clone(),
            replaces: outline.replaces.clone(),
            outline: record.outline_hash,
            hlc_ms: record.hlc_ms,
        }
    }
}

impl Ledger {
    /// The facts of prose without effect that admitted facts at a path were written on, straight or through others of
    /// them: a charter's cut has taken their effect, or they still wait for it. They stand for nothing; the merge of
    /// joint prose needs them as bases, or the words of each would come with every text that was written on it.
    ///
    /// Sought in the document's own space only: who stores another space besides must read the same text (keeps I3), and
    /// not tell by it what it stores (keeps I4). Linear in what is stored at the path.
    pub fn prose_bases_without_effect(&self, document: &DocumentId, path: &Path) -> BTreeMap<FactId, Fact> {
        let mut found = BTreeMap::new();
        let Some(founder) = self.records.get(&HeaderHash(document.0)) else { return found };
        let Some(at) = self.documents.get(document).and_then(|d| d.at(path)) else { return found };
        let stored = |id: &FactId| {
            let record = self.records.get(&id.header)?;
            let own = record.document == *document && record.log.space == founder.log.space;
            let outline = record.outline.facts().get(id.index as usize).filter(|f| own && f.path == *path)?;
            let prose = outline.value.as_ref().is_none_or(|value| value.kind == ValueType::Prose);
            (prose && !record.verdict.admitted()).then(|| Fact::of(record, outline))
        };
        let mut to_visit: Vec<FactId> = at.admitted().values().flat_map(|fact| fact.replaces.iter().copied()).collect();
        while let Some(id) = to_visit.pop() {
            if let Some(fact) = stored(&id).filter(|_| !found.contains_key(&id)) {
                to_visit.extend(&fact.replaces);
                found.insert(id, fact);
            }
        }
        found
    }
}
