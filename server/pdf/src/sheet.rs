//! What the template reads: the paper with its letters sifted, its lines parted and its tables measured. All of it is text
//! and numbers; how it looks is the template's.

use crate::columns::{self, Columns};
use crate::letters::{Letters, STAND_IN};
use samsyn_paper::{Block, Paper, Section, Table};
use serde::Serialize;
use typst::text::Font;

/// A title may not be missing, nor a heading: PDF/UA refuses the file.
const TITLE_DEFAULT: &str = "Underlag";
const HEADING_DEFAULT: &str = "Utan rubrik";

/// PDF/A allows no longer strings (32 767 bytes, up to four a letter), and headings are kept as such.
const HEADING_LETTERS_MAX: usize = 2_000;
/// Four lines at the foot of a page.
const FOOTER_LETTERS_MAX: usize = 360;

/// Higher rows may be broken over pages, and higher heads are not repeated: they could fill a page.
const WHOLE_LINES_MAX: u64 = 12;

/// Line by line.
type Lines = Vec<String>;

#[derive(Serialize)]
pub(crate) struct Sheet {
    /// As the program that shows the file names it.
    name: String,
    description: String,
    title: String,
    /// Under the title: for whom and when.
    opening: Lines,
    about: Vec<(Lines, Lines)>,
    /// How wide their names are, in thousandths of an em.
    names: u64,
    sections: Vec<Chapter>,
    /// What stands last of all.
    ending: Lines,
    footer: String,
}

#[derive(Serialize)]
struct Chapter {
    title: String,
    parts: Vec<Part>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
enum Part {
    Heading { text: String },
    Paragraph { text: String },
    Nothing { text: String },
    List { items: Vec<Lines> },
    Table(Grid),
}

#[derive(Serialize)]
struct Grid {
    caption: String,
    columns: Columns,
    /// Which columns.
    figures: Vec<bool>,
    /// Whether its head stands on each page.
    repeat: bool,
    head: Vec<Lines>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    /// Whether it stays on one page.
    whole: bool,
    cells: Vec<Lines>,
}

impl Sheet {
    pub(crate) fn new(paper: &Paper, fonts: &[Font]) -> Self {
        let letters = &Letters::new(fonts);
        let subtitle = letters.line(&paper.subtitle);
        let (title, rest) = heading(&paper.title, TITLE_DEFAULT, letters);
        let (footer, cut) = shortened(letters.line(&paper.footer), FOOTER_LETTERS_MAX);
        let about: Vec<(Lines, Lines)> =
            paper.about.iter().map(|(name, value)| (lines(name, letters), lines(value, letters))).collect();
        let mut sheet = Self {
            name: if subtitle.is_empty() { title.clone() } else { format!("{title} – {}", short(&subtitle)) },
            description: short(&letters.line(&paper.footer)),
            title,
            opening: rest.into_iter().chain(lines(&paper.subtitle, letters)).collect(),
            names: columns::names(about.iter().flat_map(|(name, _)| name)),
            about,
            sections: paper.sections.iter().map(|section| chapter(section, letters)).collect(),
            ending: if cut.is_some() { lines(&paper.footer, letters) } else { Vec::new() },
            footer: columns::breakable(&footer),
        };
        if letters.replaced() {
            sheet.ending.push(format!("{STAND_IN} står för ett tecken som inte kan visas här."));
        }
        sheet
    }
}

fn chapter(section: &Section, letters: &Letters) -> Chapter {
    let (title, rest) = heading(&section.title, HEADING_DEFAULT, letters);
    let rest = rest.map(|text| Part::Paragraph { text });
    let parts = section.blocks.iter().flat_map(|block| parts(block, letters));
    Chapter { title, parts: rest.into_iter().chain(parts).collect() }
}

fn parts(block: &Block, letters: &Letters) -> Vec<Part> {
    match block {
        Block::Heading { text } if letters.line(text).is_empty() => Vec::new(),
        Block::Heading { text } => {
            let (text, rest) = heading(text, HEADING_DEFAULT, letters);
            [Part::Heading { text }].into_iter().chain(rest.map(|text| Part::Paragraph { text })).collect()
        }
        Block::Text { text } => lines(text, letters).into_iter().map(|text| Part::Paragraph { text }).collect(),
        Block::List { items } => {
            let items: Vec<Lines> = items.iter().map(|item| lines(item, letters)).filter(|i| !i.is_empty()).collect();
            if items.is_empty() { Vec::new() } else { vec![Part::List { items }] }
        }
        Block::Table(table) => grid(table, letters).map(Part::Table).into_iter().collect(),
        Block::Nothing { text } => lines(text, letters).into_iter().map(|text| Part::Nothing { text }).collect(),
    }
}

/// Rows are filled up to the longest: none may lose a cell.
fn grid(table: &Table, letters: &Letters) -> Option<Grid> {
    let across = table.rows.iter().map(Vec::len).chain([table.head.len()]).max().filter(|&across| across > 0)?;
    let cells = |row: &[String]| -> Vec<Lines> {
        let written = row.iter().map(|cell| lines(cell, letters));
        written.chain(std::iter::repeat(Vec::new())).take(across).collect()
    };
    let head = cells(&table.head);
    let rows: Vec<_> = table.rows.iter().map(|row| cells(row)).collect();
    let figures: Vec<bool> = (0..across).map(|column| table.figures.contains(&column)).collect();
    let columns = Columns::new(&head, &rows, &figures);
    let whole = |row: &[Lines]| columns.height(row) <= WHOLE_LINES_MAX;
    Some(Grid {
        caption: columns::breakable(&letters.line(&table.caption)),
        repeat: whole(&head),
        rows: rows.into_iter().map(|cells| Row { whole: whole(&cells), cells }).collect(),
        head,
        columns,
        figures,
    })
}

fn lines(text: &str, letters: &Letters) -> Lines {
    letters.lines(text).iter().map(|line| columns::breakable(line)).collect()
}

/// As one line that is never empty, and what a heading has no room for. Only a word that is longer than the page is broken:
/// the list of headings beside the pages shows them as they are.
fn heading(text: &str, default: &str, letters: &Letters) -> (String, Option<String>) {
    let line = letters.line(text);
    if line.is_empty() {
        return (default.to_owned(), None);
    }
    let (line, rest) = shortened(line, HEADING_LETTERS_MAX);
    let line = if columns::is_too_long(&line) { columns::breakable(&line) } else { line };
    (line, rest.map(|rest| columns::breakable(&rest)))
}

/// What there is room for, and the rest.
fn shortened(mut line: String, letters_max: usize) -> (String, Option<String>) {
    let Some((end, _)) = line.char_indices().nth(letters_max) else { return (line, None) };
    let rest = line.split_off(line[..end].rfind(' ').unwrap_or(end));
    (line + " …", Some(format!("… {}", rest.trim_start())))
}

fn short(line: &str) -> String {
    shortened(line.to_owned(), HEADING_LETTERS_MAX).0
}
