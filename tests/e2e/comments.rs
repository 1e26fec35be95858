//! Drafts for comment: those who are asked read and reply, nobody else is told, and the draft is gone at both ends when its
//! time has come (I4, I10), while replies are received and stay (I8).

use crate::privacy::places_with;
use samsyn_core::{
    code::Code,
    commit::{CommitBuilder, Position, Statement},
    entry::{Audience, DocumentKind, Genesis, Link, Outline, Purpose, Release, SpaceFounding},
    id::{AuthorityId, DocumentId, LogId, Name, OrgId, SpaceId},
};
use samsyn_server::{driver::Composed, register::calendar, store::Role};
use samsyn_tests::county::{County, Desk, Ran, browser::get, county_digest, path, ports, prose, run, text, until};
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

const SHARED: &str = "DELAT-ORD-31fe";
const DRAFT: &str = "KANARIE-UTKAST-c83d";
const QUESTION: &str = "KANARIE-FRÅGA-77b0";
const REPLY: &str = "KANARIE-SVAR-e5a9";

async fn as_device(county: &County, config: &Path, args: &[&str]) -> Ran {
    run("samsyn", county.dir(), &[&["--config", config.to_str().expect("UTF-8")], args].concat()).await
}

/// The drafts for comment that a party's coordinator sees.
async fn listed(county: &County, party: &str) -> Vec<Value> {
    let list = county.samsyn(party, &["comment", "list", "--json"]).await.ok().data();
    list["comments"].as_array().expect("a list").clone()
}

fn in_days(days: i64) -> String {
    let ms = i64::try_from(now_ms()).expect("small") + days * 24 * 60 * 60 * 1_000;
    calendar::day(u64::try_from(ms).expect("after 1970")).to_string()
}

/// A county whose nodes log all and whose members show pages and figures.
async fn watched() -> (County, SocketAddr) {
    let mut county = County::with(&["ange", "rvn", "sundsvall", "timra"]).await;
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
    for party in county.parties() {
        county.stop(&party).await;
        county.node_mut(&party).environment.push(("SAMSYN__LOG__LEVEL".into(), "trace".into()));
    }
    county.node_mut("ange").environment.push(("SAMSYN__WEB__LISTEN".into(), pages.to_string()));
    for party in county.parties() {
        county.restart(&party).await;
    }
    (county, pages)
}

/// A work of `rvn` that is shared, and a draft that says more.
async fn draft(county: &County) -> (Desk, String) {
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| d.set(path("/facts/title"), text(SHARED)));
    desk.push().await;
    let document = desk.publish().await;
    desk.edit(|d| {
        d.set(path("/facts/summary"), prose(&format!("Vi tänker oss {DRAFT}.")));
        d.private.insert("minne".to_owned(), "KANARIE-PRIVAT-0b1c".to_owned());
    });
    desk.push().await;
    (desk, document)
}

