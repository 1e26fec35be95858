//! The node's store on sqlx. Statements are in the form that SQLite and PostgreSQL both accept (`$1`, integers, text,
//! blobs); settings that durability hangs on are set and read back (keeps I1, I2). One connection writes.

mod device;
mod log;
mod work;
mod working_copy;

pub use device::{Device, Role};
pub use log::{LoadedCommit, StoredCommits};
pub use work::{WorkFilter, WorkRow};
pub use working_copy::WorkingCopyRow;

use crate::failure::Failure;
use samsyn_core::{
    code::Code,
    id::{FederationId, OrgId},
};
use sqlx::{
    Any, AnyPool, AssertSqlSafe, Connection, Row, Transaction,
    any::{AnyArguments, AnyPoolOptions, AnyRow},
    migrate::{Migration, MigrationType, Migrator},
    query::Query,
};
use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

/// Connections that read beside the one that writes.
const READERS: u32 = 3;
/// Rows in one multi-row statement.
const ROWS_PER_STATEMENT: usize = 100;
/// Room that a node wants to see before it goes on after a full disk.
const PROBE_BYTES: usize = 512 * 1024;
/// SQLite before 3.51.3 can corrupt a database that several connections checkpoint.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// A node's database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    write: AnyPool,
    read: AnyPool,
    /// Held for as long as this process may write.
    _lock: Option<File>,
}

/// One transaction on the writing connection.
pub type Tx = Transaction<'static, Any>;

/// How a program opens a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The node itself: the only one at a time.
    Node,
    /// A tool beside a node that may be running: short writes to `device` only.
    Tool,
}

impl Store {
    /// Opens, or creates, the database of a node and brings its schema up to date.
    pub async fn open(path: &Path, access: Access) -> Result<Self, Failure> {
        sqlx::any::install_default_drivers();
        let lock = if access == Access::Node { Some(lock(path)?) } else { None };
        if access == Access::Tool && !path.exists() {
            let message = format!("there is no database at {}", path.display());
            return Err(Failure::new(
                Code::StoreFailed,
                message,
                "start the node once with 'samsynd run', or check [store] url",
            ));
        }
        let fresh = !path.exists();
        let write = pool(path, 1).await?;
        check_version(&write).await?;
        migrate(&write).await?;
        if fresh {
            sync_directory(path)?;
        }
        let read = pool(path, READERS).await?;
        Ok(Self { path: path.to_owned(), write, read, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub async fn begin(&self) -> Result<Tx, Failure> {
        self.write.begin().await.map_err(failure)
    }

    /// Binds the database to one federation and organisation, or checks that it is theirs.
    pub async fn claim(&self, federation: FederationId, organisation: &OrgId) -> Result<(), Failure> {
        let wanted = [("federation", federation.to_string()), ("organisation", organisation.to_string())];
        for (key, value) in wanted {
            let found: Option<AnyRow> = sqlx::query("SELECT value FROM meta WHERE key = $1")
                .bind(key)
                .fetch_optional(&self.write)
                .await
                .map_err(failure)?;
            match found {
                None => {
                    let insert = sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2)").bind(key).bind(value);
                    insert.execute(&self.write).await.map_err(failure)?;
                }
                Some(row) if row.try_get::<String, _>(0).map_err(failure)? == value => {}
                Some(row) => {
                    let other: String = row.try_get(0).map_err(failure)?;
                    let message = format!("the database {} belongs to {key} {other}, not {value}", self.path.display());
                    let remedy = "point [store] url at this node's own database, or at an empty place to begin anew";
                    return Err(Failure::new(Code::StoreForeign, message, remedy));
                }
            }
        }
        Ok(())
    }

    /// Asks the database to check itself.
    pub async fn integrity(&self) -> Result<(), Failure> {
        let row = sqlx::query("PRAGMA integrity_check(5)").fetch_one(&self.read).await.map_err(failure)?;
        let text: String = row.try_get(0).map_err(failure)?;
        if text == "ok" { Ok(()) } else { Err(damaged(&text)) }
    }

    /// True if a small write succeeds: the disk has room again.
    pub async fn probe(&self) -> Result<(), Failure> {
        let mut tx = self.begin().await?;
        // Enough to need new pages, and gone again with the same transaction.
        let sql =
            "INSERT INTO meta (key, value) VALUES ('probe', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sqlx::query(sql).bind("x".repeat(PROBE_BYTES)).execute(&mut *tx).await.map_err(failure)?;
        sqlx::query("DELETE FROM meta WHERE key = 'probe'").execute(&mut *tx).await.map_err(failure)?;
        tx.commit().await.map_err(failure)
    }

    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// One process at a time may write a node's logs (the lock ends with the process, however it ends).
fn lock(path: &Path) -> Result<File, Failure> {
    let name = path.with_extension("lock");
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|e| Failure::io(format!("create {}", parent.display()), &e))?;
    }
    let file = File::options().create(true).append(true).open(&name);
    let file = file.map_err(|e| Failure::io(format!("open {}", name.display()), &e))?;
    file.try_lock().map_err(|_| {
        let message = format!("the database {} is in use by another samsynd", path.display());
        Failure::new(Code::InUse, message, "stop the other process first (systemctl status samsynd)")
    })?;
    Ok(file)
}

async fn pool(path: &Path, connections: u32) -> Result<AnyPool, Failure> {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    // A pool tries again until its time is up and then only says that; one connection says what is wrong at once.
    let mut first = sqlx::AnyConnection::connect(&url).await.map_err(failure)?;
    settings(&mut first).await.map_err(failure)?;
    first.close().await.map_err(failure)?;
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .after_connect(|connection, _| Box::pin(async move { settings(connection).await }))
        // Where a full disk has made SQLite roll back by itself, sqlx still counts a transaction: its next ones would be
        // savepoints in one that nobody commits. Such a connection is not used again (keeps I2).
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?; // a rollback that waits happens first
                Ok(!connection.is_in_transaction())
            })
        })
        .connect(&url)
        .await
        .map_err(failure)
}

