//! Signatures over exact bytes, each with the domain it is made for, so that a signature for one purpose can never
//! serve for another. Ed25519 with strict verification (RFC 8032, small-order keys refused).

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a signature is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// The last header of a commit.
    Commit,
    /// A charter file.
    Charter,
    /// A contact time on a stream.
    Contact,
    /// The list of what is handed out in a pack.
    Pack,
}

impl Domain {
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Commit => b"samsyn/v1/commit\0",
            Self::Charter => b"samsyn/v1/charter\0",
            Self::Contact => b"samsyn/v1/contact\0",
            Self::Pack => b"samsyn/v1/pack\0",
        }
    }
    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.prefix(), bytes].concat()
    }
}

/// Text that is not a key, or bytes that are not a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a log key is written 'ed25519:' and 64 hexadecimal characters")]
    Format,
    #[error("a signature is 64 bytes, 128 hexadecimal characters")]
    Signature,
}

/// A party's public log key.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// True if `signature` was made by this key over exactly `bytes` for `domain`.
    pub fn verify(&self, domain: Domain, bytes: &[u8], signature: &Signature) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else { return false };
        key.verify_strict(&domain.message(bytes), &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519:{}", hex::encode(self.0))
    }
}
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519:{}", hex::encode(&self.0[..4]))
    }
}
impl FromStr for PublicKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0u8; 32];
        let digits = text.strip_prefix("ed25519:").ok_or(KeyError::Format)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| KeyError::Format)?;
        VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Format)?;
        Ok(Self(bytes))
    }
}
impl TryFrom<String> for PublicKey {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}
impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Signature(pub [u8; 64]);

impl Signature {
    pub fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self).map_err(|_| KeyError::Signature)
    }
}
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", hex::encode(&self.0[..4]))
    }
}
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
impl FromStr for Signature {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0u8; 64];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| KeyError::Signature)?;
        Ok(Self(bytes))
    }
}

/// A party's secret log key. Never shown: `Debug` prints the public half.
#[derive(Clone)]
pub struct LogKey(SigningKey);

impl LogKey {
    /// The key of 32 secret bytes.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }
    /// Signs exactly `bytes` for `domain`.
    pub fn sign(&self, domain: Domain, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(&domain.message(bytes)).to_bytes())
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey(public {:?})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_for_one_purpose_does_not_serve_for_another() {
        let key = LogKey::from_secret(&[7; 32]);
        let signature = key.sign(Domain::Charter, b"text");
        assert!(key.public().verify(Domain::Charter, b"text", &signature));
        assert!(!key.public().verify(Domain::Commit, b"text", &signature));
        assert!(!key.public().verify(Domain::Charter, b"Text", &signature));
    }

    #[test]
    fn debug_never_shows_the_secret() {
        let shown = format!("{:?}", LogKey::from_secret(&[0xAB; 32]));
        assert!(!shown.contains("abab"), "{shown}");
    }

    /// RFC 8032 section 7.1, test 2, shows that the keys are plain Ed25519 keys.
    #[test]
    fn keys_are_those_of_rfc_8032() {
        let secret: [u8; 32] = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
            .expect("hex")
            .try_into()
            .expect("32 bytes");
        assert_eq!(
            LogKey::from_secret(&secret).public().to_string(),
            "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
    }
}
