//! Log acceptance: signatures, keys and the chain.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, VICTIM, WITNESS},
        pen::{self, Pen, tip},
    },
    case, ends_stream, fetch, footing, not_accepted,
};
use anyhow::{Context, Result, ensure};
use prost::Message;
use samsyn_core::{
    code::Code,
    commit::SignedCommit,
    entry::Header,
    id::{DocumentId, HeaderHash, OrgId},
    sign::{Domain, Signature},
    sync::{Frame, Want},
};
use samsyn_wire::v1;
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[
    case!("foreign-name", Nothing, foreign_name, "the own key under another party's name: chain.key_unknown"),
    case!("foreign-log", Nothing, foreign_log, "a commit behind another party's, with the own key: chain.signature"),
    case!("unknown-key", Nothing, unknown_key, "a log whose first header names a key of nobody: chain.key_unknown"),
    case!("signature-of-nothing", Nothing, zero_signature, "64 zero bytes for a signature: chain.signature"),
    case!("signature-missing", Nothing, signature_missing, "no signature, and one too short: peer.protocol"),
    case!("signature-on-wrong-header", Nothing, wrong_header, "the first header signed, not the last: chain.signature"),
    case!("signature-for-another-end", Nothing, wrong_domain, "the header signed as a contact time: chain.signature"),
    case!("unsigned-tail", Rightful, unsigned_tail, "thousands of unsigned commits again and again: chain.signature"),
    case!("graft", Nothing, graft, "another party's commit put behind the own: chain.broken"),
    case!("graft-renamed", Nothing, graft_renamed, "another's commit under the own name and signature: chain.broken"),
    case!("broken-link", Rightful, broken_link, "a link, position and log that do not fit: chain.broken, chain.gap"),
    case!("replay", Nothing, replay, "others' commits and the own, again and again: nothing is stored twice"),
    case!("reorder", Rightful, reorder, "the last commit first, then all, then all backwards: each counts once"),
];

async fn foreign_name(arena: Arc<Arena>) -> Result<()> {
    let mut forged = Pen { org: OrgId::new(WITNESS)?, ..arena.pen(HOSTILE) };
    let (commit, _) = forged.work("I annans namn");
    not_accepted(&arena, &[commit], Code::ChainKey).await
}

async fn unknown_key(arena: Arc<Arena>) -> Result<()> {
    let key = samsyn_core::sign::LogKey::from_secret(&pen::random());
    let mut pen = Pen { key, ..arena.pen(HOSTILE) };
    let card = pen.card();
    not_accepted(&arena, &[card], Code::ChainKey).await
}

async fn foreign_log(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, ..) = footing(&arena).await?;
    let theirs = fetch(&arena, &mut peer, WITNESS).await?;
    let last = theirs.last().and_then(|c| c.entries.last()).context("the witness has published")?;
    let header = Header::decode(&last.header)?;
    let mut forged = Pen {
        org: header.organisation.clone(),
        incarnation: header.incarnation,
        seq: header.seq,
        tip: Some(HeaderHash::of(&last.header)),
        ..arena.pen(HOSTILE)
    };
    let (commit, _) = forged.work("Bakom annans");
    not_accepted(&arena, &[commit], Code::ChainSignature).await
}

async fn zero_signature(arena: Arc<Arena>) -> Result<()> {
    let mut commit = arena.pen(HOSTILE).card();
    commit.signature = Signature([0; 64]);
    not_accepted(&arena, &[commit], Code::ChainSignature).await
}

async fn signature_missing(arena: Arc<Arena>) -> Result<()> {
    let commit = arena.pen(HOSTILE).card();
    for length in [0, 63] {
        let mut wire: v1::Commits = [commit.clone()].as_slice().into();
        wire.commits[0].signature.truncate(length);
        let frame = v1::Frame { body: Some(v1::frame::Body::Commits(wire)) };
        ends_stream(&arena, frame.encode_to_vec(), Code::PeerProtocol).await?;
    }
    Ok(())
}

async fn wrong_header(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let (mut commit, _) = pen.work("Fel huvud");
    commit.signature = pen.key.sign(Domain::Commit, &commit.entries[0].header);
    not_accepted(&arena, &[commit], Code::ChainSignature).await
}

async fn wrong_domain(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let mut commit = pen.card();
    for domain in [Domain::Contact, Domain::Charter] {
        commit.signature = pen.key.sign(domain, &commit.entries[0].header);
        not_accepted(&arena, &[commit.clone()], Code::ChainSignature).await?;
    }
    Ok(())
}

