//! *Programmet*: what it is for, who decides in it, what governs it, whom it concerns, what it tells and is asked; and
//! where its sources differ.

use super::{
    super::{
        Site,
        error::Problem,
        page::{Asked, Page},
    },
    chosen::{self, Head, or_unknown},
    year::body_name,
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::programme::{
        self as read,
        bodies::{self, Body},
        goals::{self, Goals},
        learning,
        papers::{self, FirstAnswer},
        sources as differing,
    },
    record::Record,
    text::Text,
    vocabulary,
};
use samsyn_core::entry::DocumentKind;

/// Rows of a kind on one page; the count says how many there are.
const SHOWN: usize = 100;
const MINUTES_OF_HOUR: i64 = 60;

#[derive(Template)]
#[template(path = "county_programme.html")]
struct Programme {
    page: Page,
    head: Head,
    facts: Vec<(&'static str, String)>,
    areas: Vec<String>,
    wordings: Vec<[String; 4]>,
    bodies: Vec<BodyRow>,
    former: Vec<BodyRow>,
    documents: Vec<Document>,
    stakeholders: Vec<[String; 5]>,
    messages: Vec<[String; 5]>,
    hours: i64,
    overdue: usize,
    questions: Vec<Question>,
    symbol: Vec<(String, String)>,
    symbol_total: usize,
    symbol_unknown: usize,
    differing: usize,
}

struct BodyRow {
    name: String,
    level: String,
    valid: String,
    rules: String,
    members: String,
    follows: String,
}

struct Document {
    title: String,
    kind: String,
    place: String,
    versions: Vec<String>,
}

struct Question {
    subject: String,
    received: String,
    answer: String,
    overdue: bool,
}

#[derive(Template)]
#[template(path = "county_sources.html")]
struct Sources {
    page: Page,
    head: Head,
    rows: Vec<Differing>,
}

struct Differing {
    about: String,
    values: Vec<(String, String)>,
}

pub(in super::super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/programmet", Text("Programmet", "The programme")).await?;
    let chosen = chosen::choose(&site, &page, DocumentKind::Programme, "program").await?;
    let works = site.view.records_saying(DocumentKind::Work, &["/facts/in-portfolio"], site.eyes, &site.moment).await;
    let works = works.map_err(|f| Problem::of(f, lang))?;
    let (today, now_ms) = (chosen::day(&site), chosen::now_ms(&site));
    let mut view = empty(page, chosen.head);
    if let Some(record) = &chosen.record {
        let programme = read::read(record);
        let goals = goals::read(record);
        let bodies = bodies::read(record, today);
        let page = &view.page;
        view.facts = facts(&programme, page);
        view.areas = goals.areas.iter().map(|area| or_unknown(page, area.name.as_deref())).collect();
        view.wordings = wordings(&goals, page);
        let row = |body: &Body| body_row(body, &bodies, page);
        view.bodies = bodies.iter().filter(|b| b.in_force).map(row).collect();
        view.former = bodies.iter().filter(|b| !b.in_force).map(row).collect();
        view.documents = papers::governing(record).iter().take(SHOWN).map(|d| document(d, page)).collect();
        view.stakeholders = papers::stakeholders(record).iter().take(SHOWN).map(|s| stakeholder(s, page)).collect();
        view.messages = papers::messages(record).iter().take(SHOWN).map(|m| message(m, page)).collect();
        view.hours = programme.first_answer_hours;
        let questions = papers::questions(record, programme.first_answer_hours, now_ms);
        view.overdue = questions.iter().filter(|q| matches!(q.state, FirstAnswer::Overdue(_))).count();
        view.questions = questions.iter().take(SHOWN).map(|q| question(q, page)).collect();
        view.differing = differing::read(record).len();
    }
    let page = &view.page;
    let may: Vec<&Record> =
        works.iter().map(AsRef::as_ref).filter(|w| learning::may_use_symbol(w) == Some(true)).collect();
    let mut symbol: Vec<(String, String)> = may
        .iter()
        .map(|w| (or_unknown(page, w.text("/facts/title")), page.link(&format!("/arbete/{}", w.id))))
        .collect();
    symbol.sort_by_cached_key(|(title, _)| crate::projection::fold(title));
    view.symbol_unknown = works.iter().filter(|w| learning::may_use_symbol(w).is_none()).count();
    view.symbol_total = symbol.len();
    symbol.truncate(SHOWN);
    view.symbol = symbol;
    view.page.answer(&view)
}

fn empty(page: Page, head: Head) -> Programme {
    Programme {
        page,
        head,
        facts: Vec::new(),
        areas: Vec::new(),
        wordings: Vec::new(),
        bodies: Vec::new(),
        former: Vec::new(),
        documents: Vec::new(),
        stakeholders: Vec::new(),
        messages: Vec::new(),
        hours: 0,
        overdue: 0,
        questions: Vec::new(),
        symbol: Vec::new(),
        symbol_total: 0,
        symbol_unknown: 0,
        differing: 0,
    }
}

fn facts(programme: &read::Programme, page: &Page) -> Vec<(&'static str, String)> {
    let lang = page.asked.lang;
    let years = programme.planned_years.map(|years| years.to_string());
    let office: Vec<String> = programme.office.iter().map(|org| page.reader().reference(org)).collect();
    let all = page.parties.0.iter().all(|party| programme.office.contains(&format!("org:{}", party.id)));
    let office = if all { page.t("alla parter", "all parties").to_owned() } else { office.join(", ") };
    [
        (Text("Namn", "Name"), programme.name.clone()),
        (Text("Start", "Start"), programme.start.clone()),
        (Text("Planerat antal år", "Planned years"), years),
        (Text("Programkontoret bemannas av", "The office is staffed by"), Some(office).filter(|o| !o.is_empty())),
    ]
    .map(|(label, value)| (label.of(lang), or_unknown(page, value.as_deref())))
    .into()
}

fn wordings(goals: &Goals, page: &Page) -> Vec<[String; 4]> {
    let name = |id: &str| match id {
        "strategic" => page.t("Strategiskt mål", "Strategic goal").to_owned(),
        "effect" => page.t("Effektmål", "Effect goal").to_owned(),
        id => {
            let known = goals.sub_goals.iter().chain(&goals.benefits).find(|goal| goal.id == id);
            known.and_then(|goal| goal.name.clone()).unwrap_or_else(|| id.to_owned())
        }
    };
    let wording = |w: &goals::Wording| {
        let goal = w.goal.as_deref().map(name);
        [
            or_unknown(page, goal.as_deref()),
            or_unknown(page, w.from.as_deref()),
            or_unknown(page, w.text.as_deref()),
            or_unknown(page, w.source.as_deref()),
        ]
    };
    goals.wordings.iter().map(wording).collect()
}

fn body_row(body: &Body, bodies: &[Body], page: &Page) -> BodyRow {
    let lang = page.asked.lang;
    let named = |id: &Option<String>, sv: &'static str, en: &'static str| {
        id.as_deref().map(|id| format!("{} {}", page.t(sv, en), body_name(id, bodies)))
    };
    let org = |org: &Option<String>, sv: &'static str, en: &'static str| {
        org.as_deref().map(|org| format!("{} {}", page.t(sv, en), page.reader().reference(org)))
    };
    let rule = |word: &Option<String>, kind: vocabulary::Kind, sv: &'static str, en: &'static str| {
        word.as_deref().map(|word| format!("{} {}", page.t(sv, en), kind.show(word, lang)))
    };
    let ways: Vec<&str> = body.on_disagreement.iter().map(|way| vocabulary::WAY.show(way, lang)).collect();
    let rules = [
        rule(&body.quorum, vocabulary::QUORUM, "beslutsför när närvarande är", "quorum"),
        rule(&body.majority, vocabulary::MAJORITY, "beslutar med", "decides by"),
        rule(&body.tie, vocabulary::TIE, "vid lika röstetal", "at a tie"),
        (!ways.is_empty()).then(|| format!("{} {}", page.t("vid oenighet:", "at disagreement:"), ways.join(", "))),
    ];
    let until = |date: &Option<String>| date.clone().unwrap_or_default();
    let valid = if body.valid_from.is_none() && body.valid_to.is_none() {
        page.t("ingen tid uppgiven", "no time stated").to_owned()
    } else {
        format!("{} – {}", until(&body.valid_from), until(&body.valid_to))
    };
    let all = page.parties.0.iter().all(|party| body.members.contains(&format!("org:{}", party.id)));
    let members: Vec<String> = body.members.iter().map(|m| page.reader().reference(m)).collect();
    let follows = [
        named(&body.replaces, "ersätter", "replaces"),
        named(&body.replaced_by, "ersatt av", "replaced by"),
        named(&body.escalates_to, "lyfter frågor till", "takes questions to"),
    ];
    let members = if all { page.t("alla parter", "all parties").to_owned() } else { members.join(", ") };
    let leads = [
        org(&body.chair, "ordförande från", "chair from"),
        org(&body.vice_chair, "vice ordförande från", "vice chair from"),
    ];
    let members = std::iter::once(members).chain(leads.into_iter().flatten()).filter(|m| !m.is_empty());
    BodyRow {
        name: or_unknown(page, body.name.as_deref()),
        level: body
            .level
            .as_deref()
            .map_or_else(|| or_unknown(page, None), |l| vocabulary::LEVEL.show(l, lang).to_owned()),
        valid,
        rules: rules.into_iter().flatten().collect::<Vec<_>>().join("; "),
        members: members.collect::<Vec<_>>().join("; "),
        follows: follows.into_iter().flatten().collect::<Vec<_>>().join("; "),
    }
}

fn document(document: &papers::Governing, page: &Page) -> Document {
    let version = |v: &papers::Version| {
        let label = or_unknown(page, v.label.as_deref());
        let date = or_unknown(page, v.date.as_deref());
        format!("{label} ({date}) {}", v.note.as_deref().unwrap_or_default()).trim_end().to_owned()
    };
    let place = [document.registered_by.clone(), document.place.clone()];
    Document {
        title: or_unknown(page, document.title.as_deref()),
        kind: document.kind.clone().unwrap_or_default(),
        place: place.into_iter().flatten().collect::<Vec<_>>().join(", "),
        versions: document.versions.iter().map(version).collect(),
    }
}

fn stakeholder(s: &papers::Stakeholder, page: &Page) -> [String; 5] {
    let category = s.category.as_deref().map(|c| vocabulary::CATEGORY.show(c, page.asked.lang));
    [s.name.as_deref(), category, s.relation.as_deref(), s.needs.as_deref(), s.treatment.as_deref()]
        .map(|text| or_unknown(page, text))
}

fn message(m: &papers::Message, page: &Page) -> [String; 5] {
    [&m.quarter, &m.what, &m.audience, &m.channel, &m.responsible].map(|text| or_unknown(page, text.as_deref()))
}

fn question(question: &papers::Question, page: &Page) -> Question {
    let answer = match question.state {
        FirstAnswer::InTime(took) => format!("{} {}", page.t("svar efter", "answered after"), span(took, page)),
        FirstAnswer::Late(by) => format!("{} {}", page.t("svar, för sent med", "answered, late by"), span(by, page)),
        FirstAnswer::Waiting(left) => {
            format!("{} {}", page.t("väntar på svar, kvar:", "waits for an answer, left:"), span(left, page))
        }
        FirstAnswer::Overdue(by) => {
            format!("{} {}", page.t("väntar på svar, försenat med", "waits for an answer, overdue by"), span(by, page))
        }
        FirstAnswer::Unknown => page.t("tiden går inte att räkna", "the time cannot be reckoned").to_owned(),
    };
    Question {
        subject: or_unknown(page, question.subject.as_deref()),
        received: or_unknown(page, question.received.as_deref()),
        answer,
        overdue: matches!(question.state, FirstAnswer::Overdue(_)),
    }
}

fn span(minutes: i64, page: &Page) -> String {
    let (hours, rest) = (minutes / MINUTES_OF_HOUR, minutes % MINUTES_OF_HOUR);
    if hours == 0 { format!("{rest} min") } else { format!("{hours} {} {rest} min", page.t("tim", "h")) }
}

pub(in super::super) async fn sources(site: Site, asked: Asked) -> Result<Response, Problem> {
    let page = Page::new(&site, asked, "/programmet", Text("Källor som skiljer sig", "Sources that differ")).await?;
    let chosen = chosen::choose(&site, &page, DocumentKind::Programme, "program").await?;
    let row = |contradiction: &differing::Contradiction| Differing {
        about: or_unknown(&page, contradiction.about.as_deref()),
        values: (contradiction.values.iter())
            .map(|v| (or_unknown(&page, v.value.as_deref()), or_unknown(&page, v.source.as_deref())))
            .collect(),
    };
    let all = chosen.record.as_deref().map(differing::read).unwrap_or_default();
    let view = Sources { rows: all.iter().take(SHOWN).map(row).collect(), head: chosen.head, page };
    view.page.answer(&view)
}
