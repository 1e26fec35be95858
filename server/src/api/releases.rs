//! Sharing what a working copy holds: at once, or once a releaser has said yes, as the authority's rules ask for.

use super::{
    Api,
    replica::{answer, which},
};
use crate::{
    audit::{Act as Line, Matter},
    driver::{Composed, now_ms},
    failure::Failure,
    release::{self, Act, Opened, Published, Which},
    rulebook::{Mode, Rules},
    store::{Device, ReleaseAnswer, ReleaseRequest, RequestRow, Role, WorkingCopyRow},
    view::copy_id,
};
use samsyn_core::{
    code::Code,
    entry::{Audience, Purpose},
    id::{AuthorityId, Name, Path},
};
use samsyn_wire::v1;

/// Characters of the reason for a refusal.
const REASON_MAX: usize = 2_000;

impl Api {
    pub(super) async fn release(
        &self,
        device: &Device,
        request: v1::PublishRequest,
    ) -> Result<v1::PublishResponse, Failure> {
        let id = copy_id(&request.working_copy_id)?;
        let _lock = self.locks.lock(id).await;
        let opened = release::open(&self.driver, &self.store, self.copy(&id).await?).await?;
        let authority = match request.authority.as_str() {
            "" => opened.row.authority.clone(),
            other => self.authority(Some(other.to_owned()), device).await?,
        };
        self.within_walls(device, &opened.row.authority, &authority)?;
        let rules = self.rulebook.of(&authority);
        let act = Act {
            purpose: Purpose::try_from(request.purpose()).unwrap_or(rules.purpose()),
            audience: Audience::try_from(request.audience()).unwrap_or(rules.audience()),
            role: match request.role.as_str() {
                "" => Name::new(device.role.as_str())?,
                role if role == Role::Releaser.as_str() && !device.role.may_release() => {
                    return Err(no_releaser(device));
                }
                other => Name::new(other)?,
            },
            authority,
        };
        if act.purpose == Purpose::ForComment {
            return Err(Failure::new(
                Code::InputValue,
                "a draft for comment goes to named recipients only, which this version cannot do yet",
                "choose another purpose, or wait for a version with spaces for comment",
            )
            .field("purpose"));
        }
        let which = which(&request.paths)?;
        let (purpose, audience) = (act.purpose, act.audience);
        let approve = rules.mode(opened.kind(), purpose, audience) == Mode::Approve;
        if request.preview || approve {
            let preview = opened.preview(&which, rules.words());
            let waits = approve && preview.held.is_empty() && !preview.paths.is_empty();
            if waits && !request.preview {
                self.ask(device, &opened, &act, &which, &rules).await?;
            }
            return Ok(v1::PublishResponse { waits, ..answer(preview, purpose, audience) });
        }
        let published = Box::pin(self.publish_now(device, opened, act, which, &rules, None)).await?;
        Ok(answer(published, purpose, audience))
    }

    /// Where authorities have rules, each releases its own drafts with its own devices: naming another one, or another
    /// one's device, gets past nobody's rules. A device bound to none speaks for all of them.
    fn within_walls(&self, device: &Device, owner: &AuthorityId, releasing: &AuthorityId) -> Result<(), Failure> {
        if !self.rulebook.any() || (owner == releasing && at(device, owner)) {
            return Ok(());
        }
        let message = format!("the draft belongs to the authority '{owner}', which releases it itself");
        let remedy = format!("release it as '{owner}', with a device of that authority or of none");
        Err(Failure::new(Code::RoleForbidden, message, remedy).field("authority"))
    }

