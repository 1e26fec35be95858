//! How an authority keeps its register: what comes to it, what must be registered, and how its numbers are written.

use super::Files;
use crate::register::{Direction, State, pattern::Pattern};
use samsyn_core::{
    entry::{Audience, DocumentKind, Purpose},
    id::{AuthorityId, Name},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// Where numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// A registrar writes the number that the authority's own register gave.
    #[default]
    Manual,
    /// The authority has delegated a series to this node.
    Series,
    /// The authority's case system gives them, by files that it takes and leaves in a directory.
    FileDrop,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    name: Option<Name>,
    numbers: Numbers,
    directory: Option<PathBuf>,
    pattern: Option<String>,
    series: Option<String>,
    receives: Option<BTreeSet<DocumentKind>>,
    rule: Vec<Rule>,
}

/// What becomes of what it names; the first that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    state: First,
    kind: Option<DocumentKind>,
    direction: Option<Direction>,
    purpose: Option<Purpose>,
    audience: Option<Audience>,
}

/// What a rule can say of something that nobody has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum First {
    ToRegister,
    InOrder,
}

/// The rules of one authority's register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registering {
    name: Option<Name>,
    pub numbers: Numbers,
    /// Where files are dropped; there just where numbers come so.
    pub directory: Option<PathBuf>,
    /// How numbers are written; always there for a series.
    pub pattern: Option<Pattern>,
    receives: Option<BTreeSet<DocumentKind>>,
    rules: Vec<Rule>,
}

impl Registering {
    pub(super) fn read(raw: Raw) -> Result<Self, String> {
        let pattern = match (&raw.pattern, &raw.series) {
            (Some(text), series) => {
                let pattern = Pattern::parse(text, series.as_deref().unwrap_or_default());
                Some(pattern.map_err(|e| format!("[register] pattern: {e}"))?)
            }
            (None, Some(_)) => return Err("[register] series: there is no pattern that it would stand in".to_owned()),
            (None, None) => None,
        };
        if raw.numbers == Numbers::Series && pattern.is_none() {
            return Err("[register] numbers: a series needs a pattern, for example \"KS {yyyy}/{n}\"".to_owned());
        }
        match (&raw.directory, raw.numbers) {
            (None, Numbers::FileDrop) => {
                return Err("[register] numbers: a file drop needs a directory, with its whole path".to_owned());
            }
            (Some(directory), Numbers::FileDrop) if !directory.is_absolute() => {
                return Err("[register] directory: write its whole path, from /".to_owned());
            }
            (Some(_), Numbers::Manual | Numbers::Series) => {
                return Err("[register] directory: only numbers = \"file-drop\" has one".to_owned());
            }
            (None, _) | (Some(_), Numbers::FileDrop) => {}
        }
        Ok(Self {
            name: raw.name,
            numbers: raw.numbers,
            directory: raw.directory,
            pattern,
            receives: raw.receives,
            rules: raw.rule,
        })
    }

    /// The register that an authority's documents are in: its own, unless it shares one.
    pub fn register(&self, authority: &AuthorityId) -> String {
        self.name.as_ref().map_or(authority.as_str(), Name::as_str).to_owned()
    }

    /// What becomes of something that nobody has looked at. Shipped: decisions, what is sent for a decision, and replies to
    /// drafts for comment are to be registered, the rest is kept in order.
    pub fn state(
        &self,
        kind: Option<DocumentKind>,
        direction: Direction,
        purpose: Option<Purpose>,
        audience: Option<Audience>,
    ) -> State {
        let Some(kind) = kind else { return State::Unsettled };
        let fits = |r: &&Rule| {
            r.kind.is_none_or(|k| k == kind)
                && r.direction.is_none_or(|d| d == direction)
                && r.purpose.is_none_or(|p| Some(p) == purpose)
                && r.audience.is_none_or(|a| Some(a) == audience)
        };
        match self.rules.iter().find(fits).map(|rule| rule.state) {
            Some(First::ToRegister) => State::ToRegister,
            None if kind == DocumentKind::Decision
                || matches!(purpose, Some(Purpose::ForDecision | Purpose::ForComment)) =>
            {
                State::ToRegister
            }
            Some(First::InOrder) | None => State::InOrder,
        }
    }

