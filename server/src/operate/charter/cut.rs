//! `samsynd charter cut`: what this node has of a party's logs, as the argument of `charter amend --cut`.

use crate::{
    config::Config,
    driver,
    failure::Failure,
    identity,
    output::Output,
    store::{Access, Store},
};
use samsyn_core::{
    charter::LogTag,
    code::Code,
    id::{HeaderHash, LogId, OrgId},
    ledger::Ledger,
};
use serde_json::json;

/// Reads the store, beside a running node too.
pub async fn run(config: &Config, organisation: &OrgId) -> Result<Output, Failure> {
    let store = Store::open(&config.store.backend, Access::Tool).await?;
    let key = identity::load_log_key(&config.identity.log_key)?;
    let loaded = driver::load(&store, config.federation.organisation.clone(), key).await?;
    store.close().await;
    let ledger = loaded.machine.ledger();
    let tips: Vec<(&LogId, HeaderHash, u64)> = ledger
        .logs()
        .filter(|(log, _)| log.organisation == *organisation)
        .flat_map(|(log, stored)| stored.tips().iter().map(move |(tip, seq)| (log, *tip, *seq)))
        .collect();
    if tips.is_empty() {
        let message = format!("this node has no logs of '{organisation}'");
        return Err(Failure::new(
            Code::InputNotFound,
            message,
            format!("--cut {organisation} keeps nothing, which is then right"),
        )
        .field("organisation"));
    }
    let kept: Vec<String> = tips.iter().map(|(log, tip, _)| format!("{}:{tip}", LogTag::of(log))).collect();
    let argument = format!("{organisation}={}", kept.join(","));
    let mut text = String::new();
    for (log, tip, seq) in &tips {
        text.push_str(&format!(
            "log {}  {seq:>6} entries, last {}  {}\n",
            log.incarnation.short(),
            tip.short(),
            last_written(ledger, tip)
        ));
    }
    text.push_str(&format!("\n--cut {argument}"));
    let rows: Vec<_> = tips
        .iter()
        .map(|(log, tip, seq)| json!({"log": LogTag::of(log), "incarnation": log.incarnation, "last": tip, "entries": seq}))
        .collect();
    Ok(Output::new(text, json!({"cut": argument, "logs": rows})))
}

fn last_written(ledger: &Ledger, tip: &HeaderHash) -> String {
    let at = ledger
        .record(tip)
        .and_then(|r| i64::try_from(r.hlc_ms).ok())
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or_else(String::new, |at| format!("written {at:.0}"))
}
