//! Commits: one release, accepted or not as a whole. `SignedCommit` is bytes that claim; only [`crate::ledger::Ledger::verify`]
//! makes a `VerifiedCommit`.

use crate::{
    code::Code,
    entry::{self, FORMAT, FactOutline, Header, Kind, Link, Outline, ValueOutline},
    id::{CharterHash, DocumentId, FactId, FederationId, HeaderHash, LogId, Path, SpaceId},
    limits,
    sign::{Domain, LogKey, PublicKey, Signature},
    value::{Value, ValueFault},
};

/// A value as it travels: its salt and its encoded bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SaltedValue {
    pub salt: [u8; 32],
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for SaltedValue {
    /// Values stay out of logs and errors (keeps I4).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SaltedValue({} bytes)", self.bytes.len())
    }
}

impl SaltedValue {
    /// The value, if it is the one that the outline names.
    pub fn open(&self, outline: &ValueOutline) -> Result<Value, ValueFault> {
        if Value::hash(&self.salt, &self.bytes) != outline.hash || self.bytes.len() != outline.bytes as usize {
            return Err(ValueFault::Hash);
        }
        let value = Value::decode(&self.bytes)?;
        if value.kind() == outline.kind { Ok(value) } else { Err(ValueFault::Type) }
    }
}

/// One entry as received: exact bytes, and beside them the values that came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEntry {
    pub header: Vec<u8>,
    pub outline: Vec<u8>,
    /// By index in the outline; absent where erased, withheld, or where the fact has none.
    pub values: Vec<Option<SaltedValue>>,
}

/// Bytes that claim to be a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCommit {
    pub entries: Vec<RawEntry>,
    pub signature: Signature,
}

/// One decoded entry of a verified commit.
#[derive(Debug, Clone)]
pub struct Entry {
    pub hash: HeaderHash,
    pub header: Header,
    pub outline: Outline,
    pub raw: RawEntry,
}

/// What covers a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Its own signature has been checked.
    Own,
    /// A later signature of the same log covers it by the chain; its own has not been checked yet.
    Chain,
    /// A later signature covers it, its own is wrong: spoiled by a relay. Counts in nothing that is proven alone.
    Spoiled,
}

/// A commit whose bytes, chain and signature have been checked.
#[derive(Debug, Clone)]
pub struct VerifiedCommit {
    pub log: LogId,
    pub key: PublicKey,
    pub entries: Vec<Entry>,
    pub signature: Signature,
    pub proof: Proof,
}

impl VerifiedCommit {
    pub fn first(&self) -> &Entry {
        &self.entries[0]
    }
    pub fn tip(&self) -> &Entry {
        &self.entries[self.entries.len() - 1]
    }
    /// True if the commit's own signature fits.
    pub fn signature_fits(&self) -> bool {
        self.key.verify(Domain::Commit, &self.tip().raw.header, &self.signature)
    }
}

/// A commit decoded and checked by itself, before its place in a log is.
#[derive(Debug, Clone)]
pub(crate) struct DecodedCommit {
    pub(crate) entries: Vec<Entry>,
    pub(crate) signature: Signature,
}

/// Checks what can be checked without a log:
/// - at most [`limits::COMMIT_HEADERS_MAX`] headers and [`limits::COMMIT_BYTES_MAX`] bytes;
/// - every header and outline decodes, and each outline fits its hash and length;
/// - one federation, organisation, incarnation, space; positions follow each other and link by hash;
/// - `end_of_commit` on the last header only;
/// - kinds that may stand together: a release, then documents and facts; anything else alone.
pub(crate) fn decode(commit: SignedCommit) -> Result<DecodedCommit, Code> {
    let size: usize = commit.entries.iter().map(raw_size).sum();
    if commit.entries.len() > limits::COMMIT_HEADERS_MAX || size > limits::COMMIT_BYTES_MAX {
        return Err(Code::CommitTooLarge);
    }
    let signature = commit.signature;
    let entries = commit.entries.into_iter().map(decode_entry).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Err(Code::CommitMalformed) };
    let log = first.header.log(first.hash);
    for pair in entries.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        let linked = after.header.link == Link::Next(before.hash) && after.header.seq == before.header.seq + 1;
        let same = after.header.log(after.hash) == log && after.header.federation == first.header.federation;
        if !linked || !same || before.header.end_of_commit {
            return Err(Code::ChainBroken);
        }
    }
    if !last.header.end_of_commit {
        return Err(Code::CommitShape);
    }
    check_shape(&entries)?;
    Ok(DecodedCommit { entries, signature })
}

fn raw_size(entry: &RawEntry) -> usize {
    let values: usize = entry.values.iter().flatten().map(|v| v.bytes.len() + 32).sum();
    entry.header.len() + entry.outline.len() + values
}

fn decode_entry(raw: RawEntry) -> Result<Entry, Code> {
    let code = |e| if e == entry::EntryError::TooLarge { Code::CommitTooLarge } else { Code::CommitMalformed };
    let header = Header::decode(&raw.header).map_err(code)?;
    if entry::outline_hash(&raw.outline) != header.outline_hash || raw.outline.len() != header.outline_bytes as usize {
        return Err(Code::ChainBroken);
    }
    let outline = Outline::decode(header.kind, &raw.outline).map_err(code)?;
    let facts = outline.facts().len();
    if raw.values.len() > facts || raw.values.iter().flatten().any(|v| v.bytes.len() > limits::VALUE_BYTES_MAX) {
        return Err(Code::CommitMalformed);
    }
    Ok(Entry { hash: HeaderHash::of(&raw.header), header, outline, raw })
}

