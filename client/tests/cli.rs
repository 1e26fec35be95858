//! The program `samsyn` as a process, against a node in memory.
//!
//! ```text
//! samsyn (device key) ── mTLS, gRPC ──► fake node (admits that key)
//! ```

mod fake_node;

use fake_node::{Running, start};
use samsyn_core::value::Value;
use samsyn_wire::transport::{Identity, Pin};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;

/// One device with its settings.
struct Device {
    directory: TempDir,
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {} {}", self.out, self.err))
    }
}

impl Device {
    /// A device that has run `samsyn init` and that the node admits.
    async fn of(node: &Running) -> Self {
        let device = Self::unknown_to(node, node.identity.pin()).await;
        node.devices.replace([device.pin()]);
        device
    }

    async fn unknown_to(node: &Running, server_pin: Pin) -> Self {
        let device = Self { directory: TempDir::new().expect("a directory") };
        let server = format!("https://{}", node.address);
        let dir = device.dir().display().to_string();
        let said =
            device.run(&["init", "--server", &server, "--server-pin", &server_pin.to_string(), "--dir", &dir]).await;
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.out.contains(&device.pin().to_string()), "{}", said.out);
        device
    }

    fn dir(&self) -> PathBuf {
        self.directory.path().join("samsyn")
    }

    fn pin(&self) -> Pin {
        let at = |name: &str| self.dir().join(name);
        Identity::load(&at("device.crt.pem"), &at("device.key.pem")).expect("an identity").pin()
    }

    async fn run(&self, line: &[&str]) -> Said {
        let output = Command::new(Path::new(env!("CARGO_BIN_EXE_samsyn")))
            .args(line)
            .env("SAMSYN_CONFIG", self.dir().join("client.toml"))
            .env_remove("SAMSYN_LANG")
            .stdin(std::process::Stdio::null())
            .output()
            .await
            .expect("runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Said { code: output.status.code().expect("ends"), out: text(output.stdout), err: text(output.stderr) }
    }
}

#[tokio::test]
async fn a_work_is_written_edited_reported_and_shared() {
    let node = start().await;
    let device = Device::of(&node).await;
    let new = device
        .run(&[
            "--json",
            "work",
            "new",
            "--title",
            "Hemmonitorering för äldre",
            "--stage",
            "idé",
            "--partners",
            "Timrå, rvn",
        ])
        .await;
    assert_eq!(new.code, 0, "{} {}", new.out, new.err);
    let id = new.json()["data"]["working_copy_id"].as_str().expect("an id").to_owned();

    let edit = device
        .run(&["work", "edit", &id[..8], "--stage", "pågår", "--summary", "Åtta öar.", "--private", "minne=ring"])
        .await;
    assert_eq!(edit.code, 0, "{}", edit.err);
    assert!(edit.out.contains("Skede, Beskrivning"), "{}", edit.out);
    let again = device.run(&["work", "edit", &id, "--stage", "pågående"]).await;
    assert!(again.out.contains("Inget skiljer sig"), "{}", again.out);

    let colours = ["--cost", "grön", "--cooperation", "grön", "--benefit", "grön"];
    let yellow = device.run(&[&["--json", "work", "report", &id, "--time", "gul"][..], &colours].concat()).await;
    assert_eq!((yellow.code, yellow.json()["error"]["code"].clone()), (5, "input.comment_missing".into()));
    let report = [&["work", "report", &id, "--time", "gul", "--comment", "Sent."][..], &colours].concat();
    assert_eq!(device.run(&report).await.code, 0);

    let draft = node.node.draft();
    assert_eq!(draft.private["minne"], "ring");
    let at = |path: &str| draft.value(&path.parse().expect("a path"));
    assert_eq!(at("/facts/stage"), Some(Value::Reference("stage:ongoing".into())));
    assert_eq!(at("/facts/summary"), Some(Value::Prose("Åtta öar.".into())));
    assert_eq!(draft.values().len(), 10, "{draft:?}");

    let show = device.run(&["work", "show", &id]).await;
    assert!(
        show.out.contains("Hemmonitorering för äldre") && show.out.contains("Region Västernorrland, Timrå kommun"),
        "{}",
        show.out
    );
    assert!(show.out.contains("Privat (lämnar aldrig noden)"), "{}", show.out);

    let nobody = device.run(&["work", "publish", &id]).await;
    assert_eq!(nobody.code, 2, "without a terminal --yes is needed: {}", nobody.err);
    let preview = device.run(&["work", "publish", &id, "--preview"]).await;
    assert!(preview.out.contains("blir allmän handling hos två organisationer"), "{}", preview.out);
    let shared = device.run(&["--json", "work", "publish", &id, "--yes"]).await;
    assert_eq!(shared.json()["data"]["published_paths"].as_array().map(Vec::len), Some(10));
    let twice = device.run(&["--json", "work", "publish", &id, "--yes"]).await;
    assert_eq!((twice.code, twice.json()["data"]["nothing"].clone()), (0, true.into()));
}

