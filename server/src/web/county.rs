//! Pages about the county as a whole: what the parties decide, plan and follow together.

use super::Setting;
use axum::Router;

pub(super) fn routes() -> Router<Setting> {
    Router::new()
}
