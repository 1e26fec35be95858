//! The changes, the same as the peers were given (8 × 100 works of about 2 KB, 18 800 changes): a work is founded with
//! its texts, edited five times, then fifteen times more; half of the works also have five changes of the next party's.
//!
//! A change is one release, that is one commit. Each is written by its party's own driver into its own store, as
//! `samsynd` does it, only without a working copy and without waiting for the one before.

use crate::county::{County, path};
use samsyn_core::{
    commit::{CommitBuilder, Statement},
    entry::{Audience, DocumentKind, Genesis, Outline, Purpose, Release},
    id::{AuthorityId, DocumentId, FactId, Name, OrgId, Path},
    value::Value,
};
use samsyn_server::{
    driver::{self, Composed, Handle, Pen},
    failure::Failure,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::task::JoinSet;

/// The parties, in the order in which each takes part in the works of the one before.
pub(super) const PARTIES: [&str; 8] =
    ["ange", "harnosand", "kramfors", "ornskoldsvik", "rvn", "solleftea", "sundsvall", "timra"];

/// Changes of a work by its owner: its founding and the edits of the common base, then those while apart.
pub(super) const EDITS_BEFORE: usize = 5;
pub(super) const EDITS_APART: usize = 15;
/// Changes by the next party, on the first half of each party's works.
pub(super) const EDITS_OF_NEIGHBOUR: usize = 5;

/// Commits that each party writes, together.
pub(super) fn changes(works: usize) -> usize {
    PARTIES.len() * (works * (1 + EDITS_BEFORE + EDITS_APART) + works / 2 * EDITS_OF_NEIGHBOUR)
}

/// One work as its writers know it: its id, and the last fact at each path.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    pub(super) document: Option<DocumentId>,
    standing: BTreeMap<Path, FactId>,
    number: usize,
    edits: usize,
}

impl Work {
    /// The same work, with nothing stated yet by whoever writes next.
    pub(super) fn begun(&self) -> Self {
        Self { document: self.document, number: self.number, ..Self::default() }
    }
}

pub(super) type Works = Vec<Work>;

pub(super) fn unfounded(works: usize) -> Works {
    (0..works).map(|number| Work { number, ..Work::default() }).collect()
}

/// What one task writes: to one work, one change after the other.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// Founds it and edits it so many times.
    Found(usize),
    Edit(usize),
    /// As another party than its owner.
    Join,
}

/// Lets a party whose node is stopped write its part of some works, all works at the same time.
pub(super) async fn write(county: &County, party: &str, works: &mut Works, part: Part) {
    let taken = std::mem::take(works);
    let own = OrgId::new(party).expect("an id");
    let mut written: Works = county
        .with_driver(party, async |handle| {
            let mut tasks = JoinSet::new();
            for work in taken {
                tasks.spawn(write_work(handle.clone(), own.clone(), work, part));
            }
            tasks.join_all().await
        })
        .await;
    written.sort_by_key(|work| work.number);
    *works = written;
}

async fn write_work(handle: Handle, own: OrgId, mut work: Work, part: Part) -> Work {
    let edits = match part {
        Part::Found(edits) => {
            let statements = founding(work.number);
            state(&handle, &mut work, statements).await;
            edits
        }
        Part::Edit(edits) => edits,
        Part::Join => EDITS_OF_NEIGHBOUR,
    };
    for _ in 0..edits {
        work.edits += 1;
        let statement = match part {
            Part::Join => part_taken(&own, work.edits),
            _ => edit(work.number, work.edits),
        };
        state(&handle, &mut work, vec![statement]).await;
    }
    work
}

/// Writes one release of a work's; waits until it is durable.
pub(super) async fn state(handle: &Handle, work: &mut Work, statements: Vec<(String, Value)>) {
    let paths: Vec<Path> = statements.iter().map(|(at, _)| path(at)).collect();
    let written = Arc::new(Mutex::new(None));
    let (told, known, standing) = (written.clone(), work.document, work.standing.clone());
    let commit = handle.write(move |pen| {
        let (composed, document) = compose(pen, known, &standing, statements)?;
        *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(document);
        Ok(composed)
    });
    let tip = commit.await.expect("the node takes its own change").expect("a commit");
    work.document = *written.lock().unwrap_or_else(PoisonError::into_inner);
    // The facts are the last entry of the commit.
    let ids = (0u32..).map(|index| FactId { header: tip, index });
    work.standing.extend(paths.into_iter().zip(ids));
}

