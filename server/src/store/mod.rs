//! The node's store on sqlx: a SQLite file or a PostgreSQL database. Statements are in the form that both accept (`$1`,
//! integers, text, blobs); settings that durability hangs on are read back (keeps I1, I2). One connection writes.

mod backend;
mod check;
mod device;
mod disposal;
mod handout;
mod log;
mod paper;
mod postgres;
mod ranges;
mod register;
mod request;
mod seal;
mod sqlite;
pub mod wal;
mod work;
mod working_copy;

pub use backend::{Backend, PostgresUrl};
pub use device::{Device, Role};
pub use disposal::{ArchivedValue, DisposalReason, DisposalRow};
pub use handout::StoredEntry;
pub use log::{LoadedCommit, StoredCommits};
pub(crate) use postgres::silent;
pub(crate) use register::word;
pub use register::{Counts, ItemRow, MATCHES_COUNTED, PublicFilter, RegisterFilter};
pub use request::{ReleaseAnswer, ReleaseRequest, RequestRow};
use work::check_works;
pub use work::{WorkFilter, WorkRow};
pub use working_copy::{Draft, WorkingCopyRow};

use crate::failure::Failure;
use samsyn_core::{
    code::Code,
    id::{FederationId, OrgId},
};
use sqlx::{
    Any, AnyPool, AssertSqlSafe, Row, Transaction,
    any::{AnyArguments, AnyRow},
    migrate::{Migration, MigrationType, Migrator},
    postgres::PgDatabaseError,
    query::Query,
};
use std::{fs::File, sync::Arc, time::Duration};

/// Connections that read beside the one that writes.
const READERS: u32 = 3;
/// Rows in one multi-row statement.
const ROWS_PER_STATEMENT: usize = 100;
/// How long a statement waits for a connection. The driver waits with it, and whoever asks the driver.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Room that a node wants to see before it goes on after a full disk.
const PROBE_BYTES: usize = 512 * 1024;
/// How long one transaction may take where a server may fall silent.
const TRANSACTION_TIMEOUT: Duration = Duration::from_mins(2);

/// A node's database.
#[derive(Debug)]
pub struct Store {
    backend: Backend,
    write: AnyPool,
    read: AnyPool,
    /// SQLite: held for as long as this process may write.
    _lock: Option<File>,
    /// PostgreSQL: the writing connection, which holds the lock.
    session: Option<Arc<postgres::Session>>,
    /// What was just read for peers.
    ranges: ranges::Ranges,
    reading: tokio::sync::Mutex<()>,
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
    /// What kind of database it is, for people.
    pub fn kind(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite { .. } => "sqlite",
            Backend::Postgres { .. } => "postgres",
        }
    }

    /// Opens the database of a node and brings its schema up to date. A SQLite file is created; a PostgreSQL database must
    /// be there.
    pub async fn open(backend: impl Into<Backend>, access: Access) -> Result<Self, Failure> {
        sqlx::any::install_default_drivers();
        match backend.into() {
            Backend::Sqlite { path } => sqlite::open(&path, access).await,
            Backend::Postgres { url } => postgres::open(&url, access).await,
        }
    }

    pub async fn begin(&self) -> Result<Tx, Failure> {
        match (&self.session, &self.backend) {
            (Some(session), _) => session.begin(&self.write).await,
            (None, Backend::Sqlite { path }) => match self.write.begin().await {
                Ok(tx) => Ok(tx),
                Err(error) => Err(sqlite::why(path, error).await),
            },
            (None, Backend::Postgres { .. }) => self.write.begin().await.map_err(failure),
        }
    }

    fn markers(&self) -> Markers {
        match &self.backend {
            Backend::Sqlite { .. } => Markers::Plain,
            Backend::Postgres { .. } => Markers::Numbered,
        }
    }

    /// How long a transaction may take: a database server that has fallen silent must not hold the node for ever.
    pub fn patience(&self) -> Option<Duration> {
        self.session.as_ref().map(|_| TRANSACTION_TIMEOUT)
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
                    let message = format!("the database {} belongs to {key} {other}, not {value}", self.backend);
                    let remedy = "point [store] url at this node's own database, or at an empty place to begin anew";
                    return Err(Failure::new(Code::StoreForeign, message, remedy));
                }
            }
        }
        Ok(())
    }

    /// Asks the database to check itself.
    pub async fn integrity(&self) -> Result<(), Failure> {
        match &self.backend {
            Backend::Sqlite { path } => sqlite::integrity(path).await,
            Backend::Postgres { .. } => postgres::integrity(&self.read).await,
        }
    }

    /// Whether the database is still there and keeps what it acknowledges. A file is: its errors come with the writes.
    pub async fn check(&self) -> Result<(), Failure> {
        match &self.session {
            Some(session) => session.check(&self.write).await,
            None => Ok(()),
        }
    }

    /// True if a small write succeeds: the disk has room again, the server answers. Whoever has asked reads everything
    /// again before writing.
    pub async fn probe(&self) -> Result<(), Failure> {
        if let Some(session) = &self.session {
            session.reconnect(&self.write).await?;
        }
        let mut tx = self.begin().await?;
        // Enough to need new pages, and gone again with the same transaction.
        let sql =
            "INSERT INTO meta (key, value) VALUES ('probe', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sqlx::query(sql).bind("x".repeat(PROBE_BYTES)).execute(&mut *tx).await.map_err(failure)?;
        sqlx::query("DELETE FROM meta WHERE key = 'probe'").execute(&mut *tx).await.map_err(failure)?;
        tx.commit().await.map_err(failure)
    }

    /// Overwrites what deleted rows have left behind in the database's files (keeps I10). `whole` also writes the whole
    /// database anew, which nobody may be in the middle of reading. False where somebody was: try again later.
    pub async fn sweep(&self, whole: bool) -> Result<bool, Failure> {
        match &self.backend {
            Backend::Sqlite { path } => sqlite::sweep(path, whole).await,
            Backend::Postgres { .. } => postgres::sweep(&self.read).await,
        }
    }

    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Versions of the schema, oldest first: number, name, statements.
