//! SIGKILL under load: once at each named point of the commit path, then at random moments and points.
//!
//! ```text
//!   coordinators ──► rvn (killed) ─── ange, timra
//! ```

use super::{
    Tally, audit,
    canaries::Canaries,
    case, choices,
    rig::{DEATH_TIMEOUT, Rig, Started, VICTIM, killed},
};
use crate::sim::random::Random;
use rustix::process::Signal;
use samsyn_server::failpoint::Point;
use std::time::{Duration, Instant};

/// Kills of one county before a new one is made.
const KILLS_PER_COUNTY: usize = 50;
/// Kills between two waits for equal digests.
const KILLS_PER_CONVERGE: usize = 10;
/// How long load runs before a random kill, at the most.
const LOAD_MS_MAX: usize = 700;
/// How many times a point is passed before the kill, at the most.
const PASSES_MAX: usize = 12;
/// A start takes this long, about: random kills of a starting node fall into it.
const START_MS: usize = 150;

/// How a node is to die.
#[derive(Debug, Clone, Copy)]
enum Death {
    /// After so many milliseconds of load.
    Moment(usize),
    /// After so many milliseconds of its start.
    Start(usize),
    /// The nth time it comes to a point.
    Point(Point, usize),
}

/// Sweeps the points, then kills at random until `times` nodes have died.
pub(crate) async fn run(times: usize, seed: u64, tally: &mut Tally) {
    let mut random = Random::new(seed);
    let mut deaths: Vec<Death> = Vec::new();
    for point in Point::ALL.iter().copied() {
        if disposes(point) {
            continue;
        }
        if begins(point) {
            let name = format!("kill at {} of a new node", point.name());
            tally.count(&name, &again(seed), case(first_start(point)).await);
        } else {
            deaths.push(Death::Point(point, 1 + random.below(3)));
        }
    }
    let swept = Point::ALL.iter().filter(|point| !disposes(**point)).count();
    deaths.extend((swept..times).map(|_| draw(&mut random)));
    let started = Instant::now();
    for (group, deaths) in deaths.chunks(KILLS_PER_COUNTY).enumerate() {
        let deaths = deaths.to_vec();
        let count = deaths.len();
        match case(one_county(deaths, choices(seed, group))).await {
            Ok(kept) => {
                tally.passed += count;
                println!("  {count} kills, {kept} acknowledged changes, all there");
            }
            Err(why) => tally.count(&format!("kill, county {group}"), &again(seed), Err(why)),
        }
    }
    let each = started.elapsed() / u32::try_from(deaths.len().max(1)).unwrap_or(u32::MAX);
    println!("  {:.2} s for each kill", each.as_secs_f32());
}

fn again(seed: u64) -> String {
    format!("crash kill --times 50 --seed {seed}")
}

/// Points that only a node's first start passes.
fn begins(point: Point) -> bool {
    matches!(point, Point::CharterPut | Point::CharterSeeded)
}

/// Points that only an erasure passes: `crash dispose` has them.
pub(super) fn disposes(point: Point) -> bool {
    use Point::{DisposeErased, DisposeGone, DisposeNoted, DraftRetired, DraftSquashed, FilesSwept};
    matches!(point, DisposeErased | DisposeGone | DisposeNoted | DraftRetired | DraftSquashed | FilesSwept)
}

/// Points that every start passes.
fn starts(point: Point) -> bool {
    matches!(point, Point::StoreMigrated | Point::StoreClaimed | Point::IncarnationMinted)
}

fn draw(random: &mut Random) -> Death {
    match random.below(10) {
        0..=5 => Death::Moment(5 + random.below(LOAD_MS_MAX)),
        6 => Death::Start(random.below(START_MS)),
        _ => {
            let points: Vec<Point> = Point::ALL
                .iter()
                .copied()
                .filter(|p| !begins(*p) && !starts(*p) && !disposes(*p) && *p != Point::RangeRead)
                .collect();
            let point = random.pick(&points).copied().unwrap_or(Point::PersistBefore);
            Death::Point(point, 1 + random.below(PASSES_MAX))
        }
    }
}

