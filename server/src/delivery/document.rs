//! One document as `handling.xml`: every fact with who stated it and when, what became of it, the register's entries, marks
//! and erasures. Its form is in `schemas/samsyn-handling-1.xsd` of the package.

use super::{Delivered, Erased, Home, Source, moment};
use crate::{
    handout::{data::Effect, gather, in_order},
    register::{Direction, Statement},
    store::{ItemRow, word},
    xml::{Element, legible},
};
use samsyn_client::mark::{self, Mark};
use samsyn_core::{
    id::FactId,
    value::{Value, ValueType},
};

const NAMESPACE: &str = "urn:samsyn:arkiv:1";

pub(super) fn file(delivered: &Delivered<'_>, source: Source<'_>) -> Vec<u8> {
    let Some(object) = delivered.whole.object() else { return Vec::new() };
    let reader = delivered.whole.reader();
    let genesis = &object.genesis;
    let party = |name: &'static str, org: &str| {
        Element::new(name).with("organisation", org).with("name", reader.parties.name(org))
    };
    let kept = match &delivered.chosen.home {
        Home::Own => "own",
        Home::Kept(_) => "kept",
        Home::Elsewhere(_) => "received",
    };
    let authority = genesis.authority.as_str();
    let owner = party("owner", genesis.owner.as_str())
        .with("authority", authority)
        .with("authorityName", reader.authority(genesis.owner.as_str(), authority));
    let plan = delivered.chosen.row.as_ref().map(|row| {
        let (after, basis) = row.goes.clone().unzip();
        Element::new("plan")
            .with("class", &row.class)
            .with("rules", source.rules)
            .with("keeps", row.goes.is_none().to_string())
            .with_some("after", after)
            .with_some("basis", basis)
    });
    let facts = in_order(object).into_iter().map(|fact| of_fact(fact, delivered));
    let items = object.items.iter().rev().map(|row| of_item(row, delivered, reader));
    Element::new("handling")
        .with("xmlns", NAMESPACE)
        .with("id", object.document.to_string())
        .with("kind", word(Some(&genesis.kind)))
        .with("since", moment(delivered.chosen.since_ms))
        .put([
            Element::new("federation")
                .with("id", delivered.whole.gathered.federation.to_string())
                .with("name", &delivered.whole.gathered.federation_name),
            owner,
            party("archiveOwner", genesis.archive_owner.as_str()).with("here", kept),
            Element::text("title", &delivered.title),
        ])
        .put(delivered.chosen.case.iter().map(|case| Element::text("case", case)))
        .put(plan)
        .put([
            Element::new("marks").put(
                object.marks.iter().map(|(path, mark)| {
                    of_mark(mark.as_ref()).with_some("path", path.as_ref().map(ToString::to_string))
                }),
            ),
            Element::new("facts").put(facts),
            Element::new("erasures").put(delivered.erasures.iter().map(of_erasure)),
            Element::new("register").put(items),
        ])
        .file()
}

fn of_mark(mark: Option<&Mark>) -> Element {
    let Some(mark) = mark else { return Element::new("mark").with("unreadable", "true") };
    let note = (!mark.note.is_empty()).then(|| Element::text("note", &mark.note));
    Element::new("mark")
        .with("date", &mark.date)
        .with("authority", &mark.authority)
        .put(mark.provisions.iter().map(|provision| Element::text("provision", provision.to_string())))
        .put(note)
}

fn of_fact(fact: &gather::Fact, delivered: &Delivered<'_>) -> Element {
    let reader = delivered.whole.reader();
    let gathered = &delivered.whole.gathered;
    let effect = match fact.effect {
        Effect::Admitted => "admitted",
        Effect::Pending => "pending",
        Effect::Refused => "refused",
    };
    let marks = delivered.whole.object().map(|object| &object.marks);
    let marked = marks.is_some_and(|marks| mark::covering(marks, &fact.outline.path).is_some());
    let org = fact.organisation.as_str();
    let stored = gathered.entries.get(&fact.id.header).map_or(0, |entry| entry.stored_ms);
    let release = fact.released.as_ref().map(|release| {
        Element::new("release")
            .with("authority", release.authority.as_str())
            .with("authorityName", reader.authority(org, release.authority.as_str()))
            .with("role", release.role.to_string())
            .with("purpose", word(Some(&release.purpose)))
            .with("audience", word(Some(&release.audience)))
    });
    Element::new("fact")
        .with("id", name(&fact.id))
        .with("path", fact.outline.path.as_str())
        .with("label", crate::handout::label(fact, reader))
        .with("organisation", org)
        .with("organisationName", reader.parties.name(org))
        .with("stated", moment(fact.stated_ms))
        .with("stored", moment(stored))
        .with("effect", effect)
        .with("standing", (fact.standing && fact.effect == Effect::Admitted).to_string())
        .with("marked", marked.to_string())
        .put(release)
        .put(fact.outline.replaces.iter().map(|earlier| Element::new("replaces").with("fact", name(earlier))))
        .put([content(fact, delivered)])
}

