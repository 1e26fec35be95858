//! Where the cases take place: three honest nodes, and two parties of the same charter whose nodes do not run, since the
//! program speaks in their name with their keys.
//!
//! ```text
//!   hostile (motpart) ──►┌─────┐      ┌───────┐
//!                        │ rvn │ ──── │ timra │  publishes something honest after each case
//!   relay   (ombud)   ──►└─────┘      └───────┘
//!                            ╲        ╱
//!                             ┌──────┐
//!                             │ ange │  is also what the slow cases attack
//!                             └──────┘
//! ```

use super::{
    peer::{Dial, SOON},
    pen::{Pen, random},
};
use crate::county::{County, county_digest};
use anyhow::{Context, Result, bail, ensure};
use samsyn_client::node::Node as Client;
use samsyn_core::{
    charter::{self, Charter, CharterError},
    code::Code,
    id::{CharterHash, FederationId, HeaderHash, Incarnation, OrgId, SpaceId},
    sign::{Domain, LogKey},
    sync::CharterFile,
};
use samsyn_server::identity::load_log_key;
use samsyn_wire::{transport::Identity, v1};
use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

pub(super) const VICTIM: &str = "rvn";
pub(super) const SECOND: &str = "ange";
pub(super) const WITNESS: &str = "timra";
pub(super) const HOSTILE: &str = "motpart";
pub(super) const RELAY: &str = "ombud";
const HONEST: [&str; 3] = [VICTIM, SECOND, WITNESS];
/// How long an honest party's publication may take to be shown by the others, also while a node is under attack.
const SERVED_WITHIN: Duration = Duration::from_secs(8);
const POLL: Duration = Duration::from_millis(20);

/// See the module's documentation.
pub(super) struct Arena {
    pub(super) county: County,
    clients: BTreeMap<&'static str, Client>,
    pub(super) federation: FederationId,
    /// The charter in force, as the cases have amended it.
    charter: Mutex<(Vec<u8>, Charter)>,
    served: AtomicU64,
}

/// How a node is, for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) digest: String,
    pub(super) commits: u64,
    pub(super) unproven: u64,
    pub(super) missing: u64,
}

impl Arena {
    pub(super) async fn open() -> Result<Self> {
        let mut county = County::stopped(&[VICTIM, SECOND, WITNESS, HOSTILE, RELAY]).await;
        for party in HONEST {
            county.restart(party).await;
        }
        let mut clients = BTreeMap::new();
        for party in HONEST {
            clients.insert(party, county.client(party).await);
        }
        let bytes = fs::read(county.node(VICTIM).dir.join("charter.toml")).context("the charter")?;
        let federation = charter::federation_of(&bytes);
        let charter = Mutex::new((bytes.clone(), Charter::parse(&bytes)?));
        Ok(Self { county, clients, federation, charter, served: AtomicU64::new(0) })
    }

    pub(super) fn client(&self, node: &str) -> &Client {
        &self.clients[node]
    }
    pub(super) fn county_space(&self) -> SpaceId {
        SpaceId::county(self.federation)
    }

    /// The charter in force: its hash and what it says.
    pub(super) fn charter(&self) -> (CharterHash, Charter) {
        let charter = self.charter.lock().unwrap_or_else(PoisonError::into_inner);
        (charter::hash(&charter.0), charter.1.clone())
    }

    pub(super) fn log_key(&self, party: &str) -> LogKey {
        load_log_key(&self.county.node(party).dir.join("log.key")).expect("the party's key")
    }
    pub(super) fn identity(&self, party: &str) -> Identity {
        let dir = &self.county.node(party).dir;
        Identity::load(&dir.join("tls.crt"), &dir.join("tls.key")).expect("the party's certificate and key")
    }

    /// How `party` dials `node`, past the forwarder, which lets only the county's own processes through.
    pub(super) fn dial(&self, party: &str, node: &str) -> Dial {
        Dial {
            address: self.county.node(node).federation,
            server: self.identity(node).pin(),
            identity: self.identity(party),
            federation: self.federation,
        }
    }
    pub(super) fn hostile(&self) -> Dial {
        self.dial(HOSTILE, VICTIM)
    }

