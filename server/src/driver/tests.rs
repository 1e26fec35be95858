//! The driver over a real database: what is acknowledged is stored, a full disk stops acknowledging, and a start anew
//! finds the same.

use super::*;
use crate::store::{Access, Backend, WorkFilter};
use samsyn_core::{
    charter::{Charter, Party, PartyKind},
    charter_book::CharterBook,
    commit::{Position, Proof, SignedCommit, Statement},
    entry::{Audience, DocumentKind, Genesis, Purpose, Release},
    id::{Name, Path},
    sign::Domain,
    value::Value,
};
use std::collections::BTreeSet;

fn org(id: &str) -> OrgId {
    Name::new(id).expect("an id")
}

fn keys() -> [(OrgId, LogKey); 2] {
    [(org("ange"), LogKey::from_secret(&[1; 32])), (org("timra"), LogKey::from_secret(&[2; 32]))]
}

fn book() -> CharterBook {
    let party = |(id, key): &(OrgId, LogKey)| Party {
        id: id.clone(),
        name: id.to_string(),
        kind: PartyKind::Municipality,
        organisation_number: None,
        log_key: key.public(),
        pins: BTreeSet::from([format!("blake3:{}", hex::encode(key.public().0))]),
        endpoints: Vec::new(),
        authorities: Vec::new(),
    };
    let text = crate::operate::charter::genesis("prov", keys().iter().map(party).collect(), BTreeSet::new())
        .expect("a charter");
    Charter::parse(text.as_bytes()).expect("reads back");
    let signatures = keys().iter().map(|(id, key)| (id.clone(), key.sign(Domain::Charter, text.as_bytes()))).collect();
    CharterBook::found(text.into_bytes(), &signatures).expect("all have signed")
}

struct Bench {
    _dir: tempfile::TempDir,
    store: Arc<Store>,
    handle: Handle,
}

mod on_postgres;
mod registers;
mod speed;

async fn open(backend: &Backend) -> (Arc<Store>, Handle) {
    let book = book();
    let store = Arc::new(Store::open(backend, Access::Node).await.expect("opens"));
    store.claim(book.federation(), &org("ange")).await.expect("claims");
    let mut tx = store.begin().await.expect("begins");
    store.put_charters(&mut tx, &book, &book.versions().map(|(h, _)| *h).collect()).await.expect("stores");
    tx.commit().await.expect("commits");
    let key = keys()[0].1.clone();
    let loaded = load(&store, org("ange"), key.clone()).await.expect("loads");
    let (handle, _) = start(
        store.clone(),
        Directory::new(org("ange")),
        key,
        loaded,
        fresh_incarnation().expect("random"),
        Arc::default(),
    );
    (store, handle)
}

async fn bench() -> Bench {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, handle) = open(&Backend::from(&dir.path().join("node.db"))).await;
    Bench { _dir: dir, store, handle }
}

/// A work of its own with this title, and a text of this many bytes.
async fn publish(handle: &Handle, title: &str, bytes: usize) -> Result<Option<HeaderHash>, Failure> {
    let title = title.to_owned();
    handle
        .write(move |pen| {
            let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
            let authority = org("ks");
            let release = Release {
                purpose: Purpose::ForInformation,
                audience: Audience::Parties,
                authority: authority.clone(),
                role: org("coordinator"),
            };
            builder.add(DocumentId::NONE, &Outline::Release(release));
            let genesis = Genesis {
                kind: DocumentKind::Work,
                owner: pen.own.clone(),
                authority,
                archive_owner: pen.own.clone(),
                body: None,
            };
            let document = builder.add(DocumentId::NONE, &Outline::Document(genesis));
            let state = |path: &str, value| Statement {
                path: Path::new(path).expect("path"),
                value: Some(value),
                salt: [3; 32],
                replaces: Vec::new(),
            };
            let facts = vec![
                state("/facts/title", Value::Text(title)),
                state("/facts/summary", Value::Prose("å".repeat(bytes / 2))),
            ];
            builder.facts(document.into(), facts);
            Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
        })
        .await
}

