//! What can be wrong with a database, and what the operator is told.

use super::*;
use samsyn_core::id::CharterHash;
use std::{
    io::{Seek, Write},
    path::Path,
};

mod on_postgres;
mod registers;
pub(crate) mod scratch;
mod story;

impl Store {
    /// A disk with just so much room beyond what is used; none for no limit. For tests of a full disk.
    pub(crate) async fn limit_pages(&self, more: Option<u64>) {
        let pages: i64 =
            sqlx::query("PRAGMA page_count").fetch_one(&self.write).await.expect("asks").try_get(0).expect("a number");
        let limit = more.map_or(1_000_000_000, |m| pages + signed(m));
        query(format!("PRAGMA max_page_count = {limit}")).fetch_all(&self.write).await.expect("sets");
    }
}

fn federation(n: u8) -> FederationId {
    FederationId::of_genesis(CharterHash([n; 32]))
}

fn org(id: &str) -> OrgId {
    OrgId::new(id).expect("an id")
}

async fn made(path: &Path) {
    let store = Store::open(path, Access::Node).await.expect("makes");
    store.claim(federation(1), &org("ange")).await.expect("claims");
    store.close().await;
}

#[tokio::test]
async fn a_database_of_another_federation_or_organisation_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("node.db");
    made(&path).await;
    let store = Store::open(&path, Access::Node).await.expect("opens");
    store.claim(federation(1), &org("ange")).await.expect("is its own");
    for (other, own) in [(2, "ange"), (1, "timra")] {
        let failure = store.claim(federation(other), &org(own)).await.expect_err("is foreign");
        assert_eq!((failure.code, failure.exit_code()), (Code::StoreForeign, 3));
    }
}

#[tokio::test]
async fn only_one_process_at_a_time_writes() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("node.db");
    let _first = Store::open(&path, Access::Node).await.expect("opens");
    let failure = Store::open(&path, Access::Node).await.expect_err("is locked");
    assert_eq!((failure.code, failure.exit_code()), (Code::InUse, 7));
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("node.db");
    let store = Store::open(&path, Access::Node).await.expect("makes");
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99990101000001, 'later', 1, x'00', 0)";
    sqlx::query(sql).execute(&store.write).await.expect("inserts");
    store.close().await;
    drop(store);
    let failure = Store::open(&path, Access::Node).await.expect_err("is newer");
    assert_eq!((failure.code, failure.exit_code()), (Code::StoreNewer, 3), "{failure}");
}

