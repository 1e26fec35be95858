use super::*;
use crate::secrecy;
use proptest::prelude::*;
use samsyn_core::{entry::DocumentKind, id::HeaderHash};
use std::collections::BTreeSet;

const NOTE: &str = "/note";

/// One organisation's working copy against a shared page of two texts that stands for the county's facts.
struct Bench {
    document: Automerge,
    bridge: Bridge,
    /// What stands at each path: ids and text. The first id counts publications.
    standing: BTreeMap<Path, (FactId, String)>,
    next: u32,
}

impl Bench {
    fn new() -> Self {
        let document = model::found(DocumentKind::Work);
        let bridge = Bridge::at(&document);
        Self { document, bridge, standing: BTreeMap::new(), next: 0 }
    }

    fn id(&mut self) -> FactId {
        self.next += 1;
        FactId { header: HeaderHash([7; 32]), index: self.next }
    }

    fn text(&self, path: &Path) -> String {
        let draft = model::read(&self.document).expect("a working copy");
        draft.prose.get(path).cloned().unwrap_or_default()
    }

    fn stands(&self, path: &Path) -> String {
        self.standing.get(path).map(|(_, text)| text.clone()).unwrap_or_default()
    }

    fn import(&mut self) {
        let standing = self.standing.iter().map(|(path, (id, text))| {
            let value = Some(Value::Prose(text.clone()));
            (path.clone(), Standing { facts: vec![*id], value, contested: false })
        });
        self.bridge.import(&mut self.document, &standing.collect(), || Ok(ActorId::random())).expect("imports");
    }

    /// Publishes what differs, at one path or at all; false if nothing does.
    fn publish(&mut self, only: Option<&Path>) -> bool {
        self.import();
        let draft = model::read(&self.document).expect("a working copy");
        let all = self.bridge.difference(&draft);
        let alone = only.is_some_and(|only| all.iter().any(|p| p.path != *only));
        let proposed: Vec<Proposed> = all.into_iter().filter(|p| only.is_none_or(|only| p.path == *only)).collect();
        if proposed.is_empty() {
            return false;
        }
        let ids: Vec<FactId> = proposed.iter().map(|_| self.id()).collect();
        for (p, id) in proposed.iter().zip(&ids) {
            let replaces: Vec<FactId> = self.standing.get(&p.path).iter().map(|(id, _)| *id).collect();
            assert_eq!(p.replaces, replaces, "a publication names just what stood");
            let text = p.value.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
            self.standing.insert(p.path.clone(), (*id, text));
        }
        let disclosed = secrecy::tests::let_through(proposed);
        self.bridge.published(&self.document, &disclosed, &ids, alone);
        true
    }

    fn squash(&mut self, erased: &BTreeSet<FactId>) {
        let squashed = squash(&self.document, &self.bridge, (erased, &BTreeSet::new()), actor(200));
        (self.document, self.bridge, _) = squashed.expect("squashes");
        check_stored(&self.document.save(), &self.bridge.encode()).expect("can be opened");
    }

    /// Another party states the whole text with a word added at its end, based on what stands.
    fn other_party(&mut self, path: &Path, word: &str) {
        let id = self.id();
        let before = self.stands(path);
        self.standing.insert(path.clone(), (id, format!("{before} {word}")));
    }
}

fn note() -> Path {
    Path::new(NOTE).expect("a path")
}

fn actor(n: u8) -> ActorId {
    ActorId::from([n; 16])
}

/// A text that only its owner publishes, beside the note that may be published alone.
fn summary() -> Path {
    Path::new("/facts/summary").expect("a path")
}

