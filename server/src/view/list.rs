//! The portfolio as a list.

use super::{Eyes, View, node::page};
use crate::{
    failure::Failure,
    projection,
    store::{WorkFilter, WorkRow, WorkingCopyRow},
    working,
};
use samsyn_client::model;
use samsyn_core::{
    id::{DocumentId, OrgId},
    value::Value,
};
use samsyn_wire::v1;
use std::collections::{BTreeMap, BTreeSet};

impl View {
    pub(crate) async fn list(
        &self,
        request: v1::ListWorksRequest,
        eyes: Eyes,
    ) -> Result<v1::ListWorksResponse, Failure> {
        let (limit, offset) = page(request.page_size, &request.page_token)?;
        let filter = WorkFilter {
            party: request.party,
            stage: request.stage,
            form: request.form,
            target_group: request.target_group,
            criterion: request.criterion,
            public: eyes == Eyes::Public,
            latest: request.latest_first,
            text: request.text.as_deref().map(projection::fold),
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            offset: offset as u64,
        };
        let (rows, total) = self.store.works(&filter).await?;
        let copies = if eyes == Eyes::Device { self.working_copies().await? } else { Vec::new() };
        let mut works = Vec::with_capacity(rows.len());
        for row in &rows {
            let copy = copies.iter().find(|c| c.document == Some(row.document));
            works.push(work_row(row, copy)?);
        }
        let next = offset + rows.len();
        let more = (next as u64) < total;
        let mut drafts = Vec::new();
        if request.include_drafts && eyes == Eyes::Device && offset == 0 {
            let (own, shown) = self
                .driver
                .query(|machine, _| {
                    let shown: BTreeSet<DocumentId> = machine.ledger().documents().map(|(id, _)| id).collect();
                    (machine.own().clone(), shown)
                })
                .await?;
            // Also what has lost its effect: it is a draft again.
            for copy in copies.iter().filter(|c| c.document.is_none_or(|d| !shown.contains(&d))) {
                drafts.push(draft_row(copy, &own)?);
            }
        }
        let total = total + drafts.len() as u64;
        works.extend(drafts);
        Ok(v1::ListWorksResponse { works, total, next_page_token: if more { next.to_string() } else { String::new() } })
    }
}

fn work_row(row: &WorkRow, copy: Option<&WorkingCopyRow>) -> Result<v1::WorkRow, Failure> {
    let terms = |kind: &str, prefix: &str| -> Vec<String> {
        row.terms.iter().filter(|(k, _)| k == kind).map(|(_, term)| format!("{prefix}:{term}")).collect()
    };
    let info = copy.map(draft_info).transpose()?;
    Ok(v1::WorkRow {
        document_id: row.document.to_string(),
        public_number: row.public_number.clone(),
        title: row.title.clone(),
        owner: row.owner.clone(),
        stage: row.stage.clone(),
        form: row.form.clone(),
        start: row.start.clone(),
        partners: terms("party", "org"),
        target_groups: terms("target-group", "target-group"),
        conflicts: u32::try_from(row.conflicts).unwrap_or(u32::MAX),
        updated_ms: row.updated_ms,
        draft: false,
        unpublished_changes: info.as_ref().is_some_and(|i| !i.unpublished_paths.is_empty()),
        working_copy_id: info.map(|i| i.working_copy_id).unwrap_or_default(),
    })
}

fn draft_row(copy: &WorkingCopyRow, own: &OrgId) -> Result<v1::WorkRow, Failure> {
    let draft = model::read(&working::load(&copy.automerge)?).map_err(working::failure)?;
    let values: BTreeMap<String, Value> = draft.values().into_iter().map(|(p, v)| (p.to_string(), v)).collect();
    let word = |path: &str| {
        values
            .get(path)
            .and_then(Value::as_text)
            .map(|t| t.split_once(':').map_or(t, |(_, w)| w).to_owned())
            .unwrap_or_default()
    };
    Ok(v1::WorkRow {
        title: copy.title.clone(),
        owner: own.to_string(),
        stage: word("/facts/stage"),
        form: word("/facts/form"),
        start: values.get("/facts/start").and_then(Value::as_text).unwrap_or_default().to_owned(),
        public_number: values.get("/facts/public-number").and_then(Value::as_text).unwrap_or_default().to_owned(),
        draft: true,
        unpublished_changes: true,
        working_copy_id: copy.id.to_string(),
        ..v1::WorkRow::default()
    })
}

pub(super) fn draft_info(row: &WorkingCopyRow) -> Result<v1::DraftInfo, Failure> {
    let draft = model::read(&working::load(&row.automerge)?).map_err(working::failure)?;
    let difference = working::Bridge::decode(&row.bridge)?.difference(&draft);
    let mut unpublished_paths: Vec<String> = difference.into_iter().map(|p| p.path.to_string()).collect();
    unpublished_paths.sort();
    Ok(v1::DraftInfo { working_copy_id: row.id.to_string(), unpublished_paths })
}
