//! What a registrar does: gives numbers, keeps in order, puts aside. One decision at a time over all registers of this
//! node, in one transaction with the numbers that it uses and the commit that tells the others (keeps I8, I9).

mod numbers;
mod titles;
mod told;

pub(crate) use numbers::Proposal;
pub(crate) use titles::{stated, subject_of};
use told::Told;

use super::{Item, Number, State, Statement, Words, Written};
use crate::{
    audit::{Act, Audit},
    driver::{Composed, Handle, Pen, now_ms},
    failure::Failure,
    rulebook::{Rulebook, Rules},
    store::{Counts, ItemRow, PublicFilter, RegisterFilter, Store},
    who::Who,
};
use samsyn_core::{code::Code, id::AuthorityId};
use std::sync::Arc;

/// Items that one decision may be about.
const ITEMS_MAX: usize = 100;
/// Characters of a subject, a reason, a number and a class.
const SUBJECT_MAX: usize = 300;
const REASON_MAX: usize = 2_000;
const NUMBER_MAX: usize = 60;

/// What somebody wants done with items of one authority.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) authority: AuthorityId,
    pub(crate) items: Vec<u64>,
    pub(crate) decision: Decision,
    /// For all of them. Of a correction, what is not said stays as it was; of anything else it is empty.
    pub(crate) subject: Option<String>,
    pub(crate) protected_subject: Option<String>,
    pub(crate) counterpart_protected: Option<bool>,
    pub(crate) class: Option<String>,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Register(Case),
    /// Other words for what is registered; the number stands.
    Correct,
    ToRegister,
    InOrder,
    Minor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Case {
    /// The next number of the authority's series.
    Next,
    /// A number that the authority has given, and the first document's number in it where that is known.
    Given { case: String, document: Option<u64>, elsewhere: bool },
}

/// What became of an item.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) position: u64,
    pub(crate) state: State,
    pub(crate) number: Option<Number>,
}

/// The registers of this node.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(super) driver: Handle,
    pub(super) store: Arc<Store>,
    pub(super) rulebook: Arc<Rulebook>,
    audit: Option<Arc<Audit>>,
    turn: tokio::sync::Mutex<()>,
    /// Whoever gets a whole register as a file: one at a time, since it is made in memory.
    extracts: tokio::sync::Mutex<()>,
}

pub(crate) fn check(who: Who<'_>, authority: &AuthorityId) -> Result<(), Failure> {
    if who.may_register(authority) {
        return Ok(());
    }
    let message = format!("only a registrar of '{authority}' sees and keeps its register");
    Err(Failure::new(Code::RoleForbidden, message, "ask for the role 'registrar' for that authority"))
}

impl Desk {
    pub(crate) fn new(driver: Handle, store: Arc<Store>, rulebook: Arc<Rulebook>, audit: Option<Arc<Audit>>) -> Self {
        Self {
            driver,
            store,
            rulebook,
            audit,
            turn: tokio::sync::Mutex::default(),
            extracts: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) async fn items(
        &self,
        who: Who<'_>,
        authority: &AuthorityId,
        filter: &RegisterFilter,
    ) -> Result<(Vec<ItemRow>, Counts), Failure> {
        check(who, authority)?;
        let counted = RegisterFilter { states: Vec::new(), ..filter.clone() };
        let counts = self.store.count_register_items(authority, &counted).await?;
        let rows = self.with_stated_titles(self.store.register_items(authority, filter).await?).await?;
        Ok((rows, counts))
    }

    /// What anybody may read of a register: what is registered, in its public words. Nobody is asked who they are.
    pub(crate) async fn public(
        &self,
        authority: &AuthorityId,
        filter: &PublicFilter,
    ) -> Result<(Vec<ItemRow>, u64), Failure> {
        let total = self.store.count_public_items(authority, filter).await?;
        let filter = PublicFilter { of: Some(total), ..filter.clone() };
        Ok((self.store.public_items(authority, &filter).await?, total))
    }

    /// The turn of somebody who gets a whole register as a file.
    pub(crate) async fn extract_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.extracts.lock().await
    }

    /// One item with all that was decided of it.
    pub(crate) async fn item(
        &self,
        who: Who<'_>,
        authority: &AuthorityId,
        position: u64,
    ) -> Result<(ItemRow, Vec<Statement>), Failure> {
        check(who, authority)?;
        let row = self.store.register_item(authority, position).await?.ok_or_else(|| no_item(position))?;
        let row = self.with_stated_titles(vec![row]).await?.pop().ok_or_else(|| no_item(position))?;
        Ok((row, self.store.register_statements(authority, position).await?))
    }

    /// The organisation's authorities as the charter lists them, those that have ended too: their registers are read.
    pub(crate) async fn authorities(&self) -> Result<Vec<AuthorityId>, Failure> {
        let listed = self.driver.query(|machine, _| {
            let party = machine.ledger().charters().in_force().1.party(machine.own());
            party.map(|p| p.authorities.iter().map(|a| a.id.clone()).collect::<Vec<_>>()).unwrap_or_default()
        });
        let found = listed.await?;
        if found.is_empty() { Ok(vec![AuthorityId::new("main")?]) } else { Ok(found) }
    }

