//! A node in memory, as far as a client can tell: real TLS, real gRPC, no rules. What it publishes it remembers.

use automerge::Automerge;
use samsyn_client::model::{self, Draft};
use samsyn_core::{code::Code, entry::DocumentKind, value::Value};
use samsyn_wire::{
    status,
    transport::{AcceptLimits, Identity, PinSet, accept, generate_key_pem, self_signed, server_builder, server_config},
    v1::{
        self,
        node_server::{Node, NodeServer},
        portfolio_server::{Portfolio, PortfolioServer},
        replica_server::{Replica, ReplicaServer},
    },
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

type Answer<T> = Result<Response<T>, Status>;

struct Copy {
    document: Automerge,
    published: Option<Draft>,
}

/// Copies by id.
#[derive(Clone, Default)]
pub(crate) struct FakeNode(Arc<Mutex<BTreeMap<String, Copy>>>);

pub(crate) struct Running {
    pub(crate) node: FakeNode,
    pub(crate) address: SocketAddr,
    pub(crate) identity: Identity,
    pub(crate) devices: Arc<PinSet>,
}

/// Starts it on a free port; no device is admitted yet.
pub(crate) async fn start() -> Running {
    let key = generate_key_pem().expect("a key");
    let hour = Duration::from_hours(1);
    let now = SystemTime::now();
    let certificate = self_signed(&key, &[], now - hour, now + hour).expect("a certificate");
    let identity = Identity::from_pem(&certificate, &key).expect("an identity");
    let devices = PinSet::new([]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let config = server_config(&identity, devices.clone()).expect("a configuration");
    let incoming = accept(listener, config, AcceptLimits::default(), |_, _, _| {});
    let node = FakeNode::default();
    let server = server_builder()
        .add_service(PortfolioServer::new(node.clone()))
        .add_service(ReplicaServer::new(node.clone()))
        .add_service(NodeServer::new(node.clone()));
    tokio::spawn(server.serve_with_incoming(incoming));
    Running { node, address, identity, devices }
}

impl FakeNode {
    fn copies(&self) -> MutexGuard<'_, BTreeMap<String, Copy>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the one working copy says.
    pub(crate) fn draft(&self) -> Draft {
        let copies = self.copies();
        model::read(&copies.values().next().expect("a copy").document).expect("reads")
    }

    pub(crate) fn count(&self) -> usize {
        self.copies().len()
    }

    fn find(copies: &BTreeMap<String, Copy>, id: &str) -> Result<String, Status> {
        let not_found = || status(Code::InputNotFound, "there is no such work", "see the list", Some("id"));
        copies.keys().find(|k| k.starts_with(id)).cloned().ok_or_else(not_found)
    }
}

fn title(draft: &Draft) -> String {
    let title = draft.values().into_iter().find(|(path, _)| path.as_str() == "/facts/title");
    title.and_then(|(_, value)| value.as_text().map(str::to_owned)).unwrap_or_default()
}

#[tonic::async_trait]
impl Portfolio for FakeNode {
    type WatchStream = ReceiverStream<Result<v1::WatchResponse, Status>>;

    async fn watch(&self, _: Request<v1::WatchRequest>) -> Answer<Self::WatchStream> {
        Err(Status::unimplemented("watch"))
    }

    async fn list_works(&self, _: Request<v1::ListWorksRequest>) -> Answer<v1::ListWorksResponse> {
        let row = |(id, copy): (&String, &Copy)| v1::WorkRow {
            title: title(&model::read(&copy.document).expect("reads")),
            owner: "timra".into(),
            draft: copy.published.is_none(),
            working_copy_id: id.clone(),
            ..v1::WorkRow::default()
        };
        let works: Vec<_> = self.copies().iter().map(row).collect();
        let total = works.len() as u64;
        Ok(Response::new(v1::ListWorksResponse { works, total, next_page_token: String::new() }))
    }

    async fn list_documents(&self, _: Request<v1::ListDocumentsRequest>) -> Answer<v1::ListDocumentsResponse> {
        Err(Status::unimplemented("list_documents"))
    }

    async fn search(&self, _: Request<v1::SearchRequest>) -> Answer<v1::SearchResponse> {
        Err(Status::unimplemented("search"))
    }

    async fn similar(&self, _: Request<v1::SimilarRequest>) -> Answer<v1::SimilarResponse> {
        Err(Status::unimplemented("similar"))
    }

    async fn get_work(&self, request: Request<v1::GetWorkRequest>) -> Answer<v1::GetWorkResponse> {
        let copies = self.copies();
        let id = Self::find(&copies, &request.into_inner().id)?;
        let draft = model::read(&copies[&id].document).expect("reads");
        let fact = |(path, value): (&samsyn_core::id::Path, &Value)| v1::Fact {
            path: path.to_string(),
            value: Some(value.into()),
            standing: true,
            ..v1::Fact::default()
        };
        let work = v1::Work {
            owner: "timra".into(),
            facts: draft.values().iter().map(fact).collect(),
            draft: Some(v1::DraftInfo { working_copy_id: id, ..v1::DraftInfo::default() }),
            ..v1::Work::default()
        };
        Ok(Response::new(v1::GetWorkResponse { work: Some(work) }))
    }

    async fn joint_text(&self, request: Request<v1::JointTextRequest>) -> Answer<v1::JointTextResponse> {
        let copies = self.copies();
        let id = Self::find(&copies, &request.into_inner().id)?;
        let draft = model::read(&copies[&id].document).expect("reads");
        let text = draft.prose.iter().find(|(path, _)| path.as_str() == "/note").map(|(_, text)| text.clone());
        let passage =
            |text: &String| v1::TextPassage { text: text.clone(), stated_by: "timra".into(), ..Default::default() };
        Ok(Response::new(v1::JointTextResponse {
            document_id: "ab".repeat(32),
            title: title(&draft),
            path: "/note".into(),
            state: if text.is_some() { v1::JointTextState::Settled } else { v1::JointTextState::Empty }.into(),
            passages: text.iter().map(passage).collect(),
            text: text.unwrap_or_default(),
            ..Default::default()
        }))
    }

    async fn history(&self, _: Request<v1::HistoryRequest>) -> Answer<v1::HistoryResponse> {
        Ok(Response::new(v1::HistoryResponse::default()))
    }
}

#[tonic::async_trait]
impl Replica for FakeNode {
    type PullFactsStream = ReceiverStream<Result<v1::PulledFact, Status>>;

    async fn pull_facts(&self, _: Request<v1::PullFactsRequest>) -> Answer<Self::PullFactsStream> {
        Err(Status::unimplemented("pull_facts"))
    }

    async fn list_working_copies(
        &self,
        _: Request<v1::ListWorkingCopiesRequest>,
    ) -> Answer<v1::ListWorkingCopiesResponse> {
        Err(Status::unimplemented("list_working_copies"))
    }

    async fn pull_working_copy(
        &self,
        request: Request<v1::PullWorkingCopyRequest>,
    ) -> Answer<v1::PullWorkingCopyResponse> {
        let copies = self.copies();
        let id = Self::find(&copies, &request.into_inner().id)?;
        let automerge = copies[&id].document.save();
        let document_id = if copies[&id].published.is_some() { "ab".repeat(32) } else { String::new() };
        Ok(Response::new(v1::PullWorkingCopyResponse { id, document_id, automerge, ..Default::default() }))
    }

    async fn list_release_requests(
        &self,
        _: Request<v1::ListReleaseRequestsRequest>,
    ) -> Answer<v1::ListReleaseRequestsResponse> {
        Ok(Response::new(v1::ListReleaseRequestsResponse::default()))
    }

    async fn list_comments(&self, _: Request<v1::ListCommentsRequest>) -> Answer<v1::ListCommentsResponse> {
        Err(Status::unimplemented("list_comments"))
    }

    async fn show_comment(&self, _: Request<v1::ShowCommentRequest>) -> Answer<v1::ShowCommentResponse> {
        Err(Status::unimplemented("show_comment"))
    }

    async fn write_reply(&self, _: Request<v1::WriteReplyRequest>) -> Answer<v1::WriteReplyResponse> {
        Err(Status::unimplemented("write_reply"))
    }

    async fn decide_release(&self, _: Request<v1::DecideReleaseRequest>) -> Answer<v1::DecideReleaseResponse> {
        Err(Status::unimplemented("decide_release"))
    }

    async fn push_changes(&self, request: Request<v1::PushChangesRequest>) -> Answer<v1::PushChangesResponse> {
        let request = request.into_inner();
        let mut copies = self.copies();
        let copy = copies.get_mut(&request.working_copy_id).expect("a full id");
        let accepted = u32::try_from(request.changes.len()).expect("few");
        for bytes in request.changes {
            let change = automerge::Change::from_bytes(bytes).expect("a change");
            copy.document.apply_changes([change]).expect("applies");
        }
        Ok(Response::new(v1::PushChangesResponse { accepted, heads: Vec::new() }))
    }

    async fn create_working_copy(
        &self,
        request: Request<v1::CreateWorkingCopyRequest>,
    ) -> Answer<v1::CreateWorkingCopyResponse> {
        let id = hex::encode(request.into_inner().request_id);
        self.copies().insert(id.clone(), Copy { document: model::found(DocumentKind::Work), published: None });
        Ok(Response::new(v1::CreateWorkingCopyResponse { id }))
    }

    async fn publish(&self, request: Request<v1::PublishRequest>) -> Answer<v1::PublishResponse> {
        let request = request.into_inner();
        let mut copies = self.copies();
        let copy = copies.get_mut(&request.working_copy_id).expect("a full id");
        let draft = model::read(&copy.document).expect("reads");
        let before = copy.published.clone().unwrap_or_default().values();
        let changed = draft.values().into_iter().filter(|(p, v)| before.get(p) != Some(v));
        let asked = |path: &String| request.paths.is_empty() || request.paths.contains(path);
        let published_paths: Vec<String> = changed.map(|(path, _)| path.to_string()).filter(asked).collect();
        if !request.preview {
            copy.published = Some(draft);
        }
        Ok(Response::new(v1::PublishResponse {
            commit: if request.preview { String::new() } else { "ab".repeat(32) },
            nothing: published_paths.is_empty(),
            published_paths,
            purpose: v1::Purpose::ForInformation.into(),
            audience: v1::Audience::Parties.into(),
            ..v1::PublishResponse::default()
        }))
    }
}

#[tonic::async_trait]
impl Node for FakeNode {
    async fn status(&self, _: Request<v1::StatusRequest>) -> Answer<v1::StatusResponse> {
        Ok(Response::new(v1::StatusResponse { organisation: "timra".into(), ..Default::default() }))
    }

    async fn parties(&self, _: Request<v1::PartiesRequest>) -> Answer<v1::PartiesResponse> {
        let party = |id: &str, name: &str| v1::Party { id: id.into(), name: name.into(), ..Default::default() };
        let parties = vec![party("rvn", "Region Västernorrland"), party("timra", "Timrå kommun")];
        Ok(Response::new(v1::PartiesResponse { parties }))
    }

    async fn pending(&self, _: Request<v1::EntriesRequest>) -> Answer<v1::EntriesResponse> {
        Ok(Response::new(v1::EntriesResponse::default()))
    }

    async fn refused(&self, _: Request<v1::EntriesRequest>) -> Answer<v1::EntriesResponse> {
        Ok(Response::new(v1::EntriesResponse::default()))
    }

    async fn notices(&self, _: Request<v1::NoticesRequest>) -> Result<Response<v1::NoticesResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }
    async fn forks(&self, _: Request<v1::ForksRequest>) -> Answer<v1::ForksResponse> {
        Ok(Response::new(v1::ForksResponse::default()))
    }
}
