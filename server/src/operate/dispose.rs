//! `samsynd dispose`: what an authority's plan lets go, and letting it go by a decision. A plan is a list with a name; a
//! decision is about that list, and nothing but that list is carried out.

mod paper;
mod show;

use crate::{
    audit::{Act, Audit},
    config::Config,
    driver::{self, Composed, Handle, now_ms},
    failure::Failure,
    identity::NodeIdentity,
    output::Output,
    register::calendar,
    release::desk::Desk,
    retention::{
        self, Archive, Due, Erasing, Plan, Why,
        clerk::{Clerk, Statement},
    },
    rulebook::{Rulebook, What},
    store::{Access, DisposalReason, DisposalRow, Store},
};
use jiff::civil::Date;
use samsyn_core::{
    code::Code,
    entry::Outline,
    id::{AuthorityId, DocumentId, FactId, OrgId},
    ledger::Ledger,
    limits::ERASED_FACTS_MAX,
};
use serde_json::json;
use show::{Record, json_of, text, why};
use std::{collections::BTreeSet, path::Path, sync::Arc};

/// Characters of a decision.
const DECISION_CHARACTERS_MAX: usize = 200;
const PLACE: &str = "rules.directory";

/// Which list is meant.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub authority: AuthorityId,
    /// As written; today where it is not.
    pub day: Option<String>,
    /// Ids or beginnings of ids; none: all.
    pub documents: Vec<String>,
}

/// What an authority keeps of one document.
#[derive(Debug, Clone)]
pub struct Kept {
    pub authority: AuthorityId,
    /// The document's id or the beginning of it.
    pub document: String,
}

/// Says what may go, and what may not and why. May run beside the node.
pub async fn plan(config: &Config, wanted: &Wanted, paper: Option<&Path>) -> Result<Output, Failure> {
    let store = Store::open(&config.store.backend, Access::Tool).await?;
    let identity = NodeIdentity::load(&config.identity)?;
    let own = &config.federation.organisation;
    let loaded = driver::load(&store, own.clone(), identity.log_key).await?;
    let rulebook = rules(config, loaded.machine.ledger())?;
    let plan = make(&store, (loaded.machine.ledger(), own), &rulebook, wanted).await;
    store.close().await;
    let plan = plan?;
    if let Some(file) = paper {
        paper::plan(loaded.machine.ledger(), own, &plan, file)?;
    }
    Ok(Output::new(text(&plan), json_of(&plan)))
}

/// Erases what is on the list that was decided on. The node must not run.
pub async fn execute(config: &Config, wanted: &Wanted, name: &str, decision: &str) -> Result<Output, Failure> {
    check_decision(decision)?;
    let office = Office::open(config).await?;
    let done = office.execute(wanted, name, decision).await;
    office.close().await;
    let (plan, commits) = done?;
    let text = format!(
        "erased: {} values of {} documents, in {commits} commits; nothing of them is left in the database\n\
         the other parties are told when the node runs again; 'samsynd dispose list' says who has carried it out\n\
         backups from before today still hold them: they go as the plan for backups says",
        plan.facts(),
        plan.due.len(),
    );
    let mut data = json_of(&plan);
    data["commits"] = json!(commits);
    Ok(Output::new(text, data))
}

/// Destroys what an authority keeps of what another party has had erased. The node must not run.
pub async fn destroy(config: &Config, wanted: &Kept, name: &str, decision: &str) -> Result<Output, Failure> {
    check_decision(decision)?;
    let office = Office::open(config).await?;
    let done = office.destroy(wanted, name, decision).await;
    office.close().await;
    let (id, values) = done?;
    let text = format!("destroyed: {values} kept values of {id}; the other parties are told when the node runs again");
    Ok(Output::new(text, json!({"document": id.to_string(), "values": values})))
}

/// Says what has been erased, by which decision, who has carried it out, and what is kept here.
pub async fn list(config: &Config, paper: Option<&Path>) -> Result<Output, Failure> {
    let store = Store::open(&config.store.backend, Access::Tool).await?;
    let identity = NodeIdentity::load(&config.identity)?;
    let own = config.federation.organisation.clone();
    let loaded = driver::load(&store, own.clone(), identity.log_key).await?;
    let (ledger, record) = (loaded.machine.ledger(), Record::read(&store, loaded.machine.ledger(), &own).await);
    store.close().await;
    let record = record?;
    if let Some(file) = paper {
        paper::record(ledger, &own, &record, file)?;
    }
    Ok(Output::new(record.text(), record.json()))
}

