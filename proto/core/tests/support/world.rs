//! A federation's whole history from a list of small steps, honest and hostile alike: what a test then delivers to
//! ledgers in any order. Every step is a handful of numbers, so that proptest can shrink a failure.

use super::*;
use proptest::prelude::*;
use samsyn_core::entry::{Body, BodyRules, Card, Majority, Quorum, SpaceFounding};

/// One step of a history. Numbers pick among what there is, modulo its count.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A new writing process of a party in a space.
    Process {
        party: u8,
        space: u8,
    },
    /// A document and its first fact.
    Found {
        writer: u8,
        kind: u8,
        owner: u8,
        archive: u8,
    },
    /// Facts at paths legal and illegal, of values that fit or do not.
    State {
        writer: u8,
        document: u8,
        facts: Vec<(u8, u8, Vec<u8>)>,
        foreign: bool,
    },
    Erase {
        writer: u8,
        document: u8,
        facts: Vec<u8>,
    },
    Card {
        writer: u8,
    },
    Space {
        party: u8,
        members: u8,
    },
    /// The process is cloned as it stood before its last `back` commits: what both write forks the log.
    Clone {
        writer: u8,
        back: u8,
    },
    /// Two commits that share their first header.
    Twins {
        writer: u8,
        document: u8,
    },
    /// The writer cites another charter from now on; an earlier one is hostile.
    Cite {
        writer: u8,
        charter: u8,
    },
    /// A commit of one log, signed anew by another party, or sent with a later commit that does not cover it.
    Graft {
        writer: u8,
        commit: u8,
    },
    Amend(Amend),
}

#[derive(Debug, Clone)]
pub(crate) enum Amend {
    Join,
    Leave {
        party: u8,
        cuts: Vec<u8>,
    },
    Key {
        party: u8,
        cuts: Vec<u8>,
    },
    Office {
        party: u8,
        cuts: Vec<u8>,
    },
    /// Two valid successors at once.
    Dispute {
        party: u8,
        cuts: Vec<u8>,
    },
    /// Sets one of them aside.
    Settle,
}

pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let n = || any::<u8>();
    let cuts = || prop::collection::vec(any::<u8>(), 6);
    let fact = (n(), n(), prop::collection::vec(n(), 0..3));
    let amend = prop_oneof![
        Just(Amend::Join),
        (n(), cuts()).prop_map(|(party, cuts)| Amend::Leave { party, cuts }),
        (n(), cuts()).prop_map(|(party, cuts)| Amend::Key { party, cuts }),
        (n(), cuts()).prop_map(|(party, cuts)| Amend::Office { party, cuts }),
        (n(), cuts()).prop_map(|(party, cuts)| Amend::Dispute { party, cuts }),
        Just(Amend::Settle),
    ];
    let step = prop_oneof![
        2 => (n(), n()).prop_map(|(party, space)| Step::Process { party, space }),
        3 => (n(), n(), n(), n()).prop_map(|(writer, kind, owner, archive)| Step::Found { writer, kind, owner, archive }),
        8 => (n(), n(), prop::collection::vec(fact, 1..4), prop::bool::weighted(0.1))
            .prop_map(|(writer, document, facts, foreign)| Step::State { writer, document, facts, foreign }),
        2 => (n(), n(), prop::collection::vec(n(), 1..4))
            .prop_map(|(writer, document, facts)| Step::Erase { writer, document, facts }),
        1 => n().prop_map(|writer| Step::Card { writer }),
        1 => (n(), n()).prop_map(|(party, members)| Step::Space { party, members }),
        2 => (n(), n()).prop_map(|(writer, back)| Step::Clone { writer, back }),
        1 => (n(), n()).prop_map(|(writer, document)| Step::Twins { writer, document }),
        2 => (n(), n()).prop_map(|(writer, charter)| Step::Cite { writer, charter }),
        1 => (n(), n()).prop_map(|(writer, commit)| Step::Graft { writer, commit }),
        3 => amend.prop_map(Step::Amend),
    ];
    prop::collection::vec(step, 1..most)
}

