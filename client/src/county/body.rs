//! A body of the county as the programme's documents describe it: what it is called, when it is valid, how it decides,
//! and what a decision copies of it when it is founded. Knows no files and no clock; what is not said stays unsaid.

use samsyn_core::{
    date::{self, Day, Span},
    entry::{Body, BodyRules, Majority, Quorum},
    id::{Name, OrgId, Path},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a body is in law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyKind {
    /// Of equals, without power over them: it takes positions.
    Cooperation,
    /// An authority of one party that decides for all its members (kommunallagen 9:19-35).
    JointBoard,
    /// Part of one authority, which has delegated to it.
    Committee,
}

impl BodyKind {
    pub const KIND: &'static str = "body-kind";

    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "cooperation" => Some(Self::Cooperation),
            "joint-board" => Some(Self::JointBoard),
            "committee" => Some(Self::Committee),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cooperation => "cooperation",
            Self::JointBoard => "joint-board",
            Self::Committee => "committee",
        }
    }
}

/// A body as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub id: Name,
    pub name: Option<String>,
    pub kind: Option<BodyKind>,
    /// As the source writes them.
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    /// The body that has taken over.
    pub successor: Option<String>,
    /// What a decision needs of it, or the field that is missing or cannot be read.
    pub body: Result<Body, Lacks>,
}

/// What keeps a body from founding decisions: the last part of a path below `/bodies/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is missing, or says what nobody can count with")]
pub struct Lacks(pub &'static str);

/// The body of an id, from what the programme's documents say; none where nothing names it.
pub fn read(values: &BTreeMap<Path, Value>, id: &Name) -> Option<Described> {
    let at = Fields { values, root: format!("/bodies/{id}") };
    let name = at.text("name");
    if name.is_none() && !at.any() {
        return None;
    }
    Some(Described {
        id: id.clone(),
        kind: at.word("kind").and_then(BodyKind::of_word),
        valid_from: at.text("valid-from"),
        valid_to: at.text("valid-to"),
        successor: at.word("replaced-by").map(ToOwned::to_owned),
        body: body(&at, id),
        name,
    })
}

impl Described {
    /// True if the body was valid on some of the days that a date may mean; unknown ends do not bind.
    pub fn valid_on(&self, date: &str) -> bool {
        let Ok(Span::Days { first, last }) = date::parse(date) else { return true };
        let bound = |text: &Option<String>| text.as_deref().map(date::parse);
        let begun = match bound(&self.valid_from) {
            Some(Ok(Span::Days { first, .. })) => first <= last,
            _ => true,
        };
        let ended: Option<Day> = match bound(&self.valid_to) {
            Some(Ok(Span::Days { last, .. })) => Some(last),
            _ => None,
        };
        begun && ended.is_none_or(|end| first <= end)
    }
}

fn body(at: &Fields<'_>, id: &Name) -> Result<Body, Lacks> {
    let secretary = at.word("secretary").and_then(|org| OrgId::new(org).ok()).ok_or(Lacks("secretary"))?;
    let seats = seats(at)?;
    Ok(Body { id: id.clone(), secretary, rules: rules(at, &seats)?, seats })
}

/// The seats that are listed; otherwise one for each member, named as the organisation is.
fn seats(at: &Fields<'_>) -> Result<BTreeMap<Name, OrgId>, Lacks> {
    let listed: BTreeMap<Name, OrgId> = at
        .below("seat")
        .map(|(seat, value)| Some((Name::new(seat).ok()?, org(value)?)))
        .collect::<Option<_>>()
        .ok_or(Lacks("seat"))?;
    if !listed.is_empty() {
        return Ok(listed);
    }
    let Some(Value::References(members)) = at.value("members") else { return Err(Lacks("members")) };
    let seats: BTreeMap<Name, OrgId> = members
        .iter()
        .map(|member| member.strip_prefix("org:").and_then(|org| OrgId::new(org).ok()).map(|org| (org.clone(), org)))
        .collect::<Option<_>>()
        .ok_or(Lacks("members"))?;
    if seats.is_empty() { Err(Lacks("members")) } else { Ok(seats) }
}

fn rules(at: &Fields<'_>, seats: &BTreeMap<Name, OrgId>) -> Result<BodyRules, Lacks> {
    let quorum = match at.word("rule/quorum") {
        Some("half") => Quorum::Half,
        Some("majority") => Quorum::Majority,
        _ => return Err(Lacks("rule/quorum")),
    };
    let majority = match at.word("rule/majority") {
        Some("simple") => Majority::Simple,
        Some("consensus") => Majority::Consensus,
        _ => return Err(Lacks("rule/majority")),
    };
    let casting_seat = match at.word("rule/tie") {
        None => None,
        Some("chair-casting-vote") => Some(chair_seat(at, seats)?),
        Some(_) => return Err(Lacks("rule/tie")),
    };
    let ways: BTreeSet<&str> = at.below("rule/on-disagreement").filter_map(|(_, value)| word(value)).collect();
    let escalates_to = at.word("escalates-to").and_then(|above| Name::new(above).ok());
    if ways.contains("escalate") && escalates_to.is_none() {
        return Err(Lacks("escalates-to"));
    }
    Ok(BodyRules { quorum, majority, casting_seat, chair_decides: ways.contains("chair-decides"), escalates_to })
}

/// The seat of the chair: said, or the only one of the organisation that chairs.
fn chair_seat(at: &Fields<'_>, seats: &BTreeMap<Name, OrgId>) -> Result<Name, Lacks> {
    if let Some(seat) = at.word("chair-seat").and_then(|seat| Name::new(seat).ok()) {
        return seats.contains_key(&seat).then_some(seat).ok_or(Lacks("chair-seat"));
    }
    let chair = at.word("chair").ok_or(Lacks("chair"))?;
    let mut held = seats.iter().filter(|(_, org)| org.as_str() == chair).map(|(seat, _)| seat);
    let only = held.next().filter(|_| held.next().is_none());
    only.cloned().ok_or(Lacks("chair-seat"))
}

fn word(value: &Value) -> Option<&str> {
    value.as_text()?.split_once(':').map(|(_, word)| word)
}

fn org(value: &Value) -> Option<OrgId> {
    OrgId::new(value.as_text()?.strip_prefix("org:")?).ok()
}

/// What stands below a body.
struct Fields<'a> {
    values: &'a BTreeMap<Path, Value>,
    root: String,
}

