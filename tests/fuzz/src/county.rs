//! A small federation for the targets, made as samsyn-core's own tests make theirs: the same bytes in every run, so that
//! inputs kept from one run fit the next.

use crate::support;
use samsyn_core::{
    charter::Charter,
    commit::SignedCommit,
    entry::{Audience, Card, DocumentKind, Genesis, Outline, Purpose, Receipt, Release, SpaceFounding},
    id::{CharterHash, DocumentId, FederationId, OrgId, SpaceId},
    ledger::Ledger,
    sign::LogKey,
    value::Value,
};
use std::{collections::BTreeMap, sync::OnceLock};
use support::{Writer, erasure, founded, last_fact, name, signed, statement, take, text};

/// Parties of the county. Number 4 may join it.
pub const PARTIES: usize = 4;

/// A charter file as it lies on a disk, with who may sign it.
#[derive(Debug, Clone)]
pub struct CharterFile {
    pub bytes: Vec<u8>,
    pub signatures: samsyn_core::charter_book::Signatures,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct County {
    pub charter: Charter,
    pub genesis: CharterFile,
    /// Holds `stored`.
    pub ledger: Ledger,
    pub stored: Vec<SignedCommit>,
    /// Ranges that the ledger takes in as they are, each of one log.
    pub ranges: Vec<Vec<SignedCommit>>,
    /// Legal amendments of genesis, unsigned.
    pub amendments: Vec<Charter>,
}

pub fn county() -> &'static County {
    static COUNTY: OnceLock<County> = OnceLock::new();
    COUNTY.get_or_init(make)
}

pub fn charter() -> &'static Charter {
    &county().charter
}
pub fn federation() -> FederationId {
    county().ledger.federation()
}
pub fn charter_hash() -> CharterHash {
    samsyn_core::charter::hash(&county().genesis.bytes)
}
pub fn org(number: usize) -> OrgId {
    support::org(number)
}
/// A party's log key; each generation replaces the one before.
pub fn key(number: usize, generation: u8) -> LogKey {
    support::key(number, generation)
}
pub fn genesis_of(kind: DocumentKind, owner: usize) -> Genesis {
    support::genesis_of(kind, owner, owner)
}

fn make() -> County {
    let (file, mut ledger) = founded(PARTIES);
    let federation = ledger.federation();
    let writer = |number: usize, process: u64| Writer::new(&file, federation, number, 0, process);
    let mut sundsvall = writer(1, 1);
    let (first, work, title) = sundsvall.work(1, "Hemmonitorering för äldre");
    let told = sundsvall.state(
        work,
        vec![
            statement("/facts/start", Some(Value::Date("HT 2025".into())), 2, vec![]),
            statement("/facts/in-portfolio", Some(Value::Boolean(true)), 3, vec![]),
            statement("/facts/title", text("Hemmonitorering"), 4, vec![title]),
        ],
    );
    let mut timra = writer(2, 2);
    let note = timra.state(work, vec![statement("/note", Some(Value::Prose("Gäller också Timrå.".into())), 5, vec![])]);
    let mut space = writer(3, 3);
    space.position.log.space = SpaceId::FOUNDING;
    let members = [org(0), org(3)].into();
    let founding = SpaceFounding { salt: [3; 32], members, purpose: Purpose::ForComment, deadline_ms: Some(9_000) };
    let founding = space.write(|b| b.add(DocumentId::NONE, &Outline::Space(founding)));
    let stored = vec![first, told, note.clone(), founding];
    take(&mut ledger, &stored);

    let ranges = vec![
        follow_up(&mut sundsvall, work, &note),
        vec![timra.write(|b| b.add(DocumentId::NONE, &card()))],
        vec![space.work(3, "Utkast").0],
        programme(&mut writer(0, 4)),
        vec![timra.write(|b| b.add(DocumentId::NONE, &receipt(&ledger))), timra.work(2, "Eget").0],
    ];
    let amendments = amendments(&file);
    let genesis = CharterFile { bytes: file.bytes.clone(), signatures: file.signatures.clone() };
    County { charter: file.charter, genesis, ledger, stored, ranges, amendments }
}

fn follow_up(sundsvall: &mut Writer, work: DocumentId, note: &SignedCommit) -> Vec<SignedCommit> {
    let partners = Value::References(["org:rvn".to_owned(), "org:timra".to_owned()].into());
    let stated = sundsvall.state(
        work,
        vec![
            statement("/facts/partners", Some(partners), 6, vec![]),
            statement("/facts/budget", Some(Value::Money(1_250_000)), 7, vec![]),
            statement("/note", Some(Value::Prose("Gäller också Timrå och Ånge.".into())), 8, vec![last_fact(note)]),
        ],
    );
    let erased = sundsvall.write(|b| b.add(work, &erasure(vec![last_fact(note)])));
    let removed = sundsvall.state(work, vec![statement("/facts/start", None, 9, vec![])]);
    vec![stated, erased, removed]
}

fn programme(region: &mut Writer) -> Vec<SignedCommit> {
    let goal = statement("/goals/effect", Some(Value::Integer(7)), 10, vec![]);
    let (first, programme, _) = region.found(genesis_of(DocumentKind::Programme, 0), goal);
    let stage = statement("/goals/stage", Some(Value::Reference("stage:ongoing".into())), 11, vec![]);
    let release = Outline::Release(Release {
        purpose: Purpose::ForDecision,
        audience: Audience::Public,
        authority: name("hsn"),
        role: name("releaser"),
    });
    let second = region.write(|b| {
        b.add(DocumentId::NONE, &release);
        b.facts(programme, vec![stage]);
    });
    vec![first, second]
}

fn card() -> Outline {
    Outline::Card(Card {
        endpoints: vec!["https://samsyn.timra.example:7000".to_owned()],
        pins: vec![support::pin(2)],
        authorities: BTreeMap::from([(name("ks"), "Kommunstyrelsen".to_owned())]),
    })
}

fn receipt(ledger: &Ledger) -> Outline {
    Outline::Receipt(Receipt { level1: ledger.level1(&ledger.county()), moved: Vec::new() })
}

/// One of each kind: a newcomer, a leaver, a new key, an office, and two that settle or dispute.
fn amendments(file: &support::File) -> Vec<Charter> {
    let next = || support::amendment(file);
    let mut join = next();
    join.parties.push(support::party(4, 0));
    join.disclosures = (0..PARTIES).map(support::disclosure).collect();
    let mut leave = next();
    leave.parties.retain(|p| p.id != org(3));
    leave.cuts = vec![support::cut(3, &[])];
    let mut new_key = next();
    new_key.parties[1] = support::party(1, 1);
    new_key.cuts = vec![support::cut(1, &[])];
    let mut office = next();
    office.programme_office.insert(org(2));
    let after_office = support::amendment(&signed(&office, &[]));
    let mut settling = after_office.clone();
    settling.rejects = [signed(&join, &[]).hash()].into();
    vec![join, leave, new_key, office, after_office, settling]
}
