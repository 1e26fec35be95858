//! What a seed decides: which faults, where and when, and who publishes what meanwhile.

use super::PARTIES;
use crate::{
    county::{Ending, Fault},
    sim::random::Random,
};
use std::{fmt, time::Duration};

/// Bytes within which connections are cut or corrupted: handshake, greeting and the first commits.
const EARLY_BYTES: usize = 8_000;

/// One thing that happens. Numbers are indices into [`PARTIES`]. Faults last until all is healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// What one party sends to another suffers.
    Fault { from: usize, to: usize, fault: Fault },
    /// The connections between two parties end; they dial again, into whatever fault there is.
    Tear { one: usize, other: usize },
    /// The named party and those after it, and the others, do not reach each other.
    Partition { first: usize, count: usize },
    /// All lines of one party go down and come up in turns.
    Flap { party: usize, every: Duration },
    /// The process stands still with its connections open.
    Freeze { party: usize },
    /// The process is killed; started again when all is healed.
    Crash { party: usize },
    /// Somebody there publishes a new work.
    Publish { party: usize },
    /// Somebody there writes a word into the joint note that all parties write.
    Note { party: usize },
}

/// What one seed means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub seed: u64,
    /// Sorted by time since the beginning.
    pub acts: Vec<(Duration, Act)>,
    /// When all is healed.
    pub hold: Duration,
}

impl Schedule {
    /// `hold` stretches the faults to that length; publications then come at the beginning and just before the healing.
    pub fn of(seed: u64, hold: Option<Duration>) -> Self {
        let mut random = Random::new(seed ^ 0x4E45_5457);
        // Now and then long enough for waits between attempts to grow and for signs of life to be missed.
        let drawn = if random.chance(8) { millis(&mut random, 8_000, 20_000) } else { millis(&mut random, 600, 1_400) };
        let mut schedule = Self { seed, acts: Vec::new(), hold: hold.unwrap_or(drawn) };
        for _ in 0..=random.below(3) {
            let at = millis(&mut random, 0, 400);
            schedule.storm(at, &mut random);
        }
        for _ in 0..2 + random.below(4) {
            let (at, party) = (millis(&mut random, 50, 900), random.below(PARTIES.len()));
            let act = if random.chance(40) { Act::Note { party } } else { Act::Publish { party } };
            if hold.is_some() {
                schedule.acts.push((schedule.hold.saturating_sub(at), act.clone()));
            }
            schedule.acts.push((at, act));
        }
        schedule.acts.sort_by_key(|(at, _)| *at);
        schedule
    }

    /// One fault: on lines in one direction or both, on a party, or between groups.
    fn storm(&mut self, at: Duration, random: &mut Random) {
        let party = random.below(PARTIES.len());
        let other = (party + 1 + random.below(PARTIES.len() - 1)) % PARTIES.len();
        let after = u64::try_from(random.below(EARLY_BYTES)).unwrap_or(0);
        let fault = match random.below(100) {
            0..12 => Fault::Delay { ms: number(random, 1, 120), jitter_ms: number(random, 0, 200) },
            12..24 => Fault::Cut { after, how: Ending::Reset },
            24..36 => Fault::Cut { after, how: Ending::Close },
            36..50 => Fault::Corrupt { after },
            50..60 => Fault::Trickle { bytes_per_second: number(random, 100, 20_000) },
            60..72 => Fault::Stall,
            72..78 => Fault::Swallow,
            78..85 => return self.acts.push((at, Act::Flap { party, every: millis(random, 20, 400) })),
            85..92 => {
                let count = 1 + random.below(PARTIES.len() - 1);
                return self.acts.push((at, Act::Partition { first: party, count }));
            }
            92..96 => return self.acts.push((at, Act::Freeze { party })),
            _ => return self.acts.push((at, Act::Crash { party })),
        };
        let (scope, both, tear) = (random.below(4), random.chance(50), random.chance(50));
        for (from, to) in pairs(scope, party, other) {
            self.acts.push((at, Act::Fault { from, to, fault }));
            if both {
                self.acts.push((at, Act::Fault { from: to, to: from, fault }));
            }
            // New connections meet the fault in their handshake, old ones between two frames.
            if tear {
                self.acts.push((at, Act::Tear { one: from, other: to }));
            }
        }
    }