    /// A new log of a party in the county space.
    pub(super) fn pen(&self, party: &str) -> Pen {
        Pen {
            org: OrgId::new(party).expect("an id"),
            key: self.log_key(party),
            federation: self.federation,
            charter: self.charter().0,
            space: self.county_space(),
            incarnation: Incarnation(random()),
            seq: 0,
            tip: None,
            hlc_ms: samsyn_server::driver::now_ms(),
        }
    }

    /// An amendment of the charter in force, signed by parties.
    pub(super) fn amendment(
        &self,
        signers: &[&str],
        change: impl FnOnce(&mut Charter),
    ) -> Result<CharterFile, CharterError> {
        let (hash, mut next) = self.charter();
        (next.version, next.previous) = (next.version + 1, Some(hash));
        (next.cuts, next.disclosures) = (Vec::new(), Vec::new());
        change(&mut next);
        let bytes = next.to_toml()?.into_bytes();
        let sign =
            |party: &&str| (OrgId::new(party).expect("an id"), self.log_key(party).sign(Domain::Charter, &bytes));
        Ok(CharterFile { signatures: signers.iter().map(sign).collect(), bytes })
    }

    /// From now on this is the charter in force.
    pub(super) fn amended(&self, file: &CharterFile) -> Result<()> {
        let parsed = Charter::parse(&file.bytes)?;
        *self.charter.lock().unwrap_or_else(PoisonError::into_inner) = (file.bytes.clone(), parsed);
        Ok(())
    }

    // What nodes say.

    pub(super) async fn status(&self, node: &str) -> Result<v1::StatusResponse> {
        self.client(node).status().await.map_err(|p| anyhow::anyhow!("{node} does not answer: {p:?}"))
    }

    pub(super) async fn look(&self, node: &str) -> Result<Look> {
        let s = self.status(node).await?;
        Ok(Look { digest: county_digest(&s), commits: s.commits, unproven: s.unproven, missing: s.missing_values })
    }

