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

mod difference;
mod history;
mod replay;

use crate::{
    id::{FactId, OrgId},
    limits::PROSE_BYTES_MAX,
};
use history::History;
use replay::Replay;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

// A changed bound changes what readers are shown: nodes of two versions would differ until both are upgraded (I3).

/// Standing facts that are merged.
pub const STANDING_MERGED_MAX: usize = 32;
/// Facts from the last common base to the standing ones, all counted.
pub const FACTS_REPLAYED_MAX: usize = 256;
/// Documents held in memory at once while facts are replayed.
pub const DOCUMENTS_HELD_MAX: usize = 64;
/// Characters that one fact may insert and delete before its change counts as one block.
pub const EDITS_PER_FACT_MAX: usize = 4_096;
/// Comparisons spent on finding the differences of one fact before its change counts as one block.
pub const STEPS_PER_FACT_MAX: u64 = 20_000_000;
/// Halves of flags in a text before its change counts as one block.
pub const REGIONAL_INDICATORS_MAX: usize = 256;
/// Characters inserted and deleted one by one by all the facts of one merge (about 0.1 ms each on a text of 64 KiB).
pub const EDITS_PER_MERGE_MAX: usize = 16_384;
/// Characters inserted and deleted as blocks by all the facts of one merge (about 5 µs each).
pub const BLOCK_CHARACTERS_PER_MERGE_MAX: usize = 400_000;
/// Comparisons spent on all the facts of one merge.
pub const STEPS_PER_MERGE_MAX: u64 = 80_000_000;

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

fn merged_text(facts: &BTreeMap<FactId, ProseFact>, standing: &[FactId]) -> Result<(String, Vec<Passage>), WhyApart> {
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
