//! What waits for a releaser, and the drafts that say something else than what is shared.

use super::insider;
use crate::{
    driver::now_ms,
    release::desk::Listed,
    store::RequestRow,
    web::{
        Site,
        error::Problem,
        page::{Asked, Page, number},
    },
};
use askama::Template;
use axum::response::Response;
use samsyn_client::text::Text;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const HOUR_MS: u64 = 60 * 60 * 1000;

#[derive(Template)]
#[template(path = "drafts.html")]
struct Drafts {
    page: Page,
    /// What somebody who has signed in is to say yes or no to.
    to_answer: Vec<Row>,
    others: Vec<Row>,
}

struct Row {
    link: String,
    title: String,
    authority: String,
    changed: String,
    state: String,
    reason: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/utkast", Text("Utkast", "Drafts")).await?;
    let who = insider(&site, &page)?;
    let listed = site.desks.releases.drafts(who).await.map_err(|f| Problem::of_draft(f, lang))?;
    let waits = |l: &Listed| l.request.as_ref().is_some_and(|r| r.request.answer.is_none());
    let mine = |l: &Listed| waits(l) && who.may_release(&l.row.authority);
    let (mut to_answer, others): (Vec<Listed>, Vec<Listed>) = listed.into_iter().filter(|l| l.differs).partition(mine);
    to_answer.sort_by_key(|l| l.request.as_ref().map(|r| r.asked_ms));
    let shown = Drafts {
        to_answer: to_answer.iter().map(|l| row(l, &page)).collect(),
        others: others.iter().map(|l| row(l, &page)).collect(),
        page,
    };
    shown.page.answer(&shown)
}

fn row(listed: &Listed, page: &Page) -> Row {
    let title = listed.row.title.trim();
    let own = page.parties.own().map_or("", |p| p.id.as_str());
    let answer = listed.request.as_ref().and_then(|r| r.request.answer.as_ref());
    Row {
        link: page.link(&format!("/utkast/{}", listed.row.id)),
        title: if title.is_empty() { page.t("(utan titel)", "(without a title)").to_owned() } else { title.to_owned() },
        authority: page.reader().authority(own, listed.row.authority.as_str()).to_owned(),
        changed: page.reader().time(listed.row.updated_ms),
        state: state(
            listed.request.as_ref().map(|r| (r, listed.request_stands)),
            listed.differs,
            listed.row.document.is_some(),
            page,
        ),
        reason: answer.filter(|a| !a.approved).map(|a| a.reason.clone()).unwrap_or_default(),
    }
}

/// Where a draft stands with its releaser: what was asked for, and whether it is still what would leave.
pub(super) fn state(request: Option<(&RequestRow, bool)>, differs: bool, shared: bool, page: &Page) -> String {
    match request.map(|(row, stands)| (row, stands, &row.request.answer)) {
        Some((row, stands, None)) => {
            let waits = if stands {
                page.t("Väntar på godkännande", "Waits for approval")
            } else {
                page.t(
                    "Ändrat efter begäran, som bara kan avslås",
                    "Changed after the request, which can only be refused",
                )
            };
            format!("{waits}, {}", age(now_ms().saturating_sub(row.asked_ms), page))
        }
        Some((_, _, Some(answer))) if differs && !answer.approved => page.t("Avslaget", "Refused").to_owned(),
        _ if !differs && shared => page.t("Delat", "Shared").to_owned(),
        _ if shared => page.t("Ändrat sedan det delades", "Changed since it was shared").to_owned(),
        _ => page.t("Inte delat", "Not shared").to_owned(),
    }
}

/// How long something has waited.
fn age(ms: u64, page: &Page) -> String {
    let (count, one, many) = match (ms / DAY_MS, ms / HOUR_MS) {
        (0, 0) => return page.t("mindre än en timme", "less than an hour").to_owned(),
        (0, hours) => (hours, page.t("timme", "hour"), page.t("timmar", "hours")),
        (days, _) => (days, page.t("dygn", "day"), page.t("dygn", "days")),
    };
    format!("{} {}", number(count), if count == 1 { one } else { many })
}
