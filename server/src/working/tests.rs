use super::*;
use crate::secrecy;
use proptest::prelude::*;
use samsyn_core::{entry::DocumentKind, id::HeaderHash};

const NOTE: &str = "/note";

/// One organisation's working copy against a shared page of text that stands for the county's facts.
struct Bench {
    document: Automerge,
    bridge: Bridge,
    /// What stands at `/note`: ids and text. The first id counts publications.
    standing: Option<(FactId, String)>,
    next: u32,
}

impl Bench {
    fn new() -> Self {
        let document = model::found(DocumentKind::Work);
        let bridge = Bridge::at(&document);
        Self { document, bridge, standing: None, next: 0 }
    }

    fn id(&mut self) -> FactId {
        self.next += 1;
        FactId { header: HeaderHash([7; 32]), index: self.next }
    }

    fn text(&self) -> String {
        let draft = model::read(&self.document).expect("a working copy");
        draft.prose.get(&note()).cloned().unwrap_or_default()
    }

    fn import(&mut self) {
        let standing = self.standing.iter().map(|(id, text)| {
            (note(), Standing { facts: vec![*id], value: Some(Value::Prose(text.clone())), contested: false })
        });
        self.bridge.import(&mut self.document, &standing.collect(), actor(200)).expect("imports");
    }

    /// Publishes what differs; false if nothing does.
    fn publish(&mut self) -> bool {
        self.import();
        let draft = model::read(&self.document).expect("a working copy");
        let proposed = self.bridge.difference(&draft);
        if proposed.is_empty() {
            return false;
        }
        let ids: Vec<FactId> = proposed.iter().map(|_| self.id()).collect();
        for (p, id) in proposed.iter().zip(&ids) {
            let replaces: Vec<FactId> = self.standing.iter().map(|(id, _)| *id).collect();
            assert_eq!(p.replaces, replaces, "a publication names just what stood");
            let text = p.value.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
            self.standing = Some((*id, text));
        }
        let disclosed = secrecy::tests::let_through(proposed);
        self.bridge.published(&self.document, &disclosed, &ids);
        true
    }

    /// Another party states the whole text with a word added at its end, based on what stands.
    fn other_party(&mut self, word: &str) {
        let id = self.id();
        let before = self.standing.as_ref().map(|(_, t)| t.clone()).unwrap_or_default();
        self.standing = Some((id, format!("{before} {word}")));
    }
}

fn note() -> Path {
    Path::new(NOTE).expect("a path")
}

fn actor(n: u8) -> ActorId {
    ActorId::from([n; 16])
}

/// A coordinator's own copy, changed while offline.
fn write_offline(base: &Automerge, who: u8, word: &str) -> Automerge {
    let mut copy = base.fork().with_actor(actor(who));
    let old = model::read(&copy).expect("a working copy");
    let mut new = old.clone();
    let before = new.prose.get(&note()).cloned().unwrap_or_default();
    new.prose.insert(note(), format!("{word} {before}"));
    model::write(&mut copy, &old, &new).expect("writes");
    copy
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Publish,
    Import,
    OtherParty,
    /// A coordinator takes a copy along.
    Leave(usize),
    /// And comes back with a word written offline.
    Return(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Publish),
        Just(Step::Import),
        Just(Step::OtherParty),
        (0usize..2).prop_map(Step::Leave),
        (0usize..2).prop_map(Step::Return),
    ];
    proptest::collection::vec(step, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Publish, import, publish again, with two coordinators offline in between: every word once, none lost.
    #[test]
    fn publishing_again_neither_repeats_nor_loses_a_word(steps in steps()) {
        let mut bench = Bench::new();
        let mut away: [Option<Automerge>; 2] = [None, None];
        let mut words = Vec::new();
        let mut actors = 0u8;
        for (i, step) in steps.into_iter().enumerate() {
            let word = format!("ord{i}å");
            match step {
                Step::Publish => drop(bench.publish()),
                Step::Import => bench.import(),
                Step::OtherParty => {
                    bench.other_party(&word);
                    words.push(word);
                }
                Step::Leave(who) => away[who] = Some(bench.document.clone()),
                Step::Return(who) => {
                    let Some(base) = away[who].take() else { continue };
                    actors += 1;
                    let mut copy = write_offline(&base, actors, &word);
                    bench.document.merge(&mut copy).expect("merges");
                    words.push(word);
                }
            }
        }
        bench.publish();
        prop_assert!(!bench.publish(), "a second publication states nothing");
        let stands = bench.standing.as_ref().map(|(_, t)| t.clone()).unwrap_or_default();
        prop_assert_eq!(&stands, &bench.text());
        for word in words {
            prop_assert_eq!(stands.matches(&word).count(), 1, "{} in '{}'", word, stands);
        }
    }
}

