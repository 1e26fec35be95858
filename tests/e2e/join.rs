//! Amendments of the charter while the nodes run: a party joins, a stolen key is replaced, a party leaves.

use samsyn_tests::county::{County, until};
use std::fs;

/// Puts every charter file and signature of one party's directory into another's.
fn hand_over(county: &County, from: &str, to: &str) {
    for entry in fs::read_dir(&county.node(from).dir).expect("a directory").flatten() {
        if entry.file_name().to_string_lossy().starts_with("charter") {
            fs::copy(entry.path(), county.node(to).dir.join(entry.file_name())).expect("copied");
        }
    }
}

/// A file of a party, as an argument.
fn file(county: &County, party: &str, name: &str) -> String {
    county.node(party).dir.join(name).to_str().expect("a path in UTF-8").to_owned()
}

async fn sign(county: &County, party: &str, charter: &str) {
    county.samsynd(&["charter", "sign", "--config", &file(county, party, "samsynd.toml"), charter]).await.ok();
}

fn use_charter(county: &mut County, party: &str, name: &str) {
    county.node_mut(party).environment.push(("SAMSYN__FEDERATION__CHARTER".to_owned(), name.to_owned()));
}

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
    let (from, next) = (file(&county, "rvn", "charter.toml"), file(&county, "rvn", "charter-2.toml"));
    let row = file(&county, "ange", "party.toml");
    let (first, second) = ("rvn/ks=KS 2026:1", "timra/ks=KS 2026:2");
    let amend = [
        "charter",
        "amend",
        "--from",
        &from,
        "--join",
        &row,
        "--disclosure",
        first,
        "--disclosure",
        second,
        "--out",
        &next,
    ];
    county.samsynd(&amend).await.ok();
    sign(&county, "ange", &next).await;
    sign(&county, "rvn", &next).await;
    // One of two is not enough: the running nodes go on with what is in force.
    county.samsynd(&["charter", "verify", &next]).await.exits(3);
    assert_eq!(county.status("rvn").await.charter_version, 1);
    sign(&county, "timra", &next).await;
    county.samsynd(&["charter", "verify", &next]).await.ok();

    // rvn sees the files in its directory; timra learns the charter from rvn.
    county.until("both know the new charter", |states| states.values().all(|s| s.charter_version == 2)).await;
    hand_over(&county, "rvn", "ange");
    use_charter(&mut county, "ange", "charter-2.toml");
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
    county.stop_and_verify().await;
}

/// ```text
///   rvn ─── ange        timra's old key is in a thief's hands, who writes under it; timra has a new one
///     ╲     ╱
///      timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_key_is_replaced_and_what_the_thief_writes_counts_nowhere() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    county.publish("timra", "Timrås eget").await;
    county.converge().await;
    let cut = county
        .samsynd(&["charter", "cut", "--json", "--config", &file(&county, "rvn", "samsynd.toml"), "timra"])
        .await
        .ok()
        .data();
    let cut = cut["cut"].as_str().expect("an argument").to_owned();
    let node = county.node("timra");
    let new = file(&county, "timra", "new");
    let (federation, api) = (node.federation.to_string(), node.api.to_string());
    let init = [
        "init",
        "--organisation",
        "timra",
        "--dir",
        &new,
        "--federation-listen",
        &federation,
        "--api-listen",
        &api,
        "--endpoint",
        &node.endpoint,
        "--json",
    ];
    let made = county.samsynd(&init).await.ok().data();

    let (from, next) = (file(&county, "rvn", "charter.toml"), file(&county, "rvn", "charter-2.toml"));
    let replace = format!("timra={new}/party.toml");
    // Without a cut nothing says what counts of the old key's logs.
    let without = ["charter", "amend", "--json", "--from", &from, "--replace-key", &replace, "--out", &next];
    assert_eq!(county.samsynd(&without).await.exits(3).error()["code"], "charter.cut_missing");
    county
        .samsynd(&["charter", "amend", "--from", &from, "--replace-key", &replace, "--cut", &cut, "--out", &next])
        .await
        .ok();
    county.isolate("timra");
    for party in ["ange", "rvn", "timra"] {
        sign(&county, party, &next).await;
    }
    county.samsynd(&["charter", "verify", &next]).await.ok();
    until("rvn and ange have the amendment", || async {
        county.status("rvn").await.charter_version == 2 && county.status("ange").await.charter_version == 2
    })
    .await;

    // The thief: timra's machine as it was. It writes, and nobody lets it in.
    county.publish("timra", "Tjuvens").await;
    county.heal();
    until("a node says that it has refused the old key", || async {
        ["ange", "rvn"].iter().any(|p| county.node(p).log().contains("tls.unpinned"))
    })
    .await;
    county.stop("timra").await;
    assert_eq!(county.titles("rvn").await, ["Timrås eget"]);

    // Timrå with its new keys, on the old database: what the thief has left in it counts nowhere.
    for name in ["log.key", "tls.key", "tls.crt"] {
        fs::copy(format!("{new}/{name}"), county.node("timra").dir.join(name)).expect("copied");
    }
    let settings = county.node("timra").client_config();
    let text = fs::read_to_string(&settings).expect("read");
    let old = text.lines().find(|l| l.starts_with("server_pin")).expect("a pin").to_owned();
    fs::write(&settings, text.replace(&old, &format!("server_pin = {}", made["pin"]))).expect("written");
    hand_over(&county, "rvn", "timra");
    use_charter(&mut county, "timra", "charter-2.toml");
    county.restart("timra").await;
    county.publish("timra", "Med ny nyckel").await;
    county.converge().await;
    for party in county.parties() {
        assert_eq!(county.titles(&party).await, ["Med ny nyckel", "Timrås eget"], "{party}");
        assert!(county.status(&party).await.refused > 0, "{party} keeps what the thief wrote as evidence");
    }
    county.stop_and_verify().await;
}

