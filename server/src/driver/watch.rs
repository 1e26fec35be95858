//! Tells others in this process which documents have changed, once that is durable (keeps I1).

use samsyn_core::id::DocumentId;
use std::collections::BTreeSet;
use tokio::sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};

/// Transactions that a slow watcher may be behind before it is told that everything has changed.
const BEHIND_MAX: usize = 64;

/// What is shown otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Changed {
    Documents(BTreeSet<DocumentId>),
    /// More than can be told.
    Everything,
}

/// The driver's end: with it everything ends.
#[derive(Debug)]
pub(super) struct Teller(broadcast::Sender<Changed>);

/// Where watchers begin.
#[derive(Debug, Clone)]
pub(super) struct Watchable(broadcast::WeakSender<Changed>);

/// A watcher's end.
#[derive(Debug)]
pub(crate) struct Watch(broadcast::Receiver<Changed>);

impl Teller {
    pub(super) fn new() -> Self {
        Self(broadcast::channel(BEHIND_MAX).0)
    }

    pub(super) fn tell(&self, changed: Changed) {
        self.0.send(changed).ok(); // nobody watches
    }

    pub(super) fn watchable(&self) -> Watchable {
        Watchable(self.0.downgrade())
    }
}

impl Watchable {
    pub(super) fn watch(&self) -> Watch {
        Watch(self.0.upgrade().map_or_else(|| broadcast::channel(1).1, |teller| teller.subscribe()))
    }
}

impl Watch {
    /// Waits for a change; takes with it those that have come since the last. `None` when the driver has ended.
    pub(crate) async fn next(&mut self, documents_max: usize) -> Option<Changed> {
        let mut changed = received(self.0.recv().await)?;
        if let Some(more) = self.so_far() {
            changed = changed.and(more);
        }
        match changed {
            Changed::Documents(ids) if ids.len() > documents_max => Some(Changed::Everything),
            changed => Some(changed),
        }
    }

    /// The changes that have come since the last, together; `None` where there are none.
    pub(crate) fn so_far(&mut self) -> Option<Changed> {
        let mut so_far: Option<Changed> = None;
        loop {
            let more = match self.0.try_recv() {
                Ok(changed) => changed,
                Err(TryRecvError::Lagged(_)) => Changed::Everything,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return so_far,
            };
            so_far = Some(match so_far {
                Some(earlier) => earlier.and(more),
                None => more,
            });
        }
    }
}

fn received(received: Result<Changed, RecvError>) -> Option<Changed> {
    match received {
        Ok(changed) => Some(changed),
        Err(RecvError::Lagged(_)) => Some(Changed::Everything),
        Err(RecvError::Closed) => None,
    }
}

impl Changed {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Documents(mut ids), Self::Documents(more)) => {
                ids.extend(more);
                Self::Documents(ids)
            }
            _ => Self::Everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(ids: &[u8]) -> Changed {
        Changed::Documents(ids.iter().map(|id| DocumentId([*id; 32])).collect())
    }

    #[tokio::test]
    async fn what_a_slow_watcher_has_missed_is_told_together_or_as_everything() {
        let teller = Teller::new();
        let watchable = teller.watchable();
        let mut watch = watchable.watch();
        teller.tell(documents(&[1]));
        teller.tell(documents(&[2, 3]));
        assert_eq!(watch.next(10).await, Some(documents(&[1, 2, 3])));
        teller.tell(documents(&[1, 2, 3]));
        assert_eq!(watch.next(2).await, Some(Changed::Everything), "more than fits in an answer");
        (0..=BEHIND_MAX).for_each(|_| teller.tell(documents(&[4])));
        assert_eq!(watch.next(10).await, Some(Changed::Everything), "more than is kept");
        drop(teller);
        assert_eq!(watch.next(10).await, None);
        assert_eq!(watchable.watch().next(10).await, None, "the driver has ended");
    }
}
