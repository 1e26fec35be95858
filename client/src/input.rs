//! What people enter, checked before anything is sent: each problem names the option, what is wrong and what to write.

use crate::{
    node::Parties,
    problem::Problem,
    schema::{self, Input, entry},
    text::{Lang, Text},
    vocabulary::{self, Kind, Word},
};
use samsyn_core::{
    code::Code,
    date,
    entry::DocumentKind,
    id::Path,
    limits, rules,
    value::{Value, ValueType},
};
use std::collections::BTreeSet;

/// The rule set by which types of paths are guessed; the node judges by the charter's.
pub const RULES: u32 = 1;

/// A word of a kind, with the legal ones in the message.
pub fn word(kind: Kind, text: &str, field: &str) -> Result<&'static Word, Problem> {
    kind.find(text).ok_or_else(|| {
        let (sv, en) = (kind.list(Lang::Sv), kind.list(Lang::En));
        Problem::new(
            Code::InputValue,
            Text("'{}' är inte {}.", "'{}' is not {}.").with_each([text, kind.label.0], [text, kind.label.1]),
            Text("skriv något av: {}", "write one of: {}").with_each([&sv], [&en]),
        )
        .field(field)
    })
}

/// A party by id or name.
pub fn party(parties: &Parties, text: &str, field: &str) -> Result<String, Problem> {
    let found = parties.find(text).map(|p| p.id.clone());
    found.ok_or_else(|| {
        Problem::new(
            Code::InputUnknownParty,
            Text("'{}' är ingen part.", "'{}' is no party.").with(&[text]),
            Text("skriv någon av: {}", "write one of: {}").with(&[&parties.list()]),
        )
        .field(field)
    })
}

/// Those who take part: parties by id or name, `partner:…` for others, `alla` for every party.
pub fn partners(parties: &Parties, text: &str, field: &str) -> Result<Value, Problem> {
    let mut set = BTreeSet::new();
    for item in items(text) {
        if ["alla", "all", "*"].contains(&item.to_lowercase().as_str()) {
            set.extend(parties.0.iter().map(|p| format!("org:{}", p.id)));
        } else if item.starts_with("partner:") {
            set.insert(item.to_owned());
        } else {
            set.insert(format!("org:{}", party(parties, item, field)?));
        }
    }
    checked(Value::References(set), field)
}

/// Words of one kind, separated by commas.
pub fn words(kind: Kind, text: &str, field: &str) -> Result<Value, Problem> {
    let set: Result<BTreeSet<String>, Problem> =
        items(text).map(|item| Ok(kind.reference(word(kind, item, field)?))).collect();
    checked(Value::References(set?), field)
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|t| !t.is_empty())
}

/// Text that must say something.
pub fn required(text: &str, field: &str) -> Result<Value, Problem> {
    if text.trim().is_empty() {
        return Err(empty().field(field));
    }
    checked(Value::Text(text.trim().to_owned()), field)
}

fn empty() -> Problem {
    Problem::new(
        Code::InputEmpty,
        Text("Fältet är tomt.", "The field is empty."),
        Text("skriv något", "write something"),
    )
}

pub fn date(text: &str, field: &str) -> Result<Value, Problem> {
    checked(Value::Date(text.trim().to_owned()), field)
}

/// A whole number; spaces may group its digits.
pub fn integer(text: &str, field: &str) -> Result<Value, Problem> {
    value_of(ValueType::Integer, text, field)
}

/// Kronor with at most two decimals.
pub fn money(text: &str, field: &str) -> Result<Value, Problem> {
    value_of(ValueType::Money, text, field)
}

pub fn prose(text: &str, field: &str) -> Result<Value, Problem> {
    checked(Value::Prose(text.trim_end().to_owned()), field)
}

/// The value if it is legal; otherwise what is wrong with it.
pub fn checked(value: Value, field: &str) -> Result<Value, Problem> {
    match value.check() {
        Ok(()) => Ok(value),
        Err(code) => Err(illegal(&value, code).field(field)),
    }
}

