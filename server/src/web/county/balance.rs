//! The balance of the portfolio: new or better, soon or in the long run; and how the owners say that it is going.

use crate::web::{
    Site,
    error::Problem,
    page::{Asked, Page},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::work::{self, Report, Work},
    text::Text,
    vocabulary::{BENEFIT_TIME, NOVELTY},
};
use samsyn_core::entry::DocumentKind;

/// Works that one field of the matrix names; the count has all of them.
const NAMED_MAX: usize = 12;
/// Width of the bar that is divided by status.
const BAR: usize = 600;
/// Stages that count as under way.
const UNDER_WAY: [&str; 3] = ["included", "ongoing", "dormant"];

#[derive(Template)]
#[template(path = "county_balance.html")]
struct BalancePage {
    page: Page,
    works: usize,
    placed: usize,
    columns: Vec<&'static str>,
    rows: Vec<MatrixRow>,
    fields: Vec<Field>,
    unplaced: Vec<Named>,
    unplaced_more: usize,
    under_way: usize,
    statuses: Vec<Status>,
    vacancies: Vec<Named>,
}

struct MatrixRow {
    title: &'static str,
    cells: Vec<MatrixCell>,
}

struct MatrixCell {
    count: usize,
    named: Vec<Named>,
    more: usize,
}

#[derive(Clone)]
struct Named {
    title: String,
    link: String,
}

/// One field as the chart draws it: the larger the circle, the more works.
struct Field {
    x: usize,
    y: usize,
    radius: usize,
    count: usize,
    label_y: usize,
    title: String,
}

/// How many works an owner has called so, as a part of a bar.
struct Status {
    id: &'static str,
    letter: &'static str,
    label: String,
    count: usize,
    x: usize,
    width: usize,
    middle: usize,
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/portfolj", Text("Portföljens balans", "Balance of the portfolio")).await?;
    let records = site.view.records(DocumentKind::Work, site.eyes, &site.moment).await;
    let mut works: Vec<Work> = records.map_err(|f| Problem::of(f, lang))?.iter().map(|r| work::read(r)).collect();
    works.sort_by_cached_key(|w| crate::projection::fold(w.title.as_deref().unwrap_or_default()));
    let under_way: Vec<&Work> =
        works.iter().filter(|w| w.stage.as_deref().is_some_and(|stage| UNDER_WAY.contains(&stage))).collect();
    let rows: Vec<MatrixRow> = NOVELTY
        .words
        .iter()
        .map(|novelty| MatrixRow {
            title: novelty.label.of(lang),
            cells: BENEFIT_TIME.words.iter().map(|time| cell(&under_way, (novelty.id, time.id), &page)).collect(),
        })
        .collect();
    let placed = |w: &&&Work| w.novelty.is_some() && w.benefit_time.is_some();
    let unplaced: Vec<&&Work> = under_way.iter().filter(|w| !placed(w)).collect();
    let shown = BalancePage {
        works: works.len(),
        placed: under_way.iter().filter(|w| placed(w)).count(),
        columns: BENEFIT_TIME.words.iter().map(|word| word.label.of(lang)).collect(),
        fields: fields(&rows, lang),
        unplaced: unplaced.iter().take(NAMED_MAX).map(|w| named(w, &page)).collect(),
        unplaced_more: unplaced.len().saturating_sub(NAMED_MAX),
        statuses: statuses(&under_way, &page),
        vacancies: under_way.iter().filter(|w| w.has_vacancy()).take(NAMED_MAX).map(|w| named(w, &page)).collect(),
        under_way: under_way.len(),
        rows,
        page,
    };
    shown.page.answer(&shown)
}

fn named(work: &Work, page: &Page) -> Named {
    let none = page.t("(utan titel)", "(without a title)");
    Named {
        title: work.title.clone().unwrap_or_else(|| none.to_owned()),
        link: page.link(&format!("/arbete/{}", work.document_id)),
    }
}

fn cell(works: &[&Work], (novelty, time): (&str, &str), page: &Page) -> MatrixCell {
    let fits = |w: &&&Work| w.novelty.as_deref() == Some(novelty) && w.benefit_time.as_deref() == Some(time);
    let fitting: Vec<&&Work> = works.iter().filter(fits).collect();
    MatrixCell {
        count: fitting.len(),
        named: fitting.iter().take(NAMED_MAX).map(|w| named(w, page)).collect(),
        more: fitting.len().saturating_sub(NAMED_MAX),
    }
}

/// Circles whose area grows with the count.
fn fields(rows: &[MatrixRow], lang: samsyn_client::text::Lang) -> Vec<Field> {
    const SIDE: usize = 200;
    let most = rows.iter().flat_map(|row| &row.cells).map(|cell| cell.count).max().unwrap_or(0).max(1);
    let field = |row: usize, column: usize, count: usize| {
        let radius = if count == 0 { 0 } else { 24 + 56 * count.isqrt() / most.isqrt().max(1) };
        let (x, y) = (160 + SIDE * column + SIDE / 2, 40 + SIDE * row + SIDE / 2);
        let title = format!("{}, {}", NOVELTY.words[row].label.of(lang), BENEFIT_TIME.words[column].label.of(lang));
        Field { x, y, radius: radius.min(SIDE / 2 - 10), count, label_y: y + 8, title }
    };
    let indexed = rows.iter().enumerate();
    indexed.flat_map(|(r, row)| row.cells.iter().enumerate().map(move |(c, cell)| field(r, c, cell.count))).collect()
}

/// By what the owner said last; what nobody has judged is its own part, and never green.
fn statuses(works: &[&Work], page: &Page) -> Vec<Status> {
    let kinds = [
        ("green", "G", page.t("grönt", "green")),
        ("yellow", "Y", page.t("gult", "yellow")),
        ("red", "R", page.t("rött", "red")),
        ("unknown", "○", page.t("ej rapporterat", "not reported")),
    ];
    let of = |w: &&Work| w.latest().and_then(Report::gravest).unwrap_or("unknown");
    let total = works.len().max(1);
    let mut before = 0;
    let part = |(id, letter, label): (&'static str, &'static str, &str)| {
        let count = works.iter().filter(|w| of(w) == id).count();
        let (x, end) = (BAR * before / total, BAR * (before + count) / total);
        before += count;
        Status { id, letter, label: label.to_owned(), count, x, width: end - x, middle: usize::midpoint(x, end) }
    };
    kinds.into_iter().map(part).collect()
}
