//! A working copy on the way: pulled from the node, changed here, its changes pushed back.

use crate::{
    model::{self, Draft, ModelError},
    node::{Node, incomplete},
    problem::Problem,
    text::Text,
};
use automerge::{Automerge, ChangeHash};
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_wire::v1;

/// A working copy of the own node, as this device has it.
#[derive(Debug)]
pub struct WorkingCopy {
    /// 32 hexadecimal characters.
    pub id: String,
    /// 64 hexadecimal characters; empty until first published.
    pub document_id: String,
    pub kind: DocumentKind,
    /// The authority that it belongs to.
    pub authority: String,
    document: Automerge,
    /// What the node has.
    known: Vec<ChangeHash>,
}

impl WorkingCopy {
    /// Pulls one by the id of the copy or the document, a public number, or a unique prefix.
    pub async fn pull(node: &Node, id: &str) -> Result<Self, Problem> {
        let request = v1::PullWorkingCopyRequest { id: id.to_owned(), have_heads: Vec::new() };
        let answer = match node.call(node.replica().pull_working_copy(request)).await {
            Ok(answer) => answer,
            Err(problem) => return Err(node.suggest(problem, id).await),
        };
        Self::of_answer(answer)
    }

    /// Makes a new, empty one at the node.
    pub async fn create(node: &Node, kind: DocumentKind, authority: &str) -> Result<Self, Problem> {
        let mut request_id = vec![0; 16];
        getrandom::fill(&mut request_id).map_err(|_| no_randomness())?;
        let kind = v1::DocumentKind::from(kind).into();
        let request = v1::CreateWorkingCopyRequest { kind, authority: authority.to_owned(), request_id };
        let made = node.call(node.replica().create_working_copy(request)).await?;
        Self::pull(node, &made.id).await
    }

    fn of_answer(answer: v1::PullWorkingCopyResponse) -> Result<Self, Problem> {
        let mut document = Automerge::new();
        document.load_incremental(&answer.automerge).map_err(|_| incomplete())?;
        let kind = model::kind(&document)?;
        let known = document.get_heads();
        Ok(Self { id: answer.id, document_id: answer.document_id, kind, authority: answer.authority, document, known })
    }

    /// What it says.
    pub fn draft(&self) -> Result<Draft, Problem> {
        Ok(model::read(&self.document)?)
    }

    /// Paths that several people have set to different values at the same time.
    pub fn contested(&self) -> Result<Vec<String>, Problem> {
        Ok(model::contested(&self.document)?.iter().map(ToString::to_string).collect())
    }

    /// Writes what differs from [`Self::draft`]; true if anything did. The actor is random and this process's own, since
    /// two that write as one would make changes that exclude each other.
    pub fn change(&mut self, new: &Draft) -> Result<bool, Problem> {
        let old = self.draft()?;
        Ok(model::write(&mut self.document, &old, new)?.is_some())
    }

    /// Where it is now: a mark to which [`Self::change_since`] can go back.
    pub fn mark(&self) -> Vec<String> {
        self.document.get_heads().iter().map(|h| hex::encode(h.0)).collect()
    }

    /// Changes what it said at a mark, and keeps what has come in since. Gives a new mark, at which it says just what
    /// was written; `None` if the mark is not one of this working copy.
    pub fn change_since(
        &mut self,
        mark: &[String],
        change: impl FnOnce(&mut Draft),
    ) -> Result<Option<Vec<String>>, Problem> {
        let heads = mark.iter().map(|h| Some(ChangeHash(hex::decode(h).ok()?.try_into().ok()?)));
        let heads: Option<Vec<ChangeHash>> = heads.collect();
        let known = |h: &ChangeHash| self.document.get_change_meta_by_hash(h).is_some();
        let Some(heads) = heads.filter(|heads| !heads.is_empty() && heads.iter().all(known)) else { return Ok(None) };
        let mut branch = self.document.fork_at(&heads).map_err(ModelError::from)?;
        let old = model::read(&branch)?;
        let mut new = old.clone();
        change(&mut new);
        model::write(&mut branch, &old, &new)?;
        self.document.merge(&mut branch).map_err(ModelError::from)?;
        Ok(Some(branch.get_heads().iter().map(|h| hex::encode(h.0)).collect()))
    }

