//! Everything that a client can see at a node, to be compared with what it saw before.

use samsyn_client::{copy::WorkingCopy, node::Node as Client};
use samsyn_core::code::Code;
use samsyn_wire::v1;
use std::collections::BTreeMap;

/// What one question was answered with: a text, or a code.
type Answer = Result<String, Code>;

/// See the module's documentation.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    answers: BTreeMap<String, Answer>,
    /// Facts by work and fact: the value, or the code of why there is none.
    facts: BTreeMap<(String, String), Answer>,
}

impl View {
    /// Asks for all there is. `own` asks for drafts too, which only the own node has.
    pub(crate) async fn of(client: &Client, own: bool) -> Result<Self, Code> {
        let mut view = Self::default();
        let state = client.status().await.map_err(|p| p.code)?;
        for space in &state.spaces {
            view.answers.insert(format!("digest {}", space.space), Ok(format!("{} {}", space.digest, space.documents)));
        }
        view.answers
            .insert("state".to_owned(), Ok(format!("{} {} {}", state.commits, state.refused, state.charter_hash)));
        let request = v1::ListWorksRequest { page_size: 500, include_drafts: own, ..v1::ListWorksRequest::default() };
        let mut ids = Vec::new();
        match client.works(request).await {
            Ok(list) => {
                for work in list.works {
                    ids.push(if work.document_id.is_empty() {
                        work.working_copy_id.clone()
                    } else {
                        work.document_id.clone()
                    });
                    let row = if own { work } else { without_draft(work) };
                    view.answers
                        .insert(format!("row {} {}", row.document_id, row.working_copy_id), Ok(format!("{row:?}")));
                }
            }
            Err(problem) => drop(view.answers.insert("list".to_owned(), Err(problem.code))),
        }
        for id in ids {
            view.work(client, &id, own).await;
        }
        Ok(view)
    }

    async fn work(&mut self, client: &Client, id: &str, own: bool) {
        match client.work(id).await {
            Ok(mut work) => {
                for (n, fact) in work.facts.drain(..).enumerate() {
                    let key = if fact.fact_id.is_empty() { format!("{} {n}", fact.path) } else { fact.fact_id.clone() };
                    let fault = fact.value_fault.parse::<Code>().ok();
                    self.facts.insert((id.to_owned(), key), fault.map_or_else(|| Ok(format!("{fact:?}")), Err));
                }
                work.draft = work.draft.filter(|_| own);
                // Made of the facts above.
                (work.criteria, work.public_number) = (None, String::new());
                self.answers.insert(format!("work {id}"), Ok(format!("{work:?}")));
            }
            Err(problem) => drop(self.answers.insert(format!("work {id}"), Err(problem.code))),
        }
        if own {
            let draft = match WorkingCopy::pull(client, id).await {
                Ok(copy) => copy.draft().map(|d| format!("{d:?}")).map_err(|p| p.code),
                Err(problem) => Err(problem.code),
            };
            self.answers.insert(format!("draft {id}"), draft);
        }
    }

    /// What `now` says otherwise than this: a difference is wrong bytes, unless it is an error or a fault that names
    /// damage.
    pub(crate) fn wrong_in(&self, now: &Self) -> Vec<String> {
        let named = |code: &Code| {
            matches!(
                code,
                Code::StoreDamaged | Code::StoreFailed | Code::ValueMissing | Code::ValueHash | Code::Stopping
            )
        };
        let mut wrong = Vec::new();
        let list_failed = now.answers.get("list").is_some_and(|a| a.as_ref().is_err_and(named));
        for (key, before) in &self.answers {
            match now.answers.get(key) {
                Some(after) if after == before => {}
                Some(Err(code)) if named(code) => {}
                None if list_failed => {}
                after => wrong.push(format!("{key}: was {before:?}, is {after:?}")),
            }
        }
        wrong.extend(
            now.answers
                .iter()
                .filter(|(k, _)| *k != "list" && !self.answers.contains_key(*k))
                .map(|(k, a)| format!("{k} is new: {a:?}")),
        );
        for (key, before) in &self.facts {
            let whole = now.answers.get(&format!("work {}", key.0)).is_some_and(Result::is_ok);
            match now.facts.get(key) {
                Some(after) if after == before => {}
                Some(Err(code)) if named(code) => {}
                None if !whole => {}
                after => wrong.push(format!("{key:?}: was {before:?}, is {after:?}")),
            }
        }
        wrong
    }
}

fn without_draft(row: v1::WorkRow) -> v1::WorkRow {
    v1::WorkRow { draft: false, unpublished_changes: false, working_copy_id: String::new(), ..row }
}