fn compose(
    pen: &Pen<'_>,
    known: Option<DocumentId>,
    standing: &BTreeMap<Path, FactId>,
    statements: Vec<(String, Value)>,
) -> Result<(Composed, DocumentId), Failure> {
    let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
    let authority = AuthorityId::new("ks")?;
    let (purpose, audience) = (Purpose::ForInformation, Audience::Parties);
    let release = Release { purpose, audience, authority: authority.clone(), role: Name::new("coordinator")? };
    builder.add(DocumentId::NONE, &Outline::Release(release));
    let document = known.unwrap_or_else(|| {
        let genesis = Genesis {
            kind: DocumentKind::Work,
            owner: pen.own.clone(),
            authority,
            archive_owner: pen.own.clone(),
            body: None,
        };
        DocumentId::from(builder.add(DocumentId::NONE, &Outline::Document(genesis)))
    });
    let mut facts = Vec::with_capacity(statements.len());
    for (at, value) in statements {
        let path = Path::new(&at)?;
        let replaces = standing.get(&path).copied().into_iter().collect();
        facts.push(Statement { path, value: Some(value), salt: driver::random()?, replaces });
    }
    builder.facts(document, facts);
    Ok((Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() }, document))
}

/// Title 60 characters, description 200, status, three partners, five milestones, eight criteria of 120: about 2 KB.
fn founding(number: usize) -> Vec<(String, Value)> {
    let partners: BTreeSet<String> = (0..3).map(|i| format!("partner:bolag-{}", number % 40 + i)).collect();
    let mut facts = vec![
        ("/facts/title".to_owned(), Value::Text(words(60, number, 0))),
        ("/facts/summary".to_owned(), Value::Prose(words(200, number, 1))),
        ("/facts/stage".to_owned(), Value::Reference("stage:ongoing".to_owned())),
        ("/facts/partners".to_owned(), Value::References(partners)),
    ];
    facts.extend((0..5).map(|i| (format!("/facts/milestones/m{i}"), Value::Text(words(40, number, 2 + i)))));
    facts.extend((0..8).map(|i| (format!("/facts/reasons/c{i}"), Value::Text(words(120, number, 10 + i)))));
    facts
}

/// A change of one field, another one each time.
fn edit(number: usize, edit: usize) -> (String, Value) {
    let seed = 100 + edit;
    match edit % 5 {
        0 => ("/facts/title".to_owned(), Value::Text(words(60, number, seed))),
        1 => ("/facts/summary".to_owned(), Value::Prose(words(200, number, seed))),
        2 => {
            let stage = ["stage:idea", "stage:planned", "stage:ongoing", "stage:closed"][edit / 5 % 4];
            ("/facts/stage".to_owned(), Value::Reference(stage.to_owned()))
        }
        3 => (format!("/facts/milestones/m{}", edit % 4), Value::Text(words(40, number, seed))),
        _ => (format!("/facts/reasons/c{}", edit % 8), Value::Text(words(120, number, seed))),
    }
}

/// A change of another party's part.
fn part_taken(own: &OrgId, edit: usize) -> (String, Value) {
    let at = |what| format!("/parties/{own}/{what}");
    match edit % 4 {
        1 => (at("participation"), Value::Reference("participation:takes-part".to_owned())),
        2 => (at("rollout"), Value::Reference("rollout:planned".to_owned())),
        3 => (at("note"), Value::Text(words(120, edit, 7))),
        _ => (at("benefit"), Value::Text(words(80, edit, 8))),
    }
}

/// Swedish-looking text of so many characters, decided by the numbers alone.
pub(super) fn words(characters: usize, number: usize, seed: usize) -> String {
    const WORDS: [&str; 16] = [
        "samverkan",
        "vård",
        "hemtjänst",
        "digital",
        "trygghet",
        "skola",
        "län",
        "införande",
        "arbetssätt",
        "äldre",
        "barn",
        "översyn",
        "nytta",
        "gemensam",
        "kommun",
        "mål",
    ];
    let mut state = number as u64 * 1_000 + seed as u64;
    let mut text = format!("{number}-{seed}");
    while text.chars().count() < characters {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(' ');
        text.push_str(WORDS[(state >> 60) as usize]);
    }
    text.chars().take(characters).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workload_is_the_one_that_the_peers_were_given() {
        assert_eq!(changes(100), 18_800);
        let bytes: usize = founding(7).iter().map(|(at, value)| at.len() + value.encode().len()).sum();
        assert!((1_800..2_400).contains(&bytes), "{bytes}");
        for n in 1..=EDITS_BEFORE + EDITS_APART {
            assert!(edit(3, n).1.check().is_ok());
            assert_ne!(edit(3, n), edit(4, n - 1), "every change changes something");
        }
    }
}
