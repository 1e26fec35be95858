//! A working copy as an Automerge document of the organisation's own, and [`Draft`], what it says.
//!
//! Shape, all of it under the root:
//! - `meta`: map, `kind` and `format`; written once, when the copy is founded;
//! - `fields`: map from path to a string that holds the value with its type; for a set of references or a prose only a
//!   mark that it is there (see `field.rs`);
//! - `members`: map from `path reference` to true, one for each member of a set, so that two people who add different
//!   partners keep both;
//! - `prose`: map from path to a text object, so that two people who write in one text keep every word;
//! - `private`: map from key to text, which never leaves the node.
//!
//! The containers, and the texts that every document of a kind has, are made by one change that is the same bytes on
//! every device, since a container made twice would hide one side. This module deliberately knows no files, no network
//! and no rules about who may write what.

mod field;
mod read;
#[cfg(test)]
mod tests;
mod write;

use automerge::{
    ActorId, Automerge, AutomergeError, ObjType, ROOT, transaction::CommitOptions, transaction::Transactable,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{IdError, Path},
    limits,
    value::Value,
};
use std::collections::BTreeMap;

pub use read::{contested, kind, read};
pub use write::write;

/// Version of the shape above.
const FORMAT: i64 = 1;
/// Bytes of one prose text in a draft, UTF-8. More than may be published: where several parties have written much at
/// once, all of it is there for a coordinator to shorten.
pub const PROSE_DRAFT_BYTES_MAX: usize = 8 * limits::PROSE_BYTES_MAX;
/// Bytes of one private text, UTF-8.
pub const PRIVATE_BYTES_MAX: usize = limits::PROSE_BYTES_MAX;
/// Bytes of the key of a private text, UTF-8.
pub const PRIVATE_KEY_BYTES_MAX: usize = 300;
/// Fields, texts or private texts that one working copy may have.
pub const ENTRIES_MAX: usize = 4_096;

/// What a working copy says. A path stands in `fields` or in `prose`, never in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Every value but prose.
    pub fields: BTreeMap<Path, Value>,
    pub prose: BTreeMap<Path, String>,
    /// Never leaves the node.
    pub private: BTreeMap<String, String>,
}

impl Draft {
    /// The value at a path, prose too.
    pub fn value(&self, path: &Path) -> Option<Value> {
        self.fields.get(path).cloned().or_else(|| self.prose.get(path).cloned().map(Value::Prose))
    }

    /// States a value at a path, where it belongs by its type.
    pub fn set(&mut self, path: Path, value: Value) {
        self.remove(&path);
        match value {
            Value::Prose(text) => drop(self.prose.insert(path, text)),
            other => drop(self.fields.insert(path, other)),
        }
    }

    /// Takes away what stands at a path; true if something did.
    pub fn remove(&mut self, path: &Path) -> bool {
        let field = self.fields.remove(path).is_some();
        self.prose.remove(path).is_some() || field
    }

    /// Every path with its value, prose too: what may be published. Private texts are not among them (keeps I4).
    pub fn values(&self) -> BTreeMap<Path, Value> {
        let prose = self.prose.iter().map(|(path, text)| (path.clone(), Value::Prose(text.clone())));
        self.fields.iter().map(|(path, value)| (path.clone(), value.clone())).chain(prose).collect()
    }

    /// Checks what people enter: legal values, bounded texts, no path twice.
    pub fn check(&self) -> Result<(), ModelError> {
        let illegal = |path: &Path, code| ModelError::Illegal { place: path.to_string(), code };
        if self.fields.len().max(self.prose.len()).max(self.private.len()) > ENTRIES_MAX {
            return Err(ModelError::Illegal { place: "/".to_owned(), code: Code::InputTooLong });
        }
        for (path, value) in &self.fields {
            if matches!(value, Value::Prose(_)) || self.prose.contains_key(path) {
                return Err(illegal(path, Code::InputValue));
            }
            value.check().map_err(|code| illegal(path, code))?;
        }
        for (path, text) in &self.prose {
            check_text(text, PROSE_DRAFT_BYTES_MAX).map_err(|code| illegal(path, code))?;
        }
        for (key, text) in &self.private {
            let key_fits = if key.is_empty() { Err(Code::InputEmpty) } else { check_text(key, PRIVATE_KEY_BYTES_MAX) };
            key_fits
                .and_then(|()| check_text(text, PRIVATE_BYTES_MAX))
                .map_err(|code| ModelError::Illegal { place: format!("private/{key}"), code })?;
        }
        Ok(())
    }
}

