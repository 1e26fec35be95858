//! What coordinators do at an honest node: found works, report, write on others' works where they may, edit a joint note
//! in a working copy and publish it, open a smaller space, erase. Everything is built from what the node itself knows.

use super::{
    county::{NAMES, name, org},
    disk::{CANARY, Field, Note},
    node::{Input, Node},
    plant::Plant,
    random::Random,
};
use samsyn_core::{
    commit::{CommitBuilder, SignedCommit, Statement},
    entry::{
        Audience, Body, BodyRules, Card, DocumentKind, Erasure, Genesis, Majority, Outline, Purpose, Quorum, Release,
        SpaceFounding,
    },
    id::{DocumentId, FactId, OrgId, Path, SpaceId},
    prose::{self, Prose, ProseFact},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn path(text: &str) -> Path {
    Path::new(text).expect("a legal path")
}

fn release() -> Outline {
    Outline::Release(Release {
        purpose: Purpose::ForInformation,
        audience: Audience::Parties,
        authority: name("ks"),
        role: name("coordinator"),
    })
}

/// Builds a commit at the node's own position.
pub(super) fn build<R>(
    node: &Node,
    space: SpaceId,
    now_ms: u64,
    fill: impl FnOnce(&mut CommitBuilder) -> R,
) -> Option<SignedCommit> {
    let position = node.ledger()?.position(space, &org(node.party), node.incarnation, node.key.public());
    let mut builder = CommitBuilder::new(position, now_ms);
    fill(&mut builder);
    Some(builder.sign(&node.key))
}

pub(super) fn write(commit: SignedCommit) -> Input {
    Input::Write { commit, note: None }
}

/// A document of the node's own, in the county or in a smaller space it belongs to.
pub(super) fn found(node: &Node, now_ms: u64, random: &mut Random) -> Option<Input> {
    let ledger = node.ledger()?;
    let me = org(node.party);
    let spaces: Vec<SpaceId> = ledger.spaces_of(&me).into_iter().collect();
    let space = if random.chance(70) { ledger.county() } else { *random.pick(&spaces)? };
    let office = ledger.charters().in_force().1.programme_office.contains(&me);
    let kind = match random.below(6) {
        0 if office => DocumentKind::Programme,
        1 if office => DocumentKind::Roadmap,
        2 => DocumentKind::Decision,
        3 => DocumentKind::Indicators,
        _ => DocumentKind::Work,
    };
    let rules = BodyRules {
        quorum: Quorum::Half,
        majority: Majority::Simple,
        casting_seat: None,
        chair_decides: false,
        escalates_to: None,
    };
    let seats = BTreeMap::from([(name("s1"), org(1)), (name("s2"), me.clone())]);
    let body = Body { id: name("styrgrupp"), secretary: me.clone(), seats, rules };
    let body = (kind == DocumentKind::Decision).then_some(body);
    let genesis = Genesis { kind, owner: me.clone(), authority: name("ks"), archive_owner: me, body };
    let (at, value) = match kind {
        DocumentKind::Work => ("/facts/title", text(random)),
        DocumentKind::Roadmap => ("/areas/a1/title", text(random)),
        DocumentKind::Decision => ("/proposal/t1", text(random)),
        DocumentKind::Indicators => ("/definitions/m1", text(random)),
        DocumentKind::Programme => ("/goals/g1", text(random)),
    };
    let first = Statement { path: path(at), value: Some(value), salt: random.bytes(), replaces: Vec::new() };
    let commit = build(node, space, now_ms, |b| {
        b.add(DocumentId::NONE, &release());
        let id = DocumentId::from(b.add(DocumentId::NONE, &Outline::Document(genesis)));
        b.facts(id, vec![first]);
    });
    commit.map(write)
}

pub(super) fn text(random: &mut Random) -> Value {
    Value::Text(format!("text {}", random.below(1_000_000)))
}

/// A document that the node may read and that counts.
pub(super) fn any_document(node: &Node, random: &mut Random) -> Option<(DocumentId, SpaceId)> {
    let ledger = node.ledger()?;
    let me = org(node.party);
    let known: Vec<_> =
        ledger.documents().filter(|(_, d)| ledger.member(&d.space, &me)).map(|(id, d)| (id, d.space)).collect();
    random.pick(&known).copied()
}

/// Facts at paths that the party may write, each replacing what the node sees standing there.
pub(super) fn state(node: &Node, now_ms: u64, random: &mut Random) -> Option<Input> {
    let ledger = node.ledger()?;
    let (id, space) = any_document(node, random)?;
    let founded = ledger.document(&id)?;
    let me = org(node.party);
    let own = founded.genesis.owner == me;
    let reference = Value::Reference(format!("ref:{}", random.below(9)));
    let mut choices: Vec<(String, Value)> =
        vec![(format!("/attested/{me}"), text(random)), (format!("/remarks/{me}/r1"), text(random))];
    match founded.genesis.kind {
        DocumentKind::Work => {
            choices.push((format!("/parties/{me}/rollout"), reference));
            choices.push((format!("/learnings/{me}/l1/text"), text(random)));
            if own {
                choices.push(("/facts/title".to_owned(), text(random)));
                choices.push(("/facts/stage".to_owned(), Value::Reference("stage:ongoing".to_owned())));
            }
        }
        DocumentKind::Roadmap => choices.push((format!("/areas/a{}/title", random.below(3)), text(random))),
        DocumentKind::Decision => {
            let seat = founded.genesis.body.as_ref()?.seats.iter().find(|(_, org)| **org == me);
            choices.extend(seat.map(|(seat, _)| (format!("/votes/{seat}"), Value::Reference("vote:yes".to_owned()))));
        }
        DocumentKind::Indicators => choices.push((format!("/values/{me}/m1/2025"), Value::Integer(7))),
        DocumentKind::Programme => {}
    }
    let mut statements = Vec::new();
    for _ in 0..=random.below(2) {
        let (at, value) = random.pick(&choices)?.clone();
        let at = path(&at);
        let replaces: Vec<FactId> =
            founded.document.at(&at).map(|p| p.standing().map(|(id, _)| *id).take(60).collect()).unwrap_or_default();
        let value = (!random.chance(8)).then_some(value);
        statements.push(Statement { path: at, value, salt: random.bytes(), replaces });
    }
    let commit = build(node, space, now_ms, |b| {
        b.add(DocumentId::NONE, &release());
        b.facts(id, statements);
    });
    commit.map(write)
}

/// The merged note of a document as the node would show it, and the facts it is made of.
pub(super) fn merged(node: &Node, id: &DocumentId) -> Option<(String, Vec<FactId>)> {
    let ledger = node.ledger()?;
    let founded = ledger.document(id)?;
    let Some(at) = founded.document.at(&path("/note")) else { return Some((String::new(), Vec::new())) };
    let fact = |(id, fact): (&FactId, &samsyn_core::document::Fact)| {
        let held = node.disk.values.get(id).zip(fact.value.as_ref());
        let text = match held.and_then(|(v, outline)| v.open(outline).ok()) {
            Some(value) => value.as_text().map(str::to_owned),
            None => fact.value.is_none().then(String::new),
        };
        let in_effect = at.admitted().contains_key(id);
        (*id, ProseFact { text, replaces: fact.replaces.clone(), author: fact.author.clone(), in_effect })
    };
    let without_effect = ledger.prose_bases_without_effect(id, &path("/note"));
    match prose::merge(&at.admitted().iter().chain(&without_effect).map(fact).collect()) {
        Prose::Empty { standing } => Some((String::new(), standing)),
        Prose::Merged(merged) => Some((merged.text, merged.standing)),
        Prose::SideBySide(_) => None,
    }
}

/// One more word in the node's working copy of a note, begun from what it sees now.
pub(super) fn edit_note(node: &mut Node, id: DocumentId, word: &str) -> Option<()> {
    let (now, _) = merged(node, &id)?;
    let private = format!("{CANARY}{}-{}", node.party, id.short());
    let begun = || Note { text: now.clone(), base: now, private, struck: String::new() };
    let note = node.disk.notes.entry(id).or_insert_with(begun);
    note.text.push_str(gap(&note.text));
    note.text.push_str(word);
    note.text.push(' ');
    Some(())
}

/// What a writer types before a word put after a text: others may have struck the space that it ended with.
fn gap(text: &str) -> &'static str {
    if text.is_empty() || text.ends_with(' ') { "" } else { " " }
}

