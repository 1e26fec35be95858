//! Signing in by certificate: a card, or a key in the browser's own store.
//!
//! The pages' listener asks every browser for a certificate of the configured issuers and takes whatever it shows, or none:
//! a handshake that fails tells nobody why, and public pages are for everybody. The handshake proves that the browser has
//! the certificate's key. Who vouches for it is judged when somebody signs in, by the files as they are then.

use super::{Person, Refusal, called};
use crate::{
    config::{ClientCertificates, PersonIs},
    failure::{Doing, Failure},
    limits::{CA_FILE_BYTES_MAX, CRL_FILE_BYTES_MAX},
};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use rustls_pki_types::pem::PemObject;
use samsyn_core::code::Code;
use std::{
    collections::BTreeSet,
    fmt, fs,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use x509_parser::{
    certificate::X509Certificate,
    der_parser::{der::parse_der, oid},
    extensions::GeneralName,
    oid_registry::OID_X509_SERIALNUMBER,
    prelude::FromDer,
};

/// What the subject of somebody who has signed in by certificate begins with, so that it is never taken for one of the
/// sign-in service's.
const SUBJECT: &str = "certificate:";
/// Characters of what says who somebody is.
const IDENTITY_MAX: usize = 255;

/// Who may sign in by certificate, as configuration and files have it.
pub(crate) struct Certificates {
    config: ClientCertificates,
    /// Issuers and revocations as their files had them last.
    verifier: RwLock<Arc<dyn ClientCertVerifier>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The certificate that a browser has shown on a connection, with those between it and its issuer. It has the key.
/// Nothing is said of who vouches for it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown(Option<Arc<[CertificateDer<'static>]>>);

/// Certificates are about persons.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Shown(…)" } else { "Shown(nothing)" })
    }
}

impl Shown {
    /// What a connection's TLS has.
    pub(crate) fn of(certificates: Option<&[CertificateDer<'static>]>) -> Self {
        Self(certificates.filter(|chain| !chain.is_empty()).map(Into::into))
    }

    fn chain(&self) -> Option<(&CertificateDer<'static>, &[CertificateDer<'static>])> {
        self.0.as_deref()?.split_first()
    }
}

impl Certificates {
    pub(crate) fn open(config: ClientCertificates) -> Result<Self, Failure> {
        let verifier = RwLock::new(read(&config)?);
        Ok(Self { config, verifier })
    }

    /// Takes changed files into use. Those that cannot be used change nothing.
    pub(crate) fn read_again(&self) -> Result<(), Failure> {
        let new = read(&self.config)?;
        *self.verifier.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// The files that decide who is vouched for.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.config.ca_file.as_path()).chain(self.config.crl_file.as_deref())
    }

    /// For one handshake: asks for a certificate of today's issuers, and is content with any or none.
    pub(crate) fn asking(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::new(Asking(self.verifier()))
    }

    fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        self.verifier.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who has shown this certificate, if
    /// - there is one;
    /// - an issuer of the file has issued it for signing in, it is valid now, and not revoked;
    /// - it says once who somebody is, and that has a role here.
    pub(crate) fn person(&self, shown: &Shown, now: SystemTime) -> Result<Person, Refusal> {
        let (own, _) = shown.chain().ok_or_else(|| {
            let message = "the browser has shown no certificate";
            Failure::new(Code::SignInNoCertificate, message, "put the card in, close the browser and begin again")
        })?;
        let told = Told::of(own, self.config.person_is);
        let person = |told: &Told| {
            let subject = format!("{SUBJECT}{}", told.identity.as_deref()?);
            let name = called(told.name.clone(), told.identity.as_deref()?);
            Some(Person { subject, name, grants: BTreeSet::new(), deputy: Vec::new() })
        };
        if let Err(fault) = self.vouched(shown, now) {
            // Of a certificate that nobody vouches for nothing is believed, not even a name.
            let person = told.as_ref().filter(|_| fault.vouched).and_then(person).map(Box::new);
            return Err(Refusal { failure: fault.failure(), person });
        }
        let unmapped = |message: &str| {
            let remedy = "add the person under [[sign_in.certificates.person]], or see that person_is names what the certificates have";
            Failure::new(Code::SignInCertificateUnmapped, message, remedy)
        };
        let told = told.ok_or_else(|| unmapped("the certificate cannot be read"))?;
        let mut person = person(&told).ok_or_else(|| unmapped("the certificate does not say once who somebody is"))?;
        let is = |value: &str| told.identity.as_deref() == Some(self.config.person_is.folded(value).as_str());
        let people = self.config.people.iter().filter(|rule| is(&rule.value));
        person.grants = people.map(|rule| rule.grant.clone()).collect();
        if person.grants.is_empty() {
            let failure = unmapped("whom the certificate names has no role here");
            return Err(Refusal { failure, person: Some(Box::new(person)) });
        }
        Ok(person)
    }

