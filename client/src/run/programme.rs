//! Commands about the programme: they only read.

use super::Outcome;
use crate::{
    cli::programme::{CalendarArgs, OneArgs, YearArgs},
    config::Config,
    county::programme::{self, bodies, budget, calendar, goals, learning, papers, resources, risks, sources},
    node::{Node, Parties, incomplete},
    problem::Problem,
    record::Record,
    show::{self, Reader},
    text::{Lang, Phrase, Text},
    time,
};
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_wire::v1;
use serde_json::json;

pub(super) async fn show(config: &Config, args: &OneArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (record, parties) = programme_of(config, args).await?;
    let read = programme::read(&record);
    let now = time::now_ms();
    let (goals, bodies) = (goals::read(&record), bodies::read(&record, time::day_of(now)));
    let questions = papers::questions(&record, read.first_answer_hours, now);
    let shown = show::programme(&read, &goals, &bodies, &questions, Reader { lang, parties: &parties });
    let data = json!({
        "programme": read,
        "goals": goals,
        "bodies": bodies,
        "governing_documents": papers::governing(&record),
        "stakeholders": papers::stakeholders(&record),
        "communication": papers::messages(&record),
        "questions": questions,
        "learning": learning::read(&record),
        "contradictions": sources::read(&record),
    });
    Ok(Outcome::new(shown, data))
}

pub(super) async fn budget(config: &Config, args: &YearArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (record, parties) = programme_of(config, &args.one).await?;
    let mut years = programme::years(&record, "budget");
    years.extend(programme::years(&record, "resources"));
    years.sort();
    years.dedup();
    let year = match &args.year {
        Some(year) if years.contains(year) => year.clone(),
        Some(year) => return Err(no_year(year, &years)),
        None => years.last().cloned().ok_or_else(|| no_year("", &years))?,
    };
    let municipalities: Vec<String> =
        parties.0.iter().filter(|p| p.kind == "municipality").map(|p| p.id.clone()).collect();
    let money = budget::read(&record, &year, &municipalities);
    let staff = resources::read(&record, &year, time::day_of(time::now_ms()));
    let shown = show::budget(&money, &staff, Reader { lang, parties: &parties });
    Ok(Outcome::new(shown, json!({"budget": money, "resources": staff})))
}

fn no_year(year: &str, years: &[String]) -> Problem {
    let message = if years.is_empty() {
        Phrase::from(Text("Programmet har ingen budget ännu.", "The programme has no budget yet."))
    } else {
        Text("Programmet har ingen budget för {}.", "The programme has no budget for {}.").with(&[year])
    };
    let known = years.join(", ");
    Problem::new(Code::InputNotFound, message, Text("åren som finns: {}", "the years there are: {}").with(&[&known]))
        .field("year")
}

pub(super) async fn risks(config: &Config, args: &OneArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (record, parties) = programme_of(config, args).await?;
    let risks = risks::read(&record, time::day_of(time::now_ms()));
    Ok(Outcome::new(show::risks(&risks, Reader { lang, parties: &parties }), json!(risks)))
}

pub(super) async fn calendar(config: &Config, args: &CalendarArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (year, month, _) = time::day_of(time::now_ms());
    let from = args.from.as_deref().map_or(Ok((year, month)), first_month)?;
    let (record, parties) = programme_of(config, &args.one).await?;
    let events = calendar::read(&record);
    let months = calendar::rolling(&events, from);
    let undated = events.iter().filter(|event| event.days.is_none()).count();
    let bodies = bodies::read(&record, time::day_of(time::now_ms()));
    let shown = show::calendar(&months, undated, &bodies, Reader { lang, parties: &parties });
    Ok(Outcome::new(shown, json!({"months": months, "undated": undated})))
}

fn first_month(text: &str) -> Result<(u16, u8), Problem> {
    let read = text.split_once('-').and_then(|(year, month)| {
        let (year, month) = (year.parse::<u16>().ok()?, month.parse::<u8>().ok()?);
        ((1900..=2200).contains(&year) && (1..=12).contains(&month)).then_some((year, month))
    });
    read.ok_or_else(|| {
        let message = Text("'{}' är ingen månad.", "'{}' is no month.").with(&[text]);
        Problem::new(Code::InputDate, message, Text("skriv den som 2026-11", "write it as 2026-11")).field("from")
    })
}

/// The one programme, or the one that is named.
async fn programme_of(config: &Config, args: &OneArgs) -> Result<(Record, Parties), Problem> {
    let node = Node::connect(config).await?;
    let record = document(&node, DocumentKind::Programme, args.document.as_deref()).await?;
    Ok((record, node.parties().await?))
}

/// The only document of a kind, or the one that is named: never one of several by chance.
pub(super) async fn document(node: &Node, kind: DocumentKind, id: Option<&str>) -> Result<Record, Problem> {
    let id = match id {
        Some(id) => id.to_owned(),
        None => only(node, kind).await?,
    };
    let record = Record::try_from(node.work(&id).await?).map_err(|_| incomplete())?;
    if record.kind != kind {
        let message = Text("Det är ett annat slags dokument.", "That is another kind of document.");
        let remedy = Text("se numren med: samsyn document list", "see the numbers with: samsyn document list");
        return Err(Problem::new(Code::InputNotFound, message, remedy).field("document"));
    }
    Ok(record)
}

async fn only(node: &Node, kind: DocumentKind) -> Result<String, Problem> {
    let request =
        v1::ListDocumentsRequest { kind: v1::DocumentKind::from(kind).into(), ..v1::ListDocumentsRequest::default() };
    let list = node.call(node.portfolio().list_documents(request)).await?;
    match list.documents.as_slice() {
        [one] => Ok(one.document_id.clone()),
        [] => Err(Problem::new(
            Code::InputNotFound,
            Text("Inget sådant dokument är delat ännu.", "No such document has been shared yet."),
            Text("be den part som har det att dela det", "ask the party that has it to share it"),
        )
        .field("document")),
        several => {
            let named = |row: &v1::DocumentRow| {
                format!("{} ({})", row.document_id.chars().take(8).collect::<String>(), row.title)
            };
            let names = several.iter().map(named).collect::<Vec<_>>().join(", ");
            Err(Problem::new(
                Code::InputAmbiguous,
                Text("Det finns flera.", "There are several."),
                Text("välj ett med --document: {}", "choose one with --document: {}").with(&[&names]),
            )
            .field("document"))
        }
    }
}
