//! One machine, spoken to by hand: what it asks for, stores and passes on.

mod support;

use samsyn_core::{
    commit::SignedCommit,
    entry::{Card, Outline, Purpose, SpaceFounding},
    id::{Digest, DocumentId, FactId, HeaderHash, OrgId, SpaceId},
    ledger::{Ledger, Tip},
    limits,
    sync::{Frame, Hello, Machine, OrgTips, Output, Send, SessionId},
    value::Value,
};
use std::collections::BTreeMap;
use support::*;

const NOW: u64 = 1_700_000_000_000;

/// The node of party 0, with streams to parties that have greeted it; session number = party number.
struct Desk {
    machine: Machine,
}

impl Desk {
    fn new(ledger: Ledger, peers: &[usize]) -> Self {
        let hello = Frame::Hello(Hello {
            federation: ledger.federation(),
            minor: 1,
            charters: Digest([0; 32]),
            rule_sets: vec![1],
            now_ms: NOW,
        });
        let mut machine = Machine::new(org(0), key(0, 0), ledger);
        for peer in peers {
            machine.opened(session(*peer), org(*peer), NOW);
            machine.received(session(*peer), hello.clone(), NOW);
        }
        Self { machine }
    }

    fn receives(&mut self, from: usize, frame: Frame) -> Output {
        self.machine.received(session(from), frame, NOW)
    }

    fn commits(&mut self, from: usize, range: &[SignedCommit]) -> Output {
        self.receives(from, Frame::Commits(range.to_vec()))
    }
}

fn session(peer: usize) -> SessionId {
    SessionId(u64::try_from(peer).expect("small"))
}

fn frames_to(out: &Output, peer: usize) -> Vec<&Frame> {
    let to = out.sends.iter().filter_map(|send| match send {
        Send::Frame(id, frame) if *id == session(peer) => Some(&**frame),
        _ => None,
    });
    to.collect()
}

fn wanted(out: &Output, peer: usize) -> Vec<HeaderHash> {
    frames_to(out, peer)
        .into_iter()
        .filter_map(|f| if let Frame::Want(want) = f { Some(want.tip) } else { None })
        .collect()
}

fn announced(out: &Output, peer: usize) -> Vec<HeaderHash> {
    let lists =
        frames_to(out, peer).into_iter().filter_map(|f| if let Frame::Announce(tips) = f { Some(tips) } else { None });
    lists.flatten().map(|t| t.hash).collect()
}

fn card(endpoint: &str) -> Outline {
    Outline::Card(Card { endpoints: vec![endpoint.to_owned()], pins: Vec::new(), authorities: BTreeMap::new() })
}

fn tip_of(commit: &SignedCommit) -> HeaderHash {
    last_fact(commit).header
}

fn tips(space: SpaceId, organisation: OrgId, hashes: impl IntoIterator<Item = HeaderHash>) -> Frame {
    let tips = hashes.into_iter().map(|hash| Tip { incarnation: incarnation(1), seq: 1, hash }).collect();
    Frame::Tips(vec![OrgTips { space, organisation, tips }])
}

