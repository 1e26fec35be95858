//! What may leave. The rules here are small and folded so that deny wins; only this module makes a [`Disclosed`], and
//! only a `Disclosed` can become a commit (keeps I4). What is marked as secret stays; the rules that the shared format
//! itself asks for hold; and `scan` looks for what is said of private persons: a releaser may judge better than it does, and
//! nobody better than the rules.

mod county;
mod decision;
mod follow_up;
pub mod scan;

pub use decision::Deliberation;

use samsyn_client::mark::{self, Marks};
use samsyn_core::{
    charter::Charter,
    code::Code,
    date::Day,
    entry::{DocumentKind, Genesis},
    id::{FactId, Name, OrgId, Path},
    rules,
    value::Value,
};
use scan::{Finding, Kind, Words};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Something that the release rules have let through.
#[derive(Debug, Clone)]
pub struct Disclosed<T>(T);

impl<T> Disclosed<T> {
    pub fn get(&self) -> &T {
        &self.0
    }
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// One fact that somebody wants to state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    pub path: Path,
    /// Absent to take away what stands.
    pub value: Option<Value>,
    pub replaces: Vec<FactId>,
}

/// What keeps one path back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    pub path: Path,
    pub code: Code,
    pub message: String,
    pub remedy: String,
    /// Where in the text, in characters; nothing where the whole value is meant.
    pub at: Option<Range<usize>>,
}

/// What a release is judged in.
#[derive(Debug)]
pub struct Circumstances<'a> {
    pub charter: &'a Charter,
    pub genesis: &'a Genesis,
    pub author: &'a OrgId,
    /// Everything that the document will say, not only what changes.
    pub whole: &'a BTreeMap<Path, Value>,
    /// What the releasing authority does not let out.
    pub words: Option<&'a Words>,
    pub overruled: &'a Overruled,
    /// What is marked as secret in the draft: nobody sets that aside, a mark is taken away where it stands.
    pub marks: &'a Marks,
    /// Of decisions: what everybody has stated in it.
    pub decision: Option<&'a Deliberation>,
    /// Where measures are defined, areas and methods named, days stated: others may have done so, or several at once.
    pub defined: &'a BTreeSet<Path>,
    /// In Swedish time: what has not begun yet has no value.
    pub today: Day,
}

/// What a releaser lets out although the scanner has found it: no other rule can be set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overruled(BTreeSet<(Path, Code)>);

impl Overruled {
    /// Of what keeps a release back, all that a releaser may judge better than a program.
    pub fn of(held: &[HeldBack]) -> Self {
        // Where the scanner has stopped counting, more may stand than anybody was shown.
        let all_told = |h: &&HeldBack| held.iter().filter(|o| o.path == h.path).count() < scan::FINDINGS_MAX;
        let judged = held.iter().filter(|h| may_be_judged(h)).filter(all_told);
        Self(judged.map(|h| (h.path.clone(), h.code)).collect())
    }

    pub fn lets_out(&self, held: &HeldBack) -> bool {
        may_be_judged(held) && self.0.contains(&(held.path.clone(), held.code))
    }
}

/// What a text says. Not what names a field: that lies in the outline, which is never erased.
fn may_be_judged(held: &HeldBack) -> bool {
    let found = matches!(
        held.code,
        Code::SecrecyPersonalNumber | Code::SecrecyPrivateAddress | Code::SecrecyMobileNumber | Code::SecrecyOwnWord
    );
    held.code == Code::SecrecySmallCount || found && held.at.is_some()
}

type Rule = fn(&Circumstances<'_>, &Proposed) -> Option<HeldBack>;

const RULES: &[Rule] =
    &[marked, may_write, legal_value, named_title, known_party, known_word, comment_on_warning, small_count];
/// Rules across fields of works and roadmaps.
const COUNTY_RULES: &[Rule] =
    &[county::has_been, county::in_order, county::alone_in_its_time, county::named_item, county::word_of_its_kind];

fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(COUNTY_RULES).chain(follow_up::RULES).chain(decision::RULES)
}

