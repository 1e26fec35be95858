//! One work with every standing fact, and a working copy that has never been shared.

use super::{
    Eyes, Moment, View,
    list::draft_info,
    resolve::{Resolved, not_found},
};
use crate::{
    failure::Failure,
    projection::{self, Values},
    working,
};
use samsyn_client::{county, model, schema::title_path};
use samsyn_core::{
    charter::{Charter, PartyKind},
    criteria::{self, CriteriaSet, PartnerKind, WorkFacts},
    document::{Document, Fact, PathFacts},
    effect::Verdict,
    entry::{DocumentKind, Genesis},
    id::{DocumentId, FactId, HeaderHash, Name, OrgId, Path, SpaceId},
    ledger::{Founded, Ledger},
    prose::Prose,
    value::{Value, ValueType},
};
use samsyn_wire::v1;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the criteria are checked with.
const CRITERIA_PATHS: [&str; 5] = [
    "/facts/partners",
    "/facts/criteria",
    "/facts/financing-secured",
    "/facts/summary",
    "/facts/application/criteria-set",
];

/// A document as the driver's machine has it, taken out.
pub(super) struct Taken {
    pub(super) genesis: Genesis,
    space: SpaceId,
    pub(super) verdict: Verdict,
    pub(super) document: Document,
    charter: Arc<Charter>,
    /// What joint prose was written on that has no effect, by path.
    bases: BTreeMap<Path, BTreeMap<FactId, Fact>>,
    /// Paths where all that stands has been released to the eyes that look.
    seen: BTreeSet<Path>,
    /// Of a decision: votes that no longer stand and have been released to the eyes that look.
    earlier_votes: Vec<(Path, FactId)>,
    erased: Option<v1::Erased>,
}

impl Taken {
    pub(super) fn founded(&self) -> Founded<'_> {
        Founded { genesis: &self.genesis, space: self.space, verdict: self.verdict, document: &self.document }
    }

    /// What the text at a path was written on that has no effect.
    pub(super) fn bases(&self, path: &Path) -> &BTreeMap<FactId, Fact> {
        const NONE: &BTreeMap<FactId, Fact> = &BTreeMap::new();
        self.bases.get(path).unwrap_or(NONE)
    }

    fn paths(&self) -> impl Iterator<Item = (&Path, &PathFacts)> {
        self.document.paths().filter(|(path, _)| self.seen.contains(path))
    }

    /// True if something stands there, and all of it has been released to the eyes that look.
    pub(super) fn sees(&self, path: &str) -> bool {
        Path::new(path).is_ok_and(|path| self.seen.contains(&path))
    }

    /// True if nothing stands at these paths that the eyes may not see.
    fn shows_all(&self, paths: &[&str]) -> bool {
        let stands = |path: &Path| self.document.at(path).is_some_and(|at| at.standing().next().is_some());
        paths.iter().filter_map(|path| Path::new(path).ok()).all(|path| !stands(&path) || self.seen.contains(&path))
    }

    /// True if all that an outcome is computed from is for these eyes: of a part of it another would be computed.
    fn shows_deliberation(&self) -> bool {
        let stands = self.document.paths().filter(|(_, at)| at.standing().next().is_some());
        let decides = |path: &Path| ["/minutes/", "/proposal/motions/"].iter().any(|of| path.as_str().starts_with(of));
        stands.filter(|(path, _)| decides(path)).all(|(path, _)| self.seen.contains(path))
    }

    /// True if these eyes may not know that the document is there.
    fn hides_title(&self, eyes: Eyes) -> bool {
        eyes == Eyes::Public && !self.sees(title_path(self.genesis.kind))
    }

    /// The entries whose values are asked for.
    fn headers(&self) -> BTreeSet<HeaderHash> {
        let mut headers = projection::standing_headers(&self.founded());
        // Joint prose is read as the merge along all its versions.
        let versions = self.document.paths().filter(|(_, at)| joint(at)).flat_map(|(_, at)| at.admitted().keys());
        headers.extend(versions.chain(self.bases.values().flat_map(BTreeMap::keys)).map(|f| f.header));
        headers.extend(self.earlier_votes.iter().map(|(_, vote)| vote.header));
        headers
    }

    /// When the latest fact that stands and is seen was stated.
    fn updated_ms(&self) -> Option<u64> {
        self.paths().flat_map(|(_, at)| at.standing()).map(|(_, fact)| fact.hlc_ms).max()
    }
}

