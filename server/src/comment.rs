//! Drafts for comment as those see them who have sent one out and those who were asked: which there are, what one says until
//! its last day, and the replies. Nobody else of the organisation is told that they exist (keeps I4).

mod seen;

use crate::{
    driver::{Composed, Handle, now_ms},
    failure::Failure,
    limits::COMMENTS_LISTED_MAX,
    projection::Values,
    register::intake::Intake,
    release::{
        self,
        circle::{Recipient, reply_path},
        desk::Desk,
    },
    rulebook::Rulebook,
    store::{Store, WorkingCopyRow},
    who::Who,
    working,
};
use automerge::ActorId;
use samsyn_client::model;
use samsyn_core::{
    code::Code,
    commit::SaltedValue,
    entry::{DocumentKind, ValueOutline},
    id::{AuthorityId, DocumentId, FactId, HeaderHash, Incarnation, OrgId, Path},
    value::Value,
};
use seen::Taken;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What lists of drafts call a reply: not by the title of what it is about, which would outlive it here.
const REPLY: &str = "Svar på ett utkast för synpunkter";

/// One recipient's copy of a draft for comment.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) document: DocumentId,
    pub(crate) kind: DocumentKind,
    /// Which way it went, seen from here.
    pub(crate) sent: bool,
    pub(crate) asker: OrgId,
    /// The authority that asks.
    pub(crate) authority: AuthorityId,
    /// To whom it is addressed, as far as that is known: it goes with the draft.
    pub(crate) to: Option<Recipient>,
    pub(crate) other: OrgId,
    pub(crate) sent_ms: u64,
    pub(crate) ends_ms: Option<u64>,
    pub(crate) ended: bool,
    /// Empty where it has none, or somebody may not see the draft.
    pub(crate) title: String,
    pub(crate) replies: u64,
}

/// One of them with all that it says.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) item: Item,
    pub(crate) question: String,
    /// What the draft says, by path; nothing once it has ended, or for those who may see replies alone.
    pub(crate) says: BTreeMap<Path, Value>,
    pub(crate) replies: Vec<Reply>,
    /// Whether somebody who looks may reply, and where they have begun to.
    pub(crate) may_reply: bool,
    pub(crate) begun: Option<Incarnation>,
}

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) organisation: OrgId,
    pub(crate) authority: Option<AuthorityId>,
    pub(crate) stated_ms: u64,
    /// None where it has not arrived or has been erased.
    pub(crate) text: Option<String>,
}

/// What of a draft somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sight {
    draft: bool,
    replies: bool,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Comments {
    driver: Handle,
    store: Arc<Store>,
    rulebook: Arc<Rulebook>,
    desk: Arc<Desk>,
}

impl Comments {
    pub(crate) fn new(driver: Handle, store: Arc<Store>, rulebook: Arc<Rulebook>, desk: Arc<Desk>) -> Self {
        Self { driver, store, rulebook, desk }
    }

    /// The latest first.
    pub(crate) async fn list(&self, who: Who<'_>) -> Result<Vec<Item>, Failure> {
        let (taken, authorities) = self.taken(None).await?;
        let values = self.short_values(&taken).await?;
        let begun = self.begun(&taken).await?;
        let mut found = Vec::new();
        for taken in &taken {
            let (item, here) = self.item(who, taken, &values, (&authorities, begun.get(&taken.document)));
            if may_open(who, &here, item.replies).is_ok() {
                found.push(item);
            }
        }
        found.sort_by_key(|item| std::cmp::Reverse((item.sent_ms, item.document)));
        found.truncate(COMMENTS_LISTED_MAX);
        Ok(found)
    }