/// Judges every proposed fact by every rule. One that is held back holds back the whole release.
pub fn assess(
    circumstances: &Circumstances<'_>,
    proposed: Vec<Proposed>,
) -> Result<Disclosed<Vec<Proposed>>, Vec<HeldBack>> {
    // Where nobody knows for which body, nobody knows who may write what.
    if let Some(unfounded) = circumstances.decision.and_then(|decision| decision.unfounded.as_ref()) {
        return Err(vec![unfounded.clone()]);
    }
    let mut held: Vec<HeldBack> =
        proposed.iter().flat_map(|p| rules().filter_map(move |rule| rule(circumstances, p))).collect();
    held.extend(proposed.iter().flat_map(of_persons));
    held.extend(proposed.iter().flat_map(|p| own_words(circumstances.words, p)));
    held.extend(has_title(circumstances));
    held.extend(follow_up::undated(circumstances, &proposed));
    held.retain(|held| !circumstances.overruled.lets_out(held));
    if held.is_empty() { Ok(Disclosed(proposed)) } else { Err(held) }
}

fn held(path: &Path, code: Code, message: impl Into<String>, remedy: impl Into<String>) -> HeldBack {
    HeldBack { path: path.clone(), code, message: message.into(), remedy: remedy.into(), at: None }
}

