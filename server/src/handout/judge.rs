//! What somebody has decided of each passage, checked: every passage has an answer, each masking a provision, and what is
//! masked in one place is not shown in another by oversight.

use super::{
    data::Piece,
    fold::{Folded, folded},
    passage::{Passage, Place, Reason},
};
use crate::secrecy::scan;
use aho_corasick::AhoCorasick;
use samsyn_client::mark::{self, Provision};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Words of one field, and letters of one of them.
const WORDS_MAX: usize = 100;
const WORD_LETTERS_MAX: usize = 500;
/// Shorter ones are parts of anything.
const REMAINS_LETTERS_MIN: usize = 2;

/// Letters by which a text is known elsewhere.
const BEGINNING_LETTERS: usize = 200;
/// Above every number of a masking, until there is one.
const UNNUMBERED: u32 = u32::MAX - 1;

/// What a form says of one passage, as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) choice: Option<Choice>,
    /// To be masked, one a line.
    pub(crate) words: String,
    pub(crate) provisions: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Give,
    Mask,
    Part,
}

/// What a form says of all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    /// By the passages' keys.
    pub(crate) passages: BTreeMap<String, Answer>,
    /// Words to be masked in every text that is given, and why.
    pub(crate) everywhere: Answer,
    /// That what is masked stands elsewhere too has been seen, and is to be so: of just these places ([`seen`]).
    pub(crate) remains: String,
}

/// Why no pack is made yet. By the passage's key; the words for all have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Unanswered(String),
    Provision(Option<String>),
    /// No words, or too many or too long ones.
    Words(Option<String>),
    /// A word does not stand in the text; in no text, where it is one for all.
    NotThere(Option<String>),
    /// What is masked elsewhere stands here in full, or something that the scan finds is left in a text that is masked in
    /// part.
    Remains(String),
}

/// What becomes of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ruling {
    Give,
    /// By the masking's number.
    Mask(u32),
    Part(Vec<Piece>),
}

/// A masking without the words for its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Masked {
    pub(super) passage: usize,
    pub(super) provisions: Vec<Provision>,
    pub(super) whole: bool,
}

#[derive(Debug, Default)]
pub(super) struct Rulings {
    pub(super) by_place: BTreeMap<Place, Ruling>,
    /// In the order of their numbers, from 1.
    pub(super) maskings: Vec<Masked>,
}

/// Words with what finds them, in small letters.
struct Finder {
    words: Vec<String>,
    automaton: AhoCorasick,
    provisions: Vec<Provision>,
}

