//! Parties, charters and commits for the tests of this crate. Everything comes from small numbers: the same numbers
//! give the same bytes.
#![allow(dead_code, reason = "each test program uses its own part of this module")]

mod amend;
pub(crate) mod world;

use samsyn_core::{
    charter::{self, Charter, Cut, Disclosure, Kept, LogTag, Party, PartyKind, Threshold},
    charter_book::{CharterBook, Signatures},
    commit::{CommitBuilder, Position, SignedCommit, Statement},
    entry::{Audience, DocumentKind, Erasure, Genesis, Link, Outline, Purpose, Release},
    id::{CharterHash, DocumentId, FactId, FederationId, HeaderHash, Incarnation, LogId, Name, OrgId, Path, SpaceId},
    ledger::Ledger,
    sign::{Domain, LogKey},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Parties by number; those from `FOUNDERS` on may join later.
pub(crate) const NAMES: [&str; 9] =
    ["rvn", "sundsvall", "timra", "harnosand", "kramfors", "solleftea", "ornskoldsvik", "ange", "ragunda"];

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a legal name")
}

pub(crate) fn org(number: usize) -> OrgId {
    name(NAMES[number])
}

pub(crate) fn path(text: &str) -> Path {
    Path::new(text).expect("a legal path")
}

/// A party's log key; each generation replaces the one before.
pub(crate) fn key(number: usize, generation: u8) -> LogKey {
    let mut secret = [7; 32];
    secret[0] = u8::try_from(number).expect("few parties");
    secret[1] = generation;
    LogKey::from_secret(&secret)
}

pub(crate) fn incarnation(number: u64) -> Incarnation {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Incarnation(bytes)
}

pub(crate) fn pin(number: usize) -> String {
    format!("blake3:{}", hex::encode([u8::try_from(number).expect("few parties"); 32]))
}

pub(crate) fn party(number: usize, generation: u8) -> Party {
    Party {
        id: org(number),
        name: NAMES[number].to_owned(),
        kind: if number == 0 { PartyKind::Region } else { PartyKind::Municipality },
        organisation_number: None,
        log_key: key(number, generation).public(),
        pins: BTreeSet::from([pin(number)]),
        endpoints: Vec::new(),
        authorities: Vec::new(),
    }
}

/// A genesis charter of the first `count` parties; the first hosts the programme office.
pub(crate) fn genesis(count: usize) -> Charter {
    Charter {
        format: 1,
        name: "Västernorrland".to_owned(),
        version: 1,
        previous: None,
        rules: 1,
        threshold: Threshold { signers: 3, of: 4 },
        programme_office: BTreeSet::from([org(0)]),
        rejects: BTreeSet::new(),
        vocabulary: BTreeMap::new(),
        parties: (0..count).map(|n| party(n, 0)).collect(),
        cuts: Vec::new(),
        disclosures: Vec::new(),
    }
}

/// A charter file with its signatures.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) charter: Charter,
    pub(crate) bytes: Vec<u8>,
    pub(crate) signatures: Signatures,
}

impl File {
    pub(crate) fn hash(&self) -> CharterHash {
        charter::hash(&self.bytes)
    }
}

/// Writes a charter to a file and has it signed.
pub(crate) fn signed(charter: &Charter, signers: &[(OrgId, LogKey)]) -> File {
    let bytes = charter.to_toml().expect("a charter is TOML").into_bytes();
    let sign = |(org, key): &(OrgId, LogKey)| (org.clone(), key.sign(Domain::Charter, &bytes));
    let signatures = signers.iter().map(sign).collect();
    File { charter: charter.clone(), bytes, signatures }
}

/// The next version, with nothing changed yet.
pub(crate) fn amendment(of: &File) -> Charter {
    Charter {
        version: of.charter.version + 1,
        previous: Some(of.hash()),
        rejects: BTreeSet::new(),
        cuts: Vec::new(),
        disclosures: Vec::new(),
        ..of.charter.clone()
    }
}

pub(crate) fn disclosure(number: usize) -> Disclosure {
    Disclosure { organisation: org(number), authority: name("ks"), decision: "KS 2024-12".to_owned() }
}

pub(crate) fn cut(number: usize, kept: &[(LogId, HeaderHash)]) -> Cut {
    let kept = kept.iter().map(|(log, last)| Kept { log: LogTag::of(log), last: *last }).collect();
    Cut { organisation: org(number), kept }
}

/// Keys of generation 0 of the parties with these numbers.
pub(crate) fn signers(numbers: impl IntoIterator<Item = usize>) -> Vec<(OrgId, LogKey)> {
    numbers.into_iter().map(|n| (org(n), key(n, 0))).collect()
}

