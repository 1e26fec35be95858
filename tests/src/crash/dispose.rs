//! SIGKILL at each step of a disposal by decision. What was decided on is one list: each document is as it was or erased
//! whole, the same command goes on with what is left, and then nothing of it is anywhere (keeps I10).
//!
//! ```text
//!   rvn: dispose execute (killed) ── again ── nothing is left ──► ange: hears of it
//! ```

use super::{
    Tally, case,
    kill::disposes,
    rig::{Rig, VICTIM},
};
use crate::county::{Desk, Ran, command, finish, keep, path, prose, put_back, text, until};
use samsyn_server::failpoint::Point;
use serde_json::Value;
use std::fs;

const OTHER: &str = "ange";
const PLAN: &str =
    "[[retention]]\nclass = \"1.2\"\nwhat = \"superseded\"\nafter = \"0 days\"\nbasis = \"Plan 2026, KS 2026/12\"\n";
const EXECUTES: &str = "[disposal]\nrequests = \"execute\"\nbasis = \"Plan 2026\"\n";
const DECISION: &str = "KS 2027/3 § 12";
/// Works with an earlier version; each goes in a commit of its own.
const WORKS: usize = 3;
/// The state of the database that every case begins with.
const BEFORE: &str = "before";

/// How often a disposal of this many documents comes to a point.
fn passes(point: Point) -> std::ops::RangeInclusive<usize> {
    use Point::{
        DisposeErased, DraftRetired, DraftSquashed, IncarnationMinted, PersistBefore, PersistBegun, PersistCommitted,
        PersistEntries, PersistProjection, PersistProofs, PersistUncommitted, PersistValues, WorkingCopyPut,
        WriteComposed,
    };
    match point {
        DisposeErased | DraftRetired | DraftSquashed => 1..=WORKS,
        // Commits of the disposal, then the drafts' and what is written down at the end.
        PersistBefore | PersistUncommitted | PersistCommitted => 1..=2 * WORKS,
        PersistBegun | PersistEntries | PersistValues | PersistProofs | PersistProjection | WriteComposed => 1..=2,
        WorkingCopyPut | IncarnationMinted => 1..=1,
        point if disposes(point) => 1..=1,
        #[allow(clippy::reversed_empty_ranges, reason = "a disposal does not come there")]
        _ => 1..=0,
    }
}

pub(crate) async fn run(tally: &mut Tally) {
    let deaths: Vec<(Point, usize)> =
        Point::ALL.iter().flat_map(|point| passes(*point).map(|nth| (*point, nth))).collect();
    let count = deaths.len();
    match case(all(deaths)).await {
        Ok(()) => {
            tally.passed += count;
            println!("  {count} disposals killed, each carried out to its end by the next one");
        }
        Err(why) => tally.count("dispose", "crash dispose", Err(why)),
    }
}

async fn all(deaths: Vec<(Point, usize)>) -> Result<(), String> {
    let mut rig = Rig::stopped(&[OTHER, VICTIM]).await;
    for (party, rules) in [(VICTIM, PLAN), (OTHER, EXECUTES)] {
        let node = rig.county.node_mut(party);
        let directory = node.dir.join("rules");
        fs::create_dir(&directory)
            .and_then(|()| fs::write(directory.join("ks.toml"), rules))
            .map_err(|e| e.to_string())?;
        node.environment.push(("SAMSYN__RULES__DIRECTORY".to_owned(), directory.display().to_string()));
        rig.county.restart(party).await;
    }
    let words: Vec<String> = (0..WORKS).map(|nr| format!("Kq7x-tidigare-{nr}-V2mz")).collect();
    for word in &words {
        earlier_version(&mut rig, word).await;
    }
    rig.county.stop(VICTIM).await;
    keep(rig.victim(), BEFORE);
    let plan = dispose(&rig, &["plan", "--authority", "ks", "--json"], None).await.ok().data();
    let name = plan["plan"].as_str().ok_or("the plan has no name")?.to_owned();
    // From here on nobody hears of what is tried and put back.
    rig.county.isolate(VICTIM);
    for (nr, death) in deaths.into_iter().enumerate() {
        one(&mut rig, death, (&name, &plan), &words, nr % 2 == 1)
            .await
            .map_err(|why| format!("{}:{}: {why}", death.0.name(), death.1))?;
        let started = nr % 2 == 1;
        put_back(rig.victim(), BEFORE);
        if started && !places(&rig, &words[0])?.iter().any(|place| place.contains("fact_value")) {
            return Err("the copy that was put back has nothing to erase".to_owned());
        }
    }
    // The last time for good: the others hear of it.
    dispose(&rig, &decided(&name), None).await.ok();
    nothing_is_left(&rig, &words)?;
    rig.county.heal();
    rig.county.restart(VICTIM).await;
    rig.county.converge().await;
    for word in &words {
        let other = rig.county.node(OTHER);
        until("the other has forgotten it", || async { other.places_with(word).is_empty() }).await;
    }
    rig.county.stop_and_verify().await;
    Ok(())
}

