//! Where those work who hand out: searching, looking, making the pack. Nothing is kept between these.

use super::{
    archive,
    compose::compose,
    gather::{Gathered, gather},
    judge::{Answers, Fault, judge},
    passage::{Passage, passages},
    search::{self, Found},
};
use crate::{
    audit::{Act, Audit},
    driver::{Composed, Handle, now_ms},
    failure::Failure,
    limits::{PACK_BYTES_MAX, PACK_OBJECTS_MAX, PACK_PASSAGES_MAX, PACK_UNPACKED_BYTES_MAX},
    register::calendar,
    rulebook::Rulebook,
    store::Store,
    who::Who,
};
use samsyn_client::{show::Reader, text::Lang};
use samsyn_core::{
    code::Code,
    id::{AuthorityId, DocumentId},
    sign::Domain,
};
use std::{collections::BTreeSet, sync::Arc};

#[derive(Debug)]
pub(crate) struct Desk {
    driver: Handle,
    store: Arc<Store>,
    rulebook: Arc<Rulebook>,
    audit: Option<Arc<Audit>>,
    /// Going through all that is stored takes a processor and memory: one at a time.
    turn: tokio::sync::Mutex<()>,
}

/// What came of a form.
#[derive(Debug)]
pub(crate) enum Made {
    Pack {
        bytes: Vec<u8>,
        name: String,
    },
    /// No pack yet, and why.
    Faults(Vec<Fault>),
}

/// What somebody looks at before they decide.
#[derive(Debug)]
pub(crate) struct Examination {
    pub(crate) gathered: Gathered,
    pub(crate) passages: Vec<Passage>,
    /// The documents with their titles, by title.
    pub(crate) found: Vec<Found>,
}

impl Desk {
    pub(crate) fn new(driver: Handle, store: Arc<Store>, rulebook: Arc<Rulebook>, audit: Option<Arc<Audit>>) -> Self {
        Self { driver, store, rulebook, audit, turn: tokio::sync::Mutex::default() }
    }

    /// Documents in whose texts all the words stand; and true if there are more.
    pub(crate) async fn search(
        &self,
        who: Who<'_>,
        authority: &AuthorityId,
        text: &str,
    ) -> Result<(Vec<Found>, bool), Failure> {
        check(who, authority)?;
        let _turn = self.turn.lock().await;
        let (mut found, more) = search::search(&self.driver, &self.store, authority, text).await?;
        let own = self.own(authority, found.iter().map(|f| f.document).collect()).await?;
        found.retain(|f| own.contains(&f.document));
        Ok((found, more))
    }

    /// Every passage of some documents, with what points at it.
    pub(crate) async fn examine(
        &self,
        who: Who<'_>,
        authority: &AuthorityId,
        documents: &[DocumentId],
    ) -> Result<Examination, Failure> {
        check(who, authority)?;
        let documents: BTreeSet<DocumentId> = documents.iter().copied().collect();
        if documents.is_empty() {
            return Err(Failure::new(Code::InputEmpty, "no document is chosen", "choose one").field("arbete"));
        }
        if documents.len() > PACK_OBJECTS_MAX {
            return Err(too_large(format!(
                "{} documents are chosen, {PACK_OBJECTS_MAX} are the most",
                documents.len()
            )));
        }
        let documents: Vec<DocumentId> = self.own(authority, documents).await?.into_iter().collect();
        if documents.is_empty() {
            let message = "such a document is not here, or not released to anybody";
            return Err(Failure::new(Code::InputNotFound, message, "search again"));
        }
        let _turn = self.turn.lock().await;
        let found = search::named(&self.driver, &self.store, &documents).await?;
        let documents: Vec<DocumentId> = found.iter().map(|f| f.document).chain(missing(&documents, &found)).collect();
        let gathered = gather(&self.driver, &self.store, authority, &documents).await?;
        let rules = self.rulebook.of(authority);
        let reader = Reader { lang: Lang::Sv, parties: &gathered.parties };
        let passages = tokio::task::block_in_place(|| passages(&gathered, rules.words(), reader));
        if passages.len() > PACK_PASSAGES_MAX {
            return Err(too_large(format!("there are {} passages, {PACK_PASSAGES_MAX} are the most", passages.len())));
        }
        Ok(Examination { gathered, passages, found })
    }

    /// Those of some documents that this authority keeps: all that lies in the county, and of a smaller space what is in its
    /// own register. What was sent to another board is not there for this one (keeps I4).
    async fn own(
        &self,
        authority: &AuthorityId,
        documents: BTreeSet<DocumentId>,
    ) -> Result<BTreeSet<DocumentId>, Failure> {
        let split = self.driver.query(move |machine, _| {
            let ledger = machine.ledger();
            let county = |id: &DocumentId| ledger.document(id).is_none_or(|founded| founded.space == ledger.county());
            documents.into_iter().partition::<BTreeSet<_>, _>(county)
        });
        let (mut own, smaller) = split.await?;
        let alone = BTreeSet::from([authority.clone()]);
        for document in smaller {
            if !self.store.registered(&document, &alone).await?.is_empty() {
                own.insert(document);
            }
        }
        Ok(own)
    }

