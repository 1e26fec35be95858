//! What waits for a releaser: the queue with its age, what each would share, and the answer.

use super::{
    Outcome,
    publish::{confirmed, data, effect, held_back, nobody_to_ask, shared},
};
use crate::{
    cli::release::{ApproveArgs, ListArgs, RefuseArgs},
    config::Config,
    copy::WorkingCopy,
    node::Node,
    problem::Problem,
    show::{Reader, audience_id, purpose_id},
    table::{shorten, table},
    text::{self, Lang},
    time,
};
use samsyn_core::code::Code;
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::io::{self, IsTerminal};

const TITLE_MAX: usize = 60;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Letters of a working copy's id that are shown.
const ID_LETTERS: usize = 12;

pub(super) async fn requests(node: &Node) -> Result<Vec<v1::ReleaseRequest>, Problem> {
    let request = v1::ListReleaseRequestsRequest {};
    Ok(node.call(node.replica().list_release_requests(request)).await?.requests)
}

pub(super) async fn list(config: &Config, args: &ListArgs, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let mut requests = requests(&node).await?;
    requests.retain(|r| args.all || r.state() == v1::ReleaseState::Waits);
    let data = json!({"requests": requests.iter().map(request_json).collect::<Vec<_>>()});
    if requests.is_empty() {
        return Ok(Outcome::new(text::RELEASE_NONE.of(lang), data));
    }
    let parties = node.parties().await?;
    let own = parties.own().map(|p| p.id.clone()).unwrap_or_default();
    let reader = Reader { lang, parties: &parties };
    let headings = [
        text::ID,
        text::TITLE,
        text::AUTHORITY,
        text::RELEASE_ASKED,
        text::RELEASE_AGE,
        text::RELEASE_BY,
        text::RELEASE_STATE,
    ];
    let row = |r: &v1::ReleaseRequest| {
        vec![
            handle(r).chars().take(ID_LETTERS).collect(),
            shorten(reader.or_unknown(&r.title), TITLE_MAX),
            reader.authority(&own, &r.authority).to_owned(),
            reader.time(r.asked_ms),
            age(r, lang),
            r.asked_by.clone(),
            state(r, lang),
        ]
    };
    let rows: Vec<Vec<String>> = requests.iter().map(row).collect();
    Ok(Outcome::new(table(&headings.map(|h| h.of(lang)), &rows), data))
}

/// By what `samsyn` finds it: the document once there is one.
fn handle(request: &v1::ReleaseRequest) -> &str {
    if request.document_id.is_empty() { &request.working_copy_id } else { &request.document_id }
}

/// How long it has waited, or had to.
fn age(request: &v1::ReleaseRequest, lang: Lang) -> String {
    let until = if request.answered_ms > 0 { request.answered_ms } else { time::now_ms() };
    match until.saturating_sub(request.asked_ms) / DAY_MS {
        0 => text::RELEASE_TODAY.of(lang).to_owned(),
        days => text::RELEASE_DAYS.say(lang, &[&days.to_string()]),
    }
}

pub(super) fn state(request: &v1::ReleaseRequest, lang: Lang) -> String {
    let at = time::local(request.answered_ms);
    match request.state() {
        v1::ReleaseState::Approved => text::RELEASE_APPROVED.say(lang, &[&at, &request.answered_by]),
        v1::ReleaseState::Refused => text::RELEASE_REFUSED.say(lang, &[&at, &request.answered_by, &request.reason]),
        v1::ReleaseState::Waits | v1::ReleaseState::Unspecified => text::RELEASE_WAITS.of(lang).to_owned(),
    }
}

pub(super) fn request_json(r: &v1::ReleaseRequest) -> Value {
    let or_null = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let state = match r.state() {
        v1::ReleaseState::Approved => "approved",
        v1::ReleaseState::Refused => "refused",
        v1::ReleaseState::Waits | v1::ReleaseState::Unspecified => "waits",
    };
    json!({
        "working_copy_id": r.working_copy_id,
        "document_id": or_null(&r.document_id),
        "title": r.title,
        "authority": r.authority,
        "purpose": purpose_id(r.purpose()),
        "audience": audience_id(r.audience()),
        "paths": r.paths,
        "asked": time::iso(r.asked_ms),
        "asked_by": r.asked_by,
        "state": state,
        "answered": time::iso(r.answered_ms),
        "answered_by": or_null(&r.answered_by),
        "reason": or_null(&r.reason),
        "content": r.content,
        "to": r.to,
        "until": or_null(&r.until),
        "question": or_null(&r.question),
    })
}

