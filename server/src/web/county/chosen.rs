//! Which document a page is about, where there may be several of its kind; and what all these pages say of it: where its
//! rows come from, whether some of them contradict each other, and where it is written.

use super::super::{Site, error::Problem, page::Page};
use crate::failure::Failure;
use samsyn_client::{record::Record, schema, time};
use samsyn_core::{code::Code, date::Day, entry::DocumentKind};
use std::sync::Arc;

/// Contradictions that are named; the number says how many there are.
const CONTESTED_SHOWN: usize = 10;
/// Documents that can be chosen among.
const CHOICES_MAX: usize = 50;

pub(super) struct Chosen {
    /// None where there is no document of the kind for these eyes.
    pub(super) record: Option<Arc<Record>>,
    pub(super) head: Head,
}

/// What stands above the page's own matter.
pub(super) struct Head {
    pub(super) name: String,
    pub(super) owner: String,
    /// Empty where there is nothing to choose among.
    pub(super) choices: Vec<Choice>,
    /// Where every row stands with who has stated it and when.
    pub(super) source: String,
    /// For those who write.
    pub(super) write: Option<String>,
    /// What several parties have stated differently, by its label.
    pub(super) contested: Vec<String>,
    pub(super) contested_total: usize,
    pub(super) changed: String,
}

pub(super) struct Choice {
    pub(super) name: String,
    pub(super) link: String,
    pub(super) here: bool,
}

/// The document that `key` in the address names, else the first by name.
pub(super) async fn choose(site: &Site, page: &Page, kind: DocumentKind, key: &str) -> Result<Chosen, Problem> {
    let lang = page.asked.lang;
    let records = site.view.records(kind, site.eyes, &site.moment).await;
    let mut records = records.map_err(|f| Problem::of(f, lang))?;
    records.sort_by_cached_key(|record| (crate::projection::fold(name(record).unwrap_or_default()), record.id.clone()));
    let record = match page.asked.value(key) {
        None => records.first().cloned(),
        Some(id) => {
            let found = site.view.record(id, site.eyes, &site.moment).await.map_err(|f| Problem::of(f, lang))?;
            let none = || Failure::new(Code::InputNotFound, "there is no such document", "begin at the page's first");
            Some(Some(found).filter(|record| record.kind == kind).ok_or_else(|| Problem::of(none(), lang))?)
        }
    };
    let choice = |other: &Arc<Record>| Choice {
        name: name(other).unwrap_or(page.t("(utan namn)", "(without a name)")).to_owned(),
        link: page.with(key, &other.id),
        here: record.as_ref().is_some_and(|record| record.id == other.id),
    };
    let choices = if records.len() > 1 { records.iter().take(CHOICES_MAX).map(choice).collect() } else { Vec::new() };
    let head = record.as_ref().map(|record| head(record, page, kind));
    Ok(Chosen { head: Head { choices, ..head.unwrap_or_else(none) }, record })
}

fn name(record: &Record) -> Option<&str> {
    record.text(schema::title_path(record.kind)).filter(|name| !name.trim().is_empty())
}

fn none() -> Head {
    Head {
        name: String::new(),
        owner: String::new(),
        choices: Vec::new(),
        source: String::new(),
        write: None,
        contested: Vec::new(),
        contested_total: 0,
        changed: String::new(),
    }
}

fn head(record: &Record, page: &Page, kind: DocumentKind) -> Head {
    let lang = page.asked.lang;
    let label = |path: &samsyn_core::id::Path| match schema::label(kind, path, lang) {
        Some(label) => format!("{label} ({path})"),
        None => path.to_string(),
    };
    Head {
        name: name(record).unwrap_or_default().to_owned(),
        owner: page.parties.name(&record.owner).to_owned(),
        choices: Vec::new(),
        source: page.link(&format!("/arbete/{}", record.id)),
        write: page.sees_drafts().then(|| page.link(&format!("/skriv/{}", record.id))),
        contested: record.contested().take(CONTESTED_SHOWN).map(|(path, _)| label(path)).collect(),
        contested_total: record.contested().count(),
        changed: page.reader().time(record.updated_ms),
    }
}

/// The day that is looked at: the one that is asked for, else today.
pub(super) fn day(site: &Site) -> Day {
    time::day_of(now_ms(site))
}

pub(super) fn now_ms(site: &Site) -> u64 {
    site.moment.ms().unwrap_or_else(time::now_ms)
}

/// As it was written, or word that nothing is said.
pub(super) fn or_unknown(page: &Page, text: Option<&str>) -> String {
    text.map_or_else(|| page.t("uppgift saknas", "not stated").to_owned(), ToOwned::to_owned)
}
