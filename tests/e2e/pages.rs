//! What people see in a browser, and what programs get: everything that was released, nothing that was not.

use crate::clients::python;
use samsyn_core::{entry::DocumentKind, value::Value as Stated};
use samsyn_tests::county::{
    County,
    browser::{ask, get},
    finish, path, ports, prose, reference, text, until,
};
use samsyn_wire::v1::Audience;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::process::Command;

/// Shows pages from the party's next start on.
pub(crate) fn with_pages(county: &mut County, party: &str, shows: &str) -> SocketAddr {
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
    let settings = &mut county.node_mut(party).environment;
    settings.push(("SAMSYN__WEB__LISTEN".to_owned(), pages.to_string()));
    settings.push(("SAMSYN__WEB__SHOWS".to_owned(), shows.to_owned()));
    pages
}

pub(crate) async fn start_all(county: &mut County) {
    for party in county.parties() {
        county.restart(&party).await;
    }
}

const HOSTILE: &str = "<script>alert(1)</script> \"Trygg\" & 'hemgång'";

/// ```text
///   rvn publishes a work ──► timra's pages (all that was released to it)
///   rvn's unpublished draft and private fields ──► nobody's pages, not even rvn's
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_pages_show_what_was_released_as_text_and_no_draft() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let (own, other) = (with_pages(&mut county, "rvn", "released"), with_pages(&mut county, "timra", "released"));
    start_all(&mut county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text(HOSTILE));
        d.set(path("/facts/stage"), reference("stage:ongoing"));
        d.set(path("/note"), prose("Rad ett.\nRad två."));
    });
    desk.push().await;
    let id = desk.publish().await;
    desk.set("/facts/summary", prose("Inte delat än.")).await;
    let mut draft = county.desk("rvn").await;
    draft.set("/facts/title", text("Bara ett utkast")).await;
    county.converge().await;

    for pages in [own, other] {
        let everything = [
            get(pages, "/").await.page(),
            get(pages, "/portfolj").await.page(),
            get(pages, &format!("/arbete/{id}")).await.page(),
            get(pages, &format!("/arbete/{id}/historik")).await.page(),
            get(pages, "/noder").await.page(),
            get(pages, "/om").await.page(),
            get(pages, "/api/v1/works").await.page(),
            get(pages, &format!("/api/v1/works/{id}")).await.page(),
        ]
        .join("\n");
        assert!(everything.contains("&#60;script&#62;alert(1)"), "{everything}");
        let pages_alone = &everything[..everything.find("{\"").expect("JSON at the end")];
        assert!(!pages_alone.contains("<script"), "a title stays text");
        assert!(everything.contains("Rad ett.\nRad två."), "lines are kept");
        assert!(!everything.contains("Inte delat"), "an unpublished change");
        assert!(!everything.contains("Bara ett utkast"), "a draft");
        assert!(everything.contains("1 av 2 parter har delat något."), "receipts are not content: {everything}");
    }
    let listed = get(other, "/api/v1/works").await.data();
    assert_eq!((&listed["total"], &listed["works"][0]["title"]), (&json!(1), &json!(HOSTILE)));
    let program = county.samsyn("timra", &["work", "list", "--json"]).await.ok().data();
    assert_eq!(listed["works"][0]["document_id"], program["works"][0]["document_id"], "one read model");

    // Filters stand in the address; what does not fit is not shown.
    for (filter, shown) in
        [("skede=ongoing", 1), ("skede=idea", 0), ("part=rvn", 1), ("part=timra", 0), ("sok=TRYGG", 1)]
    {
        let found = get(other, &format!("/api/v1/works?{filter}")).await.data();
        assert_eq!(found["total"], json!(shown), "{filter}");
        let page = get(other, &format!("/portfolj?{filter}")).await.page();
        assert_eq!(page.contains(&format!("/arbete/{id}")), shown == 1, "{filter}");
    }
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_listener_for_the_public_shows_what_is_public_and_nothing_else() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let pages = with_pages(&mut county, "timra", "public");
    start_all(&mut county).await;
    let mut open = county.desk("rvn").await;
    open.edit(|d| {
        d.set(path("/facts/title"), text("Öppet arbete"));
        d.set(path("/facts/stage"), reference("stage:ongoing"));
    });
    open.push().await;
    let open_id = open.publish_to(Audience::Public).await;
    // What is added for the parties only takes the work's row out of what is public; the rest of it stays.
    open.set("/note", prose("Bara för parterna.")).await;
    open.publish().await;
    let mut closed = county.desk("rvn").await;
    closed.set("/facts/title", text("Slutet arbete")).await;
    let closed_id = closed.publish().await;
    county.converge().await;

    let list = get(pages, "/api/v1/works").await.data();
    assert_eq!((&list["total"], &list["works"][0]["title"]), (&json!(1), &json!("Öppet arbete")));
    let mut seen = String::new();
    for path in
        ["/", "/portfolj", "/noder", "/om", &format!("/arbete/{open_id}"), &format!("/arbete/{open_id}/historik")]
    {
        seen.push_str(&get(pages, path).await.page());
    }
    for path in ["/api/v1/works", &format!("/api/v1/works/{open_id}"), &format!("/api/v1/works/{open_id}/history")] {
        seen.push_str(&get(pages, path).await.page());
    }
    assert!(seen.contains("Öppet arbete"));
    assert!(
        !seen.contains("Bara för parterna") && !seen.contains("Slutet arbete") && !seen.contains(&closed_id),
        "{seen}"
    );
    for path in ["/arbete/", "/api/v1/works/"] {
        assert_eq!(get(pages, &format!("{path}{closed_id}")).await.status, 404, "{path}");
    }
    for path in [format!("/arbete/{closed_id}/historik"), format!("/api/v1/works/{closed_id}/history")] {
        assert_eq!(get(pages, &path).await.status, 404, "{path}");
    }
    // A title for the parties only: the work is not shown at all, though it was.
    open.set("/facts/title", text("Ny titel för parterna")).await;
    open.publish().await;
    county.converge().await;
    until("the row is gone", || async { get(pages, "/api/v1/works").await.data()["total"] == json!(0) }).await;
    assert_eq!(get(pages, &format!("/arbete/{open_id}")).await.status, 404);
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_framed_by_nobody_run_nothing_and_answer_this_machine_only() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let pages = with_pages(&mut county, "rvn", "released");
    start_all(&mut county).await;
    let first = get(pages, "/").await;
    for header in [
        "content-security-policy: default-src 'none'; style-src 'self'",
        "x-content-type-options: nosniff",
        "cache-control: private, no-cache",
        "content-language: sv",
    ] {
        assert!(first.head.contains(header), "{header} in {}", first.head);
    }
    // The page says the minute and who is connected, so it may have changed in between: but not every time.
    until("a page that has not changed is not sent again", || async {
        let head = get(pages, "/").await.head;
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
        let again = ask(pages, &format!("GET / HTTP/1.1\r\nHost: {pages}\r\nIf-None-Match: {tag}\r\n")).await;
        (again.status, again.body.as_str()) == (304, "")
    })
    .await;
    let style = first.body.split_once("/static/").and_then(|(_, rest)| rest.split_once('"')).expect("a style sheet").0;
    let style = get(pages, &format!("/static/{style}")).await;
    assert!(style.head.contains("immutable") && style.body.contains("prefers-color-scheme"));
    let english = ask(pages, &format!("GET / HTTP/1.1\r\nHost: {pages}\r\nAccept-Language: en-GB,sv;q=0.5\r\n")).await;
    assert!(english.page().contains("lang=\"en\""));

    // Errors are pages too, and problem documents for programs.
    let missing = get(pages, "/arbete/0000").await;
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("<h1>") && missing.body.contains("portföljen"), "{}", missing.body);
    let problem = get(pages, "/api/v1/works/0000").await;
    assert!(problem.head.contains("application/problem+json") && problem.body.contains("input.not_found"));
    assert_eq!(get(pages, "/portfolj?sida=sju").await.status, 400);
    let misspelt = get(pages, "/api/v1/works?stage=ongoing").await;
    assert!(misspelt.status == 400 && misspelt.body.contains("no parameter 'stage'"), "{misspelt:?}");
    assert_eq!(get(pages, "/finns-inte").await.status, 404);
    assert_eq!(ask(pages, &format!("POST / HTTP/1.1\r\nHost: {pages}\r\nContent-Length: 0\r\n")).await.status, 405);
    let api = ask(pages, &format!("POST /api/v1/works HTTP/1.1\r\nHost: {pages}\r\nContent-Length: 0\r\n")).await;
    assert!(api.status == 405 && api.head.contains("application/problem+json"), "{api:?}");
    // Somebody else's name that points here, and a proxy put before it by mistake.
    assert_eq!(ask(pages, "GET / HTTP/1.1\r\nHost: samsyn.example\r\n").await.status, 421);
    let huge = format!("GET / HTTP/1.1\r\nHost: {pages}\r\nX-Long: {}\r\n", "x".repeat(64 * 1024));
    assert_eq!(ask(pages, &huge).await.status, 431);
    assert_eq!(get(pages, "/").await.status, 200, "and goes on");
    county.stop_and_verify().await;
}

