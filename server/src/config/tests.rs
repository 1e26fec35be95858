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
    if let Backend::Sqlite { path } = &mut config.store.backend {
        relative(path);
    }
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
    assert_eq!(config.store.backend, Backend::from(Path::new("node.db")));
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
    for (name, value) in [
        ("SAMSYN__API__LISTEN", "nine"),
        ("SAMSYN__api__Listen", "nine"),
        ("SAMSYN__API__LISTN", "127.0.0.1:9"),
        ("SAMSYN__API", "x"),
    ] {
        let failure = load(GOOD, &[(name, value)]).expect_err("refused");
        assert!(failure.message.contains(name), "{failure}");
        assert_eq!(failure.exit_code(), 3);
    }
}

#[test]
fn a_file_in_another_encoding_is_told_with_its_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("samsynd.toml");
    std::fs::write(&file, b"# f\xf6r noden\n").expect("written");
    let failure = Config::load_with(&file, []).expect_err("refused");
    assert!(failure.message.contains("line 1: this is no text in UTF-8"), "{failure}");
    assert_eq!((failure.code, failure.exit_code()), (Code::ConfigInvalid, 3));
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
        (format!("log.level = \"loud\"\n{GOOD}"), "line 1:", "log.level"),
        (format!("log.level = \" o\u{fffd}=\"\n{GOOD}"), "line 1:", "log.level"),
        (format!("log = {{ format = \"text\", level = \"loud\" }}\n{GOOD}"), "line 1:", "log.level"),
        (format!("{GOOD}[ \"log\" ] # see below\n\"level\" = \"loud\"\n"), "line 12:", "log.level"),
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
    let with = |url: &str| GOOD.replace("sqlite://node.db", url);
    let config = load(&with("postgres://samsyn:hemligt@127.0.0.1/samsyn"), &[]).expect("read");
    assert!(matches!(config.store.backend, Backend::Postgres { .. }));
    assert!(!format!("{config:?}").contains("hemligt"), "{config:?}");
    let failure = refusal(&with("postgres://samsyn:hemligt@db/samsyn"));
    assert!(failure.message.contains("line 6") && failure.message.contains("verify-full"), "{failure}");
    assert!(!failure.to_text().contains("hemligt"), "{failure}");
}

/// Found by fuzzing: the beginning of a damaged line was told as the key at fault.
#[test]
fn a_password_in_a_damaged_line_is_not_repeated() {
    for damaged in ["\"postgres://samsyn:hemligt@db/samsyn?x=1", "url postgres://samsyn:hemligt@db/samsyn?x=1"] {
        let failure = refusal(&GOOD.replace("url = \"sqlite://node.db\"", damaged));
        assert!(failure.message.contains("line 6"), "{failure}");
        assert!(!failure.to_json().to_string().contains("hemligt"), "{failure:?}");
    }
}

#[test]
fn pages_for_others_show_what_is_public_only() {
    let web = |section: &str| load(&format!("{GOOD}[web]\n{section}\n"), &[]);
    let shows = |section: &str| web(section).expect("read").web.expect("pages").shows;
    assert_eq!(shows(""), Shows::Released);
    assert_eq!(shows("listen = \"[::1]:7002\"\nshows = \"released\""), Shows::Released);
    assert_eq!(shows("listen = \"127.0.0.1:7002\"\nshows = \"public\""), Shows::Public);
    assert_eq!(shows("listen = \"0.0.0.0:7002\""), Shows::Public);
    assert_eq!(web("listen = \"0.0.0.0:7002\"").expect("read").warnings.len(), 1);
    for wrong in ["listen = \"10.0.0.1:80\"\nshows = \"released\"", "shows = \"all\""] {
        assert_eq!(web(wrong).expect_err("refused").field.as_deref(), Some("web.shows"), "{wrong}");
    }
    let free = "https://creativecommons.org/publicdomain/zero/1.0/";
    let licence = |address: &str| web(&format!("open_data_licence = \"{address}\""));
    assert_eq!(licence(free).expect("read").web.expect("pages").open_data_licence.as_deref(), Some(free));
    for wrong in ["CC0", "javascript:alert(1)", "https://", "https://a b", "https://<b>", ""] {
        assert_eq!(licence(wrong).expect_err("refused").field.as_deref(), Some("web.open_data_licence"), "{wrong}");
    }
}

