//! Streams between nodes: one listener, one dialer per party, and what runs on a stream. Knows no rules: the driver and
//! the core's machine do.

use crate::{
    directory::Directory,
    driver::{Handle, OUTBOX, Outgoing},
    failure::Failure,
    store::Store,
};
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
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument;

/// Frames that wait between our encoder and the transport.
const WIRE_FRAMES: usize = 8;
/// Waits between attempts to reach a party: doubled up to the second, with jitter.
const BACKOFF_MIN: Duration = Duration::from_millis(250);
/// How long the party with the later id waits for the other to dial.
const YIELD: Duration = Duration::from_millis(750);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// What every stream needs.
#[derive(Clone, Debug)]
pub struct Federation {
    driver: Handle,
    directory: Arc<Directory>,
    store: Arc<Store>,
    sessions: Arc<AtomicU64>,
}

impl Federation {
    pub fn new(driver: Handle, directory: Arc<Directory>, store: Arc<Store>) -> Self {
        Self { driver, directory, store, sessions: Arc::default() }
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
        let mut wait = BACKOFF_MIN;
        let mut attempt = 0usize;
        loop {
            let endpoints = self.directory.endpoints(&party);
            if self.directory.second_to(&party) && !self.directory.connected(&party) {
                // Both sides dial; the one with the later id lets the other go first, so that one stream is enough.
                tokio::time::sleep(YIELD).await;
            }
            if !self.directory.connected(&party) && !endpoints.is_empty() {
                let endpoint = &endpoints[attempt % endpoints.len()];
                attempt += 1;
                match self.dial_once(&party, endpoint, &identity).await {
                    Ok(()) => wait = BACKOFF_MIN,
                    Err(failure) => {
                        tracing::info!(endpoint, code = %failure.code, "not reached: {failure}");
                        wait = (wait * 2).min(BACKOFF_MAX);
                    }
                }
            }
            tokio::time::sleep(jittered(wait)).await;
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
        self.run(party.clone(), answer.into_inner(), wire, |frame| frame).await;
        Ok(())
    }

    /// One stream, from its first frame to its end.
    async fn run<T: Send + 'static>(
        &self,
        peer: OrgId,
        inbound: Streaming<v1::Frame>,
        wire: mpsc::Sender<T>,
        wrap: fn(v1::Frame) -> T,
    ) {
        let session = SessionId(self.sessions.fetch_add(1, Ordering::Relaxed));
        let _connected = self.directory.connect(peer.clone());
        let (outbox, outgoing) = mpsc::channel(OUTBOX);
        if self.driver.opened(session, peer.clone(), outbox).await.is_err() {
            return;
        }
        let span = tracing::info_span!("stream", peer = %peer, session = session.0);
        let ended = async {
            tokio::select! {
                reason = self.read(session, inbound) => reason,
                reason = self.write(outgoing, wire, wrap) => reason,
                () = self.directory.keys_changed(&peer) => "the charter gives the peer other keys".into(),
            }
        };
        let reason = ended.instrument(span).await;
        tracing::info!(%peer, session = session.0, reason, "disconnected");
        self.driver.closed(session).await.ok();
    }

    async fn read(&self, session: SessionId, mut inbound: Streaming<v1::Frame>) -> String {
        loop {
            let message = match inbound.next().await {
                None => return "the peer ended the stream".into(),
                Some(Err(status)) => return status.message().to_owned(),
                Some(Ok(message)) => message,
            };
            match Option::<Frame>::try_from(message) {
                Ok(Some(frame)) => {
                    if let Err(failure) = self.driver.frame(session, frame).await {
                        return failure.message;
                    }
                }
                Ok(None) => {} // of a later minor version
                Err(error) => {
                    tracing::warn!(code = %error.code, "a frame is not of this protocol: {error}");
                    return error.to_string();
                }
            }
        }
    }

    async fn write<T: Send>(
        &self,
        mut outgoing: mpsc::Receiver<Outgoing>,
        wire: mpsc::Sender<T>,
        wrap: fn(v1::Frame) -> T,
    ) -> String {
        while let Some(next) = outgoing.recv().await {
            let sent = match next {
                Outgoing::Frame(frame) => {
                    wire.send(wrap((&*frame).into())).await.map_err(|_| "the peer does not read".to_owned())
                }
                Outgoing::Range(headers) => self.send_range(&headers, &wire, wrap).await,
                Outgoing::Values(facts) => self.send_values(facts, &wire, wrap).await,
                Outgoing::Close(code) => Err(format!("closed ({code})")),
            };
            if let Err(reason) = sent {
                return reason;
            }
        }
        "closed by this node".into()
    }

    /// Reads a range from the store piece by piece, as fast as the peer takes it.
    async fn send_range<T>(
        &self,
        headers: &[HeaderHash],
        wire: &mpsc::Sender<T>,
        wrap: fn(v1::Frame) -> T,
    ) -> Result<(), String> {
        let mut rest = headers;
        while !rest.is_empty() {
            let part = self.store.read_commits(rest, limits::RANGE_FRAME_BYTES).await.map_err(unreadable)?;
            if part.headers == 0 {
                return Ok(()); // the range does not end with a commit: nothing more that can be verified
            }
            rest = &rest[part.headers..];
            wire.send(wrap((&Frame::Commits(part.commits)).into()))
                .await
                .map_err(|_| "the peer does not read".to_owned())?;
        }
        Ok(())
    }

    async fn send_values<T>(
        &self,
        facts: Vec<FactId>,
        wire: &mpsc::Sender<T>,
        wrap: fn(v1::Frame) -> T,
    ) -> Result<(), String> {
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
            wire.send(wrap((&Frame::Values(part)).into())).await.map_err(|_| "the peer does not read".to_owned())?;
        }
        Ok(())
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
        tokio::spawn(async move { federation.run(peer, request.into_inner(), wire, Ok).await });
        Ok(Response::new(ReceiverStream::new(frames)))
    }
}

/// What cannot be read rightly is not served on; the operator is told.
fn unreadable(failure: Failure) -> String {
    tracing::error!(code = %failure.code, remedy = failure.remedy, "{failure}");
    "the store of this node cannot be read".into()
}

/// Between half and the whole of a wait, so that nodes do not dial in step.
fn jittered(wait: Duration) -> Duration {
    let mut byte = [0u8; 1];
    getrandom::fill(&mut byte).ok();
    wait / 2 + wait / 2 * u32::from(byte[0]) / 255
}
