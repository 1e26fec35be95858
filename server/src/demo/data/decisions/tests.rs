//! Sörmland's chain, replayed by configuration: the same rules, another county, ten parties, a joint board.

use super::*;
use crate::demo::data::{County, programme};
use jiff::civil::date;
use samsyn_client::{
    county::{
        body,
        decision::{self, Force, State, Summary},
    },
    record::{Record, Said},
};
use samsyn_core::{
    entry::DocumentKind,
    governance::{Conclusion, text_version},
    id::Path,
};
use std::collections::{BTreeMap, BTreeSet};

const VISION: &str = "Gemensam målbild för Nära vård i Sörmland.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sormland {
    parties: Vec<String>,
    body: programme::Body,
    ratification: Vec<Ratified>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratified {
    party: String,
    date: String,
    number: String,
    posted: Option<String>,
    amendment: Option<String>,
}

fn sormland() -> Sormland {
    toml::from_str(include_str!("sormland.toml")).expect("it reads")
}

fn path(text: &str) -> Path {
    Path::new(text).expect("a path")
}

fn reference(text: &str) -> Value {
    Value::Reference(text.to_owned())
}

fn source(id: &str) -> Decision {
    let decisions = County::load().expect("data").decisions;
    decisions.into_iter().find(|decision| decision.id.as_str() == id).expect("it is in the file")
}

/// What the joint board's secretary states of a decision, with the board's rules as a genesis would copy them.
fn record(id: &str) -> Record {
    let (county, decision) = (sormland(), source(id));
    let values: BTreeMap<Path, Value> = programme::body_facts(&county.body).expect("facts").into_iter().collect();
    let described = body::read(&values, &county.body.id).expect("it is described");
    let facts = decision.facts(described.name.as_deref(), county.body.kind.as_ref()).expect("facts");
    let mut record = Record::of_values(DocumentKind::Decision, "region-sormland", facts);
    record.body = Some(described.body.expect("it lacks nothing"));
    record
}

fn say(record: &mut Record, by: &str, at: &str, value: Value) {
    record.say(path(at), Said::by(by, value));
}

/// The vision as it was put and decided, without a vote, all there.
fn decided(record: &mut Record) {
    let seats = sormland().parties.iter().map(|seat| format!("seat:{seat}")).collect();
    for (at, value) in [
        ("/proposal/texts/v1/text", Value::Prose(VISION.to_owned())),
        ("/proposal/texts/v1/frozen", reference(&text_version(VISION))),
        ("/proposal/put", reference("text:v1")),
        ("/minutes/procedure", reference("procedure:acclamation")),
        ("/minutes/present", Value::References(seats)),
    ] {
        say(record, "region-sormland", at, value);
    }
}

fn ratify(record: &mut Record, row: &Ratified) {
    let at = |field: &str| format!("/ratifications/{}/ks/namnd/{field}", row.party);
    let state = if row.amendment.is_some() { "adopted-with-amendment" } else { "adopted" };
    say(record, &row.party, &at("state"), reference(&format!("ratification:{state}")));
    say(record, &row.party, &at("date"), Value::Date(row.date.clone()));
    say(record, &row.party, &at("number"), Value::Text(row.number.clone()));
    say(record, &row.party, &at("text"), reference(&text_version(VISION)));
    if let Some(posted) = &row.posted {
        say(record, &row.party, &at("posted"), Value::Date(posted.clone()));
    }
    if let Some(amendment) = &row.amendment {
        say(record, &row.party, &at("amendment"), Value::Prose(amendment.clone()));
    }
}

