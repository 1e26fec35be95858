//! A pin: the public key of a TLS certificate, by its hash. It stands when the certificate is renewed with the same key.

use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const PREFIX: &str = "blake3:";

/// BLAKE3 of the DER SubjectPublicKeyInfo of a TLS certificate; written `blake3:` and 64 hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin(pub [u8; 32]);

/// Text that is not a pin, or bytes that are not a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    #[error("a pin is written '{PREFIX}' and 64 hexadecimal characters")]
    Format,
    #[error("not an X.509 certificate")]
    Certificate,
}

impl Pin {
    /// The pin of a certificate's key.
    pub fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, PinError> {
        let parsed = webpki::EndEntityCert::try_from(certificate).map_err(|_| PinError::Certificate)?;
        Ok(Self(*blake3::hash(parsed.subject_public_key_info().as_ref()).as_bytes()))
    }

    /// The first eight hexadecimal characters: for people, never for comparing.
    pub fn short(&self) -> String {
        hex::encode(&self.0[..4])
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex::encode(self.0))
    }
}
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.short())
    }
}
impl FromStr for Pin {
    type Err = PinError;
    fn from_str(text: &str) -> Result<Self, PinError> {
        let mut bytes = [0u8; 32];
        let digits = text.trim().strip_prefix(PREFIX).ok_or(PinError::Format)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| PinError::Format)?;
        Ok(Self(bytes))
    }
}
impl TryFrom<String> for Pin {
    type Error = PinError;
    fn try_from(text: String) -> Result<Self, PinError> {
        text.parse()
    }
}
impl From<Pin> for String {
    fn from(pin: Pin) -> String {
        pin.to_string()
    }
}
