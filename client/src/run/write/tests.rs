//! What is written is checked before anything is sent.

use super::*;

fn args(time: &str, comment: Option<&str>) -> ReportArgs {
    ReportArgs {
        id: "x".into(),
        time: time.into(),
        cost: "grön".into(),
        cooperation: "green".into(),
        benefit: "Grön".into(),
        comment: comment.map(str::to_owned),
        date: Some("2025-03-01".into()),
        ..ReportArgs::default()
    }
}

#[test]
fn a_yellow_report_without_comment_is_refused_with_its_factor() {
    for comment in [None, Some("  ")] {
        let problem = report_changes(&args("gul", comment), "r1").expect_err("is refused");
        assert_eq!(
            (problem.code, problem.field.as_deref(), problem.exit_code()),
            (Code::InputCommentMissing, Some("comment"), 5)
        );
        assert_eq!(problem.message.of(Lang::Sv), "Kommentar saknas: tid gul.");
    }
    assert!(report_changes(&args("grön", None), "r1").is_ok());
}

#[test]
fn a_report_becomes_facts_under_its_id() {
    let changes = report_changes(&args("röd", Some("Försenat.")), "r1").expect("is legal");
    let mut draft = Draft::default();
    changes.apply(&mut draft);
    let at = |path: &str| draft.value(&Path::new(path).expect("a path"));
    assert_eq!(at("/reports/r1/time"), Some(Value::Reference("status:red".into())));
    assert_eq!(at("/reports/r1/benefit"), Some(Value::Reference("status:green".into())));
    assert_eq!(at("/reports/r1/comment"), Some(Value::Prose("Försenat.".into())));
    assert_eq!(at("/reports/r1/date"), Some(Value::Date("2025-03-01".into())));
    assert!(draft.check().is_ok());
    for (path, value) in draft.values() {
        let rule = samsyn_core::rules::rule(1, DocumentKind::Work, &path).expect("a rule");
        assert!(rule.types.contains(&value.kind()), "{path}");
    }
}

#[test]
fn fields_become_values_of_the_types_that_the_rules_ask_for() {
    let fields = FieldArgs {
        summary: Some("Text".into()),
        form: Some("pilot".into()),
        start: Some("HT 2025".into()),
        end: Some("okänt".into()),
        stage: Some("idé".into()),
        target_groups: Some("äldre".into()),
        note: Some("Anteckning".into()),
        set: vec!["financing-secured=ja".into()],
        private: vec!["minne=ring".into()],
        ..FieldArgs::default()
    };
    let mut changes = Changes::default();
    add_fields(&mut changes, &fields).expect("is legal");
    let mut draft = Draft::default();
    changes.apply(&mut draft);
    assert_eq!(draft.private["minne"], "ring");
    assert_eq!(draft.values().len(), 8);
    for (path, value) in draft.values() {
        let rule = samsyn_core::rules::rule(1, DocumentKind::Work, &path).expect("a rule");
        assert!(rule.types.contains(&value.kind()), "{path}");
    }
    changes = Changes { private: vec![("minne".into(), String::new())], ..Changes::default() };
    changes.apply(&mut draft);
    assert!(draft.private.is_empty());
}

#[test]
fn a_title_cannot_be_taken_away() {
    let problem = removable("title").expect_err("is refused");
    assert_eq!((problem.code, problem.field.as_deref()), (Code::InputEmpty, Some("remove")));
    assert!(removable("end").is_ok());
}

#[test]
fn a_summary_is_read_from_a_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("text.txt");
    std::fs::write(&file, "\u{feff}Rad ett\nrad två å\n").expect("writes");
    assert_eq!(read_text(&file, "summary-file").expect("reads"), "Rad ett\nrad två å\n");
    std::fs::write(&file, [0xff, 0xfe]).expect("writes");
    assert_eq!(read_text(&file, "summary-file").expect_err("is no text").field.as_deref(), Some("summary-file"));
    assert_eq!(read_text(&directory.path().join("none"), "summary-file").expect_err("is missing").exit_code(), 5);
}

#[test]
fn fields_of_a_work_are_its_owners_and_the_note_is_everybodys() {
    let changes = |path: &str| Changes {
        set: vec![(Path::new(path).expect("a path"), Value::Boolean(true))],
        ..Changes::default()
    };
    let may = |path: &str, own: &str| changes(path).may_write(DocumentKind::Work, own, "timra", "Timrå kommun");
    assert!(
        may("/facts/title", "timra").is_ok() && may("/note", "rvn").is_ok() && may("/parties/rvn/note", "rvn").is_ok()
    );
    let problem = may("/facts/title", "rvn").expect_err("is refused");
    assert_eq!(
        (problem.code, problem.field.as_deref(), problem.exit_code()),
        (Code::InputNotOwner, Some("/facts/title"), 5)
    );
    assert!(may("/parties/timra/note", "rvn").is_err());
}
