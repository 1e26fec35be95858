//! Too much of everything: the flood waits for itself, others are served meanwhile.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, VICTIM},
        peer::Peer,
        pen::{card, random, release, state, text},
    },
    case, footing,
};
use anyhow::{Context, Result};
use samsyn_core::{
    id::{DocumentId, HeaderHash, Incarnation, OrgId},
    ledger::Tip,
    limits,
    sign::Signature,
    sync::{Contact, Frame, LogTip, OrgTips, SpaceHave, Want},
};
use std::{collections::BTreeMap, sync::Arc};

pub(super) const CASES: &[Case] = &[
    case!(
        "invented-tips",
        Rightful,
        invented_tips,
        "tips that do not exist, sixteen thousand at a time: others are served"
    ),
    case!("deaf-asker", Rightful, deaf, "asks and asks and never reads: peer.too_slow"),
    case!(
        "deaf-listener",
        Rightful,
        deaf_listener,
        "never reads while others publish: costs nothing, others are served"
    ),
    case!("endless-greetings", Rightful, endless_greetings, "level 1 again and again: others are served"),
    case!("signature-mill", Rightful, signature_mill, "thousands of contact times to be checked: others are served"),
    case!("stream-churn", Rightful, churn, "streams opened and left without end: others are served"),
    case!("commit-flood", Rightful, commit_flood, "rightful commits as fast as they go: others are served"),
];

/// Something that goes on for as long as another party needs to publish, and a little after.
async fn meanwhile(arena: &Arena, flood: impl Future<Output = Result<()>>) -> Result<()> {
    let serve = async {
        for _ in 0..2 {
            arena.served().await?;
        }
        anyhow::Ok(())
    };
    tokio::pin!(flood, serve);
    tokio::select! {
        served = &mut serve => served,
        // A flood that ends early must not end the wait for the others.
        flooded = &mut flood => { flooded?; serve.await }
    }
}

async fn invented_tips(arena: Arc<Arena>) -> Result<()> {
    let mut peer = arena.hostile().greeted().await?;
    let (space, organisation) = (arena.county_space(), OrgId::new(HOSTILE)?);
    let flood = async {
        for _ in 0..8 {
            let tip = |_| Tip { incarnation: Incarnation(random()), seq: 7, hash: HeaderHash(random()) };
            let tips = (0..limits::TIPS_FRAME_LOGS_MAX - 1).map(tip).collect();
            let list = OrgTips { space, organisation: organisation.clone(), tips };
            if peer.send(&Frame::Tips(vec![list])).await.is_err() {
                break; // the node may end the stream
            }
        }
        Ok(())
    };
    meanwhile(&arena, flood).await?;
    let (.., want) = footing(&arena).await?;
    let mut again = arena.hostile().greeted().await?;
    again.answers(&want).await.context("the party itself is welcome again")?;
    Ok(())
}

/// A log of some thousand headers, so that a short request has a long answer.
async fn long_log(arena: &Arena) -> Result<Want> {
    let mut pen = arena.pen(HOSTILE);
    let (work, id) = pen.work("Långt");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[work]).await?;
    for n in 0..4 {
        let commit = pen.write(|b| {
            b.add(DocumentId::NONE, &release());
            for i in 0..1_000 {
                b.facts(id, vec![state(&format!("/facts/f{n}-{i}"), text("x"))]);
            }
        });
        peer.commits(&[commit]).await?;
    }
    let want = pen.want();
    peer.answers_at_last(&want).await?;
    Ok(want)
}

async fn deaf(arena: Arc<Arena>) -> Result<()> {
    let want = long_log(&arena).await?;
    let mark = arena.mark(VICTIM);
    let mut peer = arena.hostile().greeted().await?;
    let asks = async {
        let mut asked = 0;
        // The queue towards the node is gone when the node has ended the stream.
        while peer.send(&Frame::Want(want.clone())).await.is_ok() && asked < 20_000 {
            asked += 1;
        }
        Ok(())
    };
    meanwhile(&arena, asks).await?;
    let from = format!("peer={HOSTILE}");
    let parts = ["disconnected", &from, "code=peer.too_slow"];
    tokio::select! {
        ended = arena.logged(VICTIM, mark, &parts) => drop(ended?),
        () = ask_on(&mut peer, &want) => drop(arena.logged(VICTIM, mark, &parts).await?),
    }
    Ok(())
}

async fn ask_on(peer: &mut Peer, want: &Want) {
    while peer.send(&Frame::Want(want.clone())).await.is_ok() {}
}

async fn deaf_listener(arena: Arc<Arena>) -> Result<()> {
    let dial = arena.hostile();
    let deaf = dial.greeted().await?;
    let mut writer = dial.greeted().await?;
    let mut pen = arena.pen(HOSTILE);
    let flood = async {
        for n in 0..300 {
            let (work, _) = pen.work(&format!("Ohört {n}"));
            writer.commits(&[work]).await?;
        }
        Ok(())
    };
    meanwhile(&arena, flood).await?;
    drop(deaf);
    Ok(())
}

async fn endless_greetings(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, ..) = footing(&arena).await?;
    let state = samsyn_core::id::Digest([0; 32]);
    let have = Frame::Have(vec![SpaceHave { space: arena.county_space(), organisations: BTreeMap::new(), state }]);
    let flood = async {
        for _ in 0..3_000 {
            if peer.send(&have).await.is_err() {
                break; // it does not read the answers: the node may end the stream
            }
        }
        Ok(())
    };
    meanwhile(&arena, flood).await
}

async fn signature_mill(arena: Arc<Arena>) -> Result<()> {
    let (mut peer, ..) = footing(&arena).await?;
    let at_ms = samsyn_server::driver::now_ms() + 30_000;
    let contact =
        |_| Contact { organisation: OrgId::new("ange").expect("an id"), at_ms, signature: Signature(random()) };
    let frame = Frame::Contacts((0..limits::PARTIES_MAX).map(contact).collect());
    let flood = async {
        for _ in 0..2_000 {
            peer.send(&frame).await?;
        }
        Ok(())
    };
    meanwhile(&arena, flood).await
}

async fn churn(arena: Arc<Arena>) -> Result<()> {
    let dial = arena.hostile();
    let channel = dial.channel().await?;
    let flood = async {
        for _ in 0..150 {
            let mut peer = Peer::open(channel.clone(), false).await?;
            peer.send(&Frame::Hello(dial.hello())).await?;
        }
        Ok(())
    };
    meanwhile(&arena, flood).await
}

async fn commit_flood(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let mut frames = Vec::new();
    for _ in 0..10 {
        let range: Vec<_> = (0..300).map(|n| pen.write(|b| b.add(DocumentId::NONE, &card(&n.to_string())))).collect();
        frames.push(range);
    }
    let mut peer = arena.hostile().greeted().await?;
    let flood = async {
        for range in &frames {
            peer.commits(range).await?;
        }
        Ok(())
    };
    meanwhile(&arena, flood).await?;
    // All of it is taken in the end: volume is no reason to refuse.
    let tip = pen.want();
    peer.answers_at_last(&tip).await?;
    arena.agree().await?;
    let tips = vec![LogTip { log: pen.log(), seq: pen.seq, hash: tip.tip }];
    peer.send(&Frame::Announce(tips)).await
}
