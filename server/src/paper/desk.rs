//! Makes papers: looked at before there is one, made as a signed entry with its files kept, and made anew by any node that
//! has what an entry stands on.

use super::{
    Material, Order, compose,
    entry::{self, Entry},
};
use crate::{
    driver::Handle,
    failure::Failure,
    release::desk::{self as releases, Outcome, Wanted, write::put},
    store::Store,
    view::{Eyes, Moment, View},
    who::Who,
};
use samsyn_client::{
    calendar,
    county::{decision, indicators, programme::learning, roadmap, rollout, work},
    node::Parties,
    record::Record,
    time::now_ms,
};
use samsyn_core::{
    code::Code,
    date::Day,
    entry::{DocumentKind, Outline},
    id::{DocumentId, HeaderHash, Incarnation, Path},
    ledger::Later,
    value::Value,
};
use samsyn_paper::{PRINTED_BYTES_MAX, Paper};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use tokio::{io::AsyncWriteExt, process::Command, sync::Semaphore};

/// How often the county is read again because something came in meanwhile.
const TRIES: usize = 5;
/// A paper for print, with room: a long report takes some seconds.
const PRINT_TIMEOUT: Duration = Duration::from_mins(1);

/// The files of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Html,
    Docx,
    Pdf,
}

impl Format {
    pub(crate) const ALL: [Self; 3] = [Self::Html, Self::Docx, Self::Pdf];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Docx => "docx",
            Self::Pdf => "pdf",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pdf => "application/pdf",
        }
    }
}

/// A file, and whether it is what its entry says that it is; none where the entry says nothing of it.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    pub(crate) same: Option<bool>,
}

/// What came of making one.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    /// A releaser says yes first.
    pub(crate) waits: bool,
}

#[derive(Debug)]
pub(crate) struct Desk {
    driver: Handle,
    store: Arc<Store>,
    view: View,
    releases: Arc<releases::Desk>,
    /// What makes the file for print; none where it is not there.
    printer: Option<PathBuf>,
    /// The whole county is read for each: one at a time.
    turn: Semaphore,
}

impl Desk {
    pub(crate) fn new(
        driver: Handle,
        store: Arc<Store>,
        view: View,
        releases: Arc<releases::Desk>,
        printer: Option<PathBuf>,
    ) -> Self {
        Self { driver, store, view, releases, printer, turn: Semaphore::new(1) }
    }

    pub(crate) fn prints(&self) -> bool {
        self.printer.is_some()
    }

    /// The paper as it would be now.
    pub(crate) async fn look(&self, programme: &Record, order: &Order) -> Result<Paper, Failure> {
        let _turn = self.turn().await?;
        let stands_on = self.frontier().await?;
        let material = self.gather(&programme.id, &Moment::Now, now_ms()).await?;
        Ok(compose(order, &Material { state: entry::state(&stands_on), program: program(), ..material }))
    }

    /// The paper of an entry, made of what this node has.
    pub(crate) async fn of(&self, programme: &str, entry: &Entry) -> Result<Paper, Failure> {
        let _turn = self.turn().await?;
        self.made(programme, entry).await
    }

    async fn made(&self, programme: &str, entry: &Entry) -> Result<Paper, Failure> {
        let at_ms = end_of(entry.order.made)?;
        let mut later = self.later(&entry.stands_on, entry.entries).await?;
        for _ in 0..TRIES {
            let moment = Moment::Then { ms: at_ms, since: Arc::new(later.entries.clone()) };
            let material = self.gather(programme, &moment, at_ms).await?;
            // What came in while it was read was not known to be later.
            let now = self.later(&entry.stands_on, entry.entries).await?;
            if now == later {
                let maker = material.parties.name(&entry.by).to_owned();
                let state = entry::state(&entry.stands_on);
                return Ok(compose(
                    &entry.order,
                    &Material { state, maker, program: entry.program.clone(), ..material },
                ));
            }
            later = now;
        }
        Err(Failure::new(Code::Failed, "more came in each time the county was read", "try again in a while"))
    }

