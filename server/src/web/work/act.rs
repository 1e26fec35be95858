//! What the owner's coordinator answers on the page of a work: a remark, or a work that is proposed as alike. Each is written
//! into the draft, which *Utkast* shares; why two works are not alike stays in the draft's private part.

use crate::{
    driver::now_ms,
    failure::Failure,
    register::calendar,
    release::desk::write::{Writing, put},
    view::Moment,
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
    county::work,
    model::{Draft, ENTRIES_MAX},
    schema::{self, entry},
    text::{Lang, Text},
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{DocumentId, Incarnation, Path as FactPath},
    limits::REFERENCES_MAX,
    value::Value,
};
use std::collections::BTreeSet;

/// In front of a document's id, in the private part of a draft: why it is not alike.
const UNLIKE: &str = "unlike:";
/// Characters of such a reason.
const REASON_MAX: usize = 500;

/// Works that were found to be unlike this one, for those who write its draft.
pub(super) async fn unlike(site: &Site, document: &str) -> Result<BTreeSet<String>, Failure> {
    let (Some(session), Ok(document)) = (&site.session, document.parse::<DocumentId>()) else {
        return Ok(BTreeSet::new());
    };
    let (desk, who) = (&site.desks.releases, Who::Person(&session.person));
    let Some(draft) = desk.draft_of(who, document).await? else { return Ok(BTreeSet::new()) };
    let writing = desk.writing(who, draft).await?;
    Ok(writing.says.private.keys().filter_map(|key| key.strip_prefix(UNLIKE)).map(ToOwned::to_owned).collect())
}

/// The answer to a remark: accepted, noted or declined. What is accepted is written where it was proposed to stand.
pub(in crate::web) async fn remark(
    site: Site,
    Path(id): Path<String>,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let (form, lang) = (form::fields(form), asked.lang);
    let page = Page::new(&site, asked, "/portfolj", Text("Arbete", "Work")).await?;
    form::check_guard(&site, &form, lang)?;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let record = site.view.record(&id, site.eyes, &Moment::Now).await.map_err(failed)?;
    let read = work::read(&record);
    let chosen = |r: &&work::Remark| r.org == field(&form, "part") && r.id == field(&form, "post");
    let missing = || Failure::new(Code::InputNotFound, "there is no such remark", "open the page again");
    let remark = read.remarks.iter().find(chosen).ok_or_else(missing).map_err(failed)?;
    let answer = match (field(&form, "svar"), remark.proposes()) {
        (answer @ ("noted" | "declined"), _) => answer,
        ("accepted", Some(_)) => "accepted",
        _ => return Err(failed(Failure::new(Code::InputValue, "no such answer", "open the page again").field("svar"))),
    };
    let at = FactPath::new(&work::answer_path(&remark.org, &remark.id)).map_err(|e| failed(e.into()))?;
    let mut changes = vec![(at, Some(Value::Reference(format!("remark:{answer}"))))];
    if let ("accepted", Some((path, value))) = (answer, remark.proposes()) {
        let value = fitted(&path, value, &page).map_err(failed)?;
        changes.push((path, Some(value)));
    }
    let draft = change(&site, &record.id, move |draft| put(draft, changes)).await.map_err(failed)?;
    Ok(Redirect::to(&page.link(&format!("/utkast/{draft}"))).into_response())
}

/// A proposed value as its field holds it: what was written in words is read as if it had been entered there.
fn fitted(path: &FactPath, value: &Value, page: &Page) -> Result<Value, Failure> {
    let (Value::Text(text), Some((_, field))) = (value, schema::find(DocumentKind::Work, path.as_str())) else {
        return Ok(value.clone());
    };
    let wrong = |what: String| Failure::new(Code::InputValue, what, "decline it, or write the value yourself");
    match entry::parse(field, &[text.as_str()], &page.parties, field.name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(wrong("nothing is proposed".to_owned())),
        Err(problem) => Err(wrong(problem.message.of(Lang::En).to_owned())),
    }
}

