//! The acts that have a form of their own: to vote, to write what the minutes count, to state what the own authority has
//! decided. All are kept in the own working copy; *Utkast* shows just what would leave, and shares it.

use super::shown_day;
use crate::{
    failure::Failure,
    release::desk::write::put,
    sign_in::Person,
    web::{
        Site,
        error::Problem,
        form::{self, Fields, field},
        page::{Asked, Page},
    },
    who::Who,
};
use axum::{
    Form,
    extract::{Path, rejection::FormRejection},
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use samsyn_client::{
    county::decision::{self, Decision, State},
    text::{Lang, Text},
    vocabulary::{FATE, Kind, PROCEDURE, RATIFICATION, VOTE},
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    governance,
    id::{self, DocumentId, Name},
    value::Value,
};

/// Bytes of a form here: a long amendment, and some lines.
pub(super) const FORM_MAX: usize = 256 * 1024;

/// What is to stand at a path, or to be taken away.
type Says = Vec<(id::Path, Option<Value>)>;

pub(super) async fn act(
    site: Site,
    Path(id): Path<String>,
    asked: Asked,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f: Failure| Problem::of_decision(f, lang);
    let form = form::fields(form);
    let page = Page::new(&site, asked, "/beslut", Text("Beslut", "Decision")).await?;
    let person = person(&site, lang)?;
    form::check_guard(&site, &form, lang)?;
    let record = site.view.record(&id, site.eyes, &site.moment).await.map_err(failed)?;
    let document: Option<DocumentId> =
        record.id.parse().ok().filter(|_| record.kind == DocumentKind::Decision && site.moment.ms().is_none());
    let document = document.ok_or_else(|| {
        failed(Failure::new(Code::InputNotFound, "this is no decision that can be written in", "open it again"))
    })?;
    let decision = decision::read(&record);
    let says = says(&form, &decision, &own_id(&page), shown_day(&site)).map_err(failed)?;
    let desk = site.desks.releases.clone();
    // What a board has decided is stated by those who write for it.
    let board = field(&form, "myndighet");
    let writes_for = desk.writes_for(Who::Person(&person)).await.map_err(failed)?;
    if !board.is_empty() && !writes_for.iter().any(|authority| authority.as_str() == board) {
        return Err(failed(Failure::new(Code::RoleForbidden, "another board's decision", "sign in as one of its own")));
    }
    // In a task of its own: a browser that goes away does not stop it half-way.
    let task = tokio::spawn(async move {
        let who = Who::Person(&person);
        let draft = desk.adopt_by(who, document).await?;
        let mark = desk.writing(who, draft).await?.mark;
        desk.write(who, draft, &mark, |draft| put(draft, says)).await.map(|_| draft)
    });
    let draft = task.await.map_err(|e| Problem::ours(&e.to_string(), lang))?.map_err(failed)?;
    Ok(Redirect::to(&page.link(&format!("/utkast/{draft}"))).into_response())
}

/// Who has signed in and writes for some authority.
pub(in super::super) fn person(site: &Site, lang: Lang) -> Result<Person, Problem> {
    let session = site.session.as_ref().map(|session| &session.person);
    let writes = session.filter(|person| Who::Person(person).sees_any_drafts());
    writes.cloned().ok_or_else(|| {
        Problem::of_draft(Failure::new(Code::RoleForbidden, "only coordinators write here", "sign in as one"), lang)
    })
}

pub(super) fn own_id(page: &Page) -> String {
    page.parties.own().map(|party| party.id.clone()).unwrap_or_default()
}

/// One more of what a draft is to say.
pub(super) fn say(says: &mut Vec<(id::Path, Value)>, path: &str, value: Value) -> Result<(), Failure> {
    says.push(checked(path, value)?);
    Ok(())
}

fn checked(path: &str, value: Value) -> Result<(id::Path, Value), Failure> {
    value.check().map_err(|code| {
        Failure::new(code, format!("the value at {path} is not allowed"), "correct it").field(path.to_owned())
    })?;
    Ok((id::Path::new(path)?, value))
}

fn says(form: &Fields, decision: &Decision, own: &str, today: Date) -> Result<Says, Failure> {
    match field(form, "akt") {
        "rosta" => vote(form, decision, own),
        "protokoll" => minutes(form, decision, today),
        "forankra" => ratify(form, decision, own, today),
        _ => Err(Failure::new(Code::InputEmpty, "no act is chosen", "choose one").field("beslut")),
    }
}

fn vote(form: &Fields, decision: &Decision, own: &str) -> Result<Says, Failure> {
    let (seat, answer) = (field(form, "plats"), field(form, "rost"));
    let takes_back = answer == "aterta";
    decision.may_vote(own, seat, takes_back).map_err(refused)?;
    let path = format!("/votes/{seat}");
    if takes_back {
        return Ok(vec![(id::Path::new(&path)?, None)]);
    }
    let mut says = vec![set(&path, word(VOTE, answer)?)?];
    let reservation = field(form, "reservation");
    if !reservation.is_empty() {
        says.push(set(&format!("/reservations/{seat}"), Value::Prose(reservation.to_owned()))?);
    }
    Ok(says)
}

fn minutes(form: &Fields, decision: &Decision, today: Date) -> Result<Says, Failure> {
    if decision.minutes.adjusted.is_some() {
        return Err(refused(Code::DecisionMinuted));
    }
    let mut says = Says::new();
    for (name, path) in [("dag", "date"), ("justerat", "adjusted")] {
        says.extend(date(form, name, &format!("/minutes/{path}"), Some(today))?);
    }
    for (name, path) in [("paragraf", "paragraph"), ("nummer", "number"), ("justerare", "adjusted-by")] {
        says.extend(line(form, name, &format!("/minutes/{path}"))?);
    }
    for (name, kind, path) in [("satt", PROCEDURE, "procedure"), ("ordforande", VOTE, "chair")] {
        if !field(form, name).is_empty() {
            says.push(set(&format!("/minutes/{path}"), word(kind, field(form, name))?)?);
        }
    }
    if !field(form, "beslutad").is_empty() {
        says.push(set("/minutes/text", Value::Reference(format!("text:{}", field(form, "beslutad"))))?);
    }
    let ticked = |name: &'static str| form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    for (name, path) in [("narvarande", "present"), ("javig", "recused"), ("reserverar", "reservations")] {
        let seats: Vec<&str> = ticked(name).collect();
        if let Some(stranger) = seats.iter().find(|seat| !decision.seats.iter().any(|known| known.id == **seat)) {
            let message = format!("'{stranger}' is no seat of the body");
            return Err(Failure::new(Code::DecisionNoSeat, message, "open the page again"));
        }
        if !seats.is_empty() {
            let set_of = Value::References(seats.into_iter().map(|seat| format!("seat:{seat}")).collect());
            says.push(set(&format!("/minutes/{path}"), set_of)?);
        }
    }
    for seat in ticked("raknas") {
        let known =
            decision.seats.iter().find(|known| known.id == seat).ok_or_else(|| refused(Code::DecisionNoSeat))?;
        // Of several votes at once nobody can say which one was meant.
        let only = known.votes.first().filter(|_| known.votes.len() == 1);
        let named = only.and_then(|vote| vote.fact.parse().ok()).ok_or_else(|| refused(Code::DecisionVoteUnknown))?;
        says.push(set(&format!("/minutes/votes/{seat}"), Value::Reference(governance::vote_reference(&named)))?);
    }
    for (key, fate) in form {
        let Some(motion) = key.strip_prefix("yrkande-").filter(|_| !fate.is_empty()) else { continue };
        if !decision.motions.iter().any(|moved| moved.id == motion) {
            return Err(Failure::new(Code::InputValue, "this is no motion about the proposal", "open the page again"));
        }
        says.push(set(&format!("/minutes/motions/{motion}"), word(FATE, fate)?)?);
    }
    if says.is_empty() {
        Err(Failure::new(Code::InputEmpty, "nothing is written", "fill it in").field("protokoll"))
    } else {
        Ok(says)
    }
}

