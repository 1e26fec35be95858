//! What is written is read; what different people write at the same time is kept.

use super::*;
use automerge::ReadDoc;
use proptest::{collection, prelude::*};

fn path(text: &str) -> Path {
    Path::new(text).expect("a path")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Changes a document by what `edit` does to its draft.
fn edit(document: &mut Automerge, edit: impl FnOnce(&mut Draft)) {
    let old = read(document).expect("reads");
    let mut new = old.clone();
    edit(&mut new);
    write(document, &old, &new).expect("writes");
}

/// Two devices that have founded the copy each for itself and changed it at the same time.
fn both(first: impl FnOnce(&mut Draft), second: impl FnOnce(&mut Draft)) -> Draft {
    concurrent(found(DocumentKind::Work), first, second)
}

fn concurrent(base: Automerge, first: impl FnOnce(&mut Draft), second: impl FnOnce(&mut Draft)) -> Draft {
    let (mut a, mut b) = (base.clone().with_actor(ActorId::from([1])), base.with_actor(ActorId::from([2])));
    edit(&mut a, first);
    edit(&mut b, second);
    let mut a2 = a.clone();
    a2.merge(&mut b).expect("merges");
    b.merge(&mut a).expect("merges");
    let draft = read(&a2).expect("reads");
    assert_eq!(draft, read(&b).expect("reads"), "both ends read the same");
    draft
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zåäöÅÄÖé \n.]{0,60}", "[^\0]{0,30}"]
}

fn any_field() -> impl Strategy<Value = Value> {
    prop_oneof![
        any_text().prop_map(Value::Text),
        (0..=i64::MAX).prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
        (0..=i64::MAX).prop_map(Value::Money),
        prop_oneof![Just("HT 2023"), Just("2023-10-25"), Just("okänt")].prop_map(|d| Value::Date(d.into())),
        "[a-z]{1,5}:[a-z0-9-]{1,20}".prop_map(Value::Reference),
        collection::btree_set("[a-z]{1,3}:[a-z]{1,3}", 0..5).prop_map(Value::References),
    ]
}