fn check_shape(entries: &[Entry]) -> Result<(), Code> {
    let founds_space = |e: &Entry| e.header.kind == Kind::Space;
    // A founding entry is the first of its log and names no space; nothing else may do so.
    for entry in entries {
        let founding = entry.header.space == SpaceId::FOUNDING;
        if founding != founds_space(entry) || (founding && entry.header.seq != 1) {
            return Err(Code::CommitShape);
        }
        let free = matches!(entry.header.kind, Kind::Facts | Kind::Erasure);
        if free != (entry.header.document != DocumentId::NONE) {
            return Err(Code::CommitShape);
        }
    }
    let legal = match entries[0].header.kind {
        Kind::Release => {
            entries.len() > 1 && entries[1..].iter().all(|e| matches!(e.header.kind, Kind::Document | Kind::Facts))
        }
        Kind::Document | Kind::Facts => false,
        Kind::Space | Kind::Erasure | Kind::Receipt | Kind::Card => entries.len() == 1,
    };
    if legal { Ok(()) } else { Err(Code::CommitShape) }
}

/// Where an author's next commit stands.
#[derive(Debug, Clone)]
pub struct Position {
    pub federation: FederationId,
    pub charter: CharterHash,
    pub log: LogId,
    pub seq: u64,
    pub link: Link,
}

/// One fact to be stated, with the salt that hides its value.
#[derive(Debug, Clone)]
pub struct Statement {
    pub path: Path,
    pub value: Option<Value>,
    pub salt: [u8; 32],
    pub replaces: Vec<FactId>,
}

/// Builds a signed commit at a position, entry by entry.
#[derive(Debug)]
pub struct CommitBuilder {
    position: Position,
    hlc_ms: u64,
    headers: Vec<Header>,
    outlines: Vec<Vec<u8>>,
    values: Vec<Vec<Option<SaltedValue>>>,
}

impl CommitBuilder {
    pub fn new(position: Position, hlc_ms: u64) -> Self {
        Self { position, hlc_ms, headers: Vec::new(), outlines: Vec::new(), values: Vec::new() }
    }

    /// Adds an entry and returns its hash, which for a genesis is the document's id. Hashes are known at once since a
    /// header is complete once the next begins; only the last one gets `end_of_commit`.
    pub fn add(&mut self, document: DocumentId, outline: &Outline) -> HeaderHash {
        self.push(document, outline, Vec::new())
    }

    /// Adds facts of one document.
    pub fn facts(&mut self, document: DocumentId, statements: Vec<Statement>) -> HeaderHash {
        let mut facts = Vec::with_capacity(statements.len());
        let mut values = Vec::with_capacity(statements.len());
        for s in statements {
            let salted = s.value.map(|v| (v.kind(), SaltedValue { salt: s.salt, bytes: v.encode() }));
            let value = salted.as_ref().map(|(kind, v)| ValueOutline {
                kind: *kind,
                bytes: u32::try_from(v.bytes.len()).unwrap_or(u32::MAX),
                hash: Value::hash(&v.salt, &v.bytes),
            });
            facts.push(FactOutline { path: s.path, value, replaces: s.replaces });
            values.push(salted.map(|(_, v)| v));
        }
        self.push(document, &Outline::Facts(facts), values)
    }

    fn push(&mut self, document: DocumentId, outline: &Outline, values: Vec<Option<SaltedValue>>) -> HeaderHash {
        let (seq, link) = match self.headers.last() {
            None => (self.position.seq, self.position.link.clone()),
            Some(before) => (before.seq + 1, Link::Next(HeaderHash::of(&before.encode()))),
        };
        let bytes = outline.encode();
        let header = Header {
            format: FORMAT,
            federation: self.position.federation,
            charter: self.position.charter,
            space: self.position.log.space,
            organisation: self.position.log.organisation.clone(),
            incarnation: self.position.log.incarnation,
            seq,
            link,
            document,
            kind: outline.kind(),
            outline_hash: entry::outline_hash(&bytes),
            outline_bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            hlc_ms: self.hlc_ms,
            end_of_commit: false,
        };
        let hash = HeaderHash::of(&header.encode());
        self.headers.push(header);
        self.outlines.push(bytes);
        self.values.push(values);
        hash
    }

    /// Signs the commit. The last header's hash changes, since it now says so: use [`SignedCommit::hashes`] for it.
    pub fn sign(mut self, key: &LogKey) -> SignedCommit {
        if let Some(last) = self.headers.last_mut() {
            last.end_of_commit = true;
        }
        let headers: Vec<Vec<u8>> = self.headers.iter().map(Header::encode).collect();
        let signature = key.sign(Domain::Commit, headers.last().map_or(&[], Vec::as_slice));
        let entries = headers
            .into_iter()
            .zip(self.outlines)
            .zip(self.values)
            .map(|((header, outline), values)| RawEntry { header, outline, values })
            .collect();
        SignedCommit { entries, signature }
    }
}

impl SignedCommit {
    /// The hash of each header, in order.
    pub fn hashes(&self) -> Vec<HeaderHash> {
        self.entries.iter().map(|e| HeaderHash::of(&e.header)).collect()
    }

    /// Bytes of headers, outlines and values.
    pub fn size_bytes(&self) -> usize {
        self.entries.iter().map(raw_size).sum()
    }
}
