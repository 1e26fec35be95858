//! The frame: which message is which.

use super::{WireError, at_most, each};
use crate::v1::{self, frame::Body};
use samsyn_core::{
    id::{Digest, FederationId},
    limits,
    sync::{Contact, Frame, Hello},
};

/// Rule sets that one `Hello` may name.
const RULE_SETS_MAX: usize = 64;

/// `None` where the body is of a later version of the protocol: such a frame is skipped.
impl TryFrom<v1::Frame> for Option<Frame> {
    type Error = WireError;

    fn try_from(frame: v1::Frame) -> Result<Self, WireError> {
        let Some(body) = frame.body else { return Ok(None) };
        let frame = match body {
            Body::Hello(m) => Frame::Hello(m.try_into()?),
            Body::Charters(m) => Frame::Charters(m.try_into()?),
            Body::Have(m) => Frame::Have(m.try_into()?),
            Body::Tips(m) => Frame::Tips(m.try_into()?),
            Body::Announce(m) => Frame::Announce(m.try_into()?),
            Body::Want(m) => Frame::Want(m.try_into()?),
            Body::Commits(m) => Frame::Commits(m.try_into()?),
            Body::WantValues(m) => Frame::WantValues(m.try_into()?),
            Body::Values(m) => Frame::Values(m.try_into()?),
            Body::Contacts(m) => Frame::Contacts(contacts(m)?),
            Body::DocumentDigests(m) => {
                let (space, digests) = m.try_into()?;
                Frame::DocumentDigests { space, digests }
            }
        };
        Ok(Some(frame))
    }
}

impl From<&Frame> for v1::Frame {
    fn from(frame: &Frame) -> Self {
        let body = match frame {
            Frame::Hello(f) => Body::Hello(f.into()),
            Frame::Charters(f) => Body::Charters(f.as_slice().into()),
            Frame::Have(f) => Body::Have(f.as_slice().into()),
            Frame::Tips(f) => Body::Tips(f.as_slice().into()),
            Frame::Announce(f) => Body::Announce(f.as_slice().into()),
            Frame::Want(f) => Body::Want(f.into()),
            Frame::Commits(f) => Body::Commits(f.as_slice().into()),
            Frame::WantValues(f) => Body::WantValues(f.as_slice().into()),
            Frame::Values(f) => Body::Values(f.as_slice().into()),
            Frame::Contacts(f) => Body::Contacts(v1::Contacts { contacts: f.iter().map(Into::into).collect() }),
            Frame::DocumentDigests { space, digests } => Body::DocumentDigests((space, digests).into()),
        };
        Self { body: Some(body) }
    }
}

impl TryFrom<v1::Hello> for Hello {
    type Error = WireError;

    fn try_from(m: v1::Hello) -> Result<Self, WireError> {
        at_most("hello.rule_sets", &m.rule_sets, RULE_SETS_MAX)?;
        Ok(Self {
            federation: super::id("hello.federation", &m.federation, FederationId::from_slice)?,
            minor: m.minor,
            charters: super::id("hello.charters", &m.charters, Digest::from_slice)?,
            rule_sets: m.rule_sets,
            now_ms: m.now_ms,
        })
    }
}

impl From<&Hello> for v1::Hello {
    fn from(f: &Hello) -> Self {
        Self {
            federation: f.federation.0.to_vec(),
            minor: f.minor,
            charters: f.charters.0.to_vec(),
            rule_sets: f.rule_sets.clone(),
            now_ms: f.now_ms,
        }
    }
}

fn contacts(m: v1::Contacts) -> Result<Vec<Contact>, WireError> {
    at_most("contacts", &m.contacts, limits::PARTIES_MAX)?;
    each(m.contacts, |c| {
        Ok(Contact {
            organisation: super::name("contacts.organisation", &c.organisation)?,
            at_ms: c.at_ms,
            signature: super::signature("contacts.signature", &c.signature)?,
        })
    })
}

impl From<&Contact> for v1::Contact {
    fn from(f: &Contact) -> Self {
        Self { organisation: f.organisation.to_string(), at_ms: f.at_ms, signature: f.signature.0.to_vec() }
    }
}
