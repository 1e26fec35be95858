//! Learning: seminars, conferences and courses with their participants, how they were judged, what is seen coming, and
//! what next year needs.

use super::{days, live, ordered, text, word};
use crate::{county::indicators::figure::Figure, record::Record};
use serde::Serialize;

/// A mean of answers.
pub type Mean = Figure;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Learning {
    /// By date, the latest first; what recurs and has no date comes last.
    pub activities: Vec<Activity>,
    pub questions: Vec<Question>,
    /// Ratings go from 1 to this.
    pub scale: i64,
    pub trends: Vec<Note>,
    pub next: Vec<Note>,
    pub signals: Vec<Signal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Activity {
    pub id: String,
    pub title: Option<String>,
    /// `seminar`, `conference`, `course`, `workshop`, `recurring`.
    pub kind: Option<String>,
    /// As the organiser says: `digital`.
    pub form: Option<String>,
    pub date: Option<String>,
    pub time: Option<String>,
    pub participants: Option<i64>,
    /// Of what recurs: `1/month`.
    pub frequency: Option<String>,
    pub target_group: Option<String>,
    /// The role of who spoke, never a name.
    pub speaker: Option<String>,
    pub note: Option<String>,
    pub source: Option<String>,
    /// How many answered the questions.
    pub answers: Option<i64>,
    /// In the order of the questions; none where a question was not put, or its mean is no number.
    pub ratings: Vec<Option<Figure>>,
}

/// One of the questions that are put after each event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    pub id: String,
    pub text: Option<String>,
}

/// A trend, or an area to develop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub id: String,
    pub year: String,
    pub text: Option<String>,
}

/// Something that the executive level should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signal {
    pub id: String,
    pub text: Option<String>,
    pub date: Option<String>,
    /// Id of the body it goes to.
    pub to: Option<String>,
    /// `open`, `taken-up`, `closed`.
    pub state: Option<String>,
    pub answer: Option<String>,
}

pub fn read(record: &Record) -> Learning {
    let question = |id: String| Question { text: text(record, &format!("/evaluation/questions/{id}/text")), id };
    let mut activities = activities(record);
    activities.sort_by_cached_key(|a| std::cmp::Reverse(days(a.date.as_deref())));
    let mut signals: Vec<Signal> = live(record, "/signals").into_iter().map(|id| signal(record, id)).collect();
    signals.sort_by_cached_key(|s| std::cmp::Reverse(days(s.date.as_deref())));
    Learning {
        activities,
        questions: ordered(record, "/evaluation/questions").into_iter().map(question).collect(),
        scale: record.integer("/evaluation/scale").unwrap_or(5),
        trends: notes(record, "trends"),
        next: notes(record, "next"),
        signals,
    }
}

pub(super) fn activities(record: &Record) -> Vec<Activity> {
    let questions = ordered(record, "/evaluation/questions");
    live(record, "/activities").into_iter().map(|id| activity(record, id, &questions)).collect()
}

fn activity(record: &Record, id: &str, questions: &[String]) -> Activity {
    let at = format!("/activities/{id}");
    let field = |name: &str| text(record, &format!("{at}/{name}"));
    let rating = |question: &String| Figure::parse(record.text(&format!("{at}/ratings/{question}"))?);
    Activity {
        id: id.to_owned(),
        title: field("title"),
        kind: word(record, &format!("{at}/kind")),
        form: field("form"),
        date: field("date"),
        time: field("time"),
        participants: record.integer(&format!("{at}/participants")),
        frequency: field("frequency"),
        target_group: word(record, &format!("{at}/target-group")),
        speaker: field("speaker"),
        note: field("note"),
        source: field("source"),
        answers: record.integer(&format!("{at}/answers")),
        ratings: questions.iter().map(rating).collect(),
    }
}

fn notes(record: &Record, part: &str) -> Vec<Note> {
    let of_year = |year: &str| {
        let at = format!("/{part}/{year}");
        let note = |id: String| Note { text: text(record, &format!("{at}/{id}/text")), year: year.to_owned(), id };
        ordered(record, &at).into_iter().map(note).collect::<Vec<_>>()
    };
    live(record, &format!("/{part}")).into_iter().rev().flat_map(of_year).collect()
}

fn signal(record: &Record, id: &str) -> Signal {
    let at = format!("/signals/{id}");
    Signal {
        id: id.to_owned(),
        text: text(record, &format!("{at}/text")),
        date: text(record, &format!("{at}/date")),
        to: word(record, &format!("{at}/to")),
        state: word(record, &format!("{at}/state")),
        answer: text(record, &format!("{at}/answer")),
    }
}

/// A lesson that a party has drawn from a work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lesson {
    pub work: String,
    pub title: Option<String>,
    /// Id of the party.
    pub party: String,
    pub lesson: Option<String>,
    pub date: Option<String>,
}

/// The lessons that stand in a work's document, at `/learnings/{org}/{id}/…`.
pub fn lessons(work: &Record) -> Vec<Lesson> {
    let of_party = |party: &str| {
        let at = format!("/learnings/{party}");
        let lesson = |id: &str| Lesson {
            work: work.id.clone(),
            title: text(work, "/facts/title"),
            party: party.to_owned(),
            lesson: text(work, &format!("{at}/{id}/text")),
            date: text(work, &format!("{at}/{id}/date")),
        };
        live(work, &at).into_iter().map(lesson).collect::<Vec<_>>()
    };
    live(work, "/learnings").into_iter().flat_map(of_party).collect()
}

/// The programme's symbol is for works that are included, from then on; none where stage or inclusion is contested or not
/// said, since nobody can tell.
pub fn may_use_symbol(work: &Record) -> Option<bool> {
    let stage = work.word("/facts/stage")?;
    let included = matches!(stage, "included" | "ongoing" | "dormant" | "completed" | "rolled-out");
    Some(included && work.boolean("/facts/in-portfolio")?)
}
