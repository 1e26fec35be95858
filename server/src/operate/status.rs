//! `samsynd status`: how the running node on this machine is, and everything that wants an operator's attention, with
//! reason and remedy (keeps I11). Asks the node by the listener for clients, with the node's own TLS key.

use crate::{config::Config, failure::Failure, identity::NodeIdentity, output::Output};
use samsyn_core::code::Code;
use samsyn_wire::{
    transport::{self, PinSet},
    v1::{self, node_client::NodeClient},
};
use serde_json::{Value, json};
use std::{fmt::Write, time::Duration};
use tonic::{Response, Status, transport::Channel};

const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Entries of each kind that are listed; the totals count all.
const LISTED: u32 = 20;

/// What the node answered.
struct Answers {
    status: v1::StatusResponse,
    parties: Vec<v1::Party>,
    pending: v1::EntriesResponse,
    refused: v1::EntriesResponse,
    forks: Vec<v1::Fork>,
    notices: Vec<v1::Notice>,
}

/// Exit code 1 with `check` if something wants attention.
pub async fn run(config: &Config, check: bool) -> Result<Output, Failure> {
    let identity = NodeIdentity::load(&config.identity)?;
    let mut address = config.api.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let pins = PinSet::new([identity.tls.pin()]);
    let channel = transport::connect(&format!("https://{address}"), &identity.tls, pins).await.map_err(|error| {
        let failure = Failure::from(error);
        Failure { remedy: format!("start the node ('systemctl status samsynd'); {}", failure.remedy), ..failure }
    })?;
    let answers = ask(&mut NodeClient::new(channel)).await?;
    let concerns = concerns(&answers);
    let mut output = Output::new(text(&answers, &concerns), data(&answers, &concerns));
    output.exit_code = u8::from(check && !concerns.is_empty());
    Ok(output)
}

async fn ask(node: &mut NodeClient<Channel>) -> Result<Answers, Failure> {
    let list = || v1::EntriesRequest { page_size: LISTED, page_token: String::new() };
    Ok(Answers {
        status: call(node.status(v1::StatusRequest {})).await?,
        parties: call(node.parties(v1::PartiesRequest {})).await?.parties,
        pending: call(node.pending(list())).await?,
        refused: call(node.refused(list())).await?,
        forks: call(node.forks(v1::ForksRequest {})).await?.forks,
        notices: call(node.notices(v1::NoticesRequest {})).await?.notices,
    })
}

async fn call<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, Failure> {
    let late = |_| Failure::new(Code::Unreachable, "the node does not answer in time", "see its log");
    let answer = tokio::time::timeout(CALL_TIMEOUT, call).await.map_err(late)?;
    answer.map(Response::into_inner).map_err(|status| {
        let (code, remedy, _) = samsyn_wire::parse_status(&status);
        let remedy = if remedy.is_empty() { "see the node's log".to_owned() } else { remedy };
        Failure::new(code.unwrap_or(Code::Unreachable), status.message().to_owned(), remedy)
    })
}

