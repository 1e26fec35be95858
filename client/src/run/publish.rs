//! Publishing: say what it means, ask, then let the node do it.

use super::{Outcome, comment};
use crate::{
    cli::PublishArgs,
    config::Config,
    copy::WorkingCopy,
    input,
    model::Draft,
    node::Node,
    problem::{self, Problem},
    show::{Reader, audience_id, purpose_id},
    table::{clean_lines, pairs, shorten},
    text::{self, Lang, Text},
    vocabulary::{AUDIENCE, PURPOSE},
};
use samsyn_core::{code::Code, id::Path};
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::io::{self, BufRead, IsTerminal, Write};

/// Characters of a value in a preview.
const VALUE_MAX: usize = 200;

pub(super) async fn publish(config: &Config, args: &PublishArgs, json: bool, lang: Lang) -> Result<Outcome, Problem> {
    let (purpose, audience) = choices(args.purpose.as_deref(), args.audience.as_deref())?;
    let paths = named(&args.path)?;
    let asks = !args.yes && !args.preview;
    if asks && (json || !io::stdin().is_terminal()) {
        return Err(nobody_to_ask());
    }
    let node = Node::connect(config).await?;
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    let request = v1::PublishRequest {
        purpose: purpose.into(),
        audience: audience.into(),
        paths,
        to: args.to.iter().map(|to| to.trim().to_owned()).collect(),
        until: args.until.clone().unwrap_or_default(),
        question: args.question.clone().unwrap_or_default(),
        ..v1::PublishRequest::default()
    };
    share(&node, &copy, request, Manner { preview: args.preview, asks }, lang).await
}

/// How much is asked before anything is shared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Nothing is shared, only shown.
    pub(super) preview: bool,
    /// A person is asked.
    pub(super) asks: bool,
}

/// Shares what the request names of a working copy.
pub(super) async fn share(
    node: &Node,
    copy: &WorkingCopy,
    request: v1::PublishRequest,
    manner: Manner,
    lang: Lang,
) -> Result<Outcome, Problem> {
    let request = v1::PublishRequest { working_copy_id: copy.id.clone(), preview: true, ..request };
    let preview = node.call(node.replica().publish(request.clone())).await?;
    if preview.nothing {
        return Ok(Outcome::new(text::SHARE_NOTHING.of(lang), data(&preview, copy)));
    }
    let parties = node.parties().await?;
    let reader = Reader { lang, parties: &parties };
    if !preview.held_back.is_empty() {
        return Ok(held_back(&preview, copy, reader));
    }
    let effect = effect(&preview, &copy.draft()?, reader);
    let effect = if preview.waits { format!("{effect}\n{}\n", text::SHARE_WOULD_WAIT.of(lang)) } else { effect };
    if manner.preview {
        let shown = format!("{effect}\n{}", text::SHARE_PREVIEWED.of(lang));
        return Ok(Outcome::new(shown, data(&preview, copy)));
    }
    let ask = if preview.reply_to.is_empty() { text::SHARE_ASK } else { text::REPLY_ASK };
    if manner.asks && !confirmed(&effect, ask, lang) {
        return Ok(Outcome { exit_code: 1, ..Outcome::new(text::SHARE_STOPPED.of(lang), data(&preview, copy)) });
    }
    // What was shown is what is asked for, whatever the node would choose by now.
    let request = v1::PublishRequest {
        preview: false,
        purpose: preview.purpose,
        audience: preview.audience,
        until: preview.until.clone(),
        ..request
    };
    let done = node.call(node.replica().publish(request)).await?;
    if !done.held_back.is_empty() {
        return Ok(held_back(&done, copy, reader));
    }
    Ok(shared(&done, copy, reader))
}

/// What came of it.
pub(super) fn shared(done: &v1::PublishResponse, copy: &WorkingCopy, reader: Reader<'_>) -> Outcome {
    let lang = reader.lang;
    if done.waits {
        return Outcome::new(text::SHARE_WAITS.of(lang), data(done, copy));
    }
    if done.nothing {
        return Outcome::new(text::SHARE_NOTHING.of(lang), data(done, copy));
    }
    if !done.to.is_empty() {
        let said = text::COMMENT_SENT.say(lang, &[&recipients(done, reader), &done.until]);
        return Outcome::new(said, data(done, copy));
    }
    if !done.reply_to.is_empty() {
        let said = text::REPLY_SENT.say(lang, &[reader.parties.name(&done.reply_to)]);
        return Outcome::new(said, data(done, copy));
    }
    let short = done.commit.chars().take(12).collect::<String>();
    let said = text::SHARED_DONE.say(lang, &[&short, &done.published_paths.len().to_string()]);
    Outcome::new(said, data(done, copy))
}

