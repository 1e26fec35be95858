//! `Node`: how the node is, and everything that waits, has no effect or has forked, with reasons (keeps I11).

use super::{Api, status};
use samsyn_wire::v1::{self, node_server::Node};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl Node for Api {
    async fn status(&self, request: Request<v1::StatusRequest>) -> Result<Response<v1::StatusResponse>, Status> {
        self.device(&request)?;
        self.view.status().await.map(Response::new).map_err(|f| status(&f))
    }

    async fn parties(&self, request: Request<v1::PartiesRequest>) -> Result<Response<v1::PartiesResponse>, Status> {
        self.device(&request)?;
        self.view.parties().await.map(Response::new).map_err(|f| status(&f))
    }

    async fn notices(&self, request: Request<v1::NoticesRequest>) -> Result<Response<v1::NoticesResponse>, Status> {
        self.device(&request)?;
        self.view.notices().await.map(Response::new).map_err(|f| status(&f))
    }

    async fn forks(&self, request: Request<v1::ForksRequest>) -> Result<Response<v1::ForksResponse>, Status> {
        self.device(&request)?;
        self.view.forks().await.map(Response::new).map_err(|f| status(&f))
    }

    async fn pending(&self, request: Request<v1::EntriesRequest>) -> Result<Response<v1::EntriesResponse>, Status> {
        self.device(&request)?;
        self.view.entries(request.into_inner(), true).await.map(Response::new).map_err(|f| status(&f))
    }

    async fn refused(&self, request: Request<v1::EntriesRequest>) -> Result<Response<v1::EntriesResponse>, Status> {
        self.device(&request)?;
        self.view.entries(request.into_inner(), false).await.map(Response::new).map_err(|f| status(&f))
    }
}
