use super::*;
use samsyn_core::code::Code;
use std::fs;

const GOOD: &str = r#"
[federation]
organisation = "sundsvall"
charter = "charter.toml"
[store]
url = "sqlite://node.db"
[identity]
log_key = "log.key"
tls_key = "/keys/tls.key"
tls_certificate = "tls.crt"
"#;

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, Failure> {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("samsynd.toml");
    fs::write(&file, text).expect("written");
    let pairs = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let mut config = Config::load_with(&file, pairs)?;
    // So that tests compare paths without the directory's random name.
    let relative = |p: &mut PathBuf| *p = p.strip_prefix(dir.path()).map(Path::to_owned).unwrap_or(p.clone());
    relative(&mut config.store.path);
    relative(&mut config.identity.log_key);
    Ok(config)
}

fn refusal(text: &str) -> Failure {
    load(text, &[]).expect_err("refused")
}

#[test]
fn a_short_file_gets_safe_defaults_and_paths_beside_it() {
    let config = load(GOOD, &[]).expect("read");
    assert!(config.federation.listen.ip().is_loopback() && config.api.listen.ip().is_loopback());
    assert!(config.federation.dial && config.web.is_none() && config.warnings.is_empty());
    assert_eq!(config.store.path, Path::new("node.db"));
    assert_eq!(config.identity.log_key, Path::new("log.key"));
    assert_eq!(config.identity.tls_key, Path::new("/keys/tls.key"));
}

#[test]
fn the_environment_takes_precedence_and_is_named_when_wrong() {
    let config =
        load(GOOD, &[("SAMSYN__API__LISTEN", "127.0.0.1:9"), ("SAMSYN__FEDERATION__DIAL", "false"), ("HOME", "x")]);
    let config = config.expect("read");
    assert_eq!(config.api.listen.port(), 9);
    assert!(!config.federation.dial);
    for (name, value) in [("SAMSYN__API__LISTEN", "nine"), ("SAMSYN__API__LISTN", "127.0.0.1:9"), ("SAMSYN__API", "x")]
    {
        let failure = load(GOOD, &[(name, value)]).expect_err("refused");
        assert!(failure.message.contains(name), "{failure}");
        assert_eq!(failure.exit_code(), 3);
    }
}

#[test]
fn what_is_wrong_is_told_with_line_and_key() {
    for (text, line, key) in [
        (GOOD.replace("charter =", "chartr ="), "line 4", "chartr"),
        (GOOD.replace("\"sundsvall\"", "7"), "line 3", "organisation"),
        (GOOD.replace("\"sundsvall\"", "\"Sundsvalls kommun\""), "line 3", "federation.organisation"),
        (GOOD.replace("node.db\"", "node.db"), "line 6", "url"),
        (GOOD.replace("sqlite://", "mysql://"), "line 6", "store.url"),
        (format!("{GOOD}[api]\nlisten = \"7001\"\n"), "line 12", "api.listen"),
        (format!("{GOOD}[log]\nformat = \"xml\"\n"), "line 12", "log.format"),
        (format!("{GOOD}[log]\nlevel = \"loud\"\n"), "line 12", "log.level"),
    ] {
        let failure = refusal(&text);
        assert!(failure.message.contains(line), "{line}: {failure}");
        assert_eq!(failure.code, Code::ConfigInvalid, "{failure}");
        assert!(failure.field.as_deref().is_some_and(|f| f.contains(key)), "{key}: {failure:?}");
        assert!(!failure.remedy.is_empty());
    }
}

#[test]
fn what_is_missing_is_told_with_its_key() {
    let failure = refusal(&GOOD.replace("organisation = \"sundsvall\"", ""));
    assert_eq!((failure.code, failure.field.as_deref()), (Code::ConfigMissing, Some("federation.organisation")));
    let failure = Config::load_with(Path::new("no/such/file.toml"), []).expect_err("missing");
    assert_eq!((failure.code, failure.exit_code()), (Code::ConfigMissing, 3));
}

#[test]
fn a_database_password_is_not_repeated() {
    let failure = refusal(&GOOD.replace("sqlite://node.db", "postgres://samsyn:hemligt@db/samsyn"));
    assert!(failure.message.contains("later version") && !failure.to_text().contains("hemligt"), "{failure}");
}

#[test]
fn pages_are_reserved_with_a_warning() {
    let config = load(&format!("{GOOD}[web]\nlisten = \"127.0.0.1:7002\"\n"), &[]).expect("read");
    assert_eq!(config.warnings.len(), 1);
}

#[test]
fn the_example_can_be_used_as_it_stands() {
    let config = load(&crate::operate::example_config::example(), &[]).expect("read");
    assert_eq!(config.federation.organisation.as_str(), "sundsvall");
    assert!(config.federation.listen.ip().is_loopback() && config.api.listen.ip().is_loopback());
}
