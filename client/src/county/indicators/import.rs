//! Rows of a file as a party's values: all faults are found at once, each with its row and field, and what can be taken in
//! is known before anything is. No I/O.

use super::{
    Measure, Set,
    figure::Figure,
    period::{Period, Sex},
};
use crate::{
    text::{Phrase, Text},
    vocabulary::fold,
};
use samsyn_core::{code::Code, date::Day, id::Path, value::Value};
use std::collections::BTreeMap;

/// Rows of one file.
pub const ROWS_MAX: usize = 5_000;
/// Faults that are told; what comes after is counted.
pub const FAULTS_MAX: usize = 500;

/// A line of the file, as the reader of the file numbers it, with its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub number: usize,
    pub cells: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing of the file is taken in.
    Critical,
    /// Taken in all the same.
    Warning,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub row: usize,
    /// The column's heading; empty where the whole row is meant.
    pub field: String,
    pub severity: Severity,
    pub code: Code,
    pub message: Phrase,
}

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows that say something.
    pub rows: usize,
    /// By path; what stands there already with the same value too.
    pub values: BTreeMap<Path, Value>,
    /// In the order of rows.
    pub faults: Vec<Fault>,
}

impl Checked {
    pub fn critical(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity == Severity::Critical)
    }

    fn fault(&mut self, row: usize, field: &str, severity: Severity, code: Code, message: impl Into<Phrase>) {
        self.faults.push(Fault { row, field: field.to_owned(), severity, code, message: message.into() });
    }
}

/// Where the columns are.
struct Columns {
    measure: (usize, String),
    period: (usize, String),
    value: (usize, String),
    sex: Option<usize>,
}

const MEASURE: [&str; 3] = ["matt", "measure", "mattets-id"];
const PERIOD: [&str; 4] = ["period", "ar", "tid", "year"];
const VALUE: [&str; 2] = ["varde", "value"];
const SEX: [&str; 3] = ["kon", "sex", "grupp"];

/// Checks the lines of a file, the first of them its headings, against the set and what the party `own` has stated.
pub fn check(lines: &[Line], set: &Set, own: &str, today: Day) -> Checked {
    let mut checked = Checked::default();
    let Some((heading, rows)) = lines.split_first() else {
        checked.fault(1, "", Severity::Critical, Code::InputEmpty, Text("Filen är tom.", "The file is empty."));
        return checked;
    };
    let Some(columns) = columns(heading, &mut checked) else { return checked };
    if rows.len() > ROWS_MAX {
        let most = ROWS_MAX.to_string();
        let text = Text("Filen har fler än {} rader: dela den.", "The file has more than {} rows: divide it.");
        checked.fault(heading.number, "", Severity::Critical, Code::InputTooLong, text.with(&[&most]));
        return checked;
    }
    // Which row says it: periods of one measure must not overlap, in the file or with what stands.
    let mut said: BTreeMap<String, Vec<(Period, usize)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty())) {
        checked.rows += 1;
        take(row, &columns, set, own, today, &mut said, &mut checked);
    }
    if checked.rows == 0 {
        let text = Text("Filen har inga rader under rubrikerna.", "The file has no rows below its headings.");
        checked.fault(heading.number, "", Severity::Critical, Code::InputEmpty, text);
    }
    checked
}

fn columns(heading: &Line, checked: &mut Checked) -> Option<Columns> {
    let find = |names: &[&str]| {
        let found = heading.cells.iter().enumerate().find(|(_, cell)| names.contains(&fold(cell).as_str()));
        found.map(|(at, cell)| (at, cell.trim().to_owned()))
    };
    let wanted = [("mått", find(&MEASURE)), ("period", find(&PERIOD)), ("värde", find(&VALUE))];
    for (name, _) in wanted.iter().filter(|(_, found)| found.is_none()) {
        let text = Text("Kolumnen {} saknas i första raden.", "The column {} is missing in the first row.");
        checked.fault(heading.number, name, Severity::Critical, Code::InputEmpty, text.with(&[*name]));
    }
    let [(_, measure), (_, period), (_, value)] = wanted;
    let sex = find(&SEX);
    let known = [&measure, &period, &value, &sex].map(|found| found.as_ref().map(|(at, _)| *at));
    for (at, cell) in
        heading.cells.iter().enumerate().filter(|(at, cell)| !known.contains(&Some(*at)) && !cell.trim().is_empty())
    {
        let text = Text("Kolumnen används inte.", "The column is not used.");
        let name = if cell.trim().is_empty() { at.to_string() } else { cell.trim().to_owned() };
        checked.fault(heading.number, &name, Severity::Warning, Code::InputValue, text);
    }
    Some(Columns { measure: measure?, period: period?, value: value?, sex: sex.map(|(at, _)| at) })
}

