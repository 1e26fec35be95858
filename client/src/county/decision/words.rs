//! What a decision's parts are called, for pages and command line alike.

use super::{Force, Seal, State, Summary};
use crate::{
    text::{Lang, Phrase, Text},
    vocabulary::RATIFICATION,
};
use samsyn_core::governance::{Reason, Why};

/// A body's conclusion is called by what the body is: a cooperation body takes a position, which binds nobody.
pub fn kind(is_position: bool) -> Text {
    if is_position { Text("ställningstagande", "position") } else { Text("beslut", "decision") }
}

/// What a position means, and what it does not.
pub const POSITION: Text = Text(
    "Ett samverkansorgan är ingen myndighet. Det här är ett ställningstagande: bindande blir först det som varje parts egen nämnd eller styrelse beslutar.",
    "A cooperation body is no authority. This is a position: binding is only what each party's own board decides.",
);

/// What the computed legal force takes for granted.
pub const FORCE_ASSUMES: Text = Text(
    "Räknat från anslaget: tre veckor för laglighetsprövning (13 kap. 5 § kommunallagen), framflyttat till nästa vardag, om ingen överklagar och inget annat gäller för beslutet.",
    "Counted from the announcement: three weeks for judicial review of legality (kommunallagen 13:5), moved to the next working day, if nobody appeals and nothing else holds for the decision.",
);

/// What decided an outcome, with its figures.
pub fn reason(reason: &Reason) -> Phrase {
    let (count, of) = (reason.count.to_string(), reason.of.to_string());
    let both = &[count.as_str(), of.as_str()][..];
    let text = match reason.why {
        Why::MinutesSilent => Text("Protokollet säger inte hur det gick till.", "The minutes do not say how it went."),
        Why::AttendanceMissing => {
            Text("Protokollet säger inte vilka som var där.", "The minutes do not say who was there.")
        }
        Why::QuorumMet => Text("Beslutfört: {} av {} platser.", "There was a quorum: {} of {} seats."),
        Why::QuorumMissed => Text("Inte beslutfört: {} av {} platser.", "There was no quorum: {} of {} seats."),
        Why::MajorityFor => Text("{} av {} röster för.", "{} of {} votes for."),
        Why::MajorityAgainst => Text("{} av {} röster emot.", "{} of {} votes against."),
        Why::Tie => Text("Lika röstetal: {} av {} för.", "A tie: {} of {} for."),
        Why::CastingVote => Text("Ordförandens utslagsröst avgjorde.", "The chair's casting vote decided."),
        Why::CastingVoteMissing => Text(
            "Utslagsrösten saknas bland de röster som räknas.",
            "The casting vote is not among the votes that count.",
        ),
        Why::NobodyVoted => Text("Ingen röstade för eller emot.", "Nobody voted for or against."),
        Why::Acclamation => {
            Text("Utan omröstning; {} av {} platser var där.", "Without a vote; {} of {} seats were there.")
        }
        Why::Consensus => Text("Ingen sade nej: {} av {} var med.", "Nobody said no: {} of {} agreed."),
        Why::NoConsensus => Text(
            "Oenighet: {} av {} sade nej eller reserverade sig.",
            "Disagreement: {} of {} said no or had a reservation.",
        ),
        Why::ChairDecided => Text("Ordföranden avgjorde.", "The chair decided."),
        Why::AwaitsChair => Text("Ordföranden ska avgöra.", "The chair is to decide."),
        Why::Escalates => Text("Frågan lyfts till nästa nivå.", "The matter goes to the level above."),
        Why::VotesUnreadable => Text(
            "{} av {} räknade röster går inte att läsa här, och de kan vända utfallet.",
            "{} of {} counted votes cannot be read here, and could turn the outcome.",
        ),
        Why::VotesVoid => Text("{} av {} räknade röster gäller inte.", "{} of {} counted votes are void."),
        Why::VotesForeign => Text(
            "{} av {} räknade röster är inte från någon plats i organet och ändrar inget.",
            "{} of {} counted votes are of no seat of the body and change nothing.",
        ),
        Why::TookNoPart => Text("{} av {} närvarande deltog inte.", "{} of {} present took no part."),
        Why::Recused => Text("{} av {} platser var jäviga.", "{} of {} seats stepped aside."),
        Why::AmendmentCarried => {
            Text("{} av {} yrkanden: tillägg som bifölls.", "{} of {} motions: amendments that were carried.")
        }
        Why::CounterCarried => {
            Text("{} av {} yrkanden: ett annat förslag bifölls.", "{} of {} motions: another proposal was carried.")
        }
        Why::MotionToReject => Text("{} av {} yrkanden: avslag bifölls.", "{} of {} motions: rejection was carried."),
        Why::MotionToReferBack => {
            Text("{} av {} yrkanden: återremiss bifölls.", "{} of {} motions: referral back was carried.")
        }
        Why::MotionToPostpone => {
            Text("{} av {} yrkanden: bordläggning bifölls.", "{} of {} motions: postponement was carried.")
        }
        Why::MotionsOpen => Text(
            "Protokollet säger inte vad det blev av {} av {} yrkanden.",
            "The minutes do not say what came of {} of {} motions.",
        ),
        Why::MotionContradicts => Text(
            "Rösterna säger ett och ett bifallet yrkande ett annat.",
            "The votes say one thing and a carried motion another.",
        ),
    };
    text.with(both)
}

