//! Sync between nodes as a state machine: frames and time in, typed effects out. It knows no sockets and no store.
//!
//! The driver feeds one [`Machine`], makes what `Output::persist` names durable, and only then performs the sends
//! (keeps I1). If it cannot persist, it throws the machine away and builds another from what is stored.
//!
//! `Hello`, charters and level 1 of `Have` go out at once from both sides; tips follow where level 1 differs, ranges where
//! tips differ; then own commits are pushed and received ones announced. Nothing about a peer is kept beyond its stream.

mod frame;
mod machine;
mod session;

pub use frame::{CharterFile, Contact, Frame, Hello, LogTip, OrgHave, OrgTips, SpaceHave, Want};
pub use machine::{Machine, Notice, Output, PartyState, Persist, Send, SessionId};
