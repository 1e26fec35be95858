//! The one hostile party: a node with valid keys of its own (and keys that others have had replaced) that alters what it
//! sends, replays, equivocates, forges, probes, withholds, and writes where it may not.

use super::{
    county::{key, name, org},
    edits::{self, build, path, text},
    network::Item,
    node::Input,
    random::Random,
    world::{HOSTILE, Origin, World},
};
use samsyn_core::{
    commit::{CommitBuilder, Position, SaltedValue, SignedCommit, Statement},
    entry::{Audience, Card, DocumentKind, Erasure, Genesis, Header, Link, Outline, Purpose, Release},
    id::{DocumentId, FactId, HeaderHash, Incarnation, LogId, SpaceId},
    ledger::Tip,
    sign::Domain,
    sync::{Frame, LogTip, OrgTips, SessionId, Want},
};
use std::{collections::BTreeMap, sync::Arc};

/// What it remembers.
#[derive(Debug, Default)]
pub(super) struct Hostile {
    /// Commits of others that it has come by.
    seen: Vec<SignedCommit>,
    /// Replaced keys it has got hold of: whose, and of which generation.
    pub(super) stolen: Vec<(usize, u8)>,
    /// Second commits at one position, kept below the number of tips that nodes read.
    forks: usize,
}

impl Hostile {
    /// Looks at what arrives.
    pub(super) fn watch(&mut self, frame: &Frame) {
        if let Frame::Commits(range) = frame
            && self.seen.len() < 200
        {
            self.seen.extend(range.iter().cloned());
        }
    }
}

/// What becomes of a frame on its way out.
pub(super) fn twist(frame: &Frame, random: &mut Random) -> Vec<Frame> {
    if !random.chance(20) {
        return vec![frame.clone()];
    }
    match frame {
        Frame::Hello(_) => vec![frame.clone()],
        Frame::Commits(range) => twist_range(range.clone(), random),
        Frame::Values(values) => {
            let mut values = values.clone();
            for (_, value) in &mut values {
                value.bytes.push(1);
            }
            vec![Frame::Values(values)]
        }
        Frame::Tips(lists) if random.chance(50) => {
            let mut lists = lists.clone();
            for tip in lists.iter_mut().flat_map(|l| &mut l.tips) {
                tip.hash = HeaderHash(random.bytes());
            }
            vec![Frame::Tips(lists), frame.clone()]
        }
        Frame::Have(spaces) => {
            let mut spaces = spaces.clone();
            for have in spaces.iter_mut().flat_map(|s| s.organisations.values_mut()) {
                have.commits = u64::MAX;
                have.logs.0[0] ^= 1;
            }
            vec![Frame::Have(spaces)]
        }
        _ if random.chance(50) => Vec::new(),
        _ => vec![frame.clone(), frame.clone()],
    }
}

fn twist_range(mut range: Vec<SignedCommit>, random: &mut Random) -> Vec<Frame> {
    // Signatures that a later one covers: accepted all the same, and to be found out in the background.
    if range.len() > 1 && random.chance(50) {
        let inner = range.len() - 1;
        range[..inner].iter_mut().for_each(|c| c.signature.0[3] ^= 4);
        return vec![Frame::Commits(range)];
    }
    let at = random.below(range.len());
    let entry = random.below(range[at].entries.len());
    match random.below(7) {
        0 => return Vec::new(),
        1 => range[at].signature.0[random.below(64)] ^= 4,
        2 => {
            let header = &mut range[at].entries[entry].header;
            let byte = random.below(header.len());
            header[byte] ^= 1 << random.below(8);
        }
        3 => range[at].entries[entry].outline.push(0),
        4 => range.iter_mut().flat_map(|c| &mut c.entries).for_each(|e| e.values.clear()),
        5 => {
            let salted = SaltedValue { salt: [1; 32], bytes: vec![0; 9] };
            range
                .iter_mut()
                .flat_map(|c| &mut c.entries)
                .flat_map(|e| &mut e.values)
                .for_each(|v| *v = Some(salted.clone()));
        }
        _ => range.reverse(),
    }
    vec![Frame::Commits(range)]
}

