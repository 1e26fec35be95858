//! The end of a run: the county heals, every node runs, and within a bounded time all honest nodes are equal and nothing
//! that was answered for is lost.

use super::{
    check::{Check, fail},
    county::{FOUNDERS, number_of, org},
    edits::merged,
    node::Node,
    world::{HOSTILE, World, party_name},
};
use samsyn_core::{
    id::{Digest, FactId, HeaderHash, OrgId, SpaceId},
    ledger::Record,
};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds until all must be equal: a few times the longest wait of the protocol.
const ROUNDS: usize = 300;
/// Frames in one round; more would mean that nodes talk without end.
const FRAMES_PER_ROUND: usize = 20_000;

/// Brings the county to rest, then checks what must hold.
pub(super) fn settle(world: &mut World) -> Check {
    world.rough = false;
    world.network.heal();
    for index in 0..world.nodes.len() {
        if world.nodes[index].machine.is_none() {
            world.start(index)?;
        }
    }
    if let Some(file) = world.desk.settle().filter(|_| world.random.chance(70)) {
        world.offer(0, &file)?;
    }
    // Files whose first receiver died before it had stored them are handed in again.
    for file in world.desk.files.clone().iter().skip(1) {
        let settlement = file.charter.rejects.is_empty();
        if settlement {
            world.offer(0, file)?;
        }
    }
    let hostile_stays = world.random.chance(50);
    if !hostile_stays {
        world.stop(HOSTILE);
    }
    let sparse = world.random.chance(40);
    let streams = streams(world, sparse);
    for _ in 0..ROUNDS {
        for (a, b) in &streams {
            world.connect(*a, *b)?;
        }
        for frames in 0.. {
            if !world.deliver()? {
                break;
            }
            if frames > FRAMES_PER_ROUND {
                return fail("I6", "nodes talk without end");
            }
        }
        world.tick(1_000)?;
        if world.network.quiet() && unequal(world, sparse).is_none() {
            break;
        }
    }
    world.survey()?;
    reread(world)?;
    if let Some(difference) = unequal(world, sparse) {
        return fail("liveness", difference);
    }
    nothing_lost(world, sparse)?;
    words(world)
}

/// A new process that reads a node's disk judges as the old one did.
fn reread(world: &World) -> Check {
    for (index, node) in world.honest() {
        let Some(ledger) = node.ledger() else { continue };
        let again = match node.disk.load() {
            Ok(again) => again,
            Err(message) => return fail("I2", format!("node {index} cannot read its disk: {message}")),
        };
        let differs = ledger.records().find(|(hash, record)| again.verdict(hash) != Some(record.verdict));
        if let Some((hash, record)) =
            differs.filter(|_| ledger.charters().in_force().0 == again.charters().in_force().0)
        {
            let other = again.verdict(hash);
            return fail(
                "I3",
                format!("node {index} says {} of {}, read again {other:?}", record.verdict, hash.short()),
            );
        }
    }
    Ok(())
}

/// Pairs to connect: all, or a tree of the current parties' nodes with the hostile one as a leaf.
fn streams(world: &mut World, sparse: bool) -> Vec<(usize, usize)> {
    let count = world.nodes.len();
    let all = (0..count).flat_map(|a| (0..a).map(move |b| (a, b)));
    if !sparse {
        return all.collect();
    }
    let mut order: Vec<usize> =
        (0..count).filter(|i| *i != HOSTILE && world.desk.member(world.nodes[*i].party)).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, world.random.below(i + 1));
    }
    // A newcomer, or a clone, hangs on a founder: not every party may know it yet, and a node never dials itself.
    order.sort_by_key(|i| *i >= FOUNDERS);
    let mut streams = vec![(HOSTILE, order[0])];
    for i in 1..order.len() {
        let possible: Vec<usize> = order[..i]
            .iter()
            .copied()
            .filter(|o| world.nodes[*o].party != world.nodes[order[i]].party && *o < FOUNDERS)
            .collect();
        streams.extend(world.random.pick(&possible).map(|o| (order[i], *o)));
    }
    streams
}

/// Honest nodes of parties that every one of them knows as such.
fn compared(world: &World) -> Vec<(usize, &Node)> {
    let party_everywhere = |party: usize| {
        let known = |n: &Node| n.ledger().is_some_and(|l| l.member(&l.county(), &org(party)));
        world.honest().filter(|(_, n)| world.desk.member(n.party)).all(|(_, n)| known(n))
    };
    world.honest().filter(|(_, n)| world.desk.member(n.party) && party_everywhere(n.party)).collect()
}

/// What one node of a space has: logs, state, values.
type Held = (BTreeMap<OrgId, Digest>, Digest, BTreeSet<FactId>);

fn held(node: &Node, space: &SpaceId) -> Option<Held> {
    let ledger = node.ledger()?;
    let of_space = |f: &&FactId| ledger.record(&f.header).is_some_and(|r| r.log.space == *space);
    let values = node.disk.values.keys().filter(of_space).copied().collect();
    Some((ledger.level1(space), ledger.digest(space), values))
}

