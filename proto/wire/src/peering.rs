//! The stubs of the stream between nodes, with the protocol's bounds set. What is sent is mostly hashes, signatures and
//! salts, which cannot be compressed: trying cost a tenth of what a change costs. Peers that compress are understood.

use crate::v1::{
    peering_client::PeeringClient,
    peering_server::{Peering, PeeringServer},
};
use prost::Message;
use samsyn_core::limits::FRAME_BYTES_MAX;
use tonic::{codec::CompressionEncoding, transport::Channel};

/// The service, to be added to a node's listener for peers. A larger frame ends the stream before it is decoded;
/// the bound holds for the frame as decompressed.
pub fn server<T: Peering>(service: T) -> PeeringServer<T> {
    PeeringServer::new(service)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(FRAME_BYTES_MAX)
        .max_encoding_message_size(FRAME_BYTES_MAX)
}

/// The dialling side's stub, with the same bounds.
pub fn client(channel: Channel) -> PeeringClient<Channel> {
    PeeringClient::new(channel)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(FRAME_BYTES_MAX)
        .max_encoding_message_size(FRAME_BYTES_MAX)
}

/// Bytes of a frame before compression.
pub fn frame_bytes(frame: &crate::v1::Frame) -> usize {
    frame.encoded_len()
}
