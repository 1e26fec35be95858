//! Plans and what came of them, as text and for programs.

use crate::{
    failure::Failure,
    register::calendar,
    retention::{Plan, Why},
    store::{DisposalRow, Store},
};
use samsyn_core::{
    entry::Outline,
    id::{AuthorityId, DocumentId, FactId, OrgId},
    ledger::Ledger,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Letters of the name of what is kept.
const NAME_LETTERS: usize = 16;

/// What has been erased by one commit, and who else says that it is gone.
pub(super) struct Done {
    pub(super) row: DisposalRow,
    pub(super) said: Vec<OrgId>,
    pub(super) silent: Vec<OrgId>,
}

/// What is kept here of one document that another party has had erased.
pub(super) struct Kept {
    pub(super) document: DocumentId,
    pub(super) facts: BTreeSet<FactId>,
    pub(super) archive_owner: Option<OrgId>,
    pub(super) authority: AuthorityId,
    pub(super) since_ms: u64,
}

impl Kept {
    /// A name for just these values.
    pub(super) fn name(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.authority.as_str().as_bytes()).update(&self.document.0);
        for fact in &self.facts {
            hasher.update(&fact.header.0).update(&fact.index.to_le_bytes());
        }
        hasher.finalize().to_hex().chars().take(NAME_LETTERS).collect()
    }
}

/// Everything that has been erased or kept, the latest first.
pub(super) struct Record {
    pub(super) done: Vec<Done>,
    pub(super) kept: Vec<Kept>,
}

impl Record {
    pub(super) async fn read(store: &Store, ledger: &Ledger, own: &OrgId) -> Result<Self, Failure> {
        let (_, charter) = ledger.charters().in_force();
        let others: Vec<OrgId> = charter.parties.iter().map(|p| p.id.clone()).filter(|id| id != own).collect();
        let done = store.disposals().await?.into_iter().map(|row| {
            let facts: BTreeSet<FactId> = match ledger.record(&row.commit).map(|record| record.outline.as_ref()) {
                Some(Outline::Erasure(erasure)) => erasure.facts.iter().copied().collect(),
                _ => BTreeSet::new(),
            };
            let founded = ledger.document(&row.document);
            let executed = founded.as_ref().map(|founded| founded.document.executed());
            let says = |org: &OrgId| executed.and_then(|e| e.get(org)).is_some_and(|said| facts.is_subset(said));
            let (said, silent) = others.iter().cloned().partition(says);
            Done { row, said, silent }
        });
        let archived = store.archived(None).await?;
        let keepers: BTreeSet<(DocumentId, AuthorityId)> =
            archived.iter().map(|value| (value.document, value.authority.clone())).collect();
        let kept = keepers.into_iter().filter_map(|(document, authority)| {
            let of = || archived.iter().filter(|v| v.document == document && v.authority == authority);
            Some(Kept {
                document,
                facts: of().map(|value| value.fact).collect(),
                archive_owner: ledger.document(&document).map(|f| f.genesis.archive_owner.clone()),
                since_ms: of().map(|value| value.moved_ms).min()?,
                authority,
            })
        });
        Ok(Self { done: done.collect(), kept: kept.collect() })
    }

    pub(super) fn text(&self) -> String {
        let done = self.done.iter().map(|done| {
            let row = &done.row;
            format!(
                "{}  {}  {} values of {}\n  decision {}, class {}, {}\n  carried out by: {}; not yet, or kept, by: {}",
                calendar::day(row.at_ms),
                row.authority,
                row.facts,
                row.document,
                row.why.decision,
                row.why.class,
                row.why.basis,
                names(&done.said),
                names(&done.silent),
            )
        });
        let kept = self.kept.iter().map(|kept| {
            format!(
                "kept: {} values of {}, which {} has had erased; {} decides\n  samsynd dispose destroy-kept --authority {} --document {} --plan {} --decision '…'",
                kept.facts.len(),
                kept.document,
                kept.archive_owner.as_ref().map_or("another party", OrgId::as_str),
                kept.authority,
                kept.authority,
                kept.document,
                kept.name(),
            )
        });
        let lines: Vec<String> = done.chain(kept).collect();
        if lines.is_empty() { "nothing has been erased".to_owned() } else { lines.join("\n") }
    }