pub(super) fn judge(passages: &[Passage], answers: &Answers) -> Result<Rulings, Vec<Fault>> {
    let (mut rulings, mut faults, mut secrets) = (Rulings::default(), Vec::new(), BTreeSet::new());
    let everywhere = if answers.everywhere.words.trim().is_empty() {
        None
    } else {
        finder(&answers.everywhere, None).map_err(|fault| faults.push(fault)).ok()
    };
    secrets.extend(everywhere.iter().flat_map(|finder| finder.words.clone()));
    for (n, passage) in passages.iter().enumerate() {
        match rule(passage, n, answers.passages.get(&passage.key), everywhere.as_ref(), &mut rulings.maskings) {
            Ok((ruling, words)) => {
                secrets.extend(words);
                rulings.by_place.insert(passage.place, ruling);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(finder) = everywhere.filter(|_| faults.is_empty()) {
        let texts: Vec<String> =
            passages.iter().filter(|passage| passage.is_text).map(|passage| folded(&passage.shown)).collect();
        if finder.words.iter().any(|word| texts.iter().all(|text| !text.contains(word.as_str()))) {
            faults.push(Fault::NotThere(None));
        }
    }
    if faults.is_empty() {
        faults = remaining(passages, &rulings, secrets);
        if seen(&faults) == answers.remains {
            faults.clear();
        }
    }
    if faults.is_empty() { Ok(rulings) } else { Err(faults) }
}

/// What becomes of a passage, and what is not to be read elsewhere either.
fn rule(
    passage: &Passage,
    n: usize,
    answer: Option<&Answer>,
    everywhere: Option<&Finder>,
    maskings: &mut Vec<Masked>,
) -> Result<(Ruling, Vec<String>), Fault> {
    let key = || passage.key.clone();
    let unanswered = || Fault::Unanswered(key());
    let answer = answer.ok_or_else(unanswered)?;
    let choice = answer.choice.filter(|c| passage.is_text || *c != Choice::Part).ok_or_else(unanswered)?;
    let mut number = |provisions: &[Provision], whole| {
        maskings.push(Masked { passage: n, provisions: provisions.to_vec(), whole });
        u32::try_from(maskings.len()).unwrap_or(u32::MAX)
    };
    if choice == Choice::Mask {
        let provisions = provisions(&answer.provisions).ok_or_else(|| Fault::Provision(Some(key())))?;
        // A single word of a list, as "ja", stands everywhere.
        let whole = passage.is_text.then(|| beginning(passage.shown.trim())).into_iter().collect();
        return Ok((Ruling::Mask(number(&provisions, true)), whole));
    }
    let text = Folded::of(&passage.shown);
    let own = if choice == Choice::Part { Some(finder(answer, Some(key()))?) } else { None };
    if own.iter().flat_map(|own| &own.words).any(|word| !text.text.contains(word.as_str())) {
        return Err(Fault::NotThere(Some(key())));
    }
    let finders = [own.as_ref(), everywhere.filter(|_| passage.is_text)];
    let found = (0u32..).zip(finders).filter_map(|(by, finder)| Some((by, finder?)));
    let places = found.flat_map(|(by, finder)| finder.find(&text).into_iter().map(move |at| (at, by))).collect();
    let mut pieces = pieces(&passage.shown, places);
    // One that is covered by the other masks nothing of its own.
    for (by, finder) in (0u32..).zip(finders) {
        let shown: Vec<&mut Piece> =
            pieces.iter_mut().filter(|piece| **piece == Piece::Masked(UNNUMBERED + by)).collect();
        if let (Some(finder), false) = (finder, shown.is_empty()) {
            let number = number(&finder.provisions, false);
            for piece in shown {
                *piece = Piece::Masked(number);
            }
        }
    }
    let masks = pieces.iter().any(|piece| matches!(piece, Piece::Masked(_)));
    let words = own.map(|own| own.words).unwrap_or_default();
    Ok((if masks { Ruling::Part(pieces) } else { Ruling::Give }, words))
}

fn finder(answer: &Answer, key: Option<String>) -> Result<Finder, Fault> {
    let words: BTreeSet<String> = answer.words.lines().map(folded).filter(|word| !word.is_empty()).collect();
    let fits = (1..=WORDS_MAX).contains(&words.len()) && words.iter().all(|w| w.chars().count() <= WORD_LETTERS_MAX);
    let automaton = if fits { AhoCorasick::new(&words).ok() } else { None };
    let automaton = automaton.ok_or_else(|| Fault::Words(key.clone()))?;
    let provisions = provisions(&answer.provisions).ok_or(Fault::Provision(key))?;
    Ok(Finder { words: words.into_iter().collect(), automaton, provisions })
}

impl Finder {
    /// Where a word stands, in characters of the original.
    fn find(&self, text: &Folded) -> Vec<Range<usize>> {
        self.automaton.find_overlapping_iter(&text.text).map(|found| text.original(found.range())).collect()
    }
}

/// Tells places where something remains from any others.
pub(crate) fn seen(faults: &[Fault]) -> String {
    let keys: Vec<&str> =
        faults.iter().filter_map(|f| if let Fault::Remains(key) = f { Some(key.as_str()) } else { None }).collect();
    if keys.is_empty() { String::new() } else { blake3::hash(keys.join(" ").as_bytes()).to_hex().to_string() }
}

fn provisions(text: &str) -> Option<Vec<Provision>> {
    mark::provisions(text.split(',').map(str::trim).filter(|text| !text.is_empty())).ok()
}

/// A text without what stands at these places, each masked by what has found it, without a number yet.
fn pieces(text: &str, mut places: Vec<(Range<usize>, u32)>) -> Vec<Piece> {
    places.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
    let letters: Vec<char> = text.chars().collect();
    let (mut pieces, mut at) = (Vec::new(), 0);
    for (place, by) in places {
        if place.end <= at {
            continue;
        }
        if place.start > at {
            pieces.push(Piece::Given(letters[at..place.start].iter().collect()));
        }
        // What overlaps the one before belongs to it.
        if place.start >= at || pieces.is_empty() {
            pieces.push(Piece::Masked(UNNUMBERED + by));
        }
        at = place.end;
    }
    if at < letters.len() {
        pieces.push(Piece::Given(letters[at..].iter().collect()));
    }
    pieces
}

/// Passages in which something stands that is masked elsewhere, or that are another version of what is masked.
fn remaining(passages: &[Passage], rulings: &Rulings, secrets: BTreeSet<String>) -> Vec<Fault> {
    let secrets: Vec<String> = secrets.into_iter().filter(|s| s.chars().count() >= REMAINS_LETTERS_MIN).collect();
    let Ok(automaton) = AhoCorasick::new(&secrets) else { return Vec::new() };
    let stands = |text: &str| !secrets.is_empty() && automaton.is_match(&folded(text));
    let place = |passage: &Passage| (passage.document, passage.label.clone());
    let masked: BTreeSet<_> =
        rulings.maskings.iter().filter(|m| m.whole).map(|m| place(&passages[m.passage])).collect();
    let given = |passage: &Passage| match rulings.by_place.get(&passage.place) {
        Some(Ruling::Give) => stands(&passage.shown) || masked.contains(&place(passage)),
        Some(Ruling::Part(pieces)) => {
            let own = own_words(passage);
            let left = |text: &str| {
                stands(text) || !scan::scan_all(text).is_empty() || own.iter().any(|w| folded(text).contains(w))
            };
            pieces.iter().any(|p| matches!(p, Piece::Given(text) if left(text)))
        }
        Some(Ruling::Mask(_)) | None => false,
    };
    passages.iter().filter(|passage| given(passage)).map(|passage| Fault::Remains(passage.key.clone())).collect()
}

/// The authority's own words that stand in a passage.
fn own_words(passage: &Passage) -> BTreeSet<String> {
    let letters: Vec<char> = passage.shown.chars().collect();
    let word = |reason: &Reason| match reason {
        Reason::OwnWord(at) => Some(folded(&letters.get(at.clone())?.iter().collect::<String>())),
        Reason::Marked(_) | Reason::Found(..) | Reason::Protected => None,
    };
    passage.reasons.iter().filter_map(word).collect()
}

/// By which a text that is masked whole is known elsewhere: what looks for all of many long ones would fill the memory.
fn beginning(text: &str) -> String {
    folded(text).chars().take(BEGINNING_LETTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::id::DocumentId;

    fn passage(n: u64, shown: &str, is_text: bool) -> Passage {
        let (document, place) = (DocumentId([1; 32]), Place::Subject(n));
        let (key, label) = (format!("k{n}"), format!("Uppgift {n}"));
        Passage { key, document, place, label, stated: None, shown: shown.to_owned(), is_text, reasons: Vec::new() }
    }

    fn answers(said: &[(u64, Choice, &str, &str)]) -> Answers {
        let answer = |(n, choice, words, provisions): &(u64, Choice, &str, &str)| {
            let answer =
                Answer { choice: Some(*choice), words: (*words).to_owned(), provisions: (*provisions).to_owned() };
            (format!("k{n}"), answer)
        };
        Answers { passages: said.iter().map(answer).collect(), ..Answers::default() }
    }

    #[test]
    fn every_passage_needs_an_answer_and_every_masking_a_provision() {
        let passages = [passage(1, "Hos Villa Solsidan", true), passage(2, "ja", false)];
        let key = |n: u64| format!("k{n}");
        for (said, fault) in [
            (vec![(1, Choice::Give, "", "")], Fault::Unanswered(key(2))),
            (vec![(1, Choice::Mask, "", ""), (2, Choice::Give, "", "")], Fault::Provision(Some(key(1)))),
            (vec![(1, Choice::Mask, "", "nitton"), (2, Choice::Give, "", "")], Fault::Provision(Some(key(1)))),
            (vec![(1, Choice::Part, " \n", "19:3"), (2, Choice::Give, "", "")], Fault::Words(Some(key(1)))),
            (vec![(1, Choice::Part, "Björkgården", "19:3"), (2, Choice::Give, "", "")], Fault::NotThere(Some(key(1)))),
            (vec![(1, Choice::Give, "", ""), (2, Choice::Part, "j", "19:3")], Fault::Unanswered(key(2))),
        ] {
            assert_eq!(judge(&passages, &answers(&said)).expect_err("no pack"), [fault], "{said:?}");
        }
        let all = judge(&passages, &answers(&[(1, Choice::Give, "", ""), (2, Choice::Give, "", "")]));
        assert!(all.expect("a pack").maskings.is_empty());
    }

    #[test]
    fn words_are_masked_in_any_case_and_what_overlaps_is_one() {
        let passages = [passage(1, "ÅSA och åsa\u{a0}Öberg", true)];
        let said = answers(&[(1, Choice::Part, "åsa\nÅsa Öberg", "21:7, 39:3")]);
        let rulings = judge(&passages, &said).expect("rulings");
        let expected = [Piece::Masked(1), Piece::Given(" och ".to_owned()), Piece::Masked(1)];
        assert_eq!(rulings.by_place[&Place::Subject(1)], Ruling::Part(expected.to_vec()));
        assert_eq!(rulings.maskings[0].provisions.len(), 2);
    }

    #[test]
    fn what_the_scan_finds_is_not_left_in_a_masked_text_by_oversight() {
        let numbers = ["121212-1212", "900101-0017"].map(str::to_owned);
        let passages = [passage(1, &numbers.join(" och "), true)];
        let one = answers(&[(1, Choice::Part, "121212-1212", "21:7")]);
        assert_eq!(judge(&passages, &one).expect_err("one is left"), [Fault::Remains("k1".to_owned())]);
        let both = answers(&[(1, Choice::Part, &numbers.join("\n"), "21:7")]);
        judge(&passages, &both).expect("both are masked");
    }

    #[test]
    fn a_word_for_all_that_stands_nowhere_is_told() {
        let passages = [passage(1, "Hos A\u{30a}sa", true)];
        let mut said = answers(&[(1, Choice::Give, "", "")]);
        for (word, fault) in [("Asa Berg", true), ("\u{c5}sa", false)] {
            said.everywhere = Answer { choice: None, words: word.to_owned(), provisions: "21:7".to_owned() };
            assert_eq!(judge(&passages, &said).is_err_and(|f| f == [Fault::NotThere(None)]), fault, "{word}");
        }
    }

    #[test]
    fn a_long_text_is_known_elsewhere_by_its_beginning() {
        let long = format!("Avtalet {}", "löper ".repeat(100));
        let passages =
            [passage(1, &long, true), passage(2, &format!("Se: {long}"), true), passage(3, "Avtalet löper", true)];
        let said = [(1, Choice::Mask, "", "19:3"), (2, Choice::Give, "", ""), (3, Choice::Give, "", "")];
        let faults = judge(&passages, &answers(&said)).expect_err("it remains");
        assert_eq!(faults, [Fault::Remains("k2".to_owned())]);
    }

    #[test]
    fn another_version_of_what_is_masked_is_not_given_by_oversight() {
        let mut passages = [passage(1, "Anbudet är 4 mkr", true), passage(2, "Anbudet är 5 mkr", true)];
        for passage in &mut passages {
            "Beskrivning".clone_into(&mut passage.label);
        }
        let mut said = answers(&[(1, Choice::Mask, "", "19:3"), (2, Choice::Give, "", "")]);
        let faults = judge(&passages, &said).expect_err("a version");
        assert_eq!(faults, [Fault::Remains("k2".to_owned())]);
        said.remains = seen(&faults);
        judge(&passages, &said).expect("is seen");
    }

    #[test]
    fn words_that_are_masked_twice_are_listed_once() {
        let passages = [passage(1, "Villa Solsidan och Björkgården", true)];
        let mut said = answers(&[(1, Choice::Part, "villa", "19:3")]);
        let everywhere = |words: &str| Answer { choice: None, words: words.to_owned(), provisions: "21:7".to_owned() };
        let masked = |n| Piece::Masked(n);
        let given = |text: &str| Piece::Given(text.to_owned());
        for (words, pieces) in [
            ("Villa", vec![masked(1), given(" Solsidan och Björkgården")]),
            ("Villa Solsidan", vec![masked(1), given(" och Björkgården")]),
            ("la sol\nbjörkgården", vec![masked(1), given("sidan och "), masked(2)]),
        ] {
            said.everywhere = everywhere(words);
            let rulings = judge(&passages, &said).expect("rulings");
            assert_eq!(rulings.by_place[&Place::Subject(1)], Ruling::Part(pieces.clone()), "{words}");
            let listed = pieces.iter().filter(|piece| matches!(piece, Piece::Masked(_))).count();
            assert_eq!(rulings.maskings.len(), listed, "{words}");
        }
    }

    #[test]
    fn what_is_masked_in_one_place_is_not_shown_in_another_by_oversight() {
        let passages = [passage(1, "Villa Solsidan", true), passage(2, "Flytten till villa solsidan", true)];
        let mut said = answers(&[(1, Choice::Mask, "", "19:3"), (2, Choice::Give, "", "")]);
        let faults = judge(&passages, &said).expect_err("it remains");
        assert_eq!(faults, [Fault::Remains("k2".to_owned())]);
        said.remains = "1".to_owned();
        judge(&passages, &said).expect_err("something else was seen");
        said.remains = seen(&faults);
        assert_eq!(judge(&passages, &said).expect("is seen").by_place[&Place::Subject(2)], Ruling::Give);
        said.remains = String::new();
        said.everywhere.words = "Solsidan".to_owned();
        assert_eq!(judge(&passages, &said).expect_err("no provision"), [Fault::Provision(None)]);
        said.everywhere.provisions = "19:3".to_owned();
        said.passages.get_mut("k1").expect("is there").choice = Some(Choice::Give);
        let rulings = judge(&passages, &said).expect("masked everywhere");
        let given = |text: &str| Piece::Given(text.to_owned());
        assert_eq!(rulings.by_place[&Place::Subject(1)], Ruling::Part(vec![given("Villa "), Piece::Masked(1)]));
        assert_eq!(
            rulings.by_place[&Place::Subject(2)],
            Ruling::Part(vec![given("Flytten till villa "), Piece::Masked(2)])
        );
    }
}
