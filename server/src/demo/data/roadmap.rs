//! The county's roadmap of 2025, and which party is known to work by which method.

use super::{DataError, Facts, Statements, slug::slug};
use samsyn_core::{
    id::{Name, OrgId},
    value::Value,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// In the known states of a method: every party.
const EVERY_PARTY: &str = "*";
/// The period of what has begun already.
const CONTINUING: &str = "continuing";

#[derive(Debug, Clone)]
pub struct Roadmap {
    heading: Heading,
    areas: Vec<Area>,
    methods: Vec<Method>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    id: Name,
    title: String,
    adopted: Passed,
    approved: Passed,
    valid_to: String,
    revised: String,
    priority: String,
    target_groups: Vec<Name>,
    followed_up: FollowedUp,
}

/// A body, and the day when it did.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Passed {
    body: Name,
    date: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FollowedUp {
    every_meeting: Name,
    reports_per_year_to: Reports,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reports {
    body: Name,
    count: u32,
    by: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Area {
    id: Name,
    period: String,
    title: String,
    note: Option<String>,
    #[serde(default)]
    depends_on: Vec<String>,
    work: Option<Name>,
    follow_up: Option<bool>,
    throughout: Option<bool>,
    grid: Option<Grid>,
    #[serde(default)]
    activities: Vec<Activity>,
    #[serde(default)]
    target_groups: Vec<Name>,
    rollout: Option<Rollout>,
}

/// Local groups are meant to be in each row for each column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grid {
    #[serde(rename = "rows")]
    _rows: Name,
    columns: Vec<Name>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Activity {
    id: Name,
    title: String,
    note: Option<String>,
    work: Option<Name>,
    measure: Option<String>,
    direction: Option<Name>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rollout {
    method: Name,
    #[serde(rename = "scope")]
    _scope: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Method {
    id: Name,
    name: String,
    /// States by party; a party that is not here is unknown.
    known: BTreeMap<String, Name>,
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoadmapFile {
    roadmap: Heading,
    area: Vec<Area>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolloutFile {
    method: Vec<Method>,
}

impl Roadmap {
    pub(super) fn load() -> Result<Self, DataError> {
        let file: RoadmapFile = toml::from_str(include_str!("../../../demo/roadmap.toml"))?;
        let rollout: RolloutFile = toml::from_str(include_str!("../../../demo/rollout.toml"))?;
        Ok(Self { heading: file.roadmap, areas: file.area, methods: rollout.method })
    }

    /// What its founder states: all but what each party says of itself.
    pub fn facts(&self) -> Result<Facts, DataError> {
        let mut facts = Statements::default();
        facts.add("/text/title", Value::Prose(self.heading.title.clone()))?;
        self.heading.add_to(&mut facts)?;
        for area in &self.areas {
            area.add_to(&mut facts)?;
        }
        for method in &self.methods {
            let at = format!("/activities/methods/{}", method.id);
            facts.text(&format!("{at}/title"), &method.name)?;
            facts.maybe_text(&format!("{at}/source"), method.source.as_deref())?;
        }
        Ok(facts.0)
    }

    /// What is known of one party, as it would state it itself.
    pub fn facts_of(&self, party: &OrgId) -> Result<Facts, DataError> {
        let mut facts = Statements::default();
        for method in &self.methods {
            let state = method.known.get(party.as_str()).or_else(|| method.known.get(EVERY_PARTY));
            facts.maybe_reference(&format!("/rollout/{}/{party}", method.id), "rollout", state)?;
        }
        Ok(facts.0)
    }
}

impl Heading {
    fn add_to(&self, facts: &mut Statements) -> Result<(), DataError> {
        let at = format!("/activities/versions/{}", self.id);
        facts.text(&format!("{at}/title"), &self.title)?;
        facts.reference(&format!("{at}/adopted-by"), "body", self.adopted.body.as_str())?;
        facts.maybe_date(&format!("{at}/adopted"), Some(&self.adopted.date))?;
        facts.reference(&format!("{at}/approved-by"), "body", self.approved.body.as_str())?;
        facts.maybe_date(&format!("{at}/approved"), Some(&self.approved.date))?;
        facts.maybe_date(&format!("{at}/valid-to"), Some(&self.valid_to))?;
        facts.text(&format!("{at}/revised"), &self.revised)?;
        facts.text(&format!("{at}/priority"), &self.priority)?;
        facts.references(&format!("{at}/target-groups"), "target-group", &self.target_groups)?;
        let (followed, reports) = (&self.followed_up, &self.followed_up.reports_per_year_to);
        let text = format!(
            "Vid varje möte i {}; {} gånger om året till {}, av {}",
            followed.every_meeting, reports.count, reports.body, reports.by
        );
        facts.text(&format!("{at}/follow-up"), &text)
    }
}

impl Area {
    fn add_to(&self, facts: &mut Statements) -> Result<(), DataError> {
        let at = |field: &str| format!("/areas/{}/{field}", self.id);
        let work = |id: &Name| Value::References([format!("work:{id}")].into());
        facts.text(&at("title"), &self.title)?;
        if self.period == CONTINUING {
            facts.add(&at("continuing"), Value::Boolean(true))?;
        } else {
            facts.maybe_date(&at("period"), Some(&self.period))?;
        }
        facts.maybe_text(&at("note"), self.note.as_deref())?;
        if let Some(id) = &self.work {
            facts.add(&at("works"), work(id))?;
        }
        for (field, said) in [("evaluated", self.follow_up), ("throughout", self.throughout)] {
            said.map_or(Ok(()), |yes| facts.add(&at(field), Value::Boolean(yes)))?;
        }
        facts.references(&at("target-groups"), "target-group", &self.target_groups)?;
        facts.maybe_reference(&at("method"), "method", self.rollout.as_ref().map(|rollout| &rollout.method))?;
        if let Some(grid) = &self.grid {
            facts.references(&at("grid"), "target-group", &grid.columns)?;
        }
        for on in &self.depends_on {
            let at = at(&format!("dependencies/{}", slug(on)));
            facts.text(&format!("{at}/title"), on)?;
            // A year that stands in the name itself.
            let year = on.rsplit(' ').next().filter(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()));
            facts.maybe_date(&format!("{at}/when"), year)?;
        }
        for activity in &self.activities {
            let at = at(&format!("activities/{}", activity.id));
            facts.text(&format!("{at}/title"), &activity.title)?;
            facts.maybe_text(&format!("{at}/note"), activity.note.as_deref())?;
            if let Some(id) = &activity.work {
                facts.add(&format!("{at}/works"), work(id))?;
            }
            facts.maybe_text(&format!("{at}/measure"), activity.measure.as_deref())?;
            facts.maybe_reference(&format!("{at}/aim"), "aim", activity.direction.as_ref())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::data::County;
    use samsyn_client::{
        county::{roadmap, rollout},
        record::Record,
    };
    use samsyn_core::entry::DocumentKind;

    #[test]
    fn the_roadmap_reads_as_its_source_says_and_what_no_party_has_said_is_unknown() {
        let county = County::load().expect("data");
        let record = Record::of_values(DocumentKind::Roadmap, "rvn", county.roadmap.facts().expect("facts"));
        let read = roadmap::read(&record);
        assert_eq!(read.areas.len(), 11);
        let lanes = read.lanes().iter().map(|lane| lane.areas.len()).collect::<Vec<_>>();
        assert_eq!(lanes, [3, 4, 3, 1], "begun, 2025, 2026, 2027-2030");
        assert_eq!(read.versions[0].approved.as_deref(), Some("unknown"));
        let reform = read.areas.iter().find(|area| area.id == "beroende").expect("an area");
        assert_eq!(reform.dependencies[0].when.as_deref(), Some("2027"));
        let methods = rollout::read(&record).methods;
        assert!(methods.iter().all(|method| method.cells.is_empty()), "each party speaks for itself");
    }

    #[test]
    fn each_party_states_its_own_cells_alone() {
        let county = County::load().expect("data");
        let said = |party: &str| {
            let party = OrgId::new(party).expect("an id");
            let facts = county.roadmap.facts_of(&party).expect("facts");
            facts
                .into_iter()
                .map(|(path, value)| format!("{path} {}", value.as_text().unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            said("ange"),
            ["/rollout/hlt-tsi/ange rollout:introduced", "/rollout/sip-distans/ange rollout:introduced"]
        );
        assert_eq!(said("sundsvall"), ["/rollout/sip-distans/sundsvall rollout:introduced"]);
    }
}
