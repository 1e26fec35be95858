//! The cases, by what they attack.

mod chain;
mod charter;
mod effect;
mod flood;
mod fork;
mod handshake;
mod hoard;
mod places;
mod relay;
mod session;
mod shape;
mod value;

use super::{
    Case,
    arena::{Arena, HOSTILE, VICTIM},
    peer::Peer,
    pen::Pen,
};
use anyhow::{Context, Result};
use samsyn_core::{
    code::Code,
    commit::SignedCommit,
    id::OrgId,
    sync::{Frame, SpaceHave, Want},
};
use std::collections::BTreeMap;

/// One row of a module's list.
macro_rules! case {
    ($name:literal, $change:ident, $run:path, $what:literal) => {
        crate::hostile::Case {
            name: $name,
            what: $what,
            change: crate::hostile::Change::$change,
            slow: false,
            run: |arena| Box::pin($run(arena)),
        }
    };
    (slow $name:literal, $run:path, $what:literal) => {
        crate::hostile::Case {
            name: $name,
            what: $what,
            change: crate::hostile::Change::Nothing,
            slow: true,
            run: |arena| Box::pin($run(arena)),
        }
    };
}
use case;

/// Cases that amend the charter come last: they take the hostile party's rights away.
pub(super) fn all() -> Vec<Case> {
    [
        handshake::CASES,
        hoard::CASES,
        session::CASES,
        chain::CASES,
        shape::CASES,
        places::CASES,
        effect::CASES,
        fork::CASES,
        value::CASES,
        relay::CASES,
        flood::CASES,
        charter::CASES,
    ]
    .concat()
}

/// Sends a range on a new stream of the hostile party's; the node must say that it does not accept it, and why.
async fn not_accepted(arena: &Arena, range: &[SignedCommit], code: Code) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(range).await?;
    let (from, why) = (format!("peer={HOSTILE}"), format!("code={code}"));
    arena.logged(VICTIM, mark, &["not accepted into the log", &from, &why]).await?;
    Ok(())
}

/// Sends a frame's bytes on a new stream; the node must end the stream with this code, and say so.
async fn ends_stream(arena: &Arena, bytes: Vec<u8>, code: Code) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let mut peer = arena.hostile().greeted().await?;
    peer.send_raw(bytes).await?;
    peer.ends_with(code).await?;
    let (from, why) = (format!("peer={HOSTILE}"), format!("code={code}"));
    arena.logged(VICTIM, mark, &["disconnected", &from, &why]).await?;
    Ok(())
}

/// A stream, and a log of the hostile party's whose first commit the node has.
async fn footing(arena: &Arena) -> Result<(Peer, Pen, Want)> {
    let mut pen = arena.pen(HOSTILE);
    let mut peer = arena.hostile().greeted().await?;
    let card = pen.card();
    peer.commits(&[card]).await?;
    let want = pen.want();
    peer.answers(&want).await.context("an ordinary commit is taken")?;
    Ok((peer, pen, want))
}

/// Some of a party's own commits, from the node: what any peer can get.
async fn fetch(arena: &Arena, peer: &mut Peer, party: &str) -> Result<Vec<SignedCommit>> {
    let organisation = OrgId::new(party)?;
    let space = arena.county_space();
    let state = samsyn_core::id::Digest([0; 32]);
    peer.send(&Frame::Have(vec![SpaceHave { space, organisations: BTreeMap::new(), state }])).await?;
    let want = peer
        .until("the party's tips", |frame| {
            let Frame::Tips(lists) = frame else { return None };
            let list = lists.iter().find(|l| l.organisation == organisation)?;
            let tip = list.tips.first()?;
            let log =
                samsyn_core::id::LogId { space, organisation: organisation.clone(), incarnation: tip.incarnation };
            Some(Want { log, tip: tip.hash, known: Vec::new() })
        })
        .await?;
    peer.answers(&want).await
}
