//! What the release gate and the registers take of a row's time: the nodes count it themselves (`/metrics`), as time that
//! passes with SQL in it. What making a transaction durable costs because of the registers cannot be seen from inside: of
//! that, registers are given what they have of the pages in the write-ahead log. A sync takes hardly longer for a page
//! more, so this is rather too much than too little.

use crate::county::{County, Node, scrape};
use sqlx::{Connection, Row};
use std::{collections::BTreeMap, fs, net::SocketAddr};

use super::eyes;

/// Where each node tells its figures, in the order of the parties' ids.
pub(super) struct Counters(Vec<(String, SocketAddr)>);

/// What a node has counted so far, in seconds.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    gate: f64,
    registers: f64,
    commit: f64,
}

/// What went to gate and registers at one node.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts {
    pub(super) gate_s: f64,
    /// With their share of making it durable.
    pub(super) registers_s: f64,
    /// Pages of registers, and all pages, in the write-ahead log.
    pages: (usize, usize),
}

impl Counters {
    /// From their next start on the nodes tell.
    pub(super) fn on(county: &mut County) -> Self {
        let parties = county.parties();
        Self(parties.into_iter().map(|party| (party.clone(), county.listen_for_metrics(&party))).collect())
    }

    pub(super) async fn read(&self) -> Vec<Sums> {
        let mut sums = Vec::new();
        for (_, address) in &self.0 {
            let text = scrape(*address).await;
            let of = |name: &str| value(&text, name).unwrap_or(0.0);
            sums.push(Sums {
                gate: of("samsyn_gate_seconds_sum"),
                registers: of("samsyn_transaction_seconds_sum{part=\"registers\"}"),
                commit: of("samsyn_transaction_seconds_sum{part=\"commit\"}"),
            });
        }
        sums
    }

    /// What each has spent since. The nodes still run.
    pub(super) async fn since(&self, county: &County, before: &[Sums]) -> Vec<Parts> {
        let mut parts = Vec::new();
        for ((party, _), (now, before)) in self.0.iter().zip(self.read().await.into_iter().zip(before)) {
            let (of_registers, all) = written(county.node(party)).await;
            let share = of_registers as f64 / all.max(1) as f64;
            parts.push(Parts {
                gate_s: now.gate - before.gate,
                registers_s: now.registers - before.registers + (now.commit - before.commit) * share,
                pages: (of_registers, all),
            });
        }
        parts
    }
}

/// What something adds to what would be left without gate and registers.
pub(super) fn share(part: f64, whole: f64, both: f64) -> Option<f64> {
    (whole > both).then(|| part / (whole - both))
}

/// For the reader.
pub(super) fn pages(parts: &[Parts]) -> String {
    let sum = |of: fn(&Parts) -> usize| parts.iter().map(of).sum::<usize>();
    let (of_registers, all) = (sum(|p| p.pages.0), sum(|p| p.pages.1));
    format!("their pages in the write-ahead logs: {of_registers} of {all}")
}

fn value(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Pages that a running node has written to its write-ahead log since it last began anew: those of registers, and all.
async fn written(node: &Node) -> (usize, usize) {
    let mut reader = eyes::reader(node).await;
    let rows =
        sqlx::query("SELECT pageno, name FROM dbstat").fetch_all(&mut reader).await.expect("SQLite counts pages");
    reader.close().await.ok(); // it only read
    let owners: BTreeMap<i64, String> =
        rows.iter().map(|row| (row.try_get(0).expect("a number"), row.try_get(1).expect("a name"))).collect();
    let log = fs::read(node.dir.join("node.db-wal")).expect("a running node has one");
    let frames = frames(&log);
    let of_registers = |page: &&u32| owners.get(&i64::from(**page)).is_some_and(|name| name.contains("register_"));
    (frames.iter().filter(of_registers).count(), frames.len())
}

/// The page numbers of the frames that are valid (walformat.html, section 1.2): frames of an earlier round lie after them.
fn frames(log: &[u8]) -> Vec<u32> {
    const HEADER: usize = 32;
    const FRAME: usize = 24;
    let number = |at: usize| log.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    let Some(page_bytes) = number(8) else { return Vec::new() };
    let salts = log.get(16..24);
    let size = FRAME + page_bytes as usize;
    let mut pages = Vec::new();
    for frame in log.get(HEADER..).unwrap_or_default().chunks_exact(size) {
        if frame.get(8..16) != salts {
            break;
        }
        pages.extend(frame[..4].try_into().ok().map(u32::from_be_bytes));
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_found_by_its_whole_name() {
        let text = "samsyn_gate_seconds_sum 0.25\nsamsyn_transaction_seconds_sum{part=\"commit\"} 1.5\n# EOF\n";
        assert_eq!(value(text, "samsyn_gate_seconds_sum"), Some(0.25));
        assert_eq!(value(text, "samsyn_transaction_seconds_sum{part=\"commit\"}"), Some(1.5));
        assert_eq!(value(text, "samsyn_gate_seconds"), None);
    }

    #[test]
    fn a_share_is_of_what_would_be_left() {
        assert_eq!(share(1.0, 6.0, 1.0), Some(0.2));
        assert_eq!(share(1.0, 1.0, 1.0), None);
    }

    #[test]
    fn frames_of_an_earlier_round_do_not_count() {
        let frame = |page: u32, salt: u8| {
            let mut frame = page.to_be_bytes().to_vec();
            frame.extend([0; 4]);
            frame.extend([salt; 8]);
            frame.extend([0; 8 + 512]);
            frame
        };
        let mut log = vec![0; 32];
        log[8..12].copy_from_slice(&512u32.to_be_bytes());
        log[16..24].copy_from_slice(&[7; 8]);
        log.extend([frame(3, 7), frame(9, 7), frame(4, 6)].concat());
        assert_eq!(frames(&log), [3, 9]);
    }
}
