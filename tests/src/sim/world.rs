//! The simulated county: nodes, streams, a clock that only the simulation moves, and what has been written by whom.

use super::{
    check::{self, Check, Violation, fail},
    county::{self, Desk, File, NAMES, key, org},
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
const PLANTED: [usize; 3] = [1, 2, 3];
/// More clones would bring logs near the number of tips that nodes read.
const CLONES_MAX: usize = 2;

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
    snapshots: BTreeMap<usize, Disk>,
    words: u64,
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
            words: 0,
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
    fn gone(&mut self, index: usize) {
        for (session, _) in self.network.sessions_of(index) {
            self.network.leave(session, index, self.now_ms);
        }
    }

    fn some_crash(&mut self) -> Crash {
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
        let Some(receipt) = self.nodes[index].machine.as_mut().and_then(|m| m.receipt_due(self.now_ms)) else { return Ok(()) };
        let node = &self.nodes[index];
        let Some(county) = node.ledger().map(Ledger::county) else { return Ok(()) };
        let commit = edits::build(node, county, self.now_ms, |b| b.add(DocumentId::NONE, &Outline::Receipt(receipt)));
        commit.map_or(Ok(()), |commit| self.write(index, edits::write(commit)))
    }

    /// Opens a stream between two nodes if both know the other as a party.
    pub(super) fn connect(&mut self, a: usize, b: usize) -> Check {
        let (one, other) = (&self.nodes[a], &self.nodes[b]);
        let knows = |n: &Node, party: usize| n.ledger().is_some_and(|l| l.charters().in_force().1.party(&org(party)).is_some());
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

    /// An honest node's coordinators do something.
    pub(super) fn edit(&mut self) -> Check {
        let index = self.random.below(self.nodes.len());
        if self.nodes[index].hostile {
            return Ok(());
        }
        let (node, now, random) = (&self.nodes[index], self.now_ms, &mut self.random);
        let input = match random.below(20) {
            0..3 => edits::found(node, now, random),
            3..9 => edits::state(node, now, random),
            9..16 => return self.note(index),
            16 => edits::erase(node, now, random),
            17 => edits::card(node, now, random),
            _ => return self.open_space(index),
        };
        input.map_or(Ok(()), |input| self.write(index, input))
    }

    fn open_space(&mut self, index: usize) -> Check {
        if self.truth.spaces.len() >= 4 {
            return Ok(());
        }
        let opened = edits::open_space(&self.nodes[index], self.now_ms, &mut self.random);
        let Some((input, space, members)) = opened else { return Ok(()) };
        self.truth.spaces.insert(space, members);
        self.write(index, input)
    }

    /// A word in the working copy of a note of an honest party's work, and mostly its publication.
    fn note(&mut self, index: usize) -> Check {
        let Some((id, _)) = edits::any_document(&self.nodes[index], &mut self.random) else { return Ok(()) };
        let ledger = self.nodes[index].ledger();
        if ledger.and_then(|l| l.document(&id)).is_none_or(|d| d.genesis.owner == org(HOSTILE)) {
            return Ok(());
        }
        self.words += 1;
        let word = format!("w{:04}{}", self.words, self.random.below(1_000_000));
        if edits::edit_note(&mut self.nodes[index], id, &word).is_none() || self.random.chance(25) {
            return Ok(());
        }
        let stuck = self.plant == Some(Plant::TextDoubledBySecondPublish) && PLANTED.contains(&index);
        let published = edits::publish_note(&self.nodes[index], id, stuck, self.now_ms, &mut self.random);
        let Some(Input::Write { commit, note }) = published else { return Ok(()) };
        let tip = *commit.hashes().last().expect("a commit has headers");
        let local = self.nodes[index].disk.notes[&id].clone();
        self.write(index, Input::Write { commit, note })?;
        if self.truth.acknowledged.contains_key(&tip) {
            let fact = FactId { header: tip, index: 0 };
            let fresh = local.text.strip_prefix(local.base.as_str()).unwrap_or_default();
            let known: BTreeSet<String> = self.truth.words.iter().map(|(w, _, _)| w.clone()).collect();
            let new = fresh.split_whitespace().filter(|w| !known.contains(*w)).map(|w| (w.to_owned(), id, fact));
            self.truth.words.extend(new);
        }
        Ok(())
    }

    pub(super) fn write(&mut self, index: usize, input: Input) -> Check {
        let Input::Write { commit, .. } = &input else { return Ok(()) };
        for hash in commit.hashes() {
            self.truth.written.insert(hash, Origin::Honest);
        }
        let crash = if index == HOSTILE { Crash::Never } else { self.some_crash() };
        self.tally.writes += 1;
        self.trace.add(self.now_ms, format!("node {index} writes {}", commit.hashes().last().expect("headers").short()));
        self.step(index, input, crash)
    }

    pub(super) fn attack(&mut self) -> Check {
        self.tally.attacks += 1;
        let Some(Input::Write { commit, note }) = hostile::act(self) else { return Ok(()) };
        self.step(HOSTILE, Input::Write { commit, note }, Crash::Never)
    }

    /// Hands an amendment to a node's operator.
    pub(super) fn offer(&mut self, index: usize, file: &File) -> Check {
        self.tally.charters += 1;
        self.trace.add(self.now_ms, format!("node {index} is given charter {}", file.hash().short()));
        self.step(index, Input::Charter(file.clone()), Crash::Never)
    }

    /// An honest node that is up, to be handed amendments.
    fn clerk(&mut self) -> Option<usize> {
        let up: Vec<usize> = self.honest().filter(|(_, n)| n.machine.is_some()).map(|(i, _)| i).collect();
        let own: Vec<usize> = up.into_iter().filter(|i| self.desk.member(self.nodes[*i].party)).collect();
        self.random.pick(&own).copied()
    }

    /// The parties amend the charter.
    pub(super) fn amend(&mut self) -> Check {
        let Some(clerk) = self.clerk() else { return Ok(()) };
        if self.desk.disputed() {
            let settled = if self.random.chance(50) { self.desk.settle() } else { None };
            return settled.map_or(Ok(()), |file| self.offer(clerk, &file));
        }
        let party = self.random.below(HOSTILE);
        let Some(ledger) = self.nodes[clerk].ledger() else { return Ok(()) };
        let cut = county::cut(ledger, party, &mut self.random);
        match self.random.below(6) {
            0 if !self.desk.member(8) => self.join(clerk),
            1 | 2 if self.desk.member(party) => self.replace_key(clerk, party, cut),
            3 if self.desk.member(party) && party > 4 => {
                let file = self.desk.leave(party, cut);
                self.offer(clerk, &file)
            }
            4 => {
                let Some(files) = self.desk.dispute() else { return Ok(()) };
                let other = self.clerk().unwrap_or(clerk);
                self.offer(clerk, &files[0])?;
                self.offer(other, &files[1])
            }
            _ if self.desk.member(party) => {
                let file = self.desk.office(party, cut);
                self.offer(clerk, &file)
            }
            _ => Ok(()),
        }
    }

    fn join(&mut self, clerk: usize) -> Check {
        let file = self.desk.join(8);
        self.offer(clerk, &file)?;
        let genesis = self.desk.files[0].clone();
        let newcomer = self.nodes.len();
        self.nodes.push(Node::new(8, key(8, 0), Disk::new(&genesis), None, false));
        self.start(newcomer)?;
        for file in self.desk.files.clone() {
            self.offer(newcomer, &file)?;
        }
        Ok(())
    }

    fn replace_key(&mut self, clerk: usize, party: usize, cut: samsyn_core::charter::Cut) -> Check {
        let before = self.desk.generations[party];
        let file = self.desk.replace_key(party, cut);
        self.truth.replaced.insert((party, before), file.hash());
        if self.random.chance(70) {
            self.hostile.stolen.push((party, before));
            self.truth.thieved.insert(party);
        }
        self.offer(clerk, &file)?;
        for index in 0..self.nodes.len() {
            if self.nodes[index].party == party {
                self.nodes[index].key = self.desk.key(party);
                self.stop(index);
            }
        }
        Ok(())
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
        let own = self.truth.acknowledged.iter().filter(|(_, (by, _))| *by == index);
        if let Some((tip, _)) = own.map(|(tip, by)| (tip, by)).find(|(tip, _)| !holds(tip)) {
            return fail("I2", format!("node {index} has lost {}, which it had answered for", tip.short()));
        }
        check::kept(&self.truth, index, node)
    }

    pub(super) fn restart_some(&mut self) -> Check {
        for index in 0..self.nodes.len() {
            if self.nodes[index].machine.is_none() && self.random.chance(30) {
                self.start(index)?;
            }
        }
        Ok(())
    }

    /// A backup is taken, or put back: what no one else holds by then is lost lawfully.
    pub(super) fn snapshot_or_restore(&mut self) -> Check {
        let index = self.random.below(county::FOUNDERS);
        if self.random.chance(50) || !self.snapshots.contains_key(&index) {
            self.snapshots.insert(index, self.nodes[index].disk.clone());
            return Ok(());
        }
        let Some(mut disk) = self.snapshots.remove(&index) else { return Ok(()) };
        self.tally.restores += 1;
        self.trace.add(self.now_ms, format!("node {index} is restored from a backup"));
        disk.notes.clear();
        self.stop(index);
        self.nodes[index].disk = disk;
        let held = |tip: &HeaderHash| self.nodes.iter().any(|n| !n.hostile && n.disk.holds(tip));
        self.truth.acknowledged.retain(|tip, _| held(tip));
        // What others still hold comes back from them, not from this disk.
        let own = &self.nodes[index].disk;
        for (tip, (by, _)) in &mut self.truth.acknowledged {
            if *by == index && !own.holds(tip) {
                *by = usize::MAX;
            }
        }
        self.start(index)
    }

    /// A second machine goes on from a copy of the first one's disk, under the same key and incarnation.
    pub(super) fn clone_some(&mut self) -> Check {
        let index = self.random.below(HOSTILE);
        let clones = self.nodes.len() - county::FOUNDERS;
        if clones >= CLONES_MAX || self.nodes[index].machine.is_none() {
            return Ok(());
        }
        self.tally.clones += 1;
        self.trace.add(self.now_ms, format!("node {index} is cloned as node {}", self.nodes.len()));
        let original = &self.nodes[index];
        let (party, key, mut disk, incarnation) = (original.party, original.key.clone(), original.disk.clone(), original.incarnation);
        let plant = original.plant;
        disk.notes.clear();
        self.nodes.push(Node::new(party, key, disk, plant, false));
        let clone = self.nodes.len() - 1;
        self.start(clone)?;
        self.nodes[clone].incarnation = incarnation;
        self.truth.cloned.insert(incarnation);
        Ok(())
    }

    pub(super) fn partition_or_heal(&mut self) {
        if self.random.chance(50) {
            return self.network.heal();
        }
        let groups = self.nodes.iter().map(|_| self.random.below(2)).collect();
        self.tally.partitions += 1;
        self.network.partition(groups, self.now_ms);
        self.trace.add(self.now_ms, "the county is cut in two".to_owned());
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
