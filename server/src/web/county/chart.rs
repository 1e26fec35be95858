//! The roadmap's timeline as plain figures for a template: where a bar begins, where a mark stands. What is not known to
//! the day is hatched at its ends.

use samsyn_client::county::roadmap::{Period, Roadmap, Version};
use samsyn_core::date::{self, Day, Span};

/// Width of all, and of the names at its left, in the chart's own units.
pub(super) const WIDTH: i32 = 1000;
const NAMES: i32 = 330;
const RIGHT: i32 = 20;
const ROW: i32 = 28;
const TOP: i32 = 64;
/// Letters of a name that are shown; the table has all of it.
const NAME_LETTERS: usize = 46;
/// Years that one chart shows, and marks on its upper edge.
const YEARS_MAX: u16 = 15;
const MARKS_MAX: usize = 60;
/// How far an end that is not known to the day is hatched.
const FADE: i32 = 26;

#[derive(Debug, Default)]
pub(super) struct Chart {
    pub(super) height: i32,
    pub(super) bottom: i32,
    pub(super) years: Vec<Tick>,
    pub(super) rows: Vec<Row>,
    pub(super) marks: Vec<Tick>,
    pub(super) today: Option<i32>,
}

/// A place along the axis, and what is written there.
#[derive(Debug, Clone)]
pub(super) struct Tick {
    pub(super) x: i32,
    pub(super) label: String,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) text_y: i32,
    pub(super) name: String,
    /// The heading of a lane.
    pub(super) lane: bool,
    pub(super) bar: Option<Bar>,
    pub(super) diamonds: Vec<Diamond>,
}

#[derive(Debug)]
pub(super) struct Bar {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    /// Hatched all through: nobody has said when.
    pub(super) unknown: bool,
    /// Hatched ends: where each begins, and how wide it is.
    pub(super) fades: Vec<(i32, i32)>,
}

#[derive(Debug)]
pub(super) struct Diamond {
    pub(super) points: String,
    /// Its day is known.
    pub(super) known: bool,
}

/// From the first month to the last that is shown, as numbers of months.
struct Axis {
    from: i32,
    to: i32,
}

fn month(day: Day) -> i32 {
    i32::from(day.0) * 12 + i32::from(day.1) - 1
}

impl Axis {
    /// As the areas and versions ask for it; none where no day is known.
    fn of(roadmap: &Roadmap) -> Option<Self> {
        let spans = roadmap.areas.iter().filter_map(|area| match area.at() {
            Period::Days(first, last, _) => Some((first, last)),
            Period::Continuing | Period::Unknown => None,
        });
        let validity = roadmap.versions.iter().map(Version::validity);
        let validity = validity.filter_map(|(from, to)| from.zip(to)).filter(|(from, to)| from <= to);
        let spans: Vec<(Day, Day)> = spans.chain(validity).collect();
        let from = spans.iter().map(|(first, _)| first.0).min()?;
        let to = spans.iter().map(|(_, last)| last.0).max()?.min(from.saturating_add(YEARS_MAX - 1));
        Some(Self { from: i32::from(from) * 12, to: (i32::from(to) + 1) * 12 })
    }

    fn x(&self, day: Day) -> i32 {
        // Tenths of a month are finer than anybody sees.
        let at = (month(day) - self.from) * 10 + (i32::from(day.2) - 1) / 3;
        let wide = WIDTH - NAMES - RIGHT;
        (NAMES + wide * at / ((self.to - self.from).max(1) * 10)).clamp(NAMES, WIDTH - RIGHT)
    }

    fn shows(&self, day: Day) -> bool {
        (self.from..self.to).contains(&month(day))
    }

    fn years(&self) -> impl Iterator<Item = Tick> {
        let years = (self.from / 12)..(self.to / 12);
        years.filter_map(|year| {
            let year = u16::try_from(year).ok()?;
            Some(Tick { x: self.x((year, 1, 1)), label: year.to_string() })
        })
    }
}

/// The chart of a roadmap; none where nothing has a day. `lane` names a lane, `marks` are meetings and decision points.
pub(super) fn chart(
    roadmap: &Roadmap,
    lane: impl Fn(&Period) -> String,
    name: impl Fn(usize) -> String,
    marks: &[(Day, String)],
    today: Option<Day>,
) -> Option<Chart> {
    let axis = Axis::of(roadmap)?;
    let mut rows = Vec::new();
    let mut y = TOP;
    for group in roadmap.lanes() {
        rows.push(Row { name: lane(&group.period), lane: true, bar: None, diamonds: Vec::new(), ..at(y) });
        y += ROW;
        for index in group.areas {
            let bar = bar(&axis, &group.period, y);
            let diamonds =
                roadmap.areas[index].dependencies.iter().map(|on| diamond(&axis, on.when.as_deref(), &bar, y));
            rows.push(Row {
                name: short(&name(index)),
                lane: false,
                diamonds: diamonds.collect(),
                bar: Some(bar),
                ..at(y)
            });
            y += ROW;
        }
    }
    let shown = marks.iter().filter(|(day, _)| axis.shows(*day)).take(MARKS_MAX);
    Some(Chart {
        height: y + 12,
        bottom: y,
        years: axis.years().collect(),
        marks: shown.map(|(day, label)| Tick { x: axis.x(*day), label: label.clone() }).collect(),
        today: today.filter(|day| axis.shows(*day)).map(|day| axis.x(day)),
        rows,
    })
}

