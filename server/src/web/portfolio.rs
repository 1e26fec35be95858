//! *Portfölj*: the works as a table, with filters in the address, so that a link shows the same to everyone.

pub(super) mod file;

use super::{
    Site,
    error::Problem,
    overview::title_of,
    page::{Asked, Page, number},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    text::Text,
    vocabulary::{self, Kind},
};
use samsyn_core::code::Code;
use samsyn_wire::v1;

/// Works on one page.
const PAGE: u64 = 100;

#[derive(Template)]
#[template(path = "portfolio.html")]
struct Portfolio {
    page: Page,
    filters: Vec<Filter>,
    search: String,
    filtered: bool,
    total: String,
    from: String,
    to: String,
    rows: Vec<Row>,
    earlier: Option<String>,
    later: Option<String>,
    /// For Excel, for Excel as text, for other programs.
    files: [String; 3],
}

/// One choice among words.
struct Filter {
    name: &'static str,
    label: &'static str,
    all: &'static str,
    options: Vec<Choice>,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

struct Row {
    number: String,
    title: String,
    link: String,
    owner: String,
    stage: String,
    form: String,
    start: String,
    partners: String,
    conflicts: u32,
    updated: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let number_of_page = page_number(&asked)?;
    let (request, filtered) = request(&asked, number_of_page);
    let page = Page::new(&site, asked, "/portfolj", Text("Utvecklingsportfölj", "Portfolio")).await?;
    let list = site.view.list(request, site.eyes).await.map_err(|f| Problem::of(f, lang))?;
    let shown = list.works.len() as u64;
    let before = (number_of_page - 1) * PAGE;
    let portfolio = Portfolio {
        filters: filters(&page),
        search: page.asked.value("sok").unwrap_or_default().to_owned(),
        filtered,
        total: number(list.total),
        from: number(if shown == 0 { 0 } else { before + 1 }),
        to: number(before + shown),
        rows: list.works.iter().map(|work| row(work, &page)).collect(),
        earlier: (number_of_page > 1).then(|| page.with("sida", &(number_of_page - 1).to_string())),
        files: file::links(&page.asked),
        later: (!list.next_page_token.is_empty()).then(|| page.with("sida", &(number_of_page + 1).to_string())),
        page,
    };
    portfolio.page.answer(&portfolio)
}

pub(super) fn page_number(asked: &Asked) -> Result<u64, Problem> {
    let Some(text) = asked.value("sida") else { return Ok(1) };
    let number = text.parse::<u64>().ok().filter(|n| (1..=1_000_000).contains(n));
    number.ok_or_else(|| {
        let failure = crate::failure::Failure::new(Code::InputValue, "no such page", "begin at the first");
        Problem::of(failure, asked.lang)
    })
}

/// What the filters in an address mean.
pub(super) fn request(asked: &Asked, page: u64) -> (v1::ListWorksRequest, bool) {
    let value = |key| asked.value(key).map(ToOwned::to_owned);
    let request = v1::ListWorksRequest {
        party: value("part"),
        stage: value("skede"),
        target_group: value("malgrupp"),
        form: value("form"),
        criterion: value("kriterium"),
        text: value("sok"),
        page_size: u32::try_from(PAGE).unwrap_or(0),
        page_token: if page > 1 { ((page - 1) * PAGE).to_string() } else { String::new() },
        ..v1::ListWorksRequest::default()
    };
    let filters =
        [&request.party, &request.stage, &request.target_group, &request.form, &request.criterion, &request.text];
    let filtered = filters.iter().any(|f| f.is_some());
    (request, filtered)
}

fn filters(page: &Page) -> Vec<Filter> {
    let lang = page.asked.lang;
    let words = |name, label: Text, kind: Kind| {
        let chosen = page.asked.value(name);
        let choice = |w: &vocabulary::Word| Choice {
            value: w.id.to_owned(),
            label: w.label.of(lang).to_owned(),
            chosen: chosen == Some(w.id),
        };
        Filter {
            name,
            label: label.of(lang),
            all: Text("Alla", "All").of(lang),
            options: kind.words.iter().map(choice).collect(),
        }
    };
    let chosen = page.asked.value("part");
    let party = |p: &v1::Party| Choice { value: p.id.clone(), label: p.name.clone(), chosen: chosen == Some(&p.id) };
    let parties = Filter {
        name: "part",
        label: Text("Part (äger eller deltar)", "Party (owns or takes part)").of(lang),
        all: Text("Alla", "All").of(lang),
        options: page.parties.0.iter().map(party).collect(),
    };
    vec![
        parties,
        words("skede", Text("Skede", "Stage"), vocabulary::STAGE),
        words("malgrupp", Text("Målgrupp", "Target group"), vocabulary::TARGET_GROUP),
        words("form", Text("Form", "Form"), vocabulary::FORM),
        words("kriterium", Text("Kriterium", "Criterion"), vocabulary::CRITERION),
    ]
}

fn row(work: &v1::WorkRow, page: &Page) -> Row {
    let lang = page.asked.lang;
    let reader = page.reader();
    let word = |kind: Kind, id: &str| {
        if id.is_empty() { page.t("okänt", "unknown").to_owned() } else { kind.show(id, lang).to_owned() }
    };
    let all =
        page.parties.0.iter().all(|p| work.partners.iter().any(|r| r.strip_prefix("org:") == Some(p.id.as_str())));
    let partners: Vec<String> = work
        .partners
        .iter()
        .filter(|p| p.strip_prefix("org:") != Some(&work.owner))
        .map(|p| reader.reference(p))
        .collect();
    Row {
        number: work.public_number.clone(),
        title: title_of(work, lang),
        link: page.link(&format!("/arbete/{}", work.document_id)),
        owner: page.parties.name(&work.owner).to_owned(),
        stage: word(vocabulary::STAGE, &work.stage),
        form: word(vocabulary::FORM, &work.form),
        start: reader.date(&work.start),
        partners: if all { page.t("hela länet", "the whole county").to_owned() } else { few(&partners, page) },
        conflicts: work.conflicts,
        updated: reader.time(work.updated_ms).chars().take(10).collect(),
    }
}

/// The first three, and how many more.
fn few(names: &[String], page: &Page) -> String {
    const SHOWN: usize = 3;
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => first,
        Some(more) => format!("{first} {} {more} {}", page.t("och", "and"), page.t("till", "more")),
    }
}