    fn receives(&self, kind: DocumentKind) -> bool {
        self.receives.as_ref().is_some_and(|kinds| kinds.contains(&kind))
    }
}

/// Which of an organisation's authorities receive documents of a kind: those whose rules say so, otherwise the first of
/// the charter, where whatever comes is opened. So is what nobody can say the kind of yet.
pub(super) fn receivers(files: &Files, kind: Option<DocumentKind>, authorities: &[AuthorityId]) -> Vec<AuthorityId> {
    let says = |id: &&AuthorityId| kind.is_some_and(|k| files.get(*id).is_some_and(|r| r.register.receives(k)));
    let named: Vec<AuthorityId> = authorities.iter().filter(says).cloned().collect();
    if named.is_empty() { authorities.first().cloned().into_iter().collect() } else { named }
}

/// Refuses authorities that share a register in which two cases could get one number.
pub(super) fn check_shared(files: &Files) -> Result<(), String> {
    let mut directories = BTreeMap::new();
    for (id, rules) in files {
        if let Some(directory) = &rules.register.directory
            && let Some(first) = directories.insert(directory, id)
        {
            return Err(format!("{id}.toml: [register] directory: '{first}' has the same; each needs one of its own"));
        }
    }
    let mut registers: BTreeMap<String, (&AuthorityId, &Registering)> = BTreeMap::new();
    for (id, rules) in files {
        let register = rules.register.register(id);
        let Some((first, other)) = registers.get(&register) else {
            registers.insert(register, (id, &rules.register));
            continue;
        };
        let alike = match (&rules.register.pattern, &other.pattern) {
            (Some(one), Some(two)) => one.fits_beside(two),
            (None, None) => true,
            _ => false,
        };
        if !alike || rules.register.numbers != other.numbers {
            return Err(format!(
                "{id}.toml: [register]: '{first}' keeps the same register ('{register}') with another pattern or \
                 another source of numbers: two cases could get one number"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Registering, String> {
        Registering::read(toml::from_str(text).map_err(|e| e.to_string())?)
    }

    #[test]
    fn decisions_are_registered_and_the_rest_is_kept_in_order_unless_rules_say_otherwise() {
        let shipped = Registering::default();
        let parties = Some(Audience::Parties);
        let state = |r: &Registering, kind, purpose| r.state(kind, Direction::Received, Some(purpose), parties);
        assert_eq!(state(&shipped, Some(DocumentKind::Work), Purpose::ForInformation), State::InOrder);
        assert_eq!(state(&shipped, Some(DocumentKind::Work), Purpose::ForDecision), State::ToRegister);
        assert_eq!(state(&shipped, Some(DocumentKind::Decision), Purpose::ForInformation), State::ToRegister);
        assert_eq!(state(&shipped, None, Purpose::ForInformation), State::Unsettled);
        let own = "[[rule]]\nstate = \"to-register\"\nkind = \"work\"\ndirection = \"received\"\n\
                   [[rule]]\nstate = \"in-order\"\npurpose = \"for-decision\"\n";
        let own = read(own).expect("read");
        assert_eq!(state(&own, Some(DocumentKind::Work), Purpose::ForInformation), State::ToRegister);
        assert_eq!(state(&own, Some(DocumentKind::Roadmap), Purpose::ForDecision), State::InOrder);
        let sent = own.state(Some(DocumentKind::Work), Direction::Dispatched, Some(Purpose::ForInformation), parties);
        assert_eq!(sent, State::InOrder);
    }

    #[test]
    fn a_series_needs_a_pattern_a_series_name_a_place_in_it_and_a_file_drop_a_directory() {
        for (text, told) in [
            ("numbers = \"series\"", "needs a pattern"),
            ("series = \"KS\"", "no pattern"),
            ("pattern = \"{n}{yy}\"", "right after"),
            ("numbers = \"guessed\"", "guessed"),
            ("numbers = \"file-drop\"", "needs a directory"),
            ("numbers = \"file-drop\"\ndirectory = \"drop\"", "whole path"),
            ("directory = \"/drop\"", "only numbers"),
            ("receives = [\"letter\"]", "letter"),
            ("[[rule]]\nkind = \"work\"", "state"),
            ("[[rule]]\nstate = \"registered\"", "registered"),
        ] {
            let refused = read(text).expect_err(text);
            assert!(refused.contains(told), "{text}: {refused}");
        }
    }
}
