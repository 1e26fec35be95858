//! Log acceptance, effect and the algebra of facts, one rule at a time.

mod support;

use proptest::prelude::*;
use samsyn_core::{
    code::Code,
    commit::SignedCommit,
    effect::{Missing, Verdict},
    entry::{Body, BodyRules, Card, DocumentKind, Link, Majority, Outline, Quorum},
    id::{DocumentId, FactId, HeaderHash, SpaceId},
    ledger::Ledger,
    limits,
    sign::Domain,
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};
use support::*;

fn card(ledger: &Ledger, endpoint: &str) -> Outline {
    assert!(ledger.commits() < 1_000_000);
    Outline::Card(Card { endpoints: vec![endpoint.to_owned()], pins: Vec::new(), authorities: BTreeMap::new() })
}

fn refusal(ledger: &Ledger, range: Vec<SignedCommit>) -> Option<Code> {
    let verified = ledger.verify(range);
    verified.refusal.map(|r| r.code)
}

fn standing(ledger: &Ledger, document: &DocumentId, at: &str) -> Vec<FactId> {
    let founded = ledger.document(document).expect("founded");
    founded.document.at(&path(at)).map(|p| p.standing().map(|(id, _)| *id).collect()).unwrap_or_default()
}

// Log acceptance.

#[test]
fn a_commit_out_of_place_or_signed_wrongly_is_not_stored() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, _) = timra.work(2, "E-hälsa");
    let second = timra.state(work, vec![statement("/facts/title", text("E-hälsa 2"), 2, vec![])]);
    assert_eq!(refusal(&ledger, vec![second.clone()]), Some(Code::ChainGap));
    let mut wrong = first.clone();
    wrong.signature = key(1, 0).sign(Domain::Commit, &first.entries[2].header);
    assert_eq!(refusal(&ledger, vec![wrong]), Some(Code::ChainSignature));
    take(&mut ledger, &[first.clone(), second.clone()]);
    assert_eq!(refusal(&ledger, vec![first]), None, "a second time is nothing");
    assert_eq!(ledger.commits(), 2);
}

#[test]
fn i5_a_valid_signature_covers_nothing_but_its_own_chain() {
    let (file, ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (mut forged, _, _) = timra.work(2, "Aldrig skrivet av Timrå");
    forged.signature = key(1, 0).sign(Domain::Commit, b"anything");
    let hostile = Writer::new(&file, ledger.federation(), 1, 0, 2);
    let covering = hostile.draft(|b| b.add(DocumentId::NONE, &card(&ledger, "x")));
    let verified = ledger.verify(vec![forged, covering]);
    assert_eq!(verified.commits.len(), 0, "another's commit rode in under a signature that does not cover it");
}

#[test]
fn a_range_stands_on_its_last_valid_signature() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let mut range: Vec<SignedCommit> =
        (0..4).map(|n| timra.write(|b| b.add(DocumentId::NONE, &card(&ledger, &n.to_string())))).collect();
    range[1].signature = range[0].signature;
    range[3].signature = range[0].signature;
    let verified = ledger.verify(range);
    assert_eq!(verified.commits.len(), 3);
    assert_eq!(verified.refusal.map(|r| r.code), Some(Code::ChainSignature));
    let fits: Vec<bool> = verified.commits.iter().map(samsyn_core::commit::VerifiedCommit::signature_fits).collect();
    assert_eq!(fits, [true, false, true], "the second is spoiled, and covered by the third");
    verified.commits.iter().for_each(|c| drop(ledger.apply(c)));
    assert_eq!(ledger.unproven().len(), 2);
}