fn release() -> Outline {
    Outline::Release(Release {
        purpose: Purpose::ForInformation,
        audience: Audience::Public,
        authority: name("ks"),
        role: name("x"),
    })
}

fn card(endpoint: String) -> Outline {
    Outline::Card(Card { endpoints: vec![endpoint], pins: Vec::new(), authorities: BTreeMap::new() })
}

/// Sends a frame to some of its peers.
fn spread(world: &mut World, frame: &Frame) {
    let frame = Arc::new(frame.clone());
    for (session, _) in world.network.sessions_of(HOSTILE) {
        if world.random.chance(60) {
            world.network.send(session, HOSTILE, Item::Frame(frame.clone()), world.now_ms, &mut world.random);
        }
    }
}

fn any_peer(world: &mut World) -> Option<SessionId> {
    let sessions = world.network.sessions_of(HOSTILE);
    world.random.pick(&sessions).map(|(session, _)| *session)
}

/// One act. What it writes into its own log comes back as input for its own node.
pub(super) fn act(world: &mut World) -> Option<Input> {
    world.nodes[HOSTILE].machine.as_ref()?;
    match world.random.below(12) {
        0..3 => trespass(world),
        3 => equivocate(world),
        4 => forge(world),
        5 => use_stolen_key(world),
        6 => invent(world),
        7 => replay(world),
        8 => probe(world),
        9 => erase_others(world),
        10 => usurp(world),
        _ => pose_as_owner(world),
    }
}

/// Writes others' paths, wrong types, foreign documents, unknown replacements.
fn trespass(world: &mut World) -> Option<Input> {
    let random = &mut world.random;
    let node = &world.nodes[HOSTILE];
    let (id, space) = edits::any_document(node, random)?;
    let founded = node.ledger()?.document(&id)?;
    let victims = [
        "/facts/title",
        "/parties/timra/rollout",
        "/areas/a1/parties/rvn/plan",
        "/votes/s1",
        "/goals/g1",
        "/minutes/m",
        "/learnings/timra/l1/text",
        "/attested/timra",
        "/assessment/ange/a/advice",
        "/elsewhere",
        "/definitions/m1",
    ];
    let standing: Vec<FactId> =
        founded.document.paths().flat_map(|(_, at)| at.admitted().keys().copied()).take(20).collect();
    let at = path(random.pick(&victims)?);
    let statement = Statement { path: at, value: Some(text(random)), salt: random.bytes(), replaces: standing };
    let space = if random.chance(80) { space } else { node.ledger()?.county() };
    let commit = build(node, space, world.now_ms, |b| {
        b.add(DocumentId::NONE, &release());
        b.facts(id, vec![statement]);
    });
    commit.map(edits::write)
}

/// Two commits at one position, which may share their first header; one goes to its own node, the other to some peers.
fn equivocate(world: &mut World) -> Option<Input> {
    if world.hostile.forks >= 8 {
        return None;
    }
    world.hostile.forks += 1;
    let node = &world.nodes[HOSTILE];
    let county = node.ledger()?.county();
    let own = node
        .ledger()?
        .documents()
        .find(|(_, d)| d.genesis.owner == org(HOSTILE) && d.space == county)
        .map(|(id, _)| id)?;
    let shared = world.random.bytes();
    let twins = world.random.chance(50);
    let mut side = |n: u8| {
        let statement = |salt: [u8; 32]| Statement {
            path: path("/facts/title"),
            value: Some(text(&mut Random::new(salt[0].into()))),
            salt,
            replaces: vec![],
        };
        let salt: [u8; 32] = world.random.bytes();
        let common = if twins { shared } else { [n; 32] };
        build(&world.nodes[HOSTILE], county, world.now_ms, |b| {
            b.add(DocumentId::NONE, &release());
            b.facts(own, vec![statement(common)]);
            b.facts(own, vec![statement(salt)]);
        })
    };
    let (one, other) = (side(1)?, side(2)?);
    spread(world, &Frame::Commits(vec![other]));
    Some(edits::write(one))
}

