//! Checks a pack with nothing but the file: no configuration, no network, no store.

use super::{
    archive::{self, CHARTERS, COMMITS, DATA, Files, MANIFEST, SIGNATURE},
    data::{Content, Data, Effect, FORMAT, Fact, Level, Manifest, Named, Object},
    gather::parties,
    proof::{CharterFile, Commit},
    signed::{Signed, read},
};
use crate::failure::Failure;
use samsyn_client::{node::Parties, show::Reader, text::Lang};
use samsyn_core::{
    charter_book::CharterBook,
    code::Code,
    entry::{Kind, Outline},
    id::{CharterHash, HeaderHash, OrgId},
    sign::{Domain, Signature},
};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// A pack that is as it was made, and what it proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub data: Data,
    /// Of the federation: to be compared with one that is known from elsewhere.
    pub genesis: CharterHash,
    pub charter: CharterHash,
    /// The version of the program that made it.
    pub version: String,
    pub files: usize,
    /// The pages are what this program makes of the data.
    pub pages_same: bool,
}

pub(super) fn refused(code: Code, message: impl Into<String>) -> Failure {
    let remedy = match code {
        Code::PackTooLarge => "ask for fewer documents at once",
        Code::PackProof => "do not rely on it: ask the authority for it again",
        _ => "get the file again, just as it was handed out",
    };
    Failure::new(code, message, remedy)
}

/// Checks, in this order:
/// - the file is a pack within its bounds, and nothing else;
/// - the charters form a chain that the parties have signed, from the genesis that the manifest names to its charter;
/// - the organisation named has signed the manifest with its key of that charter;
/// - every file is the one that the manifest lists, and there is no other;
/// - every commit is signed by its author with the key of the charter that it cites, and every outline fits its header;
/// - every value fits its outline and is shown, every statement shown is the one that was signed, and it says of itself
///   no more and no less than what the files prove; nothing that is masked has a value here;
/// - whether the pages are what this version of the program makes of the data is told, and refuses nothing: another version
///   may word them in another way, and the organisation has signed them.
pub fn verify(bytes: &[u8]) -> Result<Verified, Failure> {
    let files = archive::unpack(bytes)?;
    let manifest: Manifest = parsed(&files, MANIFEST)?;
    if manifest.format != FORMAT {
        let message = format!("the pack has format {}; this program reads {FORMAT}", manifest.format);
        return Err(refused(Code::PackMalformed, message));
    }
    let charters: Vec<CharterFile> = parsed(&files, CHARTERS)?;
    let book = book(&charters, &manifest)?;
    check_manifest(&files, &manifest, &book)?;
    let data: Data = parsed(&files, DATA)?;
    if data.format != manifest.format || !same(&data, &manifest) {
        return Err(changed("the data is not that of the manifest"));
    }
    let commits: Vec<Commit> = parsed(&files, COMMITS)?;
    let signed = read(&commits, &book)?;
    let mut used = BTreeSet::new();
    for object in &data.objects {
        check_object(object, &signed)?;
        check_withheld(object, &signed)?;
        for fact in &object.facts {
            check_fact(object, fact, &signed, &mut used)?;
        }
        check_standing(object, &signed)?;
    }
    if let Some(stray) = signed.values.keys().find(|fact| !used.contains(*fact)) {
        return Err(proof(format!("there is a value of {stray} that is shown nowhere")));
    }
    check_maskings(&data)?;
    let parties = parties(book.in_force().1);
    check_names(&data, &parties)?;
    let pages_same = archive::readable(&data, &parties)?.iter().all(|(name, made)| files.get(name) == Some(made));
    let genesis = CharterHash(book.federation().0);
    Ok(Verified { data, genesis, charter: manifest.charter, version: manifest.version, files: files.len(), pages_same })
}

fn changed(what: impl Into<String>) -> Failure {
    refused(Code::PackChanged, what)
}

fn proof(what: impl Into<String>) -> Failure {
    refused(Code::PackProof, what)
}

fn parsed<T: DeserializeOwned>(files: &Files, name: &str) -> Result<T, Failure> {
    let bytes = files.get(name).ok_or_else(|| refused(Code::PackMalformed, format!("'{name}' is missing")))?;
    // Not why: the message may hold what stands there.
    serde_json::from_slice(bytes).map_err(|_| refused(Code::PackMalformed, format!("'{name}' cannot be read")))
}

