//! Importing a party's works as its coordinator's client would: a working copy for each, its changes pushed, published.

use super::{
    data::{County, Facts},
    nodes::{Nodes, called},
};
use crate::{driver::random, failure::Failure, working};
use automerge::ActorId;
use samsyn_client::model::{self, Draft};
use samsyn_core::{entry::DocumentKind, id::OrgId};
use samsyn_wire::v1::{self, replica_client::ReplicaClient};
use tonic::transport::Channel;

/// The party that founds the programme's own document and the indicator set.
const PROGRAMME_OWNER: &str = "rvn";

/// Imports and publishes what a party owns: how many documents.
pub(super) async fn import(nodes: &Nodes, county: &County, party: &OrgId) -> Result<usize, Failure> {
    let data = |e: super::data::DataError| {
        Failure::new(samsyn_core::code::Code::Failed, e.to_string(), "this is a fault in samsynd")
    };
    let mut client = ReplicaClient::new(nodes.get(party)?.channel().await?);
    let mut count = 0;
    for work in county.works_of(party) {
        publish(&mut client, party, DocumentKind::Work, county.work_facts(work).map_err(data)?).await?;
        count += 1;
    }
    if party.as_str() == PROGRAMME_OWNER {
        publish(&mut client, party, DocumentKind::Programme, county.programme_facts().map_err(data)?).await?;
        publish(&mut client, party, DocumentKind::Indicators, county.indicator_facts().map_err(data)?).await?;
        count += 2;
    }
    Ok(count)
}

async fn publish(
    client: &mut ReplicaClient<Channel>,
    party: &OrgId,
    kind: DocumentKind,
    facts: Facts,
) -> Result<(), Failure> {
    let refused = |status: tonic::Status| called(party, &status);
    let request = v1::CreateWorkingCopyRequest {
        kind: v1::DocumentKind::from(kind).into(),
        authority: String::new(),
        request_id: random::<16>()?.to_vec(),
    };
    let id = client.create_working_copy(request).await.map_err(refused)?.into_inner().id;
    let changes = changes(kind, facts)?;
    client.push_changes(v1::PushChangesRequest { working_copy_id: id.clone(), changes }).await.map_err(refused)?;
    let request = v1::PublishRequest {
        working_copy_id: id,
        purpose: v1::Purpose::ForInformation.into(),
        audience: v1::Audience::Public.into(),
        ..v1::PublishRequest::default()
    };
    let answer = client.publish(request).await.map_err(refused)?.into_inner();
    match answer.held_back.first() {
        None => Ok(()),
        Some(held) => {
            let code = held.code.parse().unwrap_or(samsyn_core::code::Code::Failed);
            Err(Failure::new(code, format!("{}: {}", held.path, held.message), held.remedy.clone())
                .field(held.path.clone()))
        }
    }
}

/// The facts as Automerge changes on a new working copy.
fn changes(kind: DocumentKind, facts: Facts) -> Result<Vec<Vec<u8>>, Failure> {
    let mut document = model::found(kind).with_actor(ActorId::from(random::<16>()?));
    let founded = document.get_heads();
    let mut draft = Draft::default();
    for (path, value) in facts {
        draft.set(path, value);
    }
    model::write(&mut document, &Draft::default(), &draft).map_err(working::failure)?;
    Ok(document.get_changes(&founded).into_iter().map(|c| c.raw_bytes().to_vec()).collect())
}
