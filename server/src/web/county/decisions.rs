//! *Beslut*: what the county's bodies have concluded, and how far each party's own decision on it has come. Parties stand
//! in the order of the alphabet, and nobody is ranked: what is not reported is told as that.

mod atom;
mod begin;
pub(super) mod form;
mod item;

use crate::{
    projection::fold,
    web::{
        Setting, Site,
        error::Problem,
        page::{Asked, Page},
        portfolio::page_number,
    },
};
use askama::Template;
use axum::{Router, extract::DefaultBodyLimit, response::Response, routing::get};
use jiff::civil::Date;
use samsyn_client::{
    calendar,
    county::decision::{self, Decision, words},
    text::Text,
    time,
    vocabulary::OUTCOME,
};
use samsyn_core::{
    date::{self, Day, Span},
    entry::DocumentKind,
};
use std::collections::{BTreeMap, BTreeSet};

/// Decisions of one page: a row has a cell for each party.
const ROWS: usize = 25;

pub(super) fn routes() -> Router<Setting> {
    let bounded = DefaultBodyLimit::max(form::FORM_MAX);
    Router::new()
        .route("/beslut", get(page))
        .route("/beslut/atom.xml", get(atom::feed))
        .route("/beslut/nytt", get(begin::page).post(begin::found).layer(bounded))
        .route("/beslut/{id}", get(item::page).post(form::act).layer(bounded))
}

#[derive(Template)]
#[template(path = "county_decisions.html")]
struct DecisionsPage {
    page: Page,
    bodies: Vec<Choice>,
    years: Vec<Choice>,
    filtered: bool,
    total: usize,
    parties: Vec<String>,
    rows: Vec<Row>,
    legend: Vec<(&'static str, &'static str)>,
    waiting: Vec<Waiting>,
    earlier: Option<String>,
    later: Option<String>,
    feed: String,
    begin: Option<String>,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// A decision in the log and in the matrix.
struct Row {
    link: String,
    title: String,
    body: String,
    kind: &'static str,
    date: String,
    paragraph: String,
    number: String,
    outcome: String,
    /// What the source says, and nobody can compute.
    only_stated: bool,
    version: String,
    adopted: usize,
    amended: usize,
    concerned: usize,
    days: String,
    next: String,
    cells: Vec<CellShown>,
    contested: usize,
}

struct CellShown {
    link: String,
    letter: &'static str,
    word: &'static str,
    detail: String,
}

/// What is awaited, and from whom.
struct Waiting {
    link: String,
    title: String,
    awaited: String,
    count: usize,
    of: usize,
    days: String,
    next: String,
}

async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let number = usize::try_from(page_number(&asked)?).unwrap_or(1);
    let page = Page::new(&site, asked, "/beslut", Text("Beslut", "Decisions")).await?;
    let all = read_all(&site).await.map_err(|f| Problem::of(f, lang))?;
    let (body, year) = (page.asked.value("organ").unwrap_or_default(), page.asked.value("ar").unwrap_or_default());
    let of_body = |d: &&Decision| body.is_empty() || body_id(d) == body;
    let of_year = |d: &&Decision| year.is_empty() || year_of(d).is_some_and(|y| y == year);
    let chosen: Vec<&Decision> = all.iter().filter(of_body).filter(of_year).collect();
    let (orgs, today) = (orgs(&page), shown_day(&site));
    let from = (number - 1).saturating_mul(ROWS).min(chosen.len());
    let until = (from + ROWS).min(chosen.len());
    let shown = &chosen[from..until];
    let answer = DecisionsPage {
        bodies: bodies(&all, body),
        years: years(&all, year),
        filtered: !body.is_empty() || !year.is_empty(),
        total: chosen.len(),
        parties: page.parties.0.iter().map(|party| party.name.clone()).collect(),
        rows: shown.iter().map(|decision| row(decision, &orgs, today, &page)).collect(),
        legend: legend(&page),
        waiting: chosen.iter().filter_map(|decision| waiting(decision, &orgs, today, &page)).take(ROWS).collect(),
        earlier: (number > 1).then(|| page.with("sida", &(number - 1).to_string())),
        later: (until < chosen.len()).then(|| page.with("sida", &(number + 1).to_string())),
        feed: page.link("/beslut/atom.xml"),
        begin: (page.sees_drafts() && page.per.is_none()).then(|| page.link("/beslut/nytt")),
        page,
    };
    answer.page.answer(&answer)
}

/// All that these eyes may see, the latest first.
async fn read_all(site: &Site) -> Result<Vec<Decision>, crate::failure::Failure> {
    let records = site.view.records(DocumentKind::Decision, site.eyes, &site.moment).await?;
    let mut all: Vec<Decision> = records.iter().map(|record| decision::read(record)).collect();
    all.sort_by(|a, b| (day_key(b), &a.id).cmp(&(day_key(a), &b.id)));
    Ok(all)
}

/// Unknown days come last where the latest come first.
fn day_key(decision: &Decision) -> Option<(Day, Day)> {
    let span = date::parse(decision.date()?).ok()?;
    (span != Span::Unknown).then(|| span.sort_key())
}

fn orgs(page: &Page) -> Vec<String> {
    page.parties.0.iter().map(|party| party.id.clone()).collect()
}

/// The day that the page shows: days run until then.
fn shown_day(site: &Site) -> Date {
    calendar::day(site.moment.ms().unwrap_or_else(time::now_ms))
}

