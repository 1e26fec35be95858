//! Values that do not fit what was signed, or are withheld, or cost much to read.

use super::{
    super::{
        Case,
        arena::{Arena, HOSTILE, VICTIM},
        pen::{Pen, random, release, state, text, tip},
    },
    case,
};
use anyhow::{Context, Result, ensure};
use samsyn_core::{
    code::Code,
    commit::{SaltedValue, SignedCommit, Statement},
    entry::{FactOutline, Outline, ValueOutline},
    id::{DocumentId, FactId, Path},
    sync::Frame,
    value::{Value, ValueType},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub(super) const CASES: &[Case] = &[
    case!("withheld-value", Rightful, withheld, "a value left out, noise when it is asked for: value.missing"),
    case!("value-of-another-hash", Rightful, other_hash, "a value that is not the one signed: value.missing"),
    case!("value-of-another-type", Rightful, other_type, "outline and value that disagree on the type: value.type"),
    case!("nul-and-huge-integers", Rightful, nul, "U+0000, negative and unsigned 64-bit numbers: value.type"),
    case!("values-unasked", Rightful, unasked, "values of others' facts, other ones, unasked: theirs stay"),
    case!("prose-maze", Rightful, prose_maze, "texts whose bases form a maze: read within a bound, others are served"),
    case!("crowded-document", Rightful, crowded, "ten thousand facts at one path: others are served"),
];
/// How long a page of a hostile work may take: as long as the client waits for an answer, less a little.
const READ_WITHIN: Duration = Duration::from_secs(28);

/// A work whose second commit states one fact by this outline, with these bytes beside it.
async fn odd_value(
    arena: &Arena,
    kind: ValueType,
    signed: &[u8],
    sent: Option<&[u8]>,
) -> Result<(super::Peer, Pen, DocumentId, SignedCommit)> {
    let mut pen = arena.pen(HOSTILE);
    let (work, id) = pen.work("Med udda värde");
    let salt = random();
    let value = ValueOutline { kind, bytes: u32::try_from(signed.len())?, hash: Value::hash(&salt, signed) };
    let facts = vec![FactOutline { path: Path::new("/facts/odd")?, value: Some(value), replaces: Vec::new() }];
    let mut commit = pen.write(|b| {
        b.add(DocumentId::NONE, &release());
        b.add(id, &Outline::Facts(facts));
    });
    // Values are beside what is signed.
    commit.entries[1].values = vec![sent.map(|bytes| SaltedValue { salt, bytes: bytes.to_vec() })];
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[work, commit.clone()]).await?;
    Ok((peer, pen, id, commit))
}

async fn fault_is(arena: &Arena, id: DocumentId, code: Code) -> Result<()> {
    arena
        .until(&format!("the fact is shown with {code}"), || async {
            let facts = arena.facts(VICTIM, &id.to_string(), "/facts/odd").await?;
            Ok(facts.len() == 1 && facts[0].value.is_none() && facts[0].value_fault == code.as_str())
        })
        .await
}

async fn withheld(arena: Arc<Arena>) -> Result<()> {
    let before = arena.look(VICTIM).await?.missing;
    let bytes = Value::Text("undanhållet".to_owned()).encode();
    let (mut peer, pen, id, commit) = odd_value(&arena, ValueType::Text, &bytes, None).await?;
    fault_is(&arena, id, Code::ValueMissing).await?;
    ensure!(arena.look(VICTIM).await?.missing == before + 1, "it counts as missing");
    let fact = FactId { header: tip(&commit), index: 0 };
    peer.until("a request for the value", |f| matches!(f, Frame::WantValues(w) if w.contains(&fact)).then_some(()))
        .await?;
    let noise = |bytes: &[u8]| SaltedValue { salt: random(), bytes: bytes.to_vec() };
    let values = vec![(fact, noise(&bytes)), (fact, noise(b"")), (fact, noise(&[0xff; 60_000]))];
    peer.send(&Frame::Values(values)).await?;
    peer.answers(&pen.want()).await?;
    fault_is(&arena, id, Code::ValueMissing).await?;
    // The hole is closed by who has it: every node gets it, and nothing is missing because of this case.
    let value = SaltedValue { salt: [0; 32], bytes };
    peer.send(&Frame::Values(vec![(fact, value)])).await?;
    peer.answers(&pen.want()).await?;
    ensure!(arena.look(VICTIM).await?.missing == before + 1, "a salt of its own choice is no proof");
    Ok(())
}

async fn other_hash(arena: Arc<Arena>) -> Result<()> {
    let signed = Value::Text("undertecknat".to_owned()).encode();
    let sent = Value::Text("utbytt texten".to_owned()).encode();
    let (_peer, _, id, _) = odd_value(&arena, ValueType::Text, &signed, Some(&sent)).await?;
    fault_is(&arena, id, Code::ValueMissing).await
}

