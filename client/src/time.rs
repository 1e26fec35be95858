//! Times as people read them: Swedish time where the machine knows time zones, otherwise UTC and marked so.

use jiff::{Timestamp, tz::TimeZone};
use samsyn_core::date::Day;

/// `2025-02-03 14:05`, in Swedish time; with `UTC` after it where the machine has no time zone data.
pub fn local(ms: u64) -> String {
    let zone = TimeZone::get("Europe/Stockholm").ok();
    shown(ms, zone)
}

fn shown(ms: u64, zone: Option<TimeZone>) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let Some(at) = at else { return "?".to_owned() };
    match zone {
        Some(zone) => at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string(),
        None => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    }
}

/// ISO 8601 in UTC, for programs; none for 0, which means *never*.
pub fn iso(ms: u64) -> Option<String> {
    let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok())?;
    (ms > 0).then(|| at.to_string())
}

/// Today in Sweden, `2025-02-03`.
pub fn today() -> String {
    let zone = TimeZone::get("Europe/Stockholm").unwrap_or(TimeZone::UTC);
    Timestamp::now().to_zoned(zone).date().to_string()
}

/// The day in Sweden at a time.
pub fn day_of(ms: u64) -> Day {
    let zone = TimeZone::get("Europe/Stockholm").unwrap_or(TimeZone::UTC);
    let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX);
    let date = at.to_zoned(zone).date();
    let part = |n: i8| u8::try_from(n).unwrap_or(1);
    (u16::try_from(date.year()).unwrap_or(0), part(date.month()), part(date.day()))
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_swedish_or_marked() {
        let summer = 1_751_371_500_000;
        assert_eq!(shown(summer, None), "2025-07-01 12:05 UTC");
        if let Ok(zone) = TimeZone::get("Europe/Stockholm") {
            assert_eq!(shown(summer, Some(zone)), "2025-07-01 14:05");
        }
    }

    #[test]
    fn a_day_ends_at_midnight_in_sweden() {
        assert_eq!(day_of(1_751_371_500_000), (2025, 7, 1));
        assert_eq!(day_of(1_751_407_200_000 - 1), (2025, 7, 1), "22:00 UTC is midnight in summer");
        assert_eq!(day_of(1_751_407_200_000), (2025, 7, 2));
    }

    #[test]
    fn absurd_times_are_no_panic() {
        assert_eq!(day_of(u64::MAX).0, 9999);
        assert_eq!(shown(u64::MAX, None), "?");
        assert_eq!((iso(u64::MAX), iso(0)), (None, None));
    }
}
