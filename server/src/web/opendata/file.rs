//! The files: a table with one statement in each row, or JSON with the statements of each document.

use super::{PATH, SETS, Set, TITLE};
use crate::{
    failure::Failure,
    view::{Eyes, Moment},
    web::{
        Site,
        error::Problem,
        page::{Asked, Page},
        portfolio::file::one,
        spreadsheet::{Cell, Column, Form, Table},
    },
};
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use samsyn_client::{
    model::kind_name,
    record::{Record, Said},
    schema,
    text::{self, Lang, Text},
    time,
};
use samsyn_core::code::Code;
use serde_json::{Value, json};
use std::sync::Arc;

const SCHEMA: &str = include_str!("schema.json");
/// Rows that a sheet of Excel has, without its heading.
const STATEMENTS_MAX: usize = 1_048_575;

/// What JSON files are like (JSON Schema, 2020-12).
pub(super) async fn schema() -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json"), (header::CACHE_CONTROL, "no-cache")], SCHEMA).into_response()
}

pub(super) async fn file(site: Site, asked: Asked, Path(name): Path<String>) -> Result<Response, Problem> {
    let lang = asked.lang;
    let form_of = |set: &'static Set| {
        let ending = name.strip_prefix(set.name)?;
        super::FORMS.iter().any(|(known, _)| *known == ending).then(|| (set, ending.to_owned()))
    };
    let Some((set, ending)) = SETS.iter().find_map(form_of) else { return Err(Problem::no_such_page(lang)) };
    let page = Page::new(&site, asked, PATH, TITLE).await?;
    // As with other files: one at a time.
    let _turn = site.desks.register.extract_turn().await;
    let records = site.view.records(set.kind, Eyes::Public, &Moment::Now).await.map_err(|f| Problem::of(f, lang))?;
    let statements: usize = records.iter().flat_map(|record| record.paths()).map(|(_, said)| said.len()).sum();
    let refused = |code, message: &str| {
        Err(Problem::of(Failure::new(code, message, "choose otherwise").field("oppna-data"), lang))
    };
    match statements {
        0 => return refused(Code::InputEmpty, "nothing of this kind is public"),
        1..=STATEMENTS_MAX => {}
        _ => return refused(Code::InputTooLong, "there is more than a file holds"),
    }
    let form = match ending.as_str() {
        ".xlsx" => Form::Excel,
        ".csv" => Form::Semicolons,
        "-komma.csv" => Form::Commas,
        _ => return Ok(as_json(set, &records)),
    };
    table(set, &records, form, &page).download(form).await
}

fn as_json(set: &Set, records: &[Arc<Record>]) -> Response {
    let statement = |path: &str, said: &Said, several: bool| {
        json!({
            "path": path,
            "value": said.value,
            "stated_by": said.by,
            "stated": time::iso(said.at_ms),
            "differs": several,
            "removed": said.removed,
            "fault": (!said.fault.is_empty()).then_some(&said.fault),
        })
    };
    let document = |record: &Arc<Record>| {
        let said = record.paths().flat_map(|(path, said)| said.iter().map(move |one| (path, one, said.len() > 1)));
        let statements: Vec<Value> =
            said.map(|(path, said, several)| statement(path.as_str(), said, several)).collect();
        json!({
            "document_id": record.id,
            "title": record.text(schema::title_path(record.kind)),
            "owner": record.owner,
            "authority": record.authority,
            "updated": time::iso(record.updated_ms),
            "statements": statements,
        })
    };
    let documents: Vec<Value> = records.iter().map(document).collect();
    let data = json!({"kind": kind_name(set.kind), "as_of": time::iso(time::now_ms()), "documents": documents});
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.json\"", set.name)),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, json!({"schema": 1, "data": data}).to_string()).into_response()
}

fn table(set: &Set, records: &[Arc<Record>], form: Form, page: &Page) -> Table {
    let lang = page.asked.lang;
    let rows = records.iter().flat_map(|record| {
        record
            .paths()
            .flat_map(move |(path, said)| said.iter().map(move |one| (record, path.as_str(), one, said.len() > 1)))
    });
    let rows = rows.map(|(record, path, said, several)| row(record, (path, said, several), form, page)).collect();
    let about = about(set, records.len(), page);
    Table { name: set.name, columns: columns(lang), rows, about, lang }
}

fn columns(lang: Lang) -> Vec<Column> {
    let column =
        |path: &str, label: Text, width| Column { label: label.of(lang).to_owned(), path: path.to_owned(), width };
    vec![
        column("title", Text("Rubrik", "Title"), 40),
        column("owner", Text("Ägare", "Owner"), 24),
        column("label", Text("Uppgift", "Statement"), 30),
        column("value", Text("Värde", "Value"), 48),
        column("stated_by", Text("Uppgett av", "Stated by"), 24),
        column("stated", Text("Uppgett", "Stated"), 12),
        column("differs", Text("Skiljer sig", "Differs"), 10),
        column("path", Text("Sökväg", "Path"), 30),
        column("document_id", Text("Dokument", "Document"), 16),
    ]
}

fn row(record: &Record, (path, said, several): (&str, &Said, bool), form: Form, page: &Page) -> Vec<Cell> {
    let (lang, reader) = (page.asked.lang, page.reader());
    let name = |ids: &str| match form {
        Form::Commas => ids.to_owned(),
        Form::Excel | Form::Semicolons => {
            ids.split(", ").map(|id| reader.parties.name(id)).collect::<Vec<_>>().join(", ")
        }
    };
    let label = schema::find(record.kind, path).map_or(path, |(_, field)| field.label.of(lang));
    let title = record.text(schema::title_path(record.kind)).unwrap_or_default();
    let stated = match (said.at_ms, form) {
        (0, _) => Cell::Empty,
        (ms, Form::Commas) => Cell::Text(time::iso(ms).unwrap_or_default()),
        (ms, Form::Excel | Form::Semicolons) => Cell::Day(reader.time(ms).chars().take(10).collect()),
    };
    let differs = match (several, form) {
        (_, Form::Commas) => several.to_string(),
        (true, _) => text::YES.of(lang).to_owned(),
        (false, _) => text::NO.of(lang).to_owned(),
    };
    vec![
        Cell::Text(title.to_owned()),
        Cell::Text(name(&record.owner)),
        Cell::Text(label.to_owned()),
        one(said, form, reader),
        Cell::Text(name(&said.by)),
        stated,
        Cell::Text(differs),
        Cell::Text(path.to_owned()),
        Cell::Text(record.id.clone()),
    ]
}

/// What one must know to read the file.
fn about(set: &Set, documents: usize, page: &Page) -> Vec<(String, String)> {
    let lang = page.asked.lang;
    let said = |what: Text, meaning: &str| (what.of(lang).to_owned(), meaning.to_owned());
    vec![
        said(Text("Innehåll", "Content"), &format!("{}. {}", set.title.of(lang), set.about.of(lang))),
        said(
            Text("Varje rad", "Each row"),
            page.t(
                "En uppgift som står, med vem som har lämnat den och när. Bara det som är delat med allmänheten.",
                "A statement that stands, with who has made it and when. Only what is shared with the public.",
            ),
        ),
        said(
            Text("Skiljer sig", "Differs"),
            page.t(
                "Flera uppgifter står om samma sak. Ingen gäller förrän den som får skriva den har valt.",
                "Several statements stand about one thing. None counts until whoever may write it has chosen.",
            ),
        ),
        said(Text("Dokument", "Documents"), &documents.to_string()),
        said(Text("Hämtat", "Retrieved"), &page.as_of),
        said(Text("Från noden hos", "From the node of"), &page.own),
    ]
}
