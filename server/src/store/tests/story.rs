//! One story that every backend must tell alike: what is put in comes out, in the same order.

use super::{scratch::Scratch, *};
use samsyn_core::commit::SaltedValue;
use samsyn_core::id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation};
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn sqlite_tells_the_story() {
    let dir = tempfile::tempdir().expect("a directory");
    story(Backend::from(&dir.path().join("node.db"))).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn postgres_tells_the_story() {
    let scratch = Scratch::make().await;
    story(scratch.backend()).await;
}

async fn story(backend: Backend) {
    let store = Store::open(&backend, Access::Node).await.expect("opens");
    store.claim(federation(1), &org("ange")).await.expect("claims");
    values(&store).await;
    works(&store).await;
    working_copies(&store).await;
    requests(&store).await;
    super::registers::story(&store).await;
    papers(&store).await;
    devices(&store).await;
    store.integrity().await.expect("is sound");
    store.probe().await.expect("takes a write");
    store.check().await.expect("is there");
    let failure = Store::open(&backend, Access::Node).await.expect_err("is locked");
    assert_eq!((failure.code, failure.exit_code()), (Code::InUse, 7), "{failure}");
    // Beside the node that runs.
    let tool = Store::open(&backend, Access::Tool).await.expect("a tool may");
    assert_eq!(tool.devices().await.expect("lists").len(), 1);
    tool.close().await;
    store.close().await;
    drop(store);

    let store = Store::open(&backend, Access::Node).await.expect("opens again");
    let failure = store.claim(federation(2), &org("ange")).await.expect_err("is foreign");
    assert_eq!((failure.code, failure.exit_code()), (Code::StoreForeign, 3), "{failure}");
    assert_eq!(titles(&store, &WorkFilter::default()).await, EXPECTED);
    newer(&store).await;
    store.close().await;
    drop(store);
    let failure = Store::open(&backend, Access::Node).await.expect_err("is newer");
    assert_eq!((failure.code, failure.exit_code()), (Code::StoreNewer, 3), "{failure}");
}

async fn newer(store: &Store) {
    // Booleans and blobs are written differently.
    let (success, checksum) = match &store.backend {
        Backend::Sqlite { .. } => ("1", "x'00'"),
        Backend::Postgres { .. } => ("true", "'\\x00'"),
    };
    let sql = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99990101000001, 'later', {success}, {checksum}, 0)"
    );
    query(sql).execute(&store.write).await.expect("inserts");
}

/// Files of papers stay as they were made, and go with the entry of their paper alone.
async fn papers(store: &Store) {
    let document = DocumentId([4; 32]);
    let files = |text: &str| BTreeMap::from([("html".to_owned(), text.as_bytes().to_vec())]);
    for (paper, text) in [("p1", "ett"), ("p2", "två"), ("p1", "annat")] {
        store.keep_paper(&document, paper, &files(text), 1).await.expect("is kept");
    }
    let kept = async |paper| store.kept_paper(&document, paper, "html").await.expect("is read");
    assert_eq!(kept("p1").await, Some("ett".into()), "the first is what was made");
    assert_eq!(store.kept_paper(&document, "p1", "pdf").await.expect("is read"), None);
    let mut tx = store.begin().await.expect("begins");
    store.drop_papers(&mut tx, [(&document, "p1")].into_iter()).await.expect("goes");
    tx.commit().await.expect("commits");
    assert_eq!((kept("p1").await, kept("p2").await), (None, Some("två".into())));
}

async fn values(store: &Store) {
    let header = HeaderHash([7; 32]);
    let salted = |n: u8| SaltedValue { salt: [n; 32], bytes: vec![0, n, 255] };
    let (first, second) = (salted(1), salted(2));
    let mut tx = store.begin().await.expect("begins");
    store.put_values(&mut tx, [(header, 0, &first), (header, 5, &second)].into_iter()).await.expect("writes");
    // One that comes again takes the place of what a disk has changed.
    store.put_values(&mut tx, [(header, 5, &first)].into_iter()).await.expect("writes");
    store.put_values(&mut tx, [(header, 5, &second)].into_iter()).await.expect("writes");
    tx.commit().await.expect("commits");
    // What is not committed is not there.
    let mut tx = store.begin().await.expect("begins");
    store.erase_values(&mut tx, &BTreeSet::from([FactId { header, index: 0 }])).await.expect("erases");
    drop(tx);
    let read = store.values_of(&[header, HeaderHash([8; 32])]).await.expect("reads");
    assert_eq!(read.len(), 1);
    assert_eq!((&read[&header][&0], &read[&header][&5]), (&first, &second));
    let mut tx = store.begin().await.expect("begins");
    store.erase_values(&mut tx, &BTreeSet::from([FactId { header, index: 0 }])).await.expect("erases");
    tx.commit().await.expect("commits");
    assert_eq!(store.held_values().await.expect("lists"), [FactId { header, index: 5 }]);
}

