//! Old copies of a node's database that write on: nothing is lost in silence and no verdict changes (I7).

use samsyn_tests::county::{County, keep, put_back};

/// ```text
///   rvn (copy taken) ── publishes "Efter" ──► timra
///   rvn (copy put back, "Efter" is gone here) ── publishes "Ny" ──► timra has both ──► rvn gets "Efter" back
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_node_writes_on_and_gets_its_own_entries_back() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    county.publish("rvn", "Före").await;
    county.converge().await;
    county.stop("rvn").await;
    keep(county.node("rvn"), "copy");
    county.restart("rvn").await;
    county.publish("rvn", "Efter").await;
    county.converge().await;
    let before = county.status("timra").await;

    county.stop("rvn").await;
    put_back(county.node("rvn"), "copy");
    // Alone at first, so that it writes on without knowing what it has forgotten.
    county.isolate("rvn");
    county.restart("rvn").await;
    assert_eq!(county.titles("rvn").await, ["Före"]);
    county.publish("rvn", "Ny").await;
    county.heal();
    county.converge().await;
    for party in county.parties() {
        assert_eq!(county.titles(&party).await, ["Efter", "Före", "Ny"], "{party}");
        let state = county.status(&party).await;
        assert_eq!((state.refused, state.pending), (0, 0), "{party}");
        assert_eq!(state.commits, before.commits + 1, "{party}");
    }
    county.stop_and_verify().await;
}

/// ```text
///        ┌ rvn, one machine ── publishes "Ett" ─┐
///   copy ┤                                      ├──► timra holds both
///        └ rvn, its clone ──── publishes "Två" ─┘
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_cloned_node_loses_nothing_on_either_side() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.publish("rvn", "Före").await;
    county.converge().await;
    county.stop("rvn").await;
    keep(county.node("rvn"), "clone");
    county.isolate("rvn");
    county.restart("rvn").await;
    county.publish("rvn", "Ett").await;
    county.heal();
    county.converge().await;
    county.stop("rvn").await;
    keep(county.node("rvn"), "first");
    put_back(county.node("rvn"), "clone");
    county.isolate("rvn");
    county.restart("rvn").await;
    county.publish("rvn", "Två").await;
    county.heal();
    county.converge().await;
    assert_eq!(county.titles("timra").await, ["Ett", "Före", "Två"]);
    // Back to the first machine: it learns what its clone has written.
    county.stop("rvn").await;
    put_back(county.node("rvn"), "first");
    county.restart("rvn").await;
    county.converge().await;
    assert_eq!(county.titles("rvn").await, ["Ett", "Före", "Två"]);
    assert_eq!(county.status("rvn").await.refused, 0);
    county.stop_and_verify().await;
}
