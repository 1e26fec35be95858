//! `scan`: looking through texts for what may not lie in them. No node is started.

use super::{Scale, report::Row, workload};
use samsyn_server::secrecy::scan;
use std::{hint::black_box, time::Instant};

/// Bytes of one run.
const BYTES: usize = 64 * 1024 * 1024;
/// Words between two numbers that are none of a person: telephones, registers, years, money.
const NUMBER_EVERY: usize = 40;
const NUMBERS: [&str; 4] = ["060-19 30 00", "KS 2018/14", "2025-2027", "4,8 mnkr"];

pub(super) fn row(scale: Scale) -> Row {
    let mut text = String::with_capacity(BYTES + 1024);
    for part in 0.. {
        text.push_str(&workload::words(NUMBER_EVERY, part, 0));
        text.extend([" ", NUMBERS[part % NUMBERS.len()], " på äldreboendet. "]);
        if text.len() >= BYTES {
            break;
        }
    }
    let once = |_| {
        let began = Instant::now();
        let found = black_box(scan::scan(black_box(&text))).len();
        assert_eq!(found, 0, "nobody's number is among them");
        let wall_s = began.elapsed().as_secs_f64();
        Row { wall_s: Some(wall_s), cpu_s: Some(wall_s), bytes: Some(text.len() as f64), ..Row::default() }
    };
    let runs: Vec<Row> = (0..scale.runs.max(1)).map(once).collect();
    let mut row = Row::median("scan", &runs);
    let speed = text.len() as f64 / 1e6 / row.wall_s.unwrap_or(f64::INFINITY);
    row.notes
        .push(format!("{speed:.0} MB of Swedish text a second on one thread, a number every {NUMBER_EVERY} words"));
    row
}
