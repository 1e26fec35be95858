//! One work: what it says of itself that other pages ask about, its reports, and what others have asked its owner.

use super::{cell::Cell, similar::Profile};
use crate::{
    record::Record,
    schema::{self, Field},
    vocabulary::fold,
};
use samsyn_core::{
    date::{self, Span},
    entry::DocumentKind,
    id::Path,
    value::Value,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked about in a status report.
pub const FACTORS: [&str; 4] = ["time", "cost", "cooperation", "benefit"];

/// A work as one document says it. What nobody has stated, or several state differently, is none.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Work {
    pub document_id: String,
    pub owner: String,
    pub number: Option<String>,
    pub title: Option<String>,
    /// Words without their kinds.
    pub stage: Option<String>,
    pub stage_reason: Option<String>,
    pub novelty: Option<String>,
    pub benefit_time: Option<String>,
    pub partners: BTreeSet<String>,
    pub target_groups: BTreeSet<String>,
    /// References that the owner has linked: `work:barnsakert`.
    pub related: BTreeSet<String>,
    pub criteria_set: Option<String>,
    /// The latest last.
    pub reports: Vec<Report>,
    pub roles: Vec<Role>,
    pub remarks: Vec<Remark>,
    pub updated_ms: u64,
}

/// How the owner says that it is going.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub id: String,
    pub date: Option<String>,
    /// By factor, without the kind: `green`, `yellow`, `red`.
    pub factors: BTreeMap<String, String>,
    pub forecast: Option<String>,
    pub comment: Option<String>,
}

/// A post in the work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Role {
    pub role: Option<String>,
    pub organisation: Option<String>,
    /// Per cent of full time.
    pub share: Option<i64>,
    pub vacant: bool,
}

/// What another party has asked or proposed.
#[derive(Debug, Clone, Serialize)]
pub struct Remark {
    pub org: String,
    pub id: String,
    pub text: Cell,
    /// The field that it is about.
    pub path: Option<String>,
    /// What it proposes to stand there.
    pub value: Option<Value>,
    /// The owner's: `accepted`, `noted`, `declined`.
    pub answer: Option<String>,
}

pub fn read(record: &Record) -> Work {
    let text = |path: &str| record.text(path).map(ToOwned::to_owned);
    let word = |path: &str| record.word(path).map(ToOwned::to_owned);
    let set = |path: &str| record.references(path).into_iter().map(ToOwned::to_owned).collect();
    Work {
        document_id: record.id.clone(),
        owner: record.owner.clone(),
        number: text("/facts/public-number"),
        title: text("/facts/title"),
        stage: word("/facts/stage"),
        stage_reason: text("/facts/stage-reason"),
        novelty: word("/facts/novelty"),
        benefit_time: word("/facts/benefit-time"),
        partners: set("/facts/partners"),
        target_groups: set("/facts/target-groups"),
        related: set("/facts/related"),
        criteria_set: word("/facts/application/criteria-set"),
        reports: reports(record),
        roles: roles(record),
        remarks: remarks(record),
        updated_ms: record.updated_ms,
    }
}

fn reports(record: &Record) -> Vec<Report> {
    let report = |id: &str| {
        let at = |field: &str| format!("/reports/{id}/{field}");
        let factor = |name: &&str| Some(((*name).to_owned(), record.word(&at(name))?.to_owned()));
        Report {
            id: id.to_owned(),
            date: record.text(&at("date")).map(ToOwned::to_owned),
            factors: FACTORS.iter().filter_map(factor).collect(),
            forecast: record.word(&at("forecast")).map(ToOwned::to_owned),
            comment: record.text(&at("comment")).map(ToOwned::to_owned),
        }
    };
    let mut reports: Vec<Report> = record.below("/reports").into_iter().map(report).collect();
    // One without a date is no later than any other.
    let day = |report: &Report| match report.date.as_deref().map(date::parse) {
        Some(Ok(Span::Days { last, .. })) => Some(last),
        _ => None,
    };
    reports.sort_by_cached_key(|report| (day(report), report.id.clone()));
    reports
}

