//! Which charters count, and what they make of entries: signatures, thresholds, joining, leaving, keys, disputes.

mod support;

use proptest::prelude::*;
use samsyn_core::{
    charter::{Charter, CharterError},
    charter_book::{CharterBook, Offered, Signatures, Status},
    code::Code,
    commit::SignedCommit,
    effect::{Missing, Verdict},
    id::{CharterHash, FactId},
    ledger::Ledger,
    sign::Domain,
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};
use support::*;

fn found(file: &File) -> Result<CharterBook, CharterError> {
    CharterBook::found(file.bytes.clone(), &file.signatures)
}

fn code<T>(result: Result<T, CharterError>) -> Option<Code> {
    result.err().map(|e| e.code)
}

fn offer(ledger: &mut Ledger, file: &File) -> Offered {
    ledger.offer_charter(&file.bytes, &file.signatures).expect("signed by a party").0
}

fn note(n: u64) -> samsyn_core::commit::Statement {
    statement("/note", Some(Value::Prose(n.to_string())), n, vec![])
}

// Files.

#[test]
fn genesis_needs_every_partys_signature() {
    let charter = genesis(3);
    assert_eq!(code(found(&signed(&charter, &signers(0..3)))), None);
    let missing = found(&signed(&charter, &signers(0..2)));
    assert_eq!(missing.as_ref().err().map(|e| e.code), Some(Code::CharterThreshold));
    assert!(missing.expect_err("refused").message.contains("timra"), "names who has not signed");
    let mut wrong = signers(0..2);
    wrong.push((org(2), key(1, 0)));
    assert_eq!(code(found(&signed(&charter, &wrong))), Some(Code::CharterSignature));
    let mut other_domain = signed(&charter, &signers(0..2));
    other_domain.signatures.insert((org(2), key(2, 0).sign(Domain::Commit, &other_domain.bytes)));
    assert_eq!(code(found(&other_domain)), Some(Code::CharterSignature));
}

#[test]
fn a_file_that_is_no_charter_says_why() {
    let base = genesis(3);
    let broken = |change: &dyn Fn(&mut Charter)| {
        let mut charter = base.clone();
        change(&mut charter);
        Charter::parse(charter.to_toml().expect("TOML").as_bytes()).err().map(|e| e.code)
    };
    assert_eq!(broken(&|_| {}), None);
    assert_eq!(broken(&|c| c.format = 2), Some(Code::CharterVersion));
    assert_eq!(broken(&|c| c.parties.truncate(1)), Some(Code::CharterParties));
    assert_eq!(broken(&|c| c.parties[1].id = org(0)), Some(Code::CharterDuplicate));
    assert_eq!(broken(&|c| c.parties[1].log_key = key(0, 0).public()), Some(Code::CharterDuplicate));
    assert_eq!(broken(&|c| c.parties[1].pins = [pin(0)].into()), Some(Code::CharterDuplicate));
    assert_eq!(broken(&|c| c.parties[1].pins = ["blake3:00".to_owned()].into()), Some(Code::CharterMalformed));
    assert_eq!(
        broken(&|c| c.parties[1].pins = [pin(10).to_uppercase().replace("BLAKE", "blake")].into()),
        Some(Code::CharterMalformed)
    );
    assert_eq!(broken(&|c| c.parties[1].pins.clear()), Some(Code::CharterMalformed));
    assert_eq!(broken(&|c| c.version = 2), Some(Code::CharterMalformed));
    assert_eq!(broken(&|c| c.programme_office = [name("okand")].into()), Some(Code::CharterMalformed));
    assert_eq!(Charter::parse(b"\xff\xfe").err().map(|e| e.code), Some(Code::CharterMalformed));
    let unknown = format!("{}\nsurprise = 1\n", "format = 1\nname = \"x\"\nversion = 1\nrules = 1\nparty = []");
    let error = Charter::parse(unknown.as_bytes()).expect_err("an unknown key");
    assert!(error.message.contains("surprise"), "{}", error.message);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i6_foreign_charter_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (file, mut ledger) = founded(3);
        let _ = Charter::parse(&bytes);
        prop_assert!(ledger.offer_charter(&bytes, &file.signatures).is_err());
        let next = signed(&amendment(&file), &signers(0..3));
        let mut mutated = next.bytes.clone();
        mutated[at.index(next.bytes.len())] = byte;
        prop_assume!(mutated != next.bytes);
        let offered = ledger.offer_charter(&mutated, &next.signatures);
        prop_assert!(offered.is_err(), "no signature fits other bytes");
    }
}

