//! What waits to be sent on one stream: bounded in frames and in bytes, so that a peer which asks and never reads costs
//! no more than that (keeps I6). When the driver drops its end the stream is over at once, also where the peer has
//! stopped reading.

use super::Outgoing;
use samsyn_core::{code::Code, limits, sync::Frame};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{mpsc, oneshot};

/// The driver's end.
#[derive(Debug)]
pub struct Outbox {
    sender: mpsc::Sender<Outgoing>,
    waiting_bytes: Arc<AtomicUsize>,
    /// Ends with the outbox.
    ended: oneshot::Sender<Code>,
}

/// The stream's end.
#[derive(Debug)]
pub struct Outgoings {
    receiver: mpsc::Receiver<Outgoing>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// Resolves when the driver has dropped its end.
#[derive(Debug)]
pub struct Ended(oneshot::Receiver<Code>);

pub fn outbox() -> (Outbox, Outgoings, Ended) {
    let (sender, receiver) = mpsc::channel(limits::OUTBOX_FRAMES_MAX);
    let (alive, ended) = oneshot::channel();
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let outbox = Outbox { sender, waiting_bytes: waiting_bytes.clone(), ended: alive };
    (outbox, Outgoings { receiver, waiting_bytes }, Ended(ended))
}

impl Outbox {
    /// False if there is no room, or nobody at the other end.
    pub fn send(&self, outgoing: Outgoing) -> bool {
        let bytes = weight(&outgoing);
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        // One item always has room: nothing that may be sent at all is longer than a frame.
        (waiting == 0 || waiting + bytes <= limits::OUTBOX_BYTES_MAX) && self.sender.try_send(outgoing).is_ok()
    }

    /// Ends the stream, whatever waits, and says why.
    pub fn end(self, code: Code) {
        self.ended.send(code).ok(); // it may have ended by itself
    }
}

impl Outgoings {
    /// The next to be sent; `None` once the driver has dropped its end and all is taken.
    pub async fn next(&mut self) -> Option<Outgoing> {
        let next = self.receiver.recv().await?;
        self.waiting_bytes.fetch_sub(weight(&next), Ordering::Relaxed);
        Some(next)
    }
}

impl Ended {
    /// The code, if the driver gave one.
    pub async fn wait(self) -> Option<Code> {
        self.0.await.ok()
    }
}

/// About how many bytes it takes in memory.
fn weight(outgoing: &Outgoing) -> usize {
    const ITEM: usize = 256;
    ITEM + match outgoing {
        Outgoing::Frame(frame) => match &**frame {
            Frame::Commits(commits) => commits.iter().map(|c| ITEM + ITEM * c.entries.len() + c.size_bytes()).sum(),
            Frame::Charters(files) => files.iter().map(|f| ITEM + f.bytes.len() + 128 * f.signatures.len()).sum(),
            Frame::Tips(lists) => lists.iter().map(|l| ITEM + 64 * l.tips.len()).sum(),
            Frame::Announce(tips) => ITEM * tips.len(),
            Frame::Have(spaces) => spaces.iter().map(|s| ITEM + 128 * s.organisations.len()).sum(),
            Frame::Want(want) => 32 * want.known.len(),
            Frame::WantValues(facts) => 40 * facts.len(),
            Frame::Values(values) => values.iter().map(|(_, v)| ITEM + v.bytes.len()).sum(),
            Frame::Contacts(contacts) => ITEM * contacts.len(),
            Frame::DocumentDigests { digests, .. } => 80 * digests.len(),
            Frame::Hello(_) => 0,
        },
        Outgoing::Range(headers) => 32 * headers.len(),
        Outgoing::Values(facts) => 40 * facts.len(),
        Outgoing::Close(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::id::HeaderHash;

    fn range(headers: usize) -> Outgoing {
        Outgoing::Range(vec![HeaderHash([0; 32]); headers])
    }

    #[tokio::test]
    async fn i6_what_waits_for_a_peer_that_does_not_read_is_bounded_in_bytes() {
        let (outbox, mut outgoings, ended) = outbox();
        let mut sent = 0;
        while outbox.send(range(10_000)) {
            sent += 1;
        }
        assert!(sent * 320_000 <= limits::OUTBOX_BYTES_MAX && sent > 10, "{sent}");
        outbox.end(Code::PeerSlow);
        assert_eq!(ended.wait().await, Some(Code::PeerSlow));
        for _ in 0..sent {
            assert!(outgoings.next().await.is_some(), "what had room is there to be sent");
        }
        assert!(outgoings.next().await.is_none());
    }

    #[tokio::test]
    async fn what_has_been_taken_makes_room() {
        let (outbox, mut outgoings, _ended) = outbox();
        for _ in 0..1_000 {
            assert!(outbox.send(range(10_000)));
            assert!(outgoings.next().await.is_some());
        }
    }
}
