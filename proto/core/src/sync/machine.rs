//! The machine: one per node. See [`super`].

use super::{
    frame::{CharterFile, Contact, Frame, Hello, LogTip, OrgHave, OrgTips, SpaceHave, Want},
    session::{Asked, Session, bounded},
};
use crate::{
    charter_book::{Offered, Signatures},
    code::Code,
    commit::{Proof, SaltedValue, SignedCommit, VerifiedCommit},
    effect::Verdict,
    entry::{Kind, Receipt, ReceiptLog},
    id::{CharterHash, Digest, DocumentId, FactId, HeaderHash, LogId, OrgId, SpaceId},
    ledger::{Changes, Ledger, Refusal},
    limits, rules,
    sign::LogKey,
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
}

impl Persist {
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty() && self.values.is_empty() && self.charters.is_empty() && self.proofs.is_empty()
    }
}

/// What to do towards a peer.
#[derive(Debug, Clone)]
pub enum Send {
    Frame(SessionId, Arc<Frame>),
    /// Read these headers' entries and values from the store and send them as `Commits`, in bounded frames.
    Range { session: SessionId, headers: Vec<HeaderHash> },
    /// Read these values from the store and send those that are there.
    Values { session: SessionId, facts: Vec<FactId> },
    Close { session: SessionId, code: Code },
}

/// What the operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A peer sent something that log acceptance did not take.
    Refused { peer: OrgId, refusal: Refusal },
    /// A peer's charter file was not taken.
    CharterRefused { peer: OrgId, code: Code, message: String },
    /// Two commits at one position of a log: a cloned machine, a restored backup that went on writing, or a stolen key.
    Fork { log: LogId, header: HeaderHash, rival: HeaderHash },
    /// An entry is stored without effect.
    WithoutEffect { header: HeaderHash, verdict: Verdict },
    CharterChanged { in_force: CharterHash, disputed: bool },
    /// The peer's clock differs from ours by this many milliseconds.
    Clock { peer: OrgId, differs_ms: u64 },
    /// Same logs, charters and rules, other state: one of the two programs is wrong.
    StateDiffers { peer: OrgId, space: SpaceId, documents: Vec<DocumentId> },
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
    /// Tips that moved through a peer, to be announced to the others.
    moved: BTreeMap<LogId, (u64, HeaderHash)>,
    announce_at_ms: Option<u64>,
    contacts: BTreeMap<OrgId, Contact>,
    contact_sent_ms: u64,
    /// Logs of the county that have moved since this node's last receipt, by anything but receipts.
    unreceipted: BTreeMap<LogId, (u64, HeaderHash)>,
    receipted_ms: u64,
}

