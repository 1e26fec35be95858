//! Effect: what an author may not state is stored as evidence and has no effect, on any node.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, SECOND, VICTIM, WITNESS},
        pen::{genesis, release, replacing, state, text, tip},
    },
    case,
};
use anyhow::{Context, Result, ensure};
use samsyn_core::{
    code::Code,
    commit::{SignedCommit, Statement},
    entry::{DocumentKind, Erasure, FactOutline, Genesis, Outline, ValueOutline},
    id::{DocumentId, FactId, HeaderHash, OrgId, Path, ValueHash},
    limits,
    value::{Value, ValueType},
};
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[
    case!("anothers-path", Rightful, anothers_path, "the owner's path in another's work: effect.path_forbidden"),
    case!("anothers-row", Rightful, anothers_row, "what only another party may state of itself: effect.path_forbidden"),
    case!("unknown-path", Rightful, unknown_path, "a path that no row of the rules has: effect.path_unknown"),
    case!("wrong-type", Rightful, wrong_type, "a type that does not fit its path: effect.value_type"),
    case!("too-long-value", Rightful, too_long_value, "a length past the type's bound: effect.value_size"),
    case!("foreign-document", Nothing, foreign_document, "facts of what is no document: effect.foreign_document"),
    case!("posed-owner", Rightful, posed_owner, "a work in another's name: effect.genesis, its facts effect.ancestor"),
    case!("office-only", Rightful, office_only, "a roadmap by who has no programme office: effect.genesis"),
    case!("genesis-never-comes", Nothing, genesis_never_comes, "facts of a document that never comes: pending.genesis"),
    case!("others-erased", Rightful, others_erased, "an erasure of others' facts: their values stay"),
    case!("half-a-commit", Rightful, half_a_commit, "one forbidden fact among rightful ones: none of the entry counts"),
];

/// Sends a commit; both the node that gets it and one that gets it from there list the header with the code.
async fn judged(arena: &Arena, commit: SignedCommit, header: HeaderHash, code: Code) -> Result<()> {
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[commit]).await?;
    arena.verdict(VICTIM, header, code).await?;
    arena.verdict(SECOND, header, code).await
}

/// A work of the witness, and the fact that is its title.
async fn theirs(arena: &Arena) -> Result<(DocumentId, FactId)> {
    let id = arena.county.publish(WITNESS, "Annans arbete").await;
    let title = arena.facts(VICTIM, &id, "/facts/title").await?;
    Ok((id.parse()?, title.first().context("it has a title")?.fact_id.parse()?))
}

async fn state_of_theirs(arena: &Arena, statements: Vec<Statement>, code: Code) -> Result<()> {
    let (id, _) = theirs(arena).await?;
    let before = arena.look(VICTIM).await?.digest;
    let commit = arena.pen(HOSTILE).facts(id, statements);
    let header = tip(&commit);
    judged(arena, commit, header, code).await?;
    ensure!(arena.look(VICTIM).await?.digest == before, "the state has changed");
    Ok(())
}

async fn anothers_path(arena: Arc<Arena>) -> Result<()> {
    let (id, title) = theirs(&arena).await?;
    let taken = replacing("/facts/title", Value::Text("Övertaget".to_owned()), vec![title]);
    let commit = arena.pen(HOSTILE).facts(id, vec![taken]);
    let header = tip(&commit);
    judged(&arena, commit, header, Code::EffectPathForbidden).await?;
    let title = arena.facts(VICTIM, &id.to_string(), "/facts/title").await?;
    ensure!(title.len() == 1 && title[0].stated_by == WITNESS, "the title is {title:?}");
    Ok(())
}

async fn anothers_row(arena: Arc<Arena>) -> Result<()> {
    for path in ["/parties/timra/rollout", "/attested/timra", "/register/timra/ks/x1", "/remarks/ange/r1"] {
        let statement = state(path, text("x"));
        state_of_theirs(&arena, vec![statement], Code::EffectPathForbidden).await.with_context(|| path.to_owned())?;
    }
    Ok(())
}

async fn unknown_path(arena: Arc<Arena>) -> Result<()> {
    state_of_theirs(&arena, vec![state("/elsewhere", text("x"))], Code::EffectPathUnknown).await
}

async fn wrong_type(arena: Arc<Arena>) -> Result<()> {
    // Its own row, where only a reference may stand.
    let path = format!("/parties/{HOSTILE}/participation");
    state_of_theirs(&arena, vec![state(&path, Some(Value::Integer(7)))], Code::EffectValueType).await
}