    /// How long the certificate that was shown holds.
    pub(crate) fn left(&self, shown: &Shown, now: SystemTime) -> Duration {
        let told = shown.chain().and_then(|(own, _)| Told::of(own, self.config.person_is));
        told.and_then(|told| told.until.duration_since(now).ok()).unwrap_or_default()
    }

    /// True if a certificate with which somebody has signed in is still good.
    pub(crate) fn still_good(&self, shown: &Shown, now: SystemTime) -> bool {
        self.vouched(shown, now).is_ok()
    }

    fn vouched(&self, shown: &Shown, now: SystemTime) -> Result<(), Fault> {
        let Some((own, between)) = shown.chain() else { return Err(Fault::unknown("there is none")) };
        let verifier = self.verifier();
        let at = |time| verifier.verify_client_cert(own, between, time).map(|_| ());
        let now = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let Err(error) = at(now) else { return Ok(()) };
        let Error::InvalidCertificate(error) = error else { return Err(Fault::unknown(&error.to_string())) };
        // Its time is looked at before its issuer: was it ours while it held?
        let ours_then = |time| matches!(at(time), Ok(()) | Err(Error::InvalidCertificate(CertificateError::Revoked)));
        let (code, vouched) = match &error {
            CertificateError::ExpiredContext { not_after, .. } => {
                (Code::SignInCertificateExpired, ours_then(*not_after))
            }
            CertificateError::NotValidYetContext { not_before, .. } => {
                (Code::SignInCertificateExpired, ours_then(*not_before))
            }
            CertificateError::Revoked => (Code::SignInCertificateRevoked, true),
            CertificateError::UnknownRevocationStatus
            | CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. } => (Code::SignInRevocationList, true),
            _ => (Code::SignInCertificateUnknown, false),
        };
        if !vouched {
            return Err(Fault::unknown(&error.to_string()));
        }
        Err(Fault { code, vouched, why: error.to_string() })
    }
}

/// Why a certificate is not good now.
struct Fault {
    code: Code,
    /// An issuer of ours has issued it.
    vouched: bool,
    why: String,
}

impl Fault {
    fn unknown(why: &str) -> Self {
        Self { code: Code::SignInCertificateUnknown, vouched: false, why: why.to_owned() }
    }

    fn failure(&self) -> Failure {
        let remedy = match self.code {
            Code::SignInCertificateExpired => "use a certificate that is valid now; check the machine's clock",
            Code::SignInCertificateRevoked => "use another card",
            Code::SignInRevocationList => {
                "fetch the issuer's list of revoked certificates anew into [sign_in.certificates] crl_file"
            }
            _ => {
                "choose the organisation's own certificate for signing in; its issuer stands in [sign_in.certificates] ca_file"
            }
        };
        Failure::new(self.code, format!("a certificate is not accepted: {}", self.why), remedy)
    }
}

impl PersonIs {
    /// Names of accounts are the same in large and small letters; numbers are as they are written.
    fn folded(self, value: &str) -> String {
        match self {
            Self::SerialNumber => value.to_owned(),
            Self::Upn => value.to_lowercase(),
        }
    }
}

/// What a certificate says of its holder.
struct Told {
    /// Who it is; none where it is not said, or more than once.
    identity: Option<String>,
    name: Option<String>,
    until: SystemTime,
}

