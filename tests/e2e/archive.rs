//! What an authority delivers to its archive: whole, valid, the same for the same state, and looked through by a program that
//! archives use.

use crate::{clients::python, register::year};
use samsyn_client::mark::{self, Mark};
use samsyn_core::code::Code;
use samsyn_server::store::Role;
use samsyn_tests::county::{County, Ran, command, finish, path, ports, prose, reference, run, text, until};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const CREATED: &str = "2026-11-23T10:00:00Z";
/// What XML would take for its own, what it cannot hold, and what a reader changes unless it is told not to.
const HOSTILE: &str = "Trygg hemgång <b>&amp;\"' ]]> Åäö";
const CONTROL: &str = "Först \u{1}\u{b}\u{1b}[31m här,\r\nsedan\u{FFFF} <!-- slut";
const ERASED: &str = "J5rt-tidigare-lydelse-K8wq";
const SECRET: &str = "Ritningar över reservkraften";

const RULES: &str = "[register]\nnumbers = \"series\"\npattern = \"{yy}{series}{n}\"\nseries = \"RS\"\n\
    [[register.rule]]\nstate = \"to-register\"\nkind = \"work\"\n\
    [[retention]]\nclass = \"1.2\"\nkind = \"work\"\nwhat = \"document\"\nkeep = true\n\
    [[retention]]\nclass = \"1.3\"\nwhat = \"superseded\"\nafter = \"0 days\"\nbasis = \"Plan 2026, KS 2026/12 § 4\"\n";

/// What an archive finds in a package.
async fn looked_through(package: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("archive/check.py");
    let mut command = tokio::process::Command::new(python().await);
    command.arg(script).arg(package);
    serde_json::from_str(&finish(command).await.ok().out).expect("JSON")
}

/// Nothing is wrong with it but what the validator itself has wrong.
fn is_sound(found: &Value) {
    let validator = &found["validator"];
    assert_eq!((&validator["structure"], &validator["schema"]), (&json!(true), &json!(true)), "{found}");
    assert_eq!(validator["errors"], json!(["CSIP63", "SIP14"]), "{found}");
    for lists in [&found["mets"]["missing"], &found["mets"]["unlisted"], &found["mets"]["spoiled"], &found["documents"]]
    {
        assert_eq!(lists, &json!([]), "{found}");
    }
    let erms = found["erms"].as_object().expect("by one schema at least");
    assert!(!erms.is_empty() && erms.values().all(|faults| *faults == json!([])), "{found}");
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).expect("listed").flatten() {
            let at = entry.path();
            if at.is_dir() {
                waiting.push(at);
            } else {
                let name = at.strip_prefix(folder).expect("inside").display().to_string();
                found.insert(name, fs::read(&at).expect("read"));
            }
        }
    }
    found
}

fn file(package: &Path, document: &str, name: &str) -> String {
    let at = package.join("representations/rep1/data").join(document).join(name);
    fs::read_to_string(&at).unwrap_or_else(|e| panic!("{}: {e}", at.display()))
}

/// `samsynd archive export` for a party, with its environment.
async fn export(county: &County, party: &str, args: &[&str]) -> Ran {
    samsynd(county, party, &[&["archive", "export"], args].concat()).await
}

async fn samsynd(county: &County, party: &str, args: &[&str]) -> Ran {
    let config = county.node(party).config();
    let mut command = command("samsynd", county.dir());
    command.envs(county.node(party).environment.iter().cloned()).args(args);
    command.args(["--config", config.to_str().expect("UTF-8")]);
    finish(command).await
}

/// `rvn` keeps a register and a plan, `timra` shares with it.
async fn county() -> (County, PathBuf) {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.stop("rvn").await;
    write_rules(&county, RULES);
    let directory = county.node("rvn").dir.join("rules").display().to_string();
    county.node_mut("rvn").environment.push(("SAMSYN__RULES__DIRECTORY".into(), directory));
    county.restart("rvn").await;
    let device = county.device("rvn", "registrator", Role::Registrar).await;
    until("the node has seen the new device", || async { register(&county, &device, &["list"]).await.code == 0 }).await;
    let template = format!("{}RS{{n}}", year());
    register(&county, &device, &["confirm", &template, "--last", "0"]).await.ok();
    (county, device)
}

fn write_rules(county: &County, rules: &str) {
    let directory = county.node("rvn").dir.join("rules");
    fs::create_dir_all(&directory).expect("made");
    fs::write(directory.join("ks.toml"), rules).expect("written");
}

