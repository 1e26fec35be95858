//! The organisation's OpenID Connect provider: code flow with PKCE, everything in the id token, userinfo never asked.

use super::{Claims, Person};
use crate::{
    config::{RoleRule, SignInService},
    failure::{Doing, Failure},
};
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IdTokenFields, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl,
    RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
    http,
    url::Url,
};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use rustls_pki_types::pem::PemObject;
use samsyn_core::code::Code;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// For each question to the provider.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what the provider says of itself is believed: its keys change.
const KNOWN_FOR: Duration = Duration::from_hours(1);
/// After a token with an unknown key the provider is asked anew, but no more often than this.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Bytes of an answer: key lists and tokens are far smaller.
const ANSWER_MAX: usize = 1024 * 1024;
/// Where the provider sends browsers back to.
pub(crate) const ANSWER_PATH: &str = "/logga-in/svar";

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type Party = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a browser keeps, sealed, while its person is at the provider.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
    /// The page to go back to.
    pub(crate) back: String,
    began_ms: u64,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(…)")
    }
}

impl Attempt {
    /// How long somebody may take at the provider.
    pub(crate) const LENGTH: Duration = Duration::from_mins(15);

    /// True if the provider's answer is the one to this attempt, and in time.
    pub(crate) fn answers(&self, state: &str, now_ms: u64) -> bool {
        let same = blake3::hash(self.state.as_bytes()) == blake3::hash(state.as_bytes());
        let in_time = now_ms.checked_sub(self.began_ms).is_some_and(|ms| Duration::from_millis(ms) <= Self::LENGTH);
        same && in_time
    }
}

/// Why nobody is signed in now.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
    /// Who it was, where that is certain.
    pub(crate) person: Option<Box<Person>>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { failure, person: None }
    }
}

/// The provider as it describes itself.
struct Known {
    party: Party,
    end_session: Option<Url>,
    learnt: Instant,
}

pub(crate) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    secret: Option<ClientSecret>,
    answer_at: RedirectUrl,
    scopes: Vec<Scope>,
    roles_claim: String,
    roles: Vec<RoleRule>,
    http: Http,
    known: Mutex<Option<Arc<Known>>>,
    /// One question at a time, however many want to sign in: and when it failed last, and why.
    asking: tokio::sync::Mutex<Option<(Instant, Failure)>>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer.as_str()).finish_non_exhaustive()
    }
}

/// The provider could not be asked. Never holds what was sent or received.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("{0}")]
    Connection(String),
    #[error("it answers {0}")]
    Unwell(http::StatusCode),
    #[error("the answer is larger than {ANSWER_MAX} bytes")]
    TooLarge,
    #[error(transparent)]
    Answer(#[from] http::Error),
}

impl Provider {
    /// Reads files; the provider itself is first asked when somebody signs in, so that it may be down now.
    pub(crate) fn new(config: &SignInService, web_url: &str) -> Result<Self, Failure> {
        let secret = match &config.client_secret_file {
            None => None,
            Some(file) => {
                let text = samsyn_wire::transport::read_private_file(file)
                    .map_err(|e| Failure::from(e).field("sign_in.client_secret_file"))?;
                if text.trim().is_empty() {
                    let message = format!("{} is empty", file.display());
                    let remedy = "put the client's secret into it, or leave the key out for a public client";
                    return Err(Failure::new(Code::KeyFile, message, remedy).field("sign_in.client_secret_file"));
                }
                Some(ClientSecret::new(text.trim().to_owned()))
            }
        };
        let url = |key: &str, e: openidconnect::url::ParseError| {
            Failure::config(format!("[{key}]: {e}"), "correct the address").field(key.to_owned())
        };
        Ok(Self {
            issuer: IssuerUrl::new(config.issuer.clone()).map_err(|e| url("sign_in.issuer", e))?,
            client_id: ClientId::new(config.client_id.clone()),
            secret,
            answer_at: RedirectUrl::new(format!("{web_url}{ANSWER_PATH}")).map_err(|e| url("web.url", e))?,
            scopes: config.scopes.iter().cloned().map(Scope::new).collect(),
            roles_claim: config.roles_claim.clone(),
            roles: config.roles.clone(),
            http: http_client(config.ca_file.as_deref())?,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        })
    }

