//! *Rapporter*: papers for meetings. One is looked at first, then made: a signed entry says what it stands on, and its files
//! are kept. Every node that has what it stands on shows the same.

use super::{
    super::{
        Site,
        error::Problem,
        form::{self, Fields, field},
        page::{Asked, Page},
    },
    chosen,
    decisions::form::person,
};
use crate::{
    failure::Failure,
    paper::{
        Form as PaperForm, Order,
        desk::Format,
        entry::{self, Entry},
    },
    view::Eyes,
    who::Who,
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, rejection::FormRejection},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use samsyn_client::{
    county::programme::{self, bodies},
    record::Record,
    schema,
    text::Text,
};
use samsyn_core::{
    code::Code,
    date::{self, Span},
    entry::DocumentKind,
    id::DocumentId,
};
use std::sync::Arc;

const TITLE: Text = Text("Rapporter", "Reports");
/// Papers on the page; each has an address of its own.
const SHOWN: usize = 200;
/// Documents that have changed since, on a cover sheet.
const CHANGED_SHOWN: usize = 200;

pub(super) fn routes() -> Router<super::Setting> {
    Router::new()
        .route("/rapporter", get(page).post(make))
        .route("/rapporter/utkast", get(look))
        .route("/rapporter/{paper}", get(cover))
        .route("/rapporter/{paper}/{file}", get(file))
}

#[derive(Template)]
#[template(path = "county_papers.html")]
struct Papers {
    page: Page,
    rows: Vec<Row>,
    more: usize,
    forms: Vec<(&'static str, &'static str)>,
    bodies: Vec<(String, String)>,
    today: String,
    /// Somebody of the programme office has signed in.
    makes: bool,
}

struct Row {
    name: &'static str,
    body: String,
    date: String,
    link: String,
    by: String,
    made: String,
}

#[derive(Template)]
#[template(path = "county_paper_draft.html")]
struct Draft {
    page: Page,
    body: String,
    subtitle: String,
    order: Order,
    makes: bool,
    action: String,
}

