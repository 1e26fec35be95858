//! Working copies: the organisation's own drafts (Automerge), and the bridge between them and the facts.
//!
//! The bridge remembers, path by path, which facts a working copy is based on and what they said. Invariant: at the
//! bridge's heads, the working copy says at every path just what the bridge's base says. So a publication is a value
//! difference onto the base, an import one onto a branch at those heads, and neither repeats nor loses a word.

mod hygiene;

pub use hygiene::take_changes;

use crate::{
    failure::Failure,
    secrecy::{Disclosed, Proposed},
};
use automerge::{ActorId, Automerge, ChangeHash};
use borsh::{BorshDeserialize, BorshSerialize};
use samsyn_client::model::{self, Draft, ModelError};
use samsyn_core::{
    code::Code,
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
    heads: Vec<[u8; 32]>,
    base: BTreeMap<Path, Based>,
}

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
        Self { heads: document.get_heads().iter().map(|h| h.0).collect(), base: BTreeMap::new() }
    }

    pub fn encode(&self) -> Vec<u8> {
        borsh::to_vec(self).unwrap_or_else(|_| unreachable!("encoding to memory does not fail"))
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        borsh::from_slice(bytes).map_err(|_| damaged("its bridge cannot be read"))
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

    /// A publication has been made of the working copy as it is: it is the base from now on.
    pub fn published(&mut self, document: &Automerge, stated: &Disclosed<Vec<Proposed>>, ids: &[FactId]) {
        for (proposed, id) in stated.get().iter().zip(ids) {
            let based = Based { facts: vec![*id], value: proposed.value.clone(), contested: false };
            self.base.insert(proposed.path.clone(), based);
        }
        self.heads = document.get_heads().iter().map(|h| h.0).collect();
    }

    /// Brings what others have stated into the working copy: on a branch at the bridge's heads, which is then merged,
    /// so that what coordinators have written meanwhile stays. True if something was new.
    pub fn import(
        &mut self,
        document: &mut Automerge,
        standing: &BTreeMap<Path, Standing>,
        actor: ActorId,
    ) -> Result<bool, Failure> {
        let is_new = |path: &Path, s: &Standing| self.base.get(path).is_none_or(|b| b.facts != s.facts);
        let new: Vec<(&Path, &Standing)> = standing.iter().filter(|(p, s)| is_new(p, s)).collect();
        if new.is_empty() {
            return Ok(false);
        }
        let heads: Vec<ChangeHash> = self.heads.iter().map(|h| ChangeHash(*h)).collect();
        let mut branch =
            document.fork_at(&heads).map_err(|_| damaged("its bridge names changes that are gone"))?.with_actor(actor);
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
        self.heads = branch.get_heads().iter().map(|h| h.0).collect();
        Ok(true)
    }
}

/// Reads a stored working copy.
pub fn load(bytes: &[u8]) -> Result<Automerge, Failure> {
    Automerge::load(bytes).map_err(|e| damaged(&e.to_string()))
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
