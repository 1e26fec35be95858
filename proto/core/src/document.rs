//! One document as facts: for each path the admitted facts, which of them stand, and which values are erased.
//! Order-free by construction: a set of facts and a set of replacements (keeps I3).

use crate::{
    entry::{FactOutline, ValueOutline},
    few::Few,
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
    admitted: Few<FactId, Fact>,
    /// How many admitted facts of this path name each id in `replaces`.
    replaced: Few<FactId, u32>,
    standing: Few<FactId, ()>,
}

impl PathFacts {
    /// Facts that no other admitted fact at the path replaces. More than one is a conflict.
    pub fn standing(&self) -> impl ExactSizeIterator<Item = (&FactId, &Fact)> {
        let standing: Vec<_> = self.standing.keys().filter_map(|id| Some((id, self.admitted.get(id)?))).collect();
        standing.into_iter()
    }

    pub fn admitted(&self) -> &Few<FactId, Fact> {
        &self.admitted
    }

    /// The one standing fact; none where nothing stands, or several do and so none counts.
    pub fn settled(&self) -> Option<(&FactId, &Fact)> {
        let only = self.standing.keys().next().filter(|_| self.standing.len() == 1)?;
        Some((only, self.admitted.get(only)?))
    }

    pub fn conflict(&self) -> bool {
        self.standing.len() > 1
    }

    fn current(&self) -> Self {
        let standing = self.standing().map(|(id, fact)| (*id, fact.clone()));
        Self { admitted: standing.collect(), replaced: Few::default(), standing: self.standing.clone() }
    }

    fn admit(&mut self, id: FactId, fact: Fact) {
        for replaced in &fact.replaces {
            match self.replaced.get_mut(replaced) {
                Some(count) => *count += 1,
                None => drop(self.replaced.insert(*replaced, 1)),
            }
            self.standing.remove(replaced);
        }
        if !self.replaced.contains_key(&id) {
            self.standing.insert(id, ());
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
                    self.standing.insert(*replaced, ());
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

    /// True if it says anything at a path or below.
    pub fn says(&self, path: &Path) -> bool {
        let below = |other: &Path| {
            other.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let from = self.paths.range(path.clone()..).map(|(other, _)| other);
        // What has a longer name sorts between a path and what lies below it.
        from.take_while(|other| other.as_str().starts_with(path.as_str())).any(below)
    }

    /// The document without what no longer stands, but for the paths whose history is wanted too. A work may have any
    /// number of earlier facts: whoever shows it does not copy them.
    pub fn current(&self, with_history: impl Fn(&Path, &PathFacts) -> bool) -> Self {
        let of = |(path, at): (&Path, &PathFacts)| {
            (path.clone(), if with_history(path, at) { at.clone() } else { at.current() })
        };
        Self { paths: self.paths.iter().map(of).collect(), erased: self.erased.clone(), executed: BTreeMap::new() }
    }

    /// The document as it would stand if only some of its facts had been admitted: as somebody knew it earlier. What has
    /// been erased since stays erased.
    pub fn only(&self, known: impl Fn(&FactId) -> bool) -> Self {
        let of = |(path, at): (&Path, &PathFacts)| {
            let mut then = PathFacts::default();
            for (id, fact) in at.admitted.iter().filter(|(id, _)| known(id)) {
                then.admit(*id, fact.clone());
            }
            (!then.admitted.is_empty()).then(|| (path.clone(), then))
        };
        let paths = self.paths.iter().filter_map(of).collect();
        Self { paths, erased: self.erased.clone(), executed: BTreeMap::new() }
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

    /// The archive owner's erasure: gives the facts that it names first.
    pub(crate) fn erase(&mut self, facts: &[FactId]) -> Vec<FactId> {
        facts.iter().filter(|fact| self.erased.insert(**fact)).copied().collect()
    }

    /// Another party's statement that its node has executed an erasure.
    pub(crate) fn execute(&mut self, org: &OrgId, facts: &[FactId]) {
        self.executed.entry(org.clone()).or_default().extend(facts.iter().copied());
    }

    pub(crate) fn set_erasures(&mut self, erased: BTreeSet<FactId>, executed: BTreeMap<OrgId, BTreeSet<FactId>>) {
        self.erased = erased;
        self.executed = executed;
    }
}
