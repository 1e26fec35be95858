//! The year wheel: meetings, decision points, reporting windows and activities, whichever part of the programme has
//! their date.

use super::{days, learning, live, text, word};
use crate::record::Record;
use samsyn_core::date::Day;
use serde::Serialize;

/// Months that are shown at a time.
pub const MONTHS: usize = 12;

/// Something with a date, or one that lacks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Stable within the document: the path that states it.
    pub path: String,
    /// Empty where nothing is said.
    pub title: String,
    /// `meeting`, `reporting-window`, `deadline`, `gate`, `activity`, `other`.
    pub kind: String,
    /// As written: a day, a month, a term, a span, or nothing.
    pub date: Option<String>,
    /// `13:00-15:00`, in Swedish time.
    pub time: Option<String>,
    pub place: Option<String>,
    /// Id of the body that meets or decides.
    pub body: Option<String>,
    #[serde(skip)]
    pub days: Option<(Day, Day)>,
}

/// A month with what begins in it, or began before the first month and still goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Month {
    pub year: u16,
    pub month: u8,
    pub events: Vec<Event>,
}

/// Everything that has a place in the calendar, by date; what has none comes last.
pub fn read(record: &Record) -> Vec<Event> {
    let planned = live(record, "/calendar").into_iter().map(|id| planned(record, id));
    let gates = live(record, "/decision-points").into_iter().flat_map(|point| gates(record, point));
    let activities = learning::activities(record).into_iter().map(|activity| Event {
        path: format!("/activities/{}", activity.id),
        title: activity.title.unwrap_or_default(),
        kind: "activity".to_owned(),
        days: days(activity.date.as_deref()),
        date: activity.date,
        time: activity.time,
        place: None,
        body: None,
    });
    let mut events: Vec<Event> = planned.chain(gates).chain(activities).collect();
    events.sort_by(|a, b| key(a).cmp(&key(b)));
    events
}

/// Undated last, then by first day, the shorter before the longer, then by path.
fn key(event: &Event) -> (bool, Option<(Day, Day)>, &str) {
    (event.days.is_none(), event.days, &event.path)
}

fn planned(record: &Record, id: &str) -> Event {
    let at = format!("/calendar/{id}");
    let field = |name: &str| text(record, &format!("{at}/{name}"));
    let date = field("date");
    Event {
        title: field("title").unwrap_or_default(),
        kind: word(record, &format!("{at}/kind")).unwrap_or_else(|| "other".to_owned()),
        days: days(date.as_deref()),
        date,
        time: field("time"),
        place: field("place"),
        body: word(record, &format!("{at}/body")),
        path: at,
    }
}

/// `B5`, half-yearly: continue, change or stop; `B6`: approve the benefits; `B7`: close.
fn gates(record: &Record, point: &str) -> Vec<Event> {
    let body = word(record, &format!("/decision-points/{point}/approved-by"));
    let at = format!("/decision-points/{point}/dates");
    let gate = |number: &str| {
        let path = format!("{at}/{number}");
        let date = text(record, &path);
        Event {
            title: point.to_uppercase(),
            kind: "gate".to_owned(),
            days: days(date.as_deref()),
            date,
            time: None,
            place: None,
            body: body.clone(),
            path,
        }
    };
    live(record, &at).into_iter().map(gate).collect()
}

/// Twelve months from one on, each with what falls into it. What goes on over several months stands where it begins.
pub fn rolling(events: &[Event], (year, month): (u16, u8)) -> Vec<Month> {
    let first = u32::from(year) * 12 + u32::from(month.clamp(1, 12)) - 1;
    let number = |(year, month, _): Day| u32::from(year) * 12 + u32::from(month) - 1;
    let mut months: Vec<Month> = (0..).zip(0..MONTHS).map(|(later, _)| month_of(first + later)).collect();
    for event in events {
        let Some((begins, ends)) = event.days else { continue };
        let at = number(begins).max(first) - first;
        if number(ends) >= first
            && let Some(month) = usize::try_from(at).ok().and_then(|at| months.get_mut(at))
        {
            month.events.push(event.clone());
        }
    }
    months
}

fn month_of(number: u32) -> Month {
    let year = u16::try_from(number / 12).unwrap_or(u16::MAX);
    let month = u8::try_from(number % 12 + 1).unwrap_or(1);
    Month { year, month, events: Vec::new() }
}

/// `13:00` or `13:00-15:00`, as minutes of the day; none for anything else.
pub fn clock(text: &str) -> Option<(u16, Option<u16>)> {
    let minutes = |text: &str| {
        let (hour, minute) = text.trim().split_once([':', '.'])?;
        let number = |text: &str| (text.len() <= 2).then(|| text.parse::<u16>().ok()).flatten();
        let (hour, minute) = (number(hour)?, number(minute)?);
        (hour < 24 && minute < 60 && text.trim().len() >= 4).then_some(hour * 60 + minute)
    };
    match text.split_once(['-', '–']) {
        None => Some((minutes(text)?, None)),
        Some((from, to)) => {
            Some((minutes(from)?, Some(minutes(to)?))).filter(|(from, to)| to.is_some_and(|to| to > *from))
        }
    }
}
