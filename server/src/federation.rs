//! Streams between nodes: one listener, one dialer per party, and what runs on a stream. Knows no rules: the driver and
//! the core's machine do.

mod backoff;
mod end;
mod streams;

use crate::{
    directory::Directory,
    driver::{self, Handle, Outgoing, Outgoings},
    failure::Failure,
    store::Store,
};
use backoff::Backoff;
use end::{End, Wire};
use samsyn_core::{
    code::Code,
    id::{FactId, HeaderHash, OrgId},
    limits,
    sync::{Frame, SessionId},
};
use samsyn_wire::{
    peering,
    transport::{self, AcceptLimits, Identity, PeerInfo},
    v1::{self, peering_server::Peering},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use streams::{Entered, Streams};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument;

/// Frames that wait between our encoder and the transport.
const WIRE_FRAMES: usize = 8;
/// How long the party with the later id waits for the other to dial.
const YIELD: Duration = Duration::from_millis(750);
/// How long the peer may take nothing off a stream on which something waits.
const WRITE_TIMEOUT: Duration = Duration::from_millis(limits::WRITE_TIMEOUT_MS);

/// What every stream needs.
#[derive(Clone, Debug)]
pub struct Federation {
    driver: Handle,
    directory: Arc<Directory>,
    store: Arc<Store>,
    sessions: Arc<AtomicU64>,
    streams: Streams,
}

impl Federation {
    pub fn new(driver: Handle, directory: Arc<Directory>, store: Arc<Store>) -> Self {
        Self { driver, directory, store, sessions: Arc::default(), streams: Streams::default() }
    }

    /// Serves other nodes until the task is dropped.
    pub async fn serve(self, listener: TcpListener, identity: &Identity) -> Result<(), Failure> {
        let config = transport::server_config(identity, self.directory.any_party())
            .map_err(|e| Failure::new(Code::TlsCertificate, e.to_string(), "check the node's certificate and key"))?;
        // The transport has logged it.
        let incoming = transport::accept(listener, config, AcceptLimits::default(), |_, _, _| {});
        let (_, health) = tonic_health::server::health_reporter();
        let served = transport::server_builder()
            .add_service(peering::server(Service(self)))
            .add_service(health)
            .serve_with_incoming(incoming)
            .await;
        served.map_err(|e| Failure::new(Code::Failed, format!("the listener for nodes ended: {e}"), "restart the node"))
    }

    /// Keeps a stream to every party that has an endpoint, as the charter in force has them.
    pub async fn dial(self, identity: Identity) {
        let identity = Arc::new(identity);
        let mut dialers = std::collections::BTreeMap::new();
        loop {
            for party in self.directory.parties() {
                dialers.entry(party.clone()).or_insert_with(|| {
                    let dialer = self.clone().dial_party(party.clone(), identity.clone());
                    tokio::spawn(dialer.instrument(tracing::info_span!("dial", peer = %party)))
                });
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }

    async fn dial_party(self, party: OrgId, identity: Arc<Identity>) {
        let mut backoff = Backoff::new();
        let mut attempt = 0usize;
        let mut told = None;
        loop {
            if self.directory.second_to(&party) && !self.directory.connected(&party) {
                // Both sides dial; the one with the later id lets the other go first, so that one stream is enough.
                tokio::time::sleep(YIELD).await;
            }
            let endpoints = self.directory.endpoints(&party);
            let began = Instant::now();
            if self.directory.connected(&party) {
                self.directory.parted(&party).await;
                backoff.stood(began.elapsed());
                told = None;
            } else if !endpoints.is_empty() {
                let endpoint = &endpoints[attempt % endpoints.len()];
                attempt += 1;
                match self.dial_once(&party, endpoint, &identity).await {
                    Ok(()) => {
                        backoff.stood(began.elapsed());
                        told = None;
                    }
                    Err(failure) => {
                        // Tried every few seconds, for days if need be: said once for each reason.
                        if told == Some((endpoint.clone(), failure.code)) {
                            tracing::debug!(endpoint, code = %failure.code, "not reached: {failure}");
                        } else {
                            tracing::info!(endpoint, code = %failure.code, "not reached: {failure}");
                            told = Some((endpoint.clone(), failure.code));
                        }
                        backoff.failed();
                    }
                }
            }
            tokio::time::sleep(jittered(&backoff)).await;
        }
    }

    async fn dial_once(&self, party: &OrgId, endpoint: &str, identity: &Identity) -> Result<(), Failure> {
        let channel = transport::connect(endpoint, identity, self.directory.only(party)).await?;
        let (wire, frames) = mpsc::channel(WIRE_FRAMES);
        let unreachable = |status: Status| {
            Failure::new(
                Code::Unreachable,
                format!("the node of '{party}' ended the call: {}", status.message()),
                "see that node's log",
            )
        };
        let answer = peering::client(channel).sync(ReceiverStream::new(frames)).await.map_err(unreachable)?;
        self.run(party.clone(), answer.into_inner(), wire).await;
        Ok(())
    }

    /// One stream, from its first frame to its end.
    async fn run<T: Wire>(&self, peer: OrgId, inbound: Streaming<v1::Frame>, wire: mpsc::Sender<T>) {
        let session = SessionId(self.sessions.fetch_add(1, Ordering::Relaxed));
        let _connected = self.directory.connect(peer.clone());
        let share = self.streams.enter(peer.clone());
        let (outbox, outgoing, dropped) = driver::outbox();
        if self.driver.opened(session, peer.clone(), outbox).await.is_err() {
            return;
        }
        let span = tracing::info_span!("stream", peer = %peer, session = session.0);
        let ended = async {
            tokio::select! {
                end = self.read(session, inbound, &share) => end,
                end = self.write(outgoing, &wire) => end,
                code = dropped.wait() => End { code, reason: "closed by this node".into() },
                () = share.superseded() => End::coded(Code::PeerTooMany, "newer streams have taken this one's place"),
                () = self.directory.keys_changed(&peer) => End::coded(Code::TlsUnpinned, "the charter gives the peer other keys"),
            }
        };
        let End { code, reason } = ended.instrument(span).await;
        let shown = code.map(tracing::field::display);
        tracing::info!(%peer, session = session.0, code = shown, reason, "disconnected");
        // Told if there is room for it: a peer that does not read will not read this either.
        if let Some(last) = code.and_then(|code| T::end(code, &reason)) {
            wire.try_send(last).ok();
        }
        self.driver.closed(session).await.ok();
    }

    async fn read(&self, session: SessionId, mut inbound: Streaming<v1::Frame>, share: &Entered) -> End {
        loop {
            let message = match inbound.next().await {
                None => return End::plain("the peer ended the stream"),
                Some(Err(status)) => return End::of_status(&status),
                Some(Ok(message)) => message,
            };
            let bytes = peering::frame_bytes(&message);
            match Option::<Frame>::try_from(message) {
                Ok(Some(frame)) => {
                    let Some(room) = share.room(bytes).await else { return End::plain("closed by this node") };
                    if let Err(failure) = self.driver.frame(session, frame, room).await {
                        return End::coded(failure.code, failure.message);
                    }
                }
                Ok(None) => {} // of a later minor version
                Err(error) => {
                    tracing::warn!(code = %error.code, "a frame is not of this protocol: {error}");
                    return End::coded(error.code, error.to_string());
                }
            }
        }
    }

    async fn write<T: Wire>(&self, mut outgoing: Outgoings, wire: &mpsc::Sender<T>) -> End {
        while let Some(next) = outgoing.next().await {
            let sent = match next {
                Outgoing::Frame(frame) => put(wire, frame.as_ref().into()).await,
                Outgoing::Range(headers) => self.send_range(&headers, wire).await,
                Outgoing::Values(facts) => self.send_values(facts, wire).await,
                Outgoing::Close(code) => Err(End::coded(code, format!("closed ({code})"))),
            };
            if let Err(end) = sent {
                return end;
            }
        }
        End::plain("closed by this node")
    }

    /// Reads a range from the store piece by piece, as fast as the peer takes it.
    async fn send_range<T: Wire>(&self, headers: &[HeaderHash], wire: &mpsc::Sender<T>) -> Result<(), End> {
        let mut rest = headers;
        while !rest.is_empty() {
            let part = self.store.read_commits(rest, limits::RANGE_FRAME_BYTES).await.map_err(unreadable)?;
            if part.headers == 0 {
                return Ok(()); // the range does not end with a commit: nothing more that can be verified
            }
            rest = &rest[part.headers..];
            failpoint!(RangeRead);
            let body = v1::frame::Body::Commits(part.commits.as_slice().into());
            put(wire, v1::Frame { body: Some(body) }).await?;
        }
        Ok(())
    }

    async fn send_values<T: Wire>(&self, facts: Vec<FactId>, wire: &mpsc::Sender<T>) -> Result<(), End> {
        let headers: std::collections::BTreeSet<HeaderHash> = facts.iter().map(|f| f.header).collect();
        let mut stored = self.store.values_of(&headers.into_iter().collect::<Vec<_>>()).await.map_err(unreadable)?;
        let mut found =
            facts.into_iter().filter_map(|f| Some((f, stored.get_mut(&f.header)?.remove(&f.index)?))).peekable();
        while found.peek().is_some() {
            let mut bytes = 0;
            let mut part = Vec::new();
            while let Some((fact, value)) = found.next_if(|_| bytes < limits::RANGE_FRAME_BYTES) {
                bytes += value.bytes.len();
                part.push((fact, value));
            }
            put(wire, (&Frame::Values(part)).into()).await?;
        }
        Ok(())
    }
}

/// Hands one frame to the transport as soon as the peer makes room for it.
async fn put<T: Wire>(wire: &mpsc::Sender<T>, frame: v1::Frame) -> Result<(), End> {
    match tokio::time::timeout(WRITE_TIMEOUT, wire.send(T::frame(frame))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::plain("the peer does not read")),
        Err(_) => Err(End::coded(Code::PeerSlow, format!("the peer has read nothing for {WRITE_TIMEOUT:?}"))),
    }
}

#[derive(Debug)]
struct Service(Federation);

#[tonic::async_trait]
impl Peering for Service {
    type SyncStream = ReceiverStream<Result<v1::Frame, Status>>;

    async fn sync(&self, request: Request<Streaming<v1::Frame>>) -> Result<Response<Self::SyncStream>, Status> {
        let pin = request.extensions().get::<PeerInfo>().map(|info| info.pin);
        // Asked again at each call: the charter may have changed since the handshake.
        let peer = pin.and_then(|pin| self.0.directory.party_of(&pin));
        let Some(peer) = peer else {
            return Err(samsyn_wire::status(Code::TlsUnpinned, "no party has this key", "", None));
        };
        let (wire, frames) = mpsc::channel(WIRE_FRAMES);
        let federation = self.0.clone();
        tokio::spawn(async move { federation.run(peer, request.into_inner(), wire).await });
        Ok(Response::new(ReceiverStream::new(frames)))
    }
}

/// What cannot be read rightly is not served on; the operator is told.
fn unreadable(failure: Failure) -> End {
    tracing::error!(code = %failure.code, remedy = failure.remedy, "{failure}");
    End::coded(failure.code, "the store of this node cannot be read")
}

fn jittered(backoff: &Backoff) -> Duration {
    let mut byte = [0u8; 1];
    getrandom::fill(&mut byte).ok();
    backoff.wait(byte[0])
}