    /// Keeps what is asked for. The same asked for again is the same request, with the age it has.
    async fn ask(
        &self,
        device: &Device,
        opened: &Opened,
        act: &Act,
        which: &Which,
        rules: &Rules,
    ) -> Result<(), Failure> {
        let request = ReleaseRequest {
            purpose: act.purpose,
            audience: act.audience,
            authority: act.authority.clone(),
            paths: opened.named(which),
            content: opened.content(act, which),
            asked_by: device.name.clone(),
            rules: rules.version.clone(),
            answer: None,
        };
        let before = self.store.release_request(&opened.row.id).await?;
        if before.is_some_and(|row| row.request == request) {
            return Ok(());
        }
        let row = RequestRow { working_copy: opened.row.id, asked_ms: now_ms(), request };
        self.keep(device, row).await
    }

    /// Writes down that a release was asked for or refused, and keeps it; if that fails, that too.
    async fn keep(&self, device: &Device, row: RequestRow) -> Result<(), Failure> {
        let (id, authority) = (row.working_copy.to_string(), row.request.authority.to_string());
        let rules = row.request.rules.clone();
        let about = Matter { working_copy: &id, authority: &authority, rules: &rules };
        let device = device.name.as_str();
        self.line(match row.request.answer {
            None => Line::ReleaseAsked { device, about },
            Some(_) => Line::ReleaseRefused { device, about },
        })?;
        let kept = self.driver.write(move |_| Ok(Composed { request: Some(row), ..Composed::default() })).await;
        if let Err(failure) = &kept {
            self.line(Line::ReleaseFailed { device, about, code: failure.code.as_str() }).ok();
        }
        kept.map(|_| ())
    }

    /// Publishes; that it was done is in the audit log first, and if it failed, that too.
    async fn publish_now(
        &self,
        device: &Device,
        opened: Opened,
        act: Act,
        which: Which,
        rules: &Rules,
        answered: Option<RequestRow>,
    ) -> Result<Published, Failure> {
        let (id, authority) = (opened.row.id.to_string(), act.authority.to_string());
        let about = Matter { working_copy: &id, authority: &authority, rules: &rules.version };
        let preview = opened.preview(&which, rules.words());
        if preview.held.is_empty() && !preview.paths.is_empty() {
            self.line(Line::Release { device: &device.name, about })?;
        }
        let published = opened.publish(&self.driver, act, which, rules.words(), answered).await;
        if let Err(failure) = &published {
            self.line(Line::ReleaseFailed { device: &device.name, about, code: failure.code.as_str() }).ok();
        }
        published
    }

    /// The requests that a device may see: those of its authority, or of all where it has none.
    pub(super) async fn release_requests(&self, device: &Device) -> Result<Vec<v1::ReleaseRequest>, Failure> {
        let mut found = Vec::new();
        for row in self.store.release_requests().await? {
            if at(device, &row.request.authority) {
                found.push(shown(&row, self.store.working_copy(&row.working_copy).await?.as_ref()));
            }
        }
        Ok(found)
    }

    pub(super) async fn decide(
        &self,
        device: &Device,
        decision: v1::DecideReleaseRequest,
    ) -> Result<v1::DecideReleaseResponse, Failure> {
        let id = copy_id(&decision.working_copy_id)?;
        let _lock = self.locks.lock(id).await;
        let waiting = self.store.release_request(&id).await?.filter(|row| row.request.answer.is_none());
        if !device.role.may_release() || waiting.as_ref().is_some_and(|row| !at(device, &row.request.authority)) {
            return Err(no_releaser(device));
        }
        let mut row = waiting.ok_or_else(|| {
            let message = "nothing waits for an answer here, or it has been answered already";
            Failure::new(Code::ReleaseNotWaiting, message, "see 'samsyn release list'").field("working_copy_id")
        })?;
        let reason = reason(&decision)?;
        if decision.content != row.request.content {
            return Err(changed("something else has been asked for since it was looked at"));
        }
        row.request.answer =
            Some(ReleaseAnswer { approved: decision.approve, at_ms: now_ms(), by: device.name.clone(), reason });
        if !decision.approve {
            self.keep(device, row).await?;
            return Ok(v1::DecideReleaseResponse::default());
        }
        let opened = release::open(&self.driver, &self.store, self.copy(&id).await?).await?;
        let ReleaseRequest { purpose, audience, .. } = row.request;
        let which = row.request.paths.clone().map_or(Which::All, Which::Only);
        let authority = row.request.authority.clone();
        self.within_walls(device, &opened.row.authority, &authority)?;
        let rules = self.rulebook.of(&authority);
        let act = Act { purpose, audience, authority, role: Name::new(device.role.as_str())? };
        if opened.content(&act, &which) != row.request.content {
            return Err(changed("the draft is no longer what was asked for"));
        }
        let published = Box::pin(self.publish_now(device, opened, act, which, &rules, Some(row))).await?;
        Ok(v1::DecideReleaseResponse { published: Some(answer(published, purpose, audience)) })
    }