fn body_id(decision: &Decision) -> &str {
    decision.body.as_ref().map_or("", |body| body.id.as_str())
}

fn body_name(decision: &Decision) -> String {
    decision.body_name.clone().unwrap_or_else(|| body_id(decision).to_owned())
}

fn year_of(decision: &Decision) -> Option<String> {
    let ((year, ..), _) = day_key(decision)?;
    Some(format!("{year:04}"))
}

fn bodies(all: &[Decision], chosen: &str) -> Vec<Choice> {
    let named: BTreeMap<&str, String> = all.iter().map(|d| (body_id(d), body_name(d))).collect();
    let choice = |(id, name): (&str, String)| Choice { value: id.to_owned(), label: name, chosen: id == chosen };
    let mut choices: Vec<Choice> = named.into_iter().filter(|(id, _)| !id.is_empty()).map(choice).collect();
    choices.sort_by_cached_key(|choice| fold(&choice.label));
    choices
}

fn years(all: &[Decision], chosen: &str) -> Vec<Choice> {
    let years: BTreeSet<String> = all.iter().filter_map(year_of).collect();
    years.into_iter().rev().map(|year| Choice { chosen: year == chosen, label: year.clone(), value: year }).collect()
}

/// What the page calls it.
fn title(decision: &Decision, page: &Page) -> String {
    decision.title.clone().unwrap_or_else(|| page.t("(utan rubrik)", "(without a title)").to_owned())
}

/// What came of it in a word, and whether nobody can compute it.
fn outcome(decision: &Decision, page: &Page) -> (String, bool) {
    match decision.concluded() {
        None => (page.t("inget utfall", "no outcome").to_owned(), false),
        Some((word, only_stated)) => (OUTCOME.show(word, page.asked.lang).to_owned(), only_stated),
    }
}

fn row(decision: &Decision, orgs: &[String], today: Date, page: &Page) -> Row {
    let unknown = || page.t("okänt", "unknown").to_owned();
    let progress = decision.progress(orgs.iter().map(String::as_str));
    let (outcome, only_stated) = outcome(decision, page);
    Row {
        link: page.link(&format!("/beslut/{}", decision.id)),
        title: title(decision, page),
        body: body_name(decision),
        kind: words::kind(decision.is_position()).of(page.asked.lang),
        date: decision.date().map_or_else(unknown, ToOwned::to_owned),
        paragraph: decision.minutes.paragraph.clone().unwrap_or_default(),
        number: decision.minutes.number.clone().unwrap_or_default(),
        outcome,
        only_stated,
        version: decision.decided_hash().map(words::short_hash).unwrap_or_default(),
        adopted: progress.adopted,
        amended: progress.amended,
        concerned: progress.parties,
        days: days(decision, orgs, today, page),
        next: next(decision, today, page),
        cells: orgs.iter().map(|org| cell(decision, org, page)).collect(),
        contested: decision.contested,
    }
}

/// Days from the body's decision to the last party's, or so far.
fn days(decision: &Decision, orgs: &[String], today: Date, page: &Page) -> String {
    match decision.days(orgs.iter().map(String::as_str), today) {
        None => String::new(),
        Some((days, true)) => days.to_string(),
        Some((days, false)) => format!("{days} {}", page.t("hittills", "so far")),
    }
}

fn next(decision: &Decision, today: Date, page: &Page) -> String {
    let shown = |(day, org): (Date, &str)| format!("{day} ({})", page.parties.name(org));
    decision.next_known(today).map(shown).unwrap_or_default()
}

fn cell(decision: &Decision, org: &str, page: &Page) -> CellShown {
    let cell = decision.cell(org);
    let (letter, word) = words::summary(cell.summary());
    let last = cell.rows.last();
    let said = last.map(|row| [&row.date, &row.number].into_iter().flatten().cloned().collect::<Vec<_>>().join(" · "));
    CellShown {
        link: format!("{}#part-{org}", page.link(&format!("/beslut/{}", decision.id))),
        letter,
        word: word.of(page.asked.lang),
        detail: said.unwrap_or_default(),
    }
}

fn legend(page: &Page) -> Vec<(&'static str, &'static str)> {
    use decision::{State, Summary};
    let states = State::ALL.into_iter().map(Summary::Is);
    let all = states.chain([Summary::Partly, Summary::OtherText, Summary::Contested, Summary::Unknown]);
    all.map(words::summary).map(|(letter, word)| (letter, word.of(page.asked.lang))).collect()
}

/// A decision that was adopted, and parties whose own decision is still awaited.
fn waiting(decision: &Decision, orgs: &[String], today: Date, page: &Page) -> Option<Waiting> {
    let concluded = decision.concluded()?.0;
    let progress = decision.progress(orgs.iter().map(String::as_str));
    if !concluded.starts_with("adopted") || progress.waiting() == 0 {
        return None;
    }
    let awaited = |org: &&String| {
        use decision::{State, Summary};
        let summary = decision.cell(org).summary();
        let open = matches!(summary, Summary::Is(State::Scheduled | State::NotPrepared));
        decision.concerns(org) && (open || !matches!(summary, Summary::Is(_)))
    };
    let names: Vec<&str> = orgs.iter().filter(awaited).map(|org| page.parties.name(org)).collect();
    Some(Waiting {
        link: page.link(&format!("/beslut/{}", decision.id)),
        title: title(decision, page),
        awaited: names.join(", "),
        count: progress.waiting(),
        of: progress.parties,
        days: days(decision, orgs, today, page),
        next: next(decision, today, page),
    })
}
