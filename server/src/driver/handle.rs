//! What the rest of the node asks of the driver.

use super::{
    Compose, Composed, Outbox, Pen, Query, State,
    watch::{Watch, Watchable},
};
use crate::{failure::Failure, timing::Timings};
use samsyn_core::{
    charter_book::Signatures,
    code::Code,
    id::{HeaderHash, OrgId},
    sync::{Frame, Machine, SessionId},
};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

pub(super) enum Command {
    Opened {
        session: SessionId,
        peer: OrgId,
        outbox: Outbox,
    },
    Frame {
        session: SessionId,
        frame: Frame,
        room: OwnedSemaphorePermit,
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
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) watchable: Watchable,
    pub(super) timings: Timings,
}

impl Handle {
    /// Where time goes, counted together with the driver.
    pub fn timings(&self) -> &Timings {
        &self.timings
    }
    pub async fn opened(&self, session: SessionId, peer: OrgId, outbox: Outbox) -> Result<(), Failure> {
        self.send(Command::Opened { session, peer, outbox }).await
    }
    /// Waits while the driver is busy: a peer that sends faster than we store is held back on its stream. `room` is
    /// given back when what came of the frame is durable.
    pub async fn frame(&self, session: SessionId, frame: Frame, room: OwnedSemaphorePermit) -> Result<(), Failure> {
        self.send(Command::Frame { session, frame, room }).await
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
        let query: Query = Box::new(move |seen| {
            reply.send(seen.map(|(machine, state)| read(machine, state)).map_err(Clone::clone)).ok();
        });
        self.send(Command::Query(query)).await?;
        answer.await.map_err(|_| stopping())?
    }

    /// Which documents change, from now on.
    pub(crate) fn watch(&self) -> Watch {
        self.watchable.watch()
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
