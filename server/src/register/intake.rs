//! From stored commits to the items of registers: for each authority that has released or received one, each document in
//! it once.

use super::{Direction, Item, Number, calendar};
use crate::rulebook::Rulebook;
use samsyn_core::{
    charter::Charter,
    commit::VerifiedCommit,
    date::{self, Span},
    entry::{Audience, DocumentKind, Kind, Outline, Purpose},
    id::{AuthorityId, DocumentId, HeaderHash, OrgId, Path, SpaceId},
    ledger::Ledger,
    value::Value,
};
use std::collections::BTreeMap;

/// What the items of one step are made from.
#[derive(Debug, Clone, Copy)]
pub struct Intake<'a> {
    pub ledger: &'a Ledger,
    pub own: &'a OrgId,
    pub rulebook: &'a Rulebook,
    pub now_ms: u64,
}

/// One document in one commit.
#[derive(Debug, Clone)]
struct Part<'a> {
    commit: &'a VerifiedCommit,
    position: u64,
    document: DocumentId,
    facts: u64,
    purpose: Option<Purpose>,
    audience: Option<Audience>,
    tip: HeaderHash,
}

impl Intake<'_> {
    /// The items of commits that are stored in this order, their entries numbered from the one after `after`.
    pub fn items(&self, commits: &[VerifiedCommit], after: u64) -> Vec<Item> {
        let authorities = self.authorities();
        let mut position = after;
        let mut items = Vec::new();
        for commit in commits {
            let first = position + 1;
            position += commit.entries.len() as u64;
            let comments = self.ledger.asker(&commit.log.space).is_some();
            for part in parts(commit, first) {
                // A reply is told apart by what it was asked for.
                let purpose = if comments { Some(Purpose::ForComment) } else { part.purpose };
                let part = Part { purpose, ..part };
                self.add(&part, &authorities, &mut items);
            }
        }
        items
    }

    /// The organisation's authorities in force, in the order of the charter.
    pub(crate) fn authorities(&self) -> Vec<AuthorityId> {
        let (_, charter) = self.ledger.charters().in_force();
        let mut found = in_force(charter, self.own, self.now_ms);
        if found.is_empty() {
            // Somebody receives it all the same, and sees it.
            found.extend(charter.party(self.own).and_then(|p| p.authorities.first()).map(|a| a.id.clone()));
        }
        // A charter that names none means the organisation as a whole, as releases do.
        if found.is_empty() { AuthorityId::new("main").into_iter().collect() } else { found }
    }

    fn add(&self, part: &Part<'_>, authorities: &[AuthorityId], items: &mut Vec<Item>) {
        let kind = self.ledger.document(&part.document).map(|d| d.genesis.kind);
        let sender = &part.commit.log.organisation;
        let asker = self.ledger.asker(&part.commit.log.space);
        // Neither drawn up nor received: a draft.
        if asker == Some(sender) {
            return;
        }
        if sender == self.own {
            // One's own commits that come back after a restore are as old as they say.
            if let Some(authority) = authority_of(part.commit) {
                let item = self.item(part, authority, Direction::Dispatched, kind);
                items.push(Item { counterpart: asker.cloned(), ..item });
            }
            return;
        }
        for authority in self.receivers(&part.commit.log.space, kind, authorities) {
            items.push(self.item(part, authority, Direction::Received, kind));
        }
    }

    /// Which authorities receive it: of a reply the one that has asked, else those whose rules say so.
    fn receivers(&self, space: &SpaceId, kind: Option<DocumentKind>, authorities: &[AuthorityId]) -> Vec<AuthorityId> {
        // By what was sent out there, not by what the reply says that it is about.
        let is_reply = self.ledger.asker(space) == Some(self.own);
        let mut sent =
            self.ledger.documents_in(space).filter(|(_, founded)| is_reply && founded.genesis.owner == *self.own);
        let asked = sent.next().map(|(_, founded)| founded.genesis.authority.clone());
        asked.map_or_else(|| self.rulebook.receivers(kind, authorities), |authority| vec![authority])
    }

    fn item(&self, part: &Part<'_>, authority: AuthorityId, direction: Direction, kind: Option<DocumentKind>) -> Item {
        let rules = self.rulebook.of(&authority);
        let released_ms = part.commit.tip().header.hlc_ms;
        Item {
            position: part.position,
            tip: part.tip,
            document: part.document,
            direction,
            counterpart: (direction == Direction::Received).then(|| part.commit.log.organisation.clone()),
            kind,
            purpose: part.purpose,
            audience: part.audience,
            facts: part.facts,
            // An author's clock may run ahead: nothing is drawn up later than it is stored.
            at_ms: if direction == Direction::Received { self.now_ms } else { released_ms.min(self.now_ms) },
            released_ms,
            state: rules.register.state(kind, direction, part.purpose, part.audience),
            rules: rules.version.clone(),
            authority,
        }
    }

    /// What an item of unknown kind is, now that its document is known; with items for the authorities that receive this
    /// kind, where those are others. None while it is not known.
    pub fn settle(&self, item: &Item) -> Option<(Item, Vec<Item>)> {
        let kind = Some(self.ledger.document(&item.document)?.genesis.kind);
        let of = |authority: &AuthorityId| {
            let rules = self.rulebook.of(authority);
            let state = rules.register.state(kind, item.direction, item.purpose, item.audience);
            Item { kind, state, rules: rules.version.clone(), authority: authority.clone(), ..item.clone() }
        };
        let others = if item.direction == Direction::Received {
            let space = self.ledger.document(&item.document)?.space;
            self.receivers(&space, kind, &self.authorities())
        } else {
            Vec::new()
        };
        let others = others.iter().filter(|a| **a != item.authority).map(of).collect();
        Some((of(&item.authority), others))
    }
}