/// The lead, and whoever else is named.
fn roles(record: &Record) -> Vec<Role> {
    let word = |path: String| record.word(&path).map(ToOwned::to_owned);
    let lead = Role {
        role: word("/facts/lead-role".to_owned()),
        organisation: word("/facts/lead-organisation".to_owned()),
        share: record.integer("/facts/lead-share"),
        vacant: record.boolean("/facts/lead-vacant") == Some(true),
    };
    let role = |id: &str| Role {
        role: word(format!("/facts/roles/{id}/role")),
        organisation: word(format!("/facts/roles/{id}/organisation")),
        share: record.integer(&format!("/facts/roles/{id}/share")),
        vacant: record.boolean(&format!("/facts/roles/{id}/vacant")) == Some(true),
    };
    let lead = Some(lead).filter(|lead| *lead != Role::default());
    lead.into_iter().chain(record.below("/facts/roles").into_iter().map(role)).collect()
}

fn remarks(record: &Record) -> Vec<Remark> {
    let of = |org: &str| {
        let at = format!("/remarks/{org}");
        record.below(&at).into_iter().map(|id| remark(record, org, id)).collect::<Vec<_>>()
    };
    record.below("/remarks").into_iter().flat_map(of).filter(Remark::stands).collect()
}

fn remark(record: &Record, org: &str, id: &str) -> Remark {
    let at = format!("/remarks/{org}/{id}");
    Remark {
        org: org.to_owned(),
        id: id.to_owned(),
        text: Cell::of(record, &at),
        path: record.text(&format!("{at}/path")).map(ToOwned::to_owned),
        value: record.value(&format!("{at}/value")).cloned(),
        answer: record.word(&answer_path(org, id)).map(ToOwned::to_owned),
    }
}

/// Where the owner answers a remark.
pub fn answer_path(org: &str, id: &str) -> String {
    format!("/facts/remarks/{org}/{id}")
}

impl Remark {
    fn stands(&self) -> bool {
        !self.text.is_unknown() || self.value.is_some()
    }

    /// What the owner would state by accepting it: a field of the work itself, and what is to stand there.
    pub fn proposes(&self) -> Option<(Path, &Value)> {
        let named = self.path.as_deref()?;
        let path = Path::new(named).ok().or_else(|| path_called(named))?;
        let own = matches!(path.segments().as_slice(), ["facts" | "reports", _, ..]);
        let of_remarks = path.as_str().starts_with("/facts/remarks/");
        Some((path, self.value.as_ref()?)).filter(|_| own && !of_remarks)
    }
}

/// The field of a work itself that people call so, in either language.
fn path_called(name: &str) -> Option<Path> {
    let name = fold(name);
    let called = |field: &&Field| fold(field.label.0) == name || fold(field.label.1) == name;
    let own = schema::groups(DocumentKind::Work).iter().filter(|group| !group.path.contains('{'));
    own.filter_map(|group| Some((group, group.fields.iter().find(called)?)))
        .find_map(|(group, field)| Path::new(&format!("{}/{}", group.path, field.name)).ok())
}

impl Report {
    /// The gravest of what it says; none where it says nothing of some factor and nothing grave of the others: what
    /// nobody has judged is not green.
    pub fn gravest(&self) -> Option<&'static str> {
        let says = |colour: &str| self.factors.values().any(|c| c == colour);
        if says("red") {
            Some("red")
        } else if says("yellow") {
            Some("yellow")
        } else {
            (self.factors.len() == FACTORS.len() && self.factors.values().all(|c| c == "green")).then_some("green")
        }
    }
}

impl Work {
    pub fn latest(&self) -> Option<&Report> {
        self.reports.last().filter(|report| report.date.is_some())
    }

    /// Neither begun nor included: ideas, applications, and what was not included.
    pub fn is_idea(&self) -> bool {
        matches!(self.stage.as_deref(), Some("idea" | "feasibility" | "application" | "assessed" | "not-included"))
    }

    pub fn has_vacancy(&self) -> bool {
        self.roles.iter().any(|role| role.vacant)
    }
}

