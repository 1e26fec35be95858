//! One machine, spoken to by hand: what it asks for, stores and passes on.

mod support;

use samsyn_core::{
    commit::{Proof, SignedCommit},
    entry::{Card, Outline, Purpose, SpaceFounding},
    id::{Digest, DocumentId, FactId, HeaderHash, OrgId, SpaceId},
    ledger::{Ledger, Tip},
    limits,
    sync::{Frame, Hello, Machine, Notice, OrgTips, Output, Send, SessionId, Want},
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

/// Who answers is asked in the log that he named himself, not in the one that somebody else has made up for the same tip.
#[test]
fn i6_a_tip_named_in_a_wrong_log_keeps_nobody_from_it() {
    let (_, ledger) = founded(4);
    let county = ledger.county();
    let tip = HeaderHash::of(b"a tip");
    let mut desk = Desk::new(ledger, &[1, 3]);
    desk.receives(1, tips(county, org(1), [tip])); // a lie
    desk.receives(3, tips(county, org(2), [tip]));
    let out = desk.machine.tick(NOW + limits::WANT_TIMEOUT_MS);
    let asked_in: Vec<&OrgId> = (frames_to(&out, 3).into_iter())
        .filter_map(|f| if let Frame::Want(want) = f { Some(&want.log.organisation) } else { None })
        .collect();
    assert_eq!(asked_in, [&org(2)]);
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

#[test]
fn i6_a_cold_join_asks_for_so_many_logs_at_once_and_goes_on_as_they_come() {
    let (file, ledger) = founded(4);
    let county = ledger.county();
    let logs = limits::WANTS_IN_FLIGHT_MAX + 10;
    let process = |n: usize| Writer::new(&file, ledger.federation(), 2, 0, n as u64);
    let commits: Vec<SignedCommit> =
        (0..logs).map(|n| process(n).write(|b| b.add(DocumentId::NONE, &card(&n.to_string())))).collect();
    let of = |commit: &SignedCommit| samsyn_core::entry::Header::decode(&commit.entries[0].header).expect("a header");
    let list = commits.iter().map(|c| Tip { incarnation: of(c).incarnation, seq: 1, hash: tip_of(c) }).collect();
    let mut desk = Desk::new(ledger, &[1]);
    let frame = Frame::Tips(vec![OrgTips { space: county, organisation: org(2), tips: list }]);
    let mut asked = wanted(&desk.receives(1, frame), 1);
    assert_eq!(asked.len(), limits::WANTS_IN_FLIGHT_MAX);
    let mut stored = 0;
    while let Some(tip) = asked.pop() {
        let commit = commits.iter().find(|c| tip_of(c) == tip).expect("it was asked for");
        let out = desk.commits(1, std::slice::from_ref(commit));
        stored += out.persist.commits.len();
        asked.extend(wanted(&out, 1));
    }
    assert_eq!(stored, logs);
}

#[test]
fn a_signature_spoiled_inside_a_range_is_named_and_had_from_another() {
    let (file, ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let range: Vec<SignedCommit> =
        ["one", "two", "three"].map(|name| timra.write(|b| b.add(DocumentId::NONE, &card(name)))).to_vec();
    let mut sent = range.clone();
    sent[1].signature.0[7] ^= 1;
    let mut desk = Desk::new(ledger, &[1, 3]);
    assert_eq!(desk.commits(1, &sent).persist.commits.len(), 3, "the third covers it");
    let tip = tip_of(&range[1]);
    let out = desk.machine.proven(tip, Proof::Spoiled);
    assert!(
        matches!(&out.notices[..], [Notice::Spoiled { peer: Some(peer), header, .. }] if *peer == org(1) && *header == tip)
    );
    let asked = desk.machine.tick(NOW + limits::VALUES_EVERY_MS);
    assert_eq!((wanted(&asked, 1), wanted(&asked, 3)), (vec![], vec![tip]), "not of the relay again");
    let from_other = frames_to(&asked, 3).into_iter().find_map(|f| if let Frame::Want(w) = f { Some(w) } else { None });
    assert_eq!(from_other.expect("a request").known, [tip_of(&range[0])], "the one commit and no more");
    assert!(desk.commits(3, &sent[1..2]).persist.signatures.is_empty(), "spoiled there too");
    assert_eq!(desk.machine.ledger().unproven().get(&tip), Some(&Proof::Spoiled));
    let healed = desk.commits(3, &range[1..2]);
    assert_eq!(healed.persist.signatures.get(&tip), Some(&range[1].signature));
    assert_eq!(desk.machine.ledger().unproven().get(&tip), None);
}

#[test]
fn an_own_commit_that_comes_back_with_a_spoiled_signature_is_signed_again() {
    let (file, ledger) = founded(4);
    // Written before a backup was put back; of the peers, none has the first one's signature whole.
    let mut lost = Writer::new(&file, ledger.federation(), 0, 0, 1);
    let range: Vec<SignedCommit> =
        ["one", "two", "three"].map(|name| lost.write(|b| b.add(DocumentId::NONE, &card(name)))).to_vec();
    let mut sent = range.clone();
    sent[0].signature.0[7] ^= 1;
    let mut desk = Desk::new(ledger, &[1, 3]);
    let out = desk.commits(1, &sent);
    let stored: Vec<_> = out.persist.commits.iter().map(|c| (c.signature, c.proof)).collect();
    let genuine: Vec<_> = range.iter().map(|c| (c.signature, Proof::Own)).collect();
    assert_eq!(stored, genuine);
    assert!(desk.machine.ledger().unproven().is_empty());
    let spoiled = out.notices.iter().filter_map(|n| match n {
        Notice::Spoiled { peer, header, .. } => Some((peer.clone(), *header)),
        _ => None,
    });
    assert_eq!(spoiled.collect::<Vec<_>>(), [(Some(org(1)), tip_of(&range[0]))], "the relay is named all the same");
    let want = Want { log: lost.position.log.clone(), tip: tip_of(&range[0]), known: vec![] };
    let answer = desk.receives(3, Frame::Want(want));
    assert!(answer.sends.iter().any(|s| matches!(s, Send::Range { .. })), "others have it from here");
}

#[test]
fn a_spoiled_commit_is_not_served_as_the_end_of_a_range() {
    let (file, ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let range: Vec<SignedCommit> =
        ["one", "two"].map(|name| timra.write(|b| b.add(DocumentId::NONE, &card(name)))).to_vec();
    let mut desk = Desk::new(ledger, &[1, 3]);
    desk.commits(1, &range);
    let want = |tip| Frame::Want(Want { log: timra.position.log.clone(), tip, known: vec![] });
    let serves = |out: &Output| out.sends.iter().any(|s| matches!(s, Send::Range { .. }));
    assert!(serves(&desk.receives(3, want(tip_of(&range[0])))));
    desk.machine.proven(tip_of(&range[0]), Proof::Spoiled);
    assert!(!serves(&desk.receives(3, want(tip_of(&range[0])))));
    assert!(serves(&desk.receives(3, want(tip_of(&range[1])))));
}

#[test]
fn i3_charters_that_fill_several_frames_are_all_taken_and_known_to_be_the_same() {
    let (file, ledger) = founded(4);
    let mut long = file.clone();
    let mut files = vec![file.clone()];
    for n in 0..12 {
        let mut next = amendment(&long);
        let words = (0..5_000).map(|w| name(&format!("{n}-a-long-word-{w}")));
        next.vocabulary.insert(name("target-group"), words.collect());
        long = signed(&next, &signers(0..4));
        files.push(long.clone());
    }
    let mut sender = Desk::new(ledger.clone(), &[1]);
    for file in &files[1..] {
        sender.machine.offer_charter(&file.bytes, &file.signatures).expect("signed");
    }
    let hello = sender.machine.opened(session(3), org(3), NOW);
    let greeting = frames_to(&hello, 3).into_iter().find(|f| matches!(f, Frame::Hello(_))).expect("a greeting").clone();
    let mut fresh = Machine::new(org(3), key(3, 0), ledger);
    fresh.opened(session(0), org(0), NOW);
    fresh.received(session(0), greeting, NOW);
    let theirs = Frame::Hello(Hello {
        federation: fresh.ledger().federation(),
        minor: 1,
        charters: Digest([0; 32]),
        rule_sets: vec![1],
        now_ms: NOW,
    });
    let out = sender.receives(3, theirs);
    let sent = frames_to(&out, 3);
    let charters: Vec<&&Frame> = sent.iter().filter(|f| matches!(f, Frame::Charters(_))).collect();
    assert!(charters.len() > 1, "the test means several frames");
    for frame in charters {
        fresh.received(session(0), (*frame).clone(), NOW);
    }
    assert_eq!(fresh.ledger().charters().in_force().1.version, 13);
}

/// Ten commits of one log, and a desk that has asked the first of these peers for the last of them.
fn asked_for_ten(peers: &[usize]) -> (Desk, Vec<SignedCommit>, HeaderHash) {
    let (file, ledger) = founded(4);
    let county = ledger.county();
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let commits: Vec<SignedCommit> =
        (0..10).map(|n| timra.write(|b| b.add(DocumentId::NONE, &card(&n.to_string())))).collect();
    let tip = tip_of(&commits[9]);
    let mut desk = Desk::new(ledger, peers);
    for (place, peer) in peers.iter().enumerate() {
        let asks = wanted(&desk.receives(*peer, tips(county, org(2), [tip])), *peer);
        assert_eq!(asks, if place == 0 { vec![tip] } else { vec![] });
    }
    (desk, commits, tip)
}

#[test]
fn what_comes_slowly_from_the_only_peer_that_has_it_is_not_asked_for_again() {
    let (mut desk, commits, tip) = asked_for_ten(&[1]);
    let mut now = NOW;
    for commit in &commits[..9] {
        now += limits::WANT_TIMEOUT_MS - 1;
        assert_eq!(wanted(&desk.machine.tick(now), 1), []);
        desk.machine.received(session(1), Frame::Commits(vec![commit.clone()]), now);
    }
    assert_eq!(wanted(&desk.machine.tick(now + limits::WANT_TIMEOUT_MS - 1), 1), []);
    assert_eq!(wanted(&desk.machine.tick(now + limits::WANT_TIMEOUT_MS), 1), [tip], "nothing has come for long");
}

#[test]
fn i6_a_peer_that_sends_slowly_holds_up_what_others_have_too_for_a_while_only() {
    let (mut desk, commits, tip) = asked_for_ten(&[1, 3]);
    let step = limits::WANT_TIMEOUT_MS - 1;
    for (n, commit) in (1..).zip(&commits) {
        let now = NOW + n * step;
        let out = desk.machine.tick(now);
        assert_eq!(wanted(&out, 1), []);
        if now >= NOW + limits::RANGE_PATIENCE_MS {
            return assert_eq!(wanted(&out, 3), [tip]);
        }
        assert_eq!(wanted(&out, 3), []);
        desk.machine.received(session(1), Frame::Commits(vec![commit.clone()]), now);
    }
    panic!("never asked of the other");
}
