//! What somebody decides about a draft: to share it, to ask for that, to answer.

use super::insider;
use crate::{
    driver::now_ms,
    failure::Failure,
    release::{
        Which, circle,
        desk::{Decision, Outcome, Wanted, gate},
    },
    secrecy::HeldBack,
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
use samsyn_client::{
    mark::{self, Provision},
    text::Text,
};
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
    gate::may_open(who, &authority).map_err(failed)?;
    let person = site.session.as_ref().map(|session| session.person.clone());
    let Some(person) = person else { return Err(failed(Failure::new(Code::RoleForbidden, "sign in", "sign in"))) };
    // In a task of its own: a browser that goes away does not stop it half-way.
    let done = match field(&form, "beslut") {
        "dela" | "be" | "overtrumfa" | "fraga" | "be-fraga" => {
            let wanted = wanted(&form, authority).map_err(failed)?;
            let knows = !field(&form, "vid").is_empty();
            let task = tokio::spawn(async move {
                let who = Who::Person(&person);
                if !knows && !wanted.asked.is_empty() && desk.preview(who, id, &wanted).await?.wide {
                    let message = "the circle is wide, and nobody has said that they know";
                    return Err(Failure::new(Code::SpaceWide, message, "choose fewer").field("vid"));
                }
                Box::pin(desk.release(who, id, &wanted)).await.map(Some)
            });
            task.await
        }
        answer @ ("godkann" | "avsla") => {
            let approve = answer == "godkann";
            let (content, reason) = (field(&form, "innehall").to_owned(), field(&form, "skal").to_owned());
            let decision = Decision { approve, content, reason };
            tokio::spawn(async move { Box::pin(desk.decide(Who::Person(&person), id, decision)).await }).await
        }
        word @ ("markera" | "avmarkera") => {
            let (path, provisions) = mark(&form, word == "markera").map_err(failed)?;
            let note = field(&form, "anteckning").to_owned();
            let task =
                tokio::spawn(
                    async move { desk.mark(Who::Person(&person), id, path.as_ref(), provisions, &note).await },
                );
            let changed = task.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
            let word = if changed { word } else { "oforandrat" };
            return Ok(Redirect::to(&page.link_with(&format!("/utkast/{id}"), "klart", word)).into_response());
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
        // What was left out is missing in what was chosen: the page judges the whole, and would not say so.
        Some(done) if !done.published.held.is_empty() && done.published.held.iter().all(lacks) => "ofullstandigt",
        Some(done) if !done.published.held.is_empty() => "hejdat",
        Some(done) if done.published.commit.is_none() => "inget",
        Some(done) if done.circle.is_some() => "fragat",
        Some(done) if done.reply_to.is_some() => "svarat",
        Some(_) => "delat",
    }
}

fn lacks(held: &HeldBack) -> bool {
    matches!(held.code, Code::InputEmpty | Code::InputCommentMissing)
}

fn wanted(form: &Fields, authority: id::AuthorityId) -> Result<Wanted, Failure> {
    let empty = |what: &str, field: &str| Failure::new(Code::InputEmpty, what, "choose").field(field);
    let paths = form.iter().filter(|(key, _)| key == "uppgift").map(|(_, path)| id::Path::new(path));
    let paths = paths.collect::<Result<std::collections::BTreeSet<_>, _>>()?;
    if paths.is_empty() {
        return Err(empty("nothing is chosen", "uppgift"));
    }
    let overrule = match field(form, "beslut") {
        "overtrumfa" if field(form, "intygar").is_empty() => return Err(empty("nothing is assured", "intygar")),
        "overtrumfa" => Some(field(form, "skal").to_owned()),
        _ => None,
    };
    let looked_at = field(form, "innehall");
    if looked_at.is_empty() {
        return Err(empty("the form does not say what was looked at", "innehall"));
    }
    let comment = matches!(field(form, "beslut"), "fraga" | "be-fraga");
    let (purpose, audience) = if comment {
        (Some(Purpose::ForComment), None)
    } else {
        (Some(word_of::<Purpose>(form, "syfte")?), Some(word_of::<Audience>(form, "krets")?))
    };
    Ok(Wanted {
        which: Which::Only(paths),
        purpose,
        audience,
        authority,
        role: None,
        looked_at: Some(looked_at.to_owned()),
        overrule,
        ask: matches!(field(form, "beslut"), "be" | "be-fraga"),
        asked: whose(form),
        now_ms: now_ms(),
    })
}

/// Whose comments are asked for: boxes that are ticked, and what is written beside them.
fn whose(form: &Fields) -> circle::Asked {
    let ticked = form.iter().filter(|(key, _)| key == "till" || key == "namnd").map(|(_, to)| to.trim().to_owned());
    let until = field(form, "senast");
    circle::Asked {
        to: ticked.filter(|to| !to.is_empty()).collect(),
        until: (!until.is_empty()).then(|| until.to_owned()),
        question: field(form, "fraga-text").to_owned(),
    }
}

/// What is to be marked, and with which provisions; none takes the mark away.
fn mark(form: &Fields, put: bool) -> Result<(Option<id::Path>, Option<Vec<Provision>>), Failure> {
    let path = match field(form, "plats") {
        "/" => None,
        path => Some(id::Path::new(path)?),
    };
    if !put {
        return Ok((path, None));
    }
    let names = ["bestammelse", "annan"];
    let chosen = form.iter().filter(|(key, value)| names.contains(&key.as_str()) && !value.trim().is_empty());
    let provisions = mark::provisions(chosen.map(|(_, value)| value.as_str()))
        .map_err(|e| Failure::new(Code::SecrecyProvision, e.to_string(), "choose at least one").field("bestammelse"))?;
    Ok((path, Some(provisions)))
}

fn word_of<T: DeserializeOwned>(form: &Fields, name: &str) -> Result<T, Failure> {
    let unknown = |_| Failure::new(Code::InputEmpty, format!("no {name}"), "open the page again").field(name);
    serde_json::from_value(field(form, name).into()).map_err(unknown)
}
