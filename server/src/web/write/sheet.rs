//! The sheet: what a draft says in each group, in forms.

use super::{
    home,
    place::{Chosen, fresh, is_within, names},
};
use crate::{
    failure::Failure,
    release::desk::write::Writing,
    view::{Moment, copy_id},
    web::{
        Site,
        drafts::insider,
        error::Problem,
        page::{Asked, Page},
        work::{Alike, alike, capital},
    },
};
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::{
    county::work,
    record::Record,
    schema::{self, Field, Group, Input, entry},
    text::{Lang, Text},
    vocabulary::Kind,
};
use samsyn_core::{
    entry::DocumentKind,
    id::{DocumentId, Name, Path as FactPath},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Items of one collection on a page; the others are reached from pages that show them.
const ITEMS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "write.html")]
struct Sheet {
    page: Page,
    kind: String,
    done: Option<&'static str>,
    problems: Vec<(String, String)>,
    sections: Vec<Section>,
    mark: String,
    back: String,
    share: String,
    shared: Option<String>,
    remove: bool,
    /// Works that are like a draft that has never been shared.
    alike: Option<Alike>,
    document: String,
}

/// A document that is shared and of which there is no draft here.
#[derive(Template)]
#[template(path = "write_begin.html")]
struct Begin {
    page: Page,
    action: String,
    shared: String,
}

struct Section {
    id: String,
    label: String,
    /// What one more is called; empty where there is one only.
    one: String,
    items: Vec<Item>,
    more: usize,
    /// Forms for one more: in each thing that it may lie in.
    new: Vec<Item>,
}

/// A form.
struct Item {
    /// The group's place in the tables, and where its fields lie.
    group: usize,
    place: String,
    id: String,
    label: String,
    open: bool,
    /// Of one more within another: which other, and what it is called itself.
    names: Vec<Chosen>,
    fields: Vec<Entry>,
}

struct Entry {
    name: String,
    id: String,
    label: &'static str,
    help: &'static str,
    texts: Vec<String>,
    how: How,
    max: usize,
    wrong: Option<String>,
}

/// How a field is asked for.
enum How {
    Line,
    Number,
    Text,
    Choice(Vec<(String, String, bool)>),
    Choices(Vec<(String, String, bool)>),
    /// Boxes for the parties, and a line for others.
    Parties(Vec<(String, String, bool)>, String),
}

impl Item {
    /// The fields that the form has: boxes that are not ticked are not sent.
    fn shown(&self) -> String {
        self.fields.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl How {
    fn is_number(&self) -> bool {
        matches!(self, Self::Number)
    }
}

/// A form that was not saved: what had been entered, and what is wrong with it.
pub(super) struct Rejected {
    pub(super) group: usize,
    pub(super) place: String,
    pub(super) entered: BTreeMap<String, Vec<String>>,
    /// By the field's name.
    pub(super) problems: BTreeMap<String, String>,
    /// The mark that the form was made from.
    pub(super) mark: String,
}

pub(super) async fn page(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let page = Page::new(&site, asked, "/utkast", Text("(utan titel)", "(without a title)")).await?;
    if let Ok(document) = id.parse::<DocumentId>() {
        return begin(&site, page, document).await;
    }
    answer(&site, page, &id, None).await
}

/// A document's address leads to its draft, or to where one begins.
async fn begin(site: &Site, mut page: Page, document: DocumentId) -> Result<Response, Problem> {
    let lang = page.asked.lang;
    let failed = |f| Problem::of_draft(f, lang);
    let who = insider(site, &page)?;
    if let Some(id) = site.desks.releases.draft_of(who, document).await.map_err(failed)? {
        let to = page.link(&format!("/skriv/{id}"));
        return Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&to)));
    }
    if let Some(title) = site.view.title(&document.to_string(), site.eyes).await.map_err(failed)? {
        page.title = title;
    }
    let shown = Begin {
        action: page.link(&format!("/skriv/om/{document}")),
        shared: page.link(&format!("/arbete/{document}")),
        page,
    };
    shown.page.answer(&shown)
}