/// What waits under a work's number, the draft that it is about, and what sharing it would mean.
async fn waiting(node: &Node, id: &str) -> Result<(WorkingCopy, v1::PublishResponse, v1::ReleaseRequest), Problem> {
    let copy = WorkingCopy::pull(node, id).await?;
    let found = requests(node).await?.into_iter().find(|r| r.working_copy_id == copy.id);
    let request = found.filter(|r| r.state() == v1::ReleaseState::Waits).ok_or_else(not_waiting)?;
    // What is shown is what the request is of, or later: if it is later, the node answers that it has changed.
    let copy = WorkingCopy::pull(node, &copy.id).await?;
    let preview = v1::PublishRequest {
        working_copy_id: copy.id.clone(),
        purpose: request.purpose,
        audience: request.audience,
        authority: request.authority.clone(),
        paths: request.paths.clone(),
        to: request.to.clone(),
        until: request.until.clone(),
        question: request.question.clone(),
        preview: true,
        ..v1::PublishRequest::default()
    };
    let preview = node.call(node.replica().publish(preview)).await?;
    Ok((copy, preview, request))
}

fn not_waiting() -> Problem {
    let (message, remedy) = crate::problem::known(Code::ReleaseNotWaiting).unwrap_or_default();
    Problem::new(
        Code::ReleaseNotWaiting,
        text::Text(message, "Nothing waits for an answer here, or it has been answered already."),
        text::Text(remedy, "see the queue with: samsyn release list"),
    )
}

pub(super) async fn show(config: &Config, id: &str, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let (copy, preview, request) = waiting(&node, id).await?;
    let parties = node.parties().await?;
    let reader = Reader { lang, parties: &parties };
    if !preview.held_back.is_empty() {
        return Ok(held_back(&preview, &copy, reader));
    }
    let mut data = data(&preview, &copy);
    data["release_request"] = request_json(&request);
    Ok(Outcome::new(effect(&preview, &copy.draft()?, reader), data))
}

pub(super) async fn approve(config: &Config, args: &ApproveArgs, json: bool, lang: Lang) -> Result<Outcome, Problem> {
    if !args.yes && (json || !io::stdin().is_terminal()) {
        return Err(nobody_to_ask());
    }
    let node = Node::connect(config).await?;
    let (copy, preview, request) = waiting(&node, &args.id).await?;
    let parties = node.parties().await?;
    let reader = Reader { lang, parties: &parties };
    if !preview.held_back.is_empty() {
        return Ok(held_back(&preview, &copy, reader));
    }
    let effect = effect(&preview, &copy.draft()?, reader);
    if !args.yes && !confirmed(&effect, text::RELEASE_ASK, lang) {
        return Ok(Outcome { exit_code: 1, ..Outcome::new(text::RELEASE_STOPPED.of(lang), data(&preview, &copy)) });
    }
    let decision = v1::DecideReleaseRequest {
        working_copy_id: copy.id.clone(),
        approve: true,
        reason: String::new(),
        content: request.content,
    };
    let done = node.call(node.replica().decide_release(decision)).await?.published.unwrap_or_default();
    if !done.held_back.is_empty() {
        return Ok(held_back(&done, &copy, reader));
    }
    Ok(shared(&done, &copy, reader))
}

pub(super) async fn refuse(config: &Config, args: &RefuseArgs, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let (copy, _, request) = waiting(&node, &args.id).await?;
    let decision = v1::DecideReleaseRequest {
        working_copy_id: copy.id.clone(),
        approve: false,
        reason: args.reason.clone(),
        content: request.content,
    };
    node.call(node.replica().decide_release(decision)).await?;
    let said = text::RELEASE_REFUSED_DONE.say(lang, &[&args.id]);
    Ok(Outcome::new(said, json!({"working_copy_id": copy.id, "refused": true})))
}
