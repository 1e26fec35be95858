//! Joint prose, word by word: whatever parties write at once, in any tree of publications, no word is lost, doubled or
//! taken apart; and what a merge may cost, in counts that are the same on every machine.

use proptest::prelude::*;
use samsyn_core::{
    id::{FactId, HeaderHash, OrgId},
    limits,
    prose::{self, Prose, ProseFact, WhyApart, Work},
};
use std::collections::{BTreeMap, BTreeSet};

type Facts = BTreeMap<FactId, ProseFact>;

fn id(number: u32) -> FactId {
    FactId { header: HeaderHash::of(&number.to_le_bytes()), index: 0 }
}

fn org(name: &str) -> OrgId {
    OrgId::new(name).expect("a legal name")
}

fn publish(facts: &mut Facts, number: u32, author: &str, text: &str, replaces: Vec<FactId>) {
    facts.insert(id(number), ProseFact { text: Some(text.to_owned()), replaces, author: org(author), in_effect: true });
}

fn merged(facts: &Facts) -> Option<prose::Merged> {
    match prose::attribute(facts) {
        Prose::Merged(merged) => Some(merged),
        Prose::Empty { standing } => Some(prose::Merged { text: String::new(), passages: Vec::new(), standing }),
        Prose::SideBySide(_) => None,
    }
}

/// One publication: what it was based on and what it did with that.
#[derive(Debug, Clone)]
struct Move {
    bases: Vec<prop::sample::Index>,
    /// Names all that stand, as a node does that has heard of everything.
    settle: bool,
    /// Rewrites so many words from there with so many new ones.
    at: prop::sample::Index,
    strike: usize,
    write: usize,
    sign: usize,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let index = any::<prop::sample::Index>;
    let one =
        (prop::collection::vec(index(), 1..4), prop::bool::weighted(0.2), index(), 0usize..5, 0usize..4, 0usize..4);
    let one = one.prop_map(|(bases, settle, at, strike, write, sign)| Move { bases, settle, at, strike, write, sign });
    prop::collection::vec(one, 1..16)
}

const AUTHORS: [&str; 3] = ["rvn", "ange", "timra"];

/// What was played: the facts, who first wrote each word, and the words that somebody struck.
struct Played {
    facts: Facts,
    writers: BTreeMap<String, OrgId>,
    struck: BTreeSet<String>,
}

/// Plays the moves as honest parties do: each rewrites what it sees. Every word is written once in the world, so that it
/// can be counted; a word is `v<number>v`, so that none is part of another.
fn play(moves: &[Move]) -> Played {
    let mut played = Played { facts: Facts::new(), writers: BTreeMap::new(), struck: BTreeSet::new() };
    let first: Vec<String> = (0..12).map(|n| format!("v{n}v")).collect();
    for word in &first {
        played.writers.insert(word.clone(), org("rvn"));
    }
    publish(&mut played.facts, 0, "rvn", &format!("{}.", first.join(" ")), vec![]);
    let mut next = 12;
    for (n, step) in (1u32..).zip(moves) {
        let known: Vec<FactId> = played.facts.keys().copied().collect();
        let picked: BTreeSet<FactId> = step.bases.iter().map(|index| *index.get(&known)).collect();
        let bases = if step.settle { prose::standing(&played.facts) } else { picked.into_iter().collect() };
        let Some(seen) = merged(&ancestors(&played.facts, &bases)) else { continue };
        let mut words: Vec<String> = seen.text.split(' ').map(str::to_owned).collect();
        let from = step.at.index(words.len());
        let to = (from + step.strike).min(words.len());
        let author = AUTHORS[n as usize % 3];
        let written: Vec<String> = (0..step.write)
            .map(|_| {
                next += 1;
                played.writers.insert(format!("v{next}v"), org(author));
                format!("v{next}v{}", ["", ".", ",", "\n"][step.sign])
            })
            .collect();
        for gone in words.splice(from..to, written) {
            played.struck.extend(written_words(&gone));
        }
        publish(&mut played.facts, n, author, &words.join(" "), bases);
    }
    played
}

fn written_words(text: &str) -> Vec<String> {
    let digits = text.split('v').filter(|t| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit()));
    digits.map(|d| format!("v{d}v")).collect()
}

