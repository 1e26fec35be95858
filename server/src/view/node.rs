//! How the node is, and everything that waits, has no effect or has forked, with reasons (keeps I11).

use super::View;
use crate::{driver, failure::Failure};
use samsyn_core::{
    charter::PartyKind,
    code::Code,
    commit::Proof,
    effect::Verdict,
    entry::DocumentKind,
    id::{DocumentId, HeaderHash, LogId},
    ledger::{Ledger, Record},
    limits,
};
use samsyn_wire::v1;

const PAGE: usize = 100;
const PAGE_MAX: usize = 500;

impl View {
    pub(crate) async fn status(&self) -> Result<v1::StatusResponse, Failure> {
        let store = self.store.kind();
        self.driver
            .query(move |machine, state| {
                let ledger = machine.ledger();
                let (hash, charter) = ledger.charters().in_force();
                let verdicts = |pending: bool| {
                    ledger.without_effect().filter(|(_, r)| matches(&r.verdict, pending)).count() as u64
                };
                // Smaller spaces are named and counted for nobody here: every device asks (keeps I4).
                let space = ledger.county();
                let county = || ledger.documents().filter(|(_, d)| d.space == space);
                let spaces = vec![v1::SpaceState {
                    space: space.to_string(),
                    county: true,
                    digest: ledger.digest(&space).to_string(),
                    documents: county().count() as u64,
                }];
                let (own, incarnation) = (machine.own(), state.incarnation);
                let written = ledger.logs().any(|(id, _)| id.organisation == *own && id.incarnation == incarnation);
                v1::StatusResponse {
                    federation_id: ledger.federation().to_string(),
                    federation_name: charter.name.clone(),
                    charter_hash: hash.to_string(),
                    charter_version: charter.version,
                    charter_disputed: !ledger.charters().disputed().is_empty(),
                    organisation: machine.own().to_string(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    documents: county().count() as u64,
                    works: county().filter(|(_, d)| d.genesis.kind == DocumentKind::Work).count() as u64,
                    commits: ledger.commits_in(&space),
                    incarnation: if written { incarnation.to_string() } else { String::new() },
                    store: store.to_owned(),
                    uptime_ms: u64::try_from(state.started.elapsed().as_millis()).unwrap_or(u64::MAX),
                    clock_warnings: state
                        .clocks
                        .iter()
                        .map(|(party, ms)| v1::ClockWarning { party: party.to_string(), differs_ms: *ms })
                        .collect(),
                    pending: verdicts(true),
                    refused: verdicts(false),
                    forks: ledger.logs().filter(|(_, l)| l.forked()).count() as u64,
                    missing_values: ledger.missing_values().len() as u64,
                    unproven: ledger.unproven().len() as u64,
                    spoiled: ledger.unproven().values().filter(|p| **p == Proof::Spoiled).count() as u64,
                    paused_code: state.paused.as_ref().map_or_else(String::new, |f| f.code.to_string()),
                    paused_message: state.paused.as_ref().map_or_else(String::new, |f| f.message.clone()),
                    conflicts: county().map(|(_, d)| d.document.conflicts().count() as u64).sum(),
                    spaces,
                }
            })
            .await
    }

    pub(crate) async fn parties(&self) -> Result<v1::PartiesResponse, Failure> {
        self.driver
            .query(|machine, _| {
                let (_, charter) = machine.ledger().charters().in_force();
                let states = machine.parties();
                let mut parties: Vec<v1::Party> = charter
                    .parties
                    .iter()
                    .map(|p| {
                        let state = states.get(&p.id).cloned().unwrap_or_default();
                        v1::Party {
                            id: p.id.to_string(),
                            name: p.name.clone(),
                            own: p.id == *machine.own(),
                            connected: state.connected,
                            last_contact_ms: state.last_contact_ms,
                            last_content_ms: state.last_content_ms,
                            commits: state.commits,
                            commits_behind: state.behind,
                            kind: match p.kind {
                                PartyKind::Region => "region",
                                PartyKind::Municipality => "municipality",
                                PartyKind::Other => "other",
                            }
                            .to_owned(),
                            authorities: p.authorities.iter().map(|a| (a.id.to_string(), a.name.clone())).collect(),
                        }
                    })
                    .collect();
                parties.sort_by(|a, b| a.id.cmp(&b.id));
                v1::PartiesResponse { parties }
            })
            .await
    }

    pub(crate) async fn notices(&self) -> Result<v1::NoticesResponse, Failure> {
        self.driver
            .query(|_, state| {
                let told =
                    state.notices.iter().rev().filter_map(|(at_ms, notice)| Some((*at_ms, driver::told(notice)?)));
                let notice = |(at_ms, told): (u64, driver::Told)| v1::Notice {
                    at_ms,
                    code: told.code.to_string(),
                    party: told.party.map_or_else(String::new, |p| p.to_string()),
                    message: told.message,
                    remedy: told.remedy.to_owned(),
                };
                v1::NoticesResponse { notices: told.map(notice).collect() }
            })
            .await
    }

    pub(crate) async fn forks(&self) -> Result<v1::ForksResponse, Failure> {
        self.driver.query(|machine, _| {
            let county = machine.ledger().county();
            let forks = machine.ledger().logs().filter(|(_, log)| log.forked());
            let fork = |(id, log): (&LogId, &samsyn_core::ledger::Log)| {
                let seq = (1..=log.seq()).find(|seq| log.at(*seq).count() > 1).unwrap_or(0);
                let full = log.tips().len() >= limits::TIPS_PER_LOG_MAX;
                v1::Fork {
                    // That one has forked is told (I11), not between whom (I4).
                    log: (id.space == county).then(|| id.into()),
                    seq,
                    headers: log.at(seq).filter(|_| id.space == county).map(ToString::to_string).collect(),
                    tips: log.tips().keys().filter(|_| id.space == county).map(ToString::to_string).collect(),
                    code: if full { Code::ChainTips.to_string() } else { String::new() },
                    remedy: "ask the party whether a machine was cloned or restored; if its key was stolen, amend the charter with a new key and a cut".into(),
                }
            };
            v1::ForksResponse { forks: forks.map(fork).collect() }
        }).await
    }

    /// Entries that wait, or that have no effect.
    pub(crate) async fn entries(
        &self,
        request: v1::EntriesRequest,
        pending: bool,
    ) -> Result<v1::EntriesResponse, Failure> {
        let (limit, offset) = page(request.page_size, &request.page_token)?;
        self.driver
            .query(move |machine, _| {
                let ledger: &Ledger = machine.ledger();
                let fitting: Vec<(&HeaderHash, &Record)> =
                    ledger.without_effect().filter(|(_, r)| matches(&r.verdict, pending)).collect();
                let county = ledger.county();
                let shown = |(hash, record): &(&HeaderHash, &Record)| {
                    let told = notice(hash, record);
                    if record.log.space == county {
                        return told;
                    }
                    // That something waits is told (I11), not between whom (I4).
                    v1::EntryNotice { log: None, document_id: String::new(), ..told }
                };
                let entries = fitting.iter().skip(offset).take(limit).map(shown).collect();
                let total = fitting.len();
                let next_page_token = if offset + limit < total { (offset + limit).to_string() } else { String::new() };
                v1::EntriesResponse { entries, total: total as u64, next_page_token }
            })
            .await
    }
}

fn matches(verdict: &Verdict, pending: bool) -> bool {
    match verdict {
        Verdict::Pending(_) => pending,
        Verdict::Refused(_) => !pending,
        Verdict::Admitted => false,
    }
}

fn notice(hash: &HeaderHash, record: &Record) -> v1::EntryNotice {
    let remedy = match record.verdict {
        Verdict::Pending(_) => "it takes effect by itself when what it waits for arrives; ask the party if it stays",
        _ => "nothing here is harmed; tell the party what its node has sent",
    };
    v1::EntryNotice {
        header: hash.to_string(),
        log: Some((&*record.log).into()),
        seq: record.seq,
        kind: v1::EntryKind::from(record.kind).into(),
        document_id: if record.document == DocumentId::NONE { String::new() } else { record.document.to_string() },
        stated_ms: record.hlc_ms,
        verdict: Some((&record.verdict).into()),
        remedy: remedy.to_owned(),
    }
}

/// Rows in one answer, and where it begins.
pub(super) fn page(size: u32, token: &str) -> Result<(usize, usize), Failure> {
    let limit = if size == 0 { PAGE } else { (size as usize).min(PAGE_MAX) };
    let offset = if token.is_empty() { Ok(0) } else { token.parse() };
    let offset = offset.map_err(|_| {
        Failure::new(Code::InputValue, "the page token is not one of ours", "begin at the first page")
            .field("page_token")
    })?;
    Ok((limit, offset))
}
