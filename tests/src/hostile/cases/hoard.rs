//! Taking places and keeping them: connections, handshakes, streams, slowness.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, RELAY, SECOND, VICTIM},
        peer::{Dial, Peer, SOON},
        tls,
    },
    case, footing,
};
use anyhow::{Context, Result, ensure};
use samsyn_core::{code::Code, limits, sync::Frame};
use samsyn_wire::transport::{CONNECTIONS_PER_KEY_MAX, HANDSHAKES_PER_ADDRESS_MAX};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

pub(super) const CASES: &[Case] = &[
    case!("hoarded-handshakes", Rightful, handshakes, "one address, ever more handshakes never ended: peer.too_many"),
    case!("hoarded-connections", Nothing, connections, "one key, ever more connections: peer.too_many"),
    case!("hoarded-streams", Nothing, streams, "ever more streams on one connection: the older end with peer.too_many"),
    case!(
        "trickle",
        Rightful,
        trickle,
        "streams that say nothing after the greeting, a preface byte by byte: others are served"
    ),
    case!(slow "slow-handshake", slow_handshake, "half a ClientHello, then nothing: peer.too_slow"),
    case!(slow "silent-after-handshake", silent, "admitted, then nothing: peer.too_slow, the place is free again"),
    case!(slow "half-open", half_open, "a peer that vanishes without a word: noticed by keep-alive, the stream ends"),
];

/// Another party must get in, in time.
async fn another_gets_in(arena: &Arena, node: &str) -> Result<()> {
    let begun = Instant::now();
    let relay = arena.dial(RELAY, node);
    let greeted = async {
        let mut peer = relay.greeted().await?;
        peer.until("the node's greeting", |f| matches!(f, Frame::Hello(_)).then_some(())).await
    };
    greeted.await.context("another party does not get in")?;
    ensure!(begun.elapsed() < SOON / 2, "another party gets in only after {:?}", begun.elapsed());
    Ok(())
}

async fn handshakes(arena: Arc<Arena>) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let mut held = Vec::new();
    // An address of its own: the honest ones are at 127.0.0.1.
    for _ in 0..HANDSHAKES_PER_ADDRESS_MAX + 40 {
        held.push(tls::tcp_from(77, arena.hostile().address).await?);
    }
    arena.logged(VICTIM, mark, &["connection refused", "address=127.0.0.77", "code=peer.too_many"]).await?;
    another_gets_in(&arena, VICTIM).await?;
    arena.served().await?;
    let standing = held.len() - refused(&arena, mark, "127.0.0.77");
    ensure!(standing == HANDSHAKES_PER_ADDRESS_MAX, "{standing} handshakes stand");
    drop(held);
    Ok(())
}

/// How many connections have been refused as too many.
fn refused(arena: &Arena, mark: usize, address: &str) -> usize {
    let log = arena.log_since(VICTIM, mark);
    log.lines().filter(|l| l.contains("code=peer.too_many") && l.contains(address)).count()
}

async fn connections(arena: Arc<Arena>) -> Result<()> {
    let (mark, dial) = (arena.mark(VICTIM), arena.hostile());
    let config = tls::config(&dial, |_| {})?;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS_PER_KEY_MAX + 12 {
        let tcp = tls::tcp_from(78, dial.address).await?;
        held.push(tls::handshake(config.clone(), tcp).await?);
    }
    arena.logged(VICTIM, mark, &["connection refused", "address=127.0.0.78", "code=peer.too_many"]).await?;
    another_gets_in(&arena, VICTIM).await?;
    drop(held);
    // Its own place is free again once its connections have ended.
    let mut gets_in = dial.greeted().await;
    let deadline = Instant::now() + SOON;
    while gets_in.is_err() && Instant::now() < deadline {
        gets_in = dial.greeted().await;
    }
    gets_in.map(drop)
}