/// What the description says is there is there, with the fields that it names, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn answers_to_programs_are_as_described() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let pages = with_pages(&mut county, "rvn", "released");
    start_all(&mut county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Beskrivet"));
        d.set(path("/facts/summary"), prose("Till och med här."));
    });
    desk.push().await;
    let id = desk.publish().await;
    county.converge().await;
    let description: serde_json::Value =
        serde_json::from_str(&get(pages, "/api/v1/openapi.json").await.page()).expect("JSON");
    let paths = description["paths"].as_object().expect("paths");
    assert_eq!(paths.len(), 7, "{paths:?}");
    for (path, described) in paths {
        let schema = &described["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let mut schema = schema.clone();
        schema["components"] = description["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap_or_else(|e| panic!("{path}: {e}"));
        let asked = match path.as_str() {
            "/documents" => "?slag=work",
            "/search" => "?sok=till",
            _ => "",
        };
        let answer = get(pages, &format!("/api/v1{}{asked}", path.replace("{id}", &id))).await.page();
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        let faults: Vec<String> = validator.iter_errors(&answer).map(|e| format!("{} {e}", e.instance_path)).collect();
        assert_eq!(faults, Vec::<String>::new(), "{path}: {answer}");
    }
    county.stop_and_verify().await;
}

/// ```text
///   a meeting in 2020 ──► what has changed since, or after a day that the reader chooses; of what these eyes may see
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_the_overview_tells_what_has_changed_since_the_last_meeting() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let (pages, open) = (with_pages(&mut county, "rvn", "released"), with_pages(&mut county, "timra", "public"));
    start_all(&mut county).await;
    county.publish("rvn", "Slutet arbete").await;
    let mut programme = county.desk_of("rvn", DocumentKind::Programme).await;
    programme.edit(|d| {
        d.set(path("/programme/name"), text("Programmet"));
        for (id, date) in [("m1", "2019-05-02"), ("m2", "2020-01-15"), ("m3", "2999-01-15")] {
            d.set(path(&format!("/calendar/{id}/title")), text(&format!("Möte {id}")));
            d.set(path(&format!("/calendar/{id}/kind")), reference("event:meeting"));
            d.set(path(&format!("/calendar/{id}/date")), Stated::Date(date.to_owned()));
        }
    });
    programme.push().await;
    programme.publish_to(Audience::Public).await;
    county.converge().await;
    let shown = get(pages, "/").await.page();
    assert!(shown.contains("Ändrat efter 2020-01-15 (Möte m2)"), "the last that has been: {shown}");
    assert!(shown.contains("Arbeten</a>: 1 av 1") && shown.contains("Program</a>: 1 av 1"), "{shown}");
    let later = get(pages, "/?sedan=2999-01-01").await.page();
    assert!(later.contains("Ändrat efter 2999-01-01<") && later.contains("Arbeten</a>: 0 av 1"), "{later}");
    assert!(later.contains("Inget arbete har ändrats sedan dess") && !later.contains("Slutet arbete"), "{later}");
    assert_eq!(get(pages, "/?sedan=2020-13-01").await.status, 400);
    let public = get(open, "/").await.page();
    assert!(public.contains("Arbeten</a>: 0 av 0") && !public.contains("Slutet arbete"), "{public}");
    county.stop_and_verify().await;
}

