//! From a working copy to a commit: the value difference through the release rules, signed and stored together with the
//! bridge's new base, one at a time for each working copy.

pub(crate) mod circle;
mod decision;
pub(crate) mod desk;
mod seen;
#[cfg(test)]
mod tests;

use crate::{
    driver::{Composed, Handle, Pen, now_ms, random},
    failure::Failure,
    secrecy::{self, Circumstances, Deliberation, Disclosed, HeldBack, Overruled, Proposed, scan::Words},
    store::{RequestRow, Store, WorkingCopyRow},
    working::{self, Bridge},
};
use automerge::{ActorId, Automerge};
use circle::{Circle, Recipient};
use samsyn_client::{
    mark,
    model::{self, Draft},
    time,
};
use samsyn_core::{
    charter::Charter,
    code::Code,
    commit::{CommitBuilder, Statement},
    effect::Verdict,
    entry::{Audience, DocumentKind, Genesis, Outline, Purpose, Release},
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation, Name, OrgId, Path},
    limits, rules,
    value::Value,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

/// The act of sharing, as the one who publishes chose it.
#[derive(Debug, Clone)]
pub struct Act {
    pub purpose: Purpose,
    pub audience: Audience,
    pub authority: AuthorityId,
    pub role: Name,
    /// Named recipients of a draft for comment; none: all parties.
    pub circle: Option<Circle>,
}

/// How much of what differs is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    All,
    /// What differs at other paths stays a draft.
    Only(BTreeSet<Path>),
    /// What the draft says, or these paths of it, whatever is published: a copy for comment, with what is asked.
    Copy {
        paths: Option<BTreeSet<Path>>,
        question: String,
    },
}

impl Which {
    /// The same of an act: what goes to named recipients is a copy.
    pub(crate) fn of(self, act: &Act) -> Self {
        let Some(circle) = &act.circle else { return self };
        let question = circle.question.clone();
        match self {
            Self::All => Self::Copy { paths: None, question },
            Self::Only(paths) => Self::Copy { paths: Some(paths), question },
            Self::Copy { paths, .. } => Self::Copy { paths, question },
        }
    }
}

/// Of a working copy in which a reply to a draft for comment is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTo {
    pub asker: OrgId,
    pub ends_ms: Option<u64>,
}

/// What came of publishing.
#[derive(Debug, Clone, Default)]
pub struct Published {
    pub commit: Option<HeaderHash>,
    pub document: Option<DocumentId>,
    pub paths: Vec<Path>,
    pub held: Vec<HeldBack>,
    /// Of a draft for comment: each recipient's copy.
    pub copies: Vec<(Recipient, DocumentId)>,
}

/// A working copy read from the store, with what others have stated since already imported.
#[derive(Debug)]
pub struct Opened {
    pub row: WorkingCopyRow,
    pub document: Automerge,
    pub bridge: Bridge,
    pub draft: Draft,
    pub reply_to: Option<ReplyTo>,
    charter: Charter,
    own: OrgId,
    genesis: Genesis,
    /// Of a decision: what everybody has stated in it.
    decision: Option<Deliberation>,
    /// Where measures are defined, areas and methods named, days stated, whoever may write there.
    defined: BTreeSet<Path>,
}

/// What a decision without a body lacks.
const BODY_FIELD: &str = "/proposal/body";
/// Locks that are kept although nobody holds them.
const LOCKS_KEPT: usize = 1_024;

/// One lock for each working copy.
#[derive(Debug, Default)]
pub struct Locks(Mutex<BTreeMap<Incarnation, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    pub async fn lock(&self, id: Incarnation) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Ids come from devices: one that names many must not fill the memory.
            if locks.len() >= LOCKS_KEPT {
                locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            }
            locks.entry(id).or_default().clone()
        };
        lock.lock_owned().await
    }
}

