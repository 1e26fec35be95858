//! gRPC for the organisation's own clients: `Portfolio`, `Replica`, `Register` and `Node`, with health and reflection. A device's
//! pin opens the connection; its row is asked for again at every call.

mod allowance;
mod comments;
mod devices;
mod node;
mod portfolio;
mod register;
mod releases;
mod replica;

pub use devices::Devices;
#[cfg(test)]
pub(crate) use {register::registrar, releases::releaser};

use crate::{
    comment::Comments,
    driver::Handle,
    failure::Failure,
    handout, paper,
    register::Desk,
    release,
    store::{Device, Role, Store},
    view::View,
    who::Who,
};
use samsyn_core::{code::Code, limits};
use samsyn_wire::{
    transport::{self, AcceptLimits, Identity, PeerInfo, Pin},
    v1::{
        node_server::NodeServer, portfolio_server::PortfolioServer, register_server::RegisterServer,
        replica_server::ReplicaServer,
    },
};
use std::sync::Arc;
use tokio::net::TcpListener;
use tonic::{Request, Status};

/// What the services share.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    driver: Handle,
    store: Arc<Store>,
    view: View,
    devices: Arc<Devices>,
    allowances: Arc<allowance::Allowances>,
    desk: Arc<Desk>,
    releases: Arc<release::desk::Desk>,
    comments: Arc<Comments>,
}

/// Where drafts are shared, registers kept and documents handed out.
#[derive(Debug, Clone)]
pub(crate) struct Desks {
    pub(crate) register: Arc<Desk>,
    pub(crate) releases: Arc<release::desk::Desk>,
    pub(crate) handouts: Arc<handout::Desk>,
    pub(crate) comments: Arc<Comments>,
    pub(crate) papers: Arc<paper::desk::Desk>,
}

/// Serves clients until the task is dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    identity: &Identity,
    driver: Handle,
    store: Arc<Store>,
    devices: Arc<Devices>,
    view: View,
    desks: Desks,
) -> Result<(), Failure> {
    let config = transport::server_config(identity, devices.policy())
        .map_err(|e| Failure::new(Code::TlsCertificate, e.to_string(), "check the node's certificate and key"))?;
    // The transport has logged it.
    let incoming = transport::accept(listener, config, AcceptLimits::default(), |_, _, _| {});
    let (reporter, health) = tonic_health::server::health_reporter();
    // A device hands nothing out: nobody has read anything there.
    let Desks { register: desk, releases, comments, .. } = desks;
    let api = Api { driver, store, view, devices, allowances: Arc::default(), desk, releases, comments };
    reporter.set_serving::<PortfolioServer<Api>>().await;
    reporter.set_serving::<ReplicaServer<Api>>().await;
    reporter.set_serving::<RegisterServer<Api>>().await;
    reporter.set_serving::<NodeServer<Api>>().await;
    let described = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(samsyn_wire::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let fault =
        |e| Failure::new(Code::Failed, format!("reflection cannot be offered: {e}"), "this is a fault in samsynd");
    // Generic clients in use speak the one or the other.
    let reflection = described().build_v1().map_err(fault)?;
    let reflection_alpha = described().build_v1alpha().map_err(fault)?;
    let served = transport::server_builder()
        .add_service(health)
        .add_service(reflection)
        .add_service(reflection_alpha)
        .add_service(PortfolioServer::new(api.clone()).max_decoding_message_size(limits::FRAME_BYTES_MAX))
        .add_service(ReplicaServer::new(api.clone()).max_decoding_message_size(limits::FRAME_BYTES_MAX))
        .add_service(RegisterServer::new(api.clone()).max_decoding_message_size(limits::FRAME_BYTES_MAX))
        .add_service(NodeServer::new(api).max_decoding_message_size(limits::FRAME_BYTES_MAX))
        .serve_with_incoming(incoming)
        .await;
    served.map_err(|e| Failure::new(Code::Failed, format!("the listener for clients ended: {e}"), "restart the node"))
}

impl Api {
    /// The device that calls, as its row is now.
    fn device<T>(&self, request: &Request<T>) -> Result<Device, Status> {
        self.allowed(request.extensions().get::<PeerInfo>().map(|info| info.pin))
    }

    fn allowed(&self, pin: Option<Pin>) -> Result<Device, Status> {
        let device = pin.and_then(|pin| self.devices.find(&pin)).ok_or_else(|| {
            status(&Failure::new(
                Code::DeviceUnknown,
                "this node does not know the device",
                "have it added with 'samsynd device add'",
            ))
        })?;
        if device.revoked_ms.is_none() {
            return Ok(device);
        }
        Err(status(&Failure::new(
            Code::DeviceRevoked,
            "the device has been revoked",
            "ask the administrator of your node",
        )))
    }

    /// The same, for who sees drafts: those who write them and those who release them.
    fn insider<T>(&self, request: &Request<T>) -> Result<Device, Status> {
        let device = self.device(request)?;
        insider(&device).map(|()| device).map_err(|f| status(&f))
    }

    /// The same, for what changes something.
    fn editor<T>(&self, request: &Request<T>) -> Result<Device, Status> {
        let device = self.device(request)?;
        editor(&device).map(|()| device).map_err(|f| status(&f))
    }
}

pub(crate) fn insider(device: &Device) -> Result<(), Failure> {
    if Who::Device(device).sees_any_drafts() { Ok(()) } else { editor(device) }
}

pub(crate) fn editor(device: &Device) -> Result<(), Failure> {
    if device.role.may_edit() {
        return Ok(());
    }
    let message = format!("the role '{}' may read, not change", device.role);
    let remedy = format!("ask for the role '{}' ('samsynd device add')", Role::Coordinator);
    Err(Failure::new(Code::RoleForbidden, message, remedy))
}

/// A failure as clients get it: code, sentence, remedy, field; never our own insides.
pub(crate) fn status(failure: &Failure) -> Status {
    samsyn_wire::status(failure.code, &failure.message, &failure.remedy, failure.field.as_deref())
}

/// Runs work in a task of its own, so that a caller who goes away does not stop it half-way.
async fn owned<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Status> {
    let gone =
        |_| status(&Failure::new(Code::Failed, "the node could not finish the call", "try again; see the node's log"));
    let done = tokio::spawn(work).await.map_err(gone)?.map_err(|f| status(&f));
    failpoint!(CallAnswer);
    done
}
