//! `client.toml`: which node, whose key, which language.

use crate::{
    problem::Problem,
    text::{Lang, Text},
};
use samsyn_core::code::Code;
use samsyn_wire::transport::{self, Endpoint, Identity, Pin};
use serde::Deserialize;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

const FILE: &str = "client.toml";
const KEY: &str = "device.key.pem";
const CERTIFICATE: &str = "device.crt.pem";
/// How long a device's certificate lasts; its key is what counts, and can be taken away at the node at any time.
const CERTIFICATE_DAYS: u32 = 5 * 365;
const DAY: Duration = Duration::from_hours(24);

/// The settings of one device.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address of the own organisation's node, `https://host:port`.
    pub server: String,
    /// Its key: `blake3:` and 64 hexadecimal characters.
    pub server_pin: String,
    /// PEM files, beside `client.toml` unless the path is absolute.
    #[serde(default = "default_key")]
    pub key: PathBuf,
    #[serde(default = "default_certificate")]
    pub certificate: PathBuf,
    #[serde(default)]
    pub lang: Lang,
}

fn default_key() -> PathBuf {
    KEY.into()
}
fn default_certificate() -> PathBuf {
    CERTIFICATE.into()
}

impl Config {
    /// Reads the file that was named, else that of `SAMSYN_CONFIG`, else the user's own.
    pub fn load(named: Option<&Path>) -> Result<Self, Problem> {
        let path = named.map(Path::to_owned).or_else(|| env::var_os("SAMSYN_CONFIG").map(PathBuf::from));
        let path = path.or_else(|| Some(user_directory()?.join(FILE))).ok_or_else(no_home)?;
        let text = fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?;
        Self::parse(&text, &path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Problem> {
        let mut config: Self = toml::from_str(text).map_err(|e| {
            let detail = e.to_string();
            let shown = path.display().to_string();
            Problem::new(
                Code::ConfigInvalid,
                Text("{} går inte att läsa:\n{}", "{} cannot be read:\n{}").with(&[&shown, detail.trim_end()]),
                Text(
                    "rätta raden, eller kör samsyn init i en ny katalog",
                    "correct the line, or run samsyn init in a new directory",
                ),
            )
            .field(shown)
        })?;
        config.server.parse::<Endpoint>().map_err(|e| config_field(e.into(), "server"))?;
        config.pin()?;
        let beside = path.parent().unwrap_or(Path::new("."));
        config.key = beside.join(&config.key);
        config.certificate = beside.join(&config.certificate);
        Ok(config)
    }

    pub fn pin(&self) -> Result<Pin, Problem> {
        parse_pin(&self.server_pin, "server_pin")
    }
}

fn config_field(mut problem: Problem, field: &str) -> Problem {
    problem.code = Code::ConfigInvalid;
    problem.field(field)
}

fn parse_pin(text: &str, field: &str) -> Result<Pin, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            Code::ConfigInvalid,
            Text("'{}' är inget fingeravtryck av en nyckel.", "'{}' is no pin of a key.").with(&[text]),
            Text(
                "det skrivs blake3: och 64 tecken; fråga den som sköter noden",
                "it is written blake3: and 64 characters; ask whoever runs the node",
            ),
        )
        .field(field)
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let shown = path.display().to_string();
    if error.kind() == io::ErrorKind::NotFound {
        return Problem::new(
            Code::ConfigMissing,
            Text("Inställningarna {} finns inte.", "The settings {} do not exist.").with(&[&shown]),
            Text(
                "kör: samsyn init --server https://värd:port --server-pin blake3:…  (eller ange filen med --config)",
                "run: samsyn init --server https://host:port --server-pin blake3:…  (or name the file with --config)",
            ),
        )
        .field("config");
    }
    let system = error.to_string();
    Problem::new(
        Code::ConfigInvalid,
        Text("{} går inte att läsa: {}", "{} cannot be read: {}").with(&[&shown, &system]),
        Text("kontrollera att du får läsa filen", "check that you may read the file"),
    )
    .field("config")
}

fn no_home() -> Problem {
    Problem::new(
        Code::ConfigMissing,
        Text("Det går inte att avgöra var inställningarna ligger.", "It cannot be told where the settings are."),
        Text("ange filen med --config", "name the file with --config"),
    )
    .field("config")
}

/// `samsyn` in the user's configuration directory.
fn user_directory() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config"))).or_else(|| set("APPDATA"))?;
    Some(base.join("samsyn"))
}

/// What was set up: where, and the key that the node must admit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub directory: PathBuf,
    pub pin: Pin,
}

