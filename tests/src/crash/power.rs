//! Power cuts: the victim's database lies on a disk that drops and tears what was not synced. The power goes at a
//! chosen write or sync, in the middle of load. The same with a database that is not synced at each commit must lose
//! acknowledged changes: else this program is blind.

use super::{
    Tally, audit, case, choices,
    disk::Disk,
    mount::Mounted,
    rig::{DEATH_TIMEOUT, Rig, Started, VICTIM},
};
use crate::{county::until, sim::random::Random};
use std::fs;

/// Cuts of one county before a new one is made.
const CUTS_PER_COUNTY: usize = 25;
/// The last operation at which the power goes, from the start of the load.
const OPERATIONS_MAX: usize = 400;
/// Cuts within which the negative control must lose something.
const BLIND_AFTER: usize = 10;

pub(crate) async fn run(cuts: usize, seed: u64, tally: &mut Tally) {
    let again = format!("crash power --cuts {cuts} --seed {seed}");
    let control = case(control(choices(seed, 0))).await;
    tally.count("power: the control with synchronous=NORMAL loses what was acknowledged", &again, control);
    let mut left = cuts;
    let mut group = 1;
    while left > 0 {
        let count = left.min(CUTS_PER_COUNTY);
        match case(one_county(count, choices(seed, group))).await {
            Ok(said) => {
                tally.passed += count;
                println!("  {count} cuts, {said}");
            }
            Err(why) => tally.count(&format!("power, county {group}"), &again, Err(why)),
        }
        (left, group) = (left - count, group + 1);
    }
}

/// A rig whose victim's database lies on a disk of ours, stopped.
pub(crate) async fn on_a_disk(parties: &[&str]) -> Result<(Rig, Mounted), String> {
    let mut rig = Rig::stopped(parties).await;
    let mut disk = Disk::default();
    for file in ["node.db", "node.db-wal"] {
        if let Ok(bytes) = fs::read(rig.victim().dir.join(file)) {
            disk.place(file, bytes);
        }
    }
    let mounted = Mounted::new(&rig.county.dir().join("disk"), disk)?;
    rig.set("SAMSYN__STORE__URL", &format!("sqlite://{}/node.db", mounted.at().display()));
    for party in parties {
        rig.county.restart(party).await;
    }
    rig.found().await?;
    Ok((rig, mounted))
}

async fn one_county(cuts: usize, mut random: Random) -> Result<String, String> {
    let (mut rig, mut mounted) = on_a_disk(&super::rig::PARTIES).await?;
    for n in 0..cuts {
        cut(&mut rig, &mut mounted, &mut random).await.map_err(|why| format!("cut {n}: {why}"))?;
        audit::audit(rig.victim(), &rig.history).await.map_err(|why| format!("after cut {n}: {why}"))?;
        rig.county.restart(VICTIM).await;
    }
    rig.county.converge().await;
    rig.nothing_came_back()?;
    let said =
        format!("{} acknowledged changes, all there; {} checkpoints", rig.history.kept(), mounted.disk().checkpoints);
    rig.county.stop_and_verify().await;
    Ok(said)
}

/// From a running node, through load, to what is left of its disk.
async fn cut(rig: &mut Rig, mounted: &mut Mounted, random: &mut Random) -> Result<(), String> {
    let load = rig.load(random).await?;
    mounted.disk().cut_after(1 + random.below(OPERATIONS_MAX));
    let deadline = std::time::Instant::now() + DEATH_TIMEOUT;
    until("the power has gone", || async { mounted.disk().is_off() || std::time::Instant::now() > deadline }).await;
    rig.kill().await;
    load.join_all().await;
    mounted.remount(|disk| disk.cut(random))
}

/// Without a sync at each commit, cuts must lose what was acknowledged.
async fn control(mut random: Random) -> Result<(), String> {
    let (mut rig, mut mounted) = on_a_disk(&["ange", VICTIM]).await?;
    rig.set("SAMSYN_FAULT_SYNCHRONOUS", "NORMAL");
    rig.county.isolate(VICTIM);
    rig.kill().await;
    for n in 0..BLIND_AFTER {
        match rig.start().await {
            Started::Answers => {}
            Started::Dead(status) => return Err(format!("the control does not start ({status})")),
        }
        cut(&mut rig, &mut mounted, &mut random).await?;
        rig.unset("SAMSYN_FAULT_SYNCHRONOUS");
        if let Err(why) = audit::audit(rig.victim(), &rig.history).await {
            println!("  the control lost at cut {}: {}", n + 1, why.lines().next().unwrap_or_default());
            return Ok(());
        }
        rig.set("SAMSYN_FAULT_SYNCHRONOUS", "NORMAL");
    }
    Err(format!("nothing was lost in {BLIND_AFTER} cuts without syncs: these cuts prove nothing"))
}
