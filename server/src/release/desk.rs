//! Sharing what a working copy holds: at once, or once a releaser has said yes, as the authority's rules ask for. What is
//! done is in the audit log before it is done.

mod drafts;
pub(crate) mod gate;
pub(crate) mod write;

pub(crate) use drafts::{Change, Draft, Listed};
use gate::Step;

use super::{
    Act, Locks, Opened, Published, Which,
    circle::{Asked, Circle},
    open,
};
use crate::{
    audit::{Act as Line, Audit, Matter},
    driver::{Composed, Handle, now_ms},
    failure::Failure,
    rulebook::{Mode, Rulebook, Rules},
    secrecy::Overruled,
    store::{ReleaseAnswer, ReleaseRequest, RequestRow, Role, Store, WorkingCopyRow},
    who::Who,
};
use samsyn_core::{
    code::Code,
    entry::{Audience, Purpose},
    id::{AuthorityId, Incarnation, Name, OrgId, Path},
};
use std::{collections::BTreeSet, sync::Arc, time::Instant};

/// Characters of the reason for a refusal, or for letting something out all the same.
const REASON_MAX: usize = 2_000;

/// What somebody wants shared. What is not said is as the authority's rules preselect it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) which: Which,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) audience: Option<Audience>,
    pub(crate) authority: AuthorityId,
    pub(crate) role: Option<String>,
    /// What was looked at, where it was: something else is not shared.
    pub(crate) looked_at: Option<String>,
    /// Why what the scanner has found leaves all the same.
    pub(crate) overrule: Option<String>,
    /// Somebody was told that a releaser says yes first: so it is, whatever the rules say of what was chosen.
    pub(crate) ask: bool,
    /// Of a draft for comment: whose comments, and until when.
    pub(crate) asked: Asked,
    pub(crate) now_ms: u64,
}

/// What came of it, or would.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) published: Published,
    pub(crate) purpose: Purpose,
    pub(crate) audience: Audience,
    /// A releaser must say yes first.
    pub(crate) waits: bool,
    /// Of what is shown before anything is shared: what the one who looks is to name.
    pub(crate) looked_at: String,
    /// Of a draft for comment.
    pub(crate) circle: Option<Circle>,
    /// It would reach more than half of the other parties.
    pub(crate) wide: bool,
    /// Where it is a reply to a draft for comment: who has asked.
    pub(crate) reply_to: Option<OrgId>,
}

/// As what and to whom something is shared.
#[derive(Debug, Clone)]
struct AsWhat {
    purpose: Purpose,
    audience: Audience,
    circle: Option<Circle>,
    wide: bool,
    reply_to: Option<OrgId>,
}

impl AsWhat {
    fn of(opened: &Opened, act: &Act) -> Self {
        Self {
            purpose: act.purpose,
            audience: act.audience,
            wide: act.circle.as_ref().is_some_and(|circle| opened.is_wide(circle)),
            circle: act.circle.clone(),
            reply_to: opened.reply_to.as_ref().map(|reply| reply.asker.clone()),
        }
    }
}

impl Outcome {
    fn done(published: Published, as_what: AsWhat) -> Self {
        let AsWhat { purpose, audience, circle, wide, reply_to } = as_what;
        Self { published, purpose, audience, waits: false, looked_at: String::new(), circle, wide, reply_to }
    }
}

/// A releaser's answer.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) approve: bool,
    /// The request's, as it was looked at.
    pub(crate) content: String,
    pub(crate) reason: String,
}

/// Where drafts are looked at and shared.
#[derive(Debug)]
pub(crate) struct Desk {
    driver: Handle,
    store: Arc<Store>,
    rulebook: Arc<Rulebook>,
    audit: Option<Arc<Audit>>,
    locks: Locks,
    /// Reading many drafts takes a processor and memory: one list at a time.
    listing: tokio::sync::Mutex<()>,
}

impl Desk {
    pub(crate) fn new(driver: Handle, store: Arc<Store>, rulebook: Arc<Rulebook>, audit: Option<Arc<Audit>>) -> Self {
        Self { driver, store, rulebook, audit, locks: Locks::default(), listing: tokio::sync::Mutex::default() }
    }