/// A commit in another's name without that party's signature: bare, and under a valid signature of its own.
fn forge(world: &mut World) -> Option<Input> {
    let random = &mut world.random;
    let mut forged = random.pick(&world.hostile.seen)?.clone();
    let last = forged.entries.len() - 1;
    let mut header = Header::decode(&forged.entries[last].header).ok()?;
    header.hlc_ms = u64::from(u32::MAX) + random.number() % 1_000;
    forged.entries[last].header = header.encode();
    forged.signature = key(HOSTILE, 0).sign(Domain::Commit, &forged.entries[last].header);
    let county = world.nodes[HOSTILE].ledger()?.county();
    let covering =
        build(&world.nodes[HOSTILE], county, world.now_ms, |b| b.add(DocumentId::NONE, &card("forge".to_owned())))?;
    spread(world, &Frame::Commits(vec![forged.clone()]));
    spread(world, &Frame::Commits(vec![forged, covering]));
    None
}

/// Writes in the name of a party whose key was replaced, with the old key, under the old charter or the new.
fn use_stolen_key(world: &mut World) -> Option<Input> {
    let (victim, generation) = *world.random.pick(&world.hostile.stolen)?;
    let stolen = key(victim, generation);
    let ledger = world.nodes[HOSTILE].ledger()?;
    let chain: Vec<_> = ledger.charters().chain().map(|(h, _)| *h).collect();
    let (id, space) = edits::any_document(&world.nodes[HOSTILE], &mut world.random)?;
    let own: Vec<_> = ledger.logs().filter(|(l, _)| l.organisation == org(victim) && l.space == space).collect();
    let log = LogId { space, organisation: org(victim), incarnation: Incarnation(world.random.bytes()) };
    let fresh = Position {
        federation: ledger.federation(),
        charter: *world.random.pick(&chain)?,
        log,
        seq: 1,
        link: Link::First { key: stolen.public(), earlier: vec![] },
    };
    let position = match world.random.pick(&own).filter(|_| world.hostile.forks < 8) {
        Some((log, at)) => {
            world.hostile.forks += 1;
            let (tip, seq) = at.tips().first_key_value()?;
            Position { log: (*log).clone(), seq: seq + 1, link: Link::Next(*tip), ..fresh }
        }
        None => fresh,
    };
    let mut builder = CommitBuilder::new(position, world.now_ms);
    builder.add(DocumentId::NONE, &release());
    let at = path(&format!("/attested/{}", org(victim)));
    builder.facts(
        id,
        vec![Statement {
            path: at,
            value: Some(text(&mut world.random)),
            salt: world.random.bytes(),
            replaces: vec![],
        }],
    );
    let commit = builder.sign(&stolen);
    for hash in commit.hashes() {
        world.truth.written.insert(hash, Origin::Stolen { victim, generation });
    }
    spread(world, &Frame::Commits(vec![commit]));
    None
}

/// Tips that do not exist, incarnations of others, too much of everything.
fn invent(world: &mut World) -> Option<Input> {
    let county = world.nodes[HOSTILE].ledger()?.county();
    let organisation = org(world.random.below(8));
    let incarnation = Incarnation(world.random.bytes());
    let hash = HeaderHash(world.random.bytes());
    let log = LogId { space: county, organisation: organisation.clone(), incarnation };
    let frame = match world.random.below(4) {
        0 => Frame::Announce(vec![LogTip { log, seq: 7, hash }]),
        1 => {
            let real = world.hostile.seen.last().and_then(|c| c.hashes().last().copied()).unwrap_or(hash);
            Frame::Tips(vec![OrgTips {
                space: county,
                organisation,
                tips: vec![Tip { incarnation, seq: 1, hash: real }],
            }])
        }
        2 => Frame::WantValues(vec![FactId { header: hash, index: 0 }; 1_025]),
        _ => {
            let tips = (0..200).map(|seq| Tip { incarnation, seq, hash: HeaderHash(world.random.bytes()) }).collect();
            Frame::Tips(vec![OrgTips { space: county, organisation, tips }])
        }
    };
    spread(world, &frame);
    None
}

