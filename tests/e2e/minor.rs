//! Peers whose program speaks an older or a later minor version of the protocol.

use crate::guest::{Dialect, Guest};
use samsyn_tests::county::{County, county_digest};
use std::time::{Duration, Instant};

const OLD: Dialect = Dialect { minor: 0, old: true, later: false };
const LATER: Dialect = Dialect { minor: 7, old: false, later: true };

/// Waits until the guest and a node have the same commits and the same state.
async fn equal(county: &County, party: &str, guest: &mut Guest) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        guest.listen().await;
        let node = county.status(party).await;
        let ledger = guest.machine.ledger();
        let (commits, digest) = (ledger.commits(), ledger.digest(&ledger.county()).to_string());
        if (node.commits, county_digest(&node)) == (commits, digest.clone()) {
            assert_eq!((node.refused, node.pending, node.forks), (0, 0, 0));
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{party} has {} commits, state {}; the guest {commits}, state {digest}\n{}",
            node.commits,
            county_digest(&node),
            county.node(party).tail()
        );
    }
}

/// Lines of a node's log that say that a stream with the guest has ended, or a frame was not understood.
fn complaints(county: &County, party: &str) -> Vec<String> {
    let ended = |line: &&str| line.contains("disconnected peer=gast") || line.contains("not of this protocol");
    county.node(party).log().lines().filter(ended).map(str::to_owned).collect()
}

/// rvn and timra run; what runs at gast is the test.
async fn county_with_a_guest(dialect: Dialect) -> (County, Guest) {
    let mut county = County::stopped(&["gast", "rvn", "timra"]).await;
    county.restart("rvn").await;
    county.restart("timra").await;
    county.publish("rvn", "Ett").await;
    county.publish("timra", "Två").await;
    county.converge().await;
    let guest = Guest::new(&county, "gast", dialect);
    (county, guest)
}

/// ```text
///   timra ─── rvn ─── gast (minor 0: does not know and does not send Announce, Contacts, DocumentDigests)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_peer_of_an_older_minor_version_and_a_node_become_equal() {
    let (mut county, mut guest) = county_with_a_guest(OLD).await;
    guest.state("https://gast.example:1");
    guest.meet(&county, "rvn").await;
    equal(&county, "rvn", &mut guest).await;

    // Both say something new on the stream that stands.
    guest.state("https://gast.example:2");
    county.publish("rvn", "Tre").await;
    equal(&county, "rvn", &mut guest).await;
    assert!(guest.skipped.contains_key("contacts"), "the node does send newer frames: {:?}", guest.skipped);

    // What a third party states is announced, which it does not know: it has it at the next contact.
    county.publish("timra", "Fyra").await;
    county.converge().await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while !guest.skipped.contains_key("announce") {
        assert!(Instant::now() < deadline, "never announced: {:?}", guest.skipped);
        guest.listen().await;
    }
    assert_eq!(complaints(&county, "rvn"), Vec::<String>::new());
    guest.hang_up();
    guest.meet(&county, "rvn").await;
    equal(&county, "rvn", &mut guest).await;
    assert_eq!(county.titles("rvn").await.len(), 4);
    county.stop_and_verify().await;
}

/// ```text
///   timra ─── rvn ─── gast (minor 7: sends frames and fields that this version does not know)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn frames_and_fields_of_a_later_minor_version_are_skipped() {
    let (mut county, mut guest) = county_with_a_guest(LATER).await;
    guest.state("https://gast.example:1");
    guest.meet(&county, "rvn").await;
    equal(&county, "rvn", &mut guest).await;
    guest.state("https://gast.example:2");
    county.publish("timra", "Tre").await;
    equal(&county, "rvn", &mut guest).await;
    // What came with unknown fields is handed on.
    county.converge().await;
    equal(&county, "timra", &mut guest).await;
    assert_eq!(complaints(&county, "rvn"), Vec::<String>::new());
    county.stop_and_verify().await;
}
