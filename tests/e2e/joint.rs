//! One text written by several parties at once: every node and every command line shows the same, no word is lost, none
//! is there twice.

use samsyn_core::{
    commit::{CommitBuilder, Statement},
    entry::{Audience, Erasure, Outline, Purpose, Release},
    id::{DocumentId, FactId, Name},
    value::Value,
};
use samsyn_tests::county::{County, keep, path, prose, put_back, text, until};
use samsyn_wire::v1::{self, JointTextState};

const BASE: &str = "Länet ställer om. Mening två om hemgång. Det är bråttom.";

async fn a_work(county: &mut County, note: &str) -> String {
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Trygg hemgång"));
        d.set(path("/note"), prose(note));
    });
    desk.push().await;
    let document = desk.publish().await;
    county.converge().await;
    document
}

async fn note(county: &County, party: &str, document: &str) -> v1::JointTextResponse {
    county.client(party).await.note(document).await.unwrap_or_else(|p| panic!("{party}: {p:?}"))
}

/// Writes and shares the note, as one party's coordinator.
async fn share(county: &County, party: &str, document: &str, written: &str) {
    let mut desk = county.desk_on(party, document).await;
    desk.set("/note", prose(written)).await;
    desk.publish().await;
}

/// The same text and the same passages at every node; gives it.
async fn same_everywhere(county: &County, document: &str) -> v1::JointTextResponse {
    let parties = county.parties();
    let first = note(county, &parties[0], document).await;
    for party in &parties[1..] {
        let mut other = note(county, party, document).await;
        other.unpublished.clone_from(&first.unpublished);
        assert_eq!(other, first, "{party}");
    }
    first
}

fn once(text: &str, words: &[&str]) {
    for word in words {
        assert_eq!(text.matches(word).count(), 1, "{word} in {text}");
    }
}

/// ```text
///   rvn ╌╌╌ timra ╌╌╌ ange      each alone: all three rewrite the same sentence; healed: one text; timra shares it once
///                               more: one version stands
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn three_parties_rewrite_one_sentence_while_apart_and_all_nodes_show_one_text() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    let document = a_work(&mut county, BASE).await;
    let phrases =
        [("rvn", "Regionen samordnar utskrivning"), ("timra", "Timrå prövar återgång"), ("ange", "Ånge anställer")];
    county.partition(&[&["ange"], &["rvn"], &["timra"]]);
    for (party, phrase) in phrases {
        share(&county, party, &document, &BASE.replace("Mening två om hemgång", phrase)).await;
    }
    county.heal();
    county.converge().await;
    let joined = same_everywhere(&county, &document).await;
    assert_eq!((joined.state(), joined.versions.len()), (JointTextState::Merged, 3), "{joined:?}");
    once(&joined.text, &phrases.map(|(_, phrase)| phrase));
    once(&joined.text, &["Länet ställer om.", "Det är bråttom."]);
    assert!(!joined.text.contains("hemgång"), "{}", joined.text);
    for (party, phrase) in phrases {
        let by: String = joined.passages.iter().filter(|p| p.stated_by == party).map(|p| p.text.as_str()).collect();
        assert!(by.contains(phrase), "{party} wrote '{by}'");
    }
    // By command line too, in words and as data.
    for party in county.parties() {
        let said = county.samsyn(&party, &["work", "note", &document]).await.ok();
        let shown: String = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(phrases.iter().all(|(_, phrase)| shown.contains(phrase)), "{party}: {}", said.out);
        said.says("Vem skrev vad").says("har skrivit samtidigt");
        let data = county.samsyn(&party, &["work", "note", &document, "--json"]).await.ok().data();
        assert_eq!((&data["state"], &data["text"]), (&"merged".into(), &joined.text.clone().into()), "{party}");
        let work = county.samsyn(&party, &["work", "show", &document]).await.ok();
        let shown: String = work.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains("Ånge anställer"), "{party}: {}", work.out);
    }

    share(&county, "timra", &document, &format!("{} Klart.", joined.text)).await;
    county.converge().await;
    let settled = same_everywhere(&county, &document).await;
    assert_eq!((settled.state(), settled.versions.len()), (JointTextState::Settled, 1));
    assert_eq!(settled.text, format!("{} Klart.", joined.text));
    // Who wrote what outlives the settling.
    let authors: std::collections::BTreeSet<&str> = settled.passages.iter().map(|p| p.stated_by.as_str()).collect();
    assert_eq!(authors, ["ange", "rvn", "timra"].into());
    for party in county.parties() {
        assert_eq!(county.status(&party).await.conflicts, 0, "{party}");
    }
    county.samsyn("ange", &["work", "history", &document]).await.ok().says("3 versioner blev en");
    county.stop_and_verify().await;
}

