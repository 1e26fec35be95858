//! Disks that fail under load: full, read-only, errors at reads, writes and syncs, once or until they are mended, in
//! the middle of the work or at the start. Nothing is acknowledged that is not kept; the node names a remedy; mended,
//! it goes on by itself or after a start. At the end the power goes too, so that a sync that failed counts for nothing.

use super::{
    Tally, audit, case, choices,
    disk::{Fault, Io, Plan},
    load,
    mount::Mounted,
    power::on_a_disk,
    rig::{Rig, Started, VICTIM},
};
use crate::{county::until, sim::random::Random};
use std::time::{Duration, Instant};

/// Codes by which the operator is told of a failing disk.
const CODES: [&str; 4] = ["store.full", "store.read_only", "store.failed", "store.damaged"];
/// How long a node whose disk is mended may take to work again by itself.
const RECOVERY: Duration = Duration::from_secs(15);
/// How long load may take to come to the operation that fails.
const REACH: Duration = Duration::from_secs(10);

/// Every kind that can happen, in the order in which they are tried; the operation is drawn.
const KINDS: [(Io, Fault, bool); 9] = [
    (Io::Write, Fault::Full, true),
    (Io::Sync, Fault::Error, false),
    (Io::Write, Fault::Error, false),
    (Io::Write, Fault::ReadOnly, true),
    (Io::Read, Fault::Error, false),
    (Io::Sync, Fault::Error, true),
    (Io::Write, Fault::Full, false),
    (Io::Write, Fault::Error, true),
    (Io::Read, Fault::Error, true),
];

pub(crate) async fn run(times: usize, seed: u64, tally: &mut Tally) {
    let again = format!("crash faults --times {times} --seed {seed}");
    let mut random = choices(seed, 1);
    let made = case(async { on_a_disk(&["ange", VICTIM]).await }).await;
    let (mut rig, mut mounted) = match made {
        Ok(made) => made,
        Err(why) => return tally.count("faults: the county", &again, Err(why)),
    };
    for n in 0..times {
        let (io, fault, stays) = KINDS[n % KINDS.len()];
        let plan = Plan { io, nth: 1 + random.below(60), fault, stays };
        let at_start = n % 4 == 3;
        let mut choices = choices(seed, n + 2);
        let done = case(async move {
            let result = if at_start {
                at_the_start(&mut rig, &mut mounted, plan).await
            } else {
                under_load(&mut rig, &mut mounted, plan, &mut choices).await
            };
            let result = match result {
                Ok(()) => end(&mut rig, &mut mounted, &mut choices).await,
                Err(why) => Err(why),
            };
            Ok((rig, mounted, result))
        })
        .await;
        let name = format!("faults: {plan:?}{}", if at_start { " at the start" } else { "" });
        match done {
            Ok((r, m, result)) => {
                (rig, mounted) = (r, m);
                tally.count(&name, &again, result);
            }
            Err(why) => return tally.count(&name, &again, Err(format!("{why} (the rest is not run)"))),
        }
    }
    rig.county.stop_and_verify().await;
}

/// The node runs, the disk fails and is mended, and the node takes changes again.
async fn under_load(rig: &mut Rig, mounted: &mut Mounted, plan: Plan, random: &mut Random) -> Result<(), String> {
    let told = rig.victim().log().len();
    mounted.disk().fail(plan);
    let mut reached = false;
    let deadline = Instant::now() + REACH;
    while Instant::now() < deadline && !reached {
        let load = rig.load(random).await?;
        let ended = async {
            while !load.is_empty() && mounted.disk().faults == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(REACH, ended).await.ok();
        reached = mounted.disk().faults > 0;
        // What was sent is answered: with success only if it is kept.
        let answered = tokio::time::timeout(Duration::from_secs(2), load.join_all()).await;
        drop(answered);
        if rig.county.has_ended(VICTIM) {
            break;
        }
    }
    let unseen = mounted.disk().only_checkpoints;
    let failed_at = mounted.disk().failed_at.clone();
    mounted.disk().mend();
    if reached && plan.io != Io::Read && !unseen {
        let said = rig.victim().log().get(told..).unwrap_or_default().to_owned();
        if !CODES.iter().any(|code| said.contains(code)) {
            return Err(format!("the operator is not told of {failed_at}: {}", rig.victim().tail()));
        }
    }
    if rig.county.has_ended(VICTIM) {
        rig.county.buried(VICTIM).await;
        rig.county.restart(VICTIM).await;
    }
    works_again(rig, random).await
}

/// The disk fails while the node starts: it says why and ends, or copes.
async fn at_the_start(rig: &mut Rig, mounted: &mut Mounted, plan: Plan) -> Result<(), String> {
    rig.kill().await;
    let told = rig.victim().log().len();
    mounted.disk().fail(Plan { nth: 1 + plan.nth / 10, ..plan });
    if let Started::Dead(status) = rig.start().await {
        let said = rig.victim().log().get(told..).unwrap_or_default().to_owned();
        let code = status.code().unwrap_or(-1);
        mounted.disk().mend();
        rig.county.restart(VICTIM).await; // whatever it said: the next cases need it
        if !(matches!(code, 1 | 6) && said.contains("remedy") && CODES.iter().any(|c| said.contains(c))) {
            return Err(format!("ended with {status} and said:\n{said}"));
        }
    }
    mounted.disk().mend();
    Ok(())
}

async fn works_again(rig: &mut Rig, random: &mut Random) -> Result<(), String> {
    let deadline = Instant::now() + RECOVERY;
    let before = rig.history.kept();
    while rig.history.kept() < before + 3 {
        if Instant::now() > deadline {
            return Err(format!("mended, and no change is taken after {RECOVERY:?}:\n{}", rig.victim().tail()));
        }
        if let Ok(clients) = load::connect(rig.victim()).await {
            drop(clients);
            let load = rig.load(random).await?;
            let some = async {
                while rig.history.kept() < before + 3 && !load.is_empty() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(1), some).await.ok();
            stop_load(load).await;
        }
    }
    Ok(())
}

/// Lets what is on its way be answered, and starts nothing more.
async fn stop_load(load: tokio::task::JoinSet<()>) {
    let mut load = load;
    load.abort_all();
    while load.join_next().await.is_some() {}
}

/// The power goes; what was acknowledged is there, and the neighbour agrees.
async fn end(rig: &mut Rig, mounted: &mut Mounted, random: &mut Random) -> Result<(), String> {
    rig.kill().await;
    mounted.remount(|disk| disk.cut(random))?;
    audit::audit(rig.victim(), &rig.history).await?;
    rig.county.restart(VICTIM).await;
    rig.county.converge().await;
    rig.nothing_came_back()?;
    until("the node answers", || async { rig.victim().status().await.is_ok() }).await;
    Ok(())
}