/// A founded federation of `count` parties.
pub(crate) fn founded(count: usize) -> (File, Ledger) {
    let file = signed(&genesis(count), &signers(0..count));
    let book = CharterBook::found(file.bytes.clone(), &file.signatures).expect("a genesis all have signed");
    (file, Ledger::new(book))
}

pub(crate) fn release() -> Outline {
    Outline::Release(Release {
        purpose: Purpose::ForInformation,
        audience: Audience::Parties,
        authority: name("ks"),
        role: name("coordinator"),
    })
}

pub(crate) fn genesis_of(kind: DocumentKind, owner: usize, archive_owner: usize) -> Genesis {
    Genesis { kind, owner: org(owner), authority: name("ks"), archive_owner: org(archive_owner), body: None }
}

pub(crate) fn erasure(facts: Vec<FactId>) -> Outline {
    Outline::Erasure(Erasure { authority: name("ks"), facts })
}

/// A statement whose salt comes from a number.
pub(crate) fn statement(at: &str, value: Option<Value>, salt: u64, replaces: Vec<FactId>) -> Statement {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&salt.to_be_bytes());
    Statement { path: path(at), value, salt: bytes, replaces }
}

#[allow(clippy::unnecessary_wraps, reason = "what a statement takes")]
pub(crate) fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.to_owned()))
}

/// One writing process of a party: it knows where its log ends and which charter it cites.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) key: LogKey,
    pub(crate) position: Position,
}

impl Writer {
    pub(crate) fn new(file: &File, federation: FederationId, number: usize, generation: u8, process: u64) -> Self {
        let key = key(number, generation);
        let space = SpaceId::county(federation);
        let log = LogId { space, organisation: org(number), incarnation: incarnation(process) };
        let link = Link::First { key: key.public(), earlier: Vec::new() };
        let position = Position { federation, charter: file.hash(), log, seq: 1, link };
        Self { key, position }
    }

    /// Builds a commit at the position, without moving on.
    pub(crate) fn draft<R>(&self, build: impl FnOnce(&mut CommitBuilder) -> R) -> SignedCommit {
        let mut builder = CommitBuilder::new(self.position.clone(), self.position.seq);
        build(&mut builder);
        builder.sign(&self.key)
    }

    /// Builds a commit and moves on behind it.
    pub(crate) fn write<R>(&mut self, build: impl FnOnce(&mut CommitBuilder) -> R) -> SignedCommit {
        let commit = self.draft(build);
        self.follow(&commit);
        commit
    }

    pub(crate) fn follow(&mut self, commit: &SignedCommit) {
        let hashes = commit.hashes();
        let last = *hashes.last().expect("a commit has headers");
        if self.position.log.space == SpaceId::FOUNDING {
            self.position.log.space = SpaceId(last.0);
        }
        self.position.seq += u64::try_from(hashes.len()).expect("few headers");
        self.position.link = Link::Next(last);
    }

    /// Founds a document with one fact; returns the commit, the document and the fact.
    pub(crate) fn found(&mut self, genesis: Genesis, first: Statement) -> (SignedCommit, DocumentId, FactId) {
        let mut id = DocumentId::NONE;
        let commit = self.write(|b| {
            b.add(DocumentId::NONE, &release());
            id = DocumentId::from(b.add(DocumentId::NONE, &Outline::Document(genesis)));
            b.facts(id, vec![first]);
        });
        let fact = last_fact(&commit);
        (commit, id, fact)
    }

    /// Founds a work with a title.
    pub(crate) fn work(&mut self, number: usize, title: &str) -> (SignedCommit, DocumentId, FactId) {
        self.found(genesis_of(DocumentKind::Work, number, number), statement("/facts/title", text(title), 1, vec![]))
    }

    pub(crate) fn state(&mut self, document: DocumentId, statements: Vec<Statement>) -> SignedCommit {
        self.write(|b| {
            b.add(DocumentId::NONE, &release());
            b.facts(document, statements);
        })
    }
}

/// The first fact of a commit's last entry.
pub(crate) fn last_fact(commit: &SignedCommit) -> FactId {
    FactId { header: *commit.hashes().last().expect("a commit has headers"), index: 0 }
}

/// Log acceptance and effect in one; panics where acceptance refuses.
pub(crate) fn take(ledger: &mut Ledger, commits: &[SignedCommit]) {
    for commit in commits {
        let verified = ledger.verify(vec![commit.clone()]);
        assert_eq!(verified.refusal, None);
        for commit in &verified.commits {
            ledger.apply(commit);
        }
    }
}

/// The verdict on a commit's last header.
pub(crate) fn verdict(ledger: &Ledger, commit: &SignedCommit) -> samsyn_core::effect::Verdict {
    ledger.verdict(commit.hashes().last().expect("a commit has headers")).expect("stored")
}
