//! What people read when there is no page: what happened and what to do, in plain words.

mod decision;
mod handout;
mod paper;
mod reading;
mod register;
mod release;
mod sign_in;

use super::{
    Setting, assets,
    page::{Asked, lang_code},
};
use crate::failure::Failure;
use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use samsyn_client::text::{Lang, Text};
use samsyn_core::code::Code;
use serde_json::json;

/// Why a page or an answer cannot be given.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    code: Code,
    what: Text,
    remedy: Text,
    lang: Lang,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    lang: &'static str,
    style: String,
    title: &'a str,
    remedy: &'a str,
    back: &'static str,
    /// Where somebody who has not signed in can do so, and what that is called.
    sign_in: Option<(String, &'static str)>,
    code: String,
}

impl Problem {
    pub(super) fn of(failure: Failure, lang: Lang) -> Self {
        if failure.code.as_str().starts_with("store.") {
            // The reader is told to say so: whoever runs the node must find it.
            tracing::error!(code = failure.code.as_str(), "a page could not be made: {failure}");
        }
        if let Some((status, what, remedy)) = reading::told(failure.code, failure.field.as_deref().unwrap_or_default())
        {
            return Self { status, code: failure.code, what, remedy, lang };
        }
        let (status, what, remedy) = match failure.code {
            Code::InputNotFound => (
                StatusCode::NOT_FOUND,
                Text("Det finns inget här som du kan visa", "There is nothing here that can be shown"),
                Text(
                    "Arbetet finns inte hos den här noden, eller är inte delat med dig. Sök i portföljen.",
                    "The work is not at this node, or is not shared with you. Search the portfolio.",
                ),
            ),
            Code::InputValue => (
                StatusCode::BAD_REQUEST,
                Text("Adressen har ett värde som inte går att läsa", "The address has a value that cannot be read"),
                Text("Börja om på portföljens första sida.", "Begin again at the portfolio's first page."),
            ),
            Code::InputConflict if failure.field.as_deref() == Some("namn") => (
                StatusCode::CONFLICT,
                Text("Det finns redan något med det namnet", "There is something of that name already"),
                Text(
                    "Inget är sparat. Gå tillbaka och ändra det som finns, eller välj ett annat namn.",
                    "Nothing is saved. Go back and change what there is, or choose another name.",
                ),
            ),
            Code::InputConflict => (
                StatusCode::CONFLICT,
                Text("Sidan är av en äldre lydelse", "The page is of an older version"),
                Text(
                    "Inget är sparat. Öppna sidan igen och skriv in det du ville ändra.",
                    "Nothing is saved. Open the page again and enter what you wanted to change.",
                ),
            ),
            Code::InputDate => (
                StatusCode::BAD_REQUEST,
                Text("Adressen har en dag som inte går att läsa", "The address has a day that cannot be read"),
                Text("Skriv en dag, som ?per=2025-06-15.", "Write a day, as in ?per=2025-06-15."),
            ),
            Code::StoreFull
            | Code::StoreReadOnly
            | Code::StoreUnreachable
            | Code::StoreFailed
            | Code::StoreDamaged
            | Code::Stopping => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text("Noden kan inte läsa sina uppgifter just nu", "The node cannot read its data right now"),
                Text(
                    "Försök igen om en stund. Är det likadant då, säg till den som sköter noden.",
                    "Try again in a while. If it is the same then, tell whoever runs the node.",
                ),
            ),
            code @ (Code::RoleForbidden
            | Code::InputEmpty
            | Code::InputTooLong
            | Code::InputNumber
            | Code::RegisterAlready
            | Code::RegisterNumber
            | Code::RegisterNumberTaken
            | Code::RegisterSecret
            | Code::RegisterSeriesClosed) => register::told(code, failure.field.as_deref().unwrap_or_default()),
            _ => match sign_in::told(failure.code).or_else(|| decision::told(failure.code)) {
                Some(told) => told,
                None => return Self::ours(&failure.to_string(), lang),
            },
        };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of drafts and what is asked for.
    pub(super) fn of_draft(failure: Failure, lang: Lang) -> Self {
        let field = failure.field.as_deref().unwrap_or_default();
        let Some((status, what, remedy)) = release::told(failure.code, field) else { return Self::of(failure, lang) };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of what somebody writes about a decision.
    pub(super) fn of_decision(failure: Failure, lang: Lang) -> Self {
        let Some((status, what, remedy)) = decision::told_of_form(failure.code) else { return Self::of(failure, lang) };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of a paper for a meeting.
    pub(super) fn of_paper(failure: Failure, lang: Lang) -> Self {
        let field = failure.field.as_deref().unwrap_or_default();
        let Some((status, what, remedy)) = paper::told(failure.code, field) else {
            return Self::of_draft(failure, lang);
        };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of what is handed out.
    pub(super) fn of_handout(failure: Failure, lang: Lang) -> Self {
        let Some((status, what, remedy)) = handout::told(failure.code) else { return Self::of(failure, lang) };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// A fault of the program: told in the log, not to the reader.
    pub(super) fn ours(insides: &str, lang: Lang) -> Self {
        tracing::error!("a page could not be made: {insides}");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: Code::Failed,
            what: Text("Sidan kunde inte visas", "The page could not be shown"),
            remedy: Text(
                "Felet är inte ditt. Säg till den som sköter noden; orsaken står i nodens logg.",
                "The fault is not yours. Tell whoever runs the node; its log has the reason.",
            ),
            lang,
        }
    }

    pub(super) fn no_such_page(lang: Lang) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: Code::InputNotFound,
            what: Text("Det finns ingen sådan sida", "There is no such page"),
            remedy: Text(
                "Kontrollera adressen, eller börja på sidan Läget.",
                "Check the address, or begin at the overview.",
            ),
            lang,
        }
    }

    fn for_whom(self, uri: &Uri) -> Response {
        if uri.path().starts_with("/api/") { self.into_json(None) } else { self.into_response() }
    }

    /// As programs get it (RFC 9457), in the words of what they have asked for where those are known.
    pub(super) fn into_json(self, detail: Option<String>) -> Response {
        let problem = json!({
            "type": "about:blank",
            "title": self.what.1,
            "status": self.status.as_u16(),
            "detail": detail.as_deref().unwrap_or(self.remedy.1),
            "code": self.code.to_string(),
        });
        let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        (self.status, headers, problem.to_string()).into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut page = self.page(None);
        page.extensions_mut().insert(self);
        page
    }
}

/// What is not there for everybody may be there for who signs in; and what is there for one who has signed in stays on
/// no disk, whether it is a page or JSON.
pub(super) async fn by_who_asks(State(setting): State<Setting>, request: Request, next: Next) -> Response {
    let session = setting.session(request.extensions(), request.headers());
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let mut answer = next.run(request).await;
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("cookie"));
    if session.is_some() && !here.starts_with("/static/") {
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    match answer.extensions().get::<Problem>() {
        Some(problem) if session.is_none() && matches!(problem.code, Code::InputNotFound | Code::RoleForbidden) => {
            problem.page(Some(super::sign_in::link(&here)))
        }
        _ => answer,
    }
}

impl Problem {
    fn page(&self, sign_in: Option<String>) -> Response {
        let page = ErrorPage {
            lang: lang_code(self.lang),
            style: assets::style_path(),
            title: self.what.of(self.lang),
            remedy: self.remedy.of(self.lang),
            back: Text("Till Läget", "To the overview").of(self.lang),
            sign_in: sign_in.map(|link| (link, Text("Logga in", "Sign in").of(self.lang))),
            code: self.code.to_string(),
        };
        let html = page.render().unwrap_or_else(|_| format!("{}. {}", page.title, page.remedy));
        (self.status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
    }
}

pub(super) async fn no_such_page(asked: Asked, uri: Uri) -> Response {
    Problem::no_such_page(asked.lang).for_whom(&uri)
}

pub(super) async fn only_reading(asked: Asked, uri: Uri) -> Response {
    let problem = Problem {
        status: StatusCode::METHOD_NOT_ALLOWED,
        code: Code::InputValue,
        what: Text("Här går det bara att läsa", "Here one can only read"),
        remedy: Text("Ändra med programmet samsyn.", "Make changes with the program samsyn."),
        lang: asked.lang,
    };
    problem.for_whom(&uri)
}

pub(super) fn wrong_host() -> Problem {
    Problem {
        status: StatusCode::MISDIRECTED_REQUEST,
        code: Code::InputValue,
        what: Text("Sidan visas bara på den här datorn", "The page is shown on this computer only"),
        remedy: Text(
            "Öppna den som http://localhost med portens nummer. Ska andra nå den, sätt [web] listen till en annan adress: där visas det som är offentligt.",
            "Open it as http://localhost with the port's number. If others are to reach it, set [web] listen to another address: what is public is shown there.",
        ),
        lang: Lang::Sv,
    }
}
