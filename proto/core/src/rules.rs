//! The numbered rule sets: who may write which path of which kind of document, and which types of value fit there.
//! A charter names the set; this crate keeps every set in force, so that nodes upgrade when they like. A landed row is
//! never changed: a new number is.

use crate::{
    charter::Charter,
    code::Code,
    entry::{DocumentKind, FactOutline, Genesis},
    id::{Name, OrgId, Path},
    value::ValueType,
};

/// Rule sets that this crate can judge by.
pub const SUPPORTED: &[u32] = &[1];

/// Who may write a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The document's owner.
    Owner,
    /// Every member of the space.
    Member,
    /// The organisation that the path names in `{org}`.
    Named,
    /// The organisation that the path names, if it hosts staff of the programme office.
    NamedOffice,
    /// Every organisation that hosts staff of the programme office.
    Office,
    /// The secretary organisation of the deciding body.
    Secretary,
    /// The organisation that holds the seat that the path names in `{seat}`.
    Seat,
}

/// One row: a pattern of segments (`{org}`, `{seat}`, `{id}` for any one, `**` for the rest), who writes, which types
/// (none listed: any but prose; prose is only where several hands may write, or where the row says so).
struct Row(DocumentKind, &'static str, Writer, &'static [ValueType]);

use DocumentKind::{Decision, Indicators, Programme, Roadmap, Work};
use ValueType::{Boolean, Date, Money, Prose, Reference, References, Text};

const ANY: &[ValueType] = &[Text, Prose, ValueType::Integer, Boolean, Money, Date, Reference, References];

/// Rule set 1. Literal segments are more specific than placeholders, placeholders than `**`.
const SET_1: &[Row] = &[
    Row(Work, "/facts/title", Writer::Owner, &[Text]),
    Row(Work, "/facts/summary", Writer::Owner, &[Prose]),
    Row(Work, "/facts/form", Writer::Owner, &[Reference]),
    Row(Work, "/facts/stage", Writer::Owner, &[Reference]),
    Row(Work, "/facts/partners", Writer::Owner, &[References]),
    Row(Work, "/facts/target-groups", Writer::Owner, &[References]),
    Row(Work, "/facts/criteria", Writer::Owner, &[References]),
    Row(Work, "/facts/goals", Writer::Owner, &[References]),
    Row(Work, "/facts/benefits", Writer::Owner, &[References]),
    Row(Work, "/facts/start", Writer::Owner, &[Date]),
    Row(Work, "/facts/end", Writer::Owner, &[Date]),
    Row(Work, "/facts/included", Writer::Owner, &[Date]),
    Row(Work, "/facts/lead-role", Writer::Owner, &[Reference]),
    Row(Work, "/facts/lead-organisation", Writer::Owner, &[Reference]),
    Row(Work, "/facts/lead-vacant", Writer::Owner, &[Boolean]),
    Row(Work, "/facts/contact-unit", Writer::Owner, &[Text]),
    Row(Work, "/facts/contact-mailbox", Writer::Owner, &[Text]),
    Row(Work, "/facts/novelty", Writer::Owner, &[Reference]),
    Row(Work, "/facts/benefit-time", Writer::Owner, &[Reference]),
    Row(Work, "/facts/financing-secured", Writer::Owner, &[Boolean]),
    Row(Work, "/facts/in-portfolio", Writer::Owner, &[Boolean]),
    Row(Work, "/facts/**", Writer::Owner, ANY),
    Row(Work, "/reports/{id}/date", Writer::Owner, &[Date]),
    Row(Work, "/reports/{id}/time", Writer::Owner, &[Reference]),
    Row(Work, "/reports/{id}/cost", Writer::Owner, &[Reference]),
    Row(Work, "/reports/{id}/cooperation", Writer::Owner, &[Reference]),
    Row(Work, "/reports/{id}/benefit", Writer::Owner, &[Reference]),
    Row(Work, "/reports/{id}/comment", Writer::Owner, &[Prose]),
    Row(Work, "/reports/{id}/**", Writer::Owner, ANY),
    Row(Work, "/closed/**", Writer::Owner, ANY),
    Row(Work, "/continues/{org}/**", Writer::Named, ANY),
    Row(Work, "/parties/{org}/participation", Writer::Named, &[Reference]),
    Row(Work, "/parties/{org}/rollout", Writer::Named, &[Reference]),
    Row(Work, "/parties/{org}/**", Writer::Named, ANY),
    Row(Work, "/learnings/{org}/{id}/**", Writer::Named, ANY),
    Row(Work, "/assessment/{org}/{id}/**", Writer::NamedOffice, ANY),
    Row(Roadmap, "/areas/{id}/**", Writer::Member, &[Text, ValueType::Integer, Boolean, Date, Reference, References]),
    Row(Roadmap, "/areas/{id}/parties/{org}", Writer::Named, ANY),
    Row(Roadmap, "/areas/{id}/parties/{org}/**", Writer::Named, ANY),
    Row(
        Roadmap,
        "/activities/{id}/**",
        Writer::Member,
        &[Text, ValueType::Integer, Boolean, Date, Reference, References],
    ),
    Row(Roadmap, "/text/{id}", Writer::Member, &[Prose]),
    Row(Roadmap, "/rollout/{id}/{org}", Writer::Named, &[Reference]),
    Row(Decision, "/proposal/**", Writer::Secretary, ANY),
    Row(Decision, "/minutes/**", Writer::Secretary, ANY),
    Row(Decision, "/votes/{seat}", Writer::Seat, &[Reference]),
    Row(Decision, "/reservations/{seat}", Writer::Seat, &[Text, Prose]),
    Row(Decision, "/ratifications/{org}/{id}/{id}/**", Writer::Named, ANY),
    Row(Indicators, "/definitions/**", Writer::Owner, ANY),
    Row(Indicators, "/values/{org}/{id}/{id}", Writer::Named, &[ValueType::Integer, Money, Text]),
    Row(Programme, "/**", Writer::Office, ANY),
];

