//! From what people enter in a field to a value, and back to what a field shows.

use super::{Field, Input};
use crate::{
    input,
    node::Parties,
    problem::Problem,
    text::{Lang, Text},
};
use samsyn_core::{limits, value::Value};
use std::collections::BTreeSet;

/// The value that was entered; none where the field was left empty. A field of several choices has one text for each, or
/// several with commas between. `place` names the field in a problem.
pub fn parse(field: &Field, entered: &[&str], parties: &Parties, place: &str) -> Result<Option<Value>, Problem> {
    let texts: Vec<&str> = entered.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    let Some(first) = texts.first().copied() else { return Ok(None) };
    let all = texts.join(",");
    let value = match field.input {
        Input::Line => input::required(first, place)?,
        // As it was written: spaces and empty lines may be meant.
        Input::Prose => input::prose(&entered.concat().replace("\r\n", "\n"), place)?,
        Input::Integer => input::integer(first, place)?,
        Input::Money => input::money(first, place)?,
        Input::Boolean => Value::Boolean(input::boolean(first, place)?),
        Input::Date => input::date(first, place)?,
        Input::Word(kind) => Value::Reference(kind.reference(input::word(kind, first, place)?)),
        Input::Words(kind) => input::words(kind, &all, place)?,
        Input::Party => Value::Reference(format!("org:{}", input::party(parties, first, place)?)),
        Input::Parties => input::partners(parties, &all, place)?,
        Input::Link(kind) => input::checked(Value::Reference(link(kind, first)), place)?,
        Input::Links(kind) => {
            let links = all.split(',').map(str::trim).filter(|text| !text.is_empty());
            input::checked(Value::References(links.map(|text| link(kind, text)).collect()), place)?
        }
    };
    Ok(Some(value))
}

/// A reference that is written without its kind.
fn link(kind: &str, text: &str) -> String {
    if text.contains(':') { text.to_owned() } else { format!("{kind}:{text}") }
}

/// What a field shows of a value, as it could be entered again: one text, or one for each choice.
pub fn shown(field: &Field, value: &Value, lang: Lang) -> Vec<String> {
    let without = |reference: &str| reference.split_once(':').map_or(reference, |(_, id)| id).to_owned();
    match (field.input, value) {
        (Input::Word(_) | Input::Party, Value::Reference(reference)) => vec![without(reference)],
        (Input::Words(_), Value::References(set)) => set.iter().map(|reference| without(reference)).collect(),
        (Input::Parties, Value::References(set)) => {
            set.iter().map(|reference| reference.strip_prefix("org:").unwrap_or(reference).to_owned()).collect()
        }
        (Input::Link(kind), Value::Reference(reference)) => vec![own_kind(kind, reference)],
        (Input::Links(kind), Value::References(set)) => {
            vec![set.iter().map(|reference| own_kind(kind, reference)).collect::<Vec<_>>().join(", ")]
        }
        (_, Value::Boolean(true)) => vec![Text("ja", "yes").of(lang).to_owned()],
        (_, Value::Boolean(false)) => vec![Text("nej", "no").of(lang).to_owned()],
        (_, Value::Integer(number)) => vec![number.to_string()],
        (_, Value::Money(ore)) => {
            let (kronor, rest) = (ore / 100, ore % 100);
            vec![if rest == 0 { kronor.to_string() } else { format!("{kronor},{rest:02}") }]
        }
        (_, Value::References(set)) => vec![set.iter().cloned().collect::<Vec<_>>().join(", ")],
        (_, value) => vec![value.as_text().unwrap_or_default().to_owned()],
    }
}

/// True if what was entered is just what a field shows of a value: also of one that could not be entered here, as a word of
/// another version or a text with lines in a field of one line.
pub fn says(field: &Field, value: &Value, entered: &[&str], lang: Lang) -> bool {
    let several = matches!(field.input, Input::Words(_) | Input::Parties | Input::Links(_));
    let parts = |texts: &[&str]| -> BTreeSet<String> {
        let of =
            |text: &&str| if several { text.split(',').map(str::to_owned).collect() } else { vec![(*text).to_owned()] };
        let parts = texts.iter().flat_map(of).map(|part| part.trim().replace(['\r', '\n'], ""));
        parts.filter(|part| !part.is_empty()).collect()
    };
    let shown = shown(field, value, lang);
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    match field.input {
        // Spaces and lines may be what somebody has changed.
        Input::Prose => shown.concat() == entered.concat().replace("\r\n", "\n"),
        _ => parts(&shown) == parts(entered),
    }
}

