//! The driver over a PostgreSQL database whose connections end while it works.

use super::*;
use crate::store::tests::scratch::Scratch;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn i2_what_postgres_acknowledged_is_there_after_a_start_anew() {
    let scratch = Scratch::make().await;
    acknowledged_is_there(scratch.backend()).await;
}

async fn end_sessions(scratch: &Scratch) {
    let name = scratch.name();
    scratch
        .admin(&format!(
            "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
}

/// I1, I2: under load, connections end again and again. What was acknowledged is there; what was not is there once or
/// not at all; and nothing is shown that is not stored.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn i2_connections_that_end_under_load_lose_and_double_nothing() {
    let scratch = Scratch::make().await;
    let (store, handle) = open(&scratch.backend()).await;
    let (mut acknowledged, mut refused) = (BTreeSet::new(), 0);
    for round in 0..4 {
        let before = acknowledged.len();
        let mut writers = Vec::new();
        for who in 0..3 {
            let handle = handle.clone();
            writers.push(tokio::spawn(async move {
                for n in 0.. {
                    let title = format!("r{round} w{who} n{n}");
                    match publish(&handle, &title, 2_000).await {
                        Ok(_) => {}
                        Err(failure) => return (n, failure),
                    }
                }
                unreachable!("it is cut off")
            }));
        }
        // In the middle of it: some transactions are under way.
        let deadline = Instant::now() + Duration::from_secs(30);
        while store.works(&WorkFilter { limit: 1, ..WorkFilter::default() }).await.expect("lists").1
            < before as u64 + 20
        {
            assert!(Instant::now() < deadline, "nothing is written");
        }
        end_sessions(&scratch).await;
        for (who, writer) in writers.into_iter().enumerate() {
            let (count, failure) = writer.await.expect("does not panic");
            assert_eq!(failure.code, Code::StoreUnreachable, "{failure}");
            acknowledged.extend((0..count).map(|n| format!("r{round} w{who} n{n}")));
            refused += 1;
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        let title = format!("r{round} efter");
        while let Err(failure) = publish(&handle, &title, 100).await {
            assert!(Instant::now() < deadline, "still {failure}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        acknowledged.insert(title);
    }
    let shown = store.works(&WorkFilter { limit: 100_000, ..WorkFilter::default() }).await.expect("lists").0;
    let titles: BTreeSet<String> = shown.iter().map(|w| w.title.clone()).collect();
    assert_eq!(titles.len(), shown.len(), "nothing twice");
    let lost: Vec<_> = acknowledged.difference(&titles).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(titles.len() <= acknowledged.len() + refused, "{} of {}", titles.len(), acknowledged.len());
    // What is in memory is what is stored.
    let counted = |m: &Machine, _: &State| (m.ledger().commits(), m.ledger().digest(&m.ledger().county()));
    let seen = handle.query(counted).await.expect("answers");
    let again = load(&store, org("ange"), keys()[0].1.clone()).await.expect("loads");
    assert_eq!(
        seen,
        (again.machine.ledger().commits(), again.machine.ledger().digest(&again.machine.ledger().county()))
    );
    assert_eq!(seen.0, titles.len() as u64);
}

/// I1: a commit that the server did not confirm is shown to nobody until it is known to be stored.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn i1_while_the_database_is_away_nothing_unconfirmed_is_shown() {
    let scratch = Scratch::make().await;
    let (_store, handle) = open(&scratch.backend()).await;
    publish(&handle, "före", 100).await.expect("is acknowledged");
    // Nobody comes in: the driver cannot read what is stored.
    scratch.admin(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", scratch.name())).await;
    end_sessions(&scratch).await;
    let failure = publish(&handle, "under", 100).await.expect_err("is not acknowledged");
    assert_eq!(failure.code, Code::StoreUnreachable, "{failure}");
    if let Ok(commits) = handle.query(|m, _| m.ledger().commits()).await {
        assert_eq!(commits, 1, "what is shown is stored");
    }
    scratch.admin(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", scratch.name())).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(failure) = publish(&handle, "efter", 100).await {
        assert!(Instant::now() < deadline, "still {failure}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(handle.query(|m, _| m.ledger().commits()).await.expect("answers"), 2);
}
