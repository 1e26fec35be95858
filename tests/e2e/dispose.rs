//! Erasing by decision: what has been erased is gone, everywhere but where an authority keeps it (I10), and nothing that was
//! not decided on goes.

use crate::privacy::places_with;
use samsyn_core::code::Code;
use samsyn_tests::county::{County, Desk, Ran, keep, path, prose, put_back, reference, text, until};
use serde_json::{Value, json};
use std::fs;

/// What must be gone, and what must not.
const EARLIER: &str = "Q7xk-tidigare-lydelse-V2mz";
const NOW: &str = "W4pd-gällande-lydelse-T8rn";

const PLAN: &str = "[[retention]]\nclass = \"1.2\"\nwhat = \"superseded\"\nafter = \"0 days\"\nbasis = \"Plan 2026, KS 2026/12 § 4\"\n\
    [[retention]]\nclass = \"1.3\"\nwhat = \"document\"\nafter = \"0 days\"\nbasis = \"Plan 2026, KS 2026/12 § 4\"\n";
const EXECUTES: &str = "[disposal]\nrequests = \"execute\"\nbasis = \"Plan 2026\"\n";
const DECISION: &str = "KS 2027/3 § 12";

/// A county whose parties have these rules for their board `ks`.
async fn county(rules: &[(&str, &str)]) -> County {
    let parties: Vec<&str> = rules.iter().map(|(party, _)| *party).collect();
    let mut county = County::with(&parties).await;
    for (party, rules) in rules.iter().filter(|(_, rules)| !rules.is_empty()) {
        county.stop(party).await;
        write_rules(&county, party, rules);
        let directory = county.node(party).dir.join("rules").display().to_string();
        county.node_mut(party).environment.push(("SAMSYN__RULES__DIRECTORY".into(), directory));
        county.restart(party).await;
    }
    county
}

fn write_rules(county: &County, party: &str, rules: &str) {
    let directory = county.node(party).dir.join("rules");
    fs::create_dir_all(&directory).expect("made");
    fs::write(directory.join("ks.toml"), rules).expect("written");
}

/// `samsynd dispose …` for a party, with its environment.
async fn dispose(county: &County, party: &str, args: &[&str]) -> Ran {
    let config = county.node(party).config();
    let mut command = samsyn_tests::county::command("samsynd", county.dir());
    command.envs(county.node(party).environment.iter().cloned()).arg("dispose").args(args);
    command.args(["--config", config.to_str().expect("UTF-8")]);
    samsyn_tests::county::finish(command).await
}

async fn plan(county: &County, party: &str) -> Value {
    dispose(county, party, &["plan", "--authority", "ks", "--json"]).await.ok().data()
}

fn name(plan: &Value) -> String {
    plan["plan"].as_str().expect("a plan has a name").to_owned()
}

async fn execute(county: &County, party: &str, more: &[&str]) -> Ran {
    dispose(county, party, &[&["execute", "--authority", "ks", "--json"], more].concat()).await
}

/// How many places a search finds.
async fn found(county: &County, party: &str, word: &str) -> Value {
    county.samsyn(party, &["search", word, "--json"]).await.ok().data()["total"].clone()
}

/// A work of `rvn` whose note has said something else before, with a draft of it at every other party.
async fn a_work_with_an_earlier_version(county: &mut County, others: &[&str]) -> (Desk, String) {
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Trygg hemgång"));
        d.set(path("/note"), prose(EARLIER));
    });
    desk.push().await;
    let document = desk.publish().await;
    county.converge().await;
    for other in others {
        assert_eq!(county.desk_on(other, &document).await.prose("/note"), EARLIER, "{other} has a draft with it");
    }
    desk.set("/note", prose(NOW)).await;
    desk.publish().await;
    county.converge().await;
    for other in others {
        assert_eq!(county.desk_on(other, &document).await.prose("/note"), NOW, "{other}'s draft has moved on");
    }
    (desk, document)
}

