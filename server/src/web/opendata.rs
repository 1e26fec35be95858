//! *Öppna data*: what was released to the public as files, for anybody and any use, whoever looks. Each file has every
//! statement that stands in documents of one kind; a catalogue tells of them as portals of open data read it.

mod catalogue;
mod file;

use super::{
    Setting, Site,
    error::Problem,
    page::{Asked, Page, number},
};
use crate::view::{Eyes, Moment};
use askama::Template;
use axum::{Router, http::HeaderValue, http::header, response::Response, routing::get};
use samsyn_client::{schema::KINDS, text::Text};
use samsyn_core::entry::DocumentKind;
use tower_http::set_header::SetResponseHeaderLayer;

const PATH: &str = "/oppna-data";
const TITLE: Text = Text("Öppna data", "Open data");

pub(super) fn routes() -> Router<Setting> {
    // Any program in any browser may read it: nothing of it is anybody's own.
    let anywhere =
        SetResponseHeaderLayer::overriding(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let files = Router::new()
        .route("/oppna-data/katalog.jsonld", get(catalogue::file))
        .route("/oppna-data/schema.json", get(file::schema))
        .route("/oppna-data/{file}", get(file::file))
        .layer(anywhere);
    Router::new().route(PATH, get(page)).merge(files)
}

/// Documents of one kind: as files are called, and what is in them.
struct Set {
    kind: DocumentKind,
    name: &'static str,
    title: Text,
    about: Text,
}

const SETS: [Set; KINDS.len()] = [
    Set {
        kind: DocumentKind::Work,
        name: "arbeten",
        title: Text("Utvecklingsarbeten", "Works"),
        about: Text(
            "Varje parts utvecklingsarbeten med skede, parter, målgrupper, rapporter och lärdomar.",
            "Each party's works with stage, partners, target groups, reports and lessons.",
        ),
    },
    Set {
        kind: DocumentKind::Roadmap,
        name: "fardplan",
        title: Text("Färdplanen", "The roadmap"),
        about: Text(
            "Områden och perioder, vad parterna planerar och hur långt de har kommit med varje arbetssätt.",
            "Areas and periods, what the parties plan and how far they have come with each working method.",
        ),
    },
    Set {
        kind: DocumentKind::Decision,
        name: "beslut",
        title: Text("Beslut", "Decisions"),
        about: Text(
            "Förslag, röster, protokoll och vad varje part har beslutat av sitt eget.",
            "Proposals, votes, minutes and what each party has decided of its own.",
        ),
    },
    Set {
        kind: DocumentKind::Indicators,
        name: "indikatorer",
        title: Text("Indikatorer", "Indicators"),
        about: Text(
            "Mått med definitioner, och varje parts värden per period.",
            "Measures with definitions, and each party's values by period.",
        ),
    },
    Set {
        kind: DocumentKind::Programme,
        name: "program",
        title: Text("Programmet", "The programme"),
        about: Text(
            "Mål, organ, risker, budget, resurser, årshjul och styrande dokument.",
            "Goals, bodies, risks, budget, resources, year wheel and governing documents.",
        ),
    },
];

/// The forms that each set has: the ending of its file, and what people call it.
const FORMS: [(&str, Text); 4] = [
    (".xlsx", Text("Excel", "Excel")),
    (".csv", Text("CSV med semikolon", "CSV with semicolons")),
    ("-komma.csv", Text("CSV med komma", "CSV with commas")),
    (".json", Text("JSON", "JSON")),
];

#[derive(Template)]
#[template(path = "open_data.html")]
struct OpenPage {
    page: Page,
    rows: Vec<Row>,
    licence: Option<String>,
}

struct Row {
    title: &'static str,
    about: &'static str,
    documents: String,
    statements: String,
    /// None where there is nothing to get.
    files: Vec<(String, &'static str)>,
}

async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, PATH, TITLE).await?;
    let mut rows = Vec::new();
    for set in &SETS {
        let records =
            site.view.records(set.kind, Eyes::Public, &Moment::Now).await.map_err(|f| Problem::of(f, lang))?;
        let statements: usize = records.iter().flat_map(|record| record.paths()).map(|(_, said)| said.len()).sum();
        let file =
            |(ending, label): &(&str, Text)| (page.link(&format!("{PATH}/{}{ending}", set.name)), label.of(lang));
        rows.push(Row {
            title: set.title.of(lang),
            about: set.about.of(lang),
            documents: number(records.len() as u64),
            statements: number(statements as u64),
            files: if statements == 0 { Vec::new() } else { FORMS.iter().map(file).collect() },
        });
    }
    let shown = OpenPage { rows, licence: site.licence.as_deref().map(ToOwned::to_owned), page };
    shown.page.answer(&shown)
}
