//! The criteria for the portfolio as the programme's document says them, version by version.

use crate::record::Record;
use samsyn_core::{
    criteria::{CriteriaSet, Mandatory, Requirement, Rule},
    id::Name,
};

/// How far a version may build on another that builds on another.
const EXTENDS_MAX: usize = 8;

/// Every version that the programme states, the latest last. One that cannot be read is left out.
pub fn sets(programme: &Record) -> Vec<CriteriaSet> {
    programme.below("/criteria-sets").into_iter().filter_map(|version| set(programme, version)).collect()
}

/// The version that a work names, or the latest; none where the programme has no such version.
pub fn chosen<'a>(sets: &'a [CriteriaSet], version: Option<&str>) -> Option<&'a CriteriaSet> {
    match version {
        Some(version) => sets.iter().find(|set| set.version.as_str() == version),
        None => sets.last(),
    }
}

fn set(programme: &Record, version: &str) -> Option<CriteriaSet> {
    let name = Name::new(version).ok()?;
    let mut set =
        CriteriaSet { version: name, mandatory: Vec::new(), at_least_one_of: Vec::new(), requires: Vec::new() };
    let mut from = vec![version.to_owned()];
    while let Some(base) = programme.word(&format!("/criteria-sets/{}/extends", from.last()?)) {
        // A ring ends here too.
        if from.len() >= EXTENDS_MAX || from.iter().any(|known| known == base) {
            break;
        }
        from.push(base.to_owned());
    }
    for version in from.iter().rev() {
        add(programme, version, &mut set);
    }
    Some(set)
}

/// What one version says, added to what it builds on.
fn add(programme: &Record, version: &str, set: &mut CriteriaSet) {
    let at = format!("/criteria-sets/{version}");
    for id in programme.below(&format!("{at}/mandatory")) {
        let computed = programme.word(&format!("{at}/mandatory/{id}/rule"));
        let rule = match computed {
            Some(rule) if rule == Rule::RegionAndAtLeastOneMunicipality.as_str() => {
                Rule::RegionAndAtLeastOneMunicipality
            }
            _ => Rule::Claimed,
        };
        if let Ok(id) = Name::new(id) {
            set.mandatory.retain(|known| known.id != id);
            set.mandatory.push(Mandatory { id, rule });
        }
    }
    let optional = programme.below(&format!("{at}/at-least-one-of"));
    set.at_least_one_of.extend(optional.into_iter().filter_map(|id| Name::new(id).ok()));
    set.at_least_one_of.dedup();
    for requirement in programme.references(&format!("{at}/requires")) {
        let requirement = match requirement.split_once(':') {
            Some((_, "description")) => Requirement::Description,
            Some((_, "financing")) => Requirement::Financing,
            _ => continue,
        };
        if !set.requires.contains(&requirement) {
            set.requires.push(requirement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::{entry::DocumentKind, id::Path, value::Value};
    use std::collections::BTreeSet;

    fn programme(values: &[(&str, &str)]) -> Record {
        let value = |text: &str| match text {
            "requires" => {
                Value::References(["requirement:description", "requirement:financing"].map(String::from).into())
            }
            text if text.contains(':') => Value::Reference(text.to_owned()),
            text => Value::Text(text.to_owned()),
        };
        let path = |text: &str| Path::new(text).expect("a path");
        Record::of_values(DocumentKind::Programme, "rvn", values.iter().map(|(p, v)| (path(p), value(v))))
    }

    const STATED: &[(&str, &str)] = &[
        ("/criteria-sets/2021/requires", "requires"),
        ("/criteria-sets/2021/mandatory/collaboration/name", "Samverkan"),
        ("/criteria-sets/2021/mandatory/collaboration/rule", "rule:region-and-at-least-one-municipality"),
        ("/criteria-sets/2021/at-least-one-of/accessibility/name", "Tillgänglighet"),
        ("/criteria-sets/2021/at-least-one-of/health-promotion/name", "Hälsofrämjande"),
        ("/criteria-sets/2021/at-least-one-of/person-centred/name", "Personcentrerat"),
        ("/criteria-sets/2023/extends", "criteria-set:2021"),
        ("/criteria-sets/2023/mandatory/in-line/name", "I linje"),
    ];

    /// The sets that ship with the program are what the programme's document says of the same versions.
    #[test]
    fn versions_are_read_and_build_on_each_other() {
        let sets = sets(&programme(STATED));
        for (read, shipped) in sets.iter().zip([CriteriaSet::set_2021(), CriteriaSet::set_2023()]) {
            let ids = |set: &CriteriaSet| set.at_least_one_of.iter().cloned().collect::<BTreeSet<Name>>();
            assert_eq!(
                (&read.version, &read.mandatory, ids(read)),
                (&shipped.version, &shipped.mandatory, ids(&shipped))
            );
            assert_eq!(read.requires, shipped.requires);
        }
        assert_eq!(chosen(&sets, None).map(|s| s.version.as_str()), Some("2023"));
        assert_eq!(chosen(&sets, Some("2021")).map(|s| s.mandatory.len()), Some(1));
        assert_eq!(chosen(&sets, Some("1999")), None);
    }

    #[test]
    fn a_ring_of_versions_ends() {
        let sets = sets(&programme(&[
            ("/criteria-sets/a/extends", "criteria-set:b"),
            ("/criteria-sets/b/extends", "criteria-set:a"),
            ("/criteria-sets/b/mandatory/in-line/name", "I linje"),
        ]));
        assert_eq!(sets.iter().map(|s| s.mandatory.len()).collect::<Vec<_>>(), [1, 1]);
    }
}
