//! The machine: one per node. See [`super`].

mod meet;
mod request;
mod spoiled;
mod take;

use super::{
    frame::{Contact, Frame, Hello},
    session::{Asked, Session, bounded},
};
use crate::{
    charter_book::Signatures,
    code::Code,
    commit::{Proof, SaltedValue, SignedCommit, VerifiedCommit},
    effect::Verdict,
    entry::{Receipt, ReceiptLog},
    id::{CharterHash, DocumentId, FactId, HeaderHash, LogId, OrgId, SpaceId},
    ledger::{Changes, Ledger, Refusal},
    limits, rules,
    sign::{LogKey, Signature},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The protocol's minor version.
const MINOR: u32 = 1;

/// One stream, numbered by the driver; never reused within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// What a step asks of the driver, in this order: make durable, then send, then tell.
#[derive(Debug, Default)]
pub struct Output {
    pub persist: Persist,
    /// What has changed in effect; for projections, written with `persist`.
    pub changes: Changes,
    pub sends: Vec<Send>,
    pub notices: Vec<Notice>,
}

/// What must be durable before anything is sent or told (keeps I1, I2).
#[derive(Debug, Default)]
pub struct Persist {
    pub commits: Vec<VerifiedCommit>,
    pub values: Vec<(FactId, SaltedValue)>,
    pub charters: BTreeSet<CharterHash>,
    pub proofs: BTreeMap<HeaderHash, Proof>,
    /// Genuine signatures of stored commits whose own had been spoiled.
    pub signatures: BTreeMap<HeaderHash, Signature>,
}

impl Persist {
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
            && self.values.is_empty()
            && self.charters.is_empty()
            && self.proofs.is_empty()
            && self.signatures.is_empty()
    }
}

/// What to do towards a peer.
#[derive(Debug, Clone)]
pub enum Send {
    Frame(SessionId, Arc<Frame>),
    /// Read these headers' entries and values from the store and send them as `Commits`, in bounded frames.
    Range {
        session: SessionId,
        headers: Vec<HeaderHash>,
    },
    /// Read these values from the store and send those that are there.
    Values {
        session: SessionId,
        facts: Vec<FactId>,
    },
    Close {
        session: SessionId,
        code: Code,
    },
}

/// What the operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A peer sent something that log acceptance did not take.
    Refused {
        peer: OrgId,
        refusal: Refusal,
    },
    /// A peer's charter file was not taken.
    CharterRefused {
        peer: OrgId,
        code: Code,
        message: String,
    },
    /// Two commits at one position of a log: a cloned machine, a restored backup that went on writing, or a stolen key.
    Fork {
        log: LogId,
        header: HeaderHash,
        rival: HeaderHash,
    },
    /// A peer had entries of this very organisation that were not here: this database is older than what it once was.
    CameBack {
        log: LogId,
        commits: u64,
    },
    /// A commit's own signature, inside a range, has been spoiled on the way; by the relay that brought it or before.
    Spoiled {
        peer: Option<OrgId>,
        log: LogId,
        header: HeaderHash,
    },
    /// An entry is stored without effect.
    WithoutEffect {
        header: HeaderHash,
        verdict: Verdict,
    },
    CharterChanged {
        in_force: CharterHash,
        disputed: bool,
    },
    /// The peer's clock differs from ours by this many milliseconds.
    Clock {
        peer: OrgId,
        differs_ms: u64,
    },
    /// Same logs, charters and rules, other state: one of the two programs is wrong.
    StateDiffers {
        peer: OrgId,
        space: SpaceId,
        documents: Vec<DocumentId>,
    },
}

/// How a party stands, as far as this node knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartyState {
    pub connected: bool,
    /// By the party's own clock, signed.
    pub last_contact_ms: Option<u64>,
    /// The time on the party's latest entry that is not a receipt.
    pub last_content_ms: Option<u64>,
    pub commits: u64,
    /// Commits of the party that are known to exist and are not stored here.
    pub behind: u64,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Machine {
    own: OrgId,
    key: LogKey,
    ledger: Ledger,
    sessions: BTreeMap<SessionId, Session>,
    asked: BTreeMap<HeaderHash, Asked>,
    /// Logs that moved through a peer: their tips are to be announced to the others.
    moved: BTreeSet<LogId>,
    announce_at_ms: Option<u64>,
    contacts: BTreeMap<OrgId, Contact>,
    contact_sent_ms: u64,
    /// Logs of the county that have moved since this node's last receipt, by anything but receipts.
    unreceipted: BTreeMap<LogId, (u64, HeaderHash)>,
    receipted_ms: u64,
    values_asked_ms: u64,
    /// Who brought the commits whose own signatures are still to be checked.
    relays: BTreeMap<HeaderHash, OrgId>,
    searches: BTreeMap<HeaderHash, spoiled::Search>,
}

