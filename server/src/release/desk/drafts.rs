//! Drafts as those see them who write and release them: which there are, just what would leave of one, and what is marked
//! in it.

use super::{Act, Desk, Line, gate, open, tidy};
use crate::{
    audit::Matter,
    driver::{Composed, now_ms},
    failure::Failure,
    register::calendar,
    release::{Opened, ReplyTo, Which},
    rulebook::{Mode, Rules},
    secrecy::HeldBack,
    store::{RequestRow, WorkingCopyRow},
    who::Who,
    working,
};
use jiff::civil::Date;
use samsyn_client::{
    mark::{self, Mark, Marks, Provision},
    model,
};
use samsyn_core::{
    code::Code,
    entry::{Audience, Purpose},
    id::{AuthorityId, Incarnation, Path},
    value::Value,
};
use std::collections::BTreeMap;

/// Drafts of one list.
const DRAFTS_MAX: u64 = 200;

/// A draft as those see it who write and release it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) row: WorkingCopyRow,
    pub(crate) changes: Vec<Change>,
    pub(crate) held: Vec<HeldBack>,
    /// What was asked for last.
    pub(crate) request: Option<RequestRow>,
    /// That is what would leave now, and nothing keeps it back.
    pub(crate) request_stands: bool,
    pub(crate) purpose: Purpose,
    pub(crate) audience: Audience,
    /// For what is preselected.
    pub(crate) mode: Mode,
    /// What was looked at: all that differs, and by which rules.
    pub(crate) content: String,
    pub(crate) rules: String,
    pub(crate) marks: Marks,
    pub(crate) comment: Comment,
    /// Where it is a reply to another party's draft.
    pub(crate) reply_to: Option<ReplyTo>,
}

/// What a draft for comment of it would be.
#[derive(Debug)]
pub(crate) struct Comment {
    /// It is the organisation's own.
    pub(crate) possible: bool,
    pub(crate) mode: Mode,
    /// All that the draft says.
    pub(crate) said: Vec<Change>,
    pub(crate) held: Vec<HeldBack>,
    /// The last day as the rules preselect it.
    pub(crate) until: Date,
    /// What was looked at.
    pub(crate) content: String,
}

/// What would be stated at one path.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) path: Path,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
    /// Several statements stand, and this one takes the place of all.
    pub(crate) contested: bool,
}

/// A draft in a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) row: WorkingCopyRow,
    pub(crate) differs: bool,
    pub(crate) request: Option<RequestRow>,
    /// That is what would leave now.
    pub(crate) request_stands: bool,
}

impl Desk {
    /// The drafts of the authorities for which somebody writes or releases, the latest first; and all that wait for an
    /// answer, however old.
    pub(crate) async fn drafts(&self, who: Who<'_>) -> Result<Vec<Listed>, Failure> {
        let _turn = self.listing.lock().await;
        let authorities = self.store.draft_authorities().await?;
        let seen: Vec<AuthorityId> = authorities.into_iter().filter(|a| who.sees_drafts(a)).collect();
        let mut requests: BTreeMap<Incarnation, RequestRow> =
            self.store.release_requests().await?.into_iter().map(|row| (row.working_copy, row)).collect();
        let mut listed = Vec::new();
        for id in self.store.latest_working_copies(&seen, DRAFTS_MAX).await? {
            listed.extend(self.listed(&id, requests.remove(&id)).await?);
        }
        let waits = |row: &RequestRow| row.request.answer.is_none() && who.sees_drafts(&row.request.authority);
        for (id, row) in requests.into_iter().filter(|(_, row)| waits(row)) {
            listed.extend(self.listed(&id, Some(row)).await?);
        }
        Ok(listed)
    }

    async fn listed(&self, id: &Incarnation, request: Option<RequestRow>) -> Result<Option<Listed>, Failure> {
        let Some(row) = self.store.working_copy(id).await? else { return Ok(None) };
        // One that cannot be read must not hide the others: whoever opens it is told.
        let differs = tokio::task::block_in_place(|| crate::release::differs(&row)).unwrap_or_else(|failure| {
            tracing::warn!(code = %failure.code, working_copy = %row.id, "a draft cannot be read: {failure}");
            true
        });
        let waits = request.as_ref().filter(|row| row.request.answer.is_none());
        let request_stands = match waits {
            Some(request) => self.still_stands(id, request).await.unwrap_or_else(|failure| {
                tracing::warn!(code = %failure.code, working_copy = %row.id, "a draft that waits cannot be opened: {failure}");
                false
            }),
            None => false,
        };
        Ok(Some(Listed { row, differs, request, request_stands }))
    }

    /// True if what somebody has asked for is what would leave now.
    async fn still_stands(&self, id: &Incarnation, request: &RequestRow) -> Result<bool, Failure> {
        let _lock = self.lock(*id).await;
        let opened = open(&self.driver, &self.store, self.copy(id).await?).await?;
        let rules = self.rulebook.of(&opened.row.authority);
        Ok(stands(&opened, request, &rules))
    }

