//! *Läget*: how much there is and in which stage, what has changed lately, and how fresh each party's part is.

use super::{
    Site,
    error::Problem,
    page::{Asked, Page, end_of_day, number},
};
use crate::failure::Failure;
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::{
        decision::{self, Decision},
        freshness::{INTERVAL_DAYS, current},
        programme::{calendar, learning},
    },
    record::Record,
    text::{Lang, Text},
    time, vocabulary,
};
use samsyn_core::entry::DocumentKind;
use samsyn_wire::v1;
use std::{collections::BTreeMap, sync::Arc};

/// Changes that are shown.
const LATEST: u32 = 10;
/// Proposals, decisions and signals that are named; their pages have the rest.
const MATTERS: usize = 5;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    page: Page,
    total: u64,
    sharing: usize,
    fresh: usize,
    interval: u64,
    open: Matters,
    waiting: Matters,
    signals: Matters,
    meetings: Matters,
    stages: Vec<Stage>,
    since: Option<Since>,
    /// What the reader has asked for.
    chosen: String,
    latest: Vec<Change>,
    parties: Vec<Freshness>,
}

/// Some of what somebody is to look at, and how many there are.
struct Matters {
    total: usize,
    shown: Vec<Matter>,
}

struct Matter {
    title: String,
    link: String,
    detail: String,
}

struct Stage {
    label: String,
    count: String,
    link: Option<String>,
}

