//! `hostile [--case NAME]... [--list] [--json]`: attacks real nodes with real keys, and checks that each attack ends in
//! its stable code, harms nobody and costs little. Ends with `N passed, M failed`; exit code 1 if any failed.

use clap::Parser;
use samsyn_tests::hostile::{self, Outcome};
use std::process::ExitCode;

/// Hostile peers against real nodes.
#[derive(Parser)]
struct Arguments {
    /// Runs only this case (may be given several times).
    #[arg(long)]
    case: Vec<String>,
    /// Names every case and what it tries.
    #[arg(long)]
    list: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut cases = hostile::all();
    if let Some(unknown) = arguments.case.iter().find(|name| !cases.iter().any(|c| c.name == **name)) {
        eprintln!("there is no case '{unknown}': see --list");
        return ExitCode::from(2);
    }
    if !arguments.case.is_empty() {
        cases.retain(|c| arguments.case.iter().any(|name| name == c.name));
    }
    if arguments.list {
        for case in &cases {
            println!("{:28} {}", case.name, case.what);
        }
        return ExitCode::SUCCESS;
    }
    // A panic of a case is a finding that the run reports itself.
    std::panic::set_hook(Box::new(|_| {}));
    let told = |outcome: &Outcome| {
        if !arguments.json {
            show(outcome);
        }
    };
    let outcomes = match hostile::run(&cases, told).await {
        Ok(outcomes) => outcomes,
        Err(error) => {
            eprintln!("hostile: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let failed = outcomes.iter().filter(|o| o.fault.is_some()).count();
    if arguments.json {
        let rows: Vec<_> = outcomes.iter().map(row).collect();
        println!("{}", serde_json::json!({ "schema": 1, "data": rows }));
    } else {
        println!("{} passed, {failed} failed", outcomes.len() - failed);
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(outcome: &Outcome) {
    let Outcome { name, fault, took, served, grown_kib } = outcome;
    let word = if fault.is_some() { "FAILED" } else { "ok" };
    let served = served.map_or_else(String::new, |s| format!(", others served in {} ms", s.as_millis()));
    println!("{name:28} {word:6} {:5} ms{served}, +{} MiB", took.as_millis(), grown_kib / 1024);
    if let Some(fault) = fault {
        println!("    {}", fault.replace('\n', "\n    "));
    }
}

fn row(outcome: &Outcome) -> serde_json::Value {
    serde_json::json!({
        "case": outcome.name,
        "passed": outcome.fault.is_none(),
        "fault": outcome.fault,
        "took_ms": u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
        "served_ms": outcome.served.map(|s| u64::try_from(s.as_millis()).unwrap_or(u64::MAX)),
        "grown_kib": outcome.grown_kib,
    })
}
