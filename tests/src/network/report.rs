//! What many schedules came to.

use super::play::Outcome;
use std::{collections::BTreeMap, fmt, time::Duration};

/// A schedule that did not end as it must.
#[derive(Debug, Clone)]
pub struct Failure {
    pub seed: u64,
    /// The first seed that was played in the same county.
    pub first: u64,
    pub message: String,
}

/// See the module's documentation.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
    pub failures: Vec<Failure>,
}

impl Report {
    pub fn merge(&mut self, other: Self) {
        self.outcomes.extend(other.outcomes);
        self.failures.extend(other.failures);
    }

    /// The time within which so many of a hundred schedules were equal again.
    pub fn healed_within(&self, percent: usize) -> Duration {
        let mut times: Vec<Duration> = self.outcomes.iter().map(|o| o.healed_after).collect();
        times.sort();
        let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(index).copied().unwrap_or_default()
    }

    /// How many schedules had each kind of fault.
    pub fn faults(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for fault in self.outcomes.iter().flat_map(|o| &o.faults) {
            *counts.entry(*fault).or_default() += 1;
        }
        counts
    }

    fn total(&self, of: impl Fn(&Outcome) -> usize) -> usize {
        self.outcomes.iter().map(of).sum()
    }

    fn most(&self, of: impl Fn(&Outcome) -> u64) -> u64 {
        self.outcomes.iter().map(of).max().unwrap_or(0)
    }

    pub fn json(&self) -> serde_json::Value {
        let failed: Vec<_> = self
            .failures
            .iter()
            .map(|f| serde_json::json!({ "seed": f.seed, "first_seed_of_county": f.first, "message": f.message }))
            .collect();
        let ms = |percent| u64::try_from(self.healed_within(percent).as_millis()).unwrap_or(u64::MAX);
        serde_json::json!({
            "passed": self.outcomes.len(),
            "failed": failed,
            "healed_ms": { "p50": ms(50), "p90": ms(90), "p99": ms(99), "max": ms(100) },
            "acknowledged": self.total(|o| o.acknowledged),
            "unanswered": self.total(|o| o.unanswered),
            "faults": self.faults(),
            "peak_kib": self.most(|o| o.footprint.peak_kib),
            "files": self.most(|o| u64::try_from(o.footprint.files).unwrap_or(u64::MAX)),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |percent| self.healed_within(percent).as_secs_f64();
        let faults: Vec<String> = self.faults().into_iter().map(|(name, n)| format!("{name} {n}")).collect();
        writeln!(f, "schedules with: {}", faults.join(", "))?;
        writeln!(
            f,
            "{} publications acknowledged and at every node, {} not acknowledged by frozen or killed nodes",
            self.total(|o| o.acknowledged),
            self.total(|o| o.unanswered)
        )?;
        writeln!(
            f,
            "equal after the healing: p50 {:.2} s, p90 {:.2} s, p99 {:.2} s, max {:.2} s",
            seconds(50),
            seconds(90),
            seconds(99),
            seconds(100)
        )?;
        write!(
            f,
            "largest node: {} MiB resident at its peak, {} open files",
            self.most(|o| o.footprint.peak_kib) / 1024,
            self.most(|o| u64::try_from(o.footprint.files).unwrap_or(u64::MAX))
        )
    }
}
