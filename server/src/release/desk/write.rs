//! Writing: founding a draft, beginning one of what is shared, changing what one says. The same for devices and for persons
//! on pages; only sharing takes anything out of the organisation.

use super::{Desk, Wanted, gate, no_copy, open};
use crate::{
    driver::{Composed, now_ms, random},
    failure::Failure,
    limits::{DRAFTS_BYTES_MAX, DRAFTS_MAX},
    register::{calendar, intake},
    release::may_found,
    retention::clerk,
    store::WorkingCopyRow,
    who::Who,
    working::{self, Bridge},
};
use automerge::{ActorId, Automerge, ChangeHash};
use samsyn_client::model::{self, Draft};
use samsyn_core::{
    charter::Charter,
    code::Code,
    entry::{DocumentKind, Genesis},
    id::{AuthorityId, DocumentId, Incarnation, OrgId, Path},
    rules,
    value::Value,
};

/// A draft as whoever writes in it sees it.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) row: WorkingCopyRow,
    pub(crate) kind: DocumentKind,
    pub(crate) says: Draft,
    /// Where it is now: what a change is made from.
    pub(crate) mark: Vec<ChangeHash>,
    charter: Charter,
    genesis: Genesis,
    own: OrgId,
}

impl Writing {
    /// True if the organisation may state something at a path, whatever it is.
    pub(crate) fn writable(&self, path: &Path) -> bool {
        // Whose body it is for is judged when it is founded: until then whoever has begun a decision writes its proposal.
        let unfounded = self.kind == DocumentKind::Decision && self.genesis.body.is_none();
        let of_secretary = matches!(path.segments().first(), Some(&("proposal" | "minutes")));
        unfounded && of_secretary || rules::writable(&self.charter, &self.genesis, &self.own, path)
    }
}

impl Desk {
    /// The organisation's authorities that somebody writes for.
    pub(crate) async fn writes_for(&self, who: Who<'_>) -> Result<Vec<AuthorityId>, Failure> {
        let own = self.driver.query(|machine, _| {
            let (_, charter) = machine.ledger().charters().in_force();
            let mut own = intake::in_force(charter, machine.own(), now_ms());
            if own.is_empty() {
                own.extend(charter.party(machine.own()).and_then(|p| p.authorities.first()).map(|a| a.id.clone()));
            }
            own
        });
        let mut own = own.await?;
        if own.is_empty() {
            own.push(AuthorityId::new("main")?);
        }
        own.retain(|authority| who.may_edit(authority));
        Ok(own)
    }

    /// A new, empty draft. Asked for again with the same id it is the same.
    pub(crate) async fn found(
        &self,
        id: Incarnation,
        kind: DocumentKind,
        authority: AuthorityId,
    ) -> Result<Incarnation, Failure> {
        let _lock = self.lock(id).await;
        if self.store.working_copy(&id).await?.is_some() {
            return Ok(id);
        }
        if self.store.is_retired(&id).await? {
            return Err(retired());
        }
        let checked = authority.clone();
        let may = self.driver.query(move |machine, _| {
            may_found(machine.ledger().charters().in_force().1, machine.own(), kind, &checked)
        });
        may.await??;
        self.begin(id, kind, authority, None, String::new()).await?;
        Ok(id)
    }

    /// The same by a person on a page.
    pub(crate) async fn found_by(
        &self,
        who: Who<'_>,
        kind: DocumentKind,
        authority: AuthorityId,
    ) -> Result<Incarnation, Failure> {
        if !self.writes_for(who).await?.contains(&authority) {
            return Err(no_writer());
        }
        let drafts = self.store.drafts().await?;
        if drafts.len() >= DRAFTS_MAX || drafts.iter().map(|d| d.bytes).sum::<u64>() >= DRAFTS_BYTES_MAX {
            let message = "there are as many drafts as this node keeps";
            return Err(Failure::new(Code::InputDrafts, message, "share some of them first"));
        }
        self.found(Incarnation(random::<16>()?), kind, authority).await
    }

    /// The draft of a document that is shared; a new one where there is none, for an authority of the own organisation: the
    /// document's own, or for another party's document the one that is given.
    pub(crate) async fn adopt(
        &self,
        document: DocumentId,
        own_board: impl AsyncFnOnce() -> Result<AuthorityId, Failure>,
        may: impl FnOnce(&AuthorityId) -> bool,
    ) -> Result<WorkingCopyRow, Failure> {
        let founded = self.driver.query(move |machine, _| {
            let ledger = machine.ledger();
            let genesis = ledger.document(&document).filter(|f| f.space == ledger.county())?.genesis.clone();
            let own = genesis.owner == *machine.own();
            Some((genesis, own))
        });
        let (genesis, own) = founded.await?.ok_or_else(|| {
            Failure::new(Code::InputNotFound, "the document is not here", "see 'samsyn work list'").field("id")
        })?;
        // What is written in another party's document is released by a board of this organisation, not of that one.
        let authority = if own { genesis.authority } else { own_board().await? };
        if !may(&authority) {
            return Err(no_copy());
        }
        self.begin_for(document, genesis.kind, authority, String::new()).await
    }

