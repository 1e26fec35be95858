//! Commits a second, one after the other and from many callers at once: `cargo test --release -p samsyn-server --lib --
//! --ignored speed --nocapture`, with `SAMSYN_TEST_POSTGRES` for the second database.

use super::*;
use crate::store::tests::scratch::Scratch;

const COMMITS: usize = 600;
const CALLERS: usize = 30;

async fn measure(name: &str, backend: Backend) {
    let (store, handle) = open(&backend).await;
    let start = Instant::now();
    for n in 0..COMMITS {
        publish(&handle, &format!("ett {n}"), 400).await.expect("is acknowledged");
    }
    let one = start.elapsed();
    let start = Instant::now();
    let caller = |who: usize| {
        let handle = handle.clone();
        tokio::spawn(async move {
            for n in 0..COMMITS / CALLERS {
                publish(&handle, &format!("många {who} {n}"), 400).await.expect("is acknowledged");
            }
        })
    };
    let callers: Vec<_> = (0..CALLERS).map(caller).collect();
    for caller in callers {
        caller.await.expect("ends");
    }
    let many = start.elapsed();
    let rate = |time: Duration| COMMITS as u128 * 1_000 / time.as_millis().max(1);
    println!("{name}: {} commits/s one after the other, {} commits/s from {CALLERS} callers", rate(one), rate(many));
    assert_eq!(titles(&store).await.len(), 1_000.min(2 * COMMITS));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a check"]
async fn commits_a_second() {
    let dir = tempfile::tempdir().expect("a directory");
    measure("SQLite", Backend::from(&dir.path().join("node.db"))).await;
    if std::env::var_os("SAMSYN_TEST_POSTGRES").is_some() {
        let scratch = Scratch::make().await;
        measure("PostgreSQL", scratch.backend()).await;
    }
}
