//! `join`: a ninth party, joined by an amendment that all nodes have, with nothing in its database, meets the eight.

use super::{
    Scale, eyes, meter,
    report::Row,
    stage::{self, Stage, TOGETHER},
    workload::PARTIES,
};
use crate::county::{County, keep};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

const NINTH: &str = "vasternorrland";
/// Databases of the eight once they have the charter with the ninth.
const NINE: &str = "nine";

pub(super) async fn row(stage: &mut Stage, scale: Scale, yardstick_s: f64) -> Row {
    stage.put_back(TOGETHER);
    amend(stage).await;
    let mut runs = Vec::new();
    for _ in 0..scale.runs.max(1) {
        runs.push(once(stage).await.against(yardstick_s));
    }
    let mut row = Row::median("join", &runs);
    row.notes.push(format!(
        "{} commits into an empty database; from the healing until it has stored all. CPU of all nine; memory of the ninth",
        stage.commits
    ));
    // What comes after is about the eight.
    stage.county.forget(NINTH);
    for party in PARTIES {
        for file in charters(&stage.county, party).iter().filter(|f| f.to_string_lossy().contains("charter-2")) {
            fs::remove_file(file).expect("removed");
        }
    }
    row
}

async fn once(stage: &mut Stage) -> Row {
    stage.put_back(NINE);
    stage.county.heal();
    for party in PARTIES {
        stage.county.start(party);
    }
    for party in PARTIES {
        stage.county.ready(party).await;
    }
    // Streams among the eight stand before the ninth comes.
    stage.connected_among(&PARTIES).await;
    for party in PARTIES {
        stage.county.silence(party, NINTH);
    }
    stage.county.start(NINTH);
    stage.county.ready(NINTH).await;
    let mut reader = vec![eyes::reader(stage.county.node(NINTH)).await];
    tokio::time::sleep(Duration::from_millis(300)).await;
    stage.county.forget_talks();
    let before = meter::read(&stage.county);
    let healed = Instant::now();
    stage.county.heal();
    let stored = eyes::until_stored(&mut reader, stage.entries).await;
    let taken = meter::read(&stage.county).since(before);
    let bytes = stage.county.carried_bytes();
    let ninth = meter::read_of(&stage.county, &[NINTH]);
    stage::close(reader).await;
    stage.equal().await;
    stage.stop().await;
    Row {
        wall_s: Some((stored - healed).as_secs_f64()),
        cpu_s: Some(taken.cpu.as_secs_f64()),
        rss_mb: Some(ninth.peak_kib as f64 / 1024.0),
        bytes: Some(bytes as f64),
        ..Row::default()
    }
}

/// Gives the eight a charter with the ninth, as people do it by `samsynd charter amend` and `sign`.
async fn amend(stage: &mut Stage) {
    let county = &mut stage.county;
    county.prepare(NINTH).await;
    // Nothing but the device of its coordinator.
    keep(county.node(NINTH), NINE);
    let host = PARTIES[0];
    let (from, next) = (file(county, host, "charter.toml"), file(county, host, "charter-2.toml"));
    let row = file(county, NINTH, "party.toml");
    let mut amend: Vec<String> = ["charter", "amend", "--from", &from, "--join", &row].map(str::to_owned).into();
    for party in PARTIES {
        amend.extend(["--disclosure".to_owned(), format!("{party}/ks=KS 2026:1")]);
    }
    amend.extend(["--out".to_owned(), next.clone()]);
    let amend: Vec<&str> = amend.iter().map(String::as_str).collect();
    county.samsynd(&amend).await.ok();
    for party in PARTIES.iter().chain([&NINTH]) {
        let config = file(county, party, "samsynd.toml");
        county.samsynd(&["charter", "sign", "--config", &config, &next]).await.ok();
    }
    for party in PARTIES.iter().chain([&NINTH]).filter(|party| **party != host) {
        for file in charters(county, host) {
            let name = file.file_name().expect("a file");
            fs::copy(&file, county.node(party).dir.join(name)).expect("copied");
        }
    }
    let setting = ("SAMSYN__FEDERATION__CHARTER".to_owned(), "charter-2.toml".to_owned());
    county.node_mut(NINTH).environment.push(setting);
    // Each takes the charter in, so that no judging anew is in the time that is measured.
    county.heal();
    for party in PARTIES {
        county.restart(party).await;
    }
    county.until("all know the ninth", |states| states.values().all(|s| s.charter_version == 2)).await;
    for party in PARTIES {
        county.stop(party).await;
        keep(county.node(party), NINE);
    }
}

/// The charter files and signatures of a party's directory.
fn charters(county: &County, party: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(&county.node(party).dir).expect("a directory").flatten();
    files.filter(|f| f.file_name().to_string_lossy().starts_with("charter")).map(|f| f.path()).collect()
}

fn file(county: &County, party: &str, name: &str) -> String {
    county.node(party).dir.join(name).to_str().expect("a path in UTF-8").to_owned()
}
