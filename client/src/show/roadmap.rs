//! The roadmap and the rollout as tables, and works that are alike.

use super::Reader;
use crate::{
    county::{
        cell::Cell,
        roadmap::{Area, Period, Roadmap},
        rollout::{Grid, Rollout},
    },
    table::{clean, shorten, table},
    text::Text,
    vocabulary::{COVERAGE, Kind, LOCAL_PLAN, ROLLOUT, STAGE, TARGET_GROUP},
};
use samsyn_wire::v1;
use std::fmt::Write as _;

const TITLE_MAX: usize = 50;
/// Letters of an id that are shown.
const ID_LETTERS: usize = 12;
const NOT_STATED: Text = Text("ingen uppgift", "not stated");

pub fn roadmap(read: &Roadmap, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let t = |sv, en| Text(sv, en).of(lang);
    let mut shown = format!("{}\n", clean(read.title.as_deref().unwrap_or(t("Färdplan", "Roadmap"))));
    for version in &read.versions {
        let date = |date: &Option<String>| reader.date(date.as_deref().unwrap_or_default());
        let title = version.title.as_deref().unwrap_or(&version.id);
        let _ = writeln!(
            shown,
            "{}: {} {}, {} {}, {} {}",
            clean(title),
            t("antagen", "adopted"),
            date(&version.adopted),
            t("godkänd", "approved"),
            date(&version.approved),
            t("gäller till", "valid until"),
            date(&version.valid_to)
        );
    }
    let all = reader.parties.0.len();
    let headings = ["Id", t("Område", "Area"), t("Har lokal plan", "Have a plan"), t("Har svarat", "Have answered")];
    for lane in read.lanes() {
        let name = match &lane.period {
            Period::Continuing => t("Påbörjat, fortsätter", "Begun, goes on").to_owned(),
            Period::Days(_, _, written) => written.clone(),
            Period::Unknown => t("Utan period", "Without a period").to_owned(),
        };
        let row = |area: &Area| {
            let title = shorten(reader.or_unknown(area.title.as_deref().unwrap_or_default()), TITLE_MAX);
            let of = |count: usize| format!("{count} {} {all}", t("av", "of"));
            vec![area.id.clone(), title, of(area.with_plan()), of(area.answered())]
        };
        let rows: Vec<Vec<String>> = lane.areas.iter().map(|at| row(&read.areas[*at])).collect();
        let _ = write!(shown, "\n{name}\n{}", table(&headings, &rows));
    }
    for area in read.areas.iter().filter(|area| !area.parties.is_empty()) {
        let _ = writeln!(shown, "\n{} ({})", clean(area.title.as_deref().unwrap_or_default()), area.id);
        for (party, local) in &area.parties {
            let _ = writeln!(shown, "  {}: {}", reader.parties.name(party), cell(&local.plan, LOCAL_PLAN, reader));
        }
    }
    shown
}

pub fn rollout(read: &Rollout, grids: &[Grid], reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let t = |sv, en| Text(sv, en).of(lang);
    if read.methods.is_empty() && grids.is_empty() {
        return t("Inga arbetssätt är delade än.", "No working methods have been shared yet.").to_owned();
    }
    let mut shown = String::new();
    for method in &read.methods {
        let title = method.title.as_deref().unwrap_or(&method.id);
        let answered = format!("{} {} {}", method.answered(), t("av", "of"), reader.parties.0.len());
        let _ = writeln!(shown, "{} ({}), {}: {answered}", clean(title), method.id, t("har svarat", "have answered"));
        let row = |party: &v1::Party| vec![party.name.clone(), cell(&method.cell(&party.id), ROLLOUT, reader)];
        let rows: Vec<Vec<String>> = reader.parties.0.iter().map(row).collect();
        let _ = writeln!(shown, "{}", table(&[t("Part", "Party"), t("Läge", "State")], &rows));
    }
    for grid in grids {
        let columns = grid.columns.iter().map(|id| TARGET_GROUP.show(id, lang));
        let headings: Vec<&str> =
            [t("Kommun", "Municipality"), t("Kommundel", "Part")].into_iter().chain(columns).collect();
        let rows = grid.rows.iter().map(|row| {
            let cells = row.cells.iter().map(|one| cell(one, COVERAGE, reader));
            let named =
                [reader.parties.name(&row.party).to_owned(), row.name.clone().unwrap_or_else(|| row.part.clone())];
            named.into_iter().chain(cells).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        if !rows.is_empty() {
            let _ =
                writeln!(shown, "{}\n{}", clean(grid.title.as_deref().unwrap_or(&grid.area)), table(&headings, &rows));
        }
    }
    shown
}

fn cell(cell: &Cell, kind: Kind, reader: Reader<'_>) -> String {
    let words: Vec<&str> = cell.says.iter().map(|id| kind.show(id, reader.lang)).collect();
    match words.as_slice() {
        [] => NOT_STATED.of(reader.lang).to_owned(),
        [only] => (*only).to_owned(),
        several => format!("{}: {}", Text("skiljer sig", "differ").of(reader.lang), several.join(", ")),
    }
}

pub fn similar(found: &v1::SimilarResponse, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let t = |sv, en| Text(sv, en).of(lang);
    let partial = t(
        "Alla arbeten är inte jämförda än: fråga igen om en stund.",
        "Not all works have been compared yet: ask again in a while.",
    );
    let partial = if found.partial { format!("\n{partial}") } else { String::new() };
    if found.works.is_empty() {
        return format!("{}{partial}", t("Inget annat arbete liknar det.", "No other work is like it."));
    }
    let headings = [
        t("Nummer", "Number"),
        t("Titel", "Title"),
        t("Ägare", "Owner"),
        t("Skede", "Stage"),
        t("Likhet", "Alike"),
        t("Samma ord", "Same words"),
    ];
    let row = |work: &v1::SimilarWork| {
        vec![
            work.document_id.chars().take(ID_LETTERS).collect(),
            shorten(reader.or_unknown(&work.title), TITLE_MAX),
            reader.parties.name(&work.owner).to_owned(),
            reader.or_unknown(STAGE.show(&work.stage, lang)).to_owned(),
            format!("{} %", work.score / 10),
            work.words.join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = found.works.iter().map(row).collect();
    format!("{}{partial}", table(&headings, &rows))
}
