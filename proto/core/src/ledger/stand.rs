//! What a signed statement about the whole of a space can stand on: entries that come after all others, and from them what
//! has been stated since. Two nodes that have those entries mean the same by it.

use super::{Ledger, Log};
use crate::id::{HeaderHash, LogId, SpaceId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What comes after some entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Later {
    /// How many entries are named or come before one that is.
    pub before: u64,
    /// Those of the space that are neither.
    pub entries: BTreeSet<HeaderHash>,
}

impl Ledger {
    /// Entries by which all that is here of a space can be named: the ends of its logs, less those that a later log of
    /// the same organisation goes on from.
    pub fn frontier(&self, space: &SpaceId) -> BTreeSet<HeaderHash> {
        let mut ends: BTreeSet<HeaderHash> =
            self.logs_in(space).flat_map(|(_, log)| log.tips.keys().copied()).collect();
        for (_, log) in self.logs_in(space) {
            for earlier in self.beginnings(log).flat_map(|record| &record.earlier) {
                ends.remove(earlier);
            }
        }
        ends
    }

    /// What has been stated in a space besides what some entries name; or an entry that is not here.
    pub fn since(&self, space: &SpaceId, named: &BTreeSet<HeaderHash>) -> Result<Later, HeaderHash> {
        // Of a log without forks everything up to a position comes before it: nobody goes through it.
        let mut bounds: BTreeMap<&LogId, u64> = BTreeMap::new();
        let mut walked: BTreeSet<HeaderHash> = BTreeSet::new();
        let mut waiting: Vec<HeaderHash> = named.iter().copied().collect();
        while let Some(hash) = waiting.pop() {
            let found = self.records.get(&hash).filter(|record| record.log.space == *space);
            let Some((record, log)) = found.and_then(|record| Some((record, self.logs.get(&*record.log)?))) else {
                // An earlier log that has never come here: who named the entries may not have had it either.
                if named.contains(&hash) {
                    return Err(hash);
                }
                continue;
            };
            if log.forked {
                let mut at = Some(hash);
                while let Some(hash) = at.filter(|hash| walked.insert(*hash)) {
                    let Some(record) = self.records.get(&hash) else { break };
                    waiting.extend(&record.earlier);
                    at = record.previous;
                }
            } else {
                let bound = bounds.entry(&*record.log).or_insert(0);
                if *bound == 0 {
                    waiting.extend(self.beginnings(log).flat_map(|record| &record.earlier));
                }
                *bound = record.seq.max(*bound);
            }
        }
        let later = |(id, log): (&LogId, &Log)| {
            let bound = bounds.get(id).copied().unwrap_or(0);
            let rest = log.headers.range((bound + 1, HeaderHash([0; 32]))..).map(|(_, hash)| *hash);
            rest.filter(|hash| !walked.contains(hash)).collect::<Vec<_>>()
        };
        let before = bounds.values().sum::<u64>() + walked.len() as u64;
        Ok(Later { before, entries: self.logs_in(space).flat_map(later).collect() })
    }

    /// The first headers of a log; several where it forked there.
    fn beginnings<'a>(&'a self, log: &'a Log) -> impl Iterator<Item = &'a super::Record> {
        log.headers
            .iter()
            .take_while(|(seq, _)| *seq == 1)
            .filter_map(|(_, hash)| self.records.get(hash).map(Arc::as_ref))
    }
}