    /// Carries out one decision, whole or not at all.
    pub(crate) async fn decide(&self, who: Who<'_>, order: Order) -> Result<Vec<Outcome>, Failure> {
        check(who, &order.authority)?;
        let order = checked(order)?;
        let _turn = self.turn.lock().await;
        let came_back = self.came_back().await?;
        let mut rows = Vec::with_capacity(order.items.len());
        for position in &order.items {
            let row = self.store.register_item(&order.authority, *position).await?;
            let row = row.ok_or_else(|| no_item(*position))?;
            allowed(&row, &order)?;
            rows.push(row);
        }
        let items: Vec<&Item> = rows.iter().map(|row| &row.item).collect();
        let titles = self.stated_titles(&items).await?;
        let rules = self.rulebook.of(&order.authority);
        let (numbers, series) = self.numbers(&order, &rows, &rules).await?;
        // After a restore a number may have been given that this register has forgotten and the others know.
        let told = self.told(&order.authority, &items).await?;
        for (row, number) in rows.iter().zip(&numbers) {
            let (Some(known), Some(number)) = (told.get(&row.item.position), number) else { continue };
            if *known != number.to_string() {
                let message = format!("the other parties have been told that item {} is {known}", row.item.position);
                let remedy = "register it with that number, as registered elsewhere before";
                return Err(Failure::new(Code::RegisterAlready, message, remedy).field("items"));
            }
        }
        let at_ms = now_ms();
        let statements: Vec<(AuthorityId, u64, Statement)> = rows
            .iter()
            .zip(&numbers)
            .map(|(row, number)| {
                let stated = titles.get(&row.item.position).map(String::as_str);
                let statement = statement(&order, row, (stated, number.clone()), (at_ms, &rules));
                (order.authority.clone(), row.item.position, statement)
            })
            .collect();
        let outcomes = statements.iter().map(|(_, position, s)| Outcome {
            position: *position,
            state: s.state,
            number: s.number.clone(),
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        let first = outcomes.first();
        let number = first.and_then(|o| o.number.as_ref()).map(ToString::to_string);
        let state = first.map_or("", |o| o.state.as_str());
        self.note(who, &order.authority, &order.items, state, number.as_deref())?;
        let told = Told::new(&order.authority, &rows, &statements)?;
        let written = Written { statements, series };
        let write = move |pen: &Pen<'_>| {
            if pen.came_back != came_back {
                return Err(older());
            }
            let commit = told.commit(pen, rules.words());
            Ok(Composed { commit, register: Some(written), ..Composed::default() })
        };
        if let Err(failure) = self.driver.write(write).await {
            self.failed(&order.authority, &failure);
            return Err(failure);
        }
        Ok(outcomes)
    }

    /// How often own entries have come back from peers: what was read before that may not hold any more.
    async fn came_back(&self) -> Result<u64, Failure> {
        self.driver.query(|_, state| state.came_back).await
    }

    /// What the line before it told did not come about.
    fn failed(&self, authority: &AuthorityId, failure: &Failure) {
        let Some(audit) = &self.audit else { return };
        let act = Act::RegisterFailed { authority: authority.as_str(), code: failure.code.as_str() };
        if let Err(failure) = tokio::task::block_in_place(|| audit.write(act, None)) {
            tracing::error!(code = %failure.code, "the audit log does not say that nothing was registered: {failure}");
        }
    }

    fn note(
        &self,
        who: Who<'_>,
        authority: &AuthorityId,
        items: &[u64],
        state: &str,
        number: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(audit) = &self.audit else { return Ok(()) };
        let act = Act::Registered {
            device: who.device(),
            authority: authority.as_str(),
            items,
            state,
            registered_as: number,
        };
        tokio::task::block_in_place(|| audit.write(act, who.person())).map_err(|failure| {
            tracing::error!(code = %failure.code, "nothing is registered: {failure}; remedy: {}", failure.remedy);
            let message = "the node cannot write down what is done, and registers nothing without that";
            Failure::new(Code::AuditUnwritable, message, "tell whoever runs the node; its log has the reason")
        })
    }
}

fn no_item(position: u64) -> Failure {
    let message = format!("the register has no item {position}");
    Failure::new(Code::InputNotFound, message, "see the authority's register").field("items")
}

/// What can be said of an order without looking at the register.
fn checked(mut order: Order) -> Result<Order, Failure> {
    order.items.sort_unstable();
    order.items.dedup();
    if order.items.is_empty() {
        return Err(Failure::new(Code::InputEmpty, "nothing is chosen", "choose at least one item").field("items"));
    }
    if order.items.len() > ITEMS_MAX {
        let message = format!("{} items are chosen, {ITEMS_MAX} are the most", order.items.len());
        return Err(Failure::new(Code::InputTooLong, message, "take them in several steps").field("items"));
    }
    for (text, max, field) in [
        (order.subject.as_mut(), SUBJECT_MAX, "subject"),
        (order.protected_subject.as_mut(), SUBJECT_MAX, "protected_subject"),
        (order.class.as_mut(), NUMBER_MAX, "class"),
        (Some(&mut order.reason), REASON_MAX, "reason"),
    ] {
        text.map(|text| tidy(text, max, field)).transpose()?;
    }
    if let Decision::Register(Case::Given { case, document, .. }) = &mut order.decision {
        tidy(case, NUMBER_MAX, "number")?;
        if case.is_empty() {
            return Err(Failure::new(Code::InputEmpty, "there is no number", "write the number").field("number"));
        }
        if document.is_some_and(|n| n == 0 || n > 1_000_000) {
            let message = "a document's number in its case is 1 or more";
            return Err(Failure::new(Code::InputNumber, message, "leave it out").field("document_number"));
        }
    }
    let needs_reason = matches!(order.decision, Decision::Minor | Decision::Correct);
    if needs_reason && order.reason.is_empty() {
        return Err(Failure::new(Code::InputEmpty, "this needs a reason", "say why").field("reason"));
    }
    Ok(order)
}

/// One line without what no database takes.
fn tidy(text: &mut String, max: usize, field: &str) -> Result<(), Failure> {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().clone_into(text);
    let characters = text.chars().count();
    if characters <= max {
        return Ok(());
    }
    let message = format!("{characters} characters, {max} are the most");
    Err(Failure::new(Code::InputTooLong, message, "shorten it").field(field))
}

/// This node has just learnt that its database is older than what it has given out.
fn older() -> Failure {
    let message = "own entries have come back from other parties just now: what this was based on may not hold";
    Failure::new(Code::RegisterSeriesClosed, message, "look at the register again, and confirm the last number")
}

/// What has a number keeps it: nothing but its words can be corrected. What is protected is registered.
pub(crate) fn allowed(row: &ItemRow, order: &Order) -> Result<(), Failure> {
    let position = row.item.position;
    let decision = &order.decision;
    let words = row.statement.as_ref().map(|s| &s.words);
    let protected = order.protected_subject.as_ref().is_some_and(|s| !s.is_empty())
        || order.counterpart_protected == Some(true)
        || words.is_some_and(|w| !w.protected_subject.is_empty() || w.counterpart_protected);
    let unnumbered = matches!(decision, Decision::InOrder | Decision::Minor) && row.item.state != State::Registered;
    if protected && unnumbered {
        let message = format!("item {position} has protected words: what may be secret is always registered");
        return Err(Failure::new(Code::RegisterSecret, message, "register it").field("items"));
    }
    match (row.item.state, decision) {
        (State::Registered, Decision::Correct) => Ok(()),
        (State::Registered, _) => {
            let number = row.statement.as_ref().and_then(|s| s.number.as_ref()).map(ToString::to_string);
            let message = format!("item {position} is registered already: {}", number.unwrap_or_default());
            Err(Failure::new(Code::RegisterAlready, message, "a number stands; its words can be corrected")
                .field("items"))
        }
        (_, Decision::Correct) => {
            let message = format!("item {position} is not registered, so there is nothing to correct");
            Err(Failure::new(Code::InputValue, message, "register it").field("items"))
        }
        _ => Ok(()),
    }
}

fn statement(
    order: &Order,
    row: &ItemRow,
    (stated, number): (Option<&str>, Option<Number>),
    (at_ms, rules): (u64, &Rules),
) -> Statement {
    let state = match order.decision {
        Decision::Register(_) | Decision::Correct => State::Registered,
        Decision::ToRegister => State::ToRegister,
        Decision::InOrder => State::InOrder,
        Decision::Minor => State::Minor,
    };
    let before = row.statement.as_ref();
    let corrects = order.decision == Decision::Correct;
    let earlier = before.map(|s| &s.words).filter(|_| corrects);
    let kept = |said: &Option<String>, pick: fn(&Words) -> &String| {
        said.clone().unwrap_or_else(|| earlier.map(|w| pick(w).clone()).unwrap_or_default())
    };
    let mut subject = kept(&order.subject, |w| &w.subject);
    let protected_subject = kept(&order.protected_subject, |w| &w.protected_subject);
    if state == State::Registered && subject.is_empty() {
        subject = subject_of(&row.item, stated.unwrap_or_default());
    }
    let hidden = earlier.is_some_and(|w| w.counterpart_protected);
    Statement {
        nr: before.map_or(0, |s| s.nr) + 1,
        at_ms,
        state,
        number,
        words: Words {
            subject,
            protected_subject,
            counterpart_protected: order.counterpart_protected.unwrap_or(hidden),
            class: kept(&order.class, |w| &w.class),
            reason: order.reason.clone(),
            rules: rules.version.clone(),
        },
    }
}
