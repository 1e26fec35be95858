//! *Skriv*: the fields of a draft of any kind, group by group, each item with a form of its own. What is saved stays in the
//! organisation; *Utkast* shares it.

mod found;
mod home;
mod place;
mod save;
mod sheet;

use super::Setting;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

/// Bytes of a form: some long texts, where each byte can be written as three.
const FORM_MAX: usize = 1024 * 1024;

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/skriv", get(found::page).post(found::found))
        .route("/skriv/om/{id}", post(found::adopt))
        .route("/skriv/{id}", get(sheet::page).post(save::save).layer(DefaultBodyLimit::max(FORM_MAX)))
}
