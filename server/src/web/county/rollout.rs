//! *Breddinförande*: which party works by which method, and where there are local groups. What nobody has said is unknown,
//! which is not no.

use super::shown::{self, Shown, of_all, parties};
use crate::web::{
    Site,
    error::Problem,
    page::{Asked, Page},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::{
        cell::Cell,
        roadmap,
        rollout::{self, Grid, Method},
    },
    record::Record,
    text::Text,
    vocabulary::{self, Kind},
};
use samsyn_core::entry::DocumentKind;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "county_rollout.html")]
struct RolloutPage {
    page: Page,
    parties: Vec<(String, String)>,
    methods: Vec<MethodRow>,
    legend: Vec<Shown>,
    grids: Vec<GridTable>,
    grid_legend: Vec<Shown>,
}

struct MethodRow {
    id: String,
    title: String,
    about: String,
    source: String,
    cells: Vec<Shown>,
    answered: String,
    introduced: String,
}

struct GridTable {
    id: String,
    title: String,
    link: String,
    columns: Vec<String>,
    rows: Vec<GridLine>,
    answered: String,
    /// Names of the parties that have named no part.
    silent: String,
}

struct GridLine {
    party: String,
    part: String,
    cells: Vec<Shown>,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/breddinforande", Text("Breddinförande", "Rollout")).await?;
    let records = site.view.records(DocumentKind::Roadmap, site.eyes, &site.moment).await;
    let records = records.map_err(|f| Problem::of(f, lang))?;
    let parties = parties(&page);
    let methods = records.iter().flat_map(|record| rollout::read(record).methods);
    let shown = RolloutPage {
        methods: methods.map(|method| row(&method, &parties, &page)).collect(),
        legend: legend(vocabulary::ROLLOUT, &page),
        grids: records.iter().flat_map(|record| grids(record, &page)).collect(),
        grid_legend: legend(vocabulary::COVERAGE, &page),
        parties,
        page,
    };
    shown.page.answer(&shown)
}

fn row(method: &Method, parties: &[(String, String)], page: &Page) -> MethodRow {
    let cell = |(org, _): &(String, String)| {
        let path = format!("/rollout/{}/{org}", method.id);
        shown::state(&method.cell(org), vocabulary::ROLLOUT, page, (&method.document_id, &path))
    };
    MethodRow {
        id: method.id.clone(),
        title: method.title.clone().unwrap_or_else(|| method.id.clone()),
        about: method.about.clone().unwrap_or_default(),
        source: method.source.clone().unwrap_or_default(),
        cells: parties.iter().map(cell).collect(),
        answered: of_all(method.answered(), page),
        introduced: of_all(method.introduced(), page),
    }
}

/// One cell of each state, and of what is unknown.
fn legend(kind: Kind, page: &Page) -> Vec<Shown> {
    let of = |says: Vec<String>| shown::state(&Cell { says, ..Cell::default() }, kind, page, ("", ""));
    let known = kind.words.iter().map(|word| of(vec![word.id.to_owned()]));
    known.chain([of(Vec::new())]).collect()
}

fn grids(record: &Arc<Record>, page: &Page) -> Vec<GridTable> {
    rollout::grids(&roadmap::read(record)).into_iter().map(|grid| table(&grid, record, page)).collect()
}

fn table(grid: &Grid, record: &Record, page: &Page) -> GridTable {
    let lang = page.asked.lang;
    let mut rows: Vec<GridLine> = Vec::new();
    for line in &grid.rows {
        let cells = grid.columns.iter().zip(&line.cells).map(|(column, cell)| {
            let path = format!("/areas/{}/parties/{}/parts/{}/{column}", grid.area, line.party, line.part);
            shown::state(cell, vocabulary::COVERAGE, page, (&record.id, &path))
        });
        rows.push(GridLine {
            party: page.parties.name(&line.party).to_owned(),
            part: line.name.clone().unwrap_or_else(|| line.part.clone()),
            cells: cells.collect(),
        });
    }
    rows.sort_by_cached_key(|row| (crate::projection::fold(&row.party), crate::projection::fold(&row.part)));
    let said = |id: &str| grid.rows.iter().any(|row| row.party == id);
    let silent: Vec<&str> = page.parties.0.iter().filter(|p| !said(&p.id)).map(|p| p.name.as_str()).collect();
    GridTable {
        id: grid.area.clone(),
        title: grid.title.clone().unwrap_or_else(|| grid.area.clone()),
        link: page.link(&format!("/fardplan/{}", grid.area)),
        columns: grid.columns.iter().map(|id| vocabulary::TARGET_GROUP.show(id, lang).to_owned()).collect(),
        answered: of_all(page.parties.0.len() - silent.len(), page),
        silent: silent.join(", "),
        rows,
    }
}
