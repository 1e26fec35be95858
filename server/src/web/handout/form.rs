//! What somebody has decided of each passage: a pack, or the page again with what is missing.

use super::{HERE, Officer, TITLE, documents, examine::Examine};
use crate::{
    handout::{Answer, Answers, Choice, Made},
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
    extract::rejection::FormRejection,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// Bytes of a form here: some fields for each of many passages.
pub(super) const FORM_MAX: usize = 1024 * 1024;

pub(super) async fn decide(
    site: Site,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let lang = asked.lang;
    let form = form::fields(form);
    let page = Page::new(&site, asked, HERE, TITLE).await?;
    let officer = Officer::of(&site, &page).await?;
    form::check_guard(&site, &form, lang)?;
    let (authority, name) = officer.chosen(Some(field(&form, "myndighet")), &page.asked)?.clone();
    let chosen = form.iter().filter(|(key, _)| key == "arbete").map(|(_, value)| value.as_str());
    let wanted = documents(chosen, &page.asked)?;
    let answers = answers(&form);
    let (desk, person) = (site.desks.handouts.clone(), officer.person.clone());
    // In a task of its own: a browser that goes away does not stop it between the audit log's line and the pack.
    let work = tokio::spawn(async move {
        let who = Who::Person(&person);
        let examination = desk.examine(who, &authority, &wanted).await?;
        let made = desk.hand_out(who, &examination, &answers).await?;
        Ok((made, examination, answers))
    });
    let done = work.await.map_err(|e| Problem::ours(&e.to_string(), lang))?;
    match done.map_err(|f| Problem::of_handout(f, lang))? {
        (Made::Pack { bytes, name }, ..) => {
            let headers = [
                (header::CONTENT_TYPE, "application/zip".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            Ok((headers, bytes).into_response())
        }
        (Made::Faults(faults), examination, answers) => {
            let shown = Examine::of(page, name, &examination, Some(&answers), &faults);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown.page.answer(&shown)?).into_response())
        }
    }
}

/// Fields are named by what they say and the passage's key: `v-` the choice, `o-` the words, `b-` the provisions.
fn answers(form: &Fields) -> Answers {
    let mut answers = Answers {
        everywhere: Answer {
            choice: None,
            words: field(form, "ord").to_owned(),
            provisions: field(form, "ordb").to_owned(),
        },
        remains: field(form, "kvar").to_owned(),
        ..Answers::default()
    };
    for (name, value) in form {
        let Some((what, key)) = name.split_once('-') else { continue };
        let answer = || Answer::default();
        match what {
            "v" => {
                answers.passages.entry(key.to_owned()).or_insert_with(answer).choice = match value.as_str() {
                    "ge" => Some(Choice::Give),
                    "hel" => Some(Choice::Mask),
                    "del" => Some(Choice::Part),
                    _ => None,
                };
            }
            "o" => value.clone_into(&mut answers.passages.entry(key.to_owned()).or_insert_with(answer).words),
            "b" => value.clone_into(&mut answers.passages.entry(key.to_owned()).or_insert_with(answer).provisions),
            _ => {}
        }
    }
    answers
}
