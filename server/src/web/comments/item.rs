//! One draft for comment: what it says until its last day, the replies, and where one is written.

use super::{insider, made, title, until, whom};
use crate::{
    comment::{Reply, Shown},
    failure::Failure,
    web::{
        Site,
        drafts::item::visible,
        error::Problem,
        form::{self, Fields, field},
        page::{Asked, Page},
        work::label,
    },
    who::Who,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
};
use samsyn_client::text;
use samsyn_core::code::Code;

#[derive(Template)]
#[template(path = "comment.html")]
struct CommentPage {
    page: Page,
    whom: String,
    when: String,
    until: String,
    ended: bool,
    question: String,
    says: Vec<(String, String)>,
    replies: Vec<Row>,
    may_reply: bool,
    /// Where a reply that has been begun is sent.
    begun: Option<String>,
    back: String,
    list: String,
}

struct Row {
    who: String,
    when: String,
    text: String,
}

pub(super) async fn page(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let mut page = made(&site, asked).await?;
    let lang = page.asked.lang;
    let who = insider(&site, &page)?;
    let shown = site.desks.comments.show(who, &id).await.map_err(|f| Problem::of_draft(f, lang))?;
    page.title = title(&shown.item, &page);
    let mut says: Vec<_> = shown.says.iter().collect();
    says.sort_by_key(|(path, _)| text::path_order(path.as_str()));
    let fact = |(path, value): (&samsyn_core::id::Path, &samsyn_core::value::Value)| {
        (label(path.as_str(), &page), visible(&page.reader().value(value)))
    };
    let answer = CommentPage {
        whom: whom(&shown.item, &page),
        when: page.reader().time(shown.item.sent_ms),
        until: until(&shown.item, &page),
        ended: shown.item.ended,
        question: visible(&shown.question),
        says: says.into_iter().map(fact).collect(),
        replies: shown.replies.iter().map(|reply| row(reply, &page)).collect(),
        may_reply: shown.may_reply,
        begun: shown.begun.map(|id| page.link(&format!("/utkast/{id}"))),
        back: back(&shown, &page),
        list: page.link("/synpunkter"),
        page,
    };
    answer.page.answer(&answer)
}

/// Keeps what somebody has written; it is sent from the page of the draft that it becomes.
pub(super) async fn write(
    site: Site,
    Path(id): Path<String>,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let form = form::fields(form);
    let page = made(&site, asked).await?;
    let lang = page.asked.lang;
    insider(&site, &page)?;
    form::check_guard(&site, &form, lang)?;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let person = site.session.as_ref().map(|session| session.person.clone());
    let Some(person) = person else { return Err(failed(Failure::new(Code::RoleForbidden, "sign in", "sign in"))) };
    let (desk, text) = (site.desks.comments.clone(), field(&form, "svar").to_owned());
    // In a task of its own: a browser that goes away does not stop it half-way.
    let task = tokio::spawn(async move { desk.write(Who::Person(&person), &id, &text).await });
    let draft = task.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    Ok(Redirect::to(&page.link_with(&format!("/utkast/{draft}"), "klart", "skrivet")).into_response())
}

fn back(shown: &Shown, page: &Page) -> String {
    page.link(&format!("/synpunkter/{}", shown.item.document))
}

fn row(reply: &Reply, page: &Page) -> Row {
    let organisation = reply.organisation.as_str();
    let authority = reply.authority.as_ref().map(|a| page.reader().authority(organisation, a.as_str()).to_owned());
    let gone = || page.t("(har inte kommit, eller är gallrat)", "(has not arrived, or is erased)").to_owned();
    Row {
        who: [Some(page.parties.name(organisation).to_owned()), authority]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", "),
        when: page.reader().time(reply.stated_ms),
        text: reply.text.as_deref().map_or_else(gone, visible),
    }
}
