//! The roadmap that all parties write: one text of many hands, each party's own cells, and what the gate refuses.

use samsyn_core::entry::DocumentKind;
use samsyn_tests::county::{County, Desk, browser::get, path, ports, prose, reference, text, until};
use samsyn_wire::v1::{JointTextRequest, JointTextResponse, JointTextState};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};

/// Founds a roadmap with an area and a working method, as the party that hosts the programme office.
async fn a_roadmap(county: &mut County, host: &str, written: &str) -> String {
    let mut desk = Desk::founding(county.client(host).await, DocumentKind::Roadmap).await;
    desk.edit(|d| {
        d.set(path("/text/title"), prose("Färdplan Nära vård"));
        d.set(path("/text/lsg"), prose(written));
        d.set(path("/areas/lsg/title"), text("Utvecklad lokal samverkan (LSG)"));
        d.set(path("/areas/lsg/period"), samsyn_core::value::Value::Date("2025".into()));
        d.set(path("/activities/methods/sip/title"), text("SIP på distans"));
    });
    desk.push().await;
    let document = desk.publish().await;
    county.converge().await;
    document
}

async fn text_at(county: &County, party: &str, document: &str) -> JointTextResponse {
    let client = county.client(party).await;
    let request = JointTextRequest { id: document.to_owned(), path: "/text/lsg".to_owned() };
    client.call(client.portfolio().joint_text(request)).await.unwrap_or_else(|p| panic!("{party}: {p:?}"))
}

/// The same text at every node; gives it.
async fn same_everywhere(county: &County, document: &str) -> JointTextResponse {
    let parties = county.parties();
    let first = text_at(county, &parties[0], document).await;
    for party in &parties[1..] {
        let mut other = text_at(county, party, document).await;
        other.unpublished.clone_from(&first.unpublished);
        assert_eq!(other, first, "{party}");
    }
    first
}

fn once(text: &str, words: &[&str]) {
    for word in words {
        assert_eq!(text.matches(word).count(), 1, "'{word}' in '{text}'");
    }
}

const BASE: &str = "Länet ställer om. Varje kommundel får en grupp. Det är bråttom.";

/// ```text
///   ange ╌╌╌ rvn ╌╌╌ timra    each alone: all three rewrite one sentence of the roadmap and share it; healed: one text;
///                             rvn writes on without having seen it, timra imports and shares, ange shares what it had
///                             written meanwhile: no word is lost, none stands twice, at any node (I3)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i3_three_parties_rewrite_one_section_of_the_roadmap_and_nothing_is_lost_or_doubled() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    let document = a_roadmap(&mut county, "ange", BASE).await;
    let mut desks = Vec::new();
    for (party, sentence) in [
        ("ange", "Ånge börjar i Ljungaverk."),
        ("rvn", "Regionen bemannar grupperna."),
        ("timra", "Timrå har två grupper igång."),
    ] {
        desks.push((party, sentence, county.desk_on(party, &document).await));
    }
    county.partition(&[&["ange"], &["rvn"], &["timra"]]);
    for (_, sentence, desk) in &mut desks {
        let written = BASE.replace("Varje kommundel får en grupp.", sentence);
        desk.set("/text/lsg", prose(&written)).await;
        desk.publish().await;
    }
    county.heal();
    county.converge().await;
    // Each stands whole; the full stop that all three kept stands after the last.
    let sentences: Vec<&str> = desks.iter().map(|(_, sentence, _)| sentence.trim_end_matches('.')).collect();
    let joined = same_everywhere(&county, &document).await;
    assert_eq!((joined.state(), joined.versions.len()), (JointTextState::Merged, 3), "{joined:?}");
    once(&joined.text, &sentences);
    once(&joined.text, &["Länet ställer om.", "Det är bråttom."]);

    // Published before; now imported by one, written on by another that has not looked, and published again by all.
    let add = |was: String, more: &str| prose(&format!("{was} {more}"));
    let mut more = ["Slut från Ånge.", "Slut från regionen.", "Slut från Timrå."].into_iter();
    for (party, _, desk) in &mut desks {
        let more = more.next().expect("three");
        if *party != "rvn" {
            desk.pull().await;
        }
        let was = desk.prose("/text/lsg");
        desk.edit(|d| d.set(path("/text/lsg"), add(was, more)));
        desk.push().await;
    }
    for (_, _, desk) in &desks {
        desk.publish().await;
    }
    county.converge().await;
    let joined = same_everywhere(&county, &document).await;
    once(&joined.text, &sentences);
    once(&joined.text, &["Slut från Ånge.", "Slut från regionen.", "Slut från Timrå.", "Länet ställer om."]);

    // Whoever shares next settles it; a second time there is nothing to share.
    let (_, _, desk) = &mut desks[2];
    desk.pull().await;
    let was = desk.prose("/text/lsg");
    once(&was, &sentences);
    desk.set("/text/lsg", add(was, "Klart.")).await;
    desk.publish().await;
    county.converge().await;
    let settled = same_everywhere(&county, &document).await;
    assert_eq!((settled.state(), settled.versions.len()), (JointTextState::Settled, 1));
    once(&settled.text, &sentences);
    assert!(desk.try_publish().await.expect("answers").nothing);
    county.stop_and_verify().await;
}

