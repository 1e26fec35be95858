//! Signing in and out of the pages.

use super::{
    Setting, Site,
    error::Problem,
    page::{Asked, Page, with_query},
};
use crate::{
    audit::{Act, Audit},
    config::{SignIn, Web},
    driver::now_ms,
    failure::Failure,
    sign_in::{ANSWER_PATH, Attempt, Person, Provider, Refusal, Session, Sessions},
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, State, rejection::FormRejection},
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, Key, PrivateCookieJar, SameSite};
use samsyn_client::text::Text;
use samsyn_core::code::Code;
use serde::Deserialize;
use std::{fmt, sync::Arc};

/// Bytes of a form here: one token.
const FORM_MAX: usize = 4 * 1024;
/// Answers that set cookies stay nowhere.
const NEVER_KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];
/// Characters of an address to go back to.
const BACK_MAX: usize = 2_000;

/// Where people come in and go out.
pub(crate) struct Door {
    provider: Provider,
    sessions: Sessions,
    audit: Arc<Audit>,
    /// Seals what a browser keeps while its person is at the provider. Made anew at each start.
    key: Key,
    /// Browsers come by https.
    secure: bool,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl Door {
    pub(crate) fn open(sign_in: &SignIn, web: &Web, audit: Arc<Audit>) -> Result<Self, Failure> {
        let url = web.url.as_deref().unwrap_or_default();
        Ok(Self {
            provider: Provider::new(sign_in, url)?,
            sessions: Sessions::new(sign_in.session),
            audit,
            key: Key::generate(),
            secure: url.starts_with("https://"),
        })
    }

    /// The session of a request, unless it has none or it is over.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<Arc<Session>> {
        self.sessions.of(CookieJar::from_headers(headers).get(self.session_cookie())?.value())
    }

    /// By https no other host name and no plain page can set these (`__Host-`).
    fn session_cookie(&self) -> &'static str {
        if self.secure { "__Host-samsyn" } else { "samsyn" }
    }

    fn attempt_cookie(&self) -> &'static str {
        if self.secure { "__Host-samsyn-login" } else { "samsyn-login" }
    }

    /// For as long as the browser is open. Lax: the provider's answer comes from another site, by a link.
    fn cookie(&self, name: &'static str, value: String) -> Cookie<'static> {
        let cookie = Cookie::build((name, value)).path("/").http_only(true).secure(self.secure);
        cookie.same_site(SameSite::Lax).build()
    }

    /// Waits for the disk, and holds up no other request meanwhile.
    fn write(&self, act: Act<'_>, person: &Person) -> Result<(), Failure> {
        tokio::task::block_in_place(|| self.audit.write(act, Some(person)))
    }

    async fn begin(&self, asked: &Asked, headers: &HeaderMap) -> Result<Response, Problem> {
        let back = local(asked.value("till").unwrap_or("/"));
        let begun = self.provider.begin(back, now_ms()).await;
        let (url, attempt) = begun.map_err(|failure| problem(failure, asked))?;
        let kept = serde_json::to_string(&attempt).map_err(|e| Problem::ours(&e.to_string(), asked.lang))?;
        let jar = PrivateCookieJar::from_headers(headers, self.key.clone());
        let jar = jar.add(self.cookie(self.attempt_cookie(), kept));
        Ok((NEVER_KEPT, jar, Redirect::to(url.as_str())).into_response())
    }

    async fn finish(&self, asked: &Asked, headers: &HeaderMap) -> Response {
        let jar = PrivateCookieJar::from_headers(headers, self.key.clone());
        let kept = jar.get(self.attempt_cookie()).and_then(|c| serde_json::from_str::<Attempt>(c.value()).ok());
        let entered = self.enter(asked, kept).await;
        // An attempt has one answer, whatever that is. One to another attempt, in another tab, is not it.
        let other = entered.as_ref().is_err_and(|failure| failure.code == Code::SignInState);
        let jar = if other { jar } else { jar.remove(self.cookie(self.attempt_cookie(), String::new())) };
        match entered {
            Ok((session, back)) => {
                // One browser, one session: what it had before is worth nothing now.
                if let Some(before) = CookieJar::from_headers(headers).get(self.session_cookie()) {
                    self.sessions.end(before.value());
                }
                let cookies = CookieJar::new().add(self.cookie(self.session_cookie(), session));
                (NEVER_KEPT, jar, cookies, Redirect::to(&back)).into_response()
            }
            Err(failure) => (jar, problem(failure, asked)).into_response(),
        }
    }

    /// The new session and the page to go back to.
    async fn enter(&self, asked: &Asked, kept: Option<Attempt>) -> Result<(String, String), Failure> {
        let state = asked.value("state").unwrap_or_default();
        let attempt = kept.filter(|attempt| attempt.answers(state, now_ms())).ok_or_else(|| {
            let message = "an answer of the sign-in service to no sign-in that this browser has under way";
            Failure::new(Code::SignInState, message, "begin again")
        })?;
        let Some(code) = asked.value("code") else {
            let known =
                ["access_denied", "login_required", "consent_required", "server_error", "temporarily_unavailable"];
            let error = known
                .into_iter()
                .find(|known| asked.value("error") == Some(known))
                .unwrap_or("neither code nor reason");
            let message = format!("the sign-in service has refused: {error}");
            return Err(Failure::new(Code::SignInRefused, message, "see the sign-in service's log"));
        };
        let person = match self.provider.finish(code.to_owned(), &attempt).await {
            Ok(person) => person,
            Err(Refusal { failure, person }) => {
                if let Some(person) = person {
                    self.write(Act::SignInRefused { code: failure.code.as_str() }, &person)?;
                }
                return Err(failure);
            }
        };
        self.write(Act::SignedIn { grants: &person.grants }, &person)?;
        let session = self.sessions.begin(person).map_err(|e| {
            Failure::new(
                Code::Failed,
                format!("the system gives no random numbers: {e}"),
                "see the system's documentation",
            )
        })?;
        Ok((session.as_str().to_owned(), attempt.back))
    }

    fn leave(&self, asked: &Asked, headers: &HeaderMap, form: &Leave) -> Result<Response, Problem> {
        let left = asked.link("/utloggad");
        let jar = CookieJar::from_headers(headers);
        let token = jar.get(self.session_cookie()).map(|c| c.value().to_owned()).unwrap_or_default();
        if let Some(session) = self.sessions.of(&token) {
            if !session.guard.is(&form.skydd) {
                let message = "a form that does not come from a page of this session";
                return Err(problem(Failure::new(Code::SignInForged, message, "open the page again"), asked));
            }
            // Nobody is kept signed in because it cannot be written down: that is told, and done all the same.
            if let Err(failure) = self.write(Act::SignedOut, &session.person) {
                tracing::error!(code = %failure.code, "a sign-out is not in the audit log: {failure}");
            }
            self.sessions.end(&token);
        }
        let jar = jar.remove(self.cookie(self.session_cookie(), String::new()));
        Ok((NEVER_KEPT, jar, Redirect::to(&left)).into_response())
    }
}

