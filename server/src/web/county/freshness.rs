//! *Datafärskhet*: how fresh each party's part is by three clocks, what is missing in the own works, and one button that says
//! that nothing has changed.

use crate::{
    driver::now_ms,
    failure::Failure,
    projection::fold,
    view::Eyes,
    web::{
        Site,
        error::Problem,
        form::{self, Fields},
        page::{Asked, Page, number},
    },
    who::Who,
};
use askama::Template;
use axum::{
    Form,
    extract::rejection::FormRejection,
    response::{IntoResponse, Redirect, Response},
};
use samsyn_client::{
    county::freshness::{Clocks, INTERVAL_DAYS, current, gaps},
    record::Record,
    text::{Lang, Text},
};
use samsyn_core::{code::Code, entry::DocumentKind, id::DocumentId};
use std::sync::Arc;

/// Works with something missing that are listed.
const GAPS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "county_freshness.html")]
struct FreshnessPage {
    page: Page,
    fresh: usize,
    interval: u64,
    stated: bool,
    rows: Vec<Row>,
    gaps: Vec<Gap>,
    more: usize,
    /// How many works one press would confirm; none where nobody may.
    attests: Option<String>,
    done: Option<String>,
    action: String,
}

struct Row {
    party: String,
    own: bool,
    state: &'static str,
    sign: &'static str,
    contact: String,
    content: String,
    attested: String,
    works: String,
    conflicts: String,
}

struct Gap {
    title: String,
    link: String,
    missing: String,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let page = Page::new(&site, asked, "/farskhet", Text("Datafärskhet", "How fresh this is")).await?;
    let lang = page.asked.lang;
    let failed = |f: Failure| Problem::of(f, lang);
    let clocks = site.view.freshness(site.eyes, &site.moment).await.map_err(failed)?;
    let works = site.view.records(DocumentKind::Work, site.eyes, &site.moment).await.map_err(failed)?;
    let programme = site.view.records(DocumentKind::Programme, site.eyes, &site.moment).await.map_err(failed)?;
    let stated = programme.iter().find_map(|p| p.integer("/programme/reporting-interval-days"));
    let interval = stated.and_then(|days| u64::try_from(days).ok()).filter(|days| *days > 0);
    let days = interval.unwrap_or(INTERVAL_DAYS);
    let at_ms = site.moment.ms().unwrap_or_else(now_ms);
    let none = Clocks::default();
    let of = |party: &str| clocks.get(party).unwrap_or(&none);
    let own = page.parties.own().map_or("", |p| p.id.as_str()).to_owned();
    let mut own_gaps: Vec<(&Arc<Record>, Vec<Text>)> =
        works.iter().filter(|w| w.owner == own).map(|w| (w, gaps(w))).filter(|(_, gaps)| !gaps.is_empty()).collect();
    own_gaps.sort_by_cached_key(|(work, _)| fold(work.text("/facts/title").unwrap_or_default()));
    let shown = FreshnessPage {
        fresh: current(page.parties.0.iter().map(|p| of(&p.id)), at_ms, days),
        interval: days,
        stated: interval.is_some(),
        rows: page.parties.0.iter().map(|p| row(p, of(&p.id), (at_ms, days), &works, &page)).collect(),
        more: own_gaps.len().saturating_sub(GAPS_MAX),
        gaps: own_gaps.iter().take(GAPS_MAX).map(|(work, gaps)| gap(work, gaps, &page)).collect(),
        attests: attests(&site, &works, &own).map(|count| number(count as u64)),
        done: page.asked.value("klart").map(|word| done(word, lang)),
        action: page.link("/farskhet"),
        page,
    };
    shown.page.answer(&shown)
}

fn done(word: &str, lang: Lang) -> String {
    let number = word.split('-').filter_map(|n| n.parse::<u64>().ok()).collect::<Vec<_>>();
    match number[..] {
        [shared, waits, held] => Text(
            "Bekräftat för {} arbeten. {} väntar på att en frisläppare godkänner. {} kan inte delas: se Utkast.",
            "Confirmed for {} works. {} wait for a releaser's approval. {} cannot be shared: see Drafts.",
        )
        .say(lang, &[&shared.to_string(), &waits.to_string(), &held.to_string()]),
        _ => String::new(),
    }
}

