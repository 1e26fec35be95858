//! The process's own log, on standard error: text for people, JSON for collectors.

use crate::config::{Log, LogFormat};
use std::io;
use tracing_subscriber::EnvFilter;

/// Automerge describes its arguments, whole documents among them, at the level of information: at each change of a draft
/// that cost more than the change, and drafts are nobody's but their authority's. Its warnings are shown; whoever wants
/// the rest names it in `[log] level`.
const QUIETER: &str = "automerge=warn";

/// Starts logging. `verbosity` is the number of `-v`: one shows our own details, two everything. A second call in one
/// process changes nothing.
pub fn start(log: &Log, verbosity: u8) {
    // What comes later counts: an operator's own word about Automerge does.
    let directives = match verbosity {
        0 => format!("{QUIETER},{}", log.level),
        1 => format!("{QUIETER},{},samsyn_server=debug,samsyn_wire=debug,samsyn_client=debug", log.level),
        _ => format!("{QUIETER},trace"),
    };
    // The level was checked when the configuration was read.
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.ok();
}
