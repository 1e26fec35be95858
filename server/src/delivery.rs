//! What an authority delivers to its archive: documents with everything stored of them, as a submission package (E-ARK SIP
//! 2.1.0) whose description follows CITS ERMS, in the part that versions 2.1.2 and 3.0.2 share.
//!
//! One package for each delivery: one authority, one register. The archive keeps the register's entries together with the
//! documents, and one list of checksums covers all. Nothing is masked: an archive takes what is secret too, marked so.

mod choose;
mod document;
mod erms;
mod mets;
mod place;
mod words;

pub(crate) use choose::{Choice, Chosen, Home, Wanted, choose};

use crate::{
    failure::Failure,
    handout::{Whole, marks_of, proof::CharterFile},
    register::Statement,
    store::{DisposalReason, DisposalRow, Store},
    xml::legible,
};
use choose::titled;
use place::Place;
use samsyn_core::{
    charter::Charter,
    code::Code,
    entry::Outline,
    id::{AuthorityId, DocumentId, FactId, HeaderHash, OrgId},
    ledger::Ledger,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Where documents lie in a package.
const DATA: &str = "representations/rep1/data";
const SCHEMA: &str = include_str!("../templates/samsyn-handling-1.xsd");

/// What a delivery is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) own: &'a OrgId,
    pub(crate) store: &'a Store,
    pub(crate) authority: &'a AuthorityId,
    /// Which text of the authority's rules says what is kept; empty where it has none.
    pub(crate) rules: &'a str,
    pub(crate) created_ms: u64,
}

/// Who delivers, in words.
#[derive(Debug)]
struct Parties<'a> {
    organisation: &'a str,
    number: Option<&'a str>,
    authority: &'a str,
    federation: &'a str,
}

/// A package that is written but not yet where it is to be.
#[derive(Debug)]
pub(crate) struct Written {
    place: Place,
    /// Its name for archives: of just these files.
    pub(crate) name: String,
    /// SHA-256 of `METS.xml`, which has the checksums of all others.
    pub(crate) mets: String,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// Documents with something that is marked as secret, or protected in the register.
    pub(crate) secret: usize,
}

/// One document with all that an archive is to know of it.
#[derive(Debug)]
struct Delivered<'a> {
    chosen: &'a Chosen,
    whole: Whole,
    title: String,
    erasures: Vec<Erased>,
    /// What was decided of each register item, by its position, oldest first.
    statements: BTreeMap<u64, Vec<Statement>>,
}

/// Values that have been erased by one entry.
#[derive(Debug)]
struct Erased {
    entry: HeaderHash,
    organisation: OrgId,
    authority: AuthorityId,
    at_ms: u64,
    facts: BTreeSet<FactId>,
    /// By which decision; known of this organisation's own.
    why: Option<DisposalReason>,
}

impl Delivered<'_> {
    /// Something in it is marked, or the register shows it to the authority alone.
    fn secret(&self) -> bool {
        let object = self.whole.object();
        let protected = |statements: &Vec<Statement>| {
            // Also where it has been corrected since: all that was stated is in the package.
            statements.iter().any(|s| s.words.counterpart_protected || !s.words.protected_subject.is_empty())
        };
        object.is_some_and(|object| !object.marks.is_empty()) || self.statements.values().any(protected)
    }

    /// The entry by which a value has been erased: the one that a decision is known of, if there is one.
    fn erasure(&self, fact: &FactId) -> Option<&Erased> {
        let about = || self.erasures.iter().filter(|erased| erased.facts.contains(fact));
        about().find(|erased| erased.why.is_some()).or_else(|| about().next())
    }
}

/// Writes a package beside where it is to be.
pub(crate) async fn write(source: Source<'_>, choice: &Choice, out: &Path) -> Result<Written, Failure> {
    let mut place = Place::open(out)?;
    match fill(source, choice, &mut place).await {
        Ok((name, mets, secret)) => {
            let (files, bytes) = place.finish()?;
            Ok(Written { place, name, mets, files, bytes, secret })
        }
        Err(failure) => {
            place.discard();
            Err(failure)
        }
    }
}

impl Written {
    /// Puts it where it is to be.
    pub(crate) fn put_in_place(self) -> Result<(), Failure> {
        self.place.put_in_place()
    }

    pub(crate) fn discard(self) {
        self.place.discard();
    }
}

