//! Who is let in at all.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, RELAY, SECOND, VICTIM, WITNESS},
        peer::Dial,
        tls,
    },
    case,
};
use anyhow::{Context, Result, bail, ensure};
use rustls::HandshakeKind;
use samsyn_core::code::Code;
use samsyn_wire::transport::{self, Identity, PinSet, generate_key_pem, self_signed};
use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(super) const CASES: &[Case] = &[
    case!("wrong-key", Nothing, wrong_key, "a key that no charter names: tls.unpinned"),
    case!("expired", Nothing, expired, "the pinned key in an expired certificate: tls.certificate"),
    case!("not-yet-valid", Nothing, not_yet_valid, "the pinned key in a certificate of tomorrow: tls.certificate"),
    case!("no-client-certificate", Nothing, no_certificate, "no certificate at all: tls.certificate"),
    case!("tls-1.2", Nothing, tls_1_2, "a client that knows TLS 1.2 only: peer.protocol"),
    case!("no-alpn", Nothing, no_alpn, "no ALPN, and HTTP/1.1: tls.alpn"),
    case!("resumption", Nothing, resumption, "a session kept for later: the next handshake is a full one all the same"),
    case!("plaintext", Nothing, plaintext, "HTTP/2 without TLS, and noise: peer.protocol"),
    case!(slow "right-key-wrong-party", wrong_party, "a party at another's address, with its own key: tls.unpinned"),
];

const DAY: Duration = Duration::from_hours(24);

async fn refused(arena: &Arena, dial: &Dial, parts: &[&str]) -> Result<()> {
    let mark = arena.mark(VICTIM);
    if dial.stream().await.is_ok() {
        bail!("let in");
    }
    arena.logged(VICTIM, mark, &[&["connection refused"], parts].concat()).await?;
    Ok(())
}

async fn wrong_key(arena: Arc<Arena>) -> Result<()> {
    let key = generate_key_pem()?;
    let now = SystemTime::now();
    let identity = Identity::from_pem(&self_signed(&key, &[], now - DAY, now + DAY)?, &key)?;
    let pin = identity.pin().to_string();
    refused(&arena, &Dial { identity, ..arena.hostile() }, &["code=tls.unpinned", &pin]).await
}

/// The hostile party's own key in another certificate.
fn certified(arena: &Arena, from: SystemTime, to: SystemTime) -> Result<Dial> {
    let key = fs::read_to_string(arena.county.node(HOSTILE).dir.join("tls.key"))?;
    let identity = Identity::from_pem(&self_signed(&key, &[], from, to)?, &key)?;
    let dial = Dial { identity, ..arena.hostile() };
    ensure!(dial.identity.pin() == arena.identity(HOSTILE).pin(), "the pin stands");
    Ok(dial)
}

async fn expired(arena: Arc<Arena>) -> Result<()> {
    let now = SystemTime::now();
    let dial = certified(&arena, now - 3 * DAY, now - DAY)?;
    refused(&arena, &dial, &["code=tls.certificate", "expired"]).await
}

async fn not_yet_valid(arena: Arc<Arena>) -> Result<()> {
    let now = SystemTime::now();
    let dial = certified(&arena, now + DAY, now + 3 * DAY)?;
    refused(&arena, &dial, &["code=tls.certificate"]).await
}

/// Does a handshake of its own making, from an address that the node's log will name.
async fn shake(arena: &Arena, config: Arc<rustls::ClientConfig>, code: Code) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let tcp = TcpStream::connect(arena.hostile().address).await?;
    let address = format!("address={}", tcp.local_addr()?);
    // In TLS 1.3 the client may believe that all is well.
    if let Ok(mut stream) = tls::handshake(config, tcp).await {
        let mut bytes = [0; 64];
        while stream.read(&mut bytes).await.is_ok_and(|n| n > 0) {}
    }
    arena.logged(VICTIM, mark, &["connection refused", &address, &format!("code={code}")]).await?;
    Ok(())
}

