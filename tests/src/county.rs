//! The test harness: a county of named parties, each with a real `samsynd` process, its own directory, keys and ports.
//!
//! ```text
//!   samsyn, tests ──► api port ┌─────────┐ federation port ◄── forwarder ◄── the other nodes dial
//!                              │ samsynd │                    (address in the charter)
//!                              └─────────┘
//! ```
//!
//! Nothing here waits by sleeping and hoping: conditions are looked at until they hold or a deadline has passed, and
//! then the message says what was waited for and how every node is.

mod backup;
pub mod browser;
mod canary;
pub mod cards;
mod cluster;
mod desk;
mod faults;
mod inside;
mod links;
mod metrics;
mod node;
pub mod ports;
mod program;
mod store;

pub use backup::{keep, put_back};
pub use cluster::{Cluster, give};
pub use desk::{Desk, date, path, prose, reference, text};
pub use faults::{Ending, Fault, Footprint};
pub use links::Talk;
pub use metrics::scrape;
pub use node::{Node, signal};
pub use program::{Ran, command, finish, program, run};
pub use store::{Database, Server, Stores};

use links::Links;
use samsyn_client::{config as client_config, node::Node as Client, text::Lang};
use samsyn_core::{
    charter::{Authority, Party, PartyKind},
    entry::DocumentKind,
    id::{AuthorityId, OrgId},
    sign::Domain,
};
use samsyn_server::{
    config::Config,
    identity::{NodeIdentity, load_log_key},
    operate::{charter, device, init},
    store::Role,
};
use samsyn_wire::{transport::Pin, v1};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;

const CONVERGE_TIMEOUT: Duration = Duration::from_mins(2);

/// See the module's documentation. Its processes end with it.
#[derive(Debug)]
pub struct County {
    // First, so that processes end before their files go.
    nodes: BTreeMap<String, Node>,
    links: Links,
    stores: Stores,
    dir: TempDir,
}

impl County {
    /// A county of the named parties, all running and connected. The first hosts the programme office.
    pub async fn with(parties: &[&str]) -> Self {
        Self::with_on(Stores::of_environment(), parties).await
    }

    /// The same with the databases where the test says.
    pub async fn with_on(stores: Stores, parties: &[&str]) -> Self {
        let mut county = Self::stopped_on(stores, parties).await;
        for node in county.nodes.values_mut() {
            node.spawn();
            county.links.started(&node.party, node.pid().expect("it was just started"));
        }
        for node in county.nodes.values_mut() {
            node.ready().await;
        }
        county
    }

    /// The same, with no process started yet.
    pub async fn stopped(parties: &[&str]) -> Self {
        Self::stopped_on(Stores::of_environment(), parties).await
    }

    pub async fn stopped_on(stores: Stores, parties: &[&str]) -> Self {
        let dir = tempfile::Builder::new().prefix("samsyn-county-").tempdir().expect("a temporary directory");
        let mut county = Self { nodes: BTreeMap::new(), links: Links::default(), stores, dir };
        let mut rows = Vec::new();
        for party in parties {
            rows.push(county.prepare(party).await);
        }
        let office = parties.first().map(|p| OrgId::new(p).expect("an id")).into_iter().collect();
        county.sign_charter(rows, office);
        county
    }

