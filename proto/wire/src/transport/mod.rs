//! Mutual TLS 1.3 with pinned keys, for streams between nodes, the client API and the client program.
//!
//! Identity is a public key (a [`Pin`]) that the charter, a party's card or a device list names: no shared certificate
//! authority and no web PKI. This module decides who a connection belongs to and refuses whoever is not admitted; it
//! deliberately does not know what the other side may do once connected (roles, membership, revoked devices on a
//! connection that already stands: the services check those at each call).
//!
//! There is no plaintext way in or out: the only connector made here does TLS, although tonic must be given an
//! `http://` address for a connector that does TLS itself.

mod accept;
mod admission;
mod dial;
mod file;
mod identity;
mod pin;
#[cfg(test)]
mod tests;
mod tls;
mod verify;

pub use accept::{AcceptLimits, Connection, PeerInfo, accept, server_builder};
pub use dial::{DialError, Endpoint, certificate_refused, connect};
pub use file::{FileError, create_file, create_private_file, read_private_file, replace_file};
pub use identity::{Identity, IdentityError, generate_key_pem, self_signed};
pub use pin::{Pin, PinError};
pub use tls::{client_config, server_config};
pub use verify::{PinPolicy, PinSet};

use std::time::Duration;

/// The only application protocol spoken over these connections.
const ALPN_H2: &[u8] = b"h2";
/// Admitted connections that one listener holds at once; further ones wait.
pub const CONNECTIONS_MAX: usize = 512;
/// Those among them that one key may have: a peer needs two (each side may dial), a program with many calls some more.
pub const CONNECTIONS_PER_KEY_MAX: usize = 32;
/// Handshakes under way at one listener; further ones wait.
pub const HANDSHAKES_MAX: usize = 512;
/// Those among them that may come from one address. Many clients may share one (translation of addresses, a proxy).
pub const HANDSHAKES_PER_ADDRESS_MAX: usize = 64;
/// How long the other side may take for a handshake.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a TCP connection may take to be made.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often an idle connection is asked for a sign of life, and how long the answer may take. Together they bound how
/// long a connection that is dead without anybody having been told counts as standing.
pub const KEEPALIVE_EVERY: Duration = Duration::from_secs(5);
pub const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that may be under way on one call or stream, and on one connection. A sign of life waits behind them, so on a
/// line that carries fewer in [`KEEPALIVE_TIMEOUT`] (26 kB a second) a busy connection would be taken for dead.
pub const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
pub const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// Calls and streams that one connection may have open.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 64;
/// Bytes of the headers of one call.
pub const HEADER_LIST_BYTES_MAX: u32 = 16 * 1024;
/// Bytes of one HTTP/2 frame (larger messages take several).
pub const HTTP2_FRAME_BYTES_MAX: u32 = 64 * 1024;
