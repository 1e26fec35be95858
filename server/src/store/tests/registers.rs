//! The registers' part of the story: items, what is decided of them, numbers, series, and damage.

use super::*;
use crate::register::{Direction, Item, Number, Series, State, Statement, Words, Written};
use samsyn_core::{
    entry::{Audience, DocumentKind, Purpose},
    id::{AuthorityId, DocumentId, HeaderHash},
};
use std::collections::BTreeSet;

pub(super) async fn story(store: &Store) {
    items(store).await;
    decisions(store).await;
    series_and_damage(store).await;
}

fn ks() -> AuthorityId {
    AuthorityId::new("ks").expect("an id")
}

fn item(n: u8, state: State) -> Item {
    Item {
        authority: ks(),
        position: u64::from(n),
        tip: HeaderHash([n; 32]),
        document: DocumentId([200 + n / 10; 32]),
        direction: if n.is_multiple_of(2) { Direction::Received } else { Direction::Dispatched },
        counterpart: n.is_multiple_of(2).then(|| org("timra")),
        kind: (state != State::Unsettled).then_some(DocumentKind::Decision),
        purpose: Some(Purpose::ForDecision),
        audience: Some(Audience::Parties),
        facts: 3,
        at_ms: 1_000 + u64::from(n),
        released_ms: 900,
        rules: "0123456789ab".to_owned(),
        state,
    }
}

fn number(document: u64) -> Number {
    Number { register: "kommunen".to_owned(), case: "KS 2026/1".to_owned(), document }
}

fn words(subject: &str) -> Words {
    Words { subject: subject.to_owned(), protected_subject: "Hemligt".to_owned(), ..Words::default() }
}

fn statement(nr: u64, subject: &str) -> Statement {
    Statement { nr, at_ms: 2_000 + nr, state: State::Registered, number: Some(number(1)), words: words(subject) }
}

fn series() -> Series {
    Series { register: "kommunen".to_owned(), template: "KS 2026/{n}".to_owned(), last: 0, closed: false }
}

fn filter(states: &[State], text: Option<&str>) -> RegisterFilter {
    RegisterFilter {
        states: states.to_vec(),
        text: text.map(ToOwned::to_owned),
        limit: 10,
        ..RegisterFilter::default()
    }
}

async fn listed(store: &Store, filter: RegisterFilter) -> Vec<Item> {
    let rows = store.register_items(&ks(), &filter).await.expect("lists");
    rows.into_iter().map(|r| r.item).collect()
}

async fn put(store: &Store, written: &Written) -> Result<(), Failure> {
    let mut tx = store.begin().await.expect("begins");
    store.put_register(&mut tx, written).await?;
    tx.commit().await.map_err(failure)
}

async fn items(store: &Store) {
    let all = [item(10, State::ToRegister), item(11, State::Unsettled), item(20, State::InOrder)];
    let mut tx = store.begin().await.expect("begins");
    store.put_register_items(&mut tx, &all).await.expect("writes");
    // The same again, from whatever position: once for each authority, document and version.
    let again = Item { position: 99, at_ms: 5, ..item(10, State::InOrder) };
    store.put_register_items(&mut tx, &[again, item(20, State::Minor)]).await.expect("changes nothing");
    tx.commit().await.expect("commits");
    assert_eq!(listed(store, filter(&[], None)).await, [all[2].clone(), all[1].clone(), all[0].clone()]);
    assert_eq!(listed(store, filter(&[State::ToRegister, State::Unsettled], None)).await.len(), 2);
    let waits = (all[1].document, ks());
    assert_eq!(store.unsettled_documents().await.expect("lists"), BTreeSet::from([waits]));
    let since = store.waiting_since().await.expect("lists");
    assert_eq!(since.iter().map(|(_, ms)| *ms).collect::<Vec<_>>(), [1_010, 1_011]);
}

async fn decisions(store: &Store) {
    let said = statement(1, "Beslut om Ånge");
    let written = Written { statements: vec![(ks(), 10, said.clone())], series: Some((series(), 1)) };
    put(store, &written).await.expect("writes");
    // Written on a series that has gone on since: a number would be given twice.
    let twice = Written { statements: Vec::new(), series: Some((series(), 1)) };
    assert_eq!(put(store, &twice).await.expect_err("is not where it was").code, Code::StoreDamaged);
    let row = store.register_item(&ks(), 10).await.expect("finds").expect("is there");
    assert_eq!((row.item.state, row.statement), (State::Registered, Some(said.clone())));
    assert_eq!(store.documents_in_case("kommunen", "KS 2026/1").await.expect("counts"), 1);
    assert_eq!(store.documents_in_case("ks", "KS 2026/1").await.expect("counts"), 0);
    assert_eq!(store.case_of(&ks(), &DocumentId([201; 32])).await.expect("finds"), Some(number(1)));
    // A correction stands after what was said, and is what counts.
    let corrected = statement(2, "Beslut om Örnsköldsvik");
    let written = Written { statements: vec![(ks(), 10, corrected.clone())], series: None };
    put(store, &written).await.expect("writes");
    assert_eq!(store.register_statements(&ks(), 10).await.expect("lists"), [said, corrected]);
    assert_eq!(listed(store, filter(&[], Some("ÖRNSKÖLDSVIK"))).await.len(), 1, "the latest words are looked through");
    assert_eq!(listed(store, filter(&[], Some("ks 2026/1-1"))).await.len(), 1, "as the number is written");
    assert!(listed(store, filter(&[], Some("ånge"))).await.is_empty());
    assert_eq!(listed(store, filter(&[], Some("hemligt"))).await.len(), 1);
    public(store).await;
    let counts = store.count_register_items(&ks(), &filter(&[], None)).await.expect("counts");
    assert_eq!((counts[&State::Registered], counts[&State::InOrder], counts[&State::Unsettled]), (1, 1, 1));
}

