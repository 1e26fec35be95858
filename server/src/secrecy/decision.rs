//! What a decision asks for before anything of it leaves: a frozen text stays, the minutes name votes that there are, a
//! seat votes once, a ratification names the text that was decided, nothing has happened in the future. These bind whoever
//! releases; what another party has stated all the same is judged by the outcome, which reads the minutes alone.

use super::{Circumstances, HeldBack, Proposed, Rule, held};
use samsyn_core::{
    code::Code,
    date::{self, Day, Span},
    governance,
    id::{FactId, Name, OrgId, Path},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// What a decision says before the release, whoever has stated it.
#[derive(Debug, Clone, Default)]
pub struct Deliberation {
    /// What stands alone at each path.
    pub says: BTreeMap<Path, Value>,
    /// All votes that have been stated at each seat, also those that no longer stand.
    pub votes: BTreeMap<Name, BTreeSet<FactId>>,
    pub today: Day,
    /// Why it cannot be founded; none where it can, or has been.
    pub unfounded: Option<HeldBack>,
}

pub(super) const RULES: &[Rule] = &[
    frozen_text,
    true_hash,
    known_text,
    same_body,
    one_vote,
    before_the_minutes,
    named_vote,
    known_seats,
    adjusted_minutes,
    known_step,
    decided_text,
    has_happened,
];

/// What the minutes say of how it went: fixed once they are adjusted.
const OF_MINUTES: [&str; 11] = [
    "procedure",
    "present",
    "recused",
    "reservations",
    "votes",
    "motions",
    "chair",
    "text",
    "date",
    "paragraph",
    "stated",
];

impl Deliberation {
    fn stands(&self, path: &str) -> Option<&Value> {
        self.says.get(&Path::new(path).ok()?)
    }

    fn word(&self, path: &str) -> Option<&str> {
        self.stands(path)?.as_text()?.split_once(':').map(|(_, word)| word)
    }

    fn adjusted(&self) -> bool {
        self.stands("/minutes/adjusted").is_some()
    }

    /// True once the minutes name votes or are adjusted.
    fn minuted(&self) -> bool {
        self.adjusted() || self.says.keys().any(|path| path.as_str().starts_with("/minutes/votes/"))
    }

    /// The hash of the text that was decided; before that, of the one that is put.
    fn decided_text(&self) -> Option<&str> {
        let id = self.word("/minutes/text").or_else(|| self.word("/proposal/put"))?;
        self.stands(&format!("/proposal/texts/{id}/frozen"))?.as_text()
    }
}

/// The deliberation and the segments of a path, for decisions.
fn of<'a>(c: &'a Circumstances<'_>, p: &'a Proposed) -> Option<(&'a Deliberation, Vec<&'a str>)> {
    Some((c.decision?, p.path.segments()))
}

fn text(p: &Proposed) -> Option<&str> {
    p.value.as_ref()?.as_text()
}

/// What was frozen is what was put and voted on: neither the words nor the seal on them change.
fn frozen_text(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let ["proposal", "texts", id, "text" | "frozen"] = segments[..] else { return None };
    decision.stands(&format!("/proposal/texts/{id}/frozen"))?;
    Some(held(
        &p.path,
        Code::DecisionFrozen,
        "this text version is frozen",
        "write a new version beside it, and put that one",
    ))
}

fn true_hash(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (_, segments) = of(c, p)?;
    let ["proposal", "texts", id, "frozen"] = segments[..] else { return None };
    let stated = text(p)?;
    let words = c.whole.get(&Path::new(&format!("/proposal/texts/{id}/text")).ok()?).and_then(Value::as_text);
    if words.is_some_and(|words| governance::text_version(words) == stated) {
        return None;
    }
    Some(held(
        &p.path,
        Code::DecisionHash,
        "the hash is not that of the text, or there is no text",
        "freeze the text as it is ('samsyn decision text')",
    ))
}

/// Only a frozen text is put, or decided.
fn known_text(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let (["proposal", "put"] | ["minutes", "text"]) = segments[..] else { return None };
    let put = segments[0] == "proposal";
    // Votes are about the text that was put when they were given.
    let voted = || decision.says.keys().any(|path| path.as_str().starts_with("/votes/"));
    if put && decision.stands(p.path.as_str()).is_some_and(|stands| Some(stands) != p.value.as_ref()) && voted() {
        let message = "votes have been given about the text that is put";
        let remedy = "let them be taken back first, or found a new decision about the other text";
        return Some(held(&p.path, Code::DecisionFrozen, message, remedy));
    }
    let id = text(p)?.strip_prefix("text:").unwrap_or_default();
    if !put && differs_from_put(c, p) && !carried_change(c) {
        let message = "the text that was decided is another than the one that was put";
        let remedy =
            "state in the minutes the amendment or counter-proposal that was carried, or name the text that was put";
        return Some(held(&p.path, Code::DecisionText, message, remedy));
    }
    let frozen = Path::new(&format!("/proposal/texts/{id}/frozen")).ok();
    if frozen.is_some_and(|path| c.whole.contains_key(&path)) {
        return None;
    }
    Some(held(
        &p.path,
        Code::DecisionText,
        "this names no frozen text version of the proposal",
        "freeze a version first, and name it as text:ID",
    ))
}

