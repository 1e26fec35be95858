//! Pages about the county as a whole: what the parties decide, plan and follow together.

mod decisions;
mod freshness;

use super::Setting;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<Setting> {
    Router::new().merge(decisions::routes()).route("/farskhet", get(freshness::page).post(freshness::attest))
}
