//! The programme of the demo: goals, areas, criteria, decision points, money, posts, risks and bodies, each table of
//! the file as paths of one document.

use super::{
    DataError, EVERY_PARTY, Facts, Organisation, Statements, activities::Activity, contradictions::Contradiction,
    every_party, slug::slug,
};
use samsyn_core::{criteria::Rule, id::Name, value::Value};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The programme's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    pub programme: Heading,
    pub goals: Goals,
    pub criteria_set: Vec<CriteriaVersion>,
    pub balance: Balance,
    pub decision_points: DecisionPoints,
    pub budget_2023: Budget,
    pub resources_2023: Resources,
    pub risks: Risks,
    pub body: Vec<Body>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    pub id: Name,
    pub name: String,
    pub start: String,
    pub planned_years: u32,
    /// Organisations that host its staff; `*` for the whole county.
    pub office: Vec<String>,
    pub contact_first_answer_hours: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "named as in the file")]
pub struct Goals {
    pub strategic: String,
    pub effect: String,
    pub sub_goals: Vec<Named>,
    pub benefits: Vec<Named>,
    pub programme_areas: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub id: Name,
    pub name: String,
    /// How a criterion is settled, where it is computed.
    pub rule: Option<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriteriaVersion {
    pub version: Name,
    pub extends: Option<Name>,
    #[serde(default, alias = "mandatory_also")]
    pub mandatory: Vec<Named>,
    #[serde(default)]
    pub at_least_one_of: Vec<Named>,
    #[serde(default)]
    pub requires: Vec<Name>,
    pub decided_by: Option<Name>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    pub axes: BalanceAxes,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalanceAxes {
    pub novelty: Vec<Name>,
    pub benefit_time: Vec<Name>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "UPPERCASE")]
pub struct DecisionPoints {
    pub b5: Vec<String>,
    pub b6: Vec<String>,
    pub b7: Vec<String>,
    #[serde(rename = "B7_approved_by")]
    pub b7_approved_by: Name,
    #[serde(rename = "B5_agenda")]
    pub b5_agenda: Vec<Name>,
}

/// Whole kronor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    pub financing_key: BTreeMap<Name, u32>,
    pub source: String,
    pub published_total: Sums,
    pub lines: Vec<BudgetLine>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    pub budget: u32,
    pub outcome: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetLine {
    pub id: Name,
    /// The line that this one is part of.
    pub parent: Option<Name>,
    pub name: String,
    pub budget: u32,
    pub outcome: u32,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    pub unit: String,
    pub published_total: u32,
    pub note: String,
    pub roles: Vec<Role>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    #[serde(rename = "role")]
    pub name: String,
    pub posts: u32,
    pub percent: u32,
    pub vacant: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risks {
    pub scale: u32,
    pub list: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    pub id: Name,
    pub name: String,
    pub level: Name,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    pub replaces: Option<Name>,
    pub replaced_by: Option<Name>,
    #[serde(default)]
    pub members: Vec<String>,
    pub chair: Option<Name>,
    pub vice_chair: Option<Name>,
    pub seats: Option<u32>,
    pub rule: Option<BodyRule>,
    pub escalates_to: Option<Name>,
    /// Cooperation, joint board or committee.
    pub kind: Option<Name>,
    /// The organisation that founds its decisions and keeps its minutes.
    pub secretary: Option<Name>,
    pub secretary_basis: Option<Name>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyRule {
    pub quorum: Name,
    pub majority: Name,
    /// Tried in this order.
    #[serde(default)]
    pub on_disagreement: Vec<Name>,
    pub tie: Option<Name>,
    pub minutes_reported_to: Option<String>,
}

impl Programme {
    pub(super) fn facts(
        &self,
        organisations: &[Organisation],
        activities: &[Activity],
        contradictions: &[Contradiction],
    ) -> Result<Facts, DataError> {
        let mut facts = Statements::default();
        self.heading(&mut facts, organisations)?;
        self.add_goals(&mut facts)?;
        self.add_criteria(&mut facts)?;
        self.add_decision_points(&mut facts)?;
        self.add_budget(&mut facts)?;
        self.add_resources(&mut facts)?;
        self.add_risks(&mut facts)?;
        for body in &self.body {
            add_body(&mut facts, body, organisations)?;
        }
        for activity in activities {
            activity.add(&mut facts)?;
        }
        for (number, contradiction) in (1..).zip(contradictions) {
            contradiction.add(&mut facts, number)?;
        }
        Ok(facts.0)
    }

    fn heading(&self, facts: &mut Statements, organisations: &[Organisation]) -> Result<(), DataError> {
        let heading = &self.programme;
        facts.text("/programme/public-number", heading.id.as_str())?;
        facts.text("/programme/name", &heading.name)?;
        facts.maybe_date("/programme/start", Some(&heading.start))?;
        facts.integer("/programme/planned-years", heading.planned_years)?;
        facts.integer("/programme/first-answer-hours", heading.contact_first_answer_hours)?;
        members(facts, "/programme/office", &heading.office, organisations)
    }

    fn add_goals(&self, facts: &mut Statements) -> Result<(), DataError> {
        facts.text("/goals/strategic", &self.goals.strategic)?;
        facts.text("/goals/effect", &self.goals.effect)?;
        for goal in &self.goals.sub_goals {
            facts.text(&format!("/goals/sub-goals/{}/name", goal.id), &goal.name)?;
        }
        for benefit in &self.goals.benefits {
            facts.text(&format!("/goals/benefits/{}/name", benefit.id), &benefit.name)?;
        }
        for (order, area) in (1..).zip(&self.goals.programme_areas) {
            let slug = slug(area);
            facts.text(&format!("/areas/{slug}/name"), area)?;
            facts.integer(&format!("/areas/{slug}/order"), order)?;
        }
        facts.references("/balance/novelty", "novelty", &self.balance.axes.novelty)?;
        facts.references("/balance/benefit-time", "benefit-time", &self.balance.axes.benefit_time)
    }

    fn add_criteria(&self, facts: &mut Statements) -> Result<(), DataError> {
        for set in &self.criteria_set {
            let at = format!("/criteria-sets/{}", set.version);
            facts.maybe_reference(&format!("{at}/extends"), "criteria-set", set.extends.as_ref())?;
            facts.references(&format!("{at}/requires"), "requirement", &set.requires)?;
            facts.maybe_reference(&format!("{at}/decided-by"), "body", set.decided_by.as_ref())?;
            for (group, criteria) in [("mandatory", &set.mandatory), ("at-least-one-of", &set.at_least_one_of)] {
                for criterion in criteria {
                    let at = format!("{at}/{group}/{}", criterion.id);
                    facts.text(&format!("{at}/name"), &criterion.name)?;
                    if let Some(rule) = criterion.rule {
                        facts.reference(&format!("{at}/rule"), "rule", rule.as_str())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add_decision_points(&self, facts: &mut Statements) -> Result<(), DataError> {
        let points = &self.decision_points;
        for (point, dates) in [("b5", &points.b5), ("b6", &points.b6), ("b7", &points.b7)] {
            for (number, date) in (1..).zip(dates) {
                facts.maybe_date(&format!("/decision-points/{point}/dates/{number:02}"), Some(date))?;
            }
        }
        facts.reference("/decision-points/b7/approved-by", "body", points.b7_approved_by.as_str())?;
        facts.references("/decision-points/b5/agenda", "agenda", &points.b5_agenda)
    }

    fn add_budget(&self, facts: &mut Statements) -> Result<(), DataError> {
        let budget = &self.budget_2023;
        for (bearer, percent) in &budget.financing_key {
            facts.integer(&format!("/budget/2023/financing-key/{bearer}"), *percent)?;
        }
        facts.text("/budget/2023/source", &budget.source)?;
        facts.add("/budget/2023/published-total/budget", kronor(budget.published_total.budget))?;
        facts.add("/budget/2023/published-total/outcome", kronor(budget.published_total.outcome))?;
        for (order, line) in (1..).zip(&budget.lines) {
            let at = format!("/budget/2023/lines/{}", line.id);
            facts.text(&format!("{at}/name"), &line.name)?;
            facts.integer(&format!("{at}/order"), order)?;
            facts.maybe_reference(&format!("{at}/parent"), "line", line.parent.as_ref())?;
            facts.add(&format!("{at}/budget"), kronor(line.budget))?;
            facts.add(&format!("{at}/outcome"), kronor(line.outcome))?;
            facts.maybe_text(&format!("{at}/note"), line.note.as_deref())?;
        }
        Ok(())
    }

    fn add_resources(&self, facts: &mut Statements) -> Result<(), DataError> {
        let resources = &self.resources_2023;
        facts.text("/resources/2023/unit", &resources.unit)?;
        facts.integer("/resources/2023/published-total", resources.published_total)?;
        facts.text("/resources/2023/note", &resources.note)?;
        for (order, role) in (1..).zip(&resources.roles) {
            let at = format!("/resources/2023/roles/{}", slug(&role.name));
            facts.text(&format!("{at}/name"), &role.name)?;
            facts.integer(&format!("{at}/order"), order)?;
            facts.integer(&format!("{at}/posts"), role.posts)?;
            facts.integer(&format!("{at}/percent"), role.percent)?;
            if let Some(vacant) = role.vacant {
                facts.integer(&format!("{at}/vacant"), vacant)?;
            }
        }
        Ok(())
    }

    /// Without probability and consequence, which the plan does not give.
    fn add_risks(&self, facts: &mut Statements) -> Result<(), DataError> {
        facts.integer("/risks/scale", self.risks.scale)?;
        for (number, risk) in (1..).zip(&self.risks.list) {
            facts.text(&format!("/risks/list/{number:02}/name"), risk)?;
        }
        Ok(())
    }
}

/// What the programme's document would state of one body, for tests of other counties' bodies.
#[cfg(test)]
pub(super) fn body_facts(body: &Body) -> Result<Facts, DataError> {
    let named = Body { members: Vec::new(), ..body.clone() };
    let mut facts = Statements::default();
    add_body(&mut facts, &named, &[])?;
    let members = Value::References(body.members.iter().map(|org| format!("org:{org}")).collect());
    facts.add(&format!("/bodies/{}/members", body.id), members)?;
    Ok(facts.0)
}

fn add_body(facts: &mut Statements, body: &Body, organisations: &[Organisation]) -> Result<(), DataError> {
    let at = format!("/bodies/{}", body.id);
    facts.text(&format!("{at}/name"), &body.name)?;
    facts.reference(&format!("{at}/level"), "level", body.level.as_str())?;
    facts.maybe_date(&format!("{at}/valid-from"), body.valid_from.as_deref())?;
    facts.maybe_date(&format!("{at}/valid-to"), body.valid_to.as_deref())?;
    facts.maybe_reference(&format!("{at}/replaces"), "body", body.replaces.as_ref())?;
    facts.maybe_reference(&format!("{at}/replaced-by"), "body", body.replaced_by.as_ref())?;
    facts.maybe_reference(&format!("{at}/escalates-to"), "body", body.escalates_to.as_ref())?;
    facts.maybe_reference(&format!("{at}/chair"), "org", body.chair.as_ref())?;
    facts.maybe_reference(&format!("{at}/vice-chair"), "org", body.vice_chair.as_ref())?;
    facts.maybe_reference(&format!("{at}/kind"), "body-kind", body.kind.as_ref())?;
    facts.maybe_reference(&format!("{at}/secretary"), "org", body.secretary.as_ref())?;
    facts.maybe_reference(&format!("{at}/secretary-basis"), "basis", body.secretary_basis.as_ref())?;
    members(facts, &format!("{at}/members"), &body.members, organisations)?;
    if let Some(seats) = body.seats {
        facts.integer(&format!("{at}/seats"), seats)?;
    }
    let Some(rule) = &body.rule else { return Ok(()) };
    facts.reference(&format!("{at}/rule/quorum"), "quorum", rule.quorum.as_str())?;
    facts.reference(&format!("{at}/rule/majority"), "majority", rule.majority.as_str())?;
    facts.maybe_reference(&format!("{at}/rule/tie"), "tie", rule.tie.as_ref())?;
    facts.maybe_text(&format!("{at}/rule/minutes-reported-to"), rule.minutes_reported_to.as_deref())?;
    for (order, way) in (1..).zip(&rule.on_disagreement) {
        // A set has no order, and here the order is the rule.
        facts.reference(&format!("{at}/rule/on-disagreement/{order:02}"), "way", way.as_str())?;
    }
    Ok(())
}

/// Organisations by id, `*` for all; nothing where none are named.
fn members(
    facts: &mut Statements,
    path: &str,
    named: &[String],
    organisations: &[Organisation],
) -> Result<(), DataError> {
    if named.is_empty() {
        return Ok(());
    }
    let every = named.iter().any(|name| name == EVERY_PARTY);
    let own = named.iter().filter(|name| *name != EVERY_PARTY).map(|name| format!("org:{name}"));
    let references = own.chain(every_party(organisations).filter(|_| every)).collect();
    facts.add(path, Value::References(references))
}

/// Money is counted in öre.
fn kronor(kronor: u32) -> Value {
    Value::Money(i64::from(kronor) * 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::data::County;

    #[test]
    fn sums_that_do_not_add_up_are_kept_as_published() {
        let county = County::load().expect("data");
        let facts = county.programme_facts().expect("facts");
        let money = |path: &str| match facts.iter().find(|(stated, _)| stated.as_str() == path) {
            Some((_, Value::Money(ore))) => *ore,
            other => panic!("{path}: {other:?}"),
        };
        let part = |id: &str| money(&format!("/budget/2023/lines/{id}/budget"));
        assert_eq!(money("/budget/2023/published-total/outcome"), 593_800_000);
        assert_eq!(part("utvecklingsmedel") - part("utbildning") - part("reportage") - part("aktiviteter"), 10_000_000);
    }

    #[test]
    fn both_criteria_sets_and_every_body_are_stated() {
        let county = County::load().expect("data");
        let facts = county.programme_facts().expect("facts");
        let stated = |path: &str| facts.iter().any(|(stated, _)| stated.as_str() == path);
        assert!(stated("/criteria-sets/2021/mandatory/collaboration/rule"));
        assert!(stated("/criteria-sets/2021/at-least-one-of/accessibility/name"));
        assert!(stated("/criteria-sets/2023/mandatory/in-line/name"));
        assert!(stated("/bodies/programstyrgrupp/rule/on-disagreement/02"));
        let body_name = |path: &str| path.starts_with("/bodies/") && path.ends_with("/name");
        assert_eq!(facts.iter().filter(|(path, _)| body_name(path.as_str())).count(), 13);
    }
}