/// True if the minutes would name another text than the one that is put.
fn differs_from_put(c: &Circumstances<'_>, p: &Proposed) -> bool {
    let put = Path::new("/proposal/put").ok().and_then(|path| c.whole.get(&path));
    put.is_some_and(|put| Some(put) != p.value.as_ref())
}

/// True if the minutes say that something was carried which changes the text.
fn carried_change(c: &Circumstances<'_>) -> bool {
    let carried = |path: &Path, value: &Value| match path.segments()[..] {
        ["minutes", "motions", id] if value.as_text() == Some("fate:carried") => {
            let kind = Path::new(&format!("/proposal/motions/{id}/kind")).ok().and_then(|path| c.whole.get(&path));
            matches!(kind.and_then(Value::as_text), Some("motion:amend" | "motion:counter"))
        }
        _ => false,
    };
    c.whole.iter().any(|(path, value)| carried(path, value))
}

/// A decision stays with the body that it was founded for, and with what that is in law.
fn same_body(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, _) = of(c, p)?;
    let body = c.genesis.body.as_ref()?;
    let stays = match p.path.as_str() {
        "/proposal/body" => text(p).is_some_and(|named| named.strip_prefix("body:") == Some(body.id.as_str())),
        "/proposal/body-kind" => decision.says.is_empty() || decision.stands(p.path.as_str()) == p.value.as_ref(),
        _ => true,
    };
    if stays {
        return None;
    }
    let message = format!("this decision was founded for the body '{}'", body.id);
    Some(held(&p.path, Code::DecisionBodyFixed, message, "found a new decision for the other body"))
}

/// A vote is yes, no or abstaining, to a text that is put, and given once. Who has erred takes it back first: both stand
/// in the history.
fn one_vote(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let ["votes", seat] = segments[..] else { return None };
    let vote = text(p)?;
    if !matches!(vote, "vote:yes" | "vote:no" | "vote:abstain") {
        let message = format!("'{vote}' is no vote");
        return Some(held(&p.path, Code::InputValue, message, "vote:yes, vote:no or vote:abstain"));
    }
    if decision.stands(p.path.as_str()).is_some() {
        let message = format!("the seat '{seat}' has voted already");
        let remedy = "to correct a mistake take the vote back first, share that, and vote again; both are kept";
        return Some(held(&p.path, Code::DecisionVoted, message, remedy));
    }
    if decision.stands("/proposal/put").is_none() {
        let message = "no text version has been put to the vote yet";
        return Some(held(&p.path, Code::DecisionText, message, "wait until the secretary has put one"));
    }
    None
}

/// Votes that come after the minutes would change nothing, and say that they did.
fn before_the_minutes(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let ["votes" | "reservations", _] = segments[..] else { return None };
    if !decision.minuted() {
        return None;
    }
    Some(held(
        &p.path,
        Code::DecisionMinuted,
        "the minutes name the votes already",
        "ask the secretary; what the minutes have counted stays counted",
    ))
}

/// The minutes name votes that have been stated, each at its own seat.
fn named_vote(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let ["minutes", "votes", seat] = segments[..] else { return None };
    let named = text(p)?;
    let vote = governance::named_vote(named);
    let stated = Name::new(seat).ok().and_then(|seat| decision.votes.get(&seat));
    if vote.is_some_and(|vote| stated.is_some_and(|stated| stated.contains(&vote))) {
        return None;
    }
    let message = format!("the minutes name a vote that the seat '{seat}' has not given");
    Some(held(&p.path, Code::DecisionVoteUnknown, message, "name the vote that stands ('samsyn decision show')"))
}

/// Whom the minutes name has a seat in the body.
fn known_seats(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (_, segments) = of(c, p)?;
    let body = c.genesis.body.as_ref()?;
    let has_seat = |seat: &str| Name::new(seat).is_ok_and(|seat| body.seats.contains_key(&seat));
    let unknown = match (&segments[..], p.value.as_ref()?) {
        (["minutes", "votes", seat] | ["votes" | "reservations", seat], _) => Some(*seat).filter(|s| !has_seat(s)),
        (["minutes", "present" | "recused" | "reservations"], Value::References(seats)) => {
            seats.iter().map(|s| s.strip_prefix("seat:").unwrap_or(s)).find(|seat| !has_seat(seat))
        }
        _ => None,
    }?;
    let seats: Vec<&str> = body.seats.keys().map(Name::as_str).collect();
    let message = format!("'{unknown}' is no seat of the body '{}'", body.id);
    Some(held(&p.path, Code::DecisionNoSeat, message, format!("its seats are {}", seats.join(", "))))
}

