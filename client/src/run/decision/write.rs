//! What a secretary, a seat and a party's own authority write. All that can be checked is, before anything is kept.

use super::{Outcome, read, today};
use crate::{
    cli::decision::{MinutesArgs, MotionArgs, NewArgs, RatifyArgs, TextArgs, VoteArgs},
    config::Config,
    copy::WorkingCopy,
    county::{
        body,
        decision::{self, Decision, State},
    },
    input,
    model::Draft,
    node::Node,
    problem::Problem,
    record::Record,
    run::write::read_text,
    text::{Lang, Text},
    vocabulary::{MOTION, PROCEDURE, RATIFICATION, VOTE},
};
use jiff::civil::Date;
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    governance,
    id::{Name, Path},
    value::Value,
};
use samsyn_wire::v1;
use serde_json::json;
use std::collections::BTreeMap;

/// What is to stand, or to be taken away.
#[derive(Debug, Default)]
struct Changes(Vec<(Path, Option<Value>)>);

impl Changes {
    fn put(&mut self, path: &str, value: Value) -> Result<(), Problem> {
        self.0.push((input::path(path, "id")?, Some(value)));
        Ok(())
    }

    fn line(&mut self, path: &str, text: Option<&String>, field: &str) -> Result<(), Problem> {
        text.map_or(Ok(()), |text| self.put(path, input::required(text, field)?))
    }

    fn date(&mut self, path: &str, text: Option<&String>, field: &str) -> Result<(), Problem> {
        text.map_or(Ok(()), |text| self.put(path, input::date(text, field)?))
    }

    fn apply(&self, draft: &mut Draft) {
        for (path, value) in &self.0 {
            match value {
                Some(value) => draft.set(path.clone(), value.clone()),
                None => drop(draft.remove(path)),
            }
        }
    }
}

pub(in crate::run) async fn new(config: &Config, args: &NewArgs, lang: Lang) -> Result<Outcome, Problem> {
    let mut changes = Changes::default();
    changes.put("/proposal/title", input::required(&args.title, "title")?)?;
    let id = name(&args.body, "body")?;
    changes.put("/proposal/body", Value::Reference(format!("body:{id}")))?;
    changes.date("/proposal/meeting", args.meeting.as_ref(), "meeting")?;
    for (order, step) in (1..).zip(&args.step) {
        let (step, label) = step.split_once('=').unwrap_or((step, step));
        let step = name(step, "step")?;
        changes.put(&format!("/proposal/steps/{step}/label"), input::required(label, "step")?)?;
        changes.put(&format!("/proposal/steps/{step}/order"), Value::Integer(order))?;
    }
    let text = match (&args.text, &args.text_file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(file)) => Some(read_text(file, "text-file")?),
        (None, None) => None,
    };
    if let Some(text) = text {
        freeze(&mut changes, "v1", None, &text, true)?;
    }
    let node = Node::connect(config).await?;
    if let Some(concerns) = &args.concerns {
        changes.put("/proposal/concerns", input::partners(&node.parties().await?, concerns, "concerns")?)?;
    }
    let described = described(&node, &id).await?;
    if let Some(called) = described.name {
        changes.put("/proposal/body-name", Value::Text(called))?;
    }
    if let Some(kind) = described.kind {
        changes.put("/proposal/body-kind", Value::Reference(format!("{}:{}", body::BodyKind::KIND, kind.as_str())))?;
    }
    let authority = args.authority.as_deref().unwrap_or_default();
    let copy = WorkingCopy::create(&node, DocumentKind::Decision, authority).await?;
    save(&node, copy, &changes, lang).await
}

