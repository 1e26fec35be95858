//! The county's decisions as an Atom feed (RFC 4287), for those who follow them in another program. The same eyes as on the
//! page: without a session what was released to the public alone.

use super::{body_name, outcome, read_all, title};
use crate::{
    web::{
        Site,
        error::Problem,
        page::{Asked, Page},
    },
    xml::Element,
};
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use samsyn_client::{county::decision::words, text::Text, time};

/// Entries of a feed.
const ENTRIES: usize = 50;
/// Where nothing has been decided.
const NEVER: &str = "1970-01-01T00:00:00Z";

pub(super) async fn feed(site: Site, asked: Asked, headers: HeaderMap) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/beslut", Text("Beslut", "Decisions")).await?;
    let mut all = read_all(&site).await.map_err(|f| Problem::of(f, lang))?;
    all.sort_by(|a, b| (b.updated_ms, &a.id).cmp(&(a.updated_ms, &b.id)));
    all.truncate(ENTRIES);
    let root = crate::web::root(&headers);
    let when = |ms| time::iso(ms).unwrap_or_else(|| NEVER.to_owned());
    let entry = |decision: &samsyn_client::county::decision::Decision| {
        let (outcome, only_stated) = outcome(decision, &page);
        let by = if only_stated { page.t(" (enligt källan)", " (by the source)") } else { "" };
        let kind = words::kind(decision.is_position()).of(lang);
        let summary = format!("{} – {kind}: {outcome}{by}", body_name(decision));
        Element::new("entry").put([
            Element::text("title", title(decision, &page)),
            Element::text("id", format!("urn:samsyn:document:{}", decision.id)),
            Element::text("updated", when(decision.updated_ms)),
            Element::new("author").put([Element::text("name", page.parties.name(&decision.owner))]),
            Element::new("link").with("href", format!("{root}{}", page.link(&format!("/beslut/{}", decision.id)))),
            Element::text("summary", summary),
        ])
    };
    let latest = all.first().map_or(0, |decision| decision.updated_ms);
    let feed = Element::new("feed")
        .with("xmlns", "http://www.w3.org/2005/Atom")
        .with("xml:lang", page.lang())
        .put([
            Element::text("title", format!("{} – {}", page.t("Beslut", "Decisions"), page.federation)),
            Element::text("id", format!("urn:samsyn:decisions:{}", super::form::own_id(&page))),
            Element::text("updated", when(latest)),
            Element::new("author").put([Element::text("name", page.federation.clone())]),
            Element::new("link").with("rel", "self").with("href", format!("{root}{}", page.link("/beslut/atom.xml"))),
            Element::new("link").with("href", format!("{root}{}", page.link("/beslut"))),
        ])
        .put(all.iter().map(entry));
    let headers =
        [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"), (header::CACHE_CONTROL, "private, no-cache")];
    Ok((headers, feed.file()).into_response())
}
