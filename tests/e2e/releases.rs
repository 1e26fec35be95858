//! What waits for a releaser: nothing leaves before somebody with that role has said yes to just this.

use crate::privacy::places_with;
use samsyn_core::code::Code;
use samsyn_server::store::Role;
use samsyn_tests::county::{County, Ran, path, prose, run, text, until};
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::{fs, path::Path};

pub(crate) const RULES: &str = "[release]\nmode = \"approve\"\n[scan]\nwords = [\"Solgården\"]\n";

/// A county whose party `rvn` wants releases approved.
pub(crate) async fn overseen(rules: &str) -> County {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.stop("rvn").await;
    let node = county.node_mut("rvn");
    fs::create_dir(node.dir.join("rules")).expect("made");
    fs::write(node.dir.join("rules/ks.toml"), rules).expect("written");
    node.environment.push(("SAMSYN__RULES__DIRECTORY".into(), node.dir.join("rules").display().to_string()));
    county.restart("rvn").await;
    county
}

pub(crate) async fn samsyn(county: &County, config: &Path, args: &[&str]) -> Ran {
    let config = config.to_str().expect("a path in UTF-8");
    run("samsyn", county.dir(), &[&["--config", config], args].concat()).await
}

pub(crate) async fn releaser(county: &County) -> std::path::PathBuf {
    let device = county.device("rvn", "releaser", Role::Releaser).await;
    until("the node has seen the new device", || async {
        samsyn(county, &device, &["release", "list"]).await.code == 0
    })
    .await;
    device
}

fn titles(ran: &Value) -> Vec<&str> {
    ran["requests"].as_array().expect("a list").iter().filter_map(|r| r["title"].as_str()).collect()
}