    /// A pack as the answers say; or why there is none yet. That it was made is in the audit log before anybody has it.
    pub(crate) async fn hand_out(
        &self,
        who: Who<'_>,
        examination: &Examination,
        answers: &Answers,
    ) -> Result<Made, Failure> {
        let Examination { gathered, passages, .. } = examination;
        check(who, &gathered.authority)?;
        let _turn = self.turn.lock().await;
        let rulings = match tokio::task::block_in_place(|| judge(passages, answers)) {
            Ok(rulings) => rulings,
            Err(faults) => return Ok(Made::Faults(faults)),
        };
        let made_ms = now_ms();
        let parties = &gathered.parties;
        let reader = Reader { lang: Lang::Sv, parties };
        let composed = tokio::task::block_in_place(|| compose(gathered, passages, &rulings, reader, made_ms))?;
        let mut files = tokio::task::block_in_place(|| archive::files(&composed, gathered.charter, parties))?;
        let manifest = files.get(archive::MANIFEST).cloned().unwrap_or_default();
        files.insert(archive::SIGNATURE.to_owned(), self.signature(manifest).await?.into_bytes());
        let bytes = tokio::task::block_in_place(|| archive::pack(&files))?;
        let unpacked: usize = files.values().map(Vec::len).sum();
        if bytes.len() as u64 > PACK_BYTES_MAX || unpacked as u64 > PACK_UNPACKED_BYTES_MAX {
            return Err(too_large(format!("the pack would have {unpacked} bytes, packed {}", bytes.len())));
        }
        // Nobody is to be handed what whoever checks it would refuse.
        if let Err(failure) = tokio::task::block_in_place(|| super::verify(&bytes)) {
            let message = format!("the pack that was made does not hold: {failure}");
            return Err(Failure::new(Code::Failed, message, "this is a fault in samsynd"));
        }
        self.note(who, gathered, &composed.data)?;
        let name = format!("utlamning-{}-{}.zip", gathered.authority, calendar::day(made_ms));
        Ok(Made::Pack { bytes, name })
    }

    async fn signature(&self, manifest: Vec<u8>) -> Result<String, Failure> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        // The key stays with the one writer.
        let sign = move |pen: &crate::driver::Pen<'_>| {
            reply.send(pen.key.sign(Domain::Pack, &manifest).to_string()).ok();
            Ok(Composed::default())
        };
        self.driver.write(sign).await?;
        answer.await.map_err(|_| Failure::new(Code::Stopping, "the node is stopping", "try again when it is running"))
    }

    fn note(&self, who: Who<'_>, gathered: &Gathered, data: &super::data::Data) -> Result<(), Failure> {
        let Some(audit) = &self.audit else { return Ok(()) };
        let documents: Vec<String> = gathered.objects.iter().map(|object| object.document.to_string()).collect();
        let provisions: BTreeSet<String> =
            data.maskings.iter().flat_map(|m| &m.provisions).map(ToString::to_string).collect();
        let provisions: Vec<String> = provisions.into_iter().collect();
        let line = Act::HandedOut {
            authority: gathered.authority.as_str(),
            documents: &documents,
            maskings: data.maskings.len(),
            provisions: &provisions,
        };
        tokio::task::block_in_place(|| audit.write(line, who.person())).map_err(|failure| {
            tracing::error!(code = %failure.code, "nothing is handed out: {failure}; remedy: {}", failure.remedy);
            let message = "the node cannot write down what is done, and hands nothing out without that";
            Failure::new(Code::AuditUnwritable, message, "tell whoever runs the node; its log has the reason")
        })
    }
}

/// Documents that are not here are asked for all the same, so that it is said.
fn missing(wanted: &[DocumentId], found: &[Found]) -> Vec<DocumentId> {
    wanted.iter().filter(|id| !found.iter().any(|found| found.document == **id)).copied().collect()
}

pub(crate) fn check(who: Who<'_>, authority: &AuthorityId) -> Result<(), Failure> {
    if who.may_disclose(authority) {
        return Ok(());
    }
    let message = format!("only a registrar or an archivist of '{authority}' hands out for it");
    Err(Failure::new(Code::RoleForbidden, message, "ask for one of these roles for that authority"))
}

fn too_large(message: String) -> Failure {
    Failure::new(Code::PackTooLarge, message, "take fewer documents at once")
}