/// A party's authorities in force at a time, in the order of the charter.
pub(crate) fn in_force(charter: &Charter, party: &OrgId, now_ms: u64) -> Vec<AuthorityId> {
    let today = calendar::day(now_ms);
    let today = (today.year().unsigned_abs(), today.month().unsigned_abs(), today.day().unsigned_abs());
    let span = |date: &Option<String>| date.as_ref().and_then(|date| date::parse(date).ok());
    let listed = charter.party(party).into_iter().flat_map(|p| &p.authorities);
    let in_force = listed.filter(|a| {
        // Imprecise dates: from the first day that they may mean, to the last.
        let begun = span(&a.valid_from).is_none_or(|from| matches!(from, Span::Days { first, .. } if first <= today));
        begun && span(&a.valid_to).is_none_or(|to| !matches!(to, Span::Days { last, .. } if last < today))
    });
    in_force.map(|a| a.id.clone()).collect()
}

/// The authority that has released a commit.
fn authority_of(commit: &VerifiedCommit) -> Option<AuthorityId> {
    commit.entries.iter().find_map(|entry| match &entry.outline {
        Outline::Release(release) => Some(release.authority.clone()),
        Outline::Document(genesis) => Some(genesis.authority.clone()),
        _ => None,
    })
}

/// A number that an own commit tells the other parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub authority: AuthorityId,
    pub document: DocumentId,
    /// The beginning of the version's hash.
    pub version: String,
    /// Its register is not told.
    pub number: Number,
    pub at_ms: u64,
}

/// The register numbers that a commit tells, as far as their values are there.
pub fn numbers(commit: &VerifiedCommit) -> Vec<Told> {
    let mut told = Vec::new();
    for entry in &commit.entries {
        let Outline::Facts(facts) = &entry.outline else { continue };
        for (fact, value) in facts.iter().zip(&entry.raw.values) {
            let ["register", _, authority, version] = fact.path.segments()[..] else { continue };
            let opened = value.as_ref().zip(fact.value.as_ref()).and_then(|(value, outline)| value.open(outline).ok());
            let Some(Value::Text(text)) = opened else { continue };
            let Some((case, document)) = text.rsplit_once('-') else { continue };
            let Some((document, authority)) = document.parse().ok().zip(AuthorityId::new(authority).ok()) else {
                continue;
            };
            told.push(Told {
                authority,
                document: entry.header.document,
                version: version.to_owned(),
                number: Number { register: String::new(), case: case.to_owned(), document },
                at_ms: entry.header.hlc_ms,
            });
        }
    }
    told
}

fn is_number(path: &Path) -> bool {
    path.as_str().starts_with("/register/")
}

fn parts(commit: &VerifiedCommit, first: u64) -> Vec<Part<'_>> {
    let mut parts: BTreeMap<DocumentId, Part<'_>> = BTreeMap::new();
    let release = commit.entries.iter().find_map(|entry| match &entry.outline {
        Outline::Release(release) => Some(release),
        _ => None,
    });
    for (position, entry) in (first..).zip(&commit.entries) {
        let (document, facts) = match (&entry.header.kind, &entry.outline) {
            (Kind::Document, _) => (DocumentId::from(entry.hash), 0),
            // A number that an authority tells of a document is an entry of its register, not a document in anybody's.
            (Kind::Facts, Outline::Facts(facts)) if !facts.iter().all(|f| is_number(&f.path)) => {
                (entry.header.document, facts.len() as u64)
            }
            _ => continue,
        };
        let part = parts.entry(document).or_insert_with(|| Part {
            commit,
            position,
            document,
            facts: 0,
            purpose: release.map(|r| r.purpose),
            audience: release.map(|r| r.audience),
            tip: commit.tip().hash,
        });
        part.facts += facts;
    }
    parts.into_values().collect()
}