/// ```text
///   rvn (archive owner) erases an earlier version ──► timra: its rules execute ──► says so
///                                                 └─► ange: has no rules: keeps it ──► decides ──► says so
///                                                 └─► sundsvall: away, hears of it later
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i10_what_was_erased_by_decision_is_gone_but_where_an_authority_keeps_it() {
    let mut county = county(&[
        ("rvn", PLAN),
        ("timra", EXECUTES),
        ("ange", "[release]\nmode = \"automatic\"\n"),
        ("sundsvall", EXECUTES),
    ])
    .await;
    let (mut desk, document) = a_work_with_an_earlier_version(&mut county, &["timra", "ange", "sundsvall"]).await;
    for party in county.parties() {
        assert!(!places_with(&county, &party, EARLIER).is_empty(), "{party} has it to begin with");
    }
    let listed = plan(&county, "rvn").await;
    assert_eq!((&listed["values"], &listed["due"][0]["title"]), (&json!(1), &json!("Trygg hemgång")), "{listed}");
    assert_eq!((&listed["due"][0]["what"], &listed["due"][0]["class"]), (&json!("superseded"), &json!("1.2")));
    let name = name(&listed);
    let paper = county.dir().join("gallring.html");
    let to_paper = ["plan", "--authority", "ks", "--paper", paper.to_str().expect("UTF-8")];
    dispose(&county, "rvn", &to_paper).await.ok();
    let page = fs::read_to_string(&paper).expect("a page");
    assert!(
        ["Förslag till gallring", "Trygg hemgång", "vid inaktualitet", &name].iter().all(|word| page.contains(word))
    );
    assert!(!page.contains(EARLIER), "what is to go is not spread");
    dispose(&county, "rvn", &to_paper).await.exits(1); // it may have been decided on

    // A node that runs is in the way, and nothing is done without just this list and a decision.
    let decided = ["--plan", name.as_str(), "--decision", DECISION];
    execute(&county, "rvn", &decided).await.exits(7);
    county.stop("rvn").await;
    county.isolate("sundsvall");
    for (args, code) in [
        (["--plan", "0123456789abcdef", "--decision", DECISION], Code::InputPlanChanged),
        (["--plan", name.as_str(), "--decision", "  "], Code::InputValue),
    ] {
        assert_eq!(execute(&county, "rvn", &args).await.exits(5).error()["code"], code.as_str());
    }
    write_rules(
        &county,
        "rvn",
        &format!("{PLAN}[[disposal.hold]]\ndocument = \"{}\"\nreason = \"Överklagat\"\n", &document[..12]),
    );
    let held = execute(&county, "rvn", &[&decided[..], &["--document", &document]].concat()).await.exits(5).error();
    assert_eq!(held["code"], Code::InputHeld.as_str());
    assert!(!places_with(&county, "rvn", EARLIER).is_empty(), "nothing is erased yet");

    write_rules(&county, "rvn", PLAN);
    let done = execute(&county, "rvn", &decided).await.ok().data();
    assert_eq!((&done["values"], &done["commits"]), (&json!(1), &json!(1)), "{done}");
    assert_eq!(places_with(&county, "rvn", EARLIER), [""; 0], "gone where it was decided");
    assert!(!places_with(&county, "rvn", NOW).is_empty(), "what stands stays");
    county.restart("rvn").await;
    county.converge_among(&["rvn", "timra", "ange"]).await;
    until("timra has forgotten it", || async { places_with(&county, "timra", EARLIER).is_empty() }).await;
    let state = |listed: &Value| listed["erased"][0]["carried_out_by"].clone();
    until("timra has said so", || async {
        state(&dispose(&county, "rvn", &["list", "--json"]).await.ok().data()) == json!(["timra"])
    })
    .await;

    // Ange keeps it out of sight until it decides for itself: in its archive, no longer in a draft or on a page.
    let kept = dispose(&county, "ange", &["list", "--json"]).await.ok().data();
    assert_eq!((&kept["kept"][0]["values"], &kept["kept"][0]["archive_owner"]), (&json!(1), &json!("rvn")), "{kept}");
    let history = county.samsyn("ange", &["work", "history", &document]).await.ok().says(NOW);
    assert!(!history.says_it(EARLIER), "{history:?}");
    let mut draft = county.desk_on("ange", &document).await;
    assert_eq!(draft.prose("/note"), NOW);
    draft.pull().await;
    county.stop("ange").await;
    let list = kept["kept"][0]["plan"].as_str().expect("what is kept has a name");
    let destroy = ["destroy-kept", "--authority", "ks", "--document", &document[..12], "--decision", "KS 2027/9"];
    let wrong = dispose(&county, "ange", &[&destroy[..], &["--plan", "0123456789abcdef", "--json"]].concat()).await;
    assert_eq!(wrong.exits(5).error()["code"], Code::InputPlanChanged.as_str());
    let destroy = [&destroy[..], &["--plan", list]].concat();
    dispose(&county, "ange", &destroy).await.ok().says("destroyed: 1 kept values");
    assert_eq!(places_with(&county, "ange", EARLIER), [""; 0]);
    dispose(&county, "ange", &destroy).await.exits(5);
    let done = dispose(&county, "ange", &["list", "--json"]).await.ok().data();
    assert_eq!((&done["erased"][0]["decision"], &done["kept"]), (&json!("KS 2027/9"), &json!([])), "{done}");
    county.restart("ange").await;

    // A device that still has the old draft cannot bring it back.
    desk.edit(|d| d.set(path("/facts/summary"), prose("Skrivet på den gamla kopian.")));
    let refused = desk.try_push().await.expect_err("the copy is retired");
    assert!(format!("{refused:?}").contains("made anew"), "{refused:?}");
    let mut again = county.desk_on("rvn", &document).await;
    again.set("/facts/summary", prose("Skrivet på den nya.")).await;
    again.publish().await;

    // Who was away hears of it, and does the same.
    county.heal();
    county.converge().await;
    until("sundsvall has forgotten it", || async { places_with(&county, "sundsvall", EARLIER).is_empty() }).await;
    until("all have said so", || async {
        state(&dispose(&county, "rvn", &["list", "--json"]).await.ok().data()) == json!(["ange", "sundsvall", "timra"])
    })
    .await;
    county.converge().await;
    county.stop("rvn").await;
    let config = county.node("rvn").config();
    let log =
        county.samsynd(&["audit", "export", "--config", config.to_str().expect("UTF-8"), "--json"]).await.ok().data();
    let act = log["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .find(|l| l["act"] == "disposed")
        .expect("it is in the audit log");
    assert_eq!((&act["decision"], &act["values"], &act["plan"]), (&json!(DECISION), &json!(1), &json!(name)));
    let record = county.dir().join("protokoll.html");
    dispose(&county, "rvn", &["list", "--paper", record.to_str().expect("UTF-8")]).await.ok();
    let page = fs::read_to_string(&record).expect("a page");
    assert!(["Gallringsprotokoll", DECISION, "timras kommun"].iter().all(|word| page.contains(word)), "{page}");
    county.restart("rvn").await;
    let work = county.samsyn("rvn", &["work", "show", &document, "--json"]).await.ok().data();
    assert_eq!(work["erased"]["carried_out_by"], json!(["ange", "sundsvall", "timra"]), "{work}");
    county.stop_and_verify().await;
}

/// ```text
///   rvn: a work that is over ── erased whole; timra: a copy of its database from before is put back
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i10_a_work_that_is_over_goes_whole_and_an_old_copy_does_not_bring_it_back() {
    let mut county = county(&[("rvn", PLAN), ("timra", EXECUTES)]).await;
    let (mut desk, document) = a_work_with_an_earlier_version(&mut county, &["timra"]).await;
    let stays = plan(&county, "rvn").await;
    assert_eq!(stays["due"][0]["what"], "superseded", "a work that goes on stays: {stays}");
    desk.set("/facts/stage", reference("stage:completed")).await;
    desk.publish().await;
    county.converge().await;
    let listed = plan(&county, "rvn").await;
    assert_eq!((&listed["due"][0]["what"], &listed["values"]), (&json!("document"), &json!(4)), "{listed}");
    // What was decided on before is another list.
    county.stop("timra").await;
    keep(county.node("timra"), "before");
    county.restart("timra").await;
    assert_eq!(found(&county, "timra", "hemgång").await, 1, "what is searched in holds it");
    county.stop("rvn").await;
    let wrong = execute(&county, "rvn", &["--plan", &name(&stays), "--decision", DECISION]).await.exits(5).error();
    assert_eq!(wrong["code"], Code::InputPlanChanged.as_str());
    execute(&county, "rvn", &["--plan", &name(&listed), "--decision", DECISION]).await.ok();
    for needle in [EARLIER, NOW] {
        assert_eq!(places_with(&county, "rvn", needle), [""; 0]);
    }
    assert_eq!(plan(&county, "rvn").await["values"], 0, "there is nothing left to erase");
    execute(&county, "rvn", &["--plan", &name(&listed), "--decision", DECISION]).await.exits(5);
    county.restart("rvn").await;
    county.converge().await;
    until("timra has forgotten it", || async { is_gone(&county, "timra") }).await;
    county.samsyn("timra", &["work", "show", &document]).await.ok().says("(gallrat)");
    assert!(
        county.titles("timra").await.is_empty() && county.titles("rvn").await.is_empty(),
        "no list has it any more"
    );
    assert_eq!(found(&county, "timra", "hemgång").await, 0, "nor does a search find it");

    county.stop("timra").await;
    put_back(county.node("timra"), "before");
    county.restart("timra").await;
    county.converge().await;
    until("timra has forgotten it again", || async { is_gone(&county, "timra") }).await;
    county.stop_and_verify().await;
}

/// ```text
///   rvn erases ──► timra: its rules execute, but hold this one: kept, and what timra had not sent stays a draft
///              └─► ange: executes: its own words on what was erased go, its private note stays
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i10_a_hold_stops_what_another_party_has_erased_and_nobodys_other_words_go_with_it() {
    let mut county = county(&[("rvn", PLAN), ("timra", EXECUTES), ("ange", EXECUTES)]).await;
    let (_, document) = a_work_with_an_earlier_version(&mut county, &[]).await;
    let hold = format!("{EXECUTES}[[disposal.hold]]\ndocument = \"{}\"\nreason = \"Överklagat\"\n", &document[..12]);
    county.stop("timra").await;
    write_rules(&county, "timra", &hold);
    county.restart("timra").await;
    for party in ["timra", "ange"] {
        let mut draft = county.desk_on(party, &document).await;
        draft.edit(|d| {
            d.set(path(&format!("/parties/{party}/note")), prose("Ännu inte delat."));
            d.private.insert("minne".to_owned(), "ring registrator".to_owned());
        });
        draft.push().await;
    }
    let mut desk = county.desk_on("rvn", &document).await;
    desk.set("/facts/stage", reference("stage:completed")).await;
    desk.publish().await;
    county.converge().await;
    let listed = plan(&county, "rvn").await;
    county.stop("rvn").await;
    execute(&county, "rvn", &["--plan", &name(&listed), "--decision", DECISION]).await.ok();
    county.restart("rvn").await;
    county.converge().await;
    until("ange has said that it is gone", || async {
        let listed = dispose(&county, "rvn", &["list", "--json"]).await.ok().data();
        listed["erased"][0]["carried_out_by"] == json!(["ange"])
    })
    .await;
    let done = dispose(&county, "ange", &["list", "--json"]).await.ok().data();
    assert_eq!(done["erased"][0]["decision"], "Plan 2026", "by its own decision: {done}");
    let kept = dispose(&county, "timra", &["list", "--json"]).await.ok().data();
    assert_eq!(kept["kept"][0]["values"], listed["values"], "{kept}");
    for party in ["timra", "ange"] {
        until("the draft is made anew", || async { county.desk_on(party, &document).await.prose("/note").is_empty() })
            .await;
        let draft = county.desk_on(party, &document).await;
        assert_eq!(draft.prose(&format!("/parties/{party}/note")), "Ännu inte delat.", "{party}");
        assert_eq!(draft.draft().private["minne"], "ring registrator", "{party}");
    }
    assert_eq!(places_with(&county, "ange", NOW), [""; 0]);
    let places = places_with(&county, "timra", NOW);
    assert!(places.iter().all(|place| place.contains("archive_value") || place.contains("node.db")), "{places:?}");
    assert!(places.iter().any(|place| place.contains("archive_value")), "{places:?}");
    county.stop_and_verify().await;
}

/// The copy that the test keeps lies beside the database.
fn is_gone(county: &County, party: &str) -> bool {
    let places = [EARLIER, NOW].map(|needle| places_with(county, party, needle)).concat();
    places.iter().all(|place| place.contains("/before/"))
}