/// ```text
///   rvn: backup ── shares "två" ──► all     rvn restored from the backup, alone: shares "tre", a fork of its own text
///   timra meanwhile shares "fyra"           healed: all of it is there once, at every node
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_party_restored_from_a_backup_forks_the_text_and_no_word_is_lost_or_doubled() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    let document = a_work(&mut county, "Ett.").await;
    county.stop("rvn").await;
    keep(county.node("rvn"), "backup");
    county.restart("rvn").await;
    share(&county, "rvn", &document, "Ett. Två.").await;
    county.converge().await;

    county.stop("rvn").await;
    put_back(county.node("rvn"), "backup");
    county.isolate("rvn");
    county.restart("rvn").await;
    assert_eq!(note(&county, "rvn", &document).await.text, "Ett.");
    share(&county, "rvn", &document, "Ett. Tre.").await;
    share(&county, "timra", &document, "Ett. Två. Fyra.").await;
    county.heal();
    county.converge().await;
    let joined = same_everywhere(&county, &document).await;
    assert_eq!(joined.state(), JointTextState::Merged, "{joined:?}");
    once(&joined.text, &["Ett.", "Två.", "Tre.", "Fyra."]);
    // The restored node goes on from there.
    let mut desk = county.desk_on("rvn", &document).await;
    assert_eq!(desk.prose("/note"), joined.text);
    desk.set("/note", prose(&format!("{} Fem.", joined.text))).await;
    desk.publish().await;
    county.converge().await;
    let settled = same_everywhere(&county, &document).await;
    once(&settled.text, &["Ett.", "Två.", "Tre.", "Fyra.", "Fem."]);
    assert_eq!(settled.state(), JointTextState::Settled);
    county.stop_and_verify().await;
}

/// ```text
///   base ─┬─ rvn "… Alfa."     the base is erased by its archive owner: the two versions stand side by side at every
///         └─ timra "… Beta."   node, and whoever writes next has both
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn an_erased_base_puts_the_versions_side_by_side_at_every_node() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let document = a_work(&mut county, "Grunden som gallras.").await;
    let base = note(&county, "rvn", &document).await.versions[0].fact_id.clone();
    county.partition(&[&["rvn"], &["timra"]]);
    share(&county, "rvn", &document, "Alfa.").await;
    share(&county, "timra", &document, "Beta.").await;
    let before = county.desk_on("timra", &document).await.id().to_owned();
    county.heal();
    county.converge().await;
    let erased: DocumentId = document.parse().expect("an id");
    county
        .state("rvn", move |_, builder| {
            let (header, index) = base.split_once('.').expect("header and index");
            let facts =
                vec![FactId { header: header.parse().expect("a hash"), index: index.parse().expect("a number") }];
            builder.add(erased, &Outline::Erasure(Erasure { authority: Name::new("ks").expect("a name"), facts }));
        })
        .await;
    county.converge().await;
    let apart = same_everywhere(&county, &document).await;
    assert_eq!((apart.state(), apart.why_apart()), (JointTextState::SideBySide, v1::WhyApart::TextGone), "{apart:?}");
    let mut texts: Vec<_> = apart.versions.iter().map(|v| v.text.clone().unwrap_or_default()).collect();
    texts.sort();
    assert_eq!(texts, ["Alfa.", "Beta."]);
    for party in ["rvn", "timra"] {
        county.samsyn(party, &["work", "note", &document]).await.ok().says("gallrad").says("Alfa.").says("Beta.");
        let shown = county.samsyn(party, &["work", "note", &document, "--json"]).await.ok();
        assert!(!shown.out.contains("Grunden"), "{}", shown.out);
    }
    // A draft that remembers what has been erased is made anew; what is written meanwhile is refused, never half taken.
    let renewed = || async { county.desk_on("timra", &document).await.id() != before };
    until("timra's draft is made anew", renewed).await;
    share(&county, "timra", &document, "Alfa och Beta.").await;
    county.converge().await;
    let settled = same_everywhere(&county, &document).await;
    assert_eq!((settled.state(), settled.text.as_str()), (JointTextState::Settled, "Alfa och Beta."));
    county.stop_and_verify().await;
}

/// States the note so many times over, each as if nothing stood there.
fn state_often(builder: &mut CommitBuilder, document: DocumentId, texts: Vec<String>) {
    builder.add(
        DocumentId::NONE,
        &Outline::Release(Release {
            purpose: Purpose::ForInformation,
            audience: Audience::Parties,
            authority: Name::new("ks").expect("a name"),
            role: Name::new("coordinator").expect("a name"),
        }),
    );
    let statement = |(n, text): (usize, String)| Statement {
        path: path("/note"),
        value: Some(Value::Prose(text)),
        salt: [u8::try_from(n % 256).expect("a byte"); 32],
        replaces: Vec::new(),
    };
    let statements = texts.into_iter().enumerate().map(statement).collect();
    builder.facts(document, statements);
}

/// A party's node that states a text more often than one fact may replace, and longer than one may be, keeps nobody from
/// reading, writing and settling the note.
#[tokio::test(flavor = "multi_thread")]
async fn i6_no_number_and_no_length_of_versions_keeps_a_note_from_being_settled() {
    let mut county = County::with(&["rvn", "timra"]).await;
    for texts in
        [(0..150).map(|n| format!("Version {n}.")).collect::<Vec<_>>(), vec!["å ".repeat(20_000), "ä ".repeat(20_000)]]
    {
        let document = a_work(&mut county, "Möte i mars.").await;
        let id: DocumentId = document.parse().expect("an id");
        county.state("timra", move |_, builder| state_often(builder, id, texts)).await;
        county.converge().await;
        let apart = same_everywhere(&county, &document).await;
        assert_eq!(apart.state(), JointTextState::SideBySide, "{:?}", apart.why_apart());
        let mut desk = county.desk_on("rvn", &document).await;
        assert!(desk.prose("/note").contains("Möte i mars."), "{} bytes", desk.prose("/note").len());
        desk.set("/note", prose("Möte i april.")).await;
        desk.publish().await;
        county.converge().await;
        let settled = same_everywhere(&county, &document).await;
        assert_eq!((settled.state(), settled.text.as_str()), (JointTextState::Settled, "Möte i april."));
    }
    county.stop_and_verify().await;
}
