//! Pages about the county as a whole: what the parties decide, plan and follow together.

mod freshness;
mod decisions;

use super::Setting;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/farskhet", get(freshness::page).post(freshness::attest))
        .merge(decisions::routes())
}
