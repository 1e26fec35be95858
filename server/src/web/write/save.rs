//! Saving a form of the sheet: what was entered becomes values, all of it or, where something is wrong, nothing.

use super::{
    place::place_of,
    sheet::{self, Rejected, meant, path_of},
};
use crate::{
    failure::Failure,
    release::desk::write::{Writing, put},
    view::copy_id,
    web::{
        Site,
        drafts::insider,
        error::Problem,
        form::{self, Fields, field},
        page::{Asked, Page},
    },
    who::Who,
};
use automerge::ChangeHash;
use axum::{
    Form,
    extract::{Path, rejection::FormRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use samsyn_client::{
    schema::{Field, Group, Input, entry},
    text::Text,
};
use samsyn_core::{code::Code, id::Path as FactPath, value::Value};
use std::collections::BTreeMap;

pub(super) async fn save(
    site: Site,
    Path(id): Path<String>,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let form = form::fields(form);
    let page = Page::new(&site, asked, "/utkast", Text("(utan titel)", "(without a title)")).await?;
    let lang = page.asked.lang;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let who = insider(&site, &page)?;
    form::check_guard(&site, &form, lang)?;
    let copy = copy_id(&id).map_err(failed)?;
    let desk = site.desks.releases.clone();
    let writing = desk.writing(who, copy).await.map_err(failed)?;
    let own = page.parties.own().map_or("", |p| p.id.as_str());
    let place = place_of(&form).unwrap_or_default();
    let (n, group) = meant(&writing, field(&form, "grupp"), &place, own).ok_or_else(|| {
        failed(Failure::new(Code::InputPath, "the form names no part of the draft", "open the page again"))
    })?;
    let mark = marks(field(&form, "lage"));
    let remove = field(&form, "gor") == "bort";
    // What is added has a name of its own: under one that is taken it would take away what stands there.
    let adds = field(&form, "plats").contains("{id}");
    if adds && !removed(&writing, &place).is_empty() {
        return Err(failed(
            Failure::new(Code::InputConflict, "there is one of that name", "change that one").field("namn"),
        ));
    }
    let changes = if remove {
        removed(&writing, &place)
    } else {
        match entered(group, &place, &form, &writing, &page) {
            Ok(changes) => changes,
            Err((entered, problems)) => {
                let mark = field(&form, "lage").to_owned();
                let rejected = Rejected { group: n, place, entered, problems, mark };
                let mut answer = sheet::answer(&site, page, &id, Some(rejected)).await?;
                *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(answer);
            }
        }
    };
    let Who::Person(person) = who else { return Err(failed(Failure::new(Code::RoleForbidden, "sign in", "sign in"))) };
    let person = person.clone();
    // In a task of its own: a browser that goes away does not stop it half-way.
    let saved =
        tokio::spawn(async move { desk.write(Who::Person(&person), copy, &mark, |draft| put(draft, changes)).await });
    let changed = saved.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    let word = match (changed, remove) {
        (false, _) => "oforandrat",
        (true, true) => "borttaget",
        (true, false) => "sparat",
    };
    Ok(Redirect::to(&page.link_with(&format!("/skriv/{id}"), "klart", word)).into_response())
}

fn marks(text: &str) -> Vec<ChangeHash> {
    text.split_whitespace().filter_map(|hash| hash.parse().ok()).collect()
}

/// All that stands in an item.
fn removed(writing: &Writing, place: &str) -> Vec<(FactPath, Option<Value>)> {
    let below = format!("{place}/");
    let here = |path: &FactPath| path.as_str() == place || path.as_str().starts_with(&below);
    writing.says.values().into_keys().filter(here).map(|path| (path, None)).collect()
}

type Faults = (BTreeMap<String, Vec<String>>, BTreeMap<String, String>);

/// What was entered in the fields of an item that the form has; what differs from what the page showed is found when it is
/// written.
fn entered(
    group: &'static Group,
    place: &str,
    form: &Fields,
    writing: &Writing,
    page: &Page,
) -> Result<Vec<(FactPath, Option<Value>)>, Faults> {
    let (mut changes, mut all, mut problems) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let on_page: Vec<&str> = form::field(form, "visas").split_whitespace().collect();
    for field in group.fields {
        let name = format!("v-{}", field.name);
        // Those who are not among the choices are written beside them.
        let beside = format!("a{name}");
        let of_field = |key: &String| *key == name || *key == beside;
        let texts: Vec<String> = form.iter().filter(|(key, _)| of_field(key)).map(|(_, text)| text.clone()).collect();
        let path = FactPath::new(&path_of(place, field.name)).ok().filter(|path| writing.writable(path));
        let Some(path) = path.filter(|_| on_page.contains(&name.as_str())) else { continue };
        let entered: Vec<&str> = texts.iter().map(String::as_str).collect();
        let stands = writing.says.value(&path);
        if stands.as_ref().is_some_and(|value| entry::says(field, value, &entered, page.asked.lang)) {
            all.insert(field.name.to_owned(), texts);
            continue;
        }
        match entry::parse(field, &entered, &page.parties, field.name) {
            Ok(value) if stays(field, value.as_ref(), stands.as_ref()) => {}
            Ok(value) => changes.push((path, value)),
            Err(problem) => {
                let lang = page.asked.lang;
                let what = format!("{} {}.", problem.message.of(lang), problem.remedy.of(lang));
                problems.insert(field.name.to_owned(), what);
            }
        }
        all.insert(field.name.to_owned(), texts);
    }
    if problems.is_empty() { Ok(changes) } else { Err((all, problems)) }
}

/// A browser cannot tell an empty text from none.
fn stays(field: &Field, entered: Option<&Value>, stands: Option<&Value>) -> bool {
    let empty = |value: Option<&Value>| value.is_none_or(|value| value.as_text() == Some(""));
    entered == stands || (matches!(field.input, Input::Prose) && empty(entered) && empty(stands))
}
