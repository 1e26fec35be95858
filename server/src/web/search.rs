//! *Sök*: where words are said, in documents of every kind.

use super::{
    Site,
    error::Problem,
    page::{Asked, Page, number},
    portfolio::page_number,
    work::capital,
};
use crate::{failure::Failure, web::county::anchor};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::found::{self, LETTERS_MIN, Part, Sought},
    model, schema,
    show::Reader,
    text::{Lang, Text},
};
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_wire::v1;

/// Places on one page.
const PAGE: u64 = 20;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    search: String,
    /// None before anything has been looked for.
    found: Option<Found>,
    /// The words are too short to look for.
    short: bool,
}

struct Found {
    /// Something was found, if not on this page.
    any: bool,
    total: String,
    /// Which of them is the first that is shown.
    first: u64,
    from: String,
    to: String,
    kinds: Vec<Kind>,
    hits: Vec<Hit>,
    partial: bool,
    again: String,
    earlier: Option<String>,
    later: Option<String>,
}

/// One kind of documents to choose, and how many places there are of it.
struct Kind {
    label: String,
    total: String,
    link: String,
    chosen: bool,
}

struct Hit {
    title: Vec<Part>,
    link: String,
    /// What it is, what it lies in, whose, and when it was changed.
    about: String,
    passages: Vec<Passage>,
}

struct Passage {
    label: String,
    link: String,
    parts: Vec<Part>,
    by: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f| Problem::of(f, lang);
    let number_of_page = page_number(&asked)?;
    let page = Page::new(&site, asked, "/sok", Text("Sök", "Search")).await?;
    let request = request(&page.asked, number_of_page).map_err(failed)?;
    let sought = Sought::new(&request.text);
    let found = if sought.is_empty() {
        None
    } else {
        let answer = site.view.search(&request, site.eyes).await.map_err(failed)?;
        Some(read(&answer, &sought, number_of_page, &page))
    };
    let short = found.is_none() && !request.text.is_empty();
    let shown = SearchPage { search: request.text, found, short, page };
    shown.page.answer(&shown)
}

/// What an address asks for.
pub(super) fn request(asked: &Asked, page: u64) -> Result<v1::SearchRequest, Failure> {
    let kind = match asked.value("slag") {
        None => None,
        Some(name) => Some(v1::DocumentKind::from(model::kind_of_name(name).ok_or_else(no_kind)?).into()),
    };
    Ok(v1::SearchRequest {
        text: asked.value("sok").unwrap_or_default().to_owned(),
        kind,
        page_size: u32::try_from(PAGE).unwrap_or(0),
        page_token: if page > 1 { ((page - 1) * PAGE).to_string() } else { String::new() },
    })
}

pub(super) fn no_kind() -> Failure {
    let remedy = "write work, roadmap, decision, indicators or programme";
    Failure::new(Code::InputValue, "'slag' is no kind of document", remedy).field("slag")
}

fn read(answer: &v1::SearchResponse, sought: &Sought, number_of_page: u64, page: &Page) -> Found {
    let before = (number_of_page - 1) * PAGE;
    let shown = answer.hits.len() as u64;
    Found {
        any: answer.total > 0,
        total: number(answer.total),
        first: before + 1,
        from: number(if shown == 0 { 0 } else { before + 1 }),
        to: number(before + shown),
        kinds: kinds(&answer.kinds, page),
        hits: answer.hits.iter().map(|hit| self::hit(hit, sought, page)).collect(),
        partial: answer.partial,
        again: page.with("sida", "1"),
        earlier: (number_of_page > 1).then(|| page.with("sida", &(number_of_page - 1).to_string())),
        later: (!answer.next_page_token.is_empty()).then(|| page.with("sida", &(number_of_page + 1).to_string())),
    }
}

fn kinds(counts: &[v1::KindCount], page: &Page) -> Vec<Kind> {
    let lang = page.asked.lang;
    let chosen = page.asked.value("slag");
    let every = page.asked.at("/sok", &["sok", "sprak"]);
    let all = Kind {
        label: Text("Allt", "Everything").of(lang).to_owned(),
        total: number(counts.iter().map(|count| count.total).sum()),
        link: every.clone(),
        chosen: chosen.is_none(),
    };
    let one = |count: &v1::KindCount| {
        let kind = DocumentKind::try_from(count.kind()).ok()?;
        let name = model::kind_name(kind);
        let (label, total) = (capital(plural(kind).of(lang)), number(count.total));
        Some(Kind { label, total, link: format!("{every}&slag={name}"), chosen: chosen == Some(name) })
    };
    std::iter::once(all).chain(counts.iter().filter_map(one)).collect()
}

fn plural(kind: DocumentKind) -> Text {
    match kind {
        DocumentKind::Work => Text("utvecklingsarbeten", "works"),
        DocumentKind::Roadmap => Text("färdplanen", "the roadmap"),
        DocumentKind::Decision => Text("beslut", "decisions"),
        DocumentKind::Indicators => Text("indikatorer", "indicators"),
        DocumentKind::Programme => Text("programmet", "the programme"),
    }
}

fn hit(hit: &v1::SearchHit, sought: &Sought, page: &Page) -> Hit {
    let (lang, reader) = (page.asked.lang, page.reader());
    let kind = DocumentKind::try_from(hit.kind()).unwrap_or(DocumentKind::Work);
    let at = |path: &str| format!("{}#{}", page.link(&format!("/arbete/{}", hit.document_id)), anchor(path));
    let link = match kind {
        DocumentKind::Decision => page.link(&format!("/beslut/{}", hit.document_id)),
        _ if hit.item.is_empty() => page.link(&format!("/arbete/{}", hit.document_id)),
        _ => at(&hit.title_path),
    };
    let title = match hit.title.as_str() {
        "" => page.t("(okänd eller omstridd titel)", "(title unknown or in conflict)"),
        title => title,
    };
    let passage = |passage: &v1::SearchPassage| Passage {
        label: label(kind, &passage.path, lang),
        link: at(&passage.path),
        parts: passage.parts.iter().map(|p| Part { text: p.text.clone(), found: p.found }).collect(),
        by: by(passage, &reader),
    };
    Hit {
        title: found::marked(title, sought),
        link,
        about: about(hit, kind, page),
        passages: hit.passages.iter().map(passage).collect(),
    }
}

fn about(hit: &v1::SearchHit, kind: DocumentKind, page: &Page) -> String {
    let (lang, reader) = (page.asked.lang, page.reader());
    let of = found::item_label(kind, &hit.item).unwrap_or_else(|| schema::kind_label(kind));
    let changed = format!("{} {}", page.t("ändrat", "changed"), reader.time(hit.updated_ms));
    let parts = [capital(of.of(lang)), hit.document_title.clone(), page.parties.name(&hit.owner).to_owned(), changed];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What people call a path in its document.
fn label(kind: DocumentKind, path: &str, lang: Lang) -> String {
    schema::find(kind, path).map_or_else(|| path.to_owned(), |(_, field)| field.label.of(lang).to_owned())
}

fn by(passage: &v1::SearchPassage, reader: &Reader<'_>) -> String {
    let names: Vec<&str> = passage.stated_by.split(", ").map(|by| reader.parties.name(by)).collect();
    names.join(", ")
}
