//! Figures of speed on real node processes: design.md, section 11. TLS, signatures, admission and fsync are as in
//! production; nothing is switched off.
//!
//! ```text
//!   workload ──► each party's own store, written by its own driver while its node is stopped (not timed)
//!                  │ kept as files, put back before each run
//!                  ▼
//!   rows: catch-up, join, reconnect through the harness's forwarders; live, history, idle without them
//!                  │
//!   star: the same changes in bare Automerge on one thread ──► report: table or JSON, medians of the runs
//! ```
//!
//! What is timed is watched from outside, so that watching costs the nodes nothing: a transaction of a node is seen in
//! its database file, where SQLite shows it only once it is synced. What is then asked of the node itself must agree.
//!
//! SQLite only. The programs must be built in the same profile:
//! `cargo build --release -p samsyn-server -p samsyn-client -p samsyn-tests --bins`.

#![expect(clippy::cast_precision_loss, reason = "figures for people: counts are far below 2^52")]

mod catch_up;
mod eyes;
mod history;
mod join;
mod live;
mod meter;
mod page;
mod public_register;
mod reconnect;
mod report;
mod scan;
mod shares;
mod stage;
mod star;
mod workload;

pub use report::{Row, json, table};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Bench {
    CatchUp,
    Live,
    Join,
    Reconnect,
    Page,
    PublicRegister,
    History,
    Scan,
    All,
}

/// How much, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Works of each of the eight parties.
    pub works: usize,
    /// Live publications.
    pub publications: usize,
    /// Documents in sync, of all parties together.
    pub documents: usize,
    /// Works on the node whose pages are asked for.
    pub pages: usize,
    /// Documents in the register that anybody looks through.
    pub registered: usize,
    /// Earlier facts of one work.
    pub facts: usize,
    /// Runs of each row, of which the median counts.
    pub runs: usize,
}

/// Runs what is asked for; `told` gets each row as it is done.
pub async fn run(bench: Bench, scale: Scale, mut told: impl FnMut(Row)) {
    let wanted = |one| bench == one || bench == Bench::All;
    if wanted(Bench::CatchUp) || wanted(Bench::Join) || wanted(Bench::Live) {
        portfolio(bench, scale, &mut told).await;
    }
    if wanted(Bench::Reconnect) {
        reconnect::rows(scale).await.into_iter().for_each(&mut told);
    }
    if wanted(Bench::Page) {
        page::rows(scale).await.into_iter().for_each(&mut told);
    }
    if wanted(Bench::PublicRegister) {
        public_register::rows(scale).await.into_iter().for_each(&mut told);
    }
    if wanted(Bench::Scan) {
        told(scan::row(scale));
    }
    if wanted(Bench::History) {
        history::rows(scale).await.into_iter().for_each(&mut told);
    }
}

/// The rows that share the county of 8 × 100 works: what one leaves is what the next begins with.
async fn portfolio(bench: Bench, scale: Scale, told: &mut impl FnMut(Row)) {
    let wanted = |one| bench == one || bench == Bench::All;
    if wanted(Bench::CatchUp) {
        // As the peers were measured: all eight have the first changes of each work already.
        let mut shared = stage::Stage::portfolio(scale, true).await;
        let yardstick = star::seconds(scale.works, true);
        told(catch_up::row(&mut shared, scale, yardstick).await);
    }
    let mut apart = stage::Stage::portfolio(scale, false).await;
    let yardstick = star::seconds(scale.works, false);
    let runs = if wanted(Bench::CatchUp) { scale.runs } else { 1 };
    let row = catch_up::row(&mut apart, Scale { runs, ..scale }, yardstick).await;
    if wanted(Bench::CatchUp) {
        told(row);
    }
    if wanted(Bench::Join) {
        told(join::row(&mut apart, scale, star::join_seconds(scale.works)).await);
    }
    if wanted(Bench::Live) {
        told(live::row(apart, scale).await);
    }
}
