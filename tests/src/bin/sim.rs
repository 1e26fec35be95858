//! `sim --seeds N [--seed S] [--plant NAME|all|list] [--json]`: runs the simulation, prints what fails with the seed that
//! shows it again. With a plant it succeeds if the built-in bug is found.

use clap::Parser;
use samsyn_tests::sim::{self, Failure, plant::Plant};
use std::process::ExitCode;

/// Seeds within which a planted bug must be found.
const PLANT_SEEDS: u64 = 200;

/// Deterministic simulation of eight parties' nodes.
#[derive(Parser)]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first seed; alone it runs just this one.
    #[arg(long)]
    seed: Option<u64>,
    /// Builds in a known bug that must be found: a name, `all`, or `list`.
    #[arg(long)]
    plant: Option<String>,
    /// One JSON object on the last line.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic of the core is a finding that the run reports itself.
    std::panic::set_hook(Box::new(|info| eprintln!("panic: {info}")));
    match arguments.plant.as_deref() {
        Some("list") => {
            for plant in Plant::ALL {
                println!("{:32} {}", plant.name(), plant.what());
            }
            ExitCode::SUCCESS
        }
        Some("all") => Plant::ALL.iter().map(|p| find(*p)).fold(ExitCode::SUCCESS, |all, found| if found { all } else { ExitCode::FAILURE }),
        Some(name) => match name.parse() {
            Ok(plant) if find(plant) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(message) => {
                eprintln!("{message}");
                ExitCode::from(2)
            }
        },
        None => seeds(&arguments),
    }
}

/// Runs with a bug built in until a seed shows it.
fn find(plant: Plant) -> bool {
    for seed in 1..=PLANT_SEEDS {
        if let Err(failure) = sim::run(seed, Some(plant)) {
            println!("{:32} found at seed {seed} ({}: {})", plant.name(), failure.invariant, failure.message);
            return true;
        }
    }
    println!("{:32} NOT FOUND within {PLANT_SEEDS} seeds", plant.name());
    false
}

fn seeds(arguments: &Arguments) -> ExitCode {
    let first = arguments.seed.unwrap_or(1);
    let single = arguments.seed.is_some() && arguments.seeds == 300;
    let count = if single { 1 } else { arguments.seeds };
    let mut failures = Vec::new();
    for seed in first..first + count {
        if let Err(failure) = sim::run(seed, None) {
            if !arguments.json {
                show(&failure);
            }
            failures.push(failure);
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