fn take(
    row: &Line,
    columns: &Columns,
    set: &Set,
    own: &str,
    today: Day,
    said: &mut BTreeMap<String, Vec<(Period, usize)>>,
    checked: &mut Checked,
) {
    let cell = |at: usize| row.cells.get(at).map_or("", |cell| cell.trim());
    let (name, written, value) = (cell(columns.measure.0), cell(columns.period.0), cell(columns.value.0));
    let sex = columns.sex.map_or("", cell);
    let critical = Severity::Critical;
    let measure = set.find(name);
    if measure.is_none() {
        let text = Text("'{}' är inget mått i uppsättningen.", "'{}' is no measure of the set.");
        checked.fault(row.number, &columns.measure.1, critical, Code::InputUnknownMeasure, text.with(&[name]));
    }
    let full = if sex.is_empty() { written.to_owned() } else { format!("{written}-{sex}") };
    let period = Period::parse(&full);
    match &period {
        None => {
            let text = Text(
                "'{}' är ingen period: skriv 2025, 2025-ht, 2025-q3 eller 2025-10.",
                "'{}' is no period: write 2025, 2025-ht, 2025-q3 or 2025-10.",
            );
            checked.fault(row.number, &columns.period.1, critical, Code::InputPeriod, text.with(&[&full]));
        }
        Some(period) if period.begins_after(today) => {
            let text = Text("{} har inte börjat.", "{} has not begun.");
            checked.fault(row.number, &columns.period.1, critical, Code::InputPeriodFuture, text.with(&[&full]));
        }
        Some(period) if period.ends_after(today) => {
            let text = Text("{} är inte slut än.", "{} has not ended yet.");
            checked.fault(row.number, &columns.period.1, Severity::Warning, Code::InputPeriod, text.with(&[&full]));
        }
        Some(_) => {}
    }
    let stated = stated(value);
    match &stated {
        None => {
            let text = Text(
                "Värdet är tomt. Vet ni det inte, ta bort raden.",
                "The value is empty. If you do not know it, take the row away.",
            );
            checked.fault(row.number, &columns.value.1, critical, Code::InputEmpty, text);
        }
        Some(Value::Integer(1..=4)) => {
            let text = Text(
                "Ett antal från 1 till 4 delas inte: skriv \"färre än 5\", om det är personer.",
                "A count from 1 to 4 is not shared: write \"fewer than 5\", if it is of persons.",
            );
            checked.fault(row.number, &columns.value.1, Severity::Warning, Code::SecrecySmallCount, text);
        }
        Some(Value::Text(words)) if Figure::parse(words).is_none() => {
            let text = Text("'{}' är inget tal, och sparas som ord.", "'{}' is no number, and is kept as words.");
            checked.fault(row.number, &columns.value.1, Severity::Warning, Code::InputNumber, text.with(&[words]));
        }
        Some(value) => {
            if let Err(code) = value.check() {
                let text = Text("Värdet är inte tillåtet.", "The value is not allowed.");
                checked.fault(row.number, &columns.value.1, critical, code, text);
            }
        }
    }
    let (Some(measure), Some(period), Some(value)) = (measure, period, stated) else { return };
    if let Some(fault) = clash(measure, &period, own, said.get(&measure.id)) {
        checked.fault(row.number, &columns.period.1, critical, Code::InputOverlap, fault);
    }
    said.entry(measure.id.clone()).or_default().push((period.clone(), row.number));
    if let Ok(path) = Path::new(&format!("/values/{own}/{}/{}", measure.id, period.segment())) {
        checked.values.insert(path, value);
    }
}

/// The other row, or the value that stands, whose days are partly the same; or the same row once more.
fn clash(measure: &Measure, period: &Period, own: &str, said: Option<&Vec<(Period, usize)>>) -> Option<Phrase> {
    let twice = said.into_iter().flatten().find(|(other, _)| other == period || period.overlaps(other));
    if let Some((other, row)) = twice {
        let text = Text("Rad {} gäller {} för samma mått.", "Row {} is of {} for the same measure.");
        return Some(text.with(&[&row.to_string(), &other.segment()]));
    }
    let stands = measure.values.get(own)?.iter().find(|stated| period.overlaps(&stated.period))?;
    let text =
        Text("Ni har redan ett värde för {}, som överlappar.", "You have a value of {} already, which overlaps.");
    Some(text.with(&[&stands.period.segment()]))
}

/// A value as it is stored: a whole number as such, anything else as it was written. None for nothing.
pub fn stated(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let whole =
        Figure::parse(text).filter(|figure| figure.0 >= 0 && figure.0 % 1_000 == 0 && !text.contains([',', '.']));
    let number = whole.and_then(|figure| i64::try_from(figure.0 / 1_000).ok());
    Some(number.map_or_else(|| Value::Text(text.to_owned()), Value::Integer))
}

/// The headings of a file to begin with, and a row for each measure that a party is meant to state.
pub fn template(measures: &[&Measure], period: &str) -> Vec<Vec<String>> {
    let heading = ["mått", "period", "kön", "värde"].map(ToOwned::to_owned).to_vec();
    let row = |measure: &Measure, sex: &str| {
        vec![
            measure.name.clone().unwrap_or_else(|| measure.id.clone()),
            period.to_owned(),
            sex.to_owned(),
            String::new(),
        ]
    };
    let rows = measures.iter().flat_map(|measure| {
        let sexes: &[&str] = if measure.by_sex { &["", "kvinnor", "män"] } else { &[""] };
        sexes.iter().map(|sex| row(measure, sex)).collect::<Vec<_>>()
    });
    std::iter::once(heading).chain(rows).collect()
}