/// Each frame costs the node as much as it can be made to; another party publishes in the meantime.
async fn unsigned_tail(arena: Arc<Arena>) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let mut pen = arena.pen(HOSTILE);
    let good = pen.card();
    let mut range = vec![good.clone()];
    for _ in 0..5_000 {
        let mut commit = pen.card();
        commit.signature = Signature([7; 64]);
        range.push(commit);
    }
    let mut peer = arena.hostile().greeted().await?;
    let flood = async {
        for _ in 0..12 {
            peer.commits(&range).await?;
        }
        anyhow::Ok(())
    };
    let (flooded, served) = tokio::join!(flood, arena.served());
    flooded?;
    served?;
    let from = format!("peer={HOSTILE}");
    arena.logged(VICTIM, mark, &["not accepted into the log", &from, "code=chain.signature"]).await?;
    // What was signed is welcome all the same.
    let mut again = arena.hostile().greeted().await?;
    again.commits(std::slice::from_ref(&good)).await?;
    let want = Want { log: pen.log(), tip: tip(&good), known: Vec::new() };
    again.answers(&want).await?;
    Ok(())
}

async fn graft(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, mut pen, _) = footing(&arena).await?;
    let theirs = fetch(&arena, &mut peer, WITNESS).await?;
    let own = pen.card();
    let before = arena.look(VICTIM).await?.commits;
    let mark = arena.mark(VICTIM);
    // Theirs has another log's chain: it cannot hang on ours, signed or not, and gets nothing from a signature behind it.
    let mut unsigned = theirs[0].clone();
    unsigned.signature = own.signature;
    let bent = pen.bend(unsigned.clone(), |i, header, _| {
        if i == 0 {
            header.hlc_ms += 1; // not one that is stored already
        }
    });
    let covering = pen.card();
    peer.commits(&[own, bent, covering]).await?;
    arena.logged(VICTIM, mark, &["not accepted into the log", "code=chain.broken"]).await?;
    ensure!(
        arena.look(VICTIM).await?.commits == before + 1,
        "the own commit before the graft, and no other, is stored"
    );
    Ok(())
}

async fn graft_renamed(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, pen, _) = footing(&arena).await?;
    let theirs = fetch(&arena, &mut peer, WITNESS).await?;
    // Their second commit (or their first) behind the own first one, under the own name, with their positions.
    let stolen = theirs.last().context("the witness has published")?.clone();
    let renamed = pen.bend(stolen, |i, header, _| {
        header.organisation = pen.org.clone();
        header.incarnation = pen.incarnation;
        header.seq += 7;
        if i == 0 {
            header.link = samsyn_core::entry::Link::Next(pen.tip.expect("it has a commit"));
        }
    });
    not_accepted(&arena, &[renamed], Code::ChainBroken).await
}

async fn broken_link(arena: Arc<Arena>) -> Result<()> {
    let (_, pen, _) = footing(&arena).await?;
    let next = |change: &dyn Fn(&mut Header)| {
        let commit = pen.clone().card();
        pen.bend(commit, |_, header, _| change(header))
    };
    // A position left out; a log that is not the one linked to.
    not_accepted(&arena, &[next(&|h| h.seq += 1)], Code::ChainBroken).await?;
    not_accepted(&arena, &[next(&|h| h.incarnation.0[0] ^= 1)], Code::ChainBroken).await?;
    // A link to nothing: asked for, and never had.
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[next(&|h| h.link = samsyn_core::entry::Link::Next(HeaderHash([5; 32])))]).await?;
    peer.until("a request for what leads to it", |f| matches!(f, Frame::Want(_)).then_some(())).await?;
    // A link into the middle of a commit.
    let mut pen = pen.clone();
    let (work, document) = pen.work("Mitt i");
    let middle = work.hashes()[1];
    peer.commits(&[work]).await?;
    let inside = Pen { seq: pen.seq - 1, tip: Some(middle), ..pen.clone() }.facts(document, Vec::new());
    let mark = arena.mark(VICTIM);
    peer.commits(&[inside]).await?;
    arena.logged(VICTIM, mark, &["not accepted into the log", "code=chain.broken"]).await?;
    Ok(())
}

async fn replay(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, pen, want) = footing(&arena).await?;
    let theirs = fetch(&arena, &mut peer, WITNESS).await?;
    let own = peer.answers(&want).await?;
    let before = arena.look(VICTIM).await?;
    for _ in 0..100 {
        peer.commits(&theirs).await?;
        peer.commits(&own).await?;
    }
    for commit in &theirs {
        peer.commits(std::slice::from_ref(commit)).await?;
    }
    peer.answers(&pen.want()).await?;
    ensure!(arena.look(VICTIM).await? == before, "something has changed");
    Ok(())
}

async fn reorder(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let works: Vec<(SignedCommit, DocumentId)> = (0..4).map(|i| pen.work(&format!("Omkastat {i}"))).collect();
    let mut range: Vec<SignedCommit> = works.iter().map(|(c, _)| c.clone()).collect();
    let before = arena.look(VICTIM).await?.commits;
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&range[3..]).await?;
    peer.serve(&range).await?;
    for (_, document) in &works {
        arena.shows(VICTIM, &document.to_string()).await?;
    }
    range.reverse();
    peer.commits(&range).await?;
    for commit in range {
        peer.commits(&[commit]).await?;
    }
    peer.answers(&pen.want()).await?;
    ensure!(arena.look(VICTIM).await?.commits == before + 4, "each counts once");
    Ok(())
}
