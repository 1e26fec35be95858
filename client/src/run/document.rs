//! Documents of any kind: lists, new ones, changes. One is shown and shared as a work is.

use super::{
    Outcome,
    write::{Changes, save_in},
};
use crate::{
    cli::document::{EditArgs, ListArgs, NewArgs},
    config::Config,
    copy::WorkingCopy,
    input, json,
    node::Node,
    problem::Problem,
    schema::{self, KINDS},
    show::Reader,
    table::{shorten, table},
    text::{self, Lang, Text},
    vocabulary::fold,
};
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_wire::v1;
use serde_json::json;

const TITLE_MAX: usize = 60;
/// Letters of an id that are shown.
const ID_LETTERS: usize = 8;
const PAGE: u32 = 100;

/// A kind by its id or its name.
pub(super) fn kind(text: &str) -> Result<DocumentKind, Problem> {
    let means = |kind: &DocumentKind| {
        let label = schema::kind_label(*kind);
        [crate::model::kind_name(*kind), label.0, label.1].iter().any(|way| fold(way) == fold(text))
            || (*kind == DocumentKind::Work && fold(text) == "arbete")
    };
    KINDS.into_iter().find(means).ok_or_else(|| {
        let list = |lang: Lang| KINDS.map(|kind| schema::kind_label(kind).of(lang)).join(", ");
        Problem::new(
            Code::InputValue,
            Text("'{}' är inget slag av dokument.", "'{}' is no kind of document.").with(&[text]),
            Text("skriv något av: {}", "write one of: {}").with_each([&list(Lang::Sv)], [&list(Lang::En)]),
        )
        .field("kind")
    })
}

pub(super) async fn list(config: &Config, args: &ListArgs, lang: Lang) -> Result<Outcome, Problem> {
    let kind = kind(&args.kind)?;
    let node = Node::connect(config).await?;
    let parties = node.parties().await?;
    let request = v1::ListDocumentsRequest {
        kind: v1::DocumentKind::from(kind).into(),
        include_drafts: args.drafts,
        page_size: PAGE,
        page_token: if args.page > 1 { ((args.page - 1) * PAGE).to_string() } else { String::new() },
    };
    let list = node.call(node.portfolio().list_documents(request)).await?;
    let reader = Reader { lang, parties: &parties };
    let row = |row: &v1::DocumentRow| {
        let draft = row.document_id.is_empty();
        let id = if draft { &row.working_copy_id } else { &row.document_id };
        vec![
            id.chars().take(ID_LETTERS).collect(),
            shorten(&row.title, TITLE_MAX),
            parties.name(&row.owner).to_owned(),
            if draft { text::DRAFT.of(lang).to_owned() } else { reader.time(row.updated_ms) },
        ]
    };
    let head = [text::ID, text::TITLE, text::OWNER, text::UPDATED].map(|heading| heading.of(lang));
    let rows: Vec<Vec<String>> = list.documents.iter().map(row).collect();
    let shown =
        if rows.is_empty() { Text("Inga dokument.", "No documents.").of(lang).to_owned() } else { table(&head, &rows) };
    Ok(Outcome::new(shown, json::documents(&list, args.page)))
}

pub(super) async fn new(config: &Config, args: &NewArgs, lang: Lang) -> Result<Outcome, Problem> {
    let kind = kind(&args.kind)?;
    let node = Node::connect(config).await?;
    let changes = changes(kind, &args.set, &[], &node).await?;
    let mut copy = WorkingCopy::create(&node, kind, args.authority.as_deref().unwrap_or_default()).await?;
    let mut draft = copy.draft()?;
    changes.apply(&mut draft);
    copy.change(&draft)?;
    copy.push(&node).await?;
    let short = copy.id.chars().take(ID_LETTERS).collect::<String>();
    let data = json!({"working_copy_id": copy.id, "published": false});
    Ok(Outcome::new(text::CREATED.say(lang, &[&copy.id, &short]), data))
}

pub(super) async fn edit(config: &Config, args: &EditArgs, lang: Lang) -> Result<Outcome, Problem> {
    if args.set.is_empty() && args.remove.is_empty() {
        return Err(Problem::new(
            Code::Usage,
            Text("Inget att ändra är angivet.", "Nothing to change is given."),
            Text("ange vad som ska ändras med --set eller --remove", "say what to change with --set or --remove"),
        ));
    }
    let node = Node::connect(config).await?;
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    let changes = changes(copy.kind, &args.set, &args.remove, &node).await?;
    save_in(&node, copy, &args.id, &changes, lang).await
}

async fn changes(kind: DocumentKind, set: &[String], remove: &[String], node: &Node) -> Result<Changes, Problem> {
    let parties = node.parties().await?;
    let mut changes = Changes::default();
    for text in set {
        changes.set.push(input::assignment(kind, text, Some(&parties))?);
    }
    for path in remove {
        changes.remove.push(input::path_of(kind, path, "remove")?);
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_id_and_by_name() {
        for (text, found) in [
            ("roadmap", DocumentKind::Roadmap),
            ("Färdplan", DocumentKind::Roadmap),
            ("beslut", DocumentKind::Decision),
            ("arbete", DocumentKind::Work),
            ("programme", DocumentKind::Programme),
        ] {
            assert_eq!(kind(text), Ok(found), "{text}");
        }
        assert_eq!(kind("protokoll").expect_err("none").code, Code::InputValue);
    }
}
