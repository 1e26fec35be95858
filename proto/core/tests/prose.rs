//! Joint prose: equal on every node, nobody's words lost, bounded on hostile input.

use automerge::{
    ActorId, Automerge, ObjId, ObjType, ROOT, ReadDoc, TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use proptest::prelude::*;
use samsyn_core::{
    id::{FactId, HeaderHash, OrgId},
    prose::{self, Prose, ProseFact, WhyApart},
};
use std::collections::{BTreeMap, BTreeSet};

type Facts = BTreeMap<FactId, ProseFact>;

fn id(number: u32) -> FactId {
    FactId { header: HeaderHash::of(&number.to_le_bytes()), index: 0 }
}

fn org(name: &str) -> OrgId {
    OrgId::new(name).expect("a legal name")
}

fn publish(facts: &mut Facts, number: u32, author: &str, text: &str, replaces: &[u32]) {
    let replaces = replaces.iter().map(|n| id(*n)).collect();
    facts.insert(id(number), ProseFact { text: Some(text.to_owned()), replaces, author: org(author), in_effect: true });
}

fn erase(facts: &mut Facts, number: u32) {
    facts.get_mut(&id(number)).expect("published").text = None;
}

fn text(facts: &Facts) -> String {
    match prose::merge(facts) {
        Prose::Merged(merged) => merged.text,
        Prose::Empty { .. } => String::new(),
        Prose::SideBySide(apart) => panic!("side by side: {:?}", apart.why),
    }
}

fn why_apart(facts: &Facts) -> WhyApart {
    match prose::merge(facts) {
        Prose::SideBySide(apart) => apart.why,
        other => panic!("merged: {other:?}"),
    }
}

/// Where two letters stand together that were not written together.
fn touching(document: &Automerge, object: &ObjId) -> Vec<usize> {
    let text: Vec<char> = document.text(object).expect("text").chars().collect();
    let written: Vec<(u64, ActorId)> = (document.list_range(object, ..))
        .map(|item| match item.id() {
            ObjId::Id(number, actor, _) => (number, actor),
            ObjId::Root => panic!("a letter is not the root"),
        })
        .collect();
    let together = |at: usize| written[at - 1].1 == written[at].1 && written[at - 1].0 + 1 == written[at].0;
    (1..text.len())
        .filter(|at| text[at - 1].is_alphanumeric() && text[*at].is_alphanumeric() && !together(*at))
        .collect()
}

/// What the design describes, in its simplest form: everything replayed from the very beginning, a fork for each fact.
fn replay_everything(facts: &Facts) -> String {
    let actor = |id: FactId| {
        let bytes: Vec<u8> = id.header.0.iter().chain(&id.index.to_be_bytes()).map(|byte| !byte).collect();
        ActorId::from(bytes)
    };
    let mut root = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(ActorId::from([0; 32]));
    let mut tx = root.transaction();
    let object = tx.put_object(ROOT, "text", ObjType::Text).expect("put");
    tx.commit_with(CommitOptions::default().with_time(0));
    let mut done: BTreeMap<FactId, Automerge> = BTreeMap::new();
    while done.len() < facts.len() {
        for (id, fact) in facts {
            let ready = fact.replaces.iter().all(|base| !facts.contains_key(base) || done.contains_key(base));
            if done.contains_key(id) || !ready {
                continue;
            }
            let mut document = root.fork();
            for base in &fact.replaces {
                if let Some(base) = done.get(base) {
                    document.merge(&mut base.clone()).expect("merge");
                }
            }
            document.set_actor(actor(*id));
            let parts = touching(&document, &object);
            let mut tx = document.transaction();
            for at in parts.into_iter().rev() {
                tx.splice_text(&object, at, 0, " ").expect("splice");
            }
            let before = tx.text(&object).expect("text");
            for splice in prose::differences(&before, fact.text.as_deref().expect("known")).splices {
                let delete = isize::try_from(splice.delete).expect("few");
                tx.splice_text(&object, splice.at, delete, &splice.insert).expect("splice");
            }
            tx.commit_with(CommitOptions::default().with_time(0));
            done.insert(*id, document);
        }
    }
    let mut merged = root.fork();
    for id in prose::standing(facts) {
        merged.merge(&mut done[&id].clone()).expect("merge");
    }
    let mut text: Vec<char> = merged.text(&object).expect("text").chars().collect();
    for at in touching(&merged, &object).into_iter().rev() {
        text.insert(at, ' ');
    }
    text.into_iter().collect()
}

/// ```text
///          ┌─ 31 Ånge
/// 10 base ─┼─ 22 Örnsköldsvik
///          └─ 13 the region
/// ```
fn three_parties() -> Facts {
    let mut facts = Facts::new();
    publish(&mut facts, 10, "rvn", "Färdplanen gäller till 2027. Målgrupper är äldre och barn.", &[]);
    publish(&mut facts, 31, "ange", "Färdplanen gäller till och med 2027. Målgrupper är äldre och barn.", &[10]);
    publish(
        &mut facts,
        22,
        "ornskoldsvik",
        "Färdplanen gäller till 2027. Målgrupper är de mest sjuka äldre samt barn och unga.",
        &[10],
    );
    publish(
        &mut facts,
        13,
        "rvn",
        "Färdplanen gäller till 2027. Målgrupper är äldre och barn. Den revideras årligen.",
        &[10],
    );
    facts
}

#[test]
fn three_parties_edit_different_places_and_nobody_loses_a_word() {
    let merged = text(&three_parties());
    for words in ["till och med 2027", "de mest sjuka äldre samt barn och unga", "Den revideras årligen."] {
        assert_eq!(merged.matches(words).count(), 1, "{words} in {merged}");
    }
    assert_eq!(merged.matches("Färdplanen").count(), 1);
}

#[test]
fn the_next_publication_that_names_them_all_settles_the_text() {
    let mut facts = three_parties();
    let merged = text(&facts);
    assert_eq!(prose::merge(&facts).standing().len(), 3);
    publish(&mut facts, 40, "timra", &merged, &[31, 22, 13]);
    assert_eq!(prose::merge(&facts).standing(), [id(40)]);
    assert_eq!(text(&facts), merged);
}

#[test]
fn a_fork_and_a_late_branch_merge_too() {
    let mut facts = three_parties();
    let merged = text(&facts);
    publish(&mut facts, 40, "timra", &merged, &[31, 22, 13]);
    publish(&mut facts, 41, "timra", &merged.replace("2027", "2028"), &[31, 22, 13]);
    let late = "Färdplanen gäller till 2027. Målgrupper är äldre, vuxna och barn.";
    publish(&mut facts, 15, "kramfors", late, &[10]);
    let all = text(&facts);
    assert!(all.contains("2028") && all.contains("vuxna") && all.contains("revideras årligen"), "{all}");
    assert_eq!(all, replay_everything(&facts));
}

#[test]
fn passages_say_who_wrote_what_and_cover_the_text() {
    let Prose::Merged(merged) = prose::merge(&three_parties()) else { panic!("merged") };
    let mut at = 0;
    for passage in &merged.passages {
        assert_eq!(passage.range.start, at);
        at = passage.range.end;
        assert!(merged.text.is_char_boundary(at));
    }
    assert_eq!(at, merged.text.len());
    let written_by = |author: &str| -> String {
        let own = merged.passages.iter().filter(|p| p.author == org(author) && p.fact != id(10));
        own.map(|p| &merged.text[p.range.clone()]).collect()
    };
    assert_eq!(written_by("ange").trim(), "och med");
    assert!(written_by("rvn").contains("revideras"), "{}", written_by("rvn"));
}

#[test]
fn an_erased_base_shows_the_versions_side_by_side_until_one_replaces_them() {
    let mut facts = three_parties();
    erase(&mut facts, 10);
    let Prose::SideBySide(apart) = prose::merge(&facts) else { panic!("side by side") };
    assert_eq!((apart.why, apart.versions.len()), (WhyApart::TextGone, 3));
    assert!(apart.versions.iter().all(|version| version.text.is_some()));
    publish(&mut facts, 40, "timra", "Ny text.", &[31, 22, 13]);
    assert_eq!(text(&facts), "Ny text.");
}

#[test]
fn a_text_erased_before_the_common_base_is_not_missed() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "rvn", "Ett", &[]);
    publish(&mut facts, 2, "rvn", "Ett två", &[1]);
    publish(&mut facts, 3, "ange", "Noll Ett två", &[2]);
    publish(&mut facts, 4, "timra", "Ett två tre", &[2]);
    erase(&mut facts, 1);
    assert_eq!(text(&facts), "Noll Ett två tre");
}