/// A cell in a letter and a word: the letter says the same where there is no colour and little room.
pub fn summary(summary: Summary) -> (&'static str, Text) {
    match summary {
        Summary::Unknown => ("○", Text("ej rapporterat", "not reported")),
        Summary::Contested => ("≠", Text("uppgifter skiljer sig", "statements differ")),
        Summary::OtherText => ("≠", Text("annan text", "another text")),
        Summary::Partly => ("…", Text("tidigare steg klart", "earlier step done")),
        Summary::Is(state) => (letter(state), label(state)),
    }
}

fn letter(state: State) -> &'static str {
    match state {
        State::NotPrepared => "–",
        State::Scheduled => "→",
        State::Adopted => "A",
        State::AdoptedWithAmendment => "A+",
        State::Refused => "✗",
        State::NotConcerned => "·",
        State::Informed => "i",
    }
}

pub fn label(state: State) -> Text {
    RATIFICATION
        .words
        .iter()
        .find(|word| word.id == state.as_str())
        .map_or(Text("okänt", "unknown"), |word| word.label)
}

/// What is known of when it gains legal force.
pub fn force(force: &Force) -> Phrase {
    match force {
        Force::Unknown { known: _, of: 1 } => {
            Text("anslagets dag är inte känd", "the day of the announcement is not known").into()
        }
        Force::Unknown { known, of } => {
            Text("{} av {} anslag är kända; alla behövs", "{} of {} announcements are known; all are needed")
                .with(&[&known.to_string(), &of.to_string()])
        }
        Force::Runs { posted, last, from } => Text(
            "anslaget {}, överklagas senast {}, laga kraft {} om ingen överklagar",
            "announced {}, to be appealed by {}, legal force {} if nobody appeals",
        )
        .with(&[&posted.to_string(), &last.to_string(), &from.to_string()]),
    }
}

/// A hash so short that people can compare it.
pub fn short_hash(hash: &str) -> String {
    /// Letters that tell the few versions of one text apart.
    const LETTERS: usize = 8;
    hash.strip_prefix("blake3:").unwrap_or(hash).chars().take(LETTERS).collect()
}

pub fn seal(seal: &Seal, lang: Lang) -> String {
    match seal {
        Seal::Open => Text("inte fryst", "not frozen").of(lang).to_owned(),
        Seal::Frozen(hash) => Text("fryst {}", "frozen {}").say(lang, &[&short_hash(hash)]),
        Seal::Broken(hash) => Text("stämmer inte med {}", "does not fit {}").say(lang, &[&short_hash(hash)]),
    }
}
