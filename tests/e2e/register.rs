//! Each authority's register: what has been received and dispatched is in it once, with its own dates; numbers stand and
//! have no gap.

use samsyn_client::{config::Config, node::Node as Client, problem::Problem};
use samsyn_core::code::Code;
use samsyn_server::store::Role;
use samsyn_tests::county::{County, Desk, Ran, browser::get, keep, path, ports, put_back, run, text, until};
use samsyn_wire::v1::{self, decide_register_request::Decision};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};
use tokio::task::JoinSet;

const RULES: &str = "[register]\nnumbers = \"series\"\npattern = \"{yy}{series}{n}\"\nseries = \"RS\"\n\
                     [[register.rule]]\nstate = \"to-register\"\nkind = \"work\"\ndirection = \"received\"\n";

/// A county whose party `rvn` registers what it receives, with numbers of a series of its own.
async fn registering() -> (County, PathBuf) {
    let (county, device, _) = registering_with_pages().await;
    (county, device)
}

async fn registering_with_pages() -> (County, PathBuf, SocketAddr) {
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
    let mut county = County::with(&["rvn", "timra"]).await;
    county.stop("rvn").await;
    let node = county.node_mut("rvn");
    fs::create_dir(node.dir.join("rules")).expect("made");
    fs::write(node.dir.join("rules/ks.toml"), RULES).expect("written");
    node.environment.push(("SAMSYN__RULES__DIRECTORY".into(), node.dir.join("rules").display().to_string()));
    node.environment.push(("SAMSYN__WEB__LISTEN".into(), pages.to_string()));
    county.restart("rvn").await;
    let device = registrar(&county, "rvn").await;
    // A series begins where the authority says.
    let template = format!("{}RS{{n}}", year());
    samsyn(&county, &device, &["register", "series"]).await.ok().says("stängd");
    samsyn(&county, &device, &["register", "confirm", &template, "--last", "0"]).await.ok();
    samsyn(&county, &device, &["register", "confirm", &template, "--last", "9"]).await.exits(5);
    (county, device, pages)
}

async fn registrar(county: &County, party: &str) -> PathBuf {
    let device = county.device(party, "registrator", Role::Registrar).await;
    until("the node has seen the new device", || async {
        samsyn(county, &device, &["register", "list"]).await.code == 0
    })
    .await;
    device
}

async fn samsyn(county: &County, config: &std::path::Path, args: &[&str]) -> Ran {
    let config = config.to_str().expect("a path in UTF-8");
    run("samsyn", county.dir(), &[&["--config", config], args].concat()).await
}

/// The items of a list, the latest first.
async fn items(county: &County, device: &std::path::Path, state: &str) -> Vec<Value> {
    let listed = samsyn(county, device, &["register", "list", "--state", state, "--json"]).await.ok().data();
    listed["items"].as_array().expect("a list").clone()
}

pub(crate) fn year() -> String {
    samsyn_client::time::today()[2..4].to_owned()
}

/// Publishes another version of a work.
async fn another(desk: &mut Desk, title: &str) {
    desk.set("/facts/title", text(title)).await;
    desk.publish().await;
}

