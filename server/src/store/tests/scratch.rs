//! A database of its own for one test, on the server that `SAMSYN_TEST_POSTGRES` names; `tests/run` provides one.

use super::*;

/// Dropped with its database.
pub(crate) struct Scratch {
    admin: String,
    name: String,
}

impl Scratch {
    pub(crate) async fn make() -> Self {
        sqlx::any::install_default_drivers();
        let admin = std::env::var("SAMSYN_TEST_POSTGRES")
            .expect("SAMSYN_TEST_POSTGRES names no PostgreSQL server (postgres://postgres@127.0.0.1:PORT/postgres): tests/run provides one");
        let random = crate::driver::random::<8>().expect("random bytes");
        let scratch = Self { admin, name: format!("samsyn_unit_{}", hex::encode(random)) };
        scratch.admin(&format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", scratch.name)).await;
        scratch
    }

    /// Its address; the administrator's with another database.
    pub(crate) fn url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').expect("an address with a database");
        format!("{server}/{}", self.name)
    }

    pub(crate) fn backend(&self) -> Backend {
        Backend::Postgres { url: PostgresUrl::parse(&self.url()).expect("an address") }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A statement as the administrator, in the administrator's database; gives the first column.
    pub(crate) async fn admin(&self, sql: &str) -> Vec<String> {
        execute(&self.admin, sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// A statement in this database; gives the first column of its rows, which must be text.
    pub(crate) async fn sql(&self, sql: &str) -> Result<Vec<String>, sqlx::Error> {
        execute(&self.url(), sql).await
    }
}

async fn execute(url: &str, sql: &str) -> Result<Vec<String>, sqlx::Error> {
    use sqlx::Connection;
    let mut connection = sqlx::AnyConnection::connect(url).await?;
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await?;
    connection.close().await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let (admin, sql) = (self.admin.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(execute(&admin, &sql)).map(drop)
        });
        // A test that has failed already says its own reason.
        if let Err(error) = dropped.join().expect("ends")
            && !std::thread::panicking()
        {
            panic!("{error}");
        }
    }
}
