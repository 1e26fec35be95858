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
    limits::UNKNOWN_CERTIFICATES_TOLD_MAX,
    register::calendar,
    sign_in::{
        ANSWER_PATH, Attempt, Certificates, Deputies, Deputy, Held, Person, Provider, Refusal, Role, Session, Sessions,
        Shown,
    },
};
use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{DefaultBodyLimit, State, rejection::FormRejection},
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, Key, PrivateCookieJar, SameSite};
use samsyn_client::text::{Lang, Text};
use samsyn_core::{code::Code, id::AuthorityId};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

/// Bytes of a form here: one token.
const FORM_MAX: usize = 4 * 1024;
/// Answers that set cookies stay nowhere.
const NEVER_KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];
/// Characters of an address to go back to.
const BACK_MAX: usize = 2_000;
/// How often the files about people are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);
const HOUR: Duration = Duration::from_hours(1);
/// Where the sign-in service is chosen, and where a certificate is.
const SERVICE_PATH: &str = "/logga-in/tjanst";
const CERTIFICATE_PATH: &str = "/logga-in/certifikat";

/// Where people come in and go out.
pub(crate) struct Door {
    provider: Option<Provider>,
    certificates: Option<Arc<Certificates>>,
    deputies: RwLock<Deputies>,
    deputies_file: PathBuf,
    /// The organisation's authorities, as the charter had them at the start.
    known: BTreeSet<AuthorityId>,
    /// When the hour began in which so many lines were written about certificates that nobody vouches for.
    unknown_told: Mutex<(Instant, u32)>,
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
    /// `known` are the organisation's authorities in the charter.
    pub(crate) fn open(
        sign_in: &SignIn,
        web: &Web,
        known: BTreeSet<AuthorityId>,
        audit: Arc<Audit>,
    ) -> Result<Self, Failure> {
        let url = web.url.as_deref().unwrap_or_default();
        let certificates = sign_in.certificates.clone().map(Certificates::open).transpose()?;
        let deputies = Deputies::read(&sign_in.deputies, &known)?;
        if !deputies.rows.is_empty() {
            audit.write(read_line(&deputies), None)?;
        }
        Ok(Self {
            provider: sign_in.service.as_ref().map(|service| Provider::new(service, url)).transpose()?,
            certificates: certificates.map(Arc::new),
            deputies: RwLock::new(deputies),
            deputies_file: sign_in.deputies.clone(),
            known,
            unknown_told: Mutex::new((Instant::now(), 0)),
            sessions: Sessions::new(sign_in.session),
            audit,
            key: Key::generate(),
            secure: url.starts_with("https://"),
        })
    }

    /// The session of a request, unless it has none or it is over. In whose place somebody acts is looked up for each
    /// request; who had nothing but that is out when it ends.
    pub(super) fn session(&self, headers: &HeaderMap, shown: &Shown) -> Option<Arc<Session>> {
        let session = self.sessions.of(CookieJar::from_headers(headers).get(self.session_cookie())?.value(), shown)?;
        let rows = self.rows_of(&session.person);
        let session = if rows.is_empty() { session } else { Arc::new(session.with(rows)) };
        (!session.person.grants.is_empty()).then_some(session)
    }

    fn rows_of(&self, person: &Person) -> Vec<Deputy> {
        let deputies = self.deputies.read().unwrap_or_else(PoisonError::into_inner);
        // Most nodes have none, and what day it is need not be asked then.
        if deputies.rows.is_empty() { Vec::new() } else { deputies.of(&person.subject, calendar::day(now_ms())) }
    }

    /// For the listener, which asks browsers for them.
    pub(super) fn certificates(&self) -> Option<Arc<Certificates>> {
        self.certificates.clone()
    }

