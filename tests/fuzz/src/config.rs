//! The configuration: read, or refused with the line or the variable that is at fault, what to do, and no secret.
//!
//! An input is the text of the file, and after U+0000, line by line, the environment. One that begins with `!` is put
//! as it is behind `url = ` in a configuration that is right otherwise, with a password in it.

use crate::time::bounded;
use samsyn_core::code::Code;
use samsyn_server::{config::Config, failure::Failure, store::Backend};
use std::path::Path;

const FILE: &str = "/etc/samsyn/samsynd.toml";
const PASSWORD: &str = "hemligt";

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(url) = text.strip_prefix('!') {
        return check_secret(url);
    }
    let (text, environment) = text.split_once('\0').unwrap_or((&text, ""));
    let pairs = || environment.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned()));
    match bounded("reading a configuration", || Config::parse(Path::new(FILE), text, pairs())) {
        Ok(config) => {
            check_config(&config);
            assert_eq!(Config::parse(Path::new(FILE), text, pairs()).as_ref(), Ok(&config));
        }
        Err(failure) => {
            let variables: Vec<String> = pairs().map(|(k, _)| k).filter(|k| k.starts_with("SAMSYN__")).collect();
            check_failure(&failure, text, &variables);
        }
    }
}

fn check_config(config: &Config) {
    if let Backend::Sqlite { path } = &config.store.backend {
        assert!(path.is_absolute());
    }
    let paths = [
        &config.federation.charter,
        &config.identity.log_key,
        &config.identity.tls_key,
        &config.identity.tls_certificate,
    ];
    assert!(paths.iter().all(|p| p.is_absolute()), "paths are meant from the file's directory");
    let open = [config.web.as_ref().map(|w| w.listen), config.metrics.as_ref().map(|m| m.listen)];
    let open = open.into_iter().flatten().filter(|listen| !listen.ip().is_loopback());
    assert_eq!(config.warnings.len(), open.count(), "who opens a port to others is told what that means");
}

/// The failure says where, and what to do.
fn check_failure(failure: &Failure, text: &str, variables: &[String]) {
    let told = failure.to_text();
    assert!(failure.exit_code() == 3 && !failure.message.is_empty() && !failure.remedy.is_empty(), "{told}");
    if failure.code == Code::ConfigMissing {
        assert!(failure.field.is_some() && told.contains(FILE), "{told}");
        return;
    }
    assert_eq!(failure.code, Code::ConfigInvalid, "{told}");
    let by_variable = variables.iter().any(|v| failure.message.contains(v.as_str()));
    let line = failure.message.strip_prefix(FILE).and_then(|m| m.strip_prefix(" line "));
    let line = line.and_then(|m| m.split_once(':')).and_then(|(n, _)| n.parse::<usize>().ok());
    let exists = line.is_some_and(|n| (1..=text.split('\n').count()).contains(&n));
    assert!(exists || by_variable, "neither a line nor a variable is named: {told}");
}

/// Whatever stands around it, the password of a database's address is not repeated.
fn check_secret(url: &str) {
    let url = url.replace(['\n', '\r'], " ").replace(PASSWORD, "");
    let text = format!("[federation]\norganisation = \"timra\"\n[store]\nurl = {url}{PASSWORD}@db/samsyn\"\n");
    let Err(failure) = Config::parse(Path::new(FILE), &text, []) else { return };
    let told = format!("{} {}", failure.to_text(), failure.to_json());
    assert!(!told.contains(PASSWORD), "{told}");
}
