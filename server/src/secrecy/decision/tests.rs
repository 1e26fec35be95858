//! Each refusal of a decision's gate, and what goes through beside it.

use super::*;
use crate::secrecy::{Overruled, assess};
use samsyn_client::mark::Marks;
use samsyn_core::{
    charter::Charter,
    entry::{Body, BodyRules, DocumentKind, Genesis, Majority, Quorum},
    id::HeaderHash,
};

const TEXT: &str = "Länet ställer om.";
const TODAY: Day = (2026, 11, 23);

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn charter() -> Charter {
    let party = |id: &str, n: u8| {
        format!(
            "[[party]]\nid = \"{id}\"\nname = \"{id}\"\nkind = \"municipality\"\nlog_key = \"{}\"\npins = [\"blake3:{}\"]\n[[party.authority]]\nid = \"ks\"\nname = \"Kommunstyrelsen\"\n",
            samsyn_core::sign::LogKey::from_secret(&[n; 32]).public(),
            hex::encode([n; 32])
        )
    };
    let text = format!("format = 1\nname = \"x\"\nversion = 1\nrules = 1\n{}{}", party("rvn", 1), party("timra", 2));
    Charter::parse(text.as_bytes()).expect("a charter")
}

fn genesis() -> Genesis {
    let rules = BodyRules {
        quorum: Quorum::Majority,
        majority: Majority::Simple,
        casting_seat: None,
        chair_decides: false,
        escalates_to: None,
    };
    let seats = ["rvn", "timra"].map(|org| (name(org), name(org))).into();
    Genesis {
        kind: DocumentKind::Decision,
        owner: name("rvn"),
        authority: name("ks"),
        archive_owner: name("rvn"),
        body: Some(Body { id: name("lansledning"), secretary: name("rvn"), seats, rules }),
    }
}

fn vote() -> FactId {
    FactId { header: HeaderHash([3; 32]), index: 0 }
}

fn reference(text: &str) -> Value {
    Value::Reference(text.to_owned())
}

fn day(text: &str) -> Value {
    Value::Date(text.to_owned())
}

fn frozen() -> Value {
    reference(&governance::text_version(TEXT))
}

fn map(rows: Vec<(&str, Value)>) -> BTreeMap<Path, Value> {
    rows.into_iter().map(|(path, value)| (Path::new(path).expect("a path"), value)).collect()
}

/// A proposal with a frozen text that is put.
fn put() -> Vec<(&'static str, Value)> {
    vec![
        ("/proposal/texts/v1/text", Value::Prose(TEXT.to_owned())),
        ("/proposal/texts/v1/frozen", frozen()),
        ("/proposal/put", reference("text:v1")),
        ("/proposal/steps/namnd/order", Value::Integer(1)),
    ]
}

/// The codes that hold back what `author` proposes, where the decision says `says` already.
fn codes(says: Vec<(&str, Value)>, author: &str, proposed: Vec<(&str, Option<Value>)>) -> Vec<&'static str> {
    let (charter, genesis, author) = (charter(), genesis(), name(author));
    let says = map(says);
    let decision = Deliberation {
        votes: [(name("timra"), [vote()].into())].into(),
        says: says.clone(),
        today: TODAY,
        unfounded: None,
    };
    let mut whole = says;
    for (path, value) in &proposed {
        let path = Path::new(path).expect("a path");
        match value {
            Some(value) => drop(whole.insert(path, value.clone())),
            None => drop(whole.remove(&path)),
        }
    }
    let propose = |(path, value): (&str, Option<Value>)| Proposed {
        path: Path::new(path).expect("a path"),
        value,
        replaces: Vec::new(),
    };
    let circumstances = Circumstances {
        defined: &std::collections::BTreeSet::new(),
        today: (2026, 11, 23),
        charter: &charter,
        genesis: &genesis,
        author: &author,
        whole: &whole,
        words: None,
        overruled: &Overruled::default(),
        marks: &Marks::new(),
        decision: Some(&decision),
    };
    let held = assess(&circumstances, proposed.into_iter().map(propose).collect()).err().unwrap_or_default();
    held.iter().map(|held| held.code.as_str()).collect()
}

