//! The description: cases and documents in CITS ERMS, in the part that versions 2.1.2 and 3.0.2 share. Cases have their
//! documents; what is kept in order without a case stands by itself. A document's versions are its records.

use super::{Delivered, Home, Parties, Source, moment, uuid, words};
use crate::{
    handout::pages,
    register::{Direction, State, Statement, calendar},
    store::ItemRow,
    xml::Element,
};
use samsyn_client::mark;
use std::collections::BTreeMap;

const NAMESPACE: &str = "https://DILCIS.eu/XML/ERMS";
const PROTECTED: &str = "Skyddad uppgift i diariet (OSL 5 kap. 2 §)";

/// What has been described so far: documents by case, in the order of delivery.
#[derive(Debug, Default)]
pub(super) struct Description {
    cases: BTreeMap<String, Case>,
    alone: Vec<Element>,
}

#[derive(Debug, Default)]
struct Case {
    documents: Vec<Element>,
    title: String,
    opened_ms: u64,
}

impl Description {
    pub(super) fn add(&mut self, delivered: &Delivered<'_>, folder: &str) {
        let document = document(delivered, folder);
        let Some(name) = &delivered.chosen.case else {
            self.alone.push(document);
            return;
        };
        let since = delivered.chosen.since_ms;
        let case = self.cases.entry(name.clone()).or_insert_with(|| Case {
            documents: Vec::new(),
            title: delivered.title.clone(),
            opened_ms: since,
        });
        case.opened_ms = case.opened_ms.min(since);
        case.documents.push(document);
    }

    pub(super) fn file(self, parties: &Parties<'_>, source: Source<'_>) -> Vec<u8> {
        let authority = format!("{}/{}", source.own, source.authority);
        let cases = self.cases.into_iter().map(|(name, case)| {
            aggregation("caseFile", &uuid(&[b"case", authority.as_bytes(), name.as_bytes()]))
                .put([
                    Element::text("objectId", &name),
                    Element::text("title", case.title),
                    dates([("opened", case.opened_ms)]),
                ])
                .put(case.documents)
        });
        let aggregations = Element::new("aggregations").put(cases).put(self.alone);
        Element::new("erms").with("xmlns", NAMESPACE).put([control(parties, source), aggregations]).file()
    }
}

fn control(parties: &Parties<'_>, source: Source<'_>) -> Element {
    let identification =
        |kind: &str, text: &str| Element::text("identification", text).with("identificationType", kind);
    let number = parties.number.map(|number| identification("organisationsnummer", number));
    let plan = match source.rules {
        "" => "Myndigheten har ingen plan i samsyn.".to_owned(),
        rules => format!("Klasser enligt myndighetens informationshanteringsplan, i regelfilen {rules}."),
    };
    let program = format!("samsynd {}", env!("CARGO_PKG_VERSION"));
    let value = |name, value: &str| Element::new(name).with("value", value);
    Element::new("control")
        .put([identification("arkivbildare", parties.authority), identification("organisation", parties.organisation)])
        .put(number)
        .put([
            identification("myndighet i samsyn", &format!("{}/{}", source.own, source.authority)),
            Element::new("classificationSchema")
                .put([Element::new("textualDescriptionOfClassificationSchema").put([Element::text("p", plan)])]),
            Element::new("maintenanceInformation").put([
                value("maintenanceStatus", "new"),
                Element::new("maintenanceAgency").put([Element::text("agencyName", agency(parties))]),
                Element::new("maintenanceHistory").put([Element::new("maintenanceEvent").put([
                    value("eventType", "created"),
                    Element::text("eventDateTime", moment(source.created_ms)),
                    agent("other", &program).with("otherAgentType", "software"),
                ])]),
            ]),
        ])
}

fn agency(parties: &Parties<'_>) -> String {
    format!("{}, {}", parties.authority, parties.organisation)
}

fn aggregation(kind: &str, id: &str) -> Element {
    Element::new("aggregation").with("systemIdentifier", id).with("aggregationType", kind)
}

fn agent(kind: &str, name: &str) -> Element {
    Element::new("agent").put([Element::text("name", name)]).with("agentType", kind)
}

fn dates<'a>(of: impl IntoIterator<Item = (&'a str, u64)>) -> Element {
    let date = |(kind, ms): (&str, u64)| Element::text("date", moment(ms)).with("dateType", kind);
    Element::new("dates").put(of.into_iter().map(date))
}

fn note(kind: &str, text: impl Into<String>) -> Element {
    Element::text("note", text).with("noteType", kind)
}

