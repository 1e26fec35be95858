//! Copies of a node: cloned while it runs, an old copy put back, a machine put back with its memory, started twice.
//! No verdict changes, nothing is lost in silence, and whoever keeps the nodes is told (keeps I7).

use super::{
    Tally, audit, case,
    history::Told,
    load,
    rig::{PARTIES, Rig, VICTIM},
};
use crate::{
    county::{Ran, command, finish, ports, until},
    sim::random::Random,
};
use samsyn_wire::v1;
use sqlx::Connection;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::{Child, Command};

/// Copies of a running database that are looked at.
const HOT_COPIES: usize = 6;
/// The incarnation of a machine whose memory is copied with its disk.
const MEMORY: &str = "00112233445566778899aabbccddeeff";
const FILES: [&str; 2] = ["node.db", "node.db-wal"];

pub(crate) async fn run(tally: &mut Tally) {
    let again = "crash copies";
    tally.count("copies: cloned while it runs, both run on", again, case(cloned_while_running()).await);
    tally.count("copies: cloned with its memory, both run on", again, case(cloned_with_its_memory()).await);
    tally.count("copies: put back with its memory", again, case(put_back_with_its_memory()).await);
    tally.count("copies: an old copy restored", again, case(an_old_copy()).await);
    tally.count("copies: started twice", again, case(started_twice()).await);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for file in FILES {
        fs::remove_file(to.join(file)).ok();
        if from.join(file).exists() {
            fs::copy(from.join(file), to.join(file)).expect("copied");
        }
    }
    fs::remove_file(to.join("node.db-shm")).ok();
}

/// Another process of the victim, on its own ports and its own database, with the same keys.
struct Clone {
    child: Child,
    client: PathBuf,
}

fn clone_command(rig: &Rig, database: &Path, (federation, api): (u16, u16)) -> Command {
    let node = rig.victim();
    let mut command = command("crash", &node.dir);
    command.args(["node", "run", "--config"]).arg(node.config()).envs(node.environment.iter().cloned());
    command.env("SAMSYN__STORE__URL", format!("sqlite://{}", database.display()));
    command.env("SAMSYN__FEDERATION__LISTEN", format!("127.0.0.1:{federation}"));
    command.env("SAMSYN__API__LISTEN", format!("127.0.0.1:{api}"));
    command
}

impl Clone {
    /// Starts it and waits until it answers.
    async fn start(rig: &Rig, dir: &Path) -> Result<Self, String> {
        let (federation, api) = (ports::free(), ports::free());
        let mut command = clone_command(rig, &dir.join("node.db"), (federation, api));
        let log = fs::File::create(dir.join("clone.log")).map_err(|e| e.to_string())?;
        command.stdout(Stdio::null()).stderr(log);
        let child = command.spawn().map_err(|e| e.to_string())?;
        rig.county.let_through("clone", child.id().ok_or("it has ended")?);
        let settings = fs::read_to_string(rig.victim().client_config()).map_err(|e| e.to_string())?;
        let settings = settings.replace(&rig.victim().api.to_string(), &format!("127.0.0.1:{api}"));
        let client = rig.victim().dir.join("client/clone.toml");
        fs::write(&client, settings).map_err(|e| e.to_string())?;
        let clone = Self { child, client };
        until("the clone answers", || async { rig.victim().client_of(&clone.client).await.is_ok() }).await;
        Ok(clone)
    }

    async fn publish(&self, rig: &Rig, title: &str) -> Result<(), String> {
        let client = rig.victim().client_of(&self.client).await?;
        publish(&client, title).await
    }
}

async fn publish(client: &samsyn_client::node::Node, title: &str) -> Result<(), String> {
    use crate::county::{path, text};
    use samsyn_core::entry::DocumentKind;
    let problem = |p: samsyn_client::problem::Problem| format!("{p:?}");
    let mut copy = samsyn_client::copy::WorkingCopy::create(client, DocumentKind::Work, "").await.map_err(problem)?;
    let mut draft = copy.draft().map_err(problem)?;
    draft.set(path("/facts/title"), text(title));
    copy.change(&draft).map_err(problem)?;
    copy.push(client).await.map_err(problem)?;
    load::publish(client, &copy.id).await.map(drop).map_err(problem)
}

/// All nodes show these titles, refuse nothing and agree.
async fn all_show(rig: &mut Rig, titles: &[&str]) -> Result<(), String> {
    let wanted: BTreeSet<String> = titles.iter().map(|t| (*t).to_owned()).collect();
    rig.county.converge().await;
    for party in PARTIES {
        let shown: BTreeSet<String> = rig.county.titles(party).await.into_iter().collect();
        if !wanted.is_subset(&shown) {
            return Err(format!("{party} shows {shown:?}"));
        }
        let state = rig.county.status(party).await;
        if (state.refused, state.pending) != (0, 0) {
            return Err(format!("{party}: {} refused, {} pending", state.refused, state.pending));
        }
    }
    Ok(())
}