fn any_draft() -> impl Strategy<Value = Draft> {
    let paths = prop_oneof!["/facts/[a-d]", Just("/facts/summary".to_owned()), Just("/note".to_owned())];
    let value = prop_oneof![3 => any_field(), 2 => any_text().prop_map(Value::Prose)];
    let values = collection::vec((paths, value), 0..8);
    let private = collection::btree_map("[a-zåäö ]{1,10}", any_text(), 0..4);
    (values, private).prop_map(|(values, private)| {
        let mut draft = Draft { private, ..Draft::default() };
        for (at, value) in values {
            draft.set(path(&at), value);
        }
        draft
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_draft_is_read_as_it_was_written(drafts in collection::vec(any_draft(), 1..5)) {
        let mut document = found(DocumentKind::Work);
        let mut old = read(&document).expect("reads");
        prop_assert_eq!(&old, &Draft::default());
        for new in drafts {
            write(&mut document, &old, &new).expect("writes");
            prop_assert_eq!(read(&document).expect("reads"), new.clone());
            let loaded = Automerge::load(&document.save()).expect("loads");
            prop_assert_eq!(read(&loaded).expect("reads"), new.clone());
            old = new;
        }
    }

    #[test]
    fn edits_of_different_paths_at_the_same_time_are_all_kept(
        start in any_draft(), a in any_field(), b in any_field(), c in any_text(), d in any_text(),
    ) {
        let mut base = found(DocumentKind::Work);
        edit(&mut base, |draft| *draft = start);
        let (pa, pb, pc, pd) = (path("/x/a"), path("/x/b"), path("/x/c"), path("/facts/summary"));
        let merged = concurrent(
            base,
            |draft| { draft.set(pa.clone(), a.clone()); draft.set(pc.clone(), Value::Prose(c.clone())); },
            |draft| { draft.set(pb.clone(), b.clone()); draft.set(pd.clone(), Value::Prose(d.clone())); },
        );
        prop_assert_eq!(merged.value(&pa), Some(a));
        prop_assert_eq!(merged.value(&pb), Some(b));
        prop_assert_eq!(merged.value(&pc), Some(Value::Prose(c)));
        prop_assert_eq!(merged.value(&pd), Some(Value::Prose(d)));
    }

    #[test]
    fn foreign_documents_are_errors_and_never_panics(bytes in collection::vec(any::<u8>(), 0..200)) {
        if let Ok(document) = Automerge::load(&bytes) {
            prop_assert!(read(&document).is_err());
        }
    }
}

#[test]
fn two_devices_found_the_same_copy() {
    for (kind, name) in [(DocumentKind::Work, "work"), (DocumentKind::Programme, "programme")] {
        assert_eq!(found(kind).get_heads(), found(kind).get_heads());
        assert_ne!(found(kind).get_actor(), found(kind).get_actor(), "each writes as itself");
        assert_eq!(super::kind(&found(kind)).expect("a kind"), kind);
        assert_eq!(kind_of_name(name), Some(kind));
    }
}

#[test]
fn two_who_write_in_one_swedish_text_keep_every_word() {
    let mut base = found(DocumentKind::Work);
    let at = path("/facts/summary");
    edit(&mut base, |d| d.set(at.clone(), Value::Prose("Äldre på väg hem från sjukhus.".into())));
    let merged = concurrent(
        base,
        |d| d.set(at.clone(), Value::Prose("Äldre och sjuka på väg hem från sjukhus.".into())),
        |d| d.set(at.clone(), Value::Prose("Äldre på väg hem från sjukhus får stöd i Ånge.".into())),
    );
    assert_eq!(merged.prose[&at], "Äldre och sjuka på väg hem från sjukhus får stöd i Ånge.");
}

#[test]
fn two_who_begin_the_same_text_keep_both() {
    let at = path("/facts/summary");
    let first = |d: &mut Draft| d.set(path("/facts/summary"), Value::Prose("Först.".into()));
    let merged = both(first, |d| d.set(path("/facts/summary"), Value::Prose("Sedan.".into())));
    assert!(merged.prose[&at].contains("Först.") && merged.prose[&at].contains("Sedan."), "{merged:?}");
    // The same where the text is not made when the copy is founded, and after one more edit.
    let at = path("/learnings/timra/x/text");
    let mut a = found(DocumentKind::Work);
    let mut b = found(DocumentKind::Work);
    edit(&mut a, |d| d.set(at.clone(), Value::Prose("Först.".into())));
    edit(&mut b, |d| d.set(at.clone(), Value::Prose("Sedan.".into())));
    a.merge(&mut b).expect("merges");
    edit(&mut a, |d| d.prose.get_mut(&at).expect("a text").push_str(" Slut."));
    let merged = read(&a).expect("reads").prose[&at].clone();
    assert!(["Först.", "Sedan.", "Slut."].iter().all(|w| merged.matches(w).count() == 1), "{merged}");
    assert_eq!(a.get_all(read::container(&a, "prose").expect("prose"), at.as_str()).expect("texts").len(), 1);
}

#[test]
fn two_who_change_one_set_keep_both_changes() {
    let mut base = found(DocumentKind::Work);
    let at = path("/facts/partners");
    let set = |names: &[&str]| Value::References(names.iter().map(|n| format!("org:{n}")).collect());
    edit(&mut base, |d| d.set(at.clone(), set(&["rvn", "timra"])));
    let merged = concurrent(
        base,
        |d| d.set(at.clone(), set(&["rvn", "timra", "ange"])),
        |d| d.set(at.clone(), set(&["rvn", "kramfors"])),
    );
    assert_eq!(merged.fields[&at], set(&["ange", "kramfors", "rvn"]));
}

#[test]
fn what_one_takes_away_while_another_writes_in_it_stays() {
    let mut base = found(DocumentKind::Work);
    let (prose, set) = (path("/facts/summary"), path("/facts/goals"));
    let goals = |ids: &[&str]| Value::References(ids.iter().map(|i| format!("goal:{i}")).collect());
    edit(&mut base, |d| {
        d.set(prose.clone(), Value::Prose("Ett.".into()));
        d.set(set.clone(), goals(&["1"]));
    });
    let merged = concurrent(
        base,
        |d| *d = Draft::default(),
        |d| {
            d.set(prose.clone(), Value::Prose("Ett. Två.".into()));
            d.set(set.clone(), goals(&["1", "2"]));
        },
    );
    assert_eq!(merged.prose[&prose], "Ett. Två.");
    assert_eq!(merged.fields[&set], goals(&["2"]), "the member added stays, the one taken away does not");
}

#[test]
fn a_set_that_comes_back_has_none_of_its_old_members() {
    let at = path("/facts/goals");
    let one = |id: &str| Value::References([format!("goal:{id}")].into());
    let mut document = found(DocumentKind::Work);
    edit(&mut document, |d| d.set(at.clone(), one("old")));
    edit(&mut document, |d| assert!(d.remove(&at)));
    edit(&mut document, |d| d.set(at.clone(), one("new")));
    assert_eq!(read(&document).expect("reads").fields[&at], one("new"));
}

#[test]
fn one_field_set_to_two_values_at_the_same_time_is_told() {
    let (mut a, mut b) = (found(DocumentKind::Work), found(DocumentKind::Work));
    let title = path("/facts/title");
    edit(&mut a, |d| d.set(title.clone(), text("Först")));
    edit(&mut b, |d| d.set(title.clone(), text("Sedan")));
    a.merge(&mut b).expect("merges");
    assert_eq!(contested(&a).expect("reads"), [title.clone()].into());
    edit(&mut a, |d| d.set(title.clone(), text("Klart")));
    assert!(contested(&a).expect("reads").is_empty());
}

#[test]
fn a_text_that_has_moved_on_is_not_overwritten() {
    let mut document = found(DocumentKind::Work);
    let at = path("/note");
    let old = read(&document).expect("reads");
    edit(&mut document, |d| d.set(at.clone(), Value::Prose("Någon annans ord.".into())));
    let mut new = old.clone();
    new.set(at.clone(), Value::Prose("Mina ord.".into()));
    let error = write(&mut document, &old, &new).expect_err("is stale");
    assert_eq!((error.code(), error.place()), (Code::InputConflict, Some("/note".to_owned())));
    assert_eq!(read(&document).expect("reads").prose[&at], "Någon annans ord.");
}

#[test]
fn illegal_values_are_refused_with_their_place_and_nothing_is_written() {
    let mut document = found(DocumentKind::Work);
    let heads = document.get_heads();
    let cases = [
        ("/facts/title", text("a\0b"), Code::InputCharacter),
        ("/facts/start", Value::Date("i höst".into()), Code::InputDate),
        ("/facts/title", text(&"x".repeat(9_000)), Code::InputTooLong),
        ("/facts/summary", Value::Prose("x".repeat(PROSE_DRAFT_BYTES_MAX + 1)), Code::InputTooLong),
        ("/facts/cost", Value::Money(-1), Code::InputNumber),
    ];
    for (at, value, code) in cases {
        let mut new = Draft::default();
        new.set(path("/facts/form"), Value::Reference("form:pilot".into()));
        new.set(path(at), value);
        let error = write(&mut document, &Draft::default(), &new).expect_err("is illegal");
        assert_eq!((error.code(), error.place().as_deref()), (code, Some(at)));
    }
    let private = Draft { private: [(String::new(), "x".to_owned())].into(), ..Draft::default() };
    assert!(write(&mut document, &Draft::default(), &private).is_err());
    assert_eq!(document.get_heads(), heads);
}

#[test]
fn writing_nothing_new_makes_no_change() {
    let mut document = found(DocumentKind::Work);
    edit(&mut document, |d| d.set(path("/facts/title"), text("Titel")));
    let draft = read(&document).expect("reads");
    assert!(write(&mut document, &draft, &draft).expect("writes").is_none());
}

#[test]
fn private_texts_are_not_among_what_may_be_published() {
    let mut draft = Draft::default();
    draft.private.insert("minne".into(), "ring Eva".into());
    draft.set(path("/facts/title"), text("Titel"));
    assert_eq!(draft.values().len(), 1);
}

/// Found by fuzzing: such a copy was read, and could not be written any more.
#[test]
fn anything_but_a_text_among_the_texts_is_damage() {
    let mut document = found(DocumentKind::Work);
    let mut tx = document.transaction();
    let (_, prose) = tx.get(ROOT, "prose").expect("reads").expect("is there");
    tx.put(&prose, "/x", "no text").expect("puts");
    tx.commit();
    assert!(matches!(read(&document), Err(ModelError::Damaged { .. })));
}
