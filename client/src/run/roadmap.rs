//! The roadmap and the rollout, as the own node shows them.

use super::Outcome;
use crate::{
    cli::roadmap::ShowArgs,
    config::Config,
    county::{roadmap, rollout},
    node::{Node, Parties, incomplete},
    problem::Problem,
    record::Record,
    show::{self, Reader},
    text::{Lang, Text},
};
use samsyn_core::code::Code;
use samsyn_wire::v1;
use serde_json::json;

pub(super) async fn show(config: &Config, args: &ShowArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (record, parties) = roadmap_record(config, args).await?;
    let read = roadmap::read(&record);
    let shown = show::roadmap(&read, Reader { lang, parties: &parties });
    Ok(Outcome::new(shown, json!({"roadmap": read, "parties": parties.0.len()})))
}

pub(super) async fn rollout(config: &Config, args: &ShowArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (record, parties) = roadmap_record(config, args).await?;
    let (read, grids) = (rollout::read(&record), rollout::grids(&roadmap::read(&record)));
    let shown = show::rollout(&read, &grids, Reader { lang, parties: &parties });
    Ok(Outcome::new(shown, json!({"methods": read.methods, "grids": grids, "parties": parties.0.len()})))
}

/// The roadmap that is named, or the one that was changed last.
async fn roadmap_record(config: &Config, args: &ShowArgs) -> Result<(Record, Parties), Problem> {
    let node = Node::connect(config).await?;
    let id = match &args.id {
        Some(id) => id.clone(),
        None => latest(&node).await?,
    };
    let work = node.work(&id).await?;
    if work.kind() != v1::DocumentKind::Roadmap {
        let message = Text("'{}' är ingen färdplan.", "'{}' is no roadmap.").with(&[id.as_str()]);
        let remedy = Text(
            "se dem med: samsyn document list --kind roadmap",
            "see them with: samsyn document list --kind roadmap",
        );
        return Err(Problem::new(Code::InputNotFound, message, remedy).field("id"));
    }
    let record = Record::try_from(work).map_err(|_| incomplete())?;
    Ok((record, node.parties().await?))
}

async fn latest(node: &Node) -> Result<String, Problem> {
    let request =
        v1::ListDocumentsRequest { kind: v1::DocumentKind::Roadmap.into(), ..v1::ListDocumentsRequest::default() };
    let listed = node.call(node.portfolio().list_documents(request)).await?.documents;
    let latest = listed.into_iter().max_by_key(|row| row.updated_ms);
    latest.map(|row| row.document_id).ok_or_else(|| {
        Problem::new(
            Code::InputNotFound,
            Text("Ingen färdplan är delad än.", "No roadmap has been shared yet."),
            Text(
                "den som sköter programkontoret grundar den: samsyn document new --kind roadmap",
                "whoever hosts the programme office founds it: samsyn document new --kind roadmap",
            ),
        )
    })
}
