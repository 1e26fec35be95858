//! Foreign bytes: never a panic (I6), and never accepted where anything signed has changed.

mod support;

use proptest::prelude::*;
use samsyn_core::{
    commit::{RawEntry, SaltedValue, SignedCommit},
    entry::{Card, Header, Kind, Outline},
    id::DocumentId,
    ledger::Ledger,
};
use std::collections::BTreeMap;
use support::*;

fn card(endpoint: &str) -> Outline {
    Outline::Card(Card { endpoints: vec![endpoint.to_owned()], pins: Vec::new(), authorities: BTreeMap::new() })
}

fn sample() -> (Ledger, Vec<SignedCommit>) {
    let (file, mut ledger) = founded(3);
    let mut timra = Writer::new(&file, ledger.federation(), 2, 0, 1);
    let (first, work, title) = timra.work(2, "E-hälsa");
    take(&mut ledger, &[first]);
    let card = card("https://timra.example:443");
    let range = vec![
        timra.state(work, vec![statement("/facts/title", text("B"), 2, vec![title])]),
        timra.write(|b| b.add(work, &erasure(vec![title]))),
        timra.write(|b| b.add(DocumentId::NONE, &card)),
    ];
    (ledger, range)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Headers, outlines and signatures are bound by hash and signature to the last bit.
    #[test]
    fn i6_a_mutated_byte_never_panics_and_is_never_accepted(
        commit in 0usize..3, entry in 0usize..4, part in 0u8..4, at in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        let (ledger, mut range) = sample();
        let entries = range[commit].entries.len();
        let raw = &mut range[commit].entries[entry % entries];
        let flip = |bytes: &mut [u8]| { if !bytes.is_empty() { bytes[at.index(bytes.len())] ^= 1 << bit } };
        match part {
            0 => flip(&mut raw.header),
            1 if !raw.outline.is_empty() => flip(&mut raw.outline),
            2 => { raw.header.truncate(at.index(raw.header.len())); }
            _ => flip(&mut range[commit].signature.0),
        }
        let mutated = range[commit].clone();
        let verified = ledger.verify(vec![mutated.clone()]);
        prop_assert!(commit > 0 || verified.commits.is_empty());
        let verified = ledger.verify(range[..=commit].to_vec());
        prop_assert!(verified.commits.len() <= commit);
        prop_assert!(verified.refusal.is_some());
    }

    #[test]
    fn i6_foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0u8..7, cut in any::<prop::sample::Index>()) {
        if let Ok(header) = Header::decode(&bytes) {
            prop_assert_eq!(header.encode(), bytes.clone());
        }
        let kinds = [Kind::Space, Kind::Document, Kind::Release, Kind::Facts, Kind::Erasure, Kind::Receipt, Kind::Card];
        let _ = Outline::decode(kinds[usize::from(kind)], &bytes);
        let (ledger, range) = sample();
        let (header, outline) = bytes.split_at(cut.index(bytes.len() + 1));
        let value = SaltedValue { salt: [0; 32], bytes: bytes.clone() };
        let raw = RawEntry { header: header.to_vec(), outline: outline.to_vec(), values: vec![Some(value), None] };
        let foreign = SignedCommit { entries: vec![raw], signature: range[0].signature };
        prop_assert!(ledger.verify(vec![foreign.clone()]).commits.is_empty());
        let mut mixed = range[0].clone();
        mixed.entries.extend(foreign.entries);
        prop_assert!(ledger.verify(vec![mixed]).commits.is_empty());
        let empty = SignedCommit { entries: vec![], signature: range[0].signature };
        prop_assert!(ledger.verify(vec![empty]).commits.is_empty());
    }

    #[test]
    fn headers_and_outlines_read_back_as_written(steps in support::world::steps(12)) {
        for commit in support::world::World::of(&steps).commits {
            for raw in commit.entries {
                let header = Header::decode(&raw.header).expect("written by us");
                prop_assert_eq!(header.encode(), raw.header.clone());
                let outline = Outline::decode(header.kind, &raw.outline).expect("written by us");
                prop_assert_eq!(outline.encode(), raw.outline.clone());
            }
        }
    }
}