pub(super) async fn answer(
    site: &Site,
    mut page: Page,
    id: &str,
    rejected: Option<Rejected>,
) -> Result<Response, Problem> {
    let lang = page.asked.lang;
    let failed = |f| Problem::of_draft(f, lang);
    let who = insider(site, &page)?;
    let id = copy_id(id).map_err(failed)?;
    let writing = site.desks.releases.writing(who, id).await.map_err(failed)?;
    if !writing.row.title.trim().is_empty() {
        writing.row.title.trim().clone_into(&mut page.title);
    }
    let may = who.may_edit(&writing.row.authority);
    let now = writing.mark.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let known = chosen_among(site, &writing).await.map_err(failed)?;
    let sections = if may { sections(&writing, &known, rejected.as_ref(), &page) } else { Vec::new() };
    let alike = match writing.kind {
        DocumentKind::Work if writing.row.document.is_none() => {
            let own = page.parties.own().map_or("", |p| p.id.as_str());
            let record = Record::of_values(writing.kind, own, writing.says.values());
            let like = alike::rows(site, &work::profile(&record), &BTreeSet::new(), &page).await.map_err(failed)?;
            Some(Alike::proposed(like))
        }
        _ => None,
    };
    let shown = Sheet {
        kind: capital(schema::kind_label(writing.kind).of(lang)),
        done: page.asked.value("klart").and_then(|word| done(word, lang)),
        problems: rejected.as_ref().map(|rejected| told(rejected, writing.kind, lang)).unwrap_or_default(),
        sections,
        mark: rejected.as_ref().map_or(now, |rejected| rejected.mark.clone()),
        back: page.link(&format!("/skriv/{id}")),
        share: page.link(&format!("/utkast/{id}")),
        shared: writing.row.document.map(|document| page.link(&format!("/arbete/{document}"))),
        remove: true,
        alike,
        document: String::new(),
        page,
    };
    shown.page.answer(&shown)
}

/// What is wrong in a form that was not saved: where, and what.
fn told(rejected: &Rejected, kind: DocumentKind, lang: Lang) -> Vec<(String, String)> {
    let group = &schema::groups(kind)[rejected.group];
    let form = form_id(rejected.group, &rejected.place);
    let told = rejected.problems.iter().map(|(name, what)| {
        let label = group.fields.iter().find(|field| field.name == name).map_or("", |field| field.label.of(lang));
        (format!("{form}-{name}"), format!("{label}: {what}"))
    });
    told.collect()
}

fn done(word: &str, lang: Lang) -> Option<&'static str> {
    let text = match word {
        "sparat" => Text("Sparat i utkastet. Inget är delat.", "Saved in the draft. Nothing is shared."),
        "oforandrat" => Text("Inget ändrades.", "Nothing was changed."),
        "borttaget" => Text("Borttaget ur utkastet. Inget är delat.", "Taken out of the draft. Nothing is shared."),
        _ => return None,
    };
    Some(text.of(lang))
}

type Values = BTreeMap<FactPath, Value>;

/// What there is to choose among where one more item is put: what the draft says, and the measures that others have defined,
/// which no draft of this organisation holds.
async fn chosen_among(site: &Site, writing: &Writing) -> Result<Values, Failure> {
    let mut known = writing.says.values();
    if let Some(document) = writing.row.document.filter(|_| writing.kind == DocumentKind::Indicators) {
        let record = site.view.record(&document.to_string(), site.eyes, &Moment::Now).await?;
        let defined = record.paths().filter(|(path, _)| path.as_str().starts_with("/definitions/"));
        for (path, said) in defined {
            if let Some(value) = said.first().and_then(|said| said.value.clone()) {
                known.entry(path.clone()).or_insert(value);
            }
        }
    }
    Ok(known)
}

fn sections(writing: &Writing, known: &Values, rejected: Option<&Rejected>, page: &Page) -> Vec<Section> {
    let own = page.parties.own().map_or("", |p| p.id.as_str());
    let values = writing.says.values();
    let groups = schema::groups(writing.kind).iter().enumerate();
    groups.filter_map(|(n, group)| section((n, group), writing, (&values, known), rejected, (own, page))).collect()
}