/// ```text
///   timra ──releases──► rvn: received, to register ──registers──► number ──told──► timra sees rvn's number
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i8_what_comes_in_is_in_the_register_once_with_its_own_date_and_keeps_its_number() {
    let (mut county, device) = registering().await;
    let at_timra = registrar(&county, "timra").await;
    county.partition(&[&["rvn"], &["timra"]]);
    let mut desk = county.desk("timra").await;
    desk.edit(|d| d.set(path("/facts/title"), text("Trygg hemgång")));
    desk.push().await;
    desk.publish().await;
    // Drawn up and dispatched at once at the sender, whoever it has reached.
    let sent = items(&county, &at_timra, "alla").await;
    assert_eq!((sent.len(), &sent[0]["direction"], &sent[0]["state"]), (1, &json!("dispatched"), &json!("in-order")));
    assert!(items(&county, &device, "alla").await.is_empty(), "nothing has come in");
    county.heal();
    county.converge().await;
    let waits = items(&county, &device, "väntar").await;
    assert_eq!(waits.len(), 1, "{waits:?}");
    let item = &waits[0];
    assert_eq!((&item["direction"], &item["counterpart"]), (&json!("received"), &json!("timra")));
    assert_eq!((&item["title"], &item["overdue"]), (&json!("Trygg hemgång"), &json!(false)));
    assert_eq!(item["released"], sent[0]["at"], "released when its author says");
    assert!(item["at"].as_str() > item["released"].as_str(), "received when this node stored it: {item}");

    let id = item["id"].to_string();
    let number = format!("{}RS1", year());
    samsyn(&county, &device, &["register", "list"]).await.ok().says(&number);
    samsyn(&county, &device, &["register", "minor", &id, "--reason", " "]).await.exits(5);
    samsyn(&county, &device, &["register", "number", &id, "--number", "KS 2026/3"])
        .await
        .exits(5)
        .says("register.number");
    let done = samsyn(&county, &device, &["register", "number", &id, "--next", "--json"]).await.ok().data();
    assert_eq!((&done["items"][0]["number"], &done["items"][0]["document_number"]), (&json!(number), &json!(1)));
    let again = samsyn(&county, &device, &["register", "number", &id, "--next", "--json"]).await.exits(5).error();
    assert_eq!(again["code"], Code::RegisterAlready.as_str());
    assert!(again["message"].as_str().is_some_and(|m| !m.is_empty()), "{again}");

    // The next version: the same case is proposed, with the next document number.
    another(&mut desk, "Trygg och säker hemgång").await;
    county.converge().await;
    let waits = items(&county, &device, "väntar").await;
    assert_eq!((waits.len(), &waits[0]["proposed_number"]), (1, &json!(number)), "{waits:?}");
    assert_eq!(waits[0]["proposed_document_number"], 2);
    let second = waits[0]["id"].to_string();
    let register =
        ["register", "number", &second, "--number", &number, "--subject", "Arbete om hemgång", "--class", "2.4"];
    samsyn(&county, &device, &register).await.ok().says(&format!("{number}-2"));
    // Its words are corrected; its number and date stand.
    let before = items(&county, &device, "registrerade").await;
    samsyn(&county, &device, &["register", "correct", &second, "--subject", "Arbete", "--reason", "Kortare."])
        .await
        .ok();
    let after = items(&county, &device, "registrerade").await;
    assert_eq!(after[0]["decision"]["subject"], "Arbete");
    assert_eq!(after[0]["decision"]["class"], "2.4");
    for what in ["at", "released", "version", "id"] {
        assert_eq!(before[0][what], after[0][what], "{what}");
    }
    assert_eq!(before[0]["decision"]["number"], after[0]["decision"]["number"]);

    // Neither a crash nor meeting again puts anything in twice, and the other party sees the numbers.
    county.crash("rvn").await;
    county.restart("rvn").await;
    county.converge().await;
    assert_eq!(items(&county, &device, "registrerade").await, after);
    assert!(items(&county, &device, "väntar").await.is_empty());
    let document = desk.document().await;
    county
        .samsyn("timra", &["work", "show", &document])
        .await
        .ok()
        .says(&format!("{number}-1"))
        .says(&format!("{number}-2"));
    let received = items(&county, &at_timra, "alla").await;
    assert!(
        received.iter().all(|i| i["direction"] == "dispatched"),
        "a number that is told is no document: {received:?}"
    );
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_register_is_kept_and_seen_by_its_own_registrars_alone() {
    let (mut county, device, pages) = registering_with_pages().await;
    county.publish("timra", "Natten").await;
    county.converge().await;
    let coordinator = county.samsyn("rvn", &["register", "list", "--json"]).await.exits(5).error();
    assert_eq!(coordinator["code"], Code::RoleForbidden.as_str());
    let other =
        samsyn(&county, &device, &["register", "list", "--authority", "annan", "--json"]).await.exits(5).error();
    assert_eq!(other["code"], Code::InputValue.as_str());
    // Bound to another board.
    let bound = county.device_of("rvn", "registrator-son", Role::Registrar, Some("son")).await;
    until("the node has seen the new device", || async {
        samsyn(&county, &bound, &["register", "list"]).await.code == 0
    })
    .await;
    let walled = samsyn(&county, &bound, &["register", "list", "--authority", "ks", "--json"]).await.exits(5).error();
    assert_eq!(walled["code"], Code::RoleForbidden.as_str());
    let id = items(&county, &device, "väntar").await[0]["id"].to_string();
    let walled = samsyn(&county, &bound, &["register", "number", &id, "--authority", "ks", "--next", "--json"]).await;
    assert_eq!(walled.exits(5).error()["code"], Code::RoleForbidden.as_str());
    // What is protected is registered: it is neither put aside nor kept without a number.
    let client = client_of(&device).await;
    for state in [v1::RegisterState::Minor, v1::RegisterState::InOrder] {
        let request = v1::DecideRegisterRequest {
            items: vec![id.parse().expect("a number")],
            decision: Some(Decision::State(state.into())),
            protected_subject: Some("Natten på Solgården".to_owned()),
            reason: "Inget särskilt.".to_owned(),
            ..v1::DecideRegisterRequest::default()
        };
        let refused = client.call(client.register().decide_register(request)).await.expect_err("is protected");
        assert_eq!(refused.code, Code::RegisterSecret);
    }
    // Nor is anything of it on a page that nobody has signed in to; the public register shows what is registered, in
    // public words.
    let subject = "Ett arbete om natten";
    let words = ["--subject", subject, "--protected-subject", "Natten på Solgården", "--protect-counterpart"];
    samsyn(&county, &device, &[&["register", "number", &id, "--next"][..], &words].concat()).await.ok();
    let shown = get(pages, "/diarium").await;
    assert_eq!(shown.status, 403, "{}", shown.body);
    assert!(!shown.body.contains("natten") && !shown.body.contains("Natten"), "{}", shown.body);
    for address in ["/diarium/offentligt?myndighet=ks", "/diarium/offentligt.csv?myndighet=ks"] {
        let public = get(pages, address).await;
        assert_eq!(public.status, 200, "{}", public.body);
        assert!(public.body.contains(subject) && public.body.contains(&format!("{}RS1-1", year())), "{}", public.body);
        assert!(!public.body.contains("Solgården") && !public.body.contains("Timrå"), "{}", public.body);
    }
    // Other words are corrected, and what was hidden stays hidden.
    let correct = ["register", "correct", &id, "--class", "2.4", "--reason", "Klass saknades."];
    samsyn(&county, &device, &correct).await.ok();
    let public = get(pages, "/diarium/offentligt?myndighet=ks").await.page();
    assert!(public.contains(subject) && !public.contains("Timrå"), "{public}");
    // The same as pages that need no program, made beside the running node; those of an earlier day give way.
    let (config, out) = (county.node("rvn").dir.join("samsynd.toml"), county.dir().join("offentligt"));
    let (config, out_text) = (config.display().to_string(), out.display().to_string());
    let export = ["public-register", "export", "--config", &config, "--out", &out_text];
    for _ in 0..2 {
        run("samsynd", county.dir(), &export).await.ok().says("1 documents");
        let read = |file: &str| fs::read_to_string(out.join(file)).expect("written");
        for shown in [read("diarium-ks.html"), read("diarium-ks.csv")] {
            assert!(shown.contains(subject) && shown.contains(&format!("{}RS1-1", year())), "{shown}");
            assert!(!shown.contains("Solgården") && !shown.contains("Timrå"), "{shown}");
        }
        assert!(read("index.html").contains("diarium-ks.html"));
        assert!(fs::read_dir(county.dir()).expect("listed").flatten().all(|f| f.file_name() != "offentligt.ny"));
    }
    let papers = county.dir().join("papper");
    fs::create_dir(&papers).expect("made");
    fs::write(papers.join("eget.txt"), "eget").expect("written");
    let elsewhere = ["public-register", "export", "--config", &config, "--out", &papers.display().to_string()];
    run("samsynd", county.dir(), &elsewhere).await.exits(5).says("something else than an earlier export");
    assert!(papers.join("eget.txt").exists());
    let searched = get(pages, "/diarium/offentligt?myndighet=ks&sok=solg%C3%A5rden").await;
    assert!(!searched.body.contains(subject), "what is protected is not looked through: {}", searched.body);
    county.stop_and_verify().await;
}

/// The public subject has the title of just this version, where that was released to the public.
#[tokio::test(flavor = "multi_thread")]
async fn i4_a_later_title_for_the_parties_alone_is_not_in_the_public_register() {
    let (mut county, device, pages) = registering_with_pages().await;
    let mut desk = county.desk("timra").await;
    desk.edit(|d| d.set(path("/facts/title"), text("Öppen titel")));
    desk.push().await;
    desk.publish_to(v1::Audience::Public).await;
    another(&mut desk, "Inte för alla").await;
    county.converge().await;
    let waits = items(&county, &device, "väntar").await;
    assert_eq!((&waits[0]["title"], &waits[1]["title"]), (&json!("Inte för alla"), &json!("Öppen titel")));
    let ids = [waits[1]["id"].to_string(), waits[0]["id"].to_string()];
    samsyn(&county, &device, &["register", "number", &ids[0], &ids[1], "--next"]).await.ok();
    let public = get(pages, "/diarium/offentligt").await.page();
    assert!(public.contains("Utvecklingsarbete: Öppen titel") && !public.contains("Inte för alla"), "{public}");
    // It is found as people write its number.
    let found = get(pages, &format!("/diarium/offentligt?sok={}RS1-2", year())).await.page();
    assert!(found.contains(&format!("{}RS1-2", year())) && !found.contains("Öppen titel"), "{found}");
    county.stop_and_verify().await;
}

async fn client_of(device: &std::path::Path) -> Client {
    let config = Config::load(Some(device)).expect("the device's settings");
    Client::connect(&config).await.expect("connects")
}

async fn next(client: &Client, item: u64) -> Result<String, Problem> {
    let request = v1::DecideRegisterRequest {
        items: vec![item],
        decision: Some(Decision::NextNumber(v1::NextNumber {})),
        ..v1::DecideRegisterRequest::default()
    };
    let done = client.call(client.register().decide_register(request)).await?;
    Ok(done.items[0].number.clone())
}

/// Many at once, and the node killed in the middle: what was answered stands, and the numbers are 1 to as many as there are.
#[tokio::test(flavor = "multi_thread")]
async fn i9_numbers_have_neither_gap_nor_double_under_concurrency_and_kill_9() {
    const ITEMS: usize = 24;
    let (mut county, device) = registering().await;
    let mut desk = county.desk("timra").await;
    desk.edit(|d| d.set(path("/facts/title"), text("0")));
    desk.push().await;
    desk.publish().await;
    for n in 1..ITEMS {
        another(&mut desk, &n.to_string()).await;
    }
    county.converge().await;
    let waiting = items(&county, &device, "väntar").await;
    assert_eq!(waiting.len(), ITEMS);
    let ids: Vec<u64> = waiting.iter().filter_map(|i| i["id"].as_u64()).collect();
    let mut answered: BTreeSet<String> = BTreeSet::new();
    for round in 0..3usize {
        let client = client_of(&device).await;
        let mut calls = JoinSet::new();
        for id in ids.clone() {
            let client = client.clone();
            calls.spawn(async move { next(&client, id).await });
        }
        let mut of_round = 0;
        while let Some(call) = calls.join_next().await {
            let Ok(number) = call.expect("it ran") else { continue };
            assert!(answered.insert(number.clone()), "{number} was given twice");
            of_round += 1;
            // In the middle of it: others are under way.
            if round < 2 && of_round == 1 + 3 * round {
                county.crash("rvn").await;
            }
        }
        if round < 2 {
            county.restart("rvn").await;
        }
    }
    let registered = items(&county, &device, "registrerade").await;
    let numbers: BTreeSet<String> =
        registered.iter().filter_map(|i| i["decision"]["number"].as_str()).map(ToOwned::to_owned).collect();
    let expected: BTreeSet<String> = (1..=ITEMS).map(|n| format!("{}RS{n}", year())).collect();
    assert_eq!(registered.len(), ITEMS, "each item once");
    assert_eq!(numbers, expected, "no gap and no double");
    assert!(answered.is_subset(&numbers), "what was answered stands");
    county.stop_and_verify().await;
}

/// What was given out after the backup is not known to the database that was put back: nothing is given twice.
#[tokio::test(flavor = "multi_thread")]
async fn i9_after_a_restore_a_series_is_closed_until_its_last_number_is_confirmed() {
    let (mut county, device) = registering().await;
    for title in ["Ett", "Två", "Tre"] {
        county.publish("timra", title).await;
    }
    county.converge().await;
    let ids: Vec<String> = items(&county, &device, "väntar").await.iter().map(|i| i["id"].to_string()).collect();
    let give = async |county: &County, id: &str| {
        samsyn(county, &device, &["register", "number", id, "--next", "--json"]).await
    };
    give(&county, &ids[0]).await.ok();
    county.converge().await;
    county.stop("rvn").await;
    keep(county.node("rvn"), "before");
    county.restart("rvn").await;
    give(&county, &ids[1]).await.ok();
    county.converge().await;
    county.stop("rvn").await;
    put_back(county.node("rvn"), "before");
    county.restart("rvn").await;
    county.converge().await;
    // The number that was given after the backup has come back with what the others were told.
    let registered = items(&county, &device, "registrerade").await;
    let numbers: BTreeSet<&str> = registered.iter().filter_map(|i| i["decision"]["number"].as_str()).collect();
    let (one, two) = (format!("{}RS1", year()), format!("{}RS2", year()));
    assert_eq!(numbers, BTreeSet::from([one.as_str(), two.as_str()]));
    assert_eq!(items(&county, &device, "väntar").await.len(), 1);
    let again = give(&county, &ids[1]).await.exits(5).error();
    assert_eq!(again["code"], Code::RegisterAlready.as_str());
    let refused = give(&county, &ids[2]).await.exits(5).error();
    assert_eq!(refused["code"], Code::RegisterSeriesClosed.as_str(), "{refused}");
    samsyn(&county, &device, &["register", "series"]).await.ok().says("stängd");
    let template = format!("{}RS{{n}}", year());
    samsyn(&county, &device, &["register", "confirm", &template, "--last", "0"]).await.exits(5);
    samsyn(&county, &device, &["register", "confirm", &template, "--last", "2"])
        .await
        .ok()
        .says(&format!("{}RS3", year()));
    let done = give(&county, &ids[2]).await.ok().data();
    assert_eq!(done["items"][0]["number"], format!("{}RS3", year()));
}

/// A place where the case system of rvn's authority and its node leave files for each other.
struct Drop(PathBuf);

impl Drop {
    fn files(&self, folder: &str, ending: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
        found.sort();
        found
    }

    /// As a careful case system does: under another name until it is whole.
    fn receipt(&self, name: &str, text: &str) {
        let whole = self.0.join("receipts").join(name);
        fs::write(whole.with_extension("part"), text).expect("written");
        fs::rename(whole.with_extension("part"), &whole).expect("put in place");
    }

    async fn until_gone(&self, name: &str) {
        until("the receipt is taken", || async { !self.0.join("receipts").join(name).exists() }).await;
    }
}

/// A county whose party `rvn` has its numbers from a case system, and where the two leave files.
async fn dropping() -> (County, PathBuf, Drop) {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.stop("rvn").await;
    let node = county.node_mut("rvn");
    let drop = Drop(node.dir.join("drop"));
    let rules = format!(
        "[register]\nnumbers = \"file-drop\"\ndirectory = \"{}\"\npattern = \"{{series}} {{yyyy}}/{{n}}\"\nseries = \"KS\"\n\
         [[register.rule]]\nstate = \"to-register\"\nkind = \"work\"\ndirection = \"received\"\n",
        drop.0.display()
    );
    fs::create_dir(node.dir.join("rules")).expect("made");
    fs::write(node.dir.join("rules/ks.toml"), rules).expect("written");
    node.environment.push(("SAMSYN__RULES__DIRECTORY".into(), node.dir.join("rules").display().to_string()));
    county.restart("rvn").await;
    let device = registrar(&county, "rvn").await;
    (county, device, drop)
}

/// ```text
///   received ─► out/ITEM.xml + ITEM.xml.sha256 ─► case system ─► receipts/… ─► number, once, and told to the others
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i8_a_file_drop_hands_each_document_over_and_takes_its_number_once() {
    let (mut county, device, drop) = dropping().await;
    let mut desk = county.desk("timra").await;
    desk.edit(|d| d.set(path("/facts/title"), text("Trygg <hemgång> & \u{1}mer")));
    desk.push().await;
    desk.publish().await;
    county.converge().await;
    until("the document is handed over", || async { !drop.files("out", ".sha256").is_empty() }).await;
    let [file] = &drop.files("out", ".xml")[..] else { panic!("one document") };
    let handed = fs::read_to_string(drop.0.join("out").join(file)).expect("read");
    let mut check = std::process::Command::new("sha256sum");
    check.args(["--check", "--strict", &format!("{file}.sha256")]).current_dir(drop.0.join("out"));
    assert!(check.status().expect("runs").success(), "what is there is whole");
    for part in [
        "<direction>received</direction>",
        "<counterpart id=\"timra\">",
        "<statement path=\"/facts/title\">Trygg &lt;hemgång&gt; &amp; \u{FFFD}mer</statement>",
    ] {
        assert!(handed.contains(part), "{part}: {handed}");
    }

    // The case system has taken it; a node that starts anew remembers.
    fs::remove_dir_all(drop.0.join("out")).expect("removed");
    county.crash("rvn").await;
    county.restart("rvn").await;
    let item = file.trim_end_matches(".xml");
    let number = format!("KS {}/12", samsyn_client::time::today()[..4].to_owned());
    // What is no receipt, and one for nothing that was handed over, are put aside with a reason; nothing is registered.
    drop.receipt("okand.xml", &format!("<receipt item=\"{item}0\" number=\"{number}\"/>"));
    drop.receipt("fel.xml", &format!("<receipt item=\"{item}\" number=\"2026-elva\"/>"));
    drop.receipt("trasig.xml", "<receipt item=");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    let broken = fs::File::options().write(true).open(drop.0.join("receipts/trasig.xml")).expect("opened");
    broken.set_modified(long_ago).expect("set");
    for name in ["okand.xml", "fel.xml", "trasig.xml"] {
        drop.until_gone(name).await;
        let reason = fs::read_to_string(drop.0.join(format!("aside/{name}.reason.txt"))).expect("a reason");
        assert!(reason.contains("input.") || reason.contains("register.number"), "{name}: {reason}");
    }
    assert_eq!(items(&county, &device, "väntar").await.len(), 1);
    assert!(drop.files("out", ".xml").is_empty(), "handed over once");

    // Another version, with a number in the case before the first one's.
    desk.set("/facts/title", text("Trygg hemgång")).await;
    desk.publish().await;
    county.converge().await;
    until("the next version is handed over", || async { !drop.files("out", ".sha256").is_empty() }).await;
    let next = drop.files("out", ".xml").remove(0).trim_end_matches(".xml").to_owned();
    drop.receipt("1.xml", &format!("<receipt item=\"{item}\" number=\"{number}\" document=\"3\"/>"));
    drop.until_gone("1.xml").await;
    let registered = items(&county, &device, "registrerade").await;
    assert_eq!(registered.len(), 1, "{registered:?}");
    let decided = &registered[0]["decision"];
    assert_eq!((&decided["number"], &decided["document_number"]), (&json!(number), &json!(3)), "{registered:?}");
    drop.receipt("0.xml", &format!("<receipt item=\"{next}\" number=\"{number}\" document=\"3\"/>"));
    drop.until_gone("0.xml").await;
    assert_eq!(drop.files("aside", "0.xml").len(), 1, "the number is used");
    drop.receipt("0.xml", &format!("<receipt item=\"{next}\" number=\"{number}\" document=\"1\"/>"));
    drop.until_gone("0.xml").await;
    assert_eq!(items(&county, &device, "registrerade").await.len(), 2);
    // The same again is nothing new; another number for it is for somebody to look at.
    drop.receipt("2.xml", &format!("<receipt item=\"{item}\" number=\"{number}\"/>"));
    drop.receipt("3.xml", &format!("<receipt item=\"{item}\" number=\"{number}3\"/>"));
    drop.until_gone("2.xml").await;
    drop.until_gone("3.xml").await;
    assert_eq!(drop.files("done", ".xml"), ["0.xml", "1.xml", "2.xml"]);
    assert!(drop.files("aside", "3.xml.reason.txt").len() == 1, "{:?}", drop.files("aside", ""));
    assert_eq!(items(&county, &device, "registrerade").await.len(), 2);
    // The others see the number.
    county.converge().await;
    let id = registered[0]["document_id"].as_str().expect("an id").to_owned();
    county.samsyn("timra", &["work", "show", &id]).await.ok().says(&format!("{number}-3"));
}