/// What the gate of the own node refuses, by its stable code; and nothing of it is anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_roadmap_cannot_say_is_refused_with_its_place_and_nothing_is_shared() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let document = a_roadmap(&mut county, "rvn", BASE).await;
    let date = |text: &str| samsyn_core::value::Value::Date(text.to_owned());
    let cases = [
        (
            "rvn",
            vec![
                ("/activities/versions/a/valid-from", date("2025")),
                ("/activities/versions/a/valid-to", date("2027")),
                ("/activities/versions/b/valid-from", date("2027-06")),
            ],
            "input.periods_overlap",
        ),
        ("rvn", vec![("/activities/versions/c/adopted", date("2099-01-24"))], "input.future"),
        ("timra", vec![("/rollout/okant/timra", reference("rollout:pilot"))], "input.unknown_item"),
        ("timra", vec![("/rollout/sip/timra", reference("rollout:nastan"))], "input.value"),
        ("timra", vec![("/rollout/sip/rvn", reference("rollout:pilot"))], "effect.path_forbidden"),
        (
            "timra",
            vec![("/areas/finns-inte/parties/timra/plan", reference("local-plan:adopted"))],
            "input.unknown_item",
        ),
        (
            "timra",
            vec![("/areas/lsg/works", samsyn_core::value::Value::References(["org:narnia".to_owned()].into()))],
            "input.unknown_party",
        ),
    ];
    let commits = county.status("rvn").await.commits;
    for (party, values, code) in cases {
        let mut desk = county.desk_on(party, &document).await;
        let paths: Vec<_> = values.iter().map(|(at, _)| path(at)).collect();
        desk.edit(|d| values.into_iter().for_each(|(at, value)| d.set(path(at), value)));
        desk.push().await;
        let answer = desk.try_publish().await.expect("answers");
        assert!(answer.commit.is_empty(), "{code}: {answer:?}");
        assert!(answer.held_back.iter().any(|held| held.code == code), "{code}: {:?}", answer.held_back);
        assert!(
            answer.held_back.iter().all(|held| !held.remedy.is_empty() && paths.contains(&path(&held.path))),
            "{answer:?}"
        );
        desk.edit(|d| {
            for at in &paths {
                d.remove(at);
            }
        });
        desk.push().await;
    }
    assert_eq!(county.status("rvn").await.commits, commits);
    county.stop_and_verify().await;
}

/// Shows pages from the party's next start on.
fn with_pages(county: &mut County, party: &str, shows: &str) -> SocketAddr {
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
    let settings = &mut county.node_mut(party).environment;
    settings.push(("SAMSYN__WEB__LISTEN".to_owned(), pages.to_string()));
    settings.push(("SAMSYN__WEB__SHOWS".to_owned(), shows.to_owned()));
    pages
}