    pub(crate) async fn lock(&self, id: Incarnation) -> tokio::sync::OwnedMutexGuard<()> {
        self.locks.lock(id).await
    }

    pub(crate) async fn copy(&self, id: &Incarnation) -> Result<WorkingCopyRow, Failure> {
        match self.store.working_copy(id).await? {
            Some(row) => Ok(row),
            None => Err(if self.store.is_retired(id).await? { write::retired() } else { no_copy() }),
        }
    }

    /// The authority that a draft belongs to.
    pub(crate) async fn authority_of(&self, id: Incarnation) -> Result<AuthorityId, Failure> {
        Ok(self.copy(&id).await?.authority)
    }

    /// Says what sharing would be, shares nothing.
    pub(crate) async fn preview(&self, who: Who<'_>, id: Incarnation, wanted: &Wanted) -> Result<Outcome, Failure> {
        let _lock = self.lock(id).await;
        let opened = open(&self.driver, &self.store, self.copy(&id).await?).await?;
        let (act, rules) = self.act(who, &opened, wanted)?;
        let published = opened.preview(&wanted.which.clone().of(&act), rules.words());
        let approve = rules.mode(opened.kind(), act.purpose, act.audience) == Mode::Approve;
        let waits = approve && published.held.is_empty() && !published.paths.is_empty();
        let looked_at = looked_at(&opened, &rules, &act);
        Ok(Outcome { waits, looked_at, ..Outcome::done(published, AsWhat::of(&opened, &act)) })
    }

    /// As what a draft is shared, and whether it can be, apart from what it says.
    fn act(&self, who: Who<'_>, opened: &Opened, wanted: &Wanted) -> Result<(Act, Arc<Rules>), Failure> {
        let (act, rules) = gate::act(&self.rulebook, who, &opened.row.authority, wanted)?;
        Ok((within_space(opened, act, wanted)?, rules))
    }

    /// Shares what a draft holds, or asks a releaser for it.
    pub(crate) async fn release(&self, who: Who<'_>, id: Incarnation, wanted: &Wanted) -> Result<Outcome, Failure> {
        let _lock = self.lock(id).await;
        let opened = open(&self.driver, &self.store, self.copy(&id).await?).await?;
        let (act, rules) = self.act(who, &opened, wanted)?;
        if wanted.looked_at.as_ref().is_some_and(|seen| *seen != looked_at(&opened, &rules, &act)) {
            return Err(changed("the draft or the rules have changed since it was looked at"));
        }
        let as_what = AsWhat::of(&opened, &act);
        let which = match &wanted.which {
            _ if act.circle.is_some() => wanted.which.clone().of(&act),
            // All that differs was chosen, one by one.
            Which::Only(paths) if opened.unpublished().iter().all(|p| paths.contains(&p.path)) => Which::All,
            other => other.clone(),
        };
        let published = match gate::step(who, &act, &rules, opened.kind(), wanted)? {
            Step::Overrule => {
                let reason = self.overruling(wanted)?;
                Box::pin(self.overrule(who, opened, act, which, &rules, &reason)).await?
            }
            Step::Ask => {
                let published = opened.preview(&which, rules.words());
                let waits = published.held.is_empty() && !published.paths.is_empty();
                if waits {
                    self.ask(who, &opened, &act, &which, &rules).await?;
                }
                return Ok(Outcome { waits, ..Outcome::done(published, as_what) });
            }
            Step::Publish => {
                let overruled = Overruled::default();
                Box::pin(self.publish_now(who, opened, act, which, &rules, &overruled, None)).await?
            }
        };
        Ok(Outcome::done(published, as_what))
    }

