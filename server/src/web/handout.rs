//! *Lämna ut*: what somebody has asked the authority for is searched, examined passage by passage and made into a pack, for
//! registrars and archivists. Who asks, and why, is neither asked nor kept (Freedom of the Press Act 2:18).

mod examine;
mod form;
mod start;

use super::{
    Setting, Site,
    error::Problem,
    page::{Asked, Page},
};
use crate::{
    failure::Failure,
    sign_in::{Person, Role},
    who::Who,
};
use axum::{Router, extract::DefaultBodyLimit, routing::get};
use samsyn_client::text::Text;
use samsyn_core::{
    code::Code,
    id::{AuthorityId, DocumentId},
};

/// Where the pages of handing out belong.
const HERE: &str = "/lamna-ut";
const TITLE: Text = Text("Lämna ut", "Hand out");

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/lamna-ut", get(start::page))
        .route("/lamna-ut/prova", get(examine::page).post(form::decide).layer(DefaultBodyLimit::max(form::FORM_MAX)))
}

/// True if somebody hands out for any authority.
pub(super) fn hands_out(person: &Person) -> bool {
    person.grants.iter().any(|grant| matches!(grant.role, Role::Registrar | Role::Archivist))
}

/// Somebody who hands out, and for which of the organisation's authorities.
struct Officer<'a> {
    person: &'a Person,
    authorities: Vec<(AuthorityId, String)>,
}

impl<'a> Officer<'a> {
    async fn of(site: &'a Site, page: &Page) -> Result<Self, Problem> {
        let failed = |failure| Problem::of_handout(failure, page.asked.lang);
        let forbidden = || {
            let message = "only registrars and archivists hand out";
            failed(Failure::new(Code::RoleForbidden, message, "sign in as one"))
        };
        let person = &site.session.as_ref().ok_or_else(forbidden)?.person;
        let found = site.desks.register.authorities().await.map_err(failed)?;
        let own = page.parties.own().map_or("", |party| party.id.as_str()).to_owned();
        let named = |id: AuthorityId| (page.reader().authority(&own, id.as_str()).to_owned(), id);
        let mut authorities: Vec<(AuthorityId, String)> =
            found.into_iter().map(named).map(|(name, id)| (id, name)).collect();
        authorities.retain(|(id, _)| Who::Person(person).may_disclose(id));
        if authorities.is_empty() {
            return Err(forbidden());
        }
        Ok(Self { person, authorities })
    }

    fn who(&self) -> Who<'_> {
        Who::Person(self.person)
    }

    /// The authority that is named, among those that somebody hands out for; the first where none is named.
    fn chosen(&self, wanted: Option<&str>, asked: &Asked) -> Result<&(AuthorityId, String), Problem> {
        let found = self.authorities.iter().find(|(id, _)| wanted.is_none_or(|wanted| id.as_str() == wanted));
        found.ok_or_else(|| {
            let failure = Failure::new(Code::InputNotFound, "no such authority", "choose one of those on the page");
            Problem::of_handout(failure, asked.lang)
        })
    }
}

/// Documents by their full ids.
fn documents<'a>(ids: impl Iterator<Item = &'a str>, asked: &Asked) -> Result<Vec<DocumentId>, Problem> {
    let wrong = |_| {
        let failure = Failure::new(Code::InputNotFound, "no such document", "search again");
        Problem::of_handout(failure, asked.lang)
    };
    ids.map(|id| id.trim().parse::<DocumentId>().map_err(wrong)).collect()
}
