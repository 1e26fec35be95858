//! Who built on what: the order of the facts, and the last base that all of them share.

use super::{ProseFact, standing};
use crate::id::FactId;
use std::collections::{BTreeMap, BTreeSet};

/// The facts in an order in which each comes after its bases. In a set without rings every fact in effect is an ancestor
/// of a standing one, or stands; of those without effect only what one in effect was written on belongs.
pub(super) struct History {
    order: Vec<FactId>,
    /// Known bases of each fact, without repetition.
    pub(super) bases: BTreeMap<FactId, BTreeSet<FactId>>,
    /// What is read. Others may have been written on it, through a fact that has lost its effect.
    standing: BTreeSet<FactId>,
}

impl History {
    /// Linear in facts and bases; `None` where facts replace each other in a ring.
    pub(super) fn of(facts: &BTreeMap<FactId, ProseFact>) -> Option<Self> {
        let known = |fact: &ProseFact| fact.replaces.iter().filter(|id| facts.contains_key(id)).copied().collect();
        let mut bases: BTreeMap<FactId, BTreeSet<FactId>> = BTreeMap::new();
        let mut to_visit: Vec<FactId> = facts.iter().filter(|(_, fact)| fact.in_effect).map(|(id, _)| *id).collect();
        while let Some(id) = to_visit.pop() {
            if !bases.contains_key(&id) {
                let of: BTreeSet<FactId> = known(&facts[&id]);
                to_visit.extend(of.iter().filter(|base| !bases.contains_key(base)));
                bases.insert(id, of);
            }
        }
        let mut heirs: BTreeMap<FactId, Vec<FactId>> = BTreeMap::new();
        for (id, bases) in &bases {
            for base in bases {
                heirs.entry(*base).or_default().push(*id);
            }
        }
        let mut waiting: BTreeMap<FactId, usize> = bases.iter().map(|(id, bases)| (*id, bases.len())).collect();
        let mut ready: BTreeSet<FactId> = bases.iter().filter(|(_, b)| b.is_empty()).map(|(id, _)| *id).collect();
        let mut order = Vec::with_capacity(bases.len());
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
        let standing = standing(facts).into_iter().collect();
        (order.len() == bases.len()).then_some(Self { order, bases, standing })
    }

    /// The last fact through which every line of descent runs, and all that come after it. Where there is none, all
    /// facts if they hang together, else nothing.
    pub(super) fn since_common_base(&self) -> Option<&[FactId]> {
        match self.common_bases().last() {
            Some(at) => Some(&self.order[*at..]),
            None => self.hangs_together().then_some(&self.order),
        }
    }

    /// All facts that belong.
    pub(super) fn since_nothing(&self) -> &[FactId] {
        &self.order
    }

    /// Each fact through which every line of descent runs, and all that come after it: the earliest first.
    pub(super) fn bases_of_all(&self) -> impl Iterator<Item = &[FactId]> {
        self.common_bases().into_iter().map(|at| &self.order[at..])
    }

    /// Places in the order. Where the order respects descent, a fact lies on every line exactly if no step from base to
    /// heir (or from nothing to a first fact, or from a standing fact to the reader) passes over it.
    fn common_bases(&self) -> Vec<usize> {
        let end = self.order.len();
        let place: BTreeMap<FactId, usize> = self.order.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let mut last_heir = vec![end; end];
        let mut reach_of_nothing = 0;
        for (at, id) in self.order.iter().enumerate() {
            if self.bases[id].is_empty() {
                reach_of_nothing = at;
            }
            for base in &self.bases[id] {
                // Places only grow, so the last write is the farthest heir; what stands has the reader.
                if !self.standing.contains(base) {
                    last_heir[place[base]] = at;
                }
            }
        }
        let mut reach = reach_of_nothing;
        let mut bases = Vec::new();
        for (at, last) in last_heir.into_iter().enumerate() {
            if reach <= at {
                bases.push(at);
            }
            reach = reach.max(last);
        }
        bases
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