type Schema = [(i64, &'static str, &'static str)];

async fn migrate(pool: &AnyPool, schema: &Schema) -> Result<(), Failure> {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
    };
    let migrator = Migrator::with_migrations(schema.iter().map(migration).collect());
    migrator.run(pool).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(version) => Failure::new(
            Code::StoreNewer,
            format!("the database was written by a newer samsynd (schema {version})"),
            "run the newer samsynd, or restore the backup that was made before the upgrade",
        ),
        sqlx::migrate::MigrateError::Execute(error) | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => {
            failure(error)
        }
        // A migration that has landed is never edited.
        other @ (sqlx::migrate::MigrateError::VersionMismatch(_) | sqlx::migrate::MigrateError::Dirty(_)) => {
            damaged(&other.to_string())
        }
        other => Failure::new(
            Code::StoreFailed,
            format!("the database schema could not be brought up to date: {other}"),
            "see the log; restore a backup if it stays",
        ),
    })
}

fn damaged(what: &str) -> Failure {
    let remedy = "stop the node, keep the database, restore the latest backup and start: what other parties have comes back from them; \
                  'samsynd verify' tells what is damaged";
    Failure::new(Code::StoreDamaged, format!("the database is damaged: {what}"), remedy)
}

/// What a database error means to the operator.
pub(crate) fn failure(error: impl Into<sqlx::Error>) -> Failure {
    let error = error.into();
    // Ours, from a callback that sqlx has carried it through.
    if let sqlx::Error::Configuration(inside) = &error
        && let Some(known) = inside.downcast_ref::<Failure>()
    {
        return known.clone();
    }
    if matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) {
        return damaged(&error.to_string()); // of its type and length when it was written
    }
    if let Some(database) = error.as_database_error() {
        return match database.try_downcast_ref::<PgDatabaseError>() {
            Some(said) => postgres::fault(said),
            None => sqlite::fault(&error, database.code().and_then(|c| c.parse().ok())),
        };
    }
    match &error {
        sqlx::Error::Tls(_) => postgres::unencrypted(&error.to_string()),
        // So the handshake says that it does not accept the server's certificate.
        sqlx::Error::Io(e) if e.kind() == std::io::ErrorKind::InvalidData => postgres::unencrypted(&e.to_string()),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::BeginFailed => postgres::lost(&error.to_string()),
        sqlx::Error::PoolTimedOut => Failure::new(
            Code::StoreUnreachable,
            "the database gave no connection in time",
            "see the log for why; a node that runs goes on by itself, and what was under way may be stored or not",
        ),
        _ => sqlite::fault(&error, None),
    }
}

/// What the databases write differently: the parameters of a long statement, and how a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Markers {
    /// `$1, $2, …`: PostgreSQL knows no other.
    Numbered,
    /// `?, ?, …`: SQLite understands both, but looks through the names of all numbered ones for each that is bound.
    Plain,
}

impl Markers {
    fn of(self, from: usize, count: usize) -> String {
        let marker = |n| match self {
            Self::Numbered => format!("${n}"),
            Self::Plain => "?".to_owned(),
        };
        (from..from + count).map(marker).collect::<Vec<_>>().join(", ")
    }

    /// That a column holds a text somewhere.
    fn contains(self, column: &str, text: &str) -> String {
        match self {
            Self::Numbered => format!("strpos({column}, {text}) > 0"),
            Self::Plain => format!("instr({column}, {text}) > 0"),
        }
    }

    /// `$1, $2, …` for an IN list.
    fn list(self, count: usize) -> String {
        self.of(1, count)
    }

    /// `($1, $2), ($3, $4), …`: sqlx's own builder writes markers that PostgreSQL refuses.
    fn rows(self, rows: usize, columns: usize) -> String {
        (0..rows).map(|r| format!("({})", self.of(r * columns + 1, columns))).collect::<Vec<_>>().join(", ")
    }
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
pub(crate) mod tests;
