//! `samsyn search`: where words are said.

use super::{Outcome, document};
use crate::{
    cli::search::SearchArgs,
    config::Config,
    county::found::{LETTERS_MIN, Sought},
    json,
    node::Node,
    problem::Problem,
    show::{self, Reader},
    text::{Lang, Text},
};
use samsyn_core::code::Code;
use samsyn_wire::v1;

/// Places in one answer.
const PAGE: u32 = 20;

pub(super) async fn search(config: &Config, args: &SearchArgs, lang: Lang) -> Result<Outcome, Problem> {
    let kind = args.kind.as_deref().map(document::kind).transpose()?;
    let text = args.words.join(" ");
    if Sought::new(&text).is_empty() {
        let letters = LETTERS_MIN.to_string();
        let problem = Problem::new(
            Code::InputValue,
            Text("Det finns inget ord att söka efter.", "There is no word to search for."),
            Text("skriv ett ord med minst {} bokstäver", "write a word of at least {} letters").with(&[&letters]),
        );
        return Err(problem.field("text"));
    }
    let node = Node::connect(config).await?;
    let request = v1::SearchRequest {
        text,
        kind: kind.map(|kind| v1::DocumentKind::from(kind).into()),
        page_size: PAGE,
        page_token: if args.page > 1 { ((args.page - 1) * PAGE).to_string() } else { String::new() },
    };
    let found = node.call(node.portfolio().search(request)).await?;
    let parties = node.parties().await?;
    Ok(Outcome::new(show::search(&found, Reader { lang, parties: &parties }), json::search(&found, args.page)))
}