/// A coordinator's own copy, changed while offline.
fn write_offline(base: &Automerge, who: u8, at: &Path, word: &str) -> Automerge {
    let mut copy = base.fork().with_actor(actor(who));
    let old = model::read(&copy).expect("a working copy");
    let mut new = old.clone();
    let before = new.prose.get(at).cloned().unwrap_or_default();
    new.prose.insert(at.clone(), format!("{word} {before}"));
    model::write(&mut copy, &old, &new).expect("writes");
    copy
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Publish,
    /// One of the texts alone.
    PublishOnly(bool),
    Import,
    OtherParty(bool),
    /// A coordinator takes a copy along.
    Leave(usize),
    /// And comes back with a word written offline.
    Return(usize, bool),
    /// Something earlier was erased; copies that are away do not fit any more.
    Squash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Publish),
        any::<bool>().prop_map(Step::PublishOnly),
        Just(Step::Import),
        any::<bool>().prop_map(Step::OtherParty),
        (0usize..2).prop_map(Step::Leave),
        (0usize..2, any::<bool>()).prop_map(|(who, note)| Step::Return(who, note)),
        Just(Step::Squash),
    ];
    proptest::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// Publish, import, publish again, of all or of one text alone, with two coordinators offline in between: every word
    /// once, none lost.
    #[test]
    fn publishing_again_neither_repeats_nor_loses_a_word(steps in steps()) {
        let mut bench = Bench::new();
        let mut away: [Option<Automerge>; 2] = [None, None];
        let mut words = Vec::new();
        let mut actors = 0u8;
        let which = |is_note: bool| if is_note { note() } else { summary() };
        for (i, step) in steps.into_iter().enumerate() {
            let word = format!("ord{i}å");
            match step {
                Step::Publish => drop(bench.publish(None)),
                Step::PublishOnly(is_note) => drop(bench.publish(Some(&which(is_note)))),
                Step::Import => bench.import(),
                Step::OtherParty(is_note) => {
                    bench.other_party(&which(is_note), &word);
                    words.push((which(is_note), word));
                }
                Step::Squash => {
                    bench.squash(&BTreeSet::new());
                    away = [None, None];
                }
                Step::Leave(who) => away[who] = Some(bench.document.clone()),
                Step::Return(who, is_note) => {
                    let Some(base) = away[who].take() else { continue };
                    actors += 1;
                    let mut copy = write_offline(&base, actors, &which(is_note), &word);
                    bench.document.merge(&mut copy).expect("merges");
                    words.push((which(is_note), word));
                }
            }
            let bridge = Bridge::decode(&bench.bridge.encode()).expect("reads");
            prop_assert_eq!(&bridge, &bench.bridge);
        }
        bench.publish(None);
        prop_assert!(!bench.publish(None), "a second publication states nothing");
        for path in [note(), summary()] {
            prop_assert_eq!(bench.stands(&path), bench.text(&path));
        }
        for (path, word) in words {
            let stands = bench.stands(&path);
            prop_assert_eq!(stands.matches(&word).count(), 1, "{} in '{}'", word, stands);
        }
    }
}

/// What a node wrote before texts could be published alone is read on.
#[test]
fn a_bridge_of_an_earlier_version_reads() {
    let document = model::found(DocumentKind::Work);
    let based = Based { facts: Vec::new(), value: Some(Value::Prose("å".into())), contested: false };
    let base = BTreeMap::from([(note(), based)]);
    let earlier = borsh::to_vec(&(heads(&document), &base)).expect("encodes");
    assert_eq!(
        Bridge::decode(&earlier).expect("reads"),
        Bridge { heads: heads(&document), base, apart: BTreeMap::new() }
    );
    assert!(Bridge::decode(&earlier[..earlier.len() - 1]).is_err());
}

#[test]
fn i10_a_squashed_working_copy_remembers_nothing_that_was_erased() {
    const GONE: &str = "Förtidig lydelse";
    let mut bench = Bench::new();
    bench.other_party(&note(), GONE);
    bench.other_party(&summary(), "Sammanfattning");
    bench.import();
    let (earlier, _) = bench.standing[&note()].clone();
    let said = bench.id();
    bench.standing.insert(note(), (said, "Senare lydelse".to_owned()));
    bench.import();
    let mut mine = write_offline(&bench.document, 1, &summary(), "Eget");
    bench.document.merge(&mut mine).expect("merges");
    let holds = |bench: &Bench| {
        let bytes = [bench.document.clone().save_nocompress(), bench.bridge.encode()].concat();
        String::from_utf8_lossy(&bytes).contains("tidig")
    };
    assert!(holds(&bench), "its history has it");
    bench.squash(&BTreeSet::from([earlier]));
    assert!(!holds(&bench));
    assert_eq!(
        (bench.text(&note()).as_str(), bench.text(&summary()).as_str()),
        ("Senare lydelse", "Eget  Sammanfattning")
    );
    let proposed = bench.bridge.difference(&model::read(&bench.document).expect("a working copy"));
    assert_eq!(
        proposed.iter().map(|p| p.path.clone()).collect::<Vec<_>>(),
        [summary()],
        "what was not shared still is not"
    );

    // What stands is erased too: the words that were written on it go with it.
    let (standing, _) = bench.standing[&summary()].clone();
    bench.squash(&BTreeSet::from([standing]));
    assert_eq!(bench.text(&summary()), "");
    assert!(bench.bridge.difference(&model::read(&bench.document).expect("a working copy")).is_empty());
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
    bench
        .bridge
        .import(&mut bench.document, &BTreeMap::from([(path.clone(), standing)]), || Ok(actor(9)))
        .expect("imports");
    let proposed = bench.bridge.difference(&model::read(&bench.document).expect("a working copy"));
    assert_eq!(proposed.len(), 1);
    assert_eq!(proposed[0].replaces, [a, b]);
}

#[test]
fn what_a_device_has_taken_away_is_stated_as_removed() {
    let mut bench = Bench::new();
    bench.other_party(&note(), "text");
    bench.import();
    let old = model::read(&bench.document).expect("a working copy");
    let mut new = old.clone();
    new.remove(&note());
    model::write(&mut bench.document, &old, &new).expect("writes");
    let proposed = bench.bridge.difference(&model::read(&bench.document).expect("a working copy"));
    assert_eq!(proposed.len(), 1);
    assert_eq!(proposed[0].value, None);
}

mod hostile;
