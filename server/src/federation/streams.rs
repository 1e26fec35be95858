//! What each party has under way: its streams, and how much of what it sends is being worked on. A party that opens
//! streams without end ends its own older ones; one that sends without end is read more slowly, and no other waits for
//! it (keeps I6: volume is backpressure on reading, never a verdict).

use samsyn_core::{id::OrgId, limits};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Shared by all streams of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams(Arc<Mutex<BTreeMap<OrgId, Share>>>);

#[derive(Debug)]
struct Share {
    /// Oldest first: how to end each.
    streams: VecDeque<Arc<Notify>>,
    room: Arc<Semaphore>,
}

impl Default for Share {
    fn default() -> Self {
        Self { streams: VecDeque::new(), room: Arc::new(Semaphore::new(limits::PARTY_WORK_BYTES_MAX as usize)) }
    }
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<OrgId, Share>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more stream of a party, for as long as the guard lives. Its oldest one ends where it has too many: a peer
    /// that has lost its connections without our noticing must get in anew.
    pub(super) fn enter(&self, party: OrgId) -> Entered {
        let mut parties = self.lock();
        let share = parties.entry(party.clone()).or_default();
        while share.streams.len() >= limits::STREAMS_PER_PARTY_MAX
            && let Some(oldest) = share.streams.pop_front()
        {
            oldest.notify_one();
        }
        let ended = Arc::new(Notify::new());
        share.streams.push_back(ended.clone());
        Entered { streams: self.clone(), party, ended, room: share.room.clone() }
    }
}

/// One stream among its party's.
#[derive(Debug)]
pub(super) struct Entered {
    streams: Streams,
    party: OrgId,
    ended: Arc<Notify>,
    room: Arc<Semaphore>,
}

impl Entered {
    /// Resolves when a newer stream has taken this one's place.
    pub(super) async fn superseded(&self) {
        self.ended.notified().await;
    }

    /// Waits until the party's earlier frames are worked off far enough; the permit is given back when this one is.
    /// What a frame costs is not its length alone: a short request may mean much work.
    pub(super) async fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let cost = bytes.clamp(limits::FRAME_WORK_BYTES_MIN, limits::PARTY_WORK_BYTES_MAX);
        self.room.clone().acquire_many_owned(cost).await.ok()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut parties = self.streams.lock();
        if let Some(share) = parties.get_mut(&self.party) {
            share.streams.retain(|other| !Arc::ptr_eq(other, &self.ended));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, task::Poll};

    fn org(id: &str) -> OrgId {
        OrgId::new(id).expect("an id")
    }

    /// True if a future is ready the first time it is asked.
    async fn ready(future: impl Future) -> bool {
        let mut future = Box::pin(future);
        std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await
    }

    #[tokio::test]
    async fn the_newest_streams_of_a_party_stand_and_others_are_untouched() {
        let streams = Streams::default();
        let other = streams.enter(org("ange"));
        let mut own: Vec<_> = (0..limits::STREAMS_PER_PARTY_MAX).map(|_| streams.enter(org("timra"))).collect();
        assert!(!ready(own[0].superseded()).await);
        own.push(streams.enter(org("timra")));
        assert!(ready(own[0].superseded()).await && !ready(own[1].superseded()).await);
        assert!(!ready(other.superseded()).await);
        own.remove(1);
        own.push(streams.enter(org("timra")));
        assert!(!ready(own[1].superseded()).await, "one had ended by itself");
    }

    #[tokio::test]
    async fn i6_a_party_that_sends_without_end_waits_for_itself_alone() {
        let streams = Streams::default();
        let (flood, other) = (streams.enter(org("timra")), streams.enter(org("ange")));
        let whole = flood.room(usize::MAX).await.expect("room");
        assert!(!ready(flood.room(1)).await);
        assert!(!ready(streams.enter(org("timra")).room(1)).await, "another stream of the same party waits too");
        assert!(ready(other.room(1)).await);
        drop(whole);
        assert!(ready(flood.room(1)).await);
    }
}
