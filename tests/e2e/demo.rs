//! `samsynd demo`: eight nodes with the county's own data, by one command.

use samsyn_tests::county::{command, ports, run, signal, until};
use serde_json::Value;
use std::{collections::BTreeSet, fs, net::TcpListener, process::Stdio};
use tokio::io::{AsyncBufReadExt, BufReader};

/// Processes whose parent is this one.
fn children(pid: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("the harness needs /proc").flatten();
    let pids = processes.filter_map(|p| p.file_name().to_string_lossy().parse::<u32>().ok());
    pids.filter(|p| {
        let stat = fs::read_to_string(format!("/proc/{p}/stat")).unwrap_or_default();
        // After the name, which stands in brackets and may hold anything: state, then the parent.
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)) == Some(pid.to_string().as_str())
    })
    .collect()
}

fn rows(data: &Value) -> Vec<Value> {
    let rows = data.as_array().expect("a list").clone();
    assert_eq!(rows.len(), 8, "{data}");
    rows
}

/// ```text
///   eight nodes, each dialling every other; eight works and five ideas, each published by its owner
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn eight_nodes_agree_on_the_countys_portfolio_and_the_command_ends() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("demo");
    let base = ports::free_block(80).to_string();
    let line = ["demo", "--once", "--json", "--dir", dir.to_str().expect("a path"), "--port-base", &base];
    let demo = run("samsynd", home.path(), &line).await.ok();
    let rows = rows(&demo.data());
    let field = |name: &str| rows.iter().map(|r| r[name].clone()).collect::<Vec<Value>>();
    let digests: BTreeSet<String> = field("digest").iter().map(ToString::to_string).collect();
    assert_eq!(digests.len(), 1, "{rows:?}");
    assert!(field("works").iter().all(|w| *w == 13), "{rows:?}");
    let pages = |i: u16| format!("http://127.0.0.1:{}", base.parse::<u16>().expect("a port") + 10 * i + 2);
    assert_eq!(field("web"), (0..8).map(pages).collect::<Vec<_>>());
    let parties: Vec<String> = field("party").iter().map(|p| p.as_str().expect("an id").to_owned()).collect();
    assert!(parties.is_sorted() && parties.contains(&"rvn".to_owned()), "{parties:?}");
    let expected: Vec<String> =
        (0..8).map(|i| format!("https://127.0.0.1:{}", base.parse::<u16>().expect("a port") + 10 * i + 1)).collect();
    assert_eq!(field("api"), expected);
    assert!(demo.err.contains("demo: "), "progress is shown: {}", demo.err);

    // What it leaves is an ordinary node's directory, and nothing in it is damaged.
    let config = dir.join("ange/samsynd.toml");
    run("samsynd", home.path(), &["verify", "--config", config.to_str().expect("a path")]).await.ok();
    // A directory that is left from before is never written into.
    let again = run("samsynd", home.path(), &line).await.exits(7);
    assert_eq!(again.error()["field"], "dir");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_ports_past_the_end_are_told_before_anything_is_made() {
    let home = tempfile::tempdir().expect("a directory");
    let base = ports::free_block(80);
    let taken = TcpListener::bind(("127.0.0.1", base + 31)).expect("free just now");
    let demo = |base: String| async move {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join("demo");
        let line = ["demo", "--once", "--json", "--dir", dir.to_str().expect("a path"), "--port-base", &base];
        let ran = run("samsynd", home.path(), &line).await;
        assert!(!dir.exists(), "nothing is made");
        ran
    };
    let refused = demo(base.to_string()).await.exits(7);
    assert_eq!((&refused.error()["code"], &refused.error()["field"]), (&"in_use".into(), &"port-base".into()));
    assert!(refused.error()["message"].as_str().is_some_and(|m| m.contains(&(base + 31).to_string())), "{refused:?}");
    drop((taken, home));
    let high = demo("65500".to_owned()).await.exits(2);
    assert_eq!(high.error()["field"], "port-base");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_stops_all_eight_and_a_second_demo_beside_it_is_refused() {
    let home = tempfile::tempdir().expect("a directory");
    let base = ports::free_block(80).to_string();
    let dir = home.path().join("demo");
    let mut first = command("samsynd", home.path());
    first.args(["demo", "--json", "--dir", dir.to_str().expect("a path"), "--port-base", &base]);
    let mut first = first.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("samsynd starts");
    let pid = first.id().expect("it runs");
    let mut out = BufReader::new(first.stdout.take().expect("piped")).lines();
    let line = tokio::time::timeout(std::time::Duration::from_mins(3), out.next_line()).await;
    let line = line.expect("the demo answers in time").expect("a stream").expect("a line");
    let answer: Value = serde_json::from_str(&line).expect("JSON");
    rows(&answer["data"]);
    let nodes = children(pid);
    assert_eq!(nodes.len(), 8);

    let second = run("samsynd", home.path(), &["demo", "--once", "--json", "--port-base", &base]).await.exits(7);
    assert_eq!(second.error()["code"], "in_use");

    // A coordinator at one of them, by the settings that the demo names.
    let client = dir.join("timra/client/client.toml");
    run("samsyn", home.path(), &["--config", client.to_str().expect("a path"), "work", "list"])
        .await
        .ok()
        .says("SIP på distans");

    signal(pid, rustix::process::Signal::INT);
    let status = tokio::time::timeout(std::time::Duration::from_mins(1), first.wait())
        .await
        .expect("it ends")
        .expect("an own child");
    assert!(status.success(), "{status}");
    until("no node runs any more", || async {
        nodes.iter().all(|n| !std::path::Path::new(&format!("/proc/{n}")).exists())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_before_the_eight_agree_stops_those_that_run() {
    let home = tempfile::tempdir().expect("a directory");
    let base = ports::free_block(80).to_string();
    let mut demo = command("samsynd", home.path());
    demo.args(["demo", "--once", "--dir", home.path().join("demo").to_str().expect("a path"), "--port-base", &base]);
    let mut demo = demo.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("samsynd starts");
    let pid = demo.id().expect("it runs");
    let mut progress = BufReader::new(demo.stderr.take().expect("piped")).lines();
    while let Some(line) = progress.next_line().await.expect("a stream") {
        if line.contains("published") {
            break;
        }
    }
    let nodes = children(pid);
    assert_eq!(nodes.len(), 8);
    signal(pid, rustix::process::Signal::INT);
    let status = tokio::time::timeout(std::time::Duration::from_mins(1), demo.wait())
        .await
        .expect("it ends")
        .expect("an own child");
    assert_eq!(status.code(), Some(1), "it could not do what it was asked");
    until("no node runs any more", || async {
        nodes.iter().all(|n| !std::path::Path::new(&format!("/proc/{n}")).exists())
    })
    .await;
}
