//! Eight node processes: their directories, charter, ports, start, agreement and end.

use super::data::{County, Organisation, OrganisationKind};
use crate::{
    driver::now_ms,
    failure::{Doing, Failure},
    operate::{charter, init},
    store::{Access, Device, Role, Store},
};
use samsyn_core::{
    charter::{Authority, Party, PartyKind},
    code::Code,
    id::{Name, OrgId},
    sign::Domain,
};
use samsyn_wire::{
    transport::{self, Identity, Pin, PinSet},
    v1::{self, node_client::NodeClient},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant, SystemTime},
};
use tokio::process::{Child, Command};
use tonic::transport::Channel;

/// Ports between one party's first and the next party's.
const PORTS_PER_PARTY: u16 = 10;
const START_TIMEOUT: Duration = Duration::from_mins(1);
const AGREE_TIMEOUT: Duration = Duration::from_mins(2);
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The demo's directory: the operator's, kept; or a temporary one, taken away at the end.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    temporary: bool,
}

impl Home {
    pub(super) fn make(given: Option<PathBuf>) -> Result<Self, Failure> {
        let temporary = given.is_none();
        let path = given.unwrap_or_else(|| std::env::temp_dir().join(format!("samsyn-demo-{}", std::process::id())));
        if path.exists() && fs::read_dir(&path).doing("reading", &path)?.next().is_some() {
            let message = format!("{} is left from an earlier demo, or belongs to something else", path.display());
            return Err(Failure::new(
                Code::InUse,
                message,
                "remove it, or give another --dir: the demo always begins anew",
            )
            .field("dir"));
        }
        fs::create_dir_all(&path).doing("making", &path)?;
        let path = path.canonicalize().doing("finding", &path)?;
        Ok(Self { path, temporary })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.temporary {
            fs::remove_dir_all(&self.path).ok();
        }
    }
}

/// One party's node.
pub(super) struct Node {
    pub(super) party: OrgId,
    pub(super) api: SocketAddr,
    pub(super) web: SocketAddr,
    dir: PathBuf,
    pin: Pin,
    device: Identity,
    child: Option<Child>,
}

/// A node's line in the table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) party: String,
    pub(super) api: String,
    pub(super) web: String,
    pub(super) works: u64,
    pub(super) commits: u64,
    pub(super) digest: String,
    settled: bool,
    documents: u64,
}

pub(super) struct Nodes(BTreeMap<OrgId, Node>);

/// Says which port is taken before anything is made.
pub(super) fn check_ports(base: u16, parties: usize) -> Result<(), Failure> {
    for i in 0..parties {
        for offset in 0..3 {
            let port = port(base, i, offset)?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|e| {
                let failure = Failure::io(format!("port {port} is not free"), &e).field("port-base");
                Failure {
                    remedy: "another demo may be running: stop it, or give another --port-base".into(),
                    ..failure
                }
            })?;
        }
    }
    Ok(())
}

fn port(base: u16, party: usize, offset: u16) -> Result<u16, Failure> {
    let step =
        u16::try_from(party).ok().and_then(|p| p.checked_mul(PORTS_PER_PARTY)).and_then(|p| p.checked_add(offset));
    step.and_then(|s| base.checked_add(s))
        .ok_or_else(|| Failure::usage("the ports would go past 65535", "give a lower --port-base").field("port-base"))
}

