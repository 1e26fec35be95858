//! One decision: what was proposed and moved, who voted what, what follows from it and why, and what each party has decided
//! of its own. Whoever writes for an authority finds the forms for the acts here; what they write is shared from *Utkast*.

use super::{body_name, days, form::own_id, next, orgs, outcome, shown_day, title};
use crate::{
    projection::fold,
    web::{
        Site,
        error::Problem,
        page::{Asked, Page},
    },
    who::Who,
};
use askama::Template;
use axum::{extract::Path, response::Response};
use jiff::civil::Date;
use samsyn_client::{
    county::decision::{self, Decision, Moved, Ratification, Seat, State, TextVersion, words},
    json::decision as ids,
    text::{Lang, Text},
    vocabulary::{FATE, Kind, MOTION, OUTCOME, PROCEDURE, RATIFICATION, VOTE},
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    governance::{Named, Reason},
    prose,
};

#[derive(Template)]
#[template(path = "county_decision.html")]
struct DecisionPage {
    page: Page,
    kind: &'static str,
    body: String,
    secretary: String,
    date: String,
    outcome: String,
    only_stated: bool,
    provisional: bool,
    reasons: Vec<String>,
    stated_beside: Option<String>,
    is_position: bool,
    position: &'static str,
    force: Option<String>,
    force_assumes: &'static str,
    minutes: Vec<(&'static str, String)>,
    postings: Vec<(String, String)>,
    texts: Vec<TextShown>,
    motions: Vec<MotionShown>,
    seats: Vec<SeatShown>,
    follows: Option<String>,
    parts: Vec<PartShown>,
    adopted: usize,
    concerned: usize,
    waiting: usize,
    days: String,
    next: String,
    contested: usize,
    facts: String,
    history: String,
    acts: Option<Acts>,
    action: String,
}

struct TextShown {
    label: String,
    seal: String,
    hash: String,
    put: bool,
    decided: bool,
    broken: bool,
    text: String,
    /// Against the version before it.
    changes: Vec<Piece>,
}

struct Piece {
    text: String,
    gone: bool,
    new: bool,
}

struct MotionShown {
    kind: String,
    by: String,
    supported_by: String,
    text: String,
    fate: String,
}

struct SeatShown {
    seat: String,
    party: String,
    vote: String,
    counts: String,
    remarks: Vec<String>,
}

/// A party with what each of its authorities has decided.
struct PartShown {
    id: String,
    party: String,
    letter: &'static str,
    word: &'static str,
    rows: Vec<RatificationShown>,
}

struct RatificationShown {
    step: String,
    instance: String,
    state: String,
    contested: bool,
    date: String,
    paragraph: String,
    number: String,
    text: String,
    other_text: bool,
    amendment: String,
    force: String,
}

/// What somebody can do here.
struct Acts {
    /// Seats that may vote now.
    seats: Vec<String>,
    /// Seats that may take their vote back.
    voted: Vec<String>,
    secretary: bool,
    seats_all: Vec<(String, String, bool)>,
    texts: Vec<(String, String)>,
    authorities: Vec<(String, String)>,
    steps: Vec<(String, String)>,
    states: Vec<(&'static str, &'static str)>,
    votes: Vec<(&'static str, &'static str)>,
    procedures: Vec<(&'static str, &'static str)>,
    motions: Vec<(String, String)>,
    fates: Vec<(&'static str, &'static str)>,
    hash: String,
    short: String,
}

pub(super) async fn page(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f| Problem::of(f, lang);
    let record = site.view.record(&id, site.eyes, &site.moment).await.map_err(failed)?;
    if record.kind != DocumentKind::Decision {
        let message = "this document is no decision";
        return Err(failed(crate::failure::Failure::new(Code::InputNotFound, message, "see the list of decisions")));
    }
    let decision = decision::read(&record);
    let mut page = Page::new(&site, asked, "/beslut", Text("Beslut", "Decision")).await?;
    page.title = title(&decision, &page);
    let acts = acts(&site, &decision, &page).await.map_err(failed)?;
    let (orgs, today) = (orgs(&page), shown_day(&site));
    let (outcome, only_stated) = outcome(&decision, &page);
    let progress = decision.progress(orgs.iter().map(String::as_str));
    let stated = decision.minutes.stated.as_deref().filter(|_| !only_stated);
    let answer = DecisionPage {
        kind: words::kind(decision.is_position()).of(lang),
        body: body_name(&decision),
        secretary: page.parties.name(&decision.owner).to_owned(),
        date: decision.date().map_or_else(|| page.t("okänd dag", "day unknown").to_owned(), ToOwned::to_owned),
        provisional: decision.is_minuted() && decision.minutes.adjusted.is_none(),
        reasons: reasons(&decision, lang),
        stated_beside: stated.map(|word| OUTCOME.show(word, lang).to_owned()),
        is_position: decision.is_position(),
        position: words::POSITION.of(lang),
        force: decision.force().map(|force| words::force(&force).of(lang).to_owned()),
        force_assumes: words::FORCE_ASSUMES.of(lang),
        minutes: minutes(&decision, &page),
        postings: postings(&decision, &page),
        texts: texts(&decision, &page),
        motions: decision.motions.iter().map(|moved| motion(moved, &page)).collect(),
        seats: seats(&decision, &page),
        follows: decision.follows.as_ref().map(|id| page.link(&format!("/beslut/{id}"))),
        parts: parts(&decision, &orgs, today, &page),
        adopted: progress.adopted,
        concerned: progress.parties,
        waiting: progress.waiting(),
        days: days(&decision, &orgs, today, &page),
        next: next(&decision, today, &page),
        contested: decision.contested,
        facts: page.link(&format!("/arbete/{}", decision.id)),
        history: page.link(&format!("/arbete/{}/historik", decision.id)),
        action: page.link(&format!("/beslut/{}", decision.id)),
        acts,
        outcome,
        only_stated,
        page,
    };
    answer.page.answer(&answer)
}

fn reasons(decision: &Decision, lang: Lang) -> Vec<String> {
    let said = |reason: &Reason| words::reason(reason).of(lang).to_owned();
    decision.outcome.iter().flat_map(|outcome| &outcome.reasons).map(said).collect()
}

fn minutes(decision: &Decision, page: &Page) -> Vec<(&'static str, String)> {
    let lang = page.asked.lang;
    let minutes = &decision.minutes;
    let rows = [
        (Text("Mötesdag", "Day of the meeting"), &minutes.date),
        (Text("Paragraf", "Paragraph"), &minutes.paragraph),
        (Text("Diarienummer", "Register number"), &minutes.number),
        (Text("Justerat", "Adjusted"), &minutes.adjusted),
        (Text("Justerat av", "Adjusted by"), &minutes.adjusted_by),
        (Text("Expedieras till", "Dispatched to"), &minutes.dispatched_to),
        (Text("Källa", "Source"), &decision.source),
    ];
    rows.into_iter().filter_map(|(label, value)| Some((label.of(lang), value.clone()?))).collect()
}

fn postings(decision: &Decision, page: &Page) -> Vec<(String, String)> {
    let named = decision.minutes.postings.iter().map(|(org, day)| (page.parties.name(org).to_owned(), day.clone()));
    let mut named: Vec<_> = named.collect();
    named.sort_by_cached_key(|(party, _)| fold(party));
    named
}

fn texts(decision: &Decision, page: &Page) -> Vec<TextShown> {
    let lang = page.asked.lang;
    let mut versions: Vec<&TextVersion> = decision.texts.iter().collect();
    versions.sort_by_key(|version| (version.at_ms, &version.id));
    let decided = decision.decided_text().map(|text| text.id.as_str());
    let minuted = decision.minutes.text.is_some();
    let mut before: Option<&str> = None;
    let mut shown = Vec::with_capacity(versions.len());
    for version in versions {
        let text = version.text.as_deref();
        shown.push(TextShown {
            label: version.label.clone().unwrap_or_else(|| version.id.clone()),
            seal: words::seal(&version.seal, lang),
            hash: version.seal.hash().unwrap_or_default().to_owned(),
            put: decision.put.as_ref() == Some(&version.id),
            decided: minuted && decided == Some(version.id.as_str()),
            broken: matches!(version.seal, decision::Seal::Broken(_)),
            text: text.unwrap_or(samsyn_client::text::VALUE_MISSING.of(lang)).to_owned(),
            changes: before.zip(text).map(|(old, new)| changes(old, new)).unwrap_or_default(),
        });
        before = text.or(before);
    }
    shown
}

/// One text in pieces that are the same as in another, gone, or new.
fn changes(old: &str, new: &str) -> Vec<Piece> {
    let mut splices = prose::differences(old, new).splices;
    splices.reverse();
    let mut letters = old.chars();
    let mut at = 0;
    let mut pieces = Vec::new();
    let mut piece = |text: String, gone: bool, new: bool| {
        if !text.is_empty() {
            pieces.push(Piece { text, gone, new });
        }
    };
    for splice in splices {
        piece(letters.by_ref().take(splice.at.saturating_sub(at)).collect(), false, false);
        piece(letters.by_ref().take(splice.delete).collect(), true, false);
        piece(splice.insert, false, true);
        at = splice.at + splice.delete;
    }
    piece(letters.collect(), false, false);
    pieces
}

fn motion(moved: &Moved, page: &Page) -> MotionShown {
    let lang = page.asked.lang;
    let unknown = || page.t("okänt", "unknown").to_owned();
    MotionShown {
        kind: moved.kind.map_or_else(unknown, |kind| MOTION.show(ids::motion(kind), lang).to_owned()),
        by: moved.by.clone().unwrap_or_else(unknown),
        supported_by: moved.supported_by.clone().unwrap_or_default(),
        text: moved.text.clone().unwrap_or_default(),
        fate: moved.fate.map_or_else(
            || page.t("inte angivet", "not stated").to_owned(),
            |fate| FATE.show(ids::fate(fate), lang).to_owned(),
        ),
    }
}

fn seats(decision: &Decision, page: &Page) -> Vec<SeatShown> {
    let mut shown: Vec<SeatShown> = decision.seats.iter().map(|seat| self::seat(seat, decision, page)).collect();
    shown.sort_by_cached_key(|seat| (fold(&seat.party), seat.seat.clone()));
    shown
}

fn seat(seat: &Seat, decision: &Decision, page: &Page) -> SeatShown {
    let lang = page.asked.lang;
    let vote = match (seat.vote(), seat.votes.len()) {
        (Some(vote), _) => VOTE.show(ids::ballot(vote), lang),
        (None, 0) => page.t("ingen", "none"),
        (None, _) => page.t("uppgifter skiljer sig", "statements differ"),
    };
    let counts = match seat.counted {
        Some(Named::Ballot(vote)) => VOTE.show(ids::ballot(vote), lang),
        Some(Named::Unreadable) => page.t("går inte att läsa här", "cannot be read here"),
        Some(Named::Void) => page.t("gäller inte", "void"),
        None => page.t("räknas inte", "does not count"),
    };
    let took_no_part =
        decision.outcome.as_ref().is_some_and(|o| o.tally.took_no_part.iter().any(|name| name.as_str() == seat.id));
    let mut remarks = Vec::new();
    for (holds, remark) in [
        (seat.recused, page.t("jävig, deltog inte", "stepped aside")),
        (took_no_part, page.t("närvarande, deltog inte", "present, took no part")),
        (
            seat.changed_since,
            page.t(
                "ändrad efter protokollet; det ändrar inte utfallet",
                "changed after the minutes, which does not change the outcome",
            ),
        ),
        (seat.reserved, page.t("reservation i protokollet", "reservation in the minutes")),
    ] {
        if holds {
            remarks.push(remark.to_owned());
        }
    }
    remarks.extend(seat.reservation.clone());
    SeatShown {
        seat: seat.id.clone(),
        party: page.parties.name(&seat.organisation).to_owned(),
        vote: vote.to_owned(),
        counts: counts.to_owned(),
        remarks,
    }
}

fn parts(decision: &Decision, orgs: &[String], today: Date, page: &Page) -> Vec<PartShown> {
    let part = |org: &String| {
        let cell = decision.cell(org);
        let (letter, word) = words::summary(cell.summary());
        PartShown {
            id: org.clone(),
            party: page.parties.name(org).to_owned(),
            letter,
            word: word.of(page.asked.lang),
            rows: cell.rows.iter().map(|row| ratification(row, decision, today, page)).collect(),
        }
    };
    orgs.iter().map(part).collect()
}

fn ratification(row: &Ratification, decision: &Decision, today: Date, page: &Page) -> RatificationShown {
    let lang = page.asked.lang;
    let step = decision.steps.iter().find(|step| step.id == row.step).and_then(|step| step.label.clone());
    let state = match row.state {
        Some(state) => words::label(state).of(lang),
        None => page.t("okänt", "unknown"),
    };
    let force = row.force().map(|force| {
        let said = words::force(&force).of(lang).to_owned();
        match force.reached(today) {
            Some(true) => format!("{said} ({})", page.t("dagen har passerat", "that day has passed")),
            _ => said,
        }
    });
    let authority = page.reader().authority(&row.party, &row.authority).to_owned();
    RatificationShown {
        step: step.unwrap_or_else(|| row.step.clone()),
        instance: row.instance.clone().unwrap_or(authority),
        state: state.to_owned(),
        contested: row.contested,
        date: row.date.clone().unwrap_or_default(),
        paragraph: row.paragraph.clone().unwrap_or_default(),
        number: row.number.clone().unwrap_or_default(),
        text: row.text.as_deref().map(words::short_hash).unwrap_or_default(),
        other_text: row.fits(decision.decided_hash()) == Some(false),
        amendment: row.amendment.clone().unwrap_or_default(),
        force: force.unwrap_or_default(),
    }
}

/// The forms of whoever writes for an authority; none of the past.
async fn acts(site: &Site, decision: &Decision, page: &Page) -> Result<Option<Acts>, crate::failure::Failure> {
    let Some(session) = site.session.as_ref().filter(|_| page.sees_drafts() && page.per.is_none()) else {
        return Ok(None);
    };
    let authorities = site.desks.releases.writes_for(Who::Person(&session.person)).await?;
    if authorities.is_empty() {
        return Ok(None);
    }
    let (own, lang) = (own_id(page), page.asked.lang);
    let seat_ids = |takes_back: bool| {
        let held = decision.seats_of(&own).filter(move |seat| seat.votes.is_empty() != takes_back);
        held.filter(move |seat| decision.may_vote(&own_id(page), &seat.id, takes_back).is_ok())
            .map(|seat| seat.id.clone())
            .collect::<Vec<_>>()
    };
    let choices = |kind: Kind| kind.words.iter().map(|word| (word.id, word.label.of(lang))).collect::<Vec<_>>();
    let named =
        |seat: &Seat| (seat.id.clone(), page.parties.name(&seat.organisation).to_owned(), seat.votes.len() == 1);
    let step = |step: &decision::Step| (step.id.clone(), step.label.clone().unwrap_or_else(|| step.id.clone()));
    let mut steps: Vec<(String, String)> = decision.steps.iter().map(step).collect();
    if steps.is_empty() {
        steps.push(("namnd".to_owned(), page.t("Nämnd eller styrelse", "Board").to_owned()));
    }
    let frozen = decision.texts.iter().filter(|text| matches!(text.seal, decision::Seal::Frozen(_)));
    let states = State::ALL.into_iter().map(|state| (state.as_str(), RATIFICATION.show(state.as_str(), lang)));
    let open = decision.minutes.adjusted.is_none();
    Ok(Some(Acts {
        seats: seat_ids(false),
        voted: seat_ids(true),
        secretary: open && decision.body.as_ref().is_some_and(|body| body.secretary.as_str() == own),
        seats_all: decision.seats.iter().map(named).collect(),
        texts: frozen.map(|text| (text.id.clone(), text.label.clone().unwrap_or_else(|| text.id.clone()))).collect(),
        authorities: authorities
            .iter()
            .map(|id| (id.to_string(), page.reader().authority(&own, id.as_str()).to_owned()))
            .collect(),
        steps,
        states: states.collect(),
        votes: choices(VOTE),
        procedures: choices(PROCEDURE),
        motions: decision
            .motions
            .iter()
            .map(|moved| (moved.id.clone(), moved.text.clone().unwrap_or_else(|| moved.id.clone())))
            .collect(),
        fates: choices(FATE),
        hash: decision.decided_hash().unwrap_or_default().to_owned(),
        short: decision.decided_hash().map(words::short_hash).unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn both_texts_can_be_read_from_their_changes() {
        for (old, new) in [
            ("Länet ställer om.", "Länet ställer om till nära vård."),
            ("Ett två tre", "Ett fyra tre"),
            ("", "Ny"),
            ("Gammal", ""),
            ("Åäö är kvar", "Åäö är kvar"),
        ] {
            let pieces = changes(old, new);
            let read = |wanted: fn(&super::Piece) -> bool| {
                pieces.iter().filter(|piece| wanted(piece)).map(|piece| piece.text.as_str()).collect::<String>()
            };
            assert_eq!(read(|piece| !piece.new), old);
            assert_eq!(read(|piece| !piece.gone), new);
        }
    }
}
