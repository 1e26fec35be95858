//! `samsynd verify` and `samsynd rebuild`: what is derived against what is true. Raw commits are the truth. Working copies
//! are derived from nothing: of them it is checked that they can be opened.

use crate::{
    config::Config,
    driver,
    failure::Failure,
    identity::NodeIdentity,
    output::Output,
    projection,
    store::{Access, Store, WorkFilter, WorkRow, failure},
    working,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{DocumentId, FactId, HeaderHash},
    ledger::Ledger,
    sign::Domain,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Entries whose values are read at once.
const HEADERS_PER_READ: usize = 256;

/// Reads everything: the database's own check, every hash, chain and signature, every value against its hash, and the
/// projection against one made anew.
pub async fn verify(config: &Config) -> Result<Output, Failure> {
    let (store, ledger) = open(config).await?;
    let mut faults = Vec::new();
    tell(store.examine().await, &mut faults)?;
    let signatures = check_signatures(&store, &ledger, &mut faults).await?;
    let values = check_values(&store, &ledger, &mut faults).await?;
    let projection = check_projection(&store, &ledger, &mut faults).await;
    tell(projection, &mut faults)?;
    let drafts = check_working_copies(&store, &mut faults).await;
    tell(drafts, &mut faults)?;
    store.close().await;
    let data = json!({
        "commits": ledger.commits(), "signatures": signatures, "values": values,
        "missing_values": ledger.missing_values().len(), "digest": ledger.digest(&ledger.county()), "faults": faults,
    });
    if faults.is_empty() {
        let text = format!(
            "all is well: {} commits, {signatures} signatures, {values} values\nstate digest {}",
            ledger.commits(),
            ledger.digest(&ledger.county())
        );
        return Ok(Output::new(text, data));
    }
    let text = format!(
        "{} faults:\n  {}\nremedy: 'samsynd rebuild' mends what is derived; for damaged entries or values restore the latest backup",
        faults.len(),
        faults.join("\n  ")
    );
    let mut output = Output::new(text, data);
    output.exit_code = Code::StoreDiffers.exit_code();
    Ok(output)
}

/// Damage is what is looked for: it is told with the rest, and the search goes on.
fn tell(outcome: Result<(), Failure>, faults: &mut Vec<String>) -> Result<(), Failure> {
    match outcome {
        Err(failure) if failure.code == Code::StoreDamaged => {
            if !faults.contains(&failure.message) {
                faults.push(failure.message);
            }
            Ok(())
        }
        other => other,
    }
}

/// Makes the projection anew from the commits, in one transaction.
pub async fn rebuild(config: &Config) -> Result<Output, Failure> {
    let (store, ledger) = open(config).await?;
    let documents: BTreeSet<DocumentId> = ledger.documents().map(|(id, _)| id).collect();
    let mut tx = store.begin().await?;
    store.clear_works(&mut tx).await?;
    projection::refresh(&store, &mut tx, &ledger, &documents).await?;
    store.rebuild_words(&mut tx).await?;
    tx.commit().await.map_err(failure)?;
    store.close().await;
    let text = format!("rebuilt: {} documents from {} commits", documents.len(), ledger.commits());
    Ok(Output::new(text, json!({"documents": documents.len(), "commits": ledger.commits()})))
}

async fn open(config: &Config) -> Result<(Store, Ledger), Failure> {
    let identity = NodeIdentity::load(&config.identity)?;
    let store = Store::open(&config.store.backend, Access::Node).await?;
    let loaded = driver::load(&store, config.federation.organisation.clone(), identity.log_key).await?;
    Ok((store, loaded.machine.ledger().clone()))
}

/// Spoiled signatures are known and told apart; a signature marked as checked must fit.
async fn check_signatures(store: &Store, ledger: &Ledger, faults: &mut Vec<String>) -> Result<u64, Failure> {
    let (mut position, mut count) = (0, 0);
    loop {
        let (commits, last) = store.commits_after(position).await?;
        if last == position {
            return Ok(count);
        }
        position = last;
        for loaded in commits {
            let Some(header) = loaded.commit.entries.last().map(|e| &e.header) else { continue };
            let tip = HeaderHash::of(header);
            let fits =
                ledger.record(&tip).is_some_and(|r| r.key.verify(Domain::Commit, header, &loaded.commit.signature));
            count += 1;
            if !fits && loaded.proof == samsyn_core::commit::Proof::Own {
                faults.push(format!("commit {tip}: its signature does not fit"));
            }
        }
    }
}

async fn check_values(store: &Store, ledger: &Ledger, faults: &mut Vec<String>) -> Result<u64, Failure> {
    let headers: Vec<HeaderHash> =
        ledger.records().filter(|(_, r)| !r.outline.facts().is_empty()).map(|(h, _)| *h).collect();
    let mut count = 0;
    for chunk in headers.chunks(HEADERS_PER_READ) {
        for (header, values) in store.values_of(chunk).await? {
            for (index, value) in values {
                let id = FactId { header, index };
                count += 1;
                let outline = ledger.fact(&id).and_then(|f| f.value.as_ref());
                // A value of the wrong type is its author's fault, not damage: it is shown as no value.
                let hash = samsyn_core::value::Value::hash(&value.salt, &value.bytes);
                if outline.is_none_or(|o| o.hash != hash) {
                    faults.push(format!("value {id}: does not fit its hash"));
                }
                if ledger.erased(&id) {
                    faults.push(format!(
                        "value {id}: erased, and still stored; the node erases it again at its next start"
                    ));
                }
            }
        }
    }
    let kept = store.archived(None).await?.into_iter().map(|value| (value.document, value.authority));
    for (document, authority) in kept.collect::<BTreeSet<_>>() {
        for (id, value) in store.archived_values(&document, &authority).await? {
            count += 1;
            let outline = ledger.fact(&id).and_then(|f| f.value.as_ref());
            if outline.is_none_or(|o| o.hash != samsyn_core::value::Value::hash(&value.salt, &value.bytes)) {
                faults.push(format!("kept value {id}: does not fit its hash"));
            }
        }
    }
    Ok(count)
}

async fn check_projection(store: &Store, ledger: &Ledger, faults: &mut Vec<String>) -> Result<(), Failure> {
    let mut stored: BTreeMap<DocumentId, WorkRow> =
        all_works(store).await?.into_iter().map(|r| (r.document, r)).collect();
    for (id, founded) in ledger.documents().filter(|(_, f)| f.genesis.kind == DocumentKind::Work) {
        let headers: Vec<HeaderHash> = projection::standing_headers(&founded).into_iter().collect();
        let values = store.values_of(&headers).await?;
        if projection::work_row(ledger, id, &founded, &values) != stored.remove(&id) {
            faults.push(format!("work {id}: its row differs from its facts"));
        }
    }
    faults.extend(stored.keys().map(|id| format!("work {id}: its row stands without a document")));
    Ok(())
}

/// Every working copy can be opened, and its bridge stands on changes that it has.
async fn check_working_copies(store: &Store, faults: &mut Vec<String>) -> Result<(), Failure> {
    for row in store.working_copies().await? {
        if let Err(failure) = working::check_stored(&row.automerge, &row.bridge) {
            faults.push(format!("working copy {}: {failure}", row.id));
        }
    }
    Ok(())
}

async fn all_works(store: &Store) -> Result<Vec<WorkRow>, Failure> {
    let mut all = Vec::new();
    loop {
        let filter = WorkFilter { limit: 1_000, offset: all.len() as u64, ..WorkFilter::default() };
        let (mut rows, total) = store.works(&filter).await?;
        let done = rows.is_empty();
        all.append(&mut rows);
        if done || all.len() as u64 >= total {
            return Ok(all);
        }
    }
}
