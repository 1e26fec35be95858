//! What runs have been through, so that "all passed" can be seen to mean something.

use super::world::World;
use samsyn_core::effect::Verdict;
use std::{fmt, ops::AddAssign};

macro_rules! tally {
    ($($field:ident),* $(,)?) => {
        /// Counts of one run or of many.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Tally { $(pub $field: u64,)* }

        impl AddAssign for Tally {
            fn add_assign(&mut self, other: Self) {
                $(self.$field += other.$field;)*
            }
        }
        impl fmt::Display for Tally {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(write!(f, "{} {}, ", self.$field, stringify!($field))?;)*
                f.write_str("in all")
            }
        }
    };
}

tally!(
    steps,
    frames,
    writes,
    attacks,
    charters,
    crashes,
    restores,
    clones,
    partitions,
    spaces,
    admitted,
    refused,
    pending,
    forks,
    erased,
    words,
    struck,
    marks,
    marks_lifted,
    spoiled
);

impl Tally {
    /// What the first node ends with.
    pub(super) fn end(world: &mut World) -> Self {
        let mut tally = std::mem::take(&mut world.tally);
        tally.spaces = count(world.truth.spaces.len());
        tally.words = count(world.truth.words.len());
        tally.struck += count(world.truth.struck.len());
        let Some(ledger) = world.nodes[0].ledger() else { return tally };
        for (_, record) in ledger.records() {
            match record.verdict {
                Verdict::Admitted => tally.admitted += 1,
                Verdict::Refused(_) => tally.refused += 1,
                Verdict::Pending(_) => tally.pending += 1,
            }
        }
        tally.forks = count(ledger.logs().filter(|(_, log)| log.forked()).count());
        tally.erased = count(ledger.documents().map(|(_, d)| d.document.erased().len()).sum());
        tally
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