fn own_kind(kind: &str, reference: &str) -> String {
    let rest = reference.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':'));
    // With one colon more it would be taken for another kind when it is entered again.
    rest.filter(|rest| !rest.contains(':')).unwrap_or(reference).to_owned()
}

/// Characters that a field takes.
pub fn characters_max(field: &Field) -> usize {
    match field.input {
        Input::Prose => limits::PROSE_BYTES_MAX,
        Input::Integer | Input::Money => 24,
        Input::Date | Input::Boolean => 40,
        _ => limits::TEXT_BYTES_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{STAGE, TARGET_GROUP};
    use samsyn_core::code::Code;
    use samsyn_wire::v1;

    const fn of(input: Input) -> Field {
        Field { name: "x", label: Text("X", "X"), input, help: Text("", "") }
    }

    #[test]
    fn what_is_shown_can_be_entered_again() {
        let party = |id: &str, name: &str| v1::Party { id: id.into(), name: name.into(), ..v1::Party::default() };
        let parties = Parties(vec![party("rvn", "Region Västernorrland"), party("timra", "Timrå kommun")]);
        let references = |of: &[&str]| Value::References(of.iter().map(|&r| r.to_owned()).collect());
        for (input, value) in [
            (Input::Line, Value::Text("Trygg hemgång".to_owned())),
            (Input::Prose, Value::Prose("En rad.\n\nEn till.".to_owned())),
            (Input::Integer, Value::Integer(1234)),
            (Input::Money, Value::Money(123_450)),
            (Input::Money, Value::Money(448_000_000)),
            (Input::Boolean, Value::Boolean(false)),
            (Input::Date, Value::Date("HT 2025".to_owned())),
            (Input::Word(STAGE), Value::Reference("stage:ongoing".to_owned())),
            (Input::Words(TARGET_GROUP), references(&["target-group:older", "target-group:adults"])),
            (Input::Party, Value::Reference("org:timra".to_owned())),
            (Input::Parties, references(&["org:timra", "partner:premicare"])),
            (Input::Link("work"), Value::Reference("work:sip".to_owned())),
            (Input::Link("fact"), Value::Reference("fact:00ff:2".to_owned())),
            (Input::Links("work"), references(&["work:sip", "body:halsam"])),
        ] {
            let field = of(input);
            let texts = shown(&field, &value, Lang::Sv);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            assert_eq!(parse(&field, &texts, &parties, "x"), Ok(Some(value.clone())), "{value:?} as {texts:?}");
        }
    }

    #[test]
    fn what_a_page_shows_and_sends_back_is_no_change_whatever_it_is() {
        let word = Value::Reference("stage:of-a-later-version".to_owned());
        assert!(says(&of(Input::Word(STAGE)), &word, &["of-a-later-version"], Lang::Sv));
        assert!(!says(&of(Input::Word(STAGE)), &word, &[""], Lang::Sv));
        let set =
            Value::References(["target-group:older", "target-group:of-a-later-version"].map(str::to_owned).into());
        assert!(says(&of(Input::Words(TARGET_GROUP)), &set, &["of-a-later-version", "older"], Lang::Sv));
        assert!(!says(&of(Input::Words(TARGET_GROUP)), &set, &["older"], Lang::Sv));
        let lines = Value::Text("En rad\noch en till".to_owned());
        assert!(
            says(&of(Input::Line), &lines, &["En radoch en till"], Lang::Sv),
            "a browser takes the line's end away"
        );
        assert!(!says(&of(Input::Line), &lines, &["En rad"], Lang::Sv));
        let prose = Value::Prose("Ett.\n\n".to_owned());
        assert!(says(&of(Input::Prose), &prose, &["Ett.\r\n\r\n"], Lang::Sv));
        assert!(!says(&of(Input::Prose), &prose, &["Ett."], Lang::Sv));
    }

    #[test]
    fn what_is_left_empty_is_no_value_and_what_is_wrong_names_its_field() {
        let parties = Parties::default();
        assert_eq!(parse(&of(Input::Date), &["  "], &parties, "start"), Ok(None));
        for (input, text, code) in [
            (Input::Date, "i höst", Code::InputDate),
            (Input::Integer, "många", Code::InputNumber),
            (Input::Money, "-5", Code::InputNumber),
            (Input::Word(STAGE), "snart", Code::InputValue),
            (Input::Party, "Umeå", Code::InputUnknownParty),
        ] {
            let problem = parse(&of(input), &[text], &parties, "fältet").expect_err(text);
            assert_eq!((problem.code, problem.field.as_deref()), (code, Some("fältet")));
        }
    }
}
