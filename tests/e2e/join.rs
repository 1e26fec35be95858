//! A party that joins an existing county, by an amendment that the others sign.

use samsyn_tests::county::County;
use std::fs;

/// ```text
///   rvn ─── timra        rvn ─── timra
///                  ──►     ╲     ╱
///                            ange  (joins, learns the county's history)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_party_joins_by_amendment_and_learns_what_was_before() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.publish("rvn", "Före anslutningen").await;
    county.publish("timra", "Också före").await;
    county.converge().await;
    county.prepare("ange").await;
    let at = |party: &str, file: &str| county.node(party).dir.join(file);
    let text = |path: std::path::PathBuf| path.to_str().expect("a path in UTF-8").to_owned();
    let (from, next) = (text(at("rvn", "charter.toml")), text(at("rvn", "charter-2.toml")));
    let (row, rvn, timra, ange) =
        (text(at("ange", "party.toml")), text(at("rvn", "samsynd.toml")), text(at("timra", "samsynd.toml")), text(at("ange", "samsynd.toml")));

    let amend = |out: &str| {
        let line = ["charter", "amend", "--from", &from, "--join", &row, "--disclosure", "rvn/ks=KS 2026:1", "--disclosure", "timra/ks=KS 2026:2", "--out", out];
        line.map(str::to_owned)
    };
    county.samsynd(&amend(&next).each_ref().map(String::as_str)).await.ok();
    county.samsynd(&["charter", "sign", "--config", &ange, &next]).await.ok();
    county.samsynd(&["charter", "sign", "--config", &rvn, &next]).await.ok();
    // One of two is not enough: the running nodes go on with what is in force.
    county.samsynd(&["charter", "verify", &next]).await.exits(3);
    let mut county = county;
    assert_eq!(county.status("rvn").await.charter_version, 1);
    county.samsynd(&["charter", "sign", "--config", &timra, &next]).await.ok();
    county.samsynd(&["charter", "verify", &next]).await.ok();

    // rvn sees the files in its directory; timra learns the charter from rvn.
    county.until("both know the new charter", |states| states.values().all(|s| s.charter_version == 2)).await;
    let dir = county.node("rvn").dir.clone();
    for entry in fs::read_dir(dir).expect("a directory").flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("charter") {
            fs::copy(entry.path(), county.node("ange").dir.join(&name)).expect("copied");
        }
    }
    let newest = ("SAMSYN__FEDERATION__CHARTER".to_owned(), "charter-2.toml".to_owned());
    county.node_mut("ange").environment.push(newest);
    county.restart("ange").await;
    county.converge().await;
    assert_eq!(county.titles("ange").await, ["Före anslutningen", "Också före"]);
    county.publish("ange", "Efter anslutningen").await;
    county.converge().await;
    assert_eq!(county.titles("timra").await, ["Efter anslutningen", "Före anslutningen", "Också före"]);

    // All go on after a restart from what is stored, timra with the first charter file only.
    for party in county.parties() {
        county.stop(&party).await;
        county.restart(&party).await;
    }
    county.converge().await;
    assert!(county.parties().len() == 3 && county.status("timra").await.charter_version == 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_charter_of_its_own_is_let_in_nowhere() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.publish("rvn", "Vårt").await;
    county.converge().await;
    // A node of another federation that knows where rvn listens and dials it.
    let other = County::stopped(&["rvn", "timra"]).await;
    let (ours, theirs) = (county.node("rvn"), other.node("timra"));
    let dial = samsyn_wire::transport::Identity::load(&theirs.dir.join("tls.crt"), &theirs.dir.join("tls.key")).expect("keys");
    let pin = samsyn_wire::transport::Identity::load(&ours.dir.join("tls.crt"), &ours.dir.join("tls.key")).expect("keys").pin();
    let policy = samsyn_wire::transport::PinSet::new([pin]);
    let channel = samsyn_wire::transport::connect(&format!("https://{}", ours.federation), &dial, policy).await;
    if let Ok(channel) = channel {
        let frames = tokio_stream::empty();
        let call = samsyn_wire::peering::client(channel).sync(frames).await;
        call.expect_err("a foreign key is refused at its first call");
    }
    samsyn_tests::county::until("rvn's log says who was refused", || async { county.node("rvn").log().contains("tls.unpinned") }).await;
    county.converge().await;
}
