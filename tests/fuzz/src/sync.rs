//! The protocol's machine: whatever peers send, in whatever order, it goes on, asks for and sends a bounded number of
//! things, and stores nothing but what its author has signed.

use crate::{
    commit::{self, check_commits},
    county::{self, PARTIES, county},
    frame,
    plan::Plan,
    time::bounded,
};
use prost::Message as _;
use samsyn_core::{
    charter_book::Signatures,
    commit::Proof,
    id::{Digest, FactId, HeaderHash, Incarnation, LogId, SpaceId},
    ledger::{Ledger, Tip},
    limits,
    sign::Domain,
    sync::{
        CharterFile, Contact, Frame, Hello, LogTip, Machine, OrgHave, OrgTips, Output, Send, SessionId, SpaceHave, Want,
    },
};

/// Steps of one input.
const STEPS_MAX: usize = 48;
/// Effects of a step that do not come from what the frame lists: to each stream a few, and requests within the window.
const SENDS_BEYOND: usize = 64 + PARTIES * limits::WANTS_IN_FLIGHT_MAX;

/// This node and its clock.
struct Desk {
    machine: Machine,
    now_ms: u64,
    opened: u64,
}

pub fn check(data: &[u8]) {
    let mut plan = Plan::new(data);
    let machine = Machine::new(county::org(0), county::key(0, 0), county().ledger.clone());
    let mut desk = Desk { machine, now_ms: 1_700_000_000_000, opened: 0 };
    for peer in 1..PARTIES {
        desk.open(peer, plan.byte() != 1);
    }
    for _ in 0..STEPS_MAX {
        if plan.is_empty() {
            break;
        }
        desk.step(&mut plan);
    }
    desk.check_end();
}

impl Desk {
    fn open(&mut self, peer: usize, greets: bool) {
        let session = SessionId(self.opened);
        self.opened += 1;
        let out = self.machine.opened(session, county::org(peer), self.now_ms);
        self.check(&out, 0);
        if greets {
            let hello = Hello {
                federation: county::federation(),
                minor: 1,
                charters: Digest([0; 32]),
                rule_sets: vec![1],
                now_ms: self.now_ms,
            };
            let out = self.machine.received(session, Frame::Hello(hello), self.now_ms);
            self.check(&out, 0);
        }
    }

    fn step(&mut self, plan: &mut Plan) {
        let (what, who) = (plan.byte(), plan.byte());
        let session = SessionId(u64::from(who) % self.opened);
        let frame = match what % 16 {
            0 => {
                self.now_ms += u64::from(plan.u16()) * 10;
                let out = bounded("a tick", || self.machine.tick(self.now_ms));
                return self.check(&out, 0);
            }
            1 => {
                let out = self.machine.closed(session, self.now_ms);
                return self.check(&out, 0);
            }
            2 if self.opened < 8 => return self.open(usize::from(who) % PARTIES, plan.byte() != 1),
            3 => {
                let _ = self.machine.receipt_due(self.now_ms);
                return;
            }
            _ => any_frame(what % 16, plan, self.machine.ledger()),
        };
        let Some(frame) = frame else { return };
        let listed = items(&frame);
        let out = bounded("taking a frame", || self.machine.received(session, frame, self.now_ms));
        self.check(&out, listed);
    }

    /// What one step asks for is bounded by what came and by the number of streams, and all it stores is signed.
    fn check(&self, out: &Output, listed: usize) {
        assert!(out.sends.len() <= SENDS_BEYOND + 8 * listed, "{} effects of {listed} items", out.sends.len());
        for send in &out.sends {
            match send {
                Send::Frame(_, frame) => {
                    let bytes = samsyn_wire::v1::Frame::from(frame.as_ref()).encoded_len();
                    assert!(bytes <= limits::FRAME_BYTES_MAX, "a frame of {bytes} bytes");
                }
                Send::Range { headers, .. } => {
                    assert!(headers.iter().all(|h| self.machine.ledger().record(h).is_some()), "what is here");
                }
                Send::Values { facts, .. } => assert!(facts.len() <= limits::VALUES_WANTED_MAX),
                Send::Close { .. } => {}
            }
        }
        // A step stores ranges of one log, or of several logs after each other.
        for commit in &out.persist.commits {
            check_commits(self.machine.ledger(), std::slice::from_ref(commit));
            assert!(commit.proof != Proof::Own || commit.signature_fits());
        }
        for (fact, value) in &out.persist.values {
            let outline = self.machine.ledger().fact(fact).and_then(|f| f.value.clone());
            assert!(outline.is_some_and(|o| o.hash == samsyn_core::value::Value::hash(&value.salt, &value.bytes)));
        }
    }

    /// Nothing that was stored is gone, and the node still meets a peer.
    fn check_end(&mut self) {
        for stored in &county().stored {
            assert!(stored.hashes().iter().all(|h| self.machine.ledger().record(h).is_some()));
        }
        let _ = self.machine.parties();
        let out = self.machine.opened(SessionId(self.opened), county::org(1), self.now_ms);
        assert!(out.sends.iter().any(|s| matches!(s, Send::Frame(_, f) if matches!(**f, Frame::Hello(_)))));
    }
}

/// What a frame lists.
fn items(frame: &Frame) -> usize {
    match frame {
        Frame::Charters(files) => files.len() * PARTIES,
        Frame::Have(spaces) => spaces.iter().map(|s| 1 + s.organisations.len()).sum(),
        Frame::Tips(lists) => lists.iter().map(|l| 1 + l.tips.len()).sum(),
        Frame::Announce(tips) => tips.len(),
        Frame::Commits(range) => range.len(),
        _ => 0,
    }
}

