use super::*;
use crate::entry::BodyRules;
use crate::id::HeaderHash;
use proptest::prelude::*;

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn seats(names: &[&str]) -> BTreeMap<Name, Name> {
    names.iter().map(|seat| (name(seat), name(seat))).collect()
}

const COUNTY: [&str; 8] = ["ange", "harnosand", "kramfors", "ornskoldsvik", "rvn", "solleftea", "sundsvall", "timra"];

fn rules(quorum: Quorum, majority: Majority) -> BodyRules {
    BodyRules { quorum, majority, casting_seat: None, chair_decides: false, escalates_to: None }
}

fn body(seat_names: &[&str], rules: BodyRules) -> Body {
    Body { id: name("provorgan"), secretary: name("rvn"), seats: seats(seat_names), rules }
}

/// The county's three bodies, as the programme plan (9.5) and the programme's data have them.
fn lansledning() -> Body {
    body(&COUNTY, BodyRules { escalates_to: Some(name("htl")), ..rules(Quorum::Majority, Majority::Consensus) })
}
fn htl() -> Body {
    body(&COUNTY, rules(Quorum::Majority, Majority::Consensus))
}
fn styrgrupp() -> Body {
    let simple = rules(Quorum::Majority, Majority::Simple);
    body(&COUNTY, BodyRules { chair_decides: true, escalates_to: Some(name("htl")), ..simple })
}
/// Norrbotten's committee: six seats, half is enough, the chair's vote decides a tie.
fn norrbotten() -> Body {
    let simple = rules(Quorum::Half, Majority::Simple);
    let chair = BodyRules { casting_seat: Some(name("s1")), ..simple };
    body(&["s1", "s2", "s3", "s4", "s5", "s6"], chair)
}

/// Votes as `+` (yes), `-` (no), `0` (abstains), `?` (cannot be read), `x` (void), `.` (none) in the order of the seats.
fn voted(body: &Body, votes: &str) -> Proceedings {
    let ballot = |sign: char| match sign {
        '+' => Some(Named::Ballot(Ballot::Yes)),
        '-' => Some(Named::Ballot(Ballot::No)),
        '0' => Some(Named::Ballot(Ballot::Abstain)),
        '?' => Some(Named::Unreadable),
        'x' => Some(Named::Void),
        _ => None,
    };
    let votes = body.seats.keys().zip(votes.chars()).filter_map(|(seat, sign)| Some((seat.clone(), ballot(sign)?)));
    Proceedings { way: Some(Way::Vote), votes: votes.collect(), ..Proceedings::default() }
}

fn acclaimed(body: &Body, present: usize) -> Proceedings {
    let present = body.seats.keys().take(present).cloned().collect();
    Proceedings { way: Some(Way::Acclamation), present: Some(present), ..Proceedings::default() }
}

fn why(outcome: &Outcome) -> Vec<&'static str> {
    outcome.reasons.iter().map(|reason| reason.why.as_str()).collect()
}

fn conclusion(body: &Body, minutes: &Proceedings) -> &'static str {
    outcome(body, minutes).conclusion.as_str()
}

#[test]
fn the_bodies_of_vasternorrland_decide_as_their_rules_say() {
    for (body, votes, expected, because) in [
        (lansledning(), "+++++...", "adopted", "consensus"),
        (lansledning(), "++++....", "no-quorum", "quorum-missed"), // four of eight are not more than half
        (lansledning(), "+++++++-", "escalated", "escalates"),
        (lansledning(), "+++++0..", "adopted", "consensus"),
        (htl(), "+++++++-", "undecided", "no-consensus"), // nobody is above
        (styrgrupp(), "+++--...", "adopted", "majority-for"),
        (styrgrupp(), "++---...", "rejected", "majority-against"),
        (styrgrupp(), "+++---..", "undecided", "awaits-chair"),
        (styrgrupp(), "00000000", "undecided", "nobody-voted"),
    ] {
        let found = outcome(&body, &voted(&body, votes));
        assert_eq!(found.conclusion.as_str(), expected, "{votes}: {found:?}");
        assert!(why(&found).contains(&because), "{votes}: {:?}", why(&found));
    }
}

#[test]
fn where_the_steering_group_disagrees_the_chair_decides_and_then_it_is_escalated() {
    let body = styrgrupp();
    for (chair, expected) in [(Ballot::Yes, "adopted"), (Ballot::No, "rejected"), (Ballot::Abstain, "escalated")] {
        let minutes = Proceedings { chair: Some(chair), ..voted(&body, "++++----") };
        assert_eq!(conclusion(&body, &minutes), expected, "{chair:?}");
    }
    // Where there is a majority the chair has nothing to decide.
    let minutes = Proceedings { chair: Some(Ballot::No), ..voted(&body, "+++++---") };
    assert_eq!(conclusion(&body, &minutes), "adopted");
}

