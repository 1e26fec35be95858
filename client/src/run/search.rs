//! `samsyn search`: where words are said.

use super::{Outcome, document};
use crate::{
    cli::search::SearchArgs,
    config::Config,
    json,
    node::Node,
    problem::Problem,
    show::{self, Reader},
    text::Lang,
};
use samsyn_wire::v1;

/// Places in one answer.
const PAGE: u32 = 20;

pub(super) async fn search(config: &Config, args: &SearchArgs, lang: Lang) -> Result<Outcome, Problem> {
    let kind = args.kind.as_deref().map(document::kind).transpose()?;
    let node = Node::connect(config).await?;
    let request = v1::SearchRequest {
        text: args.words.join(" "),
        kind: kind.map(|kind| v1::DocumentKind::from(kind).into()),
        page_size: PAGE,
        page_token: if args.page > 1 { ((args.page - 1) * PAGE).to_string() } else { String::new() },
    };
    let found = node.call(node.portfolio().search(request)).await?;
    let parties = node.parties().await?;
    Ok(Outcome::new(show::search(&found, Reader { lang, parties: &parties }), json::search(&found, args.page)))
}
