//! The county of the demo: eight parties, their partners, works and the programme, embedded in the program and turned
//! into the facts that each party would state itself. Values are written as the public sources write them; what a
//! source does not say is left out, never guessed.
//!
//! This module knows files, paths and values. It knows no node, key or log.

mod activities;
mod contradictions;
mod decisions;
mod indicators;
mod programme;
mod roadmap;
mod slug;

pub use activities::Activity;
pub use contradictions::Contradiction;
pub use decisions::{Decision, follows};
pub use indicators::Indicators;
pub use programme::Programme;
pub use roadmap::Roadmap;

use samsyn_core::{
    criteria::PartnerKind,
    id::{IdError, Name, OrgId, Path},
    value::Value,
};
use serde::Deserialize;

/// What a document states, in order.
pub type Facts = Vec<(Path, Value)>;

/// The source of every work, as a reader would cite it.
const WORKS_SOURCE: &str = "God och nära vård i Västernorrland, årsrapport 2023";
/// In a list of partners: the whole county.
const EVERY_PARTY: &str = "*";

/// Embedded data that does not read: a fault of the build, told with its place.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("demo data does not read")]
    Toml(#[from] toml::de::Error),
    #[error("demo data states an illegal path")]
    Path(#[from] IdError),
    #[error("'{work}' names '{name}', which is neither an organisation nor a partner")]
    UnknownParty { work: Name, name: Name },
}

/// Everything that the demo shows.
#[derive(Debug, Clone)]
pub struct County {
    /// In order of id, as the demo's ports are dealt.
    pub organisations: Vec<Organisation>,
    pub partners: Vec<Partner>,
    /// The portfolio's works first, then works and ideas outside it.
    pub works: Vec<Work>,
    pub programme: Programme,
    pub activities: Vec<Activity>,
    /// What the sources say differently of the programme.
    pub contradictions: Vec<Contradiction>,
    pub indicators: Indicators,
    /// Of this county and of another, as the sources have them.
    pub decisions: Vec<Decision>,
    pub roadmap: Roadmap,
    of_works: Vec<OfWorks>,
}

/// Sources that say different things of some works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfWorks {
    about: String,
    works: Vec<Name>,
    says: Vec<Source>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    value: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfWorksFile {
    contradiction: Vec<OfWorks>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub id: OrgId,
    pub name: String,
    pub short: String,
    /// How others write its name, mistakes of scanning included.
    pub aliases: Vec<String>,
    pub kind: OrganisationKind,
    /// Ten digits with a hyphen, public.
    pub organisation_number: String,
    pub number_pattern: NumberPattern,
    /// Its boards share one register.
    #[serde(default)]
    pub shared_register: bool,
    pub authorities: Vec<Authority>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    Region,
    Municipality,
}

/// How the organisation's own registers write a case number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberPattern {
    pub text: String,
    pub example: String,
    pub source: PatternSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatternSource {
    Seen,
    Assumed,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    pub id: Name,
    pub name: String,
    pub series: String,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    pub successor: Option<Name>,
}

/// Takes part in works and runs no node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    pub id: Name,
    pub name: String,
    pub kind: PartnerSort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartnerSort {
    PrivateProvider,
    Consultant,
    CivilSociety,
    Association,
    University,
}

/// A work of the portfolio, or a work or an idea outside it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// The county's public number for it.
    pub id: Name,
    pub title: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub form: Option<Name>,
    pub summary: Option<String>,
    pub owner: OrgId,
    pub owner_basis: Option<Name>,
    /// Ids of organisations and partners; `*` for the whole county.
    pub partners: Vec<String>,
    pub lead: Option<Lead>,
    #[serde(default)]
    pub target_groups: Vec<Name>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub included: Option<String>,
    /// As it was at the end of 2023.
    pub stage: Name,
    pub later: Option<LaterStage>,
    #[serde(default)]
    pub criteria: Vec<Name>,
    pub builds_on: Option<String>,
    pub pilot_site: Option<OrgId>,
    pub ordered_by: Option<Name>,
    #[serde(default)]
    pub reference: Vec<Name>,
    #[serde(default = "yes")]
    pub in_portfolio: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lead {
    pub role: Name,
    pub organisation: Option<Name>,
    pub vacant: bool,
}

/// What a later source says of the stage.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaterStage {
    pub date: String,
    pub stage: Name,
    pub source: String,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationsFile {
    organisation: Vec<Organisation>,
    partner: Vec<Partner>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortfolioFile {
    work: Vec<Work>,
    idea: Vec<Work>,
}

impl County {
    /// Reads the embedded files.
    ///
    /// # Errors
    /// When an embedded file does not read: only a change to the files can cause that.
    pub fn load() -> Result<Self, DataError> {
        let mut parties: OrganisationsFile = toml::from_str(include_str!("../../demo/organisations.toml"))?;
        parties.organisation.sort_by(|a, b| a.id.cmp(&b.id));
        let portfolio: PortfolioFile = toml::from_str(include_str!("../../demo/portfolio.toml"))?;
        let programme: Programme = toml::from_str(include_str!("../../demo/programme.toml"))?;
        let activities: activities::File = toml::from_str(include_str!("../../demo/activities.toml"))?;
        let contradictions: contradictions::File = toml::from_str(include_str!("../../demo/contradictions.toml"))?;
        let indicators: Indicators = toml::from_str(include_str!("../../demo/indicators.toml"))?;
        let decisions: decisions::DecisionsFile = toml::from_str(include_str!("../../demo/decisions.toml"))?;
        let of_works: OfWorksFile = toml::from_str(include_str!("../../demo/contradictions-of-works.toml"))?;
        let roadmap = Roadmap::load()?;
        let works = portfolio.work.into_iter().chain(portfolio.idea).collect();
        Ok(Self {
            organisations: parties.organisation,
            partners: parties.partner,
            works,
            programme,
            activities: activities.activities(),
            contradictions: contradictions.contradiction,
            indicators,
            decisions: decisions.decision,
            roadmap,
            of_works: of_works.contradiction,
        })
    }

    pub fn works_of<'a>(&'a self, owner: &'a OrgId) -> impl Iterator<Item = &'a Work> {
        self.works.iter().filter(move |work| work.owner == *owner)
    }

    /// What the work's owner states in its document.
    pub fn work_facts(&self, work: &Work) -> Result<Facts, DataError> {
        let mut facts = Statements::default();
        facts.text("/facts/public-number", work.id.as_str())?;
        facts.text("/facts/title", &work.title)?;
        if !work.aliases.is_empty() {
            facts.text("/facts/aliases", &work.aliases.join("; "))?;
        }
        if let Some(summary) = &work.summary {
            facts.add("/facts/summary", Value::Prose(summary.clone()))?;
        }
        facts.maybe_reference("/facts/form", "form", work.form.as_ref())?;
        facts.maybe_reference("/facts/owner-basis", "basis", work.owner_basis.as_ref())?;
        facts.add("/facts/partners", Value::References(self.parties(work)?.into_iter().collect()))?;
        self.add_lead(&mut facts, work)?;
        facts.references("/facts/target-groups", "target-group", &work.target_groups)?;
        facts.maybe_date("/facts/start", work.start.as_deref())?;
        facts.maybe_date("/facts/end", work.end.as_deref())?;
        facts.maybe_date("/facts/included", work.included.as_deref())?;
        facts.reference("/facts/stage", "stage", work.stage.as_str())?;
        if let Some(later) = &work.later {
            facts.text("/facts/later", &format!("{}: {} ({})", later.date, later.stage, later.source))?;
        }
        facts.references("/facts/criteria", "criterion", &work.criteria)?;
        if let Some(builds_on) = &work.builds_on {
            facts.text("/facts/builds-on", builds_on)?;
        }
        facts.maybe_reference("/facts/pilot-site", "org", work.pilot_site.as_ref())?;
        facts.maybe_reference("/facts/ordered-by", "body", work.ordered_by.as_ref())?;
        if !work.reference.is_empty() {
            let named: Result<_, _> = work.reference.iter().map(|name| self.party(work, name)).collect();
            facts.add("/facts/reference", Value::References(named?))?;
        }
        facts.add("/facts/in-portfolio", Value::Boolean(work.in_portfolio))?;
        facts.text("/facts/source", WORKS_SOURCE)?;
        let said = self.of_works.iter().filter(|c| c.works.contains(&work.id));
        let said = said.flat_map(|c| c.says.iter().map(move |source| (c, source)));
        for (number, (contradiction, source)) in (1..).zip(said) {
            let at = format!("/facts/sources/{number:02}");
            facts.text(&format!("{at}/about"), &contradiction.about)?;
            facts.text(&format!("{at}/value"), &source.value)?;
            facts.text(&format!("{at}/source"), &source.source)?;
        }
        Ok(facts.0)
    }

    /// What the programme's document states.
    pub fn programme_facts(&self) -> Result<Facts, DataError> {
        self.programme.facts(&self.organisations, &self.activities, &self.contradictions)
    }

    /// What the indicator set's document states.
    pub fn indicator_facts(&self) -> Result<Facts, DataError> {
        self.indicators.facts()
    }

    /// The decisions that a party founds, as the secretary of bodies that the programme knows: what each states, and after
    /// it what the bodies above that approve it do.
    pub fn decisions_of(&self, party: &OrgId) -> Result<Vec<(Facts, Vec<Facts>)>, DataError> {
        let body = |id: &Name| self.programme.body.iter().find(|body| body.id == *id);
        let own = |id: &Name| body(id).is_some_and(|body| body.secretary.as_ref() == Some(party));
        let facts = |decision: &Decision| {
            let body = body(&decision.body);
            decision.facts(body.map(|b| b.name.as_str()), body.and_then(|b| b.kind.as_ref()))
        };
        let chain = |decision: &Decision| -> Result<(Facts, Vec<Facts>), DataError> {
            let above = decision.approvals().filter(|approval| own(&approval.body));
            Ok((facts(decision)?, above.map(|approval| facts(&approval)).collect::<Result<_, _>>()?))
        };
        self.decisions.iter().filter(|decision| own(&decision.body)).map(chain).collect()
    }

    /// Kinds of those that take part, for the criteria.
    pub fn partner_kinds(&self, work: &Work) -> Result<Vec<PartnerKind>, DataError> {
        let kind = |reference: String| {
            let organisation = self.organisations.iter().find(|o| reference == format!("org:{}", o.id));
            match organisation.map(|o| o.kind) {
                Some(OrganisationKind::Region) => PartnerKind::Region,
                Some(OrganisationKind::Municipality) => PartnerKind::Municipality,
                None => PartnerKind::Other,
            }
        };
        Ok(self.parties(work)?.into_iter().map(kind).collect())
    }

    fn add_lead(&self, facts: &mut Statements, work: &Work) -> Result<(), DataError> {
        let Some(lead) = &work.lead else { return Ok(()) };
        facts.reference("/facts/lead-role", "role", lead.role.as_str())?;
        facts.add("/facts/lead-vacant", Value::Boolean(lead.vacant))?;
        if let Some(organisation) = &lead.organisation {
            facts.add("/facts/lead-organisation", Value::Reference(self.party(work, organisation)?))?;
        }
        Ok(())
    }

    fn parties(&self, work: &Work) -> Result<Vec<String>, DataError> {
        let mut parties = Vec::new();
        for name in &work.partners {
            if name == EVERY_PARTY {
                parties.extend(every_party(&self.organisations));
            } else {
                parties.push(self.party(work, &Name::new(name)?)?);
            }
        }
        Ok(parties)
    }

    fn party(&self, work: &Work, name: &Name) -> Result<String, DataError> {
        if self.organisations.iter().any(|organisation| organisation.id == *name) {
            Ok(format!("org:{name}"))
        } else if self.partners.iter().any(|partner| partner.id == *name) {
            Ok(format!("partner:{name}"))
        } else {
            Err(DataError::UnknownParty { work: work.id.clone(), name: name.clone() })
        }
    }
}

fn every_party(organisations: &[Organisation]) -> impl Iterator<Item = String> {
    organisations.iter().map(|organisation| format!("org:{}", organisation.id))
}

/// Paths and values as they are gathered.
#[derive(Default)]
struct Statements(Facts);

impl Statements {
    fn add(&mut self, path: &str, value: Value) -> Result<(), DataError> {
        self.0.push((Path::new(path)?, value));
        Ok(())
    }
    fn text(&mut self, path: &str, text: &str) -> Result<(), DataError> {
        self.add(path, Value::Text(text.to_owned()))
    }
    fn maybe_text(&mut self, path: &str, text: Option<&str>) -> Result<(), DataError> {
        text.map_or(Ok(()), |text| self.text(path, text))
    }
    fn maybe_date(&mut self, path: &str, date: Option<&str>) -> Result<(), DataError> {
        date.map_or(Ok(()), |date| self.add(path, Value::Date(date.to_owned())))
    }
    fn integer(&mut self, path: &str, number: u32) -> Result<(), DataError> {
        self.add(path, Value::Integer(number.into()))
    }
    fn reference(&mut self, path: &str, kind: &str, id: &str) -> Result<(), DataError> {
        self.add(path, Value::Reference(format!("{kind}:{id}")))
    }
    fn maybe_reference(&mut self, path: &str, kind: &str, id: Option<&Name>) -> Result<(), DataError> {
        id.map_or(Ok(()), |id| self.reference(path, kind, id.as_str()))
    }
    /// Nothing where the source lists none: unknown is not empty.
    fn references(&mut self, path: &str, kind: &str, ids: &[Name]) -> Result<(), DataError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.add(path, Value::References(ids.iter().map(|id| format!("{kind}:{id}")).collect()))
    }
}

#[cfg(test)]
mod tests;
