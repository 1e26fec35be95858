//! *Dela med länet*: just what would leave, to whom, with which effect, and what is held back by which rule.

use super::{insider, list::state};
use crate::{
    failure::Failure,
    release::desk::{Change, Draft},
    rulebook::Mode,
    secrecy::{HeldBack, Overruled},
    view::copy_id,
    web::{
        Site,
        error::Problem,
        page::{Asked, Page},
        work::label,
    },
    who::Who,
};
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::{
    problem,
    text::{self, Lang, Text},
    vocabulary::{AUDIENCE, Kind, PURPOSE},
};
use samsyn_core::value::Value;
use std::ops::Range;

#[derive(Template)]
#[template(path = "draft.html")]
struct DraftPage {
    page: Page,
    authority: String,
    state: String,
    reason: String,
    /// What was just done, as the address says it: a word of ours.
    done: Option<&'static str>,
    changes: Vec<Shown>,
    held: Vec<Held>,
    content: String,
    rules: String,
    /// The form that goes on from here.
    next: Next,
    purposes: Vec<Choice>,
    audiences: Vec<Choice>,
    effect: Effect,
    work: Option<String>,
    list: String,
    back: String,
}

/// What somebody can do with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Nothing,
    Share,
    /// Ask a releaser.
    Ask,
    /// A releaser answers what was asked for.
    Answer,
    /// What was asked for is no longer what would leave.
    AskedForSomethingElse,
    /// A releaser may let out what the scanner has found.
    Overrule,
    HeldBack,
}

impl Next {
    /// A form follows.
    fn acts(self) -> bool {
        matches!(self, Self::Share | Self::Ask | Self::Answer | Self::Overrule)
    }

    /// Single facts can be left out.
    fn chooses(self) -> bool {
        matches!(self, Self::Share | Self::Ask | Self::Overrule)
    }
}

struct Shown {
    path: String,
    label: String,
    before: String,
    /// In pieces: those that the scanner has found are marked.
    after: Vec<Piece>,
    removed: bool,
    asked_for: bool,
    held: bool,
}

struct Piece {
    text: String,
    found: bool,
}

struct Held {
    label: String,
    what: String,
    remedy: String,
    place: String,
    code: String,
}

struct Choice {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

/// To whom it goes and what follows from that, in plain words.
struct Effect {
    to: String,
    purpose: String,
}

pub(super) async fn page(site: Site, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let failed = |f: Failure| Problem::of_draft(f, lang);
    let mut page = Page::new(&site, asked, "/utkast", Text("(utan titel)", "(without a title)")).await?;
    let who = insider(&site, &page)?;
    let id = copy_id(&id).map_err(failed)?;
    let draft = site.desks.releases.draft(who, id).await.map_err(failed)?;
    if !draft.row.title.trim().is_empty() {
        draft.row.title.trim().clone_into(&mut page.title);
    }
    let request = draft.request.as_ref().map(|row| &row.request);
    let open = request.filter(|r| r.answer.is_none());
    let (purpose, audience) = open.map_or((draft.purpose, draft.audience), |r| (r.purpose, r.audience));
    let own = page.parties.own().map_or("", |p| p.id.as_str()).to_owned();
    let parties = text::number_word(page.parties.0.len(), lang);
    let public = audience == samsyn_core::entry::Audience::Public;
    let meaning = if public { text::SHARE_PUBLIC } else { text::SHARE_PARTIES };
    let purpose_word = id_of(&purpose);
    let asked_for = |change: &Change| open.is_none_or(|r| r.paths.as_ref().is_none_or(|p| p.contains(&change.path)));
    let mut changes: Vec<&Change> = draft.changes.iter().collect();
    changes.sort_by_key(|c| text::path_order(c.path.as_str()));
    let shown = DraftPage {
        authority: page.reader().authority(&own, draft.row.authority.as_str()).to_owned(),
        state: state(draft.request.as_ref(), &page),
        reason: request.and_then(|r| r.answer.as_ref()).map(|a| a.reason.clone()).unwrap_or_default(),
        done: page.asked.value("klart").and_then(|word| done(word, lang)),
        changes: changes.into_iter().map(|c| shown(c, &draft.held, asked_for(c), &page)).collect(),
        held: draft.held.iter().map(|h| held(h, &page)).collect(),
        content: open.map_or_else(|| draft.content.clone(), |r| r.content.clone()),
        rules: draft.rules.clone(),
        next: next(who, &draft),
        purposes: choices(PURPOSE, &purpose_word, lang),
        audiences: choices(AUDIENCE, &id_of(&audience), lang),
        effect: Effect {
            to: meaning.say(lang, &[&parties]),
            purpose: text::SHARE_PURPOSE.say(lang, &[PURPOSE.show(&purpose_word, lang)]),
        },
        work: draft.row.document.map(|document| page.link(&format!("/arbete/{document}"))),
        list: page.link("/utkast"),
        back: page.link(&format!("/utkast/{id}")),
        page,
    };
    shown.page.answer(&shown)
}

fn next(who: Who<'_>, draft: &Draft) -> Next {
    let authority = &draft.row.authority;
    let waits = draft.request.as_ref().is_some_and(|r| r.request.answer.is_none());
    let overruled = Overruled::of(&draft.held);
    if waits && draft.request_stands {
        return if who.may_release(authority) { Next::Answer } else { Next::Nothing };
    }
    if draft.changes.is_empty() {
        return Next::Nothing;
    }
    if !draft.held.is_empty() && who.may_release(authority) && draft.held.iter().all(|held| overruled.lets_out(held)) {
        return Next::Overrule;
    }
    // What nothing keeps back can be shared without the rest.
    if draft.changes.iter().all(|change| is_held(change, &draft.held)) {
        return Next::HeldBack;
    }
    if waits && !who.may_edit(authority) {
        return Next::AskedForSomethingElse;
    }
    if !who.may_edit(authority) {
        return Next::Nothing;
    }
    if draft.mode == Mode::Approve { Next::Ask } else { Next::Share }
}

fn is_held(change: &Change, held: &[HeldBack]) -> bool {
    held.iter().any(|held| held.path == change.path)
}

fn done(word: &str, lang: Lang) -> Option<&'static str> {
    let text = match word {
        "delat" => Text("Delat med länet.", "Shared with the county."),
        "begart" => text::SHARE_WAITS,
        "avslaget" => Text("Avslaget. Den som har skrivit utkastet ser skälet.", "Refused. Whoever wrote it sees why."),
        "inget" => text::SHARE_NOTHING,
        "hejdat" => {
            Text("Inget är delat: se vad som hindrar nedan.", "Nothing is shared: see below what is in the way.")
        }
        _ => return None,
    };
    Some(text.of(lang))
}

