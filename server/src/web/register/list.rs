//! The queue and the lists of an authority's register.

use super::{Choice, PAGE, Registrar, choices, chosen, counterpart, day, direction, state_word, text_of, what};
use crate::{
    driver::now_ms,
    failure::Failure,
    register::{Direction, Proposal, State, calendar, subject_of},
    store::{Counts, ItemRow, RegisterFilter},
    web::{
        Site,
        error::Problem,
        page::{Asked, Page, number},
        portfolio::page_number,
    },
};
use askama::Template;
use axum::response::Response;
use samsyn_client::text::{Lang, Text};
use samsyn_core::{
    code::Code,
    entry::Purpose,
    id::{AuthorityId, DocumentId},
};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "register.html")]
struct Register {
    page: Page,
    authority: String,
    authorities: Vec<Choice>,
    states: Vec<Choice>,
    directions: Vec<Choice>,
    search: String,
    from: String,
    to: String,
    /// What was just decided.
    done: Vec<String>,
    authority_id: String,
    overdue: bool,
    rows: Vec<Row>,
    /// The one case that all that waits here is in already.
    proposed: String,
    next_number: Option<String>,
    /// The series that gives no number until its last one is confirmed, and the last that this node knows.
    closed: Option<(String, u64)>,
    waits: bool,
    extract: String,
    public: String,
    back: String,
    earlier: Option<String>,
    later: Option<String>,
}

pub(super) struct Row {
    pub(super) id: u64,
    pub(super) link: String,
    pub(super) date: String,
    pub(super) direction: &'static str,
    pub(super) counterpart: String,
    pub(super) what: String,
    pub(super) title: String,
    pub(super) number: String,
    pub(super) state: String,
    pub(super) overdue: bool,
    pub(super) proposed: String,
    pub(super) open: bool,
}

pub(super) fn filter(asked: &Asked) -> Result<(RegisterFilter, u64), Problem> {
    let page = page_number(asked)?;
    let unknown = |field: &str| {
        let failure = Failure::new(Code::InputValue, format!("no such {field}"), "begin again");
        Problem::of(failure, asked.lang)
    };
    let states = match asked.value("lage") {
        None | Some("vantar") => vec![State::Unsettled, State::ToRegister],
        Some("registrerade") => vec![State::Registered],
        Some("ordnade") => vec![State::InOrder],
        Some("ringa") => vec![State::Minor],
        Some("alla") => Vec::new(),
        Some(_) => return Err(unknown("lage")),
    };
    let direction = match asked.value("riktning") {
        None => None,
        Some("in") => Some(Direction::Received),
        Some("ut") => Some(Direction::Dispatched),
        Some(_) => return Err(unknown("riktning")),
    };
    let offset = (page - 1) * PAGE;
    Ok((
        RegisterFilter {
            states,
            direction,
            text: text_of(asked),
            limit: PAGE + 1,
            offset,
            ..RegisterFilter::default()
        },
        page,
    ))
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |failure| Problem::of(failure, lang);
    let page = Page::new(&site, asked, "/diarium", Text("Diarium", "Register")).await?;
    let registrar = Registrar::of(&site, &page).await?;
    let (id, name) = chosen(&page.asked, &registrar.authorities)?;
    let (filter, at) = filter(&page.asked)?;
    let (mut found, counts) = site.desks.register.items(registrar.who(), id, &filter).await.map_err(failed)?;
    let more = found.len() as u64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let proposals = site.desks.register.proposals(id, &found).await.map_err(failed)?;
    let next_number = site.desks.register.next_number(id).await.map_err(failed)?;
    let closed = site.desks.register.closed_series(id).await.map_err(failed)?.map(|s| (s.template, s.last));
    // What belongs together stands together: documents in the order of their latest, each with its earlier versions.
    let mut order: BTreeMap<DocumentId, usize> = BTreeMap::new();
    for (n, row) in found.iter().enumerate() {
        order.entry(row.item.document).or_insert(n);
    }
    if filter.states.iter().any(|s| s.waits()) {
        found.sort_by_key(|row| (order[&row.item.document], std::cmp::Reverse(row.item.position)));
    }
    let rows: Vec<Row> = found.iter().map(|row| shown(row, &proposals, &page)).collect();
    let cases: std::collections::BTreeSet<&str> = proposals.values().map(|p| p.case.as_str()).collect();
    let all_in_one = cases.len() == 1 && found.iter().all(|row| proposals.contains_key(&row.item.position));
    let done = done(&site, &registrar, id, &page).await?;
    let proposed = if all_in_one { cases.into_iter().next().unwrap_or_default().to_owned() } else { String::new() };
    let before = (at - 1) * PAGE;
    let state = page.asked.value("lage").unwrap_or("vantar");
    let register = Register {
        authority: name.clone(),
        authorities: choices(&registrar.authorities, id),
        states: states(&counts, state, lang),
        directions: directions(page.asked.value("riktning"), lang),
        search: text_of(&page.asked).unwrap_or_default(),
        from: number(if rows.is_empty() { 0 } else { before + 1 }),
        to: number(before + rows.len() as u64),
        done,
        authority_id: id.to_string(),
        overdue: rows.iter().any(|row| row.overdue),
        waits: rows.iter().any(|row| row.open),
        rows,
        proposed,
        next_number,
        closed,
        extract: with_path(&page, "/diarium/utdrag.csv"),
        public: page.link_with("/diarium/offentligt", "myndighet", id.as_str()),
        back: page.asked.here(),
        earlier: (at > 1).then(|| at_page(&page, at - 1)),
        later: more.then(|| at_page(&page, at + 1)),
        page,
    };
    register.page.answer(&register)
}

