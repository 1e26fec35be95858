use super::*;
use jiff::civil::date;
use samsyn_core::{
    entry::{BodyRules, DocumentKind, Majority, Quorum},
    governance::Conclusion,
    id::{FactId, HeaderHash, Path},
};

const TEXT: &str = "Länet ställer om till nära vård.";

fn path(text: &str) -> Path {
    Path::new(text).expect("a path")
}

fn reference(text: &str) -> Value {
    Value::Reference(text.to_owned())
}

fn line(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn day(text: &str) -> Value {
    Value::Date(text.to_owned())
}

fn seats_of(seats: &[&str]) -> Value {
    Value::References(seats.iter().map(|seat| format!("seat:{seat}")).collect())
}

fn vote_id(n: u8) -> FactId {
    FactId { header: HeaderHash([n; 32]), index: 0 }
}

/// A decision of a body of four, with a frozen text that is put.
fn record() -> Record {
    let frozen = governance::text_version(TEXT);
    let mut record = Record::of_values(
        DocumentKind::Decision,
        "rvn",
        [
            (path("/proposal/title"), line("Målbild")),
            (path("/proposal/body-kind"), reference("body-kind:cooperation")),
            (path("/proposal/texts/v1/text"), Value::Prose(TEXT.to_owned())),
            (path("/proposal/texts/v1/frozen"), reference(&frozen)),
            (path("/proposal/put"), reference("text:v1")),
        ],
    );
    let name = |text: &str| Name::new(text).expect("a name");
    record.body = Some(Body {
        id: name("lansledning"),
        secretary: name("rvn"),
        seats: ["ange", "rvn", "sundsvall", "timra"].map(|org| (name(org), name(org))).into(),
        rules: BodyRules {
            quorum: Quorum::Majority,
            majority: Majority::Simple,
            casting_seat: None,
            chair_decides: false,
            escalates_to: None,
        },
    });
    record
}

fn votes(record: &mut Record, seat: &str, ballot: &str, n: u8) {
    let said = Said { fact: vote_id(n).to_string(), ..Said::by(seat, reference(&format!("vote:{ballot}"))) };
    record.say(path(&format!("/votes/{seat}")), said);
}

fn names(record: &mut Record, seat: &str, n: u8) {
    let named = reference(&governance::vote_reference(&vote_id(n)));
    record.say(path(&format!("/minutes/votes/{seat}")), Said::by("rvn", named));
}

fn conclusion(record: &Record) -> Conclusion {
    read(record).outcome.expect("it has a body").conclusion
}

#[test]
fn only_votes_that_the_minutes_name_count() {
    let mut record = record();
    for (seat, ballot, n) in [("ange", "yes", 1), ("rvn", "yes", 2), ("timra", "no", 3), ("sundsvall", "no", 4)] {
        votes(&mut record, seat, ballot, n);
    }
    assert_eq!(conclusion(&record), Conclusion::Undecided, "there are no minutes");
    for (seat, n) in [("ange", 1), ("rvn", 2), ("timra", 3)] {
        names(&mut record, seat, n);
    }
    assert_eq!(conclusion(&record), Conclusion::Adopted);
    let decision = read(&record);
    let sundsvall = decision.seats.iter().find(|seat| seat.id == "sundsvall").expect("a seat");
    assert_eq!((sundsvall.vote(), sundsvall.counted), (Some(Ballot::No), None));
}

#[test]
fn i5_who_has_a_seat_votes_once_and_before_the_minutes() {
    let mut record = record();
    let may = |record: &Record, org: &str, seat: &str, back: bool| read(record).may_vote(org, seat, back);
    assert_eq!(may(&record, "timra", "timra", false), Ok(()));
    assert_eq!(may(&record, "timra", "ange", false), Err(Code::DecisionNoSeat));
    assert_eq!(may(&record, "kramfors", "kramfors", false), Err(Code::DecisionNoSeat));
    votes(&mut record, "timra", "yes", 1);
    assert_eq!(may(&record, "timra", "timra", false), Err(Code::DecisionVoted));
    assert_eq!(may(&record, "timra", "timra", true), Ok(()));
    names(&mut record, "timra", 1);
    assert_eq!(may(&record, "timra", "timra", true), Err(Code::DecisionMinuted));
    assert_eq!(may(&record, "ange", "ange", false), Err(Code::DecisionMinuted));
}

#[test]
fn i8_a_vote_that_is_named_counts_as_named_whatever_is_said_later() {
    let mut record = record();
    for (seat, ballot, n) in [("ange", "yes", 1), ("rvn", "yes", 2)] {
        votes(&mut record, seat, ballot, n);
        names(&mut record, seat, n);
    }
    names(&mut record, "timra", 3);
    let earlier = Said { fact: vote_id(3).to_string(), ..Said::by("timra", reference("vote:yes")) };
    record.said_before(path("/votes/timra"), earlier);
    votes(&mut record, "timra", "no", 9);
    let decision = read(&record);
    let outcome = decision.outcome.expect("it has a body");
    assert_eq!((outcome.tally.yes, outcome.tally.no), (3, 0));
    let timra = decision.seats.iter().find(|seat| seat.id == "timra").expect("a seat");
    assert!(timra.changed_since);
    assert_eq!((timra.counted, timra.vote()), (Some(Named::Ballot(Ballot::Yes)), Some(Ballot::No)));
}

#[test]
fn a_vote_that_the_eyes_do_not_see_is_no_vote_against_nor_none() {
    let mut record = record();
    for (seat, ballot, n) in [("ange", "yes", 1), ("rvn", "no", 2)] {
        votes(&mut record, seat, ballot, n);
        names(&mut record, seat, n);
    }
    names(&mut record, "timra", 3);
    let outcome = read(&record).outcome.expect("it has a body");
    assert_eq!((outcome.conclusion, outcome.tally.unreadable), (Conclusion::Undecided, 1));
}

#[test]
fn minutes_that_differ_of_a_vote_count_it_for_nothing() {
    let mut record = record();
    for (seat, n) in [("ange", 1), ("rvn", 2), ("timra", 3)] {
        votes(&mut record, seat, "yes", n);
        names(&mut record, seat, n);
    }
    votes(&mut record, "timra", "no", 4);
    names(&mut record, "timra", 4);
    let outcome = read(&record).outcome.expect("it has a body");
    assert_eq!((outcome.tally.yes, outcome.conclusion), (2, Conclusion::Adopted));
    assert!(outcome.reasons.iter().any(|reason| reason.why == governance::Why::VotesVoid && reason.count == 1));
}

#[test]
fn acclamation_needs_those_present_and_an_unknown_motion_leaves_it_open() {
    let mut record = record();
    record.say(path("/minutes/procedure"), Said::by("rvn", reference("procedure:acclamation")));
    assert_eq!(conclusion(&record), Conclusion::Undecided);
    record.say(path("/minutes/present"), Said::by("rvn", seats_of(&["ange", "rvn", "timra"])));
    assert_eq!(conclusion(&record), Conclusion::Adopted);
    record.say(path("/proposal/motions/m1/text"), Said::by("rvn", line("Tillägg om digitala lösningar")));
    assert_eq!(conclusion(&record), Conclusion::Undecided);
    record.say(path("/proposal/motions/m1/kind"), Said::by("rvn", reference("motion:amend")));
    record.say(path("/minutes/motions/m1"), Said::by("rvn", reference("fate:carried")));
    assert_eq!(conclusion(&record), Conclusion::AdoptedWithAmendment);
}

#[test]
fn a_text_that_is_not_what_was_frozen_is_shown_as_broken() {
    let mut record = record();
    assert_eq!(read(&record).decided_hash(), Some(governance::text_version(TEXT).as_str()));
    record.say(path("/proposal/texts/v2/text"), Said::by("rvn", Value::Prose("Annat".to_owned())));
    record.say(path("/proposal/texts/v2/frozen"), Said::by("rvn", reference(&governance::text_version(TEXT))));
    record.say(path("/minutes/text"), Said::by("rvn", reference("text:v2")));
    let decision = read(&record);
    assert!(matches!(decision.texts[1].seal, Seal::Broken(_)));
    assert_eq!(decision.decided_hash(), None);
}

#[test]
fn what_only_the_source_says_is_told_apart_from_what_is_computed() {
    let mut record = record();
    record.say(path("/minutes/stated"), Said::by("rvn", reference("outcome:adopted")));
    assert_eq!(read(&record).concluded(), Some(("adopted", true)));
    record.say(path("/minutes/procedure"), Said::by("rvn", reference("procedure:acclamation")));
    record.say(path("/minutes/present"), Said::by("rvn", seats_of(&["ange"])));
    assert_eq!(read(&record).concluded(), Some(("no-quorum", false)));
}

fn ratifies(record: &mut Record, org: &str, (authority, step): (&str, &str), fields: &[(&str, Value)]) {
    for (field, value) in fields {
        record.say(path(&format!("/ratifications/{org}/{authority}/{step}/{field}")), Said::by(org, value.clone()));
    }
}

#[test]
fn a_cell_is_the_least_of_what_the_last_step_says_and_silence_is_unknown() {
    let mut record = record();
    for (step, order) in [("ledningsgrupp", 1), ("namnd", 2)] {
        record.say(path(&format!("/proposal/steps/{step}/order")), Said::by("rvn", Value::Integer(order)));
    }
    let state = |word: &str| ("state", reference(&format!("ratification:{word}")));
    ratifies(&mut record, "ange", ("ks", "ledningsgrupp"), &[state("adopted")]);
    ratifies(&mut record, "timra", ("ks", "namnd"), &[state("adopted"), ("date", day("2025-03-10"))]);
    ratifies(&mut record, "timra", ("son", "namnd"), &[state("scheduled"), ("date", day("2025-04-01"))]);
    ratifies(&mut record, "rvn", ("rs", "namnd"), &[state("adopted-with-amendment")]);
    let decision = read(&record);
    let summary = |org: &str| decision.cell(org).summary();
    assert_eq!(summary("ange"), Summary::Partly);
    assert_eq!(summary("timra"), Summary::Is(State::Scheduled));
    assert_eq!(summary("rvn"), Summary::Is(State::AdoptedWithAmendment));
    assert_eq!(summary("sundsvall"), Summary::Unknown);
    let progress = decision.progress(["ange", "rvn", "sundsvall", "timra"]);
    assert_eq!((progress.adopted, progress.amended, progress.unknown, progress.waiting()), (1, 1, 1, 3));
    assert_eq!(decision.next_known(date(2025, 3, 15)), Some((date(2025, 4, 1), "timra")));
    assert_eq!(decision.next_known(date(2025, 4, 2)), None);
    ratifies(&mut record, "ange", ("ks", "ledningsgrupp"), &[state("refused")]);
    assert_eq!(read(&record).cell("ange").summary(), Summary::Contested, "two statements stand");
}

/// Keeps I8: what is stated past the gate is shown, and counts for nothing.
#[test]
fn i8_another_text_than_the_one_that_was_decided_counts_for_nothing() {
    let mut record = record();
    let adopted = ("state", reference("ratification:adopted"));
    let other = ("text", reference(&governance::text_version("En annan text")));
    ratifies(&mut record, "ange", ("ks", "namnd"), &[adopted.clone(), other]);
    ratifies(&mut record, "timra", ("ks", "namnd"), &[adopted, ("text", reference(&governance::text_version(TEXT)))]);
    let decision = read(&record);
    assert_eq!(decision.cell("ange").summary(), Summary::OtherText);
    let progress = decision.progress(["ange", "timra"]);
    assert_eq!((progress.adopted, progress.other_text, progress.waiting()), (1, 1, 1));
}

#[test]
fn what_was_taken_back_counts_no_more_and_what_cannot_be_read_is_not_nobody() {
    let gone = Said { value: None, removed: true, ..Said::by("rvn", Value::Boolean(true)) };
    let mut record = record();
    record.say(path("/minutes/votes/timra"), gone.clone());
    record.say(path("/proposal/motions/m1/kind"), gone.clone());
    record.say(path("/proposal/steps/namnd/order"), gone);
    let decision = read(&record);
    assert!(!decision.is_minuted() && decision.motions.is_empty() && decision.steps.is_empty(), "{decision:?}");
    let adopted = |record: &Record| read(record).concluded().is_some_and(|(word, _)| word == "adopted");
    record.say(path("/minutes/procedure"), Said::by("rvn", reference("procedure:acclamation")));
    record.say(path("/minutes/present"), Said::by("rvn", seats_of(&["ange", "rvn", "timra"])));
    assert!(adopted(&record));
    let hidden = Said { value: None, fault: "value.missing".to_owned(), ..Said::by("rvn", Value::Boolean(true)) };
    record.say(path("/minutes/reservations"), hidden);
    assert!(!adopted(&record), "nobody knows who was against");
}

#[test]
fn who_is_not_concerned_is_not_waited_for() {
    let mut record = record();
    assert_eq!(read(&record).progress(["ange", "rvn"]).parties, 0, "nobody is asked");
    let two = Value::References(["org:ange".to_owned(), "org:timra".to_owned()].into());
    record.say(path("/proposal/concerns"), Said::by("rvn", two));
    let progress = read(&record).progress(["ange", "rvn", "sundsvall", "timra"]);
    assert_eq!((progress.parties, progress.unknown), (2, 2));
}

#[test]
fn days_run_to_the_last_partys_decision_or_to_today() {
    let mut record = record();
    record.say(path("/minutes/date"), Said::by("rvn", day("2025-01-24")));
    let orgs = ["ange", "timra"];
    let adopted = ("state", reference("ratification:adopted"));
    ratifies(&mut record, "ange", ("ks", "namnd"), &[adopted.clone(), ("date", day("2025-02-03"))]);
    assert_eq!(read(&record).days(orgs, date(2025, 2, 24)), Some((31, false)));
    ratifies(&mut record, "timra", ("ks", "namnd"), &[adopted, ("date", day("2025-02-13"))]);
    assert_eq!(read(&record).days(orgs, date(2026, 1, 1)), Some((20, true)));
    ratifies(&mut record, "rvn", ("rs", "namnd"), &[("state", reference("ratification:informed"))]);
    assert_eq!(read(&record).days(["ange", "rvn", "timra"], date(2026, 1, 1)), Some((20, true)), "is not waited for");
    assert_eq!(read(&record).days(["rvn"], date(2026, 1, 1)), None, "nobody decides");
}

#[test]
fn a_joint_board_decides_in_law_and_a_cooperation_body_takes_positions() {
    let mut record = record();
    assert!(read(&record).is_position() && read(&record).force().is_none());
    let mut board = Record::of_values(
        DocumentKind::Decision,
        "rvn",
        [(path("/proposal/body-kind"), reference("body-kind:joint-board"))],
    );
    board.body = record.body.take();
    for (org, posted) in [("ange", "2022-03-18"), ("rvn", "2022-03-17"), ("sundsvall", "2022-03-21")] {
        board.say(path(&format!("/minutes/postings/{org}")), Said::by("rvn", day(posted)));
    }
    assert_eq!(read(&board).force(), Some(Force::Unknown { known: 3, of: 4 }));
    board.say(path("/minutes/postings/timra"), Said::by("rvn", day("2022-03-22")));
    let decision = read(&board);
    assert!(!decision.is_position());
    assert!(matches!(decision.force(), Some(Force::Runs { posted, .. }) if posted == date(2022, 3, 22)));
}
