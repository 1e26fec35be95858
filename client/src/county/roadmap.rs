//! The roadmap: its versions, the areas by period, what each party does in an area, and the texts that all write.

use super::cell::Cell;
use crate::record::Record;
use samsyn_core::date::{self, Day, Span};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A roadmap as one document says it. What nobody has stated, or several state differently, is none.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Roadmap {
    pub document_id: String,
    pub title: Option<String>,
    /// The latest first.
    pub versions: Vec<Version>,
    /// In the order of their periods, then by name.
    pub areas: Vec<Area>,
    /// Ids of the joint texts, without the name.
    pub sections: Vec<String>,
    /// Paths where statements differ.
    pub contested: usize,
}

/// One version: who adopted it, who approved it, how long it is valid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Version {
    pub id: String,
    pub title: Option<String>,
    pub adopted_by: Option<String>,
    pub adopted: Option<String>,
    pub approved_by: Option<String>,
    pub approved: Option<String>,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    pub revised: Option<String>,
    pub priority: Option<String>,
    pub target_groups: BTreeSet<String>,
    pub follow_up: Option<String>,
}

/// One area of the roadmap.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Area {
    pub id: String,
    pub title: Option<String>,
    /// As it is written: `2025`, `2027-2030`.
    pub period: Option<String>,
    pub continuing: bool,
    pub throughout: bool,
    pub note: Option<String>,
    pub target_groups: BTreeSet<String>,
    pub group: Option<String>,
    /// References: `work:barnsakert`.
    pub works: BTreeSet<String>,
    pub measures: BTreeSet<String>,
    pub method: Option<String>,
    pub source: Option<String>,
    /// Year and goal, by year: there may be several of one.
    pub goals: Vec<(String, String)>,
    pub activities: Vec<Activity>,
    pub dependencies: Vec<Dependency>,
    /// Target groups that each part of a municipality is to have a group for.
    pub grid: BTreeSet<String>,
    /// Of those who have said anything.
    pub parties: BTreeMap<String, Local>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    pub id: String,
    pub title: Option<String>,
    pub note: Option<String>,
    pub when: Option<String>,
    pub works: BTreeSet<String>,
    pub measure: Option<String>,
    pub aim: Option<String>,
}

/// What an area waits for, as a law.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Dependency {
    pub id: String,
    pub title: Option<String>,
    pub when: Option<String>,
}

/// What one party does in an area.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Local {
    pub plan: Cell,
    pub plan_link: Option<String>,
    pub activities: Cell,
    pub status: Cell,
    pub contact: Option<String>,
    pub parts: Vec<Part>,
}

/// A part of a municipality, and its local groups by target group.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Part {
    pub id: String,
    pub name: Option<String>,
    pub groups: BTreeMap<String, Cell>,
}

/// Areas of one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lane {
    pub period: Period,
    /// Indexes among the roadmap's areas.
    pub areas: Vec<usize>,
}

/// When an area is worked on: begun already, in a period, or nobody has said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "span")]
pub enum Period {
    Continuing,
    /// First and last day, and how it is written.
    Days(Day, Day, String),
    Unknown,
}

impl Period {
    fn of(continuing: bool, written: Option<&str>) -> Self {
        if continuing {
            return Self::Continuing;
        }
        match written.map(|text| (date::parse(text), text)) {
            Some((Ok(Span::Days { first, last }), text)) => Self::Days(first, last, text.to_owned()),
            _ => Self::Unknown,
        }
    }
}

pub fn read(record: &Record) -> Roadmap {
    let own = |path: &str| record.text(path).map(ToOwned::to_owned);
    let mut areas: Vec<Area> = record.below("/areas").into_iter().map(|id| area(record, id)).collect();
    areas
        .sort_by_cached_key(|area| (area.at(), area.title.clone().unwrap_or_default().to_lowercase(), area.id.clone()));
    let mut versions: Vec<Version> =
        record.below("/activities/versions").into_iter().map(|id| version(record, id)).collect();
    versions.sort_by_cached_key(|v| std::cmp::Reverse((sort_key(v.valid_to.as_deref()), v.id.clone())));
    Roadmap {
        document_id: record.id.clone(),
        title: own("/text/title"),
        versions,
        areas,
        sections: record.below("/text").into_iter().filter(|id| *id != "title").map(ToOwned::to_owned).collect(),
        contested: record.contested().count(),
    }
}

