//! Every frame is read as it was written, and every bound of a frame is kept.

use super::WireError;
use crate::v1;
use proptest::{collection, option, prelude::*};
use prost::Message as _;
use samsyn_core::{
    commit::{RawEntry, SaltedValue, SignedCommit},
    id::{Digest, DocumentId, FactId, FederationId, HeaderHash, Incarnation, LogId, Name, SpaceId},
    ledger::Tip,
    limits,
    sign::Signature,
    sync::{CharterFile, Contact, Frame, Hello, LogTip, OrgHave, OrgTips, SpaceHave, Want},
    value::Value,
};

fn read(frame: v1::Frame) -> Result<Option<Frame>, WireError> {
    frame.try_into()
}

fn bytes32() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>()
}
fn name() -> impl Strategy<Value = Name> {
    "[a-z0-9-]{1,32}".prop_map(|n| Name::new(&n).expect("a name"))
}
fn signature() -> impl Strategy<Value = Signature> {
    (bytes32(), bytes32()).prop_map(|(a, b)| Signature::from_slice(&[a, b].concat()).expect("64 bytes"))
}
fn some_bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    collection::vec(any::<u8>(), 0..max)
}
fn log() -> impl Strategy<Value = LogId> {
    (bytes32(), name(), any::<[u8; 16]>()).prop_map(|(space, organisation, incarnation)| LogId {
        space: SpaceId(space),
        organisation,
        incarnation: Incarnation(incarnation),
    })
}
fn seq() -> impl Strategy<Value = u64> {
    1..=i64::MAX.unsigned_abs()
}
fn salted() -> impl Strategy<Value = SaltedValue> {
    (bytes32(), some_bytes(90)).prop_map(|(salt, bytes)| SaltedValue { salt, bytes })
}
fn fact() -> impl Strategy<Value = FactId> {
    (bytes32(), any::<u32>()).prop_map(|(header, index)| FactId { header: HeaderHash(header), index })
}

fn hello() -> impl Strategy<Value = Frame> {
    (bytes32(), any::<u32>(), bytes32(), collection::vec(any::<u32>(), 0..5), any::<u64>()).prop_map(
        |(federation, minor, charters, rule_sets, now_ms)| {
            let (federation, charters) = (FederationId(federation), Digest(charters));
            Frame::Hello(Hello { federation, minor, charters, rule_sets, now_ms })
        },
    )
}
fn charters() -> impl Strategy<Value = Frame> {
    let signatures = collection::btree_set((name(), signature()), 0..4);
    let file = (some_bytes(99), signatures).prop_map(|(bytes, signatures)| CharterFile { bytes, signatures });
    collection::vec(file, 0..4).prop_map(Frame::Charters)
}
fn have() -> impl Strategy<Value = Frame> {
    let org = (bytes32(), any::<u64>()).prop_map(|(logs, commits)| OrgHave { logs: Digest(logs), commits });
    let space =
        (bytes32(), collection::btree_map(name(), org, 0..4), bytes32()).prop_map(|(space, organisations, state)| {
            SpaceHave { space: SpaceId(space), organisations, state: Digest(state) }
        });
    collection::vec(space, 0..4).prop_map(Frame::Have)
}
fn tips() -> impl Strategy<Value = Frame> {
    let tip = (any::<[u8; 16]>(), seq(), bytes32()).prop_map(|(incarnation, seq, hash)| Tip {
        incarnation: Incarnation(incarnation),
        seq,
        hash: HeaderHash(hash),
    });
    let list = (bytes32(), name(), collection::vec(tip, 0..4)).prop_map(|(space, organisation, tips)| OrgTips {
        space: SpaceId(space),
        organisation,
        tips,
    });
    collection::vec(list, 0..4).prop_map(Frame::Tips)
}
fn ranges() -> impl Strategy<Value = Frame> {
    let entry = (some_bytes(99), some_bytes(99), collection::vec(option::of(salted()), 0..4))
        .prop_map(|(header, outline, values)| RawEntry { header, outline, values });
    let commit = (collection::vec(entry, 0..4), signature())
        .prop_map(|(entries, signature)| SignedCommit { entries, signature });
    collection::vec(commit, 0..4).prop_map(Frame::Commits)
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let tip = (log(), seq(), bytes32()).prop_map(|(log, seq, hash)| LogTip { log, seq, hash: HeaderHash(hash) });
    let want = (log(), bytes32(), collection::vec(bytes32().prop_map(HeaderHash), 0..5))
        .prop_map(|(log, tip, known)| Want { log, tip: HeaderHash(tip), known });
    let contact = (name(), any::<u64>(), signature()).prop_map(|(organisation, at_ms, signature)| Contact {
        organisation,
        at_ms,
        signature,
    });
    let digests = collection::btree_map(bytes32().prop_map(DocumentId), bytes32().prop_map(Digest), 0..5);
    prop_oneof![
        hello(),
        charters(),
        have(),
        tips(),
        ranges(),
        collection::vec(tip, 0..4).prop_map(Frame::Announce),
        want.prop_map(Frame::Want),
        collection::vec(fact(), 0..4).prop_map(Frame::WantValues),
        collection::vec((fact(), salted()), 0..4).prop_map(Frame::Values),
        collection::vec(contact, 0..4).prop_map(Frame::Contacts),
        (bytes32(), digests).prop_map(|(space, digests)| Frame::DocumentDigests { space: SpaceId(space), digests }),
    ]
}

