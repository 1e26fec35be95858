//! What may be erased and when: an authority's plan against what is stored here. An erasure is a commit by the archive
//! owner; what every node does then is in `request` (in the transaction that stores it) and in `clerk` (afterwards).

pub(crate) mod clerk;
pub(crate) mod request;

use crate::{
    projection,
    register::calendar,
    rulebook::{Fate, Rulebook, Since, Term, What},
    store::DisposalRow,
};
use jiff::civil::Date;
use samsyn_client::schema::title_path;
use samsyn_core::{
    effect::Verdict,
    entry::DocumentKind,
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation, OrgId, Path},
    ledger::{Founded, Ledger},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Letters of a plan's name.
const PLAN_LETTERS: usize = 16;
/// The stages at which a work is over.
pub(crate) const ENDS: [&str; 4] = ["stage:completed", "stage:rolled-out", "stage:discontinued", "stage:not-included"];

/// What goes with an erasure, in the transaction of its commit.
#[derive(Debug, Clone, Default)]
pub struct Erasing {
    pub disposal: Option<DisposalRow>,
    pub retired: Option<Retired>,
    /// A document of which an authority keeps nothing any longer.
    pub destroyed: Option<(DocumentId, AuthorityId)>,
    /// Which erased values of a document are gone altogether: a hash over them.
    pub done: Option<(DocumentId, [u8; 32])>,
}

/// A working copy that goes for good.
#[derive(Debug, Clone, Copy)]
pub struct Retired {
    pub id: Incarnation,
    /// The one that takes its place, if one does.
    pub successor: Option<Incarnation>,
}

/// Values of one document that may go by one row of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub document: DocumentId,
    pub title: String,
    pub kind: DocumentKind,
    pub what: What,
    pub class: String,
    pub after: String,
    pub basis: String,
    /// The earliest day on which any of them could go.
    pub since: Date,
    pub facts: BTreeSet<FactId>,
}

/// A document of which something could go, and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDue {
    pub document: DocumentId,
    pub title: String,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The authority's rules hold it.
    Held(String),
    /// Its time has not come: the first day on which some of it may go.
    NotBefore(Date),
    /// Its time has not begun: it is not over.
    NotEnded,
    /// The plan keeps it, or says nothing of it.
    Kept,
}

/// What an authority may erase on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub authority: AuthorityId,
    pub day: Date,
    /// Which text of the rules it was made by.
    pub rules: String,
    pub due: Vec<Due>,
    pub not_due: Vec<NotDue>,
}

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a> {
    pub ledger: &'a Ledger,
    pub own: &'a OrgId,
    pub rulebook: &'a Rulebook,
    /// When each entry was stored here.
    pub stored: &'a BTreeMap<HeaderHash, u64>,
    /// The values that are here.
    pub held: &'a BTreeSet<FactId>,
    /// Titles and stages.
    pub values: &'a projection::Values,
}

impl Plan {
    /// A name for just this list: what was decided on is what is carried out.
    pub fn name(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        part(self.authority.as_str().as_bytes());
        for due in &self.due {
            part(&due.document.0);
            part(due.what.as_str().as_bytes());
            part(due.class.as_bytes());
            part(due.basis.as_bytes());
            for fact in &due.facts {
                part(&fact.header.0);
                part(&fact.index.to_le_bytes());
            }
        }
        let mut name = hasher.finalize().to_hex().to_string();
        name.truncate(PLAN_LETTERS);
        name
    }

    /// The plan for some documents alone.
    #[must_use]
    pub fn only(mut self, documents: &BTreeSet<DocumentId>) -> Self {
        self.due.retain(|due| documents.contains(&due.document));
        self.not_due.retain(|other| documents.contains(&other.document));
        self
    }

    /// The list as it was before some of it was erased by that very list, for one that has been begun.
    #[must_use]
    pub fn with(&self, erased: &[Due]) -> Self {
        let mut all: BTreeMap<DocumentId, Due> = self.due.iter().map(|due| (due.document, due.clone())).collect();
        for part in erased {
            let due = all.entry(part.document).or_insert_with(|| part.clone());
            due.facts.extend(part.facts.iter().copied());
        }
        Self { due: all.into_values().collect(), ..self.clone() }
    }

    pub fn facts(&self) -> usize {
        self.due.iter().map(|due| due.facts.len()).sum()
    }
}

