//! Joint prose: the text that every node shows where several parties have written at one path (design, section 6).
//!
//! A publication states the whole text and names the facts it was based on. Where several stand, they are merged for
//! reading with Automerge, from the last base they all share: one branch per fact, its change made by the words that
//! differ from the merge of its bases, under an actor derived from the fact's id. The result is a function of the set of facts
//! alone, never of arrival order (keeps I3), and is bounded in facts, documents, characters and difference steps (keeps
//! I6; the bounds are in `limits`, and [`Work`] counts what a merge has spent): past a bound, or where a text that the merge needs is gone, the versions are shown side by side instead.
//!
//! A fact that has lost its effect (a charter's cut took it, say) may be what others have written on. It then stands for
//! nothing and replaces nothing, but it is still what their words were put beside: it is replayed as their base, so that
//! two who wrote on it do not each bring its words along (keeps I3). What it struck is struck no longer. So every
//! character shown is in the text of a fact that stands.
//!
//! This module does not know admission, erasure or paths: its caller hands it the facts of one path. No verdict and no
//! digest may depend on what it returns.

mod branch;
mod difference;
mod history;
mod replay;

use crate::{
    id::{FactId, OrgId},
    limits::{PROSE_BYTES_MAX, PROSE_FACTS_REPLAYED_MAX, PROSE_STANDING_MAX},
};
pub use difference::{Differences, Splice, differences};
use history::History;
use replay::Replay;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// One prose fact at the path: admitted, standing or replaced; or without effect, and what an admitted one was based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProseFact {
    /// The whole text as published. `None`: erased, not arrived, or damaged. A removal (a fact without value) is known:
    /// `Some("")`.
    pub text: Option<String>,
    /// The facts that the author had before him; ids that are not in the set hold nothing up.
    pub replaces: Vec<FactId>,
    pub author: OrgId,
    /// False for a fact that is stored and not admitted: a base of others and nothing else.
    pub in_effect: bool,
}

/// What readers are shown at a prose path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prose {
    /// Nothing is written here, or all of it was removed.
    Empty {
        standing: Vec<FactId>,
    },
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

/// What a merge has cost, in counts that are the same on every machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Facts whose change was made anew.
    pub facts_replayed: usize,
    /// The most documents held in memory at once, and the most characters in all of them, deleted ones too.
    pub documents_held: usize,
    pub characters_held: u64,
    /// Places that were changed, and characters that were inserted and deleted there.
    pub splices: usize,
    pub characters: usize,
    /// Comparisons made to find them, and what it costs to look through texts for what no longer counts as struck.
    pub steps: u64,
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

/// Merges all facts of one prose path.
///
/// - a single standing fact is its own text, whatever happened before it;
/// - several are merged from the last fact that every line of descent passes, or from nothing where they hang
///   together without such a fact;
/// - [`WhyApart`] names when they are not.
pub fn merge(facts: &BTreeMap<FactId, ProseFact>) -> Prose {
    merge_counted(facts).0
}

/// The same, and what it cost.
pub fn merge_counted(facts: &BTreeMap<FactId, ProseFact>) -> (Prose, Work) {
    let standing = standing(facts);
    let mut work = Work::default();
    let prose = match merged_text(facts, &standing, &mut work) {
        Ok((text, _)) if text.is_empty() => Prose::Empty { standing },
        Ok((text, passages)) => Prose::Merged(Merged { text, passages, standing }),
        Err(why) => {
            // A ring may leave nothing standing: then every fact is a version.
            let in_effect = || facts.iter().filter(|(_, fact)| fact.in_effect).map(|(id, _)| *id).collect();
            let shown = if standing.is_empty() { in_effect() } else { standing.clone() };
            let version = |id: &FactId| {
                facts.get(id).map(|fact| Version { fact: *id, author: fact.author.clone(), text: fact.text.clone() })
            };
            Prose::SideBySide(SideBySide { versions: shown.iter().filter_map(version).collect(), why, standing })
        }
    };
    (prose, work)
}

/// The same text as [`merge`] gives, with who wrote what counted from as far back as one merge may go and the texts are
/// there: not only since the last common base, and through publications that settled earlier ones. Costs at the most
/// twice what a merge may.
pub fn attribute(facts: &BTreeMap<FactId, ProseFact>) -> Prose {
    let prose = merge(facts);
    let Prose::Merged(merged) = prose else { return prose };
    let Some(history) = History::of(facts) else { return Prose::Merged(merged) };
    let known = |since: &[FactId]| since.iter().all(|id| known_text(&facts[id]).is_ok());
    let from_farther = history.bases_of_all().find(|since| since.len() <= PROSE_FACTS_REPLAYED_MAX && known(since));
    let replayed = from_farther.and_then(|since| {
        let mut work = Work::default();
        Replay::of(facts, &history, since).ok()?.run(&merged.standing, &mut work).ok()
    });
    match replayed {
        Some((text, passages)) if text == merged.text => Prose::Merged(Merged { passages, ..merged }),
        _ => Prose::Merged(merged),
    }
}

/// What to write on from where versions build on nothing in common: the text that they have once a publication names
/// them all, each beginning a paragraph of its own. In any other text two who write on at once would each move whole
/// versions, and double them.
pub fn joined(facts: &BTreeMap<FactId, ProseFact>) -> Result<String, WhyApart> {
    let standing = standing(facts);
    if standing.len() > PROSE_STANDING_MAX {
        return Err(WhyApart::TooMuch);
    }
    let history = History::of(facts).ok_or(WhyApart::Ring)?;
    replayed(facts, &history, history.since_nothing(), &standing, &mut Work::default()).map(|(text, _)| text)
}

/// The facts in effect that no other of them replaces, in id order.
pub fn standing(facts: &BTreeMap<FactId, ProseFact>) -> Vec<FactId> {
    let in_effect = || facts.iter().filter(|(_, fact)| fact.in_effect);
    let replaced: BTreeSet<&FactId> = in_effect().flat_map(|(_, fact)| &fact.replaces).collect();
    in_effect().map(|(id, _)| id).filter(|id| !replaced.contains(id)).copied().collect()
}

fn merged_text(
    facts: &BTreeMap<FactId, ProseFact>,
    standing: &[FactId],
    work: &mut Work,
) -> Result<(String, Vec<Passage>), WhyApart> {
    if !facts.values().any(|fact| fact.in_effect) {
        return Ok((String::new(), Vec::new()));
    }
    let history = History::of(facts).ok_or(WhyApart::Ring)?;
    if let [only] = standing {
        let fact = &facts[only];
        let text = known_text(fact)?;
        let whole = Passage { range: 0..text.len(), fact: *only, author: fact.author.clone() };
        return Ok((text.to_owned(), vec![whole]));
    }
    if standing.len() > PROSE_STANDING_MAX {
        return Err(WhyApart::TooMuch);
    }
    let since = history.since_common_base().ok_or(WhyApart::NoCommonBase)?;
    replayed(facts, &history, since, standing, work)
}

fn replayed(
    facts: &BTreeMap<FactId, ProseFact>,
    history: &History,
    since: &[FactId],
    standing: &[FactId],
    work: &mut Work,
) -> Result<(String, Vec<Passage>), WhyApart> {
    if since.len() > PROSE_FACTS_REPLAYED_MAX {
        return Err(WhyApart::TooMuch);
    }
    Replay::of(facts, history, since)?.run(standing, work)
}

fn known_text(fact: &ProseFact) -> Result<&str, WhyApart> {
    match &fact.text {
        Some(text) if text.len() <= PROSE_BYTES_MAX => Ok(text),
        _ => Err(WhyApart::TextGone),
    }
}
