//! The zip file: written with deflate alone; read within bounds, and only if it is just what is written here.

use super::{
    compose::Composed,
    data::{FORMAT, ListedFile, Manifest},
    pages,
    verify::refused,
};
use crate::{
    failure::Failure,
    limits::{PACK_BYTES_MAX, PACK_UNPACKED_BYTES_MAX},
};
use samsyn_client::node::Parties;
use samsyn_core::{code::Code, id::CharterHash};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SIGNATURE: &str = "manifest.sig";
pub(super) const INDEX: &str = "index.html";
pub(super) const DATA: &str = "data.json";
pub(super) const CHARTERS: &str = "proof/charters.json";
pub(super) const COMMITS: &str = "proof/commits.json";
const REGISTER: &str = "register.csv";
const MASKINGS: &str = "maskningar.html";
const MASKINGS_LIST: &str = "maskningar.csv";
const DECISION: &str = "beslut-utkast.html";
/// All that a pack may hold, in its order.
const NAMES: [&str; 10] =
    [INDEX, MASKINGS, DECISION, DATA, REGISTER, MASKINGS_LIST, CHARTERS, COMMITS, MANIFEST, SIGNATURE];

/// A pack's files by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// The pages and lists that are made of a pack's data.
pub(super) fn readable(data: &super::data::Data, parties: &Parties) -> Result<Files, Failure> {
    let mut files = Files::new();
    let mut put = |name: &str, text: String| files.insert(name.to_owned(), text.into_bytes());
    put(INDEX, pages::index(data, parties)?);
    put(REGISTER, pages::register(data));
    put(MASKINGS, pages::maskings(data)?);
    put(MASKINGS_LIST, pages::maskings_csv(data));
    if !data.maskings.is_empty() {
        put(DECISION, pages::decision(data)?);
    }
    Ok(files)
}

/// All files but the signature on the manifest.
pub(super) fn files(composed: &Composed, charter: CharterHash, parties: &Parties) -> Result<Files, Failure> {
    let data = &composed.data;
    let mut files = readable(data, parties)?;
    files.insert(DATA.to_owned(), json(data)?);
    files.insert(CHARTERS.to_owned(), json(&composed.charters)?);
    files.insert(COMMITS.to_owned(), json(&composed.commits)?);
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_ms: data.made_ms,
        federation: data.federation,
        charter,
        organisation: data.organisation.id.clone(),
        authority: data.authority.id.clone(),
        files: files.iter().map(|(name, bytes)| listed(name, bytes)).collect(),
    };
    files.insert(MANIFEST.to_owned(), json(&manifest)?);
    Ok(files)
}

pub(super) fn listed(name: &str, bytes: &[u8]) -> ListedFile {
    ListedFile { name: name.to_owned(), bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec_pretty(value)
        .map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))
}

pub(super) fn pack(files: &Files) -> Result<Vec<u8>, Failure> {
    let fault = |e: String| Failure::new(Code::Failed, format!("the pack cannot be made: {e}"), "see the node's log");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // No times: when it was made is in the manifest, once.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for name in NAMES {
        let Some(bytes) = files.get(name) else { continue };
        writer.start_file(name, options).map_err(|e| fault(e.to_string()))?;
        writer.write_all(bytes).map_err(|e| fault(e.to_string()))?;
    }
    Ok(writer.finish().map_err(|e| fault(e.to_string()))?.into_inner())
}

/// Reads a pack:
/// - a zip file of at most [`PACK_BYTES_MAX`], and all its files together of [`PACK_UNPACKED_BYTES_MAX`];
/// - files of a pack alone, each once, one right after the other, with nothing before, between and after them.
pub(super) fn unpack(bytes: &[u8]) -> Result<Files, Failure> {
    if bytes.len() as u64 > PACK_BYTES_MAX {
        return Err(refused(Code::PackTooLarge, format!("the file has more than {PACK_BYTES_MAX} bytes")));
    }
    let malformed = |what: &str| refused(Code::PackMalformed, format!("this is no pack: {what}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| malformed(&e.to_string()))?;
    let around = archive.offset() > 0 || !archive.comment().is_empty();
    if around || archive.len() > NAMES.len() || counted(bytes) != Some(archive.len()) {
        return Err(malformed("it holds more than a pack does"));
    }
    let (mut files, mut left, mut at) = (Files::new(), PACK_UNPACKED_BYTES_MAX, 0);
    for n in 0..archive.len() {
        let mut file = archive.by_index(n).map_err(|e| malformed(&e.to_string()))?;
        let name = file.name().to_owned();
        let follows = file.header_start() == at && !file.encrypted() && file.comment().is_empty();
        if !NAMES.contains(&name.as_str()) || files.contains_key(&name) || !follows {
            return Err(malformed(&format!("'{}' has no place there", printable(&name))));
        }
        at = file.data_start().unwrap_or(u64::MAX).saturating_add(file.compressed_size());
        let mut content = Vec::new();
        file.by_ref().take(left + 1).read_to_end(&mut content).map_err(|e| malformed(&format!("{name}: {e}")))?;
        left = left.checked_sub(content.len() as u64).ok_or_else(|| {
            refused(Code::PackTooLarge, format!("its files have more than {PACK_UNPACKED_BYTES_MAX} bytes"))
        })?;
        files.insert(name, content);
    }
    if at != archive.central_directory_start() {
        return Err(malformed("something stands between its files and their list"));
    }
    Ok(files)
}

/// How many files the end of a zip file without comment says there are.
fn counted(bytes: &[u8]) -> Option<usize> {
    const END_BYTES: usize = 22;
    let end = bytes.len().checked_sub(END_BYTES).and_then(|at| bytes.get(at..))?;
    end.starts_with(b"PK\x05\x06").then(|| usize::from(u16::from_le_bytes([end[10], end[11]])))
}

/// What somebody else has written, for a terminal.
fn printable(name: &str) -> String {
    name.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect()
}