/// A node that dies in its very first start is as if it had never been started.
async fn first_start(point: Point) -> Result<(), String> {
    let mut rig = Rig::stopped(&["ange", VICTIM]).await;
    rig.set("SAMSYN_FAULT_POINT", &format!("{}:1", point.name()));
    match rig.start().await {
        Started::Dead(status) if killed(status) => {}
        other => return Err(format!("the point is never hit: {other:?}")),
    }
    rig.unset("SAMSYN_FAULT_POINT");
    rig.county.restart("ange").await;
    rig.county.restart(VICTIM).await;
    rig.found().await?;
    rig.county.converge().await;
    rig.county.stop_and_verify().await;
    Ok(())
}

/// Kills one county's node again and again; gives the acknowledged changes that survived.
async fn one_county(deaths: Vec<Death>, mut random: Random) -> Result<usize, String> {
    let mut rig = Rig::running(&super::rig::PARTIES).await?;
    let canaries = Canaries::release(&rig, &mut random).await?;
    rig.kill().await;
    rig.keep_register().await?;
    for (n, death) in deaths.iter().enumerate() {
        one(&mut rig, *death, &mut random).await.map_err(|why| format!("kill {n} ({death:?}): {why}"))?;
        if (n + 1) % KILLS_PER_CONVERGE == 0 {
            rig.county.restart(VICTIM).await;
            rig.county.converge().await;
            rig.nothing_came_back()?;
            rig.kill().await;
        }
    }
    rig.county.restart(VICTIM).await;
    rig.county.converge().await;
    rig.nothing_came_back()?;
    let state = rig.county.status(VICTIM).await;
    if (state.refused, state.pending, state.forks) != (0, 0, 0) {
        return Err(format!("{} refused, {} pending, {} forks", state.refused, state.pending, state.forks));
    }
    let kept = rig.history.kept();
    canaries.stayed(&rig)?;
    canaries.leak(&mut rig).await?;
    rig.county.stop_and_verify().await;
    Ok(kept)
}

/// From a stopped node to a dead one, and the audit.
async fn one(rig: &mut Rig, death: Death, random: &mut Random) -> Result<(), String> {
    if let Death::Point(point, passes) = death {
        if point == Point::RangeRead {
            fall_behind(rig, random).await?;
        }
        let passes = if starts(point) || point == Point::RangeRead { 1 } else { passes };
        rig.set("SAMSYN_FAULT_POINT", &format!("{}:{passes}", point.name()));
    }
    let outcome = live_and_die(rig, death, random).await;
    rig.unset("SAMSYN_FAULT_POINT");
    outcome?;
    audit::audit(rig.victim(), &rig.history).await
}

async fn live_and_die(rig: &mut Rig, death: Death, random: &mut Random) -> Result<(), String> {
    if let Death::Start(ms) = death {
        rig.county.start(VICTIM);
        tokio::time::sleep(Duration::from_millis(ms as u64)).await; // the moment of the kill is what is random
        rig.kill().await;
        return Ok(());
    }
    if let Started::Dead(status) = rig.start().await {
        return died_at_its_point(death, status);
    }
    // It may die at its point at any time from here on.
    let load = rig.load(random).await;
    let outcome = match death {
        Death::Moment(ms) => {
            tokio::time::sleep(Duration::from_millis(ms as u64)).await; // as above
            rig.kill().await;
            Ok(())
        }
        Death::Start(_) => Ok(()),
        Death::Point(..) => match rig.death(DEATH_TIMEOUT).await {
            Some(status) => died_at_its_point(death, status),
            None => Err("the point is never hit".to_owned()),
        },
    };
    if let Ok(load) = load {
        load.join_all().await;
    }
    outcome
}

fn died_at_its_point(death: Death, status: std::process::ExitStatus) -> Result<(), String> {
    match death {
        Death::Point(..) if killed(status) => Ok(()),
        _ => Err(format!("ended by itself ({status}), not by {:?}", Signal::KILL)),
    }
}

/// Leaves a neighbour without what the victim publishes, so that the victim reads a range for it at its next start.
async fn fall_behind(rig: &mut Rig, random: &mut Random) -> Result<(), String> {
    rig.county.isolate("timra");
    rig.county.restart(VICTIM).await;
    let before = rig.history.kept();
    let load = rig.load(random).await?;
    crate::county::until("some changes are acknowledged", || async { rig.history.kept() > before + 10 }).await;
    rig.kill().await;
    load.join_all().await;
    rig.county.heal();
    Ok(())
}
