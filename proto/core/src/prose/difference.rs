//! How one text becomes another, in whole words.
//!
//! Letters are a bad measure: "hemgång" and "alfa" share an *a*, and a merge that keeps it takes it away from one author
//! when the other deletes it. So texts are compared as words, spaces and signs; what is rewritten is replaced as one
//! phrase, with the space before it, so that two authors' phrases stand one after the other and not in each other.

use super::{WhyApart, Work};
use crate::limits::{
    PROSE_CHARACTERS_PER_MERGE_MAX, PROSE_SPLICES_PER_MERGE_MAX, PROSE_STEPS_PER_FACT_MAX, PROSE_STEPS_PER_MERGE_MAX,
    PROSE_WORDS_PER_FACT_MAX,
};
use std::{collections::BTreeMap, ops::Range};

/// Comparisons that take as long as finding out which character of a document one is.
const STEPS_PER_CHARACTER: u64 = 32;

/// One place where the old text changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// Characters of the old text before it.
    pub at: usize,
    /// Characters of the old text that go.
    pub delete: usize,
    pub insert: String,
}

/// What makes a text from another, and how many comparisons it took to find out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// From the last place to the first: carried out in this order, none moves another.
    pub splices: Vec<Splice>,
    pub steps: u64,
}

impl Work {
    /// Adds what one fact's difference costs, or refuses it: so a merge ends in bounded time on any texts (keeps I6).
    pub(super) fn spend(&mut self, differences: &Differences) -> Result<(), WhyApart> {
        self.steps += differences.steps;
        self.splices += differences.splices.len();
        self.characters += differences.splices.iter().map(|s| s.delete + s.insert.chars().count()).sum::<usize>();
        self.within()
    }

    /// Adds what it costs to look through a text character by character, or refuses it.
    pub(super) fn look_through(&mut self, characters: usize) -> Result<(), WhyApart> {
        self.steps += characters as u64 * STEPS_PER_CHARACTER;
        self.within()
    }

    /// Adds places that one splice comes apart into, or refuses them.
    pub(super) fn splice_more(&mut self, places: usize) -> Result<(), WhyApart> {
        self.splices += places;
        self.within()
    }

    fn within(&self) -> Result<(), WhyApart> {
        let within = self.steps <= PROSE_STEPS_PER_MERGE_MAX
            && self.splices <= PROSE_SPLICES_PER_MERGE_MAX
            && self.characters <= PROSE_CHARACTERS_PER_MERGE_MAX;
        if within { Ok(()) } else { Err(WhyApart::TooMuch) }
    }
}

/// Finds the words that differ, with bounded work: past the bounds all that lies between the first and the last
/// difference is replaced at once.
pub fn differences(old: &str, new: &str) -> Differences {
    let (old, new) = (tokens(old), tokens(new));
    let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len() - after, new.len() - after);
    if before == old_end && before == new_end {
        return Differences::default();
    }
    let mut steps = 0;
    // In what lies between, by the shortest way.
    let all = Edit { old: before..old_end, new: before..new_end };
    let (old_places, old_words) = words(&old, all.old.clone());
    let (new_places, new_words) = words(&new, all.new.clone());
    let edits = match shortest(&old_words, &new_words, &mut steps) {
        Some(kept) => {
            let kept = kept.iter().flat_map(|run| (0..run.length).map(|i| (run.old + i, run.new + i)));
            between(kept.map(|(o, n)| (old_places[o], new_places[n])), all, &old, &new)
        }
        None => vec![all],
    };
    let edits = with_spaces(edits, &old, &new);
    let mut starts = Vec::with_capacity(old.len() + 1);
    let mut at = 0;
    for token in &old {
        starts.push(at);
        at += token.chars().count();
    }
    starts.push(at);
    let splice = |edit: &Edit| Splice {
        at: starts[edit.old.start],
        delete: starts[edit.old.end] - starts[edit.old.start],
        insert: new[edit.new.clone()].concat(),
    };
    Differences { splices: edits.iter().rev().map(splice).collect(), steps }
}