async fn forks(rig: &Rig, party: &str) -> Result<Vec<v1::Fork>, String> {
    let client = rig.county.client(party).await;
    let answer = client.call(client.node().forks(v1::ForksRequest::default())).await;
    Ok(answer.map_err(|p| format!("{p:?}"))?.forks)
}

/// `cp` of a database that is being written: not all of them can be opened, and one that cannot must say so. One that
/// can is a clone, and what it writes is one more log.
async fn cloned_while_running() -> Result<(), String> {
    let mut rig = Rig::running(&PARTIES).await?;
    let mut random = Random::new(7);
    let mut load = rig.load(&mut random).await?;
    let dir = rig.county.dir().join("clone");
    let mut sound = 0;
    for n in 0..HOT_COPIES {
        let before = rig.history.kept();
        until("the node is at work", || async { rig.history.kept() > before + 5 }).await;
        let hot = rig.county.dir().join(format!("hot-{n}"));
        copy(&rig.victim().dir, &hot);
        let ran = verify(&rig, &hot.join("node.db")).await;
        match ran.code {
            0 => {
                sound += 1;
                copy(&hot, &dir);
            }
            6 if ran.says_it("remedy") => {}
            other => return Err(format!("a copy: exit code {other}: {} {}", ran.out, ran.err)),
        }
    }
    println!("  {sound} of {HOT_COPIES} copies of a running database could be opened");
    load.shutdown().await;
    if sound == 0 {
        return Err("no copy could be opened: nothing was tried".to_owned());
    }
    rig.county.converge().await;
    let clone = Clone::start(&rig, &dir).await?;
    clone.publish(&rig, "Från klonen").await?;
    rig.county.publish(VICTIM, "Från den första").await;
    until("the first one has what the clone has written", || async {
        rig.county.titles(VICTIM).await.contains(&"Från klonen".to_owned())
    })
    .await;
    all_show(&mut rig, &["Från klonen", "Från den första"]).await?;
    if !rig.came_back() {
        return Err("nobody is told that another process writes as this organisation".to_owned());
    }
    end(clone).await;
    rig.county.stop_and_verify().await;
    Ok(())
}

/// Two machines with one memory write at one position: a fork. Both statements take effect, and all are told.
async fn cloned_with_its_memory() -> Result<(), String> {
    let mut rig = Rig::stopped(&PARTIES).await;
    rig.set("SAMSYN_FAULT_INCARNATION", MEMORY);
    for party in PARTIES {
        rig.county.restart(party).await;
    }
    rig.found().await?;
    rig.county.converge().await;
    rig.county.stop(VICTIM).await;
    let dir = rig.county.dir().join("clone");
    copy(&rig.victim().dir, &dir);
    // Each writes before it hears of the other.
    rig.county.isolate(VICTIM);
    rig.county.restart(VICTIM).await;
    rig.county.publish(VICTIM, "Ett").await;
    let clone = Clone::start(&rig, &dir).await?;
    clone.publish(&rig, "Två").await?;
    rig.county.heal();
    until("the first one has what the clone has written", || async {
        rig.county.titles(VICTIM).await.contains(&"Två".to_owned())
    })
    .await;
    all_show(&mut rig, &["Ett", "Två"]).await?;
    forked(&rig).await?;
    end(clone).await;
    rig.county.stop_and_verify().await;
    Ok(())
}

/// A snapshot with memory put back: the process goes on where it was, and writes where it has written already.
async fn put_back_with_its_memory() -> Result<(), String> {
    let mut rig = Rig::stopped(&PARTIES).await;
    rig.set("SAMSYN_FAULT_INCARNATION", MEMORY);
    for party in PARTIES {
        rig.county.restart(party).await;
    }
    rig.found().await?;
    rig.county.converge().await;
    rig.kill().await;
    let snapshot = rig.county.dir().join("snapshot");
    copy(&rig.victim().dir, &snapshot);
    rig.county.restart(VICTIM).await;
    rig.county.publish(VICTIM, "Efter").await;
    rig.county.converge().await;
    rig.kill().await;
    copy(&snapshot, &rig.victim().dir);
    rig.county.isolate(VICTIM);
    rig.county.restart(VICTIM).await;
    rig.county.publish(VICTIM, "Om igen").await;
    rig.county.heal();
    all_show(&mut rig, &["Gemensamt", "Efter", "Om igen"]).await?;
    forked(&rig).await?;
    if !rig.came_back() {
        return Err("nobody is told that the node is older than it was".to_owned());
    }
    rig.county.stop_and_verify().await;
    Ok(())
}

