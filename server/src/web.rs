//! Pages for everyone, and the same answers as JSON under `/api/v1`: one request one answer, no JavaScript. Nothing is
//! changed through them but by persons who have signed in: registers by their registrars, and what leaves an authority by
//! those who write and release there. What somebody has asked for is handed out by registrars and archivists.
//!
//! Who has signed in is shown what has been released to this organisation; anybody else what has been released to the
//! public (keeps I4). Where nobody can sign in, who can reach the listener decides: on loopback all that has been released
//! to this organisation is shown (unless the configuration says less). Drafts are shown to
//! those who write and release them, by `drafts` alone.

mod about;
mod assets;
mod comments;
mod county;
mod drafts;
mod error;
mod form;
mod handout;
mod history;
mod json;
mod listener;
mod nodes;
mod opendata;
mod overview;
mod page;
mod portfolio;
mod reason;
mod register;
mod search;
mod sign_in;
mod spreadsheet;
#[cfg(test)]
mod tests;
mod work;
mod write;

pub(crate) use register::file::cell;
pub(crate) use sign_in::Door;
#[cfg(test)]
pub(crate) use {comments::commenter_of, drafts::insider_of};

use error::Problem;
use page::Asked;

pub use crate::view::View;
use crate::{
    api::Desks,
    config::{Shows, Web},
    failure::Failure,
    sign_in::{Session, Shown},
    view::{Eyes, Moment},
};
use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower_http::{
    CompressionLevel, compression::CompressionLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
};

/// No page takes longer; one that does is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Answers about an earlier day at once.
const EARLIER_MAX: usize = 2;
/// Pages bring nothing but text and one style sheet of our own, run nothing and may be framed by nobody.
const CONTENT_SECURITY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is the same for all requests.
#[derive(Debug, Clone)]
struct Setting {
    view: View,
    /// For those who have not signed in.
    eyes: Eyes,
    door: Option<Arc<Door>>,
    desks: Desks,
    /// The terms of what is public, as an address.
    licence: Option<Arc<str>>,
    /// Turns for answers about an earlier day.
    earlier: Arc<Semaphore>,
}

/// What the pages of one request are made from.
#[derive(Debug, Clone)]
struct Site {
    view: View,
    eyes: Eyes,
    /// `?per=`: the county as this node knew it then.
    moment: Moment,
    can_sign_in: bool,
    session: Option<Arc<Session>>,
    desks: Desks,
    licence: Option<Arc<str>>,
    /// Of an answer about an earlier day: held until it is given.
    _turn: Option<Arc<OwnedSemaphorePermit>>,
}

impl Setting {
    /// Who has signed in, by the cookie and the certificate that came with a request.
    fn session(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<Arc<Session>> {
        let shown = extensions.get::<Shown>().cloned().unwrap_or_default();
        self.door.as_ref().and_then(|door| door.session(headers, &shown))
    }
}

impl FromRequestParts<Setting> for Site {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, setting: &Setting) -> Result<Self, Problem> {
        let session = setting.session(&parts.extensions, &parts.headers);
        let eyes = eyes(session.is_some(), setting.eyes);
        let (view, desks) = (setting.view.clone(), setting.desks.clone());
        let asked = Asked::of(parts);
        let day = if asked.remembers() { asked.day().map_err(|f| Problem::of(f, asked.lang))? } else { None };
        // An earlier day costs far more than now, and anybody may ask: few at once, and the others wait their turn.
        let (moment, turn) = match day {
            None => (Moment::Now, None),
            Some(end_ms) => {
                let turn = setting.earlier.clone().acquire_owned().await.ok();
                (view.moment(end_ms).await.map_err(|f| Problem::of(f, asked.lang))?, turn)
            }
        };
        let can_sign_in = setting.door.is_some();
        let licence = setting.licence.clone();
        Ok(Self { view, eyes, moment, can_sign_in, session, desks, licence, _turn: turn.map(Arc::new) })
    }
}

