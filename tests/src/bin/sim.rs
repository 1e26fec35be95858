//! `sim --seeds N [--seed S] [--plant NAME|all|list] [--json]`: runs the simulation, prints what fails with the seed that
//! shows it again. With a plant it succeeds if the built-in bug is found.

use clap::Parser;
use samsyn_tests::sim::{self, Failure, plant::Plant, tally::Tally};
use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
};

/// Seeds that are run unless told otherwise.
const SEEDS: u64 = 300;
/// Seeds within which a planted bug must be found.
const PLANT_SEEDS: u64 = 200;

/// Deterministic simulation of eight parties' nodes.
#[derive(Parser)]
struct Arguments {
    /// How many seeds to run [default: 300, or 1 with --seed].
    #[arg(long)]
    seeds: Option<u64>,
    /// The first seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Builds in a known bug that must be found within 200 seeds: a name, `all`, or `list`.
    #[arg(long)]
    plant: Option<String>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic of the core is a finding that the run reports itself.
    std::panic::set_hook(Box::new(|info| eprintln!("panic: {info}")));
    let found = match arguments.plant.as_deref() {
        None => return seeds(&arguments),
        Some("list") => {
            for plant in Plant::ALL {
                println!("{:32} {}", plant.name(), plant.what());
            }
            true
        }
        Some("all") => {
            let missed = Plant::ALL.iter().filter(|plant| !find(**plant, &arguments)).count();
            missed == 0
        }
        Some(name) => match name.parse() {
            Ok(plant) => find(plant, &arguments),
            Err(message) => {
                eprintln!("{message}");
                return ExitCode::from(2);
            }
        },
    };
    if found { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs with a bug built in until a seed shows it.
fn find(plant: Plant, arguments: &Arguments) -> bool {
    let first = arguments.seed.unwrap_or(1);
    let failure = (first..first + PLANT_SEEDS).find_map(|seed| sim::run(seed, Some(plant)).err());
    match (&failure, arguments.json) {
        (Some(f), false) => println!("{:32} found at seed {} ({}: {})", plant.name(), f.seed, f.invariant, f.message),
        (None, false) => println!("{:32} NOT FOUND within {PLANT_SEEDS} seeds", plant.name()),
        (failure, true) => {
            println!("{}", serde_json::json!({ "plant": plant.name(), "seed": failure.as_ref().map(|f| f.seed) }));
        }
    }
    failure.is_some()
}

/// Runs seeds on every processor; each run is its own, so the result does not depend on how they are spread.
fn run_all(first: u64, count: u64) -> Vec<(u64, Result<Tally, Failure>)> {
    let next = AtomicU64::new(first);
    let work = || {
        let mut results = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first.saturating_add(count) {
                return results;
            }
            results.push((seed, sim::run(seed, None)));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut results: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|w| w.join().expect("panics are caught within a run")).collect()
    });
    results.sort_by_key(|(seed, _)| *seed);
    results
}

fn seeds(arguments: &Arguments) -> ExitCode {
    let first = arguments.seed.unwrap_or(1);
    let count = arguments.seeds.unwrap_or(if arguments.seed.is_some() { 1 } else { SEEDS });
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    for (_, result) in run_all(first, count) {
        match result {
            Ok(run) => tally += run,
            Err(failure) => failures.push(failure),
        }
    }
    let passed = count - u64::try_from(failures.len()).unwrap_or(0);
    if arguments.json {
        let failed: Vec<_> = failures
            .iter()
            .map(|f| serde_json::json!({ "seed": f.seed, "invariant": f.invariant, "message": f.message }))
            .collect();
        println!("{}", serde_json::json!({ "seeds": count, "passed": passed, "failed": failed }));
    } else {
        failures.iter().for_each(show);
        println!("{tally}");
        println!("{passed} passed, {} failed", failures.len());
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(failure: &Failure) {
    for line in &failure.trace {
        println!("  {line}");
    }
    println!("seed {}: {} does not hold: {}", failure.seed, failure.invariant, failure.message);
    println!("again: cargo run --release -p samsyn-tests --bin sim -- --seed {}", failure.seed);
}
