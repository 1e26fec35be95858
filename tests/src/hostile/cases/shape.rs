//! Commits that are none: sizes, kinds and bytes.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, VICTIM},
        pen::{Pen, card, genesis, release, state, text, tip},
    },
    case, ends_stream, not_accepted,
};
use anyhow::{Context, Result, ensure};
use prost::Message;
use samsyn_core::{
    code::Code,
    commit::SignedCommit,
    entry::{Header, Kind},
    id::{DocumentId, HeaderHash},
    limits,
    sync::Frame,
    value::Value,
};
use samsyn_wire::v1;
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[
    case!("endless-commit", Nothing, endless, "1 024 headers of which none ends the commit: commit.shape"),
    case!("too-many-headers", Nothing, too_many_headers, "1 025 headers: peer.protocol"),
    case!("oversized-commit", Nothing, oversized, "more than 4 MiB of values: peer.protocol"),
    case!("oversized-outline", Nothing, oversized_outline, "an outline past its bound: peer.protocol"),
    case!("unknown-kind", Nothing, unknown_kind, "a header of a kind that there is not: commit.malformed"),
    case!("unknown-format", Nothing, unknown_format, "a header of a later format: commit.malformed"),
    case!("trailing-bytes", Nothing, trailing_bytes, "bytes behind a header and behind an outline: commit.malformed"),
    case!("nul-in-path", Nothing, nul_in_path, "U+0000, capitals and ten segments in a path: commit.malformed"),
    case!("huge-counts", Nothing, huge_counts, "lists that claim four thousand million items: commit.malformed"),
    case!("wrong-outline", Nothing, wrong_outline, "an outline that is not the one signed: chain.broken"),
    case!("kinds-together", Nothing, kinds_together, "kinds that may not stand in one commit: commit.shape"),
    case!("two-ends", Nothing, two_ends, "a commit that ends twice: chain.broken"),
    case!("huge-position", Nothing, huge_position, "positions and times past what a store keeps: commit.malformed"),
    case!(
        "strange-times",
        Rightful,
        strange_times,
        "1970 and the year 292 million: shown, never used, and nothing breaks"
    ),
];

fn wire(commit: &SignedCommit) -> Vec<u8> {
    v1::Frame::from(&Frame::Commits(vec![commit.clone()])).encode_to_vec()
}

/// A commit of `count` cards, which no honest program builds.
fn cards(pen: &Pen, count: usize) -> SignedCommit {
    pen.build(|b| {
        for _ in 0..count {
            b.add(DocumentId::NONE, &card("x"));
        }
    })
}

async fn endless(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    let commit = pen.bend(cards(&pen, limits::COMMIT_HEADERS_MAX), |_, header, _| header.end_of_commit = false);
    not_accepted(&arena, &[commit], Code::CommitShape).await
}

async fn too_many_headers(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    ends_stream(&arena, wire(&cards(&pen, limits::COMMIT_HEADERS_MAX + 1)), Code::PeerProtocol).await
}

async fn oversized(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let large = Value::Prose("å".repeat(limits::PROSE_BYTES_MAX / 2));
    let facts = (0..68).map(|i| state(&format!("/facts/p{i}"), Some(large.clone()))).collect();
    let commit = pen.facts(DocumentId([1; 32]), facts);
    ensure!(commit.size_bytes() > limits::COMMIT_BYTES_MAX, "it is past the bound");
    let bytes = wire(&commit);
    ensure!(bytes.len() < limits::FRAME_BYTES_MAX, "its frame is within the bound");
    ends_stream(&arena, bytes, Code::PeerProtocol).await
}

async fn oversized_outline(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let card = pen.card();
    let commit = pen.bend(card, |_, _, outline| outline.resize(limits::OUTLINE_BYTES_MAX + 1, 0));
    ends_stream(&arena, wire(&commit), Code::PeerProtocol).await
}

/// Where a header has its kind: found by comparing two that differ in nothing else.
fn kind_at(bytes: &[u8]) -> Result<usize> {
    let mut header = Header::decode(bytes)?;
    header.kind = if header.kind == Kind::Card { Kind::Space } else { Kind::Card };
    header.encode().iter().zip(bytes).position(|(a, b)| a != b).context("the kind is written somewhere")
}

async fn unknown_kind(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    for kind in [7, 200, 255] {
        let mut commit = pen.clone().card();
        let at = kind_at(&commit.entries[0].header)?;
        commit.entries[0].header[at] = kind;
        not_accepted(&arena, &[pen.sign(commit.entries)], Code::CommitMalformed).await?;
    }
    // A receipt's outline under a header that says card.
    let card = pen.card();
    let commit = pen.bend(card, |_, header, _| header.kind = Kind::Receipt);
    not_accepted(&arena, &[commit], Code::CommitMalformed).await
}

async fn unknown_format(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    for format in [0, 2, 255] {
        let commit = pen.bend(pen.clone().card(), |_, header, _| header.format = format);
        not_accepted(&arena, &[commit], Code::CommitMalformed).await?;
    }
    Ok(())
}

async fn trailing_bytes(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    let mut commit = pen.clone().card();
    commit.entries[0].header.push(0);
    not_accepted(&arena, &[pen.sign(commit.entries)], Code::CommitMalformed).await?;
    let commit = pen.bend(pen.clone().card(), |_, _, outline| outline.push(0));
    not_accepted(&arena, &[commit], Code::CommitMalformed).await?;
    let mut commit = pen.clone().card();
    commit.entries[0].header.truncate(40);
    not_accepted(&arena, &[pen.sign(commit.entries)], Code::CommitMalformed).await
}