impl Archive<'_> {
    /// What may go on a day of what this organisation is the archive owner of, by the plan of the authority that owns it.
    pub fn plan(&self, authority: &AuthorityId, day: Date) -> Plan {
        let rules = self.rulebook.of(authority);
        let (mut due, mut not_due) = (Vec::new(), Vec::new());
        for (id, founded) in self.ledger.documents() {
            let genesis = founded.genesis;
            let ours = genesis.archive_owner == *self.own && genesis.owner == *self.own;
            if !ours || genesis.authority != *authority || founded.verdict != Verdict::Admitted {
                continue;
            }
            let title = self.title(&founded);
            let mut whys = Vec::new();
            // A document that goes takes its earlier versions along.
            for what in [What::Document, What::Superseded] {
                match self.look(&id, &founded, (&rules.retention, what), day) {
                    Ok(found) => {
                        due.push(Due { title: title.clone(), ..found });
                        whys.clear();
                        break;
                    }
                    Err(why) => whys.extend(why),
                }
            }
            not_due.extend(whys.into_iter().map(|why| NotDue { document: id, title: title.clone(), why }));
        }
        Plan { authority: authority.clone(), day, rules: rules.version.clone(), due, not_due }
    }

    /// What of a document goes by the row for `what`; else why nothing does, or nothing where there is nothing to go.
    fn look(
        &self,
        id: &DocumentId,
        founded: &Founded<'_>,
        (retention, what): (&crate::rulebook::Retention, What),
        day: Date,
    ) -> Result<Due, Option<Why>> {
        let candidates = self.candidates(id, founded, what);
        if candidates.is_empty() {
            return Err(None);
        }
        let Some(row) = retention.row(founded.genesis.kind, what) else { return Err(Some(Why::Kept)) };
        let Fate::Dispose(term) = &row.fate else { return Err(Some(Why::Kept)) };
        if let Some(reason) = retention.held(id) {
            return Err(Some(Why::Held(reason.to_owned())));
        }
        let times = self.times(founded, term, candidates);
        let Some(first) = times.values().min().copied() else { return Err(Some(Why::NotEnded)) };
        let facts: BTreeSet<FactId> = times.into_iter().filter(|(_, at)| *at <= day).map(|(id, _)| id).collect();
        if facts.is_empty() {
            return Err(Some(Why::NotBefore(first)));
        }
        Ok(Due {
            document: *id,
            title: String::new(),
            kind: founded.genesis.kind,
            what,
            class: row.class.clone(),
            after: term.after().to_owned(),
            basis: term.basis.clone(),
            since: first,
            facts,
        })
    }

    /// Values that a row of this sort is about, with what replaced each.
    fn candidates(&self, id: &DocumentId, founded: &Founded<'_>, what: What) -> BTreeMap<FactId, Vec<FactId>> {
        // A draft for comment is no official document: it goes at its end, by no decision.
        let here = |fact: &FactId| {
            self.held.contains(fact) && !founded.document.erased().contains(fact) && !self.ledger.is_draft(&fact.header)
        };
        if what == What::Document {
            // What has no effect goes too.
            let all = self.ledger.entries_of(id).flat_map(|header| self.held.range(facts_of(*header)));
            return all.filter(|fact| here(fact)).map(|fact| (*fact, Vec::new())).collect();
        }
        let mut found = BTreeMap::new();
        for (_, at) in founded.document.paths() {
            // Where several versions stand, earlier ones are what they are merged from.
            if at.conflict() {
                continue;
            }
            let mut replaced: BTreeMap<FactId, Vec<FactId>> = BTreeMap::new();
            for (by, fact) in at.admitted().iter() {
                for earlier in fact.replaces.iter().filter(|earlier| here(earlier)) {
                    replaced.entry(*earlier).or_default().push(*by);
                }
            }
            replaced.retain(|earlier, _| at.admitted().contains_key(earlier));
            found.extend(replaced);
        }
        found
    }

    /// The first day on which each may go.
    fn times(
        &self,
        founded: &Founded<'_>,
        term: &Term,
        candidates: BTreeMap<FactId, Vec<FactId>>,
    ) -> BTreeMap<FactId, Date> {
        let stored = |id: &FactId| self.stored.get(&id.header).copied();
        let due = |ms: u64| term.due(calendar::day(ms));
        let all = |since: Option<u64>| {
            let at = since.and_then(due);
            candidates.keys().filter_map(|id| Some((*id, at?))).collect()
        };
        match term.since {
            Since::Replaced => {
                let first = |by: &Vec<FactId>| by.iter().filter_map(stored).min();
                candidates.iter().filter_map(|(id, by)| Some((*id, due(first(by)?)?))).collect()
            }
            Since::LastChange => {
                let facts = founded.document.paths().flat_map(|(_, at)| at.admitted().keys());
                all(facts.filter_map(stored).max())
            }
            Since::Ended => all(self.ended(founded)),
        }
    }

    /// When it was stored that a work is over, if it is.
    fn ended(&self, founded: &Founded<'_>) -> Option<u64> {
        let Some(Value::Reference(stage)) = projection::settled(founded, "/facts/stage", self.values) else {
            return None;
        };
        let at = founded.document.at(&Path::new("/facts/stage").ok()?)?;
        let (id, _) = at.settled()?;
        ENDS.contains(&stage.as_str()).then(|| self.stored.get(&id.header).copied()).flatten()
    }

    fn title(&self, founded: &Founded<'_>) -> String {
        if self.ledger.asker(&founded.space).is_some() {
            return "Synpunkter på ett utkast".to_owned(); // the draft is no document, and neither is its title
        }
        projection::title(founded, self.values).unwrap_or_default()
    }
}

fn facts_of(header: HeaderHash) -> std::ops::RangeInclusive<FactId> {
    FactId { header, index: 0 }..=FactId { header, index: u32::MAX }
}

/// The headers whose values a plan reads: titles and stages.
pub fn headers(ledger: &Ledger) -> Vec<HeaderHash> {
    let mut headers = BTreeSet::new();
    for (_, founded) in ledger.documents() {
        for path in [title_path(founded.genesis.kind), "/facts/stage"] {
            let at = Path::new(path).ok().and_then(|path| founded.document.at(&path)?.settled());
            headers.extend(at.map(|(id, _)| id.header));
        }
    }
    headers.into_iter().collect()
}
