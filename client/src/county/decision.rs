//! A decision as its document says it: the proposal in its text versions, motions, votes, what the minutes say, the outcome
//! that follows from them, and what each party has decided of its own. Nothing is guessed: where statements differ or are
//! missing, it is unknown here.

mod force;
mod ratification;
#[cfg(test)]
mod tests;
pub mod words;

pub use force::Force;
pub use ratification::{Cell, Progress, Ratification, State, Step, Summary};

use super::body::BodyKind;
use crate::record::{Record, Said};
use jiff::civil::Date;
use samsyn_core::{
    code::Code,
    entry::Body,
    governance::{self, Ballot, Fate, Motion, Named, Outcome, Proceedings, Way},
    id::Name,
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// 64 hexadecimal digits; empty for a draft.
    pub id: String,
    pub owner: String,
    pub title: Option<String>,
    pub body: Option<Body>,
    /// As it was called when the decision was founded.
    pub body_name: Option<String>,
    pub body_kind: Option<BodyKind>,
    /// Whose own decisions are asked for: references to parties; empty for all of them.
    pub concerns: BTreeSet<String>,
    /// The day of the meeting, before there are minutes.
    pub meeting: Option<String>,
    /// The document of the decision that this one approves or carries on.
    pub follows: Option<String>,
    pub source: Option<String>,
    pub texts: Vec<TextVersion>,
    /// Which of them is put to the vote, by id.
    pub put: Option<String>,
    pub motions: Vec<Moved>,
    pub seats: Vec<Seat>,
    pub minutes: Minutes,
    /// None where the document names no body: a draft.
    pub outcome: Option<Outcome>,
    pub steps: Vec<Step>,
    pub ratifications: Vec<Ratification>,
    /// Paths where several statements stand.
    pub contested: usize,
    pub updated_ms: u64,
}

/// One version of the proposed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextVersion {
    pub id: String,
    pub label: Option<String>,
    pub text: Option<String>,
    pub seal: Seal,
    pub at_ms: u64,
}

/// Whether a text version is what it was frozen as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// It can still change.
    Open,
    /// The words are those of the hash.
    Frozen(String),
    /// The words are others than those of the hash, or cannot be read.
    Broken(String),
}

impl Seal {
    pub fn hash(&self) -> Option<&str> {
        match self {
            Self::Open => None,
            Self::Frozen(hash) | Self::Broken(hash) => Some(hash),
        }
    }
}

/// A motion with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub id: String,
    pub kind: Option<Motion>,
    /// An organisation or a role, never a person.
    pub by: Option<String>,
    pub supported_by: Option<String>,
    pub text: Option<String>,
    pub fate: Option<Fate>,
}

/// A seat, what it has voted, and what the minutes count of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is said or not, apart from the others")]
pub struct Seat {
    pub id: String,
    pub organisation: String,
    /// What stands: several where the seat has said several things at once.
    pub votes: Vec<Said>,
    pub counted: Option<Named>,
    /// The minutes count another vote than the one that stands now.
    pub changed_since: bool,
    /// As the seat wrote it.
    pub reservation: Option<String>,
    pub reserved: bool,
    pub present: bool,
    pub recused: bool,
}

impl Seat {
    /// The one vote that stands, if it is one.
    pub fn vote(&self) -> Option<Ballot> {
        match self.votes.as_slice() {
            [only] => only.value.as_ref().and_then(Value::as_text).and_then(ballot),
            _ => None,
        }
    }
}

/// What the minutes say besides what the outcome is computed from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Minutes {
    pub date: Option<String>,
    pub paragraph: Option<String>,
    /// The secretary's own register number of them.
    pub number: Option<String>,
    /// The day on which they were adjusted (justerade).
    pub adjusted: Option<String>,
    pub adjusted_by: Option<String>,
    /// The text as it was decided, by id.
    pub text: Option<String>,
    /// What the source says came of it, where nobody has said how the votes fell.
    pub stated: Option<String>,
    pub dispatched_to: Option<String>,
    /// By organisation, the day on which its notice board announced them.
    pub postings: BTreeMap<String, String>,
}

