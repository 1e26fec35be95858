//! The one writer. Feeds the core's machine, makes durable what it asks to persist, and only then sends and answers
//! (keeps I1, I2). Commands that wait together share one transaction. If the store fails, nothing is acknowledged: the
//! machine is thrown away and built again from what is stored.

mod handle;
mod load;
mod notices;
mod outbox;
mod paused;
mod pen;
mod persist;
mod registers;
mod told;
mod watch;

use handle::Command;
pub use handle::Handle;
pub use load::{Loaded, erase_again, load};
pub use outbox::{Ended, Outbox, Outgoings, outbox};
pub use pen::{Composed, Pen};
pub use registers::complete as complete_registers;
pub use told::{Told, told};
use watch::Teller;
pub(crate) use watch::{Changed, Watch};

use crate::{directory::Directory, failure::Failure, rulebook::Rulebook, store::Store, timing::Timings};
use samsyn_core::{
    code::Code,
    commit::{CommitBuilder, SignedCommit},
    entry::Outline,
    id::{CharterHash, DocumentId, FactId, HeaderHash, Incarnation, LogId, OrgId},
    sign::LogKey,
    sync::{Frame, Machine, Notice, Output, Send as MachineSend, SessionId},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Commands that share a transaction.
const COMMANDS_PER_BATCH: usize = 256;
/// Commits after which a transaction takes no further command. Many, since each transaction writes the same pages of the
/// indexes again, and the row of a work once however often it has changed; not more, since others wait for it.
const COMMITS_PER_BATCH: usize = 2_048;
/// Commands that wait; further senders are held back.
const COMMANDS_WAITING_MAX: usize = 512;
/// How often the machine is told the time.
const TICK: Duration = Duration::from_millis(100);
/// Commits whose own signatures are checked in one go of the background check.
const PROOFS_PER_STEP: i64 = 64;
/// How long commits that come in may put it off.
const PROOFS_POSTPONED: Duration = Duration::from_secs(1);

/// What goes out on one stream.
#[derive(Debug)]
pub enum Outgoing {
    Frame(Arc<Frame>),
    Range(Vec<HeaderHash>),
    Values(Vec<FactId>),
    Close(Code),
}

type Compose = Box<dyn FnOnce(&Pen<'_>) -> Result<Composed, Failure> + Send>;
/// Tells a waiting caller how the step that it is part of went.
type Reply = Box<dyn FnOnce(Result<(), Failure>) + Send>;
/// Gets the machine, or why it cannot be shown.
type Query = Box<dyn FnOnce(Result<(&Machine, &State), &Failure>) + Send>;

/// What the driver knows beside the machine, for `Node`.
#[derive(Debug)]
pub struct State {
    pub incarnation: Incarnation,
    pub started: Instant,
    pub notices: VecDeque<(u64, Notice)>,
    pub clocks: BTreeMap<OrgId, u64>,
    /// Notices since the start, by code and party; both come from bounded lists.
    pub counts: BTreeMap<(Code, Option<OrgId>), u64>,
    /// Why nothing is accepted at the moment.
    pub paused: Option<Failure>,
    /// How often own entries have come back from peers: this database is older than what it once was.
    pub came_back: u64,
    pub timings: Timings,
}

struct Driver {
    store: Arc<Store>,
    directory: Arc<Directory>,
    key: LogKey,
    machine: Machine,
    /// The last position used in the store.
    position: u64,
    outboxes: BTreeMap<SessionId, Outbox>,
    state: State,
    last_hlc_ms: u64,
    resume_at: Option<Instant>,
    /// The machine holds what may not be stored, and the store cannot be read: nobody sees it (keeps I1).
    ahead: bool,
    watched_at: Instant,
    teller: Teller,
    unproven: bool,
    /// Commits have been stored since the last tick.
    taken_in: bool,
    proved_at: Instant,
    registers: registers::Registers,
}

/// What one step has to say, once it is durable.
#[derive(Default)]
struct Step {
    out: Output,
    own: persist::OwnRows,
    replies: Vec<Reply>,
    queries: Vec<Query>,
    /// What the frames of this step take of their parties' shares.
    rooms: Vec<OwnedSemaphorePermit>,
    /// Nothing comes after this step.
    last: bool,
}

/// Starts the driver over a loaded machine. It ends when every handle is gone.
pub fn start(
    store: Arc<Store>,
    directory: Arc<Directory>,
    key: LogKey,
    loaded: load::Loaded,
    incarnation: Incarnation,
    rulebook: Arc<Rulebook>,
) -> (Handle, tokio::task::JoinHandle<()>) {
    let (commands, receiver) = mpsc::channel(COMMANDS_WAITING_MAX);
    let teller = Teller::new();
    let timings = Timings::default();
    let handle = Handle { commands, watchable: teller.watchable(), timings: timings.clone() };
    directory.update(loaded.machine.ledger().charters());
    let state = State {
        incarnation,
        started: Instant::now(),
        notices: VecDeque::new(),
        clocks: BTreeMap::new(),
        counts: BTreeMap::new(),
        paused: None,
        came_back: 0,
        timings,
    };
    let driver = Driver {
        store,
        directory,
        key,
        unproven: !loaded.machine.ledger().unproven().is_empty(),
        machine: loaded.machine,
        position: loaded.position,
        outboxes: BTreeMap::new(),
        state,
        last_hlc_ms: 0,
        resume_at: None,
        ahead: false,
        watched_at: Instant::now(),
        taken_in: false,
        proved_at: Instant::now(),
        registers: registers::Registers::new(rulebook, loaded.unsettled),
        teller,
    };
    let task = tokio::spawn(driver.run(receiver));
    (handle, task)
}

impl Driver {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut step = Step::default();
            tokio::select! {
                command = commands.recv() => {
                    let Some(command) = command else { return };
                    self.handle(command, &mut step);
                    // Counted in commands too: a flood of what has no effect must not put off the answers to others.
                    for _ in 1..COMMANDS_PER_BATCH {
                        if step.out.persist.commits.len() >= COMMITS_PER_BATCH {
                            break;
                        }
                        let Ok(command) = commands.try_recv() else { break };
                        self.handle(command, &mut step);
                    }
                }
                _ = tick.tick() => {
                    self.resume().await;
                    self.look_at_store().await;
                    if self.resume_at.is_none() {
                        step.out = self.machine.tick(now_ms());
                        self.write_receipt(&mut step);
                        self.check_proofs(&mut step).await;
                    }
                    self.taken_in = false;
                }
            }
            let last = step.last;
            self.finish(step).await;
            if last {
                return;
            }
        }
    }

    fn handle(&mut self, command: Command, step: &mut Step) {
        if let Some(failure) = &self.state.paused {
            return paused::refuse(command, failure, self.ahead, step);
        }
        let now = now_ms();
        match command {
            Command::Opened { session, peer, outbox } => {
                tracing::info!(peer = %peer, session = session.0, "connected");
                self.outboxes.insert(session, outbox);
                step.out.merge(self.machine.opened(session, peer, now));
            }
            Command::Frame { session, frame, room } => {
                step.rooms.push(room);
                step.out.merge(self.machine.received(session, frame, now));
            }
            Command::Closed { session } => {
                self.outboxes.remove(&session);
                step.out.merge(self.machine.closed(session, now));
            }
            Command::Write { compose, reply } => self.write(compose, reply, now, step),
            Command::Charter { bytes, signatures, reply } => match self.machine.offer_charter(&bytes, &signatures) {
                Ok(out) => {
                    step.out.merge(out);
                    step.replies.push(Box::new(move |result| drop(reply.send(result))));
                }
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            Command::Query(query) => step.queries.push(query),
            Command::Stop => step.last = true,
        }
    }

    fn write(
        &mut self,
        compose: Compose,
        reply: oneshot::Sender<Result<Option<HeaderHash>, Failure>>,
        now: u64,
        step: &mut Step,
    ) {
        self.last_hlc_ms = now.max(self.last_hlc_ms + 1);
        self.leave_overtaken_log();
        let pen = Pen {
            ledger: self.machine.ledger(),
            own: self.machine.own(),
            key: &self.key,
            hlc_ms: self.last_hlc_ms,
            came_back: self.state.came_back + came_back(&step.out.notices),
            incarnation: self.state.incarnation,
        };
        if let Err(failure) = pen.check_key() {
            return drop(reply.send(Err(failure)));
        }
        let composed = match compose(&pen) {
            Ok(composed) => composed,
            Err(failure) => return drop(reply.send(Err(failure))),
        };
        let commits: Vec<SignedCommit> = composed.commit.into_iter().chain(composed.circle).collect();
        let tip = commits.last().and_then(|c| c.hashes().last().copied());
        for commit in commits {
            match self.machine.write(commit, now) {
                Ok(out) => step.out.merge(out),
                Err(refusal) => {
                    let message = format!("the node refuses its own commit ({})", refusal.code);
                    let failure = Failure::new(
                        refusal.code,
                        message,
                        "this is a fault in samsynd: keep the log and tell its makers",
                    );
                    return drop(reply.send(Err(failure)));
                }
            }
        }
        failpoint!(WriteComposed);
        step.own.working_copies.extend(composed.working_copy);
        step.own.requests.extend(composed.request);
        step.own.register.extend(composed.register);
        step.own.erasing.extend(composed.erasing);
        step.replies.push(Box::new(move |result| drop(reply.send(result.map(|()| tip)))));
    }

    /// A log that cites a charter set aside since would be refused from here on: what comes is another log.
    fn leave_overtaken_log(&mut self) {
        let ledger = self.machine.ledger();
        let (space, organisation) = (ledger.county(), self.machine.own().clone());
        let log = LogId { space, organisation, incarnation: self.state.incarnation };
        if ledger.overtaken(&log)
            && let Ok(incarnation) = fresh_incarnation()
        {
            self.state.incarnation = incarnation;
        }
    }

    /// Makes a step durable, then sends and answers; or answers that it failed.
    async fn finish(&mut self, step: Step) {
        let result = self.persist(&step.out, &step.own).await;
        if let Err(failure) = result {
            self.ahead = true;
            self.pause(&failure);
            for reply in step.replies {
                reply(Err(failure.clone()));
            }
            for query in step.queries {
                query(Err(&failure));
            }
            return self.reload(&failure).await;
        }
        if !step.out.persist.charters.is_empty() {
            self.directory.update(self.machine.ledger().charters());
        }
        self.unproven |= step.out.persist.commits.len() > 1;
        self.taken_in |= !step.out.persist.commits.is_empty();
        self.state.came_back += came_back(&step.out.notices);
        for notice in step.out.notices {
            self.notice(notice);
        }
        if !step.out.changes.documents.is_empty() {
            self.teller.tell(Changed::Documents(step.out.changes.documents));
        }
        for send in step.out.sends {
            self.send(send);
        }
        failpoint!(StepSent);
        for reply in step.replies {
            reply(Ok(()));
        }
        failpoint!(StepAnswered);
        for query in step.queries {
            query(Ok((&self.machine, &self.state)));
        }
    }

    fn send(&mut self, send: MachineSend) {
        let (session, outgoing) = match send {
            MachineSend::Frame(session, frame) => (session, Outgoing::Frame(frame)),
            MachineSend::Range { session, headers } => (session, Outgoing::Range(headers)),
            MachineSend::Values { session, facts } => (session, Outgoing::Values(facts)),
            MachineSend::Close { session, code } => (session, Outgoing::Close(code)),
        };
        let Some(outbox) = self.outboxes.get(&session) else { return };
        if !outbox.send(outgoing) {
            // The peer does not read as fast as others write. Its stream ends; it catches up when it connects again.
            tracing::warn!(session = session.0, code = %Code::PeerSlow, "outbox full or closed: stream ended");
            if let Some(outbox) = self.outboxes.remove(&session) {
                outbox.end(Code::PeerSlow);
            }
        }
    }

    /// Says what this node has stored, if a receipt is due.
    fn write_receipt(&mut self, step: &mut Step) {
        let now = now_ms();
        let Some(receipt) = self.machine.receipt_due(now) else { return };
        let (reply, _) = oneshot::channel();
        let compose: Compose = Box::new(move |pen| {
            let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
            builder.add(DocumentId::NONE, &Outline::Receipt(receipt));
            Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
        });
        self.write(compose, reply, now, step);
    }

    /// Checks in the background the signatures that a later one has covered so far.
    async fn check_proofs(&mut self, step: &mut Step) {
        // While commits are coming in they go first, but for a second at most.
        let busy = self.taken_in && self.proved_at.elapsed() < PROOFS_POSTPONED;
        if !self.unproven || busy {
            return;
        }
        self.proved_at = Instant::now();
        match self.store.unproven(PROOFS_PER_STEP).await {
            Ok(rows) if rows.is_empty() => self.unproven = false,
            Ok(rows) => {
                for (header, signature) in rows {
                    step.out.merge(load::check_proof(&mut self.machine, &header, &signature));
                }
            }
            Err(failure) => tracing::error!(code = %failure.code, "{failure}"),
        }
    }
}

fn came_back(notices: &[Notice]) -> u64 {
    notices.iter().map(|notice| u64::from(matches!(notice, Notice::CameBack { .. }))).sum()
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Sixteen random bytes for a writing process.
pub fn fresh_incarnation() -> Result<Incarnation, Failure> {
    let incarnation = random().map(Incarnation)?;
    #[cfg(feature = "failpoints")]
    let incarnation = crate::failpoint::incarnation().unwrap_or(incarnation);
    failpoint!(IncarnationMinted);
    Ok(incarnation)
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|e| {
        Failure::new(Code::Failed, format!("the system gives no random bytes: {e}"), "check the system")
    })?;
    Ok(bytes)
}

/// Which charter is in force, for log lines.
pub fn in_force(machine: &Machine) -> CharterHash {
    machine.ledger().charters().in_force().0
}

#[cfg(test)]
mod tests;
