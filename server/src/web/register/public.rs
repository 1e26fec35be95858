//! The public register: what anybody may read, without being asked who they are.

use super::{Choice, PAGE, authorities, choices, chosen, counterpart, direction, text_of};
use crate::{
    register::{Counterpart, Public},
    store::{ItemRow, RegisterFilter},
    web::{
        Site,
        error::Problem,
        page::{Asked, Page, number},
        portfolio::page_number,
    },
};
use askama::Template;
use axum::response::Response;
use samsyn_client::text::Text;

#[derive(Template)]
#[template(path = "register_public.html")]
struct PublicPage {
    page: Page,
    authority: String,
    authorities: Vec<Choice>,
    search: String,
    total: String,
    rows: Vec<PublicRow>,
    extract: String,
    earlier: Option<String>,
    later: Option<String>,
}

pub(super) struct PublicRow {
    pub(super) date: String,
    pub(super) number: String,
    pub(super) direction: &'static str,
    pub(super) counterpart: String,
    pub(super) subject: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/diarium/offentligt", Text("Offentligt diarium", "Public register")).await?;
    let all = authorities(&site, &page).await?;
    let (id, name) = chosen(&page.asked, &all)?;
    let at = page_number(&page.asked)?;
    let filter = RegisterFilter {
        text: text_of(&page.asked),
        limit: PAGE + 1,
        offset: (at - 1) * PAGE,
        ..RegisterFilter::default()
    };
    let (mut found, total) = site.desks.register.public(id, &filter).await.map_err(|f| Problem::of(f, lang))?;
    let more = found.len() as u64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let shown = PublicPage {
        authority: name.clone(),
        authorities: choices(&all, id),
        search: text_of(&page.asked).unwrap_or_default(),
        total: number(total),
        rows: found.iter().map(|row| public_row(row, &page)).collect(),
        extract: page.asked.at("/diarium/offentligt.csv", &["myndighet", "sok", "sprak"]),
        earlier: (at > 1).then(|| page.with("sida", &(at - 1).to_string())),
        later: more.then(|| page.with("sida", &(at + 1).to_string())),
        page,
    };
    shown.page.answer(&shown)
}

pub(super) fn public_row(row: &ItemRow, page: &Page) -> PublicRow {
    let public = Public::of(row);
    PublicRow {
        date: public.date,
        number: public.number,
        direction: direction(public.direction, page),
        counterpart: if public.counterpart == Counterpart::Hidden { String::new() } else { counterpart(row, page) },
        subject: public.subject.to_owned(),
    }
}
