//! The whole policy as a table (`tests/policy.csv`), for lawyers to read and for this test to compare with what the code
//! answers: who may do what, for every combination there is.

mod asked;
mod table;

use samsyn_core::entry::{Audience, Purpose};
use std::collections::BTreeMap;

/// Where somebody belongs, seen from the authority that a draft or a register is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Own,
    /// Another board of the organisation.
    Other,
    Unbound,
    /// Of somebody who has not signed in.
    Nowhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    Device(crate::store::Role),
    Person(crate::sign_in::Role),
    Anybody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Plain,
    Marked,
    /// The scanner finds something in the text.
    Found,
    /// Of a draft: it finds something in the name of a field. Of a register: subject and counterpart are protected.
    Protected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RuleFile {
    None,
    Automatic,
    Approve,
    /// A releaser says yes to what goes to the public.
    ApprovePublic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    ReadReleased,
    ReadDraft,
    EditDraft,
    Mark,
    Share,
    Ask,
    ShareAsAnother,
    Approve,
    Refuse,
    Overrule,
    ReadRegister,
    Register,
    KeepInOrder,
    ReadPublicRegister,
    HandOut,
    /// A draft for comment that has been sent or received.
    ReadComment,
    Reply,
}

/// One combination.
#[derive(Debug, Clone, Copy)]
struct Case {
    action: Action,
    actor: Actor,
    place: Place,
    content: Content,
    rules: RuleFile,
    purpose: Purpose,
    audience: Audience,
}

const ACTIONS: [(Action, &str); 17] = [
    (Action::ReadReleased, "läsa-delat"),
    (Action::ReadDraft, "läsa-utkast"),
    (Action::EditDraft, "skriva-utkast"),
    (Action::Mark, "sekretessmarkera"),
    (Action::Share, "dela"),
    (Action::Ask, "be-om-delning"),
    (Action::ShareAsAnother, "dela-i-annans-namn"),
    (Action::Approve, "godkänna"),
    (Action::Refuse, "avslå"),
    (Action::Overrule, "pröva-fynd"),
    (Action::ReadRegister, "läsa-diarium"),
    (Action::Register, "registrera"),
    (Action::KeepInOrder, "hålla-ordnad"),
    (Action::ReadPublicRegister, "läsa-offentligt-diarium"),
    (Action::HandOut, "lämna-ut"),
    (Action::ReadComment, "läsa-synpunkter"),
    (Action::Reply, "svara"),
];

const ACTORS: [(Actor, &str); 13] = {
    use crate::{sign_in::Role as Signed, store::Role as Device};
    [
        (Actor::Device(Device::Reader), "enhet:läsare"),
        (Actor::Device(Device::Coordinator), "enhet:samordnare"),
        (Actor::Device(Device::Releaser), "enhet:frisläppare"),
        (Actor::Device(Device::Registrar), "enhet:registrator"),
        (Actor::Device(Device::Admin), "enhet:administratör"),
        (Actor::Person(Signed::Reader), "inloggad:läsare"),
        (Actor::Person(Signed::Coordinator), "inloggad:samordnare"),
        (Actor::Person(Signed::Releaser), "inloggad:frisläppare"),
        (Actor::Person(Signed::Registrar), "inloggad:registrator"),
        (Actor::Person(Signed::Archivist), "inloggad:arkivarie"),
        (Actor::Person(Signed::Office), "inloggad:programkontor"),
        (Actor::Person(Signed::Admin), "inloggad:administratör"),
        (Actor::Anybody, "allmänhet"),
    ]
};

const PLACES: [(Place, &str); 4] =
    [(Place::Own, "egen"), (Place::Other, "annan"), (Place::Unbound, "alla"), (Place::Nowhere, "ingen")];

const CONTENTS: [(Content, &str); 4] = [
    (Content::Plain, "vanligt"),
    (Content::Marked, "märkt"),
    (Content::Found, "fynd"),
    (Content::Protected, "skyddat"),
];

const RULES: [(RuleFile, &str); 4] = [
    (RuleFile::None, "inga"),
    (RuleFile::Automatic, "själv"),
    (RuleFile::Approve, "godkänn"),
    (RuleFile::ApprovePublic, "öppet"),
];

const PURPOSES: [(Purpose, &str); 4] = [
    (Purpose::ForInformation, "kännedom"),
    (Purpose::ForDecision, "beslut"),
    (Purpose::JointlyMaintained, "gemensamt"),
    (Purpose::ForComment, "synpunkter"),
];

