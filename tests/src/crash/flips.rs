//! Damage in a stopped node's files: a bit flipped, or a file cut short. At its next start the node refuses with a
//! remedy, or serves exactly what it served before, or serves it without what it names as damaged. Never other bytes,
//! to nobody.
//!
//! Two kinds are left out, since nothing in a write-ahead log can tell them from what a power cut leaves: damage in its
//! last transaction, and a log cut short.
//!
//! ```text
//!   timra (knows what is right) ─── rvn (damaged) ─── ange (empty: takes what rvn gives)
//! ```

use super::{
    Tally, case, choices,
    rig::{Rig, VICTIM},
    view::View,
};
use crate::{
    county::{Node, county_digest, signal},
    sim::random::Random,
};
use rustix::process::Signal;
use samsyn_server::store::wal;
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// How long a node whose settings are damaged may take to say that it is ready or why it is not.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a node that is ready and does not answer is asked.
const ASK: Duration = Duration::from_secs(2);
/// Flips after which an empty neighbour takes everything from the damaged node.
const READ_EVERY: usize = 4;

/// A county at rest, with copies of its files and of what it showed.
struct Bench {
    rig: Rig,
    right: View,
    shared: View,
    digest: String,
    files: Vec<(PathBuf, Vec<u8>)>,
}

/// What became of a start.
enum Outcome {
    Refused,
    Unreachable,
    Serves,
}

pub(crate) async fn run(times: usize, seed: u64, tally: &mut Tally) {
    let again = format!("crash flips --times {times} --seed {seed}");
    // The database at rest, and the same with changes that are only in its write-ahead log.
    for (clean, share) in [(true, times.div_ceil(2)), (false, times / 2)] {
        let mut random = choices(seed, usize::from(clean));
        let mut bench = match case(async move { Bench::new(clean, &mut random).await }).await {
            Ok(bench) => bench,
            Err(why) => return tally.count("flips: the county", &again, Err(why)),
        };
        let mut counts = [0usize; 3];
        for n in 0..share {
            let mut random = choices(seed, n * 2 + usize::from(clean));
            let damage = Damage::draw(&bench, &mut random);
            let name = format!("{damage:?}{}", if clean { "" } else { " (killed before)" });
            let result = case(async move {
                let outcome = bench.one(&damage, n % READ_EVERY == 0).await;
                bench.rest().await;
                Ok((bench, outcome))
            })
            .await;
            match result {
                Ok((back, outcome)) => {
                    bench = back;
                    if let Ok(outcome) = &outcome {
                        counts[match outcome {
                            Outcome::Refused => 0,
                            Outcome::Unreachable => 1,
                            Outcome::Serves => 2,
                        }] += 1;
                    }
                    tally.count(&name, &again, outcome.map(drop));
                }
                Err(why) => return tally.count(&name, &again, Err(format!("{why} (the rest of these is not run)"))),
            }
        }
        println!("  {} refused at the start, {} not reachable, {} served rightly", counts[0], counts[1], counts[2]);
    }
}

/// What is done to which file.
#[derive(Debug)]
struct Damage {
    file: PathBuf,
    at: usize,
    /// `None` cuts the file short there.
    bit: Option<u8>,
}

impl Damage {
    fn draw(bench: &Bench, random: &mut Random) -> Self {
        let database = |name: &str| name.starts_with("node.db");
        let wanted = random.below(100);
        let fits = |(file, bytes): &&(PathBuf, Vec<u8>)| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            !bytes.is_empty()
                && match wanted {
                    0..=44 => name == "node.db",
                    45..=69 => database(&name),
                    70..=84 => name.ends_with(".key") || name.ends_with(".crt"),
                    _ => name.starts_with("charter") || name == "samsynd.toml",
                }
        };
        let fitting: Vec<&(PathBuf, Vec<u8>)> = bench.files.iter().filter(fits).collect();
        let (file, bytes) = random.pick(&fitting).copied().expect("a node has files of each kind");
        let log = file.to_string_lossy().ends_with("-wal");
        let end = if log { wal::last_transaction(bytes) } else { bytes.len() };
        let at = random.below(end);
        let bit = (log || !random.chance(12)).then(|| u8::try_from(random.below(8)).unwrap_or(0));
        Self { file: file.clone(), at, bit }
    }

    fn apply(&self) {
        let mut bytes = fs::read(&self.file).expect("the file is there");
        match self.bit {
            Some(bit) => bytes[self.at] ^= 1 << bit,
            None => bytes.truncate(self.at),
        }
        fs::write(&self.file, bytes).expect("written");
    }
}

