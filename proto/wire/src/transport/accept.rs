//! The accepting side: handshakes happen one task each, so that a slow one never keeps others waiting.

use super::{
    ALPN_H2, CONNECTION_WINDOW_BYTES, CONNECTIONS_MAX, CONNECTIONS_PER_KEY_MAX, HANDSHAKE_TIMEOUT, HANDSHAKES_MAX,
    HANDSHAKES_PER_ADDRESS_MAX, HEADER_LIST_BYTES_MAX, HTTP2_FRAME_BYTES_MAX, KEEPALIVE_EVERY, KEEPALIVE_TIMEOUT,
    STREAM_WINDOW_BYTES, STREAMS_PER_CONNECTION_MAX,
    admission::{Counts, Entered, subscriber},
    pin::Pin,
    tls::{code_of, tls_error, unpinned},
    verify::Unpinned,
};
use rustls::ServerConfig;
use samsyn_core::code::Code;
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin as Pinned,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Sleep,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Server, server::Connected};

/// How much one listener takes on.
#[derive(Debug, Clone, Copy)]
pub struct AcceptLimits {
    /// Admitted connections at once; further ones wait, no longer than a handshake may take.
    pub connections_max: usize,
    /// Admitted connections of one key; further ones are refused, so that no party takes another's place.
    pub per_key_max: usize,
    /// Handshakes under way; further ones wait in the kernel's queue.
    pub handshakes_max: usize,
    /// Handshakes under way from one address; further ones are refused.
    pub handshakes_per_address_max: usize,
    /// For the handshake, and again until the first bytes of HTTP/2 have come.
    pub handshake_timeout: Duration,
}

impl Default for AcceptLimits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            per_key_max: CONNECTIONS_PER_KEY_MAX,
            handshakes_max: HANDSHAKES_MAX,
            handshakes_per_address_max: HANDSHAKES_PER_ADDRESS_MAX,
            handshake_timeout: HANDSHAKE_TIMEOUT,
        }
    }
}

/// Who is at the other end: in the extensions of every request (`request.extensions().get::<PeerInfo>()`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerInfo {
    pub pin: Pin,
    pub address: SocketAddr,
}

/// An admitted connection. Counts against the listener's limits for as long as it lives.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    peer: PeerInfo,
    /// Runs until the first bytes have come: before them HTTP/2 has no keep-alive, so that a peer which vanishes just
    /// then would be waited for without end.
    silence: Option<Pinned<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
    _share: Entered<Pin>,
}

impl Connection {
    pub fn peer(&self) -> PeerInfo {
        self.peer
    }
}

/// What every server here is built with; add services to it. Message sizes are set on the services themselves
/// (`max_decoding_message_size(FRAME_BYTES_MAX)`).
pub fn server_builder() -> Server {
    Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .http2_max_header_list_size(HEADER_LIST_BYTES_MAX)
        .max_frame_size(HTTP2_FRAME_BYTES_MAX)
        .tcp_nodelay(true)
}

/// Accepts connections for `serve_with_incoming` until the returned stream is dropped. `refused` hears of every failed
/// handshake: address, stable code, sentence. Must be called within a tokio runtime.
pub fn accept<F>(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    limits: AcceptLimits,
    refused: F,
) -> ReceiverStream<io::Result<Connection>>
where
    F: Fn(SocketAddr, Code, String) + Send + Sync + 'static,
{
    let (sender, receiver) = mpsc::channel(16);
    let listening = Listening {
        acceptor: TlsAcceptor::from(config),
        limits,
        refused: Arc::new(refused),
        sender,
        connections: Arc::new(Semaphore::new(limits.connections_max)),
        keys: Counts::default(),
        addresses: Counts::default(),
    };
    tokio::spawn(Arc::new(listening).run(listener));
    ReceiverStream::new(receiver)
}

struct Listening<F> {
    acceptor: TlsAcceptor,
    limits: AcceptLimits,
    refused: Arc<F>,
    sender: mpsc::Sender<io::Result<Connection>>,
    connections: Arc<Semaphore>,
    keys: Counts<Pin>,
    addresses: Counts<IpAddr>,
}

