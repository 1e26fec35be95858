//! What is said on a stream before any commit.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, SECOND, VICTIM},
        peer::Peer,
    },
    case, ends_stream, footing,
};
use anyhow::{Context, Result, ensure};
use prost::Message;
use samsyn_core::{
    code::Code,
    id::{Digest, FactId, HeaderHash, OrgId},
    limits,
    sync::{Contact, Frame, Hello, SpaceHave},
};
use samsyn_wire::v1;
use std::{sync::Arc, time::Instant};

pub(super) const CASES: &[Case] = &[
    case!("wrong-federation", Nothing, wrong_federation, "a greeting of another federation: peer.federation"),
    case!("no-greeting", Nothing, no_greeting, "something else before the greeting: peer.protocol"),
    case!("second-greeting", Nothing, second_greeting, "a greeting twice: peer.protocol"),
    case!("clock", Nothing, clock, "a clock at the end of time and at its beginning: peer.clock, the stream stands"),
    case!("later-frame", Nothing, later_frame, "a frame of a later version: skipped, the stream stands"),
    case!("noise", Nothing, noise, "bytes that are no frame: peer.protocol"),
    case!("short-ids", Nothing, short_ids, "ids of wrong lengths, names of wrong letters: peer.protocol"),
    case!("long-lists", Nothing, long_lists, "lists past their bounds: peer.protocol"),
    case!("oversized-frame", Nothing, oversized_frame, "a frame past its bound: peer.protocol"),
    case!("decompression-bomb", Nothing, bomb, "128 MiB of nothing in a few KiB: peer.protocol"),
    case!("false-alarm", Nothing, false_alarm, "equal logs, another state: the operator is told who says so"),
    case!("forged-contacts", Nothing, forged_contacts, "contact times of others, of tomorrow, unsigned: not believed"),
];

async fn wrong_federation(arena: Arc<Arena>) -> Result<()> {
    let dial = arena.hostile();
    let mut peer = dial.stream().await?;
    let mut hello = dial.hello();
    hello.federation.0[0] ^= 1;
    peer.send(&Frame::Hello(hello)).await?;
    peer.ends_with(Code::PeerFederation).await
}

async fn no_greeting(arena: Arc<Arena>) -> Result<()> {
    let mut peer = arena.hostile().stream().await?;
    peer.send(&Frame::Have(Vec::new())).await?;
    peer.ends_with(Code::PeerProtocol).await
}

async fn second_greeting(arena: Arc<Arena>) -> Result<()> {
    let hello = Frame::Hello(arena.hostile().hello());
    ends_stream(&arena, v1::Frame::from(&hello).encode_to_vec(), Code::PeerProtocol).await
}

async fn clock(arena: Arc<Arena>) -> Result<()> {
    let (_, _, want) = footing(&arena).await?;
    for now_ms in [u64::MAX, 0] {
        let mark = arena.mark(VICTIM);
        let dial = arena.hostile();
        let mut peer = dial.stream().await?;
        peer.send(&Frame::Hello(Hello { now_ms, ..dial.hello() })).await?;
        peer.answers(&want).await?;
        let from = format!("peer={HOSTILE}");
        arena.logged(VICTIM, mark, &["clocks differ", &from, "code=peer.clock"]).await?;
    }
    let warnings = arena.status(VICTIM).await?.clock_warnings;
    ensure!(warnings.iter().any(|w| w.party == HOSTILE), "the status names nobody: {warnings:?}");
    Ok(())
}

/// A message with one field that this version does not know.
fn unknown(bytes: usize) -> Vec<u8> {
    #[derive(Message)]
    struct Later {
        #[prost(bytes = "vec", tag = "99")]
        body: Vec<u8>,
    }
    Later { body: vec![0; bytes] }.encode_to_vec()
}

async fn later_frame(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, _, want) = footing(&arena).await?;
    for _ in 0..20 {
        peer.send_raw(unknown(1_000)).await?;
    }
    peer.send_raw(Vec::new()).await?;
    peer.answers(&want).await?;
    Ok(())
}

async fn noise(arena: Arc<Arena>) -> Result<()> {
    for bytes in [vec![0xff; 64], vec![0x0a, 0xff, 0xff, 0xff, 0x0f], vec![0x3a, 0x05, 1, 2, 3]] {
        ends_stream(&arena, bytes, Code::PeerProtocol).await?;
    }
    Ok(())
}

fn wire(body: v1::frame::Body) -> Vec<u8> {
    v1::Frame { body: Some(body) }.encode_to_vec()
}

async fn short_ids(arena: Arc<Arena>) -> Result<()> {
    let log = v1::LogId { space: vec![1; 32], organisation: HOSTILE.into(), incarnation: vec![1; 16] };
    let tip = |log| v1::LogTip { log: Some(log), seq: 1, hash: vec![1; 32] };
    let announce = |tip| wire(v1::frame::Body::Announce(v1::Announce { tips: vec![tip] }));
    for bytes in [
        announce(tip(v1::LogId { space: vec![1; 31], ..log.clone() })),
        announce(tip(v1::LogId { organisation: "../../etc\0".into(), ..log.clone() })),
        announce(tip(v1::LogId { incarnation: Vec::new(), ..log.clone() })),
        announce(v1::LogTip { log: None, ..tip(log.clone()) }),
        announce(v1::LogTip { seq: 0, ..tip(log.clone()) }),
        announce(v1::LogTip { seq: u64::MAX, ..tip(log) }),
    ] {
        ends_stream(&arena, bytes, Code::PeerProtocol).await?;
    }
    Ok(())
}

