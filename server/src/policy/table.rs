//! The table: reading it, and what is wrong with it beside what the code answers.

use super::{ACTIONS, ACTORS, AUDIENCES, CONTENTS, PLACES, PURPOSES, RULES};
use samsyn_core::code::Code;
use std::collections::BTreeSet;

pub(super) const HEADING: &str = "handling; vem; hör till; innehåll; regler; syfte; krets; utfall; därför";

#[derive(Debug)]
pub(super) struct Row {
    line: usize,
    /// For each column the words that it may be.
    cells: Vec<BTreeSet<&'static str>>,
    outcome: String,
}

impl Row {
    fn covers(&self, words: &[&str; 7]) -> bool {
        self.cells.iter().zip(words).all(|(cell, word)| cell.contains(word))
    }
}

/// The words of each column.
fn columns() -> [Vec<&'static str>; 7] {
    [
        ACTIONS.map(|(_, word)| word).to_vec(),
        ACTORS.map(|(_, word)| word).to_vec(),
        PLACES.map(|(_, word)| word).to_vec(),
        CONTENTS.map(|(_, word)| word).to_vec(),
        RULES.map(|(_, word)| word).to_vec(),
        PURPOSES.map(|(_, word)| word).to_vec(),
        AUDIENCES.map(|(_, word)| word).to_vec(),
    ]
}

/// Reads the rows. An unknown word is refused: it would cover less than somebody means.
pub(super) fn read(text: &str) -> Result<Vec<Row>, String> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    if lines.next().is_none_or(|(_, line)| line != HEADING) {
        return Err(format!("the heading is not {HEADING}"));
    }
    lines.map(|(at, line)| row(line, at).map_err(|what| format!("line {at}: {what}"))).collect()
}

fn row(line: &str, at: usize) -> Result<Row, String> {
    let cells: Vec<&str> = line.splitn(9, ';').map(str::trim).collect();
    let [words @ .., outcome, _] = &cells[..] else { return Err("too few columns".to_owned()) };
    if words.len() != 7 {
        return Err(format!("{} columns, not 9", cells.len()));
    }
    let known = outcome.strip_prefix("nej ").map(|code| code.parse::<Code>().map_err(|()| code.to_owned()));
    match known {
        Some(Err(code)) => return Err(format!("'{code}' is no code")),
        None if !["ja", "först godkännande", "saknas"].contains(outcome) => {
            return Err(format!("'{outcome}' is no outcome"));
        }
        Some(Ok(_)) | None => {}
    }
    let cells =
        words.iter().zip(columns()).map(|(cell, known)| cell.split('|').map(|word| meant(word, &known)).collect());
    let cells: Vec<Vec<Vec<&'static str>>> =
        cells.map(|cell: Result<Vec<_>, String>| cell).collect::<Result<_, _>>()?;
    let cells = cells.into_iter().map(|cell| cell.into_iter().flatten().collect()).collect();
    Ok(Row { line: at, cells, outcome: (*outcome).to_owned() })
}

/// A word, those that begin so, or all.
fn meant(word: &str, known: &[&'static str]) -> Result<Vec<&'static str>, String> {
    let word = word.trim();
    let found: Vec<&'static str> = match word.strip_suffix('*') {
        Some(beginning) => known.iter().filter(|k| k.starts_with(beginning)).copied().collect(),
        None => known.iter().filter(|k| **k == word).copied().collect(),
    };
    if found.is_empty() { Err(format!("'{word}' is none of {}", known.join(", "))) } else { Ok(found) }
}

/// What is wrong: combinations without a row, rows that say differently, rows that cover nothing, and other answers than
/// the code's.
pub(super) fn faults(rows: &[Row], answers: impl Iterator<Item = ([&'static str; 7], String)>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut used = vec![false; rows.len()];
    for (words, answer) in answers {
        let case = words.join("; ");
        let covering: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].covers(&words)).collect();
        for at in &covering {
            used[*at] = true;
        }
        let Some((first, others)) = covering.split_first() else {
            faults.push(format!("no row covers {case}: the code says {answer}"));
            continue;
        };
        let first = &rows[*first];
        if let Some(other) = others.iter().map(|at| &rows[*at]).find(|row| row.outcome != first.outcome) {
            faults.push(format!("lines {} and {} say differently of {case}", first.line, other.line));
        } else if first.outcome != answer {
            faults
                .push(format!("line {}: {case}: the table says {}, the code says {answer}", first.line, first.outcome));
        }
    }
    let unused = rows.iter().zip(used).filter(|(_, used)| !used);
    faults.extend(unused.map(|(row, _)| format!("line {}: nothing is like that", row.line)));
    faults
}