/// Another page of this list, without word of what was decided on this one.
fn at_page(page: &Page, number: u64) -> String {
    let here = with_path(page, "/diarium");
    format!("{here}{}sida={number}", if here.contains('?') { '&' } else { '?' })
}

/// What an address says was just decided, as it stands in the register: nothing of it is taken from the address but
/// which items they are.
async fn done(site: &Site, by: &Registrar<'_>, at: &AuthorityId, page: &Page) -> Result<Vec<String>, Problem> {
    const SHOWN: usize = 100;
    let lang = page.asked.lang;
    let positions = page.asked.value("klart").unwrap_or_default().split(',').filter_map(|n| n.parse::<u64>().ok());
    let mut done = Vec::new();
    for position in positions.take(SHOWN) {
        // Somebody may have changed the address by hand.
        let Ok((row, _)) = site.desks.register.item(by.who(), at, position).await else { continue };
        let number = row.statement.as_ref().and_then(|s| s.number.as_ref()).map(ToString::to_string);
        let state = state_word(row.item.state, lang);
        done.push(number.map_or_else(|| state.to_owned(), |number| format!("{state}: {number}")));
    }
    Ok(done)
}

/// This page's query at another address.
fn with_path(page: &Page, path: &str) -> String {
    page.asked.at(path, &["myndighet", "lage", "riktning", "sok", "sprak"])
}

fn states(counts: &Counts, chosen: &str, lang: Lang) -> Vec<Choice> {
    let count = |states: &[State]| states.iter().filter_map(|s| counts.get(s)).sum::<u64>();
    let all: u64 = counts.values().sum();
    [
        ("vantar", Text("Väntar på beslut", "Waits for a decision"), count(&[State::Unsettled, State::ToRegister])),
        ("registrerade", Text("Registrerade", "Registered"), count(&[State::Registered])),
        ("ordnade", Text("Hålls ordnade utan nummer", "Kept in order without a number"), count(&[State::InOrder])),
        ("ringa", Text("Av ringa betydelse", "Of minor importance"), count(&[State::Minor])),
        ("alla", Text("Alla", "All"), all),
    ]
    .map(|(value, label, count)| Choice {
        value: value.to_owned(),
        label: format!("{} ({})", label.of(lang), number(count)),
        chosen: value == chosen,
    })
    .into()
}

fn directions(chosen: Option<&str>, lang: Lang) -> Vec<Choice> {
    [
        ("", Text("In och ut", "In and out")),
        ("in", Text("Inkommet", "Received")),
        ("ut", Text("Upprättat och skickat", "Drawn up and sent")),
    ]
    .map(|(value, label)| Choice {
        value: value.to_owned(),
        label: label.of(lang).to_owned(),
        chosen: value == chosen.unwrap_or_default(),
    })
    .into()
}

pub(super) fn shown(row: &ItemRow, proposals: &BTreeMap<u64, Proposal>, page: &Page) -> Row {
    let item = &row.item;
    let words = row.statement.as_ref().map(|s| &s.words);
    let said = words.map(|w| if w.protected_subject.is_empty() { &w.subject } else { &w.protected_subject });
    // Where the subject says no more than the kind, the title tells the registrar more.
    let says = |said: &&String| !said.is_empty() && (row.title.is_empty() || **said != subject_of(item, ""));
    let title = said.filter(says).cloned().unwrap_or_else(|| row.title.clone());
    Row {
        id: item.position,
        link: page.link(&format!("/diarium/post/{}/{}", item.authority, item.position)),
        date: day(item.at_ms),
        direction: direction(item.direction, page),
        counterpart: counterpart(row, page),
        what: what(item.kind, item.purpose, page),
        title: match item.purpose {
            _ if !title.is_empty() => title,
            // What the draft was called is nobody's business here.
            Some(Purpose::ForComment) => subject_of(item, ""),
            _ => page.t("(utan titel)", "(without a title)").to_owned(),
        },
        number: row.statement.as_ref().and_then(|s| s.number.as_ref()).map(ToString::to_string).unwrap_or_default(),
        state: state_word(item.state, page.asked.lang).to_owned(),
        overdue: item.state.waits() && calendar::overdue(item.at_ms, now_ms()),
        proposed: proposals.get(&item.position).map(|p| format!("{}-{}", p.case, p.document)).unwrap_or_default(),
        open: item.state != State::Registered,
    }
}
