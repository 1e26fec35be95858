//! What stands in papers where there is little, nothing, or too much.

use super::*;
use samsyn_client::county::{decision, work};
use samsyn_core::{entry::DocumentKind, id::Path, value::Value};
use samsyn_paper::Block;
use samsyn_wire::v1;

type Values<'a> = &'a [(&'a str, Value)];

fn record(kind: DocumentKind, values: Values<'_>) -> Record {
    let path = |text: &str| Path::new(text).expect("a path");
    Record::of_values(kind, "rvn", values.iter().map(|(at, value)| (path(at), value.clone())))
}

fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

fn date(day: &str) -> Value {
    Value::Date(day.to_owned())
}

fn reference(words: &str) -> Value {
    Value::Reference(words.to_owned())
}

fn county(programme: Values<'_>) -> Material {
    let party = |id: &str, name: &str, kind: &str| v1::Party {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        ..v1::Party::default()
    };
    Material {
        parties: Parties(vec![
            party("rvn", "Region Västernorrland", "region"),
            party("timra", "Timrå kommun", "municipality"),
        ]),
        programme: Arc::new(record(DocumentKind::Programme, programme)),
        works: Vec::new(),
        decisions: Vec::new(),
        roadmaps: Vec::new(),
        rollouts: Vec::new(),
        sets: Vec::new(),
        lessons: Vec::new(),
        clocks: BTreeMap::new(),
        at_ms: 1_800_000_000_000,
        state: "00".repeat(32),
        maker: String::new(),
        program: String::new(),
    }
}

fn order(form: Form, date: &str) -> Order {
    Order { form, body: Some("styr".to_owned()), date: date.to_owned(), made: (2026, 11, 24) }
}

fn words(paper: &Paper) -> String {
    serde_json::to_string(paper).expect("JSON")
}

#[test]
fn every_chapter_of_a_paper_about_nothing_says_so() {
    for form in Form::ALL {
        let paper = compose(&order(form, "2026-12-15"), &county(&[]));
        assert!(!paper.title.is_empty() && paper.sections.len() > 7, "{form:?}");
        for section in &paper.sections {
            assert!(!section.title.is_empty() && !section.blocks.is_empty(), "{form:?}: {section:?}");
        }
        assert!(words(&paper).contains("0 av 2 parter"), "who has said nothing is not current");
    }
}

#[test]
fn a_gate_takes_up_its_own_points_in_the_order_of_the_agenda() {
    let values: Values<'_> = &[
        ("/decision-points/b6/dates/01", date("2026-06-30")),
        (
            "/decision-points/b6/agenda",
            Value::References(["agenda:financing", "agenda:portfolio"].map(String::from).into()),
        ),
    ];
    let titles = |on: &str| -> Vec<String> {
        let paper = compose(&order(Form::Gate, on), &county(values));
        std::iter::once(paper.title).chain(paper.sections.into_iter().map(|section| section.title)).collect()
    };
    let of_b6 = ["Underlag inför B6", "Läget i korthet", "Portföljen", "Finansieringen", "Hur färska uppgifterna är"];
    assert_eq!(titles("2026-06-30"), of_b6);
    assert_eq!(titles("2026-01-01").len(), 1 + 2 + 7, "a day that is nobody's: all seven");
}

#[test]
fn what_has_changed_is_reckoned_from_the_body_s_own_last_meeting() {
    let values: Values<'_> = &[
        ("/calendar/a/date", date("2026-03-10")),
        ("/calendar/a/body", reference("body:styr")),
        ("/calendar/b/date", date("2026-06-10")),
        ("/calendar/b/body", reference("body:andra")),
        ("/calendar/c/date", date("2026-12-15")),
        ("/calendar/c/body", reference("body:styr")),
    ];
    assert_eq!(order(Form::Agenda, "2026-12-15").since(&county(values)), ((2026, 3, 10), true));
    assert_eq!(order(Form::Agenda, "2026-12-15").since(&county(&[])), ((2026, 5, 24), false), "half a year");
    assert_eq!(half_a_year_before((2026, 3, 31)), (2025, 9, 28), "a day that every month has");
}

#[test]
fn a_proposal_stands_in_the_paper_of_its_own_body_alone() {
    let values: Values<'_> = &[
        ("/proposal/title", text("Färdplan 2027")),
        ("/proposal/texts/v1/text", Value::Prose("Länet ställer om.".to_owned())),
        ("/proposal/put", reference("text:v1")),
    ];
    let mut proposal = record(DocumentKind::Decision, values);
    let name = |id: &str| samsyn_core::id::Name::new(id).expect("a name");
    proposal.body = Some(samsyn_core::entry::Body {
        id: name("styr"),
        secretary: name("rvn"),
        seats: [(name("ett"), name("rvn"))].into(),
        rules: samsyn_core::entry::BodyRules {
            quorum: samsyn_core::entry::Quorum::Half,
            majority: samsyn_core::entry::Majority::Simple,
            casting_seat: None,
            chair_decides: false,
            escalates_to: None,
        },
    });
    let material = Material { decisions: vec![decision::read(&proposal)], ..county(&[]) };
    let own = words(&compose(&order(Form::Agenda, "2026-12-15"), &material));
    assert!(
        own.contains("Färdplan 2027")
            && own.contains("Länet ställer om.")
            && own.contains("1 förslag är inte beslutat"),
        "{own}"
    );
    let other = Order { body: Some("andra".to_owned()), ..order(Form::Agenda, "2026-12-15") };
    let other = words(&compose(&other, &material));
    assert!(other.contains("0 förslag är inte beslutade"), "{other}");
}

/// A table has a first part and the number of the rest, never all of any number.
#[test]
fn i6_no_number_of_works_makes_a_paper_endless() {
    let values = |n: usize| {
        record(
            DocumentKind::Work,
            &[("/facts/title", text(&format!("Arbete {n}"))), ("/facts/stage", reference("stage:ongoing"))],
        )
    };
    let works = (0..1_000).map(|n| work::read(&values(n))).collect();
    let paper = compose(&order(Form::Annual, "2026"), &Material { works, ..county(&[]) });
    let tables = paper.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    assert!(tables.clone().all(|table| table.rows.len() <= ROWS_MAX + 1));
    assert!(words(&paper).contains("och 800 till"), "{}", words(&paper));
    assert!(tables.flat_map(|t| t.rows.iter().map(move |row| row.len() == t.head.len())).all(|fits| fits));
}
