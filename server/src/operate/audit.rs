//! `samsynd audit`: reads the audit log; needs no running node.

use crate::{audit, config::Config, failure::Failure, output::Output};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use samsyn_core::code::Code;
use serde_json::{Value, json};

/// Says whether the log is what was written.
pub fn verify(config: &Config) -> Result<Output, Failure> {
    let whole = audit::read(&config.audit.directory, None, None, |_| {})?;
    let text = format!(
        "whole: {} lines in {} files\nlast {}\nKeep the last hash elsewhere: compared with it, lines that are missing at the end show.",
        whole.lines, whole.files, whole.last
    );
    Ok(Output::new(text, json!({"whole": true, "lines": whole.lines, "files": whole.files, "last": whole.last})))
}

/// The lines of some days, as they were written.
pub fn export(config: &Config, from: Option<&str>, until: Option<&str>) -> Result<Output, Failure> {
    let (from, until) = (day("from", from)?, day("until", until)?);
    let mut lines = Vec::new();
    let whole = audit::read(&config.audit.directory, from, until, |line| lines.push(line.to_owned()))?;
    let data: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ok(Output::new(lines.join("\n"), json!({"lines": data, "last": whole.last})))
}

/// The beginning of a day here, in UTC.
fn day(option: &str, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let date: Date = text.parse().map_err(|_| {
        Failure::new(Code::InputDate, format!("'{text}' is no day"), "write for example 2026-11-22").field(option)
    })?;
    let start = date.to_zoned(TimeZone::system());
    let start = start.map_err(|e| Failure::new(Code::InputDate, e.to_string(), "choose another day").field(option))?;
    Ok(Some(start.timestamp()))
}
