//! The auditor: reads what clients were told and what a node's database holds, and nothing in between. It opens a copy
//! of the database as `samsynd verify` does, while the node is down: the node's own start then recovers what the crash
//! has left, not what the auditor has made of it.

use super::{
    history::{History, Shared, Told},
    load::{field, words_at},
};
use crate::county::{Node, path};
use samsyn_client::model::{self, Draft};
use samsyn_core::{
    entry::{Kind, Outline},
    id::{AuthorityId, HeaderHash, Path},
    value::Value,
};
use samsyn_server::{
    config::Config,
    driver::{Loaded, load},
    identity::NodeIdentity,
    operate::verify,
    projection,
    register::{Direction, Number},
    store::{Access, Backend, RegisterFilter, Store, WorkFilter},
    working,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// Audits the stopped node of a party: `samsynd verify` finds nothing, and what was acknowledged is there.
pub(crate) async fn audit(node: &Node, history: &Shared) -> Result<(), String> {
    let config = config_of_copy(node)?;
    let verified = verify::verify(&config).await.map_err(|f| format!("verify: {}", f.to_text()))?;
    if verified.exit_code != 0 {
        return Err(format!("verify: {}", verified.text));
    }
    let identity = NodeIdentity::load(&config.identity).map_err(|f| f.to_text())?;
    let store = Store::open(&config.store.backend, Access::Node).await.map_err(|f| f.to_text())?;
    let organisation = config.federation.organisation.clone();
    let loaded = load(&store, organisation, identity.log_key).await.map_err(|f| f.to_text())?;
    let found = Found::read(&store, &loaded, &node.party).await?;
    store.close().await;
    found.compare(&history.get())
}

/// The node's settings, with a copy of its database in place of the database.
fn config_of_copy(node: &Node) -> Result<Config, String> {
    let mut config = Config::load_with(&node.config(), node.environment.clone()).map_err(|f| f.to_text())?;
    let copy = node.dir.join("audit");
    fs::remove_dir_all(&copy).ok();
    fs::create_dir(&copy).map_err(|e| e.to_string())?;
    let Backend::Sqlite { path } = &config.store.backend else {
        return Err("the database is no file".to_owned());
    };
    for end in ["", "-wal"] {
        let file = path.with_extension(format!("db{end}"));
        if file.exists() {
            fs::copy(&file, copy.join(format!("node.db{end}"))).map_err(|e| format!("{}: {e}", file.display()))?;
        }
    }
    config.store.backend = Backend::Sqlite { path: copy.join("node.db") };
    Ok(config)
}

/// What a database holds of what the load writes.
struct Found {
    /// How many works have a title, and what the one says in the field of versions.
    works: BTreeMap<String, (usize, Option<String>)>,
    /// Drafts by the id of the working copy.
    drafts: BTreeMap<String, Draft>,
    /// Numbers of the register by item, and what is in it not at all or twice of what this party has released.
    numbers: BTreeMap<u64, Number>,
    misfiled: Vec<String>,
    party: String,
}

/// The numbers of the register by item; and what is in it not at all or twice.
async fn registered(store: &Store, loaded: &Loaded) -> Result<(BTreeMap<u64, Number>, Vec<String>), String> {
    let (mut numbers, mut misfiled, mut seen) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
    let authority = AuthorityId::new("ks").map_err(|e| e.to_string())?;
    let filter = RegisterFilter {
        direction: Some(Direction::Dispatched),
        limit: u64::from(u32::MAX),
        ..RegisterFilter::default()
    };
    for row in store.register_items(&authority, &filter).await.map_err(|f| f.to_text())? {
        if !seen.insert((row.item.tip, row.item.document)) {
            misfiled.push(format!("the version {} is twice in the register", row.item.tip.short()));
        }
        if let Some(number) = row.statement.and_then(|s| s.number) {
            numbers.insert(row.item.position, number);
        }
    }
    let filed: BTreeSet<HeaderHash> = seen.into_iter().map(|(tip, _)| tip).collect();
    let own = loaded.machine.ledger().records().filter(|(_, r)| r.log.organisation == *loaded.machine.own());
    // Numbers that are told are no documents.
    let number = |outline: &Outline| matches!(outline, Outline::Facts(facts) if facts.iter().all(|f| f.path.as_str().starts_with("/register/")));
    let states = own.filter(|(_, r)| r.end_of_commit && r.kind == Kind::Facts && !number(&r.outline));
    for (tip, _) in states.filter(|(tip, _)| !filed.contains(*tip)) {
        misfiled.push(format!("the version {} is not in the register", tip.short()));
    }
    Ok((numbers, misfiled))
}

impl Found {
    async fn read(store: &Store, loaded: &Loaded, party: &str) -> Result<Self, String> {
        let (mut works, mut drafts) = (BTreeMap::<String, (usize, Option<String>)>::new(), BTreeMap::new());
        let ledger = loaded.machine.ledger();
        let field = field(party).to_string();
        let mut rows = Vec::new();
        loop {
            let filter = WorkFilter { limit: 1_000, offset: rows.len() as u64, ..WorkFilter::default() };
            let (mut page, total) = store.works(&filter).await.map_err(|f| f.to_text())?;
            let done = page.is_empty();
            rows.append(&mut page);
            if done || rows.len() as u64 >= total {
                break;
            }
        }
        for row in rows {
            let founded = ledger.document(&row.document).ok_or("a row without a document")?;
            let headers: Vec<HeaderHash> = projection::standing_headers(&founded).into_iter().collect();
            let values = store.values_of(&headers).await.map_err(|f| f.to_text())?;
            let value = projection::settled(&founded, &field, &values);
            let entry = works.entry(row.title).or_default();
            *entry = (entry.0 + 1, value.and_then(|v| v.as_text().map(ToOwned::to_owned)));
        }
        for row in store.working_copies().await.map_err(|f| f.to_text())? {
            let document = working::load(&row.automerge).map_err(|f| f.to_text())?;
            working::Bridge::decode(&row.bridge).map_err(|f| f.to_text())?;
            drafts.insert(row.id.to_string(), model::read(&document).map_err(|e| e.to_string())?);
        }
        let (numbers, misfiled) = registered(store, loaded).await?;
        Ok(Self { works, drafts, numbers, misfiled, party: party.to_owned() })
    }

    /// What was answered stands (I8); each released version is in the register once, and the series has neither gap nor
    /// double (I9).
    fn compare_register(&self, history: &History) -> Vec<String> {
        let mut faults = self.misfiled.clone();
        for (item, told) in &history.numbers {
            let found = self.numbers.get(item).map(ToString::to_string);
            if found.as_ref() != Some(told) {
                faults.push(format!("item {item} was told {told}, and the register has {found:?}"));
            }
        }
        let cases: BTreeSet<&str> = self.numbers.values().map(|n| n.case.as_str()).collect();
        let counts = |case: &str| case.rsplit_once('/').and_then(|(_, n)| n.parse::<usize>().ok());
        let counted: BTreeSet<usize> = cases.iter().filter_map(|case| counts(case)).collect();
        if counted != (1..=cases.len()).collect() {
            faults.push(format!("the series has a gap: {counted:?}"));
        }
        let all: BTreeSet<&Number> = self.numbers.values().collect();
        if all.len() != self.numbers.len() {
            faults.push("a number was given twice".to_owned());
        }
        faults
    }

    fn compare(&self, history: &History) -> Result<(), String> {
        let mut faults = self.compare_register(history);
        for (title, work) in &history.works {
            let (count, published) = self.works.get(title).cloned().unwrap_or_default();
            let fits = match work.published {
                Told::Untried => count == 0,
                Told::Tried => count <= 1,
                Told::Kept => count == 1,
            };
            if !fits {
                faults.push(format!("'{title}': {:?}, and {count} works have the title", work.published));
            }
            if count == 1 && !work.may_be_published(published.as_deref()) {
                faults.push(format!("'{title}' says {published:?} published: {:?}", work.values));
            }
            let draft = self.drafts.get(&work.copy);
            let text =
                |at: &Path| draft.and_then(|d: &Draft| d.value(at)).and_then(|v| v.as_text().map(ToOwned::to_owned));
            let pushed = text(&path("/facts/title"));
            if pushed.as_ref() != Some(title) && work.pushed == Told::Kept {
                faults.push(format!("'{title}': its draft was acknowledged and says {pushed:?}"));
            }
            let value = text(&field(&self.party));
            if draft.is_some() && !work.may_be_pushed(value.as_deref()) {
                faults.push(format!("'{title}' says {value:?} in its draft: {:?}", work.values));
            }
        }
        faults.extend(
            self.works.keys().filter(|t| !history.works.contains_key(*t)).map(|t| format!("'{t}' is nobody's")),
        );
        self.words(history, &mut faults);
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n  ")) }
    }

    fn words(&self, history: &History, faults: &mut Vec<String>) {
        let draft = self.drafts.get(&history.shared);
        let text = match draft.and_then(|d| d.value(&words_at())) {
            Some(Value::Prose(text)) => text,
            _ => String::new(),
        };
        for (word, told) in &history.words {
            let count = text.matches(word.as_str()).count();
            if count > 1 || (*told == Told::Kept && count == 0) {
                faults.push(format!("the word {word} ({told:?}) stands {count} times in the common text"));
            }
        }
    }
}
