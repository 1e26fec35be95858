//! What is out for comment and what has come, the latest first.

use super::{insider, made, title, until, whom};
use crate::{
    comment::Item,
    web::{
        Site,
        error::Problem,
        page::{Asked, Page, number},
    },
};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "comments.html")]
struct Comments {
    page: Page,
    received: Vec<Row>,
    sent: Vec<Row>,
}

struct Row {
    link: String,
    title: String,
    whom: String,
    when: String,
    until: String,
    replies: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let page = made(&site, asked).await?;
    let who = insider(&site, &page)?;
    let items = site.desks.comments.list(who).await.map_err(|f| Problem::of_draft(f, page.asked.lang))?;
    let (sent, received): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.sent);
    let rows = |items: Vec<Item>| items.iter().map(|item| row(item, &page)).collect();
    let shown = Comments { received: rows(received), sent: rows(sent), page };
    shown.page.answer(&shown)
}

fn row(item: &Item, page: &Page) -> Row {
    Row {
        link: page.link(&format!("/synpunkter/{}", item.document)),
        title: title(item, page),
        whom: whom(item, page),
        when: page.reader().time(item.sent_ms),
        until: until(item, page),
        replies: number(item.replies),
    }
}
