//! What happens in the county: edits and publications, attacks, amendments, backups, clones, partitions.

use super::{
    check::Check,
    county::{self, File, key, org},
    disk::Disk,
    edits, hostile,
    node::{Crash, Input, Node},
    plant::Plant,
    world::{HOSTILE, PLANTED, World},
};
use samsyn_core::id::{FactId, HeaderHash};
use std::collections::BTreeSet;

/// More clones would bring logs near the number of tips that nodes read.
const CLONES_MAX: usize = 2;

impl World {
    /// A county that has begun: a ring of streams, and a work or two of each party.
    pub(super) fn begin(&mut self) -> Check {
        for party in 0..county::FOUNDERS {
            self.connect(party, (party + 1) % county::FOUNDERS)?;
            let founded = edits::found(&self.nodes[party], self.now_ms, &mut self.random);
            let Some(input) = founded.filter(|_| party != HOSTILE) else { continue };
            self.write(party, input)?;
        }
        Ok(())
    }

    /// An honest node's coordinators do something.
    pub(super) fn edit(&mut self) -> Check {
        let up: Vec<usize> = self.honest().filter(|(_, n)| n.machine.is_some()).map(|(index, _)| index).collect();
        let Some(index) = self.random.pick(&up).copied() else { return Ok(()) };
        let (node, now, random) = (&self.nodes[index], self.now_ms, &mut self.random);
        let input = match random.below(24) {
            0..3 => edits::found(node, now, random),
            3..9 => edits::state(node, now, random),
            9..16 => return self.note(index),
            16 => edits::erase(node, now, random),
            17 => edits::card(node, now, random),
            18..22 => return self.field(index),
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
        let word = self.word();
        if edits::edit_note(&mut self.nodes[index], id, &word).is_none() || self.random.chance(25) {
            return Ok(());
        }
        if self.random.chance(20) {
            // Typed and struck, never published: nobody is to have it.
            self.truth.secrets.extend(edits::strike_typed(&mut self.nodes[index], id));
        }
        let strikes = self.random.chance(15);
        let strike = if strikes { edits::any_word(&self.nodes[index], &id, &mut self.random) } else { None };
        let stuck = self.plant == Some(Plant::TextDoubledBySecondPublish) && PLANTED.contains(&index);
        let how = (strike.as_deref(), stuck);
        let published = edits::publish_note(&self.nodes[index], id, how, self.now_ms, &mut self.random);
        let Some(Input::Write { commit, note }) = published else { return Ok(()) };
        self.truth.struck.extend(strike);
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

    /// A word that nobody has written before.
    fn word(&mut self) -> String {
        self.word_count += 1;
        format!("w{:04}{}", self.word_count, self.random.below(1_000_000))
    }

    /// Coordinators write a field of a draft, mark it, take a mark away, release what is not marked.
    fn field(&mut self, index: usize) -> Check {
        let input = match self.random.below(10) {
            0..6 => {
                let (word, marked) = (self.word(), self.random.chance(50));
                let node = &mut self.nodes[index];
                let Some(before) = edits::draft_field(node, &word, marked, &mut self.random) else { return Ok(()) };
                // What stood there was never released, and is not any more.
                self.truth.secrets.extend(before.into_iter().map(|field| field.word));
                self.truth.secrets.extend(Some(word).filter(|_| marked));
                self.tally.marks += u64::from(marked);
                None
            }
            6 => {
                let lifted = edits::lift_mark(&mut self.nodes[index], &mut self.random);
                self.tally.marks_lifted += u64::from(lifted.is_some());
                lifted.map(|word| self.truth.secrets.remove(&word));
                None
            }
            _ => edits::release_fields(&mut self.nodes[index], self.now_ms, &mut self.random),
        };
        input.map_or(Ok(()), |input| self.write(index, input))
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
        disk.forget_drafts();
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
        let (party, key, mut disk, incarnation) =
            (original.party, original.key.clone(), original.disk.clone(), original.incarnation);
        let plant = original.plant;
        disk.forget_drafts();
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
}