fn ancestors(facts: &Facts, of: &[FactId]) -> Facts {
    let mut seen = Facts::new();
    let mut to_visit = of.to_vec();
    while let Some(id) = to_visit.pop() {
        if let (false, Some(fact)) = (seen.contains_key(&id), facts.get(&id)) {
            to_visit.extend(&fact.replaces);
            seen.insert(id, fact.clone());
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Trees of publications with forks and late branches: every word that nobody has struck is there once and whole,
    /// under the name of whoever wrote it; what was struck is there once at the most.
    #[test]
    fn no_word_is_lost_doubled_or_taken_apart(moves in moves()) {
        let played = play(&moves);
        let Some(merged) = merged(&played.facts) else { panic!("all hang together") };
        for (word, writer) in &played.writers {
            let count = merged.text.matches(word.as_str()).count();
            let struck = played.struck.contains(word);
            prop_assert!(count == 1 || struck && count == 0, "{word} {count} times, struck: {struck}, in '{}'", merged.text);
            if let Some(at) = merged.text.find(word.as_str()).filter(|_| !struck) {
                let by: BTreeSet<&OrgId> = merged.passages.iter()
                    .filter(|p| p.range.start < at + word.len() && at < p.range.end)
                    .map(|p| &p.author)
                    .collect();
                prop_assert_eq!(by, BTreeSet::from([writer]), "{} in '{}'", word, merged.text);
            }
        }
        prop_assert_eq!(merged.text.matches('v').count() % 2, 0, "a word is taken apart in '{}'", merged.text);
        prop_assert!(!merged.text.contains("vv"), "two words are one in '{}'", merged.text);
    }

    /// Bases erased one by one: what can still be merged reads as before; what cannot is shown with every text that is
    /// left; and the next publication settles it.
    #[test]
    fn erased_bases_change_no_text_and_hide_none(
        moves in moves(),
        erased in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let whole = play(&moves).facts;
        let text = merged(&whole).expect("all hang together").text;
        let known: Vec<FactId> = whole.keys().copied().collect();
        let mut facts = whole.clone();
        for index in erased {
            facts.get_mut(index.get(&known)).expect("it is known").text = None;
            match prose::merge(&facts) {
                Prose::Merged(merged) => prop_assert_eq!(&merged.text, &text),
                Prose::Empty { .. } => prop_assert_eq!(&text, ""),
                Prose::SideBySide(apart) => {
                    prop_assert_eq!(apart.why, WhyApart::TextGone);
                    let shown: Vec<_> = apart.versions.iter().map(|v| (v.fact, v.text.clone())).collect();
                    let stand: Vec<_> = prose::standing(&facts).into_iter().map(|f| (f, facts[&f].text.clone())).collect();
                    prop_assert_eq!(shown, stand);
                }
            }
        }
        let standing = prose::standing(&facts);
        publish(&mut facts, 9_000, "timra", "Ny text.", standing);
        prop_assert_eq!(merged(&facts).expect("settled").text, "Ny text.");
    }
}

/// ```text
///          ┌─ the region rewrites the sentence
/// 10 base ─┼─ Timrå rewrites it
///          └─ Ånge rewrites it
/// ```
#[test]
fn three_who_rewrite_one_sentence_have_each_their_own_after_the_other() {
    let mut facts = Facts::new();
    publish(&mut facts, 10, "rvn", "Länet ställer om. Mening två om hemgång. Det är bråttom.", vec![]);
    for (n, author, words) in [
        (1, "rvn", "Regionen samordnar utskrivning"),
        (2, "timra", "Timrå prövar trygg återgång i stället"),
        (3, "ange", "Ånge anställer"),
    ] {
        publish(&mut facts, n, author, &format!("Länet ställer om. {words}. Det är bråttom."), vec![id(10)]);
    }
    let text = merged(&facts).expect("merged").text;
    for words in ["Regionen samordnar utskrivning", "Timrå prövar trygg återgång i stället", "Ånge anställer"] {
        assert_eq!(text.matches(words).count(), 1, "{words} in {text}");
    }
    assert!(text.starts_with("Länet ställer om. ") && text.ends_with(". Det är bråttom."), "{text}");
    assert!(!text.contains("hemgång") && !text.contains("  "), "{text}");
}

/// The space that stood between what two have written goes with a word that a third strikes.
#[test]
fn words_that_come_to_touch_are_two_words_also_to_whoever_goes_on() {
    let mut facts = Facts::new();
    publish(&mut facts, 10, "rvn", "Snart vård.", vec![]);
    publish(&mut facts, 1, "timra", "vård.", vec![id(10)]);
    publish(&mut facts, 2, "ange", "Snart god vård.", vec![id(10)]);
    let read = merged(&facts).expect("merged");
    assert_eq!(read.text, " god vård.");
    let by: Vec<&str> = read.passages.iter().map(|p| p.author.as_str()).collect();
    assert_eq!(by, ["ange", "rvn"]);
    // Two go on from that at once: each has the two words, and neither brings them along a second time.
    publish(&mut facts, 3, "timra", " god och nära vård.", vec![id(1), id(2)]);
    publish(&mut facts, 4, "rvn", " god vård i länet.", vec![id(1), id(2)]);
    let text = merged(&facts).expect("merged").text;
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["god", "och", "nära", "vård", "i", "länet."]);
}

#[test]
fn who_wrote_what_reaches_back_through_publications_that_settled() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "rvn", "Ett.", vec![]);
    publish(&mut facts, 2, "timra", "Ett. Två.", vec![id(1)]);
    publish(&mut facts, 3, "ange", "Ett. Två. Tre.", vec![id(2)]);
    let by = |facts: &Facts| -> Vec<(String, String)> {
        let merged = merged(facts).expect("one stands");
        merged.passages.iter().map(|p| (p.author.to_string(), merged.text[p.range.clone()].to_owned())).collect()
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(by(&facts), [pair("rvn", "Ett."), pair("timra", " Två."), pair("ange", " Tre.")]);
    facts.get_mut(&id(1)).expect("published").text = None;
    assert_eq!(by(&facts), [pair("timra", "Ett. Två."), pair("ange", " Tre.")], "from what is left");
}