/// Paths as the node knows them.
pub(super) fn named(paths: &[String]) -> Result<Vec<String>, Problem> {
    paths.iter().map(|text| input::path(text, "path").map(|path| path.to_string())).collect()
}

pub(super) fn choices(purpose: Option<&str>, audience: Option<&str>) -> Result<(v1::Purpose, v1::Audience), Problem> {
    let purpose = purpose.map(|t| input::word(PURPOSE, t, "purpose")).transpose()?;
    let audience = audience.map(|t| input::word(AUDIENCE, t, "audience")).transpose()?;
    let purposes = [
        v1::Purpose::ForInformation,
        v1::Purpose::ForDecision,
        v1::Purpose::JointlyMaintained,
        v1::Purpose::ForComment,
    ];
    let purpose = purposes.into_iter().find(|p| purpose_id(*p) == purpose.map(|w| w.id) && purpose.is_some());
    let audiences = [v1::Audience::Parties, v1::Audience::Public];
    let audience = audiences.into_iter().find(|a| audience_id(*a) == audience.map(|w| w.id) && audience.is_some());
    Ok((purpose.unwrap_or_default(), audience.unwrap_or_default()))
}

pub(super) fn nobody_to_ask() -> Problem {
    Problem::new(
        Code::Usage,
        Text(
            "Delning kräver ett ja, och här finns ingen att fråga.",
            "Sharing needs a yes, and there is nobody to ask here.",
        ),
        Text(
            "se vad som delas med --preview, kör sedan med --yes",
            "see what is shared with --preview, then run with --yes",
        ),
    )
    .field("yes")
}

/// What sharing means, in plain words, and what is shared.
pub(super) fn effect(preview: &v1::PublishResponse, draft: &Draft, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let mut shown = meaning(preview, reader);
    let value = |path: &str| {
        let value = Path::new(path).ok().and_then(|p| draft.value(&p));
        let value = value.map_or_else(|| text::REMOVED.of(lang).to_owned(), |v| reader.value(&v));
        shorten(&value, VALUE_MAX)
    };
    // What is asked is said above, and stands in no draft.
    let asked = |path: &str| path.starts_with("/remarks/") && path.ends_with("/ask/question");
    let mut paths: Vec<&String> = preview.published_paths.iter().filter(|path| !asked(path)).collect();
    paths.sort_by_key(|p| text::path_order(p));
    let rows: Vec<_> = paths.into_iter().map(|p| (format!("  {}", reader.path(p)), value(p))).collect();
    shown.push_str(text::SHARE_PATHS.of(lang));
    shown.push('\n');
    shown.push_str(&pairs(&rows));
    shown
}

/// To whom it goes, what follows from that, and why.
pub(super) fn meaning(preview: &v1::PublishResponse, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    if !preview.reply_to.is_empty() {
        return format!("{}\n", text::REPLY_EFFECT.say(lang, &[reader.parties.name(&preview.reply_to)]));
    }
    if !preview.to.is_empty() {
        return meaning_of_comment(preview, reader);
    }
    let organisations = text::number_word(reader.parties.0.len(), lang);
    let meaning = if preview.audience() == v1::Audience::Public { text::SHARE_PUBLIC } else { text::SHARE_PARTIES };
    let mut shown = format!("{}\n", meaning.say(lang, &[&organisations]));
    if let Some(purpose) = purpose_id(preview.purpose()) {
        shown.push_str(&text::SHARE_PURPOSE.say(lang, &[PURPOSE.show(purpose, lang)]));
        shown.push('\n');
    }
    shown
}

fn meaning_of_comment(preview: &v1::PublishResponse, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let to = text::COMMENT_TO.say(lang, &[&recipients(preview, reader), &preview.until]);
    let mut lines = vec![to, text::COMMENT_EFFECT.of(lang).to_owned()];
    if preview.wide {
        lines.push(text::COMMENT_WIDE.of(lang).to_owned());
    }
    if !preview.question.is_empty() {
        lines.push(format!("{}: {}", text::COMMENT_QUESTION.of(lang), preview.question));
    }
    clean_lines(&format!("{}\n", lines.join("\n")))
}

fn recipients(response: &v1::PublishResponse, reader: Reader<'_>) -> String {
    response.to.iter().map(|to| comment::recipient(to, reader)).collect::<Vec<_>>().join(", ")
}

