//! Items of registers whose documents come later.

use super::*;
use crate::{
    driver::registers::{Change, Registers},
    register::{Direction, Item, State, Words, Written},
    store::RegisterFilter,
};
use samsyn_core::{id::AuthorityId, ledger::Ledger};

/// More than one step settles.
const VERSIONS: usize = 501;

struct Step {
    store: Arc<Store>,
    ledger: Ledger,
    registers: Registers,
    position: u64,
    _dir: tempfile::TempDir,
}

impl Step {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let store =
            Arc::new(Store::open(&Backend::from(&dir.path().join("node.db")), Access::Node).await.expect("opens"));
        let registers = Registers::new(Arc::default(), BTreeSet::new());
        Self { store, ledger: Ledger::new(book()), registers, position: 0, _dir: dir }
    }

    /// Takes commits in as one step of the driver does, as far as the registers are concerned.
    async fn take(&mut self, commits: Vec<SignedCommit>) {
        let mut out = Output::default();
        for commit in commits {
            let commit = self.ledger.restore(commit, Proof::Own).expect("is accepted").expect("is new");
            out.changes.merge(self.ledger.apply(&commit));
            out.persist.commits.push(commit);
        }
        let own = org("ange");
        let mut tx = self.store.begin().await.expect("begins");
        let whose = (&self.ledger, &own);
        let change: Change =
            self.registers.write(&self.store, &mut tx, whose, &out, (self.position, now_ms())).await.expect("writes");
        tx.commit().await.expect("commits");
        self.registers.done(change);
        self.position += out.persist.commits.iter().map(|c| c.entries.len() as u64).sum::<u64>();
    }

    /// A release of another party, at the end of one of its logs.
    fn builder(&self, incarnation: u8) -> CommitBuilder {
        let (other, key) = &keys()[1];
        let county = self.ledger.county();
        let position = self.ledger.position(county, other, Incarnation([incarnation; 16]), key.public());
        let mut builder = CommitBuilder::new(position, 7);
        let release = Release {
            purpose: Purpose::ForInformation,
            audience: Audience::Parties,
            authority: org("ks"),
            role: org("coordinator"),
        };
        builder.add(DocumentId::NONE, &Outline::Release(release));
        builder
    }

    async fn items(&self) -> Vec<Item> {
        let filter = RegisterFilter { limit: 10_000, ..RegisterFilter::default() };
        let rows = self.store.register_items(&authority(), &filter).await.expect("lists");
        rows.into_iter().map(|row| row.item).collect()
    }
}

/// The charter of these tests names none: the organisation as a whole.
fn authority() -> AuthorityId {
    org("main")
}

fn genesis() -> Outline {
    let (other, _) = &keys()[1];
    Outline::Document(Genesis {
        kind: DocumentKind::Work,
        owner: other.clone(),
        authority: org("ks"),
        archive_owner: other.clone(),
        body: None,
    })
}

fn note(text: &str) -> Statement {
    let path = Path::new("/note").expect("a path");
    Statement { path, value: Some(Value::Prose(text.to_owned())), salt: [3; 32], replaces: Vec::new() }
}

/// ```text
///   facts of a document ──► received, of unknown kind ──► its genesis ──► known: some in this step, the rest in the next
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i8_what_comes_before_its_document_is_in_the_register_and_settled_when_that_comes() {
    let mut step = Step::new().await;
    let key = keys()[1].1.clone();
    let mut founding = step.builder(1);
    let document = DocumentId::from(founding.add(DocumentId::NONE, &genesis()));
    founding.facts(document, vec![note("Grunden")]);
    let founding = founding.sign(&key);
    for n in 0..VERSIONS {
        let mut builder = step.builder(2);
        builder.facts(document, vec![note(&n.to_string())]);
        step.take(vec![builder.sign(&key)]).await;
    }
    let unknown = step.items().await;
    assert_eq!(unknown.len(), VERSIONS);
    assert!(unknown.iter().all(|i| i.state == State::Unsettled && i.kind.is_none()), "{:?}", unknown[0]);
    assert!(unknown.iter().all(|i| i.direction == Direction::Received && i.counterpart == Some(org("timra"))));

    // What somebody has decided meanwhile stands.
    let aside = unknown[3].position;
    let words = Words { reason: "Ett prov.".to_owned(), ..Words::default() };
    let statement = crate::register::Statement { nr: 1, at_ms: 9, state: State::Minor, number: None, words };
    let written = Written { statements: vec![(authority(), aside, statement)], series: None };
    let mut tx = step.store.begin().await.expect("begins");
    step.store.put_register(&mut tx, &written).await.expect("writes");
    tx.commit().await.expect("commits");

    step.take(vec![founding]).await;
    assert!(step.registers.behind(), "one step settles no more than its share (I6)");
    // A process that ends here goes on where this one was.
    step.registers = Registers::new(Arc::default(), step.store.unsettled_documents().await.expect("lists"));
    step.take(Vec::new()).await;
    assert!(!step.registers.behind());
    let settled = step.items().await;
    assert_eq!(settled.len(), VERSIONS + 1, "and the version that founds it");
    assert!(settled.iter().all(|i| i.kind == Some(DocumentKind::Work)));
    let state = |item: &&Item| if item.position == aside { State::Minor } else { State::InOrder };
    assert!(settled.iter().all(|i| i.state == state(&i)));
    let dates = |items: &[Item]| items.iter().map(|i| (i.position, i.at_ms)).collect::<BTreeSet<_>>();
    assert!(dates(&settled).is_superset(&dates(&unknown)), "the dates stand");
    assert!(step.store.unsettled_documents().await.expect("lists").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_what_was_stored_before_there_were_registers_is_in_them_with_the_day_it_came() {
    const STORED_MS: u64 = 1_750_000_000_000;
    let step = Step::new().await;
    let (own, key) = keys()[0].clone();
    let mut builder = step.builder(1);
    let document = DocumentId::from(builder.add(DocumentId::NONE, &genesis()));
    builder.facts(document, vec![note("Grunden")]);
    let commit = builder.sign(&keys()[1].1);
    let commit = step.ledger.restore(commit, Proof::Own).expect("is accepted").expect("is new");
    let mut tx = step.store.begin().await.expect("begins");
    let versions = book().versions().map(|(hash, _)| *hash).collect();
    step.store.put_charters(&mut tx, &book(), &versions).await.expect("writes");
    step.store.put_commits(&mut tx, std::slice::from_ref(&commit), 0, STORED_MS).await.expect("writes");
    tx.commit().await.expect("commits");

    let mut loaded = load(&step.store, own.clone(), key.clone()).await.expect("loads");
    complete_registers(&step.store, &mut loaded, &Rulebook::default()).await.expect("writes");
    let [item] = &step.items().await[..] else { panic!("one document, one item") };
    assert_eq!((item.document, item.at_ms, item.kind), (document, STORED_MS, Some(DocumentKind::Work)));
    assert_eq!((item.direction, item.state), (Direction::Received, State::InOrder));
    // As if it had been taken in with registers: the same position.
    let intake = crate::register::intake::Intake {
        ledger: loaded.machine.ledger(),
        own: &own,
        rulebook: &Rulebook::default(),
        now_ms: STORED_MS,
    };
    assert_eq!(std::slice::from_ref(item), &intake.items(&[commit], 0)[..]);

    let mut again = load(&step.store, own, key).await.expect("loads");
    assert!(again.unregistered.is_empty(), "once");
    complete_registers(&step.store, &mut again, &Rulebook::default()).await.expect("does nothing");
    assert_eq!(step.items().await.len(), 1);
}
