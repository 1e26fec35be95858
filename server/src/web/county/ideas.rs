//! Ideas, applications and what was not included, with the reasons: nothing that somebody has thought of is lost, and who
//! thinks of it again finds it.

use crate::web::{
    Site,
    error::Problem,
    overview::title_of,
    page::{Asked, Page, number},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{county::work, text::Text, vocabulary};
use samsyn_core::code::Code;
use samsyn_wire::v1;

/// Stages of what is not, or not yet, in the portfolio.
const STAGES: [&str; 5] = ["idea", "feasibility", "application", "assessed", "not-included"];
/// Works of one stage that are shown; the portfolio has the rest.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "county_ideas.html")]
struct IdeasPage {
    page: Page,
    search: String,
    groups: Vec<Group>,
    total: String,
}

struct Group {
    id: &'static str,
    title: String,
    total: String,
    rows: Vec<Row>,
    /// Where all of them are, if they are more than are shown.
    more: Option<String>,
}

struct Row {
    title: String,
    link: String,
    owner: String,
    reason: String,
    partners: String,
    updated: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f| Problem::of(f, lang);
    let title = Text("Idéer, ansökningar och avslag", "Ideas, applications and refusals");
    let page = Page::new(&site, asked, "/portfolj", title).await?;
    let search = page.asked.value("sok").map(ToOwned::to_owned);
    let (mut groups, mut total) = (Vec::new(), 0);
    for stage in STAGES {
        let request = v1::ListWorksRequest {
            stage: Some(stage.to_owned()),
            text: search.clone(),
            page_size: SHOWN,
            ..v1::ListWorksRequest::default()
        };
        let list = site.view.list(request, site.eyes).await.map_err(failed)?;
        let mut rows = Vec::new();
        for found in &list.works {
            match site.view.record(&found.document_id, site.eyes, &site.moment).await {
                Ok(record) => rows.push(row(found, &work::read(&record), &page)),
                // Gone since the list was read.
                Err(failure) if failure.code == Code::InputNotFound => {}
                Err(failure) => return Err(failed(failure)),
            }
        }
        total += list.total;
        let label = vocabulary::STAGE.show(stage, lang);
        groups.push(Group {
            id: stage,
            title: crate::web::work::capital(label),
            total: number(list.total),
            rows,
            more: (!list.next_page_token.is_empty()).then(|| page.link_with("/portfolj", "skede", stage)),
        });
    }
    let shown = IdeasPage { search: search.unwrap_or_default(), groups, total: number(total), page };
    shown.page.answer(&shown)
}

fn row(found: &v1::WorkRow, read: &work::Work, page: &Page) -> Row {
    let reader = page.reader();
    let others = read.partners.iter().filter(|p| p.strip_prefix("org:") != Some(found.owner.as_str()));
    Row {
        title: title_of(found, page.asked.lang),
        link: page.link(&format!("/arbete/{}", found.document_id)),
        owner: page.parties.name(&found.owner).to_owned(),
        reason: read.stage_reason.clone().unwrap_or_default(),
        partners: others.map(|p| reader.reference(p)).collect::<Vec<_>>().join(", "),
        updated: reader.time(found.updated_ms).chars().take(10).collect(),
    }
}
