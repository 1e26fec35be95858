//! What every page has: language, frame, links, and how it is sent.

use super::{Site, assets, comments, drafts, error::Problem, handout, register, sign_in};
use crate::{
    failure::Failure,
    sign_in::{Deputy, Session},
    view::Eyes,
};
use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use samsyn_client::{
    node::Parties,
    show::Reader,
    text::{Lang, Text},
    time,
};
use samsyn_core::code::Code;
use std::{convert::Infallible, fmt::Write as _, sync::Arc};

/// Pages of people's own language; a new answer each time, unless the browser has just this one.
const NOT_KEPT: &str = "private, no-cache";

/// What the browser asked for, apart from the path's own meaning.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) lang: Lang,
    path: String,
    query: Vec<(String, String)>,
    if_none_match: Option<String>,
}

/// One main page: its address, its name, and who has business there.
pub(super) struct MenuItem {
    pub(super) path: &'static str,
    pub(super) name: Text,
    shown: fn(&Page) -> bool,
}

/// The main pages, in order.
const MENU: &[MenuItem] = &[
    MenuItem { path: "/", name: Text("Läget", "Overview"), shown: |_| true },
    MenuItem { path: "/sok", name: Text("Sök", "Search"), shown: |_| true },
    MenuItem { path: "/portfolj", name: Text("Portfölj", "Portfolio"), shown: |_| true },
    MenuItem { path: "/fardplan", name: Text("Färdplan", "Roadmap"), shown: |_| true },
    MenuItem { path: "/breddinforande", name: Text("Breddinförande", "Rollout"), shown: |_| true },
    MenuItem { path: "/beslut", name: Text("Beslut", "Decisions"), shown: |_| true },
    MenuItem { path: "/uppfoljning", name: Text("Uppföljning", "Follow-up"), shown: |_| true },
    MenuItem { path: "/risker", name: Text("Risker", "Risks"), shown: |_| true },
    MenuItem { path: "/resurser", name: Text("Resurser", "Resources"), shown: |_| true },
    MenuItem { path: "/arshjul", name: Text("Årshjul", "Year wheel"), shown: |_| true },
    MenuItem { path: "/larande", name: Text("Lärande", "Learning"), shown: |_| true },
    MenuItem { path: "/programmet", name: Text("Programmet", "The programme"), shown: |_| true },
    MenuItem { path: "/rapporter", name: Text("Rapporter", "Reports"), shown: |page| !page.public },
    MenuItem { path: "/farskhet", name: Text("Datafärskhet", "Freshness"), shown: |_| true },
    MenuItem { path: "/utkast", name: Text("Utkast", "Drafts"), shown: Page::sees_drafts },
    MenuItem { path: "/synpunkter", name: Text("Synpunkter", "Comments"), shown: Page::sees_comments },
    MenuItem { path: "/diarium", name: Text("Diarium", "Register"), shown: |_| true },
    MenuItem { path: "/lamna-ut", name: Text("Lämna ut", "Hand out"), shown: Page::hands_out },
    MenuItem { path: "/noder", name: Text("Noder", "Nodes"), shown: |_| true },
    MenuItem { path: "/oppna-data", name: Text("Öppna data", "Open data"), shown: |_| true },
    MenuItem { path: "/om", name: Text("Om", "About"), shown: |_| true },
];

/// The last millisecond of a day in Sweden, as in 2025-06-15.
pub(super) fn end_of_day(text: &str) -> Option<u64> {
    let next = text.parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?.in_tz("Europe/Stockholm").ok()?;
    u64::try_from(next.timestamp().as_millisecond()).ok().map(|ms| ms.saturating_sub(1))
}

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) asked: Asked,
    pub(super) title: String,
    /// Which of the main pages this is, or belongs to.
    pub(super) here: &'static str,
    pub(super) federation: String,
    pub(super) own: String,
    /// Only what is public is shown.
    pub(super) public: bool,
    pub(super) can_sign_in: bool,
    session: Option<Arc<Session>>,
    pub(super) parties: Parties,
    /// When the page was made.
    pub(super) as_of: String,
    /// The day whose end the page shows; none: now.
    pub(super) per: Option<String>,
    pub(super) style: String,
}

