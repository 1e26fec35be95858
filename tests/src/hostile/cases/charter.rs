//! Charters: unknown, forged, waiting, going back; and a party that has been voted out. These come last, in this order.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, RELAY, SECOND, VICTIM, WITNESS},
        pen::{Pen, random, tip},
    },
    case, footing,
};
use anyhow::{Context, Result, ensure};
use samsyn_core::{
    charter::{self, Charter, Cut, Kept, LogTag},
    code::Code,
    id::{CharterHash, HeaderHash, OrgId},
    limits,
    sync::{CharterFile, Frame},
};
use std::{collections::BTreeSet, sync::Arc};

pub(super) const CASES: &[Case] = &[
    case!("charter-unknown", Rightful, unknown, "an entry that cites a charter of nobody: pending.charter"),
    case!("charter-malformed", Nothing, malformed, "bytes that are no charter: charter.malformed"),
    case!("charter-of-a-later-format", Nothing, later_format, "a charter of a later format: charter.version_unknown"),
    case!("charter-without-past", Nothing, without_past, "an amendment of what is not here: charter.previous_unknown"),
    case!("charter-of-others", Nothing, of_others, "another federation's first charter: charter.other_federation"),
    case!("charter-unsigned", Nothing, unsigned, "an amendment with strangers' signatures: charter.signature"),
    case!("charter-usurped", Rightful, usurped, "an amendment that only its author has signed: never in force"),
    case!("charter-flood", Nothing, flood, "ever more amendments without enough signatures: charter.too_large"),
    case!("charter-back", Rightful, back, "an entry that goes back to an earlier charter: effect.charter_back"),
    case!(
        "ousted",
        Rightful,
        ousted,
        "voted out: tls.unpinned, and what a relay carries of it effect.cut, not_a_party"
    ),
    case!("rule-set-unknown", Standstill, rule_set, "a rule set that no program knows: pending.rule_set"),
];

async fn offered(arena: &Arena, file: CharterFile, code: Code) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let (mut peer, ..) = footing(arena).await?;
    peer.send(&Frame::Charters(vec![file])).await?;
    let (from, why) = (format!("peer={HOSTILE}"), format!("code={code}"));
    arena.logged(VICTIM, mark, &["charter not taken", &from, &why]).await?;
    Ok(())
}

async fn unknown(arena: Arc<Arena>) -> Result<()> {
    let mut pen = Pen { charter: CharterHash(random()), ..arena.pen(HOSTILE) };
    let (commit, _) = pen.work("Okänt avtal");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(std::slice::from_ref(&commit)).await?;
    arena.verdict(VICTIM, tip(&commit), Code::PendingCharter).await?;
    arena.verdict(SECOND, tip(&commit), Code::PendingCharter).await
}

async fn malformed(arena: Arc<Arena>) -> Result<()> {
    for bytes in [b"\xff\xfe".to_vec(), b"format = 1\n".to_vec(), vec![b'['; 100_000]] {
        let file = CharterFile { bytes, signatures: BTreeSet::new() };
        offered(&arena, file, Code::CharterMalformed).await?;
    }
    Ok(())
}

async fn later_format(arena: Arc<Arena>) -> Result<()> {
    let file = arena.amendment(&[HOSTILE], |next| next.format = 2)?;
    offered(&arena, file, Code::CharterVersion).await
}

async fn without_past(arena: Arc<Arena>) -> Result<()> {
    let file = arena.amendment(&[HOSTILE], |next| next.previous = Some(CharterHash(random())))?;
    offered(&arena, file, Code::CharterPrevious).await
}

async fn of_others(arena: Arc<Arena>) -> Result<()> {
    let file = arena.amendment(&[HOSTILE], |next| {
        (next.version, next.previous) = (1, None);
        "En annan samverkan".clone_into(&mut next.name);
    })?;
    offered(&arena, file, Code::CharterForeign).await
}

async fn unsigned(arena: Arc<Arena>) -> Result<()> {
    let mut file = arena.amendment(&[HOSTILE, SECOND], |next| "Kuppen".clone_into(&mut next.name))?;
    file.signatures = file
        .signatures
        .into_iter()
        .map(|(org, mut s)| {
            (org, {
                s.0[1] ^= 1;
                s
            })
        })
        .collect();
    offered(&arena, file, Code::CharterSignature).await
}

/// Signed by its author, and with a signature of its author's under everyone else's name.
fn coup(arena: &Arena, name: &str) -> Result<CharterFile> {
    let mut file = arena.amendment(&[HOSTILE], |next| {
        name.clone_into(&mut next.name);
        next.parties.retain(|p| p.id.as_str() == HOSTILE || p.id.as_str() == RELAY);
        next.programme_office = [OrgId::new(HOSTILE).expect("an id")].into();
    })?;
    let own = *file.signatures.first().map(|(_, s)| s).context("its own signature")?;
    file.signatures.extend([VICTIM, SECOND, WITNESS].map(|p| (OrgId::new(p).expect("an id"), own)));
    Ok(file)
}

