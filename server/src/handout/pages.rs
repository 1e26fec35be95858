//! What people read of a pack, in Swedish: made from its data alone, so that it shows what that says and no more.

use super::data::{Content, Data, Effect, Fact, Item, Level, Masking, Object, Piece};
use crate::{failure::Failure, web::cell};
use askama::Template;
use samsyn_client::{
    node::Parties,
    schema::title_path,
    show::Reader,
    text::{self, Lang, Text},
    time,
    vocabulary::{AUDIENCE, PURPOSE},
};
use samsyn_core::{code::Code, entry::DocumentKind};

const STYLE: &str = include_str!("../../templates/pack.css");
/// What a spreadsheet needs to read UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Shown where something is masked.
const MASKED: &str = "[maskat]";

#[derive(Template)]
#[template(path = "pack_index.html")]
struct Index<'a> {
    style: &'static str,
    data: &'a Data,
    made: String,
    objects: Vec<Shown<'a>>,
    decision: bool,
}

#[derive(Template)]
#[template(path = "pack_maskings.html")]
struct Maskings<'a> {
    style: &'static str,
    data: &'a Data,
    made: String,
}

#[derive(Template)]
#[template(path = "pack_decision.html")]
struct Decision<'a> {
    style: &'static str,
    data: &'a Data,
    made: String,
}

/// One document for an archive.
#[derive(Template)]
#[template(path = "archive_document.html")]
struct Document<'a> {
    style: &'static str,
    data: &'a Data,
    made: String,
    about: &'a [(&'static str, String)],
    shown: Shown<'a>,
}

struct Shown<'a> {
    object: &'a Object,
    kind: &'static str,
    title: String,
    standing: Vec<Row<'a>>,
    earlier: Vec<Row<'a>>,
}

struct Row<'a> {
    fact: &'a Fact,
    content: Vec<Bit<'a>>,
    stated: String,
    stored: String,
    release: String,
    /// What is to be known of it besides.
    remark: &'static str,
}

/// A piece of a text: what is given, or the masking in its place.
enum Bit<'a> {
    Given(String),
    Masked(&'a Masking),
    Absent(&'static str),
}

pub(super) fn index(data: &Data, parties: &Parties) -> Result<String, Failure> {
    let objects = data.objects.iter().map(|object| shown(data, object, parties));
    rendered(&Index {
        style: STYLE,
        made: time::local(data.made_ms),
        objects: objects.collect(),
        decision: !data.maskings.is_empty(),
        data,
    })
}

/// The first document of the data.
pub(super) fn document(data: &Data, parties: &Parties, about: &[(&'static str, String)]) -> Result<String, Failure> {
    let object = data.objects.first().ok_or_else(|| Failure::new(Code::Failed, "no document", "this is a fault"))?;
    let shown = shown(data, object, parties);
    rendered(&Document { style: STYLE, made: time::local(data.made_ms), about, shown, data })
}

pub(super) fn maskings(data: &Data) -> Result<String, Failure> {
    rendered(&Maskings { style: STYLE, made: time::local(data.made_ms), data })
}

pub(super) fn decision(data: &Data) -> Result<String, Failure> {
    rendered(&Decision { style: STYLE, made: time::local(data.made_ms), data })
}

fn rendered(template: &impl Template) -> Result<String, Failure> {
    template.render().map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))
}

fn shown<'a>(data: &'a Data, object: &'a Object, parties: &Parties) -> Shown<'a> {
    let kind = kind(object.kind);
    let title = object.facts.iter().find(|fact| fact.standing && fact.path.as_str() == title_path(object.kind));
    let title = title.map(|fact| bits(data, fact, parties).iter().map(Bit::plain).collect::<String>());
    let row = |fact: &'a Fact| Row {
        content: bits(data, fact, parties),
        stated: time::local(fact.stated_ms),
        stored: time::local(fact.stored_ms),
        release: fact.released.as_ref().map_or_else(String::new, |released| {
            let purpose = PURPOSE.show(&crate::store::word(Some(&released.purpose)), Lang::Sv).to_owned();
            let audience = AUDIENCE.show(&crate::store::word(Some(&released.audience)), Lang::Sv).to_owned();
            format!("{}; {purpose}; {audience}", released.authority.name)
        }),
        remark: remark(fact),
        fact,
    };
    let (standing, earlier): (Vec<&Fact>, Vec<&Fact>) = object.facts.iter().partition(|fact| fact.standing);
    Shown {
        object,
        kind,
        title: title.unwrap_or_default(),
        standing: standing.into_iter().map(row).collect(),
        earlier: earlier.into_iter().map(row).collect(),
    }
}

