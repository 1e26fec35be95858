//! One text in the making.
//!
//! What a fact without effect strikes is not deleted from the document: whoever stands without that fact still has it.
//! It is only hidden from those who wrote on that fact, so that their change is made to what they saw; and it is shown
//! again where one of them is joined with somebody who has not struck it.

use super::{
    WhyApart, Work,
    difference::{differences, touching},
};
use crate::id::FactId;
use automerge::{
    ActorId, Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A character of a text: the fact that wrote it, by its place in the replay, and the number that Automerge gave it.
pub(super) type Character = (usize, u64);

/// What all branches of a merge have in common.
pub(super) struct Common {
    /// An empty text.
    root: Automerge,
    object: ObjId,
    /// A text that nobody reads: where there is nothing to delete, as much is written here instead.
    pad: ObjId,
    /// Places in the replay.
    writers: BTreeMap<ActorId, usize>,
}

/// A document, and which of its characters nobody sees.
#[derive(Clone)]
pub(super) struct Branch {
    document: Automerge,
    hidden: BTreeSet<Character>,
}

/// The text that the next author saw, and where its characters are in the document.
struct Seen {
    text: String,
    /// `None` where nothing is hidden: each is where it is seen.
    places: Option<Vec<usize>>,
}

impl Common {
    /// The same first change on every node: actor zero, an empty text.
    pub(super) fn of(facts: impl Iterator<Item = FactId>) -> Result<Self, AutomergeError> {
        let mut root = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(ActorId::from([0; 32]));
        let mut transaction = root.transaction();
        let object = transaction.put_object(ROOT, "text", ObjType::Text)?;
        let pad = transaction.put_object(ROOT, "pad", ObjType::Text)?;
        transaction.commit_with(CommitOptions::default().with_time(0));
        Ok(Self { root, object, pad, writers: facts.enumerate().map(|(place, id)| (actor_of(id), place)).collect() })
    }

    pub(super) fn empty(&self) -> Branch {
        Branch { document: self.root.clone(), hidden: BTreeSet::new() }
    }

    /// All characters of a document in order. One element of the text is one character, because documents count in code
    /// points.
    fn characters<'a>(&'a self, document: &'a Automerge) -> impl Iterator<Item = Character> + 'a {
        document.list_range(&self.object, ..).map(|item| match item.id() {
            ObjId::Id(number, actor, _) => (self.writers.get(&actor).copied().unwrap_or(usize::MAX), number),
            ObjId::Root => (usize::MAX, 0),
        })
    }
}

impl Branch {
    /// What it holds in memory, in characters, deleted and hidden ones too.
    pub(super) fn held(&self) -> u64 {
        self.document.stats().num_ops + self.hidden.len() as u64
    }

    /// Takes in what another branch holds. Hidden stays what neither shows.
    pub(super) fn join(&mut self, mut other: Self, common: &Common, work: &mut Work) -> Result<(), WhyApart> {
        if !self.hidden.is_empty() || !other.hidden.is_empty() {
            let mut hidden: BTreeSet<Character> = self.hidden.union(&other.hidden).copied().collect();
            for branch in [&*self, &other] {
                work.look_through(branch.document.length(&common.object))?;
                let shown = common.characters(&branch.document).filter(|c| !branch.hidden.contains(c));
                shown.for_each(|character| _ = hidden.remove(&character));
            }
            self.hidden = hidden;
        }
        self.document.merge(&mut other.document).map(drop).map_err(|_| WhyApart::Engine)
    }

    /// Puts a space between words that have come to touch, under the name of the fact that is written on this: it is what
    /// its author was shown, and to him they are two words.
    pub(super) fn part(&mut self, common: &Common, id: FactId, work: &mut Work) -> Result<(), WhyApart> {
        let (text, characters) = self.read(common)?;
        work.look_through(characters.len())?;
        let places = parts(&text, &characters);
        if places.is_empty() {
            return Ok(());
        }
        work.splice_more(places.len())?;
        let seen = self.seen(common, work)?;
        self.document.set_actor(actor_of(id));
        let mut transaction = self.document.transaction();
        for at in places.into_iter().rev() {
            transaction.splice_text(&common.object, seen.place(at), 0, " ").map_err(|_| WhyApart::Engine)?;
        }
        transaction.commit_with(CommitOptions::default().with_time(0));
        Ok(())
    }

    /// Makes the seen text the given one, in one change under the name of a fact. What one without effect strikes is
    /// hidden instead.
    pub(super) fn change(
        &mut self,
        common: &Common,
        (id, in_effect): (FactId, bool),
        new: &str,
        work: &mut Work,
    ) -> Result<(), WhyApart> {
        self.document.set_actor(actor_of(id));
        let seen = self.seen(common, work)?;
        let differences = differences(&seen.text, new);
        work.spend(&differences)?;
        if !in_effect && differences.splices.iter().any(|splice| splice.delete > 0) {
            work.look_through(self.document.length(&common.object))?;
            let characters: Vec<Character> = common.characters(&self.document).collect();
            let struck = differences.splices.iter().flat_map(|splice| splice.at..splice.at + splice.delete);
            self.hidden.extend(struck.map(|at| characters[seen.place(at)]));
        }
        let mut transaction = self.document.transaction();
        let mut splice_text = |object: &ObjId, at: usize, delete: usize, insert: &str| {
            let delete = isize::try_from(delete).map_err(|_| WhyApart::Engine)?;
            transaction.splice_text(object, at, delete, insert).map_err(|_| WhyApart::Engine)
        };
        for splice in differences.splices {
            // Written first, then deleted, as one splice of Automerge's does: it orders what was written at one place by
            // counting operations.
            let after = splice.at.checked_sub(1).map_or(0, |before| seen.place(before) + 1);
            let whole = in_effect && seen.places.is_none();
            splice_text(&common.object, after, if whole { splice.delete } else { 0 }, &splice.insert)?;
            if !in_effect {
                // Hidden or deleted, as much is counted: what is written on this stands where its author saw it.
                splice_text(&common.pad, 0, 0, &" ".repeat(splice.delete))?;
            } else if !whole {
                let written = splice.insert.chars().count();
                let runs = seen.runs(splice.at..splice.at + splice.delete);
                work.splice_more(runs.len())?;
                // From the last to the first: what is hidden between them stays.
                for run in runs.iter().rev() {
                    splice_text(&common.object, run.start + written, run.len(), "")?;
                }
            }
        }
        transaction.commit_with(CommitOptions::default().with_time(0));
        Ok(())
    }

    /// The text that is read, and what each character of it is.
    pub(super) fn read(&self, common: &Common) -> Result<(String, Vec<Character>), WhyApart> {
        let whole = self.document.text(&common.object).map_err(|_| WhyApart::Engine)?;
        let shown = common.characters(&self.document).zip(whole.chars()).filter(|(c, _)| !self.hidden.contains(c));
        let (characters, text) = shown.unzip();
        Ok((text, characters))
    }

    /// The same as a reader is shown it: a space between words that have come to touch, said by whoever wrote the later.
    pub(super) fn read_parted(&self, common: &Common) -> Result<(String, Vec<Character>), WhyApart> {
        let (text, characters) = self.read(common)?;
        let mut places = parts(&text, &characters).into_iter().peekable();
        let mut parted = (String::with_capacity(text.len()), Vec::with_capacity(characters.len()));
        for (at, (letter, character)) in text.chars().zip(characters).enumerate() {
            if places.next_if_eq(&at).is_some() {
                parted.0.push(' ');
                parted.1.push(character);
            }
            parted.0.push(letter);
            parted.1.push(character);
        }
        Ok(parted)
    }

    fn seen(&self, common: &Common, work: &mut Work) -> Result<Seen, WhyApart> {
        let whole = self.document.text(&common.object).map_err(|_| WhyApart::Engine)?;
        if self.hidden.is_empty() {
            return Ok(Seen { text: whole, places: None });
        }
        work.look_through(self.document.length(&common.object))?;
        let characters = common.characters(&self.document).zip(whole.chars()).enumerate();
        let shown = characters.filter(|(_, (character, _))| !self.hidden.contains(character));
        let (places, text): (Vec<usize>, String) = shown.map(|(place, (_, letter))| (place, letter)).unzip();
        Ok(Seen { text, places: Some(places) })
    }
}

/// Where words touch. What one fact put in at one place has numbers that follow each other.
fn parts(text: &str, characters: &[Character]) -> Vec<usize> {
    touching(text, |at| {
        let ((writer, number), (before, number_before)) = (characters[at], characters[at - 1]);
        writer == before && number == number_before + 1
    })
}

impl Seen {
    fn place(&self, at: usize) -> usize {
        self.places.as_ref().map_or(at, |places| places[at])
    }

    /// Where seen characters are, as runs with nothing hidden in them.
    fn runs(&self, seen: Range<usize>) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for place in seen.map(|at| self.place(at)) {
            match runs.last_mut() {
                Some(run) if run.end == place => run.end += 1,
                _ => runs.push(place..place + 1),
            }
        }
        runs
    }
}

/// Equal on every node, and different for each fact. Automerge puts what was written at one place at once in falling
/// order of its actors: the complement of the fact's id, so that beginnings without a common base stand in the order of
/// their ids, in which they are shown as versions.
fn actor_of(id: FactId) -> ActorId {
    let bytes: Vec<u8> = id.header.0.iter().chain(&id.index.to_be_bytes()).map(|byte| !byte).collect();
    ActorId::from(bytes)
}
