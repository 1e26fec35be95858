//! Drafts for comment: which there are, what one says, and replying.

use super::{
    Outcome,
    publish::{Manner, nobody_to_ask, share},
    write,
};
use crate::{
    cli::comment::ReplyArgs,
    config::Config,
    copy::WorkingCopy,
    input,
    node::Node,
    problem::Problem,
    show::Reader,
    table::{block, pairs, shorten, table},
    text::{self, Lang},
    time,
};
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::io::{self, IsTerminal};

const TITLE_MAX: usize = 60;
/// Letters of an id that are shown.
const ID_LETTERS: usize = 12;
const INDENT: usize = 2;

pub(super) async fn list(config: &Config, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let comments = node.call(node.replica().list_comments(v1::ListCommentsRequest {})).await?.comments;
    let data = json!({"comments": comments.iter().map(comment_json).collect::<Vec<_>>()});
    if comments.is_empty() {
        return Ok(Outcome::new(text::COMMENTS_NONE.of(lang), data));
    }
    let parties = node.parties().await?;
    let reader = Reader { lang, parties: &parties };
    let headings = [text::ID, text::TITLE, text::COMMENT_WHOM, text::COMMENT_UNTIL, text::COMMENT_REPLIES];
    let row = |c: &v1::Comment| {
        vec![
            c.document_id.chars().take(ID_LETTERS).collect(),
            shorten(reader.or_unknown(&c.title), TITLE_MAX),
            whom(c, reader),
            until(c, lang),
            c.replies.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = comments.iter().map(row).collect();
    Ok(Outcome::new(table(&headings.map(|h| h.of(lang)), &rows), data))
}

pub(super) async fn show(config: &Config, id: &str, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let shown = node.call(node.replica().show_comment(v1::ShowCommentRequest { id: id.to_owned() })).await?;
    let parties = node.parties().await?;
    let reader = Reader { lang, parties: &parties };
    let comment = shown.comment.clone().unwrap_or_default();
    let mut said = format!("{}\n", reader.or_unknown(&comment.title));
    let mut rows = vec![
        (text::COMMENT_WHOM.of(lang).to_owned(), whom(&comment, reader)),
        (text::COMMENT_UNTIL.of(lang).to_owned(), until(&comment, lang)),
    ];
    if !shown.question.is_empty() {
        rows.push((text::COMMENT_QUESTION.of(lang).to_owned(), shown.question.clone()));
    }
    said.push_str(&pairs(&rows));
    let mut facts: Vec<&v1::CommentFact> = shown.facts.iter().collect();
    facts.sort_by_key(|fact| text::path_order(&fact.path));
    let row = |fact: &v1::CommentFact| (reader.path(&fact.path), reader.wire_value(fact.value.clone()));
    said.push_str(&format!("\n{}", pairs(&facts.into_iter().map(row).collect::<Vec<_>>())));
    said.push_str(&format!("\n{}\n", text::COMMENT_REPLIES.of(lang)));
    for reply in &shown.replies {
        let who = format!("{}, {}", reader.parties.name(&reply.organisation), reader.time(reply.stated_ms));
        said.push_str(&block(&who, INDENT));
        said.push_str(&block(reply.text.as_deref().unwrap_or(text::VALUE_MISSING.of(lang)), INDENT * 2));
    }
    if shown.replies.is_empty() {
        said.push_str(&block(text::COMMENT_NO_REPLIES.of(lang), INDENT));
    }
    let fact = |fact: &v1::CommentFact| json!({"path": fact.path, "value": reader.wire_value(fact.value.clone())});
    let reply = |reply: &v1::CommentReply| {
        json!({"organisation": reply.organisation, "authority": reply.authority,
            "stated": time::iso(reply.stated_ms), "text": reply.text})
    };
    let mut data = comment_json(&comment);
    data["question"] = json!(shown.question);
    data["facts"] = json!(shown.facts.iter().map(fact).collect::<Vec<_>>());
    data["replies_received"] = json!(shown.replies.iter().map(reply).collect::<Vec<_>>());
    data["may_reply"] = json!(shown.may_reply);
    data["working_copy_id"] = or_null(&shown.working_copy_id);
    Ok(Outcome::new(said, data))
}

pub(super) async fn reply(config: &Config, args: &ReplyArgs, json: bool, lang: Lang) -> Result<Outcome, Problem> {
    let asks = !args.yes && !args.preview;
    let piped = args.file.as_deref().is_some_and(|f| f.as_os_str() == "-");
    if asks && (json || piped || !io::stdin().is_terminal()) {
        return Err(nobody_to_ask());
    }
    let text = match &args.file {
        Some(file) => write::read_text(file, "file")?,
        None => args.text.clone().unwrap_or_default(),
    };
    input::prose(&text, "text")?;
    let node = Node::connect(config).await?;
    let request = v1::WriteReplyRequest { id: args.id.clone(), text };
    let written = node.call(node.replica().write_reply(request)).await?;
    let copy = WorkingCopy::pull(&node, &written.working_copy_id).await?;
    let manner = Manner { preview: args.preview, asks };
    share(&node, &copy, v1::PublishRequest::default(), manner, lang).await
}

/// From whom it has come, or to whom it went.
fn whom(comment: &v1::Comment, reader: Reader<'_>) -> String {
    let (phrase, who) = if comment.sent {
        (text::COMMENT_OUT, recipient(&comment.to, reader))
    } else {
        (text::COMMENT_IN, recipient(&format!("{}/{}", comment.asker, comment.authority), reader))
    };
    phrase.say(reader.lang, &[&who])
}

/// A party, and which of its authorities, by name.
pub(super) fn recipient(to: &str, reader: Reader<'_>) -> String {
    match to.split_once('/') {
        Some((party, authority)) => {
            format!("{} ({})", reader.parties.name(party), reader.authority(party, authority))
        }
        None => reader.parties.name(to).to_owned(),
    }
}

fn until(comment: &v1::Comment, lang: Lang) -> String {
    if comment.ended {
        return text::COMMENT_ENDED.of(lang).to_owned();
    }
    if comment.ends_ms == 0 {
        return text::NEVER.of(lang).to_owned();
    }
    // The last millisecond of the last day.
    time::local(comment.ends_ms - 1).chars().take(10).collect()
}

fn comment_json(c: &v1::Comment) -> Value {
    json!({
        "document_id": c.document_id,
        "sent": c.sent,
        "asker": c.asker,
        "authority": c.authority,
        "to": c.to,
        "title": c.title,
        "sent_at": time::iso(c.sent_ms),
        "ends": time::iso(c.ends_ms),
        "ended": c.ended,
        "replies": c.replies,
    })
}

fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}
