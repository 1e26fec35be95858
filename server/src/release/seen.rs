//! What a coordinator's working copy is to know of what stands: taken out of the driver in one go, with the joint texts as
//! they are to be written on.

use super::decision::Settled;
use crate::{failure::Failure, limits::PROSE_BASE_AWAITED_MS, projection, store::Store, working::Standing};
use samsyn_client::model;
use samsyn_core::{
    charter::Charter,
    document::{Fact, PathFacts},
    effect::Verdict,
    entry::{DocumentKind, Genesis},
    id::{DocumentId, FactId, HeaderHash, Name, OrgId, Path},
    ledger::Founded,
    prose::{self, Prose, ProseFact, SideBySide, WhyApart},
    rules,
    sync::Machine,
    value::{Value, ValueFault, ValueType},
};
use std::collections::{BTreeMap, BTreeSet};

/// What the ledger knows of a document, taken out of the driver.
pub(super) struct Seen {
    /// It lies in the county's space.
    pub(super) of_county: bool,
    pub(super) genesis: Genesis,
    pub(super) verdict: Verdict,
    /// Where it is a draft for comment of another party.
    pub(super) reply_to: Option<super::ReplyTo>,
    /// Of a decision: what stands alone at every path, whoever may write it, and every vote that was ever stated.
    pub(super) settled: Settled,
    /// Where measures are defined, areas and methods named, days stated, whoever may write there.
    pub(super) defined: BTreeSet<Path>,
    pub(super) votes: BTreeMap<Name, BTreeSet<FactId>>,
    /// Per path: every admitted fact that has a value or is a removal, what it replaces and who stated it.
    paths: BTreeMap<Path, PathSeen>,
}

struct PathSeen {
    standing: Vec<FactId>,
    admitted: BTreeMap<FactId, Fact>,
    /// What joint prose was written on that has no effect.
    bases: BTreeMap<FactId, Fact>,
    erased: Vec<FactId>,
}

pub(super) fn snapshot(machine: &Machine, document: Option<DocumentId>, now_ms: u64) -> (Charter, OrgId, Option<Seen>) {
    let ledger = machine.ledger();
    let charter = ledger.charters().in_force().1.clone();
    let seen = document.and_then(|id| Some((id, ledger.document(&id)?))).map(|(id, founded)| Seen {
        reply_to: ledger
            .asker(&founded.space)
            .filter(|asker| *asker != machine.own())
            .map(|asker| super::ReplyTo { asker: asker.clone(), ends_ms: ledger.ends_ms(&founded.space) }),
        of_county: founded.space == ledger.county(),
        genesis: founded.genesis.clone(),
        verdict: founded.verdict,
        defined: defined(&founded),
        settled: if founded.genesis.kind == DocumentKind::Decision { settled(&founded) } else { Settled::new() },
        votes: votes(&founded),
        paths: founded
            .document
            .paths()
            .filter(|(path, _)| rules::writable(&charter, founded.genesis, machine.own(), path))
            // Of another's draft nothing comes into a working copy, where it would outlive its end (keeps I10).
            .filter(|(_, at)| {
                ledger.asker(&founded.space).is_none() || at.standing().all(|(_, f)| f.author == *machine.own())
            })
            .map(|(path, at)| {
                let prose = |f: &Fact| f.value.as_ref().is_some_and(|v| v.kind == ValueType::Prose);
                // Asked at every publication: a path may have any number of earlier facts.
                let prose = if at.conflict() {
                    at.admitted().values().any(prose)
                } else {
                    at.standing().any(|(_, fact)| prose(fact))
                };
                // History is only needed where it is merged.
                let history: BTreeMap<FactId, Fact> = if prose {
                    let admitted = at.admitted().iter().map(|(id, fact)| (*id, fact.clone()));
                    let all = admitted.chain(ledger.prose_bases_without_effect(&id, path)).collect();
                    without_gaps(|header| ledger.record(header).is_some(), all, now_ms)
                } else {
                    at.standing().map(|(id, fact)| (*id, fact.clone())).collect()
                };
                let erased = founded.document.erased();
                let erased = history.keys().filter(|id| erased.contains(id)).copied().collect();
                let (admitted, bases) = history.into_iter().partition(|(id, _)| at.admitted().contains_key(id));
                (path.clone(), PathSeen { standing: standing(&admitted), admitted, bases, erased })
            })
            .collect(),
    });
    (charter, machine.own().clone(), seen)
}

