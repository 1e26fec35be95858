//! Commits as a party with a key writes them, and the same bent out of shape and signed again.

use samsyn_core::{
    commit::{CommitBuilder, Position, RawEntry, SignedCommit, Statement},
    entry::{Audience, DocumentKind, Genesis, Header, Link, Outline, Purpose, Release, outline_hash},
    id::{CharterHash, DocumentId, FactId, FederationId, HeaderHash, Incarnation, LogId, Name, OrgId, Path, SpaceId},
    sign::{Domain, LogKey},
    sync::Want,
    value::Value,
};

/// Writes one log.
#[derive(Clone)]
pub(super) struct Pen {
    pub(super) org: OrgId,
    pub(super) key: LogKey,
    pub(super) federation: FederationId,
    pub(super) charter: CharterHash,
    pub(super) space: SpaceId,
    pub(super) incarnation: Incarnation,
    pub(super) seq: u64,
    pub(super) tip: Option<HeaderHash>,
    pub(super) hlc_ms: u64,
}

impl Pen {
    pub(super) fn log(&self) -> LogId {
        LogId { space: self.space, organisation: self.org.clone(), incarnation: self.incarnation }
    }

    fn position(&self) -> Position {
        let link = self.tip.map_or_else(|| Link::First { key: self.key.public(), earlier: Vec::new() }, Link::Next);
        Position { federation: self.federation, charter: self.charter, log: self.log(), seq: self.seq + 1, link }
    }

    /// A commit at the end of the log, which stays where it is.
    pub(super) fn build<T>(&self, fill: impl FnOnce(&mut CommitBuilder) -> T) -> SignedCommit {
        let mut builder = CommitBuilder::new(self.position(), self.hlc_ms);
        fill(&mut builder);
        builder.sign(&self.key)
    }

    /// The log goes on behind this commit.
    pub(super) fn go_on(&mut self, commit: &SignedCommit) {
        self.seq += commit.entries.len() as u64;
        self.tip = Some(tip(commit));
        self.hlc_ms += 1;
    }

    pub(super) fn write<T>(&mut self, fill: impl FnOnce(&mut CommitBuilder) -> T) -> SignedCommit {
        let commit = self.build(fill);
        self.go_on(&commit);
        commit
    }

    /// A commit of this log that has no effect but its place in it.
    pub(super) fn card(&mut self) -> SignedCommit {
        self.write(|b| b.add(DocumentId::NONE, &card("https://127.0.0.1:1")))
    }

    /// A new work of its own.
    pub(super) fn work(&mut self, title: &str) -> (SignedCommit, DocumentId) {
        let mut document = DocumentId::NONE;
        let genesis = genesis(&self.org);
        let commit = self.write(|b| {
            b.add(DocumentId::NONE, &release());
            document = DocumentId::from(b.add(DocumentId::NONE, &genesis));
            b.facts(document, vec![state("/facts/title", Some(Value::Text(title.to_owned())))]);
        });
        (commit, document)
    }

    /// Facts of one document, released.
    pub(super) fn facts(&mut self, document: DocumentId, statements: Vec<Statement>) -> SignedCommit {
        self.write(|b| {
            b.add(DocumentId::NONE, &release());
            b.facts(document, statements);
        })
    }

    /// A request for what leads to the end of this log.
    pub(super) fn want(&self) -> Want {
        Want { log: self.log(), tip: self.tip.unwrap_or(HeaderHash([0; 32])), known: Vec::new() }
    }

    /// The same commit with its headers and outlines changed, hashed, chained and signed anew.
    pub(super) fn bend(
        &self,
        commit: SignedCommit,
        mut change: impl FnMut(usize, &mut Header, &mut Vec<u8>),
    ) -> SignedCommit {
        let mut before: Option<HeaderHash> = None;
        let mut entries = Vec::new();
        for (index, mut entry) in commit.entries.into_iter().enumerate() {
            let mut header = Header::decode(&entry.header).expect("a header made here");
            if let Some(before) = before {
                header.link = Link::Next(before);
            }
            change(index, &mut header, &mut entry.outline);
            header.outline_hash = outline_hash(&entry.outline);
            header.outline_bytes = u32::try_from(entry.outline.len()).expect("small");
            entry.header = header.encode();
            before = Some(HeaderHash::of(&entry.header));
            entries.push(entry);
        }
        self.sign(entries)
    }

    /// These entries as they are, signed on the last header.
    pub(super) fn sign(&self, entries: Vec<RawEntry>) -> SignedCommit {
        let last = entries.last().map(|e| e.header.clone()).unwrap_or_default();
        SignedCommit { signature: self.key.sign(Domain::Commit, &last), entries }
    }
}

pub(super) fn tip(commit: &SignedCommit) -> HeaderHash {
    *commit.hashes().last().expect("a commit has headers")
}

pub(super) fn random<const N: usize>() -> [u8; N] {
    samsyn_server::driver::random().expect("random bytes")
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// A fact that replaces nothing.
pub(super) fn state(path: &str, value: impl Into<Option<Value>>) -> Statement {
    Statement { path: Path::new(path).expect("a path"), value: value.into(), salt: random(), replaces: Vec::new() }
}

pub(super) fn replacing(path: &str, value: Value, replaces: Vec<FactId>) -> Statement {
    Statement { replaces, ..state(path, Some(value)) }
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn release() -> Outline {
    Outline::Release(Release {
        purpose: Purpose::ForInformation,
        audience: Audience::Parties,
        authority: name("ks"),
        role: name("coordinator"),
    })
}

/// What founds a work of a party.
pub(super) fn genesis(owner: &OrgId) -> Outline {
    Outline::Document(Genesis {
        kind: DocumentKind::Work,
        owner: owner.clone(),
        authority: name("ks"),
        archive_owner: owner.clone(),
        body: None,
    })
}

pub(super) fn card(endpoint: &str) -> Outline {
    Outline::Card(samsyn_core::entry::Card {
        endpoints: vec![endpoint.to_owned()],
        pins: Vec::new(),
        authorities: std::collections::BTreeMap::new(),
    })
}
