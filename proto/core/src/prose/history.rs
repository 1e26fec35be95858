//! Who built on what: the order of the facts, and the last base that all of them share.

use super::ProseFact;
use crate::id::FactId;
use std::collections::{BTreeMap, BTreeSet};

/// The facts in an order in which each comes after its bases. In a set without rings every fact is an ancestor of a
/// standing one, so all of them belong.
pub(super) struct History {
    order: Vec<FactId>,
    /// Known bases of each fact, without repetition.
    pub(super) bases: BTreeMap<FactId, BTreeSet<FactId>>,
}

impl History {
    /// Linear in facts and bases; `None` where facts replace each other in a ring.
    pub(super) fn of(facts: &BTreeMap<FactId, ProseFact>) -> Option<Self> {
        let known = |fact: &ProseFact| fact.replaces.iter().filter(|id| facts.contains_key(id)).copied().collect();
        let bases: BTreeMap<FactId, BTreeSet<FactId>> = facts.iter().map(|(id, fact)| (*id, known(fact))).collect();
        let mut heirs: BTreeMap<FactId, Vec<FactId>> = BTreeMap::new();
        for (id, bases) in &bases {
            for base in bases {
                heirs.entry(*base).or_default().push(*id);
            }
        }
        let mut waiting: BTreeMap<FactId, usize> = bases.iter().map(|(id, bases)| (*id, bases.len())).collect();
        let mut ready: BTreeSet<FactId> = bases.iter().filter(|(_, b)| b.is_empty()).map(|(id, _)| *id).collect();
        let mut order = Vec::with_capacity(facts.len());
        while let Some(id) = ready.pop_first() {
            order.push(id);
            for heir in heirs.get(&id).into_iter().flatten() {
                let left = waiting.get_mut(heir)?;
                *left -= 1;
                if *left == 0 {
                    ready.insert(*heir);
                }
            }
        }
        (order.len() == facts.len()).then_some(Self { order, bases })
    }

    /// The last fact through which every line of descent runs, and all that come after it. Where there is none, all
    /// facts if they hang together, else nothing.
    ///
    /// In an order that respects descent, a fact lies on every line exactly if no step from base to heir (or from
    /// nothing to a first fact, or from a standing fact to the reader) passes over it.
    pub(super) fn since_common_base(&self) -> Option<&[FactId]> {
        let end = self.order.len();
        let place: BTreeMap<FactId, usize> = self.order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let mut last_heir = vec![end; end];
        let mut reach_of_nothing = 0;
        for (at, id) in self.order.iter().enumerate() {
            if self.bases[id].is_empty() {
                reach_of_nothing = at;
            }
            for base in &self.bases[id] {
                // Places only grow, so the last write is the farthest heir.
                last_heir[place[base]] = at;
            }
        }
        let mut reach = reach_of_nothing;
        let mut base = None;
        for (at, last) in last_heir.into_iter().enumerate() {
            if reach <= at {
                base = Some(at);
            }
            reach = reach.max(last);
        }
        match base {
            Some(at) => Some(&self.order[at..]),
            None => self.hangs_together().then_some(&self.order),
        }
    }

    fn hangs_together(&self) -> bool {
        let mut next_to: BTreeMap<FactId, Vec<FactId>> = BTreeMap::new();
        for (id, bases) in &self.bases {
            for base in bases {
                next_to.entry(*base).or_default().push(*id);
                next_to.entry(*id).or_default().push(*base);
            }
        }
        let mut seen: BTreeSet<FactId> = self.order.first().copied().into_iter().collect();
        let mut to_visit: Vec<FactId> = seen.iter().copied().collect();
        while let Some(id) = to_visit.pop() {
            for other in next_to.get(&id).into_iter().flatten() {
                if seen.insert(*other) {
                    to_visit.push(*other);
                }
            }
        }
        seen.len() == self.order.len()
    }
}
