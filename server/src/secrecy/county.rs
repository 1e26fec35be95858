//! Rules across the fields of works and roadmaps. They hold a release back at its own gate and are no verdict: what another
//! party has stated all the same is shown as it stands.

use super::{Circumstances, HeldBack, Proposed, held};
use samsyn_client::{
    schema::{self, Input},
    vocabulary::Kind,
};
use samsyn_core::{
    code::Code,
    date::{self, Day, Span},
    entry::DocumentKind,
    id::{Name, Path},
    value::Value,
};
use std::collections::BTreeSet;

/// The days that a date may mean; none for an unknown one.
fn span(value: Option<&Value>) -> Option<(Day, Day)> {
    let Some(Value::Date(text)) = value else { return None };
    match date::parse(text) {
        Ok(Span::Days { first, last }) => Some((first, last)),
        _ => None,
    }
}

fn at<'a>(c: &'a Circumstances<'_>, path: &str) -> Option<&'a Value> {
    c.whole.get(&Path::new(path).ok()?)
}

/// What is said to have happened has happened: a day of adoption, approval, inclusion, a report or an assessment is not in
/// the future. An imprecise date may be, in part.
pub(super) fn has_been(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let happened = match (c.genesis.kind, p.path.segments().as_slice()) {
        (DocumentKind::Roadmap, ["activities", "versions", _, field]) => matches!(*field, "adopted" | "approved"),
        (
            DocumentKind::Work,
            ["facts", "included"]
            | ["facts", "application", "date"]
            | ["reports", _, "date"]
            | ["assessment", _, _, "date"],
        ) => true,
        _ => false,
    };
    let (first, _) = span(p.value.as_ref()).filter(|_| happened)?;
    (first > c.today).then(|| {
        let message = format!("{} is a day that has not been", written(first));
        held(&p.path, Code::InputFuture, message, "write the day when it has happened, or 'unknown'")
    })
}

fn written(day: Day) -> String {
    format!("{}-{:02}-{:02}", day.0, day.1, day.2)
}

/// Fields that begin and end something, side by side.
const PERIODS: &[(DocumentKind, &str, &str)] = &[
    (DocumentKind::Work, "/facts/start", "/facts/end"),
    (DocumentKind::Work, "/facts/roles/{id}/from", "/facts/roles/{id}/to"),
    (DocumentKind::Roadmap, "/activities/versions/{id}/valid-from", "/activities/versions/{id}/valid-to"),
];

/// Nothing ends before it begins.
pub(super) fn in_order(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    p.value.as_ref()?;
    let segments = p.path.segments();
    let fits = |pattern: &str| {
        let parts: Vec<&str> = pattern[1..].split('/').collect();
        parts.len() == segments.len() && parts.iter().zip(&segments).all(|(part, s)| *part == "{id}" || part == s)
    };
    let (_, from, to) = PERIODS.iter().find(|row| row.0 == c.genesis.kind && (fits(row.1) || fits(row.2)))?;
    let beside = |pattern: &str| {
        let parts = pattern[1..].split('/').zip(&segments);
        parts.fold(String::new(), |path, (part, s)| path + "/" + if part == "{id}" { *s } else { part })
    };
    let ((begins, _), (_, ends)) = (span(at(c, &beside(from)))?, span(at(c, &beside(to)))?);
    (ends < begins).then(|| {
        let message = format!("it ends {} and begins {}", written(ends), written(begins));
        held(&p.path, Code::InputOrder, message, "correct one of the two days")
    })
}

/// No two versions of a roadmap are valid on the same day. One that says neither from nor to is not judged.
pub(super) fn alone_in_its_time(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let ["activities", "versions", version, "valid-from" | "valid-to"] = p.path.segments()[..] else { return None };
    if c.genesis.kind != DocumentKind::Roadmap || p.value.is_none() {
        return None;
    }
    let validity = |id: &str| {
        let of = |field: &str| span(at(c, &format!("/activities/versions/{id}/{field}")));
        let (from, to) = (of("valid-from").map(|(first, _)| first), of("valid-to").map(|(_, last)| last));
        (from.is_some() || to.is_some()).then(|| (from.unwrap_or((0, 1, 1)), to.unwrap_or((u16::MAX, 12, 31))))
    };
    let (from, to) = validity(version)?;
    let others: BTreeSet<&str> = c.whole.keys().filter_map(version_of).filter(|id| *id != version).collect();
    let other = others.into_iter().find(|id| validity(id).is_some_and(|(f, t)| f <= to && from <= t))?;
    let message = format!("the versions '{version}' and '{other}' would be valid at the same time");
    Some(held(&p.path, Code::InputOverlap, message, "let one end on the day before the other begins"))
}

