//! A releaser lets out what the scanner has found: just that text, read in whole, for a reason that is kept.

use super::{
    Outcome,
    publish::{choices, confirmed, data, held_back, meaning, named, nobody_to_ask, shared},
};
use crate::{
    cli::release::OverruleArgs,
    config::Config,
    copy::WorkingCopy,
    model::Draft,
    node::Node,
    problem::{self, Problem},
    show::Reader,
    table::{block, clean_lines},
    text::{self, Lang},
};
use samsyn_core::{code::Code, id::Path};
use samsyn_wire::v1;
use std::{
    io::{self, IsTerminal},
    ops::Range,
};

const INDENT: usize = 4;

pub(super) async fn overrule(config: &Config, args: &OverruleArgs, json: bool, lang: Lang) -> Result<Outcome, Problem> {
    let (purpose, audience) = choices(args.purpose.as_deref(), args.audience.as_deref())?;
    let paths = named(&args.path)?;
    let asks = !args.yes && !args.preview;
    if asks && (json || !io::stdin().is_terminal()) {
        return Err(nobody_to_ask());
    }
    let node = Node::connect(config).await?;
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    let request = v1::PublishRequest {
        working_copy_id: copy.id.clone(),
        purpose: purpose.into(),
        audience: audience.into(),
        paths,
        preview: true,
        ..v1::PublishRequest::default()
    };
    let preview = node.call(node.replica().publish(request.clone())).await?;
    let parties = node.parties().await?;
    let reader = Reader { lang, parties: &parties };
    if preview.held_back.is_empty() {
        return Err(nothing_found());
    }
    if !preview.held_back.iter().all(|held| held.may_be_overruled) {
        return Ok(held_back(&preview, &copy, reader));
    }
    // What is shown is what the preview is of, or later: if it is later, the node answers that it has changed.
    let copy = WorkingCopy::pull(&node, &copy.id).await?;
    let seen = looked_at(&preview, &copy.draft()?, reader);
    if args.preview {
        let said = text::OVERRULE_LOOKED_AT.say(lang, &[&preview.looked_at]);
        return Ok(Outcome::new(format!("{seen}{said}\n{}", text::SHARE_PREVIEWED.of(lang)), data(&preview, &copy)));
    }
    if asks && !confirmed(&seen, text::OVERRULE_ASK, lang) {
        return Ok(Outcome { exit_code: 1, ..Outcome::new(text::SHARE_STOPPED.of(lang), data(&preview, &copy)) });
    }
    let request = v1::PublishRequest {
        preview: false,
        purpose: preview.purpose,
        audience: preview.audience,
        looked_at: args.looked_at.clone().unwrap_or(preview.looked_at),
        overrule: Some(v1::Overrule { reason: args.reason.clone().unwrap_or_default(), assured: args.assure }),
        ..request
    };
    let done = node.call(node.replica().publish(request)).await?;
    Ok(if done.held_back.is_empty() { shared(&done, &copy, reader) } else { held_back(&done, &copy, reader) })
}

fn nothing_found() -> Problem {
    Problem::new(Code::InputEmpty, text::OVERRULE_NOTHING, text::OVERRULE_NOTHING_REMEDY).field("path")
}

/// What is found and what would leave, each text in whole: nobody says yes to half of it.
fn looked_at(preview: &v1::PublishResponse, draft: &Draft, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let mut shown = meaning(preview, reader);
    shown.push_str(&format!("{}\n", text::OVERRULE_FOUND.of(lang)));
    for held in &preview.held_back {
        let ours = held.code.parse().ok().filter(|_| lang == Lang::Sv).and_then(problem::known);
        let what = ours.map_or(held.message.as_str(), |(message, _)| message);
        shown.push_str(&clean_lines(&format!("- {}: {what} ({})\n", reader.path(&held.path), held.code)));
    }
    shown.push_str(&format!("{}\n", text::SHARE_PATHS.of(lang)));
    let mut paths: Vec<&String> = preview.published_paths.iter().collect();
    paths.sort_by_key(|p| text::path_order(p));
    for path in paths {
        let value = Path::new(path).ok().and_then(|p| draft.value(&p));
        let value = match &value {
            None => text::REMOVED.of(lang).to_owned(),
            Some(value) => marked(&reader.value(value), value.as_text().is_some(), found(preview, path)),
        };
        shown.push_str(&clean_lines(&format!("  {}\n", reader.path(path))));
        shown.push_str(&block(&value, INDENT));
    }
    shown.push_str(&block(text::OVERRULE_WARNING.of(lang), 0));
    shown
}