    /// Where to send a browser, and what it keeps meanwhile.
    pub(crate) async fn begin(&self, back: String, now_ms: u64) -> Result<(Url, Attempt), Failure> {
        let known = self.known(KNOWN_FOR).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = known.party.authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        );
        let (url, state, nonce) = request.add_scopes(self.scopes.clone()).set_pkce_challenge(challenge).url();
        let attempt = Attempt {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            back,
            began_ms: now_ms,
        };
        Ok((url, attempt))
    }

    /// Who came back with a code.
    pub(crate) async fn finish(&self, code: String, attempt: &Attempt) -> Result<Person, Refusal> {
        let known = self.known(KNOWN_FOR).await?;
        let request =
            known.party.exchange_code(AuthorizationCode::new(code)).map_err(|_| unfit("names no token endpoint"))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()));
        let tokens = request.request_async(&self.http).await.map_err(|e| no_tokens(&e))?;
        match self.person(&known, &tokens, attempt) {
            // Its keys may have changed since it was asked.
            Err(_) if known.learnt.elapsed() >= ASK_AGAIN_AFTER => {
                self.person(&*self.known(ASK_AGAIN_AFTER).await?, &tokens, attempt)
            }
            result => result,
        }
        .unwrap_or_else(|error| Err(untrusted(&told(&error)).into()))
    }

    /// Where somebody can sign out of the provider itself, where it has such a place.
    pub(crate) fn end_session(&self) -> Option<Url> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.end_session.clone()
    }

    /// The outer error: the token is not to be trusted. The inner one: it is, and gives nothing here.
    fn person(
        &self,
        known: &Known,
        tokens: &Tokens,
        attempt: &Attempt,
    ) -> Result<Result<Person, Refusal>, ClaimsVerificationError> {
        let Some(token) = tokens.id_token() else { return Ok(Err(untrusted("there is none in the answer").into())) };
        let verifier = known.party.id_token_verifier();
        let claims = token.claims(&verifier, &Nonce::new(attempt.nonce.clone()))?;
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        let name = name.or_else(|| claims.preferred_username().map(|name| name.to_string()));
        let name = name.or_else(|| claims.email().map(|email| email.to_string()));
        let extra = claims.additional_claims();
        Ok(extra.person(claims.subject(), name, &self.roles_claim, &self.roles))
    }

    /// What the provider says of itself, not older than that.
    async fn known(&self, at_most: Duration) -> Result<Arc<Known>, Failure> {
        let kept = || {
            let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
            kept.filter(|known| known.learnt.elapsed() < at_most)
        };
        if let Some(known) = kept() {
            return Ok(known);
        }
        let began = Instant::now();
        let mut failed = self.asking.lock().await;
        if let Some(known) = kept() {
            return Ok(known); // somebody else has asked meanwhile
        }
        if let Some((_, failure)) = failed.as_ref().filter(|(at, _)| *at > began) {
            return Err(failure.clone()); // and in vain
        }
        let learnt = self.learn().await;
        *failed = learnt.as_ref().err().map(|failure| (Instant::now(), failure.clone()));
        learnt
    }

    async fn learn(&self) -> Result<Arc<Known>, Failure> {
        let found = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| unreachable(&format!("{}: {}", self.issuer.as_str(), with_causes(&error))))?;
        let end_session = found.additional_metadata().end_session_endpoint.as_ref().map(|url| url.url().clone());
        let party = Client::from_provider_metadata(found, self.client_id.clone(), self.secret.clone())
            .set_redirect_uri(self.answer_at.clone());
        let known = Arc::new(Known { party, end_session, learnt: Instant::now() });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }
}

