//! From rulings to what a pack says and what proves it.

use super::{
    data::{Content, Data, Effect, FORMAT, Fact, Item, Level, Masking, Named, Object, Piece, Released},
    gather::{self, Gathered},
    judge::{Ruling, Rulings},
    passage::{self, Passage, Place},
    proof::{self, CharterFile, Commit, Entry, Salted, Signed, Withheld},
};
use crate::{failure::Failure, register::calendar, store::ItemRow};
use samsyn_client::{show::Reader, text::Lang, time};
use samsyn_core::{
    charter_book::{CharterBook, Status},
    code::Code,
    entry::{Header, Kind},
    id::{DocumentId, HeaderHash},
    sign::{Domain, PublicKey, Signature},
};
use std::collections::{BTreeMap, BTreeSet};

/// What the files of a pack are made of.
#[derive(Debug)]
pub(super) struct Composed {
    pub(super) data: Data,
    pub(super) charters: Vec<CharterFile>,
    pub(super) commits: Vec<Commit>,
}

pub(super) fn compose(
    gathered: &Gathered,
    passages: &[Passage],
    rulings: &Rulings,
    reader: Reader<'_>,
    made_ms: u64,
) -> Result<Composed, Failure> {
    let book = book(gathered)?;
    let withheld = withheld(gathered, rulings);
    let (commits, signed) = commits(gathered, rulings, &withheld, &book);
    let named = |org: &str| Named { id: org.to_owned(), name: reader.parties.name(org).to_owned() };
    let objects = gathered.objects.iter().map(|object| {
        let owner = object.genesis.owner.as_str();
        let facts = passage::in_order(object).into_iter();
        Object {
            document: object.document,
            kind: object.genesis.kind,
            owner: named(owner),
            authority: authority(owner, object.genesis.authority.as_str(), reader),
            proof: if signed.contains(&HeaderHash(object.document.0)) { Level::Value } else { Level::None },
            facts: facts.map(|fact| told(fact, gathered, rulings, (&withheld, &signed), reader)).collect(),
            register: object.items.iter().rev().map(|row| item(row, rulings, reader)).collect(),
        }
    });
    let own = gathered.organisation.as_str();
    let data = Data {
        format: FORMAT,
        made_ms,
        federation: gathered.federation,
        federation_name: gathered.federation_name.clone(),
        organisation: named(own),
        authority: authority(own, gathered.authority.as_str(), reader),
        objects: objects.collect(),
        maskings: maskings(passages, rulings, made_ms),
    };
    Ok(Composed { data, charters: charters(gathered)?, commits })
}

fn authority(org: &str, authority: &str, reader: Reader<'_>) -> Named {
    Named { id: authority.to_owned(), name: reader.authority(org, authority).to_owned() }
}

fn maskings(passages: &[Passage], rulings: &Rulings, made_ms: u64) -> Vec<Masking> {
    let numbered = (1u32..).zip(&rulings.maskings);
    let masking = |(number, masked): (u32, &super::judge::Masked)| {
        let passage = &passages[masked.passage];
        let cited: Vec<String> = masked.provisions.iter().map(|p| p.cited(Lang::Sv)).collect();
        Masking {
            number,
            document: passage.document,
            place: place(passage),
            provisions: masked.provisions.clone(),
            cited: cited.join(", "),
            day: calendar::day(made_ms).to_string(),
            whole: masked.whole,
        }
    };
    numbered.map(masking).collect()
}

/// Which of several versions is meant, too.
fn place(passage: &Passage) -> String {
    match &passage.stated {
        Some((by, ms, _)) => format!("{} ({by}, {})", passage.label, time::local(*ms)),
        None => passage.label.clone(),
    }
}