    /// States that there is a paper and keeps its files; the county is as it is now.
    pub(crate) async fn make(
        &self,
        who: Who<'_>,
        programme: DocumentId,
        own: &str,
        order: Order,
    ) -> Result<Made, Failure> {
        let _turn = self.turn().await?;
        let draft = self.releases.adopt_by(who, programme).await?;
        // What somebody waits for an answer to is neither overtaken nor replaced.
        if self.store.release_request(&draft).await?.is_some_and(|row| row.request.answer.is_none()) {
            let message = "something else of the programme waits for a releaser";
            return Err(Failure::new(Code::InUse, message, "try again once it is answered"));
        }
        let stands_on = self.frontier().await?;
        let entries = self.later(&stands_on, 0).await?.before;
        let mut made = Entry {
            id: entry::id(&order, &stands_on),
            order,
            stands_on,
            entries,
            program: program(),
            files: BTreeMap::new(),
            by: own.to_owned(),
            at_ms: now_ms(),
        };
        let paper = self.made(&programme.to_string(), &made).await?;
        let mut files = BTreeMap::new();
        for format in Format::ALL.into_iter().filter(|format| *format != Format::Pdf || self.prints()) {
            match self.write(&paper, format).await {
                Ok(bytes) => drop(files.insert(format.as_str().to_owned(), bytes)),
                Err(failure) if failure.code == Code::InputTooLong => {
                    tracing::warn!(paper = %made.id, "the paper is too large for print, and comes without");
                }
                Err(failure) => return Err(failure),
            }
        }
        made.files = files.iter().map(|(format, bytes)| (format.clone(), entry::sha256(bytes))).collect();
        let facts = made.facts().ok_or_else(|| {
            let message = "the county stands on more logs than one statement can name";
            Failure::new(Code::InputTooLong, message, "tell those who make samsyn: no paper can be made until then")
        })?;
        let paths: BTreeSet<Path> = facts.iter().map(|(path, _)| path.clone()).collect();
        let says = facts.into_iter().map(|(path, value)| (path, Some(value))).collect();
        self.put(who, draft, says).await?;
        let waits = match self.share(who, draft, paths.clone()).await {
            Ok(waits) => waits,
            Err(failure) => {
                // Nobody else is to share it with the next words that they write.
                self.put(who, draft, paths.into_iter().map(|path| (path, None)).collect()).await?;
                return Err(failure);
            }
        };
        self.store.keep_paper(&programme, &made.id, &files, made.at_ms).await?;
        Ok(Made { id: made.id, waits })
    }

    async fn put(&self, who: Who<'_>, draft: Incarnation, says: Vec<(Path, Option<Value>)>) -> Result<(), Failure> {
        let mark = self.releases.writing(who, draft).await?.mark;
        self.releases.write(who, draft, &mark, |draft| put(draft, says)).await.map(drop)
    }

    /// Releases what the draft says at some paths; true if a releaser says yes first.
    async fn share(&self, who: Who<'_>, draft: Incarnation, paths: BTreeSet<Path>) -> Result<bool, Failure> {
        let wanted = Wanted::only(paths, self.releases.authority_of(draft).await?);
        let done: Outcome = Box::pin(self.releases.release(who, draft, &wanted)).await?;
        match done.published.held.first() {
            Some(held) => Err(Failure::new(held.code, held.message.clone(), held.remedy.clone())),
            None => Ok(done.waits),
        }
    }

    /// One file of a paper: as it was kept, or made anew.
    pub(crate) async fn file(&self, programme: &DocumentId, entry: &Entry, format: Format) -> Result<File, Failure> {
        let kept = self.store.kept_paper(programme, &entry.id, format.as_str()).await?;
        let bytes = if let Some(bytes) = kept {
            bytes
        } else {
            let paper = self.of(&programme.to_string(), entry).await?;
            self.write(&paper, format).await?
        };
        let same = entry.files.get(format.as_str()).map(|stated| *stated == entry::sha256(&bytes));
        Ok(File { bytes, same })
    }

