//! The decisions of the demo, as the sources tell of them: the county's own chain is loaded, that of another county is what
//! tests replay. What no source says is left out.

use super::{DataError, Facts, Statements};
use samsyn_core::{id::Name, value::Value};
use serde::Deserialize;

/// After a body come the parties' own bodies, in these steps (roadmap, chapters 3 and 4).
const STEPS: [(&str, &str); 2] = [("ledningsgrupp", "Ledningsgrupp"), ("namnd", "Nämnd eller styrelse")];
/// Where the parties' highest bodies decide and no step before is told of.
const ONE_STEP: [(&str, &str); 1] = [("namnd", "Nämnd, styrelse eller fullmäktige")];
/// In a chain: every party's own decision.
const EACH_ORGANISATION: &str = "each-organisation";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionsFile {
    pub(super) decision: Vec<Decision>,
}

/// One decision as its source has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub id: Name,
    pub title: String,
    pub body: Name,
    pub date: Option<String>,
    pub paragraph: Option<String>,
    pub number: Option<String>,
    /// The document's own number within the case.
    pub document: Option<u32>,
    pub kind: Option<Name>,
    pub outcome: Option<Name>,
    #[serde(default)]
    pub motions: Vec<MotionRow>,
    #[serde(default)]
    pub dispatched_to: Vec<String>,
    #[serde(default)]
    pub reported: Vec<Reported>,
    pub basis: Option<Basis>,
    pub contradiction: Option<String>,
    pub ratified_by: Option<String>,
    pub ratification_complete: Option<String>,
    pub source: Option<String>,
    /// What follows: other bodies, and every party.
    #[serde(default)]
    pub then: Vec<Name>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionRow {
    pub kind: Name,
    pub by: String,
    pub supported_by: Option<String>,
    pub result: Name,
}

/// Where the decision was told of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    pub authority: String,
    pub number: String,
    pub meeting: String,
    pub received: String,
    pub kind: Name,
}

/// What was decided on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    pub document: String,
    pub date: String,
}

impl Decision {
    /// What the secretary of its body would state.
    pub(super) fn facts(&self, body_name: Option<&str>, body_kind: Option<&Name>) -> Result<Facts, DataError> {
        let mut facts = Statements::default();
        facts.text("/proposal/title", &self.title)?;
        facts.reference("/proposal/body", "body", self.body.as_str())?;
        facts.maybe_text("/proposal/body-name", body_name)?;
        facts.maybe_reference("/proposal/body-kind", "body-kind", body_kind)?;
        facts.maybe_text("/proposal/source", self.source.as_deref())?;
        facts.maybe_date("/minutes/date", self.date.as_deref())?;
        facts.maybe_text("/minutes/paragraph", self.paragraph.as_deref())?;
        facts.maybe_text("/minutes/number", self.number.as_deref())?;
        facts.maybe_reference("/minutes/stated", "outcome", self.outcome.as_ref())?;
        if !self.dispatched_to.is_empty() {
            facts.text("/minutes/dispatched-to", &self.dispatched_to.join(", "))?;
        }
        for (n, motion) in (1..).zip(&self.motions) {
            let at = format!("/proposal/motions/m{n}");
            let kind = if motion.kind.as_str() == "amendment" { "amend" } else { "adopt" };
            facts.reference(&format!("{at}/kind"), "motion", kind)?;
            facts.text(&format!("{at}/by"), &motion.by)?;
            facts.maybe_text(&format!("{at}/supported-by"), motion.supported_by.as_deref())?;
            facts.reference(&format!("/minutes/motions/m{n}"), "fate", motion.result.as_str())?;
        }
        let steps: &[(&str, &str)] = if self.then.iter().any(|next| next.as_str() == EACH_ORGANISATION) {
            &STEPS
        } else if self.ratified_by.is_some() {
            &ONE_STEP
        } else {
            &[]
        };
        for (order, (id, label)) in (1..).zip(steps) {
            facts.text(&format!("/proposal/steps/{id}/label"), label)?;
            facts.integer(&format!("/proposal/steps/{id}/order"), order)?;
        }
        Ok(facts.0)
    }

    /// The bodies above that approve it, each with a decision of its own.
    pub(super) fn approvals(&self) -> impl Iterator<Item = Decision> {
        let above = self.then.iter().filter(|next| next.as_str() != EACH_ORGANISATION);
        above.map(|body| Decision {
            body: body.clone(),
            date: None,
            paragraph: None,
            number: None,
            then: Vec::new(),
            ..self.clone()
        })
    }
}

/// Which decision it approves.
pub fn follows(document: &str) -> Value {
    Value::Reference(format!("document:{document}"))
}

#[cfg(test)]
mod tests;
