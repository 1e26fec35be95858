//! From what people write (an id, a public number, a unique prefix) to a document and its working copy.

use super::{Eyes, View};
use crate::{failure::Failure, store::WorkingCopyRow};
use samsyn_core::{
    code::Code,
    effect::Verdict,
    id::{DocumentId, Incarnation},
    ledger::Ledger,
    sync::Machine,
};

/// Shorter prefixes fit too much to be meant.
const PREFIX_MIN: usize = 4;

/// What an id names.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) document: Option<DocumentId>,
    pub(crate) working_copy: Option<WorkingCopyRow>,
}

impl View {
    /// What a full id or a public number names, as these eyes may see it.
    pub(super) async fn find(&self, text: &str, eyes: Eyes) -> Result<Resolved, Failure> {
        if eyes == Eyes::Device {
            return self.resolve(text).await;
        }
        let documents = match text.parse::<DocumentId>() {
            Ok(id) => vec![id],
            Err(_) => self.store.numbered(text).await?,
        };
        let seen = move |machine: &Machine| {
            let ledger = machine.ledger();
            let county = ledger.county();
            // What lies in a smaller space has a page of its own, for those whom it is meant for (keeps I4).
            let admitted = |id: &DocumentId| {
                ledger.document(id).is_some_and(|f| f.verdict == Verdict::Admitted && f.space == county)
            };
            documents.into_iter().find(admitted)
        };
        let document = self.driver.query(move |machine, _| seen(machine)).await?.ok_or_else(|| not_found(text))?;
        Ok(Resolved { document: Some(document), working_copy: None })
    }

    pub(crate) async fn resolve(&self, text: &str) -> Result<Resolved, Failure> {
        let text = text.trim();
        let mut documents = match text.parse::<DocumentId>() {
            Ok(id) => self
                .driver
                .query(move |machine, _| in_county(machine.ledger(), &id).then_some(id))
                .await?
                .into_iter()
                .collect(),
            Err(_) if text.is_empty() => Vec::new(),
            Err(_) => self.store.numbered(text).await?,
        };
        if documents.is_empty() && text.len() >= PREFIX_MIN {
            let prefix = text.to_lowercase();
            let starts = move |id: &DocumentId| id.to_string().starts_with(&prefix);
            documents = self
                .driver
                .query(move |machine, _| {
                    let ledger = machine.ledger();
                    ledger.documents().map(|(id, _)| id).filter(|id| starts(id) && in_county(ledger, id)).collect()
                })
                .await?;
        }
        let copies = self.working_copies().await?;
        let drafts: Vec<WorkingCopyRow> = copies
            .into_iter()
            .filter(|c| {
                let own = text.len() >= PREFIX_MIN && c.id.to_string().starts_with(&text.to_lowercase());
                // A reply to a draft for comment: its document lies in a smaller space, the copy is this device's to see.
                let begins =
                    |d: DocumentId| text.len() >= PREFIX_MIN && d.to_string().starts_with(&text.to_lowercase());
                own || c.document.is_some_and(|d| documents.contains(&d) || begins(d))
            })
            .collect();
        documents.extend(drafts.iter().filter_map(|c| c.document));
        documents.sort_unstable();
        documents.dedup();
        match (documents.as_slice(), drafts.len()) {
            ([], 0) => Err(not_found(text)),
            ([], 1) => Ok(Resolved { document: None, working_copy: drafts.into_iter().next() }),
            ([one], _) => {
                let of = drafts.into_iter().find(|c| c.document == Some(*one));
                Ok(Resolved { document: Some(*one), working_copy: of })
            }
            (several, _) => {
                let ids: Vec<String> =
                    several.iter().map(ToString::to_string).chain(drafts.iter().map(|d| d.id.to_string())).collect();
                let message = format!("'{text}' fits several: {}", ids.join(", "));
                Err(Failure::new(Code::InputAmbiguous, message, "write more of the id").field("id"))
            }
        }
    }
}

fn in_county(ledger: &Ledger, id: &DocumentId) -> bool {
    ledger.document(id).is_some_and(|founded| founded.space == ledger.county())
}

pub(super) fn not_found(text: &str) -> Failure {
    Failure::new(Code::InputNotFound, format!("nothing here has the id '{text}'"), "see 'samsyn work list'").field("id")
}

/// A working copy's full id.
pub(crate) fn copy_id(text: &str) -> Result<Incarnation, Failure> {
    text.parse().map_err(|_| not_found(text))
}
