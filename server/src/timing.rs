//! Where the time of a release and of a transaction goes, for operators and for `bench`: sums and counts since the start,
//! shown as histograms by `metrics`. What is counted is the time that passes, with SQL in it; a machine that does other
//! things too makes all parts longer alike.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        family::{Family, MetricConstructor},
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::time::{Duration, Instant};

/// A part of the transaction that a step of the driver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Beginning it; charters, entries, values, signatures, erasures.
    Log,
    /// The rows that lists show.
    Projection,
    /// Making the items of registers and writing them, settling those that waited, and what registrars have decided.
    Registers,
    /// Working copies, requests, disposals.
    Own,
    /// The database makes it durable.
    Commit,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Projection => "projection",
            Self::Registers => "registers",
            Self::Own => "own",
            Self::Commit => "commit",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPart {
    part: &'static str,
}

/// From 0.1 ms to 1.6 s, each four times the one before.
#[derive(Debug, Clone)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(exponential_buckets(0.000_1, 4.0, 8))
    }
}

/// See the module's documentation. Cheap to clone: clones count together.
#[derive(Debug, Clone)]
pub struct Timings {
    parts: Family<OfPart, Histogram, Buckets>,
    gate: Histogram,
}

impl Default for Timings {
    fn default() -> Self {
        Self { parts: Family::new_with_constructor(Buckets), gate: Buckets.new_metric() }
    }
}

impl Timings {
    /// What the release gate took: judging what is to leave, and writing down who lets it.
    pub fn gate(&self, took: Duration) {
        self.gate.observe(took.as_secs_f64());
    }

    /// A transaction that has become durable.
    pub fn transaction(&self, laps: &Laps) {
        for (part, took) in &laps.took {
            self.parts.get_or_create(&OfPart { part: part.as_str() }).observe(took.as_secs_f64());
        }
    }

    pub fn register(&self, registry: &mut Registry) {
        let help = "Parts of the transactions that make releases durable, those of other parties too";
        registry.register_with_unit("transaction", help, Unit::Seconds, self.parts.clone());
        let help = "The release gate: judging what is to leave, and writing down who lets it";
        registry.register_with_unit("gate", help, Unit::Seconds, self.gate.clone());
    }
}

/// The parts of one transaction, one after the other.
#[derive(Debug)]
pub struct Laps {
    since: Instant,
    took: Vec<(Part, Duration)>,
}

impl Laps {
    pub fn begin() -> Self {
        Self { since: Instant::now(), took: Vec::with_capacity(5) }
    }

    /// What has passed since the last one was that part.
    pub fn done(&mut self, part: Part) {
        let now = Instant::now();
        self.took.push((part, now - self.since));
        self.since = now;
    }
}
