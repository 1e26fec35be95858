//! The merge itself: each fact's change on a branch of its own, all branches joined at the end.

use super::{
    Passage, ProseFact, WhyApart, Work,
    branch::{Branch, Character, Common},
    history::History,
    known_text,
};
use crate::{
    id::FactId,
    limits::{PROSE_CHARACTERS_HELD_MAX, PROSE_DOCUMENTS_HELD_MAX},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// One merge in progress: a branch per fact whose heirs are not all replayed yet.
pub(super) struct Replay<'a> {
    facts: &'a BTreeMap<FactId, ProseFact>,
    /// In order, each with the bases that are replayed too and its text.
    steps: Vec<Step<'a>>,
    several_beginnings: bool,
    common: Common,
    branches: BTreeMap<FactId, Branch>,
    /// How many more times each branch is needed.
    uses: BTreeMap<FactId, usize>,
    /// Characters of the held branches, deleted ones too.
    characters_held: u64,
    /// Who states what was written without effect: the first fact in effect that was written on it and kept it.
    stated: BTreeMap<Character, FactId>,
}

struct Step<'a> {
    id: FactId,
    bases: Vec<FactId>,
    text: Cow<'a, str>,
}

/// What ends a text where several begin with nothing in common: without it the words of one would run into the next's.
const PARAGRAPH_END: &str = "\n\n";

impl<'a> Replay<'a> {
    pub(super) fn of(
        facts: &'a BTreeMap<FactId, ProseFact>,
        history: &History,
        since: &[FactId],
    ) -> Result<Self, WhyApart> {
        let replayed: BTreeSet<&FactId> = since.iter().collect();
        let mut uses: BTreeMap<FactId, usize> = BTreeMap::new();
        let mut steps = Vec::with_capacity(since.len());
        for id in since {
            let bases: Vec<FactId> = history.bases[id].iter().filter(|base| replayed.contains(base)).copied().collect();
            for base in &bases {
                *uses.entry(*base).or_default() += 1;
            }
            steps.push(Step { id: *id, bases, text: Cow::Borrowed(known_text(&facts[id])?) });
        }
        let several_beginnings = steps.iter().filter(|step| step.bases.is_empty()).count() > 1;
        if several_beginnings {
            for step in &mut steps {
                step.text = Cow::Owned(paragraph(&step.text));
            }
        }
        let common = Common::of(since.iter().copied()).map_err(|_| WhyApart::Engine)?;
        let (branches, stated) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { facts, steps, several_beginnings, common, branches, uses, characters_held: 0, stated })
    }

    pub(super) fn run(mut self, standing: &[FactId], work: &mut Work) -> Result<(String, Vec<Passage>), WhyApart> {
        for id in standing {
            *self.uses.entry(*id).or_default() += 1;
        }
        let steps = std::mem::take(&mut self.steps);
        for step in &steps {
            let mut branch = self.joined(&step.bases, work)?;
            if step.bases.len() > 1 {
                branch.part(&self.common, step.id, work)?;
            }
            let in_effect = self.facts[&step.id].in_effect;
            branch.change(&self.common, (step.id, in_effect), &step.text, work)?;
            if in_effect && step.bases.iter().any(|base| !self.facts[base].in_effect) {
                self.state(step, &branch, &steps, work)?;
            }
            work.facts_replayed += 1;
            self.characters_held += branch.held();
            self.branches.insert(step.id, branch);
            work.documents_held = work.documents_held.max(self.branches.len());
            work.characters_held = work.characters_held.max(self.characters_held);
            if self.branches.len() > PROSE_DOCUMENTS_HELD_MAX || self.characters_held > PROSE_CHARACTERS_HELD_MAX {
                return Err(WhyApart::TooMuch);
            }
        }
        let (mut text, characters) = self.joined(standing, work)?.read_parted(&self.common)?;
        if self.several_beginnings {
            text.truncate(text.trim_end_matches('\n').len());
        }
        let passages = self.passages(&text, &characters, &steps);
        Ok((text, passages))
    }

    /// A branch that holds all that the given facts hold.
    fn joined(&mut self, ids: &[FactId], work: &mut Work) -> Result<Branch, WhyApart> {
        let mut joined: Option<Branch> = None;
        for id in ids {
            let left = self.uses.get_mut(id).ok_or(WhyApart::Engine)?;
            *left -= 1;
            // The last user takes the branch, the others copy it.
            let last_use = *left == 0;
            let branch = if last_use { self.branches.remove(id) } else { self.branches.get(id).cloned() };
            let branch = branch.ok_or(WhyApart::Engine)?;
            if last_use {
                self.characters_held -= branch.held();
            }
            match &mut joined {
                None => joined = Some(branch),
                Some(joined) => joined.join(branch, &self.common, work)?,
            }
        }
        Ok(joined.unwrap_or_else(|| self.common.empty()))
    }

    /// A fact states all of its text, also what it was given by one that has lost its effect since.
    fn state(&mut self, by: &Step, branch: &Branch, steps: &[Step], work: &mut Work) -> Result<(), WhyApart> {
        let (_, characters) = branch.read(&self.common)?;
        work.look_through(characters.len())?;
        for character in characters {
            if !steps.get(character.0).is_some_and(|writer| self.facts[&writer.id].in_effect) {
                self.stated.entry(character).or_insert(by.id);
            }
        }
        Ok(())
    }

    /// Runs of characters by the fact that wrote them, or states them.
    fn passages(&self, text: &str, characters: &[Character], steps: &[Step]) -> Vec<Passage> {
        let mut passages: Vec<Passage> = Vec::new();
        for (character, (at, letter)) in characters.iter().zip(text.char_indices()) {
            let Some(writer) = steps.get(character.0) else { continue };
            let fact = self.stated.get(character).copied().unwrap_or(writer.id);
            let end = at + letter.len_utf8();
            match passages.last_mut() {
                Some(run) if run.fact == fact => run.range.end = end,
                _ => passages.push(Passage { range: at..end, fact, author: self.facts[&fact].author.clone() }),
            }
        }
        passages
    }
}

fn paragraph(text: &str) -> String {
    match text.trim_end_matches('\n') {
        "" => String::new(),
        text => [text, PARAGRAPH_END].concat(),
    }
}
