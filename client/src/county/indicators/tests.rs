//! Values of several parties, and what is said of the county.

use super::*;
use crate::record::Said;
use samsyn_core::{entry::DocumentKind, id::Path};

fn path(text: &str) -> Path {
    Path::new(text).expect("a path")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn parties() -> Vec<Member> {
    ["ange", "rvn", "timra"].map(|id| Member { id: id.to_owned(), region: id == "rvn" }).to_vec()
}

fn set(more: &[(&str, &str, Value)]) -> Record {
    let reference = |text: &str| Value::Reference(text.to_owned());
    let of = |words: &[&str]| Value::References(words.iter().map(|w| (*w).to_owned()).collect());
    let mut record = Record::of_values(
        DocumentKind::Indicators,
        "rvn",
        [
            ("/definitions/title", text("Sörmland 2023")),
            ("/definitions/areas/nara/name", text("Nära")),
            ("/definitions/indicators/kontinuitet/name", text("Kontinuitet")),
            ("/definitions/indicators/kontinuitet/area", reference("area:nara")),
            ("/definitions/indicators/samordning/name", text("Samordning")),
            ("/definitions/measures/personal/name", text("Personalkontinuitet i hemtjänst")),
            ("/definitions/measures/personal/side", reference("side:municipality")),
            ("/definitions/measures/personal/county", reference("county-figure:sum")),
            ("/definitions/measures/personal/target", text("12,5")),
            ("/definitions/measures/personal/indicators", of(&["indicator:kontinuitet", "indicator:samordning"])),
        ]
        .map(|(p, v)| (path(p), v)),
    );
    for (party, at, value) in more {
        record.say(path(at), Said::by(party, value.clone()));
    }
    record
}

#[test]
fn one_measure_of_two_indicators_is_one_measure() {
    let set = read(&set(&[]));
    assert_eq!(set.measures().len(), 1);
    assert_eq!((set.areas.len(), set.areas[1].id.as_str()), (2, ""), "an indicator without area is shown all the same");
    assert_eq!(set.measures()[0].target, Some(Figure(12_500)));
    assert_eq!(set.find("personalkontinuitet i HEMTJÄNST").map(|m| m.id.as_str()), Some("personal"));
}

#[test]
fn a_county_has_a_figure_where_all_who_are_meant_have_theirs_and_the_measure_says_how() {
    let at = |party: &str, period: &str| format!("/values/{party}/personal/{period}");
    let (ange24, ange25, timra25) = (at("ange", "2024"), at("ange", "2025"), at("timra", "2025"));
    let record = set(&[
        ("ange", &ange24, Value::Integer(10)),
        ("ange", &ange25, text("11,5")),
        ("timra", &timra25, Value::Integer(9)),
    ]);
    let set = read(&record);
    let measure = set.measures()[0];
    let columns = measure.columns(&parties(), Sex::All);
    let shown: Vec<(String, usize, Option<Figure>)> =
        columns.iter().map(|c| (c.period.segment(), c.stated, c.county)).collect();
    assert_eq!(shown, [("2024".to_owned(), 1, None), ("2025".to_owned(), 2, Some(Figure(20_500)))]);
    assert_eq!((measure.concerned(&parties()).len(), measure.reporting(&parties())), (2, 2), "the region is not meant");
}

#[test]
fn two_values_of_one_party_are_both_kept_and_neither_counts() {
    let at = "/values/timra/personal/2025";
    let record = set(&[("timra", at, Value::Integer(9)), ("timra", at, Value::Integer(8))]);
    let set = read(&record);
    let stated = set.measures()[0].values["timra"][0].clone();
    assert!(stated.contested && stated.figure.is_none());
}

#[test]
fn values_of_measures_that_nobody_defines_are_shown_and_words_are_no_numbers() {
    let record = set(&[
        ("timra", "/values/timra/annat/2025", text("färre än 5")),
        ("timra", "/values/timra/annat/i-fjol", Value::Integer(7)),
    ]);
    let set = read(&record);
    assert_eq!(set.loose.len(), 1);
    let values = &set.loose[0].values["timra"];
    assert_eq!((values.len(), values[0].figure, values[0].written.as_str()), (1, None, "färre än 5"));
}

#[test]
fn medians_lie_between_the_two_in_the_middle() {
    let mut record = set(&[
        ("ange", "/values/ange/personal/2025", Value::Integer(10)),
        ("timra", "/values/timra/personal/2025", Value::Integer(13)),
    ]);
    record = {
        let values = record.paths().map(|(p, said)| (p.clone(), said[0].value.clone().expect("a value")));
        let changed = values.map(|(p, v)| match p.as_str() {
            "/definitions/measures/personal/county" => (p, Value::Reference("county-figure:median".to_owned())),
            _ => (p, v),
        });
        Record::of_values(DocumentKind::Indicators, "rvn", changed.collect::<Vec<_>>())
    };
    let set = read(&record);
    assert_eq!(set.measures()[0].columns(&parties(), Sex::All)[0].county, Some(Figure(11_500)));
}

#[test]
fn periods_are_read_as_people_write_them() {
    for (text, segment) in [
        ("2025", "2025"),
        ("HT 2025", "2025-ht"),
        ("2025-ht", "2025-ht"),
        ("2025 Q3", "2025-q3"),
        ("2025-10", "2025-10"),
        ("2025, kvinnor", "2025-women"),
        ("2025-q3-men", "2025-q3-men"),
        ("2025 totalt", "2025"),
    ] {
        assert_eq!(Period::parse(text).map(|p| p.segment()).as_deref(), Some(segment), "{text}");
    }
    for text in ["", "okänt", "2025-2027", "2025-q5", "2025-13", "i fjol", "2025-10-25", "20255"] {
        assert_eq!(Period::parse(text), None, "{text}");
    }
}

#[test]
fn a_year_and_its_quarter_overlap_and_women_are_not_men() {
    let period = |text: &str| Period::parse(text).expect("a period");
    assert!(period("2025").overlaps(&period("2025-q3")) && period("2025-q3").overlaps(&period("2025")));
    assert!(!period("2025").overlaps(&period("2025")) && !period("2025").overlaps(&period("2026")));
    assert!(!period("2025-women").overlaps(&period("2025-q3-men")));
    assert!(period("2027").begins_after((2026, 11, 23)) && !period("2026").begins_after((2026, 11, 23)));
    assert!(period("2026").ends_after((2026, 11, 23)));
}

#[test]
fn numbers_are_read_and_shown_in_swedish_and_exactly() {
    for (text, shown) in
        [("81,5", "81,5"), ("1 234.50", "1\u{a0}234,5"), ("12 %", "12"), ("-0,25", "−0,25"), ("0", "0")]
    {
        assert_eq!(Figure::parse(text).map(|f| f.to_string()).as_deref(), Some(shown), "{text}");
    }
    for text in ["", "färre än 5", "1,2345", "1,2,3", "--1", "12345678901234567890"] {
        assert_eq!(Figure::parse(text), None, "{text}");
    }
    assert_eq!(Figure::whole(i64::MAX).to_string(), "9\u{a0}223\u{a0}372\u{a0}036\u{a0}854\u{a0}775\u{a0}807");
}