#[test]
fn the_example_can_be_used_as_it_stands() {
    let config = load(&crate::operate::example_config::example(), &[]).expect("read");
    assert_eq!(config.federation.organisation.as_str(), "sundsvall");
    assert!(config.federation.listen.ip().is_loopback() && config.api.listen.ip().is_loopback());
}

#[test]
fn the_example_beside_the_service_is_the_example() {
    let shipped = include_str!("../../../deploy/samsynd.toml");
    assert_eq!(shipped.trim_end(), crate::operate::example_config::example().trim_end());
}

/// A section of a file that comments out everything it explains, as its reader would write it.
#[test]
fn sign_in_as_the_example_has_it_is_read() {
    let example = crate::operate::example_config::example();
    let from = example.find("# [web]").expect("pages");
    let written: Vec<&str> = example[from..]
        .lines()
        .map(|line| line.trim_start_matches(['#', ' ']))
        .filter(|line| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')))
        .take_while(|line| *line != "[metrics]" && *line != "[store]")
        .collect();
    let config = load(&format!("{GOOD}{}", written.join("\n")), &[]).expect("read");
    let (web, sign_in) = (config.web.expect("pages"), config.sign_in.expect("sign-in"));
    assert_eq!(web.url.as_deref(), Some("https://samsyn.sundsvall.example"));
    assert!(web.tls.is_some_and(|tls| tls.certificate.ends_with("web.pem")));
    assert_eq!(sign_in.session.as_secs(), 8 * 3_600);
    assert!(sign_in.deputies.ends_with("deputies.toml"));
    let service = sign_in.service.expect("a sign-in service");
    assert_eq!(service.roles.len(), 2);
    assert_eq!(service.scopes, ["profile"], "openid is asked for in any case");
    let certificates = sign_in.certificates.expect("certificates");
    assert!(certificates.ca_file.ends_with("cards-ca.pem") && certificates.crl_file.is_some());
    assert_eq!((certificates.person_is, certificates.people.len()), (PersonIs::SerialNumber, 1));
}

#[test]
fn what_is_wrong_with_sign_in_is_told_with_its_key() {
    const WEB: &str = "[web]\nlisten = \"127.0.0.1:7002\"\nurl = \"https://samsyn.timra.example\"\n";
    const SIGN_IN: &str = "[sign_in]\nissuer = \"https://login.example/t\"\nclient_id = \"samsyn\"\n";
    const ROLE: &str = "[[sign_in.role]]\nvalue = \"L\"\nrole = \"reader\"\n";
    let good = format!("{WEB}{SIGN_IN}{ROLE}");
    let config = load(&format!("{GOOD}{good}"), &[]).expect("read");
    assert_eq!(config.web.expect("pages").shows, Shows::Public, "who has not signed in sees what is public");
    for (from, to, key) in [
        (WEB, "", "web.listen"),
        ("url = \"https://samsyn.timra.example\"\n", "", "web.url"),
        ("https://samsyn.timra.example", "http://samsyn.timra.example", "web.url"),
        ("https://samsyn.timra.example", "https://samsyn.timra.example/sida", "web.url"),
        ("https://samsyn.timra.example", "https://a@samsyn.timra.example", "web.url"),
        ("https://samsyn.timra.example", "samsyn.timra.example", "web.url"),
        ("127.0.0.1:7002", "0.0.0.0:7002", "web.listen"),
        ("[sign_in]", "shows = \"released\"\n[sign_in]", "web.shows"),
        ("[sign_in]", "certificate = \"web.pem\"\n[sign_in]", "web.key"),
        ("[sign_in]", "key = \"web.key\"\n[sign_in]", "web.certificate"),
        ("issuer = \"https://login.example/t\"\n", "", "sign_in.issuer"),
        ("https://login.example/t", "http://login.example/t", "sign_in.issuer"),
        ("https://login.example/t", "login.example", "sign_in.issuer"),
        ("client_id = \"samsyn\"\n", "", "sign_in.client_id"),
        ("client_id = \"samsyn\"", "client_id = \" \"", "sign_in.client_id"),
        ("client_id", "session_hours = 0\nclient_id", "sign_in.session_hours"),
        ("client_id", "session_hours = 25\nclient_id", "sign_in.session_hours"),
        (ROLE, "", "sign_in.role"),
        ("\"reader\"", "\"king\"", "role"),
        ("value = \"L\"\n", "", "value"),
        ("client_id", "client_secret = \"x\"\nclient_id", "client_secret"),
    ] {
        let text = good.replace(from, to);
        assert_ne!(text, good, "{from}");
        let failure = refusal(&format!("{GOOD}{text}"));
        let named = failure.field.as_deref().is_some_and(|f| f.contains(key)) || failure.message.contains(key);
        assert!(named, "{to} at {key}: {failure:?}");
        assert_eq!(failure.exit_code(), 3, "{failure:?}");
    }
    // A proxy elsewhere, a trial on this machine.
    for (from, to) in [
        ("listen = \"127.0.0.1:7002\"", "listen = \"0.0.0.0:7002\"\ntrusted_proxies = [\"10.0.0.5\"]"),
        ("https://samsyn.timra.example", "http://127.0.0.1:7002"),
        ("https://login.example/t", "http://localhost:9000"),
    ] {
        load(&format!("{GOOD}{}", good.replace(from, to)), &[]).expect("read");
    }
}

#[test]
fn what_is_wrong_with_certificates_of_persons_is_told_with_its_key_and_nobodys_name() {
    const WEB: &str = "[web]\nlisten = \"0.0.0.0:7002\"\nurl = \"https://samsyn.timra.example\"\ncertificate = \"w.pem\"\nkey = \"w.key\"\n";
    const CARDS: &str = "[sign_in.certificates]\nca_file = \"cards.pem\"\n";
    const PERSON: &str = "[[sign_in.certificates.person]]\nvalue = \"SE-HEMLIG-1\"\nrole = \"registrar\"\n";
    let good = format!("{WEB}{CARDS}{PERSON}");
    let sign_in = load(&format!("{GOOD}{good}"), &[]).expect("read").sign_in.expect("sign-in");
    assert!(sign_in.service.is_none(), "cards alone will do");
    assert!(!format!("{sign_in:?}").contains("HEMLIG"), "{sign_in:?}");
    for (from, to, key) in [
        ("ca_file = \"cards.pem\"\n", "", "sign_in.certificates.ca_file"),
        (PERSON, "", "sign_in.certificates.person"),
        ("SE-HEMLIG-1", " ", "sign_in.certificates.person"),
        ("certificate = \"w.pem\"\nkey = \"w.key\"\n", "trusted_proxies = [\"10.0.0.5\"]\n", "web.certificate"),
        ("[sign_in.certificates]", "[sign_in.certificates]\nperson_is = \"name\"", "person_is"),
        ("[sign_in.certificates]", "[sign_in.certificates]\nheader = \"X-Client-Cert\"", "header"),
        ("\"registrar\"", "\"king\"", "role"),
        (
            "[sign_in.certificates]",
            "[sign_in]\nissuer = \"https://login.example\"\n[sign_in.certificates]",
            "sign_in.client_id",
        ),
    ] {
        let text = good.replace(from, to);
        assert_ne!(text, good, "{from}");
        let failure = refusal(&format!("{GOOD}{text}"));
        let named = failure.field.as_deref().is_some_and(|f| f.contains(key)) || failure.message.contains(key);
        assert!(named, "{to} at {key}: {failure:?}");
        assert!(failure.exit_code() == 3 && !failure.to_text().contains("HEMLIG"), "{failure:?}");
    }
}