#[derive(Deserialize)]
struct Leave {
    #[serde(default)]
    skydd: String,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    page: Page,
    /// Where to sign out of the provider too.
    everywhere: Option<String>,
}

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/logga-in", get(begin))
        .route(ANSWER_PATH, get(finish))
        .route("/logga-ut", post(leave).layer(DefaultBodyLimit::max(FORM_MAX)))
        .route("/utloggad", get(left))
}

async fn begin(State(setting): State<Setting>, asked: Asked, headers: HeaderMap) -> Result<Response, Problem> {
    setting.door(&asked)?.begin(&asked, &headers).await
}

async fn finish(State(setting): State<Setting>, asked: Asked, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(setting.door(&asked)?.finish(&asked, &headers).await)
}

async fn leave(
    State(setting): State<Setting>,
    asked: Asked,
    headers: HeaderMap,
    form: Result<Form<Leave>, FormRejection>,
) -> Result<Response, Problem> {
    // What is no form of ours has no token either.
    let form = form.map_or_else(|_| Leave { skydd: String::new() }, |Form(form)| form);
    setting.door(&asked)?.leave(&asked, &headers, &form)
}

async fn left(State(setting): State<Setting>, site: Site, asked: Asked) -> Result<Response, Problem> {
    let everywhere = setting.door(&asked)?.provider.end_session().map(|url| url.to_string());
    let page = Page::new(&site, asked, "", Text("Du är utloggad", "You are signed out")).await?;
    let signed_out = SignedOut { page, everywhere };
    signed_out.page.answer(&signed_out)
}

impl Setting {
    fn door(&self, asked: &Asked) -> Result<&Door, Problem> {
        self.door.as_deref().ok_or_else(|| Problem::no_such_page(asked.lang))
    }
}

/// What happened is told in the log too, where the operator can do something about it.
fn problem(failure: Failure, asked: &Asked) -> Problem {
    match failure.code {
        Code::SignInState | Code::SignInForged | Code::SignInRefused => {
            tracing::debug!(code = %failure.code, "{failure}");
        }
        _ => tracing::warn!(code = %failure.code, "nobody is signed in: {failure}; remedy: {}", failure.remedy),
    }
    Problem::of(failure, asked.lang)
}

/// The page to go back to: one of ours, or the first.
fn local(path: &str) -> String {
    let ours = path.starts_with('/') && !path[1..].starts_with(['/', '\\']);
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if ours && plain && path.len() <= BACK_MAX { path.to_owned() } else { "/".to_owned() }
}

/// The link with which somebody signs in and comes back to this page.
pub(super) fn link(back: &str) -> String {
    with_query("/logga-in", &[("till".to_owned(), back.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_goes_back_to_pages_of_ours_only() {
        for ours in ["/", "/portfolj?part=timra&sok=v%C3%A5rd", "/arbete/abc/historik?sida=2#a"] {
            assert_eq!(local(ours), ours);
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/\t/evil",
            "/a\nb",
            "/å",
            "/a\\b",
        ] {
            assert_eq!(local(other), "/", "{other:?}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(BACK_MAX))), "/");
    }

    proptest! {
        /// As a browser reads it, seen from a page of ours, it is always on our host.
        #[test]
        fn wherever_one_goes_back_to_the_host_is_ours(path in "[/\\\\a-z.:@?#%\t\n\u{a0}å]{0,12}") {
            let base = openidconnect::url::Url::parse("https://ours.example/x").expect("an address");
            let gone = base.join(&local(&path)).expect("an address");
            prop_assert_eq!(gone.host_str(), Some("ours.example"));
        }
    }
}
