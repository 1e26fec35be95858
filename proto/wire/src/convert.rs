//! Conversion between generated messages and the core's types. Into the core is the validation: every length and every
//! limit of `samsyn_core::limits` that can be seen on a message by itself. What needs a log or a charter is judged later.

mod charters;
mod frame;
mod logs;
mod ranges;
mod states;
#[cfg(test)]
mod tests;
mod value;

pub use value::value_from_wire;

use samsyn_core::{
    code::Code,
    id::{IdError, Name},
    sign::Signature,
};

/// Why a message is not taken: which field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct WireError {
    pub code: Code,
    pub field: &'static str,
    pub what: String,
}

impl WireError {
    fn new(field: &'static str, what: impl Into<String>) -> Self {
        Self { code: Code::PeerProtocol, field, what: what.into() }
    }

    fn too_many(field: &'static str, count: usize, max: usize) -> Self {
        Self::new(field, format!("{count} where at most {max} are allowed"))
    }
}

/// Refuses a list past its bound.
fn at_most<T>(field: &'static str, list: &[T], max: usize) -> Result<(), WireError> {
    if list.len() > max { Err(WireError::too_many(field, list.len(), max)) } else { Ok(()) }
}

/// Reads an id by its `from_slice`.
fn id<T>(field: &'static str, bytes: &[u8], read: fn(&[u8]) -> Result<T, IdError>) -> Result<T, WireError> {
    read(bytes).map_err(|_| WireError::new(field, format!("{} bytes are no id of this kind", bytes.len())))
}

fn name(field: &'static str, text: &str) -> Result<Name, WireError> {
    Name::new(text).map_err(|e| WireError::new(field, e.to_string()))
}

fn signature(field: &'static str, bytes: &[u8]) -> Result<Signature, WireError> {
    Signature::from_slice(bytes).map_err(|e| WireError::new(field, e.to_string()))
}

fn present<T>(field: &'static str, message: Option<T>) -> Result<T, WireError> {
    message.ok_or_else(|| WireError::new(field, "is missing"))
}

/// Converts each item of a list.
fn each<A, B>(list: Vec<A>, convert: impl FnMut(A) -> Result<B, WireError>) -> Result<Vec<B>, WireError> {
    list.into_iter().map(convert).collect()
}

/// Refuses a map whose keys came twice: one of the two would be lost.
fn unique<K: Ord, V>(field: &'static str, pairs: Vec<(K, V)>) -> Result<std::collections::BTreeMap<K, V>, WireError> {
    let count = pairs.len();
    let map: std::collections::BTreeMap<K, V> = pairs.into_iter().collect();
    if map.len() == count { Ok(map) } else { Err(WireError::new(field, "names one key twice")) }
}
