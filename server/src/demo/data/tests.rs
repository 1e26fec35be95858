//! The demo's facts fit the rules and the vocabulary.

use super::*;
use samsyn_core::{
    criteria::{self, Answer, CriteriaSet, WorkFacts},
    entry::DocumentKind,
    rules,
};
use std::collections::BTreeSet;

fn county() -> County {
    County::load().expect("embedded data reads")
}

fn value<'a>(facts: &'a Facts, path: &str) -> Option<&'a Value> {
    facts.iter().find(|(stated, _)| stated.as_str() == path).map(|(_, value)| value)
}

/// No path twice, every value legal and of a type that the first rule set allows at its path.
fn assert_may_be_stated(kind: DocumentKind, facts: &Facts) {
    let mut paths = BTreeSet::new();
    for (path, value) in facts {
        assert!(paths.insert(path), "{path} is stated twice");
        assert_eq!(value.check(), Ok(()), "{path}: {value:?}");
        let rule = rules::rule(1, kind, path).unwrap_or_else(|| panic!("no rule for {path}"));
        assert!(rule.types.contains(&value.kind()), "{path}: {value:?}");
    }
}

#[test]
fn every_work_and_the_programme_may_be_stated() {
    let county = county();
    for work in &county.works {
        let facts = county.work_facts(work).expect("facts");
        assert_may_be_stated(DocumentKind::Work, &facts);
    }
    let programme = county.programme_facts().expect("facts");
    assert_may_be_stated(DocumentKind::Programme, &programme);
    assert!(programme.len() > 150, "{}", programme.len());
    assert_may_be_stated(DocumentKind::Indicators, &county.indicator_facts().expect("facts"));
    let (activities, contradictions) = (&county.activities, &county.contradictions);
    assert_eq!((activities.len(), contradictions.len()), (17, 9));
    let conference = activities.iter().find(|a| a.participants == Some(265)).expect("the conference");
    assert_eq!((conference.date.as_deref(), conference.note.is_some()), (Some("2023-10-25"), true));
}

#[test]
fn eight_parties_each_own_a_work_and_public_numbers_are_unique() {
    let county = county();
    assert_eq!(county.organisations.len(), 8);
    for organisation in &county.organisations {
        assert!(county.works_of(&organisation.id).next().is_some(), "{}", organisation.id);
    }
    let ids: BTreeSet<_> = county.works.iter().map(|work| &work.id).collect();
    assert_eq!((county.works.len(), ids.len()), (13, 13));
    let owners: BTreeSet<_> = county.organisations.iter().map(|o| &o.id).collect();
    assert!(county.works.iter().all(|work| owners.contains(&work.owner)));
    assert_eq!(county.works.iter().filter(|work| work.in_portfolio).count(), 8);
}

/// Luhn (ISO/IEC 7812-1): every second digit from the right doubled, digit sums, a multiple of ten.
fn luhn(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    let weigh = |(i, d): (usize, &u32)| if i % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d };
    let sum: u32 = digits.iter().rev().enumerate().map(weigh).sum();
    digits.len() == 10 && sum.is_multiple_of(10)
}

#[test]
fn organisation_numbers_pass_the_check_digit_and_parties_stand_in_order_of_id() {
    let county = county();
    for organisation in &county.organisations {
        assert!(luhn(&organisation.organisation_number), "{}", organisation.id);
    }
    assert!(county.organisations.is_sorted_by_key(|organisation| &organisation.id));
}

#[test]
fn a_work_of_the_whole_county_names_all_eight() {
    let county = county();
    let work = county.works.iter().find(|work| work.id.as_str() == "hajstudien").expect("work");
    let facts = county.work_facts(work).expect("facts");
    let Some(Value::References(partners)) = value(&facts, "/facts/partners") else { panic!("partners") };
    assert_eq!(partners.len(), 10);
    assert!(partners.contains("org:ornskoldsvik") && partners.contains("partner:miun"));
}

#[test]
fn what_a_source_leaves_open_stays_open() {
    let county = county();
    let facts = |id: &str| {
        let work = county.works.iter().find(|work| work.id.as_str() == id).expect("work");
        county.work_facts(work).expect("facts")
    };
    let vacant = facts("barn-foraldrar-dor");
    assert_eq!(value(&vacant, "/facts/start"), Some(&Value::Date("unknown".into())));
    assert_eq!(value(&vacant, "/facts/lead-vacant"), Some(&Value::Boolean(true)));
    assert_eq!(value(&vacant, "/facts/lead-organisation"), None);
    let rollout = facts("sip-pa-distans");
    assert_eq!(value(&rollout, "/facts/stage"), Some(&Value::Reference("stage:ongoing".into())));
    assert_eq!(value(&rollout, "/facts/later"), Some(&Value::Text("2025-01-24: rolled-out (roadmap 6.2)".into())));
    let idea = facts("kompetens-kramfors");
    for path in ["/facts/summary", "/facts/form", "/facts/start", "/facts/criteria", "/facts/target-groups"] {
        assert_eq!(value(&idea, path), None, "{path}");
    }
}

#[test]
fn no_work_of_the_portfolio_fails_the_criteria_of_2021() {
    let county = county();
    for work in county.works.iter().filter(|work| work.in_portfolio) {
        let facts = WorkFacts {
            partners: Some(county.partner_kinds(work).expect("kinds").into_iter().collect()),
            claimed: Some(work.criteria.iter().cloned().collect()),
            has_description: work.summary.is_some(),
            financing_secured: None,
        };
        assert_eq!(criteria::check(&CriteriaSet::set_2021(), &facts).eligible, Answer::Unknown, "{}", work.id);
        let secured = WorkFacts { financing_secured: Some(true), ..facts };
        assert_eq!(criteria::check(&CriteriaSet::set_2021(), &secured).eligible, Answer::Yes, "{}", work.id);
    }
}

#[test]
fn the_countys_chain_of_decisions_may_be_stated_and_says_no_more_than_the_source() {
    let county = county();
    let founded = county.decisions_of(&Name::new("rvn").expect("an id")).expect("facts");
    let [(roadmap, approvals)] = founded.as_slice() else { panic!("{founded:?}") };
    assert_may_be_stated(DocumentKind::Decision, roadmap);
    assert_eq!(value(roadmap, "/minutes/date"), Some(&Value::Date("2025-01-24".into())));
    assert_eq!(value(roadmap, "/minutes/present"), None, "no source says who was there");
    let [approval] = approvals.as_slice() else { panic!("{approvals:?}") };
    assert_may_be_stated(DocumentKind::Decision, approval);
    assert_eq!(value(approval, "/minutes/date"), None, "no source says when it was approved");
    assert_eq!(value(approval, "/proposal/body"), Some(&Value::Reference("body:hogsta-tjansteledning".into())));
    assert!(county.decisions_of(&Name::new("timra").expect("an id")).expect("facts").is_empty());
}
