//! Papers for meetings: every node that has what one stands on makes the same of it, whatever comes later.

use crate::{
    clients::python,
    pages::{start_all, with_pages},
};
use samsyn_core::{
    commit::{CommitBuilder, Statement},
    entry::{Audience, DocumentKind, Erasure, Outline, Purpose, Release},
    id::{DocumentId, FactId, Name},
    value::Value as Stated,
};
use samsyn_server::driver::Pen;
use samsyn_tests::county::{County, browser::get, date, finish, path, prose, reference, text, until};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::process::Command;

const GONE: &str = "KANARIE-UNDERLAG-SOM-GALLRAS-9b1f";
const STAYS: &str = "KANARIE-UNDERLAG-SOM-STAR-KVAR-77c2";
const HOSTILE: &str = "<script>alert(1)</script> & \"hemgång\"";

/// Gets the same file from several addresses and opens it with a library that knows nothing of us.
const READ_WORD: &str = r#"
import docx, hashlib, io, json, sys, urllib.request
files = []
for address in sys.argv[1:]:
    with urllib.request.urlopen(address) as answer:
        files.append((answer.headers["x-samsyn-stated"], answer.headers["content-disposition"], answer.read()))
first = docx.Document(io.BytesIO(files[0][2]))
print(json.dumps({
    "digests": sorted({hashlib.sha256(data).hexdigest() for _, _, data in files}),
    "stated": [stated for stated, _, _ in files],
    "name": files[0][1],
    "title": first.core_properties.title,
    "headings": [p.text for p in first.paragraphs if p.style.name.startswith("Heading 1")],
    "cells": [cell.text for table in first.tables for row in table.rows for cell in row.cells],
}))
"#;

/// The same for print: what an archive and a screen reader ask of it.
const READ_PDF: &str = r#"
import hashlib, io, json, pypdf, sys, urllib.request
files = []
for address in sys.argv[1:]:
    with urllib.request.urlopen(address) as answer:
        files.append(answer.read())
first = pypdf.PdfReader(io.BytesIO(files[0]))
root = first.trailer["/Root"]
about = root["/Metadata"].get_data().decode()
print(json.dumps({
    "digests": sorted({hashlib.sha256(data).hexdigest() for data in files}),
    "title": first.metadata.title,
    "language": root["/Lang"],
    "tagged": bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root,
    "standards": [name for name in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part") if name in about],
    "text": " ".join(" ".join(page.extract_text() for page in first.pages).split()),
}))
"#;

async fn word(addresses: &[String]) -> Value {
    read(READ_WORD, addresses).await
}

async fn read(program: &str, addresses: &[String]) -> Value {
    let mut command = Command::new(python().await);
    command.args(["-c", program]).args(addresses);
    serde_json::from_str(&finish(command).await.ok().out).expect("JSON")
}

/// States, as the office's node does, that there is a paper which stands on all that is here; `more`: how many entries it
/// says these are too many.
fn state_paper(pen: &Pen<'_>, builder: &mut CommitBuilder, programme: DocumentId, id: &str, more: i64) {
    let county = pen.ledger.county();
    let stands_on = pen.ledger.frontier(&county);
    let before = pen.ledger.since(&county, &stands_on).expect("all of it is here").before;
    let before = i64::try_from(before).expect("few") + more;
    let facts = [
        ("form", Stated::Reference("paper:agenda".to_owned())),
        ("body", Stated::Reference("body:styrgrupp".to_owned())),
        ("date", Stated::Date("2026-12-15".to_owned())),
        ("made", Stated::Date("2026-11-24".to_owned())),
        ("stands-on", Stated::References(stands_on.iter().map(|e| format!("entry:{}", hex::encode(e.0))).collect())),
        ("entries", Stated::Integer(before)),
        ("program", Stated::Text("samsynd 0".to_owned())),
        ("files/html", Stated::Reference(format!("sha256:{}", "0".repeat(64)))),
    ];
    let released = Release {
        purpose: Purpose::ForInformation,
        audience: Audience::Parties,
        authority: Name::new("ks").expect("a name"),
        role: Name::new("coordinator").expect("a name"),
    };
    builder.add(DocumentId::NONE, &Outline::Release(released));
    let statement = |(field, value): (&str, Stated)| Statement {
        path: path(&format!("/papers/{id}/{field}")),
        value: Some(value),
        salt: [7; 32],
        replaces: Vec::new(),
    };
    builder.facts(programme, facts.into_iter().map(statement).collect());
}

async fn programme(county: &County) -> DocumentId {
    let mut desk = county.desk_of("rvn", DocumentKind::Programme).await;
    desk.edit(|d| {
        d.set(path("/programme/name"), text("Nära vård"));
        d.set(path("/programme/office"), Stated::References(["org:rvn".to_owned()].into()));
        d.set(path("/bodies/styrgrupp/name"), text("Programstyrgruppen"));
        d.set(path("/calendar/m1/title"), text("Möte"));
        d.set(path("/calendar/m1/date"), date("2026-01-15"));
        d.set(path("/calendar/m1/body"), reference("body:styrgrupp"));
        d.set(path("/signals/s1/text"), text("Bemanningen räcker inte"));
        d.set(path("/signals/s1/state"), reference("signal:open"));
    });
    desk.push().await;
    desk.publish().await.parse().expect("an id")
}

async fn reported(county: &County, party: &str, title: &str, colour: &str) {
    let mut desk = county.desk(party).await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text(title));
        d.set(path("/facts/stage"), reference("stage:ongoing"));
        d.set(path("/reports/r1/date"), date("2026-11-01"));
        d.set(path("/reports/r1/time"), reference(&format!("status:{colour}")));
        d.set(path("/reports/r1/comment"), prose("Vi väntar på teknik."));
    });
    desk.push().await;
    desk.publish().await;
}