/// By bytes of the folded title, whatever the database's locale: digits, capitals, small letters, then å, ä, ö.
const EXPECTED: [&str; 7] = ["(ett)", "100 % vård", "2 _", "Ada", "zon", "Ånge", "Övik"];

async fn works(store: &Store) {
    let mut rows: Vec<WorkRow> = EXPECTED.iter().rev().zip(1u8..).map(|(title, n)| work(n, title)).collect();
    // As long as the format allows, and so that nothing can be compressed out of it.
    let long = incompressible(samsyn_core::limits::TEXT_BYTES_MAX);
    rows[0].public_number.clone_from(&long);
    rows[0].search = format!("övik\n{long}");
    let mut tx = store.begin().await.expect("begins");
    store.put_works(&mut tx, &rows).await.expect("writes");
    store.put_works(&mut tx, &rows).await.expect("writes again");
    tx.commit().await.expect("commits");

    let all = WorkFilter::default();
    assert_eq!(titles(store, &all).await, EXPECTED);
    let by = |change: fn(&mut WorkFilter)| {
        let mut filter = WorkFilter::default();
        change(&mut filter);
        filter
    };
    let public = titles(store, &by(|f| f.public = true)).await;
    assert_eq!(public.len(), rows.iter().filter(|r| r.public).count());
    let latest = titles(store, &by(|f| f.latest = true)).await;
    assert_eq!(latest.len(), EXPECTED.len());
    assert_eq!(store.stages(false).await.expect("counts").values().sum::<u64>(), EXPECTED.len() as u64);
    assert_eq!(store.stages(true).await.expect("counts").values().sum::<u64>(), public.len() as u64);
    let found = |filter: WorkFilter| async move { titles(store, &filter).await };
    // The wildcards of LIKE are letters like others.
    assert_eq!(found(by(|f| f.text = Some("%".into()))).await, ["100 % vård"]);
    assert_eq!(found(by(|f| f.text = Some("_".into()))).await, ["2 _"]);
    assert_eq!(found(by(|f| f.text = Some("\\".into()))).await, [""; 0]);
    assert_eq!(found(by(|f| f.text = Some("v{rd".into()))).await, ["100 % vård"], "folded");
    assert_eq!(found(by(|f| f.text = Some("a\0d".into()))).await, [""; 0]);
    assert_eq!(found(by(|f| f.target_group = Some("n1".into()))).await, ["Övik"]);
    assert_eq!(found(by(|f| f.stage = Some("s2".into()))).await, ["Ånge"]);
    assert_eq!(found(by(|f| (f.party, f.target_group) = (Some("ange".into()), Some("n2".into())))).await, ["Ånge"]);
    assert_eq!(found(by(|f| f.party = Some("ang".into()))).await, [""; 0], "a whole word");
    assert_eq!(found(by(|f| f.party = Some("ange\ntarget-group:n1".into()))).await, [""; 0], "one term");
    for filter in [all, by(|f| f.text = Some("{".into()))] {
        let count = titles(store, &filter).await.len();
        for offset in [0, 1, 50] {
            let page = WorkFilter { limit: 1, offset, ..filter.clone() };
            let (page, total) = store.works(&page).await.expect("lists");
            assert_eq!((page.len(), total), (usize::from(offset < 2), count as u64), "from {offset}");
        }
    }

    let numbered = |number: &'static str| async move { store.numbered(number).await.expect("finds") };
    assert_eq!(numbered("B-2").await, [DocumentId([2; 32])]);
    assert_eq!(numbered("b-").await.len(), EXPECTED.len() - 1, "capitals and small letters are one");
    assert!(numbered("b_").await.is_empty() && numbered("\0").await.is_empty());
    assert_eq!(store.numbered(&long).await.expect("finds"), [DocumentId([1; 32])]);
}

fn work(n: u8, title: &str) -> WorkRow {
    let folded = crate::projection::fold(title);
    WorkRow {
        document: DocumentId([n; 32]),
        owner: "ange".into(),
        public_number: format!("B-{n}"),
        title: title.into(),
        search: format!("{folded}\n"),
        folded,
        stage: format!("s{n}"),
        form: "pilot".into(),
        start: String::new(),
        start_key: u64::MAX >> 1,
        conflicts: 0,
        updated_ms: n.into(),
        public: n.is_multiple_of(2),
        terms: BTreeSet::from([("target-group".into(), format!("n{n}")), ("party".into(), "ange".into())]),
    }
}

/// Letters of a generator that a database finds no pattern in.
fn incompressible(bytes: usize) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(LETTERS[state as usize >> 27])
    };
    (0..bytes).map(|_| next()).collect()
}

