//! *Noder*: the parties and how fresh each part is; and for the own organisation how its node is and all that waits, has
//! no effect, has forked or was set aside, with reasons and what to do (keeps I11).

use super::{
    Site,
    error::Problem,
    overview::{Freshness, freshness},
    page::{Asked, Page, number},
    reason::{self, Words},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::text::{Lang, Text};
use samsyn_wire::v1;

/// Entries of each kind that are shown; the count says how many there are.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "nodes.html")]
struct Nodes {
    page: Page,
    parties: Vec<Freshness>,
    /// Absent where only what is public is shown.
    own: Option<Own>,
}

struct Own {
    figures: Vec<(&'static str, String)>,
    paused: String,
    pending: Waiting,
    refused: Waiting,
    forks: Vec<Fork>,
    notices: Vec<Notice>,
}

struct Waiting {
    total: String,
    entries: Vec<Entry>,
}

struct Entry {
    party: String,
    kind: &'static str,
    when: String,
    code: String,
    reason: Words,
}

struct Fork {
    party: String,
    seq: u64,
    tips: usize,
    code: String,
}

struct Notice {
    when: String,
    party: String,
    code: String,
    message: Words,
    remedy: Words,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let page = Page::new(&site, asked, "/noder", Text("Noder", "Nodes")).await?;
    let own = if page.public { None } else { Some(own(&site, &page).await?) };
    let nodes = Nodes { parties: freshness(&page), own, page };
    nodes.page.answer(&nodes)
}

async fn own(site: &Site, page: &Page) -> Result<Own, Problem> {
    let lang = page.asked.lang;
    let failed = |failure| Problem::of(failure, lang);
    let status = site.view.status().await.map_err(failed)?;
    let entries = || v1::EntriesRequest { page_size: SHOWN, ..v1::EntriesRequest::default() };
    let pending = site.view.entries(entries(), true).await.map_err(failed)?;
    let refused = site.view.entries(entries(), false).await.map_err(failed)?;
    let forks = site.view.forks().await.map_err(failed)?;
    let notices = site.view.notices().await.map_err(failed)?;
    let reader = page.reader();
    let fork = |fork: &v1::Fork| Fork {
        party: fork.log.as_ref().map_or_else(String::new, |log| page.parties.name(&log.organisation).to_owned()),
        seq: fork.seq,
        tips: fork.tips.len(),
        code: fork.code.clone(),
    };
    let notice = |notice: &v1::Notice| Notice {
        when: reader.time(notice.at_ms),
        party: page.parties.name(&notice.party).to_owned(),
        code: notice.code.clone(),
        message: reason::why(&notice.code, &notice.message, lang),
        remedy: reason::remedy(&notice.code, &notice.remedy, lang),
    };
    Ok(Own {
        figures: figures(&status, lang),
        paused: status.paused_message.clone(),
        pending: waiting(&pending, page),
        refused: waiting(&refused, page),
        forks: forks.forks.iter().map(fork).collect(),
        notices: notices.notices.iter().map(notice).collect(),
    })
}

fn figures(status: &v1::StatusResponse, lang: Lang) -> Vec<(&'static str, String)> {
    let digest =
        status.spaces.iter().find(|s| s.county).map_or_else(String::new, |s| s.digest.chars().take(16).collect());
    let charter = if status.charter_disputed {
        Text("{}, omtvistat: två efterföljare", "{}, disputed: two successors")
            .say(lang, &[&status.charter_version.to_string()])
    } else {
        status.charter_version.to_string()
    };
    let rows = [
        (Text("Programmets version", "Version of the program"), status.version.clone()),
        (Text("Samverkansavtalets version", "Version of the charter"), charter),
        (Text("Arbeten", "Works"), number(status.works)),
        (Text("Utlämnanden i loggarna", "Releases in the logs"), number(status.commits)),
        (Text("Uppgifter som inte stämmer överens", "Facts in conflict"), number(status.conflicts)),
        (Text("Värden som inte har kommit", "Values that have not arrived"), number(status.missing_values)),
        (Text("Underskrifter som inte har prövats", "Signatures that have not been checked"), number(status.unproven)),
        (Text("Länets kontrollsumma, början", "The county's digest, its beginning"), digest),
    ];
    rows.into_iter().map(|(label, value)| (label.of(lang), value)).collect()
}

fn waiting(answer: &v1::EntriesResponse, page: &Page) -> Waiting {
    let lang = page.asked.lang;
    let entry = |entry: &v1::EntryNotice| {
        let verdict = entry.verdict.clone().unwrap_or_default();
        Entry {
            party: entry.log.as_ref().map_or_else(String::new, |log| page.parties.name(&log.organisation).to_owned()),
            kind: kind(entry.kind()).of(lang),
            when: page.reader().time(entry.stated_ms),
            reason: reason::why(&verdict.code, &verdict.text, lang),
            code: verdict.code,
        }
    };
    Waiting { total: number(answer.total), entries: answer.entries.iter().map(entry).collect() }
}

fn kind(kind: v1::EntryKind) -> Text {
    match kind {
        v1::EntryKind::Space => Text("samverkansyta", "space"),
        v1::EntryKind::Document => Text("nytt dokument", "new document"),
        v1::EntryKind::Release => Text("utlämnande", "release"),
        v1::EntryKind::Facts => Text("uppgifter", "facts"),
        v1::EntryKind::Erasure => Text("gallring", "erasure"),
        v1::EntryKind::Receipt => Text("kvittens", "receipt"),
        v1::EntryKind::Card => Text("kontaktkort", "card"),
        v1::EntryKind::Unspecified => Text("okänt slag", "unknown kind"),
    }
}
