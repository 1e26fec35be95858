//! *Lärande*: what has been arranged and for how many, how it was judged, what works have taught, what is seen coming and
//! what the executive level should know.

use super::{
    super::{
        Site,
        error::Problem,
        page::{Asked, Page, number},
    },
    chosen::{self, Choice, Head, or_unknown},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::programme::{
        self as read, bodies,
        learning::{self, Activity, Lesson},
    },
    text::Text,
    vocabulary,
};
use samsyn_core::{date, entry::DocumentKind};
use std::collections::BTreeSet;

/// Activities and lessons on one page; the count says how many there are.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "county_learning.html")]
struct Learning {
    page: Page,
    head: Head,
    years: Vec<Choice>,
    lead: String,
    rows: Vec<Row>,
    total: usize,
    questions: Vec<String>,
    scale: i64,
    /// A judged activity: its title, how many answered, a mean for each question.
    ratings: Vec<(String, String, Vec<String>)>,
    lessons: Vec<LessonRow>,
    lessons_total: usize,
    trends: Vec<(String, String)>,
    next: Vec<(String, String)>,
    signals: Vec<[String; 5]>,
}

struct Row {
    title: String,
    kind: String,
    date: String,
    form: String,
    participants: String,
    note: String,
    source: String,
}

struct LessonRow {
    work: String,
    link: String,
    party: String,
    lesson: String,
    date: String,
}

pub(in super::super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/larande", Text("Lärande", "Learning")).await?;
    let chosen = chosen::choose(&site, &page, DocumentKind::Programme, "program").await?;
    let works = site.view.records_saying(DocumentKind::Work, &["/learnings"], site.eyes, &site.moment).await;
    let mut lessons: Vec<Lesson> =
        works.map_err(|f| Problem::of(f, lang))?.iter().flat_map(|work| learning::lessons(work)).collect();
    // By day, not by letter: "VT 2020" is earlier than "2026-11-01".
    let day =
        |lesson: &Lesson| lesson.date.as_deref().and_then(|text| date::parse(text).ok()).map(|span| span.sort_key());
    lessons.sort_by(|a, b| day(b).cmp(&day(a)).then_with(|| a.title.cmp(&b.title)));
    let today = chosen::day(&site);
    let record = chosen.record.as_deref();
    let all = record.map(learning::read);
    let bodies = record.map(|record| bodies::read(record, today)).unwrap_or_default();
    let activities: &[Activity] = all.as_ref().map_or(&[], |all| &all.activities);
    let year = page.asked.value("ar").map(ToOwned::to_owned);
    let of_year = |a: &&Activity| year.as_deref().is_none_or(|year| year_of(a).as_deref() == Some(year));
    let shown: Vec<&Activity> = activities.iter().filter(of_year).collect();
    let years: BTreeSet<String> = activities.iter().filter_map(year_of).collect();
    let choice = |other: &String| Choice {
        name: other.clone(),
        link: page.with("ar", other),
        here: year.as_ref() == Some(other),
    };
    let notes = |notes: &[learning::Note]| {
        notes.iter().map(|n| (n.year.clone(), or_unknown(&page, n.text.as_deref()))).collect::<Vec<_>>()
    };
    let signal = |s: &learning::Signal| {
        let to = s.to.as_deref().map(|id| super::year::body_name(id, &bodies));
        let state = s.state.as_deref().map(|state| vocabulary::SIGNAL.show(state, lang));
        let text = |text: Option<&str>| or_unknown(&page, text);
        [
            text(s.text.as_deref()),
            text(s.date.as_deref()),
            text(to.as_deref()),
            text(state),
            s.answer.clone().unwrap_or_default(),
        ]
    };
    let view = Learning {
        lead: lead(&shown, &page),
        rows: shown.iter().take(SHOWN).map(|a| row(a, &page)).collect(),
        total: shown.len(),
        questions: all.iter().flat_map(|all| &all.questions).map(|q| or_unknown(&page, q.text.as_deref())).collect(),
        scale: all.as_ref().map_or(0, |all| all.scale),
        ratings: shown
            .iter()
            .filter(|a| a.ratings.iter().any(Option::is_some))
            .take(SHOWN)
            .map(|a| rating(a, &page))
            .collect(),
        lessons_total: lessons.len(),
        lessons: lessons.into_iter().take(SHOWN).map(|lesson| lesson_row(lesson, &page)).collect(),
        trends: all.as_ref().map(|all| notes(&all.trends)).unwrap_or_default(),
        next: all.as_ref().map(|all| notes(&all.next)).unwrap_or_default(),
        signals: all.iter().flat_map(|all| &all.signals).map(signal).collect(),
        years: if years.len() > 1 { years.iter().rev().map(choice).collect() } else { Vec::new() },
        head: chosen.head,
        page,
    };
    view.page.answer(&view)
}