#[test]
fn i6_no_more_signatures_of_a_range_are_tried_than_the_limit() {
    let (file, ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let mut range: Vec<SignedCommit> = (0..=limits::SIGNATURES_TRIED_MAX)
        .map(|n| timra.write(|b| b.add(DocumentId::NONE, &card(&ledger, &n.to_string()))))
        .collect();
    let spoiled = range[1].signature;
    range.iter_mut().skip(1).for_each(|commit| commit.signature = spoiled);
    range[1].signature.0[0] ^= 1;
    let verified = ledger.verify(range.clone());
    assert_eq!((verified.commits.len(), verified.refusal.map(|r| r.code)), (0, Some(Code::ChainSignature)));
    range.pop();
    assert_eq!(ledger.verify(range).commits.len(), 1, "within the limit the signed beginning counts");
}

/// The digest of a large document is not made anew at every change; whoever asks gets that of the state as it is.
#[test]
fn i6_the_digest_of_a_large_document_is_that_of_its_state_at_every_moment() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, _) = timra.work(2, "Stort");
    take(&mut ledger, &[first]);
    let mut before = ledger.document_digest(&work);
    for n in 0..300u32 {
        let commit = timra.state(work, vec![statement("/facts/crowd", text(&n.to_string()), 2, vec![])]);
        take(&mut ledger, &[commit]);
        let now = ledger.document_digest(&work);
        assert_ne!(now, before, "change {n} shows");
        let founded = ledger.document(&work).expect("founded");
        let anew = samsyn_core::digest::document(work, Some(&founded.verdict), founded.document);
        assert_eq!(now, Some(anew));
        assert_eq!(ledger.document_digests(&ledger.county()).get(&work), Some(&anew));
        before = now;
    }
}

#[test]
fn a_commit_of_one_log_cannot_be_put_into_another() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, _) = timra.work(2, "E-hälsa");
    take(&mut ledger, std::slice::from_ref(&first));
    // Timrå's entry restated under Sundsvall's name, but chained to Timrå's log.
    let mut thief = Writer::new(&file, ledger.federation(), 1, 0, 2);
    thief.position.seq = timra.position.seq;
    thief.position.link = timra.position.link.clone();
    let grafted = thief.draft(|b| {
        b.add(DocumentId::NONE, &release());
        b.facts(work, vec![]);
    });
    assert_eq!(refusal(&ledger, vec![grafted]), Some(Code::ChainBroken));
    // Timrå's own bytes, signed by Sundsvall.
    let mut signed_anew = timra.draft(|b| b.add(DocumentId::NONE, &card(&ledger, "y")));
    signed_anew.signature = key(1, 0).sign(Domain::Commit, &signed_anew.entries[0].header);
    assert_eq!(refusal(&ledger, vec![signed_anew]), Some(Code::ChainSignature));
    // A log begun in Timrå's name with Sundsvall's key.
    let mut posing = Writer::new(&file, ledger.federation(), 2, 0, 3);
    posing.key = key(1, 0);
    posing.position.link = Link::First { key: key(1, 0).public(), earlier: Vec::new() };
    let posed = posing.draft(|b| b.add(DocumentId::NONE, &card(&ledger, "z")));
    assert_eq!(refusal(&ledger, vec![posed]), Some(Code::ChainKey));
}

#[test]
fn i6_a_node_reads_no_more_tips_of_a_log_than_the_bound() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let first = timra.write(|b| b.add(DocumentId::NONE, &card(&ledger, "first")));
    take(&mut ledger, &[first]);
    let rivals: Vec<SignedCommit> =
        (0..40).map(|n| timra.draft(|b| b.add(DocumentId::NONE, &card(&ledger, &n.to_string())))).collect();
    // All in one range, then one by one.
    ledger.verify(rivals.clone()).commits.iter().for_each(|c| drop(ledger.apply(c)));
    let mut codes = Vec::new();
    for rival in rivals {
        let verified = ledger.verify(vec![rival]);
        codes.extend(verified.refusal.map(|r| r.code));
        verified.commits.iter().for_each(|c| drop(ledger.apply(c)));
    }
    let tips = ledger.log(&timra.position.log).expect("a log").tips().len();
    assert_eq!(tips, limits::TIPS_PER_LOG_MAX);
    assert!(codes.iter().all(|c| *c == Code::ChainTips));
    // What is stored goes on being read.
    let tip = *ledger.log(&timra.position.log).expect("a log").tips().keys().next().expect("a tip");
    timra.position.link = Link::Next(tip);
    timra.position.seq = 2 + 1;
    let next = timra.draft(|b| b.add(DocumentId::NONE, &card(&ledger, "next")));
    assert_eq!(refusal(&ledger, vec![next]), None);
}

