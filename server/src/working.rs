//! Working copies: the organisation's own drafts (Automerge), and the bridge between them and the facts.
//!
//! The bridge remembers, path by path, which facts a working copy is based on and what they said. Invariant: at the
//! bridge's heads for a path, the working copy says at that path just what the bridge's base says. So a publication is a
//! value difference onto the base, an import one onto a branch at those heads, and neither repeats nor loses a word. The
//! heads are the same for all paths, but for those that have been published alone (a note while the rest waits).

mod hygiene;
mod opened;
mod squash;

pub use hygiene::take_changes;
pub use squash::squash;

use crate::{
    failure::Failure,
    secrecy::{Disclosed, Proposed},
};
use automerge::{ActorId, Automerge, ChangeHash};
use borsh::{BorshDeserialize, BorshSerialize};
use samsyn_client::{
    model::{self, Draft, ModelError},
    schema,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{FactId, Path},
    value::Value,
};
use std::collections::BTreeMap;

/// What one path is based on.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Based {
    /// The facts that stood, which the next statement replaces.
    pub facts: Vec<FactId>,
    pub value: Option<Value>,
    /// Several facts stood and say different things: the next publication settles them.
    pub contested: bool,
}

/// See the module's documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Bridge {
    heads: Heads,
    base: BTreeMap<Path, Based>,
    /// Heads of paths that have been published alone.
    apart: BTreeMap<Path, Heads>,
}

type Heads = Vec<[u8; 32]>;

/// What stands at a path, as the node sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub facts: Vec<FactId>,
    pub value: Option<Value>,
    pub contested: bool,
}

impl Bridge {
    /// The bridge of a new working copy: based on nothing.
    pub fn at(document: &Automerge) -> Self {
        Self { heads: heads(document), base: BTreeMap::new(), apart: BTreeMap::new() }
    }

    pub fn encode(&self) -> Vec<u8> {
        borsh::to_vec(self).unwrap_or_else(|_| unreachable!("encoding to memory does not fail"))
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        // Written before paths could be published alone: it ends after the base.
        let earlier = || borsh::from_slice(bytes).map(|(heads, base)| Self { heads, base, apart: BTreeMap::new() });
        borsh::from_slice(bytes).or_else(|_| earlier()).map_err(|_| damaged("its bridge cannot be read"))
    }

    /// What differs between the working copy and its base: what a publication would state.
    pub fn difference(&self, draft: &Draft) -> Vec<Proposed> {
        let now = draft.values();
        let propose = |path: &Path, value: Option<&Value>, based: Option<&Based>| {
            let before = based.and_then(|b| b.value.as_ref());
            let settles = based.is_some_and(|b| b.contested) && value.is_some();
            let replaces = based.map(|b| b.facts.clone()).unwrap_or_default();
            (value != before || settles).then(|| Proposed { path: path.clone(), value: value.cloned(), replaces })
        };
        let stated = now.iter().filter_map(|(path, value)| propose(path, Some(value), self.base.get(path)));
        let gone = self.base.iter().filter(|(path, _)| !now.contains_key(*path));
        stated.chain(gone.filter_map(|(path, based)| propose(path, None, Some(based)))).collect()
    }

    /// A publication has been made of the working copy as it is, of all that differed or of some paths alone: what was
    /// stated is the base from now on.
    pub fn published(&mut self, document: &Automerge, stated: &Disclosed<Vec<Proposed>>, ids: &[FactId], alone: bool) {
        for (proposed, id) in stated.get().iter().zip(ids) {
            let based = Based { facts: vec![*id], value: proposed.value.clone(), contested: false };
            self.base.insert(proposed.path.clone(), based);
            if alone {
                self.apart.insert(proposed.path.clone(), heads(document));
            }
        }
        if !alone {
            self.heads = heads(document);
            self.apart.clear();
        }
    }

    /// What the base says at a path.
    pub fn based_on(&self, path: &Path) -> Option<&Value> {
        self.base.get(path).and_then(|based| based.value.as_ref())
    }

    /// True where several facts stand and say different things.
    pub fn contested(&self, path: &Path) -> bool {
        self.base.get(path).is_some_and(|based| based.contested)
    }

    /// Everything that the base says.
    pub fn published_values(&self) -> impl Iterator<Item = (Path, Value)> {
        self.base.iter().filter_map(|(path, based)| Some((path.clone(), based.value.clone()?)))
    }