/// A body as the programme's documents describe it.
async fn described(node: &Node, id: &Name) -> Result<body::Described, Problem> {
    let request =
        v1::ListDocumentsRequest { kind: v1::DocumentKind::Programme.into(), ..v1::ListDocumentsRequest::default() };
    let mut values: BTreeMap<Path, Value> = BTreeMap::new();
    for row in node.call(node.portfolio().list_documents(request)).await?.documents {
        let programme = Record::try_from(node.work(&row.document_id).await?).map_err(|_| crate::node::incomplete())?;
        let settled = programme.paths().filter_map(|(path, said)| match said {
            [only] => Some((path.clone(), only.value.clone()?)),
            _ => None,
        });
        values.extend(settled);
    }
    body::read(&values, id).ok_or_else(|| {
        let known: Vec<&str> =
            values.keys().filter_map(|path| path.as_str().strip_prefix("/bodies/")?.strip_suffix("/name")).collect();
        Problem::new(
            Code::DecisionBodyUnknown,
            Text("'{}' är inget organ som programmet känner.", "'{}' is no body that the programme knows.")
                .with(&[id.as_str()]),
            Text("skriv något av: {}", "write one of: {}").with(&[&known.join(", ")]),
        )
        .field("body")
    })
}

pub(in crate::run) async fn text(config: &Config, args: &TextArgs, lang: Lang) -> Result<Outcome, Problem> {
    let version = name(&args.version, "id")?;
    let text = read_text(&args.file, "file")?;
    let mut changes = Changes::default();
    freeze(&mut changes, version.as_str(), args.label.as_ref(), &text, !args.not_put)?;
    let node = Node::connect(config).await?;
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    let frozen = input::path(&format!("/proposal/texts/{version}/frozen"), "id")?;
    if copy.draft()?.value(&frozen).is_some() {
        return Err(problem(Code::DecisionFrozen).field("id"));
    }
    save(&node, copy, &changes, lang).await
}

/// A text, the hash of just its words, and that it is put.
fn freeze(changes: &mut Changes, id: &str, label: Option<&String>, text: &str, put: bool) -> Result<(), Problem> {
    let value = input::prose(text, "text")?;
    let words = value.as_text().unwrap_or_default();
    if words.trim().is_empty() {
        return Err(input::required("", "text").err().unwrap_or_else(|| problem(Code::InputEmpty)));
    }
    let hash = governance::text_version(words);
    changes.line(&format!("/proposal/texts/{id}/label"), label, "label")?;
    changes.put(&format!("/proposal/texts/{id}/text"), value)?;
    changes.put(&format!("/proposal/texts/{id}/frozen"), Value::Reference(hash))?;
    if put {
        changes.put("/proposal/put", Value::Reference(format!("text:{id}")))?;
    }
    Ok(())
}

pub(in crate::run) async fn motion(config: &Config, args: &MotionArgs, lang: Lang) -> Result<Outcome, Problem> {
    let id = name(&args.motion, "id")?;
    let kind = input::word(MOTION, &args.kind, "kind")?;
    let at = |field: &str| format!("/proposal/motions/{id}/{field}");
    let mut changes = Changes::default();
    changes.put(&at("kind"), Value::Reference(MOTION.reference(kind)))?;
    changes.put(&at("by"), input::required(&args.by, "by")?)?;
    changes.line(&at("supported-by"), args.supported_by.as_ref(), "supported-by")?;
    if let Some(text) = &args.text {
        changes.put(&at("text"), input::prose(text, "text")?)?;
    }
    let node = Node::connect(config).await?;
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    save(&node, copy, &changes, lang).await
}

pub(in crate::run) async fn vote(config: &Config, args: &VoteArgs, lang: Lang) -> Result<Outcome, Problem> {
    let ballot = args.vote.as_deref().map(|text| input::word(VOTE, text, "vote")).transpose()?;
    let node = Node::connect(config).await?;
    let record = read(&node, &args.id).await?;
    let parties = node.parties().await?;
    let own = parties.own().map(|p| p.id.clone()).unwrap_or_default();
    let decision = decision::read(&record);
    let seat = seat(&decision, &own, args.seat.as_deref())?;
    decision.may_vote(&own, &seat, ballot.is_none()).map_err(|code| problem(code).field("vote"))?;
    let mut changes = Changes::default();
    let path = format!("/votes/{seat}");
    match ballot {
        Some(word) => changes.put(&path, Value::Reference(VOTE.reference(word)))?,
        None => changes.0.push((input::path(&path, "seat")?, None)),
    }
    if let Some(reservation) = &args.reservation {
        changes.put(&format!("/reservations/{seat}"), input::prose(reservation, "reservation")?)?;
    }
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    save(&node, copy, &changes, lang).await
}