/// Unknown comes first where the latest is wanted first: it may still be valid.
fn sort_key(date: Option<&str>) -> (Day, Day) {
    date.and_then(|text| date::parse(text).ok()).unwrap_or(Span::Unknown).sort_key()
}

fn version(record: &Record, id: &str) -> Version {
    let at = |field: &str| format!("/activities/versions/{id}/{field}");
    let text = |field: &str| record.text(&at(field)).map(ToOwned::to_owned);
    let word = |field: &str| record.word(&at(field)).map(ToOwned::to_owned);
    Version {
        id: id.to_owned(),
        title: text("title"),
        adopted_by: word("adopted-by"),
        adopted: text("adopted"),
        approved_by: word("approved-by"),
        approved: text("approved"),
        valid_from: text("valid-from"),
        valid_to: text("valid-to"),
        revised: text("revised"),
        priority: text("priority"),
        target_groups: words(record, &at("target-groups")),
        follow_up: text("follow-up"),
    }
}

impl Area {
    /// What the parties want to have reached in a year.
    pub fn goals_of(&self, year: &str) -> String {
        let goals = self.goals.iter().filter(|(of, _)| of == year).map(|(_, goal)| goal.as_str());
        goals.collect::<Vec<_>>().join("; ")
    }
}

fn area(record: &Record, id: &str) -> Area {
    let at = |field: &str| format!("/areas/{id}/{field}");
    let text = |field: &str| record.text(&at(field)).map(ToOwned::to_owned);
    let word = |field: &str| record.word(&at(field)).map(ToOwned::to_owned);
    let goals = record.below(&at("goals"));
    let mut goals: Vec<(String, String)> = {
        let goal = |id: &str| {
            let goal = text(&format!("goals/{id}/goal"))?;
            // One without a year stands by its own name.
            Some((text(&format!("goals/{id}/year")).unwrap_or_else(|| id.to_owned()), goal))
        };
        goals.into_iter().filter_map(goal).collect()
    };
    goals.sort();
    let parties = record.below(&at("parties"));
    Area {
        id: id.to_owned(),
        title: text("title"),
        period: text("period"),
        continuing: record.boolean(&at("continuing")) == Some(true),
        throughout: record.boolean(&at("throughout")) == Some(true),
        note: text("note"),
        target_groups: words(record, &at("target-groups")),
        group: word("group"),
        works: references(record, &at("works")),
        measures: words(record, &at("measures")),
        method: word("method"),
        source: text("source"),
        goals,
        activities: record
            .below(&at("activities"))
            .into_iter()
            .map(|it| activity(record, &at("activities"), it))
            .collect(),
        dependencies: record
            .below(&at("dependencies"))
            .into_iter()
            .map(|it| dependency(record, &at("dependencies"), it))
            .collect(),
        grid: words(record, &at("grid")),
        parties: parties.into_iter().map(|org| (org.to_owned(), local(record, &at("parties"), org))).collect(),
    }
}

fn activity(record: &Record, below: &str, id: &str) -> Activity {
    let at = |field: &str| format!("{below}/{id}/{field}");
    let text = |field: &str| record.text(&at(field)).map(ToOwned::to_owned);
    Activity {
        id: id.to_owned(),
        title: text("title"),
        note: text("note"),
        when: text("when"),
        works: references(record, &at("works")),
        measure: text("measure"),
        aim: record.word(&at("aim")).map(ToOwned::to_owned),
    }
}

fn dependency(record: &Record, below: &str, id: &str) -> Dependency {
    let text = |field: &str| record.text(&format!("{below}/{id}/{field}")).map(ToOwned::to_owned);
    Dependency { id: id.to_owned(), title: text("title"), when: text("when") }
}