/// A decision as its record says it.
pub fn read(record: &Record) -> Decision {
    let text = |path: &str| record.text(path).map(ToOwned::to_owned);
    let proceedings = proceedings(record);
    Decision {
        id: record.id.clone(),
        owner: record.owner.clone(),
        title: text("/proposal/title"),
        body_name: text("/proposal/body-name"),
        body_kind: record.word("/proposal/body-kind").and_then(BodyKind::of_word),
        concerns: record.references("/proposal/concerns").into_iter().map(ToOwned::to_owned).collect(),
        meeting: text("/proposal/meeting"),
        follows: record.word("/proposal/follows").map(ToOwned::to_owned),
        source: text("/proposal/source"),
        texts: texts(record),
        put: record.word("/proposal/put").map(ToOwned::to_owned),
        motions: moved(record),
        seats: seats(record, &proceedings),
        minutes: minutes(record),
        outcome: record.body.as_ref().map(|body| governance::outcome(body, &proceedings)),
        steps: ratification::steps(record),
        ratifications: ratification::read(record),
        contested: record.contested().count(),
        updated_ms: record.updated_ms,
        body: record.body.clone(),
    }
}

impl Decision {
    /// What the body has concluded can bind nobody but its members' own bodies: a position, not a decision in law. Where
    /// nobody has said what the body is, it is taken for one of cooperation.
    pub fn is_position(&self) -> bool {
        !matches!(self.body_kind, Some(BodyKind::JointBoard | BodyKind::Committee))
    }

    /// The text that was decided; before there are minutes the one that is put.
    pub fn decided_text(&self) -> Option<&TextVersion> {
        let id = self.minutes.text.as_ref().or(self.put.as_ref())?;
        self.texts.iter().find(|text| text.id == *id)
    }

    /// Its hash, where it is what it was frozen as.
    pub fn decided_hash(&self) -> Option<&str> {
        match &self.decided_text()?.seal {
            Seal::Frozen(hash) => Some(hash),
            Seal::Open | Seal::Broken(_) => None,
        }
    }

    /// What came of it: as computed, or where that leads nowhere as the minutes state it. True with what is only stated.
    pub fn concluded(&self) -> Option<(&str, bool)> {
        let computed = self.outcome.as_ref().map(|outcome| outcome.conclusion.as_str());
        match computed {
            Some("undecided") | None => {
                self.minutes.stated.as_deref().map(|stated| (stated, true)).or(computed.map(|c| (c, false)))
            }
            Some(computed) => Some((computed, false)),
        }
    }

    /// True if nothing has come of it yet.
    pub fn is_open(&self) -> bool {
        matches!(self.concluded(), None | Some(("undecided", _)))
    }

    /// How many parties' own decisions are awaited of one that the body has adopted, and of how many.
    pub fn awaited<'a>(&self, parties: impl IntoIterator<Item = &'a str>) -> Option<(usize, usize)> {
        let adopted = self.concluded().is_some_and(|(outcome, _)| outcome.starts_with("adopted"));
        let progress = self.progress(parties);
        (adopted && progress.waiting() > 0).then(|| (progress.waiting(), progress.parties))
    }

    /// When the body decided; before that the day on which it is to meet.
    pub fn date(&self) -> Option<&str> {
        self.minutes.date.as_deref().or(self.meeting.as_deref())
    }

    /// When the body's own decision gains legal force; none for a position, which never does.
    pub fn force(&self) -> Option<Force> {
        let body = self.body.as_ref()?;
        let organisations: BTreeSet<&str> = match self.body_kind? {
            BodyKind::Cooperation => return None,
            BodyKind::JointBoard => body.seats.values().map(Name::as_str).collect(),
            BodyKind::Committee => [body.secretary.as_str()].into(),
        };
        let posted = |org: &&str| self.minutes.postings.get(*org).map(String::as_str);
        Some(Force::of_postings(organisations.iter().map(posted)))
    }

    /// True once the minutes name votes or are adjusted: what is voted later changes nothing.
    pub fn is_minuted(&self) -> bool {
        self.minutes.adjusted.is_some() || self.seats.iter().any(|seat| seat.counted.is_some())
    }

    /// The seats of an organisation.
    pub fn seats_of<'a>(&'a self, org: &'a str) -> impl Iterator<Item = &'a Seat> {
        self.seats.iter().filter(move |seat| seat.organisation == org)
    }

    /// Whether an organisation may vote for a seat now, or take its vote back:
    /// - it has the seat;
    /// - the minutes have not counted yet;
    /// - a text is put;
    /// - the seat has not voted: who has erred takes the vote back first.
    pub fn may_vote(&self, org: &str, seat: &str, takes_back: bool) -> Result<(), Code> {
        let seat = self.seats_of(org).find(|held| held.id == seat).ok_or(Code::DecisionNoSeat)?;
        if self.is_minuted() {
            return Err(Code::DecisionMinuted);
        }
        if self.put.is_none() {
            return Err(Code::DecisionText);
        }
        if seat.votes.is_empty() || takes_back { Ok(()) } else { Err(Code::DecisionVoted) }
    }

    /// True if the parties' own decisions are asked for: where steps or parties are named, or one has decided.
    pub fn asks_parties(&self) -> bool {
        !self.steps.is_empty() || !self.concerns.is_empty() || !self.ratifications.is_empty()
    }

    /// True if a party's own decision is asked for.
    pub fn concerns(&self, org: &str) -> bool {
        let named = self.concerns.is_empty() || self.concerns.contains(&format!("org:{org}"));
        self.asks_parties() && named
    }

    /// What one party has said of its own decision on it.
    pub fn cell(&self, org: &str) -> Cell<'_> {
        ratification::cell(self, org)
    }

    /// How far the parties have come.
    pub fn progress<'a>(&self, parties: impl IntoIterator<Item = &'a str>) -> Progress {
        Progress::of(parties.into_iter().filter(|org| self.concerns(org)).map(|org| self.cell(org).summary()))
    }

    /// The next day on which a party has said that it takes the matter up, from a day on; with who.
    pub fn next_known(&self, today: Date) -> Option<(Date, &str)> {
        let scheduled = self.ratifications.iter().filter(|r| r.state == Some(State::Scheduled));
        let day = |r: &Ratification| r.date.as_ref()?.parse::<Date>().ok();
        scheduled.filter_map(|r| Some((day(r)?, r.party.as_str()))).filter(|(day, _)| *day >= today).min()
    }

    /// Days from the body's decision to the last party's, if all have decided; otherwise to today.
    pub fn days<'a>(&self, parties: impl IntoIterator<Item = &'a str>, today: Date) -> Option<(i32, bool)> {
        let from: Date = self.minutes.date.as_ref()?.parse().ok()?;
        let cells = parties.into_iter().filter(|org| self.concerns(org)).map(|org| self.cell(org));
        let cells: Vec<Cell<'_>> = cells.filter(|cell| !cell.stands_aside()).collect();
        if cells.is_empty() {
            return None; // nobody is asked, or nobody who would decide
        }
        let done: Option<Vec<Date>> = cells.iter().map(Cell::decided_on).collect();
        let (until, whole) = match done.and_then(|days| days.into_iter().max()) {
            Some(last) => (last, true),
            None => (today, false),
        };
        Some((from.until(until).ok()?.get_days(), whole))
    }
}

