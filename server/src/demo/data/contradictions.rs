//! What the demo's sources say differently: each value beside its source, stated by the party that has read them both.

use super::{DataError, Statements};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) contradiction: Vec<Contradiction>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contradiction {
    pub about: String,
    pub values: Vec<Sourced>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced {
    pub value: String,
    pub source: String,
}

impl Contradiction {
    pub(super) fn add(&self, facts: &mut Statements, number: u32) -> Result<(), DataError> {
        let at = format!("/contradictions/{number:02}");
        facts.text(&format!("{at}/about"), &self.about)?;
        facts.integer(&format!("{at}/order"), number)?;
        for (number, sourced) in (1..).zip(&self.values) {
            let number: u32 = number;
            facts.text(&format!("{at}/values/{number:02}/value"), &sourced.value)?;
            facts.text(&format!("{at}/values/{number:02}/source"), &sourced.source)?;
        }
        Ok(())
    }
}