impl Nodes {
    /// Makes every party's directory: keys, certificate, configuration, charter with all signatures, a client.
    pub(super) async fn prepare(home: &Home, county: &County, base: u16) -> Result<Self, Failure> {
        let mut nodes = BTreeMap::new();
        let mut parties = Vec::new();
        for (i, organisation) in county.organisations.iter().enumerate() {
            let dir = home.path().join(organisation.id.as_str());
            let at = |offset| {
                Ok::<_, Failure>(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port(base, i, offset)?)))
            };
            let options = init::Options {
                organisation: organisation.id.clone(),
                name: Some(organisation.name.clone()),
                kind: kind(organisation.kind),
                organisation_number: Some(organisation.organisation_number.clone()),
                dir: dir.clone(),
                federation_listen: at(0)?,
                api_listen: at(1)?,
                web_listen: Some(at(2)?),
                endpoints: Vec::new(),
            };
            let prepared = init::prepare(&options, SystemTime::now())?;
            parties.push(Party { authorities: authorities(organisation), ..prepared.party });
            let (pin, device) = client(&dir, at(1)?)?;
            let node = Node { party: organisation.id.clone(), api: at(1)?, web: at(2)?, dir, pin, device, child: None };
            nodes.insert(organisation.id.clone(), node);
        }
        sign_charter(&nodes, parties)?;
        for node in nodes.values() {
            node.add_device().await?;
        }
        Ok(Self(nodes))
    }

    pub(super) async fn start(&mut self) -> Result<(), Failure> {
        for node in self.0.values_mut() {
            node.start()?;
        }
        for node in self.0.values_mut() {
            node.wait_ready().await?;
        }
        Ok(())
    }

    pub(super) fn get(&self, party: &OrgId) -> Result<&Node, Failure> {
        self.0.get(party).ok_or_else(|| {
            Failure::new(Code::Failed, format!("'{party}' has no node here"), "this is a fault in samsynd")
        })
    }

    /// Waits until every node has the documents, nothing waits, and all digests are equal.
    pub(super) async fn converged(&mut self, documents: u64) -> Result<Vec<Row>, Failure> {
        let deadline = Instant::now() + AGREE_TIMEOUT;
        loop {
            let mut rows = Vec::new();
            for node in self.0.values_mut() {
                node.check_alive()?;
                rows.push(node.row().await?);
            }
            let agreed = rows.windows(2).all(|p| p[0].digest == p[1].digest && p[0].commits == p[1].commits);
            if agreed && rows.iter().all(|r| r.settled && r.documents >= documents) {
                return Ok(rows);
            }
            if Instant::now() > deadline {
                return Ok(rows); // the table says that they differ, and the exit code
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks every node to stop, then waits.
    pub(super) async fn stop(&mut self) {
        for node in self.0.values_mut() {
            node.signal_stop();
        }
        for node in self.0.values_mut() {
            let Some(mut child) = node.child.take() else { continue };
            if tokio::time::timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
                child.kill().await.ok();
            }
        }
    }
}

impl Node {
    fn config(&self) -> PathBuf {
        self.dir.join("samsynd.toml")
    }

    fn log(&self) -> PathBuf {
        self.dir.join("node.log")
    }

    async fn add_device(&self) -> Result<(), Failure> {
        let config = crate::config::Config::load_with(&self.config(), [])?;
        let store = Store::open(&config.store.backend, Access::Node).await?;
        let name = "Demo".to_owned();
        let device = Device {
            pin: self.device.pin(),
            name,
            role: Role::Coordinator,
            authority: None,
            added_ms: now_ms(),
            revoked_ms: None,
        };
        store.add_device(&device).await?;
        store.close().await;
        Ok(())
    }

    fn start(&mut self) -> Result<(), Failure> {
        let program = std::env::current_exe().map_err(|e| Failure::io("find this program", &e))?;
        let log = fs::File::create(self.log()).doing("making", &self.log())?;
        let errors = log.try_clone().doing("opening", &self.log())?;
        let child = Command::new(program)
            .args(["run", "--config"])
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| Failure::io(format!("start the node of {}", self.party), &e))?;
        self.child = Some(child);
        Ok(())
    }

    async fn wait_ready(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            self.check_alive()?;
            match self.row().await {
                Ok(_) => return Ok(()),
                Err(failure) if Instant::now() > deadline => return Err(failure),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn check_alive(&mut self) -> Result<(), Failure> {
        let ended = self.child.as_mut().and_then(|c| c.try_wait().ok().flatten());
        let Some(status) = ended else { return Ok(()) };
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(5).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        let message = format!("the node of {} ended ({status}): {}", self.party, tail.join(" | "));
        Err(Failure::new(Code::Failed, message, format!("see {}", self.log().display())))
    }

    pub(super) async fn channel(&self) -> Result<Channel, Failure> {
        let endpoint = format!("https://{}", self.api);
        Ok(transport::connect(&endpoint, &self.device, PinSet::new([self.pin])).await?)
    }

    async fn row(&self) -> Result<Row, Failure> {
        let answer = NodeClient::new(self.channel().await?).status(v1::StatusRequest {}).await;
        let status = answer.map_err(|s| called(&self.party, &s))?.into_inner();
        let county = status.spaces.iter().find(|s| s.county);
        Ok(Row {
            party: self.party.to_string(),
            api: format!("https://{}", self.api),
            web: format!("http://{}", self.web),
            works: status.works,
            commits: status.commits,
            digest: county.map(|s| s.digest.clone()).unwrap_or_default(),
            settled: status.pending == 0 && status.missing_values == 0,
            documents: status.documents,
        })
    }

    fn signal_stop(&self) {
        let pid = self
            .child
            .as_ref()
            .and_then(Child::id)
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // That it has ended already is as good.
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        }
    }
}

/// What a refused call means here.
pub(super) fn called(party: &OrgId, status: &tonic::Status) -> Failure {
    let (code, remedy, field) = samsyn_wire::parse_status(status);
    let message = format!("the node of {party}: {}", status.message());
    let failure = Failure::new(code.unwrap_or(Code::Unreachable), message, remedy);
    match field {
        Some(field) => failure.field(field),
        None => failure,
    }
}

fn kind(kind: OrganisationKind) -> PartyKind {
    match kind {
        OrganisationKind::Region => PartyKind::Region,
        OrganisationKind::Municipality => PartyKind::Municipality,
    }
}

fn authorities(organisation: &Organisation) -> Vec<Authority> {
    let row = |a: &super::data::Authority| Authority {
        id: a.id.clone(),
        name: a.name.clone(),
        valid_from: a.valid_from.clone(),
        valid_to: a.valid_to.clone(),
        successor: a.successor.clone(),
    };
    organisation.authorities.iter().map(row).collect()
}

/// A client of the party: its key, certificate and configuration under `client/`.
fn client(dir: &Path, api: SocketAddr) -> Result<(Pin, Identity), Failure> {
    let pin = Identity::load(&dir.join("tls.crt"), &dir.join("tls.key"))?.pin();
    let client = dir.join("client");
    fs::create_dir_all(&client).doing("making", &client)?;
    let key = transport::generate_key_pem()?;
    let now = SystemTime::now();
    let certificate = transport::self_signed(&key, &[], now - init::CERTIFICATE_EARLIER, now + init::CERTIFICATE_LIFE)?;
    transport::create_private_file(&client.join("device.key.pem"), key.as_bytes())?;
    transport::create_file(&client.join("device.crt.pem"), certificate.as_bytes())?;
    let text = format!(
        "server = \"https://{api}\"\nserver_pin = \"{pin}\"\nkey = \"device.key.pem\"\ncertificate = \"device.crt.pem\"\nlang = \"sv\"\n"
    );
    transport::create_file(&client.join("client.toml"), text.as_bytes())?;
    Ok((pin, Identity::from_pem(&certificate, &key)?))
}

/// One charter, signed by all, beside every node's configuration.
fn sign_charter(nodes: &BTreeMap<OrgId, Node>, parties: Vec<Party>) -> Result<(), Failure> {
    let office: BTreeSet<Name> = nodes.keys().cloned().collect();
    let text = charter::genesis("God och nära vård i Västernorrland", parties, office)?;
    let mut signatures = Vec::new();
    for node in nodes.values() {
        let key = crate::identity::load_log_key(&node.dir.join("log.key"))?;
        signatures
            .push((format!("charter.{}.sig", node.party), format!("{}\n", key.sign(Domain::Charter, text.as_bytes()))));
    }
    for node in nodes.values() {
        transport::create_file(&node.dir.join("charter.toml"), text.as_bytes())?;
        for (name, signature) in &signatures {
            transport::create_file(&node.dir.join(name), signature.as_bytes())?;
        }
    }
    Ok(())
}
