//! Budget and outcome of a year, exact to the öre. Parts need not add up: what is not shared out is shown as such, and a
//! difference of at most one krona is what rounding leaves. Nothing is corrected.

use super::{live, ordered, text, word};
use crate::record::Record;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Öre by which parts may differ from their whole because somebody has rounded: one krona.
pub const ROUNDING_ORE_MAX: i64 = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Budget {
    pub year: String,
    /// Where the money comes from.
    pub source: Option<String>,
    /// The lines that are part of no other.
    pub lines: Vec<Line>,
    pub budget: Total,
    pub outcome: Total,
    pub key: Vec<Share>,
    /// How the municipalities share their part: `equal` or `inhabitants`.
    pub split: Option<String>,
}

/// Amounts are öre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub id: String,
    pub name: Option<String>,
    pub budget: Option<i64>,
    pub outcome: Option<i64>,
    pub note: Option<String>,
    pub parts: Vec<Line>,
    /// What the parts leave of this line.
    pub rest_of_budget: Rest,
    pub rest_of_outcome: Rest,
}

/// What parts leave of their whole, in öre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "ore")]
pub enum Rest {
    /// There are no parts, or they are exactly the whole.
    Nothing,
    /// At most a krona too little (positive) or too much (negative).
    Rounding(i64),
    /// So much of the whole is in no part.
    Unallocated(i64),
    /// The parts are so much more than the whole.
    Exceeds(i64),
    /// The whole or a part is missing or contested.
    Unknown,
}

impl Rest {
    /// Of a whole and the sum of its parts, of which some may be missing.
    pub fn of(whole: Option<i64>, parts: i64, missing: usize) -> Self {
        match whole.and_then(|whole| whole.checked_sub(parts)) {
            Some(0) if missing == 0 => Self::Nothing,
            Some(left) if missing == 0 && left.abs() <= ROUNDING_ORE_MAX => Self::Rounding(left),
            Some(left) if missing == 0 && left > 0 => Self::Unallocated(left),
            Some(left) if missing == 0 => Self::Exceeds(-left),
            _ => Self::Unknown,
        }
    }
}

/// A sum of lines beside the total that was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    pub sum: i64,
    /// Lines without a value.
    pub missing: usize,
    pub published: Option<i64>,
    /// What the lines leave of the published total.
    pub rest: Rest,
}

/// Who pays how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// `region`, `municipalities`.
    pub bearer: String,
    pub percent: Option<i64>,
    pub budget: Option<i64>,
    pub outcome: Option<i64>,
    /// Each municipality's part of the budget, by id; empty where no way of sharing is agreed or something is missing.
    pub parts: Vec<(String, i64)>,
}

/// Reads one year. `municipalities`: ids of the parties that share the municipalities' part.
pub fn read(record: &Record, year: &str, municipalities: &[String]) -> Budget {
    let all: BTreeMap<String, Plain> = live(record, &format!("/budget/{year}/lines"))
        .into_iter()
        .map(|id| (id.to_owned(), plain(record, year, id)))
        .collect();
    let order = ordered(record, &format!("/budget/{year}/lines"));
    let lines = tree(&all, &order);
    let published = |of: &str| record.money(&format!("/budget/{year}/published-total/{of}"));
    let (budget, outcome) =
        (total(&lines, |l| l.budget, published("budget")), total(&lines, |l| l.outcome, published("outcome")));
    let split = word(record, &format!("/budget/{year}/municipal-key"));
    let shares = Shares { record, year, split: split.as_deref(), municipalities };
    Budget {
        year: year.to_owned(),
        source: text(record, &format!("/budget/{year}/source")),
        key: shares.of(known(budget), known(outcome)),
        lines,
        budget,
        outcome,
        split,
    }
}

/// The published total if there is one, else the lines' sum where none is missing.
fn known(total: Total) -> Option<i64> {
    total.published.or((total.missing == 0).then_some(total.sum))
}

struct Plain {
    parent: Option<String>,
    line: Line,
}

fn plain(record: &Record, year: &str, id: &str) -> Plain {
    let at = format!("/budget/{year}/lines/{id}");
    let line = Line {
        id: id.to_owned(),
        name: text(record, &format!("{at}/name")),
        budget: record.money(&format!("{at}/budget")),
        outcome: record.money(&format!("{at}/outcome")),
        note: text(record, &format!("{at}/note")),
        parts: Vec::new(),
        rest_of_budget: Rest::Nothing,
        rest_of_outcome: Rest::Nothing,
    };
    Plain { parent: word(record, &format!("{at}/parent")), line }
}

/// Wholes above one another: a line that lies deeper stands alone, so that nobody's chain of lines fills the stack (keeps I6).
const DEPTH_MAX: usize = 8;

/// Lines below their whole. One whose whole is not there, or that would be part of itself, stands alone: none is lost.
fn tree(all: &BTreeMap<String, Plain>, order: &[String]) -> Vec<Line> {
    let parent = |id: &str| all.get(id).and_then(|p| p.parent.as_deref()).filter(|p| all.contains_key(*p));
    let mut placed = BTreeSet::new();
    let mut parts: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for id in order {
        if let Some(whole) = parent(id) {
            parts.entry(whole).or_default().push(id);
        }
    }
    let tops: Vec<&String> = order.iter().filter(|id| parent(id).is_none()).collect();
    let of = |id: &String| with_parts(all, &parts, id, &mut placed, DEPTH_MAX);
    let mut lines: Vec<Line> = tops.into_iter().filter_map(of).collect();
    // What is left is part of itself by some way round, or lies deeper than anybody reads.
    for id in order {
        if placed.insert(id.clone()) {
            lines.extend(all.get(id).map(|p| p.line.clone()));
        }
    }
    lines
}

