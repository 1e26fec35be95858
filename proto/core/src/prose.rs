//! Joint prose: the text that every node shows where several parties have written at one path (design, section 6).
//!
//! A publication states the whole text and names the facts it was based on. Where several stand, they are merged for
//! reading with Automerge, from the last base they all share: one branch per fact, its change made by the difference
//! to the merge of its bases, under an actor derived from the fact's id. The result is a function of the set of facts
//! alone, never of arrival order (keeps I3), and is bounded in facts, documents and difference steps (keeps I6): past
//! a bound, or where a text that the merge needs is gone, the versions are shown side by side instead.
//!
//! This module does not know admission, erasure or paths: its caller hands it the admitted facts of one path. No
//! verdict and no digest may depend on what it returns.

use crate::{
    id::{FactId, OrgId},
    limits::PROSE_BYTES_MAX,
};
use automerge::{
    ActorId, Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Standing facts that are merged.
pub const STANDING_MERGED_MAX: usize = 32;
/// Facts from the last common base to the standing ones, all counted.
pub const FACTS_REPLAYED_MAX: usize = 256;
/// Documents held in memory at once while facts are replayed.
pub const DOCUMENTS_HELD_MAX: usize = 64;
/// Characters that one fact may insert and delete before its change counts as one block.
pub const EDITS_PER_FACT_MAX: usize = 8_192;
/// Comparisons spent on finding the differences of one fact before its change counts as one block.
pub const STEPS_PER_FACT_MAX: u64 = 40_000_000;
/// Characters inserted and deleted by all the facts of one merge, blocks not counted.
pub const EDITS_PER_MERGE_MAX: usize = 65_536;
/// Comparisons spent on all the facts of one merge.
pub const STEPS_PER_MERGE_MAX: u64 = 160_000_000;

/// One admitted prose fact at the path, standing or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProseFact {
    /// The whole text as published. `None`: erased, not arrived, or damaged. A removal (a fact without value) is known:
    /// `Some("")`.
    pub text: Option<String>,
    /// The facts that the author had before him; ids that are not in the set hold nothing up.
    pub replaces: Vec<FactId>,
    pub author: OrgId,
}

/// What readers are shown at a prose path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prose {
    /// Nothing is written here, or all of it was removed.
    Empty { standing: Vec<FactId> },
    Merged(Merged),
    SideBySide(SideBySide),
}

/// One text. It may be longer than one value may be (several parties wrote much at once): then the next publication
/// has to shorten it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub text: String,
    /// Who wrote what, in order and without gaps, counted from the last common base: words older than that carry the
    /// author of the base.
    pub passages: Vec<Passage>,
    /// What the next publication replaces.
    pub standing: Vec<FactId>,
}

/// A run of the merged text that one fact wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Bytes of the merged text, on character borders.
    pub range: Range<usize>,
    pub fact: FactId,
    pub author: OrgId,
}

/// The versions as their authors wrote them, in id order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideBySide {
    pub versions: Vec<Version>,
    pub why: WhyApart,
    pub standing: Vec<FactId>,
}

/// One version; its text is missing where it was erased or has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub fact: FactId,
    pub author: OrgId,
    pub text: Option<String>,
}

/// Why versions are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyApart {
    /// A text that the merge needs is erased, has not arrived, or is longer than prose may be.
    TextGone,
    /// Versions that build on nothing in common: merged, they would only repeat each other.
    NoCommonBase,
    /// More standing facts, facts since the common base, or differences than a merge may take.
    TooMuch,
    /// Facts that replace each other in a ring: no honest set of facts does.
    Ring,
    /// Automerge refused; it should not on texts made here, and a reader still gets every version.
    Engine,
}

impl Prose {
    /// The facts that the next publication must name to settle the text, in id order.
    pub fn standing(&self) -> &[FactId] {
        match self {
            Self::Empty { standing } => standing,
            Self::Merged(merged) => &merged.standing,
            Self::SideBySide(apart) => &apart.standing,
        }
    }
}

/// Merges all admitted facts of one prose path.
///
/// - a single standing fact is its own text, whatever happened before it;
/// - several are merged from the last fact that every line of descent passes, or from nothing where they hang
///   together without such a fact;
/// - [`WhyApart`] names when they are not.
pub fn merge(facts: &BTreeMap<FactId, ProseFact>) -> Prose {
    let standing = standing(facts);
    match merged_text(facts, &standing) {
        Ok((text, _)) if text.is_empty() => Prose::Empty { standing },
        Ok((text, passages)) => Prose::Merged(Merged { text, passages, standing }),
        Err(why) => {
            // A ring may leave nothing standing: then every fact is a version.
            let shown = if standing.is_empty() { facts.keys().copied().collect() } else { standing.clone() };
            let version = |id: &FactId| {
                facts.get(id).map(|fact| Version { fact: *id, author: fact.author.clone(), text: fact.text.clone() })
            };
            Prose::SideBySide(SideBySide { versions: shown.iter().filter_map(version).collect(), why, standing })
        }
    }
}

/// The facts that no fact of the set replaces, in id order.
pub fn standing(facts: &BTreeMap<FactId, ProseFact>) -> Vec<FactId> {
    let replaced: BTreeSet<&FactId> = facts.values().flat_map(|fact| &fact.replaces).collect();
    facts.keys().filter(|id| !replaced.contains(id)).copied().collect()
}

