//! The simulated county: nodes, streams, a clock that only the simulation moves, and what has been written by whom.

use super::{
    check::{self, Check, Violation, fail},
    county::{self, Desk, NAMES, key, org},
    disk::Disk,
    edits,
    hostile::{self, Hostile},
    network::{Item, Network},
    node::{Crash, Input, Node},
    plant::Plant,
    random::Random,
    tally::Tally,
    trace::Trace,
};
use samsyn_core::{
    entry::Outline,
    id::{CharterHash, DocumentId, FactId, HeaderHash, Incarnation, OrgId, SpaceId},
    ledger::Ledger,
    sync::{Frame, SessionId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The party that keeps no rule.
pub(super) const HOSTILE: usize = 7;
/// Nodes that carry a planted bug.
pub(super) const PLANTED: [usize; 3] = [1, 2, 3];

/// Who made a header.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    Honest,
    Stolen { victim: usize, generation: u8 },
}

/// What the simulation knows and no node does.
#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) written: BTreeMap<HeaderHash, Origin>,
    /// Members of the smaller spaces.
    pub(super) spaces: BTreeMap<SpaceId, BTreeSet<OrgId>>,
    /// Own commits that a node has answered for: by which node, in which space.
    pub(super) acknowledged: BTreeMap<HeaderHash, (usize, SpaceId)>,
    /// Words published in notes, with the fact that brought each.
    pub(super) words: Vec<(String, DocumentId, FactId)>,
    /// Words that are to stay at home: of fields that are marked, and typed and struck before they were published.
    pub(super) secrets: BTreeSet<String>,
    /// Words that somebody has struck in a joint text.
    pub(super) struck: BTreeSet<String>,
    /// Incarnations that more than one machine writes under.
    pub(super) cloned: BTreeSet<Incarnation>,
    /// Keys that a charter has replaced.
    pub(super) replaced: BTreeMap<(usize, u8), CharterHash>,
    /// Parties whose replaced key is used by another.
    pub(super) thieved: BTreeSet<usize>,
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct World {
    pub(super) random: Random,
    pub(super) now_ms: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) network: Network,
    pub(super) desk: Desk,
    pub(super) truth: Truth,
    pub(super) hostile: Hostile,
    pub(super) trace: Trace,
    pub(super) tally: Tally,
    pub(super) plant: Option<Plant>,
    /// False while the run is being brought to rest.
    pub(super) rough: bool,
    /// Backups that may be put back.
    pub(super) snapshots: BTreeMap<usize, Disk>,
    /// Words made up so far.
    pub(super) word_count: u64,
}

impl World {
    pub(super) fn new(seed: u64, plant: Option<Plant>) -> Result<Self, Violation> {
        let desk = Desk::open();
        let mut random = Random::new(seed);
        let mut nodes = Vec::new();
        for party in 0..county::FOUNDERS {
            let planted = plant.filter(|_| PLANTED.contains(&party));
            let mut node = Node::new(party, key(party, 0), Disk::new(desk.head()), planted, party == HOSTILE);
            node.start(&mut random).map_err(|message| Violation { invariant: "I2", message })?;
            nodes.push(node);
        }
        Ok(Self {
            random,
            now_ms: 1_700_000_000_000,
            nodes,
            network: Network::default(),
            desk,
            truth: Truth::default(),
            hostile: Hostile::default(),
            trace: Trace::default(),
            tally: Tally::default(),
            plant,
            rough: true,
            snapshots: BTreeMap::new(),
            word_count: 0,
        })
    }

    pub(super) fn honest(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(|(_, n)| !n.hostile)
    }

    /// A node takes one step, and what it may not do is checked at once.
    pub(super) fn step(&mut self, index: usize, input: Input, crash: Crash) -> Check {
        let node = &mut self.nodes[index];
        if node.machine.is_none() {
            return Ok(());
        }
        let panicked = |message| Violation { invariant: "I6", message };
        let step = node.step(input, self.now_ms, crash, &mut self.random).map_err(panicked)?;
        let spoiled = step.notices.iter().filter(|n| matches!(n, samsyn_core::sync::Notice::Spoiled { .. })).count();
        self.tally.spoiled += spoiled as u64;
        if !node.hostile {
            check::step(self, index, &step)?;
        }
        for (session, item) in step.sends {
            self.send(index, session, item);
        }
        self.tally.steps += 1;
        if self.nodes[index].machine.is_none() {
            self.tally.crashes += 1;
            self.trace.add(self.now_ms, format!("node {index} dies ({crash:?})"));
            self.gone(index);
        } else if let Some(tip) = step.acknowledged {
            let space = self.nodes[index].ledger().and_then(|l| l.record(&tip)).map(|r| r.log.space);
            self.truth.acknowledged.extend(space.map(|s| (tip, (index, s))));
        }
        Ok(())
    }

    fn send(&mut self, index: usize, session: SessionId, item: Item) {
        match item {
            Item::End => self.network.leave(session, index, self.now_ms),
            Item::Frame(frame) if index == HOSTILE && self.rough => {
                for frame in hostile::twist(&frame, &mut self.random) {
                    self.network.send(session, index, Item::Frame(Arc::new(frame)), self.now_ms, &mut self.random);
                }
            }
            Item::Frame(_) => self.network.send(session, index, item, self.now_ms, &mut self.random),
        }
    }

    /// Its process is gone: its streams end.
    pub(super) fn gone(&mut self, index: usize) {
        for (session, _) in self.network.sessions_of(index) {
            self.network.leave(session, index, self.now_ms);
        }
    }

