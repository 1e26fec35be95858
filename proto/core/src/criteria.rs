//! Inclusion criteria: does a work qualify for the portfolio, under which version of the criteria, and why.
//!
//! A set is versioned data that the programme document states; the two that the programme has used ship here. The
//! assessment is computed from a work's facts and never stored, so that it cannot grow old. It advises: a body decides
//! each application, and may say no to what qualifies. What nobody has stated is *unknown*, which is not *no*.
//!
//! Reasons are codes; their Swedish wording belongs to the interface.

use crate::id::Name;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// One version of the criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriteriaSet {
    pub version: Name,
    /// All of these must hold.
    pub mandatory: Vec<Mandatory>,
    /// At least one of these must be claimed. Without any listed, nothing is asked.
    pub at_least_one_of: Vec<Name>,
    /// What an application must hold before a body may decide.
    pub requires: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mandatory {
    pub id: Name,
    pub rule: Rule,
}

/// How a mandatory criterion is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Computed: a region and at least one municipality take part.
    RegionAndAtLeastOneMunicipality,
    /// A person's judgement: holds where it is claimed, unknown where it is not.
    Claimed,
}

impl Rule {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegionAndAtLeastOneMunicipality => "region-and-at-least-one-municipality",
            Self::Claimed => "claimed",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    Description,
    Financing,
}

/// What kind of organisation takes part in a work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartnerKind {
    Region,
    Municipality,
    /// A company, an association, a university: it counts for no criterion.
    Other,
    /// Named as a partner, and nobody has said what it is.
    Unknown,
}

/// What a work states, as far as the criteria ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkFacts {
    /// Kinds of those that take part; `None` where no partners are stated.
    pub partners: Option<BTreeSet<PartnerKind>>,
    /// Criteria that the work claims; `None` where none are stated, which differs from an empty set.
    pub claimed: Option<BTreeSet<Name>>,
    pub has_description: bool,
    /// `None` where nobody has said.
    pub financing_secured: Option<bool>,
}

/// Does the work qualify, and what decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub version: Name,
    pub eligible: Answer,
    /// In the order of the set: mandatory, the optional ones and their sum, requirements.
    pub ticks: Vec<Tick>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Yes,
    No,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub criterion: Criterion,
    pub result: Answer,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Criterion {
    Mandatory(Name),
    /// One of several; alone it decides nothing.
    Optional(Name),
    /// The sum of the optional ones.
    AtLeastOne,
    Description,
    Financing,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// Why a tick is what it is: stable codes, never translated.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Why { $($(#[$doc])* #[serde(rename = $text)] $name,)* }
        impl Why {
            /// Every reason, for tables of wordings and their tests.
            pub const ALL: &'static [Why] = &[$(Why::$name,)*];
            pub fn as_str(self) -> &'static str {
                match self { $(Why::$name => $text,)* }
            }
        }
    };
}