/// One document with its versions.
fn document(delivered: &Delivered<'_>, folder: &str) -> Element {
    let Some(object) = delivered.whole.object() else { return Element::new("aggregation") };
    let reader = delivered.whole.reader();
    let id = object.document.to_string();
    let owner = object.genesis.owner.as_str();
    let board = reader.authority(owner, object.genesis.authority.as_str());
    let creator = agent("creator", board).put([Element::text("organisation", reader.parties.name(owner))]);
    let elsewhere = match &delivered.chosen.home {
        Home::Own => None,
        Home::Kept(_) | Home::Elsewhere(_) => Some(note("arkivägare", words::archive_owner(delivered))),
    };
    let files = ["handling.xml", "handling.html", "bevis.json"];
    let since = delivered.chosen.since_ms;
    let last = object.items.iter().map(|row| row.item.at_ms).max().unwrap_or(since);
    aggregation("own_aggregation_definition", &uuid(&[b"document", &object.document.0]))
        .with("otherAggregationType", "dokument i samsyn")
        .put([Element::text("objectId", &id)])
        .put(classification(delivered))
        .put([
            Element::text("title", &delivered.title),
            Element::text("subject", pages::kind(delivered.chosen.kind)),
            Element::new("status").with("value", status(delivered)),
            Element::new("additionalInformation").put(
                files.map(|name| Element::new("appendix").with("name", name).with("path", format!("{folder}/{name}"))),
            ),
        ])
        .put(restrictions(delivered))
        .put([disposal(delivered)].into_iter().flatten())
        .put([Element::new("agents").put([creator]), dates([("created", since), ("last_addition", last)])])
        .put(erasures(delivered))
        .put(elsewhere.map(|note| Element::new("notes").put([note])))
        .put(object.items.iter().rev().map(|row| record(row, delivered, folder)))
}

fn classification(delivered: &Delivered<'_>) -> Option<Element> {
    let row = delivered.chosen.row.as_ref()?;
    Some(Element::text("classification", pages::kind(delivered.chosen.kind)).with("classificationCode", &row.class))
}

