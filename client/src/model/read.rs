//! From a working copy to what it says. Bytes of a device are foreign: whatever has not the shape is an error that
//! names the place.

use super::{Draft, ENTRIES_MAX, FORMAT, ModelError, field, field::Field, kind_of_name};
use automerge::{
    Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, ScalarValueRef, Value as Stored, ValueRef,
    iter::MapRangeItem,
};
use samsyn_core::{entry::DocumentKind, id::Path, value::Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a working copy says.
pub fn read(document: &Automerge) -> Result<Draft, ModelError> {
    kind(document)?;
    let mut members = members(document)?;
    let mut draft = Draft::default();
    let fields = container(document, "fields")?;
    for (key, text) in strings(document, &fields)? {
        let path = Path::new(&key).map_err(|e| ModelError::path(&key, &e))?;
        match field::decode(&text).ok_or_else(|| ModelError::damaged(&key, "no legal value"))? {
            Field::Scalar(value) => drop(draft.fields.insert(path, value)),
            Field::References => {
                let set = Value::References(members.remove(&key).unwrap_or_default());
                draft.fields.insert(path, set);
            }
            Field::Prose => {
                let text = prose(document, &key)?;
                draft.prose.insert(path, text);
            }
        }
    }
    draft.private = strings(document, &container(document, "private")?)?;
    check_prose(document)?;
    draft.check().map_err(|error| match error {
        ModelError::Illegal { place, code } => ModelError::damaged(place, format!("no legal value ({code})")),
        other => other,
    })?;
    Ok(draft)
}

/// What kind of document the working copy is a draft of.
pub fn kind(document: &Automerge) -> Result<DocumentKind, ModelError> {
    let meta = container(document, "meta")?;
    let scalar = |key: &str| match document.get(&meta, key) {
        Ok(Some((Stored::Scalar(value), _))) => Ok(value.into_owned()),
        _ => Err(ModelError::damaged(format!("meta/{key}"), "is missing")),
    };
    if scalar("format")? != ScalarValue::Int(FORMAT) {
        return Err(ModelError::damaged("meta/format", format!("is not {FORMAT}")));
    }
    let ScalarValue::Str(name) = scalar("kind")? else {
        return Err(ModelError::damaged("meta/kind", "is no text"));
    };
    kind_of_name(&name).ok_or_else(|| ModelError::damaged("meta/kind", "is no kind of document"))
}

/// Paths that several people have set to different values at the same time: the draft shows one of them. Texts and sets
/// are never among them, since they keep everything.
pub fn contested(document: &Automerge) -> Result<BTreeSet<Path>, ModelError> {
    let fields = container(document, "fields")?;
    let mut paths = BTreeSet::new();
    for key in document.keys(&fields) {
        let values = document.get_all(&fields, key.as_str())?;
        if values.iter().any(|(value, _)| *value != values[0].0) {
            paths.insert(Path::new(&key).map_err(|e| ModelError::path(&key, &e))?);
        }
    }
    Ok(paths)
}

/// One of the maps under the root.
pub(super) fn container(document: &Automerge, name: &str) -> Result<ObjId, ModelError> {
    match document.get(ROOT, name)? {
        Some((Stored::Object(ObjType::Map), id)) => Ok(id),
        _ => Err(ModelError::damaged(name, "is not there")),
    }
}

/// The text at a path. Where two devices have made a text each, both, one after the other: no word is lost.
pub(super) fn prose(document: &Automerge, path: &str) -> Result<String, ModelError> {
    let mut texts: Vec<String> = Vec::new();
    for id in prose_objects(document, path)? {
        let text = document.text(&id)?;
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(texts.join("\n\n"))
}

/// The text objects at a path, in one order on every device.
pub(super) fn prose_objects(document: &Automerge, path: &str) -> Result<Vec<ObjId>, ModelError> {
    let all = document.get_all(container(document, "prose")?, path)?;
    all.into_iter()
        .map(|(value, id)| match value {
            Stored::Object(ObjType::Text) => Ok(id),
            _ => Err(ModelError::damaged(format!("prose{path}"), "is no text")),
        })
        .collect()
}

/// Texts that no field marks are not read, but a write goes through all of them: none may be anything else.
fn check_prose(document: &Automerge) -> Result<(), ModelError> {
    let texts = container(document, "prose")?;
    if document.length(&texts) > ENTRIES_MAX {
        return Err(ModelError::damaged("prose", "too many entries"));
    }
    document.keys(&texts).try_for_each(|key| prose_objects(document, &key).map(drop))
}

/// Members by path, those of paths without a set too.
pub(super) fn members(document: &Automerge) -> Result<BTreeMap<String, BTreeSet<String>>, ModelError> {
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for key in document.keys(container(document, "members")?) {
        let (path, reference) =
            field::split_member(&key).ok_or_else(|| ModelError::damaged("members", "a key has no path"))?;
        members.entry(path.to_owned()).or_default().insert(reference.to_owned());
    }
    Ok(members)
}

/// A map whose values are all strings.
fn strings(document: &Automerge, map: &ObjId) -> Result<BTreeMap<String, String>, ModelError> {
    if document.length(map) > ENTRIES_MAX {
        return Err(ModelError::damaged("/", "too many entries"));
    }
    // All in one go: a look-up for each key took most of the time of reading a large copy.
    let read = |item: MapRangeItem<'_>| match item.value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Ok((item.key.into_owned(), text.into_owned())),
        _ => Err(ModelError::damaged(item.key.chars().take(64).collect::<String>(), "is no text")),
    };
    document.map_range(map, ..).map(read).collect()
}
