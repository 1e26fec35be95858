//! Charter files with their signatures.

use super::{WireError, at_most, each};
use crate::v1;
use samsyn_core::{limits, sync::CharterFile};

/// Signatures that one charter file may carry: of each party before and after an amendment, by an old and a new key.
const SIGNATURES_MAX: usize = limits::PARTIES_MAX * 4;

impl TryFrom<v1::Charters> for Vec<CharterFile> {
    type Error = WireError;

    fn try_from(m: v1::Charters) -> Result<Self, WireError> {
        at_most("charters.files", &m.files, limits::CHARTER_VERSIONS_MAX)?;
        each(m.files, file)
    }
}

fn file(m: v1::CharterFile) -> Result<CharterFile, WireError> {
    at_most("charters.file", &m.file, limits::CHARTER_BYTES_MAX)?;
    at_most("charters.signatures", &m.signatures, SIGNATURES_MAX)?;
    let signatures = each(m.signatures, |s| {
        Ok((
            super::name("charters.signatures.organisation", &s.organisation)?,
            super::signature("charters.signatures.signature", &s.signature)?,
        ))
    })?;
    Ok(CharterFile { bytes: m.file, signatures: signatures.into_iter().collect() })
}

impl From<&[CharterFile]> for v1::Charters {
    fn from(files: &[CharterFile]) -> Self {
        let signatures = |f: &CharterFile| {
            let signature = |(org, s): &(samsyn_core::id::OrgId, samsyn_core::sign::Signature)| v1::CharterSignature {
                organisation: org.to_string(),
                signature: s.0.to_vec(),
            };
            f.signatures.iter().map(signature).collect()
        };
        Self {
            files: files.iter().map(|f| v1::CharterFile { file: f.bytes.clone(), signatures: signatures(f) }).collect(),
        }
    }
}