/// ```text
///   rvn ─── timra (leaves) ─── ange
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_party_leaves_and_what_it_stated_before_stays() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    county.publish("timra", "Timrås arbete").await;
    county.publish("ange", "Ånges arbete").await;
    county.converge().await;
    let cut = county
        .samsynd(&["charter", "cut", "--json", "--config", &file(&county, "rvn", "samsynd.toml"), "timra"])
        .await
        .ok()
        .data();
    let cut = cut["cut"].as_str().expect("an argument").to_owned();
    let (from, next) = (file(&county, "rvn", "charter.toml"), file(&county, "rvn", "charter-2.toml"));
    county
        .samsynd(&["charter", "amend", "--from", &from, "--leave", "timra", "--cut", &cut, "--out", &next])
        .await
        .ok();
    for party in ["ange", "rvn", "timra"] {
        sign(&county, party, &next).await;
    }
    until("rvn and ange have the amendment", || async {
        county.status("rvn").await.charter_version == 2 && county.status("ange").await.charter_version == 2
    })
    .await;
    county.publish("rvn", "Utan Timrå").await;
    county.converge_among(&["ange", "rvn"]).await;
    assert_eq!(county.titles("ange").await, ["Timrås arbete", "Utan Timrå", "Ånges arbete"]);
    assert!(!county.titles("timra").await.contains(&"Utan Timrå".to_owned()), "those who have left get nothing more");
    let parties = county.samsyn("rvn", &["parties", "--json"]).await.ok().data();
    assert!(!parties.to_string().contains("timra"), "{parties}");
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_charter_of_its_own_is_let_in_nowhere() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.publish("rvn", "Vårt").await;
    county.converge().await;
    // A node of another federation that knows where rvn listens and dials it.
    let other = County::stopped(&["rvn", "timra"]).await;
    let (ours, theirs) = (county.node("rvn"), other.node("timra"));
    let dial =
        samsyn_wire::transport::Identity::load(&theirs.dir.join("tls.crt"), &theirs.dir.join("tls.key")).expect("keys");
    let pin = samsyn_wire::transport::Identity::load(&ours.dir.join("tls.crt"), &ours.dir.join("tls.key"))
        .expect("keys")
        .pin();
    let policy = samsyn_wire::transport::PinSet::new([pin]);
    let channel = samsyn_wire::transport::connect(&format!("https://{}", ours.federation), &dial, policy).await;
    if let Ok(channel) = channel {
        let frames = tokio_stream::empty();
        let call = samsyn_wire::peering::client(channel).sync(frames).await;
        call.expect_err("a foreign key is refused at its first call");
    }
    until("rvn's log says who was refused", || async { county.node("rvn").log().contains("tls.unpinned") }).await;
    county.converge().await;
    county.stop_and_verify().await;
}
