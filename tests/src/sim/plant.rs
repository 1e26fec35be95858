//! Known bugs that can be built in, to show that the simulation finds them. Each sits in the wrapper around the
//! machine (what is fed to it, kept of it or sent for it), never in the code that ships.

use std::{fmt, str::FromStr};

macro_rules! plants {
    ($($name:ident => $text:literal, $what:literal;)*) => {
        /// A known bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Plant { $($name,)* }

        impl Plant {
            pub const ALL: &'static [Plant] = &[$(Plant::$name,)*];
            pub fn name(self) -> &'static str {
                match self { $(Plant::$name => $text,)* }
            }
            /// What the bug does.
            pub fn what(self) -> &'static str {
                match self { $(Plant::$name => $what,)* }
            }
        }

        impl FromStr for Plant {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Plant::$name),)*
                    _ => Err(format!("no plant is called '{text}': see --plant list")),
                }
            }
        }
    };
}

plants! {
    AcceptBeforeChainCheck => "accept-before-chain-check", "a node stores what it receives before signature and chain are checked";
    VerdictByArrivalOrder => "verdict-by-arrival-order", "a node keeps the first verdict it reached on an entry";
    ForgottenReplaces => "forgotten-replaces", "a node's projection shows facts that others have replaced";
    ForkDropped => "fork-dropped", "a node takes the first commit at a position and drops the second";
    OustedKeyBelieved => "ousted-key-believed", "a node shows what a replaced key signs";
    ErasedValueReturns => "erased-value-returns", "a node keeps erased values and sends them on";
    SpaceNamedToOutsider => "space-named-to-outsider", "a node names a smaller space to a peer that is no member";
    TextDoubledBySecondPublish => "text-doubled-by-second-publish", "a node's bridge stays where it was after a publication";
    IncarnationReused => "incarnation-reused", "a node's new process goes on under the incarnation before";
    SendBeforePersist => "send-before-persist", "a node sends before what it sends is durable";
    WithheldValueForgotten => "withheld-value-forgotten", "a node does not ask for values that did not come along";
    CutIgnored => "cut-ignored", "a node goes on showing what a cut took away";
    AcknowledgedLost => "acknowledged-lost", "a node answers for commits it has not stored";
    DisputeIgnored => "dispute-ignored", "a node goes on in a log whose charter a dispute has overtaken";
    SpoiledSignatureKept => "spoiled-signature-kept", "a node does not ask others for a signature that a relay has spoiled";
    DraftSentAlong => "draft-sent-along", "a node publishes a private text of its draft along with the note";
    MarkedValueSent => "marked-value-sent", "a node releases fields of a draft that are marked as secret";
    StruckTextSent => "struck-text-sent", "a node publishes what was typed and struck again along with the note";
    CharterNotKept => "charter-not-kept", "a node forgets amendments when it restarts";
}

impl fmt::Display for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