    pub(super) fn json(&self) -> Value {
        let done: Vec<Value> = self
            .done
            .iter()
            .map(|done| {
                let row = &done.row;
                json!({
                    "day": calendar::day(row.at_ms).to_string(), "authority": row.authority.to_string(),
                    "document": row.document.to_string(), "values": row.facts, "decision": row.why.decision,
                    "class": row.why.class, "basis": row.why.basis, "what": row.why.what, "plan": row.why.plan,
                    "commit": row.commit.to_string(), "carried_out_by": done.said, "not_yet_or_kept_by": done.silent,
                })
            })
            .collect();
        let kept: Vec<Value> = self
            .kept
            .iter()
            .map(|kept| {
                json!({
                    "document": kept.document.to_string(), "values": kept.facts.len(), "plan": kept.name(), "archive_owner": kept.archive_owner,
                    "authority": kept.authority.to_string(), "since": calendar::day(kept.since_ms).to_string(),
                })
            })
            .collect();
        json!({"erased": done, "kept": kept})
    }
}

fn names(of: &[OrgId]) -> String {
    let names: Vec<&str> = of.iter().map(OrgId::as_str).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

pub(super) fn why(why: &Why) -> String {
    match why {
        Why::Held(reason) => format!("held: {reason}"),
        Why::NotBefore(day) => format!("not before {day}"),
        Why::NotEnded => "it is not over".to_owned(),
        Why::Kept => "the plan keeps it, or says nothing of it".to_owned(),
    }
}

fn titled(title: &str) -> &str {
    if title.is_empty() { "(no title)" } else { title }
}

pub(super) fn text(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for due in &plan.due {
        lines.push(format!(
            "{}  {}\n  {} values ({}), class {}, after {}, so from {}; {}",
            due.document,
            titled(&due.title),
            due.facts.len(),
            due.what.as_str(),
            due.class,
            due.after,
            due.since,
            due.basis
        ));
    }
    for other in &plan.not_due {
        lines.push(format!("{}  {}\n  stays: {}", other.document, titled(&other.title), why(&other.why)));
    }
    let head = format!(
        "{} on {}: {} values of {} documents may go, by the rules {}",
        plan.authority,
        plan.day,
        plan.facts(),
        plan.due.len(),
        if plan.rules.is_empty() { "(none)" } else { &plan.rules },
    );
    let next = if plan.due.is_empty() {
        String::new()
    } else {
        format!(
            "\nplan {}; once the authority has decided: stop the node, then\n  samsynd dispose execute --authority {} --on {} --plan {} --decision '…'",
            plan.name(),
            plan.authority,
            plan.day,
            plan.name()
        )
    };
    format!("{head}\n{}{next}", lines.join("\n"))
}

pub(super) fn json_of(plan: &Plan) -> Value {
    let due: Vec<Value> = plan
        .due
        .iter()
        .map(|due| {
            json!({
                "document": due.document.to_string(), "title": due.title, "kind": due.kind, "what": due.what.as_str(),
                "class": due.class, "after": due.after, "basis": due.basis, "since": due.since.to_string(),
                "values": due.facts.len(),
            })
        })
        .collect();
    let stays: Vec<Value> = plan
        .not_due
        .iter()
        .map(|other| json!({"document": other.document.to_string(), "title": other.title, "why": why(&other.why)}))
        .collect();
    json!({
        "authority": plan.authority.to_string(), "day": plan.day.to_string(), "rules": plan.rules, "plan": plan.name(),
        "values": plan.facts(), "due": due, "stays": stays,
    })
}
