//! From the votes that minutes name to an outcome: pure, and alike at every party. Read from the body's rules in the
//! decision's genesis and from what the minutes say; never from who looks, when, or what somebody states later (keeps I3, I8).
//!
//! What only the minutes can tell (who was there, which motions were carried, what the chair decided) is taken from them.
//! Where they are silent the outcome is undecided, with the reason: silence is neither a yes nor a no.

use crate::{
    entry::{Body, Majority, Quorum},
    id::{FactId, Name},
};
use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// What a seat answers to the proposal as it is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ballot {
    Yes,
    No,
    Abstain,
}

/// A vote that the minutes name, as the one who counts finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// It stands, or stood when it was named: whatever its seat says later changes nothing.
    Ballot(Ballot),
    /// Its value has not arrived or has been erased.
    Unreadable,
    /// It is no vote of that seat, or the minutes name several: counts for nothing.
    Void,
}

/// How the body came to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Nobody asked for a vote: what the chair found to be the will of those present.
    Acclamation,
    Vote,
}

/// What somebody moved about the proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Motion {
    /// To adopt it as it is put.
    Adopt,
    /// To adopt it with a change or an addition.
    Amend,
    /// To adopt something else instead.
    Counter,
    Reject,
    /// To send it back for further preparation.
    ReferBack,
    Postpone,
}

/// What came of a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Carried,
    Lost,
    Withdrawn,
}

/// What the minutes say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proceedings {
    pub way: Option<Way>,
    /// Seats that were taken; none where the minutes do not say.
    pub present: Option<BTreeSet<Name>>,
    /// Seats that took no part because of a conflict of interest.
    pub recused: BTreeSet<Name>,
    /// By seat, the votes that the minutes name.
    pub votes: BTreeMap<Name, Named>,
    /// Seats whose reservation is in the minutes.
    pub opposed: BTreeSet<Name>,
    /// By id; without a fate where the minutes do not say.
    pub motions: BTreeMap<Name, (Motion, Option<Fate>)>,
    /// What the chair decided where the body disagreed; to abstain is to leave it to whoever is above.
    pub chair: Option<Ballot>,
}

/// What the body has concluded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    Adopted,
    AdoptedWithAmendment,
    Rejected,
    ReferredBack,
    Postponed,
    NoQuorum,
    /// It disagreed: the body that is named decides.
    Escalated(Name),
    Undecided,
}

