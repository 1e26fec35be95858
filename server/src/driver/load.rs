//! Building the machine from what is stored.

use crate::{failure::Failure, retention::request::Request, rulebook::Rulebook, store::Store};
use samsyn_core::{
    charter_book::CharterBook,
    code::Code,
    commit::{Proof, VerifiedCommit},
    id::{AuthorityId, DocumentId, FactId, HeaderHash, OrgId},
    ledger::Ledger,
    sign::{Domain, LogKey, Signature},
    sync::{Machine, Output},
    value::Value,
};
use std::collections::BTreeSet;

/// Entries whose values are read at once.
const HEADERS_PER_READ: usize = 256;

/// A machine as the store has it.
#[derive(Debug)]
pub struct Loaded {
    pub machine: Machine,
    /// The last position used.
    pub position: u64,
    /// The documents that items of registers wait for.
    pub unsettled: BTreeSet<(DocumentId, AuthorityId)>,
    /// What was stored before this program kept registers.
    pub unregistered: Vec<Unregistered>,
    /// Values that a database from an older backup holds, and that have been erased since (I10).
    pub erased: BTreeSet<FactId>,
    /// Values of drafts for comment that have come to their end while this node did not run.
    pub lapsed: BTreeSet<FactId>,
}

/// A commit that is in nobody's register, without values.
#[derive(Debug)]
pub struct Unregistered {
    pub commit: VerifiedCommit,
    /// Where its last entry lies.
    pub position: u64,
    pub stored_ms: u64,
}

/// Reads charters, entries and which values are held. Bytes that do not fit their hashes or their chain are damage:
/// an error with a remedy, never a silent fallback.
pub async fn load(store: &Store, own: OrgId, key: LogKey) -> Result<Loaded, Failure> {
    let mut charters = store.charters().await?.into_iter();
    let (bytes, signatures) = charters.next().ok_or_else(|| {
        Failure::new(
            Code::ConfigMissing,
            "the database holds no charter",
            "check [federation] charter, then start the node",
        )
    })?;
    let mut ledger = Ledger::new(CharterBook::found(bytes, &signatures)?);
    for (bytes, signatures) in charters {
        ledger.offer_charter(&bytes, &signatures)?;
    }
    let mut position = 0;
    let registered = store.first_register_item().await?;
    let mut unregistered = Vec::new();
    loop {
        let (commits, last) = store.commits_after(position).await?;
        if last == position {
            break;
        }
        position = last;
        for loaded in commits {
            let restored = ledger.restore(loaded.commit, loaded.proof).map_err(|refusal| {
                let header = refusal.header.map_or_else(String::new, |h| h.to_string());
                let message = format!("the stored commit {header} does not fit its log ({})", refusal.code);
                Failure::new(
                    Code::StoreDamaged,
                    message,
                    "restore the latest backup; what other parties have comes back from them",
                )
            })?;
            if let Some(commit) = restored {
                ledger.apply(&commit);
                if registered.is_none_or(|first| loaded.position < first) {
                    unregistered.push(Unregistered { commit, position: loaded.position, stored_ms: loaded.stored_ms });
                }
            }
        }
    }
    put_back(store, &ledger).await?;
    // By this node's own clock, before anybody is shown or sent anything.
    ledger.lapse(super::now_ms());
    let held = store.held_values().await?;
    let erased: BTreeSet<FactId> = held.iter().filter(|f| ledger.erased(f)).copied().collect();
    let lapsed: BTreeSet<FactId> = held.iter().filter(|f| ledger.lapsed(f)).copied().collect();
    let kept = held.iter().filter(|f| !erased.contains(*f) && !lapsed.contains(*f));
    let damaged = hold(store, &mut ledger, kept).await?;
    if damaged > 0 {
        let code = Code::StoreDamaged;
        tracing::error!(%code, damaged, "stored values do not fit their hashes: they count as missing and are asked of other parties; check the disk");
    }
    let unsettled = store.unsettled_documents().await?;
    Ok(Loaded { machine: Machine::new(own, key, ledger), position, unsettled, unregistered, erased, lapsed })
}

/// What an authority keeps of facts that are erased no longer (a charter has taken the erasure's effect) stands again.
async fn put_back(store: &Store, ledger: &Ledger) -> Result<(), Failure> {
    let kept = store.archived(None).await?.into_iter().map(|value| value.fact);
    let back: BTreeSet<FactId> = kept.filter(|fact| !ledger.erased(fact)).collect();
    if back.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    store.put_back_archived(&mut tx, &back).await?;
    tx.commit().await.map_err(crate::store::failure)
}

/// Carries out what an older backup has brought back values of, and ends the drafts for comment whose time has come.
pub async fn erase_again(store: &Store, loaded: &mut Loaded, rulebook: &Rulebook) -> Result<(), Failure> {
    let erased = std::mem::take(&mut loaded.erased);
    let lapsed = std::mem::take(&mut loaded.lapsed);
    if erased.is_empty() && lapsed.is_empty() {
        return Ok(());
    }
    let (ledger, own) = (loaded.machine.ledger(), loaded.machine.own());
    let mut tx = store.begin().await?;
    Request { ledger, own, rulebook, now_ms: super::now_ms() }.carry_out(store, &mut tx, &erased).await?;
    store.drop_lapsed(&mut tx, &lapsed).await?;
    tx.commit().await.map_err(crate::store::failure)
}

/// Counts values as held if they are what their outlines name; says how many are not.
async fn hold(store: &Store, ledger: &mut Ledger, held: impl Iterator<Item = &FactId>) -> Result<usize, Failure> {
    let mut damaged = 0;
    let headers: BTreeSet<HeaderHash> = held.map(|f| f.header).collect();
    let headers: Vec<HeaderHash> = headers.into_iter().collect();
    for chunk in headers.chunks(HEADERS_PER_READ) {
        for (header, values) in store.values_of(chunk).await? {
            for (index, value) in values {
                let id = FactId { header, index };
                let outline = ledger.fact(&id).and_then(|f| f.value.as_ref());
                if outline.is_some_and(|o| o.hash == Value::hash(&value.salt, &value.bytes)) {
                    ledger.value_arrived(&id);
                } else {
                    damaged += 1;
                }
            }
        }
    }
    Ok(damaged)
}

/// Checks one commit's own signature.
pub(super) fn check_proof(machine: &mut Machine, header: &[u8], signature: &Signature) -> Output {
    let tip = HeaderHash::of(header);
    let fits = machine.ledger().record(&tip).is_some_and(|r| r.key.verify(Domain::Commit, header, signature));
    machine.proven(tip, if fits { Proof::Own } else { Proof::Spoiled })
}