/// The seat that is meant: the only one of the own organisation, or the one that is named.
fn seat(decision: &Decision, own: &str, named: Option<&str>) -> Result<String, Problem> {
    let held: Vec<&str> =
        decision.seats.iter().filter(|seat| seat.organisation == own).map(|seat| seat.id.as_str()).collect();
    let found = match (named, held.as_slice()) {
        (Some(named), held) => held.iter().find(|seat| **seat == named),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    found.map(|seat| (*seat).to_owned()).ok_or_else(|| {
        let seats = held.join(", ");
        let remedy = if held.is_empty() {
            Text("bara de som har en plats i organet röstar", "only those who have a seat in the body vote").into()
        } else {
            Text("säg vilken med --seat: {}", "say which with --seat: {}").with(&[&seats])
        };
        Problem { remedy, ..problem(Code::DecisionNoSeat) }.field("seat")
    })
}

pub(in crate::run) async fn minutes(config: &Config, args: &MinutesArgs, lang: Lang) -> Result<Outcome, Problem> {
    let mut changes = Changes::default();
    for (field, text) in [("date", &args.date), ("adjusted", &args.adjusted)] {
        changes.date(&format!("/minutes/{field}"), text.as_ref(), field)?;
        not_ahead(text.as_ref(), field, today())?;
    }
    for (field, text) in [("paragraph", &args.paragraph), ("number", &args.number), ("adjusted-by", &args.adjusted_by)]
    {
        changes.line(&format!("/minutes/{field}"), text.as_ref(), field)?;
    }
    if let Some(text) = &args.procedure {
        let word = input::word(PROCEDURE, text, "procedure")?;
        changes.put("/minutes/procedure", Value::Reference(PROCEDURE.reference(word)))?;
    }
    if let Some(text) = &args.chair {
        let word = input::word(VOTE, text, "chair")?;
        changes.put("/minutes/chair", Value::Reference(VOTE.reference(word)))?;
    }
    if let Some(text) = &args.text {
        changes.put("/minutes/text", Value::Reference(format!("text:{}", name(text, "text")?)))?;
    }
    let node = Node::connect(config).await?;
    let record = read(&node, &args.id).await?;
    let decision = decision::read(&record);
    of_seats(&mut changes, args, &decision)?;
    of_motions(&mut changes, args, &decision)?;
    for posted in &args.posted {
        let (party, day) = posted.split_once('=').unwrap_or((posted, ""));
        let party = input::party(&node.parties().await?, party.trim(), "posted")?;
        not_ahead(Some(&day.to_owned()), "posted", today())?;
        changes.put(&format!("/minutes/postings/{party}"), input::date(day, "posted")?)?;
    }
    if changes.0.is_empty() {
        return Err(Problem::new(
            Code::Usage,
            Text("Inget att skriva i protokollet är angivet.", "Nothing to write in the minutes is given."),
            Text("se samsyn decision minutes --help", "see samsyn decision minutes --help"),
        ));
    }
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    save(&node, copy, &changes, lang).await
}

/// Who was there, and which votes count, each named by the fact that states it.
fn of_seats(changes: &mut Changes, args: &MinutesArgs, decision: &Decision) -> Result<(), Problem> {
    let all = |text: &str| ["alla", "all", "*"].contains(&text.trim().to_lowercase().as_str());
    let known = |seat: &str, field: &str| {
        let found = decision.seats.iter().find(|s| s.id == seat.trim());
        let seats: Vec<&str> = decision.seats.iter().map(|s| s.id.as_str()).collect();
        found.ok_or_else(|| {
            let message = Text("'{}' är ingen plats i organet.", "'{}' is no seat of the body.").with(&[seat]);
            let remedy = Text("skriv något av: {}", "write one of: {}").with(&[&seats.join(", ")]);
            Problem::new(Code::DecisionNoSeat, message, remedy).field(field)
        })
    };
    for (field, text) in [("present", &args.present), ("recused", &args.recused), ("reservations", &args.reservations)]
    {
        let Some(text) = text else { continue };
        let seats = if all(text) {
            decision.seats.iter().map(|s| format!("seat:{}", s.id)).collect()
        } else {
            let named = text.split(',').map(|seat| Ok(format!("seat:{}", known(seat, field)?.id)));
            named.collect::<Result<_, Problem>>()?
        };
        changes.put(&format!("/minutes/{field}"), Value::References(seats))?;
    }
    let Some(text) = &args.count else { return Ok(()) };
    let counted: Vec<_> = if all(text) {
        decision.seats.iter().filter(|seat| !seat.votes.is_empty()).collect()
    } else {
        text.split(',').map(|seat| known(seat, "count")).collect::<Result<_, _>>()?
    };
    for seat in counted {
        // Of several votes at once nobody can say which one was meant.
        let vote = seat.votes.first().filter(|_| seat.votes.len() == 1).and_then(|said| said.fact.parse().ok());
        let vote = vote.ok_or_else(|| {
            let message =
                Text("Platsen '{}' har ingen röst som står ensam.", "The seat '{}' has no vote that stands alone.")
                    .with(&[&seat.id]);
            Problem { message, ..problem(Code::DecisionVoteUnknown) }.field("count")
        })?;
        changes.put(&format!("/minutes/votes/{}", seat.id), Value::Reference(governance::vote_reference(&vote)))?;
    }
    Ok(())
}

fn of_motions(changes: &mut Changes, args: &MinutesArgs, decision: &Decision) -> Result<(), Problem> {
    for (fate, text) in [("carried", &args.carried), ("lost", &args.lost), ("withdrawn", &args.withdrawn)] {
        for id in text.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|id| !id.is_empty()) {
            if !decision.motions.iter().any(|moved| moved.id == id) {
                let motions: Vec<&str> = decision.motions.iter().map(|moved| moved.id.as_str()).collect();
                return Err(Problem::new(
                    Code::InputValue,
                    Text("'{}' är inget yrkande i förslaget.", "'{}' is no motion about the proposal.").with(&[id]),
                    Text("yrkandena är: {}", "the motions are: {}").with(&[&motions.join(", ")]),
                )
                .field(fate));
            }
            changes.put(&format!("/minutes/motions/{id}"), Value::Reference(format!("fate:{fate}")))?;
        }
    }
    Ok(())
}

