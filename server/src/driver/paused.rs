//! A store that fails: the node pauses, tries it again, and goes on with what is stored.

use super::{Changed, Driver, Loaded, Step, erase_again, fresh_incarnation, handle::Command, load};
use crate::{failure::Failure, working};
use samsyn_core::code::Code;
use std::time::{Duration, Instant};

/// How long a node whose store has failed waits before it tries the store again.
const PAUSE: Duration = Duration::from_secs(2);
/// How often it is looked whether the database server is there, when nothing is written.
const LOOK: Duration = Duration::from_secs(1);

impl Driver {
    pub(super) fn pause(&mut self, failure: &Failure) {
        tracing::error!(code = %failure.code, remedy = failure.remedy, "{failure}");
        self.outboxes.clear();
        self.store.forget_ranges();
        self.state.paused = Some(failure.clone());
        self.resume_at = Some(Instant::now() + PAUSE);
        // The store may be behind what this process remembers: what it writes from now on is another log (keeps I7).
        if let Ok(incarnation) = fresh_incarnation() {
            self.state.incarnation = incarnation;
        }
    }

    /// Nothing that was not made durable may be remembered: builds the machine again, where the store can be read.
    pub(super) async fn reload(&mut self, failure: &Failure) {
        if failure.code == Code::StoreUnreachable {
            return;
        }
        match self.load_again().await {
            Ok(loaded) => self.take(loaded),
            Err(failure) => tracing::error!(code = %failure.code, remedy = failure.remedy, "{failure}"),
        }
    }

    async fn load_again(&self) -> Result<Loaded, Failure> {
        let mut loaded = load(&self.store, self.machine.own().clone(), self.key.clone()).await?;
        erase_again(&self.store, &mut loaded, self.registers.rulebook()).await?;
        Ok(loaded)
    }

    fn take(&mut self, loaded: Loaded) {
        (self.machine, self.position) = (loaded.machine, loaded.position);
        self.registers.reload(loaded.unsettled);
        self.ahead = false;
        self.store.forget_ranges();
        self.teller.tell(Changed::Everything);
        self.unproven = !self.machine.ledger().unproven().is_empty();
    }

    /// A database server that has gone is noticed although nothing is written.
    pub(super) async fn look_at_store(&mut self) {
        if self.resume_at.is_some() || self.watched_at.elapsed() < LOOK {
            return;
        }
        self.watched_at = Instant::now();
        self.store.tidy_ranges();
        working::tidy();
        if let Err(failure) = self.store.check().await {
            self.pause(&failure);
        }
    }

    pub(super) async fn resume(&mut self) {
        if self.resume_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
        let loaded = match self.store.probe().await {
            Ok(()) => self.load_again().await,
            Err(failure) => Err(failure),
        };
        match loaded {
            Ok(loaded) => {
                self.take(loaded);
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

/// What a paused node answers: reads go on unless what is in memory is ahead of the store, streams end and are dialled
/// again later, writes are refused.
pub(super) fn refuse(command: Command, failure: &Failure, ahead: bool, step: &mut Step) {
    match command {
        Command::Opened { .. } | Command::Frame { .. } | Command::Closed { .. } => {}
        Command::Write { reply, .. } => drop(reply.send(Err(failure.clone()))),
        Command::Charter { reply, .. } => drop(reply.send(Err(failure.clone()))),
        Command::Query(query) if ahead => query(Err(failure)),
        Command::Query(query) => step.queries.push(query),
        Command::Stop => step.last = true,
    }
}