async fn streams(arena: Arc<Arena>) -> Result<()> {
    let (_, _, want) = footing(&arena).await?;
    let dial = arena.hostile();
    let channel = dial.channel().await?;
    let mut peers = Vec::new();
    for _ in 0..limits::STREAMS_PER_PARTY_MAX * 3 {
        let mut peer = Peer::open(channel.clone(), false).await?;
        peer.send(&Frame::Hello(dial.hello())).await?;
        peers.push(peer);
    }
    let newest = peers.split_off(peers.len() - limits::STREAMS_PER_PARTY_MAX);
    for mut peer in peers {
        peer.ends_with(Code::PeerTooMany).await?;
    }
    for mut peer in newest {
        peer.answers(&want).await.context("the newest streams stand")?;
    }
    Ok(())
}

/// Idle streams, and by hand a connection preface of which one byte comes at a time.
async fn trickle(arena: Arc<Arena>) -> Result<()> {
    let (_, _, want) = footing(&arena).await?;
    let dial = arena.hostile();
    let channel = dial.channel().await?;
    let mut slow = Vec::new();
    for _ in 0..limits::STREAMS_PER_PARTY_MAX - 1 {
        let mut peer = Peer::open(channel.clone(), false).await?;
        peer.send(&Frame::Hello(dial.hello())).await?;
        slow.push(peer);
    }
    let tcp = TcpStream::connect(dial.address).await?;
    let mut stream = tls::handshake(tls::config(&dial, |_| {})?, tcp).await?;
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n" {
        stream.write_all(&[*byte]).await?;
        stream.flush().await?;
        tokio::task::yield_now().await;
    }
    arena.served().await?;
    another_gets_in(&arena, VICTIM).await?;
    for mut peer in slow {
        peer.answers(&want).await?;
    }
    Ok(())
}

async fn slow_handshake(arena: Arc<Arena>) -> Result<()> {
    let mark = arena.mark(SECOND);
    let mut tcp = TcpStream::connect(arena.county.node(SECOND).federation).await?;
    let address = format!("address={}", tcp.local_addr()?);
    tcp.write_all(&tls::client_hello_1_2()[..40]).await?;
    let parts = ["connection refused", &address, "code=peer.too_slow"];
    arena.logged_within(SECOND, mark, &parts, Duration::from_secs(20)).await?;
    Ok(())
}

async fn silent(arena: Arc<Arena>) -> Result<()> {
    let (mark, dial) = (arena.mark(SECOND), arena.dial(HOSTILE, SECOND));
    let tcp = TcpStream::connect(dial.address).await?;
    let address = format!("address={}", tcp.local_addr()?);
    let mut stream = tls::handshake(tls::config(&dial, |_| {})?, tcp).await?;
    let parts = ["admitted, then silent", &address, "code=peer.too_slow"];
    arena.logged_within(SECOND, mark, &parts, Duration::from_secs(20)).await?;
    let mut rest = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await.context("the connection ends")?.ok();
    Ok(())
}

/// ```text
///   hostile ──► proxy ──► ange        then the proxy carries nothing more, in either direction, and closes nothing
/// ```
async fn half_open(arena: Arc<Arena>) -> Result<()> {
    let mark = arena.mark(SECOND);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let dial = arena.dial(HOSTILE, SECOND);
    let (node, proxy) = (dial.address, listener.local_addr()?);
    let (freeze, mut frozen) = tokio::sync::watch::channel(false);
    let carry = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await?;
        let mut far = TcpStream::connect(node).await?;
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far) => {}
            _ = frozen.changed() => {}
        }
        anyhow::Ok((near, far)) // both still open
    });
    let mut peer = Dial { address: proxy, ..dial }.greeted().await?;
    peer.until("the node's greeting", |f| matches!(f, Frame::Hello(_)).then_some(())).await?;
    freeze.send(true)?;
    let _held = carry.await??;
    let from = format!("peer={HOSTILE}");
    arena.logged_within(SECOND, mark, &["disconnected", &from], Duration::from_secs(50)).await?;
    let parties = arena.client(SECOND).parties().await.map_err(|p| anyhow::anyhow!("{p:?}"))?;
    ensure!(parties.0.iter().any(|p| p.id == HOSTILE && !p.connected), "the party still counts as connected");
    Ok(())
}
