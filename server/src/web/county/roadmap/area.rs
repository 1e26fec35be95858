//! One area of the roadmap: what is said of it, the text that all write with who wrote what, what each party does, and the
//! works that belong to it.

use super::{choose, dependencies, name};
use crate::web::{
    Site,
    county::shown::{self, Shown, anchor, of_all, parties},
    error::Problem,
    page::{Asked, Page},
};
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::{
    county::roadmap::{self, Area, Local},
    schema,
    text::Text,
    vocabulary,
};
use samsyn_core::{code::Code, entry::DocumentKind, id};
use samsyn_wire::v1;
use std::collections::BTreeSet;

/// Works that one page looks up.
const WORKS_MAX: usize = 40;

#[derive(Template)]
#[template(path = "county_area.html")]
struct AreaPage {
    page: Page,
    roadmap: String,
    document: String,
    write: Option<String>,
    facts: Vec<Fact>,
    goals: Vec<(String, String)>,
    activities: Vec<ActivityRow>,
    dependencies: Vec<String>,
    works: Vec<(String, Option<String>)>,
    text: String,
    passages: Vec<Passage>,
    plans: String,
    answers: String,
    locals: Vec<LocalRow>,
    rollout: Option<String>,
    grid: Option<String>,
}

struct Fact {
    label: String,
    value: String,
    link: String,
}

struct ActivityRow {
    title: String,
    note: String,
    when: String,
    measure: String,
}

struct Passage {
    text: String,
    by: String,
    when: String,
}

struct LocalRow {
    party: String,
    plan: Shown,
    plan_link: String,
    status: Shown,
    activities: Shown,
    contact: String,
}

pub(in crate::web) async fn page(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f| Problem::of(f, lang);
    let mut page = Page::new(&site, asked, "/fardplan", Text("Område", "Area")).await?;
    let records = site.view.records(DocumentKind::Roadmap, site.eyes, &site.moment).await.map_err(failed)?;
    let Some(record) = choose(&records, page.asked.value("dokument")) else { return Err(Problem::no_such_page(lang)) };
    let read = roadmap::read(record);
    let Some(area) = read.areas.iter().find(|area| area.id == id) else { return Err(Problem::no_such_page(lang)) };
    page.title = name(area, &page);
    let at = format!("/areas/{}", area.id);
    let wanted = v1::JointTextRequest { id: record.id.clone(), path: format!("/text/{}", area.id) };
    let joint = match site.moment.ms() {
        None => Some(site.view.joint_text_for(wanted, site.eyes).await.map_err(failed)?),
        Some(_) => None, // who wrote which word is told of the text as it stands now
    };
    let text = record.said(&format!("/text/{}", area.id));
    let text: Vec<&str> = text.iter().filter_map(|s| s.value.as_ref()?.as_text()).collect();
    let shown = AreaPage {
        roadmap: page.link("/fardplan"),
        document: page.link(&format!("/arbete/{}", record.id)),
        write: page.sees_drafts().then(|| page.link(&format!("/skriv/{}", record.id))),
        facts: facts(record, &at, &page),
        goals: area.goals.clone(),
        activities: area.activities.iter().map(|a| activity(a, &page)).collect(),
        dependencies: dependencies(area, &page),
        works: works(&site, area, &page).await.map_err(failed)?,
        passages: joint.map(|joint| passages(&joint, &page)).unwrap_or_default(),
        text: text.join("\n\n– – –\n\n"),
        plans: of_all(area.with_plan(), &page),
        answers: of_all(area.answered(), &page),
        locals: parties(&page).into_iter().map(|party| local(&record.id, area, party, &page)).collect(),
        rollout: area.method.as_ref().map(|method| format!("{}#metod-{method}", page.link("/breddinforande"))),
        grid: (!area.grid.is_empty()).then(|| format!("{}#lokala-{}", page.link("/breddinforande"), area.id)),
        page,
    };
    shown.page.answer(&shown)
}

/// What is said of the area itself, each with the row that it comes from.
fn facts(record: &samsyn_client::record::Record, at: &str, page: &Page) -> Vec<Fact> {
    let reader = page.reader();
    let fact = |(path, said): (&id::Path, &[samsyn_client::record::Said])| {
        let rest = path.as_str().strip_prefix(at)?.strip_prefix('/')?;
        if rest.contains('/') || rest == "title" {
            return None;
        }
        let label = schema::label(DocumentKind::Roadmap, path, page.asked.lang).unwrap_or(rest);
        let values: Vec<String> = said
            .iter()
            .filter(|s| !s.removed)
            .map(|s| s.value.as_ref().map_or_else(|| reader.stated(None, &s.fault, false), |v| reader.value(v)))
            .collect();
        (!values.is_empty()).then(|| Fact {
            label: label.to_owned(),
            value: values.join(page.t(" eller ", " or ")),
            link: format!("{}#{}", page.link(&format!("/arbete/{}", record.id)), anchor(path.as_str())),
        })
    };
    record.paths().filter_map(fact).collect()
}

fn activity(activity: &roadmap::Activity, page: &Page) -> ActivityRow {
    let aim = activity.aim.as_deref().map(|aim| vocabulary::AIM.show(aim, page.asked.lang));
    let measure = activity.measure.iter().map(String::as_str).chain(aim).collect::<Vec<_>>().join(", ");
    ActivityRow {
        title: activity.title.clone().unwrap_or_else(|| activity.id.clone()),
        note: activity.note.clone().unwrap_or_default(),
        when: activity.when.clone().unwrap_or_default(),
        measure,
    }
}

/// The works that the area and its activities name, with a page where there is one.
async fn works(
    site: &Site,
    area: &Area,
    page: &Page,
) -> Result<Vec<(String, Option<String>)>, crate::failure::Failure> {
    let named: BTreeSet<&String> =
        area.works.iter().chain(area.activities.iter().flat_map(|activity| &activity.works)).collect();
    let mut works = Vec::new();
    for reference in named.into_iter().take(WORKS_MAX) {
        let number = reference.split_once(':').map_or(reference.as_str(), |(_, number)| number);
        let title = match site.view.title(number, site.eyes).await {
            Ok(title) => title,
            Err(failure) if failure.code == Code::InputNotFound => None,
            Err(failure) => return Err(failure),
        };
        let link = title.as_ref().map(|_| page.link(&format!("/arbete/{number}")));
        works.push((title.unwrap_or_else(|| number.to_owned()), link));
    }
    Ok(works)
}

fn passages(joint: &v1::JointTextResponse, page: &Page) -> Vec<Passage> {
    let passage = |p: &v1::TextPassage| Passage {
        text: p.text.clone(),
        by: page.parties.name(&p.stated_by).to_owned(),
        when: page.reader().time(p.stated_ms),
    };
    joint.passages.iter().filter(|p| !p.text.trim().is_empty()).map(passage).collect()
}

fn local(document: &str, area: &Area, (id, party): (String, String), page: &Page) -> LocalRow {
    let nothing = Local::default();
    let local = area.parties.get(&id).unwrap_or(&nothing);
    let at = |field: &str| format!("/areas/{}/parties/{id}/{field}", area.id);
    LocalRow {
        party,
        plan: shown::state(&local.plan, vocabulary::LOCAL_PLAN, page, (document, &at("plan"))),
        plan_link: local.plan_link.clone().unwrap_or_default(),
        status: shown::state(&local.status, vocabulary::PROGRESS, page, (document, &at("status"))),
        activities: shown::words(&local.activities, page, (document, &at("activities"))),
        contact: local.contact.clone().unwrap_or_default(),
    }
}