fn book(files: &[CharterFile], manifest: &Manifest) -> Result<CharterBook, Failure> {
    let unreadable = || refused(Code::PackMalformed, "a charter cannot be read");
    let told = |error: samsyn_core::charter::CharterError| proof(format!("the charters do not hold: {error}"));
    let mut files = files.iter().map(CharterFile::read);
    let (genesis, signatures) = files.next().flatten().ok_or_else(unreadable)?;
    let mut book = CharterBook::found(genesis, &signatures).map_err(told)?;
    for file in files {
        let (bytes, signatures) = file.ok_or_else(unreadable)?;
        book.offer(&bytes, &signatures).map_err(told)?;
    }
    if book.federation() != manifest.federation || book.in_force().0 != manifest.charter {
        return Err(proof("the charters are not those that the manifest names"));
    }
    Ok(book)
}

fn check_manifest(files: &Files, manifest: &Manifest, book: &CharterBook) -> Result<(), Failure> {
    let organisation = OrgId::new(&manifest.organisation).ok();
    let party = organisation.and_then(|org| book.in_force().1.party(&org).cloned());
    let signature = files.get(SIGNATURE).and_then(|bytes| std::str::from_utf8(bytes).ok());
    // Exactly these letters: what can be read in several ways could be changed unseen.
    let signature = signature.and_then(|text| text.parse::<Signature>().ok().filter(|s| s.to_string() == text));
    let fits = party.zip(signature).is_some_and(|(party, signature)| {
        party.log_key.verify(Domain::Pack, files.get(MANIFEST).map_or(&[][..], Vec::as_slice), &signature)
    });
    if !fits {
        return Err(changed("the manifest is not as the organisation named in it has signed it"));
    }
    let beside = |name: &&String| ![MANIFEST, SIGNATURE].contains(&name.as_str());
    let present: BTreeSet<&String> = files.keys().filter(beside).collect();
    let listed: BTreeSet<&String> = manifest.files.iter().map(|file| &file.name).collect();
    if present != listed || listed.len() != manifest.files.len() {
        return Err(changed("there are other files than the manifest lists"));
    }
    for file in &manifest.files {
        let same = files.get(&file.name).is_some_and(|bytes| archive::listed(&file.name, bytes) == *file);
        if !same {
            return Err(changed(format!("'{}' is not the file that the manifest lists", file.name)));
        }
    }
    Ok(())
}

fn same(data: &Data, manifest: &Manifest) -> bool {
    data.federation == manifest.federation
        && data.made_ms == manifest.made_ms
        && data.organisation.id == manifest.organisation
        && data.authority.id == manifest.authority
}

/// The document is founded as the pack says, by a signed header.
fn check_object(object: &Object, signed: &Signed) -> Result<(), Failure> {
    let hash = HeaderHash(object.document.0);
    let (level, fits) = match signed.entries.get(&hash).and_then(|entry| entry.outline.as_ref()) {
        None => (Level::None, true),
        Some(Outline::Document(genesis)) => {
            let same = genesis.kind == object.kind
                && genesis.owner.as_str() == object.owner.id
                && genesis.authority.as_str() == object.authority.id;
            (Level::Value, same)
        }
        Some(_) => (Level::None, false),
    };
    if fits && level == object.proof {
        Ok(())
    } else {
        Err(proof(format!("the document {} was founded otherwise", object.document)))
    }
}

fn check_fact(
    object: &Object,
    fact: &Fact,
    signed: &Signed,
    used: &mut BTreeSet<samsyn_core::id::FactId>,
) -> Result<(), Failure> {
    let differs = |what: &str| proof(format!("{} of {}: {what}", fact.path, object.document));
    let value = signed.values.get(&fact.fact);
    if value.is_some() && !matches!(fact.content, Content::Given(_)) {
        return Err(differs("its value is here although it is not given"));
    }
    used.insert(fact.fact);
    let Some(entry) = signed.entries.get(&fact.fact.header) else {
        return if fact.proof == Level::None { Ok(()) } else { Err(differs("no signature covers it")) };
    };
    let stated = entry.header.document == object.document
        && entry.header.kind == Kind::Facts
        && entry.header.organisation.as_str() == fact.organisation.id
        && entry.header.hlc_ms == fact.stated_ms;
    if !stated || !released(fact, entry.release.as_ref()) {
        return Err(differs("another organisation, time or purpose was signed"));
    }
    let Some(outline) = &entry.outline else {
        return if fact.proof == Level::Entry { Ok(()) } else { Err(differs("it claims another proof than it has")) };
    };
    let outline = outline.facts().get(fact.fact.index as usize).ok_or_else(|| differs("no such fact was signed"))?;
    let (level, fits) = match (&fact.content, &outline.value) {
        (Content::Given(given), Some(_)) => (Level::Value, value == Some(given)),
        (Content::Removed, None) => (Level::Value, true),
        (Content::Masked(_) | Content::Part(_) | Content::Gone(_), Some(_)) => (Level::Place, true),
        _ => (Level::None, false),
    };
    if !fits || outline.path != fact.path {
        return Err(differs("something else was signed"));
    }
    if level == fact.proof { Ok(()) } else { Err(differs("it claims another proof than it has")) }
}