async fn usurped(arena: Arc<Arena>) -> Result<()> {
    let file = coup(&arena, "Kuppen")?;
    let before = arena.status(VICTIM).await?;
    let (mut peer, ..) = footing(&arena).await?;
    peer.send(&Frame::Charters(vec![file.clone()])).await?;
    let mut pen = Pen { charter: charter::hash(&file.bytes), ..arena.pen(HOSTILE) };
    let (commit, _) = pen.work("Under kuppen");
    peer.commits(std::slice::from_ref(&commit)).await?;
    arena.verdict(VICTIM, tip(&commit), Code::PendingCharter).await?;
    let after = arena.status(VICTIM).await?;
    ensure!(after.charter_hash == before.charter_hash && !after.charter_disputed, "it has come into force");
    Ok(())
}

async fn flood(arena: Arc<Arena>) -> Result<()> {
    let mark = arena.mark(VICTIM);
    let (mut peer, ..) = footing(&arena).await?;
    for n in 0..limits::CHARTERS_WAITING_MAX * 2 {
        peer.send(&Frame::Charters(vec![coup(&arena, &format!("Kupp {n}"))?])).await?;
    }
    arena.logged(VICTIM, mark, &["charter not taken", "code=charter.too_large"]).await?;
    Ok(())
}

/// A rightful amendment, which comes by way of the relay, and is in force everywhere when this returns.
async fn amend(arena: &Arena, signers: &[&str], change: impl FnOnce(&mut Charter)) -> Result<()> {
    let file = arena.amendment(signers, change)?;
    let mut relay = arena.dial(RELAY, VICTIM).greeted().await?;
    relay.send(&Frame::Charters(vec![file.clone()])).await?;
    let hash = charter::hash(&file.bytes).to_string();
    for node in [VICTIM, SECOND, WITNESS] {
        arena
            .until("the amendment is in force", || async { Ok(arena.status(node).await?.charter_hash == hash) })
            .await
            .with_context(|| node.to_owned())?;
    }
    arena.amended(&file)?;
    Ok(())
}

async fn back(arena: Arc<Arena>) -> Result<()> {
    let (before, _) = arena.charter();
    amend(&arena, &[VICTIM, SECOND, WITNESS, RELAY], |next| "Prov i länet, andra året".clone_into(&mut next.name))
        .await?;
    let mut pen = arena.pen(HOSTILE);
    let forward = pen.card();
    pen.charter = before;
    let (backward, _) = pen.work("Tillbaka");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[forward, backward.clone()]).await?;
    arena.verdict(VICTIM, tip(&backward), Code::EffectCharterBack).await?;
    arena.verdict(SECOND, tip(&backward), Code::EffectCharterBack).await
}

/// The hostile party has published in one log; the others vote it out and keep that log's first commit.
async fn ousted(arena: Arc<Arena>) -> Result<()> {
    let (old, _) = arena.charter();
    let mut pen = arena.pen(HOSTILE);
    let (kept, kept_id) = pen.work("Före uteslutningen");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(std::slice::from_ref(&kept)).await?;
    for node in [VICTIM, SECOND, WITNESS] {
        arena.shows(node, &kept_id.to_string()).await?;
    }
    let last = Kept { log: LogTag::of(&pen.log()), last: tip(&kept) };
    amend(&arena, &[VICTIM, SECOND, WITNESS, RELAY], |next| {
        next.parties.retain(|p| p.id.as_str() != HOSTILE);
        next.cuts = vec![Cut { organisation: OrgId::new(HOSTILE).expect("an id"), kept: vec![last] }];
    })
    .await?;
    peer.ends_with(Code::EffectNotAParty).await?;
    let mark = arena.mark(VICTIM);
    ensure!(arena.hostile().stream().await.is_err(), "it is still let in");
    arena.logged(VICTIM, mark, &["connection refused", "code=tls.unpinned"]).await?;
    arena.shows(VICTIM, &kept_id.to_string()).await?;

    // What it goes on writing is carried by the relay: behind what is kept, in another log, under the new charter.
    let mut relay = arena.dial(RELAY, VICTIM).greeted().await?;
    let carried = |commit: samsyn_core::commit::SignedCommit| {
        let header: HeaderHash = tip(&commit);
        (Frame::Commits(vec![commit]), header)
    };
    let behind = carried(pen.work("Bakom snittet").0);
    let other = carried(Pen { charter: old, ..arena.pen(HOSTILE) }.work("Vid sidan av snittet").0);
    let new = carried(arena.pen(HOSTILE).work("Under det nya avtalet").0);
    for ((frame, header), code) in [(behind, Code::EffectCut), (other, Code::EffectCut), (new, Code::EffectNotAParty)] {
        relay.send(&frame).await?;
        arena.verdict(VICTIM, header, code).await?;
        arena.verdict(SECOND, header, code).await?;
    }
    Ok(())
}

/// Enough parties have signed a charter with a rule set that this program does not know: what cites it waits.
async fn rule_set(arena: Arc<Arena>) -> Result<()> {
    amend(&arena, &[VICTIM, SECOND, WITNESS, RELAY], |next| next.rules = 99).await?;
    let mut pen = arena.pen(RELAY);
    let (commit, _) = pen.work("Nya regler");
    let mut relay = arena.dial(RELAY, VICTIM).greeted().await?;
    relay.commits(std::slice::from_ref(&commit)).await?;
    arena.verdict(VICTIM, tip(&commit), Code::PendingRules).await?;
    arena.verdict(SECOND, tip(&commit), Code::PendingRules).await
}
