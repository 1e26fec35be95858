//! Joint prose on a text that has lost its effect: what others have written on it stays theirs, nobody's words stand
//! twice, what that text struck is read again where somebody stands by it, and it is shown nowhere for its own sake.

mod support;

use proptest::prelude::*;
use samsyn_core::{
    document::Fact,
    id::{FactId, HeaderHash},
    ledger::Ledger,
    prose::{self, Merged, Prose, ProseFact, WhyApart},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};
use support::*;

type Facts = BTreeMap<FactId, ProseFact>;

fn id(number: u32) -> FactId {
    FactId { header: HeaderHash::of(&number.to_le_bytes()), index: 0 }
}

fn publish(facts: &mut Facts, number: u32, text: &str, replaces: Vec<FactId>) {
    let author = org(number as usize % 3);
    facts.insert(id(number), ProseFact { text: Some(text.to_owned()), replaces, author, in_effect: true });
}

fn cut_off(facts: &mut Facts, number: u32) {
    facts.get_mut(&id(number)).expect("it was published").in_effect = false;
}

fn merged(facts: &Facts) -> Merged {
    match prose::attribute(facts) {
        Prose::Merged(merged) => merged,
        Prose::Empty { standing } => Merged { text: String::new(), passages: Vec::new(), standing },
        Prose::SideBySide(apart) => panic!("side by side: {:?}", apart.why),
    }
}

fn note(text: &str, salt: u64, replaces: Vec<FactId>) -> Vec<samsyn_core::commit::Statement> {
    vec![statement("/note", Some(Value::Prose(text.to_owned())), salt, replaces)]
}

fn facts_of(ledger: &Ledger, document: samsyn_core::id::DocumentId, texts: &BTreeMap<FactId, &str>) -> Facts {
    let at = ledger.document(&document).and_then(|founded| founded.document.at(&path("/note"))).expect("a note");
    let without_effect = ledger.prose_bases_without_effect(&document, &path("/note"));
    let fact = |(id, fact): (&FactId, &Fact)| {
        let (text, in_effect) = (texts.get(id).map(|text| (*text).to_owned()), at.admitted().contains_key(id));
        (*id, ProseFact { text, replaces: fact.replaces.clone(), author: fact.author.clone(), in_effect })
    };
    at.admitted().iter().chain(&without_effect).map(fact).collect()
}

/// ```text
///                                ┌─ Timrå
/// Sundsvall ◄─ Härnösand, cut  ◄─┤
///                                └─ the region
/// ```
#[test]
fn i3_two_who_wrote_on_a_text_that_a_cut_takes_do_not_both_bring_its_words() {
    let (file, mut ledger) = founded(4);
    let federation = ledger.federation();
    let writer = |number| Writer::new(&file, federation, number, 0, number as u64 + 1);
    let (mut rvn, mut sundsvall, mut timra, mut harnosand) = (writer(0), writer(1), writer(2), writer(3));
    let (first, work, _) = timra.work(2, "E-hälsa");
    let texts = ["Ett.", "Ett. Två.", "Ett. Två. Tre.", "Ett. Två. Fyra."];
    let a = sundsvall.state(work, note(texts[0], 1, vec![]));
    let x = harnosand.state(work, note(texts[1], 2, vec![last_fact(&a)]));
    let b = timra.state(work, note(texts[2], 3, vec![last_fact(&x)]));
    let c = rvn.state(work, note(texts[3], 4, vec![last_fact(&x)]));
    let texts = [&a, &x, &b, &c].into_iter().map(last_fact).zip(texts).collect();
    take(&mut ledger, &[first, a.clone(), x.clone(), b.clone(), c.clone()]);
    let before = merged(&facts_of(&ledger, work, &texts));
    assert_eq!(before.standing, BTreeSet::from([last_fact(&b), last_fact(&c)]).into_iter().collect::<Vec<_>>());

    let mut next = amendment(&file);
    next.parties[3].log_key = key(3, 1).public();
    next.cuts = vec![cut(3, &[])];
    let next = signed(&next, &signers(0..4));
    ledger.offer_charter(&next.bytes, &next.signatures).expect("a legal amendment");
    assert!(!verdict(&ledger, &x).admitted());
    let facts = facts_of(&ledger, work, &texts);
    let after = merged(&facts);
    assert_eq!(after.text, before.text, "nothing was struck, so nothing reads otherwise");
    let formal: BTreeSet<FactId> = [&a, &b, &c].into_iter().map(last_fact).collect();
    assert_eq!(after.standing, formal.iter().copied().collect::<Vec<_>>(), "what stands is no matter of reading");
    assert!(after.passages.iter().all(|p| formal.contains(&p.fact)), "the cut text states nothing: {after:?}");
    let without: Facts = facts.into_iter().filter(|(_, fact)| fact.in_effect).collect();
    let Prose::SideBySide(apart) = prose::merge(&without) else { panic!("merged without what joins them") };
    assert_eq!(apart.why, WhyApart::NoCommonBase);
}