impl View {
    pub(crate) async fn work(&self, id: &str, eyes: Eyes) -> Result<v1::Work, Failure> {
        self.work_at(id, eyes, &Moment::Now).await
    }

    /// The same as this node knew it at a moment.
    pub(crate) async fn work_at(&self, id: &str, eyes: Eyes, moment: &Moment) -> Result<v1::Work, Failure> {
        let (mut work, asked) = self.stated(id, eyes, moment).await?;
        if let Some(asked) = asked {
            let sets = self.criteria_sets(eyes, moment).await?;
            work.criteria = asked.assess(&sets).as_ref().map(Into::into);
        }
        Ok(work)
    }

    /// The versions of the criteria that the programme states; those that ship with the program where it states none.
    pub(crate) async fn criteria_sets(&self, eyes: Eyes, moment: &Moment) -> Result<Vec<CriteriaSet>, Failure> {
        let programmes = self.records(DocumentKind::Programme, eyes, moment).await?;
        let stated = programmes.iter().map(|programme| county::criteria::sets(programme)).find(|sets| !sets.is_empty());
        Ok(stated.unwrap_or_else(|| vec![CriteriaSet::set_2021(), CriteriaSet::set_2023()]))
    }

    /// What stands in a document; of a work with what the criteria ask of it.
    pub(super) async fn stated(
        &self,
        id: &str,
        eyes: Eyes,
        moment: &Moment,
    ) -> Result<(v1::Work, Option<Asked>), Failure> {
        let resolved = self.find(id, eyes).await?;
        let Some(id) = resolved.document else { return Ok((self.draft(resolved).await?, None)) };
        let taken = self.take_at(id, eyes, None, moment).await?;
        if matches!(taken.verdict, Verdict::Refused(_)) && resolved.working_copy.is_some() {
            return Ok((self.draft(resolved).await?, None)); // what has lost its effect is a draft again
        }
        if taken.hides_title(eyes) {
            return Err(not_found(&id.to_string()));
        }
        let values = self.store.values_of(&Vec::from_iter(taken.headers())).await?;
        let (mut work, asked) = self.tell(id, taken, &values).await;
        work.draft = resolved.working_copy.as_ref().map(draft_info).transpose()?;
        Ok((work, asked))
    }

    /// What stands in several documents, without any draft: one look into the ledger and one into the store for all of
    /// them. Those that are not for these eyes are left out.
    pub(super) async fn stated_all(
        &self,
        ids: Vec<DocumentId>,
        eyes: Eyes,
        moment: &Moment,
    ) -> Result<Vec<(DocumentId, v1::Work)>, Failure> {
        let then = moment.clone();
        let taken = self.driver.query(move |machine, _| {
            let charter = Arc::new(machine.ledger().charters().in_force().1.clone());
            let take = |id| Some((id, take(machine.ledger(), &charter, id, eyes, None, &then)?));
            let taken = ids.into_iter().filter_map(take);
            taken.filter(|(_, taken)| taken.verdict.admitted() && !taken.hides_title(eyes)).collect::<Vec<_>>()
        });
        let taken = taken.await?;
        let headers: BTreeSet<HeaderHash> = taken.iter().flat_map(|(_, taken)| taken.headers()).collect();
        let values = self.store.values_of(&Vec::from_iter(headers)).await?;
        let mut works = Vec::with_capacity(taken.len());
        for (id, taken) in taken {
            works.push((id, self.tell(id, taken, &values).await.0));
        }
        Ok(works)
    }

