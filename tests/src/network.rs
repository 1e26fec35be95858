//! Network faults on real nodes: a seed decides what goes wrong and who publishes meanwhile; then the lines heal, and all
//! nodes must be equal within [`HEALED_WITHIN`].
//!
//! ```text
//!   schedule (a seed) ──► play: county of real processes ──► heal ──► check: equal, nothing lost, nobody fallen
//! ```
//!
//! A schedule's decisions come from its seed alone; when each byte goes is up to the machine, so two runs of one seed are
//! alike, not identical. Schedules that share a county also find what earlier ones have left there.

mod check;
mod edits;
mod play;
pub mod report;
mod schedule;

pub use play::{Batch, HEALED_WITHIN, Outcome};
pub use report::Report;
pub use schedule::{Act, Schedule};

/// The parties of every county here. All pairs are linked.
pub const PARTIES: [&str; 4] = ["ange", "rvn", "solleftea", "timra"];
