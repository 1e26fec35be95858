//! Drafts for comment and their end: values go by each node's own clock, verdicts and digests know nothing of it.

mod support;

use samsyn_core::{
    commit::SignedCommit,
    entry::{Audience, DocumentKind, Outline, Purpose, Release, SpaceFounding},
    id::{Digest, DocumentId, FactId, SpaceId},
    ledger::Ledger,
    limits,
    sync::{Frame, Hello, Machine, Output, Send, SessionId},
    value::Value,
};
use support::*;

/// Not long after what the writers of these tests write, by their clocks.
const NOW: u64 = 1_000_000;
const ENDS: u64 = NOW + 1_000;

/// Timrå (2) asks the region (0) for comments; the region replies.
struct Asked {
    ledger: Ledger,
    draft: Vec<SignedCommit>,
    reply: SignedCommit,
    title: FactId,
    space: SpaceId,
}

fn asked() -> Asked {
    asked_until(Some(ENDS))
}

fn asked_until(deadline_ms: Option<u64>) -> Asked {
    let (file, ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    timra.position.log.space = SpaceId::FOUNDING;
    let members = [org(0), org(2)].into();
    let founding = SpaceFounding { salt: [3; 32], members, purpose: Purpose::ForComment, deadline_ms };
    let founding = timra.write(|b| b.add(DocumentId::NONE, &Outline::Space(founding)));
    let mut document = DocumentId::NONE;
    let draft = timra.write(|b| {
        let (purpose, audience) = (Purpose::ForComment, Audience::Parties);
        let release = Release { purpose, audience, authority: name("ks"), role: name("coordinator") };
        b.add(DocumentId::NONE, &Outline::Release(release));
        document = b.add(DocumentId::NONE, &Outline::Document(genesis_of(DocumentKind::Work, 2, 2))).into();
        b.facts(document, vec![statement("/facts/title", text("Utkast"), 1, vec![])]);
    });
    let mut region = Writer::new(&file, ledger.federation(), 0, 0, 2);
    region.position.log.space = timra.position.log.space;
    let comment = statement("/remarks/rvn/reply", Some(Value::Prose("Bra.".into())), 2, vec![]);
    let reply = region.state(document, vec![comment]);
    let title = last_fact(&draft);
    Asked { ledger, draft: vec![founding, draft], reply, title, space: timra.position.log.space }
}

/// The region's node, with a stream to Timrå's.
fn node(ledger: Ledger) -> Machine {
    let hello = Frame::Hello(Hello {
        federation: ledger.federation(),
        minor: 1,
        charters: Digest([0; 32]),
        rule_sets: vec![1],
        now_ms: NOW,
    });
    let mut machine = Machine::new(org(0), key(0, 0), ledger);
    machine.opened(SessionId(2), org(2), NOW);
    machine.received(SessionId(2), hello, NOW);
    machine
}

fn asks_for_values(out: &Output) -> bool {
    out.sends.iter().any(|send| matches!(send, Send::Frame(_, frame) if matches!(**frame, Frame::WantValues(_))))
}

fn stored_values(out: &Output) -> usize {
    let entries = out.persist.commits.iter().flat_map(|c| &c.entries);
    entries.flat_map(|e| &e.raw.values).flatten().count() + out.persist.values.len()
}

#[test]
fn i10_the_values_of_a_draft_go_when_its_time_has_come_and_a_reply_stays() {
    let Asked { ledger, draft, reply, title, space } = asked();
    let mut machine = node(ledger);
    let taken = machine.received(SessionId(2), Frame::Commits(draft), ENDS - 1);
    assert_eq!(stored_values(&taken), 1);
    machine.write(reply.clone(), ENDS - 1).expect("written in time");
    let before = machine.ledger().digest(&space);
    assert!(machine.tick(ENDS - 1).changes.lapsed.is_empty());
    let out = machine.tick(ENDS);
    assert_eq!(out.changes.lapsed, [title].into());
    assert!(machine.ledger().lapsed(&title) && !machine.ledger().lapsed(&last_fact(&reply)));
    assert!(machine.ledger().missing_values().is_empty());
    assert_eq!(machine.ledger().digest(&space), before, "no digest knows of a clock");
    assert!(verdict(machine.ledger(), &reply).admitted());
    // Asked for by a peer whose clock is behind.
    let out = machine.received(SessionId(2), Frame::WantValues(vec![title, last_fact(&reply)]), ENDS);
    let served: Vec<FactId> = out
        .sends
        .iter()
        .flat_map(|s| if let Send::Values { facts, .. } = s { facts.clone() } else { vec![] })
        .collect();
    assert_eq!(served, [last_fact(&reply)]);
}

#[test]
fn i10_what_comes_after_its_end_is_stored_without_values_and_they_are_not_asked_for() {
    let Asked { ledger, draft, title, .. } = asked();
    let value = samsyn_core::commit::SaltedValue::clone(draft[1].entries[2].values[0].as_ref().expect("a value"));
    let mut machine = node(ledger);
    let out = machine.received(SessionId(2), Frame::Commits(draft), ENDS);
    assert_eq!((out.persist.commits.len(), stored_values(&out)), (2, 0));
    assert!(!asks_for_values(&machine.tick(ENDS + 60_000)));
    let out = machine.received(SessionId(2), Frame::Values(vec![(title, value)]), ENDS);
    assert_eq!(stored_values(&out), 0);
}

#[test]
fn i3_nodes_with_different_clocks_agree_on_all_but_what_they_hold() {
    let Asked { ledger, draft, reply, space, .. } = asked();
    let (mut early, mut late) = (node(ledger.clone()), node(ledger));
    for (machine, now) in [(&mut early, NOW), (&mut late, ENDS + 1)] {
        machine.received(SessionId(2), Frame::Commits(draft.clone()), now);
        machine.write(reply.clone(), now).expect("nobody's verdict reads a clock");
    }
    assert_eq!(early.ledger().digest(&space), late.ledger().digest(&space));
    assert_eq!(verdict(early.ledger(), &reply), verdict(late.ledger(), &reply));
}

#[test]
fn what_would_not_end_in_a_while_is_no_draft() {
    for deadline_ms in [None, Some(NOW + 2 * limits::COMMENT_MS_MAX), Some(u64::MAX)] {
        let Asked { ledger, draft, title, space, .. } = asked_until(deadline_ms);
        let mut machine = node(ledger);
        machine.received(SessionId(2), Frame::Commits(draft), NOW);
        assert!(machine.ledger().space(&space).is_some(), "it is a smaller space like any other");
        assert_eq!((machine.ledger().asker(&space), machine.ledger().ends_ms(&space)), (None, None));
        assert!(!machine.ledger().is_draft(&title.header));
        assert!(machine.tick(u64::MAX).changes.lapsed.is_empty());
    }
}