fn local(record: &Record, below: &str, org: &str) -> Local {
    let at = |field: &str| format!("{below}/{org}/{field}");
    let text = |field: &str| record.text(&at(field)).map(ToOwned::to_owned);
    let part = |id: &str| {
        let at = at(&format!("parts/{id}"));
        let groups = record.below(&at).into_iter().filter(|name| *name != "name");
        Part {
            id: id.to_owned(),
            name: record.text(&format!("{at}/name")).map(ToOwned::to_owned),
            groups: groups.map(|group| (group.to_owned(), Cell::of(record, &format!("{at}/{group}")))).collect(),
        }
    };
    Local {
        plan: Cell::of(record, &at("plan")),
        plan_link: text("plan-link"),
        activities: Cell::of(record, &at("activities")),
        status: Cell::of(record, &at("status")),
        contact: text("contact"),
        parts: record.below(&at("parts")).into_iter().map(part).collect(),
    }
}

/// References without their kinds.
fn words(record: &Record, path: &str) -> BTreeSet<String> {
    let word = |reference: &str| reference.split_once(':').map_or(reference, |(_, word)| word).to_owned();
    record.references(path).into_iter().map(word).collect()
}

fn references(record: &Record, path: &str) -> BTreeSet<String> {
    record.references(path).into_iter().map(ToOwned::to_owned).collect()
}

impl Area {
    pub fn at(&self) -> Period {
        Period::of(self.continuing, self.period.as_deref())
    }

    /// How many parties have said that they have a plan of their own.
    pub fn with_plan(&self) -> usize {
        self.parties.values().filter(|local| local.plan.settled() == Some("adopted")).count()
    }

    /// How many parties have said anything of a plan.
    pub fn answered(&self) -> usize {
        self.parties.values().filter(|local| !local.plan.is_unknown()).count()
    }
}

impl Roadmap {
    /// The areas by period: those that have begun, then by first day, then those whose period nobody has said.
    pub fn lanes(&self) -> Vec<Lane> {
        let mut lanes: Vec<Lane> = Vec::new();
        for (index, area) in self.areas.iter().enumerate() {
            let period = area.at();
            match lanes.iter_mut().find(|lane| lane.period == period) {
                Some(lane) => lane.areas.push(index),
                None => lanes.push(Lane { period, areas: vec![index] }),
            }
        }
        lanes.sort_by(|a, b| a.period.cmp(&b.period));
        lanes
    }

    /// The version that is valid on a day; the latest where none says how long it is valid. None where several are.
    pub fn version_on(&self, day: Day) -> Option<&Version> {
        let valid: Vec<&Version> = self.versions.iter().filter(|version| version.holds(day)).collect();
        match valid.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Parties that have said something of a plan in any area.
    pub fn parties_with_answers(&self) -> BTreeSet<&str> {
        let said = |local: &Local| !local.plan.is_unknown() || !local.status.is_unknown();
        self.areas
            .iter()
            .flat_map(|area| &area.parties)
            .filter(|(_, local)| said(local))
            .map(|(org, _)| org.as_str())
            .collect()
    }
}

impl Version {
    /// From the first to the last day that it may be valid; open where nothing is said.
    pub fn validity(&self) -> (Option<Day>, Option<Day>) {
        let span = |text: &Option<String>| match text.as_deref().map(date::parse) {
            Some(Ok(Span::Days { first, last })) => Some((first, last)),
            _ => None,
        };
        (span(&self.valid_from).map(|(first, _)| first), span(&self.valid_to).map(|(_, last)| last))
    }

