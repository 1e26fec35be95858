//! One joint text as it reads now, who wrote what, and what the own node has not shared.

use super::{Eyes, View, resolve::Resolved};
use crate::{
    failure::Failure,
    projection::{self, Values},
    store::WorkingCopyRow,
    working::{self, Bridge},
};
use samsyn_client::model::{self, Draft};
use samsyn_core::{
    code::Code,
    document::{Document, PathFacts},
    effect::Verdict,
    id::{FactId, HeaderHash, Path},
    prose::{self, Merged, Prose, ProseFact, SideBySide, WhyApart},
    rules,
    value::ValueType,
};
use samsyn_wire::v1;
use std::collections::{BTreeMap, BTreeSet};

/// The text that every kind of document has.
const NOTE: &str = "/note";

impl View {
    pub(crate) async fn joint_text(&self, request: v1::JointTextRequest) -> Result<v1::JointTextResponse, Failure> {
        self.joint_text_for(request, Eyes::Device).await
    }

    /// The same for somebody's eyes: a device's also see what the own node has not shared.
    pub(crate) async fn joint_text_for(
        &self,
        request: v1::JointTextRequest,
        eyes: Eyes,
    ) -> Result<v1::JointTextResponse, Failure> {
        let path = if request.path.is_empty() { NOTE } else { request.path.as_str() };
        let path = Path::new(path).map_err(|e| no_text(&e.to_string()))?;
        let resolved = self.find(&request.id, eyes).await?;
        let Some(id) = resolved.document else { return draft_only(resolved, &path) };
        let taken = self.take(id, eyes, Some(path.clone())).await?;
        // What stands there has not been released to them, or nothing stands.
        if eyes == Eyes::Public && !taken.sees(path.as_str()) {
            return Ok(v1::JointTextResponse {
                state: v1::JointTextState::Empty.into(),
                ..v1::JointTextResponse::default()
            });
        }
        if matches!(taken.verdict, Verdict::Refused(_)) && resolved.working_copy.is_some() {
            return draft_only(resolved, &path); // what has lost its effect is a draft again
        }
        let kind = taken.genesis.kind;
        let in_force = self.driver.query(|machine, _| machine.ledger().charters().in_force().1.rules).await?;
        if !rules::rule(in_force, kind, &path).is_some_and(|rule| rule.types.contains(&ValueType::Prose)) {
            return Err(no_text(&format!("{path} holds no text that is written together")));
        }
        let nothing = PathFacts::default();
        let at = taken.document.at(&path).unwrap_or(&nothing);
        let title = Path::new("/facts/title")?;
        let titles = taken.document.at(&title).into_iter().flat_map(|at| at.standing().map(|(id, _)| id.header));
        let bases = taken.bases(&path);
        let headers: BTreeSet<HeaderHash> =
            at.admitted().keys().chain(bases.keys()).map(|f| f.header).chain(titles).collect();
        let values = self.store.values_of(&headers.into_iter().collect::<Vec<_>>()).await?;
        let facts =
            projection::prose_facts(at.admitted().iter(), bases, |f| taken.document.erased().contains(f), &values);
        let prose = self.merges.attributed(&facts).await;
        let unpublished = resolved.working_copy.as_ref().map(|row| unpublished(row, &path)).transpose()?.flatten();
        let title = projection::settled(&taken.founded(), "/facts/title", &values);
        let shown = v1::JointTextResponse {
            document_id: id.to_string(),
            kind: v1::DocumentKind::from(kind).into(),
            title: title.and_then(|v| v.as_text().map(ToOwned::to_owned)).unwrap_or_default(),
            path: path.to_string(),
            versions: versions(&taken.document, at, &facts, &values),
            unpublished,
            ..v1::JointTextResponse::default()
        };
        Ok(with_text(shown, prose, at))
    }
}

