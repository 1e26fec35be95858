//! `samsynd verify-pack`: what a file that an authority has handed out proves. Needs no configuration, network or store.

use crate::{
    failure::{Doing, Failure},
    handout::{
        Verified,
        data::{Content, Data, Fact, Level},
        verify,
    },
    limits::PACK_BYTES_MAX,
    output::Output,
};
use samsyn_client::{table, time};
use serde_json::json;
use std::{fs::File, io::Read, path::Path};

pub fn run(file: &Path) -> Result<Output, Failure> {
    let mut bytes = Vec::new();
    let opened = File::open(file).doing("opening", file)?;
    // One more than a pack may have: a longer file is told apart from one that just fits.
    opened.take(PACK_BYTES_MAX + 1).read_to_end(&mut bytes).doing("reading", file)?;
    let verified = verify(&bytes).map_err(|failure| failure.field(file.display().to_string()))?;
    Ok(Output::new(text(&verified), data(&verified)))
}

/// How many facts are of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    proven: usize,
    unproven: usize,
    masked: usize,
    in_part: usize,
    gone: usize,
}

impl Counts {
    fn of(data: &Data) -> Self {
        let mut counts = Self::default();
        for fact in data.objects.iter().flat_map(|object| &object.facts) {
            match (&fact.content, fact.proof) {
                (Content::Masked(_), _) => counts.masked += 1,
                (Content::Part(_), _) => counts.in_part += 1,
                (Content::Gone(_), _) => counts.gone += 1,
                (Content::Given(_) | Content::Removed, Level::Value) => counts.proven += 1,
                (Content::Given(_) | Content::Removed, _) => counts.unproven += 1,
            }
        }
        counts
    }
}

fn data(verified: &Verified) -> serde_json::Value {
    let data = &verified.data;
    let counts = Counts::of(data);
    json!({
        "federation": {"genesis": verified.genesis, "name": data.federation_name, "charter": verified.charter},
        "organisation": data.organisation,
        "authority": data.authority,
        "made": time::iso(data.made_ms),
        "version": verified.version,
        "files": verified.files,
        "pages_same": verified.pages_same,
        "documents": data.objects.iter().map(|object| object.document).collect::<Vec<_>>(),
        "facts": {
            "proven": counts.proven,
            "unproven": counts.unproven,
            "masked": counts.masked,
            "masked_in_part": counts.in_part,
            "gone": counts.gone,
        },
        "maskings": data.maskings,
    })
}

fn text(verified: &Verified) -> String {
    let data = &verified.data;
    let counts = Counts::of(data);
    let mut lines = vec![
        format!(
            "The pack is as {}, {}, made it on {}.",
            data.authority.name,
            data.organisation.name,
            time::local(data.made_ms)
        ),
        format!("federation: {}", data.federation_name),
        format!("genesis:    {} (compare it with the one that a party tells you)", verified.genesis),
        format!("charter:    {}", verified.charter),
        String::new(),
        format!("{} statements are proven: their authors signed just these values.", counts.proven),
    ];
    let told = [
        (counts.unproven, "are shown without proof of what was stated"),
        (counts.masked, "are masked"),
        (counts.in_part, "are masked in part: what is left of them is not proven"),
        (counts.gone, "have no value any more (erased, or never arrived)"),
    ];
    lines.extend(told.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}.")));
    lines.push("What the register says, and that nothing was left out, is the authority's own word.".to_owned());
    if !verified.pages_same {
        lines.push(format!(
            "The pages were made by another version ({}): read data.json where they differ.",
            verified.version
        ));
    }
    for masking in &data.maskings {
        let whole = if masking.whole { "all" } else { "in part" };
        lines.push(format!("  {}. {} ({whole}): {}", masking.number, masking.place, masking.cited));
    }
    for fact in data.objects.iter().flat_map(|object| &object.facts).filter(|fact| unproven(fact)) {
        lines.push(format!("  without proof: {} of {}", fact.label, fact.organisation.name));
    }
    // What others have written goes to a terminal.
    table::clean_lines(&lines.join("\n"))
}

fn unproven(fact: &Fact) -> bool {
    matches!(fact.content, Content::Given(_) | Content::Removed) && fact.proof != Level::Value
}