impl Machine {
    pub fn new(own: OrgId, key: LogKey, ledger: Ledger) -> Self {
        Self {
            own,
            key,
            ledger,
            sessions: BTreeMap::new(),
            asked: BTreeMap::new(),
            moved: BTreeMap::new(),
            announce_at_ms: None,
            contacts: BTreeMap::new(),
            contact_sent_ms: 0,
            unreceipted: BTreeMap::new(),
            receipted_ms: 0,
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
        out.frame(session, Frame::Contacts(self.contacts.values().cloned().collect()));
        out
    }

    /// A stream has ended. What was asked of it is asked of others.
    pub fn closed(&mut self, session: SessionId, now_ms: u64) -> Output {
        let mut out = Output::default();
        let Some(gone) = self.sessions.remove(&session) else { return out };
        self.asked.retain(|_, a| a.session != session);
        for (tip, log) in gone.ahead {
            self.ask_anyone(&log, tip, None, now_ms, &mut out);
        }
        out
    }

    /// A frame has come from a peer.
    pub fn received(&mut self, session: SessionId, frame: Frame, now_ms: u64) -> Output {
        let mut out = Output::default();
        let Some(state) = self.sessions.get(&session) else { return out };
        if state.greeted == matches!(frame, Frame::Hello(_)) || !bounded(&frame) {
            self.close(session, Code::PeerProtocol, &mut out);
            return out;
        }
        match frame {
            Frame::Hello(hello) => self.on_hello(session, &hello, now_ms, &mut out),
            Frame::Charters(files) => self.on_charters(session, files, &mut out),
            Frame::Have(spaces) => self.on_have(session, spaces, &mut out),
            Frame::Tips(lists) => self.on_tips(session, lists, now_ms, &mut out),
            Frame::Announce(tips) => {
                for tip in tips {
                    self.learn_tip(session, &tip.log, tip.hash, now_ms, &mut out);
                }
            }
            Frame::Want(want) => self.on_want(session, want, &mut out),
            Frame::Commits(range) => self.on_commits(session, range, now_ms, &mut out),
            Frame::WantValues(facts) => self.on_want_values(session, facts, &mut out),
            Frame::Values(values) => self.on_values(values, &mut out),
            Frame::Contacts(contacts) => self.on_contacts(contacts, now_ms),
            Frame::DocumentDigests { space, digests } => self.on_digests(session, space, &digests, &mut out),
        }
        out
    }

    /// Commits of this node's own, built at [`Ledger::position`]. Refused ones come back as the error.
    pub fn write(&mut self, commit: SignedCommit, now_ms: u64) -> Result<Output, Refusal> {
        let mut out = Output::default();
        let verified = self.ledger.verify(vec![commit]);
        if let Some(refusal) = verified.refusal {
            return Err(refusal);
        }
        self.apply(verified.commits, None, now_ms, &mut out);
        Ok(out)
    }

    /// A charter file or signature that the operator has put into this node.
    pub fn offer_charter(&mut self, bytes: &[u8], signatures: &Signatures) -> Result<Output, crate::charter::CharterError> {
        let mut out = Output::default();
        self.take_charter(bytes, signatures, &mut out)?;
        Ok(out)
    }

    /// Time has passed: announcements, contacts, unanswered requests, missing values.
    pub fn tick(&mut self, now_ms: u64) -> Output {
        let mut out = Output::default();
        if self.announce_at_ms.is_some_and(|at| now_ms >= at) {
            self.announce(&mut out);
        }
        if now_ms >= self.contact_sent_ms + limits::CONTACT_EVERY_MS {
            self.refresh_contact(now_ms);
            let frame = Arc::new(Frame::Contacts(self.contacts.values().cloned().collect()));
            for session in self.greeted() {
                out.sends.push(Send::Frame(session, frame.clone()));
            }
        }
        let late: Vec<HeaderHash> = self
            .asked
            .iter()
            .filter(|(_, a)| now_ms >= a.at_ms + limits::WANT_TIMEOUT_MS)
            .map(|(tip, _)| *tip)
            .collect();
        for tip in late {
            let Some(asked) = self.asked.remove(&tip) else { continue };
            let log = self.sessions.values().find_map(|s| s.ahead.get(&tip)).cloned();
            if let Some(log) = log {
                self.ask_anyone(&log, tip, Some(asked.session), now_ms, &mut out);
            }
        }
        self.ask_values(&mut out);
        out
    }

    /// The receipt that is due, for the driver to write as a commit of its own: at most one a minute, and only when
    /// something other than receipts has been stored since the last.
    pub fn receipt_due(&mut self, now_ms: u64) -> Option<Receipt> {
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

    /// The background check of a commit's own signature has ended.
    pub fn proven(&mut self, tip: HeaderHash, proof: Proof) -> Output {
        self.ledger.set_proof(tip, proof);
        let mut out = Output::default();
        out.persist.proofs.insert(tip, proof);
        out
    }

    /// What is known of each party of the charter in force.
    pub fn parties(&self) -> BTreeMap<OrgId, PartyState> {
        let county = self.ledger.county();
        let mut latest: BTreeMap<&OrgId, u64> = BTreeMap::new();
        for (_, r) in self.ledger.records().filter(|(_, r)| r.kind != Kind::Receipt && r.log.space == county) {
            let at = latest.entry(&r.log.organisation).or_default();
            *at = r.hlc_ms.max(*at);
        }
        let state = |org: &OrgId| {
            let commits = self.ledger.commits_of(org, &county);
            let own_claim = self.sessions.values().find(|s| s.peer == *org).and_then(|s| s.claims.get(org));
            let claim = own_claim.or_else(|| self.sessions.values().filter_map(|s| s.claims.get(org)).max());
            PartyState {
                connected: *org == self.own || self.sessions.values().any(|s| s.greeted && s.peer == *org),
                last_contact_ms: self.contacts.get(org).map(|c| c.at_ms),
                last_content_ms: latest.get(org).copied(),
                commits,
                behind: claim.map_or(0, |c| c.saturating_sub(commits)),
            }
        };
        self.ledger.charters().in_force().1.parties.iter().map(|p| (p.id.clone(), state(&p.id))).collect()
    }

    fn greeted(&self) -> Vec<SessionId> {
        self.sessions.iter().filter(|(_, s)| s.greeted).map(|(id, _)| *id).collect()
    }

    fn close(&mut self, session: SessionId, code: Code, out: &mut Output) {
        self.sessions.remove(&session);
        self.asked.retain(|_, a| a.session != session);
        out.sends.push(Send::Close { session, code });
    }

    fn charters_digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key("samsyn v1 charters");
        for (hash, version) in self.ledger.charters().versions() {
            hasher.update(&hash.0);
            for (org, key) in version.signatures.keys() {
                hasher.update(org.as_str().as_bytes()).update(&[0]).update(&key.0);
            }
        }
        Digest(*hasher.finalize().as_bytes())
    }

    fn on_hello(&mut self, session: SessionId, hello: &Hello, now_ms: u64, out: &mut Output) {
        if hello.federation != self.ledger.federation() {
            return self.close(session, Code::PeerFederation, out);
        }
        let same_charters = hello.charters == self.charters_digest();
        let Some(state) = self.sessions.get_mut(&session) else { return };
        state.greeted = true;
        state.same_rules = same_charters && hello.rule_sets == rules::SUPPORTED;
        let differs_ms = hello.now_ms.abs_diff(now_ms);
        if differs_ms > limits::CLOCK_WARNING_MS {
            out.notices.push(Notice::Clock { peer: state.peer.clone(), differs_ms });
        }
        if !same_charters {
            out.frame(session, Frame::Charters(self.charter_files()));
        }
    }

    fn charter_files(&self) -> Vec<CharterFile> {
        let mut versions: Vec<_> = self.ledger.charters().versions().map(|(_, v)| v).collect();
        versions.sort_by_key(|v| v.charter.version);
        versions.iter().map(|v| CharterFile { bytes: v.bytes.clone(), signatures: v.signatures() }).collect()
    }

    fn on_charters(&mut self, session: SessionId, files: Vec<CharterFile>, out: &mut Output) {
        let peer = self.sessions[&session].peer.clone();
        for file in files {
            if let Err(error) = self.take_charter(&file.bytes, &file.signatures, out) {
                out.notices.push(Notice::CharterRefused { peer: peer.clone(), code: error.code, message: error.message });
            }
        }
    }

    fn take_charter(&mut self, bytes: &[u8], signatures: &Signatures, out: &mut Output) -> Result<(), crate::charter::CharterError> {
        let (offered, changes) = self.ledger.offer_charter(bytes, signatures)?;
        if offered == Offered::Known {
            return Ok(());
        }
        out.persist.charters.insert(crate::charter::hash(bytes));
        out.changes.merge(changes);
        let files = Arc::new(Frame::Charters(self.charter_files()));
        for session in self.greeted() {
            out.sends.push(Send::Frame(session, files.clone()));
            if offered == Offered::Changed {
                self.send_have(session, out);
            }
        }
        if offered == Offered::Changed {
            self.part_with_leavers(out);
            let disputed = !self.ledger.charters().disputed().is_empty();
            out.notices.push(Notice::CharterChanged { in_force: self.ledger.charters().in_force().0, disputed });
        }
        Ok(())
    }

    /// Ends the streams of who is no party any more; it has been sent the amendment that says so.
    fn part_with_leavers(&mut self, out: &mut Output) {
        let (_, charter) = self.ledger.charters().in_force();
        let left: Vec<SessionId> =
            self.sessions.iter().filter(|(_, s)| charter.party(&s.peer).is_none()).map(|(id, _)| *id).collect();
        for session in left {
            self.close(session, Code::EffectNotAParty, out);
        }
    }

    /// Level 1 of the spaces that the peer is a member of: nothing else is ever named to it (keeps I4).
    fn send_have(&self, session: SessionId, out: &mut Output) {
        let Some(state) = self.sessions.get(&session) else { return };
        let shared = self.shared_spaces(&state.peer);
        let have = |space: SpaceId| SpaceHave {
            space,
            organisations: self
                .ledger
                .level1(&space)
                .into_iter()
                .map(|(org, logs)| {
                    let commits = self.ledger.commits_of(&org, &space);
                    (org, OrgHave { logs, commits })
                })
                .collect(),
            state: self.ledger.digest(&space),
        };
        out.frame(session, Frame::Have(shared.into_iter().map(have).collect()));
    }

    fn shared_spaces(&self, peer: &OrgId) -> BTreeSet<SpaceId> {
        let theirs = self.ledger.spaces_of(peer);
        theirs.into_iter().filter(|s| self.ledger.member(s, &self.own)).collect()
    }

    fn on_have(&mut self, session: SessionId, spaces: Vec<SpaceHave>, out: &mut Output) {
        let peer = self.sessions[&session].peer.clone();
        let shared = self.shared_spaces(&peer);
        let county = self.ledger.county();
        let mut lists = Vec::new();
        for space in &shared {
            let theirs = spaces.iter().find(|s| s.space == *space);
            let own = self.ledger.level1(space);
            let their_logs = |org: &OrgId| theirs.and_then(|t| t.organisations.get(org)).map(|h| h.logs);
            let differing: Vec<OrgId> =
                own.iter().filter(|(org, digest)| their_logs(org) != Some(**digest)).map(|(org, _)| org.clone()).collect();
            for organisation in differing {
                let tips = self.ledger.level2(space, &organisation);
                lists.push(OrgTips { space: *space, organisation, tips });
            }
        }
        // Organisations of which only the peer has logs, and spaces that only it knows yet: it sends those tips itself.
        if let Some(state) = self.sessions.get_mut(&session) {
            for space in spaces {
                if space.space == county {
                    state.claims = space.organisations.iter().map(|(org, h)| (org.clone(), h.commits)).collect();
                }
                let level1 = space.organisations.into_iter().map(|(org, h)| (org, h.logs)).collect();
                if shared.contains(&space.space) {
                    state.theirs.insert(space.space, (level1, space.state));
                }
            }
        }
        for chunk in chunk_tips(lists) {
            out.frame(session, Frame::Tips(chunk));
        }
        self.compare_state(session, out);
    }

    /// Same logs, charters and rules must mean the same state (I3).
    fn compare_state(&self, session: SessionId, out: &mut Output) {
        let Some(state) = self.sessions.get(&session).filter(|s| s.same_rules) else { return };
        for (space, (level1, digest)) in &state.theirs {
            if *level1 == self.ledger.level1(space) && *digest != self.ledger.digest(space) {
                out.notices.push(Notice::StateDiffers { peer: state.peer.clone(), space: *space, documents: Vec::new() });
                let digests = self.ledger.document_digests(space);
                out.frame(session, Frame::DocumentDigests { space: *space, digests });
            }
        }
    }

    fn on_digests(&mut self, session: SessionId, space: SpaceId, theirs: &BTreeMap<DocumentId, Digest>, out: &mut Output) {
        let peer = self.sessions[&session].peer.clone();
        if !self.shared_spaces(&peer).contains(&space) {
            return;
        }
        let own = self.ledger.document_digests(&space);
        let ids: BTreeSet<&DocumentId> = own.keys().chain(theirs.keys()).collect();
        let documents = ids.into_iter().filter(|id| own.get(id) != theirs.get(id)).copied().collect();
        out.notices.push(Notice::StateDiffers { peer, space, documents });
    }

    fn on_tips(&mut self, session: SessionId, lists: Vec<OrgTips>, now_ms: u64, out: &mut Output) {
        for list in lists {
            for tip in &list.tips {
                let log = LogId { space: list.space, organisation: list.organisation.clone(), incarnation: tip.incarnation };
                self.learn_tip(session, &log, tip.hash, now_ms, out);
            }
        }
    }

    /// The peer has a tip: ask for what leads to it if it is not here.
    fn learn_tip(&mut self, session: SessionId, log: &LogId, tip: HeaderHash, now_ms: u64, out: &mut Output) {
        let known = self.ledger.record(&tip).is_some();
        let Some(state) = self.sessions.get_mut(&session) else { return };
        if known {
            state.tell(tip);
            return;
        }
        state.lead(tip, log.clone());
        if !self.asked.contains_key(&tip) {
            self.ask(session, log, tip, now_ms, out);
        }
    }

    fn ask(&mut self, session: SessionId, log: &LogId, tip: HeaderHash, now_ms: u64, out: &mut Output) {
        self.asked.insert(tip, Asked { session, at_ms: now_ms });
        let known = self.ledger.locator(log);
        out.frame(session, Frame::Want(Want { log: log.clone(), tip, known }));
    }

    /// Asks another stream whose peer has the tip; the one to avoid only if there is no other.
    fn ask_anyone(&mut self, log: &LogId, tip: HeaderHash, avoid: Option<SessionId>, now_ms: u64, out: &mut Output) {
        if self.ledger.record(&tip).is_some() || self.asked.contains_key(&tip) {
            return;
        }
        let holders: Vec<SessionId> =
            self.sessions.iter().filter(|(_, s)| s.ahead.contains_key(&tip)).map(|(id, _)| *id).collect();
        let choice = holders.iter().find(|id| Some(**id) != avoid).or(holders.first());
        if let Some(session) = choice {
            self.ask(*session, log, tip, now_ms, out);
        }
    }

    fn on_want(&mut self, session: SessionId, want: Want, out: &mut Output) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        let space = want.log.space;
        let legal = self.ledger.member(&space, &state.peer) && self.ledger.member(&space, &self.own);
        let fits = self.ledger.record(&want.tip).is_some_and(|r| *r.log == want.log && r.end_of_commit);
        if !legal || !fits {
            return; // not here, or none of the peer's business: it asks someone else
        }
        state.tell(want.tip);
        let headers = self.ledger.missing_range(&want.tip, &want.known.into_iter().collect());
        if !headers.is_empty() {
            out.sends.push(Send::Range { session, headers });
        }
    }

