//! `charter show`: what a charter file says, and what names it.

use super::files;
use crate::{failure::Failure, output::Output};
use samsyn_core::charter::federation_of;
use serde_json::json;
use std::{fmt::Write, path::Path};

/// Shows one file. The federation is told where the genesis lies beside it.
pub fn show(path: &Path) -> Result<Output, Failure> {
    let file = files::read(path)?;
    let chain = files::read_chain(path).ok();
    let federation = chain.as_ref().and_then(|c| c.first()).map(|g| federation_of(&g.bytes).to_string());
    let charter = &file.charter;
    let needed = match chain.as_deref() {
        // An amendment is signed by a share of the parties before it.
        Some([.., before, _]) => Some(before.charter.threshold.needed(before.charter.parties.len())),
        Some([_]) => Some(charter.parties.len()),
        _ => None,
    };
    let shown =
        |n: Option<usize>| n.map_or_else(|| "unknown (earlier versions are not here)".to_owned(), |n| n.to_string());

    let mut text = format!(
        "{}\nversion            {}\nhash               {}\nfederation         {}\nrule set           {}\namendments need    \
         {} of {} of the parties: {}\nthis version needs {} signatures\n",
        charter.name,
        charter.version,
        file.hash,
        federation.as_deref().unwrap_or("unknown (earlier versions are not here)"),
        charter.rules,
        charter.threshold.signers,
        charter.threshold.of,
        charter.threshold.needed(charter.parties.len()),
        shown(needed),
    );
    for party in &charter.parties {
        let office = if charter.programme_office.contains(&party.id) { ", programme office" } else { "" };
        // Writing to a string does not fail.
        write!(text, "\n{} ({}{office})\n  log key   {}\n", party.id, party.name, party.log_key).ok();
        for pin in &party.pins {
            writeln!(text, "  pin       {pin}").ok();
        }
        for endpoint in &party.endpoints {
            writeln!(text, "  endpoint  {endpoint}").ok();
        }
    }
    for cut in &charter.cuts {
        writeln!(text, "\ncut: of {}, {} logs are kept in part", cut.organisation, cut.kept.len()).ok();
    }
    let data = json!({
        "file": path.display().to_string(), "hash": file.hash.to_string(), "federation": federation,
        "signatures_needed": needed, "amendment_needs": charter.threshold.needed(charter.parties.len()),
        "charter": charter,
    });
    Ok(Output::new(text, data))
}