/// What anybody may look through: the latest public words of what is registered, with their number, and the day.
async fn public(store: &Store) {
    let found = async |filter: PublicFilter| {
        let rows = store.public_items(&ks(), &PublicFilter { limit: 10, ..filter.clone() }).await.expect("lists");
        let count = store.count_public_items(&ks(), &filter).await.expect("counts");
        assert_eq!(rows.len() as u64, count, "{filter:?}");
        rows.into_iter().map(|row| row.item.position).collect::<Vec<_>>()
    };
    let text = |text: &str| PublicFilter { text: Some(text.to_owned()), ..PublicFilter::default() };
    let none = Vec::<u64>::new();
    assert_eq!(found(PublicFilter::default()).await, [10]);
    for seen in ["ÖRNSKÖLDSVIK", "ks 2026/1-1", "1-1 beslut om", "sv", "ö"] {
        assert_eq!(found(text(seen)).await, [10], "{seen}");
    }
    // Not the words before the correction, not the protected ones, no pattern, and nothing of another register's.
    for unseen in ["ånge", "hemligt", "be*ut", "beslut OR x", "\"beslut", "%", "zq"] {
        assert_eq!(found(text(unseen)).await, none, "{unseen}");
    }
    let other = AuthorityId::new("bun").expect("an id");
    assert_eq!(store.count_public_items(&other, &text("beslut")).await.expect("counts"), 0);
    for (days, there) in [((1_010, 1_011), true), ((0, 1_010), false), ((1_011, u64::MAX), false)] {
        let on = PublicFilter { days: Some(days), ..PublicFilter::default() };
        let both = PublicFilter { text: Some("beslut".to_owned()), ..on.clone() };
        assert_eq!((found(on).await.len(), found(both).await.len()), (usize::from(there), usize::from(there)));
    }
    let last = PublicFilter { of: Some(1), limit: 1, offset: 0, ..PublicFilter::default() };
    let beyond = PublicFilter { offset: 1, ..last.clone() };
    assert_eq!(store.public_items(&ks(), &last).await.expect("lists").len(), 1);
    assert!(store.public_items(&ks(), &beyond).await.expect("lists").is_empty());
    assert_eq!(found(PublicFilter { before: Some(10), ..PublicFilter::default() }).await, none);
    // What is looked through is derived, and is made anew.
    let mut tx = store.begin().await.expect("begins");
    store.rebuild_words(&mut tx).await.expect("is made anew");
    tx.commit().await.expect("commits");
    assert_eq!(found(text("örnsk")).await, [10]);
    store.check_register().await.expect("is whole");
}

async fn series_and_damage(store: &Store) {
    let mut tx = store.begin().await.expect("begins");
    store.close_series(&mut tx).await.expect("closes");
    tx.commit().await.expect("commits");
    let closed = Series { last: 1, closed: true, ..series() };
    assert_eq!(store.register_series().await.expect("lists"), std::slice::from_ref(&closed));
    // Read while it was open: a number would be given although it is closed.
    let open = Written { statements: Vec::new(), series: Some((Series { closed: false, ..closed.clone() }, 2)) };
    assert_eq!(put(store, &open).await.expect_err("has been closed").code, Code::StoreDamaged);
    put(store, &Written { statements: Vec::new(), series: Some((closed, 7)) }).await.expect("is confirmed");
    assert_eq!(store.register_series().await.expect("lists")[0].last, 7);
    store.check_register().await.expect("is whole");
    // What says something else than was written is damage, and so is what has gone.
    for (change, back) in [
        (
            "UPDATE register_item SET at_ms = 1 WHERE position = 20",
            "UPDATE register_item SET at_ms = 1020 WHERE position = 20",
        ),
        (
            "UPDATE register_entry SET number = 'KS 2026/2' WHERE nr = 1",
            "UPDATE register_entry SET number = 'KS 2026/1' WHERE nr = 1",
        ),
        ("UPDATE register_number SET position = 11", "UPDATE register_number SET position = 10"),
        ("UPDATE register_series SET last = 6", "UPDATE register_series SET last = 7"),
    ] {
        query(change.to_owned()).execute(&store.write).await.expect("changes");
        assert_eq!(store.check_register().await.expect_err(change).code, Code::StoreDamaged);
        query(back.to_owned()).execute(&store.write).await.expect("changes back");
    }
    query("DELETE FROM register_number".to_owned()).execute(&store.write).await.expect("is gone");
    assert_eq!(store.check_register().await.expect_err("has no holder").code, Code::StoreDamaged);
    // Whatever is said of the item next brings its number with it.
    let again = Written { statements: vec![(ks(), 10, statement(3, "Beslut"))], series: None };
    put(store, &again).await.expect("writes");
    store.check_register().await.expect("is whole again");
}