fn with_parts(
    all: &BTreeMap<String, Plain>,
    parts: &BTreeMap<&str, Vec<&String>>,
    id: &str,
    placed: &mut BTreeSet<String>,
    depth: usize,
) -> Option<Line> {
    placed.insert(id.to_owned());
    let mut line = all.get(id)?.line.clone();
    for part in parts.get(id).into_iter().flatten().filter(|_| depth > 0) {
        if !placed.contains(*part) {
            line.parts.extend(with_parts(all, parts, part, placed, depth - 1));
        }
    }
    if !line.parts.is_empty() {
        let rest = |whole: Option<i64>, of: fn(&Line) -> Option<i64>| {
            let (sum, missing) = sum(&line.parts, of);
            Rest::of(whole, sum, missing)
        };
        (line.rest_of_budget, line.rest_of_outcome) =
            (rest(line.budget, |l| l.budget), rest(line.outcome, |l| l.outcome));
    }
    Some(line)
}

/// The sum of what is known, and how many are not. Sums beyond all bounds are not known either.
fn sum(lines: &[Line], of: impl Fn(&Line) -> Option<i64>) -> (i64, usize) {
    lines.iter().fold((0, 0), |(sum, missing): (i64, usize), line| {
        match of(line).and_then(|ore| sum.checked_add(ore)) {
            Some(sum) => (sum, missing),
            None => (sum, missing + 1),
        }
    })
}

fn total(lines: &[Line], of: impl Fn(&Line) -> Option<i64>, published: Option<i64>) -> Total {
    let (sum, missing) = sum(lines, of);
    let rest = if published.is_none() { Rest::Nothing } else { Rest::of(published, sum, missing) };
    Total { sum, missing, published, rest }
}

struct Shares<'a> {
    record: &'a Record,
    year: &'a str,
    split: Option<&'a str>,
    municipalities: &'a [String],
}

impl Shares<'_> {
    fn of(&self, budget: Option<i64>, outcome: Option<i64>) -> Vec<Share> {
        let at = format!("/budget/{}/financing-key", self.year);
        let bearers: Vec<&str> = live(self.record, &at).into_iter().collect();
        let percent = |bearer: &str| self.record.integer(&format!("{at}/{bearer}"));
        let weights: Option<Vec<(String, u64)>> =
            bearers.iter().map(|b| Some(((*b).to_owned(), u64::try_from(percent(b)?).ok()?))).collect();
        // A key that is not a hundred parts shares out nothing.
        let weights =
            weights.filter(|w| w.iter().try_fold(0_u64, |sum, (_, part)| sum.checked_add(*part)) == Some(100));
        let part = |whole: Option<i64>, bearer: &str| {
            let shared = share(whole?, weights.as_deref()?)?;
            shared.into_iter().find(|(id, _)| id == bearer).map(|(_, ore)| ore)
        };
        let share = |bearer: &str| {
            let budget = part(budget, bearer);
            let parts = if bearer == "municipalities" { budget.and_then(|ore| self.municipal(ore)) } else { None };
            Share {
                bearer: bearer.to_owned(),
                percent: percent(bearer),
                budget,
                outcome: part(outcome, bearer),
                parts: parts.unwrap_or_default(),
            }
        };
        bearers.into_iter().map(share).collect()
    }

    fn municipal(&self, ore: i64) -> Option<Vec<(String, i64)>> {
        let weight = |org: &String| {
            let inhabitants = || self.record.integer(&format!("/budget/{}/inhabitants/{org}", self.year));
            let weight = match self.split? {
                "equal" => 1,
                "inhabitants" => u64::try_from(inhabitants()?).ok()?,
                _ => return None,
            };
            Some((org.clone(), weight))
        };
        let weights: Option<Vec<(String, u64)>> = self.municipalities.iter().map(weight).collect();
        share(ore, &weights?)
    }
}

/// Shares an amount by weights so that the parts are exactly the whole: each gets what it is due rounded down, and the
/// öre that are left go one by one to those who lost most by that, among equals by id. Nothing where nobody has weight.
pub fn share(ore: i64, weights: &[(String, u64)]) -> Option<Vec<(String, i64)>> {
    let whole: u128 = weights.iter().map(|(_, weight)| u128::from(*weight)).sum();
    let ore = u128::try_from(ore).ok()?;
    if whole == 0 {
        return None;
    }
    let due = |weight: u64| (ore * u128::from(weight) / whole, ore * u128::from(weight) % whole);
    let mut parts: Vec<(String, u128, u128)> =
        weights.iter().map(|(id, weight)| (id.clone(), due(*weight).0, due(*weight).1)).collect();
    parts.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    let left = usize::try_from(ore - parts.iter().map(|(_, part, _)| part).sum::<u128>()).ok()?;
    for part in parts.iter_mut().take(left) {
        part.1 += 1;
    }
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    parts.into_iter().map(|(id, part, _)| Some((id, i64::try_from(part).ok()?))).collect()
}
