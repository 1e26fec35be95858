//! What devices push: honest changes are all taken, others none. The whole catalogue of hostile ones is pushed over the
//! wire by the whole-system tests (`tests/e2e/poison.rs`).

use super::{actor, note};
use crate::working::{hygiene::WORKING_COPY_OPERATIONS_MAX, take_changes};
use automerge::{Automerge, ROOT, ReadDoc, transaction::Transactable};
use proptest::prelude::*;
use samsyn_client::model::{self, Draft};
use samsyn_core::{code::Code, entry::DocumentKind, id::Path, value::Value};

fn pushed(change: impl FnOnce(&mut Automerge)) -> (Automerge, Vec<Vec<u8>>) {
    let document = model::found(DocumentKind::Work);
    let mut copy = document.fork().with_actor(actor(1));
    change(&mut copy);
    let changes = new_changes(&copy, &document);
    (document, changes)
}

fn new_changes(copy: &Automerge, known: &Automerge) -> Vec<Vec<u8>> {
    copy.get_changes(&known.get_heads()).into_iter().map(|c| c.raw_bytes().to_vec()).collect()
}

fn write(copy: &mut Automerge, edit: impl FnOnce(&mut Draft)) {
    let old = model::read(copy).expect("a working copy");
    let mut new = old.clone();
    edit(&mut new);
    model::write(copy, &old, &new).expect("writes");
}

fn title() -> Path {
    Path::new("/facts/title").expect("a path")
}

#[test]
fn honest_changes_are_taken_once() {
    let (document, changes) = pushed(|copy| write(copy, |d| d.set(title(), Value::Text("Äldre".into()))));
    let (document, new) = take_changes(&document, changes.clone()).expect("taken");
    assert_eq!(new, 1);
    assert_eq!(take_changes(&document, changes).expect("taken again").1, 0);
}

/// I6: a device's bytes that are no change, are cut short or spoil the working copy's shape change nothing.
#[test]
fn i6_damaged_changes_are_refused_whole() {
    let (document, changes) = pushed(|copy| {
        let mut tx = copy.transaction();
        tx.put(ROOT, "fields", "not a map").expect("puts");
        tx.commit();
    });
    assert!(take_changes(&document, changes.clone()).is_err(), "the shape is spoiled");
    for bytes in [vec![], vec![0; 40], changes[0][..changes[0].len() / 2].to_vec()] {
        assert!(take_changes(&document, vec![bytes]).is_err());
    }
    let mut compressed = changes[0].clone();
    compressed[8] = 2;
    assert!(take_changes(&document, vec![compressed]).is_err(), "a compressed chunk could inflate without bound");
}

#[test]
fn a_change_that_hangs_in_the_air_is_refused() {
    let (document, changes) = pushed(|copy| {
        for text in ["ett", "två"] {
            write(copy, |d| d.set(title(), Value::Text(text.into())));
        }
    });
    assert!(take_changes(&document, vec![changes[1].clone()]).is_err());
    assert_eq!(take_changes(&document, changes.into_iter().rev().collect()).expect("taken").1, 2);
}

/// Past the bound on operations there is a code of its own, and what was there stays.
#[test]
fn a_working_copy_stops_growing_with_its_own_code() {
    let mut document = model::found(DocumentKind::Work);
    let code = loop {
        let mut copy = document.fork();
        // All of a long text written anew, with another letter.
        let letter = if model::read(&copy).expect("reads").prose.values().any(|t| t.contains('x')) { "y" } else { "x" };
        write(&mut copy, |d| drop(d.prose.insert(note(), letter.repeat(60_000))));
        match take_changes(&document, new_changes(&copy, &document)) {
            Ok((grown, _)) => document = grown,
            Err(failure) => break failure.code,
        }
        assert!(document.stats().num_ops <= WORKING_COPY_OPERATIONS_MAX);
    };
    assert_eq!(code, Code::InputCopySize);
    assert_eq!(model::read(&document).expect("reads").prose[&note()].len(), 60_000);
}

/// What an honest device may do to its copy.
#[derive(Debug, Clone)]
enum Edit {
    Field(usize, String),
    Gone(usize),
    Members(Vec<usize>),
    Private(usize, String),
    /// Replaces part of one of two texts; the second is made by whoever writes it first.
    Prose {
        second: bool,
        at: prop::sample::Index,
        delete: usize,
        insert: String,
    },
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (0usize..3, "[a-zåäö]{0,6}").prop_map(|(n, text)| Edit::Field(n, text)),
        (0usize..3).prop_map(Edit::Gone),
        prop::collection::vec(0usize..4, 0..4).prop_map(Edit::Members),
        (0usize..2, "[a-z]{0,4}").prop_map(|(n, text)| Edit::Private(n, text)),
        (any::<bool>(), any::<prop::sample::Index>(), 0usize..9, "[a-zåäö 🇸🇪👩\u{200d}\u{30a}]{0,9}")
            .prop_map(|(second, at, delete, insert)| Edit::Prose { second, at, delete, insert }),
    ]
}

