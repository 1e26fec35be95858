//! Figures for Prometheus: what the operator should be told of, with its reason as a label (keeps I11). Counted when
//! asked, from the same machine that decides; nothing here names a smaller space (keeps I4).

use crate::{
    driver::{Handle, State},
    failure::Failure,
    register::calendar,
    store::Store,
};
use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use samsyn_core::{
    code::Code,
    commit::Proof,
    sync::{Machine, PartyState},
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::net::TcpListener;

/// The format that Prometheus asks for first.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is measured.
#[derive(Debug, Clone)]
pub struct Source {
    pub driver: Handle,
    pub store: Arc<Store>,
    pub certificate_expires: Option<SystemTime>,
    /// Documents of which erased values may still stand in drafts or files.
    pub unfinished: Arc<AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    verdict: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfParty {
    party: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAuthority {
    authority: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfNotice {
    code: &'static str,
    party: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
    organisation: String,
}

const PAUSED: &str = "# HELP samsyn_store_paused 1 while the store fails: nothing is accepted or acknowledged.\n\
                      # TYPE samsyn_store_paused gauge\nsamsyn_store_paused 1\n# EOF\n";

/// Serves `/metrics` until the task is dropped.
pub async fn serve(listener: TcpListener, source: Source) -> Result<(), Failure> {
    let app = Router::new().route("/metrics", get(move || answer(source.clone())));
    axum::serve(listener, app).await.map_err(|e| Failure::io("serve metrics", &e))
}

async fn answer(source: Source) -> Response {
    let expires = source.certificate_expires;
    // What cannot be read is left out: nobody is told that nothing waits.
    let unfinished = source.unfinished.load(Ordering::Relaxed);
    let registers = Registers::read(&source.store).await.ok().map(|registers| Registers { unfinished, ..registers });
    let text = source.driver.query(move |machine, state| render(machine, state, expires, registers.as_ref())).await;
    match text {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        // The store fails, and what is in memory may be ahead of it: nothing else is told.
        Err(failure) if failure.code != Code::Stopping => {
            ([(header::CONTENT_TYPE, CONTENT_TYPE)], PAUSED).into_response()
        }
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the node is stopping\n").into_response(),
    }
}

pub(crate) fn render(
    machine: &Machine,
    state: &State,
    certificate_expires: Option<SystemTime>,
    registers: Option<&Registers>,
) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("samsyn");
    node(&mut registry, machine, state);
    stored(&mut registry, machine);
    parties(&mut registry, machine, state);
    state.timings.register(&mut registry);
    if let Some(registers) = registers {
        registers.render(&mut registry);
    }
    if let Some(until) = certificate_expires {
        let seconds = until.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        gauge(&mut registry, "certificate_expiry_timestamp_seconds", "When this node's TLS certificate ends", seconds);
    }
    let mut body = String::new();
    text::encode(&mut body, &registry)?;
    Ok(body)
}

/// What waits for registrars and archivists, by authority.
#[derive(Debug, Default)]
pub(crate) struct Registers {
    waiting: BTreeMap<String, u64>,
    overdue: BTreeMap<String, u64>,
    closed: u64,
    /// Values kept of what others have erased.
    kept: BTreeMap<String, u64>,
    unfinished: u64,
}

impl Registers {
    async fn read(store: &Store) -> Result<Self, Failure> {
        let mut registers = Self::default();
        let now = crate::driver::now_ms();
        for (authority, since) in store.waiting_since().await? {
            *registers.waiting.entry(authority.to_string()).or_default() += 1;
            *registers.overdue.entry(authority.to_string()).or_default() += u64::from(calendar::overdue(since, now));
        }
        let kept = store.archived_counts().await?;
        registers.kept = kept.into_iter().map(|(authority, count)| (authority.to_string(), count)).collect();
        registers.closed = number(store.register_series().await?.iter().filter(|s| s.closed).count());
        Ok(registers)
    }

    fn render(&self, registry: &mut Registry) {
        let of = |counts: &BTreeMap<String, u64>| {
            let row = |(authority, count): (&String, &u64)| (OfAuthority { authority: authority.clone() }, *count);
            counts.iter().map(row).collect::<Vec<_>>()
        };
        let help = "Items of a register that wait for a registrar's decision";
        family(registry, "register_waiting", help, of(&self.waiting));
        let help = "Of these, items that should have been decided by the last working day";
        family(registry, "register_overdue", help, of(&self.overdue));
        let help = "Series of register numbers that are closed until their last number is confirmed";
        gauge(registry, "register_series_closed", help, self.closed);
        let help = "Values that an authority keeps although the archive owner has had them erased";
        family(registry, "archive_kept_values", help, of(&self.kept));
        let help = "Documents of which erased values may still stand in drafts, free pages or the database's log";
        gauge(registry, "erasures_unfinished", help, self.unfinished);
    }
}

fn node(registry: &mut Registry, machine: &Machine, state: &State) {
    let ledger = machine.ledger();
    let build = Build { version: env!("CARGO_PKG_VERSION"), organisation: machine.own().to_string() };
    family(registry, "build_info", "Version of the program and whose node this is", [(build, 1)]);
    let uptime = state.started.elapsed().as_secs();
    gauge(registry, "uptime_seconds", "Seconds since the process started", uptime);
    let paused = u64::from(state.paused.is_some());
    gauge(registry, "store_paused", "1 while the store fails: nothing is accepted or acknowledged", paused);
    let version = ledger.charters().in_force().1.version;
    gauge(registry, "charter_version", "Version of the charter in force", u64::from(version));
    let disputed = u64::from(!ledger.charters().disputed().is_empty());
    gauge(registry, "charter_disputed", "1 while two valid successors of the charter are known", disputed);
    let notices = Family::<OfNotice, Counter>::default();
    registry.register("notices", "What the node has noticed since it started", notices.clone());
    for ((code, party), count) in &state.counts {
        let party = party.as_ref().map_or_else(String::new, ToString::to_string);
        notices.get_or_create(&OfNotice { code: code.as_str(), party }).inc_by(*count);
    }
}

fn stored(registry: &mut Registry, machine: &Machine) {
    let ledger = machine.ledger();
    let county = || ledger.documents().filter(|(_, d)| d.space == ledger.county());
    let mut reasons: BTreeMap<(&'static str, &'static str), u64> = BTreeMap::new();
    for (_, record) in ledger.without_effect() {
        let code = record.verdict.code().map_or("", Code::as_str);
        let verdict = if code.starts_with("pending.") { "pending" } else { "refused" };
        *reasons.entry((verdict, code)).or_default() += 1;
    }
    // Of the county: how much a smaller space holds is its members' business (keeps I4).
    let admitted = ledger.records().filter(|(_, r)| r.log.space == ledger.county() && r.verdict.admitted()).count();
    reasons.insert(("admitted", ""), number(admitted));
    let rows = reasons.into_iter().map(|((verdict, code), count)| (Reason { verdict, code }, count));
    family(registry, "entries", "Stored entries by verdict and its reason", rows);
    gauge(registry, "commits", "Commits stored, of all parties", ledger.commits_in(&ledger.county()));
    gauge(registry, "documents", "Documents with an admitted genesis", number(county().count()));
    let conflicts = county().map(|(_, d)| d.document.conflicts().count()).sum();
    gauge(registry, "conflicts", "Paths at which several facts stand", number(conflicts));
    let forked = ledger.logs().filter(|(_, log)| log.forked()).count();
    gauge(registry, "logs_forked", "Logs in which two commits stand at one position", number(forked));
    let full = ledger.logs().filter(|(_, log)| log.tips().len() >= samsyn_core::limits::TIPS_PER_LOG_MAX).count();
    gauge(registry, "logs_closed", "Forked logs that are no longer read since they have too many tips", number(full));
    let unproven = ledger.unproven();
    let spoiled = unproven.values().filter(|proof| **proof == Proof::Spoiled).count();
    gauge(
        registry,
        "commits_unproven",
        "Commits whose own signature is still to be checked",
        number(unproven.len() - spoiled),
    );
    gauge(
        registry,
        "commits_spoiled",
        "Commits whose own signature a relay has spoiled, and which is looked for elsewhere",
        number(spoiled),
    );
    gauge(
        registry,
        "values_missing",
        "Facts whose value has not arrived and is not erased",
        number(ledger.missing_values().len()),
    );
}

fn parties(registry: &mut Registry, machine: &Machine, state: &State) {
    let others: Vec<(OfParty, PartyState)> = machine
        .parties()
        .into_iter()
        .filter(|(id, _)| id != machine.own())
        .map(|(id, state)| (OfParty { party: id.to_string() }, state))
        .collect();
    let mut rows = |name, help, read: fn(&PartyState) -> Option<u64>| {
        let rows = others.iter().filter_map(|(label, state)| Some((label.clone(), read(state)?)));
        family(registry, name, help, rows);
    };
    rows("party_connected", "1 while a stream with the party's node stands", |s| Some(u64::from(s.connected)));
    rows("party_commits", "Commits of the party that are stored here", |s| Some(s.commits));
    rows("party_commits_behind", "Commits of the party that others say to have and this node lacks", |s| {
        Some(s.behind)
    });
    rows("party_last_contact_timestamp_seconds", "Latest signed contact time known, by the party's clock", |s| {
        s.last_contact_ms.map(|ms| ms / 1_000)
    });
    rows("party_last_content_timestamp_seconds", "When the party's latest entry was stated, by its clock", |s| {
        s.last_content_ms.map(|ms| ms / 1_000)
    });
    let clocks = state.clocks.iter().map(|(party, ms)| (OfParty { party: party.to_string() }, ms / 1_000));
    family(registry, "party_clock_difference_seconds", "How much clocks differ, where it is much", clocks);
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(crate::store::signed(value));
    registry.register(name, help, gauge);
}

fn family<L: EncodeLabelSet + Clone + Eq + std::hash::Hash + std::fmt::Debug + Send + Sync + 'static>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    rows: impl IntoIterator<Item = (L, u64)>,
) {
    let family = Family::<L, Gauge>::default();
    for (labels, value) in rows {
        family.get_or_create(&labels).set(crate::store::signed(value));
    }
    registry.register(name, help, family);
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
