//! What one document says: every path with what stands there, by whom and when. The same for the command line, which gets
//! it from its node, and for the node's own pages.

use samsyn_core::{
    entry::{Body, DocumentKind},
    id::Path,
    value::Value,
};
use samsyn_wire::{convert::WireError, v1};
use std::collections::{BTreeMap, BTreeSet};

/// One statement that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// None where it is removed, or where `fault` says why there is none.
    pub value: Option<Value>,
    /// Stable code of why there is no value; empty otherwise.
    pub fault: String,
    pub removed: bool,
    /// The organisation; several, with a comma and a space between, for a text of many hands.
    pub by: String,
    /// By that party's clock.
    pub at_ms: u64,
    /// Empty for a merged text, and in a draft.
    pub fact: String,
}

/// What a document says to the eyes that look, at the moment that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// 64 hexadecimal digits; empty for a draft that has never been shared.
    pub id: String,
    pub kind: DocumentKind,
    pub owner: String,
    pub authority: String,
    /// Only of decisions.
    pub body: Option<Body>,
    /// When the latest of what stands was stated; 0 where nothing does.
    pub updated_ms: u64,
    said: BTreeMap<Path, Vec<Said>>,
    /// Of decisions: votes that no longer stand, by path.
    earlier: BTreeMap<Path, Vec<Said>>,
}

impl Record {
    pub fn new(kind: DocumentKind, id: String, owner: String, authority: String) -> Self {
        Self { id, kind, owner, authority, body: None, updated_ms: 0, said: BTreeMap::new(), earlier: BTreeMap::new() }
    }

    /// With one more statement.
    pub fn say(&mut self, path: Path, said: Said) {
        self.updated_ms = self.updated_ms.max(said.at_ms);
        self.said.entry(path).or_default().push(said);
    }

    /// With a vote that no longer stands.
    pub fn said_before(&mut self, path: Path, said: Said) {
        self.earlier.entry(path).or_default().push(said);
    }

    /// The statement of a fact at a path: one that stands, or a vote that stood once.
    pub fn fact(&self, path: &str, fact: &str) -> Option<&Said> {
        let path = Path::new(path).ok()?;
        let at = [self.said.get(&path), self.earlier.get(&path)];
        at.into_iter().flatten().flatten().find(|said| said.fact == fact)
    }

    /// Of decisions: votes that no longer stand.
    pub fn earlier_votes(&self) -> impl Iterator<Item = &Said> {
        self.earlier.values().flatten()
    }

    /// What a draft or a test says: everything stated by the owner.
    pub fn of_values(kind: DocumentKind, owner: &str, values: impl IntoIterator<Item = (Path, Value)>) -> Self {
        let mut record = Self::new(kind, String::new(), owner.to_owned(), String::new());
        for (path, value) in values {
            record.say(path, Said::by(owner, value));
        }
        record
    }

    /// Everything that stands at a path.
    pub fn said(&self, path: &str) -> &[Said] {
        Path::new(path).ok().and_then(|path| self.said.get(&path)).map_or(&[], Vec::as_slice)
    }

    /// The value at a path; none where nothing stands, or several do and so none counts.
    pub fn value(&self, path: &str) -> Option<&Value> {
        match self.said(path) {
            [only] => only.value.as_ref(),
            _ => None,
        }
    }

    /// A text, a date or a reference as it was written.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path).and_then(Value::as_text)
    }

    /// A reference without its kind.
    pub fn word(&self, path: &str) -> Option<&str> {
        match self.value(path)? {
            Value::Reference(reference) => reference.split_once(':').map(|(_, word)| word),
            _ => None,
        }
    }

    pub fn integer(&self, path: &str) -> Option<i64> {
        match self.value(path)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// In öre.
    pub fn money(&self, path: &str) -> Option<i64> {
        match self.value(path)? {
            Value::Money(ore) => Some(*ore),
            _ => None,
        }
    }

    pub fn boolean(&self, path: &str) -> Option<bool> {
        match self.value(path)? {
            Value::Boolean(answer) => Some(*answer),
            _ => None,
        }
    }

    /// A set of references with their kinds; empty where none is stated.
    pub fn references(&self, path: &str) -> BTreeSet<&str> {
        match self.value(path) {
            Some(Value::References(set)) => set.iter().map(String::as_str).collect(),
            _ => BTreeSet::new(),
        }
    }

    /// The names one step below a path, as in the ids of a collection. An item that was taken away is not there.
    pub fn below(&self, prefix: &str) -> BTreeSet<&str> {
        let start = format!("{}/", prefix.trim_end_matches('/'));
        // Nothing below it comes before this: a document may have any number of other paths.
        let Ok(first) = Path::new(&format!("{start}-")) else { return BTreeSet::new() };
        let below =
            self.said.range(first..).map_while(|(path, said)| Some((path.as_str().strip_prefix(&start)?, said)));
        let stands = below.filter(|(_, said)| said.iter().any(|said| !said.removed));
        stands.filter_map(|(rest, _)| rest.split('/').next()).collect()
    }

    /// Every path with what stands there.
    pub fn paths(&self) -> impl Iterator<Item = (&Path, &[Said])> {
        self.said.iter().map(|(path, said)| (path, said.as_slice()))
    }

    /// Paths where several statements stand.
    pub fn contested(&self) -> impl Iterator<Item = (&Path, &[Said])> {
        self.paths().filter(|(_, said)| said.len() > 1)
    }
}

