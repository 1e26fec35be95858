//! `network --schedules N [--seed S] [--json]`: plays schedules of network faults in counties of real node processes and
//! prints what fails with the seed that shows it again.
//!
//! A seed decides what happens and when; how fast processes and sockets are is up to the machine. So a seed that failed
//! fails again if the fault is in what happens, and maybe only sometimes if it is in the timing.

use clap::Parser;
use samsyn_tests::network::{Batch, Outcome, Report, Schedule, report::Failure};
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

const SCHEDULES: u64 = 100;

/// Network faults on real nodes.
#[derive(Parser)]
struct Arguments {
    /// How many schedules to play [default: 100, or 1 with --seed].
    #[arg(long)]
    schedules: Option<u64>,
    /// The first seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Schedules that are played one after another in one county.
    #[arg(long, default_value_t = 20)]
    per_county: u64,
    /// Counties at the same time: most of a schedule is waiting.
    #[arg(long, default_value_t = 5)]
    jobs: u64,
    /// Stretches the faults of each schedule to so many seconds.
    #[arg(long)]
    hold: Option<u64>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Prints each schedule and how it went.
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy)]
struct Plan {
    end: u64,
    per_county: u64,
    hold: Option<Duration>,
    verbose: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let first = arguments.seed.unwrap_or(1);
    let count = arguments.schedules.unwrap_or(if arguments.seed.is_some() { 1 } else { SCHEDULES });
    let plan = Plan {
        end: first.saturating_add(count),
        per_county: arguments.per_county.max(1),
        hold: arguments.hold.map(Duration::from_secs),
        verbose: arguments.verbose,
    };
    let next = Arc::new(AtomicU64::new(first));
    let workers: Vec<_> = (0..arguments.jobs.max(1)).map(|_| tokio::spawn(work(next.clone(), plan))).collect();
    let mut report = Report::default();
    for worker in workers {
        report.merge(worker.await.expect("panics are caught within a county"));
    }
    report.failures.sort_by_key(|f| f.seed);
    if arguments.json {
        println!("{}", report.json());
    } else {
        report.failures.iter().for_each(|failure| show(failure, plan));
        println!("{report}");
        println!("{} passed, {} failed", report.outcomes.len(), report.failures.len());
    }
    if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Takes counties' worth of seeds until there are none left.
async fn work(next: Arc<AtomicU64>, plan: Plan) -> Report {
    let mut report = Report::default();
    loop {
        let first = next.fetch_add(plan.per_county, Ordering::Relaxed);
        let mut seeds = first..first.saturating_add(plan.per_county).min(plan.end);
        if seeds.is_empty() {
            return report;
        }
        // After a failure the rest goes on in a new county.
        while !seeds.is_empty() {
            report.merge(county(&mut seeds, plan).await);
        }
    }
}

/// Plays seeds in one county, until they are done or one fails. A panic of the harness fails the seed that is played.
async fn county(seeds: &mut std::ops::Range<u64>, plan: Plan) -> Report {
    let first = seeds.start;
    let playing = Arc::new(AtomicU64::new(first));
    let (outcomes, mut ended) = mpsc::unbounded_channel();
    let (now, rest) = (playing.clone(), seeds.clone());
    let played = tokio::spawn(async move { play(rest, &now, plan, &outcomes).await });
    let result = played.await.unwrap_or_else(|error| Err(panic_message(error)));
    let mut report = Report::default();
    while let Ok(outcome) = ended.try_recv() {
        report.outcomes.push(outcome);
    }
    let seed = playing.load(Ordering::Relaxed);
    seeds.start = if result.is_ok() { seeds.end } else { seed + 1 };
    if let Err(message) = result {
        report.outcomes.retain(|o| o.seed != seed);
        report.failures.push(Failure { seed, first, message });
    }
    report
}

async fn play(
    seeds: std::ops::Range<u64>,
    playing: &AtomicU64,
    plan: Plan,
    outcomes: &mpsc::UnboundedSender<Outcome>,
) -> Result<(), String> {
    let mut batch = Batch::start().await?;
    for seed in seeds {
        playing.store(seed, Ordering::Relaxed);
        let schedule = Schedule::of(seed, plan.hold);
        let outcome = batch.play(&schedule).await?;
        if plan.verbose {
            eprintln!("seed {seed}: equal after {:?}\n{schedule}", outcome.healed_after);
        }
        outcomes.send(outcome).ok(); // its reader waits for this task
    }
    batch.finish().await
}

fn panic_message(error: tokio::task::JoinError) -> String {
    let text = error.to_string();
    let Ok(payload) = error.try_into_panic() else { return text };
    payload.downcast::<String>().map_or(text, |message| *message)
}

fn show(failure: &Failure, plan: Plan) {
    println!("seed {}: {}", failure.seed, failure.message);
    println!("{}", Schedule::of(failure.seed, plan.hold));
    let hold = plan.hold.map_or_else(String::new, |hold| format!(" --hold {}", hold.as_secs()));
    println!("again: cargo run -p samsyn-tests --bin network -- --seed {}{hold}", failure.seed);
    if failure.first != failure.seed {
        let count = failure.seed - failure.first + 1;
        println!(
            "with what was played before it in the same county: --seed {} --schedules {count} --per-county {count}{hold}",
            failure.first
        );
    }
}