/// ```text
///   coordinator: asks ─► releaser: refuses ─► coordinator: corrects, asks ─► releaser: approves ─► timra has it
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_nothing_leaves_before_a_releaser_has_approved_just_that() {
    let mut county = overseen(RULES).await;
    let releaser = releaser(&county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Nattlig tillsyn"));
        d.set(path("/facts/summary"), prose("Kostar två miljoner."));
    });
    desk.push().await;
    let id = desk.id().to_owned();
    county
        .samsyn("rvn", &["work", "publish", &id, "--preview"])
        .await
        .ok()
        .says("godkänner först")
        .says("Inget är delat");
    let asked = county.samsyn("rvn", &["work", "publish", &id, "--yes", "--json"]).await.ok().data();
    assert_eq!((&asked["waits"], &asked["commit"]), (&json!(true), &Value::Null), "{asked}");
    county.samsyn("rvn", &["work", "publish", &id, "--yes"]).await.ok().says("väntar på att en frisläppare");
    county.samsyn("rvn", &["work", "show", &id]).await.ok().says("Delning: väntar");

    // Who has written it cannot approve it, and nobody shares it past the queue.
    let own = county.samsyn("rvn", &["release", "approve", &id, "--yes", "--json"]).await.exits(5).error();
    assert_eq!(own["code"], Code::RoleForbidden.as_str());
    let past = samsyn(&county, &releaser, &["work", "publish", &id, "--yes", "--json"]).await.exits(5).error();
    assert_eq!(past["code"], Code::RoleForbidden.as_str());

    let queue = samsyn(&county, &releaser, &["release", "list", "--json"]).await.ok().data();
    assert_eq!(titles(&queue), ["Nattlig tillsyn"], "asked for twice, it waits once");
    samsyn(&county, &releaser, &["release", "show", &id])
        .await
        .ok()
        .says("Kostar två miljoner.")
        .says("allmän handling");
    samsyn(&county, &releaser, &["release", "refuse", &id, "--reason", " "]).await.exits(5);
    let reason = "Kostnaden är inte beslutad.";
    samsyn(&county, &releaser, &["release", "refuse", &id, "--reason", reason]).await.ok();
    county.samsyn("rvn", &["work", "show", &id]).await.ok().says(reason);
    let again = samsyn(&county, &releaser, &["release", "approve", &id, "--yes", "--json"]).await.exits(5).error();
    assert_eq!(again["code"], Code::ReleaseNotWaiting.as_str());

    desk.set("/facts/summary", prose("Prövas i tre månader.")).await;
    county.samsyn("rvn", &["work", "publish", &id, "--yes"]).await.ok();
    // It is changed once more while it waits: what nobody has approved does not leave.
    desk.set("/facts/summary", prose("Prövas i tolv månader.")).await;
    let changed = samsyn(&county, &releaser, &["release", "approve", &id, "--yes", "--json"]).await.exits(5).error();
    assert_eq!(changed["code"], Code::ReleaseChanged.as_str());
    county.samsyn("rvn", &["work", "publish", &id, "--yes"]).await.ok();
    // Neither a crash nor a restart loses the queue.
    county.crash("rvn").await;
    county.restart("rvn").await;
    assert!(
        county.samsyn("timra", &["work", "list", "--json"]).await.ok().data()["works"]
            .as_array()
            .is_some_and(Vec::is_empty)
    );
    let done = samsyn(&county, &releaser, &["release", "approve", &id, "--yes", "--json"]).await.ok().data();
    let document = done["document_id"].as_str().expect("it has been shared").to_owned();
    county.converge().await;
    county.samsyn("timra", &["work", "show", &document]).await.ok().says("Prövas i tolv månader.");
    assert!(titles(&samsyn(&county, &releaser, &["release", "list", "--json"]).await.ok().data()).is_empty());
    let all = samsyn(&county, &releaser, &["release", "list", "--all", "--json"]).await.ok().data();
    assert_eq!(all["requests"][0]["state"], "approved", "{all}");

    // Who did what is in the audit log, and neither a title nor a reason is.
    county.stop("rvn").await;
    let config = county.node("rvn").config();
    let log =
        county.samsynd(&["audit", "export", "--config", config.to_str().expect("UTF-8"), "--json"]).await.ok().data();
    let acts: Vec<&str> = log["lines"].as_array().expect("lines").iter().filter_map(|l| l["act"].as_str()).collect();
    let asked = "release_asked";
    assert_eq!(acts, ["started", asked, asked, "release_refused", asked, asked, "started", "release"]);
    assert!(!log.to_string().contains("Nattlig") && !log.to_string().contains("Kostnaden"), "{log}");
    county.samsynd(&["audit", "verify", "--config", config.to_str().expect("UTF-8")]).await.ok().says("whole: 8 lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_read_again_and_a_faulty_file_changes_nothing() {
    let county = overseen(RULES).await;
    let file = county.node("rvn").dir.join("rules/ks.toml");
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| d.set(path("/facts/title"), text("Trygghet på solgården")));
    desk.push().await;
    let id = desk.id().to_owned();
    let held = county.samsyn("rvn", &["work", "publish", &id, "--yes", "--json"]).await.exits(5).data();
    assert_eq!(held["held_back"][0]["code"], Code::SecrecyOwnWord.as_str(), "{held}");
    assert_eq!(held["held_back"][0]["at"], json!({"from": 12, "to": 21}));
    county.samsyn("rvn", &["work", "publish", &id, "--preview"]).await.exits(5).says("inte släpper ut");

    fs::write(&file, "[release]\nmode = \"aprove\"\n").expect("written");
    until("the fault is told", || async { county.node("rvn").log().contains("are not taken") }).await;
    assert!(county.node("rvn").log().contains("ks.toml: line 2"), "{}", county.node("rvn").tail());
    county.samsyn("rvn", &["work", "publish", &id, "--yes"]).await.exits(5);

    // Away it lets nothing out either.
    fs::remove_file(&file).expect("removed");
    until("that it is gone is told", || async { county.node("rvn").log().contains("no longer there") }).await;
    county.samsyn("rvn", &["work", "publish", &id, "--yes"]).await.exits(5);

    fs::write(&file, "[release]\nmode = \"automatic\"\naudience = \"public\"\n").expect("written");
    until("the new rules are in force", || async {
        county.samsyn("rvn", &["work", "publish", &id, "--preview"]).await.code == 0
    })
    .await;
    let shared = county.samsyn("rvn", &["work", "publish", &id, "--yes", "--json"]).await.ok().data();
    assert_eq!((&shared["waits"], &shared["audience"]), (&json!(false), &json!("public")), "{shared}");
    assert!(shared["commit"].is_string(), "{shared}");
}