/// Tokens of the old text that become tokens of the new one.
#[derive(Debug, Clone)]
struct Edit {
    old: Range<usize>,
    new: Range<usize>,
}

/// Words; each space and each ASCII sign by itself, but for those inside a word ("SIP-möte", "2026-11-22", "3,5"). Letters
/// of several code points, and emoji, are never taken apart.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut word = 0;
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let inside = joins(before, character, characters.peek().map(|(_, next)| *next));
        before = Some(character);
        if !inside && (character.is_whitespace() || character.is_ascii_punctuation()) {
            if word < at {
                tokens.push(&text[word..at]);
            }
            word = at + character.len_utf8();
            tokens.push(&text[at..word]);
        }
    }
    if word < text.len() {
        tokens.push(&text[word..]);
    }
    tokens
}

/// True for a sign that belongs to the word around it.
fn joins(before: Option<char>, sign: char, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    match sign {
        '-' | '/' | '_' | '@' | '\'' => before.is_alphanumeric() && after.is_alphanumeric(),
        '.' | ',' | ':' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}

/// Characters before which a word is taken apart: `follows(n)` tells whether the nth was written in one go with the one
/// before it. Words are put in whole, so that two in one are two that came to touch, once what stood between them was
/// struck by somebody who did not see both.
pub(super) fn touching(text: &str, follows: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut at = 0;
    let mut places = Vec::new();
    for token in tokens(text) {
        let end = at + token.chars().count();
        places.extend((at + 1..end).filter(|place| !follows(*place)));
        at = end;
    }
    places
}

fn is_space(token: &str) -> bool {
    token.chars().all(char::is_whitespace)
}

/// False for spaces and signs.
fn is_word(token: &str) -> bool {
    token.chars().any(|c| !c.is_whitespace() && !c.is_ascii_punctuation())
}

/// A run of words that both have.
#[derive(Debug, Clone, Copy)]
struct Kept {
    old: usize,
    new: usize,
    length: usize,
}

/// Tokens that are words, with their places. Spaces and signs have no say in what is kept: a text has as many of them as
/// words, and the way that keeps the most would strike a word that nobody touched, and write it anew elsewhere.
fn words<'a>(tokens: &[&'a str], within: Range<usize>) -> (Vec<usize>, Vec<&'a str>) {
    within.map(|at| (at, tokens[at])).filter(|(_, token)| is_word(token)).unzip()
}

/// What both have by the shortest way from one to the other (Myers 1986), in order; `None` if that is past the bounds.
fn shortest(old: &[&str], new: &[&str], steps: &mut u64) -> Option<Vec<Kept>> {
    if old.is_empty() || new.is_empty() {
        return Some(Vec::new()); // nothing is kept, and nothing has to be compared to know it
    }
    // Numbers instead of words, so that each comparison costs the same.
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for token in old.iter().chain(new) {
        let next = numbers.len();
        numbers.entry(token).or_insert(next);
    }
    let (old, new): (Vec<usize>, Vec<usize>) =
        (old.iter().map(|t| numbers[t]).collect(), new.iter().map(|t| numbers[t]).collect());
    // Row `d`, place `j`: how many old tokens are used up after `d` edits on diagonal `2j - d` (old minus new).
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for edits in 0..=PROSE_WORDS_PER_FACT_MAX.min(old.len() + new.len()) {
        let mut row = Vec::with_capacity(edits + 1);
        for j in 0..=edits {
            let mut x = match rows.last() {
                None => 0,
                Some(before) => step(before, j).0,
            };
            let mut y = x + edits - 2 * j;
            *steps += 1;
            while x < old.len() && y < new.len() && old[x] == new[y] {
                x += 1;
                y += 1;
                *steps += 1;
            }
            row.push(x);
            if x >= old.len() && y >= new.len() {
                rows.push(row);
                return Some(back(&rows, old.len(), new.len()));
            }
        }
        rows.push(row);
        if *steps > PROSE_STEPS_PER_FACT_MAX {
            break;
        }
    }
    None
}

