//! The node, and how a pack is made with it.

use crate::{
    audit::Audit,
    directory::Directory,
    driver::{self, Composed, Handle, fresh_incarnation, load, now_ms, outbox},
    handout::{Answer, Answers, Choice, Desk, Examination, Made, archive},
    sign_in::{Grant, Person, Role},
    store::{Access, Backend, Store},
    who::Who,
};
use samsyn_core::{
    charter::{Authority, Party, PartyKind},
    charter_book::CharterBook,
    commit::{CommitBuilder, Position, SignedCommit, Statement},
    entry::{Audience, DocumentKind, Erasure, Genesis, Link, Outline, Purpose, Release, SpaceFounding},
    id::{Digest, DocumentId, FactId, HeaderHash, Incarnation, LogId, Name, OrgId, Path, SpaceId},
    sign::{Domain, LogKey},
    sync::{Frame, Hello, SessionId},
    value::Value,
};
use std::{collections::BTreeSet, sync::Arc};

/// What is masked in the tests: in a summary whole, and a part of the note.
pub(super) const SECRET: &str =
    "Leverantörens anbud är 4 731 000 kronor per år, exklusive införandet som debiteras löpande.";
pub(super) const NAME: &str = "Villa Solsidan";
pub(super) const NOTE: &str = "Prövas först hos Villa Solsidan, sedan i hela länet.";
pub(super) const TITLE: &str = "Trygg hemgång";
pub(super) const REMARK: &str = "Vi vill vara med från start.";

pub(super) fn org(id: &str) -> OrgId {
    Name::new(id).expect("an id")
}

pub(super) fn keys() -> [(OrgId, LogKey); 2] {
    [(org("ange"), LogKey::from_secret(&[1; 32])), (org("timra"), LogKey::from_secret(&[2; 32]))]
}

fn book() -> CharterBook {
    let authority = |id: &str, name: &str| Authority {
        id: org(id),
        name: name.to_owned(),
        valid_from: None,
        valid_to: None,
        successor: None,
    };
    let party = |(id, key): &(OrgId, LogKey)| Party {
        id: id.clone(),
        name: format!("{id} kommun"),
        kind: PartyKind::Municipality,
        organisation_number: None,
        log_key: key.public(),
        pins: BTreeSet::from([format!("blake3:{}", hex::encode(key.public().0))]),
        endpoints: Vec::new(),
        authorities: vec![authority("ks", "Kommunstyrelsen"), authority("son", "Socialnämnden")],
    };
    let text = crate::operate::charter::genesis("prov", keys().iter().map(party).collect(), BTreeSet::new())
        .expect("a charter");
    let signatures = keys().iter().map(|(id, key)| (id.clone(), key.sign(Domain::Charter, text.as_bytes()))).collect();
    CharterBook::found(text.into_bytes(), &signatures).expect("all have signed")
}

pub(super) struct Bench {
    pub(super) dir: tempfile::TempDir,
    pub(super) desk: Desk,
    pub(super) document: DocumentId,
    handle: Handle,
}

pub(super) fn officer(role: Role, authority: Option<&str>) -> Person {
    let grant = Grant { role, authority: authority.map(org) };
    Person { subject: "s".to_owned(), name: "n".to_owned(), grants: BTreeSet::from([grant]), deputy: Vec::new() }
}

fn state(path: &str, value: Value, salt: u8, replaces: &[FactId]) -> Statement {
    let path = Path::new(path).expect("a path");
    Statement { path, value: Some(value), salt: [salt; 32], replaces: replaces.to_vec() }
}

fn release(role: &str) -> Outline {
    let (purpose, audience) = (Purpose::ForInformation, Audience::Parties);
    Outline::Release(Release { purpose, audience, authority: org("ks"), role: org(role) })
}

