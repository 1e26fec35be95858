//! What `--json` prints under `data`: names and codes as on the wire, never translated; times both as milliseconds and
//! as ISO text; what is unknown is null.

pub mod decision;

use crate::{
    model::kind_name,
    show::{audience_id, purpose_id},
    time::iso,
};
use samsyn_core::{entry::DocumentKind, value::Value as CoreValue};
use samsyn_wire::v1;
use serde_json::{Value, json};

fn text_or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// `{"type":"text","value":"…"}`; null where there is none that this program can read.
fn value(value: Option<&v1::Value>) -> Value {
    let core = value.cloned().and_then(|v| CoreValue::try_from(v).ok());
    core.and_then(|v| serde_json::to_value(v).ok()).unwrap_or(Value::Null)
}

pub fn works(list: &v1::ListWorksResponse, page: u32) -> Value {
    let works: Vec<Value> = list.works.iter().map(row).collect();
    json!({"works": works, "total": list.total, "page": page, "more": !list.next_page_token.is_empty()})
}

fn row(work: &v1::WorkRow) -> Value {
    json!({
        "document_id": text_or_null(&work.document_id),
        "public_number": text_or_null(&work.public_number),
        "title": text_or_null(&work.title),
        "owner": work.owner,
        "stage": text_or_null(&work.stage),
        "form": text_or_null(&work.form),
        "start": text_or_null(&work.start),
        "partners": work.partners,
        "target_groups": work.target_groups,
        "conflicts": work.conflicts,
        "updated_ms": work.updated_ms,
        "updated": iso(work.updated_ms),
        "draft": work.draft,
        "working_copy_id": text_or_null(&work.working_copy_id),
        "unpublished_changes": work.unpublished_changes,
    })
}

pub fn work(work: &v1::Work) -> Value {
    let facts: Vec<Value> = work.facts.iter().map(fact).collect();
    let draft = work
        .draft
        .as_ref()
        .map(|d| json!({"working_copy_id": d.working_copy_id, "unpublished_paths": d.unpublished_paths}));
    json!({
        "document_id": text_or_null(&work.document_id),
        "public_number": text_or_null(&work.public_number),
        "kind": kind(work.kind()),
        "owner": work.owner,
        "authority": text_or_null(&work.authority),
        "archive_owner": text_or_null(&work.archive_owner),
        "updated_ms": work.updated_ms,
        "updated": iso(work.updated_ms),
        "facts": facts,
        "criteria": work.criteria.as_ref().map(criteria),
        "draft": draft,
        "erased": work.erased.as_ref().map(erased),
        "body": work.body.as_ref().map(body),
        "earlier_votes": work.earlier_votes.iter().map(fact).collect::<Vec<_>>(),
    })
}

/// As in files and settings.
fn kind(kind: v1::DocumentKind) -> Option<&'static str> {
    DocumentKind::try_from(kind).ok().map(kind_name)
}

fn body(body: &v1::Body) -> Value {
    json!({
        "id": body.id,
        "secretary": body.secretary,
        "seats": body.seats.iter().collect::<std::collections::BTreeMap<_, _>>(),
        "quorum": if body.quorum() == v1::Quorum::Half { "half" } else { "majority" },
        "majority": if body.majority() == v1::Majority::Simple { "simple" } else { "consensus" },
        "casting_seat": text_or_null(&body.casting_seat),
        "chair_decides": body.chair_decides,
        "escalates_to": text_or_null(&body.escalates_to),
    })
}

pub fn documents(list: &v1::ListDocumentsResponse, page: u32) -> Value {
    let row = |row: &v1::DocumentRow| {
        json!({
            "document_id": text_or_null(&row.document_id),
            "kind": kind(row.kind()),
            "title": text_or_null(&row.title),
            "owner": row.owner,
            "authority": text_or_null(&row.authority),
            "updated_ms": row.updated_ms,
            "updated": iso(row.updated_ms),
            "working_copy_id": text_or_null(&row.working_copy_id),
        })
    };
    let documents: Vec<Value> = list.documents.iter().map(row).collect();
    json!({"documents": documents, "total": list.total, "page": page, "more": !list.next_page_token.is_empty()})
}

fn erased(erased: &v1::Erased) -> Value {
    json!({
        "values": erased.values,
        "carried_out_by": erased.carried_out_by,
        "not_carried_out_by": erased.not_carried_out_by,
    })
}