/// Sets what durability hangs on, and reads it back.
async fn settings(connection: &mut sqlx::AnyConnection) -> Result<(), sqlx::Error> {
    const SETTINGS: &[(&str, &str, &str)] = &[
        ("busy_timeout", "10000", "10000"),
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("foreign_keys", "ON", "1"),
        ("trusted_schema", "OFF", "0"),
        ("cell_size_check", "ON", "1"),
    ];
    for (name, value, expected) in SETTINGS {
        sqlx::query(AssertSqlSafe(format!("PRAGMA {name} = {value}"))).fetch_all(&mut *connection).await?;
        let row = sqlx::query(AssertSqlSafe(format!("PRAGMA {name}"))).fetch_one(&mut *connection).await?;
        let got = row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|n| n.to_string()))?;
        if got != *expected {
            return Err(sqlx::Error::Configuration(format!("PRAGMA {name} is {got}, not {expected}").into()));
        }
    }
    Ok(())
}

async fn check_version(pool: &AnyPool) -> Result<(), Failure> {
    let row = sqlx::query("SELECT sqlite_version()").fetch_one(pool).await.map_err(failure)?;
    let text: String = row.try_get(0).map_err(failure)?;
    let mut parts = text.split('.').map(|p| p.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) >= SQLITE_VERSION_MIN {
        return Ok(());
    }
    let message = format!("SQLite {text} is older than 3.51.3, which mends a fault that corrupts databases");
    Err(Failure::new(Code::StoreFailed, message, "run a samsynd that was built with its bundled SQLite"))
}

async fn migrate(pool: &AnyPool) -> Result<(), Failure> {
    let foundation = Migration::new(
        20_261_122_000_001,
        "foundation".into(),
        MigrationType::Simple,
        sqlx::SqlStr::from_static(include_str!("../../migrations/sqlite/20261122000001_foundation.sql")),
        false,
    );
    let migrator = Migrator::with_migrations(vec![foundation]);
    migrator.run(pool).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(version) => Failure::new(
            Code::StoreNewer,
            format!("the database was written by a newer samsynd (schema {version})"),
            "run the newer samsynd, or restore the backup that was made before the upgrade",
        ),
        sqlx::migrate::MigrateError::Execute(error) | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => {
            failure(error)
        }
        other => Failure::new(
            Code::StoreFailed,
            format!("the database schema could not be brought up to date: {other}"),
            "see the log; restore a backup if it stays",
        ),
    })
}

/// A new file is durable only once its directory entry is.
fn sync_directory(path: &Path) -> Result<(), Failure> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|d| d.sync_all()).map_err(|e| Failure::io(format!("sync {}", parent.display()), &e))
}

fn damaged(what: &str) -> Failure {
    let remedy = "stop the node, keep the file, restore the latest backup and start: what other parties have comes back from them; \
                  'samsynd verify' tells what is damaged";
    Failure::new(Code::StoreDamaged, format!("the database is damaged: {what}"), remedy)
}

/// What a database error means to the operator.
pub(crate) fn failure(error: impl Into<sqlx::Error>) -> Failure {
    let error = error.into();
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|c| c.parse::<i32>().ok())
        .map(|c| c & 0xff);
    match code {
        Some(13) => Failure::new(
            Code::StoreFull,
            "the disk is full: nothing more is accepted or acknowledged until there is room",
            "free or add disk space; the node goes on by itself",
        ),
        Some(8) => Failure::new(
            Code::StoreReadOnly,
            "the database or its directory cannot be written",
            "give the service user write access to the database file and its directory",
        ),
        Some(11 | 26) => damaged(&error.to_string()),
        Some(10) => Failure::new(
            Code::StoreFailed,
            format!("the disk reports an error: {error}"),
            "check the disk; restore a backup if it is failing",
        ),
        Some(14) => Failure::new(
            Code::StoreFailed,
            format!("the database cannot be opened: {error}"),
            "check [store] url and the directory's permissions",
        ),
        _ => Failure::new(Code::StoreFailed, format!("the database failed: {error}"), "see the log; try again"),
    }
}

/// `($1, $2), ($3, $4), …`: sqlx's own builder writes markers that PostgreSQL refuses.
fn values(rows: usize, columns: usize) -> String {
    let row = |r: usize| {
        let markers: Vec<String> = (1..=columns).map(|c| format!("${}", r * columns + c)).collect();
        format!("({})", markers.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// `$from, $from+1, …` for an IN list.
fn markers(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

fn query(sql: String) -> Query<'static, Any, AnyArguments> {
    sqlx::query(AssertSqlSafe(sql))
}

/// Times and positions are below 2^63 in every store.
pub(crate) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

#[cfg(test)]
mod tests;
