//! Imprecise dates: kept as the source wrote them, read as the span of days they may mean, sorted sensibly.
//! "2023", "HT 2023", "2023-HT", "2025-Q3", "2023-10", "2023-10-25", "2025-2027", "2023-02/2023-06", "unknown" are all legal.

use crate::limits::DATE_BYTES_MAX;

/// A calendar day, without time zone: year, month 1-12, day 1-31.
pub type Day = (u16, u8, u8);

/// What an imprecise date says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// "unknown", "okänt": legal, sorts last.
    Unknown,
    /// From the first to the last day it may mean.
    Days { first: Day, last: Day },
}

/// Text that is no date we know how to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a date: write a year (2023), a term (HT 2023), a quarter (2025-Q3), a month (2023-10), a day (2023-10-25), a span (2025-2027) or 'unknown'"
)]
pub struct DateError(pub String);

impl Span {
    /// A key that sorts by first day, then by how precise the date is; unknown comes last.
    pub fn sort_key(&self) -> (Day, Day) {
        match self {
            Self::Unknown => ((u16::MAX, 12, 31), (u16::MAX, 12, 31)),
            Self::Days { first, last } => (*first, *last),
        }
    }
}

/// Reads a date as people write it.
pub fn parse(text: &str) -> Result<Span, DateError> {
    let error = || DateError(text.chars().take(DATE_BYTES_MAX).collect());
    if text.len() > DATE_BYTES_MAX {
        return Err(error());
    }
    let trimmed = text.trim();
    if matches!(trimmed.to_lowercase().as_str(), "unknown" | "okänt" | "okänd") {
        return Ok(Span::Unknown);
    }
    if let Some((first, last)) = trimmed.split_once('/').or_else(|| year_span(trimmed)) {
        let (first, _) = single(first.trim()).ok_or_else(error)?;
        let (_, last) = single(last.trim()).ok_or_else(error)?;
        return if first <= last { Ok(Span::Days { first, last }) } else { Err(error()) };
    }
    let (first, last) = single(trimmed).ok_or_else(error)?;
    Ok(Span::Days { first, last })
}

/// "2025-2027" as two years.
fn year_span(text: &str) -> Option<(&str, &str)> {
    let (a, b) = text.split_once('-')?;
    (a.len() == 4 && b.len() == 4 && b.bytes().all(|c| c.is_ascii_digit())).then_some((a, b))
}

fn single(text: &str) -> Option<(Day, Day)> {
    let upper = text.to_uppercase();
    let parts: Vec<&str> = upper.split(['-', ' ']).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [year] => Some(months(number(year, 4)?, 1, 12)),
        ["HT", year] | [year, "HT"] => Some(months(number(year, 4)?, 7, 12)),
        ["VT", year] | [year, "VT"] => Some(months(number(year, 4)?, 1, 6)),
        [year, quarter] if quarter.starts_with('Q') => {
            let q = u8::try_from(number(&quarter[1..], 1)?).ok()?;
            (1..=4).contains(&q).then_some(())?;
            Some(months(number(year, 4)?, q * 3 - 2, q * 3))
        }
        [year, month] => {
            let month = month_of(month)?;
            Some(months(number(year, 4)?, month, month))
        }
        [year, month, day] => {
            let (year, month) = (number(year, 4)?, month_of(month)?);
            let day = u8::try_from(number(day, 2)?).ok()?;
            (1..=days_in(year, month)).contains(&day).then_some(((year, month, day), (year, month, day)))
        }
        _ => None,
    }
}

fn number(text: &str, digits: usize) -> Option<u16> {
    (text.len() == digits && text.bytes().all(|c| c.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn month_of(text: &str) -> Option<u8> {
    let month = u8::try_from(number(text, 2)?).ok()?;
    (1..=12).contains(&month).then_some(month)
}

fn months(year: u16, from: u8, to: u8) -> (Day, Day) {
    ((year, from, 1), (year, to, days_in(year, to)))
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(first: Day, last: Day) -> Span {
        Span::Days { first, last }
    }

    #[test]
    fn dates_are_read_as_the_sources_write_them() {
        assert_eq!(parse("2023"), Ok(days((2023, 1, 1), (2023, 12, 31))));
        assert_eq!(parse("HT 2023"), Ok(days((2023, 7, 1), (2023, 12, 31))));
        assert_eq!(parse("2023-HT"), parse("HT 2023"));
        assert_eq!(parse("2025-Q3"), Ok(days((2025, 7, 1), (2025, 9, 30))));
        assert_eq!(parse("2024-02"), Ok(days((2024, 2, 1), (2024, 2, 29))));
        assert_eq!(parse("2023-10-25"), Ok(days((2023, 10, 25), (2023, 10, 25))));
        assert_eq!(parse("2025-2027"), Ok(days((2025, 1, 1), (2027, 12, 31))));
        assert_eq!(parse("2023-02/2023-06"), Ok(days((2023, 2, 1), (2023, 6, 30))));
        assert_eq!(parse("unknown"), Ok(Span::Unknown));
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in ["2023-02-30", "2023-13", "2025-Q5", "i höst", "", "23", "2027-2025", "2023-1-1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