// Amendments.

#[test]
fn an_amendment_needs_the_threshold_of_the_version_before() {
    let (file, mut ledger) = founded(4);
    let next = amendment(&file);
    let few = signed(&next, &signers(0..2));
    assert_eq!(offer(&mut ledger, &few), Offered::Kept);
    assert_eq!(ledger.charters().status(&few.hash()), Status::Unknown);
    assert_eq!(ledger.charters().fault(&few.hash()).map(|e| e.code), Some(Code::CharterThreshold));
    let one_more = signed(&next, &signers(2..3));
    assert_eq!(offer(&mut ledger, &one_more), Offered::Changed, "signatures gather");
    assert_eq!(ledger.charters().status(&few.hash()), Status::InForce(1));
    assert_eq!(offer(&mut ledger, &few), Offered::Known);
    let stranger = signed(&amendment(&one_more), &[(name("frammande"), key(8, 3))]);
    let refused = ledger.offer_charter(&stranger.bytes, &stranger.signatures);
    assert_eq!(code(refused), Some(Code::CharterSignature));
    let mut skipping = amendment(&one_more);
    skipping.version += 1;
    let skipping = signed(&skipping, &signers(0..4));
    assert_eq!(offer(&mut ledger, &skipping), Offered::Kept);
    assert_eq!(ledger.charters().fault(&skipping.hash()).map(|e| e.code), Some(Code::CharterVersion));
}

#[test]
fn i6_one_party_cannot_fill_the_book() {
    let (file, mut ledger) = founded(4);
    let mut refused = 0;
    for number in 0..50 {
        let mut junk = amendment(&file);
        junk.name = format!("Skräp {number}");
        let junk = signed(&junk, &signers(3..4));
        refused += usize::from(ledger.offer_charter(&junk.bytes, &junk.signatures).is_err());
    }
    assert_eq!(refused, 50 - samsyn_core::limits::CHARTERS_WAITING_MAX);
    let next = signed(&amendment(&file), &signers(0..3));
    assert_eq!(offer(&mut ledger, &next), Offered::Changed, "what enough parties have signed always has room");
}

#[test]
fn i6_a_version_number_at_its_limit_does_not_panic() {
    let (file, mut ledger) = founded(3);
    let mut next = amendment(&file);
    next.version = u32::MAX;
    let last = signed(&next, &signers(0..3));
    assert_eq!(offer(&mut ledger, &last), Offered::Kept);
    let mut beyond = amendment(&file);
    beyond.previous = Some(last.hash());
    let beyond = signed(&beyond, &signers(0..3));
    offer(&mut ledger, &beyond);
    assert_eq!(ledger.charters().fault(&beyond.hash()).map(|e| e.code), Some(Code::CharterVersion));
}

#[test]
fn a_joining_party_signs_and_every_signer_records_its_disclosure() {
    let (file, mut ledger) = founded(4);
    let mut next = amendment(&file);
    next.parties.push(party(4, 0));
    let bare = signed(&next, &signers(0..5));
    offer(&mut ledger, &bare);
    assert_eq!(ledger.charters().fault(&bare.hash()).map(|e| e.code), Some(Code::CharterThreshold));
    next.disclosures = (0..3).map(disclosure).collect();
    let unsigned = signed(&next, &signers(0..4));
    offer(&mut ledger, &unsigned);
    assert_eq!(ledger.charters().fault(&unsigned.hash()).map(|e| e.code), Some(Code::CharterSignature));
    assert!(!ledger.member(&ledger.county(), &org(4)));
    assert_eq!(offer(&mut ledger, &signed(&next, &signers(4..5))), Offered::Changed);
    assert!(ledger.member(&ledger.county(), &org(4)));
}

#[test]
fn whoever_loses_a_membership_key_or_office_has_a_cut() {
    let (file, mut ledger) = founded(4);
    let changes: [&dyn Fn(&mut Charter); 3] =
        [&|c| c.parties.retain(|p| p.id != org(3)), &|c| c.parties[3].log_key = key(3, 1).public(), &|c| {
            c.programme_office.clear();
        }];
    for change in changes {
        let mut next = amendment(&file);
        change(&mut next);
        let next = signed(&next, &signers(0..4));
        offer(&mut ledger, &next);
        assert_eq!(ledger.charters().fault(&next.hash()).map(|e| e.code), Some(Code::CharterCut));
    }
    assert_eq!(ledger.charters().in_force().0, file.hash());
}

