//! *Färdplan*: what the parties have said that they will do together, when, and how far each has planned for it.

pub(super) mod area;

use super::{
    chart::{self, Chart},
    shown::{body, date, of_all},
};
use crate::{
    register::calendar,
    web::{
        Site,
        error::Problem,
        page::{Asked, Page},
    },
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::{
        programme::bodies::{self, Body},
        roadmap::{self, Area, Period, Roadmap},
    },
    record::Record,
    text::Text,
};
use samsyn_core::{
    date::{Day, Span},
    entry::DocumentKind,
};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "county_roadmap.html")]
struct RoadmapPage {
    page: Page,
    /// None where nobody has shared a roadmap.
    document: Option<String>,
    others: Vec<(String, String)>,
    versions: Vec<VersionRow>,
    contested: usize,
    answered: String,
    /// Now, next, later instead of periods.
    by_time: bool,
    switch: String,
    chart: Option<Chart>,
    twin: Vec<TwinRow>,
    marks: Vec<(String, String)>,
    lanes: Vec<LaneRows>,
    sections: Vec<Section>,
    write: Option<String>,
}

struct VersionRow {
    title: String,
    adopted: String,
    approved: String,
    valid: String,
    more: Vec<String>,
    in_force: bool,
}

struct TwinRow {
    lane: String,
    title: String,
    period: String,
    precision: &'static str,
    dependencies: Vec<String>,
}

struct LaneRows {
    id: String,
    title: String,
    areas: Vec<AreaRow>,
}

struct AreaRow {
    title: String,
    link: String,
    note: String,
    throughout: bool,
    goal: String,
    /// With a plan; have answered.
    plans: String,
    answers: String,
    activities: usize,
    works: usize,
    dependencies: Vec<String>,
}

struct Section {
    title: String,
    text: String,
    by: String,
    link: Option<String>,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f| Problem::of(f, lang);
    let mut page = Page::new(&site, asked, "/fardplan", Text("Färdplan", "Roadmap")).await?;
    let records = site.view.records(DocumentKind::Roadmap, site.eyes, &site.moment).await.map_err(failed)?;
    let chosen = choose(&records, page.asked.value("dokument"));
    let programmes = site.view.records(DocumentKind::Programme, site.eyes, &site.moment).await.map_err(failed)?;
    let marks: Vec<(Day, String)> = programmes.iter().flat_map(|record| decision_points(record)).collect();
    let today = day(&site);
    let bodies: Vec<Body> = programmes.iter().flat_map(|record| bodies::read(record, today)).collect();
    let read = chosen.map(|record| roadmap::read(record)).unwrap_or_default();
    if let Some(title) = &read.title {
        title.lines().next().unwrap_or_default().clone_into(&mut page.title);
    }
    let by_time = page.asked.value("vy") == Some("nu");
    let chart = chart::chart(&read, |p| lane_name(p, &page), |at| name(&read.areas[at], &page), &marks, Some(today));
    let shown = RoadmapPage {
        document: chosen.map(|record| page.link(&format!("/arbete/{}", record.id))),
        others: records
            .iter()
            .filter(|record| chosen.is_none_or(|chosen| chosen.id != record.id))
            .map(|record| {
                (record.text("/text/title").unwrap_or(&record.id).to_owned(), page.with("dokument", &record.id))
            })
            .collect(),
        versions: versions(&read, today, &bodies, &page),
        contested: read.contested,
        answered: of_all(read.parties_with_answers().len(), &page),
        by_time,
        switch: page.with("vy", if by_time { "perioder" } else { "nu" }),
        chart,
        twin: twin(&read, &page),
        marks: marks.iter().map(|(day, label)| (written(*day), label.clone())).collect(),
        lanes: if by_time { by_now(&read, today, &page) } else { by_period(&read, today, &page) },
        sections: chosen.map(|record| sections(record, &read, &page)).unwrap_or_default(),
        write: chosen.filter(|_| page.sees_drafts()).map(|record| page.link(&format!("/skriv/{}", record.id))),
        page,
    };
    shown.page.answer(&shown)
}

