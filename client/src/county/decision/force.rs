//! When a decision gains legal force, computed from when it was announced. What is assumed: that it can be appealed by
//! judicial review of legality (kommunallagen chapter 13) and by nothing else, and that nobody has appealed.

use crate::calendar;
use jiff::civil::Date;

/// Days from the announcement to the last day of appeal (kommunallagen 13:5: three weeks).
const APPEAL_DAYS: u16 = 21;

/// What is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// The exact day of so many of the announcements is known.
    Unknown { known: usize, of: usize },
    /// Announced everywhere on a day, appealed at the latest on another, in force from the day after if nobody has.
    Runs { posted: Date, last: Date, from: Date },
}

impl Force {
    /// From the days on which it was announced, the last of them: a joint board's is announced by all its members (9:32).
    pub fn of_postings<'a>(postings: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let days: Vec<Option<Date>> = postings.into_iter().map(|day| day.and_then(|day| day.parse().ok())).collect();
        let known: Vec<Date> = days.iter().flatten().copied().collect();
        match known.iter().max() {
            Some(posted) if known.len() == days.len() => {
                let last = calendar::working_day_from(calendar::days_after(*posted, APPEAL_DAYS));
                Self::Runs { posted: *posted, last, from: calendar::days_after(last, 1) }
            }
            _ => Self::Unknown { known: known.len(), of: days.len() },
        }
    }

    /// True if it has been reached on a day; none where that is not known.
    pub fn reached(&self, today: Date) -> Option<bool> {
        match self {
            Self::Unknown { .. } => None,
            Self::Runs { from, .. } => Some(*from <= today),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn it_runs_three_weeks_from_the_announcement_and_ends_on_a_working_day() {
        for (posted, last) in [
            ("2022-06-01", date(2022, 6, 22)),
            ("2022-06-03", date(2022, 6, 27)),  // Midsummer Eve, then a weekend
            ("2025-12-03", date(2025, 12, 29)), // Christmas Eve to Sunday
        ] {
            let Force::Runs { last: found, from, .. } = Force::of_postings([Some(posted)]) else { panic!("{posted}") };
            assert_eq!((found, from), (last, last.tomorrow().expect("a day")), "{posted}");
        }
    }

    #[test]
    fn of_a_joint_board_the_last_announcement_counts_and_all_must_be_known() {
        let all = Force::of_postings([Some("2022-03-18"), Some("2022-03-21"), Some("2022-03-17")]);
        assert!(matches!(all, Force::Runs { posted, .. } if posted == date(2022, 3, 21)));
        let one_missing = Force::of_postings([Some("2022-03-18"), None, Some("2022-03")]);
        assert_eq!(one_missing, Force::Unknown { known: 1, of: 3 });
        assert_eq!(one_missing.reached(date(2030, 1, 1)), None);
        assert_eq!(Force::of_postings([]), Force::Unknown { known: 0, of: 0 });
    }
}
