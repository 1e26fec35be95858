//! Notices in words: code, party, sentence and remedy, for `Node`, `samsynd status` and metrics (keeps I11).

use samsyn_core::{code::Code, effect::Verdict, id::OrgId, sync::Notice};

/// A notice as an operator reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub code: Code,
    pub party: Option<OrgId>,
    pub message: String,
    pub remedy: &'static str,
}

/// None for what is no more than the ordinary course of things.
pub fn told(notice: &Notice) -> Option<Told> {
    let told = |code, party: Option<&OrgId>, message: String, remedy| {
        Some(Told { code, party: party.cloned(), message, remedy })
    };
    match notice {
        Notice::Refused { peer, refusal } => {
            let header = refusal.header.map_or_else(String::new, |h| format!(" at header {}", h.short()));
            let author = refusal.log.as_ref().map_or_else(String::new, |l| format!(" of {}", l.organisation));
            let message = format!("what came from {peer} was not accepted into a log{author}{header}");
            told(
                refusal.code,
                Some(peer),
                message,
                "nothing is harmed; if it goes on, ask the party what its node sends",
            )
        }
        Notice::CharterRefused { peer, code, message } => {
            let message = format!("a charter file from {peer} was not taken: {message}");
            told(*code, Some(peer), message, "ask the party where the file is from; the charter in force stands")
        }
        Notice::Fork { log, header, rival } => {
            let org = &log.organisation;
            let message =
                format!("two commits of {org} stand at one position: {} and {}", header.short(), rival.short());
            told(
                Code::ChainFork,
                Some(org),
                message,
                "both count; ask the party whether a machine was cloned or restored; if its key was stolen, amend the charter with a new key and a cut",
            )
        }
        Notice::CameBack { log, commits } => {
            let message = format!("{commits} commits of this organisation's own came back from a peer");
            told(
                Code::ChainCameBack,
                Some(&log.organisation),
                message,
                "this database is older than it once was: if nobody restored a backup, find out whether a copy of this node runs elsewhere",
            )
        }
        Notice::Spoiled { peer, log, header } => {
            let relay = peer.as_ref().map_or_else(|| "a relay".to_owned(), ToString::to_string);
            let message =
                format!("{relay} brought the commit {} of {} with a wrong signature", header.short(), log.organisation);
            told(
                Code::ChainSignature,
                peer.as_ref(),
                message,
                "it is asked for elsewhere by itself; if one party brings several, ask it to run 'samsynd verify'",
            )
        }
        Notice::WithoutEffect { header, verdict: Verdict::Refused(code) } => {
            told(*code, None, format!("the entry {} is stored without effect", header.short()), "see 'samsynd status'")
        }
        Notice::WithoutEffect { .. } | Notice::CharterChanged { disputed: false, .. } => None,
        Notice::CharterChanged { in_force, disputed: true } => {
            let message = format!("two valid successors of the charter {} are known", in_force.short());
            told(
                Code::PendingDisputed,
                None,
                message,
                "the parties must settle it by an amendment that rejects one ('samsynd charter amend --reject')",
            )
        }
        Notice::Clock { peer, differs_ms } => {
            let message = format!("the clock of {peer} differs by {} s", differs_ms / 1_000);
            told(Code::PeerClock, Some(peer), message, "check NTP here and there; nothing is lost by it")
        }
        Notice::StateDiffers { peer, documents, .. } => {
            let message =
                format!("{peer} has the same logs and rules, and another state in {} documents", documents.len());
            told(
                Code::StateDiffers,
                Some(peer),
                message,
                "run 'samsynd verify' on both nodes; if both are well, tell the makers",
            )
        }
    }
}
