//! `Portfolio`: the county view, from this node's own projection and store.

use super::{Api, allowance::UnderWay, status};
use crate::{
    driver::{Changed, Watch},
    failure::Failure,
    view::Eyes,
};
use samsyn_wire::{
    transport::Pin,
    v1::{self, portfolio_server::Portfolio},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// Answers to a watching caller that wait to be read; what comes after them is told together.
const ANSWERS_WAITING: usize = 4;
/// Documents in one answer.
const DOCUMENTS_MAX: usize = 1_000;

#[tonic::async_trait]
impl Portfolio for Api {
    type WatchStream = ReceiverStream<Result<v1::WatchResponse, Status>>;

    async fn list_works(
        &self,
        request: Request<v1::ListWorksRequest>,
    ) -> Result<Response<v1::ListWorksResponse>, Status> {
        let device = self.device(&request)?;
        self.view.of(&device).list(request.into_inner(), Eyes::Device).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn list_documents(
        &self,
        request: Request<v1::ListDocumentsRequest>,
    ) -> Result<Response<v1::ListDocumentsResponse>, Status> {
        let device = self.device(&request)?;
        let view = self.view.of(&device);
        view.documents(request.get_ref(), Eyes::Device).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn get_work(&self, request: Request<v1::GetWorkRequest>) -> Result<Response<v1::GetWorkResponse>, Status> {
        let device = self.device(&request)?;
        let work = self.view.of(&device).work(&request.into_inner().id, Eyes::Device).await.map_err(|f| status(&f))?;
        Ok(Response::new(v1::GetWorkResponse { work: Some(work) }))
    }

    async fn search(&self, request: Request<v1::SearchRequest>) -> Result<Response<v1::SearchResponse>, Status> {
        let device = self.device(&request)?;
        let view = self.view.of(&device);
        view.search(request.get_ref(), Eyes::Device).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn similar(&self, request: Request<v1::SimilarRequest>) -> Result<Response<v1::SimilarResponse>, Status> {
        let device = self.device(&request)?;
        let view = self.view.of(&device);
        view.similar(&request.into_inner().id, Eyes::Device).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn history(&self, request: Request<v1::HistoryRequest>) -> Result<Response<v1::HistoryResponse>, Status> {
        let device = self.device(&request)?;
        self.view
            .of(&device)
            .history(&request.into_inner().id, Eyes::Device)
            .await
            .map(Response::new)
            .map_err(|f| status(&f))
    }

    async fn joint_text(
        &self,
        request: Request<v1::JointTextRequest>,
    ) -> Result<Response<v1::JointTextResponse>, Status> {
        let device = self.device(&request)?;
        self.view.of(&device).joint_text(request.into_inner()).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn watch(&self, request: Request<v1::WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let pin = self.device(&request)?.pin;
        let under_way = self.allowances.watch(pin).map_err(|f| status(&f))?;
        let (sender, receiver) = mpsc::channel(ANSWERS_WAITING);
        tokio::spawn(self.clone().tell(pin, self.driver.watch(), sender, under_way));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

impl Api {
    /// What has changed in the county: what lies in a smaller space is no business of every device (keeps I4).
    async fn of_county(&self, changed: Changed) -> Result<Option<Changed>, Failure> {
        let Changed::Documents(mut ids) = changed else { return Ok(Some(changed)) };
        let ids = self.driver.query(move |machine, _| {
            let ledger = machine.ledger();
            ids.retain(|id| ledger.document(id).is_some_and(|founded| founded.space == ledger.county()));
            ids
        });
        Ok(Some(ids.await?).filter(|ids| !ids.is_empty()).map(Changed::Documents))
    }

    /// Tells one caller what changes, until it goes, its device is revoked or the node stops.
    async fn tell(
        self,
        pin: Pin,
        mut watch: Watch,
        sender: mpsc::Sender<Result<v1::WatchResponse, Status>>,
        _under_way: UnderWay,
    ) {
        let mut next = Changed::Everything;
        loop {
            let answer = match (self.allowed(Some(pin)), self.of_county(next).await) {
                (Err(status), _) => Some(Err(status)),
                (Ok(_), Err(failure)) => Some(Err(status(&failure))),
                (Ok(_), Ok(changed)) => changed.map(|changed| Ok(told(changed))),
            };
            if let Some(answer) = answer {
                let over = answer.is_err();
                if sender.send(answer).await.is_err() || over {
                    return;
                }
            }
            next = tokio::select! {
                changed = watch.next(DOCUMENTS_MAX) => match changed {
                    Some(changed) => changed,
                    None => return,
                },
                () = sender.closed() => return,
            };
        }
    }
}

fn told(changed: Changed) -> v1::WatchResponse {
    match changed {
        Changed::Everything => v1::WatchResponse { everything: true, ..v1::WatchResponse::default() },
        Changed::Documents(ids) => {
            v1::WatchResponse { document_ids: ids.iter().map(ToString::to_string).collect(), everything: false }
        }
    }
}