/// What a history holds.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) federation: FederationId,
    /// Genesis first; each after the one it amends.
    pub(crate) charters: Vec<File>,
    /// Each after the one before it in its log.
    pub(crate) commits: Vec<SignedCommit>,
    /// Ranges that no ledger may take in beyond their first `usize` commits.
    pub(crate) grafts: Vec<(Vec<SignedCommit>, HeaderHash)>,
    pub(super) head: usize,
    pub(super) rivals: Option<(usize, usize)>,
    pub(super) generations: [u8; 9],
    writers: Vec<(usize, Writer)>,
    /// For each writer the states it was in before each of its commits.
    past: Vec<Vec<Writer>>,
    documents: Vec<(DocumentId, SpaceId, Vec<FactId>)>,
    pub(super) spaces: Vec<SpaceId>,
    pub(super) ends: Vec<(usize, LogId, HeaderHash)>,
    salt: u64,
    processes: u64,
}

/// Paths of every kind of document, their own and others'.
const PATHS: [&str; 16] = [
    "/facts/title",
    "/facts/summary",
    "/facts/budget",
    "/note",
    "/parties/timra/note",
    "/parties/sundsvall/rollout",
    "/reports/r1/comment",
    "/areas/a1/title",
    "/areas/a1/parties/timra/plan",
    "/text/intro",
    "/goals/effect",
    "/votes/s1",
    "/minutes/m1",
    "/attested/sundsvall",
    "/elsewhere",
    "/assessment/rvn/x/advice",
];

pub(super) fn pick<T>(of: &[T], number: u8) -> usize {
    usize::from(number) % of.len().max(1)
}

impl World {
    pub(crate) fn of(steps: &[Step]) -> Self {
        const FOUNDERS: usize = 5;
        let genesis = signed(&genesis(FOUNDERS), &signers(0..FOUNDERS));
        let federation = FederationId::of_genesis(genesis.hash());
        let mut world = Self {
            federation,
            charters: vec![genesis],
            commits: Vec::new(),
            grafts: Vec::new(),
            head: 0,
            rivals: None,
            generations: [0; 9],
            writers: Vec::new(),
            past: Vec::new(),
            documents: Vec::new(),
            spaces: vec![SpaceId::county(federation)],
            ends: Vec::new(),
            salt: 0,
            processes: 0,
        };
        for party in 0..FOUNDERS {
            world.process(party, SpaceId::county(federation));
        }
        for step in steps {
            world.step(step);
        }
        world
    }

    pub(super) fn process(&mut self, party: usize, space: SpaceId) {
        self.processes += 1;
        let mut writer =
            Writer::new(&self.charters[self.head], self.federation, party, self.generations[party], self.processes);
        writer.position.log.space = space;
        self.writers.push((party, writer));
        self.past.push(Vec::new());
    }

    fn push(&mut self, index: usize, commit: SignedCommit) {
        let (party, writer) = &mut self.writers[index];
        self.past[index].push(writer.clone());
        writer.follow(&commit);
        self.ends.push((*party, writer.position.log.clone(), *commit.hashes().last().expect("headers")));
        self.commits.push(commit);
    }

