//! Whether a change continues those before it. Automerge takes any number: two operations of one name, or a count at
//! the end of what a number can hold, and every later edit fails.

use automerge::{ActorId, Automerge, Change, ChangeHash};
use std::collections::{BTreeMap, BTreeSet};

/// Changes looked at in one push to find out whether authors continue their own. An honest author's last change is
/// among the first ones looked at.
const LOOKS_MAX: usize = 200_000;

/// What is known of the changes of a document, and of those that are being added.
pub(super) struct Numbers {
    known: BTreeMap<ChangeHash, Known>,
    last_of: BTreeMap<ActorId, (u64, ChangeHash)>,
    looks_left: usize,
}

struct Known {
    deps: Vec<ChangeHash>,
    /// The number of its last operation; grows from each change to those that depend on it.
    last: u64,
}

impl Numbers {
    pub(super) fn of(document: &Automerge) -> Self {
        let mut numbers = Self { known: BTreeMap::new(), last_of: BTreeMap::new(), looks_left: LOOKS_MAX };
        for change in document.get_changes_meta(&[]) {
            numbers.add(change.actor.into_owned(), change.seq, change.hash, change.deps, change.max_op);
        }
        numbers
    }

    /// - it depends on something, and its first operation has the number after the last of all that it depends on;
    /// - it is its author's next one, and its author had the one before.
    pub(super) fn check(&mut self, change: &Change) -> Result<(), &'static str> {
        let after = change.deps().iter().filter_map(|d| self.known.get(d)).map(|known| known.last).max();
        if after.is_none_or(|after| change.start_op().get() != after + 1) {
            return Err("its operation numbers do not continue those it depends on");
        }
        let last = self.last_of.get(change.actor_id()).copied();
        if change.seq() != last.map_or(1, |(sequence, _)| sequence + 1) {
            return Err("its sequence number does not continue its author's");
        }
        if last.is_some_and(|(_, hash)| !self.descends(change.deps(), hash)) {
            return Err("it does not depend on its author's last change");
        }
        // A change without operations ends before it starts.
        let end = change.start_op().get() - 1 + change.len() as u64;
        self.add(change.actor_id().clone(), change.seq(), change.hash(), change.deps().to_vec(), end);
        Ok(())
    }

    fn add(&mut self, actor: ActorId, sequence: u64, hash: ChangeHash, deps: Vec<ChangeHash>, last: u64) {
        self.known.insert(hash, Known { deps, last });
        let newest = self.last_of.entry(actor).or_insert((sequence, hash));
        if newest.0 < sequence {
            *newest = (sequence, hash);
        }
    }

    /// True if the change is among these or their ancestors.
    fn descends(&mut self, from: &[ChangeHash], wanted: ChangeHash) -> bool {
        let floor = self.known.get(&wanted).map_or(0, |known| known.last);
        let mut to_visit: Vec<ChangeHash> = from.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(hash) = to_visit.pop() {
            if hash == wanted {
                return true;
            }
            let Some(left) = self.looks_left.checked_sub(1) else { return false };
            self.looks_left = left;
            let Some(known) = self.known.get(&hash) else { continue };
            // What comes before a change has smaller numbers, or the same where the change is empty.
            if known.last >= floor && seen.insert(hash) {
                to_visit.extend(&known.deps);
            }
        }
        false
    }
}