async fn titles(store: &Store, filter: &WorkFilter) -> Vec<String> {
    let filter = WorkFilter { limit: 100, ..filter.clone() };
    let (rows, total) = store.works(&filter).await.expect("lists");
    assert_eq!(rows.len() as u64, total);
    assert!(rows.iter().all(|r| r.terms.len() == 2));
    rows.into_iter().map(|r| r.title).collect()
}

async fn working_copies(store: &Store) {
    let row = |n: u8, document: Option<u8>, title: &str| WorkingCopyRow {
        id: Incarnation([n; 16]),
        kind: "work".into(),
        authority: AuthorityId::new("ks").expect("an id"),
        document: document.map(|d| DocumentId([d; 32])),
        title: title.into(),
        automerge: vec![0, 1, 2, 255],
        bridge: Vec::new(),
        updated_ms: 3,
    };
    let mut tx = store.begin().await.expect("begins");
    store.put_working_copy(&mut tx, &row(2, None, "utkast")).await.expect("writes");
    // A draft may hold anything.
    store.put_working_copy(&mut tx, &row(1, Some(9), "a\0b")).await.expect("writes");
    store.put_working_copy(&mut tx, &row(2, Some(8), "delat")).await.expect("writes again");
    tx.commit().await.expect("commits");
    let copies = store.working_copies().await.expect("lists");
    let listed: Vec<_> = copies.iter().map(|c| (c.id.0[0], c.title.as_str(), c.document.is_some())).collect();
    assert_eq!(listed, [(1, "ab", true), (2, "delat", true)]);
    let one = store.working_copy_of(&DocumentId([8; 32])).await.expect("finds").expect("is there");
    assert_eq!((one.id, one.automerge), (Incarnation([2; 16]), vec![0, 1, 2, 255]));
    assert!(store.working_copy(&Incarnation([5; 16])).await.expect("looks").is_none());
}

async fn requests(store: &Store) {
    let request = |reason: Option<&str>| ReleaseRequest {
        circle: None,
        purpose: samsyn_core::entry::Purpose::ForInformation,
        audience: samsyn_core::entry::Audience::Public,
        authority: AuthorityId::new("ks").expect("an id"),
        paths: Some(["/facts/title"].map(|p| samsyn_core::id::Path::new(p).expect("a path")).into()),
        content: "ab".repeat(32),
        asked_by: "Kansliet, rum 4 – åäö".to_owned(),
        rules: "0123456789ab".to_owned(),
        answer: reason.map(|reason| ReleaseAnswer {
            approved: false,
            at_ms: 9,
            by: "frisläppare".to_owned(),
            reason: reason.to_owned(),
        }),
    };
    let row =
        |n: u8, asked_ms, reason| RequestRow { working_copy: Incarnation([n; 16]), asked_ms, request: request(reason) };
    let mut tx = store.begin().await.expect("begins");
    store.put_release_request(&mut tx, &row(2, 7, None)).await.expect("writes");
    store.put_release_request(&mut tx, &row(1, 8, None)).await.expect("writes");
    store.put_release_request(&mut tx, &row(1, 5, Some("inte \"nu\""))).await.expect("writes again");
    tx.commit().await.expect("commits");
    let both = [row(1, 5, Some("inte \"nu\"")), row(2, 7, None)];
    assert_eq!(store.release_requests().await.expect("lists"), both, "the oldest first, the latest of each");
    assert_eq!(store.release_request(&Incarnation([2; 16])).await.expect("finds"), Some(row(2, 7, None)));
    assert_eq!(store.release_request(&Incarnation([3; 16])).await.expect("looks"), None);
    // A row that says something else than was written is damage.
    let changed = "UPDATE release_request SET asked_ms = 6 WHERE asked_ms = 5";
    sqlx::query(changed).execute(&store.write).await.expect("changes");
    assert_eq!(store.release_requests().await.expect_err("is damaged").code, Code::StoreDamaged);
    let back = "UPDATE release_request SET asked_ms = 5 WHERE asked_ms = 6";
    sqlx::query(back).execute(&store.write).await.expect("changes back");
}

async fn devices(store: &Store) {
    let pin = samsyn_wire::transport::Pin([7; 32]);
    let (name, role) = ("Kansliets dator, Örnsköldsvik".to_owned(), Role::Coordinator);
    let device = Device { pin, name, role, authority: None, added_ms: 5, revoked_ms: None };
    store.add_device(&device).await.expect("adds");
    assert!(store.add_device(&device).await.is_err(), "not twice");
    store.revoke_device(&pin, 9).await.expect("revokes");
    assert!(store.revoke_device(&pin, 10).await.is_err(), "not twice");
    assert!(store.add_device(&device).await.is_err(), "a revoked key does not come back");
    assert_eq!(store.devices().await.expect("lists"), [Device { revoked_ms: Some(9), ..device }]);
}
