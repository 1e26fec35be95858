//! SQLite: a file beside the node. A lock file keeps a second process out; what durability hangs on is set on every
//! connection and read back.

use super::{ACQUIRE_TIMEOUT, Access, Backend, READERS, Schema, Store, damaged, failure, migrate, ranges::Ranges, wal};
use crate::failure::Failure;
use samsyn_core::code::Code;
use sqlx::{AnyPool, AssertSqlSafe, Connection, Row, any::AnyPoolOptions};
use std::{fs::File, path::Path, time::Duration};

/// Pages that a connection keeps in memory. The writer's hold the indexes over hashes, which every transaction writes to
/// all over.
const WRITER_CACHE_KIB: u32 = 8 * 1024;
const READER_CACHE_KIB: u32 = 2 * 1024;
/// How often the log is tried to be emptied while others read.
const SWEEP_TRIES: u32 = 20;
const SWEEP_EVERY: Duration = Duration::from_millis(100);
/// SQLite before 3.51.3 can corrupt a database that several connections checkpoint.
const VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
pub(super) const SCHEMA: &Schema = &[
    (20_261_122_000_001, "foundation", include_str!("../../migrations/sqlite/20261122000001_foundation.sql")),
    (20_261_122_000_002, "seals", include_str!("../../migrations/sqlite/20261122000002_seals.sql")),
    (20_261_122_000_003, "public", include_str!("../../migrations/sqlite/20261122000003_public.sql")),
    (20_261_122_000_004, "pages", include_str!("../../migrations/sqlite/20261122000004_pages.sql")),
    (20_261_122_000_005, "terms", include_str!("../../migrations/sqlite/20261122000005_terms.sql")),
    (20_261_122_000_006, "requests", include_str!("../../migrations/sqlite/20261122000006_requests.sql")),
    (20_261_122_000_007, "register", include_str!("../../migrations/sqlite/20261122000007_register.sql")),
    (20_261_123_000_008, "disposal", include_str!("../../migrations/sqlite/20261123000008_disposal.sql")),
    (20_261_123_000_009, "public_register", include_str!("../../migrations/sqlite/20261123000009_public_register.sql")),
    (20_261_124_000_010, "papers", include_str!("../../migrations/sqlite/20261124000010_papers.sql")),
];

/// Opens, or creates, the database of a node and brings its schema up to date.
pub(super) async fn open(path: &Path, access: Access) -> Result<Store, Failure> {
    // By its real name: two names for one database must not be two locks (keeps I7).
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let path = real.as_path();
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
    if access == Access::Node {
        wal::check(path)?;
    }
    let write = pool(path, 1, WRITER_CACHE_KIB).await?;
    check_version(&write).await?;
    migrate(&write, SCHEMA).await?;
    failpoint!(StoreMigrated);
    if access == Access::Node {
        overwrite_free_pages(&write, path, fresh).await?;
    }
    if fresh {
        tracing::info!(path = %path.display(), "a new database");
        sync_directory(path)?;
    }
    let read = pool(path, READERS, READER_CACHE_KIB).await?;
    Ok(Store {
        backend: Backend::from(path),
        write,
        read,
        _lock: lock,
        session: None,
        ranges: Ranges::default(),
        reading: tokio::sync::Mutex::default(),
    })
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

pub(super) async fn pool(path: &Path, connections: u32, cache_kib: u32) -> Result<AnyPool, Failure> {
    alone(path).await.map_err(failure)?;
    let pool = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false) // a file does not hang up, and each test is two changes of thread
        .after_connect(move |connection, _| Box::pin(async move { settings(connection, cache_kib).await }))
        // Where a full disk has made SQLite roll back by itself, sqlx still counts a transaction: its next ones would be
        // savepoints in one that nobody commits. Such a connection is not used again (keeps I2).
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?; // a rollback that waits happens first
                Ok(!connection.is_in_transaction())
            })
        })
        .connect(&url(path))
        .await;
    match pool {
        Ok(pool) => Ok(pool),
        Err(error) => Err(why(path, error).await),
    }
}

