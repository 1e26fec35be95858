//! The works that are chosen, as a file with every field that people write: for Excel, and for other programs.

use super::super::{
    Site,
    error::Problem,
    page::{Asked, Page},
    spreadsheet::{Cell, Column, Form, Table},
};
use crate::{failure::Failure, view::Moment};
use axum::response::Response;
use samsyn_client::{
    record::{Record, Said},
    schema::{self, Field, Input},
    show::Reader,
    text::{self, Text},
};
use samsyn_core::{code::Code, entry::DocumentKind, value::Value};
use samsyn_wire::v1;
use std::{collections::BTreeMap, sync::Arc};

/// Works that are asked for at once.
const STEP: u32 = 500;
/// Works in one file.
const WORKS_MAX: usize = 50_000;
const FILTERS: [&str; 6] = ["part", "skede", "malgrupp", "form", "kriterium", "sok"];
/// The owner stands after the title, which is the first field.
const OWNER_AT: usize = 1;
/// Fields that hold long texts.
const WIDE: u16 = 48;
const NARROW: u16 = 16;

pub(in crate::web) async fn excel(site: Site, asked: Asked) -> Result<Response, Problem> {
    file(site, asked, Form::Excel).await
}

pub(in crate::web) async fn semicolons(site: Site, asked: Asked) -> Result<Response, Problem> {
    file(site, asked, Form::Semicolons).await
}

pub(in crate::web) async fn commas(site: Site, asked: Asked) -> Result<Response, Problem> {
    file(site, asked, Form::Commas).await
}

/// Where the files of what is chosen are.
pub(super) fn links(asked: &Asked) -> [String; 3] {
    let keys: Vec<&str> = FILTERS.into_iter().chain(["sprak"]).collect();
    ["/portfolj/arbeten.xlsx", "/portfolj/arbeten.csv", "/portfolj/arbeten-komma.csv"].map(|path| asked.at(path, &keys))
}

async fn file(site: Site, asked: Asked, form: Form) -> Result<Response, Problem> {
    let lang = asked.lang;
    asked.knows(&FILTERS).map_err(|f| Problem::of(f, lang))?;
    let (request, _) = super::request(&asked, 1);
    let page = Page::new(&site, asked, "/portfolj", Text("Utvecklingsportfölj", "Portfolio")).await?;
    // Anybody may ask, and it costs as much as hundreds of pages: one at a time.
    let _turn = site.desks.register.extract_turn().await;
    let rows = listed(&site, request).await.map_err(|f| Problem::of(f, lang))?;
    if rows.is_empty() {
        let none = Failure::new(Code::InputEmpty, "no work fits what was chosen", "choose otherwise").field("arbeten");
        return Err(Problem::of(none, lang));
    }
    let records = site.view.records(DocumentKind::Work, site.eyes, &Moment::Now).await;
    let records: BTreeMap<String, Arc<Record>> =
        records.map_err(|f| Problem::of(f, lang))?.into_iter().map(|record| (record.id.clone(), record)).collect();
    let fields = fields();
    let reader = page.reader();
    let works = rows.iter().filter_map(|row| Some((row, records.get(&row.document_id)?)));
    let rows: Vec<Vec<Cell>> = works.map(|(row, record)| cells(row, record, &fields, form, reader)).collect();
    let about = about(&page, rows.len(), chosen(&page));
    Table { name: "arbeten", columns: columns(&fields, reader), rows, about, lang }.download(form).await
}

async fn listed(site: &Site, mut request: v1::ListWorksRequest) -> Result<Vec<v1::WorkRow>, Failure> {
    request.page_size = STEP;
    let mut rows = Vec::new();
    loop {
        let list = site.view.list(request.clone(), site.eyes).await?;
        rows.extend(list.works);
        if list.next_page_token.is_empty() || rows.len() >= WORKS_MAX {
            return Ok(rows);
        }
        request.page_token = list.next_page_token;
    }
}

/// What a work says once; what it says of many things (reports, roles, lessons) has no column.
fn fields() -> Vec<(String, &'static Field)> {
    let groups = schema::groups(DocumentKind::Work).iter().filter(|group| !group.path.contains('{'));
    let path = |group: &schema::Group, field: &Field| match field.name {
        "" => group.path.to_owned(),
        name => format!("{}/{name}", group.path),
    };
    groups.flat_map(|group| group.fields.iter().map(move |field| (path(group, field), field))).collect()
}