#[test]
fn i7_two_commits_at_one_position_are_both_kept_and_both_count() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, title) = timra.work(2, "E-hälsa");
    let mut clone = timra.clone();
    let one = timra.state(work, vec![statement("/facts/title", text("A"), 2, vec![title])]);
    let other = clone.state(work, vec![statement("/facts/title", text("B"), 3, vec![title])]);
    take(&mut ledger, &[first]);
    take(&mut ledger, std::slice::from_ref(&one));
    let verified = ledger.verify(vec![other.clone()]).commits;
    let changes = ledger.apply(&verified[0]);
    assert!(!changes.forks.is_empty(), "the fork is told");
    assert!(ledger.log(&timra.position.log).expect("a log").forked());
    let mut both = vec![last_fact(&one), last_fact(&other)];
    both.sort();
    assert_eq!(standing(&ledger, &work, "/facts/title"), both);
    assert!([one, other].iter().all(|c| verdict(&ledger, c).admitted()));
}

#[test]
fn i3_two_commits_that_share_their_first_headers_count_them_once() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, title) = timra.work(2, "E-hälsa");
    let twin = |n: u64| {
        timra.draft(|b| {
            b.add(DocumentId::NONE, &release());
            b.facts(work, vec![statement("/facts/title", text("delad"), 9, vec![title])]);
            b.facts(work, vec![statement("/note", Some(Value::Prose(n.to_string())), n, vec![])]);
        })
    };
    let (one, other) = (twin(1), twin(2));
    assert_eq!(one.hashes()[1], other.hashes()[1], "shared");
    take(&mut ledger, &[first, one.clone(), other.clone()]);
    assert_eq!(standing(&ledger, &work, "/facts/title"), [FactId { header: one.hashes()[1], index: 0 }]);
    assert_eq!(standing(&ledger, &work, "/note").len(), 2);
    let log = ledger.log(&timra.position.log).expect("a log");
    assert_eq!(log.tips().len(), 2);
    assert_eq!(log.at(5).count(), 1);
}

#[test]
fn a_value_that_does_not_fit_its_hash_counts_as_none() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (mut first, work, title) = timra.work(2, "E-hälsa");
    first.entries[2].values[0].as_mut().expect("a value").bytes.push(b'!');
    take(&mut ledger, &[first]);
    assert!(ledger.missing_values().contains(&title));
    assert_eq!(standing(&ledger, &work, "/facts/title"), [title], "verdict and standing do not read it");
    assert!(ledger.value_arrived(&title));
    assert!(ledger.missing_values().is_empty());
}

// Facts.