#[test]
fn unknown_bases_hold_nothing_up() {
    let mut facts = three_parties();
    facts.get_mut(&id(31)).expect("published").replaces.push(id(999));
    assert_eq!(text(&facts), text(&three_parties()));
    let mut alone = Facts::new();
    publish(&mut alone, 1, "rvn", "Ensam", &[998]);
    assert_eq!(text(&alone), "Ensam");
}

#[test]
fn versions_with_nothing_in_common_are_not_run_together() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "rvn", "Texten om äldre.", &[]);
    publish(&mut facts, 2, "ange", "Texten om de äldre.", &[997]);
    assert_eq!(why_apart(&facts), WhyApart::NoCommonBase);
}

#[test]
fn two_beginnings_that_were_joined_stay_joined() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "rvn", "Om äldre. ", &[]);
    publish(&mut facts, 2, "ange", "Om barn. ", &[]);
    publish(&mut facts, 3, "timra", "Om äldre. Om barn. ", &[1, 2]);
    publish(&mut facts, 4, "ange", "Om barn och unga. ", &[2]);
    let merged = text(&facts);
    assert!(merged.contains("äldre") && merged.contains("och unga"), "{merged}");
    assert_eq!(merged, replay_everything(&facts));
}

#[test]
fn a_removal_empties_the_text_and_spares_what_others_wrote_meanwhile() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "rvn", "Åtgärd", &[]);
    publish(&mut facts, 2, "rvn", "", &[1]);
    assert_eq!(prose::merge(&facts), Prose::Empty { standing: vec![id(2)] });
    publish(&mut facts, 3, "ange", "Åtgärder", &[1]);
    assert_eq!(text(&facts), "Åtgärder", "what somebody has written anew is not taken away with what it was");
    assert_eq!(prose::merge(&Facts::new()), Prose::Empty { standing: vec![] });
}

