//! Sharing what a working copy holds, and answering what waits: messages to and from the releases' desk.

use super::{
    Api,
    replica::{answer, which},
};
use crate::{
    driver::now_ms,
    failure::Failure,
    release::{
        circle::{Asked, Circle},
        desk::{Decision, Wanted, no_releaser},
    },
    store::{Device, RequestRow, WorkingCopyRow},
    view::copy_id,
    who::{Who, speaks_for},
};
use samsyn_core::{
    code::Code,
    entry::{Audience, Purpose},
    id::Path,
};
use samsyn_wire::v1;

impl Api {
    pub(super) async fn release(
        &self,
        device: &Device,
        request: v1::PublishRequest,
    ) -> Result<v1::PublishResponse, Failure> {
        let id = copy_id(&request.working_copy_id)?;
        let authority = match request.authority.as_str() {
            "" => self.releases.authority_of(id).await?,
            other => self.authority(Some(other.to_owned()), device).await?,
        };
        let overrule = request.overrule.as_ref().map(overruling).transpose()?;
        let wanted = Wanted {
            which: which(&request.paths)?,
            purpose: Purpose::try_from(request.purpose()).ok(),
            audience: Audience::try_from(request.audience()).ok(),
            authority,
            role: Some(request.role.clone()).filter(|role| !role.is_empty()),
            looked_at: Some(request.looked_at.clone()).filter(|seen| !seen.is_empty()),
            overrule,
            ask: false,
            asked: Asked {
                to: request.to.clone(),
                until: Some(request.until.clone()).filter(|until| !until.is_empty()),
                question: request.question.clone(),
            },
            now_ms: now_ms(),
        };
        let who = Who::Device(device);
        let done = if request.preview {
            self.releases.preview(who, id, &wanted).await?
        } else {
            Box::pin(self.releases.release(who, id, &wanted)).await?
        };
        Ok(answer(done))
    }

    /// The requests that a device may see: those of its authority, or of all where it has none.
    pub(super) async fn release_requests(&self, device: &Device) -> Result<Vec<v1::ReleaseRequest>, Failure> {
        let found = self.releases.requests(|authority| speaks_for(device, authority)).await?;
        Ok(found.iter().map(|(row, copy)| shown(row, copy.as_ref())).collect())
    }

    pub(super) async fn decide(
        &self,
        device: &Device,
        decision: v1::DecideReleaseRequest,
    ) -> Result<v1::DecideReleaseResponse, Failure> {
        let id = copy_id(&decision.working_copy_id)?;
        let who = Who::Device(device);
        releaser(device)?;
        let v1::DecideReleaseRequest { approve, content, reason, .. } = decision;
        let done = Box::pin(self.releases.decide(who, id, Decision { approve, content, reason })).await?;
        Ok(v1::DecideReleaseResponse { published: done.map(answer) })
    }
}

/// Why something leaves all the same. A device's key is no proof that anybody has read it: somebody says so.
fn overruling(overrule: &v1::Overrule) -> Result<String, Failure> {
    if overrule.assured {
        return Ok(overrule.reason.clone());
    }
    let remedy = "read what is found, then say that none of it is about anybody's health or social services";
    Err(Failure::new(Code::InputEmpty, "nothing is assured", remedy).field("assured"))
}

/// A releaser of any authority.
pub(crate) fn releaser(device: &Device) -> Result<(), Failure> {
    if device.role.may_release() { Ok(()) } else { Err(no_releaser(Who::Device(device))) }
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
        to: request.circle.iter().flat_map(Circle::names).collect(),
        until: request.circle.as_ref().map(|circle| circle.until.to_string()).unwrap_or_default(),
        question: request.circle.as_ref().map(|circle| circle.question.clone()).unwrap_or_default(),
    }
}
