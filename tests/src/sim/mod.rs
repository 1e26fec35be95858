//! Deterministic simulation: eight parties and their nodes over in-memory disks and streams, without network, threads or
//! clock. One seed decides everything that happens. The core's machine is driven exactly as the server's driver does it;
//! the invariants of the design (section 10) are checked on the way and at the end.

mod check;
mod county;
mod disk;
mod edits;
mod events;
mod hostile;
mod network;
mod node;
pub mod plant;
pub(crate) mod random;
mod rights;
mod settle;
pub mod tally;
mod trace;
mod world;

use check::{Check, Violation};
use plant::Plant;
use tally::Tally;
use world::World;

/// Steps between checks that look at all nodes.
const SURVEY_EVERY: usize = 40;

/// What a seed led to.
#[derive(Debug, Clone)]
pub struct Failure {
    pub seed: u64,
    pub invariant: &'static str,
    pub message: String,
    pub trace: Vec<String>,
}

/// Runs one seed, with a known bug built in or without; says what it has been through.
pub fn run(seed: u64, plant: Option<Plant>) -> Result<Tally, Failure> {
    let failure = |violation: Violation, trace| Failure {
        seed,
        invariant: violation.invariant,
        message: violation.message,
        trace,
    };
    let mut world = World::new(seed, plant).map_err(|v| failure(v, Vec::new()))?;
    match live(&mut world).and_then(|()| settle::settle(&mut world)) {
        Ok(()) => Ok(Tally::end(&mut world)),
        Err(violation) => Err(failure(violation, world.trace.lines())),
    }
}

/// The rough part: edits, attacks, crashes, partitions, charters, in the order that the seed decides.
fn live(world: &mut World) -> Check {
    world.begin()?;
    let steps = 400 + world.random.below(400);
    for step in 0..steps {
        match world.random.below(200) {
            0..130 => drop(world.deliver()?),
            130..140 => {
                let ms = if world.random.chance(10) { 25_000 } else { 50 + world.random.below(300) };
                world.tick(u64::try_from(ms).unwrap_or(0))?;
            }
            140..165 => world.edit()?,
            165..178 => {
                let (a, b) = (world.random.below(world.nodes.len()), world.random.below(world.nodes.len()));
                world.connect(a, b)?;
            }
            178..182 => world.restart_some()?,
            182..184 => {
                let index = world.random.below(world.nodes.len());
                world.stop(index);
            }
            184 => world.partition_or_heal(),
            185..187 => world.snapshot_or_restore()?,
            187 => world.clone_some()?,
            188 | 189 => world.amend()?,
            _ => world.attack()?,
        }
        if step % SURVEY_EVERY == 0 {
            world.survey()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_run() {
        let once = run(7, None).map_err(|f| f.message);
        assert!(once.is_ok(), "{once:?}");
        assert_eq!(once, run(7, None).map_err(|f| f.message));
        assert_ne!(once, run(8, None).map_err(|f| f.message));
    }

    #[test]
    fn a_planted_bug_is_found() {
        let found = (1..20).find_map(|seed| run(seed, Some(Plant::SendBeforePersist)).err());
        assert_eq!(found.map(|f| f.invariant), Some("I1"));
    }
}
