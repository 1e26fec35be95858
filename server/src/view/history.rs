//! Every entry that belongs to one document, oldest first.

use super::{Eyes, View, resolve::not_found};
use crate::{failure::Failure, projection::Values};
use samsyn_core::{
    id::{DocumentId, FactId, HeaderHash},
    ledger::Ledger,
    value::ValueFault,
};
use samsyn_wire::v1;
use std::collections::BTreeSet;

impl View {
    /// All of it, oldest first.
    pub(crate) async fn history(&self, id: &str, eyes: Eyes) -> Result<v1::HistoryResponse, Failure> {
        self.entries_of(id, eyes, |hashes| hashes).await.map(|(history, _)| history)
    }

    /// So many entries, the latest first, and how many there are in all.
    pub(crate) async fn history_page(
        &self,
        id: &str,
        eyes: Eyes,
        from: usize,
        count: usize,
    ) -> Result<(v1::HistoryResponse, usize), Failure> {
        self.entries_of(id, eyes, move |hashes| hashes.into_iter().rev().skip(from).take(count).collect()).await
    }

    async fn entries_of(
        &self,
        id: &str,
        eyes: Eyes,
        choose: impl FnOnce(Vec<HeaderHash>) -> Vec<HeaderHash> + Send + 'static,
    ) -> Result<(v1::HistoryResponse, usize), Failure> {
        let Some(document) = self.find(id, eyes).await?.document else { return Ok(Default::default()) };
        let taken = self.driver.query(move |machine, _| {
            let ledger = machine.ledger();
            let hashes = in_order(ledger, document, eyes);
            let total = hashes.len();
            (steps(ledger, choose(hashes), eyes), total)
        });
        let ((steps, needed), total) = taken.await?;
        if eyes == Eyes::Public && total == 0 {
            return Err(not_found(id));
        }
        let values = self.store.values_of(&needed.into_iter().collect::<Vec<_>>()).await?;
        let entries = steps.into_iter().map(|step| step.entry(&values)).collect();
        Ok((v1::HistoryResponse { document_id: document.to_string(), entries }, total))
    }
}

/// The entries that the eyes may see, oldest first.
fn in_order(ledger: &Ledger, document: DocumentId, eyes: Eyes) -> Vec<HeaderHash> {
    let all = ledger.entries_of(&document).copied().chain([HeaderHash(document.0)]);
    let county = |hash: &HeaderHash| ledger.record(hash).is_some_and(|record| record.log.space == ledger.county());
    let all = all.filter(county);
    let mut hashes: Vec<HeaderHash> = all.filter(|hash| eyes.may_see(ledger, hash)).collect();
    hashes.sort_by_cached_key(|h| ledger.record(h).map(|r| (r.hlc_ms, r.seq, *h)));
    hashes
}

/// One entry of a document's history, before its values are read.
struct Step {
    entry: v1::HistoryEntry,
    facts: Vec<(String, Vec<Shown>, Shown)>,
}

/// A fact to be shown: its outline if it is known, and whether its value is erased.
struct Shown {
    id: FactId,
    outline: Option<samsyn_core::entry::FactOutline>,
    erased: bool,
}

fn steps(ledger: &Ledger, hashes: Vec<HeaderHash>, eyes: Eyes) -> (Vec<Step>, BTreeSet<HeaderHash>) {
    let mut needed = BTreeSet::new();
    let shown = |id: FactId| Shown { id, outline: ledger.fact(&id).cloned(), erased: ledger.erased(&id) };
    let mut steps = Vec::new();
    for hash in hashes {
        let Some(record) = ledger.record(&hash) else { continue };
        let release = ledger.release_of(&hash);
        let entry = v1::HistoryEntry {
            header: hash.to_string(),
            seq: record.seq,
            organisation: record.log.organisation.to_string(),
            authority: release.as_ref().map(|r| r.authority.to_string()).unwrap_or_default(),
            role: release.as_ref().map(|r| r.role.to_string()).unwrap_or_default(),
            purpose: release.as_ref().map_or(0, |r| v1::Purpose::from(r.purpose).into()),
            audience: release.as_ref().map_or(0, |r| v1::Audience::from(r.audience).into()),
            stated_ms: record.hlc_ms,
            kind: v1::EntryKind::from(record.kind).into(),
            verdict: Some((&record.verdict).into()),
            facts: Vec::new(),
        };
        let mut facts = Vec::new();
        for (index, outline) in (0u32..).zip(record.outline.facts()) {
            needed.insert(hash);
            needed.extend(outline.replaces.iter().map(|f| f.header));
            let before =
                outline.replaces.iter().filter(|f| eyes.may_see(ledger, &f.header)).map(|f| shown(*f)).collect();
            facts.push((outline.path.to_string(), before, shown(FactId { header: hash, index })));
        }
        steps.push(Step { entry, facts });
    }
    (steps, needed)
}

impl Step {
    fn entry(self, values: &Values) -> v1::HistoryEntry {
        let facts = self.facts.into_iter().map(|(path, before, after)| v1::HistoryFact {
            path,
            before: before.into_iter().map(|s| s.value(values)).collect(),
            after: Some(after.value(values)),
        });
        v1::HistoryEntry { facts: facts.collect(), ..self.entry }
    }
}

impl Shown {
    fn value(self, values: &Values) -> v1::HistoryValue {
        let fact_id = self.id.to_string();
        let outline = self.outline.as_ref().and_then(|o| o.value.as_ref());
        let Some(outline) = outline else {
            return v1::HistoryValue { removed: self.outline.is_some(), fact_id, ..v1::HistoryValue::default() };
        };
        let salted = values.get(&self.id.header).and_then(|v| v.get(&self.id.index));
        let value = match salted {
            _ if self.erased => Err(ValueFault::Erased),
            None => Err(ValueFault::Missing),
            Some(salted) => salted.open(outline),
        };
        v1::HistoryValue {
            value_fault: value.as_ref().err().map(|f| f.code().to_string()).unwrap_or_default(),
            value: value.ok().as_ref().map(Into::into),
            removed: false,
            fact_id,
        }
    }
}