fn fact(fact: &v1::Fact) -> Value {
    json!({
        "path": fact.path,
        "value": value(fact.value.as_ref()),
        "stated_by": fact.stated_by,
        "stated_ms": fact.stated_ms,
        "stated": iso(fact.stated_ms),
        "fact_id": text_or_null(&fact.fact_id),
        "standing": fact.standing,
        "conflict": fact.conflict,
        "value_fault": text_or_null(&fact.value_fault),
        "removed": fact.removed,
    })
}

fn answer(answer: i32) -> &'static str {
    match v1::Answer::try_from(answer) {
        Ok(v1::Answer::Yes) => "yes",
        Ok(v1::Answer::No) => "no",
        _ => "unknown",
    }
}

fn criteria(check: &v1::CriteriaCheck) -> Value {
    let tick = |t: &v1::CriteriaTick| json!({"kind": t.kind, "id": text_or_null(&t.id), "result": answer(t.result), "why": t.why});
    let ticks: Vec<Value> = check.ticks.iter().map(tick).collect();
    json!({"version": check.version, "eligible": answer(check.eligible), "ticks": ticks})
}

pub fn search(found: &v1::SearchResponse, page: u32) -> Value {
    let passage = |p: &v1::SearchPassage| {
        json!({
            "path": p.path,
            "parts": p.parts.iter().map(|part| json!({"text": part.text, "found": part.found})).collect::<Vec<_>>(),
            "stated_by": p.stated_by,
            "stated_ms": p.stated_ms,
            "stated": iso(p.stated_ms),
        })
    };
    let hit = |hit: &v1::SearchHit| {
        json!({
            "document_id": hit.document_id,
            "kind": kind(hit.kind()),
            "owner": hit.owner,
            "item": text_or_null(&hit.item),
            "title": text_or_null(&hit.title),
            "title_path": text_or_null(&hit.title_path),
            "document_title": text_or_null(&hit.document_title),
            "updated_ms": hit.updated_ms,
            "updated": iso(hit.updated_ms),
            "passages": hit.passages.iter().map(passage).collect::<Vec<_>>(),
        })
    };
    let counted = |count: &v1::KindCount| Some((kind(count.kind())?.to_owned(), json!(count.total)));
    json!({
        "hits": found.hits.iter().map(hit).collect::<Vec<_>>(),
        "kinds": found.kinds.iter().filter_map(counted).collect::<serde_json::Map<_, _>>(),
        "total": found.total,
        "page": page,
        "more": !found.next_page_token.is_empty(),
        "partial": found.partial,
    })
}

pub fn similar(found: &v1::SimilarResponse) -> Value {
    let work = |w: &v1::SimilarWork| {
        json!({
            "document_id": w.document_id,
            "title": text_or_null(&w.title),
            "owner": w.owner,
            "stage": text_or_null(&w.stage),
            "score": w.score,
            "words": w.words,
            "partners": w.partners,
            "target_groups": w.target_groups,
        })
    };
    json!({"works": found.works.iter().map(work).collect::<Vec<_>>(), "partial": found.partial})
}

pub fn note(note: &v1::JointTextResponse) -> Value {
    let passage = |p: &v1::TextPassage| {
        json!({
            "text": p.text,
            "stated_by": p.stated_by,
            "stated_ms": p.stated_ms,
            "stated": iso(p.stated_ms),
            "fact_id": p.fact_id,
        })
    };
    let version = |v: &v1::TextVersion| {
        json!({
            "text": v.text,
            "stated_by": v.stated_by,
            "stated_ms": v.stated_ms,
            "stated": iso(v.stated_ms),
            "fact_id": v.fact_id,
            "value_fault": text_or_null(&v.value_fault),
            "removed": v.removed,
        })
    };
    let word = |name: &str, prefix: &str| name.trim_start_matches(prefix).to_lowercase().replace('_', "-");
    let apart = word(note.why_apart().as_str_name(), "WHY_APART_");
    let joined = matches!(note.state(), v1::JointTextState::Settled | v1::JointTextState::Merged);
    json!({
        "document_id": text_or_null(&note.document_id),
        "title": text_or_null(&note.title),
        "path": note.path,
        "state": word(note.state().as_str_name(), "JOINT_TEXT_STATE_"),
        "text": if joined { json!(note.text) } else { Value::Null },
        "passages": note.passages.iter().map(passage).collect::<Vec<_>>(),
        "versions": note.versions.iter().map(version).collect::<Vec<_>>(),
        "why_apart": if note.why_apart() == v1::WhyApart::Unspecified { Value::Null } else { json!(apart) },
        "unpublished": note.unpublished.as_ref().map(|u| json!({"working_copy_id": u.working_copy_id, "text": u.text})),
    })
}

