//! The signed entry of a paper: in the programme, at `/papers/{id}/…`. It says what was asked for, which entries of the
//! county the paper stands on, and what its files are.

use super::{Form, Order, chapters};
use samsyn_client::record::{Record, Said};
use samsyn_core::{
    id::{HeaderHash, Path},
    limits::REFERENCES_MAX,
    value::Value,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) order: Order,
    pub(crate) stands_on: BTreeSet<HeaderHash>,
    /// How many entries these are with all that come before them: who has fewer cannot make the same paper.
    pub(crate) entries: u64,
    pub(crate) program: String,
    /// SHA-256 by format, in hexadecimal digits.
    pub(crate) files: BTreeMap<String, String>,
    /// The organisation that has made it, and when, by its clock.
    pub(crate) by: String,
    pub(crate) at_ms: u64,
}

/// What a set of entries is called in short: a hash of them in their order.
pub(crate) fn state(stands_on: &BTreeSet<HeaderHash>) -> String {
    let mut hash = Sha256::new();
    for entry in stands_on {
        hash.update(entry.0);
    }
    hex::encode(hash.finalize())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The id of a paper: the same order on the same entries is the same paper. Never a number of anybody's: it begins with a
/// letter.
pub(crate) fn id(order: &Order, stands_on: &BTreeSet<HeaderHash>) -> String {
    let asked = [order.form.as_str(), order.body.as_deref().unwrap_or_default(), &order.date];
    format!("p{}", &sha256(format!("{}\n{}", asked.join("\n"), state(stands_on)).as_bytes())[..15])
}

/// The paper that a path belongs to.
pub(crate) fn of_path(path: &Path) -> Option<&str> {
    path.as_str().strip_prefix("/papers/")?.split('/').next()
}

/// The papers of a programme, the latest first. What is not whole is none.
pub(crate) fn read(programme: &Record) -> Vec<Entry> {
    let mut all: Vec<Entry> = programme.below("/papers").into_iter().filter_map(|id| one(programme, id)).collect();
    all.sort_by(|a, b| (b.at_ms, &b.id).cmp(&(a.at_ms, &a.id)));
    all
}

fn one(programme: &Record, id: &str) -> Option<Entry> {
    let at = |field: &str| format!("/papers/{id}/{field}");
    let digest = |format: &str| Some((format.to_owned(), programme.word(&at(&format!("files/{format}")))?.to_owned()));
    let stands_on: Option<BTreeSet<HeaderHash>> = programme
        .references(&at("stands-on"))
        .into_iter()
        .map(|entry| entry.strip_prefix("entry:")?.parse().ok())
        .collect();
    let [Said { by, at_ms, .. }] = programme.said(&at("form")) else { return None };
    Some(Entry {
        id: id.to_owned(),
        order: Order {
            form: Form::of_word(programme.word(&at("form"))?)?,
            body: programme.word(&at("body")).map(ToOwned::to_owned),
            date: programme.text(&at("date"))?.to_owned(),
            made: chapters::day(programme.text(&at("made")))?,
        },
        stands_on: stands_on.filter(|entries| !entries.is_empty())?,
        entries: u64::try_from(programme.integer(&at("entries"))?).ok()?,
        program: programme.text(&at("program"))?.to_owned(),
        files: programme.below(&at("files")).into_iter().filter_map(digest).collect(),
        by: by.clone(),
        at_ms: *at_ms,
    })
}

impl Entry {
    /// What is stated of it; none where it stands on more entries than one statement can name.
    pub(crate) fn facts(&self) -> Option<Vec<(Path, Value)>> {
        if self.stands_on.len() > REFERENCES_MAX {
            return None;
        }
        let order = &self.order;
        let date = |day| Value::Date(chapters::written(day));
        let mut facts = vec![
            ("form".to_owned(), Value::Reference(format!("paper:{}", order.form.as_str()))),
            ("date".to_owned(), Value::Date(order.date.clone())),
            ("made".to_owned(), date(order.made)),
            (
                "stands-on".to_owned(),
                Value::References(
                    self.stands_on.iter().map(|entry| format!("entry:{}", hex::encode(entry.0))).collect(),
                ),
            ),
            ("entries".to_owned(), Value::Integer(i64::try_from(self.entries).ok()?)),
            ("program".to_owned(), Value::Text(self.program.clone())),
        ];
        facts.extend(order.body.iter().map(|body| ("body".to_owned(), Value::Reference(format!("body:{body}")))));
        let digest = |(format, digest): (&String, &String)| {
            (format!("files/{format}"), Value::Reference(format!("sha256:{digest}")))
        };
        facts.extend(self.files.iter().map(digest));
        let path = |field: &str| Path::new(&format!("/papers/{}/{field}", self.id)).ok();
        facts.into_iter().map(|(field, value)| Some((path(&field)?, value))).collect()
    }
}
