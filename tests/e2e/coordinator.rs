//! What a coordinator does with `samsyn`, and what she is told when she gets it wrong.

use samsyn_tests::county::{County, Ran, path, prose, run, text};
use serde_json::{Value, json};
use std::fs;

fn fact<'a>(work: &'a Value, path: &str) -> &'a Value {
    let facts = work["facts"].as_array().expect("facts");
    facts.iter().find(|f| f["path"] == path).unwrap_or_else(|| panic!("no {path} in {work}"))
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// ```text
///   rvn (coordinator) ─── timra (reads)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_work_goes_from_draft_to_the_whole_county_and_can_be_followed() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let id = drafts_a_work(&county).await;
    let document = shares_it(&county, &id).await;
    county.converge().await;
    everyone_reads_it(&county, &id, &document).await;
    changes_and_reports(&county, &document).await;
    county.converge().await;
    everyone_follows_it(&county, &document).await;
    county.stop_and_verify().await;
}

/// A draft stands at home only, and is listed there on request.
async fn drafts_a_work(county: &County) -> String {
    let facts = [
        ["--title", "Hemmonitorering för äldre"],
        ["--form", "pilot"],
        ["--stage", "pågående"],
        ["--start", "HT 2025"],
        ["--partners", "timra, partner:premicare"],
        ["--target-groups", "äldre"],
        ["--summary", "Äldre mäter hemma."],
        ["--private", "minne=ring om upphandlingen"],
    ];
    let new = [&["work", "new", "--json"], facts.concat().as_slice()].concat();
    let id = text_of(&county.samsyn("rvn", &new).await.ok().data()["working_copy_id"]);
    // A draft: listed on request, at home only.
    assert_eq!(county.samsyn("rvn", &["work", "list", "--json"]).await.ok().data()["total"], 0);
    let drafts = county.samsyn("rvn", &["work", "list", "--drafts", "--json"]).await.ok().data();
    assert_eq!(
        (&drafts["works"][0]["draft"], &drafts["works"][0]["title"]),
        (&json!(true), &json!("Hemmonitorering för äldre"))
    );
    id
}

/// Nothing is shared before a yes; a second time there is nothing more to share.
async fn shares_it(county: &County, id: &str) -> String {
    let preview = county.samsyn("rvn", &["work", "publish", id, "--preview"]).await.ok();
    preview.says("allmän handling");
    // Without a yes and with nobody to ask, nothing is shared.
    county.samsyn("rvn", &["work", "publish", id]).await.exits(2);
    assert_eq!(county.status("rvn").await.commits, 0);

    let shared = county.samsyn("rvn", &["work", "publish", id, "--yes", "--json"]).await.ok().data();
    let document = text_of(&shared["document_id"]);
    assert!(shared["published_paths"].as_array().is_some_and(|p| p.len() == 7), "{shared}");
    assert_eq!((&shared["nothing"], &shared["held_back"]), (&json!(false), &json!([])));
    let again = county.samsyn("rvn", &["work", "publish", id, "--yes", "--json"]).await.ok().data();
    assert_eq!((&again["nothing"], &again["commit"]), (&json!(true), &Value::Null));
    document
}

async fn everyone_reads_it(county: &County, id: &str, document: &str) {
    let work = county.samsyn("timra", &["work", "show", document, "--json"]).await.ok().data();
    assert_eq!((&work["owner"], &work["draft"]), (&json!("rvn"), &Value::Null));
    assert_eq!(fact(&work, "/facts/title")["value"], json!({"type": "text", "value": "Hemmonitorering för äldre"}));
    assert_eq!(fact(&work, "/facts/start")["value"]["value"], "HT 2025");
    assert_eq!(fact(&work, "/facts/title")["stated_by"], "rvn");
    assert!(!work.to_string().contains("upphandlingen"), "{work}");
    county.samsyn("rvn", &["work", "show", id]).await.ok().says("ring om upphandlingen");

    for filter in [
        ["--party", "Timra"],
        ["--stage", "pågående"],
        ["--target-group", "äldre"],
        ["--form", "pilot"],
        ["--text", "HEMMON"],
    ] {
        let found = county.samsyn("timra", &["work", "list", filter[0], filter[1], "--json"]).await.ok().data();
        assert_eq!(found["total"], 1, "{filter:?}: {found}");
    }
    assert_eq!(
        county.samsyn("timra", &["work", "list", "--stage", "avslutad", "--json"]).await.ok().data()["total"],
        0
    );
}