impl<'a> Fields<'a> {
    fn value(&self, tail: &str) -> Option<&'a Value> {
        self.values.get(&Path::new(&format!("{}/{tail}", self.root)).ok()?)
    }

    fn text(&self, tail: &str) -> Option<String> {
        self.value(tail)?.as_text().map(ToOwned::to_owned)
    }

    fn word(&self, tail: &str) -> Option<&'a str> {
        word(self.value(tail)?)
    }

    /// The next segment and the value of each path just below.
    fn below(&self, tail: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let prefix = format!("{}/{tail}/", self.root);
        self.values.iter().filter_map(move |(path, value)| {
            Some((path.as_str().strip_prefix(&prefix).filter(|rest| !rest.contains('/'))?, value))
        })
    }

    fn any(&self) -> bool {
        let prefix = format!("{}/", self.root);
        self.values.keys().any(|path| path.as_str().starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(rows: &[(&str, Value)]) -> BTreeMap<Path, Value> {
        rows.iter()
            .map(|(tail, value)| (Path::new(&format!("/bodies/grupp/{tail}")).expect("a path"), value.clone()))
            .collect()
    }

    fn reference(text: &str) -> Value {
        Value::Reference(text.to_owned())
    }

    fn whole() -> Vec<(&'static str, Value)> {
        vec![
            ("name", Value::Text("Programstyrgruppen".into())),
            ("secretary", reference("org:rvn")),
            ("members", Value::References(["org:rvn".to_owned(), "org:timra".to_owned()].into())),
            ("rule/quorum", reference("quorum:majority")),
            ("rule/majority", reference("majority:simple")),
            ("rule/on-disagreement/01", reference("way:chair-decides")),
            ("rule/on-disagreement/02", reference("way:escalate")),
            ("escalates-to", reference("body:htl")),
            ("valid-from", Value::Date("2021-07".into())),
            ("valid-to", Value::Date("2024".into())),
            ("replaced-by", reference("body:lansledning")),
        ]
    }

    fn group(rows: &[(&str, Value)]) -> Described {
        read(&values(rows), &Name::new("grupp").expect("a name")).expect("it is described")
    }

    #[test]
    fn a_body_is_read_with_a_seat_for_each_member() {
        let body = group(&whole()).body.expect("it is whole");
        assert_eq!(body.seats.keys().map(Name::as_str).collect::<Vec<_>>(), ["rvn", "timra"]);
        assert!(body.rules.chair_decides);
        assert_eq!(body.rules.escalates_to.as_ref().map(Name::as_str), Some("htl"));
        assert_eq!(body.rules.casting_seat, None);
    }

    #[test]
    fn a_body_is_valid_from_its_first_to_its_last_possible_day() {
        let group = group(&whole());
        for (date, valid) in [
            ("2021-06-30", false),
            ("2021-07-01", true),
            ("2021", true),
            ("2024-12-31", true),
            ("2025-01-01", false),
            ("unknown", true),
        ] {
            assert_eq!(group.valid_on(date), valid, "{date}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_is_guessed() {
        for missing in ["secretary", "members", "rule/quorum", "rule/majority"] {
            let rows: Vec<_> = whole().into_iter().filter(|(tail, _)| *tail != missing).collect();
            assert_eq!(group(&rows).body, Err(Lacks(missing)));
        }
        let mut rows = whole();
        rows.push(("rule/tie", reference("tie:chair-casting-vote")));
        assert_eq!(group(&rows).body, Err(Lacks("chair")));
        rows.push(("chair", reference("org:timra")));
        let casting = group(&rows).body.expect("it is whole").rules.casting_seat;
        assert_eq!(casting.as_ref().map(Name::as_str), Some("timra"));
    }

    #[test]
    fn seats_that_are_listed_go_before_members() {
        let mut rows = whole();
        rows.push(("seat/ordforande", reference("org:timra")));
        rows.push(("seat/ledamot-1", reference("org:timra")));
        let body = group(&rows).body.expect("it is whole");
        assert_eq!(body.seats.len(), 2);
    }

    #[test]
    fn a_body_that_nobody_describes_is_none() {
        assert_eq!(read(&values(&[]), &Name::new("grupp").expect("a name")), None);
    }
}