/// ```text
///   rvn asks ──► timra (son) replies ──► rvn            ange, sundsvall: nothing; timra (ks): nothing
///         └────► sundsvall, a space of its own, which sees no reply of timra's
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_a_draft_for_comment_is_seen_by_those_who_were_asked_and_by_nobody_else() {
    let (mut county, pages) = watched().await;
    let (desk, document) = draft(&county).await;
    county.converge().await;
    let before = county_digest(&county.status("rvn").await);
    let last = in_days(10);
    let publish = |more: &[&str]| -> Vec<String> {
        let fixed = ["work", "publish", desk.id(), "--purpose", "synpunkter", "--json"];
        fixed.iter().chain(more).map(|s| (*s).to_owned()).collect()
    };

    // Each is named, refused, and changes nothing.
    let far = in_days(400);
    let past = in_days(-1);
    for (args, code) in [
        (&["--yes"][..], Code::SpaceRecipient),
        (&["--to", "rvn", "--yes"], Code::SpaceOwn),
        (&["--to", "bollnas", "--yes"], Code::InputUnknownParty),
        (&["--to", "timra/hsn", "--yes"], Code::SpaceAuthority),
        (&["--to", "timra", "--until", past.as_str(), "--yes"], Code::SpaceDeadline),
        (&["--to", "timra", "--until", far.as_str(), "--yes"], Code::SpaceDeadline),
        (&["--to", "timra", "--until", "snart", "--yes"], Code::SpaceDeadline),
        (&["--to", "timra", "--audience", "allmänheten", "--yes"], Code::SpacePublic),
    ] {
        let args = publish(args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let refused = county.samsyn("rvn", &args).await.exits(5).error();
        assert_eq!(refused["code"], code.as_str(), "{args:?}");
    }
    let misplaced = ["work", "publish", desk.id(), "--to", "timra", "--yes", "--json"];
    assert_eq!(county.samsyn("rvn", &misplaced).await.exits(5).error()["code"], Code::SpacePurpose.as_str());
    assert_eq!(listed(&county, "rvn").await, [Value::Null; 0]);

    // What leaves, to whom and with which effect is said before.
    let to = ["--to", "timra/son", "--to", "sundsvall", "--until", last.as_str(), "--question", QUESTION];
    let asked = ["work", "publish", desk.id(), "--purpose", "synpunkter"];
    let shown = county.samsyn("rvn", &[&asked[..], &to[..], &["--preview"]].concat()).await.ok();
    let words = [
        "timras kommun (Socialnämnden)",
        "sundsvalls kommun",
        &last,
        "utkast",
        "raderas på båda håll",
        DRAFT,
        QUESTION,
    ];
    assert!(words.iter().all(|word| shown.says_it(word)), "{shown:?}");
    assert!(shown.says_it("Kretsen är vid"), "two of three are more than half: {shown:?}");
    let sent = county.samsyn("rvn", &[&asked[..], &to[..], &["--yes", "--json"]].concat()).await.ok().data();
    assert_eq!((&sent["waits"], &sent["wide"], &sent["until"]), (&json!(false), &json!(true), &json!(last)));
    let copies = sent["copies"].as_array().expect("copies").clone();
    assert_eq!(copies.len(), 2, "{sent}");
    let copy = |to: &str| {
        let found = copies.iter().find(|c| c["to"] == to).expect("each has one");
        found["document_id"].as_str().expect("an id").to_owned()
    };
    let (to_timra, to_sundsvall) = (copy("timra/son"), copy("sundsvall"));

    // Those who were asked have it, also after a kill.
    until("timra has it", || async { !listed(&county, "timra").await.is_empty() }).await;
    county.crash("timra").await;
    county.restart("timra").await;
    until("sundsvall has it", || async { !listed(&county, "sundsvall").await.is_empty() }).await;
    let show = ["comment", "show", &to_timra[..10]];
    county.samsyn("timra", &show).await.ok().says(DRAFT).says(QUESTION).says(SHARED);
    assert_eq!(listed(&county, "rvn").await.len(), 2);
    // The draft goes on as it was, and the county knows of nothing.
    assert_eq!(county_digest(&county.status("rvn").await), before);
    assert!(county.desk_on("rvn", desk.id()).await.prose("/facts/summary").contains(DRAFT));
    county.samsyn("timra", &show).await.ok();

    // Another board of Timrå's sees nothing of it, whatever it asks for.
    let other = county.device_of("timra", "ks", Role::Coordinator, Some("ks")).await;
    let board = county.device_of("timra", "son", Role::Coordinator, Some("son")).await;
    until("the node has seen the devices", || async {
        as_device(&county, &board, &["comment", "list"]).await.code == 0
            && as_device(&county, &other, &["comment", "list"]).await.code == 0
    })
    .await;
    as_device(&county, &board, &show).await.ok().says(DRAFT);
    assert_eq!(as_device(&county, &other, &["comment", "list", "--json"]).await.ok().data()["comments"], json!([]));
    for args in [&show[..], &["comment", "reply", &to_timra, "--text", "x", "--yes"]] {
        let refused = as_device(&county, &other, &[args, &["--json"]].concat()).await.exits(5).error();
        assert_eq!(refused["code"], Code::InputNotFound.as_str(), "{args:?}");
    }
    nothing_is_named(&county, &other, "timra", &[&to_timra, &to_sundsvall]).await;

    // A reply goes back through the gate, to whoever asked alone.
    let reply = ["comment", "reply", &to_timra, "--text", REPLY];
    let held = ["comment", "reply", &to_timra, "--text", "Ring 121212-1212.", "--yes", "--json"];
    let held = as_device(&county, &board, &held).await.exits(5).data();
    assert_eq!(held["held_back"][0]["code"], Code::SecrecyPersonalNumber.as_str(), "{held}");
    as_device(&county, &board, &[&reply[..], &["--preview"]].concat()).await.ok().says("rvns kommun").says(REPLY);
    assert_eq!(listed(&county, "timra").await[0]["replies"], 0, "not sent yet");
    as_device(&county, &board, &[&reply[..], &["--yes"]].concat())
        .await
        .ok()
        .says("Svaret är skickat till rvns kommun");
    until("rvn has the reply", || async { listed(&county, "rvn").await.iter().any(|c| c["replies"] == 1) }).await;
    county.crash("rvn").await;
    county.restart("rvn").await;
    county.samsyn("rvn", &["comment", "show", &to_timra]).await.ok().says(REPLY).says("timras kommun");
    county.samsyn("sundsvall", &["comment", "show", &to_sundsvall]).await.ok().says("Inga svar");

    // I8: received at the board that asked, dispatched at the one that replied; the draft is in no register.
    for (party, direction, authority) in [("rvn", "received", "ks"), ("timra", "dispatched", "son")] {
        let items = register(&county, party, authority).await;
        let comments: Vec<&Value> = items.iter().filter(|item| item["purpose"] == "for-comment").collect();
        assert_eq!(comments.len(), 1, "{party}: {items:?}");
        assert_eq!((&comments[0]["direction"], &comments[0]["state"]), (&json!(direction), &json!("to-register")));
        assert_eq!(comments[0]["document_id"], json!(to_timra));
        assert_eq!(comments[0]["title"], json!(""), "what the draft is called is in no register");
    }
    let elsewhere = [("timra", "ks"), ("sundsvall", "ks"), ("sundsvall", "son"), ("ange", "ks")];
    for (party, authority) in elsewhere {
        let items = register(&county, party, authority).await;
        assert!(items.iter().all(|item| item["purpose"] != "for-comment"), "{party} {authority}: {items:?}");
    }

    // An archive gets what was replied, under no title of the draft's, and no copy that nobody has replied to.
    let config = county.node("rvn").config();
    let config = config.to_str().expect("UTF-8");
    let list = ["archive", "export", "--authority", "ks", "--everything", "--list", "--json", "--config", config];
    let delivered = run("samsynd", county.dir(), &list).await.ok().data().to_string();
    assert!(delivered.contains(&to_timra) && delivered.contains("Synpunkter på ett utkast"), "{delivered}");
    assert!(!delivered.contains(&to_sundsvall), "{delivered}");
    assert_eq!(delivered.matches(SHARED).count(), 1, "the work, which is shared: {delivered}");

    // Outsiders hold no byte of it, nor does a log anywhere say what it says.
    county.converge().await;
    for (party, words) in
        [("ange", &[DRAFT, QUESTION, REPLY, &to_timra, &to_sundsvall][..]), ("sundsvall", &[REPLY, &to_timra])]
    {
        for word in words {
            assert_eq!(places_with(&county, party, word), [""; 0], "{word} at {party}");
        }
    }
    for party in county.parties() {
        for word in [DRAFT, QUESTION, REPLY] {
            assert!(!county.node(&party).log().contains(word), "{word} in the log of {party}");
        }
    }
    for party in county.parties() {
        let found = county.samsyn(&party, &["search", DRAFT, "--json"]).await.ok().data();
        assert_eq!(found["total"], 0, "what only some may see is in no search, not even theirs: {party} {found}");
    }
    assert!(!places_with(&county, "sundsvall", DRAFT).is_empty(), "it was asked too");
    let outsider = county.node("ange").client_config();
    nothing_is_named(&county, &outsider, "ange", &[&to_timra, &to_sundsvall]).await;
    for page in ["/", "/portfolj", "/noder", "/synpunkter", "/diarium/offentligt", "/api/v1/works"] {
        let shown = get(pages, page).await.body;
        assert!(![DRAFT, REPLY, &to_timra].iter().any(|word| shown.contains(word)), "{page}");
    }
    assert!(!document.is_empty());
    county.stop_and_verify().await;
}

/// Nothing that a device can ask for names a document.
async fn nothing_is_named(county: &County, device: &Path, party: &str, documents: &[&str]) {
    let client = county.node(party).client_of(device).await.expect("a client");
    let mut facts = client.replica().pull_facts(v1::PullFactsRequest::default()).await.expect("facts").into_inner();
    while let Some(fact) = facts.message().await.expect("a fact") {
        assert!(!documents.contains(&fact.document_id.as_str()), "{fact:?}");
    }
    for args in [&["status", "--json"][..], &["parties", "--json"], &["work", "list", "--drafts", "--json"]] {
        let said = format!("{:?}", as_device(county, device, args).await.ok());
        assert!(!documents.iter().any(|id| said.contains(id)), "{args:?}: {said}");
    }
    for document in documents {
        for args in [["work", "show"], ["work", "history"], ["work", "note"], ["comment", "show"]] {
            let refused =
                as_device(county, device, &[&args[..], &[document, "--json"]].concat()).await.exits(5).error();
            assert_eq!(refused["code"], Code::InputNotFound.as_str(), "{args:?}");
        }
        let request = v1::PullWorkingCopyRequest { id: (*document).to_owned(), ..Default::default() };
        assert!(client.replica().pull_working_copy(request).await.is_err(), "a working copy would quote it");
    }
}

/// The register of one authority of a party, as its registrar sees it.
async fn register(county: &County, party: &str, authority: &str) -> Vec<Value> {
    let name = format!("registrator-{authority}");
    let device = county.device_of(party, &name, Role::Registrar, Some(authority)).await;
    until("the node has seen the registrar", || async {
        as_device(county, &device, &["register", "list"]).await.code == 0
    })
    .await;
    let list = ["register", "list", "--authority", authority, "--state", "alla", "--json"];
    as_device(county, &device, &list).await.ok().data()["items"].as_array().expect("items").clone()
}

/// A releaser of the asking authority says yes to just what was asked for, with its recipients.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_for_comment_waits_for_a_releaser_where_the_rules_say_so() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.stop("rvn").await;
    let rules = county.node("rvn").dir.join("rules");
    fs::create_dir_all(&rules).expect("made");
    let text = "[release]\nmode = \"automatic\"\ncomment_days = 7\n[[release.except]]\nmode = \"approve\"\npurpose = \"for-comment\"\n";
    fs::write(rules.join("ks.toml"), text).expect("written");
    county.node_mut("rvn").environment.push(("SAMSYN__RULES__DIRECTORY".into(), rules.display().to_string()));
    county.restart("rvn").await;
    let (desk, _) = draft(&county).await;
    let ask = ["work", "publish", desk.id(), "--purpose", "synpunkter", "--to", "timra", "--yes", "--json"];
    let asked = county.samsyn("rvn", &ask).await.ok().data();
    assert_eq!((&asked["waits"], &asked["until"], &asked["copies"]), (&json!(true), &json!(in_days(7)), &json!([])));
    let releaser = county.device("rvn", "frislappare", Role::Releaser).await;
    until("the node has seen the device", || async {
        as_device(&county, &releaser, &["release", "list"]).await.code == 0
    })
    .await;
    as_device(&county, &releaser, &["release", "show", desk.id()]).await.ok().says("timras kommun").says(DRAFT);
    assert_eq!(listed(&county, "timra").await, [Value::Null; 0]);
    let approved =
        as_device(&county, &releaser, &["release", "approve", desk.id(), "--yes", "--json"]).await.ok().data();
    assert_eq!(approved["copies"].as_array().map(Vec::len), Some(1), "{approved}");
    until("timra has it", || async { !listed(&county, "timra").await.is_empty() }).await;
    let audit = county.node("rvn").dir.join("audit");
    let lines: String = fs::read_dir(audit)
        .expect("an audit log")
        .flatten()
        .filter_map(|f| fs::read_to_string(f.path()).ok())
        .collect();
    assert!(lines.lines().filter(|line| line.contains("\"to\":[\"timra\",\"until ")).count() >= 2, "{lines}");
}

