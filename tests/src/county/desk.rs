//! One coordinator at work on one working copy, as the client library lets a program do it. Two desks on the same copy
//! are two people who see each other's words only through the node.

use samsyn_client::{copy::WorkingCopy, model::Draft, node::Node as Client, problem::Problem};
use samsyn_core::{entry::DocumentKind, id::Path, value::Value};
use samsyn_wire::v1;

/// See the module's documentation.
#[derive(Debug)]
pub struct Desk {
    client: Client,
    copy: WorkingCopy,
}

impl Desk {
    /// A new work.
    pub async fn new(client: Client) -> Self {
        Self::founding(client, DocumentKind::Work).await
    }

    /// A new document of a kind.
    pub async fn founding(client: Client, kind: DocumentKind) -> Self {
        let copy = WorkingCopy::create(&client, kind, "").await.expect("a new working copy");
        Self { client, copy }
    }

    /// A work that is there: the id of its document or its working copy.
    pub async fn on(client: Client, id: &str) -> Self {
        let copy = WorkingCopy::pull(&client, id).await.unwrap_or_else(|p| panic!("pull {id}: {p:?}"));
        Self { client, copy }
    }

    /// The working copy's id.
    pub fn id(&self) -> &str {
        &self.copy.id
    }

    pub fn draft(&self) -> Draft {
        self.copy.draft().expect("a working copy reads")
    }

    /// What stands in a prose field; empty if nothing.
    pub fn prose(&self, at: &str) -> String {
        self.draft().prose.get(&path(at)).cloned().unwrap_or_default()
    }

    /// Changes it here only, as somebody who is offline.
    pub fn edit(&mut self, change: impl FnOnce(&mut Draft)) {
        let mut draft = self.draft();
        change(&mut draft);
        self.copy.change(&draft).expect("a legal change");
    }

    /// Hands the node what was changed here.
    pub async fn push(&mut self) {
        self.try_push().await.expect("push");
    }

    pub async fn try_push(&mut self) -> Result<(), Problem> {
        self.copy.push(&self.client).await
    }

    /// Forgets what is here and takes what the node has.
    pub async fn pull(&mut self) {
        let id = self.copy.id.clone();
        self.copy = WorkingCopy::pull(&self.client, &id).await.expect("pull");
    }

    /// Changes one value and hands it to the node.
    pub async fn set(&mut self, at: &str, value: Value) {
        self.edit(|draft| draft.set(path(at), value));
        self.push().await;
    }

    /// Asks the node for this copy as another device's session goes on: it must be answered in time.
    pub async fn client_answers(&mut self, within: std::time::Duration) {
        tokio::time::timeout(within, self.pull()).await.unwrap_or_else(|_| panic!("no answer within {within:?}"));
    }

    /// The document's id; empty until first published.
    pub async fn document(&mut self) -> String {
        self.pull().await;
        self.copy.document_id.clone()
    }

    /// Publishes what the node has of this copy, whoever wrote it; gives the document's id.
    pub async fn publish(&self) -> String {
        self.publish_to(v1::Audience::Parties).await
    }

    /// The same, to whom it may concern.
    pub async fn publish_to(&self, audience: v1::Audience) -> String {
        let answer = self.try_publish_to(audience).await.expect("publish");
        assert!(answer.held_back.is_empty(), "held back: {:?}", answer.held_back);
        assert!(!answer.nothing && !answer.commit.is_empty(), "nothing was published: {answer:?}");
        answer.document_id
    }

    pub async fn try_publish(&self) -> Result<v1::PublishResponse, Problem> {
        self.try_publish_to(v1::Audience::Parties).await
    }

    async fn try_publish_to(&self, audience: v1::Audience) -> Result<v1::PublishResponse, Problem> {
        let request = v1::PublishRequest {
            working_copy_id: self.copy.id.clone(),
            purpose: v1::Purpose::ForInformation.into(),
            audience: audience.into(),
            ..v1::PublishRequest::default()
        };
        self.client.call(self.client.replica().publish(request)).await
    }
}

#[track_caller]
pub fn path(text: &str) -> Path {
    Path::new(text).unwrap_or_else(|e| panic!("'{text}' is no path: {e}"))
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn prose(text: &str) -> Value {
    Value::Prose(text.to_owned())
}

pub fn date(text: &str) -> Value {
    Value::Date(text.to_owned())
}

pub fn reference(text: &str) -> Value {
    Value::Reference(text.to_owned())
}
