//! *Risker*: how many stand where, each with who handles it and when it is looked at next, and what has occurred. What
//! nobody has judged is said to be so.

use super::{
    super::{
        Site,
        error::Problem,
        page::{Asked, Page},
    },
    chosen::{self, Head, or_unknown},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::programme::{
        bodies,
        risks::{self, Review, Risk, Trend},
    },
    text::Text,
};
use samsyn_core::entry::DocumentKind;

#[derive(Template)]
#[template(path = "county_risks.html")]
struct Risks {
    page: Page,
    head: Head,
    lead: String,
    scale: i64,
    /// The highest probability first: its number, and how many at each consequence.
    matrix: Vec<(i64, Vec<Cell>)>,
    rows: Vec<Row>,
    deviations: Vec<[String; 6]>,
}

struct Cell {
    count: usize,
    /// `low`, `middle` or `high`: of the largest value there is, up to a third, two thirds, and more.
    class: &'static str,
    value: i64,
}

struct Row {
    name: String,
    description: String,
    value: String,
    judged: String,
    trend: &'static str,
    handling: String,
    owner: String,
    review: String,
    overdue: bool,
    escalated: String,
}

pub(in super::super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let page = Page::new(&site, asked, "/risker", Text("Risker", "Risks")).await?;
    let chosen = chosen::choose(&site, &page, DocumentKind::Programme, "program").await?;
    let today = chosen::day(&site);
    let read = chosen.record.as_ref().map(|record| (risks::read(record, today), bodies::read(record, today)));
    let (risks, bodies) = read.unzip();
    let bodies = bodies.unwrap_or_default();
    let body = |id: Option<&String>| {
        let id = id?;
        let known = bodies.iter().find(|body| body.id == *id).and_then(|body| body.name.clone());
        Some(known.unwrap_or_else(|| id.clone()))
    };
    let mut view = Risks {
        lead: String::new(),
        scale: 0,
        matrix: Vec::new(),
        rows: Vec::new(),
        deviations: Vec::new(),
        head: chosen.head,
        page,
    };
    if let Some(risks) = &risks {
        let page = &view.page;
        view.lead = lead(risks, page);
        view.scale = risks.scale;
        view.matrix = matrix(risks);
        view.rows = risks.risks.iter().map(|risk| row(risk, body(risk.escalated_to.as_ref()), page)).collect();
        let name = |id: Option<&String>| risks.risks.iter().find(|r| Some(&r.id) == id).and_then(|r| r.name.clone());
        view.deviations = (risks.deviations.iter())
            .map(|d| {
                let risk = name(d.risk.as_ref()).or_else(|| d.risk.clone()).unwrap_or_default();
                let to = body(d.escalated_to.as_ref()).unwrap_or_default();
                let text = |text: &Option<String>| or_unknown(page, text.as_deref());
                [text(&d.what), text(&d.date), risk, text(&d.action), to, d.closed.clone().unwrap_or_default()]
            })
            .collect();
    }
    view.page.answer(&view)
}

fn lead(risks: &risks::Risks, page: &Page) -> String {
    let open = risks.risks.iter().filter(|r| r.review != Review::Closed).count();
    let overdue = risks.risks.iter().filter(|r| r.review == Review::Overdue).count();
    format!(
        "{}: {open}. {}: {}. {}: {overdue}.",
        page.t("Öppna risker", "Open risks"),
        page.t("Inte bedömda, och därför inte i tabellen nedan", "Not judged, and so not in the table below"),
        risks.unvalued(),
        page.t("Genomgången har passerat", "Past their review"),
    )
}

fn matrix(risks: &risks::Risks) -> Vec<(i64, Vec<Cell>)> {
    let largest = risks.scale * risks.scale;
    let cell = |probability: i64, (consequence, count): (i64, &usize)| {
        let value = probability * consequence;
        let class = match value * 3 {
            third if third <= largest => "low",
            third if third <= 2 * largest => "middle",
            _ => "high",
        };
        Cell { count: *count, class, value }
    };
    let rows = (1..).zip(risks.matrix());
    let mut rows: Vec<(i64, Vec<Cell>)> =
        rows.map(|(p, counts)| (p, (1..).zip(&counts).map(|at| cell(p, at)).collect())).collect();
    rows.reverse();
    rows
}

fn row(risk: &Risk, escalated: Option<String>, page: &Page) -> Row {
    let judged = match (risk.probability, risk.consequence, risk.value) {
        (Some(p), Some(c), Some(_)) => format!("{p} × {c}"),
        (None, None, _) => page.t("inte bedömd", "not judged").to_owned(),
        _ => page.t("utanför skalan eller ofullständig", "beyond the scale or incomplete").to_owned(),
    };
    let owner = risk.owner.as_deref().map(|org| page.reader().reference(org));
    let owner = [owner, risk.owner_role.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let review = match (risk.review, &risk.next_review) {
        (Review::Closed, _) => {
            format!("{} {}", page.t("avslutad", "closed"), risk.closed.clone().unwrap_or_default())
        }
        (Review::Overdue, Some(day)) => format!("{day}: {}", page.t("passerad", "has passed")),
        (_, Some(day)) => day.clone(),
        (_, None) => page.t("ingen dag är satt", "no day is set").to_owned(),
    };
    Row {
        name: risk.name.clone().unwrap_or_else(|| risk.id.clone()),
        description: risk.description.clone().unwrap_or_default(),
        value: risk.value.map_or_else(|| "–".to_owned(), |value| value.to_string()),
        judged,
        trend: match risk.trend {
            Some(Trend::Rising) => page.t("↑ ökar", "↑ rising"),
            Some(Trend::Steady) => page.t("→ oförändrad", "→ unchanged"),
            Some(Trend::Falling) => page.t("↓ minskar", "↓ falling"),
            None => page.t("okänd", "unknown"),
        },
        handling: or_unknown(page, risk.handling.as_deref()),
        owner: or_unknown(page, Some(owner.as_str()).filter(|owner| !owner.is_empty())),
        overdue: risk.review == Review::Overdue,
        review,
        escalated: escalated.unwrap_or_default(),
    }
}
