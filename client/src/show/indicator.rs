//! Indicators as people read them on a terminal.

use super::Reader;
use crate::{
    county::indicators::{
        Measure, Member, Set,
        import::{self, Checked, FAULTS_MAX, Severity},
        period::Sex,
    },
    table::{pairs, table},
    text::{self, Lang, Text},
    vocabulary,
};

/// Every measure once, with how many parties have stated a value.
pub fn measures(set: &Set, members: &[Member], reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let headings = [
        Text("Id", "Id"),
        Text("Mått", "Measure"),
        Text("Mäts av", "Measured by"),
        Text("Har värde", "Have a value"),
        Text("Senaste period", "Latest period"),
    ];
    let row = |measure: &&Measure| {
        let concerned = measure.concerned(members).len();
        let of = Text("{} av {}", "{} of {}");
        let latest = measure.columns(members, Sex::All).last().map(|column| column.period.written.to_uppercase());
        vec![
            measure.id.clone(),
            measure.name.clone().unwrap_or_default(),
            measure.side.as_deref().map_or("", |side| vocabulary::SIDE.show(side, lang)).to_owned(),
            of.say(lang, &[&measure.reporting(members).to_string(), &concerned.to_string()]),
            latest.unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = set.measures().iter().map(row).collect();
    let title = set.name.clone().unwrap_or_else(|| text::UNKNOWN.of(lang).to_owned());
    format!("{title}\n\n{}", table(&headings.map(|h| h.of(lang)), &rows))
}

/// One measure: what it is, and each party's values by period.
pub fn measure(measure: &Measure, members: &[Member], reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let word =
        |kind: vocabulary::Kind, word: &Option<String>| word.as_deref().map(|word| kind.show(word, lang).to_owned());
    let facts = [
        (Text("Mått", "Measure"), measure.name.clone()),
        (Text("Id", "Id"), Some(measure.id.clone())),
        (Text("Mäts av", "Measured by"), word(vocabulary::SIDE, &measure.side)),
        (Text("Enhet", "Unit"), measure.unit.clone()),
        (Text("Önskad riktning", "Direction wanted"), word(vocabulary::DIRECTION, &measure.direction)),
        (Text("Målvärde", "Target"), measure.target.map(|target| target.to_string())),
        (Text("Länets värde", "The county's figure"), word(vocabulary::COUNTY_FIGURE, &measure.county)),
        (Text("Att tänka på", "To keep in mind"), measure.lag.clone()),
        (Text("Läge", "State"), word(vocabulary::MEASURED, &measure.status)),
    ];
    let facts: Vec<(String, String)> =
        facts.into_iter().filter_map(|(label, value)| Some((label.of(lang).to_owned(), value?))).collect();
    let mut shown = pairs(&facts);
    for sex in [Sex::All, Sex::Women, Sex::Men] {
        let columns = measure.columns(members, sex);
        if columns.is_empty() {
            continue;
        }
        let label = import::sex_label(sex).map(|label| format!(" ({})", label.of(lang))).unwrap_or_default();
        let mut headings = vec![format!("{}{label}", Text("Part", "Party").of(lang))];
        headings.extend(columns.iter().map(|column| column.period.written.to_uppercase()));
        let cell = |party: &Member, column: &crate::county::indicators::Column| match measure
            .stated(&party.id, &column.period)
        {
            None => Text("ej rapporterat", "not reported").of(lang).to_owned(),
            Some(stated) if stated.contested => Text("olika uppgifter", "statements differ").of(lang).to_owned(),
            Some(stated) => stated.figure.map_or_else(|| stated.written.clone(), |figure| figure.to_string()),
        };
        let meant = measure.concerned(members).into_iter().chain(
            members.iter().filter(|m| measure.values.contains_key(&m.id) && !measure.concerned(members).contains(m)),
        );
        let row = |party: &Member| {
            let name = reader.parties.name(&party.id).to_owned();
            std::iter::once(name).chain(columns.iter().map(|column| cell(party, column))).collect::<Vec<_>>()
        };
        let mut rows: Vec<Vec<String>> = meant.map(row).collect();
        let county = columns.iter().map(|c| c.county.map_or_else(|| "–".to_owned(), |figure| figure.to_string()));
        rows.push(std::iter::once(Text("Länet", "The county").of(lang).to_owned()).chain(county).collect());
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        shown.push('\n');
        shown.push_str(&table(&headings, &rows));
    }
    if measure.values.is_empty() {
        shown.push_str(Text("\nIngen part har lämnat något värde.\n", "\nNo party has stated a value.\n").of(lang));
    }
    shown
}

/// What is wrong with a file, row by row, and what follows from that.
pub fn faults(checked: &Checked, lang: Lang) -> String {
    let rows = checked.rows.to_string();
    if checked.faults.is_empty() {
        return Text("{} rader är lästa, utan fel.\n", "{} rows are read, without faults.\n").say(lang, &[&rows]);
    }
    let headings = [
        Text("Rad", "Row"),
        Text("Fält", "Field"),
        Text("Allvar", "Severity"),
        Text("Vad", "What"),
        Text("Kod", "Code"),
    ];
    let severity = |severity: Severity| match severity {
        Severity::Critical => Text("FEL", "FAULT"),
        Severity::Warning => Text("varning", "warning"),
    };
    let row = |fault: &import::Fault| {
        let what = fault.message.of(lang).to_owned();
        vec![
            fault.row.to_string(),
            fault.field.clone(),
            severity(fault.severity).of(lang).to_owned(),
            what,
            fault.code.to_string(),
        ]
    };
    let told: Vec<Vec<String>> = checked.faults.iter().take(FAULTS_MAX).map(row).collect();
    let mut shown = table(&headings.map(|h| h.of(lang)), &told);
    if checked.faults.len() > FAULTS_MAX {
        let more = (checked.faults.len() - FAULTS_MAX).to_string();
        shown.push_str(&Text("… och {} till\n", "… and {} more\n").say(lang, &[&more]));
    }
    let critical = checked.faults.iter().filter(|fault| fault.severity == Severity::Critical).count().to_string();
    shown.push('\n');
    if checked.critical() {
        let text = Text(
            "{} fel i {} rader: inget är sparat. Rätta filen och läs in den igen.\n",
            "{} faults in {} rows: nothing is kept. Correct the file and read it again.\n",
        );
        shown.push_str(&text.say(lang, &[&critical, &rows]));
    } else {
        shown.push_str(&Text("{} rader är lästa.\n", "{} rows are read.\n").say(lang, &[&rows]));
    }
    shown
}
