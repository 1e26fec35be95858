//! What the programme and indicator sets must keep to before they leave: periods, scales, days and times. Rules across
//! fields, which bind here and are never a verdict (design, section 6): what another node let through is shown, and marked.

use super::{Circumstances, HeldBack, Proposed, held};
use samsyn_client::county::{
    indicators::{figure::Figure, period::Period},
    programme::{calendar, papers, risks::SCALE_MAX},
};
use samsyn_core::{
    code::Code,
    date::{self, Span},
    entry::DocumentKind,
    id::Path,
    value::Value,
};
use std::collections::BTreeSet;

/// Where the document says no other: from 1 to 5.
const SCALE: i64 = 5;

pub(super) const RULES: &[super::Rule] = &[period, value_of_known_measure, within_scale, time_of_day];

/// `/values/{org}/{measure}/{period}`: its parts, if it is a value that is stated.
fn indicator_value<'a>(c: &Circumstances<'_>, p: &'a Proposed) -> Option<(&'a str, &'a str, &'a str)> {
    p.value.as_ref()?;
    match p.path.segments()[..] {
        ["values", org, measure, period] if c.genesis.kind == DocumentKind::Indicators => Some((org, measure, period)),
        _ => None,
    }
}

/// A value is of a period that can be read, has begun, and overlaps no other of the same measure.
fn period(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (org, measure, segment) = indicator_value(c, p)?;
    let Some(period) = Period::parse(segment).filter(|period| period.segment() == segment) else {
        let message = format!("'{segment}' is no period");
        let remedy = "write it as 2025, 2025-vt, 2025-ht, 2025-q3 or 2025-10, for one sex with -women or -men after it";
        return Some(held(&p.path, Code::InputPeriod, message, remedy));
    };
    if period.begins_after(c.today) {
        let message = format!("{segment} has not begun");
        return Some(held(&p.path, Code::InputPeriodFuture, message, "state it once the period has begun"));
    }
    let prefix = format!("/values/{org}/{measure}");
    let other = below(c, &prefix).find_map(|path| {
        let other = Period::parse(path.segments().last()?)?;
        period.overlaps(&other).then_some(other)
    })?;
    let message = format!("{segment} overlaps {}, which has a value too", other.segment());
    let remedy = "keep the one or the other: a year and its parts would be counted twice";
    Some(held(&p.path, Code::InputOverlap, message, remedy))
}

fn value_of_known_measure(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let (_, measure, _) = indicator_value(c, p)?;
    let at = format!("/definitions/measures/{measure}");
    let others =
        || c.defined.iter().any(|path| path.as_str().strip_prefix(&at).is_some_and(|rest| rest.starts_with('/')));
    if below(c, &at).next().is_some() || others() {
        return None;
    }
    let message = format!("the set has no measure '{measure}'");
    Some(held(&p.path, Code::InputUnknownMeasure, message, "see the measures with: samsyn indicator list"))
}

/// Probability and consequence, means of evaluations, and shares keep to their scale.
fn within_scale(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    if c.genesis.kind != DocumentKind::Programme {
        return None;
    }
    let scale = |path: &str| integer(c, path).unwrap_or(SCALE).clamp(2, SCALE_MAX);
    let (lowest, highest) = match p.path.segments()[..] {
        ["risks", "list", _, "assessments", _, "probability" | "consequence"] => (1, scale("/risks/scale")),
        ["activities", _, "ratings", _] => (1, scale("/evaluation/scale")),
        ["risks" | "evaluation", "scale"] => (2, SCALE_MAX),
        ["budget", _, "financing-key", _] => (0, 100),
        _ => return None,
    };
    let figure = match p.value.as_ref()? {
        Value::Integer(number) => Some(Figure::whole(*number)),
        Value::Text(text) => Figure::parse(text),
        _ => None,
    };
    if figure.is_some_and(|figure| (Figure::whole(lowest)..=Figure::whole(highest)).contains(&figure)) {
        return None;
    }
    let message = format!("the scale goes from {lowest} to {highest}");
    Some(held(&p.path, Code::InputBeyondScale, message, "write a number of the scale"))
}

/// A time is written so that it can be reckoned with.
fn time_of_day(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    if c.genesis.kind != DocumentKind::Programme {
        return None;
    }
    let text = p.value.as_ref()?.as_text()?;
    let (fits, remedy) = match p.path.segments()[..] {
        ["contact", _, "received" | "answered"] => (papers::minutes(text).is_some(), "write it as 2026-11-23 14:05"),
        ["calendar" | "activities", _, "time"] => (calendar::clock(text).is_some(), "write it as 13:00 or 13:00-15:00"),
        _ => return None,
    };
    (!fits).then(|| held(&p.path, Code::InputTime, "this is no time", remedy))
}