/// The year that an activity begins in.
fn year_of(activity: &Activity) -> Option<String> {
    match date::parse(activity.date.as_deref()?) {
        Ok(date::Span::Days { first: (year, _, _), .. }) => Some(year.to_string()),
        _ => None,
    }
}

/// What there is of each kind, and how many took part where that is said.
fn lead(activities: &[&Activity], page: &Page) -> String {
    let lang = page.asked.lang;
    let of_kind = |kind: &str| activities.iter().filter(|a| a.kind.as_deref() == Some(kind)).count();
    let counts = vocabulary::ACTIVITY.words.iter().map(|word| (of_kind(word.id), word.label.of(lang)));
    let counts: Vec<String> =
        counts.filter(|(count, _)| *count > 0).map(|(count, label)| format!("{label}: {count}")).collect();
    let known: Vec<i64> = activities.iter().filter_map(|a| a.participants).collect();
    let sum = known.iter().fold(0_u64, |sum, n| sum.saturating_add(u64::try_from(*n).unwrap_or(0)));
    let participants = format!(
        "{} {} {} {} {} {}",
        number(sum),
        page.t("deltagare i de", "participants in the"),
        known.len(),
        page.t("av", "of"),
        activities.len(),
        page.t("aktiviteter där antalet är uppgett.", "activities where their number is stated.")
    );
    if activities.is_empty() { String::new() } else { format!("{}. {participants}", counts.join(", ")) }
}

fn row(activity: &Activity, page: &Page) -> Row {
    let lang = page.asked.lang;
    let date = activity.date.clone().or_else(|| activity.frequency.clone());
    let who = [
        activity.speaker.clone(),
        activity.target_group.as_deref().map(|g| vocabulary::TARGET_GROUP.show(g, lang).to_owned()),
    ];
    let form = activity.form.iter().cloned().chain(who.into_iter().flatten()).collect::<Vec<_>>().join(", ");
    Row {
        title: or_unknown(page, activity.title.as_deref()),
        kind: activity
            .kind
            .as_deref()
            .map_or_else(String::new, |kind| vocabulary::ACTIVITY.show(kind, lang).to_owned()),
        date: or_unknown(page, date.as_deref()),
        form,
        participants: activity
            .participants
            .map_or_else(|| or_unknown(page, None), |n| number(u64::try_from(n).unwrap_or(0))),
        note: activity.note.clone().unwrap_or_default(),
        source: activity.source.clone().unwrap_or_default(),
    }
}

fn rating(activity: &Activity, page: &Page) -> (String, String, Vec<String>) {
    let mean = |mean: &Option<read::learning::Mean>| mean.map_or_else(|| "–".to_owned(), |mean| mean.to_string());
    let answers = activity.answers.map(|n| n.to_string());
    let title = or_unknown(page, activity.title.as_deref());
    (title, or_unknown(page, answers.as_deref()), activity.ratings.iter().map(mean).collect())
}

fn lesson_row(lesson: Lesson, page: &Page) -> LessonRow {
    LessonRow {
        work: or_unknown(page, lesson.title.as_deref()),
        link: page.link(&format!("/arbete/{}", lesson.work)),
        party: page.parties.name(&lesson.party).to_owned(),
        lesson: or_unknown(page, lesson.lesson.as_deref()),
        date: lesson.date.unwrap_or_default(),
    }
}