/// What wants attention now, in a sentence each.
fn concerns(a: &Answers) -> Vec<String> {
    let s = &a.status;
    let mut concerns = Vec::new();
    if !s.paused_code.is_empty() {
        concerns.push(format!("nothing is accepted: {} [{}]", s.paused_message, s.paused_code));
    }
    if s.charter_disputed {
        concerns.push("two valid successors of the charter are known: settle it by an amendment".to_owned());
    }
    let counts = [
        (s.pending, "entries wait"),
        (s.refused, "entries are stored without effect"),
        (s.forks, "logs have forked"),
        (s.spoiled, "commits have a spoiled signature"),
        (s.missing_values, "values have not arrived"),
    ];
    concerns.extend(counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    let clocks = s.clock_warnings.iter();
    concerns.extend(clocks.map(|c| format!("the clock of {} differs by {} s", c.party, c.differs_ms / 1_000)));
    let silent = a.parties.iter().filter(|p| !p.own && !p.connected);
    concerns.extend(silent.map(|p| format!("no stream with {}: last contact {}", p.id, at(p.last_contact_ms))));
    concerns
}

fn text(a: &Answers, concerns: &[String]) -> String {
    let s = &a.status;
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default();
    line(format!(
        "node          {} (samsynd {}, {}, up {} s)",
        s.organisation,
        s.version,
        s.store,
        s.uptime_ms / 1_000
    ));
    line(format!("charter       version {} of {} {}", s.charter_version, s.federation_name, short(&s.federation_id)));
    line(format!("stored        {} commits, {} documents, {} works", s.commits, s.documents, s.works));
    let digest = s.spaces.iter().find(|space| space.county).map_or("", |space| &space.digest);
    line(format!("state digest  {digest}"));
    line(String::new());
    line(format!("{:<16}{:<11}{:<22}{:>8}{:>8}", "party", "stream", "last contact", "commits", "behind"));
    for p in &a.parties {
        let stream = if p.own {
            "this node"
        } else if p.connected {
            "up"
        } else {
            "down"
        };
        let contact = at(p.last_contact_ms);
        line(format!("{:<16}{stream:<11}{contact:<22}{:>8}{:>8}", p.id, p.commits, p.commits_behind));
    }
    for (title, list) in [("waiting", &a.pending), ("without effect", &a.refused)] {
        if list.total > 0 {
            line(format!("\n{title} ({} of {})", list.entries.len(), list.total));
        }
        for e in &list.entries {
            let verdict = e.verdict.as_ref();
            let (code, words) = verdict.map_or(("", ""), |v| (&v.code, &v.text));
            let org = e.log.as_ref().map_or("", |l| &l.organisation);
            line(format!("  {} of {org}, position {}: {code} ({words})\n    {}", short(&e.header), e.seq, e.remedy));
        }
    }
    for f in &a.forks {
        let org = f.log.as_ref().map_or("", |l| &l.organisation);
        line(format!("\nforked: a log of {org} at position {}, {} branches {}", f.seq, f.tips.len(), f.code));
        line(format!("    {}", f.remedy));
    }
    if !a.notices.is_empty() {
        line("\nnoticed since the start, latest first".to_owned());
    }
    for n in a.notices.iter().take(LISTED as usize) {
        line(format!("  {} [{}] {}\n    {}", at(Some(n.at_ms)), n.code, n.message, n.remedy));
    }
    line(String::new());
    match concerns {
        [] => line("nothing wants attention".to_owned()),
        _ => line(format!("wants attention:\n  {}", concerns.join("\n  "))),
    }
    out
}

fn data(a: &Answers, concerns: &[String]) -> Value {
    let s = &a.status;
    let entry = |e: &v1::EntryNotice| {
        json!({
            "header": e.header, "organisation": e.log.as_ref().map(|l| &l.organisation), "seq": e.seq,
            "document_id": e.document_id, "code": e.verdict.as_ref().map(|v| &v.code), "remedy": e.remedy,
        })
    };
    let entries = |list: &v1::EntriesResponse| json!({"total": list.total, "entries": list.entries.iter().map(entry).collect::<Vec<_>>()});
    let party = |p: &v1::Party| {
        json!({
            "id": p.id, "own": p.own, "connected": p.connected, "commits": p.commits, "commits_behind": p.commits_behind,
            "last_contact": time(p.last_contact_ms), "last_content": time(p.last_content_ms),
        })
    };
    let fork = |f: &v1::Fork| {
        json!({
            "organisation": f.log.as_ref().map(|l| &l.organisation), "seq": f.seq, "headers": f.headers,
            "tips": f.tips, "code": f.code, "remedy": f.remedy,
        })
    };
    let notice = |n: &v1::Notice| {
        json!({
            "at": time(Some(n.at_ms)), "code": n.code, "party": n.party, "message": n.message, "remedy": n.remedy,
        })
    };
    json!({
        "organisation": s.organisation, "version": s.version, "store": s.store, "uptime_ms": s.uptime_ms,
        "federation": s.federation_id, "charter_version": s.charter_version, "charter_disputed": s.charter_disputed,
        "commits": s.commits, "documents": s.documents, "works": s.works, "conflicts": s.conflicts,
        "digest": s.spaces.iter().find(|space| space.county).map(|space| &space.digest),
        "paused": (!s.paused_code.is_empty()).then(|| json!({"code": s.paused_code, "message": s.paused_message})),
        "missing_values": s.missing_values, "unproven": s.unproven, "spoiled": s.spoiled,
        "parties": a.parties.iter().map(party).collect::<Vec<_>>(),
        "pending": entries(&a.pending), "refused": entries(&a.refused),
        "forks": a.forks.iter().map(fork).collect::<Vec<_>>(),
        "notices": a.notices.iter().map(notice).collect::<Vec<_>>(),
        "attention": concerns,
    })
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// RFC 3339, to the second.
fn time(ms: Option<u64>) -> Option<String> {
    let seconds = i64::try_from(ms? / 1_000).ok()?;
    jiff::Timestamp::from_second(seconds).ok().map(|t| t.to_string())
}

fn at(ms: Option<u64>) -> String {
    time(ms).unwrap_or_else(|| "never".to_owned())
}