#[test]
fn facts_in_a_ring_are_shown_side_by_side() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "rvn", "a", &[2]);
    publish(&mut facts, 2, "rvn", "b", &[1]);
    let Prose::SideBySide(apart) = prose::merge(&facts) else { panic!("side by side") };
    assert_eq!((apart.why, apart.versions.len(), apart.standing.len()), (WhyApart::Ring, 2, 0));
    publish(&mut facts, 3, "rvn", "c", &[3]);
    publish(&mut facts, 4, "rvn", "d", &[1, 3]);
    assert_eq!(why_apart(&facts), WhyApart::Ring);
}

#[test]
fn too_many_versions_or_too_long_a_way_back_are_shown_side_by_side() {
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", "bas", &[]);
    for n in 1..=40 {
        publish(&mut facts, n, "rvn", &format!("bas {n}"), &[0]);
    }
    assert_eq!(why_apart(&facts), WhyApart::TooMuch);

    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", "bas", &[]);
    for n in 1..=400 {
        publish(&mut facts, n, "rvn", &format!("bas {n}"), &[n - 1]);
    }
    publish(&mut facts, 1_000, "ange", "basen 400", &[400]);
    publish(&mut facts, 1_001, "timra", "bas 400 nu", &[400]);
    assert_eq!(text(&facts), "basen 400 nu", "a long history before the common base costs nothing");
    publish(&mut facts, 1_002, "kramfors", "sen bas", &[0]);
    assert_eq!(why_apart(&facts), WhyApart::TooMuch);
}

/// Every layer names all of the layer before it: 8^15 lines of descent.
#[test]
fn a_maze_of_bases_ends_soon() {
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", "början", &[]);
    let mut before = vec![0];
    for layer in 0..15 {
        let now: Vec<u32> = (0..8).map(|k| 1 + layer * 8 + k).collect();
        for n in &now {
            publish(&mut facts, *n, "rvn", &format!("början {n}"), &before);
        }
        before = now;
    }
    let first = prose::merge(&facts);
    assert!(matches!(first, Prose::Merged(_)));
    assert_eq!(first, prose::merge(&facts));
    assert_eq!(first.standing().len(), 8);
}

/// Thousands of facts with sixty bases each: linear work, then the bound on replayed facts says stop.
#[test]
fn a_long_maze_is_given_up_without_walking_it_over_and_over() {
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", "x", &[]);
    for n in 1..3_000_u32 {
        let bases: Vec<u32> = (n.saturating_sub(60)..n).collect();
        publish(&mut facts, n, "rvn", "x", &bases);
    }
    publish(&mut facts, 9_000, "ange", "y", &[0]);
    assert_eq!(why_apart(&facts), WhyApart::TooMuch);
}

fn noise(mut state: u64) -> String {
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b"abcdefgh"[usize::try_from(state >> 61).unwrap_or(0)]
    };
    (0..60_000).map(|_| char::from(next())).collect()
}

/// Whole texts that share nothing but single letters: each change counts as one block and nobody's text is lost, until
/// there are more of them than a merge may take.
#[test]
fn texts_made_to_be_hard_to_compare_cost_a_bounded_time() {
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", &noise(1), &[]);
    for n in 1..=2 {
        publish(&mut facts, n, "rvn", &noise(u64::from(n) + 1), &[0]);
    }
    assert!(text(&facts).len() >= 119_990);
    publish(&mut facts, 3, "rvn", &noise(4), &[0]);
    assert_eq!(why_apart(&facts), WhyApart::TooMuch);
}

