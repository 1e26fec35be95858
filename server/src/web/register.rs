//! *Diarium*: what an authority has received and dispatched, for its registrars; and the public register, for anybody,
//! without asking who they are.

pub(crate) mod file;
mod form;
mod item;
mod list;
mod public;

use super::{
    Setting, Site,
    error::Problem,
    page::{Asked, Page},
};
use crate::{
    failure::Failure,
    register::{Direction, State, calendar},
    sign_in::{Person, Role},
    store::ItemRow,
    who::Who,
};
use axum::{Router, extract::DefaultBodyLimit, routing::get};
use samsyn_client::text::{Lang, Text};
use samsyn_core::{
    code::Code,
    entry::{DocumentKind, Purpose},
    id::AuthorityId,
};

/// Items on one page.
const PAGE: u64 = 100;
/// Characters of a text that is looked for.
const TEXT_MAX: usize = 200;

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/diarium", get(list::page).post(form::decide).layer(DefaultBodyLimit::max(form::FORM_MAX)))
        .route("/diarium/utdrag.csv", get(file::whole))
        .route("/diarium/post/{authority}/{id}", get(item::page))
        .route("/diarium/offentligt", get(public::page))
        .route("/diarium/offentligt.csv", get(file::public))
}

/// Somebody who keeps a register, and which of the organisation's authorities that is for.
struct Registrar<'a> {
    person: &'a Person,
    authorities: Vec<(AuthorityId, String)>,
}

impl<'a> Registrar<'a> {
    async fn of(site: &'a Site, page: &Page) -> Result<Self, Problem> {
        let lang = page.asked.lang;
        let session = site.session.as_ref().ok_or_else(|| Problem::of(not_registrar(), lang))?;
        let person = &session.person;
        let mut authorities = authorities(site, page).await?;
        authorities.retain(|(id, _)| Who::Person(person).may_register(id));
        if authorities.is_empty() {
            return Err(Problem::of(not_registrar(), lang));
        }
        Ok(Self { person, authorities })
    }

    fn who(&self) -> Who<'_> {
        Who::Person(self.person)
    }
}

/// True if somebody keeps any register.
pub(super) fn keeps(person: &Person) -> bool {
    person.grants.iter().any(|grant| grant.role == Role::Registrar)
}

fn not_registrar() -> Failure {
    Failure::new(Code::RoleForbidden, "only registrars see this", "sign in as one")
}

/// The organisation's authorities with their names, in the order of the charter.
async fn authorities(site: &Site, page: &Page) -> Result<Vec<(AuthorityId, String)>, Problem> {
    let found = site.desks.register.authorities().await.map_err(|f| Problem::of(f, page.asked.lang))?;
    let names = page.parties.own().map(|p| &p.authorities);
    let name = |id: &AuthorityId| names.and_then(|n| n.get(id.as_str())).cloned().unwrap_or_else(|| page.own.clone());
    Ok(found.into_iter().map(|id| (id.clone(), name(&id))).collect())
}

/// The authority that an address names, among those that may be shown; the first where it names none.
fn chosen<'a>(asked: &Asked, among: &'a [(AuthorityId, String)]) -> Result<&'a (AuthorityId, String), Problem> {
    let wanted = asked.value("myndighet");
    let found = among.iter().find(|(id, _)| wanted.is_none_or(|wanted| id.as_str() == wanted));
    found.ok_or_else(|| {
        let failure = Failure::new(Code::InputNotFound, "no such authority", "choose one of those on the page");
        Problem::of(failure, asked.lang)
    })
}

fn choices(among: &[(AuthorityId, String)], chosen: &AuthorityId) -> Vec<Choice> {
    let choice = |(id, name): &(AuthorityId, String)| Choice {
        value: id.to_string(),
        label: name.clone(),
        chosen: id == chosen,
    };
    among.iter().map(choice).collect()
}

fn text_of(asked: &Asked) -> Option<String> {
    asked.value("sok").map(|text| text.chars().take(TEXT_MAX).filter(|c| *c != '\0').collect())
}

fn day(ms: u64) -> String {
    calendar::day(ms).to_string()
}

fn direction(direction: Direction, page: &Page) -> &'static str {
    match direction {
        Direction::Received => Text("Inkommet", "Received"),
        Direction::Dispatched => Text("Upprättat och skickat", "Drawn up and sent"),
    }
    .of(page.asked.lang)
}

fn counterpart(row: &ItemRow, page: &Page) -> String {
    match &row.item.counterpart {
        Some(org) => page.parties.name(org.as_str()).to_owned(),
        None => page.t("Parterna i samverkan", "The parties").to_owned(),
    }
}

fn what(kind: Option<DocumentKind>, purpose: Option<Purpose>, page: &Page) -> String {
    let kind = match kind {
        Some(DocumentKind::Work) => Text("Utvecklingsarbete", "Work"),
        Some(DocumentKind::Roadmap) => Text("Färdplan", "Roadmap"),
        Some(DocumentKind::Decision) => Text("Beslut", "Decision"),
        Some(DocumentKind::Indicators) => Text("Indikatorer", "Indicators"),
        Some(DocumentKind::Programme) => Text("Program", "Programme"),
        None => Text("Oklart slag: dokumentet har inte kommit än", "Unclear: the document has not come yet"),
    };
    let purpose = match purpose {
        Some(Purpose::ForInformation) => Text("för kännedom", "for information"),
        Some(Purpose::ForDecision) => Text("för beslut", "for a decision"),
        Some(Purpose::JointlyMaintained) => Text("förs gemensamt", "jointly maintained"),
        Some(Purpose::ForComment) => Text("för synpunkter", "for comment"),
        None => return kind.of(page.asked.lang).to_owned(),
    };
    format!("{}, {}", kind.of(page.asked.lang), purpose.of(page.asked.lang))
}

fn state_word(state: State, lang: Lang) -> &'static str {
    match state {
        State::Unsettled => Text("Väntar på sitt dokument", "Waits for its document"),
        State::ToRegister => Text("Ska registreras", "To be registered"),
        State::InOrder => Text("Hålls ordnad", "Kept in order"),
        State::Registered => Text("Registrerad", "Registered"),
        State::Minor => Text("Ringa betydelse", "Minor importance"),
    }
    .of(lang)
}