    async fn tell(&self, id: DocumentId, taken: Taken, values: &Values) -> (v1::Work, Option<Asked>) {
        let founded = taken.founded();
        let mut facts = Vec::new();
        for (path, at) in taken.paths() {
            let merged = if joint(at) { Some(self.merged(&taken, path, at, values).await) } else { None };
            facts.extend(shown(&founded, path, at, values, merged));
        }
        let shows = taken.shows_all(&CRITERIA_PATHS) && !projection::is_disposed(&founded);
        let asked =
            (taken.genesis.kind == DocumentKind::Work && shows).then(|| Asked::of(&founded, &taken.charter, values));
        let number = projection::settled(&founded, "/facts/public-number", values)
            .filter(|_| taken.shows_all(&["/facts/public-number"]));
        let body = taken.genesis.body.as_ref().filter(|_| taken.shows_deliberation()).map(Into::into);
        let work = v1::Work {
            document_id: id.to_string(),
            kind: v1::DocumentKind::from(taken.genesis.kind).into(),
            owner: taken.genesis.owner.to_string(),
            authority: taken.genesis.authority.to_string(),
            archive_owner: taken.genesis.archive_owner.to_string(),
            facts,
            criteria: None,
            draft: None,
            updated_ms: taken.updated_ms().unwrap_or(0),
            public_number: number.and_then(|v| v.as_text().map(ToOwned::to_owned)).unwrap_or_default(),
            body,
            earlier_votes: earlier_votes(&taken, values),
            erased: taken.erased,
        };
        (work, asked)
    }

    async fn merged(&self, taken: &Taken, path: &Path, at: &PathFacts, values: &Values) -> Prose {
        let erased = |id: &FactId| taken.document.erased().contains(id);
        self.merges.merged(&projection::prose_facts(at.admitted().iter(), taken.bases(path), erased, values)).await
    }

    /// A work's title; none where it is unknown, in conflict or not for these eyes.
    pub(crate) async fn title(&self, id: &str, eyes: Eyes) -> Result<Option<String>, Failure> {
        let Some(document) = self.find(id, eyes).await?.document else { return Ok(None) };
        let taken = self.take(document, eyes, None).await?;
        let founded = taken.founded();
        let title_at = title_path(taken.genesis.kind);
        let path = Path::new(title_at)?;
        let header = taken.document.at(&path).and_then(|at| at.settled()).map(|(id, _)| id.header);
        let values = self.store.values_of(&header.into_iter().collect::<Vec<_>>()).await?;
        let title = projection::settled(&founded, title_at, &values).filter(|_| taken.sees(title_at));
        Ok(title.and_then(|v| v.as_text().map(ToOwned::to_owned)))
    }

    /// A working copy that has never been published, shown as a work.
    async fn draft(&self, resolved: Resolved) -> Result<v1::Work, Failure> {
        let own = self.driver.query(|machine, _| machine.own().clone()).await?;
        let Some(row) = resolved.working_copy else { return Ok(v1::Work::default()) };
        let document = working::load(&row.automerge)?;
        let kind = model::kind(&document).map_err(working::failure)?;
        let draft = model::read(&document).map_err(working::failure)?;
        let facts = draft.values().into_iter().map(|(path, value)| v1::Fact {
            path: path.to_string(),
            value: Some((&value).into()),
            stated_by: own.to_string(),
            standing: true,
            ..v1::Fact::default()
        });
        Ok(v1::Work {
            kind: v1::DocumentKind::from(kind).into(),
            owner: own.to_string(),
            authority: row.authority.to_string(),
            archive_owner: own.to_string(),
            facts: facts.collect(),
            draft: Some(draft_info(&row)?),
            ..v1::Work::default()
        })
    }

    /// What stands; with it all versions of joint prose, and of the text that is asked for.
    pub(super) async fn take(&self, id: DocumentId, eyes: Eyes, text: Option<Path>) -> Result<Taken, Failure> {
        self.take_at(id, eyes, text, &Moment::Now).await
    }

    /// The same as this node knew it at a moment.
    async fn take_at(&self, id: DocumentId, eyes: Eyes, text: Option<Path>, moment: &Moment) -> Result<Taken, Failure> {
        let moment = moment.clone();
        let taken = self.driver.query(move |machine, _| {
            let charter = Arc::new(machine.ledger().charters().in_force().1.clone());
            take(machine.ledger(), &charter, id, eyes, text.as_ref(), &moment)
        });
        taken.await?.ok_or_else(|| {
            Failure::new(samsyn_core::code::Code::InputNotFound, "the document is not here", "see 'samsyn work list'")
        })
    }
}

