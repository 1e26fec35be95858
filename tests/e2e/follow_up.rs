//! The programme and its indicators: each party's own values, what is refused with its reason, files of values, and what
//! pages and calendars show of it.

use crate::{
    clients::python,
    pages::{start_all, with_pages},
};
use samsyn_core::{code::Code, entry::DocumentKind, value::Value as Stated};
use samsyn_tests::county::{County, browser::get, date, finish, path, reference, text};
use samsyn_wire::v1::Audience;
use serde_json::{Value, json};
use std::{fs, path::Path, path::PathBuf};
use tokio::process::Command;

/// An indicator set of two measures, founded and published by a party.
async fn measures(county: &County, party: &str) -> String {
    let mut desk = county.desk_of(party, DocumentKind::Indicators).await;
    desk.edit(|d| {
        d.set(path("/definitions/title"), text("Länets mått"));
        d.set(path("/definitions/measures/sip/name"), text("Antal SIP"));
        d.set(path("/definitions/measures/sip/county"), reference("county-figure:sum"));
        d.set(path("/definitions/measures/halsa/name"), text("Självrapporterad hälsa"));
        d.set(path("/definitions/measures/halsa/target"), text("80"));
    });
    desk.push().await;
    desk.publish_to(Audience::Public).await
}

fn values<'a>(shown: &'a Value, party: &str) -> &'a Value {
    &shown["measure"]["values"][party]
}

/// ```text
///   rvn defines the measures ─── timra states its values, and so does rvn
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i5_each_party_states_its_own_values_and_the_countys_figure_waits_for_all() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let pages = with_pages(&mut county, "rvn", "released");
    start_all(&mut county).await;
    let document = measures(&county, "rvn").await;
    county.converge().await;

    county.samsyn("timra", &["indicator", "set", "Antal SIP", "2024", "1 200"]).await.ok().says("Inget är delat");
    let shown = county.samsyn("rvn", &["indicator", "show", "sip", "--json"]).await.ok().data();
    assert_eq!(shown["measure"]["values"], json!({}), "a draft stays at home");
    county.samsyn("timra", &["work", "publish", &document, "--yes"]).await.ok();
    county.converge().await;
    let shown = county.samsyn("rvn", &["indicator", "show", "sip", "--json"]).await.ok().data();
    assert_eq!(values(&shown, "timra")[0]["written"], "1\u{a0}200", "{shown}");
    assert_eq!((&shown["columns"][0]["stated"], &shown["columns"][0]["county"]), (&json!(1), &Value::Null), "{shown}");
    let page = get(pages, "/uppfoljning").await.page();
    assert!(page.contains("1 av 2") && page.contains("ej rapporterat"), "{page}");

    county.samsyn("rvn", &["indicator", "set", "sip", "2024", "300"]).await.ok();
    county.samsyn("rvn", &["work", "publish", &document, "--yes"]).await.ok();
    county.converge().await;
    let shown = county.samsyn("timra", &["indicator", "show", "sip", "--json"]).await.ok().data();
    assert_eq!(shown["columns"][0]["county"], json!(1500.0), "{shown}");
    county.samsyn("timra", &["indicator", "list"]).await.ok().says("2 av 2");

    // A party may not state another's value, whatever its program proposes.
    let mut desk = county.desk_on("timra", &document).await;
    desk.set("/values/rvn/sip/2023", Stated::Integer(99)).await;
    let held = desk.try_publish().await.expect("an answer").held_back;
    assert_eq!(held.iter().map(|h| h.code.as_str()).collect::<Vec<_>>(), [Code::EffectPathForbidden.as_str()]);
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_cannot_be_are_refused_with_their_reason_and_nothing_is_kept() {
    let county = County::with(&["rvn", "timra"]).await;
    let document = measures(&county, "rvn").await;
    for (line, code, field) in [
        (["indicator", "set", "sip", "2199", "10"], Code::InputPeriodFuture, "period"),
        (["indicator", "set", "sip", "i fjol", "10"], Code::InputPeriod, "period"),
        (["indicator", "set", "sipp", "2024", "10"], Code::InputUnknownMeasure, "measure"),
    ] {
        let refused = county.samsyn("rvn", &[&line[..], &["--json"]].concat()).await.exits(5);
        let error = refused.error();
        assert_eq!((&error["code"], &error["field"]), (&json!(code.as_str()), &json!(field)), "{error}");
    }
    county.samsyn("rvn", &["indicator", "set", "sip", "2024", "10"]).await.ok();
    let overlap = county.samsyn("rvn", &["work", "publish", &document, "--yes"]).await;
    assert_eq!(overlap.code, 0, "{overlap:?}");
    let again = county.samsyn("rvn", &["indicator", "set", "sip", "2024-q3", "10", "--json"]).await.exits(5);
    assert_eq!(again.error()["code"], Code::InputOverlap.as_str());

    // Another program does not check: the gate does, and names each.
    let mut desk = county.desk_on("rvn", &document).await;
    desk.edit(|d| {
        for at in ["/values/rvn/sip/2024-q3", "/values/rvn/sip/2199", "/values/rvn/sip/snart", "/values/rvn/annat/2023"]
        {
            d.set(path(at), Stated::Integer(10));
        }
    });
    desk.push().await;
    let answer = desk.try_publish().await.expect("an answer");
    let mut held: Vec<(&str, &str)> = answer.held_back.iter().map(|h| (h.path.as_str(), h.code.as_str())).collect();
    held.sort_unstable();
    let expected = [
        ("/values/rvn/annat/2023", "input.unknown_measure"),
        ("/values/rvn/sip/2024-q3", "input.periods_overlap"),
        ("/values/rvn/sip/2199", "input.period_future"),
        ("/values/rvn/sip/snart", "input.period"),
    ];
    assert_eq!(held, expected, "and nothing was stated");
    assert!(answer.commit.is_empty());
    county.stop_and_verify().await;
}

