//! One node: the core's machine between a network and a disk, driven as the server's driver drives it. Handle, persist,
//! send: a crash may come between any two of these. Known bugs ([`Plant`]) sit here and nowhere else.

use super::{
    county::{File, org},
    disk::{Disk, Note},
    network::Item,
    plant::Plant,
    random::Random,
};
use samsyn_core::{
    code::Code,
    commit::{Proof, SignedCommit},
    effect::Verdict,
    id::{DocumentId, HeaderHash, Incarnation, LogId, OrgId},
    ledger::Ledger,
    sign::{Domain, LogKey},
    sync::{Frame, Machine, Notice, Output, Send, SessionId, SpaceHave},
};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// What a machine is fed.
#[derive(Debug, Clone)]
pub(super) enum Input {
    Opened(SessionId, OrgId),
    Closed(SessionId),
    Frame(SessionId, Arc<Frame>),
    Write { commit: SignedCommit, note: Option<(DocumentId, Note)> },
    Charter(File),
    Tick,
}

/// Where in a step the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    Never,
    BeforePersist,
    AfterPersist,
    /// After so many sends.
    AmidSends(usize),
}

/// What a step leads to.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) sends: Vec<(SessionId, Item)>,
    pub(super) notices: Vec<Notice>,
    /// Verdicts that changed, for checks, and which of them were admitted before.
    pub(super) verdicts: BTreeMap<HeaderHash, Verdict>,
    pub(super) fallen: Vec<HeaderHash>,
    pub(super) charters_changed: bool,
    /// An own commit that is durable and answered for.
    pub(super) acknowledged: Option<HeaderHash>,
    pub(super) crashed: bool,
    /// Something that was sent and was not durable (I1).
    pub(super) volatile: Option<HeaderHash>,
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) party: usize,
    pub(super) key: LogKey,
    pub(super) hostile: bool,
    pub(super) disk: Disk,
    /// None while the process is down.
    pub(super) machine: Option<Machine>,
    pub(super) incarnation: Incarnation,
    pub(super) peers: BTreeMap<SessionId, OrgId>,
    pub(super) plant: Option<Plant>,
}

impl Node {
    pub(super) fn new(party: usize, key: LogKey, disk: Disk, plant: Option<Plant>, hostile: bool) -> Self {
        let incarnation = Incarnation([0; 16]);
        Self { party, key, hostile, disk, machine: None, incarnation, peers: BTreeMap::new(), plant }
    }

    pub(super) fn ledger(&self) -> Option<&Ledger> {
        self.machine.as_ref().map(Machine::ledger)
    }

    /// True if a planted bug sits in what the node shows: then it is to be found by comparing nodes, not by reading it.
    pub(super) fn shows_otherwise(&self) -> bool {
        use Plant::{CutIgnored, ForgottenReplaces, OustedKeyBelieved, VerdictByArrivalOrder};
        matches!(self.plant, Some(CutIgnored | ForgottenReplaces | OustedKeyBelieved | VerdictByArrivalOrder))
    }

