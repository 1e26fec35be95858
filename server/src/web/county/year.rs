//! *Årshjul*: twelve months from now, or from the month that is asked for, as a wheel and as a list, with feeds for
//! calendars.

use super::{
    super::{
        Site,
        error::Problem,
        page::{Asked, Page},
    },
    chosen::{self, Head, or_unknown},
    draw,
};
use crate::failure::Failure;
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::programme::{
        bodies::{self, Body},
        calendar::{self, Event},
    },
    text::{Lang, Text},
    vocabulary,
};
use samsyn_core::{code::Code, entry::DocumentKind};
use std::collections::BTreeSet;

const MONTHS_SV: [&str; 12] = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[derive(Template)]
#[template(path = "county_year.html")]
struct Year {
    page: Page,
    head: Head,
    span: String,
    total: usize,
    earlier: String,
    later: String,
    sectors: Vec<draw::Sector>,
    months: Vec<Month>,
    undated: Vec<Row>,
    feeds: Vec<(String, String)>,
    /// Shapes with what they mean.
    legend: Vec<(draw::Mark, &'static str)>,
}

struct Month {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    title: String,
    kind: &'static str,
    date: String,
    details: String,
}

pub(in super::super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/arshjul", Text("Årshjul", "Year wheel")).await?;
    let chosen = chosen::choose(&site, &page, DocumentKind::Programme, "program").await?;
    let today = chosen::day(&site);
    let from = month(page.asked.value("fran"), (today.0, today.1)).map_err(|f| Problem::of(f, lang))?;
    let record = chosen.record.as_deref();
    let events = record.map(calendar::read).unwrap_or_default();
    let bodies = record.map(|record| bodies::read(record, today)).unwrap_or_default();
    let months = calendar::rolling(&events, from);
    let name = |m: &calendar::Month| format!("{} {}", month_name(m.month, lang), m.year);
    let wheel: Vec<(String, Vec<&str>)> = (months.iter())
        .map(|m| {
            let short = month_name(m.month, lang).chars().take(3).collect();
            (short, m.events.iter().map(|e| e.kind.as_str()).collect())
        })
        .collect();
    let year = Year {
        span: [months.first(), months.last()].into_iter().flatten().map(name).collect::<Vec<_>>().join(" – "),
        total: months.iter().map(|m| m.events.len()).sum(),
        earlier: page.with("fran", &shifted(from, -12)),
        later: page.with("fran", &shifted(from, 12)),
        sectors: draw::wheel(&wheel),
        months: (months.iter())
            .map(|m| Month { name: name(m), rows: m.events.iter().map(|e| row(e, &bodies, &page)).collect() })
            .collect(),
        undated: events.iter().filter(|e| e.days.is_none()).map(|e| row(e, &bodies, &page)).collect(),
        feeds: if record.is_some() { feeds(&events, &bodies, &page) } else { Vec::new() },
        legend: ["meeting", "gate", "deadline", "activity"]
            .map(|kind| (draw::mark(8.0, 8.0, kind), legend(kind, &page)))
            .into(),
        head: chosen.head,
        page,
    };
    year.page.answer(&year)
}

/// `2026-11`; the month that is given where nothing is asked for.
fn month(asked: Option<&str>, now: (u16, u8)) -> Result<(u16, u8), Failure> {
    let Some(text) = asked else { return Ok(now) };
    let read = text.split_once('-').and_then(|(year, month)| {
        let (year, month) = (year.parse::<u16>().ok()?, month.parse::<u8>().ok()?);
        ((1900..=2200).contains(&year) && (1..=12).contains(&month)).then_some((year, month))
    });
    let fault = || Failure::new(Code::InputValue, "this is no month", "write it as in ?fran=2026-11").field("fran");
    read.ok_or_else(fault)
}

fn shifted((year, month): (u16, u8), months: i32) -> String {
    let number = i32::from(year) * 12 + i32::from(month) - 1 + months;
    format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1)
}

fn month_name(month: u8, lang: Lang) -> &'static str {
    let names = if lang == Lang::Sv { &MONTHS_SV } else { &MONTHS_EN };
    names.get(usize::from(month.saturating_sub(1))).copied().unwrap_or_default()
}

fn legend(kind: &str, page: &Page) -> &'static str {
    let text = match kind {
        "gate" => Text("beslutspunkt", "decision point"),
        "deadline" => Text("rapporteringsperiod eller sista dag", "reporting window or deadline"),
        "activity" => Text("aktivitet", "activity"),
        _ => Text("möte eller annat", "meeting or other"),
    };
    text.of(page.asked.lang)
}

fn row(event: &Event, bodies: &[Body], page: &Page) -> Row {
    let lang = page.asked.lang;
    let body = event.body.as_deref().map(|id| body_name(id, bodies));
    let details = [event.time.clone(), body, event.place.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    Row {
        title: title(event, page.asked.lang),
        kind: vocabulary::EVENT.find(&event.kind).map_or("", |word| word.label.of(lang)),
        date: or_unknown(page, event.date.as_deref()),
        details,
    }
}

/// What an event is called, with what a decision point is for.
pub(super) fn title(event: &Event, lang: Lang) -> String {
    let meaning = match (event.kind.as_str(), event.title.as_str()) {
        ("gate", "B5") => Text("B5: fortsätta, ändra eller avbryta", "B5: continue, change or stop"),
        ("gate", "B6") => Text("B6: godkänna nyttorealiseringen", "B6: approve the benefits"),
        ("gate", "B7") => Text("B7: avsluta, slutrapport", "B7: close, final report"),
        (_, "") => Text("(utan rubrik)", "(without a title)"),
        (_, title) => return title.to_owned(),
    };
    meaning.of(lang).to_owned()
}

pub(super) fn body_name(id: &str, bodies: &[Body]) -> String {
    bodies.iter().find(|body| body.id == id).and_then(|body| body.name.clone()).unwrap_or_else(|| id.to_owned())
}

/// One feed of everything, and one for each body that something is planned for.
fn feeds(events: &[Event], bodies: &[Body], page: &Page) -> Vec<(String, String)> {
    let named: BTreeSet<&str> = events.iter().filter_map(|event| event.body.as_deref()).collect();
    let all = (page.t("Allt i årshjulet", "Everything in the wheel").to_owned(), page.link("/arshjul/alla.ics"));
    let of_body = |id: &&str| (body_name(id, bodies), page.link(&format!("/arshjul/{id}.ics")));
    std::iter::once(all).chain(named.iter().map(of_body)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_and_shifted_over_the_year() {
        assert_eq!(month(Some("2026-11"), (2020, 1)).expect("a month"), (2026, 11));
        assert_eq!(month(None, (2020, 1)).expect("now"), (2020, 1));
        for text in ["2026", "2026-13", "i maj", "0000-01", "99999-01", "2026-11-23"] {
            assert!(month(Some(text), (2020, 1)).is_err(), "{text}");
        }
        assert_eq!(
            (shifted((2026, 11), 12), shifted((2026, 1), -12), shifted((1900, 1), -12)),
            ("2027-11".into(), "2025-01".into(), "1899-01".into())
        );
    }
}
