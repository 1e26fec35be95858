//! Digests for comparing nodes: of one document, of a space's state, and of the logs an organisation has in a space.

use crate::{
    document::Document,
    effect::Verdict,
    id::{Digest, DocumentId, HeaderHash, Incarnation},
};
use blake3::Hasher;

/// Covers the genesis verdict, the standing facts and conflicts by id and outline hash, and which values are erased.
pub fn document(id: DocumentId, genesis: Option<&Verdict>, document: &Document) -> Digest {
    let mut hasher = Hasher::new_derive_key("samsyn v1 document digest");
    hasher.update(&id.0);
    let code = genesis.and_then(Verdict::code).map_or("", crate::code::Code::as_str);
    let state = if genesis.is_some_and(Verdict::admitted) { "admitted" } else { code };
    hasher.update(state.as_bytes()).update(&[0]);
    for (path, at) in document.paths() {
        hasher.update(path.as_str().as_bytes()).update(&[0]);
        for (fact, stated) in at.standing() {
            hasher.update(&fact.header.0).update(&fact.index.to_be_bytes()).update(&stated.outline.0);
        }
        hasher.update(&[1]);
    }
    hasher.update(&[2]);
    for fact in document.erased() {
        hasher.update(&fact.header.0).update(&fact.index.to_be_bytes());
    }
    Digest(*hasher.finalize().as_bytes())
}

/// Over the pairs of a space, sorted by document id.
pub fn state<'a>(pairs: impl Iterator<Item = (&'a DocumentId, &'a Digest)>) -> Digest {
    let mut hasher = Hasher::new_derive_key("samsyn v1 state digest");
    for (id, digest) in pairs {
        hasher.update(&id.0).update(&digest.0);
    }
    Digest(*hasher.finalize().as_bytes())
}

/// Level 1 of `Have`: over one organisation's sorted (incarnation, tip) pairs in a space.
pub fn logs(pairs: impl Iterator<Item = (Incarnation, HeaderHash)>) -> Digest {
    let mut hasher = Hasher::new_derive_key("samsyn v1 have");
    for (incarnation, tip) in pairs {
        hasher.update(&incarnation.0).update(&tip.0);
    }
    Digest(*hasher.finalize().as_bytes())
}
