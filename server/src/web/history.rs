//! Who has shared what of a work, the latest first.

use super::{
    Site,
    error::Problem,
    page::{Asked, Page, number},
};
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::{
    show::{audience_id, purpose_id},
    table::{clean, shorten},
    text::{self, Text},
    vocabulary,
};
use samsyn_wire::v1;

/// Entries on one page.
const PAGE: usize = 50;
/// Characters of a value.
const VALUE_MAX: usize = 300;

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    page: Page,
    work: String,
    title: String,
    total: String,
    entries: Vec<Entry>,
    earlier: Option<String>,
    later: Option<String>,
}

struct Entry {
    when: String,
    who: String,
    about: String,
    verdict: String,
    facts: Vec<Change>,
}

struct Change {
    label: String,
    before: String,
    after: String,
}

pub(super) async fn page(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |failure| Problem::of(failure, lang);
    let at =
        asked.value("sida").and_then(|n| n.parse::<usize>().ok()).filter(|n| (1..1_000_000).contains(n)).unwrap_or(1);
    let (history, total) = site.view.history_page(&id, site.eyes, (at - 1) * PAGE, PAGE).await.map_err(failed)?;
    let title = site.view.title(&history.document_id, site.eyes).await.map_err(failed)?;
    let page = Page::new(&site, asked, "/portfolj", Text("Historik", "History")).await?;
    let shown = History {
        work: page.link(&format!("/arbete/{}", history.document_id)),
        title: title.unwrap_or_else(|| page.t("(utan titel)", "(without a title)").to_owned()),
        total: number(total as u64),
        entries: history.entries.iter().map(|entry| shown(entry, &page)).collect(),
        earlier: (at > 1).then(|| page.with("sida", &(at - 1).to_string())),
        later: (at * PAGE < total).then(|| page.with("sida", &(at + 1).to_string())),
        page,
    };
    shown.page.answer(&shown)
}

fn shown(entry: &v1::HistoryEntry, page: &Page) -> Entry {
    let lang = page.asked.lang;
    let reader = page.reader();
    let mut about = Vec::new();
    if entry.kind() == v1::EntryKind::Document {
        about.push(page.t("arbetet lades upp", "the work was founded"));
    }
    if !entry.authority.is_empty() {
        about.push(reader.authority(&entry.organisation, &entry.authority));
    }
    about.extend(purpose_id(entry.purpose()).map(|id| vocabulary::PURPOSE.show(id, lang)));
    about.extend(audience_id(entry.audience()).map(|id| vocabulary::AUDIENCE.show(id, lang)));
    let verdict = entry.verdict.clone().unwrap_or_default();
    let label = match verdict.state() {
        v1::VerdictState::Pending => page.t("väntar", "pending"),
        v1::VerdictState::Refused => page.t("utan verkan", "without effect"),
        _ => "",
    };
    let value =
        |v: &v1::HistoryValue| shorten(&clean(&reader.stated(v.value.clone(), &v.value_fault, v.removed)), VALUE_MAX);
    let change = |fact: &v1::HistoryFact| Change {
        label: reader.path(&fact.path),
        before: fact.before.iter().map(value).collect::<Vec<_>>().join(" | "),
        after: fact.after.as_ref().map_or_else(|| text::UNKNOWN.of(lang).to_owned(), value),
    };
    let mut facts: Vec<&v1::HistoryFact> = entry.facts.iter().collect();
    facts.sort_by_key(|f| text::path_order(&f.path));
    Entry {
        when: reader.time(entry.stated_ms),
        who: page.parties.name(&entry.organisation).to_owned(),
        about: about.join(", "),
        verdict: if label.is_empty() { String::new() } else { format!("{label} ({})", verdict.code) },
        facts: facts.into_iter().map(change).collect(),
    }
}