/// The word typed last that is not published is struck again.
pub(super) fn strike_typed(node: &mut Node, id: DocumentId) -> Option<String> {
    let note = node.disk.notes.get_mut(&id)?;
    let word = note.text.strip_prefix(&note.base)?.split_whitespace().last()?.to_owned();
    note.text.truncate(note.text.len() - word.len() - 1);
    note.struck.push_str(&format!("{word} "));
    Some(word)
}

/// Some word of the joint text as the node shows it.
pub(super) fn any_word(node: &Node, id: &DocumentId, random: &mut Random) -> Option<String> {
    let (text, _) = merged(node, id)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    random.pick(&words).map(|word| (*word).to_owned())
}

/// Publishes a working copy: brings in what others have published, strikes a word of it, states the whole text, replaces
/// what it is made of and moves the bridge. `stuck` leaves the bridge where it was (a plant).
pub(super) fn publish_note(
    node: &Node,
    id: DocumentId,
    (strike, stuck): (Option<&str>, bool),
    now_ms: u64,
    random: &mut Random,
) -> Option<Input> {
    let note = node.disk.notes.get(&id)?;
    let local = note.text.strip_prefix(&note.base)?;
    let (mut now, standing) = merged(node, &id)?;
    if (local.is_empty() && strike.is_none()) || standing.len() > 60 {
        return None;
    }
    if let Some(word) = strike {
        now = now.replace(&format!("{word} "), "");
    }
    let (private, struck) = (note.private.clone(), note.struck.clone());
    let text = format!("{now}{}{local}", gap(&now));
    let space = node.ledger()?.document(&id)?.space;
    let said = match node.plant {
        Some(Plant::DraftSentAlong) => format!("{text}{private} "),
        Some(Plant::StruckTextSent) => format!("{text}{struck}"),
        _ => text.clone(),
    };
    let value = Some(Value::Prose(said));
    let statement = Statement { path: path("/note"), value, salt: random.bytes(), replaces: standing };
    let commit = build(node, space, now_ms, |b| {
        b.add(DocumentId::NONE, &release());
        b.facts(id, vec![statement]);
    })?;
    let base = if stuck { now } else { text.clone() };
    let after = Note { text, base, private, struck };
    Some(Input::Write { commit, note: Some((id, after)) })
}

