//! Asking for what peers have and this node lacks: each tip of one peer at a time, so many at once, and of another where
//! the first does not answer.

use super::{Machine, Output, SessionId};
use crate::{
    id::{HeaderHash, LogId},
    limits,
    sync::{
        frame::{Frame, OrgTips, Want},
        session::Asked,
    },
};
use std::collections::BTreeSet;

impl Machine {
    pub(super) fn on_tips(&mut self, session: SessionId, lists: Vec<OrgTips>) {
        for list in lists {
            for tip in &list.tips {
                let log =
                    LogId { space: list.space, organisation: list.organisation.clone(), incarnation: tip.incarnation };
                self.learn_tip(session, &log, tip.hash);
            }
        }
    }

    /// The peer has a tip: what leads to it is to be asked for if it is not here.
    pub(super) fn learn_tip(&mut self, session: SessionId, log: &LogId, tip: HeaderHash) {
        let known = self.ledger.record(&tip).is_some();
        let Some(state) = self.sessions.get_mut(&session) else { return };
        if known {
            state.tell(tip);
        } else {
            // What finds no room is not asked for either: requests stay bounded too (keeps I6).
            state.lead(tip, log.clone());
        }
    }

    /// Asks for tips that some peer has, we lack, and nobody has been asked for, as many as streams have room for. A tip
    /// of a log of which a range is just coming waits: most often it lies in that range, told of by a peer to which the
    /// same is coming, and would be sent twice.
    pub(super) fn ask_more(&mut self, now_ms: u64, out: &mut Output) {
        let coming: BTreeSet<LogId> =
            self.asked.values().filter(|a| a.is_coming(now_ms)).map(|a| a.log.clone()).collect();
        let sessions: Vec<SessionId> = self.sessions.keys().copied().collect();
        for session in sessions {
            let Some(state) = self.sessions.get(&session) else { continue };
            let room = limits::WANTS_IN_FLIGHT_MAX.saturating_sub(state.wants);
            if room == 0 {
                continue;
            }
            let free = |(tip, log): &(&HeaderHash, &LogId)| !self.asked.contains_key(tip) && !coming.contains(log);
            let next = state.ahead.iter().filter(free);
            let next: Vec<(HeaderHash, LogId)> = next.take(room).map(|(tip, log)| (*tip, log.clone())).collect();
            for (tip, log) in next {
                let known = self.ledger.locator(&log);
                self.ask(session, &log, tip, known, now_ms, out);
            }
        }
    }

    pub(super) fn ask(
        &mut self,
        session: SessionId,
        log: &LogId,
        tip: HeaderHash,
        known: Vec<HeaderHash>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        state.wants += 1;
        self.asked.insert(tip, Asked { session, log: log.clone(), since_ms: now_ms, at_ms: now_ms });
        out.frame(session, Frame::Want(Want { log: log.clone(), tip, known }));
    }

    /// A request has been answered, or is not waited for any more.
    pub(super) fn unask(&mut self, tip: &HeaderHash) -> Option<Asked> {
        let asked = self.asked.remove(tip)?;
        if let Some(state) = self.sessions.get_mut(&asked.session) {
            state.wants = state.wants.saturating_sub(1);
        }
        Some(asked)
    }

    /// Asks another stream whose peer has the tip; the one to avoid only if there is no other. Each is asked for it in the
    /// log that it named itself: a peer that names another's tip in a wrong log keeps nobody from it (keeps I6).
    pub(super) fn ask_anyone(&mut self, tip: HeaderHash, avoid: Option<SessionId>, now_ms: u64, out: &mut Output) {
        if self.ledger.record(&tip).is_some() || self.asked.contains_key(&tip) {
            return;
        }
        let has_room = self.sessions.iter().filter(|(_, s)| s.wants < limits::WANTS_IN_FLIGHT_MAX);
        let holders: Vec<(SessionId, LogId)> =
            has_room.filter_map(|(id, s)| Some((*id, s.ahead.get(&tip)?.clone()))).collect();
        let choice = holders.iter().find(|(id, _)| Some(*id) != avoid).or(holders.first());
        if let Some((session, log)) = choice {
            let known = self.ledger.locator(log);
            self.ask(*session, log, tip, known, now_ms, out);
        }
    }

    /// Commits of some log have come from a peer: what it was asked of that log is on its way.
    pub(super) fn coming(&mut self, session: SessionId, log: &LogId, now_ms: u64) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        for (tip, asked) in self.asked.iter_mut().filter(|(_, a)| a.session == session) {
            if state.ahead.get(tip) == Some(log) {
                asked.at_ms = now_ms;
                state.coming_ms = now_ms;
            }
        }
    }

    /// Asks again, of others, for what has not come in time. What is coming slowly is waited for, since to ask again would
    /// have the rest of it sent twice on a line that is slow already: for a while if others have it too, as the peer may
    /// be slow on purpose (keeps I6); for as long as anything comes if they have not.
    pub(super) fn ask_late(&mut self, now_ms: u64, out: &mut Output) {
        let patient = |tip: &HeaderHash, asked: &Asked| {
            let coming =
                self.sessions.get(&asked.session).is_some_and(|s| now_ms < s.coming_ms + limits::WANT_TIMEOUT_MS);
            coming && !self.sessions.iter().any(|(id, s)| *id != asked.session && s.ahead.contains_key(tip))
        };
        let overdue =
            |a: &Asked| now_ms >= a.at_ms + limits::WANT_TIMEOUT_MS || now_ms >= a.since_ms + limits::RANGE_PATIENCE_MS;
        let late = self.asked.iter().filter(|(tip, a)| overdue(a) && !patient(tip, a));
        let late: BTreeSet<HeaderHash> = late.map(|(tip, _)| *tip).collect();
        for tip in late {
            let Some(asked) = self.unask(&tip) else { continue };
            self.ask_anyone(tip, Some(asked.session), now_ms, out);
        }
    }
}
