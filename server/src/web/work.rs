//! The page of a work: what is stated of it, by whom and when; whether it meets the criteria and why; reports; what each
//! party has said of its own part. Where several uppgifter stand, all are shown side by side.

pub(super) mod act;
pub(super) mod alike;

use super::{
    Site,
    county::anchor,
    error::Problem,
    page::{Asked, Page},
};
use crate::who::Who;
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::{
    county,
    record::Record,
    schema::{self, title_path},
    text::{self, Text},
    vocabulary,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::{self, AuthorityId},
};
use samsyn_wire::v1;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage {
    page: Page,
    number: String,
    owner: String,
    authority: String,
    updated: String,
    sections: Vec<Section>,
    criteria: Option<Criteria>,
    parts: Vec<Part>,
    remarks: Vec<RemarkRow>,
    alike: Option<Alike>,
    numbers: Vec<RegisterNumber>,
    erased: Option<Erased>,
    conflicts: usize,
    history: String,
    /// Where somebody writes in it who writes drafts.
    write: Option<String>,
    document: String,
}

/// Fields that belong together, as the table of what people write has them.
struct Section {
    id: String,
    title: String,
    items: Vec<Item>,
}

/// One of a collection, or the only one.
struct Item {
    id: String,
    title: String,
    rows: Vec<FactRow>,
}

/// What another party has asked or proposed.
struct RemarkRow {
    party: String,
    text: String,
    /// The field and the value that it proposes.
    proposes: Option<(String, String)>,
    answer: &'static str,
    when: String,
    /// Names it in a form, for those who may answer it.
    asks: Option<(String, String)>,
}

/// Works that are like this one.
pub(super) struct Alike {
    pub(super) rows: Vec<AlikeRow>,
    pub(super) partial: bool,
    /// Links that the owner has made.
    related: Vec<(String, Option<String>)>,
    /// For those who write it.
    pub(super) acts: bool,
}

impl Alike {
    /// For a draft that nobody else has seen.
    pub(super) fn proposed((rows, partial): (Vec<AlikeRow>, bool)) -> Self {
        Self { rows, partial, related: Vec::new(), acts: false }
    }
}

pub(super) struct AlikeRow {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) link: String,
    pub(super) owner: String,
    pub(super) stage: String,
    pub(super) why: Vec<String>,
}