/// What entries of party 3 become when it gets a new key, with its first entry kept.
#[test]
fn i5_an_ousted_key_is_not_believed() {
    let (file, mut ledger) = founded(4);
    let federation = ledger.federation();
    let mut old = Writer::new(&file, federation, 3, 0, 1);
    let (first, work, title) = old.work(3, "A");
    let later = old.state(work, vec![note(2)]);
    take(&mut ledger, &[first.clone(), later.clone()]);
    assert!(verdict(&ledger, &later).admitted());
    let mut next = amendment(&file);
    next.parties[3].log_key = key(3, 1).public();
    next.cuts = vec![cut(3, &[(old.position.log.clone(), title.header)])];
    let next = signed(&next, &signers(0..4));
    assert_eq!(offer(&mut ledger, &next), Offered::Changed);
    assert!(verdict(&ledger, &first).admitted(), "kept by the cut");
    assert_eq!(verdict(&ledger, &later), Verdict::Refused(Code::EffectCut), "after it, though it had taken effect");

    let unlisted = Writer::new(&file, federation, 3, 0, 2).state(work, vec![note(3)]);
    let mut stolen = Writer::new(&next, federation, 3, 0, 3);
    let stolen = stolen.state(work, vec![note(4)]);
    let renewed = Writer::new(&next, federation, 3, 1, 4).state(work, vec![note(5)]);
    let backdated = Writer::new(&file, federation, 3, 1, 5).state(work, vec![note(6)]);
    old.position.charter = next.hash();
    let continued = old.state(work, vec![note(7)]);
    let all = [unlisted, stolen, renewed, backdated, continued];
    take(&mut ledger, &all);
    let verdicts: Vec<Option<Code>> = all.iter().map(|c| verdict(&ledger, c).code()).collect();
    let refused = [Some(Code::EffectCut), Some(Code::EffectKey), None, Some(Code::EffectKey), Some(Code::EffectKey)];
    assert_eq!(verdicts, refused);
}

#[test]
fn what_a_leaver_wrote_before_the_cut_stays_and_waits_for_the_kept_header() {
    let (file, mut ledger) = founded(4);
    let mut leaver = Writer::new(&file, ledger.federation(), 3, 0, 1);
    let (first, work, _) = leaver.work(3, "A");
    let second = leaver.state(work, vec![note(2)]);
    let third = leaver.state(work, vec![note(3)]);
    let mut next = amendment(&file);
    next.parties.retain(|p| p.id != org(3));
    next.cuts = vec![cut(3, &[(leaver.position.log.clone(), last_fact(&second).header)])];
    let next = signed(&next, &signers(0..4));
    offer(&mut ledger, &next);
    take(&mut ledger, std::slice::from_ref(&first));
    assert_eq!(verdict(&ledger, &first), Verdict::Pending(Missing::Cut(last_fact(&second).header)));
    take(&mut ledger, std::slice::from_ref(&second));
    assert!(verdict(&ledger, &first).admitted() && verdict(&ledger, &second).admitted());
    take(&mut ledger, std::slice::from_ref(&third));
    assert_eq!(verdict(&ledger, &third), Verdict::Refused(Code::EffectCut));
    leaver.position.charter = next.hash();
    let after = leaver.state(work, vec![note(4)]);
    take(&mut ledger, std::slice::from_ref(&after));
    assert_eq!(verdict(&ledger, &after), Verdict::Refused(Code::EffectNotAParty));
}

/// A fork with a cut that keeps both ends, of which one never arrives.
#[test]
fn i3_what_waits_for_several_kept_headers_is_judged_again_as_each_arrives() {
    let (file, mut ledger) = founded(4);
    let mut leaver = Writer::new(&file, ledger.federation(), 3, 0, 1);
    let (first, work, _) = leaver.work(3, "A");
    let lost = leaver.clone().state(work, vec![note(2)]);
    let second = leaver.state(work, vec![note(3)]);
    let log = leaver.position.log.clone();
    let mut next = amendment(&file);
    next.parties.retain(|p| p.id != org(3));
    next.cuts = vec![cut(3, &[(log.clone(), last_fact(&lost).header), (log, last_fact(&second).header)])];
    let next = signed(&next, &signers(0..4));
    offer(&mut ledger, &next);
    take(&mut ledger, std::slice::from_ref(&first));
    assert!(matches!(verdict(&ledger, &first), Verdict::Pending(Missing::Cut(_))));
    take(&mut ledger, &[second]);
    assert!(verdict(&ledger, &first).admitted());
}

