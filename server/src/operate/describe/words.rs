//! Swedish words for what the rules say, and for which purposes and audiences something holds.

use crate::register::pattern::Pattern;
use samsyn_client::{
    text::Lang,
    vocabulary::{AUDIENCE, PURPOSE},
};
use samsyn_core::entry::{Audience, DocumentKind, Purpose};

pub(super) const KINDS: [DocumentKind; 5] = [
    DocumentKind::Work,
    DocumentKind::Roadmap,
    DocumentKind::Decision,
    DocumentKind::Indicators,
    DocumentKind::Programme,
];

/// As what something can be shared in this version: drafts for comment cannot.
const PURPOSES: [Purpose; 3] = [Purpose::ForInformation, Purpose::ForDecision, Purpose::JointlyMaintained];
const AUDIENCES: [Audience; 2] = [Audience::Parties, Audience::Public];

/// The program and its version.
pub(super) fn version() -> String {
    format!("samsynd {}", env!("CARGO_PKG_VERSION"))
}

pub(super) fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Work => "Utvecklingsarbeten",
        DocumentKind::Roadmap => "Färdplaner",
        DocumentKind::Decision => "Beslut",
        DocumentKind::Indicators => "Indikatorer",
        DocumentKind::Programme => "Programmet",
    }
}

/// What documents of a kind hold, by the rule set of the parties.
pub(super) fn content(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Work => {
            "projekt, piloter, förstudier och liknande: titel, beskrivning, form, skede, tid, parter, målgrupper, \
             kontaktenhet, lägesrapporter, lärdomar, anmärkningar och en gemensam anteckning"
        }
        DocumentKind::Roadmap => "områden, aktiviteter och läget hos varje part, och gemensamma texter",
        DocumentKind::Decision => "förslag, röster, reservationer, protokoll och parternas egna beslut",
        DocumentKind::Indicators => "definitioner och värden för varje part, som antal och belopp",
        DocumentKind::Programme => "det som samverkans programkontor skriver om programmet",
    }
}

fn purpose(purpose: Purpose) -> &'static str {
    let id = match purpose {
        Purpose::ForInformation => "for-information",
        Purpose::ForDecision => "for-decision",
        Purpose::JointlyMaintained => "jointly-maintained",
        Purpose::ForComment => "for-comment",
    };
    PURPOSE.show(id, Lang::Sv)
}

fn audience(audience: Audience) -> &'static str {
    let id = match audience {
        Audience::Parties => "parties",
        Audience::Public => "public",
    };
    AUDIENCE.show(id, Lang::Sv)
}

/// As what something is shared where nobody chooses.
pub(super) fn preselected(chosen: (Purpose, Audience)) -> String {
    format!("{}, till {}", purpose(chosen.0), audience(chosen.1))
}

/// How numbers are written, for those who know no patterns: `KS åååå/löpnummer`.
pub(super) fn pattern(pattern: &Pattern) -> String {
    let written = pattern.to_string();
    let (before, after) = written.split_once("{n").unwrap_or((&written, "}"));
    let after = after.split_once('}').map_or("", |(_, after)| after);
    let places = [("{series}", pattern.series()), ("{yyyy}", "åååå"), ("{yy}", "åå")];
    places.into_iter().fold(format!("{before}löpnummer{after}"), |text, (place, word)| text.replace(place, word))
}

/// For which purposes and audiences something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    Never,
    Always,
    Sometimes(String),
}

pub(super) fn when(holds: impl Fn(Purpose, Audience) -> bool) -> When {
    let all = |p: Purpose| AUDIENCES.into_iter().all(|a| holds(p, a));
    let any = |p: Purpose| AUDIENCES.into_iter().any(|a| holds(p, a));
    if PURPOSES.into_iter().all(all) {
        return When::Always;
    }
    if !PURPOSES.into_iter().any(any) {
        return When::Never;
    }
    let one_audience = AUDIENCES.into_iter().find(|a| {
        let only = |p: Purpose| AUDIENCES.into_iter().all(|other| holds(p, other) == (other == *a));
        PURPOSES.into_iter().all(only)
    });
    if let Some(one) = one_audience {
        return When::Sometimes(format!("till {}", audience(one)));
    }
    let said = PURPOSES.into_iter().filter(|p| any(*p)).map(|p| match AUDIENCES.into_iter().find(|a| !holds(p, *a)) {
        None => purpose(p).to_owned(),
        Some(Audience::Parties) => format!("{} till {}", purpose(p), audience(Audience::Public)),
        Some(Audience::Public) => format!("{} till {}", purpose(p), audience(Audience::Parties)),
    });
    When::Sometimes(listed(&said.collect::<Vec<_>>(), "eller"))
}

/// `a, b och c`.
pub(super) fn listed<T: AsRef<str>>(words: &[T], last: &str) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}
