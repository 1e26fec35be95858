//! *Utkast*: what the organisation's authorities have written and not shared, for those who write and release it. What
//! would leave is shown as it is, with to whom and with what effect, before anybody says yes.

mod form;
pub(super) mod item;
mod list;

use super::{Setting, Site, error::Problem, page::Page};
use crate::{failure::Failure, sign_in::Person, who::Who};
use axum::{Router, extract::DefaultBodyLimit, routing::get};
use samsyn_core::code::Code;

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/utkast", get(list::page))
        .route("/utkast/{id}", get(item::page).post(form::decide).layer(DefaultBodyLimit::max(form::FORM_MAX)))
}

/// True if somebody writes or releases anything.
pub(super) fn sees_any(person: &Person) -> bool {
    Who::Person(person).sees_any_drafts()
}

/// Who has signed in, if they write or release anything.
pub(super) fn insider<'a>(site: &'a Site, page: &Page) -> Result<Who<'a>, Problem> {
    let person = site.session.as_ref().map(|session| &session.person);
    insider_of(person).map_err(|failure| Problem::of_draft(failure, page.asked.lang))
}

pub(crate) fn insider_of(person: Option<&Person>) -> Result<Who<'_>, Failure> {
    person
        .filter(|person| sees_any(person))
        .map(Who::Person)
        .ok_or_else(|| Failure::new(Code::RoleForbidden, "only coordinators and releasers see this", "sign in as one"))
}
