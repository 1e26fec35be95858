//! `samsynd charter`: writing, signing, amending and reading charter files. A charter is signed as exact file bytes; each
//! party's signature lies beside it as `<file>.<organisation>.sig`, one hexadecimal line for each key that signed.

pub mod amend;
pub mod cut;
pub mod files;
mod show;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use files::{CharterFile, open, read_chain};
pub use show::show;
pub use sign::sign;
pub use verify::verify;

use crate::{
    failure::{Doing, Failure},
    output::Output,
};
use samsyn_client::vocabulary;
use samsyn_core::{
    charter::{self, Charter, Party, Threshold},
    code::Code,
    id::{Name, OrgId},
    rules,
};
use samsyn_wire::transport;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// `charter new`: a genesis charter of the parties' rows.
pub fn new(name: &str, party_files: &[PathBuf], office: &[OrgId], out: &Path) -> Result<Output, Failure> {
    let parties = party_files.iter().map(|f| read_party(f)).collect::<Result<Vec<_>, _>>()?;
    let text = genesis(name, parties, office.iter().cloned().collect())?;
    write_out(&text, out)
}

/// The words that the common values use, until the parties agree on others.
fn vocabulary() -> BTreeMap<Name, BTreeSet<Name>> {
    let name = |text| Name::new(text).unwrap_or_else(|_| unreachable!("our own words are names"));
    let kinds = [vocabulary::STAGE, vocabulary::FORM, vocabulary::STATUS];
    kinds.iter().map(|kind| (name(kind.id), kind.words.iter().map(|w| name(w.id)).collect())).collect()
}

/// The text of a genesis charter, checked.
pub fn genesis(name: &str, mut parties: Vec<Party>, office: BTreeSet<OrgId>) -> Result<String, Failure> {
    parties.sort_by(|a, b| a.id.cmp(&b.id));
    let charter = Charter {
        format: 1,
        name: name.to_owned(),
        version: 1,
        previous: None,
        rules: rules::SUPPORTED.iter().copied().max().unwrap_or(1),
        threshold: Threshold::default(),
        programme_office: office,
        rejects: BTreeSet::new(),
        vocabulary: vocabulary(),
        parties,
        cuts: Vec::new(),
        disclosures: Vec::new(),
    };
    to_text(&charter)
}

/// The file text, read back once: what is written can be signed.
fn to_text(charter: &Charter) -> Result<String, Failure> {
    let body = charter.to_toml()?;
    let text = format!(
        "# The charter of the cooperation '{}'. Signed as these exact bytes: any edit makes the signatures void.\n{body}",
        charter.name.replace(['\n', '\r'], " "),
    );
    Charter::parse(text.as_bytes())?;
    Ok(text)
}

fn write_out(text: &str, out: &Path) -> Result<Output, Failure> {
    let charter = Charter::parse(text.as_bytes())?;
    transport::create_file(out, text.as_bytes()).map_err(|e| Failure::from(e).field("out"))?;
    let (hash, file) = (charter::hash(text.as_bytes()).to_string(), out.display());
    let human = format!(
        "Wrote {file}, version {}, {} parties\nhash  {hash}\nRead it; send these exact bytes to every party, and let \
         each run\n  samsynd charter sign --config samsynd.toml {file}",
        charter.version,
        charter.parties.len(),
    );
    let data = json!({"file": file.to_string(), "hash": hash, "version": charter.version, "parties": ids(&charter)});
    Ok(Output::new(human, data))
}

fn ids(charter: &Charter) -> Vec<&str> {
    charter.parties.iter().map(|p| p.id.as_str()).collect()
}

/// Reads a party's row as `samsynd init` wrote it.
pub fn read_party(file: &Path) -> Result<Party, Failure> {
    let text = fs::read_to_string(file).doing("reading the party's row", file)?;
    toml::from_str(&text).map_err(|e| {
        let line = e.span().map_or(1, |s| text[..s.start].matches('\n').count() + 1);
        let message = format!("{} line {line}: {}", file.display(), e.message().replace('\n', " "));
        let remedy = "give the party.toml that 'samsynd init' wrote at that party";
        Failure::new(Code::CharterMalformed, message, remedy).field(file.display().to_string())
    })
}