fn check_decision(decision: &str) -> Result<(), Failure> {
    let usable = !decision.trim().is_empty()
        && decision.chars().count() <= DECISION_CHARACTERS_MAX
        && !decision.chars().any(char::is_control);
    if usable {
        return Ok(());
    }
    let message = format!("a decision is named in 1 to {DECISION_CHARACTERS_MAX} characters on one line");
    let remedy = "name the authority's decision, for example --decision 'KS 2027/3 § 12'";
    Err(Failure::new(Code::InputValue, message, remedy).field("decision"))
}

pub(super) fn rules(config: &Config, ledger: &Ledger) -> Result<Arc<Rulebook>, Failure> {
    let (_, charter) = ledger.charters().in_force();
    let party = charter.party(&config.federation.organisation);
    let known = party.into_iter().flat_map(|p| &p.authorities).map(|a| a.id.clone()).collect();
    Ok(Arc::new(Rulebook::open(config.rules.directory.as_deref(), &known)?))
}

async fn make(
    store: &Store,
    (ledger, own): (&Ledger, &OrgId),
    rulebook: &Rulebook,
    wanted: &Wanted,
) -> Result<Plan, Failure> {
    if !rulebook.any() {
        let message = "the authorities have no rules here, so no plan says what may go";
        let remedy = "name a directory in [rules] directory; deploy/rules has an example with [[retention]]";
        return Err(Failure::config(message, remedy).field(PLACE));
    }
    let day = day(wanted.day.as_deref())?;
    known(ledger, own, &wanted.authority)?;
    let stored = store.stored_times().await?;
    let held: BTreeSet<FactId> = store.held_values().await?.into_iter().collect();
    let values = store.values_of(&retention::headers(ledger)).await?;
    let plan =
        Archive { ledger, own, rulebook, stored: &stored, held: &held, values: &values }.plan(&wanted.authority, day);
    if wanted.documents.is_empty() {
        return Ok(plan);
    }
    let documents = wanted.documents.iter().map(|text| document(ledger, text)).collect::<Result<_, _>>()?;
    Ok(plan.only(&documents))
}

/// Refuses an authority that the organisation does not have.
pub(super) fn known(ledger: &Ledger, own: &OrgId, authority: &AuthorityId) -> Result<(), Failure> {
    let (_, charter) = ledger.charters().in_force();
    let party = charter.party(own);
    if party.is_some_and(|p| p.authorities.iter().any(|a| a.id == *authority)) {
        return Ok(());
    }
    let known: Vec<&str> = party.into_iter().flat_map(|p| &p.authorities).map(|a| a.id.as_str()).collect();
    let message = format!("'{own}' has no authority '{authority}'");
    Err(Failure::new(Code::InputNotFound, message, format!("write one of: {}", known.join(", "))).field("authority"))
}

pub(super) fn document(ledger: &Ledger, text: &str) -> Result<DocumentId, Failure> {
    let wanted = text.trim().to_ascii_lowercase();
    let mut found =
        ledger.documents().map(|(id, _)| id).filter(|id| !wanted.is_empty() && id.to_string().starts_with(&wanted));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(Failure::new(
            Code::InputNotFound,
            format!("there is no document '{text}' here"),
            "list them with 'samsynd dispose plan' or 'samsynd archive export --list'",
        )
        .field("document")),
        (Some(_), Some(_)) => Err(Failure::new(
            Code::InputValue,
            format!("several documents begin with '{text}'"),
            "write more of the id",
        )
        .field("document")),
    }
}

fn day(text: Option<&str>) -> Result<Date, Failure> {
    let today = calendar::day(now_ms());
    let Some(text) = text else { return Ok(today) };
    let refused = |message: String| {
        Err(Failure::new(Code::InputValue, message, "write a day that has been, as 2026-11-23").field("on"))
    };
    match text.parse::<Date>() {
        Ok(day) if day <= today => Ok(day),
        Ok(day) => refused(format!("{day} has not come yet")),
        Err(_) => refused(format!("'{text}' is no day")),
    }
}

/// The node's store, log and audit log, without its doors.
struct Office {
    store: Arc<Store>,
    rulebook: Arc<Rulebook>,
    audit: Arc<Audit>,
    handle: Handle,
    driver: tokio::task::JoinHandle<()>,
    own: OrgId,
    /// As it is stored; nobody else writes.
    ledger: Ledger,
}

impl Office {
    async fn open(config: &Config) -> Result<Self, Failure> {
        let identity = NodeIdentity::load(&config.identity)?;
        let store = Arc::new(Store::open(&config.store.backend, Access::Node).await?);
        store.examine().await?;
        let own = config.federation.organisation.clone();
        let mut loaded = driver::load(&store, own.clone(), identity.log_key.clone()).await?;
        let ledger = loaded.machine.ledger().clone();
        let rulebook = rules(config, &ledger)?;
        driver::erase_again(&store, &mut loaded, &rulebook).await?;
        let audit = Arc::new(Audit::open(&config.audit.directory).map_err(|f| f.field("audit.directory"))?);
        let directory = crate::directory::Directory::new(own.clone());
        let incarnation = driver::fresh_incarnation()?;
        let (handle, driver) =
            driver::start(store.clone(), directory, identity.log_key, loaded, incarnation, rulebook.clone());
        Ok(Self { store, rulebook, audit, handle, driver, own, ledger })
    }