/// What has changed after a day.
struct Since {
    /// The meeting that was held then; empty where the reader has chosen the day.
    what: String,
    day: String,
    counts: Vec<(String, &'static str, String)>,
}

struct Change {
    title: String,
    link: String,
    owner: String,
    when: String,
}

/// How fresh a party's part is.
pub(super) struct Freshness {
    pub(super) name: String,
    pub(super) own: bool,
    pub(super) connected: bool,
    pub(super) contact: String,
    pub(super) content: String,
    pub(super) behind: u64,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |failure| Problem::of(failure, lang);
    let page = Page::new(&site, asked, "/", Text("Läget i länet", "The state of the county")).await?;
    let counts = site.view.stages(site.eyes).await.map_err(failed)?;
    let request = v1::ListWorksRequest { page_size: LATEST, latest_first: true, ..v1::ListWorksRequest::default() };
    let mut latest = site.view.list(request, site.eyes).await.map_err(failed)?;
    let programmes = site.view.records(DocumentKind::Programme, site.eyes, &site.moment).await.map_err(failed)?;
    let decisions = site.view.records(DocumentKind::Decision, site.eyes, &site.moment).await.map_err(failed)?;
    let total = counts.values().sum();
    let since = match since_when(&programmes, &page).map_err(failed)? {
        Some((what, day, after)) => {
            latest.works.retain(|work| work.updated_ms > after);
            let counts = changed(&site, after, total, [&programmes, &decisions], &page).await.map_err(failed)?;
            Some(Since { what, day, counts })
        }
        None => None,
    };
    let reader = page.reader();
    let change = |work: &v1::WorkRow| Change {
        title: title_of(work, lang),
        link: page.link(&format!("/arbete/{}", work.document_id)),
        owner: page.parties.name(&work.owner).to_owned(),
        when: reader.time(work.updated_ms),
    };
    let clocks = site.view.freshness(site.eyes, &site.moment).await.map_err(failed)?;
    let stated = programmes.iter().find_map(|p| p.integer("/programme/reporting-interval-days"));
    let interval = stated.and_then(|days| u64::try_from(days).ok()).filter(|days| *days > 0).unwrap_or(INTERVAL_DAYS);
    let known = page.parties.0.iter().filter_map(|party| clocks.get(&party.id));
    let decisions: Vec<Decision> = decisions.iter().map(|record| decision::read(record)).collect();
    let overview = Overview {
        fresh: current(known, time::now_ms(), interval),
        interval,
        open: open(&decisions, &page),
        waiting: waiting(&decisions, &page),
        signals: signals(&programmes, &page),
        meetings: meetings(&programmes, &page),
        total,
        since,
        chosen: page.asked.value("sedan").unwrap_or_default().to_owned(),
        sharing: page.parties.0.iter().filter(|p| p.last_content_ms.is_some()).count(),
        stages: stages(&page, &counts),
        latest: latest.works.iter().map(change).collect(),
        parties: freshness(&page),
        page,
    };
    overview.page.answer(&overview)
}

impl Matters {
    fn of(all: Vec<Matter>) -> Self {
        Self { total: all.len(), shown: all.into_iter().take(MATTERS).collect() }
    }
}

fn matter(decision: &Decision, detail: String, page: &Page) -> Matter {
    Matter {
        title: decision.title.clone().unwrap_or_else(|| page.t("(utan rubrik)", "(without a title)").to_owned()),
        link: page.link(&format!("/beslut/{}", decision.id)),
        detail,
    }
}

/// Proposals that nothing has come of yet, the first meeting first.
fn open(decisions: &[Decision], page: &Page) -> Matters {
    let mut open: Vec<&Decision> = decisions.iter().filter(|decision| decision.is_open()).collect();
    open.sort_by_cached_key(|d| (d.date().is_none(), d.date().map(ToOwned::to_owned), d.id.clone()));
    let detail = |d: &Decision| [d.body_name.as_deref(), d.date()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    Matters::of(open.into_iter().map(|decision| matter(decision, detail(decision), page)).collect())
}

/// What is adopted and waits for parties, the most first.
fn waiting(decisions: &[Decision], page: &Page) -> Matters {
    let orgs = || page.parties.0.iter().map(|party| party.id.as_str());
    let mut waiting: Vec<(usize, usize, &Decision)> =
        decisions.iter().filter_map(|d| d.awaited(orgs()).map(|(awaited, of)| (awaited, of, d))).collect();
    waiting.sort_by_cached_key(|(awaited, _, decision)| (std::cmp::Reverse(*awaited), decision.id.clone()));
    let told = |(awaited, of, decision): (usize, usize, &Decision)| {
        let detail = match page.asked.lang {
            Lang::Sv => format!("väntar på {awaited} av {of} parter"),
            Lang::En => format!("waits for {awaited} of {of} parties"),
        };
        matter(decision, detail, page)
    };
    Matters::of(waiting.into_iter().map(told).collect())
}

/// What the executive level should know and has not closed.
fn signals(programmes: &[Arc<Record>], page: &Page) -> Matters {
    let all = programmes.iter().flat_map(|programme| learning::read(programme).signals);
    let told = all.filter(|signal| signal.state.as_deref() != Some("closed")).map(|signal| Matter {
        title: signal.text.unwrap_or_else(|| page.t("(utan text)", "(without a text)").to_owned()),
        link: page.link("/larande"),
        detail: signal.date.unwrap_or_default(),
    });
    Matters::of(told.collect())
}

/// Meetings and days of decision to come, the next first.
fn meetings(programmes: &[Arc<Record>], page: &Page) -> Matters {
    let today = time::day_of(time::now_ms());
    let coming = programmes.iter().flat_map(|programme| calendar::read(programme)).filter(|event| {
        matches!(event.kind.as_str(), "meeting" | "gate") && event.days.is_some_and(|(_, last)| last >= today)
    });
    let told = coming.map(|event| Matter {
        title: event.title,
        link: page.link("/arshjul"),
        detail: event.date.unwrap_or_default(),
    });
    Matters::of(told.collect())
}

/// Which day, what was held then, and its end: the day that the reader asks for, else that of the last meeting.
fn since_when(programmes: &[Arc<Record>], page: &Page) -> Result<Option<(String, String, u64)>, Failure> {
    if let Some(end) = page.asked.end_of_day("sedan")? {
        return Ok(Some((String::new(), page.asked.value("sedan").unwrap_or_default().to_owned(), end)));
    }
    let today = time::day_of(time::now_ms());
    let held = programmes.iter().flat_map(|programme| calendar::read(programme)).filter_map(|event| {
        let (first, last) = event.days.filter(|_| matches!(event.kind.as_str(), "meeting" | "gate"))?;
        (first == last && last < today).then_some((last, event.title))
    });
    let Some(((year, month, day), what)) = held.max() else { return Ok(None) };
    let day = format!("{year:04}-{month:02}-{day:02}");
    Ok(end_of_day(&day).map(|end| (what, day, end)))
}

/// What has changed after a time, kind by kind: a page, what it is about, and how much of it.
async fn changed(
    site: &Site,
    after: u64,
    works: u64,
    [programmes, decisions]: [&[Arc<Record>]; 2],
    page: &Page,
) -> Result<Vec<(String, &'static str, String)>, Failure> {
    let lang = page.asked.lang;
    let of = |changed: u64, all: u64| format!("{} {} {}", number(changed), page.t("av", "of"), number(all));
    let among = |records: &[Arc<Record>]| {
        let changed = records.iter().filter(|record| record.updated_ms > after).count();
        of(changed as u64, records.len() as u64)
    };
    let roadmaps = site.view.records(DocumentKind::Roadmap, site.eyes, &site.moment).await?;
    let indicators = site.view.records(DocumentKind::Indicators, site.eyes, &site.moment).await?;
    let row = |path: &str, label: Text, count: String| (page.link(path), label.of(lang), count);
    Ok(vec![
        row("/portfolj", Text("Arbeten", "Works"), of(site.view.works_after(after, site.eyes).await?, works)),
        row("/beslut", Text("Beslut", "Decisions"), among(decisions)),
        row("/fardplan", Text("Färdplaner", "Roadmaps"), among(&roadmaps)),
        row("/uppfoljning", Text("Uppsättningar av indikatorer", "Sets of indicators"), among(&indicators)),
        row("/programmet", Text("Program", "Programmes"), among(programmes)),
    ])
}

/// A title, or word that there is none.
pub(super) fn title_of(work: &v1::WorkRow, lang: Lang) -> String {
    let none = Text("(utan titel)", "(without a title)");
    if work.title.trim().is_empty() { none.of(lang).to_owned() } else { work.title.clone() }
}

/// In the order of a work's life, then what nobody has stated.
fn stages(page: &Page, counts: &BTreeMap<String, u64>) -> Vec<Stage> {
    let lang = page.asked.lang;
    let known = vocabulary::STAGE.words.iter().map(|w| w.id);
    let others = counts.keys().map(String::as_str).filter(|id| vocabulary::STAGE.words.iter().all(|w| w.id != *id));
    let label = |id: &str| match id {
        "" => Text("okänt eller motstridigt", "unknown or in conflict").of(lang).to_owned(),
        id => vocabulary::STAGE.show(id, lang).to_owned(),
    };
    let stage = |id: &str| {
        let count = counts.get(id).copied().filter(|count| *count > 0)?;
        let parts = if lang == Lang::En { "&sprak=en" } else { "" };
        let link = vocabulary::STAGE.words.iter().any(|w| w.id == id).then(|| format!("/portfolj?skede={id}{parts}"));
        Some(Stage { label: label(id), count: number(count), link })
    };
    known.chain(others).filter_map(stage).collect()
}

pub(super) fn freshness(page: &Page) -> Vec<Freshness> {
    let reader = page.reader();
    let never = page.t("ingen uppgift", "no information");
    let time = |ms: Option<u64>| ms.map_or_else(|| never.to_owned(), |ms| reader.time(ms));
    let of = |party: &v1::Party| Freshness {
        name: party.name.clone(),
        own: party.own,
        connected: party.connected,
        contact: time(party.last_contact_ms),
        content: time(party.last_content_ms),
        behind: party.commits_behind,
    };
    page.parties.0.iter().map(of).collect()
}
