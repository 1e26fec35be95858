//! `samsynd cert renew`: a new certificate for the same key, so that the pin that others know stands.

use super::init::{CERTIFICATE_EARLIER, CERTIFICATE_LIFE};
use crate::{config::Config, failure::Failure, output::Output};
use samsyn_core::{charter::Charter, id::OrgId};
use samsyn_wire::transport::{self, Endpoint, Identity};
use serde_json::json;
use std::{collections::BTreeSet, fs, path::Path, time::SystemTime};

/// Replaces the certificate in one step. `names` are host names or addresses beside those of the charter's endpoints.
pub fn renew(config: &Config, names: &[String], now: SystemTime) -> Result<Output, Failure> {
    let files = &config.identity;
    let key = transport::read_private_file(&files.tls_key)?;
    let mut all: BTreeSet<String> = names.iter().cloned().collect();
    all.extend(charter_names(&config.federation.charter, &config.federation.organisation));
    let all: Vec<String> = all.into_iter().collect();
    let certificate = transport::self_signed(&key, &all, now - CERTIFICATE_EARLIER, now + CERTIFICATE_LIFE)?;
    let identity = Identity::from_pem(&certificate, &key)?;
    transport::replace_file(&files.tls_certificate, certificate.as_bytes())?;

    let until = identity.valid_until().and_then(|t| jiff::Timestamp::try_from(t).ok());
    let until = until.map_or_else(|| "unknown".to_owned(), |t| t.strftime("%Y-%m-%d").to_string());
    let (pin, file) = (identity.pin().to_string(), files.tls_certificate.display().to_string());
    let text = format!(
        "Renewed {file}\nvalid until  {until}\npin          {pin} (the same key)\nRestart samsynd so that it uses it."
    );
    Ok(Output::new(text, json!({"certificate": file, "valid_until": until, "pin": pin, "names": all})))
}

/// The hosts by which the charter says this node is reached; none if there is no charter yet.
fn charter_names(charter: &Path, organisation: &OrgId) -> Vec<String> {
    let charter = fs::read(charter).ok().and_then(|bytes| Charter::parse(&bytes).ok());
    let party = charter.as_ref().and_then(|c| c.party(organisation));
    let endpoints = party.map_or(&[][..], |p| &p.endpoints);
    endpoints.iter().filter_map(|e| e.parse::<Endpoint>().ok()).map(|e| e.host().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operate::init;
    use samsyn_core::charter::PartyKind;
    use std::time::Duration;

    #[test]
    fn renewal_keeps_the_key_and_moves_the_end() {
        let dir = tempfile::tempdir().expect("a directory");
        let options = init::Options {
            organisation: OrgId::new("ange").expect("an id"),
            name: None,
            kind: PartyKind::Municipality,
            organisation_number: None,
            dir: dir.path().join("node"),
            federation_listen: "127.0.0.1:7000".parse().expect("an address"),
            api_listen: "127.0.0.1:7001".parse().expect("an address"),
            web_listen: None,
            endpoints: Vec::new(),
        };
        let now = SystemTime::now();
        let made = init::prepare(&options, now).expect("made");
        let config = Config::load_with(&made.config, []).expect("read");
        let load = || Identity::load(&config.identity.tls_certificate, &config.identity.tls_key).expect("usable");
        let before = load();
        renew(&config, &["samsyn.example.org".to_owned()], now + Duration::from_hours(24)).expect("renewed");
        let after = load();
        assert_eq!(before.pin(), after.pin());
        assert!(after.valid_until() > before.valid_until());
    }
}