/// Writes other bytes of the same length where an outline has a path.
fn with_path(pen: &Pen, path: &str) -> SignedCommit {
    let plain = format!("/{}", "p".repeat(path.len() - 1));
    let commit = pen.clone().facts(DocumentId([1; 32]), vec![state(&plain, text("x"))]);
    pen.bend(commit, |_, _, outline| {
        if let Some(at) = outline.windows(plain.len()).position(|w| w == plain.as_bytes()) {
            outline[at..at + path.len()].copy_from_slice(path.as_bytes());
        }
    })
}

async fn nul_in_path(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    for path in
        ["/facts/ti\0le", "/Facts/title", "/facts//title", "facts/titles", "/a/b/c/d/e/f/g/h/i/j", "/facts/../title"]
    {
        not_accepted(&arena, &[with_path(&pen, path)], Code::CommitMalformed)
            .await
            .with_context(|| format!("{path:?}"))?;
    }
    Ok(())
}

async fn huge_counts(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    for commit in [pen.clone().card(), pen.clone().facts(DocumentId([1; 32]), vec![state("/facts/x", text("x"))])] {
        let last = commit.entries.len() - 1;
        // Both outlines begin with the length of a list.
        let bent = pen.bend(commit, |i, _, outline| {
            if i == last {
                outline[..4].copy_from_slice(&[0xff; 4]);
            }
        });
        not_accepted(&arena, &[bent], Code::CommitMalformed).await?;
    }
    Ok(())
}

async fn wrong_outline(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    let mut commit = pen.clone().card();
    commit.entries[0].outline = card("https://127.0.0.1:2").encode();
    not_accepted(&arena, &[commit], Code::ChainBroken).await?;
    // The right length stated falsely, hash and signature fitting.
    let mut commit = pen.clone().card();
    let mut header = Header::decode(&commit.entries[0].header)?;
    header.outline_bytes += 1;
    commit.entries[0].header = header.encode();
    not_accepted(&arena, &[pen.sign(commit.entries)], Code::ChainBroken).await
}

async fn kinds_together(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    let id = DocumentId([1; 32]);
    let fact = || vec![state("/facts/title", text("x"))];
    for commit in [
        pen.build(|b| b.facts(id, fact())),
        pen.build(|b| b.add(DocumentId::NONE, &release())),
        pen.build(|b| b.add(DocumentId::NONE, &genesis(&pen.org))),
        cards(&pen, 2),
        pen.build(|b| {
            b.add(DocumentId::NONE, &release());
            b.facts(id, fact());
            b.add(DocumentId::NONE, &card("x"));
        }),
        pen.build(|b| {
            b.add(DocumentId::NONE, &release());
            b.facts(DocumentId::NONE, fact());
        }),
        pen.build(|b| b.add(id, &card("x"))),
        pen.build(|b| {
            b.add(DocumentId::NONE, &release());
            b.add(DocumentId::NONE, &release());
        }),
    ] {
        not_accepted(&arena, &[commit], Code::CommitShape).await?;
    }
    Ok(())
}

async fn two_ends(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let (work, _) = pen.work("Två slut");
    let commit = pen.bend(work, |_, header, _| header.end_of_commit = true);
    not_accepted(&arena, &[commit], Code::ChainBroken).await
}

async fn huge_position(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let first = pen.card();
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[first]).await?;
    let next = |change: &dyn Fn(&mut Header)| pen.bend(pen.clone().card(), |_, header, _| change(header));
    for commit in [
        next(&|h| h.seq = u64::MAX),
        next(&|h| h.seq = 0),
        next(&|h| h.seq = 1),
        next(&|h| h.hlc_ms = u64::MAX),
        next(&|h| h.outline_bytes = 0),
    ] {
        if Header::decode(&commit.entries[0].header).is_ok() {
            continue; // the last is put right when it is hashed anew
        }
        not_accepted(&arena, &[commit], Code::CommitMalformed).await?;
    }
    not_accepted(&arena, &[next(&|h| h.seq = i64::MAX.unsigned_abs())], Code::ChainBroken).await
}

async fn strange_times(arena: Arc<Arena>) -> Result<()> {
    let mut peer = arena.hostile().greeted().await?;
    let mut ids = Vec::new();
    for hlc_ms in [0, 1, i64::MAX.unsigned_abs() - 10] {
        let mut pen = Pen { hlc_ms, ..arena.pen(HOSTILE) };
        let (commit, id) = pen.work(&format!("Tid {hlc_ms}"));
        ensure!(HeaderHash(id.0) == commit.hashes()[1] && tip(&commit) != commit.hashes()[1], "the genesis is named");
        peer.commits(&[commit]).await?;
        ids.push(id.to_string());
    }
    for id in &ids {
        arena.shows(VICTIM, id).await?;
        for args in [vec!["work", "show", id], vec!["work", "history", id], vec!["work", "show", id, "--json"]] {
            let ran = arena.county.samsyn(VICTIM, &args).await;
            ensure!(ran.code == 0, "{}: {} {}", ran.line, ran.out, ran.err);
        }
    }
    for args in [&["work", "list"][..], &["work", "list", "--json"], &["parties"], &["parties", "--json"], &["status"]]
    {
        let ran = arena.county.samsyn(VICTIM, args).await;
        ensure!(ran.code == 0, "{}: {} {}", ran.line, ran.out, ran.err);
    }
    Ok(())
}