#[test]
fn standing_is_what_no_admitted_fact_at_the_path_replaces() {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, title) = timra.work(2, "A");
    let unknown = FactId { header: HeaderHash([9; 32]), index: 0 };
    let elsewhere = timra.state(work, vec![statement("/facts/budget", text("1"), 2, vec![title, unknown])]);
    take(&mut ledger, &[first, elsewhere]);
    assert_eq!(standing(&ledger, &work, "/facts/title"), [title], "a fact of another path replaces nothing");
    let b = timra.state(work, vec![statement("/facts/title", text("B"), 3, vec![title])]);
    let c = timra.state(work, vec![statement("/facts/title", text("C"), 4, vec![title])]);
    take(&mut ledger, &[b.clone(), c.clone()]);
    let founded = ledger.document(&work).expect("founded");
    assert_eq!(founded.document.conflicts().count(), 1);
    assert!(founded.document.at(&path("/facts/title")).expect("facts").settled().is_none(), "none counts");
    let removal = timra.state(work, vec![statement("/facts/title", None, 5, vec![last_fact(&b), last_fact(&c)])]);
    take(&mut ledger, std::slice::from_ref(&removal));
    assert_eq!(standing(&ledger, &work, "/facts/title"), [last_fact(&removal)]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Admitting and withdrawing in any order leaves what the definition says.
    #[test]
    fn i3_standing_follows_its_definition(
        replaces in prop::collection::vec(prop::collection::vec(0usize..12, 0..4), 1..10),
        cut in 0usize..12,
    ) {
        let (file, mut ledger) = founded(4);
        let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
        let mut sundsvall = Writer::new(&file, ledger.federation(), 1, 0, 2);
        let (first, work, _) = timra.work(2, "A");
        take(&mut ledger, &[first]);
        let mut facts: Vec<(FactId, Vec<FactId>, bool)> = Vec::new();
        let mut ends = Vec::new();
        for (n, replaces) in replaces.iter().enumerate() {
            let unknown = |i: &usize| FactId { header: HeaderHash([u8::try_from(*i).expect("small"); 32]), index: 0 };
            let named: Vec<FactId> = replaces.iter().map(|i| facts.get(*i).map_or(unknown(i), |f| f.0)).collect();
            let by_timra = n % 2 == 0;
            let writer = if by_timra { &mut timra } else { &mut sundsvall };
            let note = Some(Value::Prose(n.to_string()));
            let commit = writer.state(work, vec![statement("/note", note, 100 + n as u64, named.clone())]);
            take(&mut ledger, std::slice::from_ref(&commit));
            if !by_timra {
                ends.push(last_fact(&commit).header);
            }
            facts.push((last_fact(&commit), named, by_timra));
        }
        // Sundsvall leaves; what it wrote after the cut loses its effect.
        let mut leave = amendment(&file);
        leave.parties.retain(|p| p.id != org(1));
        let kept = ends.get(cut).copied();
        leave.cuts = vec![support::cut(1, &kept.map(|k| (sundsvall.position.log.clone(), k)).into_iter().collect::<Vec<_>>())];
        let leave = signed(&leave, &signers(0..4));
        ledger.offer_charter(&leave.bytes, &leave.signatures).expect("signed");
        let last = kept.and_then(|k| facts.iter().position(|f| f.0.header == k));
        let counts = |n: usize, timra: bool| timra || last.is_some_and(|l| n <= l);
        let admitted: Vec<&(FactId, Vec<FactId>, bool)> =
            facts.iter().enumerate().filter(|(n, f)| counts(*n, f.2)).map(|(_, f)| f).collect();
        let mut expected: Vec<FactId> =
            admitted.iter().map(|f| f.0).filter(|id| !admitted.iter().any(|o| o.1.contains(id))).collect();
        expected.sort();
        prop_assert_eq!(standing(&ledger, &work, "/note"), expected);
    }
}

// Effect.

