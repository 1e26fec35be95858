//! The joint note by command line, of own and other parties' works.

use samsyn_tests::county::{County, Ran, command, finish, text};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// `samsyn` as a party's coordinator, with an editor that appends a sentence.
async fn with_editor(county: &County, party: &str, sentence: &str, args: &[&str]) -> Ran {
    let node = county.node(party);
    let script = node.dir.join("editor.sh");
    fs::write(&script, format!("was=$(cat \"$1\"); printf '%s\\n' \"${{was:+$was }}{sentence}\" > \"$1\"\n"))
        .expect("written");
    let mut samsyn = command("samsyn", &node.dir);
    samsyn.arg("--config").arg(node.client_config()).args(args);
    samsyn.env("TMPDIR", &node.dir).env("EDITOR", format!("sh {}", script.display())).env_remove("VISUAL");
    finish(samsyn).await
}

fn is_left(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).expect("a directory").flatten().map(|f| f.file_name().to_string_lossy().into_owned());
    names.filter(|n| n.starts_with("samsyn-anteckning")).collect()
}

async fn data(county: &County, party: &str, document: &str) -> Value {
    county.samsyn(party, &["work", "note", document, "--json"]).await.ok().data()
}

/// ```text
///   rvn (owner) ─── timra (writes in rvn's work) ─── ange (reads)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn every_party_writes_in_the_note_of_a_work_and_shares_nothing_else() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    let document = county.publish("rvn", "Regionens arbete").await;
    county.converge().await;
    county.samsyn("timra", &["work", "note", &document]).await.ok().says("Ingen har skrivit något här än.");
    let shared =
        with_editor(&county, "timra", "Vi vill vara med.", &["work", "note", &document, "--edit", "--yes", "--json"])
            .await;
    let shared = shared.ok().data();
    assert_eq!((&shared["published_paths"], &shared["held_back"]), (&json!(["/note"]), &json!([])), "{shared}");
    assert!(is_left(&county.node("timra").dir).is_empty(), "the text is shared: no file stays");
    county.converge().await;
    for party in ["ange", "rvn", "timra"] {
        let note = data(&county, party, &document).await;
        assert_eq!((&note["state"], &note["text"]), (&json!("settled"), &json!("Vi vill vara med.")), "{party}");
        assert_eq!(note["passages"][0]["stated_by"], "timra", "{party}");
        county.samsyn(party, &["work", "note", &document]).await.ok().says("Skrivet av timras kommun");
        county.samsyn(party, &["work", "show", &document]).await.ok().says("Vi vill vara med.");
    }
    // It was released by one of Timrå's own boards, and the history tells the words that were added.
    let history = county.samsyn("ange", &["work", "history", &document, "--json"]).await.ok().data();
    let entries = history["entries"].as_array().expect("entries").clone();
    let timras: Vec<_> = entries.iter().filter(|e| e["organisation"] == "timra").collect();
    assert_eq!((timras.len(), &timras[0]["authority"], &timras[0]["verdict"]), (1, &json!("ks"), &json!("admitted")));

    // The owner's draft of something else stays a draft when the note is shared.
    let mut desk = county.desk_on("rvn", &document).await;
    desk.set("/facts/title", text("Ännu inte delad titel")).await;
    with_editor(&county, "rvn", "Välkomna!", &["work", "note", &document, "--edit", "--yes"]).await.ok().says("Delat");
    county.converge().await;
    let note = data(&county, "ange", &document).await;
    assert_eq!(note["text"], "Vi vill vara med. Välkomna!");
    assert_eq!(county.titles("ange").await, ["Regionens arbete"]);
    county.samsyn("ange", &["work", "history", &document]).await.ok().says("Välkomna!");
    county.samsyn("rvn", &["work", "publish", &document, "--yes"]).await.ok();
    county.converge().await;
    assert_eq!(county.titles("ange").await, ["Ännu inte delad titel"]);
    assert_eq!(data(&county, "ange", &document).await["text"], "Vi vill vara med. Välkomna!");
    county.stop_and_verify().await;
}