/// A work of the victim's that has said something else before, and a draft of it at the other.
async fn earlier_version(rig: &mut Rig, word: &str) {
    let mut desk = Desk::new(rig.county.client(VICTIM).await).await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Trygg hemgång"));
        d.set(path("/note"), prose(word));
    });
    desk.push().await;
    let document = desk.publish().await;
    rig.county.converge().await;
    assert_eq!(rig.county.desk_on(OTHER, &document).await.prose("/note"), word);
    desk.set("/note", prose("Gällande lydelse.")).await;
    desk.publish().await;
    rig.county.converge().await;
}

/// One disposal that is killed, looked at, and carried out to its end; with the node started in between or not.
async fn one(
    rig: &mut Rig,
    (point, nth): (Point, usize),
    (name, plan): (&str, &Value),
    words: &[String],
    start: bool,
) -> Result<(), String> {
    let killed = dispose(rig, &decided(name), Some(&format!("{}:{nth}", point.name()))).await;
    if killed.code != -1 {
        return Err(format!("it is never killed there: {killed:?}"));
    }
    whole(rig, plan, words).await?;
    if start {
        rig.county.restart(VICTIM).await;
        rig.county.stop(VICTIM).await;
        whole(rig, plan, words).await?;
    }
    let again = dispose(rig, &decided(name), None).await;
    let done = dispose(rig, &["plan", "--authority", "ks", "--json"], None).await.ok().data();
    // Where the node has already carried it out to its end there is nothing to go on with, and that is said.
    if again.code != 0 && !(start && again.code == 5 && done["values"] == 0) {
        return Err(format!("it does not go on: {again:?}"));
    }
    if done["values"] != 0 {
        return Err(format!("something is left: {done}"));
    }
    nothing_is_left(rig, words)?;
    node(rig, &["verify"], None).await.ok();
    node(rig, &["audit", "verify"], None).await.ok();
    Ok(())
}

/// The database is sound, and each document is as it was or erased whole.
async fn whole(rig: &Rig, plan: &Value, words: &[String]) -> Result<(), String> {
    let verified = node(rig, &["verify"], None).await;
    if verified.code != 0 {
        return Err(format!("verify: {verified:?}"));
    }
    let left = dispose(rig, &["plan", "--authority", "ks", "--json"], None).await.ok().data();
    let due = |plan: &Value| plan["due"].as_array().cloned().unwrap_or_default();
    if due(&left).iter().any(|document| !due(plan).contains(document)) {
        return Err(format!("a document is half erased: {left} of {plan}"));
    }
    let mut held = 0;
    for word in words {
        held += usize::from(places(rig, word)?.iter().any(|place| place.starts_with("table fact_value")));
    }
    if held == due(&left).len() { Ok(()) } else { Err(format!("{held} values are there, the plan has {left}")) }
}

fn nothing_is_left(rig: &Rig, words: &[String]) -> Result<(), String> {
    for word in words {
        let places = places(rig, word)?;
        if !places.is_empty() {
            return Err(format!("'{word}' is still there: {places:?}"));
        }
    }
    Ok(())
}

/// Where a word stands, but for the copy that is put back.
fn places(rig: &Rig, word: &str) -> Result<Vec<String>, String> {
    let kept = format!("/{BEFORE}/");
    let found = rig.victim().places_with(word);
    if !found.iter().any(|place| place.contains(&kept)) {
        return Err("the copy has nothing of it, so nothing is looked for".to_owned());
    }
    Ok(found.into_iter().filter(|place| !place.contains(&kept)).collect())
}

fn decided(name: &str) -> [&str; 7] {
    ["execute", "--authority", "ks", "--plan", name, "--decision", DECISION]
}

async fn dispose(rig: &Rig, args: &[&str], fault: Option<&str>) -> Ran {
    node(rig, &[&["dispose"], args].concat(), fault).await
}

/// A command of the victim's node, with fail points in it.
async fn node(rig: &Rig, args: &[&str], fault: Option<&str>) -> Ran {
    let config = rig.victim().config();
    let mut command = command("crash", rig.county.dir());
    command.envs(rig.victim().environment.iter().cloned()).arg("node").args(args);
    command.args(["--config", config.to_str().expect("UTF-8")]);
    if let Some(fault) = fault {
        command.env("SAMSYN_FAULT_POINT", fault);
    }
    finish(command).await
}
