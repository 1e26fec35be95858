//! What the other parties are told: the number that an authority has given to a version of a document.

use super::Desk;
use crate::{
    driver::{Pen, random},
    failure::Failure,
    register::{Item, Statement, Words},
    secrecy::{self, Circumstances, Overruled, Proposed, scan},
    store::{ItemRow, Role},
};
use samsyn_client::{mark::Marks, time};
use samsyn_core::{
    commit::{CommitBuilder, SignedCommit, Statement as Fact},
    effect::Verdict,
    entry::{Audience, Outline, Purpose, Release},
    id::{AuthorityId, DocumentId, Name, Path},
    value::Value,
};
use std::collections::BTreeMap;

/// Letters of a commit's hash that name a version in a path.
const VERSION_LETTERS: usize = 32;

impl Desk {
    /// The numbers that the other parties have been told of these versions, by their position.
    pub(super) async fn told(
        &self,
        authority: &AuthorityId,
        items: &[&Item],
    ) -> Result<BTreeMap<u64, String>, Failure> {
        let asked: Vec<(u64, DocumentId, String)> =
            items.iter().map(|i| (i.position, i.document, version(i))).collect();
        let authority = authority.clone();
        let found = self.driver.query(move |machine, _| {
            let of = |(position, document, version): (u64, DocumentId, String)| {
                let path = Path::new(&format!("/register/{}/{authority}/{version}", machine.own())).ok()?;
                let founded = machine.ledger().document(&document)?;
                let (id, fact) = founded.document.at(&path)?.settled()?;
                Some((position, *id, fact.value.clone()?))
            };
            asked.into_iter().filter_map(of).collect::<Vec<_>>()
        });
        let found = found.await?;
        let values = self.store.values_of(&found.iter().map(|(_, id, _)| id.header).collect::<Vec<_>>()).await?;
        let opened = found.into_iter().filter_map(|(position, id, outline)| {
            match values.get(&id.header)?.get(&id.index)?.open(&outline) {
                Ok(Value::Text(number)) => Some((position, number)),
                _ => None,
            }
        });
        Ok(opened.collect())
    }
}

/// What the other parties are told: each document's number at this authority.
pub(super) struct Told {
    release: Release,
    facts: Vec<(DocumentId, Path, String, [u8; 32])>,
    authority: AuthorityId,
}

impl Told {
    pub(super) fn new(
        authority: &AuthorityId,
        rows: &[ItemRow],
        statements: &[(AuthorityId, u64, Statement)],
    ) -> Result<Self, Failure> {
        let mut facts = Vec::new();
        for (row, (_, _, statement)) in rows.iter().zip(statements) {
            let Some(number) = &statement.number else { continue };
            // Whose it is is written when the pen is known.
            let path = Path::new(&format!("/register/x/{authority}/{}", version(&row.item)))?;
            facts.push((row.item.document, path, number.to_string(), random::<32>()?));
        }
        // Open pages would show which work a number with protected words belongs to.
        let open = |words: &Words| words.protected_subject.is_empty() && !words.counterpart_protected;
        let public = rows.iter().all(|row| row.item.audience == Some(Audience::Public))
            && statements.iter().all(|(_, _, s)| open(&s.words));
        let release = Release {
            purpose: Purpose::ForInformation,
            audience: if public { Audience::Public } else { Audience::Parties },
            authority: authority.clone(),
            role: Name::new(Role::Registrar.as_str())?,
        };
        Ok(Self { release, facts, authority: authority.clone() })
    }

    /// A commit with the numbers that are new to the others. Numbers of documents that have no effect here are told to
    /// nobody; nor is what the release rules hold back.
    pub(super) fn commit(self, pen: &Pen<'_>, words: Option<&scan::Words>) -> Option<SignedCommit> {
        let county = pen.ledger.county();
        let mut builder = CommitBuilder::new(pen.position(county), pen.hlc_ms);
        builder.add(DocumentId::NONE, &Outline::Release(self.release));
        let mut any = false;
        for (document, path, number, salt) in self.facts {
            let own = path.as_str().replacen("/x/", &format!("/{}/", pen.own), 1);
            let Some((founded, path)) = pen.ledger.document(&document).zip(Path::new(&own).ok()) else { continue };
            if founded.space != county || founded.verdict != Verdict::Admitted {
                continue;
            }
            let replaces: Vec<_> =
                founded.document.at(&path).map(|at| at.standing().map(|(id, _)| *id).collect()).unwrap_or_default();
            if !replaces.is_empty() {
                continue; // told already
            }
            let (_, charter) = pen.ledger.charters().in_force();
            // All that a work must have, it has: this adds one line to it.
            let title = Path::new("/facts/title").ok().map(|path| (path, Value::Text(String::new())));
            let whole: BTreeMap<Path, Value> = title.into_iter().collect();
            let circumstances = Circumstances {
                defined: &std::collections::BTreeSet::new(),
                charter,
                genesis: founded.genesis,
                author: pen.own,
                whole: &whole,
                words,
                overruled: &Overruled::default(),
                marks: &Marks::new(),
                decision: None,
                today: time::day_of(time::now_ms()),
            };
            let proposed = Proposed { path: path.clone(), value: Some(Value::Text(number)), replaces };
            match secrecy::assess(&circumstances, vec![proposed]) {
                Ok(disclosed) => {
                    let fact = |p: Proposed| Fact { path: p.path, value: p.value, salt, replaces: p.replaces };
                    builder.facts(document, disclosed.into_inner().into_iter().map(fact).collect());
                    any = true;
                }
                Err(held) => {
                    let code = held.first().map_or("", |h| h.code.as_str());
                    tracing::warn!(code, authority = %self.authority, "a number is not told to the other parties");
                }
            }
        }
        any.then(|| builder.sign(pen.key))
    }
}

/// The beginning of a version's hash, as paths name it.
fn version(item: &Item) -> String {
    item.tip.to_string().chars().take(VERSION_LETTERS).collect()
}