/// ```text
///   ks wants approval, son has no rules: neither another name nor another board's device is a way around
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_another_authority_is_no_way_around_the_rules() {
    let county = overseen(RULES).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| d.set(path("/facts/title"), text("Genväg")));
    desk.push().await;
    let client = county.node("rvn").client().await.expect("connects");
    let publish = |authority: &str, role: &str| v1::PublishRequest {
        working_copy_id: desk.id().to_owned(),
        authority: authority.to_owned(),
        role: role.to_owned(),
        ..v1::PublishRequest::default()
    };
    for request in [publish("son", ""), publish("", "releaser")] {
        let refused = client.call(client.replica().publish(request)).await.expect_err("refused");
        assert_eq!(refused.code, Code::RoleForbidden, "{refused:?}");
    }

    // For devices of son there are no drafts of ks, and none can be founded as if it were.
    let writer = bound(&county, "son-skriver", "coordinator").await;
    let releaser = bound(&county, "son-frislapper", "releaser").await;
    let id = desk.id();
    for command in [
        &["work", "publish", id, "--yes"][..],
        &["work", "edit", id, "--title", "Annat"],
        &["work", "mark", id, "--remove"],
    ] {
        let refused = samsyn(&county, &writer, &[command, &["--json"]].concat()).await.exits(5).error();
        assert_eq!(refused["code"], Code::InputNotFound.as_str(), "{command:?}");
    }
    assert_eq!(samsyn(&county, &writer, &["work", "list", "--drafts", "--json"]).await.ok().data()["works"], json!([]));
    county.samsyn("rvn", &["work", "publish", id, "--yes"]).await.ok().says("väntar");
    assert!(titles(&samsyn(&county, &releaser, &["release", "list", "--json"]).await.ok().data()).is_empty());
    let content = waiting(&county).await;
    let client = county.node("rvn").client_of(&releaser).await.expect("connects");
    let decision =
        v1::DecideReleaseRequest { working_copy_id: id.to_owned(), approve: true, content, ..Default::default() };
    let refused = client.call(client.replica().decide_release(decision)).await.expect_err("refused");
    assert_eq!(refused.code, Code::RoleForbidden, "{refused:?}");
    let founded = samsyn(&county, &writer, &["work", "new", "--title", "Eget", "--authority", "ks", "--json"]).await;
    assert_eq!(founded.exits(5).error()["code"], Code::RoleForbidden.as_str());
    assert!(county.samsyn("timra", &["work", "list", "--json"]).await.ok().data()["works"] == json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_device_of_another_authority_neither_sees_nor_shares_a_draft_where_nobody_has_rules() {
    let county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| d.set(path("/facts/title"), text("Delat")));
    desk.push().await;
    let document = desk.publish().await;
    desk.set("/facts/title", text("Inte delat än")).await;
    let own = county.node("rvn").client().await.expect("connects");
    let copies = || async {
        let listed =
            own.call(own.replica().list_working_copies(v1::ListWorkingCopiesRequest {})).await.expect("listed");
        listed.working_copies.len()
    };
    let before = copies().await;
    let writer = bound(&county, "son-skriver", "coordinator").await;
    let client = county.node("rvn").client_of(&writer).await.expect("connects");
    for preview in [true, false] {
        let publish =
            v1::PublishRequest { working_copy_id: desk.id().to_owned(), preview, ..v1::PublishRequest::default() };
        let refused = client.call(client.replica().publish(publish)).await.expect_err("refused");
        assert_eq!(refused.code, Code::RoleForbidden, "{refused:?}");
        assert!(!format!("{refused:?}").contains("title"), "{refused:?}");
    }
    let pull = v1::PullWorkingCopyRequest { id: document.clone(), have_heads: Vec::new() };
    let refused = client.call(client.replica().pull_working_copy(pull)).await.expect_err("refused");
    assert_eq!(refused.code, Code::InputNotFound, "{refused:?}");
    assert_eq!(copies().await, before, "and no other draft of that document is made");
    county.samsyn("rvn", &["work", "show", &document]).await.ok().says("Inte delat än");
    // Nor does it share its own as if it were another board.
    let made = samsyn(&county, &writer, &["work", "new", "--title", "Nämndens eget", "--json"]).await.ok().data();
    let own = v1::PublishRequest {
        working_copy_id: made["working_copy_id"].as_str().expect("an id").to_owned(),
        ..v1::PublishRequest::default()
    };
    let as_another = v1::PublishRequest { authority: "ks".to_owned(), ..own.clone() };
    let refused = client.call(client.replica().publish(as_another)).await.expect_err("refused");
    assert_eq!(refused.code, Code::RoleForbidden, "{refused:?}");
    client.call(client.replica().publish(own)).await.expect("as itself it does");
}

/// A device that speaks for the authority son alone.
pub(crate) async fn bound(county: &County, name: &str, role: &str) -> std::path::PathBuf {
    let (device, pin) = county.unknown_device("rvn", name);
    let config = county.node("rvn").config();
    let (config, pin) = (config.to_str().expect("UTF-8"), pin.to_string());
    let add =
        ["device", "add", "--config", config, "--pin", &pin, "--name", name, "--role", role, "--authority", "son"];
    county.samsynd(&add).await.ok();
    until("the node has seen the new device", || async { samsyn(county, &device, &["work", "list"]).await.code == 0 })
        .await;
    device
}

