//! Pages about the county as a whole: what the parties decide, plan and follow together.

mod balance;
mod chart;
mod decisions;
mod freshness;
mod ideas;
mod roadmap;
mod rollout;
mod shown;

pub(super) use shown::anchor;

use super::Setting;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/farskhet", get(freshness::page).post(freshness::attest))
        .route("/fardplan", get(roadmap::page))
        .route("/fardplan/{area}", get(roadmap::area::page))
        .route("/breddinforande", get(rollout::page))
        .route("/portfolj/balans", get(balance::page))
        .route("/portfolj/ideer", get(ideas::page))
        .merge(decisions::routes())
}