#[test]
fn an_office_lost_takes_the_right_and_the_cut_says_from_where() {
    let (file, mut ledger) = founded(4);
    let mut rvn = Writer::new(&file, ledger.federation(), 0, 0, 1);
    let genesis = genesis_of(samsyn_core::entry::DocumentKind::Programme, 0, 0);
    let (first, programme, _) = rvn.found(genesis, statement("/goals/g1", text("Mål"), 1, vec![]));
    take(&mut ledger, std::slice::from_ref(&first));
    let mut next = amendment(&file);
    next.programme_office = [org(1)].into();
    next.cuts = vec![cut(0, &[(rvn.position.log.clone(), last_fact(&first).header)])];
    let next = signed(&next, &signers(0..4));
    offer(&mut ledger, &next);
    rvn.position.charter = next.hash();
    let goal = |n| vec![statement("/goals/g2", text("Nytt"), n, vec![])];
    let lost = rvn.state(programme, goal(2));
    let gained = Writer::new(&next, ledger.federation(), 1, 0, 2).state(programme, goal(3));
    take(&mut ledger, &[lost.clone(), gained.clone()]);
    assert!(verdict(&ledger, &first).admitted());
    assert_eq!(verdict(&ledger, &lost), Verdict::Refused(Code::EffectPathForbidden));
    assert!(verdict(&ledger, &gained).admitted());
}

#[test]
fn charter_citations_never_go_back_along_a_log() {
    let (file, mut ledger) = founded(4);
    let next = signed(&amendment(&file), &signers(0..4));
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, _) = timra.work(2, "A");
    timra.position.charter = next.hash();
    let forward = timra.state(work, vec![note(2)]);
    timra.position.charter = file.hash();
    let back = timra.state(work, vec![note(3)]);
    take(&mut ledger, &[first, forward.clone(), back.clone()]);
    assert_eq!(verdict(&ledger, &forward), Verdict::Pending(Missing::Charter(next.hash())));
    assert!(verdict(&ledger, &back).admitted(), "nobody knows yet that it goes back");
    offer(&mut ledger, &next);
    assert!(verdict(&ledger, &forward).admitted());
    assert_eq!(verdict(&ledger, &back), Verdict::Refused(Code::EffectCharterBack));
}

// Disputes.

struct Dispute {
    ledger: Ledger,
    rivals: [File; 2],
    entries: [SignedCommit; 2],
}

/// Two valid successors of genesis; entries of party 2 cite one each.
fn dispute() -> Dispute {
    let (file, mut ledger) = founded(4);
    let rival = |title: &str| {
        let mut next = amendment(&file);
        title.clone_into(&mut next.name);
        signed(&next, &signers(0..4))
    };
    let rivals = [rival("A"), rival("B")];
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, _) = timra.work(2, "A");
    take(&mut ledger, &[first]);
    let mut n = 1;
    let entries = rivals.each_ref().map(|rival| {
        n += 1;
        Writer::new(rival, ledger.federation(), 2, 0, n).state(work, vec![note(n)])
    });
    take(&mut ledger, &entries);
    offer(&mut ledger, &rivals[0]);
    assert!(verdict(&ledger, &entries[0]).admitted());
    offer(&mut ledger, &rivals[1]);
    Dispute { ledger, rivals, entries }
}

fn settlement(of: &File, rejects: &[&File]) -> File {
    let mut next = amendment(of);
    next.rejects = rejects.iter().map(|f| f.hash()).collect();
    signed(&next, &signers(0..4))
}

#[test]
fn with_two_valid_successors_entries_of_both_are_pending() {
    let Dispute { ledger, rivals, entries } = dispute();
    for (rival, entry) in rivals.iter().zip(&entries) {
        assert_eq!(ledger.charters().status(&rival.hash()), Status::Disputed);
        assert_eq!(verdict(&ledger, entry), Verdict::Pending(Missing::Settlement(rival.hash())));
    }
    assert_eq!(ledger.charters().in_force().1.version, 1, "the last undisputed version stays in force");
}