    /// What `samsynd init` makes for one party, its forwarder, and its coordinator's device.
    pub async fn prepare(&mut self, party: &str) -> Party {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (federation, api) = (local(ports::free()), local(ports::free()));
        let public = self.links.forward(party, federation, ports::free()).await;
        let endpoint = format!("https://{public}");
        let dir = self.dir.path().join(party);
        let options = init::Options {
            organisation: OrgId::new(party).expect("an id"),
            name: Some(format!("{party}s kommun")),
            kind: PartyKind::Municipality,
            organisation_number: None,
            dir: dir.clone(),
            federation_listen: federation,
            api_listen: api,
            web_listen: None,
            endpoints: vec![endpoint.clone()],
        };
        let made = init::prepare(&options, SystemTime::now()).expect("init");
        let mut node = Node {
            party: party.to_owned(),
            dir,
            federation,
            endpoint,
            api,
            program: ("samsynd", &[]),
            environment: Vec::new(),
            child: None,
            database: None,
        };
        if let Stores::Postgres(server) = &self.stores {
            node.use_database(server.database());
        }
        self.nodes.insert(party.to_owned(), node);
        self.device(party, "client", Role::Coordinator).await;
        Party { authorities: vec![board("ks", "Kommunstyrelsen"), board("son", "Socialnämnden")], ..made.party }
    }

    /// A new device of a party, in its own directory; gives its settings file.
    pub async fn device(&self, party: &str, name: &str, role: Role) -> PathBuf {
        self.device_of(party, name, role, None).await
    }

    /// The same, bound to one authority.
    pub async fn device_of(&self, party: &str, name: &str, role: Role, authority: Option<&str>) -> PathBuf {
        let (file, pin) = self.unknown_device(party, name);
        let config = self.settings(party);
        let authority = authority.map(|id| AuthorityId::new(id).expect("an id"));
        device::add(&config, pin, name, role, authority).await.expect("device add");
        file
    }

    /// The same, but the node has not been told.
    pub fn unknown_device(&self, party: &str, name: &str) -> (PathBuf, Pin) {
        let node = self.node(party);
        let server = NodeIdentity::load(&self.settings(party).identity).expect("the node's keys").tls.pin();
        let directory = node.dir.join(name);
        let made =
            client_config::init(&format!("https://{}", node.api), &server.to_string(), Some(&directory), Lang::Sv);
        let made = made.expect("samsyn init");
        (made.directory.join("client.toml"), made.pin)
    }

    fn settings(&self, party: &str) -> Config {
        Config::load_with(&self.node(party).config(), []).expect("the node's settings")
    }

