//! What an indicator set says: areas, indicators and measures as their owner defines them, and each party's own values.
//! Nothing is reckoned for those who have said nothing: a county's figure stands only where all who are meant have theirs.

pub mod figure;
pub mod import;
pub mod period;

use super::programme::live;
use crate::record::{Record, Said};
use figure::Figure;
use period::{Period, Sex};
use samsyn_core::value::Value;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Periods that a view shows, the latest of those that somebody has values for.
pub const PERIODS_SHOWN: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Set {
    pub document_id: String,
    pub owner: String,
    pub name: Option<String>,
    pub target_year: Option<i64>,
    pub areas: Vec<Area>,
    /// Measures that belong to no indicator that is defined here, and values of measures that are not defined.
    pub loose: Vec<Measure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Area {
    pub id: String,
    pub name: Option<String>,
    pub indicators: Vec<Indicator>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Indicator {
    pub id: String,
    pub name: Option<String>,
    /// `no-measure-yet`: nobody knows yet how it is to be measured.
    pub status: Option<String>,
    /// Id of the programme's goal that it follows up.
    pub goal: Option<String>,
    pub measures: Vec<Measure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    pub id: String,
    pub name: Option<String>,
    /// From whose point of view: `region`, `municipality`, `both`.
    pub side: Option<String>,
    pub unit: Option<String>,
    pub source: Option<String>,
    /// `year`, `half-year`, `quarter`, `month`.
    pub frequency: Option<String>,
    /// `up`, `down`, `keep`: which way is wanted.
    pub direction: Option<String>,
    pub baseline: Option<Figure>,
    pub baseline_period: Option<String>,
    pub target: Option<Figure>,
    pub target_year: Option<i64>,
    /// Why the figure may come late, or follow from something else.
    pub lag: Option<String>,
    pub status: Option<String>,
    pub by_sex: bool,
    /// How the county's figure is made: `sum`, `median`; none where it is not agreed.
    pub county: Option<String>,
    pub values: BTreeMap<String, Vec<Stated>>,
}

/// A party's value of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stated {
    pub period: Period,
    pub sex: Sex,
    /// None where it is no number (`färre än 5`), or where several stand.
    pub figure: Option<Figure>,
    /// As the party wrote it; empty where several stand.
    pub written: String,
    /// The party has stated several, and nobody knows which holds.
    pub contested: bool,
}

/// What a measure says of one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    pub period: Period,
    /// How many of those who are meant have a value.
    pub stated: usize,
    /// The county's figure, where the measure says how it is made and all who are meant have a number.
    pub county: Option<Figure>,
}

pub fn read(record: &Record) -> Set {
    let mut measures = measures(record);
    let indicators: Vec<(Option<String>, Indicator)> = ordered(record, "indicators")
        .into_iter()
        .map(|id| {
            let at = format!("/definitions/indicators/{id}");
            let belongs = |m: &&Measure| {
                record
                    .references(&format!("/definitions/measures/{}/indicators", m.id))
                    .contains(&*format!("indicator:{id}"))
            };
            let indicator = Indicator {
                name: text(record, &format!("{at}/name")),
                status: word(record, &format!("{at}/status")),
                goal: word(record, &format!("{at}/goal")),
                measures: measures.iter().filter(belongs).cloned().collect(),
                id,
            };
            (word(record, &format!("{at}/area")), indicator)
        })
        .collect();
    let placed: BTreeSet<&str> =
        indicators.iter().flat_map(|(_, i)| &i.measures).map(|measure| measure.id.as_str()).collect();
    let loose = measures.extract_if(.., |m| !placed.contains(m.id.as_str())).collect();
    Set {
        document_id: record.id.clone(),
        owner: record.owner.clone(),
        name: text(record, "/definitions/title"),
        target_year: record.integer("/definitions/target-year"),
        areas: areas(record, indicators),
        loose,
    }
}

/// Indicators below their areas; those whose area is not defined stand in one without a name, at the end.
fn areas(record: &Record, indicators: Vec<(Option<String>, Indicator)>) -> Vec<Area> {
    let area =
        |id: String| Area { name: text(record, &format!("/definitions/areas/{id}/name")), id, indicators: Vec::new() };
    let mut areas: Vec<Area> = ordered(record, "areas").into_iter().map(area).collect();
    let mut without = Area { id: String::new(), name: None, indicators: Vec::new() };
    for (of, indicator) in indicators {
        let found = areas.iter_mut().find(|area| Some(&area.id) == of.as_ref());
        found.unwrap_or(&mut without).indicators.push(indicator);
    }
    areas.extend((!without.indicators.is_empty()).then_some(without));
    areas
}

/// Every measure that is defined, or that somebody has a value of.
fn measures(record: &Record) -> Vec<Measure> {
    let mut values = values(record);
    let mut ids = ordered(record, "measures");
    let defined: BTreeSet<&String> = ids.iter().collect();
    let undefined: Vec<String> = values.keys().filter(|id| !defined.contains(id)).cloned().collect();
    ids.extend(undefined);
    ids.into_iter().map(|id| measure(record, values.remove(&id).unwrap_or_default(), id)).collect()
}

fn measure(record: &Record, values: BTreeMap<String, Vec<Stated>>, id: String) -> Measure {
    let at = format!("/definitions/measures/{id}");
    let said = |name: &str| text(record, &format!("{at}/{name}"));
    let named = |name: &str| word(record, &format!("{at}/{name}"));
    let figure = |name: &str| figure_of(record.value(&format!("{at}/{name}")));
    Measure {
        name: said("name"),
        side: named("side"),
        unit: said("unit"),
        source: said("source"),
        frequency: named("frequency"),
        direction: named("direction"),
        baseline: figure("baseline"),
        baseline_period: said("baseline-period"),
        target: figure("target"),
        target_year: record.integer(&format!("{at}/target-year")),
        lag: said("lag"),
        status: named("status"),
        by_sex: record.boolean(&format!("{at}/by-sex")).unwrap_or(false),
        county: named("county"),
        values,
        id,
    }
}