    /// Keeps what is asked for. The same asked for again is the same request, with the age it has.
    async fn ask(&self, who: Who<'_>, opened: &Opened, act: &Act, which: &Which, rules: &Rules) -> Result<(), Failure> {
        let request = request(who.kept_as(Role::Coordinator), opened, act, which, rules);
        let before = self.store.release_request(&opened.row.id).await?;
        if before.is_some_and(|row| row.request == request) {
            // That somebody else has asked too is told, and changes nothing.
            let (id, authority) = (opened.row.id.to_string(), act.authority.to_string());
            let to = to_whom(opened, act);
            let about = Matter { working_copy: &id, authority: &authority, rules: &rules.version, to: &to };
            return self.line(who, Line::ReleaseAsked { device: who.device(), about });
        }
        self.keep(who, RequestRow { working_copy: opened.row.id, asked_ms: now_ms(), request }).await
    }

    /// Writes down that a release was asked for or refused, and keeps it; if that fails, that too.
    async fn keep(&self, who: Who<'_>, row: RequestRow) -> Result<(), Failure> {
        let (id, authority) = (row.working_copy.to_string(), row.request.authority.to_string());
        let rules = row.request.rules.clone();
        let to = named(row.request.circle.as_ref());
        let about = Matter { working_copy: &id, authority: &authority, rules: &rules, to: &to };
        let device = who.device();
        let line = match row.request.answer {
            None => Line::ReleaseAsked { device, about },
            Some(_) => Line::ReleaseRefused { device, about },
        };
        self.line(who, line)?;
        let kept = self.driver.write(move |_| Ok(Composed { request: Some(row), ..Composed::default() })).await;
        if let Err(failure) = &kept {
            self.line(who, Line::ReleaseFailed { device, about, code: failure.code.as_str() }).ok();
        }
        kept.map(|_| ())
    }

    /// Publishes; that it was done is in the audit log first, and if it failed, that too.
    #[expect(clippy::too_many_arguments, reason = "what, as what, by whom and on whose answer")]
    async fn publish_now(
        &self,
        who: Who<'_>,
        opened: Opened,
        act: Act,
        which: Which,
        rules: &Rules,
        overruled: &Overruled,
        answered: Option<RequestRow>,
    ) -> Result<Published, Failure> {
        let (id, authority) = (opened.row.id.to_string(), act.authority.to_string());
        let to = to_whom(&opened, &act);
        let about = Matter { working_copy: &id, authority: &authority, rules: &rules.version, to: &to };
        let began = Instant::now();
        let judged = opened.assess(&which, (rules.words(), overruled));
        if judged.as_ref().is_ok_and(|leaves| !leaves.get().is_empty()) {
            self.line(who, Line::Release { device: who.device(), about })?;
        }
        self.driver.timings().gate(began.elapsed());
        let publishing = opened.publish(&self.driver, act, judged, answered);
        let published = Box::pin(publishing).await;
        if let Err(failure) = &published {
            self.line(who, Line::ReleaseFailed { device: who.device(), about, code: failure.code.as_str() }).ok();
        }
        published
    }

    /// Why something is set aside. Not what nobody has looked at, and not without a line that says so.
    fn overruling(&self, wanted: &Wanted) -> Result<String, Failure> {
        if wanted.looked_at.is_none() {
            let message = "nobody says what was looked at";
            return Err(Failure::new(Code::InputEmpty, message, "look at a preview first").field("looked_at"));
        }
        if self.audit.is_none() {
            let message = "this node keeps no audit log, and lets nothing out that the scanner has found without one";
            let remedy = "give the authority rules ([rules] directory) or let people sign in: then it keeps one";
            return Err(Failure::new(Code::AuditUnwritable, message, remedy));
        }
        let reason = tidy(wanted.overrule.as_deref().unwrap_or_default())?;
        if reason.is_empty() {
            return Err(Failure::new(Code::InputEmpty, "this needs a reason", "say why").field("reason"));
        }
        Ok(reason)
    }

