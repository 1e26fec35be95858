//! `[web]` and `[sign_in]`: where pages are shown, what of, and who signs in to them.

use super::{
    super::{ClientCertificates, PersonIs, RoleRule, Shows, SignIn, SignInService, Web, WebTls},
    Checked,
};
use crate::{
    failure::Failure,
    sign_in::{Grant, Role},
};
use openidconnect::url::{Host, Url};
use samsyn_core::id::AuthorityId;
use serde::Deserialize;
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long somebody stays signed in if nothing else is said: a working day.
const SESSION_HOURS: u64 = 8;
const SESSION_HOURS_MAX: u64 = 24;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawWeb {
    listen: Option<String>,
    shows: Option<String>,
    url: Option<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    trusted_proxies: Vec<IpAddr>,
    pdf_program: Option<PathBuf>,
    open_data_licence: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSignIn {
    issuer: Option<String>,
    client_id: Option<String>,
    client_secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    scopes: Option<Vec<String>>,
    roles_claim: Option<String>,
    session_hours: Option<u64>,
    deputies: Option<PathBuf>,
    role: Vec<RawRole>,
    certificates: Option<RawCertificates>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawCertificates {
    ca_file: Option<PathBuf>,
    crl_file: Option<PathBuf>,
    person_is: PersonIs,
    person: Vec<RawRole>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRole {
    value: String,
    role: Role,
    authority: Option<AuthorityId>,
}

impl Checked<'_> {
    pub(super) fn web(&self, raw: RawWeb, sign_in: bool) -> Result<Web, Failure> {
        let listen = self.listen("web", raw.listen, "127.0.0.1:7002")?;
        let here = listen.ip().is_loopback() && !sign_in;
        let shows = match raw.shows.as_deref() {
            None | Some("released") if here => Shows::Released,
            None | Some("public") => Shows::Public,
            Some("released") if sign_in => {
                let what = "who has not signed in may see only what is public";
                return Err(self.wrong("web", "shows", what, "write shows = \"public\", or leave it out"));
            }
            Some("released") => {
                let remedy = "listen on 127.0.0.1, write shows = \"public\", or let people sign in ([sign_in])";
                let what = "there is no sign-in, so others may see only what is public";
                return Err(self.wrong("web", "shows", what, remedy));
            }
            Some(other) => {
                let expected = format!("expected 'released' or 'public', found '{other}'");
                return Err(self.wrong("web", "shows", &expected, "write for example shows = \"public\""));
            }
        };
        let tls = match (raw.certificate, raw.key) {
            (Some(certificate), Some(key)) => {
                Some(WebTls { certificate: self.beside(&certificate), key: self.beside(&key) })
            }
            (None, None) => None,
            (Some(_), None) => return Err(self.absent("web", "key", "the certificate's key, a PEM file")),
            (None, Some(_)) => {
                return Err(self.absent("web", "certificate", "the key's certificate chain, a PEM file"));
            }
        };
        let url = raw.url.map(|url| self.web_url(&url, tls.is_some())).transpose()?;
        let pdf_program = raw.pdf_program.map(|path| self.beside(&path));
        let open_data_licence = raw.open_data_licence.map(|text| self.licence(&text)).transpose()?;
        let trusted_proxies = raw.trusted_proxies;
        Ok(Web { listen, shows, url, tls, trusted_proxies, pdf_program, open_data_licence })
    }

    fn licence(&self, text: &str) -> Result<String, Failure> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let remedy = "write for example \"https://creativecommons.org/publicdomain/zero/1.0/\"";
        let wrong = || self.wrong("web", "open_data_licence", "expected the address of a licence", remedy);
        url.map(|url| url.to_string()).ok_or_else(wrong)
    }

    /// `https://name`, or plain HTTP on this machine for a trial.
    fn web_url(&self, text: &str, tls: bool) -> Result<String, Failure> {
        const EXAMPLE: &str = "write for example url = \"https://samsyn.sundsvall.example\"";
        let wrong = |what: &str| self.wrong("web", "url", what, EXAMPLE);
        let url = Url::parse(text).map_err(|e| wrong(&format!("'{text}' is no address: {e}")))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let bare = bare && url.username().is_empty() && url.password().is_none();
        match url.scheme() {
            _ if !bare || url.host().is_none() => Err(wrong("expected a name without path, query or user")),
            "https" => Ok(text.trim_end_matches('/').to_owned()),
            "http" if is_loopback(&url) && !tls => Ok(text.trim_end_matches('/').to_owned()),
            "http" if tls => Err(wrong("the listener has a certificate, so browsers reach it by https")),
            _ => Err(wrong("expected https (plain http is for this machine alone)")),
        }
    }

    pub(super) fn sign_in(&self, raw: RawSignIn, web: Option<&Web>) -> Result<SignIn, Failure> {
        const SECTION: &str = "sign_in";
        let web =
            web.ok_or_else(|| self.absent("web", "listen", "where pages are, as people are to sign in to them"))?;
        let url = web.url.as_deref().ok_or_else(|| {
            self.absent("web", "url", "how browsers reach the pages: the sign-in service sends them back there")
        })?;
        if web.tls.is_none() && !web.listen.ip().is_loopback() && web.trusted_proxies.is_empty() {
            let what = "people sign in here, and the listener speaks plain HTTP to anybody";
            let remedy = "set certificate and key; or listen on 127.0.0.1 behind a proxy with TLS; or name the proxy in trusted_proxies";
            return Err(self.wrong("web", "listen", what, remedy));
        }
        if web.tls.is_none() && url.starts_with("http://") && !web.listen.ip().is_loopback() {
            let what = "plain http is for a trial on this machine";
            return Err(self.wrong("web", "url", what, "write the https address that the proxy has"));
        }
        let hours = raw.session_hours.unwrap_or(SESSION_HOURS);
        if !(1..=SESSION_HOURS_MAX).contains(&hours) {
            let what = format!("expected 1 to {SESSION_HOURS_MAX}, found {hours}");
            return Err(self.wrong(SECTION, "session_hours", &what, "write for example session_hours = 8"));
        }
        let deputies = self.beside(raw.deputies.as_deref().unwrap_or(Path::new("deputies.toml")));
        let session = Duration::from_hours(hours);
        let mut raw = raw;
        let certificates = raw.certificates.take().map(|c| self.certificates(c, web)).transpose()?;
        let by_service = raw.issuer.is_some() || raw.client_id.is_some() || !raw.role.is_empty();
        // Cards alone will do; where nothing is said, a sign-in service is what is missing.
        let service = (by_service || certificates.is_none()).then(|| self.service(raw)).transpose()?;
        Ok(SignIn { service, certificates, deputies, session })
    }

    fn service(&self, raw: RawSignIn) -> Result<SignInService, Failure> {
        const SECTION: &str = "sign_in";
        let issuer = raw.issuer.ok_or_else(|| self.absent(SECTION, "issuer", "the sign-in service's address"))?;
        self.issuer(&issuer)?;
        let client_id = raw.client_id.filter(|id| !id.trim().is_empty());
        let client_id = client_id
            .ok_or_else(|| self.absent(SECTION, "client_id", "the id that the sign-in service has for this node"))?;
        if raw.role.is_empty() {
            let expected = "at least one [[sign_in.role]] with value and role: else nobody could sign in";
            return Err(self.absent(SECTION, "role", expected));
        }
        let mut scopes = raw.scopes.unwrap_or_else(|| vec!["openid".to_owned(), "profile".to_owned()]);
        scopes.retain(|scope| scope != "openid"); // asked for in any case
        Ok(SignInService {
            issuer,
            client_id,
            client_secret_file: raw.client_secret_file.map(|file| self.beside(&file)),
            ca_file: raw.ca_file.map(|file| self.beside(&file)),
            scopes,
            roles_claim: raw.roles_claim.unwrap_or_else(|| "roles".to_owned()),
            roles: raw.role.into_iter().map(rule).collect(),
        })
    }

    /// Only a listener that speaks TLS itself sees what certificate a browser shows: what a proxy says of it is never read.
    fn certificates(&self, raw: RawCertificates, web: &Web) -> Result<ClientCertificates, Failure> {
        const SECTION: &str = "sign_in.certificates";
        if web.tls.is_none() {
            let what = "people sign in by certificate here, and the listener has none of its own: behind a proxy that ends TLS nobody can be known by a certificate";
            let remedy = "set certificate and key under [web] and let browsers reach the listener itself, or take [sign_in.certificates] away";
            return Err(self.wrong("web", "certificate", what, remedy));
        }
        let ca_file = raw.ca_file.filter(|file| !file.as_os_str().is_empty());
        let ca_file = ca_file.ok_or_else(|| self.absent(SECTION, "ca_file", "who issues people's certificates"))?;
        if raw.person.is_empty() {
            let expected =
                "at least one [[sign_in.certificates.person]] with value and role: else nobody could sign in";
            return Err(self.absent(SECTION, "person", expected));
        }
        if raw.person.iter().any(|person| person.value.trim().is_empty()) {
            let what = "a person without value";
            let remedy = "write what stands in the certificate: its subject's serialNumber, or the user principal name";
            return Err(self.wrong(SECTION, "person", what, remedy));
        }
        Ok(ClientCertificates {
            ca_file: self.beside(&ca_file),
            crl_file: raw.crl_file.map(|file| self.beside(&file)),
            person_is: raw.person_is,
            people: raw.person.into_iter().map(rule).collect(),
        })
    }

    fn issuer(&self, text: &str) -> Result<(), Failure> {
        const EXAMPLE: &str = "write it as in the service's .well-known/openid-configuration, for example \"https://login.example/realm\"";
        let wrong = |what: &str| self.wrong("sign_in", "issuer", what, EXAMPLE);
        let url = Url::parse(text).map_err(|e| wrong(&format!("'{text}' is no address: {e}")))?;
        let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if safe { Ok(()) } else { Err(wrong("expected https")) }
    }
}

fn rule(raw: RawRole) -> RoleRule {
    RoleRule { value: raw.value, grant: Grant { role: raw.role, authority: raw.authority } }
}

/// True for this machine's own names.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