fn status(delivered: &Delivered<'_>) -> &'static str {
    let facts = || delivered.whole.object().into_iter().flat_map(|object| &object.facts);
    let gone = facts().all(|fact| fact.value.is_err() || fact.outline.value.is_none());
    match (gone && !delivered.erasures.is_empty(), delivered.chosen.ended) {
        (true, _) => "obliterated",
        (false, true) => "closed",
        (false, false) => "in_progress",
    }
}

/// The authority's secrecy marks.
fn restrictions(delivered: &Delivered<'_>) -> Vec<Element> {
    let Some(object) = delivered.whole.object() else { return Vec::new() };
    let reader = delivered.whole.reader();
    let marks = object.marks.iter().map(|(path, mark)| {
        let place = path.as_ref().map_or_else(|| "Hela dokumentet".to_owned(), |path| reader.path(path.as_str()));
        let cited = mark.as_ref().map_or_else(|| "Kan inte läsas".to_owned(), words::cited);
        let day = mark.as_ref().and_then(|mark| day_ms(&mark.date));
        restriction(&format!("{place}. {}", words::marked(mark.as_ref())), &cited)
            .put(day.map(|ms| dates([("created", ms)])))
    });
    marks.collect()
}

fn restriction(explained: &str, regulation: &str) -> Element {
    Element::new("restriction")
        .with("restrictionType", "confidential")
        .put([Element::text("explanatoryText", explained), Element::text("regulation", regulation)])
}

/// The beginning of a day in Sweden.
fn day_ms(day: &str) -> Option<u64> {
    calendar::beginning(day.parse().ok()?)
}

/// What the authority's plan says, counted from when the document came in or was drawn up.
fn disposal(delivered: &Delivered<'_>) -> Option<Element> {
    let row = delivered.chosen.row.as_ref()?;
    let goes = row.goes.as_ref();
    let start =
        Element::text("disposalDate", moment(delivered.chosen.since_ms)).with("dateType", "retention_period_start");
    Some(
        Element::new("disposal")
            .with("disposable", goes.is_some().to_string())
            .put([
                Element::text("disposalScheduleId", &row.class),
                Element::text("disposalAction", if goes.is_some() { "gallras" } else { "bevaras" }),
            ])
            .put(goes.map(|(after, _)| Element::text("disposalPeriod", crate::rulebook::in_swedish(after))))
            .put(goes.map(|(_, basis)| Element::text("disposalMandate", basis)))
            .put([Element::new("dates").put([start])]),
    )
}

/// What has been erased, by whom and by which decision.
fn erasures(delivered: &Delivered<'_>) -> Vec<Element> {
    let reader = delivered.whole.reader();
    let action = |erased: &super::Erased| {
        let organisation = erased.organisation.as_str();
        let board = reader.authority(organisation, erased.authority.as_str());
        let by = agent("other", board).with("otherAgentType", "gallrande myndighet");
        let date = Element::text("actionDate", moment(erased.at_ms)).with("dateType", "destroyed");
        Element::new("action").put([
            Element::text("actionText", format!("Gallrat: {}", words::erasure(erased, delivered))),
            Element::text("actionType", "gallring"),
            Element::new("dates").put([date]),
            Element::new("agents").put([by.put([Element::text("organisation", reader.parties.name(organisation))])]),
        ])
    };
    let owner = delivered.whole.object().map(|object| &object.genesis.archive_owner);
    delivered.erasures.iter().filter(|erased| Some(&erased.organisation) == owner).map(action).collect()
}

/// One version, as the register has it.
fn record(row: &ItemRow, delivered: &Delivered<'_>, folder: &str) -> Element {
    let item = &row.item;
    let reader = delivered.whole.reader();
    let decided = delivered.statements.get(&item.position).and_then(|of| of.last());
    let number = decided.and_then(|statement| statement.number.as_ref());
    let words = decided.map(|statement| &statement.words);
    let subject = words.map(|words| words.subject.clone()).filter(|subject| !subject.is_empty());
    let protected = words.filter(|words| !words.protected_subject.is_empty());
    let hidden = words.is_some_and(|words| words.counterpart_protected) || protected.is_some();
    let counterpart = crate::handout::counterpart(row, reader);
    let (direction, date, who) = match item.direction {
        Direction::Received => ("incoming", "received", "sender"),
        Direction::Dispatched => ("outgoing", "dispatch", "recipient"),
    };
    let marked = version_is_marked(delivered, row);
    let class = words.map(|words| words.class.clone()).filter(|class| !class.is_empty());
    Element::new("record")
        .with("systemIdentifier", uuid(&[b"record", item.authority.as_str().as_bytes(), &item.document.0, &item.tip.0]))
        .with("recordType", pages::kind(delivered.chosen.kind))
        .put([
            Element::text("objectId", number.map_or_else(|| item.tip.to_string(), ToString::to_string)),
            Element::text("extraId", item.tip.to_string()).with("extraIdType", "version i samsyn"),
        ])
        .put(class.map(|class| Element::text("classification", &class).with("classificationCode", &class)))
        .put([Element::text("title", subject.unwrap_or_else(|| delivered.title.clone()))])
        .put(protected.map(|words| {
            Element::text("otherTitle", &words.protected_subject).with("titleType", "skyddad ärendemening")
        }))
        .put([Element::new("status")
            .with("value", if item.direction == Direction::Received { "received" } else { "expedited" })])
        .put(number.map(|number| Element::text("runningNumber", number.document.to_string())))
        .put(hidden.then(|| restriction("Motpart eller ärendemening visas inte för allmänheten.", PROTECTED)))
        .put(
            marked.then(|| {
                restriction("Versionen har uppgifter som är sekretessmarkerade: se dokumentet.", "Se dokumentet")
            }),
        )
        .put([
            Element::new("direction").with("directionDefinition", direction),
            Element::new("agents").put([agent(who, &counterpart)]),
            dates([(date, item.at_ms), ("created", item.released_ms)]),
            Element::new("notes").put([note("diariet", state(row, decided))]),
            Element::new("additionalInformation").put([Element::new("appendix")
                .with("name", "handling.html")
                .with("path", format!("{folder}/handling.html"))]),
        ])
}

fn state(row: &ItemRow, decided: Option<&Statement>) -> String {
    let state = pages::state(row.item.state.as_str());
    let reason = decided.map(|statement| statement.words.reason.as_str()).unwrap_or_default();
    match (row.item.state, reason) {
        (State::Minor | State::Registered, reason) if !reason.is_empty() => format!("{state}: {reason}"),
        _ => state.to_owned(),
    }
}

/// True if a version states something at a marked place.
fn version_is_marked(delivered: &Delivered<'_>, row: &ItemRow) -> bool {
    let commits = &delivered.whole.gathered.commits;
    let Some(commit) = commits.iter().find(|commit| commit.last() == Some(&row.item.tip)) else { return false };
    let Some(object) = delivered.whole.object() else { return false };
    let mut of_version = object.facts.iter().filter(|fact| commit.contains(&fact.id.header));
    of_version.any(|fact| mark::covering(&object.marks, &fact.outline.path).is_some())
}