async fn forked(rig: &Rig) -> Result<(), String> {
    for party in PARTIES {
        let forks = forks(rig, party).await?;
        let shown = forks.len() == 1 && forks[0].headers.len() == 2 && !forks[0].remedy.is_empty();
        if !shown {
            return Err(format!("{party} shows the forks {forks:?}"));
        }
        if !rig.county.node(party).log().contains("two commits at one position") {
            return Err(format!("the log of {party} says nothing of the fork"));
        }
    }
    Ok(())
}

/// An old copy put back after a kill: what was released comes back, and the log says how much.
async fn an_old_copy() -> Result<(), String> {
    let mut rig = Rig::running(&PARTIES).await?;
    let mut random = Random::new(11);
    let load = rig.load(&mut random).await?;
    until("there is something", || async { rig.history.kept() > 10 }).await;
    rig.kill().await;
    load.join_all().await;
    let old = rig.county.dir().join("old");
    copy(&rig.victim().dir, &old);
    rig.county.restart(VICTIM).await;
    let mut load = rig.load(&mut random).await?;
    until("there is more", || async { rig.history.kept() > 40 }).await;
    load.shutdown().await;
    rig.county.converge().await;
    rig.kill().await;
    audit::audit(rig.victim(), &rig.history).await?;
    copy(&old, &rig.victim().dir);
    rig.county.restart(VICTIM).await;
    let released: Vec<String> = {
        let history = rig.history.get();
        history.works.iter().filter(|(_, w)| w.published == Told::Kept).map(|(t, _)| t.clone()).collect()
    };
    let released: Vec<&str> = released.iter().map(String::as_str).collect();
    all_show(&mut rig, &released).await?;
    if !rig.came_back() {
        return Err("nobody is told that the node is older than it was".to_owned());
    }
    rig.county.stop_and_verify().await;
    Ok(())
}

/// The second of two processes on one database ends with exit code 7, however it gets there; the first goes on.
async fn started_twice() -> Result<(), String> {
    let mut rig = Rig::running(&["ange", VICTIM]).await?;
    let node = rig.victim();
    let same = finish({
        let mut command = command("crash", &node.dir);
        command.args(["node", "run", "--json", "--config"]).arg(node.config());
        command
    })
    .await;
    refused(&same, "the same settings")?;
    let (file, dir) = (node.dir.join("other.db"), rig.county.dir().join("other"));
    symlink(node.database(), &file).map_err(|e| e.to_string())?;
    symlink(&node.dir, &dir).map_err(|e| e.to_string())?;
    for database in [node.database(), dir.join("node.db"), file] {
        let mut second = clone_command(&rig, &database, (ports::free(), ports::free()));
        second.arg("--json");
        let ran = tokio::time::timeout(std::time::Duration::from_secs(10), finish(second)).await;
        let ran = ran.map_err(|_| format!("a second process runs on {}", database.display()))?;
        refused(&ran, &database.display().to_string())?;
    }
    rig.county.publish(VICTIM, "Ostört").await;
    rig.county.converge().await;
    rig.county.stop_and_verify().await;
    Ok(())
}

fn refused(ran: &Ran, what: &str) -> Result<(), String> {
    if ran.code == 7 && ran.error()["code"] == "in_use" {
        return Ok(());
    }
    Err(format!("{what}: exit code {}: {} {}", ran.code, ran.out, ran.err))
}

async fn verify(rig: &Rig, database: &Path) -> Ran {
    let node = rig.victim();
    let mut verify = command("crash", &node.dir);
    verify.args(["node", "verify", "--config"]).arg(node.config());
    verify.env("SAMSYN__STORE__URL", format!("sqlite://{}", database.display()));
    finish(verify).await
}

async fn end(mut clone: Clone) {
    clone.child.kill().await.expect("an own child can be killed");
}

/// Makes a stopped node forget all that is shared, and keep its devices.
pub(crate) async fn forget_shared(database: &Path) -> Result<(), String> {
    let url = format!("sqlite://{}", database.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.map_err(|e| e.to_string())?;
    for table in ["entry", "fact_value", "work", "charter", "charter_signature"] {
        let delete = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
        sqlx::query(delete).execute(&mut connection).await.map_err(|e| e.to_string())?;
    }
    connection.close().await.map_err(|e| e.to_string())
}