/// Two works belong together, or they do not, and why.
pub(in crate::web) async fn alike(
    site: Site,
    Path(id): Path<String>,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let (form, lang) = (form::fields(form), asked.lang);
    let page = Page::new(&site, asked, "/portfolj", Text("Arbete", "Work")).await?;
    form::check_guard(&site, &form, lang)?;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let record = site.view.record(&id, site.eyes, &Moment::Now).await.map_err(failed)?;
    let other = site.view.record(field(&form, "arbete"), site.eyes, &Moment::Now).await.map_err(failed)?;
    match field(&form, "svar") {
        "koppla" => {
            let reference =
                format!("work:{}", other.text("/facts/public-number").filter(|n| legal(n)).unwrap_or(&other.id));
            let draft = change(&site, &record.id, move |draft| link(draft, reference)).await.map_err(failed)?;
            Ok(Redirect::to(&page.link(&format!("/utkast/{draft}"))).into_response())
        }
        "inte" => {
            let reason: String = field(&form, "skal").chars().filter(|c| !c.is_control()).take(REASON_MAX).collect();
            if reason.is_empty() {
                return Err(failed(Failure::new(Code::InputEmpty, "no reason is given", "say why").field("reason")));
            }
            let key = format!("{UNLIKE}{}", other.id);
            let said = format!("{} {reason}", calendar::day(now_ms()));
            change(&site, &record.id, move |draft| {
                if draft.private.len() < ENTRIES_MAX {
                    draft.private.insert(key, said);
                }
            })
            .await
            .map_err(failed)?;
            Ok(Redirect::to(&format!("{}#liknande", page.link(&format!("/arbete/{}", record.id)))).into_response())
        }
        _ => Err(failed(Failure::new(Code::InputValue, "no such answer", "open the page again").field("svar"))),
    }
}

/// A number that a reference can hold.
fn legal(number: &str) -> bool {
    Value::Reference(format!("work:{number}")).check().is_ok()
}

fn link(draft: &mut Draft, reference: String) {
    let Ok(path) = FactPath::new("/facts/related") else { return };
    let mut related = match draft.value(&path) {
        Some(Value::References(set)) => set,
        _ => BTreeSet::new(),
    };
    if related.len() < REFERENCES_MAX {
        related.insert(reference);
        draft.set(path, Value::References(related));
    }
}

/// Changes the own organisation's draft of a work of its own; begins one where there is none.
async fn change(
    site: &Site,
    document: &str,
    change: impl FnOnce(&mut Draft) + Send + 'static,
) -> Result<Incarnation, Failure> {
    let forbidden = || Failure::new(Code::RoleForbidden, "only coordinators of the owner answer", "sign in as one");
    let person = site.session.as_ref().map(|session| session.person.clone()).ok_or_else(forbidden)?;
    let (document, desk) = (document.parse::<DocumentId>().map_err(|_| forbidden())?, site.desks.releases.clone());
    let own = site.view.parties().await?.parties.into_iter().find(|party| party.own).map(|party| party.id);
    let owner = site.view.record(&document.to_string(), site.eyes, &Moment::Now).await?.owner.clone();
    if own != Some(owner) {
        return Err(Failure::new(Code::InputNotOwner, "the work belongs to another party", "ask its owner"));
    }
    // In a task of its own: a browser that goes away does not stop it half-way.
    let task = tokio::spawn(async move {
        let who = Who::Person(&person);
        let draft = desk.adopt_by(who, document).await?;
        let Writing { mark, .. } = desk.writing(who, draft).await?;
        desk.write(who, draft, &mark, change).await?;
        Ok::<_, Failure>(draft)
    });
    task.await.map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_added_to_those_that_stand_and_never_past_their_bound() {
        let mut draft = Draft::default();
        link(&mut draft, "work:a".to_owned());
        link(&mut draft, "work:b".to_owned());
        link(&mut draft, "work:a".to_owned());
        let path = FactPath::new("/facts/related").expect("a path");
        let Some(Value::References(set)) = draft.value(&path) else { panic!("no set") };
        assert_eq!(set, ["work:a".to_owned(), "work:b".to_owned()].into());
        (0..100).for_each(|n| link(&mut draft, format!("work:n{n}")));
        let Some(Value::References(set)) = draft.value(&path) else { panic!("no set") };
        assert_eq!(set.len(), REFERENCES_MAX);
        assert!(Value::References(set).check().is_ok());
    }

    #[test]
    fn a_number_that_no_reference_can_hold_is_not_used() {
        assert!(legal("sip-pa-distans") && !legal("SIP på distans") && !legal(&"x".repeat(200)));
    }
}
