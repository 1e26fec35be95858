//! Crash and copy: real nodes under client load that are killed with SIGKILL at random and at named points, lose their
//! power, meet failing disks and flipped bits, and are cloned, restored and put back. Every acknowledged change must be
//! there afterwards, nothing unacknowledged twice, and whoever keeps the node must be told.

mod audit;
mod canaries;
mod copies;
mod disk;
mod dispose;
mod faults;
mod flips;
mod history;
mod kill;
mod load;
mod mount;
mod power;
mod rig;
mod shipped;
mod view;

use crate::sim::random::Random;
use clap::{Parser, Subcommand};
use std::{
    any::Any,
    process::ExitCode,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long one case may take before it counts as failed.
const CASE_TIMEOUT: Duration = Duration::from_mins(5);

/// Nodes that are killed, lose power, get damaged disks, and are copied.
#[derive(Debug, Parser)]
pub struct Arguments {
    #[command(subcommand)]
    mode: Mode,
    /// Decides every choice of the run; printed with each failure [default: the time].
    #[arg(long, global = true)]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Mode {
    /// SIGKILL: once at each named point, the rest at random moments and points
    Kill {
        #[arg(long, default_value_t = 50)]
        times: usize,
    },
    /// Power cuts: unsynced writes are dropped and torn; with the negative control
    Power {
        #[arg(long, default_value_t = 30)]
        cuts: usize,
    },
    /// Disks that are full, read-only or give errors at some operation
    Faults {
        #[arg(long, default_value_t = 9)]
        times: usize,
    },
    /// One bit flipped in one of a node's files
    Flips {
        #[arg(long, default_value_t = 40)]
        times: usize,
    },
    /// SIGKILL at each step of a disposal by decision
    Dispose,
    /// Clones, old copies, snapshots, double starts
    Copies,
    /// That the program that ships has no fail points in it
    Shipped,
    /// All of it
    All,
}

/// What a run has come to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Counts one case; a failure is told with what shows it again.
    fn count(&mut self, name: &str, again: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(why) => {
                self.failed += 1;
                println!("FAILED {name}: {why}\n  again: {again}");
            }
        }
    }
}

/// Runs a mode; exit code 1 if anything failed.
pub fn main(arguments: &Arguments) -> ExitCode {
    let seed = arguments.seed.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(now.subsec_nanos()) ^ now.as_secs()
    });
    println!("seed {seed}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    let mut tally = Tally::default();
    let modes = match arguments.mode {
        Mode::All => vec![
            Mode::Shipped,
            Mode::Kill { times: 50 },
            Mode::Power { cuts: 30 },
            Mode::Faults { times: 9 },
            Mode::Flips { times: 40 },
            Mode::Dispose,
            Mode::Copies,
        ],
        one => vec![one],
    };
    for mode in modes {
        let started = Instant::now();
        let before = tally.passed;
        runtime.block_on(run(mode, seed, &mut tally));
        println!("{mode:?}: {} passed in {:.1} s", tally.passed - before, started.elapsed().as_secs_f32());
    }
    runtime.shutdown_background();
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(mode: Mode, seed: u64, tally: &mut Tally) {
    match mode {
        Mode::Kill { times } => kill::run(times, seed, tally).await,
        Mode::Power { cuts } => power::run(cuts, seed, tally).await,
        Mode::Faults { times } => faults::run(times, seed, tally).await,
        Mode::Flips { times } => flips::run(times, seed, tally).await,
        Mode::Dispose => dispose::run(tally).await,
        Mode::Copies => copies::run(tally).await,
        Mode::Shipped | Mode::All => shipped::run(tally),
    }
}

/// Runs one case in a task of its own: what it asserts fails it, and not the whole run.
async fn case<T: Send + 'static>(work: impl Future<Output = Result<T, String>> + Send + 'static) -> Result<T, String> {
    let task = tokio::spawn(tokio::time::timeout(CASE_TIMEOUT, work));
    match task.await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(format!("not done after {CASE_TIMEOUT:?}")),
        Err(error) => Err(error.try_into_panic().map_or_else(|e| e.to_string(), |panic| said(&*panic))),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned())).unwrap_or_else(|| "a panic".to_owned())
}

/// The choices of one case of a run.
fn choices(seed: u64, case: usize) -> Random {
    let mut random = Random::new(seed);
    for _ in 0..case % 97 {
        random.number();
    }
    Random::new(random.number() ^ case as u64)
}