/// Opens a working copy: loads it and imports what has been stated since. Hold its lock.
pub async fn open(driver: &Handle, store: &Store, row: WorkingCopyRow) -> Result<Opened, Failure> {
    let mut document = working::load(&row.automerge)?;
    let mut bridge = Bridge::decode(&row.bridge)?;
    let kind = model::kind(&document).map_err(working::failure)?;
    let (id, authority) = (row.document, row.authority.clone());
    let (charter, own, seen) = driver.query(move |machine, _| seen::snapshot(machine, id, now_ms())).await?;
    let mut row = row;
    // A cut or a refused genesis has taken the document's effect: the draft stands, and can be released as a new one.
    let refused = seen.as_ref().is_some_and(|s| matches!(s.verdict, Verdict::Refused(_)));
    if row.document.is_some() && seen.is_none() {
        return Err(not_here());
    }
    if refused && seen.as_ref().is_some_and(|s| !s.of_county) {
        // What was meant for one party must not become a document of the county.
        return Err(Failure::new(
            Code::SpaceEnded,
            "what this replies to has lost its effect",
            "write to whoever asked in another way",
        ));
    }
    if refused {
        row.document = None;
        bridge = Bridge::at(&document);
    }
    let seen = seen.filter(|_| !refused);
    let reply_to = seen.as_ref().and_then(|s| s.reply_to.clone());
    let mut decision = match &seen {
        Some(seen) if kind == DocumentKind::Decision => Some(decision::of_founded(seen, store).await?),
        _ => None,
    };
    let mut genesis = match &seen {
        Some(seen) => seen.genesis.clone(),
        None => Genesis { kind, owner: own.clone(), authority, archive_owner: own.clone(), body: None },
    };
    let mut defined = BTreeSet::new();
    if let Some(mut seen) = seen {
        defined = std::mem::take(&mut seen.defined);
        let standing = seen.standing(store).await?;
        if bridge.import(&mut document, &standing, || Ok(ActorId::from(random::<16>()?)))? {
            row.automerge = working::save(&document);
            row.bridge = bridge.encode();
            let saved = row.clone();
            driver.write(move |_| Ok(Composed { working_copy: Some(saved), ..Composed::default() })).await?;
        }
    }
    let draft = model::read(&document).map_err(working::failure)?;
    if kind == DocumentKind::Decision && row.document.is_none() {
        let (body, found) = decision::of_draft(&draft, &own, driver, store).await?;
        (genesis.body, decision) = (body, Some(found));
    }
    Ok(Opened { row, document, bridge, draft, reply_to, charter, own, genesis, decision, defined })
}

fn not_here() -> Failure {
    let message = "the document of this working copy is not here";
    Failure::new(Code::InputNotFound, message, "see 'samsynd verify'; it comes back from the other nodes")
}

impl Opened {
    pub fn kind(&self) -> DocumentKind {
        self.genesis.kind
    }

    /// Paths that differ from what is published.
    pub fn unpublished(&self) -> Vec<Proposed> {
        self.bridge.difference(&self.draft)
    }

    /// Of the paths that are named only those that differ: what is kept of a request is bounded by the draft.
    pub fn named(&self, which: &Which) -> Option<BTreeSet<Path>> {
        match which {
            Which::All | Which::Copy { paths: None, .. } => None,
            Which::Copy { paths: Some(paths), .. } => {
                Some(self.draft.values().into_keys().filter(|path| paths.contains(path)).collect())
            }
            Which::Only(_) => Some(self.proposed(which).into_iter().map(|p| p.path).collect()),
        }
    }

    fn proposed(&self, which: &Which) -> Vec<Proposed> {
        if let Which::Copy { paths, question } = which {
            return self.copied(paths.as_ref(), question);
        }
        let mut proposed = self.unpublished();
        if let Which::Only(paths) = which {
            proposed.retain(|p| paths.contains(&p.path));
        }
        proposed
    }

    /// All that the draft says, as if nobody had said anything before; and what is asked.
    pub(crate) fn copied(&self, paths: Option<&BTreeSet<Path>>, question: &str) -> Vec<Proposed> {
        let said = |value: &Value| value.as_text() != Some("");
        let chosen = |path: &Path| paths.is_none_or(|paths| paths.contains(path));
        let values = self.draft.values().into_iter().filter(|(path, value)| chosen(path) && said(value));
        let asked = circle::question_path(&self.own).ok().filter(|_| !question.is_empty());
        let asked = asked.map(|path| (path, Value::Prose(question.to_owned())));
        let propose = |(path, value)| Proposed { path, value: Some(value), replaces: Vec::new() };
        values.chain(asked).map(propose).collect()
    }

