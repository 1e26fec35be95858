//! Activities of the demo: seminars, the conference, courses and what recurs.

use super::{DataError, Statements, slug::another};
use samsyn_core::{id::Name, value::Value};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The source of every activity, as a reader would cite it.
const SOURCE: &str = "God och nära vård i Västernorrland, årsrapport 2023";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    activity: Vec<Row>,
}

/// One row: several of one kind, each with its own title, and date or frequency.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: Name,
    title: Option<String>,
    #[serde(default)]
    titles: Vec<String>,
    #[serde(default)]
    dates: Vec<String>,
    period: Option<String>,
    #[serde(default)]
    frequency: Vec<String>,
    form: Option<String>,
    participants: Option<u32>,
    /// What the source says elsewhere.
    contradiction: Option<String>,
}

/// One activity.
#[derive(Debug, Clone)]
pub struct Activity {
    pub id: String,
    pub kind: Name,
    pub title: String,
    pub date: Option<String>,
    pub frequency: Option<String>,
    pub form: Option<String>,
    pub participants: Option<u32>,
    pub note: Option<String>,
}

impl File {
    pub(super) fn activities(self) -> Vec<Activity> {
        let mut taken = BTreeSet::new();
        let mut activities = Vec::new();
        for row in self.activity {
            let titles: Vec<String> = row.title.iter().chain(&row.titles).cloned().collect();
            for (at, title) in titles.into_iter().enumerate() {
                let id = another(&title, |id| taken.contains(id));
                taken.insert(id.clone());
                activities.push(Activity {
                    id,
                    kind: row.kind.clone(),
                    title,
                    date: row.dates.get(at).or(row.period.as_ref()).cloned(),
                    frequency: row.frequency.get(at).cloned(),
                    form: row.form.clone(),
                    participants: row.participants,
                    note: row.contradiction.clone(),
                });
            }
        }
        activities
    }
}

impl Activity {
    pub(super) fn add(&self, facts: &mut Statements) -> Result<(), DataError> {
        let at = format!("/activities/{}", self.id);
        facts.text(&format!("{at}/title"), &self.title)?;
        facts.reference(&format!("{at}/kind"), "activity", self.kind.as_str())?;
        facts.maybe_date(&format!("{at}/date"), self.date.as_deref())?;
        facts.maybe_text(&format!("{at}/frequency"), self.frequency.as_deref())?;
        facts.maybe_text(&format!("{at}/form"), self.form.as_deref())?;
        facts.maybe_text(&format!("{at}/note"), self.note.as_deref())?;
        if let Some(participants) = self.participants {
            facts.add(&format!("{at}/participants"), Value::Integer(participants.into()))?;
        }
        facts.text(&format!("{at}/source"), SOURCE)
    }
}