/// ```text
///   rvn, timra, sundsvall share ──► rvn states a paper ──► timra shares more ──► all three give the same bytes as before, and
///   say on its cover what has changed since
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i3_the_same_paper_is_the_same_bytes_at_every_node_whatever_comes_later() {
    let mut county = County::stopped(&["rvn", "sundsvall", "timra"]).await;
    let pages: Vec<SocketAddr> =
        ["rvn", "sundsvall", "timra"].map(|party| with_pages(&mut county, party, "released")).into();
    start_all(&mut county).await;
    reported(&county, "timra", HOSTILE, "red").await;
    reported(&county, "sundsvall", "Allt går bra", "green").await;
    // A draft beside what it has shared of the same work is in nobody's paper, its own node's neither (I4).
    let mut draft = county.desk("rvn").await;
    draft.set("/facts/title", text("Bara ett utkast")).await;
    let document = programme(&county).await;
    county.converge().await;
    county.state("rvn", move |pen, builder| state_paper(pen, builder, document, "p1", 0)).await;
    county.converge().await;

    let addresses: Vec<String> =
        pages.iter().map(|pages| format!("http://{pages}/rapporter/p1/underlag.docx")).collect();
    let (before, read_word) = (papers(&pages, "p1").await, word(&addresses).await);
    assert_eq!(read_word["digests"].as_array().map(Vec::len), Some(1), "{read_word}");
    assert_eq!(
        (&read_word["stated"], &read_word["title"]),
        (&json!(["none", "none", "none"]), &json!("Underlag till möte – Programstyrgruppen, 2026-12-15"))
    );
    assert!(read_word["name"].as_str().is_some_and(|name| name.contains("agenda-2026-12-15.docx")), "{read_word}");
    let has = |list: &str, what: &str| read_word[list].as_array().is_some_and(|all| all.iter().any(|t| t == what));
    assert!(has("headings", "6. Signaler till högsta tjänsteledningen") && has("cells", HOSTILE), "{read_word}");
    assert!(has("cells", "tid: röd") || has("cells", "tid: rött"), "{read_word}");
    let addresses_of_print: Vec<String> = addresses.iter().map(|address| address.replace(".docx", ".pdf")).collect();
    let print = read(READ_PDF, &addresses_of_print).await;
    assert_eq!(print["digests"].as_array().map(Vec::len), Some(1), "{print}");
    assert_eq!((&print["title"], &print["tagged"]), (&read_word["title"], &json!(true)), "{print}");
    assert_eq!(print["standards"], json!(["pdfaid:part", "pdfaid:conformance", "pdfuaid:part"]), "{print}");
    let text = print["text"].as_str().expect("text");
    assert!(text.contains(HOSTILE) && text.contains("Bemanningen räcker inte"), "{text}");
    for said in ["Bemanningen räcker inte", "&#60;script&#62;", "3 av 3 parter", "Vi väntar på teknik."] {
        assert!(before.contains(said), "{said} in {before}");
    }
    assert!(
        !before.contains("<script") && !before.contains("Allt går bra</th><td>Sundsvalls kommun</td><td>tid"),
        "{before}"
    );
    for pages in &pages {
        assert!(
            get(*pages, "/rapporter/p1").await.page().contains("Inget har ändrats."),
            "the paper itself is no change"
        );
    }

    reported(&county, "timra", "Kom till efteråt", "yellow").await;
    county.converge().await;
    assert_eq!(papers(&pages, "p1").await, before, "what came later is not in it");
    assert_eq!(word(&addresses).await["digests"], read_word["digests"]);
    for pages in &pages {
        let cover = get(*pages, "/rapporter/p1").await.page();
        assert!(cover.contains("Kom till efteråt") && !cover.contains("Inget har ändrats."), "{cover}");
        let listed = get(*pages, "/rapporter").await.page();
        assert!(listed.contains("/rapporter/p1\"") && listed.contains("Programstyrgruppen"), "{listed}");
        let now = get(*pages, "/rapporter/utkast?slag=agenda&organ=styrgrupp&dag=2026-12-15").await.page();
        assert!(now.contains("Kom till efteråt") && !now.contains("Ta fram underlaget"), "{now}");
    }
    county.stop_and_verify().await;
}

