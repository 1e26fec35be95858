//! What the gate must know of a decision besides the draft: what everybody has stated in it, and, before it is founded,
//! the body that it is for, as the programme's documents describe that.

use super::seen::Seen;
use crate::{
    driver::{Handle, now_ms},
    failure::Failure,
    projection,
    register::calendar,
    secrecy::{Deliberation, HeldBack},
    store::Store,
};
use samsyn_client::{
    county::body::{self, Described, Lacks},
    model::Draft,
};
use samsyn_core::{
    code::Code,
    date::Day,
    document::Fact,
    entry::{Body, DocumentKind},
    id::{FactId, Name, OrgId, Path},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where a draft says which body it is for.
const BODY: &str = "/proposal/body";

/// What stands alone at the paths of some documents, taken out of the driver.
pub(super) type Settled = BTreeMap<Path, (FactId, Fact)>;

pub(super) fn today() -> Day {
    let day = calendar::day(now_ms());
    let part = |n: i8| u8::try_from(n).unwrap_or(1);
    (u16::try_from(day.year()).unwrap_or(u16::MAX), part(day.month()), part(day.day()))
}

/// What a founded decision says.
pub(super) async fn of_founded(seen: &Seen, store: &Store) -> Result<Deliberation, Failure> {
    let says = values(&seen.settled, store).await?;
    Ok(Deliberation { says, votes: seen.votes.clone(), today: today(), unfounded: None })
}

/// The body that a draft is for, or why it cannot be founded.
pub(super) async fn of_draft(
    draft: &Draft,
    own: &OrgId,
    driver: &Handle,
    store: &Store,
) -> Result<(Option<Body>, Deliberation), Failure> {
    let path = Path::new(BODY)?;
    let named =
        draft.fields.get(&path).and_then(|v| v.as_text()?.strip_prefix("body:").and_then(|b| Name::new(b).ok()));
    let found = match named {
        None => Err(held(
            Code::DecisionBodyUnknown,
            "it is not said which body the decision is for".to_owned(),
            "state the body, as body:ID; the programme's documents list the bodies",
        )),
        Some(id) => founding(&id, draft, own, driver, store).await?,
    };
    let (body, unfounded) = match found {
        Ok(body) => (Some(body), None),
        Err(held) => (None, Some(held)),
    };
    Ok((body, Deliberation { today: today(), unfounded, ..Deliberation::default() }))
}

async fn founding(
    id: &Name,
    draft: &Draft,
    own: &OrgId,
    driver: &Handle,
    store: &Store,
) -> Result<Result<Body, HeldBack>, Failure> {
    let (settled, contested) = described(id, driver).await?;
    if let Some(path) = contested.first() {
        let message = format!("the programme's documents say several things at {path}");
        let remedy = "ask the programme office to settle it; then publish again";
        return Ok(Err(held(Code::DecisionBodyIncomplete, message, remedy)));
    }
    let values = values(&settled, store).await?;
    // What is not here, or is erased, is not the same as not said: the body would have fewer seats, or other rules.
    if let Some(path) = settled.iter().find(|(path, (_, fact))| fact.value.is_some() && !values.contains_key(*path)) {
        let message = format!("what the programme's documents say at {} is not here", path.0);
        let remedy = "wait until it has come, or ask the programme office to state it anew";
        return Ok(Err(held(Code::DecisionBodyIncomplete, message, remedy)));
    }
    let Some(described) = body::read(&values, id) else {
        let message = format!("no document of the programme knows a body '{id}'");
        let remedy = "check the spelling, or ask the programme office to describe the body";
        return Ok(Err(held(Code::DecisionBodyUnknown, message, remedy)));
    };
    Ok(judge(described, draft, own))
}

/// - it has a title;
/// - the body is described with all that a decision needs;
/// - it was valid on the day of the meeting, or is today;
/// - the draft calls it what they call it;
/// - this organisation is its secretary.
fn judge(described: Described, draft: &Draft, own: &OrgId) -> Result<Body, HeldBack> {
    let at = |path: &str| draft.fields.get(&Path::new(path).ok()?).and_then(Value::as_text);
    let (year, month, day) = today();
    if at("/proposal/title").is_none_or(|title| title.trim().is_empty()) {
        return Err(HeldBack {
            path: Path::new(samsyn_client::schema::title_path(DocumentKind::Decision))
                .unwrap_or_else(|_| unreachable!("it is a path")),
            ..held(Code::InputEmpty, "a decision needs a title".to_owned(), "give it a title")
        });
    }
    let date = at("/minutes/date").or_else(|| at("/proposal/meeting"));
    let date = date.map_or_else(|| format!("{year:04}-{month:02}-{day:02}"), ToOwned::to_owned);
    if !described.valid_on(&date) {
        let span = |text: &Option<String>| text.clone().unwrap_or_default();
        let message = format!(
            "the body '{}' was not valid on {date} (it is from {} to {})",
            described.id,
            span(&described.valid_from),
            span(&described.valid_to)
        );
        let remedy = match &described.successor {
            Some(successor) => format!("'{successor}' has taken over: found the decision for that body"),
            None => "name a body that was valid that day, or correct the date of the meeting".to_owned(),
        };
        return Err(held(Code::DecisionBodyNotValid, message, remedy));
    }
    let body = described.body.map_err(|Lacks(field)| {
        let message = format!("the programme's description of '{}' lacks '{field}'", described.id);
        held(Code::DecisionBodyIncomplete, message, "ask the programme office to complete the description of the body")
    })?;
    // What a body is in law is not for its secretary to say.
    let stated = at("/proposal/body-kind").and_then(|kind| kind.split_once(':')).map(|(_, word)| word);
    if stated.is_some_and(|stated| described.kind.is_none_or(|kind| kind.as_str() != stated)) {
        let message = format!("the programme's documents do not call '{}' that kind of body", described.id);
        return Err(held(Code::DecisionBodyIncomplete, message, "state the kind that they state, or leave it out"));
    }
    if body.secretary != *own {
        let message = format!("'{}' is the secretary of '{}'", body.secretary, body.id);
        let remedy = "ask them to found the decision; drafts can be sent to them for comment";
        return Err(held(Code::DecisionNotSecretary, message, remedy));
    }
    Ok(body)
}

fn held(code: Code, message: String, remedy: impl Into<String>) -> HeldBack {
    let path = Path::new(BODY).unwrap_or_else(|_| unreachable!("it is a path"));
    HeldBack { path, code, message, remedy: remedy.into(), at: None }
}

/// What the programme's documents say alone of a body, and where several of their facts stand. Two documents that both
/// describe it differ in all of it.
async fn described(id: &Name, driver: &Handle) -> Result<(Settled, Vec<Path>), Failure> {
    let prefix = format!("/bodies/{id}/");
    driver
        .query(move |machine, _| {
            let ledger = machine.ledger();
            let county = ledger.county();
            let of_programme = ledger
                .documents()
                .filter(|(_, founded)| founded.genesis.kind == DocumentKind::Programme && founded.space == county);
            let (mut settled, mut contested) = (Settled::new(), BTreeSet::new());
            for (_, founded) in of_programme {
                for (path, at) in founded.document.paths().filter(|(path, _)| path.as_str().starts_with(&prefix)) {
                    for (id, fact) in at.standing() {
                        if settled.insert(path.clone(), (*id, fact.clone())).is_some() {
                            contested.insert(path.clone());
                        }
                    }
                }
            }
            (settled, contested.into_iter().collect())
        })
        .await
}

/// The values of facts, where they are here.
async fn values(settled: &Settled, store: &Store) -> Result<BTreeMap<Path, Value>, Failure> {
    let mut headers: Vec<_> = settled.values().map(|(id, _)| id.header).collect();
    headers.sort_unstable();
    headers.dedup();
    let stored: projection::Values = store.values_of(&headers).await?;
    let value = |(id, fact): &(FactId, Fact)| stored.get(&id.header)?.get(&id.index)?.open(fact.value.as_ref()?).ok();
    Ok(settled.iter().filter_map(|(path, fact)| Some((path.clone(), value(fact)?))).collect())
}
