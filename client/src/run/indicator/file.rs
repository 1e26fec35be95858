//! Lines of a file of values: CSV as Excel or anything else saves it, or a workbook's first sheet. Cells are read as text;
//! what Excel has made a date of is written as people would.

use crate::{
    county::indicators::{
        figure::Figure,
        import::{Line, ROWS_MAX},
    },
    problem::Problem,
    text::{Phrase, Text},
};
use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use samsyn_core::code::Code;
use std::{fs, io::Cursor, path::Path};

/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Cells of one row; further ones are left unread.
const CELLS_MAX: usize = 64;
/// What a workbook begins with (a zip archive).
const WORKBOOK: &[u8] = b"PK\x03\x04";
/// What a workbook of before 2007 begins with.
const OLD_WORKBOOK: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];

pub(super) fn read(path: &Path) -> Result<Vec<Line>, Problem> {
    let failed = |e: std::io::Error| {
        let said = Phrase::pair(
            format!("Filen {} går inte att läsa.", path.display()),
            format!("The file {} cannot be read ({e}).", path.display()),
        );
        Problem::new(
            Code::InputNotFound,
            said,
            Text("kontrollera namnet och att du får läsa filen", "check the name, and that you may read the file"),
        )
        .field("file")
    };
    if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(Problem::new(
            Code::InputTooLong,
            Text("Filen är större än 4 MiB.", "The file is larger than 4 MiB."),
            Text("dela den, eller spara bara bladet med värdena", "divide it, or save only the sheet of values"),
        )
        .field("file"));
    }
    let bytes = fs::read(path).map_err(failed)?;
    if bytes.starts_with(WORKBOOK) {
        return workbook(bytes);
    }
    if bytes.starts_with(OLD_WORKBOOK) {
        return Err(unreadable("old format"));
    }
    csv(&bytes)
}

fn unreadable(detail: &str) -> Problem {
    let problem = Problem::new(
        Code::InputValue,
        Text(
            "Filen är varken CSV eller en arbetsbok som går att läsa.",
            "The file is neither CSV nor a workbook that can be read.",
        ),
        Text("spara den som Excel-arbetsbok (.xlsx) eller som CSV", "save it as an Excel workbook (.xlsx) or as CSV"),
    );
    Problem { detail: Some(detail.into()), ..problem }.field("file")
}

/// UTF-8 as most programs write it, UTF-16 with its mark, or what Swedish Excel means by CSV: Windows-1252.
fn decoded(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

fn csv(bytes: &[u8]) -> Result<Vec<Line>, Problem> {
    let text = decoded(bytes);
    let heading = text.lines().next().unwrap_or_default();
    let count = |mark: char| heading.matches(mark).count();
    let delimiter = [b';', b'\t', b','].into_iter().max_by_key(|mark| (count(char::from(*mark)), *mark == b';'));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.unwrap_or(b';'))
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records().take(ROWS_MAX + 2) {
        let record = record.map_err(|e| unreadable(&e.to_string()))?;
        let at = record.position().map_or(0, csv::Position::byte);
        let cells = record.iter().take(CELLS_MAX).map(ToOwned::to_owned).collect();
        lines.push(Line { number: line_at(&text, usize::try_from(at).unwrap_or(text.len())), cells });
    }
    Ok(lines)
}

/// The number of the line that begins at a place, or after the line ends there: the reader counts those to the next record.
fn line_at(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let ends = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    text.bytes().take(at + ends).filter(|byte| *byte == b'\n').count() + 1
}

fn workbook(bytes: Vec<u8>) -> Result<Vec<Line>, Problem> {
    let mut book = open_workbook_from_rs::<Xlsx<_>, _>(Cursor::new(bytes)).map_err(|e| unreadable(&e.to_string()))?;
    let sheet = book.worksheet_range_at(0).ok_or_else(|| unreadable("no sheet"))?;
    let sheet = sheet.map_err(|e| unreadable(&e.to_string()))?;
    let first = sheet.start().map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0));
    let rows = sheet.rows().take(ROWS_MAX + 2).enumerate();
    let line = |(at, row): (usize, &[Data])| Line {
        number: first + at + 1,
        cells: row.iter().take(CELLS_MAX).map(cell).collect(),
    };
    Ok(rows.map(line).collect())
}

fn cell(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => decimal(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(answer) => answer.to_string(),
        // 2025-10 becomes the first day of the month as soon as it is typed.
        Data::DateTime(at) => match at.to_ymd_hms_milli() {
            (year, month, 1, ..) => format!("{year:04}-{month:02}"),
            (year, month, day, ..) => format!("{year:04}-{month:02}-{day:02}"),
        },
        Data::Error(error) => error.to_string(),
    }
}

/// As the sheet most likely shows it: three decimals at most, none that are zero.
fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if Figure::parse(text).is_some() { text.replace('.', ",") } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(lines: &[Line]) -> Vec<Vec<&str>> {
        lines.iter().map(|line| line.cells.iter().map(String::as_str).collect()).collect()
    }

    #[test]
    fn csv_is_read_as_swedish_excel_and_as_others_write_it() {
        let wanted = [["mått", "värde"], ["SIP, på distans", "1"]];
        let semicolons = "mått;värde\r\nSIP, på distans;1\r\n";
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(semicolons.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in [
            semicolons.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", semicolons.as_bytes()].concat(),
            encoding_rs::WINDOWS_1252.encode(semicolons).0.into_owned(),
            utf16,
            b"m\xc3\xa5tt,v\xc3\xa4rde\n\"SIP, p\xc3\xa5 distans\",1\n".to_vec(),
        ] {
            let lines = csv(&bytes).expect("reads");
            assert_eq!(cells(&lines), wanted, "{bytes:?}");
            assert_eq!(lines[1].number, 2);
        }
    }

    #[test]
    fn lines_of_different_lengths_and_empty_ones_keep_their_numbers() {
        let lines = csv(b"a;b\n\nc;d;e\n").expect("reads");
        assert_eq!(lines.iter().map(|l| (l.number, l.cells.len())).collect::<Vec<_>>(), [(1, 2), (3, 3)]);
        assert!(csv(b"").expect("reads").is_empty());
    }

    #[test]
    fn numbers_of_a_sheet_are_shown_as_people_write_them() {
        assert_eq!((decimal(81.5), decimal(2025.0), decimal(0.1 + 0.2)), ("81,5".into(), "2025".into(), "0,3".into()));
        assert_eq!(cell(&Data::Bool(true)), "true");
    }

    #[test]
    fn what_is_no_workbook_is_told_and_is_no_panic() {
        for bytes in [b"PK\x03\x04rubbish".to_vec(), b"PK\x03\x04".to_vec()] {
            assert_eq!(workbook(bytes).map_err(|problem| problem.code), Err(Code::InputValue));
        }
    }
}
