//! What an administrator gets wrong, or finds broken: each is told with place, reason, remedy and the right exit code.

use samsyn_server::store::{Access, Backend, Store};
use samsyn_tests::county::{County, Ran, Stores, command, finish, until};
use samsyn_wire::transport;
use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

/// `samsynd <what> --json --config <the party's>` with settings in the environment.
async fn samsynd(county: &County, party: &str, what: &[&str], environment: &[(&str, &str)]) -> Ran {
    let node = county.node(party);
    let mut run = command("samsynd", &node.dir);
    run.args(what).arg("--json").arg("--config").arg(node.config()).envs(environment.iter().copied());
    finish(run).await
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("read");
    assert!(text.contains(from), "'{from}' is not in {}", file.display());
    fs::write(file, text.replacen(from, to, 1)).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_configuration_is_told_with_line_key_and_expectation() {
    let county = County::stopped(&["rvn", "timra"]).await;
    let file = county.node("rvn").config();
    let good = fs::read_to_string(&file).expect("read");
    let line = |text: &str, key: &str| text.lines().position(|l| l.starts_with(key)).expect("a line") + 1;
    let cases = [
        ("dial = true", "dial = perhaps", "dial", "dial"),
        ("dial = true", "diall = true", "diall", "diall"),
        ("[api]\n", "[apii]\n", "[apii]", ""),
        ("format = \"text\"", "format = \"xml\"", "format", "log.format"),
        (good.lines().find(|l| l.starts_with("url = ")).expect("a line"), "url = \"node.db\"", "url", "store.url"),
        ("organisation = \"rvn\"", "organisation = \"Region V\"", "organisation", "federation.organisation"),
    ];
    for (from, to, key, field) in cases {
        edit(&file, from, to);
        let wrong = fs::read_to_string(&file).expect("read");
        let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(3);
        let error = refused.error();
        let message = error["message"].as_str().expect("a message").to_owned();
        assert_eq!(error["code"], "config.invalid", "{to}: {error}");
        assert!(message.contains(&format!("line {}", line(&wrong, key))), "{to}: {error}");
        if !field.is_empty() {
            assert_eq!(error["field"], field, "{to}: {error}");
        }
        fs::write(&file, &good).expect("written");
    }
    let refused = samsynd(&county, "rvn", &["run"], &[("SAMSYN__API__LISTEN", "everywhere")]).await.exits(3);
    assert!(refused.says_it("SAMSYN__API__LISTEN"), "{refused:?}");
    fs::remove_file(&file).expect("removed");
    let missing = samsynd(&county, "rvn", &["run"], &[]).await.exits(3);
    assert_eq!(missing.error()["code"], "config.missing");
    // The example can be read back by the program that prints it: it is another organisation's, that is all.
    let example = county.samsynd(&["example-config"]).await.ok();
    fs::write(&file, example.out).expect("written");
    let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(3);
    assert_eq!(refused.error()["field"], "federation.organisation", "{refused:?}");
    // And a wrong organisation has not taken the new database for itself.
    fs::write(&file, &good).expect("written");
    let mut county = county;
    county.restart("rvn").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charter_without_all_signatures_or_with_a_wrong_one_starts_no_node() {
    let county = County::stopped(&["rvn", "timra"]).await;
    let dir = county.node("rvn").dir.clone();
    let sig = dir.join("charter.timra.sig");
    let good = fs::read(&sig).expect("read");
    fs::remove_file(&sig).expect("removed");
    assert_eq!(samsynd(&county, "rvn", &["run"], &[]).await.exits(3).error()["code"], "charter.threshold");
    fs::copy(dir.join("charter.rvn.sig"), &sig).expect("copied");
    assert_eq!(samsynd(&county, "rvn", &["run"], &[]).await.exits(3).error()["code"], "charter.signature");
    fs::write(&sig, good).expect("written");
    edit(&dir.join("charter.toml"), "format = 1", "format = 7");
    assert_eq!(samsynd(&county, "rvn", &["run"], &[]).await.exits(3).error()["code"], "charter.version_unknown");
    fs::remove_file(dir.join("charter.toml")).expect("removed");
    let missing = samsynd(&county, "rvn", &["run"], &[]).await.exits(3).error();
    assert_eq!(missing["code"], "config.missing", "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_certificates_that_do_not_fit_are_told_before_the_node_runs() {
    let county = County::stopped(&["rvn", "timra"]).await;
    let (dir, other) = (county.node("rvn").dir.clone(), county.node("timra").dir.clone());
    let key = transport::read_private_file(&dir.join("tls.key")).expect("a key");
    let day = Duration::from_hours(24);
    let now = SystemTime::now();
    let expired = transport::self_signed(&key, &["127.0.0.1".to_owned()], now - 9 * day, now - day).expect("made");
    let good = fs::read(dir.join("tls.crt")).expect("read");
    fs::write(dir.join("tls.crt"), expired).expect("written");
    let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(4).error();
    assert_eq!(refused["code"], "tls.certificate", "{refused}");
    assert!(refused["remedy"].as_str().is_some_and(|r| r.contains("cert renew")), "{refused}");
    // And the remedy is one: the same key, so the pin stands.
    samsynd(&county, "rvn", &["cert", "renew"], &[]).await.ok();
    let mut county = county;
    county.restart("rvn").await;
    county.restart("timra").await;
    county.converge().await;
    county.stop("rvn").await;
    fs::write(dir.join("tls.crt"), good).expect("written");

    // Another party's keys, and a key file that others may read.
    let own: Vec<_> = ["tls.crt", "tls.key", "log.key"].map(|f| (f, fs::read(dir.join(f)).expect("read"))).into();
    for file in ["tls.crt", "tls.key"] {
        fs::copy(other.join(file), dir.join(file)).expect("copied");
    }
    let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(3).error();
    assert_eq!((&refused["code"], &refused["field"]), (&"key.file".into(), &"identity.tls_key".into()), "{refused}");
    for (file, bytes) in &own {
        fs::write(dir.join(file), bytes).expect("written");
    }
    fs::copy(other.join("log.key"), dir.join("log.key")).expect("copied");
    let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(3).error();
    assert_eq!((&refused["code"], &refused["field"]), (&"key.file".into(), &"identity.log_key".into()), "{refused}");
    std::os::unix::fs::PermissionsExt::set_mode(
        &mut fs::metadata(dir.join("log.key")).expect("there").permissions(),
        0o644,
    );
    fs::set_permissions(dir.join("log.key"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("set");
    let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(3).error();
    assert!(refused["remedy"].as_str().is_some_and(|r| r.contains("chmod 600")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_others_or_of_a_newer_program_is_left_alone() {
    let mut county = County::with(&["rvn", "timra"]).await;
    county.publish("timra", "Timrås").await;
    county.converge().await;
    county.stop("rvn").await;
    county.stop("timra").await;
    let url = |county: &County, party: &str| county.node(party).store_url();
    let timras = url(&county, "timra");
    let refused = samsynd(&county, "rvn", &["run"], &[("SAMSYN__STORE__URL", &timras)]).await.exits(3).error();
    assert_eq!(refused["code"], "store.other_federation", "{refused}");
    // The same organisation in another federation.
    let mut other = County::stopped(&["rvn", "timra"]).await;
    other.restart("rvn").await;
    other.stop("rvn").await;
    let theirs = url(&other, "rvn");
    let refused = samsynd(&county, "rvn", &["run"], &[("SAMSYN__STORE__URL", &theirs)]).await.exits(3).error();
    assert_eq!(refused["code"], "store.other_federation", "{refused}");

    let backend = county.node("rvn").backend();
    let store = Store::open(&backend, Access::Node).await.expect("opens");
    let mut tx = store.begin().await.expect("begins");
    let (success, checksum) = match backend {
        Backend::Sqlite { .. } => ("1", "x'00'"),
        Backend::Postgres { .. } => ("true", "'\\x00'"),
    };
    let newer = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (29990101000000, 'later', {success}, {checksum}, 0)"
    );
    sqlx::query(sqlx::AssertSqlSafe(newer)).execute(&mut *tx).await.expect("written");
    tx.commit().await.expect("committed");
    store.close().await;
    drop(store);
    for what in ["run", "verify"] {
        let refused = samsynd(&county, "rvn", &[what], &[]).await.exits(3).error();
        assert_eq!(refused["code"], "store.newer_schema", "{what}: {refused}");
    }
    county.restart("timra").await;
    assert_eq!(county.titles("timra").await, ["Timrås"]);
}

/// Overwrites bytes of a stopped node's database.
fn spoil(file: &Path, spoil: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).expect("read");
    spoil(&mut bytes);
    fs::write(file, bytes).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_found_named_and_never_passed_over() {
    const TITLE: &str = "Ett alldeles särskilt arbete";
    // Of a file's pages; postgres.rs has a server's.
    let mut county = County::with_on(Stores::Sqlite, &["rvn", "timra"]).await;
    county.publish("rvn", TITLE).await;
    county.stop("rvn").await;
    let file = county.node("rvn").database();
    assert!(!file.with_extension("db-wal").exists(), "an orderly stop leaves one file");
    let good = fs::read(&file).expect("read");
    samsynd(&county, "rvn", &["verify"], &[]).await.ok();

    // One letter of a value, as a failing disk might change it; both where it counts and in the projection.
    spoil(&file, |bytes| {
        let at: Vec<usize> =
            (0..bytes.len() - TITLE.len()).filter(|i| bytes[*i..].starts_with(TITLE.as_bytes())).collect();
        assert!(at.len() >= 2, "value and projection");
        for i in at {
            bytes[i] = b'X';
        }
    });
    let found = samsynd(&county, "rvn", &["verify"], &[]).await.exits(6);
    let faults = found.data()["faults"].to_string();
    assert!(faults.contains("does not fit its hash"), "{faults}");

    // The projection alone: verify finds it, rebuild mends it.
    fs::write(&file, &good).expect("written");
    let store = Store::open(&file, Access::Node).await.expect("opens");
    let mut tx = store.begin().await.expect("begins");
    sqlx::query("UPDATE work SET title = 'Något annat'").execute(&mut *tx).await.expect("written");
    tx.commit().await.expect("committed");
    store.close().await;
    drop(store);
    let found = samsynd(&county, "rvn", &["verify"], &[]).await.exits(6);
    assert!(found.data()["faults"].to_string().contains("the row of the work"), "{found:?}");
    samsynd(&county, "rvn", &["rebuild"], &[]).await.ok();
    samsynd(&county, "rvn", &["verify"], &[]).await.ok();

    // Whole pages.
    fs::write(&file, &good).expect("written");
    spoil(&file, |bytes| bytes[4096..].fill(0xa5));
    for what in ["verify", "run", "rebuild"] {
        let refused = samsynd(&county, "rvn", &[what], &[]).await.exits(6).error();
        assert_eq!(refused["code"], "store.damaged", "{what}: {refused}");
        assert!(refused["remedy"].as_str().is_some_and(|r| r.contains("backup")), "{refused}");
    }
    // No database at all.
    fs::write(&file, "detta är ingen databas".repeat(400)).expect("written");
    let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(6).error();
    assert_eq!(refused["code"], "store.damaged", "{refused}");
    // The remedy works: an older state comes back to what the others have.
    fs::write(&file, &good).expect("written");
    county.restart("rvn").await;
    county.converge().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_of_one_node_is_refused_and_the_first_goes_on() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let refused = samsynd(&county, "rvn", &["run"], &[]).await.exits(7).error();
    assert_eq!(refused["code"], "in_use", "{refused}");
    // On other ports it would reach the database: the lock holds.
    let elsewhere = [("SAMSYN__FEDERATION__LISTEN", "127.0.0.1:0"), ("SAMSYN__API__LISTEN", "127.0.0.1:0")];
    let refused = samsynd(&county, "rvn", &["run"], &elsewhere).await.exits(7).error();
    assert!(refused["message"].as_str().is_some_and(|m| m.contains("in use by another samsynd")), "{refused}");
    samsynd(&county, "rvn", &["verify"], &[]).await.exits(7);
    county.publish("rvn", "Går vidare").await;
    county.converge().await;
}

/// Says another time than the kernel does, to the program that loads it.
const SHIFTED_CLOCK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, t);
    if (result == 0 && id == CLOCK_REALTIME) t->tv_sec += 3600;
    return result;
}
"#;

/// ```text
///   rvn (an hour ahead) ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_an_hour_off_is_warned_of_and_nothing_else_happens() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let (source, library) = (county.dir().join("clock.c"), county.dir().join("clock.so"));
    fs::write(&source, SHIFTED_CLOCK).expect("written");
    let mut compile = tokio::process::Command::new("cc");
    compile.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
    finish(compile).await.ok();
    let preload = ("LD_PRELOAD".to_owned(), library.to_str().expect("a path").to_owned());
    county.node_mut("rvn").environment.push(preload);
    county.restart("rvn").await;
    county.restart("timra").await;
    county.publish("rvn", "Ur framtiden").await;
    county.publish("timra", "Ur nuet").await;
    county.converge().await;
    county
        .until("each warns of the other's clock", |states| states.values().all(|s| s.clock_warnings.len() == 1))
        .await;
    let warning = county.status("timra").await.clock_warnings[0].clone();
    assert_eq!(warning.party, "rvn");
    assert!((3_500_000..3_700_000).contains(&warning.differs_ms), "{warning:?}");
    until("the log says so", || async { county.node("timra").log().contains("peer.clock") }).await;
    assert_eq!(county.titles("timra").await, ["Ur framtiden", "Ur nuet"]);
    county.samsyn("timra", &["status"]).await.ok().says("rvn");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_for_collectors_are_one_json_document_per_line_with_the_peer_named() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    county.node_mut("rvn").environment.push(("SAMSYN__LOG__FORMAT".to_owned(), "json".to_owned()));
    county.restart("rvn").await;
    county.restart("timra").await;
    county.publish("timra", "Loggat").await;
    county.converge().await;
    county.stop("rvn").await;
    let log = county.node("rvn").log();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect();
    assert!(lines.iter().all(|l| l["level"].is_string() && l["timestamp"].is_string()), "{log}");
    assert!(lines.iter().any(|l| l["message"] == "connected" && l["peer"] == "timra"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_help_and_a_wrong_command_line_ends_with_two() {
    let county = County::stopped(&["rvn", "timra"]).await;
    let commands: &[&[&str]] = &[
        &["demo"],
        &["init"],
        &["run"],
        &["charter"],
        &["charter", "new"],
        &["charter", "sign"],
        &["charter", "amend"],
        &["charter", "verify"],
        &["charter", "show"],
        &["device"],
        &["device", "add"],
        &["device", "list"],
        &["device", "revoke"],
        &["cert", "renew"],
        &["example-config"],
        &["verify-pack"],
        &["verify"],
        &["rebuild"],
    ];
    for words in commands {
        let help = county.samsynd(&[*words, &["--help"]].concat()).await.ok();
        assert!(help.out.contains("Usage: samsynd"), "{words:?}: {help:?}");
    }
    let wrong = county.samsynd(&["device", "add", "--pin", "sha256:00", "--json"]).await.exits(2);
    assert_eq!(wrong.error()["code"], "usage");
    county.samsynd(&["fly"]).await.exits(2);
}
