//! *Resurser och budget*: what the programme may cost and has cost, who pays, and who works in it. What is not shared out,
//! what differs by a krona of rounding and what is missing is shown as such.

use super::{
    super::{
        Site,
        error::Problem,
        page::{Asked, Page},
    },
    chosen::{self, Choice, Head, or_unknown},
    draw,
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    county::programme::{
        budget::{self, Budget, Line, Rest, Total},
        resources::{self, AgreementState},
        years,
    },
    record::Record,
    text::Text,
    vocabulary,
};
use samsyn_core::{date::Day, entry::DocumentKind, value::Value};
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "county_resources.html")]
struct Resources {
    page: Page,
    head: Head,
    years: Vec<Choice>,
    year: String,
    money: Option<Money>,
    staff: Option<Staff>,
}

struct Money {
    lead: String,
    source: String,
    rows: Vec<Row>,
    /// What the totals beside it say.
    checks: Vec<String>,
    key: Vec<KeyRow>,
    key_note: String,
    parts: Vec<(String, String)>,
}

struct Row {
    name: String,
    /// `part`, `rest`, `total`, or empty.
    class: &'static str,
    budget: String,
    outcome: String,
    differs: String,
    note: String,
    bars: Option<draw::Bars>,
}

struct KeyRow {
    bearer: String,
    percent: String,
    budget: String,
    outcome: String,
}

struct Staff {
    lead: String,
    note: String,
    posts: Vec<[String; 5]>,
    agreements: Vec<[String; 6]>,
}

pub(in super::super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let title = Text("Resurser och budget", "Resources and budget");
    let page = Page::new(&site, asked, "/resurser", title).await?;
    let chosen = chosen::choose(&site, &page, DocumentKind::Programme, "program").await?;
    let today = chosen::day(&site);
    let view = match &chosen.record {
        Some(record) => of(record, &page, today),
        None => (Vec::new(), String::new(), None, None),
    };
    let (years, year, money, staff) = view;
    let resources = Resources { years, year, money, staff, head: chosen.head, page };
    resources.page.answer(&resources)
}

fn of(record: &Record, page: &Page, today: Day) -> (Vec<Choice>, String, Option<Money>, Option<Staff>) {
    let known: BTreeSet<String> = years(record, "budget").into_iter().chain(years(record, "resources")).collect();
    let wanted = page.asked.value("ar").filter(|year| known.contains(*year));
    let Some(year) = wanted.map(ToOwned::to_owned).or_else(|| known.last().cloned()) else {
        return (Vec::new(), String::new(), None, None);
    };
    let choice = |other: &String| Choice { name: other.clone(), link: page.with("ar", other), here: *other == year };
    let choices = if known.len() > 1 { known.iter().rev().map(choice).collect() } else { Vec::new() };
    let municipalities: Vec<String> =
        page.parties.0.iter().filter(|p| p.kind == "municipality").map(|p| p.id.clone()).collect();
    let budget = budget::read(record, &year, &municipalities);
    let money = (!budget.lines.is_empty() || budget.budget.published.is_some()).then(|| money(&budget, page));
    let resources = resources::read(record, &year, today);
    let staff = (!resources.posts.is_empty() || !resources.agreements.is_empty()).then(|| staff(&resources, page));
    (choices, year, money, staff)
}

fn kronor(page: &Page, ore: Option<i64>) -> String {
    ore.map_or_else(|| or_unknown(page, None), |ore| page.reader().value(&Value::Money(ore)))
}

fn money(budget: &Budget, page: &Page) -> Money {
    let highest = budget.lines.iter().flat_map(|line| [line.budget, line.outcome]).flatten().max().unwrap_or(0);
    let mut rows = Vec::new();
    for line in &budget.lines {
        add_rows(&mut rows, line, false, highest, page);
    }
    for (name, pick) in [
        (
            page.t("Summa av posterna", "Sum of the lines"),
            (|t: &Total| (t.missing == 0).then_some(t.sum)) as fn(&Total) -> Option<i64>,
        ),
        (page.t("Publicerad summa", "Published total"), |t: &Total| t.published),
    ] {
        let (planned, spent) = (pick(&budget.budget), pick(&budget.outcome));
        if planned.is_some() || spent.is_some() {
            rows.push(row(name.to_owned(), "total", planned, spent, page));
        }
    }
    let total = |total: &Total| total.published.or((total.missing == 0).then_some(total.sum));
    let (planned, spent) = (total(&budget.budget), total(&budget.outcome));
    let lead = format!(
        "{}: {}. {}: {}. {}",
        page.t("Budget", "Budget"),
        kronor(page, planned),
        page.t("Utfall", "Outcome"),
        kronor(page, spent),
        used(planned, spent, page)
    );
    let split = budget.key.iter().flat_map(|share| &share.parts);
    Money {
        lead,
        source: budget.source.clone().unwrap_or_default(),
        rows,
        checks: [(page.t("Budget", "Budget"), &budget.budget), (page.t("Utfall", "Outcome"), &budget.outcome)]
            .map(|(name, total)| check(name, total, page))
            .into(),
        key: budget.key.iter().map(|share| key_row(share, page)).collect(),
        key_note: key_note(budget, page),
        parts: split.map(|(org, ore)| (page.parties.name(org).to_owned(), kronor(page, Some(*ore)))).collect(),
    }
}