/// How place `j` of the next row is reached best: the old tokens used up there, and whether by an insertion.
fn step(before: &[usize], j: usize) -> (usize, bool) {
    let insert = before.get(j);
    let delete = j.checked_sub(1).map(|j| before[j] + 1);
    match (insert, delete) {
        (Some(x), Some(other)) if other > *x => (other, false),
        (Some(x), _) => (*x, true),
        (None, other) => (other.unwrap_or(0), false),
    }
}

/// Walks the rows back from the end.
fn back(rows: &[Vec<usize>], mut x: usize, mut y: usize) -> Vec<Kept> {
    let mut kept = Vec::new();
    for edits in (1..rows.len()).rev() {
        let j = (x + edits - y) / 2;
        let (from, insert) = step(&rows[edits - 1], j);
        let (start_x, start_y) = (from, from + edits - 2 * j);
        kept.push(Kept { old: start_x, new: start_y, length: x - start_x });
        (x, y) = if insert { (start_x, start_y - 1) } else { (start_x - 1, start_y) };
    }
    kept.push(Kept { old: 0, new: 0, length: x });
    kept.retain(|k| k.length > 0);
    kept.reverse();
    kept
}

/// What lies between the words that both have, without the spaces and signs that it begins and ends with in both: one
/// phrase each. Never over a word, since two authors who rewrite around one would then both have it in their phrase.
fn between(kept: impl Iterator<Item = (usize, usize)>, all: Edit, old: &[&str], new: &[&str]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (mut old_at, mut new_at) = (all.old.start, all.new.start);
    for (old_to, new_to) in kept.chain([(all.old.end, all.new.end)]) {
        let (from, to) = (&old[old_at..old_to], &new[new_at..new_to]);
        let before = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        let (from, to) = (&from[before..], &to[before..]);
        let after = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
        if after < from.len().max(to.len()) {
            edits.push(Edit { old: old_at + before..old_to - after, new: new_at + before..new_to - after });
        }
        (old_at, new_at) = (old_to + 1, new_to + 1);
    }
    edits
}