impl Machine {
    pub fn new(own: OrgId, key: LogKey, ledger: Ledger) -> Self {
        let spoiled = ledger.unproven().iter().filter(|(_, proof)| **proof == Proof::Spoiled);
        let searches = spoiled.map(|(tip, _)| (*tip, spoiled::Search::default())).collect();
        Self {
            own,
            key,
            ledger,
            sessions: BTreeMap::new(),
            asked: BTreeMap::new(),
            moved: BTreeSet::new(),
            announce_at_ms: None,
            contacts: BTreeMap::new(),
            contact_sent_ms: 0,
            unreceipted: BTreeMap::new(),
            receipted_ms: 0,
            values_asked_ms: 0,
            relays: BTreeMap::new(),
            searches,
        }
    }

    pub fn own(&self) -> &OrgId {
        &self.own
    }
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A stream to a peer is up; the driver has checked who it is.
    pub fn opened(&mut self, session: SessionId, peer: OrgId, now_ms: u64) -> Output {
        let mut out = Output::default();
        self.sessions.insert(session, Session::new(peer));
        let hello = Hello {
            federation: self.ledger.federation(),
            minor: MINOR,
            charters: self.charters_digest(),
            rule_sets: rules::SUPPORTED.to_vec(),
            now_ms,
        };
        out.frame(session, Frame::Hello(hello));
        self.send_have(session, &mut out);
        self.refresh_contact(now_ms);
        // The others' go out with the next ones that all are sent: a meeting with nothing new to say stays short.
        out.frame(session, Frame::Contacts(self.contacts.get(&self.own).cloned().into_iter().collect()));
        out
    }

    /// A stream has ended. What was asked of it is asked of others.
    pub fn closed(&mut self, session: SessionId, now_ms: u64) -> Output {
        let mut out = Output::default();
        if self.sessions.remove(&session).is_some() {
            self.asked.retain(|_, a| a.session != session);
            self.ask_more(now_ms, &mut out);
        }
        out
    }

    /// A frame has come from a peer.
    pub fn received(&mut self, session: SessionId, frame: Frame, now_ms: u64) -> Output {
        let mut out = Output::default();
        self.lapse(now_ms, &mut out);
        let Some(state) = self.sessions.get(&session) else { return out };
        if state.greeted == matches!(frame, Frame::Hello(_)) || !bounded(&frame) {
            self.close(session, Code::PeerProtocol, &mut out);
            return out;
        }
        match frame {
            Frame::Hello(hello) => self.on_hello(session, &hello, now_ms, &mut out),
            Frame::Charters(files) => self.on_charters(session, &files, &mut out),
            Frame::Have(spaces) => self.on_have(session, spaces, &mut out),
            Frame::Tips(lists) => self.on_tips(session, lists),
            Frame::Announce(tips) => {
                for tip in tips {
                    self.learn_tip(session, &tip.log, tip.hash);
                }
            }
            Frame::Want(want) => self.on_want(session, want, &mut out),
            Frame::Commits(range) => self.on_commits(session, range, now_ms, &mut out),
            Frame::WantValues(facts) => self.on_want_values(session, facts, &mut out),
            Frame::Values(values) => self.on_values(values, &mut out),
            Frame::Contacts(contacts) => self.on_contacts(contacts, now_ms),
            Frame::DocumentDigests { space, digests } => self.on_digests(session, space, &digests, &mut out),
        }
        self.ask_more(now_ms, &mut out);
        out
    }

    /// Commits of this node's own, built at [`Ledger::position`]. Refused ones come back as the error.
    pub fn write(&mut self, commit: SignedCommit, now_ms: u64) -> Result<Output, Refusal> {
        let verified = self.ledger.verify(vec![commit]);
        if let Some(refusal) = verified.refusal {
            return Err(refusal);
        }
        let mut out = Output::default();
        self.lapse(now_ms, &mut out);
        self.apply(verified.commits, None, now_ms, &mut out);
        Ok(out)
    }

    /// A charter file or signature that the operator has put into this node.
    pub fn offer_charter(
        &mut self,
        bytes: &[u8],
        signatures: &Signatures,
    ) -> Result<Output, crate::charter::CharterError> {
        let mut out = Output::default();
        self.take_charter(bytes, signatures, &mut out)?;
        Ok(out)
    }

