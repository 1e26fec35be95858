//! The computations, with the figures of the programme's annual report of 2023.

use super::{
    bodies,
    budget::{self, Rest},
    calendar, goals, learning,
    papers::{self, FirstAnswer},
    resources::{self, AgreementState},
    risks::{self, Review, Trend},
    sources,
};
use crate::record::{Record, Said};
use samsyn_core::{date::Day, entry::DocumentKind, id::Path, value::Value};

const TODAY: Day = (2026, 11, 23);

fn path(text: &str) -> Path {
    Path::new(text).expect("a path")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
fn date(text: &str) -> Value {
    Value::Date(text.to_owned())
}
fn reference(text: &str) -> Value {
    Value::Reference(text.to_owned())
}
/// Thousands of kronor.
fn thousands(kronor: i64) -> Value {
    Value::Money(kronor * 100_000)
}

fn record(values: &[(&str, Value)]) -> Record {
    Record::of_values(DocumentKind::Programme, "rvn", values.iter().map(|(p, v)| (path(p), v.clone())))
}

/// Table 4 of the annual report: id, whole, budget, outcome.
const LINES: [(&str, Option<&str>, i64, i64); 7] = [
    ("resurser", None, 4480, 4261),
    ("utvecklingsmedel", None, 1500, 1406),
    ("utbildning", Some("utvecklingsmedel"), 600, 768),
    ("reportage", Some("utvecklingsmedel"), 300, 281),
    ("aktiviteter", Some("utvecklingsmedel"), 500, 357),
    ("konferens", None, 300, 245),
    ("resor", None, 20, 26),
];

fn report_of_2023() -> Vec<(String, Value)> {
    let mut values = vec![
        ("/budget/2023/financing-key/region".to_owned(), Value::Integer(50)),
        ("/budget/2023/financing-key/municipalities".to_owned(), Value::Integer(50)),
        ("/budget/2023/published-total/budget".to_owned(), thousands(6300)),
        ("/budget/2023/published-total/outcome".to_owned(), thousands(5938)),
    ];
    for (order, (id, parent, budget, outcome)) in (1..).zip(LINES) {
        let at = format!("/budget/2023/lines/{id}");
        values.push((format!("{at}/name"), text(id)));
        values.push((format!("{at}/order"), Value::Integer(order)));
        values.push((format!("{at}/budget"), thousands(budget)));
        values.push((format!("{at}/outcome"), thousands(outcome)));
        values.extend(parent.map(|parent| (format!("{at}/parent"), reference(&format!("line:{parent}")))));
    }
    values
}

fn municipalities() -> Vec<String> {
    ["ange", "harnosand", "kramfors", "ornskoldsvik", "solleftea", "sundsvall", "timra"].map(str::to_owned).to_vec()
}

fn of_2023(more: &[(&str, Value)]) -> budget::Budget {
    let mut values = report_of_2023();
    values.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
    values.extend(more.iter().map(|(path, value)| ((*path).to_owned(), value.clone())));
    let values: Vec<(&str, Value)> = values.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    budget::read(&record(&values), "2023", &municipalities())
}

#[test]
fn the_published_totals_of_2023_are_the_sums_of_their_lines() {
    let budget = of_2023(&[]);
    let names: Vec<&str> = budget.lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(names, ["resurser", "utvecklingsmedel", "konferens", "resor"], "parts stand below their whole");
    assert_eq!((budget.budget.sum, budget.budget.rest), (630_000_000, Rest::Nothing), "4480+1500+300+20=6300");
    assert_eq!((budget.outcome.sum, budget.outcome.rest), (593_800_000, Rest::Nothing), "4261+1406+245+26=5938");
}

#[test]
fn what_parts_leave_of_their_whole_is_shown_and_not_shared_out() {
    let budget = of_2023(&[]);
    let money = &budget.lines[1];
    assert_eq!(money.parts.len(), 3);
    assert_eq!(money.rest_of_budget, Rest::Unallocated(10_000_000), "600+300+500=1400 of 1500");
    assert_eq!(money.rest_of_outcome, Rest::Nothing, "768+281+357=1406");
}

#[test]
fn a_difference_of_one_krona_is_rounding_and_two_are_not() {
    // Norrbotten's tables: 16 908 861 is a krona more than its parts.
    assert_eq!(Rest::of(Some(1_690_886_100), 1_690_886_000, 0), Rest::Rounding(100));
    assert_eq!(Rest::of(Some(1_690_886_000), 1_690_886_100, 0), Rest::Rounding(-100));
    assert_eq!(Rest::of(Some(1_690_886_200), 1_690_886_000, 0), Rest::Unallocated(200));
    assert_eq!(Rest::of(Some(1_690_886_000), 1_690_886_101, 0), Rest::Exceeds(101));
    assert_eq!(Rest::of(Some(100), 100, 1), Rest::Unknown, "a part is missing");
    assert_eq!(Rest::of(None, 100, 0), Rest::Unknown);
    assert_eq!(Rest::of(Some(i64::MAX), i64::MIN, 0), Rest::Unknown, "beyond all bounds is no panic");
}

#[test]
fn a_missing_or_contested_amount_is_never_taken_for_nothing() {
    let mut values = report_of_2023();
    values.retain(|(path, _)| path != "/budget/2023/lines/resor/outcome");
    let values: Vec<(&str, Value)> = values.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let mut record = record(&values);
    record.say(path("/budget/2023/lines/konferens/budget"), Said::by("timra", thousands(310)));
    let budget = budget::read(&record, "2023", &municipalities());
    assert_eq!((budget.outcome.missing, budget.outcome.rest), (1, Rest::Unknown));
    assert_eq!((budget.budget.missing, budget.budget.rest), (1, Rest::Unknown));
}

fn count(lines: &[budget::Line]) -> usize {
    lines.iter().map(|line| 1 + count(&line.parts)).sum()
}

#[test]
fn lines_that_are_part_of_each_other_are_shown_once_and_end() {
    let budget = of_2023(&[
        ("/budget/2023/lines/resurser/parent", reference("line:konferens")),
        ("/budget/2023/lines/konferens/parent", reference("line:resurser")),
        ("/budget/2023/lines/resor/parent", reference("line:finns-inte")),
        ("/budget/2023/lines/utbildning/parent", reference("line:utbildning")),
    ]);
    assert_eq!(count(&budget.lines), LINES.len());
}

#[test]
fn the_key_shares_all_of_it_to_the_ore() {
    let half = of_2023(&[]);
    let shares: Vec<(&str, Option<i64>)> = half.key.iter().map(|s| (s.bearer.as_str(), s.budget)).collect();
    assert_eq!(shares, [("municipalities", Some(315_000_000)), ("region", Some(315_000_000))]);
    assert!(half.key[0].parts.is_empty(), "nobody has agreed how the municipalities share");

    let equal = of_2023(&[("/budget/2023/municipal-key", reference("split:equal"))]);
    let parts = &equal.key[0].parts;
    assert_eq!(parts.iter().map(|(_, ore)| ore).sum::<i64>(), 315_000_000);
    assert_eq!((parts.len(), parts[0].1), (7, 45_000_000));

    let odd = of_2023(&[("/budget/2023/financing-key/region", Value::Integer(60))]);
    assert!(odd.key.iter().all(|share| share.budget.is_none()), "110 parts of a hundred share out nothing");
    let weights: Vec<(String, u64)> = [("a", 1), ("b", 1), ("c", 1)].map(|(id, w)| (id.to_owned(), w)).to_vec();
    let shared: Vec<i64> = budget::share(100, &weights).expect("weights").into_iter().map(|(_, ore)| ore).collect();
    assert_eq!(shared, [34, 33, 33]);
    assert_eq!(budget::share(100, &[]), None);
}

#[test]
fn posts_of_2023_are_470_per_cent_with_two_vacancies() {
    let posts = [
        ("programledare", 70, None),
        ("programkoordinator", 30, None),
        ("forandringsledare", 200, Some(1)),
        ("programomradesansvarig", 110, Some(1)),
        ("programkommunikator", 50, None),
        ("programcontroller", 10, None),
    ];
    let mut values = vec![("/resources/2023/published-total".to_owned(), Value::Integer(470))];
    for (id, percent, vacant) in posts {
        values.push((format!("/resources/2023/roles/{id}/percent"), Value::Integer(percent)));
        values.extend(vacant.map(|n| (format!("/resources/2023/roles/{id}/vacant"), Value::Integer(n))));
    }
    let agreement = |id: &str, from: &str, to: &str, decided: Option<&str>| {
        let at = format!("/agreements/{id}");
        let mut values = vec![(format!("{at}/from"), date(from)), (format!("{at}/to"), date(to))];
        values.extend(decided.map(|day| (format!("{at}/decided"), date(day))));
        values
    };
    values.extend(agreement("a", "2026-01-01", "2026-12-31", Some("2025-12-01")));
    values.extend(agreement("b", "2025", "2025", Some("2024-12-01")));
    values.extend(agreement("c", "2027", "2027", Some("2026-11-01")));
    values.extend(agreement("d", "2026", "2026", None));
    let values: Vec<(&str, Value)> = values.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let resources = resources::read(&record(&values), "2023", TODAY);
    assert_eq!((resources.percent, resources.differs, resources.vacant), (470, Some(0), Some(2)));
    let states: Vec<AgreementState> = resources.agreements.iter().map(|a| a.state).collect();
    assert_eq!(
        states,
        [AgreementState::InForce, AgreementState::Ended, AgreementState::Coming, AgreementState::Undecided]
    );
}

fn risk(assessments: &[(&str, i64, i64)], more: &[(&str, Value)]) -> risks::Risks {
    let mut values = vec![
        ("/risks/scale".to_owned(), Value::Integer(5)),
        ("/risks/interval-months".to_owned(), Value::Integer(1)),
        ("/risks/list/01/name".to_owned(), text("Gemensam kultur saknas")),
    ];
    for (id, (day, probability, consequence)) in (1..).zip(assessments) {
        let at = format!("/risks/list/01/assessments/{id}");
        values.push((format!("{at}/date"), date(day)));
        values.push((format!("{at}/probability"), Value::Integer(*probability)));
        values.push((format!("{at}/consequence"), Value::Integer(*consequence)));
    }
    values.extend(more.iter().map(|(path, value)| ((*path).to_owned(), value.clone())));
    let values: Vec<(&str, Value)> = values.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    risks::read(&record(&values), TODAY)
}

#[test]
fn a_risk_that_nobody_has_judged_has_no_value_and_is_not_a_small_one() {
    let risks = risk(&[], &[]);
    assert_eq!((risks.risks[0].value, risks.risks[0].review), (None, Review::Never));
    assert_eq!((risks.unvalued(), risks.matrix().iter().flatten().sum::<usize>()), (1, 0));
}

#[test]
fn a_risk_is_what_it_was_judged_last_and_its_review_falls_due() {
    let risks = risk(&[("2026-11-01", 4, 3), ("2026-09-01", 2, 3)], &[]);
    let risk_ = &risks.risks[0];
    assert_eq!((risk_.value, risk_.trend), (Some(12), Some(Trend::Rising)), "by date, not by id");
    assert_eq!((risk_.next_review.as_deref(), risk_.review), (Some("2026-12-01"), Review::InTime));
    assert_eq!(risks.matrix()[3][2], 1);
    let late = risk(&[("2026-09-30", 4, 3)], &[]);
    assert_eq!((late.risks[0].review, late.risks[0].next_review.as_deref()), (Review::Overdue, Some("2026-10-30")));
    let closed = risk(&[("2026-01-31", 5, 5)], &[("/risks/list/01/closed", date("2026-02"))]);
    assert_eq!((closed.risks[0].review, closed.matrix()[4][4]), (Review::Closed, 0));
    let short = risk(&[("2026-01-31", 5, 5)], &[]);
    assert_eq!(short.risks[0].next_review.as_deref(), Some("2026-02-28"));
}

#[test]
fn a_judgement_beyond_the_scale_counts_nowhere_and_no_scale_is_without_bound() {
    let risks = risk(&[("2026-11-01", 6, 3)], &[]);
    assert_eq!((risks.risks[0].value, risks.unvalued()), (None, 1));
    let huge = risks::read(&record(&[("/risks/scale", Value::Integer(i64::MAX))]), TODAY);
    assert_eq!(huge.matrix().len(), 10);
}

#[test]
fn a_year_has_twelve_months_and_what_goes_on_stands_where_it_begins() {
    let record = record(&[
        ("/calendar/lansledning-1/title", text("Länsledning HälSam")),
        ("/calendar/lansledning-1/kind", reference("event:meeting")),
        ("/calendar/lansledning-1/date", date("2026-12-04")),
        ("/calendar/lansledning-1/body", reference("body:halsam-lansledning")),
        ("/calendar/rapport/title", text("Halvårsrapport")),
        ("/calendar/rapport/date", date("2026-10/2027-01")),
        ("/calendar/utan/title", text("Ej bestämt")),
        ("/calendar/forra/title", text("Förra året")),
        ("/calendar/forra/date", date("2025")),
        ("/decision-points/b7/dates/01", date("2026-12-15")),
        ("/decision-points/b7/approved-by", reference("body:hogsta-tjansteledning")),
    ]);
    let events = calendar::read(&record);
    assert_eq!(events.len(), 5);
    assert_eq!(events.last().map(|e| e.title.as_str()), Some("Ej bestämt"), "what has no date comes last");
    let months = calendar::rolling(&events, (2026, 11));
    assert_eq!((months.len(), months[0].month, months[11].year, months[11].month), (12, 11, 2027, 10));
    let titles = |month: usize| months[month].events.iter().map(|e| e.title.as_str()).collect::<Vec<_>>();
    assert_eq!((titles(0), titles(1)), (vec!["Halvårsrapport"], vec!["Länsledning HälSam", "B7"]));
    let of_2024 = calendar::rolling(&events, (2024, 1));
    assert!(of_2024.iter().all(|month| month.events.is_empty()));
    assert_eq!(calendar::rolling(&events, (u16::MAX, 200)).len(), 12, "no month is a panic");
}

#[test]
fn times_of_day_are_read_and_nothing_else_is() {
    assert_eq!(calendar::clock("13:00-15:30"), Some((780, Some(930))));
    assert_eq!(calendar::clock("9.00"), Some((540, None)));
    for text in ["25:00", "13", "15:00-13:00", "kl 13", "", "1:1"] {
        assert_eq!(calendar::clock(text), None, "{text}");
    }
}

#[test]
fn a_question_waits_36_hours_by_the_clock_over_the_summer_time_too() {
    let ms = |text: &str| u64::try_from(papers::minutes(text).expect("a time")).expect("after 1970") * 60_000;
    let record = record(&[
        ("/contact/1/received", text("2026-11-20 08:00")),
        ("/contact/1/answered", text("2026-11-21 19:00")),
        ("/contact/2/received", text("2026-11-20 08:00")),
        ("/contact/2/answered", text("2026-11-21 21:00")),
        ("/contact/3/received", text("2026-11-22 08:00")),
        ("/contact/4/received", text("2026-11-21 08:00")),
        ("/contact/5/received", text("i går")),
        ("/contact/6/received", text("2026-11-21 08:00")),
        ("/contact/6/answered", text("2026-11-20 08:00")),
    ]);
    let questions = papers::questions(&record, 36, ms("2026-11-23 08:00"));
    let state = |id: &str| questions.iter().find(|q| q.id == id).map(|q| q.state);
    assert_eq!(state("1"), Some(FirstAnswer::InTime(35 * 60)));
    assert_eq!(state("2"), Some(FirstAnswer::Late(60)));
    assert_eq!(state("3"), Some(FirstAnswer::Waiting(12 * 60)));
    assert_eq!(state("4"), Some(FirstAnswer::Overdue(12 * 60)));
    assert_eq!((state("5"), state("6")), (Some(FirstAnswer::Unknown), Some(FirstAnswer::Unknown)));
    // 2026-10-25 has 25 hours.
    assert_eq!(
        papers::minutes("2026-10-26 08:00").zip(papers::minutes("2026-10-25 00:00")).map(|(a, b)| a - b),
        Some(33 * 60)
    );
}

#[test]
fn bodies_are_in_force_between_their_dates_and_name_who_came_after() {
    let record = record(&[
        ("/bodies/socialreko/name", text("SocialReKo")),
        ("/bodies/socialreko/valid-to", date("2023")),
        ("/bodies/halsam/name", text("HälSam")),
        ("/bodies/halsam/valid-from", date("2023")),
        ("/bodies/halsam/replaces", reference("body:socialreko")),
        ("/bodies/halsam/rule/on-disagreement/02", reference("way:escalate")),
        ("/bodies/halsam/rule/on-disagreement/01", reference("way:chair-decides")),
    ]);
    let now = bodies::read(&record, TODAY);
    assert_eq!(
        now.iter().map(|b| (b.id.as_str(), b.in_force)).collect::<Vec<_>>(),
        [("halsam", true), ("socialreko", false)]
    );
    assert_eq!(now[0].on_disagreement, ["chair-decides", "escalate"]);
    let then = bodies::read(&record, (2022, 6, 1));
    assert_eq!(then.iter().filter(|b| b.in_force).map(|b| b.id.as_str()).collect::<Vec<_>>(), ["socialreko"]);
}

#[test]
fn both_values_of_a_contradiction_stand_with_their_sources() {
    let record = record(&[
        ("/contradictions/1/about", text("Temakonferensens dag")),
        ("/contradictions/1/values/1/value", text("2023-10-26")),
        ("/contradictions/1/values/1/source", text("årsrapport 2023, 4.1")),
        ("/contradictions/1/values/2/value", text("2023-10-25")),
        ("/contradictions/1/values/2/source", text("årsrapport 2023, tabell 1 och 4")),
    ]);
    let all = sources::read(&record);
    let values: Vec<Option<&str>> = all[0].values.iter().map(|v| v.value.as_deref()).collect();
    assert_eq!(values, [Some("2023-10-26"), Some("2023-10-25")]);
}

#[test]
fn an_item_that_was_taken_away_is_not_there() {
    let mut record = record(&[("/goals/sub-goals/1/name", text("Tillgänglig"))]);
    let gone = Said { value: None, removed: true, ..Said::by("rvn", text("")) };
    record.say(path("/goals/sub-goals/2/name"), gone);
    assert_eq!(goals::read(&record).sub_goals.len(), 1);
}

#[test]
fn lessons_and_the_symbol_come_from_works_and_nothing_is_guessed() {
    let work = |values: &[(&str, Value)]| {
        Record::of_values(DocumentKind::Work, "timra", values.iter().map(|(p, v)| (path(p), v.clone())))
    };
    let included = [("/facts/stage", reference("stage:ongoing")), ("/facts/in-portfolio", Value::Boolean(true))];
    assert_eq!(learning::may_use_symbol(&work(&included)), Some(true));
    let idea = [("/facts/stage", reference("stage:idea")), ("/facts/in-portfolio", Value::Boolean(true))];
    assert_eq!(learning::may_use_symbol(&work(&idea)), Some(false));
    assert_eq!(learning::may_use_symbol(&work(&included[..1])), None);
    let mut contested = work(&included);
    contested.say(path("/facts/stage"), Said::by("ange", reference("stage:completed")));
    assert_eq!(learning::may_use_symbol(&contested), None);
    let lessons = learning::lessons(&work(&[
        ("/facts/title", text("SIP på distans")),
        ("/learnings/timra/a1/text", Value::Prose("Börja med vilken plattform.".to_owned())),
    ]));
    assert_eq!((lessons.len(), lessons[0].party.as_str()), (1, "timra"));
}

/// Keeps I6: somebody's chain of lines without end costs no stack, and no line is lost.
#[test]
fn i6_a_chain_of_budget_lines_is_cut_where_nobody_reads_on() {
    const LINES: usize = 10_000;
    let at = |n: usize| format!("/budget/2027/lines/l{n}");
    let lines = (0..LINES).flat_map(|n| {
        let parent = (n > 0).then(|| (path(&format!("{}/parent", at(n))), reference(&format!("line:l{}", n - 1))));
        [Some((path(&format!("{}/name", at(n))), text("post"))), parent]
    });
    let record = Record::of_values(DocumentKind::Programme, "rvn", lines.flatten());
    let budget = budget::read(&record, "2027", &[]);
    assert_eq!(count(&budget.lines), LINES);
}
