//! Reads the signed bytes of a pack: what they prove, and of whom.

use super::{
    compose::key_of,
    proof::{self, Commit},
    verify::refused,
};
use crate::failure::Failure;
use samsyn_core::{
    charter_book::CharterBook,
    code::Code,
    entry::{self, Header, Kind, Link, Outline, Release},
    id::{FactId, HeaderHash},
    limits,
    sign::{Domain, Signature},
    value::Value,
};
use std::collections::BTreeMap;

/// What signatures cover.
#[derive(Debug, Default)]
pub(super) struct Signed {
    pub(super) entries: BTreeMap<HeaderHash, Entry>,
    pub(super) values: BTreeMap<FactId, Value>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) header: Header,
    /// None where it is withheld.
    pub(super) outline: Option<Outline>,
    /// That of its commit.
    pub(super) release: Option<Release>,
}

pub(super) fn read(commits: &[Commit], book: &CharterBook) -> Result<Signed, Failure> {
    let mut signed = Signed::default();
    for commit in commits {
        read_commit(commit, book, &mut signed)?;
    }
    Ok(signed)
}

/// One commit:
/// - headers of this federation that follow each other by hash, of one author, the last one its end;
/// - the signature on the last, by the author's key of the charter that it cites;
/// - outlines and values that fit.
fn read_commit(commit: &Commit, book: &CharterBook, signed: &mut Signed) -> Result<(), Failure> {
    if commit.entries.len() > limits::COMMIT_HEADERS_MAX {
        return Err(broken());
    }
    let mut before: Option<(HeaderHash, Header)> = None;
    let (mut tip, mut release) = (Vec::new(), None);
    for entry in &commit.entries {
        let bytes = hex::decode(&entry.header).map_err(|_| broken())?;
        let header = Header::decode(&bytes).map_err(|_| broken())?;
        let hash = HeaderHash::of(&bytes);
        let follows = before.as_ref().is_none_or(|(previous, at)| {
            header.link == Link::Next(*previous)
                && header.seq == at.seq + 1
                && !at.end_of_commit
                && header.log(hash) == at.log(*previous)
        });
        // Two commits may begin with the same entries: a fork inside one. None ends twice.
        let again = header.end_of_commit && signed.entries.contains_key(&hash);
        if !follows || header.federation != book.federation() || again {
            return Err(broken());
        }
        let known = signed.entries.remove(&hash).and_then(|entry| entry.outline);
        let outline = outline(entry, &header, hash, signed)?.or(known);
        if let Some(Outline::Release(of_commit)) = &outline {
            release = Some(of_commit.clone());
        }
        let release = release.clone().filter(|_| matches!(header.kind, Kind::Document | Kind::Facts));
        signed.entries.insert(hash, Entry { header: header.clone(), outline, release });
        before = Some((hash, header));
        tip = bytes;
    }
    let (_, last) = before.ok_or_else(broken)?;
    let signature: Signature = commit.signature.parse().map_err(|_| broken())?;
    let fits = key_of(book, &last).is_some_and(|key| key.verify(Domain::Commit, &tip, &signature));
    if last.end_of_commit && fits {
        return Ok(());
    }
    Err(refused(Code::PackProof, format!("what '{}' is said to have signed has another signature", last.organisation)))
}

/// The outline of an entry, which may be withheld, with its values put where they belong.
fn outline(
    entry: &proof::Entry,
    header: &Header,
    hash: HeaderHash,
    signed: &mut Signed,
) -> Result<Option<Outline>, Failure> {
    let Some(text) = &entry.outline else {
        return if entry.values.is_empty() { Ok(None) } else { Err(broken()) };
    };
    let bytes = hex::decode(text).map_err(|_| broken())?;
    let fits = entry::outline_hash(&bytes) == header.outline_hash && bytes.len() == header.outline_bytes as usize;
    let outline = Outline::decode(header.kind, &bytes).ok().filter(|_| fits).ok_or_else(broken)?;
    for (index, salted) in &entry.values {
        let stated = outline.facts().get(*index as usize).and_then(|fact| fact.value.as_ref());
        let value = stated.and_then(|stated| salted.read()?.open(stated).ok()).ok_or_else(broken)?;
        signed.values.insert(FactId { header: hash, index: *index }, value);
    }
    Ok(Some(outline))
}

fn broken() -> Failure {
    refused(Code::PackProof, "a signed entry does not hold together")
}