/// Bases are sought through any number of texts without effect, and only at the path.
#[test]
fn only_what_admitted_facts_of_the_path_were_written_on_is_a_base_without_effect() {
    let (file, mut ledger) = founded(4);
    let federation = ledger.federation();
    let writer = |number| Writer::new(&file, federation, number, 0, number as u64 + 1);
    let (mut timra, mut harnosand) = (writer(2), writer(3));
    let (first, work, title) = timra.work(2, "E-hälsa");
    let one = harnosand.state(work, note("Ett.", 1, vec![]));
    let two = harnosand.state(work, note("Ett. Två.", 2, vec![last_fact(&one)]));
    let aside = harnosand.state(work, note("Annat.", 3, vec![]));
    let remark = harnosand.state(work, vec![statement("/remarks/harnosand/r1", text("Fel"), 4, vec![])]);
    let bases = [&two, &remark].into_iter().map(last_fact).chain([title, id(1)]).collect();
    let three = timra.state(work, note("Ett. Två. Tre.", 5, bases));
    take(&mut ledger, &[first, one.clone(), two.clone(), aside, remark, three]);
    assert!(ledger.prose_bases_without_effect(&work, &path("/note")).is_empty(), "all have effect");
    let mut next = amendment(&file);
    next.parties[3].log_key = key(3, 1).public();
    next.cuts = vec![cut(3, &[])];
    let next = signed(&next, &signers(0..4));
    ledger.offer_charter(&next.bytes, &next.signatures).expect("a legal amendment");
    let found: BTreeSet<FactId> = ledger.prose_bases_without_effect(&work, &path("/note")).into_keys().collect();
    assert_eq!(found, [&one, &two].into_iter().map(last_fact).collect());
}

/// A stolen key empties the text; somebody writes on; the key is taken away.
#[test]
fn what_a_text_without_effect_struck_is_read_again() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "Ett två tre. Fyra.", vec![]);
    publish(&mut facts, 2, "Ett. Fyra.", vec![id(1)]);
    publish(&mut facts, 3, "Ett. Fyra fem.", vec![id(2)]);
    publish(&mut facts, 4, "Noll. Ett. Fyra.", vec![id(2)]);
    assert_eq!(merged(&facts).text, "Noll. Ett. Fyra fem.");
    cut_off(&mut facts, 2);
    assert_eq!(merged(&facts).text, "Noll. Ett två tre. Fyra fem.");
    // Whoever has seen that and strikes it has struck it.
    let standing = prose::standing(&facts);
    publish(&mut facts, 5, "Noll. Ett tre. Fyra fem.", standing.clone());
    publish(&mut facts, 6, "Noll. Ett två tre. Fyra fem sex.", standing);
    assert_eq!(merged(&facts).text, "Noll. Ett tre. Fyra fem sex.");
}

#[test]
fn what_a_text_without_effect_added_is_read_where_somebody_kept_it_and_is_said_by_them() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "Ett.", vec![]);
    publish(&mut facts, 2, "Ett. Två.", vec![id(1)]);
    cut_off(&mut facts, 2);
    assert_eq!(merged(&facts).text, "Ett.", "nobody has written on it");
    publish(&mut facts, 3, "Ett. Två. Tre.", vec![id(2)]);
    let read = merged(&facts);
    assert_eq!((read.text.as_str(), read.standing.len()), ("Ett. Två. Tre.", 2));
    let by: BTreeMap<FactId, String> =
        read.passages.iter().map(|p| (p.fact, read.text[p.range.clone()].to_owned())).collect();
    assert_eq!(by, BTreeMap::from([(id(1), "Ett.".to_owned()), (id(3), " Två. Tre.".to_owned())]));
    publish(&mut facts, 4, "Ett. Fyra.", vec![id(2)]);
    let read = merged(&facts);
    assert!(!read.text.contains("Två"), "somebody in effect has struck it: {}", read.text);
}