fn used(planned: Option<i64>, spent: Option<i64>, page: &Page) -> String {
    let (Some(planned), Some(spent)) = (planned, spent) else { return String::new() };
    match planned.checked_sub(spent) {
        Some(0) => page.t("Allt är använt.", "All of it is used.").to_owned(),
        Some(left) if left > 0 => format!("{} {}.", kronor(page, Some(left)), page.t("är inte använt", "is not used")),
        Some(over) => format!("{} {}.", kronor(page, Some(-over)), page.t("mer än budget", "more than the budget")),
        None => String::new(),
    }
}

fn add_rows(rows: &mut Vec<Row>, line: &Line, is_part: bool, highest: i64, page: &Page) {
    let name = line.name.clone().unwrap_or_else(|| line.id.clone());
    let name = if is_part { format!("{} {name}", page.t("varav", "of which")) } else { name };
    let of_line = row(name, if is_part { "part" } else { "" }, line.budget, line.outcome, page);
    let bars = draw::Bars::new(line.budget, line.outcome, highest);
    rows.push(Row { note: line.note.clone().unwrap_or_default(), bars: Some(bars), ..of_line });
    for part in &line.parts {
        add_rows(rows, part, true, highest, page);
    }
    let rests = [line.rest_of_budget, line.rest_of_outcome];
    if !line.parts.is_empty() && rests != [Rest::Nothing; 2] {
        let [budget, outcome] = rests.map(|rest| rest_of(rest, page));
        let name = page.t("ofördelat", "not shared out").to_owned();
        rows.push(Row {
            name,
            class: "rest",
            budget,
            outcome,
            differs: String::new(),
            note: String::new(),
            bars: None,
        });
    }
}

fn row(name: String, class: &'static str, budget: Option<i64>, outcome: Option<i64>, page: &Page) -> Row {
    let differs = budget.zip(outcome).and_then(|(budget, outcome)| outcome.checked_sub(budget));
    let differs = match differs {
        Some(more) if more > 0 => format!("+{}", kronor(page, Some(more))),
        other => other.map_or_else(String::new, |less| kronor(page, Some(less))),
    };
    Row {
        name,
        class,
        budget: kronor(page, budget),
        outcome: kronor(page, outcome),
        differs,
        note: String::new(),
        bars: None,
    }
}

fn rest_of(rest: Rest, page: &Page) -> String {
    match rest {
        Rest::Nothing => kronor(page, Some(0)),
        Rest::Unallocated(ore) => kronor(page, Some(ore)),
        Rest::Rounding(ore) => format!("{} ({})", kronor(page, Some(ore)), page.t("avrundning", "rounding")),
        Rest::Exceeds(ore) => {
            format!(
                "{} {}",
                kronor(page, Some(ore)),
                page.t("mer i delarna än i posten", "more in the parts than in the line")
            )
        }
        Rest::Unknown => page.t("går inte att räkna", "cannot be reckoned").to_owned(),
    }
}

/// A sentence about the published total.
fn check(name: &str, total: &Total, page: &Page) -> String {
    let said = match total.rest {
        _ if total.missing > 0 => {
            format!("{} {}", total.missing, page.t("poster saknar belopp", "lines have no amount"))
        }
        _ if total.published.is_none() => page.t("ingen summa är publicerad", "no total is published").to_owned(),
        Rest::Nothing => {
            page.t("posterna är tillsammans den publicerade summan", "the lines are the published total").to_owned()
        }
        Rest::Rounding(ore) => format!(
            "{} {} ({})",
            page.t("summan skiljer", "the total differs by"),
            kronor(page, Some(ore.abs())),
            page.t("avrundning", "rounding")
        ),
        Rest::Unallocated(ore) => {
            format!(
                "{} {}",
                kronor(page, Some(ore)),
                page.t("av summan står i ingen post", "of the total is in no line")
            )
        }
        Rest::Exceeds(ore) => {
            format!(
                "{} {}",
                page.t("posterna är mer än summan med", "the lines exceed the total by"),
                kronor(page, Some(ore))
            )
        }
        Rest::Unknown => format!("{} {}", total.missing, page.t("poster saknar belopp", "lines have no amount")),
    };
    format!("{name}: {said}.")
}

