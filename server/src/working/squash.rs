//! A working copy without its history: an Automerge document remembers every text that it has ever held, and so would
//! hold what has been erased (keeps I10).

use super::{Bridge, failure, heads};
use crate::failure::Failure;
use automerge::{ActorId, Automerge};
use samsyn_client::model::{self, Draft};
use samsyn_core::id::{FactId, Path};
use std::collections::{BTreeMap, BTreeSet};

/// The same draft over the same base, made anew; with what it says. `paths` are those at which something was erased. A path whose base has been erased is empty in it: what was written on
/// erased words holds them. Copies of the old one do not fit it: it needs an id of its own.
pub fn squash(
    document: &Automerge,
    bridge: &Bridge,
    (erased, paths): (&BTreeSet<FactId>, &BTreeSet<Path>),
    actor: ActorId,
) -> Result<(Automerge, Bridge, Draft), Failure> {
    let mut draft = model::read(document).map_err(failure)?;
    let mut base = bridge.base.clone();
    for (path, based) in &mut base {
        // Where several stand the draft shows an earlier one, and which is not written down.
        let unknown = based.contested && paths.contains(path);
        if unknown || based.facts.iter().any(|fact| erased.contains(fact)) {
            based.value = None;
            draft.remove(path);
        }
    }
    let mut fresh = model::found(model::kind(document).map_err(failure)?).with_actor(actor);
    let empty = model::read(&fresh).map_err(failure)?;
    let mut published = empty.clone();
    for (path, based) in &base {
        if let Some(value) = &based.value {
            published.set(path.clone(), value.clone());
        }
    }
    model::write(&mut fresh, &empty, &published).map_err(failure)?;
    // What comes in is merged from here: where it was the draft's own words, they stay.
    let bridge = Bridge { heads: heads(&fresh), base, apart: BTreeMap::new() };
    model::write(&mut fresh, &published, &draft).map_err(failure)?;
    Ok((fresh, bridge, draft))
}