impl Said {
    /// A value, as a draft or a test has it.
    pub fn by(org: &str, value: Value) -> Self {
        Self {
            value: Some(value),
            fault: String::new(),
            removed: false,
            by: org.to_owned(),
            at_ms: 0,
            fact: String::new(),
        }
    }
}

impl TryFrom<v1::Work> for Record {
    type Error = WireError;

    fn try_from(work: v1::Work) -> Result<Self, WireError> {
        let kind = work.kind().try_into()?;
        let mut record = Self::new(kind, work.document_id, work.owner, work.authority);
        record.body = work.body.map(TryInto::try_into).transpose()?;
        for fact in work.facts.into_iter().filter(|fact| fact.standing) {
            if let Some((path, said)) = said(fact) {
                record.say(path, said);
            }
        }
        for fact in work.earlier_votes {
            if let Some((path, said)) = said(fact) {
                record.said_before(path, said);
            }
        }
        record.updated_ms = work.updated_ms;
        Ok(record)
    }
}

fn said(fact: v1::Fact) -> Option<(Path, Said)> {
    let path = Path::new(&fact.path).ok()?;
    // One that this program does not know is none.
    let value = fact.value.and_then(|value| Value::try_from(value).ok());
    let (removed, at_ms) = (fact.removed, fact.stated_ms);
    Some((path, Said { value, fault: fact.value_fault, removed, by: fact.stated_by, at_ms, fact: fact.fact_id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(values: &[(&str, Value)]) -> Record {
        let path = |text: &str| Path::new(text).expect("a path");
        Record::of_values(DocumentKind::Programme, "rvn", values.iter().map(|(p, v)| (path(p), v.clone())))
    }

    #[test]
    fn names_below_a_path_are_those_of_its_collection_alone() {
        let text = |t: &str| Value::Text(t.to_owned());
        let record = record(&[
            ("/risks/staff/title", text("a")),
            ("/risks/staff/owner", text("b")),
            ("/risks/money/title", text("c")),
            ("/risks-of-old/x/title", text("d")),
        ]);
        assert_eq!(record.below("/risks"), ["money", "staff"].into());
        assert_eq!(record.below("/"), ["risks", "risks-of-old"].into());
        assert_eq!(record.below("/risks/staff"), ["owner", "title"].into());
        assert!(record.below("/nothing").is_empty());
    }

    #[test]
    fn what_was_taken_away_is_not_there() {
        let mut record = record(&[("/risks/staff/title", Value::Text("a".to_owned()))]);
        let gone = Said { value: None, removed: true, ..Said::by("rvn", Value::Boolean(true)) };
        record.say(Path::new("/risks/money/title").expect("a path"), gone.clone());
        record.say(Path::new("/risks/staff/owner").expect("a path"), gone);
        assert_eq!(record.below("/risks"), ["staff"].into());
        assert_eq!(record.below("/risks/staff"), ["title"].into());
    }

    #[test]
    fn where_several_statements_stand_none_counts() {
        let mut record = record(&[("/name", Value::Text("ett".to_owned()))]);
        assert_eq!(record.text("/name"), Some("ett"));
        record.say(Path::new("/name").expect("a path"), Said::by("timra", Value::Text("två".to_owned())));
        assert_eq!(record.text("/name"), None);
        assert_eq!(record.said("/name").len(), 2);
        assert_eq!(record.contested().count(), 1);
    }
}
