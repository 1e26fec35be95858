//! The page of a work: what is stated of it, by whom and when; whether it meets the criteria and why; reports; what each
//! party has said of its own part. Where several uppgifter stand, all are shown side by side.

use super::{
    Site,
    error::Problem,
    page::{Asked, Page},
};
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::{
    schema::{self, title_path},
    text::{self, Text},
    vocabulary,
};
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_wire::v1;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage {
    page: Page,
    number: String,
    owner: String,
    authority: String,
    updated: String,
    facts: Vec<FactRow>,
    criteria: Option<Criteria>,
    reports: Vec<Report>,
    parts: Vec<Part>,
    numbers: Vec<RegisterNumber>,
    erased: Option<Erased>,
    conflicts: usize,
    history: String,
    /// Where somebody writes in it who writes drafts.
    write: Option<String>,
    document: String,
}

/// One path: what stands there.
struct FactRow {
    label: String,
    stated: Vec<Stated>,
    conflict: bool,
}

struct Stated {
    value: String,
    by: String,
    when: String,
}

/// What one party says of its own part.
struct Part {
    party: String,
    rows: Vec<FactRow>,
}

/// What one authority calls a version of this document in its register.
struct RegisterNumber {
    party: String,
    authority: String,
    number: String,
    when: String,
    version: String,
}

/// What is gone, and where.
struct Erased {
    values: u64,
    by: String,
    done: String,
    not: String,
}

struct Report {
    label: String,
    rows: Vec<FactRow>,
}

struct Criteria {
    version: String,
    eligible: &'static str,
    ticks: Vec<Tick>,
}

struct Tick {
    label: String,
    answer: &'static str,
    sign: &'static str,
    why: &'static str,
}

pub(super) async fn page(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let work = site.view.work_at(&id, site.eyes, &site.moment).await.map_err(|f| Problem::of(f, lang))?;
    let mut page = Page::new(&site, asked, "/portfolj", Text("(utan titel)", "(without a title)")).await?;
    let at = DocumentKind::try_from(work.kind()).map_or("/facts/title", title_path);
    let title = work.facts.iter().find(|f| f.path == at && !f.conflict).and_then(|f| f.value.clone());
    if let Some(v1::value::Kind::Text(title) | v1::value::Kind::Prose(title)) = title.and_then(|v| v.kind) {
        title.lines().next().unwrap_or_default().clone_into(&mut page.title);
    } else if work.facts.iter().any(|f| f.path == at && f.value_fault == Code::ValueErased.as_str()) {
        text::VALUE_ERASED.of(lang).clone_into(&mut page.title);
    }
    let mut groups: BTreeMap<Group, Vec<&v1::Fact>> = BTreeMap::new();
    for fact in work.facts.iter().filter(|f| !f.removed || f.conflict) {
        groups.entry(Group::of(&fact.path)).or_default().push(fact);
    }
    let mut taken = |group: &Group| groups.remove(group).unwrap_or_default();
    let facts = rows(taken(&Group::Facts), &page);
    let conflicts = facts.iter().filter(|row| row.conflict).count();
    let (mut reports, mut parts, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (group, facts) in groups {
        match group {
            Group::Facts => {}
            Group::Report(id) => {
                let date = facts.iter().find(|f| f.path.ends_with("/date")).and_then(|f| f.value.clone());
                let date =
                    date.map_or_else(|| id.chars().take(8).collect(), |date| page.reader().wire_value(Some(date)));
                reports.push((date, rows(facts, &page)));
            }
            Group::Register => numbers = facts.iter().filter_map(|fact| register_number(fact, &page)).collect(),
            Group::Party(org) => {
                parts.push(Part { party: page.parties.name(&org).to_owned(), rows: rows(facts, &page) });
            }
        }
    }
    reports.sort_by(|a, b| b.0.cmp(&a.0));
    numbers.sort_by_cached_key(|n: &RegisterNumber| (crate::projection::fold(&n.party), n.when.clone()));
    parts.sort_by_cached_key(|part| crate::projection::fold(&part.party));
    let shown = WorkPage {
        number: work.public_number.clone(),
        owner: page.parties.name(&work.owner).to_owned(),
        authority: page.reader().authority(&work.owner, &work.authority).to_owned(),
        updated: page.reader().time(work.updated_ms),
        facts,
        criteria: work.criteria.as_ref().map(|check| criteria(check, &page)),
        reports: reports.into_iter().map(|(label, rows)| Report { label, rows }).collect(),
        parts,
        numbers,
        erased: work.erased.as_ref().map(|erased| gone(erased, &work.archive_owner, &page)),
        conflicts,
        history: page.link(&format!("/arbete/{}/historik", work.document_id)),
        write: (page.sees_drafts() && page.per.is_none()).then(|| page.link(&format!("/skriv/{}", work.document_id))),
        document: work.document_id.clone(),
        page,
    };
    shown.page.answer(&shown)
}

/// Where on the page a path belongs.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Facts,
    Report(String),
    Party(String),
    Register,
}

impl Group {
    fn of(path: &str) -> Self {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "reports", id, ..] => Self::Report((*id).to_owned()),
            ["", "parties" | "learnings" | "assessment" | "remarks" | "attested", org, ..] => {
                Self::Party((*org).to_owned())
            }
            ["", "register", ..] => Self::Register,
            _ => Self::Facts,
        }
    }
}

fn gone(erased: &v1::Erased, archive_owner: &str, page: &Page) -> Erased {
    let names = |of: &[String]| of.iter().map(|id| page.parties.name(id)).collect::<Vec<_>>().join(", ");
    Erased {
        values: erased.values,
        by: page.parties.name(archive_owner).to_owned(),
        done: names(&erased.carried_out_by),
        not: names(&erased.not_carried_out_by),
    }
}

