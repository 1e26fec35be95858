//! Changes that a device pushes are foreign bytes like any other: Automerge trusts its input, so they are decoded,
//! sized and tried on a copy before the working copy takes them (keeps I6).

use crate::failure::Failure;
use automerge::{Automerge, Change, ChangeHash, ReadDoc};
use samsyn_client::model;
use samsyn_core::code::Code;
use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Changes in one push.
const CHANGES_MAX: usize = 1_024;
/// Bytes of one push.
const PUSH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of a working copy, saved.
const WORKING_COPY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Where a chunk says what it is, and what a plain change says there. A compressed one could inflate a thousandfold.
const CHUNK_TYPE_AT: usize = 8;
const PLAIN_CHANGE: u8 = 1;

/// Takes changes into a copy of the document: the copy, and how many were new. Anything odd refuses the whole push and
/// leaves the document as it was.
pub fn take_changes(document: &Automerge, pushed: Vec<Vec<u8>>) -> Result<(Automerge, usize), Failure> {
    let size: usize = pushed.iter().map(Vec::len).sum();
    if pushed.len() > CHANGES_MAX || size > PUSH_BYTES_MAX {
        return Err(refused("more than 1 024 changes or 4 MiB in one push", "push in smaller parts"));
    }
    let mut changes = Vec::with_capacity(pushed.len());
    for bytes in pushed {
        if bytes.get(CHUNK_TYPE_AT) != Some(&PLAIN_CHANGE) {
            return Err(odd("a change is compressed or no change"));
        }
        let change = guarded(|| Change::from_bytes(bytes))?.map_err(|_| odd("a change cannot be decoded"))?;
        changes.push(change);
    }
    changes.retain(|c| document.get_change_by_hash(&c.hash()).is_none());
    let count = changes.len();
    let ordered = in_order(document, changes)?;
    let before = document.clone();
    let tried = guarded(move || {
        let mut copy = before;
        for change in ordered {
            check_numbers(&copy, &change)?;
            copy.apply_changes([change]).map_err(|e| odd(&e.to_string()))?;
        }
        let saved = copy.save();
        if saved.len() > WORKING_COPY_BYTES_MAX {
            return Err(refused("the working copy would be too large", "shorten its texts"));
        }
        // What loads, reads as a working copy and holds legal values cannot harm those who open it next.
        let loaded = Automerge::load(&saved).map_err(|e| odd(&e.to_string()))?;
        let draft = model::read(&loaded).map_err(super::failure)?;
        draft.check().map_err(super::failure)?;
        Ok(copy)
    })?;
    Ok((tried?, count))
}

/// Each change after those it depends on; one that depends on something unknown refuses the push.
fn in_order(document: &Automerge, mut changes: Vec<Change>) -> Result<Vec<Change>, Failure> {
    let mut ordered: Vec<Change> = Vec::with_capacity(changes.len());
    let mut known: BTreeSet<ChangeHash> = BTreeSet::new();
    while !changes.is_empty() {
        let ready = |c: &Change, known: &BTreeSet<ChangeHash>| {
            c.deps().iter().all(|d| known.contains(d) || document.get_change_by_hash(d).is_some())
        };
        let (now, later): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(|c| ready(c, &known));
        if now.is_empty() {
            return Err(odd("a change depends on one that is not here"));
        }
        known.extend(now.iter().map(Change::hash));
        ordered.extend(now);
        changes = later;
    }
    Ok(ordered)
}

/// Automerge takes any operation number and sequence; an honest change continues those before it.
fn check_numbers(document: &Automerge, change: &Change) -> Result<(), Failure> {
    let max_op = |h: &ChangeHash| document.get_change_by_hash(h).map_or(0, |c| c.max_op());
    let after = change.deps().iter().map(max_op).max().unwrap_or(0);
    if change.deps().is_empty() || change.start_op().get() != after + 1 {
        return Err(odd("its operation numbers do not continue those it depends on"));
    }
    Ok(())
}

/// Runs code that may panic on hostile bytes.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| odd("it makes Automerge panic"))
}

fn odd(what: &str) -> Failure {
    refused(
        &format!("a pushed change is damaged: {what}"),
        "throw the device's copy away and pull the working copy again",
    )
}

fn refused(message: &str, remedy: &str) -> Failure {
    Failure::new(Code::InputChange, message, remedy)
}