fn check_text(text: &str, bytes_max: usize) -> Result<(), Code> {
    if text.len() > bytes_max {
        return Err(Code::InputTooLong);
    }
    if text.contains('\0') { Err(Code::InputCharacter) } else { Ok(()) }
}

/// Why a working copy cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The document has not the shape of a working copy, or not of a format that this program knows.
    #[error("the working copy is damaged at {place}: {what}")]
    Damaged { place: String, what: String },
    /// A value that must not be written. `place` is the path, or `private/` and the key.
    #[error("what is to be written at {place} is not allowed ({code})")]
    Illegal { place: String, code: Code },
    /// The text has moved on since `old` was read: writing would take others' words away.
    #[error("the text at {0} has changed since it was read")]
    Stale(Path),
    #[error("the working copy cannot be changed")]
    Automerge(#[from] AutomergeError),
}

impl ModelError {
    fn damaged(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Damaged { place: place.into(), what: what.into() }
    }

    fn path(text: &str, error: &IdError) -> Self {
        Self::damaged(text.chars().take(64).collect::<String>(), error.to_string())
    }

    pub fn code(&self) -> Code {
        match self {
            Self::Illegal { code, .. } => *code,
            Self::Stale(_) => Code::InputConflict,
            Self::Damaged { .. } | Self::Automerge(_) => Code::InputChange,
        }
    }

    /// The path or private key that is meant, if any.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Damaged { place, .. } | Self::Illegal { place, .. } => Some(place.clone()),
            Self::Stale(path) => Some(path.to_string()),
            Self::Automerge(_) => None,
        }
    }
}

/// A new, empty working copy. Its one change is the same on every device and node, so that copies merge although each
/// was founded alone. The actor is random afterwards; a writer sets its own, one that nobody else writes as.
pub fn found(kind: DocumentKind) -> Automerge {
    let mut document = Automerge::new().with_actor(ActorId::from(*b"samsyn founding."));
    if let Err(error) = found_in(&mut document, kind) {
        unreachable!("an empty document takes new containers: {error}");
    }
    document.with_actor(ActorId::random())
}

fn found_in(document: &mut Automerge, kind: DocumentKind) -> Result<(), AutomergeError> {
    let mut tx = document.transaction();
    let meta = tx.put_object(ROOT, "meta", ObjType::Map)?;
    tx.put(&meta, "kind", kind_name(kind))?;
    tx.put(&meta, "format", FORMAT)?;
    for container in ["fields", "members", "private"] {
        tx.put_object(ROOT, container, ObjType::Map)?;
    }
    let prose = tx.put_object(ROOT, "prose", ObjType::Map)?;
    for path in expected_prose(kind) {
        tx.put_object(&prose, *path, ObjType::Text)?;
    }
    tx.commit_with(CommitOptions::default().with_time(0));
    Ok(())
}

/// Texts that a document of the kind is expected to have: made empty at once, so that nobody makes them twice.
fn expected_prose(kind: DocumentKind) -> &'static [&'static str] {
    match kind {
        DocumentKind::Work => &["/facts/summary", "/note"],
        _ => &["/note"],
    }
}

/// As in charters, files and pages.
pub fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Work => "work",
        DocumentKind::Roadmap => "roadmap",
        DocumentKind::Decision => "decision",
        DocumentKind::Indicators => "indicators",
        DocumentKind::Programme => "programme",
    }
}

/// The kind that a name means.
pub fn kind_of_name(name: &str) -> Option<DocumentKind> {
    use DocumentKind::{Decision, Indicators, Programme, Roadmap, Work};
    [Work, Roadmap, Decision, Indicators, Programme].into_iter().find(|kind| kind_name(*kind) == name)
}