reasons! {
    RegionAndMunicipality => "region-and-municipality",
    RegionMissing => "region-missing",
    MunicipalityMissing => "municipality-missing",
    /// Neither a region nor a municipality takes part.
    BothMissing => "region-and-municipality-missing",
    PartnersNotStated => "partners-not-stated",
    /// It would fail but for a partner of unknown kind.
    PartnerKindUnknown => "partner-kind-unknown",
    Claimed => "claimed",
    NotClaimed => "not-claimed",
    /// A judgement that nobody has made.
    NotAssessed => "not-assessed",
    CriteriaNotStated => "criteria-not-stated",
    OneClaimed => "one-claimed",
    NoneClaimed => "none-claimed",
    DescriptionPresent => "description-present",
    DescriptionMissing => "description-missing",
    FinancingSecured => "financing-secured",
    FinancingNotSecured => "financing-not-secured",
    FinancingUnknown => "financing-unknown",
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl CriteriaSet {
    /// The criteria of the programme plan, 6.3.1.
    pub fn set_2021() -> Self {
        Self {
            version: name("2021"),
            mandatory: vec![Mandatory { id: name("collaboration"), rule: Rule::RegionAndAtLeastOneMunicipality }],
            at_least_one_of: vec![name("person-centred"), name("health-promotion"), name("accessibility")],
            requires: vec![Requirement::Description, Requirement::Financing],
        }
    }

    /// Those of 2021, and in line with the county's vision and the national transition (annual report 2023, 4.1.1).
    pub fn set_2023() -> Self {
        let mut set = Self::set_2021();
        set.version = name("2023");
        set.mandatory.push(Mandatory { id: name("in-line"), rule: Rule::Claimed });
        set
    }
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap_or_else(|_| unreachable!("the shipped ids are legal names"))
}

/// Checks a work against a set.
///
/// - one tick for each criterion and requirement of the set, each with its reason;
/// - `No` where anything that decides is no; else `Unknown` where anything is; else `Yes`.
pub fn check(set: &CriteriaSet, work: &WorkFacts) -> Assessment {
    let mut ticks = Vec::new();
    for mandatory in &set.mandatory {
        let (result, why) = match mandatory.rule {
            Rule::RegionAndAtLeastOneMunicipality => region_and_municipality(work),
            Rule::Claimed => judged(work, &mandatory.id),
        };
        ticks.push(Tick { criterion: Criterion::Mandatory(mandatory.id.clone()), result, why });
    }
    for id in &set.at_least_one_of {
        let (result, why) = claimed(work, id);
        ticks.push(Tick { criterion: Criterion::Optional(id.clone()), result, why });
    }
    if !set.at_least_one_of.is_empty() {
        let (result, why) = at_least_one(work, &set.at_least_one_of);
        ticks.push(Tick { criterion: Criterion::AtLeastOne, result, why });
    }
    for requirement in &set.requires {
        let (criterion, (result, why)) = match requirement {
            Requirement::Description => (Criterion::Description, description(work)),
            Requirement::Financing => (Criterion::Financing, financing(work)),
        };
        ticks.push(Tick { criterion, result, why });
    }
    Assessment { version: set.version.clone(), eligible: eligible(&ticks), ticks }
}

fn eligible(ticks: &[Tick]) -> Answer {
    let deciding = || ticks.iter().filter(|tick| !matches!(tick.criterion, Criterion::Optional(_)));
    if deciding().any(|tick| tick.result == Answer::No) {
        Answer::No
    } else if deciding().any(|tick| tick.result == Answer::Unknown) {
        Answer::Unknown
    } else {
        Answer::Yes
    }
}

fn region_and_municipality(work: &WorkFacts) -> (Answer, Why) {
    let Some(partners) = &work.partners else { return (Answer::Unknown, Why::PartnersNotStated) };
    let missing = match (partners.contains(&PartnerKind::Region), partners.contains(&PartnerKind::Municipality)) {
        (true, true) => return (Answer::Yes, Why::RegionAndMunicipality),
        (false, true) => Why::RegionMissing,
        (true, false) => Why::MunicipalityMissing,
        (false, false) => Why::BothMissing,
    };
    if partners.contains(&PartnerKind::Unknown) {
        (Answer::Unknown, Why::PartnerKindUnknown)
    } else {
        (Answer::No, missing)
    }
}

fn judged(work: &WorkFacts, id: &Name) -> (Answer, Why) {
    match claimed(work, id) {
        (Answer::Yes, why) => (Answer::Yes, why),
        _ => (Answer::Unknown, Why::NotAssessed),
    }
}

fn claimed(work: &WorkFacts, id: &Name) -> (Answer, Why) {
    match &work.claimed {
        None => (Answer::Unknown, Why::CriteriaNotStated),
        Some(claimed) if claimed.contains(id) => (Answer::Yes, Why::Claimed),
        Some(_) => (Answer::No, Why::NotClaimed),
    }
}

fn at_least_one(work: &WorkFacts, ids: &[Name]) -> (Answer, Why) {
    match &work.claimed {
        None => (Answer::Unknown, Why::CriteriaNotStated),
        Some(claimed) if ids.iter().any(|id| claimed.contains(id)) => (Answer::Yes, Why::OneClaimed),
        Some(_) => (Answer::No, Why::NoneClaimed),
    }
}

fn description(work: &WorkFacts) -> (Answer, Why) {
    if work.has_description { (Answer::Yes, Why::DescriptionPresent) } else { (Answer::No, Why::DescriptionMissing) }
}

fn financing(work: &WorkFacts) -> (Answer, Why) {
    match work.financing_secured {
        Some(true) => (Answer::Yes, Why::FinancingSecured),
        Some(false) => (Answer::No, Why::FinancingNotSecured),
        None => (Answer::Unknown, Why::FinancingUnknown),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Answer::{No, Unknown, Yes},
        PartnerKind::{Municipality, Other, Region},
        *,
    };

    fn work(partners: &[PartnerKind], claimed: &[&str]) -> WorkFacts {
        WorkFacts {
            partners: Some(partners.iter().copied().collect()),
            claimed: Some(claimed.iter().map(|id| name(id)).collect()),
            has_description: true,
            financing_secured: Some(true),
        }
    }

    fn tick(assessment: &Assessment, criterion: &Criterion) -> (Answer, Why) {
        let tick = assessment.ticks.iter().find(|tick| tick.criterion == *criterion).expect("a tick");
        (tick.result, tick.why)
    }

    /// Partners and claims as the annual report 2023 gives them; financing is not in it.
    #[test]
    fn the_works_of_2023_fulfil_all_but_the_financing_nobody_has_stated() {
        let works: [(&str, &[PartnerKind], &[&str]); 4] = [
            ("lss-trygg", &[Municipality, Region], &["collaboration", "person-centred"]),
            ("sip-pa-distans", &[Municipality, Region], &["collaboration", "person-centred", "accessibility"]),
            ("barn-foraldrar-dor", &[Municipality, Region, Other], &["collaboration", "person-centred"]),
            ("digifysisk-seniorvard", &[Municipality, Other, Region], &["collaboration", "accessibility"]),
        ];
        for (id, partners, claimed) in works {
            let mut facts = work(partners, claimed);
            assert_eq!(check(&CriteriaSet::set_2021(), &facts).eligible, Yes, "{id}");
            facts.financing_secured = None;
            let assessment = check(&CriteriaSet::set_2021(), &facts);
            assert_eq!(assessment.eligible, Unknown, "{id}");
            let unknown = assessment.ticks.iter().filter(|tick| tick.result == Unknown).count();
            assert_eq!(unknown, 1, "{id}: only the financing");
        }
    }

    #[test]
    fn a_work_of_one_municipality_alone_does_not_qualify_and_says_why() {
        let assessment = check(&CriteriaSet::set_2021(), &work(&[Municipality], &["person-centred"]));
        assert_eq!(assessment.eligible, No);
        assert_eq!(tick(&assessment, &Criterion::Mandatory(name("collaboration"))), (No, Why::RegionMissing));
    }

    #[test]
    fn a_claim_of_collaboration_does_not_replace_the_partners() {
        let assessment = check(&CriteriaSet::set_2021(), &work(&[Region, Other], &["collaboration", "accessibility"]));
        assert_eq!(tick(&assessment, &Criterion::Mandatory(name("collaboration"))), (No, Why::MunicipalityMissing));
    }

    #[test]
    fn an_idea_without_description_or_claims_says_what_is_missing_and_what_is_unknown() {
        let idea = WorkFacts { partners: Some([Municipality, Region].into()), ..WorkFacts::default() };
        let assessment = check(&CriteriaSet::set_2021(), &idea);
        assert_eq!(assessment.eligible, No);
        assert_eq!(tick(&assessment, &Criterion::Description), (No, Why::DescriptionMissing));
        assert_eq!(tick(&assessment, &Criterion::AtLeastOne), (Unknown, Why::CriteriaNotStated));
        assert_eq!(tick(&assessment, &Criterion::Financing), (Unknown, Why::FinancingUnknown));
    }

    #[test]
    fn unknown_is_not_no() {
        let nothing_but_a_description = WorkFacts { has_description: true, ..WorkFacts::default() };
        assert_eq!(check(&CriteriaSet::set_2021(), &nothing_but_a_description).eligible, Unknown);
        let facts = work(&[PartnerKind::Unknown, Municipality], &["accessibility"]);
        let assessment = check(&CriteriaSet::set_2021(), &facts);
        assert_eq!(assessment.eligible, Unknown);
        assert_eq!(assessment.ticks[0].why, Why::PartnerKindUnknown);
    }

    #[test]
    fn one_of_three_is_enough_and_none_is_not() {
        for id in ["person-centred", "health-promotion", "accessibility"] {
            assert_eq!(check(&CriteriaSet::set_2021(), &work(&[Region, Municipality], &[id])).eligible, Yes);
        }
        let assessment = check(&CriteriaSet::set_2021(), &work(&[Region, Municipality], &["collaboration"]));
        assert_eq!((assessment.eligible, tick(&assessment, &Criterion::AtLeastOne).1), (No, Why::NoneClaimed));
    }

    #[test]
    fn a_work_that_qualified_in_2021_waits_for_a_judgement_under_2023() {
        let mut facts = work(&[Region, Municipality], &["person-centred"]);
        let assessment = check(&CriteriaSet::set_2023(), &facts);
        assert_eq!(assessment.eligible, Unknown);
        assert_eq!(tick(&assessment, &Criterion::Mandatory(name("in-line"))), (Unknown, Why::NotAssessed));
        facts.claimed.as_mut().expect("claims").insert(name("in-line"));
        assert_eq!(check(&CriteriaSet::set_2023(), &facts).eligible, Yes);
    }

    #[test]
    fn reasons_are_unique_and_written_as_their_codes() {
        let texts: BTreeSet<_> = Why::ALL.iter().map(|why| why.as_str()).collect();
        assert_eq!(texts.len(), Why::ALL.len());
    }
}
