//! The wire contract: generated messages and stubs of `samsyn/v1`, their conversion to the types of the core, errors
//! with stable codes, and transport.
//!
//! Generated types stop at this border: `TryFrom` into the core's types is the validation (lengths, limits, alphabets).
//! This crate deliberately does not know what a frame or a request leads to.

pub mod convert;
pub mod error;
pub mod peering;
pub mod transport;

/// Generated from `proto/samsyn/v1/*.proto`, where every message and field is described.
// Generated code follows other style rules than ours.
#[allow(clippy::pedantic, missing_debug_implementations, unreachable_pub)]
pub mod v1 {
    tonic::include_proto!("samsyn.v1");
}

/// The descriptors of every file of `samsyn.v1`, for server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/samsyn.bin"));

pub use convert::WireError;
pub use error::{parse_status, status};
