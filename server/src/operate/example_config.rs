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

# Reserved: where this organisation's pages will be. Nothing listens here yet.
# [web]
# listen = "127.0.0.1:7002"

[store]
# The database. Three slashes give an absolute path: sqlite:///var/lib/samsyn/node.db
# It must lie on a local disk.
url = "sqlite://node.db"

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
pub fn text(organisation: &OrgId, federation_listen: SocketAddr, api_listen: SocketAddr) -> String {
    TEMPLATE
        .replace("{organisation}", organisation.as_str())
        .replace("{federation}", &federation_listen.to_string())
        .replace("{api}", &api_listen.to_string())
}

/// The example that `samsynd example-config` prints.
pub fn example() -> String {
    TEMPLATE
        .replace("{organisation}", "sundsvall")
        .replace("{federation}", "127.0.0.1:7000")
        .replace("{api}", "127.0.0.1:7001")
}

pub fn run() -> Output {
    let text = example();
    let data = json!({ "config": &text });
    Output::new(text, data)
}