/// Shows the effect and asks; anything but a clear yes is a no.
pub(super) fn confirmed(effect: &str, question: Text, lang: Lang) -> bool {
    let mut out = io::stderr().lock();
    let asked = write!(out, "{effect}\n{}", question.of(lang)).and_then(|()| out.flush());
    let mut answer = String::new();
    asked.and_then(|()| io::stdin().lock().read_line(&mut answer).map(|_| ())).is_ok() && is_yes(&answer)
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "j" | "ja" | "y" | "yes")
}

/// What the rules keep back, each path with what to do; ends with 5.
pub(super) fn held_back(response: &v1::PublishResponse, copy: &WorkingCopy, reader: Reader<'_>) -> Outcome {
    let mut shown = format!("{}\n", text::HELD_BACK.of(reader.lang));
    for held in &response.held_back {
        let ours = held.code.parse().ok().filter(|_| reader.lang == Lang::Sv).and_then(problem::known);
        let (message, remedy) = ours.unwrap_or((&held.message, &held.remedy));
        // People count from one, and both ends.
        let (from, to) = ((held.from + 1).to_string(), held.to.to_string());
        let place = if held.to > 0 { text::AT_CHARACTERS.say(reader.lang, &[&from, &to]) } else { String::new() };
        let line = format!("- {}: {message}{place} ({})\n  {remedy}\n", reader.path(&held.path), held.code);
        shown.push_str(&clean_lines(&line));
    }
    if response.held_back.iter().all(|held| held.may_be_overruled) {
        shown.push_str(text::HELD_MAY_BE_JUDGED.of(reader.lang));
    }
    Outcome { exit_code: 5, ..Outcome::new(shown, data(response, copy)) }
}

pub(super) fn data(response: &v1::PublishResponse, copy: &WorkingCopy) -> Value {
    let or_null = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let held = |h: &v1::HeldBack| {
        let at = (h.to > 0).then(|| json!({"from": h.from, "to": h.to}));
        json!({"path": h.path, "code": h.code, "message": h.message, "remedy": h.remedy, "at": at,
            "may_be_overruled": h.may_be_overruled})
    };
    json!({
        "working_copy_id": copy.id,
        "document_id": or_null(&response.document_id),
        "commit": or_null(&response.commit),
        "published_paths": response.published_paths,
        "nothing": response.nothing,
        "waits": response.waits,
        "held_back": response.held_back.iter().map(held).collect::<Vec<_>>(),
        "purpose": purpose_id(response.purpose()),
        "audience": audience_id(response.audience()),
        "looked_at": or_null(&response.looked_at),
        "to": response.to,
        "until": or_null(&response.until),
        "wide": response.wide,
        "copies": response.copies.iter().map(|c| json!({"to": c.to, "document_id": c.document_id})).collect::<Vec<_>>(),
        "reply_to": or_null(&response.reply_to),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Parties;
    use samsyn_core::value::Value as CoreValue;

    #[test]
    fn the_effect_is_said_in_plain_words_with_what_is_shared() {
        let parties = Parties(vec![v1::Party::default(); 8]);
        let mut draft = Draft::default();
        draft.set(Path::new("/facts/title").expect("a path"), CoreValue::Text("Hemmonitorering".into()));
        let preview = v1::PublishResponse {
            published_paths: vec!["/facts/end".into(), "/facts/title".into()],
            purpose: v1::Purpose::ForInformation.into(),
            audience: v1::Audience::Parties.into(),
            ..v1::PublishResponse::default()
        };
        let shown = effect(&preview, &draft, Reader { lang: Lang::Sv, parties: &parties });
        assert_eq!(
            shown,
            "Dela med länet: blir allmän handling hos åtta organisationer.\nSyfte: för kännedom.\nDetta delas:\n  \
             Titel  Hemmonitorering\n  Slut   (borttaget)\n"
        );
    }

    #[test]
    fn only_a_clear_yes_shares() {
        assert!(is_yes("j\n") && is_yes("Ja") && is_yes("yes"));
        assert!(!is_yes("") && !is_yes("n") && !is_yes("jo men"));
    }

    #[test]
    fn words_choose_purpose_and_audience_and_silence_leaves_it_to_the_node() {
        let chosen = choices(Some("beslut"), Some("länet")).expect("words");
        assert_eq!(chosen, (v1::Purpose::ForDecision, v1::Audience::Parties));
        let silent = choices(None, None).expect("nothing");
        assert_eq!(silent, (v1::Purpose::Unspecified, v1::Audience::Unspecified));
        assert_eq!(choices(Some("kanske"), None).expect_err("no word").field.as_deref(), Some("purpose"));
    }
}