async fn titles(store: &Store) -> Vec<String> {
    let filter = WorkFilter { limit: 1_000, ..WorkFilter::default() };
    store.works(&filter).await.expect("lists").0.into_iter().map(|w| w.title).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_what_was_acknowledged_is_there_after_a_start_anew() {
    let dir = tempfile::tempdir().expect("a directory");
    acknowledged_is_there(Backend::from(&dir.path().join("node.db"))).await;
}

async fn acknowledged_is_there(backend: Backend) {
    let (store, handle) = open(&backend).await;
    for title in ["Bergsåker", "Ånge", "Alnö"] {
        publish(&handle, title, 100).await.expect("is acknowledged");
    }
    let digest = handle.query(|m, _| m.ledger().digest(&m.ledger().county())).await.expect("answers");
    drop(handle);
    store.close().await;
    drop(store);
    let mut attempts = 0;
    // The lock goes when the driver's task has ended.
    let (store, handle) = loop {
        match Store::open(&backend, Access::Node).await {
            Ok(store) => {
                store.close().await;
                drop(store);
                break open(&backend).await;
            }
            Err(failure) => {
                attempts += 1;
                assert!(attempts < 500, "{failure}");
                tokio::task::yield_now().await;
            }
        }
    };
    assert_eq!(titles(&store).await, ["Alnö", "Bergsåker", "Ånge"], "in Swedish order");
    let again = handle.query(|m, _| m.ledger().digest(&m.ledger().county())).await.expect("answers");
    assert_eq!(digest, again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_acknowledging_and_goes_on_when_there_is_room() {
    let bench = bench().await;
    publish(&bench.handle, "före", 100).await.expect("there is room");
    bench.store.limit_pages(Some(0)).await;
    let mut refused = 0;
    for i in 0..20 {
        match publish(&bench.handle, &format!("full{i:02}"), 60_000).await {
            Ok(_) => {}
            Err(failure) => {
                assert_eq!(failure.code, Code::StoreFull, "{failure}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "the limit must have been met");
    let kept = 20 - refused;
    bench.store.limit_pages(None).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    let after = loop {
        match publish(&bench.handle, "efter", 100).await {
            Ok(tip) => break tip,
            Err(failure) => assert!(Instant::now() < deadline, "still {failure}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(after.is_some());
    let stored = titles(&bench.store).await;
    assert!(stored.contains(&"före".to_owned()) && stored.contains(&"efter".to_owned()), "{stored:?}");
    // Exactly what was acknowledged: nothing lost, nothing half-written.
    assert_eq!(stored.len(), 2 + kept, "{stored:?}");
    let commits = bench.handle.query(|m, _| m.ledger().commits()).await.expect("answers");
    assert_eq!(commits, 2 + kept as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_breaks_the_rules_of_its_own_node_is_refused_and_nothing_is_stored() {
    let bench = bench().await;
    let result = bench
        .handle
        .write(|pen| {
            let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
            // Facts without a release.
            builder.facts(DocumentId([9; 32]), Vec::new());
            Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
        })
        .await;
    assert_eq!(result.expect_err("is refused").code, Code::CommitShape);
    assert_eq!(bench.handle.query(|m, _| m.ledger().commits()).await.expect("answers"), 0);
}

/// I6, I7: two commits that share their first header (only a hostile key writes so) are both kept, also over a restart.
#[tokio::test(flavor = "multi_thread")]
async fn i7_a_fork_inside_one_commit_is_stored_and_read_back() {
    let bench = bench().await;
    let rival = Arc::new(std::sync::Mutex::new(None));
    let kept = rival.clone();
    let build = |pen: &Pen<'_>, title: &str| {
        let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), 7);
        let (purpose, audience) = (Purpose::ForInformation, Audience::Parties);
        builder.add(
            DocumentId::NONE,
            &Outline::Release(Release { purpose, audience, authority: org("ks"), role: org("admin") }),
        );
        let genesis = Genesis {
            kind: DocumentKind::Work,
            owner: pen.own.clone(),
            authority: org(title),
            archive_owner: pen.own.clone(),
            body: None,
        };
        builder.add(DocumentId::NONE, &Outline::Document(genesis));
        builder.sign(pen.key)
    };
    let first = bench.handle.write(move |pen| {
        *kept.lock().expect("not poisoned") = Some(build(pen, "den-andra"));
        Ok(Composed { commit: Some(build(pen, "den-ena")), ..Composed::default() })
    });
    first.await.expect("is stored");
    let second = rival.lock().expect("not poisoned").take();
    let second = bench.handle.write(move |_| Ok(Composed { commit: second, ..Composed::default() }));
    second.await.expect("is stored beside it");
    let counted = |machine: &Machine, _: &State| {
        (machine.ledger().commits(), machine.ledger().digest(&machine.ledger().county()))
    };
    let before = bench.handle.query(counted).await.expect("answers");
    assert_eq!(before.0, 2);
    let again = load(&bench.store, org("ange"), keys()[0].1.clone()).await.expect("loads");
    let ledger = again.machine.ledger();
    assert_eq!((ledger.commits(), ledger.digest(&ledger.county())), before);
}

/// The version in force amended to another name, signed by both parties.
async fn amend_to(handle: &Handle, previous: &CharterHash, name: &str) -> CharterHash {
    let previous = *previous;
    let charter = handle.query(move |m, _| m.ledger().charters().get(&previous).map(|v| v.charter.clone()));
    let charter = charter.await.expect("answers").expect("is known");
    let next =
        Charter { version: charter.version + 1, previous: Some(previous), name: name.to_owned(), ..charter.clone() };
    let bytes = next.to_toml().expect("a charter is TOML").into_bytes();
    let signatures = keys().iter().map(|(id, key)| (id.clone(), key.sign(Domain::Charter, &bytes))).collect();
    let hash = samsyn_core::charter::hash(&bytes);
    handle.offer_charter(bytes, signatures).await.expect("is taken");
    hash
}

/// I7: what is written after a dispute has overtaken the log's charter stands in another log, and has effect.
#[tokio::test(flavor = "multi_thread")]
async fn i7_a_process_leaves_a_log_whose_charter_a_dispute_has_overtaken() {
    let bench = bench().await;
    let incarnation = || bench.handle.query(|_, state| state.incarnation);
    let genesis = bench.handle.query(|m, _| in_force(m)).await.expect("answers");
    amend_to(&bench.handle, &genesis, "Den ena").await;
    publish(&bench.handle, "före", 10).await.expect("is stored");
    let before = incarnation().await.expect("answers");
    amend_to(&bench.handle, &genesis, "Den andra").await;
    let after = publish(&bench.handle, "efter", 10).await.expect("is stored").expect("a commit");
    assert_ne!(incarnation().await.expect("answers"), before);
    let verdict = bench.handle.query(move |m, _| m.ledger().verdict(&after)).await.expect("answers");
    assert!(verdict.is_some_and(|v| v.admitted()), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_of_a_range_ends_at_a_commit_that_is_proven_by_itself() {
    let bench = bench().await;
    let mut tips = Vec::new();
    for title in ["ett", "två", "tre"] {
        tips.push(publish(&bench.handle, title, 10).await.expect("is stored").expect("a commit"));
    }
    let headers = bench.handle.query({
        let last = tips[2];
        move |m, _| m.ledger().missing_range(&last, &BTreeSet::new())
    });
    let headers = headers.await.expect("answers");
    let first = async || bench.store.read_commits(&headers, 1).await.expect("reads");
    assert_eq!(first().await.commits.len(), 1, "every one is proven by itself");
    let mut tx = bench.store.begin().await.expect("begins");
    let proofs = BTreeMap::from([(tips[0], Proof::Spoiled), (tips[1], Proof::Chain)]);
    bench.store.put_proofs(&mut tx, &proofs).await.expect("writes");
    tx.commit().await.expect("commits");
    bench.store.forget_ranges();
    let read = first().await;
    assert_eq!((read.commits.len(), read.headers), (3, headers.len()), "the third covers both");
}

/// A log of timra's, as a program of its own would write it.
struct Pencil {
    position: Position,
    key: LogKey,
}

impl Pencil {
    async fn new(handle: &Handle) -> Self {
        let key = keys()[1].1.clone();
        let public = key.public();
        let position = handle.query(move |m, _| {
            let ledger = m.ledger();
            ledger.position(ledger.county(), &org("timra"), Incarnation([9; 16]), public)
        });
        Self { position: position.await.expect("answers"), key }
    }

    fn commit(&self, document: DocumentId, path: &str) -> SignedCommit {
        let mut builder = CommitBuilder::new(self.position.clone(), 7);
        let (purpose, audience) = (Purpose::ForInformation, Audience::Parties);
        builder.add(
            DocumentId::NONE,
            &Outline::Release(Release { purpose, audience, authority: org("ks"), role: org("admin") }),
        );
        let value = Some(Value::Text("x".to_owned()));
        let path = Path::new(path).expect("a path");
        builder.facts(document, vec![Statement { path, value, salt: [1; 32], replaces: Vec::new() }]);
        builder.sign(&self.key)
    }
}

/// A place for one frame among its party's.
fn room() -> OwnedSemaphorePermit {
    Arc::new(tokio::sync::Semaphore::new(1)).try_acquire_owned().expect("there is one")
}

/// I11: with reasons, in metrics and in the words of `samsynd status`.
#[tokio::test(flavor = "multi_thread")]
async fn i11_pending_refused_and_forked_things_are_counted_with_their_reasons() {
    let bench = bench().await;
    let own = publish(&bench.handle, "Eget", 10).await.expect("is stored").expect("a commit");
    let document = bench.handle.query(move |m, _| m.ledger().record(&own).map(|r| r.document));
    let document = document.await.expect("answers").expect("is stored");
    let pencil = Pencil::new(&bench.handle).await;
    let (outbox, _outgoing, _ended) = outbox();
    bench.handle.opened(SessionId(1), org("timra"), outbox).await.expect("opens");
    let hello = samsyn_core::sync::Hello {
        federation: pencil.position.federation,
        minor: 1,
        charters: samsyn_core::id::Digest([0; 32]),
        rule_sets: vec![1],
        now_ms: now_ms(),
    };
    bench.handle.frame(SessionId(1), Frame::Hello(hello), room()).await.expect("is taken");
    // A title that is not timra's to write; beside it, at the same position, a document that nobody has seen.
    for commit in [pencil.commit(document, "/facts/title"), pencil.commit(DocumentId([7; 32]), "/facts/title")] {
        bench.handle.frame(SessionId(1), Frame::Commits(vec![commit]), room()).await.expect("is taken");
    }
    let shown =
        bench.handle.query(|m, s| crate::metrics::render(m, s, None, None).expect("is text")).await.expect("answers");
    for line in [
        "samsyn_entries{verdict=\"refused\",code=\"effect.path_forbidden\"} 1\n",
        "samsyn_entries{verdict=\"pending\",code=\"pending.genesis\"} 1\n",
        "samsyn_logs_forked 1\n",
        "samsyn_notices_total{code=\"chain.fork\",party=\"timra\"} 1\n",
        "samsyn_notices_total{code=\"effect.path_forbidden\",party=\"\"} 1\n",
    ] {
        assert!(shown.contains(line), "no {line} in {shown}");
    }
    let notices = bench.handle.query(|_, s| s.notices.iter().filter_map(|(_, n)| told(n)).collect::<Vec<_>>());
    let fork = notices.await.expect("answers").into_iter().find(|t| t.code == Code::ChainFork).expect("is told");
    assert!(fork.party == Some(org("timra")) && fork.remedy.contains("cloned"), "{fork:?}");
}