fn texts(p: &Proposed) -> Vec<&str> {
    match &p.value {
        Some(Value::Text(text) | Value::Prose(text) | Value::Reference(text)) => vec![text],
        Some(Value::References(several)) => several.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What the authority has named itself. The word is not repeated here.
fn own_words(words: Option<&Words>, p: &Proposed) -> Vec<HeldBack> {
    let Some(words) = words else { return Vec::new() };
    let told = |at| {
        let message = "a word that the authority does not let out stands here";
        let remedy = "write it in another way, or ask who keeps the authority's rules";
        HeldBack { at: Some(at), ..held(&p.path, Code::SecrecyOwnWord, message, remedy) }
    };
    texts(p).into_iter().flat_map(|text| words.find(text)).map(told).collect()
}

/// Nothing of private persons leaves: neither in a text nor in what names it. What was found is not repeated here.
fn of_persons(p: &Proposed) -> Vec<HeldBack> {
    let texts = texts(p);
    let in_value = texts.into_iter().flat_map(scan::scan).map(|finding| (finding.kind, Some(finding.at)));
    // What stands at an unlucky path can be taken away. Ids of programs are letters and digits mixed: no number of anybody's.
    let path = p.value.as_ref().map_or("", |_| p.path.as_str());
    let letter = |at: Option<usize>| at.and_then(|at| path.as_bytes().get(at)).is_some_and(u8::is_ascii_alphabetic);
    let alone = |finding: &Finding| !letter(finding.at.start.checked_sub(1)) && !letter(Some(finding.at.end));
    let in_path = scan::scan(path).into_iter().filter(alone).map(|finding| (finding.kind, None));
    let told = |(kind, at): (Kind, Option<Range<usize>>)| {
        let (code, what, remedy) = match kind {
            Kind::PersonalNumber => (
                Code::SecrecyPersonalNumber,
                "what looks like a personal identity number",
                "take it away: nothing of private persons is shared here. A telephone number is written in groups, as 060-19 30 00",
            ),
            Kind::CoordinationNumber => (
                Code::SecrecyPersonalNumber,
                "what looks like a coordination number",
                "take it away: nothing of private persons is shared here",
            ),
            Kind::PrivateAddress => (
                Code::SecrecyPrivateAddress,
                "a private e-mail address",
                "take it away, or write the organisation's function mailbox",
            ),
            Kind::MobileNumber => (
                Code::SecrecyMobileNumber,
                "a mobile telephone number, which may be a person's,",
                "write the number of the switchboard or the unit, or a function mailbox",
            ),
        };
        let place = if at.is_some() { "stands here" } else { "stands in the name of the field" };
        HeldBack { at, ..held(&p.path, code, format!("{what} {place}"), remedy) }
    };
    in_value.chain(in_path).map(told).collect()
}

/// What is marked stays, on the path itself or on what it lies under. Taking away what was shared before tells nothing.
fn marked(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    p.value.as_ref()?;
    let mark = mark::covering(c.marks, &p.path)?;
    let cited = mark.iter().flat_map(|mark| &mark.provisions).map(ToString::to_string).collect::<Vec<_>>();
    let cited = if cited.is_empty() { "a provision that cannot be read".to_owned() } else { cited.join(", ") };
    let message = format!("this is marked as secret (OSL {cited})");
    Some(held(&p.path, Code::SecrecyMarked, message, "leave it out, or take the mark away if it no longer holds"))
}

/// The charter's rule set lets this organisation write the path, with a value of this type.
fn may_write(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    if !rules::writable(c.charter, c.genesis, c.author, &p.path) {
        let message = format!("{} may not write {}", c.author, p.path);
        return Some(held(
            &p.path,
            Code::EffectPathForbidden,
            message,
            "take the field away, or leave a remark under /remarks",
        ));
    }
    let types = rules::rule(c.charter.rules, c.genesis.kind, &p.path).map_or(&[][..], |r| r.types);
    let kind = p.value.as_ref()?.kind();
    if types.contains(&kind) {
        return None;
    }
    Some(held(
        &p.path,
        Code::EffectValueType,
        format!("{} cannot hold a value of this type", p.path),
        format!("use one of {types:?}"),
    ))
}

fn legal_value(_: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let code = p.value.as_ref()?.check().err()?;
    Some(held(&p.path, code, format!("the value at {} is not allowed", p.path), "shorten or correct it"))
}

fn named_title(_: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    if p.path.as_str() != "/facts/title" {
        return None;
    }
    let empty = p.value.as_ref().and_then(Value::as_text).is_none_or(|t| t.trim().is_empty());
    empty.then(|| held(&p.path, Code::InputEmpty, "a work needs a title", "give it a title"))
}

/// A work that has never had a title may not be released without one.
fn has_title(c: &Circumstances<'_>) -> Option<HeldBack> {
    let title = Path::new("/facts/title").ok()?;
    if c.genesis.kind != DocumentKind::Work || c.genesis.owner != *c.author || c.whole.contains_key(&title) {
        return None;
    }
    Some(held(&title, Code::InputEmpty, "a work needs a title", "give it a title"))
}

/// `org:` names a party of the charter in force; partners that run no node are `partner:`.
fn known_party(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let references: BTreeSet<&String> = match p.value.as_ref()? {
        Value::Reference(one) => BTreeSet::from([one]),
        Value::References(several) => several.iter().collect(),
        _ => return None,
    };
    let unknown = references.into_iter().filter_map(|r| r.strip_prefix("org:")).find(|org| {
        let org = OrgId::new(org).ok();
        org.and_then(|org| c.charter.party(&org)).is_none()
    })?;
    Some(held(
        &p.path,
        Code::InputUnknownParty,
        format!("'{unknown}' is no party"),
        "use the id of a party, or 'partner:' for others",
    ))
}

/// Where the charter lists the words of a kind (`stage`, `form`, …), a value uses one of them.
fn known_word(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let Value::Reference(reference) = p.value.as_ref()? else { return None };
    let (kind, word) = reference.split_once(':')?;
    let words = c.charter.vocabulary.get(&Name::new(kind).ok()?)?;
    if Name::new(word).is_ok_and(|word| words.contains(&word)) {
        return None;
    }
    let listed: Vec<&str> = words.iter().map(Name::as_str).collect();
    Some(held(
        &p.path,
        Code::InputValue,
        format!("'{word}' is no {kind} that the charter knows"),
        format!("use one of {}", listed.join(", ")),
    ))
}

/// Few persons are known by their number (what statistics call a small cell).
fn small_count(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let ["values", ..] = p.path.segments()[..] else { return None };
    let count = match p.value.as_ref()? {
        Value::Integer(count) => Some(*count),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let small = c.genesis.kind == DocumentKind::Indicators && count.is_some_and(|count| (1..=4).contains(&count));
    small.then(|| {
        let message = "a count from 1 to 4 can say who the persons are";
        held(&p.path, Code::SecrecySmallCount, message, "join groups or periods, or write \"fewer than 5\"")
    })
}

/// A yellow or red part of a status report says why.
fn comment_on_warning(c: &Circumstances<'_>, p: &Proposed) -> Option<HeldBack> {
    let ["reports", report, field] = p.path.segments()[..] else { return None };
    let warning = matches!(p.value.as_ref()?, Value::Reference(r) if r.ends_with(":yellow") || r.ends_with(":red"));
    if !warning || !matches!(field, "time" | "cost" | "cooperation" | "benefit") {
        return None;
    }
    let comment = Path::new(&format!("/reports/{report}/comment")).ok()?;
    let said = c.whole.get(&comment).and_then(Value::as_text).is_some_and(|t| !t.trim().is_empty());
    if said {
        return None;
    }
    Some(held(
        &comment,
        Code::InputCommentMissing,
        format!("{field} is yellow or red, and there is no comment"),
        "say in a comment why, and what is done about it",
    ))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// For tests of what happens after the rules.
    pub(crate) fn let_through<T>(value: T) -> Disclosed<T> {
        Disclosed(value)
    }

    pub(super) const TODAY: Day = (2026, 11, 23);

    pub(super) fn of_kind(kind: DocumentKind) -> Genesis {
        Genesis { kind, ..genesis() }
    }

    fn genesis() -> Genesis {
        let org = |id: &str| OrgId::new(id).expect("an id");
        Genesis {
            kind: DocumentKind::Work,
            owner: org("timra"),
            authority: org("ks"),
            archive_owner: org("timra"),
            body: None,
        }
    }

    pub(super) fn charter() -> Charter {
        let party = |id: &str, n: u8| {
            format!(
                "[[party]]\nid = \"{id}\"\nname = \"{id}\"\nkind = \"municipality\"\nlog_key = \"{}\"\npins = [\"blake3:{}\"]\n",
                samsyn_core::sign::LogKey::from_secret(&[n; 32]).public(),
                hex::encode([n; 32])
            )
        };
        let words = "programme_office = [\"timra\"]\n[vocabulary]\nstage = [\"idea\", \"ongoing\"]\n";
        let text = format!(
            "format = 1\nname = \"x\"\nversion = 1\nrules = 1\n{words}{}{}",
            party("timra", 1),
            party("ange", 2)
        );
        Charter::parse(text.as_bytes()).expect("a charter")
    }

    fn held(values: &[(&str, Value)], overruled: &Overruled) -> Vec<HeldBack> {
        held_of(values, overruled, &Marks::new())
    }

    fn held_of(values: &[(&str, Value)], overruled: &Overruled, marks: &Marks) -> Vec<HeldBack> {
        let whole: BTreeMap<Path, Value> =
            values.iter().map(|(p, v)| (Path::new(p).expect("path"), v.clone())).collect();
        let proposed = whole
            .iter()
            .map(|(p, v)| Proposed { path: p.clone(), value: Some(v.clone()), replaces: Vec::new() })
            .collect();
        let (charter, genesis) = (charter(), genesis());
        let circumstances = Circumstances {
            defined: &std::collections::BTreeSet::new(),
            charter: &charter,
            genesis: &genesis,
            author: &genesis.owner,
            whole: &whole,
            words: None,
            overruled,
            marks,
            decision: None,
            today: TODAY,
        };
        assess(&circumstances, proposed).err().unwrap_or_default()
    }

    fn codes(values: &[(&str, Value)]) -> Vec<&'static str> {
        held(values, &Overruled::default()).iter().map(|h| h.code.as_str()).collect()
    }

    fn title() -> (&'static str, Value) {
        ("/facts/title", Value::Text("Trygg hemgång".into()))
    }

    #[test]
    fn a_rightful_release_goes_through() {
        assert_eq!(codes(&[title(), ("/parties/timra/note", Value::Text("Vi är med.".into()))]), Vec::<&str>::new());
    }

    #[test]
    fn i5_what_another_may_write_is_held_back() {
        assert_eq!(codes(&[title(), ("/parties/ange/note", Value::Text("x".into()))]), ["effect.path_forbidden"]);
        assert_eq!(codes(&[title(), ("/elsewhere", Value::Text("x".into()))]), ["effect.path_forbidden"]);
    }

    #[test]
    fn i4_nothing_of_private_persons_leaves() {
        let number = "secrecy.personal_number";
        for (path, value, code) in [
            ("/facts/summary", Value::Prose("Ring brukaren, 121212-1212.".into()), number),
            ("/parties/timra/note", Value::Text("Möte med 1212121212".into()), number),
            ("/parties/timra/note", Value::Text("Skriv till namn@gmail.com".into()), "secrecy.private_address"),
            ("/facts/partners", Value::References(BTreeSet::from(["partner:121212-1212".to_owned()])), number),
            ("/parties/timra/121212-1212", Value::Text("Ja".into()), number),
        ] {
            assert!(codes(&[title(), (path, value)]).contains(&code), "{path}");
        }
        assert_eq!(codes(&[("/facts/title", Value::Text("Samtal med 19121212-1212".into()))]), [number]);
        let id = ("/parties/timra/ab121212-1212cdef", Value::Text("Ja".into()));
        assert_eq!(codes(&[title(), id]), Vec::<&str>::new(), "an id that a program has made");
        let office = Value::Text("Frågor: diarium@timra.se, 060-16 31 00, org.nr 212000-2395".into());
        assert_eq!(codes(&[title(), ("/parties/timra/note", office)]), Vec::<&str>::new());
    }

    #[test]
    fn i4_a_releaser_sets_aside_what_the_scanner_has_found_there_and_no_other_rule() {
        let case = ("/facts/summary", Value::Prose("Ärende 121212-1212 hos leverantören.".into()));
        let elsewhere = ("/parties/timra/note", Value::Text("121212-1212".into()));
        let foreign = ("/parties/ange/note", Value::Text("121212-1212".into()));
        let none = Overruled::default();
        let overruled = Overruled::of(&held(&[title(), case.clone()], &none));
        assert!(held(&[title(), case.clone()], &overruled).is_empty());
        let left = held(&[title(), case.clone(), elsewhere], &overruled);
        assert_eq!(left.len(), 1, "what stands in another place was not looked at: {left:?}");
        let all = held(&[title(), case, foreign], &none);
        let left = |held: &[HeldBack]| {
            let overruled = Overruled::of(held);
            held.iter().filter(|h| !overruled.lets_out(h)).map(|h| h.code.as_str()).collect::<BTreeSet<_>>()
        };
        assert_eq!(left(&all), ["effect.path_forbidden"].into());
        // What names a field is never erased; and where the scanner stops counting nobody was shown all of it.
        let number = "secrecy.personal_number";
        let named = held(&[title(), ("/parties/timra/121212-1212", Value::Text("121212-1212".into()))], &none);
        assert_eq!(left(&named), [number].into());
        let many = "070-174 06 05, ".repeat(scan::FINDINGS_MAX) + "121212-1212";
        let many = held(&[title(), ("/parties/timra/note", Value::Text(many))], &none);
        assert_eq!(left(&many), ["secrecy.mobile_number"].into());
    }

    #[test]
    fn i4_what_is_marked_stays_and_nobody_sets_that_aside() {
        let (path, secret) = ("/reports/r1/comment", Value::Prose("Anbudet är lägst.".into()));
        let mark = |place: &str, text: &str| {
            let private = [(format!("mark:{place}"), text.to_owned())].into();
            mark::marks(&samsyn_client::model::Draft { private, ..Default::default() })
        };
        let marked = r#"{"provisions":["19:3"],"date":"2026-11-23","authority":"ks"}"#;
        for (place, text) in [(path, marked), ("/reports/r1", marked), ("/", marked), (path, "?"), ("no path", "?")] {
            let held = held_of(&[title(), (path, secret.clone())], &Overruled::default(), &mark(place, text));
            let comment: Vec<&HeldBack> = held.iter().filter(|h| h.path.as_str() == path).collect();
            assert_eq!(comment.iter().map(|h| h.code).collect::<Vec<_>>(), [Code::SecrecyMarked], "{place}");
            assert!(!Overruled::of(&held).lets_out(comment[0]));
            assert!(!held.iter().any(|h| h.message.contains("Anbudet")));
        }
        let elsewhere = mark("/reports/r2", marked);
        assert_eq!(held_of(&[title(), (path, secret)], &Overruled::default(), &elsewhere), Vec::new());
    }

    #[test]
    fn i4_counts_of_few_persons_are_held_back_in_indicators() {
        let charter = charter();
        let genesis = Genesis { kind: DocumentKind::Indicators, ..genesis() };
        let path = Path::new("/values/timra/i1/2026").expect("a path");
        for (value, is_held) in [
            (Value::Integer(0), false),
            (Value::Integer(1), true),
            (Value::Integer(4), true),
            (Value::Integer(5), false),
            (Value::Text(" 3 ".into()), true),
            (Value::Text("färre än 5".into()), false),
            (Value::Text("3,5".into()), false),
            (Value::Money(300), false),
        ] {
            let proposed = vec![Proposed { path: path.clone(), value: Some(value.clone()), replaces: Vec::new() }];
            let circumstances = Circumstances {
                defined: &[Path::new("/definitions/measures/i1/name").expect("a path")].into(),
                charter: &charter,
                genesis: &genesis,
                author: &genesis.owner,
                whole: &BTreeMap::new(),
                words: None,
                overruled: &Overruled::default(),
                marks: &Marks::new(),
                decision: None,
                today: TODAY,
            };
            let held = assess(&circumstances, proposed).err().unwrap_or_default();
            let codes: Vec<Code> = held.iter().map(|h| h.code).collect();
            assert_eq!(codes, if is_held { vec![Code::SecrecySmallCount] } else { Vec::new() }, "{value:?}");
        }
    }

    #[test]
    fn a_yellow_report_without_comment_is_held_back() {
        let time = ("/reports/r1/time", Value::Reference("status:yellow".into()));
        assert_eq!(codes(&[title(), time.clone()]), ["input.comment_missing"]);
        assert_eq!(
            codes(&[title(), time, ("/reports/r1/comment", Value::Prose("Vakans.".into()))]),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn unknown_parties_wrong_types_and_missing_titles_are_held_back() {
        let partners = Value::References(BTreeSet::from(["org:atlantis".to_owned()]));
        assert_eq!(codes(&[title(), ("/facts/partners", partners)]), ["input.unknown_party"]);
        assert_eq!(codes(&[title(), ("/facts/stage", Value::Reference("stage:elsewhere".into()))]), ["input.value"]);
        assert_eq!(codes(&[title(), ("/facts/stage", Value::Reference("stage:ongoing".into()))]), Vec::<&str>::new());
        assert_eq!(codes(&[title(), ("/facts/start", Value::Text("2023".into()))]), ["effect.value_type"]);
        assert_eq!(codes(&[("/facts/form", Value::Reference("form:project".into()))]), ["input.empty"]);
        assert_eq!(codes(&[("/facts/title", Value::Text("  ".into()))]), ["input.empty"]);
    }
}
