//! kill -9 at any instant: what was acknowledged is there (I1, I2), and nobody is confused.

use samsyn_tests::county::{County, text};
use std::collections::BTreeSet;

/// ```text
///   rvn (killed again and again while it publishes) ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_and_reaches_the_others() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut titles = Vec::new();
    let mut incarnations = BTreeSet::new();
    for round in 0..4 {
        for work in 0..3 {
            let title = format!("Arbete {round}.{work}");
            county.publish("rvn", &title).await;
            titles.push(title);
        }
        incarnations.insert(county.status("rvn").await.incarnation);
        // At once: nothing has had time to be written later.
        county.crash("rvn").await;
        let config = county.node("rvn").config();
        let config = config.to_str().expect("a path in UTF-8");
        county.samsynd(&["verify", "--config", config, "--json"]).await.ok();
        county.restart("rvn").await;
        assert_eq!(county.titles("rvn").await, titles, "after round {round}");
    }
    assert_eq!(incarnations.len(), 4, "each process writes a log of its own: {incarnations:?}");
    county.converge().await;
    assert_eq!(county.titles("timra").await, titles);
    assert_eq!(county.status("timra").await.forks, 0);
}

/// ```text
///   rvn ─── timra (killed while it takes in what rvn publishes)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_killed_catches_up() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk("rvn").await;
    for n in 0..30 {
        desk.set("/facts/title", text(&format!("Titel {n}"))).await;
        desk.publish().await;
        if n % 10 == 5 {
            county.crash("timra").await;
            county.restart("timra").await;
        }
    }
    county.converge().await;
    assert_eq!(county.titles("timra").await, ["Titel 29"]);
    assert_eq!(county.status("timra").await.refused, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_was_pushed_survives_kill_9() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk("rvn").await;
    desk.set("/facts/title", text("Ännu inte delat")).await;
    county.crash("rvn").await;
    county.restart("rvn").await;
    let again = county.desk_on("rvn", desk.id()).await;
    assert_eq!(again.draft(), desk.draft());
    assert!(county.titles("timra").await.is_empty(), "a draft never leaves");
}
