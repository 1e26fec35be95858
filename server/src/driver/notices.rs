//! What the machine notices, told to the operator: a log line with its code, and kept for `Node` (keeps I11).

use super::{Driver, now_ms, told::told};
use samsyn_core::{code::Code, effect::Verdict, sync::Notice};

/// Notices kept for `Node`.
const NOTICES_KEPT: usize = 200;

impl Driver {
    pub(super) fn notice(&mut self, notice: Notice) {
        match &notice {
            Notice::Refused { peer, refusal } => {
                tracing::warn!(%peer, code = %refusal.code, header = ?refusal.header, "not accepted into the log");
            }
            Notice::CharterRefused { peer, code, message } => {
                tracing::warn!(%peer, %code, message, "charter not taken");
            }
            Notice::Fork { log, header, rival } => {
                tracing::error!(organisation = %log.organisation, %header, %rival, "two commits at one position: a cloned machine, a restored backup that wrote on, or a stolen key");
            }
            Notice::CameBack { log, commits } => {
                tracing::warn!(incarnation = %log.incarnation, commits, "own entries came back from a peer: this database is older than it once was (restored from a backup?)");
            }
            Notice::Spoiled { peer, log, header } => {
                let relay = peer.as_ref().map_or("unknown", |p| p.as_str());
                tracing::warn!(relay, organisation = %log.organisation, %header, code = %Code::ChainSignature, "a relay has spoiled this commit's own signature: it counts in nothing that is proven alone until it has come from another");
            }
            Notice::WithoutEffect { header, verdict } => {
                // Pending is ordinary while a log arrives before what it depends on.
                if matches!(verdict, Verdict::Refused(_)) {
                    tracing::warn!(%header, %verdict, "entry without effect");
                } else {
                    tracing::debug!(%header, %verdict, "entry waits");
                }
            }
            Notice::CharterChanged { in_force, disputed } => tracing::info!(%in_force, disputed, "charter changed"),
            Notice::Clock { peer, differs_ms } => {
                tracing::warn!(%peer, differs_ms, code = %Code::PeerClock, "clocks differ: check NTP here and at the peer; nothing is lost by it");
                self.state.clocks.insert(peer.clone(), *differs_ms);
            }
            Notice::StateDiffers { peer, documents, .. } => {
                tracing::error!(%peer, ?documents, "same logs and rules, other state: run 'samsynd verify' on both nodes");
            }
        }
        if let Some(told) = told(&notice) {
            *self.state.counts.entry((told.code, told.party)).or_default() += 1;
            self.state.notices.push_back((now_ms(), notice));
            if self.state.notices.len() > NOTICES_KEPT {
                self.state.notices.pop_front();
            }
        }
    }
}