/// Outlines that would tell by a length what is masked.
fn withheld(gathered: &Gathered, rulings: &Rulings) -> Withheld {
    let tells = |fact: &&gather::Fact| {
        let outline = fact.outline.value.as_ref();
        outline.is_some_and(|outline| match rulings.by_place.get(&Place::Fact(fact.id)) {
            None | Some(Ruling::Give) => false,
            Some(Ruling::Mask(_)) => proof::length_tells(outline),
            // The rest of the text stands beside it: its length is that of the words.
            Some(Ruling::Part(_)) => true,
        })
    };
    let facts = gathered.objects.iter().flat_map(|object| &object.facts);
    facts.filter(tells).map(|fact| fact.id.header).collect()
}

fn told(
    fact: &gather::Fact,
    gathered: &Gathered,
    rulings: &Rulings,
    (withheld, signed): (&Withheld, &BTreeSet<HeaderHash>),
    reader: Reader<'_>,
) -> Fact {
    let content = match (&fact.value, rulings.by_place.get(&Place::Fact(fact.id))) {
        (Ok(None), _) => Content::Removed,
        (Err(code), _) => Content::Gone(code.to_string()),
        (Ok(Some(value)), Some(Ruling::Give)) => Content::Given(value.clone()),
        (Ok(Some(_)), Some(Ruling::Mask(number))) => Content::Masked(*number),
        (Ok(Some(_)), Some(Ruling::Part(pieces))) => Content::Part(pieces.clone()),
        // Every value is a passage and every passage has a ruling; if not, nothing is shown.
        (Ok(Some(_)), None) => Content::Gone(Code::ValueMissing.to_string()),
    };
    let header = fact.id.header;
    let shown = matches!(content, Content::Given(_) | Content::Removed);
    let org = fact.organisation.as_str();
    Fact {
        fact: fact.id,
        path: fact.outline.path.clone(),
        label: passage::label(fact, reader),
        organisation: Named { id: org.to_owned(), name: reader.parties.name(org).to_owned() },
        released: fact.released.as_ref().map(|release| Released {
            authority: authority(org, release.authority.as_str(), reader),
            role: release.role.to_string(),
            purpose: release.purpose,
            audience: release.audience,
        }),
        stated_ms: fact.stated_ms,
        stored_ms: gathered.entries.get(&header).map_or(0, |entry| entry.stored_ms),
        effect: fact.effect,
        standing: fact.standing && fact.effect == Effect::Admitted,
        proof: proof::level(signed.contains(&header), !withheld.contains(&header), shown),
        content,
    }
}

fn item(row: &ItemRow, rulings: &Rulings, reader: Reader<'_>) -> Item {
    let position = row.item.position;
    let words = |place, text: &str| match rulings.by_place.get(&place) {
        Some(Ruling::Mask(number)) => vec![Piece::Masked(*number)],
        Some(Ruling::Part(pieces)) => pieces.clone(),
        Some(Ruling::Give) => vec![Piece::Given(text.to_owned())],
        None => Vec::new(),
    };
    let said = row.statement.as_ref().map(|s| &s.words);
    Item {
        date: calendar::day(row.item.at_ms).to_string(),
        number: row.statement.as_ref().and_then(|s| s.number.as_ref()).map(ToString::to_string).unwrap_or_default(),
        state: row.item.state.to_string(),
        direction: passage::direction(row.item.direction).to_owned(),
        counterpart: words(Place::Counterpart(position), &passage::counterpart(row, reader)),
        subject: words(Place::Subject(position), said.map_or("", |w| &w.subject)),
        protected_subject: words(Place::ProtectedSubject(position), said.map_or("", |w| &w.protected_subject)),
        // By its version somebody finds who has stated it.
        version: (rulings.by_place.get(&Place::Counterpart(position)).is_none_or(|r| *r == Ruling::Give))
            .then_some(row.item.tip),
    }
}

pub(super) fn book(gathered: &Gathered) -> Result<CharterBook, Failure> {
    let mut files = gathered.charters.iter();
    let (genesis, signatures) = files.next().ok_or_else(no_charter)?;
    let mut book = CharterBook::found(genesis.clone(), signatures)?;
    for (bytes, signatures) in files {
        book.offer(bytes, signatures)?;
    }
    Ok(book)
}