/// The one that is asked for, or the one that was changed last.
fn choose<'a>(records: &'a [Arc<Record>], wanted: Option<&str>) -> Option<&'a Arc<Record>> {
    match wanted {
        Some(id) => records.iter().find(|record| record.id == id),
        None => records.iter().max_by_key(|record| record.updated_ms),
    }
}

/// The day whose view is shown.
fn day(site: &Site) -> Day {
    match site.moment.ms() {
        Some(ms) => calendar::core_day(ms),
        None => calendar::today(),
    }
}

/// B5 to B7, as the programme states them.
fn decision_points(programme: &Record) -> Vec<(Day, String)> {
    let mut points = Vec::new();
    for point in programme.below("/decision-points") {
        let at = format!("/decision-points/{point}/dates");
        for number in programme.below(&at) {
            let day = programme.text(&format!("{at}/{number}")).map(samsyn_core::date::parse);
            if let Some(Ok(Span::Days { first, .. })) = day {
                points.push((first, point.to_uppercase()));
            }
        }
    }
    points.sort();
    points
}

fn written(day: Day) -> String {
    format!("{}-{:02}-{:02}", day.0, day.1, day.2)
}

pub(super) fn name(area: &Area, page: &Page) -> String {
    area.title.clone().unwrap_or_else(|| page.t("(utan namn)", "(without a name)").to_owned())
}

fn lane_name(period: &Period, page: &Page) -> String {
    match period {
        Period::Continuing => page.t("Påbörjat, fortsätter", "Begun, goes on").to_owned(),
        Period::Days(_, _, written) => written.replace('-', "–"),
        Period::Unknown => page.t("Utan period", "Without a period").to_owned(),
    }
}

fn versions(read: &Roadmap, today: Day, bodies: &[Body], page: &Page) -> Vec<VersionRow> {
    let reader = page.reader();
    let called = |id: &str| bodies.iter().find(|b| b.id == id).and_then(|b| b.name.clone()).unwrap_or_else(|| body(id));
    let by = |who: &Option<String>, when: &Option<String>| {
        let who = who.as_deref().map_or_else(|| page.t("okänt organ", "unknown body").to_owned(), called);
        let when = match date(when.as_deref(), &reader) {
            known if when.as_deref().is_some_and(|w| w != "unknown") => known,
            _ => page.t("okänt datum", "date unknown").to_owned(),
        };
        format!("{who}, {when}")
    };
    let in_force = read.version_on(today).map(|v| v.id.as_str());
    let row = |v: &roadmap::Version| VersionRow {
        title: v.title.clone().unwrap_or_else(|| v.id.clone()),
        adopted: by(&v.adopted_by, &v.adopted),
        approved: by(&v.approved_by, &v.approved),
        valid: format!("{} – {}", date(v.valid_from.as_deref(), &reader), date(v.valid_to.as_deref(), &reader)),
        more: [&v.priority, &v.revised, &v.follow_up].into_iter().flatten().cloned().collect(),
        in_force: in_force == Some(v.id.as_str()),
    };
    read.versions.iter().map(row).collect()
}

fn twin(read: &Roadmap, page: &Page) -> Vec<TwinRow> {
    let row = |area: &Area| {
        let period = area.at();
        let precision = match &period {
            Period::Days(first, last, _) if first == last => page.t("känd till dagen", "known to the day"),
            Period::Days(..) => page.t("ungefärlig i båda ändar", "approximate at both ends"),
            Period::Continuing => page.t("slutet är inte uppgett", "its end is not stated"),
            Period::Unknown => page.t("inte uppgett", "not stated"),
        };
        TwinRow {
            lane: lane_name(&period, page),
            title: name(area, page),
            period: area.period.clone().unwrap_or_else(|| page.t("ingen uppgift", "not stated").to_owned()),
            precision,
            dependencies: dependencies(area, page),
        }
    };
    read.areas.iter().map(row).collect()
}