/// What is asked for now, as the coordinator is told.
async fn waiting(county: &County) -> String {
    let client = county.node("rvn").client().await.expect("connects");
    let request = v1::ListReleaseRequestsRequest {};
    let requests = client.call(client.replica().list_release_requests(request)).await.expect("answers").requests;
    requests.first().expect("one").content.clone()
}

/// What was looked at was for the parties; while the releaser thinks, it is asked for again, for everybody.
#[tokio::test(flavor = "multi_thread")]
async fn i4_an_approval_is_for_the_audience_and_purpose_that_were_looked_at() {
    let county = overseen(RULES).await;
    let releaser = releaser(&county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| d.set(path("/facts/title"), text("För parterna")));
    desk.push().await;
    let id = desk.id().to_owned();
    let client = county.node("rvn").client_of(&releaser).await.expect("connects");
    for other in [["--audience", "allmänheten"], ["--purpose", "beslut"]] {
        county.samsyn("rvn", &["work", "publish", &id, "--yes"]).await.ok().says("väntar");
        let content = waiting(&county).await;
        county
            .samsyn("rvn", &[&["work", "publish", id.as_str(), "--yes"], &other[..]].concat())
            .await
            .ok()
            .says("väntar");
        let decision =
            v1::DecideReleaseRequest { working_copy_id: id.clone(), approve: true, content, ..Default::default() };
        let refused = client.call(client.replica().decide_release(decision)).await.expect_err("refused");
        assert_eq!(refused.code, Code::ReleaseChanged, "{refused:?}");
    }
    assert_eq!(county.samsyn("timra", &["work", "list", "--json"]).await.ok().data()["works"], json!([]));
}

/// ```text
///   summary marked ─► held back, the title goes alone ─► mark taken away ─► the summary goes too
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_what_is_marked_as_secret_reaches_nobody_until_the_mark_is_taken_away() {
    let secret = "lägsta anbudet 4711-canary";
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Upphandling av larm"));
        d.set(path("/facts/summary"), prose(secret));
    });
    desk.push().await;
    let id = desk.id().to_owned();
    let mark = ["work", "mark", &id, "--path", "summary"];
    county.samsyn("rvn", &mark).await.exits(2);
    for wrong in ["19", "kap 3", "15:2"] {
        let refused =
            county.samsyn("rvn", &[&mark[..], &["--provision", wrong, "--json"]].concat()).await.exits(5).error();
        assert_eq!(refused["code"], Code::SecrecyProvision.as_str(), "{wrong}");
    }
    let provision = ["--provision", "OSL 19:3", "--note", "Tills avtalet är skrivet"];
    county.samsyn("rvn", &[&mark[..], &provision].concat()).await.ok().says("delas inte");
    county
        .samsyn("rvn", &["work", "show", &id])
        .await
        .ok()
        .says("OSL 19 kap. 3 § (upphandling)")
        .says("Tills avtalet är skrivet");
    let held = county.samsyn("rvn", &["work", "publish", &id, "--yes", "--json"]).await.exits(5).data();
    assert_eq!(held["held_back"][0]["code"], Code::SecrecyMarked.as_str(), "{held}");
    assert_eq!(held["held_back"].as_array().map(Vec::len), Some(1), "{held}");

    // The rest goes without it; neither it, the mark nor the note is anywhere at the other party.
    county.samsyn("rvn", &["work", "publish", &id, "--path", "summary", "--yes"]).await.exits(5);
    county.samsyn("rvn", &["work", "publish", &id, "--path", "Titel!", "--yes"]).await.exits(5).says("path");
    let done = county.samsyn("rvn", &["work", "publish", &id, "--path", "title", "--yes", "--json"]).await.ok().data();
    assert_eq!(done["published_paths"], json!(["/facts/title"]), "{done}");
    let document = done["document_id"].as_str().expect("an id").to_owned();
    county.converge().await;
    county.samsyn("timra", &["work", "show", &document]).await.ok().says("Upphandling av larm");
    county.stop("timra").await;
    for word in [secret, "4711-canary", "Tills avtalet", "\"19:3\""] {
        assert_eq!(places_with(&county, "timra", word), Vec::<String>::new(), "{word}");
    }
    assert!(!places_with(&county, "timra", "Upphandling av larm").is_empty(), "what is shared is found");
    county.restart("timra").await;

    county.samsyn("rvn", &[&mark[..], &["--remove"]].concat()).await.ok().says("borttagen");
    county.samsyn("rvn", &["work", "publish", &id, "--yes"]).await.ok();
    county.converge().await;
    county.samsyn("timra", &["work", "show", &document]).await.ok().says(secret);
}