/// Writes a word into some field of a working copy, marked as secret or not; gives the words whose place it takes (none
/// or one), with their marks. None where there is nothing to write in.
pub(super) fn draft_field(node: &mut Node, word: &str, marked: bool, random: &mut Random) -> Option<Vec<Field>> {
    let (id, _) = any_document(node, random)?;
    let me = org(node.party);
    let founded = node.ledger()?.document(&id)?;
    let mut places = vec![format!("/attested/{me}"), format!("/remarks/{me}/r1")];
    if founded.genesis.kind == DocumentKind::Work && founded.genesis.owner == me {
        places.push("/facts/title".to_owned());
    }
    let at = path(random.pick(&places)?);
    Some(node.disk.fields.insert((id, at), Field { word: word.to_owned(), marked }).into_iter().collect())
}

/// Takes some mark away; gives the word that may leave from now on.
pub(super) fn lift_mark(node: &mut Node, random: &mut Random) -> Option<String> {
    let mut marked: Vec<&mut Field> = node.disk.fields.values_mut().filter(|field| field.marked).collect();
    let chosen = random.below(marked.len());
    let field = marked.get_mut(chosen)?;
    field.marked = false;
    Some(field.word.clone())
}

/// Releases the fields of one document's working copy that are not marked, which are drafts no longer.
pub(super) fn release_fields(node: &mut Node, now_ms: u64, random: &mut Random) -> Option<Input> {
    let leaves = |field: &Field| !field.marked || node.plant == Some(Plant::MarkedValueSent);
    let ready: Vec<(DocumentId, Path)> =
        node.disk.fields.iter().filter(|(_, field)| leaves(field)).map(|(place, _)| place.clone()).collect();
    let (id, _) = *random.pick(&ready)?;
    let founded = node.ledger()?.document(&id)?;
    let mut statements = Vec::new();
    for (of, at) in ready.iter().filter(|(of, _)| *of == id) {
        let known = founded.document.at(at);
        let replaces = known.map(|p| p.standing().map(|(id, _)| *id).take(60).collect()).unwrap_or_default();
        let value = Some(Value::Text(format!("utkast {}", node.disk.fields[&(*of, at.clone())].word)));
        statements.push(Statement { path: at.clone(), value, salt: random.bytes(), replaces });
    }
    let space = founded.space;
    let commit = build(node, space, now_ms, |b| {
        b.add(DocumentId::NONE, &release());
        b.facts(id, statements);
    });
    node.disk.fields.retain(|place, _| place.0 != id || !ready.contains(place));
    commit.map(write)
}