async fn long_lists(arena: Arc<Arena>) -> Result<()> {
    let fact = v1::FactId { header: vec![1; 32], index: 0 };
    let facts = vec![fact; limits::VALUES_WANTED_MAX + 1];
    ends_stream(&arena, wire(v1::frame::Body::WantValues(v1::WantValues { facts })), Code::PeerProtocol).await?;
    let known = vec![vec![1; 32]; limits::LOCATOR_HASHES_MAX + 1];
    let log = v1::LogId { space: vec![1; 32], organisation: HOSTILE.into(), incarnation: vec![1; 16] };
    let want = v1::Want { log: Some(log), tip: vec![1; 32], known };
    ends_stream(&arena, wire(v1::frame::Body::Want(want)), Code::PeerProtocol).await?;
    let contact = v1::Contact { organisation: HOSTILE.into(), at_ms: 1, signature: vec![0; 64] };
    let contacts = v1::Contacts { contacts: vec![contact; limits::PARTIES_MAX + 1] };
    ends_stream(&arena, wire(v1::frame::Body::Contacts(contacts)), Code::PeerProtocol).await
}

async fn oversized_frame(arena: Arc<Arena>) -> Result<()> {
    ends_stream(&arena, unknown(limits::FRAME_BYTES_MAX + 1), Code::PeerProtocol).await
}

async fn bomb(arena: Arc<Arena>) -> Result<()> {
    let dial = arena.hostile();
    for _ in 0..3 {
        let mut peer = Peer::open(dial.channel().await?, true).await?;
        peer.send(&Frame::Hello(dial.hello())).await?;
        peer.send_raw(unknown(128 * 1024 * 1024)).await?;
        peer.ends_with(Code::PeerProtocol).await?;
    }
    Ok(())
}

async fn false_alarm(arena: Arc<Arena>) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let dial = arena.hostile();
    let mut peer = dial.stream().await?;
    let charters =
        peer.until("the greeting", |f| if let Frame::Hello(h) = f { Some(h.charters) } else { None }).await?;
    let mut spaces: Vec<SpaceHave> =
        peer.until("level 1", |f| if let Frame::Have(spaces) = f { Some(spaces.clone()) } else { None }).await?;
    for space in &mut spaces {
        space.state.0[0] ^= 1;
    }
    peer.send(&Frame::Hello(Hello { charters, ..dial.hello() })).await?;
    peer.send(&Frame::Have(spaces.clone())).await?;
    let from = format!("peer={HOSTILE}");
    arena.logged(VICTIM, mark, &["other state", &from]).await?;
    let digests = peer
        .until("the digests by which to name the document", |f| match f {
            Frame::DocumentDigests { digests, .. } => Some(digests.clone()),
            _ => None,
        })
        .await?;
    // False ones back: named, and nothing else.
    let digests = digests.into_keys().map(|id| (id, Digest([9; 32]))).collect();
    peer.send(&Frame::DocumentDigests { space: spaces[0].space, digests }).await?;
    arena.logged(VICTIM, mark, &["other state", &from, "documents=[DocumentId"]).await?;
    Ok(())
}

async fn forged_contacts(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, _, want) = footing(&arena).await?;
    let now = samsyn_server::driver::now_ms();
    let contact = |party: &str, at_ms, signer: &str| {
        let organisation = OrgId::new(party).expect("an id");
        Contact::sign(arena.federation, organisation, at_ms, &arena.log_key(signer))
    };
    let hour = 3_600_000;
    peer.send(&Frame::Contacts(vec![
        contact(SECOND, now + 60_000, HOSTILE),
        contact(HOSTILE, now + hour, HOSTILE),
        contact(HOSTILE, u64::MAX, HOSTILE),
    ]))
    .await?;
    let begun = Instant::now();
    peer.answers(&want).await?;
    let parties = arena.client(VICTIM).parties().await.map_err(|p| anyhow::anyhow!("{p:?}"))?;
    let at = |party: &str| parties.0.iter().find(|p| p.id == party).and_then(|p| p.last_contact_ms);
    let elapsed = u64::try_from(begun.elapsed().as_millis())? + 5_000;
    ensure!(at(SECOND).context("an honest contact")? <= now + elapsed, "another's contact is believed");
    ensure!(at(HOSTILE).is_none_or(|ms| ms <= now + elapsed), "a contact of tomorrow is believed");
    // Ids that nothing stands for.
    let header = HeaderHash([3; 32]);
    peer.send(&Frame::WantValues(vec![FactId { header, index: u32::MAX }])).await?;
    peer.answers(&want).await?;
    Ok(())
}