pub(in crate::run) async fn ratify(config: &Config, args: &RatifyArgs, lang: Lang) -> Result<Outcome, Problem> {
    let word = input::word(RATIFICATION, &args.state, "state")?;
    let state = State::of_word(word.id);
    let step = name(&args.step, "step")?;
    let node = Node::connect(config).await?;
    let record = read(&node, &args.id).await?;
    let decision = decision::read(&record);
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    let parties = node.parties().await?;
    let own = parties.own().map(|p| p.id.clone()).unwrap_or_default();
    let authority = name(args.authority.as_deref().unwrap_or(&copy.authority), "authority")?;
    let mut changes = Changes::default();
    let at = |field: &str| format!("/ratifications/{own}/{authority}/{step}/{field}");
    changes.put(&at("state"), Value::Reference(RATIFICATION.reference(word)))?;
    if state != Some(State::Scheduled) && state != Some(State::NotPrepared) {
        not_ahead(args.date.as_ref(), "date", today())?;
    }
    not_ahead(args.posted.as_ref(), "posted", today())?;
    changes.date(&at("date"), args.date.as_ref(), "date")?;
    changes.date(&at("posted"), args.posted.as_ref(), "posted")?;
    for (field, text) in [("instance", &args.instance), ("paragraph", &args.paragraph), ("number", &args.number)] {
        changes.line(&at(field), text.as_ref(), field)?;
    }
    if let Some(amendment) = &args.amendment {
        changes.put(&at("amendment"), input::prose(amendment, "amendment")?)?;
    }
    let decided = decision.decided_hash();
    if let (Some(named), Some(decided)) = (args.text.as_deref(), decided)
        && named != decided
    {
        let remedy = Text("den beslutade texten är {}", "the text that was decided is {}").with(&[decided]);
        return Err(Problem { remedy, ..problem(Code::DecisionText) }.field("text"));
    }
    if let Some(hash) = args.text.as_deref().or(decided).filter(|_| state.is_some_and(State::is_adopted)) {
        changes.put(&at("text"), input::checked(Value::Reference(hash.to_owned()), "text")?)?;
    }
    save(&node, copy, &changes, lang).await
}