/// What of a work is compared with others.
pub fn profile(record: &Record) -> Profile {
    let text = |path: &str| record.text(path).unwrap_or_default().to_owned();
    let set = |path: &str| record.references(path).into_iter().map(ToOwned::to_owned).collect();
    Profile {
        title: text("/facts/title"),
        aliases: text("/facts/aliases"),
        summary: text("/facts/summary"),
        partners: set("/facts/partners"),
        target_groups: set("/facts/target-groups"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(values: &[(&str, Value)]) -> Record {
        let path = |text: &str| Path::new(text).expect("a path");
        Record::of_values(DocumentKind::Work, "rvn", values.iter().map(|(p, v)| (path(p), v.clone())))
    }

    fn word(text: &str) -> Value {
        Value::Reference(text.to_owned())
    }

    fn report(id: &str, date: &str, colours: [&str; 4]) -> Vec<(String, Value)> {
        let mut values = vec![(format!("/reports/{id}/date"), Value::Date(date.to_owned()))];
        let colours = FACTORS.iter().zip(colours).filter(|(_, c)| !c.is_empty());
        values.extend(colours.map(|(f, c)| (format!("/reports/{id}/{f}"), word(&format!("status:{c}")))));
        values
    }

    #[test]
    fn the_latest_report_is_by_date_and_what_nobody_has_judged_is_not_green() {
        let mut values = report("z", "2025-01-10", ["green", "green", "green", "green"]);
        values.extend(report("a", "2025-06-10", ["green", "", "green", "green"]));
        let values: Vec<(&str, Value)> = values.iter().map(|(p, v)| (p.as_str(), v.clone())).collect();
        let work = read(&record(&values));
        let latest = work.latest().expect("a report");
        assert_eq!((latest.id.as_str(), latest.gravest()), ("a", None));
        assert_eq!(work.reports[0].gravest(), Some("green"));
        let red = report("r", "2026", ["green", "red", "yellow", ""]);
        let red: Vec<(&str, Value)> = red.iter().map(|(p, v)| (p.as_str(), v.clone())).collect();
        assert_eq!(read(&record(&red)).latest().and_then(Report::gravest), Some("red"));
        assert!(read(&record(&[])).latest().is_none());
    }

    #[test]
    fn a_remark_proposes_only_what_the_owner_may_state_of_the_work() {
        let text = |t: &str| Value::Text(t.to_owned());
        let propose = |path: &str| {
            read(&record(&[
                ("/remarks/timra/r1", Value::Prose("Är det inte ett breddinförande?".to_owned())),
                ("/remarks/timra/r1/path", text(path)),
                ("/remarks/timra/r1/value", word("form:rollout")),
            ]))
        };
        let work = propose("/facts/form");
        let [remark] = work.remarks.as_slice() else { panic!("{work:?}") };
        let (path, value) = remark.proposes().expect("a proposal");
        assert_eq!((path.as_str(), value), ("/facts/form", &word("form:rollout")));
        let by_name = propose("Slut");
        assert_eq!(by_name.remarks[0].proposes().map(|(path, _)| path.to_string()).as_deref(), Some("/facts/end"));
        for path in ["/parties/rvn/note", "/facts/remarks/timra/r1", "/facts", "no path", "/note"] {
            assert!(propose(path).remarks[0].proposes().is_none(), "{path}");
        }
    }

    #[test]
    fn answers_and_roles_are_read() {
        let work = read(&record(&[
            ("/remarks/timra/r1", Value::Prose("Varför?".to_owned())),
            ("/facts/remarks/timra/r1", word("remark:noted")),
            ("/facts/lead-role", word("role:project-lead")),
            ("/facts/lead-vacant", Value::Boolean(true)),
            ("/facts/roles/a/role", word("role:change-leader")),
            ("/facts/roles/a/share", Value::Integer(50)),
            ("/facts/stage", word("stage:not-included")),
        ]));
        assert_eq!(work.remarks[0].answer.as_deref(), Some("noted"));
        assert_eq!((work.roles.len(), work.has_vacancy(), work.roles[1].share), (2, true, Some(50)));
        assert!(work.is_idea());
    }
}