/// Minutes that are adjusted stay: who has found a fault takes the adjustment back first, for all to see.
fn adjusted_minutes(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let fixed = match segments[..] {
        ["minutes", "adjusted"] => p.value.is_some(),
        ["minutes", field, ..] => OF_MINUTES.contains(&field),
        ["proposal", "put"] | ["proposal", "motions", ..] => true,
        _ => false,
    };
    // Named once more is the same.
    let same = decision.stands(p.path.as_str()) == p.value.as_ref();
    if !fixed || !decision.adjusted() || same {
        return None;
    }
    let remedy = "take '/minutes/adjusted' back and share that, correct, and adjust again; all of it is kept";
    Some(held(&p.path, Code::DecisionMinuted, "the minutes are adjusted", remedy))
}

/// Ratifications are stated for an authority of the organisation, and a step that the decision has, if it lists any.
fn known_step(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let ["ratifications", org, authority, step, "state"] = segments[..] else { return None };
    p.value.as_ref()?;
    let party = OrgId::new(org).ok().and_then(|org| c.charter.party(&org));
    let authorities: Vec<&str> = party.iter().flat_map(|p| &p.authorities).map(|a| a.id.as_str()).collect();
    if !authorities.is_empty() && !authorities.contains(&authority) {
        let message = format!("'{authority}' is none of this organisation's authorities");
        return Some(held(&p.path, Code::InputValue, message, format!("use one of {}", authorities.join(", "))));
    }
    let listed = |path: &Path| match path.segments()[..] {
        ["proposal", "steps", id, ..] => Some(id.to_owned()),
        _ => None,
    };
    let steps: BTreeSet<String> = decision.says.keys().filter_map(listed).collect();
    if steps.is_empty() || steps.contains(step) {
        return None;
    }
    let steps: Vec<String> = steps.into_iter().collect();
    let message = format!("the decision has no step '{step}'");
    Some(held(&p.path, Code::InputValue, message, format!("use one of {}", steps.join(", "))))
}

/// Who adopts says which text, and it is the one that was decided.
fn decided_text(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let ["ratifications", org, authority, step, field @ ("state" | "text")] = segments[..] else { return None };
    p.value.as_ref()?;
    let decided = decision.decided_text()?;
    let at = |field: &str| {
        let path = Path::new(&format!("/ratifications/{org}/{authority}/{step}/{field}")).ok()?;
        c.whole.get(&path).and_then(Value::as_text)
    };
    let adopts = matches!(at("state"), Some("ratification:adopted" | "ratification:adopted-with-amendment"));
    let (named, short) = (at("text"), decided.chars().take(15).collect::<String>());
    let remedy = "name the hash of the text that was decided; a new version is decided by the body first";
    let message = match (field, named) {
        ("state", None) if adopts => format!("it is not said which text was adopted; {short}… was decided"),
        ("text", Some(named)) if named != decided => format!("another text than the one that was decided ({short}…)"),
        _ => return None,
    };
    Some(held(&p.path, Code::DecisionText, message, remedy))
}

/// What has been done was done today at the latest. What is planned is said as planned.
fn has_happened(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (decision, segments) = of(c, p)?;
    let done = match segments[..] {
        ["minutes", "date" | "adjusted"] | ["minutes", "postings", _] | ["ratifications", _, _, _, "posted"] => true,
        ["ratifications", org, authority, step, "date" | "state"] => {
            let path = Path::new(&format!("/ratifications/{org}/{authority}/{step}/state")).ok()?;
            let state = c.whole.get(&path).and_then(Value::as_text);
            !matches!(state, None | Some("ratification:scheduled" | "ratification:not-prepared"))
        }
        _ => false,
    };
    // Where the state is new, the day that is said beside it: a planned day does not become that of a decision by itself.
    let day = match segments[..] {
        ["ratifications", org, authority, step, "state"] => {
            let path = Path::new(&format!("/ratifications/{org}/{authority}/{step}/date")).ok()?;
            let stays = c.whole.get(&path).filter(|day| decision.says.get(&path) == Some(*day));
            stays.and_then(Value::as_text)
        }
        _ => text(p),
    };
    let Ok(Span::Days { first, .. }) = date::parse(day.filter(|_| done)?) else { return None };
    if first <= decision.today {
        return None;
    }
    Some(held(
        &p.path,
        Code::DecisionFuture,
        "this day has not come yet",
        "state it once it has happened; a planned day is stated with the state 'scheduled'",
    ))
}
