//! What a listener and a dialler refuse. In TLS 1.3 a refused client's dial succeeds and its first call fails, so
//! refusals are asserted at the server.
//!
//! ```text
//! client (pin C) ── mTLS ──► server (pin S), admits what the test says
//! ```

use super::*;
use rustls::ClientConfig;
use samsyn_core::code::Code;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

const HOUR: Duration = Duration::from_hours(1);

/// An identity whose certificate is valid from an hour ago until `until`.
fn identity_until(until: SystemTime) -> Identity {
    let key = generate_key_pem().expect("a key");
    let certificate = self_signed(&key, &[], SystemTime::now() - 3 * HOUR, until).expect("a certificate");
    Identity::from_pem(&certificate, &key).expect("an identity")
}

fn identity() -> Identity {
    identity_until(SystemTime::now() + HOUR)
}

fn only(identity: &Identity) -> Arc<PinSet> {
    PinSet::new([identity.pin()])
}

struct TestServer {
    address: SocketAddr,
    refusals: UnboundedReceiver<(Code, String)>,
}

impl TestServer {
    fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }
    async fn refusal(&mut self) -> Code {
        self.refusal_told().await.0
    }
    async fn refusal_told(&mut self) -> (Code, String) {
        let wait = tokio::time::timeout(Duration::from_secs(20), self.refusals.recv());
        wait.await.expect("the server refuses in time").expect("the server runs")
    }
}

/// A health service behind our listener.
async fn serve(own: &Identity, admitted: Arc<PinSet>, limits: AcceptLimits) -> TestServer {
    serve_with(server_config(own, admitted).expect("a configuration"), limits).await
}

async fn serve_with(config: Arc<rustls::ServerConfig>, limits: AcceptLimits) -> TestServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (sender, refusals) = unbounded_channel();
    let incoming = accept(listener, config, limits, move |_, code, reason| {
        sender.send((code, reason)).ok();
    });
    let (_, health) = tonic_health::server::health_reporter();
    tokio::spawn(server_builder().add_service(health).serve_with_incoming(incoming));
    TestServer { address, refusals }
}

async fn check(channel: tonic::transport::Channel) -> Result<(), tonic::Status> {
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.map(|_| ())
}

#[tokio::test]
async fn a_pinned_client_and_a_pinned_server_talk() {
    let (server, client) = (identity(), identity());
    let node = serve(&server, only(&client), AcceptLimits::default()).await;
    let channel = connect(&node.endpoint(), &client, only(&server)).await.expect("connected");
    check(channel).await.expect("answered");
}

#[tokio::test]
async fn an_unpinned_client_is_refused_by_the_server() {
    let (server, client, other) = (identity(), identity(), identity());
    let mut node = serve(&server, only(&other), AcceptLimits::default()).await;
    let channel = connect(&node.endpoint(), &client, only(&server)).await.expect("TLS 1.3 lets the dial succeed");
    let error = check(channel).await.expect_err("refused");
    let (code, reason) = node.refusal_told().await;
    assert_eq!(code, Code::TlsUnpinned);
    assert!(reason.contains(&client.pin().to_string()), "{reason}");
    assert!(certificate_refused(&error), "{error:?}");
}

#[tokio::test]
async fn an_unpinned_server_is_refused_and_its_pin_is_told() {
    let (server, client, other) = (identity(), identity(), identity());
    let mut node = serve(&server, only(&client), AcceptLimits::default()).await;
    let error = connect(&node.endpoint(), &client, only(&other)).await.expect_err("refused");
    assert_eq!(error.code(), Code::TlsUnpinned);
    assert!(matches!(error, DialError::Unpinned { pin, .. } if pin == server.pin()), "{error}");
    assert_eq!(node.refusal().await, Code::TlsCertificate);
}

