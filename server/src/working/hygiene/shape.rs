//! Whether a change says what an honest program could have said at that point.
//!
//! Automerge takes operations on objects that are not there, predecessors that belong to another key and deletions of
//! nothing, and then panics, loses what others wrote or cannot read its own file any more. So every operation is held
//! against the working copy as its author had it, which is as the changes say that this one depends on:
//!
//! - it is at a key of `fields`, `members`, `private` or `prose`, or in a text under `prose`, and nowhere else;
//! - it is of the kind that stands there: strings, `true`, texts, characters;
//! - it names as predecessors just what its author could see at that key, and as its neighbour a character that he saw.
//!
//! What the values mean, and whether their author may write them, is asked elsewhere.

use automerge::{
    ActorId, Automerge, Change, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue,
    legacy::{ElementId, Key, ObjectId, Op, OpId, OpType},
};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of one element of a text: a letter with its marks, as people see it.
const ELEMENT_BYTES_MAX: usize = 256;

/// An operation's id.
type Id = (u64, ActorId);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Container {
    Fields,
    Members,
    Private,
    Prose,
}

const CONTAINERS: [(Container, &str); 4] = [
    (Container::Fields, "fields"),
    (Container::Members, "members"),
    (Container::Private, "private"),
    (Container::Prose, "prose"),
];

/// The working copy as the author of the next change had it; looked up where a change touches it, and kept while each
/// change follows the one before.
#[derive(Debug, Default)]
pub(super) struct Shape {
    heads: Vec<ChangeHash>,
    containers: BTreeMap<Id, (Container, ObjId)>,
    /// What stands at a key of a container.
    keys: BTreeMap<(Container, String), BTreeSet<Id>>,
    /// Texts under `prose`, with the characters that are looked up already.
    texts: Option<BTreeMap<Id, Option<BTreeSet<Id>>>>,
}

impl Shape {
    /// Holds one change against the document, which has all that it depends on and nothing else from it.
    pub(super) fn check(&mut self, document: &Automerge, change: &Change) -> Result<(), &'static str> {
        if self.containers.is_empty() {
            self.find_containers(document)?;
        }
        if self.heads != change.deps() {
            self.heads = change.deps().to_vec();
            self.keys.clear();
            self.texts = None;
        }
        let expanded = change.decode();
        for (counter, op) in (change.start_op().get()..).zip(&expanded.operations) {
            self.operation(document, op, (counter, change.actor_id().clone()))?;
        }
        self.heads = vec![change.hash()];
        Ok(())
    }

    /// They are made by the founding change, once.
    fn find_containers(&mut self, document: &Automerge) -> Result<(), &'static str> {
        for (container, name) in CONTAINERS {
            let found = document.get(automerge::ROOT, name).ok().flatten();
            let (_, object) = found.ok_or("the working copy has lost a container")?;
            let id = id_of(&object).ok_or("the working copy has lost a container")?;
            self.containers.insert(id, (container, object));
        }
        Ok(())
    }

    fn operation(&mut self, document: &Automerge, op: &Op, id: Id) -> Result<(), &'static str> {
        let ObjectId::Id(object) = &op.obj else { return Err("it writes at the root") };
        let object = id_of_op(object);
        match (self.containers.get(&object), &op.key) {
            (Some((container, _)), Key::Map(key)) => self.at_key(document, op, id, *container, key),
            (Some(_), Key::Seq(_)) => Err("it treats a map as a text"),
            (None, Key::Seq(element)) => self.in_text(document, op, id, &object, element),
            (None, Key::Map(_)) => Err("it writes in an object that is no part of a working copy"),
        }
    }

    fn at_key(
        &mut self,
        document: &Automerge,
        op: &Op,
        id: Id,
        container: Container,
        key: &str,
    ) -> Result<(), &'static str> {
        if op.insert {
            return Err("it inserts in a map");
        }
        let fits = match (&op.action, container) {
            (OpType::Put(ScalarValue::Str(_)), Container::Fields | Container::Private)
            | (OpType::Put(ScalarValue::Boolean(true)), Container::Members)
            | (OpType::Make(ObjType::Text), Container::Prose) => true,
            (OpType::Delete, _) => container != Container::Prose && !op.pred.is_empty(),
            _ => false,
        };
        if !fits {
            return Err("it puts something else than belongs there");
        }
        let heads = &self.heads;
        let map = self.containers.values().find(|(c, _)| *c == container).map(|(_, object)| object);
        let seen = self.keys.entry((container, key.to_owned())).or_insert_with(|| {
            let all = map.and_then(|map| document.get_all_at(map, key, heads).ok()).unwrap_or_default();
            all.iter().filter_map(|(_, id)| id_of(id)).collect()
        });
        if *seen != predecessors(op) {
            return Err("its predecessors are not what stood there");
        }
        let gone = std::mem::take(seen);
        if op.action != OpType::Delete {
            seen.insert(id.clone());
        }
        if container == Container::Prose {
            let texts = self.texts(document);
            texts.retain(|text, _| !gone.contains(text));
            texts.insert(id, Some(BTreeSet::new()));
        }
        Ok(())
    }

    fn in_text(
        &mut self,
        document: &Automerge,
        op: &Op,
        id: Id,
        text: &Id,
        element: &ElementId,
    ) -> Result<(), &'static str> {
        let heads = self.heads.clone();
        let characters = self.texts(document).get_mut(text).ok_or("it writes in a text that is not there")?;
        let characters = characters.get_or_insert_with(|| {
            let object = ObjId::Id(text.0, text.1.clone(), 0);
            document.list_range_at(&object, .., &heads).filter_map(|item| id_of(&item.id())).collect()
        });
        let neighbour = match element {
            ElementId::Head => None,
            ElementId::Id(id) => Some(id_of_op(id)),
        };
        if neighbour.as_ref().is_some_and(|n| !characters.contains(n)) {
            return Err("it names a character that is not there");
        }
        match (&op.action, neighbour) {
            (OpType::Put(ScalarValue::Str(letter)), _) if op.insert && op.pred.is_empty() => {
                if letter.is_empty() || letter.len() > ELEMENT_BYTES_MAX {
                    return Err("it puts something else than a letter into a text");
                }
                characters.insert(id);
                Ok(())
            }
            (OpType::Delete, Some(gone)) if !op.insert && predecessors(op) == BTreeSet::from([gone.clone()]) => {
                characters.remove(&gone);
                Ok(())
            }
            _ => Err("it does something else in a text than insert and delete letters"),
        }
    }

    /// The texts that the author could see.
    fn texts(&mut self, document: &Automerge) -> &mut BTreeMap<Id, Option<BTreeSet<Id>>> {
        let (heads, containers) = (&self.heads, &self.containers);
        self.texts.get_or_insert_with(|| {
            let Some((_, prose)) = containers.values().find(|(c, _)| *c == Container::Prose) else {
                return BTreeMap::new();
            };
            let at = |key: String| document.get_all_at(prose, key.as_str(), heads).unwrap_or_default();
            let all = document.keys_at(prose, heads).flat_map(at);
            all.filter_map(|(_, id)| Some((id_of(&id)?, None))).collect()
        })
    }
}

fn predecessors(op: &Op) -> BTreeSet<Id> {
    op.pred.iter().map(id_of_op).collect()
}

fn id_of_op(op: &OpId) -> Id {
    (op.counter(), op.actor().clone())
}

fn id_of(object: &ObjId) -> Option<Id> {
    match object {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => Some((*counter, actor.clone())),
    }
}
