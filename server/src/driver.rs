//! The one writer. Feeds the core's machine, makes durable what it asks to persist, and only then sends and answers
//! (keeps I1, I2). Commands that wait together share one transaction. If the store fails, nothing is acknowledged: the
//! machine is thrown away and built again from what is stored.

mod load;
mod notices;
mod persist;

pub use load::load;

use crate::{
    directory::Directory,
    failure::Failure,
    store::{Store, WorkingCopyRow},
};
use samsyn_core::{
    charter_book::Signatures,
    code::Code,
    commit::{CommitBuilder, Position, SignedCommit},
    entry::Outline,
    id::{CharterHash, DocumentId, FactId, HeaderHash, Incarnation, LogId, OrgId, SpaceId},
    ledger::Ledger,
    limits,
    sign::LogKey,
    sync::{Frame, Machine, Notice, Output, Send as MachineSend, SessionId},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{mpsc, oneshot};

/// Commands that share a transaction.
const COMMANDS_PER_BATCH: usize = 256;
/// Commands that wait; further senders are held back.
const COMMANDS_WAITING_MAX: usize = 512;
/// How often the machine is told the time.
const TICK: Duration = Duration::from_millis(100);
/// How long a node whose store has failed waits before it tries the store again.
const PAUSE: Duration = Duration::from_secs(2);
/// Commits whose own signatures are checked in one go of the background check.
const PROOFS_PER_STEP: i64 = 64;

/// What goes out on one stream.
#[derive(Debug)]
pub enum Outgoing {
    Frame(Arc<Frame>),
    Range(Vec<HeaderHash>),
    Values(Vec<FactId>),
    Close(Code),
}

/// What an own commit is built from.
#[derive(Debug)]
pub struct Pen<'a> {
    pub ledger: &'a Ledger,
    pub own: &'a OrgId,
    pub key: &'a LogKey,
    pub hlc_ms: u64,
    incarnation: Incarnation,
}

impl Pen<'_> {
    /// What is signed with a key that the charter in force does not give this organisation has no effect anywhere.
    fn check_key(&self) -> Result<(), Failure> {
        let (_, charter) = self.ledger.charters().in_force();
        if charter.party(self.own).is_some_and(|p| p.log_key == self.key.public()) {
            return Ok(());
        }
        let message = format!(
            "the charter in force (version {}) does not give '{}' the key of this node",
            charter.version, self.own
        );
        Err(Failure::new(
            Code::EffectKey,
            message,
            "start the node with the key that the charter names; until then nothing can be shared",
        ))
    }

    /// Where the next commit in a space stands.
    pub fn position(&self, space: SpaceId) -> Position {
        self.ledger.position(space, self.own, self.incarnation, self.key.public())
    }
}

/// What one write wants: a commit, rows of the organisation's own, or both in one transaction.
#[derive(Debug, Default)]
pub struct Composed {
    pub commit: Option<SignedCommit>,
    pub working_copy: Option<WorkingCopyRow>,
}

type Compose = Box<dyn FnOnce(&Pen<'_>) -> Result<Composed, Failure> + Send>;
/// Tells a waiting caller how the step that it is part of went.
type Reply = Box<dyn FnOnce(Result<(), Failure>) + Send>;
type Query = Box<dyn FnOnce(&Machine, &State) + Send>;

/// What the driver knows beside the machine, for `Node`.
#[derive(Debug)]
pub struct State {
    pub incarnation: Incarnation,
    pub started: Instant,
    pub notices: VecDeque<(u64, Notice)>,
    pub clocks: BTreeMap<OrgId, u64>,
    /// Why nothing is accepted at the moment.
    pub paused: Option<Failure>,
}

enum Command {
    Opened {
        session: SessionId,
        peer: OrgId,
        outbox: mpsc::Sender<Outgoing>,
    },
    Frame {
        session: SessionId,
        frame: Frame,
    },
    Closed {
        session: SessionId,
    },
    Write {
        compose: Compose,
        reply: oneshot::Sender<Result<Option<HeaderHash>, Failure>>,
    },
    Charter {
        bytes: Vec<u8>,
        signatures: Signatures,
        reply: oneshot::Sender<Result<(), Failure>>,
    },
    Query(Query),
    /// Finishes what has been taken on, then ends.
    Stop,
}

/// How the rest of the node talks to the driver. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
}

