//! The README's "Two nodes by hand", command by command as it stands there.

use samsyn_tests::county::{Ran, command, finish, ports, program, signal, until};
use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    path::Path,
};
use tokio::process::{Child, Command};

const SECTION: &str = "## Two nodes by hand";

/// The commands of the section's `sh` blocks: lines joined where they are continued, comments taken away.
fn commands(readme: &str) -> Vec<String> {
    let (_, section) = readme.split_once(SECTION).expect("the section is there");
    let section = section.split("\n## ").next().expect("a section");
    let blocks = section.split("```sh\n").skip(1).map(|b| b.split("```").next().unwrap_or_default());
    let joined = blocks.map(|b| b.replace("\\\n", " ")).collect::<Vec<_>>().join("\n");
    let bare = joined.lines().map(|l| l.split("  #").next().unwrap_or_default().trim().to_owned());
    bare.filter(|l| !l.is_empty()).collect()
}

/// One reader at a shell. Knows what a reader fills in: ports that are free here, and what programs have printed.
struct Reader {
    dir: tempfile::TempDir,
    ports: BTreeMap<&'static str, String>,
    settings: Option<String>,
    /// The pin that `samsyn init` printed, and the number that `work new` printed.
    pin: String,
    number: String,
    nodes: Vec<Child>,
}

impl Reader {
    fn new() -> Self {
        let ports = ["7000", "7001", "7010", "7011"].map(|p| (p, ports::free().to_string()));
        let dir = tempfile::tempdir().expect("a directory");
        Self { dir, ports: ports.into(), settings: None, pin: String::new(), number: String::new(), nodes: Vec::new() }
    }

    fn filled_in(&self, line: &str) -> String {
        let mut line = self
            .ports
            .iter()
            .fold(line.to_owned(), |line, (from, to)| line.replace(&format!(":{from}"), &format!(":{to}")));
        line = line.replace("blake3:…", &self.pin).replace("7018ae15", &self.number);
        // Nobody is at this terminal to say yes.
        if line.contains("work publish") && !line.contains("--preview") { format!("{line} --yes") } else { line }
    }

    async fn does(&mut self, line: &str) {
        if let Some(settings) = line.strip_prefix("export SAMSYN_CONFIG=") {
            self.settings = Some(settings.to_owned());
            return;
        }
        let line = self.filled_in(line);
        if let Some(args) = line.strip_prefix("samsynd run ") {
            self.start(args).await;
            return;
        }
        // A running node takes in a new device within a second; a reader is not faster.
        let known = || async { !self.shell("samsyn status").await.says_it("device.unknown") };
        if line.starts_with("samsyn ") && !line.starts_with("samsyn init") {
            until("the node has seen the new device", known).await;
        }
        let ran = self.shell(&line).await.ok();
        if line.starts_with("samsyn init") {
            self.pin = word_with(&ran.out, "blake3:");
        } else if line.starts_with("samsyn work new") {
            // Any beginning of the whole number does.
            self.number = ran
                .out
                .split_whitespace()
                .find(|w| w.len() == 32 && w.bytes().all(|b| b.is_ascii_hexdigit()))
                .map_or_else(|| panic!("no number in {ran:?}"), |id| id[..8].to_owned());
        }
    }

    async fn shell(&self, line: &str) -> Ran {
        let mut shell = Command::new("bash");
        let programs = program("samsyn").parent().expect("a directory").to_owned();
        let path = env::join_paths(
            std::iter::once(programs).chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
        );
        shell
            .args(["-euc", line])
            .current_dir(self.dir.path())
            .env("PATH", path.expect("a path"))
            .env("HOME", self.dir.path());
        shell
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("SAMSYN_CONFIG")
            .envs(self.settings.iter().map(|s| ("SAMSYN_CONFIG", s)));
        finish(shell).await
    }

    async fn start(&mut self, args: &str) {
        let args: Vec<&str> = args.split_whitespace().collect();
        let log = self.dir.path().join(format!("node-{}.log", self.nodes.len()));
        let mut node = command("samsynd", self.dir.path());
        node.arg("run").args(args).stderr(File::create(&log).expect("a log"));
        self.nodes.push(node.spawn().expect("samsynd starts"));
        until("the node logs that it is ready", || async {
            fs::read_to_string(&log).is_ok_and(|l| l.contains("ready"))
        })
        .await;
    }
}

fn word_with(text: &str, mark: &str) -> String {
    text.split_whitespace().find(|w| w.starts_with(mark)).unwrap_or_else(|| panic!("no {mark} in {text}")).to_owned()
}

/// ```text
///   sundsvall ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_two_nodes_work_as_it_says() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("README.md");
    let commands = commands(&fs::read_to_string(readme).expect("the README"));
    assert!(commands.iter().any(|c| c.starts_with("samsynd run")) && commands.len() > 15, "{commands:?}");
    let mut reader = Reader::new();
    let mut fifth = Vec::new();
    for line in &commands {
        // What prepares the terminal itself.
        if line.starts_with("cargo build") || line.starts_with("mkdir two") {
            continue;
        }
        if line.starts_with("samsyn init") || line.starts_with("samsynd device add") {
            fifth.push(line.clone());
        }
        if line == "export SAMSYN_CONFIG=sundsvall/client/client.toml" {
            // "Do step 5 for Sundsvall too"
            for line in &fifth {
                reader.does(&line.replace("timra", "sundsvall").replace("7011", "7001")).await;
            }
        }
        reader.does(line).await;
    }
    until("sundsvall lists timra's work", || async {
        reader.shell("samsyn work list").await.says_it("Hemmonitorering")
    })
    .await;
    let list = reader.shell("samsyn work list").await.ok();
    assert!(list.says_it("Timrå kommun") && list.says_it("HT 2025") && !list.says_it("Oklart än"), "{list:?}");
    let number = list
        .out
        .lines()
        .find(|l| l.contains("Hemmonitorering"))
        .and_then(|l| l.split_whitespace().next())
        .expect("a number");
    let refused = reader.shell(&format!("samsyn work edit {number} --title Annan")).await.exits(5);
    assert!(
        refused.err.contains("Fältet skrivs av Timrå kommun") && refused.err.contains("input.not_owner"),
        "{refused:?}"
    );
    for node in &mut reader.nodes {
        signal(node.id().expect("it runs"), rustix::process::Signal::INT);
        assert!(node.wait().await.expect("an own child").success());
    }
}