/// ```text
///   rvn founds the roadmap ──► ange and timra each state their own cells ──► pages and commands of every node
///   a draft of timra, and what was shared with the parties alone ──► not before the public (I4)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_each_partys_cells_are_shown_everywhere_unknown_is_not_no_and_drafts_are_nowhere() {
    let mut county = County::stopped(&["ange", "rvn", "timra"]).await;
    let (pages, open) = (with_pages(&mut county, "rvn", "released"), with_pages(&mut county, "ange", "public"));
    for party in county.parties() {
        county.restart(&party).await;
    }
    let document = a_roadmap(&mut county, "ange", BASE).await;
    let mut timra = county.desk_on("timra", &document).await;
    timra.edit(|d| {
        d.set(path("/rollout/sip/timra"), reference("rollout:pilot"));
        d.set(path("/areas/lsg/parties/timra/plan"), reference("local-plan:adopted"));
        d.set(path("/areas/lsg/parties/timra/activities"), prose("Vi öppnar två grupper."));
    });
    timra.push().await;
    timra.publish().await;
    timra.set("/areas/lsg/parties/timra/contact", text("Hemligt utkast")).await;
    county.converge().await;

    let rollout = get(pages, "/breddinforande").await.page();
    assert!(rollout.contains("SIP på distans") && rollout.contains("pilot"), "{rollout}");
    assert!(rollout.contains("ingen uppgift") && rollout.contains("1 av 3"), "two have said nothing: {rollout}");
    let link = format!("/arbete/{document}#u_rollout_sip_timra");
    assert!(rollout.contains(&link), "a cell leads to where it comes from: {rollout}");
    assert!(get(pages, &format!("/arbete/{document}")).await.page().contains("id=\"u_rollout_sip_timra\""));
    let roadmap = get(pages, "/fardplan").await.page();
    assert!(
        roadmap.contains("<svg") && roadmap.contains("1 av 3") && roadmap.contains("Tidslinjen som tabell"),
        "{roadmap}"
    );
    assert!(!roadmap.contains(" style="), "styles are classes");
    let area = get(pages, "/fardplan/lsg").await.page();
    assert!(area.contains("Vi öppnar två grupper.") && area.contains("Varje kommundel får en grupp."), "{area}");
    assert!(area.contains("Vem skrev vad"), "{area}");
    assert_eq!(get(pages, "/fardplan/finns-inte").await.status, 404);
    let everything = [rollout, roadmap, area].join("\n");
    assert!(!everything.contains("Hemligt utkast"), "a draft");
    // Shared with the parties alone: nothing of it for the public.
    for page in ["/breddinforande", "/fardplan"] {
        let shown = get(open, page).await.page();
        assert!(!shown.contains("SIP på distans") && !shown.contains("grupper"), "{shown}");
    }
    assert_eq!(get(open, "/fardplan/lsg").await.status, 404);

    let data = county.samsyn("rvn", &["rollout", "show", "--json"]).await.ok().data();
    let cells = &data["methods"][0]["cells"];
    assert_eq!((&cells["timra"]["says"], &cells["rvn"]), (&json!(["pilot"]), &json!(null)), "{data}");
    county.samsyn("rvn", &["rollout", "show"]).await.ok().says("ingen uppgift");
    let data = county.samsyn("timra", &["roadmap", "show", "--json"]).await.ok().data();
    assert_eq!(data["roadmap"]["areas"][0]["parties"]["timra"]["plan"]["says"], json!(["adopted"]), "{data}");
    county.samsyn("timra", &["roadmap", "show"]).await.ok().says("1 av 3");
    county.stop_and_verify().await;
}

/// ```text
///   rvn: "Hemmonitorering för äldre", shared ──► timra writes a draft of the same and is told before it shares
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_is_like_another_partys_work_is_told_of_it_before_it_is_shared() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let document = county.publish("rvn", "Hemmonitorering för äldre").await;
    county.publish("rvn", "Kompetensförsörjning i samverkan").await;
    county.converge().await;
    let mut draft = county.desk("timra").await;
    draft.set("/facts/title", text("Hemmonitorering med närsjukvårdsteam")).await;
    let found = county.samsyn("timra", &["work", "similar", draft.id(), "--json"]).await.ok().data();
    let works = found["works"].as_array().expect("a list");
    assert_eq!(works.len(), 1, "{found}");
    assert_eq!((&works[0]["document_id"], &works[0]["owner"]), (&json!(document), &json!("rvn")));
    assert_eq!(works[0]["words"], json!(["hemmonitorering"]));
    county.samsyn("timra", &["work", "similar", draft.id()]).await.ok().says("hemmonitorering");
    // It follows what is shared: a new title is compared anew.
    let mut desk = county.desk_on("rvn", &document).await;
    desk.set("/facts/title", text("Något helt annat")).await;
    desk.publish().await;
    county.converge().await;
    until("the other is no longer like it", || async {
        county.samsyn("timra", &["work", "similar", draft.id(), "--json"]).await.ok().data()["works"] == json!([])
    })
    .await;
    county.samsyn("timra", &["work", "similar", "finns-inte", "--json"]).await.exits(5);
    county.stop_and_verify().await;
}