/// One path: what stands there.
struct FactRow {
    anchor: String,
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
    let kind = DocumentKind::try_from(work.kind()).unwrap_or(DocumentKind::Work);
    let record = Record::try_from(work.clone()).map_err(|e| Problem::ours(&e.to_string(), lang))?;
    let mut groups: BTreeMap<Group, Vec<&v1::Fact>> = BTreeMap::new();
    for fact in work.facts.iter().filter(|f| !f.removed || f.conflict) {
        groups.entry(Group::of(kind, &fact.path)).or_default().push(fact);
    }
    let facts = groups.remove(&Group::Facts).unwrap_or_default();
    let sections = sections(kind, facts, &record, &page);
    let (mut parts, mut numbers) = (Vec::new(), Vec::new());
    for (group, facts) in groups {
        match group {
            Group::Facts | Group::Remark => {}
            Group::Register => numbers = facts.iter().filter_map(|fact| register_number(fact, &page)).collect(),
            Group::Party(org) => {
                parts.push(Part { party: page.parties.name(&org).to_owned(), rows: rows(kind, facts, &page) });
            }
        }
    }
    numbers.sort_by_cached_key(|n: &RegisterNumber| (crate::projection::fold(&n.party), n.when.clone()));
    parts.sort_by_cached_key(|part| crate::projection::fold(&part.party));
    let all = sections.iter().flat_map(|section| &section.items).flat_map(|item| &item.rows);
    let conflicts = all.chain(parts.iter().flat_map(|part| &part.rows)).filter(|row| row.conflict).count();
    let acts = kind == DocumentKind::Work && writes(&site, &work, &page);
    let alike = match kind {
        DocumentKind::Work if site.moment.ms().is_none() => {
            let failed = |f| Problem::of(f, lang);
            let unlike = if acts { act::unlike(&site, &record.id).await.map_err(failed)? } else { BTreeSet::new() };
            Some(alike::of(&site, &record, unlike, acts, &page).await.map_err(failed)?)
        }
        _ => None,
    };
    let shown = WorkPage {
        number: work.public_number.clone(),
        owner: page.parties.name(&work.owner).to_owned(),
        authority: page.reader().authority(&work.owner, &work.authority).to_owned(),
        updated: page.reader().time(work.updated_ms),
        sections,
        criteria: work.criteria.as_ref().map(|check| criteria(check, &page)),
        parts,
        remarks: remarks(&record, acts, &page),
        alike,
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

/// True for whoever writes the owner's draft of it.
fn writes(site: &Site, work: &v1::Work, page: &Page) -> bool {
    let own = page.parties.own().is_some_and(|own| own.id == work.owner);
    let Ok(authority) = AuthorityId::new(&work.authority) else { return false };
    own && site.session.as_ref().is_some_and(|session| Who::Person(&session.person).may_edit(&authority))
}

/// The groups of the kind's table with what is stated in each, and what no table has last.
fn sections(kind: DocumentKind, facts: Vec<&v1::Fact>, record: &Record, page: &Page) -> Vec<Section> {
    let lang = page.asked.lang;
    let tables = schema::groups(kind);
    let mut by_group: BTreeMap<(usize, String), Vec<&v1::Fact>> = BTreeMap::new();
    for fact in facts {
        let place = schema::find(kind, &fact.path).and_then(|(group, _)| {
            let (item, _) = group.item(&fact.path)?;
            Some((tables.iter().position(|table| std::ptr::eq(table, group))?, item.to_owned()))
        });
        by_group.entry(place.unwrap_or((tables.len(), String::new()))).or_default().push(fact);
    }
    let mut sections: Vec<(usize, Section)> = Vec::new();
    for ((at, path), facts) in by_group {
        let group = tables.get(at);
        let title = match group {
            Some(group) if group.is_collection() => item_title(group, &path, record, page),
            _ => String::new(),
        };
        let rows = rows(kind, facts, page);
        if let Some((_, section)) = sections.last_mut().filter(|(last, _)| *last == at) {
            let id = format!("{}-{}", section.id, section.items.len() + 1);
            section.items.push(Item { id, title, rows });
        } else {
            let heading = group.map_or(Text("Fler uppgifter", "More facts"), |group| group.label);
            let id = if at == 0 { "uppgifter".to_owned() } else { format!("grupp-{}", at + 1) };
            let items = vec![Item { id: format!("{id}-1"), title, rows }];
            sections.push((at, Section { id, title: heading.of(lang).to_owned(), items }));
        }
    }
    for (at, section) in &mut sections {
        if tables.get(*at).is_some_and(|group| group.path == "/reports/{id}") {
            section.items.sort_by(|a, b| b.title.cmp(&a.title)); // the latest first
        }
    }
    sections.into_iter().map(|(_, section)| section).collect()
}

/// What one of a collection is called: its name or date where it has one, and whose it is.
fn item_title(group: &schema::Group, path: &str, record: &Record, page: &Page) -> String {
    let named = |at: &str| {
        let fields = ["title", "name", "what", "date", "role"].into_iter();
        fields.map(|field| format!("{at}/{field}")).find_map(|path| {
            let value = record.value(&path)?;
            Some(page.reader().value(value)).filter(|text| !text.trim().is_empty())
        })
    };
    let mut parts: Vec<String> = Vec::new();
    let mut at = String::new();
    for (pattern, segment) in group.path[1..].split('/').zip(path[1..].split('/')) {
        at = format!("{at}/{segment}");
        match pattern {
            "{org}" => parts.push(page.parties.name(segment).to_owned()),
            "{id}" => parts.push(named(&at).unwrap_or_else(|| segment.to_owned())),
            _ => {}
        }
    }
    parts.join(" · ")
}

/// What other parties have asked the owner, with what the owner has answered.
fn remarks(record: &Record, acts: bool, page: &Page) -> Vec<RemarkRow> {
    let lang = page.asked.lang;
    let reader = page.reader();
    let row = |remark: &county::work::Remark| {
        let answer = match remark.answer.as_deref() {
            Some("accepted") => Text("antagen av ägaren", "accepted by the owner"),
            Some("declined") => Text("inte antagen av ägaren", "declined by the owner"),
            Some(_) => Text("läst av ägaren", "noted by the owner"),
            None => Text("inte besvarad än", "not answered yet"),
        };
        let proposes = remark.proposes();
        RemarkRow {
            party: page.parties.name(&remark.org).to_owned(),
            text: remark.text.says.join("\n– – –\n"),
            proposes: proposes.map(|(path, value)| (label_of(record.kind, path.as_str(), page), reader.value(value))),
            answer: answer.of(lang),
            when: reader.time(remark.text.at_ms),
            asks: (acts && remark.answer.is_none()).then(|| (remark.org.clone(), remark.id.clone())),
        }
    };
    county::work::read(record).remarks.iter().map(row).collect()
}

/// Where on the page a path belongs.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Facts,
    Party(String),
    Remark,
    Register,
}

impl Group {
    fn of(kind: DocumentKind, path: &str) -> Self {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "remarks", ..] | ["", "facts", "remarks", ..] if kind == DocumentKind::Work => Self::Remark,
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

fn rows(kind: DocumentKind, mut facts: Vec<&v1::Fact>, page: &Page) -> Vec<FactRow> {
    let reader = page.reader();
    // As the tables have the fields; then as people meet them most.
    let order = |path: &str| {
        let found = schema::find(kind, path);
        found.and_then(|(group, field)| group.fields.iter().position(|f| std::ptr::eq(f, field))).unwrap_or(usize::MAX)
    };
    facts.sort_by_cached_key(|f| {
        let item = schema::find(kind, &f.path).and_then(|(group, _)| group.item(&f.path)).map_or("", |(item, _)| item);
        (item.to_owned(), order(&f.path), text::path_order(&f.path).0, f.path.clone())
    });
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
                FactRow {
                    anchor: anchor(&fact.path),
                    label: label_of(kind, &fact.path, page),
                    stated: vec![stated],
                    conflict: fact.conflict,
                },
            )),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What the table of a kind calls a path, or what people call it.
pub(super) fn label_of(kind: DocumentKind, path: &str, page: &Page) -> String {
    let known = id::Path::new(path).ok().and_then(|path| schema::label(kind, &path, page.asked.lang));
    known.map_or_else(|| label(path, page), ToOwned::to_owned)
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
