//! All that the node holds of some documents as far as it has been released: every fact with its value, what signs it, and
//! the authority's register items about it. Working copies are looked at for one thing: the authority's own secrecy marks.

use super::data::Effect;
use crate::{
    driver::Handle,
    failure::Failure,
    store::{ItemRow, RegisterFilter, Store, StoredEntry},
    working,
};
use samsyn_client::{
    mark::{self, Marks},
    model,
    node::Parties,
};
use samsyn_core::{
    charter::{Charter, Party},
    charter_book::Signatures,
    code::Code,
    commit::SaltedValue,
    effect::Verdict,
    entry::{FactOutline, Genesis, Release},
    id::{AuthorityId, CharterHash, DocumentId, FactId, FederationId, HeaderHash, OrgId},
    ledger::Ledger,
    value::{Value, ValueFault},
};
use samsyn_wire::v1;
use std::collections::{BTreeMap, BTreeSet};

/// Items of one document in the register.
const ITEMS_MAX: u64 = 10_000;

/// What somebody examines.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) authority: AuthorityId,
    pub(crate) federation: FederationId,
    pub(crate) federation_name: String,
    pub(crate) organisation: OrgId,
    /// In force.
    pub(super) charter: CharterHash,
    /// As the charter in force names them: the pack needs no other names, and whoever checks it has these.
    pub(crate) parties: Parties,
    /// Each version from genesis to the one in force.
    pub(super) charters: Vec<(Vec<u8>, Signatures)>,
    pub(crate) objects: Vec<Object>,
    /// The headers of each commit that states something of an object.
    pub(crate) commits: Vec<Vec<HeaderHash>>,
    pub(crate) entries: BTreeMap<HeaderHash, StoredEntry>,
}

#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) document: DocumentId,
    pub(crate) genesis: Genesis,
    pub(crate) facts: Vec<Fact>,
    pub(crate) items: Vec<ItemRow>,
    pub(crate) marks: Marks,
}

#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) id: FactId,
    pub(crate) outline: FactOutline,
    pub(crate) organisation: OrgId,
    pub(crate) released: Option<Release>,
    pub(crate) stated_ms: u64,
    pub(crate) effect: Effect,
    pub(crate) standing: bool,
    pub(super) salted: Option<SaltedValue>,
    /// None for a removal.
    pub(crate) value: Result<Option<Value>, Code>,
}

/// What the driver's machine says, taken out.
pub(super) struct Taken {
    federation: FederationId,
    federation_name: String,
    organisation: OrgId,
    charter: CharterHash,
    parties: Parties,
    charters: Vec<(Vec<u8>, Signatures)>,
    documents: Vec<TakenDocument>,
    commits: BTreeSet<Vec<HeaderHash>>,
}

struct TakenDocument {
    document: DocumentId,
    genesis: Genesis,
    facts: Vec<(Fact, bool)>,
}

pub(super) async fn gather(
    driver: &Handle,
    store: &Store,
    authority: &AuthorityId,
    documents: &[DocumentId],
) -> Result<Gathered, Failure> {
    let wanted = documents.to_vec();
    let taken = driver.query(move |machine, _| take(machine.ledger(), machine.own(), &wanted)).await?;
    let mut marks = marks(store, authority, documents).await?;
    fill(taken, store, authority, |document| marks.remove(document)).await
}

/// Puts to what the ledger says what is stored beside it.
pub(super) async fn fill(
    taken: Option<Taken>,
    store: &Store,
    authority: &AuthorityId,
    mut marks: impl FnMut(&DocumentId) -> Option<Marks>,
) -> Result<Gathered, Failure> {
    let taken = taken.ok_or_else(|| {
        Failure::new(Code::InputNotFound, "such a document is not here, or not released to anybody", "search again")
    })?;
    let hashes: Vec<HeaderHash> = taken.commits.iter().flatten().copied().collect();
    let entries = store.stored_entries(&hashes).await?;
    let mut values = store.values_of(&hashes).await?;
    let mut objects = Vec::with_capacity(taken.documents.len());
    for of in taken.documents {
        // What the authority keeps although its archive owner has had it erased is still a document of the authority.
        let mut kept = store.archived_values(&of.document, authority).await?;
        let fact = |(mut fact, erased): (Fact, bool)| {
            let here = values.get_mut(&fact.id.header).and_then(|v| v.remove(&fact.id.index)).filter(|_| !erased);
            fact.salted = here.or_else(|| kept.remove(&fact.id));
            fact.value = opened(&fact, erased && fact.salted.is_none());
            fact
        };
        let facts = of.facts.into_iter().map(fact).collect();
        let filter = RegisterFilter { document: Some(of.document), limit: ITEMS_MAX, ..RegisterFilter::default() };
        let items = store.register_items(authority, &filter).await?;
        let marks = marks(&of.document).unwrap_or_default();
        objects.push(Object { document: of.document, genesis: of.genesis, facts, items, marks });
    }
    Ok(Gathered {
        authority: authority.clone(),
        federation: taken.federation,
        federation_name: taken.federation_name,
        organisation: taken.organisation,
        charter: taken.charter,
        parties: taken.parties,
        charters: taken.charters,
        objects,
        commits: taken.commits.into_iter().collect(),
        entries,
    })
}

