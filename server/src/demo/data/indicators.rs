//! The indicator set of the demo. No party has stated a value of it, and none is made up.

use super::{
    DataError, Facts, Statements,
    slug::{another, slug},
};
use samsyn_core::{id::Name, value::Value};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The set's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicators {
    pub set: Heading,
    pub indicator: Vec<Indicator>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    pub id: Name,
    pub title: String,
    pub source: String,
    pub target_year: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub area: String,
    pub name: String,
    pub measures: Vec<Measure>,
    pub status: Option<Name>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub name: String,
    pub side: Name,
    pub status: Option<Name>,
}

impl Indicators {
    pub(super) fn facts(&self) -> Result<Facts, DataError> {
        let mut facts = Statements::default();
        facts.text("/definitions/title", &self.set.title)?;
        facts.text("/definitions/source", &self.set.source)?;
        facts.integer("/definitions/target-year", self.set.target_year)?;
        let mut areas = BTreeSet::new();
        for (order, indicator) in (1..).zip(&self.indicator) {
            let area = slug(&indicator.area);
            if areas.insert(area.clone()) {
                facts.text(&format!("/definitions/areas/{area}/name"), &indicator.area)?;
                facts.integer(&format!("/definitions/areas/{area}/order"), order)?;
            }
            let at = format!("/definitions/indicators/{}", slug(&indicator.name));
            facts.text(&format!("{at}/name"), &indicator.name)?;
            facts.integer(&format!("{at}/order"), order)?;
            facts.reference(&format!("{at}/area"), "area", &area)?;
            facts.maybe_reference(&format!("{at}/status"), "measured", indicator.status.as_ref())?;
        }
        for (order, (id, measure, indicators)) in (1..).zip(self.measures()) {
            let at = format!("/definitions/measures/{id}");
            facts.text(&format!("{at}/name"), &measure.name)?;
            facts.integer(&format!("{at}/order"), order)?;
            facts.reference(&format!("{at}/side"), "side", measure.side.as_str())?;
            facts.maybe_reference(&format!("{at}/status"), "measured", measure.status.as_ref())?;
            facts.add(&format!("{at}/indicators"), Value::References(indicators))?;
        }
        Ok(facts.0)
    }

    /// Each measure once, with all the indicators that it serves: a value is stated in one place.
    fn measures(&self) -> Vec<(String, &Measure, BTreeSet<String>)> {
        let mut ids: BTreeMap<&str, String> = BTreeMap::new();
        let mut measures: Vec<(String, &Measure, BTreeSet<String>)> = Vec::new();
        for indicator in &self.indicator {
            let served = format!("indicator:{}", slug(&indicator.name));
            for measure in &indicator.measures {
                let known = ids.get(measure.name.as_str()).cloned();
                let id = known.unwrap_or_else(|| another(&measure.name, |id| ids.values().any(|taken| taken == id)));
                ids.insert(&measure.name, id.clone());
                match measures.iter_mut().find(|(other, ..)| *other == id) {
                    Some((.., indicators)) => drop(indicators.insert(served.clone())),
                    None => measures.push((id, measure, [served.clone()].into())),
                }
            }
        }
        measures
    }
}

#[cfg(test)]
mod tests {
    use crate::demo::data::County;
    use samsyn_core::value::Value;

    #[test]
    fn each_measure_stands_once_and_none_has_a_value() {
        let county = County::load().expect("data");
        let facts = county.indicator_facts().expect("facts");
        let of = |part: &str| {
            let names = facts.iter().filter(|(path, _)| {
                path.as_str().starts_with(&format!("/definitions/{part}/")) && path.as_str().ends_with("/name")
            });
            names.count()
        };
        assert_eq!((of("areas"), of("indicators"), of("measures")), (3, 7, 26));
        assert!(facts.iter().all(|(path, _)| !path.as_str().starts_with("/values")));
        let shared = facts
            .iter()
            .find(|(path, _)| path.as_str() == "/definitions/measures/samordning-av-vardkontakter/indicators");
        assert!(matches!(shared, Some((_, Value::References(of))) if of.len() == 2), "{shared:?}");
    }
}