fn url(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

/// One connection outside the pool: it says at once what is wrong, where a pool tries again until its time is up.
async fn alone(path: &Path) -> Result<(), sqlx::Error> {
    let mut connection = sqlx::AnyConnection::connect(&url(path)).await?;
    settings(&mut connection, READER_CACHE_KIB).await?;
    connection.close().await
}

/// What is behind the error of a pool that got no connection.
pub(super) async fn why(path: &Path, error: sqlx::Error) -> Failure {
    match error {
        sqlx::Error::PoolTimedOut => alone(path).await.map_or_else(failure, |()| failure(error)),
        error => failure(error),
    }
}

/// Sets what durability hangs on, and reads it back.
async fn settings(connection: &mut sqlx::AnyConnection, cache_kib: u32) -> Result<(), sqlx::Error> {
    const SETTINGS: &[(&str, &str, &str)] = &[
        ("busy_timeout", "10000", "10000"),
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("foreign_keys", "ON", "1"),
        ("trusted_schema", "OFF", "0"),
        ("cell_size_check", "ON", "1"),
        ("secure_delete", "ON", "1"), // what is erased is overwritten (keeps I10)
    ];
    for (name, value, expected) in SETTINGS {
        #[cfg(feature = "failpoints")]
        let (value, expected) =
            &crate::failpoint::synchronous().filter(|_| *name == "synchronous").unwrap_or((value, expected));
        sqlx::query(AssertSqlSafe(format!("PRAGMA {name} = {value}"))).fetch_all(&mut *connection).await?;
        let row = sqlx::query(AssertSqlSafe(format!("PRAGMA {name}"))).fetch_one(&mut *connection).await?;
        let got = row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|n| n.to_string()))?;
        if got != *expected {
            return Err(sqlx::Error::Configuration(format!("PRAGMA {name} is {got}, not {expected}").into()));
        }
    }
    // Nothing hangs on this one. A negative number is meant in KiB.
    sqlx::query(AssertSqlSafe(format!("PRAGMA cache_size = -{cache_kib}"))).fetch_all(&mut *connection).await?;
    Ok(())
}

async fn check_version(pool: &AnyPool) -> Result<(), Failure> {
    let row = sqlx::query("SELECT sqlite_version()").fetch_one(pool).await.map_err(failure)?;
    let text: String = row.try_get(0).map_err(failure)?;
    let mut parts = text.split('.').map(|p| p.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) >= VERSION_MIN {
        return Ok(());
    }
    let message = format!("SQLite {text} is older than 3.51.3, which mends a fault that corrupts databases");
    Err(Failure::new(Code::StoreFailed, message, "run a samsynd that was built with its bundled SQLite"))
}

/// Databases from before what is deleted was overwritten may hold it in pages that are free, and so may one from which
/// something was erased while the node ran.
async fn overwrite_free_pages(write: &AnyPool, path: &Path, fresh: bool) -> Result<(), Failure> {
    let done = sqlx::query("SELECT value FROM meta WHERE key = 'overwritten'").fetch_optional(write).await;
    if done.map_err(failure)?.is_some() {
        return Ok(());
    }
    // A disk without room for it is no reason not to start.
    if !fresh && !sweep(path, true).await.unwrap_or(false) {
        tracing::warn!("free pages may hold what was deleted earlier; the next start tries to overwrite them");
        return Ok(());
    }
    if fresh {
        let put = sqlx::query("INSERT INTO meta (key, value) VALUES ('overwritten', '1')").execute(write).await;
        put.map_err(failure)?;
    }
    Ok(())
}

/// See [`Store::sweep`]. On a connection of its own, so that nobody waits for it longer than SQLite makes them.
pub(super) async fn sweep(path: &Path, whole: bool) -> Result<bool, Failure> {
    let mut connection = sqlx::AnyConnection::connect(&url(path)).await.map_err(failure)?;
    settings(&mut connection, READER_CACHE_KIB).await.map_err(failure)?;
    if whole {
        sqlx::query("VACUUM").execute(&mut connection).await.map_err(failure)?;
    }
    if whole {
        let put = "INSERT INTO meta (key, value) VALUES ('overwritten', '1') ON CONFLICT (key) DO NOTHING";
        sqlx::query(put).execute(&mut connection).await.map_err(failure)?;
    }
    let mut free = false;
    for _ in 0..SWEEP_TRIES {
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await.map_err(failure)?;
        free = row.try_get::<i64, _>(0).map_err(failure)? == 0;
        if free {
            break;
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
    connection.close().await.map_err(failure)?;
    Ok(free)
}

/// Asks the database to check itself. On a connection of its own: FTS5 checks by what the connection remembers of an index,
/// also where another connection has changed it since, and would find damage where there is none.
pub(super) async fn integrity(path: &Path) -> Result<(), Failure> {
    let mut connection = sqlx::AnyConnection::connect(&url(path)).await.map_err(failure)?;
    settings(&mut connection, READER_CACHE_KIB).await.map_err(failure)?;
    let row = sqlx::query("PRAGMA integrity_check(5)").fetch_one(&mut connection).await.map_err(failure)?;
    connection.close().await.map_err(failure)?;
    let text: String = row.try_get(0).map_err(failure)?;
    if text == "ok" { Ok(()) } else { Err(damaged(&text)) }
}

/// A new file is durable only once its directory entry is.
fn sync_directory(path: &Path) -> Result<(), Failure> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|d| d.sync_all()).map_err(|e| Failure::io(format!("sync {}", parent.display()), &e))
}

/// What an error code of SQLite's means to the operator; the lower byte is the kind.
pub(super) fn fault(error: &sqlx::Error, code: Option<i32>) -> Failure {
    match code.map(|c| c & 0xff) {
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