    /// Takes changed files about people into use, for as long as the node runs.
    pub(super) async fn follow(&self) {
        let of = |path: &Path| path.metadata().ok().map(|m| (m.len(), m.modified().ok()));
        let people = || self.certificates.iter().flat_map(|c| c.files().map(of)).collect::<Vec<_>>();
        let (mut people_seen, mut deputies_seen) = (people(), of(&self.deputies_file));
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = people();
            if now != people_seen {
                people_seen = now;
                self.read_certificates();
            }
            let now = of(&self.deputies_file);
            if now != deputies_seen && self.read_deputies() {
                deputies_seen = now;
            }
        }
    }

    fn read_certificates(&self) {
        let Some(certificates) = &self.certificates else { return };
        match certificates.read_again() {
            Ok(()) => {
                let now = SystemTime::now();
                self.sessions.keep(|shown| certificates.still_good(shown, now));
                tracing::info!("who issues people's certificates, and which are revoked, has been read again");
            }
            Err(failure) => tracing::warn!(
                code = %failure.code,
                "the changed files of people's certificates are not taken, those before go on: {failure}; remedy: {}", failure.remedy
            ),
        }
    }

    /// False if it is to be tried again.
    fn read_deputies(&self) -> bool {
        let read = Deputies::read(&self.deputies_file, &self.known);
        let written =
            read.and_then(|new| tokio::task::block_in_place(|| self.audit.write(read_line(&new), None)).map(|()| new));
        match written {
            Ok(new) => {
                tracing::info!(rows = new.rows.len(), "who are deputies has been read again");
                *self.deputies.write().unwrap_or_else(PoisonError::into_inner) = new;
                true
            }
            Err(failure) => {
                tracing::warn!(
                    code = %failure.code,
                    "the changed deputies are not taken, those before go on: {failure}; remedy: {}", failure.remedy
                );
                failure.code != Code::AuditUnwritable
            }
        }
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
        let provider = self.provider.as_ref().ok_or_else(|| Problem::no_such_page(asked.lang))?;
        let back = local(asked.value("till").unwrap_or("/"));
        let begun = provider.begin(back, now_ms()).await;
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
            Ok((session, back)) => (jar, self.let_in(headers, session, &back)).into_response(),
            Err(failure) => (jar, problem(failure, asked)).into_response(),
        }
    }

    fn let_in(&self, headers: &HeaderMap, session: String, back: &str) -> Response {
        // One browser, one session: what it had before is worth nothing now.
        if let Some(before) = CookieJar::from_headers(headers).get(self.session_cookie()) {
            self.sessions.end(before.value());
        }
        let cookies = CookieJar::new().add(self.cookie(self.session_cookie(), session));
        (NEVER_KEPT, cookies, Redirect::to(back)).into_response()
    }

    /// Somebody wants in by the certificate that the browser has shown on this connection.
    fn by_certificate(
        &self,
        asked: &Asked,
        headers: &HeaderMap,
        shown: &Shown,
        back: &str,
    ) -> Result<Response, Problem> {
        let certificates = self.certificates.as_ref().ok_or_else(|| Problem::no_such_page(asked.lang))?;
        // Another site's form would sign somebody in who has not asked for it. Browsers say where a form comes from.
        let from = headers.get("sec-fetch-site").and_then(|from| from.to_str().ok());
        if from.is_some_and(|from| !matches!(from, "same-origin" | "none")) {
            let message = "a form that does not come from a page of this node";
            return Err(problem(Failure::new(Code::SignInForged, message, "open the page again"), asked));
        }
        let now = SystemTime::now();
        let held = Held { shown: shown.clone(), left: certificates.left(shown, now) };
        let entered = match certificates.person(shown, now) {
            Ok(person) => self.enter_as(person, Some(held)),
            Err(refusal) => self.refused(refusal, Some(held)),
        };
        let session = entered.map_err(|failure| problem(failure, asked))?;
        Ok(self.let_in(headers, session, &local(back)))
    }

    /// A session for somebody who may come in.
    fn enter_as(&self, person: Person, held: Option<Held>) -> Result<String, Failure> {
        let today = person.with(self.rows_of(&person));
        self.write(Act::SignedIn { grants: &today.grants }, &today)?;
        let session = self.sessions.begin(person, held).map_err(|e| {
            Failure::new(
                Code::Failed,
                format!("the system gives no random numbers: {e}"),
                "see the system's documentation",
            )
        })?;
        Ok(session.as_str().to_owned())
    }

    /// Who has no role of her own comes in while she acts in another's place; of anybody else it is written down that she
    /// did not.
    fn refused(&self, Refusal { failure, person }: Refusal, held: Option<Held>) -> Result<String, Failure> {
        let act = Act::SignInRefused { code: failure.code.as_str() };
        match person {
            Some(person) => {
                let roleless = matches!(failure.code, Code::SignInNoRole | Code::SignInCertificateUnmapped);
                if roleless && !self.rows_of(&person).is_empty() {
                    return self.enter_as(*person, held);
                }
                self.write(act, &person)?;
            }
            // Anybody can make a certificate that nobody vouches for: so many lines, and then the log alone.
            None if failure.code == Code::SignInCertificateUnknown && self.tells_of_unknown() => {
                tokio::task::block_in_place(|| self.audit.write(act, None))?;
            }
            None => {}
        }
        Err(failure)
    }

    fn tells_of_unknown(&self) -> bool {
        let mut told = self.unknown_told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0.elapsed() >= HOUR {
            *told = (Instant::now(), 0);
        }
        told.1 = told.1.saturating_add(1);
        told.1 <= UNKNOWN_CERTIFICATES_TOLD_MAX
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
        let provider = self.provider.as_ref().ok_or_else(|| {
            Failure::new(Code::SignInState, "there is no sign-in service here", "sign in by certificate")
        })?;
        let session = match provider.finish(code.to_owned(), &attempt).await {
            Ok(person) => self.enter_as(person, None)?,
            Err(refusal) => self.refused(refusal, None)?,
        };
        Ok((session, attempt.back))
    }

    fn leave(&self, asked: &Asked, headers: &HeaderMap, shown: &Shown, form: &Leave) -> Result<Response, Problem> {
        let left = asked.link("/utloggad");
        let jar = CookieJar::from_headers(headers);
        let token = jar.get(self.session_cookie()).map(|c| c.value().to_owned()).unwrap_or_default();
        if let Some(session) = self.sessions.of(&token, shown) {
            if !session.guard.is(&form.skydd) {
                let message = "a form that does not come from a page of this session";
                return Err(problem(Failure::new(Code::SignInForged, message, "open the page again"), asked));
            }
            // Nobody is kept signed in because it cannot be written down: that is told, and done all the same.
            let person = session.person.with(self.rows_of(&session.person));
            if let Err(failure) = self.write(Act::SignedOut, &person) {
                tracing::error!(code = %failure.code, "a sign-out is not in the audit log: {failure}");
            }
        }
        // Also where the certificate that it began with is not shown any more.
        self.sessions.end(&token);
        let jar = jar.remove(self.cookie(self.session_cookie(), String::new()));
        Ok((NEVER_KEPT, jar, Redirect::to(&left)).into_response())
    }
}