    /// One draft, with just what would leave.
    pub(crate) async fn draft(&self, who: Who<'_>, id: Incarnation) -> Result<Draft, Failure> {
        let _lock = self.lock(id).await;
        let row = self.copy(&id).await?;
        gate::may_open(who, &row.authority)?;
        let authority = row.authority.clone();
        let opened = open(&self.driver, &self.store, row).await?;
        let rules = self.rulebook.of(&authority);
        let (purpose, audience) = match &opened.reply_to {
            Some(_) => (Purpose::ForInformation, Audience::Parties),
            None => (rules.purpose(), rules.audience()),
        };
        let changes = opened.unpublished().into_iter().map(|p| Change {
            contested: opened.bridge.contested(&p.path),
            before: opened.bridge.based_on(&p.path).cloned(),
            after: p.value,
            path: p.path,
        });
        let changes: Vec<Change> = changes.collect();
        let said = opened.copied(None, "").into_iter().map(|p| Change {
            path: p.path,
            before: None,
            after: p.value,
            contested: false,
        });
        let said: Vec<Change> = said.collect();
        let whole = Which::Copy { paths: None, question: String::new() };
        let comment = Comment {
            possible: opened.is_own(),
            mode: rules.mode(opened.kind(), Purpose::ForComment, Audience::Parties),
            held: opened.preview(&whole, rules.words()).held,
            until: calendar::days_after(calendar::day(now_ms()), rules.comment_days()),
            content: format!("{}-{}", opened.saying(), rules.version),
            said,
        };
        let held = opened.preview(&Which::All, rules.words()).held;
        let request = self.store.release_request(&id).await?;
        let request_stands = request.as_ref().is_some_and(|row| stands(&opened, row, &rules));
        Ok(Draft {
            mode: rules.mode(opened.kind(), purpose, audience),
            content: format!("{}-{}", opened.differing(), rules.version),
            comment,
            reply_to: opened.reply_to.clone(),
            rules: rules.version.clone(),
            marks: mark::marks(&opened.draft),
            row: opened.row,
            changes,
            held,
            request,
            request_stands,
            purpose,
            audience,
        })
    }

    /// Puts a secrecy mark on a path, or on all of a draft; none takes it away. True if something has changed.
    pub(crate) async fn mark(
        &self,
        who: Who<'_>,
        id: Incarnation,
        path: Option<&Path>,
        provisions: Option<Vec<Provision>>,
        note: &str,
    ) -> Result<bool, Failure> {
        let _lock = self.lock(id).await;
        let mut row = self.copy(&id).await?;
        gate::may_mark(who, &row.authority)?;
        let wrong = |what: &str| Failure::new(Code::SecrecyProvision, what, "choose another").field("bestammelse");
        if provisions.as_ref().is_some_and(|p| p.iter().any(Provision::of_the_realm)) {
            return Err(wrong("what concerns the security of the realm may not lie here, marked or not"));
        }
        let made = match provisions {
            Some(provisions) => Some(Mark {
                provisions,
                date: calendar::day(now_ms()).to_string(),
                authority: row.authority.to_string(),
                note: tidy(note)?,
            }),
            None => None,
        };
        let mut document = working::load(&row.automerge)?;
        let old = model::read(&document).map_err(working::failure)?;
        let mut new = old.clone();
        if !mark::set(&mut new, path, made.as_ref()) {
            return Ok(false);
        }
        model::write(&mut document, &old, &new).map_err(working::failure)?;
        row.automerge = working::save(&document);
        row.updated_ms = now_ms();
        let (copy, authority) = (row.id.to_string(), row.authority.to_string());
        let about = Matter { working_copy: &copy, authority: &authority, rules: "", to: &[] };
        let place = path.map_or("/", Path::as_str);
        let cited: Vec<String> = made.iter().flat_map(|m| &m.provisions).map(ToString::to_string).collect();
        self.line(who, Line::Marked { device: who.device(), about, place, provisions: &cited })?;
        self.driver.write(move |_| Ok(Composed { working_copy: Some(row), ..Composed::default() })).await?;
        Ok(true)
    }
}

/// True if what was asked for is what would leave now, and nothing keeps it back.
fn stands(opened: &Opened, row: &RequestRow, rules: &Rules) -> bool {
    let r = &row.request;
    let act = Act {
        purpose: r.purpose,
        audience: r.audience,
        authority: r.authority.clone(),
        role: r.authority.clone(),
        circle: r.circle.clone(),
    };
    let which = r.paths.clone().map_or(Which::All, Which::Only).of(&act);
    opened.content(&act, &which) == r.content && opened.preview(&which, rules.words()).held.is_empty()
}
