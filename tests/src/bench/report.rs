//! Rows of figures, as a table or one JSON object per line.

use serde::Serialize;
use std::fmt::Write;

/// One row; what does not apply is absent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    pub name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_s: Option<f64>,
    /// Of all nodes' processes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_s: Option<f64>,
    /// The largest peak of one process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rss_mb: Option<f64>,
    /// On the wire, in both directions, between all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_trips: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<f64>,
    /// What the release gate adds to what it would take without gate and registers: 0.05 is a twentieth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_share: Option<f64>,
    /// What the registers add to the same, their SQL and their part of making it durable included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register_share: Option<f64>,
    /// Bare Automerge on one thread, in the same run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yardstick_s: Option<f64>,
    /// CPU of all nodes to the yardstick's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// What a reader must know to judge the figures.
    pub notes: Vec<String>,
}

impl Row {
    /// The median of each column.
    pub(super) fn median(name: &'static str, runs: &[Self]) -> Self {
        let of = |column: fn(&Self) -> Option<f64>| median(runs.iter().filter_map(column).collect());
        Self {
            name,
            wall_s: of(|r| r.wall_s),
            cpu_s: of(|r| r.cpu_s),
            rss_mb: of(|r| r.rss_mb),
            bytes: of(|r| r.bytes),
            round_trips: of(|r| r.round_trips),
            p50_ms: of(|r| r.p50_ms),
            p99_ms: of(|r| r.p99_ms),
            gate_share: of(|r| r.gate_share),
            register_share: of(|r| r.register_share),
            yardstick_s: of(|r| r.yardstick_s),
            ratio: of(|r| r.ratio),
            notes: runs.iter().flat_map(|r| r.notes.iter().cloned()).collect(),
        }
    }

    pub(super) fn against(mut self, yardstick_s: f64) -> Self {
        self.yardstick_s = Some(yardstick_s);
        self.ratio = self.cpu_s.map(|cpu| cpu / yardstick_s);
        self
    }
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// The value below which so many of a hundred lie.
pub(super) fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied()
}

/// One object per row and line.
pub fn json(rows: &[Row]) -> String {
    rows.iter().map(|row| serde_json::to_string(row).expect("figures are JSON") + "\n").collect()
}

/// For people.
pub fn table(rows: &[Row]) -> String {
    let cell = |value: Option<f64>, digits: usize| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$}"));
    let mut text = format!(
        "{:<18} {:>8} {:>8} {:>7} {:>11} {:>6} {:>8} {:>8} {:>6} {:>6} {:>9} {:>6}\n",
        "", "wall s", "CPU s", "MB", "bytes", "trips", "p50 ms", "p99 ms", "gate %", "reg. %", "yardst. s", "ratio"
    );
    for row in rows {
        writeln!(
            text,
            "{:<18} {:>8} {:>8} {:>7} {:>11} {:>6} {:>8} {:>8} {:>6} {:>6} {:>9} {:>6}",
            row.name,
            cell(row.wall_s, 3),
            cell(row.cpu_s, 4),
            cell(row.rss_mb, 1),
            cell(row.bytes, 0),
            cell(row.round_trips, 0),
            cell(row.p50_ms, 2),
            cell(row.p99_ms, 2),
            cell(row.gate_share.map(|share| share * 100.0), 2),
            cell(row.register_share.map(|share| share * 100.0), 1),
            cell(row.yardstick_s, 3),
            cell(row.ratio, 2),
        )
        .expect("writes to a string");
    }
    for row in rows {
        for note in &row.notes {
            writeln!(text, "{}: {note}", row.name).expect("writes to a string");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles_are_of_what_was_measured() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!((percentile(&values, 50), percentile(&values, 99)), (Some(100.0), Some(198.0)));
    }

    #[test]
    fn what_does_not_apply_is_absent() {
        let row = Row { name: "live", p50_ms: Some(2.5), ..Row::default() };
        assert_eq!(json(&[row]), "{\"name\":\"live\",\"p50_ms\":2.5,\"notes\":[]}\n");
    }
}