impl Bench {
    async fn new(clean: bool, random: &mut Random) -> Result<Self, String> {
        let mut rig = Rig::running(&super::rig::PARTIES).await?;
        let load = rig.load(random).await?;
        crate::county::until("there is enough to damage", || async { rig.history.kept() > 120 }).await;
        rig.county.stop(VICTIM).await;
        load.join_all().await;
        rig.county.restart(VICTIM).await;
        let mut load = rig.load(random).await?;
        crate::county::until("there is more in the log", || async { rig.history.kept() > 200 }).await;
        load.shutdown().await;
        rig.county.converge().await;
        // A receipt is due within a minute: it would be a commit that the copies do not have.
        let client = rig.county.client(VICTIM).await;
        let right = View::of(&client, true).await.map_err(|c| c.to_string())?;
        let shared = View::of(&client, false).await.map_err(|c| c.to_string())?;
        let digest = county_digest(&rig.county.status("timra").await);
        if clean {
            rig.county.stop(VICTIM).await;
        } else {
            rig.kill().await;
        }
        let files = files(rig.victim());
        rig.county.stop("ange").await;
        rig.county.stop("timra").await;
        Ok(Self { rig, right, shared, digest, files })
    }

    /// Puts everything back, with no process running.
    async fn rest(&mut self) {
        for party in super::rig::PARTIES {
            if let Some(pid) = self.rig.county.node(party).pid() {
                signal(pid, Signal::KILL);
                self.rig.county.buried(party).await;
            }
        }
        let dir = self.rig.victim().dir.clone();
        for file in ["node.db", "node.db-wal", "node.db-shm"] {
            fs::remove_file(dir.join(file)).ok();
        }
        for (file, bytes) in &self.files {
            fs::write(file, bytes).expect("put back");
        }
    }

    async fn one(&mut self, damage: &Damage, read: bool) -> Result<Outcome, String> {
        let told = self.rig.victim().log().len();
        damage.apply();
        self.rig.county.start(VICTIM);
        let outcome = self.outcome(told).await?;
        if !matches!(outcome, Outcome::Serves) {
            return Ok(outcome);
        }
        self.compare(VICTIM, true).await?;
        if read {
            self.read_by_an_empty_neighbour().await?;
        }
        Ok(outcome)
    }

    async fn outcome(&mut self, told: usize) -> Result<Outcome, String> {
        let deadline = Instant::now() + START_TIMEOUT;
        let mut ready = None;
        loop {
            let log = self.rig.victim().log();
            let said = log.get(told..).unwrap_or_default().to_owned();
            if self.rig.county.has_ended(VICTIM) {
                let status = self.rig.county.buried(VICTIM).await;
                let code = status.code().unwrap_or(-1);
                return if matches!(code, 3 | 6) && said.contains("remedy") {
                    Ok(Outcome::Refused)
                } else {
                    Err(format!("ended with {status}, and said:\n{said}"))
                };
            }
            if self.rig.victim().status().await.is_ok() {
                return Ok(Outcome::Serves);
            }
            if ready.is_none() && said.contains("ready") {
                ready = Some(Instant::now());
            }
            // Damaged settings may have moved its ports: nobody is served by it.
            if ready.is_some_and(|at| at.elapsed() > ASK) {
                return Ok(Outcome::Unreachable);
            }
            if Instant::now() > deadline {
                return Err(format!("neither ready nor ended, and said:\n{said}"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What a node shows, against what is right.
    async fn compare(&self, party: &str, own: bool) -> Result<(), String> {
        let client = self.rig.county.client(party).await;
        let now = View::of(&client, own).await.map_err(|c| format!("{party}: {c}"))?;
        let wrong = if own { &self.right } else { &self.shared }.wrong_in(&now);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(format!("{party} shows what is not right:\n  {}", wrong[..wrong.len().min(3)].join("\n  ")))
    }

    /// What comes out on the other side must be right, or not come.
    async fn read_by_an_empty_neighbour(&mut self) -> Result<(), String> {
        let county = &mut self.rig.county;
        for file in ["node.db-wal", "node.db-shm"] {
            fs::remove_file(county.node("ange").dir.join(file)).ok();
        }
        let database = county.node("ange").database();
        let devices = fs::read(&database).map_err(|e| e.to_string())?;
        // Its devices must stay: only what is shared is forgotten.
        super::copies::forget_shared(&database).await?;
        county.restart("ange").await;
        let deadline = Instant::now() + Duration::from_secs(5);
        while county_digest(&county.status("ange").await) != self.digest && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // It may have got less than all, where rvn will not read on. Whoever knows better gives it the rest.
        county.restart("timra").await;
        let deadline = Instant::now() + Duration::from_secs(20);
        while county_digest(&county.status("ange").await) != self.digest {
            if Instant::now() > deadline {
                return Err(format!("ange does not come to what is right:\n{}", county.node("ange").tail()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        fs::write(database.with_extension("kept"), devices).ok();
        self.compare("ange", false).await
    }
}

/// A node's own files, not those of its clients and its log.
fn files(node: &Node) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(&node.dir)
        .expect("a directory")
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.is_file() && p.extension().is_none_or(|e| e != "log" && e != "lock" && e != "kept"))
        .filter(|p| !p.to_string_lossy().ends_with("-shm") && !p.ends_with("party.toml"))
        .map(|p| (p.clone(), fs::read(&p).expect("readable")))
        .collect();
    files.sort();
    files
}
