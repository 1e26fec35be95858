//! A releaser lets out what the scanner has found by the command line: just that text, for a reason that is kept.

use crate::releases::{RULES, bound, overseen, releaser, samsyn};
use samsyn_core::code::Code;
use samsyn_tests::county::{County, path, prose, text};
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::path::Path;

const CASE: &str = "Ärendet har nummer 121212-1212 hos länsstyrelsen.";
const REASON: &str = "Länsstyrelsens ärendenummer.";

/// What is shown before anything is shared.
async fn looked_at(county: &County, config: &Path, id: &str) -> String {
    let preview = ["release", "overrule", id, "--path", "title", "--path", "summary", "--preview", "--json"];
    let shown = samsyn(county, config, &preview).await.ok().data();
    assert_eq!(shown["held_back"][0]["may_be_overruled"], true, "{shown}");
    shown["looked_at"].as_str().expect("a value").to_owned()
}

fn overrule<'a>(id: &'a str, seen: &'a str) -> Vec<&'a str> {
    let paths = ["release", "overrule", id, "--path", "title", "--path", "summary"];
    [&paths[..], &["--reason", REASON, "--assure", "--yes", "--looked-at", seen, "--json"]].concat()
}

/// ```text
///   summary like a personal number ─► held back ─► releaser reads it and says why ─► timra has just that
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_a_releaser_sets_aside_by_command_line_what_is_found_in_just_the_text_that_was_read() {
    let mut county = overseen(RULES).await;
    let releaser = releaser(&county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Tillstånd"));
        d.set(path("/facts/summary"), prose(CASE));
        d.set(path("/facts/contact-unit"), text("Solgården"));
    });
    desk.push().await;
    let id = desk.id().to_owned();
    let publish = ["work", "publish", &id, "--path", "title", "--path", "summary", "--yes"];
    county.samsyn("rvn", &publish).await.exits(5).says("samsyn release overrule");

    // Only who releases, and never without having said what was looked at.
    let seen = looked_at(&county, &releaser, &id).await;
    let own = county.samsyn("rvn", &overrule(&id, &seen)).await.exits(5).error();
    assert_eq!(own["code"], Code::RoleForbidden.as_str());
    let other = bound(&county, "son-frislapper", "releaser").await;
    let other = samsyn(&county, &other, &overrule(&id, &seen)).await.exits(5).error();
    assert_eq!(other["code"], Code::InputNotFound.as_str());
    let shown = samsyn(&county, &releaser, &["release", "overrule", &id, "--path", "summary", "--preview"]).await;
    shown.exits(5).says("tomt");
    let shown =
        samsyn(&county, &releaser, &["release", "overrule", &id, "--path", "title", "--path", "summary", "--preview"])
            .await;
    shown.ok().says("[[121212-1212]]").says("25 och 26 kap").says(&seen).says("Inget är delat");

    // Another text than the one that was read does not leave.
    desk.set("/facts/summary", prose("Gäller 121212-1212, som bor ensam.")).await;
    let changed = samsyn(&county, &releaser, &overrule(&id, &seen)).await.exits(5).error();
    assert_eq!(changed["code"], Code::ReleaseChanged.as_str());
    desk.set("/facts/summary", prose(CASE)).await;

    // A mark is taken away where it stands, or stays.
    let mark = ["work", "mark", &id, "--path", "summary"];
    county.samsyn("rvn", &[&mark[..], &["--provision", "19:3"]].concat()).await.ok();
    let held = samsyn(&county, &releaser, &overrule(&id, &seen)).await.exits(5).data();
    let marked = |h: &Value| h["code"] == Code::SecrecyMarked.as_str() && h["may_be_overruled"] == false;
    assert!(held["held_back"].as_array().is_some_and(|held| held.iter().any(marked)), "{held}");
    county.samsyn("rvn", &[&mark[..], &["--remove"]].concat()).await.ok();
    assert_eq!(county.samsyn("timra", &["work", "list", "--json"]).await.ok().data()["works"], json!([]));

    let done = samsyn(&county, &releaser, &overrule(&id, &seen)).await.ok().data();
    assert_eq!(done["published_paths"], json!(["/facts/summary", "/facts/title"]), "{done}");
    let document = done["document_id"].as_str().expect("an id").to_owned();
    county.converge().await;
    let there = county.samsyn("timra", &["work", "show", &document]).await.ok();
    assert!(there.says_it(CASE) && !there.says_it("Solgården"), "{there:?}");

    // What was set aside holds for that text alone, and where nothing is found nobody is got round.
    desk.set("/facts/summary", prose(&format!("{CASE} Se även 121212-1212."))).await;
    county.samsyn("rvn", &publish).await.exits(5);
    desk.set("/facts/summary", prose("Beviljat.")).await;
    let nothing = samsyn(&county, &releaser, &overrule(&id, &seen)).await.exits(5).error();
    assert_eq!(nothing["code"], Code::InputEmpty.as_str());
    in_the_audit_log(&mut county).await;
}

