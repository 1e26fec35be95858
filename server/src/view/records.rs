//! Documents as records, for pages about more than one work: the roadmap, decisions, the programme. Kept in memory by the
//! document's digest, since a page about the county reads most of them each time.

use super::{Eyes, View};
use crate::{driver::Changed, failure::Failure, projection};
use samsyn_client::record::Record;
use samsyn_core::{
    code::Code,
    document::Document,
    entry::DocumentKind,
    id::{Digest, DocumentId, FactId, HeaderHash, Path},
    ledger::Ledger,
};
use samsyn_wire::v1;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Documents in one answer, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 500;
/// Documents that are read together: the driver does nothing else for less than 5 ms.
const READ_AT_ONCE: usize = 16;
/// Statements of all records that are kept, each some 300 bytes in memory.
const STATEMENTS_MAX: usize = 200_000;
/// Documents that are forgotten one by one.
const DOCUMENTS_TOLD: usize = 1_000;

/// When the county is looked at.
#[derive(Debug, Clone, Default)]
pub(crate) enum Moment {
    #[default]
    Now,
    /// As this node knew it earlier: without what it has stored since.
    Then { ms: u64, since: Arc<BTreeSet<HeaderHash>> },
}

impl Moment {
    /// True if the entry had been stored here.
    pub(super) fn knows(&self, header: &HeaderHash) -> bool {
        match self {
            Self::Now => true,
            Self::Then { since, .. } => !since.contains(header),
        }
    }

    /// What stood in a document.
    pub(super) fn of<'a>(&self, document: &'a Document) -> Cow<'a, Document> {
        match self {
            Self::Now => Cow::Borrowed(document),
            Self::Then { .. } => Cow::Owned(document.only(|fact: &FactId| self.knows(&fact.header))),
        }
    }

    /// The end of the time that is asked about; none for now.
    pub(crate) fn ms(&self) -> Option<u64> {
        match self {
            Self::Now => None,
            Self::Then { ms, .. } => Some(*ms),
        }
    }
}

/// Records by document and eyes, the latest of each.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    records: BTreeMap<(DocumentId, bool), (Digest, Arc<Record>)>,
    statements: usize,
    /// How often something has been forgotten.
    forgotten: u64,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: DocumentId, eyes: Eyes, digest: &Digest) -> Option<Arc<Record>> {
        let kept = self.lock();
        let known = kept.records.get(&(id, eyes == Eyes::Public));
        known.filter(|(of, _)| of == digest).map(|(_, record)| Arc::clone(record))
    }

    fn forgotten(&self) -> u64 {
        self.lock().forgotten
    }

    /// Keeps a record that is whole (a value that has not arrived changes no digest when it comes), and that was read
    /// after anything was forgotten.
    fn keep(&self, id: DocumentId, eyes: Eyes, digest: Digest, record: &Arc<Record>, forgotten: u64) {
        let said = record.paths().flat_map(|(_, said)| said).chain(record.earlier_votes());
        let missing = said.into_iter().any(|said| said.fault == Code::ValueMissing.as_str());
        let mut kept = self.lock();
        // What has no id is a draft of one authority alone, which is nobody else's (keeps I4).
        if missing || record.id.is_empty() || kept.forgotten != forgotten {
            return;
        }
        kept.statements += record.paths().count();
        if let Some((_, gone)) = kept.records.insert((id, eyes == Eyes::Public), (digest, Arc::clone(record))) {
            kept.statements -= gone.paths().count();
        }
        while kept.statements > STATEMENTS_MAX {
            let Some((_, (_, gone))) = kept.records.pop_first() else { break };
            kept.statements -= gone.paths().count();
        }
    }

    /// Forgets what has changed, so that no value outlives its erasure here (keeps I10).
    fn forget(&self, changed: &Changed) {
        let mut kept = self.lock();
        kept.forgotten += 1;
        match changed {
            Changed::Everything => kept.records.clear(),
            Changed::Documents(ids) => kept.records.retain(|(id, _), _| !ids.contains(id)),
        }
        kept.statements = kept.records.values().map(|(_, record)| record.paths().count()).sum();
    }
}

impl View {
    /// Forgets records as their documents change, until the driver ends.
    pub(crate) async fn follow(self) {
        let mut watch = self.driver.watch();
        while let Some(changed) = watch.next(DOCUMENTS_TOLD).await {
            self.kept.forget(&changed);
            self.forget_words().await;
        }
    }

    /// The county as this node knew it at the end of a time; of the future, as it is now.
    pub(crate) async fn moment(&self, ms: u64) -> Result<Moment, Failure> {
        let since = self.store.stored_after(ms).await?;
        Ok(Moment::Then { ms, since: Arc::new(since) })
    }