    /// Brings what others have stated into the working copy: on a branch at the bridge's heads, which is then merged,
    /// so that what coordinators have written meanwhile stays. True if something was new.
    /// A working copy that could not be opened afterwards stays as it is (keeps I6).
    pub fn import(
        &mut self,
        document: &mut Automerge,
        standing: &BTreeMap<Path, Standing>,
        mut actor: impl FnMut() -> Result<ActorId, Failure>,
    ) -> Result<bool, Failure> {
        let is_new = |path: &Path, s: &Standing| self.base.get(path).is_none_or(|b| b.facts != s.facts);
        let mut branches: BTreeMap<Heads, Vec<(&Path, &Standing)>> = BTreeMap::new();
        for (path, standing) in standing.iter().filter(|(p, s)| is_new(p, s)) {
            branches.entry(self.heads_of(path).clone()).or_default().push((path, standing));
        }
        if branches.is_empty() {
            return Ok(false);
        }
        let (mut joined, mut next) = (document.clone(), self.clone());
        for (at, new) in branches {
            let after = next.import_at(&mut joined, &at, new, actor()?)?;
            // Nothing else was changed there, so it holds for every path that had these heads.
            next.apart.values_mut().filter(|heads| **heads == at).for_each(|heads| heads.clone_from(&after));
            if next.heads == at {
                next.heads = after;
            }
        }
        if model::read(&joined).is_err() {
            return Ok(false);
        }
        (*document, *self) = (joined, next);
        Ok(true)
    }

    fn heads_of(&self, path: &Path) -> &Heads {
        self.apart.get(path).unwrap_or(&self.heads)
    }

    /// Imports paths that have the same heads; gives the heads after it.
    fn import_at(
        &mut self,
        document: &mut Automerge,
        at: &Heads,
        new: Vec<(&Path, &Standing)>,
        actor: ActorId,
    ) -> Result<Heads, Failure> {
        let at: Vec<ChangeHash> = at.iter().map(|h| ChangeHash(*h)).collect();
        let mut branch =
            document.fork_at(&at).map_err(|_| damaged("its bridge names changes that are gone"))?.with_actor(actor);
        let old = model::read(&branch).map_err(failure)?;
        let mut draft = old.clone();
        for (path, standing) in new {
            let mut based =
                Based { facts: standing.facts.clone(), value: standing.value.clone(), contested: standing.contested };
            if standing.contested {
                // None of them counts: the working copy keeps what it says, and its next publication names them all.
                based.value = old.value(path);
            } else if let Some(value) = &standing.value {
                draft.set(path.clone(), value.clone());
            } else {
                draft.remove(path);
            }
            self.base.insert(path.clone(), based);
        }
        model::write(&mut branch, &old, &draft).map_err(failure)?;
        document.merge(&mut branch).map_err(|e| damaged(&e.to_string()))?;
        Ok(heads(&branch))
    }
}

/// For lists: as a draft has it, its first line.
pub fn title(kind: DocumentKind, draft: &Draft) -> String {
    let title = Path::new(schema::title_path(kind)).ok().and_then(|path| draft.value(&path));
    let line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    title.and_then(|value| value.as_text().map(line)).unwrap_or_default()
}

fn heads(document: &Automerge) -> Heads {
    document.get_heads().iter().map(|h| h.0).collect()
}

/// One for the process: what is looked for is named by what it says, so it is the same wherever it comes from.
static OPENED: opened::Opened = opened::Opened::new();

/// Reads a stored working copy.
pub fn load(bytes: &[u8]) -> Result<Automerge, Failure> {
    if let Some(known) = OPENED.find(bytes) {
        return Ok(known);
    }
    let document = Automerge::load(bytes).map_err(|e| damaged(&e.to_string()))?;
    OPENED.keep(bytes, &document);
    Ok(document)
}

/// What is to be stored of a working copy.
pub fn save(document: &Automerge) -> Vec<u8> {
    let bytes = document.save();
    OPENED.keep(&bytes, document);
    bytes
}

/// Gives back the memory of working copies that nobody has read for a while.
pub fn tidy() {
    OPENED.tidy();
}

/// Forgets every working copy that memory holds: something of one has been erased (keeps I10).
pub fn forget() {
    OPENED.forget();
}

/// Whether a stored working copy can be opened.
pub fn check_stored(automerge: &[u8], bridge: &[u8]) -> Result<(), Failure> {
    let document = load(automerge)?;
    model::read(&document).map_err(failure)?;
    let bridge = Bridge::decode(bridge)?;
    let known = |h: &[u8; 32]| document.get_change_meta_by_hash(&ChangeHash(*h)).is_some();
    if bridge.apart.values().chain([&bridge.heads]).flatten().all(known) {
        return Ok(());
    }
    Err(damaged("its bridge names changes that are gone"))
}

fn damaged(what: &str) -> Failure {
    Failure::new(
        Code::StoreDamaged,
        format!("the working copy is damaged: {what}"),
        "restore the latest backup, or make the draft anew from what is published",
    )
}

/// What a model error means to the one who asked.
pub fn failure(error: ModelError) -> Failure {
    let place = error.place();
    let failure = Failure::new(error.code(), error.to_string(), "correct it and try again");
    match place {
        Some(place) => failure.field(place),
        None => failure,
    }
}

#[cfg(test)]
mod tests;