    /// One of them: a document's whole id, or the beginning of it.
    pub(crate) async fn show(&self, who: Who<'_>, id: &str) -> Result<Shown, Failure> {
        let (taken, authorities) = self.taken(Some(id.trim().to_lowercase())).await?;
        let values = self.short_values(&taken).await?;
        let begun = self.begun(&taken).await?;
        // What somebody may not see is not there: it makes no id ambiguous either.
        let seen = |taken: &&Taken| {
            let (item, here) = self.item(who, taken, &values, (&authorities, begun.get(&taken.document)));
            may_open(who, &here, item.replies).is_ok()
        };
        let seen: Vec<&Taken> = taken.iter().filter(seen).collect();
        let [taken] = seen.as_slice() else {
            return Err(if seen.is_empty() { not_found() } else { ambiguous() });
        };
        let headers: BTreeSet<HeaderHash> = taken.facts().map(|(id, _)| id.header).collect();
        let values = self.store.values_of(&headers.into_iter().collect::<Vec<_>>()).await?;
        let copy = begun.get(&taken.document);
        let (item, here) = self.item(who, taken, &values, (&authorities, copy));
        let sight = may_open(who, &here, item.replies)?;
        let open = sight.draft && !item.ended;
        let question = taken.short.get("question").filter(|_| open).and_then(|fact| text(fact, &values));
        let says = taken.says.iter().filter(|_| open);
        let says = says.filter_map(|(path, fact)| Some((path.clone(), opened(fact, &values)?))).collect();
        let replies = taken.replies.iter().filter(|_| sight.replies).map(|reply| Reply {
            organisation: reply.organisation.clone(),
            authority: reply.authority.clone(),
            stated_ms: reply.stated_ms,
            text: text(&reply.fact, &values),
        });
        let writes = self.addressed(taken, item.to.as_ref(), &authorities).iter().any(|a| who.may_edit(a));
        let may_reply = !item.sent && !item.ended && writes && copy.is_none_or(|row| who.may_edit(&row.authority));
        let begun = copy.filter(|row| who.sees_drafts(&row.authority)).map(|row| row.id);
        Ok(Shown { question: question.unwrap_or_default(), says, replies: replies.collect(), may_reply, begun, item })
    }

    /// Writes a reply, as a draft that goes through the release gate like any other: which working copy it is.
    pub(crate) async fn write(&self, who: Who<'_>, id: &str, text: &str) -> Result<Incarnation, Failure> {
        let shown = self.show(who, id).await?;
        let Item { document, sent, ended, ref to, .. } = shown.item;
        if sent {
            let message = "this organisation has sent the draft out itself";
            return Err(Failure::new(Code::SpaceOwn, message, "replies come from those who were asked"));
        }
        if ended {
            let message = "the last day for comments has passed, and the draft is gone";
            return Err(Failure::new(Code::SpaceEnded, message, "write to whoever asked in another way"));
        }
        if text.trim().is_empty() {
            return Err(Failure::new(Code::InputEmpty, "the reply is empty", "write what you think").field("text"));
        }
        let (taken, authorities) = self.taken(Some(document.to_string())).await?;
        let Some(taken) = taken.first() else { return Err(not_found()) };
        let here = self.addressed(taken, to.as_ref(), &authorities);
        let row = if let Some(row) = self.store.working_copy_of(&document).await? {
            row
        } else {
            let authority = may_reply(who, &here)?;
            self.desk.begin_for(document, taken.kind, authority, REPLY.to_owned()).await?
        };
        if !who.may_edit(&row.authority) {
            return Err(not_yours());
        }
        let _lock = self.desk.lock(row.id).await;
        let row = self.store.working_copy(&row.id).await?.ok_or_else(not_found)?;
        let mut opened = release::open(&self.driver, &self.store, row).await?;
        let own = self.driver.query(|machine, _| machine.own().clone()).await?;
        let (old, mut new) = (opened.draft.clone(), opened.draft);
        new.set(reply_path(&own)?, Value::Prose(text.trim().to_owned()));
        new.check().map_err(working::failure)?;
        opened.document.set_actor(ActorId::from(crate::driver::random::<16>()?));
        model::write(&mut opened.document, &old, &new).map_err(working::failure)?;
        let row = WorkingCopyRow { automerge: opened.document.save(), updated_ms: now_ms(), ..opened.row };
        let id = row.id;
        self.driver.write(move |_| Ok(Composed { working_copy: Some(row), ..Composed::default() })).await?;
        Ok(id)
    }

    /// What the ledger knows of the drafts whose ids begin so; and the organisation's authorities in force.
    async fn taken(&self, begins: Option<String>) -> Result<(Vec<Taken>, Vec<AuthorityId>), Failure> {
        let rulebook = self.rulebook.clone();
        let taken = self.driver.query(move |machine, _| {
            let (ledger, own) = (machine.ledger(), machine.own());
            let intake = Intake { ledger, own, rulebook: &rulebook, now_ms: now_ms() };
            (seen::take(ledger, own, begins.as_deref()), intake.authorities())
        });
        taken.await
    }

    /// The values that lists read.
    async fn short_values(&self, taken: &[Taken]) -> Result<Values, Failure> {
        // Not the question's: it stands among what can be long.
        let listed = |taken: &Taken| ["to", "title"].map(|name| taken.short.get(name).map(|(id, _)| id.header));
        let headers = taken.iter().flat_map(listed).flatten();
        let headers: BTreeSet<HeaderHash> = headers.collect();
        self.store.values_of(&headers.into_iter().collect::<Vec<_>>()).await
    }