const AUDIENCES: [(Audience, &str); 2] = [(Audience::Parties, "parterna"), (Audience::Public, "allmänheten")];

/// Every combination there is, with its words in the order of the table's columns.
fn every_case() -> Vec<(Case, [&'static str; 7])> {
    let mut cases = Vec::new();
    let somewhere = |actor: Actor, place: Place| (actor == Actor::Anybody) == (place == Place::Nowhere);
    for (action, a) in ACTIONS {
        for (actor, b) in ACTORS {
            for (place, c) in PLACES.into_iter().filter(|(place, _)| somewhere(actor, *place)) {
                for (content, d) in CONTENTS {
                    for (rules, e) in RULES {
                        for (purpose, f) in PURPOSES {
                            for (audience, g) in AUDIENCES {
                                let case = Case { action, actor, place, content, rules, purpose, audience };
                                cases.push((case, [a, b, c, d, e, f, g]));
                            }
                        }
                    }
                }
            }
        }
    }
    cases
}

#[test]
fn i4_the_code_answers_every_combination_as_the_table_says() {
    let rows = table::read(include_str!("../../tests/policy.csv")).expect("a table");
    let world = asked::World::new();
    let cases = every_case();
    // As many as there are of each: actions, actors at three places and one nowhere, and the rest.
    assert_eq!(cases.len(), ACTIONS.len() * (12 * 3 + 1) * 4 * 4 * 4 * 2);
    let answers = cases.iter().map(|(case, words)| (*words, world.answer(*case)));
    let faults = table::faults(&rows, answers);
    assert!(
        faults.is_empty(),
        "{} faults, of which the first:\n{}",
        faults.len(),
        faults[..faults.len().min(25)].join("\n")
    );
}

/// The comparison is worth something only if it can fail.
#[test]
fn a_hole_a_contradiction_an_empty_row_and_another_answer_are_found() {
    let text = include_str!("../../tests/policy.csv");
    let world = asked::World::new();
    let cases = every_case();
    let answers: Vec<_> = cases.iter().map(|(case, words)| (*words, world.answer(*case))).collect();
    let faults = |text: &str| table::faults(&table::read(text).expect("a table"), answers.iter().cloned());
    let last = "läsa-offentligt-diarium; *; *; *; *; *; *; ja; aldrig det som är skyddat\n";
    assert!(text.ends_with(last), "the last row is another");
    let without = text.trim_end_matches(last);
    for (changed, told) in [
        (without.to_owned(), "no row"),
        (format!("{text}läsa-delat; allmänhet; *; *; *; *; allmänheten; nej input.not_found;\n"), "say differently"),
        (format!("{text}dela; allmänhet; egen; *; *; *; *; nej role.forbidden;\n"), "nothing is like"),
        (
            text.replace("5 kap. 5 § OSL", "").replacen("*; *; *; *; ja; \n", "*; *; *; *; saknas;\n", 1),
            "the code says",
        ),
    ] {
        assert_ne!(changed, text, "{told}");
        let found = faults(&changed);
        assert!(found.iter().any(|fault| fault.contains(told)), "{told}: {found:?}");
    }
    for (wrong, told) in [
        ("handling; vem\n", "heading"),
        (&format!("{}\nläsa-delat; alla\n", table::HEADING), "columns"),
        (&text.replace("nej secrecy.marked", "nej secrecy.maked"), "secrecy.maked"),
        (&text.replace("inloggad:arkivarie", "inloggad:arkivare"), "inloggad:arkivare"),
    ] {
        let refused = table::read(wrong).expect_err(told);
        assert!(refused.contains(told), "{told}: {refused}");
    }
}

/// How often each answer is given: a table in which nothing is allowed, or all is, would be a mistake of the question.
#[test]
fn each_kind_of_answer_is_given_to_somebody() {
    let world = asked::World::new();
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    for (case, _) in every_case() {
        *given.entry(world.answer(case)).or_default() += 1;
    }
    let kinds: Vec<&str> = given.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "först godkännande",
            "ja",
            "nej input.empty",
            "nej input.not_found",
            "nej register.secret",
            "nej role.forbidden",
            "nej secrecy.marked",
            "nej secrecy.personal_number",
            "nej space.public",
            "saknas"
        ]
    );
}