fn any_frame(what: u8, plan: &mut Plan, ledger: &Ledger) -> Option<Frame> {
    Some(match what {
        4 => Frame::Commits(plan.pick(&county().ranges).clone()),
        5 => {
            let range = plan.pick(&county().ranges);
            let (from, count) = (plan.below(range.len()), plan.below(4));
            Frame::Commits(range.iter().skip(from).take(count).cloned().collect())
        }
        6 => {
            let (flags, mut range) = commit::read(&mut Plan::new(plan.piece()));
            commit::mend(flags, &mut range);
            Frame::Commits(range)
        }
        7 => Frame::Tips((0..plan.below(4)).map(|_| tips(plan, ledger)).collect()),
        8 => Frame::Announce((0..plan.below(4)).map(|_| log_tip(plan, ledger)).collect()),
        9 => {
            let tip = log_tip(plan, ledger);
            let known = (0..plan.below(4)).map(|_| hash(plan)).collect();
            Frame::Want(Want { log: tip.log, tip: tip.hash, known })
        }
        10 => Frame::WantValues((0..plan.below(4)).map(|_| fact(plan)).collect()),
        11 => Frame::Values((0..plan.below(4)).filter_map(|_| value(plan)).collect()),
        12 => Frame::Charters((0..plan.below(4)).map(|_| charter(plan)).collect()),
        13 => Frame::Contacts((0..plan.below(4)).map(|_| contact(plan)).collect()),
        14 => Frame::Have((0..plan.below(4)).map(|_| have(plan, ledger)).collect()),
        _ => {
            let message = samsyn_wire::v1::Frame::decode(plan.piece()).ok()?;
            return frame::read(message).ok().flatten();
        }
    })
}

/// A header that is stored, or may come, or that nobody has.
fn hash(plan: &mut Plan) -> HeaderHash {
    let number = plan.byte();
    let commits = county().stored.iter().chain(county().ranges.iter().flatten());
    let known: Vec<HeaderHash> = commits.flat_map(samsyn_core::commit::SignedCommit::hashes).collect();
    known.get(usize::from(number)).copied().unwrap_or(HeaderHash([number; 32]))
}

fn space(plan: &mut Plan, ledger: &Ledger) -> SpaceId {
    let logs: Vec<SpaceId> = ledger.logs().map(|(log, _)| log.space).collect();
    match plan.byte() {
        0..200 => ledger.county(),
        other => logs.get(usize::from(other - 200)).copied().unwrap_or(SpaceId([other; 32])),
    }
}

fn incarnation(plan: &mut Plan) -> Incarnation {
    let mut bytes = [0; 16];
    bytes[7] = plan.byte();
    Incarnation(bytes)
}

fn tips(plan: &mut Plan, ledger: &Ledger) -> OrgTips {
    let (space, organisation) = (space(plan, ledger), county::org(plan.below(PARTIES + 1)));
    let tip =
        |plan: &mut Plan| Tip { incarnation: incarnation(plan), seq: 1 + u64::from(plan.byte()), hash: hash(plan) };
    OrgTips { space, organisation, tips: (0..plan.below(8)).map(|_| tip(plan)).collect() }
}

fn log_tip(plan: &mut Plan, ledger: &Ledger) -> LogTip {
    let log = LogId {
        space: space(plan, ledger),
        organisation: county::org(plan.below(PARTIES + 1)),
        incarnation: incarnation(plan),
    };
    LogTip { log, seq: 1 + u64::from(plan.byte()), hash: hash(plan) }
}

fn fact(plan: &mut Plan) -> FactId {
    FactId { header: hash(plan), index: u32::from(plan.byte() & 3) }
}

/// A value that is meant, or another one at its place.
fn value(plan: &mut Plan) -> Option<(FactId, samsyn_core::commit::SaltedValue)> {
    let id = fact(plan);
    let spoilt = plan.byte() == 1;
    let commits = county().stored.iter().chain(county().ranges.iter().flatten());
    let entry = commits.flat_map(|c| &c.entries).find(|e| HeaderHash::of(&e.header) == id.header)?;
    let mut value = entry.values.get(id.index as usize)?.clone()?;
    value.bytes.extend(spoilt.then_some(0));
    Some((id, value))
}

fn charter(plan: &mut Plan) -> CharterFile {
    let flags = plan.byte();
    let bytes = match flags & 0xC0 {
        0xC0 => plan.piece().to_vec(),
        _ => plan.pick(&county().amendments).to_toml().expect("a charter can be written").into_bytes(),
    };
    let signers = [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (1, 1)];
    let signed = (0..).zip(signers).filter(|(bit, _)| flags >> bit & 1 == 1);
    let signatures: Signatures = signed
        .map(|(_, (p, generation))| (county::org(p), county::key(p, generation).sign(Domain::Charter, &bytes)))
        .collect();
    CharterFile { bytes, signatures }
}

fn contact(plan: &mut Plan) -> Contact {
    let (who, key) = (plan.below(PARTIES), plan.below(PARTIES));
    let at_ms = 1_700_000_000_000 + u64::from(plan.u16()) * 100;
    Contact::sign(county::federation(), county::org(who), at_ms, &county::key(key, 0))
}

fn have(plan: &mut Plan, ledger: &Ledger) -> SpaceHave {
    let space = space(plan, ledger);
    let mut organisations = std::collections::BTreeMap::new();
    for _ in 0..plan.below(4) {
        let (org, own) = (county::org(plan.below(PARTIES + 1)), plan.byte());
        let logs = match ledger.level1(&space).get(&org) {
            Some(digest) if own < 128 => *digest,
            _ => Digest([own; 32]),
        };
        organisations.insert(org, OrgHave { logs, commits: u64::from(own) });
    }
    let state = if plan.byte() == 0 { ledger.digest(&space) } else { Digest([1; 32]) };
    SpaceHave { space, organisations, state }
}