/// A smaller space with this party and a few others.
pub(super) fn open_space(node: &Node, now_ms: u64, random: &mut Random) -> Option<(Input, SpaceId, BTreeSet<OrgId>)> {
    let parties: BTreeSet<OrgId> =
        node.ledger()?.charters().in_force().1.parties.iter().map(|p| p.id.clone()).collect();
    let me = org(node.party);
    let members: BTreeSet<OrgId> = parties.into_iter().filter(|p| *p == me || random.chance(40)).collect();
    if members.len() < 2 || !members.contains(&me) {
        return None;
    }
    let founding = SpaceFounding {
        salt: random.bytes(),
        members: members.clone(),
        purpose: Purpose::ForComment,
        deadline_ms: None,
    };
    let commit = build(node, SpaceId::FOUNDING, now_ms, |b| b.add(DocumentId::NONE, &Outline::Space(founding)))?;
    let space = SpaceId(commit.hashes()[0].0);
    Some((write(commit), space, members))
}

/// Erases a few facts of a document; that it is the archive owner's or not is part of the game.
pub(super) fn erase(node: &Node, now_ms: u64, random: &mut Random) -> Option<Input> {
    let ledger = node.ledger()?;
    let (id, space) = any_document(node, random)?;
    let founded = ledger.document(&id)?;
    let known: Vec<FactId> = founded.document.paths().flat_map(|(_, at)| at.admitted().keys().copied()).collect();
    let facts = (0..=random.below(2)).filter_map(|_| random.pick(&known).copied()).collect();
    let erasure = Outline::Erasure(Erasure { authority: name("ks"), facts });
    build(node, space, now_ms, |b| b.add(id, &erasure)).map(write)
}

pub(super) fn card(node: &Node, now_ms: u64, random: &mut Random) -> Option<Input> {
    let endpoints = vec![format!("https://{}:{}", NAMES[node.party], random.below(60_000))];
    let card = Card { endpoints, pins: Vec::new(), authorities: BTreeMap::new() };
    let county = node.ledger()?.county();
    build(node, county, now_ms, |b| b.add(DocumentId::NONE, &Outline::Card(card))).map(write)
}
