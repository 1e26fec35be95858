//! *Synpunkter*: what has been sent out for comment and what has come, for those of the authorities concerned. Nobody else is
//! told that there is any.

mod item;
mod list;

use super::{
    Setting, Site,
    drafts::item::recipient,
    error::Problem,
    page::{Asked, Page},
};
use crate::{comment::Item, failure::Failure, register::calendar, sign_in::Person, who::Who};
use axum::{Router, extract::DefaultBodyLimit, routing::get};
use samsyn_client::text::Text;
use samsyn_core::code::Code;

/// Bytes of a form here: a reply, in letters that take three bytes when they are sent.
const FORM_MAX: usize = 256 * 1024;

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/synpunkter", get(list::page))
        .route("/synpunkter/{id}", get(item::page).post(item::write).layer(DefaultBodyLimit::max(FORM_MAX)))
}

/// True if somebody writes, releases, or keeps the register that replies are in.
pub(super) fn sees_any(person: &Person) -> bool {
    use crate::sign_in::Role;
    let sees = |role: Role| matches!(role, Role::Coordinator | Role::Releaser | Role::Registrar | Role::Archivist);
    person.grants.iter().any(|grant| sees(grant.role))
}

/// Who has signed in, if any of it may be their business.
fn insider<'a>(site: &'a Site, page: &Page) -> Result<Who<'a>, Problem> {
    let person = site.session.as_ref().map(|session| &session.person);
    commenter_of(person).map_err(|failure| Problem::of_draft(failure, page.asked.lang))
}

pub(crate) fn commenter_of(person: Option<&Person>) -> Result<Who<'_>, Failure> {
    person
        .filter(|person| sees_any(person))
        .map(Who::Person)
        .ok_or_else(|| Failure::new(Code::RoleForbidden, "only those who ask or were asked see this", "sign in as one"))
}

/// From whom it has come, or to whom it went.
fn whom(item: &Item, page: &Page) -> String {
    if item.sent {
        let to = item.to.as_ref().map(|to| recipient(to, page));
        return format!(
            "{} {}",
            page.t("till", "to"),
            to.unwrap_or_else(|| page.parties.name(item.other.as_str()).to_owned())
        );
    }
    let asker = item.asker.as_str();
    let authority = page.reader().authority(asker, item.authority.as_str()).to_owned();
    format!("{} {}, {authority}", page.t("från", "from"), page.parties.name(asker))
}

/// The last day; what it ended with, once it has passed.
fn until(item: &Item, page: &Page) -> String {
    let Some(ends_ms) = item.ends_ms else { return page.t("ingen sista dag", "no last day").to_owned() };
    let day = calendar::day(ends_ms.saturating_sub(1)).to_string();
    if item.ended { format!("{day}, {}", page.t("utkastet är raderat", "the draft is erased")) } else { day }
}

fn title(item: &Item, page: &Page) -> String {
    match (item.title.trim(), item.ended) {
        ("", true) => page.t("(raderat utkast)", "(erased draft)").to_owned(),
        // It has none, or whoever looks may see replies alone.
        ("", false) => page.t("Utkast för synpunkter", "Draft for comment").to_owned(),
        (title, _) => title.to_owned(),
    }
}

async fn made(site: &Site, asked: Asked) -> Result<Page, Problem> {
    Page::new(site, asked, "/synpunkter", Text("Synpunkter", "Comments")).await
}