    fn has(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    /// A new process reads its disk; every process writes under an incarnation of its own.
    pub(super) fn start(&mut self, random: &mut Random) -> Result<(), String> {
        if self.has(Plant::CharterNotKept) {
            self.disk.forget_charters();
        }
        let ledger = self.disk.load()?;
        if self.has(Plant::AcceptBeforeChainCheck) {
            self.disk.shown = ledger.records().map(|(hash, record)| (*hash, record.verdict)).collect();
            self.disk.values.retain(|fact, _| !ledger.erased(fact));
        }
        self.machine = Some(Machine::new(org(self.party), self.key.clone(), ledger));
        self.peers.clear();
        let fresh = Incarnation(random.bytes());
        if !self.has(Plant::IncarnationReused) || self.incarnation == Incarnation([0; 16]) {
            self.incarnation = fresh;
        }
        Ok(())
    }

    /// The process dies: only the disk remains.
    pub(super) fn crash(&mut self) {
        self.machine = None;
        self.peers.clear();
    }

    /// One step of the driver. An error is a panic of the core.
    pub(super) fn step(
        &mut self,
        input: Input,
        now_ms: u64,
        crash: Crash,
        random: &mut Random,
    ) -> Result<Step, String> {
        let mut step = Step::default();
        let Some(input) = self.before(input) else { return Ok(step) };
        let Some(machine) = self.machine.as_mut() else { return Ok(step) };
        let (tip, note) = match &input {
            Input::Write { commit, note } => (commit.hashes().last().copied(), note.clone()),
            _ => (None, None),
        };
        let peers = &mut self.peers;
        let disk = &self.disk;
        let handled = catch_unwind(AssertUnwindSafe(|| handle(machine, peers, disk, input, now_ms)));
        let Some(out) = handled.map_err(|_| "the core panicked".to_owned())? else { return Ok(step) };
        step.crashed = crash != Crash::Never;
        if crash == Crash::BeforePersist && !self.has(Plant::SendBeforePersist) {
            self.crash();
            return Ok(step);
        }
        if self.has(Plant::SendBeforePersist) {
            self.emit(&out, &mut step, random);
            if crash == Crash::BeforePersist {
                self.crash();
                return Ok(step);
            }
        }
        let admitted = |h: &&HeaderHash| self.disk.shown.get(*h).is_some_and(Verdict::admitted);
        let lost = out.changes.verdicts.iter().filter(|(_, v)| !v.admitted()).map(|(h, _)| h);
        step.fallen = lost.filter(admitted).copied().collect();
        self.persist(&out, note, tip, random);
        step.verdicts.clone_from(&out.changes.verdicts);
        step.charters_changed = !out.persist.charters.is_empty();
        if crash == Crash::AfterPersist {
            self.crash();
            return Ok(step);
        }
        if !self.has(Plant::SendBeforePersist) {
            self.emit(&out, &mut step, random);
        }
        step.acknowledged = tip;
        step.notices = out.notices;
        self.renew(random);
        if let Crash::AmidSends(count) = crash {
            step.sends.truncate(count);
            self.crash();
        }
        Ok(step)
    }

    /// Where a dispute has overtaken one of its logs, the process writes on under a new incarnation.
    fn renew(&mut self, random: &mut Random) {
        let (me, incarnation) = (org(self.party), self.incarnation);
        let own = |log: &LogId| log.organisation == me && log.incarnation == incarnation;
        let overtaken = self.ledger().is_some_and(|l| l.logs().any(|(log, _)| own(log) && l.overtaken(log)));
        if overtaken && !self.has(Plant::DisputeIgnored) {
            self.incarnation = Incarnation(random.bytes());
        }
    }

    fn persist(
        &mut self,
        out: &Output,
        note: Option<(DocumentId, Note)>,
        tip: Option<HeaderHash>,
        random: &mut Random,
    ) {
        let Some(machine) = &self.machine else { return };
        let before = if self.has(Plant::VerdictByArrivalOrder) { self.disk.shown.clone() } else { BTreeMap::new() };
        let kept_values = if self.has(Plant::ErasedValueReturns) { self.disk.values.clone() } else { BTreeMap::new() };
        self.disk.put(out, machine.ledger());
        self.disk.notes.extend(note);
        self.disk.values.extend(kept_values);
        match self.plant {
            Some(Plant::VerdictByArrivalOrder) => self.disk.shown.extend(before),
            Some(Plant::OustedKeyBelieved) => self.show(Code::EffectKey),
            Some(Plant::CutIgnored) => self.show(Code::EffectCut),
            Some(Plant::ForgottenReplaces) => {
                for id in &out.changes.documents {
                    let Some(founded) = machine.ledger().document(id) else { continue };
                    let all =
                        founded.document.paths().map(|(p, at)| (p.clone(), at.admitted().keys().copied().collect()));
                    self.disk.projection.insert(*id, all.collect());
                }
            }
            Some(Plant::AcknowledgedLost) if random.chance(30) => self.disk.forget(tip.as_slice()),
            _ => {}
        }
    }

    fn show(&mut self, refused: Code) {
        self.disk.shown.values_mut().filter(|v| **v == Verdict::Refused(refused)).for_each(|v| *v = Verdict::Admitted);
    }

    /// Bugs that sit between the network and the machine.
    fn before(&mut self, input: Input) -> Option<Input> {
        let Input::Frame(session, frame) = &input else { return Some(input) };
        let (Frame::Commits(range), Some(machine)) = (&**frame, &self.machine) else { return Some(input) };
        let ledger = machine.ledger();
        match self.plant {
            Some(Plant::AcceptBeforeChainCheck) => {
                let refused = ledger.verify(range.clone()).refusal.is_some_and(|r| r.code == Code::ChainSignature);
                let fits =
                    |c: &&SignedCommit| refused && matches!(ledger.restore((*c).clone(), Proof::Own), Ok(Some(_)));
                let Some(unchecked) = range.iter().find(fits).cloned() else { return Some(input) };
                self.disk.plant(&unchecked);
                self.crash();
                None
            }
            Some(Plant::ForkDropped) => {
                let rival = |commit: &SignedCommit| {
                    let header = samsyn_core::entry::Header::decode(&commit.entries[0].header).ok()?;
                    let hash = HeaderHash::of(&commit.entries[0].header);
                    let log = ledger.log(&header.log(hash))?;
                    log.at(header.seq).any(|h| *h != hash).then_some(())
                };
                let rest: Vec<SignedCommit> = range.iter().filter(|c| rival(c).is_none()).cloned().collect();
                (!rest.is_empty()).then(|| Input::Frame(*session, Arc::new(Frame::Commits(rest))))
            }
            _ => Some(input),
        }
    }

    /// Turns what the machine wants sent into frames, read from the disk where it says so.
    fn emit(&mut self, out: &Output, step: &mut Step, random: &mut Random) {
        for send in &out.sends {
            match send {
                Send::Frame(session, frame) => {
                    if let Some(frame) = self.after(frame) {
                        step.volatile = step.volatile.or_else(|| self.volatile(&frame));
                        step.sends.push((*session, Item::Frame(frame)));
                    }
                }
                Send::Range { session, headers } => {
                    let frames = self.disk.frames(headers, random).into_iter().map(|c| Arc::new(Frame::Commits(c)));
                    step.sends.extend(frames.map(|f| (*session, Item::Frame(f))));
                }
                Send::Values { session, facts } => {
                    let held = facts.iter().filter_map(|f| Some((*f, self.disk.values.get(f)?.clone())));
                    step.sends.push((*session, Item::Frame(Arc::new(Frame::Values(held.collect())))));
                }
                Send::Close { session, .. } => {
                    self.peers.remove(session);
                    step.sends.push((*session, Item::End));
                }
            }
        }
    }

    /// Bugs that sit between the machine and the network.
    fn after(&self, frame: &Arc<Frame>) -> Option<Arc<Frame>> {
        match (self.plant, &**frame) {
            (Some(Plant::WithheldValueForgotten), Frame::WantValues(_)) => None,
            (Some(Plant::SpoiledSignatureKept), Frame::Want(want)) if self.ledger()?.record(&want.tip).is_some() => {
                None
            }
            (Some(Plant::SpaceNamedToOutsider), Frame::Have(spaces)) => {
                let ledger = self.ledger()?;
                let mut spaces = spaces.clone();
                let known: Vec<_> = ledger.logs().map(|(id, _)| id.space).collect();
                for space in known {
                    if spaces.iter().all(|s| s.space != space) {
                        spaces.push(SpaceHave { space, organisations: BTreeMap::new(), state: ledger.digest(&space) });
                    }
                }
                Some(Arc::new(Frame::Have(spaces)))
            }
            _ => Some(frame.clone()),
        }
    }

    /// A tip that a frame names and the disk does not hold.
    fn volatile(&self, frame: &Frame) -> Option<HeaderHash> {
        let named: Vec<HeaderHash> = match frame {
            Frame::Commits(range) => range.iter().filter_map(|c| c.hashes().last().copied()).collect(),
            Frame::Announce(tips) => tips.iter().map(|t| t.hash).collect(),
            Frame::Tips(lists) => lists.iter().flat_map(|l| l.tips.iter().map(|t| t.hash)).collect(),
            _ => return None,
        };
        named.into_iter().find(|tip| !self.disk.holds(tip))
    }
}

fn handle(
    machine: &mut Machine,
    peers: &mut BTreeMap<SessionId, OrgId>,
    disk: &Disk,
    input: Input,
    now_ms: u64,
) -> Option<Output> {
    Some(match input {
        Input::Opened(session, peer) => {
            peers.insert(session, peer.clone());
            machine.opened(session, peer, now_ms)
        }
        Input::Closed(session) => {
            peers.remove(&session);
            machine.closed(session, now_ms)
        }
        Input::Frame(session, frame) => machine.received(session, Frame::clone(&frame), now_ms),
        Input::Write { commit, .. } => machine.write(commit, now_ms).ok()?,
        Input::Charter(file) => machine.offer_charter(&file.bytes, &file.signatures).ok()?,
        Input::Tick => {
            let mut out = machine.tick(now_ms);
            let waiting: Vec<HeaderHash> = machine.ledger().unproven().keys().copied().take(8).collect();
            for tip in waiting {
                let Some((header, signature)) = disk.unproven(&tip) else { continue };
                let key = machine.ledger().record(&tip).map(|r| r.key);
                let fits = key.is_some_and(|k| k.verify(Domain::Commit, header, &signature));
                out.merge(machine.proven(tip, if fits { Proof::Own } else { Proof::Spoiled }));
            }
            out
        }
    })
}
