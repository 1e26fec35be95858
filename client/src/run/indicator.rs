//! Commands about indicators: reading them, and stating the own organisation's values.

mod file;

use super::{Outcome, programme::document};
use crate::{
    cli::programme::{ImportArgs, SetArgs, ShowArgs, ValueArgs},
    config::Config,
    copy::WorkingCopy,
    county::indicators::{self, Member, Set, import, period::Period},
    input,
    node::{Node, Parties},
    problem::Problem,
    show::{self, Reader},
    text::{Lang, Text},
    time, vocabulary,
};
use samsyn_core::{code::Code, entry::DocumentKind, id::Path, value::Value};
use serde_json::json;
use std::collections::BTreeMap;

/// What a file that cannot be taken in ends with.
const REFUSED: u8 = 5;

pub(super) async fn list(config: &Config, args: &SetArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (set, parties, _) = set_of(config, args).await?;
    let members = members(&parties);
    Ok(Outcome::new(show::measures(&set, &members, Reader { lang, parties: &parties }), json!(set)))
}

pub(super) async fn show(config: &Config, args: &ShowArgs, lang: Lang) -> Result<Outcome, Problem> {
    let (set, parties, _) = set_of(config, &args.set).await?;
    let measure = measure(&set, &args.measure)?;
    let members = members(&parties);
    let shown = show::measure(measure, &members, Reader { lang, parties: &parties });
    let columns = measure.columns(&members, indicators::period::Sex::All);
    Ok(Outcome::new(shown, json!({"measure": measure, "columns": columns})))
}

pub(super) async fn set(config: &Config, args: &ValueArgs, lang: Lang) -> Result<Outcome, Problem> {
    // What can be told without the node is told without it.
    let period = period(&args.period)?;
    let value = import::stated(&args.value).map(|value| input::checked(value, "value")).transpose()?;
    let (set, parties, node) = set_of(config, &args.set).await?;
    let measure = measure(&set, &args.measure)?;
    let own = own(&parties)?;
    let overlapping = measure.values.get(&own).into_iter().flatten().find(|stated| period.overlaps(&stated.period));
    if let Some(other) = overlapping.filter(|_| value.is_some()) {
        return Err(Problem::new(
            Code::InputOverlap,
            Text("Ni har redan ett värde för {}, som överlappar.", "You have a value of {} already, which overlaps.")
                .with(&[&other.period.segment()]),
            Text(
                "behåll det ena: ett år och dess delar skulle räknas dubbelt",
                "keep the one or the other: a year and its parts would be counted twice",
            ),
        )
        .field("period"));
    }
    let path = input::path(&format!("/values/{own}/{}/{}", measure.id, period.segment()), "period")?;
    let (copy, changed) = keep(&node, &set.document_id, BTreeMap::from([(path, value)])).await?;
    let data = json!({"working_copy_id": copy.id, "document_id": set.document_id, "changed": changed});
    Ok(Outcome::new(saved(&changed, &set, lang), data))
}

pub(super) async fn import(config: &Config, args: &ImportArgs, lang: Lang) -> Result<Outcome, Problem> {
    if let Some(written) = &args.template {
        return template(config, args, written).await;
    }
    let file = args.file.as_deref().unwrap_or(std::path::Path::new(""));
    let lines = file::read(file)?;
    let (set, parties, node) = set_of(config, &args.set).await?;
    let own = own(&parties)?;
    let checked = import::check(&lines, &set, &own, time::day_of(time::now_ms()));
    let fault = |fault: &import::Fault| {
        json!({
            "row": fault.row,
            "field": fault.field,
            "severity": if fault.severity == import::Severity::Critical { "critical" } else { "warning" },
            "code": fault.code.as_str(),
            "message": fault.message.of(lang),
        })
    };
    let faults: Vec<serde_json::Value> = checked.faults.iter().take(import::FAULTS_MAX).map(fault).collect();
    let mut data = json!({"rows": checked.rows, "faults": faults, "faults_total": checked.faults.len(), "written": false, "changed": []});
    let mut shown = show::faults(&checked, lang);
    if checked.critical() {
        return Ok(Outcome { text: shown, data, exit_code: REFUSED });
    }
    if args.check {
        shown.push_str(
            Text("Inget är sparat: det var bara en kontroll.\n", "Nothing is kept: this was a check only.\n").of(lang),
        );
        return Ok(Outcome::new(shown, data));
    }
    let values = checked.values.into_iter().map(|(path, value)| (path, Some(value))).collect();
    let (copy, changed) = keep(&node, &set.document_id, values).await?;
    shown.push_str(&saved(&changed, &set, lang));
    data["written"] = json!(!changed.is_empty());
    data["changed"] = json!(changed);
    data["working_copy_id"] = json!(copy.id);
    data["document_id"] = json!(set.document_id);
    Ok(Outcome::new(shown, data))
}

