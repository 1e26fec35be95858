//! The accepting side: handshakes happen one task each, so that a slow one never keeps others waiting.

use super::{
    ALPN_H2, CONNECTIONS_MAX, HANDSHAKE_TIMEOUT, HEADER_LIST_BYTES_MAX, HTTP2_FRAME_BYTES_MAX, KEEPALIVE_EVERY,
    KEEPALIVE_TIMEOUT, STREAMS_PER_CONNECTION_MAX,
    pin::Pin,
    tls::{code_of, tls_error, unpinned},
    verify::Unpinned,
};
use rustls::ServerConfig;
use samsyn_core::code::Code;
use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin as Pinned,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Server, server::Connected};

/// How much one listener takes on.
#[derive(Debug, Clone, Copy)]
pub struct AcceptLimits {
    /// Connections at once, handshakes under way included; further ones wait in the kernel's queue.
    pub connections_max: usize,
    pub handshake_timeout: Duration,
}

impl Default for AcceptLimits {
    fn default() -> Self {
        Self { connections_max: CONNECTIONS_MAX, handshake_timeout: HANDSHAKE_TIMEOUT }
    }
}

/// Who is at the other end: in the extensions of every request (`request.extensions().get::<PeerInfo>()`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerInfo {
    pub pin: Pin,
    pub address: SocketAddr,
}

/// An admitted connection. Counts against the listener's limit for as long as it lives.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    peer: PeerInfo,
    _permit: OwnedSemaphorePermit,
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
    let listening = Listening { acceptor: TlsAcceptor::from(config), limits, refused: Arc::new(refused), sender };
    tokio::spawn(listening.run(listener));
    ReceiverStream::new(receiver)
}

struct Listening<F> {
    acceptor: TlsAcceptor,
    limits: AcceptLimits,
    refused: Arc<F>,
    sender: mpsc::Sender<io::Result<Connection>>,
}

impl<F> Listening<F>
where
    F: Fn(SocketAddr, Code, String) + Send + Sync + 'static,
{
    async fn run(self, listener: TcpListener) {
        let permits = Arc::new(Semaphore::new(self.limits.connections_max));
        loop {
            let next = async {
                let permit = Arc::clone(&permits).acquire_owned().await.map_err(io::Error::other)?;
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

    fn handshake(&self, permit: OwnedSemaphorePermit, stream: TcpStream, address: SocketAddr) {
        let (acceptor, sender) = (self.acceptor.clone(), self.sender.clone());
        let (refused, limit) = (Arc::clone(&self.refused), self.limits.handshake_timeout);
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(limit, admit(acceptor, stream, address)).await;
            let refusal = match outcome {
                Ok(Ok((stream, peer))) => {
                    // A closed channel means the server is stopping: the connection is dropped with it.
                    sender.send(Ok(Connection { stream, peer, _permit: permit })).await.ok();
                    return;
                }
                Ok(Err(refusal)) => refusal,
                Err(_) => (Code::PeerSlow, "the handshake took too long".to_owned()),
            };
            let (code, reason) = refusal;
            tracing::warn!(%address, %code, reason, "connection refused");
            refused(address, code, reason);
        });
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
        Pinned::new(&mut self.stream).poll_read(cx, buf)
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