#[tokio::test]
async fn an_expired_client_certificate_is_refused_although_pinned() {
    let (server, client) = (identity(), identity_until(SystemTime::now() - HOUR));
    let mut node = serve(&server, only(&client), AcceptLimits::default()).await;
    let channel = connect(&node.endpoint(), &client, only(&server)).await.expect("TLS 1.3 lets the dial succeed");
    check(channel).await.expect_err("refused");
    assert_eq!(node.refusal().await, Code::TlsCertificate);
}

#[tokio::test]
async fn an_expired_server_certificate_is_refused_although_pinned() {
    let (server, client) = (identity_until(SystemTime::now() - HOUR), identity());
    let node = serve(&server, only(&client), AcceptLimits::default()).await;
    let error = connect(&node.endpoint(), &client, only(&server)).await.expect_err("refused");
    assert!(matches!(error, DialError::Expired { .. }), "{error}");
    assert_eq!(error.code(), Code::TlsCertificate);
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let (server, client) = (identity(), identity());
    let mut node = serve(&server, only(&client), AcceptLimits::default()).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(server.certified_key().cert[0].clone()).expect("its own root");
    let mut config = ClientConfig::builder_with_provider(tls::provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    // Also shows that a generic client may take the certificate as its own root, by name.
    handshake(&node, config).await.expect("TLS 1.3 lets the dial succeed");
    assert_eq!(node.refusal().await, Code::TlsCertificate);
}

#[tokio::test]
async fn a_client_without_h2_is_refused() {
    let (server, client) = (identity(), identity());
    let mut node = serve(&server, only(&client), AcceptLimits::default()).await;
    let h2 = client_config(&client, only(&server)).expect("a configuration");
    for offered in [vec![], vec![b"http/1.1".to_vec()]] {
        let mut config = ClientConfig::clone(&h2);
        config.alpn_protocols = offered;
        // Whether the client notices at once depends on what it offered; the server must, either way.
        handshake(&node, config).await.ok();
        assert_eq!(node.refusal().await, Code::TlsAlpn);
    }
}

#[tokio::test]
async fn a_server_without_h2_is_refused() {
    let (server, client) = (identity(), identity());
    let mut config = rustls::ServerConfig::clone(&server_config(&server, only(&client)).expect("a configuration"));
    config.alpn_protocols = vec![];
    let node = serve_with(Arc::new(config), AcceptLimits::default()).await;
    let error = connect(&node.endpoint(), &client, only(&server)).await.expect_err("refused");
    assert_eq!(error.code(), Code::TlsAlpn, "{error}");
}

#[tokio::test]
async fn a_pin_taken_away_is_refused_at_the_next_connection() {
    let (server, client) = (identity(), identity());
    let admitted = only(&client);
    let mut node = serve(&server, Arc::clone(&admitted), AcceptLimits::default()).await;
    check(connect(&node.endpoint(), &client, only(&server)).await.expect("connected")).await.expect("answered");
    admitted.replace([]);
    let channel = connect(&node.endpoint(), &client, only(&server)).await.expect("TLS 1.3 lets the dial succeed");
    check(channel).await.expect_err("refused");
    assert_eq!(node.refusal().await, Code::TlsUnpinned);
}

#[tokio::test]
async fn a_connection_that_says_nothing_does_not_keep_others_waiting() {
    let (server, client) = (identity(), identity());
    let mut node =
        serve(&server, only(&client), AcceptLimits { handshake_timeout: HOUR, ..AcceptLimits::default() }).await;
    let silent = TcpStream::connect(node.address).await.expect("connected");
    check(connect(&node.endpoint(), &client, only(&server)).await.expect("connected")).await.expect("answered");
    drop(silent);
    assert_eq!(node.refusal().await, Code::PeerProtocol);
}

#[tokio::test]
async fn a_slow_handshake_ends_by_its_limit() {
    let (server, client) = (identity(), identity());
    let limits = AcceptLimits { handshake_timeout: Duration::from_millis(20), ..AcceptLimits::default() };
    let mut node = serve(&server, only(&client), limits).await;
    let _silent = TcpStream::connect(node.address).await.expect("connected");
    assert_eq!(node.refusal().await, Code::PeerSlow);
}

#[tokio::test]
async fn a_connection_counts_against_the_limit_until_it_ends() {
    let (server, client) = (identity(), identity());
    let mut node = serve(&server, only(&client), AcceptLimits { connections_max: 1, ..AcceptLimits::default() }).await;
    let first = connect(&node.endpoint(), &client, only(&server)).await.expect("connected");
    check(first.clone()).await.expect("answered");
    let (own, pins, endpoint) = (client.clone(), only(&server), node.endpoint());
    let second = tokio::spawn(async move { check(connect(&endpoint, &own, pins).await.expect("connected")).await });
    assert!(node.refusals.try_recv().is_err(), "a waiting connection is not refused");
    drop(first);
    second.await.expect("ran").expect("answered once the first had ended");
}

#[tokio::test]
async fn one_key_takes_its_own_share_of_the_connections_and_no_other() {
    let (server, hoarder, other) = (identity(), identity(), identity());
    let admitted = PinSet::new([hoarder.pin(), other.pin()]);
    let mut node = serve(&server, admitted, AcceptLimits { per_key_max: 2, ..AcceptLimits::default() }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let channel = connect(&node.endpoint(), &hoarder, only(&server)).await.expect("connected");
        check(channel.clone()).await.expect("answered");
        held.push(channel);
    }
    let third = connect(&node.endpoint(), &hoarder, only(&server)).await.expect("TLS 1.3 lets the dial succeed");
    check(third).await.expect_err("refused");
    assert_eq!(node.refusal().await, Code::PeerTooMany);
    check(connect(&node.endpoint(), &other, only(&server)).await.expect("connected")).await.expect("answered");
}

#[tokio::test]
async fn handshakes_from_one_address_are_bounded_and_leave_room_when_they_end() {
    let (server, client) = (identity(), identity());
    let limits = AcceptLimits { handshakes_per_address_max: 2, handshake_timeout: HOUR, ..AcceptLimits::default() };
    let mut node = serve(&server, only(&client), limits).await;
    let mut silent = vec![TcpStream::connect(node.address).await.expect("connected")];
    silent.push(TcpStream::connect(node.address).await.expect("connected"));
    connect(&node.endpoint(), &client, only(&server)).await.expect_err("no room for a third handshake");
    assert_eq!(node.refusal().await, Code::PeerTooMany);
    silent.clear();
    assert_eq!((node.refusal().await, node.refusal().await), (Code::PeerProtocol, Code::PeerProtocol));
    check(connect(&node.endpoint(), &client, only(&server)).await.expect("connected")).await.expect("answered");
}

#[tokio::test]
async fn a_connection_that_is_admitted_and_then_silent_gives_its_place_back() {
    let (server, client) = (identity(), identity());
    let limits =
        AcceptLimits { connections_max: 1, handshake_timeout: Duration::from_secs(1), ..AcceptLimits::default() };
    let node = serve(&server, only(&client), limits).await;
    let tcp = TcpStream::connect(node.address).await.expect("connected");
    let name = rustls_pki_types::ServerName::try_from("localhost").expect("a name");
    let config = client_config(&client, only(&server)).expect("a configuration");
    let mut silent = tokio_rustls::TlsConnector::from(config).connect(name, tcp).await.expect("admitted");
    let mut byte = [0u8; 64];
    // The server's own first bytes may come; then it ends the connection.
    while tokio::io::AsyncReadExt::read(&mut silent, &mut byte).await.is_ok_and(|n| n > 0) {}
    check(connect(&node.endpoint(), &client, only(&server)).await.expect("connected")).await.expect("answered");
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let client = identity();
    let error = connect(&format!("https://{address}"), &client, only(&client)).await.expect_err("nobody there");
    assert_eq!(error.code(), Code::Unreachable);
}

#[test]
fn the_pin_stands_when_the_certificate_is_renewed_with_its_key() {
    let key = generate_key_pem().expect("a key");
    let now = SystemTime::now();
    let pin = |until| {
        let certificate = self_signed(&key, &["node.example.org".to_owned()], now, until).expect("a certificate");
        let identity = Identity::from_pem(&certificate, &key).expect("an identity");
        let left = identity.valid_until().expect("an end").duration_since(now).expect("later");
        (identity.pin(), left.as_secs().div_ceil(60))
    };
    assert_eq!(pin(now + HOUR).0, pin(now + 2 * HOUR).0);
    assert_eq!((pin(now + HOUR).1, pin(now + 2 * HOUR).1), (60, 120));
}

#[test]
fn pins_read_back_and_refuse_what_they_are_not() {
    let pin = identity().pin();
    assert_eq!(pin.to_string().parse(), Ok(pin));
    for wrong in ["", "blake3:", "blake3:00", "sha256:00", &pin.to_string()[7..], &format!("{pin}0")] {
        assert_eq!(wrong.parse::<Pin>(), Err(PinError::Format), "{wrong}");
    }
}

#[test]
fn endpoints_read_back_and_refuse_what_they_are_not() {
    for (text, shown) in [
        ("https://nod.example.org:7000", "https://nod.example.org:7000"),
        ("https://nod.example.org/", "https://nod.example.org:443"),
        ("https://[::1]:7000", "https://[::1]:7000"),
        ("https://127.0.0.1:1", "https://127.0.0.1:1"),
    ] {
        assert_eq!(text.parse::<Endpoint>().expect(text).to_string(), shown);
    }
    for wrong in [
        "nod:7000",
        "http://nod:7000",
        "https://",
        "https://:7000",
        "https://a:0",
        "https://a:b",
        "https://a/b",
        "https://u@a:1",
    ] {
        assert!(wrong.parse::<Endpoint>().is_err(), "{wrong}");
    }
}

#[cfg(unix)]
#[test]
fn key_files_are_their_owners_alone_and_errors_say_what_is_wrong() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let dir = tempfile::tempdir().expect("a directory");
    let (cert, key) = (dir.path().join("tls.crt"), dir.path().join("tls.key"));
    let pem = generate_key_pem().expect("a key");
    let until = SystemTime::now() + HOUR;
    let certificate = self_signed(&pem, &[], SystemTime::now(), until).expect("a certificate");

    assert!(matches!(Identity::load(&cert, &key), Err(IdentityError::File(FileError::Missing { .. }))));
    create_private_file(&key, pem.as_bytes()).expect("written");
    create_file(&cert, certificate.as_bytes()).expect("written");
    assert_eq!(fs::metadata(&key).expect("exists").permissions().mode() & 0o777, 0o600);
    assert!(matches!(create_private_file(&key, b"other"), Err(FileError::Exists { .. })));
    Identity::load(&cert, &key).expect("usable");

    assert!(matches!(Identity::load(&key, &key), Err(IdentityError::NotACertificate { .. })));
    let foreign = dir.path().join("foreign.key");
    create_private_file(&foreign, generate_key_pem().expect("a key").as_bytes()).expect("written");
    assert!(matches!(Identity::load(&cert, &foreign), Err(IdentityError::Mismatch { .. })));
    let nonsense = dir.path().join("nonsense.key");
    create_private_file(&nonsense, b"nonsense").expect("written");
    assert!(matches!(Identity::load(&cert, &nonsense), Err(IdentityError::NotAKey { .. })));

    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("set");
    let error = Identity::load(&cert, &key).expect_err("shared");
    assert!(error.remedy().starts_with("run: chmod 600 "), "{}", error.remedy());

    replace_file(&cert, b"renewed").expect("replaced");
    assert_eq!(fs::read(&cert).expect("read"), b"renewed");
}

/// A bare TLS handshake, for what our own dialler would never offer.
async fn handshake(node: &TestServer, config: ClientConfig) -> std::io::Result<()> {
    let tcp = TcpStream::connect(node.address).await?;
    let name = rustls_pki_types::ServerName::try_from("localhost").expect("a name");
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
    drop(stream);
    Ok(())
}