    /// Only the own works' drafts go out for comment: another's is for its owner to ask about.
    pub(crate) fn may_be_copied(&self, circle: &Circle, now_ms: u64) -> Result<(), Failure> {
        if self.genesis.owner != self.own {
            let message = format!("this belongs to '{}': it sends out its own drafts for comment", self.genesis.owner);
            return Err(Failure::new(Code::InputNotOwner, message, "ask the owner; or write in the joint note"));
        }
        if let Some(unfounded) = self.decision.as_ref().and_then(|decision| decision.unfounded.clone()) {
            return Err(Failure::new(unfounded.code, unfounded.message, unfounded.remedy).field(BODY_FIELD));
        }
        if self.genesis.body.is_none() {
            may_found(&self.charter, &self.own, self.genesis.kind, &self.genesis.authority)?;
        }
        circle.check(&self.charter, &self.own, now_ms)
    }

    pub(crate) fn is_own(&self) -> bool {
        self.genesis.owner == self.own
    }

    /// True if a draft for comment would reach so many that it is hardly a draft any more.
    pub(crate) fn is_wide(&self, circle: &Circle) -> bool {
        circle.is_wide(self.charter.parties.len())
    }

    /// What is about to leave, to whom and as what, told apart from any other release.
    pub fn content(&self, act: &Act, which: &Which) -> String {
        let proposed = sorted(self.proposed(which));
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        let kind = format!("{:?} {:?} {}", act.purpose, act.audience, act.authority);
        part(kind.as_bytes());
        if let Some(circle) = &act.circle {
            part(format!("{} {}", circle.names().join(" "), circle.until).as_bytes());
        }
        part(self.row.document.as_ref().map_or(&[][..], |id| &id.0));
        for p in proposed {
            part(p.path.as_str().as_bytes());
            part(&[u8::from(p.value.is_some())]);
            part(&p.value.as_ref().map(Value::encode).unwrap_or_default());
            replaced(&p, &mut part);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// All that differs from what is published, told apart from anything else: without to whom and as what it may leave.
    pub fn differing(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        for p in sorted(self.unpublished()) {
            part(p.path.as_str().as_bytes());
            part(&p.value.as_ref().map(Value::encode).unwrap_or_default());
            // What it takes the place of was looked at too.
            part(&self.bridge.based_on(&p.path).map(Value::encode).unwrap_or_default());
            replaced(&p, &mut part);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// All that the draft says, told apart from anything else.
    pub fn saying(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for p in self.copied(None, "") {
            let value = p.value.as_ref().map(Value::encode).unwrap_or_default();
            for bytes in [p.path.as_str().as_bytes(), &value] {
                hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// What would leave, judged by every rule.
    pub(crate) fn assess(
        &self,
        which: &Which,
        (words, overruled): (Option<&Words>, &Overruled),
    ) -> Result<Disclosed<Vec<Proposed>>, Vec<HeldBack>> {
        let proposed = self.proposed(which);
        let mut whole = self.draft.values();
        if let Which::Only(paths) = which {
            // The rest stays as it is published.
            whole.retain(|path, _| paths.contains(path));
            whole.extend(self.bridge.published_values().filter(|(path, _)| !paths.contains(path)));
        }
        let circumstances = Circumstances {
            defined: &self.defined,
            charter: &self.charter,
            genesis: &self.genesis,
            author: &self.own,
            whole: &whole,
            words,
            overruled,
            marks: &mark::marks(&self.draft),
            decision: self.decision.as_ref(),
            today: time::day_of(time::now_ms()),
        };
        secrecy::assess(&circumstances, proposed)
    }

    /// Says what a publication would be, and publishes nothing.
    pub fn preview(&self, which: &Which, words: Option<&Words>) -> Published {
        let paths = self.proposed(which).into_iter().map(|p| p.path).collect();
        let held = self.assess(which, (words, &Overruled::default())).err().unwrap_or_default();
        Published { document: self.row.document, paths, held, ..Published::default() }
    }

    /// Publishes what the rules have let through. Nothing differs: nothing is stated. The request that it answers is kept
    /// with it.
    pub async fn publish(
        self,
        driver: &Handle,
        act: Act,
        judged: Result<Disclosed<Vec<Proposed>>, Vec<HeldBack>>,
        answered: Option<RequestRow>,
    ) -> Result<Published, Failure> {
        let proposed = match judged {
            Ok(proposed) => proposed,
            Err(held) => return Ok(Published { held, document: self.row.document, ..Published::default() }),
        };
        if proposed.get().is_empty() {
            return Ok(Published { document: self.row.document, ..Published::default() });
        }
        let paths: Vec<Path> = proposed.get().iter().map(|p| p.path.clone()).collect();
        if let Some(circle) = act.circle.clone() {
            return self.copy_out(driver, (act, circle), proposed, paths, answered).await;
        }
        let salts = proposed.get().iter().map(|_| random::<32>()).collect::<Result<Vec<_>, _>>()?;
        let written = Arc::new(Mutex::new(None));
        let told = written.clone();
        let commit = driver
            .write(move |pen| {
                let composed = Composed { request: answered, ..self.compose(pen, &act, &proposed, salts)? };
                let document = composed.working_copy.as_ref().and_then(|r| r.document);
                *told.lock().unwrap_or_else(PoisonError::into_inner) = document;
                Ok(composed)
            })
            .await?;
        let document = *written.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(document), Some(commit)) = (document, commit) {
            tracing::info!(%document, %commit, facts = paths.len(), "published");
        }
        Ok(Published { commit, document, paths, ..Published::default() })
    }

    /// Gives each recipient a copy. The working copy goes on as if nothing had happened.
    async fn copy_out(
        self,
        driver: &Handle,
        (act, circle): (Act, Circle),
        proposed: Disclosed<Vec<Proposed>>,
        paths: Vec<Path>,
        answered: Option<RequestRow>,
    ) -> Result<Published, Failure> {
        let (own_genesis, document) = (self.genesis, self.row.document);
        let salts = circle.to.iter().map(|_| circle::Salts::new(paths.len())).collect::<Result<Vec<_>, _>>()?;
        let written = Arc::new(Mutex::new(Vec::new()));
        let told = written.clone();
        let commit = driver
            .write(move |pen| {
                let Act { purpose, audience, authority, role, .. } = act;
                let release = Release { purpose, audience, authority, role };
                let genesis = Genesis { authority: release.authority.clone(), ..own_genesis };
                let (commits, copies) = circle::copies(pen, (&circle, &release, &genesis), &proposed, salts)?;
                *told.lock().unwrap_or_else(PoisonError::into_inner) = copies;
                Ok(Composed { circle: commits, request: answered, ..Composed::default() })
            })
            .await?;
        let copies = std::mem::take(&mut *written.lock().unwrap_or_else(PoisonError::into_inner));
        tracing::info!(recipients = copies.len(), facts = paths.len(), "sent out for comment");
        Ok(Published { commit, document, paths, copies, ..Published::default() })
    }

    /// One commit: the release, the genesis if this is the first, and the facts. With it the working copy's new base.
    fn compose(
        mut self,
        pen: &Pen<'_>,
        act: &Act,
        proposed: &Disclosed<Vec<Proposed>>,
        salts: Vec<[u8; 32]>,
    ) -> Result<Composed, Failure> {
        // A document never moves: what is written in it lies where it does.
        let space = match self.row.document {
            Some(id) => pen.ledger.document(&id).map(|founded| founded.space).ok_or_else(not_here)?,
            None => pen.ledger.county(),
        };
        let mut builder = CommitBuilder::new(pen.position(space), pen.hlc_ms);
        let release = Release {
            purpose: act.purpose,
            audience: act.audience,
            authority: act.authority.clone(),
            role: act.role.clone(),
        };
        builder.add(DocumentId::NONE, &Outline::Release(release));
        let document = self.row.document.unwrap_or_else(|| {
            DocumentId::from(builder.add(DocumentId::NONE, &Outline::Document(self.genesis.clone())))
        });
        let mut before = if self.row.document.is_some() { 1 } else { 2 };
        let mut statements = Vec::with_capacity(proposed.get().len());
        for (p, salt) in proposed.get().iter().zip(salts) {
            let (replaces, entries) = gathered(&mut builder, document, &p.path, p.replaces.clone());
            before += entries;
            statements.push(Statement { path: p.path.clone(), value: p.value.clone(), salt, replaces });
        }
        let entries = statements.len().div_ceil(limits::FACTS_PER_ENTRY_MAX);
        let mut rest = statements.into_iter();
        for _ in 0..entries {
            builder.facts(document, rest.by_ref().take(limits::FACTS_PER_ENTRY_MAX).collect());
        }
        let commit = builder.sign(pen.key);
        if commit.size_bytes() > limits::COMMIT_BYTES_MAX {
            return Err(Failure::new(
                Code::CommitTooLarge,
                "this is more than one release can hold (4 MiB)",
                "publish in smaller steps",
            ));
        }
        let hashes = commit.hashes();
        let ids: Vec<FactId> = (0..proposed.get().len())
            .map(|i| FactId {
                header: hashes[before + i / limits::FACTS_PER_ENTRY_MAX],
                index: u32::try_from(i % limits::FACTS_PER_ENTRY_MAX).unwrap_or(0),
            })
            .collect();
        let alone = self.unpublished().len() > proposed.get().len();
        self.bridge.published(&self.document, proposed, &ids, alone);
        self.row.document = Some(document);
        // The draft itself is what it was.
        self.row.bridge = self.bridge.encode();
        Ok(Composed { commit: Some(commit), working_copy: Some(self.row), ..Composed::default() })
    }
}

/// Which facts a statement takes the place of, for a hash: where others have said something since, it is another release.
fn replaced(proposed: &Proposed, part: &mut impl FnMut(&[u8])) {
    for fact in &proposed.replaces {
        part(&fact.header.0);
        part(&fact.index.to_le_bytes());
    }
}

fn sorted(mut proposed: Vec<Proposed>) -> Vec<Proposed> {
    proposed.sort_by(|a, b| a.path.cmp(&b.path));
    proposed
}

/// True if a draft says anything else than what this organisation knows to be published of it.
fn differs(row: &WorkingCopyRow) -> Result<bool, Failure> {
    let draft = model::read(&working::load(&row.automerge)?).map_err(working::failure)?;
    Ok(!Bridge::decode(&row.bridge)?.difference(&draft).is_empty())
}

/// What a fact replaces, as few names as one fact may have: where more stand, removals before it gather them, each with
/// the one before. Otherwise anybody could keep a joint text from ever being settled by stating it often enough. Also:
/// how many entries that took.
fn gathered(
    builder: &mut CommitBuilder,
    document: DocumentId,
    path: &Path,
    mut replaces: Vec<FactId>,
) -> (Vec<FactId>, usize) {
    let mut entries = 0;
    while replaces.len() > limits::REPLACES_MAX {
        let named: Vec<FactId> = replaces.drain(..limits::REPLACES_MAX).collect();
        let removal = Statement { path: path.clone(), value: None, salt: [0; 32], replaces: named };
        let header = builder.facts(document, vec![removal]);
        replaces.insert(0, FactId { header, index: 0 });
        entries += 1;
    }
    (replaces, entries)
}

/// Who a new document of a kind would belong to, and whether this organisation may found one. Of a decision that is known
/// once its body is: anybody may prepare one.
pub fn may_found(charter: &Charter, own: &OrgId, kind: DocumentKind, authority: &AuthorityId) -> Result<(), Failure> {
    if kind == DocumentKind::Decision {
        return Ok(());
    }
    let genesis =
        Genesis { kind, owner: own.clone(), authority: authority.clone(), archive_owner: own.clone(), body: None };
    rules::may_found(charter, &genesis, own).map_err(|code| {
        Failure::new(
            code,
            format!("'{own}' may not found a document of this kind"),
            "roadmaps and the programme are founded by hosts of the programme office",
        )
    })
}