    /// Hands the node what it lacks. May be sent again without harm.
    pub async fn push(&mut self, node: &Node) -> Result<(), Problem> {
        let changes = self.document.get_changes(&self.known);
        let changes = changes.iter().map(|c| c.raw_bytes().to_vec()).collect();
        let request = v1::PushChangesRequest { working_copy_id: self.id.clone(), changes };
        node.call(node.replica().push_changes(request)).await?;
        self.known = self.document.get_heads();
        Ok(())
    }
}

/// Random bytes as hexadecimal text, for ids in paths.
pub fn random_id() -> Result<String, Problem> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| no_randomness())?;
    Ok(hex::encode(bytes))
}

fn no_randomness() -> Problem {
    Problem::new(
        Code::Failed,
        Text("Datorn ger inga slumptal.", "The machine gives no random numbers."),
        Text("starta om datorn", "restart the machine"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::{id::Path, value::Value};

    #[test]
    fn what_is_changed_here_is_what_the_node_then_has() {
        let mut node = model::found(DocumentKind::Work);
        let answer = v1::PullWorkingCopyResponse { id: "a1".into(), automerge: node.save(), ..Default::default() };
        let mut copy = WorkingCopy::of_answer(answer).expect("reads");
        let mut draft = copy.draft().expect("reads");
        draft.set(Path::new("/facts/title").expect("a path"), Value::Text("Ny".into()));
        assert!(copy.change(&draft).expect("writes"));
        assert!(!copy.change(&draft).expect("writes"), "the second time nothing differs");
        for change in copy.document.get_changes(&copy.known) {
            let change = automerge::Change::from_bytes(change.raw_bytes().to_vec()).expect("a change");
            node.apply_changes([change]).expect("applies");
        }
        assert_eq!(model::read(&node).expect("reads"), draft);
    }

    #[test]
    fn what_was_written_offline_joins_what_has_come_since() {
        let note = Path::new("/note").expect("a path");
        let mut node = model::found(DocumentKind::Work);
        let pull = |node: &Automerge| {
            let answer = v1::PullWorkingCopyResponse { automerge: node.save(), ..Default::default() };
            WorkingCopy::of_answer(answer).expect("reads")
        };
        let mut copy = pull(&node);
        let mut draft = copy.draft().expect("reads");
        draft.set(note.clone(), Value::Prose("Möte i mars.".into()));
        copy.change(&draft).expect("writes");
        let mark = copy.mark();
        draft.set(note.clone(), Value::Prose("Första möte i mars.".into()));
        copy.change(&draft).expect("writes");
        node.merge(&mut copy.document).expect("merges");

        let mut later = pull(&node);
        let write = |text: &str| {
            let (note, text) = (note.clone(), text.to_owned());
            move |draft: &mut Draft| draft.set(note, Value::Prose(text))
        };
        let next = later.change_since(&mark, write("Möte i mars. Välkomna!")).expect("writes").expect("a known mark");
        assert_eq!(later.draft().expect("reads").prose[&note], "Första möte i mars. Välkomna!");
        // The file is written on: its text stands at the new mark.
        later.change_since(&next, write("Möte i mars. Välkomna alla!")).expect("writes").expect("a known mark");
        assert_eq!(later.draft().expect("reads").prose[&note], "Första möte i mars. Välkomna alla!");
        for unknown in [vec![], vec!["00".repeat(32)], vec!["x".to_owned()]] {
            assert_eq!(later.change_since(&unknown, |_| {}).expect("answers"), None);
        }
    }

    #[test]
    fn bytes_that_are_no_working_copy_are_a_problem() {
        let answer = |automerge| v1::PullWorkingCopyResponse { automerge, ..Default::default() };
        assert!(WorkingCopy::of_answer(answer(vec![1, 2, 3])).is_err());
        assert!(WorkingCopy::of_answer(answer(Automerge::new().save())).is_err());
    }
}
