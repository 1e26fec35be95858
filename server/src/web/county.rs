//! Pages about the county as a whole: what the parties decide, plan and follow together.

mod balance;
mod chart;
mod chosen;
mod decisions;
mod draw;
mod feed;
mod followup;
mod freshness;
mod ideas;
mod learning;
mod papers;
mod programme;
mod resources;
mod risks;
mod roadmap;
mod rollout;
mod shown;
mod year;

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
        .route("/uppfoljning", get(followup::page))
        .route("/risker", get(risks::page))
        .route("/resurser", get(resources::page))
        .route("/arshjul", get(year::page))
        .route("/arshjul/{file}", get(feed::file))
        .route("/larande", get(learning::page))
        .route("/programmet", get(programme::page))
        .route("/programmet/kallor", get(programme::sources))
        .merge(decisions::routes())
        .merge(papers::routes())
}
