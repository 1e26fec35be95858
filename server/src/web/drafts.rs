//! *Utkast*: what the organisation's authorities have written and not shared, for those who write and release it. What
//! would leave is shown as it is, with to whom and with what effect, before anybody says yes.

mod form;
pub(super) mod item;
mod list;

use super::{Setting, Site, error::Problem, page::Page};
use crate::{
    failure::Failure,
    sign_in::{Person, Role},
    who::Who,
};
use axum::{Router, extract::DefaultBodyLimit, routing::get};
use samsyn_core::code::Code;

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/utkast", get(list::page))
        .route("/utkast/{id}", get(item::page).post(form::decide).layer(DefaultBodyLimit::max(form::FORM_MAX)))
}

/// True if somebody writes or releases anything.
pub(super) fn sees_any(person: &Person) -> bool {
    person.grants.iter().any(|grant| matches!(grant.role, Role::Coordinator | Role::Releaser))
}

/// Who has signed in, if they write or release anything.
fn insider<'a>(site: &'a Site, page: &Page) -> Result<Who<'a>, Problem> {
    let person = site.session.as_ref().map(|session| &session.person).filter(|person| sees_any(person));
    person.map(Who::Person).ok_or_else(|| {
        let failure = Failure::new(Code::RoleForbidden, "only coordinators and releasers see this", "sign in as one");
        Problem::of_draft(failure, page.asked.lang)
    })
}
