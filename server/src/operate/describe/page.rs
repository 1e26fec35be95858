//! A description as a document: parts, sections, what is said, what is left to fill in; as HTML, Markdown and JSON.

use crate::failure::Failure;
use askama::Template;
use samsyn_core::{code::Code, id::AuthorityId};
use serde::Serialize;
use std::fmt::Write;

/// Before what is left to the authority.
pub(super) const BLANK: &str = "Fylls i av myndigheten";
/// Begins the last line: a hash of all before it, which tells a file that somebody has written in.
const SEAL: &str = "<!-- samsynd describe blake3:";

#[derive(Debug, Serialize)]
pub(super) struct Description {
    pub(super) authority: AuthorityId,
    pub(super) name: String,
    pub(super) organisation: String,
    /// What the parties call their cooperation.
    pub(super) service: String,
    /// From what and when it was made.
    pub(super) basis: Vec<String>,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Serialize)]
pub(super) struct Part {
    pub(super) heading: &'static str,
    pub(super) lead: String,
    pub(super) sections: Vec<Section>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) said: Vec<Said>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) table: Option<Table>,
    /// Below the table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) after: Vec<Said>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    Text(String),
    /// What the node cannot know.
    Blank(&'static str),
}

#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

pub(super) fn text(said: impl Into<String>) -> Said {
    Said::Text(said.into())
}

/// What the authority has said, or what it is to say.
pub(super) fn told(said: Option<&String>, blank: &'static str) -> Said {
    said.map_or(Said::Blank(blank), |said| text(said.trim()))
}

impl Section {
    pub(super) fn of(heading: &'static str, said: Vec<Said>) -> Self {
        Self { heading, said, ..Self::default() }
    }
}

#[derive(Template)]
#[template(path = "description.html")]
struct Page<'a> {
    it: &'a Description,
    blank: &'static str,
}

impl Description {
    pub(super) fn html(&self) -> Result<String, Failure> {
        let page = Page { it: self, blank: BLANK };
        page.render().map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))
    }

    pub(super) fn markdown(&self) -> String {
        let mut out =
            format!("# {}, {}: {}\n\n", escaped(&self.name), escaped(&self.organisation), escaped(&self.service));
        for line in &self.basis {
            writeln!(out, "- {}", escaped(line)).ok();
        }
        for part in &self.parts {
            write!(out, "\n## {}\n\n{}\n", part.heading, escaped(&part.lead)).ok();
            for section in &part.sections {
                write!(out, "\n### {}\n", section.heading).ok();
                items(&mut out, &section.said);
                if let Some(table) = &section.table {
                    write!(out, "\n{}\n{}\n", row(&table.head), row(&vec!["---"; table.head.len()])).ok();
                    for cells in &table.rows {
                        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
                        writeln!(out, "{}", row(&cells)).ok();
                    }
                }
                items(&mut out, &section.after);
            }
        }
        out
    }

    /// How much is left to fill in.
    pub(super) fn blanks(&self) -> usize {
        let sections = self.parts.iter().flat_map(|part| &part.sections);
        let said = sections.flat_map(|section| section.said.iter().chain(&section.after));
        said.filter(|said| matches!(said, Said::Blank(_))).count()
    }
}

fn items(out: &mut String, said: &[Said]) {
    if !said.is_empty() {
        out.push('\n');
    }
    for said in said {
        match said {
            Said::Text(said) => writeln!(out, "- {}", escaped(said)).ok(),
            Said::Blank(what) => writeln!(out, "- **[{BLANK}: {what}]**").ok(),
        };
    }
}

fn row<T: AsRef<str>>(cells: &[T]) -> String {
    format!("| {} |", cells.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" | "))
}

/// Names come from the charter and the rules: none of their signs means anything in Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '{' | '}' => out.extend(['\\', c]),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// With its hash in the last line.
pub(super) fn sealed(text: &str) -> String {
    let text = format!("{}\n", text.trim_end());
    format!("{text}{SEAL}{} -->\n", blake3::hash(text.as_bytes()).to_hex())
}

/// True if nobody has written in it since it was made.
pub(super) fn untouched(text: &str) -> bool {
    text.rfind(SEAL).is_some_and(|at| sealed(&text[..at]) == text)
}
