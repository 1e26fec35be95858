//! Values: taken exactly if legal by a second, simple reading of the format, and only under their own hash and type.

use crate::plan::Plan;
use samsyn_core::{
    commit::SaltedValue,
    date,
    entry::ValueOutline,
    id::ValueHash,
    limits,
    value::{Value, ValueFault, ValueType},
};

const TYPES: [ValueType; 8] = [
    ValueType::Text,
    ValueType::Prose,
    ValueType::Integer,
    ValueType::Boolean,
    ValueType::Money,
    ValueType::Date,
    ValueType::Reference,
    ValueType::References,
];

/// The first byte says what the outline claims, the rest is the encoded value.
pub fn check(data: &[u8]) {
    let mut plan = Plan::new(data);
    let claim = plan.byte();
    let bytes = plan.rest();
    let decoded = Value::decode(bytes);
    assert_eq!(decoded.as_ref().ok().map(Value::kind), legal(bytes), "the decoder and the format disagree");
    if let Ok(value) = &decoded {
        assert_eq!(value.encode(), bytes, "one encoding for each value");
        assert!(bytes.len() <= value.kind().bytes_max() && bytes.len() <= limits::VALUE_BYTES_MAX);
        assert_eq!(value.check(), Ok(()));
        assert!(value.as_text().is_none_or(|text| !text.contains('\0')));
    }
    open(claim, bytes, decoded);
}

/// A value counts exactly if hash, length and type are those of the outline and it is legal.
fn open(claim: u8, bytes: &[u8], decoded: Result<Value, ValueFault>) {
    let salted = SaltedValue { salt: [claim; 32], bytes: bytes.to_vec() };
    let kind = TYPES[usize::from(claim % 8)];
    let mut outline = ValueOutline {
        kind,
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        hash: Value::hash(&salted.salt, bytes),
    };
    let fits = claim & 0x18;
    match fits {
        0x08 => outline.hash = ValueHash([claim; 32]),
        0x10 => outline.bytes = outline.bytes.wrapping_add(1),
        0x18 => outline.hash = Value::hash(&[claim.wrapping_add(1); 32], bytes),
        _ => {}
    }
    let expected = match decoded {
        _ if fits != 0 => Err(ValueFault::Hash),
        Ok(value) if value.kind() == kind => Ok(value),
        _ => Err(ValueFault::Type),
    };
    assert_eq!(salted.open(&outline), expected);
}

/// The format, read by hand: a tag, then text with its length, or a number, or a list of texts in order.
fn legal(bytes: &[u8]) -> Option<ValueType> {
    let (tag, content) = bytes.split_first()?;
    let kind = *TYPES.get(usize::from(*tag))?;
    let fits = match kind {
        ValueType::Text => whole_text(content).is_some_and(|t| is_text(t, limits::TEXT_BYTES_MAX)),
        ValueType::Prose => whole_text(content).is_some_and(|t| is_text(t, limits::PROSE_BYTES_MAX)),
        ValueType::Integer | ValueType::Money => content.len() == 8 && content[7] < 0x80,
        ValueType::Boolean => matches!(content, [0 | 1]),
        ValueType::Date => whole_text(content).is_some_and(|t| date::parse(t).is_ok()),
        ValueType::Reference => whole_text(content).is_some_and(is_reference),
        ValueType::References => are_references(content),
    };
    fits.then_some(kind)
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

fn whole_text(bytes: &[u8]) -> Option<&str> {
    text(bytes).filter(|(_, rest)| rest.is_empty()).map(|(text, _)| text)
}

fn is_text(text: &str, bytes_max: usize) -> bool {
    text.len() <= bytes_max && !text.bytes().any(|b| b == 0)
}

fn is_reference(text: &str) -> bool {
    let legal = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b':');
    (1..=limits::REFERENCE_BYTES_MAX).contains(&text.len()) && text.bytes().all(legal)
}

fn are_references(bytes: &[u8]) -> bool {
    let Some((count, mut rest)) = bytes.split_first_chunk::<4>() else { return false };
    let count = u32::from_le_bytes(*count);
    if usize::try_from(count).is_ok_and(|c| c > limits::REFERENCES_MAX) {
        return false;
    }
    let mut before = None;
    for _ in 0..count {
        let Some((one, after)) = text(rest) else { return false };
        if !is_reference(one) || before.is_some_and(|b| b >= one) {
            return false;
        }
        (before, rest) = (Some(one), after);
    }
    rest.is_empty()
}