fn no_charter() -> Failure {
    Failure::new(Code::ConfigMissing, "the node knows no charter", "start it with its charter")
}

fn charters(gathered: &Gathered) -> Result<Vec<CharterFile>, Failure> {
    let file = |(bytes, signatures): &(Vec<u8>, samsyn_core::charter_book::Signatures)| {
        let text = String::from_utf8(bytes.clone()).map_err(|_| no_charter())?;
        let signed = signatures.iter().map(|(organisation, signature)| Signed {
            organisation: organisation.clone(),
            signature: signature.to_string(),
        });
        Ok(CharterFile { text, signatures: signed.collect() })
    };
    gathered.charters.iter().map(file).collect()
}

/// The key that the charter which a header cites gives its author, if that charter is in force.
pub(super) fn key_of(book: &CharterBook, header: &Header) -> Option<PublicKey> {
    let known = matches!(book.status(&header.charter), Status::InForce(_));
    let version = book.get(&header.charter).filter(|_| known)?;
    version.charter.party(&header.organisation).map(|party| party.log_key)
}

/// Each commit whose own signature fits, with what is given of it; and the headers that these signatures cover.
fn commits(
    gathered: &Gathered,
    rulings: &Rulings,
    withheld: &Withheld,
    book: &CharterBook,
) -> (Vec<Commit>, BTreeSet<HeaderHash>) {
    let given = given(gathered, rulings);
    let documents: BTreeSet<DocumentId> = gathered.objects.iter().map(|object| object.document).collect();
    let (mut commits, mut signed) = (Vec::new(), BTreeSet::new());
    for headers in &gathered.commits {
        let entries: Option<Vec<_>> = headers.iter().map(|hash| gathered.entries.get(hash)).collect();
        let Some(tip) = entries.as_ref().and_then(|entries| entries.last()) else { continue };
        let key = Header::decode(&tip.raw.header).ok().and_then(|header| key_of(book, &header));
        let fits =
            |signature: &Signature| key.is_some_and(|key| key.verify(Domain::Commit, &tip.raw.header, signature));
        let Some(signature) = tip.signature.filter(|signature| fits(signature)) else { continue };
        signed.extend(headers.iter().copied());
        let entry = |(hash, stored): (&HeaderHash, &&crate::store::StoredEntry)| {
            let shows = Header::decode(&stored.raw.header).is_ok_and(|header| match header.kind {
                Kind::Release => true,
                Kind::Document => documents.contains(&DocumentId::from(*hash)),
                _ => documents.contains(&header.document),
            });
            let outline = (shows && !withheld.contains(hash)).then(|| hex::encode(&stored.raw.outline));
            let values = given.get(hash).filter(|_| outline.is_some()).cloned().unwrap_or_default();
            Entry { header: hex::encode(&stored.raw.header), outline, values }
        };
        let entries = headers.iter().zip(entries.iter().flatten()).map(entry).collect();
        commits.push(Commit { signature: signature.to_string(), entries });
    }
    (commits, signed)
}

/// The values that are given in full, with their salts.
fn given(gathered: &Gathered, rulings: &Rulings) -> BTreeMap<HeaderHash, BTreeMap<u32, Salted>> {
    let mut given: BTreeMap<HeaderHash, BTreeMap<u32, Salted>> = BTreeMap::new();
    for fact in gathered.objects.iter().flat_map(|object| &object.facts) {
        let gives = rulings.by_place.get(&Place::Fact(fact.id)) == Some(&Ruling::Give);
        if let Some(salted) = fact.salted.as_ref().filter(|_| gives && matches!(fact.value, Ok(Some(_)))) {
            given.entry(fact.id.header).or_default().insert(fact.id.index, Salted::of(salted));
        }
    }
    given
}