async fn changes_and_reports(county: &County, document: &str) {
    county.samsyn("rvn", &["work", "edit", document, "--stage", "avslutad", "--remove", "start"]).await.ok();
    let shown = county.samsyn("rvn", &["work", "list", "--json"]).await.ok().data();
    assert_eq!(
        (&shown["works"][0]["unpublished_changes"], &shown["works"][0]["stage"]),
        (&json!(true), &json!("ongoing"))
    );
    let status = [["--time", "gul"], ["--cost", "grön"], ["--cooperation", "grön"], ["--benefit", "röd"]];
    let more = [["--comment", "Utbildningen blev försenad."], ["--date", "2026-11-20"]];
    let report = [&["work", "report", document], status.concat().as_slice(), more.concat().as_slice()].concat();
    county.samsyn("rvn", &report).await.ok();
    county.samsyn("rvn", &["work", "publish", document, "--yes"]).await.ok();
}

/// The list, the work, the history that tells both versions, and who has been heard from.
async fn everyone_follows_it(county: &County, document: &str) {
    let list = county.samsyn("timra", &["work", "list", "--json"]).await.ok().data();
    assert_eq!((&list["works"][0]["stage"], &list["works"][0]["start"]), (&json!("completed"), &Value::Null));
    county.samsyn("timra", &["work", "show", document]).await.ok().says("Utbildningen blev försenad.").says("avslutad");
    county.samsyn("timra", &["--lang", "en", "work", "show", document]).await.ok().says("completed");
    let history = county.samsyn("timra", &["work", "history", document, "--json"]).await.ok().data();
    let entries = history["entries"].as_array().expect("entries").clone();
    assert!(entries.iter().all(|e| e["organisation"] == "rvn" && e["verdict"] == "admitted"), "{history}");
    let stage = entries.iter().flat_map(|e| e["facts"].as_array().cloned().unwrap_or_default());
    let stage: Vec<Value> = stage.filter(|f| f["path"] == "/facts/stage").collect();
    assert_eq!(stage.len(), 2, "{history}");
    assert_eq!(stage[1]["before"][0]["value"]["value"], "stage:ongoing", "{history}");
    county.samsyn("timra", &["work", "history", document]).await.ok().says("avslutad");

    let parties = county.samsyn("timra", &["parties", "--json"]).await.ok().data();
    let rvn = parties["parties"].as_array().expect("a list").iter().find(|p| p["id"] == "rvn").expect("rvn").clone();
    assert_eq!((&rvn["own"], &rvn["commits"], &rvn["commits_behind"]), (&json!(false), &json!(2), &json!(0)));
    assert!(rvn["last_contact"].is_string() && rvn["last_content"].is_string(), "{rvn}");
    county.samsyn("timra", &["parties"]).await.ok().says("rvns kommun");
    county.samsyn("timra", &["status"]).await.ok();
}