/// Gives each change the space before it (the one after it, at the beginning of a text).
fn with_spaces(mut edits: Vec<Edit>, old: &[&str], new: &[&str]) -> Vec<Edit> {
    for i in 0..edits.len() {
        let floor = i.checked_sub(1).map_or(0, |before| edits[before].old.end);
        let ceiling = edits.get(i + 1).map_or(old.len(), |next| next.old.start);
        let edit = &mut edits[i];
        let before = edit.old.start.checked_sub(1).filter(|at| *at >= floor && is_space(old[*at]));
        let after = Some(edit.old.end).filter(|at| *at < ceiling && is_space(old[*at]));
        if !edit.old.is_empty() && !edit.new.is_empty() {
            if before.is_some() {
                (edit.old.start, edit.new.start) = (edit.old.start - 1, edit.new.start - 1);
            } else if after.is_some() {
                (edit.old.end, edit.new.end) = (edit.old.end + 1, edit.new.end + 1);
            }
            continue;
        }
        // "och med " put in or taken out after "till " is " och med" after "till".
        let last = if edit.old.is_empty() { new[edit.new.end - 1] } else { old[edit.old.end - 1] };
        if before.is_some_and(|at| old[at] == last) {
            edit.old = edit.old.start - 1..edit.old.end - 1;
            edit.new = edit.new.start - 1..edit.new.end - 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn carry_out(old: &str, splices: &[Splice]) -> String {
        let mut letters: Vec<char> = old.chars().collect();
        for splice in splices {
            letters.splice(splice.at..splice.at + splice.delete, splice.insert.chars());
        }
        letters.into_iter().collect()
    }

    fn shown(old: &str, new: &str) -> Vec<(String, String)> {
        let letters: Vec<char> = old.chars().collect();
        let taken = |s: &Splice| letters[s.at..s.at + s.delete].iter().collect();
        differences(old, new).splices.iter().rev().map(|s| (taken(s), s.insert.clone())).collect()
    }

    #[test]
    fn words_are_never_taken_apart_and_phrases_are_replaced_whole() {
        for (old, new, expected) in [
            ("Mening två om hemgång.", "Regionens ord alfa.", vec![("Mening två om hemgång", "Regionens ord alfa")]),
            (
                "Ett. Mening två om hemgång.",
                "Ett. Regionens ord alfa.",
                vec![(" Mening två om hemgång", " Regionens ord alfa")],
            ),
            ("till 2027.", "till och med 2027.", vec![("", " och med")]),
            ("ett två tre", "ett tre", vec![(" två", "")]),
            ("steg-3-0.", "steg-3-1. steg-3-0.", vec![("", "steg-3-1. ")]),
            ("den 2026-11-22 kl. 8.30", "den 2026-11-23 kl. 8.30", vec![(" 2026-11-22", " 2026-11-23")]),
            ("Möte i mars.", "Första möte i april.", vec![("Möte ", "Första möte "), (" mars", " april")]),
            ("A\u{30a}nge 👩\u{200d}👩 x", "A\u{30a}nge 👩 x", vec![(" 👩\u{200d}👩", " 👩")]),
            ("lika", "lika", vec![]),
            (
                "a b c d e x y f g h",
                "x y 1 2 3 4 5 6 7 8 9",
                vec![("a b c d e ", ""), (" f g h", " 1 2 3 4 5 6 7 8 9")], // most spaces would be kept without x and y
            ),
            ("barn, unga", "barn i skolan, även unga", vec![(", ", " i skolan, även ")]),
        ] {
            let expected: Vec<(String, String)> =
                expected.into_iter().map(|(a, b): (&str, &str)| (a.to_owned(), b.to_owned())).collect();
            assert_eq!(shown(old, new), expected, "{old} -> {new}");
        }
    }

    #[test]
    fn texts_without_a_word_in_common_cost_bounded_work() {
        let text = |from: usize| (from..from + 6_000).map(|n| format!("{n} ")).collect::<Vec<_>>().concat();
        let found = differences(&text(0), &text(10_000));
        assert!(found.steps <= PROSE_STEPS_PER_FACT_MAX + 200_000, "{}", found.steps);
        assert_eq!(found.splices.len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Who strikes some words and writes others strikes only those: else another's change of a word that stayed
        /// would meet a text in which it has been written anew, and both would stand.
        #[test]
        fn a_word_that_nobody_touched_stays(
            splices in prop::collection::vec((0_usize..24, 0_usize..8, 0_u32..12, prop::sample::select(vec![" ", ", ", ".\n"])), 1..4),
        ) {
            let word = |number: u32| char::from_u32(0x4E00 + number).unwrap_or('?').to_string();
            let mut words: Vec<String> = (0..24).map(word).collect();
            let old = words.join(" ");
            let mut next = 100;
            let mut sign = " ";
            for (at, take, put, with) in splices {
                let at = at.min(words.len());
                let end = (at + take).min(words.len());
                words.splice(at..end, (next..next + put).map(word));
                (next, sign) = (next + put, with);
            }
            let new = words.join(sign);
            let letters: Vec<char> = old.chars().collect();
            for splice in differences(&old, &new).splices {
                for struck in letters[splice.at..splice.at + splice.delete].iter().filter(|c| **c >= '\u{4E00}') {
                    prop_assert!(!new.contains(*struck), "{struck} is struck and written anew");
                }
            }
        }

        #[test]
        fn what_is_found_makes_the_new_text(
            old in prop::collection::vec(prop::sample::select(vec!["ett", "två", "å", " ", " ", "\n", ".", "👩\u{200d}👩"]), 0..24),
            new in prop::collection::vec(prop::sample::select(vec!["ett", "två", "å", " ", " ", "\n", ".", "🇸🇪"]), 0..24),
        ) {
            let (old, new) = (old.concat(), new.concat());
            let found = differences(&old, &new);
            prop_assert_eq!(carry_out(&old, &found.splices), new);
            prop_assert!(found.splices.windows(2).all(|s| s[1].at + s[1].delete <= s[0].at));
        }
    }
}