impl Handle {
    pub async fn opened(&self, session: SessionId, peer: OrgId, outbox: mpsc::Sender<Outgoing>) -> Result<(), Failure> {
        self.send(Command::Opened { session, peer, outbox }).await
    }
    /// Waits while the driver is busy: a peer that sends faster than we store is held back on its stream.
    pub async fn frame(&self, session: SessionId, frame: Frame) -> Result<(), Failure> {
        self.send(Command::Frame { session, frame }).await
    }
    pub async fn closed(&self, session: SessionId) -> Result<(), Failure> {
        self.send(Command::Closed { session }).await
    }

    /// Writes a commit and rows of the organisation's own. Done once it answers, even if the caller has gone by then.
    pub async fn write<F>(&self, compose: F) -> Result<Option<HeaderHash>, Failure>
    where
        F: FnOnce(&Pen<'_>) -> Result<Composed, Failure> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Write { compose: Box::new(compose), reply }).await?;
        answer.await.map_err(|_| stopping())?
    }

    pub async fn offer_charter(&self, bytes: Vec<u8>, signatures: Signatures) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Charter { bytes, signatures, reply }).await?;
        answer.await.map_err(|_| stopping())?
    }

    /// Reads the machine between two transactions: what is seen is durable (keeps I1).
    pub async fn query<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Machine, &State) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let query: Query = Box::new(move |machine, state| {
            reply.send(read(machine, state)).ok();
        });
        self.send(Command::Query(query)).await?;
        answer.await.map_err(|_| stopping())
    }

    /// Ends the driver once what it has taken on is done; later commands are refused.
    pub async fn stop(&self) {
        self.send(Command::Stop).await.ok(); // it may have ended already
    }

    async fn send(&self, command: Command) -> Result<(), Failure> {
        self.commands.send(command).await.map_err(|_| stopping())
    }
}

fn stopping() -> Failure {
    Failure::new(Code::Stopping, "the node is stopping", "try again when it is running")
}

struct Driver {
    store: Arc<Store>,
    directory: Arc<Directory>,
    key: LogKey,
    machine: Machine,
    /// The last position used in the store.
    position: u64,
    outboxes: BTreeMap<SessionId, mpsc::Sender<Outgoing>>,
    state: State,
    last_hlc_ms: u64,
    resume_at: Option<Instant>,
    unproven: bool,
}

