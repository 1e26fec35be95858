//! Drafts for comment and their end. What a smaller space for comment was founded with is a draft of its founder, and
//! its values go at the deadline; what another member states there is a reply, and stays. Only values are concerned: no
//! verdict and no digest knows of a clock (keeps I3).

use super::Ledger;
use crate::{
    entry::Purpose,
    id::{FactId, HeaderHash, OrgId, SpaceId},
    limits::COMMENT_MS_MAX,
};
use std::collections::{BTreeMap, BTreeSet};

/// Which spaces are still to end, and which have.
#[derive(Debug, Clone, Default)]
pub(super) struct Lapses {
    waiting: BTreeMap<u64, BTreeSet<SpaceId>>,
    lapsed: BTreeSet<SpaceId>,
}

impl Ledger {
    /// Who has founded a smaller space for comment; none of any other space, and of none that would not end in a while:
    /// what is stated there is no draft, whatever it calls itself.
    pub fn asker(&self, space: &SpaceId) -> Option<&OrgId> {
        self.ends_ms(space)?;
        self.records.get(&HeaderHash(space.0)).map(|record| &record.log.organisation)
    }

    /// When the values of a draft for comment go, in milliseconds since 1970.
    pub fn ends_ms(&self, space: &SpaceId) -> Option<u64> {
        let ends_ms = self.space(space).filter(|founding| founding.purpose == Purpose::ForComment)?.deadline_ms?;
        let founded_ms = self.records.get(&HeaderHash(space.0))?.hlc_ms;
        (ends_ms <= founded_ms.saturating_add(COMMENT_MS_MAX)).then_some(ends_ms)
    }

    /// True if an entry states something of a draft for comment.
    pub fn is_draft(&self, header: &HeaderHash) -> bool {
        self.record(header).is_some_and(|record| self.asker(&record.log.space) == Some(&record.log.organisation))
    }

    /// Ends the drafts whose time has come, and gives the facts whose values are to go.
    pub fn lapse(&mut self, now_ms: u64) -> BTreeSet<FactId> {
        let mut gone = BTreeSet::new();
        while let Some(due) = self.lapses.waiting.first_entry().filter(|due| *due.key() <= now_ms) {
            for space in due.remove() {
                self.lapses.lapsed.insert(space);
                gone.extend(self.values_of_draft(&space));
            }
        }
        for fact in &gone {
            self.missing_values.remove(fact);
        }
        gone
    }

    /// True once a fact's value has gone with the draft that it is of.
    pub fn lapsed(&self, fact: &FactId) -> bool {
        self.record(&fact.header).is_some_and(|record| self.ended_draft(&record.log.space, &record.log.organisation))
    }

    /// True if what an organisation states in a space is of a draft that has come to its end.
    pub(super) fn ended_draft(&self, space: &SpaceId, organisation: &OrgId) -> bool {
        self.lapses.lapsed.contains(space) && self.asker(space) == Some(organisation)
    }

    /// True if a value is neither kept nor passed on: erased, or gone with its draft.
    pub fn gone(&self, fact: &FactId) -> bool {
        self.erased(fact) || self.lapsed(fact)
    }

    /// The spaces whose drafts have ended here.
    pub fn lapsed_spaces(&self) -> impl Iterator<Item = &SpaceId> {
        self.lapses.lapsed.iter()
    }

    /// True if a space's draft has ended here.
    pub fn has_ended(&self, space: &SpaceId) -> bool {
        self.lapses.lapsed.contains(space)
    }

    /// Every fact of a draft that has or had a value.
    pub fn values_of_draft(&self, space: &SpaceId) -> BTreeSet<FactId> {
        let Some(asker) = self.asker(space) else { return BTreeSet::new() };
        let headers = self.logs_in(space).filter(|(log, _)| log.organisation == *asker).flat_map(|(_, l)| l.headers());
        let facts = headers.flat_map(|header| {
            let outlines = self.records.get(header).map_or(&[][..], |record| record.outline.facts());
            let valued = (0u32..).zip(outlines).filter(|(_, outline)| outline.value.is_some());
            valued.map(|(index, _)| FactId { header: *header, index })
        });
        facts.collect()
    }

    /// A space has been founded: its end is to come.
    pub(super) fn await_end(&mut self, space: SpaceId) {
        if let Some(ends_ms) = self.ends_ms(&space) {
            self.lapses.waiting.entry(ends_ms).or_default().insert(space);
        }
    }
}
