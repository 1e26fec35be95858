//! What the programme says of itself, in papers: signals, risks, activities, posts, money, days to come.

use super::{
    Material, Order, UNKNOWN,
    chapters::{SV, day, figure, or_unknown, table, written},
};
use samsyn_client::{
    county::programme::{
        budget::{self, Line, Rest},
        calendar::{self, Event},
        learning, resources,
        risks::{self, Review, Risk},
    },
    vocabulary,
};
use samsyn_core::{date::Day, value::Value};
use samsyn_paper::{Section, Table};

/// What the executive level should know and has not closed.
pub(super) fn signals(county: &Material) -> Section {
    let learning = learning::read(&county.programme);
    let open = learning.signals.iter().filter(|signal| signal.state.as_deref() != Some("closed"));
    let row = |signal: &learning::Signal| {
        let state = Material::word(vocabulary::SIGNAL, signal.state.as_deref());
        vec![or_unknown(signal.text.as_deref()), or_unknown(signal.date.as_deref()), state]
    };
    let rows = open.map(row).collect();
    Section::new("Signaler till högsta tjänsteledningen")
        .table(table("Signaler som inte är avslutade", &["Signal", "Datum", "Läge"], rows), "Ingen signal är öppen.")
}

/// The risks that are open, the gravest first; those without a value last.
pub(super) fn risks(county: &Material, today: Day, wanted: impl Fn(&Risk) -> bool) -> Table {
    let read = risks::read(&county.programme, today);
    let mut open: Vec<&Risk> = read.risks.iter().filter(|r| r.review != Review::Closed && wanted(r)).collect();
    open.sort_by_cached_key(|risk| (std::cmp::Reverse(risk.value), risk.name.clone()));
    let row = |risk: &&Risk| {
        let review = match risk.review {
            Review::Never => "aldrig bedömd".to_owned(),
            Review::Overdue => format!("skulle ha setts över {}", or_unknown(risk.next_review.as_deref())),
            _ => or_unknown(risk.next_review.as_deref()),
        };
        let value = risk.value.map_or_else(|| "inte bedömd".to_owned(), |v| v.to_string());
        let owner = risk.owner.as_deref().map_or_else(|| UNKNOWN.to_owned(), |org| county.name(org));
        vec![or_unknown(risk.name.as_deref()), value, or_unknown(risk.handling.as_deref()), owner, review]
    };
    let caption =
        format!("Öppna risker, högst riskvärde först (sannolikhet × konsekvens, var och en 1–{})", read.scale);
    let head = ["Risk", "Riskvärde", "Hantering", "Ansvarig", "Nästa genomgång"];
    table(caption, &head, open.iter().map(row).collect()).figures(&[1])
}

/// Seminars, conferences and courses whose day is within a time.
pub(super) fn activities(county: &Material, (from, to): (Day, Day)) -> Table {
    let learning = learning::read(&county.programme);
    let within = |a: &&learning::Activity| day(a.date.as_deref()).is_some_and(|day| from <= day && day <= to);
    let row = |a: &learning::Activity| {
        let kind = Material::word(vocabulary::ACTIVITY, a.kind.as_deref());
        vec![or_unknown(a.title.as_deref()), kind, or_unknown(a.date.as_deref()), figure(a.participants)]
    };
    let mut rows: Vec<Vec<String>> = learning.activities.iter().filter(within).map(row).collect();
    rows.reverse(); // the earliest first
    let known: Vec<i64> = learning.activities.iter().filter(within).filter_map(|a| a.participants).collect();
    let caption = format!(
        "Aktiviteter {} till {}. Deltagare är kända för {} av {}: sammanlagt {}",
        written(from),
        written(to),
        known.len(),
        rows.len(),
        known.iter().sum::<i64>()
    );
    table(caption, &["Aktivitet", "Slag", "Datum", "Deltagare"], rows).figures(&[3])
}

/// The posts of a year, in per cent of full time.
pub(super) fn posts(county: &Material, year: &str, today: Day) -> Section {
    let staff = resources::read(&county.programme, year, today);
    let row = |post: &resources::Post| {
        let vacant = post.vacant.map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string());
        let cells = [or_unknown(post.name.as_deref()), figure(post.posts), figure(post.percent), vacant];
        cells.into_iter().chain([post.note.clone().unwrap_or_default()]).collect()
    };
    let rows: Vec<Vec<String>> = staff.posts.iter().map(row).collect();
    let sum = format!("Procent av heltid, {year}. Rollerna är tillsammans {} procent", staff.percent);
    let missing = if staff.missing > 0 { format!("; för {} saknas uppgift", staff.missing) } else { String::new() };
    let published = staff.published.filter(|p| *p != staff.percent);
    let published = published.map(|p| format!("; publicerad summa är {p}")).unwrap_or_default();
    let head = ["Roll", "Antal", "Procent av heltid", "Varav vakanta", "Kommentar"];
    let nothing = format!("Inga roller är angivna för {year}.");
    let section = Section::new("").table(table(sum + &missing + &published, &head, rows).figures(&[1, 2, 3]), &nothing);
    match staff.note {
        Some(note) => section.text(note),
        None => section,
    }
}

