//! Commits inside a range whose own signature a relay has spoiled: later signatures cover them, so they stay; but until
//! the genuine signature has been had from someone else they count in nothing that must be proven alone. Their author
//! needs nobody else for it.

use super::{Machine, Notice, Output, SessionId};
use crate::{
    commit::{Proof, SignedCommit, VerifiedCommit},
    id::{HeaderHash, LogId, OrgId},
    limits,
    sign::Domain,
    sync::frame::{Frame, Want},
};
use std::collections::BTreeSet;

/// A commit whose signature is looked for.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Who has been asked without success; the relay that brought it is one of them.
    tried: BTreeSet<OrgId>,
    at_ms: Option<u64>,
}

impl Machine {
    /// Remembers who brought a commit whose own signature is still to be checked.
    pub(super) fn note_relay(&mut self, commit: &VerifiedCommit, from: Option<SessionId>) {
        let peer = from.and_then(|s| self.sessions.get(&s)).map(|s| s.peer.clone());
        if let Some(peer) = peer.filter(|_| commit.proof == Proof::Chain) {
            self.relays.insert(commit.tip().hash, peer);
        }
    }

    /// Signs a commit of this node's own again that comes back inside a range. After a backup has been put back, nobody
    /// else may have the genuine signature, and no search would ever end. A later signature by this very key covers the
    /// commit, so nothing is said that was not said before; and as Ed25519 leaves nothing to chance, it is the one that
    /// was lost. Once per commit, since what is stored is not taken again (keeps I6).
    pub(super) fn sign_again(&self, commit: &mut VerifiedCommit, from: Option<SessionId>, out: &mut Output) {
        if commit.proof != Proof::Chain || commit.key != self.key.public() {
            return;
        }
        let genuine = self.key.sign(Domain::Commit, &commit.tip().raw.header);
        if commit.signature != genuine {
            let peer = from.and_then(|s| self.sessions.get(&s)).map(|s| s.peer.clone());
            out.notices.push(Notice::Spoiled { peer, log: commit.log.clone(), header: commit.tip().hash });
        }
        commit.signature = genuine;
        commit.proof = Proof::Own;
    }

    /// The background check of a commit's own signature has ended. One that does not fit says nothing about its author:
    /// the operator is told who brought it, and the signature is looked for elsewhere.
    pub fn proven(&mut self, tip: HeaderHash, proof: Proof) -> Output {
        let mut out = Output::default();
        let relay = self.relays.remove(&tip);
        // A genuine signature may have come between the reading and the answer.
        if self.ledger.unproven().get(&tip).is_none_or(|known| *known == proof) {
            return out;
        }
        self.ledger.set_proof(tip, proof);
        out.persist.proofs.insert(tip, proof);
        if proof == Proof::Spoiled
            && let Some(record) = self.ledger.record(&tip)
        {
            let log = LogId::clone(&record.log);
            out.notices.push(Notice::Spoiled { peer: relay.clone(), log, header: tip });
            self.searches.insert(tip, Search { tried: relay.into_iter().collect(), at_ms: None });
        }
        out
    }

    /// Takes over genuine signatures of commits that are stored without one.
    pub(super) fn heal(&mut self, range: &[SignedCommit], out: &mut Output) {
        if self.ledger.unproven().is_empty() {
            return;
        }
        for commit in range {
            let Some(tip) = commit.hashes().last().copied() else { continue };
            if !self.ledger.unproven().contains_key(&tip) {
                continue;
            }
            let (Some(record), Some(last)) = (self.ledger.record(&tip), commit.entries.last()) else { continue };
            if record.key.verify(Domain::Commit, &last.header, &commit.signature) {
                self.ledger.set_proof(tip, Proof::Own);
                self.relays.remove(&tip);
                self.searches.remove(&tip);
                out.persist.proofs.insert(tip, Proof::Own);
                out.persist.signatures.insert(tip, commit.signature);
            }
        }
    }

    /// Asks one peer after the other for the signatures that are looked for.
    pub(super) fn ask_spoiled(&mut self, now_ms: u64, out: &mut Output) {
        let due = |search: &Search| search.at_ms.is_none_or(|at| now_ms >= at + limits::WANT_TIMEOUT_MS);
        let due: Vec<HeaderHash> = self
            .searches
            .iter()
            .filter(|(_, search)| due(search))
            .map(|(tip, _)| *tip)
            .take(limits::SPOILED_ASKED_MAX)
            .collect();
        for tip in due {
            let Some(record) = self.ledger.record(&tip) else { continue };
            let log = LogId::clone(&record.log);
            let known = self.before_commit(&tip).into_iter().collect();
            let Some(search) = self.searches.get_mut(&tip) else { continue };
            let members = self.sessions.iter().filter(|(_, s)| s.greeted && self.ledger.member(&log.space, &s.peer));
            let members: Vec<(&SessionId, &OrgId)> = members.map(|(id, s)| (id, &s.peer)).collect();
            let Some((session, peer)) = members.iter().find(|(_, peer)| !search.tried.contains(*peer)) else {
                // Everyone has been asked: from the beginning, since who lacked it may have got it by then.
                if !members.is_empty() {
                    search.tried.clear();
                    search.at_ms = Some(now_ms);
                }
                continue;
            };
            search.tried.insert((*peer).clone());
            search.at_ms = Some(now_ms);
            out.frame(**session, Frame::Want(Want { log, tip, known }));
        }
    }

    /// The header before the commit that ends at a tip.
    fn before_commit(&self, tip: &HeaderHash) -> Option<HeaderHash> {
        let mut at = self.ledger.record(tip)?.previous?;
        while let Some(record) = self.ledger.record(&at).filter(|r| !r.end_of_commit) {
            at = record.previous?;
        }
        Some(at)
    }
}
