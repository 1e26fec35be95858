//! From a changed draft to changes of the working copy: only what differs, so that others' edits stay.

use super::{Draft, ModelError, field, read};
use automerge::{
    Automerge, ChangeHash, ObjId, ObjType, ReadDoc,
    transaction::{CommitOptions, Transactable, Transaction},
};
use samsyn_core::{id::Path, prose, value::Value};
use std::collections::{BTreeMap, BTreeSet};

/// Writes what differs between `old` and `new` as one change; `None` if nothing does. The caller has set the actor.
///
/// `old` is what [`read()`] gave of this document. A text that has moved on since is [`ModelError::Stale`] and nothing is
/// written: the difference would take others' words away. With any other error nothing is written either.
pub fn write(document: &mut Automerge, old: &Draft, new: &Draft) -> Result<Option<ChangeHash>, ModelError> {
    new.check()?;
    let before = Places::of(document)?;
    for (path, text) in &new.prose {
        let moved = old.prose.get(path) != before.draft.prose.get(path);
        if moved && old.prose.get(path) != Some(text) {
            return Err(ModelError::Stale(path.clone()));
        }
    }
    let mut tx = document.transaction();
    let written = before.write(&mut tx, old, new);
    match written {
        Ok(()) => Ok(tx.commit_with(CommitOptions::default().with_time(0)).0),
        Err(error) => {
            tx.rollback();
            Err(error)
        }
    }
}

/// The document as it is before a write.
struct Places {
    draft: Draft,
    fields: ObjId,
    members: ObjId,
    prose: ObjId,
    private: ObjId,
    stored_members: BTreeMap<String, BTreeSet<String>>,
    texts: BTreeMap<String, Vec<ObjId>>,
}

impl Places {
    fn of(document: &Automerge) -> Result<Self, ModelError> {
        let prose = read::container(document, "prose")?;
        let mut texts = BTreeMap::new();
        for path in document.keys(&prose) {
            let objects = read::prose_objects(document, &path)?;
            texts.insert(path, objects);
        }
        Ok(Self {
            draft: read::read(document)?,
            fields: read::container(document, "fields")?,
            members: read::container(document, "members")?,
            private: read::container(document, "private")?,
            prose,
            stored_members: read::members(document)?,
            texts,
        })
    }

    fn write(&self, tx: &mut Transaction<'_>, old: &Draft, new: &Draft) -> Result<(), ModelError> {
        let (old_values, new_values) = (old.values(), new.values());
        let paths: BTreeSet<&Path> = old_values.keys().chain(new_values.keys()).collect();
        for path in paths {
            let (was, is) = (old_values.get(path), new_values.get(path));
            if was != is {
                self.write_path(tx, path.as_str(), was, is)?;
            }
        }
        self.write_private(tx, &old.private, &new.private)
    }

    fn write_path(
        &self,
        tx: &mut Transaction<'_>,
        path: &str,
        was: Option<&Value>,
        is: Option<&Value>,
    ) -> Result<(), ModelError> {
        // Deleted and put again, although it may say the same: so the path stays if somebody else takes it away at the
        // same time, and what was written now is not lost.
        if is.is_none_or(|v| matches!(v, Value::Prose(_) | Value::References(_))) {
            delete(tx, &self.fields, path)?;
        }
        if let Some(value) = is {
            tx.put(&self.fields, path, field::encode(value))?;
        }
        self.write_members(tx, path, was, is)?;
        if let Some(Value::Prose(text)) = is {
            self.write_text(tx, path, text)?;
        }
        Ok(())
    }

    /// Adds and takes away members. Those of an earlier set that was taken away, and was being changed meanwhile, go
    /// when a set comes back.
    fn write_members(
        &self,
        tx: &mut Transaction<'_>,
        path: &str,
        was: Option<&Value>,
        is: Option<&Value>,
    ) -> Result<(), ModelError> {
        let none = BTreeSet::new();
        let stored = self.stored_members.get(path).unwrap_or(&none);
        let stays = matches!((was, is), (Some(Value::References(_)), Some(Value::References(_))));
        let (before, after) = (if stays { field::members(was) } else { stored.clone() }, field::members(is));
        for gone in before.difference(&after) {
            delete(tx, &self.members, &field::member_key(path, gone))?;
        }
        for new in after.difference(&before) {
            tx.put(&self.members, field::member_key(path, new), true)?;
        }
        Ok(())
    }

    fn write_text(&self, tx: &mut Transaction<'_>, path: &str, text: &str) -> Result<(), ModelError> {
        let object = match self.texts.get(path).map(Vec::as_slice) {
            Some([one]) => one.clone(),
            // None yet, or two devices have made one each: this one takes their place, with the words of both.
            _ => tx.put_object(&self.prose, path, ObjType::Text)?,
        };
        let before = tx.text(&object)?;
        // In whole words, so that two people who rewrite one place keep each their own words.
        for splice in prose::differences(&before, text).splices {
            let delete = isize::try_from(splice.delete).unwrap_or(isize::MAX);
            tx.splice_text(&object, splice.at, delete, &splice.insert)?;
        }
        Ok(())
    }

    fn write_private(
        &self,
        tx: &mut Transaction<'_>,
        old: &BTreeMap<String, String>,
        new: &BTreeMap<String, String>,
    ) -> Result<(), ModelError> {
        for key in old.keys().filter(|k| !new.contains_key(*k)) {
            delete(tx, &self.private, key)?;
        }
        for (key, text) in new.iter().filter(|(k, text)| old.get(*k) != Some(*text)) {
            tx.put(&self.private, key.as_str(), text.as_str())?;
        }
        Ok(())
    }
}

/// Deletes a key that may be gone already.
fn delete(tx: &mut Transaction<'_>, map: &ObjId, key: &str) -> Result<(), ModelError> {
    if tx.get(map, key)?.is_some() {
        tx.delete(map, key)?;
    }
    Ok(())
}