/// What the audit log says of deputies that have been read.
fn read_line(deputies: &Deputies) -> Act<'_> {
    Act::DeputiesRead { rows: deputies.rows.len(), version: &deputies.version }
}

#[derive(Deserialize)]
struct Leave {
    #[serde(default)]
    skydd: String,
}

#[derive(Deserialize)]
struct Enter {
    #[serde(default)]
    till: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInWays {
    page: Page,
    /// The page to go back to.
    back: String,
    /// Where the sign-in service is chosen.
    service: Option<String>,
    /// Where the form of a certificate goes.
    certificate: String,
    /// The browser has shown one.
    shown: bool,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    page: Page,
    /// Where to sign out of the provider too.
    everywhere: Option<String>,
    /// People sign in by certificate.
    certificates: bool,
}

pub(super) fn routes() -> Router<Setting> {
    Router::new()
        .route("/logga-in", get(ways))
        .route(SERVICE_PATH, get(begin))
        .route(CERTIFICATE_PATH, post(by_certificate).layer(DefaultBodyLimit::max(FORM_MAX)))
        .route(ANSWER_PATH, get(finish))
        .route("/logga-ut", post(leave).layer(DefaultBodyLimit::max(FORM_MAX)))
        .route("/utloggad", get(left))
}

/// Where there is one way in, one goes straight on; a certificate is always asked for, since a card may have to be put in.
async fn ways(
    State(setting): State<Setting>,
    site: Site,
    asked: Asked,
    Extension(shown): Extension<Shown>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let door = setting.door(&asked)?;
    if door.certificates.is_none() {
        return door.begin(&asked, &headers).await;
    }
    let back = local(asked.value("till").unwrap_or("/"));
    let service = door.provider.is_some().then(|| {
        let language = (asked.lang == Lang::En).then(|| ("sprak".to_owned(), "en".to_owned()));
        with_query(SERVICE_PATH, &[("till".to_owned(), back.clone())].into_iter().chain(language).collect::<Vec<_>>())
    });
    let certificate = asked.link(CERTIFICATE_PATH);
    let shown = shown != Shown::default();
    let page = Page::new(&site, asked, "", Text("Logga in", "Sign in")).await?;
    let ways = SignInWays { page, back, service, certificate, shown };
    ways.page.answer(&ways)
}

async fn begin(State(setting): State<Setting>, asked: Asked, headers: HeaderMap) -> Result<Response, Problem> {
    setting.door(&asked)?.begin(&asked, &headers).await
}

async fn by_certificate(
    State(setting): State<Setting>,
    asked: Asked,
    Extension(shown): Extension<Shown>,
    headers: HeaderMap,
    form: Result<Form<Enter>, FormRejection>,
) -> Result<Response, Problem> {
    let back = form.map_or_else(|_| String::new(), |Form(form)| form.till);
    setting.door(&asked)?.by_certificate(&asked, &headers, &shown, &back)
}

async fn finish(State(setting): State<Setting>, asked: Asked, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(setting.door(&asked)?.finish(&asked, &headers).await)
}

async fn leave(
    State(setting): State<Setting>,
    asked: Asked,
    Extension(shown): Extension<Shown>,
    headers: HeaderMap,
    form: Result<Form<Leave>, FormRejection>,
) -> Result<Response, Problem> {
    // What is no form of ours has no token either.
    let form = form.map_or_else(|_| Leave { skydd: String::new() }, |Form(form)| form);
    setting.door(&asked)?.leave(&asked, &headers, &shown, &form)
}

async fn left(State(setting): State<Setting>, site: Site, asked: Asked) -> Result<Response, Problem> {
    let door = setting.door(&asked)?;
    let everywhere = door.provider.as_ref().and_then(Provider::end_session).map(|url| url.to_string());
    let certificates = door.certificates.is_some();
    let page = Page::new(&site, asked, "", Text("Du är utloggad", "You are signed out")).await?;
    let signed_out = SignedOut { page, everywhere, certificates };
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
        Code::SignInState
        | Code::SignInForged
        | Code::SignInRefused
        | Code::SignInNoCertificate
        | Code::SignInCertificateUnknown => {
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

/// A role, as a page says it.
pub(super) fn role(role: Role) -> Text {
    match role {
        Role::Reader => Text("läsare", "reader"),
        Role::Coordinator => Text("samordnare", "coordinator"),
        Role::Releaser => Text("frisläppare", "releaser"),
        Role::Registrar => Text("registrator", "registrar"),
        Role::Archivist => Text("arkivarie", "archivist"),
        Role::Office => Text("programkontor", "office"),
        Role::Admin => Text("administratör", "administrator"),
    }
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