fn at(y: i32) -> Row {
    Row { text_y: y + 18, name: String::new(), lane: false, bar: None, diamonds: Vec::new() }
}

fn bar(axis: &Axis, period: &Period, y: i32) -> Bar {
    let (end, y) = (WIDTH - RIGHT, y + 5);
    match period {
        Period::Unknown => Bar { x: NAMES, y, width: end - NAMES, unknown: true, fades: Vec::new() },
        // It has begun before, and nobody has said when it ends.
        Period::Continuing => {
            let fade = FADE * 2;
            Bar { x: NAMES, y, width: end - NAMES, unknown: false, fades: vec![(end - fade, fade)] }
        }
        Period::Days(first, last, _) => {
            let x = axis.x(*first);
            let after = axis.x((last.0, last.1, last.2.min(30))).max(x + 4);
            let width = after - x;
            let fade = FADE.min(width / 3);
            let precise = first == last;
            let fades = if precise { Vec::new() } else { vec![(x, fade), (after - fade, fade)] };
            Bar { x, y, width, unknown: false, fades }
        }
    }
}

/// At its day; before its bar where the day is not known.
fn diamond(axis: &Axis, when: Option<&str>, bar: &Bar, y: i32) -> Diamond {
    let day = when.and_then(|text| match date::parse(text) {
        Ok(Span::Days { first, .. }) => Some(first),
        _ => None,
    });
    let known = day.filter(|day| axis.shows(*day));
    let x = known.map_or(bar.x, |day| axis.x(day));
    let (middle, half) = (y + 14, 8);
    let points = format!("{x},{} {},{middle} {x},{} {},{middle}", middle - half, x + half, middle + half, x - half);
    Diamond { points, known: known.is_some() }
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS {
        return name.to_owned();
    }
    name.chars().take(NAME_LETTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_client::county::roadmap::{Area, Dependency};

    fn area(id: &str, period: Option<&str>, continuing: bool) -> Area {
        Area { id: id.to_owned(), period: period.map(ToOwned::to_owned), continuing, ..Area::default() }
    }

    fn made(areas: Vec<Area>, marks: &[(Day, String)]) -> Option<Chart> {
        let roadmap = Roadmap { areas, ..Roadmap::default() };
        let names = roadmap.areas.iter().map(|a| a.id.clone()).collect::<Vec<_>>();
        chart(&roadmap, |period| format!("{period:?}"), |at| names[at].clone(), marks, Some((2026, 7, 1)))
    }

    #[test]
    fn bars_lie_in_their_years_and_what_is_not_known_to_the_day_is_hatched() {
        let chart = made(
            vec![
                area("a", Some("2025"), false),
                area("b", Some("2027-2030"), false),
                area("c", Some("2025-03-04"), false),
            ],
            &[],
        )
        .expect("a chart");
        let bar = |name: &str| {
            let row = chart.rows.iter().find(|row| row.name == name).expect("a row");
            row.bar.as_ref().expect("a bar")
        };
        assert_eq!(
            chart.years.iter().map(|t| t.label.as_str()).collect::<Vec<_>>(),
            ["2025", "2026", "2027", "2028", "2029", "2030"]
        );
        assert!(bar("a").x < bar("b").x && bar("a").x + bar("a").width <= bar("b").x);
        assert_eq!((bar("a").fades.len(), bar("c").fades.len()), (2, 0));
        assert!(bar("b").x + bar("b").width <= WIDTH);
        assert!(chart.today.is_some_and(|x| x > bar("a").x + bar("a").width && x < bar("b").x));
    }

    #[test]
    fn what_has_no_period_is_hatched_and_a_dependency_without_a_day_is_told_apart() {
        let mut unknown = area("d", None, false);
        unknown.dependencies.push(Dependency { id: "lag".to_owned(), when: Some("unknown".to_owned()), title: None });
        unknown.dependencies.push(Dependency { id: "reform".to_owned(), when: Some("2027".to_owned()), title: None });
        let chart =
            made(vec![area("a", Some("2025-2030"), false), unknown, area("e", None, true)], &[]).expect("a chart");
        let row = chart.rows.iter().find(|row| row.name == "d").expect("a row");
        assert!(row.bar.as_ref().is_some_and(|bar| bar.unknown));
        assert_eq!(row.diamonds.iter().map(|d| d.known).collect::<Vec<_>>(), [false, true]);
        assert!(made(vec![area("a", None, false)], &[]).is_none(), "nothing has a day");
    }

    #[test]
    fn a_hostile_roadmap_makes_no_endless_chart() {
        let marks: Vec<(Day, String)> = (0..500).map(|_| ((2026, 1, 1), "B5".to_owned())).collect();
        let chart =
            made(vec![area("a", Some("1000-9999"), false), area(&"x".repeat(500), Some("2026"), false)], &marks);
        let chart = chart.expect("a chart");
        assert_eq!(chart.years.len(), usize::from(YEARS_MAX));
        assert!(
            chart.marks.len() <= MARKS_MAX
                && chart.rows.iter().all(|r| r.name.chars().count() <= NAME_LETTERS || r.lane)
        );
    }
}