fn dependencies(area: &Area, page: &Page) -> Vec<String> {
    let reader = page.reader();
    let told = |on: &roadmap::Dependency| {
        let title = on.title.clone().unwrap_or_else(|| on.id.clone());
        let when = on.when.as_deref().filter(|when| *when != "unknown");
        match when {
            Some(when) => format!("{title} ({})", reader.date(when)),
            None => format!("{title} ({})", page.t("okänt när", "unknown when")),
        }
    };
    area.dependencies.iter().map(told).collect()
}

fn by_period(read: &Roadmap, today: Day, page: &Page) -> Vec<LaneRows> {
    let lanes = read.lanes().into_iter().enumerate();
    lanes
        .map(|(at, lane)| LaneRows {
            id: format!("period-{at}"),
            title: lane_name(&lane.period, page),
            areas: lane.areas.into_iter().map(|index| row(&read.areas[index], today, page)).collect(),
        })
        .collect()
}

/// Now: begun, or in a period that holds the day; next: begins within a year; later; and without a period.
fn by_now(read: &Roadmap, today: Day, page: &Page) -> Vec<LaneRows> {
    let soon = (today.0.saturating_add(1), today.1, today.2);
    let place = |area: &Area| match area.at() {
        Period::Continuing => 0,
        Period::Days(first, last, _) if first <= today && today <= last => 0,
        Period::Days(first, ..) if first > today && first <= soon => 1,
        Period::Days(first, ..) if first > soon => 2,
        Period::Days(..) => 3,
        Period::Unknown => 4,
    };
    let names = [
        ("nu", page.t("Nu", "Now")),
        ("harnast", page.t("Härnäst (inom ett år)", "Next (within a year)")),
        ("senare", page.t("Senare", "Later")),
        ("passerat", page.t("Perioden är slut", "The period is over")),
        ("utan", page.t("Utan period", "Without a period")),
    ];
    let lane = |(at, (id, title)): (usize, (&str, &str))| {
        let areas: Vec<AreaRow> =
            read.areas.iter().filter(|area| place(area) == at).map(|area| row(area, today, page)).collect();
        (!areas.is_empty()).then(|| LaneRows { id: (*id).to_owned(), title: (*title).to_owned(), areas })
    };
    names.into_iter().enumerate().filter_map(lane).collect()
}

fn row(area: &Area, today: Day, page: &Page) -> AreaRow {
    AreaRow {
        title: name(area, page),
        link: page.link(&format!("/fardplan/{}", area.id)),
        note: area.note.clone().unwrap_or_default(),
        throughout: area.throughout,
        goal: area.goals_of(&today.0.to_string()),
        plans: of_all(area.with_plan(), page),
        answers: of_all(area.answered(), page),
        activities: area.activities.len(),
        works: area.works.len() + area.activities.iter().map(|a| a.works.len()).sum::<usize>(),
        dependencies: dependencies(area, page),
    }
}

fn sections(record: &Record, read: &Roadmap, page: &Page) -> Vec<Section> {
    let section = |id: &String| {
        let path = format!("/text/{id}");
        let said = record.said(&path);
        let by: Vec<&str> = said.iter().flat_map(|s| s.by.split(", ")).map(|by| page.parties.name(by)).collect();
        let texts: Vec<&str> = said.iter().filter_map(|s| s.value.as_ref()?.as_text()).collect();
        let area = read.areas.iter().find(|area| area.id == *id);
        Section {
            title: area.map_or_else(|| body(id), |area| name(area, page)),
            text: texts.join("\n\n– – –\n\n"),
            by: by.join(", "),
            link: area.map(|_| page.link(&format!("/fardplan/{id}"))),
        }
    };
    read.sections.iter().map(section).filter(|s| !s.text.trim().is_empty()).collect()
}