    /// Time has passed: announcements, contacts, unanswered requests, missing values.
    pub fn tick(&mut self, now_ms: u64) -> Output {
        let mut out = Output::default();
        self.lapse(now_ms, &mut out);
        if self.announce_at_ms.is_some_and(|at| now_ms >= at) {
            self.announce(&mut out);
        }
        if now_ms >= self.contact_sent_ms + limits::CONTACT_EVERY_MS {
            self.contact_sent_ms = now_ms;
            self.refresh_contact(now_ms);
            let frame = Arc::new(Frame::Contacts(self.contacts.values().cloned().collect()));
            for session in self.greeted() {
                out.sends.push(Send::Frame(session, frame.clone()));
            }
        }
        self.ask_late(now_ms, &mut out);
        if now_ms >= self.values_asked_ms + limits::VALUES_EVERY_MS {
            self.values_asked_ms = now_ms;
            self.ask_more(now_ms, &mut out);
            self.ask_spoiled(now_ms, &mut out);
            self.ask_values(now_ms, &mut out);
        }
        out
    }

    /// The receipt that is due, for the driver to write as a commit of its own: at most one a minute, and only when
    /// something other than receipts has been stored since the last.
    pub fn receipt_due(&mut self, now_ms: u64) -> Option<Receipt> {
        // The first minute after a start is for catching up: one receipt then says it all.
        if self.receipted_ms == 0 {
            self.receipted_ms = now_ms;
        }
        if self.unreceipted.is_empty() || now_ms < self.receipted_ms + limits::RECEIPT_EVERY_MS {
            return None;
        }
        self.receipted_ms = now_ms;
        let moved = std::mem::take(&mut self.unreceipted);
        let row = |(log, (seq, tip)): (LogId, (u64, HeaderHash))| ReceiptLog {
            organisation: log.organisation,
            incarnation: log.incarnation,
            seq,
            tip,
        };
        let moved = moved.into_iter().take(limits::RECEIPT_LOGS_MAX).map(row).collect();
        Some(Receipt { level1: self.ledger.level1(&self.ledger.county()), moved })
    }

    /// What is known of each party of the charter in force.
    pub fn parties(&self) -> BTreeMap<OrgId, PartyState> {
        let county = self.ledger.county();
        let state = |org: &OrgId| {
            let commits = self.ledger.commits_of(org, &county);
            let own_claim = self.sessions.values().find(|s| s.peer == *org).and_then(|s| s.claims.get(org));
            let claim = own_claim.or_else(|| self.sessions.values().filter_map(|s| s.claims.get(org)).max());
            PartyState {
                connected: *org == self.own || self.sessions.values().any(|s| s.greeted && s.peer == *org),
                last_contact_ms: self.contacts.get(org).map(|c| c.at_ms),
                last_content_ms: self.ledger.content_ms(org, &county),
                commits,
                behind: claim.map_or(0, |c| c.saturating_sub(commits)),
            }
        };
        self.ledger.charters().in_force().1.parties.iter().map(|p| (p.id.clone(), state(&p.id))).collect()
    }

    /// Drafts for comment whose time has come: from here on their values are neither taken nor passed on.
    fn lapse(&mut self, now_ms: u64, out: &mut Output) {
        let gone = self.ledger.lapse(now_ms);
        out.changes.documents.extend(gone.iter().filter_map(|f| Some(self.ledger.record(&f.header)?.document)));
        out.changes.lapsed.extend(gone);
    }

    fn greeted(&self) -> Vec<SessionId> {
        self.sessions.iter().filter(|(_, s)| s.greeted).map(|(id, _)| *id).collect()
    }

    fn close(&mut self, session: SessionId, code: Code, out: &mut Output) {
        self.sessions.remove(&session);
        self.asked.retain(|_, a| a.session != session);
        out.sends.push(Send::Close { session, code });
    }
}

impl Output {
    fn frame(&mut self, session: SessionId, frame: Frame) {
        self.sends.push(Send::Frame(session, Arc::new(frame)));
    }

    /// Adds a later step's effects, so that several steps share one transaction.
    pub fn merge(&mut self, later: Self) {
        self.persist.commits.extend(later.persist.commits);
        self.persist.values.extend(later.persist.values);
        self.persist.charters.extend(later.persist.charters);
        self.persist.signatures.extend(later.persist.signatures);
        self.persist.proofs.extend(later.persist.proofs);
        self.changes.merge(later.changes);
        self.sends.extend(later.sends);
        self.notices.extend(later.notices);
    }
}
