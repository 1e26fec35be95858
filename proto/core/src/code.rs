//! Stable codes: the same string in gRPC error details, JSON, logs and (later) metrics and pages. Never translated,
//! never reused for another meaning.

use std::{fmt, str::FromStr};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// Why something was refused, is waiting, or failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }
        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }
        }
        impl FromStr for Code {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($text => Ok(Code::$name),)* _ => Err(()) }
            }
        }
    };
}

codes! {
    // Log acceptance: the commit is not stored.
    /// The header before the first one is not stored here.
    ChainGap => "chain.gap",
    /// A hash, position or link does not fit the header before it.
    ChainBroken => "chain.broken",
    /// The signature does not fit the bytes and the key.
    ChainSignature => "chain.signature",
    /// The key belongs to no known version of the author's entry in the charter.
    ChainKey => "chain.key_unknown",
    /// The log already has the most tips a node reads.
    ChainTips => "chain.tips",
    /// The author is not a member of the space.
    ChainNotMember => "chain.not_a_member",
    /// The founding entry of the space is not stored here.
    ChainSpace => "chain.space_unknown",
    /// Two commits stand at one position.
    ChainFork => "chain.fork",
    /// This organisation's own entries came back from a peer.
    ChainCameBack => "chain.came_back",
    /// Bytes that are not a commit of this format.
    CommitMalformed => "commit.malformed",
    /// A commit past its limits.
    CommitTooLarge => "commit.too_large",
    /// Entry kinds that may not stand together in one commit.
    CommitShape => "commit.shape",
    /// A commit of another federation.
    CommitFederation => "commit.federation",
    // Effect: stored and relayed, without effect.
    EffectNotAParty => "effect.not_a_party",
    EffectKey => "effect.key",
    EffectCut => "effect.cut",
    EffectCharterBack => "effect.charter_back",
    EffectCharterRejected => "effect.charter_rejected",
    EffectNotMember => "effect.not_a_member",
    EffectForeignDocument => "effect.foreign_document",
    EffectGenesis => "effect.genesis",
    EffectAncestor => "effect.ancestor",
    EffectPathForbidden => "effect.path_forbidden",
    EffectPathUnknown => "effect.path_unknown",
    EffectValueType => "effect.value_type",
    EffectValueSize => "effect.value_size",
    EffectSpace => "effect.space",
    // Effect: waiting.
    PendingCharter => "pending.charter",
    PendingDisputed => "pending.charter_disputed",
    PendingRules => "pending.rule_set",
    PendingGenesis => "pending.genesis",
    PendingCut => "pending.cut",
    // Values.
    ValueMissing => "value.missing",
    ValueErased => "value.erased",
    ValueHash => "value.hash",
    ValueType => "value.type",
    /// Same logs, charters and rules, and another state.
    StateDiffers => "state.differs",
    // Charters.
    CharterMalformed => "charter.malformed",
    CharterTooLarge => "charter.too_large",
    CharterVersion => "charter.version_unknown",
    CharterParties => "charter.too_few_parties",
    CharterDuplicate => "charter.duplicate",
    CharterThreshold => "charter.threshold",
    CharterSignature => "charter.signature",
    CharterPrevious => "charter.previous_unknown",
    CharterCut => "charter.cut_missing",
    CharterForeign => "charter.other_federation",
    // TLS and sessions.
    TlsUnpinned => "tls.unpinned",
    TlsAlpn => "tls.alpn",
    TlsCertificate => "tls.certificate",
    PeerProtocol => "peer.protocol",
    PeerFederation => "peer.federation",
    PeerSlow => "peer.too_slow",
    /// More connections, handshakes or streams than one party or address may have.
    PeerTooMany => "peer.too_many",
    PeerClock => "peer.clock",
    DeviceUnknown => "device.unknown",
    DeviceRevoked => "device.revoked",
    /// The device has more calls under way than it may.
    DeviceBusy => "device.busy",
    RoleForbidden => "role.forbidden",
    // Input of people.
    /// What was decided to be erased is not what may be erased now.
    InputPlanChanged => "input.plan_changed",
    /// It may not be erased yet.
    InputNotDue => "input.not_due",
    /// The authority's rules hold it.
    InputHeld => "input.held",
    InputEmpty => "input.empty",
    InputTooLong => "input.too_long",
    InputCharacter => "input.character",
    InputUnknownParty => "input.unknown_party",
    InputDate => "input.date",
    InputNumber => "input.number",
    InputValue => "input.value",
    InputPath => "input.path",
    InputCommentMissing => "input.comment_missing",
    /// What a value is of is no period.
    InputPeriod => "input.period",
    /// The period has not begun.
    InputPeriodFuture => "input.period_future",
    /// The indicator set has no such measure.
    InputUnknownMeasure => "input.unknown_measure",
    /// A number past the ends of its scale.
    InputBeyondScale => "input.beyond_scale",
    /// Something that happens has no day.
    InputDateMissing => "input.date_missing",
    /// What should be a time of day is none.
    InputTime => "input.time",
    InputNotFound => "input.not_found",
    InputNotOwner => "input.not_owner",
    InputChange => "input.change_damaged",
    /// One push holds more than one may.
    InputPushSize => "input.push_too_large",
    /// A working copy would be larger than one may be.
    InputCopySize => "input.copy_too_large",
    /// More drafts that were never shared than may be kept.
    InputDrafts => "input.too_many_drafts",
    /// What a case system has left is no receipt.
    InputReceipt => "input.receipt",
    InputNothing => "input.nothing_to_publish",
    InputAmbiguous => "input.ambiguous",
    InputConflict => "input.conflict",
    /// A day that has not been, where something is said to have happened.
    InputFuture => "input.future",
    /// Periods that may not share a day do.
    InputOverlap => "input.periods_overlap",
    /// Something ends before it begins.
    InputOrder => "input.ends_before_it_begins",
    /// A path names something that the document does not: an area or a working method.
    InputUnknownItem => "input.unknown_item",
    // What may not leave as it is.
    /// What looks like a personal identity number or a coordination number.
    SecrecyPersonalNumber => "secrecy.personal_number",
    /// A private e-mail address.
    SecrecyPrivateAddress => "secrecy.private_address",
    /// A word that the authority does not let out.
    SecrecyOwnWord => "secrecy.own_word",
    /// What is marked as secret.
    SecrecyMarked => "secrecy.marked",
    /// A secrecy mark without a provision, or with one that has no place here.
    SecrecyProvision => "secrecy.provision",
    /// A mobile telephone number: nobody can tell an office's from a person's.
    SecrecyMobileNumber => "secrecy.mobile_number",
    /// A count of one to four persons: it can say who they are.
    SecrecySmallCount => "secrecy.small_count",
    // What goes to some parties only.
    /// Nobody is named.
    SpaceRecipient => "space.no_recipient",
    /// The own organisation is named.
    SpaceOwn => "space.own_organisation",
    /// The party has no such authority, or not any more.
    SpaceAuthority => "space.unknown_authority",
    /// No last day, one that has passed, or one too far away.
    SpaceDeadline => "space.deadline",
    /// The last day has passed.
    SpaceEnded => "space.ended",
    /// What is for some is not for the public.
    SpacePublic => "space.public",
    /// More than half of the parties, and nobody has said that they know.
    SpaceWide => "space.wide",
    /// Recipients of something that goes to all parties.
    SpacePurpose => "space.purpose",
    /// More drafts for comment are out than may be.
    SpaceTooMany => "space.too_many",
    // Decisions of bodies.
    /// No body is named, or none that the programme's documents know.
    DecisionBodyUnknown => "decision.body_unknown",
    /// The programme's documents say several things of the body, or not all that a decision needs.
    DecisionBodyIncomplete => "decision.body_incomplete",
    /// The body was not valid on the day.
    DecisionBodyNotValid => "decision.body_not_valid",
    /// A decision stays with the body that it was founded for.
    DecisionBodyFixed => "decision.body_fixed",
    /// Only the body's secretary organisation founds its decisions.
    DecisionNotSecretary => "decision.not_secretary",
    /// The organisation has no such seat in the body.
    DecisionNoSeat => "decision.no_seat",
    /// The seat has voted already.
    DecisionVoted => "decision.voted",
    /// The minutes name votes already, or are adjusted.
    DecisionMinuted => "decision.minuted",
    /// A frozen text is not changed: a new version is.
    DecisionFrozen => "decision.frozen",
    /// The hash is not that of the text.
    DecisionHash => "decision.hash",
    /// Another text version than the one that was decided, or none.
    DecisionText => "decision.other_text",
    /// The minutes name a vote that there is not.
    DecisionVoteUnknown => "decision.vote_unknown",
    /// It cannot have happened yet.
    DecisionFuture => "decision.future",
    // What waits for a releaser.
    /// Nothing waits, or it has been answered already.
    ReleaseNotWaiting => "release.not_waiting",
    /// What waits is no longer what was asked for.
    ReleaseChanged => "release.changed",
    // The registers of official documents.
    /// The item has a number, and that stands.
    RegisterAlready => "register.already",
    /// No number, or none as the authority writes them.
    RegisterNumber => "register.number",
    RegisterNumberTaken => "register.number_taken",
    /// The series gives no number until somebody has confirmed its last.
    RegisterSeriesClosed => "register.series_closed",
    /// What is protected is registered, and nothing else.
    RegisterSecret => "register.secret",
    // What is handed out.
    /// A file that is no pack, or holds what a pack does not.
    PackMalformed => "pack.malformed",
    /// A pack, or what is to be in one, past its limits.
    PackTooLarge => "pack.too_large",
    /// A pack is not as it was made.
    PackChanged => "pack.changed",
    /// What a pack says was stated is not what was signed.
    PackProof => "pack.proof",
    // Signing in.
    /// An answer of the sign-in service that nobody here has asked for, or not lately.
    SignInState => "sign_in.state",
    /// The sign-in service does not answer, or not as it should.
    SignInProvider => "sign_in.provider",
    /// The identity that the sign-in service states cannot be trusted.
    SignInToken => "sign_in.token",
    /// The sign-in service has refused.
    SignInRefused => "sign_in.refused",
    /// Nobody has given what the person is a role here.
    SignInNoRole => "sign_in.no_role",
    /// The person has more groups than the sign-in service lists.
    SignInGroupOverage => "sign_in.group_overage",
    /// A form that does not come from a page of this session.
    SignInForged => "sign_in.forged",
    /// The browser has shown no certificate.
    SignInNoCertificate => "sign_in.no_certificate",
    /// The certificate's time is over, or has not begun.
    SignInCertificateExpired => "sign_in.certificate_expired",
    /// Whoever issued the certificate has revoked it.
    SignInCertificateRevoked => "sign_in.certificate_revoked",
    /// Nobody whom this organisation trusts has issued the certificate for signing in.
    SignInCertificateUnknown => "sign_in.certificate_unknown",
    /// The certificate does not say who somebody is, or names nobody who has a role here.
    SignInCertificateUnmapped => "sign_in.certificate_unmapped",
    /// The list of revoked certificates is too old, or not about this certificate's issuer.
    SignInRevocationList => "sign_in.revocation_list",
    // The audit log.
    /// An act was not carried out because it could not be written down.
    AuditUnwritable => "audit.unwritable",
    /// The audit log is not what was written.
    AuditBroken => "audit.broken",
    // Running.
    ConfigInvalid => "config.invalid",
    ConfigMissing => "config.missing",
    KeyFile => "key.file",
    StoreForeign => "store.other_federation",
    StoreNewer => "store.newer_schema",
    StoreDamaged => "store.damaged",
    StoreFull => "store.full",
    StoreReadOnly => "store.read_only",
    /// The database server does not answer, or the connection to it was lost: what was under way may be stored or not.
    StoreUnreachable => "store.unreachable",
    StoreFailed => "store.failed",
    StoreDiffers => "store.differs",
    InUse => "in_use",
    Unreachable => "unreachable",
    Stopping => "stopping",
    Failed => "failed",
    Usage => "usage",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Code {
    /// The exit code of a program that ends with this (0 ok, 1 failed, 2 usage, 3 configuration or charter,
    /// 4 unreachable, 5 input refused, 6 store damaged, 7 in use).
    pub fn exit_code(self) -> u8 {
        let text = self.as_str();
        match self {
            Self::Usage => 2,
            Self::InUse => 7,
            Self::Unreachable
            | Self::StoreUnreachable
            | Self::SignInProvider
            | Self::SignInRevocationList
            | Self::TlsUnpinned
            | Self::TlsAlpn
            | Self::TlsCertificate => 4,
            Self::DeviceUnknown | Self::DeviceRevoked | Self::DeviceBusy | Self::RoleForbidden => 5,
            Self::StoreDamaged | Self::StoreDiffers | Self::AuditBroken => 6,
            Self::StoreForeign | Self::StoreNewer | Self::KeyFile => 3,
            _ if text.starts_with("charter.") || text.starts_with("config.") => 3,
            _ if text.starts_with("secrecy.")
                || text.starts_with("release.")
                || text.starts_with("space.")
                || text.starts_with("decision.")
                || text.starts_with("register.")
                || text.starts_with("pack.")
                || text.starts_with("sign_in.") =>
            {
                5
            }
            _ if text.starts_with("input.") || text.starts_with("effect.") || text.starts_with("commit.") => 5,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_read_back() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|c| c.as_str().parse() == Ok(*c)));
    }
}
