//! Drafts for comment: messages to and from their desk.

use super::Api;
use crate::{
    comment::{Item, Reply},
    failure::Failure,
    store::Device,
    who::Who,
};
use samsyn_wire::v1;

impl Api {
    pub(super) async fn list_comments_for(&self, device: &Device) -> Result<v1::ListCommentsResponse, Failure> {
        let items = self.comments.list(Who::Device(device)).await?;
        Ok(v1::ListCommentsResponse { comments: items.iter().map(comment).collect() })
    }

    pub(super) async fn show_comment_to(&self, device: &Device, id: &str) -> Result<v1::ShowCommentResponse, Failure> {
        let shown = self.comments.show(Who::Device(device), id).await?;
        let fact = |(path, value): (&samsyn_core::id::Path, &samsyn_core::value::Value)| v1::CommentFact {
            path: path.to_string(),
            value: Some(value.into()),
        };
        let reply = |reply: &Reply| v1::CommentReply {
            organisation: reply.organisation.to_string(),
            authority: reply.authority.as_ref().map(ToString::to_string).unwrap_or_default(),
            stated_ms: reply.stated_ms,
            text: reply.text.clone(),
        };
        Ok(v1::ShowCommentResponse {
            comment: Some(comment(&shown.item)),
            question: shown.question.clone(),
            facts: shown.says.iter().map(fact).collect(),
            replies: shown.replies.iter().map(reply).collect(),
            may_reply: shown.may_reply,
            working_copy_id: shown.begun.map(|id| id.to_string()).unwrap_or_default(),
        })
    }

    pub(super) async fn write_reply_of(
        &self,
        device: &Device,
        request: v1::WriteReplyRequest,
    ) -> Result<v1::WriteReplyResponse, Failure> {
        let id = self.comments.write(Who::Device(device), &request.id, &request.text).await?;
        Ok(v1::WriteReplyResponse { working_copy_id: id.to_string() })
    }
}

fn comment(item: &Item) -> v1::Comment {
    let other = || if item.sent { item.other.to_string() } else { String::new() };
    v1::Comment {
        document_id: item.document.to_string(),
        kind: v1::DocumentKind::from(item.kind).into(),
        sent: item.sent,
        asker: item.asker.to_string(),
        authority: item.authority.to_string(),
        to: item.to.as_ref().map_or_else(other, ToString::to_string),
        title: item.title.clone(),
        sent_ms: item.sent_ms,
        ends_ms: item.ends_ms.unwrap_or(0),
        ended: item.ended,
        replies: item.replies,
    }
}
