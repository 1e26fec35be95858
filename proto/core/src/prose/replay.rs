//! The merge itself: each fact's change on a document of its own, all documents joined at the end.

use super::{
    DOCUMENTS_HELD_MAX, Passage, ProseFact, WhyApart,
    difference::{Budget, Differences, Made, full_of_flags, middles},
    history::History,
    known_text,
};
use crate::id::FactId;
use automerge::{
    ActorId, Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use std::collections::{BTreeMap, BTreeSet};

/// One merge in progress: a document per fact whose heirs are not all replayed yet.
pub(super) struct Replay<'a> {
    facts: &'a BTreeMap<FactId, ProseFact>,
    /// In order, each with the bases that are replayed too and its text.
    steps: Vec<Step<'a>>,
    documents: BTreeMap<FactId, Automerge>,
    /// How many more times each document is needed.
    uses: BTreeMap<FactId, usize>,
    budget: Budget,
}

struct Step<'a> {
    id: FactId,
    bases: Vec<FactId>,
    text: &'a str,
}

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
            steps.push(Step { id: *id, bases, text: known_text(&facts[id])? });
        }
        Ok(Self { facts, steps, documents: BTreeMap::new(), uses, budget: Budget::FULL })
    }

    pub(super) fn run(mut self, standing: &[FactId]) -> Result<(String, Vec<Passage>), WhyApart> {
        let (root, object) = empty_document().map_err(|_| WhyApart::Engine)?;
        for id in standing {
            *self.uses.entry(*id).or_default() += 1;
        }
        for step in std::mem::take(&mut self.steps) {
            let mut document = self.joined(&step.bases, &root)?;
            document.set_actor(actor_of(step.id));
            change_text(&mut document, &object, step.text, &mut self.budget)?;
            self.documents.insert(step.id, document);
            if self.documents.len() > DOCUMENTS_HELD_MAX {
                return Err(WhyApart::TooMuch);
            }
        }
        let merged = self.joined(standing, &root)?;
        let text = merged.text(&object).map_err(|_| WhyApart::Engine)?;
        let passages = passages(&merged, &object, &text, self.facts);
        Ok((text, passages))
    }

    /// A document that holds all that the given facts hold.
    fn joined(&mut self, ids: &[FactId], root: &Automerge) -> Result<Automerge, WhyApart> {
        let mut joined: Option<Automerge> = None;
        for id in ids {
            let left = self.uses.get_mut(id).ok_or(WhyApart::Engine)?;
            *left -= 1;
            // The last user takes the document, the others copy it.
            let document = if *left == 0 { self.documents.remove(id) } else { self.documents.get(id).cloned() };
            let mut document = document.ok_or(WhyApart::Engine)?;
            match &mut joined {
                None => joined = Some(document),
                Some(joined) => {
                    joined.merge(&mut document).map_err(|_| WhyApart::Engine)?;
                }
            }
        }
        Ok(joined.unwrap_or_else(|| root.clone()))
    }
}

/// The same first change on every node: actor zero, an empty text.
fn empty_document() -> Result<(Automerge, ObjId), AutomergeError> {
    let mut root = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(ActorId::from([0; 32]));
    let mut transaction = root.transaction();
    let object = transaction.put_object(ROOT, "text", ObjType::Text)?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok((root, object))
}

/// Equal on every node, and different for each fact. Automerge orders concurrent insertions at one place by it.
fn actor_of(id: FactId) -> ActorId {
    let mut hasher = blake3::Hasher::new_derive_key("samsyn v1 prose actor");
    hasher.update(&id.header.0).update(&id.index.to_le_bytes());
    ActorId::from(*hasher.finalize().as_bytes())
}

/// Makes the document's text the given one, in one change.
fn change_text(document: &mut Automerge, object: &ObjId, new: &str, budget: &mut Budget) -> Result<(), WhyApart> {
    let old = document.text(object).map_err(|_| WhyApart::Engine)?;
    let (old_middle, new_middle, at) = middles(&old, new);
    let differences = if full_of_flags(&old) || full_of_flags(new) {
        Differences::block(&old_middle, &new_middle, 0)
    } else {
        Differences::between(&old_middle, &new_middle)
    };
    budget.spend(&differences)?;
    let mut transaction = document.transaction();
    match differences.made {
        Made::Edits(_) => transaction.update_text(object, new),
        Made::Block(_) => {
            let deleted = isize::try_from(old_middle.len()).map_err(|_| WhyApart::Engine)?;
            transaction.splice_text(object, at, deleted, &new_middle.iter().collect::<String>())
        }
    }
    .map_err(|_| WhyApart::Engine)?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(())
}

/// Runs of characters by the fact that wrote them.
fn passages(document: &Automerge, object: &ObjId, text: &str, facts: &BTreeMap<FactId, ProseFact>) -> Vec<Passage> {
    let by_actor: BTreeMap<ActorId, FactId> = facts.keys().map(|id| (actor_of(*id), *id)).collect();
    let mut passages: Vec<Passage> = Vec::new();
    // One element of the text is one character, because the document counts in code points.
    for (item, (at, character)) in document.list_range(object, ..).zip(text.char_indices()) {
        let ObjId::Id(_, actor, _) = item.id() else { continue };
        let Some(fact) = by_actor.get(&actor) else { continue };
        let end = at + character.len_utf8();
        match passages.last_mut() {
            Some(run) if run.fact == *fact => run.range.end = end,
            _ => passages.push(Passage { range: at..end, fact: *fact, author: facts[fact].author.clone() }),
        }
    }
    passages
}
