//! `bench catch-up|live|join|reconnect|page|public-register|history|scan|all [--json] [--runs N] [--works N]`: figures of speed on real node
//! processes, with the same changes in bare Automerge as a yardstick. See `samsyn_tests::bench`.
//!
//! Figures mean something on a machine that does nothing else: the load before and after is printed with them.

use clap::Parser;
use samsyn_tests::bench::{self, Bench, Scale};
use std::fs;

/// Figures of speed on real nodes.
#[derive(Parser)]
struct Arguments {
    #[arg(value_enum)]
    bench: Bench,
    /// One JSON object per row instead of a table.
    #[arg(long)]
    json: bool,
    /// Runs of each row; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Works of each of the eight parties.
    #[arg(long, default_value_t = 100)]
    works: usize,
    /// Live publications.
    #[arg(long, default_value_t = 200)]
    publications: usize,
    /// Documents in sync when two nodes reconnect.
    #[arg(long, default_value_t = 2_000)]
    documents: usize,
    /// Works on the node whose pages are asked for.
    #[arg(long, default_value_t = 10_000)]
    pages: usize,
    /// Documents in the register that anybody looks through.
    #[arg(long, default_value_t = 100_000)]
    registered: usize,
    /// Earlier facts of the work with a history.
    #[arg(long, default_value_t = 100_000)]
    facts: usize,
}

#[tokio::main]
async fn main() {
    let Arguments { bench, json, runs, works, publications, documents, pages, registered, facts } = Arguments::parse();
    let scale = Scale { works, publications, documents, pages, registered, facts, runs };
    let before = load();
    let mut rows = Vec::new();
    bench::run(bench, scale, |row| {
        // As soon as it is there: a whole run takes minutes.
        if json {
            print!("{}", bench::json(std::slice::from_ref(&row)));
        } else {
            eprintln!("{} done", row.name);
        }
        rows.push(row);
    })
    .await;
    if !json {
        print!("{}", bench::table(&rows));
        println!("medians of {runs} runs; load of the machine before {before}, after {}", load());
    }
}

/// Processes that wanted a processor, over the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
