//! `reconnect`: two of eight nodes with 2 000 documents in sync lose their connection and meet again with nothing new.
//! `idle`: what such a node takes when nothing happens.

use super::{
    Scale, meter,
    report::Row,
    stage::{Stage, TOGETHER},
    workload::{self, PARTIES, Part},
};
use crate::county::{County, Talk};
use samsyn_server::{config::Config, identity::NodeIdentity};
use samsyn_wire::transport::{self, PinSet};
use std::time::{Duration, Instant};

const DIALLER: &str = PARTIES[0];
const OTHER: &str = PARTIES[7];
/// This program, as the harness's forwarders know it.
const SELF: &str = "bench";
/// A stream that has stood so long was no false start: its next dial is the first of a row.
const STEADY: Duration = Duration::from_secs(6);
/// Nothing more is coming.
const QUIET: Duration = Duration::from_millis(1_500);
const PATIENCE: Duration = Duration::from_secs(30);
/// An idle node is watched for so long.
const IDLE: Duration = Duration::from_secs(20);

pub(super) async fn rows(scale: Scale) -> Vec<Row> {
    let mut stage = prepare(scale).await;
    let (mut meetings, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..scale.runs.max(1) {
        stage.put_back(TOGETHER);
        stage.county.heal();
        stage.start().await;
        stage.connected().await;
        stage.equal().await;
        meetings.push(meet(&stage).await);
        idle.push(rest(&stage).await);
        stage.stop().await;
    }
    let mut meeting = Row::median("reconnect", &meetings);
    meeting.notes.insert(0, stage.prepared.clone());
    vec![meeting, Row::median("idle", &idle)]
}

/// Eight nodes with so many documents among them, and the same at each.
async fn prepare(scale: Scale) -> Stage {
    let began = Instant::now();
    let mut stage = Stage::empty().await;
    let each = scale.documents / PARTIES.len();
    for party in PARTIES {
        let mut works = workload::unfounded(each);
        workload::write(&stage.county, party, &mut works, Part::Found(0)).await;
    }
    stage.commits = (each * PARTIES.len()) as u64;
    stage.share().await;
    stage.keep(TOGETHER);
    stage.prepared = format!(
        "{} documents, one release each, at all eight; prepared in {:.0} s, not timed",
        stage.commits,
        began.elapsed().as_secs_f64()
    );
    stage
}

/// Tears one pair's connection and counts what goes through until the line is quiet again.
async fn meet(stage: &Stage) -> Row {
    let county = &stage.county;
    // What a connection costs that says nothing: TLS with two certificates, and the settings of HTTP/2.
    let bare = connection(county).await;
    let mut best: Option<(Talk, f64)> = None;
    // A contact time that happens to be due, every half minute, is not part of a meeting: the shorter of two.
    for _ in 0..2 {
        tokio::time::sleep(STEADY).await;
        county.forget_talks();
        let torn = Instant::now();
        county.tear(DIALLER, OTHER);
        let talk = once_quiet(county, DIALLER, OTHER).await;
        let took = talk.last.map_or(0.0, |last| (last - torn).as_secs_f64());
        if best.as_ref().is_none_or(|(shortest, _)| talk.bytes < shortest.bytes) {
            best = Some((talk, took));
        }
    }
    let (talk, took) = best.expect("two meetings");
    let (bytes, turns) = (talk.bytes.saturating_sub(bare.bytes), talk.turns.saturating_sub(bare.turns));
    Row {
        wall_s: Some(took),
        bytes: Some(bytes as f64),
        round_trips: Some(turns.div_ceil(2) as f64),
        notes: vec![format!(
            "{} bytes on the wire, of which {} are the connection itself (TLS and HTTP/2, measured by one that asks for \
             nothing) and {bytes} the meeting, call and stream headers included; the line changed its direction {} times, {} \
             of them for the connection. Wall: from the loss until the last byte, with the dialler's wait",
            talk.bytes, bare.bytes, talk.turns, bare.turns
        )],
        ..Row::default()
    }
}

/// Bytes and turns of a connection with the same certificates on which no call is made.
async fn connection(county: &County) -> Talk {
    county.let_through(SELF, std::process::id());
    let config = |party: &str| Config::load_with(&county.node(party).config(), []).expect("the node's settings");
    let identity = |party: &str| NodeIdentity::load(&config(party).identity).expect("the node's keys").tls;
    let pins = PinSet::new([identity(OTHER).pin()]);
    county.forget_talks();
    let endpoint = &county.node(OTHER).endpoint;
    let channel = transport::connect(endpoint, &identity(DIALLER), pins).await.expect("the node lets a party in");
    let talk = once_quiet(county, SELF, OTHER).await;
    drop(channel);
    talk
}

async fn once_quiet(county: &County, one: &str, other: &str) -> Talk {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let talk = county.talk(one, other);
        if talk.last.is_some_and(|last| last.elapsed() >= QUIET) {
            return talk;
        }
        assert!(Instant::now() < deadline, "{one} and {other} do not come to an end: {talk:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// CPU and memory of one of eight connected nodes that have nothing to do, over some time.
async fn rest(stage: &Stage) -> Row {
    let before = meter::read_of(&stage.county, &[OTHER]);
    tokio::time::sleep(IDLE).await;
    let taken = meter::read_of(&stage.county, &[OTHER]).since(before);
    Row {
        cpu_s: Some(taken.cpu.as_secs_f64() / IDLE.as_secs_f64()),
        rss_mb: Some(meter::resident_kib(&stage.county, OTHER) as f64 / 1024.0),
        notes: vec![format!(
            "one of eight connected nodes: resident now (its peak since the start {:.1} MB); CPU seconds per second",
            taken.peak_kib as f64 / 1024.0
        )],
        ..Row::default()
    }
}
