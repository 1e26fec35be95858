//! One document as facts: for each path the admitted facts, which of them stand, and which values are erased.
//! Order-free by construction: a set of facts and a set of replacements (keeps I3).

use crate::{
    entry::{FactOutline, ValueOutline},
    id::{FactId, OrgId, OutlineHash, Path},
};
use std::collections::{BTreeMap, BTreeSet};

/// An admitted fact, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub author: OrgId,
    /// Absent for a removal.
    pub value: Option<ValueOutline>,
    pub replaces: Vec<FactId>,
    pub outline: OutlineHash,
    /// The author's clock: shown, never used for merging.
    pub hlc_ms: u64,
}

/// The facts at one path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathFacts {
    admitted: BTreeMap<FactId, Fact>,
    /// How many admitted facts of this path name each id in `replaces`.
    replaced: BTreeMap<FactId, u32>,
    standing: BTreeSet<FactId>,
}

impl PathFacts {
    /// Facts that no other admitted fact at the path replaces. More than one is a conflict.
    pub fn standing(&self) -> impl ExactSizeIterator<Item = (&FactId, &Fact)> {
        let ids: Vec<&FactId> = self.standing.iter().collect();
        ids.into_iter().map(|id| (id, &self.admitted[id]))
    }

    pub fn admitted(&self) -> &BTreeMap<FactId, Fact> {
        &self.admitted
    }

    /// The one standing fact; none where nothing stands, or several do and so none counts.
    pub fn settled(&self) -> Option<(&FactId, &Fact)> {
        if self.standing.len() == 1 { self.standing.first().map(|id| (id, &self.admitted[id])) } else { None }
    }

    pub fn conflict(&self) -> bool {
        self.standing.len() > 1
    }

    fn admit(&mut self, id: FactId, fact: Fact) {
        for replaced in &fact.replaces {
            *self.replaced.entry(*replaced).or_default() += 1;
            self.standing.remove(replaced);
        }
        if !self.replaced.contains_key(&id) {
            self.standing.insert(id);
        }
        self.admitted.insert(id, fact);
    }

    fn withdraw(&mut self, id: &FactId) {
        let Some(fact) = self.admitted.remove(id) else { return };
        self.standing.remove(id);
        for replaced in &fact.replaces {
            let Some(count) = self.replaced.get_mut(replaced) else { continue };
            *count -= 1;
            if *count == 0 {
                self.replaced.remove(replaced);
                if self.admitted.contains_key(replaced) {
                    self.standing.insert(*replaced);
                }
            }
        }
    }
}

/// A document's facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    paths: BTreeMap<Path, PathFacts>,
    erased: BTreeSet<FactId>,
    /// Who else has stated that its node has executed an erasure.
    executed: BTreeMap<OrgId, BTreeSet<FactId>>,
}

impl Document {
    pub fn paths(&self) -> impl Iterator<Item = (&Path, &PathFacts)> {
        self.paths.iter()
    }

    pub fn at(&self, path: &Path) -> Option<&PathFacts> {
        self.paths.get(path)
    }

    pub fn erased(&self) -> &BTreeSet<FactId> {
        &self.erased
    }

    pub fn executed(&self) -> &BTreeMap<OrgId, BTreeSet<FactId>> {
        &self.executed
    }

    /// Paths where several facts stand.
    pub fn conflicts(&self) -> impl Iterator<Item = (&Path, &PathFacts)> {
        self.paths.iter().filter(|(_, p)| p.conflict())
    }

    pub(crate) fn admit(&mut self, id: FactId, outline: &FactOutline, fact: Fact) {
        self.paths.entry(outline.path.clone()).or_default().admit(id, fact);
    }

    pub(crate) fn withdraw(&mut self, id: &FactId, path: &Path) {
        let Some(at) = self.paths.get_mut(path) else { return };
        at.withdraw(id);
        if at.admitted.is_empty() {
            self.paths.remove(path);
        }
    }

    pub(crate) fn set_erasures(&mut self, erased: BTreeSet<FactId>, executed: BTreeMap<OrgId, BTreeSet<FactId>>) {
        self.erased = erased;
        self.executed = executed;
    }
}
