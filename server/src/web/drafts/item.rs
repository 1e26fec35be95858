//! *Dela med länet*: just what would leave, to whom, with which effect, and what is held back by which rule.

use super::{insider, list::state};
use crate::{
    driver::now_ms,
    failure::Failure,
    limits::COMMENT_DAYS_MAX,
    projection::fold,
    register::calendar,
    release::{
        circle::{Circle, Recipient},
        desk::{Change, Draft},
    },
    rulebook::Mode,
    secrecy::{HeldBack, Overruled},
    store::word,
    view::copy_id,
    web::{
        Site,
        error::Problem,
        page::{Asked, Page},
        work::{capital, label},
    },
    who::Who,
};
use askama::Template;
use axum::{extract::Path, response::Response};
use samsyn_client::{
    mark::{self, Mark, Provision},
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
    marks: Vec<Marked>,
    /// What can be marked, by whoever writes.
    marks_possible: Vec<(String, String)>,
    provisions: Vec<(&'static str, &'static str)>,
    /// When the list of provisions was gone through.
    listed: &'static str,
    content: String,
    rules: String,
    /// The form that goes on from here.
    next: Next,
    /// What was asked for is no longer what would leave.
    overtaken: bool,
    /// Of such a request, for whoever may answer it: it can be refused.
    refusable: Option<String>,
    purposes: Vec<Choice>,
    audiences: Vec<Choice>,
    effect: Effect,
    /// To whom a reply to a draft for comment goes, and where that is shown.
    reply: Option<(String, String)>,
    comment: Option<CommentForm>,
    work: Option<String>,
    /// Where it is written in.
    write: Option<String>,
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
    held: bool,
    /// What is to be known of it besides.
    remarks: Vec<&'static str>,
}

pub(in crate::web) struct Piece {
    pub(in crate::web) text: String,
    pub(in crate::web) found: bool,
}

struct Held {
    label: String,
    what: String,
    remedy: String,
    place: String,
    code: String,
}

struct Marked {
    place: String,
    label: String,
    cited: String,
    when: String,
    note: String,
}

/// The form by which comments are asked for.
struct CommentForm {
    asks: bool,
    content: String,
    says: Vec<Shown>,
    held: Vec<Held>,
    recipients: Vec<(String, String)>,
    authorities: Vec<(String, String)>,
    /// How many of them are more than half.
    wide: usize,
    until: String,
    last: String,
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
    let next = next(who, &draft);
    let waiting = request.filter(|r| r.answer.is_none());
    let overtaken = waiting.is_some() && !draft.request_stands;
    let refusable = waiting.filter(|r| overtaken && who.may_release(&r.authority)).map(|r| r.content.clone());
    // What was asked for is shown to whoever answers it; else what the rules preselect.
    let open = waiting.filter(|_| draft.request_stands);
    let (purpose, audience) = open.map_or((draft.purpose, draft.audience), |r| (r.purpose, r.audience));
    let own = page.parties.own().map_or("", |p| p.id.as_str()).to_owned();
    let parties = text::number_word(page.parties.0.len(), lang);
    let public = audience == samsyn_core::entry::Audience::Public;
    let meaning = if public { text::SHARE_PUBLIC } else { text::SHARE_PARTIES };
    let purpose_word = word(Some(&purpose));
    let asked_for = |change: &Change| open.is_none_or(|r| r.paths.as_ref().is_none_or(|p| p.contains(&change.path)));
    let mut in_order: Vec<&HeldBack> = draft.held.iter().collect();
    in_order.sort_by_key(|h| (text::path_order(h.path.as_str()), h.at.as_ref().map(|at| at.start)));
    let circle = open.and_then(|r| r.circle.as_ref());
    // A draft for comment is all that it says, not what differs.
    let told = if circle.is_some() { &draft.comment.said } else { &draft.changes };
    let mut changes: Vec<&Change> = told.iter().filter(|change| circle.is_none() || asked_for(change)).collect();
    changes.sort_by_key(|c| text::path_order(c.path.as_str()));
    let shown = DraftPage {
        authority: page.reader().authority(&own, draft.row.authority.as_str()).to_owned(),
        state: state(
            draft.request.as_ref().map(|r| (r, draft.request_stands)),
            !draft.changes.is_empty(),
            draft.row.document.is_some(),
            &page,
        ),
        marks: draft.marks.iter().map(|(path, mark)| marked(path.as_ref(), mark.as_ref(), &page)).collect(),
        marks_possible: if who.may_edit(&draft.row.authority) { places(&draft, &page) } else { Vec::new() },
        provisions: Provision::listed().map(|(id, about)| (id, about.of(lang))).collect(),
        listed: mark::LISTED,
        reason: request.and_then(|r| r.answer.as_ref()).map(|a| a.reason.clone()).unwrap_or_default(),
        done: page.asked.value("klart").and_then(|word| done(word, lang)),
        changes: changes.into_iter().map(|c| shown(c, &draft.held, asked_for(c), &page)).collect(),
        held: in_order.iter().map(|h| held(h, &page)).collect(),
        content: open.map_or_else(|| draft.content.clone(), |r| r.content.clone()),
        rules: draft.rules.clone(),
        next,
        overtaken,
        refusable,
        purposes: choices(PURPOSE, &purpose_word, lang),
        audiences: choices(AUDIENCE, &word(Some(&audience)), lang),
        effect: match (&draft.reply_to, circle) {
            (Some(reply), _) => Effect {
                to: text::REPLY_EFFECT.say(lang, &[page.parties.name(reply.asker.as_str())]),
                purpose: String::new(),
            },
            (None, Some(circle)) => Effect {
                to: text::COMMENT_TO.say(lang, &[&recipients(circle, &page), &circle.until.to_string()]),
                purpose: [text::COMMENT_EFFECT.of(lang), &circle.question].join(" "),
            },
            (None, None) => Effect {
                to: meaning.say(lang, &[&parties]),
                purpose: text::SHARE_PURPOSE.say(lang, &[PURPOSE.show(&purpose_word, lang)]),
            },
        },
        comment: comment_form(who, &draft, &page).filter(|_| next != Next::Answer),
        reply: draft.reply_to.as_ref().zip(draft.row.document).map(|(reply, document)| {
            (page.parties.name(reply.asker.as_str()).to_owned(), page.link(&format!("/synpunkter/{document}")))
        }),
        work: draft.row.document.filter(|_| draft.reply_to.is_none()).map(|id| page.link(&format!("/arbete/{id}"))),
        write: (draft.reply_to.is_none() && who.may_edit(&draft.row.authority))
            .then(|| page.link(&format!("/skriv/{id}"))),
        list: page.link("/utkast"),
        back: page.link(&format!("/utkast/{id}")),
        page,
    };
    shown.page.answer(&shown)
}