/// What has a title or a judgement has a day: each item that a release touches is looked at once.
pub(super) fn undated(c: &Circumstances<'_>, proposed: &[Proposed]) -> Vec<HeldBack> {
    if c.genesis.kind != DocumentKind::Programme {
        return Vec::new();
    }
    let items: BTreeSet<String> = proposed.iter().filter_map(|p| dated_item(&p.path)).collect();
    items.iter().filter_map(|item| lacks_date(c, item)).collect()
}

/// The item that a path belongs to, if it is of those that have a day.
fn dated_item(path: &Path) -> Option<String> {
    match path.segments()[..] {
        [part @ ("calendar" | "activities" | "deviations"), id, ..] => Some(format!("/{part}/{id}")),
        ["risks", "list", risk, "assessments", id, ..] => Some(format!("/risks/list/{risk}/assessments/{id}")),
        _ => None,
    }
}

fn lacks_date(c: &Circumstances<'_>, item: &str) -> Option<HeldBack> {
    let said = |name: &str| c.whole.get(&Path::new(&format!("{item}/{name}")).ok()?);
    let names = ["title", "what", "probability", "consequence"];
    let stands = names.iter().any(|name| said(name).is_some());
    // What recurs has no day, and says how often instead.
    let dated =
        said("date").and_then(Value::as_text).is_some_and(|text| matches!(date::parse(text), Ok(Span::Days { .. })));
    let contested =
        || Path::new(&format!("{item}/date")).is_ok_and(|path| said("date").is_none() && c.defined.contains(&path));
    if !stands || dated || said("frequency").is_some() || contested() {
        return None;
    }
    let path = Path::new(&format!("{item}/date")).ok()?;
    let remedy = "give it a day, or as imprecise as it is known: 2026-12-04, 2026-12, HT 2026";
    Some(held(&path, Code::InputDateMissing, "this has no date", remedy))
}

/// Paths below another, of all that the document will say.
fn below<'a>(c: &'a Circumstances<'_>, prefix: &str) -> impl Iterator<Item = &'a Path> {
    let start = format!("{prefix}/");
    let from = Path::new(prefix).ok();
    let within = from.into_iter().flat_map(|from| c.whole.range(from..).map(|(path, _)| path));
    // What sorts between the path itself and what lies below it has a longer name.
    let (before, below) = (prefix.to_owned(), start);
    within
        .take_while(move |path| path.as_str().starts_with(&before))
        .filter(move |path| path.as_str().starts_with(&below))
}

