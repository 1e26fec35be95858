//! `history`: an edit of a work that has had 100 000 facts before, next to an edit of a work that has had few. The
//! paths are as many in both, so that history is all that differs.

use super::{
    Scale, meter,
    report::{Row, percentile},
    stage::{Stage, TOGETHER},
    workload::{self, Work},
};
use crate::county::{Desk, text};
use samsyn_core::{id::DocumentId, value::Value};
use std::time::{Duration, Instant};

/// The first writes, the second receives.
const PAIR: [&str; 2] = ["ange", "timra"];
/// Paths of the work, each stated again and again.
const PATHS: usize = 100;
/// Edits in one run.
const EDITS: u32 = 100;
/// Between two edits: the receiver is done.
const PAUSE: Duration = Duration::from_millis(15);
/// After the start.
const CALM: Duration = Duration::from_secs(3);

pub(super) async fn rows(scale: Scale) -> Vec<Row> {
    let (mut stage, long, short) = prepare(scale).await;
    stage.county.connect_directly();
    let (mut writing, mut receiving) = (Vec::new(), Vec::new());
    for run in 0..scale.runs.max(1) {
        stage.put_back(TOGETHER);
        stage.start().await;
        stage.connected().await;
        let few = edits(&stage, short, run).await;
        let many = edits(&stage, long, run).await;
        stage.stop().await;
        let row = |many: &Edits, of: usize, few: &Edits| Row {
            cpu_s: Some(many.cpu[of]),
            rss_mb: Some(many.peak_kib[of] as f64 / 1024.0),
            yardstick_s: Some(few.cpu[of]),
            ratio: Some(many.cpu[of] / few.cpu[of]),
            ..Row::default()
        };
        writing.push(Row {
            wall_s: Some(many.wall_ms.iter().sum::<f64>() / 1_000.0 / f64::from(EDITS)),
            p50_ms: percentile(&many.wall_ms, 50),
            p99_ms: percentile(&many.wall_ms, 99),
            ..row(&many, 0, &few)
        });
        receiving.push(row(&many, 1, &few));
    }
    let mut wrote = Row::median("history", &writing);
    wrote.notes.push(format!(
        "{}; CPU at the author's node for one edit: the draft pushed, the release published, stored and sent. The yardstick is \
         the same edit of a work with {PATHS} earlier facts",
        stage.prepared
    ));
    let mut received = Row::median("history-received", &receiving);
    received
        .notes
        .push("the same at a node that receives the edit: log acceptance, effect, stored and shown".to_owned());
    vec![wrote, received]
}

/// One work with so many facts and one with few, at both nodes.
async fn prepare(scale: Scale) -> (Stage, DocumentId, DocumentId) {
    let began = Instant::now();
    let mut stage = Stage::of(&PAIR).await;
    let versions = (scale.facts / PATHS).max(1);
    let works = stage
        .county
        .with_driver(PAIR[0], async |handle| {
            let mut works = [Work::default(), Work::default()];
            for (work, versions) in works.iter_mut().zip([versions, 1]) {
                workload::state(handle, work, vec![("/facts/title".to_owned(), title(0, 0))]).await;
                for version in 0..versions {
                    let fact =
                        |i: usize| (format!("/facts/uppgift/u{i}"), Value::Text(workload::words(40, i, version)));
                    workload::state(handle, work, (0..PATHS).map(fact).collect()).await;
                }
            }
            works.map(|work| work.document.expect("it is founded"))
        })
        .await;
    stage.commits = versions as u64 + 3;
    stage.share().await;
    stage.keep(TOGETHER);
    stage.prepared = format!(
        "{} earlier facts at {PATHS} paths in {versions} releases, prepared in {:.0} s",
        versions * PATHS,
        began.elapsed().as_secs_f64()
    );
    (stage, works[0], works[1])
}

struct Edits {
    /// Seconds for one edit, of each of the two.
    cpu: [f64; 2],
    peak_kib: [u64; 2],
    wall_ms: Vec<f64>,
}

async fn edits(stage: &Stage, work: DocumentId, run: usize) -> Edits {
    let mut desk = Desk::on(stage.county.client(PAIR[0]).await, &work.to_string()).await;
    // Once untimed: caches are filled.
    edit(&mut desk, run, 0).await;
    tokio::time::sleep(CALM).await;
    let before = PAIR.map(|party| meter::read_of(&stage.county, &[party]));
    let mut wall_ms = Vec::new();
    for number in 1..=EDITS {
        let began = Instant::now();
        edit(&mut desk, run, number).await;
        wall_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
        tokio::time::sleep(PAUSE).await;
    }
    let after = PAIR.map(|party| meter::read_of(&stage.county, &[party]));
    let taken = |i: usize| after[i].since(before[i]);
    Edits {
        cpu: [0, 1].map(|i| taken(i).cpu.as_secs_f64() / f64::from(EDITS)),
        peak_kib: [0, 1].map(|i| taken(i).peak_kib),
        wall_ms,
    }
}

async fn edit(desk: &mut Desk, run: usize, number: u32) {
    desk.set("/facts/title", title(run + 1, number)).await;
    desk.publish().await;
}

fn title(run: usize, number: u32) -> Value {
    text(&format!("Arbete med historia {run} {number}"))
}
