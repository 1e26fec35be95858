//! Pages about the county as a whole: what the parties decide, plan and follow together.

mod balance;
mod chart;
mod ideas;
mod roadmap;
mod rollout;
mod shown;

pub(super) use shown::anchor;
mod decisions;
mod freshness;

use super::Setting;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/fardplan", get(roadmap::page))
        .route("/fardplan/{area}", get(roadmap::area::page))
        .route("/breddinforande", get(rollout::page))
        .route("/portfolj/balans", get(balance::page))
        .route("/portfolj/ideer", get(ideas::page))
        .route("/farskhet", get(freshness::page).post(freshness::attest))
        .merge(decisions::routes())
}