/// The value, or why there is none.
fn content(fact: &gather::Fact, delivered: &Delivered<'_>) -> Element {
    let Some(outline) = &fact.outline.value else { return Element::new("removed") };
    let of_outline = |element: Element| {
        element
            .with("type", kind(outline.kind))
            .with("bytes", outline.bytes.to_string())
            .with("valueHash", hex::encode(outline.hash.0))
    };
    match &fact.value {
        Ok(Some(value)) => {
            let text = shown(value);
            // What XML cannot hold is there letter by letter all the same.
            let exact = (*legible(&text) != text).then(|| hex::encode(&text));
            // Ids are the program's words: what they mean stands beside them.
            let words = matches!(value, Value::Reference(_) | Value::References(_));
            let words = words.then(|| delivered.whole.reader().value(value));
            of_outline(Element::text("value", text)).with_some("exact", exact).with_some("shown", words)
        }
        Ok(None) => Element::new("removed"),
        Err(code) => match delivered.erasure(&fact.id) {
            Some(erased) => of_outline(Element::new("erased")).with("erasure", erased.entry.to_string()),
            None => of_outline(Element::new("missing")).with("code", code.as_str()),
        },
    }
}

fn of_erasure(erased: &Erased) -> Element {
    let why = erased.why.as_ref();
    let some = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    Element::new("erasure")
        .with("entry", erased.entry.to_string())
        .with("organisation", erased.organisation.as_str())
        .with("authority", erased.authority.as_str())
        .with("at", moment(erased.at_ms))
        .with("values", erased.facts.len().to_string())
        .with_some("decision", some(why.map(|why| &why.decision)))
        .with_some("class", some(why.map(|why| &why.class)))
        .with_some("basis", some(why.map(|why| &why.basis)))
        .put(erased.facts.iter().map(|fact| Element::new("of").with("fact", name(fact))))
}

fn of_item(row: &ItemRow, delivered: &Delivered<'_>, reader: samsyn_client::show::Reader<'_>) -> Element {
    let item = &row.item;
    let direction = match item.direction {
        Direction::Received => "received",
        Direction::Dispatched => "dispatched",
    };
    let decided = delivered.statements.get(&item.position).into_iter().flatten();
    Element::new("item")
        .with("position", item.position.to_string())
        .with("version", item.tip.to_string())
        .with("state", item.state.as_str())
        .with("direction", direction)
        .with("at", moment(item.at_ms))
        .with("released", moment(item.released_ms))
        .with_some("counterpart", item.counterpart.as_ref().map(ToString::to_string))
        .with("counterpartName", crate::handout::counterpart(row, reader))
        .with("values", item.facts.to_string())
        .with("rules", &item.rules)
        .put(decided.map(of_statement))
}

fn of_statement(statement: &Statement) -> Element {
    let words = &statement.words;
    let number = statement.number.as_ref();
    let text = |name, text: &String| (!text.is_empty()).then(|| Element::text(name, text));
    Element::new("decided")
        .with("nr", statement.nr.to_string())
        .with("at", moment(statement.at_ms))
        .with("state", statement.state.as_str())
        .with_some("register", number.map(|number| &number.register))
        .with_some("case", number.map(|number| &number.case))
        .with_some("document", number.map(|number| number.document.to_string()))
        .with_some("class", (!words.class.is_empty()).then_some(&words.class))
        .with("counterpartProtected", words.counterpart_protected.to_string())
        .put(text("subject", &words.subject))
        .put(text("protectedSubject", &words.protected_subject))
        .put(text("reason", &words.reason))
}

/// A fact by its entry's hash and its place in it.
fn name(fact: &FactId) -> String {
    format!("{}-{}", fact.header, fact.index)
}

fn kind(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Text => "text",
        ValueType::Prose => "prose",
        ValueType::Integer => "integer",
        ValueType::Boolean => "boolean",
        ValueType::Money => "money",
        ValueType::Date => "date",
        ValueType::Reference => "reference",
        ValueType::References => "references",
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Prose(text) | Value::Date(text) | Value::Reference(text) => text.clone(),
        Value::References(several) => several.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
        Value::Integer(number) | Value::Money(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
    }
}