/// A text of so many bytes, in sentences.
fn long(bytes: usize) -> String {
    (0..)
        .map(|n| format!("Mening {n} om god vård. "))
        .scan(0, |sum, s| {
            *sum += s.len();
            (*sum <= bytes).then_some(s)
        })
        .collect()
}

fn within(work: Work) -> bool {
    work.facts_replayed <= limits::PROSE_FACTS_REPLAYED_MAX
        && work.documents_held <= limits::PROSE_DOCUMENTS_HELD_MAX
        && work.characters_held <= limits::PROSE_CHARACTERS_HELD_MAX
        && work.splices <= limits::PROSE_SPLICES_PER_MERGE_MAX
        && work.characters <= limits::PROSE_CHARACTERS_PER_MERGE_MAX
        && work.steps <= limits::PROSE_STEPS_PER_MERGE_MAX
}

/// The largest that honest parties are expected to make: a text of 64 KiB, hundreds of publications, twenty versions.
#[test]
fn a_full_text_with_hundreds_of_publications_and_twenty_versions_is_merged_within_the_bounds() {
    let mut facts = Facts::new();
    let mut text = long(60_000);
    publish(&mut facts, 0, "rvn", &text, vec![]);
    for n in 1..300u32 {
        text = text.replacen(&format!("Mening {} ", n * 3), &format!("Sats {n} "), 1);
        publish(&mut facts, n, AUTHORS[n as usize % 3], &text, vec![id(n - 1)]);
    }
    for n in 0..20u32 {
        let own = text.replacen(&format!("Mening {} ", n * 21 + 1), &format!("Version {n} "), 1);
        publish(&mut facts, 1_000 + n, AUTHORS[n as usize % 3], &own, vec![id(299)]);
    }
    let (prose, work) = prose::merge_counted(&facts);
    let Prose::Merged(merged) = prose else { panic!("merged") };
    assert_eq!((0..20).filter(|n| merged.text.contains(&format!("Version {n} "))).count(), 20);
    assert!(within(work), "{work:?}");
    // The long history before the common base costs nothing: the base, and one replaced word in each version.
    assert_eq!((work.facts_replayed, work.splices), (21, 21), "{work:?}");
    assert!(work.documents_held <= 21 && work.characters_held < 21 * 70_000, "{work:?}");
    assert!(work.steps < 20 * 100 && work.characters < 62_000, "{work:?}");

    // A late one on the very first makes the way back longer than is replayed.
    publish(&mut facts, 5_000, "ange", &format!("{} Sent.", long(60_000)), vec![id(0)]);
    let (prose, work) = prose::merge_counted(&facts);
    assert!(matches!(prose, Prose::SideBySide(apart) if apart.why == WhyApart::TooMuch));
    assert_eq!(work, Work::default(), "it is given up before anything is done");
}

