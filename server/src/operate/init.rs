//! `samsynd init`: keys, certificate, configuration and the row for the charter, in one new directory.

use super::example_config;
use crate::{
    failure::{Doing, Failure},
    identity,
    output::Output,
};
use samsyn_core::{
    charter::{Party, PartyKind},
    code::Code,
    id::OrgId,
    limits::{ENDPOINTS_MAX, LABEL_BYTES_MAX},
};
use samsyn_wire::transport::{self, Endpoint, Identity};
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// How long a new certificate is accepted.
pub const CERTIFICATE_LIFE: Duration = Duration::from_hours(2 * 365 * 24);
/// A certificate counts from a day before it is made: clocks differ.
pub const CERTIFICATE_EARLIER: Duration = Duration::from_hours(24);

/// What the operator gave.
#[derive(Debug, Clone)]
pub struct Options {
    pub organisation: OrgId,
    /// As people write it; the id if none is given.
    pub name: Option<String>,
    pub kind: PartyKind,
    pub organisation_number: Option<String>,
    pub dir: PathBuf,
    pub federation_listen: SocketAddr,
    pub api_listen: SocketAddr,
    /// Where pages are shown; nowhere if absent.
    pub web_listen: Option<SocketAddr>,
    /// Where other nodes reach this one; its listener if none is given and that is an address.
    pub endpoints: Vec<String>,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub config: PathBuf,
    pub party_file: PathBuf,
    pub party: Party,
}

pub fn run(options: &Options, now: SystemTime) -> Result<Output, Failure> {
    let Prepared { config, party_file, party } = prepare(options, now)?;
    let pin = party.pins.first().map_or("", String::as_str);
    let text = format!(
        "Made {dir}:\n  log.key       signs this organisation's logs: keep a copy in a safe place\n  tls.key       \
         the TLS key\n  tls.crt       its certificate, renewed by 'samsynd cert renew'\n  samsynd.toml  the \
         configuration\n  party.toml    send this to whoever writes the charter (nothing in it is secret)\n\n\
         organisation  {id}\nlog key       {key}\npin           {pin}\n\nNext: put the charter that you receive at \
         {charter}, read it, run\n  samsynd charter sign --config {config} {charter}\nand when all have signed:\n  \
         samsynd run --config {config}",
        dir = options.dir.display(),
        id = party.id,
        key = party.log_key,
        charter = options.dir.join("charter.toml").display(),
        config = config.display(),
    );
    let data = json!({
        "organisation": party.id.as_str(), "log_key": party.log_key.to_string(), "pin": pin,
        "config": config.display().to_string(), "party": party_file.display().to_string(),
    });
    Ok(Output::new(text, data))
}

/// Makes the directory's files. Overwrites nothing; what it has made is taken away again if it fails.
pub fn prepare(options: &Options, now: SystemTime) -> Result<Prepared, Failure> {
    let endpoints = endpoints(options)?;
    if let Some(name) = options.name.as_ref().filter(|n| n.trim().is_empty() || n.len() > LABEL_BYTES_MAX) {
        let message = format!("the name has {} bytes: expected 1 to {LABEL_BYTES_MAX}", name.len());
        return Err(Failure::new(Code::InputValue, message, "give a shorter name").field("name"));
    }
    let files = Files::in_dir(&options.dir);
    files.refuse_existing()?;
    create_dir(&options.dir)?;
    write(options, &files, &endpoints, now).inspect_err(|_| files.remove())
}

struct Files {
    log_key: PathBuf,
    tls_key: PathBuf,
    certificate: PathBuf,
    config: PathBuf,
    party: PathBuf,
}

impl Files {
    fn in_dir(dir: &Path) -> Self {
        Self {
            log_key: dir.join("log.key"),
            tls_key: dir.join("tls.key"),
            certificate: dir.join("tls.crt"),
            config: dir.join("samsynd.toml"),
            party: dir.join("party.toml"),
        }
    }
    fn all(&self) -> [&PathBuf; 5] {
        [&self.log_key, &self.tls_key, &self.certificate, &self.config, &self.party]
    }
    fn refuse_existing(&self) -> Result<(), Failure> {
        match self.all().into_iter().find(|f| f.symlink_metadata().is_ok()) {
            None => Ok(()),
            Some(file) => {
                let message = format!("{} exists already: nothing was changed", file.display());
                Err(Failure::new(Code::Failed, message, "give a new directory with --dir; keys are never replaced")
                    .field("dir"))
            }
        }
    }
    /// Only after this very call has found none of them there. That one cannot be removed changes nothing.
    fn remove(&self) {
        for file in self.all() {
            fs::remove_file(file).ok();
        }
    }
}

