//! *Om*: what is shown and what is counted, and the accessibility statement.

use super::{
    Site,
    error::Problem,
    page::{Asked, Page},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::text::Text;

#[derive(Template)]
#[template(path = "about.html")]
struct About {
    page: Page,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let about = About { page: Page::new(&site, asked, "/om", Text("Om samsyn", "About samsyn")).await? };
    about.page.answer(&about)
}
