//! What a command tells the operator when it fails: a stable code, a sentence, and what to do about it.

use samsyn_core::{charter::CharterError, code::Code, id::IdError, sign::KeyError};
use samsyn_wire::transport::{DialError, FileError, IdentityError, PinError};
use serde_json::{Value, json};
use std::{io, path::Path};

/// Why a command failed. Printed once, at the edge; never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub code: Code,
    pub message: String,
    /// What the operator can do.
    pub remedy: String,
    /// The option, key or argument that is at fault, if one is.
    pub field: Option<String>,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, message: message.into(), remedy: remedy.into(), field: None }
    }

    /// A command line that cannot be carried out.
    pub fn usage(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Code::Usage, message, remedy)
    }

    /// A configuration that cannot be used.
    pub fn config(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Code::ConfigInvalid, message, remedy)
    }

    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// An operation of the system that failed: `doing` as in "reading charter.toml".
    pub fn io(doing: impl AsRef<str>, error: &io::Error) -> Self {
        let (code, remedy) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                (Code::StoreFull, "make room on the disk, then try again")
            }
            io::ErrorKind::ReadOnlyFilesystem => (Code::StoreReadOnly, "make the file system writable"),
            io::ErrorKind::AddrInUse => {
                (Code::InUse, "stop the program that uses the address, or choose another address or port")
            }
            io::ErrorKind::AddrNotAvailable => {
                (Code::ConfigInvalid, "choose an address that this machine has, such as 127.0.0.1 or 0.0.0.0")
            }
            // A file that people write, saved in another encoding or damaged.
            io::ErrorKind::InvalidData => (Code::ConfigInvalid, "save the file as UTF-8, or put back a copy of it"),
            io::ErrorKind::NotFound => (Code::Failed, "check the path"),
            io::ErrorKind::PermissionDenied => {
                (Code::Failed, "give this user the right to it (a port below 1024 needs its own permission)")
            }
            io::ErrorKind::AlreadyExists => (Code::Failed, "choose another name, or move what is there away first"),
            _ => (Code::Failed, "see the system's message above"),
        };
        Self::new(code, format!("{}: {error}", doing.as_ref()), remedy)
    }

    pub fn exit_code(&self) -> u8 {
        self.code.exit_code()
    }

    /// For standard error.
    pub fn to_text(&self) -> String {
        format!("samsynd: {}\n  remedy: {}\n  code: {}", self.message, self.remedy, self.code)
    }

    /// For standard output with `--json`.
    pub fn to_json(&self) -> Value {
        let Self { code, message, remedy, field } = self;
        json!({"schema": 1, "error": {"code": code.as_str(), "message": message, "remedy": remedy, "field": field}})
    }
}

/// Says what was being done to which file when the system refused.
pub trait Doing<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, Failure>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, Failure> {
        self.map_err(|e| Failure::io(format!("{what} {}", path.display()), &e))
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let failure = match &error {
            FileError::Io { path, source } => Self::io(format!("using {}", path.display()), source),
            FileError::Exists { .. } => Self::new(Code::Failed, error.to_string(), error.remedy()),
            _ => Self::new(Code::KeyFile, error.to_string(), error.remedy()),
        };
        failure.field(error.path().display().to_string())
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        let (message, remedy) = (error.to_string(), error.remedy());
        match error {
            IdentityError::File(file) => file.into(),
            _ => Self::new(Code::KeyFile, message, remedy),
        }
    }
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        Self::new(error.code(), error.to_string(), error.remedy())
    }
}

impl From<CharterError> for Failure {
    fn from(error: CharterError) -> Self {
        let remedy = match error.code {
            Code::CharterThreshold | Code::CharterSignature => {
                "collect the missing signatures: each party runs 'samsynd charter sign' on exactly these file bytes"
            }
            Code::CharterVersion => "use a samsynd that knows this charter, or check the version numbers",
            Code::CharterPrevious => "put the earlier charter files and their signatures beside it",
            Code::CharterCut => "state with --cut what is kept of that party's logs",
            Code::CharterForeign => "use the charter of the federation that this node belongs to",
            _ => "correct the charter file; every party then signs it anew",
        };
        Self::new(error.code, error.message, remedy)
    }
}

impl From<PinError> for Failure {
    fn from(error: PinError) -> Self {
        Self::new(Code::InputValue, error.to_string(), "copy the pin as the other program printed it").field("pin")
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::new(Code::InputValue, error.to_string(), "copy the text as samsynd printed it")
    }
}

impl From<IdError> for Failure {
    fn from(error: IdError) -> Self {
        Self::new(Code::InputValue, error.to_string(), "write it as the message says")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_taken_port_have_their_own_codes() {
        let full = Failure::io("writing node.db", &io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((full.code, full.exit_code()), (Code::StoreFull, 1));
        let taken = Failure::io("listening on 127.0.0.1:7000", &io::Error::from(io::ErrorKind::AddrInUse));
        assert_eq!((taken.code, taken.exit_code()), (Code::InUse, 7));
    }

    #[test]
    fn the_two_forms_carry_the_same() {
        let failure = Failure::config("no", "yes").field("api.listen");
        assert_eq!(failure.to_text(), "samsynd: no\n  remedy: yes\n  code: config.invalid");
        let expected = json!({"schema": 1, "error":
            {"code": "config.invalid", "message": "no", "remedy": "yes", "field": "api.listen"}});
        assert_eq!(failure.to_json(), expected);
    }
}