fn illegal(value: &Value, code: Code) -> Problem {
    let max = if value.kind() == ValueType::Prose { limits::PROSE_BYTES_MAX } else { limits::TEXT_BYTES_MAX };
    match code {
        Code::InputTooLong if matches!(value, Value::References(_)) => Problem::new(
            code,
            Text("Det är för många på en gång.", "There are too many."),
            Text("skriv högst {}", "write at most {}").with(&[&limits::REFERENCES_MAX.to_string()]),
        ),
        Code::InputTooLong => {
            let bytes = value.as_text().map_or(0, str::len).to_string();
            Problem::new(
                code,
                Text("Texten är för lång: {} av högst {} byte.", "The text is too long: {} of at most {} bytes.")
                    .with(&[&bytes, &max.to_string()]),
                Text("korta texten (å, ä och ö räknas som två)", "shorten the text (å, ä and ö count as two)"),
            )
        }
        Code::InputCharacter => Problem::new(
            code,
            Text("Texten innehåller ett otillåtet tecken (U+0000).", "The text holds a forbidden character (U+0000)."),
            Text(
                "ta bort tecknet; det kommer ofta med vid kopiering",
                "take the character away; it often comes along when copying",
            ),
        ),
        Code::InputDate => {
            let text = value.as_text().unwrap_or_default();
            let why = date::parse(text).map_or_else(|e| e.to_string(), |_| String::new());
            Problem::new(
                code,
                crate::text::Phrase::pair(format!("'{text}' är inget datum."), why),
                Text(
                    "skriv ett år (2023), en termin (HT 2023), ett kvartal (2025-Q3), en månad (2023-10), en dag (2023-10-25), ett spann (2025-2027) eller okänt",
                    "write a year (2023), a term (HT 2023), a quarter (2025-Q3), a month (2023-10), a day (2023-10-25), a span (2025-2027) or unknown",
                ),
            )
        }
        Code::InputNumber => Problem::new(
            code,
            Text("Det är inget tillåtet tal.", "This is no legal number."),
            Text("skriv ett helt tal från 0", "write a whole number from 0"),
        ),
        other => Problem::new(
            other,
            Text("Värdet är inte tillåtet.", "The value is not allowed."),
            Text(
                "en hänvisning skrivs slag:id med a-z, 0-9 och -, som org:rvn",
                "a reference is written kind:id with a-z, 0-9 and -, as in org:rvn",
            ),
        ),
    }
}

/// `path=value` of a document: the value is read as the tables ask for it, else as the type that the path has, or as the type
/// written before it (`text:`, `integer:`, `boolean:`, `money:` in kronor, `date:`, `reference:`, `references:`).
pub fn assignment(kind: DocumentKind, text: &str, parties: Option<&Parties>) -> Result<(Path, Value), Problem> {
    let (at, content) = text.split_once('=').ok_or_else(|| {
        Problem::new(
            Code::InputValue,
            Text("'{}' saknar likhetstecken.", "'{}' has no equals sign.").with(&[text]),
            Text(
                "skriv fält=värde, som /facts/contact-unit=Äldreomsorgen",
                "write path=value, as in /facts/contact-unit=Elderly care",
            ),
        )
        .field("set")
    })?;
    let at = path_of(kind, at.trim(), "set")?;
    let types = rules::rule(RULES, kind, &at).map_or(&[][..], |r| r.types);
    let written = TYPES.iter().find_map(|(name, kind)| Some((*kind, content.strip_prefix(name)?.strip_prefix(':')?)));
    let asked = schema::find(kind, at.as_str()).filter(|_| written.is_none_or(|(kind, _)| !types.contains(&kind)));
    let known = |field: &&schema::Field| parties.is_some() || !matches!(field.input, Input::Party | Input::Parties);
    if let Some(field) = asked.map(|(_, field)| field).filter(known) {
        let value = entry::parse(field, &[content], parties.unwrap_or(&Parties::default()), at.as_str())?;
        return value.map(|value| (at.clone(), value)).ok_or_else(|| empty().field(at.as_str()));
    }
    let (kind, content) = match (written, types) {
        (Some((kind, rest)), types) if types.contains(&kind) => (kind, rest),
        (_, [only]) => (*only, content),
        (_, []) => return Err(unknown_path(&at)),
        _ => (ValueType::Text, content),
    };
    let value = value_of(kind, content.trim(), at.as_str())?;
    Ok((at, value))
}