    /// What has been stated in the county since a paper was made: documents with how many statements, the most first.
    /// That there are papers is no change of what they show.
    pub(crate) async fn since(&self, entry: &Entry) -> Result<Vec<(DocumentId, usize)>, Failure> {
        let later = self.later(&entry.stands_on, entry.entries).await?.entries;
        let counted = self.driver.query(move |machine, _| {
            let mut counts: BTreeMap<DocumentId, usize> = BTreeMap::new();
            for record in later.iter().filter_map(|header| machine.ledger().record(header)) {
                if let Outline::Facts(facts) = record.outline.as_ref() {
                    let count = facts.iter().filter(|fact| entry::of_path(&fact.path).is_none()).count();
                    *counts.entry(record.document).or_default() += count;
                }
            }
            counts
        });
        let mut counted: Vec<(DocumentId, usize)> =
            counted.await?.into_iter().filter(|(_, count)| *count > 0).collect();
        counted.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
        Ok(counted)
    }

    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
        self.turn.acquire().await.map_err(|_| Failure::new(Code::Failed, "the node is stopping", "try again"))
    }

    async fn frontier(&self) -> Result<BTreeSet<HeaderHash>, Failure> {
        self.driver.query(|machine, _| machine.ledger().frontier(&machine.ledger().county())).await
    }

    /// What comes after some entries; refused where this node does not have all that comes before them.
    async fn later(&self, stands_on: &BTreeSet<HeaderHash>, entries: u64) -> Result<Later, Failure> {
        let named = stands_on.clone();
        let later = self.driver.query(move |machine, _| machine.ledger().since(&machine.ledger().county(), &named));
        later.await?.ok().filter(|later| entries == 0 || later.before == entries).ok_or_else(|| {
            let message = "this node does not have all that the paper stands on yet";
            Failure::new(
                Code::ValueMissing,
                message,
                "wait until the nodes have met, or ask the party that has made it",
            )
        })
    }

    async fn gather(&self, programme: &str, moment: &Moment, at_ms: u64) -> Result<Material, Failure> {
        let view = &self.view;
        let records = async |kind| view.records(kind, Eyes::Released, moment).await;
        let mut parties = view.parties().await?.parties;
        parties.sort_by_cached_key(|party| crate::projection::fold(&party.name));
        let works = records(DocumentKind::Work).await?;
        let (decisions, roadmaps) = (records(DocumentKind::Decision).await?, records(DocumentKind::Roadmap).await?);
        let mut decisions: Vec<_> = decisions.iter().map(|record| decision::read(record)).collect();
        decisions.sort_by_cached_key(|d| {
            let title = d.title.as_deref().unwrap_or_default();
            (std::cmp::Reverse(d.date().map(ToOwned::to_owned)), crate::projection::fold(title), d.id.clone())
        });
        let clocks = view.freshness(Eyes::Released, moment).await?;
        Ok(Material {
            parties: Parties(parties),
            programme: view.record(programme, Eyes::Released, moment).await?,
            lessons: works.iter().flat_map(|work| learning::lessons(work)).collect(),
            works: works.iter().map(|record| work::read(record)).collect(),
            decisions,
            rollouts: roadmaps.iter().map(|record| rollout::read(record)).collect(),
            roadmaps: roadmaps.iter().map(|record| roadmap::read(record)).collect(),
            sets: records(DocumentKind::Indicators).await?.iter().map(|record| indicators::read(record)).collect(),
            clocks: BTreeMap::clone(&clocks),
            at_ms,
            state: String::new(),
            maker: String::new(),
            program: String::new(),
        })
    }

    async fn write(&self, paper: &Paper, format: Format) -> Result<Vec<u8>, Failure> {
        let fault = |why: String| Failure::new(Code::Failed, why, "this is a fault in samsynd");
        match format {
            Format::Html => Ok(samsyn_paper::html::file(paper).map_err(|e| fault(e.to_string()))?.into_bytes()),
            Format::Docx => samsyn_paper::docx::file(paper).map_err(|e| fault(e.to_string())),
            Format::Pdf => self.print(paper).await,
        }
    }

    /// The file for print, from the program that makes it: given nothing but the paper.
    async fn print(&self, paper: &Paper) -> Result<Vec<u8>, Failure> {
        let failed = |why: String| {
            let remedy = "see that the program that web.pdf_program names is samsyn-pdf of this version and can be run";
            Failure::new(Code::Failed, format!("the file for print cannot be made: {why}"), remedy)
        };
        let Some(printer) = &self.printer else {
            let message = "the program that makes files for print is not there";
            let remedy = "put samsyn-pdf beside samsynd, or name it as web.pdf_program";
            return Err(Failure::new(Code::InputNotFound, message, remedy).field("pdf"));
        };
        let data = serde_json::to_vec(paper).map_err(|e| failed(e.to_string()))?;
        if data.len() > PRINTED_BYTES_MAX {
            let message = format!("the paper has {} bytes, for print at most {PRINTED_BYTES_MAX}", data.len());
            return Err(Failure::new(Code::InputTooLong, message, "get it as a web page or for Word").field("pdf"));
        }
        let mut child = Command::new(printer)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| failed(e.to_string()))?;
        let stdin = child.stdin.take();
        let give = async move {
            if let Some(mut stdin) = stdin {
                stdin.write_all(&data).await.ok(); // whoever ends early says why
            }
        };
        let printed = async { tokio::join!(give, child.wait_with_output()).1 };
        let done = tokio::time::timeout(PRINT_TIMEOUT, printed)
            .await
            .map_err(|_| failed(format!("it took longer than {} s", PRINT_TIMEOUT.as_secs())))?
            .map_err(|e| failed(e.to_string()))?;
        if done.status.success() && done.stdout.starts_with(b"%PDF") {
            return Ok(done.stdout);
        }
        let said = String::from_utf8_lossy(&done.stderr);
        Err(failed(format!("{}: {}", done.status, said.lines().next().unwrap_or("it said nothing"))))
    }
}

/// `samsyn-pdf` in the folder of this program.
pub(crate) fn printer_beside() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?.with_file_name("samsyn-pdf");
    beside.is_file().then_some(beside)
}

fn program() -> String {
    concat!("samsynd ", env!("CARGO_PKG_VERSION")).to_owned()
}

/// The end of a day, in Swedish time.
fn end_of((year, month, day): Day) -> Result<u64, Failure> {
    let wrong = |_| Failure::new(Code::InputDate, "the paper has a day that is none", "make it anew");
    let year = i16::try_from(year).unwrap_or(i16::MAX);
    let date = jiff::civil::Date::new(year, i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
    date.map(calendar::end_of).map_err(wrong)
}
