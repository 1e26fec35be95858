//! Choosing what was asked for: one document, or those that say some words.

use super::{HERE, Officer, TITLE};
use crate::web::{
    Site,
    error::Problem,
    page::{Asked, Page},
};
use askama::Template;
use axum::response::Response;

/// Characters of what is looked for.
const TEXT_MAX: usize = 200;

#[derive(Template)]
#[template(path = "handout.html")]
struct Start {
    page: Page,
    authorities: Vec<(String, String, bool)>,
    authority: String,
    search: String,
    found: Vec<Row>,
    more: bool,
}

struct Row {
    id: String,
    title: String,
    owner: String,
    link: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, HERE, TITLE).await?;
    let officer = Officer::of(&site, &page).await?;
    let (authority, name) = officer.chosen(page.asked.value("myndighet"), &page.asked)?;
    let search: String =
        page.asked.value("sok").unwrap_or_default().chars().take(TEXT_MAX).filter(|c| *c != '\0').collect();
    let (found, more) = if search.trim().is_empty() {
        (Vec::new(), false)
    } else {
        let found = site.desks.handouts.search(officer.who(), authority, &search).await;
        found.map_err(|f| Problem::of_handout(f, lang))?
    };
    let untitled = page.t("(utan titel)", "(without a title)");
    let rows = found.into_iter().map(|found| Row {
        id: found.document.to_string(),
        title: if found.title.trim().is_empty() { untitled.to_owned() } else { found.title },
        owner: page.parties.name(found.owner.as_str()).to_owned(),
        link: page.link(&format!("/arbete/{}", found.document)),
    });
    let shown = Start {
        authorities: officer.authorities.iter().map(|(id, n)| (id.to_string(), n.clone(), n == name)).collect(),
        authority: authority.to_string(),
        search,
        found: rows.collect(),
        more,
        page,
    };
    shown.page.answer(&shown)
}