/// What one step has to say, once it is durable.
#[derive(Default)]
struct Step {
    out: Output,
    working_copies: Vec<WorkingCopyRow>,
    replies: Vec<Reply>,
    queries: Vec<Query>,
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
) -> (Handle, tokio::task::JoinHandle<()>) {
    let (commands, receiver) = mpsc::channel(COMMANDS_WAITING_MAX);
    directory.update(loaded.machine.ledger().charters());
    let state =
        State { incarnation, started: Instant::now(), notices: VecDeque::new(), clocks: BTreeMap::new(), paused: None };
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
    };
    let task = tokio::spawn(driver.run(receiver));
    (Handle { commands }, task)
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
                    while step.replies.len() < COMMANDS_PER_BATCH && step.out.persist.commits.len() < COMMANDS_PER_BATCH {
                        let Ok(command) = commands.try_recv() else { break };
                        self.handle(command, &mut step);
                    }
                }
                _ = tick.tick() => {
                    self.resume().await;
                    if self.resume_at.is_none() {
                        step.out = self.machine.tick(now_ms());
                        self.write_receipt(&mut step);
                        self.check_proofs(&mut step).await;
                    }
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
            return refuse(command, failure, step);
        }
        let now = now_ms();
        match command {
            Command::Opened { session, peer, outbox } => {
                tracing::info!(peer = %peer, session = session.0, "connected");
                self.outboxes.insert(session, outbox);
                step.out.merge(self.machine.opened(session, peer, now));
            }
            Command::Frame { session, frame } => step.out.merge(self.machine.received(session, frame, now)),
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
            incarnation: self.state.incarnation,
        };
        if let Err(failure) = pen.check_key() {
            return drop(reply.send(Err(failure)));
        }
        let composed = match compose(&pen) {
            Ok(composed) => composed,
            Err(failure) => return drop(reply.send(Err(failure))),
        };
        let tip = composed.commit.as_ref().and_then(|c| c.hashes().last().copied());
        if let Some(commit) = composed.commit {
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
        step.working_copies.extend(composed.working_copy);
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
        let result = self.persist(&step.out, &step.working_copies).await;
        if let Err(failure) = result {
            self.fail(&failure).await;
            for reply in step.replies {
                reply(Err(failure.clone()));
            }
            return;
        }
        if !step.out.persist.charters.is_empty() {
            self.directory.update(self.machine.ledger().charters());
        }
        self.unproven |= step.out.persist.commits.len() > 1;
        for notice in step.out.notices {
            self.notice(notice);
        }
        for send in step.out.sends {
            self.send(send);
        }
        for reply in step.replies {
            reply(Ok(()));
        }
        for query in step.queries {
            query(&self.machine, &self.state);
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
        if outbox.try_send(outgoing).is_err() {
            // The peer does not read as fast as others write. Its stream ends; it catches up when it connects again.
            tracing::warn!(session = session.0, code = %Code::PeerSlow, "outbox full or closed: stream ended");
            self.outboxes.remove(&session);
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
            Ok(Composed { commit: Some(builder.sign(pen.key)), working_copy: None })
        });
        self.write(compose, reply, now, step);
    }

    /// Checks in the background the signatures that a later one has covered so far.
    async fn check_proofs(&mut self, step: &mut Step) {
        if !self.unproven {
            return;
        }
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

    /// Nothing that was not made durable may be remembered: builds the machine again, and waits.
    async fn fail(&mut self, failure: &Failure) {
        tracing::error!(code = %failure.code, remedy = failure.remedy, "{failure}");
        self.outboxes.clear();
        self.state.paused = Some(failure.clone());
        self.resume_at = Some(Instant::now() + PAUSE);
        match load(&self.store, self.machine.own().clone(), self.key.clone()).await {
            Ok(loaded) => (self.machine, self.position) = (loaded.machine, loaded.position),
            Err(failure) => tracing::error!(code = %failure.code, remedy = failure.remedy, "{failure}"),
        }
        // The store may be behind what this process remembers: what it writes from now on is another log (keeps I7).
        if let Ok(incarnation) = fresh_incarnation() {
            self.state.incarnation = incarnation;
        }
    }

    async fn resume(&mut self) {
        if self.resume_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
        let loaded = match self.store.probe().await {
            Ok(()) => load(&self.store, self.machine.own().clone(), self.key.clone()).await,
            Err(failure) => Err(failure),
        };
        match loaded {
            Ok(loaded) => {
                (self.machine, self.position) = (loaded.machine, loaded.position);
                (self.resume_at, self.state.paused) = (None, None);
                tracing::info!("the store works again: going on");
            }
            Err(failure) => {
                tracing::error!(code = %failure.code, remedy = failure.remedy, "{failure}");
                self.state.paused = Some(failure);
                self.resume_at = Some(Instant::now() + PAUSE);
            }
        }
    }
}

/// What a paused node answers: reads go on, streams end and are dialled again later, writes are refused.
fn refuse(command: Command, failure: &Failure, step: &mut Step) {
    match command {
        Command::Opened { .. } | Command::Frame { .. } | Command::Closed { .. } => {}
        Command::Write { reply, .. } => drop(reply.send(Err(failure.clone()))),
        Command::Charter { reply, .. } => drop(reply.send(Err(failure.clone()))),
        Command::Query(query) => step.queries.push(query),
        Command::Stop => step.last = true,
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Sixteen random bytes for a writing process.
pub fn fresh_incarnation() -> Result<Incarnation, Failure> {
    random().map(Incarnation)
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

/// The most frames that wait for one peer.
pub const OUTBOX: usize = limits::OUTBOX_FRAMES_MAX;

#[cfg(test)]
mod tests;
