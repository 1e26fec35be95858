//! `Portfolio`: the county view, from this node's own projection and store.

use super::{Api, node::page, resolve::Resolved, status};
use crate::{
    failure::Failure,
    projection::{self, Values},
    store::{WorkFilter, WorkRow, WorkingCopyRow},
    working,
};
use samsyn_client::model;
use samsyn_core::{
    charter::{Charter, PartyKind},
    criteria::{self, CriteriaSet, PartnerKind, WorkFacts},
    document::{Document, PathFacts},
    effect::Verdict,
    entry::{DocumentKind, Genesis, Kind, Outline, Release},
    id::{DocumentId, FactId, HeaderHash, Name, OrgId, Path, SpaceId},
    ledger::{Founded, Ledger},
    prose::Prose,
    value::{Value, ValueFault, ValueType},
};
use samsyn_wire::v1::{self, portfolio_server::Portfolio};
use std::collections::{BTreeMap, BTreeSet};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl Portfolio for Api {
    async fn list_works(
        &self,
        request: Request<v1::ListWorksRequest>,
    ) -> Result<Response<v1::ListWorksResponse>, Status> {
        self.device(&request)?;
        self.list(request.into_inner()).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn get_work(&self, request: Request<v1::GetWorkRequest>) -> Result<Response<v1::GetWorkResponse>, Status> {
        self.device(&request)?;
        let work = self.work(&request.into_inner().id).await.map_err(|f| status(&f))?;
        Ok(Response::new(v1::GetWorkResponse { work: Some(work) }))
    }

    async fn history(&self, request: Request<v1::HistoryRequest>) -> Result<Response<v1::HistoryResponse>, Status> {
        self.device(&request)?;
        self.history_of(&request.into_inner().id).await.map(Response::new).map_err(|f| status(&f))
    }
}

/// A document as the driver's machine has it, taken out.
struct Taken {
    genesis: Genesis,
    space: SpaceId,
    verdict: Verdict,
    document: Document,
    charter: Charter,
}

impl Taken {
    fn founded(&self) -> Founded<'_> {
        Founded { genesis: &self.genesis, space: self.space, verdict: self.verdict, document: &self.document }
    }
}

