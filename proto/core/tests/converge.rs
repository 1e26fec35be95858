//! The first test of the repository: whatever order, duplication, batching, forks, copied entries and late charters,
//! ledgers that hold the same commits and charters agree on everything (I3).

mod support;

use proptest::prelude::*;
use samsyn_core::{
    charter_book::CharterBook,
    code::Code,
    commit::{Proof, SignedCommit},
    effect::Verdict,
    entry::{Header, Kind, Link, Outline},
    id::{CharterHash, Digest, DocumentId, FactId, HeaderHash, OrgId, SpaceId},
    ledger::Ledger,
};
use std::collections::{BTreeMap, BTreeSet};
use support::world::{self, World};

/// A small generator for orders of delivery: the seed is one number of the test case.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % (bound.max(1) as u64)).expect("below a usize")
    }
}

/// All that nodes must agree on.
#[derive(Debug, PartialEq)]
struct State {
    verdicts: BTreeMap<HeaderHash, Verdict>,
    level1: BTreeMap<SpaceId, BTreeMap<OrgId, Digest>>,
    digests: BTreeMap<SpaceId, Digest>,
    documents: BTreeMap<DocumentId, Option<Digest>>,
    erased: BTreeSet<FactId>,
    standing: BTreeMap<(DocumentId, String), Vec<FactId>>,
    charter: CharterHash,
}

fn state(ledger: &Ledger) -> State {
    let spaces: BTreeSet<SpaceId> = ledger.logs().map(|(id, _)| id.space).collect();
    let all: Vec<_> = ledger.records().filter(|(_, r)| r.kind == Kind::Document).collect();
    let ids: Vec<DocumentId> = all.iter().map(|(h, _)| DocumentId::from(**h)).collect();
    let mut standing = BTreeMap::new();
    for id in &ids {
        let Some(founded) = ledger.document(id) else { continue };
        for (path, at) in founded.document.paths() {
            standing.insert((*id, path.to_string()), at.standing().map(|(id, _)| *id).collect());
        }
    }
    State {
        verdicts: ledger.records().map(|(hash, record)| (*hash, record.verdict)).collect(),
        level1: spaces.iter().map(|s| (*s, ledger.level1(s))).collect(),
        digests: spaces.iter().map(|s| (*s, ledger.digest(s))).collect(),
        documents: ids.iter().map(|id| (*id, ledger.document_digest(id))).collect(),
        erased: ids.iter().filter_map(|id| ledger.document(id)).flat_map(|d| d.document.erased().clone()).collect(),
        standing,
        charter: ledger.charters().in_force().0,
    }
}

fn new_ledger(world: &World) -> Ledger {
    let genesis = &world.charters[0];
    Ledger::new(CharterBook::found(genesis.bytes.clone(), &genesis.signatures).expect("all have signed"))
}

/// Refusals that more charters, founding entries or predecessors may lift.
fn may_pass_later(code: Code) -> bool {
    matches!(code, Code::ChainGap | Code::ChainKey | Code::ChainSpace)
}

/// Offers any charter whose predecessor has been offered; nothing if there is none left.
fn offer(ledger: &mut Ledger, world: &World, offered: &mut BTreeSet<CharterHash>, random: &mut Random) {
    let next: Vec<_> = world.charters[1..]
        .iter()
        .filter(|f| !offered.contains(&f.hash()) && f.charter.previous.is_some_and(|p| offered.contains(&p)))
        .collect();
    let Some(file) = next.get(random.below(next.len())) else { return };
    ledger.offer_charter(&file.bytes, &file.signatures).expect("oldest first, and signed");
    offered.insert(file.hash());
}

fn offer_all(ledger: &mut Ledger, world: &World) {
    for file in &world.charters[1..] {
        ledger.offer_charter(&file.bytes, &file.signatures).expect("oldest first, and signed");
    }
}

/// Everything in the order it was made.
fn in_order(world: &World) -> (Ledger, Vec<SignedCommit>) {
    let mut ledger = new_ledger(world);
    offer_all(&mut ledger, world);
    let mut taken = Vec::new();
    let mut open: Vec<&SignedCommit> = world.commits.iter().collect();
    loop {
        let before = open.len();
        open.retain(|commit| {
            let verified = ledger.verify(vec![(*commit).clone()]);
            verified.commits.iter().for_each(|c| drop(ledger.apply(c)));
            let again = verified.refusal.as_ref().is_some_and(|r| may_pass_later(r.code));
            if verified.refusal.is_none() {
                taken.push((*commit).clone());
            }
            again
        });
        if open.len() == before {
            return (ledger, taken);
        }
    }
}

