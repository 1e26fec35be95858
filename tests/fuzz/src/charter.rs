//! Charters: what is read says the same when written, and the book comes to one judgement in bounded time, whatever the
//! order of the files.
//!
//! An input is one or more files, with U+0000 between them; the first byte of each says who signs it.

use crate::{
    county::{self, PARTIES, county},
    time::bounded,
};
use samsyn_core::{
    charter::{self, Charter},
    charter_book::{CharterBook, Signatures, Status},
    id::{CharterHash, OrgId},
    limits,
    sign::{Domain, PublicKey, Signature},
};
use std::collections::{BTreeMap, BTreeSet};

/// Files in one input: fewer than wait for signatures, so that the order of arrival leaves none out.
const FILES_MAX: usize = 5;

pub fn check(data: &[u8]) {
    let files: Vec<(Vec<u8>, Signatures)> = data.split(|b| *b == 0).take(FILES_MAX).filter_map(file).collect();
    if files.is_empty() {
        return;
    }
    bounded("judging charters", || {
        let forward = read(files.iter());
        let backward = read(files.iter().rev());
        assert_eq!(shown(&forward), shown(&backward), "the order of the files decides nothing (I3)");
    });
}

/// A charter file with its signatures; none where the piece is no charter.
fn file(piece: &[u8]) -> Option<(Vec<u8>, Signatures)> {
    let (flags, bytes) = piece.split_first()?;
    let charter = bounded("reading a charter", || Charter::parse(bytes)).ok()?;
    check_parsed(&charter);
    let signatures = sign(*flags, bytes);
    // A genesis is another federation's, or this one's if all have signed it.
    if charter.version == 1 {
        let founded = CharterBook::found(bytes.to_vec(), &signatures);
        let all = charter.parties.iter().all(|p| fits(&signatures, &p.id, p.log_key, bytes));
        assert_eq!(founded.is_ok(), all, "a genesis counts exactly if all its parties have signed it");
    }
    Some((bytes.to_vec(), signatures))
}

/// The four parties by the four lowest bits, the newcomer, the second's new key, and a signature that fits nothing.
fn sign(flags: u8, bytes: &[u8]) -> Signatures {
    let signers = [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (1, 1)];
    let mut signatures: Signatures = (0..)
        .zip(signers)
        .filter(|(bit, _)| flags >> bit & 1 == 1)
        .map(|(_, (party, generation))| {
            (county::org(party), county::key(party, generation).sign(Domain::Charter, bytes))
        })
        .collect();
    if flags & 0x40 != 0 {
        signatures.insert((county::org(0), Signature([flags; 64])));
    }
    signatures
}

fn fits(signatures: &Signatures, org: &OrgId, key: PublicKey, bytes: &[u8]) -> bool {
    signatures.iter().any(|(o, s)| o == org && key.verify(Domain::Charter, bytes, s))
}

fn check_parsed(charter: &Charter) {
    let written = charter.to_toml().expect("a charter can be written");
    assert_eq!(Charter::parse(written.as_bytes()).as_ref(), Ok(charter), "what is written is read");
    let parties = &charter.parties;
    assert!((2..=limits::PARTIES_MAX).contains(&parties.len()));
    let ids: BTreeSet<&OrgId> = parties.iter().map(|p| &p.id).collect();
    let keys: BTreeSet<PublicKey> = parties.iter().map(|p| p.log_key).collect();
    let pins: Vec<&String> = parties.iter().flat_map(|p| &p.pins).collect();
    assert!(ids.len() == parties.len() && keys.len() == parties.len());
    assert_eq!(pins.iter().collect::<BTreeSet<_>>().len(), pins.len(), "one key for each node");
    assert!(charter.programme_office.iter().all(|org| ids.contains(org)));
    assert_eq!(charter.version == 1, charter.previous.is_none());
    assert!((1..=parties.len()).contains(&charter.threshold.needed(parties.len())));
}

/// Offers the files until nothing changes, as peers do that meet again and again.
fn read<'a>(files: impl Iterator<Item = &'a (Vec<u8>, Signatures)> + Clone) -> CharterBook {
    let mut book = county().ledger.charters().clone();
    let mut keys = keys_of(&book);
    for _ in 0..=FILES_MAX {
        let before = shown(&book);
        for (bytes, signatures) in files.clone() {
            let _ = book.offer(bytes, signatures);
            let now = keys_of(&book);
            assert!(keys.iter().all(|(org, before)| now[org].is_superset(before)), "a log never loses its key (I3)");
            keys = now;
        }
        check_chain(&book);
        if shown(&book) == before {
            break;
        }
    }
    book
}

fn keys_of(book: &CharterBook) -> BTreeMap<OrgId, BTreeSet<PublicKey>> {
    (0..=PARTIES).map(|n| (county::org(n), book.keys_of(&county::org(n)))).collect()
}

/// The chain in force, from genesis on, each version signed by enough of the parties of the one before.
fn check_chain(book: &CharterBook) {
    let chain: Vec<(&CharterHash, &Charter)> = book.chain().collect();
    assert_eq!(*chain[0].0, county::charter_hash());
    assert_eq!(book.in_force().0, *chain[chain.len() - 1].0);
    for (at, pair) in chain.windows(2).enumerate() {
        let ((before_hash, before), (hash, after)) = (pair[0], pair[1]);
        assert_eq!((after.previous, after.version), (Some(*before_hash), before.version + 1));
        assert_eq!(book.status(hash), Status::InForce(at + 1));
        let version = book.get(hash).expect("it is in force");
        assert_eq!(charter::hash(&version.bytes), *hash);
        let signed = |org: &OrgId, key: PublicKey| {
            version.signatures.get(&(org.clone(), key)).is_some_and(|s| key.verify(Domain::Charter, &version.bytes, s))
        };
        // After a settled dispute the electors are those of the version before it: here they are fewer by one at most.
        let signers = before.parties.iter().filter(|p| signed(&p.id, p.log_key)).count();
        let electors = before.threshold.needed(before.parties.len());
        assert!(signers >= electors || at > 0, "{signers} of {electors} have signed version {}", after.version);
    }
    for hash in book.disputed() {
        assert_eq!(book.status(hash), Status::Disputed);
    }
}

/// What a reader sees of a book.
fn shown(book: &CharterBook) -> (Vec<CharterHash>, BTreeSet<CharterHash>, Vec<(CharterHash, Signatures)>) {
    let chain = book.chain().map(|(hash, _)| *hash).collect();
    let versions = book.versions().map(|(hash, version)| (*hash, version.signatures())).collect();
    (chain, book.disputed().clone(), versions)
}