#[tokio::test]
async fn wrong_input_is_refused_before_anything_is_kept() {
    let node = start().await;
    let device = Device::of(&node).await;
    for (line, code, field) in [
        (&["--title", " "][..], "input.empty", "title"),
        (&["--title", "x", "--start", "2023-02-30"], "input.date", "start"),
        (&["--title", "x", "--partners", "Oslo"], "input.unknown_party", "partners"),
        (&["--title", "x", "--stage", "snart"], "input.value", "stage"),
    ] {
        let said = device.run(&[&["--json", "work", "new"][..], line].concat()).await;
        let error = &said.json()["error"];
        assert_eq!((said.code, error["code"].as_str(), error["field"].as_str()), (5, Some(code), Some(field)));
        assert!(error["remedy"].as_str().is_some_and(|r| !r.is_empty()), "{error}");
    }
    assert_eq!(node.node.count(), 0, "nothing is half-written");
}

#[tokio::test]
async fn a_wrong_id_brings_what_comes_close() {
    let node = start().await;
    let device = Device::of(&node).await;
    device.run(&["work", "new", "--title", "Barnsäkert"]).await;
    let said = device.run(&["work", "show", "barnsakret"]).await;
    assert_eq!(said.code, 5, "{}", said.err);
    assert!(said.err.contains("menade du") && said.err.contains("Barnsäkert"), "{}", said.err);
}

#[tokio::test]
async fn an_unknown_device_and_a_wrong_node_are_told_apart() {
    let node = start().await;
    let unknown = Device::unknown_to(&node, node.identity.pin()).await;
    let said = unknown.run(&["--json", "--lang", "en", "status"]).await;
    assert_eq!(
        (said.code, said.json()["error"]["code"].clone()),
        (5, "device.unknown".into()),
        "{} {}",
        said.out,
        said.err
    );
    let remedy = said.json()["error"]["remedy"].as_str().unwrap_or_default().to_owned();
    assert!(remedy.contains(&unknown.pin().to_string()), "{remedy}");

    let misled = Device::unknown_to(&node, Pin([9; 32])).await;
    node.devices.replace([misled.pin()]);
    let said = misled.run(&["--json", "status"]).await;
    assert_eq!((said.code, said.json()["error"]["code"].clone()), (4, "tls.unpinned".into()), "{}", said.out);
}

#[tokio::test]
async fn lists_and_status_answer_as_tables_and_as_json() {
    let node = start().await;
    let device = Device::of(&node).await;
    device.run(&["work", "new", "--title", "Ett arbete"]).await;
    let list = device.run(&["work", "list", "--drafts"]).await;
    assert!(
        list.out.contains("Ett arbete") && list.out.contains("utkast") && list.out.contains("1 av 1 arbeten."),
        "{}",
        list.out
    );
    for line in [&["work", "list"][..], &["parties"], &["status"], &["work", "history", "x"]] {
        let said = device.run(&[&["--json"][..], line].concat()).await;
        assert_eq!((said.code, said.json()["schema"].clone()), (0, 1.into()), "{line:?}");
        assert!(said.json()["data"].is_object());
    }
    let wrong = device.run(&["--json", "work", "list", "--sida", "2"]).await;
    assert_eq!((wrong.code, wrong.json()["error"]["code"].clone()), (2, "usage".into()));
}