/// One half of a flag more pairs thousands of halves anew: a change of two characters that touches every letter.
#[test]
fn flags_that_pair_anew_cost_a_bounded_time() {
    let flags: String = noise(1).chars().take(12_000).filter_map(|c| char::from_u32(0x1F185 + u32::from(c))).collect();
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", &format!("a {flags} b"), &[]);
    publish(&mut facts, 1, "rvn", &format!("a 🇸{flags} c"), &[0]);
    publish(&mut facts, 2, "ange", &format!("Flaggor: a {flags} b"), &[0]);
    let merged = text(&facts);
    assert!(merged.starts_with("Flaggor: a 🇸") && merged.ends_with(" c"), "{} bytes", merged.len());
}

#[test]
fn text_longer_than_prose_may_be_counts_as_gone() {
    let mut facts = three_parties();
    publish(&mut facts, 31, "ange", &"å".repeat(40_000), &[10]);
    assert_eq!(why_apart(&facts), WhyApart::TextGone);
}

#[test]
fn letters_made_of_several_code_points_survive() {
    let mut facts = Facts::new();
    publish(&mut facts, 1, "rvn", "A\u{30a}nge 👩‍👩‍👧 och Övik", &[]);
    publish(&mut facts, 2, "ange", "A\u{30a}nge kommun 👩‍👩‍👧 och Övik", &[1]);
    publish(&mut facts, 3, "ornskoldsvik", "A\u{30a}nge 👩‍👩‍👧 och Övik 🇸🇪", &[1]);
    assert_eq!(text(&facts), "A\u{30a}nge kommun 👩‍👩‍👧 och Övik 🇸🇪");
}

/// One publication of a random history: what it was based on, and how it changed that.
#[derive(Debug, Clone)]
struct Move {
    bases: Vec<prop::sample::Index>,
    settle: bool,
    at: prop::sample::Index,
    delete: usize,
    insert: String,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = (
        prop::collection::vec(any::<prop::sample::Index>(), 1..3),
        prop::bool::weighted(0.25),
        any::<prop::sample::Index>(),
        0usize..6,
        "[a-zåäö ]{0,8}",
    );
    let one = one.prop_map(|(bases, settle, at, delete, insert)| Move { bases, settle, at, delete, insert });
    prop::collection::vec(one, 1..14)
}

