//! How an authority writes the numbers of its cases: `KS {yyyy}/{n}` and its like.

use std::fmt;

/// Characters of a pattern, and of a series' name.
const PATTERN_MAX: usize = 60;
const SERIES_MAX: usize = 16;
/// Digits that a number can be filled up to.
const WIDTH_MAX: usize = 9;

/// Literal text with `{series}`, `{yy}` or `{yyyy}`, and once `{n}` or `{n:06}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
    series: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Series,
    /// The last two digits of the year.
    ShortYear,
    Year,
    Number {
        width: usize,
    },
}

impl Pattern {
    /// Reads a pattern whose numbers cannot be taken for one another: the digits that count stand where no others follow.
    pub fn parse(text: &str, series: &str) -> Result<Self, String> {
        if text.chars().count() > PATTERN_MAX || series.chars().count() > SERIES_MAX {
            return Err(format!("a pattern has at most {PATTERN_MAX} characters and a series {SERIES_MAX}"));
        }
        if series.chars().any(|c| c.is_numeric() || c.is_control() || c == '{' || c == '}') {
            return Err("a series is written without digits and braces: they would run into the number".to_owned());
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (literal, placed) = rest.split_once('{').map_or((rest, None), |(before, after)| (before, Some(after)));
            if literal.contains('}') || literal.chars().any(char::is_control) {
                return Err(format!("'{text}' has a brace or a sign that means nothing"));
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let Some(placed) = placed else { break };
            let (name, after) = placed.split_once('}').ok_or_else(|| format!("'{text}' lacks a closing brace"))?;
            parts.push(part(name)?);
            rest = after;
        }
        let pattern = Self { text: text.to_owned(), parts, series: series.to_owned() };
        pattern.check()?;
        Ok(pattern)
    }

    /// What stands in the place of `{series}`; empty where there is no such place.
    pub fn series(&self) -> &str {
        &self.series
    }

    fn check(&self) -> Result<(), String> {
        let counts = |p: &&Part| matches!(p, Part::Number { .. });
        if self.parts.iter().filter(counts).count() != 1 {
            return Err(format!("'{}' must have {{n}} once: the number that counts", self.text));
        }
        if self.parts.contains(&Part::Series) == self.series.is_empty() {
            let what = if self.series.is_empty() { "names {series}, and no series is given" } else { "lacks {series}" };
            return Err(format!("'{}' {what}", self.text));
        }
        // What is written right after the number must not begin with a digit: 1 and 26 would be 12 and 6.
        let number = self.parts.iter().position(|p| counts(&p)).unwrap_or_default();
        let after = self.parts[number + 1..].iter().find_map(|part| match part {
            Part::Literal(text) => text.chars().next().map(char::is_numeric),
            Part::Series => Some(false),
            Part::ShortYear | Part::Year => Some(true),
            Part::Number { .. } => None,
        });
        if after == Some(true) {
            return Err(format!("'{}' has digits right after {{n}}: two cases could get one number", self.text));
        }
        Ok(())
    }

    /// A year's numbers with `{n}` in place of what counts: numbers that count together have one template. Without a year
    /// in the pattern they count on for ever.
    pub fn template(&self, year: i16) -> String {
        self.write(year, "{n}")
    }

    pub fn number(&self, year: i16, n: u64) -> String {
        let width = self.parts.iter().find_map(|p| if let Part::Number { width } = p { Some(*width) } else { None });
        self.write(year, &format!("{n:0width$}", width = width.unwrap_or_default()))
    }

    fn write(&self, year: i16, n: &str) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Series => self.series.clone(),
            Part::ShortYear => format!("{:02}", year.rem_euclid(100)),
            Part::Year => format!("{year:04}"),
            Part::Number { .. } => n.to_owned(),
        };
        self.parts.iter().map(part).collect()
    }

    /// The year (as written) and what counts, if a number is written in this pattern.
    pub fn read(&self, number: &str) -> Option<u64> {
        let mut rest = number;
        let mut n = None;
        for part in &self.parts {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            rest = match part {
                Part::Literal(text) => rest.strip_prefix(text.as_str())?,
                Part::Series => rest.strip_prefix(self.series.as_str())?,
                Part::ShortYear if digits >= 2 => &rest[2..],
                Part::Year if digits >= 4 => &rest[4..],
                Part::ShortYear | Part::Year => return None,
                Part::Number { width } => {
                    n = rest[..digits].parse::<u64>().ok().filter(|n| *n > 0 && digits >= *width);
                    &rest[digits..]
                }
            };
        }
        if rest.is_empty() { n } else { None }
    }

    /// True if two authorities that share a register can share it with these patterns.
    pub fn fits_beside(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn part(name: &str) -> Result<Part, String> {
    match name {
        "series" => Ok(Part::Series),
        "yy" => Ok(Part::ShortYear),
        "yyyy" => Ok(Part::Year),
        "n" => Ok(Part::Number { width: 0 }),
        other => {
            let width = other.strip_prefix("n:0").and_then(|w| w.parse::<usize>().ok());
            let width = width.filter(|w| (1..=WIDTH_MAX).contains(w));
            let known = "use {series}, {yy}, {yyyy}, {n}, or {n:06} for six digits";
            width.map(|width| Part::Number { width }).ok_or_else(|| format!("'{{{other}}}' is unknown: {known}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the county's registers are seen to write them.
    const OF_THE_COUNTY: &[(&str, &str, i16, u64, &str)] = &[
        ("{series} {yy}/{n}", "KS", 2020, 365, "KS 20/365"),
        ("{yyyy}-{n:06}", "", 2016, 3, "2016-000003"),
        ("{series} {yyyy}/{n}", "KS", 2018, 14, "KS 2018/14"),
        ("{yy}{series}{n}", "RS", 2018, 1, "18RS1"),
        ("{series}-{yyyy}-{n:05}", "SBN", 2021, 99, "SBN-2021-00099"),
        ("{series}/{yyyy}:{n}", "Kst", 2015, 617, "Kst/2015:617"),
    ];

    #[test]
    fn the_county_s_patterns_write_and_read_their_numbers() {
        for (text, series, year, n, number) in OF_THE_COUNTY {
            let pattern = Pattern::parse(text, series).expect(text);
            assert_eq!(pattern.number(*year, *n), *number);
            assert_eq!(pattern.read(number), Some(*n), "{text}");
            for other in OF_THE_COUNTY.iter().filter(|o| o.4 != *number && o.1 != "KS") {
                assert_eq!(pattern.read(other.4), None, "{text} reads {}", other.4);
            }
        }
        let wide = Pattern::parse("{yyyy}-{n:06}", "").expect("a pattern");
        assert_eq!(wide.number(2026, 1_000_000), "2026-1000000", "nothing is cut off");
        assert_eq!((wide.read("2026-3"), wide.read("2026-000000")), (None, None));
    }

    #[test]
    fn a_pattern_whose_numbers_could_be_taken_for_one_another_is_refused() {
        for (text, series, told) in [
            ("{series} {yyyy}", "KS", "{n} once"),
            ("{n}/{n}", "", "{n} once"),
            ("{n}{yy}", "", "right after"),
            ("{n}{series}{yy}", "", "no series"),
            ("{n}1", "", "right after"),
            ("{series}{n}", "KS1", "without digits"),
            ("{series} {n}", "", "no series"),
            ("{yyyy}/{n}", "KS", "lacks {series}"),
            ("{year}/{n}", "", "unknown"),
            ("{yyyy/{n}", "", "unknown"),
            ("{yyyy}/{n", "", "closing"),
            ("{n:012}", "", "unknown"),
            ("}{n}", "", "brace"),
        ] {
            let refused = Pattern::parse(text, series).expect_err(text);
            assert!(refused.contains(told), "{text}: {refused}");
        }
    }

    proptest! {
        /// Two cases that are not the same have not the same number, whatever the pattern.
        #[test]
        fn different_cases_have_different_numbers(
            before in "[A-Z /:-]{0,3}", year in 0usize..3, between in "[A-Z0-9 /:-]{0,3}", width in 0usize..7,
            after in "[A-Z /:-][0-9]?|", one in (2000i16..2099, 1u64..2_000_000), other in (2000i16..2099, 1u64..2_000_000),
        ) {
            let year = ["", "{yy}", "{yyyy}"][year];
            let n = if width == 0 { "{n}".to_owned() } else { format!("{{n:0{width}}}") };
            let pattern = Pattern::parse(&format!("{before}{year}{between}{n}{after}"), "").expect("a pattern");
            let counts_together = pattern.template(one.0) == pattern.template(other.0);
            let same = counts_together && one.1 == other.1;
            prop_assert_eq!(pattern.number(one.0, one.1) == pattern.number(other.0, other.1), same);
            prop_assert_eq!(pattern.read(&pattern.number(one.0, one.1)), Some(one.1));
        }
    }
}