fn register_number(fact: &v1::Fact, page: &Page) -> Option<RegisterNumber> {
    /// Letters of a version that are shown.
    const VERSION_LETTERS: usize = 8;
    let ["", "register", org, authority, version] = fact.path.split('/').collect::<Vec<_>>()[..] else { return None };
    Some(RegisterNumber {
        party: page.parties.name(org).to_owned(),
        authority: page.reader().authority(org, authority).to_owned(),
        number: page.reader().wire_value(fact.value.clone()),
        when: page.reader().time(fact.stated_ms),
        version: version.chars().take(VERSION_LETTERS).collect(),
    })
}

fn rows(mut facts: Vec<&v1::Fact>, page: &Page) -> Vec<FactRow> {
    let reader = page.reader();
    facts.sort_by_key(|f| text::path_order(&f.path));
    let mut rows: Vec<(&str, FactRow)> = Vec::new();
    for fact in facts {
        let by: Vec<&str> = fact.stated_by.split(", ").map(|by| page.parties.name(by)).collect();
        let stated = Stated {
            value: reader.stated(fact.value.clone(), &fact.value_fault, fact.removed),
            by: by.join(", "),
            when: reader.time(fact.stated_ms),
        };
        match rows.last_mut().filter(|(path, _)| *path == fact.path) {
            Some((_, row)) => row.stated.push(stated),
            None => rows.push((
                &fact.path,
                FactRow { label: label(&fact.path, page), stated: vec![stated], conflict: fact.conflict },
            )),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

pub(super) fn label(path: &str, page: &Page) -> String {
    let lang = page.asked.lang;
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["", "reports", _, part] => text::report_part(part).map_or_else(|| (*part).to_owned(), |t| capital(t.of(lang))),
        ["", "parties", _, "note"] => page.t("Anteckning", "Note").to_owned(),
        ["", "parties", _, "participation"] => page.t("Medverkan", "Participation").to_owned(),
        ["", "parties", _, "rollout"] => page.t("Införande", "Rollout").to_owned(),
        ["", "parties", _, "benefit"] => page.t("Nytta", "Benefit").to_owned(),
        ["", "attested", _] => page.t("Bekräftat oförändrat", "Attested as unchanged").to_owned(),
        ["", "parties" | "assessment", _, rest @ ..] => rest.join(" / "),
        ["", "learnings", ..] => page.t("Lärdom", "Learning").to_owned(),
        ["", "remarks", ..] => page.t("Synpunkt", "Remark").to_owned(),
        ["", "register", ..] => page.t("Diarienummer", "Register number").to_owned(),
        ["", "facts" | "note", ..] => page.reader().path(path),
        _ => schema::label_of_any(path, lang).map_or_else(|| page.reader().path(path), |label| capital(&label)),
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn criteria(check: &v1::CriteriaCheck, page: &Page) -> Criteria {
    let lang = page.asked.lang;
    let answer = |answer: i32| match v1::Answer::try_from(answer) {
        Ok(v1::Answer::Yes) => (text::YES.of(lang), "✓"),
        Ok(v1::Answer::No) => (text::NO.of(lang), "✗"),
        _ => (text::UNKNOWN.of(lang), "?"),
    };
    let tick = |tick: &v1::CriteriaTick| {
        let label = match tick.kind.as_str() {
            _ if !tick.id.is_empty() => vocabulary::CRITERION.show(&tick.id, lang),
            "at-least-one" => page.t("minst ett av de valfria kriterierna", "at least one of the optional criteria"),
            "description" => page.t("beskrivning finns", "there is a description"),
            "financing" => page.t("finansieringen är klar", "financing is secured"),
            other => other,
        };
        let (answer, sign) = answer(tick.result);
        Tick { label: capital(label), answer, sign, why: why(&tick.why).of(lang) }
    };
    Criteria {
        version: check.version.clone(),
        eligible: answer(check.eligible).0,
        ticks: check.ticks.iter().map(tick).collect(),
    }
}

/// What decided a criterion, from its stable code.
fn why(code: &str) -> Text {
    match code {
        "region-and-municipality" => {
            Text("regionen och minst en kommun deltar", "the region and at least one municipality take part")
        }
        "region-missing" => Text("regionen är inte med", "the region does not take part"),
        "municipality-missing" => Text("ingen kommun är med", "no municipality takes part"),
        "region-and-municipality-missing" => {
            Text("varken regionen eller en kommun är med", "neither the region nor a municipality takes part")
        }
        "partners-not-stated" => Text("det är inte angivet vilka som deltar", "it is not stated who takes part"),
        "partner-kind-unknown" => Text("en deltagare är av okänt slag", "one who takes part is of an unknown kind"),
        "claimed" => Text("angivet av ägaren", "stated by the owner"),
        "not-claimed" => Text("inte angivet av ägaren", "not stated by the owner"),
        "not-assessed" => Text("inte bedömt", "not assessed"),
        "criteria-not-stated" => {
            Text("det är inte angivet vilka kriterier arbetet möter", "it is not stated which criteria the work meets")
        }
        "one-claimed" => Text("minst ett är angivet", "at least one is stated"),
        "none-claimed" => Text("inget är angivet", "none is stated"),
        "description-present" => Text("sammanfattningen är skriven", "the summary is written"),
        "description-missing" => Text("sammanfattning saknas", "the summary is missing"),
        "financing-secured" => Text("ägaren anger att den är klar", "the owner states that it is"),
        "financing-not-secured" => Text("ägaren anger att den inte är klar", "the owner states that it is not"),
        "financing-unknown" => Text("det är inte angivet", "it is not stated"),
        _ => Text("okänd grund", "unknown reason"),
    }
}
