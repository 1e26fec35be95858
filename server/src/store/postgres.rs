//! PostgreSQL: a database of a server. The writing connection holds the lock that keeps a second process out, so that
//! nothing can be written without it: when the connection goes, the lock goes, and whoever comes next gets it only once
//! the server has ended what the old connection was doing. A connection that was lost is never replaced in silence,
//! since the server may have come back from a backup or as another: the driver reads everything again first (keeps I2,
//! I7).

mod checks;
mod fault;

pub(super) use checks::integrity;
pub(crate) use fault::silent;
pub(super) use fault::{fault, lost, unencrypted};

use super::{Access, Backend, PostgresUrl, READERS, Schema, Store, Tx, failure, migrate, ranges::Ranges};
use crate::failure::Failure;
use samsyn_core::code::Code;
use sqlx::{AnyConnection, AnyPool, Connection, Row, any::AnyPoolOptions};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

const SCHEMA: &Schema = &[
    (20_261_122_000_001, "foundation", include_str!("../../migrations/postgres/20261122000001_foundation.sql")),
    (20_261_122_000_002, "seals", include_str!("../../migrations/postgres/20261122000002_seals.sql")),
    (20_261_122_000_003, "public", include_str!("../../migrations/postgres/20261122000003_public.sql")),
    (20_261_122_000_004, "pages", include_str!("../../migrations/postgres/20261122000004_pages.sql")),
    (20_261_122_000_005, "terms", include_str!("../../migrations/postgres/20261122000005_terms.sql")),
    (20_261_122_000_006, "requests", include_str!("../../migrations/postgres/20261122000006_requests.sql")),
    (20_261_122_000_007, "register", include_str!("../../migrations/postgres/20261122000007_register.sql")),
    (20_261_123_000_008, "disposal", include_str!("../../migrations/postgres/20261123000008_disposal.sql")),
    (
        20_261_123_000_009,
        "public_register",
        include_str!("../../migrations/postgres/20261123000009_public_register.sql"),
    ),
    (20_261_124_000_010, "papers", include_str!("../../migrations/postgres/20261124000010_papers.sql")),
];
/// How long writing a table anew waits for those who use it, in milliseconds.
const SWEEP_LOCK_MS: u32 = 2_000;
/// How long a connection may take, from asking for it to having it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);
/// How long an own connection that has just ended may still hold the lock at the server.
const LOCK_TIMEOUT: Duration = Duration::from_secs(4);
const LOCK_EVERY: Duration = Duration::from_millis(100);
/// How long the server may take to answer whether it is there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// The advisory lock of a node's process: "samsyn" in ASCII. Locks are per database.
const LOCK: i64 = 0x7361_6d73_796e;

/// The writing connection: which one it is, and which one the driver has read the store on.
#[derive(Debug)]
pub(super) struct Session {
    url: PostgresUrl,
    access: Access,
    opened: AtomicU64,
    accepted: AtomicU64,
    /// The server's process behind the last writing connection.
    holder: Mutex<Option<Holder>>,
    /// Why the last connection that was made was not taken into use: a pool only says that it has none.
    refusal: Mutex<Option<Failure>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Holder {
    pid: i64,
    /// Process ids come again; with this time they do not.
    started: String,
}

/// Writes the tables anew that something may have been erased from. What the server's own log and its archive hold is
/// the operator's.
pub(super) async fn sweep(pool: &AnyPool) -> Result<bool, Failure> {
    let mut connection = pool.acquire().await.map_err(failure)?;
    // Whoever reads for long (pg_dump) is not waited for: everybody else would wait behind this one.
    let limited = super::query(format!("SET lock_timeout = {SWEEP_LOCK_MS}")).execute(&mut *connection).await;
    limited.map_err(failure)?;
    let mut free = true;
    for table in ["fact_value", "archive_value", "working_copy", "release_request", "paper_file", "work"] {
        // With its statistics, which hold samples of what stands in it.
        match super::query(format!("VACUUM (FULL, ANALYZE) {table}")).execute(&mut *connection).await {
            Ok(_) => {}
            Err(error) if is_locked(&error) => free = false,
            Err(error) => {
                connection.close_on_drop();
                return Err(failure(error));
            }
        }
    }
    connection.close_on_drop(); // with its setting
    Ok(free)
}

fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "55P03")
}

/// Opens the database of a node and brings its schema up to date. The database itself must be there.
pub(super) async fn open(url: &PostgresUrl, access: Access) -> Result<Store, Failure> {
    look(url).await?;
    let session = Arc::new(Session::new(url.clone(), access));
    let write = session.clone().pool().await?;
    migrate(&write, SCHEMA).await?;
    let read = AnyPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(CONNECT_TIMEOUT)
        .after_connect(|connection, _| Box::pin(async move { checks::prepare(connection).await.map_err(refused) }))
        .connect(url.secret());
    let read = read.await.map_err(failure)?;
    session.accept();
    if access == Access::Node {
        checks::warn_of_missing_checksums(&write).await?;
    }
    let (backend, session) = (Backend::Postgres { url: url.clone() }, Some(session));
    Ok(Store {
        backend,
        write,
        read,
        _lock: None,
        session,
        ranges: Ranges::default(),
        reading: tokio::sync::Mutex::default(),
    })
}

