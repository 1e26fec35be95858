//! Single faults of a line between two nodes, where nobody can relay. Many at once: the program `network`.

use samsyn_tests::county::{County, Fault, path, prose, text, until};
use samsyn_wire::transport::{KEEPALIVE_EVERY, KEEPALIVE_TIMEOUT};
use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// From a sign of life that is missed until what was missed has been fetched.
const FOUND_WITHIN: Duration = KEEPALIVE_EVERY.saturating_add(KEEPALIVE_TIMEOUT).saturating_add(Duration::from_secs(5));

/// Lines of a node's log that say that a stream, or an attempt at one, has ended.
fn endings(county: &County) -> usize {
    let says =
        |line: &&str| ["disconnected", "not reached", "connection refused"].iter().any(|what| line.contains(what));
    county.parties().iter().map(|party| county.node(party).log().lines().filter(says).count()).sum()
}

/// ```text
///   rvn ──╳─► timra      what rvn sends is gone, neither is told, and the connection stays so when the line is whole again
///       ◄────
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_stream_is_found_by_its_missing_signs_of_life() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.publish("rvn", "Före").await;
    county.converge().await;
    county.fault("rvn", "timra", Fault::Swallow);
    county.publish("rvn", "Försvunnet").await;
    county.publish("timra", "Åt andra hållet").await;
    until("rvn has what timra sends", || async { county.titles("rvn").await.len() == 3 }).await;
    county.heal();
    let healed = Instant::now();
    county.converge().await;
    assert!(healed.elapsed() < FOUND_WITHIN, "only after {:?}", healed.elapsed());
    assert_eq!(county.titles("timra").await, ["Före", "Försvunnet", "Åt andra hållet"]);
    county.stop_and_verify().await;
}

/// ```text
///   rvn ─────── timra (its process stands still; the kernel goes on taking its bytes)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_is_shown_as_gone_and_catches_up_when_it_goes_on() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.publish("timra", "Före").await;
    county.converge().await;
    county.freeze("timra");
    let frozen = Instant::now();
    county.publish("rvn", "Medan den andra sover").await;
    until("rvn shows that timra is gone", || async {
        let parties = county.client("rvn").await.parties().await.expect("answers");
        parties.0.iter().any(|p| p.id == "timra" && !p.connected)
    })
    .await;
    assert!(frozen.elapsed() < FOUND_WITHIN, "only after {:?}", frozen.elapsed());
    county.thaw("timra");
    county.converge().await;
    assert_eq!(county.titles("timra").await, ["Före", "Medan den andra sover"]);
    county.stop_and_verify().await;
}

/// ```text
///   rvn ◄─≈─► timra      one bit turned in every connection: in the handshake, the greeting, a frame
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_turned_bit_ends_the_stream_and_nothing_wrong_is_taken() {
    let mut county = County::with(&["rvn", "timra"]).await;
    for (number, after) in [0u64, 5, 700, 1_600, 2_600, 3_600].into_iter().enumerate() {
        let before = endings(&county);
        county.fault("rvn", "timra", Fault::Corrupt { after });
        county.fault("timra", "rvn", Fault::Corrupt { after });
        county.tear("rvn", "timra");
        // Two ends belong to the tearing itself; each node says so once.
        for step in 0.. {
            if endings(&county) >= before + 4 {
                break;
            }
            assert!(step < 200, "the turned bit at {after} was not noticed");
            county.publish("rvn", &format!("R{number}-{step}")).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        county.publish("timra", &format!("T{number}")).await;
        county.heal();
        county.converge().await;
    }
    for party in county.parties() {
        let state = county.status(&party).await;
        assert_eq!((state.refused, state.forks, state.unproven), (0, 0, 0), "{party}");
        let log = county.node(&party).log();
        assert!(!log.contains(" ERROR ") && !log.contains("not of this protocol"), "{party}:\n{log}");
    }
    county.stop_and_verify().await;
}

/// ```text
///   rvn ··40 kB/s··► timra (was away; 800 kB to catch up with)
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_line_carries_a_long_catch_up_without_being_taken_for_dead() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.converge().await;
    county.stop("timra").await;
    for number in 0..22u64 {
        let mut desk = county.desk("rvn").await;
        // 14 bits in three bytes, so that few signs make many bytes: 22 times 60 kB are some 800 kB on the line.
        let sign =
            |i: u64| char::from_u32(0x4E00 + u32::try_from(RandomState::new().hash_one(i) % 0x4000).unwrap_or(0));
        let summary: String = (0..20_000).filter_map(sign).collect();
        desk.edit(|d| {
            d.set(path("/facts/title"), text(&format!("Stort {number}")));
            d.set(path("/facts/summary"), prose(&summary));
        });
        desk.push().await;
        desk.publish().await;
    }
    county.fault("rvn", "timra", Fault::Trickle { bytes_per_second: 40_000 });
    county.restart("timra").await;
    until("the two have met", || async {
        county.client("rvn").await.parties().await.expect("answers").0.iter().all(|p| p.connected)
    })
    .await;
    let (before, began) = (endings(&county), Instant::now());
    county.converge().await;
    assert!(began.elapsed() > KEEPALIVE_EVERY + KEEPALIVE_TIMEOUT, "too fast to show anything: {:?}", began.elapsed());
    assert_eq!(endings(&county), before, "the stream was given up:\n{}", county.node("timra").tail());
    county.stop_and_verify().await;
}
