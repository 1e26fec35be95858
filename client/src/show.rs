//! Values, works and histories as people read them.

pub mod decision;
mod history;
mod indicator;
mod note;
mod programme;
mod roadmap;
mod search;
mod work;

pub use history::{audience_id, history, purpose_id};
pub use indicator::{faults, measure, measures};
pub use note::note;
pub use programme::{budget, calendar, programme, risks};
pub use roadmap::{roadmap, rollout, similar};
pub use search::search;
pub use work::work;

use crate::{
    close::handle,
    node::Parties,
    table::{shorten, table},
    text::{self, Lang},
    time, vocabulary,
};
use samsyn_core::{code::Code, value::Value};
use samsyn_wire::v1;
use std::collections::BTreeSet;

/// Characters of a title in a list.
const TITLE_MAX: usize = 60;

/// Who reads: the language, and the names of the parties.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub lang: Lang,
    pub parties: &'a Parties,
}

impl Reader<'_> {
    pub fn value(&self, value: &Value) -> String {
        match value {
            Value::Text(text) | Value::Prose(text) => text.clone(),
            Value::Integer(number) => grouped(*number),
            Value::Boolean(true) => text::YES.of(self.lang).to_owned(),
            Value::Boolean(false) => text::NO.of(self.lang).to_owned(),
            Value::Money(ore) => kronor(*ore),
            Value::Date(date) => self.date(date),
            Value::Reference(reference) => self.reference(reference),
            Value::References(set) if set.is_empty() => text::NONE.of(self.lang).to_owned(),
            Value::References(set) => self.references(set),
        }
    }

    /// A value as it came; one of a kind that this program does not know is unknown.
    pub fn wire_value(&self, value: Option<v1::Value>) -> String {
        match value.map(Value::try_from) {
            Some(Ok(value)) => self.value(&value),
            _ => text::UNKNOWN.of(self.lang).to_owned(),
        }
    }

    /// A fact's value, or why there is none.
    pub fn stated(&self, value: Option<v1::Value>, fault: &str, removed: bool) -> String {
        if removed {
            return text::REMOVED.of(self.lang).to_owned();
        }
        match fault.parse() {
            Ok(Code::ValueErased) => text::VALUE_ERASED.of(self.lang).to_owned(),
            Ok(Code::ValueMissing) => text::VALUE_MISSING.of(self.lang).to_owned(),
            Ok(_) => text::VALUE_DAMAGED.of(self.lang).to_owned(),
            Err(()) => self.wire_value(value),
        }
    }

    pub fn date(&self, date: &str) -> String {
        let unknown = date.is_empty() || matches!(date.to_lowercase().as_str(), "unknown" | "okänt" | "okänd");
        if unknown { text::UNKNOWN.of(self.lang).to_owned() } else { date.to_owned() }
    }

    /// Names in a row; all parties together are the whole county.
    fn references(&self, set: &BTreeSet<String>) -> String {
        let parties: BTreeSet<String> = self.parties.0.iter().map(|p| format!("org:{}", p.id)).collect();
        let whole = parties.len() > 2 && parties.is_subset(set);
        let county = whole.then(|| text::WHOLE_COUNTY.of(self.lang).to_owned());
        let others = set.iter().filter(|r| !whole || !parties.contains(*r)).map(|r| self.reference(r));
        county.into_iter().chain(others).collect::<Vec<_>>().join(", ")
    }

    /// A board's name, if the party's charter row or card has it.
    pub fn authority<'b>(&'b self, org: &str, authority: &'b str) -> &'b str {
        let party = self.parties.0.iter().find(|p| p.id == org);
        party.and_then(|p| p.authorities.get(authority)).map_or(authority, String::as_str)
    }

    pub fn reference(&self, reference: &str) -> String {
        if let Some(org) = reference.strip_prefix("org:") {
            return self.parties.name(org).to_owned();
        }
        let known = vocabulary::label(reference, self.lang);
        known.unwrap_or_else(|| reference.split_once(':').map_or(reference, |(_, id)| id)).to_owned()
    }

    /// The label of a path; reports are told by their part.
    pub fn path(&self, path: &str) -> String {
        if let Some(label) = text::path_label(path) {
            return label.of(self.lang).to_owned();
        }
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "reports", id, part] => {
                let label = text::report_part(part).map_or(*part, |t| t.of(self.lang));
                let report = text::Text("Rapport", "Report").of(self.lang);
                format!("{report} {}: {label}", shorten(id, 9))
            }
            _ => path.to_owned(),
        }
    }

    pub fn time(&self, ms: u64) -> String {
        if ms == 0 { text::NEVER.of(self.lang).to_owned() } else { time::local(ms) }
    }

    pub(crate) fn or_unknown<'a>(&self, text: &'a str) -> &'a str {
        if text.is_empty() { text::UNKNOWN.of(self.lang) } else { text }
    }
}

/// The portfolio as a table.
pub fn works(list: &v1::ListWorksResponse, page: u32, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    if list.works.is_empty() {
        return text::NO_WORKS.of(lang).to_owned();
    }
    let headings =
        [text::ID, text::TITLE, text::OWNER, text::STAGE, text::FORM, text::START, text::UPDATED, text::NOTES];
    let rows: Vec<Vec<String>> = list.works.iter().map(|work| row(work, reader)).collect();
    let shown = table(&headings.map(|h| h.of(lang)), &rows);
    let count = text::WORKS_SHOWN.say(lang, &[&list.works.len().to_string(), &list.total.to_string()]);
    let next = text::NEXT_PAGE.say(lang, &[&(page + 1).to_string()]);
    let next = if list.next_page_token.is_empty() { String::new() } else { format!(" {next}") };
    format!("{shown}\n{count}{next}")
}

fn row(work: &v1::WorkRow, reader: Reader<'_>) -> Vec<String> {
    let lang = reader.lang;
    let mut notes = Vec::new();
    if work.draft {
        notes.push(text::DRAFT.of(lang).to_owned());
    } else if work.unpublished_changes {
        notes.push(text::CHANGED.of(lang).to_owned());
    }
    if work.conflicts > 0 {
        notes.push(text::CONFLICTS.say(lang, &[&work.conflicts.to_string()]));
    }
    vec![
        handle(work),
        shorten(reader.or_unknown(&work.title), TITLE_MAX),
        reader.parties.name(&work.owner).to_owned(),
        reader.or_unknown(vocabulary::STAGE.show(&work.stage, lang)).to_owned(),
        reader.or_unknown(vocabulary::FORM.show(&work.form, lang)).to_owned(),
        reader.date(&work.start),
        reader.time(work.updated_ms),
        notes.join(", "),
    ]
}

/// `1 234 567`, with spaces that do not break.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

fn kronor(ore: i64) -> String {
    let whole = grouped(ore / 100);
    let rest = ore.rem_euclid(100);
    if rest == 0 { format!("{whole} kr") } else { format!("{whole},{rest:02} kr") }
}

#[cfg(test)]
mod tests;
