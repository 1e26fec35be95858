//! Which party works by which method: a grid of parties and methods, and of local groups by part of a municipality. What
//! nobody has said is unknown, which is not no.

use super::{cell::Cell, roadmap::Roadmap};
use crate::record::Record;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Working methods and how far each party has come with them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rollout {
    /// By name, then by id.
    pub methods: Vec<Method>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Method {
    /// The roadmap that names it.
    pub document_id: String,
    pub id: String,
    pub title: Option<String>,
    pub about: Option<String>,
    pub works: BTreeSet<String>,
    pub source: Option<String>,
    /// Of the parties that have said something.
    pub cells: BTreeMap<String, Cell>,
}

/// The methods of a roadmap: those that it names, and those of which a party has said something.
pub fn read(record: &Record) -> Rollout {
    let ids: BTreeSet<&str> = record.below("/activities/methods").union(&record.below("/rollout")).copied().collect();
    let mut methods: Vec<Method> = ids.into_iter().map(|id| method(record, id)).collect();
    methods.sort_by_cached_key(|m| (m.title.clone().unwrap_or_default().to_lowercase(), m.id.clone()));
    Rollout { methods }
}

fn method(record: &Record, id: &str) -> Method {
    let at = |field: &str| format!("/activities/methods/{id}/{field}");
    let text = |field: &str| record.text(&at(field)).map(ToOwned::to_owned);
    let parties = record.below(&format!("/rollout/{id}"));
    Method {
        document_id: record.id.clone(),
        id: id.to_owned(),
        title: text("title"),
        about: text("about"),
        works: record.references(&at("works")).into_iter().map(ToOwned::to_owned).collect(),
        source: text("source"),
        cells: parties
            .into_iter()
            .map(|org| (org.to_owned(), Cell::of(record, &format!("/rollout/{id}/{org}"))))
            .collect(),
    }
}

impl Method {
    /// What is known of a party.
    pub fn cell(&self, org: &str) -> Cell {
        self.cells.get(org).cloned().unwrap_or_default()
    }

    /// How many parties have said where they are.
    pub fn answered(&self) -> usize {
        self.cells.values().filter(|cell| !cell.is_unknown()).count()
    }

    /// How many parties work by it, in part or in whole.
    pub fn introduced(&self) -> usize {
        let introduced = |cell: &&Cell| matches!(cell.settled(), Some("introduced" | "partly-introduced"));
        self.cells.values().filter(introduced).count()
    }
}

/// Local groups: one row for each part of a municipality that a party has named.
#[derive(Debug, Clone, Serialize)]
pub struct Grid {
    pub area: String,
    pub title: Option<String>,
    /// Ids of target groups, in the order of the vocabulary.
    pub columns: Vec<String>,
    pub rows: Vec<GridRow>,
}

#[derive(Debug, Clone, Serialize)]
pub struct GridRow {
    pub party: String,
    pub part: String,
    pub name: Option<String>,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// The grids of the areas that ask for local groups.
pub fn grids(roadmap: &Roadmap) -> Vec<Grid> {
    let asked = roadmap.areas.iter().filter(|area| !area.grid.is_empty());
    asked
        .map(|area| {
            let known = crate::vocabulary::TARGET_GROUP.words.iter().map(|word| word.id);
            let columns: Vec<String> = known.filter(|id| area.grid.contains(*id)).map(ToOwned::to_owned).collect();
            let rows = area.parties.iter().flat_map(|(party, local)| {
                local.parts.iter().map(|part| GridRow {
                    party: party.clone(),
                    part: part.id.clone(),
                    name: part.name.clone(),
                    cells: columns.iter().map(|c| part.groups.get(c).cloned().unwrap_or_default()).collect(),
                })
            });
            Grid { area: area.id.clone(), title: area.title.clone(), rows: rows.collect(), columns }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{county::roadmap, record::Said};
    use samsyn_core::{entry::DocumentKind, id::Path, value::Value};

    fn record(values: &[(&str, &str)]) -> Record {
        let value = |text: &str| match text.split_once(':') {
            Some(_) => Value::Reference(text.to_owned()),
            None => Value::Text(text.to_owned()),
        };
        let path = |text: &str| Path::new(text).expect("a path");
        Record::of_values(DocumentKind::Roadmap, "rvn", values.iter().map(|(p, v)| (path(p), value(v))))
    }

    #[test]
    fn a_party_that_has_said_nothing_is_unknown_and_counts_nowhere() {
        let read = read(&record(&[
            ("/activities/methods/hlt-tsi/title", "HLT"),
            ("/rollout/hlt-tsi/ange", "rollout:introduced"),
            ("/rollout/hlt-tsi/kramfors", "rollout:pilot"),
            ("/rollout/hlt-tsi/timra", "rollout:not-applicable"),
        ]));
        let method = &read.methods[0];
        assert_eq!((method.answered(), method.introduced()), (3, 1));
        assert!(method.cell("sundsvall").is_unknown());
        assert_eq!(method.cell("timra").settled(), Some("not-applicable"), "that is an answer");
    }

    #[test]
    fn a_method_that_only_a_cell_names_is_shown_too_and_two_states_are_none() {
        let mut record = record(&[("/rollout/ny/ange", "rollout:pilot")]);
        record.say(
            Path::new("/rollout/ny/ange").expect("a path"),
            Said::by("ange", Value::Reference("rollout:introduced".to_owned())),
        );
        let read = read(&record);
        let cell = read.methods[0].cell("ange");
        assert_eq!((read.methods[0].title.as_deref(), cell.differs(), cell.settled()), (None, true, None));
    }

    #[test]
    fn the_grid_has_a_row_for_each_part_and_a_column_for_each_group() {
        let mut record = record(&[
            ("/areas/lsg/title", "LSG"),
            ("/areas/lsg/parties/timra/parts/centrum/name", "Centrum"),
            ("/areas/lsg/parties/timra/parts/centrum/older", "coverage:working"),
            ("/areas/lsg/parties/ange/parts/ljungaverk/adults", "coverage:missing"),
        ]);
        let groups = ["older", "children-young", "adults"].map(|id| format!("target-group:{id}"));
        record.say(
            Path::new("/areas/lsg/grid").expect("a path"),
            Said::by("rvn", Value::References(groups.into_iter().collect())),
        );
        let grids = grids(&roadmap::read(&record));
        assert_eq!(grids[0].columns, ["children-young", "adults", "older"]);
        let states = |row: &GridRow| row.cells.iter().map(|c| c.settled().map(ToOwned::to_owned)).collect::<Vec<_>>();
        assert_eq!(states(&grids[0].rows[0]), [None, Some("missing".to_owned()), None]);
        assert_eq!(states(&grids[0].rows[1]), [None, None, Some("working".to_owned())]);
    }
}