/// Commits seen before, to anyone: also those of a smaller space to parties outside it.
fn replay(world: &mut World) -> Option<Input> {
    let from = world.random.below(world.hostile.seen.len());
    let range: Vec<SignedCommit> = world.hostile.seen.iter().skip(from).take(3).cloned().collect();
    for commit in range {
        spread(world, &Frame::Commits(vec![commit]));
    }
    let commits = world.nodes[HOSTILE].disk.commits().to_vec();
    let tip = *world.random.pick(&commits)?;
    let commit = world.nodes[HOSTILE].disk.commit(&tip, true)?;
    spread(world, &Frame::Commits(vec![commit]));
    None
}

/// Asks for what it may not have: logs and values of spaces that it is no member of.
fn probe(world: &mut World) -> Option<Input> {
    let other = world.random.below(HOSTILE);
    let ledger = world.nodes[other].ledger()?;
    let logs: Vec<_> = ledger.logs().map(|(id, log)| (id.clone(), log.tips().keys().copied().next())).collect();
    let (log, tip) = world.random.pick(&logs)?.clone();
    let facts: Vec<FactId> = (0..3).map(|index| FactId { header: tip.unwrap_or(HeaderHash([0; 32])), index }).collect();
    let session = any_peer(world)?;
    for frame in [Frame::Want(Want { log, tip: tip?, known: Vec::new() }), Frame::WantValues(facts)] {
        world.network.send(session, HOSTILE, Item::Frame(Arc::new(frame)), world.now_ms, &mut world.random);
    }
    None
}

/// An erasure in a document of its own that names everyone else's facts.
fn erase_others(world: &mut World) -> Option<Input> {
    let node = &world.nodes[HOSTILE];
    let ledger = node.ledger()?;
    let own = ledger.documents().find(|(_, d)| d.genesis.owner == org(HOSTILE)).map(|(id, d)| (id, d.space))?;
    let facts: Vec<FactId> = node.disk.values.keys().copied().take(40).collect();
    let erasure = Outline::Erasure(Erasure { authority: name("ks"), facts });
    build(node, own.1, world.now_ms, |b| b.add(own.0, &erasure)).map(edits::write)
}

/// An amendment that only it has signed, which ousts everyone it dislikes.
fn usurp(world: &mut World) -> Option<Input> {
    let (previous, charter) = world.nodes[HOSTILE].ledger()?.charters().in_force();
    let mut next = charter.clone();
    (next.version, next.previous) = (charter.version + 1, Some(previous));
    next.parties.retain(|p| p.id == org(HOSTILE) || p.id == org(0));
    next.programme_office.retain(|o| next.parties.iter().any(|p| p.id == *o));
    let bytes = next.to_toml().ok()?.into_bytes();
    let signature = key(HOSTILE, 0).sign(Domain::Charter, &bytes);
    let signatures = [(org(HOSTILE), signature), (org(0), signature)].into();
    spread(world, &Frame::Charters(vec![samsyn_core::sync::CharterFile { bytes, signatures }]));
    None
}

/// A work in another's name.
fn pose_as_owner(world: &mut World) -> Option<Input> {
    let node = &world.nodes[HOSTILE];
    let owner = if world.random.chance(40) { org(HOSTILE) } else { org(1) };
    let genesis =
        Genesis { kind: DocumentKind::Work, owner, authority: name("ks"), archive_owner: org(HOSTILE), body: None };
    let statement = Statement {
        path: path("/facts/title"),
        value: Some(text(&mut world.random)),
        salt: world.random.bytes(),
        replaces: vec![],
    };
    let space: SpaceId = node.ledger()?.county();
    let commit = build(node, space, world.now_ms, |b| {
        b.add(DocumentId::NONE, &release());
        let id = DocumentId::from(b.add(DocumentId::NONE, &Outline::Document(genesis)));
        b.facts(id, vec![statement]);
    });
    commit.map(edits::write)
}