impl Page {
    pub(super) async fn new(site: &Site, asked: Asked, here: &'static str, title: Text) -> Result<Self, Problem> {
        let parties = site.view.parties().await.map_err(|f| Problem::of(f, asked.lang))?;
        let federation = site.view.federation_name().await.map_err(|f| Problem::of(f, asked.lang))?;
        let parties = Parties(sorted(parties.parties));
        Ok(Self {
            title: title.of(asked.lang).to_owned(),
            here,
            federation,
            own: parties.own().map(|p| p.name.clone()).unwrap_or_default(),
            public: site.eyes == Eyes::Public,
            can_sign_in: site.can_sign_in,
            session: site.session.clone(),
            parties,
            as_of: time::local(time::now_ms()),
            per: asked.value("per").map(ToOwned::to_owned),
            style: assets::style_path(),
            asked,
        })
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { lang: self.asked.lang, parties: &self.parties }
    }

    /// The one or the other language.
    pub(super) fn t<'a>(&self, sv: &'a str, en: &'a str) -> &'a str {
        match self.asked.lang {
            Lang::Sv => sv,
            Lang::En => en,
        }
    }

    pub(super) fn lang(&self) -> &'static str {
        lang_code(self.asked.lang)
    }

    /// A page of this site, in the language of this one.
    pub(super) fn link(&self, path: &str) -> String {
        self.asked.link(path)
    }

    /// The same with one part of a query.
    pub(super) fn link_with(&self, path: &str, key: &str, value: &str) -> String {
        let mut query = vec![(key.to_owned(), value.to_owned())];
        if let Some(day) = &self.per {
            query.push(("per".to_owned(), day.clone()));
        }
        if self.asked.lang == Lang::En {
            query.push(("sprak".to_owned(), "en".to_owned()));
        }
        with_query(path, &query)
    }

    /// Who has signed in, as the provider calls them.
    pub(super) fn signed_in_as(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.person.name.as_str())
    }

    /// In whose place somebody acts who has signed in, at which authority, and until when.
    pub(super) fn deputy_for(&self) -> Vec<String> {
        let line = |row: &Deputy| {
            let id = row.authority.as_str();
            let authority = self.parties.own().and_then(|own| own.authorities.get(id)).map_or(id, String::as_str);
            let role = sign_in::role(row.role).of(self.asked.lang);
            match self.asked.lang {
                Lang::Sv => format!("Ersättare för {} ({role}, {authority}) till och med {}", row.place_of, row.to),
                Lang::En => format!("Deputy for {} ({role}, {authority}) to the end of {}", row.place_of, row.to),
            }
        };
        self.session.iter().flat_map(|session| &session.person.deputy).map(line).collect()
    }

    /// True if drafts are somebody's business who has signed in.
    pub(super) fn sees_drafts(&self) -> bool {
        self.session.as_ref().is_some_and(|session| drafts::sees_any(&session.person))
    }

    /// True if drafts for comment, or replies to them, are somebody's business who has signed in.
    pub(super) fn sees_comments(&self) -> bool {
        self.session.as_ref().is_some_and(|session| comments::sees_any(&session.person))
    }

    /// True if somebody hands out who has signed in.
    pub(super) fn hands_out(&self) -> bool {
        self.session.as_ref().is_some_and(|session| handout::hands_out(&session.person))
    }

    /// The main menu: address, name, and whether this page is or belongs to it.
    pub(super) fn menu(&self) -> Vec<(String, &'static str, bool)> {
        let item = |item: &MenuItem| match item.path {
            "/diarium" => (self.register_link(), item.name.of(self.asked.lang), self.here.starts_with("/diarium")),
            path => (self.link(path), item.name.of(self.asked.lang), self.here == path),
        };
        MENU.iter().filter(|item| (item.shown)(self)).map(item).collect()
    }

    /// This page as it is now.
    pub(super) fn now(&self) -> String {
        let mut query = self.asked.query.clone();
        query.retain(|(key, _)| key != "per");
        with_query(&self.asked.path, &query)
    }

    /// The register: for its registrars the whole, for anybody else what anybody may read.
    pub(super) fn register_link(&self) -> String {
        let keeps = self.session.as_ref().is_some_and(|session| register::keeps(&session.person));
        self.link(if keeps { "/diarium" } else { "/diarium/offentligt" })
    }

    /// What shows that a form comes from a page of this session.
    pub(super) fn guard(&self) -> &str {
        self.session.as_ref().map_or("", |session| session.guard.as_str())
    }

    /// Signs in and comes back to this page; from a page about signing out, to the first.
    pub(super) fn sign_in_link(&self) -> String {
        let here = if self.here.is_empty() { self.link("/") } else { with_query(&self.asked.path, &self.asked.query) };
        sign_in::link(&here)
    }

    /// This page in the other language.
    pub(super) fn other_language(&self) -> String {
        let mut query = self.asked.query.clone();
        query.retain(|(key, _)| key != "sprak" && key != "klart");
        if self.asked.lang == Lang::Sv {
            query.push(("sprak".to_owned(), "en".to_owned()));
        }
        with_query(&self.asked.path, &query)
    }

    /// This page with one part of its query set to something else.
    pub(super) fn with(&self, key: &str, value: &str) -> String {
        let mut query = self.asked.query.clone();
        query.retain(|(k, v)| k != key && !v.is_empty());
        query.push((key.to_owned(), value.to_owned()));
        with_query(&self.asked.path, &query)
    }

    /// Sends a page, or word that the browser has it already: what says nothing new of the time it was made is the same.
    pub(super) fn answer(&self, template: &impl Template) -> Result<Response, Problem> {
        let html = template.render().map_err(|e| Problem::ours(&e.to_string(), self.asked.lang))?;
        let tag = format!("\"{}\"", &blake3::hash(html.replace(&self.as_of, "").as_bytes()).to_hex()[..32]);
        let headers = [
            (header::ETAG, tag.clone()),
            (header::CACHE_CONTROL, NOT_KEPT.to_owned()),
            (header::CONTENT_LANGUAGE, self.lang().to_owned()),
            (header::VARY, "accept-language".to_owned()),
        ];
        if self.asked.if_none_match.as_deref().is_some_and(|known| known.contains(&tag)) {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        Ok((headers, Html(html)).into_response())
    }
}