/// Plays the moves as honest parties do: each edits what it sees, which is the merge of some facts or of all of them.
fn history(moves: &[Move]) -> Facts {
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", "Länet ställer om till god och nära vård.", &[]);
    for (n, step) in (1u32..).zip(moves) {
        let known: Vec<FactId> = facts.keys().copied().collect();
        let picked: BTreeSet<FactId> = step.bases.iter().map(|index| *index.get(&known)).collect();
        let bases = if step.settle { prose::standing(&facts) } else { picked.into_iter().collect() };
        let seen = text(&ancestors(&facts, &bases));
        let mut letters: Vec<char> = seen.chars().collect();
        let from = if letters.is_empty() { 0 } else { step.at.index(letters.len()) };
        let to = (from + step.delete).min(letters.len());
        letters.splice(from..to, step.insert.chars());
        let author = org(["ange", "rvn", "timra"][n as usize % 3]);
        facts.insert(
            id(n),
            ProseFact { text: Some(letters.into_iter().collect()), replaces: bases, author, in_effect: true },
        );
    }
    facts
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

    /// I3: same facts, same prose; the common base is only a short cut.
    #[test]
    fn starting_at_the_common_base_gives_what_a_replay_of_everything_gives(moves in moves()) {
        let facts = history(&moves);
        prop_assume!(prose::standing(&facts).len() > 1);
        prop_assert_eq!(text(&facts), replay_everything(&facts));
    }

    #[test]
    fn insertion_order_and_repeated_delivery_change_nothing(
        moves in moves(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let facts = history(&moves);
        let listed: Vec<_> = facts.clone().into_iter().collect();
        let mut shuffled = Facts::new();
        for index in &order {
            let (id, mut fact) = index.get(&listed).clone();
            fact.replaces.reverse();
            shuffled.insert(id, fact);
        }
        for (id, fact) in listed.into_iter().rev() {
            shuffled.entry(id).or_insert(fact);
        }
        prop_assert_eq!(prose::merge(&facts), prose::merge(&shuffled));
    }

    /// Each of three parties puts its own words at a border between sentences of its own.
    #[test]
    fn words_put_in_different_places_are_all_there_once(
        gaps in prop::sample::subsequence((0usize..8).collect::<Vec<_>>(), 3),
        swedish in prop::sample::select(vec!["åtgärd", "ÄLDRE", "öppenvård", "Övik"]),
    ) {
        let sentences: Vec<String> = (0..8).map(|n| format!("Mening {n} om vård. ")).collect();
        let mut facts = Facts::new();
        publish(&mut facts, 0, "rvn", &sentences.concat(), &[]);
        let mut expected = sentences.clone();
        for (n, gap) in (1u32..).zip(&gaps) {
            let words = format!("{swedish} {n}! ");
            let mut own = sentences.clone();
            own[*gap].insert_str(0, &words);
            expected[*gap].insert_str(0, &words);
            publish(&mut facts, n, "ange", &own.concat(), &[0]);
        }
        prop_assert_eq!(text(&facts), expected.concat());
    }

    /// I6: whatever set arrives, an answer comes, twice the same.
    #[test]
    fn any_set_of_facts_gets_an_answer(
        facts in prop::collection::vec(
            (prop::option::weighted(0.9, ".{0,40}"), prop::collection::vec(0u32..14, 0..5), prop::bool::weighted(0.8)),
            0..12,
        ),
        acyclic in any::<bool>(),
    ) {
        let facts: Facts = (0u32..).zip(facts)
            .map(|(n, (text, bases, in_effect))| {
                let bases = bases.into_iter().filter(|base| !acyclic || *base < n || *base > 11);
                (id(n), ProseFact { text, replaces: bases.map(id).collect(), author: org("rvn"), in_effect })
            })
            .collect();
        let answer = prose::merge(&facts);
        if let Prose::Merged(merged) = &answer {
            prop_assert_eq!(merged.passages.last().map(|p| p.range.end), Some(merged.text.len()));
            prop_assert!(merged.passages.iter().all(|p| facts[&p.fact].in_effect));
        }
        prop_assert_eq!(&answer, &prose::merge(&facts));
    }
}

/// `cargo test --release -p samsyn-core --test prose -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, not a check"]
#[allow(clippy::disallowed_types, reason = "a measurement reads the clock")]
fn measure_64_kib_200_publications_3_standing() {
    let sentence = "Åtgärden följs upp varje år av länsledningen. ";
    let base: String = sentence.repeat(1_400).chars().take(57_000).collect();
    let mut facts = Facts::new();
    publish(&mut facts, 0, "rvn", &base, &[]);
    let mut now = base.clone();
    for n in 1..200u32 {
        let mut at = (n as usize * 317) % (now.len() - 8);
        while !now.is_char_boundary(at) {
            at += 1;
        }
        now.insert_str(at, " ny ");
        publish(&mut facts, n, "rvn", &now, &[n - 1]);
    }
    for n in 0..3u32 {
        publish(&mut facts, 5_000 + n, "ange", &format!("{now} slut {n}"), &[199]);
    }
    println!("text {} KiB", now.len() / 1024);
    let timed = |what: &str, facts: &Facts| {
        let start = std::time::Instant::now();
        let merged = prose::merge(facts);
        let outcome = match &merged {
            Prose::Merged(merged) => format!("{} passages", merged.passages.len()),
            Prose::SideBySide(apart) => format!("{:?}", apart.why),
            Prose::Empty { .. } => "empty".into(),
        };
        println!("{what}: {:?}, {} standing, {outcome}", start.elapsed(), merged.standing().len());
    };
    timed("three standing on the last publication", &facts);
    publish(&mut facts, 6_000, "timra", &format!("{base} sent"), &[0]);
    timed("and a late one on the first", &facts);
    let mut noisy = Facts::new();
    publish(&mut noisy, 0, "rvn", &noise(1), &[]);
    for n in 1..=2 {
        publish(&mut noisy, n, "rvn", &noise(u64::from(n) + 1), &[0]);
    }
    timed("two rewritten from end to end", &noisy);
    let mut hard = Facts::new();
    publish(&mut hard, 0, "rvn", &noise(1), &[]);
    for n in 1..=30u32 {
        // Two far ends and 2 000 letters in between: just within the bound of one fact.
        let mut letters: Vec<char> = noise(1).chars().collect();
        for k in 0..2_000usize {
            letters[(k * 17 + n as usize) % 60_000] = 'å';
        }
        publish(&mut hard, n, "rvn", &letters.into_iter().collect::<String>().replace('å', "x"), &[0]);
    }
    timed("thirty with 2 000 scattered changes each", &hard);
}