fn integer(c: &Circumstances<'_>, path: &str) -> Option<i64> {
    match c.whole.get(&Path::new(path).ok()?)? {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{charter, of_kind};
    use super::*;
    use samsyn_client::mark::Marks;
    use std::collections::BTreeMap;

    fn codes(kind: DocumentKind, values: &[(&str, Value)]) -> Vec<(String, &'static str)> {
        let whole: BTreeMap<Path, Value> =
            values.iter().map(|(p, v)| (Path::new(p).expect("a path"), v.clone())).collect();
        let proposed = whole
            .iter()
            .map(|(p, v)| Proposed { path: p.clone(), value: Some(v.clone()), replaces: Vec::new() })
            .collect();
        let (charter, genesis) = (charter(), of_kind(kind));
        let circumstances = Circumstances {
            defined: &std::collections::BTreeSet::new(),
            charter: &charter,
            genesis: &genesis,
            author: &genesis.owner,
            whole: &whole,
            words: None,
            overruled: &super::super::Overruled::default(),
            marks: &Marks::new(),
            decision: None,
            today: (2026, 11, 23),
        };
        let held = super::super::assess(&circumstances, proposed).err().unwrap_or_default();
        held.iter().map(|h| (h.path.to_string(), h.code.as_str())).collect()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn value(path: &str) -> Vec<(String, &'static str)> {
        values(&[path])
    }

    fn values(paths: &[&str]) -> Vec<(String, &'static str)> {
        let mut all = vec![("/definitions/measures/sip/name", text("Antal SIP"))];
        all.extend(paths.iter().map(|path| (*path, Value::Integer(12))));
        codes(DocumentKind::Indicators, &all)
    }

    #[test]
    fn a_value_is_of_a_period_that_has_begun_and_of_a_measure_that_is_defined() {
        for fine in ["2025", "2026", "2026-q4", "2026-11", "2025-ht-women"] {
            assert_eq!(value(&format!("/values/timra/sip/{fine}")), [], "{fine}");
        }
        for (path, code) in [
            ("/values/timra/sip/2027", "input.period_future"),
            ("/values/timra/sip/2026-12", "input.period_future"),
            ("/values/timra/sip/i-fjol", "input.period"),
            ("/values/timra/sip/ht-2025", "input.period"),
            ("/values/timra/sip/2025-2027", "input.period"),
            ("/values/timra/si/2025", "input.unknown_measure"),
        ] {
            assert_eq!(value(path), [(path.to_owned(), code)]);
        }
    }

    #[test]
    fn periods_of_one_measure_do_not_overlap_and_those_of_two_may() {
        let twice = values(&["/values/timra/sip/2025", "/values/timra/sip/2025-q3"]);
        assert_eq!(twice.iter().map(|(_, code)| *code).collect::<Vec<_>>(), ["input.periods_overlap"; 2]);
        assert_eq!(values(&["/values/timra/sip/2025", "/values/timra/sip/2025-women", "/values/timra/sip/2024"]), []);
        let two = [
            ("/definitions/measures/sip/name", text("SIP")),
            ("/definitions/measures/sip-2/name", text("SIP på distans")),
            ("/values/timra/sip/2025", Value::Integer(9)),
            ("/values/timra/sip-2/2025-q3", Value::Integer(9)),
        ];
        assert_eq!(codes(DocumentKind::Indicators, &two), []);
    }

    fn programme(values: &[(&str, Value)]) -> Vec<(String, &'static str)> {
        codes(DocumentKind::Programme, values)
    }

    #[test]
    fn what_is_judged_keeps_to_its_scale() {
        let judged = |probability: i64| {
            programme(&[
                ("/risks/scale", Value::Integer(4)),
                ("/risks/list/01/assessments/a/date", Value::Date("2026-11-01".to_owned())),
                ("/risks/list/01/assessments/a/probability", Value::Integer(probability)),
            ])
        };
        let path = "/risks/list/01/assessments/a/probability".to_owned();
        assert_eq!(judged(4), []);
        assert_eq!(judged(5), [(path.clone(), "input.beyond_scale")]);
        assert_eq!(judged(0), [(path, "input.beyond_scale")]);
        assert_eq!(programme(&[("/risks/scale", Value::Integer(1_000_000))]).len(), 1);
        assert_eq!(programme(&[("/activities/a/ratings/1", text("3,8"))]), []);
        assert_eq!(programme(&[("/activities/a/ratings/1", text("bra"))]).len(), 1);
    }

    #[test]
    fn what_happens_has_a_day_and_each_that_lacks_one_is_named_once() {
        let title = ("/calendar/a/title", text("Länsledning"));
        let missing = [("/calendar/a/date".to_owned(), "input.date_missing")];
        assert_eq!(programme(&[title.clone(), ("/calendar/a/place", text("Sundsvall"))]), missing);
        assert_eq!(programme(&[title.clone(), ("/calendar/a/date", Value::Date("okänt".to_owned()))]), missing);
        assert_eq!(programme(&[title, ("/calendar/a/date", Value::Date("HT 2026".to_owned()))]), []);
        let recurring = [("/activities/a/title", text("Länsträff")), ("/activities/a/frequency", text("1/månad"))];
        assert_eq!(programme(&recurring), []);
        let judged = [("/risks/list/01/assessments/a/consequence", Value::Integer(3))];
        assert_eq!(programme(&judged), [("/risks/list/01/assessments/a/date".to_owned(), "input.date_missing")]);
    }

    #[test]
    fn money_below_nothing_and_times_that_are_none_stay() {
        let negative = programme(&[("/budget/2026/lines/a/budget", Value::Money(-1))]);
        assert_eq!(negative, [("/budget/2026/lines/a/budget".to_owned(), "input.number")]);
        assert_eq!(programme(&[("/contact/a/received", text("2026-11-23 14:05"))]), []);
        assert_eq!(programme(&[("/contact/a/received", text("i måndags"))]).len(), 1);
        let late = [
            ("/calendar/a/title", text("x")),
            ("/calendar/a/date", Value::Date("2026-12-04".to_owned())),
            ("/calendar/a/time", text("klockan ett")),
        ];
        assert_eq!(programme(&late), [("/calendar/a/time".to_owned(), "input.time")]);
    }
}