fn carry_out(draft: &mut Draft, edit: &Edit) {
    let field = |n: usize| Path::new(["/facts/stage", "/facts/form", "/facts/title"][n]).expect("a path");
    match edit {
        Edit::Field(n, text) => draft.set(field(*n), Value::Text(text.clone())),
        Edit::Gone(n) => drop(draft.remove(&field(*n))),
        Edit::Members(which) => {
            let all = which.iter().map(|n| format!("org:p{n}")).collect();
            draft.set(Path::new("/facts/partners").expect("a path"), Value::References(all));
        }
        Edit::Private(n, text) if text.is_empty() => drop(draft.private.remove(&n.to_string())),
        Edit::Private(n, text) => drop(draft.private.insert(n.to_string(), text.clone())),
        Edit::Prose { second, at, delete, insert } => {
            let path = if *second { Path::new("/reports/r1/comment").expect("a path") } else { note() };
            let mut letters: Vec<char> = draft.prose.get(&path).cloned().unwrap_or_default().chars().collect();
            let from = if letters.is_empty() { 0 } else { at.index(letters.len()) };
            let to = (from + delete).min(letters.len());
            letters.splice(from..to, insert.chars());
            draft.prose.insert(path, letters.into_iter().collect());
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Edit(usize, Edit),
    /// Takes what the node has.
    Pull(usize),
    Push(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0usize..3, edit()).prop_map(|(who, edit)| Step::Edit(who, edit)),
        1 => (0usize..3).prop_map(Step::Pull),
        2 => (0usize..3).prop_map(Step::Push),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Three devices edit, pull and push in any order: nothing that the model writes is ever taken for hostile, and in
    /// the end all have the same.
    #[test]
    fn whatever_honest_devices_do_is_taken(steps in steps()) {
        let mut node = model::found(DocumentKind::Work);
        let mut devices: Vec<Automerge> = (0..3).map(|_| node.fork()).collect();
        let all = [Step::Push(0), Step::Push(1), Step::Push(2), Step::Pull(0), Step::Pull(1), Step::Pull(2)];
        for step in steps.into_iter().chain(all) {
            match step {
                Step::Edit(who, edit) => write(&mut devices[who], |draft| carry_out(draft, &edit)),
                Step::Pull(who) => drop(devices[who].merge(&mut node.clone()).expect("merges")),
                Step::Push(who) => {
                    let mine = devices[who].get_changes_added_to(&node);
                    let taken = take_changes(&node, mine);
                    prop_assert!(taken.is_ok(), "{:?}", taken.err());
                    node = taken.expect("taken").0;
                }
            }
        }
        for device in &devices {
            prop_assert_eq!(model::read(device).expect("reads"), model::read(&node).expect("reads"));
        }
    }

    /// A damaged byte anywhere is refused or changes nothing that could not be read; it never panics.
    #[test]
    fn i6_a_mutated_byte_never_panics(at in any::<prop::sample::Index>(), bit in 0u8..8, fix in any::<bool>()) {
        let (document, mut changes) = pushed(|copy| {
            write(copy, |d| {
                d.set(title(), Value::Text("Äldre".into()));
                d.set(note(), Value::Prose("Möte i mars.".into()));
            });
        });
        let at = at.index(changes[0].len());
        changes[0][at] ^= 1 << bit;
        if fix {
            mend_checksum(&mut changes[0]);
        }
        if let Ok((taken, _)) = take_changes(&document, changes) {
            let saved = taken.save();
            prop_assert!(model::read(&Automerge::load(&saved).expect("loads")).is_ok());
        }
    }
}

trait Added {
    fn get_changes_added_to(&self, other: &Automerge) -> Vec<Vec<u8>>;
}

impl Added for Automerge {
    /// The changes that the other lacks, in no particular order.
    fn get_changes_added_to(&self, other: &Automerge) -> Vec<Vec<u8>> {
        let all = self.get_changes(&[]).into_iter();
        let lacks = all.filter(|c| other.get_change_meta_by_hash(&c.hash()).is_none());
        lacks.map(|c| c.raw_bytes().to_vec()).rev().collect()
    }
}

/// Makes the checksum fit, so that what is wrong is not told by it.
fn mend_checksum(change: &mut [u8]) {
    use sha2::{Digest, Sha256};
    let mut hashed = vec![change[8]];
    hashed.extend(&change[9..]);
    let hash = Sha256::digest(&hashed);
    change[4..8].copy_from_slice(&hash[..4]);
}

/// Found by fuzzing, I6: runs of equal operations are written as one and a count. 2^40 operations that Automerge's
/// reader would walk through, and one operation with 2^40 predecessors that it would keep in memory.
#[test]
fn i6_a_change_of_few_bytes_and_very_many_operations_is_refused_at_once() {
    const OPERATIONS: &str = "856f4a83b3cdacea01450010eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee010200000005150834064207560770\
         078080808080200178808080808020808080808020018080808080200080808080802000";
    const PREDECESSORS: &str = "856f4a8364b18bcb01430010eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee01020000000715033401420256027\
         007710773077f0178017f017f007f8080808080208080808080200080808080802001";
    let document = model::found(DocumentKind::Work);
    for bomb in [OPERATIONS, PREDECESSORS] {
        let bytes = hex::decode(bomb).expect("hex");
        let failure = take_changes(&document, vec![bytes]).expect_err("refused");
        assert!([Code::InputChange, Code::InputPushSize].contains(&failure.code), "{failure}");
    }
}