    fn on_commits(&mut self, session: SessionId, range: Vec<SignedCommit>, now_ms: u64, out: &mut Output) {
        let tip = range.last().and_then(|c| c.hashes().last().copied());
        let verified = self.ledger.verify(range);
        self.apply(verified.commits, Some(session), now_ms, out);
        if let (Some(tip), Some(state)) = (tip, self.sessions.get_mut(&session)) {
            state.tell(tip);
        }
        if let Some(refusal) = verified.refusal {
            self.on_refusal(session, refusal, tip, now_ms, out);
        }
    }

    fn on_refusal(&mut self, session: SessionId, refusal: Refusal, tip: Option<HeaderHash>, now_ms: u64, out: &mut Output) {
        let Some(peer) = self.sessions.get(&session).map(|s| s.peer.clone()) else { return };
        match (refusal.code, &refusal.log, tip) {
            // A push overtook what leads to it: ask for the range.
            (Code::ChainGap, Some(log), Some(tip)) => {
                let log = log.clone();
                if let Some(state) = self.sessions.get_mut(&session) {
                    state.lead(tip, log.clone());
                }
                if !self.asked.contains_key(&tip) {
                    self.ask(session, &log, tip, now_ms, out);
                }
            }
            // Says nothing about the author: a relay may have spoiled it. Have it from someone else.
            (Code::ChainSignature, Some(log), Some(tip)) => {
                let log = log.clone();
                self.asked.remove(&tip);
                if let Some(state) = self.sessions.get_mut(&session) {
                    state.ahead.remove(&tip);
                }
                self.ask_anyone(&log, tip, Some(session), now_ms, out);
                out.notices.push(Notice::Refused { peer, refusal });
            }
            // A key or space that is not known here yet (the next `Have` after it arrives fetches the log), or bytes
            // that no honest node sends: not asked for again on this stream.
            (_, _, tip) => {
                if let (Some(tip), Some(state)) = (tip, self.sessions.get_mut(&session)) {
                    self.asked.remove(&tip);
                    state.ahead.remove(&tip);
                }
                out.notices.push(Notice::Refused { peer, refusal });
            }
        }
    }

