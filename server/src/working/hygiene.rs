//! Changes that a device pushes are foreign bytes like any other: Automerge trusts its input, so they are sized, read,
//! held against the working copy and tried on a copy of it before the working copy takes them (keeps I6).
//!
//! In this order, since each step trusts what the one before has found:
//!
//! 1. the push as a whole: how many changes, how many bytes;
//! 2. `chunk`: each change's frame and runs, so that decoding it ends;
//! 3. what it depends on is here, and its numbers continue those of its author and of what it depends on;
//! 4. `shape`: each operation is one that an honest program could have made there;
//! 5. the copy is within its bounds, loads again as it was saved, reads as a working copy and holds legal values.

mod chunk;
mod numbers;
mod shape;

use crate::failure::Failure;
use automerge::{Automerge, Change, ChangeHash, ReadDoc};
use numbers::Numbers;
use samsyn_client::model;
use samsyn_core::code::Code;
use shape::Shape;
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Changes in one push.
const CHANGES_MAX: usize = 1_024;
/// Bytes of one push.
const PUSH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of a working copy, saved without compression: what it takes in memory follows from it.
pub(super) const WORKING_COPY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Operations that a working copy holds: letters written, fields set.
pub(super) const WORKING_COPY_OPERATIONS_MAX: u64 = 1_000_000;
/// Changes that a working copy holds: pushes and imports.
pub(super) const WORKING_COPY_CHANGES_MAX: u64 = 50_000;

/// Takes changes into a copy of the document: the copy, and how many were new. Anything odd refuses the whole push and
/// leaves the document as it was. Blocks for as long as a large copy takes to be read: seconds at the most.
pub fn take_changes(document: &Automerge, pushed: Vec<Vec<u8>>) -> Result<(Automerge, usize), Failure> {
    let changes = decode(pushed)?;
    guarded(|| {
        let new: Vec<Change> = changes.into_iter().filter(|c| !has(document, &c.hash())).collect();
        let count = new.len();
        let copy = apply(document, in_order(document, new)?)?;
        check(&copy)?;
        Ok((copy, count))
    })?
}

/// Within bounds, each a change.
fn decode(pushed: Vec<Vec<u8>>) -> Result<Vec<Change>, Failure> {
    let size: usize = pushed.iter().map(Vec::len).sum();
    if pushed.len() > CHANGES_MAX || size > PUSH_BYTES_MAX {
        return Err(too_large("more than 1 024 changes or 4 MiB in one push"));
    }
    let mut left = chunk::PUSH_OPERATIONS_MAX;
    let mut changes = Vec::with_capacity(pushed.len());
    for bytes in pushed {
        left -= chunk::operations(&bytes, left).map_err(|what| match what {
            chunk::MANY => too_large("more operations than the 200 000 of one push"),
            _ => odd(what),
        })?;
        let change = guarded(|| Change::from_bytes(bytes))?.map_err(|_| odd("it cannot be decoded"))?;
        changes.push(change);
    }
    Ok(changes)
}

/// Each change after those it depends on; one that depends on something unknown refuses the push.
fn in_order(document: &Automerge, changes: Vec<Change>) -> Result<Vec<Change>, Failure> {
    let mut by_hash: BTreeMap<ChangeHash, Change> = changes.into_iter().map(|c| (c.hash(), c)).collect();
    let mut heirs: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
    let mut waits: BTreeMap<ChangeHash, usize> = BTreeMap::new();
    for (hash, change) in &by_hash {
        let deps: BTreeSet<&ChangeHash> = change.deps().iter().collect();
        if deps.iter().any(|d| !by_hash.contains_key(*d) && !has(document, d)) {
            return Err(odd("it depends on a change that is not here"));
        }
        let here: Vec<&&ChangeHash> = deps.iter().filter(|d| by_hash.contains_key(**d)).collect();
        waits.insert(*hash, here.len());
        for dep in here {
            heirs.entry(**dep).or_default().push(*hash);
        }
    }
    let mut ready: Vec<ChangeHash> = waits.iter().filter(|(_, count)| **count == 0).map(|(hash, _)| *hash).collect();
    let mut ordered = Vec::with_capacity(by_hash.len());
    while let Some(hash) = ready.pop() {
        ordered.extend(by_hash.remove(&hash));
        for heir in heirs.remove(&hash).unwrap_or_default() {
            let Some(count) = waits.get_mut(&heir) else { continue };
            *count -= 1;
            if *count == 0 {
                ready.push(heir);
            }
        }
    }
    // A hash cannot depend on itself, so that nothing is left.
    Ok(ordered)
}

/// Tries the changes on a copy, one by one.
fn apply(document: &Automerge, changes: Vec<Change>) -> Result<Automerge, Failure> {
    let mut copy = document.clone();
    let mut numbers = Numbers::of(document);
    let mut shape = Shape::default();
    for change in changes {
        numbers.check(&change).map_err(odd)?;
        shape.check(&copy, &change).map_err(odd)?;
        copy.apply_changes([change]).map_err(|_| odd("Automerge refuses it"))?;
        let stats = copy.stats();
        if stats.num_ops > WORKING_COPY_OPERATIONS_MAX || stats.num_changes > WORKING_COPY_CHANGES_MAX {
            return Err(copy_too_large());
        }
    }
    Ok(copy)
}

/// What loads as it was saved, reads as a working copy and holds legal values cannot harm those who open it next.
fn check(copy: &Automerge) -> Result<(), Failure> {
    let saved = copy.save_nocompress();
    if saved.len() > WORKING_COPY_BYTES_MAX {
        return Err(copy_too_large());
    }
    let loaded = Automerge::load(&saved).map_err(|_| odd("the working copy could not be read again"))?;
    if loaded.get_heads() != copy.get_heads() {
        return Err(odd("the working copy would not be the same when read again"));
    }
    let draft = model::read(&loaded).map_err(super::failure)?;
    draft.check().map_err(super::failure)
}

fn has(document: &Automerge, hash: &ChangeHash) -> bool {
    document.get_change_meta_by_hash(hash).is_some()
}

/// Runs code that may panic on hostile bytes.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| odd("it makes Automerge panic"))
}

fn odd(what: &str) -> Failure {
    Failure::new(
        Code::InputChange,
        format!("a pushed change is damaged: {what}"),
        "throw the device's copy away and pull the working copy again",
    )
}

fn too_large(what: &str) -> Failure {
    Failure::new(Code::InputPushSize, what, "push in smaller parts")
}

/// Nothing can be taken out of a working copy's history; what it says can go on in a new one.
fn copy_too_large() -> Failure {
    Failure::new(
        Code::InputCopySize,
        "the working copy would be larger than one may be",
        "shorten what is written; if that is not enough, begin a new working copy",
    )
}
