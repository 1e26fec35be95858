//! A decision for programs: what stands, and what follows from it.

use crate::county::decision::{Decision, Force, Ratification, Seal, Seat, State, Summary};
use jiff::civil::Date;
use samsyn_core::governance::{Ballot, Fate, Motion, Named};
use serde_json::{Value, json};

/// All of one, seen on a day.
pub fn decision(decision: &Decision, parties: &[&str], today: Date) -> Value {
    let mut data = row(decision, parties, today);
    let texts = decision.texts.iter().map(|text| {
        let (seal, hash) = match &text.seal {
            Seal::Open => ("open", None),
            Seal::Frozen(hash) => ("frozen", Some(hash)),
            Seal::Broken(hash) => ("broken", Some(hash)),
        };
        json!({"id": text.id, "label": text.label, "text": text.text, "seal": seal, "hash": hash})
    });
    let motions = decision.motions.iter().map(|moved| {
        json!({"id": moved.id, "kind": moved.kind.map(motion), "by": moved.by, "supported_by": moved.supported_by,
            "text": moved.text, "fate": moved.fate.map(fate)})
    });
    let outcome = decision.outcome.as_ref().map(|outcome| {
        let reason = |r: &samsyn_core::governance::Reason| json!({"why": r.why.as_str(), "count": r.count, "of": r.of});
        let tally = &outcome.tally;
        json!({
            "conclusion": outcome.conclusion.as_str(),
            "reasons": outcome.reasons.iter().map(reason).collect::<Vec<_>>(),
            "seats": tally.seats, "present": tally.present, "yes": tally.yes, "no": tally.no,
            "abstain": tally.abstain, "unreadable": tally.unreadable,
            "took_no_part": tally.took_no_part, "recused": tally.recused,
        })
    });
    let minutes = &decision.minutes;
    data["texts"] = texts.collect();
    data["put"] = json!(decision.put);
    data["motions"] = motions.collect();
    data["seats"] = decision.seats.iter().map(seat).collect();
    data["minutes"] = json!({
        "date": minutes.date, "paragraph": minutes.paragraph, "number": minutes.number,
        "adjusted": minutes.adjusted, "adjusted_by": minutes.adjusted_by, "text": minutes.text,
        "stated": minutes.stated, "dispatched_to": minutes.dispatched_to, "postings": minutes.postings,
    });
    data["outcome"] = outcome.unwrap_or(Value::Null);
    data["force"] = decision.force().map_or(Value::Null, |f| force(&f));
    data["steps"] = decision.steps.iter().map(|s| json!({"id": s.id, "label": s.label})).collect();
    data["ratifications"] = decision.ratifications.iter().map(|r| ratification(r, decision)).collect();
    data
}

/// One of a list.
pub fn row(decision: &Decision, parties: &[&str], today: Date) -> Value {
    let progress = decision.progress(parties.iter().copied());
    let cell = |org: &&str| {
        let summary = match decision.cell(org).summary() {
            Summary::Unknown => "unknown",
            Summary::Contested => "contested",
            Summary::Partly => "partly",
            Summary::OtherText => "other-text",
            Summary::Is(state) => state.as_str(),
        };
        ((*org).to_owned(), json!(summary))
    };
    let days = decision.days(parties.iter().copied(), today);
    json!({
        "document_id": Some(&decision.id).filter(|id| !id.is_empty()),
        "title": decision.title,
        "owner": decision.owner,
        "body": decision.body.as_ref().map(|body| body.id.as_str()),
        "body_name": decision.body_name,
        "position": decision.is_position(),
        "date": decision.date(),
        "paragraph": decision.minutes.paragraph,
        "number": decision.minutes.number,
        "conclusion": decision.concluded().map(|(word, _)| word),
        "computed": decision.concluded().is_some_and(|(_, only_stated)| !only_stated),
        "text_version": decision.decided_hash(),
        "parties": progress.parties,
        "adopted": progress.adopted,
        "adopted_with_amendment": progress.amended,
        "waiting": progress.waiting(),
        "by_party": parties.iter().map(cell).collect::<serde_json::Map<_, _>>(),
        "days": days.map(|(days, _)| days),
        "all_decided": days.map(|(_, whole)| whole),
        "next_known": decision.next_known(today).map(|(day, party)| json!({"date": day.to_string(), "party": party})),
    })
}

fn seat(seat: &Seat) -> Value {
    json!({
        "seat": seat.id,
        "organisation": seat.organisation,
        "vote": seat.vote().map(ballot),
        "counted": seat.counted.map(named),
        "changed_since": seat.changed_since,
        "present": seat.present,
        "recused": seat.recused,
        "reservation": seat.reservation,
        "reservation_in_minutes": seat.reserved,
    })
}

fn named(named: Named) -> &'static str {
    match named {
        Named::Ballot(vote) => ballot(vote),
        Named::Unreadable => "unreadable",
        Named::Void => "void",
    }
}

pub fn ballot(ballot: Ballot) -> &'static str {
    match ballot {
        Ballot::Yes => "yes",
        Ballot::No => "no",
        Ballot::Abstain => "abstain",
    }
}

pub fn motion(motion: Motion) -> &'static str {
    match motion {
        Motion::Adopt => "adopt",
        Motion::Amend => "amend",
        Motion::Counter => "counter",
        Motion::Reject => "reject",
        Motion::ReferBack => "refer-back",
        Motion::Postpone => "postpone",
    }
}

pub fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Carried => "carried",
        Fate::Lost => "lost",
        Fate::Withdrawn => "withdrawn",
    }
}

fn force(force: &Force) -> Value {
    match force {
        Force::Unknown { known, of } => json!({"known": known, "of": of}),
        Force::Runs { posted, last, from } => {
            json!({"posted": posted.to_string(), "appeal_by": last.to_string(), "from": from.to_string()})
        }
    }
}

fn ratification(r: &Ratification, decision: &Decision) -> Value {
    json!({
        "party": r.party, "authority": r.authority, "step": r.step,
        "state": r.state.map(State::as_str),
        "instance": r.instance, "date": r.date, "paragraph": r.paragraph, "number": r.number,
        "amendment": r.amendment, "text": r.text, "same_text": r.fits(decision.decided_hash()),
        "posted": r.posted, "link": r.link, "contested": r.contested,
        "force": r.force().map(|f| force(&f)),
    })
}