/// A commit of an honest party in the county whose own signature a node still lacks, though it can be had: from a node
/// that has it whole, or from the author, who signs again. What only the hostile party had of a key that has been
/// replaced went with it.
fn spoiled(world: &World, node: &Node) -> Option<String> {
    let ledger = node.ledger()?;
    let sources = || compared(world).into_iter().map(|(_, n)| n).chain([&world.nodes[HOSTILE]]);
    let had = |tip: &HeaderHash, record: &Record| {
        sources().any(|n| {
            let whole = n.ledger().is_some_and(|l| l.record(tip).is_some() && !l.unproven().contains_key(tip));
            whole || (record.log.organisation == org(n.party) && record.key == n.key.public())
        })
    };
    let honest = |r: &Record| r.log.space == ledger.county() && r.log.organisation != org(HOSTILE);
    let mut lacking = ledger.unproven().keys().filter_map(|tip| Some((tip, ledger.record(tip)?)));
    let (tip, record) = lacking.find(|(tip, r)| honest(r) && had(tip, r))?;
    Some(format!("the signature of {} by {}", tip.short(), record.log.organisation))
}

/// True if two honest parties are members of a space: the two machines of one party never dial each other.
fn relayed(world: &World, space: &SpaceId) -> bool {
    let members = world.truth.spaces.get(space);
    let parties: BTreeSet<usize> = compared(world).iter().map(|(_, n)| n.party).collect();
    members.is_none_or(|m| parties.iter().filter(|p| m.contains(&org(**p))).count() >= 2)
}

/// The first difference between honest nodes; through a tree only the county is sure to reach everyone.
fn unequal(world: &World, sparse: bool) -> Option<String> {
    let nodes = compared(world);
    let (first, reference) = nodes.first()?;
    let book = |n: &Node| n.ledger().map(|l| (l.charters().in_force().0, l.charters().disputed().clone()));
    if let Some((index, _)) = nodes.iter().find(|(_, n)| book(n) != book(reference)) {
        return Some(format!("nodes {first} and {index} have different charters"));
    }
    if let Some((index, what)) = nodes.iter().find_map(|(i, n)| Some((*i, spoiled(world, n)?))) {
        return Some(format!("node {index} still lacks {what}"));
    }
    let county = reference.ledger()?.county();
    let small = world.truth.spaces.keys().filter(|s| !sparse && relayed(world, s));
    for space in small.copied().chain([county]) {
        let members =
            nodes.iter().filter(|(_, n)| world.truth.spaces.get(&space).is_none_or(|m| m.contains(&org(n.party))));
        let states: Vec<(usize, Held)> = members.filter_map(|(i, n)| Some((*i, held(n, &space)?))).collect();
        let Some((one, expected)) = states.first() else { continue };
        for (index, state) in &states {
            let what = if state.0 != expected.0 {
                let differ = state.0.iter().filter(|(org, logs)| expected.0.get(*org) != Some(logs));
                let missing = expected.0.keys().filter(|org| !state.0.contains_key(*org));
                let orgs: Vec<&str> = differ.map(|(org, _)| org).chain(missing).map(OrgId::as_str).collect();
                return Some(format!(
                    "nodes {one} and {index} have different logs of {} in {}",
                    orgs.join(", "),
                    space.short()
                ));
            } else if state.1 != expected.1 {
                "state"
            } else if state.2 != expected.2 {
                "values"
            } else {
                continue;
            };
            return Some(format!("nodes {one} and {index} have different {what} of {}", space.short()));
        }
    }
    None
}

/// I2, I7: every commit that was answered for is with every member's node.
fn nothing_lost(world: &World, sparse: bool) -> Check {
    for (tip, (by, space)) in &world.truth.acknowledged {
        let members = world.truth.spaces.get(space);
        let author = compared(world).into_iter().find(|(index, _)| index == by);
        if author.is_none() || (sparse && members.is_some()) || !relayed(world, space) {
            continue;
        }
        for (index, node) in compared(world) {
            let reads = members.is_none_or(|m| m.contains(&org(node.party)));
            if reads && !node.disk.holds(tip) {
                let party = party_name(node.party);
                return fail(
                    "I7",
                    format!("{} was answered for by node {by} and is not with node {index} ({party})", tip.short()),
                );
            }
        }
    }
    Ok(())
}

/// Publications neither repeat nor lose a word that nobody has struck. (One that is struck in a text that loses its effect
/// and gets it back may stand twice: decision 0020.)
fn words(world: &World) -> Check {
    let Some((index, node)) = compared(world).into_iter().find(|(_, n)| number_of(&org(n.party)).is_some()) else {
        return Ok(());
    };
    let Some(ledger) = node.ledger() else { return Ok(()) };
    let mut texts = BTreeMap::new();
    for (word, id, fact) in world.truth.words.iter().filter(|(word, _, _)| !world.truth.struck.contains(word)) {
        let text = texts.entry(*id).or_insert_with(|| merged(node, id).map(|(text, _)| text));
        let Some(text) = text else { continue };
        let count = text.split_whitespace().filter(|w| w == word).count();
        let counts = ledger.verdict(&fact.header).is_some_and(|v| v.admitted()) && !ledger.erased(fact);
        if count > 1 || (count == 0 && counts) {
            return fail("bridge", format!("node {index} shows '{word}' {count} times in the note of {}", id.short()));
        }
    }
    Ok(())
}