    pub(super) fn some_crash(&mut self) -> Crash {
        if !self.rough || !self.random.chance(1) {
            return Crash::Never;
        }
        match self.random.below(3) {
            0 => Crash::BeforePersist,
            1 => Crash::AfterPersist,
            _ => Crash::AmidSends(self.random.below(4)),
        }
    }

    /// The next frame arrives; false if nothing is on its way.
    pub(super) fn deliver(&mut self) -> Result<bool, Violation> {
        let Some(arrival) = self.network.arrive(&mut self.random) else { return Ok(false) };
        self.now_ms = self.now_ms.max(arrival.at_ms);
        if self.nodes.get(arrival.node).is_none_or(|n| !n.peers.contains_key(&arrival.session)) {
            return Ok(true);
        }
        let input = match arrival.item {
            Item::End => Input::Closed(arrival.session),
            Item::Frame(frame) => {
                if arrival.node == HOSTILE {
                    self.hostile.watch(&frame);
                }
                self.tally.frames += 1;
                self.trace.frame(self.now_ms, arrival.from, arrival.node, &frame);
                Input::Frame(arrival.session, frame)
            }
        };
        let crash = self.some_crash();
        self.step(arrival.node, input, crash)?;
        Ok(true)
    }

    pub(super) fn tick(&mut self, by_ms: u64) -> Check {
        self.now_ms += by_ms;
        for index in 0..self.nodes.len() {
            self.step(index, Input::Tick, Crash::Never)?;
            self.receipt(index)?;
        }
        Ok(())
    }

    /// What a node has on its disk, said as a commit of its own when it is due.
    fn receipt(&mut self, index: usize) -> Check {
        let Some(receipt) = self.nodes[index].machine.as_mut().and_then(|m| m.receipt_due(self.now_ms)) else {
            return Ok(());
        };
        let node = &self.nodes[index];
        let Some(county) = node.ledger().map(Ledger::county) else { return Ok(()) };
        let commit = edits::build(node, county, self.now_ms, |b| b.add(DocumentId::NONE, &Outline::Receipt(receipt)));
        commit.map_or(Ok(()), |commit| self.write(index, edits::write(commit)))
    }

    /// Opens a stream between two nodes if both know the other as a party.
    pub(super) fn connect(&mut self, a: usize, b: usize) -> Check {
        let (one, other) = (&self.nodes[a], &self.nodes[b]);
        let knows =
            |n: &Node, party: usize| n.ledger().is_some_and(|l| l.charters().in_force().1.party(&org(party)).is_some());
        let possible = one.party != other.party && self.network.reachable(a, b) && !self.network.connected(a, b);
        if !possible || !knows(one, other.party) || !knows(other, one.party) {
            return Ok(());
        }
        let peers = [org(other.party), org(one.party)];
        let session = self.network.connect(a, b);
        let [of_a, of_b] = peers.map(|peer| Input::Opened(session, peer));
        self.step(a, of_a, Crash::Never)?;
        self.step(b, of_b, Crash::Never)
    }

    pub(super) fn write(&mut self, index: usize, input: Input) -> Check {
        let Input::Write { commit, .. } = &input else { return Ok(()) };
        for hash in commit.hashes() {
            self.truth.written.insert(hash, Origin::Honest);
        }
        let crash = if index == HOSTILE { Crash::Never } else { self.some_crash() };
        self.tally.writes += 1;
        self.trace
            .add(self.now_ms, format!("node {index} writes {}", commit.hashes().last().expect("headers").short()));
        self.step(index, input, crash)
    }

    pub(super) fn stop(&mut self, index: usize) {
        self.nodes[index].crash();
        self.gone(index);
    }

    /// A new process; it must find all that was answered for.
    pub(super) fn start(&mut self, index: usize) -> Check {
        self.trace.add(self.now_ms, format!("node {index} starts"));
        self.nodes[index].start(&mut self.random).map_err(|message| Violation { invariant: "I2", message })?;
        let node = &self.nodes[index];
        if node.hostile {
            return Ok(());
        }
        let holds = |tip: &HeaderHash| node.ledger().is_some_and(|l| l.record(tip).is_some());
        let mut own = self.truth.acknowledged.iter().filter(|(_, (by, _))| *by == index);
        if let Some((tip, _)) = own.find(|(tip, _)| !holds(tip)) {
            return fail("I2", format!("node {index} has lost {}, which it had answered for", tip.short()));
        }
        check::kept(&self.truth, index, node)
    }

    /// Checks that look at all nodes.
    pub(super) fn survey(&self) -> Check {
        for (index, node) in self.honest() {
            check::kept(&self.truth, index, node)?;
        }
        check::agree(self)
    }
}

/// The name of a frame, for traces.
pub(super) fn kind(frame: &Frame) -> &'static str {
    match frame {
        Frame::Hello(_) => "hello",
        Frame::Charters(_) => "charters",
        Frame::Have(_) => "have",
        Frame::Tips(_) => "tips",
        Frame::Announce(_) => "announce",
        Frame::Want(_) => "want",
        Frame::Commits(_) => "commits",
        Frame::WantValues(_) => "want-values",
        Frame::Values(_) => "values",
        Frame::Contacts(_) => "contacts",
        Frame::DocumentDigests { .. } => "digests",
    }
}

/// Every party's name, for messages.
pub(super) fn party_name(party: usize) -> &'static str {
    NAMES.get(party).copied().unwrap_or("nobody")
}