    /// Looks until something holds; `what` completes "waited until".
    pub(super) async fn until<F: Future<Output = Result<bool>>>(
        &self,
        what: &str,
        mut holds: impl FnMut() -> F,
    ) -> Result<()> {
        let deadline = Instant::now() + SOON;
        while !holds().await? {
            ensure!(Instant::now() < deadline, "waited {SOON:?} until {what}");
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Entries that a node lists as pending or refused, with their codes.
    async fn listed(&self, node: &str, pending: bool) -> Result<BTreeMap<String, String>> {
        let client = self.client(node);
        let (mut found, mut page_token) = (BTreeMap::new(), String::new());
        loop {
            let request = v1::EntriesRequest { page_size: 500, page_token };
            let answer = if pending {
                client.call(client.node().pending(request)).await
            } else {
                client.call(client.node().refused(request)).await
            };
            let answer = answer.map_err(|p| anyhow::anyhow!("{node} lists nothing: {p:?}"))?;
            found.extend(answer.entries.into_iter().map(|e| (e.header, e.verdict.unwrap_or_default().code)));
            if answer.next_page_token.is_empty() {
                return Ok(found);
            }
            page_token = answer.next_page_token;
        }
    }

    /// Waits until a node lists an entry as refused or pending with this code.
    pub(super) async fn verdict(&self, node: &str, header: HeaderHash, code: Code) -> Result<()> {
        let pending = code.as_str().starts_with("pending.");
        let header = header.to_string();
        let what = format!("{node} lists {} with {code}", &header[..8]);
        let mut other = None;
        let outcome = self
            .until(&what, || async {
                Ok(self.listed(node, pending).await?.get(&header).is_some_and(|c| c == code.as_str()))
            })
            .await;
        if outcome.is_err() {
            for pending in [true, false] {
                other = other.or(self.listed(node, pending).await?.remove(&header));
            }
        }
        outcome.with_context(|| format!("it is listed with {other:?}"))
    }

    /// How long a node's log is, to look at what comes after.
    pub(super) fn mark(&self, node: &str) -> usize {
        self.county.node(node).log().len()
    }
    pub(super) fn log_since(&self, node: &str, mark: usize) -> String {
        self.county.node(node).log().get(mark..).unwrap_or_default().to_owned()
    }

    /// Waits until a line of the log after the mark holds all the parts.
    pub(super) async fn logged(&self, node: &str, mark: usize, parts: &[&str]) -> Result<String> {
        self.logged_within(node, mark, parts, SOON).await
    }
    pub(super) async fn logged_within(
        &self,
        node: &str,
        mark: usize,
        parts: &[&str],
        within: Duration,
    ) -> Result<String> {
        let deadline = Instant::now() + within;
        loop {
            let log = self.log_since(node, mark);
            if let Some(line) = log.lines().find(|line| parts.iter().all(|part| line.contains(part))) {
                return Ok(line.to_owned());
            }
            if Instant::now() >= deadline {
                let lines: Vec<&str> = log.lines().collect();
                let tail = lines[lines.len().saturating_sub(8)..].join("\n");
                bail!("{node}'s log has no line with {parts:?} after {within:?}; it ends:\n{tail}");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// One work as a node shows it.
    pub(super) async fn work(&self, node: &str, id: &str) -> Result<Option<v1::Work>> {
        let client = self.client(node);
        let request = v1::GetWorkRequest { id: id.to_owned() };
        match client.call(client.portfolio().get_work(request)).await {
            Ok(answer) => Ok(answer.work),
            Err(problem) if problem.code == Code::InputNotFound => Ok(None),
            Err(problem) => bail!("{node} does not show {id}: {problem:?}"),
        }
    }

    /// Waits until a node shows a work.
    pub(super) async fn shows(&self, node: &str, id: &str) -> Result<v1::Work> {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(work) = self.work(node, id).await? {
                return Ok(work);
            }
            ensure!(Instant::now() < deadline, "waited {SOON:?} until {node} shows {id}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// The facts that a node shows at a path of a work.
    pub(super) async fn facts(&self, node: &str, id: &str, path: &str) -> Result<Vec<v1::Fact>> {
        Ok(self.shows(node, id).await?.facts.into_iter().filter(|f| f.path == path).collect())
    }

    // What others must get in the meantime.

    /// The witness publishes; the other two must show it in time. Gives how long that took.
    pub(super) async fn served(&self) -> Result<Duration> {
        let title = format!("Rättmätigt {}", self.served.fetch_add(1, Ordering::Relaxed));
        let begun = Instant::now();
        let publish = async {
            let id = self.county.publish(WITNESS, &title).await;
            for node in [VICTIM, SECOND] {
                while self.work(node, &id).await?.is_none() {
                    tokio::time::sleep(POLL).await;
                }
            }
            anyhow::Ok(id)
        };
        tokio::time::timeout(SERVED_WITHIN, publish)
            .await
            .with_context(|| format!("the others do not get '{title}' within {SERVED_WITHIN:?}"))??;
        Ok(begun.elapsed())
    }

    /// Commits of each party in the county space.
    async fn county_commits(&self, node: &str) -> Result<Vec<(String, u64)>> {
        let parties = self.client(node).parties().await.map_err(|p| anyhow::anyhow!("{node}: {p:?}"))?;
        Ok(parties.0.into_iter().map(|p| (p.id, p.commits)).collect())
    }

    /// All honest nodes have the same.
    pub(super) async fn agree(&self) -> Result<()> {
        let mut last = Vec::new();
        let outcome = {
            let last = &mut last;
            let deadline = Instant::now() + SOON;
            loop {
                last.clear();
                for node in HONEST {
                    last.push((self.look(node).await?.digest, self.county_commits(node).await?));
                }
                if last.windows(2).all(|pair| pair[0] == pair[1]) {
                    break Ok(());
                }
                if Instant::now() >= deadline {
                    break Err(anyhow::anyhow!("the nodes do not agree after {SOON:?}"));
                }
                tokio::time::sleep(POLL).await;
            }
        };
        outcome.with_context(|| format!("{last:?}"))
    }

    // Memory of a node's process, in KiB.

    pub(super) fn memory_now(&self, node: &str) -> Result<u64> {
        self.memory(node, "VmRSS:")
    }
    pub(super) fn memory_peak(&self, node: &str) -> Result<u64> {
        self.memory(node, "VmHWM:")
    }
    fn memory(&self, node: &str, field: &str) -> Result<u64> {
        let pid = self.county.node(node).pid().with_context(|| format!("{node} does not run"))?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|l| l.strip_prefix(field)).context("a field of /proc/PID/status")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }
    /// The peak is counted from here on.
    pub(super) fn forget_peak(&self, node: &str) -> Result<()> {
        let pid = self.county.node(node).pid().with_context(|| format!("{node} does not run"))?;
        fs::write(format!("/proc/{pid}/clear_refs"), "5").context("resetting the peak of the resident memory")
    }
}