fn ratify(form: &Fields, decision: &Decision, own: &str, today: Date) -> Result<Says, Failure> {
    let state = word(RATIFICATION, field(form, "lage"))?;
    let of = State::of_word(field(form, "lage"));
    let (authority, step) = (Name::new(field(form, "myndighet"))?, Name::new(field(form, "steg"))?);
    let at = |name: &str| format!("/ratifications/{own}/{authority}/{step}/{name}");
    let planned = matches!(of, Some(State::Scheduled | State::NotPrepared));
    let mut says = vec![set(&at("state"), state)?];
    says.extend(date(form, "dag", &at("date"), (!planned).then_some(today))?);
    says.extend(date(form, "anslaget", &at("posted"), Some(today))?);
    for (name, path) in [("instans", "instance"), ("paragraf", "paragraph"), ("nummer", "number")] {
        says.extend(line(form, name, &at(path))?);
    }
    if !field(form, "tillagg").is_empty() {
        says.push(set(&at("amendment"), Value::Prose(field(form, "tillagg").to_owned()))?);
    }
    if of.is_some_and(State::is_adopted) {
        let named = field(form, "text");
        if decision.decided_hash().is_some_and(|decided| decided != named) {
            return Err(refused(Code::DecisionText));
        }
        if !named.is_empty() {
            says.push(set(&at("text"), Value::Reference(named.to_owned()))?);
        }
    }
    Ok(says)
}

fn set(path: &str, value: Value) -> Result<(id::Path, Option<Value>), Failure> {
    checked(path, value).map(|(path, value)| (path, Some(value)))
}

fn line(form: &Fields, name: &str, path: &str) -> Result<Option<(id::Path, Option<Value>)>, Failure> {
    let text = field(form, name);
    if text.is_empty() { Ok(None) } else { set(path, Value::Text(text.to_owned())).map(Some) }
}

/// What has happened was not after a day.
fn date(
    form: &Fields,
    name: &str,
    path: &str,
    at_most: Option<Date>,
) -> Result<Option<(id::Path, Option<Value>)>, Failure> {
    let text = field(form, name);
    if text.is_empty() {
        return Ok(None);
    }
    if at_most.zip(text.parse::<Date>().ok()).is_some_and(|(today, day)| day > today) {
        return Err(refused(Code::DecisionFuture));
    }
    set(path, Value::Date(text.to_owned())).map(Some)
}

fn word(kind: Kind, id: &str) -> Result<Value, Failure> {
    let known = kind.words.iter().find(|word| word.id == id);
    let known =
        known.ok_or_else(|| Failure::new(Code::InputEmpty, format!("no {}", kind.id), "choose one").field(kind.id))?;
    Ok(Value::Reference(kind.reference(known)))
}

fn refused(code: Code) -> Failure {
    Failure::new(code, "this cannot be done with the decision as it stands", "open the decision's page again")
}
