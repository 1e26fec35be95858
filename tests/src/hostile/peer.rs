//! A stream to a node, as a peer that keeps to the protocol only where it wants to: any bytes as a frame, any answers or
//! none, reading or not.

use anyhow::{Context, Result, bail, ensure};
use prost::{Message as _, bytes::BufMut};
use samsyn_core::{
    code::Code,
    commit::SignedCommit,
    id::{Digest, FederationId, HeaderHash},
    sync::{Frame, Hello, Want},
};
use samsyn_wire::{
    transport::{self, Identity, Pin, PinSet},
    v1,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{
    Status, Streaming,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::Channel,
};

/// How long a node may take for what it answers at once.
pub(super) const SOON: Duration = Duration::from_secs(10);

/// See the module's documentation. Dropping it ends the stream.
pub(super) struct Peer {
    out: mpsc::Sender<Vec<u8>>,
    inbound: Streaming<v1::Frame>,
    /// What the node has sent and nobody has looked at.
    pub(super) seen: Vec<Frame>,
}

/// Where a node listens, and whose key the caller holds.
#[derive(Clone)]
pub(super) struct Dial {
    pub(super) address: SocketAddr,
    pub(super) server: Pin,
    pub(super) identity: Identity,
    pub(super) federation: FederationId,
}

impl Dial {
    pub(super) async fn channel(&self) -> Result<Channel> {
        let endpoint = format!("https://{}", self.address);
        transport::connect(&endpoint, &self.identity, PinSet::new([self.server])).await.context("the dial fails")
    }

    /// A stream on which nothing has been said.
    pub(super) async fn stream(&self) -> Result<Peer> {
        Peer::open(self.channel().await?, false).await
    }

    /// A stream that has been greeted as an honest peer would.
    pub(super) async fn greeted(&self) -> Result<Peer> {
        let mut peer = self.stream().await?;
        peer.send(&Frame::Hello(self.hello())).await?;
        Ok(peer)
    }

    pub(super) fn hello(&self) -> Hello {
        Hello {
            federation: self.federation,
            minor: 1,
            charters: Digest([0; 32]),
            rule_sets: vec![1],
            now_ms: samsyn_server::driver::now_ms(),
        }
    }
}

impl Peer {
    /// Opens a stream over a channel, with or without compressing what is sent.
    pub(super) async fn open(channel: Channel, compressed: bool) -> Result<Self> {
        let (out, frames) = mpsc::channel(16);
        let mut grpc = tonic::client::Grpc::new(channel)
            .accept_compressed(CompressionEncoding::Zstd)
            .max_decoding_message_size(64 * 1024 * 1024)
            .max_encoding_message_size(usize::MAX);
        if compressed {
            grpc = grpc.send_compressed(CompressionEncoding::Zstd);
        }
        grpc.ready().await.context("the connection does not stand")?;
        let request = tonic::Request::new(ReceiverStream::new(frames));
        let path = PathAndQuery::from_static("/samsyn.v1.Peering/Sync");
        let answer = grpc.streaming(request, path, Raw).await.context("the call is refused")?;
        Ok(Self { out, inbound: answer.into_inner(), seen: Vec::new() })
    }

    pub(super) async fn send(&mut self, frame: &Frame) -> Result<()> {
        self.send_raw(v1::Frame::from(frame).encode_to_vec()).await
    }

    pub(super) async fn commits(&mut self, range: &[SignedCommit]) -> Result<()> {
        self.send(&Frame::Commits(range.to_vec())).await
    }

    /// Any bytes as one message.
    pub(super) async fn send_raw(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.out.send(bytes).await.context("the stream has ended")
    }

    /// The next frame; `None` where the node has ended the stream without a fault.
    async fn next(&mut self, within: Duration) -> Result<Option<Result<Frame, Status>>> {
        loop {
            let next = tokio::time::timeout(within, self.inbound.next()).await.context("nothing comes in time")?;
            match next {
                None => return Ok(None),
                Some(Err(status)) => return Ok(Some(Err(status))),
                Some(Ok(frame)) => {
                    if let Some(frame) = Option::<Frame>::try_from(frame).context("an honest node's frame")? {
                        return Ok(Some(Ok(frame)));
                    }
                }
            }
        }
    }

    /// Waits for a frame that `pick` takes something from; the others are kept in `seen`.
    pub(super) async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&Frame) -> Option<T>) -> Result<T> {
        if let Some(found) = self.seen.iter().find_map(&mut pick) {
            return Ok(found);
        }
        let deadline = Instant::now() + SOON;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.next(left).await.with_context(|| format!("waiting for {what}"))? {
                Some(Ok(frame)) => {
                    let found = pick(&frame);
                    self.seen.push(frame);
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
                Some(Err(status)) => bail!("waiting for {what}, the stream ended: {status}"),
                None => bail!("waiting for {what}, the stream ended"),
            }
        }
    }

    /// Forgets what has come so far.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }

    /// Waits until the node ends the stream, and checks with which code.
    pub(super) async fn ends_with(&mut self, code: Code) -> Result<()> {
        let deadline = Instant::now() + SOON;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.next(left).await.with_context(|| format!("waiting until the node ends with {code}"))? {
                Some(Ok(_)) => {}
                Some(Err(status)) => {
                    let told = samsyn_wire::parse_status(&status).0;
                    ensure!(told == Some(code), "the stream ends with {told:?} ({status}), not {code}");
                    return Ok(());
                }
                None => bail!("the stream ends without a code, not with {code}"),
            }
        }
    }

    /// Shows that the node still answers on this stream: it gives a commit that it has.
    pub(super) async fn answers(&mut self, known: &Want) -> Result<Vec<SignedCommit>> {
        self.forget();
        self.send(&Frame::Want(known.clone())).await?;
        self.until("the commits asked for", |frame| match frame {
            Frame::Commits(range) if range.iter().any(|c| c.hashes().contains(&known.tip)) => Some(range.clone()),
            _ => None,
        })
        .await
    }

    /// The same where much is under way before: waits longer.
    pub(super) async fn answers_at_last(&mut self, known: &Want) -> Result<Vec<SignedCommit>> {
        let mut answer = self.answers(known).await;
        for _ in 0..3 {
            if answer.is_ok() {
                break;
            }
            answer = self.answers(known).await;
        }
        answer
    }

    /// Answers one request for a range among what comes.
    pub(super) async fn serve(&mut self, commits: &[SignedCommit]) -> Result<HeaderHash> {
        let want = self
            .until("a request", |frame| if let Frame::Want(want) = frame { Some(want.clone()) } else { None })
            .await?;
        self.forget();
        let at = commits.iter().position(|c| c.hashes().contains(&want.tip)).context("a tip of ours is asked for")?;
        let from = commits[..=at].iter().rposition(|c| c.hashes().iter().any(|h| want.known.contains(h)));
        self.commits(&commits[from.map_or(0, |i| i + 1)..=at]).await?;
        Ok(want.tip)
    }
}

/// Bytes out as they are, frames in.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = v1::Frame;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        Self
    }
    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;
    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = v1::Frame;
    type Error = Status;
    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<v1::Frame>, Status> {
        v1::Frame::decode(from).map(Some).map_err(|e| Status::internal(e.to_string()))
    }
}