/// A document of the county, out of the ledger.
fn take(
    ledger: &Ledger,
    charter: &Arc<Charter>,
    id: DocumentId,
    eyes: Eyes,
    text: Option<&Path>,
    moment: &Moment,
) -> Option<Taken> {
    let founded = ledger.document(&id).filter(|founded| founded.space == ledger.county())?;
    if !moment.knows(&HeaderHash(id.0)) {
        return None;
    }
    let then = moment.of(founded.document);
    let founded = Founded { document: then.as_ref(), ..founded };
    let stands = founded.document.paths().filter(|(_, at)| at.standing().next().is_some());
    let seen = stands.filter(|(_, at)| at.standing().all(|(id, _)| eyes.may_see(ledger, &id.header)));
    let merged = |path: &Path, at: &PathFacts| joint(at) || text == Some(path);
    let decides = founded.genesis.kind == DocumentKind::Decision;
    let votes = |path: &Path| decides && path.as_str().starts_with("/votes/");
    let of_votes = founded.document.paths().filter(|(path, _)| votes(path));
    let earlier_votes = of_votes.flat_map(|(path, at)| {
        let stands: BTreeSet<FactId> = at.standing().map(|(id, _)| *id).collect();
        let gone = at.admitted().keys().filter(move |id| !stands.contains(id));
        gone.map(move |id| (path.clone(), *id)).collect::<Vec<_>>()
    });
    let texts = founded.document.paths().filter(|(path, at)| merged(path, at));
    let bases = texts.map(|(path, _)| (path.clone(), ledger.prose_bases_without_effect(&id, path)));
    Some(Taken {
        bases: bases.collect(),
        seen: seen.map(|(path, _)| path.clone()).collect(),
        genesis: founded.genesis.clone(),
        space: founded.space,
        verdict: founded.verdict,
        earlier_votes: earlier_votes.filter(|(_, id)| eyes.may_see(ledger, &id.header)).collect(),
        document: founded.document.current(|path, at| merged(path, at) || votes(path)),
        erased: erased(ledger, &founded),
        charter: Arc::clone(charter),
    })
}

/// What has been erased of a document, and which of the other parties say that it is gone there.
fn erased(ledger: &Ledger, founded: &Founded<'_>) -> Option<v1::Erased> {
    let value = |fact: &&FactId| ledger.fact(fact).is_some_and(|outline| outline.value.is_some());
    let facts: BTreeSet<FactId> = founded.document.erased().iter().filter(value).copied().collect();
    let says = |org: &&OrgId| founded.document.executed().get(*org).is_some_and(|said| facts.is_subset(said));
    let (_, charter) = ledger.charters().in_force();
    let others = charter.parties.iter().map(|p| &p.id).filter(|id| **id != founded.genesis.archive_owner);
    let (done, not): (Vec<&OrgId>, Vec<&OrgId>) = others.partition(says);
    let names = |of: Vec<&OrgId>| of.into_iter().map(ToString::to_string).collect();
    (!facts.is_empty()).then(|| v1::Erased {
        values: facts.len() as u64,
        carried_out_by: names(done),
        not_carried_out_by: names(not),
    })
}

/// True where several versions of a prose stand.
fn joint(at: &PathFacts) -> bool {
    at.conflict() && at.standing().all(|(_, f)| f.value.as_ref().is_none_or(|v| v.kind == ValueType::Prose))
}

