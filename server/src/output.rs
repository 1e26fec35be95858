//! What a command prints when it succeeds: text for people, or one JSON document.

use crate::failure::Failure;
use serde_json::{Value, json};
use std::io::{self, Write};

/// The result of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// For people.
    pub text: String,
    /// For programs, under `data`.
    pub data: Value,
    /// Not 0 where the command could answer, and the answer is no.
    pub exit_code: u8,
}

impl Output {
    pub fn new(text: impl Into<String>, data: Value) -> Self {
        Self { text: text.into(), data, exit_code: 0 }
    }
}

/// Prints a command's result once and gives the process's exit code.
pub fn print(outcome: Result<Output, Failure>, json: bool) -> u8 {
    match outcome {
        Ok(output) => {
            let text = if json { json!({"schema": 1, "data": output.data}).to_string() } else { output.text };
            write_line(io::stdout().lock(), &text);
            output.exit_code
        }
        Err(failure) if json => {
            write_line(io::stdout().lock(), &failure.to_json().to_string());
            failure.exit_code()
        }
        Err(failure) => {
            write_line(io::stderr().lock(), &failure.to_text());
            failure.exit_code()
        }
    }
}

/// A reader that went away (`samsynd … | head`) is no failure of ours.
fn write_line(mut to: impl Write, text: &str) {
    if !text.is_empty() {
        writeln!(to, "{}", text.trim_end()).and_then(|()| to.flush()).ok();
    }
}
