//! Our own side of a connection: certificate and secret key.

use super::{
    file::{self, FileError},
    pin::Pin,
    tls,
    verify::valid_until,
};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{InconsistentKeys, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use zeroize::Zeroizing;

/// A certificate chain with its secret key. Cheap to clone; `Debug` shows the pin only.
#[derive(Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    pin: Pin,
}

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} holds no PEM certificate", path.display())]
    NotACertificate { path: PathBuf },
    #[error("{} holds no PEM private key of a kind that can be used here", path.display())]
    NotAKey { path: PathBuf },
    #[error("the key in {} does not belong to the certificate in {}", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("a certificate could not be made: {0}")]
    Making(String),
}

impl IdentityError {
    /// What the operator can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::File(error) => error.remedy(),
            Self::NotACertificate { .. } => "give a file that begins with -----BEGIN CERTIFICATE-----".to_owned(),
            Self::NotAKey { .. } => {
                "give an unencrypted ECDSA P-256 key that begins with -----BEGIN PRIVATE KEY-----".to_owned()
            }
            Self::Mismatch { .. } => {
                "name the key that the certificate was made for, or make a new certificate with 'samsynd cert renew'"
                    .to_owned()
            }
            Self::Making(_) => "check the names given for the certificate".to_owned(),
        }
    }
}

impl Identity {
    /// Reads a PEM certificate chain (own certificate first) and its PEM key, whose file must be its owner's alone.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let not_a_certificate = || IdentityError::NotACertificate { path: certificate.to_owned() };
        let not_a_key = || IdentityError::NotAKey { path: key.to_owned() };

        let text = file::read_public_file(certificate)?;
        let chain = parse_chain(&text).ok_or_else(not_a_certificate)?;
        let pin = chain.first().and_then(|c| Pin::of_certificate(c).ok()).ok_or_else(not_a_certificate)?;
        let secret = parse_key(&file::read_private_file(key)?).ok_or_else(not_a_key)?;

        match CertifiedKey::from_der(chain, secret, &tls::provider()) {
            Ok(certified) => Ok(Self { certified: Arc::new(certified), pin }),
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(IdentityError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() })
            }
            Err(_) => Err(not_a_key()),
        }
    }

    /// The identity of PEM text, for tests and for keys that are not in files.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, IdentityError> {
        let given = PathBuf::from("the text given");
        let not_a_certificate = || IdentityError::NotACertificate { path: given.clone() };
        let chain = parse_chain(certificate_pem).ok_or_else(not_a_certificate)?;
        let pin = chain.first().and_then(|c| Pin::of_certificate(c).ok()).ok_or_else(not_a_certificate)?;
        let secret = parse_key(key_pem).ok_or_else(|| IdentityError::NotAKey { path: given.clone() })?;
        let certified = CertifiedKey::from_der(chain, secret, &tls::provider())
            .map_err(|_| IdentityError::Mismatch { certificate: given.clone(), key: given.clone() })?;
        Ok(Self { certified: Arc::new(certified), pin })
    }

    /// What the other side must have admitted.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    /// The last moment at which the certificate is accepted; `None` if it cannot be told.
    pub fn valid_until(&self) -> Option<SystemTime> {
        self.certified.cert.first().and_then(valid_until)
    }

    /// Certificate chain and key, as rustls takes them.
    pub fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({:?})", self.pin)
    }
}

fn parse_chain(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().ok()?;
    (!chain.is_empty()).then_some(chain)
}

fn parse_key(pem: &str) -> Option<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()
}

/// A new secret key, PKCS#8 PEM. ECDSA P-256, since OpenSSL 3.0 and Python's gRPC cannot read rcgen's Ed25519 files.
pub fn generate_key_pem() -> Result<Zeroizing<String>, IdentityError> {
    let key =
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|e| IdentityError::Making(e.to_string()))?;
    Ok(Zeroizing::new(key.serialize_pem()))
}

/// A certificate for the key, signed by itself: good as server, as client, and as a generic client's own root.
/// `names` are host names or addresses beside `localhost` and `127.0.0.1`. The pin depends on the key alone.
pub fn self_signed(
    key_pem: &str,
    names: &[String],
    not_before: SystemTime,
    not_after: SystemTime,
) -> Result<String, IdentityError> {
    let making = |e: rcgen::Error| IdentityError::Making(e.to_string());
    let key = KeyPair::from_pem(key_pem).map_err(making)?;
    let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    for name in names {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    let mut params = CertificateParams::new(all).map_err(making)?;
    params.distinguished_name.push(DnType::CommonName, names.first().map_or("samsyn", String::as_str));
    params.is_ca = IsCa::NoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_epoch(not_before);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_epoch(not_after);
    Ok(params.self_signed(&key).map_err(making)?.pem())
}

/// Whole seconds, as certificates have them.
fn since_epoch(time: SystemTime) -> Duration {
    Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}