/// Rows that every kind of document has.
const SET_1_ANY: &[(&str, Writer, &[ValueType])] = &[
    ("/note", Writer::Member, &[Prose]),
    ("/remarks/{org}/{id}", Writer::Named, ANY),
    ("/remarks/{org}/{id}/**", Writer::Named, ANY),
    ("/attested/{org}", Writer::Named, &[Date, Text]),
    ("/register/{org}/{id}/{id}", Writer::Named, &[Text, Reference]),
];

/// The row that decides a path, with its types.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub writer: Writer,
    pub types: &'static [ValueType],
    pattern: &'static str,
}

/// The most specific row for a path of a kind of document.
pub fn rule(rules: u32, kind: DocumentKind, path: &Path) -> Option<Rule> {
    if !SUPPORTED.contains(&rules) {
        return None;
    }
    let segments = path.segments();
    let own = SET_1.iter().filter(|r| r.0 == kind).map(|r| (r.1, r.2, r.3));
    own.chain(SET_1_ANY.iter().copied())
        .filter_map(|(pattern, writer, types)| {
            Some((specificity(pattern, &segments)?, Rule { writer, types, pattern }))
        })
        .max_by_key(|(marks, _)| *marks)
        .map(|(_, rule)| rule)
}

/// How specifically a pattern fits, or none if it does not: segment by segment, a literal above a placeholder, a
/// placeholder above the rest. Two bits for each segment, the first the highest: asked of every row for every fact.
fn specificity(pattern: &str, segments: &[&str]) -> Option<u32> {
    let mut marks = 0;
    let mut rest = segments.iter();
    for (part, shift) in pattern[1..].split('/').zip((0..u32::BITS).step_by(2).rev()) {
        let segment = *rest.next()?;
        let mark = match part {
            "**" => return Some(marks | (1 << shift)),
            _ if part.starts_with('{') => 2,
            literal => (segment == literal).then_some(3)?,
        };
        marks |= mark << shift;
    }
    rest.next().is_none().then_some(marks)
}

/// What a placeholder stands for in a path.
fn placeholder(pattern: &str, name: &str, path: &Path) -> Option<Name> {
    let position = pattern[1..].split('/').position(|part| part == name)?;
    Name::new(path.segments().get(position)?).ok()
}

