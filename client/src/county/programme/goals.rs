//! The tree of goals, with how each was worded before, the programme's areas, and the yearly questions on its effect.

use super::{live, ordered, text, word};
use crate::record::Record;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goals {
    pub strategic: Option<String>,
    pub effect: Option<String>,
    pub sub_goals: Vec<Goal>,
    pub benefits: Vec<Goal>,
    pub areas: Vec<Area>,
    /// Earlier and later wordings, oldest first.
    pub wordings: Vec<Wording>,
    pub questions: Vec<Question>,
    /// By year, the latest first.
    pub answers: Vec<Year>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goal {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
}

/// A part of the programme, for as long as the steering group wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Area {
    pub id: String,
    pub name: Option<String>,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    /// `org:rvn`: who answers for it.
    pub lead: Option<String>,
}

/// How a goal was worded from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wording {
    pub id: String,
    /// `strategic`, `effect`, or the id of a sub-goal or benefit.
    pub goal: Option<String>,
    pub text: Option<String>,
    pub from: Option<String>,
    pub source: Option<String>,
}

/// One of the questions that are asked of the effect goal each year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    pub id: String,
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Year {
    pub year: String,
    /// In the order of the questions; what has not been answered says so.
    pub answers: Vec<Answer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub question: String,
    pub answer: Option<String>,
    /// `fulfilled`, `partly` or `not`.
    pub fulfilment: Option<String>,
}

pub fn read(record: &Record) -> Goals {
    let goal = |group: &str, id: String| {
        let at = format!("/goals/{group}/{id}");
        Goal { name: text(record, &format!("{at}/name")), description: text(record, &format!("{at}/description")), id }
    };
    let goals =
        |group: &str| ordered(record, &format!("/goals/{group}")).into_iter().map(|id| goal(group, id)).collect();
    let question = |id: String| Question { text: text(record, &format!("/effect/questions/{id}/text")), id };
    let questions: Vec<Question> = ordered(record, "/effect/questions").into_iter().map(question).collect();
    let answers = live(record, "/effect/years").into_iter().rev().map(|year| answers(record, year, &questions));
    Goals {
        strategic: text(record, "/goals/strategic"),
        effect: text(record, "/goals/effect"),
        sub_goals: goals("sub-goals"),
        benefits: goals("benefits"),
        areas: ordered(record, "/areas").into_iter().map(|id| area(record, id)).collect(),
        wordings: wordings(record),
        answers: answers.collect(),
        questions,
    }
}

fn area(record: &Record, id: String) -> Area {
    let at = format!("/areas/{id}");
    Area {
        name: text(record, &format!("{at}/name")),
        valid_from: text(record, &format!("{at}/valid-from")),
        valid_to: text(record, &format!("{at}/valid-to")),
        lead: text(record, &format!("{at}/lead")),
        id,
    }
}

fn wordings(record: &Record) -> Vec<Wording> {
    let wording = |id: &str| {
        let at = format!("/goals/wordings/{id}");
        Wording {
            id: id.to_owned(),
            goal: word(record, &format!("{at}/goal")),
            text: text(record, &format!("{at}/text")),
            from: text(record, &format!("{at}/from")),
            source: text(record, &format!("{at}/source")),
        }
    };
    let mut wordings: Vec<Wording> = live(record, "/goals/wordings").into_iter().map(wording).collect();
    wordings.sort_by_cached_key(|w| super::days(w.from.as_deref()).map_or((u16::MAX, 0, 0), |(first, _)| first));
    wordings
}

fn answers(record: &Record, year: &str, questions: &[Question]) -> Year {
    let answer = |question: &Question| {
        let at = format!("/effect/years/{year}/{}", question.id);
        Answer {
            question: question.id.clone(),
            answer: text(record, &format!("{at}/answer")),
            fulfilment: word(record, &format!("{at}/fulfilment")),
        }
    };
    Year { year: year.to_owned(), answers: questions.iter().map(answer).collect() }
}
