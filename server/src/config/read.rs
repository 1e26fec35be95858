//! From TOML text and environment to a checked [`Config`].

mod web;

use super::{Api, Audit, Config, Federation, IdentityFiles, Log, LogFormat, Metrics, RuleFiles, Store, Web};
use crate::{
    failure::{Doing, Failure},
    store::{Backend, PostgresUrl},
};
use samsyn_core::{code::Code, id::OrgId};
use serde::Deserialize;
use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use toml::de::DeTable;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use web::{RawSignIn, RawWeb};

const PREFIX: &str = "SAMSYN__";

/// The file as written: everything may be missing, nothing may be unknown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    federation: RawFederation,
    api: RawListen,
    web: Option<RawWeb>,
    sign_in: Option<RawSignIn>,
    audit: RawDirectory,
    rules: RawDirectory,
    metrics: Option<RawListen>,
    store: RawStore,
    identity: RawIdentity,
    log: RawLog,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawFederation {
    organisation: Option<String>,
    listen: Option<String>,
    charter: Option<PathBuf>,
    dial: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawListen {
    listen: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawDirectory {
    directory: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawStore {
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawIdentity {
    log_key: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    tls_certificate: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLog {
    format: Option<String>,
    level: Option<String>,
}

pub(super) fn load(file: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<Config, Failure> {
    let bytes = fs::read(file).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Err(missing_file(file)),
        _ => Err(error).doing("reading", file),
    })?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let read = String::from_utf8_lossy(&e.as_bytes()[..e.utf8_error().valid_up_to()]);
        let message = format!("{} line {}: this is no text in UTF-8", file.display(), line_of(&read, read.len()));
        Failure::config(message, "save the file as UTF-8; if nobody has changed it, put back a copy and check the disk")
    })?;
    parse(file, &text, environment)
}

pub(super) fn parse(
    file: &Path,
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Failure> {
    // Read on its own first: only then do errors have lines.
    let written: Raw = toml::from_str(text).map_err(|e| malformed(file, text, &e))?;
    let overrides: Vec<_> = environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    let raw = if overrides.is_empty() { written } else { with_overrides(file, text, &overrides)? };
    Checked { file, text, overrides: &overrides }.config(raw)
}

fn missing_file(file: &Path) -> Failure {
    let message = format!("there is no configuration file {}", file.display());
    Failure::new(Code::ConfigMissing, message, "run 'samsynd init', or give the file with --config").field("config")
}

fn malformed(file: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    let message = format!("{} line {line}: {}", file.display(), error.message().replace('\n', " "));
    let failure =
        Failure::config(message, "correct that line; 'samsynd example-config' shows every key with its meaning");
    match text.lines().nth(line - 1).and_then(key_of) {
        Some(key) => failure.field(key),
        None => failure,
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// The key that a line of TOML sets. Of a damaged line nothing but a plain key is repeated: it may hold a password.
fn key_of(line: &str) -> Option<&str> {
    let key = line.split_once('=')?.0.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

/// The file's table with `SAMSYN__SECTION__KEY` set over it.
fn with_overrides(file: &Path, text: &str, overrides: &[(String, String)]) -> Result<Raw, Failure> {
    let mut table: toml::Table = text.parse().map_err(|e| malformed(file, text, &e))?;
    for (name, value) in overrides {
        let unusable = |what: &str| {
            let remedy = "unset it, or write SAMSYN__SECTION__KEY as in 'samsynd example-config'";
            Failure::config(format!("the environment variable {name} {what}"), remedy).field(name.as_str())
        };
        let lower = name[PREFIX.len()..].to_ascii_lowercase();
        let (section, key) = lower.split_once("__").ok_or_else(|| unusable("names no section and key"))?;
        let value = match value.as_str() {
            "true" => toml::Value::Boolean(true),
            "false" => toml::Value::Boolean(false),
            other => toml::Value::String(other.to_owned()),
        };
        let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let section = entry.as_table_mut().ok_or_else(|| unusable("names no section"))?;
        section.insert(key.to_owned(), value);
        // Checked one by one, so that the message can name the variable.
        Raw::deserialize(table.clone()).map_err(|e| unusable(&format!("cannot be used: {}", e.message())))?;
    }
    Raw::deserialize(table).map_err(|e| malformed(file, text, &e))
}

/// Where a value came from, so that a message can name it.
struct Checked<'a> {
    file: &'a Path,
    text: &'a str,
    overrides: &'a [(String, String)],
}

impl Checked<'_> {
    fn config(&self, raw: Raw) -> Result<Config, Failure> {
        let mut warnings = Vec::new();
        let web = raw.web.map(|w| self.web(w, raw.sign_in.is_some())).transpose()?;
        let sign_in = raw.sign_in.map(|s| self.sign_in(s, web.as_ref())).transpose()?;
        let open = |w: &&Web| sign_in.is_none() && w.tls.is_none() && !w.listen.ip().is_loopback();
        if let Some(Web { listen, .. }) = web.as_ref().filter(open) {
            warnings.push(format!("[web] listen = \"{listen}\": there is no sign-in and no TLS here, so only what is released to the public is shown; put a proxy with TLS before it"));
        }
        let metrics = raw.metrics.map(|m| self.listen("metrics", m.listen, "127.0.0.1:7003")).transpose()?;
        if let Some(listen) = metrics.filter(|m| !m.ip().is_loopback()) {
            warnings.push(format!("[metrics] listen = \"{listen}\": anyone who reaches this port can read the figures; there is no sign-in"));
        }
        Ok(Config {
            file: self.file.to_owned(),
            federation: Federation {
                organisation: self.organisation(raw.federation.organisation)?,
                listen: self.listen("federation", raw.federation.listen, "127.0.0.1:7000")?,
                charter: self.path("federation", "charter", raw.federation.charter)?,
                dial: raw.federation.dial.unwrap_or(true),
            },
            api: Api { listen: self.listen("api", raw.api.listen, "127.0.0.1:7001")? },
            web,
            sign_in,
            audit: Audit { directory: self.beside(&raw.audit.directory.unwrap_or_else(|| PathBuf::from("audit"))) },
            rules: RuleFiles { directory: raw.rules.directory.map(|directory| self.beside(&directory)) },
            metrics: metrics.map(|listen| Metrics { listen }),
            store: self.store(raw.store.url)?,
            identity: IdentityFiles {
                log_key: self.path("identity", "log_key", raw.identity.log_key)?,
                tls_key: self.path("identity", "tls_key", raw.identity.tls_key)?,
                tls_certificate: self.path("identity", "tls_certificate", raw.identity.tls_certificate)?,
            },
            log: self.log(&raw.log)?,
            warnings,
        })
    }

    fn organisation(&self, given: Option<String>) -> Result<OrgId, Failure> {
        let (section, key) = ("federation", "organisation");
        let text = given.ok_or_else(|| self.absent(section, key, "the organisation's id in the charter"))?;
        OrgId::new(&text).map_err(|e| self.wrong(section, key, &e.to_string(), "write the id that the charter has"))
    }

    fn listen(&self, section: &str, given: Option<String>, default: &str) -> Result<SocketAddr, Failure> {
        let text = given.unwrap_or_else(|| default.to_owned());
        text.parse().map_err(|_| {
            let expected = format!("expected an address and a port, found '{text}'");
            self.wrong(section, "listen", &expected, &format!("write for example listen = \"{default}\""))
        })
    }

    fn path(&self, section: &str, key: &str, given: Option<PathBuf>) -> Result<PathBuf, Failure> {
        let path = given.filter(|p| !p.as_os_str().is_empty());
        path.map(|p| self.beside(&p)).ok_or_else(|| self.absent(section, key, "a path"))
    }

    /// Relative paths are meant from the configuration file's directory.
    fn beside(&self, path: &Path) -> PathBuf {
        self.file.parent().map_or_else(|| path.to_owned(), |dir| dir.join(path))
    }

    /// The text given is never repeated: the address of a database may hold a password.
    fn store(&self, given: Option<String>) -> Result<Store, Failure> {
        const EXAMPLE: &str = "write for example url = \"sqlite://node.db\" (three slashes for an absolute path)";
        const SERVER: &str = "write for example url = \"postgres:///samsyn?host=/var/run/postgresql\"";
        let url = given.ok_or_else(|| self.absent("store", "url", "where the database is"))?;
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let url = PostgresUrl::parse(&url).map_err(|what| self.wrong("store", "url", &what, SERVER))?;
            return Ok(Store { backend: Backend::Postgres { url } });
        }
        let path = url.strip_prefix("sqlite://").filter(|p| !p.is_empty() && !p.contains(['?', '#']));
        let expected = "expected 'sqlite://' and a path, or 'postgres://'";
        let path = path.ok_or_else(|| self.wrong("store", "url", expected, EXAMPLE))?;
        Ok(Store { backend: Backend::Sqlite { path: self.beside(Path::new(path)) } })
    }

    fn log(&self, given: &RawLog) -> Result<Log, Failure> {
        let format = match given.format.as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => {
                let expected = format!("expected \"text\" or \"json\", found '{other}'");
                return Err(self.wrong("log", "format", &expected, "write format = \"text\""));
            }
        };
        let level = given.level.clone().unwrap_or_else(|| "info".to_owned());
        // The filter would take a misspelt level for the name of a module.
        let known = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
        // Nor does it take other letters than ASCII: it cuts a text within one and panics (tracing-subscriber 0.3.23).
        if !level.is_ascii() || !level.split(',').all(known) || EnvFilter::try_new(&level).is_err() {
            let expected = format!("expected a level or directives, found '{level}'");
            return Err(self.wrong("log", "level", &expected, "write error, warn, info, debug or trace"));
        }
        Ok(Log { format, level })
    }

    fn absent(&self, section: &str, key: &str, expected: &str) -> Failure {
        let message = format!("{}: [{section}] {key} is missing: expected {expected}", self.file.display());
        let remedy = format!("add {key} under [{section}]; 'samsynd example-config' shows it");
        Failure::new(Code::ConfigMissing, message, remedy).field(format!("{section}.{key}"))
    }

    fn wrong(&self, section: &str, key: &str, what: &str, remedy: &str) -> Failure {
        let message = format!("{}: [{section}] {key}: {what}", self.place(section, key));
        Failure::config(message, remedy).field(format!("{section}.{key}"))
    }

    /// The environment variable, or file and line, that set a key.
    fn place(&self, section: &str, key: &str) -> String {
        let variable = format!("{PREFIX}{}__{}", section.to_ascii_uppercase(), key.to_ascii_uppercase());
        // Named as it was written, which may be in other letters; of two that mean the same key the last one holds.
        if let Some((name, _)) = self.overrides.iter().rfind(|(name, _)| name.eq_ignore_ascii_case(&variable)) {
            return name.clone();
        }
        if let Some(line) = self.line(section, key) {
            return format!("{} line {line}", self.file.display());
        }
        self.file.display().to_string()
    }

    /// The line of a key, however it is written: under its section, dotted, or in a table on one line.
    fn line(&self, section: &str, key: &str) -> Option<usize> {
        let table = DeTable::parse(self.text).ok()?;
        let mut at = table.get_ref();
        for part in section.split('.') {
            at = at.get(part)?.get_ref().as_table()?;
        }
        let (key, _) = at.get_key_value(key)?;
        Some(line_of(self.text, key.span().start))
    }
}