/// A working copy that was never published.
fn draft_only(resolved: Resolved, path: &Path) -> Result<v1::JointTextResponse, Failure> {
    let Some(row) = resolved.working_copy else { return Ok(v1::JointTextResponse::default()) };
    let document = working::load(&row.automerge)?;
    let draft = model::read(&document).map_err(working::failure)?;
    let text = text_of(&draft, path);
    let kind = model::kind(&document).map_err(working::failure)?;
    Ok(v1::JointTextResponse {
        kind: v1::DocumentKind::from(kind).into(),
        title: row.title.clone(),
        path: path.to_string(),
        state: v1::JointTextState::Empty.into(),
        unpublished: (!text.is_empty()).then(|| v1::UnpublishedText { working_copy_id: row.id.to_string(), text }),
        ..v1::JointTextResponse::default()
    })
}

fn text_of(draft: &Draft, path: &Path) -> String {
    draft.prose.get(path).cloned().unwrap_or_default()
}

/// What coordinators have written here and not shared.
fn unpublished(row: &WorkingCopyRow, path: &Path) -> Result<Option<v1::UnpublishedText>, Failure> {
    let draft = model::read(&working::load(&row.automerge)?).map_err(working::failure)?;
    let bridge = Bridge::decode(&row.bridge)?;
    if bridge.based_on(path) == draft.value(path).as_ref() {
        return Ok(None);
    }
    Ok(Some(v1::UnpublishedText { working_copy_id: row.id.to_string(), text: text_of(&draft, path) }))
}

fn with_text(mut shown: v1::JointTextResponse, prose: Prose, at: &PathFacts) -> v1::JointTextResponse {
    let state = match prose {
        Prose::Empty { .. } => v1::JointTextState::Empty,
        Prose::Merged(merged) => {
            shown.passages = passages(&merged, at);
            let settled = merged.standing.len() == 1;
            shown.text = merged.text;
            if settled { v1::JointTextState::Settled } else { v1::JointTextState::Merged }
        }
        Prose::SideBySide(SideBySide { why, .. }) => {
            shown.why_apart = match why {
                WhyApart::TextGone => v1::WhyApart::TextGone,
                WhyApart::NoCommonBase => v1::WhyApart::NoCommonBase,
                WhyApart::TooMuch => v1::WhyApart::TooMuch,
                WhyApart::Ring => v1::WhyApart::Ring,
                WhyApart::Engine => v1::WhyApart::Engine,
            }
            .into();
            v1::JointTextState::SideBySide
        }
    };
    shown.state = state.into();
    shown
}

fn passages(merged: &Merged, at: &PathFacts) -> Vec<v1::TextPassage> {
    let passage = |p: &prose::Passage| v1::TextPassage {
        text: merged.text.get(p.range.clone()).unwrap_or_default().to_owned(),
        stated_by: p.author.to_string(),
        stated_ms: at.admitted().get(&p.fact).map_or(0, |f| f.hlc_ms),
        fact_id: p.fact.to_string(),
    };
    merged.passages.iter().map(passage).collect()
}

/// What stands, each with its own text or why it has none.
fn versions(
    document: &Document,
    at: &PathFacts,
    facts: &BTreeMap<FactId, ProseFact>,
    values: &Values,
) -> Vec<v1::TextVersion> {
    let version = |(id, fact): (&FactId, &samsyn_core::document::Fact)| {
        let removed = fact.value.is_none();
        let text = facts.get(id).and_then(|f| f.text.clone()).filter(|_| !removed);
        let here = values.get(&id.header).is_some_and(|v| v.contains_key(&id.index));
        let fault = match (&text, removed, document.erased().contains(id), here) {
            (Some(_), ..) | (_, true, ..) => None,
            (_, _, true, _) => Some(Code::ValueErased),
            (_, _, _, true) => Some(Code::ValueHash),
            _ => Some(Code::ValueMissing),
        };
        v1::TextVersion {
            fact_id: id.to_string(),
            stated_by: fact.author.to_string(),
            stated_ms: fact.hlc_ms,
            text,
            value_fault: fault.map(|c| c.to_string()).unwrap_or_default(),
            removed,
        }
    };
    at.standing().map(version).collect()
}

fn no_text(message: &str) -> Failure {
    Failure::new(Code::InputPath, message, "leave the path out for the joint note").field("path")
}
