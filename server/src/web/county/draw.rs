//! Geometry of the few pictures: bars, lines and the wheel of a year, as numbers for attributes of SVG. Whatever a picture
//! shows stands in a table or list beside it.

use std::{f64::consts::TAU, fmt::Write as _};

/// A number for an attribute.
fn shown(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

/// Two bars of a row, each from 0 to 99 of a hundred.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bars {
    pub(super) budget: String,
    pub(super) outcome: String,
}

impl Bars {
    pub(super) fn new(budget: Option<i64>, outcome: Option<i64>, highest: i64) -> Self {
        let wide = |ore: Option<i64>| {
            let ore = i128::from(ore.unwrap_or(0).max(0)) * 990;
            let tenths = (ore / i128::from(highest.max(1))).min(990);
            format!("{}.{}", tenths / 10, tenths % 10)
        };
        Self { budget: wide(budget), outcome: wide(outcome) }
    }
}

/// Points of one party over the periods; a gap where there is no number.
pub(super) struct Series {
    pub(super) class: &'static str,
    pub(super) values: Vec<Option<f64>>,
}

/// A small picture of several series over the same periods.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) drawn: Vec<Drawn>,
    /// Where the target's line lies, if there is one.
    pub(super) target: Option<String>,
    pub(super) highest: f64,
    pub(super) lowest: f64,
}

#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) class: &'static str,
    /// For `polyline`; empty where there are not two points in a row.
    pub(super) points: Vec<String>,
    pub(super) dots: Vec<(String, String)>,
}

/// The field of a picture of 300 by 120.
const LEFT: f64 = 8.0;
const RIGHT: f64 = 292.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 104.0;

/// None where there is not a single number.
pub(super) fn lines(series: &[Series], target: Option<f64>) -> Option<Lines> {
    let all = || series.iter().flat_map(|s| s.values.iter().flatten().copied()).chain(target);
    series.iter().any(|s| s.values.iter().any(Option::is_some)).then_some(())?;
    let (lowest, highest) = all().fold((f64::MAX, f64::MIN), |(low, high), n| (low.min(n), high.max(n)));
    let span = if highest > lowest { highest - lowest } else { 1.0 };
    let y = |value: f64| BOTTOM - (value - lowest) / span * (BOTTOM - TOP);
    let columns = series.iter().map(|s| s.values.len()).max().unwrap_or(1);
    #[allow(clippy::cast_precision_loss, reason = "a picture has few columns")]
    let x = |column: usize| {
        if columns < 2 {
            f64::midpoint(LEFT, RIGHT)
        } else {
            LEFT + (RIGHT - LEFT) * column as f64 / (columns - 1) as f64
        }
    };
    let draw = |series: &Series| {
        let point = |(column, value): (usize, &Option<f64>)| value.map(|value| (shown(x(column)), shown(y(value))));
        let points: Vec<Option<(String, String)>> = series.values.iter().enumerate().map(point).collect();
        let runs = || points.split(Option::is_none);
        // A value without a neighbour is no line, and would not be seen.
        let alone = runs().filter(|run| run.len() == 1).flatten().flatten();
        let line = |run: &[Option<(String, String)>]| {
            run.iter().flatten().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
        };
        Drawn {
            class: series.class,
            points: runs().filter(|run| run.len() > 1).map(line).collect(),
            dots: alone.cloned().collect(),
        }
    };
    Some(Lines { drawn: series.iter().map(draw).collect(), target: target.map(|t| shown(y(t))), highest, lowest })
}

/// A month's sector of the wheel, with its marks.
#[derive(Debug)]
pub(super) struct Sector {
    pub(super) path: String,
    pub(super) label: String,
    pub(super) label_x: String,
    pub(super) label_y: String,
    pub(super) marks: Vec<Mark>,
    /// Every other one is tinted.
    pub(super) tinted: bool,
}

/// One event on the wheel: its shape says its kind, and the list beside it says all else.
#[derive(Debug)]
pub(super) struct Mark {
    /// For `path`.
    pub(super) shape: String,
    pub(super) class: &'static str,
}

/// Marks of one month that are drawn; the list has them all.
const MARKS_MAX: usize = 8;