/// Budget and outcome of a year. Parts need not add up: what is left is said, and nothing is corrected.
pub(super) fn budget(county: &Material, year: &str) -> Section {
    let municipalities: Vec<String> =
        county.parties.0.iter().filter(|p| p.kind == "municipality").map(|p| p.id.clone()).collect();
    let read = budget::read(&county.programme, year, &municipalities);
    let kronor = |ore: Option<i64>| ore.map_or_else(|| UNKNOWN.to_owned(), |o| county.reader().value(&Value::Money(o)));
    let mut rows = Vec::new();
    for line in &read.lines {
        add_line(&mut rows, line, 0, &kronor);
    }
    let mut remarks = Vec::new();
    for (what, total) in [("budget", &read.budget), ("utfall", &read.outcome)] {
        if !rows.is_empty() && total.missing == 0 {
            remarks.push(format!("Summan av posternas {what} är {}.", kronor(Some(total.sum))));
        }
        if let Some(published) = total.published {
            let rest = rest(&total.rest, &kronor).map(|rest| format!(" ({rest})")).unwrap_or_default();
            remarks.push(format!("Publicerad summa, {what}: {}{rest}.", kronor(Some(published))));
        }
    }
    for share in &read.key {
        let bearer = if share.bearer == "region" { "Regionen" } else { "Kommunerna" };
        remarks.push(format!(
            "{bearer} bär {} procent: budget {}, utfall {}.",
            figure(share.percent),
            kronor(share.budget),
            kronor(share.outcome)
        ));
    }
    let head = ["Post", "Budget", "Utfall", "Kommentar"];
    let nothing = format!("Ingen budget är angiven för {year}.");
    let section =
        Section::new("").table(table(format!("Budget och utfall {year}"), &head, rows).figures(&[1, 2]), &nothing);
    if remarks.is_empty() { section } else { section.list(remarks, "") }
}

fn add_line(rows: &mut Vec<Vec<String>>, line: &Line, depth: usize, kronor: &impl Fn(Option<i64>) -> String) {
    let name = or_unknown(line.name.as_deref());
    let name = if depth > 0 { format!("varav {name}") } else { name };
    let left = [("budget", &line.rest_of_budget), ("utfall", &line.rest_of_outcome)];
    let left = left.into_iter().filter_map(|(of, left)| Some(format!("{of}: {}", rest(left, kronor)?)));
    let note = line.note.iter().cloned().chain(left).collect::<Vec<_>>().join("\n");
    rows.push(vec![name, kronor(line.budget), kronor(line.outcome), note]);
    for part in &line.parts {
        add_line(rows, part, depth + 1, kronor);
    }
}

/// What parts leave of their whole, in words; none where there is nothing to say.
fn rest(rest: &Rest, kronor: &impl Fn(Option<i64>) -> String) -> Option<String> {
    match rest {
        Rest::Nothing => None,
        Rest::Rounding(ore) => Some(format!("{} av avrundning", kronor(Some(*ore)))),
        Rest::Unallocated(ore) => Some(format!("{} är inte fördelat", kronor(Some(*ore)))),
        Rest::Exceeds(ore) => Some(format!("delarna är {} mer än det hela", kronor(Some(*ore)))),
        Rest::Unknown => Some("kan inte jämföras".to_owned()),
    }
}

/// What somebody has written for a chapter of an annual report.
pub(super) fn chapter(county: &Material, year: &str, part: &str) -> Option<String> {
    let text = county.programme.text(&format!("/annual/{year}/{part}"))?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Trends or areas to develop of a year.
pub(super) fn notes(notes: &[learning::Note], year: &str) -> Vec<String> {
    notes.iter().filter(|note| note.year == year).filter_map(|note| note.text.clone()).collect()
}

/// Meetings and days of decision to come.
pub(super) fn calendar(order: &Order, county: &Material) -> Section {
    let from = order.day().unwrap_or(order.made);
    let events = calendar::read(&county.programme);
    let coming = events.iter().filter(|event| event.days.is_some_and(|(first, _)| first > from)).take(10);
    let row = |event: &Event| {
        let body = county.body_name(event.body.as_deref(), order.made).unwrap_or_default();
        let kind = vocabulary::EVENT.show(&event.kind, SV).to_owned();
        vec![event.title.clone(), or_unknown(event.date.as_deref()), kind, body]
    };
    let head = ["Vad", "När", "Slag", "Organ"];
    Section::new("Kommande dagar i årshjulet")
        .table(table("De tio närmaste", &head, coming.map(row).collect()), "Inget är inplanerat.")
}

/// The latest year that a part of the programme says something of, and not later than the one asked for.
pub(super) fn latest_year(county: &Material, part: &str, year: &str) -> String {
    let years = samsyn_client::county::programme::years(&county.programme, part);
    years.into_iter().filter(|other| other.as_str() <= year).max().unwrap_or_else(|| year.to_owned())
}
