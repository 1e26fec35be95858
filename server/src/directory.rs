//! Who may connect as which party, and where the parties' nodes answer: read from the charter in force, shared between
//! the driver (which changes it) and the listeners and dialers (which ask it).

use samsyn_core::{charter_book::CharterBook, id::OrgId};
use samsyn_wire::transport::{Pin, PinPolicy, PinSet};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::watch;

/// One party's keys and addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    pins: Vec<Pin>,
    endpoints: Vec<String>,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Directory {
    own: OrgId,
    entries: RwLock<BTreeMap<OrgId, Entry>>,
    /// Streams that stand, by party.
    connected: RwLock<BTreeMap<OrgId, usize>>,
    admitted: Arc<PinSet>,
    /// Counts changes, so that streams look whether their peer is still who it was.
    changes: watch::Sender<u64>,
    /// Counts streams that have ended, so that dialers look whether theirs is still needed.
    partings: watch::Sender<u64>,
}

impl Directory {
    pub fn new(own: OrgId) -> Arc<Self> {
        Arc::new(Self {
            own,
            entries: RwLock::default(),
            connected: RwLock::default(),
            admitted: PinSet::new([]),
            changes: watch::Sender::new(0),
            partings: watch::Sender::new(0),
        })
    }

    /// Takes the charter in force: pins of every other party.
    pub fn update(&self, book: &CharterBook) {
        let (_, charter) = book.in_force();
        let entries: BTreeMap<OrgId, Entry> = charter
            .parties
            .iter()
            .filter(|p| p.id != self.own)
            .map(|p| {
                let pins = p.pins.iter().filter_map(|pin| pin.parse().ok()).collect();
                (p.id.clone(), Entry { pins, endpoints: p.endpoints.clone() })
            })
            .collect();
        self.admitted.replace(entries.values().flat_map(|e| e.pins.iter().copied()));
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = entries;
        self.changes.send_modify(|n| *n += 1);
    }

    /// Resolves when a party has other keys than it has now: a stream that the old ones opened ends. Of a party that has
    /// left the machine parts by itself, once it has been sent the amendment that says so.
    pub async fn keys_changed(&self, party: &OrgId) {
        let mut changes = self.changes.subscribe();
        let before = self.pins(party);
        loop {
            let now = self.pins(party);
            if now != before && !now.is_empty() {
                return;
            }
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    fn pins(&self, party: &OrgId) -> Vec<Pin> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(party).map(|e| e.pins.clone()).unwrap_or_default()
    }

    /// The policy of the listener for peers: any other party.
    pub fn any_party(&self) -> Arc<dyn PinPolicy> {
        self.admitted.clone()
    }

    /// The policy for dialling one party: only its own keys.
    pub fn only(&self, party: &OrgId) -> Arc<dyn PinPolicy> {
        PinSet::new(self.pins(party))
    }

    /// Whose key this is.
    pub fn party_of(&self, pin: &Pin) -> Option<OrgId> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.iter().find(|(_, e)| e.pins.contains(pin)).map(|(org, _)| org.clone())
    }

    pub fn parties(&self) -> Vec<OrgId> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    pub fn endpoints(&self, party: &OrgId) -> Vec<String> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(party).map(|e| e.endpoints.clone()).unwrap_or_default()
    }

    /// True if the party comes before this one, and so dials first.
    pub fn second_to(&self, party: &OrgId) -> bool {
        *party < self.own
    }

    pub fn connected(&self, party: &OrgId) -> bool {
        self.connected.read().unwrap_or_else(PoisonError::into_inner).contains_key(party)
    }

    /// Resolves when no stream to a party stands.
    pub async fn parted(&self, party: &OrgId) {
        let mut partings = self.partings.subscribe();
        while self.connected(party) {
            if partings.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Counts a stream for as long as the returned guard lives.
    pub fn connect(self: &Arc<Self>, party: OrgId) -> Connected {
        *self.connected.write().unwrap_or_else(PoisonError::into_inner).entry(party.clone()).or_default() += 1;
        Connected { directory: self.clone(), party }
    }
}

/// A stream that stands.
#[derive(Debug)]
pub struct Connected {
    directory: Arc<Directory>,
    party: OrgId,
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut connected = self.directory.connected.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = connected.get_mut(&self.party) {
            *count -= 1;
            if *count == 0 {
                connected.remove(&self.party);
            }
        }
        drop(connected);
        self.directory.partings.send_modify(|n| *n += 1);
    }
}