/// Names of recipients.
pub(in crate::web) fn recipients(circle: &Circle, page: &Page) -> String {
    circle.to.iter().map(|to| recipient(to, page)).collect::<Vec<_>>().join(", ")
}

pub(in crate::web) fn recipient(to: &Recipient, page: &Page) -> String {
    let name = page.parties.name(to.organisation.as_str());
    match &to.authority {
        Some(authority) => {
            format!("{name}, {}", page.reader().authority(to.organisation.as_str(), authority.as_str()))
        }
        None => name.to_owned(),
    }
}

/// For whoever writes the own organisation's drafts.
fn comment_form(who: Who<'_>, draft: &Draft, page: &Page) -> Option<CommentForm> {
    let comment = &draft.comment;
    if !comment.possible || draft.reply_to.is_some() || comment.said.is_empty() || !who.may_edit(&draft.row.authority) {
        return None;
    }
    let mut says: Vec<&Change> = comment.said.iter().collect();
    says.sort_by_key(|c| text::path_order(c.path.as_str()));
    let others = || page.parties.0.iter().filter(|party| !party.own);
    let recipients: Vec<(String, String)> = others().map(|party| (party.id.clone(), party.name.clone())).collect();
    let boards = others().flat_map(|party| {
        party
            .authorities
            .iter()
            .map(move |(id, name)| (format!("{}/{id}", party.id), format!("{}, {name}", party.name)))
    });
    let mut authorities: Vec<(String, String)> = boards.collect();
    authorities.sort_by_key(|(_, name)| fold(name));
    let today = calendar::day(now_ms());
    Some(CommentForm {
        asks: comment.mode == Mode::Approve,
        content: comment.content.clone(),
        says: says.into_iter().map(|change| shown(change, &comment.held, true, page)).collect(),
        held: comment.held.iter().map(|h| held(h, page)).collect(),
        wide: recipients.len() / 2 + 1,
        recipients,
        authorities,
        until: comment.until.to_string(),
        last: calendar::days_after(today, COMMENT_DAYS_MAX).to_string(),
    })
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
        "fragat" => Text(
            "Skickat för synpunkter. Svaren visas på sidan Synpunkter.",
            "Sent for comment. The replies are shown on the page Comments.",
        ),
        "svarat" => Text("Svaret är skickat.", "The reply has been sent."),
        "skrivet" => Text("Svaret är sparat, inte skickat.", "The reply is saved, not sent."),
        "begart" => text::SHARE_WAITS,
        "avslaget" => Text("Avslaget. Den som har skrivit utkastet ser skälet.", "Refused. Whoever wrote it sees why."),
        "inget" => text::SHARE_NOTHING,
        "ofullstandigt" => Text(
            "Inget är delat: något som du har kryssat ur måste med, som titeln eller kommentaren till gult och rött.",
            "Nothing is shared: something that you have left out must be in it, as the title or the comment on yellow and red.",
        ),
        "markera" => Text("Sekretessmarkerat.", "Marked as secret."),
        "oforandrat" => Text("Inget ändrades.", "Nothing was changed."),
        "avmarkera" => Text("Markeringen är borttagen.", "The mark is taken away."),
        "hejdat" => {
            Text("Inget är delat: se vad som hindrar nedan.", "Nothing is shared: see below what is in the way.")
        }
        _ => return None,
    };
    Some(text.of(lang))
}

