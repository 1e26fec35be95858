//! The yardstick: the same changes in bare Automerge 0.12, in this thread, as a star of eight replicas and a hub that is
//! empty at first. No network, no disk, no signatures, no processes: a floor, and the figure that this machine's speed
//! is divided out by. CPU time of the thread, so that other load does not flatter a ratio.
//!
//! Each party has its own works, with its edits; the neighbour has its part on half of them, made on the common base.

use super::{
    meter,
    workload::{EDITS_APART, EDITS_BEFORE, EDITS_OF_NEIGHBOUR, PARTIES, words},
};
use automerge::{
    AutoCommit, ObjType, ROOT, ReadDoc,
    sync::{State, SyncDoc},
    transaction::Transactable,
};
use std::collections::BTreeMap;

type Replica = BTreeMap<usize, AutoCommit>;

/// Seconds until the hub and all eight have everything. `common`: the first changes of each work are at all of them.
pub(super) fn seconds(works: usize, common: bool) -> f64 {
    let (mut hub, mut replicas) = replicas(works, common);
    let began = meter::this_thread();
    for _ in 0..2 {
        for replica in &mut replicas {
            for number in 0..works * PARTIES.len() {
                meet(hub.entry(number).or_default(), replica.entry(number).or_default());
            }
        }
    }
    let took = meter::this_thread().saturating_sub(began).as_secs_f64();
    for replica in &mut replicas {
        for (number, document) in replica {
            assert_eq!(document.get_heads(), hub.entry(*number).or_default().get_heads(), "the star is complete");
        }
    }
    took
}

/// Seconds until an empty replica has what another has.
pub(super) fn join_seconds(works: usize) -> f64 {
    let (mut hub, mut replicas) = replicas(works, false);
    for replica in &mut replicas {
        for (number, document) in replica {
            hub.entry(*number).or_default().merge(document).expect("of one history");
        }
    }
    let mut ninth = Replica::new();
    let began = meter::this_thread();
    for (number, document) in &mut hub {
        meet(document, ninth.entry(*number).or_default());
    }
    meter::this_thread().saturating_sub(began).as_secs_f64()
}

/// The hub and the eight, before they meet.
fn replicas(works: usize, common: bool) -> (Replica, Vec<Replica>) {
    let mut hub = Replica::new();
    let mut replicas = vec![Replica::new(); PARTIES.len()];
    for owner in 0..PARTIES.len() {
        for work in 0..works {
            let number = owner * works + work;
            let mut document = found(number);
            (1..=EDITS_BEFORE).for_each(|n| edit(&mut document, number, n));
            if common {
                hub.insert(number, document.fork());
                for replica in &mut replicas {
                    replica.insert(number, document.fork());
                }
            }
            if work < works / 2 {
                let mut branch = document.fork();
                (1..=EDITS_OF_NEIGHBOUR).for_each(|n| take_part(&mut branch, number, n));
                replicas[(owner + 1) % PARTIES.len()].insert(number, branch);
            }
            (EDITS_BEFORE + 1..=EDITS_BEFORE + EDITS_APART).for_each(|n| edit(&mut document, number, n));
            replicas[owner].insert(number, document);
        }
    }
    (hub, replicas)
}

fn meet(one: &mut AutoCommit, other: &mut AutoCommit) {
    let (mut ours, mut theirs) = (State::new(), State::new());
    loop {
        let there = one.sync().generate_sync_message(&mut ours);
        if let Some(message) = &there {
            other.sync().receive_sync_message(&mut theirs, message.clone()).expect("an honest message");
        }
        let back = other.sync().generate_sync_message(&mut theirs);
        if let Some(message) = &back {
            one.sync().receive_sync_message(&mut ours, message.clone()).expect("an honest message");
        }
        if there.is_none() && back.is_none() {
            return;
        }
    }
}

/// Short fields as scalars, the description as text.
fn found(number: usize) -> AutoCommit {
    let mut document = AutoCommit::new();
    put(&mut document, "title", words(60, number, 0));
    let summary = document.put_object(ROOT, "summary", ObjType::Text).expect("a text");
    document.splice_text(&summary, 0, 0, &words(200, number, 1)).expect("words");
    put(&mut document, "stage", "ongoing".to_owned());
    (0..3).for_each(|i| put(&mut document, &format!("partner{i}"), format!("bolag-{}", number % 40 + i)));
    (0..5).for_each(|i| put(&mut document, &format!("m{i}"), words(40, number, 2 + i)));
    (0..8).for_each(|i| put(&mut document, &format!("c{i}"), words(120, number, 10 + i)));
    document.commit();
    document
}

fn edit(document: &mut AutoCommit, number: usize, edit: usize) {
    let seed = 100 + edit;
    match edit % 5 {
        0 => put(document, "title", words(60, number, seed)),
        1 => {
            // As a person corrects a text: some words of it.
            if let Ok(Some((_, summary))) = document.get(ROOT, "summary") {
                document.splice_text(&summary, edit * 7, 20, &words(20, number, seed)).expect("words");
            }
        }
        2 => put(document, "stage", ["idea", "planned", "ongoing", "closed"][edit / 5 % 4].to_owned()),
        3 => put(document, &format!("m{}", edit % 4), words(40, number, seed)),
        _ => put(document, &format!("c{}", edit % 8), words(120, number, seed)),
    }
    document.commit();
}

fn take_part(document: &mut AutoCommit, number: usize, edit: usize) {
    put(document, &format!("part{}", edit % 4), words(100, number, 200 + edit));
    document.commit();
}

fn put(document: &mut AutoCommit, key: &str, value: String) {
    document.put(ROOT, key, value).expect("a field");
}
