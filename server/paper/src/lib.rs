//! A paper for a meeting, as data, and as the files that people open: a web page and a document for Word. The same paper
//! gives the same bytes wherever it is written. The file for print is `samsyn-pdf`'s.

pub mod docx;
pub mod html;

use serde::{Deserialize, Serialize};

/// Bytes of a paper as JSON that a file for print is made of: setting it takes some 400 times as much memory.
pub const PRINTED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// See the module's documentation. All of it is text: what is shown is decided by who has composed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub title: String,
    /// For whom and when.
    pub subtitle: String,
    /// What the paper is and stands on: name and value.
    pub about: Vec<(String, String)>,
    pub sections: Vec<Section>,
    /// At the foot of every page.
    pub footer: String,
    /// The day whose knowledge it has, as `2026-11-24`; the file for print is dated by it.
    #[serde(default)]
    pub date: String,
}

/// One chapter, numbered in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A part of a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Block {
    /// A heading within the chapter.
    Heading {
        text: String,
    },
    /// Running text; a line break is a new paragraph.
    Text {
        text: String,
    },
    List {
        items: Vec<String>,
    },
    Table(Table),
    /// Word that there is nothing, or that something is not known.
    Nothing {
        text: String,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// What it shows; with what it counts.
    pub caption: String,
    pub head: Vec<String>,
    /// Each as long as the head.
    pub rows: Vec<Vec<String>>,
    /// Columns of figures, by number from 0.
    pub figures: Vec<usize>,
}

impl Section {
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    #[must_use]
    pub fn heading(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Heading { text: text.into() });
        self
    }

    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Text { text: text.into() });
        self
    }

    /// The lines, or word that there are none.
    #[must_use]
    pub fn list(mut self, items: Vec<String>, nothing: &str) -> Self {
        self.blocks.push(if items.is_empty() { none(nothing) } else { Block::List { items } });
        self
    }

    /// The table, or word that it would be empty.
    #[must_use]
    pub fn table(mut self, table: Table, nothing: &str) -> Self {
        self.blocks.push(if table.rows.is_empty() { none(nothing) } else { Block::Table(table) });
        self
    }

    #[must_use]
    pub fn nothing(mut self, text: &str) -> Self {
        self.blocks.push(none(text));
        self
    }
}

fn none(text: &str) -> Block {
    Block::Nothing { text: text.to_owned() }
}

impl Table {
    pub fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        let head = head.iter().map(|&name| name.to_owned()).collect();
        Self { caption: caption.into(), head, ..Self::default() }
    }

    /// With figures in some columns.
    #[must_use]
    pub fn figures(mut self, columns: &[usize]) -> Self {
        self.figures = columns.to_vec();
        self
    }

    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// The head, or a row, with which of it stands under figures.
    fn cells<'a>(&'a self, row: &'a [String]) -> impl Iterator<Item = (&'a str, bool)> {
        row.iter().enumerate().map(|(column, text)| (text.as_str(), self.figures.contains(&column)))
    }
}

/// Running text as paragraphs: a line break is a new one, empty ones are left out.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A small paper with everything in it, for tests here and in `samsyn-pdf`.
#[doc(hidden)]
pub fn sample() -> Paper {
    let table = Table::new("Budget 2023, tusen kronor", &["Post", "Budget"])
        .figures(&[1])
        .rows([vec!["Lön & resor".to_owned(), "4 480".to_owned()], vec!["<b>#set</b>".to_owned(), "1".to_owned()]]);
    let first = Section::new("Portfölj")
        .text("Åtta arbeten pågår.\nTvå väntar på beslut.")
        .heading("Gula och röda")
        .list(vec!["Trygg hemgång: tid gul".to_owned(), "#eval(\"1\") $x$ *fet* _kursiv_ \\ @ref".to_owned()], "Inga.");
    Paper {
        title: "Underlag inför B5".to_owned(),
        subtitle: "Programstyrgruppen, 2025-12-15".to_owned(),
        about: vec![("Framtaget".to_owned(), "2025-12-01".to_owned())],
        sections: vec![first.table(table, "Ingen budget."), Section::new("Kriterier").nothing("Inget att ta upp.")],
        footer: "Läge 0123456789ab".to_owned(),
        date: "2025-12-01".to_owned(),
    }
}
