//! What pages about the county show alike: a cell of a table, the place that it comes from, names of parties.

use crate::web::page::Page;
use samsyn_client::{county::cell::Cell, show::Reader, text, vocabulary::Kind};
use samsyn_core::code::Code;

/// A cell as people see it: a letter and words, never colour alone.
#[derive(Debug)]
pub(super) struct Shown {
    /// For the style sheet: the state's id, `unknown` or `differs`.
    pub(super) class: String,
    pub(super) letter: &'static str,
    pub(super) words: String,
    /// Who and when; empty where nothing is said.
    pub(super) source: String,
    /// The row that it comes from; none where nothing is said.
    pub(super) link: Option<String>,
}

/// Letters of states, by their ids; they stand in tables and in the legend.
fn letter(id: &str) -> &'static str {
    match id {
        "not-applicable" | "not-concerned" => "–",
        "planned" => "P",
        "preparing" | "forming" => "U",
        "pilot" => "T",
        "partly-introduced" => "D",
        "introduced" => "I",
        "ended" => "A",
        "missing" | "none" => "N",
        "working" | "adopted" => "F",
        "not-begun" => "0",
        "begun" => "1",
        "done" => "2",
        "resting" => "V",
        _ => "·",
    }
}

/// What nobody has said.
const UNKNOWN: &str = "○";

/// A state of a kind of words.
pub(super) fn state(cell: &Cell, kind: Kind, page: &Page, (document, path): (&str, &str)) -> Shown {
    let lang = page.asked.lang;
    let words =
        |ids: &[String]| ids.iter().map(|id| kind.show(id, lang)).collect::<Vec<_>>().join(page.t(" eller ", " or "));
    let (class, letter, words) = match cell.settled() {
        Some(id) => (format!("state-{id}"), letter(id), words(&cell.says)),
        None if cell.differs() => ("differs".to_owned(), "?", words(&cell.says)),
        None if !cell.fault.is_empty() => ("unknown".to_owned(), UNKNOWN, fault(&cell.fault, page)),
        None => ("unknown".to_owned(), UNKNOWN, page.t("ingen uppgift", "not stated").to_owned()),
    };
    Shown { class, letter, words, source: source(cell, page), link: link(cell, page, document, path) }
}

/// A text.
pub(super) fn words(cell: &Cell, page: &Page, (document, path): (&str, &str)) -> Shown {
    let (class, words) = match cell.says.as_slice() {
        [] if !cell.fault.is_empty() => ("unknown", fault(&cell.fault, page)),
        [] => ("unknown", page.t("ingen uppgift", "not stated").to_owned()),
        [only] => ("stated", only.clone()),
        several => ("differs", several.join("\n– – –\n")),
    };
    Shown {
        class: class.to_owned(),
        letter: "",
        words,
        source: source(cell, page),
        link: link(cell, page, document, path),
    }
}

fn fault(code: &str, page: &Page) -> String {
    let known = match code.parse() {
        Ok(Code::ValueErased) => text::VALUE_ERASED,
        Ok(Code::ValueMissing) => text::VALUE_MISSING,
        _ => text::VALUE_DAMAGED,
    };
    known.of(page.asked.lang).to_owned()
}

fn source(cell: &Cell, page: &Page) -> String {
    if cell.by.is_empty() {
        return String::new();
    }
    let by: Vec<&str> = cell.by.iter().map(|by| page.parties.name(by)).collect();
    format!("{}, {}", by.join(", "), page.reader().time(cell.at_ms))
}

fn link(cell: &Cell, page: &Page, document: &str, path: &str) -> Option<String> {
    (!cell.by.is_empty()).then(|| format!("{}#{}", page.link(&format!("/arbete/{document}")), anchor(path)))
}

/// Where a path stands on the page of its document.
pub(in crate::web) fn anchor(path: &str) -> String {
    format!("u{}", path.replace('/', "_"))
}

/// Every party, in the order of the alphabet: id and name.
pub(super) fn parties(page: &Page) -> Vec<(String, String)> {
    page.parties.0.iter().map(|party| (party.id.clone(), party.name.clone())).collect()
}

/// "3 av 8 parter": of how many something is known.
pub(super) fn of_all(count: usize, page: &Page) -> String {
    format!("{count} {} {}", page.t("av", "of"), page.parties.0.len())
}

/// A body, as nothing but its id is known of it: without hyphens.
pub(super) fn body(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A date as it was written, or that it is unknown.
pub(super) fn date(date: Option<&str>, reader: &Reader<'_>) -> String {
    reader.date(date.unwrap_or_default())
}
