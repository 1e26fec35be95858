//! Where a node's database is: a SQLite file, or a database of a PostgreSQL server. The address of the latter may hold a
//! password: it is shown without it everywhere.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
};

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    Sqlite { path: PathBuf },
    Postgres { url: PostgresUrl },
}

/// A checked address of a PostgreSQL database. Neither `Display` nor `Debug` shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    url: String,
    /// Without password and parameters.
    shown: String,
}

/// The parameters that may follow the `?`: sqlx passes over others with a log line that repeats them.
const PARAMETERS: [&str; 9] =
    ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "user", "password", "dbname"];

impl PostgresUrl {
    /// Checks an address; an error says what is wrong and repeats nothing that was given but a parameter's name.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (_, parameters) = url.split_once('?').unwrap_or((url, ""));
        for pair in parameters.split('&').filter(|p| !p.is_empty()) {
            let (name, _) = pair.split_once('=').ok_or("a parameter without a value")?;
            if !PARAMETERS.contains(&name) {
                return Err(format!("the parameter '{name}' is not known: expected {}", PARAMETERS.join(", ")));
            }
        }
        let options: PgConnectOptions =
            url.parse().map_err(|_| "expected postgres://user:password@host:port/database, special letters as %XX")?;
        if options.get_database().is_none_or(str::is_empty) {
            return Err("the address names no database".to_owned());
        }
        if !is_local(&options) && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull | PgSslMode::VerifyCa) {
            return Err("a database on another machine needs an encrypted connection with a checked certificate: add \
                        sslmode=verify-full and sslrootcert=<file with its CA>"
                .to_owned());
        }
        Ok(Self { url: url.to_owned(), shown: shown(&options) })
    }

    /// With the password: for connecting only.
    pub(super) fn secret(&self) -> &str {
        &self.url
    }
}

/// True if what is sent does not leave this machine.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let socket = options.get_socket().is_some() || host.starts_with('/');
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    socket || host == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
}

fn shown(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let database = options.get_database().unwrap_or_default();
    format!("postgres://{}@{host}:{}/{database}", options.get_username(), options.get_port())
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresUrl").field(&self.shown).finish()
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => path.display().fmt(f),
            Self::Postgres { url } => url.fmt(f),
        }
    }
}

impl From<&Backend> for Backend {
    fn from(backend: &Backend) -> Self {
        backend.clone()
    }
}

/// A path is a SQLite file.
impl From<&Path> for Backend {
    fn from(path: &Path) -> Self {
        Self::Sqlite { path: path.to_owned() }
    }
}

impl From<&PathBuf> for Backend {
    fn from(path: &PathBuf) -> Self {
        Self::Sqlite { path: path.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://samsyn:hemligt@127.0.0.1:5433/samsyn",
            "postgresql://samsyn@localhost/samsyn?password=hemligt",
            "postgres://samsyn:hemligt@%2Fvar%2Frun%2Fpostgresql/samsyn",
        ] {
            let parsed = PostgresUrl::parse(url).expect("an address");
            let backend = Backend::Postgres { url: parsed.clone() };
            let said = format!("{parsed} {parsed:?} {backend} {backend:?} {backend:#?}");
            assert!(!said.contains("hemligt") && said.contains("samsyn@"), "{said}");
            assert!(parsed.secret().contains("hemligt"));
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told_without_repeating_it() {
        for (url, told) in [
            ("postgres://samsyn:hemligt@localhost:x/samsyn", "special letters"),
            ("postgres://samsyn:hemligt@localhost/samsyn?pasword=hemligt", "'pasword' is not known"),
            ("postgres://samsyn:hemligt@localhost/samsyn?sslmode=hemligt", "expected postgres://"),
            ("postgres://samsyn:hemligt@localhost/", "names no database"),
            ("postgres://samsyn:hemligt@db.example/samsyn", "sslmode=verify-full"),
            ("postgres://samsyn:hemligt@10.0.0.7/samsyn?sslmode=require", "sslmode=verify-full"),
            ("postgres://samsyn:hemligt@127.0.0.1/samsyn?host=db.example", "sslmode=verify-full"),
        ] {
            let error = PostgresUrl::parse(url).expect_err(url);
            assert!(error.contains(told) && !error.contains("hemligt"), "{url}: {error}");
        }
        PostgresUrl::parse("postgres://samsyn@db.example/samsyn?sslmode=verify-full").expect("is encrypted");
        PostgresUrl::parse("postgres://samsyn@[::1]/samsyn").expect("is this machine");
    }
}