    /// A releaser lets out what the scanner has found, for a reason that is kept. Only of what was found just now, in just
    /// this text.
    async fn overrule(
        &self,
        who: Who<'_>,
        opened: Opened,
        act: Act,
        which: Which,
        rules: &Rules,
        reason: &str,
    ) -> Result<Published, Failure> {
        let preview = opened.preview(&which, rules.words());
        let Some(overruled) = gate::set_aside(&preview.held)? else { return Ok(preview) };
        let (id, authority) = (opened.row.id.to_string(), act.authority.to_string());
        let to = to_whom(&opened, &act);
        let about = Matter { working_copy: &id, authority: &authority, rules: &rules.version, to: &to };
        let found: Vec<String> = preview.held.iter().map(|h| format!("{} {}", h.path, h.code)).collect();
        self.line(who, Line::Overruled { device: who.device(), about, found: &found, reason })?;
        let act = Act { role: releaser()?, ..act };
        let answer = ReleaseAnswer {
            approved: true,
            at_ms: now_ms(),
            by: who.kept_as(Role::Releaser),
            reason: reason.to_owned(),
        };
        let asked = request(who.kept_as(Role::Releaser), &opened, &act, &which, rules);
        let request = ReleaseRequest { answer: Some(answer), ..asked };
        let row = RequestRow { working_copy: opened.row.id, asked_ms: now_ms(), request };
        Box::pin(self.publish_now(who, opened, act, which, rules, &overruled, Some(row))).await
    }

    /// What has been asked for, of authorities whose drafts somebody sees; with the drafts.
    pub(crate) async fn requests(
        &self,
        sees: impl Fn(&AuthorityId) -> bool,
    ) -> Result<Vec<(RequestRow, Option<WorkingCopyRow>)>, Failure> {
        let mut found = Vec::new();
        for row in self.store.release_requests().await?.into_iter().filter(|row| sees(&row.request.authority)) {
            let copy = self.store.working_copy(&row.working_copy).await?;
            found.push((row, copy));
        }
        Ok(found)
    }

    /// A releaser answers what was asked for.
    pub(crate) async fn decide(
        &self,
        who: Who<'_>,
        id: Incarnation,
        decision: Decision,
    ) -> Result<Option<Outcome>, Failure> {
        let _lock = self.lock(id).await;
        let waiting = self.store.release_request(&id).await?.filter(|row| row.request.answer.is_none());
        if let Some(row) = &waiting {
            gate::may_answer(who, &row.request.authority)?;
        }
        let mut row = waiting.ok_or_else(|| {
            let message = "nothing waits for an answer here, or it has been answered already";
            Failure::new(Code::ReleaseNotWaiting, message, "see 'samsyn release list'").field("working_copy_id")
        })?;
        let reason = tidy(&decision.reason)?;
        if !decision.approve && reason.is_empty() {
            return Err(Failure::new(Code::InputEmpty, "a refusal needs a reason", "say why not").field("reason"));
        }
        if decision.content != row.request.content {
            return Err(changed("something else has been asked for since it was looked at"));
        }
        let by = who.kept_as(Role::Releaser);
        row.request.answer = Some(ReleaseAnswer { approved: decision.approve, at_ms: now_ms(), by, reason });
        if !decision.approve {
            self.keep(who, row).await?;
            return Ok(None);
        }
        let opened = open(&self.driver, &self.store, self.copy(&id).await?).await?;
        let now_ms = now_ms();
        let (act, rules) = gate::approved(&self.rulebook, who, &opened.row.authority, &row.request, now_ms)?;
        let act = within_space(&opened, act, &Wanted::again(&row.request, now_ms))?;
        let which = row.request.paths.clone().map_or(Which::All, Which::Only).of(&act);
        let as_what = AsWhat::of(&opened, &act);
        if opened.content(&act, &which) != row.request.content {
            return Err(changed("the draft is no longer what was asked for"));
        }
        let overruled = Overruled::default();
        let published = Box::pin(self.publish_now(who, opened, act, which, &rules, &overruled, Some(row))).await?;
        Ok(Some(Outcome::done(published, as_what)))
    }

    fn line(&self, who: Who<'_>, line: Line<'_>) -> Result<(), Failure> {
        let Some(audit) = &self.audit else { return Ok(()) };
        tokio::task::block_in_place(|| audit.write(line, who.person())).map_err(|failure| {
            tracing::error!(code = %failure.code, "nothing is released: {failure}; remedy: {}", failure.remedy);
            let message = "the node cannot write down what is done, and releases nothing without that";
            Failure::new(Code::AuditUnwritable, message, "tell whoever runs the node; its log has the reason")
        })
    }
}

