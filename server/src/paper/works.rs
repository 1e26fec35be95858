//! Works in papers: how many in which stage, which are in the portfolio, which are not going well, what was learnt.

use super::{
    Material, UNKNOWN,
    chapters::{SV, day, on, or_unknown, table},
};
use samsyn_client::{
    county::work::{FACTORS, Report, Work},
    text, vocabulary,
};
use samsyn_core::{date::Day, value::Value};
use samsyn_paper::Table;
use std::collections::BTreeMap;

fn title(work: &Work) -> String {
    work.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| "(utan titel)".to_owned())
}

fn stage(work: &Work) -> String {
    Material::word(vocabulary::STAGE, work.stage.as_deref())
}

fn by_title<'a>(works: impl Iterator<Item = &'a Work>) -> Vec<&'a Work> {
    let mut works: Vec<&Work> = works.collect();
    works.sort_by_cached_key(|work| (crate::projection::fold(&title(work)), work.document_id.clone()));
    works
}

/// Of the portfolio: neither ideas nor what has ended.
pub(super) fn goes_on(work: &Work) -> bool {
    matches!(work.stage.as_deref(), Some("included" | "ongoing" | "dormant"))
}

/// The latest report, where it is yellow or red and the work goes on.
pub(super) fn grave(work: &Work) -> Option<&Report> {
    let report = work.latest().filter(|_| goes_on(work))?;
    matches!(report.gravest(), Some("yellow" | "red")).then_some(report)
}

/// Works by stage.
pub(super) fn stages(county: &Material) -> Table {
    let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for work in &county.works {
        *counts.entry(work.stage.as_deref()).or_default() += 1;
    }
    let known = vocabulary::STAGE.words.iter().map(|word| (Some(word.id), word.label.of(SV)));
    let all = known.chain([(None, "okänt eller motstridigt")]);
    let rows = all.filter_map(|(id, label)| Some(vec![label.to_owned(), counts.get(&id)?.to_string()]));
    let total = vec!["Alla".to_owned(), county.works.len().to_string()];
    let caption = "Arbeten per skede. Räknar varje arbete en gång, hos den part som äger det.";
    Table::new(caption, &["Skede", "Antal"]).figures(&[1]).rows(rows.chain([total]))
}

/// The works of the portfolio.
pub(super) fn portfolio(county: &Material, wanted: impl Fn(&Work) -> bool, caption: &str) -> Table {
    let partners = |work: &Work| {
        let said = Some(work.partners.clone()).filter(|partners| !partners.is_empty());
        said.map_or_else(|| UNKNOWN.to_owned(), |partners| county.reader().value(&Value::References(partners)))
    };
    let row =
        |work: &Work| vec![title(work), county.name(&work.owner), partners(work), stage(work), on(work.updated_ms)];
    let works = by_title(county.works.iter().filter(|work| wanted(work)));
    let head = ["Arbete", "Ägare", "Parter", "Skede", "Senast ändrat"];
    table(caption, &head, works.into_iter().map(row).collect())
}

/// Works whose latest report has yellow or red in it.
pub(super) fn deviating(county: &Material) -> Table {
    let row = |work: &&Work| {
        let report = grave(work)?;
        let says = |factor: &&str| Some(format!("{}: {}", factor_name(factor), status(report.factors.get(*factor)?)));
        let factors = FACTORS.iter().filter_map(says).collect::<Vec<_>>().join("\n");
        let (date, comment) = (or_unknown(report.date.as_deref()), or_unknown(report.comment.as_deref()));
        Some(vec![title(work), county.name(&work.owner), factors, comment, date])
    };
    let works = by_title(county.works.iter());
    let head = ["Arbete", "Ägare", "Självskattning", "Kommentar", "Rapport"];
    table("Arbeten med gult eller rött i sin senaste rapport", &head, works.iter().filter_map(row).collect())
}

fn factor_name(factor: &str) -> &str {
    text::report_part(factor).map_or(factor, |name| name.of(SV))
}

fn status(colour: &str) -> &str {
    vocabulary::STATUS.show(colour, SV)
}

/// What the parties have learnt.
pub(super) fn lessons(county: &Material, since: Option<Day>) -> Table {
    let later = |written: Option<&str>| since.is_none_or(|since| day(written).is_some_and(|day| day >= since));
    let rows = county.lessons.iter().filter(|lesson| later(lesson.date.as_deref())).map(|lesson| {
        let text = or_unknown(lesson.lesson.as_deref());
        vec![text, or_unknown(lesson.title.as_deref()), county.name(&lesson.party), or_unknown(lesson.date.as_deref())]
    });
    table("Lärdomar", &["Lärdom", "Arbete", "Part", "Datum"], rows.collect())
}