fn key_row(share: &budget::Share, page: &Page) -> KeyRow {
    KeyRow {
        bearer: vocabulary::BEARER.show(&share.bearer, page.asked.lang).to_owned(),
        percent: share.percent.map_or_else(|| or_unknown(page, None), |percent| format!("{percent} %")),
        budget: kronor(page, share.budget),
        outcome: kronor(page, share.outcome),
    }
}

fn key_note(budget: &Budget, page: &Page) -> String {
    let percent: i64 = budget.key.iter().filter_map(|share| share.percent).fold(0, i64::saturating_add);
    if !budget.key.is_empty() && percent != 100 {
        return format!(
            "{} {percent} %: {}",
            page.t("Nyckeln är", "The key is"),
            page.t("beloppen går inte att räkna.", "the amounts cannot be reckoned.")
        );
    }
    match budget.split.as_deref() {
        None => page.t(
            "Hur kommunerna delar sin del är inte uppgett.",
            "How the municipalities share their part is not stated.",
        ),
        Some("equal") => page.t("Kommunerna delar lika.", "The municipalities share equally."),
        Some("inhabitants") => {
            page.t("Kommunerna delar efter antal invånare.", "The municipalities share by inhabitants.")
        }
        Some(_) => page.t(
            "Kommunerna delar på ett sätt som programmet inte kan räkna.",
            "The municipalities share in a way that this program cannot reckon.",
        ),
    }
    .to_owned()
}

fn staff(resources: &resources::Resources, page: &Page) -> Staff {
    let count = |n: Option<i64>| n.map_or_else(|| or_unknown(page, None), |n| page.reader().value(&Value::Integer(n)));
    let percent = |n: Option<i64>| n.map_or_else(|| or_unknown(page, None), |n| format!("{n} %"));
    let post = |post: &resources::Post| {
        let name = post.name.clone().unwrap_or_else(|| post.id.clone());
        let note = post.note.clone().unwrap_or_default();
        [name, count(post.posts), percent(post.percent), count(post.vacant), note]
    };
    let agreement = |a: &resources::Agreement| {
        let organisation = a.organisation.as_deref().map(|org| page.reader().reference(org));
        let until = format!("{} – {}", or_unknown(page, a.from.as_deref()), or_unknown(page, a.to.as_deref()));
        let decided = or_unknown(page, a.decided.as_deref());
        let role = resources.posts.iter().find(|p| Some(&p.id) == a.role.as_ref()).and_then(|p| p.name.clone());
        let role = role.or_else(|| a.role.clone());
        [
            or_unknown(page, role.as_deref()),
            or_unknown(page, organisation.as_deref()),
            percent(a.percent),
            until,
            decided,
            state(a.state, page),
        ]
    };
    let same = match resources.differs {
        Some(0) => page.t("Det är den publicerade summan.", "That is the published total.").to_owned(),
        Some(_) => {
            let published = resources.published.unwrap_or_default();
            format!("{} {published} %.", page.t("Publicerat är", "Published is"))
        }
        None => String::new(),
    };
    let vacant = resources.vacant.map_or_else(|| or_unknown(page, None), |vacant| vacant.to_string());
    let vacant = format!("{}: {vacant}.", page.t("Vakanta tjänster", "Vacant posts"));
    let sum = format!(
        "{} {} % {}.",
        page.t("Tillsammans", "Together"),
        resources.percent,
        page.t("av heltid", "of full time")
    );
    let missing = match resources.missing {
        0 => String::new(),
        n => format!("{}: {n}.", page.t("Roller utan uppgift", "Roles that are not stated")),
    };
    let lead = [sum, same, vacant, missing].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ");
    Staff {
        lead,
        note: resources.note.clone().unwrap_or_default(),
        posts: resources.posts.iter().map(post).collect(),
        agreements: resources.agreements.iter().map(agreement).collect(),
    }
}

fn state(state: AgreementState, page: &Page) -> String {
    match state {
        AgreementState::Undecided => page.t("inte beslutad", "not decided"),
        AgreementState::InForce => page.t("gäller", "in force"),
        AgreementState::Coming => page.t("börjar senare", "begins later"),
        AgreementState::Ended => page.t("har gått ut", "has ended"),
        AgreementState::Unknown => page.t("slutdag saknas", "no last day"),
    }
    .to_owned()
}