impl<F> Listening<F>
where
    F: Fn(SocketAddr, Code, String) + Send + Sync + 'static,
{
    async fn run(self: Arc<Self>, listener: TcpListener) {
        let handshakes = Arc::new(Semaphore::new(self.limits.handshakes_max));
        loop {
            let next = async {
                let permit = Arc::clone(&handshakes).acquire_owned().await.map_err(io::Error::other)?;
                listener.accept().await.map(|(stream, address)| (permit, stream, address))
            };
            let accepted = tokio::select! {
                () = self.sender.closed() => return,
                accepted = next => accepted,
            };
            match accepted {
                Ok((permit, stream, address)) => self.handshake(permit, stream, address),
                Err(error) => {
                    // Out of file descriptors, most often: waiting lets connections end; the listener goes on.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn handshake(self: &Arc<Self>, permit: OwnedSemaphorePermit, stream: TcpStream, address: SocketAddr) {
        let max = self.limits.handshakes_per_address_max;
        let Some(share) = self.addresses.enter(subscriber(address.ip()), max) else {
            return self.refuse(
                address,
                Code::PeerTooMany,
                format!("{max} handshakes from this address are under way"),
            );
        };
        let own = Arc::clone(self);
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(own.limits.handshake_timeout, own.connection(stream, address)).await;
            drop((permit, share)); // the handshake is over: room for the next
            match outcome {
                // A closed channel means the server is stopping: the connection is dropped with it.
                Ok(Ok(connection)) => drop(own.sender.send(Ok(connection)).await),
                Ok(Err((code, reason))) => own.refuse(address, code, reason),
                Err(_) => own.refuse(address, Code::PeerSlow, "the handshake took too long".to_owned()),
            }
        });
    }

    fn refuse(&self, address: SocketAddr, code: Code, reason: String) {
        tracing::warn!(%address, %code, reason, "connection refused");
        (self.refused)(address, code, reason);
    }

    /// Handshake, then a place for the connection.
    async fn connection(&self, stream: TcpStream, address: SocketAddr) -> Result<Connection, (Code, String)> {
        let (stream, peer) = admit(self.acceptor.clone(), stream, address).await?;
        let max = self.limits.per_key_max;
        let share = self
            .keys
            .enter(peer.pin, max)
            .ok_or_else(|| (Code::PeerTooMany, format!("the key {} has {max} connections already", peer.pin)))?;
        let stopping = |_| (Code::Stopping, "the listener is stopping".to_owned());
        let permit = Arc::clone(&self.connections).acquire_owned().await.map_err(stopping)?;
        let silence = Some(Box::pin(tokio::time::sleep(self.limits.handshake_timeout)));
        Ok(Connection { stream, peer, silence, _permit: permit, _share: share })
    }
}

/// Does the handshake, then checks what rustls leaves to us: that HTTP/2 was agreed on.
async fn admit(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    address: SocketAddr,
) -> Result<(TlsStream<TcpStream>, PeerInfo), (Code, String)> {
    // Small frames go back and forth: waiting to fill packets would only add delay. Failing to set it is harmless.
    stream.set_nodelay(true).ok();
    let stream = acceptor.accept(stream).await.map_err(|error| refusal(&error))?;
    let session = stream.get_ref().1;
    if session.alpn_protocol() != Some(ALPN_H2) {
        return Err((Code::TlsAlpn, "the other side did not ask for HTTP/2 (ALPN h2)".to_owned()));
    }
    let certificate = session.peer_certificates().and_then(<[_]>::first);
    let pin = certificate.and_then(|c| Pin::of_certificate(c).ok());
    let pin = pin.ok_or((Code::TlsCertificate, "no certificate was presented".to_owned()))?;
    Ok((stream, PeerInfo { pin, address }))
}

/// Code and sentence; an unlisted key is told whole, so that the operator can add it.
fn refusal(error: &io::Error) -> (Code, String) {
    let Some(tls) = tls_error(error) else { return (Code::PeerProtocol, error.to_string()) };
    let reason = match unpinned(tls) {
        Some(pin) => Unpinned(pin).to_string(),
        None => tls.to_string(),
    };
    (code_of(tls), reason)
}

impl Connected for Connection {
    type ConnectInfo = PeerInfo;
    fn connect_info(&self) -> PeerInfo {
        self.peer
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({:?} at {})", self.peer.pin, self.peer.address)
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pinned<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pinned::new(&mut self.stream).poll_read(cx, buf);
        if read.is_ready() {
            self.silence = None;
        } else if self.silence.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready()) {
            tracing::warn!(address = %self.peer.address, code = %Code::PeerSlow, "admitted, then silent: connection ended");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pinned<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pinned::new(&mut self.stream).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pinned<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pinned::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pinned<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pinned::new(&mut self.stream).poll_shutdown(cx)
    }
    fn poll_write_vectored(
        mut self: Pinned<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pinned::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
