//! What people do at a node, with every failure as a value: during a schedule a node may be frozen or gone.

use crate::county::{path, prose, text};
use samsyn_client::{copy::WorkingCopy, model::Draft, node::Node as Client, problem::Problem};
use samsyn_core::entry::DocumentKind;
use samsyn_wire::v1;
use std::fmt::Write as _;

/// A new work; gives its document id once the node has acknowledged it.
pub(super) async fn publish_work(client: &Client, title: &str) -> Result<String, Problem> {
    let mut copy = WorkingCopy::create(client, DocumentKind::Work, "").await?;
    let mut draft = copy.draft()?;
    draft.set(path("/facts/title"), text(title));
    hand_over(client, &mut copy, draft).await
}

/// A word at the end of a work's joint note.
pub(super) async fn add_to_note(client: &Client, document: &str, word: &str) -> Result<String, Problem> {
    let mut copy = WorkingCopy::pull(client, document).await?;
    let mut draft = copy.draft()?;
    let was = draft.prose.get(&path("/note")).cloned().unwrap_or_default();
    draft.set(path("/note"), prose(format!("{was} {word}").trim()));
    hand_over(client, &mut copy, draft).await
}

/// What a node shows of a work's joint note.
pub(super) async fn note(client: &Client, document: &str) -> Result<String, Problem> {
    let draft = WorkingCopy::pull(client, document).await?.draft()?;
    Ok(draft.prose.get(&path("/note")).cloned().unwrap_or_default())
}

/// Who published which version of it, based on which: for a failure.
pub(super) async fn note_history(client: &Client, document: &str) -> Result<String, Problem> {
    let request = v1::HistoryRequest { id: document.to_owned() };
    let history = client.call(client.portfolio().history(request)).await?;
    let mut lines = String::new();
    for entry in &history.entries {
        for fact in entry.facts.iter().filter(|f| f.path == "/note") {
            let before: Vec<&str> = fact.before.iter().map(|v| &v.fact_id[..8]).collect();
            let Some(after) = &fact.after else { continue };
            let (id, value) = (&after.fact_id[..8], &after.value);
            writeln!(lines, "{id} by {} replaces {before:?}: {value:?}", entry.organisation)
                .expect("writes to a string");
        }
    }
    Ok(lines)
}

async fn hand_over(client: &Client, copy: &mut WorkingCopy, draft: Draft) -> Result<String, Problem> {
    copy.change(&draft)?;
    copy.push(client).await?;
    let request = v1::PublishRequest {
        working_copy_id: copy.id.clone(),
        purpose: v1::Purpose::ForInformation.into(),
        audience: v1::Audience::Parties.into(),
        ..v1::PublishRequest::default()
    };
    // "Nothing to publish" is an acknowledgement too: somebody else at the node has published what was pushed.
    let answer = client.call(client.replica().publish(request)).await?;
    assert!(answer.held_back.is_empty(), "held back: {:?}", answer.held_back);
    Ok(answer.document_id)
}