    async fn execute(&self, wanted: &Wanted, name: &str, decision: &str) -> Result<(Plan, usize), Failure> {
        let left = make(&self.store, (&self.ledger, &self.own), &self.rulebook, wanted).await?;
        // What was ended half-way goes on by the same name: the decision is about the whole list.
        let ended = left.due.is_empty() && !self.clerk().has_work().await?;
        let plan = if ended { left.clone() } else { left.with(&self.begun(&left, (name, decision)).await?) };
        check(&plan, wanted, name)?;
        self.audit.write(
            Act::Disposed {
                authority: plan.authority.as_str(),
                decision,
                plan: name,
                rules: &plan.rules,
                documents: plan.due.len(),
                values: plan.facts(),
            },
            None,
        )?;
        failpoint!(DisposeNoted);
        let mut commits = 0;
        for due in &left.due {
            let facts: Vec<FactId> = due.facts.iter().copied().collect();
            for facts in facts.chunks(ERASED_FACTS_MAX) {
                self.erase(&plan, due, facts, (name, decision)).await?;
                failpoint!(DisposeErased);
                commits += 1;
            }
        }
        self.check_gone(&plan).await?;
        failpoint!(DisposeGone);
        self.finish().await?;
        Ok((plan, commits))
    }

    /// What has been erased already by the list of this name.
    async fn begun(&self, left: &Plan, (name, decision): (&str, &str)) -> Result<Vec<Due>, Failure> {
        let rows = self.store.disposals().await?.into_iter();
        let by_it: Vec<DisposalRow> =
            rows.filter(|row| row.why.plan == name && row.authority == left.authority).collect();
        if let Some(other) = by_it.iter().map(|row| &row.why.decision).find(|other| *other != decision) {
            let message = format!("the list {name} has been begun by the decision '{other}'");
            let remedy = "go on by that decision (--decision); a list has one";
            return Err(Failure::new(Code::InputPlanChanged, message, remedy).field("decision"));
        }
        let due = |row: DisposalRow| {
            let what = What::ALL.into_iter().find(|what| what.as_str() == row.why.what)?;
            let Outline::Erasure(erasure) = self.ledger.record(&row.commit)?.outline.as_ref() else { return None };
            Some(Due {
                document: row.document,
                title: String::new(),
                kind: self.ledger.document(&row.document)?.genesis.kind,
                what,
                class: row.why.class,
                after: String::new(),
                basis: row.why.basis,
                since: left.day,
                facts: erasure.facts.iter().copied().collect(),
            })
        };
        Ok(by_it.into_iter().filter_map(due).collect())
    }

    async fn erase(
        &self,
        plan: &Plan,
        due: &Due,
        facts: &[FactId],
        (name, decision): (&str, &str),
    ) -> Result<(), Failure> {
        let (document, authority, facts) = (due.document, plan.authority.clone(), facts.to_vec());
        let why = DisposalReason {
            decision: decision.to_owned(),
            class: due.class.clone(),
            what: due.what.as_str().to_owned(),
            basis: due.basis.clone(),
            plan: name.to_owned(),
        };
        let space = self.ledger.document(&document).map_or_else(|| self.ledger.county(), |founded| founded.space);
        let statement = Statement { document, space, authority, facts, why: Some(why) };
        let compose = move |pen: &driver::Pen<'_>| Ok(statement.compose(pen, Erasing::default()));
        self.handle.write(compose).await.map(drop)
    }

