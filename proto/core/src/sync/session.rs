//! What a machine remembers of one stream, for as long as it lives.

use super::frame::{Frame, Want};
use crate::{
    id::{Digest, FactId, HeaderHash, LogId, OrgId, SpaceId},
    limits,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where a stream stands.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) peer: OrgId,
    pub(super) greeted: bool,
    /// The peer's rule sets are as ours.
    pub(super) same_rules: bool,
    /// The peer's charters and signatures are as ours, as far as it has said.
    pub(super) same_charters: bool,
    /// Tips that the peer has and we lack.
    pub(super) ahead: BTreeMap<HeaderHash, LogId>,
    /// Tips that the peer is known to have, or has been sent.
    pub(super) told: BTreeSet<HeaderHash>,
    pub(super) asked_values: BTreeSet<FactId>,
    /// When the values asked for were last forgotten, to be asked for again.
    pub(super) values_asked_ms: u64,
    /// Commits that the peer says to have, per organisation, in the county space.
    pub(super) claims: BTreeMap<OrgId, u64>,
    /// The last level 1 and state that the peer sent, per space.
    pub(super) theirs: BTreeMap<SpaceId, (BTreeMap<OrgId, Digest>, Digest)>,
}

impl Session {
    pub(super) fn new(peer: OrgId) -> Self {
        Self {
            peer,
            greeted: false,
            same_rules: false,
            same_charters: false,
            ahead: BTreeMap::new(),
            told: BTreeSet::new(),
            asked_values: BTreeSet::new(),
            values_asked_ms: 0,
            claims: BTreeMap::new(),
            theirs: BTreeMap::new(),
        }
    }

    /// Remembers that the peer has a tip; forgets all rather than grow without bound (it is only a saving).
    pub(super) fn tell(&mut self, tip: HeaderHash) {
        if self.told.len() >= limits::TIPS_FRAME_LOGS_MAX {
            self.told.clear();
        }
        self.told.insert(tip);
    }

    /// Remembers that the peer has a tip which we lack; false if there is no room.
    pub(super) fn lead(&mut self, tip: HeaderHash, log: LogId) -> bool {
        let room = self.ahead.len() < limits::TIPS_FRAME_LOGS_MAX || self.ahead.contains_key(&tip);
        if room {
            self.ahead.insert(tip, log);
        }
        room
    }
}

/// A request that is under way.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) session: super::SessionId,
    pub(super) at_ms: u64,
}

/// True if a frame is within the protocol's bounds. Sizes of commits and values are checked where they are accepted.
pub(super) fn bounded(frame: &Frame) -> bool {
    match frame {
        Frame::Hello(hello) => hello.rule_sets.len() <= 64,
        Frame::Charters(files) => files.len() <= limits::CHARTER_VERSIONS_MAX,
        Frame::Have(spaces) => spaces.len() <= limits::TIPS_FRAME_LOGS_MAX,
        Frame::Tips(lists) => lists.iter().map(|l| l.tips.len()).sum::<usize>() <= limits::TIPS_FRAME_LOGS_MAX,
        Frame::Announce(tips) => tips.len() <= limits::TIPS_FRAME_LOGS_MAX,
        Frame::Want(Want { known, .. }) => known.len() <= limits::LOCATOR_HASHES_MAX,
        Frame::WantValues(facts) => facts.len() <= limits::VALUES_WANTED_MAX,
        Frame::Values(values) => values.len() <= limits::VALUES_WANTED_MAX,
        Frame::Contacts(contacts) => contacts.len() <= limits::PARTIES_MAX,
        Frame::Commits(_) | Frame::DocumentDigests { .. } => true,
    }
}
