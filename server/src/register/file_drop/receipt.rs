//! What a case system gives back: `<receipt item="…" number="KS 2026/12" document="3"/>`, in whatever else the
//! file holds. Foreign bytes: bounded, no document type, no entity but XML's own five.

use crate::failure::{Doing, Failure};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use samsyn_core::code::Code;
use std::{fs, io::Read, path::Path};

/// Bytes of a receipt, and elements that are looked at.
const BYTES_MAX: u64 = 64 * 1024;
const ELEMENTS_MAX: usize = 1_000;

/// A number for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) item: String,
    pub(super) case: String,
    pub(super) document: Option<u64>,
}

pub(super) fn read(file: &Path) -> Result<Receipt, Failure> {
    let about = fs::symlink_metadata(file).doing("reading", file)?;
    if !about.is_file() {
        return Err(unreadable("it is no file"));
    }
    let mut bytes = Vec::new();
    let opened = fs::File::open(file).doing("reading", file)?;
    opened.take(BYTES_MAX + 1).read_to_end(&mut bytes).doing("reading", file)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(unreadable(&format!("it has more than {BYTES_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no text in UTF-8"))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Receipt, Failure> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut found = None;
    for _ in 0..ELEMENTS_MAX {
        let event = reader.read_event().map_err(|e| unreadable(&format!("it is no XML: {e}")))?;
        match event {
            Event::DocType(_) => return Err(unreadable("it has a document type, which is not read")),
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "receipt" => {
                if found.is_some() {
                    return Err(unreadable("it has several receipts: one in each file"));
                }
                found = Some(receipt(&element)?);
            }
            Event::Eof => return found.ok_or_else(|| unreadable("it has no element 'receipt'")),
            _ => {}
        }
    }
    Err(unreadable("it has too many parts"))
}

fn receipt(element: &BytesStart<'_>) -> Result<Receipt, Failure> {
    let (mut item, mut case, mut document) = (None, None, None);
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|e| unreadable(&format!("an attribute cannot be read: {e}")))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|e| unreadable(&format!("an attribute cannot be read: {e}")))?;
        let value = value.trim().to_owned();
        match attribute.key.local_name().as_ref() {
            "item" => item = Some(value),
            "number" => case = Some(value),
            "document" => {
                let number = value.parse().ok().filter(|n| (1..=1_000_000).contains(n));
                document = Some(number.ok_or_else(|| unreadable("'document' is no whole number from 1"))?);
            }
            _ => {}
        }
    }
    let lacks = |name: &str| unreadable(&format!("the receipt has no '{name}'"));
    let said = |value: Option<String>| value.filter(|v| !v.is_empty());
    Ok(Receipt {
        item: said(item).ok_or_else(|| lacks("item"))?,
        case: said(case).ok_or_else(|| lacks("number"))?,
        document,
    })
}

fn unreadable(why: &str) -> Failure {
    let remedy = "a receipt is <receipt item=\"…\" number=\"…\"/>, with the item's name as it was handed over";
    Failure::new(Code::InputReceipt, format!("the receipt cannot be read: {why}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn i6_no_text_that_a_case_system_leaves_does_more_than_be_refused(text in "[<>/&;!?='\"a-z \\[\\]-]{0,200}|<receipt.{0,100}") {
            if let Err(refused) = parse(&text) {
                prop_assert_eq!(refused.code, Code::InputReceipt);
            }
        }
    }

    #[test]
    fn a_receipt_is_read_however_it_is_written_and_nothing_else_is_one() {
        let receipt = |document| Receipt { item: "rvn-ks-17".to_owned(), case: "KS 2026/12".to_owned(), document };
        for (text, document) in [
            ("<receipt item=\"rvn-ks-17\" number=\"KS 2026/12\"/>", None),
            (
                "\u{feff}<?xml version='1.0'?><receipt number=' KS&#32;2026/12 ' item='rvn-ks-17' document='3'></receipt>",
                Some(3),
            ),
            (
                "<a xmlns:s=\"urn:samsyn:register:1\"><s:receipt s:item=\"rvn-ks-17\" number=\"KS 2026/12\" by=\"x\"/></a>",
                None,
            ),
        ] {
            assert_eq!(parse(text).expect(text), receipt(document), "{text}");
        }
        for (text, told) in [
            ("", "no element"),
            ("KS 2026/12", "no element"),
            ("<receipt item=\"a\"/>", "'number'"),
            ("<receipt number=\"a\" item=\" \"/>", "'item'"),
            ("<receipt item=\"a\" number=\"b\" document=\"0\"/>", "'document'"),
            ("<receipt item=\"a\" number=\"b\"", "no XML"),
            ("<receipt item=\"a\" number=\"b\"/><receipt item=\"a\" number=\"c\"/>", "several"),
            (
                "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><receipt item=\"a\" number=\"&e;\"/>",
                "document type",
            ),
            ("<receipt item=\"a\" number=\"&e;\"/>", "attribute"),
        ] {
            let refused = parse(text).expect_err(text);
            assert_eq!(refused.code, Code::InputReceipt);
            assert!(refused.message.contains(told), "{text}: {refused}");
        }
        let long = "<a/>".repeat(ELEMENTS_MAX + 1);
        assert!(parse(&long).expect_err("long").message.contains("too many"));
    }
}
