//! How fresh each party's part is: when it was last heard from, when it last stated something, and when it last said that
//! nothing has changed. Three clocks, since a silent node, an unchanged plan and a forgotten one are different things.

use crate::{record::Record, text::Text};

/// How often parties report where the programme says nothing: a quarter of a year.
pub const INTERVAL_DAYS: u64 = 92;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What a party has said until a moment, by its own clock; none: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks {
    /// When its node was last heard from; unknown of the past.
    pub contact_ms: Option<u64>,
    /// When it last stated anything but that nothing has changed.
    pub content_ms: Option<u64>,
    /// When it last said that nothing has changed.
    pub attested_ms: Option<u64>,
}

/// How old what a party says is, by how often it is to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Stated or confirmed within the interval.
    Current,
    /// Within twice the interval.
    Due,
    Late,
    /// The party has stated nothing.
    Unknown,
}

impl State {
    pub fn label(self) -> Text {
        match self {
            Self::Current => Text("aktuell", "current"),
            Self::Due => Text("dags att bekräfta", "due"),
            Self::Late => Text("försenad", "late"),
            Self::Unknown => Text("ingen uppgift", "no information"),
        }
    }

    /// Beside the label, never instead of it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Current => "●",
            Self::Due => "◐",
            Self::Late => "○",
            Self::Unknown => "–",
        }
    }
}

impl Clocks {
    /// When the party last stood for what it says.
    pub fn stood_for_ms(&self) -> Option<u64> {
        self.content_ms.max(self.attested_ms)
    }

    /// A clock that goes ahead makes nothing fresher than now.
    pub fn state(&self, at_ms: u64, interval_days: u64) -> State {
        let Some(last) = self.stood_for_ms() else { return State::Unknown };
        let days = at_ms.saturating_sub(last) / DAY_MS;
        if days <= interval_days {
            State::Current
        } else if days <= interval_days.saturating_mul(2) {
            State::Due
        } else {
            State::Late
        }
    }
}

/// How many of the parties have stated or confirmed something within the interval, for *N av 8*.
pub fn current<'a>(clocks: impl IntoIterator<Item = &'a Clocks>, at_ms: u64, interval_days: u64) -> usize {
    clocks.into_iter().filter(|clocks| clocks.state(at_ms, interval_days) == State::Current).count()
}

/// What a reader of a work would look for and not find, in plain words; what several have stated differently too.
pub fn gaps(work: &Record) -> Vec<Text> {
    const WANTED: &[(&str, Text)] = &[
        ("/facts/title", Text("titel", "title")),
        ("/facts/summary", Text("beskrivning", "description")),
        ("/facts/stage", Text("skede", "stage")),
        ("/facts/form", Text("form", "form")),
        ("/facts/partners", Text("parter", "parties")),
        ("/facts/start", Text("start", "start")),
        ("/facts/contact-unit", Text("kontakt", "contact")),
    ];
    let lacks = |path: &str| match work.value(path) {
        Some(value) => value.as_text().is_some_and(|text| text.trim().is_empty()),
        None => work.said(path).len() < 2,
    };
    let mut gaps: Vec<Text> = WANTED.iter().filter(|(path, _)| lacks(path)).map(|(_, name)| *name).collect();
    if work.contested().next().is_some() {
        gaps.push(Text("uppgifter som skiljer sig", "statements that differ"));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(content_days: Option<u64>, attested_days: Option<u64>) -> Clocks {
        let at = |days: Option<u64>| days.map(|days| days * DAY_MS);
        Clocks { contact_ms: None, content_ms: at(content_days), attested_ms: at(attested_days) }
    }

    #[test]
    fn what_was_confirmed_is_as_fresh_as_what_was_stated() {
        assert_eq!(clocks(Some(0), None).state(100 * DAY_MS, 92), State::Due);
        assert_eq!(clocks(Some(0), Some(90)).state(100 * DAY_MS, 92), State::Current);
        assert_eq!(clocks(Some(0), None).state(185 * DAY_MS, 92), State::Late);
        assert_eq!(clocks(None, None).state(1, 92), State::Unknown);
    }

    #[test]
    fn a_clock_that_goes_ahead_is_current_and_no_more() {
        assert_eq!(clocks(Some(500), None).state(100 * DAY_MS, 92), State::Current);
    }

    #[test]
    fn what_is_missing_is_named_and_what_differs_too() {
        use samsyn_core::{entry::DocumentKind, id::Path, value::Value};
        let path = |text: &str| Path::new(text).expect("a path");
        let title = (path("/facts/title"), Value::Text("Trygg hemgång".to_owned()));
        let empty = (path("/facts/summary"), Value::Prose(" ".to_owned()));
        let mut work = Record::of_values(DocumentKind::Work, "timra", [title, empty]);
        let names = |work: &Record| gaps(work).iter().map(|gap| gap.0).collect::<Vec<_>>();
        assert_eq!(names(&work), ["beskrivning", "skede", "form", "parter", "start", "kontakt"]);
        work.say(path("/facts/title"), crate::record::Said::by("rvn", Value::Text("Annat".to_owned())));
        assert!(names(&work).contains(&"uppgifter som skiljer sig") && !names(&work).contains(&"titel"));
    }

    #[test]
    fn who_has_said_nothing_counts_in_no_number() {
        let all = [clocks(Some(99), None), clocks(None, Some(95)), clocks(None, None), clocks(Some(1), None)];
        assert_eq!(current(&all, 100 * DAY_MS, 30), 2);
    }
}