fn merged_text(
    facts: &BTreeMap<FactId, ProseFact>,
    standing: &[FactId],
) -> Result<(String, Vec<Passage>), WhyApart> {
    if facts.is_empty() {
        return Ok((String::new(), Vec::new()));
    }
    let history = History::of(facts).ok_or(WhyApart::Ring)?;
    if let [only] = standing {
        let fact = &facts[only];
        let text = known_text(fact)?;
        let whole = Passage { range: 0..text.len(), fact: *only, author: fact.author.clone() };
        return Ok((text.to_owned(), vec![whole]));
    }
    if standing.len() > STANDING_MERGED_MAX {
        return Err(WhyApart::TooMuch);
    }
    let since = history.since_common_base().ok_or(WhyApart::NoCommonBase)?;
    if since.len() > FACTS_REPLAYED_MAX {
        return Err(WhyApart::TooMuch);
    }
    Replay::of(facts, &history, since)?.run(standing)
}

fn known_text(fact: &ProseFact) -> Result<&str, WhyApart> {
    match &fact.text {
        Some(text) if text.len() <= PROSE_BYTES_MAX => Ok(text),
        _ => Err(WhyApart::TextGone),
    }
}

/// The facts in an order in which each comes after its bases. In a set without rings every fact is an ancestor of a
/// standing one, so all of them belong.
struct History {
    order: Vec<FactId>,
    /// Known bases of each fact, without repetition.
    bases: BTreeMap<FactId, BTreeSet<FactId>>,
}

impl History {
    /// Linear in facts and bases; `None` where facts replace each other in a ring.
    fn of(facts: &BTreeMap<FactId, ProseFact>) -> Option<Self> {
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
    fn since_common_base(&self) -> Option<&[FactId]> {
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

/// One merge in progress: a document per fact whose heirs are not all replayed yet.
struct Replay<'a> {
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

/// What is left to spend on differences, so that a merge ends in bounded time on any texts (keeps I6).
struct Budget {
    edits: usize,
    steps: u64,
}

impl<'a> Replay<'a> {
    fn of(
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
        let budget = Budget { edits: EDITS_PER_MERGE_MAX, steps: STEPS_PER_MERGE_MAX };
        Ok(Self { facts, steps, documents: BTreeMap::new(), uses, budget })
    }

    fn run(mut self, standing: &[FactId]) -> Result<(String, Vec<Passage>), WhyApart> {
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
    let differences = Differences::between(&old_middle, &new_middle);
    budget.steps = budget.steps.checked_sub(differences.steps).ok_or(WhyApart::TooMuch)?;
    let mut transaction = document.transaction();
    if let Some(edits) = differences.edits {
        budget.edits = budget.edits.checked_sub(edits).ok_or(WhyApart::TooMuch)?;
        transaction.update_text(object, new)
    } else {
        let deleted = isize::try_from(old_middle.len()).map_err(|_| WhyApart::Engine)?;
        transaction.splice_text(object, at, deleted, &new_middle.iter().collect::<String>())
    }
    .map_err(|_| WhyApart::Engine)?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(())
}

/// What differs once equal beginnings and ends are taken away, and after how many characters it begins.
fn middles(old: &str, new: &str) -> (Vec<char>, Vec<char>, usize) {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[before..], &new[before..]);
    let after = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    (old[..old.len() - after].to_vec(), new[..new.len() - after].to_vec(), before)
}

/// How far two texts are apart, and what it cost to find out.
///
/// Automerge's own difference (Myers 1986, linear space) is quadratic in what differs and has no bound; measuring
/// first, with one, costs about as much as that difference and decides whether it is made at all.
struct Differences {
    /// Characters to insert and delete; `None` past the bounds, where the middle is replaced as one block.
    edits: Option<usize>,
    steps: u64,
}

impl Differences {
    fn between(old: &[char], new: &[char]) -> Self {
        if old.is_empty() || new.is_empty() {
            // One insertion or one deletion: a block, however long.
            return Self { edits: Some(usize::from(old.len() != new.len())), steps: 0 };
        }
        let mut steps = 0;
        // `farthest[1 + EDITS + d]`: how many old characters are consumed on diagonal d (old minus new consumed).
        let bound = EDITS_PER_FACT_MAX.min(old.len() + new.len());
        let mut farthest = vec![0usize; 2 * bound + 3];
        for edits in 0..=bound {
            for diagonal in (0..=edits).map(|half| bound + 1 + 2 * half - edits) {
                let (lower, upper) = (farthest[diagonal - 1], farthest[diagonal + 1]);
                let first = diagonal == bound + 1 - edits;
                let last = diagonal == bound + 1 + edits;
                let mut x = if edits == 0 {
                    0
                } else if first || (!last && lower < upper) {
                    upper
                } else {
                    lower + 1
                };
                // Diagonals outside the table have nothing to compare.
                let Some(mut y) = (x + bound + 1).checked_sub(diagonal) else { continue };
                steps += 1;
                while x < old.len() && y < new.len() && old[x] == new[y] {
                    x += 1;
                    y += 1;
                    steps += 1;
                }
                farthest[diagonal] = x;
                if x >= old.len() && y >= new.len() {
                    return Self { edits: Some(edits), steps };
                }
            }
            if steps > STEPS_PER_FACT_MAX {
                break;
            }
        }
        Self { edits: None, steps }
    }
}

/// Runs of characters by the fact that wrote them.
fn passages(
    document: &Automerge,
    object: &ObjId,
    text: &str,
    facts: &BTreeMap<FactId, ProseFact>,
) -> Vec<Passage> {
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