pub fn history(history: &v1::HistoryResponse) -> Value {
    let entries: Vec<Value> = history.entries.iter().map(entry).collect();
    json!({"document_id": text_or_null(&history.document_id), "entries": entries})
}

fn entry(entry: &v1::HistoryEntry) -> Value {
    let stated = |v: &v1::HistoryValue| {
        json!({
            "value": value(v.value.as_ref()),
            "value_fault": text_or_null(&v.value_fault),
            "removed": v.removed,
            "fact_id": text_or_null(&v.fact_id),
        })
    };
    let fact = |f: &v1::HistoryFact| {
        let before: Vec<Value> = f.before.iter().map(stated).collect();
        json!({"path": f.path, "before": before, "after": f.after.as_ref().map(stated)})
    };
    let facts: Vec<Value> = entry.facts.iter().map(fact).collect();
    let verdict = entry.verdict.clone().unwrap_or_default();
    json!({
        "header": entry.header,
        "seq": entry.seq,
        "organisation": entry.organisation,
        "authority": text_or_null(&entry.authority),
        "role": text_or_null(&entry.role),
        "purpose": purpose_id(entry.purpose()),
        "audience": audience_id(entry.audience()),
        "stated_ms": entry.stated_ms,
        "stated": iso(entry.stated_ms),
        "kind": entry.kind().as_str_name().trim_start_matches("ENTRY_KIND_").to_lowercase(),
        "verdict": verdict.state().as_str_name().trim_start_matches("VERDICT_STATE_").to_lowercase(),
        "verdict_code": text_or_null(&verdict.code),
        "facts": facts,
    })
}

pub fn parties(parties: &[v1::Party]) -> Value {
    let party = |p: &v1::Party| {
        json!({
            "id": p.id,
            "name": p.name,
            "kind": text_or_null(&p.kind),
            "own": p.own,
            "connected": p.connected,
            "last_contact_ms": p.last_contact_ms,
            "last_contact": p.last_contact_ms.and_then(iso),
            "last_content_ms": p.last_content_ms,
            "last_content": p.last_content_ms.and_then(iso),
            "commits": p.commits,
            "commits_behind": p.commits_behind,
        })
    };
    json!({"parties": parties.iter().map(party).collect::<Vec<_>>()})
}

pub fn status(s: &v1::StatusResponse) -> Value {
    let space = |x: &v1::SpaceState| json!({"space": x.space, "county": x.county, "digest": x.digest, "documents": x.documents});
    let clock = |x: &v1::ClockWarning| json!({"party": x.party, "differs_ms": x.differs_ms});
    json!({
        "organisation": s.organisation,
        "federation_id": s.federation_id,
        "federation_name": text_or_null(&s.federation_name),
        "version": s.version,
        "charter": {"hash": s.charter_hash, "version": s.charter_version, "disputed": s.charter_disputed},
        "spaces": s.spaces.iter().map(space).collect::<Vec<_>>(),
        "works": s.works,
        "documents": s.documents,
        "commits": s.commits,
        "conflicts": s.conflicts,
        "incarnation": text_or_null(&s.incarnation),
        "store": s.store,
        "uptime_ms": s.uptime_ms,
        "pending": s.pending,
        "refused": s.refused,
        "forks": s.forks,
        "missing_values": s.missing_values,
        "unproven": s.unproven,
        "clock_warnings": s.clock_warnings.iter().map(clock).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_type_and_unknowns_are_null() {
        let fact = v1::Fact {
            path: "/facts/budget".into(),
            value: Some((&CoreValue::Money(150)).into()),
            ..v1::Fact::default()
        };
        let json = work(&v1::Work { facts: vec![fact], ..v1::Work::default() });
        assert_eq!(json["facts"][0]["value"], json!({"type": "money", "value": 150}));
        assert_eq!((&json["document_id"], &json["updated"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn kinds_and_verdicts_are_plain_words() {
        let entry = v1::HistoryEntry {
            kind: v1::EntryKind::Facts.into(),
            verdict: Some(v1::Verdict { state: v1::VerdictState::Admitted.into(), ..v1::Verdict::default() }),
            ..v1::HistoryEntry::default()
        };
        let json = history(&v1::HistoryResponse { entries: vec![entry], ..Default::default() });
        assert_eq!(json["entries"][0]["kind"], "facts");
        assert_eq!(json["entries"][0]["verdict"], "admitted");
        assert_eq!(json["entries"][0]["purpose"], Value::Null);
    }
}
