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
    PeerClock => "peer.clock",
    DeviceUnknown => "device.unknown",
    DeviceRevoked => "device.revoked",
    RoleForbidden => "role.forbidden",
    // Input of people.
    InputEmpty => "input.empty",
    InputTooLong => "input.too_long",
    InputCharacter => "input.character",
    InputUnknownParty => "input.unknown_party",
    InputDate => "input.date",
    InputNumber => "input.number",
    InputValue => "input.value",
    InputPath => "input.path",
    InputCommentMissing => "input.comment_missing",
    InputNotFound => "input.not_found",
    InputNotOwner => "input.not_owner",
    InputChange => "input.change_damaged",
    InputNothing => "input.nothing_to_publish",
    InputAmbiguous => "input.ambiguous",
    InputConflict => "input.conflict",
    // Running.
    ConfigInvalid => "config.invalid",
    ConfigMissing => "config.missing",
    KeyFile => "key.file",
    StoreForeign => "store.other_federation",
    StoreNewer => "store.newer_schema",
    StoreDamaged => "store.damaged",
    StoreFull => "store.full",
    StoreReadOnly => "store.read_only",
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
            Self::Unreachable | Self::TlsUnpinned | Self::TlsAlpn | Self::TlsCertificate => 4,
            Self::DeviceUnknown | Self::DeviceRevoked | Self::RoleForbidden => 5,
            Self::StoreDamaged | Self::StoreDiffers => 6,
            Self::StoreForeign | Self::StoreNewer | Self::KeyFile => 3,
            _ if text.starts_with("charter.") || text.starts_with("config.") => 3,
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
