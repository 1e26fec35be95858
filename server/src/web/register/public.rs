//! The public register: what anybody may read, without being asked who they are.

use super::{Choice, PAGE, authorities, choices, chosen, counterpart, direction, text_of};
use crate::{
    failure::Failure,
    register::{Counterpart, Public, calendar},
    store::{ItemRow, MATCHES_COUNTED, PublicFilter},
    web::{
        Site,
        error::Problem,
        page::{Asked, Page, number},
        portfolio::page_number,
    },
};
use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

#[derive(Template)]
#[template(path = "register_public.html")]
struct PublicPage {
    page: Page,
    authority: String,
    authorities: Vec<Choice>,
    search: String,
    day: String,
    total: String,
    /// Something is looked for: then what was registered last stands first.
    narrowed: bool,
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
    let filter = PublicFilter { limit: PAGE + 1, offset: (at - 1) * PAGE, ..asked_for(&page.asked)? };
    let (mut found, total) = site.desks.register.public(id, &filter).await.map_err(|f| Problem::of(f, lang))?;
    let more = found.len() as u64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let shown = PublicPage {
        authority: name.clone(),
        authorities: choices(&all, id),
        search: text_of(&page.asked).unwrap_or_default(),
        day: page.asked.value("dag").unwrap_or_default().to_owned(),
        total: if total > MATCHES_COUNTED {
            format!("{} {}", page.t("Fler än", "More than"), number(MATCHES_COUNTED))
        } else {
            number(total)
        },
        narrowed: filter.text.is_some(),
        rows: found.iter().map(|row| public_row(row, &page)).collect(),
        extract: page.asked.at("/diarium/offentligt.csv", &["myndighet", "sok", "dag", "sprak"]),
        earlier: (at > 1).then(|| page.with("sida", &(at - 1).to_string())),
        later: more.then(|| page.with("sida", &(at + 1).to_string())),
        page,
    };
    shown.page.answer(&shown)
}

/// What somebody looks for: words, and a day on which it came in or was drawn up.
pub(super) fn asked_for(asked: &Asked) -> Result<PublicFilter, Problem> {
    let day = asked.value("dag").map(|day| {
        day.parse::<Date>().map_err(|_| {
            let failure = Failure::new(Code::InputValue, "a day is written as 2026-11-20", "write it so").field("dag");
            Problem::of(failure, asked.lang)
        })
    });
    let days =
        day.transpose()?.map(|day| calendar::beginning(day).map_or((0, 0), |from| (from, calendar::end_of(day))));
    Ok(PublicFilter { text: text_of(asked), days, ..PublicFilter::default() })
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
