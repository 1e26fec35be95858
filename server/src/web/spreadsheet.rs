//! Tables as files: for Excel, and for other programs.

use super::error::Problem;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use samsyn_client::text::{Lang, Text};

/// What Excel needs to read UTF-8 in a text file.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Characters of one cell of Excel; what is longer is cut, and says so.
const CELL_MAX: usize = 32_767;
const CUT: &str = " … (avkortat)";
/// Width of a column of names, in characters.
const NAME_WIDTH: f64 = 28.0;
const TEXT_WIDTH: f64 = 90.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Excel,
    /// Text with semicolons and decimal commas, as Swedish Excel reads it.
    Semicolons,
    /// Text with commas (RFC 4180), for other programs.
    Commas,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    /// A whole day, as in 2025-06-15.
    Day(String),
    Number(f64),
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) label: String,
    /// What it is to a program.
    pub(super) path: String,
    /// In characters.
    pub(super) width: u16,
}

#[derive(Debug)]
pub(super) struct Table {
    /// Of the sheet and of the file, without its ending.
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// What one must know to read it: what, and its meaning.
    pub(super) about: Vec<(String, String)>,
    pub(super) lang: Lang,
}

impl Table {
    /// As a download.
    pub(super) async fn download(self, form: Form) -> Result<Response, Problem> {
        let lang = self.lang;
        let (ending, kind) = match form {
            Form::Excel => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            Form::Semicolons | Form::Commas => ("csv", "text/csv; charset=utf-8"),
        };
        let name = self.name;
        // Some seconds of computing, where there are many works.
        let made = tokio::task::spawn_blocking(move || match form {
            Form::Excel => self.workbook().map_err(|e| e.to_string()),
            Form::Semicolons => self.lines(b';').map_err(|e| e.to_string()),
            Form::Commas => self.lines(b',').map_err(|e| e.to_string()),
        });
        let bytes = made.await.map_err(|e| e.to_string()).flatten().map_err(|e| Problem::ours(&e, lang))?;
        let headers = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{ending}\"")),
            (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        ];
        Ok((headers, bytes).into_response())
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.set_name(self.name)?;
        self.write(sheet)?;
        let about = book.add_worksheet();
        about.set_name(Text("Läs mig", "Read me").of(self.lang))?;
        about.set_column_width(0, NAME_WIDTH)?;
        about.set_column_width(1, TEXT_WIDTH)?;
        let (bold, wrapped) = (Format::new().set_bold().set_align(FormatAlign::Top), Format::new().set_text_wrap());
        let columns = self.columns.iter().map(|column| (&column.label, &column.path));
        for (row, (what, meaning)) in (0..).zip(self.about.iter().map(|(a, b)| (a, b)).chain(columns)) {
            about.write_string_with_format(row, 0, plain(what), &bold)?;
            about.write_string_with_format(row, 1, plain(meaning), &wrapped)?;
        }
        book.save_to_buffer()
    }

    fn write(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
        let day = Format::new().set_num_format("yyyy-mm-dd");
        for (at, column) in (0..).zip(&self.columns) {
            sheet.write_string_with_format(0, at, plain(&column.label), &bold)?;
            sheet.set_column_width(at, column.width)?;
        }
        let mut last = 0;
        for (row, cells) in (1..).zip(&self.rows) {
            for (at, cell) in (0..).zip(cells) {
                match cell {
                    Cell::Empty => {}
                    Cell::Number(number) => drop(sheet.write_number(row, at, *number)?),
                    // Excel knows no day before 1900.
                    Cell::Day(text) => match ExcelDateTime::parse_from_str(text) {
                        Ok(date) => drop(sheet.write_datetime_with_format(row, at, &date, &day)?),
                        Err(_) => drop(sheet.write_string(row, at, plain(text))?),
                    },
                    Cell::Text(text) => drop(sheet.write_string(row, at, plain(text))?),
                }
            }
            last = row;
        }
        let columns = u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, last, columns)?;
        sheet.set_freeze_panes(1, 1)?;
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_landscape();
        Ok(())
    }

    fn lines(&self, delimiter: u8) -> csv::Result<Vec<u8>> {
        let swedish = delimiter == b';';
        let begun = if swedish { BYTE_ORDER_MARK.as_bytes().to_vec() } else { Vec::new() };
        let mut lines =
            csv::WriterBuilder::new().delimiter(delimiter).terminator(csv::Terminator::CRLF).from_writer(begun);
        lines.write_record(self.columns.iter().map(|c| if swedish { &c.label } else { &c.path }))?;
        for row in &self.rows {
            lines.write_record(row.iter().map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Day(text) => text.clone(),
                Cell::Number(number) if swedish => number.to_string().replace('.', ","),
                Cell::Number(number) => number.to_string(),
                Cell::Text(text) => unreckoned(text),
            }))?;
        }
        lines.into_inner().map_err(|e| csv::Error::from(e.into_error()))
    }
}

