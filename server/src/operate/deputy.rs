//! `samsynd deputy`: who acts in another's place. Rows in a file of the node's; each change is a line of the audit log, and a
//! running node sees it within seconds.

use crate::{
    audit::{Act, Audit},
    config::{Config, SignIn},
    driver::now_ms,
    failure::Failure,
    limits::DEPUTIES_MAX,
    operate::charter,
    output::Output,
    register::calendar,
    sign_in::{Change, Deputies, Deputy, Role},
};
use jiff::civil::Date;
use samsyn_core::{code::Code, id::AuthorityId};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write};

/// A row as somebody has asked for it.
#[derive(Debug)]
pub struct Wanted {
    pub who: String,
    pub place_of: String,
    pub role: Role,
    pub authority: AuthorityId,
    pub from: String,
    pub to: String,
    pub decision: String,
}

/// `deputy add`.
pub fn add(config: &Config, wanted: Wanted) -> Result<Output, Failure> {
    let sign_in = sign_in(config)?;
    let known = authorities(config)?;
    let deputy = Deputy {
        who: wanted.who.trim().to_owned(),
        place_of: wanted.place_of.trim().to_owned(),
        role: wanted.role,
        authority: wanted.authority,
        from: day("from", &wanted.from)?,
        to: day("to", &wanted.to)?,
        decision: wanted.decision.trim().to_owned(),
    };
    deputy.check(&known)?;
    let today = calendar::day(now_ms());
    if deputy.to < today {
        let message = format!("the last day, {}, has passed", deputy.to);
        return Err(Failure::new(Code::InputDate, message, "choose a day that is left").field("to"));
    }
    let mut change = Change::begin(&sign_in.deputies, &known)?;
    if change.deputies.rows.contains(&deputy) {
        return Ok(Output::new(format!("{} is there already", deputy.name()), row(&deputy, today)));
    }
    // What ended long ago is in the audit log; the file need not keep it.
    if change.deputies.rows.len() >= DEPUTIES_MAX {
        change.deputies.rows.retain(|row| row.to >= today);
    }
    if change.deputies.rows.len() >= DEPUTIES_MAX {
        let message = format!("there are {DEPUTIES_MAX} deputies already");
        return Err(Failure::new(Code::InputNumber, message, "remove some with 'samsynd deputy remove'"));
    }
    change.deputies.rows.push(deputy.clone());
    let audit = Audit::beside(&config.audit.directory)?;
    change.finish(|| audit.write(Act::DeputyAdded { deputy: &deputy }, None))?;
    let Deputy { role, authority, from, to, .. } = &deputy;
    let text = format!(
        "added {}\n  {} at {authority}, from {from} to the end of {to}\nA running node knows it within seconds; outside these days it gives nothing.",
        deputy.name(),
        role.as_str()
    );
    Ok(Output::new(text, row(&deputy, today)))
}

/// `deputy list`.
pub fn list(config: &Config) -> Result<Output, Failure> {
    let deputies = Deputies::read(&sign_in(config)?.deputies, &authorities(config)?)?;
    let today = calendar::day(now_ms());
    let mut text = String::new();
    for deputy in &deputies.rows {
        let Deputy { who, place_of, role, authority, from, to, decision } = deputy;
        let state = state(deputy, today);
        let role = role.as_str();
        writeln!(
            text,
            "{}  {state:<7} {from} to {to}  {role:<11} {authority:<8} {who} for {place_of} ({decision})",
            deputy.name()
        )
        .ok();
    }
    if deputies.rows.is_empty() {
        text = "no deputies: add one with 'samsynd deputy add'".into();
    }
    Ok(Output::new(text, deputies.rows.iter().map(|deputy| row(deputy, today)).collect()))
}

/// `deputy remove`.
pub fn remove(config: &Config, name: &str) -> Result<Output, Failure> {
    let mut change = Change::begin(&sign_in(config)?.deputies, &authorities(config)?)?;
    let at = change.deputies.rows.iter().position(|row| row.name() == name.trim()).ok_or_else(|| {
        let message = format!("there is no deputy '{name}'");
        Failure::new(Code::InputNotFound, message, "see 'samsynd deputy list'").field("name")
    })?;
    let gone = change.deputies.rows.remove(at);
    let audit = Audit::beside(&config.audit.directory)?;
    change.finish(|| audit.write(Act::DeputyRemoved { deputy: &gone }, None))?;
    let text = format!("removed {name}: it gives nothing within seconds, also to who is signed in");
    Ok(Output::new(text, json!({"name": name, "removed": true})))
}

fn sign_in(config: &Config) -> Result<&SignIn, Failure> {
    config.sign_in.as_ref().ok_or_else(|| {
        let message = "nobody can sign in at this node, so nobody can act in another's place";
        Failure::config(message, "set [sign_in]; devices have their roles by 'samsynd device'").field("sign_in")
    })
}

fn authorities(config: &Config) -> Result<BTreeSet<AuthorityId>, Failure> {
    let book = charter::open(&config.federation.charter)?;
    let party = book.in_force().1.party(&config.federation.organisation);
    Ok(party.into_iter().flat_map(|p| &p.authorities).map(|a| a.id.clone()).collect())
}

fn day(option: &str, text: &str) -> Result<Date, Failure> {
    text.trim().parse().map_err(|_| {
        Failure::new(Code::InputDate, format!("'{text}' is no day"), "write for example 2026-12-01").field(option)
    })
}

fn state(deputy: &Deputy, today: Date) -> &'static str {
    if today < deputy.from {
        "coming"
    } else if today > deputy.to {
        "over"
    } else {
        "in force"
    }
}

fn row(deputy: &Deputy, today: Date) -> Value {
    let Deputy { who, place_of, role, authority, from, to, decision } = deputy;
    json!({
        "name": deputy.name(), "state": state(deputy, today), "who": who, "for": place_of, "role": role.as_str(),
        "authority": authority, "from": from.to_string(), "to": to.to_string(), "decision": decision,
    })
}
