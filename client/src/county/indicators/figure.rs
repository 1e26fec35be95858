//! A number as people write it, exact to the thousandth: `81,5`, `1 234`, `-0.25`.

use serde::{Serialize, Serializer};
use std::fmt;

/// Decimals that are kept.
const DECIMALS: usize = 3;
const UNIT: i128 = 1_000;
/// Digits before the decimals: as many as the largest integer of the format has.
const DIGITS_MAX: usize = 19;

/// In thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure(pub i128);

impl Figure {
    pub fn whole(number: i64) -> Self {
        Self(i128::from(number) * UNIT)
    }

    /// Öre, as kronor.
    pub fn kronor(ore: i64) -> Self {
        Self(i128::from(ore) * (UNIT / 100))
    }

    /// None for what is no number, or has more decimals than are kept.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let text = text.trim_end_matches('%');
        let (sign, digits) = match text.strip_prefix(['-', '−']) {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, decimals) = digits.split_once([',', '.']).unwrap_or((digits, ""));
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > DIGITS_MAX
            || decimals.len() > DECIMALS
            || !number(whole)
            || !number(decimals)
        {
            return None;
        }
        format!("{whole}{decimals:0<DECIMALS$}").parse::<i128>().ok().map(|n| Self(sign * n))
    }

    /// For drawing only: a picture needs no more.
    #[allow(clippy::cast_precision_loss, reason = "a picture has fewer points than a float has digits")]
    pub fn approximate(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }
}

/// In Swedish: `1 234,5`, with spaces that never break.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.unsigned_abs() / 1_000, self.0.unsigned_abs() % 1_000);
        if self.0 < 0 {
            f.write_str("−")?;
        }
        let digits = whole.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str("\u{a0}")?;
            }
            write!(f, "{digit}")?;
        }
        if rest > 0 {
            write!(f, ",{}", format!("{rest:03}").trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.approximate())
    }
}