#[test]
fn versions_stand_side_by_side_where_the_text_without_effect_is_gone() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "Ett.", vec![]);
    publish(&mut facts, 2, "Ett. Två.", vec![id(1)]);
    publish(&mut facts, 3, "Ett. Två. Tre.", vec![id(2)]);
    cut_off(&mut facts, 2);
    facts.get_mut(&id(2)).expect("it was published").text = None;
    let Prose::SideBySide(apart) = prose::merge(&facts) else { panic!("merged without the base") };
    let shown: BTreeSet<FactId> = apart.versions.iter().map(|v| v.fact).collect();
    assert_eq!((apart.why, shown), (WhyApart::TextGone, BTreeSet::from([id(1), id(3)])));
}

/// One publication: what it was based on and what it did with that.
#[derive(Debug, Clone)]
struct Move {
    bases: Vec<prop::sample::Index>,
    settle: bool,
    at: prop::sample::Index,
    strike: usize,
    write: usize,
    sign: usize,
}

fn moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    let index = any::<prop::sample::Index>;
    let one =
        (prop::collection::vec(index(), 1..4), prop::bool::weighted(0.2), index(), 0usize..5, 0usize..4, 0usize..4);
    let one = one.prop_map(|(bases, settle, at, strike, write, sign)| Move { bases, settle, at, strike, write, sign });
    prop::collection::vec(one, 1..most)
}

/// Parties who write on what they see, each word once in the world: a word is `v<number>v`.
#[derive(Default)]
struct Played {
    facts: Facts,
    words: u32,
}

impl Played {
    fn new_words(&mut self, count: usize, after: &str) -> Vec<String> {
        let first = self.words + 1;
        self.words += u32::try_from(count).expect("few");
        (first..=self.words).map(|n| format!("v{n}v{after}")).collect()
    }

    fn play(&mut self, moves: &[Move]) {
        for step in moves {
            let in_effect: Vec<FactId> = self.facts.iter().filter(|(_, f)| f.in_effect).map(|(id, _)| *id).collect();
            if in_effect.is_empty() {
                return;
            }
            let picked: BTreeSet<FactId> = step.bases.iter().map(|index| *index.get(&in_effect)).collect();
            let known = if step.settle { self.facts.clone() } else { ancestors(&self.facts, picked) };
            let text = merged(&known).text;
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let from = step.at.index(words.len());
            let to = (from + step.strike).min(words.len());
            words.splice(from..to, self.new_words(step.write, ["", ".", ",", "\n"][step.sign]));
            let number = u32::try_from(self.facts.len()).expect("few");
            publish(&mut self.facts, number, &words.join(" "), prose::standing(&known));
        }
    }
}

fn ancestors(facts: &Facts, of: BTreeSet<FactId>) -> Facts {
    let mut seen = Facts::new();
    let mut to_visit: Vec<FactId> = of.into_iter().collect();
    while let Some(id) = to_visit.pop() {
        if let (false, Some(fact)) = (seen.contains_key(&id), facts.get(&id)) {
            to_visit.extend(&fact.replaces);
            seen.insert(id, fact.clone());
        }
    }
    seen
}

fn words(text: &str) -> Vec<String> {
    let digits = text.split('v').filter(|t| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit()));
    digits.map(|d| format!("v{d}v")).collect()
}