async fn register(county: &County, device: &Path, args: &[&str]) -> Ran {
    let config = device.to_str().expect("UTF-8");
    run("samsyn", county.dir(), &[&["--config", config, "register"], args].concat()).await
}

/// The numbers in the list of what is about a document, the latest first.
async fn items(county: &County, device: &Path, document: &str) -> Vec<String> {
    let listed = register(county, device, &["list", "--state", "alla", "--json"]).await.ok().data();
    let listed = listed["items"].as_array().expect("a list").clone();
    listed.iter().filter(|item| item["document_id"] == document).map(|item| item["id"].to_string()).collect()
}

/// ```text
///   the county's own data, in the demo; each authority delivers, beside no running node
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn the_countys_own_data_is_a_sound_delivery_and_the_same_for_the_same_state() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("demo");
    let base = ports::free_block(80).to_string();
    let line = ["demo", "--once", "--json", "--dir", dir.to_str().expect("a path"), "--port-base", &base];
    run("samsynd", home.path(), &line).await.ok();
    let config = dir.join("sundsvall/samsynd.toml");
    let export = async |args: &[&str]| {
        let line = ["archive", "export", "--config", config.to_str().expect("UTF-8"), "--authority", "sundsvall/ks"];
        run("samsynd", home.path(), &[&line[..], args].concat()).await
    };
    let out = |name: &str| home.path().join(name).display().to_string();

    // The demo has no plan, so nothing is kept for ever by one; that is said, with what to do.
    let none = export(&["--out", &out("inget"), "--json"]).await.exits(5).error();
    assert_eq!(none["code"], Code::InputEmpty.as_str());
    assert!(none["remedy"].as_str().is_some_and(|r| r.contains("--everything")), "{none}");

    let all = ["--everything", "--received", "--created", CREATED, "--json", "--out"];
    let done = export(&[&all[..], &[&out("a")]].concat()).await.ok().data();
    let documents = done["documents"].as_array().expect("a list");
    assert_eq!(
        documents.len(),
        18,
        "all works and ideas of the county, its programme, roadmap, measures and two decisions: {done}"
    );
    let own: Vec<&Value> = documents.iter().filter(|d| d["home"] == "own").collect();
    assert!(!own.is_empty() && own.len() < 18, "{done}");
    let found = looked_through(&home.path().join("a")).await;
    is_sound(&found);
    assert_eq!(found["mets"]["files"].as_u64(), Some(3 * 18 + 4), "{found}");
    let erms = fs::read_to_string(home.path().join("a/metadata/descriptive/erms.xml")).expect("read");
    assert!(erms.contains("Sundsvalls kommun") && erms.contains("ö"), "Swedish letters as they are");

    // The same state and moment, the same bytes; another moment, the same but for it.
    export(&[&all[..], &[&out("b")]].concat()).await.ok();
    assert_eq!(files(&home.path().join("a")), files(&home.path().join("b")));
    for zip in ["a.zip", "b.zip"] {
        // The folder inside has the file's name.
        let place = home.path().join(format!("in-{zip}"));
        fs::create_dir(&place).expect("made");
        export(&[&all[..], &[&place.join("leverans.zip").display().to_string()]].concat()).await.ok();
    }
    let zips =
        ["in-a.zip", "in-b.zip"].map(|name| fs::read(home.path().join(name).join("leverans.zip")).expect("read"));
    assert!(zips[0] == zips[1], "a zip of the same is the same");
    let unzipped = home.path().join("unzipped");
    unzip(&zips[0], &unzipped);
    assert_eq!(files(&unzipped.join("leverans")), files(&home.path().join("a")));
    let kept = files(&home.path().join("a"));
    export(&["--everything", "--received", "--out", &out("c")]).await.ok();
    let later = files(&home.path().join("c"));
    assert_eq!(kept.keys().collect::<Vec<_>>(), later.keys().collect::<Vec<_>>());
    for (name, bytes) in kept.iter().filter(|(name, _)| name.ends_with("handling.xml") || name.ends_with("bevis.json"))
    {
        assert!(later[name] == *bytes, "{name} has no moment of making in it");
    }

    // Whoever is to find faults finds them.
    let spoiled = home.path().join("b");
    let page = kept.keys().find(|name| name.ends_with("handling.html")).expect("a page");
    fs::write(spoiled.join(page), [&kept[page][..], b" "].concat()).expect("written");
    fs::write(spoiled.join("ovidkommande.txt"), "x").expect("written");
    fs::remove_file(spoiled.join("schemas/samsyn-handling-1.xsd")).expect("removed");
    fs::write(spoiled.join("schemas/samsyn-handling-1.xsd"), &kept["schemas/samsyn-handling-1.xsd"]).expect("written");
    let found = looked_through(&spoiled).await;
    assert_eq!(found["mets"]["spoiled"], json!([page]), "{found}");
    assert_eq!(found["mets"]["unlisted"], json!(["ovidkommande.txt"]), "{found}");
    let mets = String::from_utf8(kept["METS.xml"].clone()).expect("UTF-8");
    for (from, to, rule) in [
        ("csip:OAISPACKAGETYPE=\"SIP\"", "csip:OAISPACKAGETYPE=\"MAT\"", "CSIP9"),
        ("LABEL=\"CSIP\"", "LABEL=\"Annat\"", "CSIP82"),
        ("https://earksip.dilcis.eu/profile/E-ARK-SIP.xml", "https://example.org/annat.xml", "SIP2"),
    ] {
        assert!(mets.contains(from), "{from}");
        fs::write(spoiled.join("METS.xml"), mets.replace(from, to)).expect("written");
        let found = looked_through(&spoiled).await;
        let unexpected = found["validator"]["unexpected"].as_array().expect("a list");
        assert!(unexpected.contains(&json!(rule)), "{rule}: {found}");
    }
    fs::write(spoiled.join("METS.xml"), &mets).expect("written");
    let description = spoiled.join("metadata/descriptive/erms.xml");
    fs::write(&description, erms.replace("<status value=\"in_progress\"/>", "<status value=\"pågår\"/>"))
        .expect("written");
    let found = looked_through(&spoiled).await;
    assert_ne!(found["erms"]["subset"], json!([]), "{found}");

    // No person's name is anywhere in it, and nothing that only the node knows.
    let key = fs::read(dir.join("sundsvall/log.key")).unwrap_or_default();
    let key = String::from_utf8_lossy(&key).trim().to_owned();
    assert!(kept.values().all(|bytes| key.is_empty() || !String::from_utf8_lossy(bytes).contains(&key)));
}

