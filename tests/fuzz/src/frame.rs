//! Frames between nodes: what is read is within every bound, and says the same when sent on.

use crate::time::bounded;
use prost::Message as _;
use samsyn_core::{limits, sync::Frame};
use samsyn_wire::v1;

pub fn check(data: &[u8]) {
    let Ok(message) = v1::Frame::decode(data) else { return };
    let known = message.body.is_some();
    match bounded("reading a frame", || read(message)) {
        Ok(None) => assert!(!known, "only frames of a later version are skipped"),
        Ok(Some(frame)) => check_frame(&frame),
        Err(error) => assert!(known && !error.field.is_empty() && !error.what.is_empty(), "{error}"),
    }
}

pub fn read(message: v1::Frame) -> Result<Option<Frame>, samsyn_wire::WireError> {
    message.try_into()
}

fn check_frame(frame: &Frame) {
    let message = v1::Frame::from(frame);
    let bytes = message.encode_to_vec();
    assert_eq!(bytes.len(), message.encoded_len());
    let again = v1::Frame::decode(bytes.as_slice()).expect("our own bytes");
    assert_eq!(again, message);
    assert_eq!(read(again).as_ref(), Ok(&Some(frame.clone())), "what is sent is read");
    match frame {
        Frame::Hello(hello) => assert!(hello.rule_sets.len() <= 64),
        Frame::Charters(files) => assert!(files.iter().all(|f| f.bytes.len() <= limits::CHARTER_BYTES_MAX)),
        Frame::Want(want) => assert!(want.known.len() <= limits::LOCATOR_HASHES_MAX),
        Frame::Announce(tips) => assert!(tips.iter().all(|t| t.seq >= 1 && i64::try_from(t.seq).is_ok())),
        Frame::Commits(range) => {
            for commit in range {
                assert!(commit.entries.len() <= limits::COMMIT_HEADERS_MAX);
                assert!(commit.size_bytes() <= limits::COMMIT_BYTES_MAX);
            }
        }
        Frame::Values(values) => assert!(values.iter().all(|(_, v)| v.bytes.len() <= limits::VALUE_BYTES_MAX)),
        Frame::WantValues(facts) => assert!(facts.len() <= limits::VALUES_WANTED_MAX),
        Frame::Contacts(contacts) => assert!(contacts.len() <= limits::PARTIES_MAX),
        Frame::Have(_) | Frame::Tips(_) | Frame::DocumentDigests { .. } => {}
    }
}
