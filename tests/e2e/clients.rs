//! A generic client: Python's grpcio, which knows of samsyn only what server reflection tells it.

use samsyn_core::code::Code;
use samsyn_tests::county::{County, finish};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

const PACKAGES: [&str; 5] =
    ["grpcio", "grpcio-reflection", "eark-validator==1.1.3", "icalendar==7.3.0", "openpyxl==3.1.5"];

/// A Python with the packages, in a virtual environment under `target/`; `tests/run` makes the same one.
pub(crate) async fn python() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let home = workspace.join("target/python");
    let python = home.join("bin/python");
    let mut check = Command::new(&python);
    // Not imported: that one asks the network when it is.
    check.args([
        "-c",
        "import grpc, grpc_reflection, icalendar, openpyxl, importlib.util as u; assert u.find_spec('eark_validator')",
    ]);
    if python.exists() && finish(check).await.code == 0 {
        return python;
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&home);
    let made = finish(make).await;
    assert_eq!(made.code, 0, "python3-venv is needed (tests/run installs it): {}", made.err);
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES);
    finish(install).await.ok();
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generic_client_lists_and_calls_the_services_by_reflection() {
    let county = County::with(&["rvn", "timra"]).await;
    county.publish("rvn", "Sett från Python").await;
    let node = county.node("rvn");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/generic_client.py");
    let mut command = Command::new(python().await);
    command.arg(script).arg(node.api.to_string()).arg(node.dir.join("client")).arg(node.dir.join("tls.crt"));
    let answer = finish(command).await.ok();
    let answer: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
    let services = answer["services"].to_string();
    for service in ["samsyn.v1.Node", "samsyn.v1.Portfolio", "samsyn.v1.Replica", "grpc.health.v1.Health"] {
        assert!(services.contains(service), "{service} is not listed: {services}");
    }
    assert_eq!(answer["health"], "SERVING", "{answer}");
    assert_eq!(answer["status"]["organisation"], "rvn", "{answer}");
    assert_eq!(answer["status"]["works"], "1", "{answer}");
    assert_eq!(answer["titles"], serde_json::json!(["Sett från Python"]), "{answer}");
    assert_eq!(answer["missing"]["code"], Code::InputNotFound.as_str(), "{answer}");
    assert_eq!(answer["missing"]["grpc"], "NOT_FOUND", "{answer}");
    assert!(answer["missing"]["remedy"].as_str().is_some_and(|r| r.contains("work list")), "{answer}");
    assert_eq!(answer["without_key"], true, "a client without a key is refused: {answer}");
    fs::metadata(&node.dir).expect("the county stands until here");
}