fn shown(change: &Change, held: &[HeldBack], asked_for: bool, page: &Page) -> Shown {
    let value = |value: &Value| page.reader().value(value);
    let text = change.after.as_ref().and_then(Value::as_text);
    let found = held.iter().filter(|h| h.path == change.path).filter_map(|h| h.at.clone());
    let after = match (text, &change.after) {
        (Some(text), _) => pieces(text, found.collect()),
        (None, Some(other)) => vec![Piece { text: value(other), found: false }],
        (None, None) => Vec::new(),
    };
    Shown {
        path: change.path.to_string(),
        label: label(change.path.as_str(), page),
        before: change.before.as_ref().map(value).unwrap_or_default(),
        removed: change.after.is_none(),
        after,
        asked_for,
        held: is_held(change, held),
    }
}

/// A text cut where the scanner has found something; the ranges are in characters.
fn pieces(text: &str, mut found: Vec<Range<usize>>) -> Vec<Piece> {
    found.sort_by_key(|range| (range.start, range.end));
    let letters: Vec<char> = text.chars().collect();
    let piece = |from: usize, to: usize, found| Piece { text: letters[from..to].iter().collect(), found };
    let mut pieces = Vec::new();
    let mut at = 0;
    for range in found {
        let (from, to) = (range.start.max(at), range.end.min(letters.len()));
        if from >= to {
            continue;
        }
        if from > at {
            pieces.push(piece(at, from, false));
        }
        pieces.push(piece(from, to, true));
        at = to;
    }
    if at < letters.len() {
        pieces.push(piece(at, letters.len(), false));
    }
    pieces
}

fn held(held: &HeldBack, page: &Page) -> Held {
    let lang = page.asked.lang;
    let ours = Some(held.code).filter(|_| lang == Lang::Sv).and_then(problem::known);
    let (what, remedy) = ours.unwrap_or((&held.message, &held.remedy));
    let place = held.at.as_ref().map(|at| {
        let (from, to) = ((at.start + 1).to_string(), at.end.to_string());
        text::AT_CHARACTERS.say(lang, &[&from, &to])
    });
    Held {
        label: label(held.path.as_str(), page),
        what: what.trim_end_matches('.').to_owned(),
        remedy: remedy.to_owned(),
        place: place.unwrap_or_default(),
        code: held.code.to_string(),
    }
}

fn choices(kind: Kind, chosen: &str, lang: Lang) -> Vec<Choice> {
    // A draft for comment goes to named recipients, which this version cannot do.
    let offered = kind.words.iter().filter(|word| word.id != "for-comment");
    offered.map(|word| Choice { value: word.id, label: word.label.of(lang), chosen: word.id == chosen }).collect()
}

/// A word of the core's, as its own serialisation writes it.
fn id_of(word: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(word).ok();
    value.and_then(|v| v.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_scanner_has_found_is_marked_where_it_stands_and_no_word_is_lost() {
        for (text, found, cut) in [
            (
                "Åsa 121212-1212 ringde",
                &[(4, 15)][..],
                vec![("Åsa ", false), ("121212-1212", true), (" ringde", false)],
            ),
            ("121212-1212", &[(0, 11)][..], vec![("121212-1212", true)]),
            ("abcdef", &[(1, 3), (2, 4)][..], vec![("a", false), ("bc", true), ("d", true), ("ef", false)]),
            ("kort", &[(2, 90)][..], vec![("ko", false), ("rt", true)]),
            ("", &[(0, 3)][..], vec![]),
            ("inget", &[][..], vec![("inget", false)]),
        ] {
            let pieces = pieces(text, found.iter().map(|&(from, to)| from..to).collect());
            let shown: Vec<(&str, bool)> = pieces.iter().map(|p| (p.text.as_str(), p.found)).collect();
            assert_eq!(shown, cut, "{text}");
        }
    }
}