fn shown(change: &Change, held: &[HeldBack], asked_for: bool, page: &Page) -> Shown {
    let value = |value: &Value| visible(&page.reader().value(value));
    let text = change.after.as_ref().and_then(Value::as_text);
    let found: Vec<Range<usize>> = held.iter().filter(|h| h.path == change.path).filter_map(|h| h.at.clone()).collect();
    // A word is shown as people call it, unless something in what is stored is to be pointed at.
    let is_word = matches!(change.after, Some(Value::Reference(_)));
    let after = match (text.filter(|_| !is_word || !found.is_empty()), &change.after) {
        (Some(text), _) => pieces(text, found),
        // A finding in what is no text is told without its place, or by one in a part of it.
        (None, Some(other)) => vec![Piece { text: value(other), found: is_held(change, held) }],
        (None, None) => Vec::new(),
    };
    let remarks = [
        (
            change.contested,
            page.t(
                "flera uppgifter står mot varandra; din ersätter dem",
                "several statements stand against each other; yours takes their place",
            ),
        ),
        (!asked_for, page.t("ingår inte i det som någon har bett om", "is not part of what was asked for")),
    ];
    let remarks = remarks.into_iter().filter(|(holds, _)| *holds).map(|(_, remark)| remark).collect();
    Shown {
        path: change.path.to_string(),
        label: named(change.path.as_str(), page),
        before: change.before.as_ref().map(value).unwrap_or_default(),
        removed: change.after.is_none(),
        after,
        held: is_held(change, held),
        remarks,
    }
}

/// A text cut where the scanner has found something; the ranges are in characters.
pub(in crate::web) fn pieces(text: &str, mut found: Vec<Range<usize>>) -> Vec<Piece> {
    found.sort_by_key(|range| (range.start, range.end));
    let letters: Vec<char> = text.chars().collect();
    let piece =
        |from: usize, to: usize, found| Piece { text: visible(&letters[from..to].iter().collect::<String>()), found };
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

/// Signs that nobody sees and that put other letters in another order are written out: what is read is what leaves.
pub(in crate::web) fn visible(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if !text.contains(turns) {
        return text.to_owned();
    }
    let shown = |c: char| if turns(c) { format!("[U+{:04X}]", u32::from(c)) } else { c.to_string() };
    text.chars().map(shown).collect()
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
        label: named(held.path.as_str(), page),
        what: what.trim_end_matches('.').to_owned(),
        remedy: capital(remedy),
        place: place.unwrap_or_default(),
        code: held.code.to_string(),
    }
}

/// What a path is called, so that no two are called the same: of what there may be several, with the beginning of its id.
fn named(path: &str, page: &Page) -> String {
    const ID_LETTERS: usize = 8;
    let label = label(path, page);
    match path.split('/').collect::<Vec<_>>()[..] {
        ["", "reports", id, _] | ["", "remarks" | "learnings", _, id, ..] => {
            format!("{label} ({})", id.chars().take(ID_LETTERS).collect::<String>())
        }
        _ => label,
    }
}

fn marked(path: Option<&samsyn_core::id::Path>, mark: Option<&Mark>, page: &Page) -> Marked {
    let lang = page.asked.lang;
    let cited = mark.iter().flat_map(|mark| &mark.provisions).map(|p| p.cited(lang)).collect::<Vec<_>>().join("; ");
    Marked {
        place: path.map_or_else(|| "/".to_owned(), ToString::to_string),
        label: path.map_or_else(|| capital(text::MARKED_ALL.of(lang)), |path| named(path.as_str(), page)),
        cited: if cited.is_empty() { text::MARK_UNREADABLE.of(lang).to_owned() } else { cited },
        when: mark.map(|mark| mark.date.clone()).unwrap_or_default(),
        note: mark.map(|mark| mark.note.clone()).unwrap_or_default(),
    }
}

/// What can be marked: the whole, and each path that differs.
fn places(draft: &Draft, page: &Page) -> Vec<(String, String)> {
    let all = ("/".to_owned(), capital(text::MARKED_ALL.of(page.asked.lang)));
    let paths = draft.changes.iter().map(|c| (c.path.to_string(), named(c.path.as_str(), page)));
    std::iter::once(all).chain(paths).collect()
}

fn choices(kind: Kind, chosen: &str, lang: Lang) -> Vec<Choice> {
    // A draft for comment goes to named recipients: it has a form of its own.
    let offered = kind.words.iter().filter(|word| word.id != "for-comment");
    offered.map(|word| Choice { value: word.id, label: word.label.of(lang), chosen: word.id == chosen }).collect()
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
            ("a\u{202E}b", &[(0, 1)][..], vec![("a", true), ("[U+202E]b", false)]),
        ] {
            let pieces = pieces(text, found.iter().map(|&(from, to)| from..to).collect());
            let shown: Vec<(&str, bool)> = pieces.iter().map(|p| (p.text.as_str(), p.found)).collect();
            assert_eq!(shown, cut, "{text}");
        }
    }
}
