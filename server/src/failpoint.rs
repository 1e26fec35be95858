//! Named places in the commit path where a crash test kills this process. Compiled in only with the feature
//! `failpoints`, which only the crash tests turn on; without it nothing is left of them, not even their names.
//!
//! - `SAMSYN_FAULT_POINT=name:N` kills the process with SIGKILL the Nth time it comes to that point.
//! - `SAMSYN_FAULT_SYNCHRONOUS=NORMAL` opens the database so that a power cut loses commits: the negative control.
//! - `SAMSYN_FAULT_INCARNATION=<32 hexadecimal characters>` stands for a machine whose memory was cloned or put back
//!   with its disk: the process writes on under that incarnation.

// A release that ships has no debug assertions: it cannot be built with the points in it.
#[cfg(not(debug_assertions))]
compile_error!("the feature 'failpoints' is for test builds: use the profile 'dev' or 'ci'");

use samsyn_core::id::Incarnation;
use std::{
    env,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

macro_rules! points {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)+) => {
        /// Every point, in the order in which one commit passes them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Point { $($(#[$doc])* $name,)+ }

        impl Point {
            pub const ALL: &'static [Point] = &[$(Point::$name,)+];
            pub fn name(self) -> &'static str {
                match self { $(Point::$name => $text,)+ }
            }
        }
    };
}

points! {
    /// A new database has its schema; nothing else is in it.
    StoreMigrated => "store.migrated",
    /// The database says whose it is.
    StoreClaimed => "store.claimed",
    /// Inside a transaction, after a charter file and before its signatures.
    CharterPut => "charter.put",
    /// The charters of a new database are committed.
    CharterSeeded => "charter.seeded",
    /// A new incarnation is drawn and not yet used.
    IncarnationMinted => "incarnation.minted",
    /// A write is in the machine and nowhere else.
    WriteComposed => "write.composed",
    /// Before the transaction.
    PersistBefore => "persist.before",
    /// Inside the transaction, with nothing written.
    PersistBegun => "persist.begun",
    /// Inside, after charters.
    PersistCharters => "persist.charters",
    /// Inside, after entries and before the values that came with them.
    PersistEntries => "persist.entries",
    /// Inside, after values.
    PersistValues => "persist.values",
    /// Inside, after erasures and proofs.
    PersistProofs => "persist.proofs",
    /// Inside, after the projection.
    PersistProjection => "persist.projection",
    /// Inside, after one working copy.
    WorkingCopyPut => "working_copy.put",
    /// Inside, after items of registers.
    RegisterItems => "register.items",
    /// Inside, after one decision of a registrar and its number.
    RegisterStatement => "register.statement",
    /// Inside, before COMMIT.
    PersistUncommitted => "persist.uncommitted",
    /// After COMMIT, before anything is sent.
    PersistCommitted => "persist.committed",
    /// After frames have gone to the streams, before anybody is answered.
    StepSent => "step.sent",
    /// After the driver has answered.
    StepAnswered => "step.answered",
    /// The call is done, the client has not been told.
    CallAnswer => "call.answer",
    /// A range has been read for a peer, before it is sent.
    RangeRead => "range.read",
    /// A disposal is in the audit log, and nothing is erased.
    DisposeNoted => "dispose.noted",
    /// One commit of a disposal is stored, others may follow.
    DisposeErased => "dispose.erased",
    /// All values of a disposal are gone from the documents; drafts and files are as they were.
    DisposeGone => "dispose.gone",
    /// A draft is made anew, and not stored.
    DraftSquashed => "draft.squashed",
    /// A draft that was made anew has taken the place of the one before.
    DraftRetired => "draft.retired",
    /// The database's files are written anew; nothing says so.
    FilesSwept => "files.swept",
}

static ARMED: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
    let text = env::var("SAMSYN_FAULT_POINT").ok()?;
    let (name, count) = text.split_once(':')?;
    Some((name.to_owned(), count.parse().ok()?))
});
static HITS: AtomicU64 = AtomicU64::new(0);

/// Dies here, if this is the armed point and its time has come.
pub fn hit(point: Point) {
    let Some((name, count)) = ARMED.as_ref() else { return };
    if name == point.name() && HITS.fetch_add(1, Ordering::SeqCst) + 1 == *count {
        // That it cannot be done would show as a point that is never hit.
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).ok();
    }
}

/// How the database is to be opened instead of safely, and how that reads back.
pub fn synchronous() -> Option<(&'static str, &'static str)> {
    let wanted = env::var("SAMSYN_FAULT_SYNCHRONOUS").ok()?;
    (wanted == "NORMAL").then_some(("NORMAL", "1"))
}

/// The incarnation of the machine that this one is a copy of.
pub fn incarnation() -> Option<Incarnation> {
    let bytes = hex::decode(env::var("SAMSYN_FAULT_INCARNATION").ok()?).ok()?;
    Incarnation::from_slice(&bytes).ok()
}