/// Connects once and says at once what is wrong, where a pool would try again until its time is up.
async fn look(url: &PostgresUrl) -> Result<(), Failure> {
    let connect = tokio::time::timeout(CONNECT_TIMEOUT, async {
        let mut connection = AnyConnection::connect(url.secret()).await.map_err(failure)?;
        checks::prepare(&mut connection).await?;
        // That it cannot be closed in order harms nobody.
        connection.close().await.ok();
        Ok(())
    });
    let seen = connect.await.unwrap_or_else(|_| Err(fault::silent(CONNECT_TIMEOUT)));
    seen.map_err(|f| Failure { message: format!("{} ({url})", f.message), ..f })
}

/// As sqlx's callbacks want it; `store::failure` takes it out again.
fn refused(failure: Failure) -> sqlx::Error {
    sqlx::Error::Configuration(Box::new(failure))
}

impl Session {
    fn new(url: PostgresUrl, access: Access) -> Self {
        Self {
            url,
            access,
            opened: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            holder: Mutex::default(),
            refusal: Mutex::default(),
        }
    }

    /// The pool of the one writing connection.
    async fn pool(self: Arc<Self>) -> Result<AnyPool, Failure> {
        let session = self.clone();
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(CONNECT_TIMEOUT)
            // It is never closed for its age: the lock would go with it.
            .idle_timeout(None)
            .max_lifetime(None)
            // A lost connection is to be noticed, not replaced; and it would cost every transaction a round trip.
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let session = session.clone();
                Box::pin(async move {
                    session.take(connection).await.map_err(|failure| {
                        *lock(&session.refusal) = Some(failure.clone());
                        refused(failure)
                    })
                })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?; // a rollback that waits happens first
                    Ok(!connection.is_in_transaction())
                })
            });
        pool.connect(self.url.secret()).await.map_err(|e| self.why(e))
    }

    /// Makes a new connection the writing one.
    async fn take(&self, connection: &mut AnyConnection) -> Result<(), Failure> {
        checks::prepare(connection).await?;
        if self.access == Access::Node {
            self.hold(connection).await?;
        }
        self.opened.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Takes the lock. An own earlier connection that the server has not seen end is ended first.
    async fn hold(&self, connection: &mut AnyConnection) -> Result<(), Failure> {
        let earlier = lock(&self.holder).take();
        if let Some(Holder { pid, started }) = earlier {
            let sql = "SELECT CASE WHEN pg_terminate_backend(pid) THEN 1 ELSE 0 END FROM pg_stat_activity \
                       WHERE pid = $1 AND CAST(backend_start AS TEXT) = $2 AND pid <> pg_backend_pid()";
            sqlx::query(sql).bind(pid).bind(started).fetch_all(&mut *connection).await.map_err(failure)?;
        }
        let deadline = tokio::time::Instant::now() + LOCK_TIMEOUT;
        loop {
            let sql = "SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END";
            let row = sqlx::query(sql).bind(LOCK).fetch_one(&mut *connection).await.map_err(failure)?;
            if row.try_get::<i32, _>(0).map_err(failure)? == 1 {
                break;
            }
            if tokio::time::Instant::now() >= deadline {
                let message = format!("the database {} is in use by another samsynd", self.url);
                return Err(Failure::new(Code::InUse, message, "stop the other process first: one process per node"));
            }
            tokio::time::sleep(LOCK_EVERY).await;
        }
        let sql = "SELECT CAST(pid AS BIGINT), CAST(backend_start AS TEXT) FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let row = sqlx::query(sql).fetch_one(connection).await.map_err(failure)?;
        let holder = Holder { pid: row.try_get(0).map_err(failure)?, started: row.try_get(1).map_err(failure)? };
        *lock(&self.holder) = Some(holder);
        Ok(())
    }

    /// The cause behind a pool's error.
    fn why(&self, error: sqlx::Error) -> Failure {
        lock(&self.refusal).take().unwrap_or_else(|| failure(error))
    }

    fn accept(&self) {
        self.accepted.store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn same(&self) -> Result<(), Failure> {
        if self.accepted.load(Ordering::SeqCst) == self.opened.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(fault::lost("it was lost and has been made anew: what is stored is read again first"))
    }

    /// A transaction on the connection that the store was read on, or none.
    pub(super) async fn begin(&self, pool: &AnyPool) -> Result<Tx, Failure> {
        lock(&self.refusal).take();
        let tx = pool.begin().await.map_err(|e| self.why(e))?;
        self.same()?;
        Ok(tx)
    }

    /// Whether the connection stands and the server still keeps what it acknowledges.
    pub(super) async fn check(&self, pool: &AnyPool) -> Result<(), Failure> {
        lock(&self.refusal).take();
        let mut connection = pool.acquire().await.map_err(|e| self.why(e))?;
        self.same()?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, checks::settings(&mut connection)).await;
        let answer = answer.unwrap_or_else(|_| Err(fault::silent(ANSWER_TIMEOUT)));
        answer.inspect_err(|_| connection.close_on_drop())
    }

    /// Goes over to a new connection if the old one is gone. The caller reads everything again.
    pub(super) async fn reconnect(&self, pool: &AnyPool) -> Result<(), Failure> {
        look(&self.url).await?;
        lock(&self.refusal).take();
        let mut connection = pool.acquire().await.map_err(|e| self.why(e))?;
        if connection.ping().await.is_err() {
            connection.close_on_drop();
            drop(connection);
            connection = pool.acquire().await.map_err(|e| self.why(e))?;
            connection.ping().await.map_err(failure)?;
        }
        self.accept();
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