    /// The draft that there is of a document, for those who may open it.
    pub(crate) async fn draft_of(&self, who: Who<'_>, document: DocumentId) -> Result<Option<Incarnation>, Failure> {
        let row = self.store.working_copy_of(&document).await?;
        Ok(row.filter(|row| who.sees_drafts(&row.authority)).map(|row| row.id))
    }

    /// The same by a person on a page.
    pub(crate) async fn adopt_by(&self, who: Who<'_>, document: DocumentId) -> Result<Incarnation, Failure> {
        if let Some(row) = self.store.working_copy_of(&document).await? {
            gate::may_open(who, &row.authority)?;
            return Ok(row.id);
        }
        let first = async || self.writes_for(who).await?.into_iter().next().ok_or_else(no_writer);
        Ok(self.adopt(document, first, |authority| who.may_edit(authority)).await?.id)
    }

    /// A working copy bound to a document that has none here.
    pub(crate) async fn begin_for(
        &self,
        document: DocumentId,
        kind: DocumentKind,
        authority: AuthorityId,
        title: String,
    ) -> Result<WorkingCopyRow, Failure> {
        let id = clerk::next_id(&self.store, &document).await?;
        let _lock = self.lock(id).await;
        if let Some(row) = self.store.working_copy_of(&document).await? {
            return Ok(row);
        }
        if self.store.is_retired(&id).await? {
            return Err(retired());
        }
        self.begin(id, kind, authority, Some(document), title).await
    }

    async fn begin(
        &self,
        id: Incarnation,
        kind: DocumentKind,
        authority: AuthorityId,
        document: Option<DocumentId>,
        title: String,
    ) -> Result<WorkingCopyRow, Failure> {
        let empty: Automerge = model::found(kind);
        let row = WorkingCopyRow {
            id,
            kind: model::kind_name(kind).to_owned(),
            authority,
            document,
            title,
            bridge: Bridge::at(&empty).encode(),
            automerge: empty.save(),
            updated_ms: now_ms(),
        };
        let saved = row.clone();
        self.driver.write(move |_| Ok(Composed { working_copy: Some(saved), ..Composed::default() })).await?;
        Ok(row)
    }

    /// What a draft says, with what others have stated since.
    pub(crate) async fn writing(&self, who: Who<'_>, id: Incarnation) -> Result<Writing, Failure> {
        let _lock = self.lock(id).await;
        let row = self.copy(&id).await?;
        gate::may_open(who, &row.authority)?;
        let opened = open(&self.driver, &self.store, row).await?;
        Ok(Writing {
            kind: opened.genesis.kind,
            says: opened.draft,
            mark: opened.document.get_heads(),
            charter: opened.charter,
            genesis: opened.genesis,
            own: opened.own,
            row: opened.row,
        })
    }

    /// Changes what a draft said at a mark, and keeps what has come in since; true if anything differs now.
    pub(crate) async fn write(
        &self,
        who: Who<'_>,
        id: Incarnation,
        mark: &[ChangeHash],
        change: impl FnOnce(&mut Draft),
    ) -> Result<bool, Failure> {
        let _lock = self.lock(id).await;
        let mut row = self.copy(&id).await?;
        if !who.may_edit(&row.authority) {
            return Err(if who.sees_drafts(&row.authority) { no_writer() } else { no_copy() });
        }
        let actor = ActorId::from(random::<16>()?);
        let (document, draft, changed) =
            tokio::task::block_in_place(|| written(&working::load(&row.automerge)?, mark, actor, change))?;
        if !changed {
            return Ok(false);
        }
        row.title = working::title(model::kind(&document).map_err(working::failure)?, &draft);
        row.automerge = working::save(&document);
        row.updated_ms = now_ms();
        self.driver.write(move |_| Ok(Composed { working_copy: Some(row), ..Composed::default() })).await?;
        Ok(true)
    }
}