/// The page of the file for a browser, the same at all.
async fn papers(pages: &[SocketAddr], id: &str) -> String {
    let mut all = Vec::new();
    for pages in pages {
        all.push(get(*pages, &format!("/rapporter/{id}/underlag.html")).await.page());
    }
    all.dedup();
    assert_eq!(all.len(), 1, "the nodes make different papers");
    all.remove(0)
}

/// A node that lacks something makes no paper of the rest; what asks for nothing that there is gets a page that says so; the
/// public is shown no papers.
#[tokio::test(flavor = "multi_thread")]
async fn i11_what_a_node_does_not_have_is_told_and_never_left_out() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let (own, public) = (with_pages(&mut county, "rvn", "released"), with_pages(&mut county, "timra", "public"));
    start_all(&mut county).await;
    let none = get(own, "/rapporter").await;
    assert!(none.status == 404 && none.body.contains("Det finns inget program"), "{} {}", none.status, none.body);
    let document = programme(&county).await;
    county.converge().await;
    county.state("rvn", move |pen, builder| state_paper(pen, builder, document, "p1", 1)).await;
    county.converge().await;
    let cover = get(own, "/rapporter/p1").await.page();
    assert!(cover.contains("har inte allt som underlaget står på"), "{cover}");
    let file = get(own, "/rapporter/p1/underlag.html").await;
    assert!(file.status == 409 && file.body.contains("value.missing"), "{} {}", file.status, county.node("rvn").tail());
    for (address, status, code) in [
        ("/rapporter/p2", 404, ""),
        ("/rapporter/p1/underlag.exe", 404, ""),
        ("/rapporter/utkast?slag=dikt&organ=styrgrupp&dag=2026-12-15", 400, "input.value"),
        ("/rapporter/utkast?slag=agenda&organ=ingen&dag=2026-12-15", 400, "input.value"),
        ("/rapporter/utkast?slag=agenda&organ=styrgrupp&dag=i-morgon", 400, "input.value"),
        ("/rapporter/utkast?slag=annual&dag=2026-12-15", 400, "input.value"),
    ] {
        let shown = get(own, address).await;
        assert!(shown.status == status && shown.body.contains(code), "{address}: {} {}", shown.status, shown.body);
    }
    for address in ["/rapporter", "/rapporter/p1", "/rapporter/p1/underlag.html"] {
        assert_eq!(get(public, address).await.status, 404, "{address} is for the parties");
    }
    assert!(!get(public, "/").await.page().contains("/rapporter"), "the public's menu");
    county.stop_and_verify().await;
}

/// The files that were kept of a paper go with its entry, and with nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn i10_the_kept_files_of_a_paper_go_when_its_entry_is_erased() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let document = programme(&county).await;
    let stated = county.state("rvn", move |pen, builder| state_paper(pen, builder, document, "p1", 0)).await;
    let other = county.state("rvn", move |pen, builder| state_paper(pen, builder, document, "p2", 0)).await;
    county.stop("rvn").await;
    for (paper, bytes) in [("p1", GONE), ("p2", STAYS)] {
        county.keep_paper("rvn", &document, paper, bytes.as_bytes()).await;
    }
    assert_ne!(stated, other);
    county.restart("rvn").await;
    for kept in [GONE, STAYS] {
        assert!(!county.node("rvn").places_with(kept).is_empty(), "{kept} is kept nowhere");
    }
    county
        .state("rvn", move |_, builder| {
            let facts = (0..8).map(|index| FactId { header: stated, index }).collect();
            builder.add(document, &Outline::Erasure(Erasure { authority: Name::new("ks").expect("a name"), facts }));
        })
        .await;
    until("the files of the erased paper are gone", || async { county.node("rvn").places_with(GONE).is_empty() }).await;
    assert!(!county.node("rvn").places_with(STAYS).is_empty(), "another paper's files went with it");
    county.converge().await;
    county.stop_and_verify().await;
}