fn found<'a>(preview: &'a v1::PublishResponse, path: &str) -> Vec<&'a v1::HeldBack> {
    preview.held_back.iter().filter(|held| held.path == path).collect()
}

/// A text with what is found in brackets; of what is no text, the whole. Places are in characters.
fn marked(shown: &str, is_text: bool, found: Vec<&v1::HeldBack>) -> String {
    if found.is_empty() {
        return shown.to_owned();
    }
    if !is_text || found.iter().any(|held| held.to == 0) {
        return format!("[[{shown}]]");
    }
    let place = |held: &v1::HeldBack| held.from as usize..held.to as usize;
    let places: Vec<Range<usize>> = found.into_iter().map(place).collect();
    let within = |at: usize| places.iter().any(|place| place.contains(&at));
    let mut marked = String::new();
    let mut inside = false;
    for (at, letter) in shown.chars().enumerate() {
        if within(at) != inside {
            inside = !inside;
            marked.push_str(if inside { "[[" } else { "]]" });
        }
        marked.push(letter);
    }
    marked + if inside { "]]" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Parties;
    use samsyn_core::value::Value;

    fn held(from: u32, to: u32) -> v1::HeldBack {
        let code = Code::SecrecyPersonalNumber.as_str().to_owned();
        v1::HeldBack { path: "/facts/summary".into(), code, from, to, ..v1::HeldBack::default() }
    }

    #[test]
    fn what_is_found_is_marked_where_it_stands_and_no_letter_is_lost() {
        for (text, places, shown) in [
            ("Åsa 121212-1212 ringde", &[(4, 15)][..], "Åsa [[121212-1212]] ringde"),
            ("121212-1212", &[(0, 11)], "[[121212-1212]]"),
            ("abcdef", &[(1, 3), (2, 4)], "a[[bcd]]ef"),
            ("kort", &[(2, 90)], "ko[[rt]]"),
            ("4", &[(0, 0)], "[[4]]"),
            ("inget", &[], "inget"),
        ] {
            let found: Vec<v1::HeldBack> = places.iter().map(|&(from, to)| held(from, to)).collect();
            assert_eq!(marked(text, true, found.iter().collect()), shown);
        }
        assert_eq!(marked("a, b", false, vec![&held(0, 1)]), "[[a, b]]");
    }

    #[test]
    fn a_long_text_is_shown_to_its_end() {
        let long = format!("{} 121212-1212 SLUT", "ord ".repeat(400));
        let from = u32::try_from(long.find("1212").expect("there")).expect("short");
        let mut draft = Draft::default();
        draft.set(Path::new("/facts/summary").expect("a path"), Value::Prose(long.trim().to_owned()));
        let preview = v1::PublishResponse {
            published_paths: vec!["/facts/summary".into()],
            held_back: vec![held(from, from + 11)],
            ..v1::PublishResponse::default()
        };
        let parties = Parties(vec![v1::Party::default(); 8]);
        let shown = looked_at(&preview, &draft, Reader { lang: Lang::Sv, parties: &parties });
        assert!(shown.contains("[[121212-1212]]") && shown.contains("SLUT"), "{shown}");
        assert!(shown.contains("personnummer") && shown.contains("åtta organisationer"), "{shown}");
    }
}