#[test]
fn a_contested_path_is_settled_by_the_next_publication() {
    let mut bench = Bench::new();
    let path = Path::new("/facts/stage").expect("a path");
    let (a, b) = (bench.id(), bench.id());
    let standing = Standing { facts: vec![a, b], value: None, contested: true };
    let mut draft = model::read(&bench.document).expect("a working copy");
    let old = draft.clone();
    draft.set(path.clone(), Value::Reference("stage:ongoing".into()));
    model::write(&mut bench.document, &old, &draft).expect("writes");
    bench.bridge.import(&mut bench.document, &BTreeMap::from([(path.clone(), standing)]), actor(9)).expect("imports");
    let proposed = bench.bridge.difference(&model::read(&bench.document).expect("a working copy"));
    assert_eq!(proposed.len(), 1);
    assert_eq!(proposed[0].replaces, [a, b]);
}

#[test]
fn what_a_device_has_taken_away_is_stated_as_removed() {
    let mut bench = Bench::new();
    bench.other_party("text");
    bench.import();
    let old = model::read(&bench.document).expect("a working copy");
    let mut new = old.clone();
    new.remove(&note());
    model::write(&mut bench.document, &old, &new).expect("writes");
    let proposed = bench.bridge.difference(&model::read(&bench.document).expect("a working copy"));
    assert_eq!(proposed.len(), 1);
    assert_eq!(proposed[0].value, None);
}

mod hygiene {
    use super::*;
    use crate::working::take_changes;
    use automerge::{ROOT, transaction::Transactable};

    fn pushed(change: impl FnOnce(&mut Automerge)) -> (Automerge, Vec<Vec<u8>>) {
        let document = model::found(DocumentKind::Work);
        let mut copy = document.fork().with_actor(actor(1));
        change(&mut copy);
        let changes = copy.get_changes(&document.get_heads()).into_iter().map(|c| c.raw_bytes().to_vec()).collect();
        (document, changes)
    }

    #[test]
    fn honest_changes_are_taken_once() {
        let (document, changes) = pushed(|copy| {
            let old = model::read(copy).expect("a working copy");
            let mut new = old.clone();
            new.set(Path::new("/facts/title").expect("path"), Value::Text("Äldre".into()));
            model::write(copy, &old, &new).expect("writes");
        });
        let (document, new) = take_changes(&document, changes.clone()).expect("taken");
        assert_eq!(new, 1);
        assert_eq!(take_changes(&document, changes).expect("taken again").1, 0);
    }

    /// I6: a device's bytes that are no change, are cut short or spoil the working copy's shape change nothing.
    #[test]
    fn i6_damaged_changes_are_refused_whole() {
        let (document, changes) = pushed(|copy| {
            let mut tx = copy.transaction();
            tx.put(ROOT, "fields", "not a map").expect("puts");
            tx.commit();
        });
        assert!(take_changes(&document, changes.clone()).is_err(), "the shape is spoiled");
        for bytes in [vec![], vec![0; 40], changes[0][..changes[0].len() / 2].to_vec()] {
            assert!(take_changes(&document, vec![bytes]).is_err());
        }
        let mut compressed = changes[0].clone();
        compressed[8] = 2;
        assert!(take_changes(&document, vec![compressed]).is_err(), "a compressed chunk could inflate without bound");
    }

    #[test]
    fn a_change_that_hangs_in_the_air_is_refused() {
        let (document, changes) = pushed(|copy| {
            for title in ["ett", "två"] {
                let old = model::read(copy).expect("a working copy");
                let mut new = old.clone();
                new.set(Path::new("/facts/title").expect("path"), Value::Text(title.into()));
                model::write(copy, &old, &new).expect("writes");
            }
        });
        assert!(take_changes(&document, vec![changes[1].clone()]).is_err());
        assert_eq!(take_changes(&document, changes.into_iter().rev().collect()).expect("taken").1, 2);
    }
}