    fn sign_charter(&self, rows: Vec<Party>, office: BTreeSet<OrgId>) {
        let text = charter::genesis("Prov i länet", rows, office).expect("a charter");
        let mut signatures = Vec::new();
        for node in self.nodes.values() {
            let key = load_log_key(&node.dir.join("log.key")).expect("a key");
            signatures.push((
                format!("charter.{}.sig", node.party),
                format!("{}\n", key.sign(Domain::Charter, text.as_bytes())),
            ));
        }
        for node in self.nodes.values() {
            fs::write(node.dir.join("charter.toml"), &text).expect("written");
            for (name, signature) in &signatures {
                fs::write(node.dir.join(name), signature).expect("written");
            }
        }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn parties(&self) -> Vec<String> {
        self.nodes.keys().cloned().collect()
    }

    #[track_caller]
    pub fn node(&self, party: &str) -> &Node {
        self.nodes.get(party).unwrap_or_else(|| panic!("'{party}' is no party here"))
    }

    #[track_caller]
    pub fn node_mut(&mut self, party: &str) -> &mut Node {
        self.nodes.get_mut(party).unwrap_or_else(|| panic!("'{party}' is no party here"))
    }

    // What can happen to a county.

    /// Cuts every link between groups; parties not named stand together in one more group.
    pub fn partition(&self, groups: &[&[&str]]) {
        let side = groups.iter().enumerate().flat_map(|(i, group)| group.iter().map(move |p| ((*p).to_owned(), i)));
        self.links.set(side.collect());
    }

    /// Cuts every link of one party.
    pub fn isolate(&self, party: &str) {
        self.partition(&[&[party]]);
    }

    /// SIGKILL: no goodbye, nothing flushed.
    pub async fn crash(&mut self, party: &str) {
        self.node_mut(party).kill().await;
        self.links.ended(party);
    }

    /// SIGTERM, and an orderly end.
    pub async fn stop(&mut self, party: &str) {
        self.node_mut(party).terminate().await;
        self.links.ended(party);
    }

    /// Starts a node that has been stopped or has crashed, and waits until it answers.
    pub async fn restart(&mut self, party: &str) {
        self.start(party);
        self.ready(party).await;
    }

    /// The same without waiting.
    pub fn start(&mut self, party: &str) {
        let links = self.links.clone();
        let node = self.node_mut(party);
        node.spawn();
        links.started(party, node.pid().expect("it was just started"));
    }

    /// Waits until a node that has been started answers.
    pub async fn ready(&mut self, party: &str) {
        self.node_mut(party).ready().await;
    }

    /// Leaves a party out from here on; its node must not run.
    pub fn forget(&mut self, party: &str) {
        self.nodes.remove(party);
    }

    /// True if the process of a node has ended by itself.
    pub fn has_ended(&mut self, party: &str) -> bool {
        self.node_mut(party).ended().is_some()
    }

    /// Waits for the end of a process that is dead or dying; how it ended.
    pub async fn buried(&mut self, party: &str) -> std::process::ExitStatus {
        let status = self.node_mut(party).buried().await;
        self.links.ended(party);
        status
    }

    /// Lets a process that is none of the nodes' through the forwarders, under a name of its own.
    pub fn let_through(&self, name: &str, pid: u32) {
        self.links.started(name, pid);
    }

    // What can be asked.

    pub async fn client(&self, party: &str) -> Client {
        self.node(party).client().await.unwrap_or_else(|e| panic!("{party}: {e}"))
    }

    pub async fn status(&self, party: &str) -> v1::StatusResponse {
        self.node(party).status().await.unwrap_or_else(|e| panic!("{party}: {e}\n{}", self.node(party).tail()))
    }

    /// A working copy at a party's node, as one coordinator has it.
    pub async fn desk(&self, party: &str) -> Desk {
        Desk::new(self.client(party).await).await
    }

    /// The same of a new document of whatever kind.
    pub async fn desk_of(&self, party: &str, kind: DocumentKind) -> Desk {
        Desk::founding(self.client(party).await, kind).await
    }

    pub async fn desk_on(&self, party: &str, id: &str) -> Desk {
        Desk::on(self.client(party).await, id).await
    }

    /// A new work with a title, published; gives its document id.
    pub async fn publish(&self, party: &str, title: &str) -> String {
        let mut desk = self.desk(party).await;
        desk.set("/facts/title", text(title)).await;
        desk.publish().await
    }

    /// Titles of the works that a node shows, sorted.
    pub async fn titles(&self, party: &str) -> Vec<String> {
        let client = self.client(party).await;
        let request = v1::ListWorksRequest { page_size: 500, ..v1::ListWorksRequest::default() };
        let answer = client.works(request).await.unwrap_or_else(|p| panic!("{party}: {p:?}"));
        let mut titles: Vec<String> = answer.works.into_iter().map(|w| w.title).collect();
        titles.sort();
        titles
    }

    pub async fn samsyn(&self, party: &str, args: &[&str]) -> Ran {
        self.node(party).samsyn(args).await
    }

    pub async fn samsynd(&self, args: &[&str]) -> Ran {
        run("samsynd", self.dir.path(), args).await
    }

    // What can be waited for.

    /// Waits until every running node has the same commits and digest, and nothing waits.
    pub async fn converge(&mut self) {
        let running: Vec<String> = self.nodes.values().filter(|n| n.child.is_some()).map(|n| n.party.clone()).collect();
        let running: Vec<&str> = running.iter().map(String::as_str).collect();
        self.converge_among(&running).await;
    }

    /// The same for some of them, on one side of a partition.
    pub async fn converge_among(&mut self, parties: &[&str]) {
        let what = format!("{} show the same commits and digest, with nothing pending or missing", parties.join(", "));
        self.until_of(&what, parties, |states| {
            let key = |s: &v1::StatusResponse| (s.charter_hash.clone(), s.commits, county_digest(s));
            let settled = states.values().all(|s| s.pending == 0 && s.missing_values == 0 && s.unproven == 0);
            settled && states.values().map(key).collect::<BTreeSet<_>>().len() == 1
        })
        .await;
    }

    /// Waits until a condition on the states of all running nodes holds.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&BTreeMap<String, v1::StatusResponse>) -> bool) {
        let running: Vec<String> = self.nodes.values().filter(|n| n.child.is_some()).map(|n| n.party.clone()).collect();
        let running: Vec<&str> = running.iter().map(String::as_str).collect();
        self.until_of(what, &running, holds).await;
    }