/// What an installation of an earlier version has in its file, and what becomes of it.
#[tokio::test]
async fn an_older_schema_with_rows_is_brought_up_to_date() {
    const ROWS: &[&str] = &[
        "INSERT INTO meta (key, value) VALUES ('note', 'kept')",
        "INSERT INTO device (pin, name, role, added_ms) VALUES ('blake3:0707070707070707070707070707070707070707070707070707070707070707', 'Kansliet', 'coordinator', 5)",
        "INSERT INTO working_copy (id, kind, authority, title, automerge, bridge, updated_ms) VALUES (x'01010101010101010101010101010101', 'work', 'ks', 'Utkast', x'00', x'', 3)",
        "INSERT INTO fact_value (header, idx, salt, bytes) VALUES (x'02', 0, x'03', x'04')",
        "INSERT INTO work (document, owner, public_number, title, folded, search, stage, form, start, start_key, conflicts, updated_ms) VALUES (x'05', 'ange', '', 'Gammal rad', 'gammal rad', '', '', '', '', 0, 0, 1)",
        "INSERT INTO work_term (document, kind, term) VALUES (x'05', 'party', 'ange')",
    ];
    for schema in 1..sqlite::SCHEMA.len() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("node.db");
        made(&path).await; // so that the drivers are there
        std::fs::remove_file(&path).expect("removed");
        let older = sqlite::pool(&path, 1, 1024).await.expect("opens");
        migrate(&older, &sqlite::SCHEMA[..schema]).await.expect("an older schema");
        for row in ROWS.iter().filter(|row| schema < 5 || !row.contains("work_term")) {
            sqlx::query(*row).execute(&older).await.expect("a row");
        }
        // Earlier versions left what was deleted in the pages that were free then.
        for sql in [
            "PRAGMA secure_delete = OFF",
            "INSERT INTO meta (key, value) VALUES ('gone', 'Raderat-innehåll-7Qx')",
            "DELETE FROM meta WHERE key = 'gone'",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ] {
            sqlx::query(sql).execute(&older).await.expect("done");
        }
        older.close().await;
        let holds = || String::from_utf8_lossy(&std::fs::read(&path).expect("read")).contains("Raderat-innehåll-7Qx");
        assert!(holds(), "schema {schema}");
        let store = Store::open(&path, Access::Node).await.expect("brought up to date");
        let count = async |table: &str| {
            let row = query(format!("SELECT COUNT(*) FROM {table}")).fetch_one(&store.read).await.expect("counts");
            row.try_get::<i64, _>(0).expect("a number")
        };
        assert_eq!(store.devices().await.expect("lists")[0].name, "Kansliet", "schema {schema}");
        assert_eq!(store.working_copies().await.expect("lists")[0].title, "Utkast", "schema {schema}");
        assert!(!holds(), "schema {schema}: overwritten (I10)");
        let kept = "SELECT COUNT(*) FROM meta WHERE key = 'note'";
        let kept: i64 = sqlx::query(kept).fetch_one(&store.read).await.expect("counts").try_get(0).expect("a number");
        assert_eq!((count("fact_value").await, kept), (1, 1), "schema {schema}");
        // Derived rows are made anew from the commits at the start.
        assert_eq!(count("work").await, i64::from(schema >= 5), "schema {schema}");
        assert!(store.release_requests().await.expect("lists").is_empty(), "schema {schema}");
        store.check_register().await.expect("is whole");
        store.integrity().await.expect("is sound");
        store.close().await;
    }
}

#[tokio::test]
async fn a_damaged_page_is_told_and_never_read_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("node.db");
    made(&path).await;
    let mut file = File::options().write(true).open(&path).expect("opens");
    // Everything behind the header page is overwritten.
    let length = file.metadata().expect("has a length").len();
    file.seek(std::io::SeekFrom::Start(4096)).expect("seeks");
    file.write_all(&vec![0x5a; usize::try_from(length - 4096).expect("small")]).expect("writes");
    drop(file);
    let failure = match Store::open(&path, Access::Node).await {
        Err(failure) => failure,
        Ok(store) => match store.claim(federation(1), &org("ange")).await {
            Err(failure) => failure,
            Ok(()) => store.integrity().await.expect_err("is damaged"),
        },
    };
    assert_eq!((failure.code, failure.exit_code()), (Code::StoreDamaged, 6), "{failure}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damage() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("node.db");
    std::fs::write(&path, "något helt annat ".repeat(1_000)).expect("writes");
    let failure = Store::open(&path, Access::Node).await.expect_err("is no database");
    assert_eq!(failure.code, Code::StoreDamaged, "{failure}");
}

#[tokio::test]
async fn devices_are_added_once_and_a_revoked_one_stays_revoked() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = Store::open(&dir.path().join("node.db"), Access::Node).await.expect("opens");
    let pin = samsyn_wire::transport::Pin([7; 32]);
    let device = Device {
        pin,
        name: "Kansliet".into(),
        role: Role::Coordinator,
        authority: None,
        added_ms: 5,
        revoked_ms: None,
    };
    store.add_device(&device).await.expect("adds");
    assert!(store.add_device(&device).await.is_err(), "not twice");
    store.revoke_device(&pin, 9).await.expect("revokes");
    assert!(store.revoke_device(&pin, 10).await.is_err(), "not twice");
    assert!(store.add_device(&device).await.is_err(), "a revoked key does not come back");
    assert_eq!(store.devices().await.expect("lists"), [Device { revoked_ms: Some(9), ..device }]);
}