async fn other_type(arena: Arc<Arena>) -> Result<()> {
    for (kind, value) in [
        (ValueType::Text, Value::Integer(7)),
        (ValueType::Integer, Value::Text("sju".to_owned())),
        (ValueType::Money, Value::Integer(7)),
        (ValueType::Date, Value::Date("i höst".to_owned())),
        (ValueType::References, Value::Reference("org:timra".to_owned())),
    ] {
        let bytes = value.encode();
        let (_peer, _, id, _) = odd_value(&arena, kind, &bytes, Some(&bytes)).await?;
        fault_is(&arena, id, Code::ValueType).await.with_context(|| format!("{kind:?}"))?;
    }
    Ok(())
}

async fn nul(arena: Arc<Arena>) -> Result<()> {
    for value in [
        Value::Text("a\0b".to_owned()),
        Value::Prose("\0".to_owned()),
        Value::Integer(-1),
        Value::Integer(u64::MAX.cast_signed()),
        Value::Money(i64::MIN),
        Value::Reference("org:\0".to_owned()),
    ] {
        let bytes = value.encode();
        let (_peer, _, id, _) = odd_value(&arena, value.kind(), &bytes, Some(&bytes)).await?;
        fault_is(&arena, id, Code::ValueType).await.with_context(|| format!("{value:?}"))?;
    }
    // The largest number that every store keeps is one.
    let bytes = Value::Integer(i64::MAX).encode();
    let (_peer, _, id, _) = odd_value(&arena, ValueType::Integer, &bytes, Some(&bytes)).await?;
    let facts = arena.facts(VICTIM, &id.to_string(), "/facts/odd").await?;
    ensure!(facts.len() == 1 && facts[0].value.is_some(), "{facts:?}");
    Ok(())
}

async fn unasked(arena: Arc<Arena>) -> Result<()> {
    let id = arena.county.publish(super::super::arena::WITNESS, "Deras ord").await;
    let title = arena.facts(VICTIM, &id, "/facts/title").await?;
    let fact: FactId = title.first().context("it has a title")?.fact_id.parse()?;
    let (mut peer, _, known) = super::footing(&arena).await?;
    let bytes = Value::Text("Våra ord".to_owned()).encode();
    let values = (0..200).map(|_| (fact, SaltedValue { salt: random(), bytes: bytes.clone() })).collect();
    peer.send(&Frame::Values(values)).await?;
    peer.answers(&known).await?;
    let now = arena.facts(VICTIM, &id, "/facts/title").await?;
    ensure!(now == title, "the title was {title:?} and is {now:?}");
    Ok(())
}

/// Four layers of texts in which each replaces some of the layer before; many stand.
async fn prose_maze(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let (work, id) = pen.work("Labyrint");
    let mut peer = arena.hostile().greeted().await?;
    peer.commits(&[work]).await?;
    let mut before: Vec<FactId> = Vec::new();
    for layer in 0..4 {
        let facts: Vec<Statement> = (0..16)
            .map(|n| {
                let replaces =
                    before.iter().enumerate().filter(|(i, _)| (i * 7 + n) % 3 != 0).map(|(_, f)| *f).collect();
                Statement { replaces, ..state("/note", Some(Value::Prose(maze_text(layer, n)))) }
            })
            .collect();
        let commit = pen.facts(id, facts);
        before = (0..16).map(|index| FactId { header: tip(&commit), index }).collect();
        peer.commits(&[commit]).await?;
    }
    peer.answers(&pen.want()).await?;
    let shown = id.to_string();
    let reads = async {
        let begun = Instant::now();
        let (one, other) = tokio::join!(arena.facts(VICTIM, &shown, "/note"), arena.facts(VICTIM, &shown, "/note"));
        ensure!(one? == other?, "two readers see two texts");
        anyhow::Ok(begun.elapsed())
    };
    let (read, served) = tokio::join!(reads, arena.served());
    let (read, _) = (read?, served?);
    ensure!(read < READ_WITHIN, "a page took {read:?}");
    Ok(())
}

/// Long texts that have little in common, with letters that take several bytes.
fn maze_text(layer: usize, n: usize) -> String {
    let words = ["å", "ä", "ö", "👩‍👩‍👧", "🇸🇪", "e\u{301}", "x", " "];
    (0..4_000).map(|i| words[(i * (layer + 3) + i * i * (n + 1) / 5 + n) % words.len()]).collect()
}

/// Commits of as many entries as there may be, all at one path of one document, each replacing nothing.
async fn crowded(arena: Arc<Arena>) -> Result<()> {
    let mut pen = arena.pen(HOSTILE);
    let (work, id) = pen.work("Trångt");
    let mut commits = vec![work];
    for _ in 0..10 {
        commits.push(pen.write(|b| {
            b.add(DocumentId::NONE, &release());
            for _ in 0..1_000 {
                b.facts(id, vec![state("/facts/crowd", text("x"))]);
            }
        }));
    }
    let mut peer = arena.hostile().greeted().await?;
    let flood = async {
        for commit in commits {
            peer.commits(&[commit]).await?;
        }
        peer.answers_at_last(&pen.want()).await
    };
    let (flooded, served) = tokio::join!(flood, arena.served());
    served?;
    flooded?;
    let begun = Instant::now();
    arena.shows(VICTIM, &id.to_string()).await?;
    ensure!(begun.elapsed() < READ_WITHIN, "a page took {:?}", begun.elapsed());
    Ok(())
}