    async fn until_of(
        &mut self,
        what: &str,
        parties: &[&str],
        holds: impl Fn(&BTreeMap<String, v1::StatusResponse>) -> bool,
    ) {
        let deadline = Instant::now() + CONVERGE_TIMEOUT;
        loop {
            let (mut states, mut silent) = (BTreeMap::new(), String::new());
            for party in parties {
                let node = self.node_mut(party);
                if let Some(status) = node.ended() {
                    panic!("waiting until {what}: the node of {party} ended ({status}):\n{}", node.tail());
                }
                match node.status().await {
                    Ok(state) => drop(states.insert((*party).to_owned(), state)),
                    Err(why) => writeln!(silent, "{party}: no answer: {why}").expect("writes to a string"),
                }
            }
            if silent.is_empty() && holds(&states) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "waited {CONVERGE_TIMEOUT:?} until {what}\n{silent}{}",
                self.describe(&states)
            );
            tokio::time::sleep(node::POLL).await;
        }
    }

    /// Ends a test: stops every node, and has each one's store compared with what it must derive.
    pub async fn stop_and_verify(mut self) {
        // All at once: each takes its time.
        for pid in self.nodes.values().filter_map(Node::pid) {
            signal(pid, rustix::process::Signal::TERM);
        }
        for party in self.parties() {
            if self.node(&party).child.is_some() {
                self.stop(&party).await;
            }
            let node = self.node(&party);
            if !node.was_started() {
                continue; // there is no store to look at
            }
            let mut verify = command(node.program.0, &node.dir);
            verify
                .args(node.program.1)
                .arg("verify")
                .arg("--config")
                .arg(node.config())
                .envs(node.environment.iter().cloned());
            finish(verify).await.ok();
        }
    }

    fn describe(&self, states: &BTreeMap<String, v1::StatusResponse>) -> String {
        let mut text = String::new();
        for (party, s) in states {
            let charter = &s.charter_hash[..8];
            let digest = county_digest(s);
            writeln!(
                text,
                "{party:12} charter v{} {charter}, {} commits, {} documents, digest {}, pending {}, refused {}, forks {}, missing {}, unproven {}\n{}",
                s.charter_version, s.commits, s.documents, &digest[..16.min(digest.len())], s.pending, s.refused, s.forks,
                s.missing_values, s.unproven, self.node(party).tail(),
            )
            .expect("writes to a string");
        }
        text
    }
}

/// Waits until an asked-for condition holds; `what` completes "waited until".
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + CONVERGE_TIMEOUT;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited {CONVERGE_TIMEOUT:?} until {what}");
        tokio::time::sleep(node::POLL).await;
    }
}

/// The state digest of the space of all parties.
pub fn county_digest(state: &v1::StatusResponse) -> String {
    state.spaces.iter().find(|s| s.county).map(|s| s.digest.clone()).unwrap_or_default()
}

/// A row for one board.
pub fn board(id: &str, name: &str) -> Authority {
    Authority {
        id: AuthorityId::new(id).expect("an id"),
        name: name.to_owned(),
        valid_from: None,
        valid_to: None,
        successor: None,
    }
}