/// The commit and up to `back` before it in its log, oldest first.
fn range(world: &World, at: usize, back: usize) -> Vec<SignedCommit> {
    let by_tip: BTreeMap<HeaderHash, &SignedCommit> =
        world.commits.iter().map(|c| (*c.hashes().last().expect("headers"), c)).collect();
    let mut range = vec![world.commits[at].clone()];
    while range.len() <= back {
        let header = Header::decode(&range[range.len() - 1].entries[0].header).expect("a header");
        let Link::Next(previous) = header.link else { break };
        let Some(before) = by_tip.get(&previous) else { break };
        range.push((*before).clone());
    }
    range.reverse();
    range
}

/// Everything in an order of the seed's, in ranges of any length, some twice, charters in between. With `watch`, a new
/// process that reads back what is stored must be in the same state at every moment.
fn in_disorder(world: &World, seed: u64, watch: bool) -> Ledger {
    let mut random = Random(seed);
    let mut taken: Vec<SignedCommit> = Vec::new();
    let mut ledger = new_ledger(world);
    let mut offered = BTreeSet::from([world.charters[0].hash()]);
    let mut open: Vec<usize> = (0..world.commits.len()).collect();
    let late = random.below(3) == 0;
    loop {
        for i in (1..open.len()).rev() {
            open.swap(i, random.below(i + 1));
        }
        let before = (ledger.records().count(), offered.len());
        let mut again = Vec::new();
        for at in open {
            if !late && random.below(4) == 0 {
                offer(&mut ledger, world, &mut offered, &mut random);
            }
            let back = random.below(4);
            let verified = ledger.verify(range(world, at, back));
            for commit in &verified.commits {
                let entries = commit.entries.iter().map(|e| e.raw.clone()).collect();
                taken.push(SignedCommit { entries, signature: commit.signature });
                ledger.apply(commit);
                if random.below(8) == 0 {
                    ledger.apply(commit);
                }
            }
            if verified.refusal.as_ref().is_some_and(|r| may_pass_later(r.code)) || random.below(10) == 0 {
                again.push(at);
            }
            if let Some((graft, mark)) = world.grafts.get(random.below(world.grafts.len())) {
                let verified = ledger.verify(graft.clone());
                assert!(verified.commits.iter().all(|c| c.tip().hash != *mark), "a graft was accepted");
            }
            if watch && random.below(3) == 0 {
                assert_eq!(state(&ledger), state(&restored(world, &offered, &taken)), "a new process judges otherwise");
            }
        }
        offer(&mut ledger, world, &mut offered, &mut random);
        if before == (ledger.records().count(), offered.len()) {
            return ledger;
        }
        open = again;
    }
}

/// Every value came along: only one whose erasure has lost its effect may be wanted again.
fn named_by_erasures(ledger: &Ledger) -> BTreeSet<FactId> {
    let named = ledger.records().filter_map(|(_, r)| match r.outline.as_ref() {
        Outline::Erasure(erasure) => Some(erasure.facts.clone()),
        _ => None,
    });
    named.flatten().collect()
}

/// Rebuilt from what a store would hold: charters, then commits in the order of arrival.
fn restored(world: &World, offered: &BTreeSet<CharterHash>, taken: &[SignedCommit]) -> Ledger {
    let mut ledger = new_ledger(world);
    for file in world.charters[1..].iter().filter(|f| offered.contains(&f.hash())) {
        ledger.offer_charter(&file.bytes, &file.signatures).expect("oldest first, and signed");
    }
    for signed in taken {
        if let Some(commit) = ledger.restore(signed.clone(), Proof::Own).expect("was accepted before") {
            ledger.apply(&commit);
        }
    }
    ledger
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i3_any_order_gives_equal_digests_and_equal_verdicts(steps in world::steps(40), seed in any::<u64>()) {
        let world = World::of(&steps);
        let (ordered, taken) = in_order(&world);
        let expected = state(&ordered);
        for n in 0..3 {
            let other = in_disorder(&world, seed.wrapping_add(n), false);
            prop_assert_eq!(&state(&other), &expected);
            prop_assert!(other.missing_values().iter().all(|f| named_by_erasures(&other).contains(f)));
            prop_assert!(!other.missing_values().iter().any(|f| other.erased(f)));
        }
        let all = world.charters.iter().map(support::File::hash).collect();
        prop_assert_eq!(&state(&restored(&world, &all, &taken)), &expected);
    }

    #[test]
    fn i3_a_new_process_agrees_at_every_moment(steps in world::steps(30), seed in any::<u64>()) {
        in_disorder(&World::of(&steps), seed, true);
    }
}