/// Who writes where and what, and what becomes of it.
type Case = (usize, &'static str, Option<Value>, Result<(), Code>);

#[test]
fn i5_who_may_write_is_judged_path_by_path() {
    let (file, mut ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, _) = timra.work(2, "A");
    take(&mut ledger, &[first]);
    let cases: [Case; 16] = [
        (2, "/facts/title", text("x"), Ok(())),
        (1, "/facts/title", text("x"), Err(Code::EffectPathForbidden)),
        (1, "/facts/title", None, Err(Code::EffectPathForbidden)),
        (2, "/facts/title", Some(Value::Integer(1)), Err(Code::EffectValueType)),
        (1, "/parties/sundsvall/note", text("x"), Ok(())),
        (2, "/parties/sundsvall/note", text("x"), Err(Code::EffectPathForbidden)),
        (1, "/learnings/sundsvall/l1/text", text("x"), Ok(())),
        (3, "/learnings/sundsvall/l1/text", text("x"), Err(Code::EffectPathForbidden)),
        (0, "/assessment/rvn/a1/advice", text("x"), Ok(())),
        (1, "/assessment/sundsvall/a1/advice", text("x"), Err(Code::EffectPathForbidden)),
        (0, "/assessment/sundsvall/a1/advice", text("x"), Err(Code::EffectPathForbidden)),
        (3, "/note", Some(Value::Prose("x".into())), Ok(())),
        (3, "/note", text("x"), Err(Code::EffectValueType)),
        (3, "/remarks/harnosand/r1", text("x"), Ok(())),
        (1, "/reports/r1/comment", Some(Value::Prose("x".into())), Err(Code::EffectPathForbidden)),
        (2, "/elsewhere", text("x"), Err(Code::EffectPathUnknown)),
    ];
    for (n, (who, at, value, expected)) in (10u64..).zip(cases) {
        let mut writer = Writer::new(&file, ledger.federation(), who, 0, n);
        let commit = writer.state(work, vec![statement(at, value, n, vec![])]);
        take(&mut ledger, std::slice::from_ref(&commit));
        let expected = expected.map_or_else(Verdict::Refused, |()| Verdict::Admitted);
        assert_eq!(verdict(&ledger, &commit), expected, "{} at {at}", NAMES[who]);
    }
}

#[test]
fn i5_votes_and_minutes_of_a_decision_are_their_holders_alone() {
    let (file, mut ledger) = founded(4);
    let rules = BodyRules {
        quorum: Quorum::Half,
        majority: Majority::Simple,
        casting_seat: None,
        chair_decides: false,
        escalates_to: None,
    };
    let mut genesis = genesis_of(DocumentKind::Decision, 0, 0);
    let seats = BTreeMap::from([(name("timra-1"), org(2)), (name("rvn-1"), org(0))]);
    genesis.body = Some(Body { id: name("styrgrupp"), secretary: org(0), seats, rules });
    let mut rvn = Writer::new(&file, ledger.federation(), 0, 0, 1);
    let (first, decision, _) = rvn.found(genesis, statement("/proposal/t1", text("Förslag"), 1, vec![]));
    take(&mut ledger, &[first]);
    let vote = || Some(Value::Reference("vote:yes".to_owned()));
    for (n, (who, at, legal)) in (10u64..).zip([
        (2, "/votes/timra-1", true),
        (1, "/votes/timra-1", false),
        (0, "/minutes/m1", true),
        (2, "/minutes/m1", false),
        (2, "/votes/okand", false),
    ]) {
        let commit =
            Writer::new(&file, ledger.federation(), who, 0, n).state(decision, vec![statement(at, vote(), n, vec![])]);
        take(&mut ledger, std::slice::from_ref(&commit));
        assert_eq!(verdict(&ledger, &commit).admitted(), legal, "{} at {at}", NAMES[who]);
    }
}

#[test]
fn entries_wait_for_their_genesis_and_fall_with_it() {
    let (file, mut ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let mut sundsvall = Writer::new(&file, ledger.federation(), 1, 0, 2);
    let (first, work, _) = timra.work(2, "A");
    let note = sundsvall.state(work, vec![statement("/note", Some(Value::Prose("x".into())), 2, vec![])]);
    take(&mut ledger, std::slice::from_ref(&note));
    assert_eq!(verdict(&ledger, &note), Verdict::Pending(Missing::Genesis(work)));
    take(&mut ledger, &[first]);
    assert!(verdict(&ledger, &note).admitted());
    // A work in another's name is refused, and with it what is written in it.
    let (posed, fake, _) = sundsvall.work(2, "I Timrås namn");
    take(&mut ledger, std::slice::from_ref(&posed));
    assert_eq!(ledger.verdict(&HeaderHash(fake.0)), Some(Verdict::Refused(Code::EffectGenesis)));
    assert_eq!(verdict(&ledger, &posed), Verdict::Refused(Code::EffectAncestor));
}

#[test]
fn i5_an_erasure_takes_only_its_own_documents_values_and_only_the_archive_owners_counts() {
    let (file, mut ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let mut sundsvall = Writer::new(&file, ledger.federation(), 1, 0, 2);
    let (one, of_timra, title) = timra.work(2, "Timrås");
    let (two, of_sundsvall, own) = sundsvall.work(1, "Sundsvalls");
    take(&mut ledger, &[one, two]);
    let hostile = sundsvall.write(|b| b.add(of_sundsvall, &erasure(vec![title, own])));
    let verified = ledger.verify(vec![hostile]).commits;
    let changes = ledger.apply(&verified[0]);
    assert_eq!(changes.erased.into_iter().collect::<Vec<_>>(), [own], "Timrå's value is not Sundsvall's to erase");
    assert!(ledger.erased(&own) && !ledger.erased(&title));
    let executed = sundsvall.write(|b| b.add(of_timra, &erasure(vec![title])));
    take(&mut ledger, &[executed]);
    assert!(!ledger.erased(&title), "it only says what its node has done");
    let lawful = timra.write(|b| b.add(of_timra, &erasure(vec![title])));
    take(&mut ledger, &[lawful]);
    assert!(ledger.erased(&title));
    assert_eq!(standing(&ledger, &of_timra, "/facts/title"), [title], "what it replaced stays replaced");
}

#[test]
fn an_erasure_may_come_before_what_it_erases() {
    let (file, mut ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let mut sundsvall = Writer::new(&file, ledger.federation(), 1, 0, 2);
    let (one, work, _) = timra.work(2, "Timrås");
    let mut note = sundsvall.state(work, vec![statement("/note", Some(Value::Prose("x".into())), 2, vec![])]);
    let erased = timra.write(|b| b.add(work, &erasure(vec![last_fact(&note)])));
    note.entries[1].values.clear();
    take(&mut ledger, &[one, erased, note.clone()]);
    assert!(ledger.erased(&last_fact(&note)));
    assert!(ledger.missing_values().is_empty(), "an erased value is not asked for");
}

fn space_of_two() -> samsyn_core::entry::SpaceFounding {
    let members = [org(1), org(2)].into_iter().collect();
    let purpose = samsyn_core::entry::Purpose::ForComment;
    samsyn_core::entry::SpaceFounding { salt: [3; 32], members, purpose, deadline_ms: None }
}

#[test]
fn i4_a_smaller_space_is_its_members_own() {
    let (file, mut ledger) = founded(4);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    timra.position.log.space = SpaceId::FOUNDING;
    let first = timra.write(|b| b.add(DocumentId::NONE, &Outline::Space(space_of_two())));
    let space = timra.position.log.space;
    let mut sundsvall = Writer::new(&file, ledger.federation(), 1, 0, 2);
    sundsvall.position.log.space = space;
    let (draft, work, _) = sundsvall.work(1, "Utkast");
    assert_eq!(refusal(&ledger, vec![draft.clone()]), Some(Code::ChainSpace));
    take(&mut ledger, &[first, draft.clone()]);
    assert!(verdict(&ledger, &draft).admitted());
    let mut outsider = Writer::new(&file, ledger.federation(), 3, 0, 3);
    outsider.position.log.space = space;
    let (intruding, _, _) = outsider.work(3, "Utanför");
    assert_eq!(refusal(&ledger, vec![intruding]), Some(Code::ChainNotMember));
    assert!(!ledger.spaces_of(&org(3)).contains(&space));
    // The document does not move to the county, and a member's verdict does not tell that it stores the space.
    let mut county = Writer::new(&file, ledger.federation(), 1, 0, 4);
    let foreign = county.state(work, vec![statement("/facts/title", text("x"), 4, vec![])]);
    take(&mut ledger, std::slice::from_ref(&foreign));
    assert_eq!(verdict(&ledger, &foreign), Verdict::Pending(Missing::Genesis(work)));
}

#[test]
fn i3_who_stores_another_space_besides_reaches_the_same_verdicts() {
    let (file, mut member) = founded(4);
    let (_, mut outsider) = founded(4);
    let mut timra = Writer::new(&file, member.federation(), 2, 0, 1);
    timra.position.log.space = SpaceId::FOUNDING;
    let first = timra.write(|b| b.add(DocumentId::NONE, &Outline::Space(space_of_two())));
    let (draft, work, _) = timra.work(2, "Utkast");
    let mut county = Writer::new(&file, member.federation(), 1, 0, 4);
    // In the county: of the document, and of the entry that founded the space.
    let of_work = county.state(work, vec![statement("/facts/title", text("x"), 4, vec![])]);
    let of_space =
        county.state(DocumentId(timra.position.log.space.0), vec![statement("/facts/title", text("x"), 4, vec![])]);
    take(&mut outsider, &[of_work.clone(), of_space.clone()]);
    // The member had the space before one of them and after the other.
    take(&mut member, &[of_work.clone(), first, draft, of_space.clone()]);
    for foreign in [of_work, of_space] {
        assert_eq!(verdict(&member, &foreign), verdict(&outsider, &foreign));
        assert!(!verdict(&member, &foreign).admitted());
    }
}

/// Whatever is named at a moment, every node that has it tells the same rest: a log that went on, one that forked, one that
/// a later process goes on from, and that process's predecessor writing once more.
#[test]
fn what_a_statement_stands_on_divides_what_came_before_from_what_came_later() {
    let (file, mut ledger) = founded(3);
    let county = ledger.county();
    let mut sundsvall = Writer::new(&file, ledger.federation(), 1, 0, 1);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, title) = timra.work(2, "E-hälsa");
    let mut clone = timra.clone();
    let mut stated = 0;
    let mut state = |writer: &mut Writer, replaces: Vec<FactId>| {
        stated += 1;
        writer.state(work, vec![statement("/facts/title", text(&stated.to_string()), stated, replaces)])
    };
    let mut commits = vec![first, sundsvall.work(1, "Annat").0];
    commits.push(state(&mut timra, vec![title]));
    commits.push(state(&mut clone, vec![title]));
    commits.push(state(&mut timra, vec![]));
    for commit in &commits {
        take(&mut ledger, std::slice::from_ref(commit));
    }
    let mut later = Writer::new(&file, ledger.federation(), 2, 0, 2);
    later.position = ledger.position(county, &org(2), incarnation(2), key(2, 0).public());
    commits.push(state(&mut later, vec![]));
    commits.push(state(&mut timra, vec![]));
    commits.push(state(&mut later, vec![]));

    let (_, mut follower) = founded(3);
    let mut moments = Vec::new();
    for (n, commit) in commits.iter().enumerate() {
        take(&mut follower, std::slice::from_ref(commit));
        moments.push((n + 1, follower.frontier(&county)));
    }
    assert_eq!(moments[5].1.len(), 2, "the later process stands for what its organisation wrote before: {moments:?}");
    assert_eq!(moments[6].1.len(), 3, "what the earlier one wrote after that is named too");
    for (n, named) in &moments {
        let hashes = |commits: &[SignedCommit]| commits.iter().flat_map(SignedCommit::hashes).collect();
        // A fork may share its first headers with the other branch.
        let (before, all): (BTreeSet<_>, BTreeSet<_>) = (hashes(&commits[..*n]), hashes(&commits));
        let after = &all - &before;
        let told = follower.since(&county, named).expect("all of it is here");
        assert_eq!((told.before, &told.entries), (before.len() as u64, &after), "after {n} commits");
    }
    let lacking = ledger.since(&county, &moments[7].1).expect_err("the last ones are not here");
    assert!(moments[7].1.contains(&lacking));
}
