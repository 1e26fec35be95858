//! What people see, as text.

use super::*;

fn parties() -> Parties {
    let party = |id: &str, name: &str| v1::Party { id: id.into(), name: name.into(), ..v1::Party::default() };
    Parties(vec![party("rvn", "Region Västernorrland"), party("timra", "Timrå kommun")])
}

#[test]
fn values_are_shown_as_swedish_text_has_them() {
    let parties = parties();
    let reader = Reader { lang: Lang::Sv, parties: &parties };
    for (value, shown) in [
        (Value::Money(123_450), "1\u{a0}234,50 kr"),
        (Value::Money(630_000_000), "6\u{a0}300\u{a0}000 kr"),
        (Value::Integer(1_000), "1\u{a0}000"),
        (Value::Boolean(true), "ja"),
        (Value::Date("unknown".into()), "okänt"),
        (Value::Date("HT 2023".into()), "HT 2023"),
        (Value::Reference("org:timra".into()), "Timrå kommun"),
        (Value::Reference("stage:ongoing".into()), "pågående"),
        (Value::Reference("partner:premicare".into()), "premicare"),
        (
            Value::References(["org:rvn".to_owned(), "org:timra".to_owned()].into()),
            "Region Västernorrland, Timrå kommun",
        ),
        (Value::References([].into()), "inget"),
    ] {
        assert_eq!(reader.value(&value), shown);
    }
    assert_eq!(reader.path("/reports/abcdef0123456789/comment"), "Rapport abcdef01…: kommentar");
    assert_eq!(reader.path("/facts/title"), "Titel");
}

#[test]
fn the_list_shows_unknowns_drafts_and_conflicts_and_where_it_goes_on() {
    let parties = parties();
    let list = v1::ListWorksResponse {
        works: vec![v1::WorkRow {
            public_number: "sip".into(),
            title: "SIP på distans".into(),
            owner: "rvn".into(),
            stage: "ongoing".into(),
            conflicts: 2,
            unpublished_changes: true,
            ..v1::WorkRow::default()
        }],
        total: 120,
        next_page_token: "x".into(),
    };
    let shown = works(&list, 1, Reader { lang: Lang::Sv, parties: &parties });
    assert!(
        shown.contains("SIP på distans  Region Västernorrland  pågående  okänt  okänt  aldrig      ändrat, 2 olika"),
        "{shown}"
    );
    assert!(shown.ends_with("1 av 120 arbeten. Nästa sida: --page 2"), "{shown}");
    let none = v1::ListWorksResponse::default();
    assert_eq!(works(&none, 1, Reader { lang: Lang::En, parties: &parties }), "No works fit.");
}

#[test]
fn a_conflict_shows_every_value_with_who_and_when() {
    let parties = parties();
    let fact = |by: &str, value: &str, conflict| v1::Fact {
        path: "/facts/stage".into(),
        value: Some((&Value::Reference(value.into())).into()),
        stated_by: by.into(),
        stated_ms: 1_751_371_500_000,
        fact_id: "ab.0".into(),
        standing: true,
        conflict,
        ..v1::Fact::default()
    };
    let shown_work = v1::Work {
        document_id: "ab".repeat(32),
        owner: "rvn".into(),
        facts: vec![fact("rvn", "stage:ongoing", true), fact("timra", "stage:dormant", true)],
        ..v1::Work::default()
    };
    let shown = work(&shown_work, None, Reader { lang: Lang::Sv, parties: &parties }).expect("is shown");
    for part in [
        "OLIKA UPPGIFTER",
        "- pågående",
        "(Region Västernorrland, 2025-07-01",
        "- vilande",
        "(Timrå kommun, 2025-07-01",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn a_value_that_is_gone_says_why() {
    let parties = parties();
    let reader = Reader { lang: Lang::Sv, parties: &parties };
    assert_eq!(reader.stated(None, "value.erased", false), "(gallrat)");
    assert_eq!(reader.stated(None, "value.missing", false), "(värdet har inte kommit)");
    assert_eq!(reader.stated(None, "", true), "(borttaget)");
    assert_eq!(reader.stated(None, "", false), "okänt");
}

#[test]
fn a_history_tells_who_shared_what_instead_of_what() {
    let parties = parties();
    let value = |text: &str| v1::HistoryValue {
        value: Some((&Value::Text(text.into())).into()),
        ..v1::HistoryValue::default()
    };
    let entry = v1::HistoryEntry {
        organisation: "timra".into(),
        authority: "ks".into(),
        role: "coordinator".into(),
        purpose: v1::Purpose::ForInformation.into(),
        audience: v1::Audience::Parties.into(),
        stated_ms: 1_751_371_500_000,
        kind: v1::EntryKind::Facts.into(),
        verdict: Some(v1::Verdict {
            state: v1::VerdictState::Refused.into(),
            code: "effect.key".into(),
            text: "refused".into(),
        }),
        facts: vec![v1::HistoryFact {
            path: "/facts/title".into(),
            before: vec![value("Gammal")],
            after: Some(value("Ny\nrad")),
        }],
        ..v1::HistoryEntry::default()
    };
    let shown = history(
        &v1::HistoryResponse { entries: vec![entry], ..Default::default() },
        Reader { lang: Lang::Sv, parties: &parties },
    );
    assert!(shown.contains("Timrå kommun delade (ks, samordnare, för kännedom, parterna)"), "{shown}");
    assert!(
        shown.contains("Titel: Gammal -> Ny rad") && shown.contains("utan verkan: refused (effect.key)"),
        "{shown}"
    );
}
