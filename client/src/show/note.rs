//! The joint note: the text as it reads now, who wrote what, versions that are not joined, and what is not shared.

use super::Reader;
use crate::{
    table::{block, clean, pairs, shorten},
    text,
};
use samsyn_core::limits::PROSE_BYTES_MAX;
use samsyn_wire::v1::{self, JointTextState, WhyApart};
use std::collections::BTreeSet;

/// Characters of one party's words in the list of who wrote what.
const WORDS_MAX: usize = 160;

/// `id` is what the reader wrote to name the document.
pub fn note(note: &v1::JointTextResponse, id: &str, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let title = if note.title.is_empty() { id } else { note.title.as_str() };
    let mut shown = format!("{}\n\n", text::NOTE.say(lang, &[&clean(title)]));
    match note.state() {
        JointTextState::SideBySide => shown.push_str(&versions(note, id, reader)),
        JointTextState::Settled | JointTextState::Merged => {
            shown.push_str(&block(&note.text, 0));
            shown.push_str(&about(note, id, reader));
        }
        // A draft that was never shared has only what is written below.
        _ if note.unpublished.is_none() || !note.document_id.is_empty() => {
            shown.push_str(&format!("{}\n", text::NOTE_EMPTY.of(lang)));
        }
        _ => {}
    }
    match &note.unpublished {
        Some(own) if own.text.is_empty() => shown.push_str(&format!("\n{}\n", text::NOTE_TAKEN_AWAY.of(lang))),
        Some(own) => shown.push_str(&format!("\n{}\n{}", text::NOTE_UNSHARED.of(lang), block(&own.text, 2))),
        None => {}
    }
    shown
}

/// What stands under a text: who wrote it, and what is to be done.
fn about(note: &v1::JointTextResponse, id: &str, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let mut shown = String::new();
    let runs = by_words(&note.passages);
    if let [(authors, _)] = runs.as_slice() {
        let last = note.passages.iter().map(|p| p.stated_ms).max().unwrap_or(0);
        let by = text::NOTE_BY.say(lang, &[&names(authors, reader), &reader.time(last)]);
        shown.push_str(&format!("\n{by}\n"));
    } else {
        let row = |(authors, words): &Run<'_>| {
            (format!("  {}", names(authors, reader)), shorten(&clean(words.trim()), WORDS_MAX))
        };
        let rows: Vec<_> = runs.iter().map(row).collect();
        shown.push_str(&format!("\n{}\n{}", text::NOTE_WHO.of(lang), pairs(&rows)));
    }
    if note.state() == JointTextState::Merged {
        let authors = note.versions.iter().map(|v| v.stated_by.as_str()).collect();
        shown.push_str(&format!("\n{}\n", text::NOTE_MERGED.say(lang, &[&names(&authors, reader)])));
    }
    if note.text.len() > PROSE_BYTES_MAX {
        shown.push_str(&format!("\n{}\n", text::NOTE_LONG.say(lang, &[id])));
    }
    shown
}

fn versions(note: &v1::JointTextResponse, id: &str, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let why = match note.why_apart() {
        WhyApart::TextGone => text::NOTE_APART_GONE,
        WhyApart::NoCommonBase => text::NOTE_APART_BASE,
        WhyApart::TooMuch => text::NOTE_APART_MUCH,
        _ => text::NOTE_APART_OTHER,
    };
    let mut shown = format!("{}\n", text::NOTE_APART.say(lang, &[why.of(lang)]));
    for version in &note.versions {
        let who =
            text::STATED_BY.say(lang, &[reader.parties.name(&version.stated_by), &reader.time(version.stated_ms)]);
        let said = match &version.text {
            Some(said) => said.clone(),
            None => reader.stated(None, &version.value_fault, version.removed),
        };
        shown.push_str(&format!("\n- {}\n{}", clean(&who), block(&said, 2)));
    }
    shown.push_str(&format!("\n{}\n", text::NOTE_SETTLE.say(lang, &[id])));
    shown
}

fn names(authors: &BTreeSet<&str>, reader: Reader<'_>) -> String {
    authors.iter().map(|a| reader.parties.name(a)).collect::<Vec<_>>().join(", ")
}

/// Words and those who wrote them.
type Run<'a> = (BTreeSet<&'a str>, String);

