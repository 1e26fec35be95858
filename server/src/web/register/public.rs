//! The public register: what anybody may read, without being asked who they are.

use super::{Choice, PAGE, authorities, choices, chosen, counterpart, day, direction, text_of};
use crate::{
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
struct Public {
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
    let shown = Public {
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

/// Date, number, counterpart and short subject; never a protected form of them.
pub(super) fn public_row(row: &ItemRow, page: &Page) -> PublicRow {
    let words = row.statement.as_ref().map(|s| &s.words);
    let hidden = words.is_none_or(|w| w.counterpart_protected);
    PublicRow {
        date: day(row.item.at_ms),
        number: row.statement.as_ref().and_then(|s| s.number.as_ref()).map(ToString::to_string).unwrap_or_default(),
        direction: direction(row.item.direction, page),
        counterpart: if hidden { String::new() } else { counterpart(row, page) },
        subject: words.map(|w| w.subject.clone()).unwrap_or_default(),
    }
}
