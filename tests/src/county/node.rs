//! One party's node: its directory, and the process while it runs.

use super::{
    program::{self, Ran},
    store::Database,
};
use samsyn_client::{config::Config as ClientConfig, node::Node as Client};
use samsyn_wire::v1;
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::process::{Child, Command};

const START_TIMEOUT: Duration = Duration::from_mins(1);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
pub(super) const POLL: Duration = Duration::from_millis(50);

/// See the module's documentation.
#[derive(Debug)]
pub struct Node {
    pub party: String,
    /// What `samsynd init` made, the database, the log and the client's files.
    pub dir: PathBuf,
    /// Where its own process listens for peers; the charter names the forwarder before it.
    pub federation: SocketAddr,
    /// The forwarder's address, as the charter has it: `https://host:port`.
    pub endpoint: String,
    pub api: SocketAddr,
    /// The program that is the node, and what comes before `run` on its command line.
    pub program: (&'static str, &'static [&'static str]),
    /// Settings for the next start, as `SAMSYN__SECTION__KEY`.
    pub environment: Vec<(String, String)>,
    // Before the database, so that the process ends before it is dropped.
    pub(super) child: Option<Child>,
    /// Its database at a server; none where it is a file.
    pub database: Option<Database>,
}

impl Node {
    pub fn config(&self) -> PathBuf {
        self.dir.join("samsynd.toml")
    }
    pub fn database(&self) -> PathBuf {
        self.dir.join("node.db")
    }
    /// Everything that the node's processes have written to standard output and standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }
    /// False for a party whose node is something else than `samsynd`.
    pub fn was_started(&self) -> bool {
        self.log_file().exists()
    }
    fn log_file(&self) -> PathBuf {
        self.dir.join("node.log")
    }
    /// The settings of the coordinator's device.
    pub fn client_config(&self) -> PathBuf {
        self.dir.join("client/client.toml")
    }
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    pub(super) fn spawn(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.party);
        let log =
            File::options().create(true).append(true).open(self.log_file()).expect("the node's log can be written");
        let mut command: Command = program::command(self.program.0, &self.dir);
        command.args(self.program.1).arg("run").arg("--config").arg(self.config());
        command.env("SAMSYN__LOG__LEVEL", "info,samsyn_server=debug").envs(self.environment.iter().cloned());
        command.stdout(log.try_clone().expect("a file can be shared")).stderr(Stdio::from(log));
        self.child = Some(command.spawn().expect("samsynd starts"));
    }

    /// Waits until the node answers its own client.
    pub(super) async fn ready(&mut self) {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(status) = self.ended() {
                panic!("the node of {} ended at its start ({status}):\n{}", self.party, self.tail());
            }
            let Err(why) = self.status().await else { return };
            assert!(Instant::now() < deadline, "the node of {} does not answer: {why}\n{}", self.party, self.tail());
            tokio::time::sleep(POLL).await;
        }
    }

    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|c| c.try_wait().expect("a child can be asked"))
    }

    pub(super) async fn kill(&mut self) {
        let mut child = self.child.take().unwrap_or_else(|| panic!("{} does not run", self.party));
        child.kill().await.expect("an own child can be killed");
    }

    pub(super) async fn buried(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap_or_else(|| panic!("{} does not run", self.party));
        let status = tokio::time::timeout(STOP_TIMEOUT, child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("{} is not dead:\n{}", self.party, self.tail()));
        status.expect("an own child can be waited for")
    }

    /// SIGTERM, and an orderly end with exit code 0.
    pub(super) async fn terminate(&mut self) {
        let mut child = self.child.take().unwrap_or_else(|| panic!("{} does not run", self.party));
        signal(child.id().expect("it runs"), rustix::process::Signal::TERM);
        let status = tokio::time::timeout(STOP_TIMEOUT, child.wait()).await;
        let status = status
            .unwrap_or_else(|_| panic!("{} has not stopped after {STOP_TIMEOUT:?}:\n{}", self.party, self.tail()));
        let status = status.expect("an own child can be waited for");
        assert!(status.success(), "{} stopped with {status}:\n{}", self.party, self.tail());
    }

    /// The coordinator's connection to this node.
    pub async fn client(&self) -> Result<Client, String> {
        self.client_of(&self.client_config()).await
    }

    pub async fn client_of(&self, config: &Path) -> Result<Client, String> {
        let config = ClientConfig::load(Some(config)).map_err(|p| format!("{p:?}"))?;
        Client::connect(&config).await.map_err(|p| format!("{}: {p:?}", p.code))
    }

    pub async fn status(&self) -> Result<v1::StatusResponse, String> {
        self.client().await?.status().await.map_err(|p| format!("{}: {p:?}", p.code))
    }

    /// `samsyn` as this party's coordinator.
    pub async fn samsyn(&self, args: &[&str]) -> Ran {
        let mut command = program::command("samsyn", &self.dir);
        command.arg("--config").arg(self.client_config()).args(args);
        program::finish(command).await
    }

    /// The last lines of the log, for messages.
    pub fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

/// Sends a signal to a process that this test has started.
pub fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
    rustix::process::kill_process(pid, signal).expect("an own child takes signals");
}