#[derive(Template)]
#[template(path = "county_paper.html")]
struct Cover {
    page: Page,
    subtitle: String,
    about: Vec<(&'static str, String)>,
    files: Vec<(String, &'static str, String)>,
    changed: Vec<Changed>,
    changed_total: usize,
    /// Why this node cannot make the paper.
    lacks: bool,
    done: Option<&'static str>,
}

struct Changed {
    title: String,
    link: String,
    kind: &'static str,
    owner: String,
    statements: usize,
}

/// The programme whose papers these are. The public is shown none: a paper is what the parties have shared with each other.
async fn programme(site: &Site, page: &Page) -> Result<Arc<Record>, Problem> {
    let lang = page.asked.lang;
    if site.eyes == Eyes::Public {
        return Err(Problem::no_such_page(lang));
    }
    let chosen = chosen::choose(site, page, DocumentKind::Programme, "program").await?;
    let none = || Failure::new(Code::InputNotFound, "nobody has shared a programme yet", "wait until somebody has");
    chosen.record.ok_or_else(|| Problem::of_paper(none(), lang))
}

/// True if somebody has signed in who writes here, and the own organisation staffs the programme office.
fn makes(page: &Page, programme: &Record) -> bool {
    let own = page.parties.own().map(|p| format!("org:{}", p.id)).unwrap_or_default();
    page.sees_drafts() && programme::read(programme).office.contains(&own)
}

async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let page = Page::new(&site, asked, "/rapporter", TITLE).await?;
    let record = programme(&site, &page).await?;
    let lang = page.asked.lang;
    let today = chosen::day(&site);
    let all = bodies::read(&record, today);
    let body = |id: Option<&str>| {
        let named = all.iter().find(|body| Some(body.id.as_str()) == id);
        named.and_then(|body| body.name.clone()).or_else(|| id.map(ToOwned::to_owned)).unwrap_or_default()
    };
    let entries = entry::read(&record);
    let row = |entry: &Entry| Row {
        name: entry.order.form.label().of(lang),
        body: body(entry.order.body.as_deref()),
        date: entry.order.date.clone(),
        link: page.link(&format!("/rapporter/{}", entry.id)),
        by: page.parties.name(&entry.by).to_owned(),
        made: page.reader().time(entry.at_ms),
    };
    let papers = Papers {
        rows: entries.iter().take(SHOWN).map(row).collect(),
        more: entries.len().saturating_sub(SHOWN),
        forms: PaperForm::ALL.into_iter().map(|form| (form.as_str(), form.label().of(lang))).collect(),
        bodies: all.iter().filter(|b| b.in_force).map(|b| (b.id.clone(), body(Some(&b.id)))).collect(),
        today: samsyn_client::time::today(),
        makes: makes(&page, &record),
        page,
    };
    papers.page.answer(&papers)
}

/// What is asked for, of a query or a form.
fn order(site: &Site, programme: &Record, of: impl Fn(&str) -> String) -> Result<Order, Failure> {
    let wrong = |name: &str, why: &str| {
        Failure::new(Code::InputValue, why.to_owned(), "choose again on the page Rapporter").field(name.to_owned())
    };
    let form = PaperForm::of_word(&of("slag")).ok_or_else(|| wrong("slag", "there is no such kind of paper"))?;
    let date = of("dag").trim().to_owned();
    let is_day = date.parse::<jiff::civil::Date>().is_ok();
    let is_year = date.len() == 4 && matches!(date::parse(&date), Ok(Span::Days { .. }));
    if !(if form == PaperForm::Annual { is_year } else { is_day }) {
        return Err(wrong("dag", "the day is none, or the year of an annual report"));
    }
    let made = chosen::day(site);
    let body = Some(of("organ")).filter(|_| form != PaperForm::Annual);
    if let Some(body) = &body
        && !bodies::read(programme, made).iter().any(|known| known.id == *body)
    {
        return Err(wrong("organ", "there is no such body"));
    }
    Ok(Order { form, body, date, made })
}

/// The paper as it would be now: nothing is made by looking.
async fn look(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f: Failure| Problem::of_paper(f, lang);
    let mut page = Page::new(&site, asked, "/rapporter", TITLE).await?;
    let record = programme(&site, &page).await?;
    let of = |key: &str| page.asked.value(key).unwrap_or_default().to_owned();
    let order = order(&site, &record, of).map_err(failed)?;
    let paper = site.desks.papers.look(&record, &order).await.map_err(failed)?;
    let body = samsyn_paper::html::body(&paper).map_err(|e| Problem::ours(&e.to_string(), lang))?;
    page.title.clone_from(&paper.title);
    let draft = Draft {
        body,
        subtitle: paper.subtitle,
        makes: makes(&page, &record),
        action: page.link("/rapporter"),
        order,
        page,
    };
    draft.page.answer(&draft)
}

async fn make(site: Site, asked: Asked, form: Result<Form<Fields>, FormRejection>) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f: Failure| Problem::of_paper(f, lang);
    let form = form::fields(form);
    let page = Page::new(&site, asked, "/rapporter", TITLE).await?;
    let person = person(&site, lang)?;
    form::check_guard(&site, &form, lang)?;
    let record = programme(&site, &page).await?;
    if !makes(&page, &record) {
        let why = "papers are made by the programme office";
        return Err(failed(Failure::new(Code::RoleForbidden, why, "ask one of its coordinators")));
    }
    let order = order(&site, &record, |key| field(&form, key).to_owned()).map_err(failed)?;
    let document: DocumentId = record.id.parse().map_err(|_| Problem::no_such_page(lang))?;
    let own = page.parties.own().map(|p| p.id.clone()).unwrap_or_default();
    let desk = site.desks.papers.clone();
    // In a task of its own: a browser that goes away does not stop it half-way.
    let made = tokio::spawn(async move { desk.make(Who::Person(&person), document, &own, order).await });
    let made = made.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    let to = if made.waits {
        page.link_with("/rapporter", "klart", "vantar")
    } else {
        page.link_with(&format!("/rapporter/{}", made.id), "klart", "ja")
    };
    Ok(Redirect::to(&to).into_response())
}

fn find(programme: &Record, id: &str) -> Option<Entry> {
    entry::read(programme).into_iter().find(|entry| entry.id == id)
}