    /// One document of whatever kind.
    pub(crate) async fn record(&self, id: &str, eyes: Eyes, moment: &Moment) -> Result<Arc<Record>, Failure> {
        let found = self.find(id, eyes).await?;
        let Some(document) = found.document else { return Ok(Arc::new(read(self.work_at(id, eyes, moment).await?)?)) };
        let digest = self.driver.query(move |machine, _| machine.ledger().document_digest(&document)).await?;
        self.kept_or_read(document, digest, eyes, moment).await
    }

    /// Every document of a kind that lists show, in order of id.
    pub(crate) async fn records(
        &self,
        kind: DocumentKind,
        eyes: Eyes,
        moment: &Moment,
    ) -> Result<Vec<Arc<Record>>, Failure> {
        self.records_that(kind, |_| true, eyes, moment).await
    }

    /// The same, of those alone that say something at one of some paths or below: what few documents say is found
    /// without reading them all.
    pub(crate) async fn records_saying(
        &self,
        kind: DocumentKind,
        paths: &'static [&'static str],
        eyes: Eyes,
        moment: &Moment,
    ) -> Result<Vec<Arc<Record>>, Failure> {
        let paths: Vec<Path> = paths.iter().filter_map(|path| Path::new(path).ok()).collect();
        self.records_that(kind, move |document| paths.iter().any(|path| document.says(path)), eyes, moment).await
    }

    async fn records_that(
        &self,
        kind: DocumentKind,
        wanted: impl Fn(&Document) -> bool + Send + 'static,
        eyes: Eyes,
        moment: &Moment,
    ) -> Result<Vec<Arc<Record>>, Failure> {
        let current = self.current(kind, wanted, moment).await?;
        let records = self.gather(current, eyes, moment).await?;
        // Nothing of it is for these eyes, or nothing was there.
        Ok(records.into_values().filter(|record| record.paths().next().is_some()).collect())
    }

    /// Some documents as they are now; those that are not for these eyes are left out.
    pub(super) async fn these(
        &self,
        ids: Vec<DocumentId>,
        eyes: Eyes,
    ) -> Result<BTreeMap<DocumentId, Arc<Record>>, Failure> {
        let current = self.driver.query(move |machine, _| {
            let ledger = machine.ledger();
            ids.into_iter().filter_map(|id| Some((id, ledger.document_digest(&id)?))).collect()
        });
        self.gather(current.await?, eyes, &Moment::Now).await
    }

    /// What is kept of documents in a state, and what is read of the others.
    async fn gather(
        &self,
        current: BTreeMap<DocumentId, Digest>,
        eyes: Eyes,
        moment: &Moment,
    ) -> Result<BTreeMap<DocumentId, Arc<Record>>, Failure> {
        let mut records = BTreeMap::new();
        let mut unknown = Vec::new();
        for (id, digest) in &current {
            match self.known(*id, eyes, digest, moment) {
                Some(known) => drop(records.insert(*id, known)),
                None => unknown.push(*id),
            }
        }
        for some in unknown.chunks(READ_AT_ONCE) {
            let forgotten = self.kept.forgotten();
            for (id, work) in self.stated_all(some.to_vec(), eyes, moment).await? {
                let record = Arc::new(read(work)?);
                if let Some(digest) = current.get(&id).filter(|_| moment.ms().is_none()) {
                    self.kept.keep(id, eyes, *digest, &record, forgotten);
                }
                records.insert(id, record);
            }
        }
        Ok(records)
    }

    /// What lists show of a kind, and the state of each.
    pub(super) async fn current(
        &self,
        kind: DocumentKind,
        wanted: impl Fn(&Document) -> bool + Send + 'static,
        moment: &Moment,
    ) -> Result<BTreeMap<DocumentId, Digest>, Failure> {
        let then = moment.clone();
        let current = self.driver.query(move |machine, _| {
            let ledger = machine.ledger();
            let shown = shown(ledger, kind, &then, &wanted);
            shown.into_iter().filter_map(|id| Some((id, ledger.document_digest(&id)?))).collect()
        });
        current.await
    }

    /// What is kept of how a document is now.
    fn known(&self, id: DocumentId, eyes: Eyes, digest: &Digest, moment: &Moment) -> Option<Arc<Record>> {
        if moment.ms().is_some() {
            return None;
        }
        self.kept.find(id, eyes, digest)
    }

    async fn kept_or_read(
        &self,
        id: DocumentId,
        digest: Option<Digest>,
        eyes: Eyes,
        moment: &Moment,
    ) -> Result<Arc<Record>, Failure> {
        if let Some(known) = digest.as_ref().and_then(|digest| self.known(id, eyes, digest, moment)) {
            return Ok(known);
        }
        let forgotten = self.kept.forgotten();
        let (work, _) = self.stated(&id.to_string(), eyes, moment).await?;
        let record = Arc::new(read(work)?);
        // What has changed while it was read has another digest already: the next reader looks again.
        if let Some(digest) = digest.filter(|_| moment.ms().is_none()) {
            self.kept.keep(id, eyes, digest, &record, forgotten);
        }
        Ok(record)
    }

    /// Documents of one kind, by title.
    pub(crate) async fn documents(
        &self,
        request: &v1::ListDocumentsRequest,
        eyes: Eyes,
    ) -> Result<v1::ListDocumentsResponse, Failure> {
        let kind = DocumentKind::try_from(request.kind())
            .map_err(|e| Failure::new(e.code, e.to_string(), "say which kind of document").field("kind"))?;
        let copies = self.working_copies().await?;
        let mut rows: Vec<v1::DocumentRow> = Vec::new();
        for record in self.records(kind, eyes, &Moment::Now).await? {
            let copy = copies.iter().find(|copy| copy.document.is_some_and(|id| id.to_string() == record.id));
            rows.push(v1::DocumentRow {
                document_id: record.id.clone(),
                kind: v1::DocumentKind::from(kind).into(),
                title: record.text(samsyn_client::schema::title_path(kind)).unwrap_or_default().to_owned(),
                owner: record.owner.clone(),
                authority: record.authority.clone(),
                updated_ms: record.updated_ms,
                working_copy_id: copy.map(|copy| copy.id.to_string()).unwrap_or_default(),
            });
        }
        if request.include_drafts {
            let own = self.driver.query(|machine, _| machine.own().to_string()).await?;
            let name = samsyn_client::model::kind_name(kind);
            let drafts = copies.iter().filter(|copy| copy.document.is_none() && copy.kind == name);
            rows.extend(drafts.map(|copy| v1::DocumentRow {
                kind: v1::DocumentKind::from(kind).into(),
                title: copy.title.clone(),
                owner: own.clone(),
                authority: copy.authority.to_string(),
                working_copy_id: copy.id.to_string(),
                ..v1::DocumentRow::default()
            }));
        }
        rows.sort_by_cached_key(|row| (projection::fold(&row.title), row.document_id.clone()));
        page(rows, request)
    }
}