fn row(
    party: &samsyn_wire::v1::Party,
    clocks: &Clocks,
    (at_ms, days): (u64, u64),
    works: &[Arc<Record>],
    page: &Page,
) -> Row {
    let state = clocks.state(at_ms, days);
    let time = |ms: Option<u64>| {
        ms.map_or_else(|| page.t("ingen uppgift", "no information").to_owned(), |ms| page.reader().time(ms))
    };
    let own = || works.iter().filter(|work| work.owner == party.id);
    Row {
        party: party.name.clone(),
        own: party.own,
        state: state.label().of(page.asked.lang),
        sign: state.sign(),
        contact: match (party.own, page.per.is_some()) {
            (_, true) => page.t("okänt för den dagen", "unknown of that day").to_owned(),
            (true, _) => page.t("här", "here").to_owned(),
            (false, false) if party.connected => page.t("ansluten nu", "connected now").to_owned(),
            (false, false) => time(clocks.contact_ms),
        },
        content: time(clocks.content_ms),
        attested: time(clocks.attested_ms),
        works: number(own().count() as u64),
        conflicts: number(own().map(|work| work.contested().count() as u64).sum()),
    }
}

fn gap(work: &Record, gaps: &[Text], page: &Page) -> Gap {
    let lang = page.asked.lang;
    let title = work.text("/facts/title").filter(|title| !title.trim().is_empty());
    let at = if page.sees_drafts() && page.per.is_none() { "skriv" } else { "arbete" };
    Gap {
        title: title.unwrap_or_else(|| page.t("(utan titel)", "(without a title)")).to_owned(),
        link: page.link(&format!("/{at}/{}", work.id)),
        missing: gaps.iter().map(|gap| gap.of(lang)).collect::<Vec<_>>().join(", "),
    }
}

/// The own works that somebody who has signed in writes for, and that go on.
fn mine<'a>(who: Who<'_>, works: &'a [Arc<Record>], own: &str) -> Vec<&'a Arc<Record>> {
    let ended = ["completed", "rolled-out", "discontinued", "not-included"];
    let goes_on = |work: &Record| work.word("/facts/stage").is_none_or(|stage| !ended.contains(&stage));
    let writes = |work: &Record| {
        samsyn_core::id::AuthorityId::new(&work.authority).is_ok_and(|authority| who.may_edit(&authority))
    };
    works.iter().filter(|work| work.owner == own && goes_on(work) && writes(work)).collect()
}

fn attests(site: &Site, works: &[Arc<Record>], own: &str) -> Option<usize> {
    let person = site.session.as_ref().map(|session| &session.person)?;
    let count = mine(Who::Person(person), works, own).len();
    (count > 0 && site.moment.ms().is_none() && site.eyes == Eyes::Released).then_some(count)
}

/// *Allt oförändrat*: says of each of her works that nothing has changed.
pub(super) async fn attest(
    site: Site,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let form = form::fields(form);
    let page = Page::new(&site, asked, "/farskhet", Text("Datafärskhet", "How fresh this is")).await?;
    let lang = page.asked.lang;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    form::check_guard(&site, &form, lang)?;
    let person = site.session.as_ref().map(|session| session.person.clone());
    let Some(person) = person else { return Err(failed(Failure::new(Code::RoleForbidden, "sign in", "sign in"))) };
    let works = site.view.records(DocumentKind::Work, Eyes::Released, &site.moment).await.map_err(failed)?;
    let own = page.parties.own().map_or("", |p| p.id.as_str());
    let mine = mine(Who::Person(&person), &works, own);
    if mine.is_empty() {
        let failure =
            Failure::new(Code::RoleForbidden, "there is no work of yours to confirm", "sign in as its coordinator");
        return Err(failed(failure));
    }
    let documents: Vec<DocumentId> = mine.iter().filter_map(|work| work.id.parse().ok()).collect();
    let desk = site.desks.releases.clone();
    // In a task of its own: a browser that goes away does not stop it half-way.
    let said = tokio::spawn(async move { desk.attest(Who::Person(&person), &documents).await });
    let [shared, waits, held] = said.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    Ok(Redirect::to(&page.link_with("/farskhet", "klart", &format!("{shared}-{waits}-{held}"))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_and_what_others_own_is_not_confirmed() {
        use samsyn_core::{id::Path, value::Value};
        let work = |owner: &str, stage: &str| {
            let stage = (Path::new("/facts/stage").expect("a path"), Value::Reference(format!("stage:{stage}")));
            let mut record = Record::of_values(DocumentKind::Work, owner, [stage]);
            record.authority = "ks".to_owned();
            Arc::new(record)
        };
        let works = [work("timra", "ongoing"), work("timra", "completed"), work("rvn", "ongoing")];
        let ks = samsyn_core::id::AuthorityId::new("ks").expect("an id");
        assert_eq!(mine(Who::FileDrop(&ks), &works, "timra").len(), 0, "only those who write confirm");
    }
}