    fn salt(&mut self) -> u64 {
        self.salt += 1;
        self.salt
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Process { party, space } => {
                let space = self.spaces[pick(&self.spaces, *space)];
                self.process(usize::from(*party) % NAMES.len(), space);
            }
            Step::Found { writer, kind, owner, archive } => self.found(*writer, *kind, *owner, *archive),
            Step::State { writer, document, facts, foreign } => self.state(*writer, *document, facts, *foreign),
            Step::Erase { writer, document, facts } => self.erase(*writer, *document, facts),
            Step::Card { writer } => {
                let index = pick(&self.writers, *writer);
                let card = Card { endpoints: Vec::new(), pins: Vec::new(), authorities: BTreeMap::new() };
                let commit = self.writers[index].1.draft(|b| b.add(DocumentId::NONE, &Outline::Card(card)));
                self.push(index, commit);
            }
            Step::Space { party, members } => self.space(usize::from(*party) % NAMES.len(), *members),
            Step::Clone { writer, back } => {
                let index = pick(&self.writers, *writer);
                let back = usize::from(*back) % 3;
                let Some(then) = self.past[index].iter().rev().nth(back).cloned() else { return };
                let forks = self.writers.iter().filter(|(_, w)| w.position.log == then.position.log).count();
                if forks < 12 && then.position.log.space != SpaceId::FOUNDING {
                    self.writers.push((self.writers[index].0, then));
                    self.past.push(Vec::new());
                }
            }
            Step::Twins { writer, document } => self.twins(*writer, *document),
            Step::Cite { writer, charter } => {
                let charter = self.charters[pick(&self.charters, *charter)].hash();
                let index = pick(&self.writers, *writer);
                self.writers[index].1.position.charter = charter;
            }
            Step::Graft { writer, commit } => self.graft(*writer, *commit),
            Step::Amend(amend) => self.amend(amend),
        }
    }

    fn found(&mut self, writer: u8, kind: u8, owner: u8, archive: u8) {
        let index = pick(&self.writers, writer);
        let kinds = [DocumentKind::Work, DocumentKind::Roadmap, DocumentKind::Decision, DocumentKind::Programme];
        let kind = kinds[pick(&kinds, kind)];
        // Mostly its own; now and then in another's name.
        let owner = if owner < 230 { self.writers[index].0 } else { usize::from(owner) % NAMES.len() };
        let mut genesis = genesis_of(kind, owner, usize::from(archive) % 4);
        if kind == DocumentKind::Decision {
            let rules = BodyRules {
                quorum: Quorum::Half,
                majority: Majority::Simple,
                casting_seat: None,
                chair_decides: false,
                escalates_to: None,
            };
            let seats = BTreeMap::from([(name("s1"), org(1)), (name("s2"), org(2))]);
            genesis.body = Some(Body { id: name("styrgrupp"), secretary: org(owner), seats, rules });
        }
        let salt = self.salt();
        let mut id = DocumentId::NONE;
        let commit = self.writers[index].1.draft(|b| {
            b.add(DocumentId::NONE, &release());
            id = DocumentId::from(b.add(DocumentId::NONE, &Outline::Document(genesis)));
            b.facts(id, vec![statement("/note", Some(Value::Prose(format!("first {salt}"))), salt, vec![])]);
        });
        self.documents.push((id, self.writers[index].1.position.log.space, vec![last_fact(&commit)]));
        self.push(index, commit);
    }

    fn state(&mut self, writer: u8, document: u8, facts: &[(u8, u8, Vec<u8>)], foreign: bool) {
        let index = pick(&self.writers, writer);
        let space = self.writers[index].1.position.log.space;
        let documents: Vec<usize> =
            (0..self.documents.len()).filter(|d| foreign || self.documents[*d].1 == space).collect();
        let Some(at) = documents.get(pick(&documents, document)).copied() else { return };
        let statements = facts.iter().map(|(path, value, replaces)| {
            let salt = self.salt();
            let known = &self.documents[at].2;
            let replaces = replaces.iter().map(|r| match r {
                0..20 => FactId { header: HeaderHash([*r; 32]), index: 0 },
                _ => known[pick(known, *r)],
            });
            let value = match value % 5 {
                0 => None,
                1 | 2 => Some(Value::Prose(format!("{value} {salt}"))),
                3 => Some(Value::Reference(format!("ref:{value}"))),
                _ => text(&format!("{value}")),
            };
            statement(PATHS[pick(&PATHS, *path)], value, salt, replaces.collect())
        });
        let statements: Vec<Statement> = statements.collect();
        let count = u32::try_from(statements.len()).expect("few");
        let id = self.documents[at].0;
        let commit = self.writers[index].1.draft(|b| {
            b.add(DocumentId::NONE, &release());
            b.facts(id, statements);
        });
        let first = last_fact(&commit);
        self.documents[at].2.extend((0..count).map(|index| FactId { index, ..first }));
        self.push(index, commit);
    }

    fn erase(&mut self, writer: u8, document: u8, facts: &[u8]) {
        let index = pick(&self.writers, writer);
        let Some((id, _, known)) = self.documents.get(pick(&self.documents, document)) else { return };
        let mut named: Vec<FactId> = facts.iter().map(|f| known[pick(known, *f)]).collect();
        // Facts of other documents too: naming them must do nothing to them.
        named.extend(self.documents.first().map(|(_, _, facts)| facts[0]));
        let id = *id;
        let commit = self.writers[index].1.draft(|b| b.add(id, &erasure(named)));
        self.push(index, commit);
    }

    fn space(&mut self, party: usize, members: u8) {
        let members = (0..NAMES.len()).filter(|n| *n == party || members >> (n % 8) & 1 == 1).map(org).collect();
        let mut salt = [9; 32];
        salt[..8].copy_from_slice(&self.salt().to_be_bytes());
        let founding = SpaceFounding { salt, members, purpose: Purpose::ForComment, deadline_ms: None };
        self.process(party, SpaceId::FOUNDING);
        let index = self.writers.len() - 1;
        let commit = self.writers[index].1.draft(|b| b.add(DocumentId::NONE, &Outline::Space(founding)));
        self.push(index, commit);
        self.spaces.push(self.writers[index].1.position.log.space);
    }

    fn twins(&mut self, writer: u8, document: u8) {
        let index = pick(&self.writers, writer);
        let space = self.writers[index].1.position.log.space;
        let own: Vec<usize> = (0..self.documents.len()).filter(|d| self.documents[*d].1 == space).collect();
        let Some(at) = own.get(pick(&own, document)).copied() else { return };
        if space == SpaceId::FOUNDING {
            return;
        }
        let (id, _, known) = self.documents[at].clone();
        let (shared, own) = (self.salt(), [self.salt(), self.salt()]);
        let note = |salt: u64| vec![statement("/note", Some(Value::Prose(format!("{salt}"))), salt, vec![known[0]])];
        let twin = |salt: u64| {
            self.writers[index].1.draft(|b| {
                b.add(DocumentId::NONE, &release());
                b.facts(id, note(shared));
                b.facts(id, note(salt));
            })
        };
        let [one, other] = own.map(twin);
        self.documents[at].2.extend([FactId { header: one.hashes()[1], index: 0 }, last_fact(&one), last_fact(&other)]);
        let rival = self.writers[index].clone();
        self.push(index, one);
        self.writers.push(rival);
        self.past.push(Vec::new());
        self.push(self.writers.len() - 1, other);
    }

    fn graft(&mut self, writer: u8, commit: u8) {
        let index = pick(&self.writers, writer);
        let Some(stolen) = self.commits.get(pick(&self.commits, commit)).cloned() else { return };
        let (party, own) = &self.writers[index];
        let author = samsyn_core::entry::Header::decode(&stolen.entries[0].header).expect("a header").organisation;
        if org(*party) == author {
            return;
        }
        // A forgery in another's name, covered by a valid commit of one's own that does not follow it.
        let mut forged = stolen.clone();
        let last = forged.entries.last_mut().expect("headers");
        let mut header = samsyn_core::entry::Header::decode(&last.header).expect("a header");
        header.hlc_ms += 1_000_000;
        last.header = header.encode();
        let mark = *forged.hashes().last().expect("headers");
        let signature = own.key.sign(Domain::Commit, &forged.entries.last().expect("headers").header);
        forged.signature = signature;
        let own = own.draft(|b| {
            let card = Card { endpoints: vec!["graft".to_owned()], pins: Vec::new(), authorities: BTreeMap::new() };
            b.add(DocumentId::NONE, &Outline::Card(card));
        });
        self.grafts.push((vec![forged.clone()], mark));
        self.grafts.push((vec![forged, own], mark));
    }
}