/// The package's name, the SHA-256 of its list, and how many documents are secret.
async fn fill(source: Source<'_>, choice: &Choice, place: &mut Place) -> Result<(String, String, usize), Failure> {
    let (_, charter) = source.ledger.charters().in_force();
    let parties = parties(charter, source);
    let ids: Vec<DocumentId> = choice.documents.iter().map(|chosen| chosen.document).collect();
    let mut marks = marks_of(source.store, source.authority, &ids).await?;
    let disposals = source.store.disposals().await?;
    let mut description = erms::Description::default();
    let (mut secret, mut charters) = (0, Vec::new());
    for chosen in &choice.documents {
        let whole = Whole::read(
            (source.ledger, source.own),
            source.store,
            source.authority,
            (chosen.document, marks.remove(&chosen.document)),
            source.created_ms,
        );
        let delivered = delivered(source, chosen, whole.await?, &disposals).await?;
        secret += usize::from(delivered.secret());
        let folder = format!("{DATA}/{}", chosen.document);
        place.put(&format!("{folder}/handling.xml"), "application/xml", &document::file(&delivered, source))?;
        let page = delivered.whole.page(&words::about(&delivered, source))?;
        place.put(&format!("{folder}/handling.html"), "text/html", legible(&page).as_bytes())?;
        place.put(&format!("{folder}/bevis.json"), "application/json", &json(&delivered.whole.commits)?)?;
        description.add(&delivered, &folder);
        charters = delivered.whole.charters;
    }
    put_common(place, &parties, &charters, source)?;
    let described = description.file(&parties, source);
    place.put(mets::DESCRIPTION, "application/xml", &described)?;
    let name = mets::name(place.listed(), source);
    let mets = place.put(mets::NAME, "application/xml", &mets::file(&name, place.listed(), &parties, source))?;
    Ok((name, mets, secret))
}

/// What every package has.
fn put_common(
    place: &mut Place,
    parties: &Parties<'_>,
    charters: &[CharterFile],
    source: Source<'_>,
) -> Result<(), Failure> {
    place.put(&format!("{DATA}/avtal.json"), "application/json", &json(&charters)?)?;
    place.put("schemas/samsyn-handling-1.xsd", "application/xml", SCHEMA.as_bytes())?;
    let read_me = words::read_me(parties, source)?;
    place.put("documentation/las-mig.html", "text/html", legible(&read_me).as_bytes()).map(drop)
}

async fn delivered<'a>(
    source: Source<'_>,
    chosen: &'a Chosen,
    whole: Whole,
    disposals: &[DisposalRow],
) -> Result<Delivered<'a>, Failure> {
    let mut statements = BTreeMap::new();
    for row in whole.object().into_iter().flat_map(|object| &object.items) {
        let position = row.item.position;
        statements.insert(position, source.store.register_statements(source.authority, position).await?);
    }
    let title = titled(source.ledger, &whole);
    let erasures = erasures(source, &chosen.document, disposals);
    Ok(Delivered { chosen, whole, title, erasures, statements })
}

/// What has been erased of a document, oldest first: only what is gone, by entries that count. A party may name anything in
/// an entry, and an entry of another than the archive owner says what it has carried out, not that it may go.
fn erasures(source: Source<'_>, document: &DocumentId, disposals: &[DisposalRow]) -> Vec<Erased> {
    let mut found = Vec::new();
    for header in source.ledger.entries_of(document) {
        let Some(record) = source.ledger.record(header).filter(|record| record.verdict.admitted()) else { continue };
        let Outline::Erasure(erasure) = record.outline.as_ref() else { continue };
        let gone = |fact: &&FactId| {
            let of = source.ledger.record(&fact.header).map(|record| record.document);
            of == Some(*document) && source.ledger.erased(fact)
        };
        let facts: BTreeSet<FactId> = erasure.facts.iter().filter(gone).copied().collect();
        if facts.is_empty() {
            continue;
        }
        let row = disposals.iter().find(|row| row.commit == *header);
        found.push(Erased {
            entry: *header,
            organisation: record.log.organisation.clone(),
            authority: erasure.authority.clone(),
            at_ms: row.map_or(record.hlc_ms, |row| row.at_ms),
            facts,
            why: row.map(|row| row.why.clone()),
        });
    }
    found.sort_by_key(|erased| (erased.at_ms, erased.entry));
    found
}

fn parties<'a>(charter: &'a Charter, source: Source<'a>) -> Parties<'a> {
    let party = charter.party(source.own);
    let authority = party.and_then(|party| party.authorities.iter().find(|a| a.id == *source.authority));
    Parties {
        organisation: party.map_or(source.own.as_str(), |party| party.name.as_str()),
        number: party.and_then(|party| party.organisation_number.as_deref()),
        authority: authority.map_or(source.authority.as_str(), |authority| authority.name.as_str()),
        federation: &charter.name,
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A moment as XML has it; nothing where there is none.
fn moment(ms: u64) -> String {
    samsyn_client::time::iso(ms).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// A name in the form of a UUID (version 8: of one's own making), the same for the same bytes.
fn uuid(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("samsyn v1 archive uuid");
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