/// What somebody looks at before they share it: what differs, or of a draft for comment all that it says; and the rules
/// that judged it.
fn looked_at(opened: &Opened, rules: &Rules, act: &Act) -> String {
    let said = if act.circle.is_some() { opened.saying() } else { opened.differing() };
    format!("{said}-{}", rules.version)
}

/// What a draft for comment and a reply to one ask for besides.
fn within_space(opened: &Opened, act: Act, wanted: &Wanted) -> Result<Act, Failure> {
    if let Some(reply) = &opened.reply_to {
        return gate::reply(act, wanted, reply.ends_ms);
    }
    if let Some(circle) = &act.circle {
        opened.may_be_copied(circle, wanted.now_ms)?;
    }
    Ok(act)
}

/// The recipients, where not all parties are.
fn named(circle: Option<&Circle>) -> Vec<String> {
    circle
        .map(|circle| circle.names().into_iter().chain([format!("until {}", circle.until)]).collect())
        .unwrap_or_default()
}

fn to_whom(opened: &Opened, act: &Act) -> Vec<String> {
    let asker = opened.reply_to.iter().map(|reply| reply.asker.to_string());
    asker.chain(named(act.circle.as_ref())).collect()
}

impl Wanted {
    /// What differs at some paths and nothing else, as the authority's rules say.
    pub(crate) fn only(paths: BTreeSet<Path>, authority: AuthorityId) -> Self {
        Self {
            which: Which::Only(paths),
            purpose: None,
            audience: None,
            authority,
            role: None,
            looked_at: None,
            overrule: None,
            ask: false,
            asked: Asked::default(),
            now_ms: now_ms(),
        }
    }

    /// What was asked for, once more.
    fn again(request: &ReleaseRequest, now_ms: u64) -> Self {
        Self {
            which: request.paths.clone().map_or(Which::All, Which::Only),
            purpose: Some(request.purpose),
            audience: Some(request.audience),
            authority: request.authority.clone(),
            role: Some(Role::Releaser.as_str().to_owned()),
            looked_at: None,
            overrule: None,
            ask: false,
            asked: request.circle.as_ref().map(Circle::asked).unwrap_or_default(),
            now_ms,
        }
    }
}

/// What is asked for, unanswered.
fn request(asked_by: String, opened: &Opened, act: &Act, which: &Which, rules: &Rules) -> ReleaseRequest {
    ReleaseRequest {
        purpose: act.purpose,
        audience: act.audience,
        authority: act.authority.clone(),
        circle: act.circle.clone(),
        paths: opened.named(which),
        content: opened.content(act, which),
        asked_by,
        rules: rules.version.clone(),
        answer: None,
    }
}

fn releaser() -> Result<Name, Failure> {
    Ok(Name::new(Role::Releaser.as_str())?)
}

fn no_copy() -> Failure {
    Failure::new(Code::InputNotFound, "there is no such working copy", "see 'samsyn work list --drafts'")
        .field("working_copy_id")
}

pub(crate) fn no_releaser(who: Who<'_>) -> Failure {
    let role = match who {
        Who::Device(device) => device.role.as_str(),
        Who::Person(_) | Who::FileDrop(_) => "the person",
    };
    let message = format!("the role '{role}' may not release for this authority");
    let remedy = format!("ask for the role '{}' ('samsynd device add --role releaser')", Role::Releaser);
    Failure::new(Code::RoleForbidden, message, remedy)
}

fn changed(message: &str) -> Failure {
    let remedy = "let the coordinator look at it and ask again ('samsyn work publish'); then look again";
    Failure::new(Code::ReleaseChanged, message, remedy).field("working_copy_id")
}

/// Whoever asked is to know why.
fn tidy(reason: &str) -> Result<String, Failure> {
    let reason = reason.trim();
    let characters = reason.chars().count();
    if characters > REASON_MAX {
        let message = format!("the reason has {characters} characters, {REASON_MAX} are the most");
        return Err(Failure::new(Code::InputTooLong, message, "shorten it").field("reason"));
    }
    Ok(reason.replace('\0', ""))
}
