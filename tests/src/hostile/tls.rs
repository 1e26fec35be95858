//! Handshakes that no honest program would make.

use super::{arena::Arena, peer::Dial};
use anyhow::{Context, Result};
use rustls::{ClientConfig, client::Resumption, crypto::CryptoProvider};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use samsyn_wire::transport::{self, PinSet};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// As our own dialler, but changed.
pub(super) fn config(dial: &Dial, change: impl FnOnce(&mut ClientConfig)) -> Result<Arc<ClientConfig>> {
    let own = transport::client_config(&dial.identity, PinSet::new([dial.server]))?;
    let mut config = ClientConfig::clone(&own);
    change(&mut config);
    Ok(Arc::new(config))
}

/// Knows the node's certificate, shows none of its own.
pub(super) fn without_certificate(arena: &Arena, node: &str) -> Result<Arc<ClientConfig>> {
    let file = arena.county.node(node).dir.join("tls.crt");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file).map_err(|e| anyhow::anyhow!("the node's certificate: {e}"))?)?;
    let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// Keeps sessions, to resume them.
pub(super) fn resuming(dial: &Dial) -> Result<Arc<ClientConfig>> {
    config(dial, |c| c.resumption = Resumption::in_memory_sessions(8))
}

/// A TCP connection from an address of its own on the loopback.
pub(super) async fn tcp_from(last: u8, to: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0)))?;
    socket.connect(to).await.context("connecting")
}

pub(super) async fn handshake(config: Arc<ClientConfig>, tcp: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(config).connect(name, tcp).await
}

/// The first message of a client that knows TLS 1.2 and nothing later.
pub(super) fn client_hello_1_2() -> Vec<u8> {
    fn sized(bytes: usize, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        [&length[4 - bytes..], body].concat()
    }
    fn extension(id: u16, body: &[u8]) -> Vec<u8> {
        [&id.to_be_bytes()[..], &sized(2, body)].concat()
    }
    let extensions = [
        extension(10, &sized(2, &[0, 23])),         // groups: secp256r1
        extension(11, &sized(1, &[0])),             // points: uncompressed
        extension(13, &sized(2, &[4, 3, 8, 4])),    // signatures: ECDSA and RSA-PSS with SHA-256
        extension(16, &sized(2, &sized(1, b"h2"))), // ALPN
        extension(0, &sized(2, &[&[0][..], &sized(2, b"localhost")].concat())),
    ]
    .concat();
    let suites = [0xc0, 0x2b, 0xc0, 0x2f];
    let hello = [&[3, 3][..], &[7; 32], &sized(1, &[]), &sized(2, &suites), &sized(1, &[0]), &sized(2, &extensions)];
    let handshake = [&[1][..], &sized(3, &hello.concat())].concat();
    [&[22, 3, 1][..], &sized(2, &handshake)].concat()
}
