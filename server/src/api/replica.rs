//! `Replica`: facts by position and working copies, for the organisation's own devices.

use super::{Api, allowance, owned, releases, status};
use crate::{
    driver::{Composed, now_ms},
    failure::Failure,
    release::{
        self, Which,
        circle::{Circle, Recipient},
        desk::{Outcome, gate},
    },
    secrecy::Overruled,
    store::{Device, RequestRow, WorkingCopyRow},
    view::copy_id,
    who::{Who, speaks_for},
    working::{self, Bridge, take_changes},
};
use automerge::{Automerge, ChangeHash, ReadDoc};
use samsyn_client::model;
use samsyn_core::{
    code::Code,
    entry::{DocumentKind, Outline},
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation, Name, Path},
    value::ValueFault,
};
use samsyn_wire::v1::{self, replica_server::Replica};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

const FACTS_MAX: u32 = 10_000;

#[tonic::async_trait]
impl Replica for Api {
    type PullFactsStream = ReceiverStream<Result<v1::PulledFact, Status>>;

    async fn pull_facts(
        &self,
        request: Request<v1::PullFactsRequest>,
    ) -> Result<Response<Self::PullFactsStream>, Status> {
        self.device(&request)?;
        let request = request.into_inner();
        let (sender, receiver) = mpsc::channel(64);
        let api = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = api.send_facts(&request, &sender).await {
                sender.send(Err(status(&failure))).await.ok();
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn list_working_copies(
        &self,
        request: Request<v1::ListWorkingCopiesRequest>,
    ) -> Result<Response<v1::ListWorkingCopiesResponse>, Status> {
        let device = self.device(&request)?;
        let mut rows = self.store.working_copies().await.map_err(|f| status(&f))?;
        rows.retain(|row| Who::Device(&device).sees_drafts(&row.authority));
        let mut working_copies: Vec<v1::WorkingCopyRow> =
            rows.iter().map(row).collect::<Result<_, _>>().map_err(|f| status(&f))?;
        let requests = self.store.release_requests().await.map_err(|f| status(&f))?;
        for (row, shown) in rows.iter().zip(&mut working_copies) {
            let seen = |r: &&RequestRow| r.working_copy == row.id && speaks_for(&device, &r.request.authority);
            let request = requests.iter().find(seen);
            shown.release_request = request.map(|r| releases::shown(r, Some(row)));
        }
        Ok(Response::new(v1::ListWorkingCopiesResponse { working_copies }))
    }

    async fn pull_working_copy(
        &self,
        request: Request<v1::PullWorkingCopyRequest>,
    ) -> Result<Response<v1::PullWorkingCopyResponse>, Status> {
        let device = self.insider(&request)?;
        let (api, request) = (self.clone(), request.into_inner());
        owned(async move { api.pull(&device, request).await }).await.map(Response::new)
    }

    async fn push_changes(
        &self,
        request: Request<v1::PushChangesRequest>,
    ) -> Result<Response<v1::PushChangesResponse>, Status> {
        let device = self.editor(&request)?;
        let under_way = self.allowances.push(device.pin).map_err(|f| status(&f))?;
        let (api, request) = (self.clone(), request.into_inner());
        let push = async move {
            let answer = api.push(&device, request).await;
            drop(under_way);
            answer
        };
        owned(push).await.map(Response::new)
    }

    async fn create_working_copy(
        &self,
        request: Request<v1::CreateWorkingCopyRequest>,
    ) -> Result<Response<v1::CreateWorkingCopyResponse>, Status> {
        let device = self.editor(&request)?;
        let (api, request) = (self.clone(), request.into_inner());
        owned(async move { api.create(&device, request).await }).await.map(Response::new)
    }

    async fn publish(&self, request: Request<v1::PublishRequest>) -> Result<Response<v1::PublishResponse>, Status> {
        // Who releases looks at it first, and may overrule; what else is shared is asked for by who has written it.
        let looks = request.get_ref().preview || request.get_ref().overrule.is_some();
        let device = if looks { self.insider(&request)? } else { self.editor(&request)? };
        let (api, request) = (self.clone(), request.into_inner());
        owned(Box::pin(async move { Box::pin(api.release(&device, request)).await })).await.map(Response::new)
    }

    async fn list_release_requests(
        &self,
        request: Request<v1::ListReleaseRequestsRequest>,
    ) -> Result<Response<v1::ListReleaseRequestsResponse>, Status> {
        let device = self.insider(&request)?;
        let requests = self.release_requests(&device).await.map_err(|f| status(&f))?;
        Ok(Response::new(v1::ListReleaseRequestsResponse { requests }))
    }

    async fn list_comments(
        &self,
        request: Request<v1::ListCommentsRequest>,
    ) -> Result<Response<v1::ListCommentsResponse>, Status> {
        let device = self.insider(&request)?;
        self.list_comments_for(&device).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn show_comment(
        &self,
        request: Request<v1::ShowCommentRequest>,
    ) -> Result<Response<v1::ShowCommentResponse>, Status> {
        let device = self.insider(&request)?;
        self.show_comment_to(&device, &request.get_ref().id).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn write_reply(
        &self,
        request: Request<v1::WriteReplyRequest>,
    ) -> Result<Response<v1::WriteReplyResponse>, Status> {
        let device = self.editor(&request)?;
        let (api, request) = (self.clone(), request.into_inner());
        owned(Box::pin(async move { api.write_reply_of(&device, request).await })).await.map(Response::new)
    }

    async fn decide_release(
        &self,
        request: Request<v1::DecideReleaseRequest>,
    ) -> Result<Response<v1::DecideReleaseResponse>, Status> {
        let device = self.device(&request)?;
        let (api, request) = (self.clone(), request.into_inner());
        owned(Box::pin(async move { Box::pin(api.decide(&device, request)).await })).await.map(Response::new)
    }
}

impl Api {
    async fn create(
        &self,
        device: &Device,
        request: v1::CreateWorkingCopyRequest,
    ) -> Result<v1::CreateWorkingCopyResponse, Failure> {
        let kind = DocumentKind::try_from(request.kind())
            .map_err(|e| Failure::new(e.code, e.to_string(), "say which kind of document").field("kind"))?;
        let id = Incarnation::from_slice(&request.request_id).map_err(|_| {
            Failure::new(Code::InputValue, "the request id is not 16 bytes", "send 16 random bytes").field("request_id")
        })?;
        if self.store.working_copy(&id).await?.is_some() {
            return Ok(v1::CreateWorkingCopyResponse { id: id.to_string() });
        }
        let wanted = Some(request.authority).filter(|a| !a.is_empty());
        let authority = self.authority(wanted, device).await?;
        if !speaks_for(device, &authority) {
            let message = format!("this device speaks for another authority than '{authority}'");
            let remedy = "leave the authority out, or use a device of that authority";
            return Err(Failure::new(Code::RoleForbidden, message, remedy).field("authority"));
        }
        self.allowances.draft(device.pin, &self.store.drafts().await?)?;
        let id = self.releases.found(id, kind, authority).await?;
        self.allowances.made(device.pin, id);
        Ok(v1::CreateWorkingCopyResponse { id: id.to_string() })
    }

    /// The authority asked for, else the device's, else the organisation's first in the charter.
    pub(super) async fn authority(&self, wanted: Option<String>, device: &Device) -> Result<AuthorityId, Failure> {
        let known: Vec<AuthorityId> = self
            .driver
            .query(|machine, _| {
                let party = machine.ledger().charters().in_force().1.party(machine.own());
                party.map(|p| p.authorities.iter().map(|a| a.id.clone()).collect()).unwrap_or_default()
            })
            .await?;
        let Some(wanted) = wanted else {
            let first = device.authority.clone().or_else(|| known.first().cloned());
            return first.map_or_else(|| Ok(AuthorityId::new("main")?), Ok);
        };
        let authority = AuthorityId::new(&wanted)?;
        if known.is_empty() || known.contains(&authority) {
            return Ok(authority);
        }
        let names: Vec<&str> = known.iter().map(Name::as_str).collect();
        Err(Failure::new(
            Code::InputValue,
            format!("'{wanted}' is none of this organisation's authorities"),
            format!("use one of {}", names.join(", ")),
        )
        .field("authority"))
    }

    /// The working copy that is meant, or of the document that is.
    async fn meant(&self, device: &Device, id: &str) -> Result<WorkingCopyRow, Failure> {
        let resolved = self.view.of(device).resolve(id).await?;
        let row = match (resolved.working_copy, resolved.document) {
            (Some(row), _) => row,
            (None, Some(document)) => self.adopt(device, document).await?,
            (None, None) => {
                return Err(Failure::new(
                    Code::InputNotFound,
                    "there is no such working copy",
                    "see 'samsyn work list --drafts'",
                )
                .field("id"));
            }
        };
        within(device, &row)?;
        Ok(row)
    }

    async fn pull(
        &self,
        device: &Device,
        request: v1::PullWorkingCopyRequest,
    ) -> Result<v1::PullWorkingCopyResponse, Failure> {
        let meant = self.meant(device, &request.id).await?;
        let lock = self.releases.lock(meant.id).await;
        let (_lock, row) = match self.releases.copy(&meant.id).await {
            // A document's draft that was made anew before the lock was there: the new one is meant.
            Err(failure) if failure.code == Code::InputConflict => {
                drop(lock);
                let meant = self.meant(device, &request.id).await?;
                (self.releases.lock(meant.id).await, self.releases.copy(&meant.id).await?)
            }
            found => (lock, found?),
        };
        let opened = release::open(&self.driver, &self.store, row).await?;
        let known: Vec<ChangeHash> = request
            .have_heads
            .iter()
            .filter_map(|h| Some(ChangeHash(h.as_slice().try_into().ok()?)))
            .filter(|h| opened.document.get_change_by_hash(h).is_some())
            .collect();
        let automerge = if known.is_empty() { opened.document.save() } else { opened.document.save_after(&known) };
        Ok(v1::PullWorkingCopyResponse {
            id: opened.row.id.to_string(),
            document_id: opened.row.document.map(|d| d.to_string()).unwrap_or_default(),
            kind: v1::DocumentKind::from(model::kind(&opened.document).map_err(working::failure)?).into(),
            authority: opened.row.authority.to_string(),
            automerge,
            heads: heads(&opened.document),
            position: opened.row.updated_ms,
        })
    }

    /// A working copy for a document that has none here: the own organisation's, or one of another party in which it
    /// has paths of its own to write (its part, a remark, the joint note).
    async fn adopt(&self, device: &Device, document: DocumentId) -> Result<WorkingCopyRow, Failure> {
        let own_board = async || self.authority(None, device).await;
        self.releases.adopt(document, own_board, |authority| speaks_for(device, authority)).await
    }

    async fn push(&self, device: &Device, request: v1::PushChangesRequest) -> Result<v1::PushChangesResponse, Failure> {
        let id = copy_id(&request.working_copy_id)?;
        let _lock = self.releases.lock(id).await;
        let mut row = self.releases.copy(&id).await?;
        within(device, &row)?;
        if row.document.is_none() {
            allowance::check_bytes(&self.store.drafts().await?)?;
        }
        // It takes a processor for as long as a large copy needs to be read: on a thread of its own, few at once.
        let turn = self.allowances.trying.acquire().await;
        let (stored, changes) = (std::mem::take(&mut row.automerge), request.changes);
        let tried = tokio::task::spawn_blocking(move || {
            let (document, accepted) = take_changes(&working::load(&stored)?, changes)?;
            let draft = model::read(&document).map_err(working::failure)?;
            let kind = model::kind(&document).map_err(working::failure)?;
            Ok::<_, Failure>((document, accepted, working::title(kind, &draft)))
        });
        let (document, accepted, title) = tried.await.map_err(|_| {
            Failure::new(Code::Failed, "the node could not finish the call", "try again; see the node's log")
        })??;
        drop(turn);
        row.title = title;
        row.automerge = working::save(&document);
        row.updated_ms = now_ms();
        let answer = heads(&document);
        self.driver.write(move |_| Ok(Composed { working_copy: Some(row), ..Composed::default() })).await?;
        Ok(v1::PushChangesResponse { accepted: u32::try_from(accepted).unwrap_or(u32::MAX), heads: answer })
    }

    /// Facts in the order of arrival here, from what the store has.
    async fn send_facts(
        &self,
        request: &v1::PullFactsRequest,
        sender: &mpsc::Sender<Result<v1::PulledFact, Status>>,
    ) -> Result<(), Failure> {
        let limit = if request.limit == 0 { FACTS_MAX } else { request.limit };
        let (mut position, mut sent) = (request.after_position, 0);
        loop {
            let (commits, last) = self.store.commits_after(position).await?;
            if last == position {
                return Ok(());
            }
            let entries: usize = commits.iter().map(|c| c.commit.entries.len()).sum();
            // Positions are dense within a page: each entry has the one after the entry before it.
            let mut at = last - entries as u64;
            for hash in commits.iter().flat_map(|c| c.commit.hashes()) {
                at += 1;
                for fact in self.facts_of(hash, at).await? {
                    if sent >= limit && fact.position > position {
                        return Ok(());
                    }
                    sent += 1;
                    if sender.send(Ok(fact)).await.is_err() {
                        return Ok(()); // the device has gone
                    }
                }
            }
            position = last;
        }
    }

    async fn facts_of(&self, hash: HeaderHash, position: u64) -> Result<Vec<v1::PulledFact>, Failure> {
        let seen = self
            .driver
            .query(move |machine, _| {
                let ledger = machine.ledger();
                // Drafts for comment are their authorities' own (keeps I4).
                let record = ledger.record(&hash).filter(|record| record.log.space == ledger.county())?;
                let Outline::Facts(facts) = record.outline.as_ref() else { return None };
                let kind = ledger.document(&record.document)?.genesis.kind;
                let erased: Vec<bool> =
                    (0u32..).zip(facts).map(|(index, _)| ledger.erased(&FactId { header: hash, index })).collect();
                Some((record.clone(), kind, erased))
            })
            .await?;
        let Some((record, kind, erased)) = seen else { return Ok(Vec::new()) };
        let values = self.store.values_of(&[hash]).await?;
        let pulled = (0u32..).zip(record.outline.facts()).map(|(index, outline)| {
            let salted = values.get(&hash).and_then(|v| v.get(&index));
            let value = match (&outline.value, salted) {
                (None, _) => Ok(None),
                (Some(_), _) if erased[index as usize] => Err(ValueFault::Erased),
                (Some(_), None) => Err(ValueFault::Missing),
                (Some(outline), Some(salted)) => salted.open(outline).map(Some),
            };
            v1::PulledFact {
                position,
                document_id: record.document.to_string(),
                document_kind: v1::DocumentKind::from(kind).into(),
                fact_id: FactId { header: hash, index }.to_string(),
                path: outline.path.to_string(),
                value_fault: value.as_ref().err().map(|f| f.code().to_string()).unwrap_or_default(),
                value: value.ok().flatten().as_ref().map(Into::into),
                removed: outline.value.is_none(),
                stated_by: record.log.organisation.to_string(),
                stated_ms: record.hlc_ms,
                replaces: outline.replaces.iter().map(ToString::to_string).collect(),
                withdrawn: !record.verdict.admitted(),
            }
        });
        Ok(pulled.collect())
    }
}

/// Drafts are their authority's own: for a device of another one there is none.
fn within(device: &Device, row: &WorkingCopyRow) -> Result<(), Failure> {
    gate::may_open(Who::Device(device), &row.authority)
}

/// The paths that are to be shared.
pub(super) fn which(paths: &[String]) -> Result<Which, Failure> {
    if paths.is_empty() {
        return Ok(Which::All);
    }
    let path = |text: &String| {
        Path::new(text).map_err(|e| {
            Failure::new(Code::InputPath, e.to_string(), "name paths as in 'samsyn work show'").field("paths")
        })
    };
    paths.iter().map(path).collect::<Result<_, _>>().map(Which::Only)
}

fn heads(document: &Automerge) -> Vec<Vec<u8>> {
    document.get_heads().iter().map(|h| h.0.to_vec()).collect()
}

pub(super) fn answer(done: Outcome) -> v1::PublishResponse {
    let Outcome { published, purpose, audience, waits, looked_at, circle, wide, reply_to } = done;
    let copy = |(to, id): &(Recipient, DocumentId)| v1::SentCopy { to: to.to_string(), document_id: id.to_string() };
    let copies = published.copies.iter().map(copy).collect();
    let mut published_paths: Vec<String> = published.paths.iter().map(ToString::to_string).collect();
    published_paths.sort();
    let judged = Overruled::of(&published.held);
    let held_back = published.held.into_iter().map(|h| v1::HeldBack {
        may_be_overruled: judged.lets_out(&h),
        from: h.at.as_ref().map_or(0, |at| u32::try_from(at.start).unwrap_or(u32::MAX)),
        to: h.at.as_ref().map_or(0, |at| u32::try_from(at.end).unwrap_or(u32::MAX)),
        path: h.path.to_string(),
        code: h.code.to_string(),
        message: h.message,
        remedy: h.remedy,
    });
    let held_back: Vec<_> = held_back.collect();
    v1::PublishResponse {
        commit: published.commit.map(|c| c.to_string()).unwrap_or_default(),
        document_id: published.document.map(|d| d.to_string()).unwrap_or_default(),
        nothing: published_paths.is_empty() && held_back.is_empty(),
        published_paths,
        held_back,
        purpose: v1::Purpose::from(purpose).into(),
        audience: v1::Audience::from(audience).into(),
        waits,
        looked_at,
        to: circle.iter().flat_map(Circle::names).collect(),
        until: circle.as_ref().map(|circle| circle.until.to_string()).unwrap_or_default(),
        question: circle.map(|circle| circle.question).unwrap_or_default(),
        wide,
        copies,
        reply_to: reply_to.map(|asker| asker.to_string()).unwrap_or_default(),
    }
}

fn row(row: &WorkingCopyRow) -> Result<v1::WorkingCopyRow, Failure> {
    let document = working::load(&row.automerge)?;
    let draft = model::read(&document).map_err(working::failure)?;
    let kind = model::kind(&document).map_err(working::failure)?;
    let unpublished_changes = !Bridge::decode(&row.bridge)?.difference(&draft).is_empty();
    Ok(v1::WorkingCopyRow {
        id: row.id.to_string(),
        document_id: row.document.map(|d| d.to_string()).unwrap_or_default(),
        kind: v1::DocumentKind::from(kind).into(),
        authority: row.authority.to_string(),
        title: row.title.clone(),
        changed_ms: row.updated_ms,
        unpublished_changes,
        release_request: None,
    })
}
