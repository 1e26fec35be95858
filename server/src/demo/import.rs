//! Importing a party's works as its coordinator's client would: a working copy for each, its changes pushed, published.

use super::{
    data::{County, DataError, Facts, follows},
    nodes::{Nodes, called},
};
use crate::{driver::random, failure::Failure, working};
use automerge::ActorId;
use samsyn_client::model::{self, Draft};
use samsyn_core::{
    entry::DocumentKind,
    id::{OrgId, Path},
};
use samsyn_wire::v1::{self, replica_client::ReplicaClient};
use tonic::transport::Channel;

/// The party that founds the programme's own document and the indicator set.
const PROGRAMME_OWNER: &str = "rvn";

fn data(e: DataError) -> Failure {
    Failure::new(samsyn_core::code::Code::Failed, e.to_string(), "this is a fault in samsynd")
}

/// What has been published: how many documents, and the roadmap, if this party has founded it.
#[derive(Debug, Default)]
pub(super) struct Imported {
    pub(super) documents: usize,
    pub(super) roadmap: Option<String>,
}

/// Imports and publishes what a party owns.
pub(super) async fn import(nodes: &Nodes, county: &County, party: &OrgId) -> Result<Imported, Failure> {
    let mut client = ReplicaClient::new(nodes.get(party)?.channel().await?);
    let mut imported = Imported::default();
    for work in county.works_of(party) {
        publish(&mut client, party, DocumentKind::Work, county.work_facts(work).map_err(data)?).await?;
        imported.documents += 1;
    }
    if party.as_str() == PROGRAMME_OWNER {
        publish(&mut client, party, DocumentKind::Programme, county.programme_facts().map_err(data)?).await?;
        let facts = county.roadmap.facts().map_err(data)?;
        imported.roadmap = Some(publish(&mut client, party, DocumentKind::Roadmap, facts).await?);
        publish(&mut client, party, DocumentKind::Indicators, county.indicator_facts().map_err(data)?).await?;
        imported.documents += 3;
    }
    for (decision, approvals) in county.decisions_of(party).map_err(data)? {
        let document = publish(&mut client, party, DocumentKind::Decision, decision).await?;
        let path = Path::new("/proposal/follows")?;
        imported.documents += 1;
        for mut approval in approvals {
            approval.push((path.clone(), follows(&document)));
            publish(&mut client, party, DocumentKind::Decision, approval).await?;
            imported.documents += 1;
        }
    }
    Ok(imported)
}

/// What a party says of itself in the roadmap, as its coordinator would write it there.
pub(super) async fn say(nodes: &Nodes, county: &County, party: &OrgId, roadmap: &str) -> Result<(), Failure> {
    let facts = county.roadmap.facts_of(party).map_err(data)?;
    if facts.is_empty() {
        return Ok(());
    }
    let refused = |status: tonic::Status| called(party, &status);
    let mut client = ReplicaClient::new(nodes.get(party)?.channel().await?);
    let request = v1::PullWorkingCopyRequest { id: roadmap.to_owned(), have_heads: Vec::new() };
    let copy = client.pull_working_copy(request).await.map_err(refused)?.into_inner();
    let mut document = working::load(&copy.automerge)?.with_actor(ActorId::from(random::<16>()?));
    let known = document.get_heads();
    let old = model::read(&document).map_err(working::failure)?;
    let mut new = old.clone();
    for (path, value) in facts {
        new.set(path, value);
    }
    model::write(&mut document, &old, &new).map_err(working::failure)?;
    let changes = document.get_changes(&known).into_iter().map(|c| c.raw_bytes().to_vec()).collect();
    client.push_changes(v1::PushChangesRequest { working_copy_id: copy.id.clone(), changes }).await.map_err(refused)?;
    share(&mut client, party, copy.id).await.map(drop)
}

/// Makes a draft of it and shares that; gives the document's id.
async fn publish(
    client: &mut ReplicaClient<Channel>,
    party: &OrgId,
    kind: DocumentKind,
    facts: Facts,
) -> Result<String, Failure> {
    let refused = |status: tonic::Status| called(party, &status);
    let request = v1::CreateWorkingCopyRequest {
        kind: v1::DocumentKind::from(kind).into(),
        authority: String::new(),
        request_id: random::<16>()?.to_vec(),
    };
    let id = client.create_working_copy(request).await.map_err(refused)?.into_inner().id;
    let changes = changes(kind, facts)?;
    client.push_changes(v1::PushChangesRequest { working_copy_id: id.clone(), changes }).await.map_err(refused)?;
    share(client, party, id).await
}

/// Shares a draft with everybody; gives the document's id.
async fn share(client: &mut ReplicaClient<Channel>, party: &OrgId, id: String) -> Result<String, Failure> {
    let refused = |status: tonic::Status| called(party, &status);
    let request = v1::PublishRequest {
        working_copy_id: id,
        purpose: v1::Purpose::ForInformation.into(),
        audience: v1::Audience::Public.into(),
        ..v1::PublishRequest::default()
    };
    let answer = client.publish(request).await.map_err(refused)?.into_inner();
    match answer.held_back.first() {
        None => Ok(answer.document_id),
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
