//! Commands about decisions. What is written lands in the working copy; what leaves passes the node's gate.

mod write;

pub(super) use write::{minutes, motion, new, ratify, text, vote};

use super::Outcome;
use crate::{
    calendar,
    cli::decision::ListArgs,
    config::Config,
    county::decision::{self, Decision},
    json,
    node::{Node, Parties, incomplete},
    problem::Problem,
    record::Record,
    show::{Reader, decision as show},
    text::{Lang, Text},
    time,
};
use jiff::civil::Date;
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_wire::v1;
use serde_json::{Value, json};

/// Documents in one answer of the node.
const PAGE: u32 = 500;

pub(super) async fn list(config: &Config, args: &ListArgs, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let mut found = all(&node).await?;
    let of_body =
        |d: &Decision| args.body.as_ref().is_none_or(|id| d.body.as_ref().is_some_and(|b| b.id.as_str() == id));
    let of_year =
        |d: &Decision| args.year.is_none_or(|year| d.date().is_some_and(|date| date.contains(&year.to_string())));
    found.retain(|d| of_body(d) && of_year(d));
    found.sort_by(|a, b| (b.date(), &b.id).cmp(&(a.date(), &a.id)));
    let parties = node.parties().await?;
    let orgs = ids(&parties);
    let rows: Vec<Value> = found.iter().map(|d| json::decision::row(d, &orgs, today())).collect();
    let shown = show::decisions(&found, &orgs, today(), Reader { lang, parties: &parties });
    Ok(Outcome::new(shown, json!({"decisions": rows})))
}

pub(super) async fn show(config: &Config, id: &str, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let record = read(&node, id).await?;
    let decision = decision::read(&record);
    let parties = node.parties().await?;
    let orgs = ids(&parties);
    let shown = show::decision(&decision, &orgs, today(), Reader { lang, parties: &parties });
    Ok(Outcome::new(shown, json::decision::decision(&decision, &orgs, today())))
}

/// A decision as its node shows it.
async fn read(node: &Node, id: &str) -> Result<Record, Problem> {
    let record = Record::try_from(node.work(id).await?).map_err(|_| incomplete())?;
    if record.kind == DocumentKind::Decision {
        return Ok(record);
    }
    Err(Problem::new(
        Code::InputNotFound,
        Text("'{}' är inget beslut.", "'{}' is no decision.").with(&[id]),
        Text("se besluten med: samsyn decision list", "see the decisions with: samsyn decision list"),
    )
    .field("id"))
}

async fn all(node: &Node) -> Result<Vec<Decision>, Problem> {
    let mut request = v1::ListDocumentsRequest {
        kind: v1::DocumentKind::Decision.into(),
        page_size: PAGE,
        ..v1::ListDocumentsRequest::default()
    };
    let mut found = Vec::new();
    loop {
        let list = node.call(node.portfolio().list_documents(request.clone())).await?;
        for row in list.documents {
            found.push(decision::read(&read(node, &row.document_id).await?));
        }
        if list.next_page_token.is_empty() {
            return Ok(found);
        }
        request.page_token = list.next_page_token;
    }
}

fn ids(parties: &Parties) -> Vec<&str> {
    parties.0.iter().map(|party| party.id.as_str()).collect()
}

fn today() -> Date {
    calendar::day(time::now_ms())
}
