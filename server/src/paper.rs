//! Papers for meetings: what a body is to look at on a day, put together from what the parties have released. A paper is
//! a signed entry of the programme that names the entries it stands on, so that every node that has them makes the same
//! paper of it.

mod agenda;
mod annual;
mod chapters;
mod decisions;
pub(crate) mod desk;
pub(crate) mod entry;
mod gate;
mod half_year;
mod plans;
mod programme;
#[cfg(test)]
mod tests;
mod works;

use samsyn_client::{
    county::{
        decision::Decision,
        freshness::{self, Clocks},
        indicators::{Member, Set},
        programme::bodies::{self, Body},
        roadmap::Roadmap,
        rollout::Rollout,
        work::Work,
    },
    node::Parties,
    record::Record,
    show::Reader,
    text::{Lang, Text},
    vocabulary::Kind,
};
use samsyn_core::date::Day;
use samsyn_paper::Paper;
use std::{collections::BTreeMap, sync::Arc};

/// Rows of a table: a longer list is for the pages and their files.
const ROWS_MAX: usize = 200;

/// What kind of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Agenda,
    Gate,
    HalfYear,
    Annual,
}

impl Form {
    pub(crate) const ALL: [Self; 4] = [Self::Agenda, Self::Gate, Self::HalfYear, Self::Annual];

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == word)
    }

    /// As it is stored: `paper:gate`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Agenda => "agenda",
            Self::Gate => "gate",
            Self::HalfYear => "half-year",
            Self::Annual => "annual",
        }
    }

    pub(crate) fn label(self) -> Text {
        match self {
            Self::Agenda => Text("Underlag till möte", "Paper for a meeting"),
            Self::Gate => Text("Underlag inför beslutspunkt (B5, B6, B7)", "Paper for a decision point (B5, B6, B7)"),
            Self::HalfYear => {
                Text("Halvårsrapport till högsta tjänsteledningen", "Half-year report to the executive level")
            }
            Self::Annual => Text("Årsrapport", "Annual report"),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) form: Form,
    /// Id of the body; none of an annual report.
    pub(crate) body: Option<String>,
    /// The day of the meeting, or the year that the report is of.
    pub(crate) date: String,
    /// The day whose knowledge the paper has.
    pub(crate) made: Day,
}

impl Order {
    /// The first day of what has changed lately: when the body met last, else half a year ago.
    fn since(&self, county: &Material) -> (Day, bool) {
        let day = self.day().unwrap_or(self.made).min(self.made);
        let events = samsyn_client::county::programme::calendar::read(&county.programme);
        let met = events.iter().filter(|event| event.body.is_some() && event.body == self.body);
        let last = met.filter_map(|event| event.days).map(|(first, _)| first).filter(|first| *first < day).max();
        (last.unwrap_or_else(|| half_a_year_before(day)), last.is_some())
    }

    fn day(&self) -> Option<Day> {
        chapters::day(Some(&self.date))
    }
}

fn half_a_year_before((year, month, day): Day) -> Day {
    let day = day.min(28);
    if month > 6 { (year, month - 6, day) } else { (year.saturating_sub(1), month + 6, day) }
}

/// What the parties have released, as it was when the paper was made.
#[derive(Debug)]
pub(crate) struct Material {
    /// By name.
    pub(crate) parties: Parties,
    pub(crate) programme: Arc<Record>,
    pub(crate) works: Vec<Work>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) roadmaps: Vec<Roadmap>,
    pub(crate) rollouts: Vec<Rollout>,
    pub(crate) sets: Vec<Set>,
    pub(crate) lessons: Vec<samsyn_client::county::programme::learning::Lesson>,
    pub(crate) clocks: BTreeMap<String, Clocks>,
    /// The end of the time whose knowledge it is.
    pub(crate) at_ms: u64,
    /// What the paper stands on, in short.
    pub(crate) state: String,
    /// Who has made it, by name; empty of one that is only looked at.
    pub(crate) maker: String,
    pub(crate) program: String,
}

impl Material {
    fn reader(&self) -> Reader<'_> {
        Reader { lang: Lang::Sv, parties: &self.parties }
    }

    fn name(&self, org: &str) -> String {
        self.parties.name(org.strip_prefix("org:").unwrap_or(org)).to_owned()
    }

    fn word(kind: Kind, word: Option<&str>) -> String {
        word.map_or_else(|| UNKNOWN.to_owned(), |word| kind.show(word, Lang::Sv).to_owned())
    }

    fn members(&self) -> Vec<Member> {
        self.parties.0.iter().map(|p| Member { id: p.id.clone(), region: p.kind == "region" }).collect()
    }

    fn orgs(&self) -> impl Iterator<Item = &str> {
        self.parties.0.iter().map(|p| p.id.as_str())
    }

    fn bodies(&self, today: Day) -> Vec<Body> {
        bodies::read(&self.programme, today)
    }

    fn body_name(&self, id: Option<&str>, today: Day) -> Option<String> {
        let id = id?;
        self.bodies(today).into_iter().find(|body| body.id == id).and_then(|body| body.name)
    }

    fn interval_days(&self) -> u64 {
        let stated = self.programme.integer("/programme/reporting-interval-days");
        stated.and_then(|days| u64::try_from(days).ok()).unwrap_or(freshness::INTERVAL_DAYS)
    }

    /// How many parties have stated or confirmed something lately.
    fn current(&self) -> usize {
        let of = |org| self.clocks.get(org).cloned().unwrap_or_default();
        let clocks: Vec<Clocks> = self.orgs().map(of).collect();
        freshness::current(&clocks, self.at_ms, self.interval_days())
    }
}

const UNKNOWN: &str = "uppgift saknas";

/// The paper that is asked for.
pub(crate) fn compose(order: &Order, county: &Material) -> Paper {
    let body = county.body_name(order.body.as_deref(), order.made);
    let (title, sections) = match order.form {
        Form::Agenda => ("Underlag till möte".to_owned(), agenda::sections(order, county)),
        Form::Gate => {
            let gate = gate::name(order, county);
            (format!("Underlag inför {gate}"), gate::sections(order, county))
        }
        Form::HalfYear => ("Halvårsrapport".to_owned(), half_year::sections(order, county)),
        Form::Annual => (format!("Årsrapport {}", order.date), annual::sections(order, county)),
    };
    let programme = samsyn_client::county::programme::read(&county.programme).name;
    let subtitle = match order.form {
        Form::Annual => programme.unwrap_or_default(),
        _ => format!("{}, {}", body.unwrap_or_else(|| "Organet är inte angivet".to_owned()), order.date),
    };
    let days = county.interval_days();
    let known = format!(
        "{} av {} parter har ändrat eller bekräftat sina uppgifter de senaste {days} dagarna",
        county.current(),
        county.parties.0.len()
    );
    let maker = if county.maker.is_empty() { "Ett utkast som ingen har tagit fram än" } else { county.maker.as_str() };
    let about = [
        ("Uppgifter till och med", chapters::written(order.made)),
        ("Rapporterat", known),
        ("Framtaget av", maker.to_owned()),
        ("Program", county.program.clone()),
        ("Underlagets läge", county.state.clone()),
    ];
    let about = about.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let footer = format!("{title}, {} · läge {}", order.date, county.state.get(..16).unwrap_or(&county.state));
    Paper { title, subtitle, about, sections, footer, date: chapters::written(order.made) }
}