pub(super) fn lang_code(lang: Lang) -> &'static str {
    match lang {
        Lang::Sv => "sv",
        Lang::En => "en",
    }
}

/// Names in the order of the Swedish alphabet: nobody is first among equals.
fn sorted(mut parties: Vec<samsyn_wire::v1::Party>) -> Vec<samsyn_wire::v1::Party> {
    parties.sort_by_cached_key(|p| crate::projection::fold(&p.name));
    parties
}

/// A whole number as it is written in Swedish: `1 234`, which never breaks over two lines.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push('\u{a0}');
        }
        shown.push(digit);
    }
    shown
}

pub(super) fn with_query(path: &str, query: &[(String, String)]) -> String {
    let mut link = path.to_owned();
    for (n, (key, value)) in query.iter().enumerate() {
        link.push(if n == 0 { '?' } else { '&' });
        escape(&mut link, key);
        link.push('=');
        escape(&mut link, value);
    }
    link
}

fn escape(link: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            let _ = write!(link, "%{byte:02X}");
        }
    }
}

impl Asked {
    /// A page of this site, in the language that was asked for and of the same day.
    pub(super) fn link(&self, path: &str) -> String {
        let mut query: Vec<(String, String)> = Vec::new();
        if let Some(day) = self.value("per") {
            query.push(("per".to_owned(), day.to_owned()));
        }
        if self.lang == Lang::En {
            query.push(("sprak".to_owned(), "en".to_owned()));
        }
        with_query(path, &query)
    }

