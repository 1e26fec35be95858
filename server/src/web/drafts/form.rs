//! What somebody decides about a draft: to share it, to ask for that, to answer.

use super::insider;
use crate::{
    failure::Failure,
    release::{
        Which,
        desk::{Decision, Outcome, Wanted},
    },
    view::copy_id,
    web::{
        Site,
        error::Problem,
        form::{self, Fields, field},
        page::{Asked, Page},
    },
    who::Who,
};
use axum::{
    Form,
    extract::{Path, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
};
use samsyn_client::text::Text;
use samsyn_core::{
    code::Code,
    entry::{Audience, Purpose},
    id,
};
use serde::de::DeserializeOwned;

/// Bytes of a form here: the paths of a large document, and some lines of text.
pub(super) const FORM_MAX: usize = 256 * 1024;

pub(super) async fn decide(
    site: Site,
    Path(id): Path<String>,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let form = form::fields(form);
    let page = Page::new(&site, asked, "/utkast", Text("Utkast", "Drafts")).await?;
    let who = insider(&site, &page)?;
    form::check_guard(&site, &form, lang)?;
    let id = copy_id(&id).map_err(failed)?;
    let desk = site.desks.releases.clone();
    let authority = desk.authority_of(id).await.map_err(failed)?;
    if !who.sees_drafts(&authority) {
        return Err(failed(Failure::new(Code::InputNotFound, "there is no such draft", "see the list")));
    }
    let person = site.session.as_ref().map(|session| session.person.clone());
    let Some(person) = person else { return Err(failed(Failure::new(Code::RoleForbidden, "sign in", "sign in"))) };
    // In a task of its own: a browser that goes away does not stop it half-way.
    let done = match field(&form, "beslut") {
        "dela" | "overtrumfa" => {
            let wanted = wanted(&form, authority).map_err(failed)?;
            let task =
                tokio::spawn(async move { Box::pin(desk.release(Who::Person(&person), id, &wanted)).await.map(Some) });
            task.await
        }
        answer @ ("godkann" | "avsla") => {
            let approve = answer == "godkann";
            let (content, reason) = (field(&form, "innehall").to_owned(), field(&form, "skal").to_owned());
            let decision = Decision { approve, content, reason };
            tokio::spawn(async move { Box::pin(desk.decide(Who::Person(&person), id, decision)).await }).await
        }
        _ => {
            let missing = Failure::new(Code::InputEmpty, "no decision is chosen", "choose one").field("beslut");
            return Err(failed(missing));
        }
    };
    let done = done.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    let word = word(done.as_ref());
    Ok(Redirect::to(&page.link_with(&format!("/utkast/{id}"), "klart", word)).into_response())
}

/// What the page says of it afterwards.
fn word(done: Option<&Outcome>) -> &'static str {
    match done {
        None => "avslaget",
        Some(done) if done.waits => "begart",
        Some(done) if !done.published.held.is_empty() => "hejdat",
        Some(done) if done.published.commit.is_none() => "inget",
        Some(_) => "delat",
    }
}

fn wanted(form: &Fields, authority: id::AuthorityId) -> Result<Wanted, Failure> {
    let empty = |what: &str, field: &str| Failure::new(Code::InputEmpty, what, "choose").field(field);
    let paths = form.iter().filter(|(key, _)| key == "uppgift").map(|(_, path)| id::Path::new(path));
    let paths = paths.collect::<Result<std::collections::BTreeSet<_>, _>>()?;
    if paths.is_empty() {
        return Err(empty("nothing is chosen", "uppgift"));
    }
    // What the form left out is not shared; all of it is as if nothing had been chosen.
    let all = field(form, "antal").parse() == Ok(paths.len());
    let overrule = match field(form, "beslut") {
        "overtrumfa" if field(form, "intygar").is_empty() => return Err(empty("nothing is assured", "intygar")),
        "overtrumfa" => Some(field(form, "skal").to_owned()),
        _ => None,
    };
    let looked_at = field(form, "innehall");
    if looked_at.is_empty() {
        return Err(empty("the form does not say what was looked at", "innehall"));
    }
    Ok(Wanted {
        which: if all { Which::All } else { Which::Only(paths) },
        purpose: Some(word_of::<Purpose>(form, "syfte")?),
        audience: Some(word_of::<Audience>(form, "krets")?),
        authority,
        role: None,
        looked_at: Some(looked_at.to_owned()),
        overrule,
    })
}

fn word_of<T: DeserializeOwned>(form: &Fields, name: &str) -> Result<T, Failure> {
    let unknown = |_| Failure::new(Code::InputEmpty, format!("no {name}"), "open the page again").field(name);
    serde_json::from_value(field(form, name).into()).map_err(unknown)
}