/// A file to begin with: what the own organisation is meant to state, without values.
async fn template(config: &Config, args: &ImportArgs, written: &str) -> Result<Outcome, Problem> {
    let period = period(written)?;
    let (set, parties, _) = set_of(config, &args.set).await?;
    let own = own(&parties)?;
    let members: Vec<Member> = members(&parties).into_iter().filter(|member| member.id == own).collect();
    let meant: Vec<&indicators::Measure> =
        set.measures().into_iter().filter(|measure| !measure.concerned(&members).is_empty()).collect();
    let rows = import::template(&meant, &period.written);
    let mut writer =
        csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in &rows {
        writer.write_record(row).map_err(|_| crate::node::incomplete())?;
    }
    let bytes = writer.into_inner().map_err(|_| crate::node::incomplete())?;
    // The mark tells Excel that this is UTF-8.
    let text = format!("\u{feff}{}", String::from_utf8_lossy(&bytes));
    Ok(Outcome::new(text, json!({"rows": rows})))
}

async fn set_of(config: &Config, args: &SetArgs) -> Result<(Set, Parties, Node), Problem> {
    let node = Node::connect(config).await?;
    let record = document(&node, DocumentKind::Indicators, args.document.as_deref()).await?;
    let parties = node.parties().await?;
    Ok((indicators::read(&record), parties, node))
}

fn members(parties: &Parties) -> Vec<Member> {
    let mut named: Vec<_> = parties.0.iter().collect();
    named.sort_by_cached_key(|party| vocabulary::fold(&party.name));
    named.into_iter().map(|party| Member { id: party.id.clone(), region: party.kind == "region" }).collect()
}

fn own(parties: &Parties) -> Result<String, Problem> {
    parties.own().map(|party| party.id.clone()).ok_or_else(crate::node::incomplete)
}

fn measure<'a>(set: &'a Set, text: &str) -> Result<&'a indicators::Measure, Problem> {
    set.find(text).ok_or_else(|| {
        Problem::new(
            Code::InputUnknownMeasure,
            Text("'{}' är inget mått i uppsättningen.", "'{}' is no measure of the set.").with(&[text]),
            Text("se måtten med: samsyn indicator list", "see the measures with: samsyn indicator list"),
        )
        .field("measure")
    })
}

/// A period that can be read and has begun.
fn period(text: &str) -> Result<Period, Problem> {
    let today = time::day_of(time::now_ms());
    let Some(period) = Period::parse(text) else {
        return Err(Problem::new(
            Code::InputPeriod,
            Text("'{}' är ingen period.", "'{}' is no period.").with(&[text]),
            Text(
                "skriv 2025, HT 2025, 2025-Q3 eller 2025-10, för ett kön med kvinnor eller män efter",
                "write 2025, HT 2025, 2025-Q3 or 2025-10, for one sex with women or men after it",
            ),
        )
        .field("period"));
    };
    if period.begins_after(today) {
        return Err(Problem::new(
            Code::InputPeriodFuture,
            Text("{} har inte börjat.", "{} has not begun.").with(&[text]),
            Text("lämna värdet när perioden har börjat", "state it once the period has begun"),
        )
        .field("period"));
    }
    Ok(period)
}

/// Puts values into the working copy, and takes those away that are none: what has changed.
async fn keep(
    node: &Node,
    document: &str,
    values: BTreeMap<Path, Option<Value>>,
) -> Result<(WorkingCopy, Vec<String>), Problem> {
    let mut copy = WorkingCopy::pull(node, document).await?;
    let before = copy.draft()?;
    let mut draft = before.clone();
    for (path, value) in &values {
        match value {
            Some(value) => draft.set(path.clone(), value.clone()),
            None => drop(draft.remove(path)),
        }
    }
    draft.check()?;
    let changed = values.keys().filter(|path| before.value(path) != draft.value(path));
    let changed: Vec<String> = changed.map(ToString::to_string).collect();
    if copy.change(&draft)? {
        copy.push(node).await?;
    }
    Ok((copy, changed))
}

fn saved(changed: &[String], set: &Set, lang: Lang) -> String {
    let short: String = set.document_id.chars().take(8).collect();
    if changed.is_empty() {
        return Text(
            "Inget skiljer sig från det som redan står där.\n",
            "Nothing differs from what is there already.\n",
        )
        .of(lang)
        .to_owned();
    }
    let count = changed.len().to_string();
    Text(
        "{} värden är sparade i utkastet. Inget är delat. Dela med: samsyn work publish {}\n",
        "{} values are kept in the draft. Nothing is shared. Share with: samsyn work publish {}\n",
    )
    .say(lang, &[&count, &short])
}
