//! The programme as people read it on a terminal.

use super::Reader;
use crate::{
    county::programme::{
        Programme,
        bodies::Body,
        budget::{Budget, Line, Rest},
        calendar::Month,
        goals::Goals,
        papers::{FirstAnswer, Question},
        resources::Resources,
        risks::{Review, Risks, Trend},
    },
    table::{block, pairs, shorten, table},
    text::{self, Lang, Text},
    vocabulary,
};
use samsyn_core::value::Value;

/// Characters of a risk or a title in a table.
const SHORT: usize = 60;

pub fn programme(
    programme: &Programme,
    goals: &Goals,
    bodies: &[Body],
    questions: &[Question],
    reader: Reader<'_>,
) -> String {
    let lang = reader.lang;
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| text::UNKNOWN.of(lang).to_owned());
    let overdue = questions.iter().filter(|q| matches!(q.state, FirstAnswer::Overdue(_))).count();
    let facts = [
        (Text("Program", "Programme"), known(&programme.name)),
        (text::ID, programme.document_id.clone()),
        (Text("Start", "Start"), known(&programme.start)),
        (Text("Strategiskt mål", "Strategic goal"), known(&goals.strategic)),
        (Text("Effektmål", "Effect goal"), known(&goals.effect)),
        (Text("Delmål", "Sub-goals"), names(goals.sub_goals.iter().map(|g| &g.name))),
        (Text("Nyttor", "Benefits"), names(goals.benefits.iter().map(|g| &g.name))),
        (Text("Programområden", "Areas"), names(goals.areas.iter().map(|g| &g.name))),
        (Text("Organ", "Bodies"), names(bodies.iter().filter(|b| b.in_force).map(|b| &b.name))),
        (Text("Försenade svar", "Overdue answers"), overdue.to_string()),
    ];
    pairs(&facts.map(|(label, value)| (label.of(lang).to_owned(), value)))
}

fn names<'a>(names: impl Iterator<Item = &'a Option<String>>) -> String {
    names.flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
}

pub fn budget(budget: &Budget, resources: &Resources, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let money = |ore: Option<i64>| {
        ore.map_or_else(|| text::UNKNOWN.of(lang).to_owned(), |ore| reader.value(&Value::Money(ore)))
    };
    let mut rows = Vec::new();
    for line in &budget.lines {
        add_line(&mut rows, line, 0, &money, lang);
    }
    rows.push(vec![
        Text("Summa av posterna", "Sum of the lines").of(lang).to_owned(),
        money(Some(budget.budget.sum)),
        money(Some(budget.outcome.sum)),
        String::new(),
    ]);
    rows.push(vec![
        Text("Publicerad summa", "Published total").of(lang).to_owned(),
        money(budget.budget.published),
        money(budget.outcome.published),
        String::new(),
    ]);
    let headings =
        [Text("Post", "Line"), Text("Budget", "Budget"), Text("Utfall", "Outcome"), Text("Kommentar", "Comment")];
    let mut shown = format!(
        "{} {}\n\n{}",
        Text("Budget", "Budget").of(lang),
        budget.year,
        table(&headings.map(|h| h.of(lang)), &rows)
    );
    if !budget.key.is_empty() {
        let row = |share: &crate::county::programme::budget::Share| {
            let percent = share.percent.map_or_else(|| text::UNKNOWN.of(lang).to_owned(), |p| format!("{p} %"));
            vec![
                vocabulary::BEARER.show(&share.bearer, lang).to_owned(),
                percent,
                money(share.budget),
                money(share.outcome),
            ]
        };
        let headings = [
            Text("Betalare", "Payer"),
            Text("Andel", "Share"),
            Text("Av budget", "Of the budget"),
            Text("Av utfall", "Of the outcome"),
        ];
        let rows: Vec<Vec<String>> = budget.key.iter().map(row).collect();
        shown.push_str(&format!("\n{}", table(&headings.map(|h| h.of(lang)), &rows)));
    }
    if !resources.posts.is_empty() {
        let number = |n: Option<i64>| n.map_or_else(|| text::UNKNOWN.of(lang).to_owned(), |n| n.to_string());
        let row = |post: &crate::county::programme::resources::Post| {
            let name = post.name.clone().unwrap_or_else(|| post.id.clone());
            vec![name, number(post.posts), number(post.percent), number(post.vacant)]
        };
        let headings = [
            Text("Roll", "Role"),
            Text("Antal", "Number"),
            Text("% av heltid", "% of full time"),
            Text("Vakanta", "Vacant"),
        ];
        let mut rows: Vec<Vec<String>> = resources.posts.iter().map(row).collect();
        rows.push(vec![
            Text("Tillsammans", "Together").of(lang).to_owned(),
            String::new(),
            resources.percent.to_string(),
            resources.vacant.map_or_else(|| text::UNKNOWN.of(reader.lang).to_owned(), |vacant| vacant.to_string()),
        ]);
        shown.push_str(&format!("\n{}", table(&headings.map(|h| h.of(lang)), &rows)));
    }
    shown
}

