//! Programs that watch the portfolio: what changes is told once it is durable, within bounds.

use samsyn_client::{node::Node as Client, problem::Problem};
use samsyn_core::code::Code;
use samsyn_server::{limits::WATCHES_PER_DEVICE_MAX, store::Role};
use samsyn_tests::county::{County, until};
use samsyn_wire::v1::{WatchRequest, WatchResponse};
use std::time::Duration;
use tonic::Streaming;

const PATIENCE: Duration = Duration::from_secs(20);

async fn watch(client: &Client) -> Result<Streaming<WatchResponse>, Problem> {
    let mut stream = client.call(client.portfolio().watch(WatchRequest {})).await?;
    let first = next(&mut stream).await.expect("an answer").expect("the call stands");
    assert!(first.everything && first.document_ids.is_empty(), "{first:?}");
    Ok(stream)
}

/// The next answer, or how the call ended.
async fn next(stream: &mut Streaming<WatchResponse>) -> Option<Result<WatchResponse, tonic::Status>> {
    let next = tokio::time::timeout(PATIENCE, stream.message()).await.expect("an answer in time");
    next.transpose()
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_who_watches_is_told_of_a_change_elsewhere_once_it_is_shown_here() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let client = county.client("timra").await;
    let mut stream = watch(&client).await.expect("may watch");
    let mut published = Vec::new();
    for title in ["Först", "Sedan"] {
        published.push(county.publish("rvn", title).await);
    }
    for id in published {
        loop {
            let told = next(&mut stream).await.expect("the call stands").expect("no fault");
            if told.everything || told.document_ids.contains(&id) {
                break;
            }
        }
        // No waiting: what is told of is there.
        client.work(&id).await.expect("shown");
    }
    // Nobody who watches keeps a node from stopping.
    county.stop("timra").await;
    while let Some(Ok(_)) = next(&mut stream).await {}
    county.restart("timra").await;
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i6_a_device_watches_in_four_calls_and_one_that_is_revoked_in_none() {
    let county = County::with(&["rvn", "timra"]).await;
    let device = county.device("rvn", "lost", Role::Reader).await;
    let client = county.node("rvn").client_of(&device).await.expect("connects");
    until("the new device is let in", || async { client.status().await.is_ok() }).await;
    let mut streams = Vec::new();
    for _ in 0..WATCHES_PER_DEVICE_MAX {
        streams.push(watch(&client).await.expect("may watch"));
    }
    assert_eq!(watch(&client).await.expect_err("one more").code, Code::DeviceBusy);
    watch(&county.client("rvn").await).await.expect("another device");
    drop(streams.pop());
    until("there is room again", || async { watch(&client).await.is_ok() }).await;

    let config = county.node("rvn").config();
    let config = config.to_str().expect("a path in UTF-8");
    let list = county.samsynd(&["device", "list", "--config", config, "--json"]).await.ok().data();
    let pin = list.as_array().expect("a list").iter().find(|d| d["name"] == "lost").expect("listed")["pin"].clone();
    county.samsynd(&["device", "revoke", "--config", config, pin.as_str().expect("a pin")]).await.ok();
    until("the node knows", || async { client.status().await.is_err() }).await;
    county.publish("rvn", "Inte för den som inte längre får läsa").await;
    let mut stream = streams.pop().expect("one stands");
    let ended = loop {
        match next(&mut stream).await {
            Some(Ok(told)) => assert!(told.document_ids.is_empty() || told.everything, "told of something: {told:?}"),
            Some(Err(status)) => break status,
            None => panic!("it ended without a reason"),
        }
    };
    assert_eq!(samsyn_wire::parse_status(&ended).0, Some(Code::DeviceRevoked));
    county.stop_and_verify().await;
}
