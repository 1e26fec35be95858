//! One work with every standing fact, who stated it and when, and what the own node has not shared.

use super::Reader;
use crate::{
    copy::WorkingCopy,
    mark::{self, Mark},
    problem::Problem,
    table::pairs,
    text::{self, Lang},
    vocabulary,
};
use samsyn_core::id::Path;
use samsyn_wire::v1;
use std::fmt::Write as _;

/// The work; `copy` is the own working copy where there is one.
pub fn work(work: &v1::Work, copy: Option<&WorkingCopy>, reader: Reader<'_>) -> Result<String, Problem> {
    let lang = reader.lang;
    let title = work.facts.iter().find(|f| f.path == "/facts/title").cloned();
    let title = title.map_or_else(|| text::UNKNOWN.of(lang).to_owned(), |f| reader.wire_value(f.value));
    let mut shown = format!("{}\n\n{}", crate::table::clean(&title), pairs(&heading(work, reader)));
    if work.document_id.is_empty() {
        let _ = write!(shown, "\n{}\n", text::NOT_PUBLISHED.of(lang));
    }
    let _ = write!(shown, "\n{}\n{}", text::FACTS.of(lang), pairs(&facts(work, reader)));
    if let Some(check) = &work.criteria {
        let _ = write!(shown, "\n{}", criteria(check, lang));
    }
    if let Some(copy) = copy {
        shown.push_str(&unpublished(work, copy, reader)?);
    }
    Ok(shown)
}

fn heading(work: &v1::Work, reader: Reader<'_>) -> Vec<(String, String)> {
    let lang = reader.lang;
    let mut rows = Vec::new();
    let mut row = |label: text::Text, value: &str| {
        if !value.is_empty() {
            rows.push((label.of(lang).to_owned(), value.to_owned()));
        }
    };
    row(text::ID, &work.public_number);
    row(text::OWNER, reader.parties.name(&work.owner));
    row(text::AUTHORITY, reader.authority(&work.owner, &work.authority));
    row(text::DOCUMENT, &work.document_id);
    row(text::WORKING_COPY, work.draft.as_ref().map_or("", |d| d.working_copy_id.as_str()));
    row(text::UPDATED, &reader.time(work.updated_ms));
    rows
}

/// Facts in order of path; where several stand, each with who and when under a mark.
fn facts(work: &v1::Work, reader: Reader<'_>) -> Vec<(String, String)> {
    let lang = reader.lang;
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut last = "";
    let mut facts: Vec<&v1::Fact> = work.facts.iter().filter(|f| f.standing || f.fact_id.is_empty()).collect();
    facts.sort_by_key(|f| text::path_order(&f.path));
    for fact in facts {
        if fact.removed && !fact.conflict {
            continue;
        }
        let value = reader.stated(fact.value.clone(), &fact.value_fault, fact.removed);
        if !fact.conflict {
            // A joint text that several parties have written at once, shown as one.
            let several: Vec<&str> = fact.stated_by.split(", ").map(|by| reader.parties.name(by)).collect();
            let joined = fact.fact_id.is_empty() && several.len() > 1;
            let who =
                if joined { format!("\n{}", text::NOTE_MORE.say(lang, &[&several.join(", ")])) } else { String::new() };
            rows.push((indented(&reader.path(&fact.path)), format!("{value}{who}")));
            continue;
        }
        if fact.path != last {
            let prose = matches!(fact.value.as_ref().and_then(|v| v.kind.as_ref()), Some(v1::value::Kind::Prose(_)));
            let mark = if prose { text::NOTE_VERSIONS } else { text::CONFLICT };
            rows.push((indented(&reader.path(&fact.path)), mark.of(lang).to_owned()));
        }
        last = &fact.path;
        let who = text::STATED_BY.say(lang, &[reader.parties.name(&fact.stated_by), &reader.time(fact.stated_ms)]);
        rows.push((String::new(), format!("- {value}\n  ({who})")));
    }
    rows
}

fn indented(text: &str) -> String {
    format!("  {text}")
}