/// ```text
///   rvn asks timra and ange, for some seconds          ange is away when the time has come
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i10_when_its_time_has_come_a_draft_is_gone_at_both_ends_also_where_a_node_was_away() {
    const SECONDS: u64 = 25;
    let mut county = County::with(&["ange", "rvn", "sundsvall", "timra"]).await;
    county.stop("rvn").await;
    let ends_ms = now_ms() + SECONDS * 1_000;
    for to in ["timra", "ange"] {
        county.with_driver("rvn", async |handle| hand_out(handle, to, ends_ms).await).await;
    }
    county.restart("rvn").await;
    for party in ["timra", "ange"] {
        until("it has come", || async { !places_with(&county, party, DRAFT).is_empty() }).await;
    }
    let id = listed(&county, "timra").await[0]["document_id"].as_str().expect("an id").to_owned();
    county.samsyn("timra", &["comment", "show", &id]).await.ok().says(DRAFT);
    let reply = ["comment", "reply", &id, "--text", REPLY, "--yes"];
    county.samsyn("timra", &reply).await.ok();
    until("rvn has the reply", || async { listed(&county, "rvn").await.iter().any(|c| c["replies"] == 1) }).await;
    county.crash("ange").await;
    assert!(!places_with(&county, "ange", DRAFT).is_empty(), "it is in the files of the node that is away");
    assert!(now_ms() < ends_ms, "this machine is too slow for {SECONDS} seconds");

    until("its time has come", || async { listed(&county, "timra").await[0]["ended"] == json!(true) }).await;
    let shown = county.samsyn("timra", &["comment", "show", &id]).await.ok();
    assert!(!shown.says_it(DRAFT) && shown.says_it(REPLY), "{shown:?}");
    let late = county.samsyn("timra", &[&reply[..], &["--json"]].concat()).await.exits(5).error();
    assert_eq!(late["code"], Code::SpaceEnded.as_str());
    for party in ["rvn", "timra"] {
        until("it is gone", || async { places_with(&county, party, DRAFT).is_empty() }).await;
    }
    // A node that was away: it is gone before anybody is shown anything, and nobody gives it back.
    county.restart("ange").await;
    until("it is gone there too", || async { places_with(&county, "ange", DRAFT).is_empty() }).await;
    county.converge().await;
    for party in ["ange", "rvn", "timra"] {
        assert_eq!(places_with(&county, party, DRAFT), [""; 0], "{party}");
        assert_eq!(county.status(party).await.missing_values, 0, "{party} asks nobody for it");
    }
    assert_eq!(places_with(&county, "sundsvall", DRAFT), [""; 0]);
    // The outline stays, and so does what was replied.
    county.samsyn("rvn", &["comment", "show", &id]).await.ok().says(REPLY);
    county.stop_and_verify().await;
}