/// Whose value it is, for people.
pub fn sex_label(sex: Sex) -> Option<Text> {
    match sex {
        Sex::All => None,
        Sex::Women => Some(Text("kvinnor", "women")),
        Sex::Men => Some(Text("män", "men")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{county::indicators, record::Record, record::Said};
    use samsyn_core::entry::DocumentKind;

    const TODAY: Day = (2026, 11, 23);

    fn set() -> Set {
        let path = |text: &str| Path::new(text).expect("a path");
        let mut record = Record::new(DocumentKind::Indicators, String::new(), "rvn".to_owned(), String::new());
        let values = [
            ("/definitions/measures/sip/name", Value::Text("Antal SIP".to_owned())),
            ("/definitions/measures/halsa/name", Value::Text("Självrapporterad hälsa".to_owned())),
            ("/values/timra/halsa/2024", Value::Integer(70)),
        ];
        for (at, value) in values {
            record.say(path(at), Said::by("timra", value));
        }
        indicators::read(&record)
    }

    fn lines(text: &[&str]) -> Vec<Line> {
        let cells = |line: &str| line.split(';').map(ToOwned::to_owned).collect();
        (1..).zip(text).map(|(number, line)| Line { number, cells: cells(line) }).collect()
    }

    fn told(checked: &Checked) -> Vec<(usize, &str, &str)> {
        let critical = checked.faults.iter().filter(|fault| fault.severity == Severity::Critical);
        critical.map(|fault| (fault.row, fault.field.as_str(), fault.code.as_str())).collect()
    }

    #[test]
    fn a_file_as_excel_saves_it_becomes_the_partys_own_values() {
        let rows = [
            "Mått;Period;Kön;Värde",
            "Antal SIP;2025;;1 234",
            "antal sip;2025;kvinnor;600",
            ";;;",
            "halsa;HT 2025;;81,5",
        ];
        let checked = check(&lines(&rows), &set(), "timra", TODAY);
        assert_eq!((checked.rows, told(&checked)), (3, vec![]));
        let values: Vec<(&str, &Value)> = checked.values.iter().map(|(path, value)| (path.as_str(), value)).collect();
        assert_eq!(
            values,
            [
                ("/values/timra/halsa/2025-ht", &Value::Text("81,5".to_owned())),
                ("/values/timra/sip/2025", &Value::Integer(1234)),
                ("/values/timra/sip/2025-women", &Value::Integer(600)),
            ]
        );
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_row_and_field() {
        let rows = [
            "mått;period;värde;Anteckning",
            "Antal SIPP;2025;10;x",
            "Antal SIP;i fjol;10;",
            "Antal SIP;2027;10;",
            "Antal SIP;2025;;",
            "Antal SIP;2024;10;",
            "Antal SIP;2024-q3;10;",
            "halsa;2024-ht;70;",
        ];
        let checked = check(&lines(&rows), &set(), "timra", TODAY);
        let expected = [
            (2, "mått", "input.unknown_measure"),
            (3, "period", "input.period"),
            (4, "period", "input.period_future"),
            (5, "värde", "input.empty"),
            (7, "period", "input.periods_overlap"),
            (8, "period", "input.periods_overlap"),
        ];
        assert_eq!(told(&checked), expected);
        assert!(checked.faults.iter().any(|f| f.field == "Anteckning" && f.severity == Severity::Warning));
    }

    #[test]
    fn a_file_without_headings_or_rows_is_refused_and_words_and_small_counts_are_warned_of() {
        assert_eq!(told(&check(&[], &set(), "timra", TODAY)), [(1, "", "input.empty")]);
        let missing = check(&lines(&["Antal SIP;2025;10"]), &set(), "timra", TODAY);
        assert_eq!(told(&missing).len(), 3, "all three columns are named");
        assert!(check(&lines(&["mått;period;värde"]), &set(), "timra", TODAY).critical());
        let many = ["mått;period;värde", "Antal SIP;2025;3", "halsa;2025;färre än 5", "halsa;2026;9"];
        let checked = check(&lines(&many), &set(), "timra", TODAY);
        assert!(!checked.critical());
        let codes: Vec<&str> = checked.faults.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(codes, ["secrecy.small_count", "input.number", "input.period"]);
    }

    #[test]
    fn the_same_period_again_corrects_what_stands() {
        let checked = check(&lines(&["mått;period;värde", "halsa;2024;71"]), &set(), "timra", TODAY);
        assert!(!checked.critical());
    }

    #[test]
    fn a_number_is_stored_as_such_and_words_as_they_were_written() {
        assert_eq!(stated(" 1 234 "), Some(Value::Integer(1234)));
        assert_eq!(stated("81,5"), Some(Value::Text("81,5".to_owned())));
        assert_eq!(stated("färre än 5"), Some(Value::Text("färre än 5".to_owned())));
        assert_eq!(stated("-3"), Some(Value::Text("-3".to_owned())));
        assert_eq!(stated("  "), None);
    }
}
