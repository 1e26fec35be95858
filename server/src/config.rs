//! The configuration file: TOML, with `SAMSYN__SECTION__KEY` in the environment taking precedence. What is wrong is told
//! with file, line, key, what was expected and a remedy; nothing unknown is passed over.

mod read;
#[cfg(test)]
mod tests;

use crate::failure::Failure;
use samsyn_core::id::OrgId;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// A configuration that has been checked; paths are absolute or relative to where the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    pub federation: Federation,
    pub api: Api,
    /// Reserved: pages come later, nothing listens here yet.
    pub web: Option<Web>,
    pub store: Store,
    pub identity: IdentityFiles,
    pub log: Log,
    /// What the operator should know although it stops nothing.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Federation {
    pub organisation: OrgId,
    /// Where other nodes connect.
    pub listen: SocketAddr,
    /// The newest charter file; its signatures and earlier versions lie beside it.
    pub charter: PathBuf,
    /// Whether this node connects to others (else it waits for them).
    pub dial: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Where clients connect.
    pub listen: SocketAddr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    pub listen: SocketAddr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The SQLite file.
    pub path: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityFiles {
    pub log_key: PathBuf,
    pub tls_key: PathBuf,
    pub tls_certificate: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// A level, or directives such as `info,samsyn_server=debug`.
    pub level: String,
}

impl Config {
    /// Reads a configuration file with the environment of this process.
    pub fn load(file: &Path) -> Result<Self, Failure> {
        Self::load_with(
            file,
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        )
    }

    /// Reads a configuration file with a given environment.
    pub fn load_with(file: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Failure> {
        read::load(file, environment)
    }
}
