//! Who may do what with a draft, and what sharing it becomes. Nothing here reads or writes, so that every combination can be
//! asked: `tests/policy.csv` says what each answers.

use super::{Wanted, no_copy, no_releaser};
use crate::{
    failure::Failure,
    register::calendar,
    release::Act,
    rulebook::{Mode, Rulebook, Rules},
    secrecy::{HeldBack, Overruled},
    store::{ReleaseRequest, Role},
    who::{Who, speaks_for},
};
use samsyn_core::{
    code::Code,
    entry::{Audience, DocumentKind, Purpose},
    id::{AuthorityId, Name},
};
use std::sync::Arc;

/// How something is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Publish,
    /// A releaser says yes first.
    Ask,
    /// A releaser lets out what the scanner has found.
    Overrule,
}

/// For whoever opens a draft. Whether there is one is no business of another board's.
pub(crate) fn may_open(who: Who<'_>, owner: &AuthorityId) -> Result<(), Failure> {
    if who.sees_drafts(owner) { Ok(()) } else { Err(no_copy()) }
}

pub(crate) fn may_mark(who: Who<'_>, owner: &AuthorityId) -> Result<(), Failure> {
    if who.may_edit(owner) {
        return Ok(());
    }
    Err(Failure::new(Code::RoleForbidden, "only those who write mark", "let a coordinator mark it"))
}

/// As what and by which rules something is shared.
pub(crate) fn act(
    rulebook: &Rulebook,
    who: Who<'_>,
    owner: &AuthorityId,
    wanted: &Wanted,
) -> Result<(Act, Arc<Rules>), Failure> {
    let authority = wanted.authority.clone();
    within_walls(rulebook, who, owner, &authority)?;
    let rules = rulebook.of(&authority);
    let role = match wanted.role.as_deref() {
        None => who.role(&authority)?,
        Some(role) if role == Role::Releaser.as_str() && !who.may_release(&authority) => return Err(no_releaser(who)),
        Some(other) => Name::new(other)?,
    };
    let purpose = wanted.purpose.unwrap_or(rules.purpose());
    if purpose == Purpose::ForComment {
        if wanted.audience == Some(Audience::Public) {
            return Err(public("a draft for comment goes to those who are named, never to the public"));
        }
        let days = calendar::days_after(calendar::day(wanted.now_ms), rules.comment_days());
        let circle = Some(wanted.asked.read(days)?);
        return Ok((Act { purpose, audience: Audience::Parties, authority, role, circle }, rules));
    }
    if !wanted.asked.is_empty() {
        let message = "recipients and a last day are for drafts for comment; anything else goes to all parties";
        let remedy = "choose the purpose 'for-comment', or leave them out";
        return Err(Failure::new(Code::SpacePurpose, message, remedy).field("to"));
    }
    let audience = wanted.audience.unwrap_or(rules.audience());
    Ok((Act { purpose, audience, authority, role, circle: None }, rules))
}

/// As what a reply to a draft for comment is shared: for information, with the asker alone, and not after the last day. The
/// authority's rules preselect nothing of it.
pub(crate) fn reply(act: Act, wanted: &Wanted, ends_ms: Option<u64>) -> Result<Act, Failure> {
    if wanted.audience == Some(Audience::Public) {
        return Err(public("a reply goes to whoever has asked, never to the public"));
    }
    if act.circle.is_some() || wanted.purpose.is_some_and(|purpose| purpose != Purpose::ForInformation) {
        let message = "a reply is sent for information";
        return Err(Failure::new(Code::SpacePurpose, message, "leave the purpose out").field("purpose"));
    }
    if ends_ms.is_some_and(|ends_ms| ends_ms <= wanted.now_ms) {
        let message = "the last day for comments has passed, and the draft is gone";
        return Err(Failure::new(Code::SpaceEnded, message, "write to whoever asked in another way"));
    }
    Ok(Act { purpose: Purpose::ForInformation, audience: Audience::Parties, ..act })
}

fn public(message: &str) -> Failure {
    Failure::new(Code::SpacePublic, message, "leave the audience out").field("audience")
}

/// Persons see and release the drafts of their own authorities. So do devices that are bound to one; a device bound to none
/// speaks for all. Where authorities have rules, none releases for another: naming another one gets past nobody's rules.
fn within_walls(
    rulebook: &Rulebook,
    who: Who<'_>,
    owner: &AuthorityId,
    releasing: &AuthorityId,
) -> Result<(), Failure> {
    let inside = match who {
        Who::Person(_) | Who::FileDrop(_) => owner == releasing && who.sees_drafts(owner),
        Who::Device(device) => {
            let own = speaks_for(device, owner) && speaks_for(device, releasing);
            own && (!rulebook.any() || owner == releasing)
        }
    };
    if inside {
        return Ok(());
    }
    let message = format!("the draft belongs to the authority '{owner}', which releases it itself");
    let remedy = format!("release it as '{owner}', with a device of that authority or of none");
    Err(Failure::new(Code::RoleForbidden, message, remedy).field("authority"))
}

/// Those who write share and ask, those who release answer and overrule.
pub(crate) fn step(
    who: Who<'_>,
    act: &Act,
    rules: &Rules,
    kind: DocumentKind,
    wanted: &Wanted,
) -> Result<Step, Failure> {
    if wanted.overrule.is_some() {
        return may_answer(who, &act.authority).map(|()| Step::Overrule);
    }
    if !who.may_edit(&act.authority) {
        let message = "only those who write for this authority share its drafts or ask to";
        return Err(Failure::new(Code::RoleForbidden, message, "let a coordinator share it or ask"));
    }
    let asks = wanted.ask || rules.mode(kind, act.purpose, act.audience) == Mode::Approve;
    Ok(if asks { Step::Ask } else { Step::Publish })
}

/// What a releaser lets out of what keeps a release back; none where something else than the scanner does.
pub(crate) fn set_aside(held: &[HeldBack]) -> Result<Option<Overruled>, Failure> {
    if held.is_empty() {
        // Or it would be a way around whoever is to be asked.
        let message = "nothing of what is chosen is held back, so there is nothing to overrule";
        return Err(Failure::new(Code::InputEmpty, message, "choose what is marked").field("markerat"));
    }
    let overruled = Overruled::of(held);
    Ok(held.iter().all(|held| overruled.lets_out(held)).then_some(overruled))
}

/// For whoever says yes or no to what waits.
pub(crate) fn may_answer(who: Who<'_>, authority: &AuthorityId) -> Result<(), Failure> {
    if who.may_release(authority) { Ok(()) } else { Err(no_releaser(who)) }
}

/// As what something is shared that a releaser has said yes to: what was asked for, as a releaser.
pub(crate) fn approved(
    rulebook: &Rulebook,
    who: Who<'_>,
    owner: &AuthorityId,
    request: &ReleaseRequest,
    now_ms: u64,
) -> Result<(Act, Arc<Rules>), Failure> {
    may_answer(who, &request.authority)?;
    let wanted = Wanted::again(request, now_ms);
    act(rulebook, who, owner, &wanted)
}
