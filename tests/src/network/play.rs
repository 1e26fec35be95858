//! Schedules played in one county of real processes.

use super::{
    PARTIES,
    schedule::{Act, Schedule},
};
use crate::{
    county::{County, Footprint},
    network::edits,
};
use samsyn_client::node::Node as Client;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How long after the healing all nodes must be equal.
pub const HEALED_WITHIN: Duration = Duration::from_secs(30);
/// Bytes by which a node's memory may peak, in KiB; it idles far below.
pub(super) const PEAK_KIB_MAX: u64 = 200 * 1024;
/// Files and sockets that a node of so few peers may have open.
pub(super) const FILES_MAX: usize = 120;

/// How one schedule went.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub seed: u64,
    pub faults: Vec<&'static str>,
    /// From the healing until all nodes were equal.
    pub healed_after: Duration,
    pub acknowledged: usize,
    /// Publications that a frozen or killed node did not acknowledge.
    pub unanswered: usize,
    pub footprint: Footprint,
}

/// Something that a node has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Work(String),
    Word(String),
}

/// A county in which schedules are played one after another.
#[derive(Debug)]
pub struct Batch {
    pub(super) county: County,
    pub(super) clients: BTreeMap<&'static str, Arc<Client>>,
    /// The document whose note all parties write.
    pub(super) shared: String,
    /// How much of each node's log has been looked at.
    pub(super) log_read: BTreeMap<&'static str, usize>,
}

impl Batch {
    pub async fn start() -> Result<Self, String> {
        let county = County::with(&PARTIES).await;
        let mut batch = Self { county, clients: BTreeMap::new(), shared: String::new(), log_read: BTreeMap::new() };
        for party in PARTIES {
            batch.clients.insert(party, Arc::new(batch.county.node(party).client().await?));
        }
        let first = edits::publish_work(&batch.clients[PARTIES[0]], "Gemensamt").await;
        batch.shared = first.map_err(|p| format!("the first publication: {p:?}"))?;
        batch.equal(Instant::now()).await?;
        Ok(batch)
    }

    /// Plays one schedule and checks what must hold after it.
    pub async fn play(&mut self, schedule: &Schedule) -> Result<Outcome, String> {
        let mut writing = Vec::new();
        let mut flapping = None;
        let began = Instant::now();
        for (number, (at, act)) in schedule.acts.iter().enumerate() {
            tokio::time::sleep_until((began + *at).into()).await;
            let name = format!("{}-{number}", schedule.seed);
            match act {
                Act::Publish { party } | Act::Note { party } => {
                    writing.push((*party, self.write(*party, matches!(act, Act::Note { .. }), name)));
                }
                Act::Flap { party, every } => flapping = Some((*party, *every, flapping_since(flapping))),
                other => self.suffer(other).await,
            }
            if let Some(flap) = flapping {
                self.flap(flap);
            }
        }
        while began.elapsed() < schedule.hold {
            let step = flapping.map_or(Duration::from_millis(50), |(_, every, _)| every / 2);
            tokio::time::sleep(step.min(schedule.hold.saturating_sub(began.elapsed()))).await;
            if let Some(flap) = flapping {
                self.flap(flap);
            }
        }
        self.heal(schedule).await;
        let healed = Instant::now();
        let (said, unanswered) = self.answers(schedule, writing, healed).await?;
        self.equal(healed).await?;
        let healed_after = healed.elapsed();
        self.check_said(&said).await?;
        Ok(Outcome {
            seed: schedule.seed,
            faults: schedule.faults().into_iter().collect(),
            healed_after,
            acknowledged: said.len(),
            unanswered,
            footprint: self.check_processes()?,
        })
    }

    /// Somebody at a node writes, in a task of its own: the node may be frozen.
    fn write(&self, party: usize, note: bool, name: String) -> JoinHandle<Result<Said, String>> {
        let (client, shared) = (self.clients[PARTIES[party]].clone(), self.shared.clone());
        tokio::spawn(async move {
            let result = if note {
                let word = format!("ord{name}.");
                edits::add_to_note(&client, &shared, &word).await.map(|_| Said::Word(word))
            } else {
                let title = format!("Arbete {name}");
                edits::publish_work(&client, &title).await.map(|_| Said::Work(title))
            };
            result.map_err(|problem| format!("{problem:?}"))
        })
    }

    async fn suffer(&mut self, act: &Act) {
        match *act {
            Act::Fault { from, to, fault } => self.county.fault(PARTIES[from], PARTIES[to], fault),
            Act::Tear { one, other } => self.county.tear(PARTIES[one], PARTIES[other]),
            Act::Partition { first, count } => {
                let group: Vec<&str> = (first..first + count).map(|p| PARTIES[p % PARTIES.len()]).collect();
                self.county.partition(&[&group]);
            }
            // What does not run can be neither frozen nor killed again.
            Act::Freeze { party } if self.runs(party) => self.county.freeze(PARTIES[party]),
            Act::Crash { party } if self.runs(party) => self.county.crash(PARTIES[party]).await,
            _ => {}
        }
    }

    fn runs(&self, party: usize) -> bool {
        self.county.node(PARTIES[party]).pid().is_some()
    }

    fn flap(&self, (party, every, since): (usize, Duration, Instant)) {
        let turns = since.elapsed().as_millis() / every.as_millis().max(1);
        if turns.is_multiple_of(2) {
            self.county.isolate(PARTIES[party]);
        } else {
            self.county.partition(&[]);
        }
    }

    /// Ends all that is wrong, the lines last: the time to be equal counts from there.
    async fn heal(&mut self, schedule: &Schedule) {
        for (_, act) in &schedule.acts {
            match *act {
                Act::Freeze { party } if self.runs(party) => self.county.thaw(PARTIES[party]),
                Act::Crash { party } if !self.runs(party) => self.county.restart(PARTIES[party]).await,
                _ => {}
            }
        }
        self.county.heal();
    }

    /// What was acknowledged. A node that ran all the time must have answered: its own people do not depend on others.
    async fn answers(
        &self,
        schedule: &Schedule,
        writing: Vec<(usize, JoinHandle<Result<Said, String>>)>,
        healed: Instant,
    ) -> Result<(Vec<Said>, usize), String> {
        let (mut said, mut unanswered) = (Vec::new(), 0);
        for (party, task) in writing {
            let answer = tokio::time::timeout_at((healed + HEALED_WITHIN).into(), task).await;
            match answer {
                Ok(Ok(Ok(words))) => said.push(words),
                Ok(Err(panic)) => return Err(format!("{}: {panic}", PARTIES[party])),
                Ok(Ok(Err(_))) | Err(_) if schedule.disturbs(party) => unanswered += 1,
                Ok(Ok(Err(problem))) => return Err(format!("{} did not publish: {problem}", PARTIES[party])),
                Err(_) => return Err(format!("{} has not answered a publication", PARTIES[party])),
            }
        }
        Ok((said, unanswered))
    }

    /// Ends the county: every pair has a stream again, and each node's store is what it must be.
    pub async fn finish(mut self) -> Result<(), String> {
        let began = Instant::now();
        self.connected(began).await?;
        self.check_processes()?;
        self.clients.clear();
        self.county.stop_and_verify().await;
        Ok(())
    }
}

/// A second flapping party takes the turns over where the first is.
fn flapping_since(before: Option<(usize, Duration, Instant)>) -> Instant {
    before.map_or_else(Instant::now, |(_, _, since)| since)
}
