//! *Uppföljning*: the tree of goals, and each measure over time: a thin line for each party, the county's where one is
//! agreed, the target, and a table of the same. Whoever has stated nothing is told as such, and never counted as nothing.

use super::{
    super::{
        Site,
        error::Problem,
        page::{Asked, Page},
        portfolio::page_number,
    },
    chosen::{self, Head, or_unknown},
    draw::{self, Series},
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::{
        indicators::{
            self, Column, Indicator, Measure, Member, Set,
            period::{Period, Sex},
        },
        programme::goals::{self, Goals},
    },
    record::Record,
    text::Text,
    vocabulary,
};
use samsyn_core::entry::DocumentKind;
use std::{collections::BTreeSet, sync::Arc};

/// Pictures on one page.
const CHARTS: usize = 6;
/// Works that are named under a goal; the number says how many there are.
const WORKS_SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "county_followup.html")]
struct FollowUp {
    page: Page,
    head: Head,
    goals: Option<Tree>,
    set: Head,
    target_year: String,
    lead: String,
    areas: Vec<AreaRows>,
    charts: Vec<Chart>,
    earlier: Option<String>,
    later: Option<String>,
}

struct Tree {
    strategic: String,
    effect: String,
    sub_goals: Vec<Branch>,
    benefits: Vec<Branch>,
    /// The yearly questions, with the answers of the latest year.
    questions: Vec<(String, String, &'static str)>,
    year: String,
}

struct Branch {
    name: String,
    description: String,
    indicators: Vec<String>,
    works: Vec<(String, String)>,
    works_total: usize,
}

struct AreaRows {
    name: String,
    rows: Vec<Row>,
}

/// A measure in the table of all.
struct Row {
    indicator: String,
    /// Empty where the indicator has no measure.
    measure: String,
    side: String,
    direction: String,
    reporting: String,
    latest: String,
}

struct Chart {
    id: String,
    name: String,
    about: Vec<String>,
    lag: String,
    panels: Vec<Panel>,
}

/// One group of people of one measure.
struct Panel {
    id: String,
    caption: String,
    drawn: Option<draw::Lines>,
    highest: String,
    lowest: String,
    first: String,
    last: String,
    periods: Vec<String>,
    /// A party's name, and what it has stated for each period.
    parties: Vec<(String, Vec<String>)>,
    county: Vec<String>,
    stated: Vec<String>,
}

pub(in super::super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let number = page_number(&asked)?;
    let page = Page::new(&site, asked, "/uppfoljning", Text("Uppföljning", "Follow-up")).await?;
    let programme = chosen::choose(&site, &page, DocumentKind::Programme, "program").await?;
    let chosen = chosen::choose(&site, &page, DocumentKind::Indicators, "uppsattning").await?;
    let works = site
        .view
        .records_saying(DocumentKind::Work, &["/facts/goals", "/facts/benefits"], site.eyes, &site.moment)
        .await;
    let works = works.map_err(|f| Problem::of(f, lang))?;
    let members = members(&page);
    let set = chosen.record.as_deref().map(indicators::read);
    let measures = set.as_ref().map(Set::measures).unwrap_or_default();
    let with_values: Vec<&&Measure> = measures.iter().filter(|m| !m.values.is_empty()).collect();
    let from = usize::try_from(number - 1).unwrap_or(usize::MAX).saturating_mul(CHARTS);
    let shown = with_values.iter().skip(from).take(CHARTS);
    let view = FollowUp {
        goals: programme.record.as_ref().map(|record| tree(&goals::read(record), set.as_ref(), &works, &page)),
        head: programme.head,
        target_year: set.as_ref().and_then(|set| set.target_year).map(|year| year.to_string()).unwrap_or_default(),
        lead: lead(&measures, &members, &page),
        areas: set.iter().flat_map(|set| areas(set, &members, &page)).collect(),
        charts: shown.map(|measure| chart(measure, &members, &page)).collect(),
        earlier: (number > 1).then(|| page.with("sida", &(number - 1).to_string())),
        later: (from.saturating_add(CHARTS) < with_values.len()).then(|| page.with("sida", &(number + 1).to_string())),
        set: chosen.head,
        page,
    };
    view.page.answer(&view)
}

/// In the order of the pages: by name, nobody first.
fn members(page: &Page) -> Vec<Member> {
    page.parties.0.iter().map(|p| Member { id: p.id.clone(), region: p.kind == "region" }).collect()
}

fn tree(goals: &Goals, set: Option<&Set>, works: &[Arc<Record>], page: &Page) -> Tree {
    let branch = |goal: &goals::Goal| {
        let follows = |i: &&Indicator| i.goal.as_deref() == Some(goal.id.as_str());
        let indicators = set.iter().flat_map(|set| &set.areas).flat_map(|area| &area.indicators).filter(follows);
        let references = [format!("goal:{}", goal.id), format!("benefit:{}", goal.id)];
        let serves = |w: &&Arc<Record>| {
            let named = ["/facts/goals", "/facts/benefits"].map(|path| w.references(path));
            named.iter().any(|named| references.iter().any(|r| named.contains(r.as_str())))
        };
        let served: Vec<&Arc<Record>> = works.iter().filter(serves).collect();
        let link =
            |w: &&Arc<Record>| (or_unknown(page, w.text("/facts/title")), page.link(&format!("/arbete/{}", w.id)));
        Branch {
            name: or_unknown(page, goal.name.as_deref()),
            description: goal.description.clone().unwrap_or_default(),
            indicators: indicators.map(|i| or_unknown(page, i.name.as_deref())).collect(),
            works: served.iter().take(WORKS_SHOWN).map(link).collect(),
            works_total: served.len(),
        }
    };
    let latest = goals.answers.first();
    let question = |q: &goals::Question| {
        let answer = latest.and_then(|year| year.answers.iter().find(|a| a.question == q.id));
        let fulfilment = answer.and_then(|a| a.fulfilment.as_deref());
        let word = fulfilment.and_then(|word| vocabulary::FULFILMENT.find(word));
        let label = word.map_or("", |word| word.label.of(page.asked.lang));
        (or_unknown(page, q.text.as_deref()), or_unknown(page, answer.and_then(|a| a.answer.as_deref())), label)
    };
    Tree {
        strategic: or_unknown(page, goals.strategic.as_deref()),
        effect: or_unknown(page, goals.effect.as_deref()),
        sub_goals: goals.sub_goals.iter().map(branch).collect(),
        benefits: goals.benefits.iter().map(branch).collect(),
        questions: goals.questions.iter().map(question).collect(),
        year: latest.map(|year| year.year.clone()).unwrap_or_default(),
    }
}

fn lead(measures: &[&Measure], members: &[Member], page: &Page) -> String {
    let stated: BTreeSet<&str> = measures.iter().flat_map(|m| m.values.keys()).map(String::as_str).collect();
    let parties = members.iter().filter(|member| stated.contains(member.id.as_str())).count();
    let with_values = measures.iter().filter(|m| !m.values.is_empty()).count();
    format!(
        "{parties} {} {} {} {with_values} {} {} {}",
        page.t("av", "of"),
        members.len(),
        page.t("parter har lämnat värden.", "parties have stated values."),
        page.t("av", "of"),
        measures.len(),
        page.t("mått har något värde.", "measures have any value.")
    )
}

fn areas(set: &Set, members: &[Member], page: &Page) -> Vec<AreaRows> {
    let none = page.t("(utan målområde)", "(without an area)");
    let mut areas: Vec<AreaRows> = set
        .areas
        .iter()
        .map(|area| AreaRows {
            name: area.name.clone().unwrap_or_else(|| none.to_owned()),
            rows: area.indicators.iter().flat_map(|indicator| rows(indicator, members, page)).collect(),
        })
        .collect();
    if !set.loose.is_empty() {
        let name = page.t("Mått utan indikator", "Measures without an indicator").to_owned();
        areas.push(AreaRows { name, rows: set.loose.iter().map(|m| row("", m, members, page)).collect() });
    }
    areas
}

fn rows(indicator: &Indicator, members: &[Member], page: &Page) -> Vec<Row> {
    let name = or_unknown(page, indicator.name.as_deref());
    if indicator.measures.is_empty() {
        let status = page.t("inget mått än", "no measure yet").to_owned();
        return vec![Row {
            indicator: name,
            measure: String::new(),
            side: String::new(),
            direction: String::new(),
            reporting: status,
            latest: String::new(),
        }];
    }
    indicator.measures.iter().map(|measure| row(&name, measure, members, page)).collect()
}

fn row(indicator: &str, measure: &Measure, members: &[Member], page: &Page) -> Row {
    let lang = page.asked.lang;
    let concerned = measure.concerned(members).len();
    let stated = format!("{} {} {concerned}", measure.reporting(members), page.t("av", "of"));
    let unmeasured = measure.status.as_deref() == Some("no-measure-yet") && measure.values.is_empty();
    let columns = measure.columns(members, Sex::All);
    let latest = columns.last().map(|column| match column.county {
        Some(county) => format!("{}: {county} {}", period(&column.period), measure.unit.as_deref().unwrap_or_default()),
        None => period(&column.period),
    });
    Row {
        indicator: indicator.to_owned(),
        measure: measure.name.clone().unwrap_or_else(|| measure.id.clone()),
        side: measure.side.as_deref().map_or_else(String::new, |side| vocabulary::SIDE.show(side, lang).to_owned()),
        direction: direction(measure, page),
        reporting: if unmeasured { page.t("inget mått än", "no measure yet").to_owned() } else { stated },
        latest: latest.map(|text| text.trim_end().to_owned()).unwrap_or_default(),
    }
}

/// An arrow with its word; nothing where no direction is stated.
fn direction(measure: &Measure, page: &Page) -> String {
    let arrow = match measure.direction.as_deref() {
        Some("up") => "↑",
        Some("down") => "↓",
        Some("keep") => "→",
        _ => return String::new(),
    };
    let word = measure.direction.as_deref().map_or("", |d| vocabulary::DIRECTION.show(d, page.asked.lang));
    format!("{arrow} {word}")
}

/// `2025-q3` as `2025-Q3`.
fn period(period: &Period) -> String {
    period.written.to_uppercase()
}

fn chart(measure: &Measure, members: &[Member], page: &Page) -> Chart {
    let lang = page.asked.lang;
    let labelled = |label: &'static str, text: Option<String>| text.map(|text| format!("{label}: {text}"));
    let target = measure.target.map(|target| match measure.target_year {
        Some(year) => format!("{target} ({year})"),
        None => target.to_string(),
    });
    let baseline = measure.baseline.map(|baseline| match &measure.baseline_period {
        Some(of) => format!("{baseline} ({of})"),
        None => baseline.to_string(),
    });
    let county = match measure.county.as_deref() {
        Some(way) => vocabulary::COUNTY_FIGURE.show(way, lang).to_owned(),
        None => page.t("inte överenskommet", "not agreed").to_owned(),
    };
    let about = [
        labelled(page.t("Enhet", "Unit"), measure.unit.clone()),
        labelled(
            page.t("Önskad riktning", "Direction wanted"),
            Some(direction(measure, page)).filter(|d| !d.is_empty()),
        ),
        labelled(page.t("Mål", "Target"), target),
        labelled(page.t("Utgångsvärde", "Baseline"), baseline),
        labelled(page.t("Länets värde", "The county's figure"), Some(county)),
        labelled(page.t("Källa", "Source"), measure.source.clone()),
    ];
    let sexes =
        [(Sex::All, page.t("Alla", "All")), (Sex::Women, page.t("Kvinnor", "Women")), (Sex::Men, page.t("Män", "Men"))];
    Chart {
        id: measure.id.clone(),
        name: measure.name.clone().unwrap_or_else(|| measure.id.clone()),
        about: about.into_iter().flatten().collect(),
        lag: measure.lag.clone().unwrap_or_default(),
        panels: sexes.into_iter().filter_map(|(sex, label)| panel(measure, members, sex, label, page)).collect(),
    }
}

fn panel(measure: &Measure, members: &[Member], sex: Sex, label: &'static str, page: &Page) -> Option<Panel> {
    let columns = measure.columns(members, sex);
    let (first, last) = (columns.first()?, columns.last()?);
    // Who is not meant and has stated a value all the same is shown too.
    let concerned: BTreeSet<&str> = measure.concerned(members).iter().map(|member| member.id.as_str()).collect();
    let meant = |m: &&Member| concerned.contains(m.id.as_str()) || measure.values.contains_key(&m.id);
    let parties: Vec<&Member> = members.iter().filter(meant).collect();
    let thin = parties.iter().map(|party| Series {
        class: "party",
        values: columns.iter().map(|c| Some(measure.stated(&party.id, &c.period)?.figure?.approximate())).collect(),
    });
    let county = Series { class: "county", values: columns.iter().map(|c| Some(c.county?.approximate())).collect() };
    let series: Vec<Series> = thin.chain(std::iter::once(county)).collect();
    let drawn = draw::lines(&series, measure.target.map(indicators::figure::Figure::approximate));
    let edge = |number: f64| format!("{number:.1}").replace('.', ",").replace(",0", "");
    let cell = |party: &Member, column: &Column| match measure.stated(&party.id, &column.period) {
        None => page.t("ej rapporterat", "not reported").to_owned(),
        Some(stated) if stated.contested => page.t("olika uppgifter", "statements differ").to_owned(),
        Some(stated) => stated.figure.map_or_else(|| stated.written.clone(), |figure| figure.to_string()),
    };
    let caption = format!(
        "{label}. {} {} {} {} {}.",
        last.stated,
        page.t("av", "of"),
        concerned.len(),
        page.t("har lämnat värde för", "have stated a value for"),
        period(&last.period)
    );
    Some(Panel {
        id: format!(
            "{}-{}",
            measure.id,
            match sex {
                Sex::All => "alla",
                Sex::Women => "kvinnor",
                Sex::Men => "man",
            }
        ),
        caption,
        highest: drawn.as_ref().map(|d| edge(d.highest)).unwrap_or_default(),
        lowest: drawn.as_ref().filter(|d| d.lowest < d.highest).map(|d| edge(d.lowest)).unwrap_or_default(),
        drawn,
        first: period(&first.period),
        last: if columns.len() > 1 { period(&last.period) } else { String::new() },
        periods: columns.iter().map(|column| period(&column.period)).collect(),
        parties: (parties.iter())
            .map(|party| (page.parties.name(&party.id).to_owned(), columns.iter().map(|c| cell(party, c)).collect()))
            .collect(),
        county: columns.iter().map(|c| c.county.map_or_else(|| "–".to_owned(), |figure| figure.to_string())).collect(),
        stated: columns.iter().map(|c| format!("{} {} {}", c.stated, page.t("av", "of"), concerned.len())).collect(),
    })
}
