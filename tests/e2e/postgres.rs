//! Nodes whose database is a PostgreSQL server's, and what such a server does to them. Each test has a server of its own,
//! which it stops, spoils or sets as it likes.

use samsyn_client::{copy::WorkingCopy, node::Node as Client, problem::Problem};
use samsyn_core::entry::DocumentKind;
use samsyn_tests::county::{Cluster, County, Ran, Stores, command, finish, give, path, prose, text, until};
use samsyn_wire::{transport, v1};
use std::{
    collections::BTreeSet,
    fs,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

async fn samsynd(county: &County, party: &str, what: &[&str], environment: &[(&str, &str)]) -> Ran {
    let node = county.node(party);
    let mut run = command("samsynd", &node.dir);
    run.args(what).arg("--json").arg("--config").arg(node.config()).envs(environment.iter().copied());
    finish(run).await
}

fn on(cluster: &Cluster) -> Stores {
    Stores::Postgres(cluster.server.clone())
}

type Titles = Arc<Mutex<BTreeSet<String>>>;

fn count(titles: &Titles) -> usize {
    titles.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// A coordinator who publishes until she is told that it cannot be done.
async fn publish_until_refused(client: Client, name: String, acknowledged: Titles) -> Problem {
    for n in 0.. {
        let title = format!("{name}.{n}");
        if let Err(problem) = publish(&client, &title, "").await {
            return problem;
        }
        acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(title);
    }
    unreachable!("she is refused some time")
}

async fn publish(client: &Client, title: &str, summary: &str) -> Result<(), Problem> {
    let mut copy = WorkingCopy::create(client, DocumentKind::Work, "").await?;
    let mut draft = copy.draft()?;
    draft.set(path("/facts/title"), text(title));
    if !summary.is_empty() {
        draft.set(path("/facts/summary"), prose(summary));
    }
    copy.change(&draft)?;
    copy.push(client).await?;
    let request = v1::PublishRequest { working_copy_id: copy.id.clone(), ..v1::PublishRequest::default() };
    client.call(client.replica().publish(request)).await.map(|_| ())
}

async fn until_it_takes_works(county: &County, party: &str, title: &str) {
    let client = county.client(party).await;
    let mut n = 0;
    until("the node takes works again", || {
        n += 1;
        let (client, title) = (client.clone(), format!("{title} {n}"));
        async move { publish(&client, &title, "").await.is_ok() }
    })
    .await;
}

/// I1, I2.
/// ```text
///   four coordinators ──► rvn ─── timra        one server holds both databases; it loses its power, is shut down,
///                                              and ends every connection, in the middle of it
/// ```
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn i2_a_server_that_restarts_under_load_loses_nothing_and_the_nodes_go_on_by_themselves() {
    let cluster = Cluster::start(&[]);
    let mut county = County::with_on(on(&cluster), &["rvn", "timra"]).await;
    let process = county.node("rvn").pid();
    let acknowledged: Titles = Arc::default();
    for (round, what) in ["crash", "stop", "end connections"].into_iter().enumerate() {
        let before = count(&acknowledged);
        let mut coordinators = Vec::new();
        for who in 0..4 {
            let name = format!("Arbete {round}.{who}");
            let client = county.client("rvn").await;
            coordinators.push(tokio::spawn(publish_until_refused(client, name, acknowledged.clone())));
        }
        until("some are acknowledged", || async { count(&acknowledged) > before + 12 }).await;
        match what {
            "crash" => cluster.crash(),
            "stop" => cluster.stop(),
            _ => {
                let name = &county.node("rvn").database.as_ref().expect("a database").name;
                let sql = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity WHERE datname = ";
                assert!(!cluster.server.admin(&format!("{sql}'{name}'")).is_empty());
            }
        }
        for coordinator in coordinators {
            let problem = coordinator.await.expect("does not panic");
            assert_eq!(problem.code.as_str(), "store.unreachable", "{what}: {problem:?}");
        }
        if what != "end connections" {
            until("both logs say so", || async {
                ["rvn", "timra"].iter().all(|p| county.node(p).log().matches("store.unreachable").count() > round)
            })
            .await;
            cluster.up();
        }
        until_it_takes_works(&county, "rvn", &format!("Efter {round}")).await;
        county.converge().await;
        let shown = county.titles("rvn").await;
        let there: BTreeSet<String> = shown.iter().cloned().collect();
        assert_eq!(there.len(), shown.len(), "{what}: nothing twice");
        let acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "{what}: acknowledged and lost: {lost:?}");
        assert_eq!(county.titles("timra").await, shown, "{what}");
    }
    assert_eq!(county.node("rvn").pid(), process, "the same process all the time");
    let state = county.status("timra").await;
    assert_eq!((state.forks, state.refused, state.pending), (0, 0, 0));
    county.stop_and_verify().await;
}

/// I11: nobody writes, and yet it is said.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn i11_a_server_that_goes_while_nothing_is_written_is_noticed_and_what_is_in_memory_is_still_told() {
    let cluster = Cluster::start(&[]);
    let county = County::with_on(on(&cluster), &["rvn", "timra"]).await;
    county.publish("rvn", "Före").await;
    let before = county.status("rvn").await.commits;
    cluster.crash();
    until("the log says so", || async { county.node("rvn").log().contains("store.unreachable") }).await;
    let client = county.client("rvn").await;
    assert_eq!(client.status().await.expect("answers").commits, before);
    let refused = publish(&client, "Under tiden", "").await.expect_err("is not acknowledged");
    assert_eq!(refused.code.as_str(), "store.unreachable", "{refused:?}");
    let told = county.samsyn("rvn", &["work", "list"]).await;
    assert!(told.code != 0 && told.says_it("databas") && told.says_it("store.unreachable"), "{told:?}");
    cluster.up();
    until_it_takes_works(&county, "rvn", "Efter").await;
    until("the log says that it goes on", || async { county.node("rvn").log().contains("the store works again") })
        .await;
    county.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn what_is_wrong_with_the_server_or_its_address_is_told_with_remedy_and_exit_code_and_no_password() {
    const SECRET: &str = "hemligt-nodens-losen";
    const WRONG: &str = "hemligt-men-fel";
    let cluster = Cluster::start(&[]);
    let county = County::stopped_on(on(&cluster), &["rvn", "timra"]).await;
    let name = county.node("rvn").database.as_ref().expect("a database").name.clone();
    cluster.server.admin(&format!("CREATE ROLE samsyn LOGIN PASSWORD '{SECRET}'"));
    cluster.server.admin(&format!("ALTER DATABASE {name} OWNER TO samsyn"));
    // Its tables were made when the first device was added, by the administrator.
    cluster.server.admin(&format!("CREATE DATABASE {name}_empty OWNER samsyn TEMPLATE template0 ENCODING 'UTF8'"));
    let port = cluster.port();
    let url = |user: &str, word: &str, port: u16, database: &str| {
        format!("postgres://{user}:{word}@127.0.0.1:{port}/{database}")
    };
    let own = url("samsyn", SECRET, port, &format!("{name}_empty"));
    let alter = |what: &str| drop(cluster.server.admin(&format!("ALTER {what}")));
    let cases: [(&str, String, i32, &str, &str); 9] = [
        ("", url("samsyn", WRONG, port, &name), 3, "config.invalid", "password authentication failed"),
        ("", url("samsyn", SECRET, port, "ingen"), 3, "config.invalid", "createdb"),
        ("", url("samsyn", SECRET, port, &name), 3, "config.invalid", "permission denied"),
        ("", url("samsyn", SECRET, 1, &name), 4, "store.unreachable", "refused"),
        ("", format!("{own}?sslmode=verify-full"), 4, "store.unreachable", "TLS"),
        ("", format!("{own}?pasword={SECRET}"), 3, "config.invalid", "'pasword' is not known"),
        ("ROLE samsyn SET synchronous_commit = off", own.clone(), 3, "config.invalid", "synchronous_commit = off"),
        ("ROLE samsyn SET default_transaction_read_only = on", own.clone(), 1, "store.read_only", "cannot be written"),
        ("SYSTEM SET fsync = off", own.clone(), 3, "config.invalid", "fsync = off"),
    ];
    for (change, url, exit, code, says) in cases {
        if !change.is_empty() {
            alter(change);
            cluster.server.admin("SELECT CAST(pg_reload_conf() AS TEXT)");
            until("the server has it", || async {
                !change.starts_with("SYSTEM") || cluster.server.admin("SELECT current_setting('fsync')") == ["off"]
            })
            .await;
        }
        for what in ["run", "verify"] {
            let environment = [("SAMSYN__STORE__URL", url.as_str()), ("SAMSYN__LOG__LEVEL", "trace")];
            let refused = samsynd(&county, "rvn", &[what], &environment).await.exits(exit);
            let error = refused.error();
            assert_eq!(error["code"], code, "{what} {change}: {refused:?}");
            assert!(refused.says_it(says), "{what} {change}: {refused:?}");
            for word in [SECRET, WRONG] {
                assert!(!refused.out.contains(word) && !refused.err.contains(word), "{what}: {refused:?}");
            }
        }
        for undo in ["ROLE samsyn RESET ALL", "SYSTEM RESET ALL"] {
            alter(undo);
        }
        cluster.server.admin("SELECT CAST(pg_reload_conf() AS TEXT)");
        until("the server has it", || async { cluster.server.admin("SELECT current_setting('fsync')") == ["on"] })
            .await;
    }
    // As it should be, and with everything that can be logged: it runs, and the password is in no log.
    let mut county = county;
    let more = [("SAMSYN__STORE__URL", own.as_str()), ("SAMSYN__LOG__LEVEL", "trace")];
    let more = more.map(|(key, value)| (key.to_owned(), value.to_owned()));
    county.node_mut("rvn").environment.extend(more);
    let (file, pin) = county.unknown_device("rvn", "annan");
    let add = ["device", "add", "--pin", &pin.to_string(), "--name", "annan", "--role", "coordinator"];
    samsynd(&county, "rvn", &add, &[("SAMSYN__STORE__URL", &own)]).await.ok();
    county.start("rvn");
    until("it answers", || async { county.node("rvn").client_of(&file).await.is_ok() }).await;
    let client = county.node("rvn").client_of(&file).await.expect("connects");
    publish(&client, "Med lösenord", "").await.expect("is shared");
    cluster.crash();
    until("the log says so", || async { county.node("rvn").log().contains("store.unreachable") }).await;
    let log = county.node("rvn").log();
    assert!(log.contains("TRACE") && !log.contains(SECRET), "the password is in the log");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn a_server_elsewhere_is_reached_encrypted_and_only_if_its_certificate_is_the_right_one() {
    let cluster = Cluster::start(&["listen_addresses = '127.0.0.1, 127.0.0.2'"]);
    let key = transport::generate_key_pem().expect("a key");
    let now = SystemTime::now();
    let day = Duration::from_hours(24);
    let made = |names: &[String]| transport::self_signed(&key, names, now - day, now + day).expect("a certificate");
    let (certificate, other) = (made(&["localhost".to_owned()]), made(&["db.example".to_owned()]));
    for (file, bytes) in [("server.key", key.as_str()), ("server.crt", &certificate), ("other.crt", &other)] {
        let file = cluster.dir().join("data").join(file);
        fs::write(&file, bytes).expect("written");
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
        give(&file);
    }
    cluster.server.admin("ALTER SYSTEM SET ssl = on");
    cluster.stop();
    cluster.up();
    let root = cluster.dir().join("root.crt");
    fs::write(&root, &certificate).expect("written");
    let county = County::stopped_on(on(&cluster), &["rvn", "timra"]).await;
    let plain = county.node("rvn").store_url();
    let encrypted =
        |host: &str| format!("{}?sslmode=verify-full&sslrootcert={}", plain.replace("127.0.0.1", host), root.display());
    let with = |url: String| {
        let county = &county;
        async move { samsynd(county, "rvn", &["device", "list"], &[("SAMSYN__STORE__URL", &url)]).await }
    };
    with(encrypted("localhost")).await.ok();
    // Another name, an unknown certificate, and one that is for another server.
    with(encrypted("127.0.0.2")).await.exits(4).says("TLS");
    with(plain.replace("127.0.0.1", "localhost") + "?sslmode=verify-full").await.exits(4).says("TLS");
    fs::write(&root, &other).expect("written");
    with(encrypted("localhost")).await.exits(4).says("TLS");
    fs::write(&root, &certificate).expect("written");
    with(encrypted("localhost")).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn damage_in_the_servers_files_or_rows_is_found_named_and_never_passed_over() {
    const PAGE: usize = 8_192;
    let cluster = Cluster::start(&[]);
    let mut county = County::with_on(on(&cluster), &["rvn", "timra"]).await;
    county.publish("rvn", "Ett alldeles särskilt arbete").await;
    county.converge().await;
    county.stop("rvn").await;
    samsynd(&county, "rvn", &["verify"], &[]).await.ok();
    let name = county.node("rvn").database.as_ref().expect("a database").name.clone();
    let sql = |sql: &str| cluster.server.sql(&name, sql);

    // A value that is another one, and a projection that is.
    sql("CREATE TABLE kept AS SELECT * FROM fact_value");
    sql("UPDATE fact_value SET bytes = overlay(bytes PLACING '\\x5a' FROM length(bytes))");
    let found = samsynd(&county, "rvn", &["verify"], &[]).await.exits(6);
    assert!(found.data()["faults"].to_string().contains("does not fit its hash"), "{found:?}");
    sql("UPDATE fact_value v SET bytes = k.bytes FROM kept k WHERE k.header = v.header AND k.idx = v.idx");
    sql("UPDATE work SET title = 'Något annat'");
    let found = samsynd(&county, "rvn", &["verify"], &[]).await.exits(6);
    assert!(found.data()["faults"].to_string().contains("the row of the work"), "{found:?}");
    samsynd(&county, "rvn", &["rebuild"], &[]).await.ok();
    samsynd(&county, "rvn", &["verify"], &[]).await.ok();

    // Indexes are compared with their tables where the server can.
    sql("CREATE EXTENSION amcheck");
    samsynd(&county, "rvn", &["verify"], &[]).await.ok();

    // A page, as a failing disk might change it: of what the node reads at its start, and of what only verify reads.
    for (table, whats) in [("entry", &["run", "verify", "rebuild"][..]), ("working_copy", &["verify"])] {
        let relation = sql(&format!("SELECT pg_relation_filepath('{table}')")).remove(0);
        let file = cluster.dir().join("data").join(relation);
        county.stop("timra").await;
        cluster.stop();
        let good = fs::read(&file).expect("read");
        assert!(good.len() >= PAGE, "{table} has rows");
        let mut bad = good.clone();
        bad[PAGE - 200..PAGE - 100].fill(0xa5);
        fs::write(&file, bad).expect("written");
        cluster.up();
        for what in whats {
            let refused = samsynd(&county, "rvn", &[what], &[]).await.exits(6);
            if table == "working_copy" {
                assert!(refused.data()["faults"].to_string().contains("damaged"), "{refused:?}");
                continue;
            }
            let refused = refused.error();
            assert_eq!(refused["code"], "store.damaged", "{table} {what}: {refused}");
            assert!(refused["remedy"].as_str().is_some_and(|r| r.contains("backup")), "{refused}");
        }
        cluster.stop();
        fs::write(&file, good).expect("written");
        cluster.up();
        county.restart("timra").await;
    }
    county.restart("rvn").await;
    county.converge().await;
    county.stop_and_verify().await;
}

/// The runbook's commands.
/// ```text
///   rvn (dumped) ── publishes "Efter" ──► timra;   rvn (restored) gets "Efter" back
/// ```
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn a_dump_of_a_running_node_is_restored_and_the_others_bring_the_rest() {
    let cluster = Cluster::start(&[]);
    let mut county = County::with_on(on(&cluster), &["rvn", "timra"]).await;
    county.publish("rvn", "Före").await;
    county.converge().await;
    let name = county.node("rvn").database.as_ref().expect("a database").name.clone();
    let (dump, port) = (cluster.dir().join("dump").display().to_string(), cluster.port().to_string());
    let server = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres"];
    let pg = |program: &str, args: &[&str]| cluster.run(program, &[&server, args].concat());
    fs::write(&dump, "").expect("written");
    give(dump.as_ref());
    pg("pg_dump", &["--format=custom", "--file", &dump, &name]);
    county.publish("rvn", "Efter").await;
    county.converge().await;
    county.stop("rvn").await;
    pg("dropdb", &["--force", &name]);
    pg("createdb", &["--encoding=UTF8", "--template=template0", &name]);
    pg("pg_restore", &["--exit-on-error", "--dbname", &name, &dump]);
    samsynd(&county, "rvn", &["verify"], &[]).await.ok();
    county.restart("rvn").await;
    county.converge().await;
    assert_eq!(county.titles("rvn").await, ["Efter", "Före"]);
    county.publish("rvn", "Sedan").await;
    county.converge().await;
    let state = county.status("timra").await;
    assert_eq!((state.forks, state.refused, state.pending), (0, 0, 0));
    assert_eq!(state.store, "postgres");
    county.stop_and_verify().await;
}

/// A small disk of its own, for a tablespace; taken away at the end.
struct Disk(String);

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").args(["-l", &self.0]).status().ok();
    }
}

/// ```text
///   rvn (its tables on a small disk of the server's) ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn a_full_disk_at_the_server_stops_acknowledging_loses_nothing_and_recovers() {
    let cluster = Cluster::start(&[]);
    let small = cluster.dir().join("small");
    fs::create_dir(&small).expect("a directory");
    let disk = Disk(small.display().to_string());
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs", &disk.0]).output().expect("mount runs");
    if !mounted.status.success() {
        let why = String::from_utf8_lossy(&mounted.stderr);
        println!("SKIPPED: a small file system is needed, and mounting one is not permitted here: {}", why.trim());
        return;
    }
    give(&small);
    let mut county = County::stopped_on(on(&cluster), &["rvn", "timra"]).await;
    let name = county.node("rvn").database.as_ref().expect("a database").name.clone();
    cluster.server.admin(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.0));
    until("nobody uses the database", || async {
        cluster.server.try_sql("postgres", &format!("ALTER DATABASE {name} SET TABLESPACE small")).is_ok()
    })
    .await;
    let filler = small.join("filler");
    fs::write(&filler, vec![1u8; 10 * 1024 * 1024]).expect("written");
    county.restart("rvn").await;
    county.restart("timra").await;
    let client = county.client("rvn").await;
    let mut kept = Vec::new();
    let refused = loop {
        let title = format!("Arbete {:03}", kept.len());
        // Hardly to be compressed, as the server would.
        let letter = |n: u32| char::from_u32(97 + (n.wrapping_mul(2_654_435_761) >> 24) % 26).expect("a letter");
        let word = |n: u32| if n % 8 == 7 { ' ' } else { letter(n) };
        let summary: String = (0..40_000).map(word).collect();
        match publish(&client, &title, &summary).await {
            Ok(()) => kept.push(title),
            Err(problem) => break problem,
        }
        assert!(kept.len() < 500, "the disk is never full");
    };
    assert_eq!(refused.code.as_str(), "store.full", "{refused:?}");
    until("the log says so", || async { county.node("rvn").log().contains("store.full") }).await;
    assert_eq!(county.titles("rvn").await, kept, "what is there is still shown");
    fs::remove_file(&filler).expect("removed");
    until_it_takes_works(&county, "rvn", "Efteråt").await;
    county.converge().await;
    let shown = county.titles("timra").await;
    assert!(kept.iter().all(|k| shown.contains(k)), "acknowledged and lost: {shown:?}");
    county.stop_and_verify().await;
    cluster.stop();
}
