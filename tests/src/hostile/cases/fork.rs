//! Forks: evidence, kept, told, harmless.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, SECOND, VICTIM},
        pen::{card, genesis, release, state, text, tip},
    },
    case, not_accepted,
};
use anyhow::{Context, Result, ensure};
use samsyn_core::{
    code::Code,
    id::{DocumentId, Incarnation},
    limits,
};
use samsyn_wire::v1;
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[
    case!("fork", Rightful, fork, "two commits at one position: both count, every node names the fork"),
    case!("seventeen-forks", Nothing, seventeen, "seventeen at one position: sixteen are kept, then chain.tips"),
    case!(
        "fork-inside-a-commit",
        Rightful,
        inside,
        "two commits that share their first headers: both count, once each"
    ),
    case!("fork-later", Nothing, later, "a rival to a commit long since extended: named with its position"),
];

async fn named(arena: &Arena, node: &str, incarnation: Incarnation) -> Result<v1::Fork> {
    let mut found = None;
    let client = arena.client(node);
    for _ in 0..200 {
        let answer = client.call(client.node().forks(v1::ForksRequest {})).await;
        let answer = answer.map_err(|p| anyhow::anyhow!("{node}: {p:?}"))?;
        found = answer.forks.into_iter().find(|f| f.log.as_ref().is_some_and(|l| l.incarnation == incarnation.0));
        if found.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    found.with_context(|| format!("{node} names no fork in the log"))
}

async fn fork(arena: Arc<Arena>) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let mut pen = arena.pen(HOSTILE);
    let (work, id) = pen.work("Kluvet");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[work]).await?;
    let (mut twin, path) = (pen.clone(), format!("/parties/{HOSTILE}/note"));
    twin.hlc_ms += 1; // another header from the first on
    let one = pen.facts(id, vec![state(&path, text("ena"))]);
    let other = twin.facts(id, vec![state(&path, text("andra"))]);
    peer.commits(&[one]).await?;
    peer.commits(&[other]).await?;
    arena.logged(VICTIM, mark, &["two commits at one position", &format!("organisation={HOSTILE}")]).await?;
    for node in [VICTIM, SECOND] {
        let fork = named(&arena, node, pen.incarnation).await?;
        ensure!(fork.seq == 4 && fork.headers.len() == 2 && fork.tips.len() == 2, "{node}: {fork:?}");
    }
    arena
        .until("both stand, as a conflict", || async {
            let facts = arena.facts(VICTIM, &id.to_string(), &path).await?;
            Ok(facts.len() == 2 && facts.iter().all(|f| f.conflict))
        })
        .await
}

async fn seventeen(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    let rival = |n: usize| pen.build(|b| b.add(DocumentId::NONE, &card(&format!("https://127.0.0.1:{n}"))));
    let mut peer = arena.hostile().greeted().await?;
    for n in 0..limits::TIPS_PER_LOG_MAX {
        peer.commits(&[rival(n)]).await?;
    }
    not_accepted(&arena, &[rival(99)], Code::ChainTips).await?;
    let fork = named(&arena, VICTIM, pen.incarnation).await?;
    ensure!(fork.tips.len() == limits::TIPS_PER_LOG_MAX && fork.code == Code::ChainTips.as_str(), "{fork:?}");
    // The log's other branches may go on.
    let mut going_on = pen.clone();
    going_on.go_on(&rival(0));
    let next = going_on.card();
    peer.commits(&[next]).await?;
    peer.answers(&going_on.want()).await?;
    Ok(())
}

async fn inside(arena: Arc<Arena>) -> Result<()> {
    let pen = arena.pen(HOSTILE);
    let shared = state("/facts/summary", Some(samsyn_core::value::Value::Prose("delat".to_owned())));
    let side = |title: &str| {
        pen.build(|b| {
            b.add(DocumentId::NONE, &release());
            let id = DocumentId::from(b.add(DocumentId::NONE, &genesis(&pen.org)));
            b.facts(id, vec![shared.clone()]);
            b.facts(id, vec![state("/facts/title", text(title))]);
        })
    };
    let (one, other) = (side("ena"), side("andra"));
    ensure!(one.hashes()[..3] == other.hashes()[..3] && tip(&one) != tip(&other), "they share three headers");
    let id = DocumentId::from(one.hashes()[1]).to_string();
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[one]).await?;
    peer.commits(&[other]).await?;
    for node in [VICTIM, SECOND] {
        let fork = named(&arena, node, pen.incarnation).await?;
        ensure!(fork.seq == 4 && fork.headers.len() == 2, "{node}: {fork:?}");
        arena
            .until("what they share stands once, what they differ in twice", || async {
                let (shared, titles) =
                    (arena.facts(node, &id, "/facts/summary").await?, arena.facts(node, &id, "/facts/title").await?);
                Ok(shared.len() == 1 && titles.len() == 2)
            })
            .await?;
    }
    Ok(())
}

async fn later(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let first = pen.card();
    let mut twin = pen.clone();
    let mut range = vec![first];
    range.extend((0..30).map(|_| pen.card()));
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&range).await?;
    twin.hlc_ms += 1_000;
    let rival = twin.card();
    peer.commits(&[rival]).await?;
    for node in [VICTIM, SECOND] {
        let fork = named(&arena, node, pen.incarnation).await?;
        ensure!(fork.seq == 2 && fork.tips.len() == 2, "{node}: {fork:?}");
    }
    Ok(())
}