fn words_of<'a>(facts: &Facts, of: impl IntoIterator<Item = &'a FactId>) -> BTreeSet<String> {
    let texts = of.into_iter().filter_map(|id| facts.get(id)?.text.as_deref());
    texts.flat_map(words).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any publications lose their effect after others have written on them, and all write on: every word is there once
    /// at the most; every word of a text that stands is there unless a text in effect has struck it; nothing else is;
    /// and whoever is named as its author has stated it.
    #[test]
    fn no_word_is_doubled_or_lost_whatever_loses_its_effect(
        before in moves(14),
        cut in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        after in moves(6),
    ) {
        let mut played = Played::default();
        let first = format!("{}.", played.new_words(12, "").join(" "));
        publish(&mut played.facts, 0, &first, vec![]);
        played.play(&before);
        let published = u32::try_from(played.facts.len()).expect("few");
        for index in cut {
            cut_off(&mut played.facts, u32::try_from(index.index(published as usize)).expect("few"));
        }
        played.play(&after);
        let facts = &played.facts;
        let read = merged(facts);
        let standing = prose::standing(facts);
        prop_assert_eq!(&read.standing, &standing);
        let stands = words_of(facts, &standing);
        let in_effect = || facts.values().filter(|fact| fact.in_effect);
        let struck: BTreeSet<String> = in_effect()
            .flat_map(|fact| &words_of(facts, &fact.replaces) - &words(fact.text.as_deref().unwrap_or_default()).into_iter().collect())
            .collect();
        for word in (1..=played.words).map(|n| format!("v{n}v")) {
            let count = read.text.matches(&word).count();
            prop_assert!(count <= 1, "{word} {count} times in '{}'", read.text);
            prop_assert!(count == 0 || stands.contains(&word), "{word} is in nothing that stands: '{}'", read.text);
            let due = stands.contains(&word) && !struck.contains(&word);
            prop_assert!(count == 1 || !due, "{word} is lost in '{}'", read.text);
        }
        prop_assert_eq!(read.text.matches('v').count() % 2, 0, "a word is taken apart in '{}'", read.text);
        prop_assert!(!read.text.contains("vv"), "two words are one in '{}'", read.text);
        for passage in &read.passages {
            let fact = &facts[&passage.fact];
            let said: BTreeSet<String> = words(&read.text[passage.range.clone()]).into_iter().collect();
            prop_assert!(fact.in_effect && fact.author == passage.author);
            prop_assert!(said.is_subset(&words_of(facts, [&passage.fact])), "{:?} never said {:?}", passage, said);
        }
    }

    /// Texts without effect that nobody in effect has written on are as if they were not there.
    #[test]
    fn a_text_without_effect_is_read_by_nobody_for_its_own_sake(before in moves(10), late in moves(5)) {
        let mut played = Played::default();
        let first = format!("{}.", played.new_words(12, "").join(" "));
        publish(&mut played.facts, 0, &first, vec![]);
        played.play(&before);
        let (facts, published) = (played.facts.clone(), u32::try_from(played.facts.len()).expect("few"));
        played.play(&late);
        for number in published..u32::try_from(played.facts.len()).expect("few") {
            cut_off(&mut played.facts, number);
        }
        prop_assert_eq!(prose::merge(&played.facts), prose::merge(&facts));
        prop_assert_eq!(prose::attribute(&played.facts), prose::attribute(&facts));
    }
}

/// A hostile party makes texts without effect at will, and names them as bases: what it costs to look through a long text
/// for what they struck is counted, and ends the merge.
#[test]
fn i6_texts_without_effect_cost_no_more_than_a_merge_may() {
    let text: String = (0..5_000).map(|n| format!("rad {n} å\n")).collect::<Vec<_>>().concat();
    let mut facts = Facts::new();
    publish(&mut facts, 0, &text, vec![]);
    publish(&mut facts, 1, &text.replace("rad 2500 ", ""), vec![id(0)]);
    cut_off(&mut facts, 1);
    let few = |facts: &mut Facts, numbers: std::ops::Range<u32>| {
        for n in numbers {
            publish(facts, n, &format!("{}{n}", text.replace("rad 2500 ", "")), vec![id(1)]);
        }
        prose::merge_counted(facts)
    };
    let (prose, work) = few(&mut facts, 2..4);
    assert!(matches!(prose, Prose::Merged(ref merged) if merged.text.contains("rad 2500 ")), "{work:?}");
    let (prose, work) = few(&mut facts, 4..30);
    let Prose::SideBySide(apart) = prose else { panic!("merged: {work:?}") };
    assert_eq!(apart.why, WhyApart::TooMuch);
    let one_more = 2 * 32 * text.len() as u64;
    assert!(work.steps <= samsyn_core::limits::PROSE_STEPS_PER_MERGE_MAX + one_more, "{work:?}");
}