#[test]
fn the_committee_of_norrbotten_needs_half_and_its_chair_breaks_ties() {
    let body = norrbotten();
    for (votes, expected, because) in [
        ("+++...", "adopted", "quorum-met"),
        ("++....", "no-quorum", "quorum-missed"),
        ("+++---", "adopted", "casting-vote"),
        ("---+++", "rejected", "casting-vote"),
        (".+++---", "adopted", "majority-for"),
        (".++--.", "undecided", "casting-vote-missing"),
        ("0++--.", "undecided", "casting-vote-missing"),
        ("+--...", "rejected", "majority-against"),
    ] {
        let found = outcome(&body, &voted(&body, votes));
        assert_eq!(found.conclusion.as_str(), expected, "{votes}");
        assert!(why(&found).contains(&because), "{votes}: {:?}", why(&found));
    }
}

#[test]
fn what_nobody_has_said_is_undecided_and_not_a_no() {
    let body = lansledning();
    let silent = outcome(&body, &Proceedings::default());
    assert_eq!((silent.conclusion.as_str(), why(&silent)), ("undecided", vec!["minutes-silent"]));
    let nobody_named = Proceedings { way: Some(Way::Acclamation), ..Proceedings::default() };
    assert_eq!(why(&outcome(&body, &nobody_named)), ["attendance-missing"]);
    assert_eq!(conclusion(&body, &acclaimed(&body, 5)), "adopted");
    assert_eq!(conclusion(&body, &acclaimed(&body, 4)), "no-quorum");
}

#[test]
fn a_reservation_in_the_minutes_breaks_consensus_and_no_majority() {
    let reserved = |body: &Body| Proceedings { opposed: [name("timra")].into(), ..acclaimed(body, 8) };
    assert_eq!(conclusion(&lansledning(), &reserved(&lansledning())), "escalated");
    assert_eq!(conclusion(&styrgrupp(), &reserved(&styrgrupp())), "adopted");
    let stranger = Proceedings { opposed: [name("skr")].into(), ..acclaimed(&lansledning(), 8) };
    assert_eq!(conclusion(&lansledning(), &stranger), "adopted");
}

/// The final report of Sörmland, 2023: proposal, an amendment moved and supported, both carried.
#[test]
fn carried_amendments_make_it_adopted_with_amendment() {
    let body = norrbotten();
    let moved = |motions: &[(&str, Motion, Option<Fate>)]| Proceedings {
        motions: motions.iter().map(|(id, motion, fate)| (name(id), (*motion, *fate))).collect(),
        ..acclaimed(&body, 6)
    };
    let carried = Some(Fate::Carried);
    for (motions, expected) in [
        (vec![("a", Motion::Adopt, carried), ("b", Motion::Amend, carried)], "adopted-with-amendment"),
        (vec![("a", Motion::Adopt, carried), ("b", Motion::Amend, Some(Fate::Lost))], "adopted"),
        (vec![("b", Motion::Amend, Some(Fate::Withdrawn))], "adopted"),
        (vec![("b", Motion::Amend, None)], "undecided"),
        (vec![("b", Motion::Counter, carried)], "adopted-with-amendment"),
        (vec![("b", Motion::Reject, carried)], "rejected"),
        (vec![("a", Motion::Adopt, carried), ("b", Motion::Reject, carried)], "undecided"),
        (vec![("b", Motion::ReferBack, carried), ("a", Motion::Amend, None)], "referred-back"),
        (vec![("b", Motion::Postpone, carried)], "postponed"),
    ] {
        assert_eq!(conclusion(&body, &moved(&motions)), expected, "{motions:?}");
    }
    let rejected = Proceedings { motions: moved(&[("b", Motion::Reject, carried)]).motions, ..voted(&body, "++++--") };
    assert_eq!(why(&outcome(&body, &rejected)).last(), Some(&"motion-contradicts"));
}

#[test]
fn who_stepped_aside_is_not_there_and_who_was_silent_took_no_part() {
    let body = norrbotten();
    let mut minutes = voted(&body, "+++--.");
    minutes.present = Some(body.seats.keys().cloned().collect());
    minutes.recused = [name("s1"), name("s2")].into();
    let found = outcome(&body, &minutes);
    assert_eq!((found.tally.yes, found.tally.no, found.tally.present), (1, 2, 4));
    assert_eq!(found.tally.took_no_part, [name("s6")].into());
    assert_eq!(found.conclusion, Conclusion::Rejected);
}

