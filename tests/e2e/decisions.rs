//! A decision from proposal to each party's own register number: who may do what, what counts, and that every node shows the
//! same outcome.

use samsyn_client::copy::WorkingCopy;
use samsyn_core::{entry::DocumentKind, governance, value::Value};
use samsyn_tests::county::{County, Desk, path, prose, reference, text};
use serde_json::json;

const TEXT: &str = "Länet arbetar för en god, nära och jämlik vård.";

/// The programme's document with three bodies: one that decides, one that has ended, one that nobody has described well.
async fn programme(county: &mut County) {
    let client = county.client("rvn").await;
    let copy = WorkingCopy::create(&client, DocumentKind::Programme, "").await.expect("a new working copy");
    let mut desk = Desk::on(client, &copy.id).await;
    desk.edit(|d| {
        d.set(path("/programme/name"), text("God och nära vård"));
        for (id, ended) in [("lansledning", false), ("styrgrupp", true)] {
            let at = |field: &str| path(&format!("/bodies/{id}/{field}"));
            d.set(at("name"), text(id));
            d.set(at("kind"), reference("body-kind:cooperation"));
            d.set(at("secretary"), reference("org:rvn"));
            d.set(at("members"), Value::References(["org:ange".to_owned(), "org:rvn".to_owned()].into()));
            d.set(at("rule/quorum"), reference("quorum:majority"));
            d.set(at("rule/majority"), reference("majority:simple"));
            if ended {
                d.set(at("valid-to"), Value::Date("2024".into()));
                d.set(at("replaced-by"), reference("body:lansledning"));
            }
        }
        d.set(path("/bodies/presidium/name"), text("Presidiet"));
    });
    desk.push().await;
    desk.publish().await;
    county.converge().await;
}

/// Writes by command; gives the working copy.
async fn writes(county: &County, party: &str, line: &[&str]) -> String {
    let line = [&["decision"], line, &["--json"]].concat();
    let saved = county.samsyn(party, &line).await.ok().data();
    saved["working_copy_id"].as_str().expect("an id").to_owned()
}

/// The same, and shares it.
async fn does(county: &mut County, party: &str, line: &[&str]) {
    let copy = writes(county, party, line).await;
    county.samsyn(party, &["work", "publish", &copy, "--yes"]).await.ok();
    county.converge().await;
}

/// A command is refused with a code, and nothing of the decision has changed.
async fn is_refused(county: &County, party: &str, line: &[&str], code: &str) {
    let all = [&["decision"], line, &["--json"]].concat();
    let refused = county.samsyn(party, &all).await.exits(5);
    assert_eq!(refused.error()["code"], code, "{line:?}");
}

/// A draft is held back at the gate with a code; it is left as it was before.
async fn is_held_back(county: &County, party: &str, document: &str, (at, value): (&str, Value), code: &str) {
    let mut desk = county.desk_on(party, document).await;
    let before = desk.draft();
    desk.set(at, value).await;
    let held = desk.try_publish().await.expect("an answer").held_back;
    assert!(held.iter().any(|held| held.code == code), "{at}: {held:?}");
    desk.edit(|draft| *draft = before);
    desk.push().await;
}

async fn shown(county: &County, party: &str, document: &str) -> serde_json::Value {
    county.samsyn(party, &["decision", "show", document, "--json"]).await.ok().data()
}

