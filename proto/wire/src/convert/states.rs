//! Level 1 of what a node has, and digests per document.

use super::{WireError, at_most, each, unique};
use crate::v1;
use samsyn_core::{
    id::{Digest, DocumentId, SpaceId},
    limits,
    sync::{OrgHave, SpaceHave},
};
use std::collections::BTreeMap;

impl TryFrom<v1::Have> for Vec<SpaceHave> {
    type Error = WireError;

    fn try_from(m: v1::Have) -> Result<Self, WireError> {
        let max = limits::TIPS_FRAME_LOGS_MAX;
        at_most("have.spaces", &m.spaces, max)?;
        let count = m.spaces.iter().map(|s| s.organisations.len()).sum();
        if count > max {
            return Err(WireError::too_many("have.organisations", count, max));
        }
        each(m.spaces, space)
    }
}

fn space(m: v1::SpaceHave) -> Result<SpaceHave, WireError> {
    let organisations = each(m.organisations, |o| {
        let logs = super::id("have.logs", &o.logs, Digest::from_slice)?;
        Ok((super::name("have.organisation", &o.organisation)?, OrgHave { logs, commits: o.commits }))
    })?;
    Ok(SpaceHave {
        space: super::id("have.space", &m.space, SpaceId::from_slice)?,
        organisations: unique("have.organisations", organisations)?,
        state: super::id("have.state", &m.state, Digest::from_slice)?,
    })
}

impl From<&[SpaceHave]> for v1::Have {
    fn from(spaces: &[SpaceHave]) -> Self {
        let space = |s: &SpaceHave| v1::SpaceHave {
            space: s.space.0.to_vec(),
            organisations: s
                .organisations
                .iter()
                .map(|(org, have)| v1::OrganisationHave {
                    organisation: org.to_string(),
                    logs: have.logs.0.to_vec(),
                    commits: have.commits,
                })
                .collect(),
            state: s.state.0.to_vec(),
        };
        Self { spaces: spaces.iter().map(space).collect() }
    }
}

impl TryFrom<v1::DocumentDigests> for (SpaceId, BTreeMap<DocumentId, Digest>) {
    type Error = WireError;

    fn try_from(m: v1::DocumentDigests) -> Result<Self, WireError> {
        let pairs = each(m.documents, |d| {
            let document = super::id("document_digests.document", &d.document, DocumentId::from_slice)?;
            Ok((document, super::id("document_digests.digest", &d.digest, Digest::from_slice)?))
        })?;
        let space = super::id("document_digests.space", &m.space, SpaceId::from_slice)?;
        Ok((space, unique("document_digests.documents", pairs)?))
    }
}

impl From<(&SpaceId, &BTreeMap<DocumentId, Digest>)> for v1::DocumentDigests {
    fn from((space, digests): (&SpaceId, &BTreeMap<DocumentId, Digest>)) -> Self {
        let pair = |(document, digest): (&DocumentId, &Digest)| v1::DocumentDigest {
            document: document.0.to_vec(),
            digest: digest.0.to_vec(),
        };
        Self { space: space.0.to_vec(), documents: digests.iter().map(pair).collect() }
    }
}