fn add_line(
    rows: &mut Vec<Vec<String>>,
    line: &Line,
    depth: usize,
    money: &impl Fn(Option<i64>) -> String,
    lang: Lang,
) {
    let indent = "  ".repeat(depth.min(4));
    let name = line.name.clone().unwrap_or_else(|| line.id.clone());
    rows.push(vec![
        format!("{indent}{name}"),
        money(line.budget),
        money(line.outcome),
        line.note.clone().unwrap_or_default(),
    ]);
    for part in &line.parts {
        add_line(rows, part, depth + 1, money, lang);
    }
    if [line.rest_of_budget, line.rest_of_outcome] != [Rest::Nothing; 2] {
        let rest = |rest: Rest| match rest {
            Rest::Nothing => money(Some(0)),
            Rest::Unallocated(ore) => money(Some(ore)),
            Rest::Exceeds(ore) => money(Some(-ore)),
            Rest::Rounding(ore) => format!("{} {}", money(Some(ore)), Text("(avrundning)", "(rounding)").of(lang)),
            Rest::Unknown => text::UNKNOWN.of(lang).to_owned(),
        };
        let name = Text("ofördelat", "not shared out").of(lang);
        rows.push(vec![
            format!("{indent}  {name}"),
            rest(line.rest_of_budget),
            rest(line.rest_of_outcome),
            String::new(),
        ]);
    }
}

pub fn risks(risks: &Risks, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let headings = [
        Text("Risk", "Risk"),
        Text("Värde", "Value"),
        Text("S × K", "P × C"),
        Text("Utveckling", "Trend"),
        Text("Ansvarig", "In charge"),
        Text("Nästa genomgång", "Next review"),
    ];
    let row = |risk: &crate::county::programme::risks::Risk| {
        let judged = risk.probability.zip(risk.consequence).map(|(p, c)| format!("{p} × {c}"));
        let trend = match risk.trend {
            Some(Trend::Rising) => Text("ökar", "rising"),
            Some(Trend::Steady) => Text("oförändrad", "unchanged"),
            Some(Trend::Falling) => Text("minskar", "falling"),
            None => text::UNKNOWN,
        };
        let review = match risk.review {
            Review::Overdue => Text("PASSERAD", "OVERDUE").of(lang),
            Review::Closed => Text("avslutad", "closed").of(lang),
            Review::Never | Review::InTime | Review::Unset => "",
        };
        let next = risk.next_review.clone().unwrap_or_default();
        vec![
            shorten(risk.name.as_deref().unwrap_or(&risk.id), SHORT),
            risk.value.map_or_else(|| "–".to_owned(), |value| value.to_string()),
            judged.unwrap_or_else(|| Text("inte bedömd", "not judged").of(lang).to_owned()),
            trend.of(lang).to_owned(),
            risk.owner.as_deref().map(|org| reader.reference(org)).unwrap_or_default(),
            format!("{next} {review}").trim().to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = risks.risks.iter().map(row).collect();
    let counts = [risks.risks.len(), risks.unvalued(), risks.deviations.len()].map(|n| n.to_string());
    let summary = Text(
        "{} risker, {} utan bedömning, {} avvikelser. Skalan går från 1 till {}.",
        "{} risks, {} not judged, {} deviations. The scale goes from 1 to {}.",
    );
    let scale = risks.scale.to_string();
    let parts = [counts[0].as_str(), &counts[1], &counts[2], &scale];
    format!("{}\n{}\n", table(&headings.map(|h| h.of(lang)), &rows), summary.say(lang, &parts))
}

pub fn calendar(months: &[Month], undated: usize, bodies: &[Body], reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let mut shown = String::new();
    for month in months {
        shown.push_str(&format!("{:04}-{:02}\n", month.year, month.month));
        for event in &month.events {
            let kind = vocabulary::EVENT.show(&event.kind, lang);
            let body = event
                .body
                .as_deref()
                .map(|id| bodies.iter().find(|body| body.id == id).and_then(|body| body.name.as_deref()).unwrap_or(id));
            let date = event.date.as_deref().unwrap_or_default();
            let rest = [Some(kind), event.time.as_deref(), body].into_iter().flatten().collect::<Vec<_>>().join(", ");
            shown.push_str(&block(&format!("{date}  {} ({rest})", event.title), 2));
        }
    }
    if undated > 0 {
        shown.push_str(
            &Text("{} händelser saknar dag.\n", "{} events have no day.\n").say(lang, &[&undated.to_string()]),
        );
    }
    shown
}
