//! What is examined, piece by piece, and why somebody should look at it more than once.

use super::gather::{Fact, Gathered, Object};
use crate::{
    register::Direction,
    secrecy::scan::{self, Kind, Words},
    store::ItemRow,
};
use samsyn_client::{
    mark::{self, Mark},
    show::Reader,
    text,
};
use samsyn_core::{
    code::Code,
    id::{DocumentId, FactId},
    value::Value,
};
use std::ops::Range;

/// Letters of a passage's key.
const KEY_LETTERS: usize = 20;

/// Something that is given, masked, or given in part.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    /// Names the passage together with what stands there and what points at it: an answer about another text, or before
    /// somebody had marked it, is no answer about this one.
    pub(crate) key: String,
    pub(crate) document: DocumentId,
    pub(crate) place: Place,
    /// In Swedish, as the pack says it too.
    pub(crate) label: String,
    /// Who stated it, when, and whether it stands; nothing of what the register says.
    pub(crate) stated: Option<(String, u64, bool)>,
    pub(crate) shown: String,
    /// It is a text, of which some words can be masked.
    pub(crate) is_text: bool,
    /// Why it is put to the person; nothing where nothing points at it.
    pub(crate) reasons: Vec<Reason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Fact(FactId),
    /// By the item's position in the register.
    Counterpart(u64),
    Subject(u64),
    ProtectedSubject(u64),
}

/// A warning, no decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// By the authority; none where the mark cannot be read.
    Marked(Option<Mark>),
    /// By the scanner, in characters.
    Found(Kind, Range<usize>),
    /// A word that the authority does not let out.
    OwnWord(Range<usize>),
    /// The register does not show it to the public.
    Protected,
}

impl Reason {
    pub(crate) fn at(&self) -> Option<Range<usize>> {
        match self {
            Self::Found(_, at) | Self::OwnWord(at) => Some(at.clone()),
            Self::Marked(_) | Self::Protected => None,
        }
    }
}

/// Every passage of what was gathered: facts as people read them, the latest of each path first, then the register's words.
pub(super) fn passages(gathered: &Gathered, words: Option<&Words>, reader: Reader<'_>) -> Vec<Passage> {
    let mut passages = Vec::new();
    for object in &gathered.objects {
        for fact in in_order(object) {
            passages.extend(of_fact(object, fact, words, reader));
        }
        for row in &object.items {
            passages.extend(of_item(object, row, words, reader));
        }
    }
    passages
}

/// A document's facts by path as people read them, the latest of each path first.
pub(crate) fn in_order(object: &Object) -> Vec<&Fact> {
    let mut facts: Vec<&Fact> = object.facts.iter().collect();
    facts.sort_by_key(|fact| {
        let path = fact.outline.path.as_str();
        (text::path_order(path), std::cmp::Reverse((fact.standing, fact.stated_ms, fact.id)))
    });
    facts
}

fn of_fact(object: &Object, fact: &Fact, words: Option<&Words>, reader: Reader<'_>) -> Option<Passage> {
    let value = fact.value.as_ref().ok()?.as_ref()?;
    let is_text = matches!(value, Value::Text(_) | Value::Prose(_));
    let shown = reader.value(value);
    let mut reasons = Vec::new();
    if let Some(mark) = mark::covering(&object.marks, &fact.outline.path) {
        reasons.push(Reason::Marked(mark.clone()));
    }
    // What a reference names is looked at as it is written; its place is not one in what is shown.
    match value {
        Value::Reference(one) if !found(one, words).is_empty() => {
            reasons.push(Reason::OwnWord(0..shown.chars().count()));
        }
        Value::References(several) if several.iter().any(|one| !found(one, words).is_empty()) => {
            reasons.push(Reason::OwnWord(0..shown.chars().count()));
        }
        _ => {}
    }
    reasons.extend(found(&shown, words));
    let label = label(fact, reader);
    let place = Place::Fact(fact.id);
    let stated = Some((reader.parties.name(fact.organisation.as_str()).to_owned(), fact.stated_ms, fact.standing));
    Some(Passage {
        key: key(place, &shown, &reasons),
        document: object.document,
        place,
        label,
        stated,
        shown,
        is_text,
        reasons,
    })
}