/// Runs of whole words with those who wrote them: letters that changed hands inside a word make it a word of both.
fn by_words(passages: &[v1::TextPassage]) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut word = Run::default();
    let mut ended = false;
    for passage in passages {
        for letter in passage.text.chars() {
            if letter.is_whitespace() {
                ended = true;
            } else {
                if ended {
                    close(&mut runs, std::mem::take(&mut word));
                    ended = false;
                }
                word.0.insert(passage.stated_by.as_str());
            }
            word.1.push(letter);
        }
    }
    close(&mut runs, word);
    runs.retain(|(authors, _)| !authors.is_empty());
    runs
}

fn close<'a>(runs: &mut Vec<Run<'a>>, (authors, text): Run<'a>) {
    match runs.last_mut() {
        Some(last) if authors.is_empty() || last.0 == authors => last.1.push_str(&text),
        _ => runs.push((authors, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{node::Parties, text::Lang};

    fn parties() -> Parties {
        let party = |id: &str, name: &str| v1::Party { id: id.into(), name: name.into(), ..v1::Party::default() };
        Parties(vec![party("rvn", "Region Västernorrland"), party("timra", "Timrå kommun")])
    }

    fn passage(by: &str, text: &str) -> v1::TextPassage {
        v1::TextPassage {
            text: text.into(),
            stated_by: by.into(),
            stated_ms: 1_751_371_500_000,
            fact_id: "ab.0".into(),
        }
    }

    fn version(by: &str, text: Option<&str>, fault: &str) -> v1::TextVersion {
        v1::TextVersion {
            stated_by: by.into(),
            text: text.map(str::to_owned),
            value_fault: fault.into(),
            ..v1::TextVersion::default()
        }
    }

    #[test]
    fn words_belong_to_those_who_wrote_letters_in_them() {
        let passages = [passage("rvn", "Möte i m"), passage("timra", "aj, ett till "), passage("rvn", "slut.")];
        let runs: Vec<(Vec<&str>, String)> =
            by_words(&passages).into_iter().map(|(a, t)| (a.into_iter().collect(), t)).collect();
        assert_eq!(
            runs,
            [
                (vec!["rvn"], "Möte i ".to_owned()),
                (vec!["rvn", "timra"], "maj, ".to_owned()),
                (vec!["timra"], "ett till ".to_owned()),
                (vec!["rvn"], "slut.".to_owned())
            ]
        );
        assert!(by_words(&[]).is_empty());
    }

    #[test]
    fn a_joined_text_says_who_wrote_what_and_that_it_is_not_settled() {
        let parties = parties();
        let joint = v1::JointTextResponse {
            title: "SIP".into(),
            document_id: "ab".into(),
            state: JointTextState::Merged.into(),
            text: "Möte i maj. Kaffe.".into(),
            passages: vec![passage("rvn", "Möte i maj. "), passage("timra", "Kaffe.")],
            versions: vec![version("rvn", Some("x"), ""), version("timra", Some("y"), "")],
            ..v1::JointTextResponse::default()
        };
        let shown = note(&joint, "sip", Reader { lang: Lang::Sv, parties: &parties });
        assert!(shown.starts_with("Gemensam anteckning: SIP\n\nMöte i maj. Kaffe.\n\nVem skrev vad:\n"), "{shown}");
        assert!(shown.contains("  Region Västernorrland  Möte i maj.\n  Timrå kommun           Kaffe.\n"), "{shown}");
        assert!(shown.contains("Region Västernorrland, Timrå kommun har skrivit samtidigt."), "{shown}");
    }

    #[test]
    fn versions_that_cannot_be_joined_are_told_plainly() {
        let parties = parties();
        let joint = v1::JointTextResponse {
            title: "SIP".into(),
            document_id: "ab".into(),
            state: JointTextState::SideBySide.into(),
            why_apart: WhyApart::TextGone.into(),
            versions: vec![version("rvn", Some("Ett"), ""), version("timra", None, "value.erased")],
            ..v1::JointTextResponse::default()
        };
        let shown = note(&joint, "sip", Reader { lang: Lang::Sv, parties: &parties });
        for part in
            ["gallrad eller har inte kommit", "- Region Västernorrland", "  Ett", "  (gallrat)", "work note sip --edit"]
        {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }
}
