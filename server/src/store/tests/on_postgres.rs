//! What only a server does: settings of others, refusals, connections that end.

use super::{scratch::Scratch, *};

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn what_the_server_says_has_its_code_and_no_answer_is_passed_over() {
    let scratch = Scratch::make().await;
    for (state, code, exit) in [
        ("53100", Code::StoreFull, 1),
        ("53300", Code::StoreUnreachable, 4),
        ("25006", Code::StoreReadOnly, 1),
        ("57P01", Code::StoreUnreachable, 4),
        ("57P03", Code::StoreUnreachable, 4),
        ("57P04", Code::ConfigInvalid, 3),
        ("57014", Code::StoreFailed, 1),
        ("08006", Code::StoreUnreachable, 4),
        ("XX001", Code::StoreDamaged, 6),
        ("XX002", Code::StoreDamaged, 6),
        ("58P01", Code::StoreDamaged, 6),
        ("58030", Code::StoreFailed, 1),
        ("28P01", Code::ConfigInvalid, 3),
        ("3D000", Code::ConfigInvalid, 3),
        ("42501", Code::ConfigInvalid, 3),
        ("23505", Code::StoreFailed, 1),
    ] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'said so' USING ERRCODE = '{state}'; END $$");
        let failure = failure(scratch.sql(&raise).await.expect_err("is raised"));
        assert_eq!((failure.code, failure.exit_code()), (code, exit), "{state}: {failure}");
        assert!(!failure.remedy.is_empty());
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn a_setting_that_loses_what_is_acknowledged_is_refused_at_the_start_and_while_it_runs() {
    let scratch = Scratch::make().await;
    let store = Store::open(scratch.backend(), Access::Node).await.expect("opens");
    store.check().await.expect("is as it must be");
    let set = |value: &str| format!("ALTER DATABASE {} SET synchronous_commit = {value}", scratch.name());
    scratch.admin(&set("off")).await;
    let refused = |failure: Failure| {
        assert_eq!((failure.code, failure.exit_code()), (Code::ConfigInvalid, 3), "{failure}");
        assert!(failure.message.contains("synchronous_commit = off"), "{failure}");
        assert!(failure.remedy.contains("ALTER DATABASE"), "{failure:?}");
    };
    refused(Store::open(scratch.backend(), Access::Tool).await.expect_err("is refused"));
    // A node that runs meets it with its next connection.
    refused(store.probe().await.expect_err("is refused"));
    scratch.admin(&set("local")).await;
    let failure = store.probe().await.expect_err("is refused");
    assert!(failure.message.contains("synchronous_commit = local"), "{failure}");
    scratch.admin(&set("remote_apply")).await;
    store.probe().await.expect("is more than enough");
    store.close().await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn a_database_in_another_encoding_is_refused() {
    let scratch = Scratch::make().await;
    let name = format!("{}_latin", scratch.name());
    scratch.admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")).await;
    let url = scratch.url().replace(scratch.name(), &name);
    let backend = Backend::Postgres { url: PostgresUrl::parse(&url).expect("an address") };
    let failure = Store::open(backend, Access::Node).await.expect_err("is refused");
    scratch.admin(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert_eq!((failure.code, failure.exit_code()), (Code::ConfigInvalid, 3), "{failure}");
    assert!(
        failure.message.contains("server_encoding = LATIN1") && failure.remedy.contains("--encoding=UTF8"),
        "{failure}"
    );
}

/// I2, I7: the server may have come back from a backup.
#[tokio::test]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn i7_a_connection_that_was_lost_is_not_replaced_in_silence_and_takes_the_lock_with_it() {
    let scratch = Scratch::make().await;
    let store = Store::open(scratch.backend(), Access::Node).await.expect("opens");
    end_sessions(&scratch).await;
    let failure = store.check().await.expect_err("is noticed");
    assert_eq!(failure.code, Code::StoreUnreachable, "{failure}");
    // However often it is tried.
    for _ in 0..3 {
        assert_eq!(store.begin().await.expect_err("nothing is written").code, Code::StoreUnreachable);
    }
    store.probe().await.expect("goes over to another connection");
    store.begin().await.expect("and writes").rollback().await.expect("rolls back");

    // Another process has taken the lock meanwhile: this one waits.
    end_sessions(&scratch).await;
    let other = Store::open(scratch.backend(), Access::Node).await.expect("the lock is free");
    let failure = store.probe().await.expect_err("it is not its turn");
    assert_eq!((failure.code, failure.exit_code()), (Code::InUse, 7), "{failure}");
    other.close().await;
    store.probe().await.expect("its turn has come");
    store.close().await;
}

async fn end_sessions(scratch: &Scratch) {
    let sql = format!(
        "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity WHERE datname = '{}'",
        scratch.name()
    );
    assert!(!scratch.admin(&sql).await.is_empty(), "somebody was connected");
}

/// I6: a key of an ordered index may have 2 704 bytes in PostgreSQL.
#[tokio::test]
#[ignore = "needs PostgreSQL: tests/run postgres"]
async fn i6_no_column_that_people_write_freely_is_a_key_of_an_ordered_index() {
    let scratch = Scratch::make().await;
    Store::open(scratch.backend(), Access::Node).await.expect("makes the schema").close().await;
    let sql = "SELECT i.indexname || ' ' || i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public' AND i.indexdef LIKE '%btree%'";
    let indexes = scratch.sql(sql).await.expect("lists");
    for column in ["title", "public_number", "search", "name", "value", "bytes", "header,", "outline"] {
        let named = |index: &&String| {
            index.split_once('(').is_some_and(|(_, keys)| keys.split([',', ' ', ')']).any(|k| k == column))
        };
        let found: Vec<_> = indexes.iter().filter(named).collect();
        assert!(found.is_empty(), "{column}: {found:?}");
    }
    assert!(indexes.len() > 8, "{indexes:?}");
}
