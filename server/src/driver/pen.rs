//! What an own commit is written with, and what one write keeps.

use crate::{
    failure::Failure,
    register::Written,
    retention::Erasing,
    store::{RequestRow, WorkingCopyRow},
};
use samsyn_core::{
    code::Code,
    commit::{Position, SignedCommit},
    id::{Incarnation, OrgId, SpaceId},
    ledger::Ledger,
    sign::LogKey,
};

/// What an own commit is built from.
#[derive(Debug)]
pub struct Pen<'a> {
    pub ledger: &'a Ledger,
    pub own: &'a OrgId,
    pub key: &'a LogKey,
    pub hlc_ms: u64,
    /// How often own entries have come back from peers since the start, this step included.
    pub came_back: u64,
    pub(super) incarnation: Incarnation,
}

#[cfg(test)]
impl<'a> Pen<'a> {
    /// One with which the same is written twice.
    pub(crate) fn fixed(ledger: &'a Ledger, own: &'a OrgId, key: &'a LogKey, hlc_ms: u64) -> Self {
        Self { ledger, own, key, hlc_ms, came_back: 0, incarnation: Incarnation([5; 16]) }
    }
}

impl Pen<'_> {
    /// What is signed with a key that the charter in force does not give this organisation has no effect anywhere.
    pub(super) fn check_key(&self) -> Result<(), Failure> {
        let (_, charter) = self.ledger.charters().in_force();
        if charter.party(self.own).is_some_and(|p| p.log_key == self.key.public()) {
            return Ok(());
        }
        let message = format!(
            "the charter in force (version {}) does not give '{}' the key of this node",
            charter.version, self.own
        );
        Err(Failure::new(
            Code::EffectKey,
            message,
            "start the node with the key that the charter names; until then nothing can be shared",
        ))
    }

    /// Where the next commit in a space stands.
    pub fn position(&self, space: SpaceId) -> Position {
        self.ledger.position(space, self.own, self.incarnation, self.key.public())
    }
}

/// What one write wants: a commit, rows of the organisation's own, or both in one transaction.
#[derive(Debug, Default)]
pub struct Composed {
    pub commit: Option<SignedCommit>,
    /// Commits that found smaller spaces, and what is first in these.
    pub circle: Vec<SignedCommit>,
    pub working_copy: Option<WorkingCopyRow>,
    pub request: Option<RequestRow>,
    pub register: Option<Written>,
    pub erasing: Option<Erasing>,
}