fn defined(founded: &Founded<'_>) -> BTreeSet<Path> {
    let names = |path: &Path| match founded.genesis.kind {
        DocumentKind::Indicators => path.as_str().starts_with("/definitions/"),
        // Where several statements stand, a draft has none of them: that they are there is known all the same.
        DocumentKind::Roadmap => path.as_str().ends_with("/title"),
        DocumentKind::Programme => path.as_str().ends_with("/date"),
        DocumentKind::Work | DocumentKind::Decision => false,
    };
    let stands = |(path, at): &(&Path, &PathFacts)| names(path) && at.standing().any(|(_, fact)| fact.value.is_some());
    founded.document.paths().filter(stands).map(|(path, _)| path.clone()).collect()
}

fn settled(founded: &Founded<'_>) -> Settled {
    let alone = founded.document.paths().filter_map(|(path, at)| Some((path, at.settled()?)));
    let erased = founded.document.erased();
    let here = alone.filter(|(_, (id, fact))| fact.value.is_some() && !erased.contains(id));
    here.map(|(path, (id, fact))| (path.clone(), (*id, fact.clone()))).collect()
}

fn votes(founded: &Founded<'_>) -> BTreeMap<Name, BTreeSet<FactId>> {
    let at_seat = |(path, at): (&Path, &PathFacts)| match path.segments()[..] {
        ["votes", seat] if founded.genesis.kind == DocumentKind::Decision => {
            let stated = at.admitted().iter().filter(|(_, fact)| fact.value.is_some());
            Some((Name::new(seat).ok()?, stated.map(|(id, _)| *id).collect()))
        }
        _ => None,
    };
    founded.document.paths().filter_map(at_seat).collect()
}

/// The facts whose bases are here, and the bases of those. A publication can arrive before what it was based on: each is
/// in another log. Set beside what there is it would repeat the words of its base; so a working copy waits for that, but
/// not for ever, since a base may be invented.
fn without_gaps(
    is_here: impl Fn(&HeaderHash) -> bool,
    mut left: BTreeMap<FactId, Fact>,
    now_ms: u64,
) -> BTreeMap<FactId, Fact> {
    let waits = |fact: &Fact| fact.hlc_ms.abs_diff(now_ms) < PROSE_BASE_AWAITED_MS;
    let unknown = |base: &FactId| !is_here(&base.header);
    let mut gone: BTreeSet<FactId> =
        left.iter().filter(|(_, fact)| waits(fact) && fact.replaces.iter().any(unknown)).map(|(id, _)| *id).collect();
    while !gone.is_empty() {
        left.retain(|id, _| !gone.contains(id));
        gone = left.iter().filter(|(_, f)| f.replaces.iter().any(|b| gone.contains(b))).map(|(id, _)| *id).collect();
    }
    left
}

fn standing(admitted: &BTreeMap<FactId, Fact>) -> Vec<FactId> {
    let replaced: BTreeSet<&FactId> = admitted.values().flat_map(|fact| &fact.replaces).collect();
    admitted.keys().filter(|id| !replaced.contains(id)).copied().collect()
}

impl Seen {
    /// What stands at every path that this organisation may write, with values. A path whose value has not arrived is
    /// left out: it is imported when it is here.
    pub(super) async fn standing(&self, store: &Store) -> Result<BTreeMap<Path, Standing>, Failure> {
        let mut headers: Vec<HeaderHash> =
            self.paths.values().flat_map(|p| p.admitted.keys().chain(p.bases.keys()).map(|f| f.header)).collect();
        headers.sort_unstable();
        headers.dedup();
        let values = store.values_of(&headers).await?;
        let stands = |(path, seen): (&Path, &PathSeen)| Some((path.clone(), seen.stands(&values)?));
        // A merge of hostile texts can take seconds: it must not hold up other calls.
        Ok(tokio::task::block_in_place(|| self.paths.iter().filter_map(stands).collect()))
    }
}

impl PathSeen {
    fn stands(&self, values: &projection::Values) -> Option<Standing> {
        let facts = self.standing.clone();
        let settled = |value| Some(Standing { facts: facts.clone(), value, contested: false });
        match self.standing.as_slice() {
            [] => None,
            [one] => match self.value(one, values) {
                Ok(value) => settled(value),
                Err(ValueFault::Missing) => None,
                Err(_) => settled(None),
            },
            _ if self.joint() => match self.joined(values) {
                Joined::Text(text) => settled(Some(Value::Prose(text)).filter(|v| v.as_text() != Some(""))),
                Joined::TooLong => Some(Standing { facts, value: None, contested: true }),
                Joined::NotYet => None,
            },
            _ => Some(Standing { facts, value: None, contested: true }),
        }
    }