/// Sends a draft out for a time that no form offers: until some second of today.
async fn hand_out(handle: &samsyn_server::driver::Handle, to: &str, ends_ms: u64) {
    let (own, to) = (OrgId::new("rvn").expect("an id"), OrgId::new(to).expect("an id"));
    let written = handle.write(move |pen| {
        let (purpose, authority) = (Purpose::ForComment, AuthorityId::new("ks")?);
        let members = [own.clone(), to.clone()].into();
        let founding = SpaceFounding { salt: [7; 32], members, purpose, deadline_ms: Some(ends_ms) };
        let position = pen.position(SpaceId::FOUNDING);
        let mut builder = CommitBuilder::new(position.clone(), pen.hlc_ms);
        builder.add(DocumentId::NONE, &Outline::Space(founding));
        let founding = builder.sign(pen.key);
        let first = *founding.hashes().last().expect("a header");
        let log = LogId { space: SpaceId(first.0), ..position.log };
        let mut builder = CommitBuilder::new(Position { log, seq: 2, link: Link::Next(first), ..position }, pen.hlc_ms);
        let (audience, role) = (Audience::Parties, Name::new("coordinator")?);
        let release = Release { purpose, audience, authority: authority.clone(), role };
        builder.add(DocumentId::NONE, &Outline::Release(release));
        let kind = DocumentKind::Work;
        let genesis = Genesis { kind, owner: own.clone(), authority, archive_owner: own.clone(), body: None };
        let document = builder.add(DocumentId::NONE, &Outline::Document(genesis)).into();
        let fact = |at: &str, value, salt| Statement {
            path: path(at),
            value: Some(value),
            salt: [salt; 32],
            replaces: vec![],
        };
        let addressed = fact("/remarks/rvn/ask/to", text(to.as_str()), 1);
        builder.facts(document, vec![addressed, fact("/facts/title", text("Utkast"), 2)]);
        builder.facts(document, vec![fact("/facts/summary", prose(DRAFT), 3)]);
        Ok(Composed { circle: vec![founding, builder.sign(pen.key)], ..Composed::default() })
    });
    written.await.expect("it is written");
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_millis()).expect("small")
}
