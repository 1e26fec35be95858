//! kill -9 at any instant: what was acknowledged is there (I1, I2), and nobody is confused.

use samsyn_client::{copy::WorkingCopy, node::Node as Client, problem::Problem};
use samsyn_core::entry::DocumentKind;
use samsyn_tests::county::{County, path, text, until};
use samsyn_wire::v1;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

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
    county.stop_and_verify().await;
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
    county.stop_and_verify().await;
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
    county.stop_and_verify().await;
}

/// ```text
///   four coordinators ──► rvn (killed in the middle of it, again and again) ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_node_dies_in_the_middle_of_many_publications() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let acknowledged: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let count = |all: &Mutex<BTreeSet<String>>| all.lock().unwrap_or_else(PoisonError::into_inner).len();
    for round in 0..3 {
        let before = count(&acknowledged);
        let mut coordinators = Vec::new();
        for who in 0..4 {
            let (client, acknowledged) = (county.client("rvn").await, acknowledged.clone());
            coordinators.push(tokio::spawn(async move {
                for n in 0.. {
                    let title = format!("Arbete {round}.{who}.{n}");
                    // The node has been killed: what it had not answered may be there or not.
                    if publish(&client, &title).await.is_err() {
                        return;
                    }
                    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(title);
                }
            }));
        }
        until("some are acknowledged", || async { count(&acknowledged) > before + 5 + 7 * round }).await;
        county.crash("rvn").await;
        for coordinator in coordinators {
            coordinator.await.expect("a coordinator does not panic");
        }
        county.restart("rvn").await;
        let there: BTreeSet<String> = county.titles("rvn").await.into_iter().collect();
        let lost: Vec<_> =
            acknowledged.lock().unwrap_or_else(PoisonError::into_inner).difference(&there).cloned().collect();
        assert_eq!(lost, Vec::<String>::new(), "after round {round}");
    }
    county.converge().await;
    assert_eq!(county.titles("timra").await, county.titles("rvn").await);
    county.stop_and_verify().await;
}

async fn publish(client: &Client, title: &str) -> Result<(), Problem> {
    let mut copy = WorkingCopy::create(client, DocumentKind::Work, "").await?;
    let mut draft = copy.draft()?;
    draft.set(path("/facts/title"), text(title));
    copy.change(&draft)?;
    copy.push(client).await?;
    let request = v1::PublishRequest { working_copy_id: copy.id.clone(), ..v1::PublishRequest::default() };
    client.call(client.replica().publish(request)).await.map(|_| ())
}
