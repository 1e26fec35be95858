//! What people may write in each kind of document: the groups and fields of its pages, with their words in Swedish and
//! English. The rules say who may write a path; these tables say what it is called and how it is asked for. A path that is
//! in no table can still be written as `path=value`, and is shown as it is.

mod decision;
pub mod entry;
mod indicators;
mod programme;
mod roadmap;
mod work;

use crate::{
    text::{Lang, Text},
    vocabulary::Kind,
};
use samsyn_core::{entry::DocumentKind, id::Path};

/// Fields that belong together: of the document itself, or of each item of a collection.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// `/facts`, `/risks/{id}` or `/areas/{id}/parties/{org}`: what stands for any name is chosen once for each item,
    /// `{org}` is the organisation that writes.
    pub path: &'static str,
    /// Above the group.
    pub label: Text,
    /// What one item of a collection is called; empty where there is only one.
    pub one: Text,
    pub fields: &'static [Field],
}

/// One thing that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What comes after the group's path; empty where that is the path itself.
    pub name: &'static str,
    pub label: Text,
    pub input: Input,
    /// Below the field; empty where the label says enough.
    pub help: Text,
}

/// How a field is asked for, and as what it is stored.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// One line of text.
    Line,
    /// Text of several lines that several people write in.
    Prose,
    Integer,
    /// Kronor, with öre where there are any.
    Money,
    Boolean,
    /// A day, or as imprecise as it is known.
    Date,
    /// One word of a kind.
    Word(Kind),
    Words(Kind),
    /// A party.
    Party,
    /// Those who take part: parties, and others as `partner:name`.
    Parties,
    /// A reference to something else, by its kind: `work` for `work:sip-pa-distans`.
    Link(&'static str),
    Links(&'static str),
}

/// A field without more words.
const fn field(name: &'static str, sv: &'static str, en: &'static str, input: Input) -> Field {
    Field { name, label: Text(sv, en), input, help: Text("", "") }
}

impl Field {
    const fn help(self, sv: &'static str, en: &'static str) -> Self {
        Self { help: Text(sv, en), ..self }
    }
}

const fn group(path: &'static str, label: Text, one: Text, fields: &'static [Field]) -> Group {
    Group { path, label, one, fields }
}

/// In the order in which a page shows them.
pub fn groups(kind: DocumentKind) -> &'static [Group] {
    match kind {
        DocumentKind::Work => work::GROUPS,
        DocumentKind::Roadmap => roadmap::GROUPS,
        DocumentKind::Decision => decision::GROUPS,
        DocumentKind::Indicators => indicators::GROUPS,
        DocumentKind::Programme => programme::GROUPS,
    }
}

/// Where a document says what it is called.
pub fn title_path(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Work => "/facts/title",
        DocumentKind::Roadmap => "/text/title",
        DocumentKind::Decision => "/proposal/title",
        DocumentKind::Indicators => "/definitions/title",
        DocumentKind::Programme => "/programme/name",
    }
}

/// What a kind of document is called.
pub fn kind_label(kind: DocumentKind) -> Text {
    match kind {
        DocumentKind::Work => Text("utvecklingsarbete", "work"),
        DocumentKind::Roadmap => Text("färdplan", "roadmap"),
        DocumentKind::Decision => Text("beslut", "decision"),
        DocumentKind::Indicators => Text("indikatorer", "indicators"),
        DocumentKind::Programme => Text("program", "programme"),
    }
}

impl Group {
    /// True if the group is one of many: its path has names that are chosen.
    pub fn is_collection(&self) -> bool {
        self.path.contains("{id}")
    }

    /// What stands in a path for the group's chosen names, if the path lies in the group: as many as there are, and the
    /// rest of the path.
    pub fn item<'a>(&self, path: &'a str) -> Option<(&'a str, &'a str)> {
        let mut rest = path;
        for part in self.path[1..].split('/') {
            rest = rest.strip_prefix('/')?;
            let end = rest.find('/').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if !part.starts_with('{') && part != name {
                return None;
            }
            rest = after;
        }
        let item = &path[..path.len() - rest.len()];
        Some((item, rest.strip_prefix('/').unwrap_or(rest)))
    }
}