    /// True where every standing fact is prose or takes prose away.
    fn joint(&self) -> bool {
        let prose = |id: &FactId| {
            let value = self.admitted.get(id).and_then(|fact| fact.value.as_ref());
            value.is_none_or(|v| v.kind == ValueType::Prose)
        };
        self.standing.iter().all(prose)
            && self.admitted.values().any(|f| f.value.as_ref().is_some_and(|v| v.kind == ValueType::Prose))
    }

    fn value(&self, id: &FactId, values: &projection::Values) -> Result<Option<Value>, ValueFault> {
        let fact = self.admitted.get(id).or_else(|| self.bases.get(id));
        let Some(outline) = fact.and_then(|f| f.value.as_ref()) else { return Ok(None) };
        if self.erased.contains(id) {
            return Err(ValueFault::Erased);
        }
        values.get(&id.header).and_then(|v| v.get(&id.index)).ok_or(ValueFault::Missing)?.open(outline).map(Some)
    }

    /// What a coordinator goes on from where several versions of a joint text stand: their merge; where they have no
    /// common base what a later merge will have; where neither can be made every version that is left, one after the
    /// other, so that no publication loses anybody's words.
    fn joined(&self, values: &projection::Values) -> Joined {
        let facts = projection::prose_facts(self.admitted.iter(), &self.bases, |f| self.erased.contains(f), values);
        let text = match prose::merge(&facts) {
            Prose::Empty { .. } => String::new(),
            Prose::Merged(merged) => merged.text,
            Prose::SideBySide(apart) => match beginnings(&facts, &apart) {
                Some(text) => text,
                // What the merge needs may still be on its way: set one after the other, versions would repeat their base.
                None if self.some_are_missing(values) => return Joined::NotYet,
                None => one_after_the_other(apart),
            },
        };
        if text.len() <= model::PROSE_DRAFT_BYTES_MAX { Joined::Text(text) } else { Joined::TooLong }
    }

    fn some_are_missing(&self, values: &projection::Values) -> bool {
        self.admitted
            .keys()
            .chain(self.bases.keys())
            .any(|id| matches!(self.value(id, values), Err(ValueFault::Missing)))
    }
}

fn beginnings(facts: &BTreeMap<FactId, ProseFact>, apart: &SideBySide) -> Option<String> {
    if apart.why == WhyApart::NoCommonBase { prose::joined(facts).ok() } else { None }
}

fn one_after_the_other(apart: SideBySide) -> String {
    let mut texts: Vec<String> = apart.versions.into_iter().filter_map(|v| v.text).collect();
    texts.retain(|t| !t.is_empty());
    texts.dedup();
    texts.join("\n\n")
}

/// Several versions of a joint text, as a coordinator goes on from them.
enum Joined {
    Text(String),
    /// More than a working copy may hold.
    TooLong,
    /// A text that the merge needs has not arrived.
    NotYet,
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::id::OutlineHash;

    const NOW: u64 = 1_800_000_000_000;

    fn id(n: u8) -> FactId {
        FactId { header: HeaderHash([n; 32]), index: 0 }
    }

    fn fact(n: u8, bases: &[u8], hlc_ms: u64) -> (FactId, Fact) {
        let author = OrgId::new("timra").expect("a legal name");
        let replaces = bases.iter().copied().map(id).collect();
        (id(n), Fact { author, value: None, replaces, outline: OutlineHash([n; 32]), hlc_ms })
    }

    /// 1 ◄─ 2 stands; of 3 ◄─ 4 ◄─ 5 the first has not arrived.
    #[test]
    fn a_publication_waits_for_what_it_was_based_on_but_not_for_ever() {
        let admitted: BTreeMap<FactId, Fact> =
            [fact(1, &[], NOW), fact(2, &[1], NOW), fact(4, &[3], NOW), fact(5, &[4, 2], NOW)].into();
        let here = |header: &HeaderHash| header.0 != [3; 32];
        let seen = |now_ms| standing(&without_gaps(here, admitted.clone(), now_ms));
        assert_eq!(seen(NOW), [id(2)]);
        assert_eq!(seen(NOW + PROSE_BASE_AWAITED_MS - 1), [id(2)]);
        assert_eq!(seen(NOW + PROSE_BASE_AWAITED_MS), [id(5)]);
        let all_here = without_gaps(|_| true, admitted.clone(), NOW);
        assert_eq!(standing(&all_here), [id(5)]);
    }
}