/// Twelve sectors of a wheel of 320 by 320, the first at the top, by the clock. `months`: name and kinds of events.
pub(super) fn wheel(months: &[(String, Vec<&str>)]) -> Vec<Sector> {
    let at = |turn: f64, radius: f64| {
        let angle = turn * TAU - TAU / 4.0;
        (160.0 + radius * angle.cos(), 160.0 + radius * angle.sin())
    };
    let sector = |(n, (name, kinds)): (u32, &(String, Vec<&str>))| {
        let (from, to) = (f64::from(n) / 12.0, f64::from(n + 1) / 12.0);
        let corner = |turn, radius| {
            let (x, y) = at(turn, radius);
            format!("{} {}", shown(x), shown(y))
        };
        let (outer, inner) = (corner(to, 155.0), corner(from, 60.0));
        let path =
            format!("M{} A155 155 0 0 1 {outer} L{} A60 60 0 0 0 {inner} Z", corner(from, 155.0), corner(to, 60.0));
        let (label_x, label_y) = at(f64::midpoint(from, to), 140.0);
        let mark = |(place, kind): (u32, &&str)| {
            // Two beside each other, outermost first.
            let turn = from + (to - from) * if place.is_multiple_of(2) { 0.32 } else { 0.68 };
            let (x, y) = at(turn, 120.0 - f64::from(place / 2) * 15.0);
            mark(x, y, kind)
        };
        let marks = (0..).zip(kinds.iter().take(MARKS_MAX)).map(mark).collect();
        let tinted = n.is_multiple_of(2);
        Sector { path, label: name.clone(), label_x: shown(label_x), label_y: shown(label_y + 4.0), marks, tinted }
    };
    (0..).zip(months).map(sector).collect()
}

/// A diamond for decision points, a square for windows and deadlines, a triangle for activities, a circle for meetings.
pub(super) fn mark(x: f64, y: f64, kind: &str) -> Mark {
    let mut shape = String::new();
    let mut corners = |corners: &[(f64, f64)]| {
        for (n, (dx, dy)) in corners.iter().enumerate() {
            let letter = if n == 0 { 'M' } else { 'L' };
            write!(shape, "{letter}{} {} ", shown(x + dx), shown(y + dy)).ok();
        }
        shape.push('Z');
    };
    let class = match kind {
        "gate" => {
            corners(&[(0.0, -6.0), (6.0, 0.0), (0.0, 6.0), (-6.0, 0.0)]);
            "gate"
        }
        "reporting-window" | "deadline" => {
            corners(&[(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)]);
            "window"
        }
        "activity" => {
            corners(&[(0.0, -5.5), (5.0, 4.0), (-5.0, 4.0)]);
            "activity"
        }
        _ => {
            let (x, y) = (shown(x - 5.0), shown(y));
            shape = format!("M{x} {y} a5 5 0 1 0 10 0 a5 5 0 1 0 -10 0 Z");
            "meeting"
        }
    };
    Mark { shape, class }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_within_their_field_whatever_the_amounts() {
        assert_eq!(Bars::new(Some(50), Some(100), 100), Bars { budget: "49.5".into(), outcome: "99.0".into() });
        assert_eq!(Bars::new(None, Some(-5), 0), Bars { budget: "0.0".into(), outcome: "0.0".into() });
        assert_eq!(Bars::new(Some(i64::MAX), Some(i64::MAX), 1).budget, "99.0");
    }

    #[test]
    fn a_gap_is_no_line_and_a_single_value_is_a_dot() {
        let series = |values: &[Option<f64>]| Series { class: "party", values: values.to_vec() };
        let drawn = lines(&[series(&[Some(1.0), Some(2.0), None, Some(3.0)])], None).expect("numbers");
        assert_eq!((drawn.drawn[0].points.len(), drawn.drawn[0].dots.len()), (1, 1));
        assert_eq!(drawn.drawn[0].points[0], "8,104 102.7,60");
        let one = lines(&[series(&[Some(7.0)])], Some(7.0)).expect("a number");
        assert_eq!((one.drawn[0].dots[0].0.as_str(), one.target.as_deref()), ("150", Some("104")));
        assert!(lines(&[series(&[None])], Some(1.0)).is_none(), "a target alone is no figure");
    }

    #[test]
    fn a_wheel_has_twelve_sectors_and_bounded_marks() {
        let months: Vec<(String, Vec<&str>)> = (0..12).map(|n| (n.to_string(), vec!["gate"; n * 3])).collect();
        let sectors = wheel(&months);
        assert_eq!((sectors.len(), sectors[11].marks.len(), sectors[0].marks.len()), (12, MARKS_MAX, 0));
        assert!(sectors.iter().all(|s| !s.path.contains("NaN")));
    }
}
