//! What a registrar sends: a decision about items, or the last number of a series.

use super::Registrar;
use crate::{
    failure::Failure,
    register::{Case, Decision, Order},
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
    response::{IntoResponse, Redirect, Response},
};
use samsyn_client::text::Text;
use samsyn_core::{code::Code, id::AuthorityId};

/// Bytes of a form here: a hundred chosen items and some lines of text.
pub(super) const FORM_MAX: usize = 64 * 1024;

pub(super) async fn decide(
    site: Site,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |failure| Problem::of(failure, lang);
    let form = form::fields(form);
    let page = Page::new(&site, asked, "/diarium", Text("Diarium", "Register")).await?;
    let registrar = Registrar::of(&site, &page).await?;
    form::check_guard(&site, &form, lang)?;
    let back = back(field(&form, "till"));
    let (desk, person) = (site.desks.register.clone(), registrar.person.clone());
    if field(&form, "beslut") == "serie" {
        let authority = AuthorityId::new(field(&form, "myndighet")).map_err(|e| failed(e.into()))?;
        let last = field(&form, "senaste").parse::<u64>().map_err(|_| {
            failed(Failure::new(Code::InputNumber, "the last number is a whole number", "write it").field("senaste"))
        })?;
        let template = field(&form, "serie").to_owned();
        let confirmed =
            tokio::spawn(async move { desk.confirm_series(Who::Person(&person), &authority, &template, last).await });
        confirmed.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
        return Ok(Redirect::to(&back).into_response());
    }
    let order = order(&form).map_err(failed)?;
    // In a task of its own: a browser that goes away does not stop it half-way.
    let done = tokio::spawn(async move { desk.decide(Who::Person(&person), order).await });
    let done = done.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    let mark = if back.contains('?') { '&' } else { '?' };
    let done: Vec<String> = done.iter().map(|outcome| outcome.position.to_string()).collect();
    Ok(Redirect::to(&format!("{back}{mark}klart={}", done.join(","))).into_response())
}

/// Where the form was: a page of the register, and nothing else.
fn back(till: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && c != '\\' && c != '#';
    let ours = till == "/diarium" || till.starts_with("/diarium?") || till.starts_with("/diarium/post/");
    if ours && till.len() < 1_000 && till.chars().all(plain) && !till.contains("..") {
        till.split("&klart=").next().unwrap_or("/diarium").split("?klart=").next().unwrap_or("/diarium").to_owned()
    } else {
        "/diarium".to_owned()
    }
}

fn order(form: &Fields) -> Result<Order, Failure> {
    let wrong =
        |what: &str, field: &str| Failure::new(Code::InputValue, what.to_owned(), "open the page again").field(field);
    let items = form.iter().filter(|(key, _)| key == "post").map(|(_, value)| value.parse::<u64>());
    let items = items.collect::<Result<Vec<u64>, _>>().map_err(|_| wrong("no such item", "post"))?;
    let document = match field(form, "handling") {
        "" => None,
        text => Some(text.parse::<u64>().map_err(|_| {
            Failure::new(Code::InputNumber, "a document's number is a whole number", "leave it out").field("handling")
        })?),
    };
    let decision = match field(form, "beslut") {
        "nasta" => Decision::Register(Case::Next),
        "nummer" => Decision::Register(Case::Given {
            case: field(form, "nummer").to_owned(),
            document,
            elsewhere: !field(form, "tidigare").is_empty(),
        }),
        "ordna" => Decision::InOrder,
        "ringa" => Decision::Minor,
        "registreras" => Decision::ToRegister,
        "ratta" => Decision::Correct,
        "" => return Err(Failure::new(Code::InputEmpty, "no decision is chosen", "choose one").field("beslut")),
        _ => return Err(wrong("no such decision", "beslut")),
    };
    Ok(Order {
        authority: AuthorityId::new(field(form, "myndighet"))?,
        items,
        decision,
        subject: Some(field(form, "mening").to_owned()),
        protected_subject: Some(field(form, "skyddad").to_owned()),
        counterpart_protected: Some(!field(form, "dold").is_empty()),
        class: Some(field(form, "klass").to_owned()),
        reason: field(form, "skal").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_to_the_register_and_nowhere_else() {
        for (till, goes) in [
            ("/diarium?lage=alla&klart=3", "/diarium?lage=alla"),
            ("/diarium?klart=3", "/diarium"),
            ("/diarium/post/ks/12", "/diarium/post/ks/12"),
            ("//evil.example", "/diarium"),
            ("/diarium\\evil", "/diarium"),
            ("/diariumevil", "/diarium"),
            ("/diarium/post/../../logga-ut", "/diarium"),
            ("https://evil.example/diarium", "/diarium"),
        ] {
            assert_eq!(back(till), goes, "{till}");
        }
    }
}
