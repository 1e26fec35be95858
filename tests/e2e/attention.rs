//! I11: what waits, is refused, has forked or is silent is told to the operator, by command and by metric, with reasons.

use samsyn_tests::county::{County, scrape, until};
use serde_json::json;
use std::net::Ipv4Addr;

/// ```text
///   rvn (is asked) ─── timra (stops) ─── ange
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i11_status_and_metrics_say_who_is_silent_and_what_the_node_has() {
    let mut county = County::stopped(&["rvn", "timra", "ange"]).await;
    let metrics = county.listen_for_metrics("rvn");
    for party in ["rvn", "timra", "ange"] {
        county.restart(party).await;
    }
    county.publish("timra", "Trygg hemgång").await;
    county.converge().await;

    let config = county.node("rvn").config();
    let status = ["status", "--config", config.to_str().expect("a path"), "--check", "--json"];
    until("rvn sees both others", async || county.samsynd(&status).await.code == 0).await;
    let well = county.samsynd(&status).await.ok().data();
    assert_eq!((&well["attention"], &well["commits"], &well["paused"]), (&json!([]), &json!(1), &json!(null)));
    let shown = scrape(metrics).await;
    for line in [
        "samsyn_entries{verdict=\"admitted\",code=\"\"} ",
        "samsyn_commits 1",
        "samsyn_party_connected{party=\"timra\"} 1",
        "samsyn_party_commits{party=\"timra\"} 1",
        "samsyn_store_paused 0",
        "samsyn_logs_forked 0",
        "samsyn_certificate_expiry_timestamp_seconds ",
        "samsyn_transaction_seconds_sum{part=\"registers\"} 0.",
        "samsyn_transaction_seconds_sum{part=\"commit\"} ",
        "samsyn_gate_seconds_count 0",
    ] {
        assert!(shown.contains(line), "no {line} in {shown}");
    }

    county.stop("timra").await;
    until("rvn sees that timra is gone", async || {
        scrape(metrics).await.contains("samsyn_party_connected{party=\"timra\"} 0")
    })
    .await;
    let told = county.samsynd(&status).await.exits(1).data();
    let attention = told["attention"].to_string();
    assert!(attention.contains("no stream with timra") && !attention.contains("ange"), "{attention}");
    // Without --check the same is told, and is no failure.
    county.samsynd(&status[..3]).await.ok().says("no stream with timra");

    county.stop("rvn").await;
    let gone = county.samsynd(&status).await.exits(4).error();
    assert_eq!(gone["code"], "unreachable");
    assert!(gone["remedy"].as_str().is_some_and(|r| r.contains("start the node")), "{gone}");
}

/// The listener is asked for, or it is not there; and its port is bound before anything else happens.
#[tokio::test(flavor = "multi_thread")]
async fn a_metrics_port_in_use_ends_the_start_with_its_own_exit_code() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let node = county.node_mut("rvn");
    let config = node.config();
    let mut run = samsyn_tests::county::command("samsynd", &node.dir);
    run.args(["run", "--json", "--config"]).arg(&config).env("SAMSYN__METRICS__LISTEN", &address);
    let error = samsyn_tests::county::finish(run).await.exits(7).error();
    assert_eq!((&error["code"], &error["field"]), (&json!("in_use"), &json!("metrics.listen")), "{error}");
}