    async fn destroy(&self, wanted: &Kept, name: &str, decision: &str) -> Result<(DocumentId, usize), Failure> {
        let record = Record::read(&self.store, &self.ledger, &self.own).await?;
        let begins = |kept: &&show::Kept| kept.document.to_string().starts_with(&wanted.document.to_ascii_lowercase());
        let mut found = record.kept.iter().filter(|kept| kept.authority == wanted.authority).filter(begins);
        let (Some(kept), None) = (found.next(), found.next()) else {
            let message = format!("'{}' keeps nothing of just one document '{}'", wanted.authority, wanted.document);
            return Err(Failure::new(Code::InputNotFound, message, "see 'samsynd dispose list'").field("document"));
        };
        let rules = self.rulebook.of(&kept.authority);
        if let Some(reason) = rules.retention.held(&kept.document) {
            return Err(held(&kept.document, reason));
        }
        if kept.name() != name {
            let message = format!("what was decided on ({name}) is not what is kept ({})", kept.name());
            return Err(Failure::new(Code::InputPlanChanged, message, "decide on what 'samsynd dispose list' says")
                .field("plan"));
        }
        let act = Act::Disposed {
            authority: kept.authority.as_str(),
            decision,
            plan: name,
            rules: &rules.version,
            documents: 1,
            values: kept.facts.len(),
        };
        self.audit.write(act, None)?;
        let (document, authority) = (kept.document, kept.authority.clone());
        // What another authority of the organisation keeps is not gone.
        let others = record.kept.iter().filter(|other| other.document == document && other.authority != authority);
        let elsewhere: BTreeSet<FactId> = others.flat_map(|other| other.facts.iter().copied()).collect();
        let facts: Vec<FactId> = kept.facts.difference(&elsewhere).copied().collect();
        let why = DisposalReason {
            decision: decision.to_owned(),
            class: String::new(),
            what: "kept".to_owned(),
            basis: String::new(),
            plan: name.to_owned(),
        };
        let space = self.ledger.document(&document).map_or_else(|| self.ledger.county(), |founded| founded.space);
        let mut destroyed = Some((document, authority.clone()));
        for facts in facts.chunks(ERASED_FACTS_MAX) {
            let (facts, authority, why) = (facts.to_vec(), authority.clone(), Some(why.clone()));
            let statement = Statement { document, space, authority, facts, why };
            let erasing = Erasing { destroyed: destroyed.take(), ..Erasing::default() };
            self.handle.write(move |pen| Ok(statement.compose(pen, erasing))).await?;
        }
        if destroyed.is_some() {
            let erasing = Erasing { destroyed, ..Erasing::default() };
            self.handle.write(move |_| Ok(Composed { erasing: Some(erasing), ..Composed::default() })).await?;
        }
        self.finish().await?;
        Ok((document, kept.facts.len()))
    }

    /// Drafts, free pages and the log: nothing is left before this has ended.
    async fn finish(&self) -> Result<(), Failure> {
        match self.clerk().work(true).await.into_iter().next() {
            None => Ok(()),
            Some(failure) => Err(Failure {
                message: format!("it is erased, but may still stand in a draft or in the database's files: {failure}"),
                ..failure
            }),
        }
    }

    fn clerk(&self) -> Clerk {
        let audit = Some(self.audit.clone());
        let desk = Desk::new(self.handle.clone(), self.store.clone(), self.rulebook.clone(), audit.clone());
        Clerk::new(self.handle.clone(), self.store.clone(), self.rulebook.clone(), Arc::new(desk), audit)
    }

    /// Whether the values are gone for everybody: an own commit could be without effect.
    async fn check_gone(&self, plan: &Plan) -> Result<(), Failure> {
        let facts: Vec<FactId> = plan.due.iter().flat_map(|due| due.facts.iter().copied()).collect();
        let left = self.handle.query(move |machine, _| facts.iter().filter(|f| !machine.ledger().erased(f)).count());
        match left.await? {
            0 => Ok(()),
            left => Err(Failure::new(
                Code::PendingCharter,
                format!("{left} values are not erased: the commit that says so has no effect yet"),
                "see 'samsynd status' for what it waits for; the erasure is carried out when it takes effect",
            )),
        }
    }

    async fn close(self) {
        self.handle.stop().await;
        self.driver.await.ok();
        self.store.close().await;
    }
}

/// What was decided on is what is there, and all of it may go.
fn check(plan: &Plan, wanted: &Wanted, name: &str) -> Result<(), Failure> {
    if !wanted.documents.is_empty()
        && let Some(other) = plan.not_due.iter().find(|other| plan.due.iter().all(|due| due.document != other.document))
    {
        if let Why::Held(reason) = &other.why {
            return Err(held(&other.document, reason));
        }
        let message = format!("{} may not go: {}", other.document, why(&other.why));
        return Err(Failure::new(Code::InputNotDue, message, "leave it out, or wait").field("document"));
    }
    if plan.due.is_empty() {
        let message = format!("nothing of '{}' may go on {}", plan.authority, plan.day);
        return Err(Failure::new(Code::InputNotDue, message, "see 'samsynd dispose plan'").field("on"));
    }
    if plan.name() == name {
        return Ok(());
    }
    let message = format!("the list that was decided on ({name}) is not what may go on {} ({})", plan.day, plan.name());
    let remedy =
        "give the day of the list with --on; if the rules or the documents have changed since, decide on a new list";
    Err(Failure::new(Code::InputPlanChanged, message, remedy).field("plan"))
}

fn held(document: &DocumentId, reason: &str) -> Failure {
    let message = format!("{document} is held: {reason}");
    Failure::new(Code::InputHeld, message, "take the hold out of the authority's rules when its reason is over")
        .field("document")
}
