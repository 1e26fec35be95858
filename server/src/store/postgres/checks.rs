//! What the server must be like: its version and its settings, read back on every connection; and whether what it keeps
//! can be read.

use super::failure;
use crate::failure::Failure;
use samsyn_core::code::Code;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Row};

/// The oldest version that its makers still mended when this was written.
const VERSION_MIN: i64 = 140_000;

/// Setting, values that keep what is acknowledged, and where it is set.
const SETTINGS: [(&str, &[&str], &str); 5] = [
    (
        "server_encoding",
        &["UTF8"],
        "make the database anew: createdb --encoding=UTF8 --template=template0 --owner=ROLE NAME",
    ),
    ("fsync", &["on"], "set fsync = on in postgresql.conf and reload the server"),
    ("full_page_writes", &["on"], "set full_page_writes = on in postgresql.conf and reload the server"),
    (
        "synchronous_commit",
        &["on", "remote_apply"],
        "set synchronous_commit = on where it was changed: ALTER DATABASE … RESET, ALTER ROLE … RESET, or postgresql.conf",
    ),
    ("data_sync_retry", &["off"], "set data_sync_retry = off in postgresql.conf and restart the server"),
];

/// What a session is set to. Quoted text is read as the standard says; an idle connection stays, since the lock hangs on
/// it; a machine that has gone is noticed within a minute, so that its lock does not stay.
const SESSION: &str = "SET standard_conforming_strings = on; SET application_name = 'samsynd'; SET client_min_messages = warning; \
                       SET idle_session_timeout = 0; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; \
                       SET tcp_keepalives_count = 3";

/// Everything for a new connection.
pub(super) async fn prepare(connection: &mut AnyConnection) -> Result<(), Failure> {
    let version = text(connection, "SELECT current_setting('server_version_num')").await?;
    if version.parse::<i64>().is_ok_and(|v| v < VERSION_MIN) {
        let message = format!("the PostgreSQL server (version number {version}) is older than 14");
        return Err(Failure::config(message, "upgrade the server to a version that is maintained").field("store.url"));
    }
    sqlx::raw_sql(SESSION).execute(&mut *connection).await.map_err(failure)?;
    settings(connection).await
}

/// Reads back what durability hangs on.
pub(super) async fn settings(connection: &mut AnyConnection) -> Result<(), Failure> {
    let columns: Vec<String> = SETTINGS.iter().map(|(name, ..)| format!("current_setting('{name}')")).collect();
    let sql = format!("SELECT {}, CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END", columns.join(", "));
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(failure)?;
    for (at, (name, accepted, remedy)) in SETTINGS.iter().enumerate() {
        let value: String = row.try_get(at).map_err(failure)?;
        if !accepted.contains(&value.as_str()) {
            let message = format!(
                "the PostgreSQL server has {name} = {value}: what is acknowledged would not be safe, expected {}",
                accepted[0]
            );
            return Err(Failure::config(message, *remedy).field("store.url"));
        }
    }
    if row.try_get::<String, _>(SETTINGS.len()).map_err(failure)? == "standby" {
        return Err(Failure::new(
            Code::StoreReadOnly,
            "the PostgreSQL server is a standby: it cannot be written",
            "point [store] url at the primary server",
        ));
    }
    Ok(())
}

/// Without page checksums a failing disk is noticed later, or not by the server.
pub(super) async fn warn_of_missing_checksums(pool: &AnyPool) -> Result<(), Failure> {
    let mut connection = pool.acquire().await.map_err(failure)?;
    if text(&mut connection, "SELECT current_setting('data_checksums')").await? != "on" {
        tracing::warn!(
            "the PostgreSQL server has data_checksums = off: a failing disk is noticed late (pg_checksums --enable while the server is stopped)"
        );
    }
    Ok(())
}

async fn text(connection: &mut AnyConnection, sql: &'static str) -> Result<String, Failure> {
    let row = sqlx::query(sql).fetch_one(connection).await.map_err(failure)?;
    row.try_get(0).map_err(failure)
}

/// Reads every column of every row, so that a damaged page or large value is met; and has the indexes compared with
/// their tables where the server has `amcheck` and this role may use it.
pub(in crate::store) async fn integrity(pool: &AnyPool) -> Result<(), Failure> {
    const TABLES: [&str; 18] = [
        "meta",
        "charter",
        "charter_signature",
        "entry",
        "fact_value",
        "work",
        "device",
        "working_copy",
        "working_copy_retired",
        "disposal",
        "archive_value",
        "erasure_done",
        "release_request",
        "paper_file",
        "register_item",
        "register_entry",
        "register_number",
        "register_series",
    ];
    const MAY: &str = "SELECT CASE WHEN has_function_privilege(to_regprocedure('bt_index_check(regclass,boolean)'), 'EXECUTE') \
                       THEN 'yes' ELSE 'no' END";
    const INDEXES: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM (SELECT CAST(bt_index_check(CAST(c.oid AS regclass), true) AS TEXT) AS done \
                           FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_am a ON a.oid = c.relam \
                           WHERE a.amname = 'btree' AND i.indisvalid AND pg_table_is_visible(c.oid) \
                           AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())) AS checked \
                           WHERE done IS NOT NULL";
    let mut connection = pool.acquire().await.map_err(failure)?;
    for table in TABLES {
        let sql = format!("SELECT CAST(COALESCE(SUM(LENGTH(CAST(t AS TEXT))), 0) AS BIGINT) FROM {table} t");
        sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *connection).await.map_err(failure)?;
    }
    if text(&mut connection, MAY).await? == "yes" {
        text(&mut connection, INDEXES).await?;
    }
    Ok(())
}