    /// Replies that somebody here has begun.
    async fn begun(&self, taken: &[Taken]) -> Result<BTreeMap<DocumentId, WorkingCopyRow>, Failure> {
        let mut found = BTreeMap::new();
        for taken in taken.iter().filter(|taken| !taken.sent) {
            found.extend(self.store.working_copy_of(&taken.document).await?.map(|row| (taken.document, row)));
        }
        Ok(found)
    }

    fn item(
        &self,
        who: Who<'_>,
        taken: &Taken,
        values: &Values,
        (authorities, begun): (&[AuthorityId], Option<&WorkingCopyRow>),
    ) -> (Item, Vec<AuthorityId>) {
        let ended = taken.ends_ms.is_some_and(|ends_ms| ends_ms <= now_ms());
        let short = |name: &str| taken.short.get(name).filter(|_| !ended).and_then(|fact| text(fact, values));
        let to: Option<Recipient> = short("to").and_then(|to| to.parse().ok());
        let mut here = self.addressed(taken, to.as_ref(), authorities);
        // What was addressed to whom goes with the draft: then the reply tells whose it was.
        here.extend(begun.filter(|_| ended && here.is_empty()).map(|row| row.authority.clone()));
        here.extend(taken.replies.iter().filter(|r| r.organisation == taken.own).filter_map(|r| r.authority.clone()));
        let item = Item {
            document: taken.document,
            kind: taken.kind,
            sent: taken.sent,
            asker: taken.asker.clone(),
            authority: taken.authority.clone(),
            to,
            other: taken.other.clone(),
            sent_ms: taken.sent_ms,
            ends_ms: taken.ends_ms,
            ended,
            title: short("title").filter(|_| sight(who, &here).draft).unwrap_or_default(),
            replies: taken.replies.len() as u64,
        };
        (item, here)
    }

    /// The own authorities to which it belongs: the one that asks, or those that are asked. Nobody's while it is not known.
    fn addressed(&self, taken: &Taken, to: Option<&Recipient>, authorities: &[AuthorityId]) -> Vec<AuthorityId> {
        if taken.sent {
            return vec![taken.authority.clone()];
        }
        match to {
            Some(to) if to.organisation != taken.own => Vec::new(),
            Some(Recipient { authority: Some(authority), .. }) => vec![authority.clone()],
            Some(_) => self.rulebook.receivers(Some(taken.kind), authorities),
            None => Vec::new(),
        }
    }
}

fn sight(who: Who<'_>, here: &[AuthorityId]) -> Sight {
    Sight {
        draft: here.iter().any(|authority| who.sees_drafts(authority)),
        replies: here.iter().any(|a| who.sees_drafts(a) || who.may_register(a) || who.may_disclose(a)),
    }
}

/// What somebody sees of a draft that belongs to these of the own authorities. Who may see replies alone sees nothing before
/// there is one; for anybody else there is no such draft.
pub(crate) fn may_open(who: Who<'_>, here: &[AuthorityId], replies: u64) -> Result<Sight, Failure> {
    let sight = sight(who, here);
    if sight.draft || (sight.replies && replies > 0) { Ok(sight) } else { Err(not_found()) }
}

/// In the name of which of them somebody replies.
pub(crate) fn may_reply(who: Who<'_>, here: &[AuthorityId]) -> Result<AuthorityId, Failure> {
    here.iter().find(|authority| who.may_edit(authority)).cloned().ok_or_else(not_yours)
}

type Fact = (FactId, ValueOutline);

fn salted<'a>((id, _): &Fact, values: &'a Values) -> Option<&'a SaltedValue> {
    values.get(&id.header)?.get(&id.index)
}

fn opened(fact: &Fact, values: &Values) -> Option<Value> {
    salted(fact, values)?.open(&fact.1).ok()
}

fn text(fact: &Fact, values: &Values) -> Option<String> {
    opened(fact, values)?.as_text().map(ToOwned::to_owned)
}

fn not_found() -> Failure {
    let message = "there is no such draft for comment here";
    Failure::new(Code::InputNotFound, message, "see 'samsyn comment list'").field("id")
}

fn ambiguous() -> Failure {
    Failure::new(Code::InputAmbiguous, "several drafts for comment begin so", "write more of the id").field("id")
}

fn not_yours() -> Failure {
    let message = "the draft was sent to another authority, or another one has begun the reply";
    Failure::new(Code::RoleForbidden, message, "let a coordinator of that authority reply")
}
