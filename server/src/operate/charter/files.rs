//! Charter files and signatures as they lie on disk.

use crate::failure::{Doing, Failure};
use samsyn_core::{
    charter::{self, Charter},
    charter_book::{CharterBook, Signatures},
    code::Code,
    id::{CharterHash, OrgId},
    limits::{CHARTER_BYTES_MAX, CHARTER_VERSIONS_MAX},
    sign::Signature,
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Bytes of a signature file: a line for each key that one party has signed with.
const SIGNATURE_FILE_BYTES_MAX: u64 = 4 * 1024;

/// A charter file with the signatures beside it.
#[derive(Debug, Clone)]
pub struct CharterFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub hash: CharterHash,
    pub charter: Charter,
    /// Well-formed signatures; whether they fit is for others to judge.
    pub signatures: Signatures,
    /// Whose signature file holds something else.
    pub malformed: BTreeSet<OrgId>,
}

/// Opens the book of a federation: the version at `path`, and all before it, from files in the same directory.
pub fn open(path: &Path) -> Result<CharterBook, Failure> {
    let files = read_chain(path)?;
    let named = |file: &CharterFile, error| Failure::from(error).field(file.path.display().to_string());
    let mut files = files.into_iter();
    // `read_chain` gives at least the file asked for.
    let genesis = files.next().ok_or_else(|| missing(path))?;
    let mut book = CharterBook::found(genesis.bytes.clone(), &genesis.signatures).map_err(|e| named(&genesis, e))?;
    for file in files {
        book.offer(&file.bytes, &file.signatures).map_err(|e| named(&file, e))?;
    }
    Ok(book)
}

/// The file at `path` and every version before it, genesis first.
pub fn read_chain(path: &Path) -> Result<Vec<CharterFile>, Failure> {
    let mut chain = vec![read(path)?];
    while let Some(previous) = chain.last().and_then(|f| f.charter.previous) {
        if chain.len() >= CHARTER_VERSIONS_MAX {
            return Err(Failure::new(Code::CharterTooLarge, "too many charter versions", "check the directory"));
        }
        let Some(found) = find(directory(path), &previous)? else {
            let message = format!("the earlier charter {previous} is not beside {}", path.display());
            let remedy = "put that file and its signatures into the same directory (any name ending in .toml)";
            return Err(Failure::new(Code::CharterPrevious, message, remedy).field(path.display().to_string()));
        };
        chain.push(read(&found)?);
    }
    chain.reverse();
    Ok(chain)
}

/// Reads one file with its signatures.
pub fn read(path: &Path) -> Result<CharterFile, Failure> {
    let bytes = match read_bounded(path, CHARTER_BYTES_MAX as u64 + 1) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(missing(path)),
        other => other.doing("reading", path)?,
    };
    let charter = Charter::parse(&bytes).map_err(|e| {
        let failure = Failure::from(e);
        Failure { message: format!("{}: {}", path.display(), failure.message.trim_end()), ..failure }
            .field(path.display().to_string())
    })?;
    let (mut signatures, mut malformed) = (BTreeSet::new(), BTreeSet::new());
    for (org, file) in signature_files(path)? {
        match read_signatures(&file)? {
            Some(several) => signatures.extend(several.into_iter().map(|s| (org.clone(), s))),
            None => {
                malformed.insert(org);
            }
        }
    }
    Ok(CharterFile { path: path.to_owned(), hash: charter::hash(&bytes), bytes, charter, signatures, malformed })
}

/// Every charter file in the same directory that can be read, oldest version first.
pub fn beside(path: &Path) -> Result<Vec<CharterFile>, Failure> {
    let named = |p: &PathBuf| stem(p).starts_with("charter") && p.extension().is_some_and(|e| e == "toml");
    let paths = list(directory(path))?;
    let mut files: Vec<CharterFile> = paths.iter().filter(|p| named(p)).filter_map(|p| read(p).ok()).collect();
    files.sort_by_key(|f| f.charter.version);
    Ok(files)
}

fn missing(path: &Path) -> Failure {
    let message = format!("there is no charter {}", path.display());
    let remedy = "put the charter that all parties have signed there, with its .sig files beside it";
    Failure::new(Code::ConfigMissing, message, remedy).field(path.display().to_string())
}

/// Where one party's signature lies.
pub(super) fn signature_path(charter: &Path, organisation: &OrgId) -> PathBuf {
    charter.with_file_name(format!("{}.{organisation}.sig", stem(charter)))
}

/// The signatures in a file, or `None` if it holds anything else.
pub(super) fn read_signatures(file: &Path) -> Result<Option<Vec<Signature>>, Failure> {
    let bytes = read_bounded(file, SIGNATURE_FILE_BYTES_MAX).doing("reading", file)?;
    let Ok(text) = String::from_utf8(bytes) else { return Ok(None) };
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let signatures = lines.map(str::parse).collect::<Result<Vec<Signature>, _>>().ok();
    Ok(signatures.filter(|s| !s.is_empty()))
}

fn signature_files(charter: &Path) -> Result<Vec<(OrgId, PathBuf)>, Failure> {
    let prefix = format!("{}.", stem(charter));
    let mut found = Vec::new();
    for path in list(directory(charter))? {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let org = name.strip_prefix(&prefix).and_then(|n| n.strip_suffix(".sig"));
        if let Some(org) = org.and_then(|o| OrgId::new(o).ok()) {
            found.push((org, path));
        }
    }
    Ok(found)
}

fn find(dir: &Path, hash: &CharterHash) -> Result<Option<PathBuf>, Failure> {
    for path in list(dir)? {
        if path.extension().is_some_and(|e| e == "toml") {
            // A file that cannot be read may not be the one looked for; the caller says which one is missing.
            let bytes = read_bounded(&path, CHARTER_BYTES_MAX as u64 + 1).unwrap_or_default();
            if charter::hash(&bytes) == *hash {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(dir).doing("listing", dir)?;
    let mut paths = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().doing("listing", dir)?;
    paths.sort();
    Ok(paths)
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}