/// Where and why, by whom, before what left; not what stands there.
async fn in_the_audit_log(county: &mut County) {
    county.stop("rvn").await;
    let config = county.node("rvn").config();
    let config = config.to_str().expect("UTF-8");
    let log = county.samsynd(&["audit", "export", "--config", config, "--json"]).await.ok().data();
    let lines = log["lines"].as_array().expect("lines");
    let at = lines.iter().position(|l| l["act"] == "overruled").expect("it is told");
    let found = json!(["/facts/summary secrecy.personal_number"]);
    assert_eq!((&lines[at]["reason"], &lines[at]["found"]), (&json!(REASON), &found), "{log}");
    assert_eq!((&lines[at]["device"], &lines[at + 1]["act"]), (&json!("releaser"), &json!("release")), "{log}");
    assert_eq!(lines.iter().filter(|l| l["act"] == "overruled").count(), 1, "{log}");
    assert!(!log.to_string().contains("121212"), "{log}");
}

/// What the command line checks, the node checks: another program may be at the other end.
#[tokio::test(flavor = "multi_thread")]
async fn i4_nothing_is_set_aside_without_reason_assurance_and_what_was_read() {
    let county = overseen(RULES).await;
    let releaser = releaser(&county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Tillstånd"));
        d.set(path("/facts/summary"), prose(CASE));
    });
    desk.push().await;
    let seen = looked_at(&county, &releaser, desk.id()).await;
    let client = county.node("rvn").client_of(&releaser).await.expect("connects");
    let request = |reason: &str, assured: bool, looked_at: &str| v1::PublishRequest {
        working_copy_id: desk.id().to_owned(),
        looked_at: looked_at.to_owned(),
        overrule: Some(v1::Overrule { reason: reason.to_owned(), assured }),
        ..v1::PublishRequest::default()
    };
    for (request, field) in [
        (request(" ", true, &seen), "reason"),
        (request(REASON, false, &seen), "assured"),
        (request(REASON, true, ""), "looked_at"),
    ] {
        let refused = client.call(client.replica().publish(request)).await.expect_err(field);
        assert_eq!((refused.code, refused.field.as_deref()), (Code::InputEmpty, Some(field)), "{refused:?}");
    }
    let other = seen.replacen(|c: char| c.is_ascii_hexdigit(), "x", 1);
    let refused = client.call(client.replica().publish(request(REASON, true, &other))).await.expect_err("another text");
    assert_eq!(refused.code, Code::ReleaseChanged, "{refused:?}");
    let done = client.call(client.replica().publish(request(REASON, true, &seen))).await.expect("it is let out");
    assert!(!done.commit.is_empty() && done.held_back.is_empty(), "{done:?}");
}

/// A node that writes no audit log has nowhere to keep the reason.
#[tokio::test(flavor = "multi_thread")]
async fn i4_without_an_audit_log_nothing_is_set_aside() {
    let county = County::with(&["rvn", "timra"]).await;
    let releaser = releaser(&county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Tillstånd"));
        d.set(path("/facts/summary"), prose(CASE));
    });
    desk.push().await;
    let seen = looked_at(&county, &releaser, desk.id()).await;
    let refused = samsyn(&county, &releaser, &overrule(desk.id(), &seen)).await.error();
    assert_eq!(refused["code"], Code::AuditUnwritable.as_str(), "{refused}");
    assert_eq!(county.samsyn("timra", &["work", "list", "--json"]).await.ok().data()["works"], json!([]));
}