const TYPES: [(&str, ValueType); 8] = [
    ("text", ValueType::Text),
    ("prose", ValueType::Prose),
    ("integer", ValueType::Integer),
    ("boolean", ValueType::Boolean),
    ("money", ValueType::Money),
    ("date", ValueType::Date),
    ("reference", ValueType::Reference),
    ("references", ValueType::References),
];

fn unknown_path(path: &Path) -> Problem {
    Problem::new(
        Code::InputPath,
        Text("Dokumentet har inget fält {}.", "The document has no field {}.").with(&[path.as_str()]),
        Text("se fälten med: samsyn work show NUMMER --json", "see the fields with: samsyn work show NUMBER --json"),
    )
    .field(path.as_str())
}

/// A path as people write it; a name alone means a field of the work itself.
pub fn path(text: &str, field: &str) -> Result<Path, Problem> {
    path_of(DocumentKind::Work, text, field)
}

/// The same of any document: a name alone means a field of its first group.
pub fn path_of(kind: DocumentKind, text: &str, field: &str) -> Result<Path, Problem> {
    let first = schema::groups(kind).first().map_or("/facts", |group| group.path);
    let full = match text {
        "note" => "/note".to_owned(), // as the option is called
        _ if text.starts_with('/') => text.to_owned(),
        _ => format!("{first}/{text}"),
    };
    Path::new(&full).map_err(|e| {
        Problem::new(
            Code::InputPath,
            crate::text::Phrase::pair(format!("'{text}' är inget fält."), e.to_string()),
            Text(
                "ett fält skrivs /facts/namn med a-z, 0-9 och -",
                "a field is written /facts/name with a-z, 0-9 and -",
            ),
        )
        .field(field)
    })
}

fn value_of(kind: ValueType, text: &str, field: &str) -> Result<Value, Problem> {
    let number = |n: Option<i64>| n.ok_or_else(|| illegal(&Value::Integer(-1), Code::InputNumber).field(field));
    let value = match kind {
        ValueType::Text => return required(text, field),
        ValueType::Prose => Value::Prose(text.to_owned()),
        ValueType::Integer => Value::Integer(number(digits(text).parse().ok())?),
        ValueType::Money => Value::Money(number(ore(text))?),
        ValueType::Boolean => Value::Boolean(boolean(text, field)?),
        ValueType::Date => Value::Date(text.to_owned()),
        ValueType::Reference => Value::Reference(reference(text, field)?),
        ValueType::References => {
            let set: Result<BTreeSet<String>, Problem> = items(text).map(|item| reference(item, field)).collect();
            Value::References(set?)
        }
    };
    checked(value, field)
}

/// A reference as written, or a word of the field's own kind.
fn reference(text: &str, field: &str) -> Result<String, Problem> {
    let kind = match field {
        "/facts/stage" => vocabulary::STAGE,
        "/facts/form" => vocabulary::FORM,
        "/facts/target-groups" => vocabulary::TARGET_GROUP,
        "/facts/criteria" => vocabulary::CRITERION,
        _ => return Ok(text.to_owned()),
    };
    Ok(kind.reference(word(kind, text, field)?))
}

/// Yes or no, as people write it.
pub fn boolean(text: &str, field: &str) -> Result<bool, Problem> {
    match text.to_lowercase().as_str() {
        "ja" | "yes" | "true" | "1" => Ok(true),
        "nej" | "no" | "false" | "0" => Ok(false),
        _ => Err(Problem::new(
            Code::InputValue,
            Text("'{}' är varken ja eller nej.", "'{}' is neither yes nor no.").with(&[text]),
            Text("skriv ja eller nej", "write yes or no"),
        )
        .field(field)),
    }
}

/// Without the spaces that group digits.
fn digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Kronor with at most two decimals, as öre.
fn ore(text: &str) -> Option<i64> {
    let text = digits(text.trim_end_matches("kr"));
    let (kronor, decimals) = text.split_once([',', '.']).unwrap_or((&text, ""));
    let legal = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if kronor.is_empty() || decimals.len() > 2 || !legal(kronor) || !legal(decimals) {
        return None;
    }
    format!("{kronor}{decimals:0<2}").parse().ok()
}

#[cfg(test)]
mod tests;
