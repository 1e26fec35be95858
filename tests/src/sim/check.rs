//! The invariants, as they are checked after every step, and every so often between all nodes.

use super::{
    county::{number_of, org},
    disk,
    network::Item,
    node::{Node, Step},
    rights,
    world::{HOSTILE, Origin, Truth, World},
};
use samsyn_core::{
    charter_book::Status,
    code::Code,
    commit::{SaltedValue, SignedCommit},
    effect::Verdict,
    entry::{Header, Outline},
    id::{CharterHash, Digest, DocumentId, FactId, HeaderHash, OrgId, Path, SpaceId},
    ledger::Ledger,
    sync::{Frame, Notice},
};
use std::collections::{BTreeMap, BTreeSet};

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) invariant: &'static str,
    pub(super) message: String,
}

pub(super) type Check = Result<(), Violation>;

pub(super) fn fail(invariant: &'static str, message: impl Into<String>) -> Check {
    Err(Violation { invariant, message: message.into() })
}

/// What one step of an honest node may not do.
pub(super) fn step(world: &World, index: usize, step: &Step) -> Check {
    let node = &world.nodes[index];
    if let Some(tip) = step.volatile {
        return fail("I1", format!("node {index} sent {} before it was durable", tip.short()));
    }
    if let Some(hash) = step.fallen.first().filter(|_| !step.charters_changed) {
        return fail("I7", format!("node {index} took {} back without a charter", hash.short()));
    }
    let Some(ledger) = node.ledger() else { return Ok(()) };
    for (hash, verdict) in &step.verdicts {
        authorship(&world.truth, ledger, index, hash, *verdict)?;
        right(ledger, index, hash, *verdict)?;
    }
    for (session, item) in &step.sends {
        if let (Item::Frame(frame), Some(peer)) = (item, node.peers.get(session)) {
            disclosed(&world.truth, ledger, index, peer, frame)?;
        }
    }
    for notice in &step.notices {
        if let Notice::StateDiffers { peer, documents, .. } = notice
            && *peer != org(HOSTILE)
        {
            return fail("I3", format!("node {index} says that {peer} differs in {} documents", documents.len()));
        }
    }
    Ok(())
}

/// I5: what stands in an honest party's name was written by it; a stolen key is believed nowhere that knows of it; and
/// nothing that an honest party wrote is refused for what it states.
fn authorship(truth: &Truth, ledger: &Ledger, index: usize, hash: &HeaderHash, verdict: Verdict) -> Check {
    let Some(record) = ledger.record(hash) else { return Ok(()) };
    let author = &record.log.organisation;
    if *author == org(HOSTILE) {
        return Ok(());
    }
    match truth.written.get(hash) {
        None => fail("I5", format!("node {index} stored {} in the name of {author}, who never wrote it", hash.short())),
        Some(Origin::Stolen { victim, generation }) => {
            let replaced = truth.replaced.get(&(*victim, *generation));
            let known = replaced.is_some_and(|c| in_force(ledger, c));
            if known && verdict.admitted() {
                return fail("I5", format!("node {index} believes a replaced key of {author}"));
            }
            Ok(())
        }
        Some(Origin::Honest) => match verdict {
            Verdict::Refused(
                code @ (Code::EffectPathForbidden
                | Code::EffectPathUnknown
                | Code::EffectValueType
                | Code::EffectValueSize
                | Code::EffectCharterBack
                | Code::EffectForeignDocument),
            ) => fail("I5", format!("node {index} refuses {} of {author} ({code})", hash.short())),
            _ => Ok(()),
        },
    }
}

pub(super) fn in_force(ledger: &Ledger, charter: &CharterHash) -> bool {
    ledger.charters().chain().any(|(h, _)| h == charter)
}

/// I5: no admitted fact at a path that its author may not write, by the table said a second time.
fn right(ledger: &Ledger, index: usize, hash: &HeaderHash, verdict: Verdict) -> Check {
    let Some(record) = ledger.record(hash).filter(|_| verdict.admitted()) else { return Ok(()) };
    let (Outline::Facts(facts), Some(founded)) = (record.outline.as_ref(), ledger.document(&record.document)) else {
        return Ok(());
    };
    let author = &record.log.organisation;
    let Some(version) = ledger.charters().get(&record.charter) else {
        return fail("I5", format!("node {index} admitted {} under an unknown charter", hash.short()));
    };
    let member = record.log.space == ledger.county() || ledger.member(&record.log.space, author);
    for fact in facts {
        let may = rights::may_write(&version.charter, founded.genesis, author, &fact.path);
        if !may || !member || founded.space != record.log.space {
            return fail("I5", format!("node {index} lets {author} write {}", fact.path));
        }
    }
    Ok(())
}

