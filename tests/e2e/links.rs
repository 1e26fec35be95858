//! Several nodes, cut apart and joined again (I3, I12).

use samsyn_tests::county::{County, county_digest};

/// ```text
///   rvn ─── timra        rvn ─── timra           rvn ─── timra
///     │  ╳  │       ──►    ╌ ╌ ╌ ╌ ╌ ╌     ──►     │  ╳  │
///   ange ── solleftea    ange ── solleftea       ange ── solleftea
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_partitioned_county_shows_each_side_its_own_and_agrees_again_when_healed() {
    let mut county = County::with(&["rvn", "timra", "ange", "solleftea"]).await;
    county.publish("rvn", "Före delningen").await;
    county.converge().await;

    county.partition(&[&["rvn", "timra"], &["ange", "solleftea"]]);
    county.publish("timra", "Väster").await;
    county.publish("solleftea", "Öster").await;
    county.converge_among(&["rvn", "timra"]).await;
    county.converge_among(&["ange", "solleftea"]).await;
    assert_eq!(county.titles("rvn").await, ["Före delningen", "Väster"]);
    assert_eq!(county.titles("ange").await, ["Före delningen", "Öster"]);
    assert_ne!(county_digest(&county.status("rvn").await), county_digest(&county.status("ange").await));

    county.heal();
    county.converge().await;
    for party in county.parties() {
        assert_eq!(county.titles(&party).await, ["Före delningen", "Väster", "Öster"], "{party}");
    }
    county.stop_and_verify().await;
}

/// ```text
///   rvn ─── timra ─── ange        what ange writes reaches rvn through timra only
///     ╲╌╌╌╌╌ cut ╌╌╌╌╌╱
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_party_relays_what_two_others_cannot_send_each_other() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    county.crash("timra").await;
    county.publish("ange", "Buren av en granne").await;
    county.converge().await;
    county.publish("ange", "Inte hos regionen än").await;
    county.converge().await;
    // rvn goes; timra comes and learns from ange alone; then ange goes, and rvn learns from timra alone.
    county.crash("rvn").await;
    county.publish("ange", "Sist").await;
    county.restart("timra").await;
    county.converge().await;
    county.crash("ange").await;
    county.restart("rvn").await;
    county.converge().await;
    assert_eq!(county.titles("rvn").await, ["Buren av en granne", "Inte hos regionen än", "Sist"]);
    county.stop_and_verify().await;
}

/// ```text
///   rvn    timra (gone)    ange (gone)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_node_alone_shows_the_county_and_says_how_fresh_each_part_is() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    county.publish("timra", "Timrås").await;
    county.publish("ange", "Ånges").await;
    county.converge().await;
    county.crash("timra").await;
    county.crash("ange").await;
    county.crash("rvn").await;
    county.restart("rvn").await;
    assert_eq!(county.titles("rvn").await, ["Timrås", "Ånges"]);
    county.publish("rvn", "Ensam").await;
    let parties = county.samsyn("rvn", &["parties", "--json"]).await.ok().data();
    let parties = parties["parties"].as_array().expect("a list").clone();
    assert_eq!(parties.len(), 3);
    for party in parties.iter().filter(|p| p["id"] != "rvn") {
        assert_eq!(party["connected"], false, "{party}");
        assert_eq!(party["commits"], 1, "{party}");
        assert!(party["last_content"].is_string(), "{party}");
    }
    county.stop_and_verify().await;
}
