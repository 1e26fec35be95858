//! What each party's own bodies have decided on it, step by step. A cooperation body binds nobody: these do.

use super::{Decision, Force};
use crate::record::Record;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Where a party's own decision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    NotPrepared,
    Scheduled,
    Adopted,
    AdoptedWithAmendment,
    Refused,
    NotConcerned,
    Informed,
}

impl State {
    pub const ALL: [State; 7] = [
        Self::NotPrepared,
        Self::Scheduled,
        Self::Adopted,
        Self::AdoptedWithAmendment,
        Self::Refused,
        Self::NotConcerned,
        Self::Informed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotPrepared => "not-prepared",
            Self::Scheduled => "scheduled",
            Self::Adopted => "adopted",
            Self::AdoptedWithAmendment => "adopted-with-amendment",
            Self::Refused => "refused",
            Self::NotConcerned => "not-concerned",
            Self::Informed => "informed",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    pub fn is_adopted(self) -> bool {
        matches!(self, Self::Adopted | Self::AdoptedWithAmendment)
    }
}

/// One step on the way through the parties' own bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub id: String,
    pub label: Option<String>,
    pub order: Option<i64>,
}

/// One authority's own decision in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratification {
    pub party: String,
    pub authority: String,
    pub step: String,
    /// None where it is not said, or several things are.
    pub state: Option<State>,
    /// What the deciding body is called there.
    pub instance: Option<String>,
    /// The day of the decision, or the planned one.
    pub date: Option<String>,
    pub paragraph: Option<String>,
    /// The authority's own register number.
    pub number: Option<String>,
    /// What it added or changed.
    pub amendment: Option<String>,
    /// The hash of the text that was adopted.
    pub text: Option<String>,
    pub posted: Option<String>,
    pub link: Option<String>,
    /// Several statements stand about one thing.
    pub contested: bool,
    pub stated_ms: u64,
}

impl Ratification {
    /// When it gains legal force; none where there is no decision that could.
    pub fn force(&self) -> Option<Force> {
        let decided = self.state.is_some_and(|state| state.is_adopted() || state == State::Refused);
        decided.then(|| Force::of_postings([self.posted.as_deref()]))
    }

    /// Whether it is about the text that was decided; none where either is unknown.
    pub fn fits(&self, decided: Option<&str>) -> Option<bool> {
        Some(self.text.as_deref()? == decided?)
    }
}

/// What one party has said, for one cell of the matrix.
#[derive(Debug, Clone)]
pub struct Cell<'a> {
    /// In the order of the steps.
    pub rows: Vec<&'a Ratification>,
    last_step: Option<String>,
    concerned: bool,
    /// The hash of the text that was decided.
    decided: Option<&'a str>,
}

/// A cell in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Summary {
    /// Nobody there has said anything: not the same as no.
    Unknown,
    Contested,
    /// An earlier step is said, the last one not.
    Partly,
    /// Another text than the one that was decided: it counts for nothing.
    OtherText,
    Is(State),
}

/// How many parties are where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    pub parties: usize,
    /// With amendments among them.
    pub adopted: usize,
    pub amended: usize,
    pub refused: usize,
    pub scheduled: usize,
    pub not_prepared: usize,
    pub aside: usize,
    pub partly: usize,
    pub other_text: usize,
    pub contested: usize,
    pub unknown: usize,
}

impl Progress {
    pub(super) fn of(cells: impl Iterator<Item = Summary>) -> Self {
        let mut progress = Self::default();
        for cell in cells {
            progress.parties += 1;
            let counted = match cell {
                Summary::Unknown => &mut progress.unknown,
                Summary::Contested => &mut progress.contested,
                Summary::Partly => &mut progress.partly,
                Summary::OtherText => &mut progress.other_text,
                Summary::Is(State::Adopted) => &mut progress.adopted,
                Summary::Is(State::AdoptedWithAmendment) => {
                    progress.amended += 1;
                    &mut progress.adopted
                }
                Summary::Is(State::Refused) => &mut progress.refused,
                Summary::Is(State::Scheduled) => &mut progress.scheduled,
                Summary::Is(State::NotPrepared) => &mut progress.not_prepared,
                Summary::Is(State::NotConcerned | State::Informed) => &mut progress.aside,
            };
            *counted += 1;
        }
        progress
    }

    /// Parties from which an answer is still awaited.
    pub fn waiting(&self) -> usize {
        self.scheduled + self.not_prepared + self.partly + self.other_text + self.unknown + self.contested
    }
}

