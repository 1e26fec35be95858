//! samsyn-core has no I/O, clock or randomness: Cargo proves it.

use samsyn_tests::county::finish;
use std::{collections::BTreeSet, env, path::Path};
use tokio::process::Command;

/// What would give the core a network, a disk or a runtime, even through a dependency.
const IO: [&str; 6] = ["tokio", "tonic", "sqlx", "mio", "hyper", "libsqlite3-sys"];
/// What it may not use itself; automerge brings some of it and is given its actors by us.
const DICE_AND_CLOCKS: [&str; 5] = ["rand", "getrandom", "jiff", "tracing", "uuid"];

#[tokio::test]
async fn core_depends_on_nothing_that_does_io_or_throws_dice() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut tree = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    tree.args(["tree", "--offline", "-p", "samsyn-core", "-e", "normal", "--prefix", "none", "--format", "{p}"]);
    tree.current_dir(workspace);
    let answer = finish(tree).await.ok();
    let crates: BTreeSet<&str> = answer.out.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(crates.contains("samsyn-core") && crates.contains("blake3"), "{crates:?}");
    let brought: Vec<_> = IO.iter().filter(|name| crates.contains(**name)).collect();
    assert!(brought.is_empty(), "samsyn-core brings {brought:?}");
    let direct = direct(workspace).await;
    let used: Vec<_> = DICE_AND_CLOCKS.iter().filter(|name| direct.contains(**name)).collect();
    assert!(used.is_empty() && direct.contains("blake3"), "samsyn-core uses {used:?} of {direct:?}");
}

async fn direct(workspace: &Path) -> BTreeSet<String> {
    let mut metadata = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    metadata.args(["metadata", "--offline", "--no-deps", "--format-version", "1"]).current_dir(workspace);
    let answer = finish(metadata).await.ok();
    let metadata: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let core = packages.iter().find(|p| p["name"] == "samsyn-core").expect("samsyn-core");
    let normal = core["dependencies"].as_array().expect("dependencies").iter().filter(|d| d["kind"].is_null());
    normal.filter_map(|d| d["name"].as_str().map(str::to_owned)).collect()
}