/// Sets made to cost much: given up at a bound, with no more spent than one fact may take past it.
#[test]
fn hostile_sets_are_given_up_at_a_bound() {
    let one_fact_more = |work: Work| {
        work.documents_held <= limits::PROSE_DOCUMENTS_HELD_MAX + 1
            && work.characters_held <= limits::PROSE_CHARACTERS_HELD_MAX + 200_000
            && work.splices <= limits::PROSE_SPLICES_PER_MERGE_MAX + limits::PROSE_WORDS_PER_FACT_MAX
            && work.characters <= limits::PROSE_CHARACTERS_PER_MERGE_MAX + 2 * limits::PROSE_BYTES_MAX
            && work.steps <= limits::PROSE_STEPS_PER_MERGE_MAX + 2 * limits::PROSE_STEPS_PER_FACT_MAX
    };
    let mut sets: Vec<(&str, Facts)> = Vec::new();
    // Every version rewritten from end to end.
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", &long(60_000), vec![]);
    for n in 1..=30u32 {
        let own = (0..9_000).map(|k| format!("{} ", k * 31 + n)).collect::<Vec<_>>().concat();
        publish(&mut facts, n, "rvn", &own, vec![id(0)]);
    }
    sets.push(("rewritten", facts));
    // A thousand words here and there in each.
    let mut facts = Facts::new();
    let words: Vec<String> = (0..10_000).map(|n| format!("o{n}")).collect();
    publish(&mut facts, 0, "rvn", &words.join(" "), vec![]);
    for n in 1..=30usize {
        let mut own = words.clone();
        for k in 0..1_000 {
            own[(k * 10 + n) % 10_000] = format!("x{n}-{k}");
        }
        publish(&mut facts, u32::try_from(n).expect("small"), "rvn", &own.join(" "), vec![id(0)]);
    }
    sets.push(("scattered", facts));
    // Layers of full texts that all stay needed.
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", &long(65_000), vec![]);
    let mut number = 0;
    for n in 0..100u32 {
        number += 1;
        publish(&mut facts, number, "rvn", &format!("{n} {}", long(65_000)), vec![id(0)]);
    }
    let all: Vec<FactId> = facts.keys().copied().collect();
    publish(&mut facts, 800, "rvn", "a", all.clone());
    publish(&mut facts, 801, "ange", "b", all);
    sets.push(("held", facts));
    for (name, facts) in sets {
        let (prose, work) = prose::merge_counted(&facts);
        assert!(matches!(&prose, Prose::SideBySide(apart) if apart.why == WhyApart::TooMuch), "{name}: {work:?}");
        assert!(one_fact_more(work), "{name}: {work:?}");
        assert!(!within(work), "{name} should have met a bound: {work:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Several begin a text at once and build on nothing in common, then each goes on from some of what there is, at the
    /// same time as others, as their nodes hand it to them. Nobody's words are lost or doubled, and no two words run
    /// into one.
    #[test]
    fn versions_with_different_beginnings_are_not_doubled_by_those_who_join_them(
        beginnings in prop::collection::btree_set(0u32..10_000, 2..5),
        joins in prop::collection::vec((any::<u16>(), 10_000u32..20_000), 2..6),
    ) {
        let mut facts = Facts::new();
        let mut written: Vec<String> = Vec::new();
        for (n, number) in beginnings.iter().enumerate() {
            publish(&mut facts, *number, AUTHORS[n % 3], &format!("v{number}v börjar här."), vec![]);
            written.push(format!("v{number}v"));
        }
        let mut numbers = BTreeSet::new();
        for (n, (seen, number)) in joins.into_iter().enumerate() {
            if !numbers.insert(number) {
                continue; // the same fact twice is no other fact
            }
            let before = seen_by(&facts, seen);
            let text = going_on(&before);
            publish(&mut facts, number, AUTHORS[n % 3], &format!("{text} v{number}v."), prose::standing(&before));
            written.push(format!("v{number}v"));
        }
        let text = going_on(&facts);
        let words: Vec<&str> = text.split_whitespace().map(|w| w.trim_end_matches('.')).collect();
        for word in written {
            let count = words.iter().filter(|w| **w == word).count();
            prop_assert_eq!(count, 1, "{} in '{}'", word, text);
        }
    }
}

/// The facts that a node has which has only some of those that stand, and what they build on.
fn seen_by(facts: &Facts, some: u16) -> Facts {
    let mut wanted: Vec<FactId> = facts.keys().copied().collect();
    let mut place = 0;
    wanted.retain(|_| {
        place += 1;
        some >> (place % 16) & 1 == 1
    });
    if wanted.is_empty() {
        wanted.extend(facts.keys().next().copied());
    }
    let mut seen = Facts::new();
    while let Some(id) = wanted.pop() {
        let Some(fact) = facts.get(&id) else { continue };
        if seen.insert(id, fact.clone()).is_none() {
            wanted.extend(&fact.replaces);
        }
    }
    seen
}

/// What a node hands to its coordinator.
fn going_on(facts: &Facts) -> String {
    match prose::merge(facts) {
        Prose::Merged(merged) => merged.text,
        Prose::Empty { .. } => String::new(),
        Prose::SideBySide(_) => prose::joined(facts).expect("few and short"),
    }
}
