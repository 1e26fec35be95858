//! A document as a case system gets it.

use super::Desk;
use crate::{
    failure::Failure,
    register::{calendar, subject_of},
    store::{ItemRow, word},
    xml::legible,
};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use samsyn_core::{code::Code, entry::ValueOutline, id::FactId, value::Value};
use std::io;

const NAMESPACE: &str = "urn:samsyn:register:1";

/// What one version states at one path.
struct Statement {
    path: String,
    id: FactId,
    /// None where something is taken away.
    outline: Option<ValueOutline>,
}

impl Desk {
    /// What a case system needs to register an item, with what its version states.
    pub(super) async fn document(&self, name: &str, row: &ItemRow) -> Result<String, Failure> {
        let (tip, document) = (row.item.tip, row.item.document);
        let stated = self.driver.query(move |machine, _| {
            let stated = super::super::desk::stated(machine.ledger(), tip, &document);
            let parties = machine.ledger().charters().in_force().1.parties.clone();
            (stated, parties)
        });
        let (stated, parties) = stated.await?;
        let headers: Vec<_> = stated.iter().map(|(id, _)| id.header).collect();
        let values = self.store.values_of(&headers).await?;
        let statements =
            stated.into_iter().map(|(id, fact)| Statement { path: fact.path.to_string(), outline: fact.value, id });
        let case = self.store.case_of(&row.item.authority, &document).await?;
        let item = &row.item;
        let counterpart = item.counterpart.as_ref().map(|org| {
            let party = parties.iter().find(|p| p.id == *org);
            (org.to_string(), party.map_or_else(|| org.to_string(), |p| p.name.clone()))
        });
        let opened = |s: Statement| {
            let value = s.outline.as_ref().map(|outline| {
                let salted = values.get(&s.id.header).and_then(|v| v.get(&s.id.index))?;
                salted.open(outline).ok()
            });
            (s.path, value)
        };
        let statements: Vec<(String, Option<Option<Value>>)> = statements.map(opened).collect();
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        let written = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None))).and_then(|()| {
            writer
                .create_element("document")
                .with_attributes([("xmlns", NAMESPACE), ("item", name)])
                .write_inner_content(|to| {
                    let mut element = |name: &str, text: &str| {
                        to.create_element(name).write_text_content(BytesText::new(&legible(text))).map(drop)
                    };
                    element("authority", item.authority.as_str())?;
                    element("direction", item.direction.as_str())?;
                    element("date", &calendar::day(item.at_ms).to_string())?;
                    element("received", &instant(item.at_ms))?;
                    element("released", &instant(item.released_ms))?;
                    element("kind", &word(item.kind.as_ref()))?;
                    element("purpose", &word(item.purpose.as_ref()))?;
                    element("audience", &word(item.audience.as_ref()))?;
                    element("documentId", &document.to_string())?;
                    element("version", &tip.to_string())?;
                    element("title", &row.title)?;
                    element("subject", &subject_of(item, &row.title))?;
                    if let Some(number) = &case {
                        element("case", &number.case)?;
                    }
                    if let Some((id, name)) = &counterpart {
                        to.create_element("counterpart")
                            .with_attribute(("id", id.as_str()))
                            .write_text_content(BytesText::new(&legible(name)))?;
                    }
                    for (path, value) in &statements {
                        let element = to.create_element("statement").with_attribute(("path", path.as_str()));
                        match value {
                            None => element.with_attribute(("removed", "true")).write_empty()?,
                            Some(None) => element.with_attribute(("missing", "true")).write_empty()?,
                            Some(Some(value)) => element.write_text_content(BytesText::new(&legible(&shown(value))))?,
                        };
                    }
                    Ok::<_, io::Error>(())
                })
                .map(drop)
        });
        let fault = |what: String| Failure::new(Code::Failed, what, "this is a fault in samsynd");
        written.map_err(|e| fault(format!("a document cannot be written: {e}")))?;
        let mut text = String::from_utf8(writer.into_inner()).map_err(|e| fault(e.to_string()))?;
        text.push('\n');
        Ok(text)
    }
}

fn instant(ms: u64) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map(|at| at.to_string()).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Prose(text) | Value::Date(text) | Value::Reference(text) => text.clone(),
        Value::References(several) => several.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Money(ore) => format!("{}.{:02}", ore / 100, ore.abs() % 100),
    }
}