/// Everything that is refused, with exit code, stable code and the field that is wrong; and nothing half-written.
#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_input_names_its_field_and_writes_nothing() {
    let county = County::with(&["rvn", "timra"]).await;
    let document = county.publish("rvn", "Ett arbete").await;
    let before = county.samsyn("rvn", &["work", "show", &document, "--json"]).await.ok().data();
    let (long, zero) = (county.dir().join("long.txt"), county.dir().join("zero.txt"));
    fs::write(&long, "å".repeat(40_000)).expect("written");
    fs::write(&zero, "före\0efter").expect("written");
    let (long, zero) = (long.to_str().expect("a path"), zero.to_str().expect("a path"));
    let title = "x".repeat(9_000);
    let green = ["--cost", "grön", "--cooperation", "grön", "--benefit", "grön"];
    let report = |time| [&["work", "report", document.as_str(), "--time", time], green.as_slice()].concat();

    let cases: &[(&[&str], &str, &str)] = &[
        (&["work", "new", "--title", "  "], "input.empty", "title"),
        (&["work", "new", "--title", &title], "input.too_long", "title"),
        (&["work", "new", "--title", "T", "--start", "i höst"], "input.date", "start"),
        (&["work", "new", "--title", "T", "--end", "2025-02-30"], "input.date", "end"),
        (&["work", "new", "--title", "T", "--partners", "timra, Narnia"], "input.unknown_party", "partners"),
        (&["work", "new", "--title", "T", "--stage", "snart"], "input.value", "stage"),
        (&["work", "new", "--title", "T", "--form", "fest"], "input.value", "form"),
        (&["work", "new", "--title", "T", "--target-groups", "marsianer"], "input.value", "target-groups"),
        (&["work", "new", "--title", "T", "--summary-file", zero], "input.character", "summary-file"),
        (&["work", "new", "--title", "T", "--summary-file", long], "input.too_long", "summary-file"),
        (&["work", "edit", &document, "--start", "32 december"], "input.date", "start"),
        (&["work", "edit", &document, "--title", ""], "input.empty", "title"),
        (&["work", "edit", &document, "--remove", "title"], "input.empty", "remove"),
        (&["work", "edit", "finns-inte", "--title", "T"], "input.not_found", "id"),
        (&["work", "show", "finns-inte"], "input.not_found", "id"),
        (&["work", "history", "finns-inte"], "input.not_found", "id"),
        (&["work", "publish", "finns-inte", "--yes"], "input.not_found", "id"),
        (&["work", "list", "--party", "Narnia"], "input.unknown_party", "party"),
        (&report("gul"), "input.comment_missing", "comment"),
        (&report("lila"), "input.value", "time"),
    ];
    for (args, code, field) in cases {
        let refused: Ran = county.samsyn("rvn", &[*args, &["--json"]].concat()).await.exits(5);
        let error = refused.error();
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)), "{args:?}: {error}");
        // The same for people, in Swedish: what, which field, what to do.
        let told = county.samsyn("rvn", args).await.exits(5);
        assert!(
            told.out.is_empty() && told.err.contains("gör så här") && told.err.contains(code),
            "{args:?}: {told:?}"
        );
    }
    let list = county.samsyn("rvn", &["work", "list", "--drafts", "--json"]).await.ok().data();
    assert_eq!((&list["total"], &list["works"][0]["unpublished_changes"]), (&json!(1), &json!(false)), "{list}");
    let after = county.samsyn("rvn", &["work", "show", &document, "--json"]).await.ok().data();
    assert_eq!(before["facts"], after["facts"]);

    // A slip of the finger is answered with what may have been meant.
    let close = county.samsyn("rvn", &["work", "show", "Ett arbte", "--json"]).await.exits(5).error();
    assert!(close["remedy"].as_str().is_some_and(|r| r.contains("Ett arbete")), "{close}");
    county.samsyn("rvn", &["work", "finns-inte"]).await.exits(2);
    county.stop_and_verify().await;
}

/// ```text
///   rvn (owner) ─── timra (may not write the title, may write its own part)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn another_partys_work_takes_ones_own_part_and_nothing_else() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let document = county.publish("rvn", "Regionens").await;
    county.converge().await;
    let refused =
        county.samsyn("timra", &["work", "edit", &document, "--title", "Kapat", "--json"]).await.exits(5).error();
    assert_eq!((&refused["code"], &refused["field"]), (&json!("input.not_owner"), &json!("/facts/title")), "{refused}");
    // A program that does not ask first is stopped by the node.
    let mut desk = county.desk_on("timra", &document).await;
    desk.set("/facts/title", text("Kapat")).await;
    let held = county.samsyn("timra", &["work", "publish", &document, "--yes", "--json"]).await.exits(5).data();
    assert_eq!((&held["held_back"][0]["path"], &held["commit"]), (&json!("/facts/title"), &Value::Null), "{held}");
    assert_eq!(held["held_back"][0]["code"], "effect.path_forbidden", "{held}");

    desk.edit(|d| {
        d.remove(&path("/facts/title"));
        d.set(path("/parties/timra/note"), prose("Vi är med."));
    });
    desk.push().await;
    desk.publish().await;
    county.converge().await;
    let shown = county.samsyn("rvn", &["work", "show", &document, "--json"]).await.ok().data();
    assert_eq!(fact(&shown, "/facts/title")["value"]["value"], "Regionens");
    assert_eq!(fact(&shown, "/parties/timra/note")["stated_by"], "timra");
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_gone_and_settings_that_are_wrong_have_their_own_exit_codes() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.stop("rvn").await;
    let gone = county.samsyn("rvn", &["work", "list", "--json"]).await.exits(4);
    assert_eq!(gone.error()["code"], "unreachable");
    let missing = run("samsyn", county.dir(), &["--config", "none.toml", "work", "list", "--json"]).await.exits(3);
    assert_eq!(missing.error()["code"], "config.missing");
    // Another node's key at the address: not the one that was pinned.
    let settings = county.node("rvn").client_config();
    let text = fs::read_to_string(&settings).expect("read");
    let other = county.node("timra").api.to_string();
    fs::write(&settings, text.replace(&county.node("rvn").api.to_string(), &other)).expect("written");
    let wrong = county.samsyn("rvn", &["work", "list", "--json"]).await.exits(4);
    assert_eq!(wrong.error()["code"], "tls.unpinned");
    // Help is Swedish and names the exit codes.
    let help = run("samsyn", county.dir(), &["--help"]).await.ok();
    assert!(help.says_it("Användning") && help.says_it("Slutkoder"), "{help:?}");
}