/// Every role reads what was released to the organisation.
pub(crate) fn eyes(signed_in: bool, others: Eyes) -> Eyes {
    if signed_in { Eyes::Released } else { others }
}

/// Pages that are ready to be served: what their configuration names has been read.
#[derive(Debug)]
pub(crate) struct Pages {
    gate: listener::Gate,
    eyes: Eyes,
    door: Option<Arc<Door>>,
    licence: Option<Arc<str>>,
}

impl Pages {
    pub(crate) fn new(web: &Web, door: Option<Door>) -> Result<Self, Failure> {
        let gate = match &web.tls {
            Some(files) => listener::Gate::tls(files.clone(), door.as_ref().and_then(Door::certificates))?,
            None if door.is_some() => listener::Gate::Proxies(web.trusted_proxies.clone()),
            None => listener::Gate::Open,
        };
        let eyes = match web.shows {
            Shows::Released => Eyes::Released,
            Shows::Public => Eyes::Public,
        };
        let licence = web.open_data_licence.as_deref().map(Arc::from);
        Ok(Self { gate, eyes, door: door.map(Arc::new), licence })
    }

    /// Serves pages until the task is dropped.
    pub(crate) async fn serve(self, listener: TcpListener, view: View, desks: Desks) {
        let Self { gate, eyes, door, licence } = self;
        let earlier = Arc::new(Semaphore::new(EARLIER_MAX));
        let setting = Setting { view, eyes, door: door.clone(), desks, licence, earlier };
        let pages = listener::serve(listener, router(setting), gate);
        match door {
            Some(door) => tokio::select! {
                () = pages => {}
                () = door.follow() => {}
            },
            None => pages.await,
        }
    }
}

/// The address by which the reader reached this node, where it says one: feeds and catalogues are read outside of any page.
fn root(headers: &HeaderMap) -> String {
    let legal = |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(legal);
    let scheme = match headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok()) {
        Some("http") | None if host.is_some_and(names_loopback) => "http",
        _ => "https",
    };
    host.map_or_else(String::new, |host| format!("{scheme}://{host}"))
}

fn router(setting: Setting) -> Router {
    let eyes = setting.eyes;
    let fixed = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let pages = Router::new()
        .route("/", get(overview::page))
        .route("/sok", get(search::page))
        .route("/portfolj", get(portfolio::page))
        .route("/portfolj/arbeten.xlsx", get(portfolio::file::excel))
        .route("/portfolj/arbeten.csv", get(portfolio::file::semicolons))
        .route("/portfolj/arbeten-komma.csv", get(portfolio::file::commas))
        .route("/arbete/{id}", get(work::page))
        .route("/arbete/{id}/historik", get(history::page))
        .route("/arbete/{id}/fraga", post(work::act::remark))
        .route("/arbete/{id}/liknande", post(work::act::alike))
        .route("/noder", get(nodes::page))
        .route("/om", get(about::page))
        .route("/static/{file}", get(assets::file))
        .nest("/api/v1", json::routes())
        .merge(opendata::routes())
        .merge(register::routes())
        .merge(drafts::routes())
        .merge(write::routes())
        .merge(comments::routes())
        .merge(county::routes())
        .merge(handout::routes())
        .merge(sign_in::routes())
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::only_reading);
    let pages = match setting.door {
        Some(_) => pages.layer(middleware::from_fn_with_state(setting.clone(), error::by_who_asks)),
        None => pages,
    };
    let pages = pages.with_state(setting);
    let pages = if eyes == Eyes::Released { pages.layer(middleware::from_fn(only_this_machine)) } else { pages };
    pages
        // Lists are long, and most of what a request costs is pressing them: hard is hardly shorter here.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
}

/// A listener on loopback shows what only this organisation may see. A web page of somebody else, whose name has been
/// pointed at this machine, and a proxy that was put before the listener by mistake both come with another name.
async fn only_this_machine(State(()): State<()>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_none_or(names_loopback) { next.run(request).await } else { error::wrong_host().into_response() }
}

/// `localhost`, `127.0.0.1` or `[::1]`, with or without a port.
fn names_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.is_loopback())
}