fn of_item(object: &Object, row: &ItemRow, words: Option<&Words>, reader: Reader<'_>) -> Vec<Passage> {
    let position = row.item.position;
    let said = row.statement.as_ref().map(|s| &s.words);
    let passage = |place, label: &str, shown: String, protected: bool| {
        let label = format!("{label}, {}", crate::register::calendar::day(row.item.at_ms));
        let mut reasons: Vec<Reason> = protected.then_some(Reason::Protected).into_iter().collect();
        reasons.extend(found(&shown, words));
        Passage {
            key: key(place, &shown, &reasons),
            document: object.document,
            place,
            label,
            stated: None,
            shown,
            is_text: true,
            reasons,
        }
    };
    let hidden = said.is_some_and(|words| words.counterpart_protected);
    let subject = said.map(|words| words.subject.clone()).unwrap_or_default();
    let protected = said.map(|words| words.protected_subject.clone()).unwrap_or_default();
    let all = [
        passage(Place::Counterpart(position), "Diariet: motpart", counterpart(row, reader), hidden),
        passage(Place::Subject(position), "Diariet: ärendemening", subject, false),
        passage(Place::ProtectedSubject(position), "Diariet: skyddad ärendemening", protected, true),
    ];
    all.into_iter().filter(|passage| !passage.shown.is_empty()).collect()
}

pub(crate) fn counterpart(row: &ItemRow, reader: Reader<'_>) -> String {
    match &row.item.counterpart {
        Some(organisation) => reader.parties.name(organisation.as_str()).to_owned(),
        None => "Parterna i samverkan".to_owned(),
    }
}

pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Received => "Inkommet",
        Direction::Dispatched => "Upprättat och skickat",
    }
}

/// What the path is called, and whose statement it is where that is somebody's own part.
pub(crate) fn label(fact: &Fact, reader: Reader<'_>) -> String {
    let path = fact.outline.path.as_str();
    match path.split('/').collect::<Vec<_>>()[..] {
        ["", "register", org, authority, _] => {
            format!("Diarienummer hos {}, {}", reader.parties.name(org), reader.authority(org, authority))
        }
        ["", area @ ("parties" | "learnings" | "assessment" | "remarks" | "attested"), org, ..] => {
            let area = match area {
                "parties" => "Egen del",
                "learnings" => "Lärdom",
                "assessment" => "Bedömning",
                "remarks" => "Synpunkt",
                _ => "Bekräftat oförändrat",
            };
            let rest: Vec<&str> = path.split('/').skip(3).collect();
            let rest = if rest.is_empty() { String::new() } else { format!(" ({})", rest.join("/")) };
            format!("{area}, {}{rest}", reader.parties.name(org))
        }
        _ => reader.path(path),
    }
}

fn found(text: &str, words: Option<&Words>) -> Vec<Reason> {
    let scanned = scan::scan_all(text).into_iter().map(|finding| Reason::Found(finding.kind, finding.at));
    let own = words.map(|words| words.find_all(text)).unwrap_or_default();
    scanned.chain(own.into_iter().map(Reason::OwnWord)).collect()
}

fn key(place: Place, shown: &str, reasons: &[Reason]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("samsyn v1 passage");
    hasher.update(format!("{place:?}\n{reasons:?}\n").as_bytes()).update(shown.as_bytes());
    if let Place::Fact(fact) = place {
        hasher.update(&fact.header.0);
    }
    hasher.finalize().to_hex().chars().take(KEY_LETTERS).collect()
}

/// The stable code under which a page says what the scanner has found.
pub(crate) fn code_of(kind: Kind) -> Code {
    match kind {
        Kind::PersonalNumber | Kind::CoordinationNumber => Code::SecrecyPersonalNumber,
        Kind::PrivateAddress => Code::SecrecyPrivateAddress,
        Kind::MobileNumber => Code::SecrecyMobileNumber,
    }
}
