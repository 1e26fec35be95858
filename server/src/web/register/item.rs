//! One item with all that was decided of it, and the correction of its words.

use super::{Registrar, counterpart, direction, state_word, what};
use crate::{
    failure::Failure,
    register::{State, Statement, subject_of},
    store::ItemRow,
    web::{
        Site,
        error::Problem,
        page::{Asked, Page, number},
    },
};
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::text::Text;
use samsyn_core::{
    code::Code,
    entry::{Audience, DocumentKind, Purpose},
};

#[derive(Template)]
#[template(path = "register_item.html")]
struct ItemPage {
    page: Page,
    authority: String,
    facts: Vec<(&'static str, String)>,
    work: Option<String>,
    decisions: Vec<Decided>,
    registered: bool,
    subject: String,
    protected_subject: String,
    class: String,
    counterpart_protected: bool,
    id: u64,
    authority_id: String,
    saved: bool,
    back: String,
    list: String,
}

struct Decided {
    when: String,
    state: String,
    number: String,
    subject: String,
    protected_subject: String,
    class: String,
    hidden: bool,
    reason: String,
}

pub(super) async fn page(
    site: Site,
    Path((authority, id)): Path<(String, u64)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/diarium", Text("Post i diariet", "Item in the register")).await?;
    let registrar = Registrar::of(&site, &page).await?;
    let found = registrar.authorities.iter().find(|(a, _)| a.as_str() == authority);
    let missing = || Problem::of(Failure::new(Code::InputNotFound, "no such item", "see the register"), lang);
    let (authority, name) = found.ok_or_else(missing)?;
    let (row, statements) =
        site.desks.register.item(registrar.who(), authority, id).await.map_err(|f| Problem::of(f, lang))?;
    let decided = |s: &Statement| Decided {
        when: page.reader().time(s.at_ms),
        // A second word about what has a number is a correction.
        state: if s.nr > 1 && s.state == State::Registered && !s.words.reason.is_empty() {
            page.t("Rättad", "Corrected").to_owned()
        } else {
            state_word(s.state, lang).to_owned()
        },
        class: s.words.class.clone(),
        hidden: s.words.counterpart_protected,
        number: s.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        subject: s.words.subject.clone(),
        protected_subject: s.words.protected_subject.clone(),
        reason: s.words.reason.clone(),
    };
    let words = row.statement.as_ref().map(|s| s.words.clone()).unwrap_or_default();
    let shown = ItemPage {
        authority: name.clone(),
        facts: facts(&row, &page),
        work: link(&row, &page),
        decisions: statements.iter().map(decided).collect(),
        registered: row.item.state == State::Registered,
        subject: if words.subject.is_empty() { subject_of(&row.item, "") } else { words.subject },
        protected_subject: words.protected_subject,
        class: words.class,
        counterpart_protected: words.counterpart_protected,
        id,
        authority_id: authority.to_string(),
        saved: page.asked.value("klart").is_some(),
        back: page.asked.at(&format!("/diarium/post/{authority}/{id}"), &["sprak"]),
        list: page.link_with("/diarium", "myndighet", authority.as_str()),
        page,
    };
    shown.page.answer(&shown)
}

/// Where it is shown what the item is about.
fn link(row: &ItemRow, page: &Page) -> Option<String> {
    let document = row.item.document;
    if row.item.purpose == Some(Purpose::ForComment) {
        return Some(page.link(&format!("/synpunkter/{document}")));
    }
    (row.item.kind == Some(DocumentKind::Work)).then(|| page.link(&format!("/arbete/{document}")))
}

fn facts(row: &ItemRow, page: &Page) -> Vec<(&'static str, String)> {
    let item = &row.item;
    let lang = page.asked.lang;
    let audience = match item.audience {
        Some(Audience::Public) => Text("Alla", "Everybody"),
        Some(Audience::Parties) => Text("Parterna", "The parties"),
        None => Text("Okänt", "Unknown"),
    };
    let words = row.statement.as_ref().map(|s| &s.words);
    let mut facts = vec![
        (Text("Läge", "State").of(lang), state_word(item.state, lang).to_owned()),
        (Text("Riktning", "Direction").of(lang), direction(item.direction, page).to_owned()),
        (Text("Motpart", "Counterpart").of(lang), counterpart(row, page)),
        (Text("Inkom eller upprättades här", "Received or drawn up here").of(lang), page.reader().time(item.at_ms)),
        (Text("Delades av avsändaren", "Released by the sender").of(lang), page.reader().time(item.released_ms)),
        (Text("Slag och syfte", "Kind and purpose").of(lang), what(item.kind, item.purpose, page)),
        (Text("Krets", "Audience").of(lang), audience.of(lang).to_owned()),
        (Text("Titel", "Title").of(lang), row.title.clone()),
        (Text("Antal uppgifter", "Statements").of(lang), number(item.facts)),
        (Text("Version", "Version").of(lang), item.tip.to_string()),
    ];
    if let Some(number) = row.statement.as_ref().and_then(|s| s.number.as_ref()) {
        facts.insert(1, (Text("Nummer", "Number").of(lang), number.to_string()));
    }
    if let Some(class) = words.map(|w| w.class.clone()).filter(|c| !c.is_empty()) {
        facts.push((Text("Klass", "Class").of(lang), class));
    }
    facts
}