fn page(
    mut rows: Vec<v1::DocumentRow>,
    request: &v1::ListDocumentsRequest,
) -> Result<v1::ListDocumentsResponse, Failure> {
    let from: usize = match request.page_token.as_str() {
        "" => 0,
        token => token.parse().map_err(|_| {
            let message = "the page token is none that this node has given";
            Failure::new(Code::InputValue, message, "use next_page_token of the answer before").field("page_token")
        })?,
    };
    let size = match usize::try_from(request.page_size).unwrap_or(PAGE_MAX) {
        0 => PAGE,
        size => size.min(PAGE_MAX),
    };
    let total = rows.len();
    rows.drain(..from.min(total));
    rows.truncate(size);
    let next = from.saturating_add(rows.len());
    let next_page_token = if next < total { next.to_string() } else { String::new() };
    Ok(v1::ListDocumentsResponse { documents: rows, total: total as u64, next_page_token })
}

/// What lists show of a kind: of the county, in effect, and not disposed of. At an earlier moment also what has been
/// disposed of since, as erased.
fn shown(ledger: &Ledger, kind: DocumentKind, moment: &Moment, wanted: impl Fn(&Document) -> bool) -> Vec<DocumentId> {
    let county = ledger.county();
    let shown = ledger.documents_of(&county, kind).filter(|(id, founded)| {
        let gone = moment.ms().is_none() && projection::is_disposed(founded);
        founded.verdict.admitted() && !gone && moment.knows(&HeaderHash(id.0)) && wanted(founded.document)
    });
    shown.map(|(id, _)| id).collect()
}

/// True if lists show a document now, and it is of the kind.
pub(super) fn listed(ledger: &Ledger, id: &DocumentId, kind: DocumentKind) -> bool {
    ledger.document(id).is_some_and(|founded| {
        let here = founded.space == ledger.county() && founded.genesis.kind == kind;
        here && founded.verdict.admitted() && !projection::is_disposed(&founded)
    })
}

pub(super) fn read(work: v1::Work) -> Result<Record, Failure> {
    Record::try_from(work).map_err(|e| Failure::new(e.code, e.to_string(), "this is a fault in samsynd"))
}
