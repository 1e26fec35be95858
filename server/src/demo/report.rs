//! What the demo shows once the eight agree.

use super::nodes::Row;
use crate::output::Output;
use serde_json::json;
use std::{fmt::Write, path::Path};

/// The table, and the same as JSON. Exit code 0 only if all digests are equal.
pub(super) fn output(rows: &[Row]) -> Output {
    let equal = rows.windows(2).all(|pair| pair[0].digest == pair[1].digest);
    let mut text =
        format!("{:<14} {:<24} {:<24} {:>5} {:>8}  state digest\n", "party", "pages", "API", "works", "commits");
    for row in rows {
        writeln!(
            text,
            "{:<14} {:<24} {:<24} {:>5} {:>8}  {}",
            row.party,
            row.web,
            row.api,
            row.works,
            row.commits,
            &row.digest[..16]
        )
        .ok();
    }
    text.push_str(if equal { "All eight show the same county." } else { "The nodes DIFFER." });
    let data = rows
        .iter()
        .map(|r| json!({"party": r.party, "web": r.web, "api": r.api, "works": r.works, "commits": r.commits, "digest": r.digest}))
        .collect();
    let mut output = Output::new(text, data);
    output.exit_code = u8::from(!equal);
    output
}

/// What to try next.
pub(super) fn hints(home: &Path) -> String {
    let config = home.join("timra/client/client.toml");
    format!(
        "Open a party's pages in a browser (the column 'pages'), or try, in another terminal:\n  samsyn --config {0} work list\n  samsyn --config {0} parties\n\
         Each party's directory under {1} holds its keys, configuration, database and log (node.log).\nCtrl-C stops all eight.",
        config.display(),
        home.display()
    )
}