fn section(
    (n, group): (usize, &'static Group),
    writing: &Writing,
    (values, known): (&Values, &Values),
    rejected: Option<&Rejected>,
    (own, page): (&str, &Page),
) -> Option<Section> {
    let lang = page.asked.lang;
    let of_group = |path: &&FactPath| {
        schema::find(writing.kind, path.as_str()).is_none_or(|(found, _)| std::ptr::eq(found, group))
    };
    let begun: BTreeSet<String> = values
        .keys()
        .filter(of_group)
        .filter_map(|path| group.item(path.as_str()))
        .map(|(item, _)| item.to_owned())
        .collect();
    // What the own organisation says of each thing that is there, said already or not.
    let roadmap = writing.kind == DocumentKind::Roadmap;
    let homes = if roadmap { home::homes(group, values) } else { Vec::new() };
    let places: BTreeSet<String> = begun.iter().cloned().chain(home::own_places(group, &homes, own)).collect();
    let is_own = |place: &&String| writes(group, place, own);
    let (shown, more): (Vec<&str>, usize) = if group.is_collection() {
        let of_own: Vec<&str> = places.iter().filter(is_own).map(String::as_str).collect();
        let more = of_own.len().saturating_sub(ITEMS_MAX);
        (of_own.into_iter().take(ITEMS_MAX).collect(), more)
    } else {
        (Vec::new(), 0)
    };
    let single = group.path.replace("{org}", own);
    let shown = if group.is_collection() { shown } else { vec![single.as_str()] };
    let form = |place: &str, label: String| {
        let of_this = rejected.filter(|rejected| rejected.group == n && rejected.place == place);
        item((n, group), place, label, writing, (values, known), of_this, page)
    };
    let home_of = |place: &str| home::title(group, place, values).filter(|_| roadmap);
    let label = |place: &str| match home_of(place) {
        Some(home) if home::is_one_each(group) => home,
        Some(home) => format!("{home}: {}", own_title(group, place, values, lang)),
        None => title_of(group, place, values, lang),
    };
    let items: Vec<Item> = shown.iter().filter_map(|place| form(place, label(place))).collect();
    // One more: with a name that nobody has used.
    let rejected_new = rejected.filter(|r| r.group == n && !places.contains(&r.place)).map(|r| r.place.clone());
    let fresh: Vec<String> = if !group.is_collection() || (roadmap && home::is_one_each(group)) {
        Vec::new()
    } else if roadmap && home::is_nested(group) {
        home::fresh_in(group, &homes, own)
    } else {
        rejected_new.clone().or_else(|| fresh(group, own)).into_iter().collect()
    };
    // What was not saved is in the place of the empty one beside it.
    let beside = |place: &str| rejected_new.clone().filter(|rejected| home::beside(rejected, place));
    let fresh = fresh.into_iter().map(|place| beside(&place).unwrap_or(place));
    let new: Vec<Item> = fresh.filter_map(|place| form(&place, home_of(&place).unwrap_or_default())).collect();
    if items.is_empty() && new.is_empty() {
        return None;
    }
    Some(Section {
        id: format!("del-{n}"),
        label: group.label.of(lang).to_owned(),
        one: group.one.of(lang).to_owned(),
        items,
        more,
        new,
    })
}

/// Whether an item is the own organisation's to write, where its path names one.
fn writes(group: &Group, place: &str, own: &str) -> bool {
    group.path.split('/').zip(place.split('/')).all(|(part, name)| part != "{org}" || name == own)
}

/// What an item says first, in the order of its fields.
pub(super) fn title_of(group: &Group, place: &str, values: &BTreeMap<FactPath, Value>, lang: Lang) -> String {
    let title = own_title(group, place, values, lang);
    if !is_within(group) {
        return title;
    }
    // Which of them: alone, a value or a date says nothing of what it belongs to.
    let names = group.path.split('/').zip(place.split('/')).filter(|(part, _)| *part == "{id}").map(|(_, name)| name);
    let names = names.collect::<Vec<_>>().join(" ");
    if names.ends_with(&title) { names } else { format!("{names}: {title}") }
}

/// The same, of the item alone.
fn own_title(group: &Group, place: &str, values: &BTreeMap<FactPath, Value>, lang: Lang) -> String {
    let text = |field: &Field| {
        let value = values.get(&FactPath::new(&path_of(place, field.name)).ok()?)?;
        entry::shown(field, value, lang).into_iter().next().filter(|text| !text.trim().is_empty())
    };
    let title = group.fields.iter().find_map(text);
    title.unwrap_or_else(|| place.rsplit('/').next().unwrap_or_default().to_owned())
}

pub(super) fn path_of(place: &str, name: &str) -> String {
    if name.is_empty() { place.to_owned() } else { format!("{place}/{name}") }
}

fn form_id(group: usize, place: &str) -> String {
    format!("f{group}{}", place.replace('/', "-").replace(['{', '}'], ""))
}

fn item(
    (n, group): (usize, &'static Group),
    place: &str,
    label: String,
    writing: &Writing,
    (values, known): (&Values, &Values),
    rejected: Option<&Rejected>,
    page: &Page,
) -> Option<Item> {
    let id = form_id(n, place);
    // Whoever may write one of them may write any.
    let sample = place.replace("{id}", "x");
    let writable =
        |field: &&Field| FactPath::new(&path_of(&sample, field.name)).is_ok_and(|path| writing.writable(&path));
    let fields: Vec<Entry> = group
        .fields
        .iter()
        .filter(writable)
        .map(|field| {
            let value = FactPath::new(&path_of(place, field.name)).ok().and_then(|path| values.get(&path));
            of_field(field, value, rejected, &id, page)
        })
        .collect();
    (!fields.is_empty()).then(|| Item {
        names: names(group, place, &id, writing, known, page.asked.lang),
        group: n,
        place: place.to_owned(),
        id,
        label,
        open: rejected.is_some() || !group.is_collection(),
        fields,
    })
}

fn of_field(
    field: &'static Field,
    value: Option<&Value>,
    rejected: Option<&Rejected>,
    form: &str,
    page: &Page,
) -> Entry {
    let lang = page.asked.lang;
    let stands = || value.map(|value| entry::shown(field, value, lang)).unwrap_or_default();
    let texts = rejected.and_then(|r| r.entered.get(field.name)).cloned().unwrap_or_else(stands);
    let chosen = |id: &str| texts.iter().any(|text| text == id);
    let words = |kind: Kind| -> Vec<(String, String, bool)> {
        let known = kind.words.iter().map(|w| (w.id.to_owned(), capital(w.label.of(lang)), chosen(w.id)));
        // A word that is none of ours stays unless somebody takes it away.
        let others = texts.iter().filter(|text| !text.is_empty() && kind.words.iter().all(|w| w.id != **text));
        known.chain(others.map(|text| (text.clone(), text.clone(), true))).collect()
    };
    let parties = || page.parties.0.iter().map(|p| (p.id.clone(), p.name.clone(), chosen(&p.id))).collect::<Vec<_>>();
    let how = match field.input {
        Input::Line | Input::Date | Input::Link(_) | Input::Links(_) => How::Line,
        Input::Integer | Input::Money => How::Number,
        Input::Prose => How::Text,
        Input::Boolean => {
            let answers = [Text("ja", "yes"), Text("nej", "no")].map(|answer| answer.of(lang));
            How::Choice(answers.map(|word| (word.to_owned(), capital(word), chosen(word))).to_vec())
        }
        Input::Word(kind) => How::Choice(words(kind)),
        Input::Words(kind) => How::Choices(words(kind)),
        Input::Party => How::Choice(parties()),
        Input::Parties => {
            let others = texts.iter().filter(|text| page.parties.0.iter().all(|p| p.id != **text)).cloned();
            How::Parties(parties(), others.collect::<Vec<_>>().join(", "))
        }
    };
    Entry {
        name: format!("v-{}", field.name),
        id: format!("{form}-{}", field.name),
        label: field.label.of(lang),
        help: field.help.of(lang),
        how,
        max: entry::characters_max(field),
        wrong: rejected.and_then(|r| r.problems.get(field.name)).cloned(),
        texts,
    }
}

impl Entry {
    fn text(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }
}

/// The group and the place that a form names, if they are of this kind and the own organisation's to write.
pub(super) fn meant(writing: &Writing, group: &str, place: &str, own: &str) -> Option<(usize, &'static Group)> {
    let n: usize = group.parse().ok()?;
    let group = schema::groups(writing.kind).get(n)?;
    let legal = place.split('/').skip(1).all(|name| Name::new(name).is_ok());
    let fits = group.item(place).is_some_and(|(item, rest)| item == place && rest.is_empty());
    (legal && fits && writes(group, place, own)).then_some((n, group))
}