fn opened(fact: &Fact, erased: bool) -> Result<Option<Value>, Code> {
    let Some(outline) = &fact.outline.value else { return Ok(None) };
    if erased {
        return Err(Code::ValueErased);
    }
    let salted = fact.salted.as_ref().ok_or(Code::ValueMissing)?;
    salted.open(outline).map(Some).map_err(ValueFault::code)
}

pub(super) fn take(ledger: &Ledger, own: &OrgId, wanted: &[DocumentId]) -> Option<Taken> {
    let (charter, in_force) = ledger.charters().in_force();
    let versions = ledger.charters().chain().filter_map(|(hash, _)| ledger.charters().get(hash));
    let (mut documents, mut commits) = (Vec::new(), BTreeSet::new());
    for document in wanted {
        documents.push(take_document(ledger, *document)?);
        let entries = ledger.entries_of(document).copied().chain([HeaderHash(document.0)]);
        let entries = entries.filter(|entry| !ledger.is_draft(entry));
        commits.extend(entries.filter_map(|entry| commit_of(ledger, entry)));
    }
    Some(Taken {
        federation: ledger.federation(),
        federation_name: in_force.name.clone(),
        organisation: own.clone(),
        charter,
        parties: parties(in_force),
        charters: versions.map(|version| (version.bytes.clone(), version.signatures())).collect(),
        documents,
        commits,
    })
}

fn take_document(ledger: &Ledger, document: DocumentId) -> Option<TakenDocument> {
    let founded = ledger.document(&document)?;
    let mut facts = Vec::new();
    // A draft for comment is no official document, neither at whoever sent it out nor here; a reply to it is.
    for header in ledger.entries_of(&document).filter(|header| !ledger.is_draft(header)) {
        let Some(record) = ledger.record(header) else { continue };
        let effect = match record.verdict {
            Verdict::Admitted => Effect::Admitted,
            Verdict::Pending(_) => Effect::Pending,
            Verdict::Refused(_) => Effect::Refused,
        };
        for (index, outline) in (0u32..).zip(record.outline.facts()) {
            let id = FactId { header: *header, index };
            let stands = |at: &samsyn_core::document::PathFacts| at.standing().any(|(standing, _)| *standing == id);
            let fact = Fact {
                id,
                outline: outline.clone(),
                organisation: record.log.organisation.clone(),
                released: ledger.release_of(header).cloned(),
                stated_ms: record.hlc_ms,
                effect,
                standing: founded.document.at(&outline.path).is_some_and(stands),
                salted: None,
                value: Ok(None),
            };
            facts.push((fact, ledger.erased(&id)));
        }
    }
    Some(TakenDocument { document, genesis: founded.genesis.clone(), facts })
}

pub(super) fn parties(charter: &Charter) -> Parties {
    let party = |party: &Party| v1::Party {
        id: party.id.to_string(),
        name: party.name.clone(),
        authorities: party.authorities.iter().map(|a| (a.id.to_string(), a.name.clone())).collect(),
        ..v1::Party::default()
    };
    Parties(charter.parties.iter().map(party).collect())
}

/// The headers of the commit that an entry is part of, from its first to the one that is signed.
fn commit_of(ledger: &Ledger, entry: HeaderHash) -> Option<Vec<HeaderHash>> {
    let mut headers = vec![entry];
    let mut at = ledger.record(&entry)?;
    while let Some((hash, before)) = at.previous.and_then(|hash| Some((hash, ledger.record(&hash)?))) {
        if before.end_of_commit {
            break;
        }
        headers.push(hash);
        at = before;
    }
    headers.reverse();
    let (mut hash, mut at) = (entry, ledger.record(&entry)?);
    while !at.end_of_commit {
        // A commit that has forked inside has several ends, each with a signature that covers this entry.
        let next = ledger.log(&at.log)?.at(at.seq + 1);
        let mut next = next.filter_map(|next| Some((*next, ledger.record(next)?)));
        (hash, at) = next.find(|(_, record)| record.previous == Some(hash))?;
        headers.push(hash);
    }
    Some(headers)
}

/// The authority's own marks, by document. Another authority's are no business of this one's (keeps I4).
pub(super) async fn marks(
    store: &Store,
    authority: &AuthorityId,
    documents: &[DocumentId],
) -> Result<BTreeMap<DocumentId, Marks>, Failure> {
    let mut found = BTreeMap::new();
    for row in store.working_copies().await?.into_iter().filter(|row| row.authority == *authority) {
        let Some(document) = row.document.filter(|document| documents.contains(document)) else { continue };
        let draft = model::read(&working::load(&row.automerge)?).map_err(working::failure)?;
        found.insert(document, mark::marks(&draft));
    }
    Ok(found)
}
