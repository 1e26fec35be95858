//! Two nodes set up with the commands that the README shows, and nothing else.

use samsyn_tests::county::{Ran, command, ports, run, signal, until};
use std::{fs, path::Path, process::Stdio};
use tempfile::TempDir;
use tokio::process::Child;

struct Table {
    dir: TempDir,
}

impl Table {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }
    fn dir(&self) -> &Path {
        self.dir.path()
    }
    async fn samsynd(&self, line: &str) -> Ran {
        run("samsynd", self.dir(), &words(line)).await
    }
    async fn samsyn(&self, line: &str) -> Ran {
        run("samsyn", self.dir(), &words(line)).await
    }
    /// `samsynd init` for one party; gives its API port and pin.
    async fn init(&self, party: &str) -> (u16, String) {
        let (federation, api) = (ports::free(), ports::free());
        let line = format!(
            "init --organisation {party} --name {party}s-kommun --kind municipality --dir {party} \
             --federation-listen 127.0.0.1:{federation} --api-listen 127.0.0.1:{api} --json"
        );
        let made = self.samsynd(&line).await.ok().data();
        (api, made["pin"].as_str().expect("a pin").to_owned())
    }
    fn start(&self, party: &str) -> Child {
        let log = fs::File::create(self.dir().join(party).join("node.log")).expect("a log");
        let mut command = command("samsynd", self.dir());
        command.args(words(&format!("run --config {party}/samsynd.toml")));
        command.stderr(Stdio::from(log)).spawn().expect("samsynd starts")
    }
    /// What somebody does with a USB stick.
    fn copy_charter(&self, to: &str) {
        for entry in fs::read_dir(self.dir()).expect("a directory").flatten() {
            if entry.file_name().to_string_lossy().starts_with("charter") {
                fs::copy(entry.path(), self.dir().join(to).join(entry.file_name())).expect("copied");
            }
        }
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// ```text
///   sundsvall ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn two_organisations_set_up_their_nodes_and_see_each_others_works() {
    let t = Table::new();
    let (api, pin) = t.init("sundsvall").await;
    let (timra_api, timra_pin) = t.init("timra").await;
    t.samsynd("charter new --name Prov --party sundsvall/party.toml --party timra/party.toml --out charter.toml")
        .await
        .ok();
    t.samsynd("charter sign --config sundsvall/samsynd.toml charter.toml").await.ok();

    // Half-signed: told whose is missing, and no node starts with it.
    let verify = t.samsynd("charter verify charter.toml --json").await.exits(3).data();
    assert_eq!((&verify["in_force"], &verify["signatures"]["timra"]), (&false.into(), &"missing".into()));
    t.copy_charter("sundsvall");
    let refused = t.samsynd("run --config sundsvall/samsynd.toml --json").await.exits(3);
    assert_eq!(refused.error()["code"], "charter.threshold");

    t.samsynd("charter sign --config timra/samsynd.toml charter.toml").await.ok();
    t.samsynd("charter verify charter.toml").await.ok().says("in force");
    let show = t.samsynd("charter show charter.toml").await.ok();
    assert!(show.says_it("sundsvall") && show.says_it("timra") && show.says_it(&pin), "{show:?}");
    for party in ["sundsvall", "timra"] {
        t.copy_charter(party);
    }

    for (party, api, pin) in [("sundsvall", api, &pin), ("timra", timra_api, &timra_pin)] {
        let init = format!("init --server https://127.0.0.1:{api} --server-pin {pin} --dir {party}/client --json");
        let device = t.samsyn(&init).await.ok().data();
        let device = device["pin"].as_str().expect("a pin");
        t.samsynd(&format!(
            "device add --config {party}/samsynd.toml --pin {device} --name kansliet --role coordinator"
        ))
        .await
        .ok();
    }
    let mut nodes = [t.start("sundsvall"), t.start("timra")];
    let ours = "--config sundsvall/client/client.toml";
    let theirs = "--config timra/client/client.toml";
    until("both nodes answer", || async {
        t.samsyn(&format!("{ours} status")).await.code == 0 && t.samsyn(&format!("{theirs} status")).await.code == 0
    })
    .await;
    let new = t.samsyn(&format!("{ours} work new --title Hemmonitorering --form pilot --json")).await.ok().data();
    let id = new["working_copy_id"].as_str().expect("an id").to_owned();
    t.samsyn(&format!("{ours} work publish {id} --yes")).await.ok();
    until("timra shows sundsvall's work", || async {
        t.samsyn(&format!("{theirs} work list")).await.says_it("Hemmonitorering")
    })
    .await;

    for node in &mut nodes {
        signal(node.id().expect("it runs"), rustix::process::Signal::INT);
        let status = node.wait().await.expect("an own child");
        assert!(status.success(), "Ctrl-C ends a node in order: {status}");
    }
    for party in ["sundsvall", "timra"] {
        let verify = t.samsynd(&format!("verify --config {party}/samsynd.toml --json")).await.ok().data();
        assert_eq!((&verify["commits"], &verify["faults"]), (&1.into(), &serde_json::json!([])));
        t.samsynd(&format!("rebuild --config {party}/samsynd.toml")).await.ok();
        t.samsynd(&format!("verify --config {party}/samsynd.toml")).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_federation_needs_two_parties_and_init_overwrites_nothing() {
    let t = Table::new();
    t.init("sundsvall").await;
    let alone =
        t.samsynd("charter new --name Prov --party sundsvall/party.toml --out charter.toml --json").await.exits(3);
    assert_eq!(alone.error()["code"], "charter.too_few_parties");
    assert!(!t.dir().join("charter.toml").exists(), "nothing half-written");
    let twice = t
        .samsynd("charter new --name Prov --party sundsvall/party.toml --party sundsvall/party.toml --json")
        .await
        .exits(3);
    assert_eq!(twice.error()["code"], "charter.duplicate");

    let key = fs::read(t.dir().join("sundsvall/log.key")).expect("a key");
    let again = t.samsynd("init --organisation sundsvall --dir sundsvall --json").await.exits(1);
    assert_eq!(again.error()["field"], "dir");
    assert_eq!(fs::read(t.dir().join("sundsvall/log.key")).expect("a key"), key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charter_edited_after_signing_is_in_force_nowhere() {
    let t = Table::new();
    t.init("sundsvall").await;
    t.init("timra").await;
    t.samsynd("charter new --name Prov --party sundsvall/party.toml --party timra/party.toml --out charter.toml")
        .await
        .ok();
    for party in ["sundsvall", "timra"] {
        t.samsynd(&format!("charter sign --config {party}/samsynd.toml charter.toml")).await.ok();
    }
    let charter = t.dir().join("charter.toml");
    let text = fs::read_to_string(&charter).expect("read");
    fs::write(&charter, text.replace("\"Prov\"", "\"Prow\"")).expect("written");
    let verify = t.samsynd("charter verify charter.toml --json").await.exits(3).data();
    assert_eq!(verify["signatures"]["timra"], "wrong");
    t.copy_charter("timra");
    let refused = t.samsynd("run --config timra/samsynd.toml --json").await.exits(3);
    assert_eq!(refused.error()["code"], "charter.signature");

    // A format that this program does not know is told as such, not as a damaged file.
    fs::write(&charter, text.replace("format = 1", "format = 9")).expect("written");
    let unknown = t.samsynd("charter show charter.toml --json").await.exits(3);
    assert_eq!(unknown.error()["code"], "charter.version_unknown");
    // The same key or the same pin for two parties.
    let row = |party: &str| fs::read_to_string(t.dir().join(party).join("party.toml")).expect("read");
    let line = |text: &str, key: &str| text.lines().find(|l| l.starts_with(key)).expect("a line").to_owned();
    for key in ["log_key", "pins"] {
        let copied = row("timra").replace(&line(&row("timra"), key), &line(&row("sundsvall"), key));
        fs::write(t.dir().join("copied.toml"), copied).expect("written");
        let twice = t
            .samsynd("charter new --name Prov --party sundsvall/party.toml --party copied.toml --out two.toml --json")
            .await
            .exits(3);
        assert_eq!(twice.error()["code"], "charter.duplicate", "{key}");
        assert!(!t.dir().join("two.toml").exists());
    }
}