fn released(fact: &Fact, release: Option<&samsyn_core::entry::Release>) -> bool {
    match (&fact.released, release) {
        (None, None) => true,
        (Some(told), Some(signed)) => {
            told.authority.id == signed.authority.as_str()
                && told.role == signed.role.as_str()
                && told.purpose == signed.purpose
                && told.audience == signed.audience
        }
        _ => false,
    }
}

/// An outline is left out only where something of what it states is not shown.
fn check_withheld(object: &Object, signed: &Signed) -> Result<(), Failure> {
    let hides = |fact: &&Fact| !matches!(fact.content, Content::Given(_) | Content::Removed);
    let hiding: BTreeSet<HeaderHash> = object.facts.iter().filter(hides).map(|fact| fact.fact.header).collect();
    let bare = |fact: &&Fact| signed.entries.get(&fact.fact.header).is_some_and(|entry| entry.outline.is_none());
    match object.facts.iter().filter(bare).find(|fact| !hiding.contains(&fact.fact.header)) {
        None => Ok(()),
        Some(fact) => Err(proof(format!("{} of {}: what was signed is left out", fact.path, object.document))),
    }
}

/// Organisations and authorities are called what the charter calls them: a page shows names, not ids.
fn check_names(data: &Data, parties: &Parties) -> Result<(), Failure> {
    let reader = Reader { lang: Lang::Sv, parties };
    let organisation = |named: &Named| reader.parties.name(&named.id) == named.name;
    let authority = |org: &Named, named: &Named| reader.authority(&org.id, &named.id) == named.name;
    let fact = |fact: &Fact| {
        let of = &fact.organisation;
        organisation(of) && fact.released.as_ref().is_none_or(|released| authority(of, &released.authority))
    };
    let object = |o: &Object| organisation(&o.owner) && authority(&o.owner, &o.authority) && o.facts.iter().all(fact);
    let own = organisation(&data.organisation) && authority(&data.organisation, &data.authority);
    if own && data.objects.iter().all(object) {
        return Ok(());
    }
    Err(changed("an organisation or an authority is called otherwise than in the charter"))
}

/// What stands is named by nothing that is in force; what does not stand is, unless an outline that may name it is withheld.
fn check_standing(object: &Object, signed: &Signed) -> Result<(), Failure> {
    let (mut named, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for fact in object.facts.iter().filter(|fact| fact.effect == Effect::Admitted) {
        let outline = signed.entries.get(&fact.fact.header).and_then(|entry| entry.outline.as_ref());
        match outline.and_then(|outline| outline.facts().get(fact.fact.index as usize)) {
            Some(outline) => named.extend(outline.replaces.iter().map(|id| (&fact.path, *id))),
            None => drop(unknown.insert(&fact.path)),
        }
    }
    for fact in &object.facts {
        let admitted = fact.effect == Effect::Admitted;
        let replaced = named.contains(&(&fact.path, fact.fact));
        let stands = fact.standing && (replaced || !admitted);
        let ends = !fact.standing && admitted && !replaced && !unknown.contains(&fact.path);
        if stands || ends {
            let what = format!("{} of {}: whether it stands is told otherwise", fact.path, object.document);
            return Err(proof(what));
        }
    }
    Ok(())
}

/// Every masking that is shown is listed, and every one listed is shown.
fn check_maskings(data: &Data) -> Result<(), Failure> {
    let in_items = |object: &Object| {
        let texts = object.register.iter().flat_map(|i| [&i.counterpart, &i.subject, &i.protected_subject]);
        texts.flat_map(|pieces| super::data::masked(pieces)).collect::<Vec<_>>()
    };
    let in_facts = |object: &Object| object.facts.iter().flat_map(Fact::masked).collect::<Vec<_>>();
    let shown: BTreeSet<u32> = data.objects.iter().flat_map(|o| [in_facts(o), in_items(o)]).flatten().collect();
    let numbered = (1u32..).zip(&data.maskings).all(|(number, masking)| masking.number == number);
    let cited = data.maskings.iter().all(|masking| !masking.provisions.is_empty());
    let same = shown.iter().all(|number| data.masking(*number).is_some()) && shown.len() == data.maskings.len();
    if numbered && cited && same {
        return Ok(());
    }
    Err(changed("the list of maskings is not that of what is masked"))
}
