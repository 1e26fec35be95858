//! What the chapters of several papers are made of.

use super::{Material, Order, ROWS_MAX, UNKNOWN, decisions, works};
use samsyn_client::{
    county::{decision::Decision, work::Work},
    text::Lang,
    time,
};
use samsyn_core::date::{self, Day, Span};
use samsyn_paper::{Section, Table};

pub(super) const SV: Lang = Lang::Sv;

/// The first of the days that a written date may mean.
pub(super) fn day(written: Option<&str>) -> Option<Day> {
    match date::parse(written?) {
        Ok(Span::Days { first, .. }) => Some(first),
        Ok(Span::Unknown) | Err(_) => None,
    }
}

/// `2026-11-24`.
pub(super) fn written((year, month, day): Day) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

pub(super) fn or_unknown(text: Option<&str>) -> String {
    text.map_or_else(|| UNKNOWN.to_owned(), ToOwned::to_owned)
}

pub(super) fn on(ms: u64) -> String {
    if ms == 0 { UNKNOWN.to_owned() } else { written(time::day_of(ms)) }
}

pub(super) fn figure(number: Option<i64>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string())
}

/// The first rows of a table that would be too long, and a word of how many there are.
fn cut(mut rows: Vec<Vec<String>>, columns: usize) -> Vec<Vec<String>> {
    let more = rows.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        rows.truncate(ROWS_MAX);
        let mut last = vec![String::new(); columns];
        last[0] = format!("… och {more} till: se nodens sidor");
        rows.push(last);
    }
    rows
}

pub(super) fn table(caption: impl Into<String>, head: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table::new(caption, head).rows(cut(rows, head.len()))
}

/// A number with its noun, in the singular or the plural.
fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Where the county is in some sentences, made of the same figures as the tables below them.
pub(super) fn headline(order: &Order, county: &Material) -> String {
    let going: Vec<&Work> = county.works.iter().filter(|work| works::goes_on(work)).collect();
    let reported = going.iter().filter(|work| work.latest().is_some()).count();
    let grave = going.iter().filter(|work| works::grave(work).is_some()).count();
    let open = decisions::undecided(order, county).len();
    let waiting = county.decisions.iter().filter(|d| decisions::waits(d, county)).count();
    let works = count(
        going.len(),
        "arbete är inkluderat, pågående eller vilande",
        "arbeten är inkluderade, pågående eller vilande",
    );
    format!(
        "{} av {} parter har uppgifter som är aktuella. {works}; {reported} av dem har lämnat någon statusrapport och \
         {grave} har gult eller rött i den senaste. {} och {}.",
        county.current(),
        county.parties.0.len(),
        count(open, "förslag är inte beslutat", "förslag är inte beslutade"),
        count(waiting, "beslut väntar på någon part", "beslut väntar på någon part"),
    )
}

/// Works and decisions that have changed since a day.
pub(super) fn changed(county: &Material, since: Day) -> Section {
    let later = |ms: u64| ms > 0 && time::day_of(ms) >= since;
    let works = works::portfolio(county, |work| later(work.updated_ms), "Arbeten som har ändrats");
    let decisions: Vec<&Decision> = county.decisions.iter().filter(|d| later(d.updated_ms)).collect();
    let row = |d: &&Decision| vec![decisions::name(d), decisions::body(d), decisions::concluded(d), on(d.updated_ms)];
    let head = ["Ärende", "Organ", "Läge", "Senast ändrat"];
    Section::new("").table(works, "Inga arbeten har ändrats.").table(
        table("Ärenden som har ändrats", &head, decisions.iter().map(row).collect()),
        "Inga ärenden har ändrats.",
    )
}

/// How fresh each party's part is. When its node was heard from leaves no trace, and so stands in no paper.
pub(super) fn freshness(county: &Material) -> Section {
    let row = |party: &samsyn_wire::v1::Party| {
        let clocks = county.clocks.get(&party.id).cloned().unwrap_or_default();
        let state = clocks.state(county.at_ms, county.interval_days());
        let time = |ms: Option<u64>| ms.map_or_else(|| "ingen uppgift".to_owned(), on);
        let state = format!("{} {}", state.sign(), state.label().of(SV));
        vec![party.name.clone(), time(clocks.content_ms), time(clocks.attested_ms), state]
    };
    let caption =
        format!("Aktuell är den som har ändrat eller bekräftat något de senaste {} dagarna", county.interval_days());
    let head = ["Part", "Senast ändrat", "Senast bekräftat oförändrat", "Läge"];
    let rows = county.parties.0.iter().map(row).collect();
    Section::new("Hur färska uppgifterna är").table(table(caption, &head, rows), "Ingen part är känd.")
}

/// A chapter of its own name with what another has.
pub(super) fn named(title: &str, section: Section) -> Section {
    Section { title: title.to_owned(), ..section }
}

/// The year that a report is of, or that a meeting is in.
pub(super) fn year(order: &Order) -> String {
    let (year, ..) = order.day().unwrap_or(order.made);
    year.to_string()
}