proptest! {
    #[test]
    fn every_frame_is_read_as_it_was_written(frame in any_frame()) {
        let bytes = v1::Frame::from(&frame).encode_to_vec();
        let decoded = v1::Frame::decode(bytes.as_slice()).expect("our own bytes");
        prop_assert_eq!(read(decoded), Ok(Some(frame)));
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in collection::vec(any::<u8>(), 0..300)) {
        if let Ok(decoded) = v1::Frame::decode(bytes.as_slice()) {
            let _ = read(decoded);
        }
    }
}

#[test]
fn a_frame_of_a_later_version_is_skipped() {
    // Field 99, length-delimited, two bytes.
    let decoded = v1::Frame::decode(&[0x9a, 0x06, 0x02, 1, 2][..]).expect("unknown fields are skipped");
    assert_eq!(read(decoded), Ok(None));
}

#[test]
fn bounds_and_lengths_are_kept() {
    use v1::frame::Body;
    let log = v1::LogId { space: vec![1; 32], organisation: "timra".into(), incarnation: vec![2; 16] };
    let salted = |bytes| v1::SaltedValue { salt: vec![0; 32], value: vec![0; bytes] };
    let entry = |header: usize, values: usize| v1::Entry {
        header: vec![0; header],
        outline: vec![],
        values: vec![v1::OptionalValue { value: Some(salted(limits::VALUE_BYTES_MAX)) }; values],
    };
    let commit = |entries| Body::Commits(v1::Commits { commits: vec![v1::Commit { entries, signature: vec![0; 64] }] });
    let want = |known: usize, log| Body::Want(v1::Want { log, tip: vec![0; 32], known: vec![vec![0; 32]; known] });
    let have = |name: &str| v1::OrganisationHave { organisation: name.into(), logs: vec![0; 32], commits: 0 };
    let refused = [
        Body::Hello(v1::Hello { federation: vec![0; 31], charters: vec![0; 32], ..Default::default() }),
        want(limits::LOCATOR_HASHES_MAX + 1, Some(log.clone())),
        want(0, None),
        want(0, Some(v1::LogId { organisation: "Timrå".into(), ..log.clone() })),
        Body::Announce(v1::Announce { tips: vec![v1::LogTip { log: Some(log), seq: 0, hash: vec![0; 32] }] }),
        Body::WantValues(v1::WantValues {
            facts: vec![v1::FactId { header: vec![0; 32], index: 0 }; limits::VALUES_WANTED_MAX + 1],
        }),
        commit(vec![entry(limits::HEADER_BYTES_MAX + 1, 0)]),
        commit(vec![entry(1, 65)]),
        commit(vec![entry(1, 0); limits::COMMIT_HEADERS_MAX + 1]),
        Body::Charters(v1::Charters {
            files: vec![v1::CharterFile { file: vec![0; limits::CHARTER_BYTES_MAX + 1], signatures: vec![] }],
        }),
        Body::Have(v1::Have {
            spaces: vec![v1::SpaceHave {
                space: vec![0; 32],
                organisations: vec![have("timra"), have("timra")],
                state: vec![0; 32],
            }],
        }),
    ];
    for body in refused {
        let error = read(v1::Frame { body: Some(body) }).expect_err("is past a bound");
        assert_eq!(error.code, samsyn_core::code::Code::PeerProtocol, "{error}");
    }
}

#[test]
fn values_keep_their_kind_and_illegal_ones_are_refused() {
    let values = [
        Value::Text("Åre".into()),
        Value::Prose("två\nrader".into()),
        Value::Integer(7),
        Value::Boolean(false),
        Value::Money(i64::MAX),
        Value::Date("HT 2023".into()),
        Value::Reference("org:rvn".into()),
        Value::References(["org:rvn".to_owned(), "org:timra".to_owned()].into()),
    ];
    for value in values {
        assert_eq!(super::value_from_wire((&value).into()), Ok(value));
    }
    let late = v1::Value { kind: Some(v1::value::Kind::Date("i höst".into())) };
    assert_eq!(super::value_from_wire(late).map_err(|e| e.code), Err(samsyn_core::code::Code::InputDate));
    assert!(super::value_from_wire(v1::Value { kind: None }).is_err());
}
