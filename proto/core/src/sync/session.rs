//! What a machine remembers of one stream, for as long as it lives.

use super::frame::{Frame, Want};
use crate::{
    id::{CharterHash, Digest, FactId, HeaderHash, LogId, OrgId, SpaceId},
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
    pub(super) charters: PeerCharters,
    /// Tips that the peer has and we lack.
    pub(super) ahead: BTreeMap<HeaderHash, LogId>,
    /// Tips that the peer is known to have, or has been sent.
    pub(super) told: BTreeSet<HeaderHash>,
    /// Requests for ranges that are under way.
    pub(super) wants: usize,
    /// When something last came that this peer was asked for.
    pub(super) coming_ms: u64,
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
            charters: PeerCharters::default(),
            ahead: BTreeMap::new(),
            told: BTreeSet::new(),
            wants: 0,
            coming_ms: 0,
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

    /// Remembers that the peer has a tip which we lack, if there is room.
    pub(super) fn lead(&mut self, tip: HeaderHash, log: LogId) {
        let room = self.ahead.len() < limits::TIPS_FRAME_LOGS_MAX || self.ahead.contains_key(&tip);
        if room {
            self.ahead.insert(tip, log);
        }
    }
}

/// Charter files that a peer has sent, in however many frames.
#[derive(Debug, Clone, Default)]
pub(super) struct PeerCharters {
    /// Those that are here too, each with a digest over its signatures.
    pub(super) shared: BTreeMap<CharterHash, Digest>,
    /// It has sent one that is not taken here.
    pub(super) other: bool,
}

/// A request that is under way.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) session: super::SessionId,
    pub(super) log: LogId,
    pub(super) since_ms: u64,
    /// When the last of it came, or it was asked for.
    pub(super) at_ms: u64,
}

impl Asked {
    /// True while accepted commits of it keep arriving. Not before the first, and not for long, so that nobody who is
    /// asked and answers slowly, or never, keeps a log from being had of others (keeps I6).
    pub(super) fn is_coming(&self, now_ms: u64) -> bool {
        self.at_ms > self.since_ms
            && now_ms < self.at_ms + limits::RANGE_COMING_MS
            && now_ms < self.since_ms + limits::RANGE_ALONE_MS
    }
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
