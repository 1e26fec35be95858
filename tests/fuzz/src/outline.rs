//! Outlines: what decodes is the one encoding of what it says, within every bound, and is judged without fail.

use crate::{county, plan::Plan};
use samsyn_core::{
    entry::{DocumentKind, FactOutline, Kind, Outline},
    id::{Name, Path},
    limits, rules,
};

const KINDS: [Kind; 7] =
    [Kind::Space, Kind::Document, Kind::Release, Kind::Facts, Kind::Erasure, Kind::Receipt, Kind::Card];

/// The first byte says of what kind the header says it is, the rest is the outline.
pub fn check(data: &[u8]) {
    let mut plan = Plan::new(data);
    let kind = KINDS[plan.below(KINDS.len())];
    let bytes = plan.rest();
    let Ok(outline) = Outline::decode(kind, bytes) else { return };
    assert_eq!(outline.kind(), kind);
    assert_eq!(outline.encode(), bytes, "one encoding for each outline");
    assert!(bytes.len() <= limits::OUTLINE_BYTES_MAX);
    if let Some(short) = bytes.len().checked_sub(1) {
        assert!(Outline::decode(kind, &bytes[..short]).is_err(), "an outline without its end is none");
    }
    assert!(Outline::decode(kind, &[bytes, &[0]].concat()).is_err(), "an outline and a byte more is none");
    match &outline {
        Outline::Space(o) => assert!(o.members.len() <= limits::SPACE_MEMBERS_MAX),
        Outline::Document(o) => {
            assert!(o.body.as_ref().is_none_or(|b| b.seats.len() <= limits::SEATS_MAX));
            let judged = rules::may_found(county::charter(), o, &county::org(0));
            assert_eq!(judged, rules::may_found(county::charter(), o, &county::org(0)));
        }
        Outline::Facts(facts) => {
            assert!(facts.len() <= limits::FACTS_PER_ENTRY_MAX);
            facts.iter().take(8).for_each(check_fact);
        }
        Outline::Erasure(o) => assert!(o.facts.len() <= limits::ERASED_FACTS_MAX),
        Outline::Receipt(o) => {
            assert!(o.moved.len() <= limits::RECEIPT_LOGS_MAX && o.level1.len() <= limits::PARTIES_MAX);
        }
        Outline::Card(o) => {
            assert!(o.endpoints.iter().chain(&o.pins).all(|label| label.len() <= limits::LABEL_BYTES_MAX));
        }
        Outline::Release(_) => {}
    }
}

fn check_fact(fact: &FactOutline) {
    assert!(fact.replaces.len() <= limits::REPLACES_MAX);
    assert_eq!(Path::new(fact.path.as_str()).as_ref(), Ok(&fact.path));
    let segments = fact.path.segments();
    assert!((1..=limits::PATH_SEGMENTS_MAX).contains(&segments.len()) && segments.iter().all(|s| Name::new(s).is_ok()));
    for kind in [
        DocumentKind::Work,
        DocumentKind::Roadmap,
        DocumentKind::Decision,
        DocumentKind::Indicators,
        DocumentKind::Programme,
    ] {
        let genesis = county::genesis_of(kind, 0);
        // No path lets two parties in where only one may write: the owner, or the party that the path names.
        let may: Vec<bool> = (0..county::PARTIES)
            .map(|n| rules::may_state(county::charter(), &genesis, &county::org(n), fact).is_ok())
            .collect();
        let own = matches!((kind, segments[0]), (DocumentKind::Work, "facts" | "parties" | "learnings"));
        assert!(!own || may.iter().filter(|m| **m).count() <= 1, "{:?} {may:?}", fact.path);
    }
}