impl Api {
    async fn list(&self, request: v1::ListWorksRequest) -> Result<v1::ListWorksResponse, Failure> {
        let (limit, offset) = page(request.page_size, &request.page_token)?;
        let filter = WorkFilter {
            party: request.party,
            stage: request.stage,
            form: request.form,
            target_group: request.target_group,
            text: request.text.as_deref().map(projection::fold),
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            offset: offset as u64,
        };
        let (rows, total) = self.store.works(&filter).await?;
        let copies = self.store.working_copies().await?;
        let mut works = Vec::with_capacity(rows.len());
        for row in &rows {
            let copy = copies.iter().find(|c| c.document == Some(row.document));
            works.push(work_row(row, copy)?);
        }
        let next = offset + rows.len();
        let more = (next as u64) < total;
        let mut drafts = Vec::new();
        if request.include_drafts && offset == 0 {
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

    async fn work(&self, id: &str) -> Result<v1::Work, Failure> {
        let resolved = self.resolve(id).await?;
        let Some(id) = resolved.document else { return self.draft(resolved).await };
        let taken = self.take(id).await?;
        if matches!(taken.verdict, Verdict::Refused(_)) && resolved.working_copy.is_some() {
            return self.draft(resolved).await; // what has lost its effect is a draft again
        }
        let founded = taken.founded();
        let mut headers = projection::standing_headers(&founded);
        // Joint prose is read as the merge along all its versions.
        let versions = founded.document.paths().filter(|(_, at)| joint(at)).flat_map(|(_, at)| at.admitted().keys());
        headers.extend(versions.map(|f| f.header));
        let values = self.store.values_of(&headers.into_iter().collect::<Vec<_>>()).await?;
        // A merge of hostile texts can take seconds: it must not hold up other calls.
        let facts = tokio::task::block_in_place(|| {
            founded.document.paths().flat_map(|(path, at)| shown(&founded, path, at, &values)).collect()
        });
        let updated_ms = founded.document.paths().flat_map(|(_, at)| at.admitted().values().map(|f| f.hlc_ms)).max();
        let criteria = (taken.genesis.kind == DocumentKind::Work).then(|| assess(&founded, &taken.charter, &values));
        let number = projection::settled(&founded, "/facts/public-number", &values);
        Ok(v1::Work {
            document_id: id.to_string(),
            kind: v1::DocumentKind::from(taken.genesis.kind).into(),
            owner: taken.genesis.owner.to_string(),
            authority: taken.genesis.authority.to_string(),
            archive_owner: taken.genesis.archive_owner.to_string(),
            facts,
            criteria: criteria.as_ref().map(Into::into),
            draft: resolved.working_copy.as_ref().map(draft_info).transpose()?,
            updated_ms: updated_ms.unwrap_or(0),
            public_number: number.and_then(|v| v.as_text().map(ToOwned::to_owned)).unwrap_or_default(),
        })
    }

    /// A working copy that has never been published, shown as a work.
    async fn draft(&self, resolved: Resolved) -> Result<v1::Work, Failure> {
        let own = self.driver.query(|machine, _| machine.own().clone()).await?;
        let Some(row) = resolved.working_copy else { return Ok(v1::Work::default()) };
        let document = working::load(&row.automerge)?;
        let kind = model::kind(&document).map_err(working::failure)?;
        let draft = model::read(&document).map_err(working::failure)?;
        let facts = draft.values().into_iter().map(|(path, value)| v1::Fact {
            path: path.to_string(),
            value: Some((&value).into()),
            stated_by: own.to_string(),
            standing: true,
            ..v1::Fact::default()
        });
        Ok(v1::Work {
            kind: v1::DocumentKind::from(kind).into(),
            owner: own.to_string(),
            authority: row.authority.to_string(),
            archive_owner: own.to_string(),
            facts: facts.collect(),
            draft: Some(draft_info(&row)?),
            ..v1::Work::default()
        })
    }

    async fn take(&self, id: DocumentId) -> Result<Taken, Failure> {
        let taken = self.driver.query(move |machine, _| {
            let founded = machine.ledger().document(&id)?;
            Some(Taken {
                genesis: founded.genesis.clone(),
                space: founded.space,
                verdict: founded.verdict,
                document: founded.document.clone(),
                charter: machine.ledger().charters().in_force().1.clone(),
            })
        });
        taken.await?.ok_or_else(|| {
            Failure::new(samsyn_core::code::Code::InputNotFound, "the document is not here", "see 'samsyn work list'")
        })
    }

    async fn history_of(&self, id: &str) -> Result<v1::HistoryResponse, Failure> {
        let resolved = self.resolve(id).await?;
        let Some(document) = resolved.document else { return Ok(v1::HistoryResponse::default()) };
        let (steps, needed) = self.driver.query(move |machine, _| steps(machine.ledger(), document)).await?;
        let values = self.store.values_of(&needed.into_iter().collect::<Vec<_>>()).await?;
        let entries = steps.into_iter().map(|step| step.entry(&values)).collect();
        Ok(v1::HistoryResponse { document_id: document.to_string(), entries })
    }
}

/// One entry of a document's history, before its values are read.
struct Step {
    entry: v1::HistoryEntry,
    facts: Vec<(String, Vec<Shown>, Shown)>,
}

/// A fact to be shown: its outline if it is known, and whether its value is erased.
struct Shown {
    id: FactId,
    outline: Option<samsyn_core::entry::FactOutline>,
    erased: bool,
}

fn steps(ledger: &Ledger, document: DocumentId) -> (Vec<Step>, BTreeSet<HeaderHash>) {
    let genesis = HeaderHash(document.0);
    let mut hashes: Vec<HeaderHash> = ledger.entries_of(&document).copied().chain([genesis]).collect();
    hashes.sort_by_key(|h| ledger.record(h).map(|r| (r.hlc_ms, r.seq, *h)));
    let mut needed = BTreeSet::new();
    let shown = |id: FactId| Shown { id, outline: ledger.fact(&id).cloned(), erased: ledger.erased(&id) };
    let mut steps = Vec::new();
    for hash in hashes {
        let Some(record) = ledger.record(&hash) else { continue };
        let release = release_of(ledger, hash);
        let entry = v1::HistoryEntry {
            header: hash.to_string(),
            seq: record.seq,
            organisation: record.log.organisation.to_string(),
            authority: release.as_ref().map(|r| r.authority.to_string()).unwrap_or_default(),
            role: release.as_ref().map(|r| r.role.to_string()).unwrap_or_default(),
            purpose: release.as_ref().map_or(0, |r| v1::Purpose::from(r.purpose).into()),
            audience: release.as_ref().map_or(0, |r| v1::Audience::from(r.audience).into()),
            stated_ms: record.hlc_ms,
            kind: v1::EntryKind::from(record.kind).into(),
            verdict: Some((&record.verdict).into()),
            facts: Vec::new(),
        };
        let mut facts = Vec::new();
        for (index, outline) in (0u32..).zip(record.outline.facts()) {
            needed.insert(hash);
            needed.extend(outline.replaces.iter().map(|f| f.header));
            let before = outline.replaces.iter().map(|f| shown(*f)).collect();
            facts.push((outline.path.to_string(), before, shown(FactId { header: hash, index })));
        }
        steps.push(Step { entry, facts });
    }
    (steps, needed)
}

/// The release that an entry is part of: the first entry of its commit.
fn release_of(ledger: &Ledger, hash: HeaderHash) -> Option<Release> {
    let mut at = ledger.record(&hash)?;
    loop {
        if let Outline::Release(release) = at.outline.as_ref() {
            return Some(release.clone());
        }
        let before = ledger.record(&at.previous?)?;
        if before.end_of_commit || !matches!(at.kind, Kind::Document | Kind::Facts) {
            return None;
        }
        at = before;
    }
}

impl Step {
    fn entry(self, values: &Values) -> v1::HistoryEntry {
        let facts = self.facts.into_iter().map(|(path, before, after)| v1::HistoryFact {
            path,
            before: before.into_iter().map(|s| s.value(values)).collect(),
            after: Some(after.value(values)),
        });
        v1::HistoryEntry { facts: facts.collect(), ..self.entry }
    }
}

impl Shown {
    fn value(self, values: &Values) -> v1::HistoryValue {
        let fact_id = self.id.to_string();
        let outline = self.outline.as_ref().and_then(|o| o.value.as_ref());
        let Some(outline) = outline else {
            return v1::HistoryValue { removed: self.outline.is_some(), fact_id, ..v1::HistoryValue::default() };
        };
        let salted = values.get(&self.id.header).and_then(|v| v.get(&self.id.index));
        let value = match salted {
            _ if self.erased => Err(ValueFault::Erased),
            None => Err(ValueFault::Missing),
            Some(salted) => salted.open(outline),
        };
        v1::HistoryValue {
            value_fault: value.as_ref().err().map(|f| f.code().to_string()).unwrap_or_default(),
            value: value.ok().as_ref().map(Into::into),
            removed: false,
            fact_id,
        }
    }
}

/// True where several versions of a prose stand.
fn joint(at: &PathFacts) -> bool {
    at.conflict() && at.standing().all(|(_, f)| f.value.as_ref().is_none_or(|v| v.kind == ValueType::Prose))
}

/// What stands at a path: every standing fact, or one merged text where versions of a prose can be merged.
fn shown(founded: &Founded<'_>, path: &Path, at: &PathFacts, values: &Values) -> Vec<v1::Fact> {
    if joint(at) {
        let prose = projection::joint_prose(at.admitted(), |f| founded.document.erased().contains(f), values);
        if let Prose::Merged(merged) = prose {
            let authors: BTreeSet<String> = at.standing().map(|(_, f)| f.author.to_string()).collect();
            return vec![v1::Fact {
                path: path.to_string(),
                value: Some((&Value::Prose(merged.text)).into()),
                stated_by: authors.into_iter().collect::<Vec<_>>().join(", "),
                stated_ms: at.standing().map(|(_, f)| f.hlc_ms).max().unwrap_or(0),
                standing: true,
                ..v1::Fact::default()
            }];
        }
    }
    let fact = |(id, fact): (&FactId, &samsyn_core::document::Fact)| {
        let value = projection::value_of(founded, id, at, values);
        v1::Fact {
            path: path.to_string(),
            stated_by: fact.author.to_string(),
            stated_ms: fact.hlc_ms,
            fact_id: id.to_string(),
            standing: true,
            conflict: at.conflict(),
            removed: fact.value.is_none(),
            value_fault: value.as_ref().err().map(|f| f.code().to_string()).unwrap_or_default(),
            value: value.ok().flatten().as_ref().map(Into::into),
        }
    };
    at.standing().map(fact).collect()
}

/// The criteria of 2023, from what stands.
fn assess(founded: &Founded<'_>, charter: &Charter, values: &Values) -> criteria::Assessment {
    let value = |path: &str| projection::settled(founded, path, values);
    let references = |path: &str| match value(path) {
        Some(Value::References(set)) => Some(set),
        _ => None,
    };
    let kind = |reference: &String| {
        let (kind, id) = reference.split_once(':')?;
        let party = OrgId::new(id).ok().filter(|_| kind == "org").and_then(|id| charter.party(&id).map(|p| p.kind));
        Some(match party {
            Some(PartyKind::Region) => PartnerKind::Region,
            Some(PartyKind::Municipality) => PartnerKind::Municipality,
            _ => PartnerKind::Other,
        })
    };
    let partners: Option<BTreeSet<PartnerKind>> =
        references("/facts/partners").map(|set| set.iter().filter_map(kind).collect());
    let claimed = references("/facts/criteria")
        .map(|set| set.iter().filter_map(|r| Name::new(r.split_once(':')?.1).ok()).collect::<BTreeSet<Name>>());
    let financing_secured = match value("/facts/financing-secured") {
        Some(Value::Boolean(secured)) => Some(secured),
        _ => None,
    };
    let has_description = value("/facts/summary").is_some_and(|v| v.as_text().is_some_and(|t| !t.trim().is_empty()));
    criteria::check(&CriteriaSet::set_2023(), &WorkFacts { partners, claimed, has_description, financing_secured })
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

fn draft_info(row: &WorkingCopyRow) -> Result<v1::DraftInfo, Failure> {
    let draft = model::read(&working::load(&row.automerge)?).map_err(working::failure)?;
    let difference = working::Bridge::decode(&row.bridge)?.difference(&draft);
    let mut unpublished_paths: Vec<String> = difference.into_iter().map(|p| p.path.to_string()).collect();
    unpublished_paths.sort();
    Ok(v1::DraftInfo { working_copy_id: row.id.to_string(), unpublished_paths })
}