impl Conclusion {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::AdoptedWithAmendment => "adopted-with-amendment",
            Self::Rejected => "rejected",
            Self::ReferredBack => "referred-back",
            Self::Postponed => "postponed",
            Self::NoQuorum => "no-quorum",
            Self::Escalated(_) => "escalated",
            Self::Undecided => "undecided",
        }
    }

    pub fn is_adopted(&self) -> bool {
        matches!(self, Self::Adopted | Self::AdoptedWithAmendment)
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What decided it, or stands in the way. Stable, as codes are.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Why { $($(#[$doc])* $name,)* }
        impl Why {
            pub const ALL: &'static [Why] = &[$(Why::$name,)*];
            pub fn as_str(self) -> &'static str {
                match self { $(Why::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// Nothing is said of how it went.
    MinutesSilent => "minutes-silent",
    /// Who was there is not said, and nobody voted.
    AttendanceMissing => "attendance-missing",
    QuorumMet => "quorum-met",
    QuorumMissed => "quorum-missed",
    /// Votes for, of those counted for or against.
    MajorityFor => "majority-for",
    /// Votes against, of those counted for or against.
    MajorityAgainst => "majority-against",
    Tie => "tie",
    CastingVote => "casting-vote",
    /// A tie, and the seat that decides one has not said yes or no.
    CastingVoteMissing => "casting-vote-missing",
    NobodyVoted => "nobody-voted",
    Acclamation => "acclamation",
    Consensus => "consensus",
    /// So many said no, or had a reservation put in the minutes.
    NoConsensus => "no-consensus",
    ChairDecided => "chair-decided",
    /// The body disagrees, and its chair is to decide.
    AwaitsChair => "awaits-chair",
    /// The body disagrees, and somebody above is to decide.
    Escalates => "escalates",
    /// So many of the named votes cannot be read, and they could turn the outcome.
    VotesUnreadable => "votes-unreadable",
    /// So many of the named votes are void.
    VotesVoid => "votes-void",
    /// So many of the named votes are of no seat of the body.
    VotesForeign => "votes-foreign",
    /// So many were there and took no part.
    TookNoPart => "took-no-part",
    /// So many stepped aside for a conflict of interest.
    Recused => "recused",
    /// So many changes or additions were carried.
    AmendmentCarried => "amendment-carried",
    /// Something else was adopted instead.
    CounterCarried => "counter-carried",
    MotionToReject => "motion-to-reject",
    MotionToReferBack => "motion-to-refer-back",
    MotionToPostpone => "motion-to-postpone",
    /// What came of so many motions is not said.
    MotionsOpen => "motions-open",
    /// The votes say one thing and a carried motion another.
    MotionContradicts => "motion-contradicts",
}

/// A reason with what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    pub why: Why,
    pub count: usize,
    pub of: usize,
}

/// The seats by what they did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub seats: usize,
    pub present: usize,
    pub yes: usize,
    pub no: usize,
    pub abstain: usize,
    pub unreadable: usize,
    /// There, and without a vote that counts; empty where nobody voted.
    pub took_no_part: BTreeSet<Name>,
    pub recused: BTreeSet<Name>,
}

/// What came of it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub conclusion: Conclusion,
    pub reasons: Vec<Reason>,
    pub tally: Tally,
}

/// The outcome of a matter in a body, from what its minutes say:
/// - seats are those of the genesis: a vote of anybody else changes nothing;
/// - those present are those whom the minutes name and those whose votes they name, without those who stepped aside;
/// - below the quorum nothing is decided;
/// - a motion to send back or to put off that was carried ends it there;
/// - then the votes, or the will of those present, by the body's rule of majority;
/// - where it disagrees the casting seat, the chair, or the body above, as its rules say;
/// - carried amendments make it adopted with amendment.
pub fn outcome(body: &Body, minutes: &Proceedings) -> Outcome {
    let seated = seated(body, minutes);
    let tally = tally(body, &seated);
    let mut reasons = counted(body, minutes, &tally);
    let conclusion = conclude(body, &seated, &tally, &mut reasons);
    Outcome { conclusion, reasons, tally }
}

/// The minutes without those who have no seat in the body: whatever is said of them changes nothing (keeps I5).
fn seated(body: &Body, minutes: &Proceedings) -> Proceedings {
    let mut seated = minutes.clone();
    let has_seat = |seat: &Name| body.seats.contains_key(seat);
    if let Some(present) = &mut seated.present {
        present.retain(has_seat);
    }
    seated.recused.retain(has_seat);
    seated.opposed.retain(has_seat);
    seated.votes.retain(|seat, _| has_seat(seat));
    // Who steps aside is not there.
    let recused = seated.recused.clone();
    if let Some(present) = &mut seated.present {
        present.retain(|seat| !recused.contains(seat));
    }
    seated.votes.retain(|seat, _| !recused.contains(seat));
    seated
}

fn tally(body: &Body, minutes: &Proceedings) -> Tally {
    let present: BTreeSet<&Name> = minutes.present.iter().flatten().chain(minutes.votes.keys()).collect();
    let count = |wanted: Named| minutes.votes.values().filter(|vote| **vote == wanted).count();
    let counts = |seat: &&&Name| minutes.votes.get(**seat).is_some_and(|vote| *vote != Named::Void);
    let voted = is_vote(minutes);
    Tally {
        seats: body.seats.len(),
        present: present.len(),
        yes: count(Named::Ballot(Ballot::Yes)),
        no: count(Named::Ballot(Ballot::No)),
        abstain: count(Named::Ballot(Ballot::Abstain)),
        unreadable: count(Named::Unreadable),
        took_no_part: present.iter().filter(|seat| voted && !counts(seat)).map(|seat| (*seat).clone()).collect(),
        recused: minutes.recused.clone(),
    }
}

/// Votes that are named are a vote, whatever is said of the way.
fn is_vote(minutes: &Proceedings) -> bool {
    minutes.way == Some(Way::Vote) || !minutes.votes.is_empty()
}

/// What is told whatever comes of it.
fn counted(body: &Body, minutes: &Proceedings, tally: &Tally) -> Vec<Reason> {
    let named = minutes.votes.len();
    let foreign = minutes.votes.keys().filter(|seat| !body.seats.contains_key(*seat)).count();
    let void = |(seat, vote): &(&Name, &Named)| body.seats.contains_key(*seat) && **vote == Named::Void;
    let rows = [
        (Why::VotesForeign, foreign, named),
        (Why::VotesVoid, minutes.votes.iter().filter(void).count(), named),
        (Why::TookNoPart, tally.took_no_part.len(), tally.present),
        (Why::Recused, tally.recused.len(), tally.seats),
    ];
    rows.into_iter().filter(|(_, count, _)| *count > 0).map(|(why, count, of)| Reason { why, count, of }).collect()
}

fn conclude(body: &Body, minutes: &Proceedings, tally: &Tally, reasons: &mut Vec<Reason>) -> Conclusion {
    let mut say = |why: Why, count: usize, of: usize| reasons.push(Reason { why, count, of });
    if minutes.way.is_none() && minutes.votes.is_empty() {
        say(Why::MinutesSilent, 0, tally.seats);
        return Conclusion::Undecided;
    }
    if minutes.present.is_none() && minutes.votes.is_empty() {
        say(Why::AttendanceMissing, 0, tally.seats);
        return Conclusion::Undecided;
    }
    let met = quorum_met(body.rules.quorum, tally.present, tally.seats);
    say(if met { Why::QuorumMet } else { Why::QuorumMissed }, tally.present, tally.seats);
    if !met {
        return Conclusion::NoQuorum;
    }
    let carried = |motion: Motion| minutes.motions.values().filter(|m| **m == (motion, Some(Fate::Carried))).count();
    let all = minutes.motions.len();
    for (motion, why, conclusion) in [
        (Motion::ReferBack, Why::MotionToReferBack, Conclusion::ReferredBack),
        (Motion::Postpone, Why::MotionToPostpone, Conclusion::Postponed),
    ] {
        if carried(motion) > 0 {
            say(why, carried(motion), all);
            return conclusion;
        }
    }
    let (answer, because) = answer(body, minutes, tally);
    reasons.extend(because);
    with_motions(answer, minutes, reasons)
}

/// What carried motions make of the answer to the proposal.
fn with_motions(answer: Conclusion, minutes: &Proceedings, reasons: &mut Vec<Reason>) -> Conclusion {
    let all = minutes.motions.len();
    let carried = |motion: Motion| minutes.motions.values().filter(|m| **m == (motion, Some(Fate::Carried))).count();
    let open = minutes.motions.values().filter(|(_, fate)| fate.is_none()).count();
    let mut say = |why: Why, count: usize| reasons.push(Reason { why, count, of: all });
    if carried(Motion::Reject) > 0 {
        say(Why::MotionToReject, carried(Motion::Reject));
        let by_vote = is_vote(minutes) && answer != Conclusion::Rejected;
        if by_vote || carried(Motion::Adopt) > 0 {
            say(Why::MotionContradicts, carried(Motion::Reject));
            return Conclusion::Undecided;
        }
        return Conclusion::Rejected;
    }
    if answer != Conclusion::Adopted {
        return answer;
    }
    // Whether it was adopted as it was put depends on what came of them.
    if open > 0 {
        say(Why::MotionsOpen, open);
        return Conclusion::Undecided;
    }
    let (amended, countered) = (carried(Motion::Amend), carried(Motion::Counter));
    if amended > 0 {
        say(Why::AmendmentCarried, amended);
    }
    if countered > 0 {
        say(Why::CounterCarried, countered);
    }
    if amended + countered > 0 { Conclusion::AdoptedWithAmendment } else { Conclusion::Adopted }
}

fn quorum_met(quorum: Quorum, present: usize, seats: usize) -> bool {
    match quorum {
        Quorum::Half => present * 2 >= seats && present > 0,
        Quorum::Majority => present * 2 > seats,
    }
}

/// The answer to the proposal as it was put, without its motions. Votes that cannot be read leave it open only if they
/// could turn it.
fn answer(body: &Body, minutes: &Proceedings, tally: &Tally) -> (Conclusion, Vec<Reason>) {
    let found = |yes: usize, no: usize, abstain: usize| {
        let mut reasons = Vec::new();
        let conclusion = by_rule(body, minutes, &Tally { yes, no, abstain, ..tally.clone() }, &mut reasons);
        (conclusion, reasons)
    };
    let Tally { yes, no, abstain, unreadable, .. } = *tally;
    let as_abstained = found(yes, no, abstain + unreadable);
    if unreadable == 0 {
        return as_abstained;
    }
    let same = found(yes + unreadable, no, abstain).0 == as_abstained.0
        && found(yes, no + unreadable, abstain).0 == as_abstained.0;
    if same {
        return as_abstained;
    }
    (Conclusion::Undecided, vec![Reason { why: Why::VotesUnreadable, count: unreadable, of: minutes.votes.len() }])
}

fn by_rule(body: &Body, minutes: &Proceedings, tally: &Tally, reasons: &mut Vec<Reason>) -> Conclusion {
    let mut say = |why: Why, count: usize, of: usize| reasons.push(Reason { why, count, of });
    let voted = is_vote(minutes);
    let answered = tally.yes + tally.no;
    match body.rules.majority {
        Majority::Consensus => {
            let noes =
                minutes.votes.iter().filter(|(_, vote)| **vote == Named::Ballot(Ballot::No)).map(|(seat, _)| seat);
            // Votes that cannot be read are counted here as they are supposed to be.
            let supposed = tally.no.saturating_sub(noes.clone().count());
            let opposed = minutes.opposed.iter().chain(noes).collect::<BTreeSet<_>>().len() + supposed;
            if opposed > 0 {
                say(Why::NoConsensus, opposed, tally.present);
                return disagreement(body, minutes, reasons);
            }
            if voted && tally.yes == 0 {
                say(Why::NobodyVoted, 0, tally.present);
                return Conclusion::Undecided;
            }
            say(Why::Consensus, if voted { tally.yes } else { tally.present }, tally.present);
            Conclusion::Adopted
        }
        Majority::Simple if !voted => {
            say(Why::Acclamation, tally.present, tally.seats);
            Conclusion::Adopted
        }
        Majority::Simple if answered == 0 => {
            say(Why::NobodyVoted, 0, tally.present);
            Conclusion::Undecided
        }
        Majority::Simple if tally.yes > tally.no => {
            say(Why::MajorityFor, tally.yes, answered);
            Conclusion::Adopted
        }
        Majority::Simple if tally.no > tally.yes => {
            say(Why::MajorityAgainst, tally.no, answered);
            Conclusion::Rejected
        }
        Majority::Simple => {
            say(Why::Tie, tally.yes, answered);
            tie(body, minutes, reasons)
        }
    }
}

fn tie(body: &Body, minutes: &Proceedings, reasons: &mut Vec<Reason>) -> Conclusion {
    let Some(seat) = &body.rules.casting_seat else { return disagreement(body, minutes, reasons) };
    let (why, conclusion) = match minutes.votes.get(seat) {
        Some(Named::Ballot(Ballot::Yes)) => (Why::CastingVote, Conclusion::Adopted),
        Some(Named::Ballot(Ballot::No)) => (Why::CastingVote, Conclusion::Rejected),
        _ => (Why::CastingVoteMissing, Conclusion::Undecided),
    };
    reasons.push(Reason { why, count: 1, of: 1 });
    conclusion
}

/// The body cannot agree: its chair first, if its rules say so, then whoever is above.
fn disagreement(body: &Body, minutes: &Proceedings, reasons: &mut Vec<Reason>) -> Conclusion {
    let mut say = |why: Why| reasons.push(Reason { why, count: 1, of: 1 });
    if body.rules.chair_decides {
        match minutes.chair {
            Some(Ballot::Yes) => {
                say(Why::ChairDecided);
                return Conclusion::Adopted;
            }
            Some(Ballot::No) => {
                say(Why::ChairDecided);
                return Conclusion::Rejected;
            }
            Some(Ballot::Abstain) => {}
            None => {
                say(Why::AwaitsChair);
                return Conclusion::Undecided;
            }
        }
    }
    match &body.rules.escalates_to {
        Some(above) => {
            say(Why::Escalates);
            Conclusion::Escalated(above.clone())
        }
        None => Conclusion::Undecided,
    }
}

/// The name of a text version: the hash of its exact words, as a reference. Whoever has the text can check it.
pub fn text_version(text: &str) -> String {
    format!("{TEXT_VERSION}{}", blake3::hash(text.as_bytes()).to_hex())
}

/// What a text version's name begins with.
pub const TEXT_VERSION: &str = "blake3:";

/// How minutes name a vote: references know no dots.
pub fn vote_reference(vote: &FactId) -> String {
    format!("fact:{}:{}", vote.header, vote.index)
}

/// The vote that minutes name.
pub fn named_vote(reference: &str) -> Option<FactId> {
    reference.strip_prefix("fact:")?.replacen(':', ".", 1).parse().ok()
}
