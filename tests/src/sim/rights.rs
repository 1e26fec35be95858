//! Who may write which path, said a second time from the design's table and not from the core's rule set: what I5 is
//! checked against.

use samsyn_core::{
    charter::Charter,
    entry::{DocumentKind, Genesis},
    id::{OrgId, Path},
};

#[allow(clippy::match_same_arms, reason = "one line for each line of the design's table")]
/// True if the author may write the path of such a document under the charter it cites.
pub(super) fn may_write(charter: &Charter, genesis: &Genesis, author: &OrgId, path: &Path) -> bool {
    let segments = path.segments();
    let me = |name: &str| name == author.as_str();
    let owner = genesis.owner == *author;
    let office = charter.programme_office.contains(author);
    let body = genesis.body.as_ref();
    // What every kind of document has.
    match segments.as_slice() {
        ["note"] => return true,
        ["remarks", org, _, ..] | ["attested", org] | ["register", org, _, _] => return me(org),
        _ => {}
    }
    match (genesis.kind, segments.as_slice()) {
        (DocumentKind::Work, ["facts" | "closed", _, ..] | ["reports", _, _, ..]) => owner,
        (DocumentKind::Work, ["parties" | "continues", org, _, ..] | ["learnings", org, _, _, ..]) => me(org),
        (DocumentKind::Work, ["assessment", org, _, _, ..]) => me(org) && office,
        (DocumentKind::Roadmap, ["areas", _, "parties", org, _, ..] | ["rollout", _, org]) => me(org),
        (DocumentKind::Roadmap, ["areas" | "activities", _, _, ..] | ["text", _]) => true,
        (DocumentKind::Decision, ["proposal" | "minutes", _, ..]) => body.is_some_and(|b| b.secretary == *author),
        (DocumentKind::Decision, ["votes" | "reservations", seat]) => {
            body.is_some_and(|b| b.seats.iter().any(|(s, org)| s.as_str() == *seat && org == author))
        }
        (DocumentKind::Decision, ["ratifications", org, _, _, _, ..]) => me(org),
        (DocumentKind::Indicators, ["definitions", _, ..]) => owner,
        (DocumentKind::Indicators, ["values", org, _, _]) => me(org),
        (DocumentKind::Programme, _) => office,
        _ => false,
    }
}
