//! The commented configuration file, which `init` also writes.

use crate::output::Output;
use samsyn_core::id::OrgId;
use serde_json::json;
use std::net::SocketAddr;

const TEMPLATE: &str = r#"# Configuration of samsynd. Every key with its meaning; relative paths are meant from this file's directory.
# The environment takes precedence: SAMSYN__SECTION__KEY, for example SAMSYN__API__LISTEN=127.0.0.1:7001.

[federation]
# This organisation's id, as in the charter.
organisation = "{organisation}"
# Where other nodes connect. One of two nodes needs a port that the other can reach; use 0.0.0.0 to listen everywhere.
listen = "{federation}"
# The newest charter file. Signatures (charter.<organisation>.sig) and earlier versions lie beside it.
charter = "charter.toml"
# Whether this node connects to others. With false it waits for them.
dial = true

[api]
# Where this organisation's own clients connect, with a key added by 'samsynd device add'.
listen = "{api}"

# Pages for people, and the same as JSON under /api/v1. Off unless this is set.
# Without [sign_in]: on loopback all that was released to this organisation is shown, on any other address only what is
# public. A proxy with TLS on this machine that others reach: listen on loopback, and shows = "public".
# With [sign_in]: everybody sees what is public, who has signed in sees what was released to this organisation.
{web}
# How browsers reach the pages; sign-in needs it.
#   url = "https://samsyn.sundsvall.example"
# Certificate chain and key (PEM) from the organisation's own authority: then the listener speaks HTTPS. They are read
# again when they change. The key may be readable by the service's user alone.
#   certificate = "web.pem"
#   key = "web.key"
# Or plain HTTP behind a proxy with TLS: on this machine, or on these addresses.
#   trusted_proxies = ["10.0.0.5"]
# Papers for meetings (Rapporter) as PDF are made by a program of its own, samsyn-pdf. Where none is named, the one that
# lies beside samsynd is used; without one, papers come as web pages and for Word alone.
#   pdf_program = "/usr/bin/samsyn-pdf"
# On which terms anybody may use what is public (the page Öppna data), as the address of a licence.
#   open_data_licence = "https://creativecommons.org/publicdomain/zero/1.0/"

# Sign-in with OpenID Connect (code flow with PKCE). Register this node at the provider with the redirect address
# URL/logga-in/svar. Step by step: deploy/sign-in-entra.md, deploy/sign-in-adfs.md, deploy/sign-in-other.md.
# [sign_in]
# issuer = "https://login.microsoftonline.com/TENANT-ID/v2.0"
# client_id = "CLIENT-ID"
# A file with nothing but the client's secret, readable by the service's user alone. Leave it out for a public client.
# client_secret_file = "provider.secret"
# The authority of the provider's certificate, where the system does not know it.
# ca_file = "provider-ca.pem"
# scopes = ["openid", "profile"]
# The claim of the id token that says what a person is: a list of texts, or one text.
# roles_claim = "roles"
# How long somebody stays signed in, 1 to 24 hours.
# session_hours = 8
# Who acts in somebody's place for a time; 'samsynd deputy' writes it. Read again when it changes.
# deputies = "deputies.toml"
# What the values of the claim give; who has none of them is not let in. Roles: reader, coordinator, releaser, registrar,
# archivist, office, admin. With authority the role is at that board alone.
# [[sign_in.role]]
# value = "Samsyn.Lasare"
# role = "reader"
# [[sign_in.role]]
# value = "Samsyn.Registrator"
# role = "registrar"
# authority = "ks"

# Sign-in with a card or another certificate of persons, beside the service above or without it. The listener needs its
# own certificate: behind a proxy that ends TLS nobody is known by a certificate, and no header is ever believed.
# [sign_in.certificates]
# Who issues them, and which of them are revoked (PEM or DER; fetch it before it grows too old). Read again on a change.
# ca_file = "cards-ca.pem"
# crl_file = "cards.crl"
# What in a certificate says who somebody is: "serial-number" (the subject's; on SITHS cards the HSA id) or "upn".
# person_is = "serial-number"
# Who has which role; several rows for several roles.
# [[sign_in.certificates.person]]
# value = "SE2120000001-A123"
# role = "registrar"
# authority = "ks"

# What each authority asks for before something leaves it, and how it keeps its register: a file for each, named after
# its id, as rules/ks.toml. Read again when it changes. Examples: deploy/rules. Without it whoever may edit releases.
# [rules]
# directory = "rules"

# Who signed in and what they did: JSON lines that hang together by hashes. 'samsynd audit verify' checks them. Written
# where people can sign in, or authorities have rules. A line that cannot be written stops what it was to tell.
# [audit]
# directory = "audit"

# Figures for Prometheus, at http://ADDRESS/metrics. Off unless this is set. Without sign-in: keep it on this machine.
# [metrics]
# listen = "127.0.0.1:7003"

[store]
# The database. Three slashes give an absolute path: sqlite:///var/lib/samsyn/node.db
# It must lie on a local disk.
url = "sqlite://node.db"
# Or a database of a PostgreSQL server (14 or newer), made beforehand: see deploy/runbook.md.
# On this machine, by the socket, with no password:
#   url = "postgres:///samsyn?host=/var/run/postgresql"
# On another, always encrypted; letters such as @ : / in the password as %40 %3A %2F. Then only the service's user may be
# able to read this file; or leave the password out and keep it in ~/.pgpass.
#   url = "postgres://samsyn:PASSWORD@db.example:5432/samsyn?sslmode=verify-full&sslrootcert=/etc/samsyn/db-ca.crt"

[identity]
# Signs this organisation's logs and charters. Keep a copy in a safe place: nobody can make it again.
log_key = "log.key"
# The TLS key and its certificate. 'samsynd cert renew' renews the certificate and keeps the key.
tls_key = "tls.key"
tls_certificate = "tls.crt"

[log]
# "text" for people, "json" for log collectors; written to standard error.
format = "text"
# error, warn, info, debug or trace; or directives such as "info,samsyn_server=debug".
level = "info"
"#;

/// The file of one node.
pub fn text(
    organisation: &OrgId,
    federation_listen: SocketAddr,
    api_listen: SocketAddr,
    web: Option<SocketAddr>,
) -> String {
    TEMPLATE
        .replace("{organisation}", organisation.as_str())
        .replace("{federation}", &federation_listen.to_string())
        .replace("{api}", &api_listen.to_string())
        .replace("{web}", &web_section(web))
}

/// The example that `samsynd example-config` prints.
pub fn example() -> String {
    TEMPLATE
        .replace("{organisation}", "sundsvall")
        .replace("{federation}", "127.0.0.1:7000")
        .replace("{api}", "127.0.0.1:7001")
        .replace("{web}", &web_section(None))
}

fn web_section(listen: Option<SocketAddr>) -> String {
    match listen {
        Some(listen) => format!("[web]\nlisten = \"{listen}\""),
        None => "# [web]\n# listen = \"127.0.0.1:7002\"\n# shows = \"public\"".to_owned(),
    }
}

pub fn run() -> Output {
    let text = example();
    let data = json!({ "config": &text });
    Output::new(text, data)
}