/// A workbook as somebody else's program writes it.
async fn workbook(county: &County, rows: &Value) -> PathBuf {
    let file = county.dir().join("varden.xlsx");
    let script = "import json,sys,openpyxl\nb=openpyxl.Workbook()\nfor r in json.loads(sys.argv[2]): b.active.append(r)\nb.save(sys.argv[1])";
    let mut command = Command::new(python().await);
    command.args(["-c", script]).arg(&file).arg(rows.to_string());
    finish(command).await.ok();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_values_is_taken_in_whole_or_not_at_all_with_every_fault_told() {
    let county = County::with(&["rvn", "timra"]).await;
    let document = measures(&county, "rvn").await;
    let bad = county.dir().join("fel.csv");
    // As Swedish Excel saves it.
    let lines = "m\u{e5}tt;period;v\u{e4}rde\r\nAntal SIP;2024;120\r\nAntal SIPP;2024;9\r\nAntal SIP;2199;7\r\nAntal SIP;;8\r\n";
    fs::write(&bad, lines.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect::<Vec<u8>>())
        .expect("written");
    let bad = bad.to_str().expect("a path");
    let refused = county.samsyn("rvn", &["indicator", "import", bad, "--json"]).await.exits(5).data();
    let told: Vec<(&Value, &Value)> =
        refused["faults"].as_array().expect("a list").iter().map(|f| (&f["row"], &f["code"])).collect();
    let expected = [(3, "input.unknown_measure"), (4, "input.period_future"), (5, "input.period")];
    let expected: Vec<(Value, Value)> = expected.iter().map(|(row, code)| (json!(row), json!(code))).collect();
    assert_eq!(told, expected.iter().map(|(row, code)| (row, code)).collect::<Vec<_>>(), "{refused}");
    assert_eq!(refused["written"], json!(false));
    let desk = county.desk_on("rvn", &document).await;
    assert!(!desk.draft().fields.keys().any(|p| p.as_str().starts_with("/values")), "nothing is kept");
    county.samsyn("rvn", &["indicator", "import", bad]).await.exits(5).says("inget är sparat");

    let rows = json!([
        ["Mått", "Period", "Kön", "Värde"],
        ["Antal SIP", 2024, null, 120],
        ["Självrapporterad hälsa", "HT 2024", "kvinnor", 81.5]
    ]);
    let file = workbook(&county, &rows).await;
    let file = file.to_str().expect("a path");
    county.samsyn("rvn", &["indicator", "import", file, "--check"]).await.ok().says("bara en kontroll");
    let taken = county.samsyn("rvn", &["indicator", "import", file, "--json"]).await.ok().data();
    assert_eq!(taken["changed"], json!(["/values/rvn/halsa/2024-ht-women", "/values/rvn/sip/2024"]), "{taken}");
    county.samsyn("rvn", &["work", "publish", &document, "--yes"]).await.ok();
    let shown = county.samsyn("rvn", &["indicator", "show", "halsa", "--json"]).await.ok().data();
    assert_eq!(
        (&values(&shown, "rvn")[0]["figure"], &values(&shown, "rvn")[0]["sex"]),
        (&json!(81.5), &json!("women"))
    );
    let template = county.samsyn("rvn", &["indicator", "import", "--template", "2025"]).await.ok();
    assert!(template.out.contains("Antal SIP;2025;;"), "{}", template.out);
    county.stop_and_verify().await;
}

/// What a calendar program reads in a feed.
async fn read_calendar(file: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/calendar_reader.py");
    let mut command = Command::new(python().await);
    command.arg(script).arg(file);
    serde_json::from_str(&finish(command).await.ok().out).expect("JSON")
}

/// ```text
///   rvn (office) states the programme ─── timra's pages show it, and give it to calendars
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn the_programme_is_shown_by_every_node_and_its_meetings_are_read_by_calendars() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let pages = with_pages(&mut county, "timra", "public");
    start_all(&mut county).await;
    let mut desk = county.desk_of("rvn", DocumentKind::Programme).await;
    desk.edit(|d| {
        d.set(path("/programme/name"), text("Nära vård <b>"));
        d.set(path("/goals/sub-goals/delmal-1/name"), text("Tillgänglig för mina behov"));
        d.set(path("/bodies/halsam/name"), text("Länsledning HälSam"));
        d.set(path("/calendar/m1/title"), text("Möte; med \"tecken\", å ä ö"));
        d.set(path("/calendar/m1/date"), date("2026-07-01"));
        d.set(path("/calendar/m1/time"), text("13:00-15:00"));
        d.set(path("/calendar/m1/body"), reference("body:halsam"));
        d.set(path("/calendar/m2/title"), text("Ett organ som ingen har gett namn"));
        d.set(path("/calendar/m2/date"), date("2026-12-20"));
        d.set(path("/calendar/m2/body"), reference("body:styrgruppen"));
        d.set(path("/decision-points/b7/dates/01"), date("2026-12-15"));
        d.set(path("/risks/list/01/name"), text("Gemensam kultur saknas"));
        d.set(path("/budget/2023/lines/a/budget"), Stated::Money(448_000_000));
        d.set(path("/budget/2023/published-total/budget"), Stated::Money(448_000_100));
    });
    desk.push().await;
    desk.publish_to(Audience::Public).await;
    // A lesson and a goal that a work says it serves are found among works that say neither.
    county.publish("timra", "Utan lärdom").await;
    let mut work = county.desk("timra").await;
    work.edit(|d| {
        d.set(path("/facts/title"), text("SIP på distans"));
        d.set(path("/facts/goals"), Stated::References(["goal:delmal-1".to_owned()].into()));
        d.set(path("/learnings/timra/a1/text"), text("Välj plattform först."));
    });
    work.push().await;
    work.publish_to(Audience::Public).await;
    county.converge().await;
    let learning = get(pages, "/larande").await.page();
    assert!(learning.contains("Välj plattform först.") && learning.contains("SIP på distans"), "{learning}");
    let goals = get(pages, "/uppfoljning").await.page();
    assert!(goals.contains("bidrar: 1") && goals.contains("SIP på distans"), "{goals}");

    let budget = get(pages, "/resurser").await.page();
    assert!(budget.contains("4\u{a0}480\u{a0}000 kr") && budget.contains("avrundning"), "{budget}");
    let risks = get(pages, "/risker").await.page();
    assert!(risks.contains("inte bedömd") && risks.contains("Öppna risker: 1."), "{risks}");
    let programme = get(pages, "/programmet").await.page();
    assert!(programme.contains("Nära vård &#60;b&#62;") && !programme.contains("vård <b>"), "{programme}");
    let year = get(pages, "/arshjul?fran=2026-07").await.page();
    assert!(year.contains("2026-12-15") && year.contains("/arshjul/halsam.ics"), "{year}");
    assert!(year.contains("/arshjul/styrgruppen.ics"), "{year}");
    assert_eq!(get(pages, "/arshjul?fran=snart").await.status, 400);
    assert_eq!(get(pages, "/arshjul/finns-inte.ics").await.status, 404);
    assert!(get(pages, "/larande").await.page().contains("Inga aktiviteter"));

    let mut read = Vec::new();
    for (name, count) in [("alla", 3), ("halsam", 1), ("styrgruppen", 1)] {
        let feed = get(pages, &format!("/arshjul/{name}.ics")).await.page();
        let file = county.dir().join(format!("{name}.ics"));
        fs::write(&file, &feed).expect("written");
        let found = read_calendar(&file).await;
        assert_eq!(found["zones"], json!(["Europe/Stockholm"]), "{found}");
        assert_eq!(found["events"].as_array().map(Vec::len), Some(count), "{found}");
        assert_eq!(get(pages, &format!("/arshjul/{name}.ics")).await.page(), feed, "the same until something changes");
        read.push(found);
    }
    let meeting = &read[1]["events"][0];
    assert_eq!(meeting["summary"], "Möte; med \"tecken\", å ä ö", "{meeting}");
    assert_eq!(
        (&meeting["start"], &meeting["offset"]),
        (&json!("2026-07-01T13:00:00+02:00"), &json!(2.0)),
        "{meeting}"
    );
    assert_eq!(meeting["uid"], read[0]["events"][0]["uid"], "one id in every feed");

    // It moves: the same id, another time.
    desk.set("/calendar/m1/date", date("2026-11-30")).await;
    desk.publish_to(Audience::Public).await;
    county.converge().await;
    let file = county.dir().join("halsam.ics");
    fs::write(&file, get(pages, "/arshjul/halsam.ics").await.page()).expect("written");
    let moved = read_calendar(&file).await;
    assert_eq!((&moved["events"][0]["uid"], &moved["events"][0]["offset"]), (&meeting["uid"], &json!(1.0)), "{moved}");

    let shown = county.samsyn("timra", &["programme", "budget", "--json"]).await.ok().data();
    assert_eq!(shown["budget"]["budget"]["rest"], json!({"kind": "rounding", "ore": 100}), "{shown}");
    county.samsyn("timra", &["programme", "risks"]).await.ok().says("Gemensam kultur saknas");
    county.samsyn("timra", &["programme", "calendar", "--from", "2026-07"]).await.ok().says("2026-12-15");
    county.samsyn("timra", &["programme", "show"]).await.ok().says("Nära vård");
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_that_says_what_cannot_be_is_held_back_with_each_reason() {
    let county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk_of("rvn", DocumentKind::Programme).await;
    desk.edit(|d| {
        d.set(path("/programme/name"), text("Nära vård"));
        d.set(path("/risks/list/01/assessments/a/probability"), Stated::Integer(6));
        d.set(path("/calendar/m1/title"), text("Länsledning"));
        d.set(path("/contact/1/received"), text("i måndags"));
    });
    desk.push().await;
    let answer = desk.try_publish().await.expect("an answer");
    let mut held: Vec<(&str, &str)> = answer.held_back.iter().map(|h| (h.path.as_str(), h.code.as_str())).collect();
    held.sort_unstable();
    let expected = [
        ("/calendar/m1/date", "input.date_missing"),
        ("/contact/1/received", "input.time"),
        ("/risks/list/01/assessments/a/date", "input.date_missing"),
        ("/risks/list/01/assessments/a/probability", "input.beyond_scale"),
    ];
    assert_eq!(held, expected);
    assert_eq!(county.status("rvn").await.commits, 0, "nothing was stated");
    county.stop_and_verify().await;
}