/// What stands at a path: every standing fact, or one merged text where versions of a prose can be merged.
fn shown(founded: &Founded<'_>, path: &Path, at: &PathFacts, values: &Values, merged: Option<Prose>) -> Vec<v1::Fact> {
    match merged {
        Some(Prose::Empty { .. }) => return Vec::new(), // all of them take it away
        Some(Prose::Merged(merged)) => {
            let authors: BTreeSet<String> = at.standing().map(|(_, f)| f.author.to_string()).collect();
            return vec![v1::Fact {
                path: path.to_string(),
                value: Some((&Value::Prose(merged.text)).into()),
                stated_by: authors.into_iter().collect::<Vec<_>>().join(", "),
                stated_ms: at.standing().map(|(_, f)| f.hlc_ms).max().unwrap_or(0),
                standing: true,
                ..v1::Fact::default()
            }];
        }
        Some(Prose::SideBySide(_)) | None => {}
    }
    at.standing().map(|fact| v1::Fact { standing: true, ..one(founded, path, at, fact, values) }).collect()
}

/// One fact, standing or not.
fn one(founded: &Founded<'_>, path: &Path, at: &PathFacts, (id, fact): (&FactId, &Fact), values: &Values) -> v1::Fact {
    let value = projection::value_of(founded, id, at, values);
    v1::Fact {
        path: path.to_string(),
        stated_by: fact.author.to_string(),
        stated_ms: fact.hlc_ms,
        fact_id: id.to_string(),
        standing: false,
        conflict: at.conflict(),
        removed: fact.value.is_none(),
        value_fault: value.as_ref().err().map(|f| f.code().to_string()).unwrap_or_default(),
        value: value.ok().flatten().as_ref().map(Into::into),
    }
}

/// Votes that no longer stand, by path and fact.
fn earlier_votes(taken: &Taken, values: &Values) -> Vec<v1::Fact> {
    let founded = taken.founded();
    let vote = |(path, id): &(Path, FactId)| {
        let at = founded.document.at(path)?;
        Some(v1::Fact { conflict: false, ..one(&founded, path, at, (id, at.admitted().get(id)?), values) })
    };
    taken.earlier_votes.iter().filter_map(vote).collect()
}

/// What the criteria ask of a work, from what stands.
pub(super) struct Asked {
    facts: WorkFacts,
    /// The version that its application names.
    version: Option<Name>,
}

impl Asked {
    fn of(founded: &Founded<'_>, charter: &Charter, values: &Values) -> Self {
        let named = projection::settled(founded, "/facts/application/criteria-set", values);
        let named = named.as_ref().and_then(Value::as_text).and_then(|reference| reference.split_once(':'));
        let version = named.and_then(|(_, version)| Name::new(version).ok());
        Self { facts: facts(founded, charter, values), version }
    }

    /// By the version that it names, or the latest; nothing where nobody has stated that version.
    fn assess(&self, sets: &[CriteriaSet]) -> Option<criteria::Assessment> {
        let set = county::criteria::chosen(sets, self.version.as_ref().map(Name::as_str))?;
        Some(criteria::check(set, &self.facts))
    }
}

fn facts(founded: &Founded<'_>, charter: &Charter, values: &Values) -> WorkFacts {
    let value = |path: &str| projection::settled(founded, path, values);
    let references = |path: &str| match value(path) {
        Some(Value::References(set)) => Some(set),
        _ => None,
    };
    let kind = |reference: &String| {
        let (kind, id) = reference.split_once(':')?;
        let party = OrgId::new(id).ok().filter(|_| kind == "org").and_then(|id| charter.party(&id).map(|p| p.kind));
        Some(match party {
            Some(PartyKind::Region) => PartnerKind::Region,
            Some(PartyKind::Municipality) => PartnerKind::Municipality,
            _ => PartnerKind::Other,
        })
    };
    let partners: Option<BTreeSet<PartnerKind>> =
        references("/facts/partners").map(|set| set.iter().filter_map(kind).collect());
    let claimed = references("/facts/criteria")
        .map(|set| set.iter().filter_map(|r| Name::new(r.split_once(':')?.1).ok()).collect::<BTreeSet<Name>>());
    let financing_secured = match value("/facts/financing-secured") {
        Some(Value::Boolean(secured)) => Some(secured),
        _ => None,
    };
    let has_description = value("/facts/summary").is_some_and(|v| v.as_text().is_some_and(|t| !t.trim().is_empty()));
    WorkFacts { partners, claimed, has_description, financing_secured }
}