/// What parties have stated, by measure and party, each in order of period. Read in one go, since there may be many.
fn values(record: &Record) -> BTreeMap<String, BTreeMap<String, Vec<Stated>>> {
    let mut values: BTreeMap<String, BTreeMap<String, Vec<Stated>>> = BTreeMap::new();
    for (path, said) in record.paths() {
        let ["values", party, measure, segment] = path.segments()[..] else { continue };
        let Some(stated) = stated(said, segment) else { continue };
        values.entry(measure.to_owned()).or_default().entry(party.to_owned()).or_default().push(stated);
    }
    for stated in values.values_mut().flat_map(BTreeMap::values_mut) {
        stated.sort_by(|a, b| a.period.cmp(&b.period));
    }
    values
}

/// None for what was taken away, and for a segment that is no period.
fn stated(said: &[Said], segment: &str) -> Option<Stated> {
    let period = Period::parse(segment)?;
    let (value, contested) = match said {
        [only] => (Some(only.value.as_ref()?), false),
        _ => (None, true),
    };
    let figure = figure_of(value);
    let written = match value {
        Some(Value::Text(text)) => text.trim().to_owned(),
        _ => figure.map(|figure| figure.to_string()).unwrap_or_default(),
    };
    Some(Stated { sex: period.sex, period, figure, written, contested })
}

fn figure_of(value: Option<&Value>) -> Option<Figure> {
    match value? {
        Value::Integer(number) => Some(Figure::whole(*number)),
        Value::Money(ore) => Some(Figure::kronor(*ore)),
        Value::Text(text) => Figure::parse(text),
        _ => None,
    }
}

fn ordered(record: &Record, part: &str) -> Vec<String> {
    let at = format!("/definitions/{part}");
    let mut ids: Vec<String> = live(record, &at).into_iter().map(ToOwned::to_owned).collect();
    ids.sort_by_cached_key(|id| record.integer(&format!("{at}/{id}/order")).unwrap_or(i64::MAX));
    ids
}

fn text(record: &Record, path: &str) -> Option<String> {
    record.text(path).map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

fn word(record: &Record, path: &str) -> Option<String> {
    record.word(path).map(ToOwned::to_owned)
}

/// A party as far as measures care: its id, and whether it is a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    pub region: bool,
}

impl Measure {
    /// Those who are meant by the measure's side; all, where it says none.
    pub fn concerned<'a>(&self, parties: &'a [Member]) -> Vec<&'a Member> {
        let meant = |party: &&Member| match self.side.as_deref() {
            Some("region") => party.region,
            Some("municipality") => !party.region,
            _ => true,
        };
        parties.iter().filter(meant).collect()
    }

    /// How many of those who are meant have any value at all.
    pub fn reporting(&self, parties: &[Member]) -> usize {
        self.concerned(parties).iter().filter(|party| self.values.contains_key(&party.id)).count()
    }

    /// A party's value of a period.
    pub fn stated(&self, party: &str, period: &Period) -> Option<&Stated> {
        self.values.get(party)?.iter().find(|stated| stated.period == *period)
    }

    /// The latest periods that somebody has a value of, oldest first.
    pub fn columns(&self, parties: &[Member], sex: Sex) -> Vec<Column> {
        let periods: BTreeSet<&Period> =
            self.values.values().flatten().map(|s| &s.period).filter(|p| p.sex == sex).collect();
        let skipped = periods.len().saturating_sub(PERIODS_SHOWN);
        periods.into_iter().skip(skipped).map(|period| self.column(parties, period)).collect()
    }

    fn column(&self, parties: &[Member], period: &Period) -> Column {
        let concerned = self.concerned(parties);
        let stated: Vec<&Stated> = concerned.iter().filter_map(|party| self.stated(&party.id, period)).collect();
        let figures: Vec<Figure> = stated.iter().filter_map(|stated| stated.figure).collect();
        let whole = !concerned.is_empty() && figures.len() == concerned.len();
        let county = if whole { self.of_county(figures) } else { None };
        Column { period: period.clone(), stated: stated.len(), county }
    }

    fn of_county(&self, mut figures: Vec<Figure>) -> Option<Figure> {
        match self.county.as_deref()? {
            "sum" => Some(Figure(figures.iter().map(|f| f.0).sum())),
            "median" => {
                figures.sort_unstable();
                let (low, high) = (figures.get((figures.len() - 1) / 2)?, figures.get(figures.len() / 2)?);
                Some(Figure(low.0.midpoint(high.0)))
            }
            _ => None,
        }
    }
}

impl Set {
    /// Every measure once, in the set's order.
    pub fn measures(&self) -> Vec<&Measure> {
        let mut seen = BTreeSet::new();
        let placed = self.areas.iter().flat_map(|area| &area.indicators).flat_map(|indicator| &indicator.measures);
        placed.chain(&self.loose).filter(|measure| seen.insert(measure.id.as_str())).collect()
    }

    /// The measure that people mean: by id or name.
    pub fn find(&self, text: &str) -> Option<&Measure> {
        let wanted = crate::vocabulary::fold(text);
        let named =
            |m: &&Measure| m.id == wanted || m.name.as_deref().is_some_and(|n| crate::vocabulary::fold(n) == wanted);
        self.measures().into_iter().find(named)
    }
}

#[cfg(test)]
mod tests;
