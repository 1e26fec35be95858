//! All that is stored of one document, with nothing masked: for the archive that takes it over.

use super::{
    compose::{self, Composed, compose},
    data::Data,
    gather::{self, Gathered, Object, fill, take},
    judge::{Ruling, Rulings},
    pages, passage,
    proof::{CharterFile, Commit},
    signed,
};
use crate::{failure::Failure, store::Store};
use samsyn_client::{mark::Marks, show::Reader, text::Lang};
use samsyn_core::{
    code::Code,
    id::{AuthorityId, DocumentId, OrgId},
    ledger::Ledger,
};
use std::collections::BTreeMap;

/// One document, what people read of it, and what proves it.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) gathered: Gathered,
    pub(crate) data: Data,
    pub(crate) commits: Vec<Commit>,
    pub(crate) charters: Vec<CharterFile>,
}

/// What else is to be read of a document, under its heading.
pub(crate) type About = Vec<(&'static str, String)>;

/// The authority's own marks on some documents.
pub(crate) async fn marks_of(
    store: &Store,
    authority: &AuthorityId,
    documents: &[DocumentId],
) -> Result<BTreeMap<DocumentId, Marks>, Failure> {
    gather::marks(store, authority, documents).await
}

impl Whole {
    /// Takes it out of what is stored. The signed bytes are checked: nobody is to be given what does not hold together.
    pub(crate) async fn read(
        (ledger, own): (&Ledger, &OrgId),
        store: &Store,
        authority: &AuthorityId,
        (document, marks): (DocumentId, Option<Marks>),
        made_ms: u64,
    ) -> Result<Self, Failure> {
        let mut marks = marks;
        let gathered = fill(take(ledger, own, &[document]), store, authority, |_| marks.take()).await?;
        let reader = Reader { lang: Lang::Sv, parties: &gathered.parties };
        let passages = passage::passages(&gathered, None, reader);
        let given = passages.iter().map(|passage| (passage.place, Ruling::Give)).collect();
        let rulings = Rulings { by_place: given, maskings: Vec::new() };
        let Composed { data, charters, commits } = compose(&gathered, &passages, &rulings, reader, made_ms)?;
        signed::read(&commits, &compose::book(&gathered)?).map_err(|failure| {
            let message = format!("what is stored of {document} does not hold together: {failure}");
            Failure::new(Code::StoreDamaged, message, "run 'samsynd verify'")
        })?;
        Ok(Self { gathered, data, commits, charters })
    }

    pub(crate) fn object(&self) -> Option<&Object> {
        self.gathered.objects.first()
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader { lang: Lang::Sv, parties: &self.gathered.parties }
    }

    /// As people read it.
    pub(crate) fn page(&self, about: &About) -> Result<String, Failure> {
        pages::document(&self.data, &self.gathered.parties, about)
    }
}