fn with(more: Vec<(&'static str, Value)>) -> Vec<(&'static str, Value)> {
    put().into_iter().chain(more).collect()
}

#[test]
fn a_text_is_frozen_as_it_is_and_then_stays() {
    let other = reference(&governance::text_version("Annat"));
    let written = |frozen: Value| {
        vec![
            ("/proposal/texts/v2/text", Some(Value::Prose(TEXT.to_owned()))),
            ("/proposal/texts/v2/frozen", Some(frozen)),
            ("/proposal/put", Some(reference("text:v2"))),
        ]
    };
    assert_eq!(codes(put(), "rvn", written(frozen())), Vec::<&str>::new());
    assert_eq!(codes(put(), "rvn", written(other)), ["decision.hash"]);
    for changed in [
        ("/proposal/texts/v1/text", Some(Value::Prose("Annat".to_owned()))),
        ("/proposal/texts/v1/text", None),
        ("/proposal/texts/v1/frozen", None),
    ] {
        assert!(codes(put(), "rvn", vec![changed.clone()]).contains(&"decision.frozen"), "{changed:?}");
    }
    assert_eq!(codes(put(), "rvn", vec![("/proposal/put", Some(reference("text:v9")))]), ["decision.other_text"]);
}

#[test]
fn i5_a_seat_votes_once_on_what_is_put_and_before_the_minutes() {
    let votes = |at: &'static str, vote: &str| vec![(at, Some(reference(vote)))];
    assert_eq!(codes(put(), "timra", votes("/votes/timra", "vote:yes")), Vec::<&str>::new());
    assert_eq!(codes(put(), "timra", votes("/votes/timra", "vote:maybe")), ["input.value"]);
    assert_eq!(codes(vec![], "timra", votes("/votes/timra", "vote:yes")), ["decision.other_text"]);
    assert!(codes(put(), "timra", votes("/votes/rvn", "vote:yes")).contains(&"effect.path_forbidden"));
    assert!(codes(put(), "timra", votes("/votes/gast", "vote:yes")).contains(&"decision.no_seat"));
    let voted = || with(vec![("/votes/timra", reference("vote:yes"))]);
    assert_eq!(codes(voted(), "timra", votes("/votes/timra", "vote:no")), ["decision.voted"]);
    assert_eq!(codes(voted(), "timra", vec![("/votes/timra", None)]), Vec::<&str>::new(), "taken back");
    let minuted = || with(vec![("/minutes/votes/timra", reference(&governance::vote_reference(&vote())))]);
    assert_eq!(codes(minuted(), "timra", votes("/votes/timra", "vote:yes")), ["decision.minuted"]);
    assert_eq!(codes(minuted(), "timra", vec![("/votes/timra", None)]), ["decision.minuted"]);
}

#[test]
fn minutes_name_votes_and_seats_that_there_are_and_stay_once_adjusted() {
    let names = |seat: &'static str, vote: &FactId| vec![(seat, Some(reference(&governance::vote_reference(vote))))];
    let stranger = FactId { header: HeaderHash([9; 32]), index: 0 };
    assert_eq!(codes(put(), "rvn", names("/minutes/votes/timra", &vote())), Vec::<&str>::new());
    assert_eq!(codes(put(), "rvn", names("/minutes/votes/timra", &stranger)), ["decision.vote_unknown"]);
    assert_eq!(codes(put(), "rvn", names("/minutes/votes/rvn", &vote())), ["decision.vote_unknown"], "of another seat");
    let present = |seat: &str| Some(Value::References([format!("seat:{seat}")].into()));
    assert_eq!(codes(put(), "rvn", vec![("/minutes/present", present("timra"))]), Vec::<&str>::new());
    assert_eq!(codes(put(), "rvn", vec![("/minutes/present", present("gast"))]), ["decision.no_seat"]);
    let adjusted = || with(vec![("/minutes/adjusted", day("2026-11-20")), ("/minutes/date", day("2026-11-10"))]);
    for (path, value) in [
        ("/minutes/date", Some(day("2026-11-11"))),
        ("/minutes/procedure", Some(reference("procedure:vote"))),
        ("/minutes/motions/m1", Some(reference("fate:carried"))),
        ("/proposal/put", None),
        ("/proposal/motions/m9/text", Some(Value::Text("Ett yrkande till".to_owned()))),
        ("/minutes/adjusted", Some(day("2026-11-21"))),
    ] {
        assert_eq!(codes(adjusted(), "rvn", vec![(path, value)]), ["decision.minuted"], "{path}");
    }
    assert_eq!(codes(adjusted(), "rvn", vec![("/minutes/adjusted", None)]), Vec::<&str>::new(), "taken back");
    assert_eq!(codes(adjusted(), "rvn", vec![("/minutes/postings/rvn", Some(day("2026-11-21")))]), Vec::<&str>::new());
}

#[test]
fn votes_about_one_text_are_not_counted_for_another() {
    let two = || {
        with(vec![
            ("/proposal/texts/v2/text", Value::Prose(TEXT.to_owned())),
            ("/proposal/texts/v2/frozen", frozen()),
            ("/votes/timra", reference("vote:yes")),
        ])
    };
    assert_eq!(codes(two(), "rvn", vec![("/proposal/put", Some(reference("text:v2")))]), ["decision.frozen"]);
    assert_eq!(codes(two(), "rvn", vec![("/minutes/text", Some(reference("text:v1")))]), Vec::<&str>::new());
    assert_eq!(codes(two(), "rvn", vec![("/minutes/text", Some(reference("text:v2")))]), ["decision.other_text"]);
    let amended = vec![
        ("/proposal/motions/m1/kind", Some(reference("motion:amend"))),
        ("/minutes/motions/m1", Some(reference("fate:carried"))),
        ("/minutes/text", Some(reference("text:v2"))),
    ];
    assert_eq!(codes(two(), "rvn", amended), Vec::<&str>::new());
}

#[test]
fn a_ratification_names_the_text_that_was_decided_a_known_step_and_no_day_ahead() {
    let at = |field: &str| format!("/ratifications/timra/ks/namnd/{field}");
    let says = |rows: Vec<(String, Value)>| {
        let rows: Vec<(&str, Option<Value>)> = rows.iter().map(|(path, v)| (path.as_str(), Some(v.clone()))).collect();
        codes(put(), "timra", rows)
    };
    let adopted = || (at("state"), reference("ratification:adopted"));
    assert_eq!(says(vec![adopted(), (at("text"), frozen()), (at("date"), day("2026-11-23"))]), Vec::<&str>::new());
    assert_eq!(says(vec![adopted()]), ["decision.other_text"]);
    let other = reference(&governance::text_version("En annan"));
    assert_eq!(says(vec![adopted(), (at("text"), other)]), ["decision.other_text"]);
    assert_eq!(says(vec![adopted(), (at("text"), frozen()), (at("date"), day("2026-11-24"))]), ["decision.future"]);
    assert_eq!(says(vec![adopted(), (at("text"), frozen()), (at("posted"), day("2026-12"))]), ["decision.future"]);
    let planned = with(vec![
        ("/ratifications/timra/ks/namnd/state", reference("ratification:scheduled")),
        ("/ratifications/timra/ks/namnd/date", day("2026-12-15")),
    ]);
    let then = vec![
        ("/ratifications/timra/ks/namnd/state", Some(reference("ratification:adopted"))),
        ("/ratifications/timra/ks/namnd/text", Some(frozen())),
    ];
    assert_eq!(codes(planned, "timra", then), ["decision.future"], "the planned day stands and has not come");
    let scheduled = || (at("state"), reference("ratification:scheduled"));
    assert_eq!(says(vec![scheduled(), (at("date"), day("2027-03-01"))]), Vec::<&str>::new());
    let elsewhere = |path: &str| says(vec![(path.to_owned(), reference("ratification:informed"))]);
    assert_eq!(elsewhere("/ratifications/timra/ks/fullmaktige/state"), ["input.value"]);
    assert_eq!(elsewhere("/ratifications/timra/finns-inte/namnd/state"), ["input.value"]);
    assert_eq!(elsewhere("/ratifications/rvn/ks/namnd/state"), ["effect.path_forbidden"]);
}

#[test]
fn a_decision_stays_with_its_body_and_has_not_met_tomorrow() {
    assert_eq!(codes(put(), "rvn", vec![("/proposal/body", Some(reference("body:lansledning")))]), Vec::<&str>::new());
    for value in [Some(reference("body:htl")), None] {
        assert_eq!(codes(put(), "rvn", vec![("/proposal/body", value)]), ["decision.body_fixed"]);
    }
    let board = || vec![("/proposal/body-kind", Some(reference("body-kind:joint-board")))];
    assert_eq!(codes(vec![], "rvn", board()), Vec::<&str>::new(), "founded as what the programme calls it");
    assert_eq!(codes(put(), "rvn", board()), ["decision.body_fixed"]);
    assert_eq!(codes(put(), "rvn", vec![("/minutes/date", Some(day("2026-11-24")))]), ["decision.future"]);
    assert_eq!(codes(put(), "rvn", vec![("/minutes/date", Some(day("HT 2026")))]), Vec::<&str>::new());
    assert_eq!(codes(put(), "rvn", vec![("/proposal/meeting", Some(day("2027-01-20")))]), Vec::<&str>::new());
}

#[test]
fn what_cannot_be_founded_says_that_and_nothing_else() {
    let (charter, genesis, author) = (charter(), Genesis { body: None, ..genesis() }, name("rvn"));
    let path = Path::new("/proposal/body").expect("a path");
    let why = held(&path, Code::DecisionBodyNotValid, "the body has ended", "choose its successor");
    let decision = Deliberation { unfounded: Some(why), today: TODAY, ..Deliberation::default() };
    let whole = map(put());
    let propose = |(path, value): (&Path, &Value)| Proposed {
        path: path.clone(),
        value: Some(value.clone()),
        replaces: Vec::new(),
    };
    let circumstances = Circumstances {
        defined: &std::collections::BTreeSet::new(),
        today: (2026, 11, 23),
        charter: &charter,
        genesis: &genesis,
        author: &author,
        whole: &whole,
        words: None,
        overruled: &Overruled::default(),
        marks: &Marks::new(),
        decision: Some(&decision),
    };
    let held = assess(&circumstances, whole.iter().map(propose).collect()).expect_err("it is held back");
    assert_eq!(held.iter().map(|held| held.code.as_str()).collect::<Vec<_>>(), ["decision.body_not_valid"]);
}
