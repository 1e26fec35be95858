//! Pages about the county as a whole: what the parties decide, plan and follow together.

mod chosen;
mod draw;
mod feed;
mod followup;
mod learning;
mod programme;
mod resources;
mod risks;
mod year;

use super::Setting;
use axum::{Router, routing::get};

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/uppfoljning", get(followup::page))
        .route("/risker", get(risks::page))
        .route("/resurser", get(resources::page))
        .route("/arshjul", get(year::page))
        .route("/arshjul/{file}", get(feed::file))
        .route("/larande", get(learning::page))
        .route("/programmet", get(programme::page))
        .route("/programmet/kallor", get(programme::sources))
}
