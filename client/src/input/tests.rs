//! What people enter: read in the ways that they write it, refused with field and code.

use super::*;
use samsyn_wire::v1;

fn parties() -> Parties {
    let party = |id: &str, name: &str| v1::Party { id: id.into(), name: name.into(), ..v1::Party::default() };
    Parties(vec![party("rvn", "Region Västernorrland"), party("timra", "Timrå kommun")])
}

fn refused<T: std::fmt::Debug>(result: Result<T, Problem>) -> (Code, String, u8) {
    let problem = result.expect_err("is refused");
    assert!(!problem.remedy.of(Lang::Sv).is_empty() && !problem.remedy.of(Lang::En).is_empty(), "{problem:?}");
    (problem.code, problem.field.as_deref().unwrap_or_default().to_owned(), problem.exit_code())
}

#[test]
fn each_problem_names_its_field_and_ends_with_5() {
    let long = "å".repeat(5_000);
    for (result, code, field) in [
        (required("  ", "title"), Code::InputEmpty, "title"),
        (required(&long, "title"), Code::InputTooLong, "title"),
        (required("a\0b", "title"), Code::InputCharacter, "title"),
        (date("2023-02-30", "start"), Code::InputDate, "start"),
        (partners(&parties(), "rvn, Sundsvall", "partners"), Code::InputUnknownParty, "partners"),
        (partners(&parties(), "partner:Å", "partners"), Code::InputValue, "partners"),
        (words(vocabulary::TARGET_GROUP, "äldre, alla", "target-groups"), Code::InputValue, "target-groups"),
        (prose(&"x".repeat(70_000), "summary"), Code::InputTooLong, "summary"),
    ] {
        assert_eq!(refused(result), (code, field.to_owned(), 5));
    }
    let stage = word(vocabulary::STAGE, "snart", "stage").expect_err("is refused");
    assert_eq!(stage.message.of(Lang::Sv), "'snart' är inte ett skede.");
    assert!(stage.remedy.of(Lang::Sv).contains("pågående") && stage.remedy.of(Lang::En).contains("ongoing"));
}

#[test]
fn partners_are_read_by_name() {
    let set = |ids: &[&str]| Ok(Value::References(ids.iter().map(|i| (*i).to_owned()).collect()));
    assert_eq!(partners(&parties(), "Timrå, region Västernorrland", "p"), set(&["org:rvn", "org:timra"]));
    assert_eq!(partners(&parties(), "alla, partner:miun", "p"), set(&["org:rvn", "org:timra", "partner:miun"]));
    assert_eq!(partners(&parties(), "", "p"), set(&[]));
}

#[test]
fn assignments_take_the_type_of_the_path() {
    let assign = |text: &str| assignment(DocumentKind::Work, text, None).map(|(path, value)| (path.to_string(), value));
    let pair = |path: &str, value| Ok((path.to_owned(), value));
    assert_eq!(assign("/facts/end=HT 2024"), pair("/facts/end", Value::Date("HT 2024".into())));
    assert_eq!(assign("stage=pågår"), pair("/facts/stage", Value::Reference("stage:ongoing".into())));
    assert_eq!(assign("lead-vacant=ja"), pair("/facts/lead-vacant", Value::Boolean(true)));
    assert_eq!(assign("contact-unit=date: ja"), pair("/facts/contact-unit", Value::Text("date: ja".into())));
    assert_eq!(assign("/facts/budget=money:1 250,5"), pair("/facts/budget", Value::Money(125_050)));
    assert_eq!(assign("/facts/count=integer:12"), pair("/facts/count", Value::Integer(12)));
    assert_eq!(assign("/facts/other=fritt = text"), pair("/facts/other", Value::Text("fritt = text".into())));
    assert_eq!(refused(assign("/facts/budget=money:-1")).0, Code::InputNumber);
    assert_eq!(refused(assign("/facts/end=snart")).0, Code::InputDate);
    assert_eq!(refused(assign("/annat/fält=x")).0, Code::InputPath);
    assert_eq!(refused(assign("/elsewhere=x")), (Code::InputPath, "/elsewhere".into(), 5));
    assert_eq!(refused(assign("utan")).0, Code::InputValue);
}

#[test]
fn kronor_become_ore() {
    for (text, expected) in [
        ("12", Some(1_200)),
        ("12,5", Some(1_250)),
        ("1 000.05 kr", Some(100_005)),
        ("", None),
        ("1,234", None),
        ("-1", None),
        ("99999999999999999999", None),
    ] {
        assert_eq!(ore(text), expected, "{text}");
    }
}
