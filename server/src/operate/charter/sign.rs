//! `charter sign`: this party's signature over the exact bytes of a charter file.

use super::files::{self, CharterFile, read_signatures, signature_path};
use crate::{failure::Failure, output::Output};
use samsyn_core::{
    code::Code,
    id::OrgId,
    sign::{Domain, LogKey, PublicKey},
};
use samsyn_wire::transport;
use serde_json::json;
use std::path::Path;

/// Signs `path` as `organisation` and writes the signature beside it. Signing again changes nothing.
pub fn sign(path: &Path, organisation: &OrgId, key: &LogKey) -> Result<Output, Failure> {
    let file = files::read(path)?;
    refuse_foreign_key(&file, organisation, key.public())?;
    let signature = key.sign(Domain::Charter, &file.bytes);
    let beside = signature_path(path, organisation);
    let known = if beside.exists() { read_signatures(&beside)?.unwrap_or_default() } else { Vec::new() };
    // Lines that fit neither the file nor a key are left out: they signed other bytes.
    let mut lines: Vec<_> = known.into_iter().filter(|s| *s != signature && fits(&file, organisation, s)).collect();
    lines.push(signature);
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    transport::replace_file(&beside, format!("{}\n", lines.join("\n")).as_bytes())?;

    let charter = &file.charter;
    let human = format!(
        "Signed '{}', version {}, {} parties, as {organisation}\nhash       {}\nsignature  {}\nSend the signature \
         file to the other parties.",
        charter.name,
        charter.version,
        charter.parties.len(),
        file.hash,
        beside.display(),
    );
    let data = json!({
        "organisation": organisation.as_str(), "hash": file.hash.to_string(), "version": charter.version,
        "signature": beside.display().to_string(),
    });
    Ok(Output::new(human, data))
}

/// A key counts if the file, or a version before it, names it for this party (a settlement of two rival amendments is
/// signed by the parties, and so the keys, of the last undisputed version).
fn refuse_foreign_key(file: &CharterFile, organisation: &OrgId, key: PublicKey) -> Result<(), Failure> {
    let own = file.charter.party(organisation);
    if own.is_some_and(|p| p.log_key == key) {
        return Ok(());
    }
    let earlier = if file.charter.previous.is_some() { files::read_chain(&file.path)? } else { Vec::new() };
    let mut named = earlier.iter().rev().filter_map(|f| f.charter.party(organisation));
    let before = named.clone().next();
    if named.any(|p| p.log_key == key) {
        return Ok(());
    }
    let message = match own.or(before) {
        None => format!("'{organisation}' is no party of {}", file.path.display()),
        Some(party) => {
            format!("{} names {} for '{organisation}', but the key given is {key}", file.path.display(), party.log_key)
        }
    };
    let remedy = "check the organisation and the key; the charter must name the log_key of party.toml";
    Err(Failure::new(Code::CharterSignature, message, remedy).field("organisation"))
}

fn fits(file: &CharterFile, organisation: &OrgId, signature: &samsyn_core::sign::Signature) -> bool {
    let chain = files::read_chain(&file.path).unwrap_or_default();
    let keys = chain.iter().filter_map(|f| f.charter.party(organisation)).map(|p| p.log_key);
    keys.into_iter().any(|k| k.verify(Domain::Charter, &file.bytes, signature))
}