    /// True where the page can be shown as it was on an earlier day.
    pub(super) fn remembers(&self) -> bool {
        const REMEMBER: &[&str] = &[
            "/portfolj/balans",
            "/fardplan",
            "/breddinforande",
            "/beslut",
            "/uppfoljning",
            "/risker",
            "/resurser",
            "/arshjul",
            "/larande",
            "/programmet",
            "/farskhet",
        ];
        let path = self.path.as_str();
        let below = |page: &str| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // One document, on its page or for a program; not its history, which has all days.
        let one = ["/arbete/", "/api/v1/works/", "/api/v1/documents/"].iter().any(|of| path.starts_with(of));
        (one && !path.ends_with("/historik") && !path.ends_with("/history")) || REMEMBER.iter().any(|page| below(page))
    }

    /// The end of the day whose view is asked for (`?per=2025-06-15`), in Swedish time.
    pub(super) fn day(&self) -> Result<Option<u64>, Failure> {
        self.end_of_day("per")
    }

    /// The end of the day that a part of the query names, in Swedish time; none where it names none.
    pub(super) fn end_of_day(&self, key: &str) -> Result<Option<u64>, Failure> {
        let Some(text) = self.value(key) else { return Ok(None) };
        let end = end_of_day(text).ok_or_else(|| {
            let message = format!("'{}' is no day", text.chars().take(20).collect::<String>());
            Failure::new(Code::InputDate, message, format!("write a day, as in ?{key}=2025-06-15"))
                .field(key.to_owned())
        })?;
        Ok(Some(end))
    }

    /// The address of this page, with its query.
    pub(super) fn here(&self) -> String {
        with_query(&self.path, &self.query)
    }

    /// Another address, with some of this one's query.
    pub(super) fn at(&self, path: &str, keys: &[&str]) -> String {
        let kept = self.query.iter().filter(|(key, value)| keys.contains(&key.as_str()) && !value.is_empty());
        with_query(path, &kept.cloned().collect::<Vec<_>>())
    }

    /// What the query says of a thing; nothing where it is empty.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All that the query says of a thing.
    pub(super) fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.trim())
    }

    /// Refuses a parameter that is not known: a program that has misspelt a filter must not get everything instead.
    pub(super) fn knows(&self, names: &[&str]) -> Result<(), Failure> {
        let known = |name: &str| name == "sprak" || names.contains(&name);
        let Some((unknown, _)) = self.query.iter().find(|(name, _)| !known(name)) else { return Ok(()) };
        let message = format!("there is no parameter '{unknown}'");
        let remedy = "see /api/v1/openapi.json for the parameters";
        Err(Failure::new(Code::InputValue, message, remedy).field(unknown.clone()))
    }

    pub(super) fn of(parts: &Parts) -> Self {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let query = query.map(|axum::extract::Query(pairs)| pairs).unwrap_or_default();
        let text = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(ToOwned::to_owned);
        let wanted = query.iter().find(|(key, _)| key == "sprak").map(|(_, value)| value.as_str());
        let lang = match wanted {
            Some("en") => Lang::En,
            Some(_) => Lang::Sv,
            None => preferred(&parts.headers),
        };
        Self { lang, path: parts.uri.path().to_owned(), query, if_none_match: text(header::IF_NONE_MATCH) }
    }
}

/// English for browsers that ask for it before Swedish, or for no Swedish at all.
fn preferred(headers: &HeaderMap) -> Lang {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut ranked: Vec<(f32, &str)> = accepted
        .split(',')
        .filter_map(|part| {
            let (tag, quality) = part.split_once(";q=").unwrap_or((part, "1"));
            let language = tag.trim().split('-').next()?;
            Some((quality.trim().parse::<f32>().ok()?, language))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let first = ranked.iter().find(|(quality, tag)| *quality > 0.0 && matches!(*tag, "sv" | "en"));
    if first.is_some_and(|(_, tag)| *tag == "en") { Lang::En } else { Lang::Sv }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
