//! This node's secrets: the key that signs its logs and charters, and its TLS identity.

use crate::{config::IdentityFiles, failure::Failure};
use samsyn_core::{code::Code, sign::LogKey};
use samsyn_wire::transport::{self, Identity};
use std::{
    path::Path,
    time::{Duration, SystemTime},
};
use zeroize::Zeroizing;

/// How long before its end a certificate is worth a warning.
const WARN_BEFORE: Duration = Duration::from_hours(30 * 24);

/// Both identities. `Debug` shows public halves only.
#[derive(Debug, Clone)]
pub struct NodeIdentity {
    pub log_key: LogKey,
    pub tls: Identity,
}

impl NodeIdentity {
    pub fn load(files: &IdentityFiles) -> Result<Self, Failure> {
        let log_key = load_log_key(&files.log_key).map_err(|f| f.field("identity.log_key"))?;
        let tls = Identity::load(&files.tls_certificate, &files.tls_key)
            .map_err(|e| Failure::from(e).field("identity.tls_certificate"))?;
        Ok(Self { log_key, tls })
    }

    /// Refuses a certificate that has ended; a sentence for the operator if it ends soon.
    pub fn check_validity(&self, now: SystemTime) -> Result<Option<String>, Failure> {
        const REMEDY: &str = "run 'samsynd cert renew' (the key and its pin stay the same)";
        let Some(until) = self.tls.valid_until() else { return Ok(None) };
        match until.duration_since(now) {
            Err(_) => Err(Failure::new(Code::TlsCertificate, "this node's TLS certificate has expired", REMEDY)
                .field("identity.tls_certificate")),
            Ok(left) if left < WARN_BEFORE => {
                let days = left.as_secs() / (24 * 60 * 60);
                Ok(Some(format!("this node's TLS certificate expires in {days} days: {REMEDY}")))
            }
            Ok(_) => Ok(None),
        }
    }
}

/// Reads a log key file: 64 hexadecimal characters, its owner's alone.
pub fn load_log_key(file: &Path) -> Result<LogKey, Failure> {
    let text = transport::read_private_file(file)?;
    let mut secret = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text.trim(), secret.as_mut()).map_err(|_| {
        let message = format!("{} is not a log key: expected 64 hexadecimal characters", file.display());
        Failure::new(Code::KeyFile, message, "restore the file from backup, or name the right one")
    })?;
    Ok(LogKey::from_secret(&secret))
}

/// Makes a new log key in a new file that is its owner's alone.
pub fn create_log_key(file: &Path) -> Result<LogKey, Failure> {
    let mut secret = Zeroizing::new([0u8; 32]);
    getrandom::fill(secret.as_mut()).map_err(|e| {
        Failure::new(Code::Failed, format!("the system gives no random numbers: {e}"), "see the system's documentation")
    })?;
    let mut text = Zeroizing::new([0u8; 65]);
    hex::encode_to_slice(secret.as_ref(), &mut text[..64]).map_err(|e| {
        Failure::new(Code::Failed, format!("the key could not be written: {e}"), "report this as a fault in samsynd")
    })?;
    text[64] = b'\n';
    transport::create_private_file(file, text.as_ref())?;
    Ok(LogKey::from_secret(&secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_log_key_reads_back_and_is_never_replaced() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("log.key");
        let made = create_log_key(&file).expect("made");
        assert_eq!(load_log_key(&file).expect("read").public(), made.public());
        create_log_key(&file).expect_err("exists");
        assert_eq!(load_log_key(&file).expect("read").public(), made.public());
    }

    #[cfg(unix)]
    #[test]
    fn a_log_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("log.key");
        create_log_key(&file).expect("made");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).expect("set");
        let failure = load_log_key(&file).expect_err("refused");
        assert_eq!((failure.code, failure.exit_code()), (Code::KeyFile, 3));
        assert!(failure.remedy.contains("chmod 600"), "{}", failure.remedy);
    }

    #[test]
    fn a_damaged_key_file_is_refused_without_showing_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("log.key");
        transport::create_private_file(&file, b"c0ffee-secret").expect("written");
        let failure = load_log_key(&file).expect_err("refused");
        assert!(!failure.to_text().contains("c0ffee"), "{failure}");
    }
}