fn write(options: &Options, files: &Files, endpoints: &[Endpoint], now: SystemTime) -> Result<Prepared, Failure> {
    let log_key = identity::create_log_key(&files.log_key)?;
    let tls_key = transport::generate_key_pem()?;
    transport::create_private_file(&files.tls_key, tls_key.as_bytes())?;
    let names: Vec<String> = endpoints.iter().map(|e| e.host().to_owned()).collect();
    let certificate = transport::self_signed(&tls_key, &names, now - CERTIFICATE_EARLIER, now + CERTIFICATE_LIFE)?;
    transport::create_file(&files.certificate, certificate.as_bytes())?;
    let pin = Identity::load(&files.certificate, &files.tls_key)?.pin();

    let config =
        example_config::text(&options.organisation, options.federation_listen, options.api_listen, options.web_listen);
    transport::create_file(&files.config, config.as_bytes())?;
    let party = Party {
        id: options.organisation.clone(),
        name: options.name.clone().unwrap_or_else(|| options.organisation.to_string()),
        kind: options.kind,
        organisation_number: options.organisation_number.clone(),
        log_key: log_key.public(),
        pins: BTreeSet::from([pin.to_string()]),
        endpoints: endpoints.iter().map(Endpoint::to_string).collect(),
        authorities: Vec::new(),
    };
    transport::create_file(&files.party, party_text(&party)?.as_bytes())?;
    Ok(Prepared { config: files.config.clone(), party_file: files.party.clone(), party })
}

fn party_text(party: &Party) -> Result<String, Failure> {
    let row = toml::to_string(party)
        .map_err(|e| Failure::new(Code::Failed, format!("the party's row: {e}"), "check --name"))?;
    Ok(format!(
        "# A party's row in the charter: send this file to whoever writes it. Nothing in it is secret.\n\
         # kind: region, municipality or other. Boards may be added as [[authority]] with id and name.\n{row}"
    ))
}

fn endpoints(options: &Options) -> Result<Vec<Endpoint>, Failure> {
    let listener = options.federation_listen;
    let own = (!listener.ip().is_unspecified() && listener.port() != 0).then(|| format!("https://{listener}"));
    let given = if options.endpoints.is_empty() { own.into_iter().collect() } else { options.endpoints.clone() };
    if given.len() > ENDPOINTS_MAX {
        let message = format!("{} endpoints: at most {ENDPOINTS_MAX}", given.len());
        return Err(Failure::new(Code::InputValue, message, "give fewer").field("endpoint"));
    }
    given
        .iter()
        .map(|e| e.parse().map_err(|e| Failure { code: Code::InputValue, ..Failure::from(e) }.field("endpoint")))
        .collect()
}

fn create_dir(dir: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).doing("making the directory", dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, identity::NodeIdentity};

    fn options(dir: &Path) -> Options {
        Options {
            organisation: OrgId::new("ange").expect("an id"),
            name: Some("Ånge kommun".to_owned()),
            kind: PartyKind::Municipality,
            organisation_number: None,
            dir: dir.to_owned(),
            federation_listen: "127.0.0.1:7000".parse().expect("an address"),
            api_listen: "127.0.0.1:7001".parse().expect("an address"),
            web_listen: None,
            endpoints: vec!["https://samsyn.ange.example:443".to_owned()],
        }
    }

    #[test]
    fn what_init_makes_can_be_read_back_and_is_not_made_twice() {
        let dir = tempfile::tempdir().expect("a directory");
        let now = SystemTime::now();
        let made = prepare(&options(&dir.path().join("new")), now).expect("made");
        let config = Config::load_with(&made.config, []).expect("read");
        let identity = NodeIdentity::load(&config.identity).expect("read");
        assert_eq!(identity.log_key.public(), made.party.log_key);
        assert!(made.party.pins.contains(&identity.tls.pin().to_string()));
        assert_eq!(identity.check_validity(now).expect("valid"), None);
        let text = fs::read_to_string(&made.party_file).expect("read");
        assert_eq!(toml::from_str::<Party>(&text).expect("a row"), made.party);

        let failure = prepare(&options(&dir.path().join("new")), now).expect_err("exists");
        assert!(failure.message.contains("exists already"), "{failure}");
        assert_eq!(NodeIdentity::load(&config.identity).expect("read").log_key.public(), made.party.log_key);
    }

    #[test]
    fn a_wrong_endpoint_is_refused_before_anything_is_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut wrong = options(&dir.path().join("new"));
        wrong.endpoints = vec!["samsyn.ange.example".to_owned()];
        let failure = prepare(&wrong, SystemTime::now()).expect_err("refused");
        assert_eq!((failure.exit_code(), failure.field.as_deref()), (5, Some("endpoint")));
        assert!(!dir.path().join("new").exists());
    }
}