    fn apply(&mut self, commits: Vec<VerifiedCommit>, from: Option<SessionId>, now_ms: u64, out: &mut Output) {
        let mut founded = false;
        for commit in commits {
            let tip = commit.tip().hash;
            let changes = self.ledger.apply(&commit);
            self.asked.remove(&tip);
            for state in self.sessions.values_mut() {
                state.ahead.remove(&tip);
            }
            notice_changes(&commit, &changes, out);
            out.changes.merge(changes);
            founded |= commit.first().header.kind == Kind::Space;
            if commit.first().header.kind != Kind::Receipt && commit.log.space == self.ledger.county() {
                self.unreceipted.insert(commit.log.clone(), (commit.tip().header.seq, tip));
            }
            if from.is_none() {
                self.push(&commit, out);
            } else {
                self.moved.insert(commit.log.clone(), (commit.tip().header.seq, tip));
                self.announce_at_ms.get_or_insert(now_ms + limits::ANNOUNCE_AFTER_MS);
            }
            out.persist.commits.push(commit);
        }
        if founded {
            for session in self.greeted() {
                self.send_have(session, out);
            }
        }
    }

    /// Sends an own commit to every peer that is a member of its space.
    fn push(&mut self, commit: &VerifiedCommit, out: &mut Output) {
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

    fn announce(&mut self, out: &mut Output) {
        self.announce_at_ms = None;
        let moved = std::mem::take(&mut self.moved);
        for (id, state) in &self.sessions {
            let tips: Vec<LogTip> = moved
                .iter()
                .filter(|(log, (_, hash))| {
                    log.organisation != state.peer && !state.told.contains(hash) && self.ledger.member(&log.space, &state.peer)
                })
                .map(|(log, (seq, hash))| LogTip { log: log.clone(), seq: *seq, hash: *hash })
                .collect();
            if !tips.is_empty() {
                out.frame(*id, Frame::Announce(tips));
            }
        }
    }

    fn ask_values(&mut self, out: &mut Output) {
        if self.ledger.missing_values().is_empty() {
            return;
        }
        for session in self.greeted() {
            let Some(state) = self.sessions.get_mut(&session) else { continue };
            let wanted: Vec<FactId> = self
                .ledger
                .missing_values()
                .iter()
                .filter(|f| !state.asked_values.contains(f))
                .filter(|f| self.ledger.record(&f.header).is_some_and(|r| self.ledger.member(&r.log.space, &state.peer)))
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

    fn on_want_values(&mut self, session: SessionId, facts: Vec<FactId>, out: &mut Output) {
        let Some(state) = self.sessions.get(&session) else { return };
        let may = |f: &FactId| {
            let record = self.ledger.record(&f.header);
            record.is_some_and(|r| self.ledger.member(&r.log.space, &state.peer)) && !self.ledger.erased(f)
        };
        let facts: Vec<FactId> = facts.into_iter().filter(may).collect();
        if !facts.is_empty() {
            out.sends.push(Send::Values { session, facts });
        }
    }

    fn on_values(&mut self, values: Vec<(FactId, SaltedValue)>, out: &mut Output) {
        for (fact, value) in values {
            let outline = self.ledger.fact(&fact).and_then(|f| f.value.as_ref());
            let fits = outline.is_some_and(|o| {
                crate::value::Value::hash(&value.salt, &value.bytes) == o.hash && value.bytes.len() == o.bytes as usize
            });
            if fits && !self.ledger.erased(&fact) && self.ledger.value_arrived(&fact) {
                out.changes.documents.extend(self.ledger.record(&fact.header).map(|r| r.document));
                out.persist.values.push((fact, value));
            }
        }
    }

    fn on_contacts(&mut self, contacts: Vec<Contact>, now_ms: u64) {
        let (_, charter) = self.ledger.charters().in_force();
        for contact in contacts {
            let Some(party) = charter.party(&contact.organisation) else { continue };
            let known = self.contacts.get(&contact.organisation).map_or(0, |c| c.at_ms);
            let plausible = contact.at_ms <= now_ms.saturating_add(limits::CLOCK_WARNING_MS);
            if contact.at_ms > known && plausible && contact.fits(self.ledger.federation(), party.log_key) {
                self.contacts.insert(contact.organisation.clone(), contact);
            }
        }
    }

    fn refresh_contact(&mut self, now_ms: u64) {
        self.contact_sent_ms = now_ms;
        let contact = Contact::sign(self.ledger.federation(), self.own.clone(), now_ms, &self.key);
        self.contacts.insert(self.own.clone(), contact);
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
        self.persist.proofs.extend(later.persist.proofs);
        self.changes.merge(later.changes);
        self.sends.extend(later.sends);
        self.notices.extend(later.notices);
    }
}

/// Splits lists of tips into frames within the protocol's bound.
fn chunk_tips(lists: Vec<OrgTips>) -> Vec<Vec<OrgTips>> {
    let mut frames: Vec<Vec<OrgTips>> = Vec::new();
    let mut room = 0;
    for list in lists {
        for tips in list.tips.chunks(limits::TIPS_FRAME_LOGS_MAX) {
            if tips.len() > room {
                frames.push(Vec::new());
                room = limits::TIPS_FRAME_LOGS_MAX;
            }
            room -= tips.len();
            let part = OrgTips { space: list.space, organisation: list.organisation.clone(), tips: tips.to_vec() };
            if let Some(frame) = frames.last_mut() {
                frame.push(part);
            }
        }
    }
    frames
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