fn version_of(path: &Path) -> Option<&str> {
    path.as_str().strip_prefix("/activities/versions/")?.split_once('/').map(|(id, _)| id)
}

/// A state of a working method, and a party's part in an area, belong to a method or an area that the roadmap has.
pub(super) fn named_item(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    if c.genesis.kind != DocumentKind::Roadmap || p.value.is_none() {
        return None;
    }
    let (what, id, title) = match p.path.segments()[..] {
        ["rollout", method, _] => ("working method", method, format!("/activities/methods/{method}/title")),
        ["areas", area, "parties" | "goals" | "activities" | "dependencies", ..] => {
            ("area", area, format!("/areas/{area}/title"))
        }
        _ => return None,
    };
    let known = Path::new(&title).is_ok_and(|path| !c.whole.contains_key(&path) && c.defined.contains(&path));
    let named = known || at(c, &title).and_then(Value::as_text).is_some_and(|title| !title.trim().is_empty());
    (!named).then(|| {
        let message = format!("the roadmap names no {what} '{id}'");
        held(&p.path, Code::InputUnknownItem, message, format!("use one that it has, or name it first at {title}"))
    })
}

/// Kinds whose words are data: the programme states criteria and roles of its own.
const OPEN_KINDS: &[&str] = &["criterion", "role"];

