//! Federations and spaces that are not the author's, or not the reader's.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, SECOND, VICTIM, WITNESS},
        pen::{Pen, random, tip},
    },
    case, footing, not_accepted,
};
use anyhow::{Result, ensure};
use samsyn_core::{
    code::Code,
    entry::{Outline, Purpose, SpaceFounding},
    id::{DocumentId, OrgId, SpaceId},
    sync::{Frame, Want},
};
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[
    case!("commit-of-another-federation", Nothing, federation, "a commit of another federation: commit.federation"),
    case!("unknown-space", Nothing, unknown_space, "a commit in a space that nobody has founded: chain.space_unknown"),
    case!("space-of-others", Nothing, founded_for_others, "a space founded by who is no member: chain.not_a_member"),
    case!("space-without-us", Nothing, without_us, "a space that the reader is no member of: not stored, not told"),
    case!("intruder-in-space", Nothing, intruder, "a log in a space of others: chain.not_a_member"),
];

async fn federation(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    pen.federation.0[3] ^= 1;
    let (commit, _) = pen.work("Annan samverkan");
    not_accepted(&arena, &[commit], Code::CommitFederation).await
}

async fn unknown_space(arena: Arc<Arena>) -> Result<()> {
    let mut pen = Pen { space: SpaceId(random()), ..arena.pen(HOSTILE) };
    let (commit, _) = pen.work("Ingens yta");
    not_accepted(&arena, &[commit], Code::ChainSpace).await
}

/// A space founded by the hostile party with these members.
fn found(arena: &Arena, author: &str, members: &[&str]) -> Result<(Pen, samsyn_core::commit::SignedCommit)> {
    let members = members.iter().map(|m| OrgId::new(m)).collect::<Result<_, _>>()?;
    let founding =
        Outline::Space(SpaceFounding { salt: random(), members, purpose: Purpose::ForComment, deadline_ms: None });
    let mut pen = Pen { space: SpaceId::FOUNDING, ..arena.pen(author) };
    let commit = pen.write(|b| b.add(DocumentId::NONE, &founding));
    pen.space = SpaceId(tip(&commit).0);
    Ok((pen, commit))
}

async fn founded_for_others(arena: Arc<Arena>) -> Result<()> {
    let (_, commit) = found(&arena, HOSTILE, &[VICTIM, SECOND])?;
    not_accepted(&arena, &[commit], Code::ChainNotMember).await
}

async fn without_us(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, _, known) = footing(&arena).await?;
    let before = arena.look(VICTIM).await?;
    let (mut pen, commit) = found(&arena, HOSTILE, &[HOSTILE, SECOND])?;
    let (work, _) = pen.work("Inte för er");
    peer.commits(std::slice::from_ref(&commit)).await?;
    peer.commits(&[commit, work]).await?;
    peer.send(&Frame::Want(pen.want())).await?;
    peer.answers(&known).await?;
    ensure!(arena.look(VICTIM).await? == before, "something is stored");
    ensure!(
        !peer.seen.iter().any(
            |f| matches!(f, Frame::Commits(c) if c.iter().any(|c| c.hashes().contains(&pen.tip.expect("written"))))
        ),
        "it is handed out"
    );
    Ok(())
}

/// A space of two honest parties whose founding the hostile one has come by; it writes into it, and asks for it.
async fn intruder(arena: Arc<Arena>) -> Result<()> {
    let (theirs, founding) = found(&arena, WITNESS, &[VICTIM, WITNESS])?;
    let (mut peer, _, known) = footing(&arena).await?;
    peer.commits(&[founding]).await?;
    let mut intruder = Pen { space: theirs.space, ..arena.pen(HOSTILE) };
    let (commit, _) = intruder.work("Inkräktare");
    not_accepted(&arena, &[commit], Code::ChainNotMember).await?;
    let want = Want { log: theirs.log(), tip: theirs.tip.expect("founded"), known: Vec::new() };
    peer.forget();
    peer.send(&Frame::Want(want.clone())).await?;
    peer.answers(&known).await?;
    let handed_out =
        |f: &Frame| matches!(f, Frame::Commits(range) if range.iter().any(|c| c.hashes().contains(&want.tip)));
    ensure!(!peer.seen.iter().any(handed_out), "it is handed out to who is no member");
    Ok(())
}
