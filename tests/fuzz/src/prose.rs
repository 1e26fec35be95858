//! The merge of joint prose: one answer for one set of facts, soon, and nobody's words lost.
//!
//! An input either makes facts freely (any text, any bases, rings too), or plays honest parties who each edit what they
//! see with words that stand nowhere else: then the merge must hold every word that nobody has taken away. (Two who rewrite
//! one phrase may both bring a word of it along: that is what the merge defines.)

use crate::{county, plan::Plan, time::bounded};
use samsyn_core::{
    id::{FactId, HeaderHash},
    limits,
    prose::{self, Prose, ProseFact},
};
use std::collections::{BTreeMap, BTreeSet};

type Facts = BTreeMap<FactId, ProseFact>;

/// Facts of one input: more are given up by bounds that samsyn-core's tests reach.
const FACTS_MAX: usize = 12;

pub fn check(data: &[u8]) {
    let mut plan = Plan::new(data);
    if plan.byte() & 1 == 0 {
        check_answer(&any_facts(&mut plan));
    } else {
        check_words(&mut plan);
    }
}

fn id(number: usize) -> FactId {
    FactId { header: HeaderHash::of(&number.to_le_bytes()), index: 0 }
}

fn any_facts(plan: &mut Plan) -> Facts {
    let mut facts = Facts::new();
    for number in 0..FACTS_MAX {
        if plan.is_empty() {
            break;
        }
        let flags = plan.byte();
        let bases = (0..flags & 3).map(|_| id(plan.below(FACTS_MAX + 2))).collect();
        let length = plan.below(64);
        let mut text = String::from_utf8_lossy(plan.take(length)).into_owned();
        if flags & 0xC0 == 0xC0 {
            // Long texts, up to a little more than prose may be.
            let times = (usize::from(plan.u16())).min((limits::PROSE_BYTES_MAX + 64) / text.len().max(1));
            text = text.repeat(times);
            let tail = plan.below(16);
            text.push_str(&String::from_utf8_lossy(plan.take(tail)));
        }
        let author = county::org(usize::from(flags >> 2 & 3));
        let text = (flags & 0x30 != 0x30).then_some(text);
        let in_effect = flags & 0xC0 != 0x40;
        facts.insert(id(number), ProseFact { text, replaces: bases, author, in_effect });
    }
    facts
}

/// One answer, soon; what it shows is of the standing facts and hangs together.
fn check_answer(facts: &Facts) -> Prose {
    let answer = bounded("merging prose", || prose::merge(facts));
    let mut turned = facts.clone();
    for fact in turned.values_mut() {
        fact.replaces.reverse();
        fact.replaces.extend(fact.replaces.first().copied());
    }
    assert_eq!(prose::merge(&turned), answer, "the order of the bases decides nothing (I3)");
    assert_eq!(answer.standing(), prose::standing(facts));
    match &answer {
        Prose::Empty { .. } => {}
        Prose::Merged(merged) => {
            let mut at = 0;
            for passage in &merged.passages {
                assert!(passage.range.start == at && passage.range.end > at, "passages follow each other");
                at = passage.range.end;
                assert!(merged.text.is_char_boundary(at));
                assert_eq!(facts[&passage.fact].author, passage.author);
                assert!(facts[&passage.fact].in_effect, "what has lost its effect states nothing");
            }
            assert_eq!(at, merged.text.len(), "every word has an author");
            if let [only] = answer.standing() {
                assert_eq!(facts[only].text.as_ref(), Some(&merged.text));
            }
        }
        Prose::SideBySide(apart) => {
            for version in &apart.versions {
                assert_eq!(facts[&version.fact].text, version.text);
            }
            let shown: Vec<FactId> = apart.versions.iter().map(|v| v.fact).collect();
            assert!(shown == apart.standing || apart.standing.is_empty());
        }
    }
    answer
}

/// Words of one letter that stand nowhere else, from three scripts, three and four bytes long.
fn word(number: u32) -> char {
    let block = [0x4E00, 0x2_0000, 0x1_3000][number as usize % 3];
    char::from_u32(block + number / 3).unwrap_or('?')
}

fn written(words: &[char]) -> String {
    words.iter().flat_map(|word| [*word, ' ']).collect()
}

fn words_of(text: &str) -> Vec<char> {
    text.chars().filter(|c| *c != ' ').collect()
}

fn check_words(plan: &mut Plan) {
    let mut facts = Facts::new();
    let mut words = (0..).map(word);
    let beginning: Vec<char> = words.by_ref().take(12).collect();
    let mut stated: BTreeSet<char> = beginning.iter().copied().collect();
    let mut removed: BTreeSet<char> = BTreeSet::new();
    let text = Some(written(&beginning));
    facts.insert(id(0), ProseFact { text, replaces: Vec::new(), author: county::org(0), in_effect: true });
    for number in 1..FACTS_MAX {
        if plan.is_empty() {
            break;
        }
        let flags = plan.byte();
        let bases: Vec<FactId> = if flags.trailing_zeros() >= 2 {
            prose::standing(&facts)
        } else {
            (0..flags & 3).map(|_| id(plan.below(number))).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let mut text = words_of(&shown(&ancestors(&facts, &bases)));
        let before: BTreeSet<char> = text.iter().copied().collect();
        for _ in 0..=(flags >> 2 & 3) {
            let (at, take, put) = (plan.below(text.len() + 1), plan.below(8), plan.below(8));
            let end = (at + take.saturating_sub(3)).min(text.len());
            let new: Vec<char> = words.by_ref().take(put).collect();
            stated.extend(&new);
            drop(text.splice(at..end, new));
        }
        removed.extend(before.iter().filter(|word| !text.contains(word)));
        let author = county::org(usize::from(flags >> 4 & 3));
        facts.insert(id(number), ProseFact { text: Some(written(&text)), replaces: bases, author, in_effect: true });
        // Put in and taken out again in one go: nobody has seen it.
        stated.retain(|word| facts.values().any(|f| f.text.as_ref().is_some_and(|t| t.contains(*word))));
    }
    check_answer(&facts);
    let merged: BTreeSet<char> = words_of(&shown(&facts)).into_iter().collect();
    let lost: Vec<&char> = stated.difference(&removed).filter(|word| !merged.contains(word)).collect();
    assert!(lost.is_empty(), "nobody's words are lost: {lost:?}");
}

fn shown(facts: &Facts) -> String {
    match prose::merge(facts) {
        Prose::Merged(merged) => merged.text,
        Prose::Empty { .. } => String::new(),
        Prose::SideBySide(apart) => panic!("honest parties' texts stand side by side: {:?}", apart.why),
    }
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