/// Where people choose among words, one of them stands; a charter that lists the words of a kind itself is asked instead.
pub(super) fn word_of_its_kind(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    if !matches!(c.genesis.kind, DocumentKind::Work | DocumentKind::Roadmap) {
        return None;
    }
    let (_, field) = schema::find(c.genesis.kind, p.path.as_str())?;
    let (kind, said): (Kind, Vec<&str>) = match (field.input, p.value.as_ref()?) {
        (Input::Word(kind), Value::Reference(one)) => (kind, vec![one]),
        (Input::Words(kind), Value::References(several)) => (kind, several.iter().map(String::as_str).collect()),
        _ => return None,
    };
    if OPEN_KINDS.contains(&kind.id) || Name::new(kind.id).is_ok_and(|id| c.charter.vocabulary.contains_key(&id)) {
        return None; // `known_word` judges it
    }
    let known = |reference: &str| {
        reference.split_once(':').is_some_and(|(of, id)| of == kind.id && kind.words.iter().any(|word| word.id == id))
    };
    let wrong = said.into_iter().find(|reference| !known(reference))?;
    let words: Vec<&str> = kind.words.iter().map(|word| word.id).collect();
    let message = format!("'{wrong}' is no {} that is known here", kind.id);
    Some(held(&p.path, Code::InputValue, message, format!("use {}: and one of {}", kind.id, words.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrecy::{Overruled, assess, tests};
    use samsyn_client::mark::Marks;
    use samsyn_core::{entry::Genesis, id::OrgId};
    use std::collections::BTreeMap;

    fn codes(kind: DocumentKind, values: &[(&str, Value)]) -> Vec<(String, &'static str)> {
        let whole: BTreeMap<Path, Value> =
            values.iter().map(|(p, v)| (Path::new(p).expect("a path"), v.clone())).collect();
        let org = |id: &str| OrgId::new(id).expect("an id");
        let genesis =
            Genesis { kind, owner: org("timra"), authority: org("ks"), archive_owner: org("timra"), body: None };
        let proposed = whole
            .iter()
            .map(|(path, value)| Proposed { path: path.clone(), value: Some(value.clone()), replaces: Vec::new() })
            .collect();
        let circumstances = Circumstances {
            defined: &std::collections::BTreeSet::new(),
            charter: &tests::charter(),
            genesis: &genesis,
            author: &genesis.owner,
            whole: &whole,
            words: None,
            overruled: &Overruled::default(),
            marks: &Marks::new(),
            decision: None,
            today: tests::TODAY,
        };
        let held = assess(&circumstances, proposed).err().unwrap_or_default();
        held.into_iter().map(|h| (h.path.to_string(), h.code.as_str())).collect()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn day(text: &str) -> Value {
        Value::Date(text.to_owned())
    }

    fn word(text: &str) -> Value {
        Value::Reference(text.to_owned())
    }

    fn one(path: &str, code: &'static str) -> Vec<(String, &'static str)> {
        vec![(path.to_owned(), code)]
    }

    const ADOPTED: &str = "/activities/versions/v1/adopted";

    #[test]
    fn what_has_not_happened_is_not_said_to_have() {
        let adopted = |text: &str| codes(DocumentKind::Roadmap, &[(ADOPTED, day(text))]);
        assert_eq!(adopted("2026-11-24"), one(ADOPTED, "input.future"));
        for said in ["2026-11-23", "2025-01-24", "2026", "unknown"] {
            assert_eq!(adopted(said), Vec::new(), "{said}");
        }
        let title = ("/facts/title", text("Trygg hemgång"));
        for path in ["/facts/included", "/reports/r1/date", "/facts/application/date"] {
            assert_eq!(codes(DocumentKind::Work, &[title.clone(), (path, day("2027"))]), one(path, "input.future"));
        }
        let planned = [title, ("/facts/start", day("2027"))];
        assert_eq!(codes(DocumentKind::Work, &planned), Vec::new(), "a start may lie ahead");
    }

    #[test]
    fn nothing_ends_before_it_begins() {
        let work = |start: &str, end: &str| {
            codes(
                DocumentKind::Work,
                &[("/facts/title", text("T")), ("/facts/start", day(start)), ("/facts/end", day(end))],
            )
        };
        assert_eq!(
            work("2025-06", "2025-05").iter().map(|h| h.1).collect::<Vec<_>>(),
            ["input.ends_before_it_begins"; 2]
        );
        for (start, end) in [("2025", "2025"), ("HT 2025", "2025"), ("unknown", "2020"), ("2022", "2023-HT")] {
            assert_eq!(work(start, end), Vec::new(), "{start} {end}");
        }
    }

    #[test]
    fn two_versions_are_never_valid_on_one_day() {
        let versions = |from: &str, to: &str| {
            codes(
                DocumentKind::Roadmap,
                &[
                    ("/activities/versions/v1/valid-from", day("2025-01-24")),
                    ("/activities/versions/v1/valid-to", day("2027-12-31")),
                    ("/activities/versions/v2/valid-from", day(from)),
                    ("/activities/versions/v2/valid-to", day(to)),
                ],
            )
        };
        assert!(versions("2027", "2028").iter().all(|h| h.1 == "input.periods_overlap"));
        assert_eq!(versions("2027", "2028").len(), 4, "each of the days that make it so is named");
        assert_eq!(versions("2028", "2030"), Vec::new());
    }

    #[test]
    fn a_state_belongs_to_a_method_and_a_plan_to_an_area_that_the_roadmap_has() {
        let (cell, plan) = ("/rollout/sip/timra", "/areas/tsi/parties/timra/plan");
        let (pilot, adopted) = (word("rollout:pilot"), word("local-plan:adopted"));
        assert_eq!(codes(DocumentKind::Roadmap, &[(cell, pilot.clone())]), one(cell, "input.unknown_item"));
        assert_eq!(codes(DocumentKind::Roadmap, &[(plan, adopted.clone())]), one(plan, "input.unknown_item"));
        let named = [
            ("/activities/methods/sip/title", text("SIP på distans")),
            ("/areas/tsi/title", text("TSI")),
            (cell, pilot),
            (plan, adopted),
        ];
        assert_eq!(codes(DocumentKind::Roadmap, &named), Vec::new());
    }

    #[test]
    fn a_word_is_one_of_its_kind() {
        let method = ("/activities/methods/sip/title", text("SIP på distans"));
        let cell = "/rollout/sip/timra";
        for wrong in ["rollout:nearly", "stage:ongoing", "rollout"] {
            let held = codes(DocumentKind::Roadmap, &[method.clone(), (cell, word(wrong))]);
            assert_eq!(held, one(cell, "input.value"), "{wrong}");
        }
        let groups = Value::References(["target-group:older", "target-group:martians"].map(String::from).into());
        let held = codes(DocumentKind::Work, &[("/facts/title", text("T")), ("/facts/target-groups", groups)]);
        assert_eq!(held, one("/facts/target-groups", "input.value"));
        // What no table knows may be anything.
        let other = [("/facts/title", text("T")), ("/facts/our-own", word("colour:blue"))];
        assert_eq!(codes(DocumentKind::Work, &other), Vec::new());
    }
}