impl Told {
    fn of(certificate: &CertificateDer<'_>, is: PersonIs) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let name = certificate.subject().iter_common_name().find_map(|name| name.as_str().ok()).map(ToOwned::to_owned);
        let stated = match is {
            PersonIs::SerialNumber => serial_numbers(&certificate),
            PersonIs::Upn => principal_names(&certificate),
        };
        let fits = |text: &String| {
            let characters = text.chars().count();
            (1..=IDENTITY_MAX).contains(&characters) && !text.chars().any(char::is_control)
        };
        let identity = match &stated[..] {
            [one] => Some(is.folded(one.trim())).filter(fits),
            _ => None,
        };
        let until = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
        Some(Self { identity, name, until: UNIX_EPOCH + Duration::from_secs(until) })
    }
}

fn serial_numbers(certificate: &X509Certificate<'_>) -> Vec<String> {
    let stated = certificate.subject().iter_by_oid(&OID_X509_SERIALNUMBER).filter_map(|stated| stated.as_str().ok());
    stated.map(ToOwned::to_owned).collect()
}

/// `otherName` of the type that Microsoft has given user principal names: one text within a tag of its own.
fn principal_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::OtherName(kind, bytes) if *kind == oid!(1.3.6.1.4.1.311.20.2.3) => {
            let (_, outer) = parse_der(bytes).ok()?;
            let (_, text) = parse_der(outer.as_slice().ok()?).ok()?;
            text.as_str().ok().map(ToOwned::to_owned)
        }
        _ => None,
    };
    names.value.general_names.iter().filter_map(text).collect()
}

fn read(config: &ClientCertificates) -> Result<Arc<dyn ClientCertVerifier>, Failure> {
    const CA: &str = "sign_in.certificates.ca_file";
    const CRL: &str = "sign_in.certificates.crl_file";
    let wrong = |key: &str, file: &Path, what: &str| {
        let remedy = "put the file that the issuer publishes there; the configuration's example says which";
        Failure::new(Code::KeyFile, format!("{}: {what}", file.display()), remedy).field(key)
    };
    let mut roots = RootCertStore::empty();
    let bytes = bounded(&config.ca_file, CA_FILE_BYTES_MAX).map_err(|f| f.field(CA))?;
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|e| wrong(CA, &config.ca_file, &format!("no PEM certificate: {e}")))?;
        roots.add(certificate).map_err(|e| wrong(CA, &config.ca_file, &format!("no certificate of an issuer: {e}")))?;
    }
    if roots.is_empty() {
        return Err(wrong(CA, &config.ca_file, "there is no certificate in it"));
    }
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    if let Some(file) = &config.crl_file {
        let bytes = bounded(file, CRL_FILE_BYTES_MAX).map_err(|f| f.field(CRL))?;
        let lists = revoked(&bytes).map_err(|what| wrong(CRL, file, &what))?;
        // The certificates between are as trusted as their issuer; the person's own is looked for, and a list that is too
        // old, or about another issuer, is no list.
        builder = builder.with_crls(lists).only_check_end_entity_revocation().enforce_revocation_expiration();
    }
    builder.allow_unauthenticated().build().map_err(|e| {
        wrong(
            config.crl_file.as_ref().map_or(CA, |_| CRL),
            config.crl_file.as_ref().unwrap_or(&config.ca_file),
            &format!("it cannot be used: {e}"),
        )
    })
}

/// PEM of one list or several, or one as it is published (DER).
fn revoked(bytes: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    if !bytes.starts_with(b"-----BEGIN") {
        return Ok(vec![CertificateRevocationListDer::from(bytes.to_vec())]);
    }
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(bytes).collect();
    match lists {
        Ok(lists) if !lists.is_empty() => Ok(lists),
        Ok(_) => Err("there is no list of revoked certificates in it".to_owned()),
        Err(e) => Err(format!("no PEM list of revoked certificates: {e}")),
    }
}

fn bounded(file: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let bytes = fs::metadata(file).doing("reading", file)?.len();
    if bytes > bytes_max {
        let message = format!("{} has {bytes} bytes, more than {bytes_max}", file.display());
        return Err(Failure::new(Code::KeyFile, message, "name the right file"));
    }
    fs::read(file).doing("reading", file)
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Asks, and leaves the judgement for later. That the browser has the key is checked here and now.
#[derive(Debug)]
struct Asking(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for Asking {
    fn client_auth_mandatory(&self) -> bool {
        false
    }
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }
    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