/// I4: a frame names no space that its receiver is not a member of, and carries no erased value, no private text, and no
/// word that is marked or was struck before it was published.
fn disclosed(truth: &Truth, ledger: &Ledger, index: usize, peer: &OrgId, frame: &Frame) -> Check {
    for space in spaces_named(ledger, frame) {
        if truth.spaces.get(&space).is_some_and(|members| !members.contains(peer)) {
            return fail("I4", format!("node {index} named space {} to {peer}", space.short()));
        }
    }
    if let Some(fact) = values_in(frame).into_iter().find(|f| ledger.erased(f)) {
        return fail("I4", format!("node {index} sent the erased value of {fact:?} to {peer}"));
    }
    if carries_canary(frame) {
        return fail("I4", format!("node {index} sent a private text of a draft to {peer}"));
    }
    if let Some(word) = values_of(frame).into_iter().find_map(|value| disk::tells(value, &truth.secrets)) {
        return fail("I4", format!("node {index} sent '{word}', which is marked or was struck, to {peer}"));
    }
    Ok(())
}

fn header_space(commit: &SignedCommit) -> Option<SpaceId> {
    let first = commit.entries.first()?;
    let header = Header::decode(&first.header).ok()?;
    Some(header.log(HeaderHash::of(&first.header)).space)
}

fn spaces_named(ledger: &Ledger, frame: &Frame) -> Vec<SpaceId> {
    let of_fact = |f: &FactId| ledger.record(&f.header).map(|r| r.log.space);
    match frame {
        Frame::Have(spaces) => spaces.iter().map(|s| s.space).collect(),
        Frame::Tips(lists) => lists.iter().map(|l| l.space).collect(),
        Frame::Announce(tips) => tips.iter().map(|t| t.log.space).collect(),
        Frame::Want(want) => vec![want.log.space],
        Frame::Commits(range) => range.iter().filter_map(header_space).collect(),
        Frame::WantValues(facts) => facts.iter().filter_map(of_fact).collect(),
        Frame::Values(values) => values.iter().filter_map(|(f, _)| of_fact(f)).collect(),
        Frame::DocumentDigests { space, .. } => vec![*space],
        Frame::Hello(_) | Frame::Charters(_) | Frame::Contacts(_) => Vec::new(),
    }
}

fn carries_canary(frame: &Frame) -> bool {
    values_of(frame).into_iter().any(disk::holds_canary)
}

fn values_of(frame: &Frame) -> Vec<&SaltedValue> {
    match frame {
        Frame::Values(values) => values.iter().map(|(_, value)| value).collect(),
        Frame::Commits(range) => {
            range.iter().flat_map(|c| &c.entries).flat_map(|entry| entry.values.iter().flatten()).collect()
        }
        _ => Vec::new(),
    }
}

fn values_in(frame: &Frame) -> Vec<FactId> {
    let mut facts = Vec::new();
    match frame {
        Frame::Values(values) => facts.extend(values.iter().map(|(f, _)| *f)),
        Frame::Commits(range) => {
            for entry in range.iter().flat_map(|c| &c.entries) {
                let header = HeaderHash::of(&entry.header);
                let held = (0u32..).zip(&entry.values).filter(|(_, v)| v.is_some());
                facts.extend(held.map(|(index, _)| FactId { header, index }));
            }
        }
        _ => {}
    }
    facts
}

