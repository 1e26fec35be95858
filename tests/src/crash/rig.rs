//! A county whose nodes have fail points, and what the modes do with it in common.

use super::{history::Shared, load};
use crate::{
    county::{County, Node, signal},
    sim::random::Random,
};
use rustix::process::Signal;
use samsyn_client::{config::Config as ClientConfig, node::Node as Client};
use samsyn_server::store::Role;
use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::ExitStatus,
    time::{Duration, Instant},
};

/// The party whose node everything happens to. Another dials it, it dials the third.
pub(crate) const VICTIM: &str = "rvn";
pub(crate) const PARTIES: [&str; 3] = ["ange", "rvn", "timra"];
/// What the driver says when a peer has entries of this organisation that the own store has lost.
const CAME_BACK: &str = "own entries came back from a peer";
/// What the victim dispatches is to be registered.
const RULES: &str = "[register]\nnumbers = \"series\"\npattern = \"{series} {yyyy}/{n}\"\nseries = \"KS\"\n\
                     [[register.rule]]\nstate = \"to-register\"\ndirection = \"dispatched\"\n";
/// How often a process is looked at.
const POLL: Duration = Duration::from_millis(5);
/// How long a process that is to die at a point may take to reach it.
pub(crate) const DEATH_TIMEOUT: Duration = Duration::from_secs(20);

/// A county with its load's history.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) county: County,
    pub(crate) history: Shared,
    /// Starts of the load so far: makes what it writes unique.
    rounds: u64,
    /// The device of somebody who registers what the victim publishes, if anybody does.
    registrar: Option<PathBuf>,
}

impl Rig {
    /// Nodes that are this program, none started.
    pub(crate) async fn stopped(parties: &[&str]) -> Self {
        let mut county = County::stopped(parties).await;
        for party in parties {
            county.node_mut(party).program = ("crash", &["node"]);
        }
        Self { county, history: Shared::default(), rounds: 0, registrar: None }
    }

    /// The same, running, with the work that all write into.
    pub(crate) async fn running(parties: &[&str]) -> Result<Self, String> {
        let mut rig = Self::stopped(parties).await;
        for party in parties {
            rig.county.restart(party).await;
        }
        rig.found().await?;
        Ok(rig)
    }

    /// From the stopped victim's next start on, what it publishes is to be registered, with numbers of a series.
    pub(crate) async fn keep_register(&mut self) -> Result<(), String> {
        let rules = self.victim().dir.join("rules");
        fs::create_dir(&rules).and_then(|()| fs::write(rules.join("ks.toml"), RULES)).map_err(|e| e.to_string())?;
        self.set("SAMSYN__RULES__DIRECTORY", &rules.display().to_string());
        self.registrar = Some(self.county.device(VICTIM, "registrator", Role::Registrar).await);
        Ok(())
    }

    pub(crate) async fn found(&mut self) -> Result<(), String> {
        let client = self.county.client(VICTIM).await;
        load::found(&client, &self.history).await.map_err(|p| format!("{p:?}"))
    }

    pub(crate) fn victim(&self) -> &Node {
        self.county.node(VICTIM)
    }

    /// Settings for the victim's next starts, instead of those before with the same names.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        let environment = &mut self.county.node_mut(VICTIM).environment;
        environment.retain(|(k, _)| k != key);
        environment.push((key.to_owned(), value.to_owned()));
    }

    pub(crate) fn unset(&mut self, key: &str) {
        self.county.node_mut(VICTIM).environment.retain(|(k, _)| k != key);
    }

    /// Coordinators at work on the victim; they end when it does not answer.
    pub(crate) async fn load(&mut self, random: &mut Random) -> Result<tokio::task::JoinSet<()>, String> {
        self.rounds += 1;
        let clients = load::connect(self.victim()).await?;
        let mut all = load::start(clients, VICTIM, &self.history, self.rounds, random);
        if let Some(device) = &self.registrar {
            let config = ClientConfig::load(Some(device)).map_err(|p| format!("{p:?}"))?;
            let client = Client::connect(&config).await.map_err(|p| format!("{p:?}"))?;
            let history = self.history.clone();
            all.spawn(async move { while load::register(&client, &history).await.is_ok() {} });
        }
        Ok(all)
    }

    /// SIGKILL, with nothing waited for before.
    pub(crate) async fn kill(&mut self) {
        if let Some(pid) = self.victim().pid() {
            signal(pid, Signal::KILL);
        }
        self.county.buried(VICTIM).await;
    }

    /// Waits until the victim has ended by itself; how.
    pub(crate) async fn death(&mut self, within: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if self.county.has_ended(VICTIM) {
                return Some(self.county.buried(VICTIM).await);
            }
            tokio::time::sleep(POLL).await;
        }
        None
    }

    /// Starts the victim, and waits until it answers or is dead.
    pub(crate) async fn start(&mut self) -> Started {
        self.county.start(VICTIM);
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if self.county.has_ended(VICTIM) {
                return Started::Dead(self.county.buried(VICTIM).await);
            }
            if self.victim().status().await.is_ok() {
                return Started::Answers;
            }
            assert!(Instant::now() < deadline, "neither dead nor answering:\n{}", self.victim().tail());
            tokio::time::sleep(POLL).await;
        }
    }

    /// Nothing that the others have of this node was lost here (keeps I1): it would have come back.
    pub(crate) fn nothing_came_back(&self) -> Result<(), String> {
        let log = self.victim().log();
        let line = log.lines().find(|l| l.contains(CAME_BACK));
        line.map_or(Ok(()), |line| Err(format!("sent before it was durable: {line}")))
    }

    pub(crate) fn came_back(&self) -> bool {
        self.nothing_came_back().is_err()
    }
}

/// How a start went.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Started {
    Answers,
    Dead(ExitStatus),
}

/// True if SIGKILL ended it, and nothing else.
pub(crate) fn killed(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::KILL.as_raw())
}
