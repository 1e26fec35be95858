//! Effect: the verdict on each stored entry as a function of the entry, its ancestors, the charters in force and the
//! rule set they name.

use super::{Changes, Ledger, Record};
use crate::{
    charter::{Charter, LogTag},
    charter_book::Status,
    code::Code,
    document::Fact,
    effect::{Missing, Verdict},
    entry::{Genesis, Kind, Outline},
    id::{DocumentId, FactId, HeaderHash, OrgId},
    rules,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

impl Ledger {
    /// Judges everything again, as a change of charter asks for: first which charters each log has cited, in order of
    /// position; then what others depend on before what depends on it, so that no verdict is left and taken up again on
    /// the way (an erasure that took effect for a moment would delete values).
    pub(super) fn judge_all(&mut self) -> Changes {
        let mut order: Vec<HeaderHash> = self.logs.values().flat_map(|log| log.headers().copied()).collect();
        for hash in &order {
            let high_water = self.records.get(hash).and_then(|record| self.high_water(record));
            if let Some(record) = self.records.get_mut(hash).map(Arc::make_mut) {
                record.high_water = high_water;
            }
        }
        order.sort_by_key(|hash| match self.records.get(hash).map(|r| r.kind) {
            Some(Kind::Space) => 0,
            Some(Kind::Document) => 1,
            _ => 2,
        });
        let (mut changes, mut queue) = (Changes::default(), BTreeSet::new());
        for hash in order {
            self.judge_into(hash, &mut changes, &mut queue);
        }
        self.drain(queue, &mut changes);
        changes
    }

    pub(super) fn drain(&mut self, mut queue: BTreeSet<HeaderHash>, changes: &mut Changes) {
        while let Some(hash) = queue.pop_first() {
            self.judge_into(hash, changes, &mut queue);
        }
    }

    /// Judges one entry and carries out a change of its verdict; what depends on it joins the queue.
    pub(super) fn judge_into(&mut self, hash: HeaderHash, changes: &mut Changes, queue: &mut BTreeSet<HeaderHash>) {
        let Some(record) = self.records.get(&hash) else { return };
        let (high_water, before) = (self.high_water(record), record.verdict);
        let verdict = self.judge(&hash, record, high_water);
        if let Verdict::Pending(Missing::Cut(_)) = verdict {
            // Any of the kept headers may turn out to come after it, not only the one that the verdict names.
            for kept in self.kept_and_missing(record) {
                self.waiting_for_cut.entry(kept).or_default().insert(hash);
            }
        }
        let Some(record) = self.records.get_mut(&hash) else { return };
        let changed = Arc::make_mut(record);
        changed.high_water = high_water;
        changed.verdict = verdict;
        if verdict.admitted() {
            self.without_effect.remove(&hash);
        } else {
            self.without_effect.insert(hash);
        }
        let record = record.clone();
        let first_time = !self.seen(&hash, &record);
        if before == verdict && !first_time {
            return;
        }
        changes.verdicts.insert(hash, verdict);
        self.carry_out(hash, &record, before.admitted(), verdict.admitted(), changes);
        self.dependents(hash, &record, queue);
    }

    /// True if the verdict on a genesis has already founded its document's place.
    fn seen(&self, hash: &HeaderHash, record: &Record) -> bool {
        record.kind != Kind::Document || self.documents.contains_key(&DocumentId::from(*hash))
    }

    fn dependents(&self, hash: HeaderHash, record: &Record, queue: &mut BTreeSet<HeaderHash>) {
        match record.kind {
            Kind::Document => queue.extend(self.entries_of(&DocumentId::from(hash)).copied()),
            Kind::Space => {
                let logs = self.logs_in(&record.log.space);
                queue.extend(logs.flat_map(|(_, log)| log.headers().copied()).filter(|h| *h != hash));
            }
            _ => {}
        }
    }

    fn high_water(&self, record: &Record) -> Option<usize> {
        let before = record.previous.and_then(|p| self.records.get(&p)).and_then(|p| p.high_water);
        let own = match self.book.status(&record.charter) {
            Status::InForce(index) => Some(index),
            _ => None,
        };
        before.max(own)
    }

    /// The verdict, in phases:
    /// 1. the cited charter is in force, and its rule set known here;
    /// 2. the author is a party of it, with the log's key;
    /// 3. the log has not cited a later charter before;
    /// 4. no cut that the entry does not cite leaves it out;
    /// 5. the space is founded rightly;
    /// 6. what the entry itself states.
    fn judge(&self, hash: &HeaderHash, record: &Record, high_water: Option<usize>) -> Verdict {
        let index = match self.book.status(&record.charter) {
            Status::Unknown => return Verdict::Pending(Missing::Charter(record.charter)),
            Status::Disputed => return Verdict::Pending(Missing::Settlement(record.charter)),
            Status::Rejected => return Verdict::Refused(Code::EffectCharterRejected),
            Status::InForce(index) => index,
        };
        let Some(version) = self.book.get(&record.charter) else {
            return Verdict::Pending(Missing::Charter(record.charter));
        };
        let charter = &version.charter;
        if !rules::SUPPORTED.contains(&charter.rules) {
            return Verdict::Pending(Missing::RuleSet(charter.rules));
        }
        match charter.party(&record.log.organisation) {
            None => return Verdict::Refused(Code::EffectNotAParty),
            Some(party) if party.log_key != record.key => return Verdict::Refused(Code::EffectKey),
            Some(_) => {}
        }
        if high_water.is_some_and(|high| high > index) {
            return Verdict::Refused(Code::EffectCharterBack);
        }
        if let Some(verdict) = self.judge_cuts(hash, record, index) {
            return verdict;
        }
        if let Some(verdict) = self.judge_space(hash, record, charter) {
            return verdict;
        }
        self.judge_statement(record, charter)
    }

    fn judge_cuts(&self, hash: &HeaderHash, record: &Record, index: usize) -> Option<Verdict> {
        let tag = LogTag::of(&record.log);
        for (_, charter) in self.book.chain().skip(index + 1) {
            for cut in charter.cuts.iter().filter(|c| c.organisation == record.log.organisation) {
                let kept: Vec<HeaderHash> = cut.kept.iter().filter(|k| k.log == tag).map(|k| k.last).collect();
                if kept.iter().any(|last| self.ancestor_or_same(hash, record, last)) {
                    continue;
                }
                return Some(match kept.iter().find(|last| !self.records.contains_key(last)) {
                    Some(last) => Verdict::Pending(Missing::Cut(*last)),
                    None => Verdict::Refused(Code::EffectCut),
                });
            }
        }
        None
    }

    /// The last headers that cuts keep of an entry's log and that are not stored.
    fn kept_and_missing(&self, record: &Record) -> Vec<HeaderHash> {
        let tag = LogTag::of(&record.log);
        let cuts = self.book.chain().flat_map(|(_, charter)| &charter.cuts);
        let kept = cuts.filter(|c| c.organisation == record.log.organisation).flat_map(|c| &c.kept);
        kept.filter(|k| k.log == tag && !self.records.contains_key(&k.last)).map(|k| k.last).collect()
    }

    /// True if `hash` is `last` or comes before it on the same branch.
    fn ancestor_or_same(&self, hash: &HeaderHash, record: &Record, last: &HeaderHash) -> bool {
        let Some(end) = self.records.get(last) else { return false };
        if end.log != record.log || end.seq < record.seq {
            return false;
        }
        if self.logs.get(&*record.log).is_some_and(|log| !log.forked) {
            return true;
        }
        let mut at = *last;
        while let Some(r) = self.records.get(&at) {
            if r.seq == record.seq {
                return at == *hash;
            }
            match r.previous {
                Some(previous) => at = previous,
                None => return false,
            }
        }
        false
    }

    fn judge_space(&self, hash: &HeaderHash, record: &Record, charter: &Charter) -> Option<Verdict> {
        if record.log.space == self.county() {
            return (record.kind == Kind::Space).then_some(Verdict::Refused(Code::EffectSpace));
        }
        let founding = self.records.get(&HeaderHash(record.log.space.0))?;
        if record.kind == Kind::Space {
            let Outline::Space(space) = record.outline.as_ref() else { return None };
            let own = record.log.space.0 == hash.0;
            let right = own && space.members.len() >= 2 && space.members.iter().all(|m| charter.party(m).is_some());
            return (!right).then_some(Verdict::Refused(Code::EffectSpace));
        }
        match founding.verdict {
            Verdict::Admitted => None,
            Verdict::Pending(missing) => Some(Verdict::Pending(missing)),
            Verdict::Refused(_) => Some(Verdict::Refused(Code::EffectSpace)),
        }
    }

    fn judge_statement(&self, record: &Record, charter: &Charter) -> Verdict {
        let author = &record.log.organisation;
        let result = match record.outline.as_ref() {
            Outline::Document(genesis) => rules::may_found(charter, genesis, author),
            Outline::Facts(facts) => match self.judge_genesis(record) {
                Err(verdict) => return verdict,
                Ok(genesis) => facts.iter().try_for_each(|f| rules::may_state(charter, genesis, author, f)),
            },
            Outline::Erasure(_) => match self.judge_genesis(record) {
                Err(verdict) => return verdict,
                Ok(_) => Ok(()),
            },
            Outline::Space(_) | Outline::Release(_) | Outline::Receipt(_) | Outline::Card(_) => Ok(()),
        };
        result.map_or_else(Verdict::Refused, |()| Verdict::Admitted)
    }

    /// The genesis that an entry rests on, sought in the entry's own space only: who stores another space besides must
    /// reach the same verdict as who does not (keeps I3), and must not tell by it what it stores (keeps I4).
    fn judge_genesis(&self, record: &Record) -> Result<&Genesis, Verdict> {
        let founder = self.records.get(&HeaderHash(record.document.0)).filter(|f| f.log.space == record.log.space);
        let founder = founder.ok_or(Verdict::Pending(Missing::Genesis(record.document)))?;
        let Outline::Document(genesis) = founder.outline.as_ref() else {
            return Err(Verdict::Refused(Code::EffectForeignDocument));
        };
        match founder.verdict {
            Verdict::Admitted => Ok(genesis),
            Verdict::Pending(_) => Err(Verdict::Pending(Missing::Genesis(record.document))),
            Verdict::Refused(_) => Err(Verdict::Refused(Code::EffectAncestor)),
        }
    }

    /// Lets an entry take effect, or takes its effect back.
    fn carry_out(&mut self, hash: HeaderHash, record: &Record, was: bool, is: bool, changes: &mut Changes) {
        match record.outline.as_ref() {
            Outline::Document(_) => {
                let id = DocumentId::from(hash);
                self.documents.entry(id).or_default();
                self.refresh_digest(id);
                changes.documents.insert(id);
            }
            Outline::Facts(facts) if was != is => {
                let document = self.documents.entry(record.document).or_default();
                for (index, outline) in (0u32..).zip(facts) {
                    let id = FactId { header: hash, index };
                    if is {
                        document.admit(id, outline, Fact::of(record, outline));
                    } else {
                        document.withdraw(&id, &outline.path);
                    }
                }
                self.refresh_digest(record.document);
                changes.documents.insert(record.document);
            }
            Outline::Erasure(erasure) if is && !was => self.admit_erasure(record, &erasure.facts, changes),
            Outline::Erasure(_) if was && !is => self.refresh_erasures(record.document, changes),
            _ => {}
        }
    }

    /// An erasure takes effect: what the same set of admitted erasures would give anew, without reading the others, of
    /// which a hostile party can make any number (keeps I6).
    fn admit_erasure(&mut self, record: &Record, facts: &[FactId], changes: &mut Changes) {
        let id = record.document;
        let Some(founded) = self.document(&id) else { return };
        let by_archive_owner = founded.genesis.archive_owner == record.log.organisation;
        let Some(document) = self.documents.get_mut(&id) else { return };
        if by_archive_owner {
            for fact in document.erase(facts) {
                // Naming a fact of another document says nothing about its value (keeps I5).
                if self.records.get(&fact.header).is_some_and(|r| r.document == id) {
                    self.missing_values.remove(&fact);
                    changes.erased.insert(fact);
                }
            }
        } else {
            document.execute(&record.log.organisation, facts);
        }
        self.refresh_digest(id);
        changes.documents.insert(id);
    }

    /// Recomputes which of a document's values are erased, from its admitted erasures.
    fn refresh_erasures(&mut self, id: DocumentId, changes: &mut Changes) {
        let Some(founded) = self.document(&id) else { return };
        let archive_owner = founded.genesis.archive_owner.clone();
        let before = founded.document.erased().clone();
        let mut erased = BTreeSet::new();
        let mut executed: BTreeMap<OrgId, BTreeSet<FactId>> = BTreeMap::new();
        for hash in self.entries_of(&id) {
            let Some(record) = self.records.get(hash).filter(|r| r.verdict.admitted()) else { continue };
            let Outline::Erasure(erasure) = record.outline.as_ref() else { continue };
            if record.log.organisation == archive_owner {
                erased.extend(erasure.facts.iter().copied());
            } else {
                executed.entry(record.log.organisation.clone()).or_default().extend(erasure.facts.iter().copied());
            }
        }
        // Naming a fact of another document says nothing about its value (keeps I5).
        let own = |fact: &&FactId| self.records.get(&fact.header).is_some_and(|r| r.document == id);
        let gone: Vec<FactId> = erased.difference(&before).filter(own).copied().collect();
        // An erasure that no longer counts: what it took is to be had from others again.
        let valued = |fact: &&FactId| self.fact(fact).is_some_and(|f| f.value.is_some());
        let wanted: Vec<FactId> = before.difference(&erased).filter(own).filter(valued).copied().collect();
        for fact in gone {
            self.missing_values.remove(&fact);
            changes.erased.insert(fact);
        }
        for fact in wanted {
            changes.erased.remove(&fact);
            self.missing_values.insert(fact);
        }
        if let Some(document) = self.documents.get_mut(&id) {
            document.set_erasures(erased, executed);
        }
        self.refresh_digest(id);
        changes.documents.insert(id);
    }
}
