//! How a stream ends: the reason for the operator's log, and the stable code, which the side that accepted the stream
//! also tells the peer.

use samsyn_core::code::Code;
use samsyn_wire::v1;
use tonic::Status;

/// Why a stream ended; without a code where nothing was wrong.
#[derive(Debug)]
pub(super) struct End {
    pub(super) code: Option<Code>,
    pub(super) reason: String,
}

impl End {
    pub(super) fn plain(reason: impl Into<String>) -> Self {
        Self { code: None, reason: reason.into() }
    }

    pub(super) fn coded(code: Code, reason: impl Into<String>) -> Self {
        Self { code: Some(code), reason: reason.into() }
    }

    /// What the transport says: a message too large or not to be decoded is the peer's doing, a connection that was
    /// lost is nobody's.
    pub(super) fn of_status(status: &Status) -> Self {
        use tonic::Code as Grpc;
        let code = match samsyn_wire::parse_status(status).0 {
            Some(told) => Some(told),
            None => matches!(status.code(), Grpc::OutOfRange | Grpc::ResourceExhausted | Grpc::Internal)
                .then_some(Code::PeerProtocol),
        };
        Self { code, reason: status.message().to_owned() }
    }
}

/// What the transport takes on either side of a stream.
pub(super) trait Wire: Send + Sized + 'static {
    fn frame(frame: v1::Frame) -> Self;
    /// The last word to the peer, where the transport has one.
    fn end(code: Code, reason: &str) -> Option<Self>;
}

/// The side that has dialled only ends its stream.
impl Wire for v1::Frame {
    fn frame(frame: v1::Frame) -> Self {
        frame
    }
    fn end(_: Code, _: &str) -> Option<Self> {
        None
    }
}

/// The side that has accepted ends it with a status.
impl Wire for Result<v1::Frame, Status> {
    fn frame(frame: v1::Frame) -> Self {
        Ok(frame)
    }
    fn end(code: Code, reason: &str) -> Option<Self> {
        Some(Err(samsyn_wire::status(code, reason, "", None)))
    }
}
