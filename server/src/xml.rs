//! XML as others get it from here: a tree of elements, written so that a reader gets back what was put in.

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use std::{borrow::Cow, io};

/// What XML 1.0 cannot hold is shown as what it is: a letter that is not there.
pub(crate) fn legible(text: &str) -> Cow<'_, str> {
    if text.chars().all(fits) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if fits(c) { c } else { '\u{FFFD}' }).collect())
}

fn fits(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
}

/// An element with its attributes, and either a text or other elements.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    inner: Inner,
}

#[derive(Debug, Clone)]
enum Inner {
    Text(String),
    Elements(Vec<Element>),
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), inner: Inner::Elements(Vec::new()) }
    }

    pub(crate) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, attributes: Vec::new(), inner: Inner::Text(text.into()) }
    }

    #[must_use]
    pub(crate) fn with(mut self, attribute: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((attribute, value.into()));
        self
    }

    #[must_use]
    pub(crate) fn with_some(self, attribute: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }

    /// Puts elements at the end. An element with a text has no others.
    #[must_use]
    pub(crate) fn put(mut self, elements: impl IntoIterator<Item = Element>) -> Self {
        if let Inner::Elements(inner) = &mut self.inner {
            inner.extend(elements);
        }
        self
    }

    /// As a file, with its declaration.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
        let declared = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        // Nothing that is written to memory fails.
        declared.and_then(|()| self.write(&mut writer)).ok();
        let mut bytes = writer.into_inner();
        bytes.push(b'\n');
        bytes
    }

    fn write(&self, to: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let mut start = BytesStart::new(self.name);
        for (name, value) in &self.attributes {
            start.push_attribute((*name, legible(value)));
        }
        match &self.inner {
            Inner::Elements(none) if none.is_empty() => to.write_event(Event::Empty(start)),
            Inner::Elements(elements) => {
                to.write_event(Event::Start(start))?;
                for element in elements {
                    element.write(to)?;
                }
                to.write_event(Event::End(BytesEnd::new(self.name)))
            }
            Inner::Text(text) => {
                to.write_event(Event::Start(start))?;
                to.write_event(Event::Text(BytesText::new(&legible(text))))?;
                to.write_event(Event::End(BytesEnd::new(self.name)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::{Reader, XmlVersion, events::BytesRef};

    /// What a reader gets back of an element's text.
    fn read_back(file: &[u8]) -> String {
        let mut reader = Reader::from_str(std::str::from_utf8(file).expect("UTF-8"));
        let mut text = String::new();
        let mut inside = false;
        let character = |entity: &BytesRef<'_>| {
            let named = || match &**entity {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                other => panic!("an unknown entity {other}"),
            };
            entity.resolve_char_ref().expect("a character").unwrap_or_else(named)
        };
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Start(_) => inside = true,
                Event::Text(found) if inside => text.push_str(&found.xml_content(XmlVersion::Explicit1_0)),
                Event::GeneralRef(entity) if inside => text.push(character(&entity)),
                Event::End(_) => inside = false,
                Event::Eof => return text,
                _ => {}
            }
        }
    }

    #[test]
    fn hostile_texts_come_back_as_they_were() {
        for text in ["Å ä ö & <b>\"'</b> ]]> <!-- &amp;", " \tinledande\r\nrader\n", "𝄞 e\u{301}\u{202E}"] {
            let file = Element::text("title", text).with("of", text).file();
            assert_eq!(read_back(&file), text, "{}", String::from_utf8_lossy(&file));
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_a_letter_that_is_not_there() {
        let file = Element::text("title", "a\u{1}b\u{FFFF}c\u{B}").file();
        assert_eq!(read_back(&file), "a\u{FFFD}b\u{FFFD}c\u{FFFD}");
    }
}
