//! `live`: one party publishes a change at a time through the client API; each must be durable on and visible at the
//! last of the other seven.

use super::{
    Scale,
    eyes::Eyes,
    meter,
    report::{Row, percentile},
    stage::{Stage, TOGETHER},
    workload::PARTIES,
};
use crate::county::text;
use samsyn_client::node::Node as Client;
use samsyn_wire::v1;
use std::time::{Duration, Instant};

/// Between two publications, as the peers were measured.
const PAUSE: Duration = Duration::from_millis(25);
/// Before the first, so that streams stand and nothing is left over from the start.
const CALM: Duration = Duration::from_secs(4);
/// After a publication, until the nodes are asked for it.
const SETTLED: Duration = Duration::from_millis(15);
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn row(mut stage: Stage, scale: Scale) -> Row {
    stage.county.connect_directly();
    let mut runs = Vec::new();
    for run in 0..scale.runs.max(1) {
        runs.push(once(&mut stage, scale.publications, run).await);
    }
    let mut row = Row::median("live", &runs);
    row.notes.insert(
        0,
        "nodes connected directly, with no forwarder between. From the call until the database of the last of the other \
         seven shows the change to readers, which is once it is synced; the question that is asked then must be answered \
         with it. CPU per change, of all eight"
            .to_owned(),
    );
    row
}

async fn once(stage: &mut Stage, publications: usize, run: usize) -> Row {
    stage.put_back(TOGETHER);
    stage.start().await;
    stage.connected().await;
    let (author, others) = (PARTIES[0], &PARTIES[1..]);
    let mut clients = Vec::new();
    for party in others {
        clients.push(stage.county.client(party).await);
    }
    let mut desk = stage.county.desk(author).await;
    desk.set("/facts/title", text("Levande")).await;
    desk.publish().await;
    tokio::time::sleep(CALM).await;
    let mut eyes = Eyes::on(&stage.county, others);
    let (mut seen_ms, mut told_ms) = (Vec::new(), Vec::new());
    let (mut cpu, mut edits) = (Duration::ZERO, Duration::ZERO);
    for number in 0..publications {
        let title = format!("Levande{run}x{number}y");
        // Written and handed to the node as a draft first: that is not what is timed.
        let before = meter::read(&stage.county);
        desk.set("/facts/title", text(&title)).await;
        let pushed = meter::read(&stage.county);
        let watch = eyes.watch();
        let began = Instant::now();
        desk.publish().await;
        told_ms.push(ms(began.elapsed()));
        // Late enough that asking does not slow down what is timed.
        tokio::time::sleep(SETTLED).await;
        let after = meter::read(&stage.county);
        let visible = visible(&clients, &title).await;
        let (seen, back) = watch.stop().await;
        eyes = back;
        // The last transaction before the answer: a node may have stored something else before.
        // Where the eyes came too late on a busy machine, the answer counts, which is later still.
        let at = seen
            .iter()
            .zip(&visible)
            .map(|(seen, answered)| seen.iter().rfind(|at| *at <= answered).unwrap_or(answered));
        let last = at.max().expect("seven nodes");
        seen_ms.push(ms(*last - began));
        edits += pushed.since(before).cpu;
        cpu += after.since(pushed).cpu;
        tokio::time::sleep(PAUSE).await;
    }
    let peak = meter::read(&stage.county).peak_kib;
    stage.stop().await;
    let per = |time: Duration| time.as_secs_f64() / publications as f64;
    let at = |percent| percentile(&told_ms, percent).unwrap_or(0.0);
    Row {
        cpu_s: Some(per(cpu)),
        rss_mb: Some(peak as f64 / 1024.0),
        p50_ms: percentile(&seen_ms, 50),
        p99_ms: percentile(&seen_ms, 99),
        notes: vec![format!(
            "{publications} publications: acknowledged to the client after {:.2} / {:.2} ms (p50 / p99), at most {:.2} ms until \
             visible; drafting costs {:.4} s CPU more per change",
            at(50),
            at(99),
            percentile(&seen_ms, 100).unwrap_or(0.0),
            per(edits),
        )],
        ..Row::default()
    }
}

/// Asks each node until it answers with the title; when each was asked at last.
async fn visible(clients: &[Client], title: &str) -> Vec<Instant> {
    let mut answered = Vec::new();
    for client in clients {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let request = v1::ListWorksRequest { text: Some(title.to_owned()), ..v1::ListWorksRequest::default() };
            let answer = client.works(request).await.unwrap_or_else(|p| panic!("{p:?}"));
            if answer.works.iter().any(|work| work.title == title) {
                answered.push(Instant::now());
                break;
            }
            assert!(Instant::now() < deadline, "{title} is not shown everywhere");
        }
    }
    answered
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
