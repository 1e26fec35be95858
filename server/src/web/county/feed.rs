//! The year wheel for calendars (RFC 5545): one feed of everything and one for each body. Ids of events stay the same for
//! as long as their document and path do, so that a calendar moves what has moved.

use super::{
    super::{Site, error::Problem, page::Asked},
    year,
};
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use icalendar::{Calendar, Component, Event as Entry, EventLike, Property};
use samsyn_client::{
    county::programme::{
        bodies::{self, Body},
        calendar::{self, Event},
    },
    record::Record,
    table::clean,
    text::Lang,
};
use samsyn_core::{date::Day, entry::DocumentKind};

/// Everything, whoever it is for.
const ALL: &str = "alla";
/// Events of one feed, the latest.
const EVENTS_MAX: usize = 2_000;
/// When clocks change in Sweden, since 1996: what a calendar needs to know of the zone (RFC 5545, 3.6.5).
const ZONE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//samsyn//arshjul//SV\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n\
BEGIN:VTIMEZONE\r\nTZID:Europe/Stockholm\r\n\
BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nDTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n\
BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n\
END:VTIMEZONE\r\nEND:VCALENDAR\r\n";

pub(in super::super) async fn file(site: Site, asked: Asked, Path(file): Path<String>) -> Result<Response, Problem> {
    let lang = asked.lang;
    let Some(wanted) = file.strip_suffix(".ics") else { return Err(Problem::no_such_page(lang)) };
    let records = site.view.records(DocumentKind::Programme, site.eyes, &site.moment).await;
    let records = records.map_err(|f| Problem::of(f, lang))?;
    let named = |record: &Record| record.said(&format!("/bodies/{wanted}/name")).iter().any(|said| !said.removed);
    // A body that nobody has named yet may have its meetings planned.
    let planned = |record| calendar::read(record).iter().any(|event| event.body.as_deref() == Some(wanted));
    let known = |record| named(record) || planned(record);
    if wanted != ALL && !records.iter().any(|record| known(record)) {
        return Err(Problem::no_such_page(lang));
    }
    let text = feed(records.iter().map(AsRef::as_ref), wanted, lang).map_err(|e| Problem::ours(&e, lang))?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{wanted}.ics\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, text).into_response())
}

/// `wanted`: the id of a body, or everything.
fn feed<'a>(records: impl Iterator<Item = &'a Record>, wanted: &str, lang: Lang) -> Result<String, String> {
    let mut calendar: Calendar = ZONE.parse()?;
    let mut name = None;
    for record in records {
        let bodies = bodies::read(record, (u16::MAX, 12, 31));
        name = name.or_else(|| (wanted != ALL).then(|| year::body_name(wanted, &bodies)));
        let events = calendar::read(record).into_iter();
        let mut chosen: Vec<Event> =
            events.filter(|e| e.days.is_some() && (wanted == ALL || e.body.as_deref() == Some(wanted))).collect();
        chosen.drain(..chosen.len().saturating_sub(EVENTS_MAX));
        for event in chosen {
            calendar.push(entry(&event, record, &bodies, lang));
        }
    }
    let name = name.unwrap_or_else(|| "Samsyn: årshjul".to_owned());
    calendar.name(&clean(&name)).timezone("Europe/Stockholm");
    Ok(settled(&calendar.to_string()))
}

/// Without what the library writes anew each time into the description of the time zone, where it says nothing.
fn settled(text: &str) -> String {
    let mut in_zone = false;
    let kept = text.split_inclusive("\r\n").filter(|line| {
        in_zone = (in_zone || line.starts_with("BEGIN:VTIMEZONE")) && !line.starts_with("END:VTIMEZONE");
        !(in_zone && (line.starts_with("UID:") || line.starts_with("DTSTAMP:")))
    });
    kept.collect()
}