fn criteria(check: &v1::CriteriaCheck, lang: Lang) -> String {
    let answer = |answer: i32| match v1::Answer::try_from(answer) {
        Ok(v1::Answer::Yes) => text::YES.of(lang),
        Ok(v1::Answer::No) => text::NO.of(lang),
        _ => text::UNKNOWN.of(lang),
    };
    let mut rows = vec![(text::ELIGIBLE.say(lang, &[&check.version]), answer(check.eligible).to_owned())];
    for tick in &check.ticks {
        let id = if tick.id.is_empty() {
            criterion(&tick.kind).of(lang)
        } else {
            vocabulary::CRITERION.show(&tick.id, lang)
        };
        rows.push((indented(id), answer(tick.result).to_owned()));
    }
    pairs(&rows)
}

fn criterion(kind: &str) -> text::Text {
    match kind {
        "at-least-one" => text::Text("minst ett av de valfria", "at least one of the optional ones"),
        "description" => text::Text("beskrivning finns", "there is a description"),
        "financing" => text::Text("finansiering klar", "financing secured"),
        _ => text::UNKNOWN,
    }
}

/// What only the own node has: changed paths with their values, private texts, edits to check.
fn unpublished(work: &v1::Work, copy: &WorkingCopy, reader: Reader<'_>) -> Result<String, Problem> {
    let lang = reader.lang;
    let draft = copy.draft()?;
    let values = draft.values();
    let changed = work.draft.as_ref().map_or(&[][..], |d| d.unpublished_paths.as_slice());
    let mut shown = String::new();
    if !changed.is_empty() && !work.document_id.is_empty() {
        let value = |path: &String| {
            let value = values.iter().find(|(at, _)| at.as_str() == path).map(|(_, value)| value);
            let value = value.map_or_else(|| text::REMOVED.of(lang).to_owned(), |v| reader.value(v));
            (indented(&reader.path(path)), value)
        };
        let mut changed: Vec<&String> = changed.iter().collect();
        changed.sort_by_key(|p| text::path_order(p));
        let rows: Vec<_> = changed.into_iter().map(value).collect();
        let _ = write!(shown, "\n{}\n{}", text::UNPUBLISHED.of(lang), pairs(&rows));
    }
    let marks = mark::marks(&draft);
    if !marks.is_empty() {
        let rows: Vec<_> = marks.iter().map(|(path, mark)| marked(path.as_ref(), mark.as_ref(), reader)).collect();
        let _ = write!(shown, "\n{}\n{}", text::MARKS.of(lang), pairs(&rows));
    }
    let private = || draft.private.iter().filter(|(key, _)| !mark::is_mark(key));
    if private().next().is_some() {
        let rows: Vec<_> = private().map(|(key, text)| (indented(key), text.clone())).collect();
        let _ = write!(shown, "\n{}\n{}", text::PRIVATE.of(lang), pairs(&rows));
    }
    let contested = copy.contested()?;
    if !contested.is_empty() {
        let labels: Vec<_> = contested.iter().map(|p| reader.path(p)).collect();
        let _ = write!(shown, "\n{}\n", text::CONTESTED.say(lang, &[&labels.join(", ")]));
    }
    Ok(shown)
}

/// Where a mark stands, and what it says.
fn marked(path: Option<&Path>, mark: Option<&Mark>, reader: Reader<'_>) -> (String, String) {
    let lang = reader.lang;
    let place = path.map_or_else(|| text::MARKED_ALL.of(lang).to_owned(), |p| reader.path(p.as_str()));
    let said = mark.map_or_else(
        || text::MARK_UNREADABLE.of(lang).to_owned(),
        |mark| {
            let cited: Vec<String> = mark.provisions.iter().map(|p| p.cited(lang)).collect();
            let note = if mark.note.is_empty() { String::new() } else { format!(": {}", mark.note) };
            format!("{}, {}, {}{note}", cited.join("; "), mark.date, mark.authority)
        },
    );
    (indented(&place), said)
}