/// The cover sheet: what the paper is, its files, and what has changed since it was made.
async fn cover(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f: Failure| Problem::of_paper(f, lang);
    let mut page = Page::new(&site, asked, "/rapporter", TITLE).await?;
    let record = programme(&site, &page).await?;
    let entry = find(&record, &id).ok_or_else(|| Problem::no_such_page(lang))?;
    entry.order.form.label().of(lang).clone_into(&mut page.title);
    let (changed, lacks) = match site.desks.papers.since(&entry).await {
        Ok(changed) => (changed, false),
        Err(failure) if failure.code == Code::ValueMissing => (Vec::new(), true),
        Err(failure) => return Err(failed(failure)),
    };
    let mut rows = Vec::new();
    for (document, statements) in changed.iter().take(CHANGED_SHOWN) {
        let shown = site.view.record(&document.to_string(), site.eyes, &site.moment).await;
        let Ok(document) = shown else { continue };
        let title = document.text(schema::title_path(document.kind)).filter(|title| !title.trim().is_empty());
        rows.push(Changed {
            title: title.unwrap_or_else(|| page.t("(utan titel)", "(without a title)")).to_owned(),
            link: page.link(&format!("/arbete/{}", document.id)),
            kind: schema::kind_label(document.kind).of(lang),
            owner: page.parties.name(&document.owner).to_owned(),
            statements: *statements,
        });
    }
    let body = entry.order.body.as_deref().map(|id| {
        let all = bodies::read(&record, entry.order.made);
        all.into_iter().find(|body| body.id == id).and_then(|body| body.name).unwrap_or_else(|| id.to_owned())
    });
    let about = vec![
        (page.t("Framtaget av", "Made by"), page.parties.name(&entry.by).to_owned()),
        (page.t("När", "When"), page.reader().time(entry.at_ms)),
        (page.t("Underlagets läge", "The state it stands on"), entry::state(&entry.stands_on)),
        (page.t("Program", "Program"), entry.program.clone()),
    ];
    let offered =
        |format: &&Format| **format != Format::Pdf || site.desks.papers.prints() || entry.files.contains_key("pdf");
    let file = |format: &Format| {
        let name = match format {
            Format::Html => page.t("Webbsida", "Web page"),
            Format::Docx => page.t("Word", "Word"),
            Format::Pdf => page.t("PDF för utskrift och arkiv", "PDF for print and archive"),
        };
        let digest = entry.files.get(format.as_str()).cloned().unwrap_or_default();
        (page.link(&format!("/rapporter/{}/underlag.{}", entry.id, format.as_str())), name, digest)
    };
    let cover = Cover {
        subtitle: body.into_iter().chain([entry.order.date.clone()]).collect::<Vec<_>>().join(", "),
        files: if lacks { Vec::new() } else { Format::ALL.iter().filter(offered).map(file).collect() },
        done: page.asked.value("klart").map(|_| page.t("Underlaget är framtaget.", "The paper is made.")),
        changed_total: changed.len(),
        changed: rows,
        about,
        lacks,
        page,
    };
    cover.page.answer(&cover)
}

/// One of the files.
async fn file(site: Site, Path((id, file)): Path<(String, String)>, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f: Failure| Problem::of_paper(f, lang);
    let page = Page::new(&site, asked, "/rapporter", TITLE).await?;
    let record = programme(&site, &page).await?;
    let format = file.strip_prefix("underlag.").and_then(Format::of_word);
    let found = find(&record, &id).zip(format).zip(record.id.parse::<DocumentId>().ok());
    let Some(((entry, format), document)) = found else { return Err(Problem::no_such_page(lang)) };
    let made = site.desks.papers.file(&document, &entry, format).await.map_err(failed)?;
    if made.same == Some(false) {
        tracing::warn!(paper = %entry.id, format = format.as_str(), "this node makes another file of a paper than the one that was stated");
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let date: String = entry.order.date.chars().map(plain).collect();
    let name = format!("{}-{date}.{}", entry.order.form.as_str(), format.as_str());
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::HeaderName::from_static("x-samsyn-sha256"), entry::sha256(&made.bytes)),
        (
            header::HeaderName::from_static("x-samsyn-stated"),
            match made.same {
                Some(true) => "same",
                Some(false) => "other",
                None => "none",
            }
            .to_owned(),
        ),
    ];
    Ok((headers, made.bytes).into_response())
}