#[test]
fn a_settling_amendment_sets_one_aside() {
    let Dispute { mut ledger, rivals, entries } = dispute();
    assert_eq!(offer(&mut ledger, &settlement(&rivals[0], &[])), Offered::Kept, "it names no rival");
    let settling = settlement(&rivals[0], &[&rivals[1]]);
    assert_eq!(offer(&mut ledger, &settling), Offered::Changed);
    assert!(verdict(&ledger, &entries[0]).admitted());
    assert_eq!(verdict(&ledger, &entries[1]), Verdict::Refused(Code::EffectCharterRejected));
    // Two settlements against each other: disputed again.
    assert_eq!(offer(&mut ledger, &settlement(&rivals[1], &[&rivals[0]])), Offered::Changed);
    assert!(matches!(verdict(&ledger, &entries[0]), Verdict::Pending(Missing::Settlement(_))));
}

#[test]
fn i3_a_late_dispute_takes_no_key_from_those_who_have_not_stored_its_log() {
    let (file, ledger) = founded(4);
    let rival = |title: &str| {
        let mut next = amendment(&file);
        title.clone_into(&mut next.name);
        signed(&next, &signers(0..4))
    };
    let [one, other] = [rival("A"), rival("B")];
    let mut after = amendment(&one);
    after.parties[3].log_key = key(3, 1).public();
    after.cuts = vec![cut(3, &[])];
    let after = signed(&after, &signers(0..4));
    let renewed = Writer::new(&after, ledger.federation(), 3, 1, 1).work(3, "A").0;
    let (mut early, mut late) = (ledger.clone(), ledger);
    offer(&mut early, &one);
    offer(&mut early, &after);
    take(&mut early, std::slice::from_ref(&renewed));
    offer(&mut early, &other);
    for file in [&one, &after, &other] {
        offer(&mut late, file);
    }
    take(&mut late, std::slice::from_ref(&renewed));
    assert_eq!(verdict(&early, &renewed), verdict(&late, &renewed));
}

/// Which versions count does not depend on the order of files and signatures.
#[test]
fn i3_files_and_signatures_in_any_order_give_one_book() {
    let (file, _) = founded(4);
    let mut renewing = amendment(&file);
    renewing.parties[3].log_key = key(3, 1).public();
    renewing.cuts = vec![cut(3, &[])];
    let mut after = amendment(&signed(&renewing, &[]));
    after.parties.retain(|p| p.id != org(3));
    after.cuts = vec![cut(3, &[])];
    // Party 3 signs its own leaving with its new key: known only through the file before, whoever has signed that.
    let new_key = [(org(3), key(3, 1))];
    let mut parts: Vec<File> = vec![
        signed(&renewing, &signers(0..1)),
        signed(&renewing, &signers(1..3)),
        signed(&after, &signers(0..2)),
        signed(&after, &new_key),
    ];
    let mut books: BTreeSet<String> = BTreeSet::new();
    for rotation in 0..parts.len() {
        parts.rotate_left(rotation);
        let mut book = found(&signed(&file.charter, &signers(0..4))).expect("all have signed");
        // Again and again, as reconnecting peers do, until nothing is new.
        for _ in 0..4 {
            for part in &parts {
                let _ = book.offer(&part.bytes, &part.signatures);
            }
        }
        let signatures: BTreeMap<CharterHash, Signatures> =
            book.versions().map(|(h, v)| (*h, v.signatures())).collect();
        books.insert(format!("{:?} {signatures:?}", book.in_force().0));
        assert_eq!(book.in_force().1.version, 3);
    }
    assert_eq!(books.len(), 1);
}

/// A cut of one log says nothing of another party's, nor of the smaller spaces' ids.
#[test]
fn i4_a_cut_names_logs_by_tag_only() {
    let (file, ledger) = founded(4);
    let writer = Writer::new(&file, ledger.federation(), 3, 0, 1);
    let mut next = amendment(&file);
    next.parties.retain(|p| p.id != org(3));
    let fact = FactId { header: samsyn_core::id::HeaderHash([5; 32]), index: 0 };
    next.cuts = vec![cut(3, &[(writer.position.log.clone(), fact.header)])];
    let text = next.to_toml().expect("TOML");
    assert!(!text.contains(&writer.position.log.space.to_string()));
    assert!(!text.contains(&writer.position.log.incarnation.to_string()));
}
