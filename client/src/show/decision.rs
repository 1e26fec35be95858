//! Decisions as people read them on the command line.

use super::Reader;
use crate::{
    county::decision::{Decision, Progress, Ratification, Seat, words},
    json::decision as ids,
    table::{block, pairs, shorten, table},
    text::{self, Lang, Text},
    vocabulary::{FATE, MOTION, OUTCOME, VOTE},
};
use jiff::civil::Date;
use samsyn_core::governance::Named;
use std::fmt::Write as _;

const TITLE_MAX: usize = 48;
const INDENT: usize = 2;
/// Letters of an id that are shown.
const ID_LETTERS: usize = 8;

/// A log of decisions, the latest first.
pub fn decisions(found: &[Decision], parties: &[&str], today: Date, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    if found.is_empty() {
        return Text("Inga beslut passar.", "No decisions fit.").of(lang).to_owned();
    }
    let headings = [
        text::ID,
        text::TITLE,
        Text("Organ", "Body"),
        Text("Dag", "Day"),
        Text("Utfall", "Outcome"),
        Text("Antagit", "Adopted"),
        Text("Dagar", "Days"),
    ];
    let row = |decision: &Decision| {
        let progress = decision.progress(parties.iter().copied());
        let days = decision.days(parties.iter().copied(), today);
        vec![
            decision.id.chars().take(ID_LETTERS).collect(),
            shorten(decision.title.as_deref().unwrap_or(text::UNKNOWN.of(lang)), TITLE_MAX),
            body(decision, lang),
            decision.date().unwrap_or(text::UNKNOWN.of(lang)).to_owned(),
            conclusion(decision, lang),
            adopted(&progress, lang),
            days.map_or_else(String::new, |(days, whole)| if whole { days.to_string() } else { format!("{days}…") }),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    format!(
        "{}\n{}",
        table(&headings.map(|h| h.of(lang)), &rows),
        Text("{} beslut.", "{} decisions.").say(lang, &[&found.len().to_string()])
    )
}

/// How many parties have adopted it; nothing where none is asked.
fn adopted(progress: &Progress, lang: Lang) -> String {
    if progress.parties == 0 {
        return String::new();
    }
    Text("{} av {}", "{} of {}").say(lang, &[&progress.adopted.to_string(), &progress.parties.to_string()])
}

fn body(decision: &Decision, lang: Lang) -> String {
    let id = decision.body.as_ref().map(|body| body.id.to_string());
    decision.body_name.clone().or(id).unwrap_or_else(|| text::UNKNOWN.of(lang).to_owned())
}

/// In a word; with a mark where it is only what the source says.
pub fn conclusion(decision: &Decision, lang: Lang) -> String {
    match decision.concluded() {
        None => Text("inget utfall", "no outcome").of(lang).to_owned(),
        Some((word, false)) => OUTCOME.show(word, lang).to_owned(),
        Some((word, true)) => Text("{} enligt källan", "{} by the source").say(lang, &[OUTCOME.show(word, lang)]),
    }
}

/// One decision with everything.
pub fn decision(decision: &Decision, parties: &[&str], today: Date, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let unknown = || text::UNKNOWN.of(lang).to_owned();
    let mut shown = format!("{}\n\n", crate::table::clean(decision.title.as_deref().unwrap_or(text::UNKNOWN.of(lang))));
    let minutes = &decision.minutes;
    let text_decided = if decision.is_position() {
        Text("Ställningstagandets text", "Text of the position")
    } else {
        Text("Beslutad text", "Text decided")
    };
    let mut heading = vec![
        (Text("Organ", "Body"), body(decision, lang)),
        (Text("Slag", "Kind"), words::kind(decision.is_position()).of(lang).to_owned()),
        (Text("Sekreterare", "Secretary"), reader.parties.name(&decision.owner).to_owned()),
        (Text("Mötesdag", "Day of the meeting"), decision.date().map_or_else(unknown, ToOwned::to_owned)),
        (text::DOCUMENT, decision.id.clone()),
        (Text("Paragraf", "Paragraph"), minutes.paragraph.clone().unwrap_or_default()),
        (Text("Diarienummer", "Register number"), minutes.number.clone().unwrap_or_default()),
        (Text("Justerat", "Adjusted"), minutes.adjusted.clone().unwrap_or_default()),
        (text_decided, decision.decided_hash().unwrap_or_default().to_owned()),
        (Text("Källa", "Source"), decision.source.clone().unwrap_or_default()),
    ];
    heading.retain(|(_, value)| !value.is_empty());
    let heading: Vec<_> = heading.into_iter().map(|(label, value)| (label.of(lang).to_owned(), value)).collect();
    shown.push_str(&pairs(&heading));
    let _ = write!(shown, "\n{}: {}\n", Text("Utfall", "Outcome").of(lang), conclusion(decision, lang));
    for reason in decision.outcome.iter().flat_map(|outcome| &outcome.reasons) {
        shown.push_str(&block(words::reason(reason).of(lang), INDENT));
    }
    if decision.is_position() {
        shown.push_str(&block(words::POSITION.of(lang), INDENT));
    } else if let Some(force) = decision.force() {
        shown.push_str(&block(words::force(&force).of(lang), INDENT));
        shown.push_str(&block(words::FORCE_ASSUMES.of(lang), INDENT));
    }
    texts(&mut shown, decision, lang);
    motions(&mut shown, decision, lang);
    if !decision.seats.is_empty() {
        let headings = [Text("Plats", "Seat"), text::PARTY, Text("Röst", "Vote"), Text("Räknas", "Counts")];
        let rows: Vec<Vec<String>> = decision.seats.iter().map(|s| seat(s, reader)).collect();
        let _ = write!(shown, "\n{}", table(&headings.map(|h| h.of(lang)), &rows));
    }
    if !decision.asks_parties() {
        let none = Text("Parternas egna beslut är inte begärda.", "The parties' own decisions are not asked for.");
        let _ = write!(shown, "\n{}\n", none.of(lang));
        return shown;
    }
    let progress = decision.progress(parties.iter().copied());
    let figures = [progress.adopted, progress.parties, progress.waiting()].map(|n| n.to_string());
    let figures: Vec<&str> = figures.iter().map(String::as_str).collect();
    let said = Text(
        "Parternas egna beslut: {} av {} har antagit, {} väntas.",
        "The parties' own decisions: {} of {} have adopted, {} are awaited.",
    );
    let _ = write!(shown, "\n{}\n", said.say(lang, &figures));
    if let Some((day, party)) = decision.next_known(today) {
        let next = Text("Nästa kända dag: {} ({}).", "Next known day: {} ({}).");
        let _ = writeln!(shown, "{}", next.say(lang, &[&day.to_string(), reader.parties.name(party)]));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for org in parties.iter().filter(|org| decision.concerns(org)) {
        let cell = decision.cell(org);
        if cell.rows.is_empty() {
            rows.push(vec![
                reader.parties.name(org).to_owned(),
                String::new(),
                words::summary(cell.summary()).1.of(lang).to_owned(),
            ]);
        }
        rows.extend(cell.rows.iter().map(|row| ratified(row, decision, reader)));
    }
    let headings = [
        text::PARTY,
        text::AUTHORITY,
        Text("Läge", "State"),
        Text("Dag", "Day"),
        Text("§", "§"),
        Text("Diarienummer", "Number"),
        Text("Text", "Text"),
    ];
    let wide = headings.len();
    for row in &mut rows {
        row.resize(wide, String::new());
    }
    shown.push_str(&table(&headings.map(|h| h.of(lang)), &rows));
    shown
}

fn texts(shown: &mut String, decision: &Decision, lang: Lang) {
    for text in &decision.texts {
        let put = if decision.put.as_ref() == Some(&text.id) { Text(", framlagd", ", put").of(lang) } else { "" };
        let label = text.label.as_deref().unwrap_or(&text.id);
        let _ = write!(shown, "\n{} {label} ({}{put})\n", Text("Text", "Text").of(lang), words::seal(&text.seal, lang));
        shown.push_str(&block(text.text.as_deref().unwrap_or(text::VALUE_MISSING.of(lang)), INDENT));
    }
}

fn motions(shown: &mut String, decision: &Decision, lang: Lang) {
    for moved in &decision.motions {
        let kind = moved.kind.map_or(text::UNKNOWN.of(lang), |kind| MOTION.show(ids::motion(kind), lang));
        let fate = moved
            .fate
            .map_or(Text("utfall inte angivet", "outcome not stated").of(lang), |f| FATE.show(ids::fate(f), lang));
        let by = moved.by.as_deref().unwrap_or(text::UNKNOWN.of(lang));
        let _ = write!(shown, "\n{} {}: {kind}, {by} – {fate}\n", Text("Yrkande", "Motion").of(lang), moved.id);
        if let Some(text) = &moved.text {
            shown.push_str(&block(text, INDENT));
        }
    }
}

fn seat(seat: &Seat, reader: Reader<'_>) -> Vec<String> {
    let lang = reader.lang;
    let said = match (seat.vote(), seat.votes.len()) {
        (Some(vote), _) => VOTE.show(ids::ballot(vote), lang).to_owned(),
        (None, 0) => String::new(),
        (None, _) => text::CONFLICT.of(lang).to_owned(),
    };
    let counts = match seat.counted {
        Some(Named::Ballot(vote)) => VOTE.show(ids::ballot(vote), lang).to_owned(),
        Some(Named::Unreadable) => Text("går inte att läsa", "cannot be read").of(lang).to_owned(),
        Some(Named::Void) => Text("gäller inte", "void").of(lang).to_owned(),
        None if seat.recused => Text("jävig", "stepped aside").of(lang).to_owned(),
        None if seat.present => Text("närvarande", "present").of(lang).to_owned(),
        None => String::new(),
    };
    vec![seat.id.clone(), reader.parties.name(&seat.organisation).to_owned(), said, counts]
}

fn ratified(row: &Ratification, decision: &Decision, reader: Reader<'_>) -> Vec<String> {
    let lang = reader.lang;
    let state = match row.state {
        Some(state) => words::label(state).of(lang).to_owned(),
        None if row.contested => text::CONFLICT.of(lang).to_owned(),
        None => text::UNKNOWN.of(lang).to_owned(),
    };
    let text = match (row.fits(decision.decided_hash()), &row.text) {
        (Some(false), _) => Text("annan text", "other text").of(lang).to_owned(),
        (_, Some(hash)) => words::short_hash(hash),
        _ => String::new(),
    };
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        reader.parties.name(&row.party).to_owned(),
        row.instance.clone().unwrap_or_else(|| reader.authority(&row.party, &row.authority).to_owned()),
        state,
        or_empty(&row.date),
        or_empty(&row.paragraph),
        or_empty(&row.number),
        text,
    ]
}
