//! A new proposal: for which body, with which text. It is a draft until the secretary organisation shares it.

use super::form::{own_id, person, say};
use crate::{
    failure::Failure,
    projection::fold,
    release::desk::write::put,
    web::{
        Site,
        error::Problem,
        form::{self, Fields, field},
        page::{Asked, Page},
    },
    who::Who,
};
use askama::Template;
use axum::{
    Form,
    extract::rejection::FormRejection,
    response::{IntoResponse, Redirect, Response},
};
use samsyn_client::{
    county::body::{self, BodyKind, Described},
    text::Text,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    governance,
    id::{AuthorityId, Name, Path},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Template)]
#[template(path = "county_decision_new.html")]
struct NewPage {
    page: Page,
    /// Bodies whose secretary the own organisation is.
    bodies: Vec<(String, String)>,
    /// Bodies that others found decisions of, with who, or that lack something.
    others: Vec<(String, String)>,
    authorities: Vec<(String, String)>,
    action: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/beslut", Text("Nytt förslag till beslut", "New proposal")).await?;
    let person = person(&site, lang)?;
    let failed = |f: Failure| Problem::of(f, lang);
    let own = own_id(&page);
    let authorities = site.desks.releases.writes_for(Who::Person(&person)).await.map_err(failed)?;
    let (mut bodies, mut others) = (Vec::new(), Vec::new());
    for described in described(&site).await.map_err(failed)? {
        let name = described.name.clone().unwrap_or_else(|| described.id.to_string());
        match &described.body {
            Ok(body) if body.secretary.as_str() == own => bodies.push((described.id.to_string(), name)),
            Ok(body) => others.push((name, page.parties.name(body.secretary.as_str()).to_owned())),
            Err(_) => others.push((name, page.t("inte färdigt beskrivet", "not fully described").to_owned())),
        }
    }
    bodies.sort_by_cached_key(|(_, name)| fold(name));
    others.sort_by_cached_key(|(name, _)| fold(name));
    let named = |id: &AuthorityId| (id.to_string(), page.reader().authority(&own, id.as_str()).to_owned());
    let answer = NewPage {
        authorities: authorities.iter().map(named).collect(),
        bodies,
        others,
        action: page.link("/beslut/nytt"),
        page,
    };
    answer.page.answer(&answer)
}

/// Every body that the programme's documents describe and nobody has said has ended.
async fn described(site: &Site) -> Result<Vec<Described>, Failure> {
    let records = site.view.records(DocumentKind::Programme, site.eyes, &site.moment).await?;
    let mut values: BTreeMap<Path, Value> = BTreeMap::new();
    let mut ids: BTreeSet<Name> = BTreeSet::new();
    for record in &records {
        ids.extend(record.below("/bodies").into_iter().filter_map(|id| Name::new(id).ok()));
        let settled = record.paths().filter_map(|(path, said)| match said {
            [only] => Some((path.clone(), only.value.clone()?)),
            _ => None,
        });
        values.extend(settled.filter(|(path, _)| path.as_str().starts_with("/bodies/")));
    }
    Ok(ids.iter().filter_map(|id| body::read(&values, id)).collect())
}

pub(super) async fn found(
    site: Site,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let lang = asked.lang;
    let form = form::fields(form);
    let page = Page::new(&site, asked, "/beslut", Text("Nytt förslag till beslut", "New proposal")).await?;
    let person = person(&site, lang)?;
    form::check_guard(&site, &form, lang)?;
    let failed = |f: Failure| Problem::of_decision(f, lang);
    let text = field(&form, "text").replace("\r\n", "\n");
    let empty =
        |name: &str| Failure::new(Code::InputEmpty, "something is missing", "fill it in").field(name.to_owned());
    for name in ["rubrik", "organ", "text"] {
        if field(&form, name).is_empty() {
            return Err(failed(empty(name)));
        }
    }
    let id = Name::new(field(&form, "organ")).map_err(|e| failed(e.into()))?;
    let known = described(&site).await.map_err(failed)?.into_iter().find(|described| described.id == id);
    let known = known.ok_or_else(|| {
        failed(Failure::new(Code::DecisionBodyUnknown, format!("no body '{id}'"), "choose one in the list"))
    })?;
    let authority = AuthorityId::new(field(&form, "myndighet")).map_err(|e| failed(e.into()))?;
    let mut says = Vec::new();
    say(&mut says, "/proposal/title", Value::Text(field(&form, "rubrik").to_owned())).map_err(failed)?;
    say(&mut says, "/proposal/body", Value::Reference(format!("body:{id}"))).map_err(failed)?;
    if let Some(name) = known.name {
        say(&mut says, "/proposal/body-name", Value::Text(name)).map_err(failed)?;
    }
    if let Some(kind) = known.kind {
        let kind = Value::Reference(format!("{}:{}", BodyKind::KIND, kind.as_str()));
        say(&mut says, "/proposal/body-kind", kind).map_err(failed)?;
    }
    if !field(&form, "mote").is_empty() {
        say(&mut says, "/proposal/meeting", Value::Date(field(&form, "mote").to_owned())).map_err(failed)?;
    }
    if !field(&form, "forankras").is_empty() {
        let label = Value::Text("Nämnd eller styrelse".to_owned());
        say(&mut says, "/proposal/steps/namnd/label", label).map_err(failed)?;
        say(&mut says, "/proposal/steps/namnd/order", Value::Integer(1)).map_err(failed)?;
    }
    let hash = governance::text_version(&text);
    say(&mut says, "/proposal/texts/v1/text", Value::Prose(text)).map_err(failed)?;
    say(&mut says, "/proposal/texts/v1/frozen", Value::Reference(hash)).map_err(failed)?;
    say(&mut says, "/proposal/put", Value::Reference("text:v1".to_owned())).map_err(failed)?;
    let desk = site.desks.releases.clone();
    // In a task of its own: a browser that goes away does not stop it half-way.
    let task = tokio::spawn(async move {
        let who = Who::Person(&person);
        let draft = desk.found_by(who, DocumentKind::Decision, authority).await?;
        let mark = desk.writing(who, draft).await?.mark;
        let says = says.into_iter().map(|(path, value)| (path, Some(value))).collect();
        desk.write(who, draft, &mark, |draft| put(draft, says)).await.map(|_| draft)
    });
    let draft = task.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    Ok(Redirect::to(&page.link(&format!("/utkast/{draft}"))).into_response())
}
