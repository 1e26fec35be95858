//! Values, kinds and verdicts as clients see them.

use super::WireError;
use crate::v1;
use samsyn_core::{
    code::Code,
    criteria,
    effect::Verdict,
    entry::{Audience, Body, BodyRules, DocumentKind, Kind, Majority, Purpose, Quorum},
    id::Name,
    value::Value,
};

/// Reads a value and checks it as people's input is: the error names the code (`input.too_long`, `input.date`, ...).
pub fn value_from_wire(message: v1::Value) -> Result<Value, WireError> {
    use v1::value::Kind as Wire;
    let kind =
        message.kind.ok_or_else(|| WireError { code: Code::InputValue, field: "value", what: "is missing".into() })?;
    let value = match kind {
        Wire::Text(v) => Value::Text(v),
        Wire::Prose(v) => Value::Prose(v),
        Wire::Integer(v) => Value::Integer(v),
        Wire::Boolean(v) => Value::Boolean(v),
        Wire::MoneyOre(v) => Value::Money(v),
        Wire::Date(v) => Value::Date(v),
        Wire::Reference(v) => Value::Reference(v),
        Wire::References(v) => Value::References(v.ids.into_iter().collect()),
    };
    value.check().map_err(|code| WireError { code, field: "value", what: "is no legal value".into() })?;
    Ok(value)
}

impl TryFrom<v1::Value> for Value {
    type Error = WireError;
    fn try_from(message: v1::Value) -> Result<Self, WireError> {
        value_from_wire(message)
    }
}

impl From<&Value> for v1::Value {
    fn from(value: &Value) -> Self {
        use v1::value::Kind as Wire;
        let kind = match value {
            Value::Text(v) => Wire::Text(v.clone()),
            Value::Prose(v) => Wire::Prose(v.clone()),
            Value::Integer(v) => Wire::Integer(*v),
            Value::Boolean(v) => Wire::Boolean(*v),
            Value::Money(v) => Wire::MoneyOre(*v),
            Value::Date(v) => Wire::Date(v.clone()),
            Value::Reference(v) => Wire::Reference(v.clone()),
            Value::References(v) => Wire::References(v1::References { ids: v.iter().cloned().collect() }),
        };
        Self { kind: Some(kind) }
    }
}

/// Enums that exist on both sides: `From` the core's, and `TryFrom` the message's, where unspecified is refused.
macro_rules! enums {
    ($($core:ty, $wire:ty, $field:literal: $($name:ident)*;)*) => {$(
        impl From<$core> for $wire {
            fn from(value: $core) -> Self {
                match value { $(<$core>::$name => Self::$name,)* }
            }
        }
        impl TryFrom<$wire> for $core {
            type Error = WireError;
            fn try_from(value: $wire) -> Result<Self, WireError> {
                match value {
                    $(<$wire>::$name => Ok(Self::$name),)*
                    <$wire>::Unspecified => {
                        Err(WireError { code: Code::InputValue, field: $field, what: "is not given".into() })
                    }
                }
            }
        }
    )*};
}

enums! {
    DocumentKind, v1::DocumentKind, "kind": Work Roadmap Decision Indicators Programme;
    Purpose, v1::Purpose, "purpose": ForInformation ForDecision JointlyMaintained ForComment;
    Audience, v1::Audience, "audience": Parties Public;
    Kind, v1::EntryKind, "kind": Space Document Release Facts Erasure Receipt Card;
    criteria::Answer, v1::Answer, "answer": Yes No Unknown;
    Quorum, v1::Quorum, "body.quorum": Half Majority;
    Majority, v1::Majority, "body.majority": Simple Consensus;
}

impl From<&Body> for v1::Body {
    fn from(body: &Body) -> Self {
        let name = |name: &Option<Name>| name.as_ref().map(Name::to_string).unwrap_or_default();
        Self {
            id: body.id.to_string(),
            secretary: body.secretary.to_string(),
            seats: body.seats.iter().map(|(seat, org)| (seat.to_string(), org.to_string())).collect(),
            quorum: v1::Quorum::from(body.rules.quorum).into(),
            majority: v1::Majority::from(body.rules.majority).into(),
            casting_seat: name(&body.rules.casting_seat),
            chair_decides: body.rules.chair_decides,
            escalates_to: name(&body.rules.escalates_to),
        }
    }
}

impl TryFrom<v1::Body> for Body {
    type Error = WireError;

    fn try_from(body: v1::Body) -> Result<Self, WireError> {
        let (quorum, majority) = (body.quorum().try_into()?, body.majority().try_into()?);
        let name = |text: &str| super::name("body", text);
        let maybe = |text: &str| if text.is_empty() { Ok(None) } else { name(text).map(Some) };
        let seats = body.seats.iter().map(|(seat, org)| Ok((name(seat)?, name(org)?)));
        Ok(Self {
            id: name(&body.id)?,
            secretary: name(&body.secretary)?,
            seats: seats.collect::<Result<_, WireError>>()?,
            rules: BodyRules {
                quorum,
                majority,
                casting_seat: maybe(&body.casting_seat)?,
                chair_decides: body.chair_decides,
                escalates_to: maybe(&body.escalates_to)?,
            },
        })
    }
}

impl From<&Verdict> for v1::Verdict {
    fn from(verdict: &Verdict) -> Self {
        let state = match verdict {
            Verdict::Pending(_) => v1::VerdictState::Pending,
            Verdict::Admitted => v1::VerdictState::Admitted,
            Verdict::Refused(_) => v1::VerdictState::Refused,
        };
        let code = verdict.code().map(|c| c.to_string()).unwrap_or_default();
        Self { state: state.into(), code, text: verdict.to_string() }
    }
}

impl From<&criteria::Assessment> for v1::CriteriaCheck {
    fn from(assessment: &criteria::Assessment) -> Self {
        Self {
            version: assessment.version.to_string(),
            eligible: v1::Answer::from(assessment.eligible).into(),
            ticks: assessment.ticks.iter().map(Into::into).collect(),
        }
    }
}

impl From<&criteria::Tick> for v1::CriteriaTick {
    fn from(tick: &criteria::Tick) -> Self {
        use criteria::Criterion;
        let (kind, id) = match &tick.criterion {
            Criterion::Mandatory(id) => ("mandatory", id.to_string()),
            Criterion::Optional(id) => ("optional", id.to_string()),
            Criterion::AtLeastOne => ("at-least-one", String::new()),
            Criterion::Description => ("description", String::new()),
            Criterion::Financing => ("financing", String::new()),
        };
        Self { kind: kind.into(), id, result: v1::Answer::from(tick.result).into(), why: tick.why.as_str().into() }
    }
}
