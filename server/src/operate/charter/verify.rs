//! `charter verify`: who has signed, whose signature is missing or wrong, and whether the file is in force.

use super::files::{self, CharterFile};
use crate::{failure::Failure, output::Output};
use samsyn_core::{
    charter::{Charter, CharterError},
    charter_book::{CharterBook, Status},
    code::Code,
    id::{CharterHash, OrgId},
    sign::{Domain, PublicKey},
};
use serde_json::json;
use std::{collections::BTreeMap, fmt::Write, path::Path};

/// Judges the file at `path`, with the versions before it from the same directory. Exit code 3 if it is not in force.
pub fn verify(path: &Path) -> Result<Output, Failure> {
    let chain = files::read_chain(path)?;
    let Some(file) = chain.last() else { return Err(no_file(path)) };
    let earlier: Vec<&Charter> = chain.iter().rev().skip(1).map(|f| &f.charter).collect();
    let states = signature_states(file, &earlier);
    let rivals = files::beside(path)?;
    let fault = book(&chain, &rivals).and_then(|book| standing(&book, &file.hash)).err();

    let signed = states.values().filter(|s| **s == "signed").count();
    let mut text = format!("'{}' version {}, hash {}\n", file.charter.name, file.charter.version, file.hash);
    for (org, state) in &states {
        // Writing to a string does not fail.
        writeln!(text, "  {state:8} {org}").ok();
    }
    match &fault {
        None => text.push_str("in force"),
        Some(fault) => {
            let remedy = Failure::from(fault.clone()).remedy;
            write!(text, "not in force: {} ({})\n  remedy: {remedy}", fault.message, fault.code).ok();
        }
    }
    let states: BTreeMap<&str, &str> = states.iter().map(|(org, state)| (org.as_str(), *state)).collect();
    let shown = fault.as_ref().map(|f| json!({"code": f.code.as_str(), "message": f.message}));
    let data = json!({
        "file": path.display().to_string(), "hash": file.hash.to_string(), "version": file.charter.version,
        "in_force": fault.is_none(), "signed": signed, "signatures": states, "fault": shown,
    });
    let exit_code = fault.map_or(0, |f| f.code.exit_code());
    Ok(Output { exit_code, ..Output::new(text, data) })
}

fn no_file(path: &Path) -> Failure {
    Failure::new(Code::ConfigMissing, format!("there is no charter {}", path.display()), "check the path")
}

/// The chain up to the file, and whatever else of the federation lies in its directory: a rival may dispute it, a later
/// version settle that.
fn book(chain: &[CharterFile], rivals: &[CharterFile]) -> Result<CharterBook, CharterError> {
    let malformed = || CharterError { code: Code::CharterMalformed, message: "no file".to_owned() };
    let (genesis, later) = chain.split_first().ok_or_else(malformed)?;
    let mut book = CharterBook::found(genesis.bytes.clone(), &genesis.signatures)?;
    for file in later {
        book.offer(&file.bytes, &file.signatures)?;
    }
    for rival in rivals {
        book.offer(&rival.bytes, &rival.signatures).ok(); // not of this chain, or not signed yet
    }
    Ok(book)
}

/// Nothing if the version is in force, else why not.
fn standing(book: &CharterBook, hash: &CharterHash) -> Result<(), CharterError> {
    let error = |code, message: &str| Err(CharterError { code, message: message.to_owned() });
    match book.status(hash) {
        Status::InForce(_) => Ok(()),
        Status::Disputed => error(Code::PendingDisputed, "another valid version amends the same one"),
        Status::Rejected => error(Code::EffectCharterRejected, "a later amendment has set it aside"),
        Status::Unknown => match book.fault(hash) {
            Some(fault) => Err(fault),
            None => error(Code::CharterPrevious, "the version it amends is not in force"),
        },
    }
}

/// Of everybody whose signature may count: `signed`, `missing` or `wrong`.
fn signature_states(file: &CharterFile, earlier: &[&Charter]) -> BTreeMap<OrgId, &'static str> {
    let mut keys: BTreeMap<OrgId, Vec<PublicKey>> = BTreeMap::new();
    for party in file.charter.parties.iter().chain(earlier.first().iter().flat_map(|c| &c.parties)) {
        keys.entry(party.id.clone()).or_default().push(party.log_key);
    }
    for party in earlier.iter().flat_map(|c| &c.parties) {
        keys.entry(party.id.clone()).and_modify(|known| known.push(party.log_key));
    }
    // A signature of somebody who is no party fits nothing.
    for org in file.signatures.iter().map(|(org, _)| org).chain(&file.malformed) {
        keys.entry(org.clone()).or_default();
    }
    let state = |org: &OrgId, keys: &[PublicKey]| {
        let own: Vec<_> = file.signatures.iter().filter(|(o, _)| o == org).map(|(_, s)| s).collect();
        if own.iter().any(|s| keys.iter().any(|k| k.verify(Domain::Charter, &file.bytes, s))) {
            "signed"
        } else if own.is_empty() && !file.malformed.contains(org) {
            "missing"
        } else {
            "wrong"
        }
    };
    keys.iter().map(|(org, keys)| (org.clone(), state(org, keys))).collect()
}
