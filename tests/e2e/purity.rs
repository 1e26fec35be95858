//! samsyn-core has no I/O, clock or randomness: Cargo proves it.

use samsyn_tests::county::finish;
use std::{collections::BTreeSet, env, path::Path};
use tokio::process::Command;

const FORBIDDEN: [&str; 10] = ["tokio", "tonic", "sqlx", "rand", "getrandom", "mio", "hyper", "rusqlite", "tracing", "jiff"];

#[tokio::test]
async fn core_depends_on_nothing_that_does_io_or_throws_dice() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut tree = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    tree.args(["tree", "--offline", "-p", "samsyn-core", "-e", "normal", "--prefix", "none", "--format", "{p}"]);
    tree.current_dir(workspace);
    let answer = finish(tree).await.ok();
    let crates: BTreeSet<&str> = answer.out.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(crates.contains("samsyn-core") && crates.contains("blake3"), "{crates:?}");
    let direct = direct(workspace).await;
    assert!(FORBIDDEN.iter().all(|f| !direct.contains(*f)), "samsyn-core depends on {direct:?}");
    let allowed = ["rand", "getrandom"]; // automerge brings them; core gives every document its actor itself
    let hidden: Vec<_> = FORBIDDEN.iter().filter(|f| crates.contains(**f) && !allowed.contains(f)).collect();
    assert!(hidden.is_empty(), "a dependency of samsyn-core brings {hidden:?}");
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