pub(crate) fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Work => "Utvecklingsarbete",
        DocumentKind::Roadmap => "Färdplan",
        DocumentKind::Decision => "Beslut",
        DocumentKind::Indicators => "Indikatorer",
        DocumentKind::Programme => "Program",
    }
}

fn remark(fact: &Fact) -> &'static str {
    match (fact.effect, fact.proof) {
        (Effect::Pending, _) => "Väntar hos noden: räknas inte än.",
        (Effect::Refused, _) => "Har inte fått verkan enligt parternas regler.",
        (Effect::Admitted, Level::Value | Level::Place) => "",
        (Effect::Admitted, Level::Entry | Level::None) => "Kan inte bevisas med filerna här.",
    }
}

fn bits<'a>(data: &'a Data, fact: &Fact, parties: &Parties) -> Vec<Bit<'a>> {
    let reader = Reader { lang: Lang::Sv, parties };
    match &fact.content {
        Content::Given(value) => vec![Bit::Given(reader.value(value))],
        Content::Part(pieces) => pieces.iter().map(|piece| bit(data, piece)).collect(),
        Content::Masked(number) => vec![masked(data, *number)],
        Content::Removed => vec![Bit::Absent(text::REMOVED.of(Lang::Sv))],
        Content::Gone(code) => {
            let why: Text = match code.parse() {
                Ok(Code::ValueErased) => text::VALUE_ERASED,
                Ok(Code::ValueMissing) => text::VALUE_MISSING,
                _ => text::VALUE_DAMAGED,
            };
            vec![Bit::Absent(why.of(Lang::Sv))]
        }
    }
}

fn bit<'a>(data: &'a Data, piece: &Piece) -> Bit<'a> {
    match piece {
        Piece::Given(text) => Bit::Given(text.clone()),
        Piece::Masked(number) => masked(data, *number),
    }
}

fn masked(data: &Data, number: u32) -> Bit<'_> {
    data.masking(number).map_or(Bit::Absent(MASKED), Bit::Masked)
}

impl Bit<'_> {
    fn plain(&self) -> &str {
        match self {
            Self::Given(text) => text,
            Self::Masked(_) => MASKED,
            Self::Absent(text) => text,
        }
    }
}

fn plain(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Given(text) => text.clone(),
        Piece::Masked(_) => MASKED.to_owned(),
    };
    pieces.iter().map(text).collect()
}

/// The register's extract for a spreadsheet.
pub(super) fn register(data: &Data) -> String {
    let headings = [
        "Dokument",
        "Datum",
        "Nummer",
        "Läge",
        "Riktning",
        "Motpart",
        "Ärendemening",
        "Skyddad ärendemening",
        "Version",
    ];
    let row = |object: &Object, item: &Item| {
        [
            object.document.to_string(),
            item.date.clone(),
            item.number.clone(),
            state(&item.state).to_owned(),
            item.direction.clone(),
            plain(&item.counterpart),
            plain(&item.subject),
            plain(&item.protected_subject),
            item.version.map(|version| version.to_string()).unwrap_or_default(),
        ]
    };
    let rows = data.objects.iter().flat_map(|object| object.register.iter().map(move |item| row(object, item)));
    csv(headings.map(str::to_owned), rows)
}

/// The maskings for a spreadsheet.
pub(super) fn maskings_csv(data: &Data) -> String {
    let row = |masking: &Masking| {
        let how = if masking.whole { "helt" } else { "delvis" };
        [
            masking.number.to_string(),
            masking.document.to_string(),
            masking.place.clone(),
            how.to_owned(),
            masking.cited.clone(),
            masking.day.clone(),
            data.authority.name.clone(),
        ]
    };
    let headings = ["Nummer", "Dokument", "Uppgift", "Maskerat", "Bestämmelse", "Dag", "Myndighet"];
    csv(headings.map(str::to_owned), data.maskings.iter().map(row))
}

fn csv<const N: usize>(headings: [String; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = BYTE_ORDER_MARK.to_owned();
    for row in std::iter::once(headings).chain(rows) {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        text.push_str(&cells.join(";"));
        text.push_str("\r\n");
    }
    text
}

pub(crate) fn state(word: &str) -> &str {
    match word {
        "unsettled" => "Väntar på sitt dokument",
        "to-register" => "Ska registreras",
        "in-order" => "Hålls ordnad",
        "registered" => "Registrerad",
        "minor" => "Ringa betydelse",
        other => other,
    }
}