async fn too_long_value(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let value = ValueOutline {
        kind: ValueType::Text,
        bytes: u32::try_from(limits::TEXT_BYTES_MAX + 100)?,
        hash: ValueHash([1; 32]),
    };
    let facts = vec![FactOutline { path: Path::new("/facts/title")?, value: Some(value), replaces: Vec::new() }];
    let (work, id) = pen.work("Lång");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[work]).await?;
    arena.shows(VICTIM, &id.to_string()).await?;
    let before = arena.look(VICTIM).await?.digest;
    let commit = pen.write(|b| {
        b.add(DocumentId::NONE, &release());
        b.add(id, &Outline::Facts(facts));
    });
    let header = tip(&commit);
    judged(&arena, commit, header, Code::EffectValueSize).await?;
    ensure!(arena.look(VICTIM).await?.digest == before, "the state has changed");
    Ok(())
}

async fn foreign_document(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let card = pen.card();
    let no_document = DocumentId(tip(&card).0);
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[card]).await?;
    let commit = pen.facts(no_document, vec![state("/facts/title", text("x"))]);
    let header = tip(&commit);
    judged(&arena, commit, header, Code::EffectForeignDocument).await
}

async fn posed_owner(arena: Arc<Arena>) -> Result<()> {
    let mut document = DocumentId::NONE;
    let owner = OrgId::new(WITNESS)?;
    let commit = arena.pen(HOSTILE).write(|b| {
        b.add(DocumentId::NONE, &release());
        document = DocumentId::from(b.add(DocumentId::NONE, &genesis(&owner)));
        b.facts(document, vec![state("/facts/title", text("Påstått"))]);
    });
    let facts = tip(&commit);
    judged(&arena, commit.clone(), HeaderHash(document.0), Code::EffectGenesis).await?;
    arena.verdict(VICTIM, facts, Code::EffectAncestor).await?;
    ensure!(!arena.county.titles(VICTIM).await.contains(&"Påstått".to_owned()), "it is listed");
    Ok(())
}

async fn office_only(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    for kind in [DocumentKind::Roadmap, DocumentKind::Programme, DocumentKind::Decision] {
        let (owner, archive_owner) = (pen.org.clone(), pen.org.clone());
        let genesis = Genesis { kind, owner, authority: super::super::pen::name("ks"), archive_owner, body: None };
        let commit = pen.write(|b| {
            b.add(DocumentId::NONE, &release());
            b.add(DocumentId::NONE, &Outline::Document(genesis));
        });
        // It alone would count as an end of the log, so it comes on the stream that has sent what is before it.
        let header = tip(&commit);
        judged(&arena, commit, header, Code::EffectGenesis).await.with_context(|| format!("{kind:?}"))?;
    }
    Ok(())
}

async fn genesis_never_comes(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let mut peer = arena.hostile().greeted().await?;
    let mut last = HeaderHash([0; 32]);
    for n in 1..50 {
        let commit = pen.facts(DocumentId([n; 32]), vec![state("/facts/title", text("Utan början"))]);
        last = tip(&commit);
        peer.commits(&[commit]).await?;
    }
    arena.verdict(VICTIM, last, Code::PendingGenesis).await?;
    arena.verdict(SECOND, last, Code::PendingGenesis).await
}

async fn others_erased(arena: Arc<Arena>) -> Result<()> {
    let (id, title) = theirs(&arena).await?;
    let mut pen = arena.pen(HOSTILE);
    let (work, own) = pen.work("Eget att gallra i");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[work]).await?;
    let facts = vec![title];
    // In an own document, and in theirs.
    for document in [own, id] {
        let erasure = Outline::Erasure(Erasure { authority: super::super::pen::name("ks"), facts: facts.clone() });
        let commit = pen.write(|b| b.add(document, &erasure));
        peer.commits(&[commit]).await?;
    }
    peer.answers(&pen.want()).await?;
    for node in [VICTIM, SECOND, WITNESS] {
        let title = arena.facts(node, &id.to_string(), "/facts/title").await?;
        ensure!(title.len() == 1 && title[0].value.is_some(), "at {node} the title is {title:?}");
    }
    Ok(())
}

async fn half_a_commit(arena: Arc<Arena>) -> Result<()> {
    let allowed = state(&format!("/remarks/{HOSTILE}/r1"), text("Tillåtet"));
    let forbidden = state("/facts/title", text("Otillåtet"));
    state_of_theirs(&arena, vec![allowed, forbidden], Code::EffectPathForbidden).await
}