/// A vote as it is stored.
pub fn ballot(reference: &str) -> Option<Ballot> {
    match reference {
        "vote:yes" => Some(Ballot::Yes),
        "vote:no" => Some(Ballot::No),
        "vote:abstain" => Some(Ballot::Abstain),
        _ => None,
    }
}

fn texts(record: &Record) -> Vec<TextVersion> {
    let version = |id: &str| {
        let at = |field: &str| record.text(&format!("/proposal/texts/{id}/{field}")).map(ToOwned::to_owned);
        let text = at("text");
        let fits = |hash: &String| text.as_ref().is_some_and(|text| governance::text_version(text) == *hash);
        let said = record.said(&format!("/proposal/texts/{id}/text"));
        TextVersion {
            id: id.to_owned(),
            label: at("label"),
            seal: match at("frozen") {
                None => Seal::Open,
                Some(hash) if fits(&hash) => Seal::Frozen(hash),
                Some(hash) => Seal::Broken(hash),
            },
            at_ms: said.iter().map(|said| said.at_ms).max().unwrap_or(0),
            text,
        }
    };
    record.below("/proposal/texts").into_iter().map(version).collect()
}

fn moved(record: &Record) -> Vec<Moved> {
    let motion = |id: &str| {
        let at = |field: &str| format!("/proposal/motions/{id}/{field}");
        let text = |field: &str| record.text(&at(field)).map(ToOwned::to_owned);
        Moved {
            id: id.to_owned(),
            kind: record.word(&at("kind")).and_then(motion_kind),
            by: text("by"),
            supported_by: text("supported-by"),
            text: text("text"),
            fate: record.word(&format!("/minutes/motions/{id}")).and_then(fate),
        }
    };
    record.below("/proposal/motions").into_iter().map(motion).collect()
}

fn motion_kind(word: &str) -> Option<Motion> {
    Some(match word {
        "adopt" => Motion::Adopt,
        "amend" => Motion::Amend,
        "counter" => Motion::Counter,
        "reject" => Motion::Reject,
        "refer-back" => Motion::ReferBack,
        "postpone" => Motion::Postpone,
        _ => return None,
    })
}

fn fate(word: &str) -> Option<Fate> {
    match word {
        "carried" => Some(Fate::Carried),
        "lost" => Some(Fate::Lost),
        "withdrawn" => Some(Fate::Withdrawn),
        _ => None,
    }
}