#[test]
fn votes_that_cannot_be_read_leave_it_open_only_where_they_could_turn_it() {
    let body = norrbotten();
    for (votes, expected) in [
        ("++++-?", "adopted"),
        ("++--.?", "undecided"),
        ("----+?", "rejected"),
        ("+++-??", "adopted"),
        ("x+++--", "adopted"),
    ] {
        assert_eq!(conclusion(&body, &voted(&body, votes)), expected, "{votes}");
    }
    let county = lansledning();
    assert_eq!(conclusion(&county, &voted(&county, "+++++++?")), "undecided", "it may have been a no");
    assert_eq!(conclusion(&county, &voted(&county, "++++++-?")), "escalated", "that is settled by the other");
}

#[test]
fn votes_and_texts_are_named_by_references() {
    let vote = FactId { header: HeaderHash([7; 32]), index: 12 };
    let reference = vote_reference(&vote);
    assert_eq!(named_vote(&reference), Some(vote));
    for text in [reference, text_version("Färdplan")] {
        assert_eq!(crate::value::Value::Reference(text).check(), Ok(()));
    }
    assert_ne!(text_version("Färdplan"), text_version("Färdplan "));
    assert_eq!((named_vote("fact:x"), named_vote("org:timra")), (None, None));
}

#[test]
fn reasons_are_unique() {
    let texts: BTreeSet<_> = Why::ALL.iter().map(|why| why.as_str()).collect();
    assert_eq!(texts.len(), Why::ALL.len());
}

fn any_body() -> impl Strategy<Value = Body> {
    let rules = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (1..9usize, rules).prop_map(|(count, (half, simple, casting, chair, above))| {
        let seat_names: Vec<String> = (0..count).map(|n| format!("s{n}")).collect();
        let rules = BodyRules {
            quorum: if half { Quorum::Half } else { Quorum::Majority },
            majority: if simple { Majority::Simple } else { Majority::Consensus },
            casting_seat: casting.then(|| name("s0")),
            chair_decides: chair,
            escalates_to: above.then(|| name("above")),
        };
        body(&seat_names.iter().map(String::as_str).collect::<Vec<_>>(), rules)
    })
}

proptest! {
    /// Keeps I5: whoever has no seat changes nothing, whatever the minutes name.
    #[test]
    fn i5_a_vote_of_nobody_in_the_body_changes_nothing(body in any_body(), votes in "[-+0?x.]{8}", foreign in "[-+0]{3}") {
        let minutes = voted(&body, &votes);
        let mut with = minutes.clone();
        for (n, sign) in foreign.chars().enumerate() {
            let stranger = self::body(&["x"], rules(Quorum::Half, Majority::Simple));
            let vote = voted(&stranger, &sign.to_string()).votes.into_values().next().expect("a vote");
            with.votes.insert(name(&format!("gast{n}")), vote);
            with.opposed.insert(name(&format!("gast{n}")));
            if let Some(present) = &mut with.present {
                present.insert(name(&format!("gast{n}")));
            }
        }
        let (before, after) = (outcome(&body, &minutes), outcome(&body, &with));
        prop_assert_eq!(before.conclusion, after.conclusion);
        prop_assert_eq!(before.tally, after.tally);
    }

    #[test]
    fn one_more_yes_never_makes_a_rejection(body in any_body(), votes in "[+.]{6}[-+0.]{2}", at in 0..8usize) {
        let mut more: Vec<char> = votes.chars().collect();
        let at = at % body.seats.len();
        more[at] = '.';
        let before = outcome(&body, &voted(&body, &more.iter().collect::<String>()));
        if !before.conclusion.is_adopted() {
            return Ok(());
        }
        more[at] = '+';
        let after = outcome(&body, &voted(&body, &more.into_iter().collect::<String>()));
        prop_assert!(after.conclusion.is_adopted(), "{:?} then {:?}", before, after);
    }

    #[test]
    fn an_adoption_has_its_quorum_and_every_outcome_a_reason(body in any_body(), votes in "[-+0?x.]{8}") {
        let found = outcome(&body, &voted(&body, &votes));
        prop_assert!(!found.reasons.is_empty());
        if found.conclusion.is_adopted() {
            prop_assert!(found.tally.present * 2 >= found.tally.seats && found.tally.yes > 0, "{:?}", found);
        }
    }

    /// The seats are a set: naming them otherwise in the same order gives the same answer.
    #[test]
    fn nothing_depends_on_the_order_of_seats(votes in "[-+0?]{8}") {
        let named = |names: &[&str]| body(names, rules(Quorum::Majority, Majority::Simple));
        let forward = named(&["a", "b", "c", "d", "e", "f", "g", "h"]);
        let back: String = votes.chars().rev().collect();
        prop_assert_eq!(
            outcome(&forward, &voted(&forward, &votes)).conclusion,
            outcome(&forward, &voted(&forward, &back)).conclusion
        );
    }
}
