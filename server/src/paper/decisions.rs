//! Decisions in papers: what a body has before it, and what each party has decided of its own.

use super::{
    Material, Order,
    chapters::{SV, or_unknown, table},
};
use samsyn_client::{
    county::decision::{Decision, Summary, words},
    vocabulary,
};
use samsyn_paper::{Section, Table};
use std::collections::BTreeMap;

/// Proposals whose texts stand in a paper: no meeting decides more.
const PROPOSALS_MAX: usize = 50;

pub(super) fn name(decision: &Decision) -> String {
    decision.title.clone().unwrap_or_else(|| "(utan rubrik)".to_owned())
}

pub(super) fn body(decision: &Decision) -> String {
    or_unknown(decision.body_name.as_deref())
}

pub(super) fn concluded(decision: &Decision) -> String {
    decision.concluded().map_or_else(
        || "inte beslutat".to_owned(),
        |(outcome, stated)| {
            let label = vocabulary::OUTCOME.show(outcome, SV);
            if stated { format!("{label} (enligt källan)") } else { label.to_owned() }
        },
    )
}

/// What the body has before it: proposals that nothing has come of; of every body where none is asked for.
pub(super) fn undecided<'a>(order: &Order, county: &'a Material) -> Vec<&'a Decision> {
    let asked = |d: &&Decision| {
        order.body.is_none() || d.body.as_ref().is_some_and(|body| Some(body.id.as_str()) == order.body.as_deref())
    };
    county.decisions.iter().filter(asked).filter(|decision| decision.is_open()).collect()
}

/// True if it is adopted and some party has not said what it does.
pub(super) fn waits(decision: &Decision, county: &Material) -> bool {
    decision.awaited(county.orgs()).is_some()
}

pub(super) fn proposals(order: &Order, county: &Material) -> Section {
    let proposals = undecided(order, county);
    let mut section = Section::new("Att besluta");
    for decision in proposals.iter().take(PROPOSALS_MAX) {
        section = section.heading(name(decision));
        let text = decision.decided_text().and_then(|version| version.text.clone());
        section = match text {
            Some(text) => section.text(text),
            None => section.nothing("Ingen text är ställd till beslut än."),
        };
        let motions = decision.motions.iter().filter_map(|m| {
            let by = m.by.as_deref().map(|by| format!("{}: ", county.name(by))).unwrap_or_default();
            Some(format!("Yrkande. {by}{}", m.text.as_deref()?))
        });
        let motions: Vec<String> = motions.collect();
        if !motions.is_empty() {
            section = section.list(motions, "");
        }
    }
    if proposals.len() > PROPOSALS_MAX {
        section = section.nothing(&format!("… och {} förslag till: se nodens sidor.", proposals.len() - PROPOSALS_MAX));
    }
    if proposals.is_empty() { section.nothing("Inget förslag väntar på beslut.") } else { section }
}

/// What the parties have decided of what a body has.
pub(super) fn ratifications(county: &Material, wanted: impl Fn(&Decision) -> bool) -> Table {
    let row = |d: &&Decision| {
        let progress = d.progress(county.orgs());
        // Parties that say the same in one line.
        let mut alike: BTreeMap<Summary, Vec<String>> = BTreeMap::new();
        for org in county.orgs().filter(|org| d.concerns(org)) {
            alike.entry(d.cell(org).summary()).or_default().push(county.name(org));
        }
        let line = |(summary, parties): (&Summary, &Vec<String>)| {
            let (sign, label) = words::summary(*summary);
            format!("{sign} {}: {}", label.of(SV), parties.join(", "))
        };
        let adopted = format!("{} av {}", progress.adopted, progress.parties);
        vec![name(d), concluded(d), adopted, alike.iter().map(line).collect::<Vec<_>>().join("\n")]
    };
    let decisions: Vec<&Decision> = county.decisions.iter().filter(|d| d.asks_parties() && wanted(d)).collect();
    let head = ["Ärende", "Organets beslut", "Antaget av", "Parternas egna beslut"];
    table("Vad parterna har beslutat var för sig", &head, decisions.iter().map(row).collect())
}

pub(super) fn waiting(county: &Material) -> Section {
    Section::new("Beslut som väntar på parterna")
        .table(ratifications(county, |d| waits(d, county)), "Inget beslut väntar på någon part.")
}