/// Two coordinators of one party take the text along, write without a connection, and send in any order, while another
/// party shares: publish, import, publish.
#[tokio::test(flavor = "multi_thread")]
async fn two_coordinators_write_offline_in_files_and_nobody_loses_a_word() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let document = county.publish("rvn", "Gemensamt").await;
    county.converge().await;
    let dir = county.dir().to_owned();
    let (eva, per) = (dir.join("eva.txt"), dir.join("per.txt"));
    let (eva, per) = (eva.to_str().expect("a path"), per.to_str().expect("a path"));
    fs::write(dir.join("first.txt"), "Möte i mars.\r\n").expect("written");
    let first = dir.join("first.txt");
    county.samsyn("rvn", &["work", "note", &document, "--file", first.to_str().expect("a path"), "--yes"]).await.ok();
    county.converge().await;
    for file in [eva, per] {
        county.samsyn("rvn", &["work", "note", &document, "--out", file]).await.ok();
        assert_eq!(fs::read_to_string(file).expect("reads"), "Möte i mars.\n");
    }
    county.samsyn("rvn", &["work", "note", &document, "--out", eva]).await.exits(5).says("finns redan");
    fs::write(eva, "Första möte i mars.\n").expect("written");
    fs::write(per, "Möte i mars. Per bjuder på kaffe.\n").expect("written");
    county.samsyn("rvn", &["work", "note", &document, "--file", per, "--yes"]).await.ok();
    county.converge().await;
    with_editor(&county, "timra", "Timrå kommer.", &["work", "note", &document, "--edit", "--yes"]).await.ok();
    county.converge().await;
    county.samsyn("rvn", &["work", "note", &document, "--file", eva, "--yes"]).await.ok();
    // Per writes on in the same file, without having seen any of it.
    fs::write(per, "Möte i mars. Per bjuder på kaffe och bulle.\n").expect("written");
    county.samsyn("rvn", &["work", "note", &document, "--file", per, "--yes"]).await.ok();
    county.converge().await;
    for party in ["rvn", "timra"] {
        let note = data(&county, party, &document).await;
        assert_eq!(note["text"], "Första möte i mars. Per bjuder på kaffe och bulle. Timrå kommer.", "{party}");
    }
    let again = county.samsyn("rvn", &["work", "note", &document, "--file", per, "--yes", "--json"]).await.ok().data();
    assert_eq!(again["nothing"], true, "{again}");
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_cannot_be_written_says_why_and_keeps_the_words() {
    let county = County::with(&["rvn", "timra"]).await;
    let document = county.publish("rvn", "Ett arbete").await;
    let error = |ran: Ran, code: i32| ran.exits(code).error();
    let note = async |args: &[&str]| county.samsyn("rvn", &[&["work", "note"], args, &["--json"]].concat()).await;
    assert_eq!(error(note(&["finns-inte"]).await, 5)["code"], "input.not_found");
    assert_eq!(error(note(&[&document, "--yes"]).await, 2)["code"], "usage");
    let long = county.dir().join("long.txt");
    fs::write(&long, "å".repeat(40_000)).expect("written");
    let long = long.to_str().expect("a path");
    assert_eq!(error(note(&[&document, "--file", long]).await, 2)["code"], "usage", "nobody to ask");
    assert_eq!(error(note(&[&document, "--file", long, "--yes"]).await, 5)["code"], "input.too_long");
    assert_eq!(error(note(&[&document, "--file", "ingen.txt", "--yes"]).await, 5)["code"], "input.not_found");
    note(&["x", "--edit", "--file", long]).await.exits(2);
    // An editor that fails, and none at all: what was written stays where it is said to be.
    let mut samsyn = command("samsyn", county.dir());
    samsyn.arg("--config").arg(county.node("rvn").client_config());
    samsyn.args(["work", "note", &document, "--edit", "--yes"]).env("TMPDIR", county.dir()).env("EDITOR", "false");
    finish(samsyn).await.exits(1).says("din text ligger i").says("samsyn-anteckning");
    assert!(!is_left(county.dir()).is_empty());
    // A draft that was never shared keeps its note until the work is shared; --draft shares nothing.
    let new = county.samsyn("rvn", &["work", "new", "--title", "Utkast", "--json"]).await.ok().data();
    let draft = new["working_copy_id"].as_str().expect("an id").to_owned();
    let short = county.dir().join("short.txt");
    fs::write(&short, "Kort.").expect("written");
    let short = short.to_str().expect("a path");
    county
        .samsyn("rvn", &["work", "note", &draft, "--file", short, "--yes"])
        .await
        .ok()
        .says("delas när arbetet delas");
    county.samsyn("rvn", &["work", "note", &draft]).await.ok().says("Kort.").says("inte delat");
    county.samsyn("rvn", &["work", "note", &document, "--file", short, "--draft"]).await.ok().says("inte delat");
    assert_eq!(
        county.samsyn("timra", &["--lang", "en", "work", "note", &document]).await.ok().out.lines().nth(2),
        Some("Nobody has written anything here yet.")
    );
    county.stop_and_verify().await;
}
