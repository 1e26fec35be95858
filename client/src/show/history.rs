//! What has been shared about a work, oldest first.

use super::Reader;
use crate::{
    table::{clean, clean_lines, shorten},
    text::{self, Text},
    vocabulary,
};
use samsyn_wire::v1;
use std::fmt::Write as _;

/// Characters of a value in a history.
const VALUE_MAX: usize = 120;

pub fn history(history: &v1::HistoryResponse, reader: Reader<'_>) -> String {
    if history.entries.is_empty() {
        return text::HISTORY_EMPTY.of(reader.lang).to_owned();
    }
    history.entries.iter().map(|e| entry(e, reader)).collect::<Vec<_>>().join("\n")
}

fn entry(entry: &v1::HistoryEntry, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let what = match entry.kind() {
        v1::EntryKind::Document => text::FOUNDED,
        v1::EntryKind::Erasure => text::ERASED,
        _ => text::SHARED,
    };
    let mut line =
        format!("{}  {} {}", reader.time(entry.stated_ms), reader.parties.name(&entry.organisation), what.of(lang));
    let mut about = Vec::new();
    if !entry.authority.is_empty() {
        about.push(reader.authority(&entry.organisation, &entry.authority).to_owned());
    }
    if !entry.role.is_empty() {
        about.push(vocabulary::DEVICE_ROLE.show(&entry.role, lang).to_owned());
    }
    if let Some(purpose) = purpose_id(entry.purpose()) {
        about.push(vocabulary::PURPOSE.show(purpose, lang).to_owned());
    }
    if let Some(audience) = audience_id(entry.audience()) {
        about.push(vocabulary::AUDIENCE.show(audience, lang).to_owned());
    }
    if !about.is_empty() {
        let _ = write!(line, " ({})", about.join(", "));
    }
    if let Some(verdict) = entry.verdict.as_ref().and_then(|v| verdict(v, reader)) {
        let _ = write!(line, "\n  ! {verdict}");
    }
    let mut shown = format!("{}\n", clean_lines(&line));
    let mut facts: Vec<&v1::HistoryFact> = entry.facts.iter().collect();
    facts.sort_by_key(|f| text::path_order(&f.path));
    for fact in facts {
        let _ = writeln!(shown, "    {}", fact_line(fact, reader));
    }
    shown
}

fn fact_line(fact: &v1::HistoryFact, reader: Reader<'_>) -> String {
    let value =
        |v: &v1::HistoryValue| shorten(&clean(&reader.stated(v.value.clone(), &v.value_fault, v.removed)), VALUE_MAX);
    let after = fact.after.as_ref().map_or_else(|| text::UNKNOWN.of(reader.lang).to_owned(), value);
    let before = fact.before.iter().map(value).collect::<Vec<_>>().join(" | ");
    let path = clean(&reader.path(&fact.path));
    if before.is_empty() { format!("{path}: {after}") } else { format!("{path}: {before} -> {after}") }
}

/// What an entry waits for or why it has no effect; nothing for what is admitted.
fn verdict(verdict: &v1::Verdict, reader: Reader<'_>) -> Option<String> {
    let label = match verdict.state() {
        v1::VerdictState::Pending => Text("väntar", "pending"),
        v1::VerdictState::Refused => Text("utan verkan", "without effect"),
        _ => return None,
    };
    Some(format!("{}: {} ({})", label.of(reader.lang), verdict.text, verdict.code))
}

/// The id of a purpose, as words and `--json` have it.
pub fn purpose_id(purpose: v1::Purpose) -> Option<&'static str> {
    Some(match purpose {
        v1::Purpose::ForInformation => "for-information",
        v1::Purpose::ForDecision => "for-decision",
        v1::Purpose::JointlyMaintained => "jointly-maintained",
        v1::Purpose::ForComment => "for-comment",
        v1::Purpose::Unspecified => return None,
    })
}

pub fn audience_id(audience: v1::Audience) -> Option<&'static str> {
    match audience {
        v1::Audience::Parties => Some("parties"),
        v1::Audience::Public => Some("public"),
        v1::Audience::Unspecified => None,
    }
}