    /// True if a party's own service may be away for a while.
    pub(super) fn disturbs(&self, party: usize) -> bool {
        self.acts.iter().any(|(_, act)| match act {
            Act::Freeze { party: p } | Act::Crash { party: p } => *p == party,
            _ => false,
        })
    }

    /// Names of what goes wrong here, each once.
    pub fn faults(&self) -> std::collections::BTreeSet<&'static str> {
        let name = |act: &Act| match act {
            Act::Fault { fault, .. } => Some(fault.name()),
            Act::Partition { .. } => Some("partition"),
            Act::Flap { .. } => Some("flap"),
            Act::Freeze { .. } => Some("freeze"),
            Act::Crash { .. } => Some("crash"),
            Act::Tear { .. } | Act::Publish { .. } | Act::Note { .. } => None,
        };
        self.acts.iter().filter_map(|(_, act)| name(act)).collect()
    }
}

/// Which lines suffer: one, all of a party, or all there are, so that nobody can relay.
fn pairs(scope: usize, party: usize, other: usize) -> Vec<(usize, usize)> {
    let all = 0..PARTIES.len();
    match scope {
        0 | 1 => vec![(party, other)],
        2 => all.filter(|o| *o != party).map(|o| (party, o)).collect(),
        _ => all.clone().flat_map(|one| all.clone().filter(move |o| *o > one).map(move |o| (one, o))).collect(),
    }
}

fn number(random: &mut Random, least: u64, most: u64) -> u64 {
    least + u64::try_from(random.below(usize::try_from(most - least + 1).unwrap_or(1))).unwrap_or(0)
}

fn millis(random: &mut Random, least: u64, most: u64) -> Duration {
    Duration::from_millis(number(random, least, most))
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { from, to, fault } => write!(f, "{} to {}: {fault}", PARTIES[*from], PARTIES[*to]),
            Self::Tear { one, other } => write!(f, "{} and {} are torn apart", PARTIES[*one], PARTIES[*other]),
            Self::Partition { first, count } => write!(f, "{count} from {} on are cut off", PARTIES[*first]),
            Self::Flap { party, every } => write!(f, "{} flaps every {} ms", PARTIES[*party], every.as_millis()),
            Self::Freeze { party } => write!(f, "{} stands still", PARTIES[*party]),
            Self::Crash { party } => write!(f, "{} is killed", PARTIES[*party]),
            Self::Publish { party } => write!(f, "{} publishes a work", PARTIES[*party]),
            Self::Note { party } => write!(f, "{} writes in the note", PARTIES[*party]),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, act) in &self.acts {
            writeln!(f, "  {:>7} ms  {act}", at.as_millis())?;
        }
        write!(f, "  {:>7} ms  all is healed", self.hold.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_schedule_and_another_seed_another() {
        assert_eq!(Schedule::of(7, None), Schedule::of(7, None));
        assert_ne!(Schedule::of(7, None).acts, Schedule::of(8, None).acts);
    }

    #[test]
    fn a_hundred_seeds_have_every_kind_of_fault() {
        let seen: std::collections::BTreeSet<_> =
            (1..=100).flat_map(|seed| Schedule::of(seed, None).faults()).collect();
        let all = [
            "close",
            "corrupt",
            "crash",
            "delay",
            "flap",
            "freeze",
            "partition",
            "reset",
            "stall",
            "swallow",
            "trickle",
        ];
        assert_eq!(seen, all.into());
    }

    #[test]
    fn a_schedule_stretched_is_written_to_at_both_ends() {
        let long = Schedule::of(7, Some(Duration::from_mins(3)));
        let writes = |(_, act): &&(Duration, Act)| matches!(act, Act::Publish { .. } | Act::Note { .. });
        let at: Vec<_> = long.acts.iter().filter(writes).map(|(at, _)| *at).collect();
        assert!(at.first() < Some(&Duration::from_secs(1)) && at.last() > Some(&Duration::from_secs(178)), "{at:?}");
    }
}