/// Asks with bounds on time and size.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = AskError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, AskError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

impl Http {
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, AskError> {
        // The address may hold a code: it is not told.
        let failed = |error: reqwest::Error| AskError::Connection(with_causes(&error.without_url()));
        let (head, body) = request.into_parts();
        let asked = self.0.request(head.method, head.uri.to_string()).headers(head.headers).body(body);
        let mut answer = asked.send().await.map_err(failed)?;
        if answer.status().is_server_error() {
            return Err(AskError::Unwell(answer.status()));
        }
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            if bytes.len() + piece.len() > ANSWER_MAX {
                return Err(AskError::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(response.body(bytes)?)
    }
}

/// TLS 1.2 and later to the provider (older AD FS has no 1.3), by the system's authorities and the configured one; no
/// redirects, no proxy from the environment.
fn http_client(ca_file: Option<&Path>) -> Result<Http, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca_file {
        let pem = std::fs::read(file).doing("reading", file).map_err(|f| f.field("sign_in.ca_file"))?;
        let found: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
        let (added, _) = roots.add_parsable_certificates(found);
        if added == 0 {
            let message = format!("{} holds no certificate", file.display());
            return Err(Failure::config(message, "name the authority's PEM file").field("sign_in.ca_file"));
        }
    }
    let failed =
        |e: &dyn fmt::Display| Failure::new(Code::Failed, format!("TLS to the sign-in service: {e}"), "report this");
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| failed(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ASK_TIMEOUT)
        .no_proxy()
        .build()
        .map(Http)
        .map_err(|e| failed(&e))
}

/// An error with what it came from.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

const AT_PROVIDER: &str = "check [sign_in] against the provider's registration of this node; its own log has more";

fn unreachable(what: &str) -> Failure {
    let message = format!("the sign-in service cannot be asked: {what}");
    Failure::new(Code::SignInProvider, message, "check [sign_in] issuer and ca_file, and that this machine reaches it")
}

fn unfit(what: &str) -> Failure {
    Failure::new(Code::SignInProvider, format!("the sign-in service {what}"), AT_PROVIDER)
}

fn untrusted(what: &str) -> Failure {
    Failure::new(Code::SignInToken, format!("the id token is not trusted: {what}"), AT_PROVIDER)
}

/// Without what the token says of a person.
fn told(error: &ClaimsVerificationError) -> String {
    match error {
        ClaimsVerificationError::InvalidSubject(_) => "its subject is not right".to_owned(),
        ClaimsVerificationError::InvalidNonce(_) => "it answers another sign-in (nonce)".to_owned(),
        ClaimsVerificationError::SignatureVerification(what) => format!("its signature does not hold: {what}"),
        other => other.to_string(),
    }
}

/// Without what was sent or received.
fn no_tokens(error: &RequestTokenError<AskError, StandardErrorResponse<CoreErrorResponseType>>) -> Failure {
    match error {
        // Used already, or too old: whoever comes back begins again.
        RequestTokenError::ServerResponse(answer) if *answer.error() == CoreErrorResponseType::InvalidGrant => {
            let message = "the sign-in service no longer takes this answer (invalid_grant)";
            Failure::new(Code::SignInState, message, "begin again")
        }
        RequestTokenError::ServerResponse(answer) => {
            let message = format!("the sign-in service gives no token: {}", answer.error().as_ref());
            Failure::new(Code::SignInToken, message, AT_PROVIDER)
        }
        RequestTokenError::Request(what) => unreachable(&what.to_string()),
        RequestTokenError::Parse(error, _) => {
            untrusted(&format!("the answer is no token response as the standard has it (at '{}')", error.path()))
        }
        RequestTokenError::Other(_) => unfit("answers in a way that is not understood"),
    }
}