impl Cell<'_> {
    /// The last step that is listed counts, or where none is, all that is said: the least of what its authorities say.
    pub fn summary(&self) -> Summary {
        if !self.concerned && self.rows.is_empty() {
            return Summary::Is(State::NotConcerned);
        }
        if self.rows.is_empty() {
            return Summary::Unknown;
        }
        let last = |row: &&&Ratification| self.last_step.as_ref().is_none_or(|step| row.step == *step);
        let rows: Vec<&Ratification> = self.rows.iter().filter(last).copied().collect();
        let refused = self.rows.iter().any(|row| row.state == Some(State::Refused));
        if self.rows.iter().any(|row| row.contested && row.state.is_none()) {
            return Summary::Contested;
        }
        if refused {
            return Summary::Is(State::Refused);
        }
        if rows.is_empty() {
            return Summary::Partly;
        }
        let adopts = |row: &&Ratification| row.state.is_some_and(State::is_adopted);
        if rows.iter().copied().filter(adopts).any(|row| row.fits(self.decided) == Some(false)) {
            return Summary::OtherText;
        }
        let states: Option<BTreeSet<State>> = rows.iter().map(|row| row.state).collect();
        let Some(states) = states else { return Summary::Unknown };
        for least in
            [State::NotPrepared, State::Scheduled, State::AdoptedWithAmendment, State::Adopted, State::Informed]
        {
            if states.contains(&least) {
                return Summary::Is(least);
            }
        }
        Summary::Is(State::NotConcerned)
    }

    /// The day of the last step's decision, if the party has adopted or refused and says when.
    pub fn decided_on(&self) -> Option<Date> {
        let decides = |state: State| state.is_adopted() || state == State::Refused;
        if !matches!(self.summary(), Summary::Is(state) if decides(state)) {
            return None;
        }
        // A refusal in an earlier step is the last word.
        let last = |row: &&&Ratification| self.last_step.as_ref().is_none_or(|step| row.step == *step);
        let refused = |row: &&&Ratification| row.state == Some(State::Refused);
        let rows =
            self.rows.iter().filter(|row| last(row) || refused(row)).filter(|row| row.state.is_some_and(decides));
        let days: Option<Vec<Date>> = rows.map(|row| row.date.as_ref()?.parse().ok()).collect();
        days?.into_iter().max()
    }

    /// True if nothing more is awaited of the party, and it has decided nothing.
    pub fn stands_aside(&self) -> bool {
        matches!(self.summary(), Summary::Is(State::NotConcerned | State::Informed))
    }
}

pub(super) fn cell<'a>(decision: &'a Decision, org: &str) -> Cell<'a> {
    let order = |step: &str| decision.steps.iter().position(|listed| listed.id == step).unwrap_or(usize::MAX);
    let mut rows: Vec<&Ratification> = decision.ratifications.iter().filter(|row| row.party == org).collect();
    rows.sort_by_key(|row| (order(&row.step), row.authority.as_str()));
    let last_step = decision.steps.last().map(|step| step.id.clone());
    Cell { rows, last_step, concerned: decision.concerns(org), decided: decision.decided_hash() }
}

/// In their order; those without one last, by id.
pub(super) fn steps(record: &Record) -> Vec<Step> {
    let step = |id: &str| Step {
        id: id.to_owned(),
        label: record.text(&format!("/proposal/steps/{id}/label")).map(ToOwned::to_owned),
        order: record.integer(&format!("/proposal/steps/{id}/order")),
    };
    let mut steps: Vec<Step> = record.below("/proposal/steps").into_iter().map(step).collect();
    steps.sort_by_key(|step| step.order.unwrap_or(i64::MAX));
    steps
}

pub(super) fn read(record: &Record) -> Vec<Ratification> {
    let mut found = Vec::new();
    for party in record.below("/ratifications") {
        for authority in record.below(&format!("/ratifications/{party}")) {
            for step in record.below(&format!("/ratifications/{party}/{authority}")) {
                found.extend(one(record, party, authority, step));
            }
        }
    }
    found
}

/// None where all of it has been taken back.
fn one(record: &Record, party: &str, authority: &str, step: &str) -> Option<Ratification> {
    let root = format!("/ratifications/{party}/{authority}/{step}");
    let said = || record.below(&root).into_iter().map(|field| record.said(&format!("{root}/{field}")));
    if said().flatten().all(|said| said.removed) {
        return None;
    }
    let text = |field: &str| record.text(&format!("{root}/{field}")).map(ToOwned::to_owned);
    Some(Ratification {
        party: party.to_owned(),
        authority: authority.to_owned(),
        step: step.to_owned(),
        state: record.word(&format!("{root}/state")).and_then(State::of_word),
        instance: text("instance"),
        date: text("date"),
        paragraph: text("paragraph"),
        number: text("number"),
        amendment: text("amendment"),
        text: text("text"),
        posted: text("posted"),
        link: text("link"),
        contested: said().any(|said| said.len() > 1),
        stated_ms: said().flatten().map(|said| said.at_ms).max().unwrap_or(0),
    })
}