/// What has happened was not tomorrow.
fn not_ahead(text: Option<&String>, field: &str, today: Date) -> Result<(), Problem> {
    let ahead = text.and_then(|text| text.trim().parse::<Date>().ok()).is_some_and(|day| day > today);
    if ahead { Err(problem(Code::DecisionFuture).field(field)) } else { Ok(()) }
}

fn name(text: &str, field: &str) -> Result<Name, Problem> {
    Name::new(text.trim()).map_err(|e| {
        Problem::new(
            Code::InputValue,
            crate::text::Phrase::pair(format!("'{text}' är inget id."), e.to_string()),
            Text("ett id skrivs med a-z, 0-9 och -", "an id is written with a-z, 0-9 and -"),
        )
        .field(field)
    })
}

/// What the node would say too, said before it is asked.
fn problem(code: Code) -> Problem {
    let (sv, remedy) = crate::problem::known(code).unwrap_or(("Det går inte.", ""));
    let en = match code {
        Code::DecisionNoSeat => ("The organisation has no such seat in the body.", "see 'samsyn decision show'"),
        Code::DecisionVoted => {
            ("The seat has voted already.", "take the vote back with --withdraw, share that, then vote again")
        }
        Code::DecisionMinuted => ("The minutes count the votes already.", "talk to the body's secretary"),
        Code::DecisionFrozen => ("The text version is frozen.", "write a new one beside it"),
        Code::DecisionText => {
            ("It is another text than the one that was decided, or none is put.", "see 'samsyn decision show'")
        }
        Code::DecisionVoteUnknown => {
            ("The minutes name a vote that the seat has not given.", "see 'samsyn decision show'")
        }
        Code::DecisionFuture => ("The day has not come yet.", "a planned day is stated with the state 'scheduled'"),
        _ => ("It cannot be done.", ""),
    };
    Problem::new(code, crate::text::Phrase::pair(sv, en.0), crate::text::Phrase::pair(remedy, en.1))
}

async fn save(node: &Node, mut copy: WorkingCopy, changes: &Changes, lang: Lang) -> Result<Outcome, Problem> {
    let mut draft = copy.draft()?;
    changes.apply(&mut draft);
    draft.check()?;
    let changed = copy.change(&draft)?;
    if changed {
        copy.push(node).await?;
    }
    let paths: Vec<&str> = changes.0.iter().filter(|_| changed).map(|(path, _)| path.as_str()).collect();
    let short: String = copy.id.chars().take(8).collect();
    let said = if changed {
        Text(
            "Sparat i arbetskopian {}. Inget är delat. Dela med: samsyn work publish {}",
            "Saved in working copy {}. Nothing is shared. Share with: samsyn work publish {}",
        )
        .say(lang, &[&copy.id, &short])
    } else {
        crate::text::UNCHANGED.of(lang).to_owned()
    };
    Ok(Outcome::new(said, json!({"working_copy_id": copy.id, "changed": paths})))
}