impl Desk {
    /// Says of documents that nothing has changed, each in a release of its own: how many have been shared, how many
    /// wait for a releaser, and how many something keeps back. What else differs in their drafts stays there.
    pub(crate) async fn attest(&self, who: Who<'_>, documents: &[DocumentId]) -> Result<[usize; 3], Failure> {
        let own = self.driver.query(|machine, _| machine.own().clone()).await?;
        let path = Path::new(&format!("/attested/{own}"))?;
        let today = Value::Date(calendar::day(now_ms()).to_string());
        let mut counts = [0; 3];
        for document in documents {
            let Ok(id) = self.adopt_by(who, *document).await else {
                counts[2] += 1; // another board's draft, for example: the others are confirmed all the same
                continue;
            };
            // What somebody waits for an answer to is neither overtaken nor replaced.
            if self.store.release_request(&id).await?.is_some_and(|row| row.request.answer.is_none()) {
                counts[1] += 1;
                continue;
            }
            let mark = self.writing(who, id).await?.mark;
            let (at, value) = (path.clone(), today.clone());
            self.write(who, id, &mark, |draft| draft.set(at, value)).await?;
            let wanted = Wanted::only([path.clone()].into(), self.authority_of(id).await?);
            let done = Box::pin(self.release(who, id, &wanted)).await?;
            let came = [done.published.commit.is_some(), done.waits, !done.published.held.is_empty()];
            counts.iter_mut().zip(came).for_each(|(count, came)| *count += usize::from(came));
        }
        Ok(counts)
    }
}

/// A document with a change made at a mark, and what it says then.
fn written(
    document: &Automerge,
    mark: &[ChangeHash],
    actor: ActorId,
    change: impl FnOnce(&mut Draft),
) -> Result<(Automerge, Draft, bool), Failure> {
    let known = |hash: &ChangeHash| document.get_change_meta_by_hash(hash).is_some();
    if mark.is_empty() || !mark.iter().all(known) {
        let message = "the page is of a draft that has been made anew since";
        return Err(Failure::new(Code::InputConflict, message, "open the page again"));
    }
    let stale = |_| Failure::new(Code::InputConflict, "the draft cannot be changed there", "open the page again");
    let mut branch = document.fork_at(mark).map_err(stale)?.with_actor(actor);
    let old = model::read(&branch).map_err(working::failure)?;
    let mut new = old.clone();
    change(&mut new);
    let changed = model::write(&mut branch, &old, &new).map_err(working::failure)?.is_some();
    let mut joined = document.clone();
    joined.merge(&mut branch).map_err(stale)?;
    let draft = model::read(&joined).map_err(working::failure)?;
    Ok((joined, draft, changed))
}

/// A value for each path, or none to take away what stands there.
pub(crate) fn put(draft: &mut Draft, changes: Vec<(Path, Option<Value>)>) {
    for (path, value) in changes {
        match value {
            // Somebody may write in the same text: it is emptied, never taken away and made anew.
            None if draft.prose.contains_key(&path) => draft.set(path, Value::Prose(String::new())),
            None => drop(draft.remove(&path)),
            Some(value) => draft.set(path, value),
        }
    }
}

pub(super) fn retired() -> Failure {
    let message = "the working copy was made anew when earlier texts of it were erased";
    let remedy = "open the work again ('samsyn work edit'), and write anew what you had not sent";
    Failure::new(Code::InputConflict, message, remedy).field("working_copy_id")
}

fn no_writer() -> Failure {
    Failure::new(Code::RoleForbidden, "only coordinators of the authority write here", "let one of them write it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::new(text).expect("a path")
    }

    fn actor() -> ActorId {
        ActorId::random()
    }

    #[test]
    fn two_who_save_from_one_page_keep_both_changes_and_every_word() {
        let start = model::found(DocumentKind::Work);
        let note = path("/note");
        let (first, _, _) = written(&start, &start.get_heads(), actor(), |draft| {
            draft.set(note.clone(), Value::Prose("Ett två tre.".to_owned()));
        })
        .expect("writes");
        let mark = first.get_heads();
        let (second, _, _) = written(&first, &mark, actor(), |draft| {
            draft.set(note.clone(), Value::Prose("Ett två tre. Fyra.".to_owned()));
        })
        .expect("writes");
        let (third, draft, changed) = written(&second, &mark, actor(), |draft| {
            draft.set(note.clone(), Value::Prose("Noll. Ett två tre.".to_owned()));
            draft.set(path("/facts/title"), Value::Text("Titel".to_owned()));
        })
        .expect("writes");
        assert!(changed);
        assert_eq!(draft.prose[&note], "Noll. Ett två tre. Fyra.");
        assert_eq!(draft.value(&path("/facts/title")), Some(Value::Text("Titel".to_owned())));
        let (_, _, changed) = written(&third, &third.get_heads(), actor(), |_| {}).expect("writes");
        assert!(!changed, "a page that is saved as it was changes nothing");
    }

    #[test]
    fn a_page_of_another_draft_is_refused() {
        let (one, mut other) = (model::found(DocumentKind::Work), model::found(DocumentKind::Work));
        let old = model::read(&other).expect("reads");
        let mut new = old.clone();
        new.set(path("/facts/title"), Value::Text("x".to_owned()));
        model::write(&mut other, &old, &new).expect("writes");
        let failure = written(&one, &other.get_heads(), actor(), |_| {}).expect_err("is of another");
        assert_eq!(failure.code, Code::InputConflict);
        assert_eq!(written(&one, &[], actor(), |_| {}).expect_err("names nothing").code, Code::InputConflict);
    }
}