async fn no_certificate(arena: Arc<Arena>) -> Result<()> {
    shake(&arena, tls::without_certificate(&arena, VICTIM)?, Code::TlsCertificate).await
}

async fn no_alpn(arena: Arc<Arena>) -> Result<()> {
    for offered in [vec![], vec![b"http/1.1".to_vec()], vec![b"h3".to_vec(), b"h2c".to_vec()]] {
        let config = tls::config(&arena.hostile(), |c| c.alpn_protocols = offered)?;
        shake(&arena, config, Code::TlsAlpn).await?;
    }
    Ok(())
}

/// Sends bytes over bare TCP; the node ends the connection.
async fn bare(arena: &Arena, bytes: &[u8]) -> Result<Vec<u8>> {
    let mark = arena.mark(VICTIM);
    let mut tcp = TcpStream::connect(arena.hostile().address).await?;
    let address = format!("address={}", tcp.local_addr()?);
    tcp.write_all(bytes).await?;
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await.ok(); // a reset is an end too
    arena.logged(VICTIM, mark, &["connection refused", &address, "code=peer.protocol"]).await?;
    Ok(answer)
}

async fn tls_1_2(arena: Arc<Arena>) -> Result<()> {
    let answer = bare(&arena, &tls::client_hello_1_2()).await?;
    // An alert (21), fatal (2): protocol_version (70).
    ensure!(answer.first() == Some(&21) && answer.ends_with(&[2, 70]), "the answer is {answer:?}");
    Ok(())
}

async fn plaintext(arena: Arc<Arena>) -> Result<()> {
    bare(&arena, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await?;
    bare(&arena, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
    bare(&arena, &[0xff; 4_096]).await?;
    Ok(())
}

async fn resumption(arena: Arc<Arena>) -> Result<()> {
    let config = tls::resuming(&arena.hostile())?;
    for attempt in 0..3 {
        let tcp = TcpStream::connect(arena.hostile().address).await?;
        let mut stream = tls::handshake(config.clone(), tcp).await?;
        // The node's first HTTP/2 bytes come after any ticket.
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await?;
        ensure!(stream.read(&mut [0; 64]).await? > 0, "the node says nothing");
        let kind = stream.get_ref().1.handshake_kind();
        ensure!(kind == Some(HandshakeKind::Full), "handshake {attempt} is {kind:?}");
    }
    Ok(())
}

/// The relay's node does not run: the hostile party answers at its address. All three honest nodes dial it again and
/// again; the first of them that gets through must refuse.
async fn wrong_party(arena: Arc<Arena>) -> Result<()> {
    let honest = [VICTIM, SECOND, WITNESS];
    let marks = honest.map(|node| arena.mark(node));
    let listener = TcpListener::bind(arena.county.node(RELAY).federation).await?;
    let admitted = PinSet::new(honest.map(|node| arena.identity(node).pin()));
    let config = transport::server_config(&arena.identity(HOSTILE), admitted)?;
    let mut incoming = transport::accept(listener, config, transport::AcceptLimits::default(), |_, _, _| {});
    let deadline = Instant::now() + Duration::from_secs(45);
    let expected = format!("peer={RELAY}");
    loop {
        for (node, mark) in honest.iter().zip(marks) {
            let log = arena.log_since(node, mark);
            if log.lines().any(|l| l.contains("not reached") && l.contains("tls.unpinned") && l.contains(&expected)) {
                return Ok(());
            }
        }
        ensure!(Instant::now() < deadline, "nobody has refused the wrong party");
        let next = tokio::time::timeout(Duration::from_millis(50), tokio_stream::StreamExt::next(&mut incoming)).await;
        if let Ok(Some(connection)) = next {
            // An admitted connection would be one that the dialling node has not refused; it may also end a moment later.
            let mut connection = connection.context("the listener")?;
            let read = connection.read(&mut [0; 64]).await;
            ensure!(read.as_ref().is_err() || read.as_ref().is_ok_and(|n| *n == 0), "a node speaks to the wrong party");
        }
    }
}
