//! `/api/v1`: the same read model for programs, in the shapes that `samsyn --json` prints, described by OpenAPI.

use super::{Setting, Site, error::Problem, page::Asked, portfolio, search};
use crate::failure::Failure;
use axum::{
    Router,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use samsyn_client::{json, model, text::Lang};
use samsyn_core::code::Code;
use samsyn_wire::v1;
use serde_json::Value;

const OPENAPI: &str = include_str!("openapi.json");
/// Entries of a history in one answer.
const HISTORY_PAGE: usize = 100;
/// Documents of a list in one answer.
const DOCUMENTS_PAGE: u64 = 100;

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/openapi.json", get(description))
        .route("/works", get(works))
        .route("/works/{id}", get(work))
        .route("/works/{id}/history", get(history))
        .route("/search", get(search))
        .route("/documents", get(documents))
        .route("/documents/{id}", get(work))
        .route("/parties", get(parties))
}

async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/vnd.oai.openapi+json;version=3.1")], OPENAPI).into_response()
}

/// An answer in the frame that all JSON of samsyn has, or a problem document.
fn answer(data: Result<Value, Failure>) -> Response {
    match data {
        Ok(data) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "private, no-cache")];
            (headers, serde_json::json!({"schema": 1, "data": data}).to_string()).into_response()
        }
        Err(failure) => {
            let detail = (failure.code == Code::InputValue).then(|| format!("{}: {}", failure.message, failure.remedy));
            Problem::of(failure, Lang::En).into_json(detail)
        }
    }
}

async fn works(site: Site, asked: Asked) -> Response {
    let data = async {
        asked.knows(&["part", "skede", "malgrupp", "form", "kriterium", "sok", "sida"])?;
        let page = page_of(&asked)?;
        let (request, _) = portfolio::request(&asked, page);
        let list = site.view.list(request, site.eyes).await?;
        Ok(json::works(&list, u32::try_from(page).unwrap_or(u32::MAX)))
    };
    answer(data.await)
}

async fn work(site: Site, Path(id): Path<String>) -> Response {
    answer(site.view.work_at(&id, site.eyes, &site.moment).await.map(|work| json::work(&work)))
}

async fn documents(site: Site, asked: Asked) -> Response {
    let data = async {
        asked.knows(&["slag", "sida"])?;
        let page = page_of(&asked)?;
        let kind = asked.value("slag").and_then(model::kind_of_name).ok_or_else(search::no_kind)?;
        let request = v1::ListDocumentsRequest {
            kind: v1::DocumentKind::from(kind).into(),
            page_token: (page - 1).saturating_mul(DOCUMENTS_PAGE).to_string(),
            page_size: u32::try_from(DOCUMENTS_PAGE).unwrap_or(u32::MAX),
            ..v1::ListDocumentsRequest::default()
        };
        let list = site.view.documents(&request, site.eyes).await?;
        Ok(json::documents(&list, u32::try_from(page).unwrap_or(u32::MAX)))
    };
    answer(data.await)
}

async fn search(site: Site, asked: Asked) -> Response {
    let data = async {
        asked.knows(&["sok", "slag", "sida"])?;
        let page = page_of(&asked)?;
        let request = search::request(&asked, page)?;
        let found = site.view.search(&request, site.eyes).await?;
        Ok(json::search(&found, u32::try_from(page).unwrap_or(u32::MAX)))
    };
    answer(data.await)
}

async fn history(site: Site, Path(id): Path<String>, asked: Asked) -> Response {
    let data = async {
        asked.knows(&["sida"])?;
        let page = usize::try_from(page_of(&asked)?).unwrap_or(usize::MAX);
        let from = page.saturating_sub(1).saturating_mul(HISTORY_PAGE);
        let (history, total) = site.view.history_page(&id, site.eyes, from, HISTORY_PAGE).await?;
        let mut data = json::history(&history);
        data["total"] = total.into();
        data["page"] = page.into();
        data["more"] = (from.saturating_add(HISTORY_PAGE) < total).into();
        Ok(data)
    };
    answer(data.await)
}

async fn parties(site: Site) -> Response {
    answer(site.view.parties().await.map(|answer| json::parties(&answer.parties)))
}

fn page_of(asked: &Asked) -> Result<u64, Failure> {
    let Some(text) = asked.value("sida") else { return Ok(1) };
    let number = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
    number.ok_or_else(|| {
        Failure::new(Code::InputValue, "'sida' is no page number", "write a number from 1").field("sida")
    })
}
