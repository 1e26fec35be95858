//! Where writing begins: a new draft of a kind, or one of what is shared.

use crate::{
    failure::Failure,
    web::{
        Site,
        drafts::insider,
        error::Problem,
        form::{self, Fields, field},
        page::{Asked, Page},
        work::capital,
    },
    who::Who,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
};
use samsyn_client::{
    model,
    schema::{self, KINDS},
    text::Text,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{AuthorityId, DocumentId},
};

#[derive(Template)]
#[template(path = "write_new.html")]
struct NewPage {
    page: Page,
    kinds: Vec<(&'static str, String, bool)>,
    authorities: Vec<(String, String)>,
    back: String,
}

async fn made(site: &Site, asked: Asked) -> Result<Page, Problem> {
    Page::new(site, asked, "/utkast", Text("Skriv nytt", "Write anew")).await
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let page = made(&site, asked).await?;
    let lang = page.asked.lang;
    let who = insider(&site, &page)?;
    let authorities = site.desks.releases.writes_for(who).await.map_err(|f| Problem::of_draft(f, lang))?;
    let own = page.parties.own().map_or("", |p| p.id.as_str()).to_owned();
    let wanted = page.asked.value("slag").and_then(model::kind_of_name).unwrap_or(DocumentKind::Work);
    let named = |id: AuthorityId| (id.to_string(), page.reader().authority(&own, id.as_str()).to_owned());
    let shown = NewPage {
        kinds: KINDS
            .map(|kind| (model::kind_name(kind), capital(schema::kind_label(kind).of(lang)), kind == wanted))
            .to_vec(),
        authorities: authorities.into_iter().map(named).collect(),
        back: page.link("/skriv"),
        page,
    };
    shown.page.answer(&shown)
}

pub(super) async fn found(
    site: Site,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let form = form::fields(form);
    let page = made(&site, asked).await?;
    let lang = page.asked.lang;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let who = insider(&site, &page)?;
    form::check_guard(&site, &form, lang)?;
    let kind = model::kind_of_name(field(&form, "slag"))
        .ok_or_else(|| failed(Failure::new(Code::InputEmpty, "no kind is chosen", "choose one").field("slag")))?;
    let authority = AuthorityId::new(field(&form, "myndighet")).map_err(|e| failed(e.into()))?;
    let Who::Person(person) = who else { return Err(failed(Failure::new(Code::RoleForbidden, "sign in", "sign in"))) };
    let (desk, person) = (site.desks.releases.clone(), person.clone());
    let made = tokio::spawn(async move { desk.found_by(Who::Person(&person), kind, authority).await });
    let id = made.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    Ok(Redirect::to(&page.link(&format!("/skriv/{id}"))).into_response())
}

/// Begins a draft of what is shared, and goes to it.
pub(super) async fn adopt(
    site: Site,
    Path(id): Path<String>,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let form = form::fields(form);
    let page = made(&site, asked).await?;
    let lang = page.asked.lang;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let who = insider(&site, &page)?;
    form::check_guard(&site, &form, lang)?;
    let document = id.parse::<DocumentId>().map_err(|e| failed(e.into()))?;
    let Who::Person(person) = who else { return Err(failed(Failure::new(Code::RoleForbidden, "sign in", "sign in"))) };
    let (desk, person) = (site.desks.releases.clone(), person.clone());
    let made = tokio::spawn(async move { desk.adopt_by(Who::Person(&person), document).await });
    let id = made.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    Ok(Redirect::to(&page.link(&format!("/skriv/{id}"))).into_response())
}
