//! A value as one string in a working copy: its type, a colon, its content. Exact both ways.

use samsyn_core::value::Value;
use std::collections::BTreeSet;

/// Marks that a set of references stands here; its members lie beside.
pub(super) const REFERENCES: &str = "references:";
/// Marks that a prose stands here; its text lies beside.
pub(super) const PROSE: &str = "prose:";

/// What the string at a path says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Field {
    Scalar(Value),
    References,
    Prose,
}

/// The string for a value. Sets and prose are only marked.
pub(super) fn encode(value: &Value) -> String {
    match value {
        Value::Text(v) => format!("text:{v}"),
        Value::Integer(v) => format!("integer:{v}"),
        Value::Boolean(v) => format!("boolean:{v}"),
        Value::Money(v) => format!("money:{v}"),
        Value::Date(v) => format!("date:{v}"),
        Value::Reference(v) => format!("reference:{v}"),
        Value::References(_) => REFERENCES.to_owned(),
        Value::Prose(_) => PROSE.to_owned(),
    }
}

/// Reads the string; `None` where it is no legal value.
pub(super) fn decode(text: &str) -> Option<Field> {
    let (kind, content) = text.split_once(':')?;
    let value = match kind {
        "references" => return content.is_empty().then_some(Field::References),
        "prose" => return content.is_empty().then_some(Field::Prose),
        "text" => Value::Text(content.to_owned()),
        "integer" => Value::Integer(content.parse().ok()?),
        "boolean" => Value::Boolean(content.parse().ok()?),
        "money" => Value::Money(content.parse().ok()?),
        "date" => Value::Date(content.to_owned()),
        "reference" => Value::Reference(content.to_owned()),
        _ => return None,
    };
    value.check().ok()?;
    Some(Field::Scalar(value))
}

/// Keys of a set's members. Paths and references hold no space.
pub(super) fn member_key(path: &str, reference: &str) -> String {
    format!("{path} {reference}")
}

pub(super) fn split_member(key: &str) -> Option<(&str, &str)> {
    key.split_once(' ')
}

/// The members of a set; none of any other value.
pub(super) fn members(value: Option<&Value>) -> BTreeSet<String> {
    match value {
        Some(Value::References(set)) => set.clone(),
        _ => BTreeSet::new(),
    }
}