    fn holds(&self, day: Day) -> bool {
        let (from, to) = self.validity();
        from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::{entry::DocumentKind, id::Path, value::Value};

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn date(text: &str) -> Value {
        Value::Date(text.to_owned())
    }

    fn word(text: &str) -> Value {
        Value::Reference(text.to_owned())
    }

    fn roadmap(values: &[(&str, Value)]) -> Roadmap {
        let path = |text: &str| Path::new(text).expect("a path");
        read(&Record::of_values(DocumentKind::Roadmap, "rvn", values.iter().map(|(p, v)| (path(p), v.clone()))))
    }

    #[test]
    fn areas_stand_in_lanes_by_period_and_those_without_one_come_last() {
        let read = roadmap(&[
            ("/areas/framat/period", date("2027-2030")),
            ("/areas/tsi/period", date("2025")),
            ("/areas/lsg/period", date("2025")),
            ("/areas/sedan/title", text("Utan period")),
            ("/areas/demensteam/continuing", Value::Boolean(true)),
        ]);
        let lanes = read.lanes();
        let ids = |lane: &Lane| lane.areas.iter().map(|at| read.areas[*at].id.as_str()).collect::<Vec<_>>();
        assert_eq!(
            lanes.iter().map(ids).collect::<Vec<_>>(),
            [vec!["demensteam"], vec!["lsg", "tsi"], vec!["framat"], vec!["sedan"]]
        );
        assert_eq!(lanes[0].period, Period::Continuing);
        assert_eq!(lanes[2].period, Period::Days((2027, 1, 1), (2030, 12, 31), "2027-2030".to_owned()));
        assert_eq!(lanes[3].period, Period::Unknown);
    }

    #[test]
    fn a_plan_that_nobody_has_spoken_of_is_neither_there_nor_missing() {
        let read = roadmap(&[
            ("/areas/tsi/title", text("TSI")),
            ("/areas/tsi/parties/timra/plan", word("local-plan:adopted")),
            ("/areas/tsi/parties/ange/plan", word("local-plan:none")),
            ("/areas/tsi/parties/rvn/status", word("progress:begun")),
        ]);
        let area = &read.areas[0];
        assert_eq!((area.with_plan(), area.answered(), area.parties.len()), (1, 2, 3));
        assert_eq!(read.parties_with_answers(), ["ange", "rvn", "timra"].into());
    }

    #[test]
    fn a_date_of_approval_that_is_unknown_stays_so_and_the_version_of_a_day_is_found() {
        let read = roadmap(&[
            ("/activities/versions/v1/adopted", date("2025-01-24")),
            ("/activities/versions/v1/approved", date("unknown")),
            ("/activities/versions/v1/valid-from", date("2025-01-24")),
            ("/activities/versions/v1/valid-to", date("2027-12-31")),
            ("/activities/versions/v2/valid-from", date("2028")),
        ]);
        let ids: Vec<&str> = read.versions.iter().map(|v| v.id.as_str()).collect();
        assert_eq!(ids, ["v2", "v1"], "the latest first");
        assert_eq!(read.versions[1].approved.as_deref(), Some("unknown"));
        let on = |day| read.version_on(day).map(|v| v.id.as_str());
        assert_eq!((on((2026, 5, 1)), on((2029, 1, 1)), on((2024, 1, 1))), (Some("v1"), Some("v2"), None));
    }

    #[test]
    fn local_groups_are_read_by_part_and_target_group() {
        let read = roadmap(&[
            ("/areas/lsg/grid", Value::References(["target-group:older".to_owned()].into())),
            ("/areas/lsg/parties/timra/parts/centrum/name", text("Centrum")),
            ("/areas/lsg/parties/timra/parts/centrum/older", word("coverage:working")),
        ]);
        let part = &read.areas[0].parties["timra"].parts[0];
        assert_eq!((part.name.as_deref(), part.groups["older"].settled()), (Some("Centrum"), Some("working")));
        assert!(!part.groups.contains_key("adults"), "nobody has said");
    }

    #[test]
    fn goals_activities_dependencies_and_texts_are_read() {
        let read = roadmap(&[
            ("/text/title", Value::Prose("Färdplan".to_owned())),
            ("/text/inledning", Value::Prose("Vi ställer om.".to_owned())),
            ("/areas/a/goals/x1/year", date("2025")),
            ("/areas/a/goals/x1/goal", text("Alla kommuner har börjat")),
            ("/areas/a/activities/sip/title", text("Fler SIP på distans")),
            ("/areas/a/activities/sip/aim", word("aim:up")),
            ("/areas/a/dependencies/lag/title", text("Ny socialtjänstlag")),
        ]);
        let area = &read.areas[0];
        assert_eq!(
            (read.title.as_deref(), read.sections.as_slice()),
            (Some("Färdplan"), ["inledning".to_owned()].as_slice())
        );
        assert_eq!(area.goals, [("2025".to_owned(), "Alla kommuner har börjat".to_owned())]);
        assert_eq!(area.activities[0].aim.as_deref(), Some("up"));
        assert_eq!(area.dependencies[0].title.as_deref(), Some("Ny socialtjänstlag"));
    }
}