impl Bench {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let book = book();
        let backend = Backend::from(&dir.path().join("node.db"));
        let store = Arc::new(Store::open(&backend, Access::Node).await.expect("opens"));
        store.claim(book.federation(), &org("ange")).await.expect("claims");
        let mut tx = store.begin().await.expect("begins");
        let versions = book.versions().map(|(hash, _)| *hash).collect();
        store.put_charters(&mut tx, &book, &versions).await.expect("stores");
        tx.commit().await.expect("commits");
        let key = keys()[0].1.clone();
        let loaded = load(&store, org("ange"), key.clone()).await.expect("loads");
        let incarnation = fresh_incarnation().expect("random");
        let directory = Directory::new(org("ange"));
        let (handle, _) = driver::start(store.clone(), directory, key, loaded, incarnation, Arc::default());
        let audit = Audit::open(&dir.path().join("audit")).expect("an audit log");
        let desk = Desk::new(handle.clone(), store.clone(), Arc::default(), Some(Arc::new(audit)));
        let mut bench = Self { dir, desk, document: DocumentId::NONE, handle };
        bench.work().await;
        bench.received().await;
        bench
    }

    /// A work with a title, a summary, a note, a stage that has changed and a reference that is erased.
    async fn work(&mut self) {
        let founded = self.handle.write(|pen| {
            let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
            builder.add(DocumentId::NONE, &release("coordinator"));
            let owner = pen.own.clone();
            let genesis = Genesis {
                kind: DocumentKind::Work,
                owner: owner.clone(),
                authority: org("ks"),
                archive_owner: owner,
                body: None,
            };
            let document = builder.add(DocumentId::NONE, &Outline::Document(genesis));
            builder.facts(
                document.into(),
                vec![
                    state("/facts/title", Value::Text(TITLE.to_owned()), 11, &[]),
                    state("/facts/summary", Value::Prose(SECRET.to_owned()), 12, &[]),
                    state("/note", Value::Prose(NOTE.to_owned()), 13, &[]),
                    state("/facts/reference", Value::Text("gallras".to_owned()), 14, &[]),
                ],
            );
            builder
                .facts(document.into(), vec![state("/facts/stage", Value::Reference("stage:pilot".into()), 15, &[])]);
            Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
        });
        let tip = founded.await.expect("is stored").expect("a commit");
        let facts = self.handle.query(move |machine, _| {
            let ledger = machine.ledger();
            let tip = ledger.record(&tip).expect("is stored");
            (tip.document, tip.previous.expect("a header before"))
        });
        let (document, facts) = facts.await.expect("answers");
        self.document = document;
        let stage = FactId { header: tip, index: 0 };
        self.state(vec![state("/facts/stage", Value::Reference("stage:ongoing".into()), 16, &[stage])]).await;
        let erased = FactId { header: facts, index: 3 };
        let erase = self.handle.write(move |pen| {
            let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
            builder.add(document, &Outline::Erasure(Erasure { authority: org("ks"), facts: vec![erased] }));
            Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
        });
        erase.await.expect("is stored");
    }

    pub(super) async fn state(&self, statements: Vec<Statement>) -> HeaderHash {
        let document = self.document;
        let stated = self.handle.write(move |pen| {
            let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
            builder.add(DocumentId::NONE, &release("coordinator"));
            builder.facts(document, statements);
            Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
        });
        stated.await.expect("is stored").expect("a commit")
    }

    /// What timra says of it, as its node would send it.
    async fn received(&self) {
        let key = keys()[1].1.clone();
        let public = key.public();
        let position = self.handle.query(move |machine, _| {
            let ledger = machine.ledger();
            ledger.position(ledger.county(), &org("timra"), Incarnation([9; 16]), public)
        });
        let position = position.await.expect("answers");
        let mut builder = CommitBuilder::new(position, now_ms());
        builder.add(DocumentId::NONE, &release("coordinator"));
        builder.facts(self.document, vec![state("/remarks/timra/r1", Value::Text(REMARK.to_owned()), 17, &[])]);
        self.timra(1, builder.sign(&key)).await;
    }

    /// A commit comes from timra's node, on a new stream.
    async fn timra(&self, session: u64, commit: SignedCommit) {
        let federation = self.handle.query(|machine, _| machine.ledger().federation()).await.expect("answers");
        let (out, _outgoing, _ended) = outbox();
        self.handle.opened(SessionId(session), org("timra"), out).await.expect("opens");
        let hello = Hello { federation, minor: 1, charters: Digest([0; 32]), rule_sets: vec![1], now_ms: now_ms() };
        for frame in [Frame::Hello(hello), Frame::Commits(vec![commit])] {
            let room = Arc::new(tokio::sync::Semaphore::new(1)).try_acquire_owned().expect("there is one");
            self.handle.frame(SessionId(session), frame, room).await.expect("is taken");
        }
        // Searching reads the store: what was sent is in it by now.
        self.handle.query(|_, _| ()).await.expect("answers");
    }

    /// A draft that ange sends timra for comment, and timra's reply: which document.
    pub(super) async fn comment(&self, draft: &'static str, reply: &'static str) -> DocumentId {
        let sent = self.handle.write(move |pen| {
            let (purpose, audience) = (Purpose::ForComment, Audience::Parties);
            let members = [org("ange"), org("timra")].into();
            let founding = SpaceFounding { salt: [5; 32], members, purpose, deadline_ms: Some(now_ms() + 3_600_000) };
            let position = pen.position(SpaceId::FOUNDING);
            let mut builder = CommitBuilder::new(position.clone(), pen.hlc_ms);
            builder.add(DocumentId::NONE, &Outline::Space(founding));
            let founding = builder.sign(pen.key);
            let first = *founding.hashes().last().expect("a header");
            let log = LogId { space: SpaceId(first.0), ..position.log };
            let next = Position { log, seq: 2, link: Link::Next(first), ..position };
            let mut builder = CommitBuilder::new(next, pen.hlc_ms);
            let release = Release { purpose, audience, authority: org("ks"), role: org("coordinator") };
            builder.add(DocumentId::NONE, &Outline::Release(release));
            let owner = pen.own.clone();
            let kind = DocumentKind::Work;
            let genesis =
                Genesis { kind, owner: owner.clone(), authority: org("ks"), archive_owner: owner, body: None };
            let document = builder.add(DocumentId::NONE, &Outline::Document(genesis)).into();
            builder.facts(document, vec![state("/facts/title", Value::Text(draft.to_owned()), 21, &[])]);
            Ok(Composed { circle: vec![founding, builder.sign(pen.key)], ..Composed::default() })
        });
        let tip = sent.await.expect("is stored").expect("a commit");
        let key = keys()[1].1.clone();
        let public = key.public();
        let asked = self.handle.query(move |machine, _| {
            let ledger = machine.ledger();
            let record = ledger.record(&tip).expect("is stored");
            let position = ledger.position(record.log.space, &org("timra"), Incarnation([9; 16]), public);
            (record.document, position)
        });
        let (document, position) = asked.await.expect("answers");
        let mut builder = CommitBuilder::new(position, now_ms());
        builder.add(DocumentId::NONE, &release("coordinator"));
        builder.facts(document, vec![state("/remarks/timra/reply", Value::Prose(reply.to_owned()), 22, &[])]);
        self.timra(2, builder.sign(&key)).await;
        document
    }

    pub(super) async fn examine(&self) -> Examination {
        let person = officer(Role::Registrar, Some("ks"));
        self.desk.examine(Who::Person(&person), &org("ks"), &[self.document]).await.expect("is here")
    }

    pub(super) async fn try_to(&self, examination: &Examination, answers: &Answers) -> Made {
        let person = officer(Role::Archivist, None);
        self.desk.hand_out(Who::Person(&person), examination, answers).await.expect("an answer")
    }

    pub(super) async fn pack(&self, examination: &Examination, answers: &Answers) -> Vec<u8> {
        match self.try_to(examination, answers).await {
            Made::Pack { bytes, .. } => bytes,
            Made::Faults(faults) => panic!("no pack: {faults:?}"),
        }
    }

    /// A pack in which the summary is masked, the name in the note, and the stage of today.
    pub(super) async fn masked(&self) -> Vec<u8> {
        let examination = self.examine().await;
        let answers = masking(&examination);
        self.pack(&examination, &answers).await
    }
}

/// All of it is given.
pub(super) fn giving(examination: &Examination) -> Answers {
    let give = |key: &String| (key.clone(), Answer { choice: Some(Choice::Give), ..Answer::default() });
    Answers { passages: examination.passages.iter().map(|p| give(&p.key)).collect(), ..Answers::default() }
}

pub(super) fn masking(examination: &Examination) -> Answers {
    let mut answers = giving(examination);
    let mut set = |shown: &str, choice, words: &str, provisions: &str| {
        let passage = examination.passages.iter().find(|p| p.shown == shown).expect("is there");
        let answer = Answer { choice: Some(choice), words: words.to_owned(), provisions: provisions.to_owned() };
        answers.passages.insert(passage.key.clone(), answer);
    };
    set(SECRET, Choice::Mask, "", "19:3");
    set(NOTE, Choice::Part, NAME, "31:16, 21:7");
    answers
}

pub(super) fn files(pack: &[u8]) -> archive::Files {
    archive::unpack(pack).expect("is a pack")
}
