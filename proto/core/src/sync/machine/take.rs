//! What flows between peers: ranges, pushes, announcements and values.

use super::{Machine, Notice, Output, Send, SessionId};
use crate::{
    code::Code,
    commit::{Proof, SaltedValue, SignedCommit, VerifiedCommit},
    entry::{Kind, Outline},
    id::{FactId, HeaderHash, LogId},
    ledger::{Changes, Refusal},
    limits,
    sync::frame::{Frame, LogTip, Want},
    value::Value,
};
use std::{collections::BTreeMap, sync::Arc};

impl Machine {
    pub(super) fn on_want(&mut self, session: SessionId, want: Want, out: &mut Output) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        let space = want.log.space;
        let legal = self.ledger.member(&space, &state.peer) && self.ledger.member(&space, &self.own);
        let fits = self.ledger.record(&want.tip).is_some_and(|r| *r.log == want.log && r.end_of_commit);
        if !legal || !fits {
            return; // not here, or none of the peer's business: it asks someone else
        }
        // A signature that is known to be spoiled is not passed on as what ends a range: another has it whole.
        if self.ledger.unproven().get(&want.tip) == Some(&Proof::Spoiled) {
            return;
        }
        state.tell(want.tip);
        let headers = self.ledger.missing_range(&want.tip, &want.known.into_iter().collect());
        if !headers.is_empty() {
            out.sends.push(Send::Range { session, headers });
        }
    }

    pub(super) fn on_commits(&mut self, session: SessionId, range: Vec<SignedCommit>, now_ms: u64, out: &mut Output) {
        let tip = range.last().and_then(|c| c.hashes().last().copied());
        self.heal(&range, out);
        let mut verified = self.ledger.verify(range);
        // A space of others is none of this node's business, whoever sends it (keeps I4).
        if !verified.commits.first().is_none_or(|commit| self.readable(commit)) {
            verified.commits.clear();
        }
        if let Some(commit) = verified.commits.first() {
            self.coming(session, &commit.log, now_ms);
        }
        self.apply(verified.commits, Some(session), now_ms, out);
        if let (Some(tip), Some(state)) = (tip, self.sessions.get_mut(&session)) {
            state.tell(tip);
        }
        if let Some(refusal) = verified.refusal {
            self.on_refusal(session, refusal, tip, now_ms, out);
        }
    }

    fn readable(&self, commit: &VerifiedCommit) -> bool {
        match &commit.first().outline {
            Outline::Space(founding) => founding.members.contains(&self.own),
            _ if commit.log.space == self.ledger.county() => true,
            _ => self.ledger.space(&commit.log.space).is_some_and(|s| s.members.contains(&self.own)),
        }
    }

    pub(super) fn on_refusal(
        &mut self,
        session: SessionId,
        refusal: Refusal,
        tip: Option<HeaderHash>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(peer) = self.sessions.get(&session).map(|s| s.peer.clone()) else { return };
        match (refusal.code, &refusal.log, tip) {
            // A push overtook what leads to it: ask for the range.
            (Code::ChainGap, Some(log), Some(tip)) => {
                if let Some(state) = self.sessions.get_mut(&session) {
                    state.lead(tip, log.clone());
                }
            }
            // Says nothing about the author: a relay may have spoiled it. Have it from someone else.
            (Code::ChainSignature, Some(_), Some(tip)) => {
                self.unask(&tip);
                if let Some(state) = self.sessions.get_mut(&session) {
                    state.ahead.remove(&tip);
                }
                self.ask_anyone(tip, Some(session), now_ms, out);
                out.notices.push(Notice::Refused { peer, refusal });
            }
            // A key or space that is not known here yet (the next `Have` after it arrives fetches the log), or bytes
            // that no honest node sends: not asked for again on this stream. Another may have the tip with better ones.
            (_, _, tip) => {
                if let (Some(tip), Some(state)) = (tip, self.sessions.get_mut(&session))
                    && state.ahead.remove(&tip).is_some()
                {
                    self.unask(&tip);
                    self.ask_anyone(tip, Some(session), now_ms, out);
                }
                out.notices.push(Notice::Refused { peer, refusal });
            }
        }
    }

    pub(super) fn apply(
        &mut self,
        commits: Vec<VerifiedCommit>,
        from: Option<SessionId>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let mut founded = false;
        let mut came_back: BTreeMap<LogId, u64> = BTreeMap::new();
        for mut commit in commits {
            let tip = commit.tip().hash;
            self.sign_again(&mut commit, from, out);
            let changes = self.ledger.apply(&commit);
            if commit.first().header.kind == Kind::Space {
                self.lapse(now_ms, out); // it may have come after its end
            }
            self.note_relay(&commit, from);
            self.leave_out_gone(&mut commit);
            self.unask(&tip);
            for state in self.sessions.values_mut() {
                state.ahead.remove(&tip);
            }
            notice_changes(&commit, &changes, out);
            out.changes.merge(changes);
            founded |= commit.first().header.kind == Kind::Space;
            if commit.first().header.kind != Kind::Receipt && commit.log.space == self.ledger.county() {
                self.unreceipted.insert(commit.log.clone(), (commit.tip().header.seq, tip));
            }
            if from.is_some() && commit.log.organisation == self.own {
                *came_back.entry(commit.log.clone()).or_default() += 1;
            }
            if from.is_none() {
                self.push(&commit, out);
            } else {
                self.moved.insert(commit.log.clone());
                self.announce_at_ms.get_or_insert(now_ms + limits::ANNOUNCE_AFTER_MS);
            }
            out.persist.commits.push(commit);
        }
        out.notices.extend(came_back.into_iter().map(|(log, commits)| Notice::CameBack { log, commits }));
        if founded {
            for session in self.greeted() {
                self.send_have(session, out);
            }
        }
    }

    /// A value whose erasure is admitted, or whose draft has come to its end, is not stored again, however it comes (keeps
    /// I10).
    fn leave_out_gone(&self, commit: &mut VerifiedCommit) {
        for entry in &mut commit.entries {
            for (index, value) in (0u32..).zip(&mut entry.raw.values) {
                if self.ledger.gone(&FactId { header: entry.hash, index }) {
                    *value = None;
                }
            }
        }
    }

    /// Sends an own commit to every peer that is a member of its space.
    pub(super) fn push(&mut self, commit: &VerifiedCommit, out: &mut Output) {
        let signed = SignedCommit {
            entries: commit.entries.iter().map(|e| e.raw.clone()).collect(),
            signature: commit.signature,
        };
        let frame = Arc::new(Frame::Commits(vec![signed]));
        let tip = commit.tip().hash;
        for (id, state) in &mut self.sessions {
            // Also before the peer has greeted: it reads our Hello and Have first, and this was not in that Have.
            if self.ledger.member(&commit.log.space, &state.peer) {
                state.tell(tip);
                out.sends.push(Send::Frame(*id, frame.clone()));
            }
        }
    }

    /// Every tip of a log that moved, since a fork has several; to the author too, whose own disk may have been restored
    /// or whose machine cloned (keeps I7).
    pub(super) fn announce(&mut self, out: &mut Output) {
        self.announce_at_ms = None;
        let moved = std::mem::take(&mut self.moved);
        let tips: Vec<LogTip> = moved
            .iter()
            .filter_map(|log| Some((log, self.ledger.log(log)?)))
            .flat_map(|(log, stored)| {
                stored.tips().iter().map(|(hash, seq)| LogTip { log: log.clone(), seq: *seq, hash: *hash })
            })
            .collect();
        for (id, state) in &self.sessions {
            let may =
                |tip: &&LogTip| !state.told.contains(&tip.hash) && self.ledger.member(&tip.log.space, &state.peer);
            let news: Vec<LogTip> = tips.iter().filter(may).cloned().collect();
            for chunk in news.chunks(limits::TIPS_FRAME_LOGS_MAX) {
                out.frame(*id, Frame::Announce(chunk.to_vec()));
            }
        }
    }

    pub(super) fn ask_values(&mut self, now_ms: u64, out: &mut Output) {
        if self.ledger.missing_values().is_empty() {
            return;
        }
        for session in self.greeted() {
            let Some(state) = self.sessions.get_mut(&session) else { continue };
            // A peer that lacked a value may have got it by now: ask again, but not all the time.
            if now_ms >= state.values_asked_ms + limits::WANT_TIMEOUT_MS {
                state.values_asked_ms = now_ms;
                state.asked_values.clear();
            }
            let wanted: Vec<FactId> = self
                .ledger
                .missing_values()
                .iter()
                .filter(|f| !state.asked_values.contains(f))
                .filter(|f| {
                    self.ledger.record(&f.header).is_some_and(|r| self.ledger.member(&r.log.space, &state.peer))
                })
                .take(limits::VALUES_WANTED_MAX)
                .copied()
                .collect();
            if state.asked_values.len() + wanted.len() > limits::TIPS_FRAME_LOGS_MAX {
                state.asked_values.clear();
            }
            state.asked_values.extend(wanted.iter().copied());
            if !wanted.is_empty() {
                out.frame(session, Frame::WantValues(wanted));
            }
        }
    }

    pub(super) fn on_want_values(&mut self, session: SessionId, facts: Vec<FactId>, out: &mut Output) {
        let Some(state) = self.sessions.get(&session) else { return };
        let may = |f: &FactId| {
            let record = self.ledger.record(&f.header);
            record.is_some_and(|r| self.ledger.member(&r.log.space, &state.peer)) && !self.ledger.gone(f)
        };
        let facts: Vec<FactId> = facts.into_iter().filter(may).collect();
        if !facts.is_empty() {
            out.sends.push(Send::Values { session, facts });
        }
    }

    pub(super) fn on_values(&mut self, values: Vec<(FactId, SaltedValue)>, out: &mut Output) {
        for (fact, value) in values {
            let outline = self.ledger.fact(&fact).and_then(|f| f.value.as_ref());
            let fits = outline.is_some_and(|o| {
                Value::hash(&value.salt, &value.bytes) == o.hash && value.bytes.len() == o.bytes as usize
            });
            if fits && !self.ledger.gone(&fact) && self.ledger.value_arrived(&fact) {
                out.changes.documents.extend(self.ledger.record(&fact.header).map(|r| r.document));
                out.persist.values.push((fact, value));
            }
        }
    }
}

fn notice_changes(commit: &VerifiedCommit, changes: &Changes, out: &mut Output) {
    // One notice per fork: the headers after the first rival one belong to the same branch.
    if let Some((header, rival)) = changes.forks.first() {
        out.notices.push(Notice::Fork { log: commit.log.clone(), header: *header, rival: *rival });
    }
    for (header, verdict) in &changes.verdicts {
        if !verdict.admitted() {
            out.notices.push(Notice::WithoutEffect { header: *header, verdict: *verdict });
        }
    }
}
