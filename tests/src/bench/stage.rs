//! A county made ready for a row: databases are prepared once, kept as files, and put back before each run.

use super::{
    Scale, eyes,
    workload::{self, EDITS_APART, EDITS_BEFORE, PARTIES, Part, Works},
};
use crate::county::{County, keep, put_back};
use samsyn_client::node::Node as Client;
use samsyn_wire::v1::StatusResponse;
use sqlx::{AnyConnection, Connection};
use std::time::{Duration, Instant};

/// How long nodes that run may take to be equal.
const EQUAL_WITHIN: Duration = Duration::from_mins(5);
/// How often nodes are asked, where nothing is timed.
const POLL: Duration = Duration::from_millis(100);

/// A county whose nodes are stopped between the runs.
pub(super) struct Stage {
    pub(super) county: County,
    pub(super) works: Vec<Works>,
    /// Entries that each node has in the end.
    pub(super) entries: i64,
    /// Commits that each node has in the end.
    pub(super) commits: u64,
    /// How it was prepared, for the reader.
    pub(super) prepared: String,
}

/// Copies of the databases.
pub(super) const APART: &str = "apart";
pub(super) const TOGETHER: &str = "together";

impl Stage {
    /// Eight nodes, each with its own share of the 18 800 changes and nothing else; or, as the peers were measured, each
    /// also with the first changes of all works.
    pub(super) async fn portfolio(scale: Scale, common: bool) -> Self {
        let began = Instant::now();
        let mut stage = Self::empty().await;
        stage.works = vec![workload::unfounded(scale.works); PARTIES.len()];
        stage.write_all(|_| Part::Found(EDITS_BEFORE)).await;
        if common {
            stage.share().await;
        }
        stage.write_all(|_| Part::Edit(EDITS_APART)).await;
        for (i, party) in PARTIES.iter().enumerate() {
            // The works of the party before.
            let owner = (i + PARTIES.len() - 1) % PARTIES.len();
            let mut half: Works = stage.works[owner][..scale.works / 2].iter().map(workload::Work::begun).collect();
            workload::write(&stage.county, party, &mut half, Part::Join).await;
        }
        let commits = workload::changes(scale.works);
        let founded = PARTIES.len() * scale.works;
        stage.commits = commits as u64;
        // Each change is a release and its facts; a founding has a genesis between them.
        stage.entries = i64::try_from(2 * commits + founded).expect("few");
        stage.keep(APART);
        let had = if common { founded * (1 + EDITS_BEFORE) } else { 0 };
        stage.prepared = format!(
            "{founded} works, {commits} changes, {had} of them at all eight before, {} made apart; written by each party's own \
             driver into its own store in {:.0} s, not timed",
            commits - had,
            began.elapsed().as_secs_f64()
        );
        stage
    }

    /// Eight nodes that have been started once, so that they have their databases.
    pub(super) async fn empty() -> Self {
        Self::of(&PARTIES).await
    }

    pub(super) async fn of(parties: &[&str]) -> Self {
        let county = County::stopped(parties).await;
        let mut stage = Self { county, works: Vec::new(), entries: 0, commits: 0, prepared: String::new() };
        stage.county.stall();
        stage.start().await;
        stage.stop().await;
        stage
    }

    async fn write_all(&mut self, part: impl Fn(&str) -> Part) {
        for (party, works) in PARTIES.iter().zip(&mut self.works) {
            workload::write(&self.county, party, works, part(party)).await;
        }
    }

    /// Lets the nodes run until all have what each has.
    pub(super) async fn share(&mut self) {
        self.county.heal();
        self.start().await;
        self.equal().await;
        self.stop().await;
    }

    /// Starts all nodes at once, and waits until they answer.
    pub(super) async fn start(&mut self) {
        let parties = self.county.parties();
        for party in &parties {
            self.county.start(party);
        }
        for party in &parties {
            self.county.ready(party).await;
        }
    }

    pub(super) async fn stop(&mut self) {
        for party in self.county.parties() {
            self.county.stop(&party).await;
        }
    }

    pub(super) fn keep(&self, name: &str) {
        self.county.parties().iter().for_each(|party| keep(self.county.node(party), name));
    }

    pub(super) fn put_back(&self, name: &str) {
        self.county.parties().iter().for_each(|party| put_back(self.county.node(party), name));
    }

    /// A reader beside each node.
    pub(super) async fn readers(&self) -> Vec<AnyConnection> {
        let mut readers = Vec::new();
        for party in self.county.parties() {
            readers.push(eyes::reader(self.county.node(&party)).await);
        }
        readers
    }

    /// Waits until all nodes say the same commits and digest, and nothing waits, not even a check in the background. All are
    /// asked anew each time: who has caught up for more than a minute says so with a receipt, which is one commit more.
    pub(super) async fn equal(&mut self) {
        let deadline = Instant::now() + EQUAL_WITHIN;
        let mut clients = Vec::new();
        for party in self.county.parties() {
            clients.push(self.county.client(&party).await);
        }
        loop {
            let mut states = Vec::new();
            for client in &clients {
                states.push(client.status().await.unwrap_or_else(|p| panic!("{p:?}")));
            }
            let settled = |s: &StatusResponse| s.pending == 0 && s.missing_values == 0 && s.unproven == 0;
            let whole = states.iter().all(|state| settled(state) && state.commits >= self.commits);
            if whole && states.windows(2).all(|pair| key(&pair[0]) == key(&pair[1])) {
                return;
            }
            assert!(Instant::now() < deadline, "the nodes are not equal: {states:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until every node has a stream with every other.
    pub(super) async fn connected(&self) {
        let parties = self.county.parties();
        let parties: Vec<&str> = parties.iter().map(String::as_str).collect();
        self.connected_among(&parties).await;
    }

    /// The same for some of them.
    pub(super) async fn connected_among(&self, parties: &[&str]) {
        let deadline = Instant::now() + EQUAL_WITHIN;
        for party in parties {
            let client = self.county.client(party).await;
            while !all_connected(&client, parties).await {
                assert!(Instant::now() < deadline, "{party} has no stream with some other");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

fn key(state: &StatusResponse) -> (u64, String) {
    (state.commits, crate::county::county_digest(state))
}

async fn all_connected(client: &Client, among: &[&str]) -> bool {
    let parties = client.parties().await.unwrap_or_else(|p| panic!("{p:?}"));
    parties.0.iter().all(|party| party.connected || !among.contains(&party.id.as_str()))
}

/// Readers must not hold files that are put back.
pub(super) async fn close(readers: Vec<AnyConnection>) {
    for reader in readers {
        reader.close().await.ok(); // it only read
    }
}