/// Judges one fact of a document:
/// - a row fits its path;
/// - its author may write there (organisations in the path against the author, hosts against the cited charter);
/// - its value's type is one of the row's, its length within the type's bound.
pub fn may_state(charter: &Charter, genesis: &Genesis, author: &OrgId, fact: &FactOutline) -> Result<(), Code> {
    let rule = rule(charter.rules, genesis.kind, &fact.path).ok_or(Code::EffectPathUnknown)?;
    if !may_write(&rule, charter, genesis, author, &fact.path) {
        return Err(Code::EffectPathForbidden);
    }
    let Some(value) = &fact.value else { return Ok(()) };
    if !rule.types.contains(&value.kind) {
        return Err(Code::EffectValueType);
    }
    if value.bytes as usize > value.kind.bytes_max() { Err(Code::EffectValueSize) } else { Ok(()) }
}

fn may_write(rule: &Rule, charter: &Charter, genesis: &Genesis, author: &OrgId, path: &Path) -> bool {
    let named = || placeholder(rule.pattern, "{org}", path).is_some_and(|org| org == *author);
    let office = || charter.programme_office.contains(author);
    match rule.writer {
        Writer::Owner => genesis.owner == *author,
        // Membership of the space is judged before any path is.
        Writer::Member => true,
        Writer::Named => named(),
        Writer::NamedOffice => named() && office(),
        Writer::Office => office(),
        Writer::Secretary => genesis.body.as_ref().is_some_and(|b| b.secretary == *author),
        Writer::Seat => genesis.body.as_ref().is_some_and(|b| {
            placeholder(rule.pattern, "{seat}", path)
                .and_then(|seat| b.seats.get(&seat))
                .is_some_and(|org| org == author)
        }),
    }
}

/// True if an author may write a path at all, whatever the value: for people's clients and the release gate.
pub fn writable(charter: &Charter, genesis: &Genesis, author: &OrgId, path: &Path) -> bool {
    rule(charter.rules, genesis.kind, path).is_some_and(|r| may_write(&r, charter, genesis, author, path))
}

/// Judges who may found a document:
/// - works and indicator sets: their owner; decisions: the secretary organisation, which owns them;
/// - roadmaps and the programme: a host of programme-office staff, as owner;
/// - the archive owner is a party; a body stands on decisions only.
pub fn may_found(charter: &Charter, genesis: &Genesis, author: &OrgId) -> Result<(), Code> {
    let decision = genesis.kind == Decision;
    let secretary = genesis.body.as_ref().is_some_and(|b| b.secretary == *author);
    let right = match genesis.kind {
        Work | Indicators => true,
        Decision => secretary,
        Roadmap | Programme => charter.programme_office.contains(author),
    };
    let archive = charter.party(&genesis.archive_owner).is_some();
    let legal = genesis.owner == *author && right && archive && decision == genesis.body.is_some();
    if legal { Ok(()) } else { Err(Code::EffectGenesis) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(kind: DocumentKind, path: &str) -> Option<Writer> {
        rule(1, kind, &Path::new(path).expect("path")).map(|r| r.writer)
    }

    #[test]
    fn the_most_specific_row_decides() {
        assert_eq!(writer(Work, "/facts/title"), Some(Writer::Owner));
        assert_eq!(writer(Work, "/parties/timra/note"), Some(Writer::Named));
        assert_eq!(writer(Roadmap, "/areas/tsi/title"), Some(Writer::Member));
        assert_eq!(writer(Roadmap, "/areas/tsi/parties/timra/plan"), Some(Writer::Named));
        assert_eq!(writer(Roadmap, "/areas/tsi/parties/timra"), Some(Writer::Named));
        assert_eq!(writer(Programme, "/goals/effect"), Some(Writer::Office));
        assert_eq!(writer(Programme, "/note"), Some(Writer::Member));
        assert_eq!(writer(Programme, "/attested/timra"), Some(Writer::Named));
        assert_eq!(writer(Work, "/elsewhere"), None);
        assert_eq!(writer(Decision, "/votes/timra-1"), Some(Writer::Seat));
    }

    #[test]
    fn an_unknown_rule_set_decides_nothing() {
        assert!(rule(2, Work, &Path::new("/facts/title").expect("path")).is_none());
    }
}