/// What another program reads in the file for Excel: names of the sheets, what is frozen and filtered, the rows by their
/// headings with the kind of each cell.
const READ_WORKBOOK: &str = "
import io,json,sys,urllib.request,openpyxl
b=openpyxl.load_workbook(io.BytesIO(urllib.request.urlopen(sys.argv[1]).read()))
s=b.worksheets[0]
h=[c.value for c in s[1]]
rows=[{n:[c.data_type,str(c.value)] for n,c in zip(h,r) if c.value is not None} for r in s.iter_rows(min_row=2)]
about={r[0].value:r[1].value for r in b.worksheets[1].iter_rows()}
print(json.dumps({'sheets':b.sheetnames,'frozen':s.freeze_panes,'filter':s.auto_filter.ref,'rows':rows,'about':about}))
";

/// ```text
///   rvn and timra publish works ──► timra's page ──► a file for Excel, opened by another program
///   rvn's draft, rvn's private changes ──► no file
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_a_file_has_what_was_chosen_with_real_days_and_text_that_stays_text() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let pages = with_pages(&mut county, "timra", "released");
    start_all(&mut county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("=HYPERLINK(\"http://example.org\")"));
        d.set(path("/facts/stage"), reference("stage:ongoing"));
        d.set(path("/facts/start"), Stated::Date("2025-06-15".to_owned()));
        d.set(path("/facts/end"), Stated::Date("HT 2026".to_owned()));
        d.set(path("/facts/summary"), prose("Rad ett; \"två\".\nRad tre."));
    });
    desk.push().await;
    desk.publish().await;
    desk.set("/facts/deliverables", prose("Inte delat än.")).await;
    let mut second = county.desk("timra").await;
    second.set("/facts/title", text("Andra arbetet")).await;
    second.publish().await;
    let mut draft = county.desk("timra").await;
    draft.set("/facts/title", text("Bara ett utkast")).await;
    county.converge().await;

    let page = get(pages, "/portfolj?skede=ongoing").await.page();
    assert!(page.contains("/portfolj/arbeten.xlsx?skede=ongoing"), "the file has what the page shows: {page}");
    let mut command = Command::new(python().await);
    command.args(["-c", READ_WORKBOOK]).arg(format!("http://{pages}/portfolj/arbeten.xlsx?skede=ongoing"));
    let read: serde_json::Value = serde_json::from_str(&finish(command).await.ok().out).expect("JSON");
    assert_eq!((&read["sheets"], &read["frozen"]), (&json!(["arbeten", "Läs mig"]), &json!("B2")));
    assert!(read["filter"].as_str().is_some_and(|cells| cells.starts_with("A1:") && cells.ends_with('2')), "{read}");
    let rows = read["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 1, "{read}");
    let cell = |label: &str| (rows[0][label][0].as_str().unwrap_or(""), rows[0][label][1].as_str().unwrap_or(""));
    assert_eq!(cell("Titel"), ("s", "=HYPERLINK(\"http://example.org\")"), "text and no formula");
    assert_eq!(cell("Skede"), ("s", "pågående"));
    assert_eq!(cell("Start"), ("d", "2025-06-15 00:00:00"));
    assert_eq!(cell("Slut"), ("s", "HT 2026"));
    assert_eq!(cell("Beskrivning"), ("s", "Rad ett; \"två\".\nRad tre."));
    assert_eq!((&read["about"]["Antal arbeten"], &read["about"]["Urval"]), (&json!("1"), &json!("Skede: pågående")));
    assert!(!read.to_string().contains("Inte delat"), "an unpublished change");

    let lines = get(pages, "/portfolj/arbeten.csv").await;
    assert!(lines.head.contains("content-disposition: attachment; filename=\"arbeten.csv\""), "{}", lines.head);
    let lines = lines.page();
    assert!(lines.starts_with("\u{feff}Titel;Ägare;Nummer;"), "{lines}");
    assert!(lines.contains("\"'=HYPERLINK(\"\"http://example.org\"\")\""), "no program reckons with it: {lines}");
    assert!(lines.contains("Andra arbetet") && !lines.contains("Bara ett utkast"), "{lines}");
    let lines = get(pages, "/portfolj/arbeten-komma.csv?part=rvn").await.page();
    assert!(
        lines.starts_with("/facts/title,owner,") && lines.contains(",stage:ongoing,") && !lines.contains("Andra"),
        "{lines}"
    );

    let none = get(pages, "/portfolj/arbeten.xlsx?skede=idea").await;
    assert!(none.status == 404 && none.body.contains("Det finns inga arbeten att hämta"), "{}", none.body);
    assert_eq!(
        get(pages, "/portfolj/arbeten.csv?per=2025-01-01").await.status,
        400,
        "files have no memory, and say so"
    );
    county.stop_and_verify().await;
}