fn minutes(record: &Record) -> Minutes {
    let text = |field: &str| record.text(&format!("/minutes/{field}")).map(ToOwned::to_owned);
    let word = |field: &str| record.word(&format!("/minutes/{field}")).map(ToOwned::to_owned);
    let posted = |org: &str| Some((org.to_owned(), record.text(&format!("/minutes/postings/{org}"))?.to_owned()));
    Minutes {
        date: text("date"),
        paragraph: text("paragraph"),
        number: text("number"),
        adjusted: text("adjusted"),
        adjusted_by: text("adjusted-by"),
        text: word("text"),
        stated: word("stated"),
        dispatched_to: text("dispatched-to"),
        postings: record.below("/minutes/postings").into_iter().filter_map(posted).collect(),
    }
}

/// What the outcome is computed from: the minutes, and the votes that they name.
fn proceedings(record: &Record) -> Proceedings {
    // What is there and cannot be read, or says two things, is not the same as nobody: nothing is concluded of it.
    let unclear = |field: &&str| {
        let path = format!("/minutes/{field}");
        record.said(&path).iter().any(|said| !said.removed) && record.value(&path).is_none()
    };
    if ["procedure", "present", "recused", "reservations", "chair"].iter().any(unclear) {
        return Proceedings::default();
    }
    let seats = |path: &str| -> BTreeSet<Name> {
        record.references(path).iter().filter_map(|seat| Name::new(seat.strip_prefix("seat:")?).ok()).collect()
    };
    let present = record.value("/minutes/present").is_some().then(|| seats("/minutes/present"));
    let vote = |seat: &str| Some((Name::new(seat).ok()?, named(record, seat)));
    let motions = moved(record).into_iter().filter_map(|moved| {
        // One of which nobody knows what it was may have changed the proposal, unless it was lost.
        let unknown = (Motion::Amend, moved.fate.filter(|fate| *fate != Fate::Carried));
        Some((Name::new(&moved.id).ok()?, moved.kind.map_or(unknown, |kind| (kind, moved.fate))))
    });
    Proceedings {
        way: match record.word("/minutes/procedure") {
            Some("vote") => Some(Way::Vote),
            Some("acclamation") => Some(Way::Acclamation),
            _ => None,
        },
        present,
        recused: seats("/minutes/recused"),
        votes: record.below("/minutes/votes").into_iter().filter_map(vote).collect(),
        opposed: seats("/minutes/reservations"),
        motions: motions.collect(),
        chair: record.text("/minutes/chair").and_then(ballot),
    }
}

/// The vote that the minutes name for a seat. One that is not here may have been erased or kept from these eyes: it cannot
/// be read, which is not the same as none.
fn named(record: &Record, seat: &str) -> Named {
    let reference = match record.said(&format!("/minutes/votes/{seat}")) {
        [only] if only.value.is_some() => only.value.as_ref().and_then(Value::as_text).unwrap_or_default(),
        [only] if !only.fault.is_empty() => return Named::Unreadable,
        _ => return Named::Void,
    };
    let Some(vote) = governance::named_vote(reference) else { return Named::Void };
    let Some(said) = record.fact(&format!("/votes/{seat}"), &vote.to_string()) else { return Named::Unreadable };
    match said.value.as_ref().and_then(Value::as_text) {
        Some(vote) => ballot(vote).map_or(Named::Void, Named::Ballot),
        None if said.removed => Named::Void,
        None => Named::Unreadable,
    }
}

fn seats(record: &Record, minutes: &Proceedings) -> Vec<Seat> {
    let Some(body) = &record.body else { return Vec::new() };
    let seat = |(seat, organisation): (&Name, &Name)| {
        let votes: Vec<Said> =
            record.said(&format!("/votes/{seat}")).iter().filter(|said| !said.removed).cloned().collect();
        let counted = minutes.votes.get(seat).copied();
        let name = record.text(&format!("/minutes/votes/{seat}")).and_then(governance::named_vote);
        Seat {
            id: seat.to_string(),
            organisation: organisation.to_string(),
            changed_since: name.is_some_and(|name| !votes.iter().any(|said| said.fact == name.to_string())),
            votes,
            counted,
            reservation: record.text(&format!("/reservations/{seat}")).map(ToOwned::to_owned),
            reserved: minutes.opposed.contains(seat),
            present: minutes.present.as_ref().is_some_and(|present| present.contains(seat)),
            recused: minutes.recused.contains(seat),
        }
    };
    body.seats.iter().map(seat).collect()
}