/// ```text
///   rvn (secretary, seat) ╌╌╌ ange (seat) ╌╌╌ timra (no seat): found, vote, minutes, adjust; then each party's own decision
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i5_i8_a_decision_goes_from_proposal_to_each_partys_number_and_all_nodes_show_the_same() {
    let mut county = County::with(&["rvn", "ange", "timra"]).await;
    programme(&mut county).await;

    // Only the secretary founds, and only for a body that is valid and described.
    let new =
        |body: &'static str| vec!["new", "--title", "Målbild", "--body", body, "--text", TEXT, "--step", "namnd=Nämnd"];
    for (party, body, code) in [
        ("ange", "lansledning", "decision.not_secretary"),
        ("rvn", "styrgrupp", "decision.body_not_valid"),
        ("rvn", "presidium", "decision.body_incomplete"),
    ] {
        let copy = writes(&county, party, &new(body)).await;
        let held = county.samsyn(party, &["work", "publish", &copy, "--yes", "--json"]).await.exits(5).data();
        assert_eq!(held["held_back"][0]["code"], code, "{held}");
    }
    is_refused(&county, "rvn", &new("finns-inte"), "decision.body_unknown").await;
    let copy = writes(&county, "rvn", &new("lansledning")).await;
    let published = county.samsyn("rvn", &["work", "publish", &copy, "--yes", "--json"]).await.ok().data();
    let document = published["document_id"].as_str().expect("an id").to_owned();
    let id = document.as_str();
    county.converge().await;
    let proposed = shown(&county, "timra", id).await;
    assert_eq!((&proposed["outcome"]["conclusion"], &proposed["put"]), (&json!("undecided"), &json!("v1")));
    assert_eq!(proposed["text_version"], json!(governance::text_version(TEXT)));

    // A frozen text stays, and who has no seat has no vote (I5).
    is_held_back(&county, "rvn", id, ("/proposal/texts/v1/text", prose("Annan text")), "decision.frozen").await;
    is_held_back(&county, "timra", id, ("/votes/ange", reference("vote:no")), "effect.path_forbidden").await;
    is_refused(&county, "timra", &["vote", id, "nej"], "decision.no_seat").await;

    does(&mut county, "ange", &["vote", id, "ja"]).await;
    is_refused(&county, "ange", &["vote", id, "nej"], "decision.voted").await;
    is_held_back(&county, "ange", id, ("/votes/ange", reference("vote:no")), "decision.voted").await;
    does(&mut county, "rvn", &["vote", id, "ja"]).await;
    assert_eq!(
        shown(&county, "timra", id).await["outcome"]["conclusion"],
        "undecided",
        "the minutes count nothing yet"
    );

    is_refused(&county, "rvn", &["minutes", id, "--date", "2999-01-01"], "decision.future").await;
    is_refused(&county, "rvn", &["minutes", id, "--count", "timra"], "decision.no_seat").await;
    let minutes = [
        "minutes",
        id,
        "--date",
        "2025-01-24",
        "--paragraph",
        "§ 4",
        "--procedure",
        "omröstning",
        "--count",
        "alla",
        "--text",
        "v1",
    ];
    does(&mut county, "rvn", &minutes).await;
    is_refused(&county, "ange", &["vote", id, "--withdraw"], "decision.minuted").await;
    is_held_back(&county, "ange", id, ("/reservations/ange", prose("Nej")), "decision.minuted").await;
    does(
        &mut county,
        "rvn",
        &["minutes", id, "--adjusted", "2025-02-03", "--adjusted-by", "ordförande och en justerare"],
    )
    .await;
    is_held_back(&county, "rvn", id, ("/minutes/date", Value::Date("2025-01-25".into())), "decision.minuted").await;
    let decided = shown(&county, "ange", id).await;
    assert_eq!(
        (&decided["outcome"]["conclusion"], &decided["outcome"]["yes"]),
        (&json!("adopted"), &json!(2)),
        "{decided}"
    );
    assert_eq!(
        (&decided["position"], &decided["force"]),
        (&json!(true), &json!(null)),
        "a cooperation body binds nobody"
    );

    // Each party's own decision, with its own number, of the text that was decided.
    let other = governance::text_version("En annan text");
    is_refused(&county, "timra", &["ratify", id, "--state", "antagen", "--text", &other], "decision.other_text").await;
    let at = "/ratifications/timra/ks/namnd";
    is_held_back(
        &county,
        "timra",
        id,
        (&format!("{at}/state"), reference("ratification:adopted")),
        "decision.other_text",
    )
    .await;
    is_refused(&county, "timra", &["ratify", id, "--state", "antagen", "--date", "2999-01-01"], "decision.future")
        .await;
    is_held_back(
        &county,
        "timra",
        id,
        ("/ratifications/timra/finns-inte/namnd/state", reference("ratification:informed")),
        "input.value",
    )
    .await;
    for (party, state, date, number) in [
        ("ange", "antagen", "2025-03-03", "KS 25/77"),
        ("rvn", "antagen med tillägg", "2025-02-20", "25RS31"),
        ("timra", "på väg", "2999-06-01", "KS/2025:9"),
    ] {
        let line = ["ratify", id, "--state", state, "--authority", "ks", "--date", date, "--number", number];
        does(&mut county, party, &line).await;
    }
    let first = shown(&county, "rvn", id).await;
    for party in ["ange", "timra"] {
        assert_eq!(shown(&county, party, id).await, first, "{party}");
    }
    let by_party = json!({"ange": "adopted", "rvn": "adopted-with-amendment", "timra": "scheduled"});
    assert_eq!(first["by_party"], by_party);
    assert_eq!((&first["adopted"], &first["waiting"], &first["parties"]), (&json!(2), &json!(1), &json!(3)));
    assert_eq!(first["next_known"], json!({"date": "2999-06-01", "party": "timra"}));
    let numbers: Vec<&str> =
        first["ratifications"].as_array().expect("a list").iter().filter_map(|r| r["number"].as_str()).collect();
    assert_eq!(numbers, ["KS 25/77", "25RS31", "KS/2025:9"]);
    let list = county.samsyn("timra", &["decision", "list"]).await.ok();
    list.says("Målbild").says("antaget").says("2 av 3");
    county.samsyn("timra", &["decision", "show", id]).await.ok().says("KS 25/77").says("ställningstagande");
    county.stop_and_verify().await;
}
