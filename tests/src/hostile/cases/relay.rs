//! What a party that passes on others' commits can spoil: its doing, never the author's.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, RELAY, VICTIM},
        peer::Peer,
        pen::{Pen, tip},
    },
    case,
};
use anyhow::{Result, ensure};
use samsyn_core::{
    commit::SignedCommit,
    id::{DocumentId, FactId},
    sync::Frame,
};
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[
    case!(
        "spoiled-inside",
        Rightful,
        inside,
        "a signature inside a range spoiled: covered by the chain, marked, named"
    ),
    case!("spoiled-last", Rightful, last, "the last signature of a range spoiled: chain.signature names the relay"),
    case!("spoiled-values", Rightful, values, "values exchanged on the way: left out, had from another"),
    case!("truncated", Rightful, truncated, "the end of a log withheld: had from another"),
];

/// Three works in one log, the relay's stream to the node, and the documents.
async fn three(arena: &Arena) -> Result<(Peer, Pen, Vec<SignedCommit>, Vec<String>)> {
    let mut pen = arena.pen(HOSTILE);
    let works: Vec<(SignedCommit, DocumentId)> = (0..3).map(|i| pen.work(&format!("Buret {i}"))).collect();
    let (range, ids) = works.into_iter().map(|(c, id)| (c, id.to_string())).unzip();
    let relay = arena.dial(RELAY, VICTIM).greeted().await?;
    Ok((relay, pen, range, ids))
}

async fn inside(arena: Arc<Arena>) -> Result<()> {
    let (mut relay, pen, mut range, ids) = three(&arena).await?;
    let (mark, before) = (arena.mark(VICTIM), arena.look(VICTIM).await?.unproven);
    let spoiled = tip(&range[1]);
    range[1].signature.0[5] ^= 1;
    relay.commits(&range).await?;
    for id in &ids {
        arena.shows(VICTIM, id).await?; // the chain covers them
    }
    arena.logged(VICTIM, mark, &["spoiled", &spoiled.to_string(), RELAY, "code=chain.signature"]).await?;
    arena
        .until("it counts as unproven, and no other", || async { Ok(arena.look(VICTIM).await?.unproven == before + 1) })
        .await?;
    // Passed on with its mark or not at all, and never under another's proof: whoever asks gets what is stored.
    let handed = relay.answers(&pen.want()).await?;
    ensure!(handed.last().is_some_and(|c| Some(tip(c)) == pen.tip), "the range is handed on");
    Ok(())
}

async fn last(arena: Arc<Arena>) -> Result<()> {
    let (mut relay, pen, range, ids) = three(&arena).await?;
    let mark = arena.mark(VICTIM);
    let mut spoiled = range.clone();
    spoiled[2].signature.0[5] ^= 1;
    relay.commits(&spoiled).await?;
    arena
        .logged(VICTIM, mark, &["not accepted into the log", &format!("peer={RELAY}"), "code=chain.signature"])
        .await?;
    arena.shows(VICTIM, &ids[1]).await?;
    ensure!(arena.work(VICTIM, &ids[2]).await?.is_none(), "what nobody has signed is shown");
    // The author's own stream has the right one.
    let mut author = arena.hostile().greeted().await?;
    author.commits(&range[2..]).await?;
    arena.shows(VICTIM, &ids[2]).await?;
    author.answers(&pen.want()).await?;
    Ok(())
}

async fn values(arena: Arc<Arena>) -> Result<()> {
    let (mut relay, pen, range, ids) = three(&arena).await?;
    let before = arena.look(VICTIM).await?.missing;
    let mut author = arena.hostile().greeted().await?;
    let mut spoiled = range.clone();
    for value in spoiled.iter_mut().flat_map(|c| &mut c.entries).flat_map(|e| &mut e.values).flatten() {
        value.bytes.push(0);
    }
    relay.commits(&spoiled).await?;
    relay.answers(&pen.want()).await?;
    let wanted = author
        .until("a request for the values", |f| match f {
            Frame::WantValues(facts) => {
                let ours: Vec<FactId> =
                    facts.iter().filter(|f| range.iter().any(|c| tip(c) == f.header)).copied().collect();
                (ours.len() == 3).then_some(ours)
            }
            _ => None,
        })
        .await?;
    let value = |fact: &FactId| {
        let commit = range.iter().find(|c| tip(c) == fact.header)?;
        Some((*fact, commit.entries.last()?.values[fact.index as usize].clone()?))
    };
    author.send(&Frame::Values(wanted.iter().filter_map(value).collect())).await?;
    for (n, id) in ids.iter().enumerate() {
        let title = format!("Buret {n}");
        arena
            .until("the title is there", || async {
                let facts = arena.facts(VICTIM, id, "/facts/title").await?;
                Ok(facts.first().is_some_and(|f| format!("{:?}", f.value).contains(&title)))
            })
            .await?;
    }
    ensure!(arena.look(VICTIM).await?.missing == before, "nothing is missing in the end");
    Ok(())
}

async fn truncated(arena: Arc<Arena>) -> Result<()> {
    let (mut relay, pen, range, ids) = three(&arena).await?;
    relay.commits(&range[..1]).await?;
    arena.shows(VICTIM, &ids[0]).await?;
    let mut author = arena.hostile().greeted().await?;
    author.commits(&range[2..]).await?;
    author.serve(&range).await?;
    arena.shows(VICTIM, &ids[2]).await?;
    author.answers(&pen.want()).await?;
    Ok(())
}