fn unzip(bytes: &[u8], to: &Path) {
    fs::create_dir(to).expect("made");
    let file = to.join("x.zip");
    fs::write(&file, bytes).expect("written");
    let done = std::process::Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&file).arg(to).status();
    assert!(done.expect("python3 is there").success());
    fs::remove_file(file).expect("removed");
}

/// ```text
///   rvn: a registered work with a hostile title, marked and protected, and an earlier version erased by decision
///   timra: a work that rvn has received and registered
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_has_the_register_what_is_secret_and_marked_so_and_what_has_been_erased_with_its_decision() {
    let (mut county, device) = county().await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text(HOSTILE));
        d.set(path("/note"), prose(ERASED));
        d.set(path("/facts/summary"), prose(SECRET));
    });
    desk.push().await;
    let document = desk.publish().await;
    desk.set("/note", prose(CONTROL)).await;
    desk.publish().await;
    let received = county.publish("timra", "Timrås arbete").await;
    county.converge().await;
    // Marked after it was shared: the archive gets it, and is told.
    desk.edit(|d| {
        let provisions = mark::provisions(["18:8"]).expect("a provision");
        let mark = Mark {
            provisions,
            date: "2026-11-23".to_owned(),
            authority: "ks".to_owned(),
            note: "Reservkraft".to_owned(),
        };
        assert!(mark::set(d, Some(&path("/facts/summary")), Some(&mark)));
    });
    desk.push().await;
    let number = format!("{}RS1", year());
    for (nr, item) in items(&county, &device, &document).await.iter().rev().enumerate() {
        // The second version goes into the first one's case.
        let case = if nr == 0 { vec!["--next"] } else { vec!["--number", &number] };
        let words =
            ["--subject", "Arbete om hemgång", "--protected-subject", "Hemgång vid Solgården", "--class", "2.4"];
        register(&county, &device, &[&["number", item][..], &case, &words].concat()).await.ok();
    }
    let first = items(&county, &device, &received).await.pop().expect("an item");
    register(&county, &device, &["number", &first, "--next"]).await.ok();

    // An earlier version goes by decision, while the node stands still.
    county.stop("rvn").await;
    let plan = samsynd(&county, "rvn", &["dispose", "plan", "--authority", "ks", "--json"]).await.ok().data();
    let name = plan["plan"].as_str().expect("a name").to_owned();
    let decided = ["dispose", "execute", "--authority", "ks", "--plan", &name, "--decision", "KS 2027/3 § 12"];
    samsynd(&county, "rvn", &decided).await.ok();
    county.restart("rvn").await;

    // Beside the running node, and in its audit log.
    let out = county.dir().join("leverans");
    let to = out.display().to_string();
    let listed = export(&county, "rvn", &["--authority", "rvn/ks", "--list", "--json"]).await.ok().data();
    assert_eq!(listed["documents"].as_array().map(Vec::len), Some(1), "what others archive is left out: {listed}");
    assert_eq!((&listed["documents"][0]["keeps"], &listed["elsewhere"]), (&json!(true), &json!(1)), "{listed}");
    assert!(!out.exists(), "a list writes nothing");
    let done = export(&county, "rvn", &["--authority", "ks", "--created", CREATED, "--out", &to]).await.ok();
    let done = done.says("1 of them hold what is marked as secret");
    assert!(!done.says_it(SECRET), "{done:?}");
    is_sound(&looked_through(&out).await);
    let (xml, page) = (file(&out, &document, "handling.xml"), file(&out, &document, "handling.html"));
    let erms = fs::read_to_string(out.join("metadata/descriptive/erms.xml")).expect("read");
    let escaped = "Trygg hemgång &lt;b&gt;&amp;amp;&quot;&apos; ]]&gt; Åäö";
    assert!(xml.contains(escaped) && erms.contains(escaped) && !page.contains("<b>"), "{xml}");
    assert!(
        xml.contains(&format!("exact=\"{}\"", hex::encode(CONTROL)))
            && xml.contains("Först \u{FFFD}\u{FFFD}\u{FFFD}[31m"),
        "{xml}"
    );
    assert!(xml.contains(SECRET) && xml.contains("<provision>18:8</provision>"), "an archive takes all: {xml}");
    for said in
        ["OSL 18 kap. 8 §", "Reservkraft", "KS 2027/3 § 12", "Gallrat: 1 uppgift", "Hemgång vid Solgården", "1.2"]
    {
        assert!(erms.contains(said), "{said}: {erms}");
    }
    assert!(
        page.contains("(gallrat)") && page.contains("KS 2027/3 § 12") && page.contains("OSL 18 kap. 8 §"),
        "{page}"
    );
    assert!(xml.contains("<erased ") && xml.contains("decision=\"KS 2027/3 § 12\""), "{xml}");
    assert!(erms.contains(&format!("<objectId>{number}-1</objectId>")), "{erms}");
    assert!(
        erms.contains("aggregationType=\"caseFile\"") && erms.contains("<runningNumber>2</runningNumber>"),
        "{erms}"
    );
    let all = files(&out);
    assert!(
        all.values().all(|bytes| !String::from_utf8_lossy(bytes).contains(ERASED)),
        "what has been erased is gone (I10)"
    );
    assert!(
        all.values().all(|bytes| !String::from_utf8_lossy(bytes).contains(&hex::encode(ERASED))),
        "in the proof too"
    );

    // Nothing is written over, and half a package is never there.
    let again = export(&county, "rvn", &["--authority", "ks", "--out", &to, "--json"]).await.exits(5).error();
    assert_eq!((&again["code"], &again["field"]), (&json!(Code::InputValue.as_str()), &json!("out")));
    assert_eq!(files(&out), all);

    // What is chosen: by period, class, case and document; nothing is left out in silence.
    for (args, chosen) in [
        (&["--case", number.as_str()][..], 1),
        (&["--class", "2.4"], 1),
        (&["--class", "1.2"], 1),
        (&["--from", "2020-01-01", "--until", "2999-01-01"], 1),
        (&["--document", &document[..12]], 1),
        (&["--received", "--everything"], 2),
    ] {
        let listed = export(&county, "rvn", &[&["--authority", "ks", "--list", "--json"], args].concat()).await.ok();
        assert_eq!(listed.data()["documents"].as_array().map(Vec::len), Some(chosen), "{args:?}");
    }
    for (args, code) in [
        (&["--authority", "ks", "--case", "KS 1999/1"][..], Code::InputEmpty),
        (&["--authority", "ks", "--until", "2020-01-01"], Code::InputEmpty),
        (&["--authority", "ks", "--class", "9.9"], Code::InputEmpty),
        (&["--authority", "ks", "--from", "igår"], Code::InputDate),
        (&["--authority", "ks", "--created", "nu"], Code::InputDate),
        (&["--authority", "ks", "--document", &received[..12]], Code::InputValue),
        (&["--authority", "ks", "--document", "ffffffffffff"], Code::InputNotFound),
        (&["--authority", "bun"], Code::InputNotFound),
        (&["--authority", "timra/ks"], Code::InputNotFound),
    ] {
        let nowhere = county.dir().join("ingenstans");
        let to = nowhere.display().to_string();
        let refused = export(&county, "rvn", &[args, &["--out", &to, "--json"]].concat()).await.exits(5).error();
        assert_eq!(refused["code"], code.as_str(), "{args:?}: {refused}");
        assert!(!nowhere.exists() && !county.dir().join("ingenstans.part").exists(), "{args:?}");
    }
    export(&county, "rvn", &["--authority", "ks"]).await.exits(2);

    // What cannot be written down does not happen.
    let audit = county.node("rvn").dir.join("audit");
    let log = fs::read_dir(&audit).expect("listed").flatten().map(|f| f.path());
    let log = log.filter(|f| f.extension().is_some_and(|e| e == "jsonl")).max().expect("a log");
    let good = fs::read(&log).expect("read");
    fs::write(&log, [&good[..], b"no line\n"].concat()).expect("spoiled");
    let other = county.dir().join("utan-logg");
    let unlogged =
        export(&county, "rvn", &["--authority", "ks", "--out", &other.display().to_string(), "--json"]).await;
    assert_eq!(unlogged.exits(6).error()["code"], Code::AuditBroken.as_str());
    assert!(!other.exists() && !county.dir().join("utan-logg.part").exists(), "nothing is left");
    fs::write(&log, good).expect("mended");

    county.samsyn("rvn", &["work", "list"]).await.ok();
    county.stop("rvn").await;
    let config = county.node("rvn").config();
    let lines =
        county.samsynd(&["audit", "export", "--config", config.to_str().expect("UTF-8"), "--json"]).await.ok().data();
    let acts: Vec<&Value> =
        lines["lines"].as_array().expect("lines").iter().filter(|l| l["act"] == "archived").collect();
    assert_eq!(acts.len(), 1, "{lines}");
    assert_eq!((&acts[0]["documents"], &acts[0]["secret"]), (&json!(1), &json!(1)));
    assert_eq!(acts[0]["mets"], json!(sha256(&all["METS.xml"])), "the line names just this package");

    // A node that stands still delivers the same.
    let still = county.dir().join("stillastående");
    let still_to = still.display().to_string();
    export(&county, "rvn", &["--authority", "ks", "--created", CREATED, "--out", &still_to]).await.ok();
    assert_eq!(files(&still), all);
    county.restart("rvn").await;

    // A work that is over and erased whole is still known to have been there.
    let mut desk = county.desk_on("rvn", &document).await;
    desk.set("/facts/stage", reference("stage:completed")).await;
    desk.publish().await;
    county.stop("rvn").await;
    write_rules(&county, &RULES.replace("keep = true", "after = \"0 days\"\nbasis = \"Plan 2026\""));
    let plan = samsynd(&county, "rvn", &["dispose", "plan", "--authority", "ks", "--json"]).await.ok().data();
    let name = plan["plan"].as_str().expect("a name").to_owned();
    let decided = ["dispose", "execute", "--authority", "ks", "--plan", &name, "--decision", "KS 2027/4"];
    samsynd(&county, "rvn", &decided).await.ok();
    let gone = county.dir().join("gallrat");
    let to = gone.display().to_string();
    let refused = export(&county, "rvn", &["--authority", "ks", "--out", &to, "--json"]).await.exits(5).error();
    assert!(refused["remedy"].as_str().is_some_and(|r| r.contains("1 documents fit that the plan does not keep")));
    export(&county, "rvn", &["--authority", "ks", "--everything", "--out", &to]).await.ok();
    is_sound(&looked_through(&gone).await);
    let erms = fs::read_to_string(gone.join("metadata/descriptive/erms.xml")).expect("read");
    assert!(erms.contains("<status value=\"obliterated\"/>") && erms.contains("KS 2027/4"), "{erms}");
    assert!(erms.contains("<title>(gallrat)</title>"), "{erms}");
    let all = files(&gone);
    for needle in [SECRET, ERASED, "-- slut"] {
        assert!(all.values().all(|bytes| !String::from_utf8_lossy(bytes).contains(needle)), "{needle} is gone (I10)");
    }
    county.restart("rvn").await;
    county.stop_and_verify().await;
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}
