//! The configuration file: TOML, with `SAMSYN__SECTION__KEY` in the environment taking precedence. What is wrong is told
//! with file, line, key, what was expected and a remedy; nothing unknown is passed over.

mod read;
#[cfg(test)]
mod tests;

use crate::{failure::Failure, sign_in::Grant, store::Backend};
use samsyn_core::id::OrgId;
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// A configuration that has been checked; paths are absolute or relative to where the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    pub federation: Federation,
    pub api: Api,
    /// Pages; nothing listens if it is absent.
    pub web: Option<Web>,
    /// How people sign in to the pages; nobody can if it is absent.
    pub sign_in: Option<SignIn>,
    pub audit: Audit,
    pub rules: RuleFiles,
    /// Where Prometheus reads; nothing listens if it is absent.
    pub metrics: Option<Metrics>,
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
    pub shows: Shows,
    /// How browsers reach the pages, without a slash at the end.
    pub url: Option<String>,
    /// The listener speaks HTTPS with these.
    pub tls: Option<WebTls>,
    /// Who may connect from other machines where the listener speaks plain HTTP and people sign in.
    pub trusted_proxies: Vec<IpAddr>,
    /// The program that makes papers for print; where it is not named, `samsyn-pdf` beside this one.
    pub pdf_program: Option<PathBuf>,
    /// On which terms what is public may be used, as an address.
    pub open_data_licence: Option<String>,
}

/// A certificate of the organisation's own authority for its pages, and the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebTls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// How people sign in, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// By the organisation's sign-in service.
    pub service: Option<SignInService>,
    /// By a card or another certificate that the browser shows.
    pub certificates: Option<ClientCertificates>,
    /// Who acts in another's place, and when; nobody where there is no such file.
    pub deputies: PathBuf,
    /// How long somebody stays signed in.
    pub session: Duration,
}

impl SignIn {
    /// Everything that is given to somebody, but for deputies.
    pub fn rules(&self) -> impl Iterator<Item = &RoleRule> {
        let service = self.service.iter().flat_map(|service| &service.roles);
        service.chain(self.certificates.iter().flat_map(|certificates| &certificates.people))
    }
}

/// An OpenID Connect provider, and what its claims mean here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInService {
    pub issuer: String,
    pub client_id: String,
    /// Without a secret this node is a public client.
    pub client_secret_file: Option<PathBuf>,
    /// Authorities that the provider's certificate may come from, beside the system's.
    pub ca_file: Option<PathBuf>,
    pub scopes: Vec<String>,
    /// The claim of the id token that says what a person is.
    pub roles_claim: String,
    /// What the values of that claim give.
    pub roles: Vec<RoleRule>,
}

/// Certificates of persons, and who they are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificates {
    /// Who issues them (PEM).
    pub ca_file: PathBuf,
    /// Those that have been revoked (PEM or DER).
    pub crl_file: Option<PathBuf>,
    /// What of a certificate says who somebody is.
    pub person_is: PersonIs,
    /// What each of them is here.
    pub people: Vec<RoleRule>,
}

/// What of a certificate says who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonIs {
    /// The subject's `serialNumber` (2.5.4.5): on SITHS cards the HSA id.
    #[default]
    SerialNumber,
    /// The user principal name among the subject's other names: cards of an organisation's own Active Directory.
    Upn,
}

/// What somebody is here of whom a value is stated. A value may name a person: it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleRule {
    pub value: String,
    pub grant: Grant,
}

impl std::fmt::Debug for RoleRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoleRule").field("grant", &self.grant).finish_non_exhaustive()
    }
}

/// Where each authority's rules are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFiles {
    /// Without it nobody but the shared rules asks for anything.
    pub directory: Option<PathBuf>,
}

/// Where it is written down who did what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    pub directory: PathBuf,
}

/// What pages show to those who have not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// All that was released to this organisation: on loopback only.
    Released,
    /// What was released to the public.
    Public,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    pub listen: SocketAddr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// A SQLite file or a PostgreSQL database.
    pub backend: Backend,
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
    /// True if it is written down who did what: where people can sign in, or authorities have rules.
    pub fn audited(&self) -> bool {
        self.sign_in.is_some() || self.rules.directory.is_some()
    }

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

    /// Reads the text of a configuration file with a given environment; touches no file.
    pub fn parse(
        file: &Path,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        read::parse(file, text, environment)
    }
}
