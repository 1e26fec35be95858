//! The same lists as pages in Swedish: what an authority decides on, and what its archive keeps of it.

use super::show::Record;
use crate::{
    failure::{Doing, Failure},
    register::calendar,
    retention::{Plan, Why},
    rulebook::{What, in_swedish},
};
use askama::Template;
use samsyn_core::{
    charter::Charter,
    code::Code,
    id::{AuthorityId, OrgId},
    ledger::Ledger,
};
use std::{fs::OpenOptions, io::Write, path::Path};

const STYLE: &str = include_str!("../../../templates/style.css");

#[derive(Template)]
#[template(path = "dispose_plan.html")]
struct PlanPage<'a> {
    style: &'a str,
    organisation: String,
    authority: String,
    day: String,
    rules: &'a str,
    name: String,
    values: usize,
    due: Vec<DueRow<'a>>,
    stays: Vec<StaysRow<'a>>,
}

struct DueRow<'a> {
    title: &'a str,
    document: String,
    what: &'static str,
    values: usize,
    class: &'a str,
    after: String,
    since: String,
    basis: &'a str,
}

struct StaysRow<'a> {
    title: &'a str,
    document: String,
    why: String,
}

#[derive(Template)]
#[template(path = "dispose_record.html")]
struct RecordPage<'a> {
    style: &'a str,
    organisation: String,
    day: String,
    done: Vec<DoneRow<'a>>,
    kept: Vec<KeptRow>,
}

struct DoneRow<'a> {
    day: String,
    authority: String,
    document: String,
    what: &'static str,
    values: u64,
    class: &'a str,
    basis: &'a str,
    decision: &'a str,
    plan: &'a str,
    said: String,
    silent: String,
}

struct KeptRow {
    since: String,
    authority: String,
    document: String,
    values: usize,
    archive_owner: String,
}

/// What may go, for whoever decides.
pub(super) fn plan(ledger: &Ledger, own: &OrgId, plan: &Plan, file: &Path) -> Result<(), Failure> {
    let (_, charter) = ledger.charters().in_force();
    let due = plan.due.iter().map(|due| DueRow {
        title: untitled(&due.title),
        document: due.document.to_string(),
        what: what(due.what.as_str()),
        values: due.facts.len(),
        class: &due.class,
        after: in_swedish(&due.after),
        since: due.since.to_string(),
        basis: &due.basis,
    });
    let stays = plan.not_due.iter().map(|other| StaysRow {
        title: untitled(&other.title),
        document: other.document.to_string(),
        why: why(&other.why),
    });
    let page = PlanPage {
        style: STYLE,
        organisation: name(charter, own),
        authority: board(charter, own, &plan.authority),
        day: plan.day.to_string(),
        rules: &plan.rules,
        name: plan.name(),
        values: plan.facts(),
        due: due.collect(),
        stays: stays.collect(),
    };
    write(&page, file)
}

/// What has been erased, for the archive.
pub(super) fn record(ledger: &Ledger, own: &OrgId, record: &Record, file: &Path) -> Result<(), Failure> {
    let (_, charter) = ledger.charters().in_force();
    let names = |of: &[OrgId]| of.iter().map(|id| name(charter, id)).collect::<Vec<_>>().join(", ");
    let done = record.done.iter().map(|done| DoneRow {
        day: calendar::day(done.row.at_ms).to_string(),
        authority: board(charter, own, &done.row.authority),
        document: done.row.document.to_string(),
        what: what(&done.row.why.what),
        values: done.row.facts,
        class: &done.row.why.class,
        basis: &done.row.why.basis,
        decision: &done.row.why.decision,
        plan: &done.row.why.plan,
        said: names(&done.said),
        silent: names(&done.silent),
    });
    let kept = record.kept.iter().map(|kept| KeptRow {
        since: calendar::day(kept.since_ms).to_string(),
        authority: board(charter, own, &kept.authority),
        document: kept.document.to_string(),
        values: kept.facts.len(),
        archive_owner: kept.archive_owner.as_ref().map_or_else(String::new, |id| name(charter, id)),
    });
    let page = RecordPage {
        style: STYLE,
        organisation: name(charter, own),
        day: calendar::day(crate::driver::now_ms()).to_string(),
        done: done.collect(),
        kept: kept.collect(),
    };
    write(&page, file)
}

fn name(charter: &Charter, id: &OrgId) -> String {
    charter.party(id).map_or_else(|| id.to_string(), |party| party.name.clone())
}

fn board(charter: &Charter, own: &OrgId, id: &AuthorityId) -> String {
    let found = charter.party(own).and_then(|party| party.authorities.iter().find(|a| a.id == *id));
    found.map_or_else(|| id.to_string(), |authority| authority.name.clone())
}

fn untitled(title: &str) -> &str {
    if title.is_empty() { "(utan titel)" } else { title }
}

fn what(what: &str) -> &'static str {
    match what {
        what if what == What::Document.as_str() => "Allt som står i dokumentet",
        "request" => "Vad arkivägaren har gallrat",
        "kept" => "Vad som hade bevarats",
        _ => "Tidigare versioner",
    }
}

fn why(why: &Why) -> String {
    match why {
        Why::Held(reason) => format!("Undantaget: {reason}"),
        Why::NotBefore(day) => format!("Tidigast {day}"),
        Why::NotEnded => "Arbetet är inte avslutat".to_owned(),
        Why::Kept => "Bevaras enligt planen, eller nämns inte i den".to_owned(),
    }
}

/// A paper that somebody has decided on is not written over.
fn write(page: &impl Template, file: &Path) -> Result<(), Failure> {
    let text = page.render().map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))?;
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    let mut out = opened.doing("writing", file).map_err(|f| f.field("paper"))?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).doing("writing", file)
}
