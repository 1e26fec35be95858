//! *Läget*: how much there is and in which stage, what has changed lately, and how fresh each party's part is.

use super::{
    Site,
    error::Problem,
    page::{Asked, Page, number},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    text::{Lang, Text},
    vocabulary,
};
use samsyn_wire::v1;
use std::collections::BTreeMap;

/// Changes that are shown.
const LATEST: u32 = 10;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    page: Page,
    total: u64,
    sharing: usize,
    stages: Vec<Stage>,
    latest: Vec<Change>,
    parties: Vec<Freshness>,
}

struct Stage {
    label: String,
    count: String,
    link: Option<String>,
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
    let latest = site.view.list(request, site.eyes).await.map_err(failed)?;
    let reader = page.reader();
    let change = |work: &v1::WorkRow| Change {
        title: title_of(work, lang),
        link: page.link(&format!("/arbete/{}", work.document_id)),
        owner: page.parties.name(&work.owner).to_owned(),
        when: reader.time(work.updated_ms),
    };
    let overview = Overview {
        total: counts.values().sum(),
        sharing: page.parties.0.iter().filter(|p| p.last_content_ms.is_some()).count(),
        stages: stages(&page, &counts),
        latest: latest.works.iter().map(change).collect(),
        parties: freshness(&page),
        page,
    };
    overview.page.answer(&overview)
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
