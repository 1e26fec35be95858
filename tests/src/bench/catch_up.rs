//! `catch-up`: eight nodes that have written apart meet. From the healing until the last of them has stored, and so
//! shows, everything.

use super::{
    Scale, eyes, meter,
    report::{Row, median},
    shares::{Counters, Parts, pages, share},
    stage::{self, APART, Stage, TOGETHER},
};
use std::time::{Duration, Instant};

pub(super) async fn row(stage: &mut Stage, scale: Scale, yardstick_s: f64) -> Row {
    let (mut runs, mut proven, mut own) = (Vec::new(), Vec::new(), Vec::new());
    let counters = Counters::on(&mut stage.county);
    for run in 0..scale.runs.max(1) {
        let done = once(stage, &counters, run == 0).await;
        proven.push(done.proven_cpu_s);
        own.push(done.own_cpu_s);
        runs.push(done.row.against(yardstick_s));
    }
    let name = if stage.prepared.contains(" 0 of them") { "catch-up" } else { "catch-up-common" };
    let mut row = Row::median(name, &runs);
    let (proven, own) = (median(proven).unwrap_or(0.0), median(own).unwrap_or(0.0));
    row.notes.push(stage.prepared.clone());
    row.notes.push(format!(
        "wall and CPU from the healing until the last node has stored all; until every commit's own signature has been \
         checked in the background: {proven:.2} s CPU. In the wall, but not in the CPU: {own:.2} s of this program (forwarders)"
    ));
    row
}

struct Done {
    row: Row,
    /// CPU until the background checks are done, too.
    proven_cpu_s: f64,
    own_cpu_s: f64,
}

async fn once(stage: &mut Stage, counters: &Counters, first: bool) -> Done {
    stage.put_back(APART);
    stage.county.stall();
    stage.start().await;
    let mut readers = stage.readers().await;
    // The dials that are under way go on at the healing; let the noise of the start go by.
    tokio::time::sleep(Duration::from_millis(500)).await;
    stage.county.forget_talks();
    let sums = counters.read().await;
    let before = meter::read(&stage.county);
    let healed = Instant::now();
    stage.county.heal();
    let stored = eyes::until_stored(&mut readers, stage.entries).await;
    let taken = meter::read(&stage.county).since(before);
    let parts = counters.since(&stage.county, &sums).await;
    let bytes = stage.county.carried_bytes();
    stage::close(readers).await;
    stage.equal().await;
    let proven = meter::read(&stage.county).since(before);
    stage.stop().await;
    if first {
        stage.keep(TOGETHER);
    }
    // All nodes work at the same time, each for as long as the others.
    let wall_s = (stored - healed).as_secs_f64();
    let mean = |of: fn(&Parts) -> f64| parts.iter().map(of).sum::<f64>() / parts.len() as f64;
    let (gate, registers) = (mean(|p| p.gate_s), mean(|p| p.registers_s));
    Done {
        row: Row {
            wall_s: Some(wall_s),
            gate_share: share(gate, wall_s, gate + registers),
            register_share: share(registers, wall_s, gate + registers),
            notes: vec![format!(
                "of the wall, at a node on average: registers {registers:.2} s ({}), gate {gate:.3} s (what is caught up on was \
                 judged when it was written)",
                pages(&parts)
            )],
            cpu_s: Some(taken.cpu.as_secs_f64()),
            rss_mb: Some(taken.peak_kib as f64 / 1024.0),
            bytes: Some(bytes as f64),
            ..Row::default()
        },
        proven_cpu_s: proven.cpu.as_secs_f64(),
        own_cpu_s: taken.own.as_secs_f64(),
    }
}