#[test]
fn i7_every_tip_of_a_fork_is_announced_and_to_the_author_too() {
    let (file, ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let mut clone = timra.clone();
    let one = timra.write(|b| b.add(DocumentId::NONE, &card("one")));
    let other = clone.write(|b| b.add(DocumentId::NONE, &card("other")));
    let mut desk = Desk::new(ledger, &[1, 2, 3]);
    desk.commits(1, std::slice::from_ref(&one));
    desk.commits(1, std::slice::from_ref(&other));
    let out = desk.machine.tick(NOW + limits::ANNOUNCE_AFTER_MS);
    let mut both = vec![tip_of(&one), tip_of(&other)];
    both.sort();
    assert_eq!(announced(&out, 3), both);
    assert_eq!(announced(&out, 2), both, "its own node may have been restored from a backup");
    assert_eq!(announced(&out, 1), [], "it has sent them");
}

#[test]
fn i4_a_space_of_others_is_not_stored_whoever_sends_it() {
    let (file, ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    timra.position.log.space = SpaceId::FOUNDING;
    let members = [org(1), org(2)].into();
    let founding = SpaceFounding { salt: [3; 32], members, purpose: Purpose::ForComment, deadline_ms: None };
    let founding = timra.write(|b| b.add(DocumentId::NONE, &Outline::Space(founding)));
    let next = timra.write(|b| b.add(DocumentId::NONE, &card("x")));
    let mut desk = Desk::new(ledger, &[2]);
    let out = desk.commits(2, &[founding, next]);
    assert!(out.persist.commits.is_empty());
    assert_eq!(desk.machine.ledger().commits(), 0);
}

#[test]
fn a_space_and_what_follows_it_may_come_in_one_range() {
    let (file, ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    timra.position.log.space = SpaceId::FOUNDING;
    let members = [org(0), org(2)].into();
    let founding = SpaceFounding { salt: [3; 32], members, purpose: Purpose::ForComment, deadline_ms: None };
    let founding = timra.write(|b| b.add(DocumentId::NONE, &Outline::Space(founding)));
    let (draft, _, _) = timra.work(2, "Utkast");
    let mut desk = Desk::new(ledger, &[2]);
    assert_eq!(desk.commits(2, &[founding, draft]).persist.commits.len(), 2);
}

#[test]
fn i10_an_erased_value_is_not_stored_when_it_comes_late() {
    let (file, ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let mut sundsvall = Writer::new(&file, ledger.federation(), 1, 0, 2);
    let (first, work, _) = timra.work(2, "A");
    let note = sundsvall.state(work, vec![statement("/note", Some(Value::Prose("x".into())), 2, vec![])]);
    let erased = timra.write(|b| b.add(work, &erasure(vec![last_fact(&note)])));
    let mut desk = Desk::new(ledger, &[1, 2]);
    desk.commits(2, &[first, erased]);
    let out = desk.commits(1, std::slice::from_ref(&note));
    assert_eq!(out.persist.commits.len(), 1);
    assert!(out.persist.commits[0].tip().raw.values.iter().all(Option::is_none), "not even for a moment");
    assert!(out.changes.erased.contains(&last_fact(&note)));
    let value = note.entries[1].values[0].clone().expect("a value");
    assert!(desk.receives(1, Frame::Values(vec![(last_fact(&note), value)])).persist.values.is_empty());
}

#[test]
fn a_value_that_did_not_come_is_asked_for_again() {
    let (file, ledger) = founded(4);
    let (mut first, _, title) = Writer::new(&file, ledger.federation(), 2, 0, 1).work(2, "A");
    let value = first.entries[2].values[0].take().expect("a value");
    let mut desk = Desk::new(ledger, &[1]);
    desk.commits(1, &[first]);
    let asks =
        |out: &Output| frames_to(out, 1).iter().any(|f| matches!(f, Frame::WantValues(facts) if *facts == [title]));
    let rounds: Vec<bool> =
        (1..=limits::WANT_TIMEOUT_MS / 1_000 + 1).map(|s| asks(&desk.machine.tick(NOW + s * 1_000))).collect();
    assert_eq!(
        rounds.iter().filter(|asked| **asked).count(),
        2,
        "at once, and when the peer may have got it: {rounds:?}"
    );
    let wrong = samsyn_core::commit::SaltedValue { bytes: b"other".to_vec(), ..value.clone() };
    assert!(desk.receives(1, Frame::Values(vec![(title, wrong)])).persist.values.is_empty());
    assert_eq!(desk.receives(1, Frame::Values(vec![(title, value)])).persist.values.len(), 1);
    assert!(!asks(&desk.machine.tick(NOW + 100_000)));
}

#[test]
fn what_one_peer_spoils_is_had_from_another() {
    let (file, ledger) = founded(4);
    let county = ledger.county();
    let (good, _, _) = Writer::new(&file, ledger.federation(), 2, 0, 1).work(2, "A");
    let tip = tip_of(&good);
    let mut desk = Desk::new(ledger, &[1, 3]);
    assert_eq!(wanted(&desk.receives(1, tips(county, org(2), [tip])), 1), [tip]);
    assert_eq!(wanted(&desk.receives(3, tips(county, org(2), [tip])), 3), [], "asked of one at a time");
    let mut spoiled = good.clone();
    spoiled.entries[1].outline.push(0);
    let out = desk.commits(1, &[spoiled]);
    assert_eq!(wanted(&out, 3), [tip]);
    assert_eq!(desk.commits(3, &[good]).persist.commits.len(), 1);
}

#[test]
fn i6_invented_tips_lead_to_no_more_requests_than_the_bound() {
    let (_, ledger) = founded(4);
    let county = ledger.county();
    let mut desk = Desk::new(ledger, &[1]);
    let mut asked = 0;
    for round in 0..3u8 {
        let invented =
            (0..limits::TIPS_FRAME_LOGS_MAX).map(|n| HeaderHash::of(&[&[round], n.to_be_bytes().as_slice()].concat()));
        asked += wanted(&desk.receives(1, tips(county, org(2), invented)), 1).len();
    }
    assert!(asked <= limits::TIPS_FRAME_LOGS_MAX, "{asked}");
    let facts = vec![FactId { header: HeaderHash([1; 32]), index: 0 }; limits::VALUES_WANTED_MAX + 1];
    let out = desk.receives(1, Frame::WantValues(facts));
    assert!(out.sends.iter().any(|s| matches!(s, Send::Close { .. })), "a frame past the bounds ends the stream");
}

#[test]
fn i3_a_log_that_a_dispute_has_overtaken_is_not_written_on() {
    let (file, mut ledger) = founded(4);
    let rivals = ["A", "B"].map(|title| {
        let mut next = amendment(&file);
        title.clone_into(&mut next.name);
        signed(&next, &signers(0..4))
    });
    ledger.offer_charter(&rivals[0].bytes, &rivals[0].signatures).expect("signed");
    let mut timra = Writer::new(&rivals[0], ledger.federation(), 2, 0, 1);
    take(&mut ledger, &[timra.work(2, "A").0]);
    assert!(!ledger.overtaken(&timra.position.log));
    ledger.offer_charter(&rivals[1].bytes, &rivals[1].signatures).expect("signed");
    assert!(ledger.overtaken(&timra.position.log));
}