    fn line(&self, line: Line<'_>) -> Result<(), Failure> {
        let Some(audit) = &self.audit else { return Ok(()) };
        tokio::task::block_in_place(|| audit.write(line, None)).map_err(|failure| {
            tracing::error!(code = %failure.code, "nothing is released: {failure}; remedy: {}", failure.remedy);
            let message = "the node cannot write down what is done, and releases nothing without that";
            Failure::new(Code::AuditUnwritable, message, "tell whoever runs the node; its log has the reason")
        })
    }
}

fn no_releaser(device: &Device) -> Failure {
    let message = format!("the role '{}' may not release for this authority", device.role);
    let remedy = format!("ask for the role '{}' ('samsynd device add --role releaser')", Role::Releaser);
    Failure::new(Code::RoleForbidden, message, remedy)
}

/// True if a device speaks for an authority: its own, or any where it is bound to none.
pub(super) fn at(device: &Device, authority: &AuthorityId) -> bool {
    device.authority.as_ref().is_none_or(|own| own == authority)
}

fn changed(message: &str) -> Failure {
    let remedy = "let the coordinator look at it and ask again ('samsyn work publish'); then look again";
    Failure::new(Code::ReleaseChanged, message, remedy).field("working_copy_id")
}

/// Whoever asked is to know why not.
fn reason(decision: &v1::DecideReleaseRequest) -> Result<String, Failure> {
    let reason = decision.reason.trim();
    let characters = reason.chars().count();
    if characters > REASON_MAX {
        let message = format!("the reason has {characters} characters, {REASON_MAX} are the most");
        return Err(Failure::new(Code::InputTooLong, message, "shorten it").field("reason"));
    }
    if !decision.approve && reason.is_empty() {
        return Err(Failure::new(Code::InputEmpty, "a refusal needs a reason", "say why not").field("reason"));
    }
    Ok(reason.replace('\0', ""))
}

pub(super) fn shown(row: &RequestRow, copy: Option<&WorkingCopyRow>) -> v1::ReleaseRequest {
    let request = &row.request;
    let answer = request.answer.as_ref();
    let state = match answer {
        None => v1::ReleaseState::Waits,
        Some(answer) if answer.approved => v1::ReleaseState::Approved,
        Some(_) => v1::ReleaseState::Refused,
    };
    v1::ReleaseRequest {
        working_copy_id: row.working_copy.to_string(),
        document_id: copy.and_then(|c| c.document).map(|d| d.to_string()).unwrap_or_default(),
        title: copy.map(|c| c.title.clone()).unwrap_or_default(),
        authority: request.authority.to_string(),
        purpose: v1::Purpose::from(request.purpose).into(),
        audience: v1::Audience::from(request.audience).into(),
        paths: request.paths.iter().flatten().map(Path::to_string).collect(),
        asked_ms: row.asked_ms,
        asked_by: request.asked_by.clone(),
        state: state.into(),
        answered_ms: answer.map_or(0, |a| a.at_ms),
        answered_by: answer.map(|a| a.by.clone()).unwrap_or_default(),
        reason: answer.map(|a| a.reason.clone()).unwrap_or_default(),
        content: request.content.clone(),
    }
}
