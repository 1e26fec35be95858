//! Where nodes keep their databases: a SQLite file in each one's directory, or, where `SAMSYN_TEST_POSTGRES` names a
//! server (`postgres://postgres@127.0.0.1:PORT/postgres`; tests/run starts one), a database of its own for each.

use super::Node;
use samsyn_server::{config::Config, store::Backend};
use sqlx::{AssertSqlSafe, Connection, Row};
use std::{
    env, fs,
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

/// See the module's documentation.
#[derive(Debug, Clone)]
pub enum Stores {
    Sqlite,
    Postgres(Server),
}

impl Stores {
    pub fn of_environment() -> Self {
        env::var("SAMSYN_TEST_POSTGRES").map_or(Self::Sqlite, |admin| Self::Postgres(Server::new(admin)))
    }
}

/// A PostgreSQL server, by its administrator's address.
#[derive(Debug, Clone)]
pub struct Server {
    admin: String,
}

impl Server {
    pub fn new(admin: String) -> Self {
        sqlx::any::install_default_drivers();
        Self { admin }
    }

    /// The administrator's address with another database.
    pub fn url(&self, database: &str) -> String {
        let (server, _) = self.admin.rsplit_once('/').expect("an address with a database");
        format!("{server}/{database}")
    }

    /// A statement in a database; gives the first column of its rows, which must be text.
    pub fn try_sql(&self, database: &str, sql: &str) -> Result<Vec<String>, String> {
        let (url, sql) = (self.url(database), sql.to_owned());
        // A thread of its own: this is called where a runtime may or may not be.
        let done = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut connection = sqlx::AnyConnection::connect(&url).await?;
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
                connection.close().await?;
                rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, sqlx::Error>>()
            })
        });
        done.join().expect("does not panic").map_err(|e| e.to_string())
    }

    #[track_caller]
    pub fn sql(&self, database: &str, sql: &str) -> Vec<String> {
        self.try_sql(database, sql).unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// The same as the administrator of all databases.
    #[track_caller]
    pub fn admin(&self, sql: &str) -> Vec<String> {
        self.sql("postgres", sql)
    }

    /// A new database for one node.
    pub fn database(&self) -> Database {
        let name = format!("samsyn_{:016x}", RandomState::new().hash_one(Instant::now()));
        self.admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"));
        Database { server: self.clone(), name }
    }
}

/// A database of one node, dropped with its copies at the end.
#[derive(Debug)]
pub struct Database {
    pub server: Server,
    pub name: String,
}

impl Database {
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    #[track_caller]
    pub fn sql(&self, sql: &str) -> Vec<String> {
        self.server.sql(&self.name, sql)
    }

    /// See `county::keep`.
    pub(super) fn keep(&self, name: &str) {
        self.copy(&self.name, &format!("{}_{name}", self.name));
    }

    pub(super) fn put_back(&self, name: &str) {
        self.server.admin(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        self.copy(&format!("{}_{name}", self.name), &self.name);
    }

    /// What a snapshot would have.
    fn copy(&self, from: &str, to: &str) {
        let sql = format!("CREATE DATABASE {to} TEMPLATE {from}");
        let deadline = Instant::now() + Duration::from_secs(20);
        // The server needs a moment to notice that a node has gone; it copies no database that is in use.
        while let Err(why) = self.server.try_sql("postgres", &sql) {
            assert!(why.contains("being accessed") && Instant::now() < deadline, "{sql}: {why}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let like = format!("SELECT CAST(datname AS TEXT) FROM pg_database WHERE datname LIKE '{}%'", self.name);
        // A test may have taken its server away already; tests/run removes the whole cluster.
        for name in self.server.try_sql("postgres", &like).unwrap_or_default() {
            self.server.try_sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).ok();
        }
    }
}

impl Node {
    pub fn backend(&self) -> Backend {
        Config::load_with(&self.config(), []).expect("the node's settings").store.backend
    }

    /// As `[store] url` has it.
    pub fn store_url(&self) -> String {
        match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite://{}", self.database().display()),
        }
    }

    /// Gives a node that has never run a database of a server.
    pub(super) fn use_database(&mut self, database: Database) {
        let file = self.config();
        let text = fs::read_to_string(&file).expect("read");
        let sqlite = "url = \"sqlite://node.db\"";
        assert!(text.contains(sqlite), "what init writes");
        fs::write(&file, text.replacen(sqlite, &format!("url = \"{}\"", database.url()), 1)).expect("written");
        self.database = Some(database);
    }

    /// Tables of the node's database in which some bytes stand, as text or as part of a blob. A SQLite file is one of the
    /// node's files and looked through with them.
    pub fn tables_with(&self, needle: &str) -> Vec<String> {
        use std::fmt::Write;
        let Some(database) = &self.database else { return Vec::new() };
        let hex = needle.bytes().fold(String::new(), |mut hex, b| {
            write!(hex, "{b:02x}").expect("writes to a string");
            hex
        });
        let tables = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'";
        let holds = |table: &String| {
            let row = "CAST(t AS TEXT)";
            let sql = format!(
                "SELECT CAST(COUNT(*) AS TEXT) FROM {table} t WHERE position('{hex}' in {row}) > 0 OR position('{needle}' in {row}) > 0"
            );
            database.sql(&sql) != ["0"]
        };
        database.sql(tables).into_iter().filter(holds).collect()
    }
}
