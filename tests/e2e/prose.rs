//! Words that several people write: none is repeated, none is lost.

use samsyn_tests::county::{County, path, prose, text};

fn count(text: &str, word: &str) -> usize {
    text.matches(word).count()
}

/// ```text
///   two coordinators of rvn, each with a copy pulled once: edit offline, push, publish, edit on, push, publish
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn two_coordinators_offline_between_two_publications_neither_repeat_nor_lose_a_word() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut eva = county.desk("rvn").await;
    eva.edit(|d| {
        d.set(path("/facts/title"), text("Trygg hemgång"));
        d.set(path("/facts/summary"), prose("Äldre på väg hem från sjukhus."));
    });
    eva.push().await;
    let mut per = county.desk_on("rvn", eva.id()).await;
    let document = eva.publish().await;

    // Both write without having seen each other.
    eva.edit(|d| d.set(path("/facts/summary"), prose("Äldre och sjuka på väg hem från sjukhus.")));
    per.edit(|d| d.set(path("/facts/summary"), prose("Äldre på väg hem från sjukhus får stöd i Ånge.")));
    per.push().await;
    per.publish().await;
    eva.push().await;
    eva.publish().await;
    county.converge().await;

    // And once more, Per still without having pulled.
    per.edit(|d| {
        let was = d.prose[&path("/facts/summary")].clone();
        d.set(path("/facts/summary"), prose(&format!("{was} Slut.")));
    });
    per.push().await;
    per.publish().await;
    county.converge().await;

    for party in ["rvn", "timra"] {
        let shown = summary(&county, party, &document).await;
        assert_eq!(shown, "Äldre och sjuka på väg hem från sjukhus får stöd i Ånge. Slut.", "{party}");
    }
    eva.pull().await;
    per.pull().await;
    assert_eq!(eva.draft(), per.draft());
    assert!(eva.try_publish().await.expect("answers").nothing, "a publication without a difference states nothing");
    county.stop_and_verify().await;
}

/// ```text
///   rvn ╌╌╌ cut ╌╌╌ timra     both write in the joint note of one work; healed, both nodes show one text
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_two_parties_write_at_once_is_one_text_on_both_nodes() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut region = county.desk("rvn").await;
    region.edit(|d| {
        d.set(path("/facts/title"), text("Gemensamt"));
        d.set(path("/note"), prose("Möte i mars."));
    });
    region.push().await;
    let document = region.publish().await;
    county.converge().await;
    let mut timra = county.desk_on("timra", &document).await;
    assert_eq!(timra.prose("/note"), "Möte i mars.");

    county.partition(&[&["rvn"], &["timra"]]);
    region.set("/note", prose("Första möte i mars.")).await;
    region.publish().await;
    timra.set("/note", prose("Möte i mars. Timrå bjuder på kaffe.")).await;
    timra.publish().await;
    county.heal();
    county.converge().await;

    region.pull().await;
    timra.pull().await;
    for (party, desk) in [("rvn", &region), ("timra", &timra)] {
        assert_eq!(desk.prose("/note"), "Första möte i mars. Timrå bjuder på kaffe.", "{party}");
    }
    // The next publication settles it: one fact stands.
    region.set("/note", prose("Första möte i mars. Timrå bjuder på kaffe. Välkomna!")).await;
    region.publish().await;
    county.converge().await;
    for party in ["rvn", "timra"] {
        let desk = county.desk_on(party, &document).await;
        let note = desk.prose("/note");
        assert_eq!(
            (count(&note, "Första"), count(&note, "kaffe"), count(&note, "Välkomna")),
            (1, 1, 1),
            "{party}: {note}"
        );
        assert_eq!(county.status(party).await.conflicts, 0, "{party}");
    }
    county.stop_and_verify().await;
}

/// ```text
///   two coordinators ──► rvn ─── timra ◄── two coordinators      all four write in one note at the same time
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn four_who_write_and_publish_in_one_note_at_once_lose_and_repeat_no_word() {
    const ROUNDS: usize = 6;
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Alla skriver"));
        d.set(path("/note"), prose("Början."));
    });
    desk.push().await;
    let document = desk.publish().await;
    county.converge().await;
    let mut writers = Vec::new();
    for (who, party) in ["rvn", "rvn", "timra", "timra"].into_iter().enumerate() {
        let mut desk = county.desk_on(party, &document).await;
        writers.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                desk.edit(|d| {
                    let was = d.prose[&path("/note")].clone();
                    let word = format!("ord-{who}-{round}");
                    // Some write at the beginning, some at the end.
                    d.set(
                        path("/note"),
                        prose(&if who % 2 == 0 { format!("{was} {word}.") } else { format!("{word}. {was}") }),
                    );
                });
                desk.push().await;
                desk.try_publish().await.expect("publishes");
                // Every other round is written on without having seen the others.
                if round % 2 == 0 {
                    desk.pull().await;
                }
            }
        }));
    }
    for writer in writers {
        writer.await.expect("a writer does not panic");
    }
    county.converge().await;
    let mut notes = Vec::new();
    for party in ["rvn", "timra"] {
        let note = county.desk_on(party, &document).await.prose("/note");
        for (who, round) in (0..4).flat_map(|who| (0..ROUNDS).map(move |round| (who, round))) {
            let word = format!("ord-{who}-{round}.");
            assert_eq!(count(&note, &word), 1, "{word} at {party}: {note}");
        }
        assert_eq!(count(&note, "Början."), 1, "{party}: {note}");
        notes.push(note);
    }
    assert_eq!(notes[0], notes[1]);
    county.stop_and_verify().await;
}

/// What the county view has at `/facts/summary`.
async fn summary(county: &County, party: &str, document: &str) -> String {
    let work = county.client(party).await.work(document).await.unwrap_or_else(|p| panic!("{party}: {p:?}"));
    let facts: Vec<_> = work.facts.iter().filter(|f| f.path == "/facts/summary").collect();
    assert_eq!(facts.len(), 1, "{party}: {facts:?}");
    match facts[0].value.clone().and_then(|v| v.kind) {
        Some(samsyn_wire::v1::value::Kind::Prose(text)) => text,
        other => panic!("{party}: {other:?}"),
    }
}
