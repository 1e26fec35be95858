//! One place of a table: what stands there, and where it comes from.

use crate::record::Record;
use samsyn_core::value::Value;
use serde::Serialize;

/// What stands at one place. What nobody has said is unknown, which is not no.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Words or texts as they are stored, without the kind before a word. None: unknown. Several: they differ, and none
    /// of them counts.
    pub says: Vec<String>,
    /// Who has said it.
    pub by: Vec<String>,
    /// When it was said last; 0 where nothing is.
    pub at_ms: u64,
    /// Stable code of why something that was said cannot be shown, as `value.erased`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fault: String,
}

impl Cell {
    pub fn of(record: &Record, path: &str) -> Self {
        let mut cell = Self::default();
        for said in record.said(path).iter().filter(|said| !said.removed) {
            cell.at_ms = cell.at_ms.max(said.at_ms);
            cell.by.extend(said.by.split(", ").map(ToOwned::to_owned));
            match &said.value {
                Some(value) => cell.says.push(written(value)),
                None => cell.fault.clone_from(&said.fault),
            }
        }
        cell.by.sort();
        cell.by.dedup();
        cell
    }

    /// What it says, where just one thing stands.
    pub fn settled(&self) -> Option<&str> {
        match self.says.as_slice() {
            [only] if self.fault.is_empty() => Some(only),
            _ => None,
        }
    }

    /// True if several things stand.
    pub fn differs(&self) -> bool {
        self.says.len() > 1
    }

    /// True if nobody has said anything that can be shown.
    pub fn is_unknown(&self) -> bool {
        self.says.is_empty()
    }
}

/// A value as it is stored; a reference without its kind.
fn written(value: &Value) -> String {
    match value {
        Value::Reference(reference) => {
            reference.split_once(':').map_or(reference.as_str(), |(_, word)| word).to_owned()
        }
        Value::Text(text) | Value::Prose(text) | Value::Date(text) => text.clone(),
        Value::Integer(number) | Value::Money(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::References(set) => set.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Said;
    use samsyn_core::{entry::DocumentKind, id::Path};

    #[test]
    fn nothing_is_unknown_and_two_that_differ_settle_nothing() {
        let path = || Path::new("/rollout/sip/timra").expect("a path");
        let pilot = || Value::Reference("rollout:pilot".to_owned());
        let mut record = Record::of_values(DocumentKind::Roadmap, "timra", [(path(), pilot())]);
        let cell = Cell::of(&record, "/rollout/sip/timra");
        assert_eq!((cell.settled(), cell.differs(), cell.is_unknown()), (Some("pilot"), false, false));
        record.say(path(), Said::by("timra", Value::Reference("rollout:introduced".to_owned())));
        let cell = Cell::of(&record, "/rollout/sip/timra");
        assert_eq!((cell.settled(), cell.differs(), cell.says.len()), (None, true, 2));
        assert!(Cell::of(&record, "/rollout/sip/ange").is_unknown());
    }

    #[test]
    fn what_is_gone_is_neither_known_nor_settled() {
        let path = Path::new("/rollout/sip/timra").expect("a path");
        let mut record = Record::of_values(DocumentKind::Roadmap, "timra", []);
        record.say(
            path.clone(),
            Said { value: None, fault: "value.erased".to_owned(), ..Said::by("timra", Value::Boolean(true)) },
        );
        let cell = Cell::of(&record, path.as_str());
        assert_eq!((cell.is_unknown(), cell.settled(), cell.fault.as_str()), (true, None, "value.erased"));
    }
}
