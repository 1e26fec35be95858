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
    let path = clean(&reader.path(&fact.path));
    if let Some(change) = prose_change(fact, reader) {
        return format!("{path}: {change}");
    }
    let after = fact.after.as_ref().map_or_else(|| text::UNKNOWN.of(reader.lang).to_owned(), value);
    let before = fact.before.iter().map(value).collect::<Vec<_>>().join(" | ");
    if before.is_empty() { format!("{path}: {after}") } else { format!("{path}: {before} -> {after}") }
}

/// What has changed in a long text: only that is shown, with a word on either side.
fn prose_change(fact: &v1::HistoryFact, reader: Reader<'_>) -> Option<String> {
    let prose = |v: &v1::HistoryValue| match v.value.as_ref()?.kind.as_ref()? {
        v1::value::Kind::Prose(text) => Some(text.clone()),
        _ => None,
    };
    let after = prose(fact.after.as_ref()?)?;
    let shown = |text: &str| shorten(&clean(text.trim()), VALUE_MAX);
    let before = match fact.before.as_slice() {
        [] => return None,
        [one] => prose(one)?,
        several => {
            return Some(text::HISTORY_JOINED.say(reader.lang, &[&several.len().to_string(), &shown(&after)]));
        }
    };
    let (old, new) = apart(&before, &after);
    Some(match (old.trim(), new.trim()) {
        ("", "") => return None,
        ("", new) => text::HISTORY_ADDED.say(reader.lang, &[&shown(new)]),
        (old, "") => text::HISTORY_STRUCK.say(reader.lang, &[&shown(old)]),
        (old, new) => format!("{} -> {}", shown(old), shown(new)),
    })
}

/// What differs between two texts, as whole words.
fn apart<'a>(old: &'a str, new: &'a str) -> (&'a str, &'a str) {
    let same = |(a, b): &((usize, char), (usize, char))| a.1 == b.1;
    // To the last space that both have before they differ.
    let begin = old.char_indices().zip(new.char_indices()).take_while(same);
    let begin = begin.filter(|((_, c), _)| c.is_whitespace()).map(|((at, c), _)| at + c.len_utf8()).last().unwrap_or(0);
    let all_old = old.len() == begin || new.len() == begin;
    let (old_rest, new_rest) = (&old[begin..], &new[begin..]);
    if all_old {
        return (old_rest, new_rest);
    }
    let same_end = old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c);
    let (mut length, mut end) = (0, 0);
    for c in same_end {
        length += c.len_utf8();
        if c.is_whitespace() {
            end = length;
        }
    }
    // One of them may be the end of the other.
    let whole = length == old_rest.len() || length == new_rest.len();
    let end = if whole { length } else { end };
    (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end])
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

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn of_a_long_text_only_the_words_that_differ_are_shown() {
        for (old, new, expected) in [
            ("Möte i mars i Timrå.", "Möte i april i Timrå.", ("mars", "april")),
            ("Möte i mars.", "Första möte i mars.", ("Möte", "Första möte")),
            ("Möte i mars.", "Möte i mars. Kaffe.", ("mars.", "mars. Kaffe.")),
            ("ett två tre", "ett tre", ("två ", "")),
            ("ett två", "ett två tre", ("två", "två tre")),
            ("", "Ny", ("", "Ny")),
            ("lika", "lika", ("", "")),
            ("åä", "åö", ("åä", "åö")),
        ] {
            let (a, b) = apart(old, new);
            assert_eq!((a.trim(), b.trim()), (expected.0.trim(), expected.1.trim()), "{old} -> {new}");
        }
    }
}
