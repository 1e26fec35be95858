//! What the driver's ledger knows of drafts for comment, taken out in one go, without values.

use super::Fact;
use crate::release::circle::{question_path, to_path};
use samsyn_core::{
    document::PathFacts,
    entry::DocumentKind,
    id::{AuthorityId, DocumentId, FactId, HeaderHash, OrgId, Path},
    ledger::{Founded, Ledger},
};
use std::collections::BTreeMap;

pub(super) struct Taken {
    pub(super) document: DocumentId,
    pub(super) own: OrgId,
    pub(super) kind: DocumentKind,
    pub(super) asker: OrgId,
    pub(super) authority: AuthorityId,
    pub(super) sent: bool,
    /// The other member.
    pub(super) other: OrgId,
    pub(super) sent_ms: u64,
    pub(super) ends_ms: Option<u64>,
    /// What lists read: `to`, `question` and `title`.
    pub(super) short: BTreeMap<&'static str, Fact>,
    /// What the draft says.
    pub(super) says: BTreeMap<Path, Fact>,
    pub(super) replies: Vec<TakenReply>,
}

pub(super) struct TakenReply {
    pub(super) organisation: OrgId,
    pub(super) authority: Option<AuthorityId>,
    pub(super) stated_ms: u64,
    pub(super) fact: Fact,
}

impl Taken {
    pub(super) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.short.values().chain(self.says.values()).chain(self.replies.iter().map(|reply| &reply.fact))
    }
}

/// The drafts for comment that this organisation has to do with, of those whose ids begin so.
pub(super) fn take(ledger: &Ledger, own: &OrgId, begins: Option<&str>) -> Vec<Taken> {
    let spaces = ledger.spaces_of(own);
    let asked = spaces.iter().filter_map(|space| Some((space, ledger.asker(space)?)));
    let documents = asked.flat_map(|(space, asker)| {
        let admitted = ledger.documents_in(space).filter(|(_, founded)| founded.verdict.admitted());
        admitted.map(move |(id, founded)| (id, founded, asker))
    });
    let begin = |id: &DocumentId| begins.is_none_or(|begins| !begins.is_empty() && id.to_string().starts_with(begins));
    documents
        .filter(|(id, founded, asker)| begin(id) && founded.genesis.owner == **asker)
        .map(|(id, founded, asker)| one(ledger, own, id, &founded, asker))
        .collect()
}

fn one(ledger: &Ledger, own: &OrgId, document: DocumentId, founded: &Founded<'_>, asker: &OrgId) -> Taken {
    let fact = |(id, fact): (&FactId, &samsyn_core::document::Fact)| Some((*id, fact.value.clone()?));
    let of_asker = |at: &PathFacts| {
        let mut standing = at.standing().filter(|(_, fact)| fact.author == *asker);
        standing.next().and_then(fact)
    };
    let at = |path: Option<Path>| path.and_then(|path| of_asker(founded.document.at(&path)?));
    let title = Path::new("/facts/title").ok();
    let (to, question) = (to_path(asker).ok(), question_path(asker).ok());
    let short = [("to", to.clone()), ("question", question.clone()), ("title", title)];
    let short = short.into_iter().filter_map(|(name, path)| Some((name, at(path)?))).collect();
    let beside = |path: &Path| Some(path) == to.as_ref() || Some(path) == question.as_ref();
    let says = founded.document.paths().filter(|(path, _)| !beside(path));
    let says = says.filter_map(|(path, at)| Some((path.clone(), of_asker(at)?))).collect();
    let mut replies: Vec<TakenReply> = founded
        .document
        .paths()
        .filter(|(path, _)| path.as_str().starts_with("/remarks/"))
        .flat_map(|(_, at)| at.standing().collect::<Vec<_>>())
        .filter(|(_, stated)| stated.author != *asker)
        .filter_map(|(id, stated)| {
            Some(TakenReply {
                organisation: stated.author.clone(),
                authority: ledger.release_of(&id.header).map(|release| release.authority.clone()),
                stated_ms: stated.hlc_ms,
                fact: (*id, stated.value.clone()?),
            })
        })
        .collect();
    replies.sort_by_key(|reply| reply.stated_ms);
    let members = ledger.space(&founded.space).map(|space| space.members.clone()).unwrap_or_default();
    let sent = asker == own;
    Taken {
        document,
        own: own.clone(),
        kind: founded.genesis.kind,
        asker: asker.clone(),
        authority: founded.genesis.authority.clone(),
        sent,
        other: members.into_iter().find(|member| member != own).unwrap_or_else(|| asker.clone()),
        sent_ms: ledger.record(&HeaderHash(document.0)).map_or(0, |record| record.hlc_ms),
        ends_ms: ledger.ends_ms(&founded.space),
        short,
        says,
        replies,
    }
}