/// What a node has on its disk and shows is what its ledger says.
pub(super) fn kept(truth: &Truth, index: usize, node: &Node) -> Check {
    let Some(ledger) = node.ledger() else { return Ok(()) };
    for (hash, record) in ledger.records() {
        if !node.disk.holds(hash) {
            return fail("I1", format!("node {index} knows {} and has not stored it", hash.short()));
        }
        if !node.shows_otherwise() && node.disk.shown.get(hash) != Some(&record.verdict) {
            return fail(
                "I3",
                format!(
                    "node {index} shows {:?} for {}, its ledger {}",
                    node.disk.shown.get(hash),
                    hash.short(),
                    record.verdict
                ),
            );
        }
        let members = truth.spaces.get(&record.log.space);
        if members.is_some_and(|m| !m.contains(&org(node.party))) {
            return fail("I4", format!("node {index} holds {} of a space it is no member of", hash.short()));
        }
        authorship(truth, ledger, index, hash, record.verdict)?;
    }
    for (id, _) in ledger.documents() {
        let shown = node.disk.projection.get(&id);
        if !node.shows_otherwise() && shown != Some(&disk::standing(ledger, &id)) {
            return fail(
                "I3",
                format!("node {index} shows facts of {} that do not stand, or not those that do", id.short()),
            );
        }
    }
    if let Some((fact, _)) = node.disk.values.iter().find(|(_, value)| disk::holds_canary(value)) {
        return fail("I4", format!("node {index} holds a private text of somebody's draft as {fact:?}"));
    }
    let told = node.disk.values.iter().find_map(|(fact, value)| Some((fact, disk::tells(value, &truth.secrets)?)));
    if let Some((fact, word)) = told {
        return fail("I4", format!("node {index} holds '{word}', which is marked or was struck, as {fact:?}"));
    }
    if let Some(fact) = node.disk.values.keys().find(|f| ledger.erased(f)) {
        return fail("I10", format!("node {index} still holds the erased value of {fact:?}"));
    }
    for (id, log) in ledger.logs() {
        let honest = number_of(&id.organisation).is_some_and(|n| n != HOSTILE && !truth.thieved.contains(&n));
        if honest && log.forked() && !truth.cloned.contains(&id.incarnation) {
            return fail("I7", format!("node {index} sees a fork of {} that nobody has cloned", id.organisation));
        }
    }
    Ok(())
}

/// What a node shows of a space: who, the digest of its state, verdicts, standing facts.
type Shown<'a> =
    (usize, Digest, BTreeMap<HeaderHash, Verdict>, BTreeMap<DocumentId, &'a BTreeMap<Path, BTreeSet<FactId>>>);

/// What decides it: charters and which of them are in force, the space, its logs.
type Known = (Vec<CharterHash>, SpaceId, BTreeMap<OrgId, Digest>);

/// I3: nodes with the same charters and the same logs of a space agree on every verdict shown and on the state.
pub(super) fn agree(world: &World) -> Check {
    let mut states: BTreeMap<Known, Shown> = BTreeMap::new();
    for (index, node) in world.honest() {
        let Some(ledger) = node.ledger() else { continue };
        // Versions that wait for signatures decide nothing.
        let counts = |h: &&CharterHash| matches!(ledger.charters().status(h), Status::Disputed | Status::Rejected);
        let book: Vec<CharterHash> = ledger.charters().versions().map(|(h, _)| h).filter(counts).copied().collect();
        let chain: Vec<CharterHash> = ledger.charters().chain().map(|(h, _)| *h).collect();
        let spaces: BTreeSet<SpaceId> = ledger.logs().map(|(id, _)| id.space).collect();
        for space in spaces {
            let of_space = |h: &&HeaderHash| ledger.record(h).is_some_and(|r| r.log.space == space);
            let verdicts = node.disk.shown.iter().filter(|(h, _)| of_space(h)).map(|(h, v)| (*h, *v)).collect();
            let key = (book.iter().chain(&chain).copied().collect(), space, ledger.level1(&space));
            let documents = ledger.documents().filter(|(_, d)| d.space == space);
            let facts = documents.filter_map(|(id, _)| Some((id, node.disk.projection.get(&id)?))).collect();
            let state = (index, ledger.digest(&space), verdicts, facts);
            let Some(other) = states.get(&key) else {
                states.insert(key, state);
                continue;
            };
            if other.1 != state.1 {
                return fail("I3", format!("nodes {} and {index} differ in state of {}", other.0, space.short()));
            }
            if let Some((hash, verdict)) = state.2.iter().find(|(h, v)| other.2.get(*h) != Some(v)) {
                let theirs = other.2.get(hash);
                return fail(
                    "I3",
                    format!("node {index} says {verdict} of {}, node {} {theirs:?}", hash.short(), other.0),
                );
            }
            if let Some((id, _)) = state.3.iter().find(|(id, facts)| other.3.get(*id) != Some(facts)) {
                return fail("I3", format!("nodes {} and {index} show different facts of {}", other.0, id.short()));
            }
        }
    }
    Ok(())
}
