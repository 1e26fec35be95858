//! The style sheet, under a name that changes with it, so that browsers may keep it for ever.

use super::error::Problem;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;

const STYLE: &str = include_str!("../../templates/style.css");
const KEPT: &str = "public, max-age=31536000, immutable";

static STYLE_NAME: LazyLock<String> =
    LazyLock::new(|| format!("samsyn-{}.css", &blake3::hash(STYLE.as_bytes()).to_hex()[..12]));

/// Where pages find the style sheet.
pub(super) fn style_path() -> String {
    format!("/static/{}", *STYLE_NAME)
}

pub(super) async fn file(Path(file): Path<String>) -> Result<Response, Problem> {
    if file != *STYLE_NAME {
        return Err(Problem::no_such_page(samsyn_client::text::Lang::Sv));
    }
    Ok(([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, KEPT)], STYLE).into_response())
}
