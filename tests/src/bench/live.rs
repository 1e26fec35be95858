//! `live`: one party publishes a change at a time through the client API; each must be durable on and visible at the
//! last of the other seven.

use super::{
    Scale,
    eyes::Eyes,
    meter,
    report::{Row, percentile},
    shares::{Counters, pages, share},
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
    let counters = Counters::on(&mut stage.county);
    let mut runs = Vec::new();
    for run in 0..scale.runs.max(1) {
        runs.push(once(&mut stage, &counters, scale.publications, run).await);
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

async fn once(stage: &mut Stage, counters: &Counters, publications: usize, run: usize) -> Row {
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
    let sums = counters.read().await;
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
    let parts = counters.since(&stage.county, &sums).await;
    stage.stop().await;
    // The author's node first, then the others at the same time.
    let each = |s: f64| s * 1_000.0 / publications as f64;
    let mean = seen_ms.iter().sum::<f64>() / seen_ms.len() as f64;
    let (writing, receiving) = parts.split_first().expect("eight nodes");
    let gate = each(writing.gate_s);
    let received = receiving.iter().map(|p| p.registers_s).sum::<f64>() / receiving.len() as f64;
    let (drawn_up, received) = (each(writing.registers_s), each(received));
    let registers = drawn_up + received;
    let per = |time: Duration| time.as_secs_f64() / publications as f64;
    let at = |percent| percentile(&told_ms, percent).unwrap_or(0.0);
    Row {
        cpu_s: Some(per(cpu)),
        rss_mb: Some(peak as f64 / 1024.0),
        p50_ms: percentile(&seen_ms, 50),
        p99_ms: percentile(&seen_ms, 99),
        gate_share: share(gate, mean, gate + registers),
        register_share: share(registers, mean, gate + registers),
        notes: vec![
            format!(
                "of {mean:.2} ms on average: gate {gate:.3} ms; registers {drawn_up:.3} ms at the author and {received:.3} ms at a \
                 receiver ({})",
                pages(&parts)
            ),
            format!(
                "{publications} publications: acknowledged to the client after {:.2} / {:.2} ms (p50 / p99), at most {:.2} ms until \
             visible; drafting costs {:.4} s CPU more per change",
                at(50),
                at(99),
                percentile(&seen_ms, 100).unwrap_or(0.0),
                per(edits),
            ),
        ],
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