/// The group and the field of a path; the most specific that fits: whoever names more of the path itself.
pub fn find(kind: DocumentKind, path: &str) -> Option<(&'static Group, &'static Field)> {
    let fits = |group: &'static Group| {
        let (_, rest) = group.item(path)?;
        group.fields.iter().find(|field| field.name == rest).map(|field| (group, field))
    };
    let named = |(group, field): &(&Group, &Field)| {
        let parts = group.path.split('/').chain(field.name.split('/'));
        parts.filter(|part| !part.is_empty() && !part.starts_with('{')).count()
    };
    groups(kind).iter().filter_map(fits).max_by_key(named)
}

/// What people call a path, if a table has it.
pub fn label(kind: DocumentKind, path: &Path, lang: Lang) -> Option<&'static str> {
    find(kind, path.as_str()).map(|(_, field)| field.label.of(lang))
}

/// The collection whose items a name in a path is chosen among: mostly that of the path itself, up to the name.
pub fn chosen_among(prefix: &str) -> &str {
    if prefix == "/values/{org}/{id}" { "/definitions/measures/{id}" } else { prefix }
}

/// What people call a path of whatever kind of document, with the item that it lies in.
pub fn label_of_any(path: &str, lang: Lang) -> Option<String> {
    let (group, field) = KINDS.into_iter().find_map(|kind| find(kind, path))?;
    if !group.is_collection() {
        return Some(field.label.of(lang).to_owned());
    }
    let names = group.path.split('/').zip(path.split('/')).filter(|(part, _)| *part == "{id}").map(|(_, name)| name);
    let names = names.collect::<Vec<_>>().join(" ");
    Some(format!("{} {names}: {}", group.one.of(lang), field.label.of(lang).to_lowercase()))
}

pub const KINDS: [DocumentKind; 5] = [
    DocumentKind::Work,
    DocumentKind::Roadmap,
    DocumentKind::Decision,
    DocumentKind::Indicators,
    DocumentKind::Programme,
];

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::{rules, value::ValueType};
    use std::collections::BTreeSet;

    fn types(input: Input) -> &'static [ValueType] {
        match input {
            Input::Line => &[ValueType::Text],
            Input::Prose => &[ValueType::Prose],
            Input::Integer => &[ValueType::Integer],
            Input::Money => &[ValueType::Money],
            Input::Boolean => &[ValueType::Boolean],
            Input::Date => &[ValueType::Date],
            Input::Word(_) | Input::Party | Input::Link(_) => &[ValueType::Reference],
            Input::Words(_) | Input::Parties | Input::Links(_) => &[ValueType::References],
        }
    }

    #[test]
    fn every_field_can_be_written_as_its_type() {
        for kind in KINDS {
            for group in groups(kind) {
                for field in group.fields {
                    let full = if field.name.is_empty() {
                        group.path.to_owned()
                    } else {
                        format!("{}/{}", group.path, field.name)
                    };
                    let path = Path::new(&full.replace("{id}", "some").replace("{org}", "timra")).expect("a path");
                    let rule = rules::rule(1, kind, &path).unwrap_or_else(|| panic!("no row has {path}"));
                    let fits = types(field.input).iter().all(|t| rule.types.contains(t));
                    assert!(fits, "{kind:?} {path} takes {:?}, not {:?}", rule.types, field.input);
                }
            }
        }
    }

    #[test]
    fn no_field_is_named_twice_and_each_has_words() {
        for kind in KINDS {
            let mut seen = BTreeSet::new();
            for group in groups(kind) {
                assert!(!group.label.0.is_empty() && !group.label.1.is_empty(), "{}", group.path);
                assert_eq!(group.is_collection(), !group.one.0.is_empty(), "{}", group.path);
                for field in group.fields {
                    assert!(!field.label.0.is_empty() && !field.label.1.is_empty(), "{}", field.name);
                    assert!(seen.insert((group.path, field.name)), "{} {}", group.path, field.name);
                }
            }
        }
    }

    #[test]
    fn a_path_is_found_in_the_group_that_it_lies_in() {
        let label = |kind, path: &str| label(kind, &Path::new(path).expect("a path"), Lang::Sv);
        assert_eq!(label(DocumentKind::Work, "/facts/title"), Some("Titel"));
        assert_eq!(label(DocumentKind::Work, "/facts/nothing-of-ours"), None);
        let (group, _) = find(DocumentKind::Work, "/reports/r1/time").expect("is found");
        assert_eq!(group.item("/reports/r1/time"), Some(("/reports/r1", "time")));
        assert_eq!(group.item("/facts/title"), None);
        let title = find(DocumentKind::Roadmap, "/text/title").expect("is found");
        assert_eq!((title.0.path, title.1.name), ("/text", "title"), "a name is more specific than any name");
    }
}