/// Text that a spreadsheet would reckon with is set off by an apostrophe: whoever wrote it may be anybody.
pub(super) fn unreckoned(text: &str) -> String {
    let reckons = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if reckons { format!("'{text}") } else { text.to_owned() }
}

/// What a cell of Excel can hold: no signs that its files cannot have, and not too long.
fn plain(text: &str) -> String {
    let fits = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    // Excel counts in units of UTF-16.
    if text.encode_utf16().count() <= CELL_MAX {
        return text.chars().filter(fits).collect();
    }
    let mut room = CELL_MAX - CUT.encode_utf16().count();
    let kept = text.chars().filter(fits).take_while(|c| {
        let fits = c.len_utf16() <= room;
        room = room.saturating_sub(c.len_utf16());
        fits
    });
    kept.chain(CUT.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let column = |label: &str, path: &str| Column { label: label.to_owned(), path: path.to_owned(), width: 12 };
        Table {
            name: "prov",
            columns: vec![
                column("Titel", "/facts/title"),
                column("Start", "/facts/start"),
                column("Kostnad", "/facts/cost"),
            ],
            rows: vec![vec![
                Cell::Text("=1+1; \"å\"\n".to_owned()),
                Cell::Day("2025-06-15".to_owned()),
                Cell::Number(1234.5),
            ]],
            about: vec![("Hämtat".to_owned(), "i dag".to_owned())],
            lang: Lang::Sv,
        }
    }

    #[test]
    fn text_files_are_what_their_readers_expect() {
        let swedish = String::from_utf8(table().lines(b';').expect("written")).expect("UTF-8");
        assert_eq!(swedish, "\u{feff}Titel;Start;Kostnad\r\n\"'=1+1; \"\"å\"\"\n\";2025-06-15;1234,5\r\n");
        let program = String::from_utf8(table().lines(b',').expect("written")).expect("UTF-8");
        assert_eq!(program, "/facts/title,/facts/start,/facts/cost\r\n\"'=1+1; \"\"å\"\"\n\",2025-06-15,1234.5\r\n");
    }

    #[test]
    fn a_cell_of_excel_is_cut_where_it_must_and_has_no_sign_that_a_workbook_cannot_have() {
        assert_eq!(plain("a\u{1}b\nc"), "ab\nc");
        let cut = plain(&"😀".repeat(20_000));
        assert!(cut.encode_utf16().count() <= CELL_MAX && cut.ends_with(CUT), "{}", cut.len());
        let mut long = table();
        long.rows[0][0] = Cell::Text("å".repeat(CELL_MAX + 1));
        long.workbook().expect("a workbook");
    }

    #[test]
    fn an_old_day_stays_as_text() {
        let mut old = table();
        old.rows[0][1] = Cell::Day("1862-03-21".to_owned());
        old.workbook().expect("a workbook");
    }
}