fn columns(fields: &[(String, &'static Field)], reader: Reader<'_>) -> Vec<Column> {
    let column = |label: Text, path: &str, width| Column {
        label: label.of(reader.lang).to_owned(),
        path: path.to_owned(),
        width,
    };
    let of_fields = fields.iter().map(|(path, field)| {
        let wide = matches!(field.input, Input::Prose) || path == schema::title_path(DocumentKind::Work);
        column(field.label, path, if wide { WIDE } else { NARROW })
    });
    let others = [
        column(Text("Uppgifter som skiljer sig", "Statements that differ"), "conflicts", NARROW),
        column(Text("Senast ändrat", "Last changed"), "updated", NARROW),
        column(Text("Dokument", "Document"), "document_id", NARROW),
    ];
    let mut columns: Vec<Column> = of_fields.chain(others).collect();
    columns.insert(OWNER_AT, column(Text("Ägare", "Owner"), "owner", WIDE / 2));
    columns
}

fn cells(
    row: &v1::WorkRow,
    record: &Record,
    fields: &[(String, &'static Field)],
    form: Form,
    reader: Reader<'_>,
) -> Vec<Cell> {
    let updated = if row.updated_ms == 0 {
        Cell::Empty
    } else {
        Cell::Day(reader.time(row.updated_ms).chars().take(10).collect())
    };
    let owner = if form == Form::Commas { row.owner.clone() } else { reader.parties.name(&row.owner).to_owned() };
    let others = [Cell::Number(row.conflicts.into()), updated, Cell::Text(row.document_id.clone())];
    let said = fields.iter().map(|(path, _)| stated(record.said(path), form, reader));
    let mut cells: Vec<Cell> = said.chain(others).collect();
    cells.insert(OWNER_AT, Cell::Text(owner));
    cells
}

/// What stands at a path; where several stand, each with who says so.
fn stated(said: &[Said], form: Form, reader: Reader<'_>) -> Cell {
    match said {
        [] => Cell::Empty,
        [only] => one(only, form, reader),
        several => {
            let each = several.iter().map(|said| {
                let words = match one(said, form, reader) {
                    Cell::Empty => text::REMOVED.of(reader.lang).to_owned(),
                    Cell::Number(number) => number.to_string(),
                    Cell::Text(words) | Cell::Day(words) => words,
                };
                let by = if form == Form::Commas { &said.by } else { reader.parties.name(&said.by) };
                format!("{words} ({by})")
            });
            Cell::Text(each.collect::<Vec<_>>().join(" | "))
        }
    }
}

/// What one statement says.
pub(in crate::web) fn one(said: &Said, form: Form, reader: Reader<'_>) -> Cell {
    if said.removed {
        return Cell::Empty;
    }
    let Some(value) = &said.value else { return Cell::Text(reader.stated(None, &said.fault, false)) };
    match value {
        #[expect(clippy::cast_precision_loss, reason = "exact to nine quadrillions, which no work costs")]
        Value::Money(ore) => Cell::Number(*ore as f64 / 100.0),
        #[expect(clippy::cast_precision_loss, reason = "exact to nine quadrillions")]
        Value::Integer(number) => Cell::Number(*number as f64),
        Value::Date(day) if day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok() => Cell::Day(day.clone()),
        Value::Text(words) | Value::Prose(words) => Cell::Text(words.clone()),
        Value::Boolean(answer) if form == Form::Commas => Cell::Text(answer.to_string()),
        Value::Reference(word) | Value::Date(word) if form == Form::Commas => Cell::Text(word.clone()),
        Value::References(words) if form == Form::Commas => {
            Cell::Text(words.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
        value => Cell::Text(reader.value(value)),
    }
}

/// What was chosen, as the page's own fields say it.
fn chosen(page: &Page) -> String {
    let words = page.asked.value("sok").map(|words| format!("{}: {words}", page.t("Ord", "Words")));
    let filters = super::filters(page);
    let named = filters.iter().filter_map(|filter| {
        let choice = filter.options.iter().find(|option| option.chosen)?;
        Some(format!("{}: {}", filter.label, choice.label))
    });
    named.chain(words).collect::<Vec<_>>().join(", ")
}

/// What one must know to read the file, whatever was chosen.
const ABOUT: &[(Text, Text)] = &[
    (Text("Innehåll", "Content"), Text("Utvecklingsarbeten, ett på varje rad", "Works, one in each row")),
    (
        Text("Inte med", "Not here"),
        Text(
            "Det som ett arbete har flera av, som rapporter, roller och lärdomar, står på arbetets sida.",
            "What a work has several of, such as reports, roles and lessons, stands on the work's page.",
        ),
    ),
    (
        Text("Tom ruta", "Empty cell"),
        Text("Ingen har lämnat uppgiften. Det betyder inte nej.", "Nobody has stated it. That does not mean no."),
    ),
    (
        Text("Flera svar", "Several answers"),
        Text(
            "Där parter säger olika står allas svar, med den som har sagt det inom parentes och | emellan.",
            "Where parties differ all answers stand, each with who said so in brackets and | between.",
        ),
    ),
    (
        Text("Dagar", "Days"),
        Text(
            "Hela dagar är datum. Det som är mindre bestämt (2025, våren 2026) är text.",
            "Whole days are dates. What is less precise (2025, spring 2026) is text.",
        ),
    ),
    (Text("Belopp", "Amounts"), Text("Kronor", "Swedish kronor")),
    (
        Text("Källa", "Source"),
        Text(
            "Arbetets sida i noden visar vem som har sagt vad, och när: /arbete/ följt av Dokument.",
            "The work's page at the node shows who has said what, and when: /arbete/ followed by Document.",
        ),
    ),
    (Text("Kolumn", "Column"), Text("Uppgiftens plats i dokumentet", "Where it stands in the document")),
];

fn about(page: &Page, works: usize, chosen: String) -> Vec<(String, String)> {
    let lang = page.asked.lang;
    let all = page.t("alla arbeten som visas", "all works that are shown").to_owned();
    let seen = if page.public {
        page.t("det som är delat med allmänheten", "what is shared with the public").to_owned()
    } else {
        format!("{} {}", page.t("det som är delat med", "what is shared with"), page.own)
    };
    let of_this = [
        (Text("Samverkan", "Federation"), page.federation.clone()),
        (Text("Hämtat från", "Taken from"), page.own.clone()),
        (Text("Hämtat", "Taken at"), page.as_of.clone()),
        (Text("Visar", "Shows"), seen),
        (Text("Urval", "Selection"), if chosen.is_empty() { all } else { chosen }),
        (Text("Antal arbeten", "Works"), works.to_string()),
    ];
    let of_all = ABOUT.iter().map(|(what, meaning)| (*what, meaning.of(lang).to_owned()));
    of_this.into_iter().chain(of_all).map(|(what, meaning)| (what.of(lang).to_owned(), meaning)).collect()
}