fn entry(event: &Event, record: &Record, bodies: &[Body], lang: Lang) -> Entry {
    let mut entry = Entry::new();
    // A name that anybody else's calendar may have too is none: the document's id is in it.
    entry.uid(&format!("{}{}@samsyn", record.id, event.path.replace('/', ".")));
    entry.add_property("DTSTAMP", stamp(record.updated_ms));
    entry.summary(&clean(&year::title(event, lang)));
    if let Some(place) = &event.place {
        entry.location(&clean(place));
    }
    if let Some(body) = &event.body {
        entry.description(&clean(&year::body_name(body, bodies)));
    }
    let Some((first, last)) = event.days else { return entry };
    if let Some((from, to)) = event.time.as_deref().and_then(calendar::clock).filter(|_| first == last) {
        let until = to.unwrap_or_else(|| from.saturating_add(60).min(24 * 60 - 1));
        entry.append_property(at("DTSTART", first, from)).append_property(at("DTEND", first, until));
    } else {
        entry.append_property(day("DTSTART", first)).append_property(day("DTEND", next(last)));
        // What is imprecise, or lasts, blocks nobody's day.
        entry.add_property("TRANSP", "TRANSPARENT");
    }
    entry
}

fn at(name: &str, (year, month, date): Day, minutes: u16) -> Property {
    let text = format!("{year:04}{month:02}{date:02}T{:02}{:02}00", minutes / 60, minutes % 60);
    Property::new(name, text).add_parameter("TZID", "Europe/Stockholm").done()
}

fn day(name: &str, (year, month, date): Day) -> Property {
    Property::new(name, format!("{year:04}{month:02}{date:02}")).add_parameter("VALUE", "DATE").done()
}

/// The day after, which is where a whole day ends.
fn next((year, month, day): Day) -> Day {
    let narrow = |n: u8| i8::try_from(n).unwrap_or(1);
    let date = i16::try_from(year).ok().and_then(|y| jiff::civil::Date::new(y, narrow(month), narrow(day)).ok());
    let Some(date) = date.and_then(|date| date.tomorrow().ok()) else { return (year, month, day) };
    let wide = |n: i8| u8::try_from(n).unwrap_or(1);
    (u16::try_from(date.year()).unwrap_or(year), wide(date.month()), wide(date.day()))
}

/// When the programme last said anything, in UTC.
fn stamp(ms: u64) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::{id, value::Value};

    fn record() -> Record {
        let text = |t: &str| Value::Text(t.to_owned());
        let date = |t: &str| Value::Date(t.to_owned());
        let values = [
            ("/bodies/halsam/name", text("Länsledning; HälSam")),
            ("/calendar/m1/title", text("Möte, med \"komma\"\r\nATTENDEE:mailto:x@example.org")),
            ("/calendar/m1/date", date("2026-12-31")),
            ("/calendar/m1/time", text("13:00-15:00")),
            ("/calendar/m1/body", Value::Reference("body:halsam".to_owned())),
            ("/calendar/m2/title", text("Rapport")),
            ("/calendar/m2/date", date("2026-12")),
            ("/calendar/m3/title", text("Utan dag")),
        ];
        let path = |p: &str| id::Path::new(p).expect("a path");
        let mut record = Record::of_values(DocumentKind::Programme, "rvn", values.map(|(p, v)| (path(p), v)));
        record.id = "ab12".to_owned();
        record
    }

    #[test]
    fn a_feed_has_its_zone_stable_ids_and_nothing_that_a_title_could_smuggle_in() {
        let (record, again) = (record(), record());
        let text = feed([&record].into_iter(), ALL, Lang::Sv).expect("a feed");
        assert_eq!(text, feed([&again].into_iter(), ALL, Lang::Sv).expect("a feed"), "nothing random, no clock");
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 2, "{text}");
        assert_eq!((text.matches("BEGIN:VTIMEZONE").count(), text.matches("BEGIN:DAYLIGHT").count()), (1, 1), "{text}");
        for line in [
            "UID:ab12.calendar.m1@samsyn",
            "DTSTART;TZID=Europe/Stockholm:20261231T130000",
            "DTEND;TZID=Europe/Stockholm:20261231T150000",
            "DTSTART;VALUE=DATE:20261201",
            "DTEND;VALUE=DATE:20270101",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
        }
        assert!(!text.contains("\r\nATTENDEE"), "{text}");
    }

    #[test]
    fn a_body_has_a_feed_of_its_own() {
        let record = record();
        let text = feed([&record].into_iter(), "halsam", Lang::Sv).expect("a feed");
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 1);
        assert!(
            text.contains("X-WR-CALNAME:Länsledning\\; HälSam") || text.contains("X-WR-CALNAME:Länsledning; HälSam"),
            "{text}"
        );
    }
}
