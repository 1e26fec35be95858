//! Swedish working days: what comes in is registered the same day or the next one, and no time that law sets ends on a
//! day off.

use jiff::{
    Timestamp,
    civil::{Date, Weekday, date},
    tz::TimeZone,
};

/// The time of the county; UTC where the machine has no time zone data.
fn zone() -> TimeZone {
    TimeZone::get("Europe/Stockholm").unwrap_or(TimeZone::UTC)
}

/// The day in Sweden of a time in milliseconds since 1970; the last day there is for a time that has none.
pub fn day(ms: u64) -> Date {
    let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX);
    at.to_zoned(zone()).date()
}

/// Today in Sweden, as dates of facts count days.
pub fn today() -> samsyn_core::date::Day {
    core_day(crate::driver::now_ms())
}

/// The same of a time in milliseconds since 1970.
pub fn core_day(ms: u64) -> samsyn_core::date::Day {
    let day = day(ms);
    let small = |number: i8| u8::try_from(number).unwrap_or(1);
    (u16::try_from(day.year()).unwrap_or(u16::MAX), small(day.month()), small(day.day()))
}

/// When a day begins in Sweden, in milliseconds since 1970; none before then.
pub fn beginning(day: Date) -> Option<u64> {
    u64::try_from(day.to_zoned(zone()).ok()?.timestamp().as_millisecond()).ok()
}

/// The first millisecond after a day.
pub fn end_of(day: Date) -> u64 {
    let next = day.tomorrow().unwrap_or(day).to_zoned(zone());
    next.ok().and_then(|at| u64::try_from(at.timestamp().as_millisecond()).ok()).unwrap_or(u64::MAX)
}

/// So many days after a day.
pub fn days_after(day: Date, days: u16) -> Date {
    day.checked_add(jiff::Span::new().days(i32::from(days))).unwrap_or(Date::MAX)
}

/// The day after which what came in on a day is overdue: the next working day.
pub fn due(came: Date) -> Date {
    let mut next = came;
    // No row of days off is longer than this.
    for _ in 0..14 {
        next = next.tomorrow().unwrap_or(next);
        if is_working_day(next) {
            break;
        }
    }
    next
}

/// The day itself if it is a working day, else the next one: where a time that law sets ends on a Saturday, a Sunday, a
/// public holiday or one of the three eves, it ends on the next day that is none (lagen 1930:173, 2 §).
pub fn working_day_from(day: Date) -> Date {
    if is_working_day(day) { day } else { due(day) }
}

/// True if what came in at one time should have been decided by another.
pub fn overdue(came_ms: u64, now_ms: u64) -> bool {
    day(now_ms) > due(day(came_ms))
}

/// Neither Saturday nor Sunday, nor a public holiday, nor one of the eves on which authorities are closed.
pub fn is_working_day(day: Date) -> bool {
    if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        return false;
    }
    let easter = easter(day.year());
    let from_easter = easter.until(day).map_or(i32::MAX, |span| span.get_days());
    // Good Friday, Easter Monday, Ascension Day.
    if matches!(from_easter, -2 | 1 | 39) {
        return false;
    }
    // Midsummer Eve is the Friday from 19 to 25 June.
    let midsummer_eve = day.month() == 6 && day.weekday() == Weekday::Friday && (19..=25).contains(&day.day());
    let fixed = matches!((day.month(), day.day()), (1, 1 | 6) | (5, 1) | (6, 6) | (12, 24 | 25 | 26 | 31));
    !fixed && !midsummer_eve
}

/// Easter Sunday of the Gregorian calendar, by the method that Nature printed in 1876 without a name.
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (golden, century, of_century) = (y % 19, y / 100, y % 100);
    let correction = (8 * century + 13) / 25;
    // Days from 21 March to the full moon.
    let moon = (19 * golden + century - century / 4 - correction + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let early = (golden + 11 * moon + 19 * sunday) / 433;
    let month = (moon + sunday - 7 * early + 90) / 25;
    let day = (moon + sunday - 7 * early + 33 * month + 19) % 32;
    let found = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    found.and_then(|(month, day)| Date::new(year, month, day).ok()).unwrap_or(date(year, 4, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        for (year, month, day) in
            [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25), (2285, 3, 22)]
        {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn what_comes_in_is_due_on_the_next_working_day() {
        for (came, due_on) in [
            (date(2026, 11, 19), date(2026, 11, 20)), // Thursday
            (date(2026, 11, 20), date(2026, 11, 23)), // Friday
            (date(2026, 11, 21), date(2026, 11, 23)), // Saturday
            (date(2026, 4, 2), date(2026, 4, 7)),     // before Easter
            (date(2026, 5, 13), date(2026, 5, 15)),   // before Ascension Day
            (date(2026, 6, 18), date(2026, 6, 22)),   // before Midsummer Eve
            (date(2026, 12, 23), date(2026, 12, 28)), // before Christmas
            (date(2026, 12, 30), date(2027, 1, 4)),   // over New Year
        ] {
            assert_eq!(due(came), due_on, "{came}");
        }
    }

    #[test]
    fn a_time_ends_on_no_day_off() {
        for (ends, shown) in [
            (date(2026, 11, 20), date(2026, 11, 20)),
            (date(2026, 11, 21), date(2026, 11, 23)), // Saturday
            (date(2026, 12, 24), date(2026, 12, 28)), // Christmas Eve to Sunday
        ] {
            assert_eq!(working_day_from(ends), shown);
        }
    }

    #[test]
    fn overdue_begins_when_the_next_working_day_is_over() {
        let at = |day: Date, hour: i8| {
            let at = day.at(hour, 30, 0, 0).to_zoned(zone()).expect("a time");
            u64::try_from(at.timestamp().as_millisecond()).expect("after 1970")
        };
        let came = at(date(2026, 11, 20), 16);
        assert!(!overdue(came, at(date(2026, 11, 23), 23)));
        assert!(overdue(came, at(date(2026, 11, 24), 0)));
        assert!(!overdue(u64::MAX, came), "a time that there is not");
    }
}
