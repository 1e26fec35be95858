//! Disks that are full or read-only: nothing is acknowledged that is not kept, and the node goes on by itself.

use samsyn_tests::county::{County, Stores, path, prose, text, until};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const DISK_BYTES: usize = 14 * 1024 * 1024;
const FILLER_BYTES: usize = 9 * 1024 * 1024;

/// A small disk of its own, taken away at the end.
struct Disk(PathBuf);

impl Disk {
    /// `None`, with the reason printed, where this user may not mount.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).expect("a directory");
        let done = mount(&["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs", at.to_str().expect("a path")]);
        if let Err(why) = done {
            println!("SKIPPED: a small file system is needed, and mounting one is not permitted here: {why}");
            return None;
        }
        Some(Self(at.to_owned()))
    }
    fn read_only(&self) {
        mount(&["-o", "remount,ro", self.0.to_str().expect("a path")]).expect("remounted");
    }
    fn writable(&self) {
        mount(&["-o", "remount,rw", self.0.to_str().expect("a path")]).expect("remounted");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

fn mount(args: &[&str]) -> Result<(), String> {
    let output = Command::new("mount").args(args).output().map_err(|e| e.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}

/// Moves a stopped node's database to the disk.
fn move_store(county: &mut County, party: &str, disk: &Disk) {
    let node = county.node_mut(party);
    for file in ["node.db", "node.db-wal", "node.db-shm"] {
        if node.dir.join(file).exists() {
            fs::copy(node.dir.join(file), disk.0.join(file)).expect("copied");
        }
    }
    node.environment.push(("SAMSYN__STORE__URL".to_owned(), format!("sqlite://{}/node.db", disk.0.display())));
}

/// ```text
///   rvn (on a small disk) ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_acknowledging_loses_nothing_and_recovers() {
    let mut county = County::stopped_on(Stores::Sqlite, &["rvn", "timra"]).await;
    let Some(disk) = Disk::mount(&county.dir().join("disk")) else { return };
    move_store(&mut county, "rvn", &disk);
    county.restart("rvn").await;
    county.restart("timra").await;
    let filler = disk.0.join("filler");
    fs::write(&filler, vec![1u8; FILLER_BYTES]).expect("written");

    let mut kept = Vec::new();
    let refused = loop {
        let title = format!("Arbete {:03}", kept.len());
        match publish_large(&county, &title).await {
            Ok(()) => kept.push(title),
            Err(problem) => break problem,
        }
        assert!(kept.len() < 500, "the disk is never full");
    };
    assert_eq!(refused.code.as_str(), "store.full", "{refused:?}");
    assert!(!kept.is_empty());
    until("the log says so", || async { county.node("rvn").log().contains("store.full") }).await;
    // What is there is still shown, and so it says that it accepts nothing.
    assert_eq!(county.titles("rvn").await, kept);

    fs::remove_file(&filler).expect("removed");
    until("the node takes works again", || async { publish_large(&county, "Efteråt").await.is_ok() }).await;
    county.converge().await;
    let shown = county.titles("timra").await;
    assert!(kept.iter().all(|k| shown.contains(k)), "acknowledged and lost: {shown:?}");
    assert!(shown.contains(&"Efteråt".to_owned()));
    county.stop("rvn").await;
    verify(&county, "rvn", 0).await;
    county.restart("rvn").await;
    assert_eq!(county.titles("rvn").await, shown);
    county.stop("rvn").await;
}

async fn publish_large(county: &County, title: &str) -> Result<(), samsyn_client::problem::Problem> {
    use samsyn_client::copy::WorkingCopy;
    let node = county.client("rvn").await;
    let mut copy = WorkingCopy::create(&node, samsyn_core::entry::DocumentKind::Work, "").await?;
    let mut draft = copy.draft()?;
    draft.set(path("/facts/title"), text(title));
    draft.set(path("/facts/summary"), prose(&format!("{title} ").repeat(5_000)));
    copy.change(&draft)?;
    copy.push(&node).await?;
    let request = samsyn_wire::v1::PublishRequest { working_copy_id: copy.id.clone(), ..Default::default() };
    node.call(node.replica().publish(request)).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_is_told_at_the_start_with_its_remedy() {
    let mut county = County::stopped_on(Stores::Sqlite, &["rvn", "timra"]).await;
    let Some(disk) = Disk::mount(&county.dir().join("disk")) else { return };
    move_store(&mut county, "rvn", &disk);
    county.restart("rvn").await;
    county.publish("rvn", "Före").await;
    county.stop("rvn").await;
    disk.read_only();
    let node = county.node("rvn");
    let mut start = samsyn_tests::county::command("samsynd", &node.dir);
    start.args(["run", "--json", "--config"]).arg(node.config()).envs(node.environment.iter().cloned());
    let refused = samsyn_tests::county::finish(start).await.exits(1);
    assert_eq!(refused.error()["code"], "store.read_only", "{refused:?}");
    disk.writable();
    county.restart("rvn").await;
    assert_eq!(county.titles("rvn").await, ["Före"]);
    county.stop("rvn").await;
}

async fn verify(county: &County, party: &str, code: i32) {
    let node = county.node(party);
    let mut verify = samsyn_tests::county::command("samsynd", &node.dir);
    verify.args(["verify", "--config"]).arg(node.config()).envs(node.environment.iter().cloned());
    samsyn_tests::county::finish(verify).await.exits(code);
}