#[test]
fn the_vision_is_decided_by_the_joint_board_and_then_by_the_region_and_nine_municipalities() {
    let county = sormland();
    let parties: Vec<&str> = county.parties.iter().map(String::as_str).collect();
    let mut record = record("sormland-malbild");
    decided(&mut record);
    let board = decision::read(&record);
    assert!(!board.is_position(), "a joint board decides in law");
    assert_eq!(board.outcome.as_ref().map(|o| o.conclusion.clone()), Some(Conclusion::Adopted));
    assert_eq!(board.minutes.number.as_deref(), Some("NSV22-0008"));

    // One after the other: nobody's silence is a yes or a no.
    for (n, row) in county.ratification.iter().enumerate() {
        let progress = decision::read(&record).progress(parties.iter().copied());
        assert_eq!((progress.parties, progress.adopted, progress.unknown), (10, n, 10 - n));
        ratify(&mut record, row);
    }
    let decision = decision::read(&record);
    let progress = decision.progress(parties.iter().copied());
    assert_eq!((progress.adopted, progress.amended, progress.waiting()), (10, 1, 0));
    assert_eq!(decision.cell("katrineholm").summary(), Summary::Is(State::AdoptedWithAmendment));
    let numbers: BTreeSet<&str> = decision.ratifications.iter().filter_map(|r| r.number.as_deref()).collect();
    assert_eq!(numbers.len(), 10, "each party has its own register number");
    assert!(decision.ratifications.iter().all(|r| r.fits(decision.decided_hash()) == Some(true)));
    // The last day is known to the month alone: no count of days is invented.
    assert_eq!(source("sormland-malbild").ratification_complete.as_deref(), Some("2022-09"));
    assert_eq!(decision.days(parties.iter().copied(), date(2022, 10, 1)), Some((204, false)));
}

#[test]
fn the_boards_decision_gains_force_from_the_last_of_ten_announcements() {
    let county = sormland();
    let mut record = record("sormland-malbild");
    decided(&mut record);
    for (n, party) in county.parties.iter().enumerate() {
        assert_eq!(decision::read(&record).force(), Some(Force::Unknown { known: n, of: 10 }));
        let day = if party == "trosa" { "2022-03-25" } else { "2022-03-18" };
        say(&mut record, "region-sormland", &format!("/minutes/postings/{party}"), Value::Date(day.to_owned()));
    }
    let force = decision::read(&record).force();
    // Three weeks from 25 March is Good Friday's Friday: 15 April 2022, so the Tuesday after Easter.
    let expected = Force::Runs { posted: date(2022, 3, 25), last: date(2022, 4, 19), from: date(2022, 4, 20) };
    assert_eq!(force, Some(expected));
}

#[test]
fn the_final_report_was_adopted_with_the_amendment_that_was_carried() {
    let mut record = record("sormland-slutrapport");
    assert_eq!(decision::read(&record).concluded(), Some(("adopted-with-amendment", true)), "as the source has it");
    decided(&mut record);
    let decision = decision::read(&record);
    assert_eq!(decision.concluded(), Some(("adopted-with-amendment", false)), "and as it is computed");
    assert_eq!(decision.minutes.paragraph.as_deref(), Some("16/23"));
    assert_eq!(decision.motions.len(), 2);
}

#[test]
fn ratifying_another_text_is_told_apart() {
    let county = sormland();
    let mut record = record("sormland-malbild");
    decided(&mut record);
    ratify(&mut record, &county.ratification[0]);
    let other = reference(&text_version("En annan målbild."));
    say(&mut record, "trosa", "/ratifications/trosa/ks/namnd/text", other);
    let decision = decision::read(&record);
    let fits = |org: &str| decision.cell(org).rows.first().and_then(|row| row.fits(decision.decided_hash()));
    assert_eq!((fits("region-sormland"), fits("trosa"), fits("flen")), (Some(true), Some(false), None));
}

#[test]
fn every_decision_of_the_file_may_be_stated() {
    for decision in County::load().expect("data").decisions {
        let facts = decision.facts(None, None).expect("facts");
        for (path, value) in facts {
            let rule = samsyn_core::rules::rule(1, DocumentKind::Decision, &path);
            assert!(rule.is_some_and(|rule| rule.types.contains(&value.kind())), "{}: {path}", decision.id);
            assert_eq!(value.check(), Ok(()), "{}: {path}", decision.id);
        }
    }
}
