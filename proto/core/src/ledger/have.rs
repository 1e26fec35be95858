//! What a node has, in the form that peers compare: level 1 (a hash per organisation), level 2 (tips per log), and the
//! headers between a peer's tips and ours.

use super::{Ledger, Tip};
use crate::{
    charter_book::Status,
    commit::Position,
    digest,
    entry::Link,
    id::{Digest, HeaderHash, Incarnation, LogId, OrgId, SpaceId},
    limits,
    sign::PublicKey,
};
use std::collections::{BTreeMap, BTreeSet};

impl Ledger {
    /// Level 1 of `Have`: one hash per organisation that has logs in the space.
    pub fn level1(&self, space: &SpaceId) -> BTreeMap<OrgId, Digest> {
        let mut pairs: BTreeMap<&OrgId, Vec<(Incarnation, HeaderHash)>> = BTreeMap::new();
        for (id, log) in self.logs_in(space) {
            let own = pairs.entry(&id.organisation).or_default();
            own.extend(log.tips.keys().map(|tip| (id.incarnation, *tip)));
        }
        pairs.into_iter().map(|(org, own)| (org.clone(), digest::logs(own.into_iter()))).collect()
    }

    /// Level 2: the tips of every log of an organisation in a space.
    pub fn level2(&self, space: &SpaceId, org: &OrgId) -> Vec<Tip> {
        let own = self.logs_in(space).filter(|(id, _)| id.organisation == *org);
        own.flat_map(|(id, log)| {
            log.tips.iter().map(|(hash, seq)| Tip { incarnation: id.incarnation, seq: *seq, hash: *hash })
        })
        .collect()
    }

    /// Logs are in the order of their spaces: those of others are not looked through.
    pub(super) fn logs_in(&self, space: &SpaceId) -> impl Iterator<Item = (&LogId, &super::Log)> {
        let space = *space;
        let first = LogId { space, organisation: OrgId::first(), incarnation: Incarnation([0; 16]) };
        self.logs.range(first..).take_while(move |(id, _)| id.space == space)
    }

    /// Header hashes by which a sender finds where our copy of a log ends: each tip, then ever sparser ancestors.
    pub fn locator(&self, log: &LogId) -> Vec<HeaderHash> {
        let mut hashes = Vec::new();
        let Some(stored) = self.logs.get(log) else { return hashes };
        for tip in stored.tips.keys() {
            let (mut at, mut step, mut wait) = (Some(*tip), 1u64, 0u64);
            while let Some(hash) = at {
                if wait == 0 && self.records.get(&hash).is_some_and(|r| r.end_of_commit) {
                    hashes.push(hash);
                    (wait, step) = (step, step * 2);
                } else {
                    wait = wait.saturating_sub(1);
                }
                if hashes.len() >= limits::LOCATOR_HASHES_MAX || (step > 2 && !stored.forked) {
                    break;
                }
                at = self.records.get(&hash).and_then(|r| r.previous);
            }
        }
        hashes.truncate(limits::LOCATOR_HASHES_MAX);
        hashes
    }

    /// The headers from a tip back to the first that `known` holds, oldest first.
    pub fn missing_range(&self, tip: &HeaderHash, known: &BTreeSet<HeaderHash>) -> Vec<HeaderHash> {
        let mut range = Vec::new();
        let mut at = Some(*tip);
        while let Some(hash) = at.filter(|h| !known.contains(h)) {
            let Some(record) = self.records.get(&hash) else { break };
            range.push(hash);
            at = record.previous;
        }
        range.reverse();
        range
    }

    /// Commits stored of an organisation's logs in a space.
    pub fn commits_of(&self, org: &OrgId, space: &SpaceId) -> u64 {
        self.logs_in(space).filter(|(id, _)| id.organisation == *org).map(|(_, log)| log.commits).sum()
    }

    /// When an organisation last stated something in a space that is no receipt, by its clock.
    pub fn content_ms(&self, org: &OrgId, space: &SpaceId) -> Option<u64> {
        self.logs_in(space).filter(|(id, _)| id.organisation == *org).filter_map(|(_, log)| log.content_ms).max()
    }

    /// Commits stored in a space.
    pub fn commits_in(&self, space: &SpaceId) -> u64 {
        self.logs_in(space).map(|(_, log)| log.commits).sum()
    }

    /// Every stored commit.
    pub fn commits(&self) -> u64 {
        self.logs.values().map(|log| log.commits).sum()
    }

    /// True if the end of a log cites a charter that is no longer in force, since another valid successor has come up.
    /// What its author wrote on in it under the version in force would go back behind that citation, and be refused for
    /// good once the dispute is settled: the writing process goes on under a new incarnation instead.
    pub fn overtaken(&self, log: &LogId) -> bool {
        let tips = self.logs.get(log).into_iter().flat_map(|l| l.tips.keys());
        let cited = tips.filter_map(|tip| self.records.get(tip)).map(|r| self.book.status(&r.charter));
        cited.into_iter().any(|status| !matches!(status, Status::InForce(_)))
    }

    /// Where a writing process's next commit in a space stands. A new incarnation begins a log of its own and names
    /// the tips of the organisation's earlier ones that it knows.
    pub fn position(&self, space: SpaceId, org: &OrgId, incarnation: Incarnation, key: PublicKey) -> Position {
        let log = LogId { space, organisation: org.clone(), incarnation };
        let tip = self.logs.get(&log).and_then(|l| l.tips.last_key_value());
        let (seq, link) = if let Some((hash, seq)) = tip {
            (seq + 1, Link::Next(*hash))
        } else {
            let mut earlier: Vec<HeaderHash> = self.level2(&space, org).into_iter().map(|t| t.hash).collect();
            earlier.truncate(limits::EARLIER_TIPS_MAX);
            (1, Link::First { key, earlier })
        };
        Position { federation: self.federation(), charter: self.charters().in_force().0, log, seq, link }
    }
}
