//! Forms as they come from pages of a session.

use super::{Site, error::Problem};
use crate::failure::Failure;
use axum::{Form, extract::rejection::FormRejection};
use samsyn_client::text::Lang;
use samsyn_core::code::Code;

/// Names may come several times.
pub(super) type Fields = Vec<(String, String)>;

/// What cannot be read is empty: what it lacks is said.
pub(super) fn fields(form: Result<Form<Fields>, FormRejection>) -> Fields {
    form.map_or_else(|_| Vec::new(), |Form(form)| form)
}

pub(super) fn field<'a>(form: &'a Fields, name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
}

/// Refuses what another site has somebody's browser send.
pub(super) fn check_guard(site: &Site, form: &Fields, lang: Lang) -> Result<(), Problem> {
    if site.session.as_ref().is_some_and(|session| session.guard.is(field(form, "skydd"))) {
        return Ok(());
    }
    let message = "a form that does not come from a page of this session";
    Err(Problem::of(Failure::new(Code::SignInForged, message, "open the page again"), lang))
}