/// Makes a device key, its certificate and `client.toml`. Overwrites nothing: with any of the three there it stops
/// before it has written anything.
pub fn init(server: &str, server_pin: &str, directory: Option<&Path>, lang: Lang) -> Result<Made, Problem> {
    let endpoint: Endpoint = server.parse().map_err(|e: transport::DialError| Problem::from(e).field("server"))?;
    let pin = parse_pin(server_pin, "server-pin")?;
    let directory = directory.map(Path::to_owned).or_else(user_directory).ok_or_else(no_home)?;
    for file in [FILE, KEY, CERTIFICATE] {
        let path = directory.join(file);
        if path.exists() {
            return Err(transport::FileError::Exists { path }.into());
        }
    }
    fs::create_dir_all(&directory).map_err(|e| transport::FileError::Io { path: directory.clone(), source: e })?;
    let key = transport::generate_key_pem()?;
    let now = SystemTime::now();
    let until = now + DAY * CERTIFICATE_DAYS;
    let certificate = transport::self_signed(&key, &["samsyn-device".to_owned()], now - DAY, until)?;
    let identity = Identity::from_pem(&certificate, &key)?;
    transport::create_private_file(&directory.join(KEY), key.as_bytes())?;
    transport::create_file(&directory.join(CERTIFICATE), certificate.as_bytes())?;
    transport::create_file(&directory.join(FILE), file_text(&endpoint, pin, lang).as_bytes())?;
    Ok(Made { directory, pin: identity.pin() })
}

fn file_text(endpoint: &Endpoint, pin: Pin, lang: Lang) -> String {
    let lang = if lang == Lang::En { "en" } else { "sv" };
    format!(
        "# Inställningar för samsyn på den här datorn.\n\
         # Den egna organisationens nod, och fingeravtrycket av dess nyckel (fråga den som sköter noden).\n\
         server = \"{endpoint}\"\n\
         server_pin = \"{pin}\"\n\
         # Enhetens hemliga nyckel (bara för dig) och dess certifikat, bredvid den här filen.\n\
         key = \"{KEY}\"\n\
         certificate = \"{CERTIFICATE}\"\n\
         # sv eller en\n\
         lang = \"{lang}\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "blake3:0000000000000000000000000000000000000000000000000000000000000001";

    #[test]
    fn what_init_makes_can_be_loaded_and_is_not_overwritten() {
        let directory = tempfile::tempdir().expect("a directory");
        let made = init("https://127.0.0.1:7001", PIN, Some(directory.path()), Lang::En).expect("is made");
        let config = Config::load(Some(&directory.path().join(FILE))).expect("loads");
        assert_eq!((config.server.as_str(), config.lang), ("https://127.0.0.1:7001", Lang::En));
        assert_eq!(Identity::load(&config.certificate, &config.key).expect("loads").pin(), made.pin);
        let again = init("https://127.0.0.1:7001", PIN, Some(directory.path()), Lang::Sv).expect_err("is there");
        assert_eq!((again.code, again.exit_code()), (Code::KeyFile, 3));
    }

    #[test]
    fn wrong_settings_name_the_line_or_the_field() {
        let parse = |text: &str| Config::parse(text, Path::new("/x/client.toml")).expect_err("is wrong");
        let broken = parse("server = \"https://a:1\"\nserver_pin = \n");
        assert!(broken.message.of(Lang::Sv).contains("line 2"), "{broken:?}");
        assert_eq!(broken.exit_code(), 3);
        assert!(parse("server = \"https://a:1\"").message.of(Lang::Sv).contains("server_pin"));
        assert!(
            parse(&format!("server = \"https://a:1\"\nserver_pin = \"{PIN}\"\nx = 1"))
                .message
                .of(Lang::Sv)
                .contains('x')
        );
        let field = |server: &str, pin: &str| parse(&format!("server = \"{server}\"\nserver_pin = \"{pin}\"")).field;
        assert_eq!(field("http://a:1", PIN).as_deref(), Some("server"));
        assert_eq!(field("https://a:1", "blake3:12").as_deref(), Some("server_pin"));
        let missing = Config::load(Some(Path::new("/nonexistent/client.toml"))).expect_err("is missing");
        assert_eq!((missing.code, missing.exit_code()), (Code::ConfigMissing, 3));
    }

    #[test]
    fn init_refuses_a_wrong_address_or_pin_before_it_writes() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = directory.path().join("new");
        assert_eq!(init("ftp://x", PIN, Some(&at), Lang::Sv).expect_err("wrong").field.as_deref(), Some("server"));
        assert_eq!(
            init("https://x", "12", Some(&at), Lang::Sv).expect_err("wrong").field.as_deref(),
            Some("server-pin")
        );
        assert!(!at.exists());
    }
}
